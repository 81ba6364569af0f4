"""What a request cannot bring along into any case document: rows of others, makers, days, and columns that Frappe keeps."""

import frappe
import pytest
from frappe.model import optional_fields
from frappe.utils.password import get_decrypted_password

from early_support.access import contacts
from early_support.tests import case_factories as make
from early_support.tests import factories

PHONE = "+358 40 7654321"


def family_of(team: make.Team) -> "frappe.model.document.Document":
	return frappe.get_doc("Family", frappe.db.get_value("Child", team.child, "family"))


def sent_rows(doc) -> list[dict]:
	return [row.as_dict(convert_dates_to_str=True) for row in doc.guardians]


def put(api, user: str, doc, **values):
	return api(user).put(f"/api/resource/{doc.doctype}/{doc.name}", json=make.version(doc) | values)


def test_a_guardian_of_another_family_is_not_taken_over(team, other, api):
	mine, theirs = family_of(team), family_of(other)
	row = theirs.guardians[0]
	for taken in ({"name": row.name}, {"name": row.name, "__islocal": 1}):
		answer = put(api, team.educator, mine, guardians=[*sent_rows(mine), {**taken, "full_name": "Oma"}])
		assert answer.status_code == 417, answer.text
	stored = frappe.db.get_value("Family Guardian", row.name, ["parent", "full_name"])
	assert stored == (theirs.name, row.full_name)


def test_a_director_elsewhere_brings_back_no_protected_contact(team, other, api):
	theirs = family_of(other)
	theirs.guardians[0].update({"phone": PHONE, "non_disclosure": 1})
	theirs.save()
	row = theirs.guardians[0]
	mine = family_of(team)
	for name in (row.name, None):
		taken = {"full_name": "Oma", "non_disclosure": 0, "protected_phone": "*", "name": name}
		answer = put(api, team.director, mine, guardians=[*sent_rows(mine), taken])
		assert PHONE not in answer.text
	assert frappe.db.get_value("Family Guardian", row.name, "parent") == theirs.name
	assert get_decrypted_password("Family Guardian", row.name, "protected_phone") == PHONE


def test_a_guardian_who_was_not_here_before_brings_no_secret(team, other, monkeypatch):
	"""Even where a foreign row had come this far: the contacts ask for themselves."""
	theirs = family_of(other)
	theirs.guardians[0].update({"phone": PHONE, "non_disclosure": 1})
	theirs.save()
	mine = family_of(team)
	mine.load_doc_before_save()
	mine.append("guardians", {"full_name": "Oma", "protected_phone": "*"}).name = theirs.guardians[0].name
	with make.acting(team.director):
		contacts.protect(mine)
	assert [row.phone for row in mine.guardians][-1] is None


def test_a_guardian_sent_twice_is_one(team, api):
	family = family_of(team)
	rows = sent_rows(family)
	answer = put(api, team.educator, family, guardians=[rows[0], {**rows[0], "full_name": "Toinen"}])
	assert answer.status_code == 417
	assert frappe.db.count("Family Guardian", {"parent": family.name}) == 1


def test_new_guardians_are_stored_whatever_name_they_bring(team, api):
	family = family_of(team)
	sent = [
		{"full_name": "Ensimmäinen", "name": "new-family-guardian-1", "__islocal": 1},
		{"full_name": "Toinen", "name": "Aino Korhonen 040"},
		{"full_name": "Kolmas", "name": {"no": "text"}},
		{"full_name": "Neljäs"},
	]
	answer = put(api, team.educator, family, guardians=[*sent_rows(family), *sent])
	assert answer.status_code == 200, answer.text
	stored = frappe.get_all(
		"Family Guardian", {"parent": family.name}, ["name", "full_name", "owner"], order_by="idx asc"
	)
	assert [row.full_name for row in stored][1:] == [row["full_name"] for row in sent]
	assert {row.owner for row in stored[1:]} == {team.educator}
	assert not any("Aino" in row.name or row.name.startswith("new-") for row in stored)


def documents(team: make.Team) -> list:
	visit = make.make_visit(team)
	return [
		family_of(team),
		frappe.get_doc("Child", team.child),
		make.make_concern(team),
		make.make_consultation(team),
		frappe.get_doc("Support Period", visit.support_period),
		frappe.get_doc("Visit", visit.name),
		make.make_child_plan(team),
	]


def test_no_case_document_takes_makers_days_or_notes_of_frappe_from_a_request(team, api):
	forged = {
		"owner": team.counsellor,
		"creation": "2020-01-01 00:00:00",
		"idx": 7,
		**dict.fromkeys(optional_fields, "Aino Korhonen, 040 123 4567"),
	}
	for doc in documents(team):
		writer = team.counsellor if doc.doctype in ("Support Period", "Visit") else team.educator
		columns = {"owner", "creation", "idx", *optional_fields} & {*frappe.db.get_table_columns(doc.doctype)}
		before = frappe.db.get_value(doc.doctype, doc.name, sorted(columns), as_dict=True)
		answer = put(api, writer, doc, **forged)
		assert answer.status_code == 200, (doc.doctype, answer.text)
		after = frappe.db.get_value(doc.doctype, doc.name, sorted(columns), as_dict=True)
		assert after == before, doc.doctype


@pytest.mark.parametrize("docstatus", [1, 2])
def test_no_family_and_no_child_is_submitted_or_cancelled(team, api, docstatus):
	for doc in (family_of(team), frappe.get_doc("Child", team.child)):
		answer = put(api, team.educator, doc, docstatus=docstatus)
		assert answer.status_code in (403, 417), answer.text
		assert frappe.db.get_value(doc.doctype, doc.name, "docstatus") == 0


# Units ---------------------------------------------------------------------------------------------------------------


def test_a_child_moves_by_the_hand_of_who_works_in_both_units(team, other, api):
	child = frappe.get_doc("Child", team.child)
	for user in (team.educator, team.director):
		answer = put(api, user, child, unit=other.unit, unit_group=None)
		assert answer.status_code == 417, answer.text
		assert "do not work in the day care unit" in answer.text
	assert frappe.db.get_value("Child", team.child, "unit") == team.unit
	factories.make_assignment(team.director, "Unit Director", unit=other.unit)
	assert put(api, team.director, child, unit=other.unit, unit_group=None).status_code == 200
	assert frappe.db.get_value("Child", team.child, "unit") == other.unit


# The screening tells nobody who is in another unit ------------------------------------------------------------------


NAME = "Väinämö"


def test_a_consultation_of_another_unit_is_refused_whatever_it_names(team, other, api):
	factories.make_child(unit=other.unit, last_name=NAME)
	doc = make.make_consultation(team)
	for question in (f"Lapsi on levoton ja {NAME.lower()} itkee.", "Lapsi on levoton ja lelu itkee."):
		answers = [
			put(api, team.educator, doc, unit=other.unit, question=question),
			api(team.educator).post(
				"/api/resource/Consultation",
				json={"unit": other.unit, "age_band": make.option("Age Band"), "question": question},
			),
		]
		assert [answer.status_code for answer in answers] == [417, 403]
		assert not any("names nobody" in answer.text or "PersonInText" in answer.text for answer in answers)
		with make.acting(team.educator), pytest.raises(frappe.PermissionError):
			frappe.get_doc(
				{
					"doctype": "Consultation",
					"unit": other.unit,
					"age_band": make.option("Age Band"),
					"question": question,
				}
			).insert(ignore_permissions=True)
	# In its own unit the name is found.
	factories.make_child(unit=team.unit, last_name=NAME)
	answer = put(api, team.educator, doc, question=f"Lapsi on levoton ja {NAME.lower()} itkee.")
	assert "names nobody" in answer.text


# What was recorded stays ----------------------------------------------------------------------------------------------


def test_the_days_of_the_parents_word_stay(team, api):
	concern = make.concern_in("Meeting Agreed", team)
	for field in ("meeting_proposed_on", "agreed_on"):
		for value in ("2020-01-01", None):
			answer = put(api, team.educator, concern, **{field: value})
			assert answer.status_code == 417, answer.text
			assert "can no longer be changed" in answer.text
	assert frappe.db.get_value("Concern", concern.name, "agreed_on") == concern.agreed_on


def test_the_urgent_waits_for_nothing_and_rewrites_nothing(team, api):
	concern = make.concern_in("Meeting Agreed", team)
	answer = put(api, team.educator, concern, workflow_state="Urgent", agreed_on="2020-01-01")
	assert answer.status_code == 200, answer.text
	stored = frappe.db.get_value("Concern", concern.name, ["workflow_state", "agreed_on"])
	assert stored == ("Urgent", concern.agreed_on)


def test_what_the_parents_agreed_to_stays(team, api):
	period = make.make_period(team, proposed_on=factories.days(-1))
	# Until they have answered, a slip is put right.
	assert put(api, team.educator, period, proposed_on=str(factories.days(0))).status_code == 200
	period = make.period_in("Agreed", make.make_team(unit=team.unit))
	educator = factories.make_staff("Early Educator", team.unit)
	for field, value in {
		"proposed_on": "2020-01-01",
		"agreed_on": "2020-01-01",
		"agreed_by": "Isä",
	}.items():
		answer = put(api, educator, period, **{field: value})
		assert answer.status_code == 417, answer.text
		assert "can no longer be changed" in answer.text
		assert str(frappe.db.get_value("Support Period", period.name, field)) == str(period.get(field))


def test_a_counsellor_does_not_hand_a_family_over(team, api):
	colleague = factories.make_staff("Family Counsellor", controller=make.county())
	period = make.period_in("Under Way", team)
	answer = put(api, team.counsellor, period, counsellor=colleague)
	assert answer.status_code == 417, answer.text
	assert "Ask the day care unit" in answer.text
	assert frappe.db.get_value("Support Period", period.name, "counsellor") == team.counsellor
