"""What may be begun from the page of a child: every next step, by whoever may take it, and none that is refused then."""

import frappe
import pytest

from early_support.casework import clock, offers
from early_support.overview.child import get_child
from early_support.tests import case_factories as case
from early_support.tests import factories as make

EVERYDAY = {
	"Concern": None,
	"Network Meeting": "begin_network_meeting",
	"Child Plan": "begin_child_plan",
	"Cooperation Consent": "begin_cooperation_consent",
	"Referral": "begin_referral",
}


def begun(user: str, child: str) -> dict[str, str | None]:
	"""Return what may be begun, doctype → offer; each offer was taken, and knows the child without anybody typing it."""
	with case.acting(user):
		lines = get_child(child)["begin"]
		for line in lines:
			assert line["label"]
			if not line["offer"]:
				continue
			doc = getattr(offers, line["offer"])(line["source"])
			assert doc.doctype == line["doctype"]
			assert doc.get("child") == (None if doc.doctype == "Consultation" else child), line
	return {line["doctype"]: line["offer"] for line in lines}


def test_on_an_ordinary_day_everything_without_a_concern_may_begin():
	team = case.make_team()
	assert begun(team.educator, team.child) == EVERYDAY
	# Nobody but an educator raises a concern (domain.md §2, 214, 1631).
	assert "Concern" not in begun(team.director, team.child)


def test_an_agreed_meeting_leads_to_the_period_and_to_what_was_agreed():
	"""domain.md §2, 1636-1643: from a concern to the meeting, to the period, each with what is known."""
	team = case.make_team()
	concern = case.concern_in("Discussed", team)
	found = begun(team.educator, team.child)
	assert found == {**EVERYDAY, "Consultation": "make_consultation"}
	concern = case.concern_in("Meeting Agreed", team)
	found = begun(team.educator, team.child)
	assert found["Support Period"] == "make_support_period"
	assert found["Network Meeting"] == "make_network_meeting"
	with case.acting(team.educator):
		line = next(line for line in get_child(team.child)["begin"] if line["doctype"] == "Support Period")
	assert line["source"] == concern.name
	case.make_period(team, concern)
	case.make_network_meeting(team, concern=concern.name)
	found = begun(team.educator, team.child)
	assert "Support Period" not in found
	assert found["Network Meeting"] == "begin_network_meeting"


def test_a_consent_is_what_a_referral_stands_on_while_it_lasts():
	team = case.make_team()
	consent = case.consent_in("Given", team)
	assert begun(team.educator, team.child)["Referral"] == "make_referral"
	with clock.at(frappe.utils.add_days(consent.valid_until, 1)):
		assert begun(team.educator, team.child)["Referral"] == "begin_referral"


def test_a_plan_begins_once_and_is_followed_by_the_next():
	team = case.make_team()
	plan = case.child_plan_in("Draft", team)
	assert "Child Plan" not in begun(team.educator, team.child)
	plan.db_set("workflow_state", "Confirmed")
	assert begun(team.educator, team.child)["Child Plan"] == "make_child_plan"


def test_the_counsellor_of_the_period_plans_its_visits_and_goes_on_from_it():
	team = case.make_team()
	period = case.period_in("Under Way", team)
	found = begun(team.counsellor, team.child)
	assert found == {
		"Visit": "make_visit",
		"Cooperation Consent": "begin_cooperation_consent",
		"Referral": "begin_referral",
		"Needs Assessment": "begin_needs_assessment",
		"Client Relationship": "continue_as_client",
	}
	# Of the social register and of visits the unit begins nothing.
	assert not {"Visit", "Needs Assessment", "Client Relationship"} & set(begun(team.educator, team.child))
	case.make_visit(team, period, visit_date=make.days(3))
	assert "Visit" not in begun(team.counsellor, team.child)


@pytest.mark.parametrize("begins", [0, 1])
def test_a_period_that_ended_with_a_client_offers_the_relationship_on_that_day(begins):
	team = case.make_team()
	period = case.period_in("Follow-up", team)
	filters = {"begins_client_relationship": begins, "disabled": 0}
	outcome = frappe.db.get_value("Visit Outcome", filters)
	case.move(period, "End the period", team.counsellor, outcome=outcome, rights_told=1)
	found = begun(team.counsellor, team.child)
	assert found.get("Client Relationship") == ("continue_as_client" if begins else None)
	assert "Client Relationship" not in begun(team.educator, team.child)


def test_no_visit_is_begun_over_the_limit():
	team = case.make_team()
	period = case.period_in("Under Way", team)
	case.visit_in("Held", team, period=period)
	assert "Visit" in begun(team.counsellor, team.child)
	period.db_set("visit_limit", 1)
	assert "Visit" not in begun(team.counsellor, team.child)


@pytest.mark.parametrize("changed", ["own_worker", "counsellor"])
def test_only_whose_work_it_is_goes_on_with_it(changed):
	"""A colleague's client, or a colleague's period, is no place to begin."""
	team = case.make_team()
	other = make.make_staff("Family Counsellor")
	if changed == "counsellor":
		case.period_in("Under Way", team).db_set("counsellor", other)
		found = begun(team.counsellor, team.child)
		assert not {"Needs Assessment", "Client Relationship"} & set(found)
		return
	relationship = case.relationship_in("Active", team)
	own = relationship.own_worker
	found = begun(own, team.child)
	assert (found["Support Plan"], found["Needs Assessment"]) == ("make_support_plan", "assess_client")
	relationship.db_set("own_worker", other)
	assert not {"Support Plan", "Plan Review"} & set(begun(own, team.child))
