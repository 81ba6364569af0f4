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


def history_names_links() -> bool:
	"""Return whether a Version says the name of a linked record that was changed: 16 says its title, where it has one."""
	return _version() < 16


def change_right(  # noqa: PLR0913, PLR0917 Frappe's signature
	doctype: str, role: str, permlevel: int, ptype: str, value: str | int | None, if_owner: str | int
) -> str | None:
	"""Change a right of a role as Frappe does. Up to 15.0.0-dev the rights of who made a document are no row of their own."""
	asked = (doctype, role, permlevel, ptype, value)
	known = "if_owner" in signature(permission_manager.update).parameters
	return permission_manager.update(*asked, if_owner) if known else permission_manager.update(*asked)


def replica_database():
	"""Return Frappe's database object for the site's read replica, not connected yet, and nobody else's.

	Frappe's own function makes it, which knows what each version calls the settings, and puts it in the place of `frappe.db`. The
	one of 15.0.0-dev opens the database that is called like the user.
	"""
	primary = frappe.local.db
	for name in ("replica_db", "primary_db"):
		if hasattr(frappe.local, name):
			delattr(frappe.local, name)
	frappe.connect_replica()
	database = frappe.local.replica_db
	frappe.local.db = primary
	del frappe.local.replica_db, frappe.local.primary_db
	settings = database.get_connection_settings
	database.get_connection_settings = lambda: {**settings(), "database": frappe.conf.db_name}
	return database


def _version() -> int:
	return int(frappe.__version__.split(".", maxsplit=1)[0])
