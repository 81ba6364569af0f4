import frappe
from frappe import _

from early_support.access.indexes import index_lists
from early_support.casework.clock import today
from early_support.casework.record import begin, entered, keep_recorded, open_source, take_person
from early_support.casework.rules import (
	in_order,
	keep_settled,
	not_in_future,
	require_for_state,
	restore_settled,
)
from early_support.casework.states import OPEN_PERIOD
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.document import CaseDocument


class Concern(CaseDocument):
	"""Something noticed about a child's day, from the observation to the agreed next step (domain.md §2)."""

	# What has to be there in each state, whatever the Workflow says. Urgent is not here: it never waits.
	NEEDS = {
		"Raised": ("observation",),
		"Discussed": ("observation", "discussed_on"),
		"Meeting Proposed": ("observation", "discussed_on", "discussed_how"),
		"Meeting Agreed": ("observation", "discussed_on", "discussed_how"),
		"Declined": ("observation", "discussed_on", "discussed_how"),
		"Closed": ("closing_reason",),
	}
	# A concern is urgent from a draft on, and neither waits for an answer that was made required.
	NEVER_WAITS = ("Draft", "Urgent")
	# By the zone the form tells of the statutory duty.
	RULED = ("zone",)
	RECORDED_FIELDS = (
		"child_name",
		"family",
		"unit",
		"controller",
		"service_area",
		"raised_by",
		"raised_on",
		"declined_on",
		"urgent_on",
		"closed_on",
	)
	# The days of what the parents were asked and said: once stored, they stay.
	SETTLED_FIELDS = ("meeting_proposed_on", "agreed_on")
	FOUR_EYES = ("raised_by",)

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)
		has_period, has_meeting = self.what_came_of_it()
		self.set_onload("period", self.get_period() if has_period else None)
		self.set_onload("meeting", self.get_meeting() if has_meeting else None)

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_person()
		self.set_raised()
		self.set_days()

	def validate(self):
		# Urgent skips every guard (design.md §3): nothing may delay the contact that a child in danger needs.
		if self.workflow_state == "Urgent":
			restore_settled(self)
			return
		keep_settled(self)
		require_for_state(self)
		self.check_no_of_a_period()
		self.check_days()

	def set_person(self):
		take_person(self, open_source(self, "child"))

	def set_raised(self):
		if self.is_new():
			self.raised_by = frappe.session.user
		if not self.raised_on and self.workflow_state not in ("Draft", "Closed"):
			self.raised_on = today()

	def set_days(self):
		if entered(self, "Meeting Proposed"):
			# The first proposal stays when the talk is taken up again and the meeting proposed anew.
			self.meeting_proposed_on = self.meeting_proposed_on or today()
		if entered(self, "Meeting Agreed"):
			self.agreed_on = self.agreed_on or today()
		if entered(self, "Declined"):
			self.declined_on = today()
		if entered(self, "Urgent"):
			self.urgent_on = today()
		if entered(self, "Closed"):
			self.closed_on = today()

	def check_no_of_a_period(self):
		"""The parents may take back their yes to the meeting (domain.md §2, 1640), as long as no support has grown out of it.

		A no to the support is recorded there: only so does the family close to the counsellor.
		"""
		before = self.get_doc_before_save()
		if not entered(self, "Declined") or not before or before.workflow_state != "Meeting Agreed":
			return
		# Not filtered by permission: the rule holds for a period which the user may not see; nothing of it is shown.
		if frappe.db.exists("Support Period", {"concern": self.name, "workflow_state": ("in", OPEN_PERIOD)}):
			frappe.throw(
				_("A support period has been begun. Please record there that the parents say no."),
				GuardNotMet,
			)

	def check_days(self):
		not_in_future(self, "observed_on", "discussed_on", "meeting_proposed_on", "agreed_on")
		in_order(self, "observed_on", "discussed_on")
		in_order(self, "observed_on", "meeting_proposed_on", "agreed_on")
		in_order(self, "meeting_proposed_on", "meeting_on")

	def what_came_of_it(self) -> tuple[int, int]:
		"""Tell whether there is any support period of the child, and any network meeting of this concern: (0 or 1, 0 or 1).

		Of most concerns there is none to ask the rights for, which costs more than all else of opening one.
		"""
		# Not filtered by permission: what is there is asked for with the user's rights afterwards.
		return frappe.db.sql(
			"""select exists(select 1 from `tabSupport Period` where child = %(child)s),
			exists(select 1 from `tabNetwork Meeting` where concern = %(name)s)""",
			{"child": self.child, "name": self.name},
		)[0]

	def get_period(self) -> dict | None:
		"""Return the open support period of the child, or the one with which this concern ended, if the user sees it."""
		periods = frappe.get_list(
			"Support Period",
			filters={"child": self.child},
			fields=["name", "concern", "workflow_state"],
			order_by="creation desc",
			limit=50,
		)
		still_open = (period for period in periods if period.workflow_state in OPEN_PERIOD)
		own = (p for p in periods if p.concern == self.name and p.workflow_state == "Ended")
		return next(still_open, None) or next(own, None)

	def get_meeting(self) -> str | None:
		"""Return the latest network meeting that grew out of this concern, if the user sees it."""
		meetings = frappe.get_list(
			"Network Meeting",
			filters={"concern": self.name},
			order_by="creation desc",
			limit=1,
			pluck="name",
		)
		return next(iter(meetings), None)


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Concern")
