"""The page that a guardian is given of a case document: which forms have one, and how it is put together.

Frappe asks a document for `before_print` on each of its ways to print. The controllers answer with a GuardianPrint, which
the Print Formats of the module show: so the rules are the same at the button of the form and on Frappe's print page.
"""

from types import ModuleType

import frappe
from frappe import _
from frappe.model.document import Document

from early_support.access import policy
from early_support.access.grounds import grounds
from early_support.casework import clock
from early_support.casework.people import full_name
from early_support.exceptions import PrintRefused
from early_support.prints import child_plan, network_meeting, support_plan
from early_support.prints.page import Page, Part
from early_support.prints.reader import Reader, day, reader_of, speaking, title_of

SETTINGS = "Early Support Settings"
# The administrators' words about where the data is kept, by the language: in early education, and in the social services.
NOTICE = "print_notice_{0}"
SOCIAL_NOTICE = "print_notice_social_{0}"

# Case document → its Print Format, and the module that says what the page holds.
FORMS: dict[str, tuple[str, ModuleType]] = {
	"Network Meeting": ("Sovitut asiat", network_meeting),
	"Child Plan": ("Vasun palvelut", child_plan),
	"Support Plan": ("Asiakassuunnitelma", support_plan),
}


class GuardianPrint:
	"""What the Print Format of a document shows. Works it out when it is asked, so that other formats are not held up."""

	def __init__(self, doc: Document):
		self._doc = doc

	@property
	def page(self) -> Page:
		"""The page, in the language of its reader.

		Raises:
			frappe.PermissionError, PrintRefused: as `family_of`.
		"""
		family = family_of(self._doc)
		return page_of(self._doc, self._doc.flags.reader or reader_of(family))


def is_ready(doc: Document) -> bool:
	"""Whether a document may be given to a guardian as it stands."""
	return FORMS[doc.doctype][1].is_ready(doc)


def family_of(doc: Document) -> Document:
	"""Return the family of a document that the user may print for its guardians.

	Raises:
		frappe.PermissionError: the user may not read the document and the family, or only in an emergency.
		PrintRefused: it is not agreed on yet, or not any more.
	"""
	doc.check_permission("read")
	ground = grounds(doc.doctype, [doc.name], frappe.session.user).get(doc.name)
	if ground == policy.BREAK_GLASS:
		frappe.throw(
			_("What was opened in an emergency is there to be read, not to be printed."),
			frappe.PermissionError,
		)
	family = frappe.get_doc("Family", doc.family)
	family.check_permission("read")
	if not is_ready(doc):
		frappe.throw(FORMS[doc.doctype][1].refusal(), PrintRefused)
	return family


def page_of(doc: Document, reader: Reader) -> Page:
	"""Return the page of a document for a reader."""
	with speaking(reader.language):
		content = FORMS[doc.doctype][1].build(doc, reader)
		controller = title_of("Register Controller", doc.controller, reader.language)
		who = [(_("For"), reader.name)] if reader.name else []
		return Page(
			language=reader.language,
			title=content.title,
			place=_place(doc, reader, controller),
			person=doc.child_name,
			facts=[*content.facts, *who],
			parts=content.parts,
			said_first=(*content.said_first, *_about_language(reader)),
			about_data=_about_data(doc, reader, controller),
			printed=_("Printed on {0} by {1}").format(
				day(clock.today(), reader.language), full_name(frappe.session.user)
			),
			page_word=_("Page"),
		)


def _place(doc: Document, reader: Reader, controller: str) -> str:
	"""Return who speaks at the top of the page: the unit, or the social services, in whose register no unit has a part."""
	if policy.is_kept_apart(doc.doctype):
		return _("Social services") if reader.withholds else controller
	if reader.withholds:
		return _("Early education")
	return f"{controller} · {title_of('Day Care Unit', doc.unit, reader.language)}"


def _about_language(reader: Reader):
	if reader.needs_interpreter:
		yield _(
			"What was written in the talk is in the language in which it was written. Please go through it together with an interpreter."
		)


def _about_data(doc: Document, reader: Reader, controller: str) -> Part:
	notice = SOCIAL_NOTICE if policy.is_kept_apart(doc.doctype) else NOTICE
	told = frappe.db.get_single_value(SETTINGS, notice.format(reader.language))
	kept_by = None if reader.withholds else _("Register controller: {0}").format(controller)
	return Part(_("Where this is kept"), tuple(filter(None, (told, kept_by))))
