"""Closes a report of Frappe that lists documents with the eyes of somebody else.

"Permitted Documents For User" asks as the user whom a System Manager names, and shows the lists of that one. It is reached
by running it, exporting it, mailing it, and as the base of another report: all of them call one function.
"""

import frappe
from frappe import _
from frappe.core.report.permitted_documents_for_user import permitted_documents_for_user as permitted


def install() -> None:
	"""Put `refuse` in Frappe's place, once a process. Called before every request and job (hooks.py)."""
	permitted.execute = refuse


def refuse(filters: dict | None = None) -> None:
	"""Show nothing of it, to nobody. Raises frappe.PermissionError."""
	frappe.throw(
		_("This report would show what is open to somebody else, so it is closed."), frappe.PermissionError
	)
