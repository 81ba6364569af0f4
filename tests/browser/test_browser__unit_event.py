"""The yearly calendar of a unit in the browser, in Finnish: an event is planned, and the report shows what is missing."""

import datetime

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import typed

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

PLACE = "Ison ryhmän tila"


def rows_of(desk, kind: str) -> list[dict]:
	"""Return the rows of the report that is open, for one kind."""
	desk.page.wait_for_function(
		"() => frappe.query_report?.report_name === 'Vuosikello' && frappe.query_report.data?.length"
	)
	return desk.page.evaluate("kind => frappe.query_report.data.filter((row) => row.kind === kind)", kind)


def numbers(desk) -> dict[str, int]:
	desk.open("query-report/Vuosikello")
	(row,) = rows_of(desk, "family-evening")
	return {name: row[name] for name in ("planned", "held", "missing")}


def test_01_an_event_is_planned_and_the_report_counts_it(educator):
	before = numbers(educator)
	expect(educator.page.locator(".page-container:visible .datatable")).to_contain_text("Perheilta")
	educator.shot("calendar-01-report")
	educator.open("unit-event/new")
	educator.page.wait_for_function("() => window.cur_frm?.doctype === 'Unit Event' && cur_frm.doc.unit")
	educator.pick("kind", "Perheilta")
	educator.fill("event_date", typed(datetime.date.today() + datetime.timedelta(days=1)))
	educator.fill("place", PLACE)
	educator.fill("activity", "Lyhtypolku")
	educator.shot("calendar-02-form")
	educator.save()
	educator.page.wait_for_function("() => !cur_frm.is_new() && !cur_frm.is_dirty()")
	assert educator.page.evaluate("() => [cur_frm.doc.state, cur_frm.doc.place]") == ["Planned", PLACE]
	expect(educator.page.get_by_role("button", name=educator.say("Cancel the event"))).to_be_visible()
	educator.shot("calendar-03-planned")
	assert numbers(educator)["planned"] == before["planned"] + 1


def test_02_a_text_that_names_somebody_is_not_stored(educator):
	name = educator.page.evaluate(
		"""async () => (await frappe.db.get_list("Unit Event", {
			filters: { kind: "family-evening", state: "Planned" }, order_by: "creation desc", limit: 1 }))[0].name"""
	)
	educator.open(f"unit-event/{name}")
	educator.page.wait_for_function("name => window.cur_frm?.docname === name", arg=name)
	educator.fill("notes", "Soita 040 123 4567")
	educator.save()
	expect(educator.page.locator(".modal.show mark")).to_have_text("040 123 4567")
	assert educator.faults(".modal.show .modal-content") == []
	educator.shot("calendar-04-refused")
	# What would be refused is not offered.
	for place in (".comment-box", ".form-attachments", ".form-tags", ".form-shared", ".form-follow"):
		expect(educator.page.locator(f".page-container:visible {place}:visible")).to_have_count(0)


def test_03_the_calendar_and_the_list(educator):
	educator.open("unit-event/view/calendar/default")
	expect(educator.page.locator(".fc-event").first).to_be_visible()
	assert educator.faults(".page-container:not([style*=none])") == []
	educator.shot("calendar-05-month")
	educator.open("unit-event/view/list")
	pills = educator.page.locator(".list-row .indicator-pill", has_text=educator.say("Planned"))
	expect(pills.first).to_be_visible()
	educator.page.locator(
		"button:visible", has_text=educator.say("Copy last season's calendar")
	).first.click()
	box = educator.page.locator(".modal.show")
	expect(box).to_contain_text(educator.say("Season"))
	expect(box).to_have_css("opacity", "1")
	assert educator.faults(".modal.show") == []
	educator.shot("calendar-06-copy")
	box.get_by_role("button", name=educator.say("Copy"), exact=True).click()
	expect(educator.page.locator("#alert-container")).to_contain_text(educator.say("Planned"))
	assert educator.errors == []


def test_04_an_area_director_sees_the_report_and_plans_nothing(desk):
	director = desk("Area Director")
	director.open("query-report/Vuosikello")
	assert len({row["unit"] for row in rows_of(director, "house-meeting")}) >= 2
	director.shot("calendar-07-area")
	assert director.page.evaluate("() => frappe.model.can_create('Unit Event')") is False
	# Frappe's table begins to draw itself anew before it has done, where the machine is slow.
	assert [error for error in director.errors if "removeChild" not in error] == []
