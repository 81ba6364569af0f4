"""The page of a day care unit: this week, what is overdue, and what waits for the user, as far as he or she may see."""

from datetime import timedelta

import frappe
from frappe import _

from early_support.access import assignments, conditions
from early_support.casework import clock
from early_support.overview import query, shown
from early_support.overview.declarations import SHOWN
from early_support.privacy import log, reads
from early_support.waiting import records_in, waiting_groups

# Lines of each part; the lists show the rest.
MOST = 50


def may_open(unit: str, user: str | None = None) -> bool:
	"""Tell whether `user` works in the unit today, or is its liaison person of family counselling (domain.md §1)."""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	return unit in assignments.staff_units(user) or unit in assignments.liaison_units(user)


@frappe.whitelist()
@conditions.each_asked_once()
def get_unit(unit: str) -> dict:
	"""Return the page of a unit, of what the session's user may list and of nothing else (design.md §4).

	`unit`: the name of a Day Care Unit.

	Returns {"week", "overdue", "more", "waiting"}. `week` (from this day to Sunday) and `overdue` are lists of lines,
	{doctype, name, kind, title, state, label, day}, the nearest and the oldest first; agreed actions among them have
	`what` and `who` instead of `label`. `more`: the parts that have more lines than are shown. `waiting`: the groups of
	waiting.py, of this unit. What is shown is logged (703/2023, 10 §).

	Raises:
		frappe.PermissionError: the user neither works in the unit nor is its liaison person, or there is no such unit.
	"""
	if not (frappe.has_permission("Day Care Unit", "read") and may_open(unit)):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)
	today = clock.today()
	listable = query.Listable()
	week = query.due(listable, unit, today, today + timedelta(days=6 - today.weekday()), MOST + 1)
	late = query.due(listable, unit, None, today - timedelta(days=1), MOST + 1)
	actions = query.agreed_rows(listable, ("unit", unit), until=today, limit=MOST + 1)
	waiting = waiting_groups(listable, unit)
	overdue = sorted([*late, *actions], key=lambda row: row.day)
	parts = {"week": week, "overdue": overdue}
	titles = shown.titles_of([*week, *late])
	lines = {part: [_line(row, titles) for row in rows[:MOST]] for part, rows in parts.items()}
	read = [(line["doctype"], line["name"]) for part in lines.values() for line in part]
	log.record(reads.OVERVIEW, dict.fromkeys([*read, *records_in(waiting)]), whole=True)
	return {
		**lines,
		"more": [part for part, rows in parts.items() if len(rows) > MOST],
		"waiting": waiting,
	}


def _line(row: dict, titles: dict) -> dict:
	title = row.said.get(frappe.get_meta(row.doctype).title_field)
	if "what" in row:
		return {**shown.item(row, title), "what": row.what, "who": row.who, "day": str(row.day)}
	names = shown.words(row.doctype, SHOWN[row.doctype].names, row.said, titles)
	return {
		**shown.item(row, ", ".join(filter(None, (title, names)))),
		"label": shown.label(row.doctype, row.field),
		"day": str(row.since),
	}
