"""Hides single people among others: k-anonymity of rows. Pure: imports no Frappe.

Whoever knows where a child is in day care, how old it is, and that it was met in some month, must not find its rows. So the
values that others may know (the *indirect* ones: classes.py) are counted by combination, and each that fewer than k children
share is made coarser, one column after the other, the last one first, until enough share it. What stays alone even so is
left out of the file.

The counting takes a first pass over the rows, and the writing a second one. While fewer than k children share a combination,
it is remembered who they are; after that only that they are enough. So what is held grows with the combinations, and not with the
rows.

Not covered: what the rows say of all k children alike (if each of five has the same outcome, the outcome of each is known);
several files of the same children. A pseudonym names a record and never a child, so rows of one child are not tied together.
"""

from collections.abc import Hashable, Iterable, Sequence
from itertools import compress

# What stands in a column that was made coarser.
ANY = "*"

Combination = tuple[Hashable, ...]
# A combination, who shares it, and which ones of the rows have become it.
Group = tuple[Combination, Iterable[Hashable], Iterable[Combination]]

# Stands for a combination that was not met before.
_NEW: list = []


class Crowd:
	"""Counts who shares which combination of the indirect values, and says what becomes of each."""

	def __init__(self, k: int) -> None:
		self.k = k
		# How many rows it has, and then the children, while they are fewer than k; None: there are enough.
		self._groups: dict[Combination, list | None] = {}
		self._nameless = 0

	def add(self, combination: Combination, person: Hashable | None, people: int = 1) -> None:
		"""Count a row, as `add_all` does."""
		self.add_all([combination], [person], [people])

	def add_all(
		self, combinations: Iterable[Combination], persons: Iterable[Hashable | None], people: Iterable[int]
	) -> None:
		"""Count rows.

		Args:
			combinations: the indirect values of each.
			persons: the child, None where none is recorded: each such row is of somebody else.
			people: how many children a row without a child stands for.
		"""
		groups, most = self._groups, self.k
		for combination, person, number in zip(combinations, persons, people, strict=True):
			group = groups.get(combination, _NEW)
			if group is None:
				continue
			if group is _NEW:
				group = groups[combination] = [0]
			group[0] += 1
			if person is None:
				group += self._somebody_else(min(number, most))
			elif person not in group[1:]:
				group.append(person)
			if len(group) > most:
				groups[combination] = None

	def coarsened(self) -> dict[Combination, Combination | None]:
		"""Return what each combination becomes that cannot stay as it is; None: its rows are left out."""
		alone: Iterable[Group] = (
			(own, group[1:], (own,)) for own, group in self._groups.items() if group is not None
		)
		becomes: dict[Combination, Combination | None] = {}
		for position in reversed(range(len(next(iter(self._groups), ())))):
			merged = self._merged(alone, position)
			alone = [(own, *group) for own, group in merged.items() if len(group[0]) < self.k]
			for own, (people, members) in merged.items():
				if len(people) >= self.k:
					becomes |= dict.fromkeys(members, own)
		for _own, _people, members in alone:
			becomes |= dict.fromkeys(members)
		return becomes

	def left_out(self, becomes: dict[Combination, Combination | None]) -> int:
		"""Return how many rows are left out."""
		return sum(self._groups[own][0] for own, other in becomes.items() if other is None)

	def changed(self, becomes: dict[Combination, Combination | None]) -> int:
		"""Return how many rows are made coarser."""
		return sum(self._groups[own][0] for own, other in becomes.items() if other is not None)

	def _somebody_else(self, number: int) -> list[tuple[str, int]]:
		self._nameless += number
		return [("nameless", self._nameless - each) for each in range(number)]

	@staticmethod
	def _merged(groups: Iterable[Group], position: int) -> dict[Combination, tuple[set, list[Combination]]]:
		merged: dict[Combination, tuple[set, list[Combination]]] = {}
		for own, people, members in groups:
			coarser = (*own[:position], ANY, *own[position + 1 :])
			there = merged.setdefault(coarser, (set(), []))
			there[0].update(people)
			there[1].extend(members)
		return merged


def combinations_of(columns: Sequence[Sequence], positions: Sequence[int], rows: int) -> list[Combination]:
	"""Return the values of each row at the positions of the indirect columns."""
	if not positions:
		return [()] * rows
	return list(zip(*(columns[position] for position in positions), strict=True))


def coarsen(
	columns: Sequence[Sequence],
	positions: Sequence[int],
	rows: int,
	becomes: dict[Combination, Combination | None],
) -> list[Sequence]:
	"""Return the columns of rows whose combinations have become what they are to, without those that are left out."""
	combinations = combinations_of(columns, positions, rows)
	others = [becomes.get(own, own) for own in combinations]
	made = list(columns)
	for place, position in enumerate(positions):
		made[position] = [other and other[place] for other in others]
	if None not in others:
		return made
	stays = [other is not None for other in others]
	return [list(compress(column, stays)) for column in made]


def is_anonymous(rows: Iterable[tuple[Combination, Hashable]], k: int) -> bool:
	"""Tell whether at least k children share each combination of the rows that were written: the check after the work."""
	people: dict[Combination, set] = {}
	for combination, person in rows:
		people.setdefault(combination, set()).add(person)
	return all(len(known) >= k for known in people.values())
