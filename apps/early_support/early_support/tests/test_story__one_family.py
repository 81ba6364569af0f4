"""One family from the first concern to the last visit (domain.md §2), told in steps.

The steps build on each other: `story` runs them all in order in one transaction, and each test tells one of them. A
step that fails fails its test and, because the story stops there, every later one.
"""

from types import SimpleNamespace

import frappe
import pytest

from early_support.casework import clock, offers
from early_support.exceptions import GuardNotMet, PersonInText, StateNotEditable
from early_support.tests import case_factories as make
from early_support.tests import factories


def tell(*chapters) -> SimpleNamespace:
	"""Tell the story up to the last of `chapters`."""
	story = SimpleNamespace(team=make.make_team(first_names="Ainoliina", last_name="Kotilainen"))
	with clock.at(factories.days(BEGAN)):
		for chapter in chapters:
			chapter(story)
	return story


def step(doc, action: str, user: str, **values):
	return make.move(doc, action, user, **values)


# Within the time for which the factories' staff are assigned.
BEGAN = -25

# The chapters --------------------------------------------------------------------------------------------------------


def chapter_1_something_is_noticed(story):
	team = story.team
	story.concern = make.make_concern(
		team,
		strengths="Leikkii pitkään rakennuspalikoilla ja auttaa pienempiä.",
		topics=[{"topic": make.option("Concern Topic")}],
		zone="3",
	)
	assert story.concern.workflow_state == "Draft"
	story.concern = step(story.concern, "Raise the concern", team.educator)
	assert story.concern.raised_on == clock.today()


def chapter_2_the_parents_hear_of_it_at_the_door(story):
	story.concern = step(
		story.concern,
		"Record the talk",
		story.team.educator,
		discussed_on=clock.today(),
		discussed_how="at-the-door",
		discussed_with="Äiti",
		parents_view="Kotonakin aamut ovat raskaita.",
		wishes="Vinkkejä aamuihin.",
	)
	assert story.concern.workflow_state == "Discussed"


def chapter_3_the_worker_asks_without_a_name(story):
	team = story.team
	with make.acting(team.educator):
		question = offers.make_consultation(story.concern.name)
		question.question = "Miten Ainoliinan aamuja voisi helpottaa?"
		with make.attempt(), pytest.raises(PersonInText):
			question.insert()
		question.question = make.QUESTION
		story.consultation = question.insert()


def chapter_4_the_counsellor_answers(story):
	team = story.team
	doc = step(story.consultation, "Take", team.counsellor)
	doc = step(doc, "Give the answer", team.counsellor, answer=make.ANSWER)
	story.consultation = step(doc, "Close", team.educator)
	assert story.consultation.taken_by == team.counsellor
	# The answer came without the counsellor ever seeing whom it was about.
	with make.acting(team.counsellor):
		assert not frappe.has_permission("Concern", "read", story.concern.name)
		assert not frappe.has_permission("Child", "read", team.child)


def chapter_5_a_meeting_is_proposed_and_first_declined(story):
	team = story.team
	doc = step(story.concern, "Propose a meeting", team.educator)
	doc = step(doc, "Parents decline", team.educator, declined_reason="Ei juuri nyt, muutto kesken.")
	doc = step(doc, "Talk again", team.educator)
	doc = step(doc, "Propose a meeting", team.educator)
	doc = step(doc, "Parents agree to meet", team.educator, meeting_on=clock.today())
	assert doc.workflow_state == "Meeting Agreed"
	story.concern = doc


def chapter_6_the_support_is_agreed_on(story):
	team = story.team
	with make.acting(team.educator):
		period = offers.make_support_period(story.concern.name)
		period.proposed_on = clock.today()
		period.insert()
	assert period.counsellor == team.counsellor
	story.period = step(period, "Parents agree", team.educator, agreed_how=make.option("Contact Method"))
	with make.acting(team.counsellor):
		assert frappe.has_permission("Concern", "read", story.concern.name)


def chapter_7_the_first_visit_is_at_the_unit(story):
	team = story.team
	with make.acting(team.counsellor):
		visit = offers.make_visit(story.period.name)
		visit.visit_date = clock.today()
		visit.place = "Home"
		with make.attempt(), pytest.raises(GuardNotMet):
			visit.insert()
		visit.place = "Unit"
		visit.insert()
	story.period = step(story.period, "Start the work", team.counsellor)
	story.visits = [
		step(visit, "Mark as held", team.counsellor, guidance="Yksi rutiini kerrallaan.", duration=60)
	]
	assert story.visits[0].number == 1


def chapter_8_then_the_family_chooses_its_home(story):
	team = story.team
	for day in (7, 14):
		with clock.at(factories.days(BEGAN + day)):
			visit = make.make_visit(team, story.period, place="Home", visit_date=clock.today())
			story.visits.append(step(visit, "Mark as held", team.counsellor))
	assert [visit.number for visit in story.visits] == [1, 2, 3]
	with make.attempt(), pytest.raises(GuardNotMet, match="at most 3"):
		make.make_visit(team, story.period, visit_date=clock.today())


def chapter_9_follow_up_and_the_end(story):
	team = story.team
	with clock.at(factories.days(-5)):
		doc = step(story.period, "Go to follow-up", team.counsellor, follow_up_on=clock.today())
		story.period = step(
			doc,
			"End the period",
			team.counsellor,
			outcome=make.option("Visit Outcome"),
			outcome_note="Aamut sujuvat.",
			rights_told=1,
		)
		story.concern = step(
			story.concern, "Close", team.educator, closing_reason=make.option("Closing Reason")
		)
	assert story.period.ended_on == factories.days(-5)


CHAPTERS = (
	chapter_1_something_is_noticed,
	chapter_2_the_parents_hear_of_it_at_the_door,
	chapter_3_the_worker_asks_without_a_name,
	chapter_4_the_counsellor_answers,
	chapter_5_a_meeting_is_proposed_and_first_declined,
	chapter_6_the_support_is_agreed_on,
	chapter_7_the_first_visit_is_at_the_unit,
	chapter_8_then_the_family_chooses_its_home,
	chapter_9_follow_up_and_the_end,
)


# The tests -----------------------------------------------------------------------------------------------------------


def test_01_a_worker_notices_and_raises_it(site):
	assert tell(*CHAPTERS[:1]).concern.workflow_state == "Raised"


def test_02_the_parents_are_told(site):
	story = tell(*CHAPTERS[:2])
	assert story.concern.discussed_on == factories.days(BEGAN)


def test_03_a_question_without_a_name_and_its_answer(site):
	story = tell(*CHAPTERS[:4])
	assert story.consultation.workflow_state == "Closed"
	text = frappe.as_json(story.consultation.as_dict())
	for word in (story.team.child, story.concern.name, "Ainoliina", "Kotilainen"):
		assert word not in text


def test_04_a_meeting_after_a_first_no(site):
	story = tell(*CHAPTERS[:2], *CHAPTERS[4:5])
	assert story.concern.declined_reason


def test_05_support_until_the_end(site):
	"""From the first concern to the last visit (domain.md §2, 1628-1657)."""
	story = tell(*CHAPTERS)
	assert story.period.workflow_state == "Ended"
	assert story.concern.workflow_state == "Closed"


def test_06_afterwards_the_counsellors_door_is_closed_and_nothing_is_rewritten(site):
	story = tell(*CHAPTERS)
	team = story.team
	cases = [story.concern, story.period, *story.visits]
	with make.acting(team.counsellor):
		for doc in (*cases, frappe._dict(doctype="Child", name=team.child)):
			assert not frappe.has_permission(doc.doctype, "read", doc.name)
			assert doc.name not in frappe.get_list(doc.doctype, pluck="name")
	for doc in (story.concern, story.period):
		with make.acting(team.educator), make.attempt():
			doc.reload()
			with pytest.raises(StateNotEditable):
				doc.save()


def test_07_the_units_staff_still_read_it(site):
	story = tell(*CHAPTERS)
	for user in (story.team.educator, story.team.special_educator, story.team.director):
		with make.acting(user):
			for doc in (story.concern, story.consultation, story.period, *story.visits):
				assert frappe.has_permission(doc.doctype, "read", doc.name)
