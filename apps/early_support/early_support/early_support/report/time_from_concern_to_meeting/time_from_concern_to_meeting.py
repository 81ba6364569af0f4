"""Time from concern to meeting: how long the families whose concern was raised in a season waited for the joint meeting.

Small figures are hidden (figures/).
"""

from functools import partial

from frappe import _
from frappe.utils import date_diff

from early_support.export import monthly
from early_support.figures import read, report
from early_support.figures.table import Shown, share

# Up to how many days; the last class is without end.
WEEK, TWO_WEEKS, MONTH = 7, 14, 30
CLASSES = (("week", WEEK), ("two_weeks", TWO_WEEKS), ("month", MONTH))
SOON = ("week", "two_weeks")
# So many of the columns are of meetings that were held.
HELD = 4


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart, as figures/report.py says."""
	return report.run(filters, get_columns, get_data, get_chart)


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
	return report.rows_by_place(asked, read.concerns, partial(entry_of, asked), waits(), times_of)


def times_of(shown: Shown, key: str) -> dict:
	met = shown.sum(key, (column for column, _label in waits()[:HELD]))
	soon = share(shown.sum(key, SOON), met, monthly.threshold())
	return {"median": shown.medians[key], "soon": soon}


def entry_of(asked: read.Asked, record: dict) -> report.Entry:
	"""A meeting after the last day of the figures has not been held yet."""
	has_met = bool(record.met_on) and record.raised_on <= record.met_on <= asked.last
	days = date_diff(record.met_on, record.raised_on) if has_met else None
	if has_met:
		column = next((name for name, most in CLASSES if days <= most), "longer")
	else:
		column = "declined" if record.workflow_state == "Declined" else "none"
	return report.Entry(record.unit, column, record.child, str(record.raised_on)[:7], days)


def get_chart(asked: read.Asked, data: list[dict]) -> dict | None:
	return report.bars_of_places(data, waits())
