"""Suppression: what is published never gives away a small count."""

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from early_support.export.suppress import Cell, suppress


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


def test_small_count_takes_another_unit_with_it():
	units, total = published(table(2, 9, 12, 30), 5)
	assert units["u0"] is None
	assert sum(count is None for count in units.values()) == 2
	assert total == 53


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


@given(
	counts=st.lists(st.integers(0, 40), min_size=1, max_size=14),
	threshold=st.integers(3, 9),
)
@settings(max_examples=600, deadline=None)
def test_no_small_count_follows_from_the_margin(counts, threshold):
	"""A reader who knows the total, the published units, that a hidden one is not zero, and even which of the hidden
	ones are small, is left with at least two values for each small one."""
	units, total = published(table(*counts), threshold)
	true = {f"u{number}": count for number, count in enumerate(counts) if count}
	small = {unit for unit, count in true.items() if count < threshold}
	hidden = {unit for unit, count in units.items() if count is None}
	assert small <= hidden
	assert all(units[unit] == true[unit] for unit in units.keys() - hidden)
	if not small:
		assert total == sum(counts)
		assert not hidden
		return
	if total is None:
		return
	assert total == sum(counts)
	rest = total - sum(count for count in units.values() if count)
	others_least = {unit: (1 if unit in small else threshold) for unit in hidden}
	for unit in small:
		most = min(threshold - 1, rest - sum(least for other, least in others_least.items() if other != unit))
		least = max(1, rest - (len(small) - 1) * (threshold - 1)) if hidden == small else 1
		assert most > least, (counts, threshold, unit)


@given(
	cells=st.lists(
		st.tuples(st.integers(0, 30), st.integers(1, 30), st.integers(0, 900)), min_size=1, max_size=12
	)
)
@settings(max_examples=300, deadline=None)
def test_mean_of_the_total_tells_of_no_few_records(cells):
	members = [
		Cell("g", f"u{number}", count, min(count, persons), days=days if count else 0, timed=count)
		for number, (count, persons, days) in enumerate(cells)
	]
	rows = {row.unit: row for row in suppress(members, 5)}
	if None in rows and rows[None].mean_days is not None:
		behind = sum(cell.timed for cell in members if cell.count and rows[cell.unit].mean_days is None)
		assert behind == 0 or behind >= 5


@pytest.mark.parametrize(("threshold", "units", "largest"), [(3, 2, 20), (3, 3, 20), (3, 4, 15), (4, 3, 22)])
def test_even_who_knows_the_rules_cannot_turn_them_round(threshold, units, largest):
	"""Every table with the same publication, of all that there are: each small hidden count takes several values."""
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
		for unit, count in shown:
			values = {source[int(unit[1:])] for source in sources}
			if count is None and min(values) < threshold:
				small_tables += 1
				assert len(values) > 1, (shown, sources)
	assert small_tables
