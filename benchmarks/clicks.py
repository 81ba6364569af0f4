"""A form in the browser: from the click in a list until somebody can type into it."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe

from benchmarks import organisation
from benchmarks.desk import Desk
from early_support.demo.site import settle

URL = "ES_BENCHMARK_URL"
CORE = "ToDo"
STATE = "Discussed"
ROWS = 20
# Chromium's own services are off, and it may not sandbox itself where we run as root.
CHROMIUM_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
OPEN_LIST = """doctype => frappe.set_route("List", doctype, "List")"""
# The list draws its rows anew after it is shown.
SETTLES = 500
LIST_IS_THERE = """doctype => window.cur_list?.doctype === doctype && frappe.get_route()[0] === "List"
	&& cur_list.$result?.find(".list-subject a:visible").length && frappe.request.ajax_count === 0"""
ITS_ROWS = "() => cur_list.data.map(row => row.name)"
# Forgets the document first, so that it is fetched each time. Usable: the form shows it with a box to type into, nothing
# lies over it, and nothing that it has asked for is on its way, in five pictures on end; the first of them counts.
CLICK = """([doctype, name]) => new Promise((done, fail) => {
	const leads_to = link => decodeURIComponent(link.pathname.split("/").pop());
	const link = cur_list.$result.find(".list-subject a").toArray().find(link => leads_to(link) === name);
	frappe.model.remove_from_locals(doctype, name);
	const started = performance.now();
	let since = 0, pictures = 0;
	const is_usable = () =>
		window.cur_frm?.doctype === doctype && cur_frm.docname === name && frappe.get_route()[2] === name
		&& frappe.request.ajax_count === 0 && !document.querySelector("#freeze")
		&& cur_frm.layout.wrapper.find(":input:visible:enabled").length;
	const look = () => {
		const now = performance.now();
		if (now - started > 60000) return fail(new Error(`${doctype} ${name} did not open`));
		if (!is_usable()) pictures = 0;
		else if (!pictures++) since = now;
		if (pictures === 5) return done((since - started) / 1000);
		requestAnimationFrame(look);
	};
	link.click();
	requestAnimationFrame(look);
})"""


def prepare() -> None:
	"""Make the site one that people log in to, and give Administrator as many ToDos as a page of a list has rows."""
	settle()
	for number in range(frappe.db.count(CORE, {"allocated_to": "Administrator"}), ROWS):
		values = {"description": f"Asia {number + 1}", "allocated_to": "Administrator"}
		frappe.get_doc({"doctype": CORE, **values}).insert()


@contextmanager
def ways(site: str) -> Iterator[dict[str, Callable[[], float]]]:
	"""Give, inside, the two ways to open a form by a click, each of which returns its seconds: {name: way}.

	The sessions are the browser's own: its pages ask for a token of the session, which the other groups do not send.

	Raises:
		KeyError: the site is not served, its address is in none of the environment's variables.
	"""
	# Here, because only this group needs the browser.
	from playwright.sync_api import sync_playwright

	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(
			executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
			args=CHROMIUM_ARGUMENTS,
		)
		yield {
			# In a stage in which an educator writes: where nothing can be typed, no form is usable.
			"a concern": _way(
				browser, Desk(site, organisation.EDUCATOR.user), "Concern", f"workflow_state={STATE}"
			),
			CORE: _way(browser, Desk(site, "Administrator"), CORE, "status=Open"),
		}
		browser.close()


def _way(browser, desk: Desk, doctype: str, only: str) -> Callable[[], float]:
	url = os.environ[URL]
	context = browser.new_context(viewport={"width": 1280, "height": 900})
	context.add_cookies([{"name": "sid", "value": desk.sid, "url": url}])
	page = context.new_page()
	page.set_default_timeout(120_000)
	page.goto(f"{url}/app/{frappe.scrub(doctype)}?{only}")
	page.wait_for_function(LIST_IS_THERE, arg=doctype)
	rows = itertools.cycle(page.evaluate(ITS_ROWS)[:ROWS])

	def work() -> float:
		page.evaluate(OPEN_LIST, doctype)
		page.wait_for_timeout(SETTLES)
		page.wait_for_function(LIST_IS_THERE, arg=doctype)
		return page.evaluate(CLICK, [doctype, next(rows)])

	return work
