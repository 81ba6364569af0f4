import frappe
from frappe import _
from frappe.utils import cstr, getdate, now_datetime

from early_support.casework.clock import today
from early_support.casework.record import begin, entered, keep_recorded
from early_support.casework.rules import not_in_future, require, require_for_state, unchanged
from early_support.casework.shapes import ShapedValues
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet, StateNotEditable, TransitionNotAllowed
from early_support.forms import changes, current, kept_words, rights
from early_support.forms import changes_core as core
from early_support.forms.lists import LIST_DOCTYPES
from early_support.forms.rights import OWN
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.system import is_system_change

ON_THE_TABLE = ("With Management Group", "No Position")
PROPOSED = ("kind", "why")
DECIDED = ("Approved", "Rejected", "No Position")


class FormChangeRequest(ShapedValues, CaseDocument):
	"""A change of a form, from the words of whoever suggests it to its publication (domain.md §4, design.md §5).

	It is no casework: it names nobody, and all of the staff read it. It moves through a guarded workflow all the same.
	"""

	NEEDS = {
		"With Area Director": PROPOSED,
		"Returned": ("return_reason",),
		"Approved": ("decided_on", "minutes"),
		"Rejected": ("decided_on", "minutes"),
		"No Position": ("decided_on", "minutes"),
	}
	RECORDED_FIELDS = (
		"title",
		"proposed_by",
		"proposed_on",
		"fieldname",
		"decided_by",
		"published_by",
		"published_at",
		"not_published_because",
		"not_published_on",
		"rolled_back_by",
		"rolled_back_at",
		"fingerprint",
		"was_before",
	)
	FOUR_EYES = ("proposed_by",)
	# What was decided on is what is published: only a proposal that is its proposer's again may be changed.
	PROPOSAL = (
		"kind",
		"form",
		"field_name",
		"list_name",
		"record",
		"why",
		"for_whom",
		"label_fi",
		"label_sv",
		"label_en",
		"help_fi",
		"help_sv",
		"help_en",
		"without_help",
		"answer_type",
		"choices",
		"required",
		"place_after",
		"category",
		"tier",
		"ask_on_vasu",
		"meaning",
		"meaning_sv",
		"meaning_en",
		"guidance",
		"guidance_sv",
		"guidance_en",
		"suggested_action",
		"suggested_action_sv",
		"suggested_action_en",
	)
	DECISION = ("decided_on", "minutes", "conditions")

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)

	def _validate_links(self):
		# Before Frappe looks whether there is what the links name: of anything but our lists nobody is told.
		self.check_target()
		super()._validate_links()

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_proposal()
		self.set_decision()

	def validate(self):
		self.check_kind()
		self.check_proposer()
		self.check_settled()
		self.check_day()
		self.check_four_eyes()
		self.check_turn()
		require_for_state(self)
		if self.is_handed_on():
			require(self, *PROPOSED)
		not_in_future(self, "decided_on")
		self.check_feasible()

	def before_save(self):
		self.publish_or_roll_back()

	def on_update(self):
		if entered(self, "Published", "Rolled Back"):
			kept_words.forget()

	def set_proposal(self):
		if self.is_new():
			self.proposed_by = frappe.session.user
			self.proposed_on = today()
		before = self.get_doc_before_save()
		if before and before.workflow_state not in OWN:
			return
		# In the words of whoever suggests it, not of whoever decides.
		self.title = self.get_title()
		if self.kind == core.ADD_FIELD:
			self.fieldname = core.new_fieldname(changes.change_of(self))

	def get_title(self) -> str:
		"""Return what is to change and where, in a few words."""
		df = frappe.get_meta(self.form).get_field(self.field_name) if self.form and self.field_name else None
		record = None
		if self.list_name and self.record and frappe.db.exists(self.list_name, self.record):
			record = frappe.db.get_value(self.list_name, self.record, "title")
		what = self.label_fi or self.label_en or record or (_(df.label) if df else None)
		where = _(self.form or self.list_name or "")
		return " – ".join(filter(None, (where, what or _(self.kind or ""))))[:140]

	def set_decision(self):
		if entered(self, *DECIDED):
			self.decided_by = frappe.session.user
		if self.is_handed_on():
			# A new round: what the group said of an earlier one stands in the history.
			self.update(dict.fromkeys((*self.DECISION, "decided_by"), None))
			self.effective_on = None

	def is_handed_on(self) -> bool:
		"""Whether it leaves its proposer for a decision, whoever takes it on: the moves are the municipality's."""
		before = self.get_doc_before_save()
		was_own = before is None or before.workflow_state in OWN
		return was_own and self.workflow_state not in (*OWN, "Withdrawn", *DECIDED) and not self.is_note()

	def check_target(self):
		"""Only our own forms and lists are changed this way; of all our forms changes by hand are noted. Raises GuardNotMet."""
		if (self.form and self.form not in current.FORMS and not self.is_note()) or (
			self.list_name and self.list_name not in LIST_DOCTYPES
		):
			frappe.throw(_("Please choose a form or a list from those on offer."), GuardNotMet)
		if self.record and not self.list_name:
			self.record = None

	def check_proposer(self):
		"""A proposal is written by whoever makes it, and by nobody else.

		Raises:
			StateNotEditable: it is somebody else's draft.
		"""
		before = self.get_doc_before_save()
		if before and not is_system_change() and not rights.is_own_turn(before, frappe.session.user):
			frappe.throw(_("This suggestion is its proposer's to write."), StateNotEditable)

	def check_settled(self):
		"""What is decided on stays as it was suggested, and what was decided as it was recorded. Raises GuardNotMet."""
		before = self.get_doc_before_save()
		if not before or is_system_change():
			return
		if before.workflow_state not in OWN:
			unchanged(self, *self.PROPOSAL)
		if before.workflow_state not in ON_THE_TABLE and not self.is_handed_on():
			unchanged(self, *self.DECISION)

	def check_day(self):
		"""The day is set when all is decided, by whoever publishes: on it the change is published by itself.

		Raises:
			GuardNotMet: it is set earlier, by nobody who publishes, or to a day that is over.
		"""
		before = self.get_doc_before_save()
		was = before.effective_on if before else None
		if (
			self.is_note()
			or is_system_change()
			or self.is_handed_on()
			or cstr(was) == cstr(self.effective_on)
		):
			return
		if not before or before.workflow_state != "Approved" or not rights.may_publish():
			frappe.throw(
				_("The day is set by a form administrator, once the change is approved."), GuardNotMet
			)
		if self.effective_on and getdate(self.effective_on) < today():
			frappe.throw(_("This day is over. Choose today or a later one."), GuardNotMet)

	def check_four_eyes(self):
		"""The proposer never decides, whatever the Workflow says, and not as Administrator either.

		Raises:
			TransitionNotAllowed: as said.
		"""
		if entered(self, *DECIDED) and self.proposed_by == frappe.session.user:
			frappe.throw(
				_("Whoever suggested a change does not decide on it."),
				TransitionNotAllowed,
			)

	def is_note(self) -> bool:
		"""Whether it is the app's own note of a change that was made without a request."""
		return self.kind == core.BY_HAND and self.is_new() and is_system_change()

	def check_kind(self):
		"""Nobody suggests, or rolls back, what is changed by hand. Raises GuardNotMet."""
		if self.kind == core.BY_HAND and not self.is_note():
			frappe.throw(
				_("What an administrator has changed in Customize Form is changed back there."), GuardNotMet
			)

	def check_turn(self):
		"""Nothing is published that was not approved, or before its day, and nothing rolled back that was not published.

		Raises:
			TransitionNotAllowed: another state comes first, or it is somebody else's to do.
			GuardNotMet: the day has not come.
		"""
		before = self.get_doc_before_save()
		was = before.workflow_state if before else None
		for state, comes_from in (("Published", "Approved"), ("Rolled Back", "Published")):
			if (
				entered(self, state)
				and (was != comes_from or not rights.may_publish())
				and not self.is_note()
			):
				frappe.throw(
					_("Only what is “{0}” becomes “{1}”, by a form administrator.").format(
						_(comes_from), _(state)
					),
					TransitionNotAllowed,
				)
		if entered(self, "Published") and self.effective_on and getdate(self.effective_on) > today():
			frappe.throw(
				_(
					"It is published by itself on the day when it takes effect. Change that day to publish it now."
				),
				GuardNotMet,
			)

	def check_feasible(self):
		"""What cannot be done goes to nobody for a decision. Raises FormChangeRefused."""
		if self.is_handed_on():
			self.fingerprint = changes.rehearse(changes.change_of(self))

	def publish_or_roll_back(self):
		if entered(self, "Published") and not self.is_note():
			changes.prepare(self)
			# The new column has ended the transaction, and with it the lock on this request.
			self.check_still("Approved")
			changes.publish(self)
			self.published_by, self.published_at = frappe.session.user, now_datetime()
			self.not_published_because = self.not_published_on = None
		if entered(self, "Rolled Back"):
			changes.roll_back(self)
			self.rolled_back_by, self.rolled_back_at = frappe.session.user, now_datetime()

	def check_still(self, state: str):
		"""Refuse what somebody else has just done. Raises TransitionNotAllowed."""
		if frappe.db.get_value(self.doctype, self.name, "workflow_state", for_update=True) != state:
			frappe.throw(_("It has moved on already: reload the page."), TransitionNotAllowed)
