"""A family is asked for its consent and handed over, in the browser, in Finnish: an educator, then a social worker.

The steps stand on each other and run in order; each leaves a picture in the artefacts.
"""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import typed
from tests.conftest import frappe

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

SERVICE, WORKER = "Perheneuvola", "Perheneuvolan työntekijä"
PURPOSE = "Perheneuvola voi suunnitella iltojen tukea yhdessä perheen ja päiväkodin kanssa."


@pytest.fixture(scope="module")
def story() -> dict:
	"""What one step leaves for the next."""
	return {}


@pytest.fixture(scope="module")
def receiver(desk):
	return desk("Social Worker")


def asked_for(receiver, child: str) -> int:
	"""What the server answers when the receiver asks for a child."""
	return receiver.page.evaluate(
		"name => fetch(`/api/resource/Child/${name}`).then((answer) => answer.status)", child
	)


def test_01_the_educator_asks_for_consent(educator, receiver, story):
	educator.page.wait_for_selector(f"text={educator.say('Waiting for me')}")
	discussed = educator.page.evaluate(
		"""() => frappe.db.get_list("Concern", {
			fields: ["name", "child"], filters: { workflow_state: "Discussed" }, limit: 50 })"""
	)
	# A child whom the receiver does not know yet: of the others some were handed over before.
	name = next(concern["name"] for concern in discussed if asked_for(receiver, concern["child"]) == 403)
	educator.open(f"concern/{name}")
	educator.await_form("Concern")
	educator.page.get_by_role("button", name=educator.say("Ask for consent to co-operate")).click()
	educator.await_form("Cooperation Consent")
	educator.fill("purpose", PURPOSE)
	educator.field("recipients").locator(".grid-add-row").click()
	educator.pick_in("recipients", 1, "service", SERVICE)
	educator.cell("recipients", 1, "worker").fill(WORKER)
	for title in ("Lapsen perustiedot", "Havainnot ja vahvuudet"):
		educator.pick("sections", title)
	educator.shot("handover-01-consent")
	educator.next_step(educator.say("Guardians consent"))
	# Nobody has answered yet: said in words, and nothing is lost.
	message = educator.page.locator(".modal.show .modal-body")
	expect(message).to_contain_text(
		educator.say("No guardian has said yes yet. Please record what each of them answered.")
	)
	educator.page.locator(".modal.show .btn-modal-close").click()
	expect(message).to_be_hidden()
	story["consent"] = educator.document_name()


def test_02_every_guardian_answers(educator):
	rows = educator.field("answers").locator(".grid-body .grid-row[data-idx]").count()
	assert rows >= 1
	for row in range(1, rows + 1):
		educator.cell("answers", row, "answer").select_option("Yes")
		box = educator.cell("answers", row, "answered_on")
		box.fill(typed(date.today()))
		box.blur()
		educator.pick_in("answers", row, "answered_how", "Puhelimessa")
	educator.shot("handover-02-answers")
	educator.next_step(educator.say("Guardians consent"))
	educator.expect_state("Given")
	educator.shot("handover-02-given")


def test_03_the_family_is_referred_with_what_is_known(educator, people, story):
	educator.next_step(educator.say("Refer the family"))
	educator.await_form("Referral")
	assert educator.page.evaluate("() => [cur_frm.doc.consent, cur_frm.doc.reason]") == [
		story["consent"],
		PURPOSE,
	]
	educator.pick("receiver", people["Social Worker"]["name"])
	educator.next_step(educator.say("Confirm the ground"))
	educator.expect_state("Consent Given")
	story["referral"] = educator.document_name()
	summary = educator.page.locator(".page-container:visible .es-told summary")
	summary.click()
	educator.shot("handover-03-ground")


def test_04_what_is_missing_for_the_joint_contact_is_said(educator):
	educator.next_step(educator.say("Record the joint contact"))
	expect(educator.page.locator(".page-container:visible .es-missing")).to_contain_text(
		educator.say("Contacted on")
	)
	educator.fill("contacted_on", typed(date.today()))
	educator.pick("contacted_how", "Puhelimessa")
	educator.fill("contacted_with", "Äiti, opettaja ja sosiaalityöntekijä")
	educator.next_step(educator.say("Record the joint contact"))
	educator.expect_state("Joint Contact")
	educator.shot("handover-04-contact")


def test_05_it_waits_for_the_receiver_who_sees_no_more(receiver, story):
	# The start page has been open since before the referral.
	receiver.open("early-support")
	receiver.page.wait_for_selector(f"text={receiver.say('Referrals to be answered')}")
	receiver.shot("handover-05-waiting")
	receiver.open(f"referral/{story['referral']}")
	receiver.await_form("Referral")
	child = receiver.page.evaluate("() => cur_frm.doc.child")
	assert asked_for(receiver, child) == 403
	expect(receiver.page.locator(".page-container:visible .es-told")).to_contain_text("Syntymäaika")
	expect(receiver.field("reason").locator("textarea:visible")).to_have_count(0)
	receiver.shot("handover-05-referral")


def test_06_the_receiver_accepts_and_meets_the_family(receiver):
	receiver.next_step(receiver.say("Accept"))
	receiver.expect_state("Accepted")
	receiver.fill("first_contact_on", typed(date.today()))
	receiver.pick("first_contact_how", "Tapaamisessa päiväkodissa")
	receiver.next_step(receiver.say("Confirm the first contact"))
	receiver.expect_state("First Contact Confirmed")
	receiver.shot("handover-06-met")


def test_07_what_has_expired_is_asked_for_anew(educator, site, story):
	yesterday = str(date.today() - timedelta(days=1))
	expired = ["Cooperation Consent", story["consent"], {"valid_from": yesterday, "valid_until": yesterday}]
	frappe(site, "execute", "frappe.db.set_value", "--args", repr(expired))
	educator.open(f"cooperation-consent/{story['consent']}")
	educator.page.reload()
	educator.await_form("Cooperation Consent")
	said = educator.say("The consent was valid until {0}. Ask the guardians anew.")
	expect(educator.page.locator(".page-container:visible .es-next")).to_contain_text(said.split("{0}")[1])
	educator.shot("handover-07-expired")
	educator.next_step(educator.say("Ask for consent to co-operate"))
	educator.page.wait_for_function("() => cur_frm.is_new() && cur_frm.doc.purpose")
	assert educator.page.evaluate(
		"""() => [cur_frm.doc.purpose, cur_frm.doc.recipients.map((row) => row.worker), cur_frm.doc.sections.length,
			cur_frm.doc.answers.filter((row) => row.answer).length]"""
	) == [PURPOSE, [WORKER], 2, 0]
	educator.shot("handover-07-anew")


def test_08_nothing_went_wrong_unseen(educator, receiver):
	for desk in (educator, receiver):
		assert [error for error in desk.errors if not re.match("ResizeObserver", error)] == []
		assert desk.strangers == []
