"""The number beside a list of casework: counted up to a thousand, and shown as such."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]


@pytest.mark.parametrize(("answered", "shown"), [(1001, "1000+"), (1000, "1000")])
def test_more_than_a_thousand_is_shown_as_such(desk, answered, shown):
	educator = desk("Early Educator")
	educator.page.route(
		"**/frappe.desk.reportview.get_count", lambda route: route.fulfill(json={"message": answered})
	)
	educator.open("concern/view/list")
	count = educator.page.locator(".list-count span").first
	expect(count).to_contain_text(shown)
	assert count.inner_text().split()[-1] == shown
