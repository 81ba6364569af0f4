import frappe
from frappe import _
from frappe.utils import add_days, add_months, getdate

from early_support.access.indexes import index_lists
from early_support.casework import consents
from early_support.casework.clock import today
from early_support.casework.record import begin, entered, keep_recorded, open_source, take_person
from early_support.casework.rules import (
	about_the_same_child,
	in_order,
	is_empty,
	keep_rows,
	keep_settled,
	not_in_future,
	require_for_state,
)
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.document import CaseDocument


class CooperationConsent(CaseDocument):
	"""The guardians' permission to tell named services named things for a time (domain.md §4, 1560-1564; §5, §9.4).

	It is valid by its days alone: on the day after the last one nothing is told on it, whatever job has run.
	"""

	NEEDS = {
		"Given": ("purpose", "recipients", "sections"),
		"Withdrawn": ("withdrawn_by", "withdrawn_how"),
	}
	# Until when it holds.
	RULED = ("valid_from", "valid_until")
	RECORDED_FIELDS = (
		"child_name",
		"family",
		"unit",
		"controller",
		"service_area",
		"asked_by",
		"given_on",
		"declined_on",
		"withdrawn_on",
		"told_before",
		"ended_on",
	)
	# What the guardians said yes to stays as they heard it.
	SETTLED_FIELDS = ("asked_on", "purpose", "valid_from", "valid_until", "child_view")
	SETTLED_ROWS = ("recipients", "sections", "answers")
	FOUR_EYES = ("asked_by",)
	LETS_GO = ("concern",)

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_person()
		if self.is_new():
			self.asked_by = frappe.session.user
		if self.is_asked():
			self.set_time()
			self.set_answers()
		self.set_days()

	def validate(self):
		if not self.is_asked():
			keep_settled(self)
			keep_rows(self, *self.SETTLED_ROWS)
		require_for_state(self)
		about_the_same_child(self, "concern")
		self.check_days()
		self.check_no_row_twice()
		self.check_answers()
		self.check_nothing_stands_on_it()

	def on_update(self):
		if entered(self, "Withdrawn"):
			consents.stop(self)

	def is_asked(self) -> bool:
		"""Whether the guardians have not answered yet, as far as is stored."""
		before = self.get_doc_before_save()
		return before is None or before.workflow_state == "Draft"

	def set_person(self):
		take_person(self, open_source(self, "child"))

	def set_time(self):
		self.valid_from = self.valid_from or today()
		self.valid_until = self.valid_until or self.last_day()

	def last_day(self):
		"""Return the last day for which the settings let a consent be given."""
		months = frappe.db.get_single_value("Early Support Settings", "consent_months")
		return getdate(add_days(add_months(getdate(self.valid_from), months), -1))

	def set_answers(self):
		"""Keep a row for every guardian in the family's record, with what was answered, and for nobody else.

		A programme that does not know the guardians' rows names them in full.
		"""
		given = {row.guardian_row or row.guardian: row for row in self.answers}
		# Not filtered by permission: whoever may open the child's case may know its guardians by name.
		guardians = frappe.get_all(
			"Family Guardian",
			filters={"parenttype": "Family", "parent": self.family},
			fields=["name", "full_name"],
			order_by="idx asc",
		)
		self.set("answers", [])
		for guardian in guardians:
			row = given.get(guardian.name) or given.get(guardian.full_name) or {}
			row = self.append("answers", row)
			row.guardian, row.guardian_row = guardian.full_name, guardian.name

	def set_days(self):
		if entered(self, "Given"):
			self.given_on = today()
		if entered(self, "Declined"):
			self.declined_on = today()
		if entered(self, "Withdrawn"):
			self.withdrawn_on = today()
			self.told_before = consents.what_was_told(self.name)
		if entered(self, "Ended"):
			self.ended_on = today()

	def check_days(self):
		not_in_future(self, "asked_on")
		in_order(self, "valid_from", "valid_until")
		if self.is_asked() and getdate(self.valid_until) > self.last_day():
			frappe.throw(
				_("A consent is asked for until {0} at most. Then the guardians are asked anew.").format(
					frappe.format(self.last_day(), "Date")
				),
				GuardNotMet,
			)

	def check_no_row_twice(self):
		for table, field in (("recipients", "service"), ("sections", "section")):
			values = [row.get(field) for row in self.get(table)]
			if len(values) != len(set(values)):
				frappe.throw(
					_("“{0}” names something twice.").format(_(self.meta.get_label(table))), GuardNotMet
				)

	def check_answers(self):
		"""All guardians decide together: one no is enough, and who is not asked is so for a written reason.

		Children and parents act, 4 and 5 §: custodians decide together on what matters to the child.
		"""
		if not entered(self, "Given"):
			return
		if not any(row.answer == "Yes" for row in self.answers):
			frappe.throw(
				_("No guardian has said yes yet. Please record what each of them answered."), GuardNotMet
			)
		for row in self.answers:
			if row.answer == "No":
				frappe.throw(
					_("A guardian says no, so nothing may be told. Record it as declined."), GuardNotMet
				)
			if row.answer == "Yes" and not (row.answered_on and row.answered_how):
				frappe.throw(_("Please record when and how {0} answered.").format(row.guardian), GuardNotMet)
			if row.answer == "Yes" and getdate(row.answered_on) > today():
				frappe.throw(
					_("{0}: the day has not come yet. Please give the day it took place.").format(
						_(row.meta.get_label("answered_on"))
					),
					GuardNotMet,
				)
			if row.answer != "Yes" and (row.answer != "Not Asked" or is_empty(row, "note")):
				frappe.throw(
					_("{0} has not answered. Ask, or record why not.").format(row.guardian), GuardNotMet
				)

	def check_nothing_stands_on_it(self):
		"""The unit ends a co-operation only when nothing is under way on it; the guardians may withdraw at any time."""
		if entered(self, "Ended") and consents.open_referrals(self.name):
			frappe.throw(
				_("A referral is still under way on this consent. Bring it to its end first."), GuardNotMet
			)


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Cooperation Consent")
