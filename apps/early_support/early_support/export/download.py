"""Downloads of the figures from the desk."""

import frappe
from frappe import _

from early_support.exceptions import FilterNotUnderstood
from early_support.export import monthly
from early_support.export.delimited import to_csv

REPORT = "Kuukausitilasto"


@frappe.whitelist(methods=["GET"])
def kuukausitilasto(filters: str | dict | None = None) -> None:
	"""Answer with the monthly statistics as a CSV file, with the columns of domain.md §8.

	`filters` as in the report, as JSON. The same suppressed rows as in the report, for the same roles. Raises
	frappe.PermissionError, and FilterNotUnderstood for filters that make no sense.
	"""
	check_permission()
	chosen = monthly.read_filters(_parsed(filters))
	frappe.local.response.update(
		{
			"type": "download",
			"filename": filename(chosen),
			"filecontent": to_csv(monthly.COLUMNS, monthly.rows(chosen)),
			"content_type": "text/csv; charset=utf-8",
		}
	)


def _parsed(filters: str | dict | None) -> object:
	try:
		return frappe.parse_json(filters) if filters else None
	except ValueError:
		frappe.throw(_("The filters are not understood."), FilterNotUnderstood)


def check_permission() -> None:
	"""Ask for what Frappe asks before it runs the report: a role of the report, and the right to report on its doctype."""
	report = frappe.get_doc("Report", REPORT)
	if (
		report.disabled
		or not report.is_permitted()
		or not frappe.has_permission(report.ref_doctype, "report")
	):
		frappe.throw(_("You may not see this report."), frappe.PermissionError)


def filename(chosen: monthly.Filters) -> str:
	"""kuukausitilasto-2026-10.csv, or with both months if they differ."""
	if chosen.first == chosen.last:
		return f"kuukausitilasto-{chosen.first}.csv"
	return f"kuukausitilasto-{chosen.first}-{chosen.last}.csv"
