import frappe
from frappe import _
from frappe.model.document import Document

from early_support.naming import opaque_name
from early_support.privacy import rights, subject_access


class UnknownChildError(frappe.ValidationError):
	"""There is no child with this code."""


class SubjectAccessExport(Document):
	"""Everything that is recorded of one child in one register, as a package for the guardians (data protection regulation, article 15)."""

	def autoname(self) -> None:
		self.name = opaque_name()

	def before_insert(self) -> None:
		self.child = (self.child or "").strip().upper()
		self.update({"status": "Queued", "progress": 0, "expires_on": None, "warning": 0})

	def validate(self) -> None:
		self.set_controller()

	def after_insert(self) -> None:
		subject_access.enqueue(self)
		rights.note_named("Child", self.child, self.controller, self.doctype)

	def set_controller(self) -> None:
		"""A package holds one register. Raises UnknownChildError, RegisterNotChosen."""
		if not self.is_new():
			return
		self.controller = rights.register_of("Child", self.child, self.controller)
		# One answer for a child that is not there and for one of whom somebody else is in charge.
		if not self.controller:
			frappe.throw(
				_("There is no child with the code {0}.").format(frappe.bold(self.child)), UnknownChildError
			)
