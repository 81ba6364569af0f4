"""Reminds people by e-mail of what is due: of each thing once, or anew where it stays on a table, in one message, which says nothing of any family.

What is due is read with each person's own permissions on the day itself. So whoever has come in somebody's place is
reminded of what that person left, whoever has gone is not, and what is closed or no longer open to them is not mentioned.
What is one person's alone, who has left, reminds those who may see to it then (`Kind.left`).
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

import frappe
from frappe import _
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import add_days, get_url, getdate

from early_support.access import assignments, policy
from early_support.casework import clock, left
from early_support.casework.states import FINAL
from early_support.forms.rights import PUBLISHERS
from early_support.overview.declarations import SUPPORT_REVIEW_AHEAD

SETTINGS = "Early Support Settings"
# How often somebody wishes to be reminded is kept with Frappe's defaults of the user.
PREFERENCE = "early_support_reminders"
DAILY, WEEKLY, NEVER = PREFERENCES = ("Each working day", "Once a week", "Never")

MONDAY, LAST_WORKING_DAY = 0, 4
HOUR = 3600


class Left(NamedTuple):
	"""Who is reminded of what is somebody's alone, when that person works there no more."""

	roles: tuple[str, ...]
	among: Callable[[list[str]], set[str]]  # which of some names are such


class Kind(NamedTuple):
	"""One thing of which people are reminded: it is due on the day in `field`, put off by so many days."""

	key: str
	doctype: str
	roles: tuple[str, ...]
	filters: dict
	field: str
	mine: tuple[str, ...] = ()  # the fields that hold those to remind, where it is not everybody who sees it
	left: Left | None = None  # who is reminded when somebody of `mine` has left
	ahead: int = 0  # days before that day
	waits: bool = False  # due only after it has stood still for the days of the settings
	table: str | None = None  # the rows of this child table that fit are due, and remind of the document
	rows: dict | None = None  # which rows; all without it
	again: str | None = None  # the setting with the days after which it reminds anew, as long as it stands
	of_own: tuple[str, str, str] | None = (
		None  # field, doctype it points to, and the field there with the one to remind
	)


# What hangs on a client relationship reminds its own worker.
OF_OWN_CLIENT = ("client_relationship", "Client Relationship", "own_worker")

KINDS = (
	# The guardians fill in their form beforehand (domain.md §3, 840, 994 and 1553).
	Kind("plan", "Child Plan", policy.EDUCATORS, {"workflow_state": "Confirmed"}, "review_due_on", ahead=30),
	Kind(
		"follow_up", "Network Meeting", policy.UNIT_STAFF_ROLES, {"workflow_state": "Agreed"}, "follow_up_on"
	),
	# Open actions are followed to their end (domain.md §3, 217-220).
	Kind(
		"action",
		"Network Meeting",
		policy.UNIT_STAFF_ROLES,
		{"workflow_state": ("in", ("Agreed", "Followed Up"))},
		"due_on",
		ahead=-1,
		table="Network Action",
		rows={"state": "Open"},
	),
	Kind(
		"consultation",
		"Consultation",
		policy.COUNSELLOR_ROLES,
		{"workflow_state": "Requested"},
		"requested_on",
		waits=True,
	),
	Kind(
		"answer",
		"Consultation",
		policy.COUNSELLOR_ROLES,
		{"workflow_state": "Taken"},
		"taken_on",
		mine=("taken_by",),
		left=Left(policy.COUNSELLOR_ROLES, left.questions),
		waits=True,
	),
	Kind("visit", "Visit", policy.COUNSELLOR_ROLES, {"workflow_state": "Planned"}, "visit_date", ahead=-1),
	# A referral that stands still reminds both sides (domain.md §3, 1322 and 1702); before anybody was told, and after a no,
	# it is the sender's turn alone.
	Kind(
		"to_contact",
		"Referral",
		policy.CASEWORK_ROLES,
		{"workflow_state": "Consent Given"},
		"modified",
		mine=("referred_by",),
		left=Left(policy.EDUCATORS, left.referrals_of_sender),
		waits=True,
	),
	Kind(
		"not_accepted",
		"Referral",
		policy.CASEWORK_ROLES,
		{"workflow_state": "Declined"},
		"declined_on",
		mine=("referred_by",),
		left=Left(policy.EDUCATORS, left.referrals_of_sender),
		waits=True,
	),
	Kind(
		"referral",
		"Referral",
		policy.CASEWORK_ROLES,
		{"workflow_state": "Joint Contact"},
		"sent_on",
		mine=("receiver", "referred_by"),
		left=Left(policy.EDUCATORS, left.referrals),
		waits=True,
	),
	Kind(
		"first_contact",
		"Referral",
		policy.CASEWORK_ROLES,
		{"workflow_state": "Accepted"},
		"accepted_on",
		mine=("receiver", "referred_by"),
		left=Left(policy.EDUCATORS, left.referrals),
		waits=True,
	),
	# The statutory days of a child who needs special support: early enough to keep them (Social Welfare Act 36 §).
	Kind(
		"assessment_start",
		"Needs Assessment",
		policy.REGISTER_ROLES,
		{"workflow_state": "Opened"},
		"start_due_on",
		mine=("assessor",),
		ahead=3,
	),
	Kind(
		"assessment_ready",
		"Needs Assessment",
		policy.REGISTER_ROLES,
		{"workflow_state": ("not in", FINAL["Needs Assessment"])},
		"ready_due_on",
		mine=("assessor",),
		ahead=14,
	),
	# The client's plan is reviewed every three months (domain.md §3, 752).
	Kind(
		"support_plan",
		"Support Plan",
		policy.REGISTER_ROLES,
		{"workflow_state": "Agreed"},
		"next_review_on",
		ahead=SUPPORT_REVIEW_AHEAD,
		of_own=OF_OWN_CLIENT,
	),
	# A review that was begun is brought to the plan's next version by its day.
	Kind(
		"under_review",
		"Support Plan",
		policy.REGISTER_ROLES,
		{"workflow_state": "Under Review"},
		"next_review_on",
		ahead=-1,
		of_own=OF_OWN_CLIENT,
	),
	# Each goal has its day (domain.md §2, 1592). While the plan is reviewed, the goals are looked at anyhow.
	Kind(
		"goal",
		"Support Plan",
		policy.REGISTER_ROLES,
		{"workflow_state": "Agreed"},
		"due_on",
		ahead=-1,
		table="Plan Goal",
		of_own=OF_OWN_CLIENT,
	),
	# After the visits the family is followed up (domain.md §2, 1643).
	Kind(
		"support_follow_up",
		"Support Period",
		policy.CASEWORK_ROLES,
		{"workflow_state": "Follow-up"},
		"follow_up_on",
		mine=("counsellor",),
		left=Left(policy.EDUCATORS, left.periods),
	),
	# A social worker is consulted, and does not know it yet (domain.md §3, 542-547).
	Kind(
		"to_join",
		"Needs Assessment",
		policy.REGISTER_ROLES,
		{"workflow_state": ("in", ("Opened", "Initial", "Guidance Given", "Narrow"))},
		"pending_since",
		mine=("colleague",),
	),
	# What lies with those who decide on it gets stuck again (domain.md §4): each of them in turn, and whoever publishes it.
	*(
		Kind(
			key,
			"Form Change Request",
			roles,
			{"workflow_state": state, **own},
			"modified",
			waits=True,
			again="remind_again_days",
		)
		for key, roles, state, own in (
			("with_area_director", ("Area Director",), "With Area Director", {}),
			("with_group", ("Management Group",), "With Management Group", {}),
			("to_publish", PUBLISHERS, "Approved", {"effective_on": ("is", "not set")}),
		)
	),
	# On which the management group took no position: it stays on the table (domain.md §4, 1939-1948).
	Kind(
		"no_position",
		"Form Change Request",
		("Management Group",),
		{"workflow_state": "No Position"},
		"decided_on",
		waits=True,
		again="remind_again_days",
	),
	# What was approved for a day, and could not be published on it.
	Kind(
		"not_published",
		"Form Change Request",
		PUBLISHERS,
		{"workflow_state": "Approved", "not_published_because": ("is", "set")},
		"not_published_on",
	),
)

# Who is reminded of anything.
REMINDED_ROLES = (*policy.CASEWORK_ROLES, "Area Director", "Management Group", *PUBLISHERS)


class Due(NamedTuple):
	"""Something that is due, for one person."""

	kind: str
	doctype: str
	name: str
	due_on: date

	def key(self, user: str) -> str:
		"""Return the name of the row which says that the person has been reminded of it."""
		words = "|".join((user, self.kind, self.doctype, self.name, str(self.due_on)))
		return hashlib.sha256(words.encode()).hexdigest()[:40]


def enqueue_daily() -> None:
	"""Let a worker remind. Called by the scheduler on every working morning."""
	if frappe.db.get_single_value(SETTINGS, "reminders_enabled"):
		frappe.enqueue("early_support.reminders.remind_all", queue="long", timeout=HOUR)


def remind_all() -> int:
	"""Remind everybody who works today of what has come due. Returns to how many people a message was sent.

	Each person is one transaction: a job that is stopped in the middle has reminded whom it has reached, and the next one
	goes on with the others. On Saturdays and Sundays nobody is reminded.
	"""
	today = clock.today()
	# Without a mail account nobody can be told: then everything is still due when there is one.
	if today.weekday() > LAST_WORKING_DAY or not EmailAccount.find_outgoing():
		return 0
	was, sent = frappe.session.user, 0
	try:
		for user in people(today):
			frappe.set_user(user)
			sent += _try_to_remind(user, today)
	finally:
		frappe.set_user(was)
	return sent


def people(today: date) -> list[str]:
	"""Return who works today in a role of which something may be due, and wishes to be reminded today."""
	# Unfiltered reads: the app asks for itself.
	assigned = frappe.get_all("Staff Assignment", distinct=True, pluck="user")
	enabled = frappe.get_all("User", filters={"enabled": 1, "name": ("in", assigned)}, pluck="name")
	return sorted(
		user for user in enabled if assignments.works_as(user, REMINDED_ROLES) and _wishes(user, today)
	)


@frappe.whitelist()
def get_preference() -> str:
	"""Return how often the session's user wishes to be reminded: one of PREFERENCES.

	Raises:
		frappe.PermissionError: the user works today in no role that is reminded of anything.
	"""
	return _preference(_worker())


@frappe.whitelist(methods=["POST"])
def choose(how_often: str) -> None:
	"""Keep how often the session's user wishes to be reminded.

	Raises:
		frappe.PermissionError: the user works today in no role that is reminded of anything.
		frappe.ValidationError: `how_often` is none of PREFERENCES.
	"""
	user = _worker()
	if how_often not in PREFERENCES:
		frappe.throw(_("Please choose how often you wish to be reminded."))
	frappe.defaults.set_user_default(PREFERENCE, how_often, user)


def _worker() -> str:
	user = frappe.session.user
	if not assignments.works_as(user, REMINDED_ROLES):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)
	return user


def _preference(user: str) -> str:
	return frappe.defaults.get_user_default(PREFERENCE, user) or DAILY


def _wishes(user: str, today: date) -> bool:
	how_often = _preference(user)
	return how_often == DAILY or (how_often == WEEKLY and today.weekday() == MONDAY)


def _try_to_remind(user: str, today: date) -> bool:
	try:
		sent = remind(user, today)
		frappe.db.commit()
	except Exception:
		# Whatever it is, it is logged: one person's trouble, or another job at the same moment, keeps the reminders from nobody else.
		frappe.db.rollback()
		frappe.log_error(title="Reminder not sent")
		return False
	return sent


def remind(user: str, today: date) -> bool:
	"""Send `user`, who must be the session's user, one message if something has come due. Returns whether it was sent."""
	new = {due.key(user): due for due in due_for(today)}
	if new:
		# Unfiltered read: no role reads these rows, and the names are made from the user's own.
		for key in frappe.get_all("Case Reminder", filters={"name": ("in", list(new))}, pluck="name"):
			del new[key]
	if not new:
		return False
	for key, due in new.items():
		# Safe: the app's own note of what it has done, which nobody else may write.
		frappe.get_doc(
			{
				"doctype": "Case Reminder",
				"user": user,
				"kind": due.kind,
				"due_on": due.due_on,
				"reference_doctype": due.doctype,
				"reference_name": due.name,
			}
		).insert(set_name=key, ignore_permissions=True)
	_send(user)
	return True


def due_for(today: date) -> Iterator[Due]:
	"""Yield what is due on `today` for the session's user, read with his or her own permissions."""
	roles = set(frappe.get_roles())
	waits = frappe.db.get_single_value(SETTINGS, "remind_after_days")
	for kind in KINDS:
		if not roles.intersection(kind.roles) or not frappe.has_permission(kind.doctype, "read"):
			continue
		until = add_days(today, kind.ahead - (waits if kind.waits else 0))
		due = {kind.field: ("<=", f"{until} 23:59:59")}
		owns = [{field: frappe.session.user} for field in kind.mine] or [{}]
		rows = [row for own in owns for row in _rows(kind, own, due)]
		if kind.left and roles.intersection(kind.left.roles):
			every = _rows(kind, {}, due)
			alone = kind.left.among([name for name, _day in every])
			# Those that are the user's own are there already.
			rows += [row for row in every if row[0] in alone and row not in rows]
		# Frappe takes an empty day for one long past.
		yield from (
			Due(kind.key, kind.doctype, name, _last_time(kind, getdate(day), getdate(until)))
			for name, day in rows
			if day
		)


def _last_time(kind: Kind, day: date, until: date) -> date:
	"""Return since when it is due: of what reminds anew, the last day on which it did."""
	every = kind.again and frappe.db.get_single_value(SETTINGS, kind.again)
	if not every:
		return day
	return getdate(add_days(day, (until - day).days // every * every))


def _rows(kind: Kind, own: dict, due: dict) -> list[tuple]:
	filters = {**kind.filters, **own}
	if kind.of_own:
		field, doctype, whose = kind.of_own
		names = frappe.get_list(
			doctype, filters={whose: frappe.session.user}, pluck="name", limit_page_length=0
		)
		if not names:
			return []
		filters[field] = ("in", names)
	if not kind.table:
		fields = ["name", kind.field]
		return frappe.get_list(
			kind.doctype, filters={**filters, **due}, fields=fields, limit_page_length=0, as_list=True
		)
	names = frappe.get_list(kind.doctype, filters=filters, pluck="name", limit_page_length=0)
	if not names:
		return []
	return frappe.get_list(
		kind.table,
		parent_doctype=kind.doctype,
		filters={**(kind.rows or {}), **due, "parent": ("in", names)},
		fields=["parent", kind.field],
		limit_page_length=0,
		as_list=True,
	)


def _send(user: str) -> None:
	language = frappe.db.get_value("User", user, "language")
	link = get_url("/app")
	# Nothing of a family, and not even of what kind it is: mails are read by more people than those they are sent to.
	frappe.sendmail(
		recipients=[user],
		subject=_("Something waits for you in Early Support", language),
		message=_("Something has come due. You find it under “Waiting for me”:", language)
		+ f'<br><a href="{link}">{link}</a>',
		header=None,
		with_container=False,
	)
