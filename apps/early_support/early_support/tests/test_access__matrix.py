"""Role × doctype × state × action × channel: what the running site answers is what policy, rights and workflows say.

Expected answers are computed from access/policy.py, the rights in the DocType files and the shipped workflow files;
nothing is written by hand. The moves between states are in test_workflow_guard__matrix.py, generated in the same way.
"""

import json
from pathlib import Path
from typing import NamedTuple

import frappe
import pytest

from early_support.access import policy
from early_support.casework import states
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.tests.doors import stored
from early_support.tests.test_workflow_guard__matrix import REFUSALS, WORKFLOWS, ready

DOCTYPES = Path(__file__).resolve().parents[1] / "early_support" / "doctype"
RIGHTS = {
	doctype: json.loads((DOCTYPES / frappe.scrub(doctype) / f"{frappe.scrub(doctype)}.json").read_text())[
		"permissions"
	]
	for doctype in policy.GUARDED_DOCTYPES
}
WORDS = "Sovittiin uudesta ajasta."


class Actor(NamedTuple):
	"""Somebody who tries. `openers` are the ways by which rows of the team's case may open to them."""

	user: str
	role: str
	openers: frozenset[str] = frozenset()


def actors(team: make.Team) -> dict[str, Actor]:
	"""Everybody of the team, and somebody of every other role: once at the place, once elsewhere."""
	staff = {"Early Educator": team.educator, "Special Needs Educator": team.special_educator}
	staff["Unit Director"] = team.director
	found = {role: Actor(user, role, frozenset({policy.UNIT_STAFF})) for role, user in staff.items()}
	counsellor = frozenset(
		{
			policy.LIAISON,
			policy.SUPPORT_PERIOD,
			policy.OWN_PERIOD,
			policy.NEEDS_ASSESSMENT,
			policy.OWN_ASSESSMENT,
			policy.CLIENT_RELATIONSHIP,
			policy.OWN_RELATIONSHIP,
			policy.OWN_CLIENT,
		}
	)
	found["Family Counsellor"] = Actor(team.counsellor, "Family Counsellor", counsellor)
	elsewhere = factories.make_unit()
	for role in (*policy.UNIT_STAFF_ROLES, *policy.COUNSELLOR_ROLES):
		found[f"{role} elsewhere"] = Actor(factories.make_staff(role, elsewhere), role)
	for role in policy.STAFF_ROLES:
		if role not in found:
			found[role] = Actor(factories.make_staff(role, controller=factories.default_controller()), role)
	found["System Manager"] = Actor(factories.make_user("System Manager"), "System Manager")
	found["website user"] = Actor(factories.make_user(user_type="Website User"), "")
	found["guest"] = Actor("Guest", "Guest")
	return found


def has_right(doctype: str, role: str, right: str) -> bool:
	return any(row["role"] == role and row.get(right) for row in RIGHTS[doctype] if not row.get("permlevel"))


def is_open(doc, actor: Actor, action: str) -> bool:
	"""Whether one of the openers of the doctype opens this document to the actor for the action."""
	ways = actor.openers & set(policy.openers(doc.doctype, action))
	# To a counsellor only from the parents' agreement on; the day on which a period ends is the last one.
	agreed = {"counsellor": actor.user, "family": doc.get("family"), "agreed_on": ("is", "set")}
	held = set(frappe.get_all("Support Period", filters=agreed, pluck="name")) if doc.get("family") else set()
	if not held:
		ways -= {policy.SUPPORT_PERIOD}
	if (doc.get("support_period") or doc.name) not in held:
		ways -= {policy.OWN_PERIOD}
	of_family = {"own_worker": actor.user, "family": doc.get("family")}
	own = frappe.get_all("Client Relationship", filters=of_family, pluck="name") if doc.get("family") else []
	if not own:
		ways -= {policy.CLIENT_RELATIONSHIP}
	running = {"own_worker": actor.user, "child": doc.get("child"), "workflow_state": "Active"}
	if not (doc.get("child") and frappe.db.exists("Client Relationship", running)):
		ways -= {policy.OWN_CLIENT}
	if (doc.get("client_relationship") or doc.name) not in own:
		ways -= {policy.OWN_RELATIONSHIP}
	return bool(ways)


def editors(doctype: str, state: str) -> set[str]:
	"""Who may edit in a state: nobody where no transition leads on, whatever the row says."""
	workflow = WORKFLOWS[doctype]
	if not any(row["state"] == state for row in workflow["transitions"]):
		return set()
	return {row["allow_edit"] for row in workflow["states"] if row["state"] == state}


def expected(doc, actor: Actor) -> dict[str, bool]:
	"""What the actor may do with the document."""
	read = is_open(doc, actor, "read") and has_right(doc.doctype, actor.role, "read")
	write = is_open(doc, actor, "write") and has_right(doc.doctype, actor.role, "write")
	return {"read": read, "write": write and actor.role in editors(doc.doctype, doc.workflow_state)}


@pytest.mark.parametrize("doctype", policy.GUARDED_DOCTYPES)
def test_every_role_in_every_state(doctype, api):
	team = make.make_team()
	who = actors(team)
	clients = logged_in(api, who)
	allowed = refused = 0
	for state in states.NAMED[doctype]:
		with make.attempt():
			doc = with_rows(ready(doctype, state, team))
			for label, actor in who.items():
				right = expected(doc, actor)
				cell = (doctype, state, label)
				found = {
					"read": {"document": may(doc, "read", actor), "list": doc.name in listed(doctype, actor)},
					"write": {"document": may(doc, "write", actor)},
				}
				# Whoever is turned away at the door tries the rest once.
				if right["read"] or state == states.NAMED[doctype][0]:
					found["read"]["REST"] = rest(clients, actor, "GET", doc).status_code == 200
					found["write"]["save"] = saves(doc, actor)
					found["write"]["REST"] = writes(clients, actor, doc)
					assert not takes_away(clients, actor, doc), cell
				for action, channels in found.items():
					assert channels == dict.fromkeys(channels, right[action]), (*cell, action)
					allowed, refused = allowed + right[action], refused + (not right[action])
	# The test would prove nothing if everything were refused, or nothing.
	assert allowed
	assert refused


@pytest.mark.parametrize("doctype", policy.GUARDED_DOCTYPES)
def test_who_begins_a_case(doctype, api):
	team = make.make_team()
	sample = ready(doctype, states.NAMED[doctype][0], team)
	values = make.KINDS[doctype].another(sample, team)
	who = actors(team)
	clients = logged_in(api, who)
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
	ways = actor.openers & set(policy.openers(doctype, "create"))
	if doctype in policy.UNIT_DECIDES:
		return policy.UNIT_STAFF in ways
	containers = policy.CONTAINERS[doctype].values()
	needed = "read" if doctype in policy.HUNG_ON_READABLE else "write"
	return bool(ways) and all(actor.openers & set(policy.openers(kind, needed)) for kind in containers)


# One attempt each, undone at once -------------------------------------------------------------------------------------


def with_rows(doc):
	"""Give the document a row in each of its tables, so that there is one to be written."""
	for df in doc.meta.get_table_fields():
		if not doc.get(df.fieldname) and df.options == "Concern Topic Item":
			doc = make.prepare(doc, **{df.fieldname: [{"topic": make.option("Concern Topic")}]})
	return doc


def may(doc, right: str, actor: Actor) -> bool:
	return bool(frappe.has_permission(doc.doctype, right, doc=doc.name, user=actor.user))


def listed(doctype: str, actor: Actor) -> set[str]:
	with make.acting(actor.user):
		try:
			return set(frappe.get_list(doctype, pluck="name", limit_page_length=0))
		except frappe.PermissionError:
			return set()


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


def logged_in(api, who: dict[str, Actor]) -> dict:
	"""Return a client for every user. Before any attempt: what undoes it would end a session begun in it."""
	return {actor.user: api(None if actor.user == "Guest" else actor.user) for actor in who.values()}


def rest(clients: dict, actor: Actor, method: str, doc, data: dict | None = None):
	path = f"/api/resource/{doc.doctype}/{doc.name}"
	return clients[actor.user].open(method, path, json=data or {})
