"""What differs between the Frappe versions the app runs on: 15.0.0-dev of 2023-08 (trial bench), v15 and 16.

Each difference is a function, named after what it does. Most of the app is written in what all three have in common
(the hooks of access take only the arguments that every version gives; see access/policy.py).
"""

import frappe


def no_objection() -> bool | None:
	"""Return what a `has_permission` hook answers that leaves the decision to Frappe's own hooks.

	Up to v15 the first answer that is not None decides, ours before Frappe's; 16 asks all, and refuses on any falsy one.
	"""
	return None if _version() < 16 else True


def forget_changes_of_rights(user: str) -> None:
	"""Delete what Frappe has noted of the rights that a user got and lost: 16 does so, also when the user is deleted."""
	if _version() >= 16:
		frappe.db.delete("Permission Log", {"for_doctype": "User", "for_document": user})


def _version() -> int:
	return int(frappe.__version__.split(".", maxsplit=1)[0])
