"""Writes rows into a file, one after the other: CSV, XLSX, JSON Lines, Parquet. Pure: imports no Frappe.

Each writer is a context that takes rows of values in the order of the columns, and holds no more of them than it must. The
file is complete when the context ends (export/files.py makes it a whole one).
"""

import csv
import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from early_support.export.columns import DAY, DECIMAL, FLAG, TEXT, WHOLE, Column, Value
from early_support.export.delimited import ESCAPE, FORMULA_STARTS, safe_cell
from early_support.export.faults import Fault, Refused

CSV, XLSX, JSON_LINES, PARQUET = "CSV", "XLSX", "JSON Lines", "Parquet"
ENDINGS = {CSV: "csv", XLSX: "xlsx", JSON_LINES: "jsonl", PARQUET: "parquet"}

UTF_8 = "UTF-8"
# What CSV may be written in → what Python calls it.
ENCODINGS = {UTF_8: "utf-8", "ISO-8859-15": "iso8859-15", "Windows-1252": "cp1252"}

_LINE_END = "\r\n"
# Rows that Parquet keeps together in the file, and we in memory.
ROW_GROUP = 10_000
# Below the header, in a sheet of a workbook.
MOST_SHEET_ROWS = 1_048_575


@dataclass(frozen=True)
class Dialect:
	"""How a CSV file is written: as domain.md §8 has it, unless the profile says otherwise."""

	delimiter: str = ";"
	decimal: str = ","
	encoding: str = UTF_8
	bom: bool = True
	yes: str = "1"
	no: str = "0"

	@property
	def begins_with_mark(self) -> bool:
		"""Whether a byte order mark comes first: only in UTF-8 it is one, and not some letters before the first key."""
		return self.bom and self.encoding == UTF_8


# A sheet of the code book: its title, its header, its rows.
Sheet = tuple[str, Sequence[str], Sequence[Sequence[str]]]


class Writer:
	"""What all writers have in common: they take columns, count rows, and close."""

	def __init__(self, path: Path, columns: Sequence[Column]) -> None:
		self.path, self.columns, self.rows = path, tuple(columns), 0
		self._open = ExitStack()

	def __enter__(self):
		self.begin()
		return self

	def __exit__(self, kind, error, trace):
		# After a failure nothing is completed: the file is thrown away.
		with self._open:
			if kind is None:
				self.finish()

	def begin(self) -> None:
		"""Open the file and write what comes before the rows."""

	def write(self, row: Sequence[Value]) -> None:
		"""Write one row."""
		self.rows += 1
		self.put(row)

	def write_columns(self, columns: Sequence[Sequence[Value]]) -> None:
		"""Write many rows, given as columns."""
		for row in zip(*columns, strict=True):
			self.write(row)

	def put(self, row: Sequence[Value]) -> None:
		raise NotImplementedError

	def finish(self) -> None:
		"""Write what comes after the rows."""


class CsvWriter(Writer):
	"""Text with a delimiter, a header of the keys, CRLF. An empty cell is no value."""

	def __init__(self, path: Path, columns: Sequence[Column], dialect: Dialect = Dialect()) -> None:
		super().__init__(path, columns)
		self._dialect = dialect

	def begin(self) -> None:
		encoding = "utf-8-sig" if self._dialect.begins_with_mark else ENCODINGS[self._dialect.encoding]
		self._file = self._open.enter_context(self.path.open("w", encoding=encoding, newline=""))
		self._csv = csv.writer(self._file, delimiter=self._dialect.delimiter, lineterminator=_LINE_END)
		self._csv.writerow([column.key for column in self.columns])

	def put(self, row: Sequence[Value]) -> None:
		cells = [self._cell(value) for value in row]
		with self._fitting([[cell] for cell in cells]):
			self._csv.writerow(cells)

	def write_columns(self, columns: Sequence[Sequence[Value]]) -> None:
		cells = [self._cells(column, values) for column, values in zip(self.columns, columns, strict=True)]
		rows = list(zip(*cells, strict=True))
		self.rows += len(rows)
		text = "".join(f"{self._dialect.delimiter.join(row)}{_LINE_END}" for row in rows)
		# Whatever has to be quoted is left to the library, which takes twice as long.
		with self._fitting(cells):
			if self._is_plain(text, len(rows)):
				self._file.write(text)
			else:
				self._csv.writerows(rows)

	@contextmanager
	def _fitting(self, cells: Sequence[Sequence[str]]) -> Iterator[None]:
		"""Refuse, inside, what the encoding of the file has no character for. `cells`: of each column those that are written.

		Raises:
			Refused: CHARACTER_UNKNOWN; names the column, the character and the encoding.
		"""
		try:
			yield
		except UnicodeEncodeError:
			encoding = self._dialect.encoding
			for column, values in zip(self.columns, cells, strict=True):
				try:
					"".join(values).encode(ENCODINGS[encoding])
				except UnicodeEncodeError as error:
					character = error.object[error.start]
					raise Refused(
						Fault.CHARACTER_UNKNOWN, column=column.key, character=character, encoding=encoding
					) from None
			raise

	def _is_plain(self, text: str, rows: int) -> bool:
		"""Whether there are no marks in lines but those between cells and lines, so that no cell needs quotes."""
		return (
			len(self.columns) > 1
			and '"' not in text
			and text.count(self._dialect.delimiter) == rows * (len(self.columns) - 1)
			and text.count("\r") == text.count("\n") == rows
		)

	def _cells(self, column: Column, values: Sequence[Value]) -> list[str]:
		if column.kind == TEXT:
			texts = ["" if value is None else value for value in values]
			is_safe = {text[:1] for text in texts}.isdisjoint((*FORMULA_STARTS, ESCAPE))
			return texts if is_safe else [safe_cell(text) for text in texts]
		if column.kind == WHOLE:
			# Never a formula, also below zero.
			return ["" if value is None else str(value) for value in values]
		return [self._cell(value) for value in values]

	def _cell(self, value: Value) -> str:
		if isinstance(value, bool):
			return self._dialect.yes if value else self._dialect.no
		if isinstance(value, float):
			return repr(value).replace(".", self._dialect.decimal)
		if isinstance(value, datetime.date):
			return value.isoformat()
		return safe_cell(value)


class JsonLinesWriter(Writer):
	"""One JSON object a line, with every key in each, UTF-8."""

	def begin(self) -> None:
		self._file = self._open.enter_context(self.path.open("w", encoding="utf-8", newline="\n"))
		self._keys = [column.key for column in self.columns]

	def put(self, row: Sequence[Value]) -> None:
		values = (value.isoformat() if isinstance(value, datetime.date) else value for value in row)
		self._file.write(json.dumps(dict(zip(self._keys, values, strict=True)), ensure_ascii=False) + "\n")


class XlsxWriter(Writer):
	"""A sheet of the rows, with typed cells, and the code book after it. A text is never taken for a formula."""

	def __init__(self, path: Path, columns: Sequence[Column], book: Sequence[Sheet] = ()) -> None:
		super().__init__(path, columns)
		self._book_sheets = book

	def begin(self) -> None:
		from xlsxwriter import Workbook

		# Each row goes to the disk when the next one comes: rows are personal data, and wait beside the file, never in a folder
		# of the machine from which nobody removes them.
		waiting = self._open.enter_context(TemporaryDirectory(dir=self.path.parent))
		options = {
			"constant_memory": True,
			"strings_to_formulas": False,
			"tmpdir": waiting,
			"use_zip64": True,
		}
		self._book = Workbook(self.path, options)
		self._open.callback(self._drop)
		self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
		self._bold = self._book.add_format({"bold": True})
		self._sheet = self._book.add_worksheet("Tiedot")
		self._head(self._sheet, [column.key for column in self.columns])

	def put(self, row: Sequence[Value]) -> None:
		if self.rows > MOST_SHEET_ROWS:
			raise Refused(Fault.TOO_MANY_ROWS, most=MOST_SHEET_ROWS)
		for position, value in enumerate(row):
			if isinstance(value, bool):
				self._sheet.write_boolean(self.rows, position, value)
			elif isinstance(value, int | float):
				self._sheet.write_number(self.rows, position, value)
			elif isinstance(value, datetime.date):
				self._sheet.write_datetime(self.rows, position, value, self._day)
			elif value is not None:
				self._sheet.write_string(self.rows, position, value)

	def finish(self) -> None:
		for title, head, rows in self._book_sheets:
			sheet = self._book.add_worksheet(title)
			self._head(sheet, head)
			for number, row in enumerate(rows, start=1):
				for position, value in enumerate(row):
					sheet.write_string(number, position, value)
		from xlsxwriter.exceptions import FileCreateError

		try:
			self._book.close()
		except FileCreateError as error:
			# A full disk is told as of every other format.
			raise error.args[0] from None

	def _head(self, sheet, keys: Sequence[str]) -> None:
		for position, key in enumerate(keys):
			sheet.write_string(0, position, key, self._bold)
		sheet.freeze_panes(1, 0)

	def _drop(self) -> None:
		# It writes the file when it is collected, unless it takes itself for closed.
		self._book.fileclosed = 1


class ParquetWriter(Writer):
	"""Typed columns, compressed, with the schema of the profile."""

	def begin(self) -> None:
		import pyarrow as pa
		from pyarrow import parquet

		types = {
			TEXT: pa.string(),
			WHOLE: pa.int64(),
			DECIMAL: pa.float64(),
			DAY: pa.date32(),
			FLAG: pa.bool_(),
		}
		self._schema = pa.schema([(column.key, types[column.kind]) for column in self.columns])
		self._table = pa.Table
		self._parquet = self._open.enter_context(
			parquet.ParquetWriter(self.path, self._schema, compression="zstd")
		)
		self._waiting: list[Sequence[Value]] = []

	def put(self, row: Sequence[Value]) -> None:
		self._waiting.append(row)
		if len(self._waiting) >= ROW_GROUP:
			self._flush()

	def finish(self) -> None:
		if self._waiting:
			self._flush()

	def _flush(self) -> None:
		keys = self._schema.names
		columns = dict(zip(keys, zip(*self._waiting, strict=True), strict=True))
		self._parquet.write_table(self._table.from_pydict(columns, schema=self._schema))
		self._waiting = []


def writer(
	kind: str,
	path: Path,
	columns: Sequence[Column],
	dialect: Dialect = Dialect(),
	book: Sequence[Sheet] = (),
) -> Writer:
	"""Return the writer of a format, one of ENDINGS."""
	if kind == CSV:
		return CsvWriter(path, columns, dialect)
	if kind == XLSX:
		return XlsxWriter(path, columns, book)
	return {JSON_LINES: JsonLinesWriter, PARQUET: ParquetWriter}[kind](path, columns)


def code_book(dictionary: Mapping) -> list[Sheet]:
	"""Return the sheets that explain the rows, made of a data dictionary (export/manifest.py)."""
	columns = [
		[
			each["key"],
			each["label_fi"],
			each["label_sv"],
			each["kind"],
			"1" if each["required"] else "0",
			each["code_map"] or "",
		]
		for each in dictionary["columns"]
	]
	codes = [
		[
			each["name"],
			each["oid"],
			each["version"],
			*(row[key] or "" for key in ("local", "external", "label", "first", "last")),
		]
		for each in dictionary["code_maps"]
		for row in each["rows"]
	]
	codes += [
		[each["key"], "", "", code, code, text["fi"], "", ""]
		for each in dictionary["columns"]
		for code, text in (each["codes"] or {}).items()
	]
	return [
		("Sarakkeet", ("sarake", "selite", "förklaring", "tyyppi", "pakollinen", "koodisto"), columns),
		("Koodit", ("koodisto", "oid", "versio", "oma", "koodi", "selite", "alkaen", "asti"), codes),
	]
