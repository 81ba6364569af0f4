"""Who sees report profiles, code maps and runs, who builds, who decides, and who gets the files.

A run is of one register controller: whoever reports, watches over data or leads there today sees it. The files of a run of
figures are for all of these, because small figures are hidden in them. The files of a run of rows are pseudonymised, and
personal data all the same (GDPR, recital 26): the reporting officers get them, who have to deliver them, and the privacy
officers, who decide on them.
"""

import frappe
from frappe import _

from early_support.access import assignments
from early_support.export.manifest import AGGREGATE
from early_support.workflow_guard import guard
from early_support.workflow_guard.system import is_system_change

NOTHING, EVERYTHING = "(1=0)", "(1=1)"
READING = (None, "read", "select", "report")

REPORTING = ("Reporting Officer",)
LEADING = ("Management Group",)
WATCHING = ("Privacy Officer",)
# Who enters where the files go.
CONFIGURING = (*REPORTING, "Form Administrator")
READERS = (*REPORTING, *LEADING, *WATCHING)


def controllers(user: str | None = None, roles: tuple[str, ...] = READERS) -> frozenset[str]:
	"""Return the register controllers for whom `user` (by default the session's) works today in one of `roles`."""
	user = user or frappe.session.user
	if user == "Administrator":
		# Not filtered by permission: Administrator works for all of them.
		return frozenset(frappe.get_all("Register Controller", pluck="name"))
	return assignments.controllers_of(user, roles)


def reporting_controllers() -> list[str]:
	"""Return the register controllers for whom somebody reports today."""
	users = assignments.holders(REPORTING)
	return sorted(set().union(*(assignments.controllers_of(user, REPORTING) for user in users)))


def refuse_foreign() -> None:
	"""Say that a register controller is not the user's to report for. Raises frappe.PermissionError."""
	frappe.throw(
		_(
			"You report for another register controller. Ask somebody who reports for this one, or whoever keeps the staff assignments."
		),
		frappe.PermissionError,
	)


def check_configures(*of: str | None) -> None:
	"""Refuse whoever would enter something of a register controller for whom he or she neither reports nor keeps the forms.

	`of`: whose it is, and was. None: everybody's who reports here, so it is for those who work for all of them.

	Raises:
		frappe.PermissionError: says whose it is.
	"""
	own = controllers(roles=CONFIGURING)
	if {name for name in of if name} - own:
		refuse_foreign()
	if not all(of) and set(reporting_controllers()) - own:
		frappe.throw(
			_(
				"Without a register controller it is everybody's who reports here. Enter your own, under a code of its own."
			),
			frappe.PermissionError,
		)


def run_rows(user: str | None) -> str:
	"""Return the SQL condition for the Report Runs that the user may list."""
	user = user or frappe.session.user
	if user == "Administrator":
		return EVERYTHING
	own = ", ".join(frappe.db.escape(name) for name in sorted(controllers(user)))
	return f"(`tabReport Run`.controller in ({own}))" if own else NOTHING


def has_permission(doc, ptype: str | None = "read", user: str | None = None) -> bool:
	"""Tell whether `user` may do `ptype` with a run (Frappe has checked the role).

	A stored one is judged as it is in the database, whatever a client sends along.
	"""
	user = user or frappe.session.user
	if user == "Administrator" or is_system_change():
		return True
	if ptype not in (*READING, "write", "create"):
		return False
	name = doc.get("name")
	controller = frappe.db.get_value("Report Run", name, "controller") if name else None
	if controller is None:
		asked = doc.get("controller")
		own = controllers(user, REPORTING if ptype == "create" else READERS)
		return asked in own if asked else bool(own)
	if controller not in controllers(user):
		return False
	return ptype != "write" or guard.is_writable(doc, user)


def may_fetch(run, user: str | None = None) -> bool:
	"""Tell whether `user` may have the files of a run."""
	roles = READERS if run.level == AGGREGATE else (*REPORTING, *WATCHING)
	return run.controller in controllers(user, roles)


def approving(run) -> tuple[str, ...]:
	"""Return the roles that decide on a run: of rows privacy officers, of figures whom the profile names, or any of the readers."""
	if run.level != AGGREGATE:
		return WATCHING
	named = frappe.get_cached_value("Report Profile", run.profile, "approver")
	return (named,) if named else READERS


def may_approve(run, user: str | None = None) -> bool:
	"""Tell whether `user` is somebody who decides on a run (`approving`), for its register controller."""
	return run.controller in controllers(user, approving(run))
