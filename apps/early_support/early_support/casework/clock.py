"""The time casework is recorded at. Everything in this room asks here, so that a demo or a test can live in the past."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import get_datetime, getdate, now_datetime

# A key of frappe.flags: lives as long as one request or job and cannot be set from outside.
CLOCK = "early_support_clock"


def now() -> datetime.datetime:
	"""Return the present moment in the time zone of the site, without microseconds."""
	return (frappe.flags.get(CLOCK) or now_datetime()).replace(microsecond=0)


def today() -> datetime.date:
	"""Return the present day in the time zone of the site."""
	return getdate(now())


def midnight_after(day: datetime.date) -> datetime.datetime:
	"""Return the moment with which `day` has ended."""
	return datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time())


@contextmanager
def at(moment: datetime.datetime | datetime.date | str) -> Iterator[None]:
	"""Let casework be recorded as if it were `moment`. Only for code: the demo municipality and tests."""
	before = frappe.flags.get(CLOCK)
	frappe.flags[CLOCK] = get_datetime(moment)
	try:
		yield
	finally:
		frappe.flags[CLOCK] = before
