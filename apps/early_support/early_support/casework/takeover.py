"""A client, or an assessment, whose worker has left is taken over by a social worker of the same register controller.

Whoever leaves hands over first. But somebody falls ill, or is gone from one day to the next: then nobody may open the
case, since a grant opens nothing to whoever no longer works there. A client has an own worker all the time (domain.md §3,
611-614), and the statutory days of an assessment run on (553-561); so a colleague may step in, and a social worker may
work at every tier.

What is told before somebody steps in names no child: which colleague has left, at which stage, and since when.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document

from early_support.access import assignments, policy
from early_support.casework.people import works_for
from early_support.casework.states import FINAL
from early_support.casework.titles import full_names
from early_support.exceptions import GuardNotMet
from early_support.privacy import log, reads
from early_support.workflow_guard.system import system_change

REASON_LENGTH = 20


class Kind(NamedTuple):
	"""What is taken over: SQL of who has the work, of who shares it, and of the day since when there is it."""

	worker: str
	other: str
	since: str


KINDS = {
	# Of a relationship that is being prepared, whoever opened it has the work.
	"Client Relationship": Kind(
		"if(workflow_state = 'Draft', opened_by, own_worker)",
		"null",
		"coalesce(started_on, date(creation))",
	),
	# Whoever was asked to join takes an assessment over without further ado.
	"Needs Assessment": Kind("assessor", "colleague", "coalesce(pending_since, date(creation))"),
}

COLUMNS = "'{doctype}' as doctype, name, controller, workflow_state, {worker}, {other}, {since}"


@frappe.whitelist()
def left_alone() -> list[dict]:
	"""Return what the session's user may take over: [{doctype, name, worker, state, since}].

	`worker` is the name of the colleague who has left, `since` the day from which there is the relationship, or from which
	the need is known. Nothing for whoever is no social worker today.
	"""
	rows = _left_alone(frappe.session.user)
	# Names of records that are not shown: whoever takes one over is logged then.
	log.record(reads.FORM, (), whole=True)
	names = full_names({row.worker for row in rows})
	return [
		{
			"doctype": row.doctype,
			"name": row.name,
			"worker": names.get(row.worker, row.worker),
			"state": _(row.workflow_state),
			"since": str(row.since),
		}
		for row in rows
	]


def is_somebody_alone() -> bool:
	"""Whether there is something that the session's user may take over."""
	registers = _registers(frappe.session.user)
	works = cache(works_for)
	# Asked with every opening of the first page: of the colleagues, who are few, and not of each document.
	return any(
		_is_alone(row, works)
		for doctype in KINDS
		for row in _rows(doctype, registers, columns="distinct controller, {worker}, {other}")
	)


@frappe.whitelist(methods=["POST"])
def take_over(doctype: str, name: str, reason: str) -> str:
	"""Make the session's user the worker of something whose worker has left, and return its name.

	Args:
		doctype: one of KINDS.
		name: one of those that `left_alone` names.
		reason: at least REASON_LENGTH characters, kept with the grant for the privacy officer.

	Raises:
		frappe.PermissionError: there is no such document in the user's register, it has ended, or its worker works there
			still; which of these is not told.
		GuardNotMet: the reason is too short.
	"""
	user = frappe.session.user
	# The lock lets only one of two colleagues through, and the other sees whose it is by then.
	row = _rows(str(doctype), _registers(user), "and name = %(name)s for update", name=str(name))
	if not row or not _is_alone(row[0]):
		frappe.throw(_("Only that is taken over whose worker no longer works there."), frappe.PermissionError)
	reason = " ".join(str(reason).split())
	if len(reason) < REASON_LENGTH:
		frappe.throw(_("Please write in a sentence why you take this over."), GuardNotMet)
	_pass_on(frappe.get_doc(doctype, row[0].name), user, reason)
	return row[0].name


def _pass_on(doc: Document, user: str, reason: str) -> None:
	if doc.doctype == "Needs Assessment":
		doc.assessor, doc.colleague = user, None
	else:
		doc.own_worker = user
		if doc.workflow_state == "Draft":
			doc.opened_by = user
	doc.flags.grant_reason = reason
	# Safe: who may do it, and to which document, has just been asked; nothing else is changed in it.
	with system_change():
		doc.save(ignore_permissions=True)


def _left_alone(user: str) -> list[dict]:
	registers = _registers(user)
	# Each colleague is asked about once.
	works = cache(works_for)
	rows = (row for doctype in KINDS for row in _rows(doctype, registers, "order by since asc"))
	return [row for row in rows if _is_alone(row, works)]


def _is_alone(row: dict, works: Callable[[str, str], bool] = works_for) -> bool:
	"""Whether neither who has the work nor who shares it works for the register today."""
	return not any(works(worker, row.controller) for worker in (row.worker, row.other) if worker)


def _registers(user: str) -> frozenset[str]:
	"""Return the register controllers for whom `user` is a social worker today."""
	return assignments.controllers_of(user, policy.SOCIAL_WORKER_ROLES)


def _rows(
	doctype: str, registers: frozenset[str], condition: str = "", columns: str = COLUMNS, **values
) -> list[dict]:
	"""Return open documents of some registers, with who has the work. `condition` and `columns`: constant SQL."""
	kind = KINDS.get(doctype)
	if not registers or not kind:
		return []
	shown = columns.format(
		doctype=doctype,
		worker=f"{kind.worker} as worker",
		other=f"{kind.other} as other",
		since=f"{kind.since} as since",
	)
	# Not filtered by permission: nobody may open what is looked for here. Only names of colleagues are told of it.
	return frappe.db.sql(
		f"""select {shown}
		from `tab{doctype}`
		where controller in %(registers)s and workflow_state not in %(over)s {condition}""",
		{"registers": tuple(registers), "over": FINAL[doctype], **values},
		as_dict=True,
	)
