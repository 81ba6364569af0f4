"""Removes the demo: every record of the ledger, what Frappe keeps beside it, and nothing else."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import frappe
from frappe.model.delete_doc import delete_dynamic_links
from frappe.utils.password import delete_all_passwords_for

from early_support import compat
from early_support.access import policy
from early_support.demo import ledger
from early_support.export.build import remove_files
from early_support.workflow_guard.system import system_change

Record = tuple[str, str]
Progress = Callable[[float, str], None]

# Cases first, then whom and what they are about, the people who work here last.
ORDER = (
	"Report Run",
	"Report Profile",
	"Report Destination",
	"Code Map",
	"Needs Assessment",
	"Plan Review",
	"Support Plan",
	"Client Relationship",
	"Visit",
	"Support Period",
	"Referral",
	"Cooperation Consent",
	"Network Meeting",
	"Concern",
	"Child Plan",
	"Consultation",
	"Child",
	"Family",
	"Unit Event",
	"Guidance Count",
	"Staff Assignment",
	"Day Care Unit",
	"Service Area",
	"Register Controller",
	"User",
)
# What people may have added on top of the demo, and `added=True` may remove. Whatever else leads to the demo, as an own
# unit with a liaison of the demo, has to be changed by hand.
REMOVABLE = (
	*policy.PROTECTED_DOCTYPES,
	"Unit Event",
	"Guidance Count",
	"Staff Assignment",
	"Report Run",
	"Report Profile",
	"Report Destination",
	"Code Map",
)
# What the work itself has made. It is in no ledger, and goes with the family (or the person) named.
MADE_BY_WORK = ("Access Grant", "Network Meeting Filing")
# History of a register controller, which nobody takes out of the Settings: it goes with the controller.
POLICIES = "Record Policy"
# What its Privacy Officers did with a child by its code goes with the register in which they did it.
OF_A_REGISTER = ("Legal Hold", "Subject Access Export")
# What the app notes of whom it has reminded of what: it goes with either.
REMINDERS = "Case Reminder"
# Who did what in records that are about no family and outlive the demo, as a decision about a form: nobody, once it is gone.
SIGNED = (
	("Form Change Request", "proposed_by"),
	("Form Change Request", "decided_by"),
	("Form Change Request", "published_by"),
	("Form Change Request", "rolled_back_by"),
	("Form Pack", "imported_by"),
	("Form Pack", "rolled_back_by"),
	("Purge Run", "started_by"),
	("Report Destination", "changed_by"),
	("Report Destination", "confirmed_by"),
	("Report Profile", "published_by"),
	("Shipped Default", "decided_by"),
)
# What Frappe and the app note of a user at work.
TRACES_OF_USER = (
	("Access Log", "user"),
	("Activity Log", "user"),
	(REMINDERS, "user"),
	("DocShare", "user"),
	("List Filter", "for_user"),
	("Notification Log", "for_user"),
	("Notification Log", "from_user"),
	("Route History", "user"),
	("ToDo", "allocated_to"),
	("User Permission", "user"),
	("View Log", "viewed_by"),
)
COMMIT_EVERY = 50


class AddedByPeople(frappe.ValidationError):
	"""People have added records to the demo; removing it would take what these hang on."""


def remove(*, added: bool = False, progress: Progress = lambda share, what: None) -> int:
	"""Remove the demo municipality. Does nothing where there is none; an interrupted removal is completed.

	Args:
		added: remove also cases, children, families and assignments that people have added to it.
		progress: told how much is done (0 to 1) and what is being done.

	Returns the number of records removed.

	Raises:
		AddedByPeople: the demo holds records of people (and `added` is not given). Nothing was removed then.
	"""
	frappe.set_user("Administrator")
	entries = {(row.reference_doctype, row.reference_name): row.name for row in ledger.entries()}
	records = set(entries)
	extra = added_records(records)
	if extra and not (added and all(doctype in REMOVABLE for doctype, _name in extra)):
		_refuse(extra)
	doomed = sorted(
		records | extra, key=lambda record: (ORDER.index(record[0]), _is_manager(record), record[1])
	)
	with unnoticed():
		for number, (doctype, name) in enumerate(doomed):
			progress(number / len(doomed), doctype)
			remove_record(doctype, name)
			if key := entries.get((doctype, name)):
				ledger.forget(key)
			if number % COMMIT_EVERY == 0:
				frappe.db.commit()
	ledger.forget(ledger.PLAN)
	frappe.db.commit()
	frappe.clear_cache()
	return len(doomed)


def added_records(records: set[Record]) -> set[Record]:
	"""Return the records of this app, outside the ledger, that lead to a record of the demo, however far away.

	A family has no link of its own before it has a child: it is the demo's if a demo user has made it.
	"""
	users = {name for doctype, name in records if doctype == "User"}
	found = {record for record in _owned_families(users) if record not in records}
	fresh = records | found
	while fresh:
		fresh = set(_linking_to(fresh)) - records - found
		found |= fresh
	return found


def remove_record(doctype: str, name: str) -> None:
	"""Delete one record with its versions, comments, tasks, notifications, files and passwords."""
	if not frappe.db.exists(doctype, name):
		return
	if doctype == "User":
		_delete_made("Access Grant", "user", name)
		remove_user(name)
		return
	if doctype == "Register Controller":
		frappe.db.delete(POLICIES, {"controller": name})
		for made in OF_A_REGISTER:
			_delete_made(made, "controller", name)
	if doctype == "Family":
		for made in MADE_BY_WORK:
			_delete_made(made, "family", name)
		for row in frappe.get_all("Family Guardian", filters={"parent": name}, pluck="name"):
			delete_all_passwords_for("Family Guardian", row)
	_delete(doctype, name)
	if doctype == "Report Run":
		remove_files(name)


def remove_user(name: str) -> None:
	"""Delete a user with what Frappe has noted of the person's work."""
	for contact in frappe.get_all("Contact", filters={"user": name}, pluck="name"):
		_delete("Contact", contact)
	_delete("Notification Settings", name)
	for doctype, field in TRACES_OF_USER:
		frappe.db.delete(doctype, {field: name})
	for doctype, field in SIGNED:
		frappe.db.set_value(doctype, {field: name}, field, None, update_modified=False)
	frappe.db.delete("__UserSettings", {"user": name})
	# Frappe of the trial bench refuses to let anybody go while Administrator is the only System Manager.
	_delete("User", name, ignore_on_trash=_is_manager(("User", name)))
	compat.forget_changes_of_rights(name)
	frappe.db.delete("Sessions", {"user": name})
	frappe.db.delete("DefaultValue", {"parent": name})


@contextmanager
def unnoticed() -> Iterator[None]:
	"""Let casework be deleted, which the guard refuses otherwise, and leave no note of each deletion in the timeline.

	Only for records which nobody real is in.
	"""
	before = frappe.flags.in_import
	frappe.flags.in_import = True
	try:
		with system_change():
			yield
	finally:
		frappe.flags.in_import = before


def _is_manager(record: Record) -> bool:
	doctype, name = record
	return doctype == "User" and bool(
		frappe.db.exists("Has Role", {"parent": name, "role": "System Manager"})
	)


def _delete(doctype: str, name: str, **options) -> None:
	# Frappe deletes the actions of a workflow with their document, but not the rows of these.
	actions = frappe.get_all(
		"Workflow Action", filters={"reference_doctype": doctype, "reference_name": name}, pluck="name"
	)
	if actions:
		frappe.db.delete("Workflow Action Permitted Role", {"parent": ("in", actions)})
	frappe.db.delete(REMINDERS, {"reference_doctype": doctype, "reference_name": name})
	# Without asking for links: the order and `added_records` have seen to them. Permanently: "Deleted Document" would
	# keep the whole record.
	frappe.delete_doc(doctype, name, force=True, delete_permanently=True, ignore_missing=True, **options)
	# Frappe leaves this to a job, which may never come in a trial bench that is being stopped.
	delete_dynamic_links(doctype, name)


def _delete_made(doctype: str, field: str, name: str) -> None:
	for made in frappe.get_all(doctype, filters={field: name}, pluck="name"):
		_delete(doctype, made)


def _owned_families(users: set[str]) -> Iterable[Record]:
	if not users:
		return []
	return [
		("Family", name) for name in frappe.get_all("Family", filters={"owner": ("in", users)}, pluck="name")
	]


def _linking_to(records: set[Record]) -> Iterator[Record]:
	"""Give the records of this app that hold a link to one of `records`, those of child tables by their parents."""
	names: dict[str, list[str]] = {}
	for doctype, name in records:
		names.setdefault(doctype, []).append(name)
	for doctype, is_table, field, target in _links():
		if target not in names:
			continue
		columns = ["parenttype as doctype", "parent as name"] if is_table else ["name"]
		for row in frappe.get_all(doctype, filters={field: ("in", names[target])}, fields=columns, limit=0):
			if row.get("doctype") not in MADE_BY_WORK:
				yield row.get("doctype") or doctype, row.name


def _links() -> Iterator[tuple[str, bool, str, str]]:
	"""Give the link fields of this app's doctypes: doctype, whether it is a child table, field, target."""
	# Lists and settings link to no record of the demo, the ledger does not link, MADE_BY_WORK goes with the family, POLICIES
	# and OF_A_REGISTER with the controller, and what somebody was reminded of is no record of people. Whoever SIGNED something is taken out of it.
	doctypes = frappe.get_all(
		"DocType",
		filters={
			"module": "Early Support",
			"issingle": 0,
			"name": ("not in", (*MADE_BY_WORK, *OF_A_REGISTER, POLICIES, REMINDERS)),
		},
		fields=["name", "istable"],
	)
	for doctype in doctypes:
		for field in frappe.get_meta(doctype.name).get_link_fields():
			if (doctype.name, field.fieldname) in SIGNED:
				continue
			yield doctype.name, bool(doctype.istable), field.fieldname, field.options


def _refuse(extra: set[Record]) -> None:
	# Read on the command line, where everything is in English.
	numbers = Counter(doctype for doctype, _name in extra)
	kinds = ", ".join(f"{number} × {doctype}" for doctype, number in sorted(numbers.items()))
	by_hand = [f"{doctype} {name}" for doctype, name in sorted(extra) if doctype not in REMOVABLE]
	if by_hand:
		frappe.throw(
			f"Nothing was removed. These lead to the demo, please change them first: {', '.join(by_hand)}.",
			AddedByPeople,
		)
	frappe.throw(
		f"Nothing was removed, because people have added to the demo: {kinds}. To remove these too, use the option --added.",
		AddedByPeople,
	)
