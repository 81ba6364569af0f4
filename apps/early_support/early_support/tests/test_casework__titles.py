"""Forms show names of colleagues and titles of list records, and tell nothing of anybody else."""

import json

import frappe
import pytest

from early_support.casework import offers, people, titles
from early_support.tests import case_factories as make
from early_support.tests import factories

# Form → the fields with a colleague that somebody chooses.
CHOSEN = {
	"Support Period": ("counsellor",),
	"Referral": ("receiver",),
	"Needs Assessment": ("assessor", "colleague"),
	"Client Relationship": ("own_worker",),
}
SEARCHES = {
	"find_counsellors": "Support Period",
	"find_receivers": "Referral",
	"find_own_workers": "Client Relationship",
}


@pytest.fixture
def team(site):
	return make.make_team()


def opened(client, doc) -> dict:
	answer = client.get(
		"/api/method/frappe.desk.form.load.getdoc", query_string={"doctype": doc.doctype, "name": doc.name}
	)
	assert answer.status_code == 200, answer.text
	return answer.json


def search(client, query: str, txt: str = "") -> list[dict]:
	form = {
		"doctype": "User",
		"txt": txt,
		"page_length": 200,
		"query": f"early_support.casework.people.{query}",
		"reference_doctype": SEARCHES[query],
	}
	answer = client.post("/api/method/frappe.desk.search.search_link", data=form)
	assert answer.status_code == 200, answer.text
	return answer.json.get("results") or answer.json.get("message") or []


@pytest.fixture
def forms(team) -> dict:
	"""Of each form with a chosen colleague one that its maker may open, and who that is."""
	period = make.period_in("Agreed", team)
	assessment = make.needs_assessment_in("Initial", team)
	with make.acting(assessment.assessor):
		assessment.colleague = make.make_social_worker()
		assessment.save()
	relationship = make.relationship_in("Active", team)
	referral = make.make_referral(team)
	return {
		"Support Period": (period, team.educator),
		"Referral": (referral, team.educator),
		"Needs Assessment": (assessment, assessment.assessor),
		"Client Relationship": (relationship, team.counsellor),
	}


def test_a_chosen_colleague_comes_with_the_name(api, forms):
	for doctype, fields in CHOSEN.items():
		doc, user = forms[doctype]
		sent = opened(api(user), doc)["_link_titles"]
		for field in fields:
			assert sent[f"User::{doc.get(field)}"] == people.full_name(doc.get(field)), (doctype, field)


def test_a_grant_and_an_event_say_whose_they_are(api, team):
	make.period_in("Agreed", team)
	officer = factories.make_staff("Privacy Officer", controller=factories.default_controller())
	grant = frappe.get_last_doc("Access Grant", {"user": team.counsellor})
	sent = opened(api(officer), grant)
	assert sent["_link_titles"][f"User::{team.counsellor}"] == people.full_name(team.counsellor)
	with make.acting(team.educator):
		event = frappe.get_doc(
			{
				"doctype": "Unit Event",
				"unit": team.unit,
				"kind": "open-coffee",
				"event_date": factories.days(5),
			}
		).insert()
	told = opened(api(team.director), event)["docs"][0]["__onload"]["people"]
	assert told[event.owner] == people.full_name(event.owner)


def test_whoever_may_not_open_the_form_is_told_no_name(api, forms):
	stranger = factories.make_staff("Early Educator", factories.make_unit())
	for doc, _user in forms.values():
		answer = api(stranger).get(
			"/api/method/frappe.desk.form.load.getdoc",
			query_string={"doctype": doc.doctype, "name": doc.name},
		)
		assert answer.status_code == 403
		assert "_link_titles" not in answer.json


def test_an_offered_form_knows_its_people(team):
	period = make.client_period(team)
	frappe.local.response.pop("_link_titles", None)
	with make.acting(team.counsellor):
		offered = offers.continue_as_client(period.name)
	sent = frappe.local.response["_link_titles"]
	assert sent[f"User::{offered.own_worker}"] == people.full_name(team.counsellor)
	assert sent[f"Support Period::{period.name}"] == called(period, "proposed_on")


# Nobody opens one.
WITHOUT_FORM = ("Case Reminder",)


def user_fields() -> list[tuple[str, str | None, str]]:
	"""Return (form, its table or None, field) of each field of ours that links to a user."""
	found = []
	for form in frappe.get_all("DocType", filters={"module": "Early Support", "istable": 0}, pluck="name"):
		meta = frappe.get_meta(form)
		tables = [(df.fieldname, frappe.get_meta(df.options)) for df in meta.get_table_fields()]
		for table, of in [(None, meta), *tables]:
			found += [(form, table, df.fieldname) for df in of.get_link_fields() if df.options == "User"]
	return [each for each in found if each[0] not in WITHOUT_FORM]


def test_every_form_that_names_a_user_says_the_name(site):
	"""Of reports, units, settings and packs as of casework: no form shows an address where a person is meant."""
	worker = factories.make_user("Early Educator")
	name = people.full_name(worker)
	silent = []
	for form, table, field in user_fields():
		doc = frappe.new_doc(form)
		doc.append(table, {field: worker}) if table else doc.set(field, worker)
		frappe.local.response.pop("_link_titles", None)
		doc.run_method("onload")
		if (frappe.local.response.get("_link_titles") or {}).get(f"User::{worker}") != name:
			silent.append((form, table, field))
	assert silent == []


def test_link_fields_of_the_desk_show_titles_of_users(site):
	boot = {"link_title_doctypes": ["Child"]}
	titles.extend_bootinfo(boot)
	assert boot["link_title_doctypes"] == ["Child", "User"]
	assert "early_support.casework.titles.extend_bootinfo" in frappe.get_hooks("extend_bootinfo")


@pytest.mark.parametrize("query", SEARCHES)
def test_a_search_offers_names_and_says_who_it_is(api, team, query):
	frappe.db.set_value("User", team.counsellor, {"full_name": "Helmi Hakija", "language": "en"})
	asks = team.educator if query != "find_own_workers" else team.counsellor
	found = next(row for row in search(api(asks), query, "Hakija"))
	title = frappe.db.get_value("Register Controller", make.county(), "title")
	assert (found["value"], found["label"]) == (team.counsellor, "Helmi Hakija")
	assert found["description"] == f"Family Counsellor, {title}"


def test_two_of_the_same_name_are_told_apart(api, team):
	worker = make.make_social_worker()
	for user in (worker, team.counsellor):
		frappe.db.set_value("User", user, "full_name", "Helmi Hakija")
	rows = search(api(team.educator), "find_receivers", "Hakija")
	assert {row["value"] for row in rows} == {worker, team.counsellor}
	assert len({row["description"] for row in rows}) == 2


def test_the_name_of_a_user_is_not_asked_for_by_the_address(api, team):
	"""A guardian may have an account too: neither that there is one nor a name is told."""
	guardian = factories.make_user(user_type="Website User", full_name="Salla Salainen")
	for user in (guardian, "nobody@example.test"):
		form = {"doctype": "User", "docname": user}
		answer = api(team.educator).post("/api/method/frappe.desk.search.get_link_title", data=form)
		assert answer.json.get("message") in (user, None)
		assert "Salla" not in answer.text


def called(doc, day: str) -> str:
	return f"{doc.child_name}, {frappe.utils.formatdate(doc.get(day))}"


def test_links_tell_several_concerns_of_one_child_apart(api, team):
	"""The title of casework is the child's name; a link shows the day as well, the same wherever it is asked for."""
	concern = make.concern_in("Meeting Agreed", team, observed_on=factories.days(-9))
	other = make.concern_in("Meeting Agreed", team, observed_on=factories.days(-2))
	period = make.make_period(team, concern)
	client, title = api(team.educator), called(concern, "observed_on")
	assert opened(client, period)["docs"][0]["__onload"]["cases"] == {f"Concern::{concern.name}": title}
	asked = {"doctype": "Concern", "docname": concern.name}
	answer = client.post("/api/method/frappe.desk.search.get_link_title", data=asked)
	assert answer.json["message"] == title
	form = {"doctype": "Concern", "txt": "", "page_length": 20, "reference_doctype": "Referral"}
	answer = client.post("/api/method/frappe.desk.search.search_link", data=form).json
	found = {row["value"]: row for row in answer.get("results") or answer["message"]}
	assert found[concern.name]["label"] == title != found[other.name]["label"]
	assert found[concern.name]["description"] == "Meeting Agreed"


def test_a_link_tells_nothing_of_casework_that_is_closed(api, team):
	"""Whoever may read a document may not always read what it links to."""
	period = make.period_in("Agreed", team)
	concern, grown = "Concern", f"Concern::{period.concern}"
	assert grown in opened(api(team.counsellor), period)["docs"][0]["__onload"]["cases"]
	# What an earlier answer has told is not kept: the day is asked of what is open now.
	frappe.db.set_value(concern, period.concern, {"family": factories.make_family()})
	assert grown not in opened(api(team.counsellor), period)["docs"][0]["__onload"]["cases"]
	stranger = make.make_team().educator
	with make.acting(stranger):
		assert titles.told_apart(concern, [period.concern]) == {}
		assert titles.told_apart("Child", [team.child]) == {}
	answer = api(stranger).post(
		"/api/method/frappe.desk.search.get_link_title",
		data={"doctype": concern, "docname": period.concern},
	)
	assert answer.json.get("message") is None


def version_of(doc, data: dict) -> None:
	values = {"ref_doctype": doc.doctype, "docname": doc.name, "data": json.dumps(data)}
	frappe.get_doc({"doctype": "Version", **values}).insert(ignore_permissions=True)


def test_the_history_comes_with_titles_and_names(api, team):
	doc = make.make_consent(team)
	former = factories.make_staff("Early Educator", team.unit, first_name="Entinen", last_name="Kollega")
	method = frappe.get_doc("Contact Method", make.option("Contact Method"))
	service = frappe.get_doc("Support Service", make.SERVICE)
	version_of(
		doc,
		{
			"changed": [["withdrawn_how", None, method.name], ["asked_by", former, team.educator]],
			"row_changed": [["recipients", 0, "x", [["service", service.name, "gone"]]]],
		},
	)
	told = opened(api(team.educator), doc)["docs"][0]["__onload"]
	assert told["titles"] == {
		f"Contact Method::{method.name}": method.title_en or method.title,
		f"Support Service::{service.name}": service.title_en or service.title,
	}
	assert told["people"][former] == "Entinen Kollega"


def test_the_history_tells_no_title_of_a_case(team):
	"""What an earlier child or concern was called may be closed to whoever reads the history."""
	other = make.make_team()
	doc = make.make_referral(team)
	version_of(doc, {"changed": [["child", other.child, team.child], ["gone_field", "a", "b"]]})
	with make.acting(team.educator):
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.run_method("onload")
	assert doc.get_onload("titles") == {}
	assert titles.of_records([("Child", other.child), ("Concern", "x")]) == {}
