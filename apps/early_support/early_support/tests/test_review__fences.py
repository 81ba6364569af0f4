"""Fences that were found open once: rows saved past their document, roles that outlive an assignment, days and places."""

import frappe
import pytest

from early_support.access import assignments
from early_support.casework import offers
from early_support.exceptions import GuardNotMet, StateNotEditable
from early_support.export import monthly
from early_support.export.delimited import to_csv
from early_support.tests import case_factories as make
from early_support.tests import factories


def end_assignments(user: str) -> None:
	for name in frappe.get_all("Staff Assignment", {"user": user}, pluck="name"):
		assignment = frappe.get_doc("Staff Assignment", name)
		assignment.update({"from_date": factories.days(-30), "to_date": factories.days(-1)})
		assignment.save()
	assignments.forget()


def test_a_guardian_row_is_not_saved_past_its_family(team, api):
	family = frappe.get_doc("Family", frappe.db.get_value("Child", team.child, "family"))
	family.guardians[0].update({"non_disclosure": 1, "phone": "040 555 0101"})
	family.save()
	row = family.guardians[0].name
	answer = api(team.educator).put(f"/api/resource/Family Guardian/{row}", json={"non_disclosure": 0})
	assert answer.status_code in (403, 417)
	assert frappe.db.get_value("Family Guardian", row, "non_disclosure") == 1
	with pytest.raises(StateNotEditable):
		frappe.get_doc("Family Guardian", row).save()


def test_a_counsellor_whose_assignment_has_ended_sees_nothing(team):
	period = make.period_in("Agreed", team)
	consultation = make.make_consultation(team)
	for doc in (period, consultation):
		assert frappe.has_permission(doc.doctype, "read", doc=doc.name, user=team.counsellor)
	end_assignments(team.counsellor)
	for doc in (period, consultation):
		assert not frappe.has_permission(doc.doctype, "read", doc=doc.name, user=team.counsellor)
		with make.acting(team.counsellor):
			assert frappe.get_list(doc.doctype) == []


def test_a_liaison_whose_assignment_has_ended_is_not_offered_and_counts_no_units(team):
	concern = make.concern_in("Meeting Agreed", team)
	assert monthly.controllers_of(team.counsellor) == (factories.CONTROLLER,)
	with make.acting(team.educator):
		assert offers.make_support_period(concern.name).counsellor == team.counsellor
	end_assignments(team.counsellor)
	assert monthly.controllers_of(team.counsellor) == ()
	with make.acting(team.educator):
		assert not offers.make_support_period(concern.name).counsellor


def test_a_held_visit_elsewhere_needs_a_held_one_before_or_a_reason(team):
	period = make.period_in("Agreed", team)
	make.make_visit(team, period)
	second = make.make_visit(team, period, place="Home")
	with make.attempt(), pytest.raises(GuardNotMet):
		make.move(second, "Mark as held", team.counsellor)
	assert (
		make.move(second, "Mark as held", team.counsellor, place_reason="Perheen toive").workflow_state
		== "Held"
	)


@pytest.mark.parametrize("action", ["Mark as held", "Nobody came"])
def test_no_visit_took_place_before_the_parents_agreed(team, action):
	period = make.period_in("Agreed", team)
	visit = make.make_visit(team, period, visit_date=factories.days(-400))
	with make.attempt(), pytest.raises(GuardNotMet):
		make.move(visit, action, team.counsellor, not_attended_reason="Sairastuivat")


def test_a_number_stays_a_number_in_the_file():
	text = to_csv(["a", "b"], [{"a": -3, "b": "-3"}]).decode("utf-8-sig")
	assert text.splitlines()[1] == "-3;'-3"
