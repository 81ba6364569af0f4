"""A form is told with its document which moves are open to whoever reads it: the same as Frappe answers when it is asked."""

import frappe
import pytest
from frappe.desk.form.load import run_onload
from frappe.model.workflow import get_transitions

from early_support.access import policy
from early_support.tests import case_factories as make
from early_support.workflow_guard.guard import MOVE_FIELDS

GETDOC = "/api/method/frappe.desk.form.load.getdoc"


@pytest.fixture
def team(site) -> make.Team:
	return make.make_team()


def told(doc, user: str) -> dict | None:
	with make.acting(user):
		doc = frappe.get_doc(doc.doctype, doc.name)
		run_onload(doc)
	return doc.get("__onload").get("moves")


def asked(doc, user: str) -> list[dict]:
	with make.acting(user):
		moves = get_transitions(frappe.get_doc(doc.doctype, doc.name))
	return [{field: move.get(field) for field in MOVE_FIELDS} for move in moves]


def test_the_moves_are_those_that_frappe_would_give(team):
	found = set()
	for state in ("Draft", "Raised", "Discussed", "Meeting Agreed", "Urgent", "Closed"):
		doc = make.concern_in(state, team._replace(child=make.make_concern(team).child))
		for user in (team.educator, team.director, "Administrator"):
			answer = told(doc, user)
			assert answer == {"state": state, "modified": str(doc.modified), "moves": asked(doc, user)}
			found |= {move["action"] for move in answer["moves"]}
	assert len(found) > 5


def test_a_condition_is_asked_for_a_move(team):
	doc = make.concern_in("Raised", team)
	workflow = frappe.get_doc("Workflow", frappe.get_meta("Concern").get_workflow())
	action = told(doc, team.educator)["moves"][0]["action"]
	row = next(row for row in workflow.transitions if row.state == "Raised" and row.action == action)
	try:
		for condition, is_told in (("doc.observation", True), ("not doc.observation", False)):
			row.db_set("condition", condition)
			frappe.clear_document_cache("Workflow", workflow.name)
			moves = told(doc, team.educator)["moves"]
			assert moves == asked(doc, team.educator)
			assert (action in [move["action"] for move in moves]) is is_told
		row.db_set("condition", "doc.no_such_function()")
		frappe.clear_document_cache("Workflow", workflow.name)
		# The form opens all the same, and asks as before.
		assert told(doc, team.educator) is None
	finally:
		frappe.clear_document_cache("Workflow", workflow.name)


def test_a_new_document_is_told_none(team):
	doc = frappe.new_doc("Concern")
	run_onload(doc)
	assert doc.get("__onload").get("moves") is None


def test_every_form_with_a_workflow_is_told(site):
	for doctype in policy.WORKFLOW_DOCTYPES:
		assert "early_support.workflow_guard.guard.tell_moves" in frappe.get_doc_hooks()[doctype]["onload"]


def test_they_come_with_the_form(team, api):
	doc = make.concern_in("Raised", team)
	answer = api(team.educator).get(GETDOC, query_string={"doctype": doc.doctype, "name": doc.name})
	sent = answer.json["docs"][0]
	moves = sent["__onload"]["moves"]
	assert (moves["state"], moves["modified"]) == (sent["workflow_state"], sent["modified"])
	assert moves["moves"]
	stranger = make.make_team().educator
	answer = api(stranger).get(GETDOC, query_string={"doctype": doc.doctype, "name": doc.name})
	assert answer.status_code == 403
	assert "moves" not in answer.text
