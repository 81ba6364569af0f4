"""The rules of a Concern that hold whatever its Workflow says, tried as the educator who may make the move."""

import datetime
import json
from pathlib import Path

import frappe
import pytest
from frappe.model.workflow import WorkflowTransitionError, get_transitions

from early_support.casework import clock, record
from early_support.exceptions import GuardNotMet, StateNotEditable
from early_support.tests import case_factories as make
from early_support.tests import factories


def refused(doc, action: str, user: str, *words: str, **values) -> None:
	"""The move is refused with a message that holds `words`, and nothing has changed."""
	before = frappe.db.get_value(doc.doctype, doc.name, "workflow_state")
	with make.attempt():
		with pytest.raises(GuardNotMet) as caught:
			make.move(doc, action, user, **values)
		for word in words:
			assert word in str(caught.value)
	assert frappe.db.get_value(doc.doctype, doc.name, "workflow_state") == before


def save(doc, user: str, **values):
	with make.acting(user):
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.update(values)
		return doc.save()


def test_the_zone_neither_opens_nor_bars_a_move(team):
	"""It describes the worker's worry, and gates nothing (domain.md §7)."""

	def way(zone: str | None) -> dict[str, tuple]:
		"""Return what may be done in each state, once the way there has been pressed, and what is asked for."""
		found = {}
		for state in make.CONCERN_WAYS:
			with make.attempt():
				doc = make.concern_in(state, team, zone=zone)
				assert doc.zone == zone
				for user in (team.educator, team.director):
					with make.acting(user):
						doc = frappe.get_doc(doc.doctype, doc.name)
						moves = [(move.action, move.next_state) for move in get_transitions(doc)]
						found[state, user] = (doc.workflow_state, moves, doc.NEEDS)
		return found

	without = way(None)
	assert [state for (state, _user), (reached, *_rest) in without.items() if state != reached] == []
	for zone in ("1", "4", "7"):
		assert way(zone) == without, zone


def test_a_draft_is_not_raised_yet(team):
	doc = make.make_concern(team)
	assert (doc.workflow_state, doc.raised_on) == ("Draft", None)


def test_raising_needs_an_observation(team):
	"""The observation is what the parents are told (domain.md §2, 1631-1635)."""
	for empty in ("", "   "):
		doc = make.make_concern(team, observation=empty)
		refused(doc, "Raise the concern", team.educator, "Observation")
	assert (
		make.move(doc, "Raise the concern", team.educator, observation=make.OBSERVATION).workflow_state
		== "Raised"
	)


def test_the_talk_needs_its_day(team):
	"""A talk at the door is enough, with no other result (domain.md §2, 1631-1635)."""
	doc = make.concern_in("Raised", team)
	refused(doc, "Record the talk", team.educator, "Talked on")


def test_a_meeting_is_proposed_after_a_talk_and_its_how(team):
	"""domain.md §2, 1636-1639"""
	doc = make.concern_in("Raised", team)
	doc = make.move(doc, "Record the talk", team.educator, discussed_on=clock.today())
	refused(doc, "Propose a meeting", team.educator, "How")
	doc = make.move(doc, "Propose a meeting", team.educator, discussed_how=make.option("Contact Method"))
	assert doc.meeting_proposed_on == clock.today()


def test_what_a_state_needs_cannot_be_taken_away_later(team):
	doc = make.concern_in("Meeting Agreed", team)
	for field in ("observation", "discussed_on", "discussed_how"):
		with make.attempt(), pytest.raises(GuardNotMet):
			save(doc, team.educator, **{field: None})


def test_closing_needs_a_reason(team):
	for state in ("Draft", "Raised", "Meeting Agreed", "Urgent"):
		doc = make.concern_in(state, team)
		for user in (team.educator, team.director):
			refused(doc, "Close", user, "Reason")
	closed = make.move(doc, "Close", team.director, closing_reason=make.option("Closing Reason"))
	assert closed.closed_on == clock.today()


@pytest.mark.parametrize("field", ["observed_on", "discussed_on", "meeting_proposed_on", "agreed_on"])
def test_nothing_took_place_tomorrow(team, field):
	doc = make.concern_in("Discussed", team)
	with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
		save(doc, team.educator, **{field: factories.days(1)})


@pytest.mark.parametrize(
	("earlier", "later"),
	[
		("observed_on", "discussed_on"),
		("observed_on", "meeting_proposed_on"),
		("meeting_proposed_on", "agreed_on"),
		("meeting_proposed_on", "meeting_on"),
	],
)
def test_days_follow_each_other(team, earlier, later):
	doc = make.concern_in("Discussed", team)
	values = {"observed_on": factories.days(-9), "discussed_on": factories.days(-9)}
	with make.attempt():
		doc = save(doc, team.educator, **values)
		with pytest.raises(GuardNotMet, match="cannot be before"):
			save(doc, team.educator, **{earlier: factories.days(-3), later: factories.days(-4)})
	with make.attempt():
		doc = save(doc, team.educator, **{**values, earlier: factories.days(-9), later: factories.days(-9)})
		assert doc.get(later) == factories.days(-9)


def test_urgent_waits_for_nothing(team):
	doc = make.make_concern(team, observation="")
	doc = make.move(doc, "Mark as urgent", team.director)
	assert (doc.workflow_state, doc.urgent_on, doc.raised_on) == ("Urgent", clock.today(), clock.today())
	# Even a day that cannot be does not stop it.
	other = make.make_concern(team)
	with make.acting(team.educator):
		other.update({"workflow_state": "Urgent", "discussed_on": factories.days(1)})
		assert other.save().workflow_state == "Urgent"


def test_after_the_urgent_the_talk_goes_on_with_its_guards(team):
	doc = make.concern_in("Urgent", team)
	refused(doc, "Record the talk", team.educator, "Talked on")
	doc = make.move(doc, "Record the talk", team.educator, discussed_on=clock.today())
	assert doc.workflow_state == "Discussed"
	assert doc.urgent_on == clock.today()


def test_a_no_is_an_answer_and_the_talk_goes_on(team):
	"""Taking part is voluntary (domain.md §2, 1640)."""
	doc = make.concern_in("Declined", team)
	assert doc.declined_on == clock.today()
	first = doc.meeting_proposed_on
	with clock.at(factories.days(5)):
		doc = make.move(doc, "Talk again", team.educator)
		doc = make.move(doc, "Propose a meeting", team.educator)
		doc = make.move(doc, "Parents agree to meet", team.educator)
	assert doc.meeting_proposed_on == first
	assert doc.agreed_on == factories.days(5)


def test_the_parents_take_back_their_yes_to_the_meeting(team):
	"""Taking part is voluntary (domain.md §2, 1640): also after a first yes, and the talk goes on."""
	doc = make.concern_in("Meeting Agreed", team)
	with clock.at(factories.days(2)):
		doc = make.move(doc, "Parents decline", team.special_educator, declined_reason="Eivät jaksa nyt.")
		assert (doc.workflow_state, doc.declined_on) == ("Declined", factories.days(2))
		assert doc.agreed_on == clock.today() - datetime.timedelta(days=2)
		assert make.move(doc, "Talk again", team.educator).workflow_state == "Discussed"


def test_a_no_to_the_support_is_recorded_in_its_period(team):
	"""The period closes the family to the counsellor (domain.md §2, 1640-1643); a no beside it would not."""
	doc = make.concern_in("Meeting Agreed", team)
	period = make.make_period(team, doc)
	refused(doc, "Parents decline", team.educator, "support period", declined_reason="Eivät halua.")
	make.move(period, "Parents decline", team.educator)
	assert make.move(doc, "Parents decline", team.educator).workflow_state == "Declined"


def test_a_no_to_the_meeting_is_recorded_by_the_educators(team):
	doc = make.concern_in("Meeting Agreed", team)
	for user in (team.director, make.make_team().educator):
		with make.attempt(), pytest.raises((frappe.PermissionError, WorkflowTransitionError)):
			make.move(doc, "Parents decline", user)
	assert frappe.db.get_value("Concern", doc.name, "workflow_state") == "Meeting Agreed"


def test_what_the_app_records_is_not_taken_from_a_request(team, api):
	other = make.make_team()
	forged = {
		"raised_by": other.educator,
		"raised_on": "2020-01-01",
		"unit": other.unit,
		"family": frappe.db.get_value("Child", other.child, "family"),
		"child_name": "Joku Muu",
		"closed_on": "2020-01-01",
		"urgent_on": "2020-01-01",
		"declined_on": "2020-01-01",
	}
	response = api(team.educator).post(
		"/api/resource/Concern", json={"child": team.child, "observation": make.OBSERVATION, **forged}
	)
	assert response.status_code == 200, response.text
	name = response.json["data"]["name"]
	child = frappe.get_doc("Child", team.child)
	for _round in range(2):
		doc = frappe.get_doc("Concern", name)
		assert (doc.raised_by, doc.unit, doc.family) == (team.educator, team.unit, child.family)
		assert (doc.child_name, doc.controller) == (child.full_name, child.controller)
		assert (doc.raised_on, doc.closed_on, doc.urgent_on, doc.declined_on) == (None, None, None, None)
		response = api(team.educator).put(
			f"/api/resource/Concern/{name}", json={**forged, "strengths": "Leikkii.", **make.version(doc)}
		)
		assert response.status_code == 200, response.text


def test_the_child_stays_the_same(team):
	doc = make.make_concern(team)
	sibling = factories.make_child(unit=team.unit)
	with pytest.raises(frappe.CannotChangeConstantError):
		save(doc, team.educator, child=sibling)


def test_nobody_begins_a_concern_about_a_child_they_may_not_see(team, api):
	stranger = factories.make_child(unit=factories.make_unit())
	with make.attempt(), pytest.raises(frappe.PermissionError):
		make.make_concern(team, child=stranger)
	# Naming one's own unit beside the child of another does not help.
	response = api(team.educator).post(
		"/api/resource/Concern", json={"child": stranger, "unit": team.unit, "observation": make.OBSERVATION}
	)
	assert response.status_code == 403
	assert not frappe.db.exists("Concern", {"child": stranger})


def test_the_record_on_which_a_case_hangs_is_asked_for_itself(team, other):
	"""Also where Frappe has not asked for the right to make the case, or has asked too early."""
	doc = frappe.new_doc("Concern")
	doc.child = team.child
	with make.acting(team.educator):
		assert record.open_source(doc, "child").name == team.child
	with make.acting(other.educator), pytest.raises(frappe.PermissionError):
		record.open_source(doc, "child")


def test_a_case_is_where_its_child_is(team):
	visit = make.make_visit(team)
	period = frappe.get_doc("Support Period", visit.support_period)
	child = frappe.get_doc("Child", team.child)
	for doc in (visit, period, frappe.get_doc("Concern", period.concern)):
		assert (doc.child, doc.child_name) == (child.name, child.full_name)
		assert (doc.family, doc.unit, doc.controller) == (child.family, child.unit, child.controller)
		assert doc.controller


def test_only_educators_begin_a_concern(team):
	"""They notice and raise it (domain.md §1, 214 and 1631)."""
	for user in (team.director, team.counsellor):
		with make.attempt(), pytest.raises(frappe.PermissionError):
			make.make_concern(team, user=user)


def test_the_special_needs_educator_takes_part_in_all_of_it(team):
	"""Pedagogic support, consultation, contact person (domain.md §1, 976-982)."""
	doc = make.make_concern(team, user=team.special_educator)
	doc = make.move(doc, "Raise the concern", team.special_educator)
	assert (doc.raised_by, doc.workflow_state) == (team.special_educator, "Raised")
	assert make.make_consultation(team, user=team.special_educator).workflow_state == "Requested"


def test_a_closed_concern_is_closed_to_administrator_too(team):
	doc = make.concern_in("Closed", team)
	with pytest.raises(StateNotEditable):
		save(doc, "Administrator", strengths="Jotain muuta.")


def test_names_are_opaque(team):
	doc = make.make_concern(team)
	assert len(doc.name) == 9
	assert set(doc.name) <= set("23456789ABCDEFGHJKMNPQRSTVWXYZ")
	assert doc.get_title() == frappe.db.get_value("Child", team.child, "full_name")


def test_the_form_knows_what_the_app_itself_asks_for():
	"""What else is required the administrators have made so, and an urgent concern does not wait for it."""
	folder = Path(__file__).resolve().parents[1] / "early_support/doctype/concern"
	fields = json.loads((folder / "concern.json").read_text())["fields"]
	shipped = json.dumps([df["fieldname"] for df in fields if df.get("reqd")])
	assert f"const SHIPPED = {shipped};" in (folder / "concern.js").read_text()
