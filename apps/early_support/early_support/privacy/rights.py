"""Whose children a Privacy Officer is in charge of: those of the units which his or her assignments cover today.

The first line of every whitelisted function of this room, and the rows of the two doctypes that are about a child and
opened by no assignment to a unit (design.md §4).
"""

import frappe
from frappe import _

from early_support.access import assignments, policy

NOTHING, EVERYTHING = "(1=0)", "(1=1)"

# doctype → the SQL for its child, and for the family of that child or of its own
SUBJECTS = {
	"Subject Access Export": "es_child.name = `tabSubject Access Export`.child",
	"Legal Hold": (
		"if(`tabLegal Hold`.subject_type = 'Family', es_child.family, es_child.name) = `tabLegal Hold`.subject"
	),
}


def require_officer() -> None:
	"""Refuse everybody but who works as a Privacy Officer today, and Administrator.

	Not `frappe.only_for`: it lets everybody pass in tests, so that no test could tell whether it is there.

	Raises:
		frappe.PermissionError: for everybody else.
	"""
	user = frappe.session.user
	if user != "Administrator" and not assignments.works_as(user, policy.PRIVACY_ROLES):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)


def officers() -> list[str]:
	"""Return the users who work as Privacy Officers today: those who are told of what must not wait."""
	# Names of colleagues, unfiltered: they are written to, and shown to nobody.
	filters = {"role": ("in", policy.PRIVACY_ROLES), "parenttype": "User"}
	holders = frappe.get_all("Has Role", filters=filters, pluck="parent", distinct=True)
	enabled = frappe.get_all("User", filters={"name": ("in", [*holders, ""]), "enabled": 1}, pluck="name")
	return sorted(user for user in enabled if assignments.works_as(user, policy.PRIVACY_ROLES))


def officer_units(user: str | None = None) -> frozenset[str]:
	"""Return the units of whose children the user (by default the session's) is the Privacy Officer today."""
	user = user or frappe.session.user
	if not assignments.works_as(user, policy.PRIVACY_ROLES):
		return frozenset()
	return assignments.units_of(user, policy.PRIVACY_ROLES)


def is_in_charge(subject_type: str, name: str) -> bool:
	"""Tell whether the session's user is in charge of a child, or of a family by one of its children."""
	user = frappe.session.user
	field = "family" if subject_type == "Family" else "name"
	if user == "Administrator":
		return bool(frappe.db.exists(subject_type, name))
	filters = {field: name, "unit": ("in", [*officer_units(user), ""])}
	return bool(name) and bool(frappe.db.exists("Child", filters))


def export_rows(user: str | None) -> str:
	"""Return the SQL condition for the Subject Access Exports that the user may list."""
	return _rows(user, "Subject Access Export")


def hold_rows(user: str | None) -> str:
	"""Return the SQL condition for the Legal Holds that the user may list."""
	return _rows(user, "Legal Hold")


def has_permission(doc, ptype: str | None = None, user: str | None = None) -> bool:
	"""Tell whether a stored document of SUBJECTS is among the user's rows; one that is being made is asked on validate."""
	user = user or frappe.session.user
	doctype, name = doc.get("doctype"), doc.get("name")
	if not (name and frappe.db.exists(doctype, name)):
		return user == "Administrator" or assignments.works_as(user, policy.PRIVACY_ROLES)
	condition = _rows(user, doctype)
	# Constants and escaped values only; the name is a parameter.
	return bool(frappe.db.sql(f"select 1 from `tab{doctype}` where name = %s and {condition}", (name,)))


def _rows(user: str | None, doctype: str) -> str:
	user = user or frappe.session.user
	if user == "Administrator":
		return EVERYTHING
	units = officer_units(user)
	if not units:
		return NOTHING
	within = ", ".join(frappe.db.escape(unit) for unit in sorted(units))
	return f"exists (select 1 from `tabChild` es_child where {SUBJECTS[doctype]} and es_child.unit in ({within}))"
