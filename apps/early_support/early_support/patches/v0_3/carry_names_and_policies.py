"""Writes whose they are onto grants and assignments, and onto visits what their period says of its end: they carry it now."""

import frappe

CARRIED = (
	("Access Grant", "full_name", "User", "user", "full_name"),
	("Staff Assignment", "full_name", "User", "user", "full_name"),
	("Visit", "record_policy", "Support Period", "support_period", "record_policy"),
)


def execute() -> None:
	for doctype, field, source, link, value in CARRIED:
		frappe.db.sql(
			f"""update `tab{doctype}` carrier inner join `tab{source}` source on source.name = carrier.`{link}`
			set carrier.`{field}` = source.`{value}` where carrier.`{field}` is null"""
		)
