"""The base of every case document: what a workflow document of Frappe does by itself, and casework must not."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model import default_fields
from frappe.model.document import Document
from frappe.utils import now

from early_support.exceptions import ChangedMeanwhile

WORKFLOW_ACTIONS = "frappe.workflow.doctype.workflow_action.workflow_action.process_workflow_actions"


class OwnAttributes:
	"""Keeps the attributes of the class from what a request sends.

	Frappe writes every key of the request into the document, so that a key such as NEEDS or `validate` would hide the
	rule of that name.
	"""

	def set(self, key, value, as_value=False):
		"""Set a field as Frappe does, but pass over a key that names an attribute of the class."""
		if key in default_fields or not hasattr(type(self), key):
			super().set(key, value, as_value)


class CaseRow(OwnAttributes, Document):
	"""A row of a case document."""


class CaseDocument(OwnAttributes, Document):
	"""A document that moves through a guarded workflow."""

	def insert(self, *args, **kwargs):
		"""Insert as Frappe does. Raises ChangedMeanwhile when another transaction was first."""
		with one_at_a_time():
			return super().insert(*args, **kwargs)

	def save(self, *args, **kwargs):
		"""Save as Frappe does. Raises ChangedMeanwhile when another transaction was first."""
		with one_at_a_time():
			return super().save(*args, **kwargs)

	def keep_columns(self):
		"""Take who made the document and its rows, when, and the rows' names, from the database and never from a request.

		Free text could hide in these columns, and whoever changes the maker would change whose own the document is.
		"""
		before = self.get_doc_before_save()
		if before:
			self.owner, self.creation = before.owner, before.creation
		stored = {row.name: row for row in before.get_all_children()} if before else {}
		for row in self.get_all_children():
			if known := stored.get(row.name):
				row.owner, row.creation = known.owner, known.creation
			else:
				row.name = frappe.generate_hash(length=10)
				row.owner, row.creation = frappe.session.user, now()

	def run_method(self, method, *args, **kwargs):
		"""Run a document event as Frappe does, but without writing Workflow Actions.

		Frappe notes each possible next move in a record which everybody with the role may list, whatever the unit, and
		prepares mails whose links act without a login (frappe.md §1). What waits for whom is shown by `waiting.py`.
		"""
		if method != "on_update":
			return super().run_method(method, *args, **kwargs)
		with without_workflow_actions():
			return super().run_method(method, *args, **kwargs)


# MariaDB: a row was changed since this transaction began to read (since 11.6 for every `select … for update`).
ROW_HAS_CHANGED = 1020


@contextmanager
def one_at_a_time() -> Iterator[None]:
	"""Say clearly that somebody else was quicker, where Frappe would answer with a server error.

	Raises:
		ChangedMeanwhile: the database let another transaction go first.
	"""
	try:
		yield
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError, frappe.db.OperationalError) as error:
		if isinstance(error, frappe.db.OperationalError) and error.args[0] != ROW_HAS_CHANGED:
			raise
		frappe.throw(
			_(
				"Somebody else saved this at the same moment, so your change was not stored. Please try again."
			),
			ChangedMeanwhile,
		)


@contextmanager
def without_workflow_actions() -> Iterator[None]:
	"""Leave Frappe's own handler out of the document events of this request while the block runs."""
	before = frappe.get_doc_hooks()
	of_all = {
		event: [name for name in names if name != WORKFLOW_ACTIONS]
		for event, names in before.get("*", {}).items()
	}
	frappe.local.doc_events_hooks = {**before, "*": of_all}
	try:
		yield
	finally:
		frappe.local.doc_events_hooks = before
