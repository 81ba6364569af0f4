"""Keeps persons away from a Consultation also by the side doors: comments, mails, files, tasks, tags."""

import frappe
from frappe import _
from frappe.model.document import Document

from early_support.exceptions import PersonInText

CONSULTATION = "Consultation"

# Doctype of the note → the field that says what it hangs on.
NOTES = {
	"Comment": "reference_doctype",
	"Communication": "reference_doctype",
	"File": "attached_to_doctype",
	"Tag Link": "document_type",
	"ToDo": "reference_type",
}


def refuse_notes(doc: Document, method: str | None = None) -> None:
	"""Refuse free text, files and tags beside a Consultation; only Frappe's own note of a move passes.

	They would be shown to everybody who reads the consultation without having been screened, a file not at all.

	Raises:
		PersonInText: always for a note of a person, whatever it says.
	"""
	if doc.get(NOTES[doc.doctype]) != CONSULTATION or _is_note_of_move(doc):
		return
	frappe.throw(
		_(
			"Nothing is commented on or attached to a consultation, so that nobody can be recognised. Write it in the question or the answer."
		),
		PersonInText,
	)


def _is_note_of_move(doc: Document) -> bool:
	if doc.doctype != "Comment" or doc.comment_type != "Workflow":
		return False
	state = frappe.db.get_value(CONSULTATION, doc.reference_name, "workflow_state")
	return doc.content in (state, _(state))
