import frappe
from frappe import _
from frappe.utils import add_months, getdate

from early_support.access.indexes import index_lists
from early_support.casework import clients
from early_support.casework.clock import today
from early_support.casework.people import people_of
from early_support.casework.record import begin, entered, keep_recorded, open_source
from early_support.casework.rules import is_empty, require_for_state
from early_support.casework.states import FINAL
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.guard import changed_fields
from early_support.workflow_guard.system import is_system_change

VIEWS = ("child_view", "parents_view", "worker_view")
# In the order of the form: what gives strength comes before what is aimed at (domain.md §2, 1591).
SITUATION = ("situation", "resources", "network", "support_need")
OF_A_GOAL = ("goal", "steps", "responsible", "due_on")


class SupportPlan(CaseDocument):
	"""The plan of a client: three views, the situation, goals split into steps (domain.md §3, 746-752; §2, 1591-1592).

	It is one document as long as the relationship lasts. What an earlier version said stands in its review.
	"""

	NEEDS = {
		"Agreed": (*VIEWS, *SITUATION, "goals", "agreed_by", "agreed_how", "next_review_on"),
		"Ended": ("ended_reason",),
	}
	RECORDED_FIELDS = (
		"child",
		"child_name",
		"version_number",
		"begun_by",
		"family",
		"unit",
		"controller",
		"agreed_on",
		"ended_on",
	)
	# What may still be written into a version that was agreed on; everything else stays until it has been reviewed.
	OPEN_FIELDS = ("ended_reason",)
	SETTLED_FIELDS = ()
	FOUR_EYES = ("begun_by",)

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		self.set_onload("people", people_of(self))
		self.set_onload("is_settled", self.is_settled())
		self.set_onload("reviews", self.get_reviews())

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_client()
		self.set_version()

	def validate(self):
		self.keep_agreed()
		self.check_relationship()
		self.check_reviewed()
		require_for_state(self)
		self.check_goals()
		self.check_next_review()

	def set_client(self):
		clients.take_client_of(self, open_source(self, "client_relationship"))
		if self.is_new():
			self.begun_by = frappe.session.user

	def set_version(self):
		self.version_number = self.version_number or 0
		if entered(self, "Agreed"):
			self.agreed_on = today()
			self.version_number += 1
		if entered(self, "Ended"):
			self.ended_on = today()

	def is_settled(self) -> bool:
		"""Whether the stored version was agreed on, and waits for its review."""
		stored = self.get_doc_before_save() or self
		return bool(stored.version_number) and not (
			stored.workflow_state == "Under Review" and self.was_reviewed(stored.version_number)
		)

	def was_reviewed(self, version: int) -> bool:
		"""Whether it is recorded how a version of this plan went. Not filtered by permission: a rule, and nothing is shown."""
		return bool(
			frappe.db.exists(
				"Plan Review",
				{"support_plan": self.name, "reviewed_version": version, "workflow_state": "Reviewed"},
			)
		)

	def keep_agreed(self):
		"""What was agreed on stays as it was, until it has been looked at together how it went."""
		before = self.get_doc_before_save()
		if not before or is_system_change() or not self.is_settled():
			return
		changed = changed_fields(before, self)
		for df in self.meta.fields:
			if df.fieldname in changed and df.fieldname not in self.OPEN_FIELDS:
				frappe.throw(
					_(
						"The plan is agreed on, so “{0}” stays as it is. Review the plan together, then it can be changed."
					).format(_(df.label)),
					GuardNotMet,
				)

	def check_relationship(self):
		"""A client always has a plan (domain.md §3, 746), and one at a time."""
		if not self.is_new():
			return
		# The lock on the relationship lets only one of two simultaneous saves through, and shows it what the other stored.
		state = frappe.db.get_value(
			"Client Relationship", self.client_relationship, "workflow_state", for_update=True
		)
		if state != "Active":
			frappe.throw(
				_(
					"A support plan is made when the client relationship has started, and as long as it lasts."
				),
				GuardNotMet,
			)
		# Not filtered by permission: a rule, and nothing of the other plan is shown.
		if frappe.db.get_value(
			"Support Plan",
			{
				"client_relationship": self.client_relationship,
				"workflow_state": ("not in", FINAL["Support Plan"]),
				"name": ("!=", self.name or ""),
			},
			"name",
			for_update=True,
		):
			frappe.throw(
				_("There is a support plan already. Go on with it, or end it first."),
				GuardNotMet,
			)

	def check_reviewed(self):
		"""The next version comes after a look at how the last one went (domain.md §3, 752)."""
		before = self.get_doc_before_save()
		if (
			entered(self, "Agreed")
			and before
			and before.version_number
			and not self.was_reviewed(before.version_number)
		):
			frappe.throw(
				_("Record first how the plan went. Then its next version can be agreed on."), GuardNotMet
			)

	def check_goals(self):
		"""Goals are split into steps (1592), each with one responsible and a day; one goal is enough (1603-1604)."""
		if not entered(self, "Agreed"):
			return
		for row in self.goals:
			if any(is_empty(row, fieldname) for fieldname in OF_A_GOAL):
				frappe.throw(
					_("Goal {0}: please write the steps, who is responsible and by when.").format(row.idx),
					GuardNotMet,
				)
			if getdate(row.due_on) < getdate(self.agreed_on):
				frappe.throw(
					_("Goal {0}: the day by when has passed already. Please agree on another one.").format(
						row.idx
					),
					GuardNotMet,
				)

	def check_next_review(self):
		"""Every three months (domain.md §3, 752); a municipality may have set a shorter time."""
		if not entered(self, "Agreed"):
			return
		months = frappe.db.get_single_value("Early Support Settings", "support_plan_review_months")
		last_day = getdate(add_months(self.agreed_on, months))
		if not getdate(self.agreed_on) < getdate(self.next_review_on) <= last_day:
			frappe.throw(
				_("“{0}” is after today, and on {1} at the latest.").format(
					_(self.meta.get_label("next_review_on")), frappe.format(last_day, "Date")
				),
				GuardNotMet,
			)

	def get_reviews(self) -> list[dict]:
		"""Return the reviews of this plan, the newest first, as far as the user sees them; the newest with all it says."""
		if self.is_new():
			return []
		rows = frappe.get_list(
			"Plan Review",
			filters={"support_plan": self.name},
			fields=["name", "workflow_state", "reviewed_version", "reviewed_on"],
			order_by="reviewed_version desc",
			limit=50,
		)
		if rows:
			rows[0].said = frappe.get_doc("Plan Review", rows[0].name).what_was_said()
		return rows


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Support Plan")
