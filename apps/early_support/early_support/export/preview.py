"""Shows what a profile would give, before anything of it is saved.

Of figures the first real rows, hidden as in a file: the same that the month report shows. Of rows made-up ones: their
values come from the code maps, lists and choices alone, so that nobody looks at records in order to try a profile.
"""

import datetime
from itertools import cycle, islice

import frappe
from frappe import _

from early_support.export import classes, filters, hidden, monthly, profiles, sources
from early_support.export.columns import DAY, DECIMAL, FLAG, WHOLE, Column, Mapper, Value
from early_support.export.manifest import AGGREGATE
from early_support.export.period import Month, last_full, today_in_finland
from early_support.export.suppress import roll_up

ROWS = 10


def preview(profile, controller: str | None) -> dict:
	"""Return `columns` (key, labels, what it tells about a person), `rows`, `made_up`, and `notes` (texts for people).

	Args:
		profile: a Report Profile, saved or not.
		controller: whose figures are shown.

	Raises:
		Refused: the profile cannot be built as it is.
	"""
	columns = profiles.columns_of(profile)
	maps = profiles.maps_of(columns, profile.controller)
	chosen = profiles.filters_of(profile)
	is_aggregate = profile.level == AGGREGATE
	if is_aggregate:
		rows = _figures(profile, columns, maps, chosen, controller)
	else:
		examples = sources.examples_of(profile.event or None)
		values = (_made_up(column, maps, examples.get(column.source)) for column in columns)
		rows = [list(row) for row in islice(zip(*values, strict=True), ROWS)]
	return {
		"columns": [
			{"key": column.key, "label_fi": column.label_fi, "label_sv": column.label_sv, "tells": tells}
			for column, tells in zip(columns, _told(profile, columns), strict=True)
		],
		"rows": [[_plain(value) for value in row] for row in rows],
		"made_up": not is_aggregate,
		"notes": [] if is_aggregate else hidden.notes(profile.event or None, columns, chosen),
	}


def _told(profile, columns: list[Column]) -> list[str | None]:
	"""Return what each column tells about a person, in the user's language; None of figures, which are nobody's."""
	if profile.level == AGGREGATE:
		return [None] * len(columns)
	fields = sources.fields_of(profile.event or None)
	return [
		_(sources.tells(*fields[column.source], row.tells).value)
		for column, row in zip(columns, profile.columns, strict=True)
	]


def _figures(
	profile, columns: list[Column], maps: dict, chosen: list[filters.Filter], controller: str | None
) -> list[list[Value]]:
	if not controller:
		return []
	month = last_full(profile.period_kind, today_in_finland()).months[-1]
	counted = monthly.count(
		monthly.Filters(month, month, (controller,), services=profiles.counts_services(columns))
	)
	published = roll_up(counted.published) if int(profile.roll_up or 0) else counted.published
	mapper = Mapper(columns, maps)
	rows = islice(filters.kept(monthly.rows_of(published, counted.units), chosen), ROWS)
	shown = [mapper.row({**row, "day": month.first}) for row in rows]
	mapper.check()
	return shown


def _made_up(column: Column, maps: dict, answers: list[str] | None):
	"""Give values for a column, over and over; of `answers`, if its field has a choice of them."""
	if column.transform == classes.PSEUDONYM:
		return cycle([f"1-{letter * 32}" for letter in "abcdefghij"])
	if column.code_map:
		return cycle([row.external for row in maps[column.code_map].rows] or [column.unknown])
	if column.source == "age_band":
		return cycle([band.code for band in sources.bands()])
	if column.transform in (classes.MONTH, classes.YEAR):
		month = Month(today_in_finland().year, 1)
		return cycle([str(month) if column.transform == classes.MONTH else str(month.year)])
	examples = {
		WHOLE: [3, 8, 1],
		DECIMAL: [2.5, 7.0],
		DAY: [datetime.date(today_in_finland().year, 1, 1)],
		FLAG: [True, False],
	}
	return cycle(examples.get(column.kind) or answers or [f"{column.key} 1", f"{column.key} 2"])


def _plain(value: Value) -> str | int | float | bool | None:
	return value.isoformat() if isinstance(value, datetime.date) else value


def own_controller(profile, user_controllers: frozenset[str]) -> str | None:
	"""Return whose figures somebody sees in a preview: the profile's, if they are his or hers, else the first own one."""
	if profile.controller:
		return profile.controller if profile.controller in user_controllers else None
	return frappe.db.get_value(
		"Register Controller", {"name": ("in", sorted(user_controllers) or [""])}, "name", order_by="name asc"
	)
