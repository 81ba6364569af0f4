"""Length of client relationships: how long those lasted that ended in a season.

In the source of the operating model three to six months, from one visit to years (domain.md §6, 742-745). Of the register of
the social services, so for those only who work for its controller; small figures are hidden (figures/).
"""

from frappe import _

from early_support.export import monthly
from early_support.figures import read, report
from early_support.figures.protect import protect
from early_support.figures.table import ALL, Record, Table, publish, share

# Under how many full months; the last class is without end.
CLASSES = (("under_3", 3), ("from_3", 6), ("from_6", 12))
TIERS = ("Universal", "Special Support", "Intensified")


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart, as figures/report.py says."""
	return report.run(filters, get_columns, get_data, get_chart, social=True)


def lengths() -> report.Columns:
	return (
		("under_3", _("Under 3 months")),
		("from_3", _("3–6 months")),
		("from_6", _("6–12 months")),
		("longer", _("A year or longer")),
	)


def get_columns(asked: read.Asked) -> list[dict]:
	return [
		report.label_column(_("Tier of support")),
		*report.figure_columns(lengths()),
		*report.total_columns(asked, _("Client relationships")),
		*report.figure_columns([("median", _("Median (days)"))], "median"),
		*report.figure_columns([("part", _("3–6 months, of all"))], "share", "Percent"),
	]


def get_data(asked: read.Asked) -> list[dict]:
	threshold, rows = monthly.threshold(), []
	for place in read.places(asked):
		records = [
			Record(record.tier, column_of(record.months), record.child, record.own_worker or "", record.days)
			for record in read.relationships_ended(place.controller, asked)
		]
		table = Table(TIERS, [key for key, _label in lengths()], records)
		shown = publish(table, protect(table, threshold), threshold)
		labels = {ALL: place.title if len(asked.controllers) > 1 else _("All tiers")}
		for key, label in {**labels, **{tier: _(tier) for tier in TIERS}}.items():
			row = report.row("whole" if key == ALL else "item", label, shown, key, lengths())
			row["median"] = shown.medians[key]
			row["part"] = share(row["from_3"], row["total"], threshold)
			rows.append(row)
	return rows


def column_of(months: int) -> str:
	return next((name for name, under in CLASSES if months < under), "longer")


def get_chart(asked: read.Asked, data: list[dict]) -> dict | None:
	return report.bars_of_places(data, lengths())
