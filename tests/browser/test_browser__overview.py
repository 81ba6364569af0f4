"""The page of a child and of a unit at the desk: what is on it, by keyboard, on a phone, and for a screen reader."""

import re

import pytest
from playwright.sync_api import expect

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}

# The child about whom most is going on, of what this person may see.
BUSIEST = """async () => {
	const going_on = { workflow_state: ["in", ["Raised", "Meeting Agreed", "Under Way", "Planned", "Given", "Confirmed", "Agreed"]] };
	const found = {};
	for (const doctype of ["Concern", "Support Period", "Visit", "Child Plan", "Cooperation Consent", "Network Meeting"]) {
		for (const { child } of await frappe.db.get_list(doctype, { fields: ["child"], filters: going_on, limit: 500 })) {
			(found[child] = found[child] || new Set()).add(doctype);
		}
	}
	return Object.entries(found).sort((a, b) => b[1].size - a[1].size)[0][0];
}"""
# Of the page without Frappe's navigation: does anything stick out on the right?
TOO_WIDE = """() => [...document.querySelectorAll(".page-container:not([style*=none]) .es-overview *")]
	.filter((node) => node.getBoundingClientRect().right > window.innerWidth + 1)
	.map((node) => node.outerHTML.slice(0, 120))"""
# What the Tab key comes to in the overview, in this order.
STOPS = """() => [...document.querySelectorAll(".page-container:not([style*=none]) .es-overview :is(a, button)")]
	.filter((node) => node.offsetParent).map((node) => node.textContent.trim())"""


@pytest.fixture(scope="module")
def child(educator) -> str:
	return educator.page.evaluate(BUSIEST)


def overview(person):
	found = person.page.locator(".page-container:visible .es-overview:not([aria-busy])")
	expect(found).to_be_visible()
	return found


def looks_good(person, name: str) -> None:
	"""Keep a picture of both widths; nothing sticks out, and axe-core has nothing to say."""
	for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
		person.page.set_viewport_size(size)
		overview(person)
		assert person.page.evaluate(TOO_WIDE) == []
		assert person.faults(".page-container:not([style*=none]) .es-overview") == []
		person.page.wait_for_timeout(500)
		person.shot(f"{name}-{width}")
	person.page.set_viewport_size(DESKTOP)


def test_01_a_child_opens_with_the_overview(educator, child):
	educator.open(f"child/{child}")
	page = overview(educator)
	for title in ("Your turn", "Agreed", "What comes next", "People involved", "Time line"):
		expect(page.get_by_role("region", name=educator.say(title), exact=True)).to_be_visible()
		expect(page.get_by_role("heading", name=educator.say(title), exact=True)).to_be_visible()
	looks_good(educator, "overview-1-child")


def test_02_the_time_line_goes_on_by_keyboard(educator):
	timeline = overview(educator).locator(".es-part-timeline")
	more = timeline.get_by_role("button", name=educator.say("Show earlier"))
	before = timeline.locator("li").count()
	assert before
	if more.is_visible():
		more.focus()
		educator.page.keyboard.press("Enter")
		expect(timeline.locator("li").nth(before)).to_be_visible()
		expect(timeline.locator("li").nth(before).locator("a")).to_be_focused()
	days = timeline.locator("li > time").evaluate_all("(nodes) => nodes.map((node) => node.dateTime)")
	assert days == sorted(days, reverse=True)
	expect(timeline.locator("h4").first).to_have_text(re.compile(r"^[A-ZÅÄÖ]\w+kuu \d{4}$"))


def test_03_links_follow_the_order_of_the_page_and_lead_to_the_document(educator, child):
	page = overview(educator)
	stops = educator.page.evaluate(STOPS)
	first = page.locator("a, button").first
	first.focus()
	walked = []
	for _stop in stops:
		walked.append(educator.page.evaluate("() => document.activeElement.textContent.trim()"))
		educator.page.keyboard.press("Tab")
	assert walked == stops
	link = page.locator(".es-part-timeline li a").first
	target = link.get_attribute("href")
	link.focus()
	educator.page.keyboard.press("Enter")
	educator.page.wait_for_function(
		"(name) => window.cur_frm?.docname === name && frappe.request.ajax_count === 0",
		arg=target.split("/")[-1],
	)
	assert child not in educator.page.url


def test_04_the_details_are_one_tab_further(educator, child):
	educator.open(f"child/{child}")
	overview(educator)
	educator.page.locator(
		".page-container:visible .form-tabs .nav-link", has_text=educator.say("Details")
	).click()
	expect(educator.field("first_names")).to_be_visible()
	expect(educator.page.locator(".page-container:visible .es-overview")).to_be_hidden()
	educator.shot("overview-4-details")


def test_05_the_next_step_begins_from_one_menu_by_keyboard(educator, child):
	page = educator.page
	educator.open(f"child/{child}")
	menu = overview(educator).locator(".es-begin")
	opens = menu.get_by_role("button", name=educator.say("Begin the next step"))
	items = menu.locator(".dropdown-item")
	opens.focus()
	page.keyboard.press("Enter")
	expect(items.first).to_be_visible()
	expect(opens).to_have_attribute("aria-expanded", "true")
	assert educator.faults(".page-container:not([style*=none]) .es-begin") == []
	educator.shot("overview-5-begin")
	page.keyboard.press("Escape")
	expect(items.first).to_be_hidden()
	expect(opens).to_be_focused()
	labels = items.all_text_contents()
	assert educator.say("New concern") in labels
	for step, label in enumerate(labels, 1):
		educator.open(f"child/{child}")
		overview(educator)
		opens.focus()
		page.keyboard.press("Enter")
		for _press in range(step):
			page.keyboard.press("ArrowDown")
		expect(items.filter(has_text=label)).to_be_focused()
		page.keyboard.press("Enter")
		page.wait_for_function("(child) => cur_frm.docname !== child && cur_frm.is_new()", arg=child)
		educator.await_answers()
		# An anonymous consultation takes nobody along.
		whose = page.evaluate("() => cur_frm.doc.child")
		assert whose == (None if page.evaluate("() => cur_frm.doctype") == "Consultation" else child), label


def test_06_a_new_child_has_no_overview(educator):
	educator.open("child/new-child-1")
	expect(educator.field("first_names")).to_be_visible()
	expect(educator.page.locator(".page-container:visible .es-overview")).to_have_count(0)


@pytest.fixture(scope="module")
def unit(educator) -> str:
	return educator.page.evaluate("() => frappe.xcall('early_support.casework.people.own_units')")[0]


def test_07_the_unit_opens_with_its_week(educator, unit):
	educator.open(f"day-care-unit/{unit}")
	page = overview(educator)
	for title in ("This week", "Overdue", "Waiting for me"):
		expect(page.get_by_role("region", name=educator.say(title), exact=True)).to_be_visible()
	looks_good(educator, "overview-7-unit")


def test_08_whoever_may_not_see_it_sees_the_unit_only(desk, unit):
	director = desk("Area Director")
	director.open(f"day-care-unit/{unit}")
	expect(director.field("title")).to_be_visible()
	expect(director.page.locator(".page-container:visible .es-overview")).to_have_count(0)
	director.shot("overview-8-area-director")
	assert director.errors == []


def test_09_no_error_and_nobody_else_was_asked(educator):
	assert educator.errors == []
	assert educator.strangers == []
