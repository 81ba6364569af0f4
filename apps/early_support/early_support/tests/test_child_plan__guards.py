"""The rules of a Child Plan (VASU) that hold whatever its Workflow says."""

import frappe
import pytest
from frappe.model.workflow import WorkflowTransitionError
from frappe.utils import add_months, getdate

from early_support.access import break_glass
from early_support.casework import clock, offers, services
from early_support.exceptions import GuardNotMet
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.workflow_guard.system import system_change

OPEN = ("Draft", "Guardian Form Received", "Discussed")


@pytest.fixture
def team(team):
	"""The staff of a unit, with a child of the test's own."""
	return team._replace(child=factories.make_child(unit=team.unit))


def make_service(code: str, **values) -> str:
	defaults = {"title": f"Palvelu {code}", "category": "Other", "tier": "Universal", "ask_on_vasu": 1}
	return factories.insert("Support Service", code=code, **{**defaults, "sort_order": 15, **values})


def stored(doc):
	return frappe.get_doc("Child Plan", doc.name)


def rows(doc) -> dict[str, dict]:
	return {row.service: row for row in stored(doc).services}


def put(api, user: str, doc, **values):
	return api(user).put(f"/api/resource/Child Plan/{doc.name}", json={**values, **make.version(doc)})


def answers(doc, **given) -> list[dict]:
	"""Return the rows of the plan with other values: `answers(plan, neuvola={"answer": "In Use"})`, by code."""
	return [
		{**row.as_dict(convert_dates_to_str=True), **given.get(row.service, {})}
		for row in stored(doc).services
	]


def save(doc, user: str, **values):
	with make.acting(user):
		doc = stored(doc)
		doc.update(values)
		return doc.save()


# The story -----------------------------------------------------------------------------------------------------------


def test_the_story_of_a_plan_and_of_the_next_one(team, api):
	"""Made when day care starts, reviewed within a year (domain.md §3, 840); the list of services (§4, 1560-1568)."""
	begun, a_year_later = factories.days(-330), factories.days(-5)
	with clock.at(begun), make.acting(team.educator):
		plan = offers.begin_child_plan(team.child)
		assert [row.service for row in plan.services] == services.offered()
		assert plan.begun_on == begun
		plan.insert()
	assert (plan.workflow_state, plan.unit, plan.begun_by) == ("Draft", team.unit, team.educator)
	with clock.at(begun):
		# The guardians' own form (§3, 1553), then the talk (1556-1558).
		plan = make.move(
			plan,
			"Record the guardians' form",
			team.educator,
			**make.form_values(),
			child_enjoys="Majan rakentamisesta.",
			guardians_wishes="Rauhallisia aamuja.",
		)
		plan = make.move(plan, "Record the talk", team.special_educator, **make.talk_values())
		first, second, third = [row.service for row in plan.services[:3]]
		given = {
			first: {"answer": "In Use", "worker": "Terveydenhoitaja", "permission": "Yes"},
			second: {"answer": "Wanted", "permission": "No"},
			third: {"answer": "Earlier"},
		}
		no = {row.service: {"answer": "No"} for row in plan.services if row.service not in given}
		answer = put(api, team.educator, plan, services=answers(plan, **given, **no))
		assert answer.status_code == 200, answer.text
		plan = make.move(
			plan,
			"Confirm the plan",
			team.educator,
			goals=[
				{"goal": "Aamuun rauhallinen alku", "staff_action": "Aikuinen on vastassa.", "by_when": begun}
			],
			next_review_on=add_months(begun, 12),
		)
	assert (plan.confirmed_on, plan.confirmed_by) == (begun, team.educator)
	assert plan.review_due_on == getdate(add_months(begun, 12))

	# A service that the family uses is no longer offered, another has come.
	frappe.db.set_value("Support Service", first, "disabled", 1)
	frappe.db.set_value("Support Service", third, "disabled", 1)
	new = make_service("kotipalvelu-uusi")
	with clock.at(a_year_later):
		with make.acting(team.special_educator):
			following = offers.make_child_plan(plan.name)
			assert [row.goal for row in following.last_goals] == ["Aamuun rauhallinen alku"]
			following.insert()
		last = {
			row.service: (
				row.last_answer,
				row.last_worker,
				row.last_permission,
				row.answer or None,
				row.permission,
			)
			for row in following.services
		}
		assert last[first] == ("In Use", "Terveydenhoitaja", "Yes", None, "Not Asked")
		assert last[second] == ("Wanted", None, "No", None, "Not Asked")
		assert third not in last
		assert last[new] == (None, None, None, None, "Not Asked")
		assert stored(following).last_goals[0].staff_action == "Aikuinen on vastassa."
		# This time the guardians want neither the form nor the questions.
		following = make.move(
			following,
			"Record the talk without the form",
			team.educator,
			form_declined=1,
			**make.talk_values(),
		)
		values = {**make.confirm_values(following), "services": stored(following).services}
		following = make.move(following, "Confirm the plan", team.educator, **values, services_declined=1)
	assert following.workflow_state == "Confirmed"
	older = stored(plan)
	assert (older.workflow_state, older.superseded_on) == ("Superseded", a_year_later)
	assert rows(older)[first].answer == "In Use"


# The list of services ------------------------------------------------------------------------------------------------


def test_every_service_asked_about_has_its_row_in_the_order_of_the_list(team):
	"""The staff asked for a list of all services (domain.md §4, 1560-1564)."""
	make_service("ei-vasussa", ask_on_vasu=0)
	make_service("ei-enaa", disabled=1)
	plan = make.make_child_plan(team)
	expected = frappe.get_all(
		"Support Service",
		filters={"disabled": 0, "ask_on_vasu": 1},
		order_by="sort_order asc, name asc",
		pluck="name",
	)
	assert (
		[row.service for row in plan.services] == expected == [row.service for row in stored(plan).services]
	)
	assert [row.idx for row in stored(plan).services] == [*range(1, len(expected) + 1)]
	assert {(row.answer, row.permission) for row in plan.services} == {(None, "Not Asked")}


@pytest.mark.parametrize("state", OPEN)
def test_a_new_service_comes_into_a_draft_in_its_place(team, state):
	plan = make.child_plan_in(state, team)
	new = make_service("uusi-palvelu")
	plan = save(plan, team.educator, wishes="Rauhallisia aamuja.")
	assert [row.service for row in stored(plan).services] == services.offered()
	assert new in rows(plan)


def test_a_confirmed_plan_gets_no_new_service(team):
	plan = make.child_plan_in("Confirmed", team)
	before = [row.name for row in plan.services]
	make_service("uusi-palvelu")
	save(plan, team.educator, review_requested_by="Teacher")
	assert [row.name for row in stored(plan).services] == before


def test_a_service_no_longer_asked_about_leaves_a_draft_only_unanswered(team):
	unanswered, answered, noted = map(make_service, ("vastaamatta", "vastattu", "kirjattu"))
	plan = make.make_child_plan(team)
	# Whatever else stands in the row is somebody's answer too.
	written = {answered: {"answer": "In Use"}, noted: {"worker": "Aino"}}
	plan = save(plan, team.educator, services=answers(plan, **written))
	for name in (unanswered, answered, noted):
		frappe.db.set_value("Support Service", name, "ask_on_vasu", 0)
	plan = save(plan, team.educator, wishes="Rauhallisia aamuja.")
	assert unanswered not in rows(plan)
	assert rows(plan)[answered].answer == "In Use"
	assert rows(plan)[noted].worker == "Aino"


@pytest.mark.parametrize(
	("answer", "stays"), [("In Use", True), ("Wanted", True), ("Earlier", False), ("No", False)]
)
def test_what_was_in_use_or_wanted_stays_in_sight(team, answer, stays):
	name = make_service("poistuva")
	plan = make.child_plan_in("Discussed", team)
	values = make.confirm_values(plan)
	for row in values["services"]:
		row["answer"] = answer if row["service"] == name else "No"
	make.move(plan, "Confirm the plan", team.educator, **values)
	frappe.db.set_value("Support Service", name, "disabled", 1)
	following = make.make_child_plan(team)
	assert (name in rows(following)) is stays
	# Also after a save: it has no answer yet.
	following = save(following, team.educator, wishes="Rauhallisia aamuja.")
	assert (name in rows(following)) is stays


def test_nobody_takes_a_row_away(team, api):
	plan = make.make_child_plan(team)
	first = plan.services[0].service
	plan = save(
		plan, team.educator, services=answers(plan, **{first: {"answer": "In Use", "worker": "Aino"}})
	)
	before = {row.service: row.name for row in plan.services}
	for sent in ([], answers(plan)[1:2], [{"service": before and plan.services[2].service, "answer": "No"}]):
		answer = put(api, team.educator, plan, services=sent)
		assert answer.status_code == 200, answer.text
		assert {row.service: row.name for row in stored(plan).services} == before
		assert (rows(plan)[first].answer, rows(plan)[first].worker) == ("In Use", "Aino")
	row = f"/api/resource/Child Plan Service/{before[first]}"
	assert api(team.educator).delete(row).status_code in (403, 409, 417)
	assert api(team.educator).put(row, json={"answer": "No"}).status_code in (403, 409, 417)
	answer = api(team.educator).post(
		"/api/method/frappe.client.delete", json={"doctype": "Child Plan Service", "name": before[first]}
	)
	assert answer.status_code in (403, 409, 417)
	assert rows(plan)[first].answer == "In Use"


def test_nobody_adds_a_service_twice_or_another_one(team, api):
	plan = make.make_child_plan(team)
	not_asked, first = make_service("ei-vasussa", ask_on_vasu=0), plan.services[0].service
	for sent in (
		[*answers(plan), {"service": first, "answer": "No"}],
		[*answers(plan), {"service": not_asked, "answer": "No"}],
		[*answers(plan), {"service": None}],
		[*answers(plan), {"service": "tuntematon"}],
		[{**answers(plan)[1], "service": first}, *answers(plan)],
	):
		answer = put(api, team.educator, plan, services=sent)
		assert answer.status_code == 417, answer.text
	child_row = {
		"doctype": "Child Plan Service",
		"parenttype": "Child Plan",
		"parentfield": "services",
		"parent": plan.name,
		"service": first,
	}
	for path, sent in (
		("/api/resource/Child Plan Service", child_row),
		("/api/method/frappe.client.insert", {"doc": child_row}),
	):
		assert api(team.educator).post(path, json=sent).status_code in (403, 409, 417)
	assert [row.service for row in stored(plan).services] == services.offered()
	# Neither with the very first request.
	answer = api(team.educator).post(
		"/api/resource/Child Plan",
		json={"child": factories.make_child(unit=team.unit), "services": [{"service": first}] * 2},
	)
	assert answer.status_code == 417, answer.text


def test_a_row_keeps_its_service_and_what_was_said_last_time(team, api):
	make.child_plan_in("Confirmed", team)
	plan = make.make_child_plan(team)
	first, second = plan.services[:2]
	assert first.last_answer == "No"
	forged = {"last_answer": "In Use", "last_worker": "Joku", "last_permission": "Yes", "answer": "Earlier"}
	answer = put(api, team.educator, plan, services=answers(plan, **{first.service: forged}))
	assert answer.status_code == 200, answer.text
	row = rows(plan)[first.service]
	assert (row.last_answer, row.last_worker, row.last_permission) == ("No", None, "Not Asked")
	assert row.answer == "Earlier"
	# Two rows that change places: each answer goes with its service.
	sent = [
		{"name": first.name, "service": second.service, "answer": "No"},
		{"name": second.name, "service": first.service, "answer": "Wanted"},
	]
	assert put(api, team.educator, plan, services=sent).status_code == 200
	assert (rows(plan)[first.service].name, rows(plan)[first.service].answer) == (first.name, "Wanted")
	assert (rows(plan)[second.service].name, rows(plan)[second.service].answer) == (second.name, "No")


@pytest.mark.parametrize(
	("answer", "permission", "is_right"),
	[
		*((answer, permission, True) for answer in ("In Use", "Wanted") for permission in ("Yes", "No")),
		*((answer, permission, False) for answer in ("Earlier", "No", "") for permission in ("Yes", "No")),
		*((answer, "Not Asked", True) for answer in ("In Use", "Wanted", "Earlier", "No", "")),
		("No", "", True),
		("In Use", "Perhaps", False),
		("Perhaps", "Yes", False),
	],
)
def test_permission_to_cooperate_is_about_a_service_in_use_or_wanted(team, api, answer, permission, is_right):
	"""Permission to co-operate with the workers responsible (domain.md §4, 1560-1564)."""
	plan = make.make_child_plan(team)
	first = plan.services[0].service
	sent = answers(plan, **{first: {"answer": answer, "permission": permission}})
	response = put(api, team.educator, plan, services=sent)
	assert response.status_code == (200 if is_right else 417), response.text
	if is_right:
		assert rows(plan)[first].permission == (permission or "Not Asked")


# A family may say no ---------------------------------------------------------------------------------------------------


def test_the_plan_is_the_educators(team):
	"""The teacher owns it (domain.md §1, 996-998): a director reads it, and may only end it."""
	for user in (team.director, team.counsellor):
		with make.attempt(), pytest.raises(frappe.PermissionError):
			make.make_child_plan(team, user=user)
	doc = make.child_plan_in("Discussed", team)
	ready = make.prepare(doc, **make.confirm_values(doc))
	with make.attempt(), pytest.raises(WorkflowTransitionError):
		make.move(ready, "Confirm the plan", team.director)
	assert make.move(ready, "Confirm the plan", team.special_educator).workflow_state == "Confirmed"


def test_the_talk_needs_the_form_or_the_word_that_there_is_none(team):
	"""Parents fill in a form of their own beforehand (domain.md §3, 1553)."""
	plan = make.make_child_plan(team)
	with make.attempt(), pytest.raises(GuardNotMet, match="did not fill in"):
		make.move(plan, "Record the talk without the form", team.educator, **make.talk_values())
	both = {**make.form_values(), **make.talk_values(), "form_declined": 1}
	with make.attempt(), pytest.raises(GuardNotMet, match="Either"):
		make.move(plan, "Record the talk without the form", team.educator, **both)
	values = {**make.talk_values(), "form_declined": 1}
	plan = make.move(plan, "Record the talk without the form", team.educator, **values)
	assert plan.workflow_state == "Discussed"


@pytest.mark.parametrize("field", ["form_received_on", "form_received_how"])
def test_the_form_is_recorded_with_day_and_way(team, field):
	plan = make.make_child_plan(team)
	with pytest.raises(GuardNotMet, match="eceived"):
		make.move(plan, "Record the guardians' form", team.educator, **{**make.form_values(), field: None})


def test_the_services_are_asked_about_or_the_family_does_not_wish_to_answer(team):
	plan = make.child_plan_in("Discussed", team)
	values = make.confirm_values(plan)
	first, second = values["services"][:2]
	first["answer"] = second["answer"] = ""
	with make.attempt(), pytest.raises(GuardNotMet, match=services.title(first["service"])) as refusal:
		make.move(plan, "Confirm the plan", team.educator, **values)
	assert services.title(second["service"]) in str(refusal.value)
	assert services.title(values["services"][2]["service"]) not in str(refusal.value)
	# What the family has told stays, the rest stays empty.
	plan = make.move(plan, "Confirm the plan", team.educator, **values, services_declined=1)
	assert [row.answer or "" for row in stored(plan).services[:3]] == ["", "", "No"]


def test_a_service_that_came_since_the_last_save_is_asked_about_too(team):
	plan = make.child_plan_in("Discussed", team)
	plan = save(plan, team.educator, **make.confirm_values(plan))
	new = make_service("viime-tipassa")
	with make.attempt(), pytest.raises(GuardNotMet, match=services.title(new)):
		make.move(plan, "Confirm the plan", team.educator)
	plan = save(plan, team.educator, wishes="Rauhallisia aamuja.")
	plan = save(plan, team.educator, services=answers(plan, **{new: {"answer": "No"}}))
	assert make.move(plan, "Confirm the plan", team.educator).workflow_state == "Confirmed"


# Confirming ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("field", "value", "label"),
	[
		("discussed_on", None, "Talked on"),
		("discussed_how", None, "How"),
		("discussed_with", " ", "With whom"),
		("goals", [], "Goals"),
		("next_review_on", None, "Next review on"),
	],
)
def test_confirming_needs_the_talk_a_goal_and_the_next_review(team, field, value, label):
	"""One goal is enough (domain.md §2, 1603-1604)."""
	plan = make.child_plan_in("Discussed", team)
	values = make.confirm_values(plan)
	with make.attempt(), pytest.raises(GuardNotMet, match=label):
		make.move(plan, "Confirm the plan", team.educator, **{**values, field: value})
	assert make.move(plan, "Confirm the plan", team.educator, **values).workflow_state == "Confirmed"


@pytest.mark.parametrize("months", [1, 6, 12])
def test_the_next_review_is_within_the_months_of_the_setting(team, months):
	"""Reviewed at least yearly (domain.md §3, 840 and 994)."""
	frappe.db.set_single_value("Early Support Settings", "plan_review_months", months)
	plan = make.child_plan_in("Discussed", team)
	values, last_day = make.confirm_values(plan), getdate(add_months(clock.today(), months))
	for day in (frappe.utils.add_days(last_day, 1), clock.today(), factories.days(-1)):
		with make.attempt(), pytest.raises(GuardNotMet, match="Next review on"):
			make.move(plan, "Confirm the plan", team.educator, **{**values, "next_review_on": day})
	plan = make.move(plan, "Confirm the plan", team.educator, **{**values, "next_review_on": last_day})
	assert (plan.next_review_on, plan.review_due_on) == (last_day, last_day)
	# A shorter time that is set later is no reason to touch what was confirmed.
	frappe.db.set_single_value("Early Support Settings", "plan_review_months", 1)
	assert save(plan, team.educator, review_requested_by="Guardian").next_review_on == last_day


def test_days(team):
	plan = make.make_child_plan(team)
	for field in ("begun_on", "form_received_on", "discussed_on"):
		with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
			save(plan, team.educator, **{field: factories.days(1)})
	for field in ("form_received_on", "discussed_on"):
		with make.attempt(), pytest.raises(GuardNotMet, match="cannot be before"):
			save(plan, team.educator, **{field: factories.days(-1)})


@pytest.mark.parametrize("state", [*OPEN, "Confirmed"])
def test_a_plan_is_discontinued_with_a_reason_and_then_another_begins(team, state):
	"""The child leaves, or a mistake: casework is never deleted."""
	plan = make.child_plan_in(state, team)
	with make.attempt(), pytest.raises(GuardNotMet, match="Why"):
		make.move(plan, "Discontinue", team.educator)
	plan = make.move(plan, "Discontinue", team.director, discontinued_reason="Perhe muuttaa.")
	assert (plan.workflow_state, plan.discontinued_on) == ("Discontinued", clock.today())
	assert make.make_child_plan(team).workflow_state == "Draft"


# What was confirmed stays ------------------------------------------------------------------------------------------------


def test_what_was_confirmed_stays_as_it_was(team, api):
	plan = make.child_plan_in("Confirmed", team)
	before = stored(plan).as_dict()
	first = plan.services[0].service
	for field, value in {
		"begun_on": str(factories.days(-9)),
		"form_received_on": str(factories.days(-1)),
		"form_received_how": None,
		"form_declined": 1,
		"child_enjoys": "Muuta",
		"goes_well": "Muuta",
		"guardians_wishes": "Muuta",
		"guardians_worries": "Muuta",
		"last_goals_view": "Muuta",
		"discussed_on": str(factories.days(-1)),
		"discussed_with": "Isä",
		"strengths": "Muuta",
		"resources": "Muuta",
		"wishes": "Muuta",
		"goals": [],
		"services_declined": 1,
		"services": answers(plan, **{first: {"answer": "In Use", "permission": "Yes"}}),
		"next_review_on": str(factories.days(300)),
	}.items():
		answer = put(api, team.educator, plan, **{field: value})
		assert answer.status_code == 417, (field, answer.text)
		assert "stays as it is" in answer.text, field
	for sent in ([], [*answers(plan), {"service": first}], [{"goal": "Toinen"}]):
		table = "goals" if sent and "goal" in sent[0] else "services"
		assert put(api, team.educator, plan, **{table: sent}).status_code == 417
	assert stored(plan).as_dict() == before
	# Nor on the way out.
	with pytest.raises(GuardNotMet, match="stays as it is"):
		make.move(plan, "Discontinue", team.educator, discontinued_reason="Muutto", wishes="Muuta")


@pytest.mark.parametrize("by", ["Teacher", "Guardian", "Authority"])
def test_a_review_is_requested_and_due_at_once(team, api, by):
	"""An extra review at the request of teacher, guardian or authority (domain.md §3, 840-842)."""
	plan = make.child_plan_in("Confirmed", team)
	confirmed = plan.next_review_on
	answer = put(api, team.special_educator, plan, review_requested_by=by, review_reason="Uusi tilanne.")
	assert answer.status_code == 200, answer.text
	plan = stored(plan)
	assert (plan.review_requested_on, plan.review_due_on) == (clock.today(), clock.today())
	assert (plan.workflow_state, plan.next_review_on) == ("Confirmed", confirmed)
	# Who asked, when and why, stays; and the request does not come off.
	for values in (
		{"review_requested_by": ""},
		{"review_requested_on": str(factories.days(-1))},
		{"review_reason": "x"},
	):
		assert put(api, team.educator, plan, **values).status_code == 417, values


def test_a_request_needs_a_confirmed_plan_a_day_that_has_come_and_somebody(team):
	for state in OPEN:
		with make.attempt(), pytest.raises(GuardNotMet, match="when the plan is confirmed"):
			save(make.child_plan_in(state, team), team.educator, review_requested_by="Guardian")
	plan = make.child_plan_in("Confirmed", team)
	with make.attempt(), pytest.raises(GuardNotMet, match="Requested by"):
		save(plan, team.educator, review_reason="Uusi tilanne.")
	for offset, message in ((1, "has not come yet"), (-1, "cannot be before")):
		values = {"review_requested_by": "Guardian", "review_requested_on": factories.days(offset)}
		with make.attempt(), pytest.raises(GuardNotMet, match=message):
			save(plan, team.educator, **values)
	with make.attempt(), pytest.raises(frappe.ValidationError):
		save(plan, team.educator, review_requested_by="Neighbour")


def test_a_request_does_not_put_off_a_review_that_is_overdue(team):
	plan = make.child_plan_in("Confirmed", team)
	due = plan.review_due_on
	with clock.at(frappe.utils.add_days(due, 10)):
		assert save(plan, team.educator, review_requested_by="Authority").review_due_on == due


# One plan ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", OPEN)
def test_a_child_has_one_plan_under_way(team, state):
	"""One plan for each child, reviewed within a year (domain.md §3, 840)."""
	make.child_plan_in(state, team)
	with pytest.raises(GuardNotMet, match="already has a plan"):
		make.make_child_plan(team, user=team.special_educator)


def test_one_confirmed_plan_whatever_there_was(team):
	"""One confirmed plan per child (design.md §3), also when a second draft has come past the rules."""
	confirmed = make.child_plan_in("Confirmed", team)
	plans = [make.child_plan_in("Discussed", team)]
	# As a request would leave it that has been let in at the same moment.
	frappe.db.set_value("Child Plan", plans[0].name, "workflow_state", "Discontinued")
	plans.append(make.child_plan_in("Discussed", team))
	frappe.db.set_value("Child Plan", plans[0].name, "workflow_state", "Discussed")
	for plan in plans:
		make.move(plan, "Confirm the plan", team.educator, **make.confirm_values(plan))
	states = frappe.get_all("Child Plan", filters={"child": team.child}, fields=["name", "workflow_state"])
	assert {row.name: row.workflow_state for row in states} == {
		confirmed.name: "Superseded",
		plans[0].name: "Superseded",
		plans[1].name: "Confirmed",
	}


def test_nobody_supersedes_a_plan_by_hand(team, api):
	plan = make.child_plan_in("Confirmed", team)
	for user in (team.educator, team.director):
		assert put(api, user, plan, workflow_state="Superseded").status_code == 417
	workflow = frappe.get_doc("Workflow", "Child Plan")
	row = {
		"state": "Confirmed",
		"action": "Discontinue",
		"next_state": "Superseded",
		"allowed": "Early Educator",
	}
	workflow.append("transitions", {**row, "allow_self_approval": 1})
	workflow.save()
	answer = put(api, team.educator, plan, workflow_state="Superseded")
	assert answer.status_code == 417
	assert "newer plan" in answer.text
	assert stored(plan).workflow_state == "Confirmed"


def test_a_municipality_may_put_a_state_between(team):
	"""A draft is a draft, and a confirmed plan confirmed, in whatever states a municipality adds (design.md §3)."""
	factories.insert("Workflow State", workflow_state_name="With the VEO")
	workflow = frappe.get_doc("Workflow", "Child Plan")
	educator = {"allowed": "Early Educator", "allow_self_approval": 1}
	for state in ("With the VEO",):
		workflow.append("states", {"state": state, "doc_status": "0", "allow_edit": "Early Educator"})
	for before, action, after in (
		("Discussed", "Record the talk", "With the VEO"),
		("Confirmed", "Record the talk", "With the VEO"),
		("With the VEO", "Confirm the plan", "Confirmed"),
	):
		workflow.append("transitions", {"state": before, "action": action, "next_state": after, **educator})
	workflow.save()
	plan = make.move(make.child_plan_in("Discussed", team), "Record the talk", team.educator)
	assert plan.workflow_state == "With the VEO"
	with make.attempt(), pytest.raises(GuardNotMet, match="already has a plan"):
		make.make_child_plan(team)
	plan = make.move(plan, "Confirm the plan", team.educator, **make.confirm_values(plan))
	confirmed_on = plan.confirmed_on
	plan = make.move(plan, "Record the talk", team.educator)
	with make.attempt(), pytest.raises(GuardNotMet, match="stays as it is"):
		save(plan, team.educator, wishes="Muuta")
	with clock.at(factories.days(3)):
		plan = make.move(plan, "Confirm the plan", team.educator)
	assert plan.confirmed_on == confirmed_on


# Who ---------------------------------------------------------------------------------------------------------------------


def test_what_the_app_records_is_not_taken_from_a_request(team, other, api):
	forged = {
		"unit": other.unit,
		"begun_by": other.educator,
		"confirmed_on": "2020-01-01",
		"confirmed_by": other.educator,
		"review_due_on": "2040-01-01",
		"superseded_on": "2020-01-01",
		"discontinued_on": "2020-01-01",
		"last_goals": [{"goal": "Keksitty"}],
	}
	answer = api(team.educator).post("/api/resource/Child Plan", json={"child": team.child, **forged})
	assert answer.status_code == 200, answer.text
	doc = frappe.get_doc("Child Plan", answer.json["data"]["name"])
	assert (doc.unit, doc.begun_by) == (team.unit, team.educator)
	assert not any(doc.get(field) for field in forged if field not in ("unit", "begun_by"))
	assert put(api, team.educator, doc, **forged).status_code == 200
	doc = stored(doc)
	assert not any(doc.get(field) for field in forged if field not in ("unit", "begun_by"))


def test_no_plan_is_made_for_a_foreign_child(team, other, api):
	with pytest.raises(frappe.PermissionError):
		make.make_child_plan(team, user=other.educator)
	for user in (other.educator, team.director, team.counsellor):
		answer = api(user).post("/api/resource/Child Plan", json={"child": team.child})
		assert answer.status_code == 403, answer.text
	assert not frappe.db.exists("Child Plan", {"child": team.child})


def test_the_support_period_opens_no_plan_to_its_counsellor(team, api):
	"""The plan is secret (early education act 40 §): what a counsellor gets of it travels by the family's consent."""
	plan = make.child_plan_in("Confirmed", team)
	period = make.period_in("Under Way", team)
	client = api(team.counsellor)
	assert client.get(f"/api/resource/Support Period/{period.name}").status_code == 200
	assert client.get(f"/api/resource/Child/{team.child}").status_code == 200
	answer = client.get(f"/api/resource/Child Plan/{plan.name}")
	assert answer.status_code == 403
	assert "Aamuun rauhallinen alku" not in answer.text
	assert client.get("/api/resource/Child Plan").json["data"] == []
	for table in ("Child Plan Goal", "Child Plan Service"):
		with make.acting(team.counsellor):
			assert frappe.get_list(table, parent_doctype="Child Plan", pluck="name") == []
	with make.acting(team.counsellor):
		doc = frappe.get_doc("Child", team.child)
		doc.run_method("onload")
		assert doc.get_onload("plan") is None


def test_in_an_emergency_the_plan_is_read_only(team, other, api):
	plan = make.child_plan_in("Confirmed", team)
	child = frappe.get_doc("Child", team.child)
	with make.acting(other.educator):
		break_glass.open_family(
			child.last_name,
			child.first_names,
			str(child.birth_date),
			"Poliisi soitti, lapsi on yksin kotona.",
		)
	assert api(other.educator).get(f"/api/resource/Child Plan/{plan.name}").status_code == 200
	assert put(api, other.educator, plan, review_requested_by="Authority").status_code == 403


def test_a_plan_goes_with_the_child_and_what_has_ended_stays(team, other):
	older = make.child_plan_in("Superseded", team)
	plan = frappe.get_doc("Child Plan", {"child": team.child, "workflow_state": "Confirmed"})
	frappe.get_doc(
		{"doctype": "Child", **frappe.get_doc("Child", team.child).as_dict(), "unit": other.unit}
	).save()
	assert (stored(plan).unit, stored(older).unit) == (other.unit, team.unit)
	following = make.make_child_plan(other._replace(child=team.child))
	assert {row.last_answer for row in following.services} == {"No"}


def test_nothing_of_a_plan_that_ended_in_another_unit_is_carried_over(team, other):
	plan = make.child_plan_in("Confirmed", team)
	make.move(plan, "Discontinue", team.educator, discontinued_reason="Perhe muuttaa.")
	frappe.get_doc(
		{"doctype": "Child", **frappe.get_doc("Child", team.child).as_dict(), "unit": other.unit}
	).save()
	following = make.make_child_plan(other._replace(child=team.child))
	assert not following.last_goals
	assert {row.last_answer for row in following.services} == {None}


def test_the_form_knows_what_comes_next(team):
	def known(doctype: str, name: str, key: str):
		with make.acting(team.educator):
			doc = frappe.get_doc(doctype, name)
			doc.run_method("onload")
		return doc.get_onload(key)

	assert known("Child", team.child, "plan") is None
	plan = make.child_plan_in("Confirmed", team)
	assert known("Child", team.child, "plan") == plan.name
	assert known("Child Plan", plan.name, "next_plan") is None
	assert known("Child Plan", plan.name, "offered") == []
	following = make.make_child_plan(team)
	assert known("Child", team.child, "plan") == following.name
	assert known("Child Plan", plan.name, "next_plan") == following.name
	assert known("Child Plan", following.name, "offered") == services.offered()


def test_four_eyes_see_who_began_it(team):
	workflow = frappe.get_doc("Workflow", "Child Plan")
	for row in workflow.transitions:
		if row.next_state == "Confirmed":
			row.allow_self_approval = 0
	workflow.save()
	plan = make.child_plan_in("Discussed", team)
	values = make.confirm_values(plan)
	with make.attempt(), pytest.raises(frappe.ValidationError, match="Self approval"):
		make.move(plan, "Confirm the plan", team.educator, **values)
	plan = make.move(plan, "Confirm the plan", team.special_educator, **values)
	assert plan.confirmed_by == team.special_educator


def test_a_plan_is_never_deleted(team):
	plan = make.make_child_plan(team)
	with make.acting(team.educator), pytest.raises(frappe.PermissionError):
		frappe.delete_doc("Child Plan", plan.name)
	with system_change():
		frappe.delete_doc("Child Plan", plan.name, force=True)
	assert not frappe.db.exists("Child Plan Service", {"parent": plan.name})


# A permission is taken back ------------------------------------------------------------------------------------------


def guardian_of(team) -> str:
	family = frappe.db.get_value("Child", team.child, "family")
	return frappe.get_doc("Family", family).guardians[0].full_name


def permitting(team, *permitted: str):
	"""Return a confirmed plan in which these services are in use, and the staff may co-operate with them."""
	plan = make.child_plan_in("Discussed", team)
	values = make.confirm_values(plan)
	yes = {"answer": "In Use", "worker": "Työntekijä", "permission": "Yes"}
	values["services"] = [
		{**row, **(yes if row["service"] in permitted else {})} for row in values["services"]
	]
	return make.move(plan, "Confirm the plan", team.educator, **values)


def take_back(team, plan, service: str, user: str | None = None, **more):
	by = {"permission_withdrawn_by": guardian_of(team), **more}
	return save(plan, user or team.educator, services=answers(plan, **{service: by}))


@pytest.fixture
def two(site):
	return services.offered()[:2]


def test_a_permission_is_taken_back_beside_the_old_answer(team, two):
	"""By whom and when (domain.md §9.4); it was asked for beside each service (§4, 1560-1564); the plan stays as it was confirmed."""
	plan = permitting(team, *two)
	take_back(team, plan, two[0])
	first, second = (rows(plan)[service] for service in two)
	assert (first.answer, first.permission, first.permission_withdrawn_by) == (
		"In Use",
		"Yes",
		guardian_of(team),
	)
	assert getdate(first.permission_withdrawn_on) == clock.today()
	assert (second.permission, second.permission_withdrawn_on) == ("Yes", None)
	assert [row.service for row in services.permitted(stored(plan))] == [two[1]]
	moment = first.permission_withdrawn_on
	# A later save leaves it as it was said; nobody takes it off.
	take_back(team, plan, two[1])
	assert rows(plan)[two[0]].permission_withdrawn_on == moment
	for by in ("", "Naapuri"):
		with make.attempt(), pytest.raises(GuardNotMet, match="stays as it is"):
			take_back(team, plan, two[0], permission_withdrawn_by=by)


@pytest.mark.parametrize("field", ["answer", "worker", "permission", "last_permission", "service"])
def test_with_a_permission_nothing_else_of_the_row_is_changed(team, two, api, field):
	plan = permitting(team, *two)
	other = {"answer": "Wanted", "worker": "Muu", "permission": "No", "last_permission": "No", "service": "x"}
	change = {"permission_withdrawn_by": guardian_of(team), field: other[field]}
	answer = put(api, team.educator, plan, services=answers(plan, **{two[0]: change}))
	assert answer.status_code == 417, answer.text[-600:]
	assert rows(plan)[two[0]].permission_withdrawn_by is None


def test_the_day_comes_from_no_request(team, two, api):
	plan = permitting(team, *two)
	forged = {"permission_withdrawn_on": "2020-01-01 00:00:00"}
	put(api, team.educator, plan, services=answers(plan, **{two[1]: forged}))
	assert rows(plan)[two[1]].permission_withdrawn_on is None
	by = {"permission_withdrawn_by": guardian_of(team), **forged}
	answer = put(api, team.educator, plan, services=answers(plan, **{two[0]: by}))
	assert answer.status_code == 200, answer.text[-600:]
	assert getdate(rows(plan)[two[0]].permission_withdrawn_on) == clock.today()


def test_only_a_given_permission_is_taken_back_and_only_by_a_guardian(team, two, other):
	plan = permitting(team, two[0])
	with make.attempt(), pytest.raises(GuardNotMet, match="no permission to take back"):
		take_back(team, plan, two[1])
	with make.attempt(), pytest.raises(GuardNotMet, match="a guardian of the child"):
		take_back(team, plan, two[0], permission_withdrawn_by="Naapuri")
	for user in (team.counsellor, other.educator):
		with make.attempt(), pytest.raises(frappe.PermissionError):
			take_back(team, plan, two[0], user=user)
	take_back(team, plan, two[0], user=team.special_educator)


def test_in_a_plan_that_is_not_confirmed_the_answer_is_changed_instead(team, two):
	plan = make.child_plan_in("Discussed", team)
	yes = {"answer": "In Use", "permission": "Yes", "permission_withdrawn_by": guardian_of(team)}
	save(plan, team.educator, services=answers(plan, **{two[0]: yes}))
	assert rows(plan)[two[0]].permission == "Yes"
	assert rows(plan)[two[0]].permission_withdrawn_by is None


def test_what_is_under_way_to_the_service_stops_and_it_is_said_what_was_told(team, two):
	"""A withdrawal stops every further sharing at once, and says what was told (domain.md §9.4)."""
	plan = permitting(team, *two)
	recipients = [{"service": service} for service in two]
	consent = make.consent_in("Given", team, recipients=recipients)
	sections = [{"section": "basics"}]
	to = {"consent": consent.name, "sections": sections}
	told = make.referral_in("Joint Contact", team, service=two[0], **to)
	elsewhere = make.referral_in("Joint Contact", team, service=two[1], **to)
	law = {"statutory_ground": "shl-35", "statutory_reason": "Lapsi tarvitsee tukea."}
	by_law = make.referral_in("Joint Contact", team, service=two[0], consent=None, sections=sections, **law)
	draft = make.make_referral(team, service=two[1], **to)
	done = make.referral_in("First Contact Confirmed", team, service=two[0], **to)
	assert frappe.has_permission("Referral", "read", doc=done.name, user=done.receiver)
	frappe.clear_messages()
	take_back(team, plan, two[0])
	assert told.receiver_name in str(frappe.get_message_log())
	states = {
		referral.receiver: frappe.db.get_value("Referral", referral.name, "workflow_state")
		for referral in (told, elsewhere, by_law, draft)
	}
	assert list(states.values()) == ["Withdrawn", "Joint Contact", "Joint Contact", "Draft"]
	for referral in (told, done):
		assert not frappe.has_permission("Referral", "read", doc=referral.name, user=referral.receiver)
	assert frappe.has_permission("Referral", "read", doc=elsewhere.name, user=elsewhere.receiver)
	# The consent goes on for the other service only.
	again = make.make_referral(team, service=two[0], **to)
	with make.attempt(), pytest.raises(GuardNotMet, match="taken back their permission"):
		make.move(again, "Confirm the ground", team.educator)
	make.move(draft, "Confirm the ground", team.educator)


def test_a_consent_given_afterwards_holds(team, two):
	plan = permitting(team, *two)
	asked_before = make.make_consent(team, recipients=[{"service": two[0]}])
	take_back(team, plan, two[0])
	given = make.move(asked_before, "Guardians consent", team.educator, answers=make.answers_of(asked_before))
	to = {"service": two[0], "sections": [{"section": "basics"}]}
	with make.attempt(), pytest.raises(GuardNotMet, match="taken back their permission"):
		make.referral_in("Consent Given", team, consent=given.name, **to)
	anew = make.consent_in("Given", team, recipients=[{"service": two[0]}])
	assert make.referral_in("Consent Given", team, consent=anew.name, **to).workflow_state == "Consent Given"


def test_the_next_plan_says_that_it_was_taken_back(team, two):
	plan = permitting(team, *two)
	take_back(team, plan, two[0])
	with make.acting(team.educator):
		following = offers.make_child_plan(plan.name).insert()
	last = {row.service: (row.last_permission, row.permission) for row in following.services}
	assert (last[two[0]], last[two[1]]) == (("Taken Back", "Not Asked"), ("Yes", "Not Asked"))


def test_a_consent_is_offered_for_the_services_that_the_guardians_allow(team, two):
	"""From the permission in the plan to the consent that says what may be told (domain.md §4, 1560-1564)."""
	plan = permitting(team, *two)
	take_back(team, plan, two[0])
	with make.acting(team.educator):
		consent = offers.ask_consent_by_plan(plan.name)
		assert [(row.service, row.worker) for row in consent.recipients] == [(two[1], "Työntekijä")]
		assert (consent.child, [row.guardian for row in consent.answers]) == (team.child, [guardian_of(team)])
		assert consent.insert().workflow_state == "Draft"
