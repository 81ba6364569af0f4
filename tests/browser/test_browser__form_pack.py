"""A form pack in the browser, as a form administrator in Finnish: made, fetched, brought, compared, imported, taken back."""

import hashlib
import json
import re

import pytest
from playwright.sync_api import expect

from tests.conftest import frappe

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

TITLE = "Koekunnan lomakkeet"
# What the pack brings: a topic, words of a question, and other words of a topic that is here.
TOPIC = {"code": "paketin-aihe", "title": "Paketin aihe", "title_sv": "Paketets ämne", "sort_order": 90}
WORDS = {"doc_type": "Concern", "field_name": "strengths", "property": "label", "value": "Mikä jo sujuu"}
ONLY_HERE = {"doctype": "Concern Topic", "code": "vain-taalla", "title": "Vain täällä"}
# So many that one sees an import go on.
SOURCES = {
	f"paketin-lahde-{number}": {"title": f"Paketin lähde {number}", "title_sv": "", "title_en": ""}
	for number in range(60)
}
# Notes whatever the progress on the page says from here on.
WATCHED = """() => {
	window.es_seen = [];
	new MutationObserver(() => {
		for (const bar of document.querySelectorAll("progress.es-form-pack-bar[value]"))
			window.es_seen.push([bar.value, bar.max]);
	}).observe(document.body, { subtree: true, childList: true, attributeFilter: ["value"] });
}"""
LABEL = "() => new Promise((done) => frappe.model.with_doctype('Concern', () => done(frappe.meta.get_label('Concern', 'strengths'))))"


@pytest.fixture(scope="module")
def administrator(desk, site):
	yield desk("Form Administrator")
	frappe(site, "execute", "early_support.tests.form_pack_process.forget_story")


@pytest.fixture(scope="module")
def story() -> dict:
	return {}


def sealed(plain: dict) -> str:
	"""Return a pack as a file whose checksum fits, as docs/form-packs.md describes it."""
	plain = {name: value for name, value in plain.items() if name != "sha256"}
	text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
	return json.dumps({**plain, "sha256": hashlib.sha256(text.encode()).hexdigest()}, ensure_ascii=False)


def button(person, label: str):
	head = person.page.locator(".page-container:visible .page-head")
	return head.get_by_role("button", name=person.say(label), exact=True)


def dialog(person):
	return person.page.locator(".modal.show")


def bring(person, text: str, name: str = "koekunta.json"):
	"""Choose a file in the dialog of the list, and press Bring."""
	button(person, "Bring a form pack").click()
	asked = dialog(person)
	file = {"name": name, "mimeType": "application/json", "buffer": text.encode()}
	asked.get_by_label(person.say("File")).set_input_files(file)
	asked.get_by_role("button", name=person.say("Bring"), exact=True).click()


def await_status(person, status: str) -> None:
	pill = person.page.locator(".page-container:visible .page-head .indicator-pill:visible")
	expect(pill).to_have_text(re.compile(re.escape(person.say(status))), timeout=120_000)
	person.await_answers()


def choose_form(person, form: str) -> None:
	"""Choose one of the forms that the dialog offers; without any it says that one is needed."""
	asked = dialog(person)
	asked.get_by_label(person.say("Only these forms")).check()
	forms = asked.locator("[data-fieldname=forms]")
	expect(forms.get_by_label(person.say("Visit"), exact=True)).to_be_checked()
	forms.get_by_role("button", name=person.say("Unselect All")).click()
	asked.get_by_role("button", name=person.say("Compare"), exact=True).click()
	told = person.page.locator(".modal.show .msgprint")
	expect(told).to_contain_text(person.say("Choose at least one part and one form."))
	message = person.page.locator(".modal.show").filter(has=person.page.locator(".msgprint"))
	message.locator(".btn-modal-close").click()
	expect(told).to_be_hidden()
	forms.get_by_label(person.say(form), exact=True).check()


def test_01_a_pack_is_made_and_its_file_fetched(administrator, story):
	person, page = administrator, administrator.page
	person.open("forms-and-organisation")
	page.locator(".layout-main .link-item:visible", has_text=person.say("Form Pack")).click()
	expect(button(person, "Make a form pack")).to_be_visible()
	person.shot("form-pack-01-empty-list")
	button(person, "Make a form pack").click()
	asked = dialog(person)
	asked.get_by_label(person.say("Title")).fill(TITLE)
	asked.get_by_label(person.say("Workflows")).uncheck()
	assert person.faults(".modal.show .modal-content") == []
	person.shot("form-pack-02-make")
	asked.get_by_role("button", name=person.say("Make"), exact=True).click()
	# A worker makes it: until then there is nothing to fetch.
	await_status(person, "Made Here")
	expect(dialog(person)).to_have_count(0)
	expect(page.locator(".page-container:visible .page-head .title-text")).to_have_text(TITLE)
	person.shot("form-pack-03-made")
	with page.expect_download() as download:
		button(person, "Download the file").click()
	assert download.value.suggested_filename == f"{TITLE}.json"
	story["pack"] = json.loads(download.value.path().read_text(encoding="utf-8"))
	assert json.loads(sealed(story["pack"]))["sha256"] == story["pack"]["sha256"]
	assert story["pack"]["parts"] == ["Forms", "Lists", "Words", "Reports"]


def test_02_a_file_that_is_not_taken_says_why(administrator, story):
	person, page = administrator, administrator.page
	person.open("form-pack")
	pack = story["pack"]
	for text, words in (
		("Lomakkeet vuodelta 2026", "The file is no form pack of Early Support."),
		(
			json.dumps({**pack, "made_by": "toinen.fi"}),
			"The pack was changed after it was made: its SHA-256 does not fit. Please get it anew from where it was made.",
		),
		(
			sealed({**pack, "app_version": "99.0.0"}),
			"The pack was made with version {0} of the app, which is newer than this one. Upgrade the app first.",
		),
	):
		bring(person, text)
		told = page.locator(".modal.show .msgprint")
		expect(told).to_contain_text(person.say(words).format("99.0.0"))
		assert person.faults(".modal.show .modal-content") == []
		person.shot(f"form-pack-04-refused-{len(words)}")
		for _dialog in range(2):
			page.keyboard.press("Escape")
			page.wait_for_timeout(400)
		expect(dialog(person)).to_have_count(0)
	expect(page.locator(".list-row:visible")).to_have_count(1)


def test_03_a_pack_is_brought_and_compared(administrator, story):
	person, page = administrator, administrator.page
	page.evaluate("(topic) => frappe.db.insert(topic)", ONLY_HERE)
	pack = story["pack"]
	records = pack["records"]
	setters = records.setdefault("Property Setter", {})
	setters["Concern: strengths: label"] = WORDS
	topics = records["Concern Topic"]
	story["topic"] = next(iter(topics))
	topics[story["topic"]]["title"] = "Toisin sanottu"
	topics[TOPIC["code"]] = {**topics[story["topic"]], **TOPIC}
	sources = records["Referral Source"]
	shipped = next(iter(sources.values()))
	sources |= {code: {**shipped, "code": code, **source} for code, source in SOURCES.items()}
	bring(person, sealed(pack))
	await_status(person, "Brought")
	person.shot("form-pack-05-brought")
	button(person, "Compare").click()
	dialog(person).get_by_label(person.say("Retire what the pack lacks")).check()
	choose_form(person, "Concern")
	assert person.faults(".modal.show .modal-content") == []
	person.shot("form-pack-06-compare")
	dialog(person).get_by_role("button", name=person.say("Compare"), exact=True).click()
	page.wait_for_timeout(700)
	page.screenshot(path=person.artefacts / "form-pack-07-under-way.png")
	await_status(person, "Compared")
	expect(dialog(person)).to_have_count(0)
	expect(page.locator(".page-container:visible [data-fieldname=chosen_forms]")).to_contain_text(
		person.say("Concern")
	)
	table = page.locator(".page-container:visible .es-compared")
	for step, record in (
		("Would be added", TOPIC["title"]),
		("Would be changed", "Toisin sanottu"),
		("Would be retired", ONLY_HERE["title"]),
		("Would be added", WORDS["value"]),
	):
		row = table.get_by_role("row").filter(has_text=person.say(step)).filter(has_text=record)
		expect(row).to_have_count(1)
	assert person.faults(".page-container:not([style*=none]) .form-layout") == []
	person.shot("form-pack-08-compared")


def test_04_it_is_imported(administrator, story):
	person, page = administrator, administrator.page
	assert page.evaluate(LABEL) == person.say("Strengths")
	page.evaluate(WATCHED)
	button(person, "Import").click()
	assert person.faults(".modal.show .modal-content") == []
	dialog(person).locator(".btn-modal-primary").click()
	await_status(person, "Imported")
	done, total = zip(*page.evaluate("window.es_seen"), strict=True)
	assert {*total} == {total[0]}
	assert total[0] > len(SOURCES)
	assert [*done] == sorted(done)
	assert done[0] < done[-1]
	expect(dialog(person)).to_have_count(0)
	person.shot("form-pack-09-imported")
	assert person.faults(".page-container:not([style*=none]) .form-layout") == []
	person.open("concern-topic")
	expect(page.locator(".list-row:visible", has_text=TOPIC["title"])).to_have_count(1)
	assert page.evaluate(LABEL) == WORDS["value"]


def test_05_and_taken_back(administrator, story):
	person, page = administrator, administrator.page
	person.open("form-pack")
	page.locator(".list-row:visible .list-subject a", has_text="koekunta").click()
	await_status(person, "Imported")
	button(person, "Roll Back").click()
	assert person.faults(".modal.show .modal-content") == []
	dialog(person).locator(".btn-modal-primary").click()
	await_status(person, "Rolled Back")
	person.shot("form-pack-10-rolled-back")
	person.open("form-pack")
	expect(page.locator(".list-row:visible")).to_have_count(2)
	person.shot("form-pack-11-list")
	assert person.faults(".page-container:not([style*=none]) .layout-main") == []
	assert page.evaluate(LABEL) == person.say("Strengths")
	assert person.errors == []
