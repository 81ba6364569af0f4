"""The rules of a Network Meeting that hold whatever its Workflow says, and the filings that are made of it."""

import frappe
import pytest

from early_support.access import break_glass
from early_support.casework import clock
from early_support.exceptions import FilingNotByHand, GuardNotMet
from early_support.patches.v0_2 import add_network_meetings
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.workflow_guard.system import system_change

AGREE, FOLLOW_UP, AGAIN = "Record what was agreed", "Record the follow-up", "Agree on another follow-up"


def action(**values) -> dict:
	return {**make.agreement_of_network()["actions"][0], **values}


def agree(team: make.Team, doc=None, **values):
	return make.move(
		doc or make.make_network_meeting(team),
		AGREE,
		team.educator,
		**{**make.agreement_of_network(), **values},
	)


# What an agreement needs (domain.md §3, 217-220, 312-315, 459-465) -----------------------------------------------------


def test_one_thing_agreed_on_is_enough(team):
	"""domain.md §2, 1603-1604."""
	doc = agree(team)
	assert (doc.workflow_state, len(doc.actions), doc.actions[0].state) == ("Agreed", 1, "Open")
	assert doc.convened_by == team.educator
	assert doc.child_name == frappe.db.get_value("Child", team.child, "full_name")


@pytest.mark.parametrize(
	("field", "label"),
	[
		("meeting_on", "Meeting day"),
		("participants", "Participants"),
		("shared_goal", "Shared goal"),
		("actions", "What is done"),
		("contact_person", "Contact person"),
		("follow_up_on", "Follow-up on"),
	],
)
def test_an_agreement_is_whole(team, field, label):
	"""domain.md §3, 217-220, 312-315 and 459-465"""
	doc = make.make_network_meeting(team)
	for nothing in ([], None) if field in ("participants", "actions") else (None, ""):
		with make.attempt(), pytest.raises(GuardNotMet, match=label):
			agree(team, doc, **{field: nothing})
	if field in ("shared_goal", "contact_person"):
		with make.attempt(), pytest.raises(GuardNotMet, match=label):
			agree(team, doc, **{field: " \n "})


@pytest.mark.parametrize("field", ["what", "responsible", "due_on"])
def test_each_action_has_what_who_and_by_when(team, field):
	"""design.md §3: each action has one responsible and a date."""
	doc = make.make_network_meeting(team)
	for nothing in (None, " "):
		if field == "due_on" and nothing:
			continue
		with make.attempt(), pytest.raises(GuardNotMet, match="what is done, who is responsible and by when"):
			agree(team, doc, actions=[action(), action(**{field: nothing})])


@pytest.mark.parametrize(
	"responsible",
	[
		"Maija ja Oona",
		"Maija, Oona",
		"Maija & Oona",
		"Maija/Oona",
		"Maija och Oona",
		"Maija\nOona",
		"Maija SEKÄ Oona",
	],
)
def test_exactly_one_is_responsible(team, responsible):
	doc = make.make_network_meeting(team)
	with make.attempt(), pytest.raises(GuardNotMet, match="exactly one person"):
		agree(team, doc, actions=[action(responsible=responsible)])


@pytest.mark.parametrize(
	"responsible", ["maija meikäläinen ", "Jaakko Sekäläinen", "Sandra Andersson", "Muumi, Pappa"]
)
def test_one_responsible_may_be_any_name(team, responsible):
	doc = make.make_network_meeting(team)
	rows = [*doc.as_dict().participants, {"role": "Other", "participant_name": "Muumi, Pappa"}]
	assert (
		agree(team, doc, participants=rows, actions=[action(responsible=responsible)]).workflow_state
		== "Agreed"
	)


def test_days(team):
	doc = make.make_network_meeting(team)
	with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
		agree(
			team,
			doc,
			meeting_on=factories.days(1),
			follow_up_on=factories.days(9),
			actions=[action(due_on=factories.days(9))],
		)
	with make.attempt(), pytest.raises(GuardNotMet, match="cannot be before the meeting"):
		agree(team, doc, actions=[action(due_on=factories.days(-1))])
	with make.attempt(), pytest.raises(GuardNotMet, match="cannot be before"):
		agree(team, doc, follow_up_on=factories.days(-1))
	with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
		agree(team, doc, actions=[action(state="Done", done_on=factories.days(1))])
	with make.attempt():
		assert agree(team, doc, actions=[action(due_on=factories.days(0))]).workflow_state == "Agreed"


def test_a_meeting_may_be_prepared_before_its_day(team):
	doc = make.make_network_meeting(team, meeting_on=factories.days(7), guardians_present=0, participants=[])
	assert doc.workflow_state == "Draft"


def test_a_guardian_takes_part_or_has_agreed(team):
	"""The client's presence avoids the conflict with secrecy (domain.md §5, 1650)."""
	how = make.option("Contact Method")
	permission = {
		"permission_by": "Maija Meikäläinen",
		"permission_how": how,
		"permission_on": factories.days(-2),
	}
	doc = make.make_network_meeting(team, guardians_present=0)
	with make.attempt(), pytest.raises(GuardNotMet, match="Did a guardian take part"):
		agree(team, doc)
	for field in permission:
		with make.attempt(), pytest.raises(GuardNotMet, match="Did a guardian take part"):
			agree(team, doc, **{**permission, field: None})
	with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
		agree(team, doc, **{**permission, "permission_on": factories.days(1)})
	with make.attempt():
		assert agree(team, doc, **permission).workflow_state == "Agreed"
	with make.attempt(), pytest.raises(GuardNotMet, match="add him or her to the participants"):
		agree(team, doc, guardians_present=1, participants=[{"role": "Other", "participant_name": "Mummo"}])


def test_each_party_is_known(team):
	"""Each records in its own register (703/2023, 48 §), so the app has to know in whose."""
	doc = make.make_network_meeting(team)
	guardian = {"role": "Guardian", "participant_name": "Maija"}
	for role in ("Family Counsellor", "Social Worker"):
		with make.attempt(), pytest.raises(GuardNotMet, match="for which register controller"):
			agree(team, doc, participants=[guardian, {"role": role, "participant_name": "Sari"}])
	with make.attempt(), pytest.raises(GuardNotMet, match="who took part"):
		agree(team, doc, participants=[guardian, {"role": "Other", "participant_name": " "}])
	for field, value in (
		("controller", make.county()),
		("service", make.option("Support Service")),
		("organisation", "x"),
	):
		for role in ("Guardian", "Child"):
			with make.attempt(), pytest.raises(GuardNotMet, match="works for no register controller"):
				make.make_network_meeting(
					team, participants=[{"role": role, "participant_name": "Maija", field: value}]
				)


def test_the_units_own_staff_work_for_its_controller(team):
	doc = make.make_network_meeting(team)
	assert [row.controller for row in doc.participants] == [
		None,
		factories.default_controller(),
		make.county(),
	]


# Whom it concerns ------------------------------------------------------------------------------------------------------


def test_a_meeting_grows_out_of_a_concern_or_stands_by_itself(team):
	concern = make.concern_in("Meeting Agreed", team)
	with make.acting(team.director):
		doc = frappe.get_doc({"doctype": "Network Meeting", "concern": concern.name}).insert()
	assert (doc.child, doc.unit, doc.controller) == (team.child, team.unit, factories.default_controller())
	other = factories.make_child(unit=team.unit)
	with make.attempt(), pytest.raises(GuardNotMet, match="about another child"):
		make.make_network_meeting(team, concern=concern.name, child=other)
	with make.acting(team.educator), pytest.raises(GuardNotMet, match="Child"):
		frappe.get_doc({"doctype": "Network Meeting", "meeting_on": factories.days(0)}).insert()


def test_nobody_begins_one_about_a_child_elsewhere(team, api):
	other = make.make_team()
	foreign = make.concern_in("Raised", other)
	before = frappe.db.count("Network Meeting")
	for values in (
		{"child": other.child},
		{"concern": foreign.name},
		{"child": team.child, "concern": foreign.name},
	):
		answer = api(team.educator).post("/api/resource/Network Meeting", json=values)
		assert answer.status_code == 403, answer.text[-400:]
	# The counsellor who works with the family reads, and begins none.
	make.period_in("Agreed", team)
	assert (
		api(team.counsellor).post("/api/resource/Network Meeting", json={"child": team.child}).status_code
		== 403
	)
	assert frappe.db.count("Network Meeting") == before


def test_what_the_app_records_is_taken_from_no_request(team, api):
	doc = make.network_meeting_in("Agreed", team)
	forged = {
		"convened_by": team.director,
		"followed_up_on": "2020-01-01",
		"earlier_follow_ups": "x",
		"closed_on": "2020-01-01",
		"family": factories.make_family(),
		"controller": make.county(),
	}
	answer = api(team.educator).put(
		f"/api/resource/Network Meeting/{doc.name}", json={**forged, **make.version(doc)}
	)
	assert answer.status_code == 200, answer.text[-400:]
	stored = frappe.get_doc("Network Meeting", doc.name)
	for field in forged:
		assert stored.get(field) == doc.get(field), field


# What was agreed stays ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["Agreed", "Followed Up"])
@pytest.mark.parametrize(
	("field", "value"),
	[
		("meeting_on", "2026-01-02"),
		("shared_goal", "Muuta."),
		("guardians_present", 0),
		("permission_by", "Isä"),
	],
)
def test_what_was_agreed_stays(team, api, state, field, value):
	doc = make.network_meeting_in(state, team)
	answer = api(team.educator).put(
		f"/api/resource/Network Meeting/{doc.name}", json={field: str(value), **make.version(doc)}
	)
	assert answer.status_code == 417, answer.text[-400:]
	assert frappe.db.get_value("Network Meeting", doc.name, field) == doc.get(field)


@pytest.mark.parametrize(
	"change", [{"what": "Muuta"}, {"responsible": "Isä"}, {"due_on": "2030-01-01"}, None]
)
def test_an_agreed_action_is_neither_rewritten_nor_taken_away(team, api, change):
	doc = make.network_meeting_in("Agreed", team)
	row = {"name": doc.actions[0].name, **action(due_on=str(doc.actions[0].due_on))}
	rows = [{**row, **change}] if change else [action(due_on=str(factories.days(3)))]
	answer = api(team.educator).put(
		f"/api/resource/Network Meeting/{doc.name}", json={"actions": rows, **make.version(doc)}
	)
	assert answer.status_code == 417, answer.text[-400:]
	stored = frappe.get_doc("Network Meeting", doc.name).actions
	assert [(a.name, a.what, a.responsible, a.due_on) for a in stored] == [
		(a.name, a.what, a.responsible, a.due_on) for a in doc.actions
	]


def test_what_becomes_of_an_action_is_written_and_more_may_be_agreed(team, api):
	doc = make.network_meeting_in("Agreed", team)
	row = {"name": doc.actions[0].name, **action(due_on=str(doc.actions[0].due_on))}
	client, path = api(team.educator), f"/api/resource/Network Meeting/{doc.name}"

	def put(*rows):
		return client.put(path, json={"actions": [*rows], **make.version(doc)})

	assert put({**row, "state": "Given Up"}).status_code == 417
	assert put({**row, "state": "Given Up", "outcome_note": "  "}).status_code == 417
	assert put({**row, "state": "Given Up", "outcome_note": "Perhe muutti."}).status_code == 200
	assert (
		put(
			{**row, "state": "Done", "outcome_note": "Toimii."}, action(due_on=str(factories.days(5)))
		).status_code
		== 200
	)
	stored = frappe.get_doc("Network Meeting", doc.name).actions
	assert [(a.state, a.done_on) for a in stored] == [("Done", clock.today()), ("Open", None)]
	# A day of doing stands beside what was done only.
	assert (
		put(
			{**row, "state": "Open", "done_on": str(factories.days(0))},
			stored[1].as_dict(convert_dates_to_str=True),
		).status_code
		== 200
	)
	assert frappe.get_doc("Network Meeting", doc.name).actions[0].done_on is None


def test_a_row_is_not_saved_on_its_own(team, api):
	doc = make.network_meeting_in("Agreed", team)
	client = api(team.educator)
	for row in (doc.actions[0], doc.participants[0]):
		for answer in (
			client.put(f"/api/resource/{row.doctype}/{row.name}", json={"idx": 9}),
			client.delete(f"/api/resource/{row.doctype}/{row.name}"),
		):
			assert answer.status_code >= 400
		assert frappe.db.get_value(row.doctype, row.name, "idx") == row.idx


# Follow-up and end ---------------------------------------------------------------------------------------------------------


def test_a_follow_up_needs_its_day_and_what_was_found(team):
	"""domain.md §3, 217-220: follow-up."""
	doc = agree(team, follow_up_on=factories.days(7))
	with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
		make.move(doc, FOLLOW_UP, team.educator, follow_up_note="Kortit ovat käytössä.")
	with clock.at(factories.days(7)):
		with make.attempt(), pytest.raises(GuardNotMet, match="What was found"):
			make.move(doc, FOLLOW_UP, team.educator)
		doc = make.move(doc, FOLLOW_UP, team.educator, follow_up_note="Kortit ovat käytössä.")
	assert (doc.workflow_state, doc.followed_up_on) == ("Followed Up", factories.days(7))


def test_open_actions_are_followed_to_their_end(team):
	doc = make.network_meeting_in("Followed Up", team)
	with make.attempt(), pytest.raises(GuardNotMet, match="Still open: Kuvakortit aamuun"):
		make.move(doc, "Close", team.educator)
	given_up = [{**row.as_dict(), "state": "Given Up", "outcome_note": "Ei tarvittu."} for row in doc.actions]
	for rows in (given_up, make.all_done(doc)):
		with make.attempt():
			closed = make.move(doc, "Close", team.educator, actions=rows)
			assert (closed.workflow_state, closed.closed_on) == ("Closed", clock.today())


def test_another_follow_up_is_on_a_later_day_and_keeps_what_was_found(team):
	doc = make.network_meeting_in("Followed Up", team)
	with make.attempt(), pytest.raises(GuardNotMet, match="a new day for the follow-up"):
		make.move(doc, AGAIN, team.educator)
	more = [*(row.as_dict() for row in doc.actions), action(what="Yhteinen iltapala")]
	doc = make.move(doc, AGAIN, team.educator, follow_up_on=factories.days(7), actions=more)
	assert (doc.workflow_state, doc.follow_up_note, len(doc.actions)) == ("Agreed", None, 2)
	assert "Kortit ovat käytössä." in doc.earlier_follow_ups
	with clock.at(factories.days(7)):
		with make.attempt(), pytest.raises(GuardNotMet, match="What was found"):
			make.move(doc, FOLLOW_UP, team.educator)
		doc = make.move(doc, FOLLOW_UP, team.educator, follow_up_note="Sujuu.")
	assert doc.followed_up_on == factories.days(7)
	assert "Kortit ovat käytössä." in doc.earlier_follow_ups


def test_the_family_may_say_no_before_and_stop_at_any_time_after(team):
	"""Voluntary; the parents decide how long (domain.md §2, 1640-1643)."""
	declined = make.move(
		make.make_network_meeting(team), "Parents decline", team.educator, guardians_present=0
	)
	assert (declined.workflow_state, declined.declined_on) == ("Declined", clock.today())
	assert not frappe.db.exists("Network Meeting Filing", {"network_meeting": declined.name})
	for state in ("Agreed", "Followed Up"):
		with make.attempt():
			doc = make.move(make.network_meeting_in(state, team), "Parents withdraw", team.director)
			assert (doc.workflow_state, doc.withdrawn_on) == ("Withdrawn", clock.today())


def test_a_colleague_who_was_quicker_is_not_written_over(team, api):
	doc = make.network_meeting_in("Agreed", team)
	seen = make.version(doc)
	first = api(team.educator).put(f"/api/resource/Network Meeting/{doc.name}", json={"benefit": "a", **seen})
	second = api(team.director).put(
		f"/api/resource/Network Meeting/{doc.name}", json={"benefit": "b", **seen}
	)
	assert (first.status_code, second.status_code) == (200, 409)
	assert frappe.db.get_value("Network Meeting", doc.name, "benefit") == "a"


# Filed for each register controller (703/2023, 13 § and 48 §; domain.md §9.1 and §9.3) ----------------------------------------


def filings(doc, **filters) -> list:
	names = frappe.get_all(
		"Network Meeting Filing",
		filters={"network_meeting": doc.name, **filters},
		order_by="controller asc, version_number asc",
		pluck="name",
	)
	return [frappe.get_doc("Network Meeting Filing", name) for name in names]


def sees(user: str, filing) -> bool:
	with make.acting(user):
		try:
			listed = filing.name in frappe.get_list(filing.doctype, pluck="name", limit_page_length=0)
		except frappe.PermissionError:
			listed = False
		assert listed == bool(frappe.has_permission(filing.doctype, "read", doc=filing.name))
	return listed


def test_what_was_agreed_is_filed_for_each_controller(team):
	doc = make.network_meeting_in("Agreed", team, basics="Aamut ovat itkuisia.")
	county, own = sorted(filings(doc), key=lambda filing: filing.controller != make.county())
	assert (county.controller, own.controller) == (make.county(), factories.default_controller())
	assert (county.unit, own.unit) == (None, team.unit)
	for filing in (county, own):
		assert (filing.version_number, filing.stage, filing.filed_by) == (1, "Agreed", team.educator)
		# Source, time and basis (39 §).
		assert filing.source_controller == factories.default_controller()
		assert filing.filed_on
		assert "48 §" in filing.basis
		for field in (
			"child",
			"family",
			"meeting_on",
			"shared_goal",
			"contact_person",
			"follow_up_on",
			"guardians_present",
		):
			assert filing.get(field) == doc.get(field), field
		assert [(row.role, row.participant_name) for row in filing.participants] == [
			(row.role, row.participant_name) for row in doc.participants
		]
		assert [(row.what, row.responsible, row.due_on, row.state) for row in filing.actions] == [
			(row.what, row.responsible, row.due_on, row.state) for row in doc.actions
		]
		# The joint look at the situation stays in the register of the unit's controller.
		assert not filing.meta.has_field("basics")


def test_without_another_party_there_is_one_filing(team):
	doc = agree(team, participants=[{"role": "Guardian", "participant_name": "Maija"}])
	assert [filing.controller for filing in filings(doc)] == [factories.default_controller()]


def test_a_further_version_is_added_and_the_earlier_one_stays(team):
	doc = make.network_meeting_in("Agreed", team)
	(first,) = filings(doc, controller=make.county())
	doc = make.move(doc, FOLLOW_UP, team.educator, follow_up_note="Kortit ovat käytössä.")
	# Who has left the talks is told how they ended all the same.
	staying = [row.as_dict() for row in doc.participants if row.role != "Family Counsellor"]
	doc = make.move(doc, "Close", team.educator, actions=make.all_done(doc), participants=staying)
	versions = filings(doc, controller=make.county())
	assert [(v.version_number, v.stage, v.follow_up_note) for v in versions] == [
		(1, "Agreed", None),
		(2, "Followed Up", "Kortit ovat käytössä."),
		(3, "Closed", "Kortit ovat käytössä."),
	]
	assert [v.actions[0].state for v in versions] == ["Open", "Open", "Done"]
	assert versions[0].as_dict() == first.as_dict()
	assert len(filings(doc)) == 6


def test_a_withdrawal_is_filed_too(team):
	doc = make.network_meeting_in("Withdrawn", team)
	assert [v.stage for v in filings(doc, controller=make.county())] == ["Agreed", "Withdrawn"]


def test_a_filing_follows_its_child_to_another_family(team):
	doc = agree(team)
	kept = [frappe.get_cached_doc(filing.doctype, filing.name) for filing in filings(doc)]
	assert {filing.family for filing in kept} == {doc.family}
	child = frappe.get_doc("Child", team.child)
	child.family = factories.make_family()
	child.save()
	for filing in kept:
		assert frappe.db.get_value(filing.doctype, filing.name, "family") == child.family
		assert frappe.get_cached_doc(filing.doctype, filing.name).family == child.family


def test_a_save_in_between_files_nothing(team):
	doc = make.network_meeting_in("Agreed", team)
	with make.acting(team.educator):
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.benefit = "Paljon."
		doc.save()
	assert len(filings(doc)) == 2


def test_filings_are_made_and_changed_by_nobody(team, api):
	doc = make.network_meeting_in("Agreed", team)
	own = filings(doc, controller=factories.default_controller())[0]
	before = own.as_dict()
	client, path = api(team.educator), f"/api/resource/Network Meeting Filing/{own.name}"
	assert client.get(path).status_code == 200
	assert client.put(path, json={"shared_goal": "x", "modified": str(own.modified)}).status_code == 403
	assert client.delete(path).status_code == 403
	values = {
		"network_meeting": doc.name,
		"controller": own.controller,
		"child": own.child,
		"version_number": 9,
	}
	assert client.post("/api/resource/Network Meeting Filing", json=values).status_code == 403
	for user in ("Administrator", team.educator):
		with make.acting(user), pytest.raises(FilingNotByHand):
			frappe.get_doc(own.doctype, own.name).save(ignore_permissions=True)
		with make.acting(user), pytest.raises(FilingNotByHand):
			frappe.delete_doc(own.doctype, own.name, ignore_permissions=True)
	assert frappe.get_doc(own.doctype, own.name).as_dict() == before


def test_the_registers_stay_apart(team):
	"""703/2023, 13 §: the unit's staff read theirs, the county's workers theirs and only with a running grant."""
	doc = make.network_meeting_in("Agreed", team)
	county, own = sorted(filings(doc), key=lambda filing: filing.controller != make.county())
	unit_staff = (team.educator, team.special_educator, team.director)
	assert all(sees(user, own) and not sees(user, county) for user in unit_staff)
	# Works for the county, and has no grant of this family.
	assert not sees(team.counsellor, county)
	period = make.period_in("Agreed", team)
	assert sees(team.counsellor, county)
	assert not sees(team.counsellor, own)
	# A counsellor of another controller, with a grant of the same family.
	elsewhere = factories.make_staff("Family Counsellor", controller=factories.make_controller())
	other_child = factories.make_child(unit=team.unit, family=doc.family)
	make.period_in("Agreed", team._replace(child=other_child, counsellor=elsewhere))
	with make.acting(elsewhere):
		assert frappe.has_permission("Network Meeting", "read", doc=doc.name)
	assert not sees(elsewhere, county)
	assert not sees(elsewhere, own)
	for role in (
		"Area Director",
		"Social Worker",
		"Privacy Officer",
		"Reporting Officer",
		"Management Group",
	):
		user = factories.make_staff(role, controller=make.county())
		assert not sees(user, county)
		assert not sees(user, own)
	# A referral tells its receiver what stands in it, and opens nothing of the family.
	assert not sees(make.referral_in("Joint Contact", team).receiver, county)
	# With the end of the work the register is closed: the day itself still counts.
	make.move(period, "Parents withdraw", team.educator)
	assert sees(team.counsellor, county)
	with clock.at(factories.days(1)):
		assert not sees(team.counsellor, county)


def test_an_assignment_that_has_ended_opens_no_register(team):
	doc = make.network_meeting_in("Agreed", team)
	(county,) = filings(doc, controller=make.county())
	make.period_in("Agreed", team)
	assignment = frappe.get_doc("Staff Assignment", {"user": team.counsellor})
	frappe.db.set_value("Staff Assignment", assignment.name, "to_date", factories.days(-1))
	frappe.local.early_support_units = {}
	assert not sees(team.counsellor, county)


def test_in_an_emergency_the_own_register_is_read(team):
	doc = make.network_meeting_in("Agreed", team)
	county, own = sorted(filings(doc), key=lambda filing: filing.controller != make.county())
	worker = factories.make_staff("Social Worker", controller=make.county())
	child = frappe.get_doc("Child", doc.child)
	reason = "Poliisi soitti, lapsi on yksin kotona."
	with make.acting(worker):
		break_glass.open_family(child.last_name, child.first_names, str(child.birth_date), reason)
	assert sees(worker, county)
	assert not sees(worker, own)


def test_rows_of_a_filing_open_with_it(team, api):
	doc = make.network_meeting_in("Agreed", team)
	(county,) = filings(doc, controller=make.county())
	for user in (team.educator, make.make_team().educator):
		names = api(user).get(
			"/api/resource/Network Action?parent=Network Meeting Filing&limit_page_length=0"
		)
		assert county.actions[0].name not in names.text
		assert api(user).get(f"/api/resource/Network Action/{county.actions[0].name}").status_code == 403


def test_a_filing_goes_with_the_child_to_another_family(team):
	"""Whose it is, is followed by all (access/denormalise.py); the unit only by that of the unit's controller."""
	doc = make.network_meeting_in("Agreed", team)
	county, own = sorted(filings(doc), key=lambda filing: filing.controller != make.county())
	family, unit = factories.make_family(), factories.make_unit()
	child = frappe.get_doc("Child", team.child)
	child.update({"family": family, "unit": unit, "unit_group": None})
	child.save()
	assert frappe.db.get_value(county.doctype, county.name, ["family", "unit"]) == (family, None)
	assert frappe.db.get_value(own.doctype, own.name, ["family", "unit"]) == (family, unit)
	assert not sees(team.educator, own)
	assert sees(factories.make_staff("Early Educator", unit), own)


def test_a_version_has_one_number_whatever_two_requests_believe(team):
	doc = make.network_meeting_in("Agreed", team)
	(county,) = filings(doc, controller=make.county())
	twin = frappe.copy_doc(county)
	with system_change(), pytest.raises(frappe.UniqueValidationError):
		twin.insert()


# Sites that were installed before ----------------------------------------------------------------------------------------------


def test_an_installed_site_gets_the_workflow_once(site):
	def active() -> list[str]:
		return frappe.get_all(
			"Workflow", filters={"document_type": "Network Meeting", "is_active": 1}, pluck="name"
		)

	others = frappe.get_all("Workflow", fields=["name", "modified"], order_by="name asc")
	add_network_meetings.execute()
	assert frappe.get_all("Workflow", fields=["name", "modified"], order_by="name asc") == others
	with system_change():
		frappe.delete_doc("Workflow", "Network Meeting", force=True)
	assert active() == []
	# A site from before the workflow was shipped knows nothing of it; on another it stays deleted.
	add_network_meetings.execute()
	assert active() == []
	frappe.db.delete("Shipped Default", {"record_type": "Workflow", "record_name": "Network Meeting"})
	add_network_meetings.execute()
	add_network_meetings.execute()
	assert active() == ["Network Meeting"]
