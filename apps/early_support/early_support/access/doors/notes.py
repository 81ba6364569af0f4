"""What Frappe keeps beside a case document opens with that document, and to nobody else."""

from collections.abc import Callable
from functools import partial

import frappe
from frappe import _

from early_support import compat
from early_support.access import conditions, grants, policy
from early_support.access.doors.tables import CASEWORK, NOTES
from early_support.access.doors.wiring import rows_function

ATTACHMENT = "File"


class NotPrivate(frappe.PermissionError):
	"""A file on a case document must be private: a public one is open to all who know its address."""


def rows(user: str | None, doctype: str) -> str:
	"""Return the SQL condition, in parentheses, for the notes of `doctype` that may be listed to `user`.

	Notes on documents of other apps, and of Frappe, are left to Frappe.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return conditions.EVERYTHING
	type_field, name_field = (f"`tab{doctype}`.`{field}`" for field in NOTES[doctype])
	names = ", ".join(frappe.db.escape(name) for name in CASEWORK)
	parts = [f"ifnull({type_field}, '') not in ({names})"]
	for protected in policy.PROTECTED_DOCTYPES:
		open_rows = conditions.query_condition(user, protected)
		if open_rows != conditions.NOTHING:
			parts.append(
				f"({type_field} = {frappe.db.escape(protected)} and {name_field} in"
				f" (select `tab{protected}`.name from `tab{protected}` where {open_rows}))"
			)
	return f"({' or '.join(parts)})"


def has_permission(doc, ptype: str = "read", user: str | None = None) -> bool | None:
	"""Refuse a note on a case document that is not open to `user`; leave all others to Frappe."""
	user = user or frappe.session.user
	if user != "Administrator" and is_closed(doc, user):
		return False
	return compat.no_objection()


def is_closed(doc, user: str) -> bool:
	"""Tell whether `doc` hangs on a case document which `user` may not open.

	A note that is stored is judged by what it hangs on in the database: what a client sends along is never believed.
	"""
	fields = NOTES[doc.get("doctype")]
	references = {tuple(doc.get(field) for field in fields)}
	if doc.get("name") and not doc.get("__islocal"):
		stored = frappe.db.get_value(doc.get("doctype"), doc.get("name"), fields)
		references |= {tuple(stored)} if stored else set()
	return any(not _is_open(doctype, name, user) for doctype, name in references)


def on_validate(doc, method: str | None = None) -> None:
	"""Refuse that somebody hangs a note on a case document which is not open to them.

	Asked of what Frappe writes for the user without asking for a right, too; `has_permission` is not.

	Raises:
		frappe.PermissionError: the document is not open to whoever writes, or to whom a task is given.
	"""
	user = frappe.session.user
	if user == "Administrator" or not _is_on_casework(doc):
		return
	# What Frappe itself notes of a move or a like comes after the move, which may have closed the document.
	by_frappe = doc.doctype == "Comment" and doc.comment_type != "Comment"
	if not by_frappe and _is_newly_hung(doc) and is_closed(doc, user):
		raise frappe.PermissionError
	if doc.doctype == "ToDo" and doc.allocated_to:
		check_assignee(doc)


def check_assignee(todo) -> None:
	"""Refuse a task for somebody who may not open the case document. Raises frappe.PermissionError."""
	reference = (todo.reference_type, todo.reference_name)
	if todo.status == "Open" and not _is_open(*reference, todo.allocated_to):
		frappe.throw(
			_("{0} may not open this, so the task cannot be given to them.").format(todo.allocated_to),
			frappe.PermissionError,
		)


def keep_private(file, method: str | None = None) -> None:
	"""Refuse a public file on a case document.

	Asked of everybody, Administrator included: a public file is open to all, whoever put it there.

	Raises:
		NotPrivate: the file is public.
	"""
	if _is_public(file):
		frappe.throw(_("Files on a case are private. Please upload it again as a private file."), NotPrivate)


def refuse_borrowed(file) -> None:
	"""Refuse a new file without content that has the address of one which the session's user may not read.

	Whoever has a row with the address of a private file may download it, and Frappe copies what lies there. It makes such
	rows for people without asking for rights: of any picture that they enter. A file that is uploaded anew may well have
	the address of another with the same content.

	Raises:
		frappe.PermissionError: as above.
	"""
	user = frappe.session.user
	if user == "Administrator" or file.get("content") or not file.get("file_url"):
		return
	# Unfiltered: this is where it is decided; nothing of the other files is given away.
	others = frappe.get_all(ATTACHMENT, filters={"file_url": file.file_url, "is_private": 1}, pluck="name")
	if others and not any(
		frappe.has_permission(ATTACHMENT, "read", doc=other, user=user) for other in others
	):
		raise frappe.PermissionError


def say_nothing(log, method: str | None = None) -> None:
	"""Take the content out of a notification of a case document: it is mailed as well as shown (domain.md §9.9)."""
	# A grant says who was given access by whom, and names no child.
	if not _is_on_casework(log) or log.document_type == grants.DOCTYPE:
		return
	log.subject = _("There is something new for you: {0}").format(_(log.document_type))
	log.email_content = None


def _is_newly_hung(doc) -> bool:
	before = doc.get_doc_before_save()
	return not before or any(doc.get(field) != before.get(field) for field in NOTES[doc.doctype])


def _is_on_casework(doc) -> bool:
	return doc.get(NOTES[doc.doctype][0]) in CASEWORK


def _is_open(doctype: str | None, name: str | None, user: str) -> bool:
	if doctype not in CASEWORK:
		return True
	if doctype not in policy.PROTECTED_DOCTYPES or not name:
		return False
	return user == "Administrator" or conditions.is_open(doctype, name, user)


def _is_public(file) -> bool:
	return _is_on_casework(file) and not file.is_folder and not int(file.is_private or 0)


# What Frappe calls for a list: one function for each doctype, all alike.
_ROWS = {rows_function(doctype): partial(rows, doctype=doctype) for doctype in NOTES}


def __getattr__(name: str) -> Callable:
	"""Give `<doctype>_rows`, which wiring.py names to Frappe."""
	if name in _ROWS:
		return _ROWS[name]
	raise AttributeError(name)
