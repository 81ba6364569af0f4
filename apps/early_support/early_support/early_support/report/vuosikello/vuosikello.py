"""Vuosikello: what each unit has planned, held and still missing of its yearly calendar in a season.

It holds no person. Each reader sees the units whose calendar is open to him or her (season/rights.py).
"""

import frappe
from frappe import _

from early_support.casework.clock import today
from early_support.exceptions import FilterNotUnderstood
from early_support.season import core, rights, status

NUMBERS = ("held", "planned", "missing")


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart.

	Args:
		filters: `season`, such as 2026-2027 (by default the one of today), and `unit` (by default every unit that is open).

	Raises:
		FilterNotUnderstood: the season is none, or a filter is no text.
	"""
	season, unit = read_filters(filters)
	units = rights.readable_units()
	units = units.intersection({unit}) if unit else units
	titles = {doctype: _titles(doctype) for doctype in ("Day Care Unit", "Unit Event Kind")}
	data = [row_of(line, titles) for line in status.lines(units, season)]
	return get_columns(), data, get_message(season), get_chart(data)


def read_filters(filters: object) -> tuple[str, str | None]:
	"""Return the season and the unit. Raises FilterNotUnderstood."""
	values = filters if isinstance(filters, dict) else {}
	season, unit = values.get("season") or core.season_of(today()), values.get("unit") or None
	try:
		core.begins(season if isinstance(season, str) else "")
	except ValueError:
		frappe.throw(_("A season is written as 2026-2027."), FilterNotUnderstood)
	if unit and not isinstance(unit, str):
		frappe.throw(_("The filters are not understood."), FilterNotUnderstood)
	return season, unit


def get_columns() -> list[dict]:
	"""The columns, with labels for people."""
	columns = (
		("unit_title", _("Day care unit"), "Data", 260),
		("kind_title", _("Kind of event"), "Data", 220),
		("wanted", _("Aimed at"), "Int", 100),
		("planned", _("Planned"), "Int", 110),
		("held", _("Held"), "Int", 100),
		("missing", _("Still missing"), "Int", 120),
		("due", _("To be held by"), "Date", 180),
	)
	return [
		{"fieldname": name, "label": label, "fieldtype": fieldtype, "width": width}
		for name, label, fieldtype, width in columns
	]


def row_of(line: status.Line, titles: dict[str, dict[str, str]]) -> dict:
	"""A row in words and by codes, and whether the day has passed by which something was wanted."""
	return {
		"unit": line.unit,
		"kind": line.kind,
		"unit_title": titles["Day Care Unit"].get(line.unit, line.unit),
		"kind_title": _(titles["Unit Event Kind"].get(line.kind, line.kind)),
		"wanted": line.wanted,
		"planned": line.planned,
		"held": line.held,
		"missing": line.missing,
		"due": line.due,
		"late": int(bool(line.due and line.due < today())),
	}


def get_message(season: str) -> str:
	return _("The season {0}, from 1 August to 31 July.").format(season)


def get_chart(data: list[dict]) -> dict | None:
	"""How much of each kind has been held, is planned and is missing, in all units that are shown."""
	if not data:
		return None
	labels = {"held": _("Held"), "planned": _("Planned"), "missing": _("Still missing")}
	kinds = {row["kind"]: row["kind_title"] for row in data}
	return {
		"type": "bar",
		"barOptions": {"stacked": 1},
		"data": {
			"labels": [*kinds.values()],
			"datasets": [
				{
					"name": labels[number],
					"values": [sum(row[number] for row in data if row["kind"] == kind) for kind in kinds],
				}
				for number in NUMBERS
			],
		},
	}


def _titles(doctype: str) -> dict[str, str]:
	return dict(frappe.get_list(doctype, fields=["name", "title"], as_list=True, limit_page_length=0))
