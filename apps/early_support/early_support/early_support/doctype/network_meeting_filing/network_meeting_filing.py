import frappe
from frappe.model.document import Document

from early_support.casework import filings
from early_support.casework.titles import tell_titles
from early_support.naming import opaque_name
from early_support.workflow_guard.document import OwnAttributes


class NetworkMeetingFiling(OwnAttributes, Document):
	"""What one register controller keeps of a network meeting. Made only by code, and never changed (703/2023, 48 §)."""

	def autoname(self) -> None:
		self.name = opaque_name()

	def onload(self) -> None:
		tell_titles(self)

	def validate(self) -> None:
		filings.refuse_by_hand()

	def on_trash(self) -> None:
		filings.refuse_by_hand()


def on_doctype_update() -> None:
	"""Give every version of a controller's filing its own number, whatever two requests believe."""
	frappe.db.add_unique("Network Meeting Filing", ["network_meeting", "controller", "version_number"])
