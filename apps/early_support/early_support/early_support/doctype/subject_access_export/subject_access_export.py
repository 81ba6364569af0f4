import frappe
from frappe import _
from frappe.model.document import Document

from early_support.naming import opaque_name
from early_support.privacy import rights, subject_access


class UnknownChildError(frappe.ValidationError):
	"""There is no child with this code."""


class SubjectAccessExport(Document):
	"""Everything that is recorded of one child, as a package for the guardians (data protection regulation, article 15)."""

	def autoname(self) -> None:
		self.name = opaque_name()

	def before_insert(self) -> None:
		self.child = (self.child or "").strip().upper()
		self.update({"status": "Queued", "progress": 0, "expires_on": None, "warning": 0})

	def validate(self) -> None:
		self.check_child()

	def after_insert(self) -> None:
		subject_access.enqueue(self)

	def check_child(self) -> None:
		# One answer for a child that is not there and for one of whom somebody else is in charge.
		if self.is_new() and not rights.is_in_charge("Child", self.child):
			frappe.throw(
				_("There is no child with the code {0}.").format(frappe.bold(self.child)), UnknownChildError
			)
