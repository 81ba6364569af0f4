"""Calendar months of a report. Pure: imports no Frappe."""

import calendar
import datetime
import re
from dataclasses import dataclass

MOST_MONTHS = 24

_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, order=True)
class Month:
	"""A calendar month; months are in order of time."""

	year: int
	number: int

	@classmethod
	def parse(cls, text: str) -> "Month":
		"""Read "2026-10". Raises ValueError for anything else, and for years before 2000."""
		match = _MONTH.fullmatch(str(text).strip())
		if not match or not (1 <= int(match[2]) <= 12 and int(match[1]) >= 2000):
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
