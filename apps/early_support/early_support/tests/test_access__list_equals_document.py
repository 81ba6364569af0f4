"""Who sees what: a list shows exactly the documents that may be opened, and both are what design.md §4 says."""

import json
from functools import cache
from typing import NamedTuple

import frappe
import pytest

from early_support.access import conditions, policy
from early_support.naming import opaque_name
from early_support.tests import case_factories as case
from early_support.tests import factories as make

SEE_NO_CASE = (
	"Area Director",
	"Management Group",
	"Social Worker",
	"Form Administrator",
	"Reporting Officer",
	"Privacy Officer",
	"System Manager",
)
# What the work with families is written into; who was given access stands in Access Grant.
CASES = tuple(doctype for doctype in policy.PROTECTED_DOCTYPES if doctype != "Access Grant")
# What is kept apart from the units, and who sees some of it: nobody who works in them. Whoever has opened it for somebody
# else reads on until midnight.
KEPT_APART = {
	"Needs Assessment": {"counsellor of a1", "own worker"},
	"Client Relationship": {"own worker", "counsellor of a1", "counsellor of a2"},
	"Support Plan": {"own worker", "counsellor of a1"},
	"Plan Review": {"own worker", "counsellor of a1"},
}


def listed(doctype: str, user: str) -> set[str]:
	"""Return the names that Frappe lists to `user`; a user without any right to the doctype gets none."""
	before = frappe.session.user
	frappe.set_user(user)
	try:
		return set(frappe.get_list(doctype, pluck="name", limit_page_length=0))
	except frappe.PermissionError:
		return set()
	finally:
		frappe.set_user(before)


def sample(doctype: str, since) -> dict:
	"""Return what was made since a moment, and ten of what was there before (a whole demo municipality, perhaps), by name."""
	made = frappe.get_all(doctype, filters={"creation": (">=", since)}, pluck="name")
	before = frappe.get_all(doctype, filters={"creation": ("<", since)}, pluck="name", order_by="name")
	return {name: frappe.get_doc(doctype, name) for name in (*made, *before[:: len(before) // 10 + 1])}


def openable(user: str, docs: dict) -> set[str]:
	return {
		name for name, doc in docs.items() if frappe.has_permission(doc.doctype, "read", doc=doc, user=user)
	}


def sees(user: str, doc) -> bool:
	"""Tell whether `user` sees the document, having checked that list and document agree."""
	in_list = doc.name in listed(doc.doctype, user)
	assert in_list == frappe.has_permission(doc.doctype, "read", doc=doc.name, user=user), (user, doc.doctype)
	return in_list


class World(NamedTuple):
	"""Two areas with three units, cases in many states, and people who stand to them in every way."""

	teams: dict[str, case.Team]
	users: dict[str, str]


def make_world() -> World:
	area, other_area = make.make_area(), make.make_area(controller=make.make_controller())
	units = {"a1": make.make_unit(service_area=area), "a2": make.make_unit(service_area=area)}
	units["b1"] = make.make_unit(service_area=other_area)
	teams = {key: case.make_team(unit=unit) for key, unit in units.items()}
	a1 = teams["a1"]
	topics = {"topics": [{"topic": case.option("Concern Topic")}]}
	present = {"participants": [{"role": "Guardian", "headcount": 1}]}
	for state in ("Draft", "Raised", "Declined", "Urgent", "Closed"):
		case.concern_in(state, a1._replace(child=make.make_child(unit=units["a1"])), **topics)
	for key, state in (("a1", "Under Way"), ("a2", "Follow-up"), ("b1", "Proposed")):
		case.period_in(state, teams[key])
		case.make_consultation(teams[key], **topics)
	a2 = teams["a2"]
	case.visit_in("Held", a2, period=frappe.get_doc("Support Period", {"child": a2.child}), **present)
	for state in ("Agreed", "Ended", "Withdrawn", "Declined"):
		case.period_in(state, a1._replace(child=make.make_child(unit=units["a1"])))
	period = frappe.get_doc("Support Period", {"child": a1.child})
	case.visit_in("Held", a1, period=period, **present)
	case.visit_in("Planned", a1, period=period, **topics)
	case.consultation_in("Answered", a1)
	for team in (a1, teams["b1"]):
		consent = case.consent_in("Given", team)
		case.referral_in("Joint Contact", team, consent=consent.name)
	for state, team in (("Superseded", a1), ("Discussed", a2), ("Draft", teams["b1"])):
		case.child_plan_in(state, team, goals=[{"goal": "Aamuun rauhallinen alku"}])
	case.needs_assessment_in(
		"Narrow",
		a1,
		participants=[{"role": "Guardian", "participant_name": "Äiti"}],
		services=[{"service": case.SERVICE}],
	)
	for key in ("a1", "a2"):
		case.network_meeting_in("Followed Up", teams[key])
	own_worker = make.make_staff("Social Worker", controller=case.county())
	relationship = case.relationship_in("Active", a1, own_worker=own_worker)
	of_own_worker = a1._replace(counsellor=own_worker)
	plan = case.support_plan_in("Agreed", of_own_worker, client_relationship=relationship.name)
	case.make_plan_review(of_own_worker, plan)
	case.relationship_in("Draft", a2)
	left = frappe.get_doc("Child", a1._replace(child=make.make_child(unit=units["a1"])).child)
	case.make_concern(a1._replace(child=left.name))
	left.left_on = make.days(0)
	left.save()
	users = {
		"area educator": make.make_staff("Special Needs Educator", area=area),
		"controller director": make.make_staff("Unit Director", controller=make.default_controller()),
		"former educator": make.make_staff("Early Educator", units["a1"], to_date=make.days(-1)),
		"coming educator": make.make_staff("Early Educator", units["a1"], from_date=make.days(1)),
		"educator on the last day": make.make_staff("Early Educator", units["a1"], to_date=make.days(0)),
		"educator on the first day": make.make_staff("Early Educator", units["a1"], from_date=make.days(0)),
		"unassigned educator": make.make_user("Early Educator"),
		"counsellor of nobody": make.make_staff("Family Counsellor", units["a1"]),
		"educator and counsellor": make.make_staff("Early Educator", units["b1"]),
		"own worker": own_worker,
		"website user": make.make_user(user_type="Website User"),
		"guest": "Guest",
	}
	for key, team in teams.items():
		people = {name: user for name, user in team._asdict().items() if "@" in user}
		users |= {f"{name} of {key}": user for name, user in people.items()}
	frappe.get_doc("User", users["educator and counsellor"]).add_roles("Family Counsellor")
	make.make_liaison(units["a2"], users["educator and counsellor"])
	former = make.make_staff("Family Counsellor", controller=case.county())
	make.make_liaison(units["a1"], former, from_date=make.days(-9), to_date=make.days(-1))
	users["former liaison"] = former
	for role in SEE_NO_CASE:
		users[role] = make.make_user(role)
		if role in policy.STAFF_ROLES:
			make.make_assignment(users[role], role, controller=make.default_controller())
	return World(teams, users)


def test_lists_equal_documents_for_everybody():
	began = frappe.utils.now()
	world = make_world()
	check_areas()
	check_child_tables(world)
	seen = {}
	judged = {doctype: sample(doctype, began) for doctype in policy.PROTECTED_DOCTYPES}
	for who, user in world.users.items():
		for doctype in policy.PROTECTED_DOCTYPES:
			rows = listed(doctype, user)
			assert rows & set(judged[doctype]) == openable(user, judged[doctype]), (who, doctype)
			with conditions.counting():
				assert listed(doctype, user) == rows, (who, doctype)
			seen[who, doctype] = rows
	assert {who for who in world.users if seen[who, "Access Grant"]} == {"Privacy Officer"}
	# The test would prove nothing if nobody saw anything.
	for doctype, expected in KEPT_APART.items():
		assert {who for who in world.users if seen[who, doctype]} == expected, doctype
	for doctype in (each for each in CASES if each not in KEPT_APART):
		every = set(frappe.get_all(doctype, pluck="name"))
		assert seen["controller director", doctype], doctype
		assert seen["educator of a1", doctype], doctype
		assert seen["educator of a1", doctype] < every, doctype
		assert seen["area educator", doctype] >= seen["educator of a1", doctype], doctype
		for who in ("former educator", "coming educator", "unassigned educator", "counsellor of nobody"):
			assert not seen[who, doctype], (who, doctype)
		for who in (*SEE_NO_CASE, "former liaison", "website user", "guest"):
			assert not seen[who, doctype], (who, doctype)
		for who in ("educator on the last day", "educator on the first day", "director of a1"):
			assert seen[who, doctype] == seen["educator of a1", doctype], (who, doctype)


def check_areas() -> None:
	"""Whatever is written about a child of a unit, by whichever steps, carries the service area of its unit."""
	for doctype in policy.OF_UNITS:
		others = frappe.db.sql(
			f"""select es_case.name from `tab{doctype}` es_case join `tabDay Care Unit` unit on unit.name = es_case.unit
			where not es_case.service_area <=> unit.service_area"""
		)
		assert not others, doctype


def check_child_tables(world: World) -> None:
	"""The rows of a child table that somebody is listed are those of the documents that he or she is listed."""
	parents_listed = cache(listed)
	for table, parents in policy.PROTECTED_TABLES.items():
		seen = 0
		for parent in parents:
			rows = frappe.get_all(table, filters={"parenttype": parent}, fields=["name", "parent"])
			for who, user in world.users.items():
				parents_seen = parents_listed(parent, user)
				expected = {row.name for row in rows if row.parent in parents_seen}
				assert listed_rows(table, parent, user) == expected, (who, table, parent)
				seen += len(expected)
		assert seen, table


def listed_rows(table: str, parent: str, user: str) -> set[str]:
	"""Return the rows of a child table that Frappe lists to `user` by way of the parent's doctype."""
	frappe.set_user(user)
	try:
		filters = {"parenttype": parent}
		return set(
			frappe.get_list(table, parent_doctype=parent, filters=filters, pluck="name", limit_page_length=0)
		)
	except frappe.PermissionError:
		return set()
	finally:
		frappe.set_user("Administrator")


# One rule at a time ---------------------------------------------------------------------------------------------------


def test_staff_lose_access_on_the_day_the_child_leaves():
	team = case.make_team()
	concern = case.make_concern(team)
	child = frappe.get_doc("Child", team.child)
	family = frappe.get_doc("Family", child.family)
	child.left_on = make.days(1)
	child.save()
	assert all(sees(team.educator, doc) for doc in (child, family, concern))
	child.left_on = make.days(0)
	child.save()
	assert not any(sees(team.educator, doc) for doc in (child, family, concern))


def test_open_casework_follows_the_child_to_another_unit():
	team = case.make_team()
	concern, new_unit = case.concern_in("Raised", team), make.make_unit()
	new_educator = make.make_staff("Early Educator", new_unit)
	child = frappe.get_doc("Child", team.child)
	child.update({"unit": new_unit, "unit_group": None})
	child.save()
	assert frappe.db.get_value("Concern", concern.name, "unit") == new_unit
	assert sees(new_educator, concern)
	assert sees(new_educator, child)
	assert not sees(team.educator, concern)
	assert not sees(team.educator, child)


def test_closed_casework_keeps_its_unit_and_is_closed_to_both():
	team = case.make_team()
	concern, new_unit = case.concern_in("Closed", team), make.make_unit()
	new_educator = make.make_staff("Early Educator", new_unit)
	assert sees(team.educator, concern)
	child = frappe.get_doc("Child", team.child)
	child.update({"unit": new_unit, "unit_group": None})
	child.save()
	assert frappe.db.get_value("Concern", concern.name, "unit") == team.unit
	assert not sees(team.educator, concern)
	assert not sees(new_educator, concern)


def test_casework_follows_the_child_to_another_family():
	team = case.make_team()
	open_concern = case.concern_in("Raised", team)
	family = make.make_family()
	child = frappe.get_doc("Child", team.child)
	child.family = family
	child.save()
	assert frappe.db.get_value("Concern", open_concern.name, "family") == family


def test_a_new_family_is_its_makers_until_it_has_a_child(as_user):
	with as_user("Early Educator") as user:
		family = frappe.get_doc({"doctype": "Family", "family_name": "Uusi"}).insert()
	colleague = make.make_staff("Early Educator")
	assert sees(user, family)
	assert not sees(colleague, family)
	make.make_child(family=family.name, unit=make.make_unit())
	assert not sees(user, family)


def test_an_old_family_is_not_its_makers_again_when_its_children_move_away(as_user):
	with as_user("Early Educator") as user:
		family = frappe.get_doc({"doctype": "Family", "family_name": "Uusi"}).insert()
	child = frappe.get_doc("Child", make.make_child(family=family.name, unit=make.make_unit()))
	assert not sees(user, family)
	family.db_set("creation", make.days(-8), update_modified=False)
	child.family = make.make_family()
	child.save()
	assert not sees(user, family)


def test_liaison_sees_consultations_of_the_units_and_nothing_else():
	team = case.make_team()
	concern, consultation = case.concern_in("Raised", team), case.make_consultation(team)
	elsewhere = case.make_consultation(case.make_team())
	assert sees(team.counsellor, consultation)
	assert not sees(team.counsellor, elsewhere)
	assert not sees(team.counsellor, concern)
	assert not sees(team.counsellor, frappe.get_doc("Child", team.child))


@pytest.mark.parametrize(
	("state", "is_open"),
	[("Proposed", False), ("Declined", False), ("Agreed", True), ("Under Way", True), ("Follow-up", True)],
)
def test_period_opens_the_case_to_its_counsellor(state, is_open):
	team = case.make_team()
	period = case.period_in(state, team, counsellor=team.counsellor)  # named already, in whatever state
	child = frappe.get_doc("Child", team.child)
	case_documents = (
		period,
		child,
		frappe.get_doc("Family", child.family),
		frappe.get_doc("Concern", period.concern),
	)
	assert [sees(team.counsellor, doc) for doc in case_documents] == [is_open] * 4
	other = make.make_staff("Family Counsellor", team.unit)
	assert not any(sees(other, doc) for doc in case_documents)


@pytest.mark.parametrize("work", ["Early Educator", "Social Worker"])
def test_a_counsellor_who_changes_to_other_work_keeps_nothing_open(work):
	team = case.make_team()
	period, consultation = case.period_in("Under Way", team), case.make_consultation(team)
	assert sees(team.counsellor, period)
	assert sees(team.counsellor, consultation)
	user = frappe.get_doc("User", team.counsellor)
	user.remove_roles("Family Counsellor")
	user.add_roles(work)
	place = {"unit": make.make_unit()} if work == "Early Educator" else {"controller": case.county()}
	make.make_assignment(team.counsellor, work, **place)
	assert not sees(team.counsellor, period)
	assert not sees(team.counsellor, consultation)


def test_unknown_doctype_is_closed():
	user = make.make_staff("Early Educator")
	assert conditions.query_condition(user, "ToDo") == conditions.NOTHING
	assert conditions.query_condition(user) == conditions.NOTHING
	assert conditions.has_permission(frappe.new_doc("ToDo"), "read", user) is False


def test_every_hook_resolves_and_covers_every_protected_doctype():
	for doctype, path in policy.QUERY_CONDITIONS.items():
		assert frappe.get_attr(path)("Guest") == conditions.NOTHING, doctype
	hooked = frappe.get_hooks("permission_query_conditions")
	checked = frappe.get_hooks("has_permission")
	for doctype in policy.PROTECTED_DOCTYPES:
		assert hooked[doctype] == [policy.QUERY_CONDITIONS[doctype]]
		assert checked[doctype] == [policy.HAS_PERMISSION[doctype]]
	for table in policy.PROTECTED_TABLES:
		assert hooked[table] == [policy.QUERY_CONDITIONS[table]]


def test_values_in_conditions_are_escaped():
	user = make.make_staff("Early Educator", email="o'brien\"--@example.test")
	for doctype in (*policy.PROTECTED_DOCTYPES, *policy.PROTECTED_TABLES):
		condition = conditions.query_condition(user, doctype)
		assert condition.startswith("(")
		assert condition.endswith(")")
		frappe.db.sql(f"select 1 from `tab{doctype}` where {condition}")
	judged = sample("Child", frappe.utils.now())
	assert openable(user, judged) == listed("Child", user) & set(judged)
	# Codes and opaque names hold no such thing today.
	odd = "x') or ('1'='1"
	assert not frappe.db.sql(f"select name from tabChild where unit in {conditions._in([odd])}")


# Making and moving ----------------------------------------------------------------------------------------------------


def test_a_child_cannot_be_made_in_a_foreign_unit(as_user):
	foreign = make.make_unit()
	with as_user("Early Educator", make.default_unit()):
		# An own family, so that nothing but the unit stands against it.
		own = frappe.get_doc({"doctype": "Family", "family_name": "Oma"}).insert()
		with pytest.raises(frappe.PermissionError):
			new_child(family=own.name, unit=foreign).insert()
		assert new_child(family=own.name, unit=make.default_unit()).insert()


def test_a_child_cannot_be_hung_on_a_foreign_family(as_user):
	"""Else its maker would see the family from then on."""
	foreign = frappe.db.get_value("Child", make.make_child(unit=make.make_unit()), "family")
	with as_user("Early Educator", make.default_unit()) as user:
		with pytest.raises(frappe.PermissionError):
			new_child(family=foreign, unit=make.default_unit()).insert()
		own = frappe.get_doc({"doctype": "Family", "family_name": "Oma"}).insert()
		child = new_child(family=own.name, unit=make.default_unit()).insert()
		child.family = foreign
		with pytest.raises(frappe.PermissionError):
			child.save()
	assert not sees(user, frappe.get_doc("Family", foreign))


def test_a_concern_cannot_be_raised_about_a_foreign_child(as_user):
	foreign = make.make_child(unit=make.make_unit())
	with as_user("Early Educator", make.default_unit()), pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": "Concern", "child": foreign, "observation": "x"}).insert()


def test_a_consultation_is_asked_for_an_own_unit_only(as_user):
	values = {"doctype": "Consultation", "age_band": case.option("Age Band"), "question": case.QUESTION}
	with as_user("Early Educator", make.default_unit()):
		assert frappe.get_doc({**values, "unit": make.default_unit(), "channel": "E-mail"}).insert()
		foreign = frappe.get_doc({**values, "unit": make.make_unit(), "channel": "E-mail"})
		assert not foreign.has_permission("create")
		with pytest.raises(frappe.PermissionError):
			foreign.insert()


def test_an_empty_form_may_be_opened_by_those_with_work_only():
	for doctype in policy.PROTECTED_DOCTYPES:
		empty = frappe.new_doc(doctype)
		# Visits are the counsellor's, clients the social services'; grants and filings are made by nobody.
		made_by_others = ("Visit", "Access Grant", "Network Meeting Filing", *KEPT_APART)
		makes = doctype not in made_by_others
		assert conditions.has_permission(empty, "create", make.make_staff("Early Educator")) is makes, doctype
		assert conditions.has_permission(empty, "create", make.make_user("Early Educator")) is False, doctype


def new_child(**values):
	defaults = {"first_names": "Uusi", "last_name": "Lapsi", "birth_date": make.days(-1500)}
	return frappe.get_doc({"doctype": "Child", **defaults, **values})


# Over HTTP ------------------------------------------------------------------------------------------------------------


def test_http_list_and_document(api):
	team, stranger = case.make_team(), case.make_team()
	concern = case.concern_in("Raised", team)
	mine = api(team.educator)
	response = mine.get("/api/resource/Concern")
	assert response.status_code == 200
	assert [row["name"] for row in response.json["data"]] == [concern.name]
	assert mine.get(f"/api/resource/Concern/{concern.name}").status_code == 200
	other = api(stranger.educator)
	assert other.get("/api/resource/Concern").json["data"] == []
	assert other.get(f"/api/resource/Concern/{concern.name}").status_code == 403
	assert api(None).get("/api/resource/Concern").status_code == 403
	assert api(make.make_user("System Manager")).get("/api/resource/Concern").status_code == 403


def test_http_write_to_a_foreign_document_is_refused(api):
	team, stranger = case.make_team(), case.make_team()
	concern = case.concern_in("Raised", team)
	response = api(stranger.educator).put(
		f"/api/resource/Concern/{concern.name}", json={"strengths": "x", **case.version(concern)}
	)
	assert response.status_code == 403
	assert frappe.db.get_value("Concern", concern.name, "strengths") is None


def test_http_a_foreign_document_is_not_opened_by_claiming_another_unit(api):
	"""The desk sends whole documents: what it says of unit, child and owner must not be believed."""
	team, stranger = case.make_team(), case.make_team()
	concern = case.concern_in("Raised", team)
	claimed = concern.as_dict(convert_dates_to_str=True)
	own_child = frappe.get_doc("Child", stranger.child)
	claimed.update({"unit": stranger.unit, "child": stranger.child, "family": own_child.family})
	claimed.update({"strengths": "x", "owner": stranger.educator})
	for islocal in (0, 1):
		response = api(stranger.educator).post(
			"/api/method/frappe.desk.form.save.savedocs",
			data={"doc": json.dumps({**claimed, "__islocal": islocal}, default=str), "action": "Save"},
		)
		stored = frappe.db.get_value("Concern", concern.name, ["unit", "child", "strengths"], as_dict=True)
		assert stored == {"unit": team.unit, "child": team.child, "strengths": None}
		assert response.status_code != 200 or concern.name not in response.text


def test_http_read_changes_nothing_and_a_write_stays(api):
	"""The client of the tests itself: a request sees the test's records, and the test sees the request's."""
	team = case.make_team()
	concern = case.concern_in("Raised", team)
	response = api(team.educator).put(
		f"/api/resource/Concern/{concern.name}", json={"strengths": "Leikkii hyvin", **case.version(concern)}
	)
	assert response.status_code == 200, response.text
	assert frappe.db.get_value("Concern", concern.name, "strengths") == "Leikkii hyvin"
	assert frappe.session.user == "Administrator"


def test_what_is_counted_is_what_is_listed(api):
	"""Frappe's own count asks for no row; a figure of one is somebody's."""
	team, stranger = case.make_team(), case.make_team()
	case.concern_in("Raised", team)
	row = {"unit": team.unit, "month": make.days(0), "number": 1, "event": "tukijakso_paattynyt"}
	frappe.get_doc({"doctype": "Guidance Count", "name": opaque_name(), **row}).db_insert()
	for user in (team.counsellor, stranger.counsellor, stranger.educator):
		client = api(user)
		for doctype in frappe.get_hooks("permission_query_conditions", app_name="early_support"):
			answer = client.post("/api/method/frappe.client.get_count", json={"doctype": doctype})
			if frappe.get_meta(doctype).istable or answer.status_code == 403:
				continue
			assert answer.status_code == 200, (doctype, answer.text[-300:])
			assert answer.json["message"] == min(len(listed(doctype, user)), 1001), (doctype, user)
