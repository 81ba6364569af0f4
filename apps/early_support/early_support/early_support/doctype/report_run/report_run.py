import frappe
from frappe import _

from early_support.casework.record import begin, entered, keep_recorded
from early_support.casework.rules import require_for_state, unchanged
from early_support.casework.titles import tell_titles
from early_support.drafts import once
from early_support.exceptions import ExportRefused, TransitionNotAllowed
from early_support.export import build, claims, delivery, rights, schedule, texts
from early_support.export.faults import Refused
from early_support.export.manifest import ROWS
from early_support.export.period import check_over, read_period, today_in_finland
from early_support.export.profiles import columns_of
from early_support.workflow_guard.document import CaseDocument
from early_support.workflow_guard.system import is_system_change, system_change

# A run in one of these is still being worked on; in one of the others it is with the receiver.
UNDER_WAY = ("Queued", "Built", "Validated", "Approved")
DELIVERED = ("Sent", "Acknowledged")


class ReportRun(CaseDocument):
	"""One period of a report profile, from the request to the receiver's receipt (domain.md §8).

	It holds no casework: what was counted, and a list of the files. It moves through a guarded workflow all the same.
	"""

	NEEDS = {"Acknowledged": ("receipt",)}
	RECORDED_FIELDS = (
		"title",
		"level",
		"requested_by",
		"failure",
		"attempts",
		"next_try_at",
		"built_at",
		"row_count",
		"hidden_rows",
		"findings",
		"notes",
		"manifest",
		"figures",
		"validated_by",
		"approved_by",
		"approved_at",
		"sent_at",
		"replaced_by",
		"goes_to",
		"goes_to_seal",
	)

	def onload(self):
		tell_titles(self)

	def autoname(self):
		self.name = once.new_name(self)

	def before_validate(self):
		keep_recorded(self)
		begin(self)
		self.set_request()
		self.set_decision()
		self.set_place()

	def validate(self):
		self.check_request()
		self.check_decision()
		require_for_state(self)

	def after_insert(self):
		build.enqueue(self)

	def on_update(self):
		self.follow_state()

	def set_request(self):
		if not self.is_new():
			return
		self.requested_by = frappe.session.user
		self.period = (self.period or "").strip()
		profile = frappe.db.get_value("Report Profile", self.profile, ["title", "level"], as_dict=True)
		if profile:
			self.level = profile.level
			self.title = f"{profile.title} {self.period}"[:140]

	def set_decision(self):
		# Not when the app takes an approval back.
		if entered(self, "Validated") and not is_system_change():
			self.validated_by = frappe.session.user
		if entered(self, "Approved"):
			# Before the time is noted: whoever asks for a run after it finds this one decided.
			self.lock_controller()
			self.approved_by, self.approved_at = frappe.session.user, frappe.utils.now_datetime()
			self.attempts, self.failure = 0, None
		if entered(self, "Sent"):
			self.sent_at = frappe.utils.now_datetime()

	def set_place(self):
		"""Write down where the run goes, for whoever decides on it: what was approved for one place goes to no other."""
		if entered(self, "Built", "Validated"):
			self.update(delivery.place_of(self))

	def check_request(self):
		"""Refuse what cannot be built, before anybody waits for it. Raises ExportRefused."""
		if not self.is_new():
			if not is_system_change():
				unchanged(self, "reason")
			return
		profile = frappe.get_doc("Report Profile", self.profile)
		if profile.status != "Published":
			frappe.throw(_("Only a published profile is reported."), ExportRefused)
		if self.controller not in rights.controllers(roles=rights.REPORTING):
			rights.refuse_foreign()
		if profile.controller and profile.controller != self.controller:
			frappe.throw(_("This profile is another register controller's."), ExportRefused)
		try:
			check_over(read_period(profile.period_kind, self.period), today_in_finland())
			columns_of(profile)
		except Refused as refused:
			frappe.throw(texts.text_of(refused), ExportRefused)
		self.check_others(profile)

	def check_others(self, profile):
		"""Refuse a second run beside one that is under way, and one beside a delivered one that does not correct it.

		Raises:
			ExportRefused: names the other run.
		"""
		self.lock_controller()
		# Not filtered by permission: a rule for runs whose profile the user may not see either; of them the name is told.
		others = schedule.runs_of(profile.profile_code, self.controller, self.period)
		under_way = [other.name for other in others if other.workflow_state in UNDER_WAY]
		delivered = [other.name for other in others if other.workflow_state in DELIVERED]
		if under_way:
			frappe.throw(
				_("The run {0} of this period is under way. Finish it, or reject it first.").format(
					under_way[0]
				),
				ExportRefused,
			)
		if delivered and self.replaces not in delivered:
			frappe.throw(
				_("This period was delivered by the run {0}. Enter it under “Corrects”, and why.").format(
					delivered[0]
				),
				ExportRefused,
			)
		if self.replaces and self.replaces not in delivered:
			frappe.throw(_("Only a delivered run of the same period is corrected."), ExportRefused)
		if self.replaces and not (self.reason or "").strip():
			frappe.throw(_("Please enter why the run is corrected."), ExportRefused)

	def lock_controller(self):
		"""Let people who ask for, or approve, runs of the same register controller at the same moment come one by one."""
		frappe.db.get_value("Register Controller", self.controller, "name", for_update=True)

	def check_decision(self):
		"""What holds whatever the Workflow says: who made a run does not approve it, and what was changed does not go out.

		Raises:
			TransitionNotAllowed: it is somebody else's to do, or another state comes first.
			ExportRefused: the files are not what was built, or something has to be written down first.
		"""
		if is_system_change():
			return
		before = self.get_doc_before_save()
		was = before.workflow_state if before else None
		for state, comes_from in (("Validated", "Built"), ("Approved", "Validated"), ("Sent", "Approved")):
			if entered(self, state) and was != comes_from:
				frappe.throw(
					_("Only what is “{0}” becomes “{1}”.").format(_(comes_from), _(state)),
					TransitionNotAllowed,
				)
		if entered(self, "Built", "Superseded"):
			frappe.throw(_("Only the app itself moves a run there."), TransitionNotAllowed)
		if entered(self, "Validated", "Approved", "Sent"):
			self.check_files()
		if entered(self, "Validated") and self.findings and not (self.accepted_because or "").strip():
			frappe.throw(
				_(
					"Beside the run before, this one tells more than it should. Reject it, or write why it may go out."
				),
				ExportRefused,
			)
		if entered(self, "Approved"):
			self.check_four_eyes()
			self.check_place()
			self.check_since()
		if entered(self, "Sent") and delivery.destination_of(self):
			frappe.throw(
				_("This run is delivered to its destination by the app. Deliver again, if that has failed."),
				TransitionNotAllowed,
			)
		if entered(self, "Failed") and was != "Queued" and not (self.rejected_because or "").strip():
			frappe.throw(_("Please enter why the run is rejected."), ExportRefused)
		if entered(self, "Failed") and was == "Approved" and not claims.keep(self.name):
			frappe.throw(
				_("The run is being delivered right now. Please wait until that is done."), ExportRefused
			)

	def check_four_eyes(self):
		"""The one who asked for a run, or has validated it, does not approve it, not as Administrator either."""
		if frappe.session.user in (self.requested_by, self.validated_by):
			frappe.throw(
				_("Whoever asked for a run, or has validated it, does not approve it."), TransitionNotAllowed
			)
		if not rights.may_approve(self):
			if self.level == ROWS:
				text = _("Rows of single people are approved by a privacy officer.")
			else:
				roles = ", ".join(_(role) for role in rights.approving(self))
				text = _("By its profile this run is approved by: {0}.").format(roles)
			frappe.throw(text, TransitionNotAllowed)

	def check_place(self):
		"""Refuse to approve a run that would go elsewhere than it says. Raises ExportRefused."""
		if delivery.place_of(self)["goes_to_seal"] != self.goes_to_seal:
			frappe.throw(
				_(
					"The destination was changed since the run was validated. Have it confirmed first, and look where the run goes then."
				),
				ExportRefused,
			)

	def check_since(self):
		"""Refuse to approve a run beside one with which it was never compared. Raises ExportRefused, which names that one.

		Two runs of the same months may both be built before either goes out.
		"""
		if other := build.uncompared(self):
			frappe.throw(
				_(
					"The run {0} of the same months has gone out since this one was asked for, and some of its figures are others. Reject this run, and ask for the period again: then the two are compared."
				).format(other),
				ExportRefused,
			)

	def check_files(self):
		try:
			build.check_files(self)
		except Refused as refused:
			frappe.throw(texts.text_of(refused), ExportRefused)

	def follow_state(self):
		if entered(self, "Approved"):
			delivery.enqueue(self)
		if entered(self, "Sent") and self.replaces:
			self.supersede()
		if entered(self, "Failed", "Superseded") or (entered(self, "Acknowledged") and self.level == ROWS):
			# Of rows nothing is kept here that the receiver has: they are personal data.
			frappe.db.after_commit.add(lambda: build.remove_files(self.name))

	def supersede(self):
		"""Say of the run that this one corrects that it is no longer the one that counts."""
		with system_change():
			old = frappe.get_doc("Report Run", self.replaces)
			if old.workflow_state in DELIVERED:
				old.update({"workflow_state": "Superseded", "replaced_by": self.name})
				# Safe: whoever may deliver the correction says of the old run that it is corrected, and no more.
				old.save(ignore_permissions=True)
