import frappe
from frappe import _
from frappe.utils import cstr, formatdate, getdate

from early_support.access import assignments, grants, policy
from early_support.access.indexes import index_lists
from early_support.casework import clients, deadlines, services
from early_support.casework.clock import today
from early_support.casework.people import full_name, is_receiver
from early_support.casework.record import begin, entered, keep_recorded
from early_support.casework.rules import in_order, is_empty, keep_settled, not_in_future, require_for_state
from early_support.casework.social import take_client
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.system import may_act_anywhere

TIERS = ("Initial", "Guidance Given", "Narrow", "Broad")

# Nothing more is assessed.
ENDED = ("Ready", "Withdrawn")

VIEWS = ("child_view", "parents_view", "worker_view")
PROTECTION = ("protection_need", "protection_note")
DECISION = ("decision_on", "decision_note")


class NeedsAssessment(CaseDocument):
	"""What services a child needs, assessed in three tiers (domain.md §3, 517-550; Social Welfare Act 36 §)."""

	NEEDS = {
		"Initial": ("basis",),
		"Guidance Given": ("basis", "guidance", "rights_told"),
		"Narrow": ("basis",),
		"Broad": ("basis",),
		"Ready": ("basis", "participants", *VIEWS, "result", "result_note", "rights_told"),
		"Withdrawn": ("withdrawn_by", "withdrawn_reason"),
	}
	# What makes the assessment a broad one, who makes it, and what the law asks of its end.
	RULED = (
		"assessor",
		"colleague",
		"special_support",
		"special_need",
		"several_services",
		*PROTECTION,
		*DECISION,
	)
	RECORDED_FIELDS = (
		"child",
		"child_name",
		"birth_date",
		"family",
		"unit",
		"controller",
		"assessor_name",
		"colleague_name",
		"opened_by",
		"tier",
		"special_since",
		"start_due_on",
		"ready_due_on",
		"started_on",
		"ready_on",
		"withdrawn_on",
	)
	SETTLED_FIELDS = ("pending_since",)
	FOUR_EYES = ("opened_by",)
	# The way here: each register destroys its own in its own time.
	LETS_GO = ("referral", "support_period", "client_relationship")

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)
		self.set_onload("must_be_broad", must_be_broad(self))
		if self.workflow_state == "Ready":
			self.set_onload("relationship", clients.relationship_after(self))
			self.set_onload("goes_on", clients.goes_on(self))

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		take_client(self)
		self.set_people()
		self.set_days()
		self.set_deadlines()

	def validate(self):
		self.keep_what_is_pending()
		require_for_state(self)
		self.check_who_acts()
		self.check_people()
		self.check_marks()
		self.check_tier()
		self.check_protection()
		self.check_decision()
		self.check_days()

	def on_update(self):
		self.keep_grants()

	# What the app writes ------------------------------------------------------------------------------------------------

	def set_people(self):
		"""Whoever opens it assesses; a social worker who was asked to join takes over with the broad tier, as a pair."""
		if self.is_new():
			self.opened_by = self.assessor = frappe.session.user
		before = self.get_doc_before_save()
		if entered(self, "Broad") and before and frappe.session.user == before.colleague:
			self.assessor, self.colleague = before.colleague, before.assessor
		self.assessor_name = full_name(self.assessor)
		self.colleague_name = full_name(self.colleague)

	def set_days(self):
		self.pending_since = self.pending_since or today()
		if entered(self, *TIERS):
			self.tier = self.workflow_state
			self.started_on = self.started_on or today()
		if entered(self, "Ready"):
			self.ready_on = today()
		if entered(self, "Withdrawn"):
			self.withdrawn_on = today()

	def set_deadlines(self):
		"""The times count from the day on which the need became known, whenever the mark is set."""
		if not must_be_broad(self):
			self.special_since = self.start_due_on = self.ready_due_on = None
			return
		since = getdate(self.pending_since)
		self.special_since = self.special_since or today()
		self.start_due_on = deadlines.start_by(since)
		self.ready_due_on = deadlines.ready_by(since)

	# What has to hold ---------------------------------------------------------------------------------------------------

	def keep_what_is_pending(self):
		before = self.get_doc_before_save()
		if before and before.started_on:
			keep_settled(self)

	def check_who_acts(self):
		"""Initial and narrow by a licensed professional, broad always by a social worker (domain.md §3, 542-547)."""
		before = self.get_doc_before_save()
		if may_act_anywhere() or (before and before.workflow_state == self.workflow_state):
			return
		user = frappe.session.user
		broad = "Broad" in (self.workflow_state, before and before.workflow_state)
		if broad and not is_social_worker(user):
			_refuse(
				_(
					"A broad assessment is made by a social worker. Ask one to join, or hand the assessment on."
				)
			)
		if not assignments.works_as(user, policy.REGISTER_ROLES):
			_refuse(_("The need for services is assessed by family counsellors and social workers only."))
		if before and user not in (self.assessor, self.colleague):
			_refuse(_("Only {0}, and whoever was asked to join, can do this.").format(self.assessor_name))

	def check_people(self):
		for field in ("assessor", "colleague"):
			if self.get(field) and self.has_value_changed(field) and not self.is_new():
				self.check_works_here(self.get(field))
		if self.is_new() and self.colleague:
			self.check_works_here(self.colleague)
		if is_empty(self, "assessor"):
			_refuse(_("Please name who assesses."))
		if self.assessor == self.colleague:
			_refuse(_("Whoever assesses is not asked to join. Please name somebody else, or nobody."))
		self.check_handing_on()
		if self.workflow_state == "Broad" and not is_social_worker(self.assessor):
			_refuse(
				_(
					"A broad assessment is made by a social worker. Ask one to join, or hand the assessment on."
				)
			)

	def check_works_here(self, user: str):
		"""Whoever takes part in a register works for its controller (703/2023, 13 §)."""
		if not is_receiver(user):
			_refuse(
				_("{0} is neither a family counsellor nor a social worker. Please choose one.").format(user)
			)
		if self.controller not in assignments.controllers_of(user, policy.REGISTER_ROLES):
			_refuse(
				_("{0} works for another register controller than the one who keeps this.").format(
					full_name(user)
				)
			)

	def check_handing_on(self):
		before = self.get_doc_before_save()
		if not before or may_act_anywhere() or before.assessor == self.assessor:
			return
		user = frappe.session.user
		if user not in (before.assessor, self.assessor):
			_refuse(
				_("Whoever assesses hands the assessment on, or whoever was asked to join takes it over.")
			)

	def check_marks(self):
		"""Once a child is marked, only a social worker says that no special support is needed after all."""
		before = self.get_doc_before_save()
		if not before or may_act_anywhere() or not must_be_broad(before) or must_be_broad(self):
			return
		if not is_social_worker(frappe.session.user):
			_refuse(_("Only a social worker takes back that special support is needed."))

	def check_tier(self):
		"""Broad is mandatory for a child who needs special support, and as soon as such a need comes together with a need
		for several services (domain.md §3, 522-529)."""
		if not must_be_broad(self):
			return
		narrowed = entered(self, "Guidance Given", "Narrow")
		if narrowed or (entered(self, "Ready") and self.tier != "Broad"):
			_refuse(
				_(
					"The child needs special support, so a broad assessment is made, by a social worker. Ask one to join, or hand the assessment on."
				)
			)

	def check_protection(self):
		"""The need for child protection is assessed in the broad tier, always by a social worker (domain.md §3, 542-547)."""
		before = self.get_doc_before_save() or {}
		changed = any(cstr(self.get(field)) != cstr(before.get(field)) for field in PROTECTION)
		if changed and not may_act_anywhere():
			if not is_social_worker(frappe.session.user):
				_refuse(_("Only a social worker assesses whether child protection is needed."))
			if self.tier != "Broad":
				_refuse(_("Whether child protection is needed is part of the broad assessment."))
		if self.workflow_state == "Ready" and self.tier == "Broad":
			missing = [field for field in PROTECTION if is_empty(self, field)]
			if missing:
				_refuse(
					_("Please fill in first: {0}. Then the state can be “{1}”.").format(
						self._labels(missing), _(self.workflow_state)
					)
				)

	def check_decision(self):
		"""A family has a right to a decision, also on a refusal (domain.md §3, 611-614).

		What a service stands on, a decision or a broad assessment, is data of the service (670-676, 683-685).
		"""
		if self.workflow_state != "Ready":
			return
		# Not filtered by permission: what a result or a service asks for is no secret.
		asking = frappe.get_all(
			"Support Service",
			filters={"name": ("in", [row.service for row in self.services])},
			or_filters={"needs_decision": 1, "needs_broad_assessment": 1},
			fields=["name", "needs_decision", "needs_broad_assessment"],
			limit=0,
		)
		broad = [service.name for service in asking if service.needs_broad_assessment]
		if broad and self.tier != "Broad" and entered(self, "Ready"):
			_refuse(
				_("“{0}” stands on a broad assessment, which a social worker makes.").format(
					services.title(broad[0])
				)
			)
		decided = any(service.needs_decision for service in asking)
		if not decided and not frappe.db.get_value("Assessment Outcome", self.result, "needs_decision"):
			return
		missing = [field for field in DECISION if is_empty(self, field)]
		if missing:
			_refuse(
				_("Please fill in first: {0}. Then the state can be “{1}”.").format(
					self._labels(missing), _(self.workflow_state)
				)
			)

	def check_days(self):
		not_in_future(self, "pending_since", "decision_on")
		in_order(self, "pending_since", "decision_on")
		for row in self.services:
			if row.started_on and getdate(row.started_on) > today():
				_refuse(
					_("Row {0}: {1} has not come yet. A service that is to start has no day.").format(
						row.idx, formatdate(row.started_on)
					)
				)

	# Access -------------------------------------------------------------------------------------------------------------

	def keep_grants(self):
		"""It opens to the one who assesses and the one who is asked to join, until it ends; to nobody else."""
		if self.workflow_state in ENDED:
			grants.end(self)
			return
		people = {user for user in (self.assessor, self.colleague) if user}
		before = self.get_doc_before_save()
		for user in {before.assessor, before.colleague} - people - {None} if before else ():
			grants.end(self, user=user, at_once=True)
		for user in people:
			grants.give(
				user,
				self.family,
				policy.NEEDS_ASSESSMENT,
				self,
				self.flags.grant_reason or _("Assesses the need for services."),
			)

	def _labels(self, fields: list[str]) -> str:
		return ", ".join(_(self.meta.get_label(field)) for field in fields)


def must_be_broad(assessment) -> bool:
	"""Whether nothing less than a broad assessment will do (domain.md §3, 522-529)."""
	return bool(assessment.special_support or (assessment.special_need and assessment.several_services))


def is_social_worker(user: str) -> bool:
	"""Whether `user` is an enabled user who works as a social worker today."""
	return is_receiver(user) and assignments.works_as(user, policy.SOCIAL_WORKER_ROLES)


def _refuse(message: str) -> None:
	frappe.throw(message, GuardNotMet)


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Needs Assessment")
