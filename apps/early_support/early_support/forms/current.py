"""Reads the forms and lists as they are now, for a plan of `changes_core`. Changes nothing."""

from collections.abc import Iterable, Iterator, Set

import frappe
from frappe.database.schema import get_definition
from frappe.model.base_document import get_controller
from frappe.utils import cint, cstr

from early_support.access import policy
from early_support.casework.clock import today
from early_support.casework.states import FINAL
from early_support.forms import changes_core as core
from early_support.forms.lists import LIST_DOCTYPES, interface_translations

# The forms that may be changed this way, and their tables. A lint compares it with what a Form Change Request offers.
# Of each table, whose rows they are.
TABLES = {
	"Assessment Participant": "Needs Assessment",
	"Assessment Service": "Needs Assessment",
	"Child Plan Goal": "Child Plan",
	"Child Plan Service": "Child Plan",
	"Network Action": "Network Meeting",
	"Network Participant": "Network Meeting",
	"Plan Goal": "Support Plan",
	"Plan Review Goal": "Plan Review",
	"Visit Participant": "Visit",
}
FORMS = (*policy.GUARDED_DOCTYPES, "Child", "Unit Event", *TABLES)
MODULE = "Early Support"
# Of what moves through no workflow: which documents run.
RUNNING = {"Unit Event": "state = 'Planned'", "Child": "(left_on is null or left_on > %(today)s)"}

# By these the app finds a case, whatever the form.
WHOM = frozenset(
	{"workflow_state", "state", "controller", "unit", "service_area", "child", "child_name", "family", "name"}
)


def snapshot(change: core.Change) -> core.Snapshot:
	"""Return what there is now of what `change` is about. Not filtered by permission: it tells numbers and words only."""
	words = _words(change)
	if change.list_name:
		return _of_list(change, words)
	if change.form not in FORMS:
		return core.Snapshot(words=words)
	form = form_now(change.form)
	asks = change.required or change.kind == core.REQUIRE
	field_name = change.field_name if change.field_name in form.fields else ""
	return core.Snapshot(
		form=form,
		without_answer=bool(asks) and not form.is_table and without_answer(form, field_name),
		words=words,
	)


def is_ours(form: str | None) -> bool:
	"""Tell whether a form is one that this app ships, whether or not a change of it may be suggested."""
	return bool(form and frappe.db.exists("DocType", {"name": form, "module": MODULE, "custom": 0}))


def is_answered(form: str, fieldname: str) -> bool:
	"""Tell whether a field has been answered in any document or row of `form`."""
	if fieldname not in columns(form):
		return False
	return bool(frappe.db.sql(f"select 1 from `tab{form}` where {_has_answer(fieldname)} limit 1"))


def _has_answer(fieldname: str) -> str:
	# The name is one of the form's own; a tick that was not set and a number 0 are no answer.
	return f"ifnull(`{fieldname}`, '') not in ('', '0')"


class _Left(Set):
	"""The columns without a field that hold answers.

	Each is looked through only when somebody asks about it: where nothing is in it, the whole table is read.
	"""

	def __init__(self, form: str, columns: Iterable[str]):
		self._form, self._columns, self._answered = form, tuple(columns), {}

	def __contains__(self, column: object) -> bool:
		if column not in self._columns:
			return False
		if column not in self._answered:
			self._answered[column] = is_answered(self._form, column)
		return self._answered[column]

	def __iter__(self) -> Iterator[str]:
		return (column for column in self._columns if column in self)

	def __len__(self) -> int:
		return sum(1 for _column in self)


def form_now(name: str, meta=None) -> core.Form:
	"""Return a form as it is now, or as a `meta` of it says."""
	meta = meta or frappe.get_meta(name, cached=False)
	# Not filtered by permission: how a form was shipped is no secret, and staff have no right to DocTypes.
	shipped = {
		row.fieldname: row
		for row in frappe.get_all(
			"DocField",
			filters={"parent": name, "parenttype": "DocType"},
			fields=["fieldname", "fieldtype", "depends_on", "reqd", "read_only", "hidden", "set_only_once"],
			order_by="idx",
		)
	}
	fields = {df.fieldname: _field(df, shipped.get(df.fieldname)) for df in meta.fields}
	there = columns(name)
	return core.Form(
		name=name,
		fields=fields,
		is_table=bool(meta.istable),
		kept=_kept(name, shipped),
		needed=_needed(name, shipped),
		columns=there,
		shipped=core.conditions_of(
			core.Field(
				row.fieldname,
				fieldtype=row.fieldtype,
				depends_on=cstr(row.depends_on),
				hidden=bool(cint(row.hidden)),
			)
			for row in shipped.values()
		),
		column_of=column_types(core.ANSWERS.values()),
		left=_Left(
			name, [column for column in there if column.startswith("custom_") and column not in fields]
		),
	)


def _field(df, shipped) -> core.Field:
	return core.Field(
		fieldname=df.fieldname,
		label=cstr(df.label),
		fieldtype=df.fieldtype,
		options=cstr(df.options),
		description=cstr(df.description),
		reqd=bool(cint(df.reqd)),
		hidden=bool(cint(df.hidden)),
		depends_on=cstr(df.depends_on),
		default=cstr(df.default),
		is_added=shipped is None,
		shipped_depends_on=cstr(shipped.depends_on) if shipped else "",
	)


def _kept(name: str, shipped: dict) -> frozenset[str]:
	controller = get_controller(name)
	recorded = {*getattr(controller, "RECORDED_FIELDS", ()), *getattr(controller, "FOUR_EYES", ())}
	locked = {
		fieldname
		for fieldname, row in shipped.items()
		if cint(row.read_only) or cint(row.hidden) or cint(row.set_only_once)
	}
	return frozenset({*WHOM, *recorded, *locked, *policy.CONTAINERS.get(name, ())} & {*shipped})


def _needed(name: str, shipped: dict) -> frozenset[str]:
	controller = get_controller(name)
	needs = getattr(controller, "NEEDS", {})
	of_states = {fieldname for fieldnames in needs.values() for fieldname in fieldnames}
	return frozenset(
		of_states
		| {*getattr(controller, "RULED", ())}
		| {fieldname for fieldname, row in shipped.items() if cint(row.reqd)}
	)


def columns(form: str) -> dict[str, str]:
	"""Return {column: type} of a table, from the database itself: Frappe keeps a copy, which may be older."""
	rows = frappe.db.sql(
		"""select column_name, column_type from information_schema.columns
		where table_schema = database() and table_name = %s""",
		f"tab{form}",
	)
	return {name: _bare(kind) for name, kind in rows}


def column_types(fieldtypes: Iterable[str]) -> dict[str, str]:
	"""Return {fieldtype: type of its column} of those that have a column."""
	return {name: _bare(get_definition(name)) for name in fieldtypes if name not in core.NO_QUESTION}


def _bare(kind: str) -> str:
	"""Return a type of the database without the width of numbers, which is of no matter and differs between versions."""
	kind = cstr(kind).lower()
	return kind if kind.startswith("varchar") else kind.split("(")[0]


def without_answer(form: core.Form, fieldname: str) -> bool:
	"""Tell whether running cases, or rows, have nothing in a field; of one that is not there, whether there are any.

	Asked past the rules of rows, and therefore a yes or a no: how many they are is nobody's to learn here.
	"""
	final = FINAL.get(form.name)
	running = "true" if form.is_table else RUNNING.get(form.name, "workflow_state not in %(final)s")
	empty = f" and not {_has_answer(fieldname)}" if fieldname else ""
	return bool(
		frappe.db.sql(
			f"select 1 from `tab{form.name}` where {running}{empty} limit 1",
			{"final": final or ("",), "today": today()},
		)
	)


def _of_list(change: core.Change, words: dict) -> core.Snapshot:
	if change.list_name not in LIST_DOCTYPES:
		return core.Snapshot(words=words)
	# Not filtered by permission: all of the staff read the lists, and all records of one count.
	rows = frappe.get_all(change.list_name, fields=["name", "title", "sort_order"])
	codes = frozenset(row.name for row in rows)
	record = None
	if change.record in codes:
		doc = frappe.get_doc(change.list_name, change.record)
		record = {
			df.fieldname: doc.get(df.fieldname)
			for df in doc.meta.fields
			if df.fieldtype not in core.NO_QUESTION
		}
	return core.Snapshot(
		record=record,
		list_codes=codes,
		list_titles=frozenset(cstr(row.title).casefold() for row in rows),
		last_order=max((cint(row.sort_order) for row in rows), default=0),
		words=words,
	)


def _words(change: core.Change) -> dict[tuple[str, str], str]:
	texts = [change.labels, change.helps, *core.choices_of(change.choices)]
	sources = {text for each in texts for text in each.values()}
	if not sources:
		return {}
	found = {}
	for language in ("fi", "sv"):
		shipped = interface_translations(language)
		found |= {(language, source): shipped[source] for source in sources if source in shipped}
	# Not filtered by permission: the words of the interface, which staff have no right to as records.
	rows = frappe.get_all(
		"Translation",
		filters={"source_text": ("in", list(sources)), "language": ("in", ("fi", "sv"))},
		fields=["language", "source_text", "translated_text"],
	)
	return found | {(row.language, row.source_text): row.translated_text for row in rows}
