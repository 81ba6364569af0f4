"""Hides small counts so that they cannot be worked out from what is published. Pure: imports no Frappe.

The table is one-dimensional: for each group (a month and an event of one municipality) the units and their total.

- *Primary*: a count below the threshold n is hidden, also if the count is larger but fewer than n children stand
  behind it. Zero is published: it says that nothing happened, not to whom something happened.
- *Secondary*: as soon as a group holds a hidden count, two further units are hidden, and more if need be, until the
  total gives nothing away (`_keeps_silent`). The reader may know the true figures of any one unit, as whoever works there
  does, take them off the total with the published ones, and even know which of the hidden ones are small. For this
  reader a small one may still be anything from 1 to n - 1, and what remains of any hidden one is a range of at least n.
  Two are always hidden, also where small counts already hide each other: otherwise the reader would learn from their
  absence. Which ones, is decided by a fixed mixed order and never by their size, which would tell something about it.
- If all units are hidden and it is still not enough, the total is hidden too, and the group shows nothing but its units.
- A mean is published with its count, and only if at least n records have a duration; the mean of a total only if what
  it would tell about the hidden units, with or without any one of them, concerns no record or at least n.

domain.md §8 asks for n < 5 by default, primary, then secondary on margins. Comparing with earlier runs is done
in export/differences.py. Not covered: readers who know the figures of several units and add them up.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

# Below three a figure and its neighbours tell one family's affairs (domain.md §8).
LEAST_THRESHOLD = 3

# Units hidden beside the small ones: one of them may be the reader's own.
ALWAYS_WITH_SMALL = 2

# Stands for the units which a file shows as one. No unit has such a code (naming.py).
REST = "*"


@dataclass(frozen=True)
class Cell:
	"""What happened in one unit: `count` records about `persons` children, None where no child is recorded.

	`days` is the sum of the durations of `timed` of the records.
	"""

	group: Hashable
	unit: str
	count: int
	persons: int | None = None
	days: int = 0
	timed: int = 0

	@property
	def weight(self) -> int:
		"""What is compared with the threshold: never more than the count."""
		return self.count if self.persons is None else min(self.count, self.persons)

	def __add__(self, other: "Cell") -> "Cell":
		"""What two countings of the same unit and group come to, of which none counts what the other does."""
		persons = None if self.persons is None else self.persons + (other.persons or 0)
		return replace(
			self,
			count=self.count + other.count,
			persons=persons,
			days=self.days + other.days,
			timed=self.timed + other.timed,
		)


@dataclass(frozen=True)
class Published:
	"""A row that may be shown; `unit` is None in the total. A hidden row has no numbers at all."""

	group: Hashable
	unit: str | None
	count: int | None
	persons: int | None
	mean_days: int | None
	hidden: bool


def suppress(cells: Iterable[Cell], threshold: int) -> list[Published]:
	"""Publish `cells` and the total of each group, with what is smaller than `threshold` hidden.

	Cells without records give no row. Groups keep their order of arrival, units too, and the total comes last. A child
	who moved is counted in each unit, in the total as well, so that the total is the sum of its units. Raises
	ValueError if `threshold` is below 3: between 1 and 1 there is nothing to hide.
	"""
	if threshold < LEAST_THRESHOLD:
		raise ValueError(f"The threshold is at least {LEAST_THRESHOLD}, not {threshold}")
	groups: dict[Hashable, list[Cell]] = defaultdict(list)
	for cell in cells:
		if cell.count:
			groups[cell.group].append(cell)
	published = []
	for group, members in groups.items():
		hidden, total_hidden = _choose_hidden(members, threshold)
		published += [
			_publish(group, cell.unit, [cell], cell.unit in hidden, cell.timed >= threshold)
			for cell in members
		]
		published.append(
			_publish(group, None, members, total_hidden, _mean_is_safe(members, hidden, threshold))
		)
	return published


def stays_silent(members: Iterable[Cell], hidden: Collection[str], threshold: int) -> bool:
	"""Tell whether the sum of the hidden ones of a group's cells tells nothing of a small one."""
	return _keeps_silent([cell for cell in members if cell.unit in hidden], threshold)


def roll_up(published: Iterable[Published]) -> list[Published]:
	"""Return the rows with the hidden ones of each group as a single row of the rest (REST), before the total.

	It says nothing new: the rest is the total less what is shown. Where the total is hidden, the rest is. No mean is given
	for it, because that of the total was judged without it.
	"""
	groups: dict[Hashable, list[Published]] = defaultdict(list)
	for row in published:
		groups[row.group].append(row)
	rolled = []
	for group, rows in groups.items():
		total, shown = rows[-1], [row for row in rows[:-1] if not row.hidden]
		rolled += shown
		if len(shown) < len(rows) - 1:
			rolled.append(_rest(group, total, shown))
		rolled.append(total)
	return rolled


def _rest(group: Hashable, total: Published, shown: Sequence[Published]) -> Published:
	if total.hidden:
		return Published(group, REST, None, None, None, True)
	persons = None if total.persons is None else total.persons - sum(row.persons or 0 for row in shown)
	return Published(group, REST, total.count - sum(row.count for row in shown), persons, None, False)


def _choose_hidden(members: Sequence[Cell], threshold: int) -> tuple[set[str], bool]:
	"""Return the units to hide, and whether the total must be hidden too."""
	small = [cell for cell in members if cell.weight < threshold]
	if not small:
		return set(), False
	others = sorted((cell for cell in members if cell.weight >= threshold), key=_mixed_order)
	hidden, others = [*small, *others[:ALWAYS_WITH_SMALL]], others[ALWAYS_WITH_SMALL:]
	while others and not _keeps_silent(hidden, threshold):
		hidden.append(others.pop(0))
	return {cell.unit for cell in hidden}, not _keeps_silent(hidden, threshold)


def _keeps_silent(hidden: Sequence[Cell], threshold: int) -> bool:
	"""Whether the sum of the hidden cells tells nothing, whichever one of them the reader knows."""
	total = sum(cell.weight for cell in hidden)
	small = sum(cell.weight < threshold for cell in hidden)
	large = len(hidden) - small
	return all(
		_is_ambiguous(total - known, small - (known < threshold), large - (known >= threshold), threshold)
		for known in {cell.weight for cell in hidden}
	)


def _is_ambiguous(total: int, small: int, large: int, threshold: int) -> bool:
	"""Whether the sum leaves each of so many cells a range of at least n, and each small one all of 1 to n - 1."""
	# For who knows only that none is zero, each of two or more goes from 1 to what the others can leave.
	wide = small + large >= 2 and total - (small + large) >= threshold
	# For who knows which are small: up to n - 1, when all others are as small as they can be …
	reaches_up = total - small - large * threshold >= threshold - 2
	# … and down to 1, when all others are as large as they can be; a large one has no end.
	reaches_down = large > 0 or total <= (small - 1) * (threshold - 1) + 1
	return wide and (not small or (reaches_up and reaches_down))


def _mixed_order(cell: Cell) -> str:
	"""An order that is the same in every run, differs between groups, and knows nothing of the counts."""
	return hashlib.sha256(f"{cell.group}|{cell.unit}".encode()).hexdigest()


def _mean_is_safe(members: Sequence[Cell], hidden: set[str], threshold: int) -> bool:
	"""Whether the mean of the total tells only of enough records, whichever unit the reader knows."""
	behind = [cell.timed for cell in members if cell.unit in hidden or cell.timed < threshold]
	told_of = [sum(behind), *(sum(behind) - known for known in behind)]
	enough = sum(cell.timed for cell in members) >= threshold
	return enough and all(timed == 0 or timed >= threshold for timed in told_of)


def _publish(
	group: Hashable, unit: str | None, cells: Sequence[Cell], hidden: bool, mean_is_safe: bool
) -> Published:
	if hidden:
		return Published(group, unit, None, None, None, True)
	timed = sum(cell.timed for cell in cells)
	return Published(
		group=group,
		unit=unit,
		count=sum(cell.count for cell in cells),
		persons=None if cells[0].persons is None else sum(cell.persons or 0 for cell in cells),
		mean_days=round(sum(cell.days for cell in cells) / timed) if timed and mean_is_safe else None,
		hidden=False,
	)
