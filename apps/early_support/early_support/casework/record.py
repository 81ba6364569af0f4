"""What the app writes into a case by itself: its state, its days and persons, and whom it concerns."""

import frappe
from frappe import _
from frappe.model.document import Document

from early_support.access import policy
from early_support.access.denormalise import area_of
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.guard import load_workflow
from early_support.workflow_guard.system import is_system_change


def keep_recorded(doc: Document) -> None:
	"""Take nothing for the recorded fields from the request: what is stored stays, a new document begins empty.

	Which fields, says `RECORDED_FIELDS` of the controller. Whatever the app itself records comes after this verb.
	"""
	if is_system_change():
		return
	before = doc.get_doc_before_save()
	for fieldname in doc.RECORDED_FIELDS:
		doc.set(fieldname, before.get(fieldname) if before else None)


def begin(doc: Document) -> None:
	"""Put a new document into the initial state of its workflow, if it names none.

	Frappe does so only after `validate`, and the rules in `validate` ask for the state.
	"""
	if doc.is_new() and not doc.workflow_state:
		workflow = load_workflow(doc.doctype)
		doc.workflow_state = workflow.initial if workflow else None


def entered(doc: Document, *states: str) -> bool:
	"""Whether this save takes the document into one of `states`."""
	before = doc.get_doc_before_save()
	return doc.workflow_state in states and (before is None or before.workflow_state != doc.workflow_state)


def take_person(doc: Document, source: Document) -> None:
	"""Copy whom the document concerns from the record it is about.

	Args:
		doc: a case document with `child`, `child_name`, `family`, `unit` and `controller`.
		source: the Child, or another case document of the same child.
	"""
	child = source if source.doctype == "Child" else frappe.get_doc("Child", source.child)
	doc.child = child.name
	doc.child_name = child.full_name
	doc.family = child.family
	doc.unit = child.unit
	doc.controller = child.controller
	take_area(doc)


def take_area(doc: Document) -> None:
	"""Copy the service area of its unit onto casework of the units: by it the lists of a whole area are read."""
	if doc.doctype in policy.OF_UNITS:
		doc.service_area = area_of(doc.unit)


def open_source(doc: Document, fieldname: str) -> Document:
	"""Return the record that a case document hangs on; a new document needs the right to read it.

	Frappe checks the right to create before the unit of a new document is known. The right to read the child (or the
	concern, or the period) is therefore asked here: nobody opens a case about a child they may not see.

	Raises:
		GuardNotMet: the field is empty.
		frappe.PermissionError: the record is not open to the user.
	"""
	if not doc.get(fieldname):
		frappe.throw(_("Please fill in first: {0}.").format(_(doc.meta.get_label(fieldname))), GuardNotMet)
	source = frappe.get_doc(doc.meta.get_field(fieldname).options, doc.get(fieldname))
	if doc.is_new() and not (doc.flags.ignore_permissions or is_system_change()):
		source.check_permission("read")
	return source
