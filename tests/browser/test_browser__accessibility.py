"""axe-core on every page of ours, as somebody whose page it is: no violation of WCAG 2.1 AA that is ours.

The pages are found, not listed: every form and list of the app that one of these people may open, each once, by whoever
comes first; the reports and the start page. One page load for each person; the rest is the desk's own way between pages.
"""

import json

import pytest

from bench.layout import REPO
from tests.browser.conftest import WCAG

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

MODULE = REPO / "apps" / "early_support" / "early_support" / "early_support"
# In this order they take the pages: whoever fills in a form before whoever reads it.
PEOPLE = (
	"Early Educator",
	"Family Counsellor",
	"Form Administrator",
	"System Manager",
	"Privacy Officer",
	"Reporting Officer",
)
# Violations in what Frappe draws, on every page of every app: rule, where, why it is Frappe's.
FRAPPES: tuple[tuple[str, str, str], ...] = ()

WALK = """async ({ routes, tags, frappes }) => {
	const settled = async () => {
		for (let still = 0, tries = 0; still < 3 && tries < 200; tries++) {
			await new Promise((resolve) => setTimeout(resolve, 50));
			still = frappe.request.ajax_count > 0 ? 0 : still + 1;
		}
	};
	const is_frappes = (rule, node) => {
		const at = document.querySelector(node.target.at(-1));
		return frappes.some(([id, selector]) => id === rule && at?.closest(selector));
	};
	const found = [];
	for (const route of routes) {
		if (route[0] === "New") frappe.new_doc(route[1], true);
		else await frappe.set_route(...route);
		await settled();
		const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
		for (const { id, nodes } of violations) {
			for (const node of nodes.filter((node) => !is_frappes(id, node))) {
				found.push(`${route.join("/")}: ${id}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}: ${node.failureSummary}`);
			}
		}
		// Nothing of an unsaved form asks whether to leave it.
		if (route[0] === "New") frappe.model.clear_doc(cur_frm.doctype, cur_frm.docname);
	}
	return found;
}"""
OPENED = """async (doctypes) => {
	const pages = {};
	for (const doctype of doctypes.filter((doctype) => frappe.model.can_read(doctype))) {
		const [first] = await frappe.db.get_list(doctype, { limit: 1 });
		pages[doctype] = { first: first?.name, can_create: frappe.model.can_create(doctype) };
	}
	return pages;
}"""
REPORTS = "() => Object.keys(frappe.boot.user.all_reports)"


def shipped(kind: str) -> list[dict]:
	"""Return the definitions of the app's own doctypes, or reports."""
	return [json.loads(path.read_text()) for path in sorted(MODULE.glob(f"{kind}/*/*.json"))]


@pytest.fixture(scope="module")
def done() -> set[str]:
	"""The doctypes and reports whose pages somebody has been on."""
	return set()


def routes_of(person, done: set[str]) -> list[list[str]]:
	doctypes = {doc["name"]: doc for doc in shipped("doctype") if not doc.get("istable")}
	singles = [name for name, doc in doctypes.items() if doc.get("issingle") and name not in done]
	others = [name for name in doctypes if name not in done and name not in singles]
	routes = [["Workspaces", "Early Support"]]
	for name, page in person.page.evaluate(OPENED, others).items():
		# The records of the administrators' lists all have one form, and Frappe's one list.
		is_list = "title_sv" in {field["fieldname"] for field in doctypes[name]["fields"]}
		if not is_list:
			routes.append(["List", name, "List"])
		if page["first"]:
			routes.append(["Form", name, page["first"]])
			done.add(name)
		if page["can_create"] and not is_list:
			routes.append(["New", name])
	for name in singles:
		if person.page.evaluate("(name) => frappe.model.can_read(name)", name):
			routes.append(["Form", name, name])
			done.add(name)
	allowed = person.page.evaluate(REPORTS)
	for name in (doc["name"] for doc in shipped("report")):
		if name in allowed and name not in done:
			routes.append(["query-report", name])
			done.add(name)
	return routes


@pytest.mark.parametrize("role", PEOPLE)
def test_no_page_of_ours_shuts_anybody_out(desk, done, role):
	person = desk(role)
	person.begin_axe()
	found = person.page.evaluate(
		WALK,
		{
			"routes": routes_of(person, done),
			"tags": WCAG,
			"frappes": [[rule, selector] for rule, selector, _why in FRAPPES],
		},
	)
	assert found == []
	assert person.errors == []


def test_every_form_was_looked_at(done):
	closed = {"Case Access Log", "Case Access Log Head"}
	filled = {doc["name"] for doc in shipped("doctype") if not doc.get("istable")} - closed
	assert filled - done <= WITHOUT_RECORDS


# Of these the demo municipality has no record, or nobody but the server reads them.
WITHOUT_RECORDS = {"Demo Record", "Case Reminder", "Legal Hold", "Purge Run", "Subject Access Export"}
