"""Says of each destination whose it is, and of the runs on their way where they go.

A destination that several register controllers have used, or might have, is a draft until somebody enters whose it is.
"""

import frappe

from early_support.export import delivery, rights
from early_support.workflow_guard.system import system_change


def execute() -> None:
	# Neither filtered nor asked for rights, here and below: a patch runs as Administrator.
	for name in frappe.get_all("Report Destination", filters={"controller": ("is", "not set")}, pluck="name"):
		owners = _users_of(name) or set(rights.reporting_controllers())
		values = {"controller": owners.pop()} if len(owners) == 1 else {"status": "Draft"}
		frappe.db.set_value("Report Destination", name, values)
	under_way = {
		"workflow_state": ("in", ("Built", "Validated", "Approved")),
		"goes_to_seal": ("is", "not set"),
	}
	for name in frappe.get_all("Report Run", filters=under_way, pluck="name"):
		run = frappe.get_doc("Report Run", name)
		if delivery.destination_of(run):
			with system_change():
				run.update(delivery.place_of(run))
				run.save(ignore_permissions=True)


def _users_of(destination: str) -> set[str]:
	"""Return the register controllers whose profiles, or runs, name a destination."""
	profiles = frappe.get_all(
		"Report Profile", filters={"destination": destination}, fields=["name", "controller"]
	)
	names = [profile.name for profile in profiles]
	runs = frappe.get_all("Report Run", filters={"profile": ("in", [*names, ""])}, pluck="controller")
	return {profile.controller for profile in profiles if profile.controller} | set(runs)
