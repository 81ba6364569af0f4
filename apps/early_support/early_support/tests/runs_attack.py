"""The attack on the files of many runs: whoever holds all of them puts what they show into equations, and solves these. Pure.

The reader is given more than anybody has: which figures have changed between two runs, and the true figures of one unit.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

MOST = 10**6
ROUNDS = 40
# In a file: all units, and the hidden ones as one.
ALL, OTHERS = "kaikki", "muut"


class Truth(NamedTuple):
	"""What there was of an event in a unit: records and children."""

	count: int
	persons: int

	@property
	def weight(self) -> int:
		return min(self)


# group → unit → what there was; a unit without anything is left out.
World = Mapping[Hashable, Mapping[str, Truth]]


class File(NamedTuple):
	"""What a file shows, group → unit, ALL or OTHERS → records and children, None: hidden; and the world that it tells of."""

	shown: Mapping[Hashable, Mapping[str, Truth | None]]
	world: World


class Leak(NamedTuple):
	"""What follows from the files: a figure under the threshold lies within a range, or so many have come or gone."""

	what: str
	group: Hashable
	unit: str | None
	least: int
	most: int
	insider: str | None


# A figure as it stood until it was changed: the unit, and which of its different figures it is.
Variable = tuple[str, Truth]
Equation = tuple[dict[Variable, int], int]


def leaks(files: Sequence[File], threshold: int) -> list[Leak]:
	"""Return what all files together give away of figures, or changes, under the threshold."""
	found: dict[Leak, None] = {}
	for group in {group for file in files for group in file.shown}:
		for measure in (0, 1):
			for leak in _leaks_of(group, [file for file in files if group in file.shown], measure, threshold):
				found[leak] = None
	return list(found)


def _leaks_of(group: Hashable, files: Sequence[File], measure: int, threshold: int) -> Iterator[Leak]:
	known, sums = _read(group, files, measure)
	sums = [_without(known, each) for each in sums]
	sums += [_without(known, _less(one, other)) for one, other in combinations(sums, 2)]
	yield from _changes(group, sums, threshold)
	yield from _shown_changes(group, files, measure, threshold)
	secret = {
		(unit, figure)
		for file in files
		for unit, figure in file.world.get(group, {}).items()
		if figure.weight < threshold
	}
	for unit, figure in secret & known.keys():
		yield Leak("shown", group, unit, figure[measure], figure[measure], None)
	units = {unit for equation, _total in sums for unit, _figure in equation}
	for insider in (None, *sorted(units)):
		own = {each: each[1][measure] for equation, _total in sums for each in equation if each[0] == insider}
		ranges = _solve([_without(own, each) for each in sums])
		for each in secret - known.keys() - own.keys():
			least, most = ranges.get(each, (1, MOST))
			if most - least < threshold:
				yield Leak("worked out", group, each[0], least, most, insider)


def _read(group: Hashable, files: Iterable[File], measure: int) -> tuple[dict[Variable, int], list[Equation]]:
	"""Return the figures that files show, and what they say of sums."""
	known: dict[Variable, int] = {}
	sums: list[Equation] = []
	for file in files:
		truth, shown = file.world.get(group, {}), file.shown[group]
		# A unit that a file leaves out had nothing.
		known |= {
			(unit, truth[unit]): figure[measure]
			for unit, figure in shown.items()
			if figure is not None and unit not in (ALL, OTHERS)
		}
		everything = dict.fromkeys(truth.items(), 1)
		hidden = {each: 1 for each in everything if shown.get(each[0]) is None}
		sums += [
			(parts, shown[whole][measure])
			for whole, parts in ((ALL, everything), (OTHERS, hidden))
			if shown.get(whole) is not None
		]
	return known, sums


def _shown_changes(group: Hashable, files: Iterable[File], measure: int, threshold: int) -> Iterator[Leak]:
	"""Give the figures that two files show, and that have changed by less than the threshold."""
	for one, other in combinations([file.shown[group] for file in files], 2):
		for unit in one.keys() | other.keys():
			ends = [each.get(unit, Truth(0, 0)) for each in (one, other)]
			if None not in ends and 0 < abs(change := ends[1][measure] - ends[0][measure]) < threshold:
				yield Leak("changed", group, unit, change, change, None)


def _changes(group: Hashable, sums: Iterable[Equation], threshold: int) -> Iterator[Leak]:
	"""Give the equations that say nothing but how much some units have changed, all together."""
	for equation, total in sums:
		signs: dict[str, list[int]] = defaultdict(list)
		for (unit, _figure), sign in equation.items():
			signs[unit].append(sign)
		if signs and all(sum(each) == 0 for each in signs.values()) and 0 < abs(total) < threshold:
			yield Leak("changed", group, "+".join(sorted(signs)), total, total, None)


def _without(known: Mapping[Variable, int], equation: Equation) -> Equation:
	parts, total = equation
	return (
		{each: sign for each, sign in parts.items() if each not in known},
		total - sum(sign * known[each] for each, sign in parts.items() if each in known),
	)


def _less(one: Equation, other: Equation) -> Equation:
	parts = dict(one[0])
	for each, sign in other[0].items():
		parts[each] = parts.get(each, 0) - sign
	return {each: sign for each, sign in parts.items() if sign}, one[1] - other[1]


def _solve(sums: Sequence[Equation]) -> dict[Variable, tuple[int, int]]:
	"""Return the least and the most that each figure can be, which is at least one; never narrower than the truth."""
	ranges = {each: (1, MOST) for equation, _total in sums for each in equation}
	for _round in range(ROUNDS):
		before = dict(ranges)
		for equation, total in sums:
			for each, sign in equation.items():
				others = [
					sorted(sign_of * end for end in ranges[other])
					for other, sign_of in equation.items()
					if other != each
				]
				left = sorted(sign * (total - sum(ends[at] for ends in others)) for at in (0, 1))
				least, most = ranges[each]
				ranges[each] = (max(least, left[0]), min(most, left[1]))
		if ranges == before:
			break
	return ranges
