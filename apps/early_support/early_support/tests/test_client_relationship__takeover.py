"""A client, or an assessment, whose worker has left is taken over: by whom, and by nobody else; what is told and recorded."""

import frappe
import pytest

from early_support.access import assignments
from early_support.casework import clock, takeover
from early_support.exceptions import GuardNotMet
from early_support.tests import case_factories as make
from early_support.tests import factories

DOCTYPE = "Client Relationship"
METHOD = "/api/method/early_support.casework.takeover."
REASON = "Omatyöntekijä on jäänyt pois, ja perhe odottaa yhteydenottoa."


@pytest.fixture
def team(site):
	return make.make_team()


@pytest.fixture
def social_worker(site) -> str:
	return make.make_social_worker()


def leave(user: str) -> None:
	"""Let somebody's work end yesterday."""
	for name in frappe.get_all("Staff Assignment", {"user": user}, pluck="name"):
		frappe.db.set_value("Staff Assignment", name, "to_date", factories.days(-1))
	assignments.forget()


@pytest.fixture
def alone(team):
	"""A running relationship whose own worker has left."""
	doc = make.relationship_in("Active", team)
	leave(team.counsellor)
	return doc


def take(client, doc, reason: str = REASON):
	return client.post(
		f"{METHOD}take_over",
		data={"doctype": doc.get("doctype", DOCTYPE), "name": doc.name, "reason": reason},
	)


def found(client) -> list[dict]:
	answer = client.get(f"{METHOD}left_alone")
	assert answer.status_code == 200, answer.text
	return answer.json["message"]


def test_a_social_worker_of_the_same_register_takes_over(api, team, alone, social_worker):
	"""A client always has an own worker (domain.md §3, 611-614)."""
	client = api(social_worker)
	assert client.get(f"/api/resource/{DOCTYPE}/{alone.name}").status_code == 403
	assert alone.name in [row["name"] for row in found(client)]
	assert take(client, alone).json["message"] == alone.name
	doc = frappe.get_doc(DOCTYPE, alone.name)
	assert (doc.own_worker, doc.opened_by, doc.workflow_state) == (social_worker, team.counsellor, "Active")
	assert doc.own_worker_name == frappe.db.get_value("User", social_worker, "full_name")
	for doctype, name in ((DOCTYPE, doc.name), ("Child", doc.child), ("Family", doc.family)):
		assert client.get(f"/api/resource/{doctype}/{name}").status_code == 200
	# It can be handed on from there, and the plan made.
	plan = make.make_support_plan(team, social_worker, client_relationship=doc.name)
	assert frappe.has_permission("Support Plan", "write", plan.name, user=social_worker)
	assert alone.name not in [row["name"] for row in found(client)]


def test_the_one_who_comes_back_has_lost_it(api, team, alone, social_worker):
	take(api(social_worker), alone)
	factories.make_assignment(
		team.counsellor, "Family Counsellor", controller=make.county(), from_date=factories.days(0)
	)
	with clock.at(factories.days(1)):
		assert not frappe.has_permission(DOCTYPE, "read", alone.name, user=team.counsellor)


@pytest.mark.parametrize("how", ["disabled", "without the role", "elsewhere"])
def test_there_are_several_ways_to_leave(api, team, social_worker, how):
	doc = make.relationship_in("Active", team)
	if how == "disabled":
		frappe.db.set_value("User", team.counsellor, "enabled", 0)
	elif how == "without the role":
		frappe.db.delete("Has Role", {"parent": team.counsellor})
		frappe.clear_cache(user=team.counsellor)
	else:
		leave(team.counsellor)
		elsewhere = factories.make_controller()
		factories.make_assignment(
			team.counsellor, "Family Counsellor", controller=elsewhere, from_date=factories.days(0)
		)
	assignments.forget()
	assert take(api(social_worker), doc).status_code == 200


def test_it_is_recorded_who_why_and_when(api, team, alone, social_worker):
	take(api(social_worker), alone)
	grant = frappe.get_last_doc("Access Grant", {"source_name": alone.name, "user": social_worker})
	assert (grant.kind, grant.reason, grant.valid_until) == (DOCTYPE, REASON, None)
	former = frappe.get_all(
		"Access Grant", {"source_name": alone.name, "user": team.counsellor}, pluck="ended_by"
	)
	assert former == [social_worker]
	logged = frappe.db.sql(
		"select user, channel, refused from `tabCase Access Log` where document_name = %s and detail like %s",
		(alone.name, "%takeover.take_over"),
	)
	assert logged == ((social_worker, "Form", 0),)


def test_a_client_with_an_own_worker_is_not_taken_over(api, team, social_worker):
	doc = make.relationship_in("Active", team)
	client = api(social_worker)
	assert doc.name not in [row["name"] for row in found(client)]
	assert take(client, doc).status_code == 403
	assert frappe.db.get_value(DOCTYPE, doc.name, "own_worker") == team.counsellor


@pytest.mark.parametrize("state", ["Ended", "Withdrawn"])
def test_what_has_ended_stays_as_it_is(api, team, social_worker, state):
	doc = make.relationship_in(state, team)
	leave(team.counsellor)
	client = api(social_worker)
	assert doc.name not in [row["name"] for row in found(client)]
	assert take(client, doc).status_code == 403


def test_nobody_else_takes_over_or_is_told(api, team, alone):
	elsewhere = factories.make_controller()
	outsiders = {
		"counsellor of the register": factories.make_staff("Family Counsellor", controller=make.county()),
		"social worker elsewhere": factories.make_staff("Social Worker", controller=elsewhere),
		"former social worker": factories.make_staff(
			"Social Worker", controller=make.county(), to_date=factories.days(-1)
		),
		"without assignment": factories.make_staff("Social Worker", assigned=False),
		"educator": team.educator,
		"director": team.director,
		"the one who left": team.counsellor,
		"privacy officer": factories.make_staff("Privacy Officer", controller=make.county()),
		"area director": factories.make_staff("Area Director", area=factories.default_area()),
		"system manager": factories.make_user("System Manager"),
	}
	for who, user in outsiders.items():
		client = api(user)
		assert found(client) == [], who
		assert take(client, alone).status_code == 403, who
		assert (
			client.get("/api/method/early_support.waiting.get_waiting").json["message"]["left_alone"] is False
		)
	for path in ("left_alone", "take_over"):
		assert api(None).post(
			f"{METHOD}{path}", data={"doctype": DOCTYPE, "name": alone.name}
		).status_code in (401, 403)
	assert frappe.db.get_value(DOCTYPE, alone.name, "own_worker") == team.counsellor


def test_a_wrong_guess_is_answered_like_any_refusal(api, team, alone, social_worker):
	taken = make.relationship_in("Active", make.make_team())
	client = api(social_worker)
	answers = [take(client, doc) for doc in (taken, frappe._dict(name="ABCDEFGH"), frappe._dict(name="%"))]
	assert {answer.status_code for answer in answers} == {403}
	assert len({make.told(answer) for answer in answers}) == 1


def test_no_child_is_named_before(api, alone, social_worker):
	answer = api(social_worker).get(f"{METHOD}left_alone")
	row = next(row for row in answer.json["message"] if row["name"] == alone.name)
	assert set(row) == {"doctype", "name", "worker", "state", "since"}
	for word in (*alone.child_name.split(), alone.child, alone.family, alone.unit):
		assert word not in answer.text


def test_a_reason_is_written(api, alone, social_worker):
	answer = take(api(social_worker), alone, "   lyhyt      syy   ")
	assert answer.status_code == 417
	assert answer.json["exc_type"] == GuardNotMet.__name__


def test_of_two_colleagues_one_takes_over(api, alone, social_worker):
	second = make.make_social_worker()
	assert take(api(social_worker), alone).status_code == 200
	assert take(api(second), alone).status_code == 403
	assert frappe.db.get_value(DOCTYPE, alone.name, "own_worker") == social_worker


def test_one_that_is_being_prepared_goes_on(team, social_worker):
	doc = make.make_relationship(team)
	leave(team.counsellor)
	with make.acting(social_worker):
		assert takeover.is_somebody_alone()
		takeover.take_over(DOCTYPE, doc.name, REASON)
	doc = make.move(doc, "Start the relationship", social_worker, **make.start_of_relationship())
	assert (doc.workflow_state, doc.own_worker) == ("Active", social_worker)


# Assessments --------------------------------------------------------------------------------------------------------------

ASSESSMENT = "Needs Assessment"


@pytest.mark.parametrize("state", ["Opened", "Initial", "Narrow"])
def test_an_assessment_is_taken_over_at_each_stage(api, team, social_worker, state):
	doc = make.needs_assessment_in(state, team)
	leave(doc.assessor)
	client = api(social_worker)
	assert client.get(f"/api/resource/{ASSESSMENT}/{doc.name}").status_code == 403
	(row,) = (row for row in found(client) if row["name"] == doc.name)
	assert (row["doctype"], row["since"]) == (ASSESSMENT, str(doc.pending_since))
	assert take(client, doc).json["message"] == doc.name
	taken = frappe.get_doc(ASSESSMENT, doc.name)
	assert (taken.assessor, taken.opened_by, taken.workflow_state) == (social_worker, doc.opened_by, state)
	assert client.get(f"/api/resource/{ASSESSMENT}/{doc.name}").status_code == 200
	grant = frappe.get_last_doc("Access Grant", {"source_name": doc.name, "user": social_worker})
	assert (grant.kind, grant.reason) == (ASSESSMENT, REASON)
	assert not frappe.db.exists(
		"Access Grant", {"source_name": doc.name, "user": doc.assessor, "valid_until": ("is", "not set")}
	)
	assert frappe.has_permission(ASSESSMENT, "write", doc.name, user=social_worker)


def test_whoever_was_asked_to_join_has_the_assessment(api, team, social_worker):
	doc = make.needs_assessment_in("Initial", team)
	with make.acting(doc.assessor):
		doc.reload()
		doc.colleague = make.make_social_worker()
		doc.save()
	leave(doc.assessor)
	assert doc.name not in [row["name"] for row in found(api(social_worker))]
	assert take(api(social_worker), doc).status_code == 403
	leave(doc.colleague)
	assert take(api(social_worker), doc).status_code == 200
	taken = frappe.get_doc(ASSESSMENT, doc.name)
	assert (taken.assessor, taken.colleague) == (social_worker, None)
	assert not frappe.has_permission(ASSESSMENT, "read", doc.name, user=doc.colleague)


def test_an_assessment_that_is_over_stays_as_it_is(api, team, social_worker):
	doc = make.needs_assessment_in("Withdrawn", team)
	leave(doc.assessor)
	assert doc.name not in [row["name"] for row in found(api(social_worker))]
	assert take(api(social_worker), doc).status_code == 403


def test_nobody_but_a_social_worker_of_the_register_takes_an_assessment(api, team):
	doc = make.needs_assessment_in("Initial", team)
	leave(doc.assessor)
	for user in (
		team.educator,
		factories.make_staff("Family Counsellor", controller=make.county()),
		factories.make_staff("Social Worker", controller=factories.make_controller()),
	):
		assert take(api(user), doc).status_code == 403, user
	assert frappe.db.get_value(ASSESSMENT, doc.name, "assessor") == doc.assessor


@pytest.mark.parametrize("doctype", ["Child", "Support Plan", "User", "No Such Form", "x` join `tabUser"])
def test_nothing_else_is_taken_over(api, alone, social_worker, doctype):
	answer = take(api(social_worker), frappe._dict(doctype=doctype, name=alone.name))
	assert answer.status_code == 403
