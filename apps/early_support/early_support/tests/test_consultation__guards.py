"""The rules of a Consultation: no person by any door, the question settled, the answer in its turn."""

import json

import frappe
import pytest
from frappe.model.workflow import WorkflowTransitionError

from early_support.access import assignments
from early_support.exceptions import GuardNotMet, PersonInText
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.workflow_guard.system import system_change

NAMED = ("Kotilainen", "Ainoliina")


@pytest.fixture
def team(site) -> make.Team:
	return make.make_team(first_names=NAMED[1], last_name=NAMED[0])


def save(doc, user: str, **values):
	with make.acting(user):
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.update(values)
		return doc.save()


def traces(word: str) -> list[str]:
	"""The tables of the database, other than the people's own, in which `word` stands."""
	found = []
	for table in (
		"tabConsultation",
		"tabVersion",
		"tabError Log",
		"tabComment",
		"tabDeleted Document",
		"tabFile",
	):
		columns = [row[0] for row in frappe.db.sql(f"show columns from `{table}`")]
		where = " or ".join(f"cast(`{column}` as char) like %(word)s" for column in columns)
		if frappe.db.sql(f"select 1 from `{table}` where {where} limit 1", {"word": f"%{word}%"}):
			found.append(table)
	return found


@pytest.mark.parametrize("field", ["question", "call_back_time"])
def test_a_name_is_refused_when_it_is_asked(team, api, field):
	"""A worker consults anonymously (domain.md §2, 1629-1631)."""
	text = f"Miten {NAMED[1]}lla menisi paremmin aamuisin?"
	values = {
		"unit": team.unit,
		"age_band": make.option("Age Band"),
		"question": make.QUESTION,
		"channel": "Call-back",
	}
	response = api(team.educator).post("/api/resource/Consultation", json={**values, field: text})
	assert response.status_code == 417
	assert "<mark" in response.text
	assert not frappe.db.exists("Consultation", {"unit": team.unit})
	assert traces("menisi paremmin") == []


def test_a_name_is_refused_in_a_later_change_and_in_the_answer(team):
	doc = make.make_consultation(team)
	with make.attempt(), pytest.raises(PersonInText):
		save(doc, team.educator, question=f"{make.QUESTION} Kyse on Kotilaisen perheestä.")
	doc = make.move(doc, "Take", team.counsellor)
	for text in (
		f"Kysykää {NAMED[1]}lta itseltään.",
		"Soittakaa minulle: 040 123 4567.",
		"Tunnus on 131052-308T.",
	):
		with make.attempt(), pytest.raises(PersonInText):
			save(doc, team.counsellor, answer=text)
	assert not frappe.db.get_value("Consultation", doc.name, "answer")
	assert save(doc, team.counsellor, answer=make.ANSWER).answer == make.ANSWER


def test_a_name_is_refused_through_set_value(team, api):
	doc = make.make_consultation(team)
	response = api(team.educator).post(
		"/api/method/frappe.client.set_value",
		json={
			"doctype": "Consultation",
			"name": doc.name,
			"fieldname": {"question": f"Auttakaa {NAMED[1]}a.", **make.version(doc)},
		},
	)
	assert response.status_code == 417
	assert frappe.db.get_value("Consultation", doc.name, "question") == make.QUESTION


def test_the_side_doors_are_shut(team, api):
	doc = make.make_consultation(team)
	secret = f"Kyse on lapsesta {NAMED[1]}"
	place = {"reference_doctype": "Consultation", "reference_name": doc.name}
	attempts = [
		(
			"frappe.desk.form.utils.add_comment",
			{**place, "content": secret, "comment_email": team.educator, "comment_by": "x"},
		),
		(
			"frappe.client.insert",
			{"doc": {"doctype": "Comment", "comment_type": "Workflow", "content": secret, **place}},
		),
		(
			"frappe.client.insert",
			{"doc": {"doctype": "Comment", "comment_type": "Info", "content": secret, **place}},
		),
		("frappe.desk.doctype.tag.tag.add_tag", {"tag": secret, "dt": "Consultation", "dn": doc.name}),
		(
			"frappe.desk.form.assign_to.add",
			{
				"doctype": "Consultation",
				"name": doc.name,
				"assign_to": json.dumps([team.counsellor]),
				"description": secret,
			},
		),
		(
			"frappe.client.insert",
			{
				"doc": {
					"doctype": "File",
					"file_name": "muistio.txt",
					"content": secret,
					"is_private": 1,
					"attached_to_doctype": "Consultation",
					"attached_to_name": doc.name,
				}
			},
		),
	]
	for method, values in attempts:
		response = api(team.educator).post(f"/api/method/{method}", json=values)
		assert response.status_code >= 400, (method, response.text)
	assert traces(secret) == []
	assert not frappe.db.exists("ToDo", {"reference_type": "Consultation", "reference_name": doc.name})
	assert not frappe.db.exists("File", {"attached_to_doctype": "Consultation"})


def test_frappes_own_note_of_a_move_stays(team):
	doc = make.consultation_in("Answered", team)
	notes = frappe.get_all(
		"Comment", {"reference_name": doc.name, "comment_type": "Workflow"}, pluck="content"
	)
	assert sorted(notes) == ["Answered", "Taken"]


def test_notes_on_other_casework_are_free(team):
	doc = make.make_concern(team)
	with make.acting(team.educator):
		assert doc.add_comment("Comment", f"{NAMED[1]} leikki tänään pitkään.").name


def test_an_answer_needs_words(team):
	doc = make.consultation_in("Taken", team)
	for empty in (None, "  "):
		with make.attempt(), pytest.raises(GuardNotMet, match="Answer"):
			make.move(doc, "Give the answer", team.counsellor, answer=empty)


def test_the_question_is_not_answered_before_it_is_taken(team):
	doc = make.make_consultation(team)
	with pytest.raises(GuardNotMet):
		save(doc, team.educator, answer=make.ANSWER)
	with pytest.raises(GuardNotMet):
		make.make_consultation(team, answer=make.ANSWER)


@pytest.mark.parametrize(
	("field", "value"),
	[("question", "Jotain aivan muuta?"), ("channel", "Call-back"), ("call_back_time", "ma klo 9")],
)
def test_the_question_stays_as_it_was_asked(team, field, value):
	doc = make.consultation_in("Taken", team)
	with pytest.raises(GuardNotMet, match="no longer be changed"):
		save(doc, team.counsellor, **{field: value})


def test_who_and_when_are_recorded(team, api):
	doc = make.make_consultation(
		team, requested_by=team.counsellor, title="Väärä otsikko", taken_by=team.educator
	)
	assert (doc.requested_by, doc.taken_by) == (team.educator, None)
	assert doc.title.startswith(frappe.db.get_value("Day Care Unit", team.unit, "title"))
	for field in ("controller", "service_area"):
		assert doc.get(field) == frappe.db.get_value("Day Care Unit", team.unit, field), field
	doc = make.consultation_in("Closed", team)
	assert (doc.requested_by, doc.taken_by) == (team.educator, team.counsellor)
	assert doc.requested_on <= doc.taken_on <= doc.answered_on <= doc.closed_on


def test_a_question_begins_as_requested_whatever_code_makes_it(team):
	"""Frappe gives a state with its check of the move, which a change by the app leaves out."""
	with system_change():
		assert make.make_consultation(team).workflow_state == "Requested"


def test_whoever_saves_later_has_not_taken_the_question(team):
	doc = make.consultation_in("Taken", team)
	colleague = make.factories.make_staff("Family Counsellor", controller=make.county())
	make.factories.make_liaison(team.unit, colleague)
	with make.acting(colleague):
		again = frappe.get_doc("Consultation", doc.name).save()
	assert (again.taken_by, again.taken_on) == (team.counsellor, doc.taken_on)


def another_liaison(team) -> str:
	colleague = factories.make_staff("Family Counsellor", controller=make.county())
	factories.make_liaison(team.unit, colleague)
	return colleague


def leave(team) -> None:
	"""The counsellor works for the unit until yesterday."""
	unit = frappe.get_doc("Day Care Unit", team.unit)
	for row in unit.liaisons:
		if row.user == team.counsellor:
			row.to_date = factories.days(-1)
	unit.save()
	assignments.forget()


def test_whoever_took_a_question_gives_it_back(team):
	doc = make.consultation_in("Taken", team)
	doc = save(doc, team.counsellor, answer=make.ANSWER)
	asked_on = doc.requested_on
	doc = make.move(doc, "Give back", team.counsellor)
	assert (doc.workflow_state, doc.taken_by, doc.taken_on) == ("Requested", None, None)
	# Nothing that was written is lost, and the question was asked when it was asked.
	assert (doc.answer, doc.requested_on, doc.requested_by) == (make.ANSWER, asked_on, team.educator)
	colleague = another_liaison(team)
	doc = make.move(doc, "Take", colleague)
	assert doc.taken_by == colleague
	with make.attempt(), pytest.raises(GuardNotMet):
		save(doc, team.counsellor, answer="Toisin.")
	assert make.move(doc, "Give the answer", colleague).workflow_state == "Answered"


def test_nobody_gives_back_what_a_colleague_has_taken_who_works_there(team):
	doc = make.consultation_in("Taken", team)
	colleague = another_liaison(team)
	with make.attempt(), pytest.raises(GuardNotMet, match="given back"):
		make.move(doc, "Give back", colleague)
	with make.attempt(), pytest.raises((frappe.PermissionError, WorkflowTransitionError)):
		make.move(doc, "Give back", team.educator)
	elsewhere = factories.make_staff("Family Counsellor", controller=make.county())
	leave(team)
	with make.attempt(), pytest.raises(frappe.PermissionError):
		make.move(doc, "Give back", elsewhere)
	assert frappe.db.get_value("Consultation", doc.name, ["workflow_state", "taken_by"]) == (
		"Taken",
		team.counsellor,
	)


@pytest.mark.parametrize("how", ["liaison", "assignment", "disabled"])
def test_another_liaison_takes_over_from_whoever_has_left(team, how):
	"""A worker consults at any point (domain.md §2, 1629-1631): no question stands because somebody has left."""
	doc = make.consultation_in("Taken", team)
	colleague = another_liaison(team)
	if how == "liaison":
		leave(team)
	elif how == "assignment":
		frappe.db.set_value("Staff Assignment", {"user": team.counsellor}, "to_date", factories.days(-1))
		assignments.forget()
	else:
		frappe.db.set_value("User", team.counsellor, "enabled", 0)
	doc = make.move(doc, "Give back", colleague)
	doc = make.move(doc, "Take", colleague)
	doc = make.move(doc, "Give the answer", colleague, answer=make.ANSWER)
	assert (doc.workflow_state, doc.taken_by) == ("Answered", colleague)


def test_no_person_comes_in_with_the_giving_back(team, api):
	"""The note of a move and the texts stay without a name, whoever has the question."""
	doc = make.consultation_in("Taken", team)
	for values in ({"answer": f"Kysykää {NAMED[1]}lta."}, {"question": f"{make.QUESTION} {NAMED[1]}"}):
		answer = api(team.counsellor).put(
			f"/api/resource/Consultation/{doc.name}",
			json={"workflow_state": "Requested", **values, **make.version(doc)},
		)
		assert answer.status_code == 417, answer.text
	assert frappe.db.get_value("Consultation", doc.name, "workflow_state") == "Taken"


def test_closing_is_no_leave_to_rewrite_the_answer(team, api):
	doc = make.consultation_in("Answered", team)
	response = api(team.educator).put(
		f"/api/resource/Consultation/{doc.name}",
		json={"workflow_state": "Closed", "answer": "Sanottiin toisin.", **make.version(doc)},
	)
	assert response.status_code == 417
	assert frappe.db.get_value("Consultation", doc.name, ["workflow_state", "answer"]) == (
		"Answered",
		make.ANSWER,
	)


def test_one_asks_for_ones_own_unit(team):
	with pytest.raises(frappe.PermissionError):
		make.make_consultation(team, unit=factories.make_unit())
