import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, now_datetime

from early_support.casework.titles import tell_titles
from early_support.export.suppress import LEAST_THRESHOLD
from early_support.privacy import purge, retention
from early_support.privacy.retention_core import LEAST_MONTHS
from early_support.recording import policy

DRY_RUN_IS_GOOD_FOR_DAYS = 30
MOST_CONSENT_MONTHS = 24
MOST_REVIEW_MONTHS = 12
MOST_REMINDER_DAYS = 30
MOST_SUPPORT_PLAN_MONTHS = 3
MOST_ROW_FILES_DAYS = 90


class SettingOutOfRangeError(frappe.ValidationError):
	"""A setting would make the app work against its own rules."""


class DryRunMissingError(frappe.ValidationError):
	"""Nobody has looked yet at what these rules would destroy."""


class EarlySupportSettings(Document):
	"""Limits of the work that a municipality may set for itself."""

	def onload(self) -> None:
		tell_titles(self)

	def validate(self) -> None:
		self.check_visit_limit()
		self.check_consent_months()
		self.check_plan_review()
		self.check_reminders()
		self.check_support_plan_review()
		self.check_threshold()
		self.check_row_files()
		policy.keep_history(self)
		self.check_retention_rules()
		self.stop_purge_of_other_rules()
		self.check_dry_run()

	def check_visit_limit(self) -> None:
		if self.visit_limit < 1:
			frappe.throw(_("A support period has at least one visit."), SettingOutOfRangeError)

	def check_consent_months(self) -> None:
		if not 1 <= self.consent_months <= MOST_CONSENT_MONTHS:
			frappe.throw(
				_("Guardians are asked for a consent of 1 to {0} months.").format(MOST_CONSENT_MONTHS),
				SettingOutOfRangeError,
			)

	def check_plan_review(self) -> None:
		"""A child's plan is reviewed at least yearly (domain.md §3, 840 and 994)."""
		if not 1 <= self.plan_review_months <= MOST_REVIEW_MONTHS:
			frappe.throw(
				_("A child's plan is reviewed after 1 to {0} months.").format(MOST_REVIEW_MONTHS),
				SettingOutOfRangeError,
			)

	def check_reminders(self) -> None:
		if not 1 <= self.remind_after_days <= MOST_REMINDER_DAYS:
			frappe.throw(
				_("What stands still is due after 1 to {0} days.").format(MOST_REMINDER_DAYS),
				SettingOutOfRangeError,
			)

	def check_support_plan_review(self) -> None:
		"""A client's plan is reviewed every three months (domain.md §3, 752)."""
		if not 1 <= self.support_plan_review_months <= MOST_SUPPORT_PLAN_MONTHS:
			frappe.throw(
				_("The support plan of a client is reviewed after 1 to {0} months.").format(
					MOST_SUPPORT_PLAN_MONTHS
				),
				SettingOutOfRangeError,
			)

	def check_threshold(self) -> None:
		if self.suppression_threshold < LEAST_THRESHOLD:
			frappe.throw(
				_("The smallest figure shown is at least {0}.").format(LEAST_THRESHOLD),
				SettingOutOfRangeError,
			)

	def check_row_files(self) -> None:
		if not 1 <= self.row_files_days <= MOST_ROW_FILES_DAYS:
			frappe.throw(
				_("Files of rows are kept for 1 to {0} days.").format(MOST_ROW_FILES_DAYS),
				SettingOutOfRangeError,
			)

	def check_retention_rules(self) -> None:
		seen = set()
		for rule in retention.read_rules(self):
			if rule.months < LEAST_MONTHS:
				frappe.throw(
					_("{0}: data is kept for at least one month.").format(_(rule.doctype)),
					SettingOutOfRangeError,
				)
			if rule.doctype == "Family" and rule.controller:
				frappe.throw(
					_("A family belongs to no register controller. Leave the controller empty."),
					SettingOutOfRangeError,
				)
			if (rule.doctype, rule.controller) in seen:
				frappe.throw(
					_("{0}: there are two rules for the same register controller.").format(_(rule.doctype)),
					SettingOutOfRangeError,
				)
			seen.add((rule.doctype, rule.controller))

	def stop_purge_of_other_rules(self) -> None:
		"""Switch the purge off when the rules change: nobody has seen yet what the new ones would destroy."""
		before = self.get_doc_before_save()
		if not (before and before.purge_enabled and self.purge_enabled):
			return
		if set(retention.read_rules(before)) != set(retention.read_rules(self)):
			self.purge_enabled = 0
			frappe.msgprint(
				_(
					"The rules have changed, so nothing is destroyed for now. Ask the Privacy Officer for a dry run, then switch it on again."
				)
			)

	def check_dry_run(self) -> None:
		"""Two people stand behind what cannot be undone: the Privacy Officer who looked, and who switches it on."""
		before = self.get_doc_before_save()
		if not self.purge_enabled or (before and before.purge_enabled):
			return
		not_before = add_days(now_datetime(), -DRY_RUN_IS_GOOD_FOR_DAYS)
		if not purge.dry_run_of(retention.read_rules(self), not_before):
			frappe.throw(
				_(
					"First the Privacy Officer makes a dry run with these rules, to see what would be destroyed. Save the rules, and switch it on when that is done."
				),
				DryRunMissingError,
			)
