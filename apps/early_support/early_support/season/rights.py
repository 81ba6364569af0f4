"""Whose calendar a user sees and writes. It holds no person, so it is no casework (access/policy.py), but closed as well.

The staff of a unit write their own calendar. Its liaison counsellor takes part and reads; so do area directors and the
management group for the units which their assignments cover. Everybody else sees none.
"""

import datetime
from collections.abc import Iterable

import frappe

from early_support.access import assignments

NOTHING, EVERYTHING = "(1=0)", "(1=1)"
# Who reads the calendars of the units of their assignments without working in these.
OVERSEERS = ("Area Director", "Management Group")
# Who convenes a kind of event (the options of its field).
STAFF, DIRECTOR, LIAISON = "Unit staff", "Unit director", "Liaison person of the unit"
READING = (None, "read", "select", "report")
WRITING = ("write", "create")


def readable_units(user: str | None = None) -> frozenset[str]:
	"""Return the units whose calendar `user` (by default the session's) may read today."""
	user = user or frappe.session.user
	if user == "Administrator":
		# Not filtered by permission: the maintenance account sees every unit.
		return frozenset(frappe.get_all("Day Care Unit", pluck="name"))
	overseen = assignments.remember(user, "overseen", lambda: assignments.units_of(user, _held(user)))
	return assignments.staff_units(user) | assignments.liaison_units(user) | overseen


def may_write(unit: str | None, user: str | None = None) -> bool:
	"""Tell whether `user` (by default the session's) writes the calendar of `unit`: its staff do, and its director."""
	user = user or frappe.session.user
	return user == "Administrator" or (bool(unit) and unit in assignments.staff_units(user))


def liaisons(unit: str, day: datetime.date) -> list[str]:
	"""Return the liaison persons of a unit on the day care side, on a day, in the order of the unit's form."""
	return frappe.db.sql_list(
		"""select user from `tabUnit Liaison`
		where parent = %(unit)s and parenttype = 'Day Care Unit' and side = 'Day Care'
		and from_date <= %(day)s and (to_date is null or to_date >= %(day)s) order by idx""",
		{"unit": unit, "day": day},
	)


def directors(unit: str, day: datetime.date) -> list[str]:
	"""Return who is assigned to lead a unit on a day, by itself or with the other units of its area or controller."""
	# Not filtered by permission: whoever writes the calendar of a unit knows who leads it.
	return frappe.db.sql_list(
		"""select distinct assignment.user
		from `tabStaff Assignment` assignment join `tabDay Care Unit` unit on unit.name = %(unit)s
		where assignment.role = 'Unit Director'
		and (assignment.unit = unit.name or assignment.service_area = unit.service_area
			or assignment.controller = unit.controller)
		and assignment.from_date <= %(day)s and (assignment.to_date is null or assignment.to_date >= %(day)s)
		order by assignment.user""",
		{"unit": unit, "day": day},
	)


def units_convened_by(user: str, day: datetime.date) -> frozenset[str]:
	"""Return the units of which `user` is a liaison person on the day care side on a day."""
	return frozenset(
		frappe.db.sql_list(
			"""select parent from `tabUnit Liaison`
			where user = %(user)s and parenttype = 'Day Care Unit' and side = 'Day Care'
			and from_date <= %(day)s and (to_date is null or to_date >= %(day)s)""",
			{"user": user, "day": day},
		)
	)


def event_rows(user: str | None) -> str:
	"""Return the SQL condition for the Unit Events that the user may list."""
	user = user or frappe.session.user
	if user == "Administrator":
		return EVERYTHING
	units = readable_units(user)
	return f"(`tabUnit Event`.unit in {_in(units)})" if units else NOTHING


def slot_rows(user: str | None) -> str:
	"""Return the SQL condition for the Meeting Slots that the user may list: those of the events."""
	condition = event_rows(user)
	if condition in (NOTHING, EVERYTHING):
		return condition
	events = f"select `tabUnit Event`.name from `tabUnit Event` where {condition}"
	return f"(`tabMeeting Slot`.parenttype = 'Unit Event' and `tabMeeting Slot`.parent in ({events}))"


def has_permission(doc, ptype: str | None = "read", user: str | None = None) -> bool:
	"""Tell whether `user` may do `ptype` with an event, as far as its unit is concerned (Frappe has checked the role).

	A stored event is judged by its unit in the database, whatever a client sends along; a new one by its own, and an empty
	form by whether the user works in a unit at all. Nobody deletes an event: it is cancelled.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	name = doc.get("name")
	stored = frappe.db.get_value("Unit Event", name, "unit") if name else None
	unit = stored or doc.get("unit")
	if ptype in WRITING:
		return may_write(unit, user) if unit else bool(assignments.staff_units(user))
	if ptype not in READING:
		return False
	return unit in readable_units(user) if unit else bool(readable_units(user))


def _held(user: str) -> set[str]:
	return set(OVERSEERS).intersection(frappe.get_roles(user))


def _in(values: Iterable[str]) -> str:
	return "({})".format(", ".join(frappe.db.escape(value) for value in sorted(values)))
