"""Printing for the guardians at the desk: with the keyboard, and for the eye."""

import subprocess

import pytest
from playwright.sync_api import expect

# Chromium's own viewer of PDFs.
VIEWER = ("chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/", "chrome://resources/")
# Doctype → whose it is, and what its print is called.
PRINTED = {
	"Network Meeting": ("educator", "What we agreed on together"),
	"Child Plan": ("educator", "The services of the family in the child's plan"),
	"Support Plan": ("counsellor", "The client's support plan"),
}


@pytest.fixture(scope="module")
def printed(cases) -> dict[str, dict]:
	"""Doctype → a document of it that was agreed on: the demo need not have one of each today."""
	# Of a child of the demo an assessment may say who its own worker must be.
	cases.child = cases.new_child()
	period = cases.period(cases.concern("Parents agree to meet"), "Start the work")
	return {
		"Network Meeting": cases.network_meeting("Record what was agreed"),
		"Child Plan": cases.confirmed_plan(),
		"Support Plan": cases.agreed_support_plan(period),
	}


def show(person, doc: dict) -> None:
	person.open(f"{doc['doctype'].lower().replace(' ', '-')}/{doc['name']}")
	person.await_form(doc["doctype"])


@pytest.mark.parametrize("doctype", PRINTED)
def test_the_pdf_opens_from_the_form_with_the_keyboard(request, printed, artefacts, doctype):
	whose, title = PRINTED[doctype]
	person = request.getfixturevalue(whose)
	folder = doctype.lower().replace(" ", "-")
	show(person, printed[doctype])
	page = person.page
	button = page.get_by_role("button", name=person.say("Print for the guardians"))
	button.focus()
	page.keyboard.press("Enter")
	dialog = page.get_by_role("dialog").filter(has_text=person.say("For whom"))
	expect(dialog).to_be_visible()
	person.shot(f"print-{folder}-dialog")
	choice = dialog.locator("select[data-fieldname=language]")
	choice.focus()
	choice.select_option("fi")
	assert person.faults(".modal.show") == []
	page.keyboard.press("Tab")
	opens = dialog.get_by_role("button", name=person.say("Open the PDF"))
	opens.focus()
	with page.context.expect_event("request", lambda sent: "prints.door.download" in sent.url) as asked:
		page.keyboard.press("Enter")
	expect(dialog).to_be_hidden()
	# What the tab was given: Chromium's own viewer has it in there.
	answer = page.context.request.get(asked.value.url)
	assert answer.status == 200
	assert answer.headers["content-type"] == "application/pdf"
	pdf = artefacts / f"print-{folder}.pdf"
	pdf.write_bytes(answer.body())
	subprocess.run(
		["pdftoppm", "-r", "90", "-png", "-f", "1", "-l", "1", pdf, pdf.with_suffix("")], check=True
	)
	text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
	assert person.say(title) in text
	assert person.errors == []
	assert [url for url in person.strangers if not url.startswith(VIEWER)] == []


def test_what_is_not_agreed_on_has_no_button(educator, cases):
	show(educator, cases.network_meeting())
	button = educator.page.get_by_role("button", name=educator.say("Print for the guardians"))
	expect(button).to_have_count(0)
