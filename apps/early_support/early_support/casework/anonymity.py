"""Keeps persons away from a Consultation also by the side doors: comments, mails, files, tasks, tags, added fields.

The notes on a Referral are kept away from its receiver in the same way, and persons from the calendar of a unit and from
the figures of guidance.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from early_support.access import policy
from early_support.access.doors.tables import NOTES
from early_support.exceptions import GuardNotMet, PersonInText

CONSULTATION, REFERRAL = "Consultation", "Referral"
UNIT_EVENT = "Unit Event"
GUIDANCE_COUNT = "Guidance Count"

ROWS = "Concern Topic Item"
# What cannot be screened: files, pictures, places, secrets, rows of another form; and what holds a phone number only.
UNSCREENED = frozenset(
	{
		"Attach",
		"Attach Image",
		"Dynamic Link",
		"Geolocation",
		"Password",
		"Phone",
		"Signature",
		"Table",
		"Table MultiSelect",
	}
)
# A guardian may be a User too.
PEOPLE = frozenset({*policy.PROTECTED_DOCTYPES, *policy.PROTECTED_TABLES, "Address", "Contact", "User"}) - {
	CONSULTATION,
	ROWS,
}


def refuse_notes(doc: Document, method: str | None = None) -> None:
	"""Refuse what people hang on a Consultation, a Referral, a Unit Event or a Guidance Count.

	Only Frappe's own note of a move passes.
	They would be shown to everybody who reads the consultation without having been screened, a file not at all. On a
	referral its receiver would read them, whatever the guardians have consented to.

	Raises:
		GuardNotMet: always for a note of a person on a Referral, whatever it says.
		PersonInText: the same on one of the others.
	"""
	doctype = doc.get(NOTES[doc.doctype][0])
	if doctype not in (CONSULTATION, REFERRAL, UNIT_EVENT, GUIDANCE_COUNT) or _is_note_of_move(doc):
		return
	if doctype == REFERRAL:
		frappe.throw(
			_(
				"Nothing is commented on or attached to a referral, because its receiver would read it. Write in the form what is to be told."
			),
			GuardNotMet,
		)
	if doctype == UNIT_EVENT:
		frappe.throw(
			_(
				"Nothing is commented on or attached to the calendar of a unit, which names nobody. Write in the form what is to be remembered."
			),
			PersonInText,
		)
	if doctype == GUIDANCE_COUNT:
		frappe.throw(_("Nothing is commented on or attached to figures, which name nobody."), PersonInText)
	frappe.throw(
		_(
			"Nothing is commented on or attached to a consultation, so that nobody can be recognised. Write it in the question or the answer."
		),
		PersonInText,
	)


def _is_note_of_move(doc: Document) -> bool:
	if doc.doctype != "Comment" or doc.comment_type != "Workflow":
		return False
	state = frappe.db.get_value(doc.reference_doctype, doc.reference_name, "workflow_state")
	return doc.content in (state, _(state))


def refuse_person_fields(doc: Document, method: str | None = None) -> None:
	"""Refuse a Custom Field that would let a Consultation, or a Guidance Count, hold a person or what cannot be screened.

	Raises:
		PersonInText: for the types UNSCREENED and links to PEOPLE.
	"""
	if doc.dt in (CONSULTATION, GUIDANCE_COUNT, ROWS) and _may_hold_person(doc):
		frappe.throw(
			_(
				"This form names nobody. This type of field could show or lead to a person: please choose text, a number, a day or a list."
			),
			PersonInText,
		)


def refuse_person_values(doc: Document) -> None:
	"""Refuse a document with a value in such a field, however the field came to be (Customize Form asks no one).

	Raises:
		PersonInText: names the field by its label.
	"""
	for part in (doc, *doc.get_all_children()):
		recorded = getattr(type(part), "RECORDED_FIELDS", ())
		for df in part.meta.fields:
			if df.fieldname not in recorded and part.get(df.fieldname) and _may_hold_person(df):
				frappe.throw(
					_("This form names nobody, so “{0}” stays empty.").format(_(df.label or df.fieldname)),
					PersonInText,
				)


def _may_hold_person(df: Document) -> bool:
	if df.fieldtype == "Link":
		return df.options in PEOPLE
	return df.fieldtype in UNSCREENED and df.options != ROWS
