"""A consultation holds no person: not in markup, not in added fields, and no trace when other values are broken too."""

import frappe
import pytest

from early_support.exceptions import GuardNotMet, PersonInText
from early_support.tests import case_factories as make


@pytest.fixture
def team(site) -> make.Team:
	return make.make_team()


@pytest.mark.parametrize(
	"text",
	[
		"Kirjoita <maija.korhonen@kunta.fi>",
		"Soita <0401234567>",
		"Soita &lt;040 123 4567&gt;",
		"<!-- 0401234567 --> hei",
		'<p title="040 123 4567">hei</p>',
		"&#48;40 123 4567",
		"&amp;#48;40 123 4567",
		"04<b>0 123</b> 4567",
	],
)
def test_markup_hides_nobody(team, text):
	with make.attempt(), pytest.raises(PersonInText):
		make.make_consultation(team, question=text)


def test_a_child_in_angle_brackets_is_found(team):
	name = frappe.db.get_value("Child", team.child, "last_name")
	with make.attempt(), pytest.raises(PersonInText):
		make.make_consultation(team, question=f"Lapsi <{name}> itkee aamuisin.")


def test_harmless_signs_pass(team):
	text = "Lapsi nukkuu < 8 h yössä & on väsynyt. Mitä > 2 viikon jälkeen?"
	assert make.make_consultation(team, question=text).question


@pytest.mark.parametrize(
	("fieldtype", "options"),
	[
		("Attach", None),
		("Attach Image", None),
		("Signature", None),
		("Phone", None),
		("Link", "Child"),
		("Link", "Family"),
		("Link", "Concern"),
		("Link", "User"),
	],
)
def test_a_field_that_could_lead_to_a_person_is_not_added(site, fieldtype, options):
	# Only the rule is asked: a field that were added would change the table, which no rollback undoes.
	field = frappe.get_doc(
		{
			"doctype": "Custom Field",
			"dt": "Consultation",
			"fieldname": "added",
			"fieldtype": fieldtype,
			"options": options,
			"label": "Added",
		}
	)
	with pytest.raises(PersonInText):
		field.run_method("validate")


def test_the_answer_is_not_written_in_passing(team):
	doc = make.make_consultation(team)
	with make.acting(team.educator):
		again = frappe.get_doc("Consultation", doc.name)
		again.update({"workflow_state": "Closed", "answer": "Kokeilkaa kuvia."})
		with pytest.raises(GuardNotMet):
			again.save()


def test_the_answer_is_written_by_who_took_the_question(team):
	doc = make.consultation_in("Taken", team)
	colleague = make.factories.make_staff("Family Counsellor", controller=make.county())
	make.factories.make_liaison(team.unit, colleague)
	with make.acting(colleague):
		again = frappe.get_doc("Consultation", doc.name)
		again.answer = "Kokeilkaa kuvia."
		with pytest.raises(GuardNotMet, match="who took"):
			again.save()
	with make.acting(team.counsellor):
		again = frappe.get_doc("Consultation", doc.name)
		again.answer = "Kokeilkaa kuvia."
		again.save()


@pytest.mark.parametrize(
	"broken", [{"age_band": "no such band"}, {"requested_on": "eilen"}, {"docstatus": 7}]
)
def test_a_refused_text_leaves_no_trace_when_other_values_are_broken_too(team, api, broken):
	before = frappe.db.count("Error Log")
	values = {"unit": team.unit, "age_band": make.option("Age Band"), "channel": "E-mail"}
	text = "merkki7x3: soita 040 123 4567"
	answer = api(team.educator).post(
		"/api/resource/Consultation", json={**values, "question": text, **broken}
	)
	assert answer.status_code >= 400
	assert frappe.db.count("Error Log") == before
