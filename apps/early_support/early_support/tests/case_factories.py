"""Makers of casework. Each acts as the role users who may do it, through the same doors as they: insert, save and
`apply_workflow`. Keyword arguments override; every maker returns a document.
"""

import json
from collections.abc import Callable
from contextlib import contextmanager
from typing import NamedTuple

import frappe
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow

from early_support.access import assignments
from early_support.casework import clock
from early_support.casework.states import AGREED_PERIOD
from early_support.tests import factories, samples
from early_support.workflow_guard.system import system_change

# The words of these texts name nobody, so that they may stand in a consultation.
OBSERVATION = "Jää aamulla eteiseen ja itkee, kunnes aikuinen tulee viereen."
QUESTION = "Miten tukea lasta, jonka aamut ovat itkuisia? Rauhoittuu, kun aikuinen istuu vieressä."
ANSWER = "Sopikaa vanhempien kanssa yhdestä pienestä aamurutiinista ja kokeilkaa sitä kaksi viikkoa."


class Team(NamedTuple):
	"""The people around one child of one unit."""

	unit: str
	child: str
	educator: str
	special_educator: str
	director: str
	counsellor: str


def make_team(**child) -> Team:
	"""Make a unit with a child, its staff, and a family counsellor who is its liaison."""
	unit = child.pop("unit", None) or factories.make_unit()
	counsellor = factories.make_staff("Family Counsellor", controller=county())
	factories.make_liaison(unit, counsellor)
	return Team(
		unit=unit,
		child=factories.make_child(unit=unit, **child),
		educator=factories.make_staff("Early Educator", unit),
		special_educator=factories.make_staff("Special Needs Educator", unit),
		director=factories.make_staff("Unit Director", unit),
		counsellor=counsellor,
	)


def standing_team(code: str) -> Team:
	"""Return the team of the unit `code`, which is made where it is missing. For teams that outlive a test."""

	def email(role: str) -> str:
		return f"{role.lower().replace(' ', '.')}.{code.lower()}@example.test"

	roles = ("Early Educator", "Special Needs Educator", "Unit Director")
	counsellor = email("Family Counsellor")
	if not frappe.db.exists("Day Care Unit", code):
		unit = factories.make_unit(code=code)
		for role in roles:
			factories.make_staff(role, unit, email=email(role))
		factories.make_staff("Family Counsellor", controller=county(), email=counsellor)
		factories.make_liaison(unit, counsellor)
		factories.make_child(unit=unit)
	return Team(code, frappe.db.get_value("Child", {"unit": code}), *map(email, roles), counsellor)


def county() -> str:
	"""Return the register controller for whom the counsellors work; no day care unit belongs to it."""
	code = "TEST-COUNTY"
	if frappe.db.exists("Register Controller", code):
		return code
	return factories.make_controller(code=code, kind="Wellbeing Services County", municipality_code=None)


@contextmanager
def acting(user: str):
	"""Work as `user` inside."""
	before = frappe.session.user
	frappe.set_user(user)
	try:
		yield
	finally:
		frappe.set_user(before)


def option(doctype: str) -> str:
	"""Return the first enabled record of a list."""
	return frappe.get_all(
		doctype, filters={"disabled": 0}, order_by="sort_order asc, name asc", pluck="name", limit=1
	)[0]


def move(doc: Document, action: str, user: str, **values) -> Document:
	"""Save `values` and press the workflow action as `user`. Returns the document as it then is."""
	with acting(user):
		doc = frappe.get_doc(doc.doctype, doc.name)
		if values:
			doc.update(values)
			doc.save()
		return apply_workflow(doc, action)


def version(doc: Document) -> dict:
	"""Return what a request says about the version of the document on which its change builds."""
	return {"modified": str(frappe.db.get_value(doc.doctype, doc.name, "modified"))}


def told(answer) -> str:
	"""Return what a request's answer says to the person, without the mark by which Frappe finds its traceback again."""
	(message,) = json.loads(answer.json["_server_messages"])
	return json.loads(message)["message"]


def make_concern(team: Team, user: str | None = None, **values) -> Document:
	"""Make a Concern in Draft."""
	defaults = {"child": team.child, "observation": OBSERVATION, "observed_on": clock.today()}
	with acting(user or team.educator):
		return frappe.get_doc({"doctype": "Concern", **defaults, **values}).insert()


# What is filled in, and pressed, on the way to each state.
CONCERN_PATH = {
	"Raised": ("Raise the concern", lambda: {}),
	"Discussed": (
		"Record the talk",
		lambda: {
			"discussed_on": clock.today(),
			"discussed_how": option("Contact Method"),
			"discussed_with": "Äiti",
		},
	),
	"Meeting Proposed": ("Propose a meeting", lambda: {}),
	"Meeting Agreed": ("Parents agree to meet", lambda: {}),
	"Declined": ("Parents decline", lambda: {}),
	"Urgent": ("Mark as urgent", lambda: {}),
	"Closed": ("Close", lambda: {"closing_reason": option("Closing Reason")}),
}
CONCERN_WAYS = {
	"Draft": (),
	"Raised": ("Raised",),
	"Discussed": ("Raised", "Discussed"),
	"Meeting Proposed": ("Raised", "Discussed", "Meeting Proposed"),
	"Meeting Agreed": ("Raised", "Discussed", "Meeting Proposed", "Meeting Agreed"),
	"Declined": ("Raised", "Discussed", "Meeting Proposed", "Declined"),
	"Urgent": ("Raised", "Urgent"),
	"Closed": ("Raised", "Closed"),
}


def concern_in(state: str, team: Team, **values) -> Document:
	"""Make a Concern and take it to `state` as the educator."""
	doc = make_concern(team, **values)
	for step in CONCERN_WAYS[state]:
		action, needed = CONCERN_PATH[step]
		doc = move(doc, action, team.educator, **needed())
	return doc


def make_consultation(team: Team, user: str | None = None, **values) -> Document:
	"""Make a Consultation in Requested."""
	defaults = {"unit": team.unit, "age_band": option("Age Band"), "question": QUESTION, "channel": "E-mail"}
	with acting(user or team.educator):
		return frappe.get_doc({"doctype": "Consultation", **defaults, **values}).insert()


def consultation_in(state: str, team: Team, **values) -> Document:
	"""Make a Consultation and take it to `state`."""
	doc = make_consultation(team, **values)
	steps = (
		("Taken", "Take", team.counsellor, {}),
		("Answered", "Give the answer", team.counsellor, {"answer": ANSWER}),
		("Closed", "Close", team.educator, {}),
	)
	return _walk(doc, state, "Requested", steps)


def make_period(team: Team, concern: Document | None = None, user: str | None = None, **values) -> Document:
	"""Make a Support Period in Proposed, for a concern whose meeting the parents have agreed to."""
	concern = concern or concern_in("Meeting Agreed", team)
	with acting(user or team.educator):
		defaults = {"concern": concern.name, "proposed_on": clock.today()}
		return frappe.get_doc({"doctype": "Support Period", **defaults, **values}).insert()


def end_of_period() -> dict:
	"""Return what is filled in when a support period ends."""
	return {"outcome": option("Visit Outcome"), "rights_told": 1}


def period_in(state: str, team: Team, **values) -> Document:
	"""Make a Support Period and take it to `state`."""
	doc = make_period(team, **values)
	agreement = {
		"agreed_by": "Äiti",
		"agreed_how": option("Contact Method"),
		"counsellor": team.counsellor,
	}
	if state == "Declined":
		return move(doc, "Parents decline", team.educator)
	if state == "Withdrawn":
		return move(doc, "Parents withdraw", team.educator)
	steps = (
		("Agreed", "Parents agree", team.educator, agreement),
		("Under Way", "Start the work", team.counsellor, {}),
		("Follow-up", "Go to follow-up", team.counsellor, {}),
		("Ended", "End the period", team.counsellor, end_of_period()),
	)
	return _walk(doc, state, "Proposed", steps)


def make_visit(team: Team, period: Document | None = None, user: str | None = None, **values) -> Document:
	"""Make a Visit in Planned."""
	period = period or period_in("Under Way", team)
	defaults = {"support_period": period.name, "visit_date": clock.today(), "place": "Unit"}
	with acting(user or team.counsellor):
		return frappe.get_doc({"doctype": "Visit", **defaults, **values}).insert()


def visit_in(state: str, team: Team, **values) -> Document:
	"""Make a Visit and take it to `state`."""
	doc = make_visit(team, **values)
	actions = {"Held": "Mark as held", "Cancelled": "Cancel the visit", "Not Attended": "Nobody came"}
	return move(doc, actions[state], team.counsellor) if state in actions else doc


SECTIONS = ("basics", "concern")
SERVICE = "family-guidance"


def answers_of(consent: Document, answer: str = "Yes") -> list[dict]:
	"""Return the rows of the guardians, each with the answer of today."""
	told = {"answer": answer, "answered_on": str(clock.today()), "answered_how": option("Contact Method")}
	return [{**row.as_dict(), **told} for row in consent.answers]


def make_consent(team: Team, user: str | None = None, **values) -> Document:
	"""Make a Cooperation Consent in Draft: to one service, about two sections."""
	defaults = {
		"child": team.child,
		"purpose": "Perhe saa yhteyden perheneuvolaan yhdessä kanssamme.",
		"recipients": [{"service": SERVICE}],
		"sections": [{"section": section} for section in SECTIONS],
	}
	with acting(user or team.educator):
		return frappe.get_doc({"doctype": "Cooperation Consent", **defaults, **values}).insert()


def withdrawal_of_consent() -> dict:
	"""What is filled in when a guardian takes a consent back."""
	return {"withdrawn_by": "Äiti", "withdrawn_how": option("Contact Method")}


def consent_in(state: str, team: Team, **values) -> Document:
	"""Make a Cooperation Consent and take it to `state`."""
	doc = make_consent(team, **values)
	if state == "Declined":
		return move(doc, "Guardians decline", team.educator)
	steps = [("Given", "Guardians consent", team.educator, {"answers": answers_of(doc)})]
	steps += {
		"Withdrawn": [("Withdrawn", "Guardians withdraw", team.educator, withdrawal_of_consent())],
		"Ended": [("Ended", "End the co-operation", team.educator, {})],
	}.get(state, [])
	return _walk(doc, state, "Draft", tuple(steps))


def make_referral(team: Team, user: str | None = None, **values) -> Document:
	"""Make a Referral in Draft, to a social worker unless `receiver` says to whom, on a consent unless told otherwise."""
	if "consent" not in values and "statutory_ground" not in values:
		values["consent"] = consent_in("Given", team).name
	if "receiver" not in values:
		values["receiver"] = factories.make_staff("Social Worker", controller=county())
	defaults = {
		"child": team.child,
		"service": SERVICE,
		"reason": "Perhe toivoo apua iltoihin.",
		"sections": [{"section": section} for section in SECTIONS],
	}
	with acting(user or team.educator):
		return frappe.get_doc({"doctype": "Referral", **defaults, **values}).insert()


def contact() -> dict:
	"""What is filled in at the joint contact."""
	return {
		"contacted_on": str(clock.today()),
		"contacted_how": option("Contact Method"),
		"contacted_with": "Äiti, opettaja ja sosiaalityöntekijä",
	}


def referral_in(state: str, team: Team, **values) -> Document:
	"""Make a Referral and take it to `state`: the receiver answers, who uses the app, or else the educator."""
	doc = make_referral(team, **values)
	answers = doc.receiver or team.educator
	if state == "Withdrawn":
		return move(doc, "Family withdraws", team.educator)
	steps = [
		("Consent Given", "Confirm the ground", team.educator, {}),
		("Joint Contact", "Record the joint contact", team.educator, contact()),
	]
	if state == "Declined":
		steps.append(("Declined", "Do not accept", answers, {"declined_reason": "Jono on täynnä."}))
	else:
		first = {"first_contact_on": str(clock.today()), "first_contact_how": option("Contact Method")}
		steps += [
			("Accepted", "Accept", answers, {}),
			("First Contact Confirmed", "Confirm the first contact", answers, first),
			("Closed", "Close", team.educator, {}),
		]
	return _walk(doc, state, "Draft", tuple(steps))


def make_child_plan(team: Team, user: str | None = None, **values) -> Document:
	"""Make a Child Plan in Draft."""
	defaults = {"child": team.child, "begun_on": clock.today()}
	with acting(user or team.educator):
		return frappe.get_doc({"doctype": "Child Plan", **defaults, **values}).insert()


def form_values() -> dict:
	"""Return what the guardians' own form needs."""
	return {"form_received_on": clock.today(), "form_received_how": option("Contact Method")}


def talk_values() -> dict:
	"""Return what the talk about a plan needs."""
	return {
		"discussed_on": clock.today(),
		"discussed_how": option("Contact Method"),
		"discussed_with": "Äiti",
	}


def confirm_values(plan: Document) -> dict:
	"""Return what the confirmation of a plan needs: a goal, every service answered, the day of the next review."""
	plan = frappe.get_doc(plan.doctype, plan.name)
	return {
		"goals": [{"goal": "Aamuun rauhallinen alku", "staff_action": "Aikuinen on eteisessä vastassa."}],
		"services": [{**row.as_dict(), "answer": row.answer or "No"} for row in plan.services],
		"next_review_on": frappe.utils.add_months(clock.today(), 6),
	}


# What is filled in, and pressed, on the way to each state.
PLAN_PATH = {
	"Guardian Form Received": ("Record the guardians' form", lambda doc: form_values()),
	"Discussed": ("Record the talk", lambda doc: talk_values()),
	"Confirmed": ("Confirm the plan", confirm_values),
	"Discontinued": ("Discontinue", lambda doc: {"discontinued_reason": "Perhe muuttaa."}),
}
PLAN_WAYS = {
	"Draft": (),
	"Guardian Form Received": ("Guardian Form Received",),
	"Discussed": ("Guardian Form Received", "Discussed"),
	"Confirmed": ("Guardian Form Received", "Discussed", "Confirmed"),
	"Discontinued": ("Discontinued",),
}


def child_plan_in(state: str, team: Team, **values) -> Document:
	"""Make a Child Plan and take it to `state` as the educator; Superseded by confirming the next one."""
	if state == "Superseded":
		doc = child_plan_in("Confirmed", team, **values)
		child_plan_in("Confirmed", team)
		return frappe.get_doc("Child Plan", doc.name)
	doc = make_child_plan(team, **values)
	for step in PLAN_WAYS[state]:
		action, needed = PLAN_PATH[step]
		doc = move(doc, action, team.educator, **needed(doc))
	return doc


def make_network_meeting(team: Team, user: str | None = None, **values) -> Document:
	"""Make a Network Meeting in Draft, in which a guardian, the unit and the county took part."""
	defaults = {
		"child": team.child,
		"meeting_on": clock.today(),
		"guardians_present": 1,
		"participants": [
			{"role": "Guardian", "participant_name": "Maija Meikäläinen"},
			{"role": "Early Educator", "participant_name": "Oona Opettaja"},
			{"role": "Family Counsellor", "participant_name": "Pekka Perheohjaaja", "controller": county()},
		],
	}
	with acting(user or team.educator):
		return frappe.get_doc({"doctype": "Network Meeting", **defaults, **values}).insert()


def agreement_of_network() -> dict:
	"""Return the least that is agreed on in a network meeting: one thing (domain.md §2, 1603-1604)."""
	return {
		"shared_goal": "Aamut sujuvat rauhassa.",
		"actions": [
			{"what": "Kuvakortit aamuun", "responsible": "Oona Opettaja", "due_on": factories.days(14)}
		],
		"contact_person": "Oona Opettaja",
		"follow_up_on": clock.today(),
	}


def network_meeting_in(state: str, team: Team, **values) -> Document:
	"""Make a Network Meeting and take it to `state` as the educator. The last action is done by the follow-up."""
	doc = make_network_meeting(team, **values)
	if state == "Declined":
		return move(doc, "Parents decline", team.educator)
	# What the caller has entered stays.
	agreed = {field: value for field, value in agreement_of_network().items() if not doc.get(field)}
	steps = [
		("Agreed", "Record what was agreed", team.educator, agreed),
		("Followed Up", "Record the follow-up", team.educator, {"follow_up_note": "Kortit ovat käytössä."}),
	]
	if state in ("Draft", "Agreed", "Followed Up"):
		return _walk(doc, state, "Draft", tuple(steps))
	if state == "Withdrawn":
		return move(_walk(doc, "Agreed", "Draft", tuple(steps)), "Parents withdraw", team.educator)
	doc = _walk(doc, "Followed Up", "Draft", tuple(steps))
	return move(doc, "Close", team.educator, actions=all_done(doc))


def all_done(doc: Document) -> list[dict]:
	"""Return the actions of a Network Meeting as they are when all are done."""
	return [{**row.as_dict(), "state": "Done"} for row in frappe.get_doc(doc.doctype, doc.name).actions]


def make_social_worker() -> str:
	"""Make a social worker of the county."""
	return factories.make_staff("Social Worker", controller=county())


def make_needs_assessment(team: Team, user: str | None = None, **values) -> Document:
	"""Make a Needs Assessment in Opened: the counsellor's, on a running period, unless it is said on what."""
	if not {"referral", "support_period", "client_relationship"} & values.keys():
		of_child = {"child": team.child, "workflow_state": ("in", AGREED_PERIOD)}
		running = frappe.db.get_value("Support Period", of_child)
		values["support_period"] = running or period_in("Under Way", team).name
	with acting(user or team.counsellor):
		return frappe.get_doc({"doctype": "Needs Assessment", **values}).insert()


def guidance_values() -> dict:
	"""Return what it takes to stay with guidance."""
	return {"guidance": "Keskusteltiin iltojen rytmistä.", "rights_told": 1}


def result_values(**values) -> dict:
	"""Return what a needs assessment holds when it is ready."""
	return {
		"participants": [{"role": "Guardian", "participant_name": "Maija Meikäläinen"}],
		"child_view": "Leikkii mielellään, hakeutuu illalla syliin.",
		"parents_view": "Illat ovat raskaita.",
		"worker_view": "Perhe hyötyy ohjauksesta kotona.",
		"result": "universal",
		"result_note": "Perheohjaus kotiin.",
		"rights_told": 1,
		**values,
	}


def withdrawal_of_assessment() -> dict:
	return {"withdrawn_by": "Äiti", "withdrawn_reason": "Perhe saa apua muualta."}


def needs_assessment_in(state: str, team: Team, **values) -> Document:
	"""Make a Needs Assessment and take it to `state`; Ready from the narrow tier. Broad: a social worker takes it over."""
	doc = make_needs_assessment(team, **{"basis": option("Assessment Basis"), **values})
	user = doc.assessor
	if state == "Opened":
		return doc
	if state == "Withdrawn":
		return move(doc, "Family withdraws", user, **withdrawal_of_assessment())
	doc = move(doc, "Start the initial assessment", user)
	if state == "Initial":
		return doc
	if state == "Guidance Given":
		return move(doc, "Guidance is enough", user, **guidance_values())
	if state == "Broad":
		return go_broad(doc)
	doc = move(doc, "Go to the narrow assessment", user)
	return move(doc, "Complete the assessment", user, **result_values()) if state == "Ready" else doc


def go_broad(doc: Document, social_worker: str | None = None) -> Document:
	"""Let a social worker join a Needs Assessment, and take it to the broad tier."""
	social_worker = social_worker or make_social_worker()
	with acting(doc.assessor):
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.colleague = social_worker
		doc.save()
	return move(doc, "Go to the broad assessment", social_worker)


def client_period(team: Team) -> Document:
	"""Return a support period of the team's counsellor on which the parents have agreed: of the child's, or a new one."""
	filters = {"child": team.child, "counsellor": team.counsellor, "workflow_state": ("in", AGREED_PERIOD)}
	name = frappe.db.get_value("Support Period", filters)
	return frappe.get_doc("Support Period", name) if name else period_in("Under Way", team)


def make_relationship(team: Team, user: str | None = None, **values) -> Document:
	"""Make a Client Relationship in Draft, on a support period of the counsellor unless told otherwise."""
	if not values.get("referral") and "support_period" not in values:
		values["support_period"] = client_period(team).name
	with acting(user or team.counsellor):
		return frappe.get_doc({"doctype": "Client Relationship", **values}).insert()


def start_of_relationship() -> dict:
	"""Return what is filled in when a relationship starts."""
	return {
		"source": option("Referral Source"),
		"tier": "Universal",
		"started_on": str(clock.today()),
		"started_with": "Service",
	}


def relationship_in(state: str, team: Team, **values) -> Document:
	"""Make a Client Relationship and take it to `state` as the counsellor."""
	doc = make_relationship(team, **values)
	if state == "Withdrawn":
		return move(doc, "Family withdraws", team.counsellor)
	# What the caller has entered stays.
	start = {field: value for field, value in start_of_relationship().items() if not values.get(field)}
	steps = (
		("Active", "Start the relationship", team.counsellor, start),
		("Ended", "End the relationship", team.counsellor, {"ending_reason": option("Ending Reason")}),
	)
	return _walk(doc, state, "Draft", steps)


def plan_values() -> dict:
	"""Return what a Support Plan holds when it is agreed on: one goal is enough (domain.md §2, 1603-1604)."""
	return {
		**samples.SUPPORT_PLAN,
		"goals": [
			{
				"goal": "Rauhallinen ilta kolmesti viikossa",
				"steps": "Ruutu kiinni klo 18\nIltasatu",
				"responsible": "Isä",
				"due_on": factories.days(30),
			}
		],
		"agreed_by": "Äiti",
		"agreed_how": option("Contact Method"),
		"next_review_on": factories.days(60),
	}


def make_support_plan(team: Team, user: str | None = None, **values) -> Document:
	"""Make a Support Plan in Draft, for the child's running relationship or a new one."""
	if "client_relationship" not in values:
		running = {"child": team.child, "own_worker": team.counsellor, "workflow_state": "Active"}
		name = frappe.db.get_value("Client Relationship", running)
		values["client_relationship"] = name or relationship_in("Active", team).name
	with acting(user or team.counsellor):
		return frappe.get_doc({"doctype": "Support Plan", **values}).insert()


def support_plan_in(state: str, team: Team, **values) -> Document:
	"""Make a Support Plan and take it to `state` as the counsellor. Under review, it is recorded how it went."""
	doc = make_support_plan(team, **values)
	if state == "Ended":
		return move(doc, "End the plan", team.counsellor, ended_reason="Tehty erehdyksessä.")
	if state == "Draft":
		return doc
	# What the caller has entered stays.
	agreed = {field: value for field, value in plan_values().items() if not values.get(field)}
	doc = move(doc, "Agree on the plan", team.counsellor, **agreed)
	if state == "Under Review":
		plan_review_in("Reviewed", team, doc)
	return frappe.get_doc(doc.doctype, doc.name)


def make_plan_review(team: Team, plan: Document | None = None, user: str | None = None, **values) -> Document:
	"""Make a Plan Review in Draft, of a plan that was agreed on."""
	if not values.get("support_plan"):
		values["support_plan"] = (plan or support_plan_in("Agreed", team)).name
	with acting(user or team.counsellor):
		return frappe.get_doc({"doctype": "Plan Review", "reviewed_on": clock.today(), **values}).insert()


def review_values(review: Document) -> dict:
	"""Return what a review needs to be recorded: with whom, and how each goal went."""
	rows = frappe.get_doc(review.doctype, review.name).goals
	return {
		"reviewed_with": "Äiti ja isä",
		"goals": [{**row.as_dict(), "outcome": row.outcome or "On the Way"} for row in rows],
	}


def plan_review_in(state: str, team: Team, plan: Document | None = None, **values) -> Document:
	"""Make a Plan Review and take it to `state` as the counsellor."""
	doc = make_plan_review(team, plan, **values)
	steps = (("Reviewed", "Record the review", team.counsellor, review_values(doc)),)
	return _walk(doc, state, "Draft", steps)


def _walk(doc: Document, state: str, at: str, steps: tuple) -> Document:
	for reached, action, user, values in steps:
		if at == state:
			break
		doc, at = move(doc, action, user, **values), reached
	return doc


class Kind(NamedTuple):
	"""How the tests make a kind of casework, take it through its states, and write into it."""

	make: Callable[..., Document]  # (team, **values) → a document in its first state
	in_state: Callable[..., Document]  # (state, team, **values)
	ready: Callable[[str, Team], Document]  # (state, team), everything filled in that any move could need
	another: Callable[[Document, Team], dict]  # what a request sends to begin another one beside the sample
	field: str  # a text that may be written in every state in which anything may be
	maker: str = "educator"  # who of the team begins one
	fields_by_state: dict[str, str] = {}  # where another text than `field` is theirs to write

	def field_in(self, state: str) -> str:
		"""Return the text that whoever may write in `state` may write."""
		return self.fields_by_state.get(state, self.field)


def _ready_concern(state: str, team: Team) -> Document:
	values = {"discussed_on": factories.days(0), "discussed_how": option("Contact Method")}
	doc = concern_in(state, team, **values)
	return doc if state == "Closed" else prepare(doc, closing_reason=option("Closing Reason"))


def _ready_consultation(state: str, team: Team) -> Document:
	doc = consultation_in(state, team)
	return prepare(doc, answer=ANSWER) if state == "Taken" else doc


def _ready_period(state: str, team: Team) -> Document:
	values = {
		"agreed_by": "Äiti",
		"agreed_how": option("Contact Method"),
		"counsellor": team.counsellor,
		**end_of_period(),
	}
	return prepare(period_in(state, team), **values)


def _ready_child_plan(state: str, team: Team) -> Document:
	doc = child_plan_in(state, team)
	if state in ("Superseded", "Discontinued"):
		return doc
	values = {"discontinued_reason": "Perhe muuttaa."}
	if state != "Confirmed":
		values |= {**form_values(), **talk_values(), **confirm_values(doc)}
	return prepare(doc, **values)


def _ready_network_meeting(state: str, team: Team) -> Document:
	doc = network_meeting_in(state, team)
	if state == "Draft":
		return prepare(doc, **agreement_of_network())
	if state == "Agreed":
		return prepare(doc, follow_up_note="Kortit ovat käytössä.", actions=all_done(doc))
	if state == "Followed Up":
		return prepare(doc, follow_up_on=factories.days(14), actions=all_done(doc))
	return doc


def _ready_relationship(state: str, team: Team) -> Document:
	doc = relationship_in(state, team)
	if state in ("Ended", "Withdrawn"):
		return doc
	return prepare(doc, **start_of_relationship(), ending_reason=option("Ending Reason"))


def _ready_support_plan(state: str, team: Team) -> Document:
	doc = support_plan_in(state, team)
	if state == "Ended":
		return doc
	content = plan_values() if state == "Draft" else {}
	return prepare(doc, **content, ended_reason="Perhe muuttaa.")


def _ready_plan_review(state: str, team: Team) -> Document:
	doc = plan_review_in(state, team)
	return prepare(doc, **review_values(doc)) if state == "Draft" else doc


def _another_concern(sample: Document, team: Team) -> dict:
	return {"child": team.child, "observation": OBSERVATION, "observed_on": str(factories.days(0))}


def _another_consultation(sample: Document, team: Team) -> dict:
	return {"unit": team.unit, "age_band": sample.age_band, "question": QUESTION, "channel": "E-mail"}


def _another_period(sample: Document, team: Team) -> dict:
	# A child has one open period.
	move(sample, "Parents withdraw", team.educator)
	return {"concern": sample.concern, "proposed_on": str(factories.days(0))}


def _another_visit(sample: Document, team: Team) -> dict:
	return {"support_period": sample.support_period, "visit_date": str(factories.days(0)), "place": "Unit"}


def _ready_consent(state: str, team: Team) -> Document:
	# With the support that opens the family to the counsellor.
	period_in("Under Way", team)
	doc = consent_in(state, team)
	values = {"withdrawn_by": "Äiti", "withdrawn_how": option("Contact Method")}
	if state == "Draft":
		values["answers"] = answers_of(doc)
	return prepare(doc, **values)


def _ready_referral(state: str, team: Team) -> Document:
	# With the support that opens the family to the counsellor. A worker elsewhere receives: so who may make which move is
	# decided by the workflow alone.
	period_in("Under Way", team)
	doc = referral_in(state, team, receiver=None, outside_receiver="Perheneuvola")
	values = {
		"declined_reason": "Jono on täynnä.",
		"first_contact_on": str(factories.days(0)),
		"first_contact_how": option("Contact Method"),
	}
	return prepare(doc, **contact(), **values)


def _another_consent(sample: Document, team: Team) -> dict:
	return {"child": team.child, "purpose": "Yhteistyö neuvolan kanssa."}


def _another_referral(sample: Document, team: Team) -> dict:
	return {"child": team.child, "service": SERVICE}


def _another_child_plan(sample: Document, team: Team) -> dict:
	# A child has one plan under way.
	move(sample, "Discontinue", team.educator, discontinued_reason="Tehty erehdyksessä.")
	return {"child": team.child, "begun_on": str(factories.days(0))}


def _another_network_meeting(sample: Document, team: Team) -> dict:
	return {"child": team.child, "meeting_on": str(factories.days(0))}


def _ready_needs_assessment(state: str, team: Team) -> Document:
	doc = needs_assessment_in(state, team)
	if state in ("Ready", "Withdrawn"):
		return doc
	values = {**guidance_values(), **result_values(), **withdrawal_of_assessment()}
	if state == "Broad":
		values |= {"protection_need": "No", "protection_note": "Arvioitu yhdessä perheen kanssa."}
	return prepare(doc, **values)


def _another_needs_assessment(sample: Document, team: Team) -> dict:
	return {"support_period": sample.support_period, "pending_since": str(factories.days(0))}


def _another_relationship(sample: Document, team: Team) -> dict:
	# A child has one relationship under way.
	move(sample, "Family withdraws", team.counsellor)
	return {"support_period": sample.support_period}


def _another_support_plan(sample: Document, team: Team) -> dict:
	# A relationship has one plan under way.
	move(sample, "End the plan", team.counsellor, ended_reason="Tehty erehdyksessä.")
	return {"client_relationship": sample.client_relationship}


def _another_plan_review(sample: Document, team: Team) -> dict:
	# Each version is reviewed once.
	plan = frappe.get_doc("Support Plan", sample.support_plan)
	move(plan, "End the plan", team.counsellor, ended_reason="Tehty erehdyksessä.")
	return {"support_plan": support_plan_in("Agreed", team).name, "reviewed_on": str(clock.today())}


# By doctype: what the tests that try every kind of casework need to know of each.
KINDS = {
	"Concern": Kind(make_concern, concern_in, _ready_concern, _another_concern, "wishes"),
	"Consultation": Kind(
		make_consultation,
		consultation_in,
		_ready_consultation,
		_another_consultation,
		"answer",
		# The question is the educators', the answer the counsellors'.
		fields_by_state={"Requested": "question"},
	),
	"Support Period": Kind(make_period, period_in, _ready_period, _another_period, "outcome_note"),
	"Visit": Kind(make_visit, visit_in, visit_in, _another_visit, "guidance", maker="counsellor"),
	"Cooperation Consent": Kind(
		make_consent,
		consent_in,
		_ready_consent,
		_another_consent,
		"purpose",
		fields_by_state={"Given": "withdrawn_by"},
	),
	"Referral": Kind(make_referral, referral_in, _ready_referral, _another_referral, "end_note"),
	"Child Plan": Kind(
		make_child_plan, child_plan_in, _ready_child_plan, _another_child_plan, "discontinued_reason"
	),
	"Network Meeting": Kind(
		make_network_meeting,
		network_meeting_in,
		_ready_network_meeting,
		_another_network_meeting,
		"benefit",
	),
	"Needs Assessment": Kind(
		make_needs_assessment,
		needs_assessment_in,
		_ready_needs_assessment,
		_another_needs_assessment,
		"basis_note",
		maker="counsellor",
	),
	"Client Relationship": Kind(
		make_relationship,
		relationship_in,
		_ready_relationship,
		_another_relationship,
		"ending_note",
		maker="counsellor",
	),
	"Support Plan": Kind(
		make_support_plan,
		support_plan_in,
		_ready_support_plan,
		_another_support_plan,
		"ended_reason",
		maker="counsellor",
	),
	"Plan Review": Kind(
		make_plan_review,
		plan_review_in,
		_ready_plan_review,
		_another_plan_review,
		"conclusion",
		maker="counsellor",
	),
}


@contextmanager
def attempt():
	"""Undo at the end whatever is tried inside, so that one set of records serves many tries."""
	frappe.db.savepoint("es_attempt")
	try:
		yield
	finally:
		frappe.db.rollback(save_point="es_attempt")
		frappe.local.message_log = []
		# A request has one set of grants; here a new one begins.
		assignments.forget()


def prepare(doc: Document, **values) -> Document:
	"""Write `values` past the workflow, for a test that is about something else."""
	with acting("Administrator"), system_change():
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.update(values)
		return doc.save()
