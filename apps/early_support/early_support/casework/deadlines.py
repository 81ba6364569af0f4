"""The statutory times of a needs assessment (Social Welfare Act 36 §; domain.md §3). Pure: imports no Frappe.

A child who needs special support has a right to an assessment that begins within seven working days, and is ready within
three months, of the day on which the need became known.

Working days are Monday to Friday. Public holidays are none, and neither are Christmas Eve and Midsummer Eve, on which no
time limit ends either (act 150/1930, 5 §). New Year's Eve, Maundy Thursday and the eve of May Day are ordinary days.
"""

import calendar
import datetime
from functools import cache

import holidays

START_WITHIN = 7  # working days
READY_WITHIN = 3  # months

SATURDAY = 5


def is_working_day(day: datetime.date) -> bool:
	"""Whether social services work on `day`, as a statutory time counts it."""
	return day.weekday() < SATURDAY and day not in _days_off()


def add_working_days(day: datetime.date, number: int) -> datetime.date:
	"""Return the `number`th working day after `day`, which itself does not count (act 150/1930, 2 §)."""
	while number:
		day += datetime.timedelta(days=1)
		number -= is_working_day(day)
	return day


def start_by(pending_since: datetime.date) -> datetime.date:
	"""Return the last day on which the assessment of a child who needs special support may begin."""
	return add_working_days(pending_since, START_WITHIN)


def ready_by(pending_since: datetime.date) -> datetime.date:
	"""Return the last day on which it may be ready.

	The day with the same number, or the last of the month (act 150/1930, 3 §). It isn't moved when it falls on a day off:
	what an authority has to have done by then is done before.
	"""
	years, month = divmod(pending_since.month - 1 + READY_WITHIN, 12)
	year, month = pending_since.year + years, month + 1
	return datetime.date(year, month, min(pending_since.day, calendar.monthrange(year, month)[1]))


@cache
def _days_off() -> holidays.HolidayBase:
	# Finland's public holidays; the library counts the eves of Christmas and Midsummer among them.
	return holidays.country_holidays("FI")
