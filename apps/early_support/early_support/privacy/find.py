"""Finds the code of a child for the Privacy Officer, who opens no case: for a legal hold, or an export."""

import frappe
from frappe.utils import getdate

from early_support.privacy import rights


@frappe.whitelist(methods=["POST"])
def find_child(full_name: str, birth_date: str) -> list[dict]:
	"""Return code, family and unit of the children with just this name and birth date, as a guardian gives them.

	There is nothing to browse: whoever does not know both finds nobody.

	Raises:
		frappe.PermissionError: for everybody but the Privacy Officer.
	"""
	rights.require_officer()
	own = {} if frappe.session.user == "Administrator" else {"unit": ("in", [*rights.officer_units(), ""])}
	# Not filtered by permission: this is the one thing of a child that the role may ask for, in the own units.
	return frappe.get_all(
		"Child",
		filters={"full_name": " ".join(full_name.split()), "birth_date": getdate(birth_date), **own},
		fields=["name as code", "family", "unit", "left_on"],
		order_by="name asc",
	)
