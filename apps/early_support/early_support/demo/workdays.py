"""Days on which a day care works, counted forwards and backwards. Pure: imports no Frappe."""

import datetime

SATURDAY = 5


def on_workday(day: datetime.date) -> datetime.date:
	"""Return `day`, or the Friday before it when it falls on a weekend."""
	return day - datetime.timedelta(days=max(0, day.weekday() - SATURDAY + 1))


def add(day: datetime.date, workdays: int) -> datetime.date:
	"""Return the day that is `workdays` (Monday to Friday) after `day`; before it when negative."""
	day = on_workday(day)
	step = 1 if workdays >= 0 else -1
	weeks, rest = divmod(abs(workdays), 5)
	day += datetime.timedelta(weeks=weeks * step)
	for _ in range(rest):
		day += datetime.timedelta(days=step)
		while day.weekday() >= SATURDAY:
			day += datetime.timedelta(days=step)
	return day


def months_before(day: datetime.date, months: int) -> datetime.date:
	"""Return the first day of the month that lies `months` before the month of `day`."""
	number = day.year * 12 + day.month - 1 - months
	return datetime.date(number // 12, number % 12 + 1, 1)
