"""The judgement of the guard, without Frappe."""

import pytest

from early_support.workflow_guard.core import Change, Reason, Transition, Workflow, judge

WRITER, READER, CHIEF = "Writer", "Reader", "Chief"


def make_workflow(**overrides) -> Workflow:
	values = {
		"states": ("New", "Talk", "Done"),
		"editors": {
			"New": frozenset({WRITER}),
			"Talk": frozenset({WRITER, CHIEF}),
			"Done": frozenset({CHIEF}),
		},
		"transitions": (
			Transition("New", "Begin", "Talk", WRITER),
			Transition("Talk", "Close", "Done", CHIEF),
			Transition("Talk", "Back", "New", WRITER),
		),
	}
	return Workflow(**{**values, **overrides})


def reason(change: Change, *roles: str, workflow: Workflow | None = None, **options) -> Reason | None:
	return judge(workflow or make_workflow(), change, roles, **options).reason


@pytest.mark.parametrize("state", [None, "", "New"])
def test_new_document_begins_in_the_first_state(state):
	assert reason(Change(None, state, is_new=True), WRITER) is None


@pytest.mark.parametrize("state", ["Talk", "Done", "Unheard of"])
def test_new_document_begins_nowhere_else(state):
	assert reason(Change(None, state, is_new=True), WRITER, CHIEF) is Reason.NOT_INITIAL


def test_a_workflow_without_states_lets_nothing_begin():
	empty = make_workflow(states=(), editors={}, transitions=())
	assert reason(Change(None, None, is_new=True), WRITER, workflow=empty) is Reason.UNKNOWN_STATE


def test_editor_of_the_state_edits():
	assert reason(Change("New", "New", changed_fields={"text"}), WRITER) is None


def test_others_do_not_edit():
	assert reason(Change("New", "New", changed_fields={"text"}), READER, CHIEF) is Reason.NOT_EDITABLE


def test_nobody_edits_without_a_role():
	assert reason(Change("New", "New", changed_fields={"text"})) is Reason.NOT_EDITABLE


def test_a_save_without_a_visible_change_is_judged_too():
	# A child row that was saved by itself is in the database already when the parent is saved.
	assert reason(Change("New", "New"), READER) is Reason.NOT_EDITABLE


def test_a_final_state_is_closed_even_to_its_own_editors():
	assert reason(Change("Done", "Done", changed_fields={"text"}), CHIEF) is Reason.FINAL


def test_a_final_state_is_not_left():
	assert reason(Change("Done", "Talk"), CHIEF, WRITER) is Reason.FINAL


def test_transition_for_the_role():
	assert reason(Change("New", "Talk"), WRITER) is None
	assert reason(Change("Talk", "Done"), CHIEF) is None


@pytest.mark.parametrize(
	("stored", "new", "role"),
	[("New", "Talk", CHIEF), ("New", "Talk", READER), ("Talk", "Done", WRITER), ("New", "Done", CHIEF)],
)
def test_no_transition_for_the_role(stored, new, role):
	assert reason(Change(stored, new), role) is Reason.NO_TRANSITION


@pytest.mark.parametrize("new", [None, "", "Unheard of"])
def test_no_transition_into_nothing(new):
	assert reason(Change("New", new), WRITER, CHIEF) is Reason.NO_TRANSITION


def test_state_that_the_workflow_has_lost():
	assert reason(Change("Lost", "Talk"), WRITER) is Reason.UNKNOWN_STATE
	assert reason(Change(None, "Talk"), WRITER) is Reason.UNKNOWN_STATE


def test_moving_is_no_leave_to_rewrite():
	mover = make_workflow(
		transitions=(Transition("New", "Begin", "Talk", READER), Transition("Talk", "x", "New", CHIEF))
	)
	assert reason(Change("New", "Talk"), READER, workflow=mover) is None
	assert (
		reason(Change("New", "Talk", changed_fields={"text"}), READER, workflow=mover) is Reason.NOT_EDITABLE
	)
	assert reason(Change("New", "Talk", changed_fields={"text"}), READER, WRITER, workflow=mover) is None


def test_condition_is_asked_only_for_a_fitting_transition():
	asked = []
	conditional = make_workflow(
		transitions=(
			Transition("New", "Begin", "Talk", WRITER, condition="doc.text"),
			Transition("New", "Begin", "Talk", CHIEF, condition="doc.other"),
			Transition("Talk", "Close", "Done", CHIEF),
		)
	)

	def met(row: Transition) -> bool:
		asked.append(row.condition)
		return False

	assert (
		reason(Change("New", "Talk"), WRITER, workflow=conditional, condition_met=met)
		is Reason.CONDITION_NOT_MET
	)
	assert asked == ["doc.text"]
	assert (
		reason(Change("New", "Talk"), WRITER, workflow=conditional, condition_met=lambda _row: True) is None
	)


def test_one_met_condition_is_enough():
	either = make_workflow(
		transitions=(
			Transition("New", "Begin", "Talk", WRITER, condition="no"),
			Transition("New", "Begin at once", "Talk", WRITER, condition="yes"),
			Transition("Talk", "Close", "Done", CHIEF),
		)
	)
	assert (
		reason(
			Change("New", "Talk"), WRITER, workflow=either, condition_met=lambda row: row.condition == "yes"
		)
		is None
	)


def test_no_self_approval():
	strict = make_workflow(
		transitions=(
			Transition("New", "Begin", "Talk", WRITER, allow_self_approval=False),
			Transition("Talk", "Close", "Done", CHIEF),
		)
	)
	assert reason(Change("New", "Talk", is_own=True), WRITER, workflow=strict) is Reason.SELF_APPROVAL
	assert reason(Change("New", "Talk", is_own=False), WRITER, workflow=strict) is None
