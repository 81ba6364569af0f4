"""The rules of a Support Period that hold whatever its Workflow says."""

import frappe
import pytest

from early_support.casework import clock
from early_support.exceptions import GuardNotMet
from early_support.tests import case_factories as make
from early_support.tests import factories


def agreement(team: make.Team) -> dict:
	return {"agreed_by": "Äiti", "agreed_how": make.option("Contact Method"), "counsellor": team.counsellor}


def test_support_begins_with_an_agreed_meeting_or_an_urgent_concern(team):
	"""domain.md §2, 1636-1639"""
	for state in ("Draft", "Raised", "Discussed", "Meeting Proposed", "Declined", "Closed"):
		concern = make.concern_in(state, team)
		with make.attempt(), pytest.raises(GuardNotMet, match="joint meeting"):
			make.make_period(team, concern)
	for state in ("Meeting Agreed", "Urgent"):
		with make.attempt():
			assert make.make_period(team, make.concern_in(state, team)).workflow_state == "Proposed"


def test_a_concern_is_needed(team):
	with make.acting(team.educator), pytest.raises(GuardNotMet, match="Concern"):
		frappe.get_doc({"doctype": "Support Period", "child": team.child}).insert()


def test_one_open_period_for_a_child(team):
	concern = make.concern_in("Meeting Agreed", team)
	for state in ("Proposed", "Agreed", "Under Way", "Follow-up"):
		with make.attempt():
			make.period_in(state, team, concern=concern)
			with pytest.raises(GuardNotMet, match="already has a support period"):
				make.make_period(team, concern)
	for state in ("Declined", "Withdrawn", "Ended"):
		with make.attempt():
			make.period_in(state, team, concern=concern)
			assert make.make_period(team, concern).workflow_state == "Proposed"


def test_agreement_needs_the_parents_word_and_a_counsellor(team):
	"""Early-support family work is voluntary (domain.md §2, 1640-1643)."""
	doc = make.make_period(team)
	for field, label in (
		("agreed_by", "Agreed by"),
		("agreed_how", "How they agreed"),
		("counsellor", "Family counsellor"),
	):
		with make.attempt(), pytest.raises(GuardNotMet, match=label):
			make.move(doc, "Parents agree", team.educator, **{**agreement(team), field: None})
	doc = make.move(doc, "Parents agree", team.educator, **agreement(team))
	assert doc.agreed_on == clock.today()
	assert doc.counsellor_name == frappe.db.get_value("User", team.counsellor, "full_name")


def test_the_agreement_cannot_be_taken_away_later(team):
	doc = make.period_in("Under Way", team)
	doc.reload()
	doc.agreed_by = ""
	with make.acting(team.counsellor), pytest.raises(GuardNotMet):
		doc.save()


def test_the_counsellor_is_a_counsellor(team):
	doc = make.make_period(team)
	disabled = factories.make_staff("Family Counsellor", enabled=0)
	former = factories.make_staff("Family Counsellor", to_date=factories.days(-1))
	for user in (team.educator, team.director, disabled, former):
		with make.attempt(), pytest.raises(GuardNotMet, match="not a family counsellor"):
			make.move(doc, "Parents agree", team.educator, **{**agreement(team), "counsellor": user})


def test_days(team):
	doc = make.make_period(team)
	for field in ("proposed_on", "agreed_on"):
		with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
			make.move(doc, "Parents agree", team.educator, **{**agreement(team), field: factories.days(1)})
	with make.attempt(), pytest.raises(GuardNotMet, match="cannot be before"):
		make.move(doc, "Parents agree", team.educator, **{**agreement(team), "agreed_on": factories.days(-1)})


def test_ending_needs_an_outcome(team):
	"""Ended, a client relationship, or other services (domain.md §2, 1644-1652)."""
	doc = make.period_in("Follow-up", team)
	with make.attempt(), pytest.raises(GuardNotMet, match="Outcome"):
		make.move(doc, "End the period", team.counsellor, rights_told=1)
	doc = make.move(doc, "End the period", team.counsellor, **make.end_of_period())
	assert doc.ended_on == clock.today()


def test_the_family_knows_of_its_right_to_an_assessment_when_support_ends(team):
	"""The counsellor tells the family of it, whatever comes after (domain.md §2, 1652); a family that withdraws owes nothing."""
	doc = make.period_in("Follow-up", team)
	label = frappe.get_meta(doc.doctype).get_label("rights_told")
	with make.attempt(), pytest.raises(GuardNotMet, match=label):
		make.move(doc, "End the period", team.counsellor, outcome=make.option("Visit Outcome"))
	with make.attempt():
		assert make.move(doc, "Parents withdraw", team.educator).workflow_state == "Withdrawn"
	assert make.move(doc, "End the period", team.counsellor, **make.end_of_period()).rights_told


def test_a_planned_visit_is_settled_before_the_end(team):
	doc = make.period_in("Follow-up", team)
	visit = make.make_visit(team, doc)
	with make.attempt(), pytest.raises(GuardNotMet, match="still planned"):
		make.move(doc, "End the period", team.counsellor, **make.end_of_period())
	make.move(visit, "Cancel the visit", team.counsellor)
	make.move(doc, "End the period", team.counsellor, **make.end_of_period())


@pytest.mark.parametrize("state", ["Proposed", "Agreed", "Under Way", "Follow-up"])
def test_the_parents_withdraw_at_any_time_and_nothing_waits(team, state):
	"""The parents decide how long it lasts (domain.md §1, 1640)."""
	doc = make.period_in(state, team)
	visit = make.make_visit(team, doc, visit_date=factories.days(7)) if state != "Proposed" else None
	# The educator may write no visit, and yet the planned one is called off with the parents' word.
	doc = make.move(doc, "Parents withdraw", team.educator)
	assert (doc.workflow_state, doc.withdrawn_on) == ("Withdrawn", clock.today())
	if visit:
		stored = frappe.get_doc("Visit", visit.name)
		assert stored.workflow_state == "Cancelled"
		assert stored.cancelled_reason


def test_a_held_visit_outlives_the_withdrawal(team):
	doc = make.period_in("Under Way", team)
	visit = make.move(make.make_visit(team, doc), "Mark as held", team.counsellor)
	make.move(doc, "Parents withdraw", team.counsellor)
	assert frappe.db.get_value("Visit", visit.name, "workflow_state") == "Held"


def test_agreement_opens_the_case_to_the_counsellor_and_the_end_closes_it(team):
	def sees() -> bool:
		with make.acting(team.counsellor):
			return all(
				frappe.has_permission(doctype, "read", name)
				and name in frappe.get_list(doctype, pluck="name")
				for doctype, name in (
					("Support Period", doc.name),
					("Concern", doc.concern),
					("Child", doc.child),
					("Family", doc.family),
				)
			)

	yesterday = factories.days(-1)
	with clock.at(yesterday):
		doc = make.make_period(team, make.concern_in("Meeting Agreed", team))
		assert not sees()
		doc = make.move(doc, "Parents agree", team.educator, **agreement(team))
		assert sees()
		doc = make.move(doc, "Parents withdraw", team.educator)
	# On the day of the withdrawal the screen still opened; since then it does not.
	assert doc.withdrawn_on == yesterday
	assert not sees()


def test_what_the_app_records_is_not_taken_from_a_request(team, api):
	concern = make.concern_in("Meeting Agreed", team)
	other = make.make_team()
	forged = {
		"child": other.child,
		"unit": other.unit,
		"proposed_by": other.educator,
		"visit_limit": 99,
		"started_on": "2020-01-01",
		"ended_on": "2020-01-01",
		"withdrawn_on": "2020-01-01",
		"counsellor_name": "Joku Muu",
	}
	# Another unit's child is refused at the door; the rest is not believed.
	response = api(team.educator).post(
		"/api/resource/Support Period", json={"concern": concern.name, **forged}
	)
	assert response.status_code in (200, 403)
	forged.pop("child")
	if response.status_code == 403:
		response = api(team.educator).post(
			"/api/resource/Support Period", json={"concern": concern.name, **forged}
		)
	assert response.status_code == 200, response.text
	doc = frappe.get_doc("Support Period", response.json["data"]["name"])
	assert (doc.child, doc.unit, doc.proposed_by) == (team.child, team.unit, team.educator)
	assert doc.visit_limit == frappe.db.get_single_value("Early Support Settings", "visit_limit")
	assert (doc.started_on, doc.ended_on, doc.withdrawn_on, doc.counsellor_name) == (None, None, None, None)


def test_the_concern_must_be_open_to_whoever_proposes(team):
	other = make.make_team()
	concern = make.concern_in("Meeting Agreed", other)
	with pytest.raises(frappe.PermissionError):
		make.make_period(team, concern)
