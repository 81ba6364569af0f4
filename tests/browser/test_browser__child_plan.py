"""A child's plan (VASU) at the desk: the guardians' form, the talk, the services one by one, and the plan after it."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import typed

CHILD_WITHOUT_PLAN = """async () => {
	const children = await frappe.db.get_list("Child", { limit: 500 });
	const plans = await frappe.db.get_list("Child Plan", { fields: ["child"], limit: 500 });
	const planned = new Set(plans.map((plan) => plan.child));
	return children.map((child) => child.name).find((name) => !planned.has(name));
}"""
ROWS = "() => cur_frm.doc.services.map((row) => [row.service, row.answer || '', row.last_answer || ''])"


@pytest.fixture(scope="module")
def story() -> dict:
	return {}


def grid(educator, table: str):
	return educator.field(table).locator(".grid-body .grid-row")


def cell(row, name: str):
	return row.locator(f".grid-static-col[data-fieldname={name}]")


def test_01_the_plan_begins_at_the_child_with_every_service_by_its_title(educator, story):
	story["child"] = educator.page.evaluate(CHILD_WITHOUT_PLAN)
	educator.open(f"child/{story['child']}")
	educator.page.get_by_role("button", name=educator.say("Begin the child's plan")).click()
	educator.await_form("Child Plan")
	expect(grid(educator, "services").first).to_contain_text("Neuvola")
	educator.save()
	educator.expect_state("Draft")
	story["plan"] = educator.document_name()
	expect(grid(educator, "services").first).to_contain_text("Neuvola")
	# The rows are the municipality's.
	expect(educator.field("services").locator(".grid-add-row:visible")).to_have_count(0)
	expect(educator.field("services").locator(".grid-remove-rows:visible")).to_have_count(0)
	educator.shot("plan-01-begun")


def test_02_the_form_and_the_talk(educator):
	educator.fill("form_received_on", typed(date.today()))
	educator.pick("form_received_how", "Vasu-keskustelussa")
	educator.fill("child_enjoys", "Majan rakentamisesta.")
	educator.next_step(educator.say("Record the guardians' form"))
	educator.expect_state("Guardian Form Received")
	educator.fill("discussed_on", typed(date.today()))
	educator.pick("discussed_how", "Vasu-keskustelussa")
	educator.fill("discussed_with", "Äiti")
	educator.next_step(educator.say("Record the talk"))
	educator.expect_state("Discussed")
	educator.shot("plan-02-talk")


def test_03_each_service_is_answered_in_its_row(educator):
	page = educator.page
	rows = page.evaluate(ROWS)
	first = grid(educator, "services").first
	cell(first, "answer").click()
	first.locator("select[data-fieldname=answer]").select_option("In Use")
	cell(first, "worker").click()
	first.locator("input[data-fieldname=worker]").fill("Terveydenhoitaja")
	page.keyboard.press("Tab")
	page.wait_for_function("() => cur_frm.doc.services[0].worker")
	cell(first, "permission").click()
	first.locator("select[data-fieldname=permission]").select_option("Yes")
	page.wait_for_function("() => cur_frm.doc.services[0].permission === 'Yes'")
	educator.shot("plan-03-row")
	page.get_by_role("button", name=educator.say("The family uses none of the others")).click()
	page.wait_for_function("() => cur_frm.doc.services.every((row) => row.answer)")
	page.evaluate(
		"""() => { cur_frm.add_child("goals", { goal: "Aamu alkaa rauhallisesti." }); cur_frm.refresh_field("goals"); }"""
	)
	educator.fill("next_review_on", typed(date.today() + timedelta(days=200)))
	educator.next_step(educator.say("Confirm the plan"))
	educator.expect_state("Confirmed")
	assert [row[:2] for row in page.evaluate(ROWS)] == [
		[service, "In Use" if number == 0 else "No"] for number, (service, _answer, _last) in enumerate(rows)
	]
	educator.shot("plan-03-confirmed")


def test_04_what_was_confirmed_is_not_open_to_be_written(educator):
	assert educator.field("wishes").locator("textarea:visible").count() == 0
	first = grid(educator, "services").first
	cell(first, "answer").click()
	expect(first.locator("select:visible")).to_have_count(0)
	# Frappe opens the row to be read, over the rest of the form.
	educator.page.keyboard.press("Escape")
	expect(educator.page.locator(".page-container:visible .grid-row-open")).to_have_count(0)


def test_05_a_review_is_requested(educator):
	educator.page.locator(
		".page-container:visible .section-head", has_text=educator.say("If a review is requested")
	).click()
	educator.field("review_requested_by").locator("select").select_option("Guardian")
	educator.save()
	line = educator.page.locator(".page-container:visible .es-next")
	since = educator.say("The review is due since {0}.").format(typed(date.today()))
	expect(line).to_contain_text(since)
	educator.shot("plan-05-requested")


def test_06_the_next_plan_shows_last_time(educator, story):
	educator.next_step(educator.say("Make the next plan"))
	educator.await_form("Child Plan")
	assert educator.document_name() != story["plan"]
	expect(grid(educator, "last_goals").first).to_contain_text("Aamu alkaa rauhallisesti.")
	expect(grid(educator, "services").first).to_contain_text(educator.say("In Use"))
	educator.save()
	educator.expect_state("Draft")
	rows = educator.page.evaluate(ROWS)
	assert [row[2] for row in rows] == ["In Use", *["No"] * (len(rows) - 1)]
	educator.shot("plan-06-next")
	educator.open(f"child/{story['child']}")
	educator.page.get_by_role("button", name=educator.say("Open the child's plan")).click()
	educator.await_form("Child Plan")
	assert educator.errors == []
