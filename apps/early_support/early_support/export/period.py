"""Calendar months of a report, and the periods of a profile that are made of them. Pure: imports no Frappe."""

import calendar
import datetime
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from early_support.export.faults import Fault, Refused
from early_support.season import core

MOST_MONTHS = 24

# The digits 0 to 9 only: Python takes those of other scripts for numbers too, and a period has one name.
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
# No period is outside of these years, so that days after it are days of the calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2999


@dataclass(frozen=True, order=True)
class Month:
	"""A calendar month; months are in order of time."""

	year: int
	number: int

	@classmethod
	def parse(cls, text: str) -> "Month":
		"""Read "2026-10". Raises ValueError for anything else, and for years before 2000 or after 2999."""
		match = _MONTH.fullmatch(str(text).strip())
		if not match or not (1 <= int(match[2]) <= 12 and FIRST_YEAR <= int(match[1]) <= LAST_YEAR):
			raise ValueError(text)
		return cls(int(match[1]), int(match[2]))

	@property
	def first(self) -> datetime.date:
		return datetime.date(self.year, self.number, 1)

	@property
	def last(self) -> datetime.date:
		return datetime.date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

	def __str__(self) -> str:
		return f"{self.year:04d}-{self.number:02d}"

	def after(self, months: int) -> "Month":
		"""The month so many months later."""
		position = self.year * 12 + self.number - 1 + months
		return Month(position // 12, position % 12 + 1)


def months_between(start: Month, end: Month) -> list[Month]:
	"""Every month from `start` to `end`, both included; empty if `end` is the earlier one."""
	distance = (end.year - start.year) * 12 + end.number - start.number
	return [start.after(offset) for offset in range(distance + 1)]


# Periods of a profile -----------------------------------------------------------------------------------------------

MONTH, QUARTER, SEASON, YEAR = "Month", "Quarter", "Season", "Year"
# Kind → how many months it has, and how one is written.
KINDS = {MONTH: (1, "2026-10"), QUARTER: (3, "2026-Q4"), SEASON: (12, "2026-2027"), YEAR: (12, "2026")}

# Days are counted as people in Finland count them, wherever the server stands.
ZONE = "Europe/Helsinki"

_QUARTER = re.compile(r"([0-9]{4})-Q([1-4])")
_YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True)
class Period:
	"""Full months of which a profile reports, with the name under which they are known: 2026-10, 2026-Q4, 2026-2027, 2026."""

	kind: str
	name: str
	start: Month

	@property
	def months(self) -> list[Month]:
		return months_between(self.start, self.start.after(KINDS[self.kind][0] - 1))

	@property
	def first(self) -> datetime.date:
		return self.months[0].first

	@property
	def last(self) -> datetime.date:
		return self.months[-1].last


def read_period(kind: str, text: str | None) -> Period:
	"""Read the name of a period of `kind`.

	Raises:
		Refused: it names none, or one before 2000 or after 2999.
	"""
	text = str(text or "").strip()
	try:
		return Period(kind, text, _start(kind, text))
	except (KeyError, ValueError):
		example = KINDS[kind][1] if kind in KINDS else ""
		raise Refused(Fault.PERIOD_NOT_UNDERSTOOD, period=text, example=example) from None


def period_of(kind: str, month: Month) -> Period:
	"""Return the period of `kind` in which a month lies."""
	if kind == MONTH:
		return Period(kind, str(month), month)
	if kind == QUARTER:
		quarter = (month.number - 1) // 3
		return Period(kind, f"{month.year}-Q{quarter + 1}", Month(month.year, quarter * 3 + 1))
	if kind == SEASON:
		name = core.season_of(month.first)
		return Period(kind, name, Month(core.begins(name), core.FIRST_MONTH))
	return Period(kind, str(month.year), Month(month.year, 1))


def last_full(kind: str, today: datetime.date) -> Period:
	"""Return the latest period of `kind` that is over."""
	running = period_of(kind, Month(today.year, today.month))
	return period_of(kind, running.start.after(-1))


def check_over(period: Period, today: datetime.date) -> None:
	"""Refuse a period whose last day has not passed: figures that still grow tell, day by day, of whom they are.

	Raises:
		Refused: PERIOD_NOT_OVER.
	"""
	if period.last >= today:
		raise Refused(Fault.PERIOD_NOT_OVER, period=period.name, day=period.last + datetime.timedelta(days=1))


def check_zone(zone: str | None) -> None:
	"""Refuse a site that counts its days in another time than Finland's. Raises Refused."""
	if zone != ZONE:
		raise Refused(Fault.TIME_ZONE, zone=zone or "–", wanted=ZONE)


def today_in_finland(now: datetime.datetime | None = None) -> datetime.date:
	"""Return the present day in Finland. `now`: a moment with its time zone, by default this one."""
	return (now or datetime.datetime.now(datetime.timezone.utc)).astimezone(ZoneInfo(ZONE)).date()


def _start(kind: str, text: str) -> Month:
	if kind == MONTH:
		return Month.parse(text)
	if kind == QUARTER and (match := _QUARTER.fullmatch(text)):
		return Month.parse(f"{match[1]}-{int(match[2]) * 3 - 2:02d}")
	if kind == SEASON:
		return Month.parse(f"{core.begins(text)}-{core.FIRST_MONTH:02d}")
	if kind == YEAR and _YEAR.fullmatch(text):
		return Month.parse(f"{text}-01")
	raise ValueError(text)
