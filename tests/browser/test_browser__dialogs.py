"""Dialogs that no other test opens: by their buttons, in Finnish, closed to nobody, with words that everybody understands."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OPTION

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

SHOWN = ".modal.show .modal-content"
# A family with a guardian whose contacts are protected, of those that this person may open.
PROTECTED = """async () => (await frappe.db.get_list("Family", {
	filters: [["Family Guardian", "non_disclosure", "=", 1]], limit: 1 }))[0].name"""


def dialog(person):
	return person.page.locator(".modal.show").last


def press(person, label: str) -> None:
	person.page.get_by_role("button", name=person.say(label), exact=True).locator("visible=true").click()


def close(person) -> None:
	person.page.keyboard.press("Escape")
	expect(person.page.locator(".modal.show")).to_have_count(0)


def expect_nothing_wrong(person) -> None:
	assert [error for error in person.errors if not re.match("ResizeObserver", error)] == []
	assert person.strangers == []


def test_protected_contacts(desk):
	director = desk("Unit Director")
	director.open(f"family/{director.page.evaluate(PROTECTED)}")
	press(director, "Open protected contacts")
	expect(dialog(director)).to_contain_text(re.compile(r"000 \d{3} \d{4}"))
	assert director.faults(SHOWN) == []
	director.shot("dialog-contacts")
	close(director)
	expect_nothing_wrong(director)


def test_the_child_is_found_by_name_and_birth_date(desk):
	officer = desk("Privacy Officer")
	officer.open("legal-hold/new")
	press(officer, "Find the child")
	expect(dialog(officer).locator("input[data-fieldname=full_name]")).to_be_focused()
	assert officer.faults(SHOWN) == []
	officer.shot("dialog-find")
	# Frappe says what is missing, over the dialog.
	press(officer, "Find")
	missing = officer.page.locator(".modal.show", has=officer.page.locator(".msgprint"))
	expect(missing).to_contain_text(officer.say("Birth date"))
	assert officer.faults(SHOWN) == []
	officer.shot("dialog-find-missing")
	missing.locator(".btn-modal-close").click()
	# Gone altogether: Frappe shows no other message while this one fades.
	expect(officer.page.locator(".modal:visible")).to_have_count(1)
	for name, text in (("full_name", "Eikukaan Olematon"), ("birth_date", "1.1.2021")):
		box = dialog(officer).locator(f"input[data-fieldname={name}]")
		box.fill(text)
		box.press("Tab")
	press(officer, "Find")
	expect(missing).to_contain_text(officer.say("Nobody with just this name and birth date was found."))
	assert officer.faults(SHOWN) == []
	officer.shot("dialog-find-nobody")
	expect_nothing_wrong(officer)


def test_how_often_somebody_is_reminded(educator):
	press(educator, "When I am reminded by e-mail")
	choice = dialog(educator).locator("select[data-fieldname=how_often]")
	expect(choice).to_be_focused()
	assert educator.faults(SHOWN) == []
	educator.shot("dialog-reminders")
	before = choice.input_value()
	choice.select_option("Never")
	press(educator, "Save")
	expect(educator.page.locator(".modal.show")).to_have_count(0)
	press(educator, "When I am reminded by e-mail")
	expect(choice).to_have_value("Never")
	choice.select_option(before)
	press(educator, "Save")
	expect(educator.page.locator(".modal.show")).to_have_count(0)
	expect_nothing_wrong(educator)


def test_an_own_code_map_is_made_of_everybodys(desk):
	officer = desk("Reporting Officer")
	name = officer.page.evaluate(
		"async () => (await frappe.db.get_list('Code Map', { filters: { controller: ['is', 'not set'] }, limit: 1 }))[0].name"
	)
	officer.open(f"code-map/{name}")
	press(officer, "Duplicate as own")
	# Whoever opens it by mistake reads what it does.
	expect(dialog(officer).locator(".modal-title")).to_have_text(officer.say("Duplicate as own"))
	# What is offered is described in words of the reader.
	offered = dialog(officer).locator(OPTION).first
	expect(offered).to_be_visible()
	expect(dialog(officer)).not_to_contain_text(re.compile("Municipality|County"))
	# The list of suggestions is Frappe's.
	dialog(officer).locator("input:visible").first.blur()
	expect(offered).to_be_hidden()
	assert officer.faults(SHOWN) == []
	officer.shot("dialog-code-map")
	close(officer)
	expect_nothing_wrong(officer)
