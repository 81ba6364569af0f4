import re

import frappe
from frappe import _

from early_support.forms.lists import ListRecord

ZONES = tuple("1234567")
COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


class UnknownZoneError(frappe.ValidationError):
	"""The worry meter has the zones 1 to 7."""


class NotAColourError(frappe.ValidationError):
	"""A colour is written as # and three or six hexadecimal digits: it is put into the style of the page."""


class WorryZone(ListRecord):
	"""One zone of the worry meter, 1 to 7 (domain.md §7). It describes the worker's worry and never labels the child."""

	def validate(self) -> None:
		super().validate()
		self.check_zone()
		self.check_colour()

	def check_zone(self) -> None:
		"""The code is the number of the zone: the scale on the form and the classes in reports count on it."""
		if self.code not in ZONES:
			frappe.throw(_("The code of a zone is its number, from 1 to 7."), UnknownZoneError)

	def check_colour(self) -> None:
		if not COLOUR.fullmatch(self.colour or ""):
			frappe.throw(_("Please choose a colour, such as #2d7d46."), NotAColourError)
