"""Grants: what gives and ends one, to the second; and that nobody does so by hand."""

import datetime
import json

import frappe
import pytest
from frappe.utils import get_datetime

from early_support.access import assignments, grants, policy
from early_support.access.grants import GrantNotByHand, GrantWithoutGround
from early_support.casework import clock
from early_support.patches.v0_1 import give_grants_for_periods
from early_support.tests import case_factories as case
from early_support.tests import factories as make

SECOND = datetime.timedelta(seconds=1)
REASON = "Vanhemmat suostuivat."


@pytest.fixture
def period(team):
	return case.period_in("Agreed", team)


def family_of(child: str) -> str:
	return frappe.db.get_value("Child", child, "family")


def sees(user: str, doctype: str, name: str) -> bool:
	"""Tell whether `user` sees the document, having checked that list and document agree."""
	with case.acting(user):
		listed = name in frappe.get_list(doctype, pluck="name", limit_page_length=0)
	assert frappe.has_permission(doctype, "read", doc=name, user=user) is listed
	return listed


def rows(**filters) -> list[dict]:
	fields = ["user", "family", "kind", "reason", "valid_from", "valid_until", "ended_by", "ended_on"]
	return frappe.get_all("Access Grant", filters=filters, fields=fields, order_by="creation asc")


def at_noon(offset: int = 0) -> datetime.datetime:
	return datetime.datetime.combine(make.days(offset), datetime.time(12))


def midnight(offset: int = 0) -> datetime.datetime:
	return datetime.datetime.combine(make.days(offset), datetime.time())


# What the support period does -----------------------------------------------------------------------------------------


def test_agreement_gives_one_grant_and_further_saves_no_other(team):
	period = case.make_period(team)
	assert rows(source_name=period.name) == []
	agreement = {
		"agreed_by": "Äiti",
		"agreed_how": case.option("Contact Method"),
		"counsellor": team.counsellor,
	}
	with clock.at(at_noon()):
		period = case.move(period, "Parents agree", team.educator, **agreement)
		for action in ("Start the work", "Go to follow-up"):
			period = case.move(period, action, team.counsellor)
	(grant,) = rows(source_name=period.name)
	assert (grant.user, grant.family, grant.kind) == (team.counsellor, period.family, "Support Period")
	assert (grant.valid_from, grant.valid_until, grant.ended_on) == (at_noon(), None, None)
	assert grant.reason


@pytest.mark.parametrize(
	("action", "needs"), [("Parents withdraw", dict), ("End the period", case.end_of_period)]
)
def test_the_last_day_counts_and_the_next_is_closed(team, action, needs):
	with clock.at(midnight() + SECOND):
		period = case.period_in("Follow-up", team)
	with clock.at(at_noon()):
		case.move(period, action, team.counsellor, **needs())
	(grant,) = rows(source_name=period.name)
	assert (grant.ended_by, grant.ended_on, grant.valid_until) == (team.counsellor, at_noon(), midnight(1))
	documents = (
		("Support Period", period.name),
		("Concern", period.concern),
		("Child", team.child),
		("Family", period.family),
	)
	for moment, is_open in ((at_noon(), True), (midnight(1) - SECOND, True), (midnight(1), False)):
		with clock.at(moment):
			assert [sees(team.counsellor, *document) for document in documents] == [is_open] * 4, moment
	assert sees(team.educator, "Support Period", period.name)


def test_a_grant_does_not_reach_back(team):
	with clock.at(at_noon()):
		period = case.period_in("Agreed", team)
	for moment, is_open in ((at_noon() - SECOND, False), (at_noon(), True), (at_noon(400), True)):
		with clock.at(moment):
			assert sees(team.counsellor, "Support Period", period.name) is is_open, moment


def test_declined_gives_nothing(team):
	period = case.period_in("Declined", team, counsellor=team.counsellor)
	assert rows(source_name=period.name) == []
	assert not sees(team.counsellor, "Child", team.child)


def test_another_counsellor_takes_over_at_once(team, period):
	other = make.make_staff("Family Counsellor", controller=case.county())
	with case.acting(team.educator):
		period = frappe.get_doc("Support Period", period.name)
		period.counsellor = other
		period.save()
	former, new = rows(source_name=period.name)
	assert (former.user, former.ended_by) == (team.counsellor, team.educator)
	assert former.valid_until == former.ended_on
	assert (new.user, new.valid_until) == (other, None)
	assert not sees(team.counsellor, "Support Period", period.name)
	assert sees(other, "Support Period", period.name)


def test_a_period_of_one_child_opens_the_family_with_all_children(team, period):
	sibling = make.make_child(unit=team.unit, family=period.family)
	concern = case.concern_in("Raised", team._replace(child=sibling))
	assert sees(team.counsellor, "Child", sibling)
	assert sees(team.counsellor, "Concern", concern.name)
	assert not frappe.has_permission("Concern", "write", doc=concern.name, user=team.counsellor)


def test_one_of_two_periods_of_a_family_ends_and_the_other_keeps_it_open(team, period):
	sibling = make.make_child(unit=team.unit, family=period.family)
	case.period_in("Agreed", team._replace(child=sibling))
	case.move(period, "Parents withdraw", team.educator)
	with clock.at(at_noon(1)):
		assert sees(team.counsellor, "Child", team.child)


# The child moves ------------------------------------------------------------------------------------------------------


def test_the_grant_follows_a_child_to_another_family_at_once(team, period):
	old, new = period.family, make.make_family()
	sibling = make.make_child(unit=team.unit, family=old)
	child = frappe.get_doc("Child", team.child)
	child.family = new
	child.save()
	closed, opened = rows(source_name=period.name)
	assert (closed.family, closed.valid_until) == (old, closed.ended_on)
	assert (opened.family, opened.user, opened.valid_until) == (new, team.counsellor, None)
	for doctype, name in (("Support Period", period.name), ("Concern", period.concern)):
		assert frappe.db.get_value(doctype, name, "family") == new, doctype
	assert sees(team.counsellor, "Family", new)
	assert sees(team.counsellor, "Support Period", period.name)
	assert not sees(team.counsellor, "Family", old)
	assert not sees(team.counsellor, "Child", sibling)


def test_a_move_to_another_unit_changes_the_staff_and_not_the_counsellor(team, period):
	unit = make.make_unit()
	educator = make.make_staff("Early Educator", unit)
	assert frappe.get_cached_doc("Support Period", period.name).unit == team.unit
	child = frappe.get_doc("Child", team.child)
	child.update({"unit": unit, "unit_group": None})
	child.save()
	assert frappe.get_cached_doc("Support Period", period.name).unit == unit
	assert len(rows(source_name=period.name)) == 1
	assert sees(team.counsellor, "Support Period", period.name)
	assert sees(educator, "Support Period", period.name)
	assert not sees(team.educator, "Support Period", period.name)


def test_a_child_that_leaves_is_closed_to_the_unit_the_same_day_and_not_to_the_counsellor(team, period):
	child = frappe.get_doc("Child", team.child)
	child.left_on = make.days(1)
	child.save()
	for moment, is_open in ((midnight(1) - SECOND, True), (midnight(1), False)):
		with clock.at(moment):
			assert sees(team.educator, "Support Period", period.name) is is_open
			assert sees(team.counsellor, "Support Period", period.name)


# Assignments: a grant alone is not enough -----------------------------------------------------------------------------


def test_assignments_begin_and_end_at_midnight(team):
	staff = make.make_staff("Early Educator", team.unit, from_date=make.days(1), to_date=make.days(2))
	for moment, is_open in (
		(midnight(1) - SECOND, False),
		(midnight(1), True),
		(midnight(3) - SECOND, True),
		(midnight(3), False),
	):
		with clock.at(moment):
			assert sees(staff, "Child", team.child) is is_open, moment


def test_a_counsellor_whose_assignment_ends_keeps_no_family(team):
	period = case.period_in("Agreed", team)
	name = frappe.db.get_value("Staff Assignment", {"user": team.counsellor})
	assignment = frappe.get_doc("Staff Assignment", name)
	assignment.to_date = make.days(0)
	assignment.save()
	for moment, is_open in ((midnight(1) - SECOND, True), (midnight(1), False)):
		with clock.at(moment):
			assert sees(team.counsellor, "Support Period", period.name) is is_open, moment


# The verbs ------------------------------------------------------------------------------------------------------------


def test_giving_twice_gives_one_and_ending_twice_ends_once(team, period):
	child = frappe.get_doc("Child", team.child)
	given = [
		grants.give(team.counsellor, period.family, policy.SUPPORT_PERIOD, child, REASON).name
		for _ in range(2)
	]
	assert given[0] == given[1]
	assert [grants.end(child), grants.end(child)] == [1, 0]
	# The other source goes on.
	assert len(rows(user=team.counsellor, ended_on=("is", "not set"))) == 1


def test_two_who_give_at_once_wait_for_each_other(team):
	"""The second one then finds what the first has given."""
	child = frappe.get_doc("Child", team.child)
	grants.give(team.counsellor, child.family, policy.SUPPORT_PERIOD, child, REASON)
	second = frappe.local.db.get_connection()
	try:
		with pytest.raises(frappe.db.OperationalError):
			second.cursor().execute(
				"select name from tabFamily where name = %s for update nowait", (child.family,)
			)
	finally:
		second.close()


def test_after_an_end_it_is_given_anew(team):
	child = frappe.get_doc("Child", team.child)
	give = (team.counsellor, child.family, policy.SUPPORT_PERIOD, child, REASON)
	first = grants.give(*give)
	grants.end(child, at_once=True)
	assert not grants.active(team.counsellor)
	assert grants.give(*give).name != first.name
	assert [grant.family for grant in grants.active(team.counsellor)] == [child.family]


def test_end_takes_only_what_is_meant(team):
	child = frappe.get_doc("Child", team.child)
	others = [make.make_staff("Family Counsellor", controller=case.county()) for _ in range(2)]
	for user in (team.counsellor, *others):
		grants.give(user, child.family, policy.SUPPORT_PERIOD, child, REASON)
	assert grants.end(child, user=others[0]) == 1
	assert grants.end(child, kind=policy.BREAK_GLASS) == 0
	assert grants.end(child, unless=(team.counsellor, child.family)) == 1
	assert len(rows(source_name=child.name, ended_on=("is", "not set"))) == 1


def test_an_end_never_lengthens_a_grant(team):
	child = frappe.get_doc("Child", team.child)
	until = clock.now() + SECOND * 60
	if until >= midnight(1):
		pytest.skip("the last minute of the day")
	grants.give(team.counsellor, child.family, policy.SUPPORT_PERIOD, child, REASON, until)
	grants.end(child)
	assert rows(source_name=child.name)[0].valid_until == until


def test_a_grant_runs_out_by_itself_in_the_middle_of_a_request(team):
	child = frappe.get_doc("Child", team.child)
	until = at_noon() + SECOND
	with clock.at(at_noon()):
		grants.give(team.counsellor, child.family, policy.SUPPORT_PERIOD, child, REASON, until)
		assert sees(team.counsellor, "Child", team.child)
	with clock.at(until):
		assert not sees(team.counsellor, "Child", team.child)


@pytest.mark.parametrize(
	"change",
	[{"kind": "Curiosity"}, {"reason": "  "}, {"until": "2001-01-01"}, {"family": None}, {"user": "nobody"}],
)
def test_a_grant_without_a_ground_is_refused(team, change):
	child = frappe.get_doc("Child", team.child)
	values = {
		"user": team.counsellor,
		"family": child.family,
		"kind": policy.SUPPORT_PERIOD,
		"source": child,
		"reason": REASON,
		**change,
	}
	if "until" in values:
		values["until"] = get_datetime(values["until"])
	with pytest.raises(frappe.ValidationError) as refusal:
		grants.give(**values)
	if set(change).isdisjoint({"family", "user"}):
		assert refusal.type is GrantWithoutGround


# By hand --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Privacy Officer", "Unit Director", "System Manager", "Administrator"])
def test_nobody_makes_changes_or_deletes_a_grant(api, team, period, role):
	user = role if role == "Administrator" else make.make_user(role)
	if role in policy.STAFF_ROLES:
		make.make_assignment(user, role, unit=team.unit)
	name = frappe.db.get_value("Access Grant", {"source_name": period.name})
	stored = frappe.get_doc("Access Grant", name)
	values = {
		"user": user,
		"family": period.family,
		"kind": "Support Period",
		"reason": REASON,
		"source_doctype": "Child",
		"source_name": team.child,
		"valid_from": str(clock.now()),
	}
	client, count = api(user), frappe.db.count("Access Grant")
	later = {"valid_until": "2099-01-01 00:00:00"}
	changed = {**json.loads(stored.as_json()), **later}
	tries = (
		client.post("/api/resource/Access Grant", json=values),
		client.put(f"/api/resource/Access Grant/{name}", json=later),
		client.delete(f"/api/resource/Access Grant/{name}"),
		client.post("/api/method/frappe.client.insert", json={"doc": {"doctype": "Access Grant", **values}}),
		client.post("/api/method/frappe.client.save", json={"doc": changed}),
		client.post(
			"/api/method/frappe.client.set_value",
			json={"doctype": "Access Grant", "name": name, "fieldname": later},
		),
		client.post("/api/method/frappe.client.delete", json={"doctype": "Access Grant", "name": name}),
		client.post(
			"/api/method/frappe.desk.form.save.savedocs", data={"doc": json.dumps(changed), "action": "Save"}
		),
	)
	assert {answer.status_code for answer in tries} <= {403, 417}, [answer.status_code for answer in tries]
	assert frappe.db.count("Access Grant") == count
	assert frappe.db.get_value("Access Grant", name, "valid_until") is None


def test_code_that_does_not_mean_it_changes_no_grant(period):
	grant = frappe.get_doc("Access Grant", {"source_name": period.name})
	for attempt in (grant.save, grant.delete):
		with pytest.raises(GrantNotByHand):
			attempt()


def test_only_those_who_work_as_privacy_officers_read_grants(team, period):
	name = frappe.db.get_value("Access Grant", {"source_name": period.name})
	municipality = make.default_controller()
	officer = make.make_staff("Privacy Officer", controller=municipality)
	assert sees(officer, "Access Grant", name)
	former = make.make_staff("Privacy Officer", controller=municipality, to_date=make.days(-1))
	assert not sees(former, "Access Grant", name)
	elsewhere = make.make_unit(service_area=make.make_area(controller=make.make_controller()))
	for stranger in (
		make.make_staff("Privacy Officer", controller=case.county()),
		make.make_staff("Privacy Officer", elsewhere),
	):
		assert not sees(stranger, "Access Grant", name)
	for user in (team.counsellor, team.director, team.educator, make.make_user("System Manager")):
		assert not frappe.has_permission("Access Grant", "read", doc=name, user=user)
		with case.acting(user), pytest.raises(frappe.PermissionError):
			frappe.get_list("Access Grant")


# Sites that were there before -----------------------------------------------------------------------------------------


def test_the_patch_gives_what_the_counsellors_had(team, period):
	other = case.period_in("Ended", case.make_team())
	frappe.db.delete("Access Grant")
	frappe.db.set_value("Support Period", period.name, "agreed_on", make.days(-40))
	assignments.forget()
	assert not sees(team.counsellor, "Support Period", period.name)
	for _ in range(2):
		give_grants_for_periods.execute()
	(grant,) = rows(source_name=period.name)
	assert (grant.user, grant.valid_from, grant.valid_until) == (team.counsellor, midnight(-40), None)
	assert rows(source_name=other.name) == []
	assert sees(team.counsellor, "Support Period", period.name)


def test_the_table_is_indexed(site):
	indexes: dict[str, list[str]] = {}
	for row in frappe.db.sql("show index from `tabAccess Grant`", as_dict=True):
		indexes.setdefault(row.Key_name, []).append(row.Column_name)
	assert ["user", "valid_until"] in indexes.values()
	assert ["source_doctype", "source_name"] in indexes.values()
