import frappe
from frappe import _
from frappe.model.document import Document

from early_support.exceptions import ExportRefused
from early_support.export import profiles, texts
from early_support.export.faults import Refused
from early_support.forms.lists import check_code
from early_support.workflow_guard.document import OwnAttributes


class CodeMap(OwnAttributes, Document):
	"""What our codes are called in a receiving system."""

	def validate(self) -> None:
		check_code(self)
		self.check_days()
		self.check_rows()

	def check_days(self) -> None:
		for row in self.rows:
			if row.valid_from and row.valid_to and str(row.valid_to) < str(row.valid_from):
				frappe.throw(_("Row {0}: the last day is before the first.").format(row.idx), ExportRefused)

	def check_rows(self) -> None:
		"""Refuse two codes for the same value on the same day. Raises ExportRefused."""
		try:
			profiles.map_of(self).check()
		except Refused as refused:
			frappe.throw(texts.text_of(refused), ExportRefused)
