"""The first line of every whitelisted function of this room."""

import frappe
from frappe import _


def require_right(doctype: str, ptype: str) -> None:
	"""Refuse whoever's roles give no right of the kind `ptype` to `doctype` at all.

	Raises:
		frappe.PermissionError: in every version of Frappe; `has_permission(throw=True)` raises another error in some.
	"""
	if not frappe.has_permission(doctype, ptype):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)
