import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from early_support.naming import opaque_name
from early_support.privacy import rights


class UnknownSubjectError(frappe.ValidationError):
	"""There is no child or family with this code."""


class HoldDatesError(frappe.ValidationError):
	"""The hold would end before it begins."""


class LegalHold(Document):
	"""Keeps what one register holds of a child or a family from being destroyed (domain.md §9.7)."""

	def autoname(self) -> None:
		self.name = opaque_name()

	def before_validate(self) -> None:
		self.subject = (self.subject or "").strip().upper()

	def validate(self) -> None:
		self.lock_subject()
		self.check_dates()

	def after_insert(self) -> None:
		rights.note_named(self.subject_type, self.subject, self.controller, self.doctype)

	def lock_subject(self) -> None:
		"""Let a purge of the family that is under way come to its end first: then either the hold or the purge is there."""
		family = self.subject
		if self.subject_type == "Child":
			family = frappe.db.get_value("Child", self.subject, "family")
		locked = family and frappe.db.get_value("Family", family, "name", for_update=True)
		# A locked read sees what was committed meanwhile, an ordinary one may not.
		there = locked and frappe.db.get_value(self.subject_type, self.subject, "name", for_update=True)
		changed = self.is_new() or self.has_value_changed("subject")
		if changed and there:
			self.controller = there = rights.register_of(self.subject_type, self.subject, self.controller)
		if changed and not there:
			frappe.throw(
				_("There is no child or family with the code {0}.").format(frappe.bold(self.subject)),
				UnknownSubjectError,
			)

	def check_dates(self) -> None:
		if self.to_date and getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("The hold would end before it begins."), HoldDatesError)
