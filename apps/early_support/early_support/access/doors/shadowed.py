"""Refuses the old names of functions that stand behind ours, where Frappe's own alias comes before our override."""

import frappe

from early_support import compat
from early_support.access.doors.wiring import OVERRIDES


def refuse() -> None:
	"""Refuse a request for a function of OVERRIDES that Frappe would not answer with ours.

	Frappe's hooks give some functions a second, old name. The Frappe of the trial bench takes the first override of a
	name, which is its own; v15 and 16 take the last, which is ours: there this refuses nothing.

	Raises:
		frappe.PermissionError: as above. The desk asks by the new names.
	"""
	if compat.first_override_wins():
		parts = frappe.request.path.split("/")
		asked = {frappe.form_dict.get("cmd"), parts[3] if len(parts) > 3 else None}
		own = frappe.get_hooks("override_whitelisted_methods")
		if any(own[name][0] != OVERRIDES[name] for name in asked & set(OVERRIDES)):
			raise frappe.PermissionError
