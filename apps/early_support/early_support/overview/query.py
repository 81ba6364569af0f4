"""The queries behind the pages: of every declared doctype together, only rows which the session's user may list.

`frappe.get_list` writes the condition for each doctype, with all that Frappe and the app know of the user's rights, and
what it writes is joined into one statement. So the number of queries depends on the declarations and not on how many
documents there are. What the user may list is asked for once for each doctype of an answer (`Listable`).
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import frappe

from early_support.access import conditions
from early_support.casework.states import FINAL
from early_support.overview.declarations import AGREED_ROWS, SHOWN, Due, Followed, Rows, Shown

if TYPE_CHECKING:
	from early_support.overview.beginnings import Beginning

# Asked of every document of the overview beside what is declared.
STATE = "workflow_state"


class Listable:
	"""What the session's user may list, asked for once for each doctype while one answer is made.

	Made anew for each answer, and kept nowhere: in the next one the user's rights are what they are then.
	"""

	def __init__(self) -> None:
		self._names: dict[tuple[str, str | None], str | None] = {}
		self._roles_give: dict[tuple[str, str], bool] = {}

	def __call__(self, doctype: str, parent: str | None = None) -> str | None:
		"""Return the SQL of the names of the rows that the user may list, None if he or she may list none.

		`parent`: of a child table, the doctype of the documents that hold it.
		"""
		key = (doctype, parent)
		if key not in self._names:
			self._names[key] = self._list(doctype, parent) if self.may(parent or doctype, "read") else None
		return self._names[key]

	def may(self, doctype: str, action: str) -> bool:
		"""Tell whether the user's roles give an action on a doctype at all."""
		key = (doctype, action)
		if key not in self._roles_give:
			self._roles_give[key] = bool(frappe.has_permission(doctype, action))
		return self._roles_give[key]

	@staticmethod
	def _list(doctype: str, parent: str | None) -> str:
		return frappe.get_list(
			doctype,
			fields=["name"],
			parent_doctype=parent,
			order_by=None,
			limit_page_length=0,
			run=False,
		)


def documents(listable: Listable, child: str, today: date) -> list[dict]:
	"""Return the child's documents that are not at their end, and those whose end must still be known.

	Each has doctype, name, workflow_state, `said` (field → value), `writable`, `counted` and `followed` (state → bool).
	"""
	return _run(_union(_current(listable, doctype, shown, child, today) for doctype, shown in SHOWN.items()))


def days(
	listable: Listable, child: str, today: date, after: tuple[str, int, str] | None, limit: int
) -> list[dict]:
	"""Return the time line of the child, newest first: {doctype, name, workflow_state, day, step, said}.

	`after`: day, step and name of the last row that was shown, or None. A row comes once for each of its dates.
	"""
	query = _union(
		_dated(step, names, child, today, after)
		for step, (doctype, _field) in enumerate(STEPS)
		if (names := listable(doctype))
	)
	return _run(query and f"{query} order by day desc, step desc, name desc limit {int(limit)}")


# Every date of every doctype, in the order of the work: what stands later comes first on the same day.
STEPS = tuple((doctype, field) for doctype, shown in SHOWN.items() for field in shown.dates)


def agreed_rows(
	listable: Listable, about: tuple[str, str], until: date | None = None, limit: int = 0
) -> list[dict]:
	"""Return open rows of what was agreed, the nearest first: {doctype, name, what, who, day, said}.

	`about`: a field of the documents that hold them and its value. `until`: only those whose day is before this one.
	"""
	query = _union(_rows(listable, table, rows, about, until) for table, rows in AGREED_ROWS.items())
	return _run(
		query and f"{query} order by day is null, day, name" + (f" limit {int(limit)}" if limit else "")
	)


def due(listable: Listable, unit: str, first: date | None, last: date, limit: int) -> list[dict]:
	"""Return what falls due in the unit from `first` to `last`: {doctype, name, workflow_state, field, day, since, said}.

	Without `first`: what is late, if `last` has passed.
	"""
	branches = (
		_due(listable, doctype, each, unit, first, last)
		for doctype, shown in SHOWN.items()
		for each in shown.due
		if (each.coming if first else each.late)
	)
	query = _union(branches)
	return _run(query and f"{query} order by day, name limit {int(limit)}")


def sources(
	listable: Listable, ways: dict[int, "Beginning"], child: str, user: str, today: date
) -> list[dict]:
	"""Return from which documents about the child something may begin, as far as they are listable: {place, name, unit}.

	`ways`: place → beginnings.Beginning. By place, and of one place the last that was made first.
	"""
	branches = (_source(listable, place, each, child, user, today) for place, each in ways.items())
	query = _union(branches)
	return _run(query and f"{query} order by place, made desc, name desc")


def guardians(listable: Listable, family: str) -> list[dict]:
	"""Return the names of a family's guardians, if the user may list its rows: no address, no number."""
	names = listable("Family Guardian", "Family")
	if not names:
		return []
	table = "`tabFamily Guardian`"
	return _run(
		f"""select full_name, relation from {table}
		where {table}.parent = {_text(family)} and {table}.name in ({names}) order by idx"""
	)


# Branches ------------------------------------------------------------------------------------------------------------


def _current(listable: Listable, doctype: str, shown: Shown, child: str, today: date) -> str | None:
	names = listable(doctype) if shown.dates else None
	if not names:
		return None
	table = f"`tab{doctype}`"
	ended = f"{table}.{STATE} in {_in(FINAL[doctype])}"
	still = "".join(
		f" or ({table}.{STATE} = {_text(state)} and {table}.`{field}` >= {_text(today)})"
		for state, field in shown.until.items()
	)
	writable = listable.may(doctype, "write") and conditions.query_condition(None, doctype, "write")
	return f"""select {_text(doctype)} as doctype, {table}.name, {table}.{STATE},
		{_said(doctype, fields_of(shown))} as said, if({writable or "false"}, 1, 0) as writable,
		{_count(listable, doctype, shown)} as counted, {_followed(listable, doctype, shown)} as followed
		from {table} where {table}.child = {_text(child)} and {table}.name in ({names}) and (not {ended}{still})"""


def _source(  # noqa: PLR0913, PLR0917 what a beginning is made of
	listable: Listable, place: int, each: "Beginning", child: str, user: str, today: date
) -> str | None:
	names = listable(each.source)
	if not names:
		return None
	table = f"`tab{each.source}`"
	if each.source == "Child":
		where = [f"{table}.name = {_text(child)}"]
	else:
		where = [f"{table}.child = {_text(child)}", f"{table}.{STATE} in {_in(each.states)}"]
	where.append(f"{table}.name in ({names})")
	if each.mine:
		where.append(f"{table}.`{each.mine}` = {_text(user)}")
	if each.until:
		where.append(f"{table}.`{each.until}` >= {_text(today)}")
	if each.only:
		where.append(f"{table}.`{each.only}` = 1")
	if each.counted:
		shown = SHOWN[each.source]
		where.append(f"{_count(listable, each.source, shown)} < {table}.`{shown.counted.of}`")
	followed = (_related(listable, each.source, one, "count(*) > 0") for one in each.unless)
	where += [f"not {found}" for found in followed if found]
	return f"""select {place} as place, {table}.name, {table}.unit, {table}.creation as made
		from {table} where {" and ".join(where)}"""


def _count(listable: Listable, doctype: str, shown: Shown) -> str:
	if not shown.counted:
		return "null"
	_label, counted, field, states, _of = shown.counted
	return _related(listable, doctype, Followed(counted, field, states=states), "count(*)") or "0"


def _followed(listable: Listable, doctype: str, shown: Shown) -> str:
	pairs = []
	for state, step in shown.steps.items():
		if step and step.followed:
			pairs += [_text(state), _related(listable, doctype, step.followed, "count(*) > 0") or "false"]
	return f"json_object({', '.join(pairs)})"


def _related(listable: Listable, doctype: str, related: Followed, what: str) -> str | None:
	"""Return the sub-select of something about the documents that hang on a row, among those the user may list."""
	names = listable(related.doctype)
	if not names:
		return None
	in_states = f" and es_related.{STATE} in {_in(related.states)}" if related.states else ""
	return f"""(select {what} from `tab{related.doctype}` es_related
		where es_related.`{related.field}` = `tab{doctype}`.`{related.on}` and es_related.name in ({names}){in_states})"""


def _dated(step: int, names: str, child: str, today: date, after: tuple[str, int, str] | None) -> str:
	doctype, field = STEPS[step]
	table = f"`tab{doctype}`"
	day = f"cast({table}.`{field}` as date)"
	where = f"{table}.child = {_text(child)} and {day} <= {_text(today)}"
	if after:
		last, last_step, last_name = after
		# The step is one and the same in a branch: of the last day, all its rows are left, or none, or those by name.
		same = (
			"true"
			if step < last_step
			else "false"
			if step > last_step
			else f"{table}.name < {_text(last_name)}"
		)
		where += f" and ({day} < {_text(last)} or ({day} = {_text(last)} and {same}))"
	return f"""select {_text(doctype)} as doctype, {table}.name, {table}.{STATE}, {day} as day, {step} as step,
		{_said(doctype, SHOWN[doctype].names)} as said from {table} where {table}.name in ({names}) and {where}"""


def _due(  # noqa: PLR0913, PLR0917 what a page of the unit is made of
	listable: Listable, doctype: str, each: Due, unit: str, first: date | None, last: date
) -> str | None:
	names = listable(doctype)
	if not names:
		return None
	table = f"`tab{doctype}`"
	shown = SHOWN[doctype]
	where = f"{table}.unit = {_text(unit)} and {table}.{STATE} in {_in(each.states)}"
	since = f"cast({table}.`{each.field}` as date)"
	day = f"({since} + interval {days_in_time(each)} day)"
	begin = f" and {day} >= {_text(first)}" if first else ""
	return f"""select {_text(doctype)} as doctype, {table}.name, {table}.{STATE}, {_text(each.field)} as field,
		{day} as day, {since} as since, {_said(doctype, (*shown.names, _title(doctype)))} as said
		from {table} where {where} and {table}.name in ({names}) and {day} <= {_text(last)}{begin}"""


def days_in_time(due: Due) -> int:
	"""Return how many days after the one in its field something is still in time (Early Support Settings, see reminders.py)."""
	return frappe.db.get_single_value("Early Support Settings", "remind_after_days") - 1 if due.waits else 0


def _rows(
	listable: Listable, table: str, rows: Rows, about: tuple[str, str], until: date | None
) -> str | None:
	holders = listable(rows.parent)
	names = holders and listable(table, rows.parent)
	if not names:
		return None
	parent = f"`tab{rows.parent}`"
	field, value = about
	where = [f"{parent}.`{field}` = {_text(value)}", f"{parent}.{STATE} in {_in(rows.states)}"]
	if rows.open_field:
		where.append(f"es_row.`{rows.open_field}` = {_text(rows.open_value)}")
	if until:
		where.append(f"es_row.`{rows.due}` < {_text(until)}")
	return f"""select {_text(rows.parent)} as doctype, {parent}.name, {parent}.{STATE}, es_row.`{rows.what}` as what,
		es_row.`{rows.who}` as who, es_row.`{rows.due}` as day, {_said(rows.parent, (_title(rows.parent),))} as said
		from {parent} join `tab{table}` es_row
			on es_row.parent = {parent}.name and es_row.parenttype = {_text(rows.parent)}
		where {" and ".join(where)} and {parent}.name in ({holders}) and es_row.name in ({names})"""


# SQL -----------------------------------------------------------------------------------------------------------------


def fields_of(shown: Shown) -> tuple[str, ...]:
	"""Return every field that is read of a document which stands on the page itself."""
	steps = [step for step in shown.steps.values() if step]
	named = [
		*shown.names,
		*shown.people,
		*shown.facts,
		*(due.field for due in shown.due),
		*(field for step in steps for field in (step.whose, step.after) if field),
		*([shown.counted.of] if shown.counted else ()),
	]
	return tuple(dict.fromkeys(named))


def _title(doctype: str) -> str:
	return frappe.get_meta(doctype).title_field


def _said(doctype: str, fields: tuple[str, ...]) -> str:
	pairs = (f"{_text(field)}, `tab{doctype}`.`{field}`" for field in dict.fromkeys(fields))
	return f"json_object({', '.join(pairs)})"


def _union(branches: Iterator[str | None]) -> str:
	return " union all ".join(f"({branch})" for branch in branches if branch)


def _run(query: str) -> list[dict]:
	if not query:
		return []
	# Made of what get_list writes for the session's user, of declared names, and of escaped values.
	rows = frappe.db.sql(query, as_dict=True)
	for row in rows:
		for field in ("said", "followed"):
			if field in row:
				row[field] = json.loads(row[field])
	return rows


def _text(value: object) -> str:
	return frappe.db.escape(str(value), percent=False)


def _in(values: tuple[str, ...]) -> str:
	return "({})".format(", ".join(_text(value) for value in values))
