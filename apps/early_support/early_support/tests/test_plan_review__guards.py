"""The rules of a Plan Review: what the plan said stays, beside how it went (domain.md §3, 752)."""

import frappe
import pytest

from early_support.casework import clock, offers
from early_support.exceptions import GuardNotMet
from early_support.tests import case_factories as make
from early_support.tests import factories

DOCTYPE = "Plan Review"


@pytest.fixture
def team(site):
	return make.make_team()


def record(review, team: make.Team, **values):
	return make.move(review, "Record the review", team.counsellor, **{**make.review_values(review), **values})


def answered(review, **values) -> list[dict]:
	return [{**row.as_dict(), **values} for row in frappe.get_doc(DOCTYPE, review.name).goals]


# What the plan said -----------------------------------------------------------------------------------------------------


def test_it_keeps_what_the_plan_said(team):
	"""The plan is looked at together, as it was (domain.md §3, 746-752)."""
	plan = make.support_plan_in("Agreed", team)
	review = make.make_plan_review(team, plan)
	for field in (
		"child_view",
		"parents_view",
		"worker_view",
		"situation",
		"resources",
		"network",
		"support_need",
	):
		assert review.get(f"plan_{field}") == plan.get(field)
	assert (review.reviewed_version, review.plan_agreed_on) == (1, clock.today())
	for row, goal in zip(review.goals, plan.goals, strict=True):
		for field in ("goal", "steps", "responsible", "due_on"):
			assert str(row.get(field)) == str(goal.get(field))
	assert (review.child, review.controller, review.client_relationship) == (
		team.child,
		make.county(),
		plan.client_relationship,
	)


def test_the_plan_is_under_review_from_then_on(team):
	plan = make.support_plan_in("Agreed", team)
	make.make_plan_review(team, plan)
	assert frappe.db.get_value("Support Plan", plan.name, "workflow_state") == "Under Review"


def test_what_the_plan_said_is_not_taken_from_a_request(team, api):
	plan = make.support_plan_in("Agreed", team)
	forged = {
		"plan_situation": "Ei näin.",
		"reviewed_version": 7,
		"plan_agreed_on": "2020-01-01",
		"goals": [{"goal": "Toinen", "steps": "Toinen", "outcome": "Reached"}],
	}
	answer = api(team.counsellor).post(f"/api/resource/{DOCTYPE}", json={"support_plan": plan.name, **forged})
	assert answer.status_code == 200, answer.text
	review = frappe.get_doc(DOCTYPE, answer.json["data"]["name"])
	assert (review.plan_situation, review.reviewed_version) == (plan.situation, 1)
	assert (review.goals[0].goal, review.goals[0].outcome) == (plan.goals[0].goal, "Reached")
	forged["goals"] = answered(review, goal="Toinen", note="Sujui.")
	with make.acting(team.counsellor):
		review.update(forged)
		review.save()
	review = frappe.get_doc(DOCTYPE, review.name)
	assert (review.plan_situation, review.goals[0].goal, review.goals[0].note) == (
		plan.situation,
		plan.goals[0].goal,
		"Sujui.",
	)


def test_no_goal_is_added_or_taken_away(team):
	plan = make.support_plan_in("Agreed", team)
	review = make.make_plan_review(team, plan)
	rows = answered(review)
	for goals in ([*rows, {"goal": "Uusi", "outcome": "Reached"}], [{"goal": rows[0]["goal"]}]):
		own = frappe.get_doc(DOCTYPE, review.name)
		own.update({"goals": goals})
		with (
			make.attempt(),
			make.acting(team.counsellor),
			pytest.raises(GuardNotMet, match="those of the plan"),
		):
			own.save()


def test_earlier_versions_stay_to_be_read(team):
	plan = make.support_plan_in("Under Review", team)
	said = plan.situation
	plan = make.move(plan, "Agree on the new version", team.counsellor, situation="Aamut sujuvat.")
	second = record(make.make_plan_review(team, plan), team)
	assert (second.reviewed_version, second.plan_situation) == (2, "Aamut sujuvat.")
	first = frappe.get_doc(DOCTYPE, {"support_plan": plan.name, "reviewed_version": 1})
	assert first.plan_situation == said
	for name in (first.name, second.name):
		review = frappe.get_doc(DOCTYPE, name)
		review.conclusion = "Muutettu."
		with make.attempt(), make.acting(team.counsellor), pytest.raises(frappe.ValidationError):
			review.save()


# When -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["Draft", "Ended"])
def test_only_what_was_agreed_on_is_reviewed(team, state):
	plan = make.support_plan_in(state, team)
	with make.attempt(), pytest.raises(GuardNotMet, match="agreed on"):
		make.make_plan_review(team, plan)


def test_each_version_is_reviewed_once(team):
	plan = make.support_plan_in("Agreed", team)
	make.make_plan_review(team, plan)
	with make.attempt(), pytest.raises(GuardNotMet, match="begun already"):
		make.make_plan_review(team, plan)


def test_a_plan_that_was_moved_into_its_review_by_hand_has_one_too(team):
	plan = make.move(make.support_plan_in("Agreed", team), "Begin the review", team.counsellor)
	assert make.make_plan_review(team, plan).reviewed_version == 1


@pytest.mark.parametrize("field", ["reviewed_on", "reviewed_with"])
def test_it_says_when_and_with_whom(team, field):
	review = make.make_plan_review(team)
	with make.attempt(), pytest.raises(GuardNotMet, match=frappe.get_meta(DOCTYPE).get_label(field)):
		record(review, team, **{field: None})


def test_every_goal_has_an_answer(team):
	review = make.make_plan_review(team)
	with make.attempt(), pytest.raises(GuardNotMet, match="how it went"):
		record(review, team, goals=answered(review, outcome=None))
	with make.attempt(), pytest.raises(GuardNotMet, match="why it was given up"):
		record(review, team, goals=answered(review, outcome="Given Up", note=" "))
	for outcome in ("Reached", "On the Way", "Not Reached"):
		with make.attempt():
			assert record(review, team, goals=answered(review, outcome=outcome)).workflow_state == "Reviewed"


def test_days(team):
	review = make.make_plan_review(team)
	with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
		record(review, team, reviewed_on=factories.days(1))
	with make.attempt(), pytest.raises(GuardNotMet, match="cannot be before"):
		record(review, team, reviewed_on=factories.days(-1))


# To whom it is open -----------------------------------------------------------------------------------------------------


def test_the_unit_never_sees_it(team, api):
	"""design.md §4."""
	review = make.make_plan_review(team)
	for user in (team.educator, team.special_educator, team.director):
		client = api(user)
		assert client.get(f"/api/resource/{DOCTYPE}/{review.name}").status_code == 403
		assert client.get(f"/api/resource/{DOCTYPE}").status_code == 403
		assert (
			client.post(f"/api/resource/{DOCTYPE}", json={"support_plan": review.support_plan}).status_code
			== 403
		)
	assert api(team.counsellor).get(f"/api/resource/{DOCTYPE}/{review.name}").status_code == 200


# What is offered --------------------------------------------------------------------------------------------------------


def test_a_plan_offers_its_review(team):
	"""The old plan stands there already, goal by goal; one click and nothing typed twice."""
	plan = make.support_plan_in("Agreed", team)
	with make.acting(team.counsellor):
		review = offers.make_plan_review(plan.name)
		assert (review.support_plan, review.child, review.reviewed_with) == (
			plan.name,
			team.child,
			plan.agreed_by,
		)
		assert (review.plan_resources, review.reviewed_on) == (plan.resources, clock.today())
		assert [row.goal for row in review.goals] == [row.goal for row in plan.goals]
		review.goals[0].outcome = "Reached"
		review.insert()
		assert review.goals[0].outcome == "Reached"
	assert make.move(review, "Record the review", team.counsellor).workflow_state == "Reviewed"
