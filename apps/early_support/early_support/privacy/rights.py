"""The first line of every whitelisted function of this room."""

import frappe
from frappe import _

OFFICER = "Privacy Officer"


def require_officer() -> None:
	"""Refuse everybody but the Privacy Officer, and Administrator.

	Not `frappe.only_for`: it lets everybody pass in tests, so that no test could tell whether it is there.

	Raises:
		frappe.PermissionError: for everybody else.
	"""
	if frappe.session.user != "Administrator" and OFFICER not in frappe.get_roles():
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)
