"""Who may read, write and publish a Form Change Request. It names nobody, so all of the staff read each."""

import frappe

from early_support.access import policy
from early_support.workflow_guard import guard
from early_support.workflow_guard.system import is_system_change

READING = (None, "read", "select", "report")
WRITING = ("write", "create")
PUBLISHERS = ("Form Administrator",)
# The states in which a suggestion is its proposer's.
OWN = ("Draft", "Returned")


def has_permission(doc, ptype: str | None = "read", user: str | None = None) -> bool:
	"""Tell whether `user` may do `ptype` with a request, as far as its state goes (Frappe has checked the role)."""
	user = user or frappe.session.user
	if user == "Administrator" or is_system_change():
		return True
	if ptype not in (*READING, *WRITING) or not set(policy.STAFF_ROLES).intersection(frappe.get_roles(user)):
		return False
	if ptype != "write" or not doc.get("name"):
		return True
	stored = frappe.db.get_value(
		"Form Change Request", doc.get("name"), ["workflow_state", "proposed_by"], as_dict=True
	)
	return stored is None or (is_own_turn(stored, user) and guard.is_writable(doc, user))


def is_own_turn(stored, user: str) -> bool:
	"""Tell whether a stored request is not just somebody else's draft."""
	return stored.workflow_state not in OWN or user in (stored.proposed_by, "Administrator")


def may_publish() -> bool:
	"""Tell whether the session's user may change forms by a request: Form Administrators do, and the app on a day set."""
	user = frappe.session.user
	return (
		user == "Administrator"
		or is_system_change()
		or bool(set(PUBLISHERS).intersection(frappe.get_roles(user)))
	)
