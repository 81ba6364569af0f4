"""What the button "Print for the guardians" calls.

Who may read the document and its family in the course of the work may print it; nothing else is asked of the role, and
nobody may who has only opened it in an emergency. The read log has each print (privacy/reads.py).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.www.printview import get_rendered_template

from early_support.casework import clock
from early_support.exceptions import PrintRefused
from early_support.prints.guardian_print import FORMS, GuardianPrint, family_of
from early_support.prints.pdf import make_pdf
from early_support.prints.reader import LANGUAGES, language_of, reader_of


@frappe.whitelist(methods=["GET"])
def guardians(doctype: str, name: str) -> list[dict]:
	"""Return the guardians for whom a document can be printed: row, name, language, what is to be known about the print.

	Raises:
		frappe.PermissionError: the user may not read the document and its family.
		PrintRefused: it is not ready, or this form is not printed.
	"""
	_doc, family = _open(doctype, name)
	return [
		{
			"guardian": row.name,
			"full_name": row.full_name,
			"language": language_of(row),
			"speaks_another": (row.language or "").split("-")[0] not in ("", *LANGUAGES),
			"needs_interpreter": bool(row.interpreter_needed),
			"withholds": reader_of(family, row.name).withholds,
		}
		for row in family.guardians
	]


@frappe.whitelist(methods=["GET"])
def download(doctype: str, name: str, guardian: str, language: str | None = None) -> None:
	"""Answer with the PDF of a document for one of the family's guardians.

	Args:
		guardian: the guardian's row in the family.
		language: fi, sv or en; the guardian's own without it.

	Raises:
		frappe.PermissionError: the user may not read the document and its family.
		PrintRefused: it is not ready, this form is not printed, the family has no such guardian, or the language is none
			of these.
	"""
	doc, family = _open(doctype, name)
	if not guardian:
		frappe.throw(_("Please choose for which guardian it is printed."), PrintRefused)
	reader = reader_of(family, guardian, language)
	doc.flags.reader = reader
	page = GuardianPrint(doc).page
	body = get_rendered_template(
		doc, print_format=frappe.get_doc("Print Format", FORMS[doctype][0]), no_letterhead=1
	)
	frappe.local.response.update(
		{
			"type": "pdf",
			# No name of a person: it stays in the list of downloads.
			"filename": f"{frappe.scrub(page.title).replace('_', '-')}-{clock.today()}.pdf",
			"filecontent": make_pdf(body, page.title, reader.language),
		}
	)


def _open(doctype: str, name: str) -> tuple[Document, Document]:
	"""Return the document and its family, if the user may print it."""
	if doctype not in FORMS:
		frappe.throw(_("This form is not printed for guardians."), PrintRefused)
	doc = frappe.get_doc(doctype, name)
	return doc, family_of(doc)
