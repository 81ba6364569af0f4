"""Writes rows as delimited text that spreadsheets open safely. Pure: imports no Frappe."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

BOM = "\ufeff"
DELIMITER = ";"
# A cell that begins like this is taken for a formula (domain.md §8).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ESCAPE = "'"


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
	"""The rows as CSV: UTF-8 with BOM, semicolons, a header of the column keys, CRLF. None is an empty cell."""
	buffer = io.StringIO(newline="")
	writer = csv.writer(buffer, delimiter=DELIMITER, lineterminator="\r\n")
	writer.writerow(columns)
	for row in rows:
		writer.writerow([safe_cell(row.get(column)) for column in columns])
	return (BOM + buffer.getvalue()).encode("utf-8")


def safe_cell(value: object) -> str:
	"""Return what stands in a cell: a text that begins like a formula gets an apostrophe before it.

	One that begins like that after apostrophes gets one more: else a reader who takes ours off would take off its own.
	"""
	text = "" if value is None else str(value)
	# A number stays a number, also below zero.
	is_unsafe = isinstance(value, str) and text.lstrip(ESCAPE).startswith(FORMULA_STARTS)
	return f"{ESCAPE}{text}" if is_unsafe else text
