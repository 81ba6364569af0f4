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
		"""Hold the first question back; let those after it through."""
		if held:
			route.continue_()
		else:
			held.append(route)

	educator.page.route(OWN_UNITS, hold)
	educator.open("consultation/new")
	educator.page.wait_for_function(
		"() => window.cur_frm?.doctype === 'Consultation' && frappe.request.ajax_count === 1"
	)
	educator.fill("question", QUESTION)
	educator.pick("age_band", "3–4")
	with educator.page.expect_response(OWN_UNITS):
		educator.page.locator(".page-container:visible .primary-action:visible").first.click()
	# Frappe may wait for every answer before it goes on with a saving: the late one comes now.
	held[0].continue_()
	educator.expect_state("Requested")
	assert educator.page.evaluate("() => cur_frm.doc.unit")
