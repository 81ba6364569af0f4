"""What a form shows when it is opened, at once and without asking for more: what may be done, which rows may be changed, and
to which of several documents about one child a link leads."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.cases import NETWORK, TODAY

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

EARLIER = date.today() - timedelta(days=9)


@pytest.fixture(scope="module")
def concerns(cases) -> list[dict]:
	"""Two concerns about one child, of which the first has led to an agreed meeting."""
	made = [
		cases.make("Early Educator", "Concern", child=cases.child, observation="Itkee.", observed_on=day)
		for day in (str(EARLIER), TODAY)
	]
	talk = {"discussed_on": TODAY, "discussed_how": cases.how}
	steps = (("Raise the concern", {}), ("Record the talk", talk), ("Propose a meeting", {}))
	return [cases.move("Early Educator", made[0], *steps, ("Parents agree to meet", {})), made[1]]


@pytest.fixture(scope="module")
def meetings(cases, concerns) -> dict[str, dict]:
	"""A network meeting that may be written still, and one to which the family has said no."""
	made = {}
	for state in ("Draft", "Declined"):
		values = {**NETWORK, "child": cases.child, "concern": concerns[0]["name"]}
		made[state] = cases.make("Early Educator", "Network Meeting", **values)
	made["Declined"] = cases.move("Early Educator", made["Declined"], ("Parents decline", {}))
	return made


def open_in_place(desk, doc: dict) -> None:
	"""Open a form without loading the page anew."""
	desk.page.evaluate("doc => frappe.set_route('Form', doc.doctype, doc.name)", doc)
	desk.await_form(doc["doctype"])


def test_the_moves_are_there_without_being_asked_for(educator, concerns):
	educator.open("concern")
	educator.await_answers()
	asked: list[str] = []
	educator.page.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
	open_in_place(educator, concerns[0])
	assert any("frappe.desk.form.load.getdoc" in each for each in asked)
	assert not [each for each in asked if "get_transitions" in each]
	menu = educator.page.locator(".page-container:visible .page-head .actions-btn-group")
	menu.get_by_role("button").click()
	expect(menu.locator(".dropdown-item", has_text=educator.say("Parents decline"))).to_be_visible()
	educator.page.keyboard.press("Escape")
	# Of what has been changed since it was opened they are not believed.
	educator.page.evaluate(
		"() => frappe.workflow.get_transitions({ ...cur_frm.doc, modified: '2020-01-01' })"
	)
	educator.await_answers()
	assert [each for each in asked if "get_transitions" in each]


def test_a_row_that_can_only_be_read_is_shown_and_not_edited(educator, meetings):
	"""Each form is drawn once and shows one document after the other."""
	for state, say, head in (
		("Draft", "Edit row {0}", "Editing Row"),
		("Declined", "Show row {0}", "Row {0}"),
		("Draft", "Edit row {0}", "Editing Row"),
	):
		open_in_place(educator, meetings[state])
		rows = educator.field("participants")
		pencil = rows.get_by_role("button", name=educator.say(say).format(1))
		expect(pencil).to_be_visible()
		word = pencil.locator(".edit-grid-row")
		expect(word).to_have_text(educator.say("Edit" if state == "Draft" else "Show"))
		pencil.click()
		title = rows.locator(".grid-row-open .panel-title")
		expect(title).to_have_text(re.compile(re.escape(educator.say(head).format("#"))))
		add = rows.locator(".grid-row-open .grid-append-row")
		expect(add).to_be_visible() if state == "Draft" else expect(add).to_be_hidden()
		educator.shot(f"opening-row-{state}")
		educator.page.keyboard.press("Escape")
		expect(title).to_be_hidden()


def test_a_link_says_which_of_several_concerns_it_is(educator, meetings, concerns):
	open_in_place(educator, meetings["Draft"])
	day = educator.page.evaluate("day => frappe.datetime.str_to_user(day)", str(EARLIER))
	link = educator.field("concern").get_by_role("link", name=f"{concerns[0]['child_name']}, {day}")
	expect(link).to_be_visible()
	educator.shot("opening-links")
