"""How often each field and option of a form was filled in: what nobody fills in may go, so that forms get shorter too.

Counts every document of a register controller that was made in a season, whoever asks, past Frappe's row permissions: whether a
field was filled in, and which option was chosen, never a word that was written. Nothing of a single document leaves this room,
and of the counts what figures/protect.py has left: of each field a table of its own, units by options, in which what was left
empty counts as an option. How many documents there are is the same in all of them: what one hides of that, all hide.
"""

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import cint, cstr, getdate

from early_support.access import policy
from early_support.exceptions import FilterNotUnderstood
from early_support.export import monthly
from early_support.figures import read
from early_support.figures.protect import protect
from early_support.figures.table import ALL, Figure, Record, Shown, Table, publish, share
from early_support.forms import current
from early_support.forms.changes_core import NO_QUESTION
from early_support.forms.lists import LIST_DOCTYPES

FORMS = current.FORMS
# What may be said of a field beside its options: nothing, something, an option that is offered no longer.
EMPTY, FILLED, GONE = "_empty", "_filled", "_gone"
SEVERAL = "Table MultiSelect"
# Who sees figures of the registers that are kept apart, as far as they work for their register controllers.
SOCIAL_READERS = ("Form Administrator", "Management Group")


@dataclass(frozen=True)
class Question:
	"""A field that people fill in: what it is called, and its options as {value: title}; none where words are written.

	Of one with `several` answers each option is a question of its own: chosen, or not.
	"""

	fieldname: str
	label: str
	options: dict[str, str]
	several: bool = False

	def columns(self) -> tuple[str, ...]:
		"""Return what a document may say of it."""
		return (*self.options, GONE, EMPTY) if self.options and not self.several else (FILLED, EMPTY)

	def column_of(self, value: object) -> str:
		"""Return what a document says of it."""
		if value in (None, "", "0", 0, ()):
			return EMPTY
		if self.several or not self.options:
			return FILLED
		return value if value in self.options else GONE


@dataclass(frozen=True)
class Filled:
	"""A document or a row: where it was made, of which child it tells (None: of none), and what was filled in."""

	unit: str
	person: str | None
	insider: str
	values: dict[str, object]


@dataclass(frozen=True)
class Usage:
	"""What may be shown of a form: how many documents there are, and of each question its figures and those of its options."""

	units: tuple[str, ...]
	documents: Shown
	fields: tuple[tuple[Question, Shown, dict[str, Shown]], ...]


def read_form(values: object) -> tuple[str, read.Asked]:
	"""Understand the filters of the report: form, season, controller, service_area. Raises FilterNotUnderstood."""
	form = monthly.plain_filters(values, ("form",)).get("form") or FORMS[0]
	if form not in FORMS:
		frappe.throw(
			_("There is no such form: {0}").format(frappe.bold(monthly.escape(form))), FilterNotUnderstood
		)
	return form, read.read_filters(values, SOCIAL_READERS if is_kept_apart(form) else ())


def is_kept_apart(form: str) -> bool:
	"""Tell whether a form belongs to the social services, of which no figure is broken down by unit."""
	whole = _whole_of(form)
	return whole in policy.OPENS and policy.is_kept_apart(whole)


def _whole_of(form: str) -> str:
	return current.TABLES.get(form, form)


def usage(form: str, place: read.Place, asked: read.Asked, threshold: int) -> Usage:
	"""Return what may be shown of a form of one register controller."""
	questions = questions_of(form)
	return count(
		questions, documents_of(form, questions, place.controller, asked), units_of(form, place), threshold
	)


def units_of(form: str, place: read.Place) -> tuple[str, ...]:
	"""Return the units by which a form is broken down: none of those of the social services."""
	return () if is_kept_apart(form) else tuple(place.area_of)


def count(
	questions: Sequence[Question], documents: Iterable[Filled], units: Sequence[str], threshold: int
) -> Usage:
	"""Count, and hide what is small, with so much beside it that it cannot be worked out."""
	documents = list(documents)
	tables: dict[tuple[str, str], Table] = {}
	for each in questions:
		name = each.fieldname
		tables[name, ""] = _table(
			each.columns(),
			documents,
			units,
			lambda values, each=each: each.column_of(values.get(each.fieldname)),
		)
		for option in each.options if each.several else ():
			tables[name, option] = _table(
				(FILLED, EMPTY),
				documents,
				units,
				lambda values, name=name, option=option: FILLED if option in values[name] else EMPTY,
			)
	shown = dict(zip(tables, _protected(list(tables.values()), threshold), strict=True))
	fields = tuple(
		(
			each,
			shown[each.fieldname, ""],
			{option: shown[each.fieldname, option] for option in each.options} if each.several else {},
		)
		for each in questions
	)
	totals = next(iter(shown.values()), Shown({}, {}))
	return Usage(tuple(units), totals, fields)


def _table(columns: Collection[str], documents: Iterable[Filled], units: Sequence[str], column_of) -> Table:
	records = (
		Record(each.unit if units else ALL, column_of(each.values), each.person, each.insider)
		for each in documents
	)
	return Table(units, columns, records, {unit: unit for unit in units})


def _protected(tables: Sequence[Table], threshold: int) -> list[Shown]:
	"""Protect tables of the same documents: a total that one of them hides is hidden in all."""
	totals: set[Figure] = set()
	while True:
		hidden = [protect(table, threshold, totals) for table in tables]
		more = {figure for each in hidden for figure in each if figure[1] == ALL}
		if more <= totals:
			return [publish(table, each, threshold) for table, each in zip(tables, hidden, strict=True)]
		totals |= more


# What is read ----------------------------------------------------------------------------------------------------------


def questions_of(form: str) -> list[Question]:
	"""Return the fields of a form that people fill in, in their order, in the user's language."""
	found = []
	for df in frappe.get_meta(form).fields:
		is_question = df.fieldtype == SEVERAL or df.fieldtype not in NO_QUESTION
		if (
			is_question
			and df.label
			and df.fieldtype != "Password"
			and not (cint(df.read_only) or cint(df.hidden))
			and df.fieldname not in current.WHOM
		):
			found.append(Question(df.fieldname, _(df.label), _options(df), df.fieldtype == SEVERAL))
	return found


def added_within(form: str, asked: read.Asked) -> list[tuple[str, datetime.date]]:
	"""Return the questions that were added to a form while the season went on, each with its day, in the user's language."""
	# Not filtered by permission: since when a form asks is no secret, and its readers have no right to Custom Fields.
	rows = frappe.get_all(
		"Custom Field",
		filters={"dt": form, "creation": (">=", asked.first + datetime.timedelta(days=1))},
		fields=["fieldname", "creation"],
	)
	since = {row.fieldname: getdate(row.creation) for row in rows}
	return [
		(each.label, since[each.fieldname])
		for each in questions_of(form)
		if since.get(each.fieldname, datetime.date.max) <= asked.last
	]


def _options(df) -> dict[str, str]:
	options = cstr(df.options)
	if df.fieldtype == "Select":
		return {option: _(option) for option in options.split("\n") if option}
	doctype = _chosen_from(df)[1] if df.fieldtype == SEVERAL else options
	return read.titles(doctype) if df.fieldtype in ("Link", SEVERAL) and doctype in LIST_DOCTYPES else {}


def _chosen_from(df) -> tuple[str, str]:
	"""Return the field in the rows of a choice of several, and to which list it leads."""
	link = next(row for row in frappe.get_meta(df.options).fields if row.fieldtype == "Link")
	return link.fieldname, link.options


def documents_of(
	form: str, questions: Sequence[Question], controller: str, asked: read.Asked
) -> list[Filled]:
	"""Read what was filled in of the documents that were made in a season, or of their rows."""
	whole = _whole_of(form)
	is_row = whole != form
	child = "whole.child" if frappe.get_meta(whole).has_field("child") else "null"
	child = "whole.name" if whole == "Child" else child
	apart = is_kept_apart(form)
	columns = [_column(each) for each in questions if not each.several]
	rows = frappe.db.sql(
		f"""select form.name as `_name`, whole.unit as `_unit`, whole.owner as `_owner`,
			{child} as `_child` {"".join(f", {column}" for column in columns)}
		from `tab{whole}` whole
		{f"inner join `tab{form}` form on form.parent = whole.name and form.parenttype = %(whole)s" if is_row else f"inner join `tab{form}` form on form.name = whole.name"}
		{"" if apart else "inner join `tabDay Care Unit` unit on unit.name = whole.unit"}
		where {"whole" if apart else "unit"}.controller = %(controller)s
			and whole.creation >= %(first)s and whole.creation < %(after)s""",
		{
			"whole": whole,
			"controller": controller,
			"first": asked.first,
			"after": asked.last + datetime.timedelta(days=1),
		},
		as_dict=True,
	)
	several = {each.fieldname: _chosen(form, each.fieldname) for each in questions if each.several}
	return [
		Filled(
			unit=row._unit,
			person=row._child,
			insider=row._owner if apart else row._unit,
			values={each.fieldname: row.get(each.fieldname) for each in questions}
			| {name: chosen.get(row._name, ()) for name, chosen in several.items()},
		)
		for row in rows
	]


def _column(question: Question) -> str:
	"""Say in SQL what is read of a field: the option, or only whether there is something. Names come from the form."""
	name = f"form.`{question.fieldname}`"
	return (
		f"ifnull({name}, '') as `{question.fieldname}`"
		if question.options
		else (f"if(ifnull({name}, '') in ('', '0'), '', '1') as `{question.fieldname}`")
	)


def _chosen(form: str, fieldname: str) -> dict[str, set[str]]:
	df = frappe.get_meta(form).get_field(fieldname)
	link, _list = _chosen_from(df)
	rows = frappe.db.sql(
		f"select parent, `{link}` from `tab{df.options}` where parenttype = %s and parentfield = %s",
		(form, fieldname),
	)
	found: dict[str, set[str]] = {}
	for parent, option in rows:
		found.setdefault(parent, set()).add(option)
	return found


# What is shown ---------------------------------------------------------------------------------------------------------


def rows(found: Usage, units: Sequence[str], threshold: int) -> list[dict]:
	"""Return the rows of the report: the documents, then each field with its options.

	Each row is {kind, key, label, total, share, unit_0, unit_1 …}, `units` being those that are asked for.
	"""
	places = {"total": ALL, **{f"unit_{number}": unit for number, unit in enumerate(units)}}
	everything = {name: found.documents.count(place) for name, place in places.items()}
	shown = [{"kind": "whole", "key": ALL, "label": _("All"), "share": None, **everything}]
	for question, figures, options in found.fields:
		filled = {name: _filled(question, figures, place) for name, place in places.items()}
		shown.append(_row("field", question.fieldname, question.label, filled, everything, threshold))
		gone = (
			{GONE: _("No longer offered")}
			if GONE in question.columns() and figures.count(ALL, GONE) != 0
			else {}
		)
		for option, title in (question.options | gone).items():
			chosen = {
				name: options[option].count(place, FILLED)
				if question.several
				else figures.count(place, option)
				for name, place in places.items()
			}
			key = f"{question.fieldname} {option}"
			shown.append(_row("option", key, title, chosen, everything, threshold))
	return shown


def _filled(question: Question, figures: Shown, place: str) -> int | None:
	if FILLED in question.columns():
		return figures.count(place, FILLED)
	total, empty = figures.count(place), figures.count(place, EMPTY)
	return None if None in (total, empty) else total - empty


def _row(kind: str, key: str, label: str, figures: dict, everything: dict, threshold: int) -> dict:  # noqa: PLR0913, PLR0917
	part = share(figures["total"], everything["total"], threshold)
	return {"kind": kind, "key": key, "label": label, "share": part, **figures}


def titles_of(units: Collection[str]) -> dict[str, str]:
	"""Return what units are called. Not filtered by permission: names of units are no secret."""
	found = frappe.get_all(
		"Day Care Unit", filters={"name": ("in", list(units) or ("",))}, fields=["name", "title"]
	)
	return {row.name: row.title for row in found}
