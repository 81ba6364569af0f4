"""Markup in plain texts: what Frappe's sanitiser lets pass because it reads as JSON, as an address or as a path."""

import json

import frappe
import pytest

from early_support.access.doors import markup
from early_support.early_support.doctype.worry_zone.worry_zone import NotAColourError
from early_support.exceptions import MarkupInText
from early_support.forms import lists
from early_support.tests import case_factories as make
from early_support.tests import factories

IMAGE = "<img src=x onerror=alert(1)>"
AS_JSON = json.dumps(IMAGE)
ESCAPED = '"\\u003cimg src=x onerror=alert(1)\\u003e"'
HARMLESS = (
	"ikä < 3 v",
	"a <3 b",
	"<3",
	"1 < 2 > 0",
	"Äiti <aiti@example.test>, isä <isa@example.test>",
	'Sanoi: "en tiedä".',
	'"lainaus"',
	"[1, 2]",
	"5 > 4",
	"Matti's",
)


def put(api, user: str, doctype: str, name: str, **values):
	version = {"modified": str(frappe.db.get_value(doctype, name, "modified"))}
	return api(user).put(f"/api/resource/{doctype}/{name}", json=version | values)


@pytest.mark.parametrize(
	"text",
	[
		IMAGE,
		AS_JSON,
		ESCAPED,
		json.dumps([IMAGE]),
		json.dumps({"a": IMAGE}),
		json.dumps(AS_JSON),
		"<svg/onload=alert(1)>",
		"</textarea>x",
		"<!--",
		"<img src=x onerror=alert(1) ",
		"<a@b onclick='x'>x",
	],
)
def test_plain_texts_of_casework_hold_no_markup(team, api, text):
	family = frappe.db.get_value("Child", team.child, "family")
	guardian = frappe.get_doc("Family", family).guardians[0].as_dict(convert_dates_to_str=True)
	concern = make.make_concern(team)
	for doctype, name, values in (
		("Family", family, {"family_name": text}),
		("Family", family, {"guardians": [{**guardian, "relation": text}]}),
		("Child", team.child, {"first_names": text}),
		("Concern", concern.name, {"observation": text}),
		("Concern", concern.name, {"discussed_with": text}),
	):
		answer = put(api, team.educator, doctype, name, **values)
		assert answer.status_code == 417, (values, answer.text)
	assert frappe.db.get_value("Concern", concern.name, "observation") == make.OBSERVATION


@pytest.mark.parametrize("text", [IMAGE, AS_JSON, "<svg/onload=alert(1)>"])
def test_an_address_holds_no_markup(team, api, text):
	family = frappe.db.get_value("Child", team.child, "family")
	guardian = frappe.get_doc("Family", family).guardians[0].as_dict(convert_dates_to_str=True)
	for address, status in ((f'"{text}" <a@example.test>', 417), ("Äiti <a@example.test>", 200)):
		answer = put(api, team.educator, "Family", family, guardians=[{**guardian, "email": address}])
		assert answer.status_code == status, answer.text


def test_a_text_of_frappe_holds_no_markup_either(as_user):
	"""Frappe's own sanitiser leaves addresses alone, and what reads as JSON."""
	contact = frappe.get_doc({"doctype": "Contact", "email_ids": [{"email_id": '"<img/src=x>"@a.example'}]})
	note = frappe.get_doc({"doctype": "Note", "title": AS_JSON})
	with as_user("System Manager", assigned=False):
		with pytest.raises(MarkupInText):
			markup.check(contact)
		markup.check(note)
	assert "onerror" not in note.title


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_texts_are_stored_as_they_were_typed(team, api, text):
	concern = make.make_concern(team)
	answer = put(api, team.educator, "Concern", concern.name, strengths=text, wishes=text)
	assert answer.status_code == 200, answer.text
	assert not markup.holds_markup(text)
	if "@" not in text:  # Frappe itself writes the brackets of an address as &lt; and &gt;
		assert frappe.db.get_value("Concern", concern.name, "strengths") == text


def test_the_message_names_the_field(team):
	with make.acting(team.educator), pytest.raises(MarkupInText, match="Wishes"):
		make.make_concern(team, wishes=AS_JSON)


@pytest.mark.parametrize("field", ["first_name", "bio", "interest", "location", "user_image"])
def test_the_own_profile_holds_no_markup(team, field):
	"""Saved past the rights, as the page of the own profile does."""
	bad_paths = ('" onerror="alert(1)', "javascript:alert(1)", "x' y")
	for text in bad_paths if field == "user_image" else (AS_JSON, IMAGE):
		user = frappe.get_doc("User", team.educator)
		user.set(field, text)
		with make.acting(team.educator), pytest.raises(MarkupInText):
			user.save(ignore_permissions=True)


def test_a_profile_picture_is_a_path(team):
	for path in ("/files/kuva 1.png", "/private/files/ä.png", "https://example.test/kuva.png", ""):
		user = frappe.get_doc("User", team.educator)
		user.user_image = path
		markup.check(user)


@pytest.mark.parametrize("column", ["owner", "_user_tags"])
def test_no_column_of_frappe_holds_markup(site, column):
	doc = frappe.get_doc({"doctype": "ToDo", "description": "x"})
	for value in (',"tärkeä"', "a < b"):
		doc.set(column, value)
		markup.check(doc)
	doc.set(column, IMAGE)
	with pytest.raises(MarkupInText):
		markup.check(doc)


def test_what_reads_as_json_is_sanitised_within(site):
	doc = frappe.get_doc(
		{"doctype": "ToDo", "description": json.dumps({"a": [IMAGE, "<b>ei</b>", json.dumps(IMAGE)], "b": 1})}
	)
	markup.check(doc)
	clean = json.loads(doc.description)
	assert "onerror" not in doc.description
	assert clean["a"][1] == "<b>ei</b>"
	assert clean["b"] == 1
	untouched = json.dumps({"text": '<span class="h4"><b>Otsikko</b></span>', "n": [1, None]}, indent=1)
	doc.description = untouched
	markup.check(doc)
	assert doc.description == untouched


def test_notes_on_a_case_are_sanitised_although_they_read_as_json(team, api):
	concern = make.make_concern(team)
	with make.acting(team.educator):
		values = {"doctype": "ToDo", "description": AS_JSON, "assigned_by": team.educator}
		todo = frappe.get_doc(values).insert()
	assert "onerror" not in frappe.db.get_value("ToDo", todo.name, "description")
	form = {"reference_doctype": "Concern", "reference_name": concern.name, "content": AS_JSON}
	api(team.educator).post(
		"/api/method/frappe.desk.form.utils.add_comment",
		json=form | {"comment_email": team.educator, "comment_by": AS_JSON},
	)
	for row in frappe.get_all("Comment", {"reference_name": concern.name}, ["content", "comment_by"]):
		assert "onerror" not in str(row)


def test_administrators_write_code(site):
	for doctype, field in (
		("Print Format", "html"),
		("Client Script", "script"),
		("Custom HTML Block", "html"),
	):
		if not frappe.get_meta(doctype).has_field(field):
			continue
		doc = frappe.get_doc({"doctype": doctype, "name": "X", field: f"<div>{AS_JSON}</div>"})
		markup.check(doc)
		assert doc.get(field) == f"<div>{AS_JSON}</div>"


# Titles of lists ----------------------------------------------------------------------------------------------------


def make_topic(**values):
	return frappe.get_doc({"doctype": "Concern Topic", "code": f"t{factories.number()}", **values})


def test_a_title_is_no_text_of_the_interface(as_user):
	with as_user("Form Administrator"):
		for title in ("Meeting Agreed", "Save"):
			with make.attempt(), pytest.raises(lists.TitleError):
				make_topic(title=title, title_en="Jotain muuta").insert()
			# Without another word for it nothing is translated.
			with make.attempt():
				make_topic(title=title).insert()
		assert not frappe.db.exists("Translation", {"source_text": ("in", ("Meeting Agreed", "Save"))})
		doc = make_topic(title="Kokeilu", title_en="Trial").insert()
		doc.title = "Save"
		with pytest.raises(lists.TitleError):
			doc.save()


@pytest.mark.parametrize("field", ["title", "title_sv", "title_en"])
def test_a_title_holds_no_markup(as_user, field):
	with as_user("Form Administrator"), pytest.raises(MarkupInText):
		make_topic(**{"title": "Kokeilu", field: AS_JSON}).insert()


@pytest.mark.parametrize("doctype", lists.LIST_DOCTYPES)
def test_shipped_titles_pass(site, doctype):
	for name in frappe.get_all(doctype, pluck="name"):
		doc = frappe.get_doc(doctype, name)
		lists.check_title(doc)
		markup.check(doc)


@pytest.mark.parametrize("colour", ["red;background:url(//x)", "#12", "red", "#12345g"])
def test_a_colour_is_nothing_else(site, colour):
	zone = frappe.get_doc("Worry Zone", "5")
	zone.colour = colour
	with pytest.raises(NotAColourError):
		zone.save()
