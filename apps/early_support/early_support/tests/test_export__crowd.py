"""k-anonymity of rows: nobody stands alone, and nothing is lost that need not be."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from early_support.export.crowd import ANY, Crowd, coarsen, combinations_of, is_anonymous

K = 5


def crowd(*rows) -> Crowd:
	made = Crowd(K)
	for combination, person in rows:
		made.add(combination, person)
	return made


def people(combination: tuple, number: int, start: str = "") -> list:
	return [(combination, f"{start}{combination}{each}") for each in range(number)]


def test_enough_children_stay_as_they_are():
	assert crowd(*people(("u1", "3-4"), 5), *people(("u2", "3-4"), 9)).coarsened() == {}


def test_rows_of_one_child_are_one_child():
	assert crowd(*[(("u1", "3-4"), "same")] * 9).coarsened() == {("u1", "3-4"): None}


def test_the_last_column_is_given_up_first():
	made = crowd(*people(("u1", "0-2"), 3), *people(("u1", "3-4"), 4))
	becomes = made.coarsened()
	assert becomes == {("u1", "0-2"): ("u1", ANY), ("u1", "3-4"): ("u1", ANY)}
	assert (made.changed(becomes), made.left_out(becomes)) == (7, 0)


def test_then_the_one_before():
	becomes = crowd(*people(("u1", "0-2"), 3), *people(("u2", "3-4"), 2)).coarsened()
	assert set(becomes.values()) == {(ANY, ANY)}


def test_who_stays_alone_is_left_out():
	made = crowd(*people(("u1", "3-4"), 20), *people(("u2", "0-2"), 2))
	becomes = made.coarsened()
	assert becomes == {("u2", "0-2"): None}
	assert made.left_out(becomes) == 2


def test_the_same_child_twice_does_not_make_two():
	rows = [
		*people(("u1", "a"), 3, "x"),
		*[(("u1", "b"), person) for _c, person in people(("u1", "a"), 3, "x")],
	]
	assert set(crowd(*rows).coarsened().values()) == {None}


def test_rows_without_a_child_are_each_somebody_else():
	made = Crowd(K)
	made.add(("u1",), None, people=5)
	made.add(("u2",), None, people=4)
	made.add(("u3",), None)
	assert made.coarsened() == {("u2",): (ANY,), ("u3",): (ANY,)}


def test_no_more_children_are_remembered_than_it_takes():
	made = crowd(*people(("u1",), 4), *people(("u2",), 500))
	assert {own: known and len(known) for own, known in made._groups.items()} == {("u1",): 5, ("u2",): None}


def test_nothing_was_counted():
	assert Crowd(K).coarsened() == {}


rows_of_children = st.lists(
	st.tuples(
		st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), st.sampled_from("12")), st.integers(0, 40)
	),
	max_size=120,
)


@settings(max_examples=150, deadline=None)
@given(rows_of_children)
def test_what_is_written_is_anonymous(rows):
	made = crowd(*rows)
	becomes = made.coarsened()
	written = [(becomes.get(own, own), person) for own, person in rows]
	kept = [(own, person) for own, person in written if own is not None]
	assert is_anonymous(kept, K)
	assert len(rows) - len(kept) == made.left_out(becomes)
	# What is shared by enough is never touched.
	shared = Counter(own for own, _person in set(rows))
	assert not any(shared[own] >= K for own in becomes)


def test_the_check_after_the_work_can_fail():
	assert not is_anonymous(people(("u1",), 4), K)
	with pytest.raises(AssertionError):
		assert is_anonymous([*people(("u1",), 5), (("u2",), "alone")], K)


COLUMNS = [["a", "b", "c"], [1, 2, 3], ["x", "y", "z"]]


def test_a_combination_is_the_values_at_its_positions():
	assert combinations_of(COLUMNS, (0, 2), 3) == [("a", "x"), ("b", "y"), ("c", "z")]
	assert combinations_of(COLUMNS, (), 3) == [()] * 3


def test_rows_become_coarser_or_are_left_out():
	becomes = {("a", "x"): ("a", ANY), ("c", "z"): None}
	assert coarsen(COLUMNS, (0, 2), 3, becomes) == [["a", "b"], [1, 2], [ANY, "y"]]
	assert coarsen(COLUMNS, (0, 2), 3, {}) == COLUMNS
	assert coarsen(COLUMNS, (), 3, {(): None}) == [[], [], []]
