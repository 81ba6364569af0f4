"""The desk of each role: start page, list, report, form, print, search and menu ask for nothing that is closed."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

REFUSALS = (403, 404, 405)
ROLES = (
	"Early Educator",
	"Special Needs Educator",
	"Unit Director",
	"Area Director",
	"Management Group",
	"Family Counsellor",
	"Social Worker",
	"Form Administrator",
	"Reporting Officer",
	"Privacy Officer",
	"System Manager",
)
LISTS = ("Concern", "Child", "Consultation", "Concern Topic", "Day Care Unit", "ToDo")


@pytest.fixture(scope="module")
def at_desk(desk):
	"""A function role → a desk that notes every refused request."""

	def sit_down(role: str):
		worker = desk(role)
		worker.refused = []

		def note(response) -> None:
			if response.status in REFUSALS:
				form = unquote(response.request.post_data or "") if response.request.method == "POST" else ""
				worker.refused.append(f"{response.status} {urlsplit(response.url).path} {form[:120]}")

		worker.page.context.on("response", note)
		return worker

	return sit_down


def settle(worker, pause: int = 200) -> None:
	"""Wait until the page has what it asked for; what it asks for later still, within `pause` ms or not, is noted as well."""
	worker.await_answers()
	worker.page.wait_for_timeout(pause)


def visit(worker, route: str) -> None:
	"""Go to a page in the desk's own way, without loading all of the desk again: each page asks for the same then."""
	worker.page.evaluate("route => frappe.set_route(route)", f"/app/{route}")
	settle(worker)


def readable(worker, doctype: str) -> str | None:
	"""The name of the first document that the person may open, if the person may list them at all."""
	return worker.page.evaluate(
		"""async doctype => frappe.model.can_read(doctype)
			? ((await frappe.db.get_list(doctype, {limit: 1}))[0] || {name: ""}).name : null""",
		doctype,
	)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_the_desk_asks_for_is_closed(at_desk, role):
	worker = at_desk(role)
	settle(worker)
	worker.open("")
	settle(worker)
	visit(worker, "early-support")
	for doctype in LISTS:
		name = readable(worker, doctype)
		if name is None:
			continue
		slug = doctype.lower().replace(" ", "-")
		visit(worker, slug)
		visit(worker, f"{slug}/view/report")
		if name:
			visit(worker, f"{slug}/{name}")
			if worker.page.evaluate("doctype => frappe.model.can_print(doctype)", doctype):
				visit(worker, f"print/{doctype}/{name}")
	if worker.page.evaluate("() => 'Kuukausitilasto' in frappe.boot.user.all_reports"):
		visit(worker, "query-report/Kuukausitilasto")
	search_and_menu(worker)
	settle(worker, pause=1000)
	assert worker.refused == []
	assert worker.errors == []


def search_and_menu(worker) -> None:
	"""Type into the search, open the notifications, and every entry of the person's own menu that stays in the desk."""
	page = worker.page
	visit(worker, "todo")
	page.locator("#navbar-search").fill("huoli")
	settle(worker)
	page.keyboard.press("Escape")
	page.locator(".dropdown-notifications > button, .dropdown-notifications > a").first.click()
	settle(worker)
	page.keyboard.press("Escape")
	routes = page.evaluate(
		"""() => frappe.boot.navbar_settings.settings_dropdown
			.filter(item => !item.hidden && item.route?.startsWith("/app/")).map(item => item.route.slice(5))"""
	)
	for route in routes:
		visit(worker, route)
	page.evaluate("() => frappe.ui.toolbar.route_to_user()")
	settle(worker)
	page.evaluate("() => frappe.ui.toolbar.setup_session_defaults()")
	settle(worker)
	page.keyboard.press("Escape")


def test_comments_files_and_saves_are_taken(at_desk, tmp_path):
	worker = at_desk("Early Educator")
	name = worker.page.evaluate(
		"""async () => (await frappe.db.get_list("Concern", {
			limit: 1, filters: {workflow_state: "Draft"}}))[0]?.name
			|| (await frappe.db.get_list("Concern", {limit: 1}))[0].name"""
	)
	worker.open(f"concern/{name}")
	worker.await_form("Concern")
	comment = worker.page.locator(".comment-box .ql-editor")
	comment.scroll_into_view_if_needed()
	comment.fill("Soitan huomenna uudelleen.")
	worker.page.locator(".comment-box .btn-comment").click()
	expect(worker.page.locator(".timeline-item", has_text="Soitan huomenna uudelleen.").first).to_be_visible()
	note = tmp_path / "muistio.txt"
	note.write_text("Muistio")
	worker.page.locator(".form-attachments .add-attachment-btn").first.click()
	worker.page.locator(".modal.show input[type=file]").first.set_input_files(note)
	worker.page.locator(
		".modal.show .modal-footer .btn-primary, .modal.show .btn-modal-primary"
	).first.click()
	expect(worker.page.locator(".attachment-row", has_text=re.compile("muistio")).first).to_be_visible()
	settle(worker)
	assert worker.refused == []


def test_a_form_that_is_opened_again_asks_for_itself_alone(at_desk):
	worker = at_desk("Early Educator")
	name = readable(worker, "Concern")
	visit(worker, f"concern/{name}")
	worker.await_form("Concern")
	visit(worker, "concern")
	worker.page.evaluate("name => frappe.model.remove_from_locals('Concern', name)", name)
	asked = []
	worker.page.context.on("request", lambda request: asked.append(urlsplit(request.url).path))
	visit(worker, f"concern/{name}")
	worker.await_form("Concern")
	settle(worker)
	assert [path for path in asked if path.startswith("/api/")] == [
		"/api/method/frappe.desk.form.load.getdoc"
	]
