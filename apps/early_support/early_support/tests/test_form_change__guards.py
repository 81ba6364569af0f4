"""The way of a suggested change: who moves it, by which door whatsoever, and who never does."""

import json
from contextlib import contextmanager
from pathlib import Path

import frappe
import pytest
from frappe.model.workflow import apply_workflow

from early_support import reminders, waiting
from early_support.access.policy import STAFF_ROLES
from early_support.casework import clock
from early_support.exceptions import ChangedMeanwhile, GuardNotMet, StateNotEditable, TransitionNotAllowed
from early_support.forms import changes_core as core
from early_support.forms import rights
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.workflow_guard.system import system_change

DOCTYPE = "Form Change Request"
FILE = (
	Path(__file__).resolve().parents[1]
	/ "early_support/workflow/form_change_request/form_change_request.json"
)
WORKFLOW = json.loads(FILE.read_text())["workflow"]
STATES = list(dict.fromkeys(row["state"] for row in WORKFLOW["states"]))
# What apply_workflow says to whoever approves his or her own is a plain ValidationError.
REFUSALS = (frappe.ValidationError, frappe.PermissionError)
# Where the others differ, if anywhere.
TOLD_APART = ("Draft", "With Management Group")
DECIDING = ("Area Director", "Management Group", "Form Administrator")
DECISIONS = ("Approved", "Rejected", "No Position")
OWN = ("Draft", "Returned")
# The way to each state, by its actions.
TO_GROUP = ("Send to the area director", "Take to the management group")
WAYS = {
	"Draft": (),
	"With Area Director": TO_GROUP[:1],
	"With Management Group": TO_GROUP,
	"No Position": (*TO_GROUP, "Take no position"),
	"Returned": (TO_GROUP[0], "Return to the proposer"),
	"Approved": (*TO_GROUP, "Approve"),
	"Published": (*TO_GROUP, "Approve", "Publish"),
	"Rejected": (*TO_GROUP, "Reject"),
	"Rolled Back": (*TO_GROUP, "Approve", "Publish", "Roll back"),
	"Withdrawn": ("Withdraw the request",),
}
MADE = {
	"kind": core.CHANGE_WORDS,
	"list_name": "Worry Zone",
	"record": "3",
	"label_fi": "Pieni huoli, kasvava",
}
DECISION = {"minutes": "12.10.2026 § 7", "return_reason": "Kirjoittakaa, ketä se koskee."}


@pytest.fixture
def staff(site) -> dict[str, str]:
	"""Somebody of each role, who proposes nothing, and `proposer`."""
	area = make.default_area()
	people = {role: make.make_staff(role, area=area) for role in STAFF_ROLES}
	return {**people, "proposer": make.make_staff("Early Educator")}


def suggest(user: str, **values):
	with case.acting(user):
		return frappe.get_doc({"doctype": DOCTYPE, "why": "Sana on vaikea.", **MADE, **values}).insert()


def request_in(state: str, staff: dict[str, str], proposer: str | None = None, **values):
	"""Make a request in `state`, with everything filled in that a move could need."""
	proposer = proposer or staff["proposer"]
	request = suggest(proposer, **values)
	for action in WAYS[state]:
		row = next(
			row
			for row in WORKFLOW["transitions"]
			if row["action"] == action and row["state"] == request.workflow_state
		)
		user = proposer if request.workflow_state in OWN else staff[row["allowed"]]
		request = case.move(request, action, user, **filled(request, row["next_state"]))
	with system_change():
		request.update(filled(request, "Approved") | DECISION)
		request.save()
	return request


def filled(request, state: str) -> dict:
	if state in DECISIONS:
		return {"decided_on": clock.today(), "minutes": DECISION["minutes"]}
	return {"return_reason": DECISION["return_reason"]} if state == "Returned" else {}


def state_of(request) -> str:
	return frappe.db.get_value(DOCTYPE, request.name, "workflow_state")


def may(state: str, role: str, is_proposer: bool, **wanted: str) -> bool:
	"""Whether the shipped workflow, and what holds whatever it says, let this role make this move."""
	if state in OWN and not is_proposer:
		return False
	return any(
		row["state"] == state
		and row["allowed"] == role
		and all(row[key] == value for key, value in wanted.items())
		for row in WORKFLOW["transitions"]
	)


# Moves ----------------------------------------------------------------------------------------------------------------


def test_who_decides_tries_every_move_by_every_door(staff, api):
	"""Staff, area director, management group (domain.md §1, 1469-1474 and 1569-1573; §4, 1472-1474 and 1570-1573)."""
	others = [role for role in STAFF_ROLES if role not in DECIDING]
	clients = {label: api(staff[label]) for label in ("proposer", *DECIDING)}
	for state in STATES:
		with case.attempt():
			request = request_in(state, staff)
			for label, client in clients.items():
				is_proposer, role = label == "proposer", "Early Educator" if label == "proposer" else label
				for action in tried(state, "action", "Approve", "Publish"):
					expected = may(state, role, is_proposer, action=action)
					assert act(request, staff[label], action) == expected, (state, label, action)
				for target in tried(state, "next_state", "Approved", "Published") - {state}:
					expected = may(state, role, is_proposer, next_state=target)
					assert put(request, client, target) == expected, (state, label, target)
			# Whoever has no part in it is turned away, whatever the move.
			for role in others if state in TOLD_APART else others[:1]:
				action = min(tried(state, "action", "Publish"))
				assert not act(request, staff[role], action), (state, role, action)


def tried(state: str, key: str, *more: str) -> set[str]:
	"""What leads on from `state`, for whomever, and what never should but from the right one."""
	return {row[key] for row in WORKFLOW["transitions"] if row["state"] == state} | {*more}


@contextmanager
def undone():
	frappe.db.savepoint("es_try")
	try:
		yield
	finally:
		frappe.db.rollback(save_point="es_try")
		# What would follow a commit was undone as well.
		frappe.db.after_commit.reset()


def act(request, user: str, action: str) -> bool:
	with undone():
		before = state_of(request)
		try:
			with case.acting(user):
				apply_workflow(frappe.get_doc(DOCTYPE, request.name), action)
		except REFUSALS:
			assert state_of(request) == before
		return state_of(request) != before


def put(request, client, target: str) -> bool:
	with undone():
		values = {"workflow_state": target, **case.version(request)}
		answer = client.put(f"/api/resource/{DOCTYPE}/{request.name}", json=values)
		assert (answer.status_code == 200) == (state_of(request) == target)
		return answer.status_code == 200


def test_every_role_may_suggest_and_nobody_begins_further_on(staff, api):
	for role in STAFF_ROLES:
		assert suggest(staff[role]).proposed_by == staff[role]
	for user in (staff["Management Group"], staff["Form Administrator"]):
		for state in STATES[1:]:
			values = {**MADE, "why": "x", "workflow_state": state, **DECISION}
			assert api(user).post(f"/api/resource/{DOCTYPE}", json=values).status_code != 200, state


def test_whoever_is_not_of_the_staff_sees_nothing(staff, api):
	request = request_in("With Area Director", staff)
	for user in (make.make_user("System Manager"), make.make_user(), None):
		for path in (f"/api/resource/{DOCTYPE}/{request.name}", f"/api/resource/{DOCTYPE}"):
			answer = api(user).get(path)
			assert answer.status_code == 403 or answer.json["data"] == [], (user, path)


def test_more_rights_in_frappes_permissions_open_nothing_more(staff):
	"""A municipality may give a role any right there; here it narrows to reading and writing, by the staff."""
	request, proposer = request_in("Draft", staff), staff["proposer"]
	assert all(rights.has_permission(request, right, proposer) for right in (None, "read", "write", "create"))
	for right in ("delete", "share", "export", "print", "email", "import", "submit", "cancel", "amend"):
		assert not rights.has_permission(request, right, proposer), right
	for user in (make.make_user("System Manager"), make.make_user(), "Guest"):
		for right in (None, "read", "write", "create"):
			assert not rights.has_permission(request, right, user), (user, right)


# Four eyes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["With Management Group", "No Position"])
def test_the_proposer_never_decides_by_any_door(staff, api, state):
	"""Not as one of the group, not as somebody who has every role, and not as Administrator."""
	everything = make.make_user(*STAFF_ROLES)
	for role in STAFF_ROLES:
		make.make_assignment(everything, role, service_area=make.default_area())
	for proposer in (staff["Management Group"], everything, "Administrator"):
		with case.attempt():
			other = {
				**staff,
				"Management Group": make.make_staff("Management Group", area=make.default_area()),
			}
			request = request_in(state, other, proposer)
			for action, target in (
				("Approve", "Approved"),
				("Reject", "Rejected"),
				("Take no position", "No Position"),
			):
				if target == state:
					continue
				assert not act(request, proposer, action), (proposer, action)
				if proposer != "Administrator":
					assert not put(request, api(proposer), target)
				assert not save_by_hand(request, proposer, target)
			assert act(request, other["Management Group"], "Approve")


def save_by_hand(request, user: str, target: str) -> bool:
	"""Save as a script of the server would, past the rights and with another owner and proposer."""
	with undone(), case.acting(user):
		doc = frappe.get_doc(DOCTYPE, request.name)
		doc.update({"workflow_state": target, "proposed_by": "Guest", "owner": "Guest"})
		try:
			doc.save(ignore_permissions=True)
		except REFUSALS:
			return False
		return True


def test_a_workflow_that_lets_the_proposer_approve_does_not(staff):
	workflow = frappe.get_doc("Workflow", DOCTYPE)
	for row in workflow.transitions:
		row.allow_self_approval = 1
	workflow.save()
	request = request_in("With Management Group", staff, staff["Management Group"])
	with case.acting(staff["Management Group"]), pytest.raises(TransitionNotAllowed, match="does not decide"):
		apply_workflow(frappe.get_doc(DOCTYPE, request.name), "Approve")
	doc = frappe.get_doc(DOCTYPE, request.name)
	doc.workflow_state = "Approved"
	with system_change(), case.acting(staff["Management Group"]), pytest.raises(TransitionNotAllowed):
		doc.save(ignore_permissions=True)


@pytest.mark.parametrize(
	("state", "action", "target", "role"),
	[
		("With Area Director", "Publish", "Published", "Form Administrator"),
		("With Area Director", "Roll back", "Rolled Back", "Form Administrator"),
		("Approved", "Publish", "Published", "Area Director"),
	],
)
def test_a_workflow_that_leads_past_the_decision_publishes_nothing(staff, state, action, target, role):
	workflow = frappe.get_doc("Workflow", DOCTYPE)
	row = {"state": state, "action": action, "next_state": target, "allowed": role}
	workflow.append("transitions", row)
	workflow.save()
	request = request_in(state, staff)
	with case.acting(staff[role]), pytest.raises(TransitionNotAllowed, match="by a form administrator"):
		apply_workflow(frappe.get_doc(DOCTYPE, request.name), action)


# What is written when -------------------------------------------------------------------------------------------------


def change(request, user: str, **values):
	with case.acting(user):
		doc = frappe.get_doc(DOCTYPE, request.name)
		doc.update(values)
		return doc.save()


def test_a_draft_is_its_proposers(staff):
	request = suggest(staff["proposer"])
	assert change(request, staff["proposer"], why="Toinen syy").why == "Toinen syy"
	for role in ("Early Educator", "Form Administrator", "Management Group"):
		with pytest.raises(frappe.PermissionError):
			change(request, staff[role], why="Minun syyni")
	# Nor by any right to write.
	request = frappe.get_doc(DOCTYPE, request.name)
	request.why = "Minun syyni"
	with (
		case.acting(staff["Early Educator"]),
		pytest.raises(StateNotEditable, match="its proposer's to write"),
	):
		request.save(ignore_permissions=True)


@pytest.mark.parametrize(
	("state", "role"),
	[
		("With Area Director", "Area Director"),
		("With Management Group", "Management Group"),
		("Approved", "Form Administrator"),
	],
)
def test_what_is_decided_on_is_what_was_suggested(staff, state, role):
	request = request_in(state, staff)
	for values in (
		{"label_fi": "Muuta"},
		{"record": "4"},
		{"why": "Muu"},
		{"kind": core.REWORD_ZONE},
		{"effective_on": "2030-01-01"} if state != "Approved" else {"conditions": "Muut"},
	):
		with pytest.raises(GuardNotMet):
			change(request, staff[role], **values)


def test_what_was_decided_stays_as_it_was_recorded(staff):
	request = request_in("Approved", staff)
	with pytest.raises(GuardNotMet):
		change(request, staff["Form Administrator"], minutes="Muu pöytäkirja")
	with pytest.raises(GuardNotMet):
		change(request_in("Draft", staff), staff["proposer"], conditions="Hyväksytty")
	with pytest.raises(GuardNotMet, match="once the change is approved"):
		change(request_in("Published", staff), staff["Form Administrator"], effective_on="2030-01-01")


def test_what_the_app_records_is_not_taken_from_a_request(staff):
	forged = {
		"proposed_by": staff["Management Group"],
		"decided_by": staff["Management Group"],
		"fingerprint": "x",
		"was_before": "[]",
		"published_by": staff["Form Administrator"],
		"title": "Muu",
	}
	request = suggest(staff["proposer"], **forged)
	assert request.proposed_by == staff["proposer"]
	assert not any(request.get(name) for name in forged if name not in ("proposed_by", "title"))
	assert request.title == "Worry Zone – Pieni huoli, kasvava"


def test_a_decision_has_its_day_and_its_minutes(staff):
	"""Decided on in a meeting of the management group (domain.md §4, 1569-1573)."""
	request = request_in("With Management Group", staff)
	for values in (
		{"minutes": None},
		{"decided_on": None},
		{"decided_on": frappe.utils.add_days(clock.today(), 1)},
	):
		with case.attempt(), pytest.raises(GuardNotMet):
			case.move(request, "Approve", staff["Management Group"], **values)
	request = case.move(request, "Approve", staff["Management Group"], conditions="Kokeilu kevääseen asti.")
	assert (request.decided_by, request.conditions) == (staff["Management Group"], "Kokeilu kevääseen asti.")


def test_a_return_has_its_reason_and_begins_a_new_round(staff):
	request = request_in("Approved", staff)
	with system_change():
		request.return_reason = None
		request.save()
	with pytest.raises(GuardNotMet):
		case.move(request, "Return to the proposer", staff["Form Administrator"])
	request = case.move(
		request, "Return to the proposer", staff["Form Administrator"], return_reason="Lomake on muuttunut."
	)
	request = case.move(
		request, "Send to the area director", staff["proposer"], label_fi="Pieni huoli, uusi nimi"
	)
	assert [request.get(name) for name in ("decided_on", "minutes", "decided_by")] == [None, None, None]


def set_day(user: str, request, day) -> None:
	with case.acting(user):
		stored = frappe.get_doc(DOCTYPE, request.name)
		stored.effective_on = day
		stored.save()


def test_the_day_is_set_by_who_publishes_once_it_is_approved(staff):
	tomorrow, yesterday = (frappe.utils.add_days(clock.today(), days) for days in (1, -1))
	with case.attempt(), pytest.raises(GuardNotMet, match="form administrator"):
		suggest(staff["proposer"], effective_on=tomorrow)
	for state, role in (("Draft", "proposer"), ("With Management Group", "Management Group")):
		request = request_in(state, staff)
		with case.attempt(), pytest.raises(GuardNotMet, match="form administrator"):
			set_day(staff[role], request, tomorrow)
	with case.attempt(), pytest.raises(GuardNotMet, match="form administrator"):
		case.move(
			request,
			"Approve",
			staff["Management Group"],
			**filled(request, "Approved"),
			effective_on=tomorrow,
		)
	request = request_in("Approved", staff)
	with case.attempt(), pytest.raises(GuardNotMet, match="is over"):
		set_day(staff["Form Administrator"], request, yesterday)
	set_day(staff["Form Administrator"], request, tomorrow)
	# In the next round another one is set.
	case.move(
		request,
		"Return to the proposer",
		staff["Form Administrator"],
		return_reason=DECISION["return_reason"],
	)
	again = case.move(request, "Send to the area director", staff["proposer"])
	assert again.effective_on is None


def test_a_municipality_without_an_area_director_decides_and_publishes_all_the_same(staff):
	workflow = frappe.get_doc("Workflow", {"document_type": DOCTYPE, "is_active": 1})
	for row in workflow.transitions:
		if row.next_state == "With Area Director":
			row.next_state = "With Management Group"
	workflow.save()
	request = case.move(suggest(staff["proposer"]), "Send to the area director", staff["proposer"])
	assert (request.workflow_state, bool(request.fingerprint)) == ("With Management Group", True)
	request = case.move(request, "Approve", staff["Management Group"], **filled(request, "Approved"))
	assert case.move(request, "Publish", staff["Form Administrator"]).workflow_state == "Published"


def test_a_change_builds_on_the_version_that_was_seen(staff, api):
	request = suggest(staff["proposer"])
	answer = api(staff["proposer"]).put(f"/api/resource/{DOCTYPE}/{request.name}", json={"why": "Uusi"})
	assert (answer.status_code, answer.json["exc_type"]) == (409, ChangedMeanwhile.__name__)


def test_a_request_is_never_deleted(staff):
	request = suggest(staff["proposer"])
	for user in (staff["proposer"], staff["Form Administrator"], "Administrator"):
		with case.acting(user), pytest.raises((StateNotEditable, frappe.PermissionError)):
			frappe.delete_doc(DOCTYPE, request.name)


def test_only_by_this_door_does_a_form_administrator_change_a_form(staff, api):
	user = staff["Form Administrator"]
	field = {"dt": "Concern", "label": "Oma", "fieldname": "custom_own", "fieldtype": "Data"}
	setter = {
		"doctype_or_field": "DocField",
		"doc_type": "Concern",
		"field_name": "wishes",
		"property": "hidden",
		"value": "1",
	}
	for doctype, values in (("Custom Field", field), ("Property Setter", setter)):
		assert api(user).post(f"/api/resource/{doctype}", json=values).status_code == 403


def test_of_nothing_but_our_lists_is_told_whether_it_is_there(staff, api, team):
	client = api(staff["proposer"])
	for values in (
		{"list_name": "User", "record": staff["Management Group"]},
		{"list_name": "User", "record": "nobody@example.test"},
		{"list_name": "Child", "record": team.child},
		{"list_name": None, "form": "User", "field_name": "email"},
		{"list_name": None, "form": "Nothing", "field_name": "x"},
	):
		answer = client.post(f"/api/resource/{DOCTYPE}", json={**MADE, "why": "x", **values})
		assert answer.status_code == 417, values
		assert case.told(answer) == "Please choose a form or a list from those on offer.", values


def test_colleagues_discuss_it(staff):
	request = request_in("With Area Director", staff)
	with case.acting(staff["Unit Director"]):
		frappe.get_doc(DOCTYPE, request.name).add_comment("Comment", "Meilläkin tätä on toivottu.")
	assert frappe.db.exists("Comment", {"reference_name": request.name, "comment_type": "Comment"})


# Waiting and reminders ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("state", "role", "key"),
	[
		("With Area Director", "Area Director", "changes_to_take_on"),
		("With Management Group", "Management Group", "changes_to_decide"),
		("No Position", "Management Group", "changes_without_position"),
		("Approved", "Form Administrator", "changes_to_publish"),
		("Returned", "proposer", "changes_returned"),
	],
)
def test_it_waits_for_whoever_is_next(staff, state, role, key):
	request = request_in(state, staff)
	for label, user in staff.items():
		with case.acting(user):
			groups = {
				group["key"]: [item["name"] for item in group["items"]]
				for group in waiting.get_waiting()["groups"]
			}
		found = [name for name, items in groups.items() if request.name in items]
		assert found == ([key] if label == role else []), label


def due(user: str) -> list[str]:
	with case.acting(user):
		return [found.name for found in reminders.due_for(clock.today())]


def test_no_position_stays_on_the_table_and_reminds_the_group_again(staff, monkeypatch):
	"""In the thesis the change that everybody wanted got stuck (domain.md §4, 1939-1948)."""
	sent = []
	monkeypatch.setattr(reminders, "_send", sent.append)
	group, days = (
		staff["Management Group"],
		frappe.db.get_single_value("Early Support Settings", "remind_after_days"),
	)
	request = request_in("No Position", staff)
	assert request.name not in due(group)
	later = frappe.utils.getdate(frappe.utils.add_days(clock.today(), days))
	with clock.at(later):
		assert request.name in due(group)
		assert all(
			request.name not in due(user) for role, user in staff.items() if role != "Management Group"
		)
		assert group in reminders.people(later)
		for _again in range(2):
			with case.acting(group):
				reminders.remind(group, later)
		assert sent == [group]
	days_again = frappe.db.get_single_value("Early Support Settings", "remind_again_days")
	for days_later, times in ((days_again - 1, 1), (days_again, 2), (days_again + 1, 2), (2 * days_again, 3)):
		with clock.at(frappe.utils.getdate(frappe.utils.add_days(later, days_later))), case.acting(group):
			reminders.remind(group, clock.today())
		assert len(sent) == times, days_later
	frappe.db.set_single_value("Early Support Settings", "remind_again_days", 0)
	with clock.at(frappe.utils.getdate(frappe.utils.add_days(later, 9 * days_again))), case.acting(group):
		assert not reminders.remind(group, clock.today())
	with clock.at(later):
		case.move(request, "Approve", group)
		assert request.name not in due(group)


def test_what_was_not_published_on_its_day_reminds_the_form_administrators(staff):
	request = request_in("Approved", staff)
	with system_change():
		request.update({"not_published_because": "Syy", "not_published_on": clock.today()})
		request.save()
	assert request.name in due(staff["Form Administrator"])
	assert request.name not in due(staff["Management Group"])
