from frappe import _
from frappe.model.document import Document

from early_support.casework.titles import tell_titles
from early_support.forms.ledger_core import entry_name
from early_support.workflow_guard.document import WrittenByApp


class ShippedDefault(WrittenByApp, Document):
	"""What became of a record that the app ships. Written by the app alone (forms/ledger.py): no role may."""

	def onload(self) -> None:
		tell_titles(self)

	def autoname(self) -> None:
		self.name = entry_name((self.record_type, self.record_name))

	def refusal(self) -> str:
		return _("The ledger of what is shipped is written by the app alone.")
