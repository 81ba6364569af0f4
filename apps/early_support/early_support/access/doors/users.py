"""Who somebody is, and may become: names in records stay trustworthy, and nobody takes over a colleague's account.

Everybody may change their own user record, and System Managers any. What both could do with it past the rules of access
is refused here: staff do not rename themselves, nobody gives casework to themselves, and the password and keys of who
works with casework are set by that person, by a link that Frappe mails to an address which nobody else may change.
Administrator is not refused: see docs/security.md.
"""

import frappe
from frappe import _
from frappe.utils import cstr

from early_support.access import policy
from early_support.access.doors import keys
from early_support.exceptions import EarlySupportError

SYSTEM_MANAGER = "System Manager"
ASSIGNMENT = "Staff Assignment"
IDENTITY = ("email", "username", "first_name", "middle_name", "last_name", "full_name")
# What a link to set the password goes by; Frappe itself writes it past the document.
KEYS = ("api_key", *keys.RESET_KEYS)


class OwnNameError(EarlySupportError):
	"""A member of the staff changes their own name or address."""


class OwnRoleError(EarlySupportError):
	"""Somebody gives casework to themselves."""


class ForeignPasswordError(EarlySupportError):
	"""Somebody sets the password or the keys of a colleague who works with casework, or has links sent elsewhere."""


class ForeignAccountError(EarlySupportError):
	"""Somebody renames the account of a colleague who works with casework, or merges it with another."""


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
	"""Refuse a new password, keys or address for somebody else who works with casework. Raises ForeignPasswordError.

	Asked before Frappe's own validate, which takes the password out of the document.
	"""
	if frappe.session.user in ("Administrator", user.name):
		return
	if not (_staff_roles(user) or is_colleague(user.name)):
		return
	if any(_is_new_secret(user.get(field)) for field in ("new_password", "api_secret")) or _has_new_key(user):
		frappe.throw(
			_(
				"Passwords and keys of people who work with casework are their own. Send a link to reset the password."
			),
			ForeignPasswordError,
		)
	if _has_new_address(user):
		frappe.throw(
			_("The e-mail address of somebody who works with casework is changed by Administrator only."),
			ForeignPasswordError,
		)


def keep_account(
	user, method: str | None = None, old: str | None = None, new: str | None = None, merge: bool = False
) -> None:
	"""Refuse to rename or merge accounts of which one is a colleague's: all that names the one would name the other.

	Raises:
		ForeignAccountError: as above.
	"""
	if frappe.session.user != "Administrator" and (is_colleague(user.name) or is_colleague(new)):
		frappe.throw(
			_(
				"Accounts of people who work with casework are renamed or merged by Administrator only: records name them."
			),
			ForeignAccountError,
		)


def is_colleague(name: str | None) -> bool:
	"""Tell whether an account is Administrator's, or of somebody who works with casework or ever has.

	Goes by what is stored: a request may take the roles away while it asks, and roles may come and go.
	"""
	if not name:
		return False
	if name.casefold() == "administrator":
		return True
	roles = {"parenttype": "User", "parent": name, "role": ("in", policy.STAFF_ROLES)}
	return bool(frappe.db.exists("Has Role", roles) or frappe.db.exists(ASSIGNMENT, {"user": name}))


def check_administrator(doc) -> None:
	"""Refuse that anybody stores who works where but System Managers: a web form asks for no right.

	Raises:
		frappe.PermissionError: as above.
	"""
	user = frappe.session.user
	if user != "Administrator" and SYSTEM_MANAGER not in frappe.get_roles(user):
		frappe.throw(_("{0} is made by administrators only.").format(_(doc.doctype)), frappe.PermissionError)


def check_not_oneself(user: str, given: object) -> None:
	"""Refuse that somebody gives casework to themselves. Raises OwnRoleError."""
	if given and user == frappe.session.user and user != "Administrator":
		frappe.throw(
			_("Nobody gives access to casework to themselves. Ask another administrator."), OwnRoleError
		)


def check_not_moved_to_oneself(place) -> None:
	"""Refuse that somebody moves a unit or an area to where they are assigned. Raises OwnRoleError."""
	before = place.get_doc_before_save()
	if not before:
		return
	user = frappe.session.user
	for field in ("service_area", "controller"):
		target = place.get(field)
		if target and target != before.get(field):
			check_not_oneself(user, frappe.db.exists(ASSIGNMENT, {"user": user, field: target}))


def _staff_roles(user) -> set[str]:
	return {row.role for row in user.roles}.intersection(policy.STAFF_ROLES)


def _is_new_secret(value: str | None) -> bool:
	"""Frappe shows a stored secret as stars."""
	return bool(value) and bool(value.strip("*"))


def _has_new_key(user) -> bool:
	"""Whoever is signed in as nobody signs in for the first time by a service that the site trusts, which adds a row."""
	before = user.get_doc_before_save()
	if not before:
		return False
	if any(user.get(key) and cstr(user.get(key)) != cstr(before.get(key)) for key in KEYS):
		return True
	return frappe.session.user != "Guest" and bool(_logins(user) - _logins(before))


def _logins(user) -> set[tuple]:
	return {(row.provider, row.userid) for row in user.get("social_logins") or ()}


def _has_new_address(user) -> bool:
	before = user.get_doc_before_save()
	return bool(before) and cstr(user.email).strip().casefold() != cstr(before.email).strip().casefold()
