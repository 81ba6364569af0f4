"""What a System Manager may do to the Workflows of casework in the desk, and what is refused."""

import frappe
import pytest

from early_support.casework import states
from early_support.exceptions import WorkflowNotSound
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.workflow_guard import administration


@pytest.fixture
def administrator(site):
	"""Work as a System Manager, who edits workflows and sees no case."""
	user = factories.make_user("System Manager")
	with make.acting(user):
		yield user


def concern_workflow():
	return frappe.get_doc("Workflow", "Concern")


def add_state(workflow, name: str, *, after: int | None = None, role: str = "Early Educator") -> None:
	if not frappe.db.exists("Workflow State", name):
		frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": name}).insert()
	row = workflow.append("states", {"state": name, "doc_status": "0", "allow_edit": role})
	if after is not None:
		workflow.states.remove(row)
		workflow.states.insert(after, row)
	for index, state in enumerate(workflow.states, 1):
		state.idx = index


def add_move(workflow, state: str, to: str, **values) -> None:
	defaults = {"action": "Talk again", "allowed": "Early Educator", "allow_self_approval": 1}
	workflow.append("transitions", {"state": state, "next_state": to, **defaults, **values})


def without_state(workflow, name: str):
	workflow.states = [row for row in workflow.states if row.state != name]
	workflow.transitions = [row for row in workflow.transitions if name not in (row.state, row.next_state)]
	return workflow


def refused(workflow, match: str) -> None:
	with make.attempt(), pytest.raises(WorkflowNotSound, match=match):
		workflow.save()


# What works -----------------------------------------------------------------------------------------------------------


def test_harmless_edits_work(administrator, team):
	workflow = concern_workflow()
	add_state(workflow, "Waiting for an Interpreter", after=8)
	add_move(workflow, "Raised", "Waiting for an Interpreter")
	add_move(workflow, "Waiting for an Interpreter", "Discussed", condition="doc.discussed_on")
	add_move(workflow, "Raised", "Discussed", allowed="Area Director")
	workflow.states = [*workflow.states[:4], *reversed(workflow.states[4:])]
	for index, row in enumerate(workflow.states, 1):
		row.idx = index
	workflow.save()
	state = frappe.get_doc("Workflow State", "Raised")
	state.style = "Danger"
	state.save()
	doc = make.concern_in("Raised", team)
	doc = make.move(doc, "Talk again", team.educator)
	assert doc.workflow_state == "Waiting for an Interpreter"
	# The way back is taken away while a case waits there; the state itself stays.
	workflow = concern_workflow()
	workflow.transitions = [r for r in workflow.transitions if r.next_state != "Waiting for an Interpreter"]
	workflow.save()
	assert make.move(doc, "Talk again", team.educator, discussed_on=factories.days(0)).workflow_state == (
		"Discussed"
	)
	without_state(concern_workflow(), "Waiting for an Interpreter").save()


def test_a_move_may_be_taken_from_a_role(administrator, team):
	workflow = concern_workflow()
	workflow.transitions = [
		row
		for row in workflow.transitions
		if not (row.next_state == "Raised" and row.allowed == "Unit Director")
	]
	workflow.save()
	doc = make.make_concern(team)
	with make.attempt(), pytest.raises(frappe.ValidationError):
		make.move(doc, "Raise the concern", team.director)
	assert make.move(doc, "Raise the concern", team.educator).workflow_state == "Raised"


def test_a_draft_may_look_as_it_likes(administrator):
	draft = {
		"doctype": "Workflow",
		"workflow_name": "Draft of ours",
		"document_type": "Concern",
		"workflow_state_field": "workflow_state",
		"is_active": 0,
		"states": [{"state": "Raised", "doc_status": "0", "allow_edit": "Early Educator"}],
	}
	doc = frappe.get_doc(draft).insert()
	doc.is_active = 1
	refused(doc, "rules of the work")
	doc = frappe.get_doc("Workflow", doc.name)
	doc.delete()


def test_another_workflow_takes_over(administrator, team):
	other = frappe.copy_doc(concern_workflow())
	other.workflow_name = "Concern of ours"
	other.insert()
	assert frappe.get_all("Workflow", {"document_type": "Concern", "is_active": 1}, pluck="name") == [
		other.name
	]
	assert make.concern_in("Raised", team).workflow_state == "Raised"
	old = concern_workflow()
	assert not old.is_active
	old.delete()
	with make.attempt(), pytest.raises(WorkflowNotSound):
		frappe.delete_doc("Workflow", other.name)


def test_workflows_of_others_are_none_of_our_business(administrator):
	"""But for who may store them: their conditions are programs."""
	for name in ("Anything", "Else"):
		frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": name}).insert()
	values = {
		"doctype": "Workflow",
		"workflow_name": "Notes",
		"document_type": "ToDo",
		"workflow_state_field": "status",
		"is_active": 1,
		"states": [{"state": "Anything", "doc_status": "0", "allow_edit": "All"}],
	}
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc(values).insert()
	frappe.set_user("Administrator")
	doc = frappe.get_doc(values).insert()
	doc.append("states", {"state": "Else", "doc_status": "0", "allow_edit": "All"})
	doc.save()
	doc.is_active = 0
	doc.save()
	doc.delete()
	frappe.delete_doc("Workflow State", "Anything")


# What is refused ------------------------------------------------------------------------------------------------------


def test_a_state_in_use_says_where(administrator, team):
	workflow = concern_workflow()
	add_state(workflow, "Waiting for an Interpreter")
	add_move(workflow, "Raised", "Waiting for an Interpreter")
	add_move(workflow, "Waiting for an Interpreter", "Discussed")
	workflow.save()
	other = make.make_team()
	for who in (team, team, other):
		make.move(make.concern_in("Raised", who), "Talk again", who.educator)
	with make.attempt(), pytest.raises(WorkflowNotSound) as caught:
		without_state(concern_workflow(), "Waiting for an Interpreter").save()
	text = str(caught.value)
	title = frappe.db.get_value("Day Care Unit", team.unit, "title")
	assert "in use in 3 documents" in text
	assert f"{title}: 2" in text
	assert "take away the moves" in text
	assert frappe.db.get_value("Child", team.child, "last_name") not in text
	# Renaming a row to another state is the same thing.
	workflow = concern_workflow()
	next(row for row in workflow.states if row.state == "Waiting for an Interpreter").state = "Planned"
	for row in workflow.transitions:
		for field in ("state", "next_state"):
			if row.get(field) == "Waiting for an Interpreter":
				row.set(field, "Planned")
	refused(workflow, "in use in 3 documents")


@pytest.mark.parametrize("doctype", sorted(states.NAMED))
def test_no_state_of_the_rules_is_taken_away(administrator, doctype):
	for state in states.NAMED[doctype]:
		refused(without_state(frappe.get_doc("Workflow", doctype), state), "rules of the work")


def test_a_state_of_the_rules_says_too_where_it_is_in_use(administrator, team, other, monkeypatch):
	monkeypatch.setattr(administration, "UNITS_NAMED", 1)
	# On the site there are others: the demo's, if it was loaded.
	raised = frappe.get_all("Concern", filters={"workflow_state": "Raised"}, pluck="unit")
	more = max(map(raised.count, raised), default=0) + 1
	for who in (*[team] * more, other):
		make.concern_in("Raised", who)
	title = frappe.db.get_value("Day Care Unit", team.unit, "title")
	refused(without_state(concern_workflow(), "Raised"), rf"in use in \d+ documents \({title}: {more}, …\)")


def test_another_first_state(administrator):
	workflow = concern_workflow()
	workflow.states = [*workflow.states[3:], *workflow.states[:3]]
	for index, row in enumerate(workflow.states, 1):
		row.idx = index
	refused(workflow, "begins as “Draft”")


@pytest.mark.parametrize("status", ["1", "2"])
def test_docstatus(administrator, status):
	workflow = concern_workflow()
	for row in workflow.states:
		if row.state == "Closed":
			row.doc_status = status
	refused(workflow, "submit or cancel")


def test_mails(administrator):
	workflow = concern_workflow()
	workflow.send_email_alert = 1
	refused(workflow, "E-mail alerts")


def test_what_only_the_button_would_do(administrator):
	workflow = concern_workflow()
	workflow.states[1].update({"update_field": "next_step", "update_value": "x"})
	refused(workflow, "where the button is pressed")
	workflow = concern_workflow()
	# Of newer versions of Frappe only.
	workflow.transitions[0].set("transition_tasks", "Everything")
	refused(workflow, "start a task")


def test_a_state_without_a_way_out(administrator, team):
	for state in ("Declined", "Closed"):
		make.concern_in(state, team)
	workflow = concern_workflow()
	workflow.transitions = [row for row in workflow.transitions if row.state != "Declined"]
	refused(workflow, r"From “Declined” no move.*in use in \d+ documents")
	workflow = concern_workflow()
	add_move(workflow, "Closed", "Raised")
	refused(workflow, r"ends a case.*in use in \d+ documents")


def test_a_role_from_elsewhere(administrator):
	workflow = concern_workflow()
	add_move(workflow, "Raised", "Discussed", allowed="All")
	refused(workflow, "The role All")
	workflow = concern_workflow()
	add_move(workflow, "Raised", "Discussed", allowed="System Manager")
	refused(workflow, "The role System Manager")


@pytest.mark.parametrize(
	"condition", ["doc.", "frappe.db.get_value('Child', doc.child, 'full_name')", "doc.no_such_field"]
)
def test_a_condition_that_does_not_compile_or_reaches_further(administrator, condition):
	workflow = concern_workflow()
	workflow.transitions[0].condition = condition
	refused(workflow, "cannot be judged")


def test_a_workflow_in_force_is_not_switched_off_moved_renamed_or_deleted(administrator):
	workflow = concern_workflow()
	workflow.is_active = 0
	refused(workflow, "Make another workflow active")
	workflow = concern_workflow()
	workflow.document_type = "ToDo"
	refused(workflow, "Make another workflow active")
	workflow = concern_workflow()
	workflow.workflow_state_field = "child_name"
	refused(workflow, "workflow_state")
	with make.attempt(), pytest.raises(WorkflowNotSound):
		frappe.delete_doc("Workflow", "Concern")
	with make.attempt(), pytest.raises(WorkflowNotSound):
		frappe.rename_doc("Workflow", "Concern", "Worry", force=True)


def test_states_and_actions_keep_their_names(administrator):
	for doctype, name in (("Workflow State", "Raised"), ("Workflow Action Master", "Raise the concern")):
		with make.attempt(), pytest.raises(WorkflowNotSound):
			frappe.delete_doc(doctype, name, force=True)
		with make.attempt(), pytest.raises(WorkflowNotSound):
			frappe.rename_doc(doctype, name, "Other words", force=True)
		assert frappe.db.exists(doctype, name)
	# The rules name it, whether a workflow uses it at the time or not.
	for table, field in (("Workflow Document State", "state"), ("Workflow Transition", "next_state")):
		frappe.db.delete(table, {field: "Raised"})
	with make.attempt(), pytest.raises(WorkflowNotSound):
		frappe.delete_doc("Workflow State", "Raised", force=True)
	spare = {"doctype": "Workflow State", "workflow_state_name": "Spare"}
	frappe.delete_doc("Workflow State", frappe.get_doc(spare).insert().name)


# Over HTTP ------------------------------------------------------------------------------------------------------------


def test_rows_of_a_workflow_are_not_changed_on_their_own(api):
	client = api(factories.make_user("System Manager"))
	workflow = concern_workflow()
	state, move = workflow.states[-1], workflow.transitions[0]
	answers = [
		client.delete(f"/api/resource/Workflow Document State/{state.name}"),
		client.delete(f"/api/resource/Workflow Transition/{move.name}"),
		client.put(f"/api/resource/Workflow Transition/{move.name}", json={"next_state": "Closed"}),
		client.post(
			"/api/resource/Workflow Transition",
			json={
				"parent": workflow.name,
				"parenttype": "Workflow",
				"parentfield": "transitions",
				"state": "Raised",
				"action": "Close",
				"next_state": "Draft",
				"allowed": "All",
			},
		),
		client.post(
			"/api/method/frappe.client.delete",
			json={"doctype": "Workflow Document State", "name": state.name},
		),
		client.put("/api/resource/Workflow/Concern", json={"is_active": 0}),
		client.delete("/api/resource/Workflow/Concern"),
	]
	assert [answer.status_code for answer in answers] == [417] * len(answers)
	assert concern_workflow().as_dict() == workflow.as_dict()


@pytest.mark.parametrize(
	"role", ["Form Administrator", "Area Director", "Early Educator", "Management Group"]
)
def test_only_system_managers_edit_workflows(api, role):
	client = api(factories.make_user(role))
	modified = frappe.db.get_value("Workflow", "Concern", "modified")
	assert client.put("/api/resource/Workflow/Concern", json={"is_active": 0}).status_code == 403
	assert client.delete("/api/resource/Workflow/Concern").status_code == 403
	assert client.put("/api/resource/Workflow State/Raised", json={"style": "Danger"}).status_code == 403
	assert frappe.db.get_value("Workflow", "Concern", "modified") == modified
