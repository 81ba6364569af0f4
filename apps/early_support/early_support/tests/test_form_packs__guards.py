"""What holds while a form pack waits, is imported and taken back: rights, other people's work, and the answers of cases."""

import json

import frappe
import pytest
from frappe.utils.synchronization import filelock

from early_support.exceptions import FormPackRefused
from early_support.forms import changes_core as core
from early_support.forms import packs, packs_apply, packs_reports
from early_support.forms.packs_core import CODE_MAP, FIELD, PROFILE, SETTER, WORD
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests import form_requests
from early_support.tests.form_requests import forms_now, require_by_hand
from early_support.tests.test_form_packs__reports import FIGURES, changed, plain_pack
from early_support.tests.test_form_packs__site import (
	DOCTYPE,
	NAMES,
	OF_CONCERN,
	brought,
	changed_pack,
	do,
	imported,
	set_property,
	small_pack,
)
from early_support.workflow_guard.system import system_change

SLEEP = ("Concern", "custom_sleep")
REQUIRED = {**OF_CONCERN, "property": "reqd", "value": "1"}


@pytest.fixture(scope="module", autouse=True)
def columns(standing_teams):
	with form_requests.columns((*SLEEP, "Select")):
		yield


@pytest.fixture
def administrator(site) -> str:
	"""Who keeps the forms of all who report here."""
	user = make.make_staff("Form Administrator", area=make.default_area())
	for controller in frappe.get_all("Register Controller", pluck="name"):
		make.make_assignment(user, "Form Administrator", controller=controller)
	return user


def close_all() -> None:
	"""Let no concern run any more."""
	frappe.db.set_value("Concern", {"name": ("is", "set")}, "workflow_state", "Closed")


# The table ------------------------------------------------------------------------------------------------------------


def test_a_column_that_is_used_or_answered_is_not_dropped(administrator, team, monkeypatch):
	"""An import came to nothing, and somebody else has meanwhile made use of its column."""
	doc = frappe.get_doc(DOCTYPE, brought(small_pack(), administrator))
	concern = case.make_concern(team).name
	done: list[str] = []
	monkeypatch.setattr(frappe.db, "sql_ddl", done.append)

	def dropped() -> list[str]:
		doc.new_columns = json.dumps([SLEEP])
		packs_apply.drop_columns(doc)
		assert doc.new_columns is None
		return done

	frappe.db.set_value("Concern", concern, "custom_sleep", "Huono")
	assert dropped() == []
	frappe.db.set_value("Concern", concern, "custom_sleep", None)
	values = {"dt": "Concern", "fieldname": "custom_sleep", "fieldtype": "Select", "label": "Uni"}
	field = frappe.get_doc({"doctype": "Custom Field", "name": "Concern-custom_sleep", **values})
	field.db_insert()
	assert dropped() == []
	frappe.db.delete("Custom Field", {"name": field.name})
	(statement,) = dropped()
	assert "drop column" in statement
	assert "`custom_sleep`" in statement


def test_what_somebody_changes_while_a_table_gets_its_column_is_not_written_over(
	administrator, monkeypatch, steps_of_a_job
):
	"""With each new column the transaction ends, and what others have stored meanwhile comes into sight."""
	name = brought(small_pack(), administrator)
	before = forms_now(*NAMES)

	def with_a_change(*what) -> bool:
		with case.acting("Administrator"):
			set_property("wishes", "bold", "1")
		return True

	monkeypatch.setattr(packs_apply, "_add_columns", with_a_change)
	doc = do(name, "import", administrator)
	assert (doc.status, "Compare the pack again" in doc.failed_because) == (packs.FAILED, True)
	assert forms_now(*NAMES) == before


# Cases that begin meanwhile -------------------------------------------------------------------------------------------


def test_a_case_that_began_since_the_comparison_is_looked_at(administrator, team, steps_of_a_job):
	"""The mark of the comparison knows the forms only."""
	close_all()
	name = brought(changed_pack(SETTER, REQUIRED), administrator)
	assert frappe.get_doc(DOCTYPE, name).refusals == 0
	case.make_concern(team)
	before = forms_now(*NAMES)
	doc = do(name, "import", administrator)
	assert (doc.status, "1 records of this pack are refused" in doc.failed_because) == (packs.FAILED, True)
	assert forms_now(*NAMES) == before


def test_what_is_required_again_as_shipped_is_looked_at(administrator, team, steps_of_a_job):
	"""A setter that is retired says nothing of an answer, and one is required when it has gone."""
	concern = case.make_concern(team)
	values = {"doctype_or_field": "DocField", "doc_type": "Concern", "field_name": "observed_on"}
	setter = {"name": "Concern-observed_on-reqd", "property": "reqd", "property_type": "Check", "value": "0"}
	frappe.get_doc({"doctype": SETTER, **values, **setter}).db_insert()
	frappe.clear_cache(doctype="Concern")
	name = brought(small_pack(), administrator, "Forms", retire=1)
	doc = frappe.get_doc(DOCTYPE, name)
	assert (doc.refusals, doc.retirements) == (0, 1)
	frappe.db.set_value("Concern", concern.name, "observed_on", None)
	doc = do(name, "import", administrator)
	assert (doc.status, "cannot be required" in doc.failed_because) == (packs.FAILED, True)
	assert frappe.db.get_value(SETTER, setter["name"], "value") == "0"


def test_no_answer_is_required_again_that_cases_lack_by_now(administrator, team, steps_of_a_job):
	close_all()
	require_by_hand("Concern", "strengths")
	doc = imported(small_pack(), administrator, "Forms", retire=1)
	assert (doc.status, doc.retirements) == (packs.IMPORTED, 1)
	concern = case.make_concern(team)
	doc = do(doc.name, "roll_back", administrator)
	assert (doc.status, "cannot be required" in doc.failed_because) == (packs.IMPORTED, True)
	assert not frappe.get_meta("Concern", cached=False).get_field("strengths").reqd
	frappe.db.set_value("Concern", concern.name, "strengths", "Leikkii.")
	assert do(doc.name, "roll_back", administrator).status == packs.ROLLED_BACK
	assert frappe.get_meta("Concern", cached=False).get_field("strengths").reqd


def test_the_words_of_an_answer_stay_after_the_way_back(administrator, team):
	"""An option that came with a pack, to a question that was there, is on no form any more; the answer is."""
	imported(small_pack(), administrator)
	words = [
		{"language": "sv", "source_text": "Kohtalainen", "translated_text": "Måttlig"},
		{"language": "sv", "source_text": "Missä nukkuu", "translated_text": "Var barnet sover"},
	]
	pack = small_pack(*((WORD, word) for word in words))
	pack.records[FIELD]["Concern: custom_sleep"]["options"] = "\nHyvä\nHuono\nKohtalainen"
	doc = imported(pack, administrator)
	assert (doc.status, doc.failed_because) == (packs.IMPORTED, None)
	case.make_concern(team, custom_sleep="Kohtalainen")
	assert do(doc.name, "roll_back", administrator).status == packs.ROLLED_BACK
	assert "Kohtalainen" not in frappe.get_meta("Concern", cached=False).get_options("custom_sleep")
	left = [word["source_text"] for word in words if frappe.db.exists(WORD, word)]
	assert left == ["Kohtalainen"]


# The job --------------------------------------------------------------------------------------------------------------


def test_a_second_worker_leaves_the_pack_alone_that_another_imports(administrator):
	"""As when the queue hands a job out twice."""
	name = brought(small_pack(), administrator)
	with case.acting(administrator):
		packs.ask_for(name, "import", packs.IMPORT)
		doc = frappe.get_doc(DOCTYPE, name)
		with system_change():
			doc.update({"status": packs.UNDER_WAY[packs.IMPORT]}).save(ignore_permissions=True)
		with filelock(packs.LOCK, timeout=0):
			packs.run(name, packs.IMPORT, progress=packs_apply.nobody)
	doc = frappe.get_doc(DOCTYPE, name)
	assert (doc.status, doc.failed_because) == ("Importing", None)


def test_who_administers_forms_no_longer_when_the_job_begins(administrator):
	name = brought(small_pack(), administrator)
	before = forms_now(*NAMES)
	with case.acting(administrator):
		packs.ask_for(name, "import", packs.IMPORT)
	frappe.get_doc("User", administrator).remove_roles("Form Administrator")
	with case.acting(administrator), pytest.raises(frappe.PermissionError):
		packs.run(name, packs.IMPORT, progress=packs_apply.nobody)
	assert frappe.db.get_value(DOCTYPE, name, "status") == packs.QUEUED
	assert forms_now(*NAMES) == before


@pytest.mark.parametrize("chosen", [{"parts": "Forms,Nowhere"}, {"forms": "User"}])
def test_no_part_is_exported_that_is_not_there(administrator, chosen):
	with case.acting(administrator), pytest.raises(FormPackRefused, match="no such part or form"):
		packs.start_export("x", **chosen)


# Reports --------------------------------------------------------------------------------------------------------------


def test_profiles_and_code_maps_are_written_with_the_right_of_whoever_imports(administrator):
	records = changed(plain_pack())["records"]
	operations = [
		core.Operation(CODE_MAP, "kunnat", records[CODE_MAP]["kunnat"]),
		core.Operation(CODE_MAP, "uusi", {"code": "uusi", "title": "Uusi", "rows": []}, is_new=True),
		core.Operation(PROFILE, FIGURES, records[PROFILE][FIGURES]),
	]
	for operation in operations:
		with (
			case.acting(make.make_staff("Early Educator")),
			case.attempt(),
			pytest.raises(frappe.PermissionError),
		):
			packs_reports.put(operation)
	for operation in operations:
		with case.acting(administrator):
			assert packs_reports.put(operation)["now"]


def test_a_draft_that_somebody_has_deleted_since_is_not_taken_back(administrator, steps_of_a_job):
	doc = imported(changed(plain_pack()), administrator, "Reports")
	assert (doc.status, doc.failed_because) == (packs.IMPORTED, None)
	frappe.delete_doc(PROFILE, f"{FIGURES}-2", force=True)
	doc = do(doc.name, "roll_back", administrator)
	assert (doc.status, "meanwhile" in doc.failed_because) == (packs.IMPORTED, True)
