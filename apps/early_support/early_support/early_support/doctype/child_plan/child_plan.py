import frappe
from frappe import _
from frappe.utils import add_months, escape_html, getdate

from early_support.access.indexes import index_lists
from early_support.casework import consents, services
from early_support.casework.clock import today
from early_support.casework.record import begin, entered, keep_recorded, open_source, take_person
from early_support.casework.rules import (
	in_order,
	is_empty,
	keep_settled,
	not_in_future,
	require,
	require_for_state,
)
from early_support.casework.states import FINAL
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.prints import guardian_print
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.guard import changed_fields
from early_support.workflow_guard.system import is_system_change, system_change

TALK = ("discussed_on", "discussed_how", "discussed_with")
# Of a goal: what is carried into the next plan.
GOAL_FIELDS = ("goal", "staff_action", "by_when")


class ChildPlan(CaseDocument):
	"""The child's plan in early education, VASU: made when day care starts, reviewed at least yearly (domain.md §3, 840)."""

	NEEDS = {
		"Guardian Form Received": ("form_received_on", "form_received_how"),
		"Discussed": TALK,
		"Confirmed": (*TALK, "goals", "next_review_on"),
		"Discontinued": ("discontinued_reason",),
	}
	# The no of the guardians, without which an unanswered plan could not be confirmed, and who wants it reviewed.
	RULED = ("form_declined", "services_declined", "review_requested_on", "review_requested_by")
	RECORDED_FIELDS = (
		"child_name",
		"begun_by",
		"family",
		"unit",
		"controller",
		"service_area",
		"last_goals",
		"confirmed_on",
		"confirmed_by",
		"review_due_on",
		"discontinued_on",
		"superseded_on",
	)
	# Who asked for a review, when and why: once stored, it stays.
	SETTLED_FIELDS = ("review_requested_on", "review_requested_by", "review_reason")
	# What may still be written into a confirmed plan; everything else stays as it was confirmed.
	OPEN_FIELDS = (*SETTLED_FIELDS, "discontinued_reason")
	FOUR_EYES = ("begun_by",)
	# The services of which this save takes the permission back.
	taken_back = ()

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)
		self.set_onload("printable", guardian_print.is_ready(self))
		self.set_onload("next_plan", self.get_next_plan())
		self.set_onload("offered", [] if self.is_settled() else services.offered())
		self.set_onload("guardians", self.get_guardians())

	def before_print(self, _settings=None):
		self.guardian_print = guardian_print.GuardianPrint(self)

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_person()
		self.set_begun()
		self.set_days()
		self.set_review()
		if not self.is_settled():
			self.keep_lists()
		elif not is_system_change():
			self.taken_back = services.note_withdrawals(self)

	def validate(self):
		self.keep_confirmed()
		self.check_one_draft()
		self.check_superseded()
		require_for_state(self)
		self.check_form()
		self.check_days()
		self.check_services()
		self.check_withdrawals()
		self.check_next_review()
		self.check_request()

	def on_update(self):
		if entered(self, "Confirmed"):
			self.supersede_others()
		self.stop_what_was_taken_back()

	def set_person(self):
		take_person(self, open_source(self, "child"))

	def set_begun(self):
		if self.is_new():
			self.begun_by = frappe.session.user

	def set_days(self):
		if self.is_confirming():
			self.confirmed_on, self.confirmed_by = today(), frappe.session.user
		if entered(self, "Discontinued"):
			self.discontinued_on = today()
		if entered(self, "Superseded"):
			self.superseded_on = today()

	def set_review(self):
		"""Say when the review is due: on the confirmed day, or at once when somebody asks for it (domain.md §3, 840-842)."""
		if self.is_confirming():
			self.review_due_on = self.next_review_on
		elif self.is_settled() and self.review_requested_by:
			self.review_requested_on = self.review_requested_on or today()
			self.review_due_on = min(getdate(self.review_due_on), getdate(self.review_requested_on))

	def keep_lists(self):
		"""Carry over the goals of the last plan when this one is begun, and keep the list of services whole."""
		last = self.get_last_plan()
		if self.is_new() and last:
			self.set("last_goals", [{field: row.get(field) for field in GOAL_FIELDS} for row in last.goals])
		services.keep_list(self, last)

	def is_settled(self) -> bool:
		"""Whether the plan was confirmed before this save, whatever state a municipality's Workflow has for it since."""
		before = self.get_doc_before_save() or (None if self.is_new() else self)
		return bool(before and (before.confirmed_on or before.workflow_state in FINAL["Child Plan"]))

	def is_confirming(self) -> bool:
		"""Whether this save confirms the plan."""
		return entered(self, "Confirmed") and not self.is_settled()

	def keep_confirmed(self):
		"""What was confirmed stays as it was: a change is the next plan."""
		before = self.get_doc_before_save()
		if not before or not before.confirmed_on or is_system_change():
			return
		changed = changed_fields(before, self)
		for df in self.meta.fields:
			if df.fieldname == "services" and services.only_withdrawn(self):
				continue
			if df.fieldname in changed and df.fieldname not in self.OPEN_FIELDS:
				frappe.throw(
					_(
						"The plan is confirmed, so “{0}” stays as it is. Make the next plan to change it."
					).format(_(df.label)),
					GuardNotMet,
				)
		keep_settled(self)

	def check_one_draft(self):
		"""A child has one plan under way, so that nobody works on another one beside it."""
		if not self.is_new() and not self.is_confirming():
			return
		self.lock_child()
		if self.is_new() and self.other_plans("confirmed_on is null"):
			frappe.throw(
				_("The child already has a plan that is being made. Go on with it, or discontinue it first."),
				GuardNotMet,
			)

	def check_superseded(self):
		if entered(self, "Superseded") and not is_system_change():
			frappe.throw(_("A plan is superseded when a newer plan of the child is confirmed."), GuardNotMet)

	def check_form(self):
		"""The guardians fill in a form of their own beforehand (domain.md §3, 1553); they may also not want to."""
		if self.form_declined and self.form_received_on:
			frappe.throw(
				_("Either the guardians' form was received, or they did not fill it in. Please choose one."),
				GuardNotMet,
			)
		if (
			entered(self, "Discussed", "Confirmed")
			and not self.form_declined
			and is_empty(self, "form_received_on")
		):
			frappe.throw(
				_("Record the guardians' form first, or choose “{0}”.").format(
					_(self.meta.get_label("form_declined"))
				),
				GuardNotMet,
			)

	def check_days(self):
		not_in_future(self, "begun_on", "form_received_on", "discussed_on", "review_requested_on")
		in_order(self, "begun_on", "form_received_on")
		in_order(self, "begun_on", "discussed_on")
		in_order(self, "confirmed_on", "review_requested_on")

	def check_services(self):
		"""Each service is answered, or the family has said that it does not wish to answer (domain.md §4)."""
		if self.is_settled():
			return
		services.check_permissions(self)
		missing = services.unanswered(self) if self.is_confirming() and not self.services_declined else ()
		if missing:
			frappe.throw(
				_("Please ask about these services first: {0}. Or choose “{1}”.").format(
					", ".join(services.title(name) for name in missing),
					_(self.meta.get_label("services_declined")),
				),
				GuardNotMet,
			)

	def check_withdrawals(self):
		"""Who takes a permission back is a guardian, for a service to which one was given (domain.md §9.4)."""
		if self.taken_back:
			services.check_withdrawals(self, self.get_guardians())

	def check_next_review(self):
		"""At least yearly (domain.md §3, 840 and 994); a municipality may have set a shorter time."""
		if not self.is_confirming():
			return
		months = frappe.db.get_single_value("Early Support Settings", "plan_review_months")
		last_day = getdate(add_months(self.confirmed_on, months))
		if not getdate(self.confirmed_on) < getdate(self.next_review_on) <= last_day:
			frappe.throw(
				_("“{0}” is after today, and on {1} at the latest.").format(
					_(self.meta.get_label("next_review_on")), frappe.format(last_day, "Date")
				),
				GuardNotMet,
			)

	def check_request(self):
		"""A review is requested of a confirmed plan, by somebody (domain.md §3, 840-842)."""
		if all(is_empty(self, fieldname) for fieldname in self.SETTLED_FIELDS):
			return
		if not self.is_settled():
			frappe.throw(
				_("A review can be requested when the plan is confirmed. Until then it can be changed."),
				GuardNotMet,
			)
		require(self, "review_requested_by")

	def supersede_others(self):
		"""One confirmed plan per child (design.md §3): this one takes the place of the one before it."""
		for name in self.other_plans("confirmed_on is not null"):
			other = frappe.get_doc("Child Plan", name)
			other.workflow_state = "Superseded"
			# Safe: whoever may confirm the new plan may end the one that it replaces, and nothing else is changed in it.
			with system_change():
				other.save(ignore_permissions=True)

	def stop_what_was_taken_back(self):
		"""Stop what stands on a permission that is taken back, and say what was told before (domain.md §9.4)."""
		for service in self.taken_back:
			consents.stop_for(service, self.child)
			told = escape_html(consents.what_was_told_to(service, self.child)).replace("\n", "<br>")
			frappe.msgprint(told, title=_("Told before: {0}").format(services.title(service)))

	def lock_child(self):
		"""Let only one of two simultaneous saves about the child go on."""
		frappe.db.get_value("Child", self.child, "name", for_update=True)

	def other_plans(self, which: str) -> list[str]:
		"""Return the names of the child's other plans that have not ended and fit the condition `which`.

		Not filtered by permission: only for rules, never shown. Locked: what another request has just stored is seen too,
		which a plain read of this transaction would not find.
		"""
		return frappe.db.sql_list(
			f"""select name from `tabChild Plan` where child = %(child)s and name != %(name)s
			and workflow_state not in %(final)s and {which} for update""",
			{"child": self.child, "name": self.name or "", "final": FINAL["Child Plan"]},
		)

	def get_last_plan(self):
		"""Return the child's plan of this unit that was confirmed last before this one, or None.

		Not filtered by permission: who makes a plan in the unit may read the plans that were made there. A plan that ended
		in another unit is closed to the staff here, so nothing of it is carried over.
		"""
		names = frappe.get_all(
			"Child Plan",
			filters={
				"child": self.child,
				"unit": self.unit,
				"confirmed_on": ("is", "set"),
				"name": ("!=", self.name or ""),
			},
			order_by="confirmed_on desc, creation desc",
			limit=1,
			pluck="name",
		)
		return frappe.get_doc("Child Plan", names[0]) if names else None

	def get_guardians(self) -> list[str]:
		"""Return the names of the child's guardians. Not filtered by permission: whoever may open the plan may know them."""
		return frappe.get_all(
			"Family Guardian",
			filters={"parenttype": "Family", "parent": self.family},
			order_by="idx asc",
			pluck="full_name",
		)

	def get_next_plan(self) -> str | None:
		"""Return the name of the plan that is being made for the child beside this one, if the user sees it."""
		names = frappe.get_list(
			"Child Plan",
			filters={
				"child": self.child,
				"name": ("!=", self.name),
				"confirmed_on": ("is", "not set"),
				"workflow_state": ("not in", FINAL["Child Plan"]),
			},
			pluck="name",
			limit=1,
		)
		return names[0] if names else None


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Child Plan")
