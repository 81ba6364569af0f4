"""The page of a child: what is agreed, who is involved, what comes next, and the time line, as far as the user may see."""

import re
from datetime import date

import frappe
from frappe import _
from frappe.model.workflow import get_workflow_name
from frappe.utils import add_days, getdate

from early_support.access import conditions
from early_support.casework import clock
from early_support.exceptions import FilterNotUnderstood
from early_support.naming import ALPHABET, LENGTH
from early_support.overview import beginnings, query, shown
from early_support.overview.declarations import SHOWN, Step
from early_support.privacy import log, reads

# Lines of the time line at a time.
PAGE = 20
# Where a page of the time line ended: day, step and name of its last line.
PLACE = re.compile(rf"(\d{{4}}-\d\d-\d\d)\.(\d{{1,4}})\.([{ALPHABET}]{{{LENGTH}}})", re.ASCII)


@frappe.whitelist()
@conditions.each_asked_once()
def get_child(child: str) -> dict:
	"""Return the page of a child, of what the session's user may list and of nothing else (design.md §4).

	`child`: the name of a Child.

	Returns {"agreed", "actions", "people", "turns", "next", "timeline", "begin"}. The first, `turns` and `next` are lists
	of lines, {doctype, name, kind, title, state} each: of `agreed` with `facts` [{label, day or text}], of `turns` with
	`line` (what is to be done), of `next` with `label`, `day` and `late`. `actions`: [{doctype, name, what, who, day,
	late}]. `people`: [{name, roles}]. `timeline`: as of `get_timeline`. `begin`: what may be begun (beginnings.py).
	What is shown is logged (703/2023, 10 §). Consultations are about nobody and never here (domain.md §9.8).

	Raises:
		frappe.PermissionError: the child is not open to the user, or there is none.
	"""
	row = _opened(child)
	today = clock.today()
	listable = query.Listable()
	documents = query.documents(listable, row.name, today)
	actions = query.agreed_rows(listable, ("child", row.name))
	guardians = query.guardians(listable, row.family)
	days = _days(listable, row.name, today, None)
	titles = shown.titles_of([*documents, *days[:PAGE]])
	_log(row, [*documents, *actions, *days[:PAGE]], [("Family", row.family)] if guardians else [])
	turns = ((doc, _turn(listable, doc, today)) for doc in documents)
	return {
		"agreed": [_agreed(doc, titles) for doc in documents if _is_agreed(doc)],
		"actions": [_action(action, today) for action in actions],
		"people": _people(documents, titles, guardians),
		"turns": [{**_line(doc, titles), "line": line} for doc, line in turns if line],
		"next": sorted(
			(coming for doc in documents for coming in _coming(doc, titles, today)),
			key=lambda line: line["day"],
		),
		"timeline": _timeline(days, titles),
		"begin": beginnings.open_to_user(listable, row.name, today),
	}


@frappe.whitelist()
@conditions.each_asked_once()
def get_timeline(child: str, after: str | None = None) -> dict:
	"""Return the next lines of a child's time line, newest first, up to this day.

	`after`: the `after` of the answer before, or None for the first lines.

	Returns {"lines": [{doctype, name, kind, title, state, label, day}], "after": where to go on, or None at the end}.
	What is shown is logged.

	Raises:
		frappe.PermissionError: the child is not open to the user, or there is none.
		FilterNotUnderstood: `after` is not from an answer.
	"""
	row = _opened(child)
	days = _days(query.Listable(), row.name, clock.today(), after)
	_log(row, days[:PAGE], [])
	return _timeline(days, shown.titles_of(days[:PAGE]))


def _opened(child: str) -> dict:
	"""Return the child, if it is open to the session's user: asked before anything is read of it."""
	if not (frappe.has_permission("Child", "read") and conditions.is_open("Child", child)):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)
	return frappe.db.get_value("Child", child, ["name", "family"], as_dict=True)


def _log(child: dict, rows: list[dict], others: list[tuple[str, str]]) -> None:
	"""Log the child and each document of which something is shown, once."""
	read = [("Child", child.name), *others, *((row.doctype, row.name) for row in rows)]
	log.record(reads.OVERVIEW, dict.fromkeys(read), whole=True)


def _line(doc: dict, titles: dict) -> dict:
	return shown.item(doc, shown.words(doc.doctype, SHOWN[doc.doctype].names, doc.said, titles))


# What is agreed ------------------------------------------------------------------------------------------------------


def _is_agreed(doc: dict) -> bool:
	return doc.workflow_state in SHOWN[doc.doctype].agreed


def _agreed(doc: dict, titles: dict) -> dict:
	declared = SHOWN[doc.doctype]
	facts = []
	if declared.counted:
		text = _("{0} of at most {1}").format(doc.counted, doc.said.get(declared.counted.of) or 0)
		facts.append({"label": _(declared.counted.label), "text": text})
	for field in declared.facts:
		if said := shown.value(doc.doctype, field, doc.said.get(field), titles):
			key = "day" if shown.is_day(doc.doctype, field) else "text"
			facts.append({"label": shown.label(doc.doctype, field), key: said})
	return {**_line(doc, titles), "facts": facts}


def _action(row: dict, today: date) -> dict:
	return {
		"doctype": row.doctype,
		"name": row.name,
		"what": row.what,
		"who": row.who,
		"day": str(row.day) if row.day else None,
		"late": bool(row.day) and row.day < today,
	}


# Who is involved -----------------------------------------------------------------------------------------------------


def _people(documents: list[dict], titles: dict, guardians: list[dict]) -> list[dict]:
	roles: dict[str, dict[str, None]] = {}
	for guardian in guardians:
		roles.setdefault(guardian.full_name, {})[guardian.relation or _("Guardian")] = None
	for doc in documents:
		if doc.workflow_state in SHOWN[doc.doctype].until:
			continue
		for field in SHOWN[doc.doctype].people:
			if name := shown.value(doc.doctype, field, doc.said.get(field), titles):
				roles.setdefault(name, {})[f"{_(doc.doctype)}: {shown.label(doc.doctype, field)}"] = None
	return [{"name": name, "roles": list(found)} for name, found in roles.items()]


# What comes next -----------------------------------------------------------------------------------------------------


def _coming(doc: dict, titles: dict, today: date) -> list[dict]:
	lines = []
	for due in SHOWN[doc.doctype].due:
		said = doc.said.get(due.field)
		if not said or doc.workflow_state not in due.states:
			continue
		late = due.late and getdate(add_days(said, query.days_in_time(due))) < today
		if late or (due.coming and getdate(said) >= today):
			label = shown.label(doc.doctype, due.field)
			lines.append({**_line(doc, titles), "label": label, "day": str(said)[:10], "late": late})
	return lines


def _turn(listable: query.Listable, doc: dict, today: date) -> str | None:
	"""Return what the session's user can do with a document now, in words; None if it is not his or her turn.

	The workflow's first move out of the state is the natural one, as on the form (public/js/next_step.js).
	"""
	if not doc.writable:
		return None
	declared = SHOWN[doc.doctype]
	step = declared.steps.get(doc.workflow_state, Step())
	if step is None or not _is_time(doc, step, today):
		return None
	if step.whose and doc.said.get(step.whose) not in (None, "", frappe.session.user):
		return None
	if not step.line:
		return _natural_move(doc)
	full = declared.counted and doc.counted >= int(doc.said.get(declared.counted.of) or 0)
	if full:
		return _natural_move(doc)
	done = step.followed and doc.followed.get(doc.workflow_state)
	return _(step.line) if not done and listable.may(step.makes, "create") else None


def _is_time(doc: dict, step: Step, today: date) -> bool:
	day = doc.said.get(step.after) if step.after else None
	return not day or getdate(add_days(day, -step.ahead)) <= today


def _natural_move(doc: dict) -> str | None:
	workflow = get_workflow_name(doc.doctype)
	if not workflow:
		return None
	moves = [
		row
		for row in frappe.get_cached_doc("Workflow", workflow).transitions
		if row.state == doc.workflow_state
	]
	roles = {row.allowed for row in moves if row.action == moves[0].action}
	return _(moves[0].action) if roles.intersection(frappe.get_roles()) else None


# The time line -------------------------------------------------------------------------------------------------------


def _days(listable: query.Listable, child: str, today: date, after: str | None) -> list[dict]:
	"""Return the rows of a page of the time line, and one more if there is more than that."""
	return query.days(listable, child, today, _place(after), PAGE + 1)


def _timeline(rows: list[dict], titles: dict) -> dict:
	"""Return a page of the time line as `get_timeline` gives it. `rows`: of `_days`."""
	page = rows[:PAGE]
	lines = []
	for row in page:
		_doctype, field = query.STEPS[row.step]
		# A label tells which of several days it is.
		label = shown.label(row.doctype, field) if len(SHOWN[row.doctype].dates) > 1 else None
		lines.append({**_line(row, titles), "label": label, "day": str(row.day)})
	last = page[-1] if len(rows) > PAGE else None
	return {"lines": lines, "after": f"{last.day}.{last.step}.{last.name}" if last else None}


def _place(after: str | None) -> tuple[str, int, str] | None:
	if not after:
		return None
	found = PLACE.fullmatch(after)
	if not found:
		frappe.throw(
			_("The time line cannot go on from here. Please open the page again."), FilterNotUnderstood
		)
	return found[1], int(found[2]), found[3]
