"""Who is reminded of what: once, in one message that says nothing of any family."""

import datetime
from collections.abc import Callable
from types import SimpleNamespace
from typing import NamedTuple

import frappe
import pytest

from early_support import reminders
from early_support.casework import clock
from early_support.tests import case_factories as make
from early_support.tests import factories, form_change_process
from early_support.workflow_guard.system import system_change

MONDAY = datetime.date(2026, 11, 23)
METHODS = "/api/method/early_support.reminders"


def working_day(offset: int = 0) -> datetime.date:
	"""Return the first working day that is not before today and `offset` days."""
	day = clock.today() + datetime.timedelta(days=offset)
	while day.weekday() > reminders.LAST_WORKING_DAY:
		day += datetime.timedelta(days=1)
	return day


@pytest.fixture
def outbox(site, monkeypatch):
	"""What is sent, instead of being put into the queue."""
	sent = []
	monkeypatch.setattr(reminders.EmailAccount, "find_outgoing", lambda *a, **k: {"default": True})
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: sent.append(mail))
	# Nobody of the other teams, which stay on the site.
	people_of_test: list[str] = []
	monkeypatch.setattr(reminders, "people", lambda today: sorted(people_of_test))
	return SimpleNamespace(sent=sent, people=people_of_test)


def run(outbox, day, *people) -> list[str]:
	"""Remind these people on a day; return who got a message."""
	outbox.people[:] = people
	outbox.sent.clear()
	with clock.at(day):
		reminders.remind_all()
	assert frappe.session.user == "Administrator"
	return [recipient for mail in outbox.sent for recipient in mail["recipients"]]


def test_an_unanswered_question_reminds_the_liaison_once(team, outbox):
	make.consultation_in("Requested", team)
	assert run(outbox, working_day(), team.counsellor) == []
	later = working_day(6)
	assert run(outbox, later, team.counsellor, team.educator) == [team.counsellor]
	assert run(outbox, later, team.counsellor, team.educator) == []
	assert run(outbox, working_day(20), team.counsellor) == []


def test_the_message_says_nothing_of_the_family(team, outbox):
	referral = make.referral_in("Joint Contact", team)
	run(outbox, working_day(6), referral.receiver)
	(mail,) = outbox.sent
	text = f"{mail['subject']} {mail['message']}"
	assert "/app" in text
	for secret in (referral.name, referral.child, *referral.child_name.split(), team.unit):
		assert secret not in text
	assert "reference_doctype" not in mail


def test_the_message_is_in_the_language_of_the_person(team, outbox):
	make.consultation_in("Requested", team)
	frappe.db.set_value("User", team.counsellor, "language", "sv")
	run(outbox, working_day(6), team.counsellor)
	assert "väntar" in outbox.sent[0]["subject"]


def test_a_referral_that_stands_still_reminds_both_sides(team, outbox):
	"""Without a warm handover families never make contact (domain.md §3, 1322 and 1702)."""
	referral = make.referral_in("Joint Contact", team)
	both = sorted([referral.receiver, referral.referred_by])
	assert run(outbox, working_day(6), *both) == both
	assert run(outbox, working_day(7), *both) == []


def test_a_referral_on_its_way_or_refused_reminds_the_one_who_referred(team, outbox):
	"""Before the receiver is told, and after a no, it is the sender's turn (domain.md §3, 1322 and 1702)."""
	for state in ("Consent Given", "Declined"):
		with make.attempt():
			referral = make.referral_in(state, team)
			people = sorted([referral.receiver, referral.referred_by, team.special_educator])
			assert run(outbox, working_day(), *people) == []
			assert run(outbox, working_day(7), *people) == [referral.referred_by], state
			assert run(outbox, working_day(8), *people) == []


class Reminded(NamedTuple):
	"""Somebody who is reminded of something."""

	user: str
	doctype: str
	name: str
	day: datetime.date


def by_state(doctype: str, state: str, who: str) -> Callable[[make.Team], Reminded]:
	"""Return a maker of what has stood still in a state: `who` is of the team, or a field of the document."""

	def waits(team: make.Team) -> Reminded:
		doc = make.KINDS[doctype].in_state(state, team)
		return Reminded(getattr(team, who, None) or doc.get(who), doctype, doc.name, working_day(8))

	return waits


def a_plan(team: make.Team) -> Reminded:
	doc = make.child_plan_in("Confirmed", team._replace(child=factories.make_child(unit=team.unit)))
	return Reminded(team.educator, doc.doctype, doc.name, _working(frappe.utils.getdate(doc.review_due_on)))


def a_passed_visit(team: make.Team) -> Reminded:
	doc = make.visit_in("Planned", team)
	return Reminded(team.counsellor, doc.doctype, doc.name, working_day(1))


def a_meeting(days: int) -> Callable[[make.Team], Reminded]:
	def to_follow_up(team: make.Team) -> Reminded:
		doc = make.network_meeting_in("Agreed", team)
		return Reminded(team.director, doc.doctype, doc.name, working_day(days))

	return to_follow_up


def an_assessment(field: str) -> Callable[[make.Team], Reminded]:
	def with_statutory_days(team: make.Team) -> Reminded:
		doc = make.make_needs_assessment(team, special_support=1)
		day = _working(frappe.utils.getdate(doc.get(field)))
		return Reminded(team.counsellor, doc.doctype, doc.name, day)

	return with_statutory_days


def a_support_plan(team: make.Team) -> Reminded:
	doc = make.support_plan_in("Agreed", team, next_review_on=factories.days(60))
	return Reminded(team.counsellor, doc.doctype, doc.name, working_day(60))


def a_review_under_way(team: make.Team) -> Reminded:
	doc = make.support_plan_in("Under Review", team, next_review_on=factories.days(60))
	return Reminded(team.counsellor, doc.doctype, doc.name, working_day(61))


def a_goal(team: make.Team) -> Reminded:
	doc = make.support_plan_in("Agreed", team, next_review_on=factories.days(60))
	return Reminded(team.counsellor, doc.doctype, doc.name, working_day(31))


def a_follow_up_of_support(team: make.Team) -> Reminded:
	doc = make.period_in("Follow-up", team, follow_up_on=factories.days(30))
	return Reminded(team.counsellor, doc.doctype, doc.name, working_day(30))


def an_assessment_to_join(team: make.Team) -> Reminded:
	colleague = make.make_social_worker()
	doc = make.needs_assessment_in("Initial", team, colleague=colleague)
	return Reminded(colleague, doc.doctype, doc.name, working_day())


def a_form_change(role: str, state: str, **values) -> Callable[[make.Team], Reminded]:
	def to_decide(team: make.Team) -> Reminded:
		user = factories.make_staff(role, area=factories.default_area())
		with make.acting(team.educator):
			request = frappe.get_doc(form_change_process.REQUEST).insert()
		with system_change():
			request.update({"workflow_state": state, **form_change_process.DECISION, **values})
			request.save()
		return Reminded(user, request.doctype, request.name, working_day(8))

	return to_decide


# Of what somebody is reminded. Written out here: a kind that falls out of reminders.KINDS is missed.
EVERY_KIND = {
	"plan": a_plan,
	"follow_up": a_meeting(0),
	"action": a_meeting(15),
	"consultation": by_state("Consultation", "Requested", "counsellor"),
	"answer": by_state("Consultation", "Taken", "counsellor"),
	"visit": a_passed_visit,
	"to_contact": by_state("Referral", "Consent Given", "referred_by"),
	"not_accepted": by_state("Referral", "Declined", "referred_by"),
	"referral": by_state("Referral", "Joint Contact", "receiver"),
	"first_contact": by_state("Referral", "Accepted", "receiver"),
	"assessment_start": an_assessment("start_due_on"),
	"assessment_ready": an_assessment("ready_due_on"),
	"support_plan": a_support_plan,
	"under_review": a_review_under_way,
	"goal": a_goal,
	"support_follow_up": a_follow_up_of_support,
	"to_join": an_assessment_to_join,
	"with_area_director": a_form_change("Area Director", "With Area Director"),
	"with_group": a_form_change("Management Group", "With Management Group"),
	"to_publish": a_form_change("Form Administrator", "Approved"),
	"no_position": a_form_change("Management Group", "No Position"),
	"not_published": a_form_change(
		"Form Administrator", "Approved", not_published_because="Syy", not_published_on="2026-01-02"
	),
}


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_each_kind_reminds_once(team, outbox, kind):
	reminded = EVERY_KIND[kind](team)
	assert reminded.user in run(outbox, reminded.day, reminded.user)
	rows = {"user": reminded.user, "kind": kind, "reference_doctype": reminded.doctype}
	assert reminded.name in frappe.get_all("Case Reminder", filters=rows, pluck="reference_name")
	assert run(outbox, reminded.day, reminded.user) == []


def test_no_kind_is_left_untried():
	assert [kind.key for kind in reminders.KINDS] == list(EVERY_KIND)


def test_a_change_that_lies_with_somebody_reminds_those_whose_turn_it_is_again_and_again(team, outbox):
	"""In the thesis the change that everybody wanted got stuck (domain.md §4, 1939-1948)."""
	area = factories.default_area()
	director, group, publisher = (
		factories.make_staff(role, area=area)
		for role in ("Area Director", "Management Group", "Form Administrator")
	)
	everybody = sorted((director, group, publisher, team.educator))
	turns = (("With Area Director", director), ("With Management Group", group), ("Approved", publisher))
	for state, whose in turns:
		with make.attempt():
			a_form_change("Early Educator", state)(team)
			assert run(outbox, working_day(), *everybody) == []
			assert run(outbox, working_day(8), *everybody) == [whose], state
			assert run(outbox, working_day(20), *everybody) == []
			assert run(outbox, working_day(45), *everybody) == [whose], state


def test_a_change_with_a_day_waits_for_it_and_reminds_nobody(team, outbox):
	reminded = a_form_change("Form Administrator", "Approved", effective_on=factories.days(200))(team)
	assert run(outbox, reminded.day, reminded.user) == []


def test_several_things_are_one_message(team, outbox):
	make.consultation_in("Requested", team)
	make.consultation_in("Requested", team)
	assert run(outbox, working_day(6), team.counsellor) == [team.counsellor]


def test_what_is_closed_reminds_nobody(team, outbox):
	make.consultation_in("Closed", team)
	make.consultation_in("Answered", team)
	assert run(outbox, working_day(20), team.counsellor) == []


def test_whoever_comes_in_somebodys_place_is_reminded_and_whoever_has_gone_is_not(team, outbox):
	make.consultation_in("Requested", team)
	gone, new = team.counsellor, factories.make_staff("Family Counsellor")
	day = working_day(6)
	assert run(outbox, day, gone) == [gone]
	unit = frappe.get_doc("Day Care Unit", team.unit)
	for row in unit.liaisons:
		if row.user == gone:
			row.to_date = factories.days(-1)
	unit.append("liaisons", {"side": "Family Counselling", "user": new, "from_date": factories.days(0)})
	unit.save()
	make.consultation_in("Requested", team)
	assert run(outbox, working_day(13), gone, new) == [new]


@pytest.mark.parametrize("state", ["Consent Given", "Declined", "Joint Contact", "Accepted"])
def test_a_referral_whose_sender_has_left_reminds_the_educators_of_the_unit(team, outbox, state):
	referral = make.referral_in(state, team)
	colleague, elsewhere = team.special_educator, make.make_team().educator
	day = working_day(7)
	with make.attempt():
		assert run(outbox, day, colleague, elsewhere) == []
	frappe.db.set_value("User", referral.referred_by, "enabled", 0)
	assert run(outbox, day, colleague, elsewhere) == [colleague]
	assert run(outbox, working_day(8), colleague, elsewhere) == []


def test_a_referral_whose_receiver_has_left_reminds_the_unit_and_then_the_next_one(team, outbox):
	"""A referral that stands still reminds both sides (domain.md §3, 1322 and 1702), whoever they are by then."""
	referral = make.referral_in("Joint Contact", team)
	gone, colleague = referral.receiver, team.special_educator
	frappe.db.set_value("User", gone, "enabled", 0)
	day = working_day(7)
	assert run(outbox, day, colleague, referral.referred_by) == sorted([colleague, referral.referred_by])
	new = make.make_social_worker()
	with make.acting(colleague):
		doc = frappe.get_doc("Referral", referral.name)
		doc.receiver = new
		doc.save()
	assert run(outbox, working_day(8), colleague, new) == [new]


def test_a_question_whose_counsellor_has_left_reminds_the_other_liaisons(team, outbox):
	make.consultation_in("Taken", team)
	gone, new = team.counsellor, factories.make_staff("Family Counsellor")
	unit = frappe.get_doc("Day Care Unit", team.unit)
	unit.append("liaisons", {"side": "Family Counselling", "user": new, "from_date": factories.days(0)})
	unit.save()
	day = working_day(6)
	assert run(outbox, day, gone, new) == [gone]
	for row in unit.liaisons:
		if row.user == gone:
			row.to_date = factories.days(-1)
	unit.save()
	assert run(outbox, day, gone, new) == [new]
	assert run(outbox, working_day(13), gone, new) == []


def test_a_review_on_the_last_of_a_month_is_reminded_once_and_anew_when_it_moves(team, outbox):
	"""The guardians fill in their form beforehand (domain.md §3, 840, 994 and 1553)."""
	team = team._replace(child=factories.make_child(unit=team.unit))
	plan = make.child_plan_in("Confirmed", team)
	due = datetime.date(clock.today().year + 1, 2, 28)
	frappe.db.set_value("Child Plan", plan.name, "review_due_on", due)
	staff = [team.educator]
	before = due - datetime.timedelta(days=31)
	assert before.weekday() <= reminders.LAST_WORKING_DAY or run(outbox, before, *staff) == []
	days = [before + datetime.timedelta(days=ahead) for ahead in range(1, 10)]
	assert [day for day in days if run(outbox, day, *staff)] == [
		next(day for day in days if day.weekday() <= reminders.LAST_WORKING_DAY)
	]
	moved = due + datetime.timedelta(days=3)
	frappe.db.set_value("Child Plan", plan.name, "review_due_on", moved)
	assert run(outbox, _working(moved), *staff) == staff


def _working(day: datetime.date) -> datetime.date:
	return day + datetime.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def test_an_open_action_whose_day_has_passed_reminds_the_unit(team, outbox):
	"""Open actions are followed to their end (domain.md §3, 217-220)."""
	meeting = make.network_meeting_in("Agreed", team)
	last = max(row.due_on for row in meeting.actions)
	day = _working(frappe.utils.getdate(last) + datetime.timedelta(days=1))
	outsider = make.make_team().educator
	assert run(outbox, day, team.director, outsider) == [team.director]


def test_the_statutory_days_of_an_assessment_remind_whoever_assesses(team, outbox):
	"""Early enough to keep them: Social Welfare Act 36 § (domain.md §3)."""
	assessment = make.make_needs_assessment(team, special_support=1)
	day = _working(assessment.start_due_on - datetime.timedelta(days=3))
	assert run(outbox, day, team.counsellor, team.educator) == [team.counsellor]
	assert run(outbox, _working(assessment.ready_due_on - datetime.timedelta(days=14)), team.counsellor) == [
		team.counsellor
	]
	assert run(outbox, _working(assessment.ready_due_on), team.counsellor) == []


def test_an_assessment_without_statutory_days_reminds_of_none(team, outbox):
	make.make_needs_assessment(team)
	assert run(outbox, working_day(200), team.counsellor) == []


def test_a_clients_plan_reminds_its_own_worker_before_the_review(team, outbox):
	"""Every three months (domain.md §3, 752)."""
	plan = make.support_plan_in("Agreed", team, next_review_on=factories.days(60))
	sibling = factories.make_child(unit=team.unit, family=plan.family)
	colleague = factories.make_staff("Family Counsellor", controller=make.county())
	make.relationship_in("Active", team._replace(child=sibling, counsellor=colleague))
	day = _working(clock.today() + datetime.timedelta(days=46))
	people = sorted([team.counsellor, team.educator, colleague])
	assert run(outbox, day, *people) == [team.counsellor]
	assert run(outbox, day, *people) == []


def test_a_goal_reminds_the_own_worker_when_its_day_has_passed(team, outbox):
	"""Goals are split into steps, each with its day (domain.md §2, 1592)."""
	plan = make.support_plan_in("Agreed", team, next_review_on=factories.days(60))
	(goal,) = plan.goals
	sibling = factories.make_child(unit=team.unit, family=plan.family)
	colleague = factories.make_staff("Family Counsellor", controller=make.county())
	make.relationship_in("Active", team._replace(child=sibling, counsellor=colleague))
	people = sorted([team.counsellor, colleague, team.educator, team.director, make.make_team().counsellor])
	assert run(outbox, _before(goal.due_on), *people) == []
	day = _working(frappe.utils.getdate(goal.due_on) + datetime.timedelta(days=1))
	assert run(outbox, day, *people) == [team.counsellor]
	assert "Isä" not in str(outbox.sent)
	assert goal.goal not in str(outbox.sent)
	assert run(outbox, day, *people) == []


@pytest.mark.parametrize("action", ["End the plan", "Begin the review"])
def test_a_goal_of_a_plan_that_is_ended_or_reviewed_reminds_nobody(team, outbox, action):
	plan = make.support_plan_in("Agreed", team, next_review_on=factories.days(60))
	make.move(plan, action, team.counsellor, ended_reason="Perhe pärjää.")
	assert run(outbox, working_day(32), team.counsellor) == []


def test_a_review_that_was_begun_reminds_once_its_day_has_passed(team, outbox):
	"""Every three months (domain.md §3, 752): the review that was begun is brought to its end."""
	plan = make.support_plan_in("Under Review", team, next_review_on=factories.days(60))
	people = sorted([team.counsellor, team.educator, make.make_team().counsellor])
	assert run(outbox, _before(plan.next_review_on), *people) == []
	assert run(outbox, working_day(61), *people) == [team.counsellor]
	assert run(outbox, working_day(70), *people) == []


def test_the_follow_up_of_support_reminds_its_counsellor_on_the_day(team, outbox):
	"""After the visits the family is followed up (domain.md §2, 1643)."""
	period = make.period_in("Follow-up", team, follow_up_on=factories.days(30))
	people = sorted([team.counsellor, team.educator, team.director, make.make_team().counsellor])
	assert run(outbox, _before(period.follow_up_on, days=1), *people) == []
	assert run(outbox, working_day(30), *people) == [team.counsellor]
	assert run(outbox, working_day(31), *people) == []


def test_the_follow_up_of_support_whose_counsellor_has_left_reminds_the_unit(team, outbox):
	period = make.period_in("Follow-up", team, follow_up_on=factories.days(30))
	elsewhere = make.make_team().educator
	people = sorted([team.educator, team.special_educator, elsewhere])
	day = working_day(30)
	with make.attempt():
		assert run(outbox, day, *people) == []
	frappe.db.set_value("User", period.counsellor, "enabled", 0)
	assert run(outbox, day, *people) == sorted([team.educator, team.special_educator])
	assert run(outbox, working_day(31), *people) == []


def test_support_that_has_ended_or_has_no_such_day_reminds_of_no_follow_up(team, outbox):
	period = make.period_in("Follow-up", team)
	assert run(outbox, working_day(90), team.counsellor) == []
	period.db_set("follow_up_on", factories.days(30))
	make.move(period, "End the period", team.counsellor, **make.end_of_period())
	assert run(outbox, working_day(90), team.counsellor) == []


def test_whoever_is_asked_to_join_an_assessment_is_told_once(team, outbox):
	"""Others can consult a social worker (domain.md §3, 542-547)."""
	assessment = make.needs_assessment_in("Initial", team)
	colleague, other = make.make_social_worker(), make.make_social_worker()
	people = sorted([colleague, other, team.educator])
	assert run(outbox, working_day(), *people) == []
	with make.acting(team.counsellor):
		doc = frappe.get_doc(assessment.doctype, assessment.name)
		doc.colleague = colleague
		doc.save()
	assert run(outbox, working_day(), *people) == [colleague]
	assert run(outbox, working_day(9), *people) == []
	make.move(doc, "Go to the broad assessment", colleague)
	assert run(outbox, working_day(10), *people) == []


def _before(day, days: int = 0) -> datetime.date:
	"""Return the last working day that is not after a day, or so many days before it."""
	day = frappe.utils.getdate(day) - datetime.timedelta(days=days)
	while day.weekday() > reminders.LAST_WORKING_DAY:
		day -= datetime.timedelta(days=1)
	return day


def test_nobody_is_reminded_at_the_weekend(team, outbox):
	make.consultation_in("Requested", team)
	saturday = working_day(6) + datetime.timedelta(days=5 - working_day(6).weekday())
	assert run(outbox, saturday, team.counsellor) == []
	assert run(outbox, saturday + datetime.timedelta(days=2), team.counsellor) == [team.counsellor]


def test_without_a_mail_account_everything_is_still_due(team, outbox, monkeypatch):
	make.consultation_in("Requested", team)
	monkeypatch.setattr(reminders.EmailAccount, "find_outgoing", lambda *a, **k: None)
	assert run(outbox, working_day(6), team.counsellor) == []
	monkeypatch.setattr(reminders.EmailAccount, "find_outgoing", lambda *a, **k: {"default": True})
	assert run(outbox, working_day(6), team.counsellor) == [team.counsellor]


def test_a_message_that_cannot_be_sent_keeps_nobody_else_from_theirs(team, outbox, monkeypatch):
	referral = make.referral_in("Joint Contact", team)
	send = frappe.sendmail
	both = sorted([referral.receiver, referral.referred_by])

	def fail_once(**mail):
		if mail["recipients"] == both[:1]:
			raise frappe.ValidationError("no")
		send(**mail)

	monkeypatch.setattr(frappe, "sendmail", fail_once)
	monkeypatch.setattr(frappe.db, "rollback", lambda **_options: frappe.db.sql("rollback to before_user"))
	remind = reminders.remind

	def with_savepoint(user, today):
		frappe.db.savepoint("before_user")
		return remind(user, today)

	monkeypatch.setattr(reminders, "remind", with_savepoint)
	assert run(outbox, working_day(6), *both) == both[1:]
	monkeypatch.setattr(frappe, "sendmail", send)
	assert run(outbox, working_day(6), *both) == both[:1]


@pytest.mark.parametrize(
	("how_often", "monday", "tuesday"),
	[(reminders.DAILY, True, True), (reminders.WEEKLY, True, False), (reminders.NEVER, False, False)],
)
def test_each_person_chooses_how_often(team, api, how_often, monday, tuesday):
	user = team.counsellor
	assert api(user).get(f"{METHODS}.get_preference").json["message"] == reminders.DAILY
	answer = api(user).post(f"{METHODS}.choose", json={"how_often": how_often})
	assert answer.status_code == 200, answer.text
	assert api(user).get(f"{METHODS}.get_preference").json["message"] == how_often
	for day, wished in ((MONDAY, monday), (MONDAY + datetime.timedelta(days=1), tuesday)):
		found = reminders.people(day)
		assert (user in found) is wished
		assert team.educator in found


def test_other_choices_and_other_people_are_refused(team, api):
	for how_often in ("", "Hourly", "each working day"):
		answer = api(team.educator).post(f"{METHODS}.choose", json={"how_often": how_often})
		assert answer.status_code == 417, answer.text
	officer = factories.make_staff("Reporting Officer", controller=factories.default_controller())
	former = factories.make_staff("Early Educator", team.unit, to_date=factories.days(-1))
	for user in (officer, former, None):
		assert api(user).get(f"{METHODS}.get_preference").status_code in (401, 403)
		answer = api(user).post(f"{METHODS}.choose", json={"how_often": reminders.NEVER})
		assert answer.status_code in (401, 403), answer.text


def test_only_those_who_work_with_families_today_are_reminded(team):
	officer = factories.make_staff("Reporting Officer", controller=factories.default_controller())
	former = factories.make_staff("Early Educator", team.unit, to_date=factories.days(-1))
	gone = factories.make_staff("Early Educator", team.unit)
	frappe.db.set_value("User", gone, "enabled", 0)
	found = reminders.people(MONDAY)
	assert {team.educator, team.counsellor} <= set(found)
	assert not {officer, former, gone, "Administrator", "Guest"} & set(found)


@pytest.mark.parametrize("role", ["Early Educator", "Family Counsellor", "Privacy Officer"])
def test_nobody_reads_who_was_reminded_of_what(as_user, role):
	with as_user(role):
		assert not frappe.has_permission("Case Reminder", "read")
		with pytest.raises(frappe.PermissionError):
			frappe.get_list("Case Reminder")


def test_it_can_be_switched_off(team, monkeypatch):
	queued = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **_options: queued.append(method))
	frappe.db.set_single_value(reminders.SETTINGS, "reminders_enabled", 0)
	reminders.enqueue_daily()
	assert queued == []
	frappe.db.set_single_value(reminders.SETTINGS, "reminders_enabled", 1)
	reminders.enqueue_daily()
	assert queued == ["early_support.reminders.remind_all"]


def test_two_jobs_at_once_do_not_both_remind(team, outbox):
	"""The row has its name from what it is about, so the database takes it once."""
	make.consultation_in("Requested", team)
	day = working_day(6)
	run(outbox, day, team.counsellor)
	(row,) = frappe.get_all("Case Reminder", filters={"user": team.counsellor}, fields=["*"])
	with pytest.raises(frappe.DuplicateEntryError):
		frappe.get_doc({**row, "doctype": "Case Reminder"}).insert(set_name=row.name)
