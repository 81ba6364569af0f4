"""What a plan is made of. Pure: imports no Frappe.

Everything carries a key that stays the same as long as the plan's version does: the ledger is kept by it.
"""

import datetime
from dataclasses import dataclass, field
from typing import Any

DOMAIN = "demo.invalid"


def address(local_part: str) -> str:
	"""Return a log-in name; `.invalid` never resolves (RFC 2606), so no mail can ever leave for it."""
	return f"{local_part}@{DOMAIN}"


@dataclass(frozen=True)
class Ref:
	"""Stands in a value for the name which the site gives to another record of the plan."""

	key: str


@dataclass(frozen=True)
class Day:
	"""Stands in the values of a script for a day: so many workdays after its first."""

	offset: int


@dataclass(frozen=True)
class Staff:
	"""A user with one role, in one or more places: pairs of a field of Staff Assignment and a code."""

	user: str
	full_name: str
	role: str
	places: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Unit:
	"""A day care unit and its liaison persons, as pairs of side and user."""

	values: dict[str, Any]
	liaisons: tuple[tuple[str, str], ...]
	educators: tuple[str, ...]
	special_educator: str
	director: str
	counsellor: str

	@property
	def code(self) -> str:
		return self.values["code"]

	@property
	def is_large(self) -> bool:
		"""Whether it is the one unit in the shape of the thesis (domain.md §1, 1000-1008)."""
		return len(self.values["groups"]) == 3


@dataclass(frozen=True)
class Child:
	"""A child, with what the casework about it needs to know."""

	key: str
	unit: str
	born: datetime.date
	enrolled: datetime.date
	values: dict[str, Any]


@dataclass(frozen=True)
class Family:
	"""A family, entered by `actor`, with its children."""

	key: str
	actor: str
	values: dict[str, Any]
	guardians: tuple[str, ...]
	children: tuple[Child, ...]


@dataclass(frozen=True)
class Step:
	"""One act in a script: `actor` makes `document`, or moves it to `state`, or both, so many workdays after the first.

	`document` is a key within the story. With `doctype` the document is made, else it was made by an earlier step. Of
	`values`, those of a table are its rows, or {number of a row from 0: what is changed in it}.
	"""

	name: str
	offset: int
	actor: str
	document: str
	doctype: str | None = None
	state: str | None = None
	values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
	"""A step with its moment: what the loader does, as `actor`, with the clock at `at`."""

	at: datetime.datetime
	actor: str
	document: str
	doctype: str | None
	state: str | None
	values: dict[str, Any]


@dataclass(frozen=True)
class Story:
	"""Documents that belong together, loaded in one transaction: a concern with what grew out of it, or a consultation."""

	key: str
	events: tuple[Event, ...]

	@property
	def last(self) -> datetime.datetime:
		return self.events[-1].at


@dataclass(frozen=True)
class UnitEvent:
	"""An event of a unit's calendar, entered by `actor`, and in which `state` it ended; with None it is still planned."""

	key: str
	actor: str
	entered: datetime.datetime
	values: dict[str, Any]
	ended: datetime.datetime
	state: str | None
	figures: dict[str, int]


@dataclass(frozen=True)
class Plan:
	"""A whole demo municipality."""

	today: datetime.date
	seed: int
	size: str
	controllers: tuple[dict[str, Any], ...]
	areas: tuple[dict[str, Any], ...]
	units: tuple[Unit, ...]
	staff: tuple[Staff, ...]
	introduced: tuple[str, ...]
	families: tuple[Family, ...]
	stories: tuple[Story, ...]
	calendars: tuple[UnitEvent, ...]

	@property
	def children(self) -> tuple[Child, ...]:
		return tuple(child for family in self.families for child in family.children)
