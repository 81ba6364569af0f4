"""What was typed and not saved: after a time-out, a crash, without a network; and for nobody else on the same computer.

The steps stand on each other and run in order, on one telephone that the staff share.
"""

import json
from datetime import date

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

TELEPHONE = {"width": 390, "height": 844}
STRENGTHS = "Leikkii pitkään rakennusleikkejä."
MORE = "Nauraa paljon."
OBSERVATION = "Itkee aamuisin, rauhoittuu sylissä."
THEIRS = "Samat aikuiset aamuisin."
PARTICIPANT = "Aada Ahonen"
SAVE = "frappe.desk.form.save.savedocs"
# Everything that the browser has stored for the site, as text.
STORED = """async () => {
	const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
	const answer = (request) => new Promise(done => (request.onsuccess = () => done(request.result)));
	for (const { name } of await indexedDB.databases()) {
		const database = await answer(indexedDB.open(name));
		for (const store of database.objectStoreNames)
			for (const row of await answer(database.transaction(store).objectStore(store).getAll()))
				for (const value of Object.values(row))
					texts.push(value?.byteLength ? new TextDecoder("latin1").decode(value) : JSON.stringify(value));
		database.close();
	}
	return texts.join(" ");
}"""
# Whether the start page would show what this person has not saved.
SECTION = "async () => Boolean(await early_support.drafts.section())"
# An administrator may give a row a password; nobody's draft keeps one.
SECRET = """() => {
	const df = { fieldname: "secret", fieldtype: "Password", label: "Salasana" };
	frappe.get_meta(cur_frm.doc.participants[0].doctype).fields.push(df);
	cur_frm.doc.participants[0].secret = "avainpussi";
}"""
LOG_OUT = """async () => {
	const headers = { Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token };
	return (await fetch("/api/method/logout", { method: "POST", headers })).status;
}"""
HOW_MANY = """async () => new Promise(done => {
	const request = indexedDB.open("early_support");
	request.onsuccess = () => {
		const count = request.result.transaction("drafts").objectStore("drafts").count();
		count.onsuccess = () => done(count.result);
	};
})"""


@pytest.fixture(scope="module")
def telephone(chromium):
	context = chromium.new_context(viewport=TELEPHONE, locale="fi-FI", has_touch=True)
	yield context
	context.close()


@pytest.fixture(scope="module")
def sit_down(telephone, base_url, people, finnish, artefacts):
	"""A function role → that person at the telephone, after whoever was there before; `beside` whose open page, perhaps."""

	def sit_down(role: str, beside: Desk | None = None) -> Desk:
		for page in telephone.pages:
			if not beside or page != beside.page:
				page.close()
		if beside:
			# A request that is still under way brings the session back in Frappe, and its answer the cookies.
			beside.await_answers()
			assert beside.page.evaluate(LOG_OUT) == 200
		telephone.clear_cookies()
		desk = Desk(telephone.new_page(), base_url, finnish, artefacts)
		return desk.log_in(people[role]["user"], people[role]["password"])

	return sit_down


@pytest.fixture(scope="module")
def at() -> dict:
	"""Who sits at the telephone, from one step to the next."""
	return {}


@pytest.fixture(scope="module")
def colleague(log_in):
	return log_in("Early Educator")


@pytest.fixture(scope="module")
def child(colleague) -> dict:
	params = {"limit": 1, "fields": '["name", "full_name"]'}
	return colleague.get("/api/resource/Child", params=params).json()["data"][0]


@pytest.fixture(scope="module")
def concern(colleague, child) -> dict:
	values = {"child": child["name"], "observed_on": str(date.today()), "observation": "Itkee."}
	return colleague.insert("Concern", **values).json()["data"]


def stored(colleague, name: str) -> dict:
	return colleague.get(f"/api/resource/Concern/{name}").json()["data"]


def text_of(desk, name: str):
	return desk.field(name).locator("textarea").first


def write(desk, name: str, text: str) -> None:
	"""Type into a text and leave the cursor there."""
	box = text_of(desk, name)
	box.click()
	desk.page.keyboard.press("Control+End")
	desk.page.keyboard.insert_text(text)


def bar(desk):
	return desk.page.locator(".page-container:visible .es-save")


def offer(desk):
	return desk.page.locator(".page-container:visible .es-draft")


def expect_kept(desk) -> None:
	expect(bar(desk)).to_contain_text(desk.say("Not saved yet. Kept on this computer."))


def expect_saved(desk) -> None:
	expect(bar(desk)).to_contain_text(desk.say("Saved at {0}").format(""))


def press(desk, part, label: str) -> None:
	part.get_by_role("button", name=desk.say(label)).click()


def not_saved(desk):
	heading = desk.page.get_by_role("heading", name=desk.say("Written and not saved"))
	return desk.page.locator("section").filter(has=heading).last


def test_01_a_time_out_in_the_middle_of_a_sentence(sit_down, at, telephone, concern):
	desk = at["educator"] = sit_down("Early Educator")
	desk.open(f"concern/{concern['name']}")
	desk.await_form("Concern")
	write(desk, "strengths", STRENGTHS)
	expect_kept(desk)
	desk.shot("drafts-01-kept")
	assert desk.page.evaluate(HOW_MANY) == 1
	everything = desk.page.evaluate(STORED)
	assert STRENGTHS not in everything
	assert "rakennus" not in everything
	telephone.clear_cookies()
	press(desk, bar(desk), "Save")
	logged_out = (
		"You have been logged out. What you wrote is kept on this computer: log in again and put it back."
	)
	expect(bar(desk)).to_contain_text(desk.say(logged_out))
	expect(desk.page.locator(".modal.show")).to_have_count(0)
	desk.shot("drafts-01-timed-out")


def test_02_whoever_comes_next_sees_and_reads_nothing(sit_down, concern):
	other = sit_down("Family Counsellor")
	other.page.wait_for_selector(f"text={other.say('Waiting for me')}")
	assert not other.page.evaluate(SECTION)
	expect(not_saved(other)).to_have_count(0)
	assert other.page.evaluate(HOW_MANY) == 1
	everything = other.page.evaluate(STORED)
	for word in ("rakennus", concern["name"], concern["child"]):
		assert word not in everything


def test_03_a_page_that_was_left_open_reads_nothing_once_somebody_else_has_logged_in(sit_down):
	left_open = sit_down("Early Educator")
	assert left_open.page.evaluate(SECTION)
	other = sit_down("Family Counsellor", beside=left_open)
	other.page.wait_for_selector(f"text={other.say('Waiting for me')}")
	assert not left_open.page.evaluate(SECTION)


def test_04_the_same_person_puts_it_back_beside_what_was_stored_meanwhile(sit_down, at, colleague, concern):
	change = {"strengths": THEIRS, "wishes": THEIRS, "modified": concern["modified"]}
	assert colleague.put(f"/api/resource/Concern/{concern['name']}", json=change).status_code == 200
	desk = at["educator"] = sit_down("Early Educator")
	desk.page.wait_for_selector(f"text={desk.say('Waiting for me')}")
	expect(not_saved(desk)).to_be_visible()
	desk.shot("drafts-04-start")
	not_saved(desk).get_by_role("link").click()
	desk.await_form("Concern")
	expect(offer(desk)).to_contain_text(desk.say("changed by somebody else meanwhile"))
	expect(offer(desk)).to_contain_text(STRENGTHS)
	expect(offer(desk)).to_contain_text(THEIRS)
	desk.shot("drafts-04-offer")
	assert desk.faults(".page-container:not([style*=none]) .es-draft") == []
	press(desk, offer(desk), "Throw it away")
	expect(text_of(desk, "strengths")).to_have_value(THEIRS)
	# The news of what somebody else has stored makes Frappe read the form anew.
	desk.page.evaluate("() => cur_frm.reload_doc()")
	desk.await_answers()
	desk.page.wait_for_timeout(1000)
	desk.page.keyboard.press("Enter")
	expect(offer(desk)).to_contain_text(STRENGTHS)
	press(desk, offer(desk), "Put it back")
	expect(text_of(desk, "strengths")).to_have_value(f"{THEIRS}\n\n{STRENGTHS}")
	expect(text_of(desk, "strengths")).to_be_focused()
	expect(text_of(desk, "wishes")).to_have_value(THEIRS)
	desk.shot("drafts-04-back")
	assert desk.faults(".page-container:not([style*=none]) .es-save") == []
	assert stored(colleague, concern["name"])["strengths"] == THEIRS
	desk.page.keyboard.press("Control+s")
	expect_saved(desk)
	desk.shot("drafts-04-saved")
	expect(text_of(desk, "strengths")).to_be_focused()
	assert stored(colleague, concern["name"])["strengths"] == f"{THEIRS}\n\n{STRENGTHS}"
	assert desk.page.evaluate(HOW_MANY) == 0


def test_05_without_a_network_it_is_kept_and_saved_later(at, telephone, colleague, concern):
	desk = at["educator"]
	telephone.set_offline(True)
	write(desk, "wishes", MORE)
	expect_kept(desk)
	press(desk, bar(desk), "Save")
	lost = desk.say("No connection. What you wrote is kept on this computer: save it later.")
	expect(bar(desk)).to_contain_text(lost)
	desk.shot("drafts-05-offline")
	telephone.set_offline(False)
	press(desk, bar(desk), "Save")
	expect_saved(desk)
	assert stored(colleague, concern["name"])["wishes"] == f"{THEIRS}{MORE}"


def test_06_an_answer_that_was_lost_makes_no_second_document(at, colleague, child):
	desk = at["educator"]
	before = concerns(colleague, child)
	desk.open(f"concern/new?child={child['name']}")
	desk.await_form("Concern")
	write(desk, "observation", OBSERVATION)

	def arrives_but_never_answers(route, request):
		if SAVE not in request.url + request.headers.get("x-frappe-cmd", ""):
			route.fallback()
			return
		route.fetch()
		route.abort()

	desk.page.route("**", arrives_but_never_answers)
	press(desk, bar(desk), "Save")
	expect(bar(desk)).to_contain_text(
		desk.say("No connection. What you wrote is kept on this computer: save it later.")
	)
	(name,) = concerns(colleague, child) - before
	desk.page.unroute("**")
	write(desk, "observation", f" {MORE}")
	press(desk, bar(desk), "Save")
	desk.page.wait_for_function("name => cur_frm.docname === name", arg=name)
	desk.await_form("Concern")
	expect(text_of(desk, "observation")).to_have_value(f"{OBSERVATION} {MORE}")
	desk.shot("drafts-06-goes-on")
	press(desk, bar(desk), "Save")
	expect_saved(desk)
	assert concerns(colleague, child) - before == {name}
	assert stored(colleague, name)["observation"] == f"{OBSERVATION} {MORE}"


def concerns(colleague, child: dict) -> set[str]:
	params = {"filters": json.dumps({"child": child["name"]}), "limit": 500}
	return {row["name"] for row in colleague.get("/api/resource/Concern", params=params).json()["data"]}


def write_in_cell(desk, first: str, last: str) -> None:
	"""Type into the row and stay in it; again whenever Frappe, on a slow machine, draws it anew and takes the text away."""
	for _attempt in range(5):
		box = desk.cell("participants", 1, "participant_name")
		box.fill(first)
		desk.page.keyboard.insert_text(f" {last}")
		desk.page.wait_for_timeout(500)
		if box.count() and box.input_value() == f"{first} {last}":
			break


def test_07_a_crash_in_the_row_of_a_form_that_was_never_saved(at, telephone, sit_down, child):
	desk = at["educator"]
	desk.open(f"network-meeting/new?child={child['name']}")
	desk.await_form("Network Meeting")
	desk.field("participants").get_by_role("button", name="Lisää rivi").click()
	desk.page.evaluate(SECRET)
	write_in_cell(desk, *PARTICIPANT.split())
	expect_kept(desk)
	desk.shot("drafts-07-row")
	desk = at["educator"] = sit_down("Early Educator")
	desk.page.wait_for_selector(f"text={desk.say('Waiting for me')}")
	not_saved(desk).get_by_role("button").click()
	desk.await_form("Network Meeting")
	expect(offer(desk)).to_contain_text(PARTICIPANT)
	press(desk, offer(desk), "Put it back")
	expect(desk.field("participants")).to_contain_text(PARTICIPANT)
	expect_kept(desk)
	desk.shot("drafts-07-back")
	values = desk.page.evaluate("() => [cur_frm.doc.child, cur_frm.doc.participants.length]")
	assert values == [child["name"], 1]
	assert not desk.page.evaluate("() => cur_frm.doc.participants[0].secret")


def test_08_what_may_not_be_changed_any_more_can_still_be_read(at, sit_down, colleague, concern):
	desk = at["educator"]
	desk.open(f"concern/{concern['name']}")
	desk.await_form("Concern")
	write(desk, "next_step", MORE)
	expect_kept(desk)
	close(colleague, concern["name"])
	desk = at["educator"] = sit_down("Early Educator")
	desk.open(f"concern/{concern['name']}")
	desk.await_form("Concern")
	expect(offer(desk)).to_contain_text(
		desk.say(
			"It cannot be put back, because you may not change this any more. Here you can still read it."
		)
	)
	expect(offer(desk)).to_contain_text(MORE)
	expect(offer(desk).get_by_role("button", name=desk.say("Put it back"))).to_have_count(0)
	desk.shot("drafts-08-closed")
	assert desk.errors == []


def close(colleague, name: str) -> None:
	reason = colleague.get("/api/resource/Closing Reason", params={"limit": 1}).json()["data"][0]["name"]
	change = {"closing_reason": reason, "modified": stored(colleague, name)["modified"]}
	doc = colleague.put(f"/api/resource/Concern/{name}", json=change).json()["data"]
	answer = colleague.call("frappe.model.workflow.apply_workflow", doc=json.dumps(doc), action="Close")
	assert answer.status_code == 200, answer.text
