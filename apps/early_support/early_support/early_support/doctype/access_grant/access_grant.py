import frappe
from frappe.model.document import Document

from early_support.access import grants
from early_support.casework.people import full_name
from early_support.casework.titles import tell_titles
from early_support.naming import opaque_name
from early_support.workflow_guard.document import OwnAttributes


class AccessGrant(OwnAttributes, Document):
	"""A family is open to somebody for a time, with a reason and what it came from. Made and ended only by code."""

	def autoname(self) -> None:
		self.name = opaque_name()

	def onload(self) -> None:
		tell_titles(self)

	def validate(self) -> None:
		grants.refuse_by_hand()
		grants.check_ground(self)
		self.full_name = full_name(self.user)

	def on_trash(self) -> None:
		grants.refuse_by_hand()


def on_doctype_update() -> None:
	"""Find what a person holds, and what came of a document, without reading the whole table."""
	frappe.db.add_index("Access Grant", ["user", "valid_until"])
	frappe.db.add_index("Access Grant", ["source_doctype", "source_name"])
