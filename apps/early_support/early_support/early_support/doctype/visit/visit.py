import frappe
from frappe import _
from frappe.utils import getdate

from early_support.access.indexes import index_lists
from early_support.casework.record import begin, entered, keep_recorded, open_source, take_person
from early_support.casework.rules import is_empty, not_in_future
from early_support.casework.states import AGREED_PERIOD
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.document import CaseDocument

COUNTED_STATES = ("Planned", "Held")


class Visit(CaseDocument):
	"""One meeting with the family within a support period (domain.md §2.4)."""

	NEEDS = {}
	# A first visit elsewhere than at the unit says why.
	RULED = ("place_reason",)
	RECORDED_FIELDS = (
		"number",
		"child",
		"child_name",
		"family",
		"unit",
		"controller",
		"service_area",
		"record_policy",
	)

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_person()
		self.set_number()

	def validate(self):
		self.check_agreement()
		self.check_limit()
		self.check_first_place()
		self.check_day()

	def set_person(self):
		period = open_source(self, "support_period")
		take_person(self, period)
		# What the period says of its end, it says of its visits too.
		self.record_policy = period.record_policy

	def set_number(self):
		if self.is_new():
			self.lock_period()
			self.number = max((visit.number for visit in self.other_visits()), default=0) + 1

	def check_agreement(self):
		"""No visit without agreement: family work is voluntary (domain.md §2.4, 1640-1643)."""
		if not (self.is_new() or entered(self, "Held")):
			return
		state = self.lock_period().workflow_state
		if state not in AGREED_PERIOD:
			frappe.throw(
				_("A visit needs the parents' agreement. The support period is “{0}”.").format(_(state)),
				GuardNotMet,
			)

	def check_limit(self):
		"""Early support is one to three visits (domain.md §2.4); the number is a setting, kept on the period."""
		if self.workflow_state not in COUNTED_STATES:
			return
		limit = self.lock_period().visit_limit
		counted = sum(visit.workflow_state in COUNTED_STATES for visit in self.other_visits())
		if counted >= limit:
			frappe.throw(
				_("The period holds at most {0} visits. Agree on what comes next in the follow-up.").format(
					limit
				),
				GuardNotMet,
			)

	def check_first_place(self):
		"""The first visit is at the unit; after it the parents may choose their home (domain.md §2.4, 1640-1643)."""
		if (
			self.workflow_state not in COUNTED_STATES
			or self.place == "Unit"
			or not is_empty(self, "place_reason")
		):
			return
		# What is only planned may still be called off: it makes no held visit the second one.
		earlier = ("Held",) if self.workflow_state == "Held" else COUNTED_STATES
		if not any(
			visit.workflow_state in earlier and visit.number < self.number for visit in self.other_visits()
		):
			frappe.throw(
				_("The first visit is held at the unit. If it is elsewhere, please say why in “{0}”.").format(
					_(self.meta.get_label("place_reason"))
				),
				GuardNotMet,
			)

	def check_day(self):
		"""What took place did so by today, and not before the parents had agreed (domain.md §2.4, 1640-1643)."""
		if self.workflow_state not in ("Held", "Not Attended"):
			return
		not_in_future(self, "visit_date")
		agreed_on = self.lock_period().agreed_on
		if agreed_on and self.visit_date and getdate(self.visit_date) < getdate(agreed_on):
			frappe.throw(
				_("“{0}” cannot be before “{1}”. Please check the days.").format(
					_(self.meta.get_label("visit_date")),
					_(frappe.get_meta("Support Period").get_label("agreed_on")),
				),
				GuardNotMet,
			)

	def lock_period(self):
		"""Return state, limit and day of agreement of the period.

		Locked, so that two simultaneous saves cannot both be the last one.
		"""
		return frappe.db.get_value(
			"Support Period",
			self.support_period,
			["workflow_state", "visit_limit", "agreed_on"],
			as_dict=True,
			for_update=True,
		)

	def other_visits(self) -> list[dict]:
		"""Return the other visits of the period. Not filtered by permission: only for rules, never shown.

		Locked, like the period: a plain read would answer from before its lock.
		"""
		return frappe.db.get_values(
			"Visit",
			{"support_period": self.support_period, "name": ("!=", self.name or "")},
			["number", "workflow_state"],
			as_dict=True,
			for_update=True,
		)


def on_doctype_update():
	"""Read a page of the list in its order; give every visit of a period its own number, whatever two requests believe."""
	index_lists("Visit")
	frappe.db.add_unique("Visit", ["support_period", "number"])
