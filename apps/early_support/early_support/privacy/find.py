"""Finds the code of a child for the Privacy Officer, who opens no case: for a legal hold, or an export."""

import frappe
from frappe.utils import getdate

from early_support.privacy.rights import require_officer


@frappe.whitelist(methods=["POST"])
def find_child(full_name: str, birth_date: str) -> list[dict]:
	"""Return code, family and unit of the children with just this name and birth date, as a guardian gives them.

	There is nothing to browse: whoever does not know both finds nobody.

	Raises:
		frappe.PermissionError: for everybody but the Privacy Officer.
	"""
	require_officer()
	# Not filtered by permission: this is the one thing of a child that the role may ask for.
	return frappe.get_all(
		"Child",
		filters={"full_name": " ".join(full_name.split()), "birth_date": getdate(birth_date)},
		fields=["name as code", "family", "unit", "left_on"],
		order_by="name asc",
	)
