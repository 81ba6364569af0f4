"""Let no link of an older version open a printout without a login."""

import frappe


def execute() -> None:
	"""Switch off what Frappe's own upgrade from version 13 switches on."""
	frappe.db.set_single_value("System Settings", "allow_older_web_view_links", 0)
