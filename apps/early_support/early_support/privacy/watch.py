"""Watches each request for records of people and casework that leave with its answer, and logs them before they do.

Frappe asks `has_permission` not for Administrator, and a query condition knows no rows, so neither hook can tell what
was read. Where a list is read, all versions end in `DatabaseQuery.build_and_run`: that is wrapped, for watched doctypes
only, to learn the names of the rows also where the caller did not ask for them. All else is told by the request and
its answer (privacy/reads.py).

Fails closed: if the log cannot be written, the answer is replaced by an error. What a request has changed by then stays
changed, and what leaves by other ways (a mail, a job, the console of the server) is not seen here.
"""

import re
from uuid import uuid4

import frappe
from frappe import _
from frappe.handler import get_attr
from frappe.model.db_query import DatabaseQuery
from frappe.modules.utils import load_doctype_module

from early_support.access import conditions, policy
from early_support.access.doors import entrance
from early_support.access.doors.wiring import OVERRIDES
from early_support.export.monthly import threshold
from early_support.privacy import log, reads

# Records that hang on others and show something of them: doctype → the fields that say on which.
ATTACHED = {
	**dict.fromkeys(policy.PROTECTED_TABLES, ("parenttype", "parent")),
	"Comment": ("reference_doctype", "reference_name"),
	"Communication": ("reference_doctype", "reference_name"),
	"Deleted Document": ("deleted_doctype", "deleted_name"),
	"File": ("attached_to_doctype", "attached_to_name"),
	"Tag Link": ("document_type", "document_name"),
	"ToDo": ("reference_type", "reference_name"),
	"Version": ("ref_doctype", "docname"),
}

# A function of ours → the one of Frappe before which it stands.
FRAPPES = {ours: frappes for frappes, ours in OVERRIDES.items()}

COUNT = re.compile(r"\bcount\s*\([^)]*\)", re.IGNORECASE)
ALIAS = re.compile(r"\s*(?:as\s+)?\W?\w*\W?\s*", re.IGNORECASE)
AGGREGATE = re.compile(r"\b(?:count|sum|avg|min|max|group_concat)\s*\(", re.IGNORECASE)
BY_NAME = re.compile(r"\s*(?:`tab[\w ]+`\.)?`?name`?\s*")
ONLY_NAMES = re.compile(rf"\s*(?:distinct\s)?{BY_NAME.pattern}", re.IGNORECASE)

# Kinds of field whose values are the same for many: grouped by them, rows are figures.
SHARED_VALUES = ("Check", "Select", "Date", "Int", "Float", "Duration", "Datetime", "Time")
SHARED_COLUMNS = ("docstatus", "creation", "modified", "owner", "modified_by", "idx")
# How a register is ordered: a number of rows by these is a figure, however small it is.
OF_THE_REGISTER = frozenset({"workflow_state", "unit", "controller", "service_area", "docstatus"})

# A grouped query that shows texts is refused when more rows than these are behind it: each of them is logged.
MOST_ROWS = 2000


class Noted:
	"""What one request has read so far."""

	def __init__(self) -> None:
		self.request = uuid4().hex[:16]
		self.rows: list[reads.Row] = []
		self.certain: list[log.Read] = []
		# Words in the filters of figures, and of lists without a row, that may be names: the answer says something of these.
		self.figures_of: set[str] = set()
		self.nothing_of: set[str] = set()
		# Queries of which only the number of rows is told: (doctype, the query, which gives their names).
		self.counted: list[tuple[str, str]] = []
		self.whole = False


def begin() -> None:
	"""Hook before_request: begin to watch."""
	if DatabaseQuery.build_and_run is not _build_and_run:
		_wrap_query()
	frappe.local.early_support_reads = Noted()


def finish(response, request) -> None:
	"""Hook after_request: log what the answer shows, or replace it by an error if that fails."""
	noted = getattr(frappe.local, "early_support_reads", None)
	frappe.local.early_support_reads = None
	if noted is None or response is None:
		return
	try:
		if response.status_code >= 400:
			# Frappe takes back what a failed request has written, but of a link only after this: the commit below would keep it.
			frappe.db.rollback()
		if read := _read(noted, response, request):
			log.append(read, noted.request, frappe.session.user)
			# A commit of its own: a request that only reads is rolled back by Frappe, and one that writes is committed
			# by now.
			frappe.db.commit()
	except Exception:
		frappe.logger("early_support").error("The access log could not be written", exc_info=True)
		_withhold(response)


def _read(noted: Noted, response, request) -> list[log.Read]:
	"""Return what is to be logged of a request, each record once."""
	arguments = frappe.local.form_dict or {}
	method = _called(reads.method_of(request.path, arguments.get("cmd")))
	channel = reads.channel_of(request.path, method)
	detail = reads.detail_of(request.path, method)
	asked = reads.asked(request.path, method, arguments)
	if noted.whole and response.status_code < 400:
		return noted.certain
	attached = _attached_to(request.path, arguments, channel)
	refused = [*_find(asked, arguments), *_holders(attached)] if response.status_code == 403 else []
	if response.status_code >= 400:
		# What was asked for was not given; an error may name other records all the same.
		asked, attached = set(), {}
	text = _text(response)
	shown = [row for row in noted.rows if reads.shows(text, row)]
	places = {(row.doctype, row.name): row.place for row in shown if row.place}
	found = [(row.doctype, row.name) for row in shown]
	known = {name for _doctype, name in found}
	json_text = text if response.mimetype == "application/json" else None
	answered = reads.answered(json_text, channel)
	for doctype in attached:
		answered |= reads.holders(json_text, ATTACHED[doctype][1])
	found += _find((asked | answered) - known, arguments)
	found += _holders(attached)
	if response.status_code < 400:
		found += _told_by_figures(noted, method, arguments)
	if reads.names_files(channel, arguments):
		files = reads.files_asked(request.path, arguments)
		found += _owners_of_files(files)
		if response.status_code < 400:
			packed = _children_in_packages(files)
			noted.certain += [
				log.Read("Child", child, reads.EXPORT, policy.PRIVACY_OFFICER, detail, controller=controller)
				for child, controller in packed
			]
	certain = {(read.doctype, read.name) for read in noted.certain}
	return [
		*noted.certain,
		*(
			log.Read(*each, channel, detail=detail, place=places.get(each))
			for each in dict.fromkeys(found)
			if each not in certain
		),
		*(log.Read(*each, channel, detail=detail, refused=True) for each in refused if each not in found),
	]


def _called(method: str) -> str:
	"""Return the one name of a function that a request calls: Frappe's, also where ours stands before it.

	A function is reached under every module that imports it, and what its answer shows is told by what it is.
	"""
	try:
		if "/" in method:
			doctype, _slash, name = method.partition("/")
			method = f"{load_doctype_module(doctype).__name__}.{name}"
		function = get_attr(method)
	except Exception:
		# Frappe finds none either, or has an older name of it.
		return method
	path = entrance.path_of(function)
	return FRAPPES.get(path, path)


def _text(response) -> str | None:
	"""Return the answer as text, or None if it is none."""
	if response.direct_passthrough or response.is_streamed:
		return None
	if not (response.mimetype.startswith("text/") or response.mimetype == "application/json"):
		return None
	return response.get_data().decode("utf-8", "replace")


def _find(names: set[str], arguments: dict) -> list[tuple[str, str]]:
	"""Return (doctype, name) of the protected records that the database finds by `names`; first where the request says.

	As they are named in the database, which pays no attention to letters of either case (reads.could_name).
	"""
	if not names:
		return []
	said = [value for value in arguments.values() if isinstance(value, str)]
	# Names only, to tell what they are names of. Constants and a parameter.
	one = "select '{0}' as doctype, name from `tab{0}` where name in %(names)s"
	rows = frappe.db.sql(
		" union all ".join(one.format(doctype) for doctype in policy.PROTECTED_DOCTYPES),
		{"names": tuple(names)},
	)
	return sorted(rows, key=lambda row: row[0] not in said)


def _attached_to(path: str, arguments: dict, channel: str) -> dict[str, tuple[str, ...]]:
	"""Return {doctype of ATTACHED: what may be names of its records} of which a request speaks.

	Lists of the desk speak of none by name, and their rows are noted as the query gives them.
	"""
	if channel in {reads.LIST, reads.EXPORT, reads.REPORT}:
		return {}
	said = reads.words(path, arguments)
	return {doctype: tuple(said) for doctype in ATTACHED.keys() & said}


def _holders(attached: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
	"""Return (doctype, name) of the protected records on which rows and notes hang."""
	found = []
	for doctype, names in attached.items():
		of_doctype, of_name = ATTACHED[doctype]
		# Names of records only, to tell what is read. Constants and parameters.
		found += frappe.db.sql(
			f"select `{of_doctype}`, `{of_name}` from `tab{doctype}`"
			f" where name in %(names)s and `{of_doctype}` in %(doctypes)s",
			{"names": names, "doctypes": policy.PROTECTED_DOCTYPES},
		)
	return [(doctype, name) for doctype, name in found if name]


def _owners_of_files(files: set[str]) -> list[tuple[str, str]]:
	"""Return the protected records on which the files hang that were asked for, by their name or address."""
	rows = frappe.db.sql(
		"""select attached_to_doctype, attached_to_name from tabFile
		where (file_url in %(files)s or name in %(files)s) and attached_to_doctype in %(doctypes)s""",
		{"files": (*files, ""), "doctypes": policy.PROTECTED_DOCTYPES},
	)
	return list(rows)


def _children_in_packages(files: set[str]) -> list[tuple[str, str]]:
	"""Return (child, register controller) of whose packages the files are: logged when fetched, and not only when made."""
	rows = frappe.db.sql(
		"""select package.child, package.controller from tabFile file
		join `tabSubject Access Export` package on package.name = file.attached_to_name
		where (file.file_url in %(files)s or file.name in %(files)s)
			and file.attached_to_doctype = 'Subject Access Export'""",
		{"files": (*files, "")},
	)
	return list(rows)


def _withhold(response) -> None:
	"""Replace an answer by an error that holds nothing of it."""
	frappe.db.rollback()
	response.close()
	response.direct_passthrough = False
	response.headers.clear()
	message = _(
		"What you asked for cannot be shown, because the access log cannot be written. Please try again."
	)
	response.set_data(frappe.as_json({"exc_type": "AccessLogNotWritten", "message": message}))
	response.headers["Content-Type"] = "application/json"
	response.status_code = 503


def _told_by_figures(noted: Noted, method: str, arguments: dict) -> list[tuple[str, str]]:
	"""Return the protected records of which the answer says something without showing them.

	Those that the request names in a question, if they are open to the user (of others the answer is the same whatever they
	hold), and those behind a number too small to be one of many.
	"""
	named = set(noted.figures_of)
	if not method.startswith(reads.WITHOUT_CONTENT):
		named |= noted.nothing_of
	if named:
		# What the app itself asks in a request is no question of the user's.
		named &= reads.names_within(*arguments.values())
	found = [(doctype, name) for doctype, name in _find(named, {}) if conditions.is_open(doctype, name)]
	for doctype, query in noted.counted:
		few = threshold()
		# Names only, of what was counted with the user's rights. The query is Frappe's own.
		names = [row[0] for row in frappe.db.sql(f"select name from ({query}) es_counted limit {few}")]
		if 0 < len(names) < few:
			attached = doctype in ATTACHED
			found += _holders({doctype: tuple(names)}) if attached else [(doctype, name) for name in names]
	return found


# Lists ---------------------------------------------------------------------------------------------------------------

_original_build_and_run = DatabaseQuery.build_and_run
_original_prepare_args = DatabaseQuery.prepare_args


def _wrap_query() -> None:
	DatabaseQuery.build_and_run = _build_and_run
	DatabaseQuery.prepare_args = _prepare_args


def _build_and_run(query: DatabaseQuery):
	"""Run the query, with the names of the rows beside what was asked for, and note them."""
	noted = getattr(frappe.local, "early_support_reads", None)
	# The app's own reads, for its rules and figures, ask for no permission and are no reads by a person.
	unwatched = noted is None or query.flags.ignore_permissions
	if unwatched or query.doctype not in (*policy.PROTECTED_DOCTYPES, *ATTACHED):
		return _original_build_and_run(query)
	if not query.run:
		return _note_counted(query, noted)
	if _is_grouped(query):
		return _run_grouped(query, noted)
	query.early_support_columns = extra = _columns(query)
	result = _original_build_and_run(query)
	if not result:
		noted.nothing_of |= reads.names_within(query.filters, query.or_filters)
	return [_note(query, row, noted, len(extra)) for row in result]


def _run_grouped(query: DatabaseQuery, noted: Noted) -> list:
	"""Run a query whose rows stand for several, and note all behind them, or of figures those that are too few to be hidden."""
	noted.figures_of |= reads.names_within(query.filters, query.or_filters)
	has_groups = query.group_by or any(AGGREGATE.search(str(field)) for field in _fields(query))
	if not has_groups or _shows_texts(query):
		result = _original_build_and_run(query)
		if result:
			noted.rows.extend(_rows_behind(query))
		return result
	if _is_a_count(query) and not _is_aimed(query):
		return _original_build_and_run(query)
	name = f"`tab{query.doctype}`.`name`"
	query.early_support_columns = [
		f"if(count(distinct {name}) < {threshold()}, group_concat(distinct {name}), null)"
	]
	return [_note_group(query, row, noted) for row in _original_build_and_run(query)]


def _note_group(query: DatabaseQuery, row, noted: Noted):
	"""Note the few rows behind one row of figures, and give it back as it was asked for."""
	if query.as_list:
		*values, few = row
		row = type(row)(values)
	else:
		few = row.pop("early_support_0")
	noted.rows.extend(reads.Row(query.doctype, name, (), False) for name in (few or "").split(",") if name)
	return row


def _note_counted(query: DatabaseQuery, noted: Noted) -> str:
	"""Note a query that is not run here, but counted, if its filters ask for more than the order of the register."""
	text = _original_build_and_run(query)
	fields = _fields(query)
	if _is_aimed(query) and len(fields) == 1 and ONLY_NAMES.fullmatch(str(fields[0])):
		noted.figures_of |= reads.names_within(query.filters, query.or_filters)
		noted.counted.append((query.doctype, text))
	return text


def _is_a_count(query: DatabaseQuery) -> bool:
	return not query.group_by and all(
		COUNT.search(str(field)) and ALIAS.fullmatch(COUNT.sub("", str(field))) for field in _fields(query)
	)


def _is_aimed(query: DatabaseQuery) -> bool:
	"""Tell whether the filters of a query ask for more than how a register is ordered."""
	asked = set()
	for each in (*(query.filters or ()), *(query.or_filters or ())):
		if isinstance(each, (list, tuple)) and len(each) > 1:
			asked.add(str(each[1] if len(each) > 3 else each[0]))
		else:
			asked.add(str(each))
	return not asked <= OF_THE_REGISTER


def _columns(query: DatabaseQuery) -> list[str]:
	"""Return what is asked for beside the fields: which record the row is about, and of a record itself, its place."""
	if query.doctype in ATTACHED:
		return [f"`tab{query.doctype}`.`{column}`" for column in ATTACHED[query.doctype]]
	place = log.place_columns(query.doctype, frappe.session.user)
	return [f"`tab{query.doctype}`.`name`", *place.values()]


def _prepare_args(query: DatabaseQuery):
	args = _original_prepare_args(query)
	if args.fields and (columns := query.__dict__.pop("early_support_columns", None)):
		args.fields += "".join(
			f", {column} as `early_support_{number}`" for number, column in enumerate(columns)
		)
	return args


def _note(query: DatabaseQuery, row, noted: Noted, number: int):
	"""Note the row and give it back as it was asked for."""
	if query.as_list:
		key, row = row[-number:], row[:-number]
		values = tuple(row)
	else:
		key = tuple(row.pop(f"early_support_{index}") for index in range(number))
		values = tuple(row.values())
	attached = query.doctype in ATTACHED
	doctype, name = key if attached else (query.doctype, key[0])
	place = None if attached else dict(zip(log.PLACE, key[1:], strict=True))
	if doctype in policy.PROTECTED_DOCTYPES and name:
		noted.rows.append(reads.Row(doctype, name, values, name in values, place))
	return row


def _is_grouped(query: DatabaseQuery) -> bool:
	"""Tell whether one row of the answer may stand for several of the table, which then have no single name."""
	if query.group_by and not BY_NAME.fullmatch(query.group_by):
		return True
	if query.distinct and not any(BY_NAME.fullmatch(str(field)) for field in _fields(query)):
		return True
	return any(AGGREGATE.search(str(field)) for field in _fields(query))


def _shows_texts(query: DatabaseQuery) -> bool:
	"""Tell whether a grouped query gives away more than figures: a text, a name, or who it is about."""
	if query.doctype in ATTACHED:
		return True
	columns = " ".join(COUNT.sub("", str(field)) for field in _fields(query))
	if "*" in columns or set(re.findall(r"`(tab[^`]+)`", columns)) - {f"tab{query.doctype}"}:
		return True
	shared = {*SHARED_COLUMNS, "workflow_state", "unit", "controller"}
	for field in query.doctype_meta.fields:
		to_a_list = field.fieldtype == "Link" and field.options not in policy.PROTECTED_DOCTYPES
		if to_a_list or field.fieldtype in SHARED_VALUES:
			shared.add(field.fieldname)
	words = set(re.findall(r"\w+", columns))
	telling = {field.fieldname for field in query.doctype_meta.fields} - shared
	return bool(words & {*telling, "name"})


def _rows_behind(query: DatabaseQuery) -> list[reads.Row]:
	"""Return the rows from which a grouped query was made. Raises ValidationError if they are too many to log."""
	plain = DatabaseQuery(query.doctype, query.user)
	columns = ATTACHED.get(query.doctype, ("name",))
	reads_before, frappe.local.early_support_reads = frappe.local.early_support_reads, None
	try:
		rows = plain.execute(
			fields=[f"`tab{query.doctype}`.`{column}`" for column in columns],
			filters=query.filters,
			or_filters=query.or_filters,
			limit_page_length=MOST_ROWS + 1,
			as_list=True,
			parent_doctype=query.parent_doctype,
		)
	finally:
		frappe.local.early_support_reads = reads_before
	if len(rows) > MOST_ROWS:
		frappe.throw(_("Too many records at once. Please narrow the choice."))
	keys = [(query.doctype, *row) if len(columns) == 1 else tuple(row) for row in rows]
	return [
		reads.Row(doctype, name, (), False) for doctype, name in keys if doctype in policy.PROTECTED_DOCTYPES
	]


def _fields(query: DatabaseQuery) -> list:
	return [query.fields] if isinstance(query.fields, str) else list(query.fields or ())
