"""The clients of the social services, as other casework leads to them."""

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


def take_client_of(doc: Document, source: Document) -> None:
	"""Copy whom a document concerns, and in whose register it stands, from the client relationship or the plan it hangs on.

	Args:
		doc: a case document with `child`, `child_name`, `family`, `unit` and `controller`.
		source: the stored document on which it hangs.
	"""
	take_person(doc, source)
	doc.controller = source.controller
