"""What the story of an export in the browser begins with and leaves behind (tests/browser/test_browser__export.py)."""

import frappe

from early_support.casework import clock
from early_support.export import build

FORM, FIELD = "Concern", "custom_seen_at_home"
CONTROLLER, PROFILE, DESTINATION = "DEMO-KUNTA", "huolet-kotona", "koekunta-sftp"


def begin() -> None:
	"""Add a question to the concern, as a System Manager does in Customize Form, and let last month's have an answer."""
	label = "Näkyykö huoli kotona"
	values = {"fieldtype": "Select", "options": "\nKyllä\nEi\nEi tiedetä", "insert_after": "observation"}
	frappe.get_doc(
		{"doctype": "Custom Field", "dt": FORM, "fieldname": FIELD, "label": label, **values}
	).insert()
	first = frappe.utils.get_first_day(frappe.utils.add_months(clock.today(), -1))
	names = frappe.get_all(
		FORM,
		filters={
			"controller": CONTROLLER,
			"raised_on": ("between", (first, frappe.utils.get_last_day(first))),
		},
		order_by="name",
		pluck="name",
	)
	# Past the form, which most of them are too old for.
	for number, name in enumerate(names):
		frappe.db.set_value(FORM, name, FIELD, ("Kyllä", "Ei")[number % 2])
	frappe.db.commit()


def forget() -> None:
	"""Take away what the story has left."""
	profiles = frappe.get_all("Report Profile", filters={"profile_code": PROFILE}, pluck="name")
	for run in frappe.get_all("Report Run", filters={"profile": ("in", [*profiles, ""])}, pluck="name"):
		build.remove_files(run)
		frappe.db.delete("Report Run", {"name": run})
	for name in profiles:
		frappe.db.delete("Report Profile Column", {"parent": name})
		frappe.db.delete("Report Profile", {"name": name})
	frappe.db.delete("Report Destination", {"name": DESTINATION})
	frappe.db.delete("__Auth", {"doctype": "Report Destination", "name": DESTINATION})
	frappe.db.delete("Custom Field", {"dt": FORM, "fieldname": FIELD})
	frappe.db.delete("Form Change Request", {"form": FORM, "kind": "Changed by hand"})
	frappe.db.commit()
	frappe.db.sql_ddl(f"alter table `tab{FORM}` drop column if exists `{FIELD}`")
	frappe.clear_cache()
