"""The guard on every channel, and when there is nothing to judge by."""

import frappe
import pytest
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow

from early_support.access.denormalise import final_states
from early_support.access.policy import GUARDED_DOCTYPES
from early_support.exceptions import ChangedMeanwhile, StateNotEditable, TransitionNotAllowed
from early_support.tests import case_factories as make
from early_support.workflow_guard import guard, system


def deactivate(doctype: str) -> None:
	frappe.db.set_value("Workflow", {"document_type": doctype}, "is_active", 0)
	frappe.clear_cache(doctype=doctype)
	frappe.cache.hdel("workflow", doctype)


@pytest.mark.parametrize("doctype", GUARDED_DOCTYPES)
def test_without_an_active_workflow_nothing_is_saved(team, doctype):
	"""Here Frappe asks nothing: the guard stands alone, in every kind of case."""
	kind = make.KINDS[doctype]
	doc, maker = kind.make(team), getattr(team, kind.maker)
	another = kind.another(doc, team)
	deactivate(doctype)
	with make.attempt(), make.acting(maker), pytest.raises(TransitionNotAllowed, match="no active workflow"):
		frappe.get_doc({"doctype": doctype, **another}).insert()
	for user in (maker, "Administrator"):
		doc = frappe.get_doc(doctype, doc.name)
		with (
			make.attempt(),
			make.acting(user),
			pytest.raises(TransitionNotAllowed, match="no active workflow"),
		):
			doc.save()


def test_without_an_active_workflow_no_state_is_the_end(site):
	"""Nothing is destroyed as ended then, and all of it follows its child."""
	deactivate("Concern")
	assert final_states("Concern") == ("",)


def test_the_stored_state_is_judged_not_what_the_caller_holds(team):
	doc = make.concern_in("Closed", team)
	# Whoever claims that the document stands elsewhere is not believed.
	held = frappe.get_doc("Concern", doc.name)
	held._doc_before_save = frappe._dict(workflow_state="Raised")
	held.workflow_state = "Urgent"
	with make.acting(team.educator), pytest.raises(StateNotEditable, match="nothing is changed any more"):
		held.save()
	assert frappe.db.get_value("Concern", doc.name, "workflow_state") == "Closed"


def test_a_case_that_would_begin_elsewhere_is_told_so(team):
	with pytest.raises(TransitionNotAllowed, match="cannot begin as “Raised”"):
		make.make_concern(team, workflow_state="Raised")


def test_of_a_new_document_no_state_is_asked_and_no_row_locked(site, monkeypatch):
	new, old = frappe.new_doc("Concern"), frappe.get_doc({"doctype": "Concern", "name": "OLDNAME23"})
	new.name = "NEWNAME23"
	monkeypatch.setattr(frappe.local.db, "get_value", lambda *args, **kwargs: "Raised")
	assert (guard.stored_state(new), guard.stored_state(old)) == (None, "Raised")


def test_a_removed_state_locks_the_document_and_says_so(team):
	doc = make.make_concern(team)
	frappe.db.set_value("Concern", doc.name, "workflow_state", "Planned")
	doc = frappe.get_doc("Concern", doc.name)
	doc.strengths = "Leikkii mielellään."
	with make.acting(team.educator), pytest.raises(TransitionNotAllowed, match="no longer knows"):
		doc.save()


def test_conditions_of_the_administrator_hold(team):
	workflow = frappe.get_doc("Workflow", "Concern")
	for row in workflow.transitions:
		if row.next_state == "Raised":
			row.condition = "doc.zone"
	workflow.save()
	doc = make.make_concern(team)
	with make.acting(team.educator):
		doc.workflow_state = "Raised"
		with make.attempt(), pytest.raises(TransitionNotAllowed, match="condition"):
			doc.save()
	assert make.move(doc, "Raise the concern", team.educator, zone="3").workflow_state == "Raised"


def test_nobody_moves_their_own_where_the_administrator_forbids_it(team):
	workflow = frappe.get_doc("Workflow", "Concern")
	for row in workflow.transitions:
		if row.next_state == "Raised":
			row.allow_self_approval = 0
	workflow.save()
	doc = make.make_concern(team)
	# Frappe asks this of its own button only; a plain save is asked by the guard.
	with make.attempt(), make.acting(team.educator):
		doc.workflow_state = "Raised"
		with pytest.raises(TransitionNotAllowed, match="somebody else"):
			doc.save()
	assert make.move(doc, "Raise the concern", team.special_educator).workflow_state == "Raised"


@pytest.mark.parametrize("doctype", GUARDED_DOCTYPES)
def test_nothing_is_deleted_submitted_cancelled_or_renamed(team, doctype, api):
	doc = make.KINDS[doctype].make(team)
	for user in (team.educator, team.counsellor, team.director):
		assert api(user).delete(f"/api/resource/{doctype}/{doc.name}").status_code in (403, 404, 417)
		for docstatus in (1, 2):
			response = api(user).put(
				f"/api/resource/{doctype}/{doc.name}", json={"docstatus": docstatus, **make.version(doc)}
			)
			assert frappe.db.get_value(doctype, doc.name, "docstatus") == 0, (user, docstatus, response.text)
		response = api(user).post(
			"/api/method/frappe.rename_doc", json={"doctype": doctype, "old": doc.name, "new": "NEWNAME23"}
		)
		assert response.status_code >= 400
	with make.attempt(), pytest.raises(StateNotEditable):
		frappe.delete_doc(doctype, doc.name)
	with make.attempt(), pytest.raises(StateNotEditable):
		frappe.rename_doc(doctype, doc.name, "NEWNAME23", force=True)
	for event in ("before_submit", "before_cancel", "before_discard"):
		with pytest.raises(StateNotEditable):
			doc.run_method(event)
	assert frappe.db.exists(doctype, doc.name)


def test_only_code_makes_a_system_change(team, api):
	doc = make.concern_in("Closed", team)
	forged = {
		"flags": {system.SYSTEM_CHANGE: 1},
		system.SYSTEM_CHANGE: 1,
		"strengths": "Muutettu.",
	} | make.version(doc)
	response = api(team.educator).put(f"/api/resource/Concern/{doc.name}", json=forged)
	assert response.status_code == 417
	with pytest.raises(frappe.DoesNotExistError), system.system_change():
		frappe.get_doc("Concern", "NOSUCHONE")
	assert not system.is_system_change()
	with system.system_change():
		doc = frappe.get_doc("Concern", doc.name)
		doc.strengths = "Leikkii mielellään."
		doc.save()
		frappe.delete_doc("Concern", doc.name)
	assert not frappe.db.exists("Concern", doc.name)


def test_frappe_checks_a_move_too_but_none_of_the_apps_own(team, monkeypatch):
	asked = []
	monkeypatch.setattr(Document, "validate_workflow", lambda doc: asked.append(doc.name))
	doc = make.make_concern(team)
	assert set(asked) == {doc.name}
	asked.clear()
	with system.system_change():
		frappe.get_doc("Concern", doc.name).save()
	assert asked == []


def test_the_second_of_two_is_told(team):
	doc = make.concern_in("Raised", team)
	first, second = (frappe.get_doc("Concern", doc.name) for _ in range(2))
	make.move(first, "Close", team.director, closing_reason=make.option("Closing Reason"))
	with make.acting(team.educator):
		second.discussed_on = second.observed_on
		with pytest.raises(ChangedMeanwhile):
			second.save()
		with pytest.raises(frappe.ValidationError, match="Not a valid Workflow Action"):
			apply_workflow(second, "Record the talk")


def test_frappe_notes_no_next_move_for_everybody_with_the_role(team):
	concern = make.concern_in("Discussed", team)
	assert not frappe.db.exists("Workflow Action", {"reference_name": concern.name})
