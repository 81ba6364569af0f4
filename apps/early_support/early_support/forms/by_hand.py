"""Keeps note of what administrators change of our forms without a request, in Customize Form or by a record of it.

Such a change is shown among the requests as published without one. It is noted once for all that belongs to one saving:
before it is committed, in the same transaction.
"""

import json

import frappe
from frappe import _
from frappe.utils import now_datetime

from early_support.casework.clock import today
from early_support.forms import changes
from early_support.forms import changes_core as core
from early_support.forms.current import FORMS
from early_support.workflow_guard.system import system_change

# Noted of a Custom Field: what a plan may give it, and what makes it another field.
OF_A_FIELD = ("dt", "fieldname", "fieldtype", "insert_after", *core.PROPERTIES, "permlevel", "read_only")
OF_A_SETTER = ("doc_type", "field_name", "property", "value")


def changed(doc, method: str | None = None) -> None:
	"""Hook before_validate and on_update: remember what was there, and what comes in its place.

	Before, because Frappe takes an old Property Setter away when it writes another; after, because v15 tells of that too.
	"""
	if _is_noted(doc):
		_note(doc, now=_values(doc))


def gone(doc, method: str | None = None) -> None:
	"""Hook on_trash: remember what goes."""
	if _is_noted(doc):
		_note(doc, now=None)


def _is_noted(doc) -> bool:
	flags = frappe.flags
	return _form(doc) in FORMS and not (
		changes.is_by_request()
		or flags.in_install
		or flags.in_migrate
		or flags.in_patch
		or flags.in_uninstall
	)


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
			_insert(form, steps)
	notes.clear()


def _insert(form: str, steps: list[dict]) -> None:
	request = frappe.get_doc(
		{
			"doctype": changes.DOCTYPE,
			"kind": core.BY_HAND,
			"form": form,
			"why": _("Changed by an administrator without a request."),
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
