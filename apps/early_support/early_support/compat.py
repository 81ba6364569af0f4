"""What differs between the Frappe versions the app runs on: 15.0.0-dev of 2023-08 (trial bench), v15 and 16.

Each difference is a function, named after what it does. Most of the app is written in what all three have in common
(the hooks of access take only the arguments that every version gives; see access/policy.py).
"""

from inspect import signature

import frappe
from frappe.core.page.permission_manager import permission_manager


def no_objection() -> bool | None:
	"""Return what a `has_permission` hook answers that leaves the decision to Frappe's own hooks.

	Up to v15 the first answer that is not None decides, ours before Frappe's; 16 asks all, and refuses on any falsy one.
	"""
	return None if _version() < 16 else True


def forget_changes_of_rights(user: str) -> None:
	"""Delete what Frappe has noted of the rights that a user got and lost: 16 does so, also when the user is deleted."""
	if _version() >= 16:
		frappe.db.delete("Permission Log", {"for_doctype": "User", "for_document": user})


def change_right(  # noqa: PLR0913, PLR0917 Frappe's signature
	doctype: str, role: str, permlevel: int, ptype: str, value: str | int | None, if_owner: str | int
) -> str | None:
	"""Change a right of a role as Frappe does. Up to 15.0.0-dev the rights of who made a document are no row of their own."""
	asked = (doctype, role, permlevel, ptype, value)
	known = "if_owner" in signature(permission_manager.update).parameters
	return permission_manager.update(*asked, if_owner) if known else permission_manager.update(*asked)


def _version() -> int:
	return int(frappe.__version__.split(".", maxsplit=1)[0])
