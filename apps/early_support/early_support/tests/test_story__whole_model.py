"""Six families through every workflow of the operating model, in numbered chapters (domain.md §2-5, design.md §3).

The Alanens go all the way: a first no, consent, handover, assessment, client relationship, plan, review, end. The others say
no, each at another door: at the unit, beside a running support, and in the social services. Every move is pressed by whoever
has the right to it. Beside the families, the forms are changed and figures are reported. At the end no action and no state of
any workflow is left out.
"""

import frappe
import pytest

from early_support.access import assignments, policy
from early_support.casework import clock, offers
from early_support.exceptions import GuardNotMet
from early_support.export import build
from early_support.forms.changes_core import ADD_OPTION
from early_support.tests import case_factories as make
from early_support.tests import export_factories, factories, form_requests

BEGAN = -120
# Of the day on which the chapter is told, since the story began.
DAY = {"visits": 10, "plan": 20, "handover": 30, "assessment": 40, "client": 50, "review": 110, "after": 112}


class Story:
	"""One family, and everything that is pressed about it."""

	def __init__(self, pressed: set, reached: set):
		self.pressed, self.reached = pressed, reached
		self.team = make.make_team()
		self.social_worker = make.make_social_worker()

	def stands(self, doc):
		"""Note the state in which a document stands."""
		self.reached.add((doc.doctype, doc.workflow_state))
		return doc

	def press(self, doc, action: str, user: str, **values):
		self.pressed.add((doc.doctype, action))
		return self.stands(make.move(doc, action, user, **values))

	def walk(self, doc, *steps):
		"""Press several (action, user, values) in a row."""
		self.stands(doc)
		for action, user, values in steps:
			doc = self.press(doc, action, user, **values)
		return doc

	def day(self, name: str):
		return clock.at(factories.days(BEGAN + DAY[name]))


def sees(user: str, doctype: str, name: str) -> bool:
	"""Whether `user` may read a document, and finds it in the list: both say the same."""
	assignments.forget()
	with make.acting(user):
		may = frappe.has_permission(doctype, "read", name)
		# The role itself may have no right to such a form.
		listed = (
			frappe.get_list(doctype, pluck="name", limit_page_length=0)
			if frappe.has_permission(doctype)
			else []
		)
	assert may == (name in listed)
	return may


def how() -> str:
	return make.option("Contact Method")


def asked_today() -> dict:
	"""Return the days that the form itself fills in, on the day of the chapter."""
	return {"asked_on": clock.today(), "valid_from": clock.today()}


# The concern, the question and the visits ------------------------------------------------------------------------------


def chapter_01_a_concern_with_a_question_beside_it(story):
	team = story.team
	story.concern = story.walk(
		make.make_concern(team, zone="3"),
		("Raise the concern", team.educator, {}),
		("Record the talk", team.educator, {"discussed_on": clock.today(), "discussed_how": how()}),
	)
	question = story.stands(make.make_consultation(team))
	story.walk(
		question,
		("Take", team.counsellor, {}),
		("Give back", team.counsellor, {}),
		("Take", team.counsellor, {}),
		("Give the answer", team.counsellor, {"answer": make.ANSWER}),
		("Close", team.counsellor, {}),
	)


def chapter_02_a_meeting_after_a_first_no(story):
	team = story.team
	story.concern = story.walk(
		story.concern,
		("Propose a meeting", team.educator, {}),
		("Parents decline", team.educator, {"declined_reason": "Muutto on kesken."}),
		("Talk again", team.educator, {}),
		("Propose a meeting", team.educator, {}),
		("Parents agree to meet", team.educator, {"meeting_on": clock.today()}),
		# They take even a yes back, and come all the same.
		("Parents decline", team.educator, {"declined_reason": "Isovanhemmat sairastuivat."}),
		("Talk again", team.educator, {}),
		("Propose a meeting", team.educator, {}),
		("Parents agree to meet", team.educator, {"meeting_on": clock.today()}),
	)


def chapter_03_support_with_a_visit_that_fails_and_one_that_is_held(story):
	team = story.team
	with make.acting(team.educator):
		period = offers.make_support_period(story.concern.name)
		period.proposed_on = clock.today()
		period.insert()
	story.period = story.walk(
		period,
		("Parents agree", team.educator, {"agreed_by": "Äiti", "agreed_how": how()}),
		("Start the work", team.counsellor, {}),
	)
	with story.day("visits"):
		called_off, nobody, held = (
			story.stands(make.make_visit(team, story.period, visit_date=clock.today())) for _ in range(3)
		)
		story.press(called_off, "Cancel the visit", team.counsellor)
		# A visit that was called off takes none of the three from the family; one to which nobody came neither.
		story.press(nobody, "Nobody came", team.counsellor)
		story.press(held, "Mark as held", team.counsellor, duration=60)


def chapter_04_what_the_network_agreed_on(story):
	team = story.team
	with story.day("visits"):
		with make.acting(team.educator):
			meeting = offers.make_network_meeting(story.concern.name)
			meeting.update(
				{"guardians_present": 1, **make.agreement_of_network(), "meeting_on": clock.today()}
			)
			meeting.append(
				"participants",
				{"role": "Family Counsellor", "participant_name": "Pekka", "controller": make.county()},
			)
			meeting.insert()
		meeting = story.walk(
			meeting,
			("Record what was agreed", team.educator, {}),
			("Record the follow-up", team.educator, {"follow_up_note": "Kortit ovat käytössä."}),
		)
	with story.day("plan"):
		meeting = story.press(
			meeting, "Agree on another follow-up", team.educator, follow_up_on=clock.today()
		)
		meeting = story.press(meeting, "Record the follow-up", team.educator, follow_up_note="Aamut sujuvat.")
		# What is still open is followed to its end.
		with make.attempt(), pytest.raises(GuardNotMet, match="Still open"):
			make.move(meeting, "Close", team.director)
		meeting = story.press(meeting, "Close", team.director, actions=make.all_done(meeting))
	filings = frappe.get_all(
		"Network Meeting Filing", filters={"network_meeting": meeting.name}, pluck="controller"
	)
	assert make.county() in filings
	assert len(set(filings)) == 2


# The child's plan ------------------------------------------------------------------------------------------------------


def chapter_05_the_plan_asks_about_every_service_and_for_permission(story):
	team = story.team
	with story.day("plan"):
		plan = make.make_child_plan(team)
		asked = [row.as_dict() for row in plan.services]
		assert asked
		asked[0] |= {"answer": "In Use", "worker": "Toimintaterapeutti", "permission": "Yes"}
		story.child_plan = story.walk(
			plan,
			("Record the guardians' form", team.educator, make.form_values()),
			("Record the talk", team.educator, {**make.talk_values(), "services": asked}),
		)
		story.child_plan = story.press(
			story.child_plan, "Confirm the plan", team.educator, **make.confirm_values(story.child_plan)
		)
	with story.day("handover"):
		with make.acting(team.special_educator):
			following = offers.make_child_plan(story.child_plan.name).insert()
		assert following.services[0].last_answer == "In Use"
		assert following.services[0].last_permission == "Yes"
		following = story.walk(
			following,
			# The guardians filled in no form of their own this time.
			(
				"Record the talk without the form",
				team.special_educator,
				{**make.talk_values(), "form_declined": 1},
			),
		)
		story.press(following, "Confirm the plan", team.special_educator, **make.confirm_values(following))
	story.stands(frappe.get_doc("Child Plan", story.child_plan.name))
	assert not sees(team.counsellor, "Child Plan", story.child_plan.name)


# The handover ----------------------------------------------------------------------------------------------------------


def chapter_06_one_consent_is_set_aside_and_another_given(story):
	team = story.team
	with story.day("handover"):
		story.walk(make.make_consent(team, **asked_today()), ("Set aside", team.educator, {}))
		consent = make.make_consent(team, **asked_today())
		with make.attempt(), pytest.raises(GuardNotMet):
			make.move(consent, "Guardians consent", team.educator)
		story.consent = story.walk(
			consent, ("Guardians consent", team.educator, {"answers": make.answers_of(consent)})
		)


def chapter_07_the_receiver_declines_and_another_accepts(story):
	team, receiver = story.team, story.social_worker
	with story.day("handover"):
		full = make.make_social_worker()
		declined = story.walk(
			make.make_referral(team, consent=story.consent.name, receiver=full),
			("Confirm the ground", team.educator, {}),
			("Record the joint contact", team.educator, make.contact()),
			("Do not accept", full, {"declined_reason": "Jono on täynnä."}),
			("Close", team.educator, {}),
		)
		story.declined = declined.name, full
		with make.acting(team.educator):
			referral = offers.make_referral(story.consent.name)
			referral.update({"receiver": receiver, "outside_receiver": None})
			referral.insert()
		assert not sees(receiver, "Referral", referral.name)
		referral = story.walk(
			referral,
			("Confirm the ground", team.educator, {}),
			("Record the joint contact", team.educator, make.contact()),
		)
		# Told is what the guardians have consented to, and nothing else of the family.
		assert sees(receiver, "Referral", referral.name)
		assert not sees(receiver, "Concern", story.concern.name)
		assert not sees(receiver, "Child", team.child)
		story.referral = story.press(referral, "Accept", receiver)


# The social services ---------------------------------------------------------------------------------------------------


def chapter_08_the_assessment_becomes_broad(story):
	worker = story.social_worker
	declined, who_declined = story.declined
	with story.day("assessment"):
		assert not sees(who_declined, "Referral", declined)
		with make.acting(worker):
			assessment = offers.make_needs_assessment(story.referral.name)
			assessment.basis = make.option("Assessment Basis")
			assessment.insert()
		assessment = story.walk(
			assessment,
			("Start the initial assessment", worker, {}),
			("Go to the narrow assessment", worker, {}),
		)
		with make.attempt(), pytest.raises(GuardNotMet):
			make.move(
				assessment, "Complete the assessment", worker, special_support=1, **make.result_values()
			)
		protection = {"protection_need": "No", "protection_note": "Arvioitu yhdessä perheen kanssa."}
		decision = {
			"result": "by-decision",
			"decision_on": clock.today(),
			"decision_note": "Perhetyö myönnetään.",
		}
		story.assessment = story.walk(
			assessment,
			("Go to the broad assessment", worker, {"special_support": 1}),
			("Complete the assessment", worker, {**make.result_values(), **protection, **decision}),
		)
		assert sees(worker, "Needs Assessment", story.assessment.name)
		for user in (story.team.educator, story.team.director, story.team.counsellor):
			assert not sees(user, "Needs Assessment", story.assessment.name)


def chapter_09_a_client_with_an_own_worker_and_a_plan(story):
	worker = story.social_worker
	with story.day("client"):
		with make.acting(worker):
			relationship = offers.make_client_relationship(story.referral.name)
			# As the broad assessment found; of such a child a social worker is the own worker.
			assert relationship.tier == "Special Support"
			relationship.insert()
		story.relationship = story.walk(relationship, ("Start the relationship", worker, {}))
		with make.acting(worker):
			plan = offers.make_support_plan(story.relationship.name).insert()
			assert plan.child_view == story.assessment.child_view
		with make.attempt(), pytest.raises(GuardNotMet):
			make.move(plan, "Agree on the plan", worker)
		values = {**make.plan_values(), "next_review_on": factories.days(BEGAN + DAY["review"] + 5)}
		story.plan = story.walk(plan, ("Agree on the plan", worker, values))
		first = {"first_contact_on": str(clock.today()), "first_contact_how": how()}
		story.walk(
			story.referral,
			("Confirm the first contact", worker, first),
			("Close", story.team.educator, {}),
		)
		assert sees(worker, "Support Plan", story.plan.name)
		assert sees(worker, "Child", story.team.child)
		assert not sees(story.team.educator, "Support Plan", story.plan.name)


def chapter_10_the_review_with_the_old_plan_beside_the_new(story):
	worker = story.social_worker
	with story.day("review"):
		plan = story.press(story.plan, "Begin the review", worker)
		with make.acting(worker):
			review = offers.make_plan_review(plan.name).insert()
		assert review.goals[0].goal == plan.goals[0].goal
		with make.attempt(), pytest.raises(GuardNotMet):
			make.move(plan, "Agree on the new version", worker)
		story.walk(review, ("Record the review", worker, make.review_values(review)))
		plan = story.press(
			plan,
			"Agree on the new version",
			worker,
			support_need="Enää iltojen rytmi.",
			next_review_on=frappe.utils.add_months(clock.today(), 2),
		)
		assert plan.version_number == 2
		story.plan = plan


def chapter_11_everything_comes_to_its_end(story):
	team, worker = story.team, story.social_worker
	with story.day("review"):
		story.press(story.plan, "End the plan", worker, ended_reason="Perhe pärjää.")
		relationship = story.press(
			story.relationship, "End the relationship", worker, ending_reason=make.option("Ending Reason")
		)
		story.walk(
			story.period,
			("Go to follow-up", team.counsellor, {}),
			("End the period", team.counsellor, make.end_of_period()),
		)
		story.press(story.consent, "End the co-operation", team.educator)
		story.press(story.concern, "Close", team.educator, closing_reason=make.option("Closing Reason"))
		# The last day counts; on the next one nothing of the family is open to those who have finished their work with it.
		assert sees(team.counsellor, "Support Period", story.period.name)
		assert sees(worker, "Client Relationship", relationship.name)
	with story.day("after"):
		assert not sees(team.counsellor, "Support Period", story.period.name)
		assert not sees(team.counsellor, "Child", team.child)
		assert not sees(worker, "Referral", story.referral.name)
		assert not sees(worker, "Client Relationship", relationship.name)
		assert sees(team.educator, "Concern", story.concern.name)


THE_WHOLE_WAY = (
	chapter_01_a_concern_with_a_question_beside_it,
	chapter_02_a_meeting_after_a_first_no,
	chapter_03_support_with_a_visit_that_fails_and_one_that_is_held,
	chapter_04_what_the_network_agreed_on,
	chapter_05_the_plan_asks_about_every_service_and_for_permission,
	chapter_06_one_consent_is_set_aside_and_another_given,
	chapter_07_the_receiver_declines_and_another_accepts,
	chapter_08_the_assessment_becomes_broad,
	chapter_09_a_client_with_an_own_worker_and_a_plan,
	chapter_10_the_review_with_the_old_plan_beside_the_new,
	chapter_11_everything_comes_to_its_end,
)


# Each way to say no ----------------------------------------------------------------------------------------------------


def chapter_21_no_to_support_and_to_the_plan(story):
	"""At the unit: the proposal is declined, so nobody else ever sees the family."""
	team = story.team
	period = story.walk(make.make_period(team), ("Parents decline", team.educator, {}))
	assert not sees(team.counsellor, "Support Period", period.name)
	assert not sees(team.counsellor, "Child", team.child)
	story.walk(
		make.make_child_plan(team),
		("Discontinue", team.educator, {"discontinued_reason": "Perhe ei halua suunnitelmaa nyt."}),
	)
	# Or a plan, but not a word about the services that the family uses.
	plan = make.child_plan_in("Discussed", team)
	values = make.confirm_values(plan)
	values["services"] = [{**row, "answer": ""} for row in values["services"]]
	with make.attempt(), pytest.raises(GuardNotMet):
		make.move(plan, "Confirm the plan", team.educator, **values)
	story.walk(plan, ("Confirm the plan", team.educator, {**values, "services_declined": 1}))
	meeting = make.make_network_meeting(team)
	story.walk(meeting, ("Parents decline", team.educator, {}))
	assert not frappe.db.exists("Network Meeting Filing", {"network_meeting": meeting.name})
	# No consent, no handover: the receiver never hears of the family. Of two guardians one no is enough.
	add_guardian(team.child)
	consent = make.make_consent(team, **asked_today())
	yes, no = make.answers_of(consent)
	disagreeing = [yes, {**no, "answer": "No"}]
	with make.attempt(), pytest.raises(GuardNotMet):
		make.move(consent, "Guardians consent", team.educator, answers=disagreeing)
	consent = story.walk(consent, ("Guardians decline", team.educator, {"answers": disagreeing}))
	referral = make.make_referral(team, consent=consent.name, receiver=story.social_worker)
	with make.attempt(), pytest.raises(GuardNotMet):
		make.move(referral, "Confirm the ground", team.educator)
	story.walk(referral, ("Family withdraws", team.educator, {}))
	assert not sees(story.social_worker, "Referral", referral.name)


def chapter_22_no_in_the_middle(story):
	"""Beside a running support: what was given is taken back, and nothing more is told from that moment on."""
	team, receiver = story.team, story.social_worker
	period = story.stands(make.period_in("Under Way", team))
	meeting = story.stands(make.network_meeting_in("Agreed", team))
	consent = story.stands(make.consent_in("Given", team, **asked_today()))
	referral = story.walk(
		make.make_referral(team, consent=consent.name, receiver=receiver),
		("Confirm the ground", team.educator, {}),
		("Record the joint contact", team.educator, make.contact()),
		("Accept", receiver, {}),
	)
	withdrawal = {"withdrawn_by": "Äiti", "withdrawn_how": how()}
	assert sees(receiver, "Referral", referral.name)
	assert sees(team.counsellor, "Child", team.child)
	consent = story.press(consent, "Guardians withdraw", team.director, **withdrawal)
	assert consent.told_before
	assert not sees(receiver, "Referral", referral.name)
	story.press(meeting, "Parents withdraw", team.educator)
	story.press(period, "Parents withdraw", team.counsellor)
	with story.day("after"):
		assert not sees(team.counsellor, "Child", team.child)


def chapter_23_no_in_the_social_services(story):
	"""Before an assessment is ready, and before a relationship starts; guidance may be all that a family wants."""
	team = story.team
	story.walk(
		make.make_needs_assessment(team, basis=make.option("Assessment Basis")),
		("Family withdraws", team.counsellor, make.withdrawal_of_assessment()),
	)
	assessment = make.make_needs_assessment(team, basis=make.option("Assessment Basis"))
	story.walk(
		assessment,
		("Start the initial assessment", team.counsellor, {}),
		("Guidance is enough", team.counsellor, make.guidance_values()),
		("Complete the assessment", team.counsellor, make.result_values()),
	)
	story.walk(make.make_relationship(team), ("Family withdraws", team.counsellor, {}))
	# And a client may go whenever the family says so.
	client = make.relationship_in("Active", team)
	client = story.walk(client, ("End the relationship", team.counsellor, {"ending_reason": "familys-word"}))
	with clock.at(frappe.utils.add_days(client.ended_on, 1)):
		assert not sees(team.counsellor, "Client Relationship", client.name)


def chapter_24_an_emergency_waits_for_nobody(story):
	team = story.team
	urgent = story.walk(make.make_concern(team, zone="7"), ("Mark as urgent", team.director, {}))
	period = story.stands(make.make_period(team, urgent))
	assert period.workflow_state == "Proposed"
	story.press(urgent, "Close", team.director, closing_reason=make.option("Closing Reason"))


def chapter_25_a_permission_in_the_plan_is_taken_back(story):
	"""What was said to the unit's staff of a service counts for every earlier word about it: nothing more is told to it."""
	team = story.team
	# Compared with when the consent was asked for, of which Frappe notes the moment: so this chapter is told today.
	with clock.at(frappe.utils.add_to_date(None, minutes=1)):
		plan = make.child_plan_in("Discussed", team)
		values = make.confirm_values(plan)
		yes = {"answer": "In Use", "worker": "Perheohjaaja", "permission": "Yes"}
		values["services"] = [
			{**row, **(yes if row["service"] == make.SERVICE else {})} for row in values["services"]
		]
		plan = story.walk(plan, ("Confirm the plan", team.educator, values))
		consent = story.stands(make.consent_in("Given", team))
		referral = make.make_referral(team, consent=consent.name, receiver=story.social_worker)
		referral = story.walk(
			referral,
			("Confirm the ground", team.educator, {}),
			("Record the joint contact", team.educator, make.contact()),
		)
		assert sees(story.social_worker, "Referral", referral.name)
		with make.acting(team.educator):
			plan = frappe.get_doc("Child Plan", plan.name)
			(row,) = (row for row in plan.services if row.service == make.SERVICE)
			row.permission_withdrawn_by = consent.answers[0].guardian
			plan.save()
		# What is under way ends with it, and nothing is begun on the consent any more.
		assert story.stands(frappe.get_doc("Referral", referral.name)).workflow_state == "Withdrawn"
		assert not sees(story.social_worker, "Referral", referral.name)
		another = make.make_referral(team, consent=consent.name, receiver=story.social_worker)
		with make.attempt(), pytest.raises(GuardNotMet, match="taken back their permission"):
			make.move(another, "Confirm the ground", team.educator)


NOS = (
	chapter_21_no_to_support_and_to_the_plan,
	chapter_22_no_in_the_middle,
	chapter_23_no_in_the_social_services,
	chapter_24_an_emergency_waits_for_nobody,
	chapter_25_a_permission_in_the_plan_is_taken_back,
)


def add_guardian(child: str) -> None:
	"""Let a child have two guardians."""
	family = frappe.get_doc("Family", frappe.db.get_value("Child", child, "family"))
	family.append("guardians", {"full_name": "Huoltaja Toinen", "relation": "isä", "phone": "040 1234567"})
	family.save(ignore_permissions=True)


# The forms and the figures ---------------------------------------------------------------------------------------------


def chapter_31_a_change_of_a_form(story):
	"""Returned, left without a position, published, rolled back; another is rejected, another withdrawn (domain.md §4, 1939-1948)."""
	people = form_requests.People()
	send = ("Send to the area director", people.proposer, {})
	take = ("Take to the management group", people.area_director, {})
	decision = {"decided_on": clock.today(), "minutes": "12.10.2026 § 7"}
	story.walk(
		form_requests.suggest(people, ADD_OPTION, **form_requests.SERVICE),
		send,
		("Return to the proposer", people.area_director, {"return_reason": "Kirjoittakaa, ketä se koskee."}),
		send,
		take,
		("Take no position", people.group, decision),
		("Approve", people.group, {"minutes": "5.11.2026 § 2"}),
		("Publish", people.administrator, {}),
		("Roll back", people.administrator, {}),
	)
	assert frappe.db.get_value("Support Service", {"title": form_requests.SERVICE["label_fi"]}, "disabled")
	words = {
		"label_fi": "Puheterapia (uusi)",
		"label_sv": "Talterapi (ny)",
		"label_en": "Speech therapy (new)",
	}
	for steps in (
		(send, take, ("Reject", people.group, decision)),
		(("Withdraw the request", people.proposer, {}),),
	):
		story.walk(form_requests.suggest(people, ADD_OPTION, **{**form_requests.SERVICE, **words}), *steps)
		assert not frappe.db.exists("Support Service", {"title": words["label_fi"]})


def chapter_32_what_is_reported(story):
	"""Given up, rejected at each step, delivered, and corrected (domain.md §8): never by one person alone."""
	controller = factories.default_controller()
	officer = factories.make_staff("Reporting Officer", controller=controller)
	leader = factories.make_staff("Management Group", controller=controller)

	def asked(**values):
		run = {"doctype": "Report Run", "profile": export_factories.FIGURES, "period": "2003-04"}
		with make.acting(officer):
			return story.stands(frappe.get_doc({**run, "controller": controller, **values}).insert())

	def built(**values):
		run = asked(**values)
		build.build(run.name)
		# As the worker that builds it leaves it.
		frappe.set_user("Administrator")
		return frappe.get_doc("Report Run", run.name)

	story.press(asked(), "Give Up", officer)
	validate, approve = ("Validate", officer, {}), ("Approve", leader, {})
	reason = {"rejected_because": "Yksikön luvut puuttuvat."}
	for steps in ((), (validate,), (validate, approve)):
		story.walk(built(), *steps, ("Reject", leader if len(steps) == 1 else officer, reason))
	hand_over = ("Hand Over", officer, {})
	with make.attempt(), pytest.raises((frappe.ValidationError, frappe.PermissionError)):
		make.move(make.move(built(), "Validate", officer), "Approve", officer)
	run = story.walk(built(), validate, approve, hand_over, ("Acknowledge", officer, {"receipt": "K-17"}))
	correction = built(replaces=run.name, reason="Yhden yksikön kirjaukset tulivat myöhässä.")
	story.walk(correction, validate, approve, hand_over)
	assert story.stands(frappe.get_doc("Report Run", run.name)).replaced_by == correction.name


THE_FORMS_AND_THE_FIGURES = (chapter_31_a_change_of_a_form, chapter_32_what_is_reported)


# The tests -------------------------------------------------------------------------------------------------------------


def test_every_workflow_is_told_to_its_end_and_through_every_no(site, monkeypatch, tmp_path):
	"""Six families, the forms and the figures; then no action and no state of a shipped workflow is left untold.

	Catch it, consult, carry the whole (domain.md §2, 311 and 1791): a question beside the concern, and all of it to the end.
	"""
	pressed, reached = set(), set()
	with clock.at(factories.days(BEGAN)):
		alanen = Story(pressed, reached)
		for chapter in THE_WHOLE_WAY:
			chapter(alanen)
		for chapter in NOS:
			chapter(Story(pressed, reached))
		export_factories.settle(monkeypatch, tmp_path)
		for chapter in THE_FORMS_AND_THE_FIGURES:
			chapter(Story(pressed, reached))

	actions, states = set(), set()
	for doctype in policy.WORKFLOW_DOCTYPES:
		workflow = frappe.get_doc("Workflow", {"document_type": doctype, "is_active": 1})
		actions |= {(doctype, row.action) for row in workflow.transitions}
		states |= {(doctype, row.state) for row in workflow.states}
	assert not actions - pressed
	assert not states - reached
