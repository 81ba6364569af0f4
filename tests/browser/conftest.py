"""Headless Chromium, as a person of the demo municipality would use it, in Finnish."""

from __future__ import annotations

import csv
import os
import re
import shutil
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench.layout import REPO
from tests.browser.axe import ASKED, AXE, LOOK
from tests.browser.cases import Cases
from tests.browser.words import KNOW, SHOWN, UNSEEN, english

TRANSLATIONS = REPO / "apps" / "early_support" / "early_support" / "translations"
# Chromium's own services are off, and it may not sandbox itself where we run as root.
CHROMIUM_ARGUMENTS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
]
# Frappe compiles and caches a lot at the first visit of a page, and CI has two cores.
PATIENCE = 60_000
expect.set_options(timeout=30_000)


def typed(day: date) -> str:
	"""Return a day as it is typed in Finnish."""
	return day.strftime("%d.%m.%Y")


@pytest.fixture(scope="session")
def finnish() -> dict[str, str]:
	"""Our strings in Finnish; what a state is called on one form only by "state:form", as Frappe has it."""
	with open(TRANSLATIONS / "fi.csv", newline="") as handle:
		return {":".join((row[0], *row[2:])): row[1] for row in csv.reader(handle) if len(row) >= 2}


@pytest.fixture(scope="package")
def chromium() -> Browser:
	"""The browser of this folder's tests. Until it is closed, nothing else here may have an event loop."""
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(
			executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
			args=CHROMIUM_ARGUMENTS,
		)
		yield browser
		browser.close()


# What a link field offers: each version of Frappe has its own element for it.
OPTION = ".awesomplete :is(li, [role=option])"
# On an ordinary bench a site is known by its name, which is not the address at which the tests reach it.
SITE_HEADER = {"X-Frappe-Site-Name": name} if (name := os.environ.get("ES_TEST_SITE_HEADER")) else {}


class Desk:
	"""One person at the desk: finds fields and buttons by what is written on them."""

	def __init__(self, page: Page, base_url: str, finnish: dict[str, str], artefacts):
		self.page, self.base_url, self.finnish, self.artefacts = page, base_url, finnish, artefacts
		self.errors: list[str] = []
		page.set_default_timeout(PATIENCE)
		page.on("pageerror", lambda error: self.errors.append(str(error)))

	def say(self, text: str) -> str:
		"""Return a string of ours in Finnish; it must have a translation."""
		return self.finnish[text]

	def log_in(self, user: str, password: str) -> Desk:
		self.page.goto(f"{self.base_url}/login")
		self.page.fill("#login_email", user)
		self.page.fill("#login_password", password)
		self.page.click(".btn-login:visible")
		self.page.wait_for_url("**/app**")
		self.page.wait_for_selector(".page-container:visible .page-head", state="attached")
		return self

	def open(self, route: str) -> None:
		self.page.goto(f"{self.base_url}/app/{route}")
		self.page.wait_for_function(
			"() => window.frappe?.boot && document.querySelector('.page-container:not([style*=none])')"
		)

	def await_form(self, doctype: str) -> None:
		"""Wait until the form of a doctype is ready: what is typed before Frappe has filled in its fields is lost."""
		self.page.wait_for_function(
			"""doctype => window.cur_frm?.doctype === doctype && cur_frm.docname === frappe.get_route()[2]
				&& cur_frm.layout.wrapper.get(0).parentElement.querySelector(":scope > .es-next")
				&& frappe.request.ajax_count === 0""",
			arg=doctype,
		)

	def await_answers(self) -> None:
		"""Wait until nothing that the page asked for is on its way (Frappe's data-ajax-state tells of the last answer only)."""
		self.page.wait_for_function("() => window.frappe?.request?.ajax_count === 0")

	def form(self):
		return self.page.locator(".page-container:visible .form-layout").first

	def field(self, name: str):
		return self.page.locator(
			f".page-container:visible .form-layout .frappe-control[data-fieldname={name}]:visible"
		).first

	def fill(self, name: str, text: str) -> None:
		"""Type into a field; again if Frappe, on a slow machine, was still filling in the form and took the text away."""
		box = self.field(name).locator("textarea:visible, input:visible").first
		for _attempt in range(3):
			box.fill(text)
			box.blur()
			self.page.wait_for_timeout(300)
			if box.input_value() == text:
				break

	def pick(self, name: str, text: str) -> None:
		"""Choose a record in a link field by the words that the person sees."""
		box = self.field(name).locator("input:visible").first
		box.click()
		box.fill(text)
		self._take(self.field(name).locator(OPTION, has_text=text).first)
		box.blur()
		if self.field(name).locator(".table-multiselect").count():
			# Frappe looks once more, half a second and a search later, into the field that it has emptied for the next choice,
			# and takes for chosen what somebody has begun to type there.
			self.page.wait_for_timeout(1200)
			self.await_answers()

	def _take(self, option) -> None:
		"""Click an option in one go: Frappe draws the list anew with each answer, and a click meanwhile meets nothing."""
		expect(option).to_be_visible()
		option.evaluate(
			"""option => ["mousedown", "mouseup", "click"].forEach((type) =>
				option.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true })))"""
		)

	def cell(self, table: str, row: int, name: str):
		"""Return the input of a cell in a table of the form, once somebody has stepped into it."""
		at = (
			self.field(table).locator(f'.grid-body .grid-row[data-idx="{row}"] [data-fieldname={name}]').first
		)
		at.scroll_into_view_if_needed()
		at.click()
		return at.locator("input:visible, select:visible, textarea:visible").first

	def pick_in(self, table: str, row: int, name: str, text: str) -> None:
		"""Choose something in a cell by the words that the person sees."""
		box = self.cell(table, row, name)
		box.fill(text)
		self._take(self.page.locator(OPTION, has_text=text).locator("visible=true").first)
		box.blur()

	def zone(self, name: str, number: int) -> None:
		self.field(name).get_by_role("radio").nth(number - 1).click()

	def next_step(self, label: str) -> None:
		"""Press the one button of the next step."""
		self.page.locator(".page-container:visible .es-next").get_by_role("button", name=label).click()

	def save(self) -> None:
		"""Press Save when what was chosen has arrived: Frappe stores the form as it is, and takes what comes later as a change."""
		self.await_answers()
		self.page.locator(".page-container:visible .primary-action:visible").first.click()

	def await_saved(self) -> None:
		"""Wait until the form is stored and drawn: Frappe shows no button for what is changed while it still draws."""
		self.page.wait_for_function(
			"() => !cur_frm.is_new() && !cur_frm.is_dirty() && $(cur_frm.wrapper).attr('data-state') === 'clean'"
		)

	def expect_state(self, state: str) -> None:
		pill = self.page.locator(".page-container:visible .page-head .indicator-pill:visible")
		own = self.finnish.get(f"{state}:{self.page.evaluate('() => window.cur_frm?.doctype')}")
		expect(pill).to_have_text(re.compile(re.escape(own or self.say(state))))

	def document_name(self) -> str:
		return self.page.evaluate("() => cur_frm.doc.name")

	def begin_axe(self) -> None:
		"""Put axe-core into the page, where it stays until the page is loaded anew."""
		if not self.page.evaluate("() => Boolean(window.axe)"):
			self.page.evaluate(AXE.read_text(encoding="utf-8"))

	def violations(self, part: str) -> list[str]:
		"""Return what axe-core finds of ours in the part of the page under a CSS selector, one text for each element.

		The script is put into the page from this machine; nothing is fetched.
		"""
		self.begin_axe()
		return self.page.evaluate(LOOK, {"part": part, **ASKED})

	def in_english(self, part: str | None = None, language: str = "fi") -> list[str]:
		"""Return what is shown in English in the part of the page under a CSS selector, or on all of it, one text for each."""
		if not self.page.evaluate("() => Boolean(window.es_english)"):
			self.page.evaluate(KNOW, english(language))
		return self.page.evaluate(SHOWN, [part, UNSEEN])

	def faults(self, part: str) -> list[str]:
		"""Return what shuts somebody out of the part of the page under a CSS selector: what axe-core finds, and English.

		Waits for the part first: a dialog that has just been asked for is not there yet.
		"""
		expect(self.page.locator(part).locator("visible=true").first).to_be_visible()
		return self.violations(part) + self.in_english(part)

	def shot(self, name: str) -> None:
		"""Keep a picture of the whole page for people to look at."""
		self.page.screenshot(path=self.artefacts / f"{name}.png", full_page=True)


def menu(person: Desk, action: str) -> None:
	"""Make a move from Frappe's menu of actions, which is there when nothing is unsaved."""
	head = person.page.locator(".page-container:visible .page-head")
	head.locator(".actions-btn-group button").click()
	head.locator(".actions-btn-group .dropdown-item", has_text=person.say(action)).click()


def show(person: Desk, doc: dict) -> None:
	"""Open a document by the desk's own way between pages."""
	person.page.evaluate("(route) => frappe.set_route(...route)", ["Form", doc["doctype"], doc["name"]])
	person.await_form(doc["doctype"])


def unfold(person: Desk, section: str) -> None:
	"""Open a part of the form that is closed until somebody needs it."""
	head = person.page.locator(
		".page-container:visible .section-head.collapsed", has_text=person.say(section)
	)
	if head.count():
		head.first.click()


def expect_missing(person: Desk, *labels: str) -> None:
	"""What is missing is said beside the next step, and nothing has moved."""
	missing = person.page.locator(".page-container:visible .es-missing")
	for label in labels:
		expect(missing).to_contain_text(person.say(label))


def expect_refusal(person: Desk, text: str) -> None:
	"""The server's refusal is said in words, in a dialog that shuts nobody out, and closed again."""
	message = person.page.locator(".modal.show .modal-body")
	expect(message).to_contain_text(text)
	assert person.faults(".modal.show .modal-content") == []
	person.page.locator(".modal.show .btn-modal-close").click()
	expect(message).to_be_hidden()


def tick(person: Desk, name: str) -> None:
	person.field(name).locator("input[type=checkbox]:visible").check()


def choose(person: Desk, name: str, value: str) -> None:
	person.field(name).locator("select:visible").select_option(value)


@pytest.fixture(scope="module")
def desk(chromium, base_url, people, finnish, artefacts):
	"""A function role → that demo person at a desk of their own; no page may ask another machine for anything."""
	contexts = []

	def sit_down(role: str) -> Desk:
		context = chromium.new_context(
			viewport={"width": 1280, "height": 900},
			locale="fi-FI",
			accept_downloads=True,
			extra_http_headers=SITE_HEADER,
		)
		contexts.append(context)
		strangers: list[str] = []
		context.on(
			"request",
			lambda request: strangers.append(request.url) if not _is_ours(request.url, base_url) else None,
		)
		found = Desk(context.new_page(), base_url, finnish, artefacts).log_in(
			people[role]["user"], people[role]["password"]
		)
		found.strangers, found.role = strangers, role
		return found

	yield sit_down
	for context in contexts:
		context.close()


@pytest.fixture(scope="module")
def educator(desk):
	"""An early educator at a desk, the same in all tests of a file."""
	return desk("Early Educator")


@pytest.fixture(scope="module")
def counsellor(desk):
	"""A family counsellor at a desk, the same in all tests of a file."""
	return desk("Family Counsellor")


@pytest.fixture(scope="module")
def cases(log_in, people) -> Cases:
	"""What makes casework about one child of the educator's unit, the same in all tests of a file."""
	return Cases(log_in, people)


def _is_ours(url: str, base_url: str) -> bool:
	return url.startswith((base_url, base_url.replace("http://", "ws://"), "data:", "blob:", "about:"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
	"""Keep a picture of every open page when a test fails."""
	outcome = yield
	if call.when != "call" or not outcome.get_result().failed:
		return
	for name, value in getattr(item, "funcargs", {}).items():
		if isinstance(value, Desk):
			value.shot(f"failed-{item.name}-{name}")
