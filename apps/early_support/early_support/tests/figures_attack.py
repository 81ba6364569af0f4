"""The attack on a table of figures: all that is shown put into equations, with the figures of one insider as known."""

from collections.abc import Mapping
from typing import NamedTuple

Figure = tuple[str, str]
ALL = "all"
MOST = 10**6
# Enough for tables of this size; what is still wider then is only wider than it could be.
ROUNDS = 30


class Sums(NamedTuple):
	"""The rows and columns of a table with margins under the key ALL."""

	rows: tuple[str, ...]
	columns: tuple[str, ...]

	def figures(self) -> list[Figure]:
		return [(row, column) for row in (*self.rows, ALL) for column in (*self.columns, ALL)]

	def equations(self) -> list[tuple[Figure, list[Figure]]]:
		found = [((row, ALL), [(row, column) for column in self.columns]) for row in (*self.rows, ALL)]
		if self.rows:
			found += [
				((ALL, column), [(row, column) for row in self.rows]) for column in (*self.columns, ALL)
			]
		return found


def ranges(sums: Sums, known: Mapping[Figure, int | None]) -> dict[Figure, tuple[int, int]]:
	"""Return the least and the most that each figure can be; None is hidden. Never narrower than the truth."""
	least = {figure: known.get(figure) or 0 for figure in sums.figures()}
	most = {figure: MOST if known.get(figure) is None else known[figure] for figure in sums.figures()}
	for _round in range(ROUNDS):
		before = (dict(least), dict(most))
		for whole, parts in sums.equations():
			least[whole] = max(least[whole], sum(least[part] for part in parts))
			most[whole] = min(most[whole], sum(most[part] for part in parts))
			for part in parts:
				others = [other for other in parts if other != part]
				most[part] = min(most[part], most[whole] - sum(least[other] for other in others))
				least[part] = max(least[part], least[whole] - sum(most[other] for other in others))
		if before == (least, most):
			break
	return {figure: (least[figure], most[figure]) for figure in sums.figures()}
