import frappe
from frappe import _

from early_support.access import grants, policy
from early_support.access.indexes import index_lists
from early_support.casework import clients, consents, sharing
from early_support.casework.clock import midnight_after, now, today
from early_support.casework.deadlines import ready_by
from early_support.casework.people import full_name, is_receiver
from early_support.casework.record import begin, entered, keep_recorded, open_source, take_person
from early_support.casework.rules import (
	about_the_same_child,
	in_order,
	is_empty,
	keep_rows,
	keep_settled,
	not_in_future,
	require_for_state,
	unchanged,
)
from early_support.casework.social import own_work
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.system import is_system_change, may_act_anywhere

TOLD = ("reason", "sections")
GROUND_IN_LAW = ("statutory_ground", "statutory_reason")
CONTACTED = (*TOLD, "contacted_on", "contacted_how", "contacted_with")

# The steps that need a ground on the day on which they are taken (design.md §3).
ON_A_GROUND = ("Consent Given", "Joint Contact", "Accepted", "First Contact Confirmed")

# The receiver has been told, and answers.
WITH_RECEIVER = ("Joint Contact", "Accepted")


class Referral(CaseDocument):
	"""A family handed over warmly to the next service: with a joint contact and an answer (domain.md §3, 1322, 1702).

	What is told is what stands in this form: the receiver reads it, and no other document of the family.
	"""

	NEEDS = {
		"Consent Given": TOLD,
		"Joint Contact": CONTACTED,
		"Accepted": CONTACTED,
		"Declined": (*CONTACTED, "declined_reason"),
		"First Contact Confirmed": (*CONTACTED, "first_contact_on", "first_contact_how"),
	}
	# What allows it, and who is asked.
	RULED = ("consent", *GROUND_IN_LAW, "receiver", "outside_receiver")
	RECORDED_FIELDS = (
		"child_name",
		"family",
		"unit",
		"controller",
		"service_area",
		"referred_by",
		"referred_by_name",
		"receiver_name",
		"received_before",
		"sent_on",
		"told_on_consent",
		"accepted_on",
		"declined_on",
		"confirmed_by",
		"closed_on",
		"withdrawn_on",
	)
	# What was told, and to whom, stays as it was told; what was left empty, too.
	TOLD_FIELDS = (
		"service",
		"reason",
		"receiver",
		"outside_receiver",
		"contacted_on",
		"contacted_how",
		"contacted_with",
	)
	# A section of law may take the place of a consent that has run out.
	SETTLED_FIELDS = GROUND_IN_LAW
	FOUR_EYES = ("referred_by",)
	LETS_GO = ("concern", "told_on_consent")

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)
		if own := own_work(self, "Needs Assessment"):
			self.set_onload("assessment", own)
		self.set_onload("relationship", clients.relationship_on(self))
		self.set_onload("receiver_is_gone", self.is_receiver_gone())
		if not self.sent_on:
			self.set_onload("preview", sharing.preview(self))

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_person()
		self.set_names()
		self.set_days()
		self.set_told()

	def validate(self):
		if self.was_sent():
			self.keep_told()
		require_for_state(self)
		about_the_same_child(self, "concern")
		self.check_receiver()
		self.check_no_section_twice()
		self.check_ground()
		self.check_who_answers()
		self.check_days()

	def on_update(self):
		self.keep_grant()
		if entered(self, "Withdrawn"):
			clients.stop_preparing(self)
		self.say_what_is_still_to_begin()

	def save_version(self):
		"""Keep no history of a draft: the receiver would read in it what was taken out before anything was told."""
		if self.was_sent():
			super().save_version()

	def was_sent(self) -> bool:
		"""Whether the receiver has been told, as far as is stored."""
		before = self.get_doc_before_save()
		return bool(before and before.sent_on)

	def is_receiver_gone(self) -> bool:
		"""Whether nobody can answer: whoever was told receives no family any more, having left or gone to other work."""
		return bool(self.workflow_state in WITH_RECEIVER and self.receiver and not is_receiver(self.receiver))

	def names_another_receiver(self) -> bool:
		"""Whether the family comes to somebody else than to whom it was handed over."""
		before = self.get_doc_before_save()
		return bool(before and before.sent_on and before.receiver and before.receiver != self.receiver)

	def set_person(self):
		take_person(self, open_source(self, "child"))

	def set_names(self):
		if self.is_new():
			self.referred_by = frappe.session.user
		self.referred_by_name = full_name(self.referred_by)
		self.receiver_name = full_name(self.receiver)
		if self.names_another_receiver():
			before = self.get_doc_before_save()
			self.received_before = "\n".join(filter(None, (before.received_before, before.receiver_name)))

	def set_days(self):
		if entered(self, "Joint Contact"):
			# Another ground may take the place of this one later; on which it was told, stays.
			self.sent_on, self.told_on_consent = now(), self.consent
		if entered(self, "Accepted"):
			self.accepted_on = today()
		if entered(self, "Declined"):
			self.declined_on = today()
		if entered(self, "First Contact Confirmed"):
			self.confirmed_by = frappe.session.user
		if entered(self, "Closed"):
			self.closed_on = today()
		if entered(self, "Withdrawn"):
			self.withdrawn_on = today()

	def set_told(self):
		"""Copy the texts from the casework at the moment of the joint contact; no request brings them along."""
		before = self.get_doc_before_save()
		stored = {row.name: row.content for row in before.sections} if before else {}
		is_sending = entered(self, "Joint Contact")
		for row in self.sections:
			row.content = sharing.text_of(row.section, self.child) if is_sending else stored.get(row.name)

	def keep_told(self):
		if not is_system_change():
			# What was told to somebody who has left is told to another worker of the service: nobody else could answer it.
			in_place = ("receiver",) if self.get_doc_before_save().is_receiver_gone() else ()
			unchanged(self, *(field for field in self.TOLD_FIELDS if field not in in_place))
		keep_settled(self)
		keep_rows(self, "sections")

	def check_receiver(self):
		"""A handover is to somebody else, who takes it (domain.md §3, 1322)."""
		if self.receiver and self.has_value_changed("receiver"):
			if self.receiver == self.referred_by:
				frappe.throw(_("A family is handed over to somebody else than yourself."), GuardNotMet)
			if not is_receiver(self.receiver):
				frappe.throw(
					_("{0} is neither a family counsellor nor a social worker. Please choose one.").format(
						self.receiver
					),
					GuardNotMet,
				)
		if (
			(entered(self, "Joint Contact") and is_empty(self, "outside_receiver"))
			or self.names_another_receiver()
		) and is_empty(self, "receiver"):
			frappe.throw(_("Please name the worker who receives the family."), GuardNotMet)

	def check_no_section_twice(self):
		sections = [row.section for row in self.sections]
		if len(sections) != len(set(sections)):
			frappe.throw(
				_("“{0}” names something twice.").format(_(self.meta.get_label("sections"))), GuardNotMet
			)

	def check_ground(self):
		"""No step without a valid consent or a statutory ground (design.md §3; domain.md §5, 45, 1701)."""
		self.check_who_names_the_ground()
		if not (
			entered(self, *ON_A_GROUND) or self.is_put_on_another_ground() or self.names_another_receiver()
		):
			return
		if self.consent:
			consents.require_cover(
				self.consent, self.child, self.service, [row.section for row in self.sections]
			)
		elif is_empty(self, "statutory_ground") or is_empty(self, "statutory_reason"):
			frappe.throw(
				_(
					"A referral needs the guardians' consent, or a section of law with the reason why it is made without."
				),
				GuardNotMet,
			)

	def is_put_on_another_ground(self) -> bool:
		"""Whether a referral that stands on a ground is put on another one, or on none: that opens it as a step does."""
		if self.is_new() or self.workflow_state not in ON_A_GROUND:
			return False
		return self.has_value_changed("consent") or (
			not self.consent and any(map(self.has_value_changed, GROUND_IN_LAW))
		)

	def check_who_names_the_ground(self):
		"""Only those to whom the child is open say on what it stands: a receiver would keep what the guardians take back."""
		if may_act_anywhere() or not any(map(self.has_value_changed, ("consent", *GROUND_IN_LAW))):
			return
		if self.was_sent() and frappe.session.user == self.receiver:
			frappe.throw(
				_("On what a referral stands is said by those who made it, not by its receiver."),
				frappe.PermissionError,
			)
		frappe.get_doc("Child", self.child).check_permission("read")
		if self.consent:
			frappe.get_doc("Cooperation Consent", self.consent).check_permission("read")

	def check_who_answers(self):
		"""The receiver answers and confirms; for a worker outside this app the one who was told records it."""
		if not entered(self, "Accepted", "Declined", "First Contact Confirmed") or may_act_anywhere():
			return
		if self.receiver and self.receiver != frappe.session.user:
			frappe.throw(_("{0} has to answer this.").format(self.receiver_name), GuardNotMet)

	def check_days(self):
		not_in_future(self, "contacted_on", "first_contact_on")
		in_order(self, "contacted_on", "first_contact_on")

	def keep_grant(self):
		"""The referral opens to its receiver with the joint contact, until the last day of that on which it stands."""
		if not self.receiver or not self.sent_on:
			return
		if self.workflow_state not in WITH_RECEIVER:
			grants.end(self, at_once=self.workflow_state == "Withdrawn")
			return
		if not (
			entered(self, *WITH_RECEIVER)
			or self.is_put_on_another_ground()
			or self.has_value_changed("receiver")
		):
			return
		if self.has_value_changed("consent") or self.names_another_receiver():
			grants.end(self, at_once=True)
		grants.give(
			self.receiver,
			self.family,
			policy.REFERRAL,
			self,
			_("The family was handed over together."),
			consents.end_of(self.consent) if self.consent else midnight_after(ready_by(today())),
		)

	def say_what_is_still_to_begin(self):
		"""With its last day the referral closes to its receiver, who could begin nothing on it any more."""
		if not entered(self, "First Contact Confirmed") or frappe.session.user != self.receiver:
			return
		if not (own_work(self, "Needs Assessment") or clients.relationship_on(self)):
			frappe.msgprint(
				_(
					"This referral is open to you until the end of today. If you assess what the child needs, or open a client relationship, begin it today."
				),
				indicator="blue",
				# Beside the form: whoever goes on at once has nothing to close first.
				alert=True,
			)


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Referral")
