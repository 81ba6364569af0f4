import frappe
from frappe import _

from early_support.forms.lists import ListRecord
from early_support.season import core


class UsualMonthsError(frappe.ValidationError):
	"""The usual months are not numbers from 1 to 12 in the order of the season."""


class ComesAfterItselfError(frappe.ValidationError):
	"""A kind of event would have to come after itself."""


class UnitEventKind(ListRecord):
	"""A kind of event in the yearly calendar of the units, and what it needs (domain.md §3)."""

	def validate(self) -> None:
		super().validate()
		self.check_months()
		self.check_order()

	def check_months(self) -> None:
		try:
			months = core.read_months(self.usual_months)
		except ValueError:
			frappe.throw(
				_("Write the months as numbers in the order of the season, such as 10, 3."), UsualMonthsError
			)
		self.usual_months = ", ".join(str(month) for month in months)

	def check_order(self) -> None:
		"""Refuse a ring of kinds of which each waits for the other."""
		kind = self.after_kind
		seen = {self.code}
		while kind:
			if kind in seen:
				frappe.throw(_("A kind of event cannot come after itself."), ComesAfterItselfError)
			seen.add(kind)
			kind = frappe.db.get_value("Unit Event Kind", kind, "after_kind")
