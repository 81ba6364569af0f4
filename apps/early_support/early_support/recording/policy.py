"""The record policy of each register controller: what holds on a day, and what may be entered in the Settings."""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from early_support.casework import clock
from early_support.recording.core import Decision, in_force

ROW = "Record Policy"


class PolicyIsHistoryError(frappe.ValidationError):
	"""A policy that has begun stays as it was; another one begins tomorrow at the earliest."""


def policy_for(controller: str | None, day: datetime.date) -> str:
	"""Return the policy of a register controller that holds on a day."""
	# Not filtered by permission: which policy holds is no secret, and staff have no right to the Settings.
	rows = frappe.get_all(ROW, filters={"controller": controller or ""}, fields=["policy", "from_date"])
	return in_force([Decision(row.policy, getdate(row.from_date)) for row in rows], day)


def keep_history(settings: Document) -> None:
	"""Let the Settings keep every policy that has begun, and note who enters another one, and when.

	A policy begins after the day on which it is entered, so that nothing which has begun already changes with it.

	Raises:
		PolicyIsHistoryError: a row that has begun is changed or missing; a new one begins today or earlier; two of a
			controller begin on the same day.
	"""
	before = settings.get_doc_before_save()
	stored = {row.name: row for row in before.record_policies} if before else {}
	there = {row.name for row in settings.record_policies}
	if any(_has_begun(row) and name not in there for name, row in stored.items()):
		_refuse(_("A policy that has begun is history, and stays in the table. Add a row instead."))
	for row in settings.record_policies:
		old = stored.get(row.name)
		if old and _said(old) == _said(row):
			row.set_by, row.set_on = old.set_by, old.set_on
			continue
		if old and _has_begun(old):
			_refuse(_("A policy that has begun is history, and stays as it is. Add a row instead."))
		if _has_begun(row):
			_refuse(_("A policy begins tomorrow at the earliest: what has begun already ends as it began."))
		row.set_by, row.set_on = frappe.session.user, clock.now()
	days = [(row.controller, getdate(row.from_date)) for row in settings.record_policies]
	if len(days) != len(set(days)):
		_refuse(_("Two policies of the same register controller begin on the same day."))


def _has_begun(row: Document) -> bool:
	return getdate(row.from_date) <= clock.today()


def _said(row: Document) -> tuple:
	return row.controller, row.policy, getdate(row.from_date), row.basis


def _refuse(why: str) -> None:
	frappe.throw(why, PolicyIsHistoryError)
