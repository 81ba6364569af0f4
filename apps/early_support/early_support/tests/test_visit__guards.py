"""The rules of a Visit that hold whatever its Workflow says."""

import frappe
import pytest

from early_support.exceptions import GuardNotMet, StateNotEditable
from early_support.tests import case_factories as make
from early_support.tests import factories


@pytest.fixture
def period(team):
	return make.period_in("Under Way", team)


def held(team, period):
	return make.move(make.make_visit(team, period), "Mark as held", team.counsellor)


def test_no_visit_without_agreement(team):
	"""domain.md §2, 1640-1643"""
	# Written past the counsellor's access, which does not yet reach these states: the rule itself must hold.
	for state in ("Proposed", "Declined", "Withdrawn", "Ended"):
		with make.attempt():
			period = make.period_in(state, team)
			with pytest.raises(GuardNotMet, match="parents' agreement"):
				make.make_visit(team, period, user="Administrator")
	for state in ("Agreed", "Under Way", "Follow-up"):
		with make.attempt():
			assert make.make_visit(team, make.period_in(state, team)).workflow_state == "Planned"


def test_a_visit_that_is_held_needs_the_agreement_still(team, period):
	visit = make.make_visit(team, period)
	# Written past every rule, as if the period had ended by another way.
	frappe.db.set_value("Support Period", period.name, "workflow_state", "Withdrawn")
	with pytest.raises(GuardNotMet, match="parents' agreement"):
		make.move(visit, "Mark as held", "Administrator")


def test_at_most_the_limit_of_planned_and_held(team, period):
	"""One to three visits (domain.md §2, 1640; follow-up, 1640-1643)."""
	held(team, period)
	held(team, period)
	last = make.make_visit(team, period)
	with make.attempt(), pytest.raises(GuardNotMet, match="at most 3"):
		make.make_visit(team, period)
	# Cancelled and missed visits do not count; they keep their numbers.
	make.move(last, "Nobody came", team.counsellor)
	replacement = make.make_visit(team, period)
	assert replacement.number == 4
	make.move(replacement, "Cancel the visit", team.counsellor)
	assert held(team, period).number == 5


def test_the_limit_is_the_one_of_the_day_of_the_proposal(team):
	frappe.db.set_single_value("Early Support Settings", "visit_limit", 1)
	period = make.period_in("Under Way", team)
	frappe.db.set_single_value("Early Support Settings", "visit_limit", 3)
	held(team, period)
	with pytest.raises(GuardNotMet, match="at most 1"):
		make.make_visit(team, period)


@pytest.mark.parametrize("place", ["Home", "Phone", "Remote"])
def test_the_first_is_at_the_unit_unless_a_reason_is_given(team, period, place):
	"""After it the parents may choose their home (domain.md §2, 1640-1643)."""
	for reason in (None, "  "):
		with make.attempt(), pytest.raises(GuardNotMet, match="first visit"):
			make.make_visit(team, period, place=place, place_reason=reason)
	with make.attempt():
		assert make.make_visit(team, period, place=place, place_reason="Perheessä on vauva.").place == place
	held(team, period)
	assert make.make_visit(team, period, place=place).place == place


def test_the_follow_up_may_be_by_phone(team, period):
	"""domain.md §2, 1643"""
	held(team, period)
	period = make.move(period, "Go to follow-up", team.counsellor)
	visit = make.make_visit(team, period, place="Phone")
	assert make.move(visit, "Mark as held", team.counsellor).workflow_state == "Held"


def test_a_cancelled_first_visit_does_not_count_as_the_first(team, period):
	make.move(make.make_visit(team, period), "Cancel the visit", team.counsellor)
	with pytest.raises(GuardNotMet, match="first visit"):
		make.make_visit(team, period, place="Home")


def test_held_and_missed_are_not_in_the_future(team, period):
	visit = make.make_visit(team, period, visit_date=factories.days(1))
	for action in ("Mark as held", "Nobody came"):
		with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
			make.move(visit, action, team.counsellor)
	assert make.move(visit, "Cancel the visit", team.counsellor).workflow_state == "Cancelled"


def test_nothing_took_place_before_the_parents_agreed(team, period):
	"""domain.md §2.4, 1640-1643."""
	visit = make.make_visit(team, period, visit_date=factories.days(-1))
	for action in ("Mark as held", "Nobody came"):
		with make.attempt(), pytest.raises(GuardNotMet, match="cannot be before"):
			make.move(visit, action, team.counsellor)
	visit = make.move(visit, "Mark as held", team.counsellor, visit_date=factories.days(0))
	assert visit.workflow_state == "Held"


def test_numbers_are_given_not_taken(team, period, api):
	response = api(team.counsellor).post(
		"/api/resource/Visit",
		json={
			"support_period": period.name,
			"visit_date": str(factories.days(0)),
			"number": 7,
			"unit": "elsewhere",
		},
	)
	assert response.status_code in (200, 417)
	if response.status_code == 417:  # the made-up unit is no unit at all
		values = {"support_period": period.name, "visit_date": str(factories.days(0)), "number": 7}
		response = api(team.counsellor).post("/api/resource/Visit", json=values)
	visit = frappe.get_doc("Visit", response.json["data"]["name"])
	assert (visit.number, visit.child, visit.unit) == (1, team.child, team.unit)
	assert make.make_visit(team, period).number == 2


def test_two_visits_never_share_a_number(team, period):
	make.make_visit(team, period)
	other = make.make_visit(team, period)
	with pytest.raises(Exception, match="Duplicate entry"):
		frappe.db.sql("update tabVisit set number = 1 where name = %s", other.name)


def test_only_the_periods_counsellor_plans(team, period):
	stranger = factories.make_staff("Family Counsellor", controller=make.county())
	for user in (team.educator, team.director, stranger):
		with make.attempt(), pytest.raises(frappe.PermissionError):
			make.make_visit(team, period, user=user)


def test_a_held_visit_is_not_rewritten_by_its_rows(team, period, api):
	visit = make.make_visit(team, period, participants=[{"role": "Guardian", "headcount": 1}])
	visit = make.move(visit, "Mark as held", team.counsellor)
	row = visit.participants[0].name
	client = api(team.counsellor)
	changed = {"doctype": "Visit Participant", "name": row, "role": "Other", "headcount": 9}
	doc = {**visit.participants[0].as_dict(convert_dates_to_str=True), **changed}
	added = {
		**changed,
		"name": None,
		"parent": visit.name,
		"parenttype": "Visit",
		"parentfield": "participants",
	}
	answers = [
		client.put(f"/api/resource/Visit Participant/{row}", json={"headcount": 9}),
		client.post("/api/method/frappe.client.save", json={"doc": doc}),
		client.post(
			"/api/method/frappe.client.set_value",
			json={
				"doctype": "Visit Participant",
				"name": row,
				"fieldname": "headcount",
				"value": 9,
			},
		),
		client.post("/api/method/frappe.client.insert", json={"doc": added}),
		client.delete(f"/api/resource/Visit Participant/{row}"),
	]
	assert [answer.status_code >= 400 for answer in answers] == [True] * len(answers)
	stored = frappe.get_doc("Visit", visit.name)
	assert [(each.role, each.headcount) for each in stored.participants] == [("Guardian", 1)]


def test_the_counsellor_changes_the_rows_of_a_planned_visit_with_the_visit(team, period):
	visit = make.make_visit(team, period, participants=[{"role": "Guardian", "headcount": 1}])
	with make.acting(team.counsellor):
		visit = frappe.get_doc("Visit", visit.name)
		visit.participants[0].headcount = 2
		visit.append("participants", {"role": "Child", "headcount": 1})
		visit.save()
		with pytest.raises(StateNotEditable):
			visit.participants[0].save()
	assert [row.headcount for row in frappe.get_doc("Visit", visit.name).participants] == [2, 1]
