import frappe
from frappe import _
from frappe.model.document import Document

from early_support.export.suppress import LEAST_THRESHOLD


class SettingOutOfRangeError(frappe.ValidationError):
	"""A setting would make the app work against its own rules."""


class EarlySupportSettings(Document):
	"""Limits of the work that a municipality may set for itself."""

	def validate(self) -> None:
		self.check_visit_limit()
		self.check_threshold()

	def check_visit_limit(self) -> None:
		if self.visit_limit < 1:
			frappe.throw(_("A support period has at least one visit."), SettingOutOfRangeError)

	def check_threshold(self) -> None:
		if self.suppression_threshold < LEAST_THRESHOLD:
			frappe.throw(
				_("The smallest figure shown is at least {0}.").format(LEAST_THRESHOLD),
				SettingOutOfRangeError,
			)
