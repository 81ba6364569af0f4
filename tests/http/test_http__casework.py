"""Casework over HTTP with real sessions: what each person may do, and every refusal with its status and message."""

import json
import os
import secrets
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest

CASE_DOCTYPES = (
	"Child",
	"Family",
	"Concern",
	"Consultation",
	"Support Period",
	"Visit",
	"Child Plan",
	"Network Meeting",
	"Needs Assessment",
)
REFUSED = (403, 417)


def first(client, doctype, **filters):
	answer = client.get(
		f"/api/resource/{doctype}", params={"filters": json.dumps(filters), "fields": '["*"]', "limit": 1}
	)
	assert answer.status_code == 200, answer.text
	return answer.json()["data"][0]


@pytest.fixture
def educator(log_in):
	return log_in("Early Educator")


@pytest.fixture
def concern(educator):
	"""A fresh concern that the educator has raised."""
	child = first(educator, "Child")
	answer = educator.insert(
		"Concern",
		child=child["name"],
		observed_on=str(date.today()),
		strengths="Leikkii pitkään.",
		observation="Itkee tullessaan.",
	)
	assert answer.status_code == 200, answer.text
	return move(educator, answer.json()["data"], "Raise the concern")


def move(client, doc, action, expect=200):
	answer = client.call("frappe.model.workflow.apply_workflow", doc=json.dumps(doc), action=action)
	assert answer.status_code == expect, answer.text
	return answer.json().get("message") or answer.json()


@pytest.mark.parametrize("doctype", CASE_DOCTYPES)
def test_guest_sees_nothing(guest, doctype):
	assert guest.get(f"/api/resource/{doctype}").status_code == 403
	assert guest.call("frappe.client.get_list", doctype=doctype).status_code == 403


@pytest.mark.parametrize("doctype", CASE_DOCTYPES)
@pytest.mark.parametrize(
	"role",
	["Area Director", "Management Group", "Reporting Officer", "Form Administrator", "Privacy Officer"],
)
def test_roles_without_casework_see_no_row(log_in, role, doctype):
	answer = log_in(role).get(f"/api/resource/{doctype}")
	assert answer.status_code == 403 or answer.json()["data"] == []


def test_concern_of_another_unit_is_neither_listed_nor_read_nor_changed(log_in, educator):
	administrator = log_in("Administrator")
	own = first(educator, "Child")["unit"]
	foreign = first(administrator, "Concern", unit=["!=", own])
	assert educator.get(f"/api/resource/Concern/{foreign['name']}").status_code == 403
	listed = educator.get("/api/resource/Concern", params={"limit_page_length": 0}).json()["data"]
	assert foreign["name"] not in {row["name"] for row in listed}
	answer = educator.put(f"/api/resource/Concern/{foreign['name']}", json={"observation": "muutettu"})
	assert answer.status_code == 403


def test_state_set_by_put_meets_the_guard(educator, concern):
	answer = educator.put(
		f"/api/resource/Concern/{concern['name']}",
		json={"workflow_state": "Meeting Agreed", "modified": concern["modified"]},
	)
	assert answer.status_code in REFUSED
	assert (
		educator.get(f"/api/resource/Concern/{concern['name']}").json()["data"]["workflow_state"] == "Raised"
	)


def test_meeting_is_not_proposed_before_the_talk(educator, concern):
	answer = educator.call(
		"frappe.model.workflow.apply_workflow", doc=json.dumps(concern), action="Record the talk"
	)
	assert answer.status_code == 417, answer.text
	assert "discussed_on" not in answer.json().get("message", "")


def test_counsellor_cannot_raise_a_concern(log_in, educator):
	child = first(educator, "Child")
	answer = log_in("Family Counsellor").insert("Concern", child=child["name"], observed_on=str(date.today()))
	assert answer.status_code == 403


def test_concern_is_not_deleted(educator, concern):
	assert educator.delete(f"/api/resource/Concern/{concern['name']}").status_code in REFUSED
	assert educator.get(f"/api/resource/Concern/{concern['name']}").status_code == 200


def test_double_click_moves_once_and_says_so(educator, concern):
	data = concern | {
		"discussed_on": str(date.today()),
		"discussed_how": first(educator, "Contact Method")["name"],
	}
	saved = educator.put(f"/api/resource/Concern/{concern['name']}", json=data).json()["data"]

	def click(_):
		answer = educator.call(
			"frappe.model.workflow.apply_workflow", doc=json.dumps(saved), action="Record the talk"
		)
		return answer.status_code

	with ThreadPoolExecutor(2) as pool:
		statuses = sorted(pool.map(click, range(2)))
	assert statuses[0] == 200
	assert statuses[1] in (409, 417)
	versions = educator.get(f"/api/resource/Concern/{concern['name']}").json()["data"]
	assert versions["workflow_state"] == "Discussed"


def test_bad_token_is_refused(educator, concern):
	answer = educator.put(
		f"/api/resource/Concern/{concern['name']}",
		json={"strengths": "x"},
		headers={"X-Frappe-CSRF-Token": "0" * 56},
	)
	assert answer.status_code in (400, 403)


# consultations


@pytest.fixture
def dump(site):
	"""A function that returns the whole database of the test site as text."""
	config = json.loads(Path("common_site_config.json").read_text()) | json.loads(
		Path(site, "site_config.json").read_text()
	)
	command = ["mariadb-dump", "--no-defaults", f"--host={config['db_host']}", f"--port={config['db_port']}"]
	command += [f"--user={config['db_name']}", "--skip-extended-insert", config["db_name"]]
	env = os.environ | {"MYSQL_PWD": config["db_password"]}

	def make() -> str:
		return subprocess.run(
			command, env=env, capture_output=True, text=True, check=True, errors="replace"
		).stdout

	return make


def logged(site) -> str:
	"""Return everything that the bench's and the site's log files hold."""
	files = [*Path("../logs").glob("*.log*"), *Path(site, "logs").glob("*.log*")]
	return "\n".join(path.read_text(errors="replace") for path in files if path.is_file())


def name_of_a_child(educator) -> str:
	return first(educator, "Child")["first_names"].split()[0]


@pytest.mark.parametrize("kind", ["child", "phone", "identity code", "e-mail"])
@pytest.mark.parametrize("channel", ["resource", "client.insert", "savedocs"])
def test_consultation_that_names_a_person_is_refused_without_a_trace(educator, dump, site, kind, channel):
	child = first(educator, "Child")
	mark = "merkki" + secrets.token_hex(6)
	person = {
		"child": child["last_name"] if "last_name" in child else name_of_a_child(educator),
		"phone": "040 123 4567",
		"identity code": "010119A929R",
		"e-mail": "koti@example.fi",
	}[kind]
	doc = {
		"doctype": "Consultation",
		"unit": child["unit"],
		"age_band": first(educator, "Age Band")["name"],
		"channel": "E-mail",
		"question": f"{mark}: miten tukea rauhoittumista? Kyse on siis: {person}.",
	}
	if channel == "resource":
		answer = educator.post("/api/resource/Consultation", json=doc)
	elif channel == "client.insert":
		answer = educator.call("frappe.client.insert", doc=doc)
	else:
		new = doc | {"__islocal": 1, "__unsaved": 1, "name": "new-consultation-1"}
		answer = educator.call("frappe.desk.form.save.savedocs", doc=json.dumps(new), action="Save")
	assert answer.status_code == 417, answer.text
	assert "<mark" in answer.text
	assert mark not in dump()
	assert mark not in logged(site)


def test_refused_change_of_a_consultation_leaves_the_old_text(educator, dump):
	child = first(educator, "Child")
	question = "Miten tukea lasta, joka jännittää uusia tilanteita? " + secrets.token_hex(6)
	values = {
		"unit": child["unit"],
		"age_band": first(educator, "Age Band")["name"],
		"channel": "E-mail",
		"question": question,
	}
	stored = educator.insert("Consultation", **values).json()["data"]
	mark = "merkki" + secrets.token_hex(6)
	answer = educator.put(
		f"/api/resource/Consultation/{stored['name']}",
		json={"question": f"{mark} soita 0401234567", "modified": stored["modified"]},
	)
	assert answer.status_code == 417
	assert educator.get(f"/api/resource/Consultation/{stored['name']}").json()["data"]["question"] == question
	assert mark not in dump()


def test_comment_on_a_consultation_is_screened_too(educator, dump):
	consultation = first(educator, "Consultation")
	mark = "merkki" + secrets.token_hex(6)
	answer = educator.call(
		"frappe.desk.form.utils.add_comment",
		reference_doctype="Consultation",
		reference_name=consultation["name"],
		content=f"{mark} 010119A929R",
		comment_email=educator.user,
		comment_by="x",
	)
	assert answer.status_code in (403, 417), answer.text
	assert mark not in dump()


# figures


def test_csv_of_the_report_opens(log_in):
	month = (date.today().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
	filters = json.dumps({"from_month": month, "to_month": month})
	answer = log_in("Reporting Officer").get(
		"/api/method/early_support.export.download.kuukausitilasto", params={"filters": filters}
	)
	assert answer.status_code == 200, answer.text[:500]
	assert answer.content.startswith(b"\xef\xbb\xbf")
	head = answer.content.decode("utf-8-sig").splitlines()[0].split(";")
	assert head[:3] == ["kunta", "hyvinvointialue", "toimipaikka_oid"]
	assert "peitetty" in head


def test_csv_of_the_report_is_not_for_guests(guest):
	answer = guest.get("/api/method/early_support.export.download.kuukausitilasto", params={"filters": "{}"})
	assert answer.status_code == 403
