"""Keeps note of what administrators change of our forms without a request, in Customize Form or by a record of it.

Such a change is shown among the requests as published without one. It is noted once for all that belongs to one saving:
before it is committed, in the same transaction. That is so of every form of the app, also of those of which no change is
suggested. What takes answers away, or asks for what no suggestion may ask for, is refused here too.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext

import frappe
from frappe import _
from frappe.utils import cint, cstr, now_datetime

from early_support.casework.clock import today
from early_support.forms import changes, current
from early_support.forms import changes_core as core
from early_support.forms.changes_core import Reason, Refused
from early_support.forms.current import FORMS
from early_support.forms.preview import FormWith, Step
from early_support.workflow_guard.system import system_change

# Noted of a Custom Field: what a plan may give it, and what makes it another field.
OF_A_FIELD = ("dt", "fieldname", "fieldtype", "insert_after", *core.PROPERTIES, "permlevel", "read_only")
OF_A_SETTER = ("doc_type", "field_name", "property", "value")
# By these a form requires an answer, and shows or hides it.
SHOWING = ("reqd", "hidden", "depends_on", "field_order")
# While several records go, which are judged together.
TOGETHER = "early_support_judged_together"


def changed(doc, method: str | None = None) -> None:
	"""Hook before_validate and on_update: remember what was there, and what comes in its place.

	Before, because Frappe takes an old Property Setter away when it writes another; after, because v15 tells of that too.
	"""
	if _is_noted(doc):
		_note(doc, now=_values(doc))


def gone(doc, method: str | None = None) -> None:
	"""Hook on_trash, and where Frappe deletes without one: remember what goes."""
	if _is_noted(doc):
		_note(doc, now=None)


def properties_go(form: str, properties: tuple[str, ...], **filters) -> None:
	"""Remember Property Setters of a form which Frappe is about to delete without a hook."""
	filters = {"doc_type": form, "property": ("in", properties), **filters}
	# Unfiltered: Frappe deletes them all, whoever asked it to.
	for name in frappe.get_all(core.SETTER, filters=filters, pluck="name"):
		gone(frappe.get_doc(core.SETTER, name))


def keep_answers(field, method: str | None = None) -> None:
	"""Hook on_trash: refuse to delete an added field that was answered. Raises FormChangeRefused."""
	if _is_noted(field) and current.is_answered(field.dt, field.fieldname):
		_refuse(Reason.ANSWERED, field.label or field.fieldname)


def keep_columns(form: str) -> None:
	"""Refuse to drop the columns of a form while answers are left in one without a field. Raises FormChangeRefused."""
	if current.is_ours(form) and (left := current.form_now(form).left):
		_refuse(Reason.ANSWERED, ", ".join(sorted(left)))


def check_field(field, method: str | None = None) -> None:
	"""Hook validate: of an added field, refuse what no suggestion may ask for either. Raises FormChangeRefused."""
	if not _is_noted(field):
		return
	_check_words(field.get(name) for name in ("label", "description", "options"))
	before = field.get_doc_before_save()
	if before and _is_of_another_kind(before, field) and current.is_answered(field.dt, field.fieldname):
		# Else what was written freely would leave in an export as answers of a list (export/classes.py).
		_refuse(Reason.TYPE_CHANGE, field.label or field.fieldname)
	if not _is_suggested(field):
		return
	if cint(field.reqd) and not (before and cint(before.reqd)):
		_check_filled(field.dt, field.fieldname)
	_check_seen(field)


def _is_of_another_kind(before, field) -> bool:
	leads_elsewhere = field.fieldtype == "Link" and before.options != field.options
	return before.fieldtype != field.fieldtype or leads_elsewhere


def check_setter(setter, method: str | None = None) -> None:
	"""Hook before_validate: of a shipped field, refuse what no suggestion may ask for either. Raises FormChangeRefused.

	Before, because Frappe's own validate takes the setter that was there away.
	"""
	if not _is_noted(setter):
		return
	name, value = setter.property, cstr(setter.value)
	if name in ("label", "description", "options"):
		_check_words([value])
	if not _is_suggested(setter):
		return
	if name == "reqd" and cint(value):
		_check_filled(setter.doc_type, setter.field_name)
	if name in SHOWING:
		_check_seen(setter)


def check_gone(doc, method: str | None = None) -> None:
	"""Hook on_trash: refuse to delete what a form needs to be saved. Raises FormChangeRefused.

	In place of a property the shipped one comes back; what stands under a heading comes under the one before.
	"""
	is_showing = doc.doctype == core.FIELD or doc.property in SHOWING
	if not is_showing or not _is_suggested(doc) or not _is_noted(doc) or frappe.flags.get(TOGETHER):
		return
	name = _form(doc)
	values = None if doc.doctype == core.FIELD else {**_values(doc), "value": None}
	after = current.form_now(name, FormWith(name, [Step(doc.doctype, doc.name, values)]))
	for broken in changes.broken_in(after, core.required_of(current.form_now(name))):
		changes.refuse(broken.why)


def leaving_it_saved(form: str, properties: Iterable[str] = SHOWING):
	"""Refuse what is deleted inside, with hooks or without, if cases could not be saved after all of it.

	Raises:
		FormChangeRefused: as above. Whatever was written stays until the caller's transaction is rolled back.
	"""
	is_showing = form in FORMS and not {*SHOWING}.isdisjoint(properties)
	return _judged_together(form) if is_showing else nullcontext()


@contextmanager
def _judged_together(form: str) -> Iterator[None]:
	before = frappe.flags.get(TOGETHER)
	with changes.leaving_forms_that_save([form]):
		frappe.flags[TOGETHER] = True
		try:
			yield
		finally:
			frappe.flags[TOGETHER] = before


def _check_seen(doc) -> None:
	"""Refuse what would require an answer, or take one that a rule needs, where the form does not show it."""
	name = _form(doc)
	before = core.required_of(current.form_now(name))
	after = FormWith(name, [Step(doc.doctype, doc.name, _values(doc))])
	for _name, why in core.unseen_since(before, current.form_now(name, after)):
		changes.refuse(why)


def _check_words(texts: Iterable[str | None]) -> None:
	for text in texts:
		if text and core.IDENTITY_CODE.search(text):
			_refuse(Reason.IDENTITY_CODE, text)


def _check_filled(name: str, fieldname: str) -> None:
	form = current.form_now(name)
	if form.is_table:
		_refuse(Reason.ROW_REQUIRED, fieldname)
	is_required = fieldname in form.fields and form.fields[fieldname].reqd
	answered = fieldname if fieldname in form.columns else ""
	if not is_required and current.without_answer(form, answered):
		_refuse(Reason.CANNOT_FILL)


def _refuse(reason: Reason, subject: object = "") -> None:
	changes.refuse(Refused(reason, subject))


def _is_noted(doc) -> bool:
	"""Whether it is of one of our forms, and an administrator's own doing."""
	flags = frappe.flags
	is_the_apps = (
		changes.is_by_request()
		or flags.in_install
		or flags.in_migrate
		or flags.in_patch
		or flags.in_uninstall
	)
	return not is_the_apps and current.is_ours(_form(doc))


def _is_suggested(doc) -> bool:
	"""Whether such a change may be suggested too: then the rules of suggestions hold for it."""
	return _form(doc) in FORMS


def _form(doc) -> str | None:
	return doc.dt if doc.doctype == core.FIELD else doc.doc_type


def _values(doc) -> dict:
	return {name: doc.get(name) for name in (OF_A_FIELD if doc.doctype == core.FIELD else OF_A_SETTER)}


def _note(doc, now: dict | None) -> None:
	notes = _notes()
	if not notes:
		frappe.db.before_commit.add(_record)
		frappe.db.after_rollback.add(notes.clear)
	of_form = notes.setdefault(_form(doc), {})
	key = (doc.doctype, doc.get("fieldname") or doc.get("field_name") or "", doc.get("property") or "")
	was = of_form[key]["was"] if key in of_form else _stored(doc)
	of_form[key] = {"doctype": doc.doctype, "name": doc.name, "was": was, "now": now}


def _notes() -> dict:
	notes = getattr(frappe.local, "early_support_by_hand", None)
	if notes is None:
		notes = frappe.local.early_support_by_hand = {}
	return notes


def _stored(doc) -> dict | None:
	there = changes.find(doc.doctype, doc.name, doc)
	return _values(there) if there else None


def _record() -> None:
	notes = _notes()
	for form, of_form in list(notes.items()):
		steps = [step for step in of_form.values() if step["was"] != step["now"]]
		if steps:
			record(form, steps, _("Changed by an administrator without a request."))
	notes.clear()


def record(form: str, steps: list[dict], why: str) -> None:
	"""Note among the requests what was changed of a form without one."""
	request = frappe.get_doc(
		{
			"doctype": changes.DOCTYPE,
			"kind": core.BY_HAND,
			"form": form,
			"why": why,
			"workflow_state": "Published",
			"published_by": frappe.session.user,
			"published_at": now_datetime(),
			"effective_on": today(),
			"was_before": json.dumps(steps, indent=1, ensure_ascii=False, default=str),
		}
	)
	# Safe: the app's own note of what was done; an administrator of forms need not have a right to requests.
	with system_change():
		request.insert(ignore_permissions=True)
