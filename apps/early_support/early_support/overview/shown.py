"""Turns rows of the queries into what the pages show: labels and names instead of field names and codes."""

from collections.abc import Iterable

import frappe
from frappe import _

from early_support.casework import titles

DATES = ("Date", "Datetime")

# The only columns of Frappe's own that may be declared; they have no field with a label.
COLUMNS = ("creation", "modified")


def label(doctype: str, field: str) -> str:
	"""Return what a field is called on its form, in the language of the user."""
	if field in COLUMNS:
		return _("Begun on") if field == "creation" else _("Last changed on")
	return _(frappe.get_meta(doctype).get_label(field))


def item(row: dict, title: str | None = None) -> dict:
	"""Return what every line of a page begins with. `row`: of overview/query.py; `title`: which one of its kind it is."""
	return {
		"doctype": row.doctype,
		"name": row.name,
		"kind": _(row.doctype),
		"title": title or None,
		"state": _(row.workflow_state, context=row.doctype),
	}


def words(doctype: str, fields: Iterable[str], said: dict, titles: dict) -> str:
	"""Return the values of some short fields as one text."""
	return ", ".join(filter(None, (value(doctype, field, said.get(field), titles) for field in fields)))


def value(doctype: str, field: str, stored: object, titles: dict) -> str | None:
	"""Return the value of a field as it is shown; a day as 2026-01-31, which the page writes as the user is used to."""
	if stored in (None, ""):
		return None
	df = frappe.get_meta(doctype).get_field(field)
	if field in COLUMNS or df.fieldtype in DATES:
		return str(stored)[:10]
	if df.fieldtype == "Link":
		return titles.get((df.options, stored), stored)
	return _(stored) if df.fieldtype == "Select" else str(stored)


def is_day(doctype: str, field: str) -> bool:
	"""Tell whether a field holds a day."""
	return field in COLUMNS or frappe.get_meta(doctype).get_field(field).fieldtype in DATES


def titles_of(rows: Iterable[dict]) -> dict[tuple[str, str], str]:
	"""Return {(doctype, name): title} of the users and list records that rows name: one query for each doctype."""
	linked = []
	for row in rows:
		meta = frappe.get_meta(row.doctype)
		for field, stored in row.said.items():
			df = meta.get_field(field)
			if df and df.fieldtype == "Link":
				linked.append((df.options, stored))
	return titles.of_records(linked)
