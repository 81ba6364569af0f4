"""Gives the key of a person's drafts to that person's own session, and to nobody else. Nothing is stored."""

import base64

import frappe
from frappe import _
from frappe.utils.password import get_encryption_key

from early_support.access.policy import GUARDED_DOCTYPES
from early_support.casework import clock
from early_support.drafts import core

# The long forms: all casework, and what the staff write beside it.
FORMS = (*GUARDED_DOCTYPES, "Family", "Child", "Unit Event")


@frappe.whitelist(methods=["POST"])
def get_keys() -> dict:
	"""Return the keys of the session's user: {"user", "period": the present one, "keys": {period: key in Base64}}.

	By POST, whose answers no browser keeps.

	Raises:
		frappe.PermissionError: nobody is logged in, or no member of the staff, or somebody else acts in the person's name.
	"""
	user = frappe.session.user
	if not _is_staff(user) or frappe.session.data.get("impersonated_by"):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)
	secret = get_encryption_key()
	periods = core.periods(clock.now().timestamp())
	return {
		"user": user,
		"period": str(periods[0]),
		"keys": {
			str(period): base64.b64encode(core.key(secret, user, period)).decode() for period in periods
		},
	}


def extend_bootinfo(bootinfo) -> None:
	"""Hook: tell the desk on which forms drafts are kept."""
	bootinfo["early_support_drafts"] = list(FORMS)


def _is_staff(user: str) -> bool:
	return user != "Guest" and frappe.get_cached_value("User", user, "user_type") == "System User"
