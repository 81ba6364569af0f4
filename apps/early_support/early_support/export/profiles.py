"""Reads a Report Profile: its columns, their code maps, the dialect of its file. Says what may not leave."""

from collections.abc import Callable, Iterable

import frappe

from early_support.export import classes, columns, filters, monthly, sources, writers
from early_support.export.classes import DataClass
from early_support.export.codes import CodeMap, Row
from early_support.export.columns import Column
from early_support.export.faults import Fault, Refused
from early_support.export.filters import Filter
from early_support.export.manifest import AGGREGATE

DELIMITERS = {"Semicolon": ";", "Comma": ",", "Tab": "\t"}
DECIMALS = {"Comma": ",", "Point": "."}

# What figures may be chosen by: what each row is, never what it counts.
AGGREGATE_FILTERS = ("tapahtumalaji", "toimipaikka_oid", monthly.SERVICE)

# What the columns of an aggregate may be filled from, and what becomes of it.
AGGREGATE_TRANSFORMS = (classes.AS_IS, classes.CODE)


def columns_of(profile) -> list[Column]:
	"""Return the columns of a profile, in their order.

	Raises:
		Refused: two have the same key, a field is not there any more, or must not leave.
	"""
	found = [_column(row) for row in profile.columns]
	columns.check_keys(found)
	check = _check_aggregate if profile.level == AGGREGATE else _check_rows
	check(profile, found, profile.columns)
	return found


def filters_of(profile) -> list[Filter]:
	"""Return which rows a profile keeps.

	Figures are chosen when it is decided what is hidden, by what each row is: so a filter shows nothing that the whole would
	not. Rows are chosen by what may leave in rows, and a field that was added here by what a column of it is said to tell.

	Raises:
		Refused: rows are not chosen by such a field, or a filter keeps nothing.
	"""
	return _filters_of(profile, profile.get("filters") or ())


def _filters_of(profile, rows: Iterable) -> list[Filter]:
	said = {row.source: row.tells for row in profile.columns}
	fields = {} if profile.level == AGGREGATE else sources.fields_of(profile.event)
	found = []
	for row in rows:
		source = (row.source or "").strip()
		if profile.level == AGGREGATE:
			is_open = source in AGGREGATE_FILTERS
		else:
			field, own = fields.get(source, (None, None))
			is_open = field is not None and not classes.judge(
				field, sources.tells(field, own, said.get(source)), classes.AS_IS
			)
		if not is_open:
			raise Refused(Fault.FILTER_CLOSED, field=source)
		found.append(filters.read(source, row.keep))
	return found


def leave_out_closed(profile) -> list[str]:
	"""Take the columns and filters out of a draft which no run could be built with any more.

	Returns:
		The keys of the columns and the sources of the filters that were taken out.
	"""
	check = _check_aggregate if profile.level == AGGREGATE else _check_rows
	rows = {"columns": _refused(profile.columns, lambda row: check(profile, [_column(row)], [row]))}
	profile.columns = [row for row in profile.columns if row not in rows["columns"]]
	# A filter of a field that was added here leans on the column that says what it tells.
	rows["filters"] = _refused(profile.get("filters") or (), lambda row: _filters_of(profile, [row]))
	profile.filters = [row for row in profile.get("filters") or () if row not in rows["filters"]]
	for table in rows:
		for number, row in enumerate(profile.get(table), start=1):
			row.idx = number
	return [row.key or "–" for row in rows["columns"]] + [row.source or "–" for row in rows["filters"]]


def _refused(rows: Iterable, check: Callable[[object], object]) -> list:
	found = []
	for row in rows:
		try:
			check(row)
		except Refused:
			found.append(row)
	return found


def indirect_positions(profile, found: list[Column]) -> list[int]:
	"""Return which columns hold what others may know of a person: these are counted for k-anonymity."""
	fields, rows = sources.fields_of(profile.event), profile.columns
	return [
		position
		for position, column in enumerate(found)
		if sources.tells(*fields[column.source], rows[position].tells) is DataClass.INDIRECT
	]


def counts_services(found: Iterable[Column]) -> bool:
	"""Whether a profile of figures counts the services of the children's plans: if it has a column that says which."""
	return any(column.source == monthly.SERVICE for column in found)


def maps_of(found: Iterable[Column], controller: str | None) -> dict[str, CodeMap]:
	"""Return the code maps that the columns of a profile use, {name: map}.

	Args:
		controller: whose the profile is; None: everybody's.

	Raises:
		Refused: one is another register controller's, or has two codes for the same value on the same day.
	"""
	names = dict.fromkeys(column.code_map for column in found if column.code_map)
	docs = [frappe.get_doc("Code Map", name) for name in names]
	for doc in docs:
		if doc.controller and doc.controller != controller:
			raise Refused(Fault.CODE_MAP_OTHERS, map=doc.name)
	maps = {doc.name: map_of(doc) for doc in docs}
	for each in maps.values():
		each.check()
	return maps


def dialect_of(profile) -> writers.Dialect:
	"""Return how a CSV file of the profile is written."""
	return writers.Dialect(
		delimiter=DELIMITERS[profile.delimiter or "Semicolon"],
		decimal=DECIMALS[profile.decimal_sign or "Comma"],
		encoding=profile.get("encoding") or writers.UTF_8,
		bom=bool(int(profile.byte_order_mark or 0)),
	)


def map_of(doc) -> CodeMap:
	"""Return the rows of a Code Map."""
	rows = [
		Row(row.local_code, row.external_code, row.label or "", _day(row.valid_from), _day(row.valid_to))
		for row in doc.rows
	]
	return CodeMap(doc.name, rows, doc.oid or "", doc.code_version or "")


def _day(value):
	return frappe.utils.getdate(value) if value else None


def _column(row) -> Column:
	return Column(
		key=row.key or "",
		source=row.source or "",
		kind=row.value_kind or columns.TEXT,
		transform=row.transform or classes.AS_IS,
		label_fi=row.label_fi or "",
		label_sv=row.label_sv or "",
		code_map=row.code_map or None if row.transform == classes.CODE else None,
		unknown=row.unknown or None,
		required=bool(int(row.required or 0)),
	)


def _check_aggregate(_profile, found: Iterable[Column], _rows: Iterable) -> None:
	for column in found:
		if column.source not in monthly.SOURCES:
			raise Refused(Fault.FIELD_GONE, column=column.key, field=column.source)
		if column.transform not in AGGREGATE_TRANSFORMS or _lacks_map(column):
			raise Refused(Fault.TRANSFORM_UNKNOWN, column=column.key)


def _check_rows(profile, found: Iterable[Column], rows: Iterable) -> None:
	"""Refuse columns that must not leave in rows. `rows`: the rows of the profile from which each was read."""
	fields = sources.fields_of(profile.event)
	for column, row in zip(found, rows, strict=True):
		if column.source not in fields:
			raise Refused(Fault.FIELD_GONE, column=column.key, field=column.source)
		field, own = fields[column.source]
		tells = sources.tells(field, own, row.tells)
		if fault := classes.judge(field, tells, column.transform):
			raise Refused(fault, column=column.key)
		if _lacks_map(column):
			raise Refused(Fault.TRANSFORM_UNKNOWN, column=column.key)
		# What is made coarser is told by a text.
		if tells is DataClass.INDIRECT and column.kind != columns.TEXT:
			raise Refused(Fault.VALUE_NOT_OF_KIND, column=column.key, kind=columns.TEXT)


def _lacks_map(column: Column) -> bool:
	return column.transform == classes.CODE and not column.code_map
