"""Printing for the guardians at the desk: with the keyboard, and for the eye."""

import subprocess

import pytest
from playwright.sync_api import expect

ONE_OF = (
	"""async ([doctype, filters]) => (await frappe.db.get_list(doctype, { filters, limit: 1 }))[0]?.name"""
)
# Chromium's own viewer of PDFs.
VIEWER = ("chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/", "chrome://resources/")
# Doctype → which of its documents, the folder of the desk, and what its print is called in Finnish.
PRINTED = {
	"Network Meeting": (
		{"workflow_state": ["in", ["Agreed", "Followed Up", "Closed"]]},
		"network-meeting",
		"What we agreed on together",
	),
	"Child Plan": (
		{"confirmed_on": ["is", "set"]},
		"child-plan",
		"The services of the family in the child's plan",
	),
}


@pytest.fixture(scope="module")
def educator(desk):
	return desk("Early Educator")


def open_one(educator, doctype: str, filters: dict, folder: str) -> str:
	name = educator.page.evaluate(ONE_OF, [doctype, filters])
	if not name:
		pytest.skip(f"the demo educator has no such {doctype}")
	educator.open(f"{folder}/{name}")
	educator.await_form(doctype)
	return name


@pytest.mark.parametrize("doctype", PRINTED)
def test_the_pdf_opens_from_the_form_with_the_keyboard(educator, artefacts, doctype):
	filters, folder, title = PRINTED[doctype]
	open_one(educator, doctype, filters, folder)
	page = educator.page
	button = page.get_by_role("button", name=educator.say("Print for the guardians"))
	button.focus()
	page.keyboard.press("Enter")
	dialog = page.get_by_role("dialog").filter(has_text=educator.say("For whom"))
	expect(dialog).to_be_visible()
	educator.shot(f"print-{folder}-dialog")
	choice = dialog.locator("select[data-fieldname=language]")
	choice.focus()
	choice.select_option("fi")
	page.keyboard.press("Tab")
	opens = dialog.get_by_role("button", name=educator.say("Open the PDF"))
	opens.focus()
	with page.context.expect_event("request", lambda request: "prints.door.download" in request.url) as asked:
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
	assert educator.say(title) in text
	assert educator.errors == []
	assert [url for url in educator.strangers if not url.startswith(VIEWER)] == []


def test_what_is_not_agreed_on_has_no_button(educator):
	open_one(educator, "Network Meeting", {"workflow_state": "Draft"}, "network-meeting")
	button = educator.page.get_by_role("button", name=educator.say("Print for the guardians"))
	expect(button).to_have_count(0)
