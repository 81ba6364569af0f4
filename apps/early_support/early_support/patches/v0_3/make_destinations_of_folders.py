"""Makes a destination of each export folder that a report profile names, under the folder's name: so the profiles stay as they are."""

import frappe

from early_support.workflow_guard.system import system_change


def execute() -> None:
	# Neither filtered nor asked for rights, here and below: a patch runs as Administrator.
	names = frappe.get_all("Report Profile", filters={"destination": ("is", "set")}, pluck="destination")
	for name in dict.fromkeys(names):
		if frappe.db.exists("Report Destination", name):
			continue
		values = {"code": name, "title": name, "kind": "Folder", "folder": name, "status": "In Use"}
		with system_change():
			# Whose it is, is found out by the patch after this one.
			frappe.get_doc({"doctype": "Report Destination", **values}).insert(
				ignore_permissions=True, ignore_mandatory=True
			)
