"""A report in the browser, in Finnish: from a profile with a field that was added here to the files at the receiver's SFTP server.

A reporting officer and a form administrator enter where it goes and what is reported; a privacy officer approves the rows. What
arrives is read by other means than ours. The steps stand on each other and run in order.
"""

import csv
import hashlib
import json
import re
import time
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from early_support.tests.receivers import HERE, PASSWORD, USER, sftp_receiver
from tests.browser.conftest import OPTION, choose
from tests.conftest import frappe

pytestmark = [pytest.mark.browser, pytest.mark.trial_bench]

FORM = ".page-container:not([style*='display: none']) .form-layout"
FIELD = "custom_seen_at_home"
# Where the cells of a row of a table begin.
EDGES = "row => [...row.children].map((cell) => Math.round(cell.getBoundingClientRect().left))"
LAST_MONTH = f"{date.today().replace(day=1) - timedelta(days=1):%Y-%m}"
COLUMNS = (
	{"key": "kuukausi", "source": "day", "transform": "Month", "label_fi": "Kuukausi"},
	{"key": "kunta", "source": "municipality", "label_fi": "Kunnan numero"},
	{"key": "nakyy_kotona", "source": FIELD, "label_fi": "Näkyykö huoli kotona", "tells": "Attribute"},
)
# What a column is filled from, as people know it.
SAID = {"day": "Tapahtuman päivä", "municipality": "Kuntakoodi", FIELD: "Näkyykö huoli kotona"}


@pytest.fixture(scope="module")
def story(site) -> dict:
	"""What one step leaves for the next. In the end the site is as it was."""
	frappe(site, "execute", "early_support.tests.export_story.forget")
	frappe(site, "execute", "early_support.tests.export_story.begin")
	yield {}
	frappe(site, "execute", "early_support.tests.export_story.forget")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
	"""The receiving system: a folder behind a real SFTP server."""
	with sftp_receiver(tmp_path_factory.mktemp("receiver")) as running:
		(running.root / "saapuvat").mkdir()
		yield running


@pytest.fixture(scope="module")
def person(desk):
	"""A function role → that person at one desk, which stays open."""
	seated = {}
	return lambda role: seated.get(role) or seated.setdefault(role, desk(role))


def await_record(person, doctype: str) -> None:
	"""Wait for a form that has no next step of ours."""
	person.page.wait_for_function(
		"""doctype => window.cur_frm?.doctype === doctype && cur_frm.docname === frappe.get_route()[2]
			&& frappe.request.ajax_count === 0""",
		arg=doctype,
	)


def press(person, label: str):
	"""Press a button in the head of the form, and give the dialog that asks whether it is meant."""
	head = person.page.locator(".page-container:visible .page-head")
	head.get_by_role("button", name=person.say(label), exact=True).click()
	return person.page.locator(".modal.show")


def confirm(person, label: str) -> None:
	asked = press(person, label)
	assert person.faults(".modal.show .modal-content") == []
	asked.locator(".btn-modal-primary:visible").click()
	person.await_answers()


def expect_status(person, status: str) -> None:
	expect(person.field("status")).to_contain_text(person.say(status))


def save(person) -> None:
	person.save()
	person.page.wait_for_function("() => !cur_frm.is_dirty() && !cur_frm.is_new()")
	person.await_answers()


def test_01_an_officer_enters_where_the_files_go_but_does_not_confirm_it(person, story, server):
	officer = person("Reporting Officer")
	officer.open("report-destination/new")
	await_record(officer, "Report Destination")
	officer.fill("code", "koekunta-sftp")
	officer.fill("title", "Koekunnan raportointi")
	officer.pick("controller", "DEMO-KUNTA")
	officer.fill("host", HERE)
	officer.fill("port", str(server.port))
	officer.fill("username", USER)
	officer.fill("remote_folder", "saapuvat")
	officer.fill("host_key", server.host_key.get_fingerprint())
	choose(officer, "sftp_login", "Password")
	officer.fill("secret", PASSWORD)
	save(officer)
	expect_status(officer, "Draft")
	officer.shot("export-01-destination")
	assert officer.faults(FORM) == []
	head = officer.page.locator(".page-container:visible")
	expect(head).to_contain_text(
		officer.say("Somebody else than who has changed the destination confirms it.")
	)
	expect(head.get_by_role("button", name=officer.say("Confirm"), exact=True)).to_have_count(0)


def test_02_a_second_person_confirms_it(person, story):
	administrator = person("Form Administrator")
	administrator.open("report-destination/koekunta-sftp")
	await_record(administrator, "Report Destination")
	confirm(administrator, "Confirm")
	expect_status(administrator, "In Use")


def test_03_the_officer_builds_a_profile_with_a_field_of_the_municipalitys_own(person, story):
	officer = person("Reporting Officer")
	officer.open("report-profile/new")
	await_record(officer, "Report Profile")
	officer.fill("profile_code", "huolet-kotona")
	officer.fill("title", "Näkyykö huoli kotona")
	choose(officer, "level", "Rows")
	choose(officer, "event", "huoli_otettu_esiin")
	officer.pick("controller", "DEMO-KUNTA")
	officer.fill("legal_basis", "Varhaiskasvatuslaki 540/2018, sopimus 17.8.")
	officer.pick("destination", "Koekunnan raportointi")
	for number, column in enumerate(COLUMNS, 1):
		enter_column(officer, number, column)
	officer.shot("export-02-profile")
	assert officer.faults(FORM) == []
	table = officer.field("columns")
	head, row = (
		table.locator(f"{part} .data-row").first.evaluate(EDGES)
		for part in (".grid-heading-row", ".grid-body")
	)
	assert head == row
	# Its heading says the same already.
	expect(table.locator(".control-label").first).to_have_class(re.compile("sr-only"))


def enter_column(officer, number: int, column: dict[str, str]) -> None:
	"""Add a row, and fill it in where all of its fields are in sight."""
	grid = officer.field("columns")
	grid.locator(".grid-add-row").click()
	row = grid.locator(f'.grid-body .grid-row[data-idx="{number}"]')
	row.locator(".btn-open-row").click()
	for name, value in column.items():
		field = row.locator(f".form-in-grid .frappe-control[data-fieldname={name}]")
		if name in ("transform", "tells"):
			field.locator("select").select_option(value)
			continue
		box = field.locator("input:visible")
		box.fill(value)
		if name == "source":
			# What was added is offered by the words that people know it by.
			option = field.locator(OPTION, has_text=value).first
			expect(option).to_contain_text(SAID[value])
			box.press("Enter")
			# The box then shows the words, and so does the row below.
			expect(box).to_have_value(SAID[value])
		box.blur()
	if number == len(COLUMNS):
		officer.shot("export-03-column")
	row.locator(".grid-collapse-row").click()
	expect(row.locator(".grid-static-col[data-fieldname=source]")).to_have_text(SAID[column["source"]])


def test_04_the_preview_shows_what_comes_before_anything_is_saved(person, story):
	officer = person("Reporting Officer")
	dialog = press(officer, "Preview")
	expect(dialog.get_by_role("columnheader")).to_have_text([column["key"] for column in COLUMNS])
	expect(dialog).to_contain_text(
		officer.say("These rows are made up: nobody's records are read for a preview.")
	)
	expect(dialog).to_contain_text(officer.say("Below each key stands what the column tells about a person."))
	# The keys, what they tell, and rows.
	expect(dialog.get_by_role("row")).not_to_have_count(2)
	officer.shot("export-04-preview")
	assert officer.faults(".modal.show .modal-content") == []
	officer.page.keyboard.press("Escape")
	expect(dialog).to_be_hidden()
	assert officer.page.evaluate("() => cur_frm.is_new()")
	save(officer)
	expect_status(officer, "Draft")
	story["profile"] = officer.document_name()


def test_05_somebody_else_publishes_what_the_field_tells(person, story):
	administrator = person("Form Administrator")
	administrator.open(f"report-profile/{story['profile']}")
	await_record(administrator, "Report Profile")
	confirm(administrator, "Publish")
	expect_status(administrator, "Published")
	administrator.shot("export-05-published")


def test_06_the_officer_asks_for_last_month_and_looks_at_what_was_built(person, story):
	officer = person("Reporting Officer")
	officer.open("report-run/new")
	officer.await_form("Report Run")
	officer.pick("profile", "Näkyykö huoli kotona")
	officer.pick("controller", "DEMO-KUNTA")
	officer.fill("period", LAST_MONTH)
	officer.next_step(officer.say("Ask for the run"))
	officer.page.wait_for_function("() => !cur_frm.is_new()")
	story["run"] = officer.document_name()
	# The form comes to know by itself when the worker is done.
	officer.page.wait_for_function("() => cur_frm.doc.workflow_state === 'Built'", timeout=120_000)
	officer.expect_state("Built")
	expect(officer.field("level")).to_contain_text(officer.say("Rows"))
	expect(officer.page.locator(".page-container:visible .es-save")).to_be_hidden()
	expect(officer.field("goes_to")).to_contain_text("saapuvat")
	officer.shot("export-06-built")
	assert officer.faults(FORM) == []
	officer.next_step(officer.say("Validate"))
	officer.expect_state("Validated")
	expect(officer.page.locator(".page-container:visible .es-next button")).to_have_count(0)


def test_07_a_privacy_officer_sees_where_it_goes_and_approves(person, story, server):
	privacy = person("Privacy Officer")
	privacy.open(f"report-run/{story['run']}")
	privacy.await_form("Report Run")
	expect(privacy.field("goes_to")).to_contain_text(f"sftp://{USER}@{HERE}:{server.port}/saapuvat")
	privacy.next_step(privacy.say("Approve"))
	privacy.page.wait_for_function("() => cur_frm.doc.workflow_state === 'Sent'", timeout=120_000)
	privacy.expect_state("Sent")
	privacy.shot("export-07-sent")
	assert privacy.faults(FORM) == []


def test_08_the_files_have_arrived_as_the_manifest_says(story, server):
	inbox = server.root / "saapuvat"
	manifests = []
	for _try in range(60):
		manifests = list(inbox.glob("*.manifest.json"))
		if manifests:
			break
		time.sleep(0.5)
	(manifest,) = manifests
	said = json.loads(manifest.read_text(encoding="utf-8"))
	assert (said["run"], said["profile"], said["period"]) == (story["run"], "huolet-kotona", LAST_MONTH)
	assert {path.name for path in inbox.iterdir()} == {
		manifest.name,
		*(file["name"] for file in said["files"]),
	}
	for file in said["files"]:
		content = (inbox / file["name"]).read_bytes()
		assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
	data, dictionary = (inbox / file["name"] for file in said["files"])
	with data.open(encoding="utf-8-sig", newline="") as handle:
		rows = list(csv.DictReader(handle, delimiter=";"))
	assert len(rows) == said["rows"] >= 5
	assert {row["kuukausi"] for row in rows} == {LAST_MONTH}
	assert {row["nakyy_kotona"] for row in rows} == {"Kyllä", "Ei"}
	described = json.loads(dictionary.read_text(encoding="utf-8"))
	assert "Näkyykö huoli kotona" in json.dumps(described, ensure_ascii=False)
	assert FIELD not in data.read_text(encoding="utf-8-sig")


def test_09_the_officer_writes_down_the_receipt(person, story):
	officer = person("Reporting Officer")
	officer.open(f"report-run/{story['run']}")
	officer.await_form("Report Run")
	officer.fill("receipt", "Kuittaus 17")
	officer.next_step(officer.say("Acknowledge"))
	officer.expect_state("Acknowledged")
	officer.shot("export-08-acknowledged")
	for role in ("Reporting Officer", "Form Administrator", "Privacy Officer"):
		# Frappe selects what is in the field that has the focus, which by then may be none that can be typed into.
		assert [error for error in person(role).errors if "activeElement.select" not in error] == []
		assert person(role).strangers == []
