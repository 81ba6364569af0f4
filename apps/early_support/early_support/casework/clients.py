"""The clients of the social services, as other casework leads to them."""

from collections.abc import Iterable

import frappe
from frappe.model.document import Document

from early_support.casework.record import take_person


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


def take_client_of(doc: Document, source: Document) -> None:
	"""Copy whom a document concerns, and in whose register it stands, from the client relationship or the plan it hangs on.

	Args:
		doc: a case document with `child`, `child_name`, `family`, `unit` and `controller`.
		source: the stored document on which it hangs.
	"""
	take_person(doc, source)
	doc.controller = source.controller
