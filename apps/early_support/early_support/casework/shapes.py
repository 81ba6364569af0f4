"""Takes from a request only values of the shape which the field has."""

import datetime
from collections.abc import Mapping

import frappe
from frappe import _
from frappe.model import default_fields
from frappe.model.document import BaseDocument
from frappe.utils import get_datetime

from early_support.exceptions import GuardNotMet

_DAYS = ("creation", "modified")


class ShapedValues:
	"""A document that refuses a value of another shape at once.

	Frappe believes the shape of what a request sends and fails on it in odd places, some before any rule of ours is
	asked. Such a failure is kept in the Error Log together with the whole request: with a text, too, that would have
	been refused because it names somebody (domain.md §9.8).
	"""

	def set(self, key, value, as_value=False):
		"""Set a field as Frappe does. Raises GuardNotMet if the value has not the shape of the field."""
		if not _fits(self, key, value):
			frappe.throw(
				_("A value sent for this document is not of the kind that belongs there."), GuardNotMet
			)
		super().set(key, value, as_value)


def _fits(doc: BaseDocument, key: str, value: object) -> bool:
	if not value:
		return True
	if key == "amended_from":
		# Casework is never amended (frappe.md §1); Frappe would look for a column that is not there.
		return False
	if key in doc._table_fieldnames:
		return isinstance(value, list | tuple) and all(
			isinstance(row, Mapping | BaseDocument) for row in value
		)
	if key in _DAYS:
		return isinstance(value, datetime.date) or (isinstance(value, str) and _is_day(value))
	if key in default_fields or doc.meta.has_field(key):
		return not isinstance(value, Mapping | list | tuple)
	return True


def _is_day(text: str) -> bool:
	try:
		return bool(get_datetime(text))
	except (ValueError, OverflowError, frappe.ValidationError):
		return False
