"""Files what was agreed in a network meeting for each register controller that took part, in a register of its own.

Registers are kept apart by controller (703/2023, 13 §), and of joint work each party records what it needs in its own
(48 §), with source, time and basis (39 §). A filing is made when something is agreed and never changed: when the meeting
is followed up or ends, a further version is added. Who may read which, says access/policy.py.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from early_support.casework.clock import now
from early_support.exceptions import FilingNotByHand
from early_support.workflow_guard.system import is_system_change, system_change

DOCTYPE = "Network Meeting Filing"

# What a filing holds of the meeting: what each party needs to do its part, and not the joint look at the situation, which
# stays in the register of the unit's controller.
PERSON = ("child", "child_name", "family")
AGREED = (
	"meeting_on",
	"place",
	"guardians_present",
	"permission_by",
	"permission_how",
	"permission_on",
	"shared_goal",
	"contact_person",
	"contact_phone",
	"follow_up_on",
	"followed_up_on",
	"follow_up_note",
)
ROWS = {
	"participants": ("role", "participant_name", "controller", "service", "organisation"),
	"actions": ("what", "responsible", "due_on", "state", "done_on", "outcome_note"),
}


def file_for_each_controller(meeting: Document) -> None:
	"""Add a version of the filing of every register controller that took part, or that has a filing already.

	Args:
		meeting: the stored Network Meeting, locked by its own save.
	"""
	for controller in _controllers(meeting):
		_file(meeting, controller)


def refuse_by_hand() -> None:
	"""Refuse whatever is not done by this module, or by the removal of what is due.

	Raises:
		FilingNotByHand: always, save inside `system_change()`.
	"""
	if not is_system_change():
		frappe.throw(_("A filing is made by the app and never changed."), FilingNotByHand)


def _controllers(meeting: Document) -> list[str]:
	named = {row.controller for row in meeting.participants if row.controller}
	# Not filtered by permission: names of controllers only, and nothing of them is shown.
	filed = frappe.get_all(
		DOCTYPE, filters={"network_meeting": meeting.name}, pluck="controller", distinct=True
	)
	return sorted({meeting.controller, *named, *filed})


def _file(meeting: Document, controller: str) -> None:
	filing = frappe.new_doc(DOCTYPE)
	filing.update({field: meeting.get(field) for field in (*PERSON, *AGREED)})
	for table, fields in ROWS.items():
		for row in meeting.get(table):
			filing.append(table, {field: row.get(field) for field in fields})
	filing.update(
		{
			"network_meeting": meeting.name,
			"controller": controller,
			# The unit's staff find theirs by the unit; a filing of somebody else's register stands in no unit.
			"unit": meeting.unit if controller == meeting.controller else None,
			"version_number": 1 + _latest(meeting.name, controller),
			"stage": meeting.workflow_state,
			"source_controller": meeting.controller,
			"filed_on": now(),
			"filed_by": frappe.session.user,
			"basis": _("Joint work: each party records what it needs in its own register (703/2023, 48 §)."),
		}
	)
	# Safe: whoever may record what was agreed causes its filing, though nobody has a right to write one.
	with system_change():
		filing.insert(ignore_permissions=True)


def _latest(meeting: str, controller: str) -> int:
	# Not filtered by permission: a number only. Two at once do not come here: the first holds the lock on the meeting.
	rows = frappe.get_all(
		DOCTYPE,
		filters={"network_meeting": meeting, "controller": controller},
		fields=["version_number"],
		order_by="version_number desc",
		limit=1,
	)
	return rows[0].version_number if rows else 0
