"""Every role tries every move from every state, through both doors: the workflow action and a plain save over REST.

What is right is read from the shipped workflow files. Whatever is not a transition of the role must be refused, and a
refusal must leave the state as it was. Who may edit in which state is in test_access__matrix.py.
"""

import json
from pathlib import Path

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError, apply_workflow

from early_support.access.policy import GUARDED_DOCTYPES
from early_support.exceptions import StateNotEditable, TransitionNotAllowed
from early_support.tests import case_factories as make
from early_support.tests import factories

WORKFLOWS = {
	data["workflow"]["document_type"]: data["workflow"]
	for data in (
		json.loads(path.read_text())
		for path in (Path(__file__).resolve().parents[1] / "early_support" / "workflow").glob("*/*.json")
	)
	# Other moves are tried in test_form_change__guards.py.
	if data["workflow"]["document_type"] in GUARDED_DOCTYPES
}
REFUSALS = (
	WorkflowPermissionError,
	WorkflowTransitionError,
	TransitionNotAllowed,
	StateNotEditable,
	frappe.PermissionError,
)
each_workflow = pytest.mark.parametrize("doctype", sorted(WORKFLOWS))


def people(team: make.Team) -> dict[str, tuple[str, str]]:
	"""Who tries: label → (user, role). The last ones have the role or the place, but not both."""
	elsewhere = factories.make_unit()
	return {
		"educator": (team.educator, "Early Educator"),
		"special educator": (team.special_educator, "Special Needs Educator"),
		"director": (team.director, "Unit Director"),
		"counsellor": (team.counsellor, "Family Counsellor"),
		"educator elsewhere": (factories.make_staff("Early Educator", elsewhere), ""),
		"other counsellor": (factories.make_staff("Family Counsellor", elsewhere), ""),
		"area director": (factories.make_staff("Area Director", area=factories.default_area()), ""),
	}


def ready(doctype: str, state: str, team: make.Team):
	"""A document in `state` with everything filled in that any move could need."""
	return make.KINDS[doctype].ready(state, team)


def states(doctype: str) -> list[str]:
	return list(dict.fromkeys(row["state"] for row in WORKFLOWS[doctype]["states"]))


def may(doctype: str, state: str, role: str, **wanted: str) -> bool:
	"""Whether the workflow file has a transition from `state` for `role` with the `action` or `next_state` wanted."""
	# The counsellor's access to a period begins with the parents' agreement.
	if doctype == "Support Period" and role == "Family Counsellor" and state == "Proposed":
		return False
	return any(
		row["state"] == state
		and row["allowed"] == role
		and all(row[key] == value for key, value in wanted.items())
		for row in WORKFLOWS[doctype]["transitions"]
	)


def state_of(doc) -> str:
	return frappe.db.get_value(doc.doctype, doc.name, "workflow_state")


@each_workflow
def test_moves(doctype, api):
	team = make.make_team()
	tries = people(team)
	clients = {user: api(user) for user, _role in tries.values()}
	actions = sorted({row["action"] for row in WORKFLOWS[doctype]["transitions"]})
	for state in states(doctype):
		with make.attempt():
			doc = ready(doctype, state, team)
			targets = [target for target in states(doctype) if target != state]
			for label, (user, role) in tries.items():
				# Whoever has no part in the case is turned away at the door, whatever the move.
				for action in actions if role else actions[:1]:
					expected = may(doctype, state, role, action=action)
					assert _act(doc, user, action) == expected, (state, label, action)
				for target in targets if role else targets[:1]:
					answer = _put(doc, clients[user], target)
					expected = may(doctype, state, role, next_state=target)
					assert answer == (expected, target if expected else state), (state, label, target)


def _act(doc, user: str, action: str) -> bool:
	frappe.db.savepoint("es_act")
	before = state_of(doc)
	try:
		with make.acting(user):
			apply_workflow(frappe.get_doc(doc.doctype, doc.name), action)
		return state_of(doc) != before
	except REFUSALS:
		assert state_of(doc) == before
		return False
	finally:
		frappe.db.rollback(save_point="es_act")
		# What would follow a commit was undone as well.
		frappe.db.after_commit.reset()


def _put(doc, client, target: str) -> tuple[bool, str]:
	"""Save another state over REST, as the document's own. Returns whether it was taken, and the state afterwards."""
	frappe.db.savepoint("es_act")
	values = {"workflow_state": target, **make.version(doc)}
	answer = client.put(f"/api/resource/{doc.doctype}/{doc.name}", json=values)
	taken = answer.status_code == 200, state_of(doc)
	frappe.db.rollback(save_point="es_act")
	return taken


@each_workflow
def test_nobody_begins_elsewhere(doctype, api):
	team = make.make_team()
	first = states(doctype)[0]
	kind = make.KINDS[doctype]
	maker = getattr(team, kind.maker)
	values = kind.another(ready(doctype, first, team), team)
	before = frappe.db.count(doctype)
	for state in states(doctype)[1:]:
		response = api(maker).post(f"/api/resource/{doctype}", json={**values, "workflow_state": state})
		assert response.status_code != 200, (state, response.text[-600:])
	assert frappe.db.count(doctype) == before
	response = api(maker).post(f"/api/resource/{doctype}", json=values)
	assert response.status_code == 200, response.text[-600:]
	assert response.json["data"]["workflow_state"] == first
