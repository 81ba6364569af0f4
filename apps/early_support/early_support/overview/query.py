"""The queries behind the pages: of every declared doctype together, only rows which the session's user may list.

`frappe.get_list` writes the condition for each doctype, with all that Frappe and the app know of the user's rights, and
what it writes is joined into one statement. So the number of queries depends on the declarations and not on how many
documents there are.
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


def listable(doctype: str, filters: dict, parent: str | None = None) -> str | None:
	"""Return the SQL of the names of the rows that the session's user may list, None if he or she may list none.

	`parent`: of a child table, the doctype of the documents that hold it.
	"""
	if not frappe.has_permission(parent or doctype, "read"):
		return None
	return frappe.get_list(
		doctype,
		filters=filters,
		fields=["name"],
		parent_doctype=parent,
		limit_page_length=0,
		run=False,
	)


def documents(child: str, today: date) -> list[dict]:
	"""Return the child's documents that are not at their end, and those whose end must still be known.

	Each has doctype, name, workflow_state, `said` (field → value), `writable`, `counted` and `followed` (state → bool).
	"""
	return _run(_union(_current(doctype, shown, child, today) for doctype, shown in SHOWN.items()))


def days(child: str, today: date, after: tuple[str, int, str] | None, limit: int) -> list[dict]:
	"""Return the time line of the child, newest first: {doctype, name, workflow_state, day, step, said}.

	`after`: day, step and name of the last row that was shown, or None. A row comes once for each of its dates.
	"""
	names = {doctype: listable(doctype, {"child": child}) for doctype, shown in SHOWN.items() if shown.dates}
	query = _union(
		_dated(step, names[doctype], today, after)
		for step, (doctype, _field) in enumerate(STEPS)
		if names[doctype]
	)
	return _run(query and f"{query} order by day desc, step desc, name desc limit {int(limit)}")


# Every date of every doctype, in the order of the work: what stands later comes first on the same day.
STEPS = tuple((doctype, field) for doctype, shown in SHOWN.items() for field in shown.dates)


def agreed_rows(filters: dict, until: date | None = None, limit: int = 0) -> list[dict]:
	"""Return open rows of what was agreed, the nearest first: {doctype, name, what, who, day, said}.

	`filters`: of the documents that hold them. `until`: only those whose day is before this one.
	"""
	query = _union(_rows(table, rows, filters, until) for table, rows in AGREED_ROWS.items())
	return _run(
		query and f"{query} order by day is null, day, name" + (f" limit {int(limit)}" if limit else "")
	)


def due(unit: str, first: date | None, last: date, limit: int) -> list[dict]:
	"""Return what falls due in the unit from `first` to `last`: {doctype, name, workflow_state, field, day, since, said}.

	Without `first`: what is late, if `last` has passed.
	"""
	branches = (
		_due(doctype, shown, each, unit, first, last)
		for doctype, shown in SHOWN.items()
		for each in shown.due
		if (each.coming if first else each.late)
	)
	query = _union(branches)
	return _run(query and f"{query} order by day, name limit {int(limit)}")


def sources(ways: dict[int, "Beginning"], child: str, user: str, today: date) -> list[dict]:
	"""Return from which documents about the child something may begin, as far as they are listable: {place, name, unit}.

	`ways`: place → beginnings.Beginning. By place, and of one place the last that was made first.
	"""
	branches = (_source(place, each, child, user, today) for place, each in ways.items())
	query = _union(branches)
	return _run(query and f"{query} order by place, made desc, name desc")


# Branches ------------------------------------------------------------------------------------------------------------


def _current(doctype: str, shown: Shown, child: str, today: date) -> str | None:
	if not shown.dates:
		return None
	names = listable(doctype, {"child": child})
	if not names:
		return None
	table = f"`tab{doctype}`"
	ended = f"{table}.{STATE} in {_in(FINAL[doctype])}"
	still = "".join(
		f" or ({table}.{STATE} = {_text(state)} and {table}.`{field}` >= {_text(today)})"
		for state, field in shown.until.items()
	)
	writable = frappe.has_permission(doctype, "write") and conditions.query_condition(None, doctype, "write")
	return f"""select {_text(doctype)} as doctype, {table}.name, {table}.{STATE},
		{_said(doctype, fields_of(shown))} as said, if({writable or "false"}, 1, 0) as writable,
		{_count(doctype, shown)} as counted, {_followed(doctype, shown)} as followed
		from {table} where {table}.name in ({names}) and (not {ended}{still})"""


def _source(place: int, each: "Beginning", child: str, user: str, today: date) -> str | None:
	filters = {"name": child} if each.source == "Child" else {"child": child, STATE: ("in", each.states)}
	names = listable(each.source, filters)
	if not names:
		return None
	table = f"`tab{each.source}`"
	where = [f"{table}.name in ({names})"]
	if each.mine:
		where.append(f"{table}.`{each.mine}` = {_text(user)}")
	if each.until:
		where.append(f"{table}.`{each.until}` >= {_text(today)}")
	if each.only:
		where.append(f"{table}.`{each.only}` = 1")
	if each.counted:
		shown = SHOWN[each.source]
		where.append(f"{_count(each.source, shown)} < {table}.`{shown.counted.of}`")
	where += [f"not {found}" for one in each.unless if (found := _related(each.source, one, "count(*) > 0"))]
	return f"""select {place} as place, {table}.name, {table}.unit, {table}.creation as made
		from {table} where {" and ".join(where)}"""


def _count(doctype: str, shown: Shown) -> str:
	if not shown.counted:
		return "null"
	_label, counted, field, states, _of = shown.counted
	return _related(doctype, Followed(counted, field, states=states), "count(*)") or "0"


def _followed(doctype: str, shown: Shown) -> str:
	pairs = []
	for state, step in shown.steps.items():
		if step and step.followed:
			pairs += [_text(state), _related(doctype, step.followed, "count(*) > 0") or "false"]
	return f"json_object({', '.join(pairs)})"


def _related(doctype: str, related: Followed, what: str) -> str | None:
	"""Return the sub-select of something about the documents that hang on a row, among those the user may list."""
	filters = {STATE: ("in", related.states)} if related.states else {}
	names = listable(related.doctype, filters)
	if not names:
		return None
	return f"""(select {what} from `tab{related.doctype}` es_related
		where es_related.`{related.field}` = `tab{doctype}`.`{related.on}` and es_related.name in ({names}))"""


def _dated(step: int, names: str, today: date, after: tuple[str, int, str] | None) -> str:
	doctype, field = STEPS[step]
	table = f"`tab{doctype}`"
	day = f"cast({table}.`{field}` as date)"
	where = f"{day} <= {_text(today)}"
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
	doctype: str, shown: Shown, each: Due, unit: str, first: date | None, last: date
) -> str | None:
	names = listable(doctype, {"unit": unit, STATE: ("in", each.states)})
	if not names:
		return None
	table = f"`tab{doctype}`"
	since = f"cast({table}.`{each.field}` as date)"
	day = f"({since} + interval {days_in_time(each)} day)"
	begin = f" and {day} >= {_text(first)}" if first else ""
	return f"""select {_text(doctype)} as doctype, {table}.name, {table}.{STATE}, {_text(each.field)} as field,
		{day} as day, {since} as since, {_said(doctype, (*shown.names, _title(doctype)))} as said
		from {table} where {table}.name in ({names}) and {day} <= {_text(last)}{begin}"""


def days_in_time(due: Due) -> int:
	"""Return how many days after the one in its field something is still in time (Early Support Settings, see reminders.py)."""
	return frappe.db.get_single_value("Early Support Settings", "remind_after_days") - 1 if due.waits else 0


def _rows(table: str, rows: Rows, filters: dict, until: date | None) -> str | None:
	holders = listable(rows.parent, {**filters, STATE: ("in", rows.states)})
	still_open = {rows.open_field: rows.open_value} if rows.open_field else {}
	names = holders and listable(table, still_open, rows.parent)
	if not names:
		return None
	late = f" and es_row.`{rows.due}` < {_text(until)}" if until else ""
	parent = f"`tab{rows.parent}`"
	return f"""select {_text(rows.parent)} as doctype, {parent}.name, {parent}.{STATE}, es_row.`{rows.what}` as what,
		es_row.`{rows.who}` as who, es_row.`{rows.due}` as day, {_said(rows.parent, (_title(rows.parent),))} as said
		from {parent} join `tab{table}` es_row
			on es_row.parent = {parent}.name and es_row.parenttype = {_text(rows.parent)}
		where {parent}.name in ({holders}) and es_row.name in ({names}){late}"""


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
