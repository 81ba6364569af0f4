"""Who Looked: everybody who was shown, or refused, anything about one child in a period (703/2023, 11 §).

For the Privacy Officer alone, who answers the guardians; reading the report is logged too. Consultations hold no child,
so there is nothing of them here.
"""

from frappe import _
from frappe.utils import format_date

from early_support.privacy import who_looked


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str]:
	"""Give columns, data and message. Raises FilterNotUnderstood, and PermissionError for everybody else."""
	child, first, last = who_looked.read_filters(filters)
	return get_columns(), who_looked.rows(child, first, last), get_message(child, first, last)


def get_columns() -> list[dict]:
	return [
		{"fieldname": key, "label": label, "fieldtype": fieldtype, "width": width}
		for key, label, fieldtype, width in (
			("read_at", _("Time"), "Datetime", 170),
			("full_name", _("Who"), "Data", 160),
			("roles", _("Role"), "Data", 150),
			("works_in", _("Works in"), "Data", 160),
			("document_type", _("What"), "Data", 120),
			("document_name", _("Document"), "Data", 110),
			("unit", _("Day care unit"), "Data", 160),
			("channel", _("How"), "Data", 100),
			("ground", _("Ground"), "Data", 190),
			("refused", _("Refused"), "Check", 80),
			("detail", _("Detail"), "Data", 220),
		)
	]


def get_message(child: dict, first, last) -> str:
	"""Say whose report this is, also on paper."""
	return _("{0}, {1} – {2}. Times are local times.").format(
		child.label, format_date(first), format_date(last)
	)
