"""Concerns by zone and month: those that were raised in a season, with small figures hidden (figures/).

By month for the whole municipality, by area for the season: more would leave little to show. Where the months are too small
to be told by zone, quarters of the season are.
"""

from frappe import _
from frappe.utils import formatdate

from early_support.export import monthly
from early_support.figures import read, report
from early_support.figures.protect import protect
from early_support.figures.table import Record, Table, publish

ZONE_GROUPS = ("No worry", "Small worry", "Grey zone", "Great worry")
NO_ZONE = "No zone"
QUARTER = 3
# Of the zones as on the worry scale, then of what has none, and of what is not told by zone.
COLOURS = ("#2e7d32", "#afb42b", "#f9a825", "#d84315", "#8d6e63", "#90a4ae")


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart, as figures/report.py says."""
	return report.run(filters, get_columns, get_data, get_chart)


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
	"""The months of the season; with quarters before them, where no month can be told by zone."""
	months = {str(month): (str(month),) for month in asked.months}
	rows = rows_of("month", months, counted, threshold)
	if not any(row[report.fieldname(key)] for row in rows for key, _label in zones()):
		names = list(months)
		quarters = [names[first : first + QUARTER] for first in range(0, len(names), QUARTER)]
		by_quarter = {f"{quarter[0]}–{quarter[-1]}": tuple(quarter) for quarter in quarters}
		rows = [*rows_of("quarter", by_quarter, counted, threshold), *rows]
	return rows


def rows_of(
	kind: str, months_of: dict[str, tuple[str, ...]], counted: report.Counted, threshold: int
) -> list[dict]:
	"""Rows of one or more months each. A month that is left out of the season shows nothing."""
	row_of = {month: key for key, months in months_of.items() for month in months}
	records = [Record(row_of[each.part], each.column, each.person, each.unit) for each in counted.entries]
	table = Table(months_of, [key for key, _label in zones()], records)
	shown = publish(table, protect(table, threshold), threshold)
	rows = []
	for key, months in months_of.items():
		row = report.row(kind, month_label(months), shown, key, zones())
		if counted.left_out.issuperset(months):
			row.update({report.fieldname(column): None for column, _label in (*zones(), ("total", ""))})
		rows.append(row)
	return rows


def month_label(months: tuple[str, ...]) -> str:
	last = formatdate(f"{months[-1]}-01", "LLLL yyyy")
	return last if len(months) == 1 else f"{formatdate(f'{months[0]}-01', 'LLLL')} – {last}"


def get_chart(asked: read.Asked, data: list[dict]) -> dict | None:
	"""The quarters or months, each with its zones as far as they are shown, and the rest; for an area its zones."""
	if asked.area or len(asked.controllers) != 1:
		return report.bars_of_places(data, zones())
	kind = "quarter" if any(row["kind"] == "quarter" for row in data) else "month"
	rows = [row for row in data if row["kind"] == kind]
	datasets = [(label, [row[report.fieldname(key)] for row in rows]) for key, label in zones()]
	datasets.append((_("Not told by zone"), [rest_of(row) for row in rows]))
	drawn = [(each, colour) for each, colour in zip(datasets, COLOURS, strict=True) if any(each[1])]
	return report.bars(
		[short_label(row["key"]) for row in rows],
		[each for each, _colour in drawn],
		[colour for _each, colour in drawn],
		stacked=True,
	)


def short_label(key: str) -> str:
	"""2026-10 as 10/2026: the chart has no room for names of months."""
	return "–".join(f"{int(month[5:])}/{month[:4]}" for month in key.split("–"))


def rest_of(row: dict) -> int:
	"""What the total of a month says beyond the zones that are shown."""
	if row["total"] is None:
		return 0
	return row["total"] - sum(row[report.fieldname(key)] or 0 for key, _label in zones())
