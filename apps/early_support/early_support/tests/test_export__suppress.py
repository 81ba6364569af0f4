"""Suppression: what is published never gives away a small count."""

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from early_support.export.suppress import Cell, suppress

INFINITY = float("inf")


def table(*counts: int, group: str = "g") -> list[Cell]:
	return [Cell(group, f"u{number}", count) for number, count in enumerate(counts)]


def published(cells: list[Cell], threshold: int) -> tuple[dict[str, int | None], int | None]:
	"""What a reader sees: count or None (hidden) by unit, and the total (0 if there is no row)."""
	rows = suppress(cells, threshold)
	units = {row.unit: row.count for row in rows if row.unit is not None}
	totals = [row.count for row in rows if row.unit is None]
	return units, totals[0] if totals else 0


def test_nothing_small_nothing_hidden():
	rows = suppress(table(5, 9, 0), 5)
	assert [(row.unit, row.count, row.hidden) for row in rows] == [
		("u0", 5, False),
		("u1", 9, False),
		(None, 14, False),
	]


def test_small_count_takes_two_other_units_with_it():
	units, total = published(table(2, 9, 12, 30), 5)
	assert units["u0"] is None
	assert sum(count is None for count in units.values()) == 3
	assert total == 53


def test_more_are_hidden_when_two_leave_too_little_room():
	"""5 and 5 beside 1: whoever knows one of the fives would know that the others are 1 and 5."""
	units, total = published(table(1, 5, 5, 5, 5), 5)
	assert set(units.values()) == {None}
	assert total is None


def test_small_counts_hide_each_other_if_there_are_enough():
	units, total = published(table(4, 3, 2, 3, 1, 4, 2, 3), 5)
	assert set(units.values()) == {None}
	assert total == 22


def test_two_larger_ones_are_hidden_even_where_small_ones_hide_each_other():
	"""Else their absence would tell that the small ones do, and so what they are together."""
	units, total = published(table(4, 3, 2, 3, 1, 4, 2, 3, 20, 30, 40, 50), 5)
	assert sum(units[f"u{number}"] is None for number in range(8, 12)) == 2
	assert total == 162


def test_small_total_is_hidden():
	rows = suppress(table(1, 2), 5)
	assert all(row.hidden and row.count is None for row in rows)
	assert len(rows) == 3


def test_total_is_hidden_when_no_unit_is_left_to_hide():
	units, total = published(table(1, 5), 5)
	assert units == {"u0": None, "u1": None}
	assert total is None


def test_two_units_with_one_each_are_not_worked_out_from_their_sum():
	units, total = published(table(1, 1, 1, 1, 1), 5)
	assert set(units.values()) == {None}
	assert total is None


def test_hidden_rows_hold_no_number_at_all():
	rows = suppress([Cell("g", "a", 2, 2, days=9, timed=2), Cell("g", "b", 20, 20, days=99, timed=20)], 5)
	for row in rows:
		if row.hidden:
			assert (row.count, row.persons, row.mean_days) == (None, None, None)


def test_many_records_of_few_children_are_small():
	rows = suppress([Cell("g", "a", 9, 1), Cell("g", "b", 30, 20), Cell("g", "c", 40, 30)], 5)
	assert rows[0].hidden


def test_means_need_enough_records():
	rows = suppress([Cell("g", "a", 6, 6, days=60, timed=2), Cell("g", "b", 20, 20, days=100, timed=20)], 5)
	assert [(row.unit, row.mean_days) for row in rows] == [("a", None), ("b", 5), (None, None)]
	rows = suppress([Cell("g", "a", 6, 6, days=60, timed=6), Cell("g", "b", 20, 20, days=100, timed=20)], 5)
	assert [(row.unit, row.mean_days) for row in rows] == [("a", 10), ("b", 5), (None, 6)]


def test_groups_do_not_mix():
	rows = suppress([*table(7, 8, group="one"), *table(2, group="two")], 5)
	assert [(row.group, row.unit, row.count) for row in rows] == [
		("one", "u0", 7),
		("one", "u1", 8),
		("one", None, 15),
		("two", "u0", None),
		("two", None, None),
	]


def test_same_input_same_output_whatever_the_order():
	cells = table(2, 9, 12, 30, 4)
	shown = {(row.unit, row.count) for row in suppress(cells, 5)}
	assert {(row.unit, row.count) for row in suppress(cells[::-1], 5)} == shown


def test_threshold_under_three_is_refused():
	with pytest.raises(ValueError, match="at least 3"):
		suppress(table(1), 2)


# The attack: a reader who knows one unit's true figures takes these off the total.


def ranges(total: int, least: dict[str, int], most: dict[str, float]) -> dict[str, tuple[int, float]]:
	"""Solve the margin: the least and the most that each unknown can be, given their sum and what is known of each."""
	least, most = dict(least), dict(most)
	while True:
		before = (dict(least), dict(most))
		for unit in least:
			others = least.keys() - {unit}
			most[unit] = min(most[unit], total - sum(least[other] for other in others))
			least[unit] = max(least[unit], total - sum(most[other] for other in others))
		if before == (least, most):
			return {unit: (least[unit], most[unit]) for unit in least}


@given(
	figures=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), min_size=1, max_size=14),
	threshold=st.integers(3, 9),
	with_persons=st.booleans(),
)
@settings(max_examples=1000, deadline=None)
def test_no_count_follows_from_the_margin_and_one_units_figures(figures, threshold, with_persons):
	cells = [
		Cell("g", f"u{number}", count, min(count, persons) if with_persons else None)
		for number, (count, persons) in enumerate(figures)
	]
	true = {cell.unit: cell for cell in cells if cell.count}
	units = {row.unit: row for row in suppress(cells, threshold)}
	total = units.pop(None, None)
	small = {unit for unit, cell in true.items() if cell.weight < threshold}
	hidden = {unit for unit, row in units.items() if row.hidden}
	assert units.keys() == true.keys()
	assert small <= hidden
	for unit in units.keys() - hidden:
		assert (units[unit].count, units[unit].persons) == (true[unit].count, true[unit].persons)
	if not small:
		assert not hidden
		return
	if total.hidden:
		assert hidden == units.keys()
		return
	for figure in ("count", "persons") if with_persons else ("count",):
		value = {unit: getattr(cell, figure) for unit, cell in true.items()}
		assert getattr(total, figure) == sum(value.values())
		rest = getattr(total, figure) - sum(getattr(units[unit], figure) for unit in units.keys() - hidden)
		for known in hidden:
			unknown = hidden - {known}
			left = rest - value[known]
			found = ranges(left, dict.fromkeys(unknown, 1), dict.fromkeys(unknown, INFINITY))
			assert all(most - least >= threshold for least, most in found.values()), (known, found)
			# Who also knows which are small. Of many records of few children the number of records is not small.
			is_small = figure == "persons" or not with_persons
			found = ranges(
				left,
				{unit: 1 if unit in small else threshold for unit in unknown},
				{unit: threshold - 1 if unit in small and is_small else INFINITY for unit in unknown},
			)
			for unit in unknown & small:
				least, most = found[unit]
				assert least == 1
				assert most >= threshold - 1, (known, unit, found)


@given(
	cells=st.lists(
		st.tuples(st.integers(0, 30), st.integers(1, 30), st.integers(0, 900), st.integers(0, 30)),
		min_size=1,
		max_size=12,
	)
)
@settings(max_examples=1000, deadline=None)
def test_mean_of_the_total_tells_of_no_few_records(cells):
	members = [
		Cell("g", f"u{number}", count, min(count, persons), days=days, timed=min(count, timed))
		for number, (count, persons, days, timed) in enumerate(cells)
	]
	rows = {row.unit: row for row in suppress(members, 5)}
	if None in rows and rows[None].mean_days is not None:
		behind = [cell.timed for cell in members if cell.count and rows[cell.unit].mean_days is None]
		for known in (0, *behind):
			rest = sum(behind) - known
			assert rest == 0 or rest >= 5


@pytest.mark.parametrize(("threshold", "units", "largest"), [(3, 2, 20), (3, 3, 20), (3, 4, 15), (4, 3, 22)])
def test_even_who_knows_the_rules_cannot_turn_them_round(threshold, units, largest):
	"""Every table with the same publication, of all that there are: each small hidden count takes several values.

	Also among those in which the one unit that the reader knows has the figure that it has.
	"""
	tables = defaultdict(list)
	for counts in product(range(largest + 1), repeat=units):
		if sum(counts) <= largest:
			shown, total = published(table(*counts), threshold)
			tables[tuple(sorted(shown.items())), total].append(counts)
	small_tables = 0
	for (shown, _total), sources in tables.items():
		# Near the end of the range the other tables are cut off.
		if sum(sources[0]) > largest // 2 + threshold:
			continue
		for known, unit in product([None, *range(units)], range(units)):
			if known == unit or (f"u{unit}", None) not in shown:
				continue
			values = defaultdict(set)
			for source in sources:
				values[None if known is None else source[known]].add(source[unit])
			for own, possible in values.items():
				if min(possible) < threshold and (own or 0) <= largest // 2:
					small_tables += 1
					assert len(possible) > 1, (shown, known, unit, sources)
	assert small_tables
