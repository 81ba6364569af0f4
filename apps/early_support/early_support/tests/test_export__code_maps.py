"""Code maps: whose they are, who changes and uses them, and how it is told with which codes a file was made."""

import hashlib
import json

import frappe
import pytest

from early_support.exceptions import ExportRefused
from early_support.export import build, door, profiles
from early_support.tests import export_factories, factories
from early_support.tests.case_factories import acting
from early_support.tests.factories import CONTROLLER, row_of

PERIOD = "2025-04"
DUPLICATE = "/api/method/early_support.export.door.duplicate_code_map"


@pytest.fixture(autouse=True)
def municipality(site, monkeypatch, tmp_path):
	export_factories.settle(monkeypatch, tmp_path)


@pytest.fixture
def officer() -> str:
	return factories.make_staff("Reporting Officer", controller=CONTROLLER)


@pytest.fixture
def foreign() -> str:
	return factories.make_staff("Reporting Officer", controller=factories.make_controller())


def make_map(user: str, controller: str | None = CONTROLLER, code: str = "omat", **values):
	rows = [{"local_code": "tm01", "external_code": "PK"}, {"local_code": "tm02", "external_code": "PPH"}]
	doc = {"doctype": "Code Map", "code": code, "title": "Omat", "controller": controller, "rows": rows}
	with acting(user):
		return frappe.get_doc({**doc, **values}).insert()


def make_profile(user: str, code_map: str, controller: str | None = CONTROLLER):
	columns = [
		{"key": "laji", "source": "unit_type", "transform": "Code", "code_map": code_map},
		{"key": "kuukausi", "source": "day", "transform": "Month"},
	]
	values = {"profile_code": "oma", "title": "Oma", "level": "Rows", "legal_basis": "Laki"}
	doc = {"doctype": "Report Profile", "event": "kaynti_pidetty", "columns": columns, **values}
	with acting(user):
		return frappe.get_doc({**doc, "controller": controller}).insert()


def add_row(name: str, user: str, external: str = "X") -> None:
	with acting(user):
		doc = frappe.get_doc("Code Map", name)
		doc.append("rows", {"local_code": f"uusi-{external}", "external_code": external})
		doc.save()


def test_who_changes_a_code_map(officer, foreign):
	own = make_map(officer).name
	add_row(own, officer)
	keeper = factories.make_staff("Form Administrator", controller=CONTROLLER)
	add_row(own, keeper, "Y")
	nobody = factories.make_user("Form Administrator")
	for user in (foreign, nobody):
		with pytest.raises(frappe.PermissionError):
			add_row(own, user, "Z")
		with pytest.raises(frappe.PermissionError):
			make_map(user, code="vieraat")
	# What is everybody's is changed by who works for everybody.
	for user in (officer, foreign, keeper, nobody):
		with pytest.raises(frappe.PermissionError):
			add_row("lahteet", user)
		with pytest.raises(frappe.PermissionError):
			make_map(user, None, "yhteiset")
	add_row("lahteet", "Administrator")


def test_no_row_of_anothers_code_map_is_changed_by_itself(officer, foreign, api):
	"""A row that is stored alone passes by the checks of its code map."""
	row = make_map(officer).rows[0]
	client = api(foreign)
	values = {
		"doctype": "Code Map Row",
		"name": row.name,
		"modified": str(row.modified),
		"external_code": "X",
	}
	tries = (
		client.put(f"/api/resource/Code Map Row/{row.name}", json={"external_code": "X"}),
		client.delete(f"/api/resource/Code Map Row/{row.name}"),
		client.post(
			"/api/method/frappe.client.set_value",
			json={"doctype": "Code Map Row", "name": row.name, "fieldname": "external_code", "value": "X"},
		),
		client.post("/api/method/frappe.client.delete", json={"doctype": "Code Map Row", "name": row.name}),
		client.post(
			"/api/method/frappe.desk.form.save.savedocs",
			json={
				"doc": json.dumps({**row.as_dict(no_default_fields=False), **values}, default=str),
				"action": "Save",
			},
		),
	)
	assert [answer.status_code for answer in tries if answer.status_code < 400] == []
	assert frappe.db.get_value("Code Map Row", row.name, "external_code") == "PK"


def test_nobody_takes_a_code_map_over(officer, foreign):
	own = make_map(officer).name
	theirs = frappe.db.get_value("Staff Assignment", {"user": foreign}, "controller")
	for user, name, controller in (
		(foreign, own, theirs),
		(officer, own, theirs),
		(officer, own, None),
		(officer, "lahteet", CONTROLLER),
	):
		with acting(user), pytest.raises(frappe.PermissionError):
			frappe.get_doc("Code Map", name).update({"controller": controller}).save()


def test_a_profile_uses_its_own_code_maps_or_everybodys(officer, foreign):
	own = make_map(officer).name
	theirs = frappe.db.get_value("Staff Assignment", {"user": foreign}, "controller")
	for user, controller in ((foreign, theirs), ("Administrator", None)):
		with pytest.raises(ExportRefused, match=own):
			make_profile(user, own, controller)
	assert make_profile(foreign, "toimintamuodot", theirs)
	profile = make_profile(officer, own)
	with acting(officer):
		door.publish(profile.name)
	# Nor is one taken from a profile afterwards, by whoever may write both.
	with pytest.raises(ExportRefused, match=profile.name):
		frappe.get_doc("Code Map", own).update({"controller": theirs}).save()
	frappe.get_doc("Code Map", own).update({"controller": None}).save()
	frappe.db.set_value("Code Map", own, "controller", theirs)
	frappe.db.set_value("User", officer, "language", "fi")
	run = built(officer, profile.name)
	assert run.workflow_state == "Failed"
	assert run.failure.startswith(f"Koodisto {own} on toisen rekisterinpitäjän. Valitse")


def test_whoever_may_not_change_one_duplicates_it(officer, foreign, api):
	with acting(officer):
		name = door.duplicate_code_map("lahteet", CONTROLLER)
		again = door.duplicate_code_map("lahteet", CONTROLLER)
	assert (name, again) == (f"lahteet-{CONTROLLER.lower()}", f"lahteet-{CONTROLLER.lower()}-2")
	one, two = (profiles.map_of(frappe.get_doc("Code Map", each)) for each in ("lahteet", name))
	assert (one.rows, one.sha256) == (two.rows, two.sha256)
	add_row(name, officer)
	body = {"code_map": "lahteet", "controller": CONTROLLER}
	for user in (
		foreign,
		factories.make_staff("Early Educator"),
		factories.make_staff("Privacy Officer", controller=CONTROLLER),
	):
		assert api(user).post(DUPLICATE, json=body).status_code == 403
	assert api(officer).post(DUPLICATE, json=body).status_code == 200


def built(user: str, profile: str):
	with acting(user):
		asked = {"doctype": build.RUN, "profile": profile, "controller": CONTROLLER, "period": PERIOD}
		name = frappe.get_doc(asked).insert().name
	build.build(name)
	return frappe.get_doc(build.RUN, name)


def test_it_is_told_with_which_codes_a_published_version_wrote(officer):
	unit = factories.make_unit()
	for number in range(6):
		values = {"workflow_state": "Held", "visit_date": "2025-04-10", "number": 1}
		row_of("Visit", unit, child=f"K{number}", support_period=f"P{number}", **values)
	own = make_map(officer, code_version="1").name
	profile = make_profile(officer, own)
	with acting(officer):
		door.publish(profile.name)
	said = []
	for _time in range(2):
		run = built(officer, profile.name)
		assert run.workflow_state == "Built", run.failure
		[code_map] = json.loads(run.manifest)["code_maps"]
		dictionary = json.loads(build.made_files(run)[1][0].read_text())
		[described] = dictionary["code_maps"]
		# As docs/export.md says that it is made.
		rows = sorted(
			[row["local"], row["external"], row["first"] or "", row["last"] or ""]
			for row in described["rows"]
		)
		wanted = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
		assert code_map["sha256"] == described["sha256"] == wanted
		said.append((code_map, build.made_files(run)[0][0].read_text()))
		frappe.db.set_value(build.RUN, run.name, "workflow_state", "Failed")
		with acting(officer):
			doc = frappe.get_doc("Code Map", own)
			doc.rows[0].external_code = "PVK"
			doc.save()
	(before, data), (after, other) = said
	assert ("PK" in data, "PVK" in other) == (True, True)
	# Nobody has changed the version.
	assert (before["version"], after["version"]) == ("1", "1")
	assert before["sha256"] != after["sha256"]


def test_the_hash_is_of_what_decides():
	rows = [
		{"local_code": "a", "external_code": "1", "label": "A"},
		{"local_code": "b", "external_code": "2"},
	]

	def hash_of(rows: list[dict]) -> str:
		return profiles.map_of(frappe.get_doc({"doctype": "Code Map", "rows": rows})).sha256

	same = hash_of(rows)
	assert hash_of(rows[::-1]) == same
	assert hash_of([{**rows[0], "label": "B"}, rows[1]]) == same
	for change in (
		{"external_code": "3"},
		{"local_code": "c"},
		{"valid_from": "2025-01-01"},
		{"valid_to": "2025-01-01"},
	):
		assert hash_of([{**rows[0], **change}, rows[1]]) != same


@pytest.mark.parametrize(
	("code_map", "doctype", "field"),
	[
		("lahteet", "Referral Source", "name"),
		("lopputulokset", "Visit Outcome", "name"),
		("ikaryhmat", "Age Band", "name"),
		("huolivyohykkeet", "Worry Zone", "zone_group"),
	],
)
def test_the_shipped_code_maps_know_the_shipped_lists(code_map, doctype, field):
	known = {row.local for row in profiles.map_of(frappe.get_doc("Code Map", code_map)).rows}
	assert set(frappe.get_all(doctype, pluck=field)) <= known
