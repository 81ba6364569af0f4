"""What the app ships beside what is here, in the browser, in Finnish: found from the workspace, compared, and reset."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

EDIT = """async () => {
	const [topic] = await frappe.db.get_list("Concern Topic", { fields: ["name", "title"], limit: 1 });
	await frappe.db.set_value("Concern Topic", topic.name, "title", "Oma sana");
	return topic;
}"""


def test_an_edit_is_seen_compared_and_given_up(desk):
	administrator = desk("Form Administrator")
	page, say = administrator.page, administrator.say
	administrator.open("forms-and-organisation")
	topic = page.evaluate(EDIT)
	page.locator(".layout-main .link-item:visible", has_text=say("Shipped Default")).click()
	row = page.locator(".list-row-container:visible", has_text=say("Changed Here"))
	expect(row).to_have_count(1)
	expect(row).to_contain_text(topic["name"])
	administrator.shot("shipped-01-list")
	row.locator(".list-subject a").first.click()
	table = page.locator(".page-container:visible .es-compared")
	expect(table.locator("tbody tr")).to_have_count(1)
	expect(table.locator("tbody td")).to_have_text([topic["title"], "Oma sana"])
	assert administrator.violations(".page-container:not([style*=none]) .es-compared") == []
	administrator.shot("shipped-02-form")
	page.get_by_role("button", name=say("Reset to shipped")).click()
	page.locator(".modal.show .btn-modal-primary").click()
	expect(table).to_have_count(0)
	expect(page.locator(".page-container:visible .form-layout")).to_contain_text(
		say("What is here is what the app ships.")
	)
	administrator.expect_state("As Shipped")
	administrator.shot("shipped-03-reset")
	title = "async (name) => (await frappe.db.get_value('Concern Topic', name, 'title')).message.title"
	assert page.evaluate(title, topic["name"]) == topic["title"]
	assert administrator.errors == []
