"""The plan of the demo municipality: pure, needs no site."""

import datetime
import json
import string
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from stdnum.fi import hetu

from early_support.access.policy import GUARDED_DOCTYPES, LIAISON_ROLES, STAFF_ROLES
from early_support.casework.states import SET_BY_THE_APP
from early_support.demo import people, workdays
from early_support.demo.model import DOMAIN
from early_support.demo.plan import make_plan, read
from early_support.screening import KnownName, screen

APP = Path(__file__).resolve().parents[1]
TODAY = datetime.date(2026, 11, 24)
DAYS = [
	datetime.date(2027, 1, 1),
	datetime.date(2028, 2, 29),
	datetime.date(2027, 7, 31),
	datetime.date(2027, 8, 1),
]

# A state into which people move a document elsewhere, and in the demo the app does, because another document has ended.
ENDED_WITH_ANOTHER = {"Referral": {"Withdrawn"}}


@pytest.fixture(scope="module")
def plan():
	return make_plan(2026, TODAY)


def values_of(plan, doctype: str | None, field: str) -> set[str]:
	"""All values of a field in the steps of the plan; those of a table by the field of its rows."""
	found = set()
	for story in plan.stories:
		for event in story.events:
			if doctype is None or event.doctype == doctype:
				value = event.values.get(field)
				if isinstance(value, list):
					found.update(row["topic"] for row in value)
				elif value:
					found.add(value)
	return found


def codes(list_name: str) -> set[str]:
	return {
		row["name"] for row in json.loads((APP / f"fixtures/defaults/lists/{list_name}.json").read_text())
	}


def test_same_seed_and_day_give_the_same_plan(plan):
	assert make_plan(2026, TODAY) == plan
	assert make_plan(2027, TODAY) != plan


def test_size_of_the_municipality(plan):
	assert len(plan.areas) == 4
	assert len(plan.units) == 11
	assert sum(unit.values["round_the_clock"] for unit in plan.units) == 2
	assert len(plan.families) >= 110
	assert 190 <= len(plan.children) <= 220
	assert len(plan.controllers) == 2


def test_one_unit_has_the_shape_of_the_thesis(plan):
	# domain.md §1 (1000-1008): three groups, 64 children, 11 staff
	unit = plan.units[0]
	assert [group["title"] for group in unit.values["groups"]] == [
		"Sinisiivet",
		"Kultasiivet",
		"Haukat, esiopetus",
	]
	assert sum(child.unit == unit.code for child in plan.children) == 64
	assert len({*unit.educators, unit.special_educator, unit.director}) == 11


def test_staff_of_every_role(plan):
	roles = Counter(person.role for person in plan.staff)
	assert set(roles) == {*STAFF_ROLES, "System Manager"}
	assert (roles["Special Needs Educator"], roles["Family Counsellor"], roles["Area Director"]) == (4, 3, 4)
	assert len({person.user for person in plan.staff}) == len(plan.staff)
	assert len({person.full_name for person in plan.staff}) == len(plan.staff)


def test_a_liaison_of_a_fitting_role_on_each_side(plan):
	role_of = {person.user: person.role for person in plan.staff}
	for unit in plan.units:
		assert [side for side, _user in unit.liaisons] == [*LIAISON_ROLES]
		assert all(role_of[user] in LIAISON_ROLES[side] for side, user in unit.liaisons)


def test_introduced_users_show_every_role_once_in_the_order_of_a_case(plan):
	role_of = {person.user: person.role for person in plan.staff}
	roles = [role_of[user] for user in plan.introduced]
	assert set(roles) == set(role_of.values())
	assert roles[:4] == ["Early Educator", "Special Needs Educator", "Unit Director", "Family Counsellor"]


def test_nobody_can_be_reached(plan):
	addresses = [person.user for person in plan.staff]
	for family in plan.families:
		for guardian in family.values["guardians"]:
			addresses.append(guardian["email"])
			assert guardian["phone"].startswith("000 ")
	assert all(address.endswith(f"@{DOMAIN}") for address in addresses)
	allowed = set(string.ascii_lowercase + string.digits + ".-@")
	assert all(set(address) <= allowed for address in addresses)


def test_identity_codes_are_valid_and_nobodys(plan):
	seen = [child for child in plan.children if "identity_code" in child.values]
	assert 20 <= len(seen) <= 80
	for child in seen:
		code = child.values["identity_code"]
		assert hetu.is_valid(code, allow_temporary=True)
		# Not valid as a code of the population register, whose numbers end at 899.
		assert not hetu.is_valid(code)
		assert code.startswith(f"{child.born:%d%m%y}")


def test_children_are_in_a_group_of_their_age(plan):
	season = people.season(TODAY)
	groups = {(unit.code, group["code"]): group for unit in plan.units for group in unit.values["groups"]}
	for child in plan.children:
		group = groups[child.unit, child.values["unit_group"]]
		assert group["age_from"] <= season - child.born.year <= group["age_to"]


def test_siblings_are_twins_or_half_a_year_apart(plan):
	for family in plan.families:
		born = sorted(child.born for child in family.children)
		assert all(gap.days == 0 or gap.days > 150 for gap in (b - a for a, b in pairwise(born)))


def test_languages_of_families(plan):
	languages = Counter(family.values["guardians"][0]["language"] for family in plan.families)
	assert languages["fi"] > languages["sv"] > 5
	assert len(languages) >= 5
	assert any(
		guardian["interpreter_needed"] for family in plan.families for guardian in family.values["guardians"]
	)
	assert any(
		guardian["non_disclosure"] for family in plan.families for guardian in family.values["guardians"]
	)


@pytest.mark.parametrize("day", [TODAY, *DAYS])
@pytest.mark.parametrize("size", ["full", "small"])
def test_nothing_happens_today_or_later_or_out_of_order(day, size):
	plan = make_plan(5, day, size)
	for story in plan.stories:
		moments = [event.at for event in story.events]
		assert moments == sorted(set(moments))
		assert moments[-1].date() < day
		assert all(moment.weekday() < 5 for moment in moments)
	for child in plan.children:
		assert child.born <= child.enrolled <= day


@pytest.mark.parametrize("size", ["full", "small"])
@pytest.mark.parametrize("day", [TODAY, *DAYS])
def test_every_state_of_every_workflow_is_reached_and_stays(size, day):
	"""The last state of each document, so that each list shows one."""
	last = {}
	for story in make_plan(7, day, size).stories:
		kinds = {}
		for event in story.events:
			kinds.setdefault(event.document, event.doctype)
			if kinds[event.document]:
				initial = workflow(kinds[event.document])["states"][0]["state"]
				last[story.key, event.document] = (kinds[event.document], event.state or initial)
	reached = set(last.values())
	for doctype in GUARDED_DOCTYPES:
		states = {row["state"] for row in workflow(doctype)["states"]}
		# What the app does when something else happens, no script says.
		states -= {*SET_BY_THE_APP.get(doctype, ())} | ENDED_WITH_ANOTHER.get(doctype, set())
		assert {state for kind, state in reached if kind == doctype} == states


def workflow(doctype: str) -> dict:
	folder = doctype.lower().replace(" ", "_")
	return json.loads((APP / f"early_support/workflow/{folder}/{folder}.json").read_text())["workflow"]


def test_moves_are_those_of_the_workflow_and_of_the_actors_role(plan):
	role_of = {person.user: person.role for person in plan.staff}
	for story in plan.stories:
		stands = {}
		for event in story.events:
			if event.doctype:
				stands[event.document] = (event.doctype, workflow(event.doctype)["states"][0]["state"])
			elif event.state:
				doctype, state = stands[event.document]
				allowed = {
					row["allowed"]
					for row in workflow(doctype)["transitions"]
					if (row["state"], row["next_state"]) == (state, event.state)
				}
				assert role_of[event.actor] in allowed, (story.key, state, event.state)
				stands[event.document] = (doctype, event.state)


@pytest.mark.parametrize(
	("list_name", "field"),
	[
		("worry_zone", "zone"),
		("concern_topic", "topics"),
		("visit_outcome", "outcome"),
		("closing_reason", "closing_reason"),
		("referral_source", "source"),
		("contact_method", "agreed_how"),
		("contact_method", "discussed_how"),
		("age_band", "age_band"),
	],
)
def test_lists_are_used_and_only_with_shipped_codes(plan, list_name, field):
	used = values_of(plan, None, field)
	assert used <= codes(list_name)
	if list_name != "contact_method":
		assert used == codes(list_name)


def test_every_contact_method_is_used(plan):
	fields = ("discussed_how", "agreed_how", "withdrawn_how")
	assert set().union(*(values_of(plan, None, field) for field in fields)) == codes("contact_method")


def test_figures_of_most_months_are_above_the_threshold(plan):
	"""Five and more are shown; the first two months fill the pipe, and July is quiet."""
	months = Counter(
		(f"{event.at:%Y-%m}", event.doctype or event.state)
		for story in plan.stories
		for event in story.events
	)
	for kind in (
		"Concern",
		"Discussed",
		"Meeting Agreed",
		"Consultation",
		"Answered",
		"Agreed",
		"Ended",
		"Held",
	):
		shown = sum(months[f"{workdays.months_before(TODAY, ago):%Y-%m}", kind] >= 5 for ago in range(14))
		assert shown >= 8, (kind, shown)


def test_at_most_three_visits_count_and_the_first_is_at_the_unit(plan):
	for story in plan.stories:
		places = {event.document: event.values for event in story.events if event.doctype == "Visit"}
		ends = {
			event.document: event.state for event in story.events if event.document in places and event.state
		}
		counted = [
			values for key, values in places.items() if ends.get(key, "Planned") in ("Planned", "Held")
		]
		assert len(counted) <= 3
		assert not counted or counted[0]["place"] == "Unit" or counted[0]["place_reason"]


def test_what_a_network_agrees_on_has_its_people(plan):
	"""Whoever is responsible, or the contact person, took part; whoever works for the county is named with it."""
	role_of = {person.full_name: person.role for person in plan.staff}
	meetings = {}
	for story in plan.stories:
		for event in story.events:
			if event.doctype == "Network Meeting":
				meetings[story.key] = {row["participant_name"]: row for row in event.values["participants"]}
				for name, row in meetings[story.key].items():
					assert row["role"] == role_of.get(name, "Guardian")
					assert bool(row.get("controller")) == (row["role"] == "Family Counsellor")
			elif event.state == "Agreed" and event.document == "network":
				named = {row["responsible"] for row in event.values["actions"]}
				assert {*named, event.values["contact_person"]} <= set(meetings[story.key])
	assert meetings


def test_consultations_name_nobody(plan):
	names = {KnownName(child.values["first_names"], "first") for child in plan.children}
	names |= {KnownName(child.values["last_name"], "last") for child in plan.children}
	for family in plan.families:
		for full_name in family.guardians:
			first, last = full_name.split(" ", 1)
			names |= {KnownName(first, "first"), KnownName(last, "last")}
	for text in read("consultations"):
		for field in ("question", "answer"):
			assert screen(text[field], names) == [], text[field]
	for text in read("phrases")["call_back"]:
		assert screen(text, names) == []


def test_texts_are_many_and_whole():
	stories, consultations = read("stories"), read("consultations")
	assert len(stories) >= 40
	assert len(consultations) >= 40
	for story in stories:
		for field in (
			"strengths",
			"observation",
			"parents_view",
			"wishes",
			"next_step",
			"guidance",
			"agreed_actions",
		):
			assert story[field].endswith("."), story[field]
	assert len({story["observation"] for story in stories}) == len(stories)
	assert "lorem" not in json.dumps(stories + consultations).lower()


@pytest.mark.parametrize(
	("day", "number", "expected"),
	[
		("2026-11-24", 0, "2026-11-24"),
		("2026-11-24", 3, "2026-11-27"),
		("2026-11-24", 4, "2026-11-30"),
		("2026-11-28", 0, "2026-11-27"),
		("2026-11-29", 1, "2026-11-30"),
		("2026-11-24", -2, "2026-11-20"),
		("2026-11-24", -12, "2026-11-06"),
	],
)
def test_workdays(day, number, expected):
	assert workdays.add(datetime.date.fromisoformat(day), number).isoformat() == expected


@pytest.mark.parametrize("day", [TODAY, *DAYS])
@pytest.mark.parametrize("size", ["full", "small"])
def test_calendars_of_last_season_and_this(day, size):
	"""Events in every state, with something missing, none said to be held before its day (domain.md §3, 1608-1627)."""
	plan = make_plan(5, day, size)
	season = people.season(day)
	kinds = codes("unit_event_kind")
	assert {event.values["kind"] for event in plan.calendars} == kinds
	assert {"Held", "Cancelled"} <= {event.state for event in plan.calendars} <= {None, "Held", "Cancelled"}
	for event in plan.calendars:
		on = event.values["event_date"]
		assert datetime.date(season - 1, 8, 1) <= on <= datetime.date(season + 1, 7, 31)
		assert (event.state is None) == (on >= day)
		assert event.entered.date() < min(on, day)
	wanted = 14 * len({event.values["unit"] for event in plan.calendars}) * 2
	assert wanted * 0.7 < len(plan.calendars) < wanted
