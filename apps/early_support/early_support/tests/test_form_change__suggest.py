"""What the desk offers to whoever suggests a change of a form."""

import frappe
import pytest

from early_support.forms import suggest
from early_support.forms.current import FORMS
from early_support.tests import case_factories as case
from early_support.tests import factories


def test_fields_are_offered_by_the_words_of_the_form(team):
	with case.acting(team.educator):
		frappe.local.lang = "fi"
		offered = {field["value"]: field["label"] for field in suggest.fields_of("Concern")}
	assert offered["observation"] == "Havainto"
	assert offered["zone"] == "Huolivyöhyke"
	# Neither what nobody sees nor what has no words.
	hidden = [df.fieldname for df in frappe.get_meta("Concern").fields if df.hidden or not df.label]
	assert hidden
	assert offered.keys().isdisjoint(hidden)


def test_a_heading_is_told_from_a_field(team):
	with case.acting(team.educator):
		labels = [field["label"] for field in suggest.fields_of("Concern")]
	assert any(label.endswith("(heading)") for label in labels)
	assert not any(field["label"].endswith("(heading)") for field in suggest.fields_of("Child Plan Service"))


@pytest.mark.parametrize("form", ["User", "Family", "Form Change Request", "", "Concern`"])
def test_only_of_the_forms_that_may_be_changed(team, form):
	with case.acting(team.educator), pytest.raises(frappe.PermissionError):
		suggest.fields_of(form)


def test_only_to_the_staff():
	with case.acting(factories.make_user()), pytest.raises(frappe.PermissionError):
		suggest.fields_of("Concern")


def test_nobody_else_is_offered_to_suggest_anything(team):
	def told(user: str) -> list[str]:
		bootinfo = {}
		with case.acting(user):
			suggest.extend_bootinfo(bootinfo)
		return bootinfo["early_support_forms"]

	assert told(team.educator) == list(FORMS)
	assert told(factories.make_user()) == []


def test_a_guest_is_refused_over_http(api):
	path = "/api/method/early_support.forms.suggest.fields_of"
	assert api(None).get(path, query_string={"form": "Concern"}).status_code == 403
