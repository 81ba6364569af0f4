"""What waits for whom on the workspace."""

import frappe
import pytest

from early_support.casework import clock
from early_support.overview.unit import get_unit
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests.export_factories import run_in
from early_support.tests.test_overview__child import full_case, queries
from early_support.waiting import LIMIT, REVIEW_AHEAD, SUPPORT_REVIEW_AHEAD, get_waiting


def waiting(user: str) -> dict[str, list[str]]:
	"""Return the names that wait for `user`, by the key of their group.

	What the unit has to plan in its calendar waits by the month and not by the casework: tests/test_report__vuosikello.py;
	and the teams of the tests have a liaison person on one side only.
	"""
	of_the_unit = ("events_to_plan", "units_without_liaison")
	with case.acting(user):
		groups = [group for group in get_waiting()["groups"] if group["key"] not in of_the_unit]
	return {group["key"]: [item["name"] for item in group["items"]] for group in groups}


def test_nothing_waits_for_a_new_educator():
	assert waiting(make.make_staff("Early Educator")) == {}


def test_concerns_wait_for_the_educators_of_the_unit():
	"""The parents are contacted at once (domain.md §2, 844): what was raised waits for the talk."""
	team = case.make_team()
	docs = {
		state: case.concern_in(state, team._replace(child=make.make_child(unit=team.unit)))
		for state in ("Draft", "Raised", "Discussed", "Declined", "Meeting Agreed", "Urgent", "Closed")
	}
	expected = {
		"urgent": [docs["Urgent"].name],
		"to_discuss": [docs["Raised"].name],
		"to_discuss_again": [docs["Declined"].name],
		"to_begin": [docs["Meeting Agreed"].name],
	}
	assert waiting(team.educator) == expected
	assert waiting(team.special_educator) == expected
	assert waiting(team.director) == {"urgent": [docs["Urgent"].name]}
	assert waiting(team.counsellor) == {}
	assert waiting(case.make_team().educator) == {}


def test_a_meeting_waits_until_the_period_is_begun():
	team = case.make_team()
	concern = case.concern_in("Meeting Agreed", team)
	assert waiting(team.educator) == {"to_begin": [concern.name]}
	case.make_period(team, concern)
	assert waiting(team.educator) == {}


def test_a_consultation_waits_for_the_liaison_then_for_whoever_asked():
	team = case.make_team()
	consultation = case.make_consultation(team)
	assert waiting(team.counsellor) == {"requested": [consultation.name]}
	assert waiting(team.educator) == {}
	case.move(consultation, "Take", team.counsellor)
	assert waiting(team.counsellor) == {"taken": [consultation.name]}
	case.move(consultation, "Give the answer", team.counsellor, answer=case.ANSWER)
	assert waiting(team.counsellor) == {}
	assert waiting(team.educator) == {"answered": [consultation.name]}
	assert waiting(team.special_educator) == {}
	case.move(consultation, "Close", team.educator)
	assert waiting(team.educator) == {}


def test_a_question_whose_counsellor_has_left_waits_for_the_other_liaisons():
	team = case.make_team()
	consultation = case.consultation_in("Taken", team)
	colleague = make.make_staff("Family Counsellor", controller=case.county())
	make.make_liaison(team.unit, colleague)
	assert waiting(colleague) == {}
	frappe.db.set_value("User", team.counsellor, "enabled", 0)
	assert waiting(colleague) == {"taken_by_who_left": [consultation.name]}
	case.move(consultation, "Give back", colleague)
	assert waiting(colleague) == {"requested": [consultation.name]}


def test_an_agreed_period_waits_for_its_first_visit():
	team = case.make_team()
	period = case.period_in("Agreed", team)
	assert waiting(team.counsellor) == {"to_plan": [period.name]}
	case.make_visit(team, period)
	assert waiting(team.counsellor) == {}


def test_a_visit_of_the_past_waits_to_be_marked():
	team = case.make_team()
	visit = case.make_visit(team)
	assert waiting(team.counsellor) == {}
	visit.db_set("visit_date", make.days(-1))
	frappe.db.set_value("Support Period", visit.support_period, "agreed_on", make.days(-2))
	assert waiting(team.counsellor) == {"to_mark": [visit.name]}
	case.move(visit, "Mark as held", team.counsellor)
	assert waiting(team.counsellor) == {}


def test_a_guardians_form_waits_for_the_talk():
	"""The guardians fill in their form beforehand (domain.md §3, 1553): then it is the educators' turn."""
	team = case.make_team()
	plan = case.make_child_plan(team)
	assert waiting(team.educator) == {}
	plan = case.move(plan, "Record the guardians' form", team.educator, **case.form_values())
	assert waiting(team.educator) == waiting(team.special_educator) == {"forms_received": [plan.name]}
	for user in (team.director, team.counsellor, case.make_team().educator):
		assert waiting(user) == {}
	case.move(plan, "Record the talk", team.educator, **case.talk_values())
	assert waiting(team.educator) == {}


@pytest.mark.parametrize(("days", "waits"), [(REVIEW_AHEAD + 1, False), (REVIEW_AHEAD, True), (1, True)])
def test_a_review_waits_when_it_is_near(days, waits):
	"""Reviewed at least yearly (domain.md §3, 840 and 994)."""
	team = case.make_team()
	plan = case.child_plan_in("Discussed", team)
	values = {**case.confirm_values(plan), "next_review_on": make.days(days)}
	plan = case.move(plan, "Confirm the plan", team.educator, **values)
	assert waiting(team.educator) == ({"plans_to_review": [plan.name]} if waits else {})
	with clock.at(make.days(days + 1)):
		assert waiting(team.educator) == {"plans_to_review": [plan.name]}


def test_a_review_that_was_asked_for_waits_at_once():
	"""Also at the request of teacher, guardian or authority (domain.md §3, 840-842)."""
	team = case.make_team()
	plan = case.child_plan_in("Confirmed", team)
	assert waiting(team.educator) == {}
	with case.acting(team.educator):
		plan = frappe.get_doc("Child Plan", plan.name)
		plan.review_requested_by = "Guardian"
		plan.save()
	assert waiting(team.educator) == {"plans_to_review": [plan.name]}
	case.child_plan_in("Confirmed", team)


def test_what_was_agreed_waits_for_its_follow_up():
	team = case.make_team()
	meeting = case.network_meeting_in("Agreed", team, follow_up_on=make.days(1))
	for user in (team.educator, team.special_educator, team.director):
		assert waiting(user) == {}
	# Past the rules: as it stands when the day has come.
	meeting.db_set("follow_up_on", make.days(0))
	for user in (team.educator, team.special_educator, team.director):
		assert waiting(user) == {"to_follow_up": [meeting.name]}
	assert waiting(team.counsellor) == {}
	assert waiting(case.make_team().director) == {}
	case.move(meeting, "Record the follow-up", team.director, follow_up_note="Sujuu.")
	assert waiting(team.educator) == {}


@pytest.mark.parametrize("state", ["Agreed", "Followed Up"])
def test_an_action_whose_day_has_passed_waits(state):
	team = case.make_team()
	meeting = case.network_meeting_in(state, team)
	meeting.db_set("follow_up_on", make.days(1))
	(row,) = meeting.actions
	assert waiting(team.educator) == {}
	row.db_set("due_on", make.days(-1))
	assert waiting(team.educator) == waiting(team.director) == {"overdue": [meeting.name]}
	# The copy in the filing waits for nobody.
	assert waiting(team.counsellor) == {}
	row.db_set("state", "Done")
	assert waiting(team.educator) == {}


@pytest.mark.parametrize("state", ["Draft", "Closed", "Withdrawn", "Declined"])
def test_nothing_waits_where_nothing_is_agreed_any_more(state):
	team = case.make_team()
	meeting = case.network_meeting_in(state, team)
	meeting.db_set("follow_up_on", make.days(-1))
	assert waiting(team.educator) == {}


def test_items_say_whom_since_when_and_which_zone():
	team = case.make_team()
	concern = case.concern_in("Raised", team, zone="4", observed_on=make.days(-2))
	with case.acting(team.educator):
		(group, *_of_the_calendar) = get_waiting()["groups"]
	assert group["title"] == "To be talked about with the parents"
	assert group["more"] is False
	assert group["items"] == [
		{
			"doctype": "Concern",
			"name": concern.name,
			"title": frappe.db.get_value("Child", team.child, "full_name"),
			"since": str(make.days(-2)),
			"zone": {"number": "4", "colour": frappe.db.get_value("Worry Zone", "4", "colour")},
		}
	]


def test_a_long_list_is_cut_and_says_so():
	team = case.make_team()
	for _ in range(LIMIT + 1):
		case.concern_in("Raised", team._replace(child=make.make_child(unit=team.unit)))
	with case.acting(team.educator):
		(group, *_of_the_calendar) = get_waiting()["groups"]
	assert len(group["items"]) == LIMIT
	assert group["more"] is True


@pytest.mark.parametrize(
	("role", "begins"),
	[
		("Early Educator", ["Concern", "Consultation"]),
		("Special Needs Educator", ["Concern", "Consultation"]),
		("Unit Director", []),
		("Family Counsellor", ["Guidance Count"]),
		("Area Director", []),
		("Privacy Officer", []),
	],
)
def test_what_may_be_begun(as_user, role, begins):
	with as_user(role):
		assert [action["doctype"] for action in get_waiting()["actions"]] == begins


@pytest.mark.parametrize("role", ["Area Director", "Management Group", "Social Worker", "Reporting Officer"])
def test_no_case_waits_for_those_who_see_none(as_user, role):
	team = case.make_team()
	case.concern_in("Urgent", team)
	with as_user(role, controller=make.default_controller()):
		assert get_waiting()["groups"] == []


@pytest.mark.parametrize("role", ["Area Director", "Management Group", "Reporting Officer"])
def test_the_figures_wait_for_those_who_read_them(as_user, role):
	with as_user(role, controller=make.default_controller()):
		assert [report["name"] for report in get_waiting()["reports"]] == ["Kuukausitilasto"]


def test_no_report_for_others(as_user):
	with as_user("Early Educator"):
		assert get_waiting()["reports"] == []


def the_work_of_a_team() -> dict[str, str]:
	"""Make something of each kind that waits for somebody, and return who works with it."""
	team = case.make_team()
	docs = full_case(team)
	for state in ("Raised", "Discussed", "Declined", "Meeting Agreed", "Urgent"):
		case.concern_in(state, team._replace(child=make.make_child(unit=team.unit)))
	case.consultation_in("Answered", team)
	case.make_consultation(team)
	docs["meeting"].actions[0].db_set("due_on", make.days(-1))
	docs["visit"].db_set("workflow_state", "Planned")
	referral = case.referral_in("Joint Contact", team, receiver=case.make_social_worker())
	case.support_plan_in("Agreed", team._replace(child=make.make_child(unit=team.unit)))
	return {
		"educator": team.educator,
		"director": team.director,
		"counsellor": team.counsellor,
		"social worker": referral.receiver,
	}


def test_the_start_page_asks_few_questions(monkeypatch):
	"""The groups of a role are read in one query, however many there are; the rest is what some of them leave out."""
	asked = {}
	for who, user in the_work_of_a_team().items():

		def ask(user: str = user) -> None:
			with case.acting(user):
				get_waiting()

		asked[who] = queries(monkeypatch, ask)
	most = {"educator": 20, "director": 17, "counsellor": 16, "social worker": 12}
	assert {who: number for who, number in asked.items() if number > most[who]} == {}


def test_guests_are_refused(api):
	assert api(None).get("/api/method/early_support.waiting.get_waiting").status_code == 403


def test_over_http(api):
	team = case.make_team()
	concern = case.concern_in("Raised", team)
	response = api(team.educator).get("/api/method/early_support.waiting.get_waiting")
	assert response.status_code == 200
	assert response.json["message"]["groups"][0]["items"][0]["name"] == concern.name


def test_a_referral_waits_for_whoever_has_the_next_step():
	team = case.make_team()
	referral = case.referral_in("Consent Given", team)
	receiver = referral.receiver
	assert waiting(team.educator) == {"to_contact": [referral.name]}
	assert waiting(team.special_educator) == {}
	assert waiting(receiver) == {}
	referral = case.move(referral, "Record the joint contact", team.educator, **case.contact())
	assert waiting(receiver) == {"to_answer": [referral.name]}
	assert waiting(team.educator) == {}
	with case.attempt():
		case.move(referral, "Do not accept", receiver, declined_reason="Jono on täynnä.")
		assert waiting(team.educator) == {"not_accepted": [referral.name]}
		assert waiting(receiver) == {}
	case.move(referral, "Accept", receiver)
	assert waiting(receiver) == {"to_meet": [referral.name]}


def test_a_referral_of_somebody_who_has_left_waits_for_the_unit():
	team = case.make_team()
	referral = case.referral_in("Consent Given", team)
	frappe.db.set_value("User", team.educator, "enabled", 0)
	assert waiting(team.special_educator) == {"sender_left": [referral.name]}
	assert waiting(team.director) == {}
	referral = case.move(referral, "Record the joint contact", team.special_educator, **case.contact())
	assert waiting(team.special_educator) == {}
	frappe.db.set_value("User", referral.receiver, "enabled", 0)
	assert waiting(team.special_educator) == {"receiver_left": [referral.name]}
	assert waiting(case.make_team().educator) == {}


def test_a_referral_of_the_counsellor_waits_once():
	team = case.make_team()
	case.period_in("Follow-up", team)
	consent = case.consent_in("Given", team)
	referral = case.make_referral(team, user=team.counsellor, consent=consent.name)
	referral = case.move(referral, "Confirm the ground", team.counsellor)
	assert waiting(team.counsellor) == {"to_contact": [referral.name]}


def test_a_relationship_that_is_prepared_waits_for_its_start():
	team = case.make_team()
	period = case.visit_in("Held", team).support_period
	doc = case.make_relationship(team, support_period=period)
	assert waiting(team.counsellor) == {"clients_to_start": [doc.name]}
	assert waiting(team.educator) == {}
	case.move(doc, "Family withdraws", team.counsellor)
	assert waiting(team.counsellor) == {}


def test_a_client_without_a_plan_waits():
	"""domain.md §3, 746: always a plan."""
	team = case.make_team()
	period = frappe.get_doc("Support Period", case.visit_in("Held", team).support_period)
	doc = case.relationship_in("Active", team, support_period=period.name)
	assert waiting(team.counsellor) == {"without_plan": [doc.name]}
	assert waiting(team.educator) == {}
	plan = case.make_support_plan(team, client_relationship=doc.name)
	assert waiting(team.counsellor) == {"plans_to_agree": [plan.name]}
	case.move(plan, "End the plan", team.counsellor, ended_reason="Tehty erehdyksessä.")
	assert waiting(team.counsellor) == {"without_plan": [doc.name]}


def test_a_client_found_to_need_special_support_waits_for_a_social_worker():
	"""domain.md §1, 736-737."""
	team = case.make_team()
	plan = case.support_plan_in("Agreed", team)
	relationship = frappe.get_doc("Client Relationship", plan.client_relationship)
	worker = case.make_social_worker()
	assessment = case.needs_assessment_in("Initial", team)
	assert "clients_for_social_worker" not in waiting(team.counsellor)
	with case.acting(team.counsellor):
		assessment.update({"special_support": 1, "colleague": worker}).save()
	assert waiting(team.counsellor)["clients_for_social_worker"] == [relationship.name]
	with case.acting(team.counsellor):
		reason = {"before_decision": "Tukea tarvitaan heti."}
		relationship.update({"tier": "Special Support", "own_worker": worker, **reason}).save()
	# What was begun before it waits for the broad assessment and the decision (domain.md §3, 522-529, 683-685).
	assert waiting(worker)["clients_before_decision"] == [relationship.name]
	assessment = case.move(assessment, "Go to the broad assessment", worker)
	ready = case.result_values(
		result="by-decision",
		decision_on=make.days(0),
		decision_note="Perhetyö myönnetään.",
		protection_need="No",
		protection_note="Arvioitu yhdessä perheen kanssa.",
	)
	case.move(assessment, "Complete the assessment", worker, **ready)
	assert "clients_before_decision" not in waiting(worker)
	for user in (team.counsellor, worker):
		assert "clients_for_social_worker" not in waiting(user)


def test_the_review_of_a_support_plan_waits():
	"""domain.md §3, 752: every three months."""
	team = case.make_team()
	case.visit_in("Held", team)
	plan = case.support_plan_in("Agreed", team, next_review_on=make.days(SUPPORT_REVIEW_AHEAD + 1))
	assert waiting(team.counsellor) == {}
	with clock.at(make.days(1)):
		assert waiting(team.counsellor) == {"support_plans_to_review": [plan.name]}
	review = case.make_plan_review(team, plan)
	assert waiting(team.counsellor) == {"under_review": [plan.name]}
	case.move(review, "Record the review", team.counsellor, **case.review_values(review))
	plan = frappe.get_doc("Support Plan", plan.name)
	case.move(plan, "Agree on the new version", team.counsellor, next_review_on=make.days(60))
	assert waiting(team.counsellor) == {}


def test_a_goal_waits_for_the_own_worker_when_its_day_has_passed():
	"""Goals are split into steps, each with its day (domain.md §2, 1592)."""
	team = case.make_team()
	case.visit_in("Held", team)
	plan = case.support_plan_in("Agreed", team, next_review_on=make.days(60))
	(goal,) = plan.goals
	with clock.at(goal.due_on):
		assert "goals_due" not in waiting(team.counsellor)
	with clock.at(frappe.utils.add_days(goal.due_on, 1)):
		assert waiting(team.counsellor)["goals_due"] == [plan.name]
		assert "goals_due" not in waiting(case.make_team().counsellor)
		assert "goals_due" not in waiting(team.educator)
	case.move(plan, "Begin the review", team.counsellor)
	with clock.at(frappe.utils.add_days(goal.due_on, 1)):
		assert "goals_due" not in waiting(team.counsellor)


def test_the_plan_of_a_colleagues_client_waits_for_the_colleague():
	team = case.make_team()
	plan = case.support_plan_in("Agreed", team, next_review_on=make.days(1))
	sibling = make.make_child(unit=team.unit, family=plan.family)
	colleague = make.make_staff("Family Counsellor", controller=case.county())
	theirs = case.relationship_in("Active", team._replace(child=sibling, counsellor=colleague))
	with case.acting(colleague):
		assert frappe.has_permission("Support Plan", "read", plan.name)
	waits = waiting(colleague)
	assert waits.get("without_plan") == [theirs.name]
	assert "support_plans_to_review" not in waits


def test_an_assessment_waits_to_begin_in_time_and_says_when_it_is_late():
	"""Social Welfare Act 36 §: begun within seven working days, ready within three months (domain.md §3)."""
	team = case.make_team()
	with clock.at(make.days(-200)):
		period = case.period_in("Under Way", team)
	doc = case.make_needs_assessment(team, support_period=period.name)
	assert waiting(team.counsellor) == {"to_start": [doc.name]}
	for user in (team.educator, team.special_educator, team.director, case.make_social_worker()):
		assert waiting(user) == {}
	doc = change(doc, team.counsellor, special_support=1, basis=case.option("Assessment Basis"))
	assert waiting(team.counsellor) == {"to_start_in_time": [doc.name]}
	doc = change(doc, team.counsellor, pending_since=make.days(-120))
	assert waiting(team.counsellor) == {"to_start_late": [doc.name]}
	doc = case.move(doc, "Start the initial assessment", team.counsellor)
	assert waiting(team.counsellor) == {"to_complete_late": [doc.name]}
	case.move(doc, "Family withdraws", team.counsellor, **case.withdrawal_of_assessment())
	assert waiting(team.counsellor) == {}


def test_an_assessment_waits_for_whoever_is_asked_to_join():
	"""Others can consult a social worker (domain.md §3, 542-547)."""
	team = case.make_team()
	doc = case.needs_assessment_in("Initial", team)
	social_worker = case.make_social_worker()
	doc = change(doc, team.counsellor, colleague=social_worker)
	assert waiting(social_worker) == {"to_join": [doc.name]}
	doc = case.move(doc, "Go to the broad assessment", social_worker)
	assert waiting(social_worker) == waiting(team.counsellor) == {}


def change(doc, user: str, **values):
	with case.acting(user):
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.update(values)
		return doc.save()


def test_a_run_waits_for_whoever_has_the_next_step():
	controller = make.default_controller()
	officer, other = (make.make_staff("Reporting Officer", controller=controller) for _each in range(2))
	group = make.make_staff("Management Group", controller=controller)
	privacy = make.make_staff("Privacy Officer", controller=controller)
	foreign = make.make_staff("Reporting Officer", controller=make.make_controller())
	made = {"requested_by": officer, "validated_by": officer, "failure": None, "goes_to": None}
	run = run_in("Queued", **made)
	assert waiting(officer) == {}

	def wait_in(state: str, **values) -> list[str]:
		frappe.db.set_value("Report Run", run.name, {"workflow_state": state, **values})
		seen = {user: waiting(user) for user in (officer, other, group, privacy, foreign)}
		assert all(groups == {key: [run.name]} for groups in seen.values() for key in groups)
		keys = [next(iter(groups), None) for groups in seen.values()]
		assert keys.pop() is None
		return keys

	assert wait_in("Built") == ["runs_to_validate", "runs_to_validate", None, None]
	assert wait_in("Validated") == [None, *["runs_to_approve"] * 3]
	assert wait_in("Validated", level="Rows") == [None, None, None, "runs_to_approve"]
	assert wait_in("Approved") == [*["runs_to_hand_over"] * 2, None, None]
	assert wait_in("Approved", goes_to="x", failure="x") == [*["runs_undelivered"] * 2, None, None]
	assert wait_in("Approved", failure=None) == [None] * 4
	assert wait_in("Sent") == [*["runs_without_receipt"] * 2, None, None]
	assert wait_in("Acknowledged") == [None] * 4


def test_a_destination_waits_for_a_second_person():
	controller = make.default_controller()
	officer = make.make_staff("Reporting Officer", controller=controller)
	administrator = make.make_staff("Form Administrator", controller=controller)
	foreign = make.make_staff("Reporting Officer", controller=make.make_controller())
	values = {"code": "odottaa", "title": "Odottaa", "kind": "Folder", "controller": controller}
	with case.acting(officer):
		doc = frappe.get_doc({"doctype": "Report Destination", **values}).insert()
	assert waiting(officer) == waiting(foreign) == {}
	assert waiting(administrator) == {"destinations_to_confirm": [doc.name]}


# What stands still ----------------------------------------------------------------------------------------------------

# As many days as somebody may be at something before it waits (Early Support Settings).
STILL = 5


def waiting_on(days: int, user: str) -> dict[str, list[str]]:
	"""Return what waits for `user` in so many days."""
	with clock.at(make.days(days)):
		return waiting(user)


# Of which doctype in which state what waits for whom of the team, once nobody has touched it for so many days. `educators`
# are both; the other roles of the unit, the counsellor and the staff of other units see nothing of it.
STANDING = {
	("Concern", "Draft"): ("drafts", ("educator",)),
	("Concern", "Discussed"): ("to_go_on", ("educator", "special_educator")),
	("Concern", "Meeting Proposed"): ("to_hear_meeting", ("educator", "special_educator")),
	("Support Period", "Proposed"): ("to_hear_support", ("educator", "special_educator")),
	("Cooperation Consent", "Draft"): ("to_hear_consent", ("educator", "special_educator")),
	("Child Plan", "Draft"): ("plans_to_discuss", ("educator", "special_educator")),
	("Child Plan", "Discussed"): ("plans_to_confirm", ("educator", "special_educator")),
	("Network Meeting", "Followed Up"): ("meetings_to_close", ("educator", "special_educator", "director")),
	("Support Period", "Under Way"): ("to_visit", ("counsellor",)),
	("Support Period", "Follow-up"): ("without_follow_up_day", ("counsellor",)),
	("Referral", "Draft"): ("to_send", ("educator",)),
	("Referral", "First Contact Confirmed"): ("to_close", ("educator",)),
	("Needs Assessment", "Initial"): ("to_go_on_with", ("counsellor",)),
	("Needs Assessment", "Guidance Given"): ("to_go_on_with", ("counsellor",)),
}


@pytest.mark.parametrize(("kind", "expected"), STANDING.items(), ids=[" ".join(kind) for kind in STANDING])
def test_what_stands_still_waits_for_whoever_takes_the_next_step(kind, expected):
	"""Nothing begun with a family is left lying (domain.md §2, 844 and 1640-1643; §3, 1322 and 1702)."""
	team, elsewhere = case.make_team(), case.make_team()
	(doctype, state), (key, who) = kind, expected
	doc = case.KINDS[doctype].in_state(state, team)
	roles = ("educator", "special_educator", "director", "counsellor")
	outside = [*(getattr(elsewhere, role) for role in roles), case.make_social_worker()]

	def told(days: int) -> dict[str, list[str]]:
		assert [waiting_on(days, user) for user in outside] == [{}] * len(outside)
		found = {role: waiting_on(days, getattr(team, role)) for role in roles}
		return {role: groups[key] for role, groups in found.items() if key in groups}

	assert told(STILL - 1) == {}
	assert told(STILL) == {role: [doc.name] for role in who}
	# Whoever goes on with it has begun anew.
	frappe.db.set_value(doctype, doc.name, "modified", f"{make.days(2)} 12:00:00", update_modified=False)
	assert told(STILL) == {}


def test_nothing_that_stands_still_waits_for_those_who_see_no_case():
	team = case.make_team()
	for doctype, state in STANDING:
		case.KINDS[doctype].in_state(state, team._replace(child=make.make_child(unit=team.unit)))
	for role in ("Area Director", "Management Group", "Social Worker", "Reporting Officer"):
		user = make.make_staff(role, controller=make.default_controller())
		assert waiting_on(STILL * 9, user) == {}, role


def test_a_proposed_meeting_whose_day_has_passed_waits_at_once():
	"""The parents decide, and somebody has to have asked them (domain.md §2, 1640)."""
	team = case.make_team()
	with clock.at(make.days(-2)):
		concern = case.concern_in("Meeting Proposed", team)
	concern.db_set("meeting_on", make.days(0))
	assert waiting(team.educator) == {}
	concern.db_set("meeting_on", make.days(-1))
	assert waiting(team.educator) == {"to_hear_meeting": [concern.name]}
	assert waiting(team.director) == waiting(team.counsellor) == waiting(case.make_team().educator) == {}


def test_a_network_meeting_whose_day_has_passed_waits_to_be_recorded():
	team = case.make_team()
	meeting = case.make_network_meeting(team)
	assert waiting(team.educator) == {}
	for user in (team.educator, team.special_educator, team.director):
		assert waiting_on(1, user) == {"to_record": [meeting.name]}
	assert waiting_on(1, case.make_team().director) == {}
	case.move(meeting, "Parents decline", team.educator)
	assert waiting_on(1, team.educator) == {}


def test_support_under_way_waits_unless_a_visit_lies_ahead():
	"""One to three visits, then the follow-up (domain.md §2, 1640 and 1643)."""
	team = case.make_team()
	period = case.period_in("Under Way", team)
	assert waiting_on(STILL, team.counsellor) == {"to_visit": [period.name]}
	visit = case.make_visit(team, period, visit_date=make.days(20))
	assert waiting_on(STILL, team.counsellor) == {}
	case.move(visit, "Cancel the visit", team.counsellor)
	assert waiting_on(STILL, team.counsellor) == {"to_visit": [period.name]}
	# What was marked yesterday is somebody's work of these days.
	frappe.db.set_value("Visit", visit.name, "modified", f"{make.days(1)} 12:00:00", update_modified=False)
	assert waiting_on(STILL, team.counsellor) == {}
	assert waiting_on(STILL + 1, team.counsellor) == {"to_visit": [period.name]}


def test_the_follow_up_of_support_waits_on_its_day():
	"""Followed up, whoever goes on with the family (domain.md §2, 1643)."""
	team = case.make_team()
	period = case.period_in("Follow-up", team, follow_up_on=make.days(30))
	assert waiting_on(29, team.counsellor) == {}
	assert waiting_on(30, team.counsellor) == {"to_follow_up_support": [period.name]}
	for user in (team.educator, team.director, case.make_team().counsellor):
		assert "to_follow_up_support" not in waiting_on(30, user)
	case.move(period, "End the period", team.counsellor, **case.end_of_period())
	assert waiting_on(30, team.counsellor) == {}


@pytest.mark.parametrize("state", ["Agreed", "Under Way", "Follow-up"])
def test_support_whose_counsellor_has_left_waits_for_the_unit(state):
	"""The parents agreed to work with this one: the unit records their word on another (domain.md §2, 1640)."""
	team = case.make_team()
	period = case.period_in(state, team)
	assert waiting(team.educator) == waiting(team.special_educator) == {}
	frappe.db.set_value("User", team.counsellor, "enabled", 0)
	assert waiting(team.educator) == waiting(team.special_educator) == {"counsellor_left": [period.name]}
	assert waiting(team.director) == waiting(case.make_team().educator) == {}
	new = make.make_staff("Family Counsellor", controller=case.county())
	change(period, team.educator, counsellor=new)
	assert waiting(team.educator) == {}
	assert waiting_on(STILL, new)


def test_a_consent_waits_for_the_counsellor_who_has_asked_for_it():
	team = case.make_team()
	case.period_in("Follow-up", team, follow_up_on=make.days(90))
	consent = case.make_consent(team, user=team.counsellor)
	assert waiting(team.counsellor) == {}
	assert waiting_on(STILL, team.counsellor) == {"own_consents": [consent.name]}
	assert waiting_on(STILL, team.educator) == {"to_hear_consent": [consent.name]}


def test_an_assessment_with_statutory_days_waits_for_these():
	team = case.make_team()
	doc = case.needs_assessment_in("Initial", team, special_support=1)
	assert "to_go_on_with" not in waiting_on(STILL, team.counsellor)
	assert "to_complete_late" not in waiting_on(STILL, team.counsellor)
	assert waiting_on(120, team.counsellor)["to_complete_late"] == [doc.name]


@pytest.mark.parametrize("state", ["Draft", "First Contact Confirmed"])
def test_a_referral_that_stands_still_and_has_lost_its_sender_waits_for_the_unit(state):
	team = case.make_team()
	referral = case.referral_in(state, team)
	assert waiting(team.special_educator) == {}
	frappe.db.set_value("User", team.educator, "enabled", 0)
	assert waiting(team.special_educator) == {"sender_left": [referral.name]}
	assert waiting(case.make_team().educator) == {}


# Liaison persons ------------------------------------------------------------------------------------------------------


def without_liaison(user: str, get=get_waiting, *args) -> dict[str, str]:
	"""Return the units of which the start page, or what `get` gives, says to `user` that they have none: name → title."""
	with case.acting(user):
		found = get(*args)
	groups = found.get("groups") or found.get("waiting") or []
	items = [item for group in groups if group["key"] == "units_without_liaison" for item in group["items"]]
	return {item["name"]: item["title"] for item in items}


def test_a_unit_without_a_liaison_person_is_told_to_its_director():
	"""Each unit has its liaison persons, on both sides (domain.md §1, 1471 and 1613-1615)."""
	team = case.make_team()
	title = frappe.db.get_value("Day Care Unit", team.unit, "title")
	assert without_liaison(team.director) == {team.unit: f"{title}: Day Care"}
	make.make_liaison(team.unit, team.educator, side="Day Care")
	assert without_liaison(team.director) == {}
	# Whoever has gone still stands on the form.
	frappe.db.set_value("User", team.counsellor, "enabled", 0)
	assert without_liaison(team.director) == {team.unit: f"{title}: Family Counselling"}
	frappe.db.set_value("User", team.educator, "enabled", 0)
	both = {team.unit: f"{title}: Day Care, Family Counselling"}
	assert without_liaison(team.director) == without_liaison(team.director, get_unit, team.unit) == both
	frappe.db.set_value("Day Care Unit", team.unit, "disabled", 1)
	assert without_liaison(team.director) == {}


def test_a_liaison_person_counts_from_the_first_day_to_the_last_and_while_at_work_there():
	team, elsewhere = case.make_team(), case.make_team()
	make.make_liaison(team.unit, team.educator, side="Day Care", from_date=make.days(1), to_date=make.days(3))
	for day, told in ((0, True), (1, False), (3, False), (4, True)):
		with clock.at(make.days(day)):
			assert bool(without_liaison(team.director)) is told, day
	make.make_liaison(team.unit, elsewhere.educator, side="Day Care")
	assert set(without_liaison(team.director)) == {team.unit}


def test_of_a_unit_without_a_liaison_person_only_who_leads_it_is_told():
	team = case.make_team()
	for user in (
		team.educator,
		team.special_educator,
		team.counsellor,
		make.make_staff("Area Director", area=make.default_area()),
		make.make_staff("Privacy Officer", controller=make.default_controller()),
	):
		assert without_liaison(user) == {}
	assert team.unit not in without_liaison(case.make_team().director)
	# Whoever leads several sees each on its own page, and all on the start page.
	other = case.make_team()
	make.make_assignment(team.director, "Unit Director", unit=other.unit)
	assert set(without_liaison(team.director)) == {team.unit, other.unit}
	assert set(without_liaison(team.director, get_unit, other.unit)) == {other.unit}
