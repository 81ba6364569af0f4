import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from early_support.casework.titles import tell_titles
from early_support.exceptions import ExportRefused, TransitionNotAllowed
from early_support.export import delivery, destinations, rights, sftp, texts
from early_support.export.faults import Refused
from early_support.forms.lists import check_code
from early_support.workflow_guard.document import OwnAttributes
from early_support.workflow_guard.guard import changed_fields
from early_support.workflow_guard.system import is_system_change, system_change

DRAFT, IN_USE = "Draft", "In Use"
# Where it is, and as whom we come: with another of these, the secrets of the one before would be shown to somebody else.
ADDRESS = (
	"kind",
	"host",
	"port",
	"username",
	"sftp_login",
	"url",
	"https_login",
	"token_url",
	"client_id",
)
SECRETS = ("secret", "private_key")


class ReportDestination(OwnAttributes, Document):
	"""Where the files of a register controller's report runs are brought, once a second person has confirmed it as it is."""

	RECORDED_FIELDS = ("status", "changed_by", "confirmed_by", "confirmed_on", "public_key")

	def onload(self):
		tell_titles(self)

	def before_validate(self):
		self.keep_recorded()
		self.take_keys()

	def validate(self):
		if not is_system_change():
			check_code(self)
			self.check_controller()
		self.drop_secrets()
		self.check_settings()
		self.begin_anew()

	def keep_recorded(self):
		"""Take nothing for the recorded fields from a request."""
		if is_system_change():
			return
		before = self.get_doc_before_save()
		for field in self.RECORDED_FIELDS:
			self.set(field, before.get(field) if before else None)
		self.status = self.status or DRAFT

	def take_keys(self):
		"""Give a pasted key back the lines that a browser takes from it."""
		if self.is_given("private_key"):
			self.private_key = destinations.with_lines(self.private_key)

	def is_given(self, field: str) -> bool:
		"""Whether a secret is entered with this save: else it stands as stars for the stored one."""
		return bool(self.get(field)) and not self.is_dummy_password(self.get(field))

	def check_controller(self):
		"""Refuse a destination of a register controller for whom the user doesn't work. Raises frappe.PermissionError."""
		before = self.get_doc_before_save()
		rights.check_configures(self.controller, *([before.controller] if before else []))

	def drop_secrets(self):
		before = self.get_doc_before_save()
		if not before or all(str(before.get(field) or "") == str(self.get(field) or "") for field in ADDRESS):
			return
		for field in SECRETS:
			if self.get(field) and not self.is_given(field):
				self.set(field, None)
				self.public_key = None
				frappe.msgprint(_("With another address or login, the secrets have to be entered anew."))

	def check_settings(self):
		"""Refuse what cannot be read, as far as it is entered. Raises ExportRefused."""
		try:
			destinations.check_given(self)
		except Refused as refused:
			frappe.throw(texts.text_of(refused), ExportRefused)

	def begin_anew(self):
		"""Let a second person confirm whatever was changed but the title."""
		if is_system_change():
			return
		before = self.get_doc_before_save()
		if before and not (
			changed_fields(before, self) - {"title"} or any(self.is_given(field) for field in SECRETS)
		):
			return
		self.update(
			{
				"status": DRAFT,
				"changed_by": frappe.session.user,
				"confirmed_by": None,
				"confirmed_on": None,
			}
		)
		if self.is_given("private_key"):
			self.public_key = None

	def confirm(self):
		"""Put it into use. Raises TransitionNotAllowed for whoever has changed it, ExportRefused while something is missing."""
		self.check_controller()
		if self.status != DRAFT:
			frappe.throw(_("Only a draft is confirmed."), ExportRefused)
		if frappe.session.user == self.changed_by:
			frappe.throw(
				_("Somebody else than who has changed the destination confirms it."), TransitionNotAllowed
			)
		try:
			destinations.receiver_of(self)
		except Refused as refused:
			frappe.throw(texts.text_of(refused), ExportRefused)
		with system_change():
			self.update(
				{"status": IN_USE, "confirmed_by": frappe.session.user, "confirmed_on": now_datetime()}
			)
			self.save()
		delivery.take_back(self.name)

	def make_key(self):
		"""Draw a key pair for an SFTP server; the private one leaves this server never. Raises ExportRefused."""
		if self.kind != destinations.SFTP or self.sftp_login != "Key":
			frappe.throw(_("A key is made for an SFTP server at which we sign in with one."), ExportRefused)
		self.private_key, public = sftp.new_key()
		self.save()
		with system_change():
			self.public_key = public
			self.save()
