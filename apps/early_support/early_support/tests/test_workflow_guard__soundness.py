"""Which Workflows may be stored, without Frappe."""

import json
from pathlib import Path

import pytest

from early_support.access import policy
from early_support.casework import states
from early_support.workflow_guard.core import Transition, Workflow
from early_support.workflow_guard.soundness import Finding, Flaw, Plan, Rules, examine, is_judgeable

RULES = Rules(
	states=("New", "Talk", "Done"),
	final=frozenset({"Done"}),
	roles=frozenset({"Writer", "Chief"}),
	fields=frozenset({"zone", "wishes"}),
	editor_roles=frozenset({"Nobody"}),
)
WAYS = (
	Transition("New", "Begin", "Talk", "Writer"),
	Transition("Talk", "Close", "Done", "Chief"),
)


def plan(*extra: Transition, states=("New", "Talk", "Done"), ways=WAYS, editors=(), **values) -> Plan:
	workflow = Workflow(
		states=tuple(states),
		editors={state: frozenset({"Writer"}) for state in states} | dict(editors),
		transitions=(*ways, *extra),
	)
	return Plan(**{"workflow": workflow, "docstatus": dict.fromkeys(states, "0"), **values})


def flaws(wanted: Plan, used=()) -> list[Finding]:
	return examine(wanted, RULES, used)


def test_what_is_shipped_is_sound():
	folder = Path(__file__).resolve().parents[1] / "early_support" / "workflow"
	for path in folder.glob("*/*.json"):
		data = json.loads(path.read_text())["workflow"]
		editors = {}
		for row in data["states"]:
			editors.setdefault(row["state"], set()).add(row["allow_edit"])
		workflow = Workflow(
			states=tuple(editors),
			editors=editors,
			transitions=tuple(
				Transition(row["state"], row["action"], row["next_state"], row["allowed"])
				for row in data["transitions"]
			),
		)
		doctype = data["document_type"]
		rules = Rules(
			states=states.NAMED[doctype],
			final=frozenset(states.FINAL[doctype]),
			roles=frozenset(policy.STAFF_ROLES),
			fields=frozenset(),
			editor_roles=frozenset({"System Manager"}),
		)
		docstatus = {row["state"]: row["doc_status"] for row in data["states"]}
		assert examine(Plan(workflow, docstatus), rules, states.NAMED[doctype]) == [], doctype
		assert set(states.NAMED[doctype]) == set(workflow.states), doctype
		assert {state for state in workflow.states if workflow.is_final(state)} == rules.final, doctype


def test_harmless_changes():
	assert flaws(plan()) == []
	assert flaws(plan(states=("New", "Done", "Talk"))) == []
	assert flaws(plan(Transition("New", "Begin", "Talk", "Chief"))) == []
	between = (
		Transition("New", "Wait", "Waiting", "Writer"),
		Transition("Waiting", "Begin", "Talk", "Writer", condition='doc.zone == "3"'),
	)
	assert flaws(plan(*between, states=("New", "Waiting", "Talk", "Done"))) == []
	assert flaws(plan(editors={"Done": frozenset({"Nobody"})})) == []
	assert flaws(plan(), used=("New", "Talk", "Done")) == []


def test_a_state_in_use_is_not_taken_away():
	assert flaws(plan(), used=("New", "Waiting")) == [Finding(Flaw.STATE_IN_USE, "Waiting")]


def test_a_state_that_the_rules_name_is_not_taken_away():
	less = plan(states=("New", "Done"), ways=(Transition("New", "Close", "Done", "Writer"),))
	assert flaws(less) == [Finding(Flaw.MANDATORY_STATE, "Talk")]
	assert flaws(less, used=("Talk",)) == [Finding(Flaw.MANDATORY_STATE, "Talk")]


def test_a_case_begins_where_the_rules_say():
	assert flaws(plan(states=("Talk", "New", "Done"))) == [Finding(Flaw.INITIAL_STATE, "New")]


@pytest.mark.parametrize("status", ["1", "2"])
def test_casework_is_not_submitted(status):
	wanted = plan(docstatus={"New": "0", "Talk": status, "Done": "0"})
	assert flaws(wanted) == [Finding(Flaw.DOCSTATUS, "Talk")]


def test_every_state_leads_to_an_end():
	stuck = plan(Transition("New", "Wait", "Waiting", "Writer"), states=("New", "Talk", "Waiting", "Done"))
	assert flaws(stuck) == [Finding(Flaw.NO_WAY_OUT, "Waiting")]
	circle = (
		Transition("New", "Wait", "A", "Writer"),
		Transition("A", "On", "B", "Writer"),
		Transition("B", "Back", "A", "Writer"),
	)
	assert flaws(plan(*circle, states=("New", "Talk", "A", "B", "Done"))) == [
		Finding(Flaw.NO_WAY_OUT, "A"),
		Finding(Flaw.NO_WAY_OUT, "B"),
	]


def test_an_end_is_an_end():
	assert flaws(plan(Transition("Done", "Again", "Talk", "Chief"))) == [Finding(Flaw.WAY_OUT_OF_END, "Done")]


def test_a_move_into_nowhere():
	wanted = plan(Transition("New", "Off", "Nowhere", "Writer"))
	assert flaws(wanted) == [Finding(Flaw.UNKNOWN_STATE, "Nowhere")]


def test_only_roles_of_the_staff():
	assert flaws(plan(Transition("New", "Begin", "Talk", "All"))) == [Finding(Flaw.FOREIGN_ROLE, "All")]
	assert flaws(plan(Transition("New", "Begin", "Talk", "Nobody"))) == [Finding(Flaw.FOREIGN_ROLE, "Nobody")]
	assert flaws(plan(editors={"Talk": frozenset({"All"})})) == [Finding(Flaw.FOREIGN_ROLE, "All")]


def test_e_mail_and_another_field_for_the_state():
	assert flaws(plan(sends_email=True)) == [Finding(Flaw.EMAIL)]
	assert flaws(plan(state_field="status")) == [Finding(Flaw.STATE_FIELD, "status")]


def test_what_only_the_button_would_do():
	"""frappe.md §1: a state that fills in a field, or an action that starts a task, does so by the button alone."""
	assert flaws(plan(sets_field=["Talk"])) == [Finding(Flaw.SETS_FIELD, "Talk")]
	assert flaws(plan(starts=["Close"])) == [Finding(Flaw.STARTS, "Close")]


def test_nothing_at_all():
	assert flaws(plan(states=(), ways=())) == [Finding(Flaw.NO_STATE)]


def test_every_flaw_is_told_at_once():
	wanted = plan(Transition("New", "x", "Talk", "All"), states=("Talk", "New", "Done"), sends_email=True)
	assert {finding.flaw for finding in flaws(wanted)} == {
		Flaw.INITIAL_STATE,
		Flaw.FOREIGN_ROLE,
		Flaw.EMAIL,
	}


@pytest.mark.parametrize(
	"condition",
	[
		None,
		"",
		"  ",
		"doc.zone",
		"not doc.zone",
		'doc.zone == "3" and doc.wishes',
		"doc.zone in (1, 2)",
		"-1 < 2",
	],
)
def test_conditions_about_the_document(condition):
	assert is_judgeable(condition, RULES.fields)


@pytest.mark.parametrize(
	"condition",
	[
		"doc.zone ==",
		"doc.nothing",
		"doc",
		"other.zone",
		"doc.zone.real",
		"frappe.session.user",
		'frappe.db.get_value("Child", doc.zone, "full_name")',
		"doc.zone()",
		"[x for x in doc.zone]",
		"lambda: 1",
		"doc.__class__",
		"(doc := 1)",
		"(" * 300,
		"doc.zone; doc.wishes",
	],
)
def test_conditions_that_reach_further_or_cannot_be_read(condition):
	assert not is_judgeable(condition, RULES.fields)
	assert flaws(plan(Transition("New", "Begin", "Talk", "Chief", condition=condition))) == [
		Finding(Flaw.CONDITION, condition)
	]
