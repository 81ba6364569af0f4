import frappe
from frappe import _

from early_support.access import grants, policy
from early_support.access.assignments import staff_units
from early_support.access.indexes import index_lists
from early_support.casework import clients
from early_support.casework.clock import today
from early_support.casework.people import full_name, is_counsellor
from early_support.casework.record import begin, entered, keep_recorded, open_source, take_person
from early_support.casework.rules import in_order, keep_settled, not_in_future, require_for_state
from early_support.casework.social import own_work
from early_support.casework.states import AGREED_PERIOD, OPEN_PERIOD
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.recording.policy import policy_for
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.system import may_act_anywhere, system_change

AGREEMENT = ("agreed_by", "agreed_how", "counsellor")


class SupportPeriod(CaseDocument):
	"""Early-support family work with one family: agreed on by the parents, a few visits, follow-up (domain.md §2)."""

	NEEDS = {
		"Agreed": AGREEMENT,
		"Under Way": AGREEMENT,
		"Follow-up": AGREEMENT,
		# Whatever comes after, the counsellor has told of the right to an assessment (domain.md §2, 1652).
		"Ended": (*AGREEMENT, "outcome", "rights_told"),
	}
	RECORDED_FIELDS = (
		"child",
		"child_name",
		"family",
		"unit",
		"controller",
		"service_area",
		"proposed_by",
		"counsellor_name",
		"visit_limit",
		"record_policy",
		"client_begins",
		"declined_on",
		"started_on",
		"ended_on",
		"withdrawn_on",
	)
	# What the parents said, and when: once they have agreed, it stays.
	SETTLED_FIELDS = ("proposed_on", "agreed_by", "agreed_how", "agreed_on")
	FOUR_EYES = ("proposed_by",)

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)
		self.set_onload("visits", self.get_visits())
		if own := own_work(self, "Needs Assessment"):
			self.set_onload("assessment", own)
		self.set_onload("relationship", clients.relationship_on(self))

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_person()
		self.set_proposal()
		self.set_counsellor_name()
		self.set_days()

	def validate(self):
		self.keep_agreement()
		self.check_concern()
		self.check_one_open_period()
		require_for_state(self)
		self.check_counsellor()
		self.check_days()
		self.check_no_visit_planned()

	def on_update(self):
		self.keep_grant()
		self.cancel_planned_visits()
		if entered(self, "Withdrawn"):
			clients.stop_preparing(self)
		self.say_what_is_still_to_begin()

	def set_person(self):
		take_person(self, open_source(self, "concern"))

	def set_proposal(self):
		if self.is_new():
			self.proposed_by = frappe.session.user
			self.visit_limit = frappe.db.get_single_value("Early Support Settings", "visit_limit")
			# It ends under the policy under which it began, whatever is decided meanwhile.
			self.record_policy = policy_for(self.controller, today())

	def set_counsellor_name(self):
		self.counsellor_name = full_name(self.counsellor)

	def set_days(self):
		if entered(self, "Agreed"):
			self.agreed_on = self.agreed_on or today()
		if entered(self, "Declined"):
			self.declined_on = today()
		if entered(self, "Under Way"):
			self.started_on = today()
		if entered(self, "Ended"):
			self.ended_on = today()
			# As the list says on this day: whoever changes the list later neither keeps nor destroys a case by it.
			self.client_begins = frappe.db.get_value(
				"Visit Outcome", self.outcome, "begins_client_relationship"
			)
		if entered(self, "Withdrawn"):
			self.withdrawn_on = today()

	def check_concern(self):
		"""Support begins with a concern on whose meeting the parents have agreed (domain.md §2.3-4), or an urgent one."""
		if not self.is_new():
			return
		state = frappe.db.get_value("Concern", self.concern, "workflow_state")
		if state not in ("Meeting Agreed", "Urgent"):
			frappe.throw(
				_(
					"Support can begin when the parents have agreed to a joint meeting. The concern is still “{0}”."
				).format(_(state)),
				GuardNotMet,
			)

	def check_one_open_period(self):
		if self.workflow_state not in OPEN_PERIOD:
			return
		# The lock on the child lets only one of two simultaneous saves through, and the other sees what it has stored: a
		# plain read would answer from before the lock.
		frappe.db.get_value("Child", self.child, "name", for_update=True)
		# Not filtered by permission: the rule holds for periods which the user may not see; nothing of them is shown.
		if frappe.db.get_value(
			"Support Period",
			{"child": self.child, "workflow_state": ("in", OPEN_PERIOD), "name": ("!=", self.name or "")},
			"name",
			for_update=True,
		):
			frappe.throw(
				_("The child already has a support period under way. End it before another one begins."),
				GuardNotMet,
			)

	def keep_agreement(self):
		"""The parents' word stays as it was recorded; a proposal may be corrected until they have answered."""
		before = self.get_doc_before_save()
		if before and before.workflow_state != "Proposed":
			keep_settled(self)

	def check_counsellor(self):
		if self.counsellor and self.has_value_changed("counsellor") and not is_counsellor(self.counsellor):
			frappe.throw(
				_("{0} is not a family counsellor. Please choose one.").format(self.counsellor), GuardNotMet
			)
		self.check_handover()

	def check_handover(self):
		"""The parents agreed to work with this counsellor. Another one takes over when the unit records their word."""
		before = self.get_doc_before_save()
		if not before or before.workflow_state not in AGREED_PERIOD or before.counsellor == self.counsellor:
			return
		if not may_act_anywhere() and self.unit not in staff_units(frappe.session.user):
			frappe.throw(
				_(
					"The parents agreed to work with this counsellor. Ask the day care unit to record that they agree to another one."
				),
				GuardNotMet,
			)

	def check_days(self):
		not_in_future(self, "proposed_on", "agreed_on")
		in_order(self, "proposed_on", "agreed_on")

	def check_no_visit_planned(self):
		if entered(self, "Ended") and self.planned_visits():
			frappe.throw(
				_("A visit is still planned. Mark it as held or cancel it, then the period can end."),
				GuardNotMet,
			)

	def keep_grant(self):
		"""The parents' agreement opens the family to the counsellor, until the support ends (design.md §3).

		When another counsellor takes over, the family closes to the former one at once.
		"""
		if self.workflow_state not in AGREED_PERIOD:
			grants.end(self)
			return
		grants.end(self, unless=(self.counsellor, self.family), at_once=True)
		grants.give(
			self.counsellor, self.family, policy.SUPPORT_PERIOD, self, _("The parents agreed to the support.")
		)

	def say_what_is_still_to_begin(self):
		"""With its last day the period closes to its counsellor, who could begin nothing on it any more."""
		if not entered(self, "Ended") or not self.client_begins or frappe.session.user != self.counsellor:
			return
		if not clients.relationship_on(self):
			frappe.msgprint(
				_(
					"This support period is open to you until the end of today. Open the client relationship that begins with it today."
				),
				indicator="blue",
				# Beside the form: whoever goes on at once has nothing to close first.
				alert=True,
			)

	def cancel_planned_visits(self):
		"""The parents' word counts at once: what is still planned is called off with it."""
		if not entered(self, "Withdrawn"):
			return
		for name in self.planned_visits():
			visit = frappe.get_doc("Visit", name)
			visit.workflow_state = "Cancelled"
			visit.cancelled_reason = _("The family withdrew from the support.")
			# Safe: whoever may record the withdrawal may end its visits, though an educator may write no visit.
			with system_change():
				visit.save(ignore_permissions=True)

	def planned_visits(self) -> list[str]:
		"""Return the names of the planned visits. Not filtered by permission: only for rules, never shown."""
		return frappe.get_all(
			"Visit", filters={"support_period": self.name, "workflow_state": "Planned"}, pluck="name"
		)

	def get_visits(self) -> list[dict]:
		"""Return the visits of this period, as far as the user may see them, in order."""
		return frappe.get_list(
			"Visit",
			filters={"support_period": self.name},
			fields=["name", "number", "visit_date", "workflow_state"],
			order_by="number asc",
			limit=50,
		)


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Support Period")
