"""The page of a day care unit: this week, overdue, waiting for me."""

import datetime

import frappe
import pytest

from early_support import reminders
from early_support.casework import clock
from early_support.overview import unit as page
from early_support.overview.unit import get_unit
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests.test_overview__child import last_logged, log_since, queries
from early_support.waiting import get_waiting

UNIT = "/api/method/early_support.overview.unit.get_unit"
SECRET = "vaiettusana"
# After so many days something stands still, unless the settings say otherwise.
DAYS = 5

TO_PLAN, NO_LIAISON = "events_to_plan", "units_without_liaison"


def seen(user: str, unit: str) -> dict:
	"""Return the page, but for what waits of the unit itself: its calendar, by the month, and the liaison persons it lacks."""
	with case.acting(user):
		page = get_unit(unit)
	page["waiting"] = [group for group in page["waiting"] if group["key"] not in (TO_PLAN, NO_LIAISON)]
	return page


def part(user: str, unit: str, name: str) -> list[tuple[str, str]]:
	return [(line["name"], line["day"]) for line in seen(user, unit)[name]]


def refused(user: str, unit: str) -> bool:
	with case.acting(user), pytest.raises(frappe.PermissionError):
		get_unit(unit)
	return True


def monday() -> datetime.date:
	today = clock.today()
	return today - datetime.timedelta(days=today.weekday())


def test_an_ordinary_day_says_nothing():
	team = case.make_team()
	assert seen(team.educator, team.unit) == {"week": [], "overdue": [], "more": [], "waiting": []}


# This week ------------------------------------------------------------------------------------------------------------


def test_the_visits_of_the_week():
	team = case.make_team()
	visit = case.make_visit(team)
	visit.db_set("visit_date", monday() + datetime.timedelta(days=2))
	with clock.at(monday()):
		(line,) = seen(team.educator, team.unit)["week"]
		name = frappe.db.get_value("Child", team.child, "full_name")
		assert (line["name"], line["title"], line["kind"]) == (visit.name, f"{name}, 1, Unit", "Visit")
		assert line["day"] == str(visit.visit_date)
		assert line["state"] == "Planned"


@pytest.mark.parametrize(("days", "in_week"), [(0, True), (6, True), (7, False)])
def test_the_week_ends_on_sunday(days, in_week):
	team = case.make_team()
	visit = case.make_visit(team)
	visit.db_set("visit_date", monday() + datetime.timedelta(days=days))
	with clock.at(monday()):
		assert part(team.educator, team.unit, "week") == (
			[(visit.name, str(visit.visit_date))] if in_week else []
		)


def test_joint_meetings_and_reviews_of_the_week():
	team = case.make_team()
	concern = case.concern_in("Meeting Agreed", team)
	concern.db_set("meeting_on", clock.today())
	plan = case.child_plan_in("Confirmed", team)
	plan.db_set("review_due_on", clock.today())
	meeting = case.make_network_meeting(team)
	found = {name for name, _day in part(team.director, team.unit, "week")}
	assert found == {concern.name, plan.name, meeting.name}


# Overdue --------------------------------------------------------------------------------------------------------------


def test_a_review_is_overdue_the_day_after():
	"""Reviewed at least yearly (domain.md §3, 840 and 994)."""
	team = case.make_team()
	plan = case.child_plan_in("Confirmed", team)
	with clock.at(plan.review_due_on):
		assert part(team.educator, team.unit, "overdue") == []
	with clock.at(frappe.utils.add_days(plan.review_due_on, 1)):
		assert part(team.educator, team.unit, "overdue") == [(plan.name, str(plan.review_due_on))]


def test_an_unanswered_consultation_is_overdue():
	team = case.make_team()
	consultation = case.make_consultation(team)
	since = str(make.days(0))
	for user in (team.educator, team.counsellor):
		with clock.at(make.days(DAYS - 1)):
			assert part(user, team.unit, "overdue") == []
		with clock.at(make.days(DAYS)):
			assert part(user, team.unit, "overdue") == [(consultation.name, since)]


@pytest.mark.parametrize("state", ["Consent Given", "Joint Contact", "Accepted", "Declined"])
def test_a_referral_that_stands_still_is_overdue(state):
	"""Without a warm handover the family never makes contact (domain.md §3, 1322 and 1702)."""
	team = case.make_team()
	referral = case.referral_in(state, team)
	with clock.at(make.days(DAYS - 1)):
		assert part(team.educator, team.unit, "overdue") == []
	with clock.at(make.days(DAYS)):
		assert part(team.educator, team.unit, "overdue") == [(referral.name, str(make.days(0)))]


def test_it_is_overdue_when_people_are_reminded_of_it():
	"""The settings say after how many days, once for both."""
	frappe.db.set_single_value(reminders.SETTINGS, "remind_after_days", 9)
	team = case.make_team()
	referral = case.referral_in("Joint Contact", team)
	for days in (DAYS, 8, 9, 10):
		with clock.at(make.days(days)):
			late = [name for name, _since in part(team.educator, team.unit, "overdue")]
			with case.acting(team.educator):
				reminded = [due.name for due in reminders.due_for(clock.today())]
		assert (referral.name in late, referral.name in reminded) == (days >= 9, days >= 9)


@pytest.mark.parametrize("state", ["First Contact Confirmed", "Closed", "Withdrawn"])
def test_a_referral_that_has_arrived_is_not_overdue(state):
	team = case.make_team()
	case.referral_in(state, team)
	with clock.at(make.days(DAYS * 3)):
		assert part(team.educator, team.unit, "overdue") == []


def test_agreed_actions_past_their_day_and_visits_that_were_not_marked():
	team = case.make_team()
	meeting = case.network_meeting_in("Agreed", team)
	meeting.db_set("follow_up_on", make.days(9))
	meeting.actions[0].db_set("due_on", make.days(-3))
	visit = case.make_visit(team)
	visit.db_set("visit_date", make.days(-1))
	assert part(team.educator, team.unit, "overdue") == [
		(meeting.name, str(make.days(-3))),
		(visit.name, str(make.days(-1))),
	]
	(line, _visit) = seen(team.educator, team.unit)["overdue"]
	assert (line["what"], line["who"]) == ("Kuvakortit aamuun", "Oona Opettaja")
	meeting.actions[0].db_set("state", "Given Up")
	case.move(visit, "Cancel the visit", team.counsellor, cancelled_reason="Lapsi on sairaana.")
	assert part(team.educator, team.unit, "overdue") == []


def test_a_long_part_is_cut_and_says_so(monkeypatch):
	monkeypatch.setattr(page, "MOST", 1)
	team = case.make_team()
	period = case.period_in("Under Way", team)
	for _ in range(2):
		case.make_visit(team, period)
	found = seen(team.educator, team.unit)
	assert (len(found["week"]), found["more"]) == (1, ["week"])


# Waiting for me -------------------------------------------------------------------------------------------------------


def test_what_waits_is_that_of_the_start_page_in_this_unit():
	here, there = case.make_team(), case.make_team()
	make.make_assignment(here.educator, "Early Educator", unit=there.unit)
	concern = case.concern_in("Raised", here)
	case.concern_in("Raised", there)
	(group,) = seen(here.educator, here.unit)["waiting"]
	assert [item["name"] for item in group["items"]] == [concern.name]
	assert group["filters"] == {"workflow_state": "Raised", "unit": here.unit}
	with case.acting(here.educator):
		(whole,) = (group for group in get_waiting()["groups"] if group["key"] != TO_PLAN)
	assert len(whole["items"]) == 2
	assert group["title"] == whole["title"]


def test_what_is_to_be_planned_is_that_of_this_unit():
	here, there = case.make_team(), case.make_team()
	make.make_assignment(here.director, "Unit Director", unit=there.unit)
	with clock.at("2026-09-01"), case.acting(here.director):
		(group,) = (group for group in get_unit(here.unit)["waiting"] if group["key"] == TO_PLAN)
	assert {item["values"]["unit"] for item in group["items"]} == {here.unit}


# Who may --------------------------------------------------------------------------------------------------------------


def test_the_staff_and_the_liaison_may():
	team = case.make_team()
	for user in (team.educator, team.special_educator, team.director, team.counsellor):
		assert seen(user, team.unit)["overdue"] == []


def test_a_liaison_sees_the_consultations_and_no_family():
	team = case.make_team()
	consultation = case.make_consultation(team)
	case.child_plan_in("Confirmed", team)
	concern = case.concern_in("Urgent", team)
	with clock.at(make.days(400)):
		found = seen(team.counsellor, team.unit)
	assert [line["name"] for line in found["overdue"]] == [consultation.name]
	assert [item["name"] for group in found["waiting"] for item in group["items"]] == [consultation.name]
	assert concern.name not in frappe.as_json(found)


@pytest.mark.parametrize(
	"role",
	[
		"Early Educator",
		"Special Needs Educator",
		"Unit Director",
		"Family Counsellor",
		"Social Worker",
		"Area Director",
		"Management Group",
		"Form Administrator",
		"Reporting Officer",
		"Privacy Officer",
	],
)
def test_nobody_else_may(role):
	team = case.make_team()
	assert refused(make.make_staff(role, controller=make.make_controller()), team.unit)
	if role not in ("Early Educator", "Special Needs Educator", "Unit Director"):
		assert refused(make.make_staff(role, controller=make.default_controller()), team.unit)


def test_a_system_manager_may_not():
	assert refused(make.make_user("System Manager"), case.make_team().unit)


def test_whoever_has_left_the_unit_may_not():
	unit = make.make_unit()
	assert refused(
		make.make_staff("Early Educator", unit, from_date=make.days(-9), to_date=make.days(-1)), unit
	)


def test_a_child_that_has_left_is_nowhere():
	team = case.make_team(first_names=SECRET)
	case.make_visit(team)
	case.concern_in("Urgent", team)
	assert SECRET in frappe.as_json(seen(team.educator, team.unit))
	frappe.db.set_value("Child", team.child, "left_on", clock.today())
	assert seen(team.educator, team.unit) == {"week": [], "overdue": [], "more": [], "waiting": []}


def test_another_unit_is_nowhere():
	here, there = case.make_team(), case.make_team(first_names=SECRET)
	make.make_assignment(here.educator, "Early Educator", unit=there.unit)
	case.make_visit(there)
	case.concern_in("Urgent", there)
	assert SECRET not in frappe.as_json(seen(here.educator, here.unit))
	assert SECRET in frappe.as_json(seen(here.educator, there.unit))


# Over HTTP ------------------------------------------------------------------------------------------------------------


def test_what_is_shown_is_logged_once(api):
	team = case.make_team()
	concern = case.concern_in("Raised", team)
	visit = case.make_visit(team)
	consultation = case.make_consultation(team)
	consultation.db_set("requested_on", make.days(-30))
	client, before = api(team.educator), last_logged()
	answer = client.get(UNIT, query_string={"unit": team.unit})
	assert answer.status_code == 200, answer.text[:500]
	rows = log_since(before)
	assert sorted(row.document_name for row in rows) == sorted([concern.name, visit.name, consultation.name])
	assert {(row.channel, row.unit) for row in rows} == {("Overview", team.unit)}


def test_guests_and_strangers_are_refused(api):
	unit = case.make_team().unit
	assert api(None).get(UNIT, query_string={"unit": unit}).status_code == 403
	answer = api(case.make_team().educator).get(UNIT, query_string={"unit": unit})
	assert answer.status_code == 403


def test_the_number_of_queries_does_not_grow(monkeypatch):
	team = case.make_team()
	period = case.period_in("Under Way", team)

	def fill() -> None:
		case.concern_in("Raised", team)
		case.make_visit(team, period)
		case.network_meeting_in("Agreed", team).actions[0].db_set("due_on", make.days(-1))

	def ask() -> None:
		seen(team.educator, team.unit)

	fill()
	few = queries(monkeypatch, ask)
	for _ in range(2):
		fill()
	assert queries(monkeypatch, ask) == few <= 24
