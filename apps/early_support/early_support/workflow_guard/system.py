"""What the app itself changes, and no user may: the guard lets it through."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe

# A key of frappe.flags: it lives as long as one request or job and cannot be set from outside, unlike `doc.flags`
# or an attribute of the document.
SYSTEM_CHANGE = "early_support_system_change"


@contextmanager
def system_change() -> Iterator[None]:
	"""Let the app itself change casework that no user may change: a child moves, the demo is removed.

	Only for code. What is saved inside still goes through the rules in the controllers.
	"""
	before = frappe.flags.get(SYSTEM_CHANGE)
	frappe.flags[SYSTEM_CHANGE] = True
	try:
		yield
	finally:
		frappe.flags[SYSTEM_CHANGE] = before


def is_system_change() -> bool:
	"""Whether the running code is inside `system_change()`."""
	return bool(frappe.flags.get(SYSTEM_CHANGE))


def may_act_anywhere() -> bool:
	"""Whether no unit limits the running code: inside `system_change()`, and for Frappe's maintenance account."""
	return is_system_change() or frappe.session.user == "Administrator"
