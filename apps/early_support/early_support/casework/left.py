"""What stands with somebody who no longer works there, among what the session's user may read: others answer for it then."""

from functools import cache

import frappe

from early_support.access import assignments, policy
from early_support.casework.people import is_counsellor, is_receiver, liaison_counsellors


def questions(names: list[str]) -> set[str]:
	"""Return which of some consultations were taken by somebody who is no liaison counsellor of their unit today."""
	liaisons = cache(liaison_counsellors)
	rows = _read("Consultation", names, "unit", "taken_by")
	return {row.name for row in rows if row.taken_by and row.taken_by not in liaisons(row.unit)}


def referrals_of_sender(names: list[str]) -> set[str]:
	"""Return which of some referrals were made by somebody who works neither in their unit nor as a counsellor today."""
	at_work = cache(_is_sender)
	rows = _read("Referral", names, "unit", "referred_by")
	return {row.name for row in rows if not at_work(row.referred_by, row.unit)}


def referrals_of_receiver(names: list[str]) -> set[str]:
	"""Return which of some referrals were handed to somebody who receives no family today."""
	at_work = cache(is_receiver)
	rows = _read("Referral", names, "receiver")
	return {row.name for row in rows if row.receiver and not at_work(row.receiver)}


def referrals(names: list[str]) -> set[str]:
	"""Return which of some referrals have lost one of their two sides."""
	return referrals_of_sender(names) | referrals_of_receiver(names)


def periods(names: list[str]) -> set[str]:
	"""Return which of some support periods were agreed on with somebody who is no family counsellor today."""
	at_work = cache(is_counsellor)
	rows = _read("Support Period", names, "counsellor")
	return {row.name for row in rows if row.counsellor and not at_work(row.counsellor)}


def _is_sender(user: str, unit: str) -> bool:
	enabled = bool(frappe.db.get_value("User", user, "enabled"))
	return enabled and (
		unit in assignments.staff_units(user) or assignments.works_as(user, policy.COUNSELLOR_ROLES)
	)


def _read(doctype: str, names: list[str], *fields: str) -> list[dict]:
	filters = {"name": ("in", [*names, ""])}
	return frappe.get_list(doctype, filters=filters, fields=["name", *fields], limit_page_length=0)
