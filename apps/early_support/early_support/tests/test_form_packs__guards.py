"""What holds while a form pack waits, is imported and taken back: rights, other people's work, and the answers of cases."""

import json

import frappe
import pytest
from frappe.utils.synchronization import filelock

from early_support.exceptions import FormPackRefused
from early_support.forms import changes_core as core
from early_support.forms import packs, packs_apply, packs_core, packs_reports
from early_support.forms.packs_core import ACTION, CODE_MAP, FIELD, PROFILE, SETTER, STATE, WORD, WORKFLOW
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
	changes_undone,
	do,
	imported,
	set_property,
	small_pack,
)
from early_support.tests.test_workflow_guard__workflow_edits import add_move, add_state
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


# Workflows ------------------------------------------------------------------------------------------------------------


OWN, WAITS = "Huolen oma kulku", "Waiting for an Interpreter"
OWN_MOVE = "Wait for an interpreter"


@pytest.fixture
def with_own_workflow(site):
	"""A Form Pack, imported, of a site where another workflow is in force, in which a case may wait for an interpreter."""
	with changes_undone():
		frappe.get_doc({"doctype": ACTION, "workflow_action_name": OWN_MOVE}).insert()
		workflow = frappe.copy_doc(frappe.get_doc(WORKFLOW, "Concern"))
		workflow.update({"workflow_name": OWN, "is_active": 1})
		add_state(workflow, WAITS)
		add_move(workflow, "Raised", WAITS, action=OWN_MOVE)
		add_move(workflow, WAITS, "Discussed", action="Record the talk")
		workflow.insert()
		pack = packs.make_pack((packs_core.WORKFLOWS,), ("Concern",))
	assert in_force() == ["Concern"]
	doc = imported(pack, "Administrator")
	assert (doc.status, doc.failed_because) == (packs.IMPORTED, None)
	assert in_force() == [OWN]
	return doc


def in_force() -> list[str]:
	filters = {"document_type": "Concern", "is_active": 1}
	return frappe.get_all(WORKFLOW, filters=filters, pluck="name")


def test_the_workflow_before_is_in_force_again_and_words_of_the_other_stay(with_own_workflow):
	"""Cases may have gone through its states and actions."""
	doc = do(with_own_workflow.name, "roll_back", "Administrator")
	assert (doc.status, in_force()) == (packs.ROLLED_BACK, ["Concern"])
	assert not frappe.db.exists(WORKFLOW, OWN)
	assert frappe.db.exists(STATE, WAITS)
	assert frappe.db.exists(ACTION, OWN_MOVE)


def test_no_workflow_goes_in_whose_state_a_case_waits(with_own_workflow, team, steps_of_a_job):
	concern = case.move(case.concern_in("Raised", team), OWN_MOVE, team.educator)
	assert concern.workflow_state == WAITS
	before = forms_now(*NAMES)
	frappe.db.commit()
	doc = do(with_own_workflow.name, "roll_back", "Administrator")
	assert (doc.status, WAITS in doc.failed_because) == (packs.IMPORTED, True)
	assert (forms_now(*NAMES), in_force()) == (before, [OWN])
	case.move(concern, "Record the talk", team.educator, discussed_on=make.days(0))
	frappe.db.commit()
	assert do(with_own_workflow.name, "roll_back", "Administrator").status == packs.ROLLED_BACK


@pytest.mark.parametrize("name", [OWN, "Concern"])
def test_a_workflow_that_was_changed_since_is_not_taken_back(with_own_workflow, steps_of_a_job, name):
	workflow = frappe.get_doc(WORKFLOW, name)
	workflow.states[0].message = "Muistathan."
	workflow.save()
	frappe.db.commit()
	doc = do(with_own_workflow.name, "roll_back", "Administrator")
	assert (doc.status, "meanwhile" in doc.failed_because) == (packs.IMPORTED, True)
	assert in_force() == [OWN]


# What is left out -----------------------------------------------------------------------------------------------------


def test_what_says_more_than_a_pack_can_is_left_out_and_said(site):
	with changes_undone():
		field = {"dt": "Concern", "fieldname": "custom_sleep", "fieldtype": "Attach", "label": "Uni"}
		frappe.get_doc({"doctype": FIELD, "name": "Concern-custom_sleep", **field}).db_insert()
		of_form = {"doctype": SETTER, "doctype_or_field": "DocType", "doc_type": "Concern", "value": "1"}
		for name, values in {
			"of a row": {
				"doctype_or_field": "DocType Link",
				"field_name": "wishes",
				"row_name": "x",
				"property": "description",
			},
			"of the form": {"property": "allow_rename"},
		}.items():
			frappe.get_doc({**of_form, "name": name, **values}).db_insert()
		row = frappe.get_doc(WORKFLOW, "Visit").states[0]
		frappe.db.set_value(row.doctype, row.name, "update_field", "place")
		words = {"doctype": WORD, "language": "fi", "translated_text": "Toisin"}
		for name, values in {
			"elsewhere": {"source_text": "Strengths"},
			"there only": {"source_text": "What goes well by now", "context": "Concern"},
		}.items():
			frappe.get_doc({**words, "name": name, **values}).db_insert()
		set_property("wishes", "label", "What goes well by now")
		frappe.clear_cache()
		pack = packs.make_pack()
	assert {(each["kind"], each["record"], each["because"]) for each in pack.left_out} == {
		(FIELD, "Concern-custom_sleep", "fieldtype"),
		(SETTER, "of a row", "description"),
		(SETTER, "of the form", "allow_rename"),
		(WORKFLOW, "Visit", "update_field"),
		(WORD, "fi: Strengths", "translated_text"),
		(WORD, "fi: What goes well by now", "translated_text"),
	}
	assert [*pack.records[SETTER]] == ["Concern: wishes: label"]
	assert "Visit" not in pack.records[WORKFLOW]
	assert not {FIELD, WORD} & {*pack.records}


# Trying it out --------------------------------------------------------------------------------------------------------


def test_of_a_record_that_fails_nothing_is_there_for_the_next(administrator, monkeypatch):
	put, seen = packs_apply.put, []

	def failing(operation):
		seen.append(bool(frappe.db.exists(SETTER, {**OF_CONCERN, "property": "label"})))
		done = put(operation)
		if operation.doctype == SETTER:
			raise frappe.ValidationError("Ei kelpaa")
		return done

	monkeypatch.setattr(packs_apply, "put", failing)
	name = brought(small_pack(), administrator)
	with case.acting(administrator):
		refused = {row["record"]: row["refused"] for row in packs.show(name)["rows"] if row["refused"]}
	assert refused == {"Concern: strengths: label": "Ei kelpaa"}
	assert seen == [False] * 4


def test_a_clash_with_others_is_no_refusal(administrator, monkeypatch, steps_of_a_job):
	"""Nothing is said of a record whose turn did not come: the comparison is asked for again."""
	name = brought(small_pack(), administrator)
	with monkeypatch.context() as patched:
		patched.setattr(packs_apply, "put", raising(frappe.QueryDeadlockError))
		doc = run_by_itself(name, "compare", packs.COMPARE, administrator)
	assert (doc.status, doc.seen) == (packs.FAILED, None)
	assert run_by_itself(name, "compare", packs.COMPARE, administrator).refusals == 0


def raising(error: type[Exception]):
	def fail(*_what, **_options):
		raise error

	return fail


def run_by_itself(name: str, wanted: str, action: str, user: str):
	"""Ask for something, and let the worker do it, as nobody but the worker says what comes of it."""
	with case.acting(user):
		doc = packs.ask_for(name, wanted, action)
		doc.seen = None
		packs_apply.save(doc)
		frappe.db.commit()
		packs.run(name, action, progress=packs_apply.nobody)
	return frappe.get_doc(DOCTYPE, name)


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


def test_a_job_that_was_not_asked_for_does_nothing(administrator):
	"""As one that waited in the queue while the pack was asked for something else."""
	name = brought(small_pack(), administrator)
	with case.acting(administrator):
		packs.ask_for(name, "import", packs.IMPORT)
		packs.run(name, packs.COMPARE, progress=packs_apply.nobody)
		assert frappe.db.get_value(DOCTYPE, name, "status") == packs.QUEUED
		packs.run(name, packs.IMPORT, progress=packs_apply.nobody)
	assert frappe.db.get_value(DOCTYPE, name, "status") == packs.IMPORTED


def test_what_went_wrong_in_the_app_is_logged_and_a_refusal_is_not(
	administrator, monkeypatch, steps_of_a_job
):
	name = brought(small_pack(), administrator)
	logged = {"method": "Form pack failed", "reference_name": name}
	frappe.db.commit()
	for error, number in ((frappe.ValidationError, 0), (KeyError, 1)):
		with monkeypatch.context() as patched:
			patched.setattr(packs_apply, "put", raising(error))
			assert do(name, "import", administrator).status == packs.FAILED
		assert frappe.db.count("Error Log", logged) == number


def test_a_pack_whose_file_is_gone_is_not_compared(administrator):
	name = brought(small_pack(), administrator)
	frappe.delete_doc("File", frappe.db.get_value("File", {"attached_to_name": name}))
	with case.acting(administrator), pytest.raises(FormPackRefused, match="gone, or another one"):
		packs.compare(name)


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
