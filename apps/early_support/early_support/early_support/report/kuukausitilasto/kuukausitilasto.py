"""Kuukausitilasto: the events of the work by month and unit, with small counts hidden.

The report counts every record of the municipality, also those which the user may not open, and gives only suppressed
rows (export/monthly.py): all staff may see what the work amounts to, nobody learns of a family from it.
"""

from frappe import _

from early_support.export import monthly

# Drawn in the chart: one for each stage of the work.
CHART_EVENTS = ("huoli_otettu_esiin", "konsultaatio_vastattu", "tukijakso_sovittu", "kaynti_pidetty")


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart. Raises FilterNotUnderstood for filters that make no sense."""
	chosen = monthly.read_filters(filters)
	data = monthly.rows(chosen)
	return get_columns(), readable(data), get_message(), get_chart(chosen, data)


def get_columns() -> list[dict]:
	"""The columns of domain.md §8, with labels for people."""
	labels = monthly.column_labels()
	looks = {
		"kunta": ("Data", 75),
		"hyvinvointialue": ("Data", 150),
		"toimipaikka_oid": ("Data", 220),
		"jakso_alku": ("Date", 105),
		"jakso_loppu": ("Date", 105),
		"tapahtumalaji": ("Data", 240),
		"lahde": ("Data", 90),
		"ikaryhma": ("Data", 90),
		"vyohyke_luokka": ("Data", 90),
		"lkm": ("Int", 90),
		"lapsia": ("Int", 90),
		"kesto_ka_pv": ("Int", 120),
		"lopputulos": ("Data", 90),
		"peitetty": ("Check", 80),
	}
	return [
		{"fieldname": key, "label": labels[key], "fieldtype": fieldtype, "width": width}
		for key, (fieldtype, width) in ((key, looks[key]) for key in monthly.COLUMNS)
	]


def readable(data: list[dict]) -> list[dict]:
	"""The rows with events in words, and the title of the unit beside its OID."""
	events = monthly.event_labels()
	return [
		{
			**row,
			"tapahtumalaji": events[row["tapahtumalaji"]],
			"unit_title": row["unit_title"] or _("Whole municipality"),
		}
		for row in data
	]


def get_message() -> str:
	return _(
		"Counts below {0} are hidden, and with them so many others that nothing can be worked out from the totals. In the chart a month without a bar is zero or hidden."
	).format(monthly.threshold())


def get_chart(chosen: monthly.Filters, data: list[dict]) -> dict | None:
	"""Totals by month of a few events, as far as they may be shown."""
	totals: dict[tuple[str, str], int] = {}
	for row in data:
		if row["unit"] is None and row["lkm"] is not None:
			key = (row["tapahtumalaji"], row["jakso_alku"])
			totals[key] = totals.get(key, 0) + row["lkm"]
	if not totals:
		return None
	events = monthly.event_labels()
	return {
		"type": "bar",
		"data": {
			"labels": [str(month) for month in chosen.months],
			"datasets": [
				{
					"name": events[event],
					"values": [totals.get((event, month.first.isoformat()), 0) for month in chosen.months],
				}
				for event in CHART_EVENTS
			],
		},
	}
