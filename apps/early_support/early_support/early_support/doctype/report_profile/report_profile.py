import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from early_support.casework.titles import tell_titles
from early_support.exceptions import ExportRefused, ProfileIsPublished
from early_support.export import classes, hidden, profiles, rights, sources, texts
from early_support.export.faults import Refused
from early_support.export.manifest import AGGREGATE
from early_support.naming import is_code
from early_support.workflow_guard.document import OwnAttributes
from early_support.workflow_guard.guard import changed_fields
from early_support.workflow_guard.system import is_system_change, system_change

DRAFT, PUBLISHED, RETIRED = "Draft", "Published", "Retired"
# What the app records; nobody else says that a profile is published.
RECORDED = ("version", "status", "published_by", "published_on")


class ReportProfile(OwnAttributes, Document):
	"""What is reported to a receiving system. A published version stays as it is; a change is a new version."""

	def onload(self) -> None:
		tell_titles(self)

	def autoname(self) -> None:
		self.profile_code = (self.profile_code or "").strip()
		if not is_code(self.profile_code):
			frappe.throw(
				_(
					"The code may hold the letters a to z, digits, and single hyphens, dots or underscores between them."
				),
				ExportRefused,
			)
		if not (self.version and self._comes_from_the_app()):
			# Not filtered by permission: of all versions only the number is asked.
			versions = frappe.get_all(
				"Report Profile", filters={"profile_code": self.profile_code}, pluck="version"
			)
			self.version = max(map(cint, versions), default=0) + 1
		self.name = f"{self.profile_code}-{self.version}"

	def before_validate(self) -> None:
		self.keep_recorded()

	def validate(self) -> None:
		self.check_frozen()
		self.check_controller()
		self.check_columns()

	def on_trash(self) -> None:
		if self.status != DRAFT and not self._comes_from_the_app():
			frappe.throw(_("A version that was published is retired, not deleted."), ProfileIsPublished)

	def keep_recorded(self) -> None:
		"""Take nothing for the recorded fields from a request."""
		if self._comes_from_the_app():
			return
		before = self.get_doc_before_save()
		for field in RECORDED[1:]:
			self.set(field, before.get(field) if before else None)
		if before:
			self.version = before.version
		self.status = self.status or DRAFT

	def check_frozen(self) -> None:
		"""Refuse a change of a version that was published. Raises ProfileIsPublished."""
		before = self.get_doc_before_save()
		if not before or before.status == DRAFT or self._comes_from_the_app():
			return
		if changed_fields(before, self):
			frappe.throw(
				_("Version {0} is published and stays as it is. Make a new version of it.").format(
					self.version
				),
				ProfileIsPublished,
			)

	def check_controller(self) -> None:
		"""Refuse a profile of a register controller for whom the user doesn't work. Raises frappe.PermissionError."""
		if not self._comes_from_the_app():
			before = self.get_doc_before_save()
			rights.check_configures(self.controller, *([before.controller] if before else []))

	def check_columns(self) -> None:
		"""Refuse columns that cannot be built, or must not leave. Raises ExportRefused.

		Nothing is built of a retired version any more: one whose field is gone can be taken out of use all the same.
		"""
		if self.status == RETIRED or (not self.columns and self.status == DRAFT):
			return
		try:
			profiles.maps_of(profiles.columns_of(self), self.controller)
			profiles.filters_of(self)
		except Refused as refused:
			frappe.throw(texts.text_of(refused), ExportRefused)

	def check_destination(self) -> None:
		"""Refuse a destination to which no run of this profile could go. Raises ExportRefused."""
		if not self.destination:
			return
		if self.controller != frappe.db.get_value("Report Destination", self.destination, "controller"):
			frappe.throw(
				_("The destination is another register controller's. Enter that one in the profile, too."),
				ExportRefused,
			)

	def publish(self) -> None:
		"""Publish this draft, and retire the version before it.

		Raises:
			ExportRefused: it is no draft, lacks something, or whoever publishes it has said alone what a custom field tells.
			frappe.PermissionError: the version before it is another register controller's.
		"""
		if self.status != DRAFT:
			frappe.throw(_("Only a draft is published."), ExportRefused)
		if not (self.legal_basis or "").strip():
			frappe.throw(_("Please enter the legal basis first."), ExportRefused)
		self.check_destination()
		if self._has_classified() and frappe.session.user in (self.owner, self.modified_by):
			frappe.throw(
				_(
					"The profile says what a field that was added here tells about a person. Somebody else than who wrote it has to publish it."
				),
				ExportRefused,
			)
		# Not filtered by permission: whoever may publish a version takes the one before it out of use.
		before = frappe.get_all(
			"Report Profile",
			filters={"profile_code": self.profile_code, "status": PUBLISHED, "name": ("!=", self.name)},
			fields=["name", "controller"],
		)
		rights.check_configures(self.controller, *(version.controller for version in before))
		with system_change():
			self.update(
				{"status": PUBLISHED, "published_by": frappe.session.user, "published_on": now_datetime()}
			)
			self.check_columns()
			self.save()
			for version in before:
				frappe.get_doc("Report Profile", version.name).retire()
		for line in self._notes():
			frappe.msgprint(frappe.utils.escape_html(line))

	def retire(self) -> None:
		"""Take a published version out of use; runs that were asked for go on. Raises ExportRefused."""
		if self.status != PUBLISHED:
			frappe.throw(_("Only a published version is retired."), ExportRefused)
		self.check_controller()
		with system_change():
			self.status = RETIRED
			self.save()

	def new_version(self) -> str:
		"""Make a draft with what this version holds, and return its name.

		Columns and filters that can no longer be filled are left out of it, and named to the user: their field was removed,
		or holds something else by now that must not leave.
		"""
		draft = frappe.copy_doc(self)
		draft.update({"status": DRAFT, "published_by": None, "published_on": None, "version": None})
		left_out = profiles.leave_out_closed(draft)
		draft.insert()
		if left_out:
			frappe.msgprint(
				_(
					"Left out of the new version, because their field is gone or may not leave any more: {0}."
				).format(frappe.utils.escape_html(", ".join(left_out)))
			)
		return draft.name

	def _notes(self) -> list[str]:
		if self.level == AGGREGATE:
			return []
		return hidden.notes(self.event or None, profiles.columns_of(self), profiles.filters_of(self))

	def _has_classified(self) -> bool:
		if self.level == AGGREGATE:
			return False
		fields = sources.fields_of(self.event)
		said = {each.value for each in classes.CLASSIFIABLE}
		# Of a field that is gone the check of the columns tells.
		return any(
			row.tells in said and row.source in fields and fields[row.source][0].is_custom
			for row in self.columns
		)

	def _comes_from_the_app(self) -> bool:
		"""Whether it is the seeder of what is shipped that writes, or one of the verbs above."""
		return is_system_change() or bool(self.flags.ignore_permissions)
