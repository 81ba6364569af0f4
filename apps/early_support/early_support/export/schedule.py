"""Asks for the reports that a published profile wants by itself: each period once, also after the machine was off.

What was asked for is told by the runs themselves, so there is no second record that could differ from them.
"""

import frappe
from frappe.database.database import savepoint
from frappe.utils import cint, getdate

from early_support.access import assignments
from early_support.export import rights, schedule_core
from early_support.export.period import Period, today_in_finland

PROFILE, RUN = "Report Profile", "Report Run"
# Not filtered by permission, here and below: a job looks at everything, and shows nothing of it.


def runs_of(profile_code: str, controller: str, period: str) -> list[frappe._dict]:
	"""Return name, state and failure of the runs of a period, by any version of a profile, the newest first.

	Read with a lock: a run that somebody else has just stored is seen, also by a transaction that began before.
	"""
	return frappe.db.sql(
		"""
		select name, workflow_state, failure, next_try_at from `tabReport Run`
		where profile in (select name from `tabReport Profile` where profile_code = %s) and controller = %s and period = %s
		order by creation desc for update
		""",
		(profile_code, controller, period),
		as_dict=True,
	)


def wanted() -> list[tuple[frappe._dict, str, Period]]:
	"""Return every profile, register controller and period that should have been asked for by today."""
	today, reporting = today_in_finland(), rights.reporting_controllers()
	return [
		(profile, controller, period)
		for profile in frappe.get_all(
			PROFILE,
			filters={"status": "Published", "scheduled": 1},
			fields=["name", "profile_code", "period_kind", "controller", "schedule_day"],
		)
		for period in schedule_core.due(
			profile.period_kind, _since(profile.profile_code), cint(profile.schedule_day), today
		)
		for controller in ([profile.controller] if profile.controller else reporting)
	]


def ask_for_missing() -> None:
	"""Ask for what is wanted and was never asked for. What cannot be asked for now is tried again by the next round."""
	for profile, controller, period in wanted():
		if not runs_of(profile.profile_code, controller, period.name):
			# One that cannot be built as it is, or that somebody was quicker with: then it is late in the end, and people are told.
			with savepoint(catch=frappe.ValidationError):
				# As Administrator: so the two people who validate and approve it are both others.
				frappe.get_doc(
					{"doctype": RUN, "profile": profile.name, "controller": controller, "period": period.name}
				).insert()
		frappe.db.commit()


def officers_of(controller: str) -> list[str]:
	"""Return the reporting officers who work for a register controller today."""
	return [
		user
		for user in assignments.holders(rights.REPORTING)
		if controller in assignments.controllers_of(user, rights.REPORTING)
	]


def _since(profile_code: str):
	"""Return the day of the publication since which all versions of a profile want to be asked for by themselves."""
	# Unfiltered like all that this job reads.
	versions = frappe.get_all(
		PROFILE,
		filters={"profile_code": profile_code, "status": ("!=", "Draft")},
		fields=["scheduled", "published_on", "creation"],
		order_by="version desc",
	)
	since = today_in_finland()
	for version in versions:
		if not version.scheduled:
			break
		since = getdate(version.published_on or version.creation)
	return since
