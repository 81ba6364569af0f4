"""Casework of the social services: what it may begin with, whom it is about, and in whose register it stands.

It stands in the register of whoever does the work, apart from that of the day care unit (703/2023, 13 §), and begins with
the person's own way there: a family that was handed over, one that agreed to support, or an own client. The client is always the child
(domain.md §3, 396, 631, 735).
"""

import frappe
from frappe import _
from frappe.model.document import Document

from early_support.access import assignments, policy
from early_support.casework.record import take_person
from early_support.casework.states import AGREED_PERIOD
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.system import is_system_change, may_act_anywhere

# The receiver has taken the family over.
RECEIVED = ("Accepted", "First Contact Confirmed")

# The field with what the work begins with → its doctype, the field with the one whose it is, and the states in which it
# leads on.
SOURCES = {
	"referral": ("Referral", "receiver", RECEIVED),
	"support_period": ("Support Period", "counsellor", AGREED_PERIOD),
	# A need that appears while the service runs (domain.md §3, 522-529).
	"client_relationship": ("Client Relationship", "own_worker", ("Active",)),
}

COUNTY = "Wellbeing Services County"


def take_client(doc: Document) -> None:
	"""Write whom a document of the social services concerns, and in whose register it stands.

	A new document takes the child from the accepted referral or the support period of the session's user: its receiver
	can read the referral, and not the child. A stored one stays about the same child, in the same register.

	Args:
		doc: a case document with `referral`, `support_period`, `child`, `child_name`, `birth_date`, `family`, `unit` and
			`controller`, all but the first two of which are recorded (casework/record.py).

	Raises:
		GuardNotMet, frappe.PermissionError: see `own_source` and `own_controller`.
	"""
	is_new = doc.is_new()
	controller = own_controller(frappe.session.user) if is_new else doc.controller
	# Not a permission matter: what is written of the child is what the source tells of it too, and the birth date, by which
	# an authority knows whom it serves.
	source = own_source(doc) if is_new and not begins_by_contact(doc) else doc
	child = frappe.get_doc("Child", source.child)
	take_person(doc, child)
	doc.birth_date = child.birth_date
	doc.controller = controller


def begins_by_contact(doc: Document) -> bool:
	"""Whether a new document begins with a guardian's own contact, as only the app itself can say (own_contact.py)."""
	return is_system_change() and bool(doc.get("contact_by"))


def own_source(doc: Document) -> Document:
	"""Return what a new document of the social services begins with: a referral to the session's user, or a period.

	Raises:
		GuardNotMet: neither or both are given; it is somebody else's; it is not in a state that leads on.
		frappe.PermissionError: it is not open to the user.
	"""
	given = [field for field in SOURCES if doc.get(field)]
	if len(given) != 1:
		frappe.throw(
			_(
				"This begins with a referral that you have accepted, with a support period or with a client of yours."
			),
			GuardNotMet,
		)
	doctype, whose, states = SOURCES[given[0]]
	source = frappe.get_doc(doctype, doc.get(given[0]))
	if not may_act_anywhere():
		source.check_permission("read")
		if source.get(whose) != frappe.session.user:
			frappe.throw(
				_("The family was not handed over to you. Only the one who works with it can begin this."),
				GuardNotMet,
			)
	if source.workflow_state not in states and not ended_with_client(source, doc.doctype):
		frappe.throw(
			_(
				"The family has to be received first: a referral is accepted, or the parents agree to support."
			),
			GuardNotMet,
		)
	return source


def ended_with_client(source: Document, doctype: str = "Client Relationship") -> bool:
	"""Whether `source` is a support period that ended with the beginning of a client relationship, so that one follows it.

	As long as it is open to its counsellor: until the end of the day on which it ended.
	"""
	return bool(
		doctype == "Client Relationship"
		and source.doctype == "Support Period"
		and source.workflow_state == "Ended"
		and source.client_begins
	)


def own_controller(user: str) -> str:
	"""Return the register controller for whom `user` does social work today; the county before a municipality.

	Raises:
		GuardNotMet: none, or several of the same kind.
	"""
	found = assignments.controllers_of(user, policy.REGISTER_ROLES)
	# Not filtered by permission: which controllers are counties is no secret.
	counties = found and frappe.get_all(
		"Register Controller", filters={"name": ("in", [*found]), "kind": COUNTY}, pluck="name"
	)
	narrowed = counties or [*found]
	if len(narrowed) != 1:
		frappe.throw(
			_(
				"It has to be clear in whose register this is kept. Ask an administrator to check for which register controller you work."
			),
			GuardNotMet,
		)
	return narrowed[0]


def own_work(source: Document, doctype: str) -> str | None:
	"""Return the name of the latest document of `doctype` that began with `source` and is open to the user, or None.

	To everybody else the source looks as if nothing had begun with it.
	"""
	field = next(field for field, (kind, *_rest) in SOURCES.items() if kind == source.doctype)
	if not frappe.has_permission(doctype, "read"):
		return None
	names = frappe.get_list(
		doctype, filters={field: source.name}, order_by="creation desc", limit=1, pluck="name"
	)
	return names[0] if names else None
