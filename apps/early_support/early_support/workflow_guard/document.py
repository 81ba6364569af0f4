"""The base of every case document: what a workflow document of Frappe does by itself, and casework must not."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model import default_fields, optional_fields
from frappe.model.document import Document
from frappe.utils import now
from rq import get_current_job

from early_support.exceptions import ChangedMeanwhile, ForeignRow
from early_support.workflow_guard import guard
from early_support.workflow_guard.system import is_system_change

# Columns beside the fields of the form: who made a document and when, and what Frappe notes in it of tags, tasks,
# comments and readers. Not `docstatus`: a change of it is refused, not passed over.
KEPT_COLUMNS = ("owner", "creation", "idx", *optional_fields)

WORKFLOW_ACTIONS = "frappe.workflow.doctype.workflow_action.workflow_action.process_workflow_actions"


class OwnAttributes:
	"""Keeps the attributes of the class from what a request sends.

	Frappe writes every key of the request into the document, so that a key such as NEEDS or `validate` would hide the
	rule of that name, `flags` would switch rules off, and `_action` would do so in Frappe 16, where "discard" skips
	`validate`.
	"""

	# Whether the values were read from the database: then the document stays the one that was read.
	_is_loaded = False

	# States in which nobody is asked for what an administrator has made required: there nothing may wait.
	NEVER_WAITS = ()

	def set(self, key, value, as_value=False):
		"""Set a field as Frappe does, but pass over a key that names an attribute of the class or of Frappe's own."""
		if key in default_fields or not (hasattr(type(self), key) or _is_inner(key)):
			super().set(key, value, as_value)

	def update(self, d):
		"""Set several fields as Frappe does, but leave a document that was read the one it is.

		Frappe reads a document without asking, takes the values of the request and asks only then whether the document
		of that name is open to the user. With another name among the values, the text of a foreign document would be
		saved into one's own, and come back with the answer.
		"""
		if self._is_loaded:
			d = {key: value for key, value in d.items() if key not in ("doctype", "name")}
		return super().update(d)

	def load_from_db(self):
		"""Read the document as Frappe does."""
		self._is_loaded = False
		super().load_from_db()
		self._is_loaded = True
		return self

	def run_before_save_methods(self):
		"""Run the events before a save as Frappe does, once nothing is left that a request may not bring along."""
		if not is_system_change():
			self.keep_columns()
		super().run_before_save_methods()

	def _validate_selects(self):
		"""Refuse an answer that is not offered as Frappe does, but let one stay that was given while it was offered."""
		retired = {
			df.fieldname: self.get(df.fieldname)
			for df in self.meta.get_select_fields()
			if df.get("is_custom_field") and self.get(df.fieldname) and self._has_kept(df.fieldname)
		}
		for fieldname in retired:
			self.set(fieldname, None)
		super()._validate_selects()
		for fieldname, answer in retired.items():
			self.set(fieldname, answer)

	def _get_missing_mandatory_fields(self):
		"""Look for empty fields as Frappe does; for one that administrators have made required only where a person can wait."""
		missing = super()._get_missing_mandatory_fields()
		whole = getattr(self, "parent_doc", None) or self
		never_waits = whole.get("workflow_state") in getattr(whole, "NEVER_WAITS", ())
		if not missing or not (never_waits or is_system_change() or whole.flags.is_copied):
			return missing
		# Not filtered by permission: how a form was shipped is no secret, and staff have no right to DocTypes.
		shipped = set(
			frappe.get_all(
				"DocField",
				filters={"parent": self.doctype, "parenttype": "DocType", "reqd": 1},
				pluck="fieldname",
			)
		)
		return [each for each in missing if each[0] in shipped]

	def _has_kept(self, fieldname: str) -> bool:
		"""Whether the document, or the stored row of this one's name, holds the same in a field as this one."""
		whole = getattr(self, "parent_doc", None) or self
		before = whole.get_doc_before_save() if hasattr(whole, "get_doc_before_save") else None
		if before and whole is not self:
			before = next((row for row in before.get_all_children() if row.name == self.name), None)
		return before is not None and before.get(fieldname) == self.get(fieldname)

	def keep_columns(self):
		"""Take who made the document and its rows, when, and the rows' names, from the database and never from a request.

		Free text could hide in these columns, whoever changes the maker would change whose own the document is, and the
		row of another document would be written over, its secrets with it, when a request gives its name.

		Raises:
			ForeignRow: a row has the name of one that belongs to another document.
		"""
		before = self.get_doc_before_save()
		for column in KEPT_COLUMNS if before else ():
			self.set(column, before.get(column))
		stored = {row.name: row for row in before.get_all_children()} if before else {}
		for row in self.get_all_children():
			name = row.name if isinstance(row.name, str) else None
			# Taken out: a second row of the same name is none of ours either.
			if known := stored.pop(name, None):
				row.owner, row.creation = known.owner, known.creation
				continue
			if before and name and frappe.db.exists(row.doctype, name):
				frappe.throw(
					_("A row that was sent belongs to another document, so nothing was stored."), ForeignRow
				)
			row.name = frappe.generate_hash(length=10)
			row.set("__islocal", 1)
			row.owner, row.creation = frappe.session.user, now()


def _is_inner(key: str) -> bool:
	"""Whether Frappe keeps something of its own under this name, which no request sends for a good reason."""
	return key == "flags" or (key.startswith("_") and not key.startswith("__") and key not in optional_fields)


class WrittenByApp(OwnAttributes):
	"""What the app alone writes, whatever right somebody was given; not by Administrator either."""

	def validate(self) -> None:
		self.check_writer()

	def on_trash(self) -> None:
		self.check_writer()

	def check_writer(self) -> None:
		"""Refuse whoever comes by another way than a door of the app. Raises frappe.PermissionError."""
		if not is_system_change():
			frappe.throw(self.refusal(), frappe.PermissionError)


class OwnedRow(OwnAttributes, Document):
	"""A row that is stored and dropped with its document only: these rows do not run the events, and nobody would judge others."""

	def validate(self):
		guard.refuse_own_save(self)

	def on_trash(self):
		guard.refuse_own_save(self)


class CaseRow(OwnedRow):
	"""A row of a case document."""


class VersionedDocument(OwnAttributes, Document):
	"""A document of which nobody overwrites unseen what somebody else has changed meanwhile."""

	# What the caller holds: `modified` of the version which he or she has seen, and whether values came with it.
	_held_version = None
	_was_given_values = False

	def insert(self, *args, **kwargs):
		"""Insert as Frappe does. Raises ChangedMeanwhile when another transaction was first."""
		with told_to_the_form(), one_at_a_time():
			return super().insert(*args, **kwargs)

	def save(self, *args, **kwargs):
		"""Save as Frappe does. Raises ChangedMeanwhile when another transaction was first."""
		with told_to_the_form(), one_at_a_time():
			return super().save(*args, **kwargs)

	def load_from_db(self):
		"""Read the document as Frappe does, and remember which version the caller says that he or she has seen.

		The workflow button sends the whole form, of which Frappe takes no more than the name.
		"""
		held = (None, False) if self._is_loaded else (self.get("modified"), self._was_given_values)
		super().load_from_db()
		self._held_version, self._was_given_values = held
		return self

	def update(self, d):
		"""Set several fields as Frappe does, and remember which version these values build on."""
		self._held_version, self._was_given_values = d.get("modified"), True
		return super().update(d)

	def check_if_latest(self):
		"""Refuse a save that builds on another version than the stored one, or does not say on which.

		Raises:
			ChangedMeanwhile: see `guard.check_version`.
		"""
		overtaken = False
		try:
			super().check_if_latest()
		except frappe.TimestampMismatchError:
			overtaken = True
		if overtaken:
			# Frappe's own message speaks of an error, and tells both moments as the database writes them.
			frappe.clear_last_message()
			guard.refuse_version(self.get("_original_modified"))
		if comes_from_outside():
			guard.check_version(self, self._held_version, self._was_given_values)


class CaseDocument(VersionedDocument):
	"""A document that moves through a guarded workflow."""

	# Fields with the users who made the document: none of them makes a move that needs somebody else (four eyes).
	FOUR_EYES = ("owner",)

	# Links to documents that may be destroyed before this one, when their own time has come.
	LETS_GO = ()

	def get_invalid_links(self, is_submittable=False):
		"""Look for broken links as Frappe does, but let go of what was destroyed in its own time."""
		invalid, cancelled = super().get_invalid_links(is_submittable)
		if not self.is_new():
			invalid = [link for link in invalid if link[0] not in self.LETS_GO]
		return invalid, cancelled

	def validate_workflow(self):
		"""Check a move as Frappe does, save one that the app itself makes: whoever causes it may have no right to it."""
		if not is_system_change():
			super().validate_workflow()

	def raise_no_permission_to(self, perm_type):
		"""Refuse as Frappe does, but say so when it is the state that lets nobody, or others, write."""
		# Frappe of the trial bench calls the right to write by the name of the deed.
		if perm_type in ("write", "save"):
			guard.refuse_closed_state(self)
		super().raise_no_permission_to(perm_type)

	def run_method(self, method, *args, **kwargs):
		"""Run a document event as Frappe does, but without writing Workflow Actions.

		Frappe notes each possible next move in a record which everybody with the role may list, whatever the unit, and
		prepares mails whose links act without a login (frappe.md §1). What waits for whom is shown by `waiting.py`.
		"""
		if method != "on_update":
			return super().run_method(method, *args, **kwargs)
		with without_workflow_actions():
			return super().run_method(method, *args, **kwargs)


def comes_from_outside() -> bool:
	"""Whether the running code serves a request, or a job, which only a request can have begun."""
	return bool(getattr(frappe.local, "request", None)) or get_current_job() is not None


SAVE_OF_THE_FORM = "frappe.desk.form.save.savedocs"

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
def told_to_the_form() -> Iterator[None]:
	"""Let Frappe's form hear of a conflict: of its own save it takes every other failure than this one for a success."""
	try:
		yield
	except ChangedMeanwhile as conflict:
		if frappe.form_dict.get("cmd") == SAVE_OF_THE_FORM:
			conflict.http_status_code = frappe.ValidationError.http_status_code
		raise


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
