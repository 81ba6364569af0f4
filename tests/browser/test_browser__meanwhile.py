"""Two people in one concern: whoever saves second keeps what was typed, sees what the other wrote, and saves both."""

from datetime import date

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

THEIRS = "Nauraa paljon toisten kanssa."
MINE = "Leikkii pitkään rakennusleikkejä."
ONLY_THEIRS = "Samat aikuiset aamuisin."
ONLY_MINE = "Itkee aamuisin tullessaan, rauhoittuu sylissä."


@pytest.fixture
def educator(desk):
	return desk("Early Educator")


@pytest.fixture
def other(log_in):
	"""The other person, who is quicker: a programme stands in for a second browser."""
	return log_in("Early Educator")


def text_of(desk, name: str):
	return desk.field(name).locator("textarea").first


def test_nothing_of_either_is_lost(educator, other):
	child = other.get("/api/resource/Child", params={"limit": 1}).json()["data"][0]["name"]
	doc = other.insert("Concern", child=child, observed_on=str(date.today()), observation="Itkee.").json()[
		"data"
	]
	address = f"/api/resource/Concern/{doc['name']}"
	educator.open(f"concern/{doc['name']}")
	educator.await_form("Concern")
	educator.fill("strengths", MINE)
	educator.fill("observation", ONLY_MINE)
	change = {"strengths": THEIRS, "wishes": ONLY_THEIRS, "modified": doc["modified"]}
	assert other.put(address, json=change).status_code == 200
	educator.save()
	message = educator.page.locator(".modal.show .msgprint")
	expect(message).to_contain_text(
		educator.say(
			"What you wrote is still here and not stored yet, beside what they have stored. Please read it through and save."
		)
	)
	assert educator.faults(".modal.show .modal-content") == []
	educator.shot("meanwhile")
	educator.page.locator(".modal.show .btn-modal-close").click()
	expect(message).to_be_hidden()
	expect(text_of(educator, "strengths")).to_have_value(f"{THEIRS}\n\n{MINE}")
	expect(text_of(educator, "wishes")).to_have_value(ONLY_THEIRS)
	expect(text_of(educator, "observation")).to_have_value(ONLY_MINE)
	assert other.get(address).json()["data"]["strengths"] == THEIRS
	educator.save()
	educator.page.wait_for_function("() => !cur_frm.is_dirty()")
	stored = other.get(address).json()["data"]
	assert (stored["strengths"], stored["wishes"]) == (f"{THEIRS}\n\n{MINE}", ONLY_THEIRS)
	assert stored["observation"] == ONLY_MINE
	assert educator.errors == []
