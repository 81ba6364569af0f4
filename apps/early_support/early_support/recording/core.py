"""Which policy holds, when a case is turned into figures, and what is kept of it. Pure: imports no Frappe.

Guidance can be given without a client relationship and without a client record (domain.md §3, 352-354). Where a register
controller keeps counts only, a support period and its visits live as long as people work with them, and then become
figures that nothing leads from to a person (§9.8). What began under one policy ends under it.
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from early_support.export.events import EVENTS, Event

RECORDED, COUNTS_ONLY = "Recorded", "Counts Only"

PERIOD, VISIT = "Support Period", "Visit"
HELD = "Held"

# A family that does not want the support is in no monthly statistics, and would be in no figure at all.
DECLINED = Event("tukijakso_ei_toivottu", PERIOD, "declined_on", states=("Declined",))
KEPT = (*(event for event in EVENTS if event.doctype in (PERIOD, VISIT)), DECLINED)
ENDS = ("tukijakso_paattynyt", "tukijakso_peruttu", DECLINED.key)

# What is told of the event beside the figures: field of the figure → field of the case.
OF_EVENT: dict[str, dict[str, str]] = {
	"tukijakso_sovittu": {"source": "source"},
	**{end: {"source": "source", "outcome": "outcome"} for end in ENDS},
	"kaynti_pidetty": {"place": "place", "minutes": "duration", "topics": "topics"},
}

# Event, unit and the first day of its month: where the monthly statistics count a child once.
Cell = tuple[str, str, datetime.date]


class Decision(NamedTuple):
	"""A policy of a register controller, and the first day on which it holds."""

	policy: str
	from_date: datetime.date


def in_force(decisions: Iterable[Decision], day: datetime.date) -> str:
	"""Return the policy that holds on a day; where nobody has decided, the case is recorded and nothing destroyed."""
	begun = [decision for decision in decisions if decision.from_date <= day]
	return max(begun, key=lambda decision: decision.from_date).policy if begun else RECORDED


class Fate(StrEnum):
	"""What becomes of a case. The order is that of the questions asked."""

	RECORDED = "Kept: it is recorded"
	OPEN = "Kept: not ended"
	HELD = "Kept: legal hold"
	CLIENT = "Kept: a client relationship began"
	REFERRED = "Kept: a referral is under way"
	RUNNING = "Kept: the month of its end is not over"
	DUE = "Due"


@dataclass(frozen=True)
class Standing:
	"""How a case stands: `days` are all of the days on which something of it is counted."""

	policy: str | None
	is_ended: bool
	is_held: bool
	is_client: bool
	is_referred: bool
	days: Collection[datetime.date]


def judge(case: Standing, today: datetime.date) -> Fate:
	"""Say what becomes of a case today."""
	questions = (
		(Fate.RECORDED, case.policy != COUNTS_ONLY),
		(Fate.OPEN, not case.is_ended),
		(Fate.HELD, case.is_held),
		(Fate.CLIENT, case.is_client),
		(Fate.REFERRED, case.is_referred),
		(Fate.RUNNING, today < due_on(case.days)),
	)
	return next((fate for fate, answer in questions if answer), Fate.DUE)


def due_on(days: Collection[datetime.date]) -> datetime.date:
	"""Return the day from which a case is turned: the first of the month after everything that is counted of it.

	Not at once: the figures of a month are whole then, a child counts once in each of them whatever begins meanwhile, and
	nobody can tell by the hour whose case it was.
	"""
	last = max(days)
	return (last.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class Figure:
	"""One event without the person. `children` is 0 where the child counts already; `timed` whether it has a duration."""

	event: str
	unit: str
	controller: str
	month: datetime.date
	children: int
	days: int
	timed: int
	age_band: str | None
	visits: int | None = None
	source: str | None = None
	outcome: str | None = None
	place: str | None = None
	minutes: int | None = None
	topics: tuple[str, ...] = ()


def figures(
	period: Mapping,
	visits: Collection[Mapping],
	age_band: Callable[[datetime.date], str | None],
	elsewhere: Collection[Cell],
) -> list[Figure]:
	"""Return what is kept of a case: one figure for each event, with its month and nothing that joins it to the others.

	Args:
		period, visits: the fields of the documents.
		age_band: tells how old the child was on a day.
		elsewhere: the cells in which other documents of the child, which are still there, are counted.
	"""
	held = sum(visit["workflow_state"] == HELD for visit in visits)
	counted, kept = set(elsewhere), []
	for row, event, day in happened(period, visits):
		cell = cell_of(row, event, day)
		days = event.days_of(row)
		kept.append(
			Figure(
				event=event.key,
				unit=row["unit"],
				controller=row["controller"],
				month=cell[2],
				children=int(cell not in counted),
				days=days or 0,
				timed=int(days is not None),
				age_band=age_band(day),
				visits=held if event.key in ENDS else None,
				**{name: row[field] for name, field in OF_EVENT.get(event.key, {}).items()},
			)
		)
		counted.add(cell)
	return kept


def happened(
	period: Mapping | None, visits: Collection[Mapping]
) -> Iterable[tuple[Mapping, Event, datetime.date]]:
	"""Give each event of the documents, with the document and the day on which it counts."""
	for event in KEPT:
		for row in visits if event.doctype == VISIT else filter(None, [period]):
			if day := event.day_of(row):
				yield row, event, day


def cell_of(row: Mapping, event: Event, day: datetime.date) -> Cell:
	"""Return where the monthly statistics count an event of a document."""
	return event.key, row["unit"], day.replace(day=1)
