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
from frappe.model.db_query import DatabaseQuery

from early_support.access import policy
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

COUNT = re.compile(r"\bcount\s*\([^)]*\)", re.IGNORECASE)
AGGREGATE = re.compile(r"\b(?:count|sum|avg|min|max|group_concat)\s*\(", re.IGNORECASE)
BY_NAME = re.compile(r"\s*(?:`tab[\w ]+`\.)?`?name`?\s*")

# Kinds of field whose values are the same for many: grouped by them, rows are figures.
SHARED_VALUES = ("Check", "Select", "Date", "Int", "Float", "Duration", "Datetime", "Time")
SHARED_COLUMNS = ("docstatus", "creation", "modified", "owner", "modified_by", "idx")

# A grouped query that shows texts is refused when more rows than these are behind it: each of them is logged.
MOST_ROWS = 2000


class Noted:
	"""What one request has read so far."""

	def __init__(self) -> None:
		self.request = uuid4().hex[:16]
		self.rows: list[reads.Row] = []
		self.certain: list[log.Read] = []
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
	method = reads.method_of(request.path, arguments.get("cmd"))
	channel = reads.channel_of(request.path, method)
	detail = method or request.path
	asked = reads.asked(request.path, method, arguments)
	if noted.whole and response.status_code < 400:
		return noted.certain
	refused = _find(asked, arguments) if response.status_code == 403 else []
	if response.status_code >= 400:
		asked = set()  # what was asked for was not given; an error may name other records all the same
	text = _text(response)
	shown = [row for row in noted.rows if reads.shows(text, row)]
	places = {(row.doctype, row.name): row.place for row in shown if row.place}
	found = [(row.doctype, row.name) for row in shown]
	known = {name for _doctype, name in found}
	json_text = text if response.mimetype == "application/json" else None
	found += _find((asked | reads.answered(json_text, channel)) - known, arguments)
	if channel == reads.FILE:
		found += _owners_of_file(request.path, arguments)
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


def _text(response) -> str | None:
	"""Return the answer as text, or None if it is none."""
	if response.direct_passthrough or response.is_streamed:
		return None
	if not (response.mimetype.startswith("text/") or response.mimetype == "application/json"):
		return None
	return response.get_data().decode("utf-8", "replace")


def _find(names: set[str], arguments: dict) -> list[tuple[str, str]]:
	"""Return (doctype, name) of the protected records among `names`; first where the request says they are."""
	said = [value for value in arguments.values() if isinstance(value, str)]
	found, left = [], set(names)
	for doctype in sorted(policy.PROTECTED_DOCTYPES, key=lambda doctype: doctype not in said):
		if not left:
			break
		# Names only, to tell what they are names of.
		rows = frappe.db.sql(f"select name from `tab{doctype}` where name in %s", (tuple(left),))
		found += [(doctype, name) for (name,) in rows]
		left.difference_update(name for (name,) in rows)
	return found


def _owners_of_file(path: str, arguments: dict) -> list[tuple[str, str]]:
	"""Return the protected records on which the downloaded file hangs."""
	# Whichever of these Frappe goes by: rather one record too many in the log than one that is missing.
	said = [value for key in ("file_url", "fid") if isinstance(value := arguments.get(key), str)]
	rows = frappe.db.sql(
		"""select attached_to_doctype, attached_to_name from tabFile
		where (file_url in %(said)s or name in %(said)s) and attached_to_doctype in %(doctypes)s""",
		{"said": (path, *said), "doctypes": policy.PROTECTED_DOCTYPES},
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
	unwatched = noted is None or query.flags.ignore_permissions or not query.run
	if unwatched or query.doctype not in (*policy.PROTECTED_DOCTYPES, *ATTACHED):
		return _original_build_and_run(query)
	if _is_grouped(query):
		result = _original_build_and_run(query)
		if result and _shows_texts(query):
			noted.rows.extend(_rows_behind(query))
		return result
	query.early_support_columns = extra = _columns(query)
	result = _original_build_and_run(query)
	return [_note(query, row, noted, len(extra)) for row in result]


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
