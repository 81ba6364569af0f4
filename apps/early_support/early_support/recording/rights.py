"""Who sees and writes a Guidance Count: the counsellors of the unit, what they have entered there, and nobody else.

It holds no person, so it is no casework (access/policy.py). What a case was turned into is shown to nobody one by one:
among few, figures of one family could be recognised. It is in the suppressed statistics.
"""

import frappe

from early_support.access import assignments, policy
from early_support.export.events import GUIDANCE_COUNT, GUIDANCE_GIVEN

NOTHING, EVERYTHING = "(1=0)", "(1=1)"
ACTIONS = (None, "read", "select", "report", "write", "create")


def own_units(user: str | None = None) -> frozenset[str]:
	"""Return the units in which `user` (by default the session's) gives guidance today, as a family counsellor."""
	user = user or frappe.session.user
	if not assignments.is_counsellor(user):
		return frozenset()
	covered = assignments.remember(
		user, "guidance", lambda: assignments.units_of(user, policy.COUNSELLOR_ROLES)
	)
	return assignments.liaison_units(user) | covered


@frappe.whitelist()
def guidance_units() -> list[str]:
	"""Return the day care units in which the session's user writes down guidance today."""
	return sorted(own_units())


def may_write(unit: str | None, user: str | None = None) -> bool:
	"""Tell whether `user` (by default the session's) writes down what was given in `unit`."""
	user = user or frappe.session.user
	return user == "Administrator" or (bool(unit) and unit in own_units(user))


def count_rows(user: str | None) -> str:
	"""Return the SQL condition for the Guidance Counts that the user may list."""
	user = user or frappe.session.user
	if user == "Administrator":
		return EVERYTHING
	units = ", ".join(frappe.db.escape(unit) for unit in sorted(own_units(user)))
	table = f"`tab{GUIDANCE_COUNT}`"
	entered = f"{table}.event = {frappe.db.escape(GUIDANCE_GIVEN)}"
	return f"({entered} and {table}.unit in ({units}))" if units else NOTHING


def has_permission(doc, ptype: str | None = "read", user: str | None = None) -> bool:
	"""Tell whether `user` may do `ptype` with a count (Frappe has checked the role). Nobody deletes one.

	A stored one is judged as it is in the database, whatever a client sends along; a new one by its unit, and an empty
	form by whether the user gives guidance anywhere.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	if ptype not in ACTIONS:
		return False
	name = doc.get("name")
	stored = frappe.db.get_value(GUIDANCE_COUNT, name, ["unit", "event"], as_dict=True) if name else None
	if stored:
		return stored.event == GUIDANCE_GIVEN and may_write(stored.unit, user)
	return may_write(doc.get("unit"), user) if doc.get("unit") else bool(own_units(user))
