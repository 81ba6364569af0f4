"""Refuses what Frappe would let an administrator make of case documents: shares, keys, charts, mails, web forms."""

import re

import frappe
from frappe import _
from frappe.utils import cint

from early_support.access import policy
from early_support.access.doors.tables import (
	CARRIERS,
	CASEWORK,
	KEPT_PROPERTIES,
	NOTES,
	OPEN_PROPERTIES,
	TAKING_RIGHTS,
)
from early_support.exceptions import EarlySupportError


class LeavesTheRules(EarlySupportError):
	"""It would show case documents to people to whom they are not open."""


# All that a mail about a case document may be filled with.
NAME_ONLY = re.compile(r"\{\{\s*doc\.(name|doctype)\s*\}\}")
# What makes a field lead to another document.
LEADING = ("fieldtype", "options", "fetch_from")
OWN_MODULE = "Early Support"
ADMINISTRATOR = "System Manager"


def refuse(doc, method: str | None = None) -> None:
	"""Refuse a record of CARRIERS about casework. Raises LeavesTheRules, for Administrator too."""
	_check(doc.get(CARRIERS[doc.doctype]), doc)


def refuse_reference(doc, method: str | None = None) -> None:
	"""Refuse any other record, or row of one, that hangs on a case document by a Dynamic Link.

	What Frappe keeps beside documents opens with them (NOTES). Whatever else may name one has rules of its own, and text
	which nobody has screened: participants of an event, people of a mail, discussions.

	Raises:
		LeavesTheRules: as above, for Administrator too.
	"""
	if doc.meta.module == OWN_MODULE or doc.doctype in NOTES:
		parts = [row for row in doc.get_all_children() if row.meta.module != OWN_MODULE]
	else:
		parts = [doc, *doc.get_all_children()]
	for part in parts:
		for df in part.meta.get_dynamic_link_fields():
			if part.get(df.fieldname):
				_check(part.get(df.options), part)


def refuse_mailbox(account, method: str | None = None) -> None:
	"""Refuse an Email Account one of whose folders makes case documents of mail. Raises LeavesTheRules."""
	for folder in account.get("imap_folder") or ():
		_check(folder.append_to, account)


def refuse_to_staff(doc, method: str | None = None) -> None:
	"""Refuse to make what only administrators make (MADE_BY_ADMINISTRATORS). Raises frappe.PermissionError.

	Not a matter of rights alone: Frappe makes some of it for whoever asks, without asking for a right.
	"""
	user = frappe.session.user
	if user == "Administrator" or ADMINISTRATOR in frappe.get_roles(user):
		return
	# From v15 on staff may also take over a shipped workspace by making it private.
	if not doc.is_new() and doc.doctype != "Workspace":
		return
	frappe.throw(_("{0} is made by administrators only.").format(_(doc.doctype)), frappe.PermissionError)


def follow_nothing(user, method: str | None = None) -> None:
	"""Let nobody of the staff be mailed what was changed in the documents which he or she makes or changes.

	Frappe would begin to follow them, and fail where it is refused.
	"""
	if any(row.role in policy.STAFF_ROLES for row in user.roles):
		user.document_follow_notify = 0


def refuse_property(setter, method: str | None = None) -> None:
	"""Refuse a Property Setter that opens casework (to the global search, guests, import), or lets it become another's.

	Asked before Frappe's own validate, which forgets the form as it is here looked up.

	Raises:
		LeavesTheRules: see OPEN_PROPERTIES and KEPT_PROPERTIES; or it lowers a level of rights, or lets a field lead to
			casework (refuse_field).
	"""
	if setter.property in OPEN_PROPERTIES and setter.value not in (None, "", "0", 0):
		_check(setter.doc_type, setter)
	if setter.property in KEPT_PROPERTIES and setter.value in (None, "", "0", 0):
		_check(setter.doc_type, setter)
	if setter.property == "permlevel":
		_check_level(setter)
	if setter.property in LEADING and setter.field_name:
		df = frappe.get_meta(setter.doc_type).get_field(setter.field_name)
		there = {name: df.get(name) for name in LEADING} if df else {}
		_check_lead(setter.doc_type, {**there, setter.property: setter.value}, setter)


def _check_level(setter) -> None:
	"""Refuse to put a field of ours at a level that more people may read or write than the shipped one."""
	shipped = frappe.db.get_value(
		"DocField", {"parent": setter.doc_type, "fieldname": setter.field_name}, "permlevel"
	)
	is_ours = frappe.db.get_value("DocType", setter.doc_type, "module") == OWN_MODULE
	if is_ours and cint(setter.value) < cint(shipped):
		frappe.throw(
			_("The level of rights of a field stays as the app ships it, or becomes a stricter one."),
			LeavesTheRules,
		)


def refuse_field(field, method: str | None = None) -> None:
	"""Refuse a Custom Field that opens casework.

	A link to a case document in a form of another kind would show fields of that document to everybody who lists the
	form, since Frappe filters the rows of the form only. A field that is fetched from there is a copy of it.

	Raises:
		LeavesTheRules: the field has one of OPEN_PROPERTIES, or leads to casework from elsewhere.
	"""
	if any(field.get(name) for name in OPEN_PROPERTIES):
		_check(field.dt, field)
	_check_lead(field.dt, {name: field.get(name) for name in LEADING}, field)


def _check_lead(form: str, df: dict, doc) -> None:
	"""Refuse a field of another form that links to casework, or is fetched through a link to it."""
	if form in CASEWORK:
		return
	if df.get("fieldtype") in ("Link", "Table", "Table MultiSelect"):
		_check((df.get("options") or "").strip(), doc)
	if df.get("fetch_from"):
		link = frappe.get_meta(form).get_field(df["fetch_from"].split(".")[0].strip())
		if link:
			# A dynamic link may name whatever case.
			_check(CASEWORK[0] if link.fieldtype == "Dynamic Link" else link.options, doc)


def refuse_right(rule, method: str | None = None) -> None:
	"""Refuse a Custom DocPerm that takes casework past its rules, or gives it to other roles. Raises LeavesTheRules."""
	if rule.role not in policy.STAFF_ROLES or any(rule.get(right) for right in TAKING_RIGHTS):
		_check(rule.parent, rule)


def refuse_report(report, method: str | None = None) -> None:
	"""Refuse a report that reads casework by a query or script of its own: no rule of rows holds there.

	The reports of the app itself are made for it, and a list saved as a report keeps the rules.

	Raises:
		LeavesTheRules: as above.
	"""
	if report.report_type == "Report Builder" or (
		report.module == OWN_MODULE and report.is_standard == "Yes"
	):
		return
	_check(report.ref_doctype, report)
	text = " ".join(filter(None, (report.query, report.report_script)))
	for doctype in CASEWORK:
		if f"tab{doctype}" in text:
			_check(doctype, report)


def refuse_mailed_report(mail, method: str | None = None) -> None:
	"""Refuse an Auto Email Report of casework: it is sent as one user to others. Raises LeavesTheRules."""
	_check(frappe.db.get_value("Report", mail.report, "ref_doctype"), mail)


def refuse_content(notification, method: str | None = None) -> None:
	"""Refuse a Notification that mails more of a case document than its name (domain.md §9.9). Raises LeavesTheRules."""
	texts = (notification.subject, notification.message, notification.get("sender"))
	text = NAME_ONLY.sub("", " ".join(filter(None, texts)))
	if notification.attach_print or "{{" in text or "{%" in text:
		_check(notification.document_type, notification)


def refuse_mail(communication, method: str | None = None) -> None:
	"""Refuse to mail from a case document: e-mails hold a link and no content (domain.md §9.9). Raises LeavesTheRules."""
	if communication.communication_medium == "Email":
		_check(communication.reference_doctype, communication)


def _check(doctype: str | None, doc) -> None:
	if doctype in CASEWORK:
		frappe.throw(
			_("{0} would show “{1}” to people who may not open it. It is not made for casework.").format(
				_(doc.doctype), _(doctype)
			),
			LeavesTheRules,
		)
