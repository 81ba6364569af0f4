"""Consultations and answer time: how many anonymous questions were asked in a season, and how soon they were answered.

A consultation names nobody; small figures are hidden all the same (figures/).
"""

from frappe import _
from frappe.utils import date_diff

from early_support.export import monthly
from early_support.figures import read, report
from early_support.figures.table import Shown, share

# Up to how many days; the last class is without end.
CLASSES = (("next_day", 1), ("days", 3), ("week", 7))
SOON = ("next_day", "days")


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart, as figures/report.py says."""
	return report.run(filters, get_columns, get_data, get_chart)


def answers() -> report.Columns:
	return (
		("next_day", _("By the next day")),
		("days", _("2–3 days")),
		("week", _("4–7 days")),
		("longer", _("Over 7 days")),
		("none", _("Not answered")),
	)


def get_columns(asked: read.Asked) -> list[dict]:
	return [
		report.label_column(_("Place")),
		*report.figure_columns(answers()),
		*report.total_columns(asked, _("Consultations")),
		*report.figure_columns([("median", _("Median (days)"))], "median"),
		*report.figure_columns([("soon", _("Within three days"))], "share", "Percent"),
	]


def get_data(asked: read.Asked) -> list[dict]:
	return report.rows_by_place(asked, read.consultations, entry_of, answers(), times_of)


def times_of(shown: Shown, key: str) -> dict:
	soon = share(shown.sum(key, SOON), shown.count(key), monthly.threshold())
	return {"median": shown.medians[key], "soon": soon}


def entry_of(record: dict) -> report.Entry:
	days = date_diff(record.answered_on, record.requested_on) if record.answered_on else None
	column = "none"
	if days is not None:
		column = next((name for name, most in CLASSES if days <= most), "longer")
	return report.Entry(record.unit, column, None, str(record.requested_on)[:7], days)


def get_chart(asked: read.Asked, data: list[dict]) -> dict | None:
	return report.bars_of_places(data, answers())
