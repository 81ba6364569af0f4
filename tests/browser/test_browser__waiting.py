"""What is left standing, in the browser, in Finnish: from the start page to the document that waits, without a mouse.

One case of each kind is made over HTTP, and for the time of these tests what nobody has touched today counts as left standing.
"""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.cases import NETWORK, TODAY
from tests.conftest import frappe

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

YESTERDAY = str(date.today() - timedelta(days=1))
SETTINGS = "Early Support Settings"
AGREED = ("Agreed", "Under Way", "Follow-up")
UNDER_WAY = ("Initial", "Guidance Given", "Narrow", "Broad")
# Role → heading → what waits under it, in which states.
WAITING = {
	"Early Educator": {
		"Concerns you have not raised yet": ("Concern", "Draft"),
		"Talks with the parents without a next step": ("Concern", "Discussed"),
		"Proposed meetings without the parents' answer": ("Concern", "Meeting Proposed"),
		"Proposed support without the parents' answer": ("Support Period", "Proposed"),
		"Support whose counsellor has left: agree with the parents on another": ("Support Period", *AGREED),
		"Consents without the guardians' answers": ("Cooperation Consent", "Draft"),
		"Referrals whose ground is not confirmed yet": ("Referral", "Draft"),
		"Referrals to be closed: the receiver has met the family": ("Referral", "First Contact Confirmed"),
		"Plans to be talked about": ("Child Plan", "Draft"),
		"Plans to be confirmed": ("Child Plan", "Discussed"),
		"Network meetings of which it is to be recorded what was agreed": ("Network Meeting", "Draft"),
		"Followed up: to be closed, or another follow-up agreed on": ("Network Meeting", "Followed Up"),
	},
	"Family Counsellor": {
		"Support under way without a planned visit": ("Support Period", "Under Way"),
		"Support whose follow-up day has come": ("Support Period", "Follow-up"),
		"Support in follow-up without a day for it": ("Support Period", "Follow-up"),
		"Consents you have asked for, without the guardians' answers": ("Cooperation Consent", "Draft"),
		"Support plans under review": ("Support Plan", "Under Review"),
	},
	"Social Worker": {
		"Needs assessments under way that stand still": ("Needs Assessment", *UNDER_WAY),
		"Needs assessments you were asked to join": ("Needs Assessment", "Opened", *UNDER_WAY),
	},
}
# Where the cursor is, inside the block of the start page too: the address of a link.
AT = """() => {
	let at = document.activeElement;
	while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
	return at?.getAttribute("href");
}"""
STATE = "async ([doctype, name]) => (await frappe.db.get_value(doctype, name, 'workflow_state')).message.workflow_state"
TABS = 400


@pytest.fixture(scope="module", autouse=True)
def standing(cases, site):
	"""One of each kind, nobody's work of the demo but that of these people."""
	privacy = cases.log_in("Privacy Officer").get(f"/api/resource/{SETTINGS}/{SETTINGS}").json()["data"]
	left = cases.colleague("Family Counsellor")
	begin_with_the_family(cases)
	begin_support(cases, left["user"])
	begin_handover(cases)
	with cases.without(left):
		count_as_standing_after(site, 0)
		yield
		count_as_standing_after(site, privacy["remind_after_days"])


def count_as_standing_after(site: str, days: int) -> None:
	setting = repr([SETTINGS, "remind_after_days", days])
	frappe(site, "execute", "frappe.db.set_single_value", "--args", setting)


def begin_with_the_family(cases) -> None:
	role = "Early Educator"
	cases.make(role, "Concern", child=cases.child, observed_on=TODAY, observation="Itkee tullessaan.")
	talked = cases.make(role, "Concern", child=cases.child, observed_on=TODAY, observation="Itkee.")
	talk = {"discussed_on": TODAY, "discussed_how": cases.how}
	cases.move(role, talked, ("Raise the concern", {}), ("Record the talk", talk))
	cases.concern()
	cases.consent()
	cases.make(role, "Network Meeting", child=cases.child, **NETWORK | {"meeting_on": YESTERDAY})
	met = cases.network_meeting("Record what was agreed")
	cases.move(role, met, ("Record the follow-up", {"follow_up_note": "Aamut ovat helpompia."}))
	for child in (cases.new_child(), cases.new_child()):
		plan = cases.make(role, "Child Plan", child=child, begun_on=TODAY)
	said = {"form_declined": 1, "discussed_with": "Äiti"} | talk
	cases.move(role, plan, ("Record the talk without the form", said))


def begin_support(cases, gone: str) -> None:
	role, counsellor = "Early Educator", "Family Counsellor"

	def of_another_child(*steps) -> dict:
		cases.child = cases.new_child()
		return cases.period(cases.concern("Parents agree to meet"), *steps)

	agreement = {"agreed_by": "Äiti", "agreed_how": cases.how, "counsellor": gone}
	cases.move(role, of_another_child(), ("Parents agree", agreement))
	of_another_child()
	of_another_child("Start the work", "Go to follow-up")
	period = of_another_child("Start the work")
	cases.move(counsellor, period, ("Go to follow-up", {"follow_up_on": TODAY}))
	period = of_another_child("Start the work")
	own = {"child": cases.child, "purpose": "Yhteys perheneuvolaan.", "sections": [{"section": "basics"}]}
	cases.make(counsellor, "Cooperation Consent", recipients=[{"service": "family-guidance"}], **own)
	worker = {"colleague": cases.people["Social Worker"]["user"], "basis": "service-begun"}
	cases.make(counsellor, "Needs Assessment", support_period=period["name"], **worker)
	cases.move(counsellor, cases.agreed_support_plan(period), ("Begin the review", {}))


def begin_handover(cases) -> None:
	consent, worker = cases.given_consent(), "Social Worker"
	cases.drafted_referral(consent)
	met = {"first_contact_on": TODAY, "first_contact_how": cases.how}
	accepted = cases.move(worker, cases.referral(consent), ("Accept", {}))
	assessed = cases.make(worker, "Needs Assessment", referral=accepted["name"], basis="service-begun")
	cases.move(worker, assessed, ("Start the initial assessment", {}))
	cases.move(worker, accepted, ("Confirm the first contact", met))


@pytest.mark.parametrize("role", WAITING)
def test_what_is_left_standing_is_found_without_a_mouse(desk, role):
	person = desk(role)
	page = person.page
	page.wait_for_selector(f"text={person.say('Waiting for me')}")
	wanted = {}
	for title in WAITING[role]:
		part = page.get_by_role("region", name=person.say(title), exact=True)
		expect(part).to_be_visible()
		wanted[part.get_by_role("link").first.get_attribute("href")] = title
	person.shot(f"waiting-{role.lower().replace(' ', '-')}")
	missed = dict(wanted)
	for _press in range(TABS):
		page.keyboard.press("Tab")
		if missed.pop(address := page.evaluate(AT), None) and not missed:
			break
	assert missed == {}
	for href, title in wanted.items():
		doctype, *states = WAITING[role][title]
		assert page.evaluate(STATE, [doctype, href.split("/")[-1]]) in states, title
	page.keyboard.press("Enter")
	doctype, *states = WAITING[role][wanted[address]]
	person.await_form(doctype)
	assert person.document_name() == address.split("/")[-1]
	expect(page.locator(".page-container:visible .es-next")).to_be_visible()
	assert person.errors == []
	assert person.strangers == []
