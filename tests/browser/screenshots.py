"""Makes the pictures of docs/administrators.*.md, in each language: `./es test --keep tests/browser/screenshots.py`.

Not a test of the suite. It plays the change of a form and a form pack on the test site, and takes both away again.
"""

import csv
import io
import json
from datetime import date

import pytest
from PIL import Image

from bench.layout import REPO
from tests.browser.conftest import TRANSLATIONS, Desk, typed
from tests.browser.test_browser__form_change import (
	CHILD_WITHOUT_PLAN,
	NEW_FIELD,
	QUESTION,
	begin_plan,
	menu,
	open_request,
	preview,
	suggest,
)
from tests.browser.test_browser__form_pack import (
	TITLE,
	TOPIC,
	WORDS,
	await_status,
	bring,
	button,
	dialog,
	sealed,
)
from tests.conftest import frappe

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

FOLDER = REPO / "docs" / "images" / "administrators"
SIZE = {"width": 1200, "height": 800}
COLOURS = 48
ROLES = ("Early Educator", "Area Director", "Management Group", "Form Administrator")
CONDITIONS = {
	"fi": "Kysytään myös ruotsiksi.",
	"sv": "Frågan ställs också på svenska.",
	"en": "It is asked in Swedish too.",
}
REASONS = {
	"fi": "Emme tiedä, kenen kanssa saamme puhua.",
	"sv": "Vi vet inte vem vi får tala med.",
	"en": "We do not know whom we may talk to.",
}
HELP = {
	"help_sv": "Frågas av vårdnadshavarna vid samtalet om planen.",
	"help_en": "Asked of the guardians at the talk about the plan.",
}
FOR_WHOM = {"fi": "Huoltajilta.", "sv": "Av vårdnadshavarna.", "en": "The guardians."}
FIRST_SERVICE = {"fi": "Neuvola", "sv": "Rådgivningsbyrån", "en": "clinic"}
NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}


@pytest.fixture(params=["fi", "sv", "en"])
def language(request, site, people):
	"""The people of the demo speak it as long as the pictures are taken."""
	speak(site, people, request.param)
	yield request.param
	frappe(site, "execute", "early_support.tests.form_requests.forget_story")
	frappe(site, "execute", "early_support.tests.form_pack_process.forget_story")
	speak(site, people, "fi")


def speak(site: str, people: dict, language: str) -> None:
	users = [people[role]["user"] for role in ROLES]
	arguments = ["User", {"name": ["in", users]}, "language", language]
	frappe(site, "execute", "frappe.db.set_value", "--args", repr(arguments))


@pytest.fixture
def seat(chromium, base_url, people, artefacts, language):
	"""A function role → that person at a desk in the language of the pictures."""
	contexts = []
	with open(TRANSLATIONS / "fi.csv", encoding="utf-8", newline="") as english:
		words = {row[0]: row[0] for row in csv.reader(english) if row}
	if language != "en":
		with open(TRANSLATIONS / f"{language}.csv", encoding="utf-8", newline="") as file:
			words |= {row[0]: row[1] for row in csv.reader(file) if row}

	def sit_down(role: str) -> Desk:
		contexts.append(chromium.new_context(viewport=SIZE, locale=language))
		desk = Desk(contexts[-1].new_page(), base_url, words, artefacts)
		return desk.log_in(people[role]["user"], people[role]["password"])

	yield sit_down
	for context in contexts:
		context.close()


def picture(desk: Desk, language: str, name: str) -> None:
	"""Keep what is on the screen of somebody who has logged in."""
	desk.await_answers()
	# What was saved is said in a corner for a while, over whatever is shown next.
	desk.page.wait_for_function("() => !document.querySelector('.desk-alert')")
	desk.page.wait_for_timeout(600)
	keep(desk.page, language, name)


def keep(page, language: str, name: str) -> None:
	"""Keep what is on the screen, in few colours: the pictures stand in the repository."""
	FOLDER.mkdir(parents=True, exist_ok=True)
	image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
	image.quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{language}-{name}.png", optimize=True)


def test_picture_of_the_login(chromium, base_url, language):
	context = chromium.new_context(viewport=SIZE, locale=language)
	page = context.new_page()
	page.goto(f"{base_url}/login")
	page.locator(".btn-login:visible").wait_for()
	page.wait_for_timeout(600)
	keep(page, language, "0-login")
	context.close()


def test_pictures_of_a_pack(seat, language):
	administrator = seat("Form Administrator")
	administrator.open("form-pack")
	button(administrator, "Make a form pack").click()
	asked = dialog(administrator)
	asked.get_by_label(administrator.say("Title")).fill(TITLE)
	asked.get_by_label(administrator.say("Workflows")).uncheck()
	picture(administrator, language, "7-pack")
	asked.get_by_role("button", name=administrator.say("Make"), exact=True).click()
	await_status(administrator, "Made Here")
	with administrator.page.expect_download() as download:
		button(administrator, "Download the file").click()
	pack = json.loads(download.value.path().read_text(encoding="utf-8"))
	topics = pack["records"]["Concern Topic"]
	first = next(iter(topics))
	topics[TOPIC["code"]] = {**topics[first], **TOPIC}
	topics[first]["title"] = f"{topics[first]['title']} (uusi)"
	pack["records"].setdefault("Property Setter", {})["Concern: strengths: label"] = WORDS
	administrator.open("form-pack")
	bring(administrator, sealed(pack))
	await_status(administrator, "Brought")
	button(administrator, "Compare").click()
	dialog(administrator).get_by_role("button", name=administrator.say("Compare"), exact=True).click()
	await_status(administrator, "Compared")
	table = administrator.page.locator(".page-container:visible .es-compared")
	table.evaluate("table => table.scrollIntoView({ block: 'start' })")
	# The head of the page stays where it is.
	administrator.page.evaluate("window.scrollBy(0, -140)")
	picture(administrator, language, "8-compared")


def test_pictures(seat, language):
	educator = seat("Early Educator")
	educator.open("child-plan/new")
	educator.await_form("Child Plan")
	menu(educator)
	picture(educator, language, "1-menu")
	words = {**QUESTION, **HELP, "why": REASONS[language], "for_whom": FOR_WHOM[language]}
	suggest(educator, "Add a field", words, answer_type="Choice", place_after="services")
	# From what should change to the first of the new words.
	educator.page.evaluate("window.scrollTo(0, 70)")
	picture(educator, language, "2-suggestion")
	dialog = preview(educator, NAMES[language])
	dialog.locator(f"[data-fieldname={NEW_FIELD}]").scroll_into_view_if_needed()
	picture(educator, language, "3-preview")
	educator.page.keyboard.press("Escape")
	name = educator.document_name()
	educator.next_step(educator.say("Send to the area director"))
	educator.expect_state("With Area Director")
	director = seat("Area Director")
	open_request(director, name)
	director.next_step(director.say("Take to the management group"))
	director.expect_state("With Management Group")
	group = seat("Management Group")
	open_request(group, name)
	group.fill("decided_on", typed(date.today()))
	today = date.today()
	group.fill("minutes", f"{today.day}.{today.month}.{today.year} § 7")
	group.fill("conditions", CONDITIONS[language])
	picture(group, language, "4-decision")
	group.next_step(group.say("Approve"))
	group.expect_state("Approved")
	administrator = seat("Form Administrator")
	open_request(administrator, name)
	administrator.next_step(administrator.say("Publish"))
	asked = administrator.page.locator(".modal.show")
	picture(administrator, language, "5-publish")
	asked.locator(".btn-primary").click()
	administrator.expect_state("Published")
	begin_plan(educator, educator.page.evaluate(CHILD_WITHOUT_PLAN)[0], FIRST_SERVICE[language])
	educator.field(NEW_FIELD).evaluate("field => field.scrollIntoView({ block: 'center' })")
	picture(educator, language, "6-form")
