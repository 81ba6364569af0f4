"""Columns of a profile, and what becomes of a value on its way into one. Pure: imports no Frappe."""

import datetime
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from early_support.export import classes
from early_support.export.codes import CodeMap
from early_support.export.faults import Fault, Refused
from early_support.export.pseudonyms import Pseudonyms

TEXT, WHOLE, DECIMAL, DAY, FLAG = "Text", "Whole Number", "Decimal", "Day", "Yes or No"
VALUE_KINDS = (TEXT, WHOLE, DECIMAL, DAY, FLAG)

_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")

_PARTS_OF_DAY = {classes.MONTH: "%Y-%m", classes.YEAR: "%Y"}

# What says where a value is missing: the event, and the unit.
_PLACE = (("event", "tapahtumalaji"), ("unit", "toimipaikka_oid"))
# So many places are told of.
MOST_PLACES = 5

Value = str | int | float | datetime.date | bool | None
# The sources of many records: name → the values of all of them.
Records = Mapping[str, Sequence]


@dataclass(frozen=True)
class Column:
	"""One column of the file.

	`source` is the field it is filled from. `unknown` stands for a value that the code map does not know, None refuses it.
	"""

	key: str
	source: str
	kind: str = TEXT
	transform: str = classes.AS_IS
	label_fi: str = ""
	label_sv: str = ""
	code_map: str | None = None
	unknown: str | None = None
	required: bool = False


@dataclass(frozen=True)
class AgeBand:
	"""An age in whole months, both ends included."""

	code: str
	from_months: int
	to_months: int


def check_keys(columns: Sequence[Column]) -> None:
	"""Refuse columns which no reader could tell apart. Raises Refused."""
	if not columns:
		raise Refused(Fault.NO_COLUMNS)
	seen = set()
	for column in columns:
		if not _KEY.fullmatch(column.key):
			raise Refused(Fault.KEY_NOT_PLAIN, column=column.key)
		if column.key in seen:
			raise Refused(Fault.KEY_TWICE, column=column.key)
		seen.add(column.key)


def schema_hash(columns: Iterable[Column]) -> str:
	"""Return the SHA-256 of what a reader depends on: keys in their order, kinds, code maps, what is required."""
	schema = [[column.key, column.kind, column.code_map or "", column.required] for column in columns]
	return hashlib.sha256(json.dumps(schema, ensure_ascii=False).encode()).hexdigest()


def months_of_age(born: datetime.date, day: datetime.date) -> int:
	"""Return the age in full months."""
	return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


def age_band(born: datetime.date | None, day: datetime.date, bands: Iterable[AgeBand]) -> str | None:
	"""Return the code of the band in which somebody was on a day; None without a birth date, or if no band has it."""
	return band_of(months_of_age(born, day), bands) if born else None


def band_of(months: int, bands: Iterable[AgeBand]) -> str | None:
	"""Return the code of the band in which an age in full months lies, None if no band has it."""
	return next((band.code for band in bands if band.from_months <= months <= band.to_months), None)


class Mapper:
	"""Makes columns of the file out of records, many at a time.

	Records are given as their sources: name → the values of all of them, with `day` (when each happened) for code maps, and
	`doctype`, the same for all, for pseudonyms. Each different value is looked at once.
	"""

	def __init__(
		self,
		columns: Sequence[Column],
		maps: Mapping[str, CodeMap] | None = None,
		pseudonyms: Pseudonyms | None = None,
	) -> None:
		self.columns = tuple(columns)
		self._maps, self._pseudonyms = maps or {}, pseudonyms
		# The key of a column → event, month and unit → the children, or the figures, of whom a value is missing.
		self._missing: dict[str, dict[tuple, set]] = defaultdict(lambda: defaultdict(set))
		self._steps = [self._step(column) for column in self.columns]

	def columns_of(self, records: Records) -> list[list[Value]]:
		"""Return the values of the columns, in their order.

		A value that is missing although it is required is noted, and told by `check`, when it is known where all of them are.

		Raises:
			Refused: a value has no code, or does not fit the kind of its column.
		"""
		found = [step(records) for step in self._steps]
		for column, values in zip(self.columns, found, strict=True):
			if column.required and None in values:
				self._note_missing(column, values, records)
		return found

	def row(self, record: Mapping[str, object]) -> list[Value]:
		"""Return the values of the columns for one record, as `columns_of` does for many."""
		return [value for [value] in self.columns_of({source: [value] for source, value in record.items()})]

	def check(self, least: int = 1) -> None:
		"""Refuse to go on when required values are missing of what was mapped so far.

		Args:
			least: of records, the threshold: whoever reports sees no smaller figures. Where fewer children than that lack a
				value is not told, nor how many do anywhere, which could be taken off a figure that is shown.

		Raises:
			Refused: VALUE_MISSING, with the column, the event, month and unit of some, and whether there are others.
		"""
		for column, places in self._missing.items():
			# Not in the order of how many, which would tell who has more.
			told = sorted((place for place, of in places.items() if len(of) >= least), key=str)[:MOST_PLACES]
			raise Refused(Fault.VALUE_MISSING, column=column, places=told, others=len(told) < len(places))

	def _note_missing(self, column: Column, values: Sequence[Value], records: Records) -> None:
		# Figures call the event by the name of its column.
		events, units = (records.get(names[0]) or records.get(names[1]) for names in _PLACE)
		people = records.get("person")
		for at in (at for at, value in enumerate(values) if value is None):
			place = (
				events[at] if events else None,
				f"{records['day'][at]:%Y-%m}",
				units[at] if units else None,
			)
			missing = self._missing[column.key][place]
			missing.add(people[at] if people else len(missing))

	def _step(self, column: Column) -> Callable[[Records], list[Value]]:
		source = column.source
		if column.transform == classes.PSEUDONYM:
			return lambda records: self._named(column, records["doctype"], records[source])
		if not column.code_map:
			return lambda records: _each(
				records[source], lambda value: _of_kind(_plain(value, column), column)
			)
		code_map = self._maps[column.code_map]

		def coded(value: object, day: datetime.date) -> Value:
			known = value not in (None, "")
			return _of_kind(code_map.external(str(value), day, column.unknown) if known else None, column)

		if code_map.is_dated:
			return lambda records: _each(
				list(zip(records[source], records["day"], strict=True)), lambda pair: coded(*pair)
			)

		def undated(records: Records) -> list[Value]:
			# The day is for the message about a value that has no code.
			days = dict(zip(records[source], records["day"], strict=True))
			return _each(records[source], lambda value: coded(value, days[value]))

		return undated

	def _named(self, column: Column, doctypes: Sequence[str], names: Sequence[str]) -> list[Value]:
		given = self._pseudonyms.of_all(doctypes[0], names) if names else []
		return given if column.kind == TEXT else [_of_kind(each, column) for each in given]


def _each(values: Sequence, become: Callable[[object], Value]) -> list[Value]:
	known = {value: become(value) for value in dict.fromkeys(values)}
	return [known[value] for value in values]


def _plain(value: object, column: Column) -> object:
	if value and column.transform in _PARTS_OF_DAY:
		return value.strftime(_PARTS_OF_DAY[column.transform])
	return value


def _of_kind(value: object, column: Column) -> Value:
	"""Return a value as its kind has it; an empty text is none. Raises Refused."""
	if value is None or value == "":
		return None
	try:
		if column.kind == TEXT:
			return str(value)
		if column.kind == WHOLE:
			return _whole(value)
		if column.kind == DECIMAL:
			return float(value)
		if column.kind == FLAG:
			return {"0": False, "1": True, "False": False, "True": True}[str(value)]
		return _day(value)
	except (KeyError, TypeError, ValueError):
		raise Refused(Fault.VALUE_NOT_OF_KIND, column=column.key, kind=column.kind) from None


def _whole(value: object) -> int:
	if int(value) != float(value):
		raise ValueError(value)
	return int(value)


def _day(value: object) -> datetime.date:
	if isinstance(value, datetime.datetime):
		return value.date()
	return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(value)
