"""Named errors of the app. Each is a ValidationError, so that every channel of Frappe answers with its message."""

import frappe


class EarlySupportError(frappe.ValidationError):
	"""Base of every error that the app itself raises."""


class TransitionNotAllowed(EarlySupportError):
	"""The workflow has no such move for this user from this state."""


class StateNotEditable(EarlySupportError):
	"""The document stands in a state which this user may read but not change."""


class WorkflowNotSound(EarlySupportError):
	"""The change of a Workflow would break running cases."""


class GuardNotMet(EarlySupportError):
	"""A rule of the work, which no Workflow can switch off, is not met yet."""


class ChangedMeanwhile(EarlySupportError):
	"""Two people saved the same document at the same moment, and the other one was first."""

	http_status_code = 409


class NothingToDecide(EarlySupportError):
	"""A decision about a shipped record for which nothing waits: it is as shipped, or no longer shipped."""


class AlreadyStored(EarlySupportError):
	"""A new document was sent a second time, because the answer to the first did not arrive."""


class ForeignRow(EarlySupportError):
	"""A request gives a document the row of another one."""


class MarkupInText(EarlySupportError):
	"""A plain text holds markup, which a browser would obey instead of showing it."""


class AccessLogIsAppendOnly(EarlySupportError):
	"""Somebody tried to add, change or remove a row of the access log, which only the app itself adds."""


class FilingNotByHand(EarlySupportError):
	"""Filings of a network meeting are made by the app; nobody makes, changes or deletes one."""


class PersonInText(EarlySupportError, frappe.SecurityException):
	"""A text that must not name anyone holds something that looks like a person.

	Also a SecurityException: of these Frappe takes no error snapshot, which would keep the text.
	"""


class PrintRefused(EarlySupportError):
	"""A document is not printed for a guardian: it is not agreed on yet, or what was asked for makes no sense."""


class FilterNotUnderstood(EarlySupportError):
	"""A filter of a report makes no sense: no month, an unknown unit, a period that ends before it begins."""


class FormChangeRefused(EarlySupportError):
	"""A change of a form cannot be made, or must not be: the message says why, and what may be done instead."""


class FormPackRefused(EarlySupportError):
	"""A file is no form pack, or none for this app, or what is asked of a pack cannot be done now: the message says why."""


class ExportRefused(EarlySupportError):
	"""A report is not built, decided on or delivered: the message says why, and what to do."""


class ProfileIsPublished(EarlySupportError):
	"""A published version of a report profile stays as it is; a change is a new version."""
