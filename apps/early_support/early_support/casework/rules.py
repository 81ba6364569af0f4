"""Verbs which the case controllers share: what has to be there, and which order dates keep."""

from itertools import pairwise

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, getdate

from early_support.casework.clock import today
from early_support.exceptions import GuardNotMet
from early_support.workflow_guard.guard import changed_fields
from early_support.workflow_guard.system import is_system_change


def require(doc: Document, *fieldnames: str) -> None:
	"""Refuse the document while one of the fields is empty.

	Raises:
		GuardNotMet: names every missing field by its label, and the state that waits for them.
	"""
	missing = [fieldname for fieldname in fieldnames if is_empty(doc, fieldname)]
	if missing:
		labels = ", ".join(_(doc.meta.get_label(fieldname)) for fieldname in missing)
		frappe.throw(
			_("Please fill in first: {0}. Then the state can be “{1}”.").format(
				labels, _(doc.workflow_state, context=doc.doctype)
			),
			GuardNotMet,
		)


def require_for_state(doc: Document) -> None:
	"""Refuse the document while a field that its state needs (`NEEDS` of its controller) is empty.

	Raises:
		GuardNotMet: see `require`.
	"""
	require(doc, *doc.NEEDS.get(doc.workflow_state, ()))


def is_empty(doc: Document, fieldname: str) -> bool:
	"""Whether a field holds nothing, white space included."""
	value = doc.get(fieldname)
	return not (value.strip() if isinstance(value, str) else value)


def about_the_same_child(doc: Document, fieldname: str) -> None:
	"""Refuse a concern about another child; one that was destroyed in its own time is passed over.

	Raises:
		GuardNotMet: see above.
	"""
	if not doc.get(fieldname):
		return
	child = frappe.db.get_value(doc.meta.get_field(fieldname).options, doc.get(fieldname), "child")
	if child != doc.child and (child or doc.is_new()):
		frappe.throw(_("The concern is about another child."), GuardNotMet)


def not_in_future(doc: Document, *fieldnames: str) -> None:
	"""Refuse a day that has not come yet.

	Raises:
		GuardNotMet: for the first such field.
	"""
	for fieldname in fieldnames:
		if doc.get(fieldname) and getdate(doc.get(fieldname)) > today():
			frappe.throw(
				_("{0}: the day has not come yet. Please give the day it took place.").format(
					_(doc.meta.get_label(fieldname))
				),
				GuardNotMet,
			)


def in_order(doc: Document, *fieldnames: str) -> None:
	"""Refuse days that do not follow each other in the order of `fieldnames`; empty ones are passed over.

	Raises:
		GuardNotMet: for the first pair that is the wrong way round.
	"""
	given = [fieldname for fieldname in fieldnames if doc.get(fieldname)]
	for earlier, later in pairwise(given):
		if getdate(doc.get(later)) < getdate(doc.get(earlier)):
			frappe.throw(
				_("“{0}” cannot be before “{1}”. Please check the days.").format(
					_(doc.meta.get_label(later)), _(doc.meta.get_label(earlier))
				),
				GuardNotMet,
			)


def unchanged(doc: Document, *fieldnames: str) -> None:
	"""Refuse a change of fields which are settled.

	Raises:
		GuardNotMet: for the first field that differs from what is stored.
	"""
	before = doc.get_doc_before_save()
	for fieldname in fieldnames:
		if before and cstr(before.get(fieldname)) != cstr(doc.get(fieldname)):
			frappe.throw(
				_("“{0}” can no longer be changed.").format(_(doc.meta.get_label(fieldname))), GuardNotMet
			)


def keep_settled(doc: Document) -> None:
	"""Refuse a change of what was recorded once and for all: `SETTLED_FIELDS` of the controller, as far as filled in.

	Raises:
		GuardNotMet: see `unchanged`.
	"""
	unchanged(doc, *_settled(doc))


def keep_rows(doc: Document, *tables: str) -> None:
	"""Refuse a change of the rows of tables which are settled: what they say, their number and their order.

	Raises:
		GuardNotMet: for the first table that differs from what is stored.
	"""
	before = doc.get_doc_before_save()
	if not before or is_system_change():
		return
	changed = changed_fields(before, doc)
	for table in tables:
		if table in changed:
			frappe.throw(
				_("“{0}” can no longer be changed.").format(_(doc.meta.get_label(table))), GuardNotMet
			)


def restore_settled(doc: Document) -> None:
	"""Put back what `keep_settled` would refuse, where nothing may be refused."""
	for fieldname, value in _settled(doc).items():
		doc.set(fieldname, value)


def _settled(doc: Document) -> dict[str, object]:
	before = doc.get_doc_before_save()
	if not before or is_system_change():
		return {}
	return {fieldname: before.get(fieldname) for fieldname in doc.SETTLED_FIELDS if before.get(fieldname)}
