"""What an administrator has made required holds up no draft and no urgent concern in the desk, in Finnish (design.md §3)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import menu
from tests.conftest import frappe

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

REQUESTS = "early_support.tests.form_requests"


@pytest.fixture
def required(site) -> None:
	"""Each concern asks for the strengths of the child, by an administrator's will."""
	frappe(site, "execute", f"{REQUESTS}.require_by_hand", "--args", '["Concern", "strengths"]')
	try:
		yield
	finally:
		frappe(site, "execute", f"{REQUESTS}.require_no_longer", "--args", '["Concern", "strengths"]')


def test_a_new_concern_is_saved_and_urgent_and_only_then_asked(required, desk, cases):
	educator = desk("Early Educator")
	educator.open(f"concern/new?child={cases.new_child()}")
	educator.await_form("Concern")
	assert educator.page.evaluate("() => frappe.meta.docfield_map.Concern.strengths.reqd") == 1
	educator.fill("observation", "Itkee tullessaan.")
	educator.save()
	educator.page.wait_for_function("() => !cur_frm.is_new() && !cur_frm.is_dirty()")
	educator.expect_state("Draft")
	menu(educator, "Mark as urgent")
	educator.expect_state("Urgent")
	expect(educator.page.locator(".modal.show")).to_have_count(0)
	assert educator.errors == []
