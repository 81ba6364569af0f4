"""Working days and statutory times. Pure: needs no site."""

import datetime

import pytest

from early_support.casework import deadlines


def day(text: str) -> datetime.date:
	return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
	("text", "is_working"),
	[
		("2026-11-24", True),  # a Tuesday
		("2026-11-28", False),  # Saturday
		("2026-11-29", False),  # Sunday
		("2026-12-06", False),  # Independence Day
		("2027-12-06", False),  # the same on a Monday
		("2026-12-23", True),
		("2026-12-24", False),  # Christmas Eve, a Thursday
		("2026-12-25", False),
		("2026-12-28", True),
		("2026-12-31", True),  # New Year's Eve
		("2027-01-01", False),
		("2027-01-06", False),  # Epiphany
		("2027-03-25", True),  # Maundy Thursday
		("2027-03-26", False),  # Good Friday
		("2027-03-29", False),  # Easter Monday
		("2026-04-30", True),  # the eve of May Day
		("2026-05-01", False),  # May Day, a Friday
		("2027-05-06", False),  # Ascension Day
		("2027-06-25", False),  # Midsummer Eve
		("2027-06-24", True),
		("2026-10-31", False),  # All Saints' Day
	],
)
def test_working_days(text, is_working):
	assert deadlines.is_working_day(day(text)) is is_working


@pytest.mark.parametrize(
	("since", "last"),
	[
		("2026-11-02", "2026-11-11"),  # Monday: the day itself does not count
		("2026-11-06", "2026-11-17"),  # Friday
		("2026-11-07", "2026-11-17"),  # Saturday counts from Monday on
		("2026-12-21", "2027-01-04"),  # over Christmas and New Year
		("2027-06-18", "2027-06-30"),  # over Midsummer
		("2027-03-22", "2027-04-02"),  # over Easter
		("2027-04-28", "2027-05-10"),  # Ascension Day; May Day is a Saturday
	],
)
def test_begun_within_seven_working_days(since, last):
	"""domain.md §3, Social Welfare Act 36 §."""
	assert deadlines.start_by(day(since)) == day(last)


@pytest.mark.parametrize(
	("since", "last"),
	[
		("2026-11-24", "2027-02-24"),
		("2026-11-30", "2027-02-28"),
		("2027-11-30", "2028-02-29"),
		("2026-10-31", "2027-01-31"),  # a Sunday: not moved
		("2026-09-24", "2026-12-24"),
		("2026-12-31", "2027-03-31"),
	],
)
def test_ready_within_three_months(since, last):
	"""domain.md §3, Social Welfare Act 36 §."""
	assert deadlines.ready_by(day(since)) == day(last)


def test_no_days_are_the_same_day():
	assert deadlines.add_working_days(day("2026-12-24"), 0) == day("2026-12-24")
	assert deadlines.add_working_days(day("2026-12-24"), 1) == day("2026-12-28")
