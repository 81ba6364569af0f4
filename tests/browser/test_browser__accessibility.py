"""The pages of ours, as somebody whose page it is: no violation of WCAG 2.1 AA that is ours, no English, a picture of each.

The forms are found, not listed: each form of the app that one of these people may open, once, by whoever comes first, in a
state in which there is something to fill in, and anew where he or she may begin one; the workspaces, the lists in which
something is ours, and the reports besides, and the later states of a case that show more. One page load for each person; the
rest is the desk's own way between pages. Dialogs and the calendar are looked at where they are used.
"""

import json
import re

import pytest
from playwright.sync_api import expect

from bench.layout import REPO
from tests.browser.axe import ASKED, LOOK
from tests.conftest import frappe

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

MODULE = REPO / "apps" / "early_support" / "early_support" / "early_support"
SHIPPED = MODULE.parent / "fixtures" / "defaults" / "workspace" / "2_workspace.json"
# In this order they take the forms: whoever fills one in before whoever reads it.
PEOPLE = (
	"Early Educator",
	"Family Counsellor",
	"Social Worker",
	"Unit Director",
	"Special Needs Educator",
	"Area Director",
	"Management Group",
	"Reporting Officer",
	"Privacy Officer",
	"Form Administrator",
	"System Manager",
)
START_PAGE = ["Workspaces", "Early Support"]
# What shows in a later state only: of which form, in which state, where.
LATER = (
	("Concern", "Urgent", ".es-duty"),
	("Referral", "Joint Contact", ".es-told"),
	("Needs Assessment", "Broad", ".es-days"),
	("Support Plan", "Under Review", ".es-told"),
	("Child Plan", "Confirmed", ".es-next"),
)
# Forms on which none of these people comes in the demo municipality, and why.
NOT_LOOKED_AT = {
	"Form Change Request": "nobody has suggested anything: test_browser__form_change.py looks at one",
	"Form Pack": "no pack has been made or brought: test_browser__form_pack.py looks at one",
	"Report Run": "no report has been ordered: one is looked at anew",
	"Purge Run": "nothing has been destroyed yet",
	"Case Access Log": "a report reads it, Who Looked, and no form",
	"Case Access Log Head": "no role reads it",
	"Case Reminder": "no role reads it",
	"Demo Record": "no person's work: it shows System Managers what the demo has made, by its names",
}
# What Frappe throws and leaves uncaught: a report waits for a filter that must be chosen first; a page with something that
# is still being drawn is left at once, as only this walk does.
FRAPPES_ERRORS = ("Filter missing", "Failed to execute 'removeChild' on 'Node'")

# Opens a page by the desk's own way and waits until nothing more is on its way; says whether it shows what it should.
VISIT = """async ({ route, shows }) => {
	await frappe.set_route(...route);
	for (let still = 0, tries = 0; still < 3 && tries < 200; tries++) {
		await new Promise((resolve) => setTimeout(resolve, 50));
		still = frappe.request.ajax_count > 0 ? 0 : still + 1;
	}
	const at = document.querySelector(".page-container:not([style*=none])");
	return shows && !at.querySelector(shows)?.checkVisibility() ? [`does not show ${shows}`] : [];
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
# One in a state, if this person finds one.
IN_STATE = """async ([doctype, state]) => frappe.model.can_read(doctype)
	&& (await frappe.db.get_list(doctype, { filters: { workflow_state: state }, limit: 1 }))[0]?.name"""
# A comment in words, whose place in the history is Frappe's.
COMMENT = """(name) => frappe.xcall("frappe.desk.form.utils.add_comment", {
	reference_doctype: "Concern", reference_name: name, content: "Sovittiin puhelimessa.",
	comment_email: frappe.session.user, comment_by: frappe.session.user_fullname })"""
# Those that this person may begin: their names, as the desk writes them in an address.
BEGUN = "(doctypes) => doctypes.filter((doctype) => frappe.model.can_create(doctype) && !frappe.model.is_single(doctype))"
# Those of our workspaces that stand at the side of their start page.
WORKSPACES = (
	"(ours) => frappe.boot.allowed_workspaces.map(({ name }) => name).filter((name) => ours.includes(name))"
)
REPORTS = "() => Object.keys(frappe.boot.user.all_reports)"
# Those that this person may read.
READ = "(doctypes) => doctypes.filter((doctype) => frappe.model.can_read(doctype))"


def shipped(kind: str) -> list[dict]:
	"""Return the definitions of the app's own doctypes, or reports."""
	return [json.loads(path.read_text()) for path in sorted(MODULE.glob(f"{kind}/*/*.json"))]


# The doctypes in whose lists something is ours: marks of the state, buttons.
DRAWN_LISTS = [
	doc["name"]
	for doc in shipped("doctype")
	if [*MODULE.glob(f"doctype/*/{doc['name'].lower().replace(' ', '_')}_list.js")]
]


@pytest.fixture(scope="module")
def done() -> set[str]:
	"""The doctypes and reports whose pages somebody has been on."""
	return set()


def routes_of(person, done: set[str]) -> list[dict]:
	"""Return the ways to the pages on which nobody has been yet, and note them as done."""
	ours = [doc for doc in shipped("doctype") if not doc.get("istable")]
	forms = [
		(doc["name"], _first_state(doc["name"]), bool(doc.get("issingle")))
		for doc in ours
		if doc["name"] not in done and doc["name"] not in NOT_LOOKED_AT
	]
	opened = person.page.evaluate(OPENED, forms)
	lists = [doc["name"] for doc in ours if _is_list(doc)]
	# Anew the lists of the administrators look alike.
	names = [doc["name"] for doc in ours if f"new {doc['name']}" not in done and doc["name"] not in lists[1:]]
	begun = person.page.evaluate(BEGUN, names)
	listed = person.page.evaluate(READ, [name for name in DRAWN_LISTS if f"list {name}" not in done])
	# The first one opens most of the forms; the reports are left to those who have fewer.
	allowed = person.page.evaluate(REPORTS) if done else []
	reports = [doc["name"] for doc in shipped("report") if doc["name"] in allowed and doc["name"] not in done]
	workspaces = [workspace["name"] for workspace in json.loads(SHIPPED.read_text())]
	routes = [
		*(["Workspaces", name] for name in person.page.evaluate(WORKSPACES, workspaces)),
		*(["List", doctype, "List"] for doctype in listed),
		*opened,
		*([doctype.lower().replace(" ", "-"), "new"] for doctype in begun),
		*(["query-report", name] for name in reports),
	]
	done.update(doctype for _form, doctype, _name in opened)
	done.update(f"new {doctype}" for doctype in begun)
	done.update(f"list {doctype}" for doctype in listed)
	done.update(reports)
	return [{"route": route} for route in routes] + later_routes_of(person, done)


def later_routes_of(person, done: set[str]) -> list[dict]:
	"""Return the ways to what shows in a later state only, with where it shows."""
	found = []
	for doctype, state, shows in LATER:
		if f"{doctype} {state}" in done:
			continue
		if name := person.page.evaluate(IN_STATE, [doctype, state]):
			done.add(f"{doctype} {state}")
			found.append({"route": ["Form", doctype, name], "shows": shows})
			if doctype == "Concern":
				person.page.evaluate(COMMENT, name)
	return found


def _is_list(doc: dict) -> bool:
	return "title_sv" in {field["fieldname"] for field in doc["fields"]}


def _first_state(doctype: str) -> str | None:
	"""Return the state in which casework of a kind begins."""
	path = MODULE / "workflow" / doctype.lower().replace(" ", "_")
	files = [*path.glob("*.json")]
	return json.loads(files[0].read_text())["workflow"]["states"][0]["state"] if files else None


def faults(person, route: list[str], language: str, shows: str | None = None, axe: bool = True) -> list[str]:
	"""Go to a page, keep a picture of it, and return what is wrong there, one text for each fault."""
	found = person.page.evaluate(VISIT, {"route": route, "shows": shows})
	if route == START_PAGE:
		# What waits is asked for when the page stands, and comes later.
		expect(person.page.locator("[data-es-waiting] h3:visible").first).to_be_visible()
	if axe:
		found += person.page.evaluate(LOOK, ASKED)
	found += person.in_english(language=language)
	at = "/".join(route)
	person.shot(re.sub(r"[^\w-]+", "-", f"walk-{language}-{person.role}-{at}").lower())
	return [f"{at}: {fault}" for fault in found]


# The first one opens most of the forms; with axe and a picture of each, that takes longer than other tests may on a busy machine.
@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", PEOPLE)
def test_no_page_of_ours_shuts_anybody_out(desk, done, role):
	person = desk(role)
	person.begin_axe()
	found = []
	for step in routes_of(person, done):
		found += faults(person, language="fi", **step)
	assert not found, "\n".join(found)
	assert [error for error in person.errors if not error.startswith(FRAPPES_ERRORS)] == []


def test_every_form_and_report_was_looked_at(done):
	"""None drops out unseen because nobody finds one, or may no longer open it."""
	ours = {doc["name"] for doc in shipped("doctype") if not doc.get("istable")}
	looked_at = {name.removeprefix("new ") for name in done}
	assert sorted({f"list {doctype}" for doctype in DRAWN_LISTS} - done) == []
	assert sorted(ours - looked_at - NOT_LOOKED_AT.keys()) == []
	# Of a case a stored one, in which everything shows.
	cases = {name for name in ours if _first_state(name)}
	assert sorted(cases - done - NOT_LOOKED_AT.keys()) == []
	assert sorted({doc["name"] for doc in shipped("report")} - done) == []
	assert sorted({f"{doctype} {state}" for doctype, state, _shows in LATER} - done) == []
	assert {"new Concern", "new Consultation", "new Unit Event", "Early Support Settings"} <= done


# What opens a dialog of ours from anywhere, whoever needs it.
DIALOGS = (
	"early_support.break_glass.ask",
	"early_support.own_contact.ask",
	"early_support.packs.make",
	"early_support.packs.bring",
)


@pytest.fixture
def swedish(site, people):
	"""An early educator who has chosen Swedish."""
	user = people["Early Educator"]["user"]

	def speak(language: str) -> None:
		arguments = repr(["User", user, "language", language])
		frappe(site, "execute", "frappe.client.set_value", "--args", arguments)

	speak("sv")
	yield "Early Educator"
	speak("fi")


def test_no_english_in_swedish(desk, swedish):
	person = desk(swedish)
	child = person.page.evaluate("async () => (await frappe.db.get_list('Child', { limit: 1 }))[0].name")
	forms = person.page.evaluate(OPENED, [(name, None, False) for name in ("Concern", "Child Plan")])
	pages = [START_PAGE, ["Form", "Child", child], ["List", "Concern", "List"], *forms]
	found = [fault for route in pages for fault in faults(person, route, "sv", axe=False)]
	for asks in DIALOGS:
		person.page.evaluate(f"() => {{ {asks}(); }}")
		shown = person.page.locator(".modal.show")
		expect(shown).to_be_visible()
		found += [f"{asks}: {fault}" for fault in person.in_english(".modal.show", "sv")]
		person.shot(f"walk-sv-{asks.split('.')[-2]}-{asks.split('.')[-1]}")
		person.page.evaluate("() => cur_dialog.hide()")
		expect(shown).to_have_count(0)
	assert not found, "\n".join(found)
