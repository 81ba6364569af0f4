"""Where a controller keeps counts only, a case becomes figures when it has ended: what stays, what goes, what keeps it."""

import datetime
import random
import secrets

import frappe
import pytest
from frappe.utils import add_days, getdate

from early_support.casework import clock
from early_support.casework.offers import age_band
from early_support.casework.states import OPEN_PERIOD
from early_support.export import monthly
from early_support.naming import opaque_name
from early_support.privacy import purge, subject_package
from early_support.recording import turn
from early_support.recording.core import COUNTS_ONLY, RECORDED, Fate
from early_support.tests import case_factories as case
from early_support.tests import factories
from early_support.tests import privacy_factories as privacy
from early_support.tests.test_recording__policy import decide

WORD = f"Sana{secrets.token_hex(5)}"
COUNT = "Guidance Count"
BEGUN, ENDED, DUE = "2026-09-02", "2026-09-20", "2026-10-01"


def ended_case(team, **values) -> frappe._dict:
	"""Write a support period that ended in September, and its visit, as they would be in the database."""
	of = frappe.db.get_value("Child", team.child, ["family", "unit", "controller"], as_dict=True)
	of.child = team.child
	concern = privacy.raw("Concern", workflow_state="Meeting Agreed", **of)
	period = privacy.raw(
		"Support Period",
		**{
			"workflow_state": "Ended",
			"record_policy": COUNTS_ONLY,
			"concern": concern,
			"source": case.option("Referral Source"),
			"outcome": "ended",
			"agreed_on": BEGUN,
			"ended_on": ENDED,
			**of,
			**values,
		},
	)
	visit = privacy.raw(
		"Visit",
		workflow_state="Held",
		support_period=period,
		number=1,
		visit_date=BEGUN,
		place="Unit",
		duration=45,
		**of,
	)
	topic = {"parent": visit, "parenttype": "Visit", "parentfield": "topics", "idx": 1}
	privacy.raw("Concern Topic Item", topic=case.option("Concern Topic"), **topic)
	return frappe._dict(of, name=period, visit=visit, concern=concern)


def real_case(team, outcome="ended", **visit):
	"""Let the people who work with the family make the same, by the policy of the unit's controller."""
	with clock.at("2026-09-01"):
		decide(controller=frappe.db.get_value("Day Care Unit", team.unit, "controller"))
	with clock.at(BEGUN):
		period = case.period_in("Under Way", team)
		visit = case.visit_in("Held", team, period=period, **visit)
	with clock.at(ENDED):
		period = case.move(period, "Go to follow-up", team.counsellor)
		period = case.move(period, "End the period", team.counsellor, outcome=outcome, rights_told=1)
	return period, visit


def turn_on(day: str) -> frappe._dict | None:
	with clock.at(day):
		name = turn.turn()
	return frappe.get_doc("Purge Run", name) if name else None


def fate_on(day: str, period: str) -> Fate:
	with clock.at(day):
		return turn.fate_of(period)


def is_there(period) -> bool:
	return bool(frappe.db.exists("Support Period", period.name))


def cells(*controllers: str) -> list:
	chosen = monthly.Filters(monthly.Month(2025, 1), monthly.Month(2026, 12), controllers)
	found = monthly._cells(chosen, monthly._units(controllers))
	return sorted(found, key=lambda cell: (str(cell.group), cell.unit))


def test_a_case_becomes_figures_with_the_month_after_its_end(team):
	period = ended_case(team)
	before = cells(period.controller)
	assert turn_on("2026-09-30") is None
	assert is_there(period)

	run = turn_on(DUE)

	assert not is_there(period)
	assert not frappe.db.exists("Visit", period.visit)
	assert cells(period.controller) == before
	assert {
		(cell.group.event, cell.count, cell.persons, cell.days) for cell in before if cell.unit == team.unit
	} >= {("tukijakso_paattynyt", 1, 1, 18), ("kaynti_pidetty", 1, 1, 0)}
	assert (run.kind, run.status, run.total_destroyed) == ("Turned into Figures", "Completed", 2)
	# Once only.
	assert turn_on(DUE) is None
	assert cells(period.controller) == before


def test_what_stays_says_nothing_of_whom_it_was(team):
	period = ended_case(team)
	turn_on(DUE)
	kept = frappe.get_all(COUNT, filters={"unit": team.unit}, fields=["*"])
	assert sorted(row.event for row in kept) == ["kaynti_pidetty", "tukijakso_paattynyt", "tukijakso_sovittu"]
	for row in kept:
		assert str(row.month) == "2026-09-01"
		assert str(row.creation) == str(row.modified) == "2026-10-01 00:00:00"
		assert (row.owner, row.modified_by) == ("Administrator", "Administrator")
		opaque = {period.name, period.visit, period.child, period.family, period.concern}
		assert opaque.isdisjoint(str(value) for value in row.values())
	(held,) = [frappe.get_doc(COUNT, row.name) for row in kept if row.event == "kaynti_pidetty"]
	assert (held.place, held.minutes) == ("Unit", 45)
	born = frappe.db.get_value("Child", team.child, "birth_date")
	assert held.age_band == age_band(born, getdate(BEGUN)) is not None
	assert [row.topic for row in held.topics] == [case.option("Concern Topic")]


def test_nothing_of_the_case_is_left_anywhere(team):
	with privacy.not_in_test():
		period, visit = real_case(team, guidance=f"Ohjaus {WORD}", agreed_actions=WORD)
	for doc in (period, visit):
		privacy.plant(doc.doctype, doc.name, WORD)
		frappe.get_cached_doc(doc.doctype, doc.name)
	frappe.cache.hset("_user_settings", "Visit::a@example.test", frappe.as_json({"filters": visit.name}))
	assert privacy.files_with(WORD)
	# A guardian who asks in time is shown it.
	assert {period.name, visit.name} <= names_in_package(team.child)

	run = turn_on(DUE)

	assert privacy.texts_with(WORD) == []
	assert privacy.files_with(WORD) == []
	assert privacy.cached_with(WORD) == []
	for doc in (period, visit):
		assert privacy.texts_with(doc.name) == []
	assert {period.name, visit.name}.isdisjoint(names_in_package(team.child))
	# The child and the unit's own concern are another matter.
	assert frappe.db.exists("Concern", period.concern)
	assert {(row.document_type, row.unit, row.destroyed) for row in run.counts} == {
		("Support Period", team.unit, 1),
		("Visit", team.unit, 1),
	}
	frappe.cache.delete_value("global_search_queue")
	frappe.cache.delete_keys("insert_queue_for_")


def names_in_package(child: str) -> set[str]:
	return {record["code"] for record in subject_package.gather(child, factories.default_controller())}


@pytest.mark.parametrize("policy", [RECORDED, None])
def test_a_recorded_case_stays(team, policy):
	period = ended_case(team, record_policy=policy)
	assert turn_on("2027-10-01") is None
	assert is_there(period)


def test_two_controllers_each_by_its_own_policy(team):
	"""Each case by the policy that stands on it; a change of policy neither loses nor invents a figure."""
	gone, kept = ended_case(team), ended_case(team, record_policy=RECORDED)
	decide(controller=gone.controller, policy=RECORDED)
	before = cells(gone.controller)
	turn_on(DUE)
	assert (is_there(gone), is_there(kept)) == (False, True)
	assert cells(gone.controller) == before


def hold(subject_type: str, subject: str, **values) -> None:
	defaults = {"from_date": "2026-09-30", "reason": "Kantelu"}
	factories.insert("Legal Hold", subject_type=subject_type, subject=subject, **{**defaults, **values})


def test_a_legal_hold_wins(team):
	period = ended_case(team)
	hold("Child", period.child, to_date=DUE)
	assert turn_on(DUE) is None
	assert is_there(period)
	assert turn_on("2026-10-02").total_destroyed == 2


@pytest.mark.parametrize("doctype", turn.OF_CLIENTS)
def test_a_client_relationship_keeps_the_case(team, doctype):
	"""It starts with an application, handling, or a service (domain.md §3, 358-360)."""
	period = ended_case(team)
	assert fate_on(DUE, period.name) is Fate.DUE
	privacy.raw(doctype, support_period=period.name, child=period.child, workflow_state="Ended")
	assert fate_on(DUE, period.name) is Fate.CLIENT
	assert turn_on(DUE) is None


@pytest.mark.parametrize("outcome", ["family-counselling", "needs-assessment"])
def test_an_outcome_that_begins_one_keeps_the_case(team, outcome):
	"""The relationship may stand in the county's own system, and not in this one."""
	period, _visit = real_case(team, outcome)
	assert fate_on(DUE, period.name) is Fate.CLIENT


@pytest.mark.parametrize(("outcome", "fate"), [("ended", Fate.DUE), ("family-counselling", Fate.CLIENT)])
def test_the_list_of_outcomes_decides_on_the_day_of_the_end_only(team, outcome, fate):
	"""Whoever owns the list must not get a case destroyed, or kept, by a tick in it."""
	period, _visit = real_case(team, outcome)
	doc = frappe.get_doc("Visit Outcome", outcome)
	doc.update({"begins_client_relationship": 1 - doc.begins_client_relationship}).save()
	assert fate_on(DUE, period.name) is fate


@pytest.mark.parametrize(
	("state", "fate"), [("Draft", Fate.REFERRED), ("Accepted", Fate.REFERRED), ("Closed", Fate.DUE)]
)
def test_a_referral_under_way_waits_for_what_it_tells(team, state, fate):
	period = ended_case(team)
	privacy.raw("Referral", child=period.child, workflow_state=state)
	assert fate_on(DUE, period.name) is fate


@pytest.mark.parametrize("state", OPEN_PERIOD)
def test_what_is_not_ended_is_worked_with(team, state):
	period = ended_case(team, workflow_state=state, ended_on=None)
	assert fate_on("2027-03-01", period.name) is Fate.OPEN
	assert turn_on("2027-03-01") is None


def test_a_visit_that_is_still_planned_keeps_the_case_open(team):
	period = ended_case(team)
	frappe.db.set_value("Visit", period.visit, "workflow_state", "Planned")
	assert fate_on(DUE, period.name) is Fate.OPEN


def test_a_state_that_the_municipality_leads_on_from_is_no_end(team, monkeypatch):
	period = ended_case(team)
	monkeypatch.setattr(turn, "final_states", lambda doctype: ("Withdrawn",))
	assert fate_on(DUE, period.name) is Fate.OPEN


@pytest.mark.parametrize(
	("state", "event"), [("Declined", "tukijakso_ei_toivottu"), ("Withdrawn", "tukijakso_peruttu")]
)
def test_a_no_of_the_parents_is_a_figure_too(team, state, event):
	field = f"{state.lower()}_on"
	period = ended_case(team, workflow_state=state, agreed_on=None, ended_on=None, **{field: ENDED})
	before = cells(period.controller)
	turn_on(DUE)
	assert not is_there(period)
	assert sorted(frappe.get_all(COUNT, filters={"unit": team.unit}, pluck="event")) == [
		"kaynti_pidetty",
		event,
	]
	assert cells(period.controller) == before


def test_a_case_that_fails_stays_whole_and_is_tried_again(team, monkeypatch):
	period = ended_case(team)
	before = cells(period.controller)
	real_judge, real_destroy = turn.judge, purge.destroy

	def from_here(*args):
		frappe.db.savepoint("es_case")
		return real_judge(*args)

	def fail(keys):
		raise RuntimeError("the disk is full")

	# A rollback of the whole would take back what the test has made; test_privacy__kill.py has real ones.
	monkeypatch.setattr(turn, "judge", from_here)
	monkeypatch.setattr(
		frappe.local.db, "rollback", lambda: frappe.local.db.sql("rollback to savepoint es_case")
	)
	monkeypatch.setattr(purge, "destroy", fail)
	run = turn_on(DUE)
	assert (run.status, run.total_destroyed, is_there(period)) == ("Failed", 0, True)
	assert cells(period.controller) == before
	monkeypatch.setattr(purge, "destroy", real_destroy)
	assert turn_on("2026-10-02").name == run.name
	assert cells(period.controller) == before
	assert not is_there(period)


def test_what_changed_since_it_was_judged_is_judged_again(team, monkeypatch):
	period = ended_case(team)
	real = purge.attempt

	def meanwhile(run, do, key):
		hold("Family", period.family)
		return real(run, do, key)

	monkeypatch.setattr(purge, "attempt", meanwhile)
	assert turn_on(DUE).total_destroyed == 0
	assert is_there(period)


def test_the_officer_reads_the_run_and_no_name(team):
	period = ended_case(team)
	run = turn_on(DUE)
	officer = factories.make_staff("Privacy Officer", controller=period.controller)
	with case.acting(officer):
		assert frappe.get_doc("Purge Run", run.name).has_permission("read")
	text = frappe.as_json(run.as_dict())
	full_name = frappe.db.get_value("Child", period.child, "full_name")
	for word in (period.name, period.visit, period.child, period.family, full_name):
		assert word not in text


# All figures, recomputed -----------------------------------------------------------------------------------------------

STATES = ("Declined", "Under Way", "Ended", "Ended", "Ended", "Withdrawn")
VISIT_STATES = ("Held", "Held", "Cancelled", "Not Attended")


def random_case(chance: random.Random, child: frappe._dict, units: list[str], policy: str) -> None:
	"""Write a case as it would be in the database; parts of it happened in another unit."""
	day = datetime.date(2025, 2, 1) + datetime.timedelta(days=chance.randrange(90))
	state = chance.choice(STATES)
	of = {**child, "controller": factories.default_controller()}
	period = opaque_name()
	privacy.raw(
		"Support Period",
		name=period,
		unit=chance.choice(units),
		workflow_state=state,
		record_policy=policy,
		concern="X",
		source=case.option("Referral Source"),
		proposed_on=day,
		agreed_on=None if state == "Declined" else add_days(day, chance.randrange(20)),
		declined_on=day if state == "Declined" else None,
		ended_on=add_days(day, chance.randrange(60)) if state == "Ended" else None,
		withdrawn_on=add_days(day, chance.randrange(30)) if state == "Withdrawn" else None,
		**of,
	)
	for number in range(chance.randrange(4)):
		privacy.raw(
			"Visit",
			name=opaque_name(),
			support_period=period,
			number=number + 1,
			unit=chance.choice(units),
			workflow_state=chance.choice(VISIT_STATES),
			visit_date=add_days(day, chance.randrange(60)),
			place=chance.choice(("Unit", "Home")),
			duration=chance.randrange(90),
			**of,
		)


def test_the_figures_are_the_same_whatever_was_turned(site):
	chance = random.Random(11)
	units = [factories.make_unit(), factories.make_unit()]
	for _number in range(7):
		family = privacy.raw("Family", name=opaque_name())
		child = privacy.raw("Child", name=opaque_name(), family=family, birth_date="2021-05-05")
		for _time in range(chance.randrange(2, 4)):
			random_case(
				chance,
				frappe._dict(child=child, family=family),
				units,
				chance.choice((COUNTS_ONLY, COUNTS_ONLY, COUNTS_ONLY, RECORDED)),
			)
	controller = factories.default_controller()
	before = cells(controller)
	waiting = len(turn.candidates())
	assert waiting >= 6
	with clock.at("2025-05-02"):
		turn.turn()
	some = len(turn.candidates())
	assert 0 < some < waiting
	assert cells(controller) == before
	with clock.at("2026-01-01"):
		turn.turn()
	assert turn.candidates() == []
	assert cells(controller) == before
