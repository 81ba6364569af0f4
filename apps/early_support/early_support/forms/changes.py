"""Publishes a change of a form, takes it back, and tries it out. The only module of this room that writes forms.

All records of one change are written in one transaction, inside a savepoint: if one of them fails, none is there. MariaDB
ends a transaction when a table gets a column; so the column of a new field comes first, before anything is written
(`prepare`). A column without a field shows nowhere, and is used when the change is published again.

Writing goes through the documents themselves, so that every hook of ours asks about them (access/doors/, casework/
anonymity.py). Only the rights of roles are passed over: nobody on the staff may write Custom Fields, save by this door.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import frappe
from frappe import _
from frappe.database.schema import get_definition
from frappe.translate import clear_cache as clear_translations
from frappe.utils import cstr

from early_support.access.doors import markup
from early_support.casework.clock import today
from early_support.exceptions import FormChangeRefused
from early_support.forms import changes_core as core
from early_support.forms import current
from early_support.forms.changes_core import Change, Operation, Reason, Refused
from early_support.forms.lists import words_in_use
from early_support.workflow_guard.system import system_change

DOCTYPE = "Form Change Request"
SAVEPOINT = "form_change"
# In what Frappe itself and we tell apart: a change by this door, and one by hand.
BY_REQUEST = "early_support_form_change"


def change_of(request) -> Change:
	"""Return what a Form Change Request asks for."""
	is_zone = request.kind == core.REWORD_ZONE
	zone = {
		f"{name}{ending}": request.get(f"{name}{ending}")
		for name in ("meaning", "guidance", "suggested_action")
		for ending in ("", "_sv", "_en")
	}
	service = {name: request.get(name) or None for name in ("category", "tier")}
	service["ask_on_vasu"] = int(bool(request.ask_on_vasu))
	is_field = request.kind in (core.ADD_FIELD, core.MOVE)
	return Change(
		kind=request.kind or "",
		form=request.form or "",
		field_name=request.field_name or "",
		list_name=request.list_name or "",
		record=request.record or "",
		labels=_texts(request, "label"),
		helps=_texts(request, "help"),
		without_help=bool(int(request.without_help or 0)),
		answer_type=request.answer_type or "",
		choices=request.choices or "",
		required=bool(int(request.required or 0)),
		place_after=(request.place_after or "") if is_field else "",
		values=zone if is_zone else service,
	)


def _texts(request, start: str) -> dict[str, str]:
	texts = {
		language: " ".join(cstr(request.get(f"{start}_{language}")).split()) for language in core.LANGUAGES
	}
	return {language: text for language, text in texts.items() if text}


def look(change: Change) -> tuple[list[Operation], str]:
	"""Return what would be written today, and the mark of what is there now.

	Raises:
		FormChangeRefused: it cannot be done; see `core.Reason`.
		MarkupInText: words of the change hold markup.
	"""
	for text in (*change.labels.values(), *change.helps.values(), change.choices):
		markup.refuse_markup(text, "The words")
	try:
		now = current.snapshot(change)
		return core.plan(change, now), core.fingerprint(change, now)
	except Refused as refused:
		refuse(refused)


def rehearse(change: Change) -> str:
	"""Write everything and take it back at once, so that nobody decides on what cannot be published.

	Returns the mark of what is there now. Raises what `look` and `publish` raise.
	"""
	operations, mark = look(change)
	with all_or_nothing(operations, keep=False), _leaving_its_form(change):
		_write_all(operations)
	return mark


def prepare(request) -> None:
	"""Give the table its column for a new field. Before anything is written in this transaction, which this ends.

	Raises what `look` raises.
	"""
	operations, _mark = _planned(request)
	for operation in operations:
		if operation.doctype == core.FIELD and operation.is_new:
			add_column(operation.values["dt"], operation.values["fieldname"], operation.values["fieldtype"])


def add_column(form: str, fieldname: str, fieldtype: str) -> None:
	"""Add an empty column to the table of a form, unless it is there."""
	if fieldname in current.columns(form):
		return
	kind = get_definition(fieldtype)
	default = " not null default 0" if fieldtype in ("Check", "Int") else ""
	frappe.db.sql_ddl(f"alter table `tab{form}` add column if not exists `{fieldname}` {kind}{default}")
	frappe.clear_cache(doctype=form)


def publish(request) -> None:
	"""Write the change, and keep in the request what was there before.

	Raises:
		FormChangeRefused: it cannot be done, or what it is about has changed since it was suggested.
	"""
	operations, _mark = _planned(request)
	with all_or_nothing(operations), _leaving_its_form(change_of(request)):
		request.was_before = json.dumps(_write_all(operations), indent=1, ensure_ascii=False, default=str)


def _planned(request) -> tuple[list[Operation], str]:
	operations, mark = look(change_of(request))
	if mark != request.fingerprint:
		refuse(Refused(Reason.CHANGED_SINCE))
	return operations, mark


def roll_back(request) -> None:
	"""Put back what was there before a published change. What has been answered stays readable, in its own words.

	An added field with answers is shown only where it was answered; an added service or option is offered no longer.

	Raises:
		FormChangeRefused: somebody has changed the same thing since, or cases could not be saved any more.
	"""
	steps = json.loads(request.was_before or "[]")
	operations = [Operation(step["doctype"], step["name"], step["now"]) for step in steps]
	for step in steps:
		check_untouched(step)
	with all_or_nothing(operations), leaving_forms_that_save(map(form_of, steps)):
		keeps_words = [undo(step) for step in reversed(steps) if step["doctype"] != core.WORD]
		if not any(keeps_words):
			take_words_back([step for step in steps if step["doctype"] == core.WORD])


def publish_due() -> None:
	"""Publish what was approved and whose day has come. Called by the scheduler; each change is a transaction of its own.

	What fails stays Approved, with the reason in the request; the Form Administrators are reminded of it (reminders.py).
	"""
	# Not filtered by permission: the app does what was decided.
	due = frappe.get_all(
		DOCTYPE,
		filters={"workflow_state": "Approved", "effective_on": ("<=", today())},
		order_by="effective_on asc, creation asc",
		pluck="name",
	)
	for name in due:
		try:
			_publish_due(name)
			frappe.db.commit()
		except Exception:
			# Not even the reason could be noted, as after a deadlock: the next day tries again.
			frappe.db.rollback()
			frappe.log_error(title="Change of a form not published")


def _publish_due(name: str) -> None:
	request = frappe.get_doc(DOCTYPE, name)
	try:
		prepare(request)
		with _undone_if_it_fails("form_change_due"):
			request.workflow_state = "Published"
			_save(request)
	except Exception as error:
		# Whatever it is: it is told to those who can do something about it, and the other changes are not kept waiting.
		frappe.clear_messages()
		request = frappe.get_doc(DOCTYPE, name)
		reason = cstr(error) if isinstance(error, frappe.ValidationError) else ""
		if not reason:
			reason = _(
				"The app failed ({0}). Whoever runs the server finds out why in the Error Log."
			).format(type(error).__name__)
		if request.not_published_because == reason:
			return
		frappe.log_error(title="Change of a form not published")
		request.not_published_because = reason
		request.not_published_on = today()
		_save(request)


def _save(request) -> None:
	# Safe: the app itself does what was decided on; the rules of the request are asked all the same.
	with system_change():
		request.save(ignore_permissions=True)


# Writing --------------------------------------------------------------------------------------------------------------


def is_by_request() -> bool:
	"""Tell whether the running code writes what a request asks for, and nobody changes a form by hand."""
	return bool(frappe.flags.get(BY_REQUEST))


@contextmanager
def all_or_nothing(operations: list[Operation], keep: bool = True) -> Iterator[None]:
	"""Let all writing inside stand, or none of it; with `keep` off, none in any case."""
	flags = {BY_REQUEST: True, "in_create_custom_fields": True}
	before = {flag: frappe.flags.get(flag) for flag in flags}
	try:
		# Frappe would give the table its column now, and end the transaction with it.
		frappe.flags.update(flags)
		with _undone_if_it_fails(SAVEPOINT):
			yield
			if not keep:
				frappe.db.rollback(save_point=SAVEPOINT)
	finally:
		frappe.flags.update(before)
		_forget(operations)
		if keep:
			# What others read meanwhile was cached anew.
			frappe.db.after_commit.add(lambda: _forget(operations))
			frappe.db.after_rollback.add(lambda: _forget(operations))


class Broken(NamedTuple):
	"""A field for which cases could not be saved any more, and why."""

	form: str
	fieldname: str
	why: Refused


@contextmanager
def leaving_forms_that_save(forms: Iterable[str | None]) -> Iterator[None]:
	"""Refuse what is written inside if cases could not be saved after it, or not moved on. Raises FormChangeRefused.

	Each record alone may be fine, and all of them together still require what nobody is shown, or has not answered.
	"""
	before = required_now(forms)
	yield
	for broken in broken_since(before):
		refuse(broken.why)


def _leaving_its_form(change: Change):
	# The plan judges the place of a new field by what it asks for; an order that is kept from before may put it elsewhere.
	return leaving_forms_that_save([change.form or None])


def required_now(forms: Iterable[str | None]) -> dict[str, core.Required]:
	"""Return of each form which answers are required, and which of them somebody may not be able to give."""
	return {form: core.required_of(current.form_now(form)) for form in {*forms} - {None}}


def broken_since(before: dict[str, core.Required]) -> Iterator[Broken]:
	"""Yield the fields for which cases can be saved, or moved on, no longer, which could `before`."""
	for name, was in before.items():
		yield from broken_in(current.form_now(name), was)


def broken_in(form: core.Form, was: core.Required) -> Iterator[Broken]:
	"""Yield the same of one form, as it is now or would be."""
	now = core.required_of(form)
	for fieldname, why in core.unseen_since(was, form):
		yield Broken(form.name, fieldname, why)
	for fieldname in sorted(now.asked - was.asked - now.unseen):
		there = fieldname if fieldname in form.columns else ""
		if current.without_answer(form, there):
			yield Broken(form.name, fieldname, Refused(Reason.CANNOT_FILL))


@contextmanager
def _undone_if_it_fails(savepoint: str) -> Iterator[None]:
	frappe.db.savepoint(savepoint)
	try:
		yield
	except BaseException:
		frappe.db.rollback(save_point=savepoint)
		raise


def _forget(operations: list[Operation]) -> None:
	forms = {form_of({"doctype": op.doctype, "name": op.name, "now": op.values}) for op in operations}
	for form in forms - {None}:
		frappe.clear_cache(doctype=form)
	for op in operations:
		frappe.clear_document_cache(op.doctype, op.name)
	clear_translations()


def form_of(step: dict) -> str | None:
	"""Return the form that a step changes, if it changes one."""
	values = {**(step.get("was") or {}), **(step["now"] or {})}
	form = values.get("dt") or values.get("doc_type")
	if not form and step["doctype"] == core.FIELD:
		form = frappe.db.get_value(core.FIELD, step["name"], "dt")
	return form


def _write_all(operations: list[Operation]) -> list[dict]:
	return [write(operation) for operation in operations]


def write(operation: Operation) -> dict:
	"""Write one record. Returns what was there before: {"doctype", "name", "was", "now"}; `was` is None of a new one."""
	core.check(operation)
	return put(operation)


def put(operation: Operation) -> dict:
	"""Write one record that was checked. Returns the same as `write`."""
	there = find(operation.doctype, operation.name, operation.values)
	step = {"doctype": operation.doctype, "name": operation.name, "was": None, "now": dict(operation.values)}
	if there is None:
		if operation.doctype != core.SETTER or operation.values["value"] is not None:
			doc = frappe.get_doc({"doctype": operation.doctype, **operation.values})
			# Safe: by this door only, what was decided on and checked; see the module.
			step["name"] = doc.insert(ignore_permissions=True).name
		return step
	if operation.is_new:
		refuse(Refused(Reason.CHANGED_SINCE))
	step |= {"name": there.name, "was": {name: there.get(name) for name in operation.values}}
	_change(there, operation.values)
	return step


def find(doctype: str, name: str, values) -> "frappe.model.document.Document | None":
	"""Return the stored record that one with these `values` would take the place of, or None."""
	if doctype == core.SETTER:
		filters = {
			"doc_type": values.get("doc_type"),
			"property": values.get("property"),
			"field_name": values.get("field_name") or ("is", "not set"),
		}
		name = frappe.db.get_value(doctype, filters)
	elif doctype == core.WORD:
		name = frappe.db.get_value(
			doctype, {"language": values["language"], "source_text": values["source_text"]}
		)
	return frappe.get_doc(doctype, name) if name and frappe.db.exists(doctype, name) else None


def _change(doc, values) -> None:
	if doc.doctype == core.SETTER and values["value"] is None:
		_delete(doc)
		return
	doc.update(dict(values))
	# Safe: by this door only, what was decided on and checked; see the module. With a version, wherever it runs: it tells
	# under which words older answers were given (earlier.py).
	doc.save(ignore_permissions=True, ignore_version=False)


def _delete(doc) -> None:
	if doc.doctype == core.FIELD and doc.owner == "Administrator":
		# Frappe lets nobody delete what Administrator has made, as the scheduler does.
		doc.db_set("owner", frappe.session.user, update_modified=False)
	# Safe: only what a request has written itself; a copy of it would stay, and the request keeps what it was.
	frappe.delete_doc(doc.doctype, doc.name, ignore_permissions=True, delete_permanently=True)


def check_untouched(step: dict) -> None:
	"""Refuse to take a step back when somebody has changed the same thing since. Raises FormChangeRefused."""
	there = find(step["doctype"], step["name"], step["now"])
	value = step["now"].get("value", "") if step["doctype"] == core.SETTER else ""
	if value is None:
		if there is not None:
			refuse(Refused(Reason.CHANGED_SINCE))
		return
	if there is None or any(_plain(there.get(name)) != _plain(now) for name, now in step["now"].items()):
		refuse(Refused(Reason.CHANGED_SINCE))


def _plain(value: object) -> str:
	return "" if value in (None, 0, "0") else cstr(value)


def undo(step: dict) -> bool:
	"""Take one step back. Returns whether its words are still needed, by answers that were given under them."""
	if step["doctype"] == core.FIELD and step["was"] is None:
		form, fieldname = step["now"]["dt"], step["now"]["fieldname"]
		if current.is_answered(form, fieldname):
			_change(frappe.get_doc(core.FIELD, step["name"]), {"depends_on": fieldname, "reqd": 0})
			return True
		restore(step)
		return False
	if step["was"] is None and step["doctype"] != core.SETTER:
		_change(frappe.get_doc(step["doctype"], step["name"]), {"disabled": 1})
		return False
	restore(step)
	return step["doctype"] == core.FIELD and "options" in step["now"]


def take_words_back(steps: list[dict], needed: Iterable[str] = ()) -> None:
	"""Take translations back, but for words that are `needed`, or stand somewhere else as well by now."""
	if not steps:
		return
	sources = {step["now"]["source_text"] for step in steps}
	needed = {*needed, *words_in_use(sources)}
	for step in steps:
		if step["now"]["source_text"] not in needed:
			restore(step)


def restore(step: dict) -> None:
	"""Put back what was there before a step."""
	there = find(step["doctype"], step["name"], step["now"])
	if step["was"] is None:
		if there is not None:
			_delete(there)
	elif there is None:
		values = {**step["now"], **step["was"]}
		# Safe: what was there before the request, as the request has kept it; no form lets anybody write that.
		frappe.get_doc({"doctype": step["doctype"], **values}).insert(ignore_permissions=True)
	else:
		_change(there, step["was"])


# Words ----------------------------------------------------------------------------------------------------------------


def refuse(refused: Refused) -> None:
	"""Raise FormChangeRefused, with the reason in words."""
	frappe.throw(text_of(refused), FormChangeRefused, title=_("The form cannot be changed like this"))


def text_of(refused: Refused) -> str:
	"""Say why a change is refused, and what may be done instead."""
	subject = refused.subject
	if refused.reason is Reason.CANNOT_FILL:
		# Never how many: whoever may suggest would learn of every register how its cases come and go.
		return _(
			"An answer cannot be required yet: running cases have none. They could not be saved any more. Suggest the field without it, and require it when the cases have been answered or closed."
		)
	if refused.reason is Reason.INCOMPLETE:
		subject = frappe.get_meta(DOCTYPE).get_label(subject)
	texts = {
		Reason.INCOMPLETE: _("Please fill in first: {0}."),
		Reason.UNKNOWN_FIELD: _("The form has no field “{0}”."),
		Reason.UNKNOWN_RECORD: _("The list has no “{0}”."),
		Reason.UNKNOWN_OPTION: _("The field has no option “{0}”."),
		Reason.FIELD_EXISTS: _(
			"The form has a field “{0}” already. Please choose other words, or suggest a change of that field."
		),
		Reason.RECORD_EXISTS: _(
			"The list has “{0}” already. If it is no longer offered, suggest to offer it again."
		),
		Reason.OPTION_EXISTS: _("The field has the option “{0}” already."),
		Reason.TYPE_CHANGE: _(
			"The kind of answer of “{0}” stays: answers that were given could not be kept in another. Suggest a new field, and hide this one."
		),
		Reason.ANSWERED: _(
			"“{0}” has been answered, and the answers would be lost. Hide it instead: then it shows only where it was answered."
		),
		Reason.KEPT_FIELD: _("“{0}” stays as it is: the app fills it in, or finds the case by it."),
		Reason.NEEDED_FIELD: _("“{0}” stays: a rule of the work asks for it."),
		Reason.UNSEEN_REQUIRED: _(
			"“{0}” would be required and shown to nobody in a new case, which could not be saved then: it, or the part of the form in which it stands, shows only under a condition, or not at all. Place it elsewhere, show it always, or require it no longer."
		),
		Reason.ROW_REQUIRED: _(
			"In the rows of a table no answer is required: they are filled in little by little."
		),
		Reason.NO_QUESTION: _("“{0}” holds no answer of which this could be asked."),
		Reason.IDENTITY_CODE: _(
			"“{0}” would ask for a personal identity code. It has no place in these forms: please leave it out."
		),
		Reason.FIXED_OPTIONS: _("The options of “{0}” stay: the rules of the work know them."),
		Reason.CLOSED_LIST: _(
			"“{0}” needs more than a title, or is complete. A form administrator changes it in the list itself."
		),
		Reason.WORDS_TAKEN: _(
			"“{0}” stands elsewhere in the interface too, with another translation, which would change everywhere. Please choose other words."
		),
		Reason.NO_CHANGE: _("“{0}” is like this already."),
		Reason.CHANGED_SINCE: _(
			"Somebody has changed the same thing meanwhile, so nothing was done. Look at it as it is now, and suggest the change anew."
		),
		Reason.INVARIANT: _("“{0}” is changed by nobody: it protects the people whom the forms are about."),
		Reason.NOT_YOURS: _("You may not change this: {0}. Leave that part out, or ask a System Manager."),
	}
	return texts[refused.reason].format(_(cstr(subject)))
