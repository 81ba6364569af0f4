"""Everybody who tries something with a case, and what each may do with it: by the policy table, the rights in the DocType
files and the shipped workflow files. The expected half of the matrices; nothing of it is written by hand.
"""

import json
from pathlib import Path
from typing import NamedTuple

import frappe

from early_support.access import grants, policy
from early_support.casework import clock
from early_support.naming import opaque_name
from early_support.tests import case_factories as make
from early_support.tests import factories

APP = Path(__file__).resolve().parents[1]
MODULE = APP / "early_support"
WORKFLOWS = {
	data["workflow"]["document_type"]: data["workflow"]
	for data in (json.loads(path.read_text()) for path in (MODULE / "workflow").glob("*/*.json"))
	# Other moves are tried in test_form_change__guards.py.
	if data["workflow"]["document_type"] in policy.GUARDED_DOCTYPES
}
RIGHTS = {
	doctype: json.loads(
		(MODULE / "doctype" / frappe.scrub(doctype) / f"{frappe.scrub(doctype)}.json").read_text()
	)["permissions"]
	for doctype in policy.GUARDED_DOCTYPES
}

# What somebody has by work of his or her own with a client.
OWN_WORK = frozenset(
	{
		policy.SUPPORT_PERIOD,
		policy.OWN_PERIOD,
		policy.OWN_REFERRAL,
		policy.NEEDS_ASSESSMENT,
		policy.OWN_ASSESSMENT,
		policy.CLIENT_RELATIONSHIP,
		policy.OWN_RELATIONSHIP,
		policy.OWN_CLIENT,
	}
)
# Who has the work with a document, as far as one can be given it.
WORKER_FIELDS = {
	"Referral": "receiver",
	"Needs Assessment": "assessor",
	"Client Relationship": "own_worker",
}


class Actor(NamedTuple):
	"""Somebody who tries. `openers` are the ways by which rows of the team's case may open to them."""

	user: str
	role: str
	openers: frozenset[str] = frozenset()
	# The kind of grant of the family that the actor holds, and no document of whose own.
	held: frozenset[str] = frozenset()


def app_roles() -> set[str]:
	"""Return the roles that the app brings, by the files from which it makes them, and by its policy."""
	files = (APP / "fixtures" / "defaults" / "role").glob("*.json")
	return {row["name"] for path in files for row in json.loads(path.read_text())} | set(policy.STAFF_ROLES)


def actors(team: make.Team) -> dict[str, Actor]:
	"""Give everybody: label → actor.

	Those of the team; whoever has such a role elsewhere; one of every other role; a taker, to whom work can be handed over;
	for each kind of grant and each role that may hold one, somebody from elsewhere who holds one of the team's family and
	nothing else; and those without a role in the app.
	"""
	found = inside(team)
	elsewhere = factories.make_unit()
	for role in (*policy.UNIT_STAFF_ROLES, *policy.COUNSELLOR_ROLES):
		found[f"{role} elsewhere"] = Actor(factories.make_staff(role, elsewhere), role)
	found["taker"] = Actor(make.make_social_worker(), "Social Worker")
	for role in sorted(app_roles() - found.keys()):
		found[role] = Actor(factories.make_staff(role, controller=factories.default_controller()), role)
	for kind, roles in policy.GRANT_KINDS.items():
		for role in roles:
			found[f"{role} with {kind}"] = holder(role, kind, team, elsewhere)
	found["System Manager"] = Actor(factories.make_user("System Manager"), "System Manager")
	found["website user"] = Actor(factories.make_user(user_type="Website User"), "")
	found["guest"] = Actor("Guest", "Guest")
	assert app_roles() <= {actor.role for actor in found.values()}
	return found


def inside(team: make.Team) -> dict[str, Actor]:
	"""Give the people of the team: role → actor."""
	staff = {"Early Educator": team.educator, "Special Needs Educator": team.special_educator}
	staff["Unit Director"] = team.director
	found = {role: Actor(user, role, frozenset({policy.UNIT_STAFF})) for role, user in staff.items()}
	found["Family Counsellor"] = Actor(team.counsellor, "Family Counsellor", OWN_WORK | {policy.LIAISON})
	return found


def holder(role: str, kind: str, team: make.Team, elsewhere: str | None = None) -> Actor:
	"""Make somebody from elsewhere with a running grant of the kind, of the team's family."""
	unit = role in policy.UNIT_STAFF_ROLES and (elsewhere or factories.make_unit())
	user = factories.make_staff(role, **({"unit": unit} if unit else {"controller": make.county()}))
	child = frappe.get_doc("Child", team.child)
	grants.give(user, child.family, kind, child, "Kokeillaan, mitä tämä avaa.")
	return Actor(user, role, held=frozenset({kind}))


def logged_in(api, who: dict[str, Actor]) -> dict:
	"""Return a client for every user. Before any attempt: what undoes it would end a session begun in it."""
	return {each.user: api(None if each.user == "Guest" else each.user) for each in who.values()}


def hand_over(doc, taker: Actor):
	"""Give the work with `doc` to `taker`, where somebody can have it and it is not over.

	Returns the document, and the actor as whom it now opens to; None where there is nothing to hand over.
	"""
	held = doc if doc.doctype in WORKER_FIELDS else None
	if doc.get("client_relationship") and doc.doctype != "Needs Assessment":
		held = frappe.get_doc("Client Relationship", doc.client_relationship)
	if held is None or is_final(held.doctype, held.workflow_state):
		return None
	field = WORKER_FIELDS[held.doctype]
	if held.doctype == "Client Relationship" and held.workflow_state == "Draft":
		field = "opened_by"
	from_outside = {"outside_receiver": None} if held.doctype == "Referral" else {}
	make.prepare(held, **{field: taker.user}, **from_outside)
	return frappe.get_doc(doc.doctype, doc.name), taker._replace(openers=OWN_WORK)


def has_right(doctype: str, role: str, right: str) -> bool:
	"""Whether the DocType file gives the right to the role."""
	return any(row["role"] == role and row.get(right) for row in RIGHTS[doctype] if not row.get("permlevel"))


def is_final(doctype: str, state: str) -> bool:
	return not any(row["state"] == state for row in WORKFLOWS[doctype]["transitions"])


def editors(doctype: str, state: str) -> set[str]:
	"""Who may edit in a state: nobody where no transition leads on, whatever the row says."""
	if is_final(doctype, state):
		return set()
	return {row["allow_edit"] for row in WORKFLOWS[doctype]["states"] if row["state"] == state}


def states(doctype: str) -> list[str]:
	return list(dict.fromkeys(row["state"] for row in WORKFLOWS[doctype]["states"]))


def ready(doctype: str, state: str, team: make.Team):
	"""A document in `state` with everything filled in that any move could need."""
	return make.KINDS[doctype].ready(state, team)


def with_rows(doc):
	"""Give the document a row in each of its tables, so that there is one to be written."""
	for df in doc.meta.get_table_fields():
		if not doc.get(df.fieldname):
			row = frappe.get_doc({"doctype": df.options, "parenttype": doc.doctype, "parent": doc.name})
			row.update({"parentfield": df.fieldname, "idx": 1, "name": opaque_name(), **_needed(row.meta)})
			row.db_insert()
	return frappe.get_doc(doc.doctype, doc.name)


def _needed(meta) -> dict:
	"""Return a value for each mandatory field of a table."""
	values = {
		"Link": lambda df: frappe.get_all(df.options, pluck="name", limit=1)[0],
		"Select": lambda df: df.options.split("\n")[-1],
		"Int": lambda df: 1,
		"Date": lambda df: clock.today(),
	}
	return {df.fieldname: values.get(df.fieldtype, lambda df: "x")(df) for df in meta.fields if df.reqd}


def ways(doc, actor: Actor, action: str) -> set[str]:
	"""Return the openers of the doctype that open this document to the actor for the action."""
	by_table = set(policy.openers(doc.doctype, action))
	found = actor.openers & by_table
	if found & OWN_WORK:
		found -= _not_yet(doc, actor.user)
	return found | (actor.held & by_table)


def is_open(doc, actor: Actor, action: str) -> bool:
	return bool(ways(doc, actor, action))


def _not_yet(doc, user: str) -> set[str]:
	"""Return which openers do not lead to this document, for want of work of the user's own on which they stand."""
	closed = set()
	# To a counsellor only from the parents' agreement on; the day on which a period ends is the last one.
	periods = _work("Support Period", doc, counsellor=user, agreed_on=("is", "set"))
	if not periods:
		closed |= {policy.SUPPORT_PERIOD}
	if (doc.get("support_period") or doc.name) not in periods:
		closed |= {policy.OWN_PERIOD}
	relationships = _work("Client Relationship", doc, own_worker=user)
	relationships |= _work("Client Relationship", doc, opened_by=user, workflow_state="Draft")
	if not relationships:
		closed |= {policy.CLIENT_RELATIONSHIP}
	if (doc.get("client_relationship") or doc.name) not in relationships:
		closed |= {policy.OWN_RELATIONSHIP}
	running = {"own_worker": user, "child": doc.get("child"), "workflow_state": "Active"}
	if not (doc.get("child") and frappe.db.exists("Client Relationship", running)):
		closed |= {policy.OWN_CLIENT}
	assessments = _work("Needs Assessment", doc, assessor=user) | _work(
		"Needs Assessment", doc, colleague=user
	)
	if not assessments:
		closed |= {policy.NEEDS_ASSESSMENT}
	if doc.name not in assessments:
		closed |= {policy.OWN_ASSESSMENT}
	received = _work("Referral", doc, receiver=user, workflow_state=("in", ("Joint Contact", "Accepted")))
	if (doc.get("referral") or doc.name) not in received:
		closed |= {policy.OWN_REFERRAL}
	return closed


def _work(doctype: str, doc, **filters) -> set[str]:
	"""Return what there is of a doctype about the family of a document."""
	if not doc.get("family"):
		return set()
	return set(frappe.get_all(doctype, filters={"family": doc.family, **filters}, pluck="name"))
