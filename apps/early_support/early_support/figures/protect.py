"""Which figures of a table are hidden, so that no small one can be worked out from the others. Pure: imports no Frappe.

The table has margins in two directions (figures/table.py), so that a hidden figure follows from others in more ways than by
one subtraction: the sums form a network. Each figure is a pipe in which its count flows: the whole flows into the totals of
the rows, these into their cells, the cells into the sums of the columns, and these together again. What flows into a knot
flows out of it. What a reader can work out is exactly this: a shown figure is a pipe with a known flow, a hidden one has any
flow that the others allow. How far a hidden figure may be from its count is how much more, or less, can be sent round
through hidden pipes only.

- *Primary*: a figure that counts fewer than n, or of whom there are fewer than n children. Zero is shown: it says that
  nothing happened. Also a figure that would be so small without the records of a single insider (a unit, a worker).
- *Secondary*: for each of these, also as an insider sees it, who takes the own records off, it must be possible that it is
  anything from 1 to n - 1, even for a reader who knows which of the hidden figures are small. For that others are hidden
  beside it: a way round through the network always, further ones until it is enough. Cells come before totals; otherwise a
  fixed mixed order decides, and never their size, which would tell something about it.
- A small figure within another small one (the cells of a small row) only has to be ambiguous: that they are small is known.
- The sums of the columns come first, then the totals of the rows, then the cells. What has been shown is not hidden for the
  sake of what comes later; of the latter nothing is shown, not even zeros, if it cannot be protected otherwise.

This is the method of complementary suppression by flows in networks, which offices of statistics use for such tables, and
what export/suppress.py does for tables of one direction. Not covered: readers who know several insiders' records; what
follows from several tables about the same children together; earlier states of a running season.
"""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from early_support.export.suppress import LEAST_THRESHOLD
from early_support.figures.table import ALL, WHOLE, Figure, Table

NO_LIMIT = 10**9

# What it costs to hide a figure more: the higher, the later. A mixed order of this width stands below.
COST_OF_CELL, COST_OF_TOTAL, COST_OF_WHOLE = 100, 500, 2000
WIDTH_OF_ORDER = 10
COST_OF_REPEATING = 100_000
# So many ways round are tried for a figure before all that may be hidden is.
MOST_WAYS = 8


def protect(
	table: Table, threshold: int, hidden: Collection[Figure] = (), secret: Collection[str] = ()
) -> set[Figure]:
	"""Return the figures to hide; those of `hidden` are hidden anyhow, because another table hides them.

	`secret` are rows whose totals must not be worked out, whatever they count.

	Raises:
		ValueError: `threshold` is below 3: between 1 and 1 there is nothing to hide.
	"""
	if threshold < LEAST_THRESHOLD:
		raise ValueError(f"The threshold is at least {LEAST_THRESHOLD}, not {threshold}")
	whole = table.whole_alone()
	hidden = _Protection(whole, threshold, hidden, ()).run()
	if WHOLE in hidden:
		# What cannot be said of the whole is not said of its parts.
		return hidden | table.cells | {(row, ALL) for row in table.rows}
	if not table.rows:
		return hidden
	totals = {(ALL, row): (row, ALL) for row in table.rows} | {WHOLE: WHOLE}
	there = {inner for inner, outer in totals.items() if outer in hidden}
	turned = _Protection(table.totals_turned(), threshold, there, {WHOLE}, {(ALL, row) for row in secret})
	hidden |= {totals[inner] for inner in turned.run()}
	kept = {*whole.counts, *totals.values()}
	return _Protection(table, threshold, hidden, kept, {(row, ALL) for row in secret}).run()


def is_safe_beside(parts: Table, threshold: int) -> bool:
	"""Tell whether the whole may be shown beside another report that shows all of its parts which are not small.

	`parts` is a table without rows, whose columns are the figures of the other report.
	"""
	known = {figure for figure in parts.counts if not parts.is_small(figure, threshold)}
	protection = _Protection(parts, threshold, (), known)
	# What the other report hides it has chosen by its own rule.
	protection.hides_counts = False
	protection.run()
	return not protection.has_failed


class _Pipe(NamedTuple):
	figure: Figure
	start: tuple
	end: tuple


class _Step(NamedTuple):
	"""A pipe gone through: forward its figure gets larger, backward smaller."""

	pipe: _Pipe
	is_forward: bool


class _NoWay(Exception):
	"""A small figure cannot be protected by hiding some others."""


class _Protection:
	"""Hides what one table needs, of all figures but `kept`."""

	def __init__(
		self,
		table: Table,
		threshold: int,
		hidden: Collection[Figure],
		kept: Collection[Figure],
		secret: Collection[Figure] = (),
	) -> None:
		self.table = table
		self.threshold = threshold
		self.hidden = set(hidden)
		self.kept = frozenset(kept)
		self.has_failed = False
		self.hides_counts = True
		self.pipe_of = {figure: self._pipe(figure) for figure, count in sorted(table.counts.items()) if count}
		self.steps: dict[tuple, list[_Step]] = defaultdict(list)
		for pipe in self.pipe_of.values():
			self.steps[pipe.start].append(_Step(pipe, True))
			self.steps[pipe.end].append(_Step(pipe, False))
		self.secret = frozenset(secret) & self.pipe_of.keys()
		self.small = {figure for figure in self.pipe_of if table.is_small(figure, threshold)} | self.secret
		self.costs = {figure: self._cost(figure) for figure in self.pipe_of}

	def run(self) -> set[Figure]:
		to_insiders = list(self._small_to_insiders())
		self.hidden |= self.small | {figure for figure, _insider in to_insiders}
		try:
			for figure in sorted(self.small):
				touched = self._protect(figure, None)
				# What is ambiguous by figures in which somebody has no part is so for that one, too.
				for insider in self._insiders_of({*touched, figure}):
					if self._is_small_to(figure, insider):
						self._protect(figure, insider)
			for figure, insider in to_insiders:
				if figure not in self.small:
					self._protect(figure, insider)
		except _NoWay:
			self.has_failed = True
			# Also the zeros, of which the others would follow.
			self.hidden |= (self.pipe_of.keys() | self.table.cells) - self.kept
		return self.hidden

	def _small_to_insiders(self) -> Iterator[tuple[Figure, str]]:
		for insider in sorted(self.table.own):
			for figure in sorted(self.table.own[insider]):
				if self.table.is_small(figure, self.threshold, insider):
					yield figure, insider

	def _is_small_to(self, figure: Figure, insider: str) -> bool:
		if figure in self.secret:
			return self.table.weight(figure, insider)[0] > 0
		return self.table.is_small(figure, self.threshold, insider)

	def _insiders_of(self, figures: Collection[Figure]) -> list[str]:
		return sorted(
			insider
			for insider, own in self.table.own.items()
			if any(figure in own or self.table.knows(insider, figure) for figure in figures)
		)

	# One small figure ------------------------------------------------------------------------------------------------

	def _protect(self, figure: Figure, insider: str | None) -> set[Figure]:
		"""Hide what is needed beside a small figure. Returns the figures through which it is ambiguous. Raises _NoWay."""
		used: dict[Figure, int] = defaultdict(int)
		# Also where it is ambiguous by others already: else the reader would learn from the absence of a way of its own.
		touched = self._ambiguous_by(figure, insider) if insider else None
		ways = 0
		while touched is None:
			way = self._way(figure, insider, lambda step: self._price(step.pipe.figure, used))
			ways += 1
			if not way or ways > MOST_WAYS:
				raise _NoWay
			for step in way:
				self.hidden.add(step.pipe.figure)
				used[step.pipe.figure] += 1
			touched = self._ambiguous_by(figure, insider)
		return touched

	def _ambiguous_by(self, figure: Figure, insider: str | None) -> set[Figure] | None:
		"""Return the figures through which it could be all that it must be able to be; None if it could not."""
		if self._is_within_a_small_one(figure, insider):
			either = (self._send(figure, 1, is_up, insider) for is_up in (False, True))
			return next((way for way in either if way is not None), None)
		touched: set[Figure] = set()
		for wanted, is_up in self._must_reach(figure, insider):
			found = self._send(figure, wanted, is_up, insider)
			if found is None:
				return None
			touched |= found
		return touched

	def _must_reach(self, figure: Figure, insider: str | None) -> list[tuple[int, bool]]:
		"""Return by how much a figure could have to be smaller, and by how much larger.

		For a cell it is the same whatever it counts: else its count would show in what is hidden beside it.
		"""
		count, _persons = self.table.weight(figure, insider)
		if count >= self.threshold:
			return [(self.threshold, True)]
		if self.hides_counts and self._is_cell(figure):
			return [(self.threshold - 2, False), (self.threshold - 2, True)]
		_least, most = self._limits(figure, insider)
		least = min(count, max(1, self._parts(figure, insider)))
		return [(count - least, False), (min(self.threshold - 1, most) - count, True)]

	def _is_cell(self, figure: Figure) -> bool:
		return figure[1] != ALL and (figure[0] != ALL or not self.table.rows)

	def _is_within_a_small_one(self, figure: Figure, insider: str | None) -> bool:
		row, column = figure
		around = {(row, ALL), (ALL, column), WHOLE} - {figure}
		return any(
			self.table.weight(other, insider)[0] < self.threshold
			and self.table.is_small(other, self.threshold, insider)
			for other in around
		)

	def _parts(self, figure: Figure, insider: str | None) -> int:
		"""Return of how many cells that are not zero it is the sum: the zeros are shown, so each counts at least one."""
		row, column = figure
		cells = (
			(each, other)
			for each in ((self.table.rows or (ALL,)) if row == ALL else (row,))
			for other in (self.table.columns if column == ALL else (column,))
		)
		return sum(1 for cell in cells if self.table.counts.get(cell) and not self.table.knows(insider, cell))

	# The network -----------------------------------------------------------------------------------------------------

	def _pipe(self, figure: Figure) -> _Pipe:
		row, column = figure
		if figure == WHOLE:
			return _Pipe(figure, ("end",), ("row", ALL))
		if row == ALL:
			start = ("column", column) if self.table.rows else ("row", ALL)
			return _Pipe(figure, start, ("end",))
		if column == ALL:
			return _Pipe(figure, ("row", ALL), ("row", row))
		return _Pipe(figure, ("row", row), ("column", column))

	def _limits(self, figure: Figure, insider: str | None) -> tuple[int, int]:
		"""Return the least and the most that a hidden figure can be for a reader, without what that one knows."""
		if self.table.knows(insider, figure):
			return 0, 0
		own = self.table.own[insider].get(figure, 0) if insider else 0
		count = self.table.counts[figure]
		least, most = 1, NO_LIMIT
		if figure not in self.small:
			least = min(count, self.threshold)
		elif count < self.threshold:
			most = self.threshold - 1
		return max(0, least - own), most - own

	def _send(self, figure: Figure, wanted: int, is_up: bool, insider: str | None) -> set[Figure] | None:
		"""Make a figure so much larger (or smaller) on paper, by sending its change round through hidden pipes.

		Returns the figures that take part; None if it cannot be sent.
		"""
		changes: dict[Figure, int] = defaultdict(int)

		def passage(step: _Step) -> int | None:
			is_open = step.pipe.figure in self.hidden and self._room(step, changes, insider) > 0
			return 1 if is_open else None

		while wanted:
			way = self._way(figure, insider, passage, is_up=is_up)
			if not way:
				return None
			much = min(wanted, *(self._room(step, changes, insider) for step in way))
			for step in way:
				changes[step.pipe.figure] += much if step.is_forward else -much
			wanted -= much
		return set(changes)

	def _room(self, step: _Step, changes: dict[Figure, int], insider: str | None) -> int:
		figure = step.pipe.figure
		least, most = self._limits(figure, insider)
		now = self.table.weight(figure, insider)[0] + changes[figure]
		return most - now if step.is_forward else now - least

	def _way(
		self,
		figure: Figure,
		insider: str | None,
		price_of: Callable[[_Step], int | None],
		is_up: bool = True,
	) -> list[_Step]:
		"""Find the way round from one end of a pipe to the other that costs least. Empty if there is none.

		`price_of` gives None for a pipe through which it may not go.
		"""
		pipe = self.pipe_of[figure]
		source, target = (pipe.end, pipe.start) if is_up else (pipe.start, pipe.end)
		costs, arrived = {source: 0}, {}
		waiting, number = [(0, 0, source)], 0
		while waiting:
			cost, _number, knot = heapq.heappop(waiting)
			if knot == target:
				return self._steps_to(target, source, arrived)
			for step in self.steps[knot] if cost == costs[knot] else ():
				there = step.pipe.end if step.is_forward else step.pipe.start
				price = None
				if step.pipe.figure != figure and not self.table.knows(insider, step.pipe.figure):
					price = price_of(step)
				if price is not None and cost + price < costs.get(there, NO_LIMIT):
					costs[there], arrived[there] = cost + price, (knot, step)
					number += 1
					heapq.heappush(waiting, (cost + price, number, there))
		return []

	@staticmethod
	def _steps_to(target: tuple, source: tuple, arrived: dict) -> list[_Step]:
		steps = []
		while target != source:
			target, step = arrived[target]
			steps.append(step)
		return steps[::-1]

	def _price(self, figure: Figure, used: dict[Figure, int]) -> int | None:
		"""What it costs to go through a pipe: one that was used for the same figure before comes last."""
		if figure in self.hidden:
			return used[figure] * COST_OF_REPEATING + 1
		return None if figure in self.kept else self.costs[figure]

	def _cost(self, figure: Figure) -> int:
		mixed = int(hashlib.sha256("|".join(figure).encode()).hexdigest(), 16) % WIDTH_OF_ORDER
		if figure == WHOLE:
			return COST_OF_WHOLE + mixed
		return (COST_OF_CELL if self._is_cell(figure) else COST_OF_TOTAL) + mixed
