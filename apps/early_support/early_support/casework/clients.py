"""The clients of the social services, as other casework leads to them."""

import datetime
from collections.abc import Iterable

import frappe
from frappe.model.document import Document

from early_support.casework.people import SPECIAL_SUPPORT, is_own_worker
from early_support.casework.record import take_person
from early_support.casework.social import SOURCES
from early_support.workflow_guard.system import system_change

# How the child, the parents and the worker see it: asked for by the assessment, and by the plan.
VIEWS = ("child_view", "parents_view", "worker_view")


def relationship_on(source: Document) -> str | None:
	"""Return the name of the client relationship that was opened on a Referral or a Support Period, if the user sees it."""
	if source.is_new() or not frappe.has_permission("Client Relationship", "read"):
		return None
	names = frappe.get_list(
		"Client Relationship",
		filters={frappe.scrub(source.doctype): source.name},
		order_by="creation desc",
		limit=1,
		pluck="name",
	)
	return names[0] if names else None


def relationship_after(assessment: Document) -> str | None:
	"""Return the name of the client relationship that was opened on what an assessment began with, if the user sees it."""
	source = way_of(assessment)
	if source and source.doctype == "Client Relationship":
		return source.name if frappe.has_permission(source.doctype, "read", doc=source) else None
	return relationship_on(source) if source else None


def goes_on(assessment: Document) -> bool:
	"""Whether the session's user may open a client relationship after a needs assessment: on the same way as that began."""
	source = way_of(assessment)
	if (
		not source
		or source.doctype == "Client Relationship"
		or not frappe.has_permission(source.doctype, "read", doc=source)
	):
		return False
	_doctype, whose, states = SOURCES[frappe.scrub(source.doctype)]
	return source.get(whose) == frappe.session.user and source.workflow_state in states


def way_of(assessment: Document) -> Document | None:
	"""Return the referral or the support period with which an assessment began; None when it was destroyed in its time."""
	for field, (doctype, *_rest) in SOURCES.items():
		if assessment.get(field) and frappe.db.exists(doctype, assessment.get(field)):
			return frappe.get_doc(doctype, assessment.get(field))
	return None


def stop_preparing(source: Document) -> None:
	"""End the relationships that were being prepared on a Referral or a Support Period from which the family withdrew.

	One that has started goes on: it is an agreement of its own.
	"""
	# Not filtered by permission: the family's word ends them, whoever records it, and nothing of them is shown.
	names = frappe.get_all(
		"Client Relationship",
		filters={frappe.scrub(source.doctype): source.name, "workflow_state": "Draft"},
		pluck="name",
	)
	for name in names:
		relationship = frappe.get_doc("Client Relationship", name)
		relationship.workflow_state = "Withdrawn"
		# Safe for the same reason; nothing else is changed in it.
		with system_change():
			relationship.save(ignore_permissions=True)


def special_support_among(children: Iterable[str], controller: str | None = None) -> set[str]:
	"""Return which children need special support, by the newest assessment of each that the family has not withdrawn from.

	Args:
		children: names of children.
		controller: only what stands in the register of this Register Controller; by default what the session's user may list.
	"""
	filters = {"child": ("in", tuple(children)), "workflow_state": ("!=", "Withdrawn")}
	wanted = {"fields": ["child", "special_support"], "order_by": "pending_since asc, creation asc"}
	if controller:
		# Not filtered by permission: a rule for whoever opens a relationship in that register, and nothing else is shown.
		rows = frappe.get_all("Needs Assessment", filters={**filters, "controller": controller}, **wanted)
	else:
		rows = frappe.get_list("Needs Assessment", filters=filters, **wanted, limit_page_length=0)
	newest = {row.child: row.special_support for row in rows}
	return {child for child, special in newest.items() if special}


def views_of(child: str) -> dict:
	"""Return how each sees it, by the newest assessment of the child that the user may list and the family has not withdrawn
	from: what a plan begins with. Empty when there is none.
	"""
	rows = _assessments(child, list(VIEWS))
	return {field: rows[0][field] for field in VIEWS} if rows else {}


def social_worker_of(child: str) -> str | None:
	"""Return the social worker who made that assessment, if one has."""
	rows = _assessments(child, ["assessor"])
	return rows[0].assessor if rows and is_own_worker(rows[0].assessor, SPECIAL_SUPPORT) else None


def decided_on(child: str, controller: str) -> datetime.date | None:
	"""Return the day of the newest decision after a broad assessment of a child in a register, if it grants a service."""
	# Not filtered by permission: a rule for whoever has the child as a client in that register, who reads its assessments.
	rows = frappe.get_all(
		"Needs Assessment",
		filters={
			"child": child,
			"controller": controller,
			"workflow_state": "Ready",
			"tier": "Broad",
			"decision_on": ("is", "set"),
		},
		fields=["decision_on", "result"],
		order_by="decision_on desc, creation desc",
		limit=1,
	)
	granted = rows and frappe.db.get_value("Assessment Outcome", rows[0].result, "grants_service")
	return rows[0].decision_on if granted else None


def _assessments(child: str, fields: list[str]) -> list[dict]:
	"""Return the newest assessment of the child that the user may list and the family has not withdrawn from, in a list."""
	if not frappe.has_permission("Needs Assessment", "read"):
		return []
	return frappe.get_list(
		"Needs Assessment",
		filters={"child": child, "workflow_state": ("!=", "Withdrawn")},
		fields=fields,
		order_by="pending_since desc, creation desc",
		limit=1,
	)


def take_client_of(doc: Document, source: Document) -> None:
	"""Copy whom a document concerns, and in whose register it stands, from the client relationship or the plan it hangs on.

	Args:
		doc: a case document with `child`, `child_name`, `family`, `unit` and `controller`.
		source: the stored document on which it hangs.
	"""
	take_person(doc, source)
	doc.controller = source.controller
