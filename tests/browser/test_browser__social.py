"""The register of the social services in the browser, in Finnish: a needs assessment, then a client and the plan.

A social worker goes on from families that were handed over. The steps stand on each other and run in order.
"""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import choose, menu, tick, typed

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

# What was handed over to this person, or agreed on with the family, and with whose child nothing has begun here yet.
FREE = """async ({ doctype, whose, states, order }) => {
	const begun = new Set();
	for (const later of ["Needs Assessment", "Client Relationship"]) {
		const rows = await frappe.db.get_list(later, { fields: ["child"], limit: 500 });
		rows.forEach((row) => begun.add(row.child));
	}
	const found = await frappe.db.get_list(doctype, {
		fields: ["name", "child"],
		filters: { [whose]: frappe.session.user, workflow_state: ["in", states] },
		order_by: order,
		limit: 500,
	});
	return found.find((row) => !begun.has(row.child));
}"""
# The oldest is the demo's: with the child of one that another test has made, a counsellor's work may have begun unseen.
REFERRAL = {
	"doctype": "Referral",
	"whose": "receiver",
	"states": ["Accepted", "First Contact Confirmed"],
	"order": "creation asc",
}
PERIOD = {
	"doctype": "Support Period",
	"whose": "counsellor",
	"states": ["Under Way", "Follow-up"],
	"order": "modified desc",
}
# What a parent says on the phone.
SAID = """async (name) => {
	const child = await frappe.db.get_doc("Child", name);
	const family = await frappe.db.get_doc("Family", child.family);
	return {
		guardian: family.guardians[0].full_name,
		first_name: child.first_names.split(" ")[0],
		last_name: child.last_name,
		birth_date: frappe.datetime.str_to_user(child.birth_date),
	};
}"""
VIEWS = {
	"child_view": "Haluan, että joku lukee illalla.",
	"parents_view": "Illat ovat raskaita.",
	"worker_view": "Ilta kaipaa rytmiä.",
}
SITUATION = {
	"situation": "Vuorotyö sekoittaa illat.",
	"resources": "Mummo asuu lähellä.",
	"network": "Mummo ja naapurit.",
	"support_need": "Keinoja iltoihin.",
}
GOAL, STEPS = "Rauhallinen ilta kolmesti viikossa", "Ruutu kiinni klo 18"


@pytest.fixture(scope="module")
def worker(desk):
	return desk("Social Worker")


@pytest.fixture(scope="module")
def referral(worker) -> str:
	return worker.page.evaluate(FREE, REFERRAL)["name"]


@pytest.fixture(scope="module")
def period(counsellor) -> dict:
	return counsellor.page.evaluate(FREE, PERIOD)


def begin(person, source: tuple[str, str], button: str, doctype: str) -> None:
	"""Open what the work begins with, and go on from it by one of its buttons."""
	kind, name = source
	person.open(f"{kind.lower().replace(' ', '-')}/{name}")
	person.await_form(kind)
	person.page.get_by_role("button", name=person.say(button)).click()
	person.await_form(doctype)


def test_01_the_need_is_assessed_from_the_referral(worker, referral):
	begin(worker, ("Referral", referral), "Assess the need for services", "Needs Assessment")
	worker.pick("basis", "Palvelun aikana")
	worker.next_step(worker.say("Start the initial assessment"))
	worker.expect_state("Initial")
	assert worker.page.evaluate("() => cur_frm.doc.participants.length") >= 1


def test_02_special_support_forces_the_broad_tier(worker):
	tick(worker, "special_support")
	line = worker.page.locator(".page-container:visible .es-next")
	expect(line).to_contain_text(worker.say("The child needs special support: the assessment is broad."))
	worker.save()
	menu(worker, "Go to the narrow assessment")
	message = worker.page.locator(".modal.show .modal-body")
	expect(message).to_contain_text(re.compile("laaja"))
	worker.page.locator(".modal.show .btn-modal-close").click()
	expect(message).to_be_hidden()
	worker.expect_state("Initial")
	worker.next_step(worker.say("Go to the broad assessment"))
	worker.expect_state("Broad")
	expect(worker.page.locator(".page-container:visible .es-days")).to_be_visible()
	worker.shot("social-02-broad")


def test_03_three_views_and_a_result_make_it_ready(worker):
	worker.next_step(worker.say("Complete the assessment"))
	missing = worker.page.locator(".page-container:visible .es-missing")
	expect(missing).to_contain_text(worker.say("The child's view"))
	for name, text in VIEWS.items():
		worker.fill(name, text)
	choose(worker, "protection_need", "No")
	worker.fill("protection_note", "Koti on turvallinen.")
	worker.pick("result", "Palvelu sosiaalihuollon")
	worker.fill("result_note", "Perhe saa perhetyötä.")
	tick(worker, "rights_told")
	worker.fill("decision_on", typed(date.today()))
	worker.fill("decision_note", "Perhetyö myönnetään.")
	worker.next_step(worker.say("Complete the assessment"))
	worker.expect_state("Ready")
	worker.shot("social-03-ready")


def test_04_a_client_begins_with_an_own_worker(worker, referral, people):
	begin(worker, ("Referral", referral), "Open a client relationship", "Client Relationship")
	own = worker.field("own_worker").locator("input:visible")
	expect(own).to_have_value(people["Social Worker"]["name"])
	# As the broad assessment found, and on its decision.
	expect(worker.field("tier").locator("select:visible")).to_have_value("Special Support")
	worker.next_step(worker.say("Start the relationship"))
	worker.expect_state("Active")
	# A name, in the field in which somebody else can be chosen, too.
	expect(own).to_have_value(people["Social Worker"]["name"])
	worker.shot("social-04-client")


def test_05_a_plan_is_agreed_on_with_one_goal(worker):
	worker.next_step(worker.say("Make the support plan"))
	worker.await_form("Support Plan")
	# How each sees it has been said once, in the assessment.
	for name, text in VIEWS.items():
		expect(worker.field(name).locator("textarea:visible")).to_have_value(text)
	for name, text in SITUATION.items():
		worker.fill(name, text)
	worker.field("goals").locator(".grid-add-row").click()
	for name, text in (("goal", GOAL), ("steps", STEPS), ("responsible", "Isä")):
		worker.cell("goals", 1, name).fill(text)
	day = worker.cell("goals", 1, "due_on")
	day.fill(typed(date.today() + timedelta(days=30)))
	day.blur()
	worker.fill("agreed_by", "Äiti")
	worker.pick("agreed_how", "Puhelimessa")
	worker.next_step(worker.say("Agree on the plan"))
	worker.expect_state("Agreed")
	expect(worker.page.get_by_role("button", name=worker.say("Print for the guardians"))).to_be_visible()
	worker.shot("social-05-plan")


def test_06_at_the_review_the_old_stands_beside_the_new(worker):
	worker.next_step(worker.say("Review the plan"))
	worker.await_form("Plan Review")
	expect(worker.form()).to_contain_text(SITUATION["resources"])
	worker.cell("goals", 1, "outcome").select_option("On the Way")
	worker.fill("reviewed_with", "Äiti ja isä")
	worker.fill("parents_view", "Illat ovat jo helpompia.")
	worker.next_step(worker.say("Record the review"))
	worker.expect_state("Reviewed")
	worker.shot("social-06-review")


def test_07_the_next_version_is_agreed_on(worker):
	worker.next_step(worker.say("Open the support plan"))
	worker.await_form("Support Plan")
	worker.expect_state("Under Review")
	told = worker.page.locator(".page-container:visible .es-told")
	expect(told).to_contain_text(GOAL)
	# What is written, and not agreed on yet, is not printed.
	expect(worker.page.get_by_role("button", name=worker.say("Print for the guardians"))).to_have_count(0)
	worker.fill("situation", "Vuorot ovat tasaantuneet.")
	worker.next_step(worker.say("Agree on the new version"))
	worker.expect_state("Agreed")
	assert worker.page.evaluate("() => cur_frm.doc.version_number") == 2
	worker.shot("social-07-version")


def test_08_a_family_says_no_to_an_assessment(counsellor, period):
	begin(counsellor, ("Support Period", period["name"]), "Assess the need for services", "Needs Assessment")
	counsellor.pick("basis", "Palvelun aikana")
	counsellor.save()
	counsellor.expect_state("Opened")
	menu(counsellor, "Family withdraws")
	missing = counsellor.page.locator(".page-container:visible .es-missing")
	expect(missing).to_contain_text(counsellor.say("Who said so"))
	counsellor.fill("withdrawn_by", "Äiti")
	counsellor.fill("withdrawn_reason", "Perhe haluaa odottaa.")
	counsellor.save()
	menu(counsellor, "Family withdraws")
	counsellor.expect_state("Withdrawn")
	counsellor.shot("social-08-no-assessment")


def test_09_a_parent_calls_and_changes_their_mind(counsellor, period):
	said = counsellor.page.evaluate(SAID, period["child"])
	counsellor.open("early-support")
	counsellor.page.get_by_role("button", name=counsellor.say("A parent has got in touch")).click()
	dialog = counsellor.page.get_by_role("dialog").filter(has_text=counsellor.say("Birth date"))
	# Frappe puts the cursor there when the dialog has come in, wherever it was; what is typed meanwhile would go there too.
	expect(dialog.locator("input[data-fieldname=guardian]")).to_be_focused()
	for name, text in (said | {"last_name": "Olematon"}).items():
		dialog.locator(f"input[data-fieldname={name}]").fill(text)
	# By keyboard: the calendar of the birth date lies over it.
	dialog.locator("input[data-fieldname=is_sure]").press("Space")
	opens = dialog.get_by_role("button", name=counsellor.say("Open a client relationship"))
	opens.click()
	expect(dialog.get_by_role("alert")).to_contain_text("Tarkista kirjoitusasu")
	assert counsellor.faults(".modal.show") == []
	dialog.locator("input[data-fieldname=last_name]").fill(said["last_name"])
	opens.click()
	counsellor.await_form("Client Relationship")
	counsellor.expect_state("Draft")
	expect(counsellor.field("contact_by")).to_contain_text(said["guardian"])
	counsellor.shot("social-09-called")
	menu(counsellor, "Family withdraws")
	counsellor.expect_state("Withdrawn")


@pytest.fixture
def gone(cases) -> None:
	"""The other social worker of the register has left without handing over, until the end of the test."""
	with cases.without(cases.colleague("Social Worker")):
		yield


def test_10_a_colleague_has_left_and_somebody_steps_in(worker, gone):
	worker.open("early-support")
	worker.page.get_by_role("button", name=worker.say("Take over from a colleague who has left")).click()
	dialog = worker.page.get_by_role("dialog").filter(has_text=worker.say("Why you take this over"))
	what = dialog.locator("select[data-fieldname=at]")
	# A colleague, a stage and a day are told, and no child.
	expect(what.locator("option").first).to_contain_text(re.compile(r"Ilkka Tanner.*\d{2}\.\d{2}\.\d{4}"))
	expect(what).to_be_focused()
	worker.shot("social-10-left-alone")
	dialog.locator("textarea[data-fieldname=reason]").fill("Sairaus")
	dialog.get_by_role("button", name=worker.say("Take over"), exact=True).click()
	refusal = worker.say("Please write in a sentence why you take this over.")
	expect(dialog.get_by_role("alert")).to_contain_text(refusal)
	assert worker.faults(".modal.show") == []
	dialog.locator("textarea[data-fieldname=reason]").fill(
		"Työntekijä on poissa, ja perhe odottaa yhteydenottoa."
	)
	dialog.get_by_role("button", name=worker.say("Take over"), exact=True).click()
	expect(dialog).to_be_hidden()
	worker.await_form(worker.page.evaluate("() => frappe.get_route()[1]"))
	doc = worker.page.evaluate("() => cur_frm.doc")
	assert doc[
		"own_worker" if doc["doctype"] == "Client Relationship" else "assessor"
	] == worker.page.evaluate("() => frappe.session.user")
	worker.shot("social-10-taken-over")


def test_11_nothing_went_wrong_unseen(worker, counsellor):
	for person in (worker, counsellor):
		errors = [error for error in person.errors if not re.match("ResizeObserver", error)]
		# Frappe's menu of actions catches no move that is refused: a promise without a word, once in this story.
		assert errors in ([], ["undefined"])
		assert person.strangers == []
