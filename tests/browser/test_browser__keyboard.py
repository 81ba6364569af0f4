"""Without a mouse, from the start page to a saved concern and its next step; and on a telephone, each form of casework."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_browser__child_plan import CHILD_WITHOUT_PLAN

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

TELEPHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
FINGER = 44
TABS = 80
IS_AT = "element => element.matches(':focus')"
# Whether the element looks different with the focus than without it.
FOCUS_IS_SEEN = """element => {
	const look = () => {
		const { outline, boxShadow, border } = getComputedStyle(element);
		return outline + boxShadow + border;
	};
	const focused = look();
	element.blur();
	const other = look();
	element.focus();
	return focused !== other;
}"""
# What sticks out of the page to the right, as texts. Tables may be moved sideways in a frame of their own.
STICKS_OUT = """() => {
	const wide = document.documentElement.scrollWidth - innerWidth;
	return wide > 0 ? [`${wide} px wider than the screen`] : [];
}"""
# Our buttons that a finger would miss, and those that something else lies upon.
HARD_TO_HIT = """finger => [...document.querySelectorAll(".page-container:not([style*=none]) :is(.es-next, .es-save, .es-draft, .es-duty) button")]
	.filter(button => button.offsetParent)
	.flatMap(button => {
		button.scrollIntoView({ block: "center" });
		const { left, top, width, height } = button.getBoundingClientRect();
		const there = document.elementFromPoint(left + width / 2, top + height / 2);
		const faults = [];
		if (height < finger) faults.push(`${button.textContent}: ${height} px high`);
		if (!button.contains(there)) faults.push(`${button.textContent} lies under ${there?.outerHTML.slice(0, 100)}`);
		return faults;
	})"""


def tab_to(desk, target, key: str = "Tab") -> None:
	"""Press Tab until the cursor is on `target`, which must be seen there."""
	for _press in range(TABS):
		if target.count() and target.first.evaluate(IS_AT):
			assert target.first.evaluate(FOCUS_IS_SEEN), target
			return
		desk.page.keyboard.press(key)
	raise AssertionError(f"the keyboard does not reach {target}")


def box(desk, name: str):
	return desk.field(name).locator("textarea:visible, input:visible").first


def test_a_concern_and_its_next_step_without_a_mouse(educator):
	keyboard = educator.page.keyboard
	educator.page.wait_for_selector(f"text={educator.say('Waiting for me')}")
	tab_to(educator, educator.page.get_by_role("button", name=educator.say("New concern")))
	keyboard.press("Enter")
	educator.await_form("Concern")
	name = educator.page.evaluate(
		"async () => (await frappe.db.get_list('Child', { limit: 1, fields: ['full_name'] }))[0].full_name"
	)
	tab_to(educator, box(educator, "child"))
	keyboard.type(name)
	expect(educator.field("child").locator(".awesomplete li", has_text=name).first).to_be_visible()
	keyboard.press("Enter")
	tab_to(educator, box(educator, "strengths"))
	keyboard.type("Leikkii pitkään.")
	tab_to(educator, box(educator, "observation"))
	keyboard.type("Itkee aamuisin.")
	tab_to(educator, educator.field("zone").get_by_role("radio").first)
	keyboard.press("ArrowRight")
	keyboard.press("ArrowRight")
	keyboard.press("Control+s")
	bar = educator.page.locator(".page-container:visible .es-save")
	expect(bar).to_contain_text(educator.say("Saved at {0}").format(""))
	educator.shot("keyboard-saved")
	step = educator.page.locator(".page-container:visible .es-next").get_by_role("button")
	tab_to(educator, step, "Shift+Tab")
	keyboard.press("Enter")
	educator.expect_state("Raised")
	assert educator.page.evaluate("() => [cur_frm.doc.observation, cur_frm.doc.zone]") == [
		"Itkee aamuisin.",
		"2",
	]


def first(desk, doctype: str, **filters) -> str:
	return desk.page.evaluate(
		"async ([doctype, filters]) => (await frappe.db.get_list(doctype, { limit: 1, filters }))[0]?.name",
		[doctype, filters],
	)


def test_the_start_page_on_a_telephone(educator):
	educator.page.set_viewport_size(TELEPHONE)
	# Loaded anew: the news of the last save would lie upon the buttons of the forms that come next.
	educator.open("early-support")
	educator.page.wait_for_selector(f"text={educator.say('Waiting for me')}")
	educator.shot("telephone-start")
	assert educator.page.evaluate(STICKS_OUT) == []


# Each form of casework, with the state in which there is most to fill in and who fills it in then.
FORMS = {
	"Concern": ("Draft", "educator"),
	"Consultation": ("Requested", "educator"),
	"Cooperation Consent": ("Draft", "educator"),
	"Referral": ("Draft", "educator"),
	"Child Plan": ("Draft", "educator"),
	"Network Meeting": ("Draft", "educator"),
	"Support Period": ("Under Way", "counsellor"),
	"Visit": ("Planned", "counsellor"),
	"Needs Assessment": ("Opened", "counsellor"),
	"Client Relationship": ("Draft", "counsellor"),
	"Support Plan": ("Draft", "counsellor"),
	"Plan Review": ("Draft", "counsellor"),
}


@pytest.mark.parametrize("doctype", FORMS)
def test_a_form_on_a_telephone(educator, counsellor, doctype):
	state, who = FORMS[doctype]
	desk = {"educator": educator, "counsellor": counsellor}[who]
	desk.page.set_viewport_size(TELEPHONE)
	slug = doctype.lower().replace(" ", "-")
	name = first(desk, doctype, workflow_state=state) or "new"
	desk.page.evaluate("(route) => frappe.set_route(...route)", [slug, name])
	desk.await_form(doctype)
	desk.page.evaluate("() => cur_frm.dirty()")
	expect(desk.page.locator(".page-container:visible .es-save button:visible")).to_be_in_viewport()
	desk.shot(f"telephone-{slug}")
	assert desk.page.evaluate(STICKS_OUT) == []
	assert desk.page.evaluate(HARD_TO_HIT, FINGER) == []
	desk.page.evaluate("() => cur_frm.doc.__unsaved = 0")


def test_a_folded_section_and_a_row_of_a_table_without_a_mouse(educator):
	pencil = educator.field("participants").get_by_role("button", name=educator.say("Edit row {0}").format(1))
	educator.open(f"network-meeting/{first(educator, 'Network Meeting', workflow_state='Draft')}")
	educator.await_form("Network Meeting")
	box(educator, "place").focus()
	tab_to(educator, pencil)
	head = educator.page.locator(
		".page-container:visible .form-layout .section-head:has(.collapse-indicator):visible"
	).last
	tab_to(educator, head)
	educator.page.keyboard.press("Enter")
	expect(head).to_have_attribute("aria-expanded", "true")
	tab_to(educator, pencil, "Shift+Tab")
	educator.page.keyboard.press("Enter")
	expect(educator.page.locator(".grid-row-open input:visible").first).to_be_visible()


# Of the services those that are not answered with No: place in the list → answer, worker, permission.
IN_TOUCH = {
	2: ("In Use", "Terapeutti Salo", "Yes"),
	6: ("Wanted", "", "No"),
	11: ("Earlier", "", "Not Asked"),
}
IN_THE_FORM = "([at, name, value]) => cur_frm.doc.services[at][name] === value"
STORED = """async () => (await frappe.db.get_doc("Child Plan", cur_frm.docname)).services.map(
	(row) => [row.answer, row.worker || "", row.permission])"""


def test_each_service_of_a_plan_without_a_mouse(educator):
	page, keyboard = educator.page, educator.page.keyboard
	page.set_viewport_size(DESKTOP)
	educator.open(f"child/{page.evaluate(CHILD_WITHOUT_PLAN)}")
	page.get_by_role("button", name=educator.say("Begin the child's plan")).click()
	educator.await_form("Child Plan")
	rows = educator.field("services").locator(".grid-body .grid-row")
	number = rows.count()
	assert number >= 20
	titles = [
		text.strip() for text in rows.locator("[data-fieldname=service] .static-area").all_inner_texts()
	]
	pressed = []

	def press(key: str) -> None:
		pressed.append(key)
		keyboard.press(key)

	def answer(at: int, name: str, value: str) -> None:
		"""Press the first letter of an answer in the cell where the cursor is."""
		there = rows.nth(at).locator(f"select[data-fieldname={name}]")
		expect(there).to_be_focused()
		label = {"answer": "Answer", "permission": "Permission to co-operate"}[name]
		expect(there).to_have_accessible_name(f"{titles[at]}: {educator.say(label)}")
		press(educator.say(value)[0].lower())
		page.wait_for_function(IN_THE_FORM, arg=[at, name, value])

	educator.field("services_declined").locator("input").first.focus()
	press("Tab")
	expect(
		page.get_by_role("button", name=educator.say("The family uses none of the others"))
	).to_be_focused()
	press("Tab")
	for at in range(number):
		said, worker, permission = IN_TOUCH.get(at, ("No", "", "Not Asked"))
		answer(at, "answer", said)
		if worker or permission != "Not Asked":
			press("Tab")
			keyboard.type(worker)
			press("Tab")
			answer(at, "permission", permission)
			# On by the pencil.
			press("Tab")
			press("Tab")
		elif at < number - 1:
			press("ArrowDown")
	assert len(pressed) < 3 * number
	expect(page.locator(".es-answered [role=status]")).to_have_text(
		educator.say("{0} of {1} services answered").format(number, number)
	)
	educator.shot("keyboard-services")
	# Behind the last one the table ends, and no row is added.
	press("Tab")
	press("Tab")
	expect(rows).to_have_count(number)
	assert not rows.last.evaluate("row => row.contains(document.activeElement)")
	press("Control+s")
	page.wait_for_function("() => !cur_frm.is_new() && !cur_frm.is_dirty()")
	assert page.evaluate(STORED) == [[*IN_TOUCH.get(at, ("No", "", "Not Asked"))] for at in range(number)]
	assert educator.faults(".page-container:not([style*=none]) .es-service-list") == []
	assert educator.errors == []


def test_a_question_answered_while_it_opens_closes_all_the_same(educator):
	educator.open("concern")
	answer = """() => {
		const dialog = frappe.confirm("Demo?", () => {});
		window.es_opening = dialog.$wrapper.data("bs.modal")._isTransitioning;
		dialog.get_primary_btn().click();
	}"""
	educator.page.evaluate(answer)
	assert educator.page.evaluate("window.es_opening"), "nothing was tried: the dialog opens at once here"
	expect(educator.page.locator(".modal.show")).to_have_count(0)
	expect(educator.page.locator(".modal-backdrop")).to_have_count(0)
