"""The moves that lie beside the main paths, in the browser, in Finnish: in a hurry, back again, to somebody else, to an end.

The cases are made over HTTP by those whose work they are, and each test presses several moves. Most are about one child, who
has one support period and one client relationship at a time, so they run in order.
"""

import json
import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from bench.layout import REPO
from tests.browser.cases import TODAY
from tests.browser.conftest import expect_missing, expect_refusal, menu, show, tick, typed

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

WORKFLOWS = REPO / "apps" / "early_support" / "early_support" / "early_support" / "workflow"
TESTS = REPO / "tests" / "browser"
# A run that no worker builds, and one that goes to no destination: test_story__whole_model.py presses them in process.
NOT_PRESSED = {"Give Up", "Hand Over"}
SUGGESTION = {
	"kind": "Change a label or help text",
	"form": "Concern",
	"field_name": "strengths",
	"why": "Uusi työntekijä ei tiedä, mistä aloittaa.",
	"label_fi": "Mikä lapsella sujuu",
}
MOVES = re.compile(r"frappe\.model\.workflow\.get_transitions")
QUESTION = "Miten tukea lasta, joka ei halua nukkua päiväunia?"
SMALL_ANSWER = "Kokeilkaa lukuhetkeä."


@pytest.fixture(scope="module")
def receiver(desk):
	return desk("Social Worker")


@pytest.fixture(scope="module")
def period(cases) -> dict:
	"""A support period under way."""
	return cases.period(cases.concern("Parents agree to meet"), "Start the work")


def line(person):
	return person.page.locator(".page-container:visible .es-next")


def press(person, action: str) -> None:
	person.next_step(person.say(action))


def expect_news(person) -> None:
	"""After a move the keyboard and a screen reader go on where it is said what comes next, or at the title."""
	person.page.wait_for_function(
		"""() => document.activeElement.matches(".es-next > p, .title-text") && document.activeElement.checkVisibility()"""
	)


def test_what_cannot_wait_is_marked_at_the_duty(educator, cases):
	draft = cases.make("Early Educator", "Concern", child=cases.child, observed_on=TODAY)
	show(educator, draft)
	duty = educator.page.locator(".page-container:visible .es-duty")
	expect(duty).to_be_hidden()
	educator.zone("zone", 7)
	expect(duty).to_contain_text("112")
	assert educator.faults(".page-container:not([style*=none]) .es-duty") == []
	educator.shot("moves-1-duty")
	# Nothing is asked for first: not even what was seen.
	duty.get_by_role("button", name=educator.say("Mark as urgent")).click()
	educator.expect_state("Urgent")
	expect(duty).to_contain_text("112")
	expect(duty.get_by_role("button")).to_have_count(0)
	expect_news(educator)
	educator.shot("moves-1-urgent")
	press(educator, "Record the talk")
	expect_missing(educator, "Observation", "Talked on")


def test_parents_change_their_mind_and_are_talked_to_again(educator, cases):
	concern = cases.concern("Parents agree to meet")
	show(educator, concern)
	menu(educator, "Parents decline")
	educator.expect_state("Declined")
	expect_news(educator)
	educator.shot("moves-2-declined")
	press(educator, "Talk again")
	educator.expect_state("Discussed")
	press(educator, "Propose a meeting")
	educator.expect_state("Meeting Proposed")
	press(educator, "Parents agree to meet")
	educator.expect_state("Meeting Agreed")
	# Of support that has been begun they say no in its own form, to which the step leads.
	cases.period(concern)
	educator.page.evaluate("() => cur_frm.reload_doc().then(() => null)")
	expect(line(educator).get_by_role("button", name=educator.say("Open the support period"))).to_be_visible()
	menu(educator, "Parents decline")
	expect_refusal(
		educator,
		educator.say("A support period has been begun. Please record there that the parents say no."),
	)
	educator.expect_state("Meeting Agreed")
	press(educator, "Open the support period")
	educator.await_form("Support Period")
	menu(educator, "Parents decline")
	educator.expect_state("Declined")
	# The form is read twice after a move from the menu, and that it is at its end is said once.
	educator.await_answers()
	told = educator.page.locator("#alert-container", has_text="Tätä lomaketta ei voi muokata")
	expect(told.get_by_role("alert")).to_have_count(1)


def test_whoever_types_before_the_moves_have_come_keeps_the_button_to_save(educator, cases):
	concern, held = cases.concern(), []

	def hold(route) -> None:
		held.append(route)

	educator.page.route(MOVES, hold)
	educator.page.evaluate("(name) => frappe.set_route('Form', 'Concern', name)", concern["name"])
	expect(educator.field("wishes")).to_be_visible()
	educator.fill("wishes", "Rauhallinen aamu.")
	save = educator.page.locator(".page-container:visible .primary-action:visible")
	expect(save).to_be_visible()
	for route in held:
		route.continue_()
	educator.page.unroute(MOVES)
	educator.await_answers()
	expect(save).to_be_visible()
	educator.save()
	educator.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(educator, "Parents decline")
	educator.expect_state("Declined")


def test_a_permission_is_taken_back(educator, cases):
	plan = cases.confirmed_plan(answer="In Use", worker="Terveydenhoitaja", permission="Yes")
	show(educator, plan)
	button = educator.page.get_by_role("button", name=educator.say("A permission is taken back"))
	asks = educator.page.get_by_role("button", name=educator.say("Ask for consent to co-operate"))
	expect(asks).to_be_visible()
	button.click()
	dialog = educator.page.get_by_role("dialog").filter(has_text=educator.say("Permission taken back by"))
	expect(dialog.locator("select[data-fieldname=row]")).to_be_focused()
	assert educator.faults(".modal.show .modal-content") == []
	educator.shot("moves-3-permission-asked")
	expect(dialog.locator("select[data-fieldname=row] option:checked")).to_have_text("Neuvola")
	dialog.locator("select[data-fieldname=guardian]").select_option(index=0)
	dialog.get_by_role("button", name=educator.say("Record it")).click()
	# What was told before is said at once.
	expect_refusal(educator, educator.say("Nothing has been told."))
	told = educator.page.locator(".page-container:visible .es-told")
	expect(told).to_contain_text(
		educator.say("{0}: the permission was taken back on {1} by {2}.").split("{1}")[0].split("{0}")[1]
	)
	expect(told).to_contain_text(typed(date.today()))
	# Nothing is left to be taken back, and nothing on which to be in touch.
	expect(button).to_have_count(0)
	expect(asks).to_have_count(0)
	assert educator.faults(".page-container:not([style*=none]) .es-told") == []
	educator.shot("moves-3-permission-taken-back")


def child_of_two(cases) -> str:
	"""Return a child with two guardians."""
	client = cases.log_in("Early Educator")
	for child in cases.rows("Early Educator", "Child"):
		family = client.get(f"/api/resource/Family/{child['family']}").json()["data"]
		if len(family["guardians"]) == 2:
			return child["name"]
	raise AssertionError("every child of the unit has one guardian")


def test_one_of_two_guardians_says_no(educator, cases):
	show(educator, cases.consent(child_of_two(cases)))
	educator.cell("answers", 1, "answer").select_option("Yes")
	day = educator.cell("answers", 1, "answered_on")
	day.fill(typed(date.today()))
	day.blur()
	educator.pick_in("answers", 1, "answered_how", "Puhelimessa")
	educator.cell("answers", 2, "answer").select_option("No")
	press(educator, "Guardians consent")
	expect_refusal(
		educator, educator.say("A guardian says no, so nothing may be told. Record it as declined.")
	)
	educator.shot("moves-4-one-says-no")
	menu(educator, "Guardians decline")
	educator.expect_state("Declined")
	expect_news(educator)


def test_a_consent_is_set_aside_and_another_ended(educator, cases):
	show(educator, cases.consent())
	menu(educator, "Set aside")
	educator.expect_state("Ended")
	educator.shot("moves-5-set-aside")
	show(educator, cases.given_consent())
	menu(educator, "End the co-operation")
	educator.expect_state("Ended")
	expect_news(educator)
	# It has not expired: nobody is asked anew because of it.
	expect(line(educator)).to_be_hidden()
	educator.shot("moves-5-ended")


def test_a_consultation_is_given_back(educator, counsellor, cases):
	client = cases.log_in("Early Educator")
	units = client.call("early_support.casework.people.own_units").json()["message"]
	question = cases.make(
		"Early Educator", "Consultation", unit=units[0], age_band="3-4", channel="E-mail", question=QUESTION
	)
	taken = cases.move("Family Counsellor", question, ("Take", {}))
	show(counsellor, taken)
	counsellor.fill("answer", SMALL_ANSWER)
	counsellor.save()
	counsellor.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(counsellor, "Give back")
	counsellor.expect_state("Requested")
	expect(line(counsellor).get_by_role("button", name=counsellor.say("Take"))).to_be_visible()
	counsellor.shot("moves-6-given-back")
	# What was written of the answer stays for whoever takes it next; whoever asked may need none any more.
	expect(counsellor.field("answer")).to_contain_text(SMALL_ANSWER)
	show(educator, question)
	menu(educator, "Close")
	educator.expect_state("Closed")
	expect_news(educator)


def test_guidance_is_enough(counsellor, cases, period):
	basis = cases.rows("Family Counsellor", "Assessment Basis", name="service-begun")[0]["name"]
	assessment = cases.make(
		"Family Counsellor", "Needs Assessment", support_period=period["name"], basis=basis
	)
	show(counsellor, cases.move("Family Counsellor", assessment, ("Start the initial assessment", {})))
	menu(counsellor, "Guidance is enough")
	expect_missing(counsellor, "Guidance that was given", "The family knows of its right to a decision")
	counsellor.fill("guidance", "Kokeillaan iltarytmiä.")
	tick(counsellor, "rights_told")
	counsellor.save()
	counsellor.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(counsellor, "Guidance is enough")
	counsellor.expect_state("Guidance Given")
	expect_news(counsellor)
	counsellor.shot("moves-7-guidance")
	press(counsellor, "Complete the assessment")
	expect_missing(counsellor, "The child's view")


def test_a_plan_is_reviewed_and_ended(counsellor, cases, period):
	show(counsellor, cases.agreed_support_plan(period))
	menu(counsellor, "Begin the review")
	counsellor.expect_state("Under Review")
	expect(line(counsellor)).to_contain_text(counsellor.say("Look together at how the plan went."))
	expect(line(counsellor).get_by_role("button", name=counsellor.say("Review the plan"))).to_be_visible()
	counsellor.shot("moves-8-under-review")
	menu(counsellor, "End the plan")
	expect_missing(counsellor, "Why it ends")
	counsellor.fill("ended_reason", "Perhe haluaa jatkaa ilman suunnitelmaa.")
	counsellor.save()
	counsellor.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(counsellor, "End the plan")
	counsellor.expect_state("Ended")
	expect_news(counsellor)
	counsellor.shot("moves-8-ended")


def test_a_relationship_ends_by_the_familys_word(counsellor):
	"""On from the plan that has ended to its relationship, which asks for a plan as long as it runs."""
	name = counsellor.page.evaluate("() => cur_frm.doc.client_relationship")
	show(counsellor, {"doctype": "Client Relationship", "name": name})
	expect(line(counsellor)).to_contain_text(counsellor.say("A client always has a support plan."))
	menu(counsellor, "End the relationship")
	expect_missing(counsellor, "Why it ends")
	counsellor.pick("ending_reason", "Perhe ei halua jatkaa")
	counsellor.save()
	counsellor.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(counsellor, "End the relationship")
	counsellor.expect_state("Ended")
	expect_news(counsellor)
	expect(line(counsellor)).to_be_hidden()
	counsellor.shot("moves-9-ended")


def test_another_follow_up_is_agreed_on(educator, cases):
	meeting = cases.network_meeting("Record what was agreed")
	found = {"follow_up_note": "Aamut ovat helpompia."}
	meeting = cases.move("Early Educator", meeting, ("Record the follow-up", found))
	show(educator, meeting)
	menu(educator, "Agree on another follow-up")
	before = educator.say("Please agree on a new day for the follow-up: it has to be after {0}.")
	expect_refusal(educator, before.format(typed(date.today())))
	later = typed(date.today() + timedelta(days=14))
	educator.fill("follow_up_on", later)
	educator.save()
	educator.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(educator, "Agree on another follow-up")
	educator.expect_state("Agreed")
	expect_news(educator)
	expect(line(educator)).to_contain_text(educator.say("The follow-up is on {0}.").format(later))
	expect(educator.field("earlier_follow_ups")).to_contain_text(found["follow_up_note"])
	educator.shot("moves-10-another-follow-up")


def test_a_family_is_handed_to_another_when_its_receiver_has_left(educator, receiver, cases, people):
	other = cases.colleague("Social Worker")
	referral = cases.referral(cases.given_consent(), other["user"])
	with cases.without(other):
		show(educator, referral)
		name = educator.page.evaluate("() => cur_frm.doc.receiver_name")
		expect(line(educator)).to_contain_text(name)
		educator.shot("moves-11-receiver-left")
		press(educator, "Name another worker")
		expect(educator.field("receiver").locator("input:visible")).to_be_focused()
		educator.pick("receiver", people["Social Worker"]["name"])
		educator.save()
		educator.page.wait_for_function("() => !cur_frm.is_dirty()")
		expect(line(educator).get_by_role("button")).to_have_count(0)
		expect(educator.field("received_before")).to_contain_text(name)
		educator.shot("moves-11-another-named")
	show(receiver, referral)
	receiver.fill("declined_reason", "Perhe asuu toisella alueella.")
	receiver.save()
	receiver.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(receiver, "Do not accept")
	receiver.expect_state("Declined")
	show(educator, referral)
	educator.page.evaluate("() => cur_frm.reload_doc().then(() => null)")
	educator.expect_state("Declined")
	press(educator, "Close")
	educator.expect_state("Closed")
	expect_news(educator)


def test_a_suggestion_is_returned_withdrawn_and_rejected(desk, educator, cases):
	director, group = desk("Area Director"), desk("Management Group")
	sent = ("Send to the area director", {})
	first, second = (
		cases.move("Early Educator", cases.make("Early Educator", "Form Change Request", **SUGGESTION), sent)
		for _number in range(2)
	)
	show(director, first)
	menu(director, "Return to the proposer")
	expect_missing(director, "Why it is returned")
	director.fill("return_reason", "Kertokaa, ketä tämä auttaa.")
	director.save()
	director.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(director, "Return to the proposer")
	director.expect_state("Returned")
	director.shot("moves-12-returned")
	show(educator, first)
	expect(educator.field("return_reason")).to_contain_text("ketä tämä auttaa")
	menu(educator, "Withdraw the request")
	educator.expect_state("Withdrawn")
	show(group, cases.move("Area Director", second, ("Take to the management group", {})))
	menu(group, "Take no position")
	expect_missing(group, "Decided on", "Minutes")
	group.fill("decided_on", typed(date.today()))
	group.fill("minutes", "12.10.2026 § 7")
	group.save()
	group.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(group, "Take no position")
	group.expect_state("No Position")
	group.shot("moves-12-no-position")
	menu(group, "Reject")
	group.expect_state("Rejected")
	group.shot("moves-12-rejected")
	for person in (director, group):
		assert set(person.errors) <= {"undefined"}


def test_every_move_is_pressed_in_the_browser():
	"""Each action of the shipped workflows stands in a browser test as what somebody presses."""
	actions = {
		row["action"]
		for path in WORKFLOWS.glob("*/*.json")
		for row in json.loads(path.read_text())["workflow"]["transitions"]
	}
	texts = "\n".join(path.read_text() for path in sorted(TESTS.glob("test_*.py")))
	pressed = set(re.findall(r'(?:\bsay|\bmenu|\bpress)\((?:\w+, )?"([^"]+)"\)', texts))
	assert actions - pressed == NOT_PRESSED


def test_nothing_went_wrong_unseen(educator, counsellor, receiver):
	for person in (educator, counsellor, receiver):
		errors = [error for error in person.errors if not re.match("ResizeObserver", error)]
		# Frappe's menu of actions catches no move that is refused: a promise without a word.
		assert set(errors) <= {"undefined"}
		assert person.strangers == []
