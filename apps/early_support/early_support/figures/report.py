"""What the reports have in common: from what was read to protected figures, and from these to rows, columns and charts."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import frappe
from frappe import _
from frappe.utils import format_date

from early_support.export import monthly
from early_support.figures import read
from early_support.figures.protect import is_safe_beside, protect
from early_support.figures.table import ALL, Figure, Record, Shown, Table, publish

LABEL_WIDTH, FIGURE_WIDTH = 260, 160
# So much of a column does a letter of its heading take, in the widest.
LETTER_WIDTH = 10
COLOUR = "#1f5c8a"
# Kinds of rows whose keys are months, such as 2026-10 or 2026-08–2026-10; so long is the year of one.
TIMES = ("month", "quarter")
YEAR = 4
Columns = Sequence[tuple[str, str]]


class Entry(NamedTuple):
	"""Something that is counted: where, in which column, whom it concerns, how long it took.

	`part` is the figure of the month report (kuukausitilasto) in which it is counted, too.
	"""

	unit: str
	column: str
	person: str | None
	part: str
	days: int | None = None


@dataclass(frozen=True)
class Counted:
	"""The entries of a register controller that may be counted.

	Whoever takes what the month report shows of the months off a season's figure must not learn of a month with few. Where
	that is so, those months are left out of the season (`left_out`), and the total of an area is hidden (`secret`).
	"""

	place: read.Place
	entries: tuple[Entry, ...]
	areas: tuple[str, ...]
	left_out: frozenset[str]
	secret: frozenset[str]

	def shown(self, threshold: int, columns: Columns, hidden: Collection[Figure] = ()) -> Shown:
		"""Return the figures by area, in these columns."""
		table = self.table(columns)
		return publish(table, protect(table, threshold, hidden, self.secret), threshold)

	def table(self, columns: Columns) -> Table:
		records = (
			Record(
				self.place.area_of[each.unit] if self.areas else ALL,
				each.column,
				each.person,
				each.unit,
				each.days,
			)
			for each in self.entries
		)
		return Table(self.areas, [key for key, _label in columns], records, self.place.sole())


def count(place: read.Place, entries: Iterable[Entry], threshold: int) -> Counted:
	"""Choose what may be counted of a register controller."""
	entries = list(entries)
	parts = _parts(entries, lambda entry: entry.part)
	small = set()
	if not is_safe_beside(parts, threshold):
		small = {part for _row, part in parts.counts if parts.is_small((ALL, part), threshold)}
	kept = tuple(entry for entry in entries if entry.part not in small)
	areas = tuple(area for area in place.areas if area in place.area_of.values())
	secret = frozenset(area for area in areas if not _is_safe(place, area, kept, threshold))
	return Counted(place, kept, areas, frozenset(small), secret)


def _is_safe(place: read.Place, area: str, entries: Collection[Entry], threshold: int) -> bool:
	own = [entry for entry in entries if place.area_of[entry.unit] == area]
	return is_safe_beside(_parts(own, lambda entry: f"{entry.unit} {entry.part}"), threshold)


def _parts(entries: Collection[Entry], part_of: Callable[[Entry], str]) -> Table:
	records = [Record(ALL, part_of(entry), entry.person, entry.unit) for entry in entries]
	return Table((), sorted({record.column for record in records}), records)


# A report ------------------------------------------------------------------------------------------------------------------


def run(
	filters: dict | None,
	columns: Callable[[read.Asked], list[dict]],
	data: Callable[[read.Asked], list[dict]],
	chart: Callable[[read.Asked, list[dict]], dict | None],
	social: bool = False,
) -> tuple[list[dict], list[dict], str, dict | None]:
	"""Give columns, data, message and chart of a report.

	Args:
		filters: `season`, `controller`, `service_area`, `compare`, as figures/read.py reads them.
		columns, data, chart: what makes them, of what is asked.
		social: the figures are of the social services, and for those only who work there.

	Raises:
		FilterNotUnderstood: a filter makes no sense, or is not the user's.
	"""
	asked = read.read_filters(filters, read.SOCIAL_ROLES if social else ())
	rows = data(asked)
	if asked.compare:
		_add_before(rows, data(asked.before()))
	return columns(asked), rows, message(asked), chart(asked, rows)


def rows_by_place(
	asked: read.Asked,
	records: Callable[[str, read.Asked], list[dict]],
	entry_of: Callable[[dict], Entry],
	columns: Columns,
	more: Callable[[Shown, str], dict],
) -> list[dict]:
	"""Return the rows of the whole and of its areas, each with `more` figures of it."""
	threshold, rows = monthly.threshold(), []
	for place in read.places(asked):
		counted = count(place, map(entry_of, records(place.controller, asked)), threshold)
		shown = counted.shown(threshold, columns)
		rows += [{**each, **more(shown, each["key"])} for each in place_rows(counted, asked, shown, columns)]
	return rows


# Rows and columns --------------------------------------------------------------------------------------------------------


def label_column(label: str) -> dict:
	return {"fieldname": "label", "label": label, "fieldtype": "Data", "width": LABEL_WIDTH}


def figure_columns(
	columns: Iterable[tuple[str, str]], kind: str = "count", fieldtype: str = "Int"
) -> list[dict]:
	"""Return columns of figures; `kind` tells the desk how to write an empty one: hidden, or there is none."""
	return [
		{
			"fieldname": fieldname(key),
			"label": label,
			"fieldtype": fieldtype,
			"width": max(FIGURE_WIDTH, LETTER_WIDTH * len(label)),
			"figure": kind,
		}
		for key, label in columns
	]


def total_columns(asked: read.Asked, label: str) -> list[dict]:
	"""Return the column of the totals, and that of the season before where it is compared with."""
	columns = [("total", label)]
	if asked.compare:
		columns.append(("before", _("In {0}").format(asked.before().season)))
	return figure_columns(columns)


def fieldname(key: str) -> str:
	return frappe.scrub(key)


def row(kind: str, label: str, shown: Shown, key: str, columns: Columns) -> dict:
	"""Return a row of figures; `kind` is whole, area, month, quarter or item."""
	return {
		"kind": kind,
		"key": key,
		"label": label,
		**{fieldname(column): shown.count(key, column) for column, _label in columns},
		"total": shown.count(key),
	}


def place_rows(counted: Counted, asked: read.Asked, shown: Shown, columns: Columns) -> list[dict]:
	"""Return the row of the whole and those of the areas, or of the one area that was asked for."""
	place = counted.place
	several = len(asked.controllers) > 1
	rows = [row("whole", place.title if several else _("Whole municipality"), shown, ALL, columns)]
	for area in counted.areas:
		if asked.area in (None, area):
			rows.append(row("area", place.areas[area], shown, area, columns))
	return rows


def _add_before(rows: list[dict], before: Iterable[dict]) -> None:
	"""Put the totals of the season before beside those of the same rows."""
	totals = {_same(each): each["total"] for each in before}
	for each in rows:
		each["before"] = totals.get(_same(each))


def _same(each: dict) -> tuple[str, str]:
	"""What a row tells of, in whichever season: of its month, in the calendar of any year."""
	key = each["key"]
	return each["kind"], "–".join(month[YEAR:] for month in key.split("–")) if each["kind"] in TIMES else key


# Words and charts --------------------------------------------------------------------------------------------------------


def message(asked: read.Asked) -> str:
	"""Say of which days the figures are, and what is hidden."""
	if asked.last < asked.first:
		return _("No month of the season {0} is over yet.").format(asked.season)
	return " ".join(
		(
			_("The season {0}: {1} – {2}.").format(
				asked.season, format_date(asked.first), format_date(asked.last)
			),
			_(
				"Figures below {0} are hidden, and with them so many others that nothing can be worked out. The chart draws what is shown."
			).format(monthly.threshold()),
		)
	)


def bars(
	labels: Sequence[str],
	datasets: Sequence[tuple[str, Sequence[int | None]]],
	colours: Sequence[str] = (COLOUR,),
	stacked: bool = False,
) -> dict | None:
	"""Return a chart of bars; a figure that is hidden is not drawn. None if there is nothing to draw."""
	if not any(value for _name, values in datasets for value in values):
		return None
	chart = {
		"type": "bar",
		"colors": list(colours),
		"data": {
			"labels": list(labels),
			"datasets": [
				{"name": name, "values": [value or 0 for value in values]} for name, values in datasets
			],
		},
	}
	return {**chart, "barOptions": {"stacked": 1}} if stacked else chart


def bars_of_places(rows: list[dict], columns: Columns) -> dict | None:
	"""Return a chart of the columns that have something to draw: of the whole, or of the area that was asked for."""
	if not rows:
		return None
	drawn = rows[1] if len(rows) == 2 and rows[1]["kind"] == "area" else rows[0]
	values = {label: drawn[fieldname(key)] for key, label in columns}
	labels = [label for label, value in values.items() if value]
	return bars(labels, [(drawn["label"], [values[label] for label in labels])])
