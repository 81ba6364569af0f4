"""One family's story in the browser, in Finnish: first as an early educator, then as a family counsellor, then the month's report.

The steps stand on each other and run in order; each leaves a picture in the artefacts.
"""

import csv
import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import menu, tick, typed, unfold

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

STRENGTHS = "Leikkii pitkään rakennusleikkejä ja nauraa paljon toisten kanssa."
OBSERVATION = "Aamuisin itkee noin puoli tuntia kolmena päivänä viikossa ja hakeutuu syliin."
QUESTION = (
	"Miten tukea lasta, jonka aamut ovat raskaita? Iltapäivät sujuvat hyvin. Mitä kannattaisi kokeilla?"
)
ANSWER = (
	"Kiitos kysymyksestä. Kokeilkaa samaa aikuista ja samaa pientä tehtävää joka aamu kahden viikon ajan."
)


@pytest.fixture(scope="module")
def story() -> dict:
	"""What one step leaves for the next."""
	return {}


def child_without_papers(desk) -> str:
	"""Return the name of a child of the unit about whom nothing is open."""
	return desk.page.evaluate(
		"""async () => {
			const all = { limit: 500, fields: ["child"] };
			const concerns = await frappe.db.get_list("Concern", all);
			const periods = await frappe.db.get_list("Support Period", all);
			const busy = new Set([...concerns, ...periods].map((row) => row.child));
			const children = await frappe.db.get_list("Child", { limit: 500, fields: ["name", "full_name"] });
			const names = children.map((child) => child.full_name);
			const only = (name) => names.indexOf(name) === names.lastIndexOf(name);
			return children.find((child) => !busy.has(child.name) && only(child.full_name)).full_name;
		}"""
	)


FAMILY_NAME = """async () => (await frappe.db.get_value("Family", cur_frm.doc.family, "family_name")).message.family_name"""


@pytest.fixture(scope="module")
def officer(desk):
	return desk("Reporting Officer")


def test_00_the_months_figures_before(officer, story, artefacts):
	story["before"] = totals(download_csv(officer, artefacts / "kuukausitilasto-before.csv"))


def test_01_educator_lands_on_what_waits(educator):
	educator.page.wait_for_selector(f"text={educator.say('Waiting for me')}")
	expect(educator.page.locator(".page-title .title-text").first).to_have_text(educator.say("Early Support"))
	educator.shot("01-waiting")


def test_02_educator_raises_a_concern(educator, story):
	educator.page.get_by_role("link", name=educator.say("New concern")).or_(
		educator.page.get_by_role("button", name=educator.say("New concern"))
	).first.click()
	educator.await_form("Concern")
	educator.pick("child", child_without_papers(educator))
	# Before it is stored: called new on the way to it, and the family, which came with the child, by its name.
	expect(educator.page.locator("#navbar-breadcrumbs", has_text="new-concern")).to_have_count(0)
	educator.page.wait_for_function("() => cur_frm.doc.family")
	expect(educator.field("family")).to_contain_text(educator.page.evaluate(FAMILY_NAME))
	educator.fill("strengths", STRENGTHS)
	educator.fill("observation", OBSERVATION)
	educator.zone("zone", 3)
	educator.shot("02-new-concern")
	educator.next_step(educator.say("Raise the concern"))
	educator.expect_state("Raised")
	story["concern"] = educator.document_name()
	story["child_name"] = educator.page.evaluate("() => cur_frm.doc.child_name")


def test_03_what_is_missing_is_said_and_found(educator):
	educator.next_step(educator.say("Record the talk"))
	missing = educator.page.locator(".page-container:visible .es-missing")
	expect(missing).not_to_be_empty()
	educator.expect_state("Raised")
	educator.shot("03-missing")


def test_04_educator_records_the_talk(educator):
	educator.fill("discussed_on", typed(date.today()))
	educator.pick("discussed_how", "Tuonti- tai hakutilanteessa")
	educator.fill("parents_view", "Vanhemmat ovat huomanneet saman aamuisin kotona.")
	educator.next_step(educator.say("Record the talk"))
	educator.expect_state("Discussed")
	educator.shot("04-talk")


def test_05_consultation_that_names_the_child_is_refused_and_keeps_the_text(educator, story):
	educator.page.get_by_role("button", name=educator.say("Ask a counsellor anonymously")).click()
	educator.await_form("Consultation")
	name = story["child_name"].split()[-1]
	educator.fill("question", f"{QUESTION} Kyseessä on {name}.")
	educator.save()
	dialog = educator.page.locator(".modal.show .modal-body")
	expect(dialog.locator("mark").first).to_be_visible()
	assert educator.faults(".modal.show .modal-content") == []
	educator.shot("05-refused")
	educator.page.locator(".modal.show .btn-modal-close").click()
	expect(dialog).to_be_hidden()
	expect(educator.field("question").locator("textarea")).to_have_value(re.compile(re.escape(QUESTION)))


def test_06_educator_consults_anonymously(educator, story):
	educator.fill("question", QUESTION)
	educator.save()
	educator.expect_state("Requested")
	story["consultation"] = educator.document_name()
	text = educator.page.evaluate("() => JSON.stringify(cur_frm.doc)")
	for part in story["child_name"].split():
		assert part not in text
	assert story["concern"] not in text
	educator.shot("06-consultation")


def test_07_educator_proposes_a_meeting_and_the_parents_agree(educator, story):
	educator.open(f"concern/{story['concern']}")
	educator.expect_state("Discussed")
	educator.next_step(educator.say("Propose a meeting"))
	educator.expect_state("Meeting Proposed")
	educator.next_step(educator.say("Parents agree to meet"))
	educator.expect_state("Meeting Agreed")
	educator.shot("07-meeting-agreed")


def test_08_educator_begins_the_support_period(educator, story, people):
	educator.next_step(educator.say("Start the support period"))
	educator.await_form("Support Period")
	educator.fill("agreed_by", "Äiti")
	educator.pick("agreed_how", "Tuonti- tai hakutilanteessa")
	educator.pick("counsellor", people["Family Counsellor"]["name"])
	educator.save()
	educator.expect_state("Proposed")
	educator.next_step(educator.say("Parents agree"))
	educator.expect_state("Agreed")
	story["period"] = educator.document_name()
	educator.shot("08-period")


def test_09_counsellor_takes_and_answers_the_consultation(counsellor, story):
	counsellor.page.wait_for_selector(f"text={counsellor.say('Waiting for me')}")
	counsellor.shot("09-counsellor-waiting")
	counsellor.open(f"consultation/{story['consultation']}")
	counsellor.next_step(counsellor.say("Take"))
	counsellor.expect_state("Taken")
	counsellor.fill("answer", ANSWER)
	counsellor.next_step(counsellor.say("Give the answer"))
	counsellor.expect_state("Answered")
	counsellor.shot("09-answered")


def test_10_counsellor_plans_and_holds_a_visit(counsellor, story):
	counsellor.open(f"support-period/{story['period']}")
	counsellor.expect_state("Agreed")
	counsellor.next_step(counsellor.say("Plan a visit"))
	counsellor.await_form("Visit")
	counsellor.fill("visit_date", typed(date.today()))
	counsellor.fill("duration", "60")
	counsellor.save()
	counsellor.expect_state("Planned")
	counsellor.shot("10-visit-planned")
	counsellor.fill("guidance", "Käytiin läpi aamun kulku ja sovittiin yhdestä asiasta.")
	counsellor.next_step(counsellor.say("Mark as held"))
	counsellor.expect_state("Held")
	story["visit"] = counsellor.document_name()
	counsellor.shot("10-visit-held")


def test_11_counsellor_goes_on_to_the_follow_up(counsellor, story):
	counsellor.next_step(counsellor.say("Back to the support period"))
	counsellor.await_form("Support Period")
	assert counsellor.document_name() == story["period"]
	counsellor.next_step(counsellor.say("Start the work"))
	counsellor.expect_state("Under Way")
	counsellor.fill("follow_up_on", typed(date.today()))
	counsellor.save()
	counsellor.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(counsellor, "Go to follow-up")
	counsellor.expect_state("Follow-up")
	counsellor.shot("11-follow-up")


def test_12_counsellor_ends_the_period_with_its_outcome(counsellor):
	counsellor.pick("outcome", "tuki riitti")
	counsellor.fill("outcome_note", "Aamut sujuvat; sama aikuinen jatkaa.")
	tick(counsellor, "rights_told")
	counsellor.next_step(counsellor.say("End the period"))
	counsellor.expect_state("Ended")
	counsellor.shot("12-ended")


def test_13_educator_closes_the_concern(educator, story):
	educator.open(f"concern/{story['concern']}")
	educator.await_form("Concern")
	# The way to what came of it stays.
	educator.next_step(educator.say("Open the support period"))
	educator.await_form("Support Period")
	educator.expect_state("Ended")
	educator.page.go_back()
	educator.await_form("Concern")
	unfold(educator, "Closing")
	educator.pick("closing_reason", "Perhe sai varhaisen tuen")
	educator.save()
	educator.page.wait_for_function("() => !cur_frm.is_dirty()")
	menu(educator, "Close")
	educator.expect_state("Closed")
	educator.shot("13-closed")


def totals(rows: list[dict]) -> dict[str, int]:
	"""Return the municipality's published count of each event."""
	return {
		row["tapahtumalaji"]: int(row["lkm"])
		for row in rows
		if row["toimipaikka_oid"] == "kaikki" and row["lkm"]
	}


def download_csv(officer, path) -> list[dict]:
	"""Open the report of last month, download its CSV with the button, and read the file back."""
	month = (date.today().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
	officer.open(f"query-report/Kuukausitilasto?from_month={month}&to_month={month}")
	officer.page.wait_for_function("() => window.frappe?.query_report?.data?.length")
	with officer.page.expect_download() as download:
		officer.page.get_by_role("button", name=officer.say("Download CSV")).click()
	download.value.save_as(path)
	with open(path, encoding="utf-8-sig", newline="") as handle:
		return list(csv.DictReader(handle, delimiter=";"))


def test_14_the_months_report_counts_full_months_and_the_csv_opens(officer, story, artefacts):
	rows = download_csv(officer, artefacts / "kuukausitilasto.csv")
	officer.shot("14-report")
	# Of Frappe's page nothing is offered that the server would refuse.
	head = officer.page.locator(".page-container:visible .page-head")
	offered = head.locator("button:visible").all_inner_texts()
	assert [text.strip() for text in offered if text.strip()] == [officer.say("Download CSV")]
	# Its menu holds what a narrow screen has no room for.
	menu = head.locator(".menu-btn-group .dropdown-item").all_text_contents()
	assert {" ".join(text.split()) for text in menu} <= {"Päivitä", officer.say("Download CSV")}
	shown = officer.page.evaluate("() => frappe.query_report.data.map((row) => String(row.lkm ?? ''))")
	assert [row["lkm"] for row in rows] == shown
	# What was done today is in no figure before its month has ended.
	assert totals(rows) == story["before"]
	assert any(row["toimipaikka_oid"] == "kaikki" for row in rows)


def test_15_nothing_went_wrong_on_the_way(educator, counsellor):
	# Frappe's number field looks for itself 100 ms after it got the focus, and a test is gone by then.
	frappes = "document.activeElement.select is not a function"
	assert set(educator.errors) | set(counsellor.errors) <= {frappes}
	assert educator.strangers == []
	assert counsellor.strangers == []
