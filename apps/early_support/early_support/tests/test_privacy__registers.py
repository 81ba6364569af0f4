"""A Privacy Officer answers for the register of his or her controller: the municipality's, the county's, and no other."""

import io
import json
import zipfile

import frappe
import pytest

from early_support.early_support.doctype.legal_hold.legal_hold import UnknownSubjectError
from early_support.early_support.doctype.subject_access_export.subject_access_export import UnknownChildError
from early_support.early_support.report.purge_preview import purge_preview
from early_support.exceptions import FilterNotUnderstood
from early_support.patches.v0_3 import tell_registers_apart
from early_support.privacy import find, retention, rights, subject_access, who_looked
from early_support.tests import case_factories as case
from early_support.tests import factories
from early_support.tests import privacy_factories as privacy

OFFICER, EXPORT = "Privacy Officer", subject_access.EXPORT
SITUATION = "Illat ovat raskaita, koti on kesken."


@pytest.fixture
def team(site) -> case.Team:
	return case.make_team(first_names="Aino Maria", last_name="Rekisterinen", birth_date="2022-03-04")


@pytest.fixture
def client(team) -> case.Team:
	"""The team, with a child who is a client of the county too."""
	case.network_meeting_in("Agreed", team)
	case.support_plan_in("Agreed", team, situation=SITUATION)
	case.make_needs_assessment(team)
	return team


@pytest.fixture
def county(site) -> str:
	return factories.make_staff(OFFICER, controller=case.county())


@pytest.fixture
def municipal(site) -> str:
	return factories.make_staff(OFFICER, controller=factories.default_controller())


@pytest.fixture
def elsewhere(site) -> str:
	other = factories.make_controller()
	factories.make_unit(service_area=factories.make_area(controller=other))
	return factories.make_staff(OFFICER, controller=other)


def find_as(user: str, team: case.Team) -> list[dict]:
	child = frappe.get_doc("Child", team.child)
	with case.acting(user):
		return find.find_child(child.full_name, str(child.birth_date))


def searched_as(user: str, text: str = "Rekisterin") -> list[dict]:
	with case.acting(user):
		return who_looked.find_children(text)


def order(user: str, child: str, **values):
	with case.acting(user):
		return frappe.get_doc({"doctype": EXPORT, "child": child, "language": "fi", **values}).insert()


def hold(user: str, subject: str, subject_type: str = "Child", **values):
	of = {"subject_type": subject_type, "subject": subject, "reason": "Kantelu 1/2026"}
	with case.acting(user):
		return frappe.get_doc({"doctype": "Legal Hold", **of, **values}).insert()


def package(export) -> tuple[list[dict], str]:
	"""Return the records of a package, and all of its texts."""
	with case.acting("Administrator"):
		subject_access.make(export.name)
		file = frappe.get_doc("File", {"attached_to_name": export.name})
	made = zipfile.ZipFile(io.BytesIO(file.get_content()))
	texts = (made.read(name).decode() for name in made.namelist())
	return json.loads(made.read("data.json")), "".join(texts)


def looked(user: str, child: str) -> list[dict]:
	with case.acting(user):
		return who_looked.rows(*who_looked.read_filters({"child": child}))


def sees(user: str, doc) -> bool:
	with case.acting(user):
		listed = doc.name in frappe.get_list(doc.doctype, pluck="name", limit_page_length=0)
	assert frappe.has_permission(doc.doctype, "read", doc=doc.name, user=user) is listed
	return listed


def open_by_rest(api, user: str, doctype: str, name: str) -> None:
	assert api(user).get(f"/api/resource/{doctype}/{name}").status_code == 200


# Finding -------------------------------------------------------------------------------------------------------------


def test_each_officer_finds_the_children_of_the_own_register(client, county, municipal, elsewhere):
	(found,) = find_as(municipal, client)
	assert (found.code, found.unit) == (client.child, client.unit)
	(found,) = find_as(county, client)
	assert found.code == client.child
	# Where the child is in day care is the municipality's to tell.
	assert (found.unit, found.left_on) == (None, None)
	assert find_as(elsewhere, client) == []
	for user, others in ((municipal, 1), (county, 1), (elsewhere, 0)):
		assert len(searched_as(user)) == others
	(shown,) = searched_as(county)
	assert shown["description"] == "2022"


def test_a_child_of_whom_the_county_keeps_nothing_is_none_of_its_officers(team, county):
	case.concern_in("Raised", team)
	assert find_as(county, team) == searched_as(county) == searched_as(county, team.child) == []
	with case.acting(county), pytest.raises(FilterNotUnderstood):
		who_looked.read_filters({"child": team.child})
	with pytest.raises(UnknownChildError):
		order(county, team.child)
	with pytest.raises(UnknownSubjectError):
		hold(county, team.child)
	with pytest.raises(UnknownSubjectError):
		hold(county, frappe.db.get_value("Child", team.child, "family"), "Family")


def test_an_officer_of_some_units_answers_for_no_register_kept_apart_from_them(client):
	officer = factories.make_staff(OFFICER, client.unit)
	assert rights.officer_registers(officer) == frozenset()
	with case.acting(officer):
		assert rights.registers("Child", client.child) == {factories.default_controller()}


def test_what_the_county_finds_is_in_its_own_log_and_not_in_the_municipalitys(client, county, municipal):
	find_as(county, client)
	searched_as(county)
	export = order(county, client.child)
	hold(county, client.child)
	package(export)
	assert county not in {row["user"] for row in looked(municipal, client.child)}
	channels = [row["channel"] for row in looked(county, client.child) if row["user"] == county]
	assert sorted(channels) == ["Data export", "Report", *["Search result"] * 4]


# Subject access ------------------------------------------------------------------------------------------------------


def test_the_package_of_the_county_holds_its_register_and_whom_it_is_about(client, county):
	export = order(county, client.child)
	assert export.controller == case.county()
	records, texts = package(export)
	kinds = [record["doctype"] for record in records]
	assert kinds[:1] == ["Child"]
	assert sorted({*kinds}) == [
		"Access Grant",
		"Child",
		"Client Relationship",
		"Needs Assessment",
		"Network Meeting Filing",
		"Support Plan",
	]
	assert set(records[0]["values"]) == {"full_name", "birth_date"}
	assert SITUATION in texts
	assert frappe.db.get_value("Register Controller", case.county(), "title") in texts
	# Of the municipality's register nothing: neither casework, nor guardians, nor who was given access to that.
	assert case.OBSERVATION not in texts
	family = frappe.get_doc("Family", frappe.db.get_value("Child", client.child, "family"))
	assert family.guardians[0].phone not in texts
	for record in records:
		if record["doctype"] != "Child":
			controller = frappe.db.get_value(record["doctype"], record["code"], "*").get("controller")
			assert controller in (None, case.county())
		if record["doctype"] == "Access Grant":
			source = frappe.db.get_value("Access Grant", record["code"], "source_doctype")
			assert source in ("Client Relationship", "Needs Assessment")


def test_the_package_of_the_municipality_holds_nothing_of_the_social_register(client, municipal):
	hold(factories.make_staff(OFFICER, controller=case.county()), client.child, reason="Oikeusasia 7/2026")
	export = order(municipal, client.child)
	assert export.controller == factories.default_controller()
	records, texts = package(export)
	kinds = {record["doctype"] for record in records}
	assert {"Child", "Family", "Concern", "Support Period", "Network Meeting"} <= kinds
	assert not kinds & {"Client Relationship", "Support Plan", "Needs Assessment", "Legal Hold"}
	for word in (SITUATION, "Oikeusasia"):
		assert word not in texts


def test_nobody_orders_or_opens_the_package_of_another_register(api, client, county, municipal, elsewhere):
	made = {user: order(user, client.child) for user in (county, municipal)}
	for export in made.values():
		package(export)
	for user in (county, municipal, elsewhere):
		for owner, export in made.items():
			assert sees(user, export) is (user == owner)
			url = frappe.db.get_value("File", {"attached_to_name": export.name}, "file_url")
			assert api(user).get(url).status_code == (200 if user == owner else 403)
	for user, controller in ((county, factories.default_controller()), (municipal, case.county())):
		with pytest.raises(UnknownChildError):
			order(user, client.child, controller=controller)
	with pytest.raises(UnknownChildError):
		order(elsewhere, client.child)
	# What was fetched is in the log of its own register.
	rows = frappe.get_all(
		"Case Access Log",
		filters={"document_name": client.child, "channel": "Export", "detail": ("like", "/private/%")},
		fields=["user", "controller"],
	)
	assert {(row.user, row.controller) for row in rows} == {
		(county, case.county()),
		(municipal, factories.default_controller()),
	}


def test_whoever_answers_for_two_registers_says_for_which(client):
	officer = factories.make_staff(OFFICER, controller=case.county())
	factories.make_assignment(officer, OFFICER, controller=factories.default_controller())
	with pytest.raises(rights.RegisterNotChosen):
		order(officer, client.child)
	with pytest.raises(rights.RegisterNotChosen):
		hold(officer, client.child)
	assert order(officer, client.child, controller=case.county()).controller == case.county()


# Legal hold, and what is due --------------------------------------------------------------------------------------------


def test_a_hold_is_of_one_register_and_lifted_by_its_officers(client, county, municipal, elsewhere):
	for subject_type in ("Child", "Family"):
		subject = client.child
		if subject_type == "Family":
			subject = frappe.db.get_value("Child", client.child, "family")
		doc = hold(county, subject, subject_type)
		assert doc.controller == case.county()
		assert (subject_type, subject, case.county()) in retention.read_held(factories.days(0))
		assert sees(county, doc)
		for user in (municipal, elsewhere):
			assert not sees(user, doc)
			with case.acting(user), pytest.raises(frappe.PermissionError):
				frappe.get_doc("Legal Hold", doc.name).update({"to_date": factories.days(0)}).save()
		with case.acting(county):
			doc.to_date = factories.days(0)
			doc.save()
	with pytest.raises(UnknownSubjectError):
		hold(municipal, client.child, controller=case.county())


def test_the_preview_shows_each_officer_the_own_register(client, county, municipal, elsewhere):
	privacy.set_all_rules()
	shown = {}
	for user in (county, municipal, elsewhere):
		with case.acting(user):
			shown[user] = {
				(row["document_type"], row["controller"]) for row in purge_preview.execute({"all": 1})[1]
			}
	kinds = {kind for kind, _controller in shown[county]}
	assert {"Client Relationship", "Support Plan", "Needs Assessment", "Network Meeting Filing"} <= kinds
	assert {controller for _kind, controller in shown[county]} == {case.county()}
	kinds = {kind for kind, _controller in shown[municipal]}
	assert {"Concern", "Child", "Family", "Network Meeting Filing"} <= kinds
	assert {controller for _kind, controller in shown[municipal]} == {factories.default_controller(), None}
	assert not kinds & {"Client Relationship", "Support Plan", "Needs Assessment"}
	assert shown[elsewhere] == set()


# Who looked ----------------------------------------------------------------------------------------------------------


def test_each_officer_is_told_who_looked_at_the_own_records(api, client, county, municipal, elsewhere):
	plan = frappe.db.get_value("Support Plan", {"child": client.child})
	concern = frappe.db.get_value("Concern", {"child": client.child})
	open_by_rest(api, client.counsellor, "Support Plan", plan)
	open_by_rest(api, client.educator, "Concern", concern)
	assert plan in {row["document_name"] for row in looked(county, client.child)}
	assert concern not in {row["document_name"] for row in looked(county, client.child)}
	assert concern in {row["document_name"] for row in looked(municipal, client.child)}
	assert plan not in {row["document_name"] for row in looked(municipal, client.child)}
	with case.acting(elsewhere), pytest.raises(FilterNotUnderstood):
		who_looked.read_filters({"child": client.child})


def test_who_looked_is_told_after_the_child_was_destroyed(api, client, county, municipal, elsewhere):
	relationship = frappe.db.get_value("Client Relationship", {"child": client.child})
	family = frappe.db.get_value("Child", client.child, "family")
	open_by_rest(api, client.counsellor, "Client Relationship", relationship)
	open_by_rest(api, client.educator, "Child", client.child)
	open_by_rest(api, client.educator, "Family", family)
	for doctype in (*rights.KEPT, "Child"):
		frappe.db.delete(doctype, {"name" if doctype == "Child" else "child": client.child})
	for user, own, not_own in (
		(county, {relationship}, {family}),
		(municipal, {client.child, family}, {relationship}),
	):
		(found,) = searched_as(user, client.child.lower())
		assert found["value"] == client.child
		names = {row["document_name"] for row in looked(user, client.child)}
		assert own <= names
		assert not not_own & names
	assert searched_as(elsewhere, client.child) == []
	with case.acting(elsewhere), pytest.raises(FilterNotUnderstood):
		who_looked.read_filters({"child": client.child})


def test_where_a_reader_worked_is_told_as_it_was_then(api, team, municipal):
	"""An assignment may be changed later; the log may not."""
	open_by_rest(api, team.educator, "Child", team.child)
	then = frappe.db.get_value("Day Care Unit", team.unit, "title")
	other = factories.make_unit()
	frappe.db.set_value("Staff Assignment", {"user": team.educator}, "unit", other)
	(row,) = [row for row in looked(municipal, team.child) if row["user"] == team.educator]
	assert (row["works_in"], row["ground"]) == (then, "Works in the child's unit")


# Grants, and sites that were there before ---------------------------------------------------------------------------------


def test_each_officer_sees_what_was_given_on_the_own_records(client, county, municipal, elsewhere):
	grants = frappe.get_all(
		"Access Grant", filters={"user": client.counsellor}, fields=["name", "source_doctype"]
	)
	assert {"Support Period", "Client Relationship", "Needs Assessment"} <= {
		row.source_doctype for row in grants
	}
	for row in grants:
		doc = frappe.get_doc("Access Grant", row.name)
		assert sees(municipal, doc) is (row.source_doctype == "Support Period")
		assert sees(county, doc) is (row.source_doctype != "Support Period")
		assert not sees(elsewhere, doc)


def test_older_holds_and_packages_get_their_registers(client, county, municipal):
	old_hold, old_export = hold(municipal, client.child), order(municipal, client.child)
	for doc in (old_hold, old_export):
		frappe.db.set_value(doc.doctype, doc.name, "controller", None)
	tell_registers_apart.execute()
	tell_registers_apart.execute()
	assert frappe.db.get_value(EXPORT, old_export.name, "controller") == factories.default_controller()
	held = frappe.get_all("Legal Hold", filters={"subject": client.child}, fields=["controller", "reason"])
	# It kept everything, and still does.
	assert sorted(row.controller for row in held) == sorted([factories.default_controller(), case.county()])
	assert {row.reason for row in held} == {old_hold.reason}
