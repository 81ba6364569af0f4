import re

import frappe
from frappe import _
from frappe.model.document import Document

from early_support.forms import lists

# Statistics Finland: three digits for a municipality, two for a wellbeing services county and a region.
DIGITS = {"municipality_code": 3, "county_code": 2, "region_code": 2}


class AreaCodeError(frappe.ValidationError):
	"""A code of Statistics Finland has another number of digits."""


class RegisterController(Document):
	"""Who is responsible for a register: a municipality or a wellbeing services county (703/2023, 13 §)."""

	def validate(self) -> None:
		lists.check_code(self)
		self.check_digits()

	def check_digits(self) -> None:
		for field, digits in DIGITS.items():
			value = self.get(field)
			if value and not re.fullmatch(rf"[0-9]{{{digits}}}", value):
				frappe.throw(
					_("{0} has {1} digits.").format(frappe.bold(_(self.meta.get_label(field))), digits),
					AreaCodeError,
				)
