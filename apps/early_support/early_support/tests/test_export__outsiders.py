"""What people try who have no part in a run, or too much of one: every door to what another register controller has."""

import json

import frappe
import pytest
from frappe.model.workflow import apply_workflow

from early_support.exceptions import ExportRefused, TransitionNotAllowed
from early_support.export import build, delivery, door, profiles, rights, sources
from early_support.export.period import last_full, today_in_finland
from early_support.tests import export_factories, factories
from early_support.tests.case_factories import acting
from early_support.tests.doors import DOORS, failed
from early_support.tests.export_factories import FIGURES, run_in
from early_support.tests.factories import CONTROLLER

PERIOD = "2025-04"
RUN, PROFILE, DESTINATION, CODE_MAP = "Report Run", "Report Profile", "Report Destination", "Code Map"
SECRET = "hunter2-hunter2"


@pytest.fixture(autouse=True)
def municipality(site, monkeypatch, tmp_path):
	export_factories.settle(monkeypatch, tmp_path)


def staff(role: str = "Reporting Officer", controller: str = CONTROLLER, **values) -> str:
	return factories.make_staff(role, controller=controller, **values)


@pytest.fixture
def foreign(site) -> str:
	"""The reporting officer of another municipality."""
	return staff(controller=factories.make_controller())


@pytest.fixture
def run(site):
	"""A validated run of figures, with its files."""
	return run_in("Validated", figures='{"2025-04": "kaksitoista"}', receipt="Kuitti 1234567")


# Every door to another's run ------------------------------------------------------------------------------------------


def doors_to(run) -> dict[str, dict]:
	"""Return requests that would show something of a run."""
	data = json.loads(run.manifest)["files"][0]["name"]
	listing = {"doctype": RUN, "fields": json.dumps(["name", "figures", "manifest", "receipt"])}
	name = {"doctype": RUN, "name": run.name}
	method = "/api/method/"
	return {
		"resource": {"path": f"/api/resource/{RUN}/{run.name}"},
		"list of resources": {"path": f"/api/resource/{RUN}", "fields": '["*"]', "limit_page_length": 0},
		"resource of v2": {"path": f"/api/v2/document/{RUN}/{run.name}"},
		"list of v2": {"path": f"/api/v2/document/{RUN}", "fields": '["*"]'},
		"getdoc": {"path": f"{method}frappe.desk.form.load.getdoc", **name},
		"get": {"path": f"{method}frappe.client.get", **name},
		"get_value": {
			"path": f"{method}frappe.client.get_value",
			"doctype": RUN,
			"filters": run.name,
			"fieldname": '["figures", "receipt"]',
		},
		"get_list": {"path": f"{method}frappe.client.get_list", **listing},
		"reportview": {"path": f"{method}frappe.desk.reportview.get", **listing},
		"reportview count": {
			"path": f"{method}frappe.desk.reportview.get_count",
			"doctype": RUN,
			"filters": json.dumps([[RUN, "name", "=", run.name]]),
		},
		"export_query": {
			"path": f"{method}frappe.desk.reportview.export_query",
			**listing,
			"file_format_type": "CSV",
			"title": RUN,
		},
		"search_link": {
			"path": f"{method}frappe.desk.search.search_link",
			"doctype": RUN,
			"txt": run.name,
		},
		"link title": {
			"path": f"{method}frappe.desk.search.get_link_title",
			"doctype": RUN,
			"docname": run.name,
		},
		"validate_link": {
			"path": f"{method}frappe.client.validate_link",
			"doctype": RUN,
			"docname": run.name,
			"fields": '["figures", "receipt"]',
		},
		"docinfo": {"path": f"{method}frappe.desk.form.load.get_docinfo", "doctype": RUN, "name": run.name},
		"print": {"path": "/printview", **name, "format": "Standard"},
		"pdf": {"path": f"{method}frappe.utils.print_format.download_pdf", **name, "format": "Standard"},
		"print html": {
			"path": f"{method}frappe.www.printview.get_html_and_style",
			"doc": RUN,
			"name": run.name,
		},
		"download": {"path": f"{method}early_support.export.door.download", "run": run.name, "file": data},
		"manifest": {
			"path": f"{method}early_support.export.door.download",
			"run": run.name,
			"file": f"{run.name}.manifest.json",
		},
		"outside": {
			"path": f"{method}early_support.export.door.download",
			"run": run.name,
			"file": "../../site_config.json",
		},
		"file of the site": {"path": f"/private/report_runs/{run.name}/{data}"},
		"private file": {"path": f"/private/files/../report_runs/{run.name}/{data}"},
		"dot path": {"path": f"/files/../private/report_runs/{run.name}/{data}"},
		"transitions": {
			"path": f"{method}frappe.model.workflow.get_transitions",
			"doc": json.dumps({"doctype": RUN, "name": run.name}),
		},
		"open": {"path": f"{method}frappe.desk.form.utils.get_next", "doctype": RUN, "value": run.name},
		"tags": {"path": f"{method}frappe.desk.doctype.tag.tag.get_tagged_docs", "doctype": RUN, "tag": "x"},
		"linked": {
			"path": f"{method}frappe.desk.form.linked_with.get",
			"doctype": PROFILE,
			"docname": run.profile,
		},
		"versions": {
			"path": f"{method}frappe.client.get_list",
			"doctype": "Version",
			"fields": '["data"]',
			"filters": json.dumps({"docname": run.name}),
		},
		"comments": {
			"path": f"{method}frappe.client.get_list",
			"doctype": "Comment",
			"fields": '["content"]',
			"filters": json.dumps({"reference_name": run.name}),
		},
	}


def test_no_door_shows_another_municipalitys_run(run, foreign, api):
	told = {}
	for name, request in doors_to(run).items():
		answer = api(foreign).get(request.pop("path"), query_string=request)
		text = answer.get_data(as_text=True)
		told[name] = [
			word
			for word in ("kaksitoista", "Kuitti 1234567", run.manifest[:40], "rivi\n", "sha256")
			if word in text
		]
	assert {name: words for name, words in told.items() if words} == {}


def test_a_colleagues_own_doors_show_it(run, api):
	"""The doors are real ones: whoever reports for the municipality sees the run through them."""
	colleague = staff()
	for name in ("resource", "getdoc", "reportview", "download"):
		request = doors_to(run)[name]
		answer = api(colleague).get(request.pop("path"), query_string=request)
		assert answer.status_code == 200, name


def test_no_door_changes_another_municipalitys_run(run, foreign, api):
	before = frappe.db.get_value(RUN, run.name, "*")
	for name, open_door in DOORS.items():
		answer = open_door(api(foreign), run, {"receipt": "oma"}, {"modified": str(run.modified)})
		assert failed(name, answer), name
	answer = api(foreign).post(f"/api/method/{door.__name__}.deliver_again", data={"run": run.name})
	assert answer.status_code == 403
	assert api(foreign).open("DELETE", f"/api/resource/{RUN}/{run.name}").status_code == 403
	assert frappe.db.get_value(RUN, run.name, "*") == before


def test_no_door_shows_the_secret_of_a_destination(foreign, api):
	"""Not to whoever entered it either."""
	officer = staff()
	with acting(officer):
		values = {"code": "salainen", "title": "Salainen", "controller": CONTROLLER, "kind": "HTTPS"}
		more = {"url": "https://example.test/in", "https_login": "Token", "secret": SECRET}
		place = frappe.get_doc({"doctype": DESTINATION, **values, **more}).insert()
	name = {"doctype": DESTINATION, "name": place.name}
	method = "/api/method/frappe."
	requests = {
		"resource": {"path": f"/api/resource/{DESTINATION}/{place.name}"},
		"list": {"path": f"/api/resource/{DESTINATION}", "fields": '["*"]'},
		"getdoc": {"path": f"{method}desk.form.load.getdoc", **name},
		"get_password": {"path": f"{method}client.get_password", **name, "fieldname": "secret"},
		"get_value": {
			"path": f"{method}client.get_value",
			"doctype": DESTINATION,
			"filters": place.name,
			"fieldname": '["secret", "private_key"]',
		},
		"auth table": {
			"path": f"{method}client.get_list",
			"doctype": DESTINATION,
			"fields": '["`__Auth`.password"]',
		},
		"print": {"path": "/printview", **name, "format": "Standard"},
		"versions": {
			"path": f"{method}client.get_list",
			"doctype": "Version",
			"fields": '["data"]',
			"filters": json.dumps({"docname": place.name}),
		},
		"export": {
			"path": f"{method}desk.reportview.export_query",
			"doctype": DESTINATION,
			"fields": json.dumps(["name", "secret"]),
			"file_format_type": "CSV",
		},
	}
	for user in (officer, foreign):
		for door_name, request in requests.items():
			query = {key: value for key, value in request.items() if key != "path"}
			text = api(user).get(request["path"], query_string=query).get_data(as_text=True)
			assert SECRET not in text, (user, door_name)
	for change in ({"url": "https://evil.test/in"}, {"title": "Oma"}):
		for door_name, open_door in DOORS.items():
			answer = open_door(api(foreign), place, change, {"modified": str(place.modified)})
			assert failed(door_name, answer), door_name
	for verb in ("confirm_destination", "make_key"):
		answer = api(foreign).post(f"/api/method/{door.__name__}.{verb}", data={"destination": place.name})
		assert answer.status_code in (403, 417), verb


def test_nobody_elsewhere_uses_or_changes_a_municipalitys_profile(foreign, api):
	officer = staff()
	with acting(officer):
		columns = [{"key": "lkm", "source": "lkm", "value_kind": "Whole Number"}]
		values = {"profile_code": "oma", "title": "Oma", "controller": CONTROLLER, "level": "Aggregate"}
		profile = frappe.get_doc(
			{"doctype": PROFILE, **values, "legal_basis": "Laki", "columns": columns}
		).insert()
	for name, open_door in DOORS.items():
		answer = open_door(api(foreign), profile, {"title": "Minun"}, {"modified": str(profile.modified)})
		assert failed(name, answer), name
	for verb in ("publish", "retire", "new_version"):
		answer = api(foreign).post(f"/api/method/{door.__name__}.{verb}", data={"profile": profile.name})
		assert answer.status_code in (403, 417), verb
	profile.reload()
	assert (profile.title, profile.status) == ("Oma", "Draft")
	with acting(officer):
		profile.publish()
	for controller in (CONTROLLER, *rights.controllers(foreign)):
		asked = {"profile": profile.name, "controller": controller, "period": PERIOD}
		answer = api(foreign).post(f"/api/resource/{RUN}", json=asked)
		assert answer.status_code in (403, 417), controller


def test_a_preview_counts_nobody_elsewhere(foreign, api):
	"""Whoever says in the form that the profile is another municipality's sees that one's figures not either."""
	shown = {"doctype": PROFILE, "level": "Aggregate", "period_kind": "Month", "controller": CONTROLLER}
	shown["columns"] = [{"key": "yksikko", "source": "toimipaikka_oid"}]
	unit = factories.make_unit(code="ULKO-A", unit_oid="1.2.246.562.10.4711")
	last = str(last_full("Month", today_in_finland()).first)
	for number in range(9):
		factories.row_of(
			"Visit",
			unit,
			workflow_state="Held",
			visit_date=last,
			number=1,
			support_period=f"ULKO{number}",
			child=f"ULKO{number}",
		)
	answer = api(foreign).post(
		f"/api/method/{door.__name__}.show_preview", data={"profile": json.dumps(shown)}
	)
	assert "4711" not in answer.get_data(as_text=True)
	answer = api(staff()).post(
		f"/api/method/{door.__name__}.show_preview", data={"profile": json.dumps(shown)}
	)
	assert "4711" in answer.get_data(as_text=True)


# What must not leave, under another name ---------------------------------------------------------------------------------


@pytest.fixture
def retyped(site):
	"""Give a function that gives a field of ours another type, as Customize Form does; the forms are read anew afterwards."""

	def retype(doctype: str, field: str, fieldtype: str, options: str) -> None:
		for name, value in (("fieldtype", fieldtype), ("options", options)):
			setter = {"doctype": "Property Setter", "doctype_or_field": "DocField", "property": name}
			values = {"doc_type": doctype, "field_name": field, "property_type": "Data", "value": value}
			frappe.get_doc({**setter, **values, "name": f"{doctype}-{field}-{name}"}).db_insert()
		frappe.clear_cache(doctype=doctype)
		assert frappe.get_meta(doctype).get_field(field).fieldtype == fieldtype

	yield retype
	for doctype in ("Concern", "Visit"):
		frappe.clear_cache(doctype=doctype)


@pytest.mark.parametrize(
	("fieldtype", "options"), [("Select", "Kyllä\nEi"), ("Link", "Service Area"), ("Int", None)]
)
def test_the_name_of_a_child_is_no_answer_because_somebody_changed_the_type_of_its_field(
	retyped, fieldtype, options
):
	"""Customize Form makes a choice of a text, and what was written stays in it."""
	retyped("Concern", "child_name", fieldtype, options)
	retyped("Concern", "discussed_with", fieldtype, options)
	for source in ("child_name", "discussed_with"):
		columns = [{"key": "syy", "source": source, "tells": "Attribute"}]
		values = {"profile_code": "nimi", "title": "Syyt", "controller": CONTROLLER, "level": "Rows"}
		profile = frappe.get_doc(
			{"doctype": PROFILE, **values, "event": "huoli_otettu_esiin", "columns": columns}
		)
		with acting(staff()), pytest.raises(ExportRefused, match="free text"):
			profile.insert()
		assert source not in sources.offered_of("huoli_otettu_esiin")


# Between the building and the receipt ---------------------------------------------------------------------------------


def built(officer: str, profile: str = FIGURES, **values):
	with acting(officer):
		asked = {"profile": profile, "controller": CONTROLLER, "period": PERIOD, **values}
		run = frappe.get_doc({"doctype": RUN, **asked}).insert()
	build.build(run.name)
	run.reload()
	assert run.workflow_state == "Built", run.failure
	return run


def move(run, user: str, action: str, **values):
	with acting(user):
		doc = frappe.get_doc(RUN, run.name)
		if values:
			doc.update(values)
			doc.save()
		return apply_workflow(doc, action)


def content_of(run) -> list[bytes]:
	return [path.read_bytes() for path, _sha256 in build.made_files(frappe.get_doc(RUN, run.name))]


def test_whoever_made_a_run_approves_it_through_no_door(api):
	officer, colleague, leader = staff(), staff(), staff("Management Group")
	run = built(officer)
	move(run, colleague, "Validate")
	run.reload()
	for user in (officer, colleague):
		for name, open_door in DOORS.items():
			values = {"workflow_state": "Approved", "requested_by": leader, "validated_by": leader}
			open_door(api(user), run, values, {"modified": str(run.modified)})
			assert frappe.db.get_value(RUN, run.name, "workflow_state") == "Validated", name
		with pytest.raises(TransitionNotAllowed):
			move(run, user, "Approve")
	stored = frappe.db.get_value(RUN, run.name, ["requested_by", "validated_by"])
	assert stored == (officer, colleague)
	move(run, leader, "Approve")


def test_a_code_map_that_changes_after_the_building_changes_nothing_that_goes_out(tmp_path, monkeypatch):
	officer, leader = staff(), staff("Management Group")
	run = built(officer)
	before = content_of(run)
	code_map = frappe.get_doc(CODE_MAP, "kunnat")
	for row in code_map.rows:
		row.external_code = f"9{row.external_code}"
	code_map.save()
	move(run, officer, "Validate")
	move(run, leader, "Approve")
	assert content_of(run) == before
	said = {each["name"]: each["sha256"] for each in json.loads(before[2])["code_maps"]}
	assert said["kunnat"] != profiles.map_of(frappe.get_doc(CODE_MAP, "kunnat")).sha256


def test_a_run_of_a_profile_that_was_retired_meanwhile_goes_on(tmp_path):
	folder = tmp_path / "perille"
	folder.mkdir()
	frappe.local.conf["early_support_export_folders"] = {"perille": str(folder)}
	factories.make_destination(FIGURES, "perille", kind="Folder", folder="perille")
	officer, leader = staff(), staff("Management Group")
	run = built(officer)
	frappe.get_doc(PROFILE, FIGURES).retire()
	move(run, officer, "Validate")
	move(run, leader, "Approve")
	delivery.deliver(run.name)
	assert frappe.db.get_value(RUN, run.name, "workflow_state") == "Sent"
	assert len(list(folder.iterdir())) == 3
	with pytest.raises(ExportRefused, match="published"):
		built(officer, period="2025-05")


def test_whoever_asked_or_approved_may_have_left_meanwhile(tmp_path):
	folder = tmp_path / "perille"
	folder.mkdir()
	frappe.local.conf["early_support_export_folders"] = {"perille": str(folder)}
	factories.make_destination(FIGURES, "perille", kind="Folder", folder="perille")
	officer, colleague, leader = staff(), staff(), staff("Management Group")
	run = built(officer)
	frappe.db.set_value("User", officer, "enabled", 0)
	move(run, colleague, "Validate")
	move(run, leader, "Approve")
	frappe.db.set_value("User", leader, "enabled", 0)
	delivery.deliver(run.name)
	frappe.set_user("Administrator")
	assert frappe.db.get_value(RUN, run.name, "workflow_state") == "Sent"


def test_whoever_has_left_decides_nothing(api):
	"""An account that is closed, or whose work there has ended, between the building and the approval."""
	officer, leader, moved = staff(), staff("Management Group"), staff("Management Group")
	run = built(officer)
	move(run, officer, "Validate")
	client = api(leader)
	run.reload()
	assert api("Administrator").put(f"/api/resource/User/{leader}", json={"enabled": 0}).status_code == 200
	asked = {"doc": frappe.as_json(run), "action": "Approve"}
	assert client.post("/api/method/frappe.model.workflow.apply_workflow", data=asked).status_code in (
		401,
		403,
	)
	for name in frappe.get_all("Staff Assignment", filters={"user": moved}, pluck="name"):
		frappe.db.set_value("Staff Assignment", name, {"from_date": "2020-01-01", "to_date": "2020-12-31"})
	frappe.clear_cache()
	answer = api(moved).post("/api/method/frappe.model.workflow.apply_workflow", data=asked)
	assert answer.status_code in (403, 404)
	assert frappe.db.get_value(RUN, run.name, "workflow_state") == "Validated"


def test_a_correction_of_a_correction(site):
	officer, leader = staff(), staff("Management Group")
	chain = []
	for _number in range(3):
		values = {"replaces": chain[-1].name, "reason": "Kirjaus puuttui"} if chain else {}
		run = built(officer, **values)
		move(run, officer, "Validate")
		move(run, leader, "Approve")
		move(run, officer, "Hand Over")
		chain.append(run)
	for run in chain:
		run.reload()
	assert [run.workflow_state for run in chain] == ["Superseded", "Superseded", "Sent"]
	assert [run.replaced_by for run in chain] == [chain[1].name, chain[2].name, None]
	assert [json.loads(run.manifest)["replaces_run"] for run in chain] == [None, chain[0].name, chain[1].name]
	for wrong in (chain[0].name, chain[1].name, None):
		with pytest.raises(ExportRefused):
			built(officer, replaces=wrong, reason="Kirjaus puuttui")


def handed_over(officer: str):
	"""A run that has gone out, to be corrected."""
	run = built(officer)
	move(run, officer, "Validate")
	move(run, staff("Management Group"), "Approve")
	move(run, officer, "Hand Over")
	return run


def test_what_a_correction_replaces_stays_while_it_is_rejected(site):
	officer = staff()
	first = handed_over(officer)
	second = built(officer, replaces=first.name, reason="Kirjaus puuttui")
	move(second, officer, "Reject", rejected_because="Ei ollut virhettä")
	first.reload()
	assert (first.workflow_state, first.replaced_by) == ("Sent", None)


def test_two_corrections_at_once(site):
	officer = staff()
	first = handed_over(officer)
	built(officer, replaces=first.name, reason="Kirjaus puuttui")
	with pytest.raises(ExportRefused, match="under way"):
		built(staff(), replaces=first.name, reason="Toinen kirjaus puuttui")
