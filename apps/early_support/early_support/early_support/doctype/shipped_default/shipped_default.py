from frappe.model.document import Document

from early_support.forms.ledger_core import entry_name


class ShippedDefault(Document):
	"""What became of a record that the app ships. Written by the app alone (forms/ledger.py): no role may."""

	def autoname(self) -> None:
		self.name = entry_name((self.record_type, self.record_name))
