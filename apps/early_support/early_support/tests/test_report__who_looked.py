"""Who Looked: the Privacy Officer's report on one child."""

import json
from datetime import datetime, timedelta

import frappe
import pytest
from frappe.utils import add_days, nowdate

from early_support.access import policy
from early_support.privacy import who_looked
from early_support.tests import factories
from early_support.tests.case_factories import concern_in, make_consultation, make_team

RUN = "/api/method/frappe.desk.query_report.run"
SEARCH = "/api/method/early_support.privacy.who_looked.find_children"


@pytest.fixture
def team(site):
	return make_team(last_name="Testikäinen")


@pytest.fixture
def officer(team):
	return factories.make_staff("Privacy Officer", controller=factories.default_controller())


def run(client, **filters):
	return client.get(RUN, query_string={"report_name": "Who Looked", "filters": json.dumps(filters)})


def result(answer) -> list[dict]:
	assert answer.status_code == 200, answer.text[:2000]
	return answer.json["message"]["result"]


def test_everything_about_the_child_and_nothing_else(api, team, officer):
	concern = concern_in("Discussed", team)
	other = concern_in("Discussed", make_team())
	educator, administrator = api(team.educator), api("Administrator")
	for doctype, name in (("Concern", concern.name), ("Child", team.child), ("Family", concern.family)):
		assert educator.get(f"/api/resource/{doctype}/{name}").status_code == 200
	assert educator.get(f"/api/resource/Consultation/{make_consultation(team).name}").status_code == 200
	assert administrator.get(f"/api/resource/Concern/{other.name}").status_code == 200
	assert (
		api(factories.make_staff("Early Educator", factories.make_unit()))
		.get(f"/api/resource/Concern/{concern.name}")
		.status_code
		== 403
	)

	rows = result(run(api(officer), child=team.child))
	found = [(row["user"], row["document_name"], row["refused"]) for row in rows]
	assert found[1:] == [
		(team.educator, concern.family, 0),
		(team.educator, team.child, 0),
		(team.educator, concern.name, 0),
	]
	assert (found[0][1], found[0][2]) == (concern.name, 1)
	row = rows[-1]
	assert row["full_name"] == frappe.db.get_value("User", team.educator, "full_name")
	unit = frappe.db.get_value("Day Care Unit", team.unit, "title")
	assert (row["roles"], row["works_in"], row["unit"]) == ("Early Educator", unit, unit)
	assert (row["document_type"], row["channel"], row["ground"]) == (
		"Concern",
		"Interface",
		"Works in the child's unit",
	)
	seen = datetime.fromisoformat(row["read_at"].split(".")[0])
	assert abs(seen - frappe.utils.now_datetime()) < timedelta(minutes=2)  # the site's time, not UTC


def test_reading_the_report_is_logged_and_nothing_more(api, team, officer):
	concern_in("Discussed", team)
	api(team.educator).get("/api/resource/Concern")
	client = api(officer)
	first = result(run(client, child=team.child))
	second = result(run(client, child=team.child))
	assert len(second) == len(first) + 1
	assert (second[0]["user"], second[0]["document_name"], second[0]["channel"]) == (
		officer,
		team.child,
		"Report",
	)
	assert (second[0]["ground"], second[0]["detail"]) == ("Privacy Officer's duty", "Who Looked")


def test_the_period_is_kept(api, team, officer):
	api(team.educator).get(f"/api/resource/Child/{team.child}")
	client = api(officer)
	today, yesterday = nowdate(), add_days(nowdate(), -1)
	assert result(run(client, child=team.child, from_date=yesterday, to_date=yesterday)) == []
	assert len(result(run(client, child=team.child, from_date=today, to_date=today))) >= 1


@pytest.mark.parametrize(
	"filters",
	[
		{},
		{"child": "ZZZZZZZZ9"},
		{"child": ["!=", ""]},
		{"child": {"a": 1}},
		{"from_date": "2026-02-01", "to_date": "2026-01-01"},
		{"from_date": "soon"},
	],
)
def test_filters_that_make_no_sense_are_refused(api, team, officer, filters):
	child = {} if filters == {} or "child" in filters else {"child": team.child}
	answer = run(api(officer), **child, **filters)
	assert answer.status_code == 417, answer.text[:1000]
	assert "FilterNotUnderstood" in answer.text


def test_an_officer_of_another_controller_learns_nothing(api, team):
	api(team.educator).get(f"/api/resource/Child/{team.child}")
	elsewhere = factories.make_controller()
	factories.make_unit(service_area=factories.make_area(controller=elsewhere))
	client = api(factories.make_staff("Privacy Officer", controller=elsewhere))
	assert run(client, child=team.child).status_code == 417
	assert client.get(SEARCH, query_string={"txt": "Testikäinen"}).json["message"] == []


def test_an_officer_whose_work_ended_learns_nothing(api, team):
	controller = factories.default_controller()
	client = api(
		factories.make_staff("Privacy Officer", controller=controller, to_date=add_days(nowdate(), -1))
	)
	answers = (run(client, child=team.child), client.get(SEARCH, query_string={"txt": "Testikäinen"}))
	assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.parametrize(
	"role",
	[
		"Early Educator",
		"Unit Director",
		"Family Counsellor",
		"Area Director",
		"Form Administrator",
		"System Manager",
	],
)
def test_nobody_else_reads_it(api, team, role):
	user = factories.make_user(role) if role == "System Manager" else factories.make_staff(role, team.unit)
	answer = run(api(user), child=team.child)
	assert answer.status_code in (403, 417)
	assert "result" not in answer.text
	assert api(user).get(SEARCH, query_string={"txt": "Testikäinen"}).status_code == 403


def test_not_even_administrator_searches():
	with pytest.raises(frappe.PermissionError):
		who_looked.find_children("Testi")


def test_search_finds_by_the_beginning_of_a_name_and_is_logged(api, team, officer):
	client = api(officer)

	def found(text):
		return client.get(SEARCH, query_string={"txt": text}).json["message"]

	before = frappe.db.sql("select ifnull(max(name), 0) from `tabCase Access Log`")[0][0]
	child = frappe.get_doc("Child", team.child)
	for text in ("Testikäi", child.first_names, f"{child.first_names} Testik", child.name):
		(row,) = [each for each in found(text) if each["value"] == team.child]
		assert row["label"] == f"{child.first_names} Testikäinen"
		assert str(child.birth_date)[:4] in row["description"]
	logged = frappe.db.sql(
		"select document_name, channel from `tabCase Access Log` where name > %s and document_name = %s",
		(before, team.child),
	)
	assert logged == ((team.child, "Search"),) * 4
	for text in ("", "T", "%%%", "__", "ikäinen"):
		assert team.child not in [each["value"] for each in found(text)]


def test_every_ground_is_said_in_words(site):
	"""Every way by which a record can open; the kinds of grants are words already."""
	ways = {opener for lines in policy.OPENS.values() for opener in lines} - set(policy.GRANT_KINDS)
	assert [way for way in ways if who_looked.ground_label(way) == way] == []
