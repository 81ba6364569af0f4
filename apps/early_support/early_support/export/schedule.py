"""Asks for the reports that a published profile wants by itself: each period once, also after the machine was off.

What was asked for is told by the runs themselves, so there is no second record that could differ from them.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

import frappe
from frappe.database.database import savepoint
from frappe.utils import cint, getdate

from early_support.access import assignments
from early_support.export import rights, schedule_core
from early_support.export.period import Period, today_in_finland

PROFILE, RUN = "Report Profile", "Report Run"
DELIVERED = ("Sent", "Acknowledged", "Superseded")
# Not filtered by permission, here and below: a job looks at everything, and shows nothing of it; whoever shows what is late
# asks with `of` for the register controllers of the person alone.


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


def wanted(of: Collection[str] | None = None) -> list[tuple[frappe._dict, str, Period]]:
	"""Return every profile, register controller and period that should have been asked for by today.

	`of`: only of these register controllers.
	"""
	profiles = frappe.get_all(
		PROFILE,
		filters={"status": "Published", "scheduled": 1},
		fields=["name", "profile_code", "title", "period_kind", "controller", "schedule_day"],
	)
	if not profiles:
		return []
	today, reporting = today_in_finland(), rights.reporting_controllers()
	return [
		(profile, controller, period)
		for profile in profiles
		for period in schedule_core.due(
			profile.period_kind, _since(profile.profile_code), cint(profile.schedule_day), today
		)
		for controller in ([profile.controller] if profile.controller else reporting)
		if of is None or controller in of
	]


class Late(NamedTuple):
	"""A period that has not gone out: the newest `run` of it has failed, or the week after the day of its schedule is over."""

	profile: frappe._dict
	controller: str
	period: Period
	run: str | None

	@property
	def due(self) -> date:
		"""The day on which it was to be asked for."""
		return self.period.last + timedelta(days=cint(self.profile.schedule_day))


def late(of: Collection[str] | None = None) -> list[Late]:
	"""Return what was to go out by itself and has not, of some register controllers or all; the runs are read at once, without a lock."""
	wants = wanted(of)
	if not wants:
		return []
	codes = {profile.profile_code for profile, _controller, _period in wants}
	code_of = dict(
		frappe.get_all(
			PROFILE,
			filters={"profile_code": ("in", sorted(codes))},
			fields=["name", "profile_code"],
			as_list=True,
		)
	)
	states = defaultdict(list)
	for run in frappe.get_all(
		RUN,
		filters={
			"profile": ("in", sorted(code_of)),
			"controller": ("in", sorted({controller for _profile, controller, _period in wants})),
			"period": ("in", sorted({period.name for _profile, _controller, period in wants})),
		},
		fields=["name", "profile", "controller", "period", "workflow_state"],
		order_by="creation desc",
	):
		states[code_of[run.profile], run.controller, run.period].append(run)
	today, found = today_in_finland(), []
	for profile, controller, period in wants:
		runs = states[profile.profile_code, controller, period.name]
		if any(run.workflow_state in DELIVERED for run in runs):
			continue
		failed = bool(runs) and runs[0].workflow_state == "Failed"
		if failed or schedule_core.is_late(period, cint(profile.schedule_day), today):
			found.append(Late(profile, controller, period, runs[0].name if runs else None))
	return found


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
