"""When a report is asked for by itself, and when a delivery is tried again. Pure: imports no Frappe."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from early_support.export.period import Period, last_full, period_of

# So many periods back is made good what was missed while the machine was off.
MOST_PERIODS = 24
# After so many days more than the schedule's own, a period that has not gone out is late.
LATE_AFTER = 7

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=6)
MOST_TRIES = 10
# A run that has broken off its worker so often is not built once more.
MOST_BUILDS = 3


def due(kind: str, since: date, days: int, today: date) -> list[Period]:
	"""Return the periods to be asked for, the earliest first: each that ended on `since` or later, so many days ago."""
	found = []
	for period in _backwards(kind, today):
		if period.last < since or len(found) == MOST_PERIODS:
			break
		if period.last + timedelta(days=days) <= today:
			found.append(period)
	return found[::-1]


def is_late(period: Period, days: int, today: date) -> bool:
	"""Tell whether a period should have gone out by now."""
	return period.last + timedelta(days=days + LATE_AFTER) < today


def next_try(now: datetime, attempts: int, asked: float | None = None) -> datetime | None:
	"""Return when a delivery is tried again after so many attempts, None if not by itself.

	Each wait is twice the one before; a receiver that asks for a longer one gets it (`asked`, in seconds).
	"""
	if attempts >= MOST_TRIES:
		return None
	wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
	return now + max(wait, timedelta(seconds=asked or 0))


def _backwards(kind: str, today: date) -> Iterator[Period]:
	period = last_full(kind, today)
	while True:
		yield period
		period = period_of(kind, period.start.after(-1))
