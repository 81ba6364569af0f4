from frappe import _
from frappe.model.document import Document

from early_support.casework.titles import tell_titles
from early_support.naming import opaque_name
from early_support.workflow_guard.document import WrittenByApp


class FormPack(WrittenByApp, Document):
	"""The configuration of a site in one file (design.md §5). Written by the app alone (forms/packs.py): no role may."""

	def onload(self) -> None:
		tell_titles(self)

	def autoname(self) -> None:
		self.name = opaque_name()

	def refusal(self) -> str:
		return _("A form pack is written by the app alone.")
