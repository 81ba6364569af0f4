"""The families and children of the demo. Pure: imports no Frappe.

Nobody is real. Telephone numbers begin with 000, which leads nowhere from Finland; mail goes to `.invalid`; identity
codes are of the range 900-999 that the population register does not give out.
"""

import datetime
import random
import unicodedata
from itertools import count

from early_support.demo import workdays
from early_support.demo.model import Child, Family, Ref, Unit, address

CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
SCHOOL_AUTUMN = 8  # a season of day care begins in August

# (families, how many of these have two children, groups as (code, birth years before the season, children))
LARGE_UNIT = {
	"full": (40, 24, (("sinisiivet", (3, 4), 22), ("kultasiivet", (4, 5), 21), ("haukat", (6,), 21))),
	"small": (57, 15, (("sinisiivet", (3, 4), 24), ("kultasiivet", (4, 5), 24), ("haukat", (6,), 24))),
}
OTHER_UNIT = {
	"full": (8, 6, (("nuput", (1, 2, 3), 6), ("versot", (4, 5, 6), 8))),
	"small": (1, 1, (("nuput", (2,), 1), ("versot", (4,), 1))),
}
NEEDS_INTERPRETER = ("uk", "ru", "ar", "vi")
WITH_ONE_GUARDIAN, WITH_IDENTITY_CODE = 0.25, 0.2
YOUNGEST_IN_LARGE_UNIT = 3
NON_DISCLOSURE = (11, 47, 90)  # numbers of families of which a guardian's contacts are protected


def season(today: datetime.date) -> int:
	"""Return the year in whose August the season began."""
	return today.year if today.month >= SCHOOL_AUTUMN else today.year - 1


def families(
	rng: random.Random, names: dict, units: tuple[Unit, ...], today: datetime.date, size: str
) -> tuple[Family, ...]:
	"""Return the families of all units, each with its children in one unit.

	Args:
		rng: decides everything that is left open.
		names: first names, surnames and language of each background, with its weight.
		units: where the children are.
		today: nobody is born or enrolled after it.
		size: `full` or `small`.
	"""
	register = _Register(rng, names, today)
	made = []
	for unit in units:
		number, pairs, groups = (LARGE_UNIT if unit.is_large else OTHER_UNIT)[size]
		places = [(code, rng.choice(years)) for code, years, children in groups for _ in range(children)]
		rng.shuffle(places)
		for index in range(number):
			made.append(register.family(unit, [places.pop() for _ in range(2 if index < pairs else 1)]))
	return tuple(made)


class _Register:
	"""Makes one family after the other, with running numbers."""

	def __init__(self, rng: random.Random, names: dict, today: datetime.date):
		self.rng = rng
		self.names = names
		self.today = today
		self.season = season(today)
		self.numbers = count(1)
		self.surnames = {background: endless(rng, row["last"]) for background, row in names.items()}

	def family(self, unit: Unit, places: list[tuple[str, int]]) -> Family:
		"""Make a family with a child on each place: a group, and how many years before the season it was born."""
		number = next(self.numbers)
		key = f"family-{number:03}"
		weights = [row["weight"] for row in self.names.values()]
		background = self.rng.choices([*self.names], weights=weights)[0]
		source = self.names[background]
		surname = next(self.surnames[background])
		guardians = self.guardians(source, surname, number)
		children = []
		for index, ((group, _), born) in enumerate(zip(places, self.births(places), strict=True), start=1):
			given = {child.values["first_names"] for child in children}
			first = self.rng.choice(
				[name for name in source[self.rng.choice(("girls", "boys"))] if name not in given]
			)
			enrolled = self.enrolled(unit, born)
			values = {
				"first_names": first,
				"last_name": surname,
				"birth_date": born,
				"family": Ref(key),
				"unit": unit.code,
				"unit_group": group,
				"enrolled_from": enrolled,
			}
			if self.rng.random() < WITH_IDENTITY_CODE:
				values["identity_code"] = self.identity_code(born)
			children.append(Child(f"{key}-{index}", unit.code, born, enrolled, values))
		values = {"family_name": f"{surname} (demo)", "guardians": guardians}
		return Family(
			key, unit.director, values, tuple(row["full_name"] for row in guardians), tuple(children)
		)

	def guardians(self, source: dict, surname: str, number: int) -> list[dict]:
		relations = [("women", "Äiti"), ("men", "Isä")]
		if self.rng.random() < WITH_ONE_GUARDIAN:
			relations = [self.rng.choice(relations)]
		rows = []
		for index, (kind, relation) in enumerate(relations, start=1):
			first = self.rng.choice(source[kind])
			interpreter = source["language"] in NEEDS_INTERPRETER and self.rng.random() < 0.7
			rows.append(
				{
					"full_name": f"{first} {surname}",
					"relation": relation,
					"phone": f"000 {number:03} {index:04}",
					"email": address(f"{_plain(first)}.{_plain(surname)}.{number}"),
					"language": source["language"],
					"interpreter_needed": int(interpreter),
					"non_disclosure": int(number in NON_DISCLOSURE and index == 1),
				}
			)
		return rows

	def births(self, places: list[tuple[str, int]]) -> list[datetime.date]:
		"""Birth dates of siblings. Of one year: twins. Else the older is of the first half of its year, the younger of
		the second half of its own."""
		years = [years for _, years in places]
		births = []
		for age in years:
			first, last = (1, 12) if len(years) == 1 else (1, 6) if age == max(years) else (7, 12)
			day = datetime.date(self.season - age, self.rng.randint(first, last), self.rng.randint(1, 28))
			births.append(day)
		return births if len(set(years)) > 1 else births[:1] * len(years)

	def enrolled(self, unit: Unit, born: datetime.date) -> datetime.date:
		"""The August in which the child began. The large unit has no group under three years."""
		age = YOUNGEST_IN_LARGE_UNIT if unit.is_large else self.rng.choice((1, 2))
		return datetime.date(min(born.year + age, self.season), SCHOOL_AUTUMN, 1)

	def identity_code(self, born: datetime.date) -> str:
		"""A personal identity code with a correct check character (decree 128/2010, 2 §), of the range 900-999."""
		number = self.rng.randint(900, 999)
		check = CHECK_CHARACTERS[int(f"{born:%d%m%y}{number}") % len(CHECK_CHARACTERS)]
		return f"{born:%d%m%y}A{number}{check}"


def age_in_months(born: datetime.date, day: datetime.date) -> int:
	"""Return the age in full months."""
	return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


def may_have_concern(child: Child, day: datetime.date) -> bool:
	"""Tell whether the child has been in day care for some weeks on `day`, so that something can have been noticed."""
	return workdays.add(child.enrolled, 15) <= day and age_in_months(child.born, day) >= 12


def _plain(name: str) -> str:
	decomposed = unicodedata.normalize("NFD", name.lower())
	return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())


def endless(rng: random.Random, values: list[str]):
	"""Give the values in a random order again and again, so that repetitions are far apart."""
	while True:
		order = list(values)
		rng.shuffle(order)
		yield from order
