"""What waits for the person who has signed in: the block on top of the workspace."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import frappe
from frappe import _
from frappe.utils import add_days, nowdate

from early_support.access import assignments, break_glass, conditions, policy
from early_support.casework import clients, clock, left, own_contact, takeover, titles
from early_support.casework.people import (
	SPECIAL_SUPPORT,
	UNIVERSAL,
	is_own_worker,
	sides_without_liaison,
)
from early_support.casework.states import AGREED_PERIOD, FINAL
from early_support.export import rights as reporting
from early_support.export import schedule
from early_support.forms.rights import PUBLISHERS
from early_support.overview.declarations import REVIEW_AHEAD, SUPPORT_REVIEW_AHEAD
from early_support.overview.query import Listable
from early_support.privacy import log, reads
from early_support.reminders import REMINDED_ROLES, SETTINGS
from early_support.season import core, rights, status

# Rows shown of each kind; the list behind the heading shows the rest.
LIMIT = 8

# Who is told that a unit has no liaison person.
LEADERS = ("Unit Director",)

# Before any day that is recorded.
LONG_AGO = "1900-01-01"

# What a unit arranges every year waits to be planned so many days before its usual month begins.
PLAN_AHEAD = 30

# What the list behind a heading is filtered by.
LIST_FILTERS = ("workflow_state", "kind", "state", "status", "unit")

REPORT = "Kuukausitilasto"
REPORT_READERS = ("Area Director", "Management Group", "Reporting Officer")


@frappe.whitelist()
@conditions.each_asked_once()
def get_waiting() -> dict:
	"""Return what waits for the session's user, by his or her roles, and what he or she may begin.

	Returns {"groups": [{key, title, doctype, filters, items: [{doctype, name, title, since, zone}], more}], "actions":
	[{doctype, label}], "reports": [{name, label}], "reminders": bool, "own_contact": bool, "left_alone": bool, "break_glass": bool}. Groups without items are left
	out. `since` is a date as text (of what is only to be planned: by when; it has no name, but the `values` of a new
	document), `zone` {number, colour} or None, `more` whether there are more rows than are shown, `filters` those of the
	list that shows all, `reminders` whether the user is reminded by e-mail of what is due, `own_contact`
	whether the user may open a client relationship when a parent gets in touch, `left_alone` whether there is a client
	or an assessment that the user may take over, `break_glass` whether the user may open a family in an emergency.
	Everything is read with the user's own permissions; a guest is refused with PermissionError. What is shown is logged
	(703/2023, 10 §).
	"""
	if frappe.session.user == "Guest":
		raise frappe.PermissionError
	roles = set(frappe.get_roles())
	groups = waiting_groups(Listable())
	log.record(reads.START_PAGE, records_in(groups), whole=True)
	return {
		"groups": groups,
		"actions": _actions(),
		"reports": _reports(roles),
		"reminders": assignments.works_as(frappe.session.user, REMINDED_ROLES),
		"own_contact": own_contact.may_begin(frappe.session.user),
		"left_alone": takeover.is_somebody_alone(),
		"break_glass": break_glass.may_open(frappe.session.user),
	}


# SQL of what has to be true of a row, `es_row`, beside its group's filters: made of what the user may list.
Where = Callable[[Listable], str]


class Group(NamedTuple):
	"""What waits of one kind: see `_read` and `_fill`.

	`keep` leaves of some names those that wait, `any_of` are filters of which one is enough, `where` is what no filter can say.
	"""

	key: str
	title: str
	doctype: str
	filters: dict
	title_field: str
	since_field: str
	keep: Callable[[list[str]], set[str]] | None = None
	any_of: dict | None = None
	where: Where | None = None


def waiting_groups(listable: Listable, unit: str | None = None) -> list[dict]:
	"""Return the groups of what waits for the session's user, without empty ones, as `get_waiting` gives them.

	`unit`: only what is of this day care unit.
	"""
	roles = set(frappe.get_roles())
	groups = [group for wanted, make in GROUPS if roles.intersection(wanted) for group in make()]
	if unit:
		of_units = [group for group in groups if frappe.get_meta(group.doctype).has_field("unit")]
		groups = [group._replace(filters={**group.filters, "unit": unit}) for group in of_units]
	found = _filled(groups, listable)
	if roles.intersection(policy.UNIT_STAFF_ROLES):
		found.append(_events_to_plan(unit))
	if roles.intersection(LEADERS):
		found.append(_units_without_liaison(unit))
	if roles.intersection(reporting.REPORTING) and not unit:
		found.append(_late_reports())
	return [group for group in found if group["items"]]


def records_in(groups: list[dict]) -> list[tuple[str, str]]:
	"""Return (doctype, name) of what is shown in `groups` of people and casework, each once, for the log."""
	items = ((item["doctype"], item["name"]) for group in groups for item in group["items"])
	return list(dict.fromkeys(item for item in items if item[0] in policy.PROTECTED_DOCTYPES))


def _for_educators() -> list[Group]:
	user = frappe.session.user
	return [
		*_referrals_under_way(user),
		*_referrals_left(user),
		_group(
			"counsellor_left",
			_("Support whose counsellor has left: agree with the parents on another"),
			"Support Period",
			{"workflow_state": ("in", AGREED_PERIOD)},
			"child_name",
			"agreed_on",
			keep=left.periods,
		),
		_concerns("to_discuss", _("To be talked about with the parents"), "Raised", "observed_on"),
		_concerns("to_discuss_again", _("To be talked about again"), "Declined", "declined_on"),
		_meetings_without_period(),
		_group(
			"forms_received",
			_("Guardians' forms to be talked about"),
			"Child Plan",
			{"workflow_state": "Guardian Form Received"},
			"child_name",
			"form_received_on",
		),
		_group(
			"plans_to_review",
			_("Plans to be reviewed within {0} days").format(REVIEW_AHEAD),
			"Child Plan",
			{"workflow_state": "Confirmed", "review_due_on": ("<=", add_days(clock.today(), REVIEW_AHEAD))},
			"child_name",
			"review_due_on",
		),
		_group(
			"answered",
			_("Answered consultations"),
			"Consultation",
			{"workflow_state": "Answered", "requested_by": user},
			"title",
			"answered_on",
		),
		*_standing_at_the_unit(user),
	]


def _standing_at_the_unit(user: str) -> list[Group]:
	"""What the educators have begun with a family and nobody has touched since (domain.md §2, 844 and 1640): the next word is theirs to record."""
	return [
		_standing(
			"drafts", _("Concerns you have not raised yet"), "Concern", "Draft", "modified", raised_by=user
		),
		_standing(
			"to_go_on",
			_("Talks with the parents without a next step"),
			"Concern",
			"Discussed",
			"discussed_on",
		),
		_group(
			"to_hear_meeting",
			_("Proposed meetings without the parents' answer"),
			"Concern",
			{"workflow_state": "Meeting Proposed"},
			"child_name",
			"meeting_proposed_on",
			any_of={"modified": _untouched(), "meeting_on": _before_today()},
		),
		_standing(
			"to_hear_support",
			_("Proposed support without the parents' answer"),
			"Support Period",
			"Proposed",
			"proposed_on",
		),
		_standing(
			"to_hear_consent",
			_("Consents without the guardians' answers"),
			"Cooperation Consent",
			"Draft",
			"asked_on",
		),
		_standing("plans_to_discuss", _("Plans to be talked about"), "Child Plan", "Draft", "begun_on"),
		_standing("plans_to_confirm", _("Plans to be confirmed"), "Child Plan", "Discussed", "discussed_on"),
	]


def _for_unit_staff() -> list[Group]:
	return [
		_concerns("urgent", _("Urgent concerns"), "Urgent", "urgent_on"),
		_group(
			"to_follow_up",
			_("Agreed matters to be followed up"),
			"Network Meeting",
			{"workflow_state": "Agreed", "follow_up_on": ("<=", nowdate())},
			"child_name",
			"follow_up_on",
		),
		_group(
			"overdue",
			_("Agreed actions whose day has passed"),
			"Network Meeting",
			{"workflow_state": ("in", ("Agreed", "Followed Up"))},
			"child_name",
			"meeting_on",
			keep=_with_a_passed_day("Network Meeting", "Network Action", state="Open"),
		),
		_group(
			"to_record",
			_("Network meetings of which it is to be recorded what was agreed"),
			"Network Meeting",
			{"workflow_state": "Draft", "meeting_on": _before_today()},
			"child_name",
			"meeting_on",
		),
		_standing(
			"meetings_to_close",
			_("Followed up: to be closed, or another follow-up agreed on"),
			"Network Meeting",
			"Followed Up",
			"followed_up_on",
		),
	]


def _events_to_plan(only: str | None) -> dict:
	"""Return what the user's units, or only one of them, still have to plan in this season, when its usual time is near (domain.md §3, 1608-1627).

	There is no document yet, so an item holds what a new one begins with.
	"""
	units = [unit for unit in rights.readable_units() if only in (None, unit) and rights.may_write(unit)]
	near = clock.today() + timedelta(days=PLAN_AHEAD)
	lines = [line for line in status.lines(units, core.season_of(near)) if line.usual and line.usual <= near]
	if lines:
		convened = rights.units_convened_by(frappe.session.user, clock.today())
		lines = sorted((line for line in lines if _is_to_convene(line, convened)), key=lambda line: line.due)
	shown = lines[:LIMIT]
	kinds, places = "Unit Event Kind", "Day Care Unit"
	called = titles.of_records(
		[*((kinds, line.kind) for line in shown), *((places, line.unit) for line in shown)]
	)
	return {
		"key": "events_to_plan",
		"title": _("To be planned in the unit's calendar"),
		"doctype": "Unit Event",
		"filters": {},
		"items": [
			{
				"doctype": "Unit Event",
				"name": None,
				"values": {"unit": line.unit, "kind": line.kind},
				"title": f"{called[kinds, line.kind]}, {called[places, line.unit]}",
				"since": str(line.due),
				"zone": None,
			}
			for line in shown
		],
		"more": len(lines) > LIMIT,
	}


def _units_without_liaison(only: str | None) -> dict:
	"""Return the user's units, or only one of them, where nobody is the liaison person on a side (domain.md §1, 1471 and 1613-1615).

	There a question to family counselling waits for nobody, and what the liaison convenes is convened by nobody.
	"""
	led = assignments.units_of(frappe.session.user, LEADERS)
	units = frappe.get_list(
		"Day Care Unit",
		filters={"name": ("in", [*(led if only is None else led & {only}), ""]), "disabled": 0},
		fields=["name", "title"],
		order_by="title asc",
		limit_page_length=0,
	)
	items = [
		{
			"doctype": "Day Care Unit",
			"name": unit.name,
			"title": f"{unit.title}: {', '.join(_(side) for side in sides)}",
			"since": None,
			"zone": None,
		}
		for unit in units
		if (sides := sides_without_liaison(unit.name))
	]
	return {
		"key": "units_without_liaison",
		"title": _("Without a liaison person: let the administrators know who it is"),
		"doctype": "Day Care Unit",
		"filters": {},
		"items": items[:LIMIT],
		"more": len(items) > LIMIT,
	}


def _is_to_convene(line: status.Line, convened: frozenset[str]) -> bool:
	"""Tell whether it is the user who sees to an event: the director to all, the liaison to what he or she convenes.

	Args:
		convened: the units whose liaison person the user is today.
	"""
	if "Unit Director" in frappe.get_roles():
		return True
	convener = frappe.get_cached_value("Unit Event Kind", line.kind, "convener")
	if convener == rights.LIAISON:
		return line.unit in convened
	return convener == rights.STAFF


def _events_to_finish() -> list[Group]:
	"""Return what the user's units have not said of their events: whether they were held, and how many came."""
	units = [unit for unit in rights.readable_units() if rights.may_write(unit)]
	own = {"unit": ("in", [*units, ""])}
	nobody = dict.fromkeys(("families", "adults", "children"), 0)
	return [
		_group(
			"events_to_mark",
			_("Events to be marked as held or cancelled"),
			"Unit Event",
			{**own, "state": status.PLANNED, "event_date": ("<", str(clock.today()))},
			"title",
			"event_date",
		),
		_group(
			"events_without_figures",
			_("Events without the number of those who came"),
			"Unit Event",
			{**own, "state": status.HELD, "season": core.season_of(clock.today()), **nobody},
			"title",
			"event_date",
			keep=_where_families_come,
		),
	]


def _where_families_come(names: list[str]) -> set[str]:
	"""Return which of some events are of a kind to which families come, so that they can be counted."""
	kinds = frappe.get_list(
		"Unit Event Kind", filters={"families_come": 1}, pluck="name", limit_page_length=0
	)
	filters = {"name": ("in", names), "kind": ("in", [*kinds, ""])}
	return set(frappe.get_list("Unit Event", filters=filters, pluck="name", limit_page_length=0))


def _with_a_passed_day(doctype: str, table: str, **rows: str) -> Callable[[list[str]], set[str]]:
	"""Return a function that leaves, of some names, those with a row in a table whose day has passed.

	Args:
		rows: filters of the rows that count.
	"""

	def keep(names: list[str]) -> set[str]:
		filters = {"parent": ("in", names), "due_on": _before_today(), **rows}
		return set(
			frappe.get_list(
				table, parent_doctype=doctype, filters=filters, pluck="parent", limit_page_length=0
			)
		)

	return keep


def _for_counsellors() -> list[Group]:
	user = frappe.session.user
	return [
		_group(
			"requested",
			_("Requested consultations"),
			"Consultation",
			{"workflow_state": "Requested"},
			"title",
			"requested_on",
		),
		_group(
			"taken",
			_("Consultations you have taken"),
			"Consultation",
			{"workflow_state": "Taken", "taken_by": user},
			"title",
			"taken_on",
		),
		_group(
			"taken_by_who_left",
			_("Consultations whose counsellor no longer works for the unit"),
			"Consultation",
			{"workflow_state": "Taken", "taken_by": ("!=", user)},
			"title",
			"taken_on",
			keep=left.questions,
		),
		_periods_without_visit(user),
		_group(
			"to_mark",
			_("Visits to be marked as held or not"),
			"Visit",
			{"workflow_state": "Planned", "visit_date": ("<", nowdate())},
			"child_name",
			"visit_date",
		),
		*_periods_to_go_on(user),
		_standing(
			"own_consents",
			_("Consents you have asked for, without the guardians' answers"),
			"Cooperation Consent",
			"Draft",
			"asked_on",
			asked_by=user,
		),
		*_referrals_under_way(user),
	]


def _for_receivers() -> list[Group]:
	user = frappe.session.user
	return [
		_group(
			"to_answer",
			_("Referrals to be answered"),
			"Referral",
			{"workflow_state": "Joint Contact", "receiver": user},
			"child_name",
			"sent_on",
		),
		_group(
			"to_meet",
			_("Families to be met for the first time"),
			"Referral",
			{"workflow_state": "Accepted", "receiver": user},
			"child_name",
			"accepted_on",
		),
		*_assessments(user),
		_group(
			"clients_to_start",
			_("Client relationships to be started"),
			"Client Relationship",
			{"workflow_state": "Draft", "opened_by": user},
			"child_name",
			"creation",
		),
		*_support_plans(user),
	]


def _support_plans(user: str) -> list[dict]:
	"""The plans of the user's own clients: to be made (domain.md §3, 746: always), or to be looked at (752)."""
	# A user without a right to relationships has none of these groups.
	own = (
		frappe.get_list(
			"Client Relationship",
			filters={"workflow_state": "Active", "own_worker": user},
			pluck="name",
			limit_page_length=0,
		)
		if frappe.has_permission("Client Relationship", "read")
		else []
	)
	of_own = {"client_relationship": ("in", own or [""])}
	soon = add_days(clock.today(), SUPPORT_REVIEW_AHEAD)
	return [
		_group(
			"clients_for_social_worker",
			_("Clients who need a social worker as their own worker"),
			"Client Relationship",
			{"workflow_state": "Active", "own_worker": user},
			"child_name",
			"started_on",
			keep=_who_need_a_social_worker,
		),
		_group(
			"clients_before_decision",
			_("Clients whose support waits for an assessment and a decision"),
			"Client Relationship",
			{"workflow_state": "Active", "own_worker": user, "tier": ("!=", UNIVERSAL)},
			"child_name",
			"started_on",
			keep=_without_decision,
		),
		_group(
			"without_plan",
			_("Clients without a support plan"),
			"Client Relationship",
			{"workflow_state": "Active", "own_worker": user},
			"child_name",
			"started_on",
			where=_not_followed_by("Support Plan", "client_relationship", but_not=FINAL["Support Plan"]),
		),
		_group(
			"plans_to_agree",
			_("Support plans to be agreed on"),
			"Support Plan",
			{"workflow_state": "Draft", **of_own},
			"child_name",
			"creation",
		),
		_group(
			"support_plans_to_review",
			_("Support plans to be reviewed within {0} days").format(SUPPORT_REVIEW_AHEAD),
			"Support Plan",
			{"workflow_state": "Agreed", "next_review_on": ("<=", soon), **of_own},
			"child_name",
			"next_review_on",
		),
		_group(
			"goals_due",
			_("Support plans with a goal whose day has passed"),
			"Support Plan",
			{"workflow_state": "Agreed", **of_own},
			"child_name",
			"agreed_on",
			keep=_with_a_passed_day("Support Plan", "Plan Goal"),
		),
		_group(
			"under_review",
			_("Support plans under review"),
			"Support Plan",
			{"workflow_state": "Under Review", **of_own},
			"child_name",
			"modified",
		),
	]


def _assessments(user: str) -> list[dict]:
	"""Needs assessments whose statutory day has passed, that have not begun, or that the user is asked to join."""
	today = str(clock.today())
	passed = _before_today()
	own, under_way = {"assessor": user}, ("in", ("Initial", "Guidance Given", "Narrow", "Broad"))
	return [
		_group(
			"to_start_late",
			_("Needs assessments that should have begun"),
			"Needs Assessment",
			{**own, "workflow_state": "Opened", "start_due_on": passed},
			"child_name",
			"start_due_on",
		),
		_group(
			"to_complete_late",
			_("Needs assessments that should be ready"),
			"Needs Assessment",
			{**own, "workflow_state": under_way, "ready_due_on": passed},
			"child_name",
			"ready_due_on",
		),
		_group(
			"to_start",
			_("Needs assessments to begin"),
			"Needs Assessment",
			{**own, "workflow_state": "Opened", "start_due_on": ("is", "not set")},
			"child_name",
			"pending_since",
		),
		_group(
			"to_start_in_time",
			_("Needs assessments to begin in time"),
			"Needs Assessment",
			{**own, "workflow_state": "Opened", "start_due_on": (">=", today)},
			"child_name",
			"start_due_on",
		),
		# Without a statutory day nothing else tells that one has been left lying.
		_group(
			"to_go_on_with",
			_("Needs assessments under way that stand still"),
			"Needs Assessment",
			{
				**own,
				"workflow_state": under_way,
				"ready_due_on": ("is", "not set"),
				"modified": _untouched(),
			},
			"child_name",
			"started_on",
		),
		_group(
			"to_join",
			_("Needs assessments you were asked to join"),
			"Needs Assessment",
			{"colleague": user, "workflow_state": ("in", ("Opened", "Initial", "Guidance Given", "Narrow"))},
			"child_name",
			"pending_since",
		),
	]


def _who_need_a_social_worker(names: list[str]) -> set[str]:
	"""Return which of the user's relationships another has to take over: special support is needed (domain.md §1, 736-737)."""
	if is_own_worker(frappe.session.user, SPECIAL_SUPPORT):
		return set()
	children = dict(
		frappe.get_list(
			"Client Relationship",
			filters={"name": ("in", names)},
			fields=["name", "child"],
			as_list=True,
			limit_page_length=0,
		)
	)
	special = clients.special_support_among(children.values())
	return {name for name, child in children.items() if child in special}


def _without_decision(names: list[str]) -> set[str]:
	"""Return which of the user's relationships stand on no decision yet (domain.md §3, 522-529, 683-685)."""
	rows = frappe.get_list(
		"Client Relationship",
		filters={"name": ("in", names)},
		fields=["name", "child", "controller", "decision_on"],
		limit_page_length=0,
	)
	return {
		row.name for row in rows if not (row.decision_on or clients.decided_on(row.child, row.controller))
	}


def _for_privacy_officers() -> list[Group]:
	return [
		_group(
			"open_break_glasses",
			_("Opened in an emergency, open now"),
			"Access Grant",
			{"kind": policy.BREAK_GLASS, "valid_until": (">", str(clock.now()))},
			"user",
			"valid_from",
		)
	]


def _for_management_group() -> list[Group]:
	return [
		_form_changes("changes_to_decide", _("Changes of forms to be decided on"), "With Management Group"),
		_form_changes("changes_without_position", _("Changes of forms without a position"), "No Position"),
	]


def _for_proposers() -> list[Group]:
	own = {"proposed_by": frappe.session.user}
	return [_form_changes("changes_returned", _("Your suggestions that were returned"), "Returned", own)]


def _form_changes(key: str, title: str, state: str, own: dict | None = None) -> Group:
	filters = {"workflow_state": state, **(own or {})}
	return _group(key, title, "Form Change Request", filters, "title", "proposed_on")


def _for_reporting_officers() -> list[Group]:
	"""The runs that stand still until somebody does something with them."""
	approved = {"workflow_state": "Approved"}
	return [
		_runs("runs_to_validate", _("Report runs to be validated"), {"workflow_state": "Built"}, "built_at"),
		_runs(
			"runs_undelivered",
			_("Report runs that have not arrived"),
			{**approved, "failure": ("is", "set")},
			"approved_at",
		),
		_runs(
			"runs_to_hand_over",
			_("Report runs to be handed over"),
			{**approved, "goes_to": ("is", "not set")},
			"approved_at",
		),
		_runs(
			"runs_without_receipt", _("Report runs without a receipt"), {"workflow_state": "Sent"}, "sent_at"
		),
	]


def _late_reports() -> dict:
	"""Return the scheduled reports of the user's register controllers that should have gone out by now, or have failed.

	Of one that nobody has asked for there is no document yet, so its item holds what a new one begins with.
	Read when the page is opened, because a notification needs the scheduler, which may be what stands still.
	"""
	own = reporting.controllers(roles=reporting.REPORTING)
	late = sorted(schedule.late(own), key=lambda each: each.due)
	return {
		"key": "late_reports",
		"title": _("Reports that are late, or have failed"),
		"doctype": schedule.RUN,
		"filters": {},
		"items": [
			{
				"doctype": schedule.RUN,
				"name": each.run,
				"values": {
					"profile": each.profile.name,
					"controller": each.controller,
					"period": each.period.name,
				},
				"title": f"{each.profile.title} {each.period.name}{f', {each.controller}' if len(own) > 1 else ''}",
				"since": str(each.due),
				"zone": None,
			}
			for each in late[:LIMIT]
		],
		"more": len(late) > LIMIT,
	}


def _for_approvers() -> list[Group]:
	return [
		_runs(
			"runs_to_approve",
			_("Report runs to be approved"),
			{"workflow_state": "Validated"},
			"built_at",
			keep=_that_the_user_approves,
		)
	]


def _that_the_user_approves(names: list[str]) -> set[str]:
	"""Return which of some runs the user may approve: by role and profile, and nobody who had a part in making one."""
	rows = frappe.get_list(
		"Report Run",
		filters={"name": ("in", names)},
		fields=["name", "profile", "controller", "level", "requested_by", "validated_by"],
		limit_page_length=0,
	)
	user = frappe.session.user
	return {
		row.name
		for row in rows
		if user not in (row.requested_by, row.validated_by) and reporting.may_approve(row)
	}


def _for_configurers() -> list[Group]:
	"""The places for files of report runs that a colleague has changed."""
	own = sorted(reporting.controllers(roles=reporting.CONFIGURING))
	changed = {"status": "Draft", "controller": ("in", [*own, ""]), "changed_by": ("!=", frappe.session.user)}
	title = _("Report destinations to be confirmed")
	return [_group("destinations_to_confirm", title, "Report Destination", changed, "title", "modified")]


def _runs(key: str, title: str, filters: dict, since: str, keep: Callable | None = None) -> Group:
	return _group(key, title, "Report Run", filters, "title", since, keep=keep)


GROUPS: tuple[tuple[tuple[str, ...], Callable[[], list[Group]]], ...] = (
	(policy.UNIT_STAFF_ROLES, _for_unit_staff),
	(policy.EDUCATORS, _for_educators),
	(policy.COUNSELLOR_ROLES, _for_counsellors),
	(policy.REGISTER_ROLES, _for_receivers),
	(policy.PRIVACY_ROLES, _for_privacy_officers),
	# Last: what is about a family comes first.
	(policy.UNIT_STAFF_ROLES, _events_to_finish),
	(
		("Area Director",),
		lambda: [_form_changes("changes_to_take_on", _("Suggested changes of forms"), "With Area Director")],
	),
	(("Management Group",), _for_management_group),
	(
		PUBLISHERS,
		lambda: [_form_changes("changes_to_publish", _("Changes of forms to be published"), "Approved")],
	),
	(policy.STAFF_ROLES, _for_proposers),
	(reporting.REPORTING, _for_reporting_officers),
	(reporting.READERS, _for_approvers),
	(reporting.CONFIGURING, _for_configurers),
)


def _concerns(key: str, title: str, state: str, since: str) -> Group:
	return _group(key, title, "Concern", {"workflow_state": state}, "child_name", since)


def _referrals_under_way(user: str) -> list[Group]:
	"""What the user has begun to hand over: it is not on its way, the receiver has said no, or the family has been met."""
	states = {
		"to_contact": (_("Referrals waiting for the joint contact"), "Consent Given", "modified"),
		"not_accepted": (_("Referrals that were not accepted"), "Declined", "declined_on"),
	}
	own = {"referred_by": user}
	return [
		*(
			_group(key, title, "Referral", {"workflow_state": state, **own}, "child_name", since)
			for key, (title, state, since) in states.items()
		),
		_standing(
			"to_send",
			_("Referrals whose ground is not confirmed yet"),
			"Referral",
			"Draft",
			"creation",
			**own,
		),
		_standing(
			"to_close",
			_("Referrals to be closed: the receiver has met the family"),
			"Referral",
			"First Contact Confirmed",
			"first_contact_on",
			**own,
		),
	]


def _referrals_left(user: str) -> list[Group]:
	"""What a colleague of the unit has to see to in the place of a sender or a receiver who has left (domain.md §3, 1322, 1702)."""
	of_others = {"referred_by": ("!=", user)}
	return [
		_group(
			"sender_left",
			_("Referrals whose sender no longer works here"),
			"Referral",
			{
				"workflow_state": ("in", ("Draft", "Consent Given", "Declined", "First Contact Confirmed")),
				**of_others,
			},
			"child_name",
			"modified",
			keep=left.referrals_of_sender,
		),
		_group(
			"receiver_left",
			_("Referrals whose receiver has left: name another worker"),
			"Referral",
			{"workflow_state": ("in", ("Joint Contact", "Accepted"))},
			"child_name",
			"sent_on",
			keep=left.referrals_of_receiver,
		),
	]


def _meetings_without_period() -> Group:
	"""Agreed meetings of concerns for which no support period has been begun."""
	return _group(
		"to_begin",
		_("Agreed meetings without a support period"),
		"Concern",
		{"workflow_state": "Meeting Agreed"},
		"child_name",
		"agreed_on",
		where=_not_followed_by("Support Period", "concern"),
	)


def _periods_without_visit(user: str) -> Group:
	"""The counsellor's agreed periods for which no visit has been planned."""
	return _group(
		"to_plan",
		_("Agreed periods without a visit"),
		"Support Period",
		{"workflow_state": "Agreed", "counsellor": user},
		"child_name",
		"agreed_on",
		where=_not_followed_by("Visit", "support_period"),
	)


def _periods_to_go_on(user: str) -> list[Group]:
	"""The counsellor's running support: the next visit, the follow-up, or the end of it (domain.md §2, 1640-1643)."""
	own = {"counsellor": user}
	return [
		_standing(
			"to_visit",
			_("Support under way without a planned visit"),
			"Support Period",
			"Under Way",
			"started_on",
			where=_without_visit_ahead,
			**own,
		),
		_group(
			"to_follow_up_support",
			_("Support whose follow-up day has come"),
			"Support Period",
			{
				"workflow_state": "Follow-up",
				"follow_up_on": ("between", (LONG_AGO, str(clock.today()))),
				**own,
			},
			"child_name",
			"follow_up_on",
		),
		_standing(
			"without_follow_up_day",
			_("Support in follow-up without a day for it"),
			"Support Period",
			"Follow-up",
			"modified",
			follow_up_on=("is", "not set"),
			**own,
		),
	]


def _without_visit_ahead(listable: Listable) -> str:
	"""Return that a support period has no planned visit, and none that was touched in the days of the settings."""
	_or_before, moment = _untouched()
	touched = f"es_next.modified > {frappe.db.escape(moment)}"
	return _none(listable, "Visit", "support_period", f"(es_next.workflow_state = 'Planned' or {touched})")


def _untouched() -> tuple[str, str]:
	"""Return the filter on `modified` for what nobody has touched for the days of the settings (reminders.py).

	What somebody is working on waits for nobody.
	"""
	days = frappe.db.get_single_value(SETTINGS, "remind_after_days")
	return "<=", f"{add_days(clock.today(), -days)} 23:59:59"


def _before_today() -> tuple[str, tuple[str, str]]:
	"""Return the filter for a day that has passed. Not "<": Frappe takes an empty day for one long past."""
	return "between", (LONG_AGO, str(add_days(clock.today(), -1)))


def _not_followed_by(doctype: str, link: str, *, but_not: tuple[str, ...] = ()) -> Where:
	"""Return what leaves those on which no document of `doctype` hangs by `link`.

	Args:
		but_not: states in which such a document does not count.
	"""
	states = ", ".join(frappe.db.escape(state) for state in but_not)
	counts = f"es_next.workflow_state not in ({states})" if but_not else "true"
	return lambda listable: _none(listable, doctype, link, counts)


def _none(listable: Listable, doctype: str, link: str, counts: str) -> str:
	"""Return that no document of `doctype` that counts, among those the user may list, hangs on a row by `link`."""
	names = listable(doctype)
	if not names:
		return "true"
	return f"""not exists (select 1 from `tab{doctype}` es_next
		where es_next.`{link}` = es_row.name and {counts} and es_next.name in ({names}))"""


def _group(  # noqa: PLR0913, PLR0917 a table row: every argument is one of its columns
	key: str,
	title: str,
	doctype: str,
	filters: dict,
	title_field: str,
	since_field: str,
	keep: Callable[[list[str]], set[str]] | None = None,
	any_of: dict | None = None,
	where: Where | None = None,
) -> Group:
	return Group(key, title, doctype, filters, title_field, since_field, keep, any_of, where)


def _standing(  # noqa: PLR0913, PLR0917 as _group
	key: str,
	title: str,
	doctype: str,
	state: str,
	since: str,
	where: Where | None = None,
	**filters,
) -> Group:
	"""Return the group of what stands in a state and nobody has touched for the days of the settings."""
	wanted = {"workflow_state": state, "modified": _untouched(), **filters}
	return _group(key, title, doctype, wanted, "child_name", since, where=where)


def _filled(groups: list[Group], listable: Listable) -> list[dict]:
	"""Return the groups as `get_waiting` gives them, with what the session's user may list of each."""
	rows = _read(groups, listable)
	colours = _colours() if any(row.zone for of_group in rows for row in of_group) else {}
	return [_fill(group, of_group, colours) for group, of_group in zip(groups, rows, strict=True)]


def _read(groups: list[Group], listable: Listable) -> list[list[dict]]:
	"""Return the rows of each group, {name, title, since, zone}, all in one query; more than are shown, if there are more."""
	branches = [
		f"({_branch(place, group, listable)})"
		for place, group in enumerate(groups)
		if listable.may(group.doctype, "read")
	]
	found: list[list[dict]] = [[] for _group in groups]
	# Made of what get_list writes for the session's user, of declared names, and of escaped values.
	for row in frappe.db.sql(" union all ".join(branches), as_dict=True) if branches else ():
		found[row.place].append(row)
	for rows in found:
		rows.sort(key=lambda row: row.since or "")
	return found


def _branch(place: int, group: Group, listable: Listable) -> str:
	zone = ["zone"] if group.doctype == "Concern" else []
	listed = frappe.get_list(
		group.doctype,
		filters=group.filters,
		or_filters=group.any_of,
		fields=["name", f"{group.title_field} as title", f"{group.since_field} as since", *zone],
		order_by=None,
		limit_page_length=0,
		run=False,
	)
	where = f" where {group.where(listable)}" if group.where else ""
	# With `keep`, rows fall out: read enough to fill the group all the same.
	limit = LIMIT * 8 if group.keep else LIMIT + 1
	return f"""select {place} as place, es_row.name, es_row.title, cast(es_row.since as char) as since,
		{"es_row.zone" if zone else "null"} as zone
		from ({listed}) es_row{where} order by es_row.since asc limit {limit}"""


def _fill(group: Group, rows: list[dict], colours: dict[str, str]) -> dict:
	"""Return a group as `get_waiting` gives it."""
	if rows and group.keep:
		kept = group.keep([row.name for row in rows])
		rows = [row for row in rows if row.name in kept]
	return {
		"key": group.key,
		"title": group.title,
		"doctype": group.doctype,
		"filters": {field: group.filters[field] for field in LIST_FILTERS if field in group.filters},
		"items": [
			{
				"doctype": group.doctype,
				"name": row.name,
				"title": row.title,
				"since": row.since[:10] if row.since else None,
				"zone": {"number": row.zone, "colour": colours.get(row.zone)} if row.zone else None,
			}
			for row in rows[:LIMIT]
		],
		"more": len(rows) > LIMIT,
	}


def _colours() -> dict[str, str]:
	return dict(frappe.get_list("Worry Zone", fields=["name", "colour"], as_list=True, limit_page_length=0))


def _actions() -> list[dict]:
	"""Return what the user may begin from here. The rest begins from the document before it."""
	labels = {
		"Concern": _("New concern"),
		"Consultation": _("New consultation"),
		"Guidance Count": _("Count guidance"),
	}
	return [
		{"doctype": doctype, "label": label}
		for doctype, label in labels.items()
		if frappe.has_permission(doctype, "create")
	]


def _reports(roles: set[str]) -> list[dict]:
	"""Return the report for those who see figures only: nothing else waits for them."""
	if not roles.intersection(REPORT_READERS) or not frappe.db.exists("Report", REPORT):
		return []
	permitted = frappe.get_cached_doc("Report", REPORT).is_permitted()
	return [{"name": REPORT, "label": _("Figures of the month")}] if permitted else []
