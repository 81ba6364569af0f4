"""What guardians have allowed to be told, and until when; what happens when they take it back.

A consent is asked for its state and its days each time something is told: nothing depends on a job having run.
"""

import datetime
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import formatdate, get_datetime, getdate

from early_support.access import grants
from early_support.casework.clock import midnight_after, today
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.system import system_change

DOCTYPE, REFERRAL = "Cooperation Consent", "Referral"

# A referral in one of these may still tell something, or be answered.
UNDER_WAY = ("Draft", "Consent Given", "Joint Contact", "Accepted")

# Nothing here is filtered by permission: these are rules, which hold whatever the one who saves may see. Texts go only
# into the consent itself.


def require_cover(name: str, child: str, service: str, sections: Iterable[str]) -> None:
	"""Refuse unless the consent allows, today, to tell this service these sections about this child.

	Raises:
		GuardNotMet: says what the consent does not cover.
	"""
	# Locked until the end of the save: nothing is told while the guardians take their word back.
	consent = frappe.get_doc(DOCTYPE, name, for_update=True)
	if consent.child != child:
		frappe.throw(_("The consent is about another child."), GuardNotMet)
	if not is_valid(consent):
		frappe.throw(
			_("The consent is not valid today. Ask the guardians anew, or name a section of law."),
			GuardNotMet,
		)
	if service not in {row.service for row in consent.recipients}:
		frappe.throw(_("The guardians have not allowed that this service is told."), GuardNotMet)
	if is_taken_back(consent, service):
		frappe.throw(
			_(
				"The guardians have taken back their permission to co-operate with this service. Ask them anew."
			),
			GuardNotMet,
		)
	missing = [section for section in sections if section not in {row.section for row in consent.sections}]
	if missing:
		titles = ", ".join(_title("Shared Section", section) for section in missing)
		frappe.throw(_("The guardians have not allowed this to be told: {0}.").format(titles), GuardNotMet)


def is_valid(consent) -> bool:
	"""Whether the guardians' word holds today; the first and the last day count."""
	return consent.workflow_state == "Given" and getdate(consent.valid_from) <= today() <= getdate(
		consent.valid_until
	)


def is_taken_back(consent, service: str) -> bool:
	"""Whether a guardian has taken back, in the child's plan, the permission for this service after the consent was asked for.

	What was said to the unit's staff of a service counts for every earlier word about it.
	"""
	# Locked like the consent: a plain read would answer from before somebody's withdrawal that has just been stored.
	rows = frappe.db.sql(
		"""select service.permission_withdrawn_on from `tabChild Plan Service` service
		join `tabChild Plan` plan on plan.name = service.parent and service.parenttype = 'Child Plan'
		where plan.child = %s and service.service = %s and service.permission_withdrawn_on is not null
		order by service.permission_withdrawn_on desc limit 1 for update""",
		(consent.child, service),
	)
	if not rows:
		return False
	((moment,),) = rows
	return get_datetime(consent.creation) <= moment and getdate(consent.given_on) <= getdate(moment)


def end_of(name: str) -> datetime.datetime:
	"""Return the moment from which the consent no longer holds: the midnight after its last day."""
	return midnight_after(getdate(frappe.db.get_value(DOCTYPE, name, "valid_until")))


def open_referrals(name: str) -> list[str]:
	"""Return the referrals that stand on the consent and are not at their end, locked until the end of the save."""
	rows = frappe.db.get_values(
		REFERRAL, {"consent": name, "workflow_state": ("in", UNDER_WAY)}, "name", for_update=True
	)
	return [name for (name,) in rows]


def what_was_told(name: str) -> str:
	"""Return, a line for each time, what was told to whom on this consent; a sentence when nothing was.

	What was told before stands in it too, if its referral goes on on this consent by now: the receiver reads it on this one.
	"""
	return _told({}, {"told_on_consent": name, "consent": name})


def what_was_told_to(service: str, child: str) -> str:
	"""Return, a line for each time, what was told to a service about a child; a sentence when nothing was."""
	return _told({"child": child, "service": service})


def _told(filters: dict, either: dict | None = None) -> str:
	told = frappe.get_all(
		REFERRAL,
		filters={**filters, "sent_on": ("is", "set")},
		or_filters=either,
		fields=["name", "sent_on", "service", "receiver_name", "outside_receiver", "received_before"],
		order_by="sent_on asc",
	)
	return "\n".join(_line(row) for row in told) or _("Nothing has been told.")


def stop(consent) -> None:
	"""Stop everything that is under way on a consent that was withdrawn: its referrals end, and their access with them.

	A referral that is at its end is still open to its receiver until the end of that day: from now on it is not.
	"""
	for name in open_referrals(consent.name):
		_withdraw(name, withdrawn_how=consent.withdrawn_how)
	_close({"consent": consent.name})


def stop_for(service: str, child: str) -> None:
	"""Stop what is under way to a service about a child on the guardians' word: they have taken it back for this service.

	What stands on a section of law goes on: it never stood on their word.
	"""
	# Locked first, as by whoever tells something on one of them: either it was told before, or it is no more.
	frappe.db.get_values(DOCTYPE, {"child": child, "workflow_state": "Given"}, "name", for_update=True)
	under_way = {"child": child, "service": service, "workflow_state": ("in", UNDER_WAY)}
	rows = frappe.db.get_values(REFERRAL, {**under_way, "consent": ("is", "set")}, "name", for_update=True)
	for (name,) in rows:
		_withdraw(name)
	_close({"child": child, "service": service, "consent": ("is", "set")})


def _close(filters: dict) -> None:
	"""Close what was told on the guardians' word to whoever still reads it."""
	# Not filtered by permission: whoever takes a word back does not see every referral that stands on it.
	for name in frappe.get_all(REFERRAL, filters={**filters, "sent_on": ("is", "set")}, pluck="name"):
		grants.end(frappe.get_doc(REFERRAL, name), at_once=True)


def _withdraw(name: str, **values) -> None:
	referral = frappe.get_doc(REFERRAL, name)
	referral.update({"workflow_state": "Withdrawn", **values})
	# Safe: whoever may record the withdrawal may stop what stands on it, though a director moves no referral.
	with system_change():
		referral.save(ignore_permissions=True)


def end_expired() -> None:
	"""Let the consents whose last day has passed come to their end, for the lists. Called by the scheduler once a day."""
	expired = frappe.get_all(
		DOCTYPE, filters={"workflow_state": "Given", "valid_until": ("<", today())}, pluck="name"
	)
	for name in expired:
		# What is under way stays: it goes on when the guardians are asked anew, or ends.
		if open_referrals(name):
			continue
		consent = frappe.get_doc(DOCTYPE, name)
		consent.workflow_state = "Ended"
		# Safe: the scheduler's own change, of a state only.
		with system_change():
			consent.save(ignore_permissions=True)


def _line(referral: dict) -> str:
	sections = frappe.get_all(
		"Referral Section",
		filters={"parenttype": REFERRAL, "parent": referral.name},
		order_by="idx asc",
		pluck="section",
	)
	# Whoever was told before, and has left, was told all the same.
	told = [
		*(referral.received_before or "").splitlines(),
		referral.receiver_name or referral.outside_receiver,
	]
	receiver = ", ".join(filter(None, told))
	titles = ", ".join(_title("Shared Section", section) for section in sections)
	service = _title("Support Service", referral.service)
	return f"{formatdate(referral.sent_on)}: {service} ({receiver}): {titles}"


def _title(doctype: str, name: str) -> str:
	return _(frappe.db.get_value(doctype, name, "title") or name)
