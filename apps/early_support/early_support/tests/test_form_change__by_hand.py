"""What an administrator changes of a form without a request is shown among the requests, once for each saving."""

import json
from dataclasses import replace

import frappe
import pytest

from early_support.exceptions import FormChangeRefused, GuardNotMet
from early_support.forms import by_hand, current
from early_support.forms import changes_core as core
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests.form_requests import require_by_hand

DOCTYPE = "Form Change Request"
LABEL = {
	"doctype_or_field": "DocField",
	"doc_type": "Concern",
	"field_name": "strengths",
	"property": "label",
}


OBSERVED_ON = {**LABEL, "field_name": "observed_on", "property": "reqd", "property_type": "Check"}


@pytest.fixture
def manager(site) -> str:
	return make.make_user("System Manager")


def noted() -> list:
	frappe.db.commit()
	names = frappe.get_all(DOCTYPE, filters={"kind": core.BY_HAND}, order_by="creation", pluck="name")
	return [frappe.get_doc(DOCTYPE, name) for name in names]


def steps(note) -> list[tuple]:
	return [
		(step["was"] and step["was"].get("value"), step["now"] and step["now"].get("value"))
		for step in json.loads(note.was_before)
	]


def test_a_property_by_hand_is_noted_as_published_without_a_request(manager):
	with case.acting(manager):
		setter = frappe.get_doc({"doctype": "Property Setter", **LABEL, "value": "Hyvää"}).insert()
		# Another in its place, as Customize Form does.
		frappe.get_doc({"doctype": "Property Setter", **LABEL, "value": "Parempaa"}).insert()
		(note,) = noted()
		frappe.delete_doc("Property Setter", setter.name)
		_first, second = noted()
	assert (note.workflow_state, note.form, note.published_by) == ("Published", "Concern", manager)
	assert (steps(note), steps(second)) == ([(None, "Parempaa")], [("Parempaa", None)])


def test_customize_form_is_noted_once(manager, monkeypatch):
	# Only the table is left as it is, which no rollback would mend.
	monkeypatch.setattr(frappe.db, "updatedb", lambda *args, **kwargs: None)
	values = {
		"doctype": "Custom Field",
		"dt": "Concern",
		"fieldname": "added",
		"label": "Vanha",
		"fieldtype": "Data",
	}
	frappe.get_doc({**values, "name": "Concern-added"}).db_insert()
	frappe.clear_cache(doctype="Concern")
	with case.acting(manager):
		form = frappe.get_doc({"doctype": "Customize Form", "doc_type": "Concern"})
		form.fetch_to_customize()
		rows = {row.fieldname: row for row in form.fields}
		rows["added"].label, rows["strengths"].label = "Uusi", "Hyvää"
		form.run_method("save_customization")
		(note,) = noted()
	changed = {step["doctype"]: step for step in json.loads(note.was_before)}
	assert (changed["Custom Field"]["was"]["label"], changed["Custom Field"]["now"]["label"]) == (
		"Vanha",
		"Uusi",
	)
	assert changed["Property Setter"]["now"]["value"] == "Hyvää"


@pytest.mark.parametrize("was_written", [True, False])
@pytest.mark.parametrize(
	("before", "after"),
	[(("Data", None), ("Select", "Kyllä\nEi")), (("Link", "Child"), ("Link", "Referral Source"))],
)
def test_what_was_written_freely_does_not_become_answers_of_a_list(
	manager, monkeypatch, was_written, before, after
):
	"""Else it would leave in an export, where whoever reports says what a field that was added here tells."""
	monkeypatch.setattr(frappe.db, "updatedb", lambda *args, **kwargs: None)
	monkeypatch.setattr(current, "is_answered", lambda form, name: was_written and name == "added")
	values = {"dt": "Concern", "fieldname": "added", "label": "Muuta"}
	values |= dict(zip(("fieldtype", "options"), before, strict=True))
	frappe.get_doc({"doctype": "Custom Field", **values, "name": "Concern-added"}).db_insert()
	frappe.clear_cache(doctype="Concern")

	def in_customize_form():
		form = frappe.get_doc({"doctype": "Customize Form", "doc_type": "Concern"})
		form.fetch_to_customize()
		(row,) = [row for row in form.fields if row.fieldname == "added"]
		row.fieldtype, row.options = after
		form.run_method("save_customization")

	def by_itself():
		field = frappe.get_doc("Custom Field", "Concern-added")
		field.fieldtype, field.options = after
		field.save()

	with case.acting(manager):
		for change in (in_customize_form, by_itself):
			if was_written:
				with pytest.raises(FormChangeRefused, match="kind of answer"):
					change()
			else:
				change()
	found = frappe.db.get_value("Custom Field", "Concern-added", ["fieldtype", "options"])
	assert found == (before if was_written else after)


# Of which no change is suggested: people, rows of answers, what families book, lists, and what the app writes itself.
OTHER_FORMS = {
	"Family": "family_name",
	"Family Guardian": "relation",
	"Meeting Slot": "places",
	"Consent Recipient": "worker",
	"Referral Section": "note",
	"Support Service": "category",
	"Form Change Request": "minutes",
}


def customize(client, form: str, **labels: str):
	"""Give fields of a form other labels in Customize Form, as the desk sends it."""

	def ask(method: str, doc: dict):
		values = {"docs": json.dumps({"doctype": "Customize Form", **doc}), "method": method}
		return client.post("/api/method/run_doc_method", json=values)

	answer = ask("fetch_to_customize", {"doc_type": form})
	if answer.status_code != 200:
		return answer
	(doc,) = answer.json["docs"]
	for row in doc["fields"]:
		row["label"] = labels.get(row["fieldname"], row.get("label"))
	return ask("save_customization", doc)


@pytest.mark.parametrize("form", OTHER_FORMS)
def test_our_other_forms_are_noted_too(manager, api, form):
	fieldname = OTHER_FORMS[form]
	assert form not in current.FORMS
	assert customize(api(manager), form, **{fieldname: "Toisin sanottu"}).status_code == 200
	(note,) = noted()
	assert (note.form, note.workflow_state, note.published_by) == (form, "Published", manager)
	assert steps(note) == [(None, "Toisin sanottu")]
	# All of the staff see it among the requests.
	client = api(make.make_staff("Early Educator"))
	assert client.get(f"/api/resource/{DOCTYPE}/{note.name}").json["data"]["form"] == form
	shown = client.get("/api/method/early_support.forms.preview.show", query_string={"name": note.name})
	assert "Toisin sanottu" in shown.text


def test_a_form_administrator_changes_by_request_and_not_by_hand(api):
	client = api(make.make_staff("Form Administrator", area=make.default_area()))
	assert customize(client, "Family", family_name="Toisin sanottu").status_code == 403
	values = {**LABEL, "doc_type": "Family", "field_name": "family_name", "value": "Toisin sanottu"}
	assert client.post("/api/resource/Property Setter", json=values).status_code == 403
	assert noted() == []


def test_of_our_other_forms_nobody_suggests_a_change_or_makes_a_note(api):
	client = api(make.make_staff("Form Administrator", area=make.default_area()))
	for kind in (core.CHANGE_WORDS, core.BY_HAND):
		values = {"kind": kind, "form": "Family", "field_name": "family_name", "label_fi": "x", "why": "x"}
		answer = client.post(f"/api/resource/{DOCTYPE}", json=values)
		assert answer.status_code == 417, kind
		assert "GuardNotMet" in answer.text


def test_a_single_form_of_ours_and_one_that_somebody_has_made(manager):
	"""What is no form of the app is nobody's business here, in whichever module it was made."""
	made = {"doctype": "DocType", "name": "Oma lomake", "module": current.MODULE, "custom": 1, "istable": 1}
	frappe.get_doc({**made, "fields": [{"fieldname": "sana", "fieldtype": "Data"}]}).db_insert()
	with case.acting(manager):
		for form, fieldname in (("Early Support Settings", "visit_limit"), ("Oma lomake", "sana")):
			values = {**LABEL, "doc_type": form, "field_name": fieldname, "value": "Toisin sanottu"}
			frappe.get_doc({"doctype": "Property Setter", **values}).db_insert()
			by_hand.changed(frappe.get_doc("Property Setter", {"doc_type": form}))
		assert {*by_hand._notes()} == {"Early Support Settings"}
		by_hand._notes().clear()


@pytest.mark.parametrize("form", ["Family", "Meeting Slot"])
def test_of_no_form_of_ours_an_identity_code_is_asked_for_by_hand(manager, api, form):
	answer = customize(api(manager), form, **{OTHER_FORMS[form]: "Henkilötunnus"})
	assert answer.status_code == 417
	assert "FormChangeRefused" in answer.text
	assert noted() == []


def made_by(user: str, **values):
	"""Store an added field that `user` made: from v15 on only Administrator deletes one that Administrator made."""
	field = frappe.get_doc({"doctype": "Custom Field", **values})
	with case.acting(user):
		field.db_insert()
	return field


def test_a_question_of_a_family_with_answers_is_not_deleted(manager, team):
	"""A shipped column stands for that of an added field, which a test cannot make."""
	values = {"dt": "Family", "fieldname": "family_name", "fieldtype": "Data", "label": "Oma"}
	made_by(manager, name="Family-oma", **values)
	with case.acting(manager), case.attempt(), pytest.raises(FormChangeRefused, match="would be lost"):
		frappe.delete_doc("Custom Field", "Family-oma")


def test_what_is_taken_back_before_it_is_stored_is_no_change(manager):
	with case.acting(manager):
		setter = frappe.get_doc({"doctype": "Property Setter", **LABEL, "value": "Hyvää"}).insert()
		frappe.delete_doc("Property Setter", setter.name)
		assert noted() == []


def test_other_forms_and_the_app_itself_are_not_noted(manager):
	with case.acting(manager):
		frappe.get_doc(
			{"doctype": "Property Setter", **LABEL, "doc_type": "ToDo", "field_name": "color", "value": "x"}
		).insert()
	frappe.flags.in_migrate = True
	try:
		frappe.get_doc({"doctype": "Property Setter", **LABEL, "value": "x"}).insert()
	finally:
		frappe.flags.in_migrate = False
	assert noted() == []
	assert by_hand._notes() == {}


def test_nobody_makes_such_a_note_or_rolls_one_back(manager):
	with case.acting(manager):
		frappe.get_doc({"doctype": "Property Setter", **LABEL, "value": "Hyvää"}).insert()
	(note,) = noted()
	with pytest.raises(GuardNotMet, match="Customize Form"):
		case.move(note, "Roll back", make.make_staff("Form Administrator"))
	with case.acting(make.make_staff("Early Educator")), pytest.raises(GuardNotMet):
		frappe.get_doc({"doctype": DOCTYPE, "kind": core.BY_HAND, "form": "Concern", "why": "x"}).insert()


def test_the_order_of_fields_that_is_reset_is_noted(manager):
	with case.acting(manager):
		order = {**LABEL, "doctype_or_field": "DocType", "field_name": None, "property": "field_order"}
		frappe.get_doc({"doctype": "Property Setter", **order, "value": '["child"]'}).insert()
		noted()
		form = customized("Concern")
		form.run_method("reset_layout")
		*_first, second = noted()
	assert steps(second) == [('["child"]', None)]


def customized(form: str):
	doc = frappe.get_doc({"doctype": "Customize Form", "doc_type": form})
	doc.fetch_to_customize()
	return doc


def test_a_word_that_takes_anothers_place_is_noted_with_the_one_before(manager, monkeypatch):
	monkeypatch.setattr(frappe.db, "updatedb", lambda *args, **kwargs: None)
	with case.acting(manager):
		shipped = frappe.get_meta("Concern").get_label("strengths")
		for words in ("Hyvää", "Parempaa", shipped):
			form = customized("Concern")
			next(row for row in form.fields if row.fieldname == "strengths").label = words
			form.run_method("save_customization")
			noted()
		of_labels = [
			(step["was"] and step["was"]["value"], step["now"] and step["now"]["value"])
			for note in noted()
			for step in json.loads(note.was_before)
			if (step["was"] or step["now"])["property"] == "label"
		]
	assert of_labels == [(None, "Hyvää"), ("Hyvää", "Parempaa"), ("Parempaa", None)]


@pytest.mark.parametrize(
	("values", "words"),
	[
		({"property": "label", "value": "Lapsen henkilötunnus"}, "identity code"),
		({"field_name": "discussed_on", "property": "hidden", "value": "1"}, "a rule of the work"),
		({"field_name": "zone", "property": "depends_on", "value": "zone"}, "a rule of the work"),
		({"property": "reqd", "value": "1"}, "cannot be required"),
	],
)
def test_what_no_suggestion_may_ask_for_is_refused_by_hand_too(manager, team, values, words):
	case.make_concern(team)
	with case.acting(manager), pytest.raises(FormChangeRefused, match=words):
		frappe.get_doc({"doctype": "Property Setter", **LABEL, **values}).insert()


@pytest.mark.parametrize(
	("values", "words"),
	[
		({"field_name": "wishes", "property": "reqd", "value": "1"}, "shown to nobody"),
		({"field_name": "child_section", "property": "hidden", "value": "1"}, "shown to nobody"),
		({"field_name": "worry_section", "property": "depends_on", "value": "wishes"}, "a rule of the work"),
		({"field_name": "talk_section", "property": "depends_on", "value": "wishes"}, "a rule of the work"),
		({"field_name": None, "property": "field_order", "doctype_or_field": "DocType"}, "shown to nobody"),
	],
)
def test_by_hand_no_part_is_hidden_that_has_to_be_answered(manager, values, words):
	frappe.db.set_value("Concern", {"name": ("is", "set")}, "workflow_state", "Closed")
	order = [df.fieldname for df in frappe.get_meta("Concern").fields]
	order.remove("observed_on")
	order.insert(order.index("wishes"), "observed_on")
	setter = frappe.get_doc({"doctype": "Property Setter", **LABEL, "value": json.dumps(order), **values})
	with case.acting(manager), pytest.raises(FormChangeRefused, match=words):
		setter.insert()


def test_by_hand_a_part_without_such_fields_is_hidden(manager):
	for name, value in (("hidden", "1"), ("depends_on", "wishes")):
		values = {**LABEL, "field_name": "strengths_section", "property": name, "value": value}
		with case.acting(manager):
			frappe.get_doc({"doctype": "Property Setter", **values}).insert()


def test_by_hand_no_field_is_added_that_no_new_case_shows(manager, monkeypatch):
	# Only the table is left as it is, which no rollback would mend.
	monkeypatch.setattr(frappe.db, "updatedb", lambda *args, **kwargs: None)
	frappe.db.set_value("Concern", {"name": ("is", "set")}, "workflow_state", "Closed")
	question = {"fieldname": "custom_q", "label": "Uni", "fieldtype": "Data", "reqd": 1}
	# A tab: a section that comes after another one is put behind its fields by Frappe 16.
	heading = {"fieldname": "custom_part", "label": "Arki", "fieldtype": "Tab Break"}
	for values, words in (
		({**question, "insert_after": "wishes"}, "shown to nobody"),
		({**heading, "depends_on": "wishes", "insert_after": "worry_section"}, "a rule of the work"),
	):
		with case.acting(manager), case.attempt(), pytest.raises(FormChangeRefused, match=words):
			frappe.get_doc({"doctype": "Custom Field", "dt": "Concern", **values}).insert()
	with case.acting(manager):
		field = {"doctype": "Custom Field", "dt": "Concern", **question, "insert_after": "observation"}
		assert frappe.get_doc(field).insert().reqd


@pytest.mark.parametrize(
	("values", "words"),
	[
		({"label": "Henkilötunnus"}, "personal identity code"),
		({"description": "Kysy hetu."}, "personal identity code"),
		({"reqd": 1}, "cannot be required"),
		({"dt": "Child Plan Service", "insert_after": "worker", "reqd": 1}, "rows of a table"),
	],
)
def test_by_hand_no_field_is_added_that_no_suggestion_may_ask_for(manager, team, monkeypatch, values, words):
	monkeypatch.setattr(frappe.db, "updatedb", lambda *args, **kwargs: None)
	case.make_concern(team)
	field = {"dt": "Concern", "fieldname": "custom_q", "fieldtype": "Data", "insert_after": "observation"}
	with case.acting(manager), case.attempt(), pytest.raises(FormChangeRefused, match=words):
		frappe.get_doc({"doctype": "Custom Field", **field, "label": "Uni", **values}).insert()


@pytest.fixture
def loosened(manager, team) -> str:
	"""A form that asks for less than was shipped, of a case without that answer: it was so when the case was stored."""
	frappe.get_doc({"doctype": "Property Setter", **OBSERVED_ON, "value": "0"}).insert()
	concern = case.make_concern(team)
	frappe.db.set_value("Concern", concern.name, {"workflow_state": "Raised", "observed_on": None})
	noted()
	return manager


def test_a_property_by_which_cases_are_saved_is_not_deleted(loosened):
	filters = {"doc_type": "Concern", "field_name": "observed_on", "property": "reqd"}
	name = frappe.db.get_value("Property Setter", filters)
	with case.acting(loosened), case.attempt(), pytest.raises(FormChangeRefused, match="cannot be required"):
		frappe.delete_doc("Property Setter", name)
	form = customized("Concern")
	next(row for row in form.fields if row.fieldname == "observed_on").reqd = 1
	for method in ("save_customization", "reset_to_defaults"):
		with (
			case.acting(loosened),
			case.attempt(),
			pytest.raises(FormChangeRefused, match="cannot be required"),
		):
			form.run_method(method)
	assert not frappe.get_meta("Concern", cached=False).get_field("observed_on").reqd
	frappe.db.set_value("Concern", {"observed_on": ("is", "not set")}, "workflow_state", "Closed")
	with case.acting(loosened):
		frappe.delete_doc("Property Setter", name)
	assert steps(noted()[-1]) == [("0", None)]
	assert frappe.get_meta("Concern", cached=False).get_field("observed_on").reqd


@pytest.fixture
def arranged(manager) -> str:
	"""A form in which a heading and an order of its own show what has to be answered."""
	frappe.db.set_value("Concern", {"name": ("is", "set")}, "workflow_state", "Closed")
	for fieldname, values in (
		("custom_part", {"fieldtype": "Section Break", "label": "Arki", "insert_after": "resources"}),
		("custom_q", {"fieldtype": "Data", "label": "Uni", "insert_after": "meeting_on", "reqd": 1}),
	):
		made_by(manager, name=f"Concern-{fieldname}", dt="Concern", fieldname=fieldname, **values)
	require_by_hand("Concern", "wishes")
	order = [df.fieldname for df in frappe.get_meta("Concern", cached=False).fields]
	order.remove("custom_q")
	order.insert(order.index("strengths"), "custom_q")
	setter = {**LABEL, "doctype_or_field": "DocType", "field_name": None, "property": "field_order"}
	frappe.get_doc({"doctype": "Property Setter", **setter, "value": json.dumps(order)}).insert()
	noted()
	return manager


def test_what_shows_an_answer_that_is_required_is_not_deleted(arranged):
	order = frappe.db.get_value("Property Setter", {"doc_type": "Concern", "property": "field_order"})
	for doctype, name in (("Custom Field", "Concern-custom_part"), ("Property Setter", order)):
		with case.acting(arranged), case.attempt(), pytest.raises(FormChangeRefused, match="shown to nobody"):
			frappe.delete_doc(doctype, name)
	with case.acting(arranged), case.attempt(), pytest.raises(FormChangeRefused, match="shown to nobody"):
		customized("Concern").run_method("reset_layout")
	form = customized("Concern")
	form.fields = [row for row in form.fields if row.fieldname != "custom_part"]
	with case.acting(arranged), case.attempt(), pytest.raises(FormChangeRefused, match="shown to nobody"):
		form.run_method("save_customization")


def test_a_heading_that_shows_nothing_required_is_deleted_and_noted(arranged):
	frappe.delete_doc("Property Setter", "Concern-wishes-reqd")
	noted()
	with case.acting(arranged):
		frappe.delete_doc("Custom Field", "Concern-custom_part")
	(step,) = json.loads(noted()[-1].was_before)
	assert (step["was"]["label"], step["now"]) == ("Arki", None)


def test_all_that_was_changed_goes_together(arranged):
	"""One after the other some of it would be refused: the order goes before the question that it shows."""
	with case.acting(arranged):
		customized("Concern").run_method("reset_to_defaults")
	assert not frappe.db.exists("Custom Field", {"dt": "Concern"})
	assert not frappe.db.exists("Property Setter", {"doc_type": "Concern"})
	gone = {step["name"] for step in json.loads(noted()[-1].was_before) if step["now"] is None}
	assert {"Concern-custom_part", "Concern-custom_q", "Concern-wishes-reqd"} <= gone


def test_a_field_with_answers_is_not_deleted(manager, team):
	"""A column that is there already stands for the one of an added field, which a test cannot make."""
	values = {"dt": "Concern", "fieldname": "strengths", "label": "Oma", "fieldtype": "Small Text"}
	field = made_by(manager, name="Concern-strengths", **values)
	concern = case.make_concern(team, strengths="Leikkii mielellään.")
	with case.acting(manager), case.attempt(), pytest.raises(FormChangeRefused, match="would be lost"):
		frappe.delete_doc("Custom Field", field.name)
	frappe.db.set_value("Concern", {"name": ("is", "set")}, "strengths", None)
	assert frappe.db.get_value("Concern", concern.name, "strengths") is None
	with case.acting(manager):
		frappe.delete_doc("Custom Field", field.name)


def test_a_column_without_a_field_is_looked_through_when_somebody_asks_about_it(manager, monkeypatch):
	there, asked = current.columns("Concern"), []
	left = {"custom_empty": "varchar(140)", "custom_sleep": "varchar(140)"}
	monkeypatch.setattr(current, "columns", lambda form: {**there, **left})
	monkeypatch.setattr(
		current, "is_answered", lambda form, column: asked.append(column) or column == "custom_sleep"
	)
	form = current.form_now("Concern")
	assert asked == [], "of a big table each takes a second"
	assert "custom_sleep" in form.left
	assert "custom_empty" not in form.left
	assert "strengths" not in form.left
	assert sorted(form.left) == ["custom_sleep"]
	assert asked == ["custom_sleep", "custom_empty"], "and of each it is asked once"


def test_the_table_of_a_form_keeps_a_column_with_answers(manager, monkeypatch):
	form = current.form_now("Concern")
	monkeypatch.setattr(current, "form_now", lambda name: replace(form, left=frozenset({"custom_sleep"})))
	with case.acting(manager), pytest.raises(FormChangeRefused, match="custom_sleep"):
		customized("Concern").run_method("trim_table")
