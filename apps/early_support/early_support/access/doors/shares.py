"""Looks once a day that no case document was shared, and takes back what was."""

import frappe
from frappe import _

from early_support.access.doors.tables import CASEWORK

TOLD = "Privacy Officer"


def check_daily() -> None:
	"""Remove every share of casework, stop sharing and older links again if they were allowed, and tell the Privacy Officers.

	Nothing makes such shares while the app is installed (doors/carriers.py); a restore or another app may.
	"""
	# Runs as the scheduler does, as Administrator: no user sees what is read here.
	shares = frappe.get_all("DocShare", filters={"share_doctype": ("in", CASEWORK)}, pluck="name")
	for name in shares:
		frappe.delete_doc("DocShare", name, force=True)
	allowed = not frappe.db.get_single_value("System Settings", "disable_document_sharing")
	if allowed:
		frappe.db.set_single_value("System Settings", "disable_document_sharing", 1)
	# With it a printout opens without a login, by a key that is made of the day on which its document was made.
	if frappe.db.get_single_value("System Settings", "allow_older_web_view_links"):
		frappe.db.set_single_value("System Settings", "allow_older_web_view_links", 0)
		allowed = True
	if shares or allowed:
		tell_privacy_officers(len(shares))


def tell_privacy_officers(number: int) -> None:
	"""Leave every Privacy Officer a notification without content.

	number: how many shares were removed.
	"""
	officers = frappe.get_all(
		"Has Role", filters={"role": TOLD, "parenttype": "User"}, pluck="parent", distinct=True
	)
	for user in frappe.get_all("User", filters={"name": ("in", officers), "enabled": 1}, pluck="name"):
		log = frappe.get_doc(
			{
				"doctype": "Notification Log",
				"type": "Alert",
				"for_user": user,
				"subject": _("Sharing of documents was allowed; {0} shares of casework were removed.").format(
					number
				),
			}
		)
		# Nobody has the right to write notifications; this one is the app's own.
		log.insert(ignore_permissions=True)
