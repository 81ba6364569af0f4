"""Seasons of day care, and by when something has to be arranged in one. Pure: imports no Frappe.

A season begins on 1 August and ends on 31 July (domain.md §8).
"""

import calendar
import datetime
import re

FIRST_MONTH = 8
# The digits 0 to 9 only: Python takes those of other scripts for numbers too, and a season has one name.
NAME = re.compile(r"([0-9]{4})-([0-9]{4})")
# A year later on the same day of the week; a week more where that would still be the same season.
YEAR_OF_WEEKS, WEEK = datetime.timedelta(weeks=52), datetime.timedelta(weeks=1)


def season_of(day: datetime.date) -> str:
	"""Return the season in which `day` lies, such as "2026-2027"."""
	return named(day.year if day.month >= FIRST_MONTH else day.year - 1)


def named(year: int) -> str:
	"""Return the season that begins in `year`."""
	return f"{year}-{year + 1}"


def begins(season: str) -> int:
	"""Return the year in which a season begins. Raises ValueError for a text that names none."""
	match = NAME.fullmatch(season or "")
	if not match or int(match[2]) != int(match[1]) + 1:
		raise ValueError(season)
	return int(match[1])


def before(season: str) -> str:
	"""Return the season before."""
	return named(begins(season) - 1)


def after(season: str) -> str:
	"""Return the season after."""
	return named(begins(season) + 1)


def last_day(season: str) -> datetime.date:
	"""Return the last day of a season."""
	return datetime.date(begins(season) + 1, FIRST_MONTH, 1) - datetime.timedelta(days=1)


def read_months(text: str | None) -> tuple[int, ...]:
	"""Read "10, 3": months in the order of the season. Raises ValueError for anything else."""
	parts = [part.strip() for part in (text or "").split(",")] if (text or "").strip() else []
	months = tuple(int(part) for part in parts)
	places = [(month - FIRST_MONTH) % 12 for month in months]
	if any(not 1 <= month <= 12 for month in months) or places != sorted(set(places)):
		raise ValueError(text)
	return months


def usual_times(
	season: str, times: int, months: tuple[int, ...]
) -> list[tuple[datetime.date, datetime.date]]:
	"""Return, for each of so many times in a season, the first and the last day of its usual month.

	What has no month of its own may wait until the last month of the season.
	"""
	every = (*months, *[FIRST_MONTH - 1] * max(0, times - len(months)))
	return [_month(season, month) for month in every[:times]]


def a_year_later(day: datetime.date) -> datetime.date:
	"""Return the same day of the week in the next season, as near as may be to a year later."""
	later = day + YEAR_OF_WEEKS
	return later if season_of(later) != season_of(day) else later + WEEK


def _month(season: str, month: int) -> tuple[datetime.date, datetime.date]:
	year = begins(season) + (month < FIRST_MONTH)
	return datetime.date(year, month, 1), datetime.date(year, month, calendar.monthrange(year, month)[1])
