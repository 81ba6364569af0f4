"""Time from concern to meeting: how long the families whose concern was raised in a season waited for the joint meeting.

Small figures are hidden (figures/).
"""

from frappe import _
from frappe.utils import date_diff

from early_support.export import monthly
from early_support.figures import read, report
from early_support.figures.table import share

# Up to how many days; the last class is without end.
WEEK, TWO_WEEKS, MONTH = 7, 14, 30
CLASSES = (("week", WEEK), ("two_weeks", TWO_WEEKS), ("month", MONTH))
SOON = ("week", "two_weeks")


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
	return get_columns(asked), data, report.message(asked), report.bars_of_places(data, waits())


def waits() -> report.Columns:
	return (
		("week", _("Up to 7 days")),
		("two_weeks", _("8–14 days")),
		("month", _("15–30 days")),
		("longer", _("Over 30 days")),
		("declined", _("The parents declined")),
		("none", _("No meeting")),
	)


def get_columns(asked: read.Asked) -> list[dict]:
	return [
		report.label_column(_("Place")),
		*report.figure_columns(waits()),
		*report.total_columns(asked, _("Concerns")),
		*report.figure_columns([("median", _("Median (days)"))], "median"),
		*report.figure_columns([("soon", _("Within two weeks"))], "share", "Percent"),
	]


def get_data(asked: read.Asked) -> list[dict]:
	threshold, rows = monthly.threshold(), []
	for place in read.places(asked):
		entries = [entry_of(record, asked) for record in read.concerns(place.controller, asked)]
		counted = report.count(place, entries, threshold)
		shown = counted.shown(threshold, waits())
		for row in report.place_rows(counted, asked, shown, waits()):
			row["median"] = shown.medians[row["key"]]
			met = shown.sum(row["key"], (key for key, _label in waits()[:4]))
			row["soon"] = share(shown.sum(row["key"], SOON), met, threshold)
			rows.append(row)
	return rows


def entry_of(record: dict, asked: read.Asked) -> report.Entry:
	"""A meeting after the last day of the figures has not been held yet."""
	has_met = bool(record.met_on) and record.raised_on <= record.met_on <= asked.last
	days = date_diff(record.met_on, record.raised_on) if has_met else None
	if has_met:
		column = next((name for name, most in CLASSES if days <= most), "longer")
	else:
		column = "declined" if record.workflow_state == "Declined" else "none"
	return report.Entry(record.unit, column, record.child, str(record.raised_on)[:7], days)
