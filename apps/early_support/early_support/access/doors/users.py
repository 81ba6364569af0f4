"""Who somebody is, and may become: names in records stay trustworthy, and nobody takes over a colleague's account.

Everybody may change their own user record, and System Managers any. What both could do with it past the rules of access
is refused here: staff do not rename themselves, nobody gives casework to themselves, and the password and keys of who
works with casework are set by that person, by a link that Frappe mails. Administrator is not refused: see docs/security.md.
"""

import frappe
from frappe import _

from early_support.access import policy
from early_support.exceptions import EarlySupportError

SYSTEM_MANAGER = "System Manager"
IDENTITY = ("email", "username", "first_name", "middle_name", "last_name", "full_name")


class OwnNameError(EarlySupportError):
	"""A member of the staff changes their own name or address."""


class OwnRoleError(EarlySupportError):
	"""Somebody gives casework to themselves."""


class ForeignPasswordError(EarlySupportError):
	"""Somebody sets the password or the keys of a colleague who works with casework."""


def on_validate(user, method: str | None = None) -> None:
	"""Refuse that staff rename themselves, and that anybody takes a role in casework.

	Raises:
		OwnNameError, OwnRoleError: as above.
	"""
	if frappe.session.user != user.name:
		return
	before = user.get_doc_before_save()
	if not before or user.name == "Administrator":
		return
	renamed = any((user.get(field) or "") != (before.get(field) or "") for field in IDENTITY)
	if renamed and SYSTEM_MANAGER not in frappe.get_roles(user.name):
		frappe.throw(
			_("Your name and e-mail address are changed by an administrator, so that records stay reliable."),
			OwnNameError,
		)
	check_not_oneself(user.name, _staff_roles(user) - _staff_roles(before))


def keep_secrets(user, method: str | None = None) -> None:
	"""Refuse a new password or new keys for somebody else who works with casework. Raises ForeignPasswordError.

	Asked before Frappe's own validate, which takes the password out of the document.
	"""
	if frappe.session.user in ("Administrator", user.name) or not _staff_roles(user):
		return
	if any(_is_new_secret(user.get(field)) for field in ("new_password", "api_secret")):
		frappe.throw(
			_(
				"Passwords and keys of people who work with casework are their own. Send a link to reset the password."
			),
			ForeignPasswordError,
		)


def check_not_oneself(user: str, given: object) -> None:
	"""Refuse that somebody gives casework to themselves. Raises OwnRoleError."""
	if given and user == frappe.session.user and user != "Administrator":
		frappe.throw(
			_("Nobody gives access to casework to themselves. Ask another administrator."), OwnRoleError
		)


def _staff_roles(user) -> set[str]:
	return {row.role for row in user.roles}.intersection(policy.STAFF_ROLES)


def _is_new_secret(value: str | None) -> bool:
	"""Frappe shows a stored secret as stars."""
	return bool(value) and bool(value.strip("*"))
