"""What each unit has planned, held and still missing in a season: the report, and what waits for the staff."""

import datetime
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import frappe

from early_support.season import core

PLANNED, HELD = "Planned", "Held"


class Line(NamedTuple):
	"""One kind of event in one unit: how often it is wanted, planned, held and missing.

	`usual` and `due` are the first and the last day of the usual month of the next one that is missing.
	"""

	unit: str
	kind: str
	wanted: int
	planned: int
	held: int
	missing: int
	usual: datetime.date | None
	due: datetime.date | None


def lines(units: Iterable[str], season: str) -> list[Line]:
	"""Return a line for each unit and each kind that is wanted or was arranged, in the order of both.

	The caller gives only units whose calendar the user may read. Raises ValueError for a text that is no season.
	"""
	core.begins(season)
	units, kinds = _in_order(units), _kinds()
	counted = _count(units, season)
	found = []
	for unit in units:
		for kind in kinds:
			planned, held = counted[unit, kind.name, PLANNED], counted[unit, kind.name, HELD]
			wanted = 0 if kind.disabled else kind.times_a_season
			if wanted or planned or held:
				found.append(_line(unit, kind, season, (wanted, planned, held)))
	return found


def _line(unit: str, kind: frappe._dict, season: str, numbers: tuple[int, int, int]) -> Line:
	wanted, planned, held = numbers
	missing = max(0, wanted - planned - held)
	usual, due = None, None
	if missing:
		times = core.usual_times(season, wanted, core.read_months(kind.usual_months))
		usual, due = times[wanted - missing]
	return Line(unit, kind.name, wanted, planned, held, missing, usual, due)


def _count(units: list[str], season: str) -> Counter:
	if not units:
		return Counter()
	# Not filtered by permission: by the units, which the caller has chosen by the user's rights.
	events = frappe.get_all(
		"Unit Event",
		filters={"unit": ("in", units), "season": season, "state": ("in", (PLANNED, HELD))},
		fields=["unit", "kind", "state"],
		limit=0,
	)
	return Counter((event.unit, event.kind, event.state) for event in events)


def _in_order(units: Iterable[str]) -> list[str]:
	# Not filtered by permission, like _count.
	filters = {"name": ("in", [*units, ""]), "disabled": 0}
	return frappe.get_all(
		"Day Care Unit", filters=filters, pluck="name", order_by="title asc, name asc", limit=0
	)


def _kinds() -> list[frappe._dict]:
	# A list of administrators, which all staff may read.
	return frappe.get_all(
		"Unit Event Kind",
		fields=["name", "title", "times_a_season", "usual_months", "disabled"],
		order_by="sort_order asc, name asc",
		limit=0,
	)
