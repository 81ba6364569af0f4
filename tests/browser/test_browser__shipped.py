"""What the app ships beside what is here, in the browser, in Finnish: found from the workspace, compared, and decided on."""

import json

import pytest
from playwright.sync_api import expect

from tests.conftest import frappe

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

EDIT = """async () => {
	const [topic] = await frappe.db.get_list("Concern Topic", { fields: ["name", "title"], limit: 1 });
	await frappe.db.set_value("Concern Topic", topic.name, "title", "Oma sana");
	return topic;
}"""
EDIT_TWO = """async () => {
	const topics = await frappe.db.get_list("Concern Topic", { fields: ["name", "title"], limit: 2 });
	for (const { name } of topics) await frappe.db.set_value("Concern Topic", name, "title", `Oma ${name}`);
	return topics;
}"""
TITLE = "async (name) => (await frappe.db.get_value('Concern Topic', name, 'title')).message.title"


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
	assert administrator.faults(".page-container:not([style*=none]) .es-compared") == []
	administrator.shot("shipped-02-form")
	page.get_by_role("button", name=say("Reset to shipped")).click()
	assert administrator.faults(".modal.show .modal-content") == []
	page.locator(".modal.show .btn-modal-primary").click()
	expect(table).to_have_count(0)
	expect(page.locator(".page-container:visible .form-layout")).to_contain_text(
		say("What is here is what the app ships.")
	)
	administrator.expect_state("As Shipped")
	administrator.shot("shipped-03-reset")
	assert page.evaluate(TITLE, topic["name"]) == topic["title"]
	assert administrator.errors == []


def test_of_a_new_version_one_is_accepted_and_the_own_one_kept(desk, site):
	administrator = desk("Form Administrator")
	page, say = administrator.page, administrator.say
	administrator.open("concern-topic")
	topics = page.evaluate(EDIT_TWO)
	ship_anew = ("execute", "early_support.tests.form_requests.ship_anew")
	names = [topic["name"] for topic in topics]
	frappe(site, *ship_anew, "--args", json.dumps(["Concern Topic", *names]))
	table = page.locator(".page-container:visible .es-compared")
	for topic, action, state, title in (
		(topics[0], "Accept the shipped version", "As Shipped", topics[0]["title"]),
		(topics[1], "Keep mine", "Changed Here", f"Oma {topics[1]['name']}"),
	):
		administrator.open("shipped-default")
		row = page.locator(".list-row-container:visible", has_text=topic["name"]).filter(
			has_text=say("To Be Decided")
		)
		expect(row).to_have_count(1)
		row.locator(".list-subject a").first.click()
		expect(table.locator("thead th[scope=col]")).to_contain_text(
			[say("Shipped before"), say("Shipped now"), say("On this site")]
		)
		expect(table.locator("tbody td")).to_have_text(
			[f"{topic['title']} (ennen)", topic["title"], f"Oma {topic['name']}"]
		)
		expect(page.locator(".page-container:visible .form-message")).to_contain_text(
			say("The app ships something else now. What you have here stays until you decide.")
		)
		assert administrator.faults(".page-container:not([style*=none]) .es-compared") == []
		administrator.shot(f"shipped-04-{state}")
		page.get_by_role("button", name=say(action)).click()
		assert administrator.faults(".modal.show .modal-content") == []
		page.locator(".modal.show .btn-modal-primary").click()
		administrator.expect_state(state)
		assert page.evaluate(TITLE, topic["name"]) == title
	# What was kept is not asked about again, and may still be given up.
	page.get_by_role("button", name=say("Reset to shipped")).click()
	page.locator(".modal.show .btn-modal-primary").click()
	administrator.expect_state("As Shipped")
	assert page.evaluate(TITLE, topics[1]["name"]) == topics[1]["title"]
	assert administrator.errors == []
