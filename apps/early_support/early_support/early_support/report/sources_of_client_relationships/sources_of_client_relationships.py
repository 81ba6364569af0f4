"""Sources of client relationships: where the contact came from with which they began in a season, and how they went on.

In the source of the operating model a third began with the parents' own contact (domain.md §6, 771-775). Of the register of
the social services, so for those only who work for its controller; small figures are hidden (figures/).
"""

from frappe import _

from early_support.export import monthly
from early_support.figures import read, report
from early_support.figures.protect import protect
from early_support.figures.table import ALL, Record, Shown, Table, publish, share

NEED_ENDED = "need-ended"
NO_SOURCE = "no_source"


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart, as figures/report.py says."""
	return report.run(filters, get_columns, get_data, get_chart, social=True)


def ways() -> report.Columns:
	return (
		("running", _("Going on")),
		("need_ended", _("The need ended")),
		("otherwise", _("Ended otherwise")),
	)


def get_columns(asked: read.Asked) -> list[dict]:
	return [
		report.label_column(_("Referral source")),
		*report.total_columns(asked, _("Client relationships")),
		*report.figure_columns([("part", _("Share of all"))], "share", "Percent"),
		*report.figure_columns(ways()),
		*report.figure_columns([("success", _("Need ended, of those that ended"))], "share", "Percent"),
	]


def get_data(asked: read.Asked) -> list[dict]:
	rows = []
	sources = {**read.titles("Referral Source"), NO_SOURCE: _("No source")}
	for place in read.places(asked):
		shown = published(read.relationships_begun(place.controller, asked), tuple(sources))
		labels = {ALL: place.title if len(asked.controllers) > 1 else _("All sources"), **sources}
		rows += [
			row_of(shown, key, label) for key, label in labels.items() if shown.count(key) != 0 or key == ALL
		]
	return rows


def published(records: list[dict], sources: tuple[str, ...]) -> Shown:
	threshold = monthly.threshold()
	table = Table(
		sources,
		[key for key, _label in ways()],
		(
			Record(record.source or NO_SOURCE, way_of(record), record.child, record.own_worker or "")
			for record in records
		),
	)
	return publish(table, protect(table, threshold), threshold)


def way_of(record: dict) -> str:
	if record.workflow_state != "Ended":
		return "running"
	return "need_ended" if record.ending_reason == NEED_ENDED else "otherwise"


def row_of(shown: Shown, key: str, label: str) -> dict:
	threshold = monthly.threshold()
	row = report.row("whole" if key == ALL else "item", label, shown, key, ways())
	ended = shown.sum(key, ("need_ended", "otherwise"))
	row["part"] = share(row["total"], shown.count(ALL), threshold)
	row["success"] = share(row["need_ended"], ended, threshold)
	return row


def get_chart(asked: read.Asked, data: list[dict]) -> dict | None:
	items = [row for row in data if row["kind"] == "item"]
	return report.bars(
		[row["label"] for row in items], [(_("Client relationships"), [row["total"] for row in items])]
	)
