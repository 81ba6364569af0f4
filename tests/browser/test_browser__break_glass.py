"""Break glass in the browser: quietly offered, opened with a reason, a banner on every page, ended by a button."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

REASON = "Poliisi soitti: lapsi on löytynyt yksin ulkoa, ja huoltajia ei tavoiteta."


@pytest.fixture(scope="module")
def worker(desk):
	return desk("Social Worker")


@pytest.fixture(scope="module")
def child(desk, worker) -> dict:
	"""A child of the educator's unit with whom the worker does not work, as somebody who knows it would describe it."""
	clients = worker.page.evaluate(
		"async () => (await frappe.db.get_list('Child', { limit: 500 })).map((row) => row.name)"
	)
	return desk("Early Educator").page.evaluate(
		"""async (clients) => (await frappe.db.get_list("Child", {
			limit: 1, fields: ["name", "first_names", "last_name", "birth_date"],
			filters: { name: ["not in", [...clients, ""]] },
		}))[0]""",
		clients,
	)


def banner(worker):
	return worker.page.get_by_role("region", name=worker.say("Opened in an emergency"))


def test_01_it_takes_names_a_birth_date_and_a_reason(worker, child):
	expect(banner(worker)).to_have_count(0)
	worker.page.get_by_role("button", name=worker.say("Open a family in an emergency")).click()
	dialog = worker.page.locator(".modal.show")
	expect(dialog).to_contain_text(worker.say("Why it must be opened now"))
	day = ".".join(reversed(child["birth_date"].split("-")))
	for field, text in (
		("last_name", child["last_name"]),
		("first_name", "Eikukaan"),
		("birth_date", day),
		("reason", REASON),
	):
		box = dialog.locator(f"[data-fieldname={field}]").locator("input, textarea").first
		box.fill(text)
		box.blur()
	worker.page.wait_for_timeout(500)
	worker.shot("break-glass-1-dialog")
	button = dialog.get_by_role("button", name=worker.say("Open for three hours"))
	button.click()
	refusal = worker.say(
		"There is no child with exactly these names and this birth date. Please check how they are written."
	)
	expect(dialog.get_by_role("alert")).to_have_text(refusal)
	assert worker.faults(".modal.show") == []
	# What was typed is still there.
	box = dialog.locator("[data-fieldname=first_name] input").first
	expect(box).to_have_value("Eikukaan")
	box.fill(child["first_names"])
	box.blur()
	button.click()
	worker.page.wait_for_function("name => window.cur_frm?.docname === name", arg=child["name"])


def test_02_the_banner_is_on_every_page_and_first_for_the_keyboard(worker):
	expect(banner(worker)).to_be_visible()
	expect(banner(worker).get_by_role("status")).to_contain_text("lokiin")
	assert worker.faults("#es-break-glass") == []
	expect(worker.page.locator(".es-overview:visible .es-part-people")).to_be_visible()
	worker.shot("break-glass-2-child")
	worker.open("concern")
	expect(banner(worker)).to_be_visible()
	worker.page.evaluate("() => document.activeElement.blur()")
	first = worker.page.evaluate(
		"""() => document.querySelector("#es-break-glass button").compareDocumentPosition(
			document.querySelector(".navbar")) & Node.DOCUMENT_POSITION_FOLLOWING"""
	)
	assert first
	worker.shot("break-glass-3-list")


def test_03_the_form_is_for_reading(worker, child):
	worker.open(f"child/{child['name']}")
	worker.page.wait_for_function("() => window.cur_frm?.doc?.name && cur_frm.save_disabled")


def test_04_the_button_ends_it(worker, child):
	banner(worker).get_by_role("button", name=worker.say("End it now")).click()
	expect(banner(worker)).to_have_count(0)
	# Not by the page, which goes to the start at the same time.
	answer = worker.page.context.request.get(f"{worker.base_url}/api/resource/Child/{child['name']}")
	assert answer.status == 403
	assert worker.errors == []
	assert worker.strangers == []
