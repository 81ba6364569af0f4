"""Random assignments, grants, documents and moments: the list equals the documents, and both equal the rules in words.

The rules are written here a second time, over plain values, without SQL: what design.md §4 says, not what policy.py says.
"""

import datetime
from typing import NamedTuple

import frappe
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from early_support.access import assignments, conditions, denormalise, policy
from early_support.casework import clock
from early_support.naming import opaque_name
from early_support.tests import case_factories as case
from early_support.tests import factories as make

EXAMPLES = 60

ROLES = (
	("Early Educator",),
	("Unit Director",),
	("Family Counsellor",),
	("Early Educator", "Family Counsellor"),
	("Social Worker",),
	("Privacy Officer",),
	("Area Director",),
)
UNIT_STAFF = {"Early Educator", "Special Needs Educator", "Unit Director"}
RECEIVERS = {"Family Counsellor", "Social Worker"}
CASEWORK = UNIT_STAFF | RECEIVERS
FILING = "Network Meeting Filing"
ASSESSMENT = "Needs Assessment"
OF_A_CHILD = (
	"Concern",
	"Support Period",
	"Visit",
	"Cooperation Consent",
	"Referral",
	"Network Meeting",
	"Child Plan",
	FILING,
	ASSESSMENT,
	"Client Relationship",
	"Support Plan",
	"Plan Review",
)
# What casework of the units carries of its child.
OF_THE_CHILD = ("child", "family", "unit", "controller", "service_area")
# The register of the social services: never the units'.
SOCIAL = ("Client Relationship", "Support Plan", "Plan Review")
# What a counsellor is not given with the family (early education act 40 §).
NOT_GRANTED = ("Child Plan", *SOCIAL)

# Days and hours around today; moments at which something begins or ends are drawn often.
days = st.integers(-2, 2)
hours = st.integers(-48, 48)
moments = st.builds(
	lambda day, second: _noon(day) + datetime.timedelta(seconds=second),
	days,
	st.sampled_from((-43200, -1, 0, 1, 43199)),
)


def _noon(day: int) -> datetime.datetime:
	return datetime.datetime.combine(make.days(day), datetime.time(12))


class Person(NamedTuple):
	"""What one user has been given."""

	name: str
	roles: tuple[str, ...]
	work: list[dict]
	grants: list[dict]


class World:
	"""Two areas of one municipality with three units, four children of three families, and a document of each kind."""

	def __init__(self):
		self.areas = [make.make_area(), make.make_area()]
		self.units = [
			make.make_unit(service_area=area) for area in (self.areas[0], self.areas[0], self.areas[1])
		]
		self.places = [
			*(("unit", unit) for unit in self.units),
			*(("service_area", area) for area in self.areas),
			("controller", make.default_controller()),
			("controller", case.county()),
		]
		self.families = [make.make_family() for _ in range(3)]
		self.users = {roles: make.make_user(*roles) for roles in ROLES}
		self.documents: dict[str, list[str]] = {"Family": self.families, "Consultation": []}
		for number, family in enumerate((*self.families, self.families[0])):
			team = case.make_team(unit=self.units[number % 3], family=family)
			period = case.period_in("Proposed", team)
			# A visit needs a period agreed on, which would give a grant: the row alone is wanted here.
			visit = frappe.get_doc(
				{"doctype": "Visit", "name": opaque_name(), "support_period": period.name, "number": 1}
			)
			visit.update({field: period.get(field) for field in OF_THE_CHILD})
			visit.db_insert()
			consent = case.make_consent(team)
			referral = case.make_referral(team, consent=consent.name, receiver=None)
			for doctype, name in (
				("Cooperation Consent", consent.name),
				("Referral", referral.name),
				*self.network_meeting(period),
				self.assessment(period),
				("Child", team.child),
				("Concern", period.concern),
				("Support Period", period.name),
				("Visit", visit.name),
				("Child Plan", case.make_child_plan(team).name),
				*self.relationship(period),
			):
				self.documents.setdefault(doctype, []).append(name)
			self.documents["Consultation"].append(case.make_consultation(team).name)

	def network_meeting(self, period) -> list[tuple[str, str]]:
		"""Write the rows of a meeting about the same child, and of its two filings."""
		of = {field: period.get(field) for field in OF_THE_CHILD}
		meeting = frappe.get_doc({"doctype": "Network Meeting", "name": opaque_name(), **of})
		meeting.db_insert()
		made = [(meeting.doctype, meeting.name)]
		for controller, unit in ((of["controller"], of["unit"]), (case.county(), None)):
			place = {**of, "controller": controller, "unit": unit}
			filing = frappe.get_doc(
				{
					"doctype": FILING,
					"name": opaque_name(),
					"network_meeting": meeting.name,
					"version_number": 1,
					**place,
				}
			)
			filing.db_insert()
			made.append((FILING, filing.name))
		return made

	def assessment(self, period) -> tuple[str, str]:
		"""Write the row of an assessment about the same child, in the county's register."""
		of = {field: period.get(field) for field in ("child", "family", "unit")}
		row = frappe.get_doc(
			{"doctype": ASSESSMENT, "name": opaque_name(), "controller": case.county(), **of}
		)
		row.db_insert()
		return ASSESSMENT, row.name

	def relationship(self, period) -> list[tuple[str, str]]:
		"""Write the rows of a client relationship of the same child, past the start, which would give a grant, and its plan."""
		of = {field: period.get(field) for field in ("child", "family", "unit")}
		values = {"controller": case.county(), "workflow_state": "Active", "support_period": period.name}
		doc = frappe.get_doc({"doctype": "Client Relationship", "name": opaque_name(), **of, **values})
		doc.db_insert()
		made = [(doc.doctype, doc.name)]
		for doctype in ("Support Plan", "Plan Review"):
			values = {"controller": case.county(), "client_relationship": doc.name}
			row = frappe.get_doc({"doctype": doctype, "name": opaque_name(), **of, **values})
			row.db_insert()
			made.append((doctype, row.name))
		return made

	def covered(self, field: str, place: str) -> set[str]:
		"""Return the units of the world that lie in a place today."""
		return {unit for unit in self.units if self.row("Day Care Unit", unit)[field] == place}

	def row(self, doctype: str, name: str) -> dict:
		return frappe.db.get_value(doctype, name, "*", as_dict=True)

	def assign(self, user: str, role: str, place: tuple, time: tuple[int, int | None]) -> dict:
		"""Assign past the controller, which would refuse overlaps and save the user each time."""
		begins, lasts = time
		values = {"user": user, "role": role, "from_date": make.days(begins), place[0]: place[1]}
		values["to_date"] = None if lasts is None else make.days(begins + lasts)
		frappe.get_doc({"doctype": "Staff Assignment", "name": opaque_name(), **values}).db_insert()
		units = {place[1]} if place[0] == "unit" else self.covered(*place)
		return {**values, "units": units}

	def grant(self, user: str, kind: str, family: str, time: tuple[int, int | None]) -> dict:
		"""Grant past `give`, which only gives from now on."""
		begins, lasts = time
		start = _noon(0) + datetime.timedelta(hours=begins)
		values = {"user": user, "kind": kind, "family": family, "valid_from": start}
		values["valid_until"] = None if lasts is None else start + datetime.timedelta(hours=lasts)
		given_on = kind if kind in ("Referral", ASSESSMENT, "Client Relationship") else "Child"
		source = (given_on, self.documents[given_on][self.families.index(family)])
		values |= {"source_doctype": source[0], "source_name": source[1], "reason": "-"}
		frappe.get_doc({"doctype": "Access Grant", "name": opaque_name(), **values}).db_insert()
		return values


def may_read(doctype: str, row: dict, child: dict | list, person: Person, now: datetime.datetime) -> bool:
	"""What the rules say in words."""
	day = now.date()
	today = [
		w for w in person.work if w["from_date"] <= day and (w["to_date"] is None or day <= w["to_date"])
	]
	works_as = {w["role"] for w in today} & set(person.roles)
	units = {unit for w in today if w["role"] in UNIT_STAFF for unit in w["units"]}
	if doctype == "Access Grant":
		return "Privacy Officer" in works_as and _is_of_register(row, today)
	if not set(person.roles) & _have_a_right(doctype):
		return False  # no role of his or hers has a right to the form at all
	if doctype == "Consultation":
		return row["unit"] in units
	running = [
		g
		for g in person.grants
		if g["valid_from"] <= now and (g["valid_until"] is None or now < g["valid_until"])
	]
	if doctype == ASSESSMENT:
		return _by_assessment(row, running if works_as & RECEIVERS else [], _registers(today, person))
	if doctype not in SOCIAL and _by_unit(doctype, row, child, units, day):
		return True
	in_register = doctype != FILING or row["controller"] in _registers(today, person)
	return in_register and _by_grant(doctype, row, running, works_as)


def _have_a_right(doctype: str) -> set[str]:
	if doctype in SOCIAL:
		return RECEIVERS
	return CASEWORK - {"Social Worker"} if doctype == "Consultation" else CASEWORK


def _is_of_register(grant: dict, today: list[dict]) -> bool:
	"""A grant belongs to the register of the document because of which it was given."""
	source = frappe.db.get_value(
		grant["source_doctype"], grant["source_name"], ["controller", "unit"], as_dict=True
	)
	watched = [w for w in today if w["role"] == "Privacy Officer"]
	if source and grant["source_doctype"] not in (*SOCIAL, ASSESSMENT):
		return any(source.unit in w["units"] for w in watched)
	return bool(source) and any(source.controller == w.get("controller") for w in watched)


def _registers(today: list[dict], person: Person) -> set[str]:
	"""For whom somebody works whose register is kept apart from that of the units."""
	return {
		w.get("controller") or make.default_controller()
		for w in today
		if w["role"] in RECEIVERS & set(person.roles)
	}


def _by_grant(doctype: str, row: dict, running: list[dict], works_as: set) -> bool:
	"""Somebody was given the family, or handed over the very referral."""
	family = row["name"] if doctype == "Family" else row["family"]
	kinds = {g["kind"] for g in running if g["family"] == family}
	handed_over = {g["source_name"] for g in running if g["kind"] == "Referral"}
	return (
		("Support Period" in kinds and "Family Counsellor" in works_as and doctype not in NOT_GRANTED)
		or ("Break Glass" in kinds and bool(works_as & CASEWORK) and doctype not in SOCIAL)
		or (
			"Client Relationship" in kinds
			and bool(works_as & RECEIVERS)
			and doctype in ("Family", "Child", FILING, *SOCIAL)
		)
		or (doctype == "Referral" and row["name"] in handed_over and bool(works_as & RECEIVERS))
	)


def _by_assessment(row: dict, running: list[dict], registers: set[str]) -> bool:
	"""Never the unit's staff, nor by a grant of another kind: the own one, and the family's in the own register."""
	return any(
		g["source_name"] == row["name"] or (row["controller"] in registers and g["family"] == row["family"])
		for g in running
		if g["kind"] == ASSESSMENT
	)


def _by_unit(doctype: str, row: dict, child: dict | list | None, units: set, day) -> bool:
	"""The child is in a unit of the staff today, and so is what was written about it."""
	children = child if isinstance(child, list) else [child]
	here = any(c["unit"] in units and (not c["left_on"] or c["left_on"] > day) for c in children if c)
	return here and (doctype not in OF_A_CHILD or row["unit"] in units)


changes = st.fixed_dictionaries(
	{
		"assignments": st.lists(
			st.tuples(st.integers(0, 6), days, st.one_of(st.none(), st.integers(0, 3)), st.booleans()),
			max_size=3,
		),
		"grants": st.lists(
			st.tuples(
				st.sampled_from(
					("Support Period", "Referral", ASSESSMENT, "Client Relationship", "Break Glass")
				),
				st.integers(0, 2),
				hours,
				st.one_of(st.none(), st.integers(0, 48)),
				st.booleans(),
			),
			max_size=3,
		),
		"children": st.lists(
			st.tuples(
				st.integers(0, 3),
				st.tuples(st.integers(0, 2), st.integers(0, 2)),
				st.one_of(st.none(), days),
				st.booleans(),
			),
			max_size=3,
		),
		"areas": st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), max_size=2),
		"moment": moments,
		"roles": st.sampled_from(ROLES),
	}
)


def test_lists_equal_documents_equal_the_rules(site):
	world = World()
	seen = set()

	@settings(
		max_examples=EXAMPLES,
		deadline=None,
		database=None,
		derandomize=True,
		suppress_health_check=list(HealthCheck),
	)
	@example(
		{
			"assignments": [(0, 0, None, True)],
			"grants": [],
			"children": [],
			"areas": [],
			"moment": _noon(0),
			"roles": ("Early Educator",),
		}
	)
	@example(
		{
			"assignments": [(6, 0, None, True)],
			"grants": [("Support Period", 0, 0, None, True)],
			"children": [],
			"areas": [],
			"moment": _noon(0),
			"roles": ("Family Counsellor",),
		}
	)
	@example(
		{
			"assignments": [(6, 0, None, True)],
			"grants": [("Client Relationship", 0, 0, None, True)],
			"children": [],
			"areas": [],
			"moment": _noon(0),
			"roles": ("Social Worker",),
		}
	)
	@example(
		{
			"assignments": [(5, 0, None, True)],
			"grants": [("Referral", 0, 0, None, False)],
			"children": [],
			"areas": [],
			"moment": _noon(0),
			"roles": ("Privacy Officer",),
		}
	)
	@example(
		{
			"assignments": [(6, 0, None, True)],
			"grants": [(ASSESSMENT, 0, 0, None, True)],
			"children": [],
			"areas": [],
			"moment": _noon(0),
			"roles": ("Social Worker",),
		}
	)
	@example(
		{
			"assignments": [(3, 0, None, True)],
			"grants": [],
			"children": [(1, (2, 0), None, False)],
			"areas": [(2, 0)],
			"moment": _noon(0),
			"roles": ("Unit Director",),
		}
	)
	@given(changes)
	def check(change):
		with case.attempt(), clock.at(change["moment"]):
			seen.update(judge(world, change))

	check()
	# The test would prove nothing if nobody saw anything, or everybody everything.
	assert seen == {
		(doctype, answer) for doctype in (*world.documents, "Access Grant") for answer in (True, False)
	}


def judge(world: World, change: dict) -> set:
	"""Apply one change and compare; return which answers occurred for which doctype."""
	person = prepare(world, change)
	user, answers = person.name, set()
	for doctype in (*world.documents, "Access Grant"):
		names = world.documents.get(doctype) or frappe.get_all(doctype, pluck="name", limit=20)
		listed = set(list_as(user, doctype)).intersection(names)
		opened = {name for name in names if frappe.has_permission(doctype, "read", doc=name, user=user)}
		expected = {name for name in names if expects(world, doctype, name, person)}
		assert listed == opened == expected, (doctype, person.roles)
		for action in ("write", "create"):
			able = {name for name in names if conditions.is_open(doctype, name, user, action)}
			assert able <= {name for name in names if conditions.is_open(doctype, name, user)}, (
				doctype,
				action,
			)
		answers |= {(doctype, name in listed) for name in names}
	return answers


def prepare(world: World, change: dict) -> Person:
	"""Apply one change; what is marked as another's is given to a bystander, who must make no difference."""
	roles = change["roles"]
	user = world.users[roles]
	bystander = next(name for name in world.users.values() if name != user)
	work, given = [], []
	for unit, area in change["areas"]:
		relocate(world.units[unit], world.areas[area])
	for number, (place, begins, ends, is_own) in enumerate(change["assignments"]):
		role = roles[number % len(roles)]
		made = world.assign(user if is_own else bystander, role, world.places[place], (begins, ends))
		work += [made] if is_own else []
	for kind, family, begins, lasts, is_own in change["grants"]:
		made = world.grant(user if is_own else bystander, kind, world.families[family], (begins, lasts))
		given += [made] if is_own else []
	for moved in change["children"]:
		move(world, *moved)
	assignments.forget()
	return Person(user, roles, work, given)


def relocate(unit: str, area: str) -> None:
	"""Let a unit come to an area, past the controller, which would look at all the rest of its form each time."""
	frappe.db.set_value("Day Care Unit", unit, "service_area", area)
	denormalise.follow_unit(unit)


def move(world: World, number: int, where: tuple[int, int], left_on: int | None, moves_all: bool) -> None:
	"""Move a child, with its open casework or (what was closed before) without."""
	child = world.documents["Child"][number]
	unit = world.units[where[0]]
	values = {"unit": unit, "family": world.families[where[1]]}
	left = {"left_on": None if left_on is None else make.days(left_on)}
	frappe.db.set_value("Child", child, {**values, **left})
	if not moves_all:
		values.pop("unit")
	for doctype in OF_A_CHILD:
		if doctype == FILING:
			# What stands in another controller's register stands in no unit.
			frappe.db.set_value(doctype, {"child": child}, "family", values["family"])
			frappe.db.set_value(doctype, {"child": child, "unit": ("is", "set")}, values)
		else:
			area = (
				{"service_area": denormalise.area_of(unit)}
				if moves_all and doctype in policy.OF_UNITS
				else {}
			)
			frappe.db.set_value(doctype, {"child": child}, {**values, **area})


def expects(world: World, doctype: str, name: str, person: Person) -> bool:
	row = world.row(doctype, name)
	if doctype == "Family":
		child = frappe.get_all("Child", filters={"family": name}, fields=["unit", "left_on"])
	elif doctype in OF_A_CHILD:
		child = world.row("Child", row["child"])
	else:
		child = row
	return may_read(doctype, row, child, person, clock.now())


def list_as(user: str, doctype: str) -> list[str]:
	with case.acting(user):
		try:
			return frappe.get_list(doctype, pluck="name", limit_page_length=0)
		except frappe.PermissionError:
			return []
