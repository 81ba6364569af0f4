"""The demo municipality on the site: what it holds, that it keeps the rules, that it goes as it came.

Where the site has the demo, it is looked at; on another bench a small one is loaded within the transaction of the test.
"""

import dataclasses
import json
import re

import frappe
import pytest
from frappe.utils import add_days, getdate
from frappe.utils.password import check_password

from early_support.access import assignments
from early_support.access.policy import GUARDED_DOCTYPES
from early_support.casework.states import AGREED_PERIOD
from early_support.demo import ledger
from early_support.demo import remove as removing
from early_support.demo import site as demo_site
from early_support.demo.load import Loader, load, quiet
from early_support.demo.model import DOMAIN, Story
from early_support.demo.passwords import readable_password, renew
from early_support.demo.remove import (
	AddedByPeople,
	added_records,
	remove,
	remove_record,
	remove_user,
	unnoticed,
)
from early_support.exceptions import TransitionNotAllowed
from early_support.naming import ALPHABET
from early_support.screening.service import refuse_texts
from early_support.workflow_guard.system import system_change

STAFF = ("like", f"%@{DOMAIN}")


@pytest.fixture(scope="module")
def loaded(site):
	"""The plan of the demo on the site, loaded once for the module in a transaction that is rolled back after it."""

	def commit() -> None:
		db.before_commit.run()
		db.after_commit.run()

	db = frappe.local.db  # the connection itself: frappe.db stands for that of whichever thread asks
	db.commit, real_commit = commit, db.commit
	db.begin()
	try:
		yield ledger.plan() or load("fi", size="small")
	finally:
		db.commit = real_commit
		frappe.set_user("Administrator")
		db.rollback()
		frappe.clear_cache()


@pytest.fixture(autouse=True)
def transaction(loaded):
	"""Undo what each test does, but not the load: instead of the transaction that other modules give each test."""
	frappe.set_user("Administrator")
	frappe.local.lang = "en"
	assignments.forget()
	frappe.db.savepoint("demo_test")
	yield
	frappe.set_user("Administrator")
	frappe.db.rollback(save_point="demo_test")
	frappe.clear_cache()
	assignments.forget()


@pytest.fixture
def demo(loaded):
	return loaded


def records(doctype: str) -> list[str]:
	return frappe.get_all(
		"Demo Record", filters={"reference_doctype": doctype}, pluck="reference_name", limit=0
	)


def counts() -> dict[str, int]:
	"""Number of rows of every table of the site; what Frappe counts and remembers about itself is left out."""
	tables = frappe.db.sql_list(
		"select table_name from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'"
	)
	left_out = {"tabSeries", "tabDefaultValue", "tabSingles", "tabRoute History", "tabDeleted Document"}
	return {
		table: frappe.db.sql(f"select count(*) from `{table}`")[0][0]
		for table in tables
		if table not in left_out
	}


def test_everything_of_the_plan_is_on_the_site(demo):
	for doctype, expected in (
		("Register Controller", len(demo.controllers)),
		("Service Area", len(demo.areas)),
		("Day Care Unit", len(demo.units)),
		("User", len(demo.staff)),
		("Staff Assignment", sum(len(person.places) for person in demo.staff)),
		("Family", len(demo.families)),
		("Child", len(demo.children)),
		("Unit Event", len(demo.calendars)),
		("Concern", sum(story.key.startswith("concern") for story in demo.stories)),
		("Consultation", sum(story.key.startswith("consultation") for story in demo.stories)),
	):
		names = records(doctype)
		assert len(names) == expected, doctype
		assert frappe.db.count(doctype, {"name": ("in", names)}) == expected, doctype


def test_the_large_unit(demo):
	unit = demo.units[0]
	assert frappe.db.count("Day Care Group", {"parent": unit.code}) == 3
	assert frappe.db.count("Child", {"unit": unit.code}) == sum(
		child.unit == unit.code for child in demo.children
	)


@pytest.mark.parametrize("doctype", GUARDED_DOCTYPES)
def test_every_state_has_a_document(demo, doctype):
	workflow = frappe.get_doc("Workflow", {"document_type": doctype, "is_active": 1})
	found = set(
		frappe.get_all(doctype, filters={"name": ("in", records(doctype))}, pluck="workflow_state", limit=0)
	)
	assert found == {row.state for row in workflow.states}


def test_the_calendars_of_the_units(demo):
	"""Held, cancelled and planned ones, which keep the rules; house meetings are convened by the liaison."""
	events = [frappe.get_doc("Unit Event", name) for name in records("Unit Event")]
	assert {"Held", "Cancelled"} <= {event.state for event in events}
	liaisons = {unit.code: dict(unit.liaisons)["Day Care"] for unit in demo.units}
	with system_change():
		for event in events:
			event.load_doc_before_save()
			event.run_method("before_validate")
			event.run_method("validate")
			if event.kind == "house-meeting":
				assert event.convened_by == liaisons[event.unit]


@pytest.mark.parametrize("doctype", GUARDED_DOCTYPES)
def test_every_document_keeps_the_rules(demo, doctype):
	"""Each, read anew, passes the rules of its controller; whose turn it is does not matter here."""
	with system_change():
		for name in records(doctype):
			doc = frappe.get_doc(doctype, name)
			doc.load_doc_before_save()
			doc.run_method("before_validate")
			doc.run_method("validate")
			assert doc.unit in {unit.code for unit in demo.units}


def test_a_document_outside_the_rules_would_be_found(demo):
	name = frappe.get_all(
		"Visit", filters={"name": ("in", records("Visit")), "workflow_state": "Held"}, limit=1
	)[0].name
	doc = frappe.get_doc("Visit", name)
	doc.visit_date = frappe.utils.add_days(frappe.utils.nowdate(), 3)
	doc.load_doc_before_save()
	with system_change(), pytest.raises(frappe.ValidationError):
		doc.run_method("validate")


def test_casework_was_done_by_those_whose_work_it_is(demo):
	role_of = {person.user: person.role for person in demo.staff}
	for doctype, roles in (
		("Concern", {"Early Educator", "Special Needs Educator"}),
		("Consultation", {"Early Educator", "Special Needs Educator"}),
		("Support Period", {"Early Educator", "Special Needs Educator"}),
		("Visit", {"Family Counsellor"}),
		("Child Plan", {"Early Educator", "Special Needs Educator"}),
		("Client Relationship", {"Family Counsellor", "Social Worker"}),
		("Support Plan", {"Family Counsellor", "Social Worker"}),
		("Plan Review", {"Family Counsellor", "Social Worker"}),
		("Family", {"Unit Director"}),
		("Child", {"Unit Director"}),
	):
		owners = set(
			frappe.get_all(doctype, filters={"name": ("in", records(doctype))}, pluck="owner", limit=0)
		)
		assert {role_of[owner] for owner in owners} <= roles, doctype


def test_days_lie_in_the_past_of_the_story(demo):
	for name in records("Concern"):
		concern = frappe.get_doc("Concern", name)
		days = [concern.observed_on, concern.raised_on, concern.discussed_on, concern.closed_on]
		days = [day for day in days if day]
		assert all(day < demo.today for day in days)
		assert concern.workflow_state != "Closed" or days == sorted(days)


def test_counsellors_were_given_their_families_in_the_past_of_the_story(demo):
	grants = {
		row.source_name: row
		for row in frappe.get_all(
			"Access Grant",
			filters={"source_name": ("in", records("Support Period"))},
			fields=["source_name", "user", "family", "valid_from", "valid_until"],
			limit=0,
		)
	}
	seen = set()
	for name in records("Support Period"):
		period, grant = frappe.get_doc("Support Period", name), grants.get(name)
		if period.workflow_state in AGREED_PERIOD:
			assert (grant.user, grant.family) == (period.counsellor, period.family)
			assert (getdate(grant.valid_from), grant.valid_until) == (period.agreed_on, None)
		elif grant:
			last_day = period.ended_on or period.withdrawn_on
			assert getdate(grant.valid_until) == getdate(add_days(last_day, 1))
		seen.add((period.workflow_state, bool(grant)))
	assert {(state, True) for state in AGREED_PERIOD} <= seen
	assert ("Proposed", True) not in seen
	assert ("Declined", True) not in seen


def test_consultations_pass_the_screening_anew(demo):
	for row in frappe.get_all(
		"Consultation",
		filters={"name": ("in", records("Consultation")), "unit": demo.units[0].code},
		fields=["unit", "question", "answer", "call_back_time"],
		limit=20,
	):
		refuse_texts(row.unit, [("text", row.question), ("text", row.answer), ("text", row.call_back_time)])


def test_the_demo_is_marked(demo):
	for doctype, field in (
		("Register Controller", "title"),
		("Day Care Unit", "title"),
		("Family", "family_name"),
	):
		titles = frappe.get_all(doctype, filters={"name": ("in", records(doctype))}, pluck=field, limit=0)
		assert titles
		assert all("demo" in title for title in titles)


def test_users_are_of_the_demo_domain_and_get_no_mail(demo):
	assert all(name.endswith(f"@{DOMAIN}") for name in records("User"))
	assert frappe.db.count("Email Queue Recipient", {"recipient": STAFF}) == 0


def test_nobody_but_the_administrator_of_the_demo_is_system_manager(demo):
	managers = frappe.get_all("Has Role", filters={"role": "System Manager", "parent": STAFF}, pluck="parent")
	assert managers == [f"paakayttaja@{DOMAIN}"]


def test_staff_land_on_the_desk(demo):
	assert frappe.db.get_single_value("System Settings", "setup_complete")
	assert frappe.db.get_value("User", demo.introduced[0], "user_type") == "System User"


def test_settings_of_a_site_in_use_stay(site):
	frappe.db.set_single_value("System Settings", {"setup_complete": 1, "country": "Sweden"})
	demo_site.settle()
	assert frappe.db.get_single_value("System Settings", "country") == "Sweden"


def test_settings_of_a_fresh_site_become_finnish(site):
	frappe.db.set_single_value(
		"System Settings", {"setup_complete": 0, "country": "", "time_zone": "Asia/Kolkata"}
	)
	frappe.clear_document_cache("System Settings", "System Settings")
	demo_site.settle()
	settings = frappe.get_doc("System Settings")
	assert (settings.language, settings.country, settings.time_zone) == ("fi", "Finland", "Europe/Helsinki")
	assert (settings.date_format, settings.first_day_of_the_week) == ("dd.mm.yyyy", "Monday")
	assert settings.setup_complete
	assert frappe.db.get_value("User", "Administrator", "language") == "en"


def test_loading_again_changes_only_the_language(demo):
	before = frappe.db.count("Demo Record"), frappe.db.count("Version")
	load("sv")
	assert (frappe.db.count("Demo Record"), frappe.db.count("Version")) == before
	languages = frappe.get_all("User", filters={"name": STAFF}, pluck="language", distinct=True)
	assert languages == ["sv"]


def test_an_interrupted_load_is_completed_from_the_same_plan(demo):
	complete = frappe.db.count("Demo Record")
	lost = frappe.get_all(
		"Demo Record",
		filters={"story": ("like", "consultation%")},
		fields=["name", "reference_name"],
		limit=3,
	)
	with unnoticed():
		for row in lost:
			remove_record("Consultation", row.reference_name)
			ledger.forget(row.name)
	again = load("fi", seed=99, today=frappe.utils.getdate("2031-01-01"))
	assert again == demo
	assert frappe.db.count("Demo Record") == complete


def test_the_guard_judges_what_is_loaded(demo):
	"""The loader has no way around the workflow: a director raises no concern."""
	gone = {event.document for story in demo.stories for event in story.events if "left_on" in event.values}
	story = next(
		story
		for story in demo.stories
		if story.events[0].doctype == "Concern" and story.events[0].values["child"].key not in gone
	)
	child = next(child for child in demo.children if child.key == story.events[0].values["child"].key)
	director = next(unit.director for unit in demo.units if unit.code == child.unit)
	raised = dataclasses.replace(story.events[0], actor=director, doctype=None, state="Raised", values={})
	with quiet("fi"), pytest.raises(TransitionNotAllowed):
		Loader(demo, "fi", lambda share, what: None).tell(Story("bad", (story.events[0], raised)))


# Passwords --------------------------------------------------------------------------------------------------------


def test_passwords_can_be_read_aloud_and_are_random():
	passwords = {readable_password() for _ in range(50)}
	assert len(passwords) == 50
	one = f"[{ALPHABET.lower()}]{{4}}"
	assert all(re.fullmatch(f"{one}-{one}-{one}-{one}", password) for password in passwords)


def test_every_demo_user_gets_a_new_password(demo):
	rows = renew(demo, administrator=True)
	assert [row["user"] for row in rows] == ["Administrator", *demo.introduced]
	assert json.loads(json.dumps(rows)) == rows
	assert all(set(row) == {"user", "name", "role", "unit", "password"} for row in rows)
	for row in rows:
		assert check_password(row["user"], row["password"]) == row["user"]
	assert len({row["password"] for row in rows}) == len(rows)
	other = next(person.user for person in demo.staff if person.user not in demo.introduced)
	assert frappe.db.sql(
		"select 1 from __Auth where doctype='User' and name=%s and fieldname='password'", other
	)


def test_administrator_keeps_the_password_unless_told_otherwise(demo):
	before = frappe.db.sql("select password from __Auth where doctype='User' and name='Administrator'")
	rows = renew(demo)
	assert rows[0]["user"] == demo.introduced[0]
	assert (
		frappe.db.sql("select password from __Auth where doctype='User' and name='Administrator'") == before
	)


# Removing ---------------------------------------------------------------------------------------------------------


def test_what_came_goes_and_nothing_else(site, as_user):
	remove(added=True)
	before = counts()
	demo = load("fi", size="small")
	renew(demo)
	add_concern(demo, as_user)
	frappe.get_doc({"doctype": "ToDo", "description": "x", "allocated_to": demo.introduced[1]}).insert()
	assert remove(added=True) > 100
	after = counts()
	assert {table: after[table] - before[table] for table in after if after[table] != before.get(table)} == {}
	assert ledger.plan() is None
	assert remove() == 0


def test_what_people_added_is_neither_removed_nor_left_without_a_child(demo, as_user):
	concerns = 1 + sum(doctype == "Concern" for doctype, _name in added())
	concern = add_concern(demo, as_user)
	before = frappe.db.count("Demo Record")
	with pytest.raises(AddedByPeople) as refusal:
		remove()
	assert re.search(rf"\b{concerns} × Concern", str(refusal.value))
	assert frappe.db.count("Demo Record") == before
	assert frappe.db.exists("Concern", concern)


def test_what_demo_users_decided_about_forms_stays_and_is_nobodys(demo):
	"""Whoever tries a decision as the demo's form administrator can still remove the demo."""
	(decided,) = frappe.get_all("Shipped Default", pluck="name", limit=1)
	user = next(user for user in demo.introduced if user.startswith("lomakevastaava"))
	before = added()
	frappe.db.set_value("Shipped Default", decided, {"decision": "Own Version", "decided_by": user})
	assert added() == before
	remove_user(user)
	kept = frappe.db.get_value("Shipped Default", decided, ["decision", "decided_by"])
	assert kept == ("Own Version", None)


def test_nothing_that_names_the_demo_keeps_it_for_ever(site):
	"""A record that leads to the demo goes with it, or lets go of whoever signed it."""
	known = {
		*removing.ORDER,
		*removing.MADE_BY_WORK,
		*removing.OF_A_REGISTER,
		removing.POLICIES,
		removing.REMINDERS,
	}
	own = {"module": "Early Support", "issingle": 0, "istable": 0, "name": ("not in", known)}
	left = {
		(doctype, field.fieldname)
		for doctype in frappe.get_all("DocType", filters=own, pluck="name")
		for field in frappe.get_meta(doctype).get_link_fields()
		if field.options in removing.ORDER
	}
	assert left <= set(removing.SIGNED)


def test_what_an_officer_did_goes_with_its_register(site):
	"""Whoever tries a hold or a package as an officer of the demo can still remove the demo."""
	from early_support.tests import factories
	from early_support.tests.privacy_factories import raw

	controller = factories.make_controller()
	made = [(doctype, raw(doctype, controller=controller)) for doctype in removing.OF_A_REGISTER]
	assert not set(made) & added_records({("Register Controller", controller)})
	with removing.unnoticed():
		removing.remove_record("Register Controller", controller)
	assert not any(frappe.db.exists(doctype, name) for doctype, name in made)


def test_a_code_map_of_a_register_of_the_demo_goes_with_it(site):
	from early_support.tests import factories

	controller = factories.make_controller()
	values = {"code": "omat-lahteet", "title": "Omat lähteet", "controller": controller}
	factories.insert("Code Map", rows=[{"local_code": "x", "external_code": "1"}], **values)
	assert added_records({("Register Controller", controller)}) == {("Code Map", "omat-lahteet")}
	with removing.unnoticed():
		removing.remove_record("Code Map", "omat-lahteet")
	assert not frappe.db.exists("Code Map", "omat-lahteet")


def test_an_own_unit_with_a_liaison_of_the_demo_has_to_be_changed_by_hand(demo):
	from early_support.tests import factories

	unit = factories.make_unit()
	factories.make_liaison(unit, demo.units[0].counsellor)
	for added in (False, True):
		with pytest.raises(AddedByPeople) as refusal:
			remove(added=added)
		assert unit in str(refusal.value)
	assert frappe.db.exists("Day Care Unit", unit)


def test_a_family_which_a_demo_user_began_is_found_before_it_has_a_child(demo, as_user):
	before = added()
	with as_user.existing(demo.units[0].director):
		family = frappe.get_doc({"doctype": "Family", "family_name": "Kokeilu"}).insert().name
	assert added() - before == {("Family", family)}


def added() -> set[tuple[str, str]]:
	"""What people have added to the demo; on a site that is used again, the tests over HTTP of the run before."""
	return added_records({(row.reference_doctype, row.reference_name) for row in ledger.entries()})


def add_concern(demo, as_user) -> str:
	unit = demo.units[0]
	child = frappe.get_all("Child", filters={"unit": unit.code, "left_on": ("is", "not set")}, limit=1)[
		0
	].name
	with as_user.existing(unit.educators[0]):
		return (
			frappe.get_doc({"doctype": "Concern", "child": child, "observed_on": frappe.utils.nowdate()})
			.insert()
			.name
		)
