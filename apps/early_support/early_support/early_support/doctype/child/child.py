import frappe
from frappe import _
from frappe.utils import formatdate, getdate
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fi import hetu

from early_support.access import assignments
from early_support.access.denormalise import check_controller_of_child, follow_child
from early_support.access.indexes import index_children
from early_support.casework.clock import today
from early_support.casework.states import FINAL
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.workflow_guard.document import VersionedDocument
from early_support.workflow_guard.system import may_act_anywhere

# What the unit itself brings to its end; a plan ends with the child's time in day care.
LEFT_BEHIND = ("Concern", "Cooperation Consent", "Referral", "Network Meeting")


class BirthDateError(frappe.ValidationError):
	"""The birth date is in the future."""


class IdentityCodeError(frappe.ValidationError):
	"""The personal identity code has a mistake, or tells another birth date."""


class UnknownGroupError(frappe.ValidationError):
	"""The unit has no such group."""


class UnitNotInUseError(frappe.ValidationError):
	"""The unit takes no new children."""


class NotYourUnitError(frappe.ValidationError):
	"""The child would come to a unit in which the user does not work."""


class EnrolmentError(frappe.ValidationError):
	"""The child would leave before it comes."""


class Child(VersionedDocument):
	"""A child in day care."""

	RULED = ("identity_code", "unit_group", "enrolled_from", "left_on")

	def autoname(self) -> None:
		self.name = once.new_name(self)

	def onload(self) -> None:
		self.set_onload("plan", self.get_plan())
		tell_titles(self)

	def before_validate(self) -> None:
		self.set_full_name()
		self.set_controller()

	def validate(self) -> None:
		self.check_birth_date()
		self.check_identity_code()
		self.check_unit()
		self.check_move()
		check_controller_of_child(self)
		self.check_group()
		self.check_enrolment()
		self.check_what_is_open()

	def on_update(self) -> None:
		before = self.get_doc_before_save()
		if before and (before.unit, before.family) != (self.unit, self.family):
			follow_child(self)

	def get_plan(self) -> str | None:
		"""Return the name of the child's plan that is being made, or else of the confirmed one, if the user sees it."""
		if not frappe.has_permission("Child Plan", "read"):
			return None
		plans = frappe.get_list(
			"Child Plan",
			filters={"child": self.name, "workflow_state": ("not in", FINAL["Child Plan"])},
			# A plan that is being made has no day of confirmation yet: it comes first.
			order_by="confirmed_on asc",
			pluck="name",
			limit=1,
		)
		return plans[0] if plans else None

	def set_full_name(self) -> None:
		self.first_names = " ".join((self.first_names or "").split())
		self.last_name = " ".join((self.last_name or "").split())
		self.full_name = f"{self.first_names} {self.last_name}".strip()

	def set_controller(self) -> None:
		self.controller = frappe.db.get_value("Day Care Unit", self.unit, "controller")

	def check_birth_date(self) -> None:
		if self.birth_date and getdate(self.birth_date) > getdate():
			frappe.throw(_("The birth date is in the future."), BirthDateError)

	def check_identity_code(self) -> None:
		"""Form, check character and birth date of the code (decree 128/2010, 2 §; new signs of the century since 2023).

		Numbers from 900 on are given out by a municipality itself, to a child who has no code of its own yet.
		"""
		code = self.get_identity_code()
		if not code:
			return
		try:
			number = hetu.validate(code, allow_temporary=True)
		except NumberError:
			frappe.throw(
				_("The personal identity code has a mistake. Please compare it once more."), IdentityCodeError
			)
		if hetu_birth_date(number) != getdate(self.birth_date):
			frappe.throw(_("The personal identity code tells another birth date."), IdentityCodeError)
		if self.identity_code and not self.is_dummy_password(self.identity_code):
			self.identity_code = number

	def get_identity_code(self) -> str | None:
		"""Return the code as it was just given, or as it is stored when something else has changed."""
		if not self.identity_code:
			return None
		if not self.is_dummy_password(self.identity_code):
			return self.identity_code
		return None if self.is_new() else self.get_password("identity_code", raise_exception=False)

	def check_unit(self) -> None:
		if self.has_value_changed("unit") and frappe.db.get_value("Day Care Unit", self.unit, "disabled"):
			frappe.throw(_("The day care unit is no longer in use."), UnitNotInUseError)

	def check_move(self) -> None:
		"""A child moves by the hand of somebody who may write in both units: neither hands over a family unasked.

		That the unit which the child leaves is the user's own has been asked with the right to write.
		"""
		before = self.get_doc_before_save()
		if not before or before.unit == self.unit or may_act_anywhere():
			return
		if self.unit not in assignments.staff_units(frappe.session.user):
			frappe.throw(
				_(
					"You do not work in the day care unit to which the child would move. Ask a director who is responsible for both units. Or enter the day on which the child leaves here, and let the new unit enter the child anew."
				),
				NotYourUnitError,
			)

	def check_group(self) -> None:
		# The groups of a unit are no secret to whoever may write a child there.
		if self.unit_group and not frappe.db.exists(
			"Day Care Group", {"parent": self.unit, "code": self.unit_group}
		):
			frappe.throw(
				_("The day care unit has no group {0}.").format(frappe.bold(self.unit_group)),
				UnknownGroupError,
			)

	def check_enrolment(self) -> None:
		if self.left_on and self.enrolled_from and getdate(self.left_on) < getdate(self.enrolled_from):
			frappe.throw(_("The child would leave before it comes."), EnrolmentError)

	def check_what_is_open(self) -> None:
		"""Tell whoever enters the leaving day what the unit has to bring to its end before it; on the day it is too late.

		Raises EnrolmentError: from today on nobody in the unit could open what the user leaves open.
		"""
		if not (self.left_on and self.has_value_changed("left_on")) or self.is_new() or may_act_anywhere():
			return
		# Asked before the day is stored: with it the child, and its cases, are closed to the user.
		told = [f"{_(doctype)}: {len(names)}" for doctype, names in self.get_open_cases().items() if names]
		if not told:
			return
		day = getdate(self.left_on)
		if day <= today():
			frappe.throw(
				_(
					"Still open: {0}. When the child has left, nobody in the unit can go on with it. Bring it to its end first, or enter a later day."
				).format(", ".join(told)),
				EnrolmentError,
			)
		frappe.msgprint(
			_(
				"Still open: {0}. From {1} on nobody in the unit can go on with it: bring it to its end before then."
			).format(", ".join(told), formatdate(day)),
			title=_("Something is still open"),
			indicator="orange",
		)

	def get_open_cases(self) -> dict[str, list[str]]:
		"""Return the names of the open cases of the child that the user sees and the unit ends, by doctype."""
		return {
			doctype: frappe.get_list(
				doctype,
				filters={"child": self.name, "workflow_state": ("not in", FINAL[doctype])},
				pluck="name",
			)
			for doctype in LEFT_BEHIND
			if frappe.has_permission(doctype, "read")
		}


def hetu_birth_date(number: str):
	"""Return the birth date that a valid Finnish personal identity code tells.

	`+` is the 19th century, `-` and its newer signs Y to U the 20th, A and B to F the 21st (decree 128/2010, 2 §).
	"""
	sign = number[6]
	century = 1800 if sign == "+" else 1900 if sign in "-YXWVU" else 2000
	return getdate(f"{century + int(number[4:6])}-{number[2:4]}-{number[:2]}")


def on_doctype_update() -> None:
	"""Find the children of a unit who have not left, without reading the others."""
	index_children()
