"""The worry scale as the forms show it, in the language of the user."""

import frappe
from frappe import _

from early_support.casework.rights import require_right

TEXTS = ("meaning", "guidance", "suggested_action")


@frappe.whitelist()
def scale() -> list[dict]:
	"""Return the worry zones in order, each with its texts in the user's language.

	Texts are kept in Finnish (no suffix), Swedish and English; a missing one falls back to Finnish. Disabled zones are
	marked, not left out: older documents may stand on one.

	Raises:
		frappe.PermissionError: the user may not read worry zones.
	"""
	require_right("Worry Zone", "read")
	suffix = {"fi": "", "sv": "_sv"}.get((frappe.local.lang or "")[:2], "_en")
	fields = [f"{text}{ending}" for text in ("title", *TEXTS) for ending in {"", suffix}]
	zones = frappe.get_list(
		"Worry Zone",
		fields=["name", "zone_group", "colour", "statutory", "disabled", *fields],
		order_by="sort_order asc, name asc",
		limit=0,
	)
	return [
		{
			"name": zone.name,
			"group": _(zone.zone_group or ""),
			"colour": zone.colour,
			"statutory": zone.statutory,
			"disabled": zone.disabled,
			**{text: zone.get(f"{text}{suffix}") or zone.get(text) or "" for text in ("title", *TEXTS)},
		}
		for zone in zones
	]
