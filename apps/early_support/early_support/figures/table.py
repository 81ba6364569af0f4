"""A table of counts with its margins, and what of it may be shown. Pure: imports no Frappe.

A *figure* is a row and a column: (ALL, column) is the sum of the rows, (row, ALL) the sum of the columns, (ALL, ALL) the
whole. Nothing but what `publish` returns may be shown.
"""

import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

ALL = "all"
HUNDRED = 100

Figure = tuple[str, str]
WHOLE = (ALL, ALL)


class Record(NamedTuple):
	"""One thing that is counted, in the row and the column to which it belongs; ALL in a table without rows.

	`person` is the child whom it concerns, None where no child is recorded. `insider` is whose own work it is (a unit, or a
	worker): whoever works there knows it. `days` is a duration, if it has one.
	"""

	row: str
	column: str
	person: str | None
	insider: str
	days: int | None = None


class Table:
	"""Records in rows and columns, in the order of both, and everything that is added up from them.

	`sole` gives the insider of a row, or of a column, in which nobody else works, and who so knows all of it.
	"""

	def __init__(
		self,
		rows: Iterable[str],
		columns: Iterable[str],
		records: Iterable[Record],
		sole: Mapping[str, str] | None = None,
	) -> None:
		self.rows = tuple(rows)
		self.columns = tuple(columns)
		self.sole = dict(sole or {})
		self.records = list(records)
		self.counts: dict[Figure, int] = defaultdict(int)
		self.own: dict[str, dict[Figure, int]] = defaultdict(lambda: defaultdict(int))
		self._timed: dict[str, list[Record]] = defaultdict(list)
		self._knowing: dict[Figure, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
		self._weights: dict[tuple[Figure, str | None], tuple[int, int]] = {}
		for record in self.records:
			self._add(record)

	def _add(self, record: Record) -> None:
		for row in {record.row, ALL}:
			for figure in ((row, record.column), (row, ALL)):
				self.counts[figure] += 1
				self.own[record.insider][figure] += 1
				if record.person is not None:
					self._knowing[figure][record.person].add(record.insider)
			if record.days is not None:
				self._timed[row].append(record)

	@property
	def cells(self) -> set[Figure]:
		"""All figures of the rows and columns themselves, without totals."""
		return {(row, column) for row in self.rows for column in self.columns}

	def whole_alone(self) -> "Table":
		"""Return the table without its rows: the sums of the columns."""
		return Table((), self.columns, [record._replace(row=ALL) for record in self.records], self.sole)

	def totals_turned(self) -> "Table":
		"""Return the totals of the rows, as the columns of a table without rows."""
		records = [record._replace(row=ALL, column=record.row) for record in self.records]
		return Table((), self.rows, records, self.sole)

	def weight(self, figure: Figure, insider: str | None = None) -> tuple[int, int]:
		"""Return how many records a figure counts, and how many children at most stand behind them.

		With `insider`: without the records which that one knows.
		"""
		key = (figure, insider)
		if key not in self._weights:
			known = self.own[insider].get(figure, 0) if insider else 0
			count = self.counts.get(figure, 0) - known
			behind = self._knowing.get(figure)
			persons = count if behind is None else sum(1 for who in behind.values() if who != {insider})
			self._weights[key] = (count, min(count, persons))
		return self._weights[key]

	def is_small(self, figure: Figure, threshold: int, insider: str | None = None) -> bool:
		"""Tell whether a figure concerns somebody, and fewer than `threshold`."""
		count, persons = self.weight(figure, insider)
		return count > 0 and persons < threshold

	def knows(self, insider: str | None, figure: Figure) -> bool:
		"""Tell whether an insider knows all of a figure, whatever it counts."""
		return insider is not None and insider in (self.sole.get(figure[0]), self.sole.get(figure[1]))

	def timed_without(self, row: str) -> list[tuple[int, int]]:
		"""Return records with a duration in `row`, and children behind them: of all, and without each insider's own."""
		timed = self._timed.get(row, [])
		found = []
		for insider in (None, *sorted({record.insider for record in timed})):
			left = [record for record in timed if record.insider != insider]
			persons = {record.person for record in left}
			found.append((len(left), len(left) if None in persons else len(persons)))
		return found

	def median(self, row: str) -> int | None:
		"""Return the median duration in whole days, None if nothing has one."""
		days = [record.days for record in self._timed.get(row, ())]
		return round(statistics.median(days)) if days else None


class Shown(NamedTuple):
	"""What may be shown: every figure (None: hidden), and the median of each row (None: hidden, or there is none)."""

	figures: dict[Figure, int | None]
	medians: dict[str, int | None]

	def count(self, row: str, column: str = ALL) -> int | None:
		"""Return a figure, None if it is hidden."""
		return self.figures.get((row, column), 0)

	def sum(self, row: str, columns: Iterable[str]) -> int | None:
		"""Return the sum of some columns, None if one of them is hidden."""
		values = [self.count(row, column) for column in columns]
		return None if None in values else sum(values)


def share(part: int | None, whole: int | None, threshold: int) -> int | None:
	"""Return whole per cent, worked out of shown figures; None if one is hidden, or part or rest is small."""
	if part is None or not whole:
		return None
	if 0 < part < threshold or 0 < whole - part < threshold:
		return None
	return round(HUNDRED * part / whole)


def publish(table: Table, hidden: Collection[Figure], threshold: int) -> Shown:
	"""Return what is left of a table when the figures of `hidden` are taken out.

	A median is shown with its row's total, and only if it tells of at least `threshold` records and children, also to whoever
	knows a part of them.
	"""
	rows = (*table.rows, ALL)
	zeros = {(row, ALL) for row in rows} | {(ALL, column) for column in table.columns}
	zeros = {figure for figure in zeros if figure not in hidden and not table.counts.get(figure)}

	def figure(row: str, column: str) -> int | None:
		# Where there is nothing in all of a row or a column, there is nothing in each of its cells.
		is_hidden = (row, column) in hidden and not {(row, ALL), (ALL, column)} & zeros
		return None if is_hidden else table.counts.get((row, column), 0)

	figures = {(row, column): figure(row, column) for row in rows for column in (*table.columns, ALL)}
	medians = {
		row: table.median(row)
		if (row, ALL) not in hidden and _tells_of_enough(table.timed_without(row), threshold)
		else None
		for row in rows
	}
	return Shown(figures, medians)


def _tells_of_enough(weights: list[tuple[int, int]], threshold: int) -> bool:
	"""Whether all records are enough, and what is left of them for whoever knows some is nothing or enough."""
	(everything, _persons), *_rest = weights
	return everything > 0 and all(count == 0 or persons >= threshold for count, persons in weights)
