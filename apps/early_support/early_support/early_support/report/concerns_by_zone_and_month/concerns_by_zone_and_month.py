"""Concerns by zone and month: those that were raised in a season, with small figures hidden (figures/).

By month for the whole municipality, by area for the season: more would leave little to show.
"""

from frappe import _
from frappe.utils import formatdate

from early_support.export import monthly
from early_support.figures import read, report
from early_support.figures.protect import protect
from early_support.figures.table import ALL, Record, Shown, Table, publish

ZONE_GROUPS = ("No worry", "Small worry", "Grey zone", "Great worry")
NO_ZONE = "No zone"


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart.

	Args:
		filters: `season`, `controller`, `service_area`, `compare`, as in figures/read.py.

	Raises:
		FilterNotUnderstood: one of them makes no sense.
	"""
	asked = read.read_filters(filters)
	data = get_data(asked)
	if asked.compare:
		report.add_before(data, get_data(asked.before()))
	return get_columns(asked), data, report.message(asked), get_chart(asked, data)


def zones() -> report.Columns:
	"""The groups of zones, and a column for what has none."""
	return (
		("No worry", _("No worry")),
		("Small worry", _("Small worry")),
		("Grey zone", _("Grey zone")),
		("Great worry", _("Great worry")),
		(NO_ZONE, _("No zone")),
	)


def get_columns(asked: read.Asked) -> list[dict]:
	return [
		report.label_column(_("Place or month")),
		*report.figure_columns(zones()),
		*report.total_columns(asked, _("Concerns")),
	]


def get_data(asked: read.Asked) -> list[dict]:
	threshold, rows = monthly.threshold(), []
	for place in read.places(asked):
		entries = [entry_of(record) for record in read.concerns(place.controller, asked)]
		counted = report.count(place, entries, threshold)
		rows += report.place_rows(counted, asked, counted.shown(threshold, zones()), zones())
		if not asked.area:
			rows += month_rows(asked, counted, threshold)
	return rows


def entry_of(record: dict) -> report.Entry:
	return report.Entry(
		unit=record.unit,
		column=record.zone_group if record.zone_group in ZONE_GROUPS else NO_ZONE,
		person=record.child,
		part=str(record.raised_on)[:7],
	)


def month_rows(asked: read.Asked, counted: report.Counted, threshold: int) -> list[dict]:
	"""The months of the season. One that is left out of it shows nothing."""
	months = [str(month) for month in asked.months]
	columns = [key for key, _label in zones()]
	records = [Record(each.part, each.column, each.person, each.unit) for each in counted.entries]
	table = Table(months, columns, records)
	hidden = protect(table, threshold)
	hidden |= {(month, column) for month in counted.left_out for column in (*columns, ALL)}
	shown: Shown = publish(table, hidden, threshold)
	return [
		report.row("month", formatdate(f"{month}-01", "LLLL yyyy"), shown, month, zones()) for month in months
	]


def get_chart(asked: read.Asked, data: list[dict]) -> dict | None:
	"""The months, each with its zones as far as they are shown, and the rest; for an area its zones."""
	months = [row for row in data if row["kind"] == "month"]
	if asked.area or len(asked.controllers) != 1:
		return report.bars_of_places(data, zones())
	datasets = [(label, [row[report.fieldname(key)] for row in months]) for key, label in zones()]
	datasets.append((_("Not told by zone"), [rest_of(row) for row in months]))
	drawn = [(name, values) for name, values in datasets if any(values)]
	return report.bars([row["label"] for row in months], drawn, stacked=True)


def rest_of(row: dict) -> int:
	"""What the total of a month says beyond the zones that are shown."""
	if row["total"] is None:
		return 0
	return row["total"] - sum(row[report.fieldname(key)] or 0 for key, _label in zones())
