"""Every door of Frappe meets the guard: what may not be, is not; and no save overtakes another unseen."""

import frappe
import pytest

from early_support.access import policy
from early_support.exceptions import ChangedMeanwhile, StateNotEditable, TransitionNotAllowed
from early_support.naming import opaque_name
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.tests.doors import DOORS, TELL_IN_THE_ANSWER, failed, stored
from early_support.workflow_guard.document import CaseDocument, CaseRow, OwnAttributes


@pytest.fixture
def team(site) -> make.Team:
	"""Staff who are System Managers as well: some doors are open to these only, and no other than the guard may hold."""
	team = make.make_team()
	for user in (team.educator, team.director):
		factories.give_role(user, "System Manager")
	return team


def concern_with_topics(team, state: str):
	return make.concern_in(state, team, topics=[{"topic": make.option("Concern Topic")}])


def refused_unchanged(doc, before, name: str, answer) -> None:
	assert stored(doc) == before, (name, answer.text[-600:])


@pytest.mark.parametrize(
	("state", "values"),
	[
		("Closed", {"wishes": "Muutettu."}),
		("Closed", {"workflow_state": "Raised"}),
		("Raised", {"workflow_state": "Meeting Agreed"}),
		("Raised", {"workflow_state": "Unheard of"}),
		("Raised", {"workflow_state": ""}),
		("Raised", {"workflow_state": "Planned"}),
	],
)
def test_no_door_leads_past_the_states(team, api, state, values):
	doc = concern_with_topics(team, state)
	before, client = stored(doc), api(team.educator)
	for name, door in DOORS.items():
		answer = door(client, doc, values, make.version(doc))
		refused_unchanged(doc, before, name, answer)
		assert failed(name, answer), (name, answer.text[-600:])


def test_not_even_code_deletes_a_row_or_renames(team):
	doc = concern_with_topics(team, "Raised")
	other = make.concern_in("Raised", team)
	before = stored(doc)
	with make.attempt(), pytest.raises(StateNotEditable):
		frappe.delete_doc("Concern Topic Item", doc.topics[0].name)
	for merge, name in ((False, "NEWNAME23"), (True, other.name)):
		with make.attempt(), pytest.raises(StateNotEditable):
			frappe.rename_doc("Concern", doc.name, name, force=True, merge=merge)
	assert stored(doc) == before


def test_no_row_of_people_or_visits_is_deleted_by_itself(team):
	family = frappe.get_doc("Family", frappe.db.get_value("Child", team.child, "family"))
	visit = make.make_visit(team, participants=[{"role": "Guardian", "headcount": 1}])
	for row in (family.guardians[0], visit.participants[0]):
		with make.attempt(), pytest.raises(StateNotEditable):
			frappe.delete_doc(row.doctype, row.name)
		assert frappe.db.exists(row.doctype, row.name)


@pytest.mark.parametrize(
	("table", "parent"), [(table, parent) for table, of in policy.PROTECTED_TABLES.items() for parent in of]
)
def test_no_row_is_stored_or_deleted_by_itself(site, table, parent):
	"""Not even by code that asks for no right: the rules are those of its document."""
	row = frappe.get_doc({"doctype": table, "parenttype": parent, "parent": "X", "parentfield": "x"})
	lightly = {"ignore_permissions": True, "ignore_links": True, "ignore_mandatory": True}
	with make.attempt(), pytest.raises(StateNotEditable):
		row.insert(**lightly)
	row.name = opaque_name()
	row.db_insert()
	row = frappe.get_doc(table, row.name)
	row.flags.update(lightly)
	with make.attempt(), pytest.raises(StateNotEditable):
		row.save()
	with make.attempt(), pytest.raises(StateNotEditable):
		frappe.delete_doc(table, row.name, ignore_permissions=True)
	assert frappe.db.exists(table, row.name)


def test_every_case_and_every_row_is_guarded_by_its_class(site):
	for doctypes, base in (
		(policy.WORKFLOW_DOCTYPES, CaseDocument),
		(policy.PROTECTED_DOCTYPES, OwnAttributes),
		(policy.PROTECTED_TABLES, CaseRow),
	):
		for doctype in doctypes:
			assert isinstance(frappe.new_doc(doctype), base), doctype


def test_the_right_to_write_follows_the_state(team):
	for state, expected in (("Raised", True), ("Closed", False)):
		doc = make.concern_in(state, team)
		for user in (team.educator, team.director):
			assert frappe.has_permission("Concern", "write", doc=doc.name, user=user) is expected, (
				state,
				user,
			)
			assert frappe.has_permission("Concern", "read", doc=doc.name, user=user)
	period = make.period_in("Proposed", team)
	assert frappe.has_permission("Support Period", "write", doc=period.name, user=team.educator)
	# The director reads it, and writes from the parents' word on.
	assert frappe.has_permission("Support Period", "read", doc=period.name, user=team.director)
	assert not frappe.has_permission("Support Period", "write", doc=period.name, user=team.director)
	with make.acting(team.director):
		period = frappe.get_doc("Support Period", period.name)
		with pytest.raises(StateNotEditable, match="for others to write"):
			period.save()


# Attributes and names that a request brings along ---------------------------------------------------------------------


@pytest.mark.parametrize(
	"inner",
	[
		{"_action": "discard"},
		{"_action": "cancel"},
		{"flags": {"ignore_validate": 1, "ignore_permissions": 1}},
		{"_doc_before_save": {"workflow_state": "Raised"}},
		{"_is_loaded": 1, "_held_version": 1, "_was_given_values": 0},
		{"FOUR_EYES": [], "check_if_latest": 1},
	],
)
def test_nothing_of_frappes_own_comes_from_a_request(team, api, inner):
	doc = concern_with_topics(team, "Closed")
	before = stored(doc)
	for name, door in DOORS.items():
		answer = door(api(team.educator), doc, {"wishes": "Muutettu.", **inner}, make.version(doc))
		refused_unchanged(doc, before, name, answer)
	sent = frappe.get_doc({"doctype": "Concern", "name": doc.name, **inner})
	assert not sent.get("_action")
	assert not sent.flags.ignore_validate


def test_a_foreign_text_is_not_saved_into_an_own_document(team, api):
	"""Frappe reads the document of the address without asking, and asks for the name that the request brings along."""
	stranger = make.make_team()
	foreign = make.concern_in("Raised", stranger, strengths="Vieraan perheen asia")
	own = make.concern_in("Raised", team)
	values = {"name": own.name, "child": team.child, **make.version(own)}
	before = stored(own), stored(foreign)
	# The other doors send a whole form: what stands in it is the caller's own.
	for name in DOORS.keys() - {"client.save", "savedocs"}:
		answer = DOORS[name](api(team.educator), foreign, values, {})
		assert failed(name, answer), name
		assert "Vieraan perheen" not in answer.text, name
		assert (stored(own), stored(foreign)) == before, name
	child = frappe.get_doc("Child", stranger.child)
	answer = api(team.educator).put(
		f"/api/resource/Child/{child.name}",
		json={"name": team.child, "modified": str(frappe.db.get_value("Child", team.child, "modified"))},
	)
	assert answer.status_code == 403
	assert child.full_name not in answer.text


def test_a_document_that_was_read_stays_the_one_it_is(team):
	name = make.make_concern(team).name
	doc = frappe.get_doc("Concern", name)
	doc.update({"doctype": "Visit", "name": "X", "wishes": "Oma huone"})
	assert (doc.doctype, doc.name, doc.wishes) == ("Concern", name, "Oma huone")
	# The database finds it under this name too. Read anew, it bears its own.
	doc.name = name.lower()
	doc.reload()
	assert (doc.name, doc.wishes) == (name, None)


# Two people at once ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(DOORS))
def test_every_door_asks_for_the_version(team, api, name):
	doc, client, door = make.concern_in("Raised", team), api(team.educator), DOORS[name]
	before = stored(doc)
	old = make.version(doc)
	answer = door(client, doc, {"wishes": "Ei versiota"}, {})
	assert failed(name, answer)
	assert stored(doc) == before
	if name not in TELL_IN_THE_ANSWER:
		assert_conflict(name, answer, "does not say on which version")
	answer = door(client, doc, {"wishes": "Ensimmäinen"}, old)
	assert not failed(name, answer), answer.text[-600:]
	assert frappe.db.get_value("Concern", doc.name, "wishes") == "Ensimmäinen"
	answer = door(client, doc, {"wishes": "Toinen"}, old)
	assert failed(name, answer)
	assert frappe.db.get_value("Concern", doc.name, "wishes") == "Ensimmäinen"
	if name not in TELL_IN_THE_ANSWER:
		assert_conflict(name, answer, "Somebody else has changed this")


def assert_conflict(name: str, answer, words: str) -> None:
	# Frappe's form takes any other failure of its own save for a success.
	assert answer.status_code == (417 if name == "savedocs" else 409), answer.text[-600:]
	assert ChangedMeanwhile.__name__ in answer.text
	assert words in answer.text
	assert "TimestampMismatch" not in answer.text
	# So Frappe's own message begins; this one stands in its place.
	assert "has been modified after" not in answer.text


def test_the_button_asks_for_the_version_too(team, api):
	doc = make.concern_in(
		"Raised", team, discussed_on=factories.days(0), discussed_how=make.option("Contact Method")
	)
	seen = {"doctype": "Concern", "name": doc.name, **make.version(doc)}
	with make.acting(team.director):
		other = frappe.get_doc("Concern", doc.name)
		other.wishes = "Toisen kirjoittama"
		other.save()
	press = "/api/method/frappe.model.workflow.apply_workflow"
	client = api(team.educator)
	for sent in (seen, {"doctype": "Concern", "name": doc.name}):
		answer = client.post(press, json={"doc": sent, "action": "Record the talk"})
		assert answer.status_code == 409, answer.text[-600:]
		assert frappe.db.get_value("Concern", doc.name, "workflow_state") == "Raised"
	answer = client.post(press, json={"doc": {**seen, **make.version(doc)}, "action": "Record the talk"})
	assert answer.status_code == 200
	assert frappe.db.get_value("Concern", doc.name, "workflow_state") == "Discussed"


def test_moving_many_from_a_list_sends_names_only_and_works(team, api):
	docs = [make.make_concern(team) for _ in range(2)]
	names = frappe.as_json([doc.name for doc in docs])
	answer = api(team.educator).post(
		"/api/method/frappe.model.workflow.bulk_workflow_approval",
		json={"doctype": "Concern", "docnames": names, "action": "Raise the concern"},
	)
	assert answer.status_code == 200
	assert {frappe.db.get_value("Concern", doc.name, "workflow_state") for doc in docs} == {"Raised"}


# Four eyes and conditions ---------------------------------------------------------------------------------------------


def change_moves(next_state: str, **values) -> None:
	workflow = frappe.get_doc("Workflow", "Concern")
	for row in workflow.transitions:
		if row.next_state == next_state:
			row.update(values)
	workflow.save()


def test_four_eyes_look_at_the_recorded_user_not_at_the_owner(team, api):
	change_moves("Raised", allow_self_approval=0)
	doc = make.make_concern(team)
	# As of an import: the row belongs to somebody else than to the one who raised it.
	doc.db_set("owner", team.director, update_modified=False)
	for door in ("rest", "client.set_value", "savedocs"):
		answer = DOORS[door](api(team.educator), doc, {"workflow_state": "Raised"}, make.version(doc))
		assert answer.status_code == 417, (door, answer.text[-600:])
		assert "somebody else" in answer.text
	with make.attempt(), pytest.raises(TransitionNotAllowed, match="somebody else"):
		make.move(doc, "Raise the concern", team.educator)
	names = frappe.as_json([doc.name])
	api(team.educator).post(
		"/api/method/frappe.model.workflow.bulk_workflow_approval",
		json={"doctype": "Concern", "docnames": names, "action": "Raise the concern"},
	)
	assert frappe.db.get_value("Concern", doc.name, "workflow_state") == "Draft"
	# Nor does anybody make themselves somebody else on the way.
	answer = DOORS["rest"](
		api(team.educator), doc, {"workflow_state": "Raised", "raised_by": team.director}, make.version(doc)
	)
	assert answer.status_code == 417
	assert make.move(doc, "Raise the concern", team.special_educator).workflow_state == "Raised"


def test_every_case_names_its_makers(team):
	for doctype, kind in make.KINDS.items():
		with make.attempt():
			doc = kind.make(team)
		for fieldname in doc.FOUR_EYES:
			field = doc.meta.get_field(fieldname)
			assert fieldname == "owner" or (field.options == "User" and fieldname in doc.RECORDED_FIELDS)
			assert doc.get(fieldname) == getattr(team, kind.maker), (doctype, fieldname)


def test_a_condition_holds_before_and_after(team, api, monkeypatch):
	change_moves("Raised", condition='doc.zone == "3"')
	doc = make.make_concern(team)
	# Frappe asks too, of the stored document: here the guard stands alone.
	monkeypatch.setattr(type(doc), "validate_workflow", lambda self: None)
	for door in ("rest", "savedocs"):
		# Met by what the request brings, not by what was stored.
		answer = DOORS[door](
			api(team.educator), doc, {"workflow_state": "Raised", "zone": "3"}, make.version(doc)
		)
		assert answer.status_code == 417
	make.prepare(doc, zone="3")
	for door in ("rest", "savedocs"):
		# Met by what was stored, and no longer after the request.
		doc = frappe.get_doc("Concern", doc.name)
		answer = DOORS[door](
			api(team.educator), doc, {"workflow_state": "Raised", "zone": "2"}, make.version(doc)
		)
		assert answer.status_code == 417, door
		assert "condition" in answer.text
	doc = frappe.get_doc("Concern", doc.name)
	assert (
		DOORS["rest"](api(team.educator), doc, {"workflow_state": "Raised"}, make.version(doc)).status_code
		== 200
	)


def test_whoever_may_move_and_not_write_moves_and_writes_nothing(team, api):
	"""The shipped workflows let whoever moves also write; an administrator's need not."""
	topics = frappe.get_all("Concern Topic", filters={"disabled": 0}, pluck="name", limit=2)
	doc = make.make_concern(team, topics=[{"topic": topics[0]}])
	(row,) = doc.topics
	# Past the check of Workflows: who saves this is not what is tried here.
	frappe.db.set_value(
		"Workflow Document State", {"parent": "Concern", "state": "Draft"}, "allow_edit", "Unit Director"
	)
	frappe.clear_document_cache("Workflow", "Concern")
	client = api(team.educator)
	for door in ("rest", "savedocs"):
		for values in ({"wishes": "Muuta."}, {"topics": [{"name": row.name, "topic": topics[1]}]}):
			answer = DOORS[door](client, doc, {"workflow_state": "Raised", **values}, make.version(doc))
			assert failed(door, answer), (door, values)
			assert frappe.db.get_value("Concern", doc.name, ["workflow_state", "wishes"]) == ("Draft", None)
			assert frappe.db.get_value(row.doctype, row.name, "topic") == topics[0]
	answer = DOORS["rest"](client, doc, {"workflow_state": "Raised"}, make.version(doc))
	assert answer.status_code == 200, answer.text[-600:]


def test_what_the_app_records_with_a_move_is_no_matter_of_its_condition(team):
	change_moves("Raised", condition='not doc.raised_on and doc.workflow_state == "Draft"')
	doc = make.make_concern(team)
	assert make.move(doc, "Raise the concern", team.educator).raised_on


def test_no_row_is_stored_or_dropped_without_its_document(site):
	"""The desk saves whatever it is sent: a row alone would pass by all that its document checks."""
	filters = {"module": "Early Support", "istable": 1}
	for doctype in frappe.get_all("DocType", filters=filters, pluck="name"):
		for event in ("validate", "on_trash"):
			with pytest.raises(StateNotEditable):
				getattr(frappe.new_doc(doctype), event)()
