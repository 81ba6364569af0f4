"""Says which units have changed what a file tells of them since a period began: all of its rows stand under what they are now."""

import json
from collections.abc import Collection

import frappe
from frappe import _
from frappe.utils import format_date, getdate

from early_support.export.period import Period

# What rows tell of a unit.
FIELDS = ("service_area", "unit_oid", "unit_type", "provider_type")
# The column of figures → the field of the unit.
OF_FIGURES = {"toimipaikka_oid": "unit_oid"}
UNIT = "Day Care Unit"


def note(controller: str, period: Period, told: Collection[str]) -> str | None:
	"""Return a line for each unit that has changed, None if none has.

	Args:
		controller: whose units.
		told: the fields of a unit of which the file tells.
	"""
	wanted = [field for field in FIELDS if field in told]
	if not wanted:
		return None
	# Not filtered by permission, here and below: a job looks at all units; what they are called and where is no secret.
	units = frappe.get_all(UNIT, filters={"controller": controller}, fields=["name", "title"])
	titles = {unit.name: unit.title for unit in units}
	changes = frappe.get_all(
		"Version",
		filters={
			"ref_doctype": UNIT,
			"docname": ("in", [*titles] or ("",)),
			"creation": (">=", period.first),
		},
		fields=["docname", "creation", "data"],
		order_by="creation asc",
	)
	meta, lines = frappe.get_meta(UNIT), []
	for change in changes:
		fields = [name for name, _old, _new in json.loads(change.data or "{}").get("changed") or ()]
		if labels := [_(meta.get_label(field)) for field in wanted if field in fields]:
			lines.append(
				_(
					"What is kept of the unit {0} was changed on {1}: {2}. All rows of the period stand under what the unit is now; the receiver may ask for a correction of earlier periods."
				).format(titles[change.docname], format_date(getdate(change.creation)), ", ".join(labels))
			)
	return "\n".join(dict.fromkeys(lines)) or None
