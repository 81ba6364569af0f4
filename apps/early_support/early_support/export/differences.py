"""Compares a new run with the earlier ones of the same months: what all of them together give away. Pure: imports no Frappe.

A run counts months, and a longer period is the rows of its months, never their sum: so no figure of one run lies within
another of a second run, and two runs tell of the same figure or of different ones. What is left is a month that was counted
twice, with a case entered in between. Who holds both then knows by how much each figure has grown, and the hidden ones
together, and sees what was hidden once and shown the other time.

Not covered: by how much a hidden figure has grown, for a reader who knows how much another hidden one has: what was
hidden in an earlier run is kept nowhere.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from early_support.export.suppress import REST, Cell, Published, stays_silent


class Shown(NamedTuple):
	"""A figure as a run has shown it. `persons` is None where no child is recorded, and in runs of before it was noted."""

	count: int
	persons: int | None = None


NOTHING = Shown(0, 0)

# (group, unit): what an earlier run has shown, None: hidden. The unit is None in the total.
Earlier = Mapping[tuple[Hashable, str | None], Shown | None]


class Kind(Enum):
	"""What two runs give away together."""

	SMALL_CHANGE = "the figure has changed by less than the threshold"
	WORKED_OUT = "what one run hides follows from what the others show"


class Finding(NamedTuple):
	"""A figure that must not go out beside the earlier runs without somebody's decision; of REST: the hidden ones together."""

	kind: Kind
	group: Hashable
	unit: str | None


def figures_of(published: Iterable[Published]) -> dict[tuple[Hashable, str | None], Shown | None]:
	"""Return what a run shows, as it is kept for the runs after it."""
	return {(row.group, row.unit): None if row.hidden else Shown(row.count, row.persons) for row in published}


def differ(one: Earlier, other: Earlier) -> bool:
	"""Whether two runs of the same months say anything different; of both, a figure that is missing was nothing."""
	return any(one.get(key, NOTHING) != other.get(key, NOTHING) for key in one.keys() | other.keys())


def compare(
	cells: Iterable[Cell], published: Iterable[Published], earlier: Sequence[Earlier], threshold: int
) -> list[Finding]:
	"""Return what a new run gives away beside the earlier ones.

	Args:
		cells: what was counted.
		published: what the new run shows of it.
		earlier: the figures of each earlier run; of a group that it has, a figure that is missing was nothing.
		threshold: of small figures.
	"""
	members: dict[Hashable, list[Cell]] = defaultdict(list)
	for cell in cells:
		if cell.count:
			members[cell.group].append(cell)
	shown, before = _by_group(figures_of(published)), [_by_group(each) for each in earlier]
	findings: dict[Finding, None] = {}
	for group in sorted({group for each in before for group in each}, key=str):
		ones = [each[group] for each in before if group in each]
		now = shown.get(group, {})
		for then in ones:
			findings |= dict.fromkeys(
				Finding(Kind.SMALL_CHANGE, group, unit) for unit in _changes(now, then, threshold)
			)
		if not _is_silent(members[group], now, ones, threshold):
			findings[Finding(Kind.WORKED_OUT, group, None)] = None
	return list(findings)


def _by_group(figures: Earlier) -> dict[Hashable, dict[str | None, Shown | None]]:
	found: dict[Hashable, dict[str | None, Shown | None]] = defaultdict(dict)
	for (group, unit), figure in figures.items():
		found[group][unit] = figure
	return dict(found)


def _changes(now: Mapping, then: Mapping, threshold: int) -> Iterator[str | None]:
	"""Give the units, None for the total and REST for the hidden ones together, that have changed by a small number."""
	changed = {
		unit: _less(now.get(unit, NOTHING), then.get(unit, NOTHING))
		for unit in sorted(now.keys() | then.keys() | {None}, key=str)
	}
	# What changed in all of those that are hidden now: what the total has, and the units that are shown have not.
	apart = [change for unit, change in changed.items() if unit is not None and now.get(unit, NOTHING)]
	if _hidden(now) and changed[None] and all(apart):
		changed[REST] = tuple(
			None if None in parts else parts[0] - sum(parts[1:])
			for parts in zip(changed[None], *apart, strict=True)
		)
	for unit, change in changed.items():
		if change and any(each and abs(each) < threshold for each in change):
			yield unit


def _less(now: Shown | None, then: Shown | None) -> tuple[int | None, int | None] | None:
	"""Return by how much records and children have grown; None for what is not known of either."""
	if now is None or then is None:
		return None
	persons = None if None in (now.persons, then.persons) else now.persons - then.persons
	return now.count - then.count, persons


def _hidden(figures: Mapping) -> set[str]:
	return {unit for unit, figure in figures.items() if unit is not None and figure is None}


def _is_silent(members: list[Cell], now: Mapping, before: Sequence[Mapping], threshold: int) -> bool:
	"""Whether no run gives away what another one hides."""
	hidden = _hidden(now)
	if any(_hidden(then) - hidden for then in before):
		# How large it was then is not kept anywhere, so nobody can say what follows for the figures beside it.
		return False
	if not hidden or all(each.get(None, NOTHING) is None for each in (now, *before)):
		return True
	# Where nothing has changed since, an earlier figure is the present one; each run may have shown another.
	known = {
		cell.unit
		for cell in members
		if cell.unit in hidden
		and any(then.get(cell.unit) and then[cell.unit].count == cell.count for then in before)
	}
	return not known or stays_silent(members, hidden - known, threshold)
