"""Role × doctype × state × action × channel: what the running site answers is what policy, rights and workflows say.

Expected answers are computed from access/policy.py, the rights in the DocType files and the shipped workflow files;
nothing is written by hand. The moves between states are in test_workflow_guard__matrix.py, generated in the same way.
"""

import frappe
import pytest

from early_support.access import policy
from early_support.casework import states
from early_support.tests import case_factories as make
from early_support.tests.actors import (
	Actor,
	editors,
	hand_over,
	has_right,
	is_open,
	ready,
	ways,
	with_rows,
)
from early_support.tests.doors import stored
from early_support.tests.test_workflow_guard__matrix import REFUSALS

WORDS = "Sovittiin uudesta ajasta."


def expected(doc, actor: Actor) -> dict[str, bool]:
	"""What the actor may do with the document."""
	read = is_open(doc, actor, "read") and has_right(doc.doctype, actor.role, "read")
	write = is_open(doc, actor, "write") and has_right(doc.doctype, actor.role, "write")
	return {"read": read, "write": write and actor.role in editors(doc.doctype, doc.workflow_state)}


pytestmark = pytest.mark.usefixtures("shared_transaction")


@pytest.mark.parametrize("doctype", policy.GUARDED_DOCTYPES)
def test_every_role_in_every_state(doctype, team, who, clients):
	if policy.OWN_CLIENT in policy.openers(doctype):
		make.relationship_in("Active", team)
	answers, used = set(), set()
	for state in states.NAMED[doctype]:
		at_the_door = state == states.NAMED[doctype][0]
		with make.attempt():
			doc = with_rows(ready(doctype, state, team))
			for label, actor in who.items():
				right = expected(doc, actor)
				# Whoever is turned away at the door tries the rest once.
				found = tried(doc, actor, clients, everything=right["read"] or at_the_door)
				for action, channels in found.items():
					assert channels == dict.fromkeys(channels, right[action]), (state, label, action)
				answers |= set(right.values())
				used |= ways(doc, actor, "read")
			if handed := hand_over(doc, who["taker"]):
				doc, taker = handed
				right = expected(doc, taker)
				for action, channels in tried(doc, taker, clients, everything=True).items():
					assert channels == dict.fromkeys(channels, right[action]), (state, "taker", action)
				used |= ways(doc, taker, "read")
	# The test would prove nothing if everything were refused, or nothing; or if one of the ways led nobody in.
	assert answers == {True, False}
	assert used == set(policy.openers(doctype))


def tried(doc, actor: Actor, clients: dict, everything: bool) -> dict[str, dict[str, bool]]:
	"""Return what the site lets the actor do: action → channel → whether."""
	found = {
		"read": {"document": may(doc, "read", actor), "list": is_listed(doc, actor)},
		"write": {"document": may(doc, "write", actor)},
	}
	if everything:
		found["read"]["REST"] = rest(clients, actor, "GET", doc).status_code == 200
		found["write"]["save"] = saves(doc, actor)
		found["write"]["REST"] = writes(clients, actor, doc)
		assert not takes_away(clients, actor, doc), (doc.doctype, doc.workflow_state, actor)
	return found


@pytest.mark.parametrize("doctype", policy.GUARDED_DOCTYPES)
def test_who_begins_a_case(doctype, team, who, clients):
	sample = ready(doctype, states.NAMED[doctype][0], team)
	values = make.KINDS[doctype].another(sample, team)
	for label, actor in who.items():
		right = has_right(doctype, actor.role, "create") and place_is_open(doctype, actor)
		before = frappe.db.count(doctype)
		frappe.db.savepoint("es_cell")
		answer = clients[actor.user].post(f"/api/resource/{doctype}", json=values)
		made = frappe.db.count(doctype) - before
		frappe.db.rollback(save_point="es_cell")
		assert (answer.status_code == 200, made) == (right, int(right)), (doctype, label, answer.text[-600:])


def place_is_open(doctype: str, actor: Actor) -> bool:
	"""Whether the actor sees what a new document hangs on: the child, its concern, the running period, the unit."""
	had = actor.openers | actor.held
	makers = had & set(policy.openers(doctype, "create"))
	if doctype in policy.UNIT_DECIDES:
		return policy.UNIT_STAFF in makers
	containers = policy.CONTAINERS[doctype].values()
	needed = "read" if doctype in policy.HUNG_ON_READABLE else "write"
	return bool(makers) and all(had & set(policy.openers(kind, needed)) for kind in containers)


# One attempt each, undone at once -------------------------------------------------------------------------------------


def may(doc, right: str, actor: Actor) -> bool:
	return bool(frappe.has_permission(doc.doctype, right, doc=doc.name, user=actor.user))


def is_listed(doc, actor: Actor) -> bool:
	with make.acting(actor.user):
		try:
			return doc.name in frappe.get_list(doc.doctype, pluck="name", limit_page_length=0)
		except frappe.PermissionError:
			return False


def saves(doc, actor: Actor) -> bool:
	frappe.db.savepoint("es_cell")
	try:
		with make.acting(actor.user):
			own = frappe.get_doc(doc.doctype, doc.name)
			own.set(field_of(doc), WORDS)
			own.save()
		return True
	except REFUSALS:
		return False
	finally:
		frappe.db.rollback(save_point="es_cell")


def writes(clients, actor: Actor, doc) -> bool:
	frappe.db.savepoint("es_cell")
	answer = rest(clients, actor, "PUT", doc, {field_of(doc): WORDS, **make.version(doc)})
	written = frappe.db.get_value(doc.doctype, doc.name, field_of(doc)) == WORDS
	frappe.db.rollback(save_point="es_cell")
	assert written == (answer.status_code == 200), answer.text[-600:]
	return written


def takes_away(clients, actor: Actor, doc) -> bool:
	"""Whether the document, or a row of it on its own, could be deleted or written. Nobody may."""
	before = stored(doc)
	frappe.db.savepoint("es_cell")
	rest(clients, actor, "DELETE", doc)
	for row in doc.get_all_children()[:1]:
		rest(clients, actor, "DELETE", row)
		rest(clients, actor, "PUT", row, {"idx": 9})
	after = stored(doc)
	frappe.db.rollback(save_point="es_cell")
	return after != before


def field_of(doc) -> str:
	return make.KINDS[doc.doctype].field_in(doc.workflow_state)


def rest(clients: dict, actor: Actor, method: str, doc, data: dict | None = None):
	path = f"/api/resource/{doc.doctype}/{doc.name}"
	return clients[actor.user].open(method, path, json=data or {})
