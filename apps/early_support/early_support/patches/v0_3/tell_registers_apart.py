"""Says of each subject access export and each legal hold in whose register it was made, and of referrals that stand on a
section of law until when they are open to their receivers.

An officer acts for a register controller, and not for whatever is about a child. A hold that was placed before kept what
every register holds of the child: it stays one in each of them, which its own officers may lift.
"""

import frappe

from early_support.casework.clock import midnight_after, today
from early_support.casework.deadlines import ready_by
from early_support.naming import opaque_name
from early_support.privacy import rights


def execute() -> None:
	for name, child in unnamed("Subject Access Export", "child"):
		name_register("Subject Access Export", name, frappe.db.get_value("Child", child, "controller"))
	for name, _subject in unnamed("Legal Hold", "subject"):
		tell_hold_apart(name)
	# Plain SQL: a grant is changed by no hand, and this gives an end to what had none.
	frappe.db.sql(
		"""update `tabAccess Grant` set valid_until = %s
		where kind = 'Referral' and valid_until is null and ended_on is null""",
		midnight_after(ready_by(today())),
	)


def unnamed(doctype: str, field: str) -> list[tuple[str, str]]:
	"""Return (name, value of `field`) of the records that name no register controller."""
	# Not filtered by permission: a patch runs as Administrator.
	filters = {"controller": ("is", "not set")}
	return frappe.get_all(doctype, filters=filters, fields=["name", field], as_list=True)


def tell_hold_apart(name: str) -> None:
	"""Give the hold to the register of the child's unit, and a copy of it to each other one that keeps something."""
	hold = frappe.get_doc("Legal Hold", name)
	field = "family" if hold.subject_type == "Family" else "name"
	unit = frappe.db.get_value("Child", {field: hold.subject}, "controller")
	name_register("Legal Hold", name, unit)
	for controller in sorted(rights.registers(hold.subject_type, hold.subject) - {unit}):
		copy = frappe.copy_doc(hold)
		copy.update({"name": opaque_name(), "controller": controller})
		copy.db_insert()


def name_register(doctype: str, name: str, controller: str | None) -> None:
	frappe.db.set_value(doctype, name, "controller", controller, update_modified=False)
