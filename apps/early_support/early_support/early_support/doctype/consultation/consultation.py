import frappe
from frappe import _
from frappe.utils import formatdate

from early_support.access import assignments
from early_support.access.indexes import index_lists
from early_support.casework.anonymity import refuse_person_values
from early_support.casework.clock import now
from early_support.casework.people import liaison_counsellors
from early_support.casework.record import begin, entered, keep_recorded, take_area
from early_support.casework.rules import require_for_state, unchanged
from early_support.casework.shapes import ShapedValues
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.screening.service import refuse_persons
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.system import is_system_change, may_act_anywhere


class Consultation(ShapedValues, CaseDocument):
	"""An anonymous question to a family counsellor (domain.md §2.2). It holds no person and no link to one."""

	NEEDS = {
		"Answered": ("answer",),
	}
	RECORDED_FIELDS = (
		"title",
		"controller",
		"service_area",
		"requested_by",
		"requested_on",
		"taken_by",
		"taken_on",
		"answered_on",
		"closed_on",
	)
	FOUR_EYES = ("requested_by",)

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)
		self.set_onload("taker_is_gone", self.is_taker_gone())

	def before_validate(self):
		# Before the screening, which compares with the names of the unit's children and would tell a stranger who is one.
		self.check_own_unit()
		# Then at once: a text that names somebody goes no further, and into no report of whatever else may fail.
		refuse_persons(self)
		keep_recorded(self)
		begin(self)
		self.set_request()
		self.set_times()

	def validate(self):
		refuse_person_values(self)
		self.check_question_settled()
		self.check_who_gives_back()
		self.check_answer_in_turn()
		require_for_state(self)

	def check_own_unit(self):
		"""A question is of the unit in which its writer works, and stays there.

		Raises:
			GuardNotMet: the unit of a stored consultation would change.
			frappe.PermissionError: a new one is of a unit in which the user does not work.
		"""
		unchanged(self, "unit")
		if not self.is_new() or not self.unit or may_act_anywhere():
			return
		if self.unit not in assignments.staff_units(frappe.session.user):
			raise frappe.PermissionError

	def set_request(self):
		if not self.is_new():
			return
		self.requested_by = frappe.session.user
		self.requested_on = now()
		unit = frappe.db.get_value("Day Care Unit", self.unit, ["title", "controller"], as_dict=True) or {}
		self.controller = unit.get("controller")
		take_area(self)
		self.title = f"{unit.get('title') or ''} {formatdate(self.requested_on)}".strip()

	def set_times(self):
		before = self.get_doc_before_save()
		if before and entered(self, "Requested"):
			self.taken_by = self.taken_on = None
		if entered(self, "Taken"):
			self.taken_by = frappe.session.user
			self.taken_on = now()
		if entered(self, "Answered"):
			self.answered_on = now()
		if entered(self, "Closed"):
			self.closed_on = now()

	def check_question_settled(self):
		"""The question stays as it was asked, once a counsellor has taken it."""
		before = self.get_doc_before_save()
		if before and before.workflow_state != "Requested":
			unchanged(self, "age_band", "channel", "call_back_time", "question")

	def is_taker_gone(self) -> bool:
		"""Whether nobody can give the answer: whoever took the question is no liaison counsellor of its unit any more."""
		return self.workflow_state == "Taken" and self.taken_by not in liaison_counsellors(self.unit)

	def check_who_gives_back(self):
		"""Whoever took a question gives it back to the liaisons of the unit; for whom is gone, one of them does.

		What was written of the answer stays for the next one.
		"""
		before = self.get_doc_before_save()
		if not before or before.workflow_state != "Taken" or not entered(self, "Requested"):
			return
		if may_act_anywhere() or before.taken_by == frappe.session.user or before.is_taker_gone():
			return
		frappe.throw(
			_(
				"A question is given back by the family counsellor who took it, as long as he or she works for the unit."
			),
			GuardNotMet,
		)

	def check_answer_in_turn(self):
		"""The answer is written and given by the counsellor who took the question."""
		before = self.get_doc_before_save()
		changed = (self.answer or "") != ((before and before.answer) or "")
		if is_system_change() or not (changed or entered(self, "Answered")):
			return
		if not before or before.workflow_state not in ("Taken", "Answered"):
			frappe.throw(
				_("The answer is written after a family counsellor has taken the question."), GuardNotMet
			)
		if before.taken_by != frappe.session.user:
			frappe.throw(
				_("The answer is written by the family counsellor who took the question."), GuardNotMet
			)


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Consultation")
