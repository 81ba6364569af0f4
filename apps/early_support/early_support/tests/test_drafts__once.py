"""A new form that is sent twice, because the network was lost in between, is stored once."""

import json

import frappe
import pytest

from early_support.casework import clock
from early_support.drafts import core, keys, once
from early_support.tests import factories

SAVE = "/api/method/frappe.desk.form.save.savedocs"
MARK = "kaksi kertaa"


def send(client, team, **values):
	doc = {
		"doctype": "Concern",
		"name": "new-concern-1",
		"__islocal": 1,
		"child": team.child,
		"observed_on": str(clock.today()),
		"observation": "Itkee aamuisin.",
		**values,
	}
	return client.post(SAVE, data={"doc": json.dumps(doc), "action": "Save"})


def concerns(team) -> list[str]:
	return frappe.get_all("Concern", filters={"child": team.child}, pluck="name")


def test_the_second_time_says_where_the_first_went(api, team):
	client = api(team.educator)
	first = send(client, team, __once=MARK)
	assert first.status_code == 200, first.text
	second = send(client, team, __once=MARK, observation="Itkee aamuisin, rauhoittuu sylissä.")
	assert second.status_code == 417
	assert second.json["exc_type"] == "AlreadyStored"
	(name,) = concerns(team)
	assert second.json["stored_as"] == name == first.json["docs"][0]["name"]
	assert frappe.db.get_value("Concern", name, "observation") == "Itkee aamuisin."


def test_another_form_or_another_person_is_another_document(api, team):
	colleague = factories.make_staff("Early Educator", unit=team.unit)
	for client, mark in (
		(api(team.educator), MARK),
		(api(team.educator), "toinen lomake"),
		(api(colleague), MARK),
	):
		assert send(client, team, __once=mark).status_code == 200
	assert len(concerns(team)) == 3


@pytest.mark.parametrize("mark", ["", None, 7, ["x"], "x" * 65])
def test_what_is_no_mark_names_nothing(mark):
	names = {once.new_name(frappe.get_doc({"doctype": "Concern", "__once": mark})) for _time in range(2)}
	assert len(names) == 2


@pytest.mark.parametrize("doctype", keys.FORMS)
def test_every_form_of_which_drafts_are_kept_is_stored_once(doctype, team):
	frappe.set_user(team.educator)
	doc = frappe.get_doc({"doctype": doctype, "__once": MARK})
	doc.autoname()
	assert doc.name == core.name(keys.get_encryption_key(), team.educator, doctype, MARK)
