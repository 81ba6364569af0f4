"""What hangs on a case document: every doctype of the running site that could, and each is ruled or refused."""

import frappe
import frappe.utils.global_search
import pytest

from early_support.access import conditions
from early_support.access.doors import notes
from early_support.access.doors.carriers import LeavesTheRules, refuse_reference
from early_support.access.doors.tables import (
	CARRIERS,
	CASEWORK,
	MADE_BY_ADMINISTRATORS,
	NOTES,
	WRITTEN_BY_PEOPLE,
)
from early_support.casework import anonymity
from early_support.exceptions import PersonInText
from early_support.tests import case_factories as case
from early_support.tests import factories

OWN_MODULE = "Early Support"
# These name a doctype, and beside it something else than a document: a field, a form, a folder, themselves.
NAMES_NO_DOCUMENT = {
	"Custom Field",
	"Customize Form",
	"Dashboard Chart",
	"Desktop Icon",
	"DocType Layout",
	"DocType Link",
	"IMAP Folder",
	"Kanban Board",
	"List Filter",
	"Property Setter",
	"Report",
	"Workflow",
}


def metas():
	for name in frappe.get_all("DocType", filters={"module": ("!=", OWN_MODULE)}, pluck="name"):
		yield frappe.get_meta(name)


def names_documents(meta) -> bool:
	"""Whether a field for a doctype stands beside one that could hold the name of a document."""
	return bool(meta.get("fields", {"fieldtype": "Link", "options": "DocType"})) and any(
		df.fieldtype in ("Data", "Small Text", "Text", "Read Only", "Autocomplete")
		and df.fieldname.endswith(("name", "document", "docname"))
		for df in meta.fields
	)


def carrying(meta, **values):
	"""Make, without storing it, a document of the doctype, or one with a row of it. None: no doctype has such rows."""
	if not meta.istable:
		return frappe.get_doc({"doctype": meta.name, **values})
	filters = {"fieldtype": ("in", ("Table", "Table MultiSelect")), "options": meta.name}
	parents = frappe.get_all("DocField", {**filters}, ["parent", "fieldname"], limit=1)
	if not parents:
		return None
	return frappe.get_doc({"doctype": parents[0].parent, parents[0].fieldname: [values]})


def test_every_doctype_that_could_hang_on_a_case_is_ruled_or_refused(site):
	unruled = []
	for meta in metas():
		if meta.name in NOTES or meta.name in CARRIERS:
			continue
		for df in meta.get_dynamic_link_fields():
			doc = carrying(meta, **{df.options: "Consultation", df.fieldname: "X"})
			if doc is None:
				continue
			try:
				refuse_reference(doc)
			except LeavesTheRules:
				continue
			unruled.append((meta.name, df.fieldname))
		if (
			not meta.get_dynamic_link_fields()
			and names_documents(meta)
			and meta.name not in NAMES_NO_DOCUMENT
		):
			unruled.append(meta.name)
	assert unruled == []


def test_the_rule_is_asked_of_every_save():
	asked = frappe.get_hooks("doc_events")["*"]["before_validate"]
	assert "early_support.access.doors.carriers.refuse_reference" in asked
	assert "early_support.access.doors.markup.check" in asked


def test_other_documents_may_be_named(team):
	event = {"doctype": "Event", "subject": "Tapaaminen", "starts_on": "2030-01-01 10:00:00"}
	row = {"reference_doctype": "User", "reference_docname": team.educator}
	assert frappe.get_doc({**event, "event_participants": [row]}).insert()


@pytest.mark.parametrize("aim", ["Child", "Consultation"])
@pytest.mark.parametrize("user", ["educator", "Administrator"])
def test_nothing_else_is_hung_on_a_case_over_http(team, other, api, aim, user):
	name = other.child if aim == "Child" else case.make_consultation(team).name
	link = {"reference_doctype": aim, "reference_docname": name}
	timeline = {"link_doctype": aim, "link_name": name}
	sent = (
		{
			"doctype": "Event",
			"subject": "x",
			"starts_on": "2030-01-01 10:00:00",
			"event_participants": [link],
		},
		{"doctype": "Contact", "first_name": "x", "links": [timeline]},
		{"doctype": "Communication", "subject": "x", "content": "x", "timeline_links": [timeline]},
		{"doctype": "Discussion Topic", "title": "x", **link},
		{"doctype": "Document Follow", "ref_doctype": aim, "ref_docname": name, "user": team.educator},
		{"doctype": "Tag Link", "document_type": aim, "document_name": name, "tag": "x"},
		{"doctype": "Document Share Key", **link},
	)
	client = api("Administrator" if user == "Administrator" else team.educator)
	for values in sent:
		answer = client.post(f"/api/resource/{values['doctype']}", json=values)
		assert answer.status_code in (403, 417), (values, answer.text)


def test_no_note_of_people_stands_beside_a_consultation(team, api):
	consultation = case.make_consultation(team)
	assert {"Comment", "Communication", "File", "Reminder", "ToDo"} <= set(WRITTEN_BY_PEOPLE)
	for doctype in WRITTEN_BY_PEOPLE:
		if not frappe.db.exists("DocType", doctype):
			continue
		type_field, name_field = NOTES[doctype]
		values = {
			type_field: "Consultation",
			name_field: consultation.name,
			"content": "Aino",
			"file_name": "a",
		}
		values |= {
			"description": "Aino",
			"remind_at": "2030-01-01 10:00:00",
			"subject": "Aino",
			"is_private": 1,
		}
		with case.attempt(), case.acting(team.educator), pytest.raises(PersonInText):
			anonymity.refuse_notes(frappe.get_doc({"doctype": doctype, **values}))
		asked = frappe.get_hooks("doc_events")[doctype]["validate"]
		assert "early_support.casework.anonymity.refuse_notes" in asked


def test_a_note_of_a_move_names_the_state_and_nothing_else(team):
	consultation = case.make_consultation(team)
	note = {
		"doctype": "Comment",
		"reference_doctype": "Consultation",
		"reference_name": consultation.name,
		"comment_type": "Workflow",
		"content": "Requested",
	}
	anonymity.refuse_notes(frappe.get_doc(note))
	for other in ({"content": "Aino"}, {"content": "Requested: Aino"}, {"comment_type": "Comment"}):
		with pytest.raises(PersonInText):
			anonymity.refuse_notes(frappe.get_doc(note | other))


# What Frappe writes for the user without asking for a right ----------------------------------------------------------


@pytest.mark.parametrize("doctype", ["ToDo", "Reminder", "Communication"])
def test_a_note_made_past_the_rights_asks_for_the_document(team, other, doctype):
	concern = case.make_concern(team)
	type_field, name_field = NOTES[doctype]
	values = {"description": "x", "remind_at": "2030-01-01 10:00:00", "subject": "x", "content": "x"}
	values |= {type_field: "Concern", name_field: concern.name, "user": other.educator}
	with case.acting(other.educator), case.attempt(), pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)
	with case.acting(team.educator), case.attempt():
		frappe.get_doc({"doctype": doctype, **values, "user": team.educator}).insert(ignore_permissions=True)


def test_a_task_is_not_moved_to_a_document_that_is_closed(team, other):
	concern = case.make_concern(team)
	with case.acting(other.educator):
		values = {"doctype": "ToDo", "description": "x", "assigned_by": other.educator}
		todo = frappe.get_doc(values).insert()
		todo.update({"reference_type": "Concern", "reference_name": concern.name})
		with pytest.raises(frappe.PermissionError):
			todo.save(ignore_permissions=True)


def test_a_stored_note_is_judged_by_what_it_hangs_on(team, other):
	note = {"doctype": "Comment", "comment_type": "Comment", "content": "x"}
	own, foreign = case.make_concern(other, other.educator), case.make_concern(team)
	with case.acting(team.educator):
		comment = foreign.add_comment("Comment", "x")
	for sent in (comment, frappe.get_doc({**note, "name": comment.name})):
		sent.update({"reference_doctype": "Concern", "reference_name": own.name})
		assert notes.is_closed(sent, other.educator)
		assert not notes.has_permission(sent, "read", other.educator)


@pytest.mark.parametrize("who", ["educator", "Administrator"])
def test_no_note_hangs_on_a_row_or_on_no_document(team, who):
	family = frappe.db.get_value("Child", team.child, "family")
	row = frappe.db.get_value("Family Guardian", {"parent": family})
	for doctype, name in (("Family Guardian", row), ("Concern", None)):
		note = frappe.get_doc({"doctype": "File", "attached_to_doctype": doctype, "attached_to_name": name})
		assert notes.is_closed(note, getattr(team, who, who)), doctype


def test_the_maintenance_account_is_listed_every_note(site):
	assert {notes.rows("Administrator", doctype) for doctype in NOTES} == {conditions.EVERYTHING}


def test_a_doctype_without_notes_has_no_rows_of_notes():
	assert callable(notes.comment_rows)
	with pytest.raises(AttributeError):
		notes.concern_rows  # noqa: B018 asking for it is what fails


def test_a_task_is_given_to_nobody_to_whom_the_case_is_closed(team, other):
	concern = case.make_concern(team)
	values = {"doctype": "ToDo", "description": "x", "assigned_by": team.educator}
	values |= {"reference_type": "Concern", "reference_name": concern.name}
	with case.acting(team.educator):
		for user, allowed in ((team.director, True), (other.educator, False)):
			todo = frappe.get_doc({**values, "allocated_to": user})
			with case.attempt():
				if allowed:
					todo.insert()
					continue
				with pytest.raises(frappe.PermissionError, match="cannot be given"):
					todo.insert()


def test_a_mail_of_a_case_is_refused_to_administrators_too(team):
	concern = case.make_concern(team)
	values = {"doctype": "Communication", "subject": "x", "content": "x", "reference_doctype": "Concern"}
	values |= {"reference_name": concern.name, "communication_type": "Communication"}
	with case.attempt(), pytest.raises(LeavesTheRules):
		frappe.get_doc({**values, "communication_medium": "Email"}).insert()
	frappe.get_doc({**values, "communication_medium": "Phone"}).insert()


def test_the_search_of_everything_leaves_casework_out(team, api, monkeypatch):
	"""The index itself is stood in for: MariaDB searches in it only what was committed."""
	found = [frappe._dict(doctype=doctype, name="X", rank=1) for doctype in (*CASEWORK, "Note")]
	monkeypatch.setattr(frappe.utils.global_search, "search", lambda *args: list(found))
	answer = api(team.educator).post("/api/method/frappe.utils.global_search.search", json={"text": "x"})
	assert answer.status_code == 200, answer.text
	assert [row["doctype"] for row in answer.json["message"]] == ["Note"]


# What only administrators make ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("doctype", MADE_BY_ADMINISTRATORS)
def test_the_staff_makes_none_of_it(team, doctype):
	if not frappe.db.exists("DocType", doctype):
		pytest.skip(f"{doctype} is not in this version of Frappe")
	manager = factories.make_user("System Manager")
	for user, allowed in (
		(team.educator, False),
		(team.director, False),
		(manager, True),
		("Administrator", True),
	):
		doc = frappe.get_doc({"doctype": doctype})
		doc.set("__islocal", 1)
		with case.acting(user):
			if allowed:
				frappe.get_attr("early_support.access.doors.carriers.refuse_to_staff")(doc)
				continue
			with pytest.raises(frappe.PermissionError):
				frappe.get_attr("early_support.access.doors.carriers.refuse_to_staff")(doc)
	asked = frappe.get_hooks("doc_events")[doctype]["before_validate"]
	assert "early_support.access.doors.carriers.refuse_to_staff" in asked


def test_the_staff_takes_over_no_stored_workspace(team):
	check = frappe.get_attr("early_support.access.doors.carriers.refuse_to_staff")
	workspace = frappe.get_doc("Workspace", frappe.get_all("Workspace", pluck="name", limit=1)[0])
	with case.acting(team.educator), pytest.raises(frappe.PermissionError):
		check(workspace)


def test_the_staff_makes_no_note_and_no_list_filter_over_http(team, api):
	sent = (
		{"doctype": "Note", "title": "x", "content": "x", "public": 1},
		{"doctype": "List Filter", "filter_name": "x", "reference_doctype": "Concern", "filters": "[]"},
		{"doctype": "Event", "subject": "x", "starts_on": "2030-01-01 10:00:00"},
		{"doctype": "Custom HTML Block", "name": "x", "html": "x"},
	)
	for values in sent:
		for user, expected in ((team.educator, 403), ("Administrator", 200)):
			answer = api(user).post(f"/api/resource/{values['doctype']}", json=values)
			assert answer.status_code == expected, (values, answer.text)


def test_nobody_of_the_staff_is_mailed_what_was_changed(team):
	user = frappe.get_doc("User", team.educator)
	user.update({"document_follow_notify": 1, "follow_created_documents": 1})
	user.run_method("validate")
	assert not user.document_follow_notify
	manager = frappe.get_doc("User", factories.make_user("System Manager"))
	manager.document_follow_notify = 1
	manager.run_method("validate")
	assert manager.document_follow_notify


def test_no_folder_of_a_mailbox_makes_casework(site):
	account = frappe.get_doc({"doctype": "Email Account", "imap_folder": [{"append_to": "Concern"}]})
	with pytest.raises(LeavesTheRules):
		frappe.get_attr("early_support.access.doors.carriers.refuse_mailbox")(account)
	asked = frappe.get_hooks("doc_events")["Email Account"]["validate"]
	assert "early_support.access.doors.carriers.refuse_mailbox" in asked
