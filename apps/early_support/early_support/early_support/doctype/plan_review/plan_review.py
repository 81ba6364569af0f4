import frappe
from frappe import _

from early_support.access.indexes import index_lists
from early_support.casework import clients
from early_support.casework.people import people_of
from early_support.casework.record import begin, keep_recorded, open_source
from early_support.casework.rules import in_order, is_empty, not_in_future, require_for_state
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.system import system_change

# What the plan said → the field of the plan.
SAID = {
	"reviewed_version": "version_number",
	"plan_agreed_on": "agreed_on",
	"plan_child_view": "child_view",
	"plan_parents_view": "parents_view",
	"plan_worker_view": "worker_view",
	"plan_situation": "situation",
	"plan_resources": "resources",
	"plan_network": "network",
	"plan_support_need": "support_need",
}
# Of a goal: what the plan said.
GOAL_FIELDS = ("goal", "steps", "responsible", "due_on")


class PlanReview(CaseDocument):
	"""How one version of a support plan went, goal by goal (domain.md §3, 752): what it said, beside what came of it.

	What the plan said is copied when the review begins and never changed: so every version can be read later.
	"""

	NEEDS = {
		"Reviewed": ("reviewed_on", "reviewed_with"),
	}
	RECORDED_FIELDS = (
		"client_relationship",
		"child",
		"child_name",
		"begun_by",
		"family",
		"unit",
		"controller",
		*SAID,
	)
	SETTLED_FIELDS = ()
	FOUR_EYES = ("begun_by",)

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		self.set_onload("people", people_of(self))

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_plan()

	def validate(self):
		self.check_plan()
		require_for_state(self)
		self.check_goals()
		self.check_days()

	def after_insert(self):
		self.begin_review_of_plan()

	def set_plan(self):
		plan = open_source(self, "support_plan")
		clients.take_client_of(self, plan)
		self.client_relationship = plan.client_relationship
		if self.is_new():
			self.begun_by = frappe.session.user
			self.take_plan(plan)
		self.keep_goals(self.get_doc_before_save() or plan)

	def take_plan(self, plan):
		"""Copy what the stored plan says."""
		for fieldname, of_plan in SAID.items():
			self.set(fieldname, plan.get(of_plan))

	def keep_goals(self, source):
		"""Keep the goals as the plan had them; what came of each is the user's.

		Args:
			source: the stored review; of a new one the plan, whose goals may have been answered already, in their order.
		"""
		if not self.goals:
			self.set("goals", [{field: row.get(field) for field in GOAL_FIELDS} for row in source.goals])
			return
		if source.doctype == self.doctype:
			said = {row.name: row for row in source.goals}
			rows = [said.pop(row.name, None) for row in self.goals]
			is_whole = not said and None not in rows
		else:
			rows = source.goals
			is_whole = len(rows) == len(self.goals)
		if not is_whole:
			frappe.throw(
				_("The goals are those of the plan: none is added here, and none taken away."), GuardNotMet
			)
		for row, was in zip(self.goals, rows, strict=True):
			row.update({field: was.get(field) for field in GOAL_FIELDS})

	def check_plan(self):
		"""What was agreed on is reviewed, each version once."""
		if not self.is_new():
			return
		# The lock on the plan lets only one of two simultaneous saves through, and shows it what the other stored.
		plan = frappe.db.get_value(
			"Support Plan",
			self.support_plan,
			["workflow_state", "version_number"],
			as_dict=True,
			for_update=True,
		)
		if plan.workflow_state not in ("Agreed", "Under Review"):
			frappe.throw(_("A plan is reviewed when it was agreed on, and has not ended."), GuardNotMet)
		# Not filtered by permission: a rule, and nothing of the other review is shown.
		if frappe.db.get_value(
			"Plan Review",
			{"support_plan": self.support_plan, "reviewed_version": plan.version_number},
			"name",
			for_update=True,
		):
			frappe.throw(_("The review of this version has begun already. Go on with that one."), GuardNotMet)

	def check_goals(self):
		for row in self.goals:
			if self.workflow_state == "Reviewed" and is_empty(row, "outcome"):
				frappe.throw(_("Goal {0}: please choose how it went.").format(row.idx), GuardNotMet)
			if row.outcome == "Given Up" and is_empty(row, "note"):
				frappe.throw(_("Goal {0}: please write why it was given up.").format(row.idx), GuardNotMet)

	def check_days(self):
		not_in_future(self, "reviewed_on")
		in_order(self, "plan_agreed_on", "reviewed_on")

	def begin_review_of_plan(self):
		"""The plan is under review from now on."""
		plan = frappe.get_doc("Support Plan", self.support_plan)
		if plan.workflow_state != "Agreed":
			return
		plan.workflow_state = "Under Review"
		# Safe: whoever may begin a review may write its plan, and nothing else is changed in it.
		with system_change():
			plan.save(ignore_permissions=True)

	def what_was_said(self) -> list[dict]:
		"""Return what the plan said, and how each goal went, as [{label, text}], for the form in which the next version is made."""
		parts = [
			{"label": _(self.meta.get_label(fieldname)), "text": self.get(fieldname)}
			for fieldname in SAID
			if self.meta.get_field(fieldname).fieldtype == "Small Text" and self.get(fieldname)
		]
		for row in self.goals:
			came = ": ".join(filter(None, (_(row.outcome) if row.outcome else None, row.note)))
			text = "\n".join(filter(None, (row.goal, row.steps, came)))
			parts.append({"label": _("Goal {0}").format(row.idx), "text": text})
		return parts


def on_doctype_update():
	"""Read a page of the list in its order, and let every version have one review, whatever two requests believe."""
	index_lists("Plan Review")
	frappe.db.add_unique("Plan Review", ["support_plan", "reviewed_version"])
