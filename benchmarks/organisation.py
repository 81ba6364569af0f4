"""The made-up register of the benchmark: 3,000 units in 300 areas, and the few people who are measured."""

from typing import NamedTuple

import frappe

AREAS, UNITS = 300, 3000
UNITS_OF_AREA = UNITS // AREAS
COUNSELLORS = 600
CONTROLLER, COUNTY = "BM-MUNICIPALITY", "BM-COUNTY"
SINCE = "2016-01-01"


class Person(NamedTuple):
	"""A user of the benchmark: their role, and where the one assignment is (field of Staff Assignment, name)."""

	user: str
	role: str
	place: str
	where: str


def unit(number: int) -> str:
	"""Return the code of a unit; the first of each area are 1, 31, 61 …"""
	return f"BM-UNIT-{number:04}"


def area(number: int) -> str:
	"""Return the code of a service area."""
	return f"BM-AREA-{number:02}"


def counsellor(number: int) -> str:
	"""Return the user name of a family counsellor."""
	return f"counsellor{number}@benchmark.invalid"


EDUCATOR = Person("educator@benchmark.invalid", "Early Educator", "unit", unit(1))
AREA_EDUCATOR = Person("area@benchmark.invalid", "Special Needs Educator", "service_area", area(1))
COUNSELLOR = Person(counsellor(1), "Family Counsellor", "controller", COUNTY)
PEOPLE = (EDUCATOR, AREA_EDUCATOR, COUNSELLOR)


def make(units: int) -> None:
	"""Make what is missing of the organisation with its first `units` units, as documents, and commit."""
	_make("Register Controller", CONTROLLER, title="Mittala", kind="Municipality", municipality_code="999")
	_make("Register Controller", COUNTY, title="Mittalan alue", kind="Wellbeing Services County")
	for number in range(1, AREAS + 1):
		_make("Service Area", area(number), title=f"Alue {number}", controller=CONTROLLER)
	for number in range(1, units + 1):
		_make(
			"Day Care Unit",
			unit(number),
			title=f"Päiväkoti {number}",
			service_area=area((number - 1) // UNITS_OF_AREA + 1),
			unit_type="tm01 Day care centre",
			provider_type="jm01 Municipal",
		)
	for person in PEOPLE:
		make_person(person)
	frappe.db.commit()


def _make(doctype: str, code: str, **values) -> None:
	if not frappe.db.exists(doctype, code):
		frappe.get_doc({"doctype": doctype, "code": code, **values}).insert()


def make_person(person: Person) -> None:
	"""Make a user with the one assignment, unless there is one of that name."""
	if frappe.db.exists("User", person.user):
		return
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": person.user,
			"first_name": person.user.split("@")[0].title(),
			"send_welcome_email": 0,
			"language": "fi",
		}
	)
	user.flags.no_welcome_mail = True
	user.insert()
	assignment = {"doctype": "Staff Assignment", "user": person.user, "role": person.role, "from_date": SINCE}
	frappe.get_doc({**assignment, person.place: person.where}).insert()
