"""Protection of tables with margins in two directions: no small figure follows from what is shown."""

import itertools
import random
import statistics
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from early_support.figures.protect import protect
from early_support.figures.table import ALL, Record, Table, publish, share
from early_support.tests.figures_attack import Sums, ranges

TWO, THREE, FOUR = ("n1", "n2"), ("n1", "n2", "n3"), ("n1", "n2", "n3", "n4")


def table(rows: tuple, counts: dict[tuple[str, str], int], columns: tuple = ("a", "b")) -> Table:
	"""A table of so many records, each of a child of its own, in which whoever works in a row knows it."""
	number = itertools.count()
	records = [
		Record(row, column, f"child {next(number)}", row)
		for (row, column), count in counts.items()
		for _each in range(count)
	]
	return Table(rows, columns, records, {row: row for row in rows})


def shown(made: Table, threshold: int) -> dict:
	return publish(made, protect(made, threshold), threshold).figures


def test_nothing_small_nothing_hidden():
	figures = shown(table(THREE, {("n1", "a"): 9, ("n1", "b"): 7, ("n2", "a"): 8, ("n3", "b"): 5}), 5)
	assert None not in figures.values()
	assert (figures[ALL, ALL], figures[ALL, "a"], figures["n1", ALL], figures["n3", "a"]) == (29, 17, 16, 0)


def test_a_small_figure_takes_others_with_it_in_both_directions():
	counts = dict.fromkeys(itertools.product(THREE, "abc"), 20)
	figures = shown(table(THREE, {**counts, ("n1", "a"): 2}, ("a", "b", "c")), 5)
	hidden = {figure for figure, count in figures.items() if count is None}
	assert ("n1", "a") in hidden
	assert any(row == "n1" and column != "a" for row, column in hidden)
	assert any(row != "n1" and column == "a" for row, column in hidden)
	assert figures[ALL, ALL] == 162
	# A way round for everybody, and another one for whoever works in the other row.
	assert len(hidden) == 6


def test_a_sum_that_one_unit_could_take_its_own_off_is_hidden():
	figures = shown(table(TWO, {("n1", "a"): 30, ("n2", "a"): 2, ("n1", "b"): 30, ("n2", "b"): 30}), 5)
	assert figures[ALL, "a"] is None
	assert figures[ALL, "b"] is None


def test_a_small_total_hides_everything():
	assert set(shown(table(TWO, {("n1", "a"): 1, ("n2", "b"): 2}), 5).values()) == {None}


def test_many_records_of_few_children_are_small():
	records = [Record("n1", "a", "one child", "n1")] * 12
	records += [Record(row, "a", f"{row} {number}", row) for row in ("n1", "n2") for number in range(12)]
	records += [Record("n1", "b", f"child {number % 2}", "n1") for number in range(20)]
	made = Table(TWO, ("a", "b"), records)
	assert made.is_small(("n1", "b"), 5)
	assert shown(made, 5)["n1", "b"] is None


def test_what_another_table_hides_stays_hidden():
	made = table(TWO, {("n1", "a"): 9, ("n2", "a"): 9, ("n1", "b"): 9, ("n2", "b"): 9})
	assert protect(made, 5, {(ALL, "a")}) >= {(ALL, "a")}


def test_a_secret_total_cannot_be_worked_out():
	"""A row whose total another report would turn into something small."""
	made = table(THREE, dict.fromkeys(itertools.product(THREE, "ab"), 20))
	assert not protect(made, 5)
	figures = publish(made, protect(made, 5, (), {"n1"}), 5).figures
	assert figures["n1", ALL] is None
	assert figures[ALL, ALL] == 120
	least, most = ranges(Sums(THREE, ("a", "b")), figures)["n1", ALL]
	assert most - least >= 5


def test_the_same_table_gives_the_same_figures():
	counts = {figure: 2 * number for number, figure in enumerate(itertools.product(THREE, "ab"), 1)}
	turned = dict(reversed(counts.items()))
	assert protect(table(THREE, counts), 5) == protect(table(THREE, turned), 5)


def test_threshold_under_three_is_refused():
	with pytest.raises(ValueError, match="at least 3"):
		protect(table(TWO, {("n1", "a"): 1}), 2)


# Medians and shares


def test_medians_agree_with_the_statistics_module_and_need_enough():
	chance = random.Random(3)
	records = [
		Record(
			chance.choice(("n1", "n2")), "a", f"child {number}", f"unit {number % 7}", chance.randrange(90)
		)
		for number in range(60)
	]
	records += [Record("n3", "a", f"few {number}", "unit 1", 9) for number in range(4)]
	records += [Record("n3", "a", f"more {number}", "unit 2") for number in range(9)]
	made = Table(THREE, ("a",), records)
	medians = publish(made, (), 5).medians
	for row in ("n1", "n2"):
		days = [record.days for record in records if record.row == row]
		assert medians[row] == round(statistics.median(days))
	assert medians["n3"] is None
	assert publish(made, {("n1", ALL)}, 5).medians["n1"] is None


def test_a_median_that_tells_an_insider_of_few_is_hidden():
	records = [
		Record("n1", "a", f"child {number}", "x" if number < 6 else "y", number) for number in range(9)
	]
	assert publish(Table(TWO, ("a",), records), (), 5).medians["n1"] is None
	assert publish(Table(TWO, ("a",), records[:6]), (), 5).medians["n1"] == 2


@pytest.mark.parametrize(
	("part", "whole", "expected"),
	[(10, 30, 33), (0, 30, 0), (30, 30, 100), (4, 30, None), (26, 30, None), (None, 30, None), (0, 0, None)],
)
def test_shares_are_hidden_where_part_or_rest_is_small(part, whole, expected):
	assert share(part, whole, 5) == expected


# The attack: a reader puts all shown figures into equations, and takes the figures of one unit as known.


@given(
	counts=st.lists(st.one_of(st.just(0), st.integers(0, 12), st.integers(0, 60)), min_size=12, max_size=12),
	threshold=st.integers(3, 7),
)
@settings(max_examples=60, deadline=None)
def test_no_small_figure_follows_from_the_sums_and_one_units_figures(counts, threshold):
	made = table(FOUR, dict(zip(itertools.product(FOUR, "abc"), counts, strict=True)), tuple("abc"))
	figures = shown(made, threshold)
	for insider in (None, *FOUR):
		known = {
			figure: made.counts.get(figure, 0) if made.knows(insider, figure) else count
			for figure, count in figures.items()
		}
		for figure, (least, most) in ranges(Sums(FOUR, tuple("abc")), known).items():
			# Nor what is left of a figure for whoever takes the own off.
			if made.is_small(figure, threshold, insider):
				assert figures[figure] is None, (insider, figure)
				assert least < most, (insider, figure, figures)


def tables_of(rows: tuple, largest: int):
	cells = list(itertools.product(rows, "ab"))
	for counts in itertools.product(range(largest + 1), repeat=len(cells)):
		if sum(counts) <= largest:
			yield table(rows, dict(zip(cells, counts, strict=True)))


@pytest.mark.parametrize(("rows", "largest"), [(TWO, 11), (THREE, 6)])
def test_even_who_knows_the_rules_cannot_turn_them_round(rows, largest):
	"""Every table with the same publication, of all that there are: each small figure takes several values in them.

	Also among those in which the one unit that the reader knows has the figures that it has.
	"""
	threshold = 3
	sources = defaultdict(list)
	for made in tables_of(rows, largest):
		sources[tuple(sorted(shown(made, threshold).items(), key=str))].append(made)
	asked = 0
	for (publication, possible), insider in itertools.product(sources.items(), (None, *rows)):
		groups = defaultdict(list)
		for made in possible:
			groups[tuple(made.counts.get((insider, column), 0) for column in "ab")].append(made)
		for own, group in groups.items():
			# Near the end of the range the other tables are cut off.
			if min(made.counts[ALL, ALL] for made in group) > largest // 2 or sum(own) > largest // 4:
				continue
			for figure, value in publication:
				rest = {made.weight(figure, insider)[0] for made in group}
				if value is None and min(rest) in range(1, threshold):
					asked += 1
					assert len(rest) > 1, (figure, insider, own, publication, [dict(m.counts) for m in group])
	assert asked
