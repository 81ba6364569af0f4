"""Visits and outcomes: with how many visits, and how, the support periods ended that ended in a season.

Small figures are hidden (figures/).
"""

from frappe import _

from early_support.export import monthly
from early_support.figures import read, report
from early_support.figures.protect import protect
from early_support.figures.table import WHOLE, publish

MOST_NAMED = 3
WITHDRAWN, NO_OUTCOME = "withdrawn", "no_outcome"


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart, as figures/report.py says."""
	return report.run(filters, get_columns, get_data, get_chart)


def visits() -> report.Columns:
	return (
		("visits_0", _("No visit")),
		("visits_1", _("1 visit")),
		("visits_2", _("2 visits")),
		("visits_3", _("3 visits")),
		("visits_more", _("More visits")),
	)


def outcomes() -> report.Columns:
	"""The outcomes of the administrators' list, and the family's own word."""
	listed = [(f"outcome_{key}", title) for key, title in read.titles("Visit Outcome").items()]
	return (*listed, (WITHDRAWN, _("The family withdrew")), (NO_OUTCOME, _("No outcome")))


def get_columns(asked: read.Asked) -> list[dict]:
	return [
		report.label_column(_("Place")),
		*report.total_columns(asked, _("Support periods")),
		*report.figure_columns(visits()),
		*report.figure_columns([("median", _("Median of visits"))], "median"),
		*report.figure_columns(outcomes()),
	]


def get_data(asked: read.Asked) -> list[dict]:
	threshold, rows = monthly.threshold(), []
	for place in read.places(asked):
		records = read.periods(place.controller, asked)
		by_visits = report.count(place, map(entry_of_visits, records), threshold)
		by_outcome = report.count(place, map(entry_of_outcome, records), threshold)
		tables = (by_visits.table(visits()), by_outcome.table(outcomes()))
		# Both tables tell of the same periods: a total that one hides is hidden in the other.
		secret = by_visits.secret
		hidden = {figure for table in tables for figure in protect(table, threshold, (), secret)}
		shown, ended = (
			publish(table, protect(table, threshold, hidden & {WHOLE}, secret), threshold) for table in tables
		)
		more = {row["key"]: row for row in report.place_rows(by_outcome, asked, ended, outcomes())}
		for row in report.place_rows(by_visits, asked, shown, visits()):
			row["median"] = shown.medians[row["key"]]
			rows.append({**more[row["key"]], **row})
	return rows


def entry_of_visits(record: dict) -> report.Entry:
	column = f"visits_{record.visits}" if record.visits <= MOST_NAMED else "visits_more"
	return report.Entry(record.unit, column, record.child, part_of(record), record.visits)


def entry_of_outcome(record: dict) -> report.Entry:
	column = f"outcome_{record.outcome}" if record.outcome else NO_OUTCOME
	if record.workflow_state == "Withdrawn":
		column = WITHDRAWN
	return report.Entry(record.unit, column, record.child, part_of(record))


def part_of(record: dict) -> str:
	return f"{record.workflow_state} {str(record.ended_on)[:7]}"


def get_chart(asked: read.Asked, data: list[dict]) -> dict | None:
	return report.bars_of_places(data, (*visits(), *outcomes()))
