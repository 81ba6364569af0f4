"""A parent's own contact begins a client relationship, and is no way to look for a child."""

import frappe
import pytest

from early_support.access import exact, policy
from early_support.casework import clock
from early_support.tests import case_factories as make
from early_support.tests import factories

DOCTYPE = "Client Relationship"
METHOD = "/api/method/early_support.casework.own_contact.begin"
GUARDIAN = "Maija Meikäläinen"


@pytest.fixture
def team(site):
	return make.make_team(
		family=factories.make_family(guardians=[{"full_name": GUARDIAN, "relation": "äiti"}])
	)


@pytest.fixture
def worker(site) -> str:
	"""A social worker of the county to whom nothing was handed over."""
	return make.make_social_worker()


@pytest.fixture(autouse=True)
def no_tries(site):
	yield
	for key in frappe.cache.get_keys("early_support_own_contact:"):
		frappe.cache.delete(key)


def said(team, **values) -> dict:
	"""What the parent says on the phone."""
	child = frappe.get_doc("Child", team.child)
	return {
		"last_name": child.last_name,
		"first_name": child.first_names.split()[0],
		"birth_date": str(child.birth_date),
		"guardian": GUARDIAN,
		"is_sure": 1,
		**values,
	}


@pytest.mark.parametrize("role", ["Social Worker", "Family Counsellor"])
def test_the_parents_own_contact_opens_a_relationship(api, team, role):
	"""domain.md §6, 771-775: a third of the relationships begin that way; §1, 671 and 1906-1908; the
	counsellor may be the own worker, 758."""
	worker = factories.make_staff(role, controller=make.county())
	client = api(worker)
	assert client.get(f"/api/resource/Child/{team.child}").status_code == 403
	answer = client.post(METHOD, data=said(team))
	assert answer.status_code == 200, answer.text
	doc = frappe.get_doc(DOCTYPE, answer.json["message"])
	assert (doc.workflow_state, doc.child, doc.controller) == ("Draft", team.child, make.county())
	assert (doc.opened_by, doc.own_worker, doc.contact_by) == (worker, worker, GUARDIAN)
	assert (doc.source, doc.started_with, doc.started_on) == ("parent", "Application", clock.today())
	assert client.get(f"/api/resource/Child/{team.child}").status_code == 200
	assert make.move(doc, "Start the relationship", worker).workflow_state == "Active"


def test_spelling_matters_and_capital_letters_do_not(api, team, worker):
	answer = api(worker).post(METHOD, data=said(team, guardian="  maija   MEIKÄLÄINEN "))
	assert answer.status_code == 200, answer.text


def test_it_is_recorded_on_what_ground(api, team, worker):
	name = api(worker).post(METHOD, data=said(team)).json["message"]
	grant = frappe.get_last_doc("Access Grant", {"source_name": name})
	assert (grant.user, grant.kind) == (worker, policy.CLIENT_RELATIONSHIP)
	assert grant.reason == "A guardian got in touch and asked for help."
	logged = frappe.db.sql(
		"select document_type, user from `tabCase Access Log` where detail = 'own contact' and document_name in %s",
		((name, team.child),),
	)
	assert set(logged) == {("Child", worker), (DOCTYPE, worker)}


def test_who_learns_that_the_child_is_a_client_already_is_logged(api, team, worker):
	"""The refusal tells it, and undoes everything but the log."""
	api(worker).post(METHOD, data=said(team))
	colleague = make.make_social_worker()
	answer = api(colleague).post(METHOD, data=said(team))
	assert answer.status_code == 417, answer.text
	logged = frappe.db.sql_list(
		"select document_name from `tabCase Access Log` where detail = 'own contact' and user = %s",
		(colleague,),
	)
	assert logged == [team.child]


@pytest.mark.parametrize(
	"wrong",
	[
		{"guardian": "Maija"},
		{"guardian": "%"},
		{"guardian": ""},
		{"last_name": "%"},
		{"first_name": ""},
		{"birth_date": "2020"},
		{"birth_date": "%"},
	],
)
def test_nothing_is_fished_for(api, team, worker, wrong):
	answer = api(worker).post(METHOD, data=said(team, **wrong))
	assert answer.status_code == 417
	assert answer.json["exc_type"] == "NoSuchChild"
	for word in (team.child, GUARDIAN):
		assert word not in answer.text
	assert not frappe.db.exists(DOCTYPE, {"child": team.child})


def test_every_wrong_guess_is_answered_alike(api, team, worker):
	client, other = api(worker), make.make_team()
	stranger = frappe.get_doc("Family", frappe.db.get_value("Child", other.child, "family")).guardians[0]
	answers = [
		client.post(METHOD, data=said(team, **wrong))
		# A guardian of somebody else, a child that is not there, a birth date of another one.
		for wrong in (
			{"guardian": stranger.full_name},
			{"last_name": "Olematon"},
			{"birth_date": "2001-01-01"},
		)
	]
	assert len({make.told(answer) for answer in answers}) == 1


def test_tries_are_counted(api, team, worker):
	client = api(worker)
	for _try in range(exact.TRIES):
		assert client.post(METHOD, data=said(team, guardian="Väärä")).status_code == 417
	answer = client.post(METHOD, data=said(team))
	assert answer.status_code == 429
	assert not frappe.db.exists(DOCTYPE, {"child": team.child})


def test_whoever_answers_makes_sure_who_speaks(api, team, worker):
	for is_sure in ("0", ""):
		answer = api(worker).post(METHOD, data=said(team, is_sure=is_sure))
		assert answer.json["exc_type"] == "GuardNotMet"
	assert not frappe.db.exists(DOCTYPE, {"child": team.child})


def test_nobody_else_begins_that_way(api, team):
	outsiders = {
		"educator": team.educator,
		"director": team.director,
		"former": factories.make_staff("Social Worker", controller=make.county(), to_date=factories.days(-1)),
		"unassigned": factories.make_staff("Family Counsellor", assigned=False),
		"area director": factories.make_staff("Area Director", area=factories.default_area()),
		"privacy officer": factories.make_staff("Privacy Officer", team.unit),
		"system manager": factories.make_user("System Manager"),
	}
	for who, user in outsiders.items():
		assert api(user).post(METHOD, data=said(team)).status_code == 403, who
	assert api(None).post(METHOD, data=said(team)).status_code in (401, 403)
	assert not frappe.db.exists(DOCTYPE, {"child": team.child})


def test_a_link_begins_nothing(api, team, worker):
	assert api(worker).get(METHOD, query_string=said(team)).status_code in (403, 405)


def test_no_request_says_by_itself_that_a_parent_got_in_touch(api, team):
	"""The field is the app's: whoever has other clients may not begin one for any child with it."""
	make.period_in("Under Way", team)
	other = make.make_team()
	forged = {"child": other.child, "contact_by": GUARDIAN, "own_worker": team.counsellor}
	answer = api(team.counsellor).post(f"/api/resource/{DOCTYPE}", json=forged)
	assert answer.status_code in (403, 417)
	assert not frappe.db.exists(DOCTYPE, {"child": other.child})


def test_a_client_is_not_opened_twice(api, team, worker):
	assert api(worker).post(METHOD, data=said(team)).status_code == 200
	answer = api(make.make_social_worker()).post(METHOD, data=said(team))
	assert answer.json["exc_type"] == "GuardNotMet"
	assert frappe.db.count(DOCTYPE, {"child": team.child}) == 1
