"""Which rows a profile keeps: those that hold one of some codes, in each of some fields. Pure: imports no Frappe."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from early_support.export.faults import Fault, Refused


class Filter(NamedTuple):
	"""Of a field only some codes are kept."""

	source: str
	keep: tuple[str, ...]

	def takes(self, value: object) -> bool:
		"""Whether a value is one of the codes. No value is none."""
		return value is not None and str(value) in self.keep


def read(source: str, text: str | None) -> Filter:
	"""Read a filter as people write it: codes with a comma, or a line, between them.

	Raises:
		Refused: there is no code.
	"""
	codes = tuple(
		dict.fromkeys(code.strip() for code in (text or "").replace("\n", ",").split(",") if code.strip())
	)
	if not codes:
		raise Refused(Fault.FILTER_EMPTY, field=source)
	return Filter(source, codes)


def kept(records: Iterable[Mapping], filters: Iterable[Filter]) -> Iterator[Mapping]:
	"""Give the records that every filter takes."""
	filters = tuple(filters)
	return (record for record in records if all(each.takes(record[each.source]) for each in filters))
