"""A made-up municipality with work of some months: the same one whenever it is made, with opaque names that say so.

Written past the workflow, as many records at a time: only what is counted is there.
"""

import datetime
import random
from collections import defaultdict
from dataclasses import dataclass, field

import frappe

from early_support.tests import factories
from early_support.tests.export_factories import FIGURES

CONTROLLER = "MALLIKUNTA"
# How much of the work each unit has: many, some, hardly any.
SHARES = (40, 20, 12, 9, 3, 1)
ONE_DAY = datetime.timedelta(days=1)

STATES = {
	"Concern": ("Draft", "Raised", "Discussed", "Declined", "Meeting Agreed", "Urgent", "Closed"),
	"Support Period": ("Proposed", "Declined", "Agreed", "Under Way", "Ended", "Withdrawn"),
	"Visit": ("Planned", "Held", "Held", "Held", "Cancelled", "Not Attended"),
	"Child Plan": ("Discussed", "Confirmed", "Superseded"),
}
SOURCES = ("parent", "day-care", "veo", "maternity-clinic", "other-source")
OUTCOMES = ("ended", "family-counselling", "other-services", "needs-assessment")
SERVICES = ("maternity-clinic", "speech-therapy", "early-support")
BANDS = ("0-2", "3-4", "5-6", "7-8")
KEPT = (
	"neuvonta_annettu",
	"neuvonta_annettu",
	"tukijakso_sovittu",
	"kaynti_pidetty",
	"konsultaatio_vastattu",
)


@dataclass
class World:
	"""The units of the municipality, and its records: {doctype: rows}, each with its name."""

	units: list[str]
	records: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))

	def add(self, doctype: str, **values) -> dict:
		row = {"name": f"M{len(self.records[doctype]):04d}{doctype[0]}{doctype[-1].upper()}XX", **values}
		self.records[doctype].append(row)
		return row

	def store(self) -> None:
		"""Write all of it into the database."""
		for doctype, rows in self.records.items():
			alike = defaultdict(list)
			for row in rows:
				alike[tuple(row)].append(tuple(row.values()))
			for fields, values in alike.items():
				frappe.db.bulk_insert(doctype, list(fields), values)


def make(first: datetime.date, last: datetime.date, most: int, seed: int = 1) -> World:
	"""Make the municipality, with `most` records of each form in the days from `first` to `last`, and some on either side."""
	factories.make_controller(code=CONTROLLER, title="Mallikunta")
	area = factories.make_area(code="MALLIALUE", controller=CONTROLLER)
	kinds = (
		("tm01 Day care centre", "jm01 Municipal"),
		("tm02 Family day care", "jm02 Purchased service"),
	)
	units = []
	for number in range(len(SHARES)):
		unit_type, provider_type = kinds[number % len(kinds)]
		units.append(
			factories.make_unit(
				code=f"MALLI-{number}",
				service_area=area,
				unit_type=unit_type,
				provider_type=provider_type,
				# One that Varda has given no OID yet.
				unit_oid=f"1.2.246.562.10.{1000 + number}" if number else None,
			)
		)
	world, chance = World(units), random.Random(seed)
	_children(world, chance, first)
	days = [first - 20 * ONE_DAY + number * ONE_DAY for number in range((last - first).days + 41)]
	for make_one in (_concern, _consultation, _period, _visit, _plan, _kept):
		for _number in range(most):
			make_one(world, chance, chance.choice(days))
	world.store()
	return world


def make_profile(code: str, of: str = FIGURES, **values) -> str:
	"""Publish a profile of the municipality's own like one of the shipped ones, and return its name."""
	profile = frappe.copy_doc(frappe.get_doc("Report Profile", of))
	profile.update({"profile_code": code, "controller": CONTROLLER, **values})
	profile.insert()
	profile.publish()
	return profile.name


def _children(world: World, chance: random.Random, first: datetime.date) -> None:
	for unit, share in zip(world.units, SHARES, strict=True):
		for _number in range(share):
			# Some turn from one age band into the next meanwhile, and few are not born yet.
			born = first - datetime.timedelta(days=chance.randrange(-30, 6 * 365))
			world.add("Child", unit=unit, controller=CONTROLLER, birth_date=born)


def _somebody(world: World, chance: random.Random) -> dict:
	child = chance.choice(world.records["Child"])
	return {"unit": child["unit"], "controller": CONTROLLER, "child": child["name"]}


def _some_unit(world: World, chance: random.Random) -> dict:
	[unit] = chance.choices(world.units, SHARES)
	return {"unit": unit, "controller": CONTROLLER}


def _later(chance: random.Random, day: datetime.date, most: int = 40) -> datetime.date | None:
	"""Return a day after another one; now and then one before it, or none."""
	kind = chance.randrange(8)
	return None if kind == 0 else day + (chance.randrange(most) if kind > 1 else -3) * ONE_DAY


def _concern(world: World, chance: random.Random, day: datetime.date) -> None:
	state = chance.choice(STATES["Concern"])
	proposed = _later(chance, day)
	world.add(
		"Concern",
		**_somebody(world, chance),
		workflow_state=state,
		observed_on=day,
		raised_on=None if state == "Draft" else day + chance.randrange(3) * ONE_DAY,
		discussed_on=_later(chance, day),
		meeting_proposed_on=proposed,
		agreed_on=proposed and _later(chance, proposed),
		urgent_on=day if state == "Urgent" else None,
		zone=chance.choice(("1", "2", "3", "4", "5", "6", "7", None)),
	)


def _consultation(world: World, chance: random.Random, day: datetime.date) -> None:
	# Minutes before midnight: whoever counts in another time zone counts it in another day.
	asked = datetime.datetime.combine(day, datetime.time(23, 50))
	answered = asked + chance.randrange(10) * ONE_DAY if chance.random() < 0.8 else None
	world.add(
		"Consultation",
		**_some_unit(world, chance),
		workflow_state="Answered" if answered else "Requested",
		requested_on=asked,
		answered_on=answered,
		age_band=chance.choice(BANDS),
	)


def _period(world: World, chance: random.Random, day: datetime.date) -> None:
	state = chance.choice(STATES["Support Period"])
	ended = state in ("Ended", "Withdrawn")
	world.add(
		"Support Period",
		**_somebody(world, chance),
		workflow_state=state,
		source=chance.choice((*SOURCES, None)),
		proposed_on=day,
		agreed_on=day,
		ended_on=_later(chance, day, 120) if ended else None,
		withdrawn_on=_later(chance, day, 120) if ended else None,
		outcome=chance.choice(OUTCOMES) if state == "Ended" else None,
	)


def _visit(world: World, chance: random.Random, day: datetime.date) -> None:
	period = chance.choice(world.records["Support Period"])
	before = sum(visit["support_period"] == period["name"] for visit in world.records["Visit"])
	world.add(
		"Visit",
		unit=period["unit"],
		controller=CONTROLLER,
		child=period["child"],
		support_period=period["name"],
		workflow_state=chance.choice(STATES["Visit"]),
		visit_date=day,
		number=before + 1,
	)


def _plan(world: World, chance: random.Random, day: datetime.date) -> None:
	plan = world.add(
		"Child Plan",
		**_somebody(world, chance),
		workflow_state=chance.choice(STATES["Child Plan"]),
		begun_on=day,
		confirmed_on=day if chance.random() < 0.9 else None,
	)
	for idx, service in enumerate(SERVICES, 1):
		world.add(
			"Child Plan Service",
			parent=plan["name"],
			parenttype="Child Plan",
			parentfield="services",
			idx=idx,
			service=service,
			answer=chance.choice(("In Use", "Earlier", "No")),
		)


def _kept(world: World, chance: random.Random, day: datetime.date) -> None:
	"""Guidance of which only figures are kept, from the beginning or since a case was turned into them (recording/)."""
	event: str = chance.choice(KEPT)
	number = chance.randrange(1, 9)
	children = (
		None if event in ("neuvonta_annettu", "konsultaatio_vastattu") else chance.randrange(1, number + 1)
	)
	timed = number if event == "konsultaatio_vastattu" else 0
	world.add(
		"Guidance Count",
		**_some_unit(world, chance),
		month=day.replace(day=1),
		event=event,
		number=number,
		children=children or 0,
		days=timed * chance.randrange(5),
		timed=timed,
		age_band=chance.choice((*BANDS, None)),
		source=chance.choice((*SOURCES, None)),
		outcome=chance.choice((*OUTCOMES, None)) if event == "neuvonta_annettu" else None,
	)
