import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from early_support.access import assignments, people, policy
from early_support.access.doors import users
from early_support.casework.people import full_name
from early_support.casework.titles import tell_titles

PLACES = ("unit", "service_area", "controller")


class NotAStaffRoleError(frappe.ValidationError):
	"""Only the roles of this app are given by an assignment."""


class PlaceError(frappe.ValidationError):
	"""An assignment is to exactly one unit, service area or register controller."""


class PersonError(frappe.ValidationError):
	"""An assignment does not become another person's, and is not deleted but by Administrator."""


class AssignmentPeriodError(frappe.ValidationError):
	"""The last day of the assignment is before the first."""


class OverlapError(frappe.ValidationError):
	"""The person has the same assignment already, for some of the same days."""


class StaffAssignment(Document):
	"""A person's role in a unit, an area or a register, for a time. What a person may see follows from it."""

	def onload(self) -> None:
		tell_titles(self)

	def validate(self) -> None:
		users.check_administrator(self)
		users.check_not_oneself(self.user, self.role)
		self.check_person()
		self.check_role()
		self.check_place()
		self.check_period()
		self.check_overlap()
		self.full_name = full_name(self.user)

	def on_update(self) -> None:
		people.equip(self.user, self.role)
		assignments.forget()

	def on_trash(self) -> None:
		if frappe.session.user != "Administrator":
			self.refuse_to_leave()

	def after_delete(self) -> None:
		assignments.forget()

	def check_person(self) -> None:
		"""Who has worked with casework stays known: the account is guarded by it, also after the work has ended.

		The form says that the person is set once, but an administrator may customize the form.
		"""
		before = self.get_doc_before_save()
		if before and before.user != self.user:
			self.refuse_to_leave()

	def refuse_to_leave(self) -> None:
		frappe.throw(
			_("An assignment stays that of its person. End it, and make another one for somebody else."),
			PersonError,
		)

	def check_role(self) -> None:
		if self.role not in policy.STAFF_ROLES:
			frappe.throw(
				_("{0} is not a role of early support.").format(frappe.bold(_(self.role))), NotAStaffRoleError
			)

	def check_place(self) -> None:
		if sum(bool(self.get(place)) for place in PLACES) != 1:
			frappe.throw(
				_(
					"Fill in exactly one of these: the day care unit, the service area or the register controller."
				),
				PlaceError,
			)

	def check_period(self) -> None:
		if self.to_date and getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("The last day must not be before the first."), AssignmentPeriodError)

	def check_overlap(self) -> None:
		"""The same role in the same place for the same day twice would make ending one of them do nothing."""
		filters = {"name": ("!=", self.name or ""), "user": self.user, "role": self.role}
		filters |= {place: self.get(place) or ("is", "not set") for place in PLACES}
		# Unfiltered read: all assignments of the person count.
		for other in frappe.get_all(
			"Staff Assignment", filters=filters, fields=["name", "from_date", "to_date"]
		):
			starts_before_end = not self.to_date or other.from_date <= getdate(self.to_date)
			ends_after_start = not other.to_date or other.to_date >= getdate(self.from_date)
			if starts_before_end and ends_after_start:
				frappe.throw(
					_("The person has this assignment already: {0}.").format(frappe.bold(other.name)),
					OverlapError,
				)


def on_doctype_update() -> None:
	"""Find a person's assignments, and the people of a unit, without reading the whole table."""
	frappe.db.add_index("Staff Assignment", ["user", "unit"])
