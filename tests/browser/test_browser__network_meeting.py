"""What a family and its network agree on ("Sovitut asiat"), in the browser, in Finnish: from the concern to the follow-up.

The steps stand on each other and run in order; each leaves a picture in the artefacts.
"""

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import typed

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

GOAL = "Aamut alkavat rauhallisesti."
ACTION = "Sama aikuinen ottaa vastaan joka aamu."
FOUND = "Aamut ovat olleet rauhallisempia kahden viikon ajan."


@pytest.fixture(scope="module")
def story() -> dict:
	"""What one step leaves for the next."""
	return {}


def test_01_the_concern_leads_to_the_meeting_with_everybody_in_it(educator, story):
	educator.page.wait_for_selector(f"text={educator.say('Waiting for me')}")
	name = educator.page.evaluate(
		"""async () => {
			const met = await frappe.db.get_list("Network Meeting", { fields: ["concern"], limit: 500 });
			const agreed = await frappe.db.get_list("Concern", {
				filters: { workflow_state: "Meeting Agreed" }, limit: 500 });
			const taken = new Set(met.map((row) => row.concern));
			return agreed.map((row) => row.name).find((name) => !taken.has(name));
		}"""
	)
	educator.open(f"concern/{name}")
	educator.await_form("Concern")
	educator.page.get_by_role("button", name=educator.say("Record what was agreed")).click()
	educator.await_form("Network Meeting")
	story["names"] = educator.page.evaluate(
		"() => cur_frm.doc.participants.map((row) => row.participant_name)"
	)
	assert len(story["names"]) >= 2
	assert educator.page.evaluate("() => cur_frm.doc.concern") == name
	educator.shot("meeting-01-begun")


def test_02_what_is_missing_is_said(educator):
	educator.next_step(educator.say("Record what was agreed"))
	missing = educator.page.locator(".page-container:visible .es-missing")
	expect(missing).to_contain_text(educator.say("Shared goal"))
	educator.expect_state("Draft")
	educator.shot("meeting-02-missing")


def test_03_who_takes_part_is_offered_as_the_one_responsible(educator, story):
	educator.fill("meeting_on", typed(date.today()))
	educator.field("guardians_present").locator("input[type=checkbox]:visible").check()
	educator.fill("shared_goal", GOAL)
	educator.field("actions").locator(".grid-add-row").click()
	educator.cell("actions", 1, "what").fill(ACTION)
	box = educator.cell("actions", 1, "responsible")
	box.click()
	offered = educator.page.locator(".awesomplete li:visible")
	expect(offered).to_have_text([re.compile(re.escape(name)) for name in story["names"]])
	educator.shot("meeting-03-offered")
	offered.filter(has_text=story["names"][-1]).click()
	box.blur()
	day = educator.cell("actions", 1, "due_on")
	day.fill(typed(date.today()))
	day.blur()
	educator.page.wait_for_function("() => cur_frm.doc.actions[0].due_on")
	assert educator.page.evaluate("() => cur_frm.doc.actions[0].responsible") == story["names"][-1]


def test_04_somebody_who_is_not_of_the_meeting_may_be_responsible(educator, story):
	educator.field("actions").locator(".grid-add-row").click()
	educator.cell("actions", 2, "what").fill("Isoäiti hakee keskiviikkoisin.")
	box = educator.cell("actions", 2, "responsible")
	box.fill("Isoäiti")
	box.blur()
	day = educator.cell("actions", 2, "due_on")
	day.fill(typed(date.today()))
	day.blur()
	educator.page.wait_for_function("() => cur_frm.doc.actions[1].due_on")
	assert educator.page.evaluate("() => cur_frm.doc.actions[1].responsible") == "Isoäiti"


def test_05_it_is_agreed_and_waits_for_the_follow_up(educator, story):
	educator.fill("follow_up_on", typed(date.today()))
	educator.next_step(educator.say("Record what was agreed"))
	educator.expect_state("Agreed")
	story["meeting"] = educator.document_name()
	rows = educator.page.evaluate("() => cur_frm.doc.actions.map((row) => [row.responsible, row.state])")
	assert rows == [[story["names"][-1], "Open"], ["Isoäiti", "Open"]]
	educator.shot("meeting-05-agreed")


def test_06_the_actions_are_followed_to_their_end(educator):
	educator.cell("actions", 1, "state").select_option("Done")
	educator.cell("actions", 2, "state").select_option("Given Up")
	educator.cell("actions", 2, "outcome_note").fill("Isoäiti muutti pois.")
	educator.fill("follow_up_note", FOUND)
	educator.next_step(educator.say("Record the follow-up"))
	educator.expect_state("Followed Up")
	educator.shot("meeting-06-followed-up")
	educator.next_step(educator.say("Close"))
	educator.expect_state("Closed")
	educator.shot("meeting-06-closed")


def test_07_nothing_went_wrong_unseen(educator):
	assert [error for error in educator.errors if not re.match("ResizeObserver", error)] == []
	assert educator.strangers == []
