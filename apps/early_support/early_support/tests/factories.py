"""Makers of test records of the organisation and of people. Keyword arguments override; every maker returns a name.

Names and codes are made up and unique within the test. Records are made with ignore_permissions: the test decides
later who acts on them.
"""

from contextlib import contextmanager, nullcontext
from itertools import count

import frappe
from frappe.utils import add_days, getdate, nowdate

from early_support.naming import opaque_name
from early_support.workflow_guard.system import system_change

_numbers = count(1)

CONTROLLER = "TEST-MUNICIPALITY"
# Since when people work where they do, unless told otherwise: before any day in a test.
LONG_AGO = "2010-01-01"
AREA = "TEST-AREA"
UNIT = "TEST-UNIT"
ORGANISATION = ("Day Care Unit", "Service Area", "Staff Assignment")


def number() -> int:
	"""Return the next number, for unique codes."""
	return next(_numbers)


def insert(doctype: str, **values) -> str:
	"""Insert a record and return its name. Who works where is entered by Administrator, whoever the test acts as."""
	with as_administrator() if doctype in ORGANISATION else nullcontext():
		return frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True).name


@contextmanager
def as_administrator():
	"""Work as Administrator for a moment."""
	before = frappe.session.user
	frappe.set_user("Administrator")
	try:
		yield
	finally:
		frappe.set_user(before)


def row_of(doctype: str, unit: str, **values) -> frappe._dict:
	"""Write a case record as it would be in the database, past the workflow, which has no part in counting."""
	record = {"name": opaque_name(), "unit": unit, "controller": CONTROLLER, **values}
	frappe.get_doc({"doctype": doctype, **record}).db_insert()
	return frappe._dict(record, doctype=doctype)


def make_controller(**values) -> str:
	"""Make a register controller: a municipality unless told otherwise."""
	code = values.pop("code", None) or f"TC{number()}"
	defaults = {
		"title": f"Kunta {code}",
		"kind": "Municipality",
		"municipality_code": "999",
		"county_code": "98",
	}
	return insert("Register Controller", code=code, **{**defaults, **values})


def default_controller() -> str:
	"""Return the controller which the other makers use."""
	return (
		CONTROLLER
		if frappe.db.exists("Register Controller", CONTROLLER)
		else make_controller(code=CONTROLLER)
	)


def make_area(**values) -> str:
	"""Make a service area."""
	code = values.pop("code", None) or f"TA{number()}"
	defaults = {"title": f"Alue {code}"}
	values.setdefault("controller", default_controller())
	return insert("Service Area", code=code, **{**defaults, **values})


def default_area() -> str:
	"""Return the service area which the other makers use."""
	return AREA if frappe.db.exists("Service Area", AREA) else make_area(code=AREA)


def make_unit(**values) -> str:
	"""Make a day care unit with two groups, `big` (3-5 years) and `small` (0-2 years)."""
	code = values.pop("code", None) or f"TU{number()}"
	defaults = {
		"title": f"Päiväkoti {code}",
		"unit_type": "tm01 Day care centre",
		"provider_type": "jm01 Municipal",
		"groups": [
			{"code": "small", "title": "Pienet", "age_from": 0, "age_to": 2},
			{"code": "big", "title": "Isot", "age_from": 3, "age_to": 5},
		],
	}
	values.setdefault("service_area", default_area())
	return insert("Day Care Unit", code=code, **{**defaults, **values})


def default_unit() -> str:
	"""Return the unit which the other makers use."""
	return UNIT if frappe.db.exists("Day Care Unit", UNIT) else make_unit(code=UNIT)


def make_user(*roles: str, **values) -> str:
	"""Make a user with `roles` and no assignment. Returns the e-mail address, which is the name.

	The rows are written directly: what Frappe does for a new user (mails, contact, avatar, caches) takes a second.
	"""
	serial = number()
	email = values.pop("email", None) or f"user{serial}@example.test"
	first_name, last_name = values.pop("first_name", "Testi"), values.pop("last_name", f"Käyttäjä {serial}")
	defaults = {
		"first_name": first_name,
		"last_name": last_name,
		"full_name": f"{first_name} {last_name}",
		"enabled": 1,
		"user_type": "System User",
		"language": "en",
		"module_profile": "Early Support Staff" if roles else None,
	}
	user = frappe.get_doc({"doctype": "User", "name": email, "email": email, **defaults, **values})
	user.db_insert()
	for index, role in enumerate(roles, 1):
		_add_role(email, role, index)
	return email


def _add_role(user: str, role: str, index: int) -> None:
	row = frappe.get_doc({"doctype": "Has Role", "role": role, "parent": user, "idx": index})
	row.update({"parenttype": "User", "parentfield": "roles", "name": frappe.generate_hash(length=10)})
	row.db_insert()


def give_role(user: str, role: str) -> None:
	"""Give a user another role."""
	_add_role(user, role, frappe.db.count("Has Role", {"parent": user}) + 1)
	frappe.clear_cache(user=user)


def make_assignment(user: str, role: str, **values) -> str:
	"""Assign `user` to `unit`, `service_area` or `controller` (default: the default unit), since LONG_AGO."""
	if not any(values.get(key) for key in ("unit", "service_area", "controller")):
		values["unit"] = default_unit()
	values.setdefault("from_date", LONG_AGO)
	return insert("Staff Assignment", user=user, role=role, **values)


def make_staff(  # noqa: PLR0913 keyword arguments of a factory
	role: str,
	unit: str | None = None,
	*,
	area: str | None = None,
	controller: str | None = None,
	assigned: bool = True,
	from_date: str | None = None,
	to_date: str | None = None,
	**user,
) -> str:
	"""Make a user with `role` and an assignment to `unit`, `area` or `controller`. Returns the user's name."""
	name = make_user(role, **user)
	if assigned:
		where = {"unit": unit, "service_area": area, "controller": controller, "to_date": to_date}
		if from_date:
			where["from_date"] = from_date
		make_assignment(name, role, **where)
	return name


def make_liaison(unit: str, user: str, side: str = "Family Counselling", **values) -> None:
	"""Name `user` as a liaison person of `unit`, since LONG_AGO."""
	values.setdefault("from_date", LONG_AGO)
	doc = frappe.get_doc("Day Care Unit", unit)
	doc.append("liaisons", {"side": side, "user": user, **values})
	with as_administrator():
		doc.save(ignore_permissions=True)


def make_family(**values) -> str:
	"""Make a family with one guardian."""
	serial = number()
	family_name = values.setdefault("family_name", f"Testinen{serial}")
	guardian = {"full_name": f"Huoltaja {family_name}", "relation": "äiti", "phone": "+358 40 1234567"}
	return insert("Family", **{"guardians": [guardian], **values})


def make_child(**values) -> str:
	"""Make a child of four years in the default unit, with a family of its own unless `family` is given."""
	serial = number()
	values.setdefault("family", None)
	values["family"] = values["family"] or make_family()
	values["unit"] = values.get("unit") or default_unit()
	defaults = {
		"first_names": f"Lapsi{serial}",
		"last_name": "Testinen",
		"birth_date": add_days(nowdate(), -4 * 366),
		"enrolled_from": add_days(nowdate(), -200),
	}
	return insert("Child", **{**defaults, **values})


def days(offset: int):
	"""Return the date `offset` days from today."""
	return getdate(add_days(nowdate(), offset))


def make_destination(profile: str, code: str, **values) -> str:
	"""Make a destination that is in use, and let a report profile bring its files there."""
	with system_change():
		values = {"controller": CONTROLLER, **values}
		insert("Report Destination", code=code, title=code, status="In Use", **values)
	frappe.db.set_value("Report Profile", profile, "destination", code)
	return code
