"""What is to be done about a shipped record, judged from three contents: shipped before, shipped now, here. Pure."""

import pytest

from early_support.forms import ledger_core
from early_support.forms.ledger_core import (
	Known,
	Step,
	apart,
	digest,
	entry_name,
	judge,
	shipped_fields,
	text,
	tidy,
)

BEFORE = {"title": "Vanha", "order": "10"}
NOW = {"title": "Uusi", "order": "10"}
OWN = {"title": "Oma", "order": "10"}


def known(content, shipped=None) -> Known:
	return Known(content, digest(content if shipped is None else shipped))


@pytest.mark.parametrize(
	("entry", "shipped", "here", "step"),
	[
		pytest.param(None, NOW, None, Step.CREATE, id="never shipped, absent"),
		pytest.param(None, NOW, NOW, Step.SAME, id="never shipped, there and the same"),
		pytest.param(None, NOW, OWN, Step.CHANGED, id="never shipped, there and another"),
		pytest.param(known(BEFORE), BEFORE, BEFORE, Step.SAME, id="left alone, nothing new"),
		pytest.param(known(BEFORE), NOW, BEFORE, Step.UPGRADE, id="left alone, something new"),
		pytest.param(known(BEFORE), BEFORE, OWN, Step.CHANGED, id="edited, nothing new"),
		pytest.param(known(BEFORE), NOW, OWN, Step.DECIDE, id="edited, something new"),
		pytest.param(known(BEFORE), NOW, NOW, Step.SAME, id="edited to what is new"),
		pytest.param(known(BEFORE), BEFORE, None, Step.GONE, id="deleted, nothing new"),
		pytest.param(known(BEFORE), NOW, None, Step.GONE, id="deleted, something new"),
		pytest.param(known(None, NOW), NOW, None, Step.CREATE, id="could not be made yet"),
		pytest.param(known({}, BEFORE), BEFORE, OWN, Step.CHANGED, id="only the digest known, nothing new"),
		pytest.param(known({}, BEFORE), NOW, OWN, Step.DECIDE, id="only the digest known, something new"),
		pytest.param(known({}, BEFORE), NOW, None, Step.GONE, id="only the digest known, deleted"),
		pytest.param(
			known({**BEFORE, "title": "vanha"}, BEFORE),
			BEFORE,
			{**BEFORE, "title": "vanha"},
			Step.SAME,
			id="stored in another way than it is shipped",
		),
		pytest.param(
			known(BEFORE, {"x": "1"}), BEFORE, OWN, Step.CHANGED, id="another digest of the same content"
		),
		pytest.param(
			known(BEFORE),
			{**BEFORE, "colour": "red"},
			{**BEFORE, "colour": ""},
			Step.UPGRADE,
			id="a field more",
		),
		pytest.param(
			known({**BEFORE, "colour": "red"}),
			BEFORE,
			{**BEFORE, "colour": "blue"},
			Step.SAME,
			id="a field less",
		),
	],
)
def test_every_case_has_its_step(entry, shipped, here, step):
	assert judge(entry, shipped, here) is step


@pytest.mark.parametrize(
	("one", "other"),
	[
		(None, ""),
		(0, ""),
		("0", 0),
		(False, 0),
		(True, 1),
		(10, "10"),
		(10.0, 10),
		(0.5, "0.5"),
		("a\r\nb ", "a\nb"),
	],
)
def test_what_a_database_gives_back_is_the_same(one, other):
	assert text(one) == text(other)


def test_different_values_stay_different():
	assert len({text(value) for value in (None, 1, 0.5, "1.0", "a", "A", "a b")}) == 7


def test_only_shipped_fields_count():
	record = {"doctype": "Support Service", "name": "clinic", "title": "Neuvola", "sort_order": 10}
	assert shipped_fields(record) == ["title", "sort_order"]
	here = {**record, "disabled": 1, "title": "Neuvola"}
	assert tidy(here, shipped_fields(record), {}) == {"title": "Neuvola", "sort_order": "10"}
	workflow = {"doctype": "Workflow", "name": "Concern", "is_active": 1, "document_type": "Concern"}
	assert shipped_fields(workflow) == ["document_type"]


def test_of_rows_all_counts_that_is_not_the_default():
	"""An upgrade writes the rows anew: an administrator's condition on a move would be lost."""
	tables = {"rows": {"state": "", "condition": "", "self": "1", "workflow_builder_id": ""}}
	shipped = tidy({"rows": [{"state": "Raised"}, {"state": "Closed", "self": 0}]}, ["rows"], tables)
	assert shipped == {"rows": [{"state": "Raised"}, {"state": "Closed", "self": ""}]}
	stored = {
		"state": "Raised",
		"condition": None,
		"self": 1,
		"idx": 1,
		"name": "x",
		"workflow_builder_id": "4",
	}
	other = {"state": "Closed", "condition": "", "self": 0}
	assert tidy({"rows": [stored, other]}, ["rows"], tables) == shipped
	stored["condition"] = "doc.zone"
	assert tidy({"rows": [stored, other]}, ["rows"], tables) != shipped
	assert tidy({"rows": [other, stored]}, ["rows"], tables) != shipped


def test_lines_that_all_sides_have_are_left_out():
	assert apart([["a", "b", "b"], ["b", "a", "c"], ["a", "b"]]) == ([["b"], ["c"], []], 2)
	assert apart([None, ["a", "b"], ["a"]]) == ([None, ["b"], []], 1)
	assert apart([["a", "b"], ["b", "a"]]) == ([["a", "b"], ["b", "a"]], 0)
	assert apart([None, None]) == ([None, None], 0)


def test_names_in_the_ledger_are_short_and_stay_apart():
	assert entry_name(("Role", "Early Educator")) == "Role: Early Educator"
	long = [entry_name(("Workflow Action Master", "x" * 130 + end)) for end in ("a", "b")]
	assert len(set(long)) == 2
	assert {len(name) for name in long} == {ledger_core.LONGEST_NAME}
