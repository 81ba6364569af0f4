"""A change of a form is suggested in the browser, in Finnish, from the form that somebody looks at."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]


def test_an_educator_suggests_other_words_for_a_field(desk):
	educator = desk("Early Educator")
	educator.open("concern/new")
	educator.await_form("Concern")
	head = educator.page.locator(".page-container:visible .page-head")
	head.locator(".menu-btn-group button").click()
	head.locator(".dropdown-item", has_text=educator.say("Suggest a change of this form")).click()
	educator.await_form("Form Change Request")
	kind = educator.field("kind").locator("select:visible")
	kind.select_option("Change a label or help text")
	form = educator.field("form").locator("select:visible")
	expect(form).to_have_value("Concern")
	expect(form.locator("option:checked")).to_have_text(educator.say("Concern"))
	educator.field("field_name").locator("select:visible").select_option(label=educator.say("Strengths"))
	educator.fill("why", "Uusi työntekijä ei tiedä, mistä aloittaa.")
	educator.fill("label_fi", "Mikä lapsella sujuu")
	educator.shot("form-change-01-suggestion")
	assert educator.violations(".page-container:not([style*='display: none']) .form-layout") == []
	educator.next_step(educator.say("Send to the area director"))
	educator.expect_state("With Area Director")
	# What was sent is shown by its words, and is not to be changed.
	expect(educator.field("field_name")).to_contain_text(educator.say("Strengths"))
	educator.shot("form-change-02-sent")
	assert educator.errors == []
