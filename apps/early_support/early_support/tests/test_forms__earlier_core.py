"""Under which words an answer was given, of words and moments alone."""

from datetime import datetime

import pytest

from early_support.forms.earlier_core import Period, Run, Save, When, answered, changed_in, periods, runs

MAY, JUNE, JULY, AUGUST, SEPTEMBER = (datetime(2026, month, 1) for month in range(5, 10))
FIELD = ("", "wishes")
LABEL = Run(None, JULY, "Onko lupa?")


def test_what_stood_there_before_each_change():
	changes = [(JUNE, {"title": "A"}), (JULY, {"meaning": "x"}), (AUGUST, {"title": "B"})]
	found = periods(changes, {"title": "C", "meaning": "y"})
	assert found == [
		Period(None, JUNE, {"title": "A", "meaning": "x"}),
		Period(JUNE, JULY, {"title": "B", "meaning": "x"}),
		Period(JULY, AUGUST, {"title": "B", "meaning": "y"}),
	]
	assert runs(found, lambda words: words["title"]) == [Run(None, JUNE, "A"), Run(JUNE, AUGUST, "B")]


@pytest.mark.parametrize(
	("when", "was_met"),
	[
		(When((JUNE,)), True),
		(When((AUGUST,)), False),
		# On the moment itself the new words stand there already.
		(When((JULY,)), False),
		(When((AUGUST,), (MAY, JUNE)), True),
		(When((AUGUST,), (JULY, AUGUST)), False),
	],
)
def test_words_are_those_of_the_answer_only_while_they_stood_there(when, was_met):
	assert when.meets(LABEL) is was_met


def test_words_that_were_put_back_are_those_of_what_was_answered_between():
	between = Run(JUNE, AUGUST, "Onko kielto?")
	assert When((JULY,)).meets(between)
	assert not When((MAY,)).meets(between)
	assert not When((SEPTEMBER,)).meets(between)


def test_an_answer_is_as_old_as_its_document_unless_it_was_given_later():
	assert answered(FIELD, MAY, []) == When((MAY,))
	added_to = Save(JULY, {FIELD: "Ensimmäinen toive"})
	assert answered(FIELD, MAY, [added_to]) == When((JULY, MAY))
	for nothing in (None, "", 0, "0"):
		assert answered(FIELD, MAY, [Save(JULY, {FIELD: nothing}), Save(JUNE, {FIELD: "x"})]) == When((JULY,))


def test_of_what_the_history_does_not_tell_any_time_may_be():
	saves = [Save(AUGUST, {("", "other"): "x"}), Save(JULY, {("", "other"): "y"})]
	assert answered(FIELD, MAY, saves, until=JULY) == When((), (MAY, JULY))
	# A row that was made since has all of its history here.
	assert answered(("row", "wishes"), AUGUST, saves, until=JULY) == When((AUGUST,))


def test_rows_are_told_by_their_names():
	version = {
		"changed": [["wishes", "a", "b"]],
		"row_changed": [["services", 0, "row", [["permission", "", "Given"]]]],
		"added": [["services", {}]],
	}
	assert changed_in(version) == {FIELD: "a", ("row", "permission"): ""}
