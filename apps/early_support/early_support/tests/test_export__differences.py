"""Two runs of the same month: what both together give away is found; units that are shown as one say nothing new."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from early_support.export.differences import Kind, Shown, compare, figures_of
from early_support.export.suppress import REST, Cell, roll_up, suppress

N = 5


def cells(**counts: int) -> list[Cell]:
	return [Cell("g", unit, count, count) for unit, count in sorted(counts.items())]


def found(then: list[Cell], now: list[Cell]) -> set[tuple]:
	published = suppress(now, N)
	return {(each.kind, each.unit) for each in compare(now, published, [figures_of(suppress(then, N))], N)}


def test_the_same_figures_give_nothing_away():
	for counts in ({"a": 9, "b": 12}, {"a": 2, "b": 9, "c": 12, "d": 30}, {"a": 1}, {}):
		assert found(cells(**counts), cells(**counts)) == set()


def test_a_case_that_was_entered_late_is_seen():
	assert found(cells(a=9, b=12), cells(a=10, b=12)) == {(Kind.SMALL_CHANGE, "a"), (Kind.SMALL_CHANGE, None)}
	assert found(cells(a=9, b=12), cells(a=15, b=12)) == set()


def test_what_comes_or_goes_is_a_change_too():
	assert (Kind.WORKED_OUT, None) in found(cells(a=9, b=12, c=20), cells(a=9, b=12, c=20, d=1))
	assert (Kind.SMALL_CHANGE, None) in found(cells(a=9, b=12, c=20), cells(a=9, b=12, c=20, d=1))


def test_a_small_figure_that_grew_opens_the_earlier_run():
	"""Then: the total 53 with b, c, a hidden. Now all are shown: what a was then is 53 less the others."""
	then, now = cells(a=2, b=9, c=12, d=30), cells(a=12, b=9, c=12, d=30)
	assert (Kind.WORKED_OUT, None) in found(then, now)


def test_a_change_of_the_hidden_ones_is_seen_behind_others():
	"""One more among a, b and c, and six more in d: their sum says how many the hidden ones have got."""
	then = cells(a=2, b=9, c=12, d=30)
	assert found(then, cells(a=3, b=9, c=12, d=36)) == {(Kind.SMALL_CHANGE, REST)}
	assert found(then, cells(a=2, b=9, c=12, d=36)) == set()
	assert found(then, cells(a=2, b=15, c=12, d=36)) == set()


def test_many_records_of_one_more_child_are_a_small_change():
	then, now = (
		[Cell("g", "a", 20, 10), Cell("g", "b", 30, 12)],
		[Cell("g", "a", 26, 11), Cell("g", "b", 30, 12)],
	)
	assert found(then, now) == {(Kind.SMALL_CHANGE, "a"), (Kind.SMALL_CHANGE, None)}


def test_what_several_runs_show_is_taken_together():
	"""Each of two earlier runs shows another figure that hides the small ones now: neither says enough alone."""
	now = cells(a=3, b=3, c=3, u=10, w=30)
	published = suppress(now, N)
	assert [row.unit for row in published if not row.hidden] == [None]
	hidden = {("g", unit): None for unit in "abc"}
	first = {("g", "u"): Shown(10, 10), ("g", "w"): Shown(20, 20), ("g", None): Shown(30, 30)}
	second = {**hidden, ("g", "u"): None, ("g", "w"): Shown(30, 30), ("g", None): Shown(49, 49)}
	for alone in (first, second):
		assert compare(now, published, [alone], N) == []
	assert compare(now, published, [first, second], N) == [(Kind.WORKED_OUT, "g", None)]


def test_a_group_that_nobody_has_seen_before_is_free():
	published = suppress(cells(a=2, b=9, c=12, d=30), N)
	assert compare(cells(a=2, b=9, c=12, d=30), published, [{}], N) == []


# Rolled up -----------------------------------------------------------------------------------------------------------


def test_hidden_units_become_the_rest():
	rolled = roll_up(suppress(cells(a=2, b=9, c=12, d=30), N))
	shown = {row.unit: row.count for row in rolled}
	assert shown[None] == 53
	assert shown[REST] == 53 - sum(count for unit, count in shown.items() if unit not in (REST, None))
	assert len(rolled) == 3


def test_the_rest_of_a_hidden_total_is_hidden():
	rolled = roll_up(suppress(cells(a=1, b=2), N))
	assert [(row.unit, row.count, row.hidden) for row in rolled] == [(REST, None, True), (None, None, True)]


def test_nothing_hidden_nothing_rolled_up():
	published = suppress(cells(a=9, b=12), N)
	assert roll_up(published) == published


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=8))
def test_a_rest_says_nothing_that_the_total_does_not(counts):
	counted = [Cell("g", f"u{number}", count, count) for number, count in enumerate(counts)]
	published = suppress(counted, N)
	rolled = roll_up(published)
	assert [row for row in rolled if row.unit != REST] == [
		row for row in published if row.unit is None or not row.hidden
	]
	for rest in (row for row in rolled if row.unit == REST):
		total = rolled[-1]
		assert rest.hidden == total.hidden
		assert rest.mean_days is None
		if not rest.hidden:
			assert rest.count == total.count - sum(row.count for row in rolled[:-2])
			assert rest.count >= N


@pytest.mark.parametrize("persons", [None, 3])
def test_children_of_the_rest(persons):
	counted = [
		Cell("g", unit, count, persons and count) for unit, count in (("a", 2), ("b", 9), ("c", 9), ("d", 30))
	]
	rest = next(row for row in roll_up(suppress(counted, N)) if row.unit == REST)
	assert rest.persons == (rest.count if persons else None)
