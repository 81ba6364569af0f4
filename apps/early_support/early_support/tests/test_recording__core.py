"""Which policy holds, when a case is turned, and what is kept of it: the pure core."""

import dataclasses
import datetime
from itertools import product

import pytest

from early_support.recording import core
from early_support.recording.core import COUNTS_ONLY, RECORDED, Decision, Fate

DAY = datetime.date(2026, 9, 30)


def day(month: int, number: int) -> datetime.date:
	return datetime.date(2026, month, number)


PERIOD = {
	"name": "P2345",
	"child": "C2345",
	"family": "F2345",
	"unit": "A",
	"controller": "K",
	"workflow_state": "Ended",
	"source": "own",
	"outcome": "ended",
	"agreed_on": day(8, 20),
	"ended_on": day(9, 29),
	"declined_on": None,
	"withdrawn_on": None,
}


def visit(number: int, on: datetime.date, **values) -> dict:
	return {
		"name": f"V{number}",
		"child": "C2345",
		"unit": "A",
		"controller": "K",
		"workflow_state": "Held",
		"visit_date": on,
		"place": "Home",
		"duration": 60,
		"topics": ("sleep",),
		**values,
	}


VISITS = [
	visit(1, day(9, 1), place="Unit"),
	visit(2, day(9, 8)),
	visit(3, day(9, 15), workflow_state="Cancelled"),
]


def kept(period=PERIOD, visits=VISITS, elsewhere=()):
	return core.figures(period, visits, lambda on: f"band {on.month}", elsewhere)


def test_where_nobody_has_decided_the_case_is_recorded():
	assert core.in_force([], DAY) == RECORDED
	assert core.in_force([Decision(COUNTS_ONLY, DAY + datetime.timedelta(1))], DAY) == RECORDED


def test_a_policy_holds_from_its_first_day_until_another_one_begins():
	history = [Decision(RECORDED, day(11, 1)), Decision(COUNTS_ONLY, day(9, 1))]
	for on, policy in (
		(day(8, 31), RECORDED),
		(day(9, 1), COUNTS_ONLY),
		(day(10, 31), COUNTS_ONLY),
		(day(11, 1), RECORDED),
	):
		assert core.in_force(history, on) == policy


@pytest.mark.parametrize(
	("last", "due"),
	[
		(day(9, 1), day(10, 1)),
		(day(9, 30), day(10, 1)),
		(day(12, 31), datetime.date(2027, 1, 1)),
		(day(1, 31), day(2, 1)),
	],
)
def test_a_case_is_due_on_the_first_of_the_month_after_all_that_is_counted(last, due):
	assert core.due_on([day(1, 1), last]) == due


def test_what_keeps_a_case_is_asked_in_order():
	"""A legal hold wins over everything but an open case, and nothing turns a case that is recorded."""
	for flags in product((True, False), repeat=4):
		ended, held, client, referred = flags
		for policy, today in product((COUNTS_ONLY, RECORDED, None), (day(9, 30), day(10, 1))):
			fate = core.judge(core.Standing(policy, ended, held, client, referred, [day(9, 29)]), today)
			is_due = (
				policy == COUNTS_ONLY and ended and not (held or client or referred) and today == day(10, 1)
			)
			assert (fate is Fate.DUE) is is_due
			if policy == COUNTS_ONLY and ended and held:
				assert fate is Fate.HELD


def test_every_event_is_kept_with_its_month():
	found = [(figure.event, figure.month) for figure in kept()]
	assert found == [
		("tukijakso_sovittu", day(8, 1)),
		("tukijakso_paattynyt", day(9, 1)),
		("kaynti_pidetty", day(9, 1)),
		("kaynti_pidetty", day(9, 1)),
		("kaynti_peruttu", day(9, 1)),
	]


def test_nothing_of_a_person_and_no_day_is_kept():
	names = {PERIOD["name"], PERIOD["child"], PERIOD["family"], *(each["name"] for each in VISITS)}
	for figure in kept():
		values = dataclasses.asdict(figure).values()
		assert names.isdisjoint(map(str, values))
		assert all(value.day == 1 for value in values if isinstance(value, datetime.date))


def test_what_reports_need_stays_with_its_event_only():
	by_event = {figure.event: figure for figure in kept()}
	agreed, ended = by_event["tukijakso_sovittu"], by_event["tukijakso_paattynyt"]
	assert (agreed.source, agreed.outcome, agreed.visits, agreed.age_band) == ("own", None, None, "band 8")
	assert (ended.source, ended.outcome, ended.visits) == ("own", "ended", 2)
	assert (ended.days, ended.timed) == (40, 1)
	held, cancelled = by_event["kaynti_pidetty"], by_event["kaynti_peruttu"]
	assert (held.place, held.minutes, held.topics) == ("Home", 60, ("sleep",))
	assert (cancelled.place, cancelled.minutes, cancelled.topics) == (None, None, ())


def test_a_child_counts_once_in_a_month_of_a_unit():
	assert [figure.children for figure in kept() if figure.event == "kaynti_pidetty"] == [1, 0]
	elsewhere = [("kaynti_pidetty", "A", day(9, 1)), ("tukijakso_sovittu", "B", day(8, 1))]
	counted = {(figure.event, figure.children) for figure in kept(elsewhere=elsewhere)}
	assert ("kaynti_pidetty", 1) not in counted
	assert ("tukijakso_sovittu", 1) in counted


def test_a_visit_in_the_former_unit_stays_in_its_figures():
	moved = kept(visits=[visit(1, day(9, 1), unit="B"), visit(2, day(9, 2))])
	assert [(figure.unit, figure.children) for figure in moved if figure.event == "kaynti_pidetty"] == [
		("B", 1),
		("A", 1),
	]


@pytest.mark.parametrize(
	("state", "field", "event"),
	[
		("Withdrawn", "withdrawn_on", "tukijakso_peruttu"),
		("Declined", "declined_on", "tukijakso_ei_toivottu"),
	],
)
def test_a_no_is_kept_as_one(state, field, event):
	period = {**PERIOD, "workflow_state": state, "outcome": None, "ended_on": None, field: day(9, 3)}
	found = {figure.event: figure for figure in kept(period, [])}
	assert found[event].visits == 0
	assert ("tukijakso_sovittu" in found) is (state == "Withdrawn")


def test_a_step_that_was_taken_out_of_order_has_no_duration():
	period = {**PERIOD, "agreed_on": day(9, 30)}
	(ended,) = [figure for figure in kept(period, []) if figure.event == "tukijakso_paattynyt"]
	assert (ended.days, ended.timed) == (0, 0)
