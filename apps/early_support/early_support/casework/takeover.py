"""A client whose own worker has left is taken over by a social worker of the same register controller.

Whoever leaves hands the clients over first. But somebody falls ill, or is gone from one day to the next: then nobody may
open the case, since a grant opens nothing to whoever no longer works there. A client has an own worker all the time
(domain.md §3, 611-614), so a colleague may step in, and a social worker may be the own worker at every tier.

What is told before somebody steps in names no child: which colleague has left, and since when there is the relationship.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from early_support.access import assignments, policy
from early_support.casework.people import works_for
from early_support.casework.states import OPEN_RELATIONSHIP
from early_support.casework.titles import full_names
from early_support.exceptions import GuardNotMet
from early_support.privacy import log, reads
from early_support.workflow_guard.system import system_change

DOCTYPE = "Client Relationship"
REASON_LENGTH = 20
# Of a relationship that is being prepared, whoever opened it has the work.
WORKER = "if(workflow_state = 'Draft', opened_by, own_worker)"


@frappe.whitelist()
def left_alone() -> list[dict]:
	"""Return the client relationships that the session's user may take over: [{name, worker, state, since}].

	`worker` is the name of the colleague who has left, `since` the day from which there is the relationship. Nothing for
	whoever is no social worker today.
	"""
	rows = _left_alone(frappe.session.user)
	# Names of records that are not shown: whoever takes one over is logged then.
	log.record(reads.FORM, (), whole=True)
	names = full_names({row.worker for row in rows})
	return [
		{
			"name": row.name,
			"worker": names.get(row.worker, row.worker),
			"state": _(row.workflow_state),
			"since": str(row.since),
		}
		for row in rows
	]


def is_somebody_alone() -> bool:
	"""Whether there is a client whom the session's user may take over."""
	return bool(_left_alone(frappe.session.user))


@frappe.whitelist(methods=["POST"])
def take_over(relationship: str, reason: str) -> str:
	"""Make the session's user the own worker of a client whose own worker has left, and return the relationship's name.

	Args:
		relationship: one of those that `left_alone` names.
		reason: at least REASON_LENGTH characters, kept with the grant for the privacy officer.

	Raises:
		frappe.PermissionError: there is no such relationship in the user's register, it has ended, or its own worker works
			there still; which of these is not told.
		GuardNotMet: the reason is too short.
	"""
	user = frappe.session.user
	# The lock lets only one of two colleagues through, and the other sees whose the client is by then.
	row = _rows(_registers(user), "and name = %(name)s for update", name=str(relationship))
	if not row or works_for(row[0].worker, row[0].controller):
		frappe.throw(
			_("Only a client whose own worker no longer works there is taken over."), frappe.PermissionError
		)
	reason = " ".join(str(reason).split())
	if len(reason) < REASON_LENGTH:
		frappe.throw(_("Please write in a sentence why you take the client over."), GuardNotMet)
	_pass_on(frappe.get_doc(DOCTYPE, row[0].name), user, reason)
	return row[0].name


def _pass_on(doc: Document, user: str, reason: str) -> None:
	doc.own_worker = user
	if doc.workflow_state == "Draft":
		doc.opened_by = user
	doc.flags.grant_reason = reason
	# Safe: who may do it, and to which relationship, has just been asked; nothing else is changed in it.
	with system_change():
		doc.save(ignore_permissions=True)


def _left_alone(user: str) -> list[dict]:
	rows = _rows(_registers(user), "order by since asc")
	# Each colleague is asked about once.
	gone = {pair: not works_for(*pair) for pair in {(row.worker, row.controller) for row in rows}}
	return [row for row in rows if gone[row.worker, row.controller]]


def _registers(user: str) -> frozenset[str]:
	"""Return the register controllers for whom `user` is a social worker today."""
	return assignments.controllers_of(user, policy.SOCIAL_WORKER_ROLES)


def _rows(registers: frozenset[str], condition: str, **values) -> list[dict]:
	"""Return open relationships of some registers, with who has the work. `condition`: constant SQL."""
	if not registers:
		return []
	# Not filtered by permission: nobody may open what is looked for here. Only names of colleagues are told of it.
	return frappe.db.sql(
		f"""select name, controller, workflow_state, {WORKER} as worker, coalesce(started_on, date(creation)) as since
		from `tabClient Relationship`
		where controller in %(registers)s and workflow_state in %(states)s {condition}""",
		{"registers": tuple(registers), "states": OPEN_RELATIONSHIP, **values},
		as_dict=True,
	)
