import frappe
from frappe import _
from frappe.model.document import Document

from early_support.exceptions import ExportRefused
from early_support.export import profiles, rights, texts
from early_support.export.faults import Refused
from early_support.forms.lists import check_code
from early_support.workflow_guard.document import OwnAttributes
from early_support.workflow_guard.system import is_system_change


class CodeMap(OwnAttributes, Document):
	"""What our codes are called in a receiving system."""

	def validate(self) -> None:
		check_code(self)
		self.check_controller()
		self.check_days()
		self.check_rows()

	def check_controller(self) -> None:
		"""Refuse a change by somebody who doesn't work for its register controller, or one that takes it from a profile.

		Raises:
			frappe.PermissionError: it is another register controller's, or everybody's.
			ExportRefused: a profile of another register controller, or everybody's, uses it.
		"""
		before = self.get_doc_before_save()
		if not (is_system_change() or self.flags.ignore_permissions):
			rights.check_configures(self.controller, *([before.controller] if before else []))
		if before and self.controller and self.controller != before.controller:
			self.check_users()

	def check_users(self) -> None:
		"""Refuse an own map that profiles of others use. Raises ExportRefused, which names one of them."""
		# Not filtered by permission: of another's profile the name is told, which whoever writes code maps may read.
		names = frappe.get_all("Report Profile Column", filters={"code_map": self.name}, pluck="parent")
		users = frappe.get_all(
			"Report Profile",
			filters={"name": ("in", names or ("",)), "status": ("!=", "Retired")},
			fields=["name", "controller"],
			order_by="name asc",
		)
		others = [profile.name for profile in users if profile.controller != self.controller]
		if others:
			frappe.throw(
				_(
					"The profile {0} uses this code map, and is not of this register controller. Duplicate the code map as your own."
				).format(others[0]),
				ExportRefused,
			)

	def duplicate(self, controller: str) -> str:
		"""Make a copy of a register controller's own, and return its name. Raises frappe.PermissionError."""
		copy = frappe.copy_doc(self)
		stem = number = f"{self.code}-{controller.lower()}"
		count = 1
		while frappe.db.exists("Code Map", number):
			count += 1
			number = f"{stem}-{count}"
		copy.update({"code": number, "controller": controller})
		return copy.insert().name

	def check_days(self) -> None:
		for row in self.rows:
			if row.valid_from and row.valid_to and str(row.valid_to) < str(row.valid_from):
				frappe.throw(_("Row {0}: the last day is before the first.").format(row.idx), ExportRefused)

	def check_rows(self) -> None:
		"""Refuse two codes for the same value on the same day. Raises ExportRefused."""
		try:
			profiles.map_of(self).check()
		except Refused as refused:
			frappe.throw(texts.text_of(refused), ExportRefused)
