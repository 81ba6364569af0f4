"""Vuosikello: what is wanted, planned, held and missing agrees with another count, of the units that one may see."""

import datetime
import random

import frappe
import pytest
from frappe.desk.query_report import run

from early_support.casework import clock
from early_support.early_support.report.vuosikello.vuosikello import execute
from early_support.exceptions import FilterNotUnderstood
from early_support.naming import opaque_name
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.waiting import PLAN_AHEAD, get_waiting

TODAY = datetime.date(2026, 11, 24)
SEASON = "2026-2027"
STATES = ("Planned", "Held", "Cancelled")


@pytest.fixture(autouse=True)
def day(site):
	with clock.at(TODAY):
		yield


def row_of(unit: str, kind: str, day: datetime.date, state: str) -> dict:
	"""Write an event as it would be in the database, past its rules, which have no part in counting."""
	season = f"{day.year}-{day.year + 1}" if day.month > 7 else f"{day.year - 1}-{day.year}"
	values = {"unit": unit, "kind": kind, "event_date": day, "state": state, "season": season, "title": "x"}
	frappe.get_doc({"doctype": "Unit Event", "name": opaque_name(), **values}).db_insert()
	return values


def report(user: str, **filters) -> list[dict]:
	with case.acting(user):
		return execute({"season": SEASON, **filters})[1]


def test_the_report_agrees_with_a_count_by_hand():
	"""House meetings twice, one event list, one family evening, one introduction day (domain.md §3, 1608-1627)."""
	chance = random.Random(9)
	team = case.make_team()
	kinds = frappe.get_all("Unit Event Kind", fields=["name", "times_a_season", "usual_months"])
	events = [
		row_of(
			team.unit,
			chance.choice(kinds).name,
			datetime.date(2026, 5, 1) + datetime.timedelta(days=chance.randrange(500)),
			chance.choice(STATES),
		)
		for _number in range(40)
	]
	first, last = datetime.date(2026, 8, 1), datetime.date(2027, 7, 31)
	expected = {}
	for kind in kinds:
		own = [
			event for event in events if event["kind"] == kind.name and first <= event["event_date"] <= last
		]
		planned, held = (sum(event["state"] == state for event in own) for state in STATES[:2])
		missing = kind.times_a_season - planned - held
		due = None
		if missing > 0:
			months = [int(month) for month in (kind.usual_months or "").split(",") if month]
			position = kind.times_a_season - missing
			month = months[position] if position < len(months) else 7
			year = 2026 if month >= 8 else 2027
			following = datetime.date(year + month // 12, month % 12 + 1, 1)
			due = following - datetime.timedelta(days=1)
		if kind.times_a_season or planned or held:
			expected[kind.name] = (kind.times_a_season, planned, held, max(0, missing), due)
	fields = ("wanted", "planned", "held", "missing", "due")
	rows = report(team.educator)
	assert {row["kind"]: tuple(row[field] for field in fields) for row in rows} == expected
	assert {row["unit"] for row in rows} == {team.unit}
	assert all(row["late"] == int(bool(row["due"] and row["due"] < TODAY)) for row in rows)


def test_what_the_thesis_asks_for_is_wanted(team):
	"""domain.md §3: 1616-1622, 1608-1609, 1609-1613, 1623-1627, 984-988, 323-327"""
	wanted = {row["kind"]: row["wanted"] for row in report(team.educator, unit=team.unit)}
	assert wanted == {
		"planning-day": 1,
		"event-list": 1,
		"house-meeting": 2,
		"family-evening": 1,
		"introduction-day": 1,
		"child-welfare-group": 2,
		"network-afternoon": 2,
		"agent-group": 2,
	}


def test_the_chart_draws_what_the_table_says(team, other):
	row_of(team.unit, "house-meeting", datetime.date(2026, 10, 1), "Held")
	row_of(team.unit, "house-meeting", datetime.date(2027, 3, 1), "Planned")
	with case.acting(team.educator):
		_columns, rows, _message, chart = execute({"season": SEASON})
	drawn = dict(
		zip(
			chart["data"]["labels"],
			zip(*(each["values"] for each in chart["data"]["datasets"]), strict=True),
			strict=True,
		)
	)
	assert {row["kind"] for row in rows} >= {"house-meeting", "family-evening"}
	for row in rows:
		assert drawn[row["kind_title"]] == (row["held"], row["planned"], row["missing"])
	with case.acting(make.make_staff("Management Group", assigned=False)):
		assert execute({"season": SEASON})[3] is None


def test_an_administrator_changes_what_is_wanted(team):
	"""Each unit adapts the ways to itself (domain.md §3, 1953-1956): the list is the administrators'."""
	frappe.get_doc("Unit Event Kind", "agent-group").update({"times_a_season": 3}).save()
	frappe.get_doc("Unit Event Kind", "network-afternoon").update({"disabled": 1}).save()
	wanted = {row["kind"]: row["wanted"] for row in report(team.educator, unit=team.unit)}
	assert wanted["agent-group"] == 3
	assert "network-afternoon" not in wanted


def test_rows_only_of_the_units_that_one_may_see(team, other):
	area = frappe.db.get_value("Day Care Unit", team.unit, "service_area")
	for user in (team.educator, team.director, team.counsellor):
		units = {row["unit"] for row in report(user)}
		assert team.unit in units
		assert other.unit not in units
		assert report(user, unit=other.unit) == []
	overseen = {row["unit"] for row in report(make.make_staff("Area Director", area=area))}
	assert overseen == set(
		frappe.get_all("Day Care Unit", {"service_area": area, "disabled": 0}, pluck="name")
	)
	assert report(make.make_staff("Area Director", area=make.make_area())) == []
	assert report(make.make_staff("Management Group", assigned=False)) == []


@pytest.mark.parametrize(
	"role", ["Early Educator", "Special Needs Educator", "Unit Director", "Area Director", "Management Group"]
)
def test_readers_run_it(team, role):
	with case.acting(make.make_staff(role, team.unit)):
		found = run("Vuosikello", filters={"season": SEASON})
	assert any(row.get("kind") == "house-meeting" for row in found["result"] if isinstance(row, dict))


@pytest.mark.parametrize(
	"role", ["Social Worker", "Form Administrator", "Reporting Officer", "Privacy Officer"]
)
def test_others_do_not(team, role, api):
	user = make.make_staff(role, team.unit)
	with case.acting(user), pytest.raises(frappe.PermissionError):
		run("Vuosikello", filters={"season": SEASON})
	sent = {"report_name": "Vuosikello", "filters": {"season": SEASON}}
	assert api(user).post("/api/method/frappe.desk.query_report.run", json=sent).status_code == 403


def test_over_rest(team, other, api):
	sent = {"report_name": "Vuosikello", "filters": {"season": SEASON}}
	answer = api(team.director).post("/api/method/frappe.desk.query_report.run", json=sent)
	assert answer.status_code == 200
	units = {row["unit"] for row in answer.json["message"]["result"] if isinstance(row, dict)}
	assert units == {team.unit}


@pytest.mark.parametrize("season", ["2026", "2026-2028", ["2026-2027"], {"a": 1}])
def test_a_season_that_is_none_is_refused(team, season):
	with case.acting(team.educator), pytest.raises(FilterNotUnderstood):
		execute({"season": season})


# Waiting for me -------------------------------------------------------------------------------------------------------


def waiting(user: str, key: str) -> list[dict]:
	with case.acting(user):
		return next((group["items"] for group in get_waiting()["groups"] if group["key"] == key), [])


def kinds_waiting(user: str) -> set[str]:
	return {item["values"]["kind"] for item in waiting(user, "events_to_plan")}


def test_what_is_near_waits_for_whoever_sees_to_it():
	team = case.make_team()
	frappe.db.delete("Unit Liaison", {"parent": team.unit, "side": "Day Care"})
	make.make_liaison(team.unit, team.educator, side="Day Care")
	with clock.at("2026-09-01"):
		assert kinds_waiting(team.special_educator) == {"agent-group"}
		assert kinds_waiting(team.educator) == {"agent-group", "house-meeting"}
		expected = {"planning-day", "event-list", "house-meeting", "child-welfare-group", "agent-group"}
		assert kinds_waiting(team.director) == expected
		assert waiting(team.counsellor, "events_to_plan") == []
		assert team.unit not in {
			i["values"]["unit"] for i in waiting(case.make_team().director, "events_to_plan")
		}


@pytest.mark.parametrize(("before", "waits"), [(PLAN_AHEAD + 1, False), (PLAN_AHEAD, True)])
def test_it_waits_until_it_is_planned(before, waits):
	team = case.make_team()
	with clock.at(datetime.date(2026, 11, 1) - datetime.timedelta(days=before)):
		assert ("family-evening" in kinds_waiting(team.educator)) is waits
		row_of(team.unit, "family-evening", datetime.date(2026, 11, 20), "Planned")
		assert "family-evening" not in kinds_waiting(team.educator)


def test_an_event_of_the_past_waits_to_be_marked_and_then_for_its_figures():
	team = case.make_team()
	row_of(team.unit, "open-coffee", TODAY - datetime.timedelta(days=1), "Planned")
	row_of(team.unit, "open-coffee", TODAY, "Planned")
	row_of(team.unit, "planning-day", TODAY - datetime.timedelta(days=1), "Held")
	(item,) = waiting(team.educator, "events_to_mark")
	assert (
		waiting(team.counsellor, "events_to_mark")
		== waiting(case.make_team().educator, "events_to_mark")
		== []
	)
	with case.acting(team.educator):
		event = frappe.get_doc("Unit Event", item["name"])
		event.state = "Held"
		event.save()
	assert waiting(team.educator, "events_to_mark") == []
	assert [item["name"] for item in waiting(team.educator, "events_without_figures")] == [event.name]
	with case.acting(team.educator):
		event.reload()
		event.families = 4
		event.save()
	assert waiting(team.educator, "events_without_figures") == []
