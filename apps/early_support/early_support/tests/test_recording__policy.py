"""Who sets the record policy, from when on it holds, and that its history stays."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from early_support.casework import clock, offers
from early_support.exceptions import StateNotEditable
from early_support.patches.v0_3 import carry_names_and_policies
from early_support.recording.core import COUNTS_ONLY, RECORDED
from early_support.recording.policy import PolicyIsHistoryError, policy_for
from early_support.tests import case_factories as case
from early_support.tests import factories
from early_support.tests import privacy_factories as privacy

SETTINGS = "Early Support Settings"


def decide(**row) -> None:
	"""Enter a policy of the default controller as the session's user, from tomorrow on unless told otherwise."""
	settings = frappe.get_doc(SETTINGS)
	defaults = {
		"controller": factories.default_controller(),
		"policy": COUNTS_ONLY,
		"from_date": add_days(clock.today(), 1),
		"basis": "Johtoryhmä 1.9.2026, § 12",
	}
	settings.append("record_policies", {**defaults, **row})
	settings.save()


def history() -> list[tuple[str, str]]:
	return [(row.policy, str(row.from_date)) for row in frappe.get_doc(SETTINGS).record_policies]


def test_an_administrator_decides_and_it_is_noted_who_and_when(as_user):
	"""Guidance can be given without a client record (domain.md §3, 352-354)."""
	user = factories.make_user("System Manager")
	with clock.at("2026-09-01 10:00:00"), as_user.existing(user):
		decide(set_by="Administrator")
	(row,) = frappe.get_doc(SETTINGS).record_policies
	assert (row.set_by, str(row.set_on), str(row.from_date)) == (user, "2026-09-01 10:00:00", "2026-09-02")
	controller = factories.default_controller()
	assert policy_for(controller, getdate("2026-09-01")) == RECORDED
	assert policy_for(controller, getdate("2026-09-02")) == COUNTS_ONLY
	assert policy_for(factories.make_controller(), getdate("2026-09-02")) == RECORDED


@pytest.mark.parametrize(
	"role", ["Privacy Officer", "Unit Director", "Family Counsellor", "Management Group"]
)
def test_others_do_not_write_the_settings(as_user, role):
	with as_user(role), pytest.raises(frappe.PermissionError):
		decide()


def test_the_form_administrator_changes_limits_but_not_the_policy(as_user):
	decide()
	before = history()
	with as_user.existing(factories.make_user("Form Administrator")):
		settings = frappe.get_doc(SETTINGS)
		settings.visit_limit = 4
		settings.set("record_policies", [])
		settings.save()
	assert history() == before
	assert frappe.get_doc(SETTINGS).visit_limit == 4


@pytest.mark.parametrize("row", ["", "/{name}"])
def test_nobody_writes_a_row_past_the_settings(api, team, row):
	"""Not an administrator either: by the row itself, history would be written anew, and nothing noted."""
	decide()
	name = frappe.get_doc(SETTINGS).record_policies[0].name
	for user in (team.counsellor, team.director, factories.make_user("System Manager")):
		client = api(user)
		answer = client.put("/api/resource/Record Policy" + row.format(name=name), json={"policy": RECORDED})
		assert answer.status_code >= 400
	assert [policy for policy, _day in history()] == [COUNTS_ONLY]


def test_nobody_deletes_a_row_past_the_settings(api, team):
	"""What was decided would be gone, and no version of the settings would say so."""
	decide()
	name = frappe.get_doc(SETTINGS).record_policies[0].name
	for user in (team.director, factories.make_user("System Manager")):
		assert api(user).delete(f"/api/resource/Record Policy/{name}").status_code >= 400
	with case.attempt(), pytest.raises(StateNotEditable):
		frappe.delete_doc("Record Policy", name)
	assert [policy for policy, _day in history()] == [COUNTS_ONLY]


@pytest.mark.parametrize("days", [0, -1])
def test_it_begins_tomorrow_at_the_earliest(days):
	with pytest.raises(PolicyIsHistoryError):
		decide(from_date=add_days(clock.today(), days))


def test_what_has_begun_is_neither_changed_nor_taken_away():
	with clock.at("2026-09-01"):
		decide()
	changes = (
		{"policy": RECORDED},
		{"from_date": "2027-01-01"},
		{"basis": "toinen"},
		{"controller": factories.make_controller()},
	)
	for change in (*changes, None):
		settings = frappe.get_doc(SETTINGS)
		if change:
			settings.record_policies[0].update(change)
		else:
			settings.set("record_policies", [])
		with clock.at("2026-09-02"), pytest.raises(PolicyIsHistoryError):
			settings.save()
	with clock.at("2026-09-02"):
		decide(policy=RECORDED)
	assert history() == [(COUNTS_ONLY, "2026-09-02"), (RECORDED, "2026-09-03")]


def test_what_has_not_begun_may_be_taken_back():
	with clock.at("2026-09-01"):
		decide(from_date="2026-10-01")
		settings = frappe.get_doc(SETTINGS)
		settings.set("record_policies", [])
		settings.save()
	assert history() == []


def test_two_do_not_begin_on_the_same_day():
	decide()
	with pytest.raises(PolicyIsHistoryError):
		decide(policy=RECORDED)


def proposal(team, **values):
	"""Let the educator propose support for a child whose parents have agreed to meet."""
	child = frappe.db.get_value("Child", team.child, ["family", "unit", "controller"], as_dict=True)
	concern = privacy.raw("Concern", workflow_state="Meeting Agreed", child=team.child, **child)
	return case.make_period(team, concern=frappe.get_doc("Concern", concern), **values)


def test_a_case_ends_under_the_policy_under_which_it_began(team):
	"""Two controllers, and a change in the middle of a case."""
	elsewhere = factories.make_area(controller=factories.make_controller())
	other = case.make_team(unit=factories.make_unit(service_area=elsewhere))
	controller = frappe.db.get_value("Day Care Unit", team.unit, "controller")
	with clock.at("2026-09-01"):
		decide(controller=controller)
		first = proposal(team)
	with clock.at("2026-09-02"):
		second = proposal(other)
		assert (first.record_policy, second.record_policy) == (RECORDED, RECORDED)
		first = case.move(first, "Parents decline", team.educator)
		assert first.record_policy == RECORDED
		third = proposal(team, record_policy=RECORDED)
		assert third.record_policy == COUNTS_ONLY
		decide(controller=controller, policy=RECORDED)
	with clock.at("2026-09-03"), case.acting(team.educator):
		third = frappe.get_doc("Support Period", third.name)
		third.update({"record_policy": RECORDED, "source": case.option("Referral Source")}).save()
		assert third.record_policy == COUNTS_ONLY


def test_a_visit_says_what_its_period_says(team):
	period = case.period_in("Agreed", team)
	period.db_set("record_policy", COUNTS_ONLY)
	with case.acting(team.counsellor):
		assert offers.make_visit(period.name).record_policy == COUNTS_ONLY
	visit = case.make_visit(team, period, record_policy=RECORDED)
	assert visit.record_policy == COUNTS_ONLY


def test_the_patch_tells_older_visits_and_whose_an_older_grant_is(team):
	visit = case.make_visit(team)
	grant = frappe.db.get_value(
		"Access Grant", {"user": team.counsellor, "source_name": visit.support_period}
	)
	visit.db_set("record_policy", None)
	frappe.db.set_value("Access Grant", grant, "full_name", None)
	carry_names_and_policies.execute()
	visit.reload()
	assert visit.record_policy == RECORDED
	name = frappe.db.get_value("User", team.counsellor, "full_name")
	assert frappe.db.get_value("Access Grant", grant, "full_name") == name
