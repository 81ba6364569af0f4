"""Every role tries every move from every state, through both doors: the workflow action and a plain save over REST.

What is right is read from the shipped workflow files. Whatever is not a transition of the role must be refused, and a
refusal must leave the state as it was. Who may edit in which state is in test_access__matrix.py.
"""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError, apply_workflow

from early_support.exceptions import GuardNotMet, StateNotEditable, TransitionNotAllowed
from early_support.tests import case_factories as make
from early_support.tests.actors import (
	WORKFLOWS,
	Actor,
	hand_over,
	has_right,
	is_open,
	ready,
	states,
)

REFUSALS = (
	WorkflowPermissionError,
	WorkflowTransitionError,
	TransitionNotAllowed,
	StateNotEditable,
	GuardNotMet,
	frappe.PermissionError,
)
each_workflow = pytest.mark.parametrize("doctype", sorted(WORKFLOWS))


def may(doc, actor: Actor, **wanted: str) -> bool:
	"""Whether the workflow file has a transition for the actor's role with the `action` or `next_state` wanted, and the
	policy table opens the document to the actor for writing.
	"""
	if not (is_open(doc, actor, "write") and has_right(doc.doctype, actor.role, "write")):
		return False
	return any(
		row["allowed"] == actor.role and all(row[key] == value for key, value in wanted.items())
		for row in WORKFLOWS[doc.doctype]["transitions"]
		if row["state"] == doc.workflow_state
	)


def state_of(doc) -> str:
	return frappe.db.get_value(doc.doctype, doc.name, "workflow_state")


pytestmark = pytest.mark.usefixtures("shared_transaction")


@each_workflow
def test_moves(doctype, team, who, clients):
	for state in states(doctype):
		with make.attempt():
			doc = ready(doctype, state, team)
			for label, actor in who.items():
				tries_all(doc, label, actor, clients[actor.user], at_the_door=state == states(doctype)[0])
			if handed := hand_over(doc, who["taker"]):
				doc, taker = handed
				tries_all(doc, "taker", taker, clients[taker.user])


def tries_all(doc, label: str, actor: Actor, client, at_the_door: bool = False) -> None:
	"""Let the actor try every move. To whom the policy does not open the document for writing: one that is his or her
	role's in this state, which only the policy can forbid; any at all, once.
	"""
	state, transitions = doc.workflow_state, WORKFLOWS[doc.doctype]["transitions"]
	actions = sorted({row["action"] for row in transitions})
	targets = [target for target in states(doc.doctype) if target != state]
	if not is_open(doc, actor, "write"):
		of_role = [row for row in transitions if row["state"] == state and row["allowed"] == actor.role][:1]
		actions = [row["action"] for row in of_role] or actions[:at_the_door]
		targets = [row["next_state"] for row in of_role] or targets[:at_the_door]
	for action in actions:
		assert _act(doc, actor.user, action) == may(doc, actor, action=action), (state, label, action)
	for target in targets:
		expected = may(doc, actor, next_state=target)
		assert _put(doc, client, target) == (expected, target if expected else state), (state, label, target)


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
def test_nobody_begins_elsewhere(doctype, team, api):
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
