"""How a family says no, in the browser, in Finnish: on each main path somebody of the staff records it in the form.

The cases are made over HTTP by those whose work they are. Each test opens the form, presses the move, fills in what is asked
for, and looks at what is no longer offered. All are about one child, and run in order: a child has one support period at a
time, and three referrals stand on one consent.
"""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.cases import NETWORK, TODAY
from tests.browser.conftest import expect_missing, menu, show, tick, typed, unfold

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

# Whether the form lets its reader do `offers` and nothing else: by the button of the next step, the others of ours, and
# Frappe's menu of moves. After a move from the menu the form is read anew with the news of the change, a moment later.
OFFERS = """offers => [...document.querySelectorAll(`.page-container:not([style*=none]) :is(
	.es-next button, .custom-actions button, .actions-btn-group:not(.hide) .dropdown-item)`)]
	.filter((node) => node.matches(".dropdown-item") || node.offsetParent)
	.map((node) => node.textContent.trim()).filter((text) => text !== __("What can be done now")).sort().join() === offers.sort().join()"""


@pytest.fixture(scope="module")
def receiver(desk):
	return desk("Social Worker")


@pytest.fixture(scope="module")
def declined(cases) -> dict:
	"""The concern on whose meeting the parents will not agree."""
	return cases.concern()


@pytest.fixture(scope="module")
def concern(cases) -> dict:
	return cases.concern("Parents agree to meet")


@pytest.fixture(scope="module")
def running(cases, concern) -> dict:
	"""A support period under way."""
	return cases.period(concern, "Start the work")


@pytest.fixture(scope="module")
def consent(cases) -> dict:
	return cases.given_consent()


def expect_end(person, state: str, name: str, *offers: str) -> None:
	"""The no is recorded, and of all that was offered before only `offers` are left."""
	person.expect_state(state)
	person.page.wait_for_function(OFFERS, arg=[person.say(offer) for offer in offers])
	person.shot(f"no-{name}")


def test_parents_do_not_want_the_meeting(educator, declined):
	show(educator, declined)
	educator.fill("declined_reason", "Ei juuri nyt: muutto on kesken.")
	educator.save()
	menu(educator, "Parents decline")
	offers = ("Talk again", "Talk again", "Mark as urgent", "Close")
	asks = ("Ask a counsellor anonymously", "Ask for consent to co-operate")
	expect_end(educator, "Declined", "meeting", *offers, *asks)


def test_the_concern_is_closed_with_a_reason(educator, declined):
	show(educator, declined)
	menu(educator, "Close")
	expect_missing(educator, "Reason")
	# News of the document may draw the form anew while its reader looks for the reason.
	educator.page.evaluate("() => cur_frm.refresh()")
	educator.await_answers()
	expect(educator.field("closing_reason")).to_be_visible()
	educator.pick("closing_reason", "Vanhemmat eivät")
	educator.save()
	menu(educator, "Close")
	expect_end(educator, "Closed", "concern-closed")


def test_parents_do_not_want_support(educator, cases, concern):
	show(educator, cases.period(concern))
	menu(educator, "Parents decline")
	expect_end(educator, "Declined", "support")


def test_a_visit_is_called_off(counsellor, cases, running):
	show(counsellor, cases.visit(running))
	unfold(counsellor, "If the visit does not take place")
	counsellor.fill("cancelled_reason", "Perhe on sairaana.")
	counsellor.save()
	menu(counsellor, "Cancel the visit")
	expect_end(counsellor, "Cancelled", "visit-cancelled", "Back to the support period")


def test_nobody_came(counsellor, cases, running):
	show(counsellor, cases.visit(running))
	menu(counsellor, "Nobody came")
	expect_end(counsellor, "Not Attended", "visit-not-attended", "Back to the support period")


def test_parents_withdraw_from_support(counsellor, cases, running):
	planned = cases.visit(running)
	show(counsellor, running)
	unfold(counsellor, "If the parents withdraw")
	counsellor.pick("withdrawn_how", "Puhelimessa")
	counsellor.save()
	menu(counsellor, "Parents withdraw")
	expect_end(counsellor, "Withdrawn", "support-withdrawn")
	# The parents' word counts at once: what is still planned is called off with it.
	assert cases.stored("Family Counsellor", planned).json()["data"]["workflow_state"] == "Cancelled"


def test_a_period_ends_with_its_outcome(counsellor, cases, concern):
	period = cases.period(concern, "Start the work", "Go to follow-up")
	show(counsellor, period)
	counsellor.next_step(counsellor.say("End the period"))
	expect_missing(counsellor, "Outcome")
	counsellor.pick("outcome", "tuki riitti")
	tick(counsellor, "rights_told")
	counsellor.next_step(counsellor.say("End the period"))
	expect_end(counsellor, "Ended", "support-ended")


def test_guardians_do_not_consent(educator, cases):
	doc = cases.consent()
	show(educator, doc)
	educator.cell("answers", 1, "answer").select_option("No")
	educator.save()
	menu(educator, "Guardians decline")
	expect_end(educator, "Declined", "consent")


def test_the_family_withdraws_from_a_referral(educator, cases, consent):
	referral = cases.referral(consent)
	assert cases.stored("Social Worker", referral).status_code == 200
	show(educator, referral)
	menu(educator, "Family withdraws")
	expect_end(educator, "Withdrawn", "referral-withdrawn")
	assert cases.stored("Social Worker", referral).status_code == 403


def test_a_referral_is_not_accepted(receiver, cases, consent):
	show(receiver, cases.referral(consent))
	menu(receiver, "Do not accept")
	expect_missing(receiver, "If not accepted, why")
	receiver.fill("declined_reason", "Jono on täynnä; perhe saa ajan toukokuussa.")
	receiver.save()
	menu(receiver, "Do not accept")
	expect_end(receiver, "Declined", "referral-declined")
	line = receiver.page.locator(".page-container:visible .es-next")
	expect(line).to_contain_text(receiver.say("Early Educator"))


def test_guardians_take_their_consent_back(educator, cases, consent):
	referral = cases.referral(consent)
	show(educator, consent)
	menu(educator, "Guardians withdraw")
	expect_missing(educator, "Withdrawn by", "How they told")
	educator.fill("withdrawn_by", "Äiti")
	educator.pick("withdrawn_how", "Puhelimessa")
	educator.save()
	menu(educator, "Guardians withdraw")
	expect_end(educator, "Withdrawn", "consent-withdrawn")
	expect(educator.field("told_before")).to_contain_text("Perheneuvola")
	assert cases.stored("Social Worker", referral).status_code == 403


@pytest.mark.parametrize(
	("agreed", "action", "state"),
	[(False, "Parents decline", "Declined"), (True, "Parents withdraw", "Withdrawn")],
)
def test_parents_do_not_want_the_network(educator, cases, agreed, action, state):
	meeting = cases.make("Early Educator", "Network Meeting", child=cases.child, **NETWORK)
	if agreed:
		meeting = cases.move("Early Educator", meeting, ("Record what was agreed", {}))
	show(educator, meeting)
	# What the form offers then hangs on no news from the server, which may get lost.
	educator.page.evaluate("() => frappe.realtime.socket.disconnect()")
	menu(educator, action)
	expect_end(educator, state, f"network-{state.lower()}")
	educator.page.evaluate("() => frappe.realtime.socket.connect()")


def test_a_plan_without_the_form_and_without_the_services(educator, cases):
	plan = cases.make("Early Educator", "Child Plan", child=cases.child, begun_on=TODAY)
	show(educator, plan)
	tick(educator, "form_declined")
	educator.next_step(educator.say("Record the talk without the form"))
	expect_missing(educator, "Talked on", "With whom")
	educator.fill("discussed_on", typed(date.today()))
	educator.pick("discussed_how", "Puhelimessa")
	educator.fill("discussed_with", "Äiti")
	educator.next_step(educator.say("Record the talk without the form"))
	educator.expect_state("Discussed")
	tick(educator, "services_declined")
	educator.field("goals").locator(".grid-add-row").click()
	educator.cell("goals", 1, "goal").fill("Aamu alkaa rauhallisesti.")
	educator.fill("next_review_on", typed(date.today() + timedelta(days=200)))
	educator.next_step(educator.say("Confirm the plan"))
	educator.expect_state("Confirmed")
	educator.shot("no-services")


def test_a_plan_is_discontinued(educator):
	menu(educator, "Discontinue")
	expect_missing(educator, "Why it is discontinued")
	educator.fill("discontinued_reason", "Perhe ei halua suunnitelmaa nyt.")
	educator.save()
	menu(educator, "Discontinue")
	# What was confirmed may still be given to the guardians.
	expect_end(educator, "Discontinued", "plan-discontinued", "Print for the guardians")


def test_nothing_went_wrong_unseen(educator, counsellor, receiver):
	for person in (educator, counsellor, receiver):
		errors = [error for error in person.errors if not re.match("ResizeObserver", error)]
		# Frappe's menu of actions catches no move that is refused: a promise without a word.
		assert set(errors) <= {"undefined"}
		assert person.strangers == []
