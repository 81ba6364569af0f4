import frappe
from frappe import _

from early_support.access import assignments, grants, policy
from early_support.access.indexes import index_lists
from early_support.casework import clients, social
from early_support.casework.clock import today
from early_support.casework.people import SPECIAL_SUPPORT, UNIVERSAL, full_name, is_own_worker
from early_support.casework.record import begin, entered, keep_recorded
from early_support.casework.rules import in_order, is_empty, keep_settled, not_in_future, require_for_state
from early_support.casework.states import FINAL, OPEN_RELATIONSHIP
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.system import is_system_change, system_change

START = ("own_worker", "source", "tier", "started_on", "started_with")


class ClientRelationship(CaseDocument):
	"""Family counselling of one child as a client of the social services (domain.md §2, 1644-1648; §3, 358-360, 402-404).

	The client is always the child (735). It stands in the register of the controller for whom its worker works.
	"""

	NEEDS = {
		"Active": START,
		"Ended": (*START, "ending_reason"),
	}
	# Support that cannot wait begins before its decision.
	RULED = ("before_decision",)
	RECORDED_FIELDS = (
		"child",
		"child_name",
		"opened_by",
		"family",
		"unit",
		"controller",
		"own_worker_name",
		"contact_by",
		"decision_on",
		"withdrawn_on",
	)
	# When it began, with what, and where the contact came from: what the figures are made of (domain.md §6, 771-775).
	SETTLED_FIELDS = ("source", "started_on", "started_with")
	FOUR_EYES = ("opened_by",)
	# The way here: its own register destroys it in its own time.
	LETS_GO = ("referral", "support_period")

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)
		self.set_onload("plan", self.get_plan())
		self.set_onload("assessment", social.own_work(self, "Needs Assessment"))

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_client()
		self.set_names()
		self.set_days()
		self.set_decision()

	def validate(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state != "Draft":
			keep_settled(self)
		require_for_state(self)
		self.check_one_running()
		self.check_own_worker()
		self.check_decision()
		self.check_days()

	def on_update(self):
		self.keep_grant()
		self.end_plans()

	def set_client(self):
		"""Take the child from the way here, and the register from whoever opens the relationship; both stay."""
		social.take_client(self)
		if self.is_new():
			self.opened_by = frappe.session.user
			self.own_worker = self.own_worker or self.opened_by

	def set_names(self):
		self.own_worker_name = full_name(self.own_worker)

	def set_days(self):
		if entered(self, "Active"):
			self.started_on = self.started_on or today()
		if entered(self, "Ended"):
			self.ended_on = self.ended_on or today()
		if entered(self, "Withdrawn"):
			self.withdrawn_on = today()

	def set_decision(self):
		"""Say on which decision the support above the universal stands; the day stays when its assessment is destroyed."""
		if self.needs_decision() and self.workflow_state in OPEN_RELATIONSHIP:
			self.decision_on = clients.decided_on(self.child, self.controller) or self.decision_on

	def needs_decision(self) -> bool:
		"""Whether the support is more than universal, which alone needs no decision (domain.md §3, 670-676)."""
		return (self.tier or UNIVERSAL) != UNIVERSAL

	def check_one_running(self):
		"""A child has one relationship at a time with each register controller."""
		if self.workflow_state not in OPEN_RELATIONSHIP or not (
			self.is_new() or self.has_value_changed("child")
		):
			return
		# The lock on the child lets only one of two simultaneous saves through, and the other sees what it has stored: a
		# plain read would answer from before the lock.
		frappe.db.get_value("Child", self.child, "name", for_update=True)
		# Not filtered by permission: the rule holds for relationships which the user may not see; nothing of them is shown.
		if frappe.db.get_value(
			"Client Relationship",
			{
				"child": self.child,
				"controller": self.controller,
				"workflow_state": ("in", OPEN_RELATIONSHIP),
				"name": ("!=", self.name or ""),
			},
			"name",
			for_update=True,
		):
			frappe.throw(
				_("The child is a client already. End that relationship before another one begins."),
				GuardNotMet,
			)

	def check_own_worker(self):
		"""A counsellor, or a social worker; of a child who needs special support always the latter (domain.md §1, 736-737)."""
		if not self.own_worker or is_system_change():
			return
		if not (
			self.has_value_changed("own_worker") or self.has_value_changed("tier") or entered(self, "Active")
		):
			return
		if not is_own_worker(self.own_worker, self.tier):
			frappe.throw(
				_(
					"{0} cannot be the own worker. Of a child who needs special support or intensified family work it is always a social worker, otherwise a family counsellor or a social worker."
				).format(self.own_worker_name),
				GuardNotMet,
			)
		if not is_own_worker(self.own_worker, SPECIAL_SUPPORT) and clients.special_support_among(
			[self.child], self.controller
		):
			frappe.throw(
				_(
					"By the needs assessment the child needs special support. {0} cannot be the own worker then: it is always a social worker."
				).format(self.own_worker_name),
				GuardNotMet,
			)
		if self.controller not in assignments.controllers_of(self.own_worker, policy.REGISTER_ROLES):
			frappe.throw(
				_(
					"{0} works for another register controller. Registers stay apart, so please choose somebody of the own one."
				).format(self.own_worker_name),
				GuardNotMet,
			)

	def check_decision(self):
		"""Special support begins with a broad assessment and a decision (domain.md §3, 683-685), intensified family work with
		a decision (569-571), also when the need appears while a service runs (522-529).

		What is needed at once begins at once, with the assessment beside it (399-402): for a written reason, and it waits.
		"""
		if self.workflow_state != "Active" or not self.needs_decision() or self.decision_on:
			return
		asked = entered(self, "Active") or any(map(self.has_value_changed, ("tier", "before_decision")))
		if asked and not is_system_change() and is_empty(self, "before_decision"):
			frappe.throw(
				_(
					"Special support and intensified family work stand on a broad assessment and a social worker's decision, and there is none yet. If support is needed at once, write why it begins before them."
				),
				GuardNotMet,
			)

	def check_days(self):
		not_in_future(self, "started_on", "ended_on")
		in_order(self, "started_on", "ended_on")

	def keep_grant(self):
		"""Open the family to the own worker as long as the relationship runs; before its start, to whoever prepares it.

		When another one takes over, the former one reads until the end of the day, as on the last day of any work.
		"""
		if self.workflow_state not in OPEN_RELATIONSHIP:
			grants.end(self)
			return
		worker = self.opened_by if self.workflow_state == "Draft" else self.own_worker
		grants.end(self, unless=(worker, self.family))
		grants.give(
			worker,
			self.family,
			policy.CLIENT_RELATIONSHIP,
			self,
			self.flags.grant_reason or self.get_reason(),
		)

	def get_reason(self) -> str:
		"""Return why the family is open to whoever has the work, in words that name nobody."""
		if self.contact_by and self.workflow_state == "Draft":
			return _("A guardian got in touch and asked for help.")
		return _("The own worker of a child who is a client.")

	def end_plans(self):
		"""A plan lasts as long as its relationship."""
		if not entered(self, "Ended"):
			return
		# Not filtered by permission: whoever may end the relationship may write its plans.
		filters = {
			"client_relationship": self.name,
			"workflow_state": ("not in", FINAL["Support Plan"]),
		}
		for name in frappe.get_all("Support Plan", filters=filters, pluck="name"):
			plan = frappe.get_doc("Support Plan", name)
			plan.workflow_state = "Ended"
			plan.ended_reason = plan.ended_reason or _("The client relationship ended.")
			# Safe for the same reason; nothing else is changed in it.
			with system_change():
				plan.save(ignore_permissions=True)

	def get_plan(self) -> dict | None:
		"""Return name and stage of the plan of this relationship that has not ended, if the user sees it."""
		if self.is_new():
			return None
		rows = frappe.get_list(
			"Support Plan",
			filters={
				"client_relationship": self.name,
				"workflow_state": ("not in", FINAL["Support Plan"]),
			},
			fields=["name", "workflow_state"],
			limit=1,
		)
		return rows[0] if rows else None


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Client Relationship")
