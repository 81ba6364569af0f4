"""axe-core on the pages of ours, as somebody whose page it is: no violation of WCAG 2.1 AA that is ours.

The forms are found, not listed: each form of the app that one of these people may open, once, by whoever comes first, in a
state in which there is something to fill in, and anew where he or she may begin one; the start page, a list and the reports
besides. One page load for each person; the rest is the desk's own way between pages.
"""

import json

import pytest

from bench.layout import REPO
from tests.browser.conftest import WCAG

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

MODULE = REPO / "apps" / "early_support" / "early_support" / "early_support"
# In this order they take the forms: whoever fills one in before whoever reads it.
PEOPLE = (
	"Early Educator",
	"Family Counsellor",
	"Social Worker",
	"Unit Director",
	"Area Director",
	"Reporting Officer",
	"Privacy Officer",
	"Form Administrator",
)
# Violations in what Frappe draws, on every page of every app: rule, where, why it is Frappe's.
FRAPPES = (
	("meta-viewport", "meta", "the head of the desk's page is Frappe's, and forbids zooming on a phone"),
	("image-alt", ".navbar", "the logo of the desk has no text"),
	("link-name", ".navbar", "icons of the desk's bar are named by a tooltip only"),
	("color-contrast", ".navbar", "initials of the user, in the colours of the theme"),
	("color-contrast", ".page-head", "buttons of the page, in the theme's primary colour"),
	("color-contrast", ".layout-side-section", "the side of the page, in the theme's muted grey"),
	("color-contrast", ".form-footer", "comments and history, in the theme's muted grey"),
	("color-contrast", ".frappe-list", "rows and buttons of a list, in the colours of the theme"),
	("color-contrast", ".form-links", "numbers on the connections of a form"),
	("button-name", ".page-head", "icons of the page are named by a tooltip only"),
	("button-name", ".frappe-list", "icons of a list are named by a tooltip only"),
	("button-name", ".scroll-to-top", "an icon without a name"),
	("link-name", ".layout-side-section", "icons of the side are named by a tooltip only"),
	("list", ".layout-side-section", "the side of the page nests lists and sections"),
	("listitem", ".layout-side-section", "the side of the page nests lists and sections"),
	("label", ".list-row-checkbox, .list-check-all", "the boxes that choose rows of a list"),
	("label", ".grid-row-check", "the boxes that choose rows of a table"),
	(
		"label",
		".filter-section, .standard-filter-section",
		"the filters above a list have a placeholder only",
	),
	("label", ".datatable, .dt-paste-target", "the filters and boxes of a report's table"),
	("label", ".grid-heading-row", "the filters above the columns of a table"),
	("label", ".datepicker", "the sliders with which a time is chosen"),
	("listitem", ".form-tabs", "tabs of a form are marked as a list and as tabs at once"),
	("aria-required-children", ".form-tabs", "as before"),
	("aria-required-parent", ".form-tabs", "as before"),
	("aria-valid-attr-value", ".form-tabs", "tabs name places that are not there"),
	("button-name", ".form-links", "the button that adds a connected document has no name"),
	("color-contrast", ".page-form", "the names of filters stand in them, in the theme's pale grey"),
	("label", ".comment-box", "the box for comments is an editor without a name"),
)
# What Frappe throws and leaves uncaught: a report waits for a filter that must be chosen first; a page with something that
# is still being drawn is left at once, as only this walk does.
FRAPPES_ERRORS = ("Filter missing", "Failed to execute 'removeChild' on 'Node'")

WALK = """async ({ routes, tags, frappes }) => {
	const settled = async () => {
		for (let still = 0, tries = 0; still < 3 && tries < 200; tries++) {
			await new Promise((resolve) => setTimeout(resolve, 50));
			still = frappe.request.ajax_count > 0 ? 0 : still + 1;
		}
	};
	const is_frappes = (rule, node) => {
		// In a shadow, as on the start page, nothing is Frappe's.
		const at = Array.isArray(node.target.at(-1)) ? null : document.querySelector(node.target.at(-1));
		return frappes.some(([id, selector]) => id === rule && at?.closest(selector));
	};
	const found = [];
	for (const route of routes) {
		await frappe.set_route(...route);
		await settled();
		const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
		for (const { id, nodes } of violations) {
			for (const node of nodes.filter((node) => !is_frappes(id, node))) {
				found.push(`${route.join("/")}: ${id}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}: ${node.failureSummary}`);
			}
		}
	}
	return found;
}"""
# One of each that this person may open; first one in the state in which it begins, where there is most to fill in.
OPENED = """async (doctypes) => {
	const found = [];
	for (const [doctype, state, is_single] of doctypes.filter(([doctype]) => frappe.model.can_read(doctype))) {
		if (is_single) {
			found.push(["Form", doctype, doctype]);
			continue;
		}
		const filters = state ? { workflow_state: state } : {};
		const [row] = await frappe.db.get_list(doctype, { filters, limit: 1 });
		const [any] = row || !state ? [row] : await frappe.db.get_list(doctype, { limit: 1 });
		if (any) found.push(["Form", doctype, any.name]);
	}
	return found;
}"""
# Those that this person may begin: their names, as the desk writes them in an address.
BEGUN = "(doctypes) => doctypes.filter((doctype) => frappe.model.can_create(doctype) && !frappe.model.is_single(doctype))"
REPORTS = "() => Object.keys(frappe.boot.user.all_reports)"


def shipped(kind: str) -> list[dict]:
	"""Return the definitions of the app's own doctypes, or reports."""
	return [json.loads(path.read_text()) for path in sorted(MODULE.glob(f"{kind}/*/*.json"))]


@pytest.fixture(scope="module")
def done() -> set[str]:
	"""The doctypes and reports whose pages somebody has been on."""
	return set()


def routes_of(person, done: set[str]) -> list[list[str]]:
	"""Return the ways to the pages on which nobody has been yet, and note them as done."""
	ours = [doc for doc in shipped("doctype") if not doc.get("istable")]
	lists = [doc["name"] for doc in ours if _is_list(doc)]
	# The lists of the administrators have one form.
	ours = [doc for doc in ours if not _is_list(doc) or doc["name"] == lists[0]]
	forms = [
		(doc["name"], _first_state(doc["name"]), bool(doc.get("issingle")))
		for doc in ours
		if doc["name"] not in done
	]
	opened = person.page.evaluate(OPENED, forms)
	names = [doc["name"] for doc in ours if f"new {doc['name']}" not in done]
	begun = person.page.evaluate(BEGUN, names)
	allowed = person.page.evaluate(REPORTS)
	reports = [doc["name"] for doc in shipped("report") if doc["name"] in allowed and doc["name"] not in done]
	done.update(doctype for _form, doctype, _name in opened)
	done.update(f"new {doctype}" for doctype in begun)
	done.update(reports)
	a_list = [["List", opened[0][1], "List"]] if opened else []
	return [
		["Workspaces", "Early Support"],
		*a_list,
		*opened,
		*([doctype.lower().replace(" ", "-"), "new"] for doctype in begun),
		*(["query-report", name] for name in reports),
	]


def _is_list(doc: dict) -> bool:
	return "title_sv" in {field["fieldname"] for field in doc["fields"]}


def _first_state(doctype: str) -> str | None:
	"""Return the state in which casework of a kind begins."""
	path = MODULE / "workflow" / doctype.lower().replace(" ", "_")
	files = [*path.glob("*.json")]
	return json.loads(files[0].read_text())["workflow"]["states"][0]["state"] if files else None


@pytest.mark.parametrize("role", PEOPLE)
def test_no_page_of_ours_shuts_anybody_out(desk, done, role):
	person = desk(role)
	person.begin_axe()
	frappes = [[rule, selector] for rule, selector, _why in FRAPPES]
	walk = {"routes": routes_of(person, done), "tags": WCAG, "frappes": frappes}
	assert person.page.evaluate(WALK, walk) == []
	assert [error for error in person.errors if not error.startswith(FRAPPES_ERRORS)] == []


def test_every_case_form_was_looked_at(done):
	cases = {doc["name"] for doc in shipped("doctype") if _first_state(doc["name"])}
	assert cases
	# Of suggested changes the demo has none: test_browser__form_change.py looks at one.
	assert cases - {"Form Change Request"} <= done
	assert {"new Concern", "new Consultation", "new Unit Event", "Early Support Settings"} <= done
