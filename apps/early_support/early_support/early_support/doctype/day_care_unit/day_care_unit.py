import re

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from early_support.access import assignments, policy
from early_support.access.denormalise import check_controller_of_unit, follow_unit
from early_support.access.doors import users
from early_support.casework.titles import tell_titles
from early_support.forms import lists
from early_support.overview.unit import may_open


class UnitOidError(frappe.ValidationError):
	"""The unit's identifier is not an object identifier."""


class GroupError(frappe.ValidationError):
	"""Two groups have the same code, or the ages of a group are out of order."""


class LiaisonError(frappe.ValidationError):
	"""A liaison person does not work on the side he or she is named for, or the dates are out of order."""


class DayCareUnit(Document):
	"""A day care unit, with its groups and its liaison persons."""

	def onload(self) -> None:
		tell_titles(self)
		self.set_onload("overview", may_open(self.name))

	def before_validate(self) -> None:
		self.set_controller()

	def validate(self) -> None:
		lists.check_code(self)
		check_controller_of_unit(self)
		users.check_administrator(self)
		users.check_not_moved_to_oneself(self)
		self.check_oid()
		self.check_groups()
		self.check_own_liaisons()
		self.check_liaisons()

	def on_update(self) -> None:
		before = self.get_doc_before_save()
		if before and before.service_area != self.service_area:
			follow_unit(self.name)
		assignments.forget()

	def set_controller(self) -> None:
		self.controller = frappe.db.get_value("Service Area", self.service_area, "controller")

	def check_oid(self) -> None:
		"""An object identifier: numbers with dots between them, as Varda gives it."""
		self.unit_oid = (self.unit_oid or "").strip() or None
		if self.unit_oid and not re.fullmatch(r"[0-2](\.(0|[1-9][0-9]*))+", self.unit_oid):
			frappe.throw(
				_("The unit OID is numbers with dots between them, as in 1.2.246.562.10.1234."), UnitOidError
			)

	def check_groups(self) -> None:
		seen = set()
		for group in self.groups:
			if group.code in seen:
				frappe.throw(
					_("The unit has two groups with the code {0}.").format(frappe.bold(group.code)),
					GroupError,
				)
			seen.add(group.code)
			if group.age_to and group.age_from > group.age_to:
				frappe.throw(
					_("The ages of the group {0} are out of order.").format(frappe.bold(group.title)),
					GroupError,
				)

	def check_own_liaisons(self) -> None:
		"""A liaison of family counselling reads consultations: nobody becomes one by their own hand, nor for longer."""
		user, before = frappe.session.user, self.get_doc_before_save()
		users.check_not_oneself(user, _liaisons_of(user, self) - _liaisons_of(user, before))

	def check_liaisons(self) -> None:
		for liaison in self.liaisons:
			if liaison.to_date and getdate(liaison.to_date) < getdate(liaison.from_date):
				frappe.throw(
					_("The last day of the liaison {0} is before the first.").format(
						frappe.bold(liaison.user)
					),
					LiaisonError,
				)
			# Liaisons of the past stay on record, whatever role the person has today.
			if liaison.to_date and getdate(liaison.to_date) < getdate():
				continue
			if not set(policy.LIAISON_ROLES[liaison.side]).intersection(frappe.get_roles(liaison.user)):
				frappe.throw(
					_("{0} has no role that fits a liaison on the side {1}.").format(
						frappe.bold(liaison.user), frappe.bold(_(liaison.side))
					),
					LiaisonError,
				)


def _liaisons_of(user: str, unit: DayCareUnit | None) -> set[tuple]:
	return {
		(row.side, getdate(row.from_date), row.to_date and getdate(row.to_date))
		for row in (unit.liaisons if unit else ())
		if row.user == user
	}
