"""Hides small counts so that they cannot be worked out from what is published. Pure: imports no Frappe.

The table is one-dimensional: for each group (a month and an event of one municipality) the units and their total.

- *Primary*: a count below the threshold n is hidden, also if the count is larger but fewer than n children stand
  behind it. Zero is published: it says that nothing happened, not to whom something happened.
- *Secondary*: as soon as a group holds a hidden count and a total of at least n, further units are hidden, so that the
  total less the published ones leaves every small count at least two possible values, even for a reader who knows
  these rules. One is always hidden, also where two small counts already hide each other: otherwise the reader would
  learn from its absence. Which one, is decided by a fixed mixed order and never by its size, which would tell something
  about it. If no unit is left that could be hidden, the total is.
- A mean is published with its count, and only if at least n records have a duration; the mean of a total only if what
  it would tell about the hidden units concerns at least n records.

domain.md §8 asks for n < 5 by default, primary, then secondary on margins. Rolling up small units and comparing with
earlier runs is not done here.
"""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

# Below three a figure and its neighbours tell one family's affairs (domain.md §8).
LEAST_THRESHOLD = 3


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
		timed_behind = sum(cell.timed for cell in members if _hides_mean(cell, hidden, threshold))
		timed = sum(cell.timed for cell in members)
		mean_is_safe = timed >= threshold and (timed_behind == 0 or timed_behind >= threshold)
		published.append(_publish(group, None, members, total_hidden, mean_is_safe))
	return published


def _choose_hidden(members: Sequence[Cell], threshold: int) -> tuple[set[str], bool]:
	small = [cell for cell in members if cell.weight < threshold]
	total = sum(cell.weight for cell in members)
	if not small:
		return set(), False
	if total < threshold:
		return {cell.unit for cell in small}, True
	others = sorted((cell for cell in members if cell.weight >= threshold), key=_mixed_order)
	chosen: list[Cell] = []
	while others and not (chosen and _is_ambiguous(small, chosen, threshold)):
		chosen.append(others.pop(0))
	return {cell.unit for cell in [*small, *chosen]}, not _is_ambiguous(small, chosen, threshold)


def _is_ambiguous(small: Sequence[Cell], chosen: Sequence[Cell], threshold: int) -> bool:
	"""Whether the sum of the hidden leaves each small one at least two values, known that it is 1 to threshold - 1.

	Asks only for what the reader can work out anyway, so that the answer tells nothing new.
	"""
	total = sum(cell.weight for cell in [*small, *chosen])
	if chosen:
		# The largest value a small one can have, when all others are as small as they can be.
		return total - (len(small) - 1) - len(chosen) * threshold >= 2
	return len(small) >= 2 and len(small) < total < len(small) * (threshold - 1)


def _mixed_order(cell: Cell) -> str:
	"""An order that is the same in every run, differs between groups, and knows nothing of the counts."""
	return hashlib.sha256(f"{cell.group}|{cell.unit}".encode()).hexdigest()


def _hides_mean(cell: Cell, hidden: set[str], threshold: int) -> bool:
	return cell.unit in hidden or cell.timed < threshold


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
