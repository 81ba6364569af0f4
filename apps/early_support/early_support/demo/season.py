"""The yearly calendars of the demo's units: last season and this one. Pure: imports no Frappe.

Each unit leaves out something else, so that the report has what is missing, and nothing names anybody.
"""

import datetime
import random
from collections.abc import Iterator

from early_support.demo import people, workdays
from early_support.demo.model import Unit, UnitEvent

# Kind, month and day of the month, in the order of the season.
USUAL = (
	("planning-day", 8, 20),
	("event-list", 9, 4),
	("agent-group", 9, 17),
	("house-meeting", 10, 6),
	("child-welfare-group", 10, 21),
	("bookable-coffee", 11, 10),
	("family-evening", 11, 18),
	("network-afternoon", 11, 26),
	("open-coffee", 1, 20),
	("agent-group", 2, 10),
	("house-meeting", 3, 9),
	("child-welfare-group", 3, 24),
	("network-afternoon", 4, 14),
	("introduction-day", 6, 2),
)
AHEAD = datetime.timedelta(days=14)
FAMILIES_COME = ("house-meeting", "family-evening", "introduction-day", "bookable-coffee", "open-coffee")
SLOTS = (("07:30:00", "07:50:00"), ("07:50:00", "08:10:00"), ("08:10:00", "08:30:00"))
SMALL = 2  # units with a calendar in the small demo


def calendars(
	seed: int, units: tuple[Unit, ...], texts: dict, today: datetime.date, size: str
) -> tuple[UnitEvent, ...]:
	"""Return the events of all units in the order in which they are entered.

	Args:
		seed: of the random choices, which are none of those of the casework.
		units, today, size: see `make_plan`.
		texts: themes, questions, activities and places of fixtures/demo/calendar.json.
	"""
	rng = random.Random(f"{seed}-{size}-calendar")
	season = people.season(today)
	events: list[UnitEvent] = []
	for number, unit in enumerate(units[:SMALL] if size == "small" else units):
		for year in (season - 1, season):
			events += _season(rng, unit, texts, today, year, number)
	return tuple(events)


def _season(  # noqa: PLR0913, PLR0917 what a season of a unit is made of
	rng: random.Random, unit: Unit, texts: dict, today: datetime.date, year: int, number: int
) -> Iterator[UnitEvent]:
	for place, (kind, month, day) in enumerate(USUAL):
		# The event list hangs on the planning day; of the rest each unit leaves out another one.
		if place > 1 and (place + number + year) % 7 == 0:
			continue
		on = workdays.on_workday(datetime.date(year + (month < 8), month, day + number % 5))
		entered = min(workdays.on_workday(on - AHEAD), workdays.add(today, -1))
		is_past = on < today
		cancelled = is_past and place > 1 and (place + 2 * number + year) % 11 == 0
		values = {"unit": unit.code, "kind": kind, "event_date": on, **_content(rng, kind, texts, entered)}
		state, figures = None, {}
		if is_past:
			state = "Cancelled" if cancelled else "Held"
			figures = _figures(rng) if kind in FAMILIES_COME and not cancelled else {}
		yield UnitEvent(
			key=f"event-{unit.code}-{year}-{place}",
			actor=unit.director if kind in ("planning-day", "event-list") else unit.educators[0],
			entered=datetime.datetime.combine(entered, datetime.time(12, 30)),
			values=values,
			ended=datetime.datetime.combine(on, datetime.time(18)),
			state=state,
			figures=figures,
		)


def _content(rng: random.Random, kind: str, texts: dict, entered: datetime.date) -> dict:
	place = {"place": rng.choice(texts["places"])}
	if kind == "house-meeting":
		theme = {"theme": rng.choice(texts["themes"]), "theme_agreed_on": entered}
		return {**place, **theme, "from_time": "17:00:00", "to_time": "18:30:00"}
	if kind == "family-evening":
		return {
			**place,
			"activity": rng.choice(texts["activities"]),
			"from_time": "17:00:00",
			"to_time": "19:00:00",
		}
	if kind == "open-coffee":
		return {
			**place,
			"theme": rng.choice(texts["questions"]),
			"from_time": "14:30:00",
			"to_time": "16:30:00",
		}
	if kind == "bookable-coffee":
		slots = [
			{"from_time": first, "to_time": last, "places": 1, "booked": rng.randint(0, 1)}
			for first, last in SLOTS
		]
		return {**place, "from_time": "07:30:00", "to_time": "08:30:00", "slots": slots}
	return place


def _figures(rng: random.Random) -> dict[str, int]:
	families = rng.randint(5, 20)
	return {
		"families": families,
		"adults": families + rng.randint(0, 6),
		"children": families + rng.randint(0, 8),
	}
