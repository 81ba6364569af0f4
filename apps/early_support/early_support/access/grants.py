"""Grants: a family is opened to somebody for a time, because of something (design.md §4).

`give` and `end` are the verbs for whatever opens a family: the support that parents agree to, a consent, a referral, an
own worker. They are called by the code that makes the change, in its transaction; nobody writes a grant by hand. A grant
begins and ends by its times alone, without a job. What a kind of grant opens says policy.py.
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime

from early_support.access import assignments, policy
from early_support.casework import clock
from early_support.workflow_guard.system import is_system_change, system_change

DOCTYPE = "Access Grant"
FIELDS = ("name", "kind", "family", "source_doctype", "source_name", "valid_from", "valid_until")


class GrantNotByHand(frappe.ValidationError):
	"""Grants follow from what is done in the work; nobody makes, changes or deletes one."""


class GrantWithoutGround(frappe.ValidationError):
	"""A grant needs a person, a family, a kind that the policy knows, and a time that does not end before it begins."""


def give(  # noqa: PLR0913, PLR0917 what a grant is made of
	user: str,
	family: str,
	kind: str,
	source: Document,
	reason: str,
	until: datetime.datetime | None = None,
) -> Document:
	"""Open `family` to `user` from now on, and return the grant: the running one, if this was given already.

	Args:
		kind: one of policy.GRANT_KINDS.
		source: the stored document because of which it is given; `end` finds it by this.
		reason: in words, for the privacy officer.
		until: the moment from which it is closed again; None as long as nothing ends it.

	Raises:
		GrantWithoutGround: something of this is missing.
	"""
	# The lock lets the second of two who give the same at once see what the first gave.
	frappe.db.get_value("Family", family, "name", for_update=True)
	for row in _running(source, user=user, family=family, kind=kind):
		return frappe.get_doc(DOCTYPE, row.name)
	grant = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"user": user,
			"family": family,
			"kind": kind,
			"source_doctype": source.doctype,
			"source_name": source.name,
			"reason": reason,
			"valid_from": clock.now(),
			"valid_until": until,
		}
	)
	# Safe: the code that gives has asked who may do what leads to it; nobody has a right to write grants.
	with system_change():
		grant.insert(ignore_permissions=True)
	assignments.forget()
	return grant


def end(source: Document, *, unless: tuple[str, str] | None = None, at_once: bool = False, **which) -> int:
	"""End the running grants that were given because of `source`, and return how many.

	The day on which it happens still counts, as the last day of an assignment does, so that the screen on which somebody
	ends the work does not close before his or her eyes. `at_once`: when the work passes to another, was finished with, or the
	family takes its word back; a grant that is on its last day closes then, too.

	Args:
		unless: (user, family) of a grant that stays.
		which: only those with these values of `user`, `family`, `kind` or `name`.
	"""
	running = _running(source, on_last_day=at_once, **which)
	rows = [row for row in running if (row.user, row.family) != unless]
	for row in rows:
		_end(row.name, at_once)
	return len(rows)


def active(user: str) -> list[dict]:
	"""Return the grants of `user` that are running now: FIELDS of each."""
	now = clock.now()
	# A grant that runs out in the middle of a request is over for the rest of it: the times are judged anew.
	return [
		row
		for row in assignments.remember(user, "grants", lambda: _of_today(user))
		if row.valid_from <= now and (not row.valid_until or now < row.valid_until)
	]


def follow_family(source_doctype: str, source_name: str, family: str) -> None:
	"""Let the running grants because of a case document follow when its child comes to belong to another family.

	The old family is closed at once: the work is no longer about it. What remains of the time counts for the new one.
	"""
	source = frappe.get_doc(source_doctype, source_name)
	for row in _running(source):
		if row.family != family:
			_end(row.name, at_once=True)
			give(row.user, family, row.kind, source, row.reason, row.valid_until)


def refuse_by_hand() -> None:
	"""Refuse whatever is not done by `give` and `end`, or by the removal of a whole family. Raises GrantNotByHand."""
	if not is_system_change():
		frappe.throw(
			_("Access follows from the work and is never given or taken by hand."),
			GrantNotByHand,
		)


def check_ground(grant: Document) -> None:
	"""Refuse a grant that would open without a ground. Raises GrantWithoutGround."""
	times = get_datetime(grant.valid_from), get_datetime(grant.valid_until) if grant.valid_until else None
	if (
		grant.kind not in policy.GRANT_KINDS
		or not grant.source_name
		or not (grant.reason or "").strip()
		or (times[1] and times[1] < times[0])
	):
		frappe.throw(
			_("Access is given for a known reason and a time that does not end before it begins."),
			GrantWithoutGround,
		)


def _end(name: str, at_once: bool) -> None:
	grant = frappe.get_doc(DOCTYPE, name)
	now = clock.now()
	last = now if at_once else clock.midnight_after(now.date())
	grant.valid_until = min(last, get_datetime(grant.valid_until)) if grant.valid_until else last
	grant.ended_by, grant.ended_on = frappe.session.user, now
	# Safe for the same reason as in give.
	with system_change():
		grant.save(ignore_permissions=True)
	assignments.forget()


def _running(source: Document, *, on_last_day: bool = False, **which) -> list[dict]:
	"""Return the grants because of `source` that were not ended and have not run out, locked until the end of the save.

	`on_last_day`: also those that were ended and are still open today.
	"""
	filters = {"source_doctype": source.doctype, "source_name": source.name, **which}
	conditions = [f"`{field}` = %({field})s" for field in filters]
	if not on_last_day:
		conditions.append("ended_on is null")
	# Plain SQL because it locks. Field names are those of this module; values are parameters. Not filtered by permission:
	# whoever ends the work ends the access that came with it, seen or not.
	return frappe.db.sql(
		f"""select name, user, family, kind, reason, valid_until from `tabAccess Grant`
		where {" and ".join(conditions)} and (valid_until is null or valid_until > %(es_now)s) for update""",
		{**filters, "es_now": clock.now()},
		as_dict=True,
	)


def _of_today(user: str) -> list[dict]:
	# Unfiltered: this is where it is decided what the user may read. Plain SQL because every request asks.
	return frappe.db.sql(
		f"""select {", ".join(FIELDS)} from `tabAccess Grant`
		where user = %(user)s and (valid_until is null or valid_until > %(today)s) order by valid_from asc""",
		{"user": user, "today": clock.today()},
		as_dict=True,
	)
