"""Purge Preview: which documents would be destroyed today, and what keeps the others. Codes only, no names."""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import getdate

from early_support.privacy import retention, rights
from early_support.privacy.retention_core import Fate, Item

# More than anybody reads; the Purge Run has the counts of all.
LIMIT = 2000


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str | None]:
	"""Give columns, data and a message, of the registers of which the user is in charge. Filter `all`: also what is kept.

	Raises:
		frappe.PermissionError: for everybody but the Privacy Officer, whatever rights the report may have been given.
	"""
	rights.require_officer()
	data = get_data(show_all=bool((filters or {}).get("all")))
	message = _("The first {0} documents are shown.").format(LIMIT) if len(data) == LIMIT else None
	return get_columns(), data, message


def get_columns() -> list[dict]:
	columns = (
		("document_type", _("Document"), "Data", 140),
		("code", _("Code"), "Data", 130),
		("controller", _("Register controller"), "Data", 150),
		("unit", _("Day care unit"), "Data", 150),
		("ended_on", _("Ended on"), "Date", 110),
		("keep_until", _("Kept until"), "Date", 110),
		("fate", _("What happens"), "Data", 300),
	)
	return [
		{"fieldname": name, "label": label, "fieldtype": fieldtype, "width": width}
		for name, label, fieldtype, width in columns
	]


def get_data(*, show_all: bool) -> list[dict]:
	words, is_own = fate_words(), _own_items()
	data = []
	for judgements in retention.judge_all(retention.read_rules(), getdate()):
		for row in judgements:
			if (show_all or row.fate is Fate.DUE) and is_own(row.item):
				data.append(
					{
						"document_type": _(row.item.doctype),
						"code": row.item.name,
						"controller": row.item.controller,
						"unit": row.item.unit,
						"ended_on": row.item.ends_on if row.item.doctype != "Family" else None,
						"keep_until": row.keep_until,
						"fate": words[row.fate],
					}
				)
				if len(data) == LIMIT:
					return data
	return data


def _own_items() -> Callable[[Item], bool]:
	"""Return what tells whether an item stands in a register, or in units, of which the session's user is in charge."""
	if frappe.session.user == "Administrator":
		return lambda item: True
	units = rights.officer_units()
	# Unfiltered: codes of families, to be compared. A family has no unit of its own.
	filters = {"unit": ("in", [*units, ""])}
	families = set(frappe.get_all("Child", filters=filters, pluck="family", distinct=True))
	is_own_place = rights.own_places()

	def is_own(item: Item) -> bool:
		if item.doctype == "Family":
			return item.name in families
		return is_own_place(item.controller, item.unit)

	return is_own


def fate_words() -> dict[Fate, str]:
	return {
		Fate.HELD: _("Kept: a legal hold is in force"),
		Fate.NO_RULE: _("Kept: there is no rule"),
		Fate.OPEN: _("Kept: it has not ended"),
		Fate.RUNNING: _("Kept: the time is still running"),
		Fate.NEEDED: _("Kept: something that belongs to it is kept"),
		Fate.DUE: _("Would be destroyed"),
	}
