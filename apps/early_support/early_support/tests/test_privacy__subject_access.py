"""Everything about one child as a package: what is in it, what is left out, who may have it, and for how long."""

import io
import json
import zipfile

import frappe
import pytest

from early_support.access.policy import STAFF_ROLES, UNIT_STAFF_ROLES
from early_support.early_support.doctype.subject_access_export.subject_access_export import UnknownChildError
from early_support.privacy import log, subject_access, subject_package
from early_support.tests import case_factories as cases
from early_support.tests import factories
from early_support.tests import privacy_factories as privacy

OFFICER = "Privacy Officer"


@pytest.fixture
def officer(site):
	return factories.make_staff(OFFICER, controller=factories.default_controller())


@pytest.fixture
def child(site):
	"""A child with a period and visit, a guardian under non-disclosure, a comment, a file and a change."""
	with privacy.not_in_test():
		family = factories.make_family(
			guardians=[
				{"full_name": "Huoltaja Yksi", "phone": "+358 40 1111111"},
				{
					"full_name": "Huoltaja Kaksi",
					"phone": "+358 40 2222222",
					"email": "salainen@example.test",
					"non_disclosure": 1,
				},
			]
		)
		team = cases.make_team(family=family)
		visit = cases.visit_in("Held", team, guidance="Aamun oma hetki.")
		cases.child_plan_in("Confirmed", team, child_enjoys="Majan rakentamisesta.")
		cases.network_meeting_in("Agreed", team)
		cases.make_plan_review(team)
	concern = frappe.db.get_value("Concern", {"child": team.child})
	frappe.get_doc("Concern", concern).add_comment("Comment", "Muistathan sovitun.")
	task = {
		"doctype": "ToDo",
		"reference_type": "Concern",
		"reference_name": concern,
		"allocated_to": team.educator,
	}
	frappe.get_doc({**task, "description": "Soita kotiin perjantaina."}).insert()
	hold = {
		"doctype": "Legal Hold",
		"subject_type": "Child",
		"subject": team.child,
		"from_date": factories.days(0),
		"controller": factories.default_controller(),
	}
	frappe.get_doc({**hold, "reason": "Kantelu on vireillä."}).insert()
	meeting = frappe.get_doc("Network Meeting", {"child": team.child})
	with cases.acting(team.educator):
		row = {**meeting.actions[0].as_dict(), "name": None, "idx": None}
		meeting.append("actions", {**row, "what": "Soitetaan neuvolaan"})
		meeting.save(ignore_version=False)
		meeting.actions[1].state = "Done"
		meeting.save(ignore_version=False)
	frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "piirros.txt",
			"attached_to_doctype": "Visit",
			"attached_to_name": visit.name,
			"is_private": 1,
			"content": "aurinko",
		}
	).insert()
	return team.child


def export_of(child: str, user: str, language: str = "fi"):
	with cases.acting(user):
		export = frappe.get_doc(
			{"doctype": subject_access.EXPORT, "child": child, "language": language}
		).insert()
	with cases.acting("Administrator"):
		subject_access.make(export.name)
	return frappe.get_doc(subject_access.EXPORT, export.name)


def package_of(export) -> zipfile.ZipFile:
	file = frappe.get_doc("File", {"attached_to_name": export.name})
	return zipfile.ZipFile(io.BytesIO(file.get_content()))


def test_the_package_holds_everything(child, officer):
	export = export_of(child, officer)
	assert (export.status, export.progress, export.warning) == ("Ready", 100, 1)
	assert str(export.expires_on) == str(factories.days(7))
	package = package_of(export)
	records = json.loads(package.read("data.json"))
	kinds = [record["doctype"] for record in records]
	# Of the filings that of the child's own controller, and nothing of the client relationship: for the other register the other
	# controller answers.
	assert kinds == [
		"Child",
		"Family",
		"Concern",
		"Support Period",
		"Visit",
		"Child Plan",
		"Network Meeting",
		"Network Meeting Filing",
		"Access Grant",
		"Legal Hold",
	]
	page = package.read("index.html").decode()
	for text in (
		cases.OBSERVATION,
		"Aamun oma hetki.",
		"Majan rakentamisesta.",
		"Aamuun rauhallinen alku",
		"Neuvola",
		"Muistathan sovitun.",
		"Huoltaja Kaksi",
		"piirros.txt",
		"Kuvakortit aamuun",
		"Soita kotiin perjantaina.",
		"Kantelu on vireillä.",
		# What stood in a row before, too.
		"Open → Done",
	):
		assert text in page, text
	assert "<p class='note'>" in page
	concern = records[2]
	assert concern["values"]["observation"] == cases.OBSERVATION
	assert [row["text"] for row in concern["comments"]] == ["Muistathan sovitun."]
	assert any(row["field"] == "workflow_state" for row in concern["changes"])
	period, visit, meeting = records[3], records[4], records[6]
	# Of lists and of units the title, of other cases the code.
	readable = [text for _label, text in visit["readable"]]
	assert frappe.db.get_value("Day Care Unit", visit["values"]["unit"], "title") in readable
	assert visit["values"]["support_period"] in readable
	assert [row["what"] for row in meeting["values"]["actions"]] == [
		"Kuvakortit aamuun",
		"Soitetaan neuvolaan",
	]
	changed = [row for row in meeting["changes"] if row["field"] == "actions"]
	assert "Soitetaan neuvolaan" in [
		row["to"]["what"] for row in changed if "column" not in row and row["to"]
	]
	assert ("state", "Done") in [(row.get("column"), row["to"]) for row in changed]
	grant = records[-2]
	assert grant["values"]["full_name"] == frappe.db.get_value(
		"User", period["values"]["counsellor"], "full_name"
	)
	assert grant["values"]["reason"]
	(file,) = visit["files"]
	assert package.read(file["path"]) == b"aurinko"
	assert f"href='{file['path']}'" in page


def test_protected_contacts_are_nowhere(child, officer):
	package = package_of(export_of(child, officer))
	everything = b"".join(package.read(name) for name in package.namelist()).decode()
	assert "1111111" in everything
	for secret in ("2222222", "salainen@", "protected_phone"):
		assert secret not in everything


def test_the_package_holds_the_identity_code(officer):
	# Numbers from 900 on are never given to a person by the state.
	child = factories.make_child(birth_date="2020-01-01", identity_code="010120A900M")
	(record, _family) = json.loads(package_of(export_of(child, officer)).read("data.json"))
	assert record["values"]["identity_code"] == "010120A900M"


def test_a_text_is_no_markup(officer):
	child = factories.make_child(first_names="Aino")
	frappe.db.set_value("Child", child, "full_name", "<script>alert(1)</script>")
	page = package_of(export_of(child, officer)).read("index.html").decode()
	assert "<p class='note'>" not in page
	assert "<script>" not in page
	assert "&lt;script&gt;alert(1)" in page


def test_names_of_people_are_no_words_of_the_interface(officer):
	frappe.db.set_value("User", officer, "full_name", "Concern")
	frappe.local.lang = "fi"
	assert frappe._("Concern") != "Concern"
	assert subject_package._title("User", officer) == "Concern"


def test_it_speaks_the_language_asked_for(child, officer):
	for language, word in (("fi", "Lapsi"), ("sv", "Barn"), ("en", "Child")):
		page = package_of(export_of(child, officer, language)).read("index.html").decode()
		assert f"<html lang='{language}'>" in page
		assert f"<h2>{word} " in page
		assert frappe.local.lang == "en"


def test_another_child_is_not_in_it(child, officer):
	family = frappe.db.get_value("Child", child, "family")
	unit = frappe.db.get_value("Child", child, "unit")
	sibling = factories.make_child(family=family, unit=unit, first_names="Sisarus")
	package = package_of(export_of(child, officer))
	everything = b"".join(package.read(name) for name in package.namelist()).decode()
	assert "Sisarus" not in everything
	assert sibling not in everything


def test_nobody_else_makes_or_opens_one(child, officer, api):
	export = export_of(child, officer)
	unit = frappe.db.get_value("Child", child, "unit")
	url = frappe.db.get_value("File", {"attached_to_name": export.name}, "file_url")
	for role in (*STAFF_ROLES, "System Manager"):
		if role == OFFICER:
			continue
		# With an assignment, where one gives access to the child.
		user = factories.make_staff(role, unit) if role in UNIT_STAFF_ROLES else factories.make_user(role)
		assert api(user).get(url).status_code == 403, role
		with cases.acting(user), pytest.raises(frappe.PermissionError):
			frappe.get_doc({"doctype": subject_access.EXPORT, "child": child}).insert()
	assert api(None).get(url).status_code == 403


def test_the_privacy_officer_fetches_it_as_long_as_the_role_lasts(officer, api):
	export = export_of(factories.make_child(), officer)
	url = frappe.db.get_value("File", {"attached_to_name": export.name}, "file_url")
	read = {"document_name": export.child, "channel": "Export", "user": officer}
	before = frappe.db.count("Case Access Log", read)
	answer = api(officer).get(url)
	assert answer.status_code == 200
	assert answer.data.startswith(b"PK")
	# Each time that it is fetched, and not only that it was made.
	assert frappe.db.count("Case Access Log", read) == before + 1
	frappe.db.delete("Has Role", {"parent": officer})
	frappe.clear_cache(user=officer)
	assert api(officer).get(url).status_code == 403
	assert frappe.db.count("Case Access Log", read) == before + 1


def test_the_package_is_made_by_a_job_and_belongs_to_nobody(officer, monkeypatch):
	"""Whoever owns a file may open it for ever."""
	asked = []
	monkeypatch.setattr(
		frappe, "enqueue", lambda method, **values: asked.append((method, values.get("name")))
	)
	with cases.acting(officer):
		export = frappe.get_doc({"doctype": subject_access.EXPORT, "child": factories.make_child()}).insert()
		assert ("early_support.privacy.subject_access.make", export.name) in asked
		subject_access.make(export.name)
	assert frappe.db.get_value("File", {"attached_to_name": export.name}, "owner") == "Administrator"


def test_what_is_recorded_of_an_export_is_not_taken_from_the_request(officer):
	child = factories.make_child()
	with cases.acting(officer):
		export = frappe.get_doc(
			{"doctype": subject_access.EXPORT, "child": child, "status": "Ready", "expires_on": "2099-01-01"}
		).insert()
		assert (export.status, export.expires_on) == ("Queued", None)
		export.expires_on = "2099-01-01"
		with pytest.raises(frappe.PermissionError):
			export.save()


def test_an_unknown_child_is_refused(officer):
	with cases.acting(officer), pytest.raises(UnknownChildError):
		frappe.get_doc({"doctype": subject_access.EXPORT, "child": "ZZZZZZZZZ"}).insert()


def test_an_export_is_logged(officer):
	child = factories.make_child()
	export_of(child, officer)
	row = frappe.get_last_doc("Case Access Log", {"document_name": child, "channel": "Export"})
	assert (row.user, row.ground, row.detail) == (officer, "privacy_officer", subject_access.EXPORT)


def test_what_cannot_be_logged_is_not_handed_out(officer, monkeypatch):
	child = factories.make_child()
	with cases.acting(officer):
		export = frappe.get_doc({"doctype": subject_access.EXPORT, "child": child}).insert()

	def fail(*args, **kwargs):
		raise RuntimeError("the log is full")

	monkeypatch.setattr(log, "append", fail)
	# It would take back what the commits of a real job have kept.
	taken_back = []
	monkeypatch.setattr(frappe.local.db, "rollback", lambda: taken_back.append(True))
	with pytest.raises(RuntimeError):
		subject_access.make(export.name)
	assert taken_back
	frappe.set_user("Administrator")
	assert frappe.db.get_value(subject_access.EXPORT, export.name, "status") == "Failed"
	assert not frappe.db.exists("File", {"attached_to_name": export.name})


def test_the_reading_is_logged_for_good_before_anything_is_gathered(officer, monkeypatch):
	with cases.acting(officer):
		export = frappe.get_doc({"doctype": subject_access.EXPORT, "child": factories.make_child()}).insert()
	steps = []
	monkeypatch.setattr(log, "record", lambda *_args, **_kwargs: steps.append("logged"))
	monkeypatch.setattr(frappe.local.db, "commit", lambda: steps.append("kept"))
	monkeypatch.setattr(subject_package, "gather", lambda *_of: steps.append("gathered") or [])
	monkeypatch.setattr(subject_access, "_attach", lambda export, content: steps.append("attached"))
	monkeypatch.setattr(subject_access, "_mark", lambda export, **values: steps.append(values["progress"]))
	subject_access.make(export.name)
	assert steps == [10, "logged", "kept", "gathered", 50, "attached", 100]


def test_what_fails_half_way_is_noted_as_failed(officer, monkeypatch):
	with cases.acting(officer):
		export = frappe.get_doc({"doctype": subject_access.EXPORT, "child": factories.make_child()}).insert()

	def fail(export, content):
		export.modified = "2001-01-01 00:00:00"
		raise RuntimeError("the disk is full")

	monkeypatch.setattr(subject_access, "_attach", fail)
	monkeypatch.setattr(frappe.local.db, "rollback", lambda: None)
	with pytest.raises(RuntimeError):
		subject_access.make(export.name)
	frappe.set_user("Administrator")
	assert frappe.db.get_value(subject_access.EXPORT, export.name, "status") == "Failed"


def test_making_it_twice_makes_one_file(officer):
	child = factories.make_child()
	export = export_of(child, officer)
	subject_access.make(export.name)
	assert frappe.db.count("File", {"attached_to_name": export.name}) == 1


def test_it_is_removed_after_seven_days(officer):
	child = factories.make_child()
	export = export_of(child, officer)
	path = frappe.get_doc("File", {"attached_to_name": export.name}).get_full_path()
	subject_access.remove_expired()
	assert frappe.db.exists("File", {"attached_to_name": export.name})
	frappe.db.set_value(subject_access.EXPORT, export.name, "expires_on", factories.days(0))
	subject_access.remove_expired()
	assert not frappe.db.exists("File", {"attached_to_name": export.name})
	assert frappe.db.get_value(subject_access.EXPORT, export.name, "status") == "Expired"
	with pytest.raises(FileNotFoundError), open(path, "rb"):
		pass
