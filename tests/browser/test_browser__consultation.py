"""A question that is written and saved before the desk knows in which unit its writer works."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

QUESTION = "Miten tukea lasta, jonka aamut ovat raskaita?"
OWN_UNITS = re.compile(r"own_units")


def test_whoever_is_quicker_than_the_answer_need_not_choose_a_unit(desk, people):
	educator = desk("Early Educator")
	held = []

	def hold(route) -> None:
		held.append(route)

	educator.page.route(OWN_UNITS, hold)
	educator.open("consultation/new")
	educator.page.wait_for_function(
		"() => window.cur_frm?.doctype === 'Consultation' && frappe.request.ajax_count === 1"
	)
	educator.fill("question", QUESTION)
	educator.pick("age_band", "3–4")
	educator.page.unroute(OWN_UNITS, hold)
	educator.page.locator(".page-container:visible .primary-action:visible").first.click()
	educator.expect_state("Requested")
	assert len(held) == 1, "the form asked once, and was not answered"
	assert educator.page.evaluate("() => cur_frm.doc.unit")
