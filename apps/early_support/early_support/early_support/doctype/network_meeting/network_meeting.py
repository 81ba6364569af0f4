import re

import frappe
from frappe import _
from frappe.utils import cstr, formatdate, getdate

from early_support.access import policy
from early_support.access.indexes import index_lists
from early_support.casework.clock import today
from early_support.casework.filings import file_for_each_controller
from early_support.casework.record import begin, entered, keep_recorded, open_source, take_person
from early_support.casework.rules import (
	in_order,
	is_empty,
	not_in_future,
	require_for_state,
	unchanged,
)
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import GuardNotMet
from early_support.prints import guardian_print
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.system import is_system_change

AGREEMENT = ("meeting_on", "participants", "shared_goal", "actions", "contact_person", "follow_up_on")
PERMISSION = ("permission_by", "permission_how", "permission_on")

# The states in which an agreement holds.
AGREED = ("Agreed", "Followed Up", "Closed")

FAMILY_ROLES = ("Guardian", "Child")

# What was agreed of an action. What becomes of it is written later.
AGREED_OF_ACTION = ("what", "responsible", "due_on")

# What stands between two names.
SEVERAL = r"[,;/&+\n]|\s(?:ja|sekä|och|samt|and)\s"


class NetworkMeeting(CaseDocument):
	"""What a family and the people around it agreed on together, "Sovitut asiat" (domain.md §3, 217-220, 312-315)."""

	NEEDS = {
		"Agreed": AGREEMENT,
		"Followed Up": (*AGREEMENT, "follow_up_note"),
		"Closed": (*AGREEMENT, "follow_up_note"),
	}
	# Where no guardian was there, one has permitted it.
	RULED = ("guardians_present", *PERMISSION)
	RECORDED_FIELDS = (
		"child_name",
		"family",
		"unit",
		"controller",
		"service_area",
		"convened_by",
		"followed_up_on",
		"earlier_follow_ups",
		"closed_on",
		"declined_on",
		"withdrawn_on",
	)
	# What was agreed, and how the family was with it: it stays once it is agreed. The actions: see `keep_actions`.
	SETTLED_FIELDS = ("meeting_on", "shared_goal", "guardians_present", *PERMISSION)
	FOUR_EYES = ("convened_by",)

	def autoname(self):
		self.name = once.new_name(self)

	def onload(self):
		self.set_onload("needs", self.NEEDS)
		tell_titles(self)
		self.set_onload("printable", guardian_print.is_ready(self))

	def before_print(self, _settings=None):
		self.guardian_print = guardian_print.GuardianPrint(self)

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_person()
		self.set_participants()
		self.set_actions()
		self.set_days()

	def validate(self):
		self.keep_agreement()
		require_for_state(self)
		self.check_participants()
		self.check_family()
		self.check_actions()
		self.check_follow_up()
		self.check_days()

	def on_update(self):
		if entered(self, "Agreed", "Followed Up", "Closed", "Withdrawn"):
			file_for_each_controller(self)

	# What the app writes ------------------------------------------------------------------------------------------------

	def set_person(self):
		source = open_source(self, "concern" if self.concern else "child")
		if self.concern and self.child and self.child != source.child:
			_refuse(_("The concern is about another child. Please choose the child or the concern anew."))
		take_person(self, source)
		if self.is_new():
			self.convened_by = frappe.session.user

	def set_participants(self):
		"""The unit's own staff work for the unit's controller; nobody has to enter that."""
		for row in self.participants:
			if row.role in policy.UNIT_STAFF_ROLES and not row.controller:
				row.controller = self.controller

	def set_actions(self):
		for row in self.actions:
			# Frappe fills in defaults for the rows of a new document only.
			row.state = row.state or "Open"
			row.done_on = (row.done_on or today()) if row.state == "Done" else None

	def set_days(self):
		if entered(self, "Followed Up"):
			self.followed_up_on = self.follow_up_on
		if self.is_taken_up_again():
			# The next follow-up begins with an empty field, and what the last one found stays to be read.
			note = self.follow_up_note or self.get_doc_before_save().follow_up_note
			found = f"{formatdate(self.followed_up_on)}: {note}"
			self.earlier_follow_ups = "\n\n".join(filter(None, (self.earlier_follow_ups, found)))
			self.follow_up_note = None
		if entered(self, "Closed"):
			self.closed_on = today()
		if entered(self, "Declined"):
			self.declined_on = today()
		if entered(self, "Withdrawn"):
			self.withdrawn_on = today()

	# What has to hold ---------------------------------------------------------------------------------------------------

	def keep_agreement(self):
		"""What was agreed stays as it was recorded; a draft may be corrected."""
		before = self.get_doc_before_save()
		if before and before.workflow_state != "Draft" and not is_system_change():
			unchanged(self, *self.SETTLED_FIELDS)
			self.keep_actions(before)

	def keep_actions(self, before):
		rows = {row.name: row for row in self.actions}
		for was in before.actions:
			row = rows.get(was.name)
			if not row or any(_plain(was, field) != _plain(row, field) for field in AGREED_OF_ACTION):
				_refuse(
					_(
						"“{0}” was agreed together, so what, who and by when stay. Add another action, or give this one up and say why."
					).format(was.what)
				)

	def check_participants(self):
		for row in self.participants:
			of_family = row.role in FAMILY_ROLES
			if of_family and (row.controller or row.service or row.organisation):
				_refuse(
					_(
						"Row {0}: the family works for no register controller. Leave controller, service and organisation empty."
					).format(row.idx)
				)
			if self.workflow_state not in AGREED:
				continue
			if is_empty(row, "participant_name"):
				_refuse(_("Row {0}: please write who took part.").format(row.idx))
			if row.role in policy.REGISTER_ROLES and not row.controller:
				# Each party records in its own register (703/2023, 48 §): the app has to know in whose.
				_refuse(
					_("{0}: please choose for which register controller this person works.").format(
						row.participant_name
					)
				)

	def check_family(self):
		"""The client's presence avoids the conflict with secrecy (domain.md §5, 1650); without it somebody has agreed."""
		if self.workflow_state not in AGREED:
			return
		if not self.guardians_present:
			if any(is_empty(self, fieldname) for fieldname in PERMISSION):
				_refuse(
					_(
						"Did a guardian take part? If not, please record who of them agreed to the meeting, how and when."
					)
				)
			return
		if not any(row.role == "Guardian" for row in self.participants):
			_refuse(_("A guardian took part: please add him or her to the participants."))

	def check_actions(self):
		"""Each action has one responsible and a date (domain.md §3, 459-465; design.md §3)."""
		for row in self.actions:
			self.check_action(row)
		# Open actions are followed to their end (domain.md §3, 217-220).
		if self.workflow_state == "Closed" and (still_open := self.open_actions()):
			_refuse(
				_(
					"Still open: {0}. Please mark every action as done or given up, then this can be closed."
				).format(", ".join(row.what for row in still_open))
			)

	def check_action(self, row):
		if any(is_empty(row, fieldname) for fieldname in AGREED_OF_ACTION):
			_refuse(
				_("Action {0}: please write what is done, who is responsible and by when.").format(row.idx)
			)
		if not self.is_one_person(row.responsible):
			_refuse(
				_(
					"Action {0}: please name exactly one person who is responsible. Make another action for another person."
				).format(row.idx)
			)
		if self.meeting_on and getdate(row.due_on) < getdate(self.meeting_on):
			_refuse(_("Action {0}: the day by when cannot be before the meeting.").format(row.idx))
		if row.state == "Given Up" and is_empty(row, "outcome_note"):
			_refuse(_("Action {0}: please write why it was given up.").format(row.idx))
		if row.done_on and getdate(row.done_on) > today():
			_refuse(_("Action {0}: the day on which it was done has not come yet.").format(row.idx))

	def is_one_person(self, responsible: str) -> bool:
		"""Whether a text names one person: one of the participants, or a name without another one beside it."""
		named = {cstr(row.participant_name).strip().casefold() for row in self.participants}
		name = responsible.strip()
		return name.casefold() in named or not re.search(SEVERAL, name, re.IGNORECASE)

	def check_follow_up(self):
		if entered(self, "Followed Up"):
			not_in_future(self, "follow_up_on")
		if self.is_taken_up_again() and getdate(self.follow_up_on) <= getdate(self.followed_up_on):
			_refuse(
				_("Please agree on a new day for the follow-up: it has to be after {0}.").format(
					formatdate(self.followed_up_on)
				)
			)

	def check_days(self):
		if self.workflow_state != "Draft":
			not_in_future(self, "permission_on")
		if self.workflow_state in AGREED:
			not_in_future(self, "meeting_on")
		in_order(self, "meeting_on", "follow_up_on")

	def is_taken_up_again(self) -> bool:
		"""Whether this save agrees on another follow-up after one."""
		before = self.get_doc_before_save()
		return bool(before) and before.workflow_state == "Followed Up" and self.workflow_state == "Agreed"

	def open_actions(self) -> list:
		"""Return the actions that are neither done nor given up."""
		return [row for row in self.actions if row.state == "Open"]


def _refuse(message: str) -> None:
	frappe.throw(message, GuardNotMet)


def _plain(row, fieldname: str) -> str:
	value = row.get(fieldname)
	return str(getdate(value)) if fieldname == "due_on" and value else cstr(value)


def on_doctype_update():
	"""Read a page of the list in its order."""
	index_lists("Network Meeting")
