"""What a user account needs for an assignment to be of use."""

import frappe
from frappe import _

from early_support.access import policy

MODULE_PROFILE = "Early Support Staff"


def equip(name: str, role: str) -> None:
	"""Give the user `name` the role, which Frappe asks for first, and the staff's sidebar.

	The role is not taken away when the assignment ends: without an assignment it opens no document, and another
	assignment may need it. A module profile or blocked modules chosen by an administrator stay, and System Managers
	keep all of Frappe's workspaces.
	"""
	user = frappe.get_doc("User", name)
	roles = {row.role for row in user.roles}
	needs_role = role not in roles
	needs_profile = not (user.module_profile or user.block_modules or "System Manager" in roles)
	if needs_role:
		user.append_roles(role)
	if needs_profile:
		user.module_profile = MODULE_PROFILE
	if needs_role or needs_profile:
		# Only System Managers write assignments, and they may give roles; demo and tests act for them.
		user.save(ignore_permissions=True)


@frappe.whitelist()
@frappe.validate_and_sanitize_search_inputs
def staff_roles(  # noqa: PLR0913, PLR0917 Frappe's signature of a link query
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict | None = None
) -> list[tuple[str, str]]:
	"""Return (role, its word in the user's language) of the roles that an assignment may give, for the link field.

	Nothing for those who may not write assignments: a refusal would break Frappe's link search.
	"""
	if not frappe.has_permission("Staff Assignment", "write"):
		return []
	rows = [(role, _(role)) for role in policy.STAFF_ROLES]
	wanted = txt.casefold()
	found = [row for row in rows if any(wanted in words.casefold() for words in row)]
	return found[start : start + page_len]
