"""The page of a child: what is on it for whom, and that nothing else is."""

import frappe
import pytest

from early_support.access import assignments, conditions, grants, policy
from early_support.casework import clock
from early_support.exceptions import FilterNotUnderstood
from early_support.overview import child as page
from early_support.overview.child import get_child, get_timeline
from early_support.prints.reader import speaking
from early_support.tests import case_factories as case
from early_support.tests import factories as make

CHILD = "/api/method/early_support.overview.child.get_child"
TIMELINE = "/api/method/early_support.overview.child.get_timeline"
SECRET = "vaiettusana"


def seen(user: str, child: str) -> dict:
	with case.acting(user):
		return get_child(child)


def names(lines: list[dict]) -> list[str]:
	return [line["name"] for line in lines]


def refused(user: str, child: str) -> bool:
	with case.acting(user):
		for ask in (get_child, get_timeline):
			with pytest.raises(frappe.PermissionError):
				ask(child)
	return True


def full_case(team: case.Team) -> dict[str, object]:
	"""Make one document of each kind about the team's child."""
	concern = case.concern_in("Meeting Agreed", team)
	period = case.make_period(team, concern)
	agreement = {
		"agreed_by": "Äiti",
		"agreed_how": case.option("Contact Method"),
		"counsellor": team.counsellor,
	}
	period = case.move(period, "Parents agree", team.educator, **agreement)
	period = case.move(period, "Start the work", team.counsellor)
	visit = case.visit_in("Held", team, period=period)
	planned = case.make_visit(team, period, visit_date=make.days(3))
	consent = case.consent_in("Given", team)
	referral = case.make_referral(team, consent=consent.name)
	plan = case.child_plan_in("Confirmed", team)
	meeting = case.network_meeting_in("Agreed", team)
	return {
		"concern": concern,
		"period": period,
		"visit": visit,
		"planned": planned,
		"consent": consent,
		"referral": referral,
		"plan": plan,
		"meeting": meeting,
	}


# What is on it --------------------------------------------------------------------------------------------------------


def test_everything_about_a_child_is_on_one_page():
	team = case.make_team()
	docs = full_case(team)
	found = seen(team.educator, team.child)
	agreed = {line["name"]: line for line in found["agreed"]}
	assert set(agreed) == {docs[key].name for key in ("period", "consent", "plan", "meeting")}
	facts = {
		fact["label"]: fact.get("text") or fact.get("day") for fact in agreed[docs["period"].name]["facts"]
	}
	assert facts["Visits held"] == "1 of at most 3"
	facts = {fact["label"]: fact.get("day") for fact in agreed[docs["consent"].name]["facts"]}
	assert str(docs["consent"].valid_until) in facts.values()
	facts = {fact["label"]: fact.get("day") for fact in agreed[docs["plan"].name]["facts"]}
	assert str(docs["plan"].review_due_on) in facts.values()
	(action,) = found["actions"]
	assert (action["what"], action["who"], action["late"]) == ("Kuvakortit aamuun", "Oona Opettaja", False)
	assert {line["name"] for line in found["timeline"]["lines"]} == {
		doc.name for key, doc in docs.items() if key != "planned"
	}
	assert {docs["planned"].name, docs["consent"].name, docs["plan"].name} <= set(names(found["next"]))
	assert all(line["kind"] and line["state"] for line in found["timeline"]["lines"])


def test_an_ordinary_day_says_nothing():
	team = case.make_team()
	found = seen(team.educator, team.child)
	assert (found["agreed"], found["actions"], found["next"], found["turns"]) == ([], [], [], [])
	assert found["timeline"] == {"lines": [], "after": None}
	assert [person["roles"] for person in found["people"]] == [["äiti"]] or found["people"]


def test_people_have_names_and_roles_and_no_address():
	family = make.make_family(
		guardians=[
			{
				"full_name": "Maija Meikäläinen",
				"relation": "äiti",
				"phone": "040 555 0199",
				"email": "m@example.test",
			}
		]
	)
	team = case.make_team(family=family)
	case.period_in("Agreed", team)
	found = seen(team.educator, team.child)
	people = {person["name"]: person["roles"] for person in found["people"]}
	counsellor = frappe.db.get_value("User", team.counsellor, "full_name")
	assert people["Maija Meikäläinen"] == ["äiti"]
	assert people[counsellor] == ["Support Period: Family counsellor"]
	text = frappe.as_json(found)
	for address in (team.counsellor, team.educator, "040 555 0199", "m@example.test"):
		assert address not in text


def test_a_withdrawn_consent_stands_there_until_it_would_have_ended():
	"""Withdrawal stops every further sharing at once (domain.md §9.4): so whoever looks must see it."""
	team = case.make_team()
	consent = case.consent_in("Withdrawn", team)
	(line,) = seen(team.educator, team.child)["agreed"]
	assert (line["name"], line["state"]) == (consent.name, "Withdrawn")
	assert {"label": "Consent withdrawn on", "day": str(clock.today())} in line["facts"]
	with speaking("fi"):
		(line,) = seen(team.educator, team.child)["agreed"]
	# In the word of this form: support "keskeytetään", a consent "perutaan".
	assert line["state"] == "Peruttu"
	with clock.at(frappe.utils.add_days(consent.valid_until, 1)):
		assert seen(team.educator, team.child)["agreed"] == []


@pytest.mark.parametrize("state", ["Proposed", "Declined", "Ended", "Withdrawn"])
def test_a_period_that_does_not_run_is_not_agreed(state):
	team = case.make_team()
	case.period_in(state, team)
	assert seen(team.educator, team.child)["agreed"] == []


def test_only_open_actions_of_running_agreements():
	team = case.make_team()
	meeting = case.network_meeting_in("Agreed", team)
	(row,) = meeting.actions
	due_on = row.due_on
	row.db_set("due_on", make.days(-1))
	(action,) = seen(team.educator, team.child)["actions"]
	assert (action["name"], action["late"]) == (meeting.name, True)
	row.db_set({"state": "Done", "due_on": due_on})
	assert seen(team.educator, team.child)["actions"] == []
	row.db_set("state", "Open")
	case.move(meeting, "Parents withdraw", team.educator, withdrawn_how=case.option("Contact Method"))
	assert seen(team.educator, team.child)["actions"] == []


def test_the_goals_of_a_clients_plan_are_what_is_being_worked_on():
	"""Each has one who is responsible, and a day (domain.md §2, 1592); the unit's staff see none."""
	team = case.make_team()
	plan = case.support_plan_in("Agreed", team, next_review_on=make.days(60))
	(goal,) = plan.goals
	(action,) = seen(team.counsellor, team.child)["actions"]
	assert (action["name"], action["what"], action["late"]) == (plan.name, goal.goal, False)
	assert seen(team.educator, team.child)["actions"] == []
	goal.db_set("due_on", make.days(-1))
	(action,) = seen(team.counsellor, team.child)["actions"]
	assert action["late"] is True
	case.move(plan, "End the plan", team.counsellor, ended_reason="Perhe pärjää.")
	assert seen(team.counsellor, team.child)["actions"] == []


@pytest.mark.parametrize("state", ["Agreed", "Under Review"])
def test_a_review_that_is_not_brought_to_its_end_is_late(state):
	"""domain.md §3, 752: every three months."""
	team = case.make_team()
	plan = case.support_plan_in(state, team, next_review_on=make.days(60))
	with clock.at(make.days(61)):
		(line,) = (line for line in seen(team.counsellor, team.child)["next"] if line["name"] == plan.name)
	assert line["late"] is True


# What comes next ------------------------------------------------------------------------------------------------------


def turns(user: str, child: str) -> list[tuple[str, str]]:
	return [(line["name"], line["line"]) for line in seen(user, child)["turns"]]


@pytest.mark.parametrize(
	("state", "line"),
	[
		("Draft", "Raise the concern"),
		("Raised", "Record the talk"),
		("Discussed", "Propose a meeting"),
		("Meeting Proposed", "Parents agree to meet"),
		("Meeting Agreed", "Start the support period"),
		("Declined", "Talk again"),
		("Urgent", "Record the talk"),
		("Closed", None),
	],
)
def test_the_turn_of_the_educator(state, line):
	team = case.make_team()
	concern = case.concern_in(state, team)
	expected = [(concern.name, line)] if line else []
	assert turns(team.educator, team.child) == turns(team.special_educator, team.child) == expected
	# Moves that are not the director's are not offered to the director.
	assert turns(team.director, team.child) == []


def test_a_meeting_is_nobodys_turn_when_the_period_is_begun():
	team = case.make_team()
	concern = case.concern_in("Meeting Agreed", team)
	period = case.make_period(team, concern)
	assert turns(team.educator, team.child) == [(period.name, "Parents agree")]


def test_the_turns_of_the_counsellor():
	team = case.make_team()
	period = case.period_in("Agreed", team)
	assert turns(team.counsellor, team.child) == [(period.name, "Plan a visit")]
	assert turns(team.educator, team.child) == []
	period = case.move(period, "Start the work", team.counsellor)
	next_visit = "Plan the next visit, or go to follow-up"
	assert turns(team.counsellor, team.child) == [(period.name, next_visit)]
	visit = case.make_visit(team, period, visit_date=make.days(1))
	assert turns(team.counsellor, team.child) == []
	assert names(seen(team.counsellor, team.child)["next"]) == [visit.name]
	visit.db_set("visit_date", make.days(0))
	assert turns(team.counsellor, team.child) == [(visit.name, "Mark as held")]
	case.move(visit, "Mark as held", team.counsellor)
	assert turns(team.counsellor, team.child) == [(period.name, next_visit)]
	period.db_set("visit_limit", 1)
	assert turns(team.counsellor, team.child) == [(period.name, "Go to follow-up")]


def test_only_the_receiver_is_asked_to_accept():
	team = case.make_team()
	referral = case.referral_in("Joint Contact", team, receiver=team.counsellor)
	assert turns(team.educator, team.child) == []
	grants.give(
		team.counsellor, referral.family, policy.SUPPORT_PERIOD, case.period_in("Agreed", team), "Sovittu"
	)
	assert (referral.name, "Accept") in turns(team.counsellor, team.child)


def test_a_review_is_due_and_late():
	"""Reviewed at least yearly (domain.md §3, 840 and 994)."""
	team = case.make_team()
	plan = case.child_plan_in("Confirmed", team)
	(line,) = seen(team.educator, team.child)["next"]
	assert (line["name"], line["day"], line["late"]) == (plan.name, str(plan.review_due_on), False)
	assert turns(team.educator, team.child) == []
	with clock.at(frappe.utils.add_days(plan.review_due_on, 1)):
		(line,) = seen(team.educator, team.child)["next"]
		assert line["late"]
		assert turns(team.educator, team.child) == [(plan.name, "Make the next plan")]
		next_plan = case.make_child_plan(team)
		assert names(seen(team.educator, team.child)["turns"]) == [next_plan.name]


# The time line --------------------------------------------------------------------------------------------------------


def test_the_time_line_has_each_date_newest_first():
	team = case.make_team()
	concern = case.concern_in("Closed", team, observed_on=make.days(-9))
	concern.db_set("raised_on", make.days(-8))
	lines = seen(team.educator, team.child)["timeline"]["lines"]
	assert [(line["label"], line["day"]) for line in lines] == [
		("Closed on", str(make.days(0))),
		("Raised on", str(make.days(-8))),
		("Noticed on", str(make.days(-9))),
	]
	assert {line["state"] for line in lines} == {"Closed"}


def test_what_is_to_come_is_not_on_the_time_line():
	team = case.make_team()
	visit = case.make_visit(team, visit_date=make.days(5))
	assert visit.name not in names(seen(team.educator, team.child)["timeline"]["lines"])
	assert visit.name in names(seen(team.educator, team.child)["next"])


def test_pages_of_the_time_line_join_without_gap_or_double(monkeypatch):
	team = case.make_team()
	full_case(team)
	# Many of the same day and kind, so that only the name tells them apart.
	for _ in range(5):
		case.make_concern(team)
	monkeypatch.setattr(page, "PAGE", 1000)
	whole = seen(team.educator, team.child)["timeline"]["lines"]
	monkeypatch.setattr(page, "PAGE", 3)
	with case.acting(team.educator):
		answer = get_child(team.child)["timeline"]
		lines = answer["lines"]
		while answer["after"]:
			answer = get_timeline(team.child, answer["after"])
			lines += answer["lines"]
	assert lines == whole
	assert len(whole) > 20
	assert [line["day"] for line in whole] == sorted((line["day"] for line in whole), reverse=True)


@pytest.mark.parametrize("after", ["x", "2026-01-01", "2026-01-01.1.' or 1=1 -- ", "2026-01-01.1.ABCDEFGHI "])
def test_a_place_that_is_none_is_refused(after):
	team = case.make_team()
	with case.acting(team.educator), pytest.raises(FilterNotUnderstood):
		get_timeline(team.child, after)


# Who may ---------------------------------------------------------------------------------------------------------------


def test_the_staff_of_the_unit_see_it():
	team = case.make_team()
	concern = case.concern_in("Raised", team)
	for user in (team.educator, team.special_educator, team.director):
		assert names(seen(user, team.child)["timeline"]["lines"])[0] == concern.name


@pytest.mark.parametrize(
	"role",
	[
		"Early Educator",
		"Special Needs Educator",
		"Unit Director",
		"Family Counsellor",
		"Social Worker",
		"Area Director",
		"Management Group",
		"Form Administrator",
		"Reporting Officer",
		"Privacy Officer",
	],
)
def test_nobody_else_sees_it(role):
	"""Area directors, the management group and reporting officers see no case document (design.md §4)."""
	team = case.make_team()
	full_case(team)
	assert refused(make.make_staff(role, controller=make.make_controller()), team.child)
	if role in ("Area Director", "Form Administrator", "Privacy Officer", "Reporting Officer"):
		assert refused(make.make_staff(role, controller=make.default_controller()), team.child)


def test_a_system_manager_sees_nothing():
	team = case.make_team()
	assert refused(make.make_user("System Manager"), team.child)


def test_a_child_that_does_not_exist_is_refused_alike():
	assert refused(case.make_team().educator, "ZZZZZZZZZ")


def test_a_counsellor_sees_it_as_long_as_the_grant_runs():
	team = case.make_team()
	assert refused(team.counsellor, team.child)
	period = case.period_in("Agreed", team)
	plan = case.child_plan_in("Confirmed", team)
	found = seen(team.counsellor, team.child)
	assert names(found["agreed"]) == [period.name]
	# The plan is not the counsellor's to read (early education act 40 §), so nothing tells that there is one.
	assert plan.name not in frappe.as_json(found)
	assert "Child Plan" not in frappe.as_json(found)
	case.move(period, "Parents withdraw", team.educator, withdrawn_how=case.option("Contact Method"))
	# The last day still counts (access/grants.py).
	with clock.at(make.days(1)):
		assert refused(team.counsellor, team.child)


def test_a_counsellor_without_a_period_of_his_own_writes_nothing():
	team = case.make_team()
	case.period_in("Agreed", team)
	case.concern_in("Raised", team)
	found = seen(team.counsellor, team.child)
	assert [line["doctype"] for line in found["turns"]] == ["Support Period"]
	assert "Concern" not in [begin["doctype"] for begin in found["begin"]]


def test_a_child_that_has_left_is_closed_the_same_day():
	"""When a child leaves a unit, its staff lose access the same day (design.md §4)."""
	team = case.make_team()
	full_case(team)
	frappe.db.set_value("Child", team.child, "left_on", clock.today())
	assert refused(team.educator, team.child)
	assert refused(team.director, team.child)


def test_break_glass_opens_it_for_reading():
	team = case.make_team()
	docs = full_case(team)
	user = make.make_staff("Early Educator", make.make_unit())
	assert refused(user, team.child)
	source = frappe.get_doc("Child", team.child)
	grants.give(user, source.family, policy.BREAK_GLASS, source, "Lapsi on haettava heti.")
	found = seen(user, team.child)
	assert docs["plan"].name in names(found["agreed"])
	assert (found["turns"], found["begin"]) == ([], [])
	grants.end(source, at_once=True)
	assert refused(user, team.child)


def test_a_forbidden_record_is_nowhere_in_the_answer():
	"""No title, no count, no trace: the answer is the same with and without what is forbidden."""
	team = case.make_team()
	case.period_in("Agreed", team)
	before = seen(team.counsellor, team.child)
	plan = case.child_plan_in("Confirmed", team, child_enjoys=SECRET, goals=[{"goal": SECRET}])
	frappe.db.set_value("Child Plan", plan.name, {"begun_by": make.make_user(first_name=SECRET)})
	assert SECRET in frappe.as_json(seen(team.educator, team.child))
	assert seen(team.counsellor, team.child) == before


def test_the_social_register_is_never_on_the_page_of_unit_staff():
	"""The social register is never visible to unit staff (design.md §4; 703/2023, 13 §)."""
	team = case.make_team()
	case.period_in("Under Way", team)
	users = (team.educator, team.special_educator, team.director)
	before = [seen(user, team.child) for user in users]
	assessment = case.make_needs_assessment(team)
	assert [seen(user, team.child) for user in users] == before
	found = seen(team.counsellor, team.child)
	assert assessment.name in names(found["timeline"]["lines"])
	assert (assessment.name, "Start the initial assessment") in turns(team.counsellor, team.child)


def test_another_childs_documents_are_not_on_the_page():
	team = case.make_team()
	sibling = make.make_child(unit=team.unit, family=frappe.db.get_value("Child", team.child, "family"))
	concern = case.concern_in("Raised", team._replace(child=sibling))
	assert concern.name not in frappe.as_json(seen(team.educator, team.child))
	assert concern.name in frappe.as_json(seen(team.educator, sibling))


def test_a_consultation_is_never_on_the_page():
	"""Counts only, no link to a child (domain.md §9.8)."""
	team = case.make_team()
	consultation = case.make_consultation(team)
	text = frappe.as_json(seen(team.educator, team.child))
	assert consultation.name not in text
	assert "Consultation" not in text


# Over HTTP: what is logged, and how many queries there are ------------------------------------------------------------


def log_since(name: int) -> list[dict]:
	return frappe.db.sql(
		"select * from `tabCase Access Log` where name > %s order by name", (name,), as_dict=True
	)


def last_logged() -> int:
	return frappe.db.sql("select coalesce(max(name), 0) from `tabCase Access Log`")[0][0]


def test_each_document_is_logged_once(api):
	"""Reads too (domain.md §9.5): 703/2023, 10 §."""
	team = case.make_team()
	docs = full_case(team)
	client, before = api(team.educator), last_logged()
	answer = client.get(CHILD, query_string={"child": team.child})
	assert answer.status_code == 200, answer.text[:500]
	rows = log_since(before)
	family = docs["concern"].family
	expected = {("Child", team.child), ("Family", family)} | {
		(doc.doctype, doc.name) for doc in docs.values()
	}
	logged = [(row.document_type, row.document_name) for row in rows]
	assert set(logged) == expected
	assert len(logged) == len(expected)
	assert {(row.channel, row.refused, row.ground) for row in rows} == {("Overview", 0, "unit_staff")}
	assert {row.child for row in rows if row.document_type != "Family"} == {team.child}


def test_what_is_on_the_next_lines_is_logged_with_them(api, monkeypatch):
	monkeypatch.setattr(page, "PAGE", 1)
	team = case.make_team()
	old = case.make_concern(team, observed_on=make.days(-5))
	new = case.make_concern(team)
	for concern in (old, new):
		concern.db_set("workflow_state", "Closed")
	client, before = api(team.educator), last_logged()
	answer = client.get(CHILD, query_string={"child": team.child}).json["message"]["timeline"]
	logged = {row.document_name for row in log_since(before) if row.document_type == "Concern"}
	assert logged == {new.name}
	before = last_logged()
	answer = client.get(TIMELINE, query_string={"child": team.child, "after": answer["after"]}).json[
		"message"
	]
	assert names(answer["lines"]) == [old.name]
	assert {(row.document_type, row.document_name) for row in log_since(before)} == {
		("Child", team.child),
		("Concern", old.name),
	}


@pytest.mark.parametrize("path", [CHILD, TIMELINE])
def test_a_refusal_is_logged_and_tells_nothing(api, path):
	team = case.make_team(first_names=SECRET)
	docs = full_case(team)
	outsider = case.make_team().educator
	client, before = api(outsider), last_logged()
	answer = client.get(path, query_string={"child": team.child})
	assert answer.status_code == 403
	assert not any(text in answer.text for text in (SECRET, *(doc.name for doc in docs.values())))
	(row,) = log_since(before)
	assert (row.document_name, row.refused) == (team.child, 1)


@pytest.mark.parametrize("path", [CHILD, TIMELINE])
def test_guests_are_refused(api, path):
	team = case.make_team()
	frappe.db.commit()
	assert api(None).get(path, query_string={"child": team.child}).status_code == 403


@pytest.mark.parametrize("child", ["", "x" * 5000, "' or 1=1 -- "])
def test_nonsense_is_refused(api, child):
	assert api(case.make_team().educator).get(CHILD, query_string={"child": child}).status_code == 403


def queries(monkeypatch, ask) -> int:
	"""Count the statements that an answer takes, with the log that it writes, when Frappe's caches are warm."""
	statements = []
	real = frappe.local.db.sql

	def sql(query, *args, **kwargs):
		# What is only written, to be a part of another one, asks nothing.
		if kwargs.get("run", True):
			statements.append(query)
		return real(query, *args, **kwargs)

	ask()
	with monkeypatch.context() as patch:
		patch.setattr(frappe.local.db, "sql", sql)
		ask()
	return len(statements)


def test_the_number_of_queries_does_not_grow(monkeypatch):
	"""One query plan: as many statements for thirty documents as for eight, with the rows of the log."""
	team = case.make_team()
	docs = full_case(team)
	docs["period"].db_set("visit_limit", 9)

	def ask() -> None:
		seen(team.educator, team.child)

	few = queries(monkeypatch, ask)
	for _ in range(3):
		case.concern_in("Raised", team)
		case.make_visit(team, docs["period"]).db_set("workflow_state", "Held")
		case.consent_in("Given", team)
		case.make_referral(team, consent=docs["consent"].name)
		case.network_meeting_in("Agreed", team)
		case.make_child_plan(team).db_set("workflow_state", "Superseded")
	assert queries(monkeypatch, ask) == few <= 22


def test_what_is_open_is_asked_anew_for_each_answer():
	"""What is asked for once while one page is made is forgotten with it, within the same request as well."""
	team = case.make_team()
	concern = case.concern_in("Raised", team)
	found = seen(team.educator, team.child)
	assert concern.name in names(found["timeline"]["lines"])
	assert found["begin"]
	frappe.db.set_value("Staff Assignment", {"user": team.educator}, "to_date", make.days(-1))
	assignments.forget()
	assert refused(team.educator, team.child)


def test_one_question_is_asked_once_and_only_inside(monkeypatch):
	team = case.make_team()

	def ask() -> None:
		with case.acting(team.educator):
			conditions.is_open("Child", team.child)

	ask()
	with conditions.each_asked_once():
		assert queries(monkeypatch, ask) == 0
	assert queries(monkeypatch, ask) == 1
	with conditions.each_asked_once():
		ask()
		frappe.db.set_value("Child", team.child, "left_on", clock.today())
	with case.acting(team.educator):
		assert not conditions.is_open("Child", team.child)
