import frappe
from frappe import _

from early_support.forms.lists import ListRecord


class AgeBandError(frappe.ValidationError):
	"""The months of a band are out of order, or belong to another band already."""


class AgeBand(ListRecord):
	"""An age of children in whole months, used where the birth date itself may not be told."""

	def validate(self) -> None:
		super().validate()
		self.check_order()
		self.check_overlap()

	def check_order(self) -> None:
		if self.from_months > self.to_months:
			frappe.throw(_("The first month must not come after the last."), AgeBandError)

	def check_overlap(self) -> None:
		"""Two bands in use may not share a month: a child belongs to one band."""
		if self.disabled:
			return
		# Unfiltered read: all bands count, whoever saves one.
		other = frappe.get_all(
			"Age Band",
			filters={
				"name": ("!=", self.name or ""),
				"disabled": 0,
				"from_months": ("<=", self.to_months),
				"to_months": (">=", self.from_months),
			},
			pluck="title",
			limit=1,
		)
		if other:
			frappe.throw(_("The months overlap with {0}.").format(frappe.bold(other[0])), AgeBandError)
