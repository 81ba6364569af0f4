import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from early_support.casework.anonymity import refuse_person_values
from early_support.casework.clock import today
from early_support.casework.record import keep_recorded
from early_support.casework.rules import unchanged
from early_support.casework.shapes import ShapedValues
from early_support.exceptions import GuardNotMet
from early_support.export.events import GUIDANCE_COUNT, GUIDANCE_GIVEN
from early_support.naming import opaque_name
from early_support.recording import rights
from early_support.screening.service import refuse_persons
from early_support.workflow_guard.document import OwnAttributes


class GuidanceCount(OwnAttributes, ShapedValues, Document):
	"""Guidance without a client relationship, as figures and nothing of any person (domain.md §3, 352-354, and §9.8).

	What a counsellor enters here is guidance for which no case began. What a case was turned into stands here too, written
	by recording/turn.py; nobody opens or changes that.
	"""

	RECORDED_FIELDS = (
		"title",
		"controller",
		"event",
		"source",
		"outcome",
		"visits",
		"children",
		"days",
		"timed",
	)

	def autoname(self):
		self.name = opaque_name()

	def before_validate(self):
		# Before the screening, which compares with the names of the unit's children and would tell a stranger who is one.
		self.check_own_unit()
		refuse_persons(
			self,
			_(
				"Guidance is written down in figures and names nobody, so this was not stored. Please take out what is marked and save again."
			),
		)
		keep_recorded(self)
		self.set_recorded()

	def validate(self):
		refuse_person_values(self)
		self.check_month()

	def check_own_unit(self):
		"""It is entered where its writer gives guidance, and stays there; what a case was turned into stays as it is.

		Raises:
			GuardNotMet: the unit of a stored one, or figures of a case, would change.
			frappe.PermissionError: the user gives no guidance in the unit.
		"""
		unchanged(self, "unit")
		before = self.get_doc_before_save()
		if before and before.event != GUIDANCE_GIVEN:
			frappe.throw(_("What a case was turned into is not changed any more."), GuardNotMet)
		if self.unit and not rights.may_write(self.unit):
			raise frappe.PermissionError

	def set_recorded(self):
		"""Only the month is kept, not the day."""
		self.event = GUIDANCE_GIVEN
		self.month = getdate(self.month or today()).replace(day=1)
		unit = frappe.db.get_value("Day Care Unit", self.unit, ["title", "controller"], as_dict=True) or {}
		self.controller = unit.get("controller")
		self.title = f"{unit.get('title') or ''} {self.month:%m/%Y}".strip()

	def check_month(self):
		"""What has not been given yet is not counted. Raises GuardNotMet."""
		if self.month > today():
			frappe.throw(_("The month has not come yet."), GuardNotMet)


def on_doctype_update():
	"""Read the figures of some months by an index."""
	frappe.db.add_index(GUIDANCE_COUNT, ["month", "unit", "event"])
