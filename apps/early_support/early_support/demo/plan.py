"""The plan of the demo municipality: a pure function of a seed and a day. Imports no Frappe.

`make_plan(seed, today)` says everything that will be on the site: organisation, people, and what happened on which day,
done by whom. The same arguments give an equal plan. The last thing that happens lies before `today`.
"""

import datetime
import json
import random
from itertools import count
from pathlib import Path

from early_support.demo import clients, organisation, people, scripts, season, vasu, workdays
from early_support.demo.model import Child, Day, Event, Family, Plan, Step, Story, Unit, address
from early_support.demo.scripts import Cast, ConcernScript

SEED = 2026
MONTHS = {"full": 14, "small": 2}
# Concerns and consultations begun in a month; July is quiet.
CONCERNS = {"full": (17, 20), "small": (3, 4)}
CONSULTATIONS = {"full": (7, 8), "small": (2, 3)}
# Plans of children (VASU) beside the examples.
CHILD_PLANS = {"full": 12, "small": 0}
QUIET_MONTH = 7
EXAMPLE_SPAN = 80  # workdays within which an example has begun
QUIET_SHARE = 0.4

DATA = Path(__file__).resolve().parents[1] / "fixtures" / "demo"
LISTS = DATA.parent / "defaults" / "lists"
ALL_BANDS = ("0-2", "3-4", "5-6")
LARGE_UNIT_BANDS = ("3-4", "5-6")
OLDEST = 6  # pre-school children turn seven before their season ends
SCHOOL_BAND = "7-8"  # school children come in the evenings to a unit that is open round the clock


def make_plan(seed: int, today: datetime.date, size: str = "full") -> Plan:
	"""Make the plan.

	Args:
		seed: of the random choices.
		today: nothing happens on or after it; visits may be planned for later.
		size: `full`, or `small` for tests.
	"""
	return _Planner(seed, today, size).make()


def read(name: str) -> dict | list:
	"""Read one file of the demo's texts and names."""
	return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def services() -> list[str]:
	"""Return the codes of the shipped services that are asked about in a child's plan."""
	rows = json.loads((LISTS / "support_service.json").read_text(encoding="utf-8"))
	return [row["code"] for row in rows if row["ask_on_vasu"]]


class _Planner:
	def __init__(self, seed: int, today: datetime.date, size: str):
		self.rng = random.Random(f"{seed}-{size}")
		self.seed = seed
		self.today = today
		self.size = size
		self.data = read("organisation")
		self.names = read("names")
		self.texts = read("stories")
		self.phrases = read("phrases")
		self.units = organisation.units(self.data)
		self.unit_of = {unit.code: unit for unit in self.units}
		self.receivers = [
			address(name) for name, role, _place in self.data["office"] if role == "Social Worker"
		]
		self.serial = count(1)
		self.gone: set[str] = set()  # children who leave in their story
		# Dealt, not drawn, so that rare ones come too.
		self.sources = people.endless(self.rng, [*scripts.SOURCES])

	def make(self) -> Plan:
		self.staff = organisation.staff(self.data, self.names.pop("staff"))
		self.families = people.families(self.rng, self.names, self.units, self.today, self.size)
		self.children = [child for family in self.families for child in family.children]
		self.family_of: dict[str, Family] = {
			child.key: family for family in self.families for child in family.children
		}
		self.free_from = {child.key: datetime.date.min for child in self.children}
		stories = [
			*self.example_concerns(),
			*self.concerns(),
			*self.consultations(),
			*self.child_plans(),
		]
		return Plan(
			today=self.today,
			seed=self.seed,
			size=self.size,
			controllers=organisation.controllers(self.data),
			areas=organisation.areas(self.data),
			units=self.units,
			staff=self.staff,
			introduced=tuple(address(name) for name in self.data["introduced"]),
			families=self.families,
			# In the order in which they were last touched, so that lists sorted by change look as they would.
			stories=tuple(sorted(stories, key=lambda story: (story.last, story.key))),
			calendars=season.calendars(self.seed, self.units, read("calendar"), self.today, self.size),
		)

	# Concerns ------------------------------------------------------------------------------------------------------

	def example_concerns(self):
		"""One case for each place at which a case can stand; those who leave are no children of the large unit."""
		some_time_ago = workdays.add(self.today, -EXAMPLE_SPAN)
		long_there = [child for child in self.children if people.may_have_concern(child, some_time_ago)]
		for script, name, number, ago in (*scripts.EXAMPLES, *clients.EXAMPLES):
			leaves = name == "left"
			large = [child for child in long_there if self.unit_of[child.unit].is_large]
			child = (large if not leaves and large else [c for c in long_there if c not in large])[0]
			long_there.remove(child)
			self.gone |= {child.key} if leaves else set()
			steps = self.steps_until(script, child, name, number)
			# The day is the step's; the script began so many workdays before it.
			begin = workdays.add(self.today, -ago - steps[-1].offset)
			yield self.story(child, steps, begin)

	def steps_until(self, script, child: Child, name: str, number: int) -> list[Step]:
		"""Write the script until chance lets it come to the wanted step."""
		while True:
			steps = script(
				clients.ClientScript(self.rng, self.cast(child, workdays.add(self.today, -EXAMPLE_SPAN // 2)))
			)
			try:
				return scripts.until(steps, name, number)
			except ValueError:
				continue

	def concerns(self):
		endings, weights = zip(*scripts.ENDINGS, strict=True)
		for begin in self.beginnings(*CONCERNS[self.size]):
			child = self.free_child(begin)
			if child is None:
				continue
			script = self.rng.choices(endings, weights=weights)[0]
			steps = script(ConcernScript(self.rng, self.cast(child, begin)))
			yield self.story(child, steps, begin)

	def free_child(self, day: datetime.date) -> Child | None:
		"""Return a child that is in day care on `day` and about whom no concern is open."""
		free = [
			child
			for child in self.children
			if self.free_from[child.key] < day and people.may_have_concern(child, day)
		]
		return self.rng.choice(free) if free else None

	def cast(self, child: Child, day: datetime.date) -> Cast:
		unit = self.unit_of[child.unit]
		age = min(people.age_in_months(child.born, day) // 12, OLDEST)
		texts = [text for text in self.texts if text["ages"][0] <= age <= text["ages"][1]]
		educators = [*unit.educators, unit.special_educator]
		first = [unit.educators[0]] * len(educators)  # every second case is the first educator's
		return Cast(
			child=child,
			unit=unit,
			educator=self.rng.choice([*educators, *first]),
			guardians=self.family_of[child.key].guardians,
			text=self.rng.choice(texts),
			source=next(self.sources),
			receiver=self.rng.choice(self.receivers),
			phrases=self.phrases,
			names={person.user: person.full_name for person in self.staff},
			controller=organisation.COUNTY,
		)

	def story(self, child: Child, steps: list[Step], begin: datetime.date) -> Story:
		story = self.dated(f"concern-{next(self.serial):03}", steps, begin)
		is_over = len(story.events) == len(steps) and steps[-1].state == "Closed"
		self.free_from[child.key] = story.last.date() if is_over else datetime.date.max
		return story

	# Consultations -------------------------------------------------------------------------------------------------

	def consultations(self):
		by_band: dict[str, list[dict]] = {}
		for text in read("consultations"):
			by_band.setdefault(text["age_band"], []).append(text)
		texts = {band: people.endless(self.rng, rows) for band, rows in by_band.items()}
		large = next(unit for unit in self.units if unit.is_large)
		for name, ago in scripts.CONSULTATION_EXAMPLES:
			steps = self.consultation_steps(large, large.educators[0], texts)
			steps = scripts.until(steps, name, 1)
			begin = workdays.add(self.today, -ago - steps[-1].offset)
			yield self.dated(f"consultation-{next(self.serial):03}", steps, begin)
		for begin in self.beginnings(*CONSULTATIONS[self.size]):
			unit = self.rng.choice([*self.units, large, large])
			actor = self.rng.choice((*unit.educators, unit.special_educator))
			steps = self.consultation_steps(unit, actor, texts)
			yield self.dated(f"consultation-{next(self.serial):03}", steps, begin)

	def consultation_steps(self, unit: Unit, actor: str, texts: dict) -> list[Step]:
		bands = LARGE_UNIT_BANDS if unit.is_large else ALL_BANDS
		if unit.values["round_the_clock"]:
			bands = (*bands, SCHOOL_BAND)
		text = next(texts[self.rng.choice(bands)])
		return scripts.consultation(self.rng, unit, actor, text, self.phrases)

	# Plans of children -----------------------------------------------------------------------------------------------

	def child_plans(self):
		"""One plan for each place at which a plan can stand, and some more; the large unit first, and nobody who has left."""
		some_time_ago = workdays.add(self.today, -EXAMPLE_SPAN)
		children = [
			child
			for child in self.children
			if child.key not in self.gone and people.may_have_concern(child, some_time_ago)
		]
		children.sort(key=lambda child: not self.unit_of[child.unit].is_large)
		more = [
			(self.rng.choice(vasu.ENDINGS), "plan confirmed", self.rng.randint(8, 40))
			for _number in range(CHILD_PLANS[self.size])
		]
		asked = services()
		for child, (script, name, ago) in zip(children, (*vasu.EXAMPLES, *more), strict=False):
			cast = self.cast(child, some_time_ago)
			steps = scripts.until(script(vasu.PlanScript(self.rng, cast, asked)), name, 1)
			begin = workdays.add(self.today, -ago - steps[-1].offset)
			yield self.dated(f"vasu-{next(self.serial):03}", steps, begin)

	# Days ----------------------------------------------------------------------------------------------------------

	def beginnings(self, least: int, most: int):
		"""Give the first days of so many scripts in each month, in order, up to yesterday."""
		for months in range(MONTHS[self.size] - 1, -1, -1):
			first = workdays.months_before(self.today, months)
			number = self.rng.randint(least, most)
			if first.month == QUIET_MONTH:
				number = round(number * QUIET_SHARE)
			for offset in sorted(self.rng.randrange(28) for _ in range(number)):
				day = workdays.on_workday(first + datetime.timedelta(days=offset))
				if first <= day < self.today:
					yield day

	def dated(self, key: str, steps: list[Step], begin: datetime.date) -> Story:
		"""Put a script on the calendar from `begin` on, as far as it has come before today."""
		events: list[Event] = []
		for number, step in enumerate(steps):
			day = workdays.add(begin, step.offset)
			if day >= self.today:
				break
			# Later steps of a day come later in the day.
			moment = datetime.datetime.combine(day, datetime.time(8)) + datetime.timedelta(
				minutes=25 * number + self.rng.randrange(20)
			)
			values = self.value(step.values, begin)
			events.append(Event(moment, step.actor, step.document, step.doctype, step.state, values))
		return Story(key, tuple(events))

	@staticmethod
	def value(value, begin: datetime.date):
		"""Put days in the place of their stand-ins, also in the rows of tables."""
		if isinstance(value, dict):
			return {name: _Planner.value(each, begin) for name, each in value.items()}
		if isinstance(value, list):
			return [_Planner.value(each, begin) for each in value]
		return workdays.add(begin, value.offset) if isinstance(value, Day) else value
