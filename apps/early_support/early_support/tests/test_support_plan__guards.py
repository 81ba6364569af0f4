"""The rules of a Support Plan that hold whatever its Workflow says, and to whom it is open."""

import json

import frappe
import pytest

from early_support.casework import clock, offers
from early_support.exceptions import GuardNotMet
from early_support.tests import case_factories as make
from early_support.tests import factories

DOCTYPE = "Support Plan"
VIEWS = ("child_view", "parents_view", "worker_view")
SITUATION = ("situation", "resources", "network", "support_need")


@pytest.fixture
def team(site):
	return make.make_team()


def sees(user: str, doc) -> bool:
	with make.acting(user):
		opened = bool(frappe.has_permission(doc.doctype, "read", doc.name))
		try:
			listed = doc.name in frappe.get_list(doc.doctype, pluck="name")
		except frappe.PermissionError:
			listed = False
		assert opened == listed
		return opened


def agree(doc, team: make.Team, **values):
	return make.move(doc, "Agree on the plan", team.counsellor, **{**make.plan_values(), **values})


# The relationship -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["Draft", "Ended", "Withdrawn"])
def test_a_plan_belongs_to_a_relationship_that_runs(team, state):
	relationship = make.relationship_in(state, team)
	with make.attempt(), pytest.raises((GuardNotMet, frappe.PermissionError)):
		make.make_support_plan(team, client_relationship=relationship.name)


def test_one_plan_at_a_time(team):
	"""domain.md §3, 746: always a plan; the next version is the same document, so there is no second one."""
	for state in ("Draft", "Agreed", "Under Review"):
		with make.attempt():
			doc = make.support_plan_in(state, team)
			with pytest.raises(GuardNotMet, match="already"):
				make.make_support_plan(team, client_relationship=doc.client_relationship)
	doc = make.support_plan_in("Ended", team)
	assert make.make_support_plan(team, client_relationship=doc.client_relationship).version_number == 0


def test_it_is_about_the_client_in_the_clients_register(team, api):
	relationship, other = make.relationship_in("Active", team), make.make_team()
	forged = {
		"child": other.child,
		"unit": other.unit,
		"controller": factories.default_controller(),
		"version_number": 9,
		"begun_by": other.counsellor,
		"agreed_on": "2020-01-01",
		"ended_on": "2020-01-01",
	}
	answer = api(team.counsellor).post(
		f"/api/resource/{DOCTYPE}", json={"client_relationship": relationship.name, **forged}
	)
	assert answer.status_code == 200, answer.text
	doc = frappe.get_doc(DOCTYPE, answer.json["data"]["name"])
	assert (doc.child, doc.unit, doc.controller) == (team.child, team.unit, make.county())
	assert (doc.version_number, doc.begun_by, doc.agreed_on, doc.ended_on) == (
		0,
		team.counsellor,
		None,
		None,
	)


def test_the_plan_ends_with_the_relationship(team):
	"""domain.md §3, 402-404."""
	doc = make.support_plan_in("Agreed", team)
	make.move(
		frappe.get_doc("Client Relationship", doc.client_relationship),
		"End the relationship",
		team.counsellor,
		ending_reason=make.option("Ending Reason"),
	)
	doc = frappe.get_doc(DOCTYPE, doc.name)
	assert (doc.workflow_state, doc.ended_on) == ("Ended", clock.today())
	assert doc.ended_reason


# What it holds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", [*VIEWS, *SITUATION, "goals", "agreed_by", "agreed_how", "next_review_on"])
def test_the_agreement_needs_all_of_it(team, field):
	"""domain.md §3, 746-751: the view of parent, child and worker; situation, resources, close network, need.

	The guardian is the expert on the child (§1, 1584).
	"""
	doc = make.make_support_plan(team)
	label = frappe.get_meta(DOCTYPE).get_label(field)
	with make.attempt(), pytest.raises(GuardNotMet, match=label):
		agree(doc, team, **{field: [] if field == "goals" else None})
	if field in (*VIEWS, *SITUATION):
		with make.attempt(), pytest.raises(GuardNotMet, match=label):
			agree(doc, team, **{field: "  \n "})


def test_resources_come_before_the_goals(site):
	"""domain.md §2, 1591: the parents' own strength is weighed before goals are set."""
	order = [df.fieldname for df in frappe.get_meta(DOCTYPE).fields]
	assert max(map(order.index, (*VIEWS, *SITUATION))) < order.index("goals")
	assert [name for name in order if name in SITUATION] == [*SITUATION]


def test_one_goal_is_enough(team):
	"""domain.md §2, 1603-1604."""
	doc = agree(make.make_support_plan(team), team)
	assert len(doc.goals) == 1
	assert (doc.workflow_state, doc.version_number, doc.agreed_on) == ("Agreed", 1, clock.today())


@pytest.mark.parametrize("field", ["goal", "steps", "responsible", "due_on"])
def test_each_goal_is_split_and_has_one_responsible_and_a_day(team, field):
	"""domain.md §2, 1592. Whatever the form itself asks for: a municipality may ask for less there."""
	doc = make.make_support_plan(team)
	goal = make.plan_values()["goals"][0]
	with make.attempt(), pytest.raises(frappe.MandatoryError):
		agree(doc, team, goals=[{**goal, field: None}])
	doc = frappe.get_doc(doc.doctype, doc.name)
	doc.update({**make.plan_values(), "workflow_state": "Agreed", "goals": [{**goal, field: None}]})
	doc.flags.ignore_mandatory = True
	with (
		make.acting(team.counsellor),
		pytest.raises(GuardNotMet, match="write the steps, who is responsible"),
	):
		doc.save()


def test_the_day_of_a_goal_is_to_come(team):
	doc = make.make_support_plan(team)
	goal = make.plan_values()["goals"][0]
	with make.attempt(), pytest.raises(GuardNotMet, match="has passed"):
		agree(doc, team, goals=[{**goal, "due_on": factories.days(-1)}])
	assert agree(doc, team, goals=[{**goal, "due_on": factories.days(0)}]).version_number == 1


def test_the_next_review_is_within_three_months(team):
	"""domain.md §3, 752."""
	doc = make.make_support_plan(team)
	last = frappe.utils.getdate(frappe.utils.add_months(clock.today(), 3))
	for day in (clock.today(), frappe.utils.add_days(last, 1), "2010-01-01"):
		with make.attempt(), pytest.raises(GuardNotMet, match="at the latest"):
			agree(doc, team, next_review_on=day)
	for day in (factories.days(1), last):
		with make.attempt():
			assert agree(doc, team, next_review_on=day).workflow_state == "Agreed"


def test_a_municipality_may_review_sooner_but_not_later(team):
	settings = frappe.get_doc("Early Support Settings")
	settings.support_plan_review_months = 1
	settings.save()
	doc = make.make_support_plan(team)
	with make.attempt(), pytest.raises(GuardNotMet, match="at the latest"):
		agree(doc, team, next_review_on=factories.days(40))
	for months in (0, 4):
		settings = frappe.get_doc("Early Support Settings")
		settings.support_plan_review_months = months
		with pytest.raises(frappe.ValidationError, match="1 to 3"):
			settings.save()


# What was agreed on stays -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", [*VIEWS, *SITUATION, "agreed_by", "next_review_on", "goals"])
def test_what_was_agreed_on_stays(team, field, api):
	doc = make.support_plan_in("Agreed", team)
	goals = [{**row.as_dict(convert_dates_to_str=True), "goal": "Toinen"} for row in doc.goals]
	values = {"goals": goals, "next_review_on": str(factories.days(5))}
	sent = {field: values.get(field, "Muutettu."), **make.version(doc)}
	answer = api(team.counsellor).put(
		f"/api/resource/{DOCTYPE}/{doc.name}", data=json.dumps(sent, default=str)
	)
	assert answer.status_code == 417, answer.text
	assert "stays as it is" in answer.text


def test_it_stays_too_while_the_review_is_not_recorded(team, api):
	doc = make.move(make.support_plan_in("Agreed", team), "Begin the review", team.counsellor)
	answer = api(team.counsellor).put(
		f"/api/resource/{DOCTYPE}/{doc.name}", json={"situation": "Toinen.", **make.version(doc)}
	)
	assert answer.status_code == 417, answer.text
	with make.attempt(), pytest.raises(GuardNotMet, match="how the plan went"):
		make.move(doc, "Agree on the new version", team.counsellor)
	review = make.make_plan_review(team, doc)
	with make.attempt(), pytest.raises(GuardNotMet, match="how the plan went"):
		make.move(doc, "Agree on the new version", team.counsellor)
	make.move(review, "Record the review", team.counsellor, **make.review_values(review))
	doc = frappe.get_doc(DOCTYPE, doc.name)
	doc = make.move(doc, "Agree on the new version", team.counsellor, situation="Toinen.")
	assert (doc.situation, doc.version_number) == ("Toinen.", 2)


def test_a_version_can_be_taken_into_the_review_and_agreed_on_again(team):
	doc = make.support_plan_in("Under Review", team)
	assert doc.version_number == 1
	goals = [*[row.as_dict() for row in doc.goals], {**make.plan_values()["goals"][0], "goal": "Uusi"}]
	doc = make.move(doc, "Agree on the new version", team.counsellor, goals=goals)
	assert (doc.workflow_state, doc.version_number, len(doc.goals)) == ("Agreed", 2, 2)
	with make.acting(team.counsellor):
		doc.goals = []
		with pytest.raises((GuardNotMet, frappe.ValidationError)):
			doc.save()


def test_ending_needs_a_reason(team):
	for state in ("Draft", "Agreed", "Under Review"):
		with make.attempt():
			doc = make.support_plan_in(state, team)
			with pytest.raises(GuardNotMet, match="Why it ends"):
				make.move(doc, "End the plan", team.counsellor)
			doc = make.move(doc, "End the plan", team.counsellor, ended_reason="Tehty erehdyksessä.")
			assert (doc.workflow_state, doc.ended_on) == ("Ended", clock.today())


# To whom it is open -----------------------------------------------------------------------------------------------------


def test_the_own_worker_writes_it_and_the_unit_never_sees_it(team, api):
	"""design.md §4: the social register is never visible to unit staff."""
	doc = make.support_plan_in("Agreed", team)
	assert sees(team.counsellor, doc)
	others = (
		team.educator,
		team.director,
		factories.make_staff("Family Counsellor", controller=make.county()),
		factories.make_staff("Social Worker", controller=make.county()),
		factories.make_staff("Area Director", area=factories.default_area()),
		factories.make_staff("Privacy Officer", team.unit),
	)
	for user in others:
		assert not sees(user, doc)
		client = api(user)
		assert client.get(f"/api/resource/{DOCTYPE}/{doc.name}").status_code == 403
		values = {"client_relationship": doc.client_relationship}
		assert client.post(f"/api/resource/{DOCTYPE}", json=values).status_code == 403


def test_it_passes_to_the_next_own_worker(team):
	doc = make.support_plan_in("Agreed", team)
	relationship = frappe.get_doc("Client Relationship", doc.client_relationship)
	successor = factories.make_staff("Social Worker", controller=make.county())
	relationship.own_worker = successor
	with make.acting(team.counsellor):
		relationship.save()
	assert frappe.has_permission(DOCTYPE, "write", doc.name, user=successor)
	assert not frappe.has_permission(DOCTYPE, "write", doc.name, user=team.counsellor)
	review = make.make_plan_review(team, doc, user=successor)
	assert review.begun_by == successor


def test_a_colleague_of_the_family_reads_and_does_not_write(team):
	doc = make.support_plan_in("Agreed", team)
	sibling = factories.make_child(unit=team.unit, family=doc.family)
	colleague = factories.make_staff("Family Counsellor", controller=make.county())
	make.relationship_in("Active", team._replace(child=sibling, counsellor=colleague))
	assert sees(colleague, doc)
	assert not frappe.has_permission(DOCTYPE, "write", doc.name, user=colleague)
	with make.attempt(), pytest.raises(frappe.PermissionError):
		make.make_plan_review(team, doc, user=colleague)


# What is offered --------------------------------------------------------------------------------------------------------


def test_a_relationship_offers_its_plan(team):
	"""Nothing is typed twice."""
	relationship = make.relationship_in("Active", team)
	with make.acting(team.counsellor):
		assert frappe.get_doc("Client Relationship", relationship.name).get_plan() is None
		plan = offers.make_support_plan(relationship.name)
		assert (plan.client_relationship, plan.child, plan.child_name) == (
			relationship.name,
			team.child,
			relationship.child_name,
		)
		assert plan.next_review_on == frappe.utils.getdate(frappe.utils.add_months(clock.today(), 3))
		plan.insert()
		assert frappe.get_doc("Client Relationship", relationship.name).get_plan().name == plan.name


def test_the_old_version_stands_beside_the_new(team):
	"""design.md §3: at a review the old plan is shown beside the new."""
	doc = make.support_plan_in("Under Review", team)
	with make.acting(team.counsellor):
		doc = frappe.get_doc(DOCTYPE, doc.name)
		(last,) = doc.get_reviews()
		assert last.reviewed_version == 1
		texts = " ".join(part["text"] for part in last.said)
		for said in (doc.situation, doc.resources, doc.goals[0].goal, doc.goals[0].steps):
			assert said in texts
		assert not doc.is_settled()
	with make.acting(team.educator):
		assert not frappe.has_permission("Plan Review", "read")
