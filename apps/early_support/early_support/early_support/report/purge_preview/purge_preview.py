"""Purge Preview: which documents would be destroyed today, and what keeps the others. Codes only, no names."""

from frappe import _
from frappe.utils import getdate

from early_support.privacy import retention
from early_support.privacy.retention_core import Fate
from early_support.privacy.rights import require_officer

# More than anybody reads; the Purge Run has the counts of all.
LIMIT = 2000


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str | None]:
	"""Give columns, data and a message. Filter `all`: also what is kept.

	Raises:
		frappe.PermissionError: for everybody but the Privacy Officer, whatever rights the report may have been given.
	"""
	require_officer()
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
	words = fate_words()
	data = []
	for judgements in retention.judge_all(retention.read_rules(), getdate()):
		for row in judgements:
			if show_all or row.fate is Fate.DUE:
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


def fate_words() -> dict[Fate, str]:
	return {
		Fate.HELD: _("Kept: a legal hold is in force"),
		Fate.NO_RULE: _("Kept: there is no rule"),
		Fate.OPEN: _("Kept: it has not ended"),
		Fate.RUNNING: _("Kept: the time is still running"),
		Fate.NEEDED: _("Kept: something that belongs to it is kept"),
		Fate.DUE: _("Would be destroyed"),
	}
