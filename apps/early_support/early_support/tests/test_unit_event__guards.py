"""The yearly calendar of a unit: its rules, and who may see and write it."""

import datetime
import json

import frappe
import pytest

from early_support.casework import clock
from early_support.early_support.doctype.unit_event_kind.unit_event_kind import (
	ComesAfterItselfError,
	UsualMonthsError,
)
from early_support.exceptions import GuardNotMet, PersonInText, TransitionNotAllowed
from early_support.season import calendar, core, rights
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests.form_requests import require_by_hand

TODAY = datetime.date(2026, 11, 24)
READERS = ("educator", "special_educator", "director", "counsellor")
WRITERS = ("educator", "special_educator", "director")


@pytest.fixture(autouse=True)
def day(site):
	"""All of it happens in November, in the middle of a season."""
	with clock.at(TODAY):
		yield


@pytest.fixture
def liaison(team):
	"""The educator is the liaison person of the unit on the day care side."""
	if not rights.liaisons(team.unit, TODAY):
		make.make_liaison(team.unit, team.educator, side="Day Care")
	return rights.liaisons(team.unit, TODAY)[0]


def new(unit: str, kind: str = "open-coffee", day: str = "2026-11-20", **values):
	return frappe.get_doc({"doctype": "Unit Event", "unit": unit, "kind": kind, "event_date": day, **values})


def plan(team, kind: str = "open-coffee", day: str = "2026-11-20", user: str | None = None, **values):
	with case.acting(user or team.educator):
		return new(team.unit, kind, day, **values).insert()


def change(event, user: str, **values):
	with case.acting(user):
		doc = frappe.get_doc("Unit Event", event.name)
		doc.update(values)
		return doc.save()


def meeting(team, **values):
	values = {"theme": "Lasten ruutuaika", "theme_agreed_on": "2026-11-01", **values}
	return plan(team, "house-meeting", **values)


# The rules ------------------------------------------------------------------------------------------------------------


def test_an_event_belongs_to_the_season_of_its_day(team):
	"""A season is from 1 August to 31 July (domain.md §8)."""
	assert plan(team, day="2026-07-31").season == "2025-2026"
	event = plan(team, day="2026-08-01")
	assert (event.season, event.state) == ("2026-2027", "Planned")
	assert change(event, team.educator, event_date="2027-08-01").season == "2027-2028"


def test_what_the_app_records_is_not_taken_from_a_request(team):
	event = plan(team, season="1999-2000", title="Jotain", copied_from=plan(team).name)
	assert (event.season, event.copied_from) == ("2026-2027", None)
	assert event.title != "Jotain"
	# Nor with a change.
	assert change(event, team.educator, copied_from=plan(team, day="2026-10-01").name).copied_from is None


@pytest.mark.parametrize("missing", ["theme", "theme_agreed_on"])
def test_a_house_meeting_has_a_theme_agreed_beforehand(team, liaison, missing):
	"""domain.md §3, 1616-1622"""
	event = meeting(team, **{missing: None})
	for values in ({"state": "Held"}, {"announced_on": "2026-11-10"}):
		with pytest.raises(GuardNotMet):
			change(event, team.educator, **values)
	values = {"theme": "Lasten ruutuaika", "theme_agreed_on": "2026-11-01"}
	assert change(event, team.educator, announced_on="2026-11-10", **values).state == "Planned"
	assert change(event, team.educator, state="Held").state == "Held"


def test_the_theme_is_agreed_on_before_the_day(team, liaison):
	"""domain.md §3, 1616-1622"""
	event = meeting(team, theme_agreed_on="2026-11-20")
	with pytest.raises(GuardNotMet):
		change(event, team.educator, state="Held")
	with pytest.raises(GuardNotMet):
		meeting(team, theme_agreed_on="2026-11-25", day="2026-12-01")


def test_the_liaison_convenes_a_house_meeting(team, liaison):
	"""The liaison of the day care side (domain.md §3, 1616-1622)."""
	assert meeting(team).convened_by == liaison
	for somebody in {team.director, team.counsellor} - {liaison}:
		with pytest.raises(GuardNotMet):
			meeting(team, convened_by=somebody)
	assert plan(team, convened_by=team.director).convened_by == team.director


def test_a_house_meeting_without_a_liaison_can_be_planned_and_not_held(team):
	other = case.make_team()
	frappe.db.delete("Unit Liaison", {"parent": other.unit, "side": "Day Care"})
	frappe.clear_document_cache("Day Care Unit", other.unit)
	event = meeting(other)
	assert event.convened_by is None
	with pytest.raises(GuardNotMet):
		change(event, other.educator, state="Held")


def test_the_director_convenes_a_child_welfare_group(team):
	"""Lapsihuoltoryhmä: the unit's director, at least twice a season (domain.md §1, 984-988)."""
	event = plan(team, "child-welfare-group")
	assert event.convened_by == team.director
	elsewhere = case.make_team().director
	for somebody in (team.educator, team.special_educator, elsewhere):
		with pytest.raises(GuardNotMet):
			change(event, team.educator, convened_by=somebody)
	with pytest.raises(GuardNotMet):
		plan(team, "child-welfare-group", convened_by=team.educator)
	assert change(event, team.educator, state="Held").convened_by == team.director


def test_whoever_leads_the_units_of_an_area_convenes_there(team):
	other = make.make_unit()
	team = team._replace(unit=other, educator=make.make_staff("Early Educator", other))
	area, controller = frappe.db.get_value("Day Care Unit", other, ["service_area", "controller"])
	of_area = make.make_staff("Unit Director", area=area)
	before = rights.directors(other, TODAY)
	assert of_area in before
	of_all = make.make_staff("Unit Director", controller=controller)
	assert {*rights.directors(other, TODAY)} == {*before, of_all}
	# Of several the one is chosen by people.
	event = plan(team, "child-welfare-group")
	assert event.convened_by is None
	with pytest.raises(GuardNotMet):
		change(event, team.educator, state="Held")
	assert change(event, team.educator, state="Held", convened_by=of_area).state == "Held"


def test_a_unit_that_has_no_director_just_now_holds_its_groups(team):
	"""Nobody is waited for, whom the unit does not have (domain.md §1, 984-988)."""
	event = plan(team, "child-welfare-group", convened_by=team.director)
	with case.acting("Administrator"):
		for name in frappe.get_all("Staff Assignment", {"user": team.director}, pluck="name"):
			frappe.db.set_value("Staff Assignment", name, "to_date", "2026-11-19")
	assert rights.directors(team.unit, TODAY) == []
	deputy = change(event, team.educator, convened_by=team.special_educator)
	assert change(deputy, team.educator, state="Held").convened_by == team.special_educator


def test_a_family_evening_has_an_activity(team):
	"""Not a lecture (domain.md §3, 1609-1613)."""
	event = plan(team, "family-evening")
	with pytest.raises(GuardNotMet):
		change(event, team.educator, state="Held")
	assert change(event, team.educator, state="Held", activity="Pipareiden leipominen").state == "Held"


def test_one_event_list_in_a_season_after_the_planning_day(team):
	"""domain.md §3, 1608-1609"""
	day = plan(team, "planning-day", "2026-08-20")
	with pytest.raises(GuardNotMet):
		plan(team, "event-list", "2026-08-19")
	event = plan(team, "event-list", "2026-09-01")
	with pytest.raises(GuardNotMet):
		change(event, team.educator, state="Held")
	change(day, team.director, state="Held")
	assert change(event, team.educator, state="Held").state == "Held"
	with pytest.raises(GuardNotMet):
		plan(team, "event-list", "2026-10-01")
	assert plan(team, "planning-day", "2027-08-20").season == "2027-2028"


def test_a_cancelled_one_makes_room_and_comes_back_only_while_there_is(team):
	event = plan(team, "planning-day", "2026-08-20")
	change(event, team.educator, state="Cancelled")
	second = plan(team, "planning-day", "2026-08-21")
	with pytest.raises(GuardNotMet):
		change(event, team.educator, state="Planned")
	change(second, team.educator, state="Cancelled")
	assert change(event, team.educator, state="Planned").state == "Planned"


def test_nothing_is_held_before_its_day(team):
	event = plan(team, day="2026-11-25")
	with pytest.raises(GuardNotMet):
		change(event, team.educator, state="Held")
	with clock.at("2026-11-25"):
		assert change(event, team.educator, state="Held").state == "Held"


@pytest.mark.parametrize("state", ["Planned", "Cancelled"])
def test_what_was_held_stays_held_and_settled(team, state):
	event = change(plan(team), team.educator, state="Held")
	with pytest.raises(TransitionNotAllowed):
		change(event, team.educator, state=state)
	for values in ({"event_date": "2026-11-21"}, {"place": "Sali"}, {"kind": "family-evening"}):
		with pytest.raises(frappe.ValidationError):
			change(event, team.educator, **values)
	assert change(event, team.educator, families=12, adults=15, children=20).families == 12


def test_figures_are_of_what_was_held(team):
	event = plan(team)
	for values in ({"families": 3}, {"adults": 3}, {"children": 3}):
		with pytest.raises(GuardNotMet, match="after the event has been held"):
			change(event, team.educator, **values)
	with case.attempt(), pytest.raises(GuardNotMet, match="less than none"):
		change(event, team.educator, families=-1, state="Held")
	with pytest.raises(frappe.ValidationError):
		plan(team, state="Somehow")


SLOT = {"from_time": "08:00:00", "to_time": "08:15:00", "places": 1, "booked": 0}


@pytest.mark.parametrize(
	"slots",
	[
		[SLOT, {**SLOT, "from_time": "08:14:00", "to_time": "08:30:00"}],
		[SLOT, SLOT],
		[{**SLOT, "to_time": "08:00:00"}],
		[{**SLOT, "from_time": "07:55:00"}],
		[{**SLOT, "to_time": "09:01:00"}],
		[{**SLOT, "booked": 2}],
		[{**SLOT, "booked": -1}],
	],
)
def test_times_to_book_that_make_no_sense_are_refused(team, slots):
	"""Coffees with times that parents book (domain.md §3, 1510-1515)."""
	with pytest.raises(frappe.ValidationError):
		plan(team, "bookable-coffee", from_time="08:00:00", to_time="09:00:00", slots=slots)


def test_an_open_coffee_has_a_question_and_no_times(team):
	"""With a question on a flap board (domain.md §3, 1527-1533)."""
	event = plan(team, theme="Mikä teillä sujuu aamuisin?")
	assert change(event, team.educator, state="Held").theme == "Mikä teillä sujuu aamuisin?"
	with pytest.raises(GuardNotMet, match="no times to book"):
		plan(team, slots=[{"from_time": "8:00", "to_time": "8:15", "places": 1}])


def test_times_to_book_follow_each_other_and_hold_numbers_only(team):
	"""domain.md §3, 1510-1515; counts only (§9.8)"""
	slots = [{**SLOT, "from_time": "08:15:00", "to_time": "08:30:00"}, {**SLOT, "booked": 1}]
	event = plan(team, "bookable-coffee", from_time="08:00:00", to_time="09:00:00", slots=slots)
	assert sorted(slot.booked for slot in event.slots) == [0, 1]
	for missing in ("from_time", "to_time"):
		with case.attempt(), pytest.raises(GuardNotMet, match="its beginning and its end"):
			change(event, team.educator, slots=[{**SLOT, missing: None}])
	with pytest.raises(GuardNotMet):
		plan(team, "open-coffee", slots=slots)
	fields = {field.fieldtype for field in frappe.get_meta("Meeting Slot").fields}
	assert fields <= {"Time", "Int"}


def test_an_event_ends_after_it_begins(team):
	event = plan(team)
	assert (event.from_time, event.to_time) == (None, None)
	for times in ({"from_time": "10:00:00", "to_time": "10:00:00"}, {"to_time": "10:00:00"}):
		with pytest.raises(GuardNotMet):
			plan(team, **times)


@pytest.mark.parametrize("field", ["theme", "activity", "notes", "place"])
@pytest.mark.parametrize("text", ["Soita 040 123 4567", "150620A905P", "kirjoita aino.testi@example.test"])
def test_nobody_is_named(team, field, text):
	"""Counts only: no name, code or contact (domain.md §9.8)."""
	with pytest.raises(PersonInText):
		plan(team, **{field: text})
	event = plan(team)
	with pytest.raises(PersonInText):
		change(event, team.educator, **{field: text})


def test_a_child_of_the_unit_is_not_named(team):
	name = frappe.db.get_value("Child", {"unit": team.unit}, ["first_names", "last_name"])
	with pytest.raises(PersonInText):
		plan(team, notes=f"Mukana oli myös {' '.join(name)}")
	assert plan(team, notes="Tuoleja oli liian vähän.", place="Ison ryhmän tila", theme="Uni ja lepo")


def test_nothing_is_hung_on_the_calendar(team):
	event = plan(team)
	with case.acting(team.educator), pytest.raises(PersonInText):
		frappe.get_doc(
			{
				"doctype": "Comment",
				"comment_type": "Comment",
				"reference_doctype": "Unit Event",
				"reference_name": event.name,
				"content": "Muistettavaa",
			}
		).insert(ignore_permissions=True)


def test_a_kind_that_is_no_longer_offered_is_not_planned(team):
	event = plan(team)
	frappe.get_doc("Unit Event Kind", "open-coffee").update({"disabled": 1}).save()
	with pytest.raises(GuardNotMet):
		plan(team)
	assert change(event, team.educator, state="Held").state == "Held"


@pytest.mark.parametrize("months", ["3, 10", "13", "syksyllä"])
def test_a_kind_with_months_that_make_no_sense_is_refused(as_user, months):
	kind = {"doctype": "Unit Event Kind", "code": "odd", "title": "Outo", "convener": "Unit staff"}
	with as_user("Form Administrator"), pytest.raises(UsualMonthsError):
		frappe.get_doc({**kind, "usual_months": months}).insert()


@pytest.mark.parametrize("after", ["first", "second"])
def test_no_kind_waits_for_itself(as_user, after):
	"""Neither for itself, nor for one that waits for it."""
	kind = {"doctype": "Unit Event Kind", "convener": "Unit staff"}
	with as_user("Form Administrator"):
		first = frappe.get_doc({**kind, "code": "first", "title": "Ensin"}).insert()
		frappe.get_doc({**kind, "code": "second", "title": "Sitten", "after_kind": "first"}).insert()
		first.after_kind = after
		with pytest.raises(ComesAfterItselfError):
			first.save()


# Who may ---------------------------------------------------------------------------------------------------------------


def test_a_stranger_is_not_told_who_is_a_child_of_the_unit(team, other):
	child = make.make_child(unit=other.unit, last_name="Haukilampi")
	text = f"Mukana oli myös {frappe.db.get_value('Child', child, 'first_names')} Haukilampi"
	with case.acting(team.educator), pytest.raises(frappe.PermissionError):
		new(other.unit, notes=text).insert(ignore_permissions=True)


def test_staff_and_director_write_their_own_calendar_and_no_other(team, other):
	event = plan(team)
	for role in WRITERS:
		change(event, getattr(team, role), place=f"Tila {WRITERS.index(role)}")
		with pytest.raises(frappe.PermissionError):
			plan(other, user=getattr(team, role))
		with pytest.raises(frappe.PermissionError):
			change(event, getattr(other, role), place="Muualla")
		with case.acting(getattr(other, role)):
			assert not frappe.has_permission("Unit Event", "read", doc=event.name)
			assert event.name not in frappe.get_list("Unit Event", pluck="name", limit_page_length=0)


def test_an_event_stays_in_its_unit(team):
	area_wide = make.make_staff(
		"Unit Director", controller=frappe.db.get_value("Day Care Unit", team.unit, "controller")
	)
	event = plan(team, user=area_wide)
	with pytest.raises(GuardNotMet, match="can no longer be changed"):
		change(event, area_wide, unit=case.make_team().unit)


def test_an_event_stays_of_its_kind(team):
	event = plan(team)
	with pytest.raises(GuardNotMet, match="can no longer be changed"):
		change(event, team.educator, kind="family-evening")


def test_the_liaison_counsellor_reads(team, other):
	event, foreign = plan(team), plan(other)
	with case.acting(team.counsellor):
		names = frappe.get_list("Unit Event", pluck="name", limit_page_length=0)
		assert event.name in names
		assert foreign.name not in names
		assert frappe.has_permission("Unit Event", "read", doc=event.name)
		assert not frappe.has_permission("Unit Event", "read", doc=foreign.name)
	with pytest.raises(frappe.PermissionError):
		change(event, team.counsellor, place="Muualla")
	with pytest.raises(frappe.PermissionError):
		plan(team, user=team.counsellor)


@pytest.mark.parametrize("role", ["Area Director", "Management Group"])
def test_overseers_read_the_units_of_their_assignments(team, role):
	area = frappe.db.get_value("Day Care Unit", team.unit, "service_area")
	overseer = make.make_staff(role, area=area)
	elsewhere = make.make_staff(role, area=make.make_area())
	event = plan(team)
	for user, sees in ((overseer, True), (elsewhere, False)):
		with case.acting(user):
			assert frappe.has_permission("Unit Event", "read", doc=event.name) is sees
			names = frappe.get_list("Unit Event", pluck="name", limit_page_length=0)
			assert (event.name in names) is sees
		with pytest.raises(frappe.PermissionError):
			change(event, user, place="Muualla")
		with pytest.raises(frappe.PermissionError):
			plan(team, user=user)


@pytest.mark.parametrize(
	"role", ["Social Worker", "Form Administrator", "Reporting Officer", "Privacy Officer"]
)
def test_other_roles_see_no_calendar(team, role):
	event = plan(team)
	with case.acting(make.make_staff(role, team.unit)):
		assert not frappe.has_permission("Unit Event", "read", doc=event.name)
		with pytest.raises(frappe.PermissionError):
			frappe.get_list("Unit Event")


def test_whoever_no_longer_works_there_sees_nothing(team):
	event = plan(team)
	left = make.make_staff("Early Educator", team.unit, to_date="2026-11-23")
	with case.acting(left):
		assert not frappe.has_permission("Unit Event", "read", doc=event.name)
		assert frappe.get_list("Unit Event") == []


def test_nobody_deletes_an_event(team):
	event = plan(team)
	for user in (team.educator, team.director, team.counsellor):
		with case.acting(user), pytest.raises(frappe.PermissionError):
			frappe.delete_doc("Unit Event", event.name)


def test_the_times_open_with_their_event(team, other):
	plan(team, "bookable-coffee", slots=[SLOT])
	for user, number in ((team.educator, 1), (other.educator, 0)):
		with case.acting(user):
			rows = frappe.get_list("Meeting Slot", parent_doctype="Unit Event", limit_page_length=0)
			assert len(rows) == number


def test_over_rest(team, other, api):
	values = {"unit": team.unit, "kind": "open-coffee", "event_date": "2026-11-20"}
	made = api(team.educator).post("/api/resource/Unit Event", json=values)
	assert made.status_code == 200
	path = f"/api/resource/Unit Event/{made.json['data']['name']}"
	assert api(team.counsellor).get(path).status_code == 200
	assert api(team.educator).put(path, json={"notes": "Soita 040 123 4567"}).status_code == 417
	assert api(team.counsellor).put(path, json={"place": "Sali"}).status_code == 403
	for client in (api(other.educator), api(make.make_staff("Privacy Officer", team.unit)), api(None)):
		assert client.get(path).status_code == 403
		assert client.put(path, json={"place": "Sali"}).status_code == 403
		assert client.post("/api/resource/Unit Event", json=values).status_code == 403
	for user in (team.educator, team.director):
		assert api(user).delete(path).status_code == 403
	assert api(team.educator).put(path, json={"season": "1999-2000"}).json["data"]["season"] == "2026-2027"


# Last season's calendar -----------------------------------------------------------------------------------------------


def copy(team, user: str | None = None, season: str = "2026-2027") -> dict:
	with case.acting(user or team.educator):
		return calendar.copy_last_season(team.unit, season)


def test_last_seasons_calendar_is_copied_once():
	"""Each unit adapts the ways to itself (domain.md §3, 1953-1956)."""
	team = case.make_team()
	evening = change(
		plan(team, "family-evening", "2025-12-01", activity="Leivonta", theme="Joulu", notes="Riitti"),
		team.educator,
		state="Held",
		families=9,
	)
	slots = [{**SLOT, "booked": 1}]
	plan(team, "bookable-coffee", "2026-03-02", from_time="08:00:00", slots=slots)
	change(plan(team, "open-coffee", "2026-04-01"), team.educator, state="Cancelled")
	plan(team, "open-coffee", "2025-09-01")
	assert copy(team) == {"made": 2, "left_out": 1}
	assert copy(team, team.director) == {"made": 0, "left_out": 3}
	made = frappe.get_all("Unit Event", {"unit": team.unit, "season": "2026-2027"}, pluck="name")
	by_kind = {doc.kind: doc for doc in (frappe.get_doc("Unit Event", name) for name in made)}
	assert set(by_kind) == {"family-evening", "bookable-coffee"}
	copied = by_kind["family-evening"]
	assert (str(copied.event_date), copied.activity, copied.copied_from) == (
		"2026-11-30",
		"Leivonta",
		evening.name,
	)
	assert (copied.theme, copied.notes, copied.families, copied.state) == (None, None, 0, "Planned")
	assert [slot.booked for slot in by_kind["bookable-coffee"].slots] == [0]


def test_what_the_unit_has_planned_already_is_not_planned_twice():
	team = case.make_team()
	plan(team, "family-evening", "2025-12-01")
	plan(team, "family-evening", "2026-12-03")
	assert copy(team) == {"made": 0, "left_out": 1}


def test_a_copy_that_was_cancelled_does_not_come_back():
	team = case.make_team()
	plan(team, "family-evening", "2025-12-01")
	assert copy(team)["made"] == 1
	name = frappe.db.get_value("Unit Event", {"unit": team.unit, "season": "2026-2027"})
	change(frappe.get_doc("Unit Event", name), team.educator, state="Cancelled")
	assert copy(team) == {"made": 0, "left_out": 1}


@pytest.mark.parametrize("season", ["2024-2025", "2026-2028", "2026", "", None, ["2026-2027"]])
def test_a_season_that_is_over_or_none_is_refused(team, season):
	# Frappe itself refuses what is no text.
	with pytest.raises((GuardNotMet, TypeError)):
		copy(team, season=season)


def test_only_the_staff_of_the_unit_copy(team, other, api):
	area = frappe.db.get_value("Day Care Unit", team.unit, "service_area")
	users = (other.educator, team.counsellor, make.make_staff("Area Director", area=area))
	path = "/api/method/early_support.season.calendar.copy_last_season"
	for user in users:
		with pytest.raises(frappe.PermissionError):
			copy(team, user)
		sent = api(user).post(path, json={"unit": team.unit, "season": "2026-2027"})
		assert sent.status_code == 403
	assert api(None).post(path, json={"unit": team.unit, "season": "2026-2027"}).status_code == 403
	assert api(team.educator).get(f"{path}?unit={team.unit}&season=2026-2027").status_code == 403


# The calendar on the screen -------------------------------------------------------------------------------------------


def test_the_calendar_shows_the_events_of_ones_units(team, other, api):
	event = plan(team, day="2026-11-20", from_time="08:30:00", to_time="09:15:00")
	foreign = plan(other, day="2026-11-20")
	plan(team, day="2026-12-20")
	path = "/api/method/early_support.season.calendar.get_events"
	sent = {"start": "2026-11-01", "end": "2026-11-30", "filters": json.dumps([])}
	rows = {row["name"]: row for row in api(team.educator).post(path, json=sent).json["message"]}
	assert event.name in rows
	assert foreign.name not in rows
	assert all(row["start"][:7] == "2026-11" for row in rows.values())
	assert rows[event.name]["start"] == "2026-11-20 08:30:00"
	assert rows[event.name]["end"] == "2026-11-20 09:15:00"
	assert api(make.make_staff("Privacy Officer", team.unit)).post(path, json=sent).status_code == 403


# Seasons, pure --------------------------------------------------------------------------------------------------------


def test_months_are_read_in_the_order_of_the_season():
	assert core.read_months(" 10,3 ") == (10, 3)
	assert core.read_months("") == core.read_months(None) == ()
	for text in ("3, 10", "10, 10", "0", "13", "a", "10;3", "10,"):
		with pytest.raises(ValueError, match=r"."):
			core.read_months(text)


def test_the_usual_times_of_a_season():
	times = core.usual_times("2026-2027", 3, (10, 2))
	days = [(str(first), str(last)) for first, last in times]
	assert days == [("2026-10-01", "2026-10-31"), ("2027-02-01", "2027-02-28"), ("2027-07-01", "2027-07-31")]
	assert core.usual_times("2026-2027", 1, (10, 2)) == times[:1]


@pytest.mark.parametrize("year", range(2020, 2040))
def test_every_day_has_its_day_in_the_next_season(year):
	for number in range(366):
		day = datetime.date(year, 8, 1) + datetime.timedelta(days=number)
		later = core.a_year_later(day)
		assert later.weekday() == day.weekday()
		assert core.season_of(later) == core.after(core.season_of(day))


def test_a_season_is_copied_whatever_the_administrators_require(team):
	event = plan(team)
	require_by_hand("Unit Event", "notes")
	with case.acting(team.educator):
		calendar._copy(event.name, datetime.date(2027, 8, 20))
	with pytest.raises(frappe.MandatoryError, match="notes"):
		plan(team, day="2026-12-20")
