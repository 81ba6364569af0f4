"""Everything that is recorded of one child, gathered and put into words (data protection regulation, article 15).

Contact details of guardians under non-disclosure for safety are left out (domain.md §9.9), and so is the history of the
family's record, in which they may have stood. Siblings have packages of their own; a consultation belongs to no child.
"""

import datetime
import json
from html import escape

import frappe
from frappe import _
from frappe.model import display_fieldtypes, table_fields
from frappe.utils import cint, format_datetime, formatdate, strip_html

from early_support.access import policy

# Technical, or of no meaning outside the app.
LEFT_OUT = {
	"Family Guardian": ("user", "protected_phone", "protected_email"),
	"Child": ("controller",),
}
CASE_LEFT_OUT = ("family", "child", "controller")
FILING = "Network Meeting Filing"
STYLE = (
	"body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#171717}"
	"h2{margin-top:2.5rem;border-top:2px solid #171717;padding-top:.5rem}"
	"dl{display:grid;grid-template-columns:minmax(9rem,15rem) 1fr;gap:.25rem 1rem}dt{color:#525252}"
	"dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}.note{border:2px solid #171717;padding:.5rem 1rem}"
)


def gather(child: str) -> list[dict]:
	"""Return the records of a child, each with its fields, changes, comments and files, in the order of the work.

	Not filtered by permission: the caller has the right to the whole, see subject_access.py.
	"""
	person = frappe.get_doc("Child", child)
	records = [_record(person), _record(frappe.get_doc("Family", person.family), with_history=False)]
	for doctype in policy.GUARDED_DOCTYPES:
		if frappe.get_meta(doctype).has_field("child"):
			filters = {"child": child}
			if policy.is_kept_apart(doctype):
				# As with the filings: of another controller's register that controller answers.
				filters["controller"] = person.controller
			names = frappe.get_all(doctype, filters=filters, order_by="creation asc, name asc", pluck="name")
			records += [_record(frappe.get_doc(doctype, name)) for name in names]
	return records + [_record(frappe.get_doc(FILING, name)) for name in _filings(person)]


def _filings(child) -> list[str]:
	"""Return what was filed of the child in the register of its own controller.

	Of another controller's register that controller answers (703/2023, 13 §).
	"""
	filters = {"child": child.name, "controller": child.controller}
	return frappe.get_all(FILING, filters=filters, order_by="filed_on asc, name asc", pluck="name")


def has_protected_guardian(child: str) -> bool:
	"""Whether a guardian of the child is under non-disclosure: whoever hands the package over must look twice."""
	family = frappe.db.get_value("Child", child, "family")
	return bool(frappe.db.exists("Family Guardian", {"parent": family, "non_disclosure": 1}))


def as_json(records: list[dict]) -> str:
	"""Return the records as JSON, for machines."""
	return json.dumps(records, ensure_ascii=False, indent=1, default=str)


def as_html(records: list[dict], made_on: datetime.date, *, warned: bool) -> str:
	"""Return the records as one page, in the language of the session."""
	title = _("What is recorded of the child")
	lang = escape(frappe.local.lang)
	parts = [
		f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'><title>{escape(title)}</title>",
		f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(formatdate(made_on))}</p>",
	]
	if warned:
		text = _(
			"A guardian is under non-disclosure. Contact details are left out. Check the whole package before it is handed over."
		)
		parts.append(f"<p class='note'>{escape(text)}</p>")
	parts += [_section(record) for record in records]
	return "".join([*parts, "</body></html>"])


def _record(doc, *, with_history: bool = True) -> dict:
	fields = _fields(doc)
	record = {
		"doctype": doc.doctype,
		"code": doc.name,
		"made": str(doc.creation),
		"made_by": _person(doc.owner),
		"values": {df.fieldname: _plain(doc, df) for df in fields},
		"readable": [(_(df.label), _readable(doc, df)) for df in fields if doc.get(df.fieldname)],
		"comments": _comments(doc),
		"messages": _messages(doc),
		"files": _files(doc),
		"changes": _changes(doc) if with_history else [],
	}
	return record


def _fields(doc) -> list:
	left_out = {
		*LEFT_OUT.get(doc.doctype, ()),
		*(CASE_LEFT_OUT if doc.doctype in (*policy.GUARDED_DOCTYPES, FILING) else ()),
	}
	return [
		df
		for df in doc.meta.fields
		if df.fieldtype not in display_fieldtypes and df.label and df.fieldname not in left_out
	]


def _plain(doc, df):
	if df.fieldtype in table_fields:
		return [
			{field.fieldname: _plain(row, field) for field in _fields(row)} for row in doc.get(df.fieldname)
		]
	if df.fieldtype == "Password":
		return doc.get_password(df.fieldname, raise_exception=False) if doc.get(df.fieldname) else None
	return doc.get(df.fieldname)


def _readable(doc, df) -> str:
	value = _plain(doc, df)
	if df.fieldtype in table_fields:
		rows = (
			"; ".join(
				f"{_(field.label)}: {_readable(row, field)}"
				for field in _fields(row)
				if row.get(field.fieldname)
			)
			for row in doc.get(df.fieldname)
		)
		return "\n".join(rows)
	if df.fieldtype == "Link":
		return _title(df.options, value)
	to_text = {
		"Check": lambda: _("Yes") if cint(value) else _("No"),
		"Date": lambda: formatdate(value),
		"Datetime": lambda: format_datetime(value),
		"Select": lambda: _(value),
		"Text Editor": lambda: strip_html(str(value)),
	}
	return to_text.get(df.fieldtype, lambda: str(value))()


def _title(doctype: str, name: str) -> str:
	if doctype == "User":
		return _person(name)
	field = frappe.get_meta(doctype).title_field
	if not field or doctype in policy.PROTECTED_DOCTYPES:
		return _(name)
	return _(frappe.db.get_value(doctype, name, field) or name)


def _person(user: str) -> str:
	return frappe.db.get_value("User", user, "full_name") or user


def _comments(doc) -> list[dict]:
	rows = frappe.get_all(
		"Comment",
		filters={"reference_doctype": doc.doctype, "reference_name": doc.name, "comment_type": "Comment"},
		fields=["creation", "owner", "content"],
		order_by="creation asc",
	)
	return [_note(row, row.content) for row in rows]


def _messages(doc) -> list[dict]:
	rows = frappe.get_all(
		"Communication",
		filters={"reference_doctype": doc.doctype, "reference_name": doc.name},
		fields=["creation", "owner", "subject", "content"],
		order_by="creation asc",
	)
	return [_note(row, f"{row.subject or ''}\n{row.content or ''}") for row in rows]


def _note(row: dict, text: str | None) -> dict:
	return {"on": str(row.creation), "by": _person(row.owner), "text": strip_html(text or "").strip()}


def _files(doc) -> list[dict]:
	"""Return the names of the attached files, and where in the package each lies."""
	rows = frappe.get_all(
		"File",
		filters={"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "is_folder": 0},
		fields=["name", "file_name"],
		order_by="creation asc, name asc",
	)
	return [
		{
			"record": row.name,
			"name": row.file_name,
			"path": f"files/{doc.name}/{number}-{_safe(row.file_name)}",
		}
		for number, row in enumerate(rows, 1)
	]


def _safe(name: str | None) -> str:
	return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name or "file")[-100:]


def _changes(doc) -> list[dict]:
	"""Return what was changed, when and by whom: fields with their former and new value."""
	fields = {df.fieldname: df for df in _fields(doc) if df.fieldtype not in (*table_fields, "Password")}
	rows = frappe.get_all(
		"Version",
		filters={"ref_doctype": doc.doctype, "docname": doc.name},
		fields=["creation", "owner", "data"],
		order_by="creation asc",
	)
	return [
		{"on": str(row.creation), "by": _person(row.owner), "field": fieldname, "from": old, "to": new}
		for row in rows
		for fieldname, old, new in json.loads(row.data).get("changed") or ()
		if fieldname in fields
	]


def _section(record: dict) -> str:
	lines = [f"<h2>{escape(_(record['doctype']))} <small>{escape(record['code'])}</small></h2>"]
	made = _("Entered on {0} by {1}").format(format_datetime(record["made"]), record["made_by"])
	lines.append(f"<p>{escape(made)}</p><dl>")
	lines += [f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in record["readable"]]
	lines.append("</dl>")
	for heading, key in ((_("Comments"), "comments"), (_("Messages"), "messages")):
		notes = (
			f"<li>{escape(format_datetime(note['on']))} {escape(note['by'])}: {escape(note['text'])}</li>"
			for note in record[key]
		)
		lines.append(_listed(heading, notes))
	links = (
		f"<li><a href='{escape(file['path'])}'>{escape(file['name'] or '')}</a></li>"
		for file in record["files"]
	)
	lines.append(_listed(_("Files"), links))
	labels = {df.fieldname: _(df.label) for df in frappe.get_meta(record["doctype"]).fields if df.label}
	changes = (
		f"<li>{escape(format_datetime(row['on']))} {escape(row['by'])} · {escape(labels[row['field']])}: "
		f"{escape(str(row['from'] or '–'))} → {escape(str(row['to'] or '–'))}</li>"
		for row in record["changes"]
	)
	lines.append(_listed(_("Changes"), changes))
	return "".join(lines)


def _listed(heading: str, items) -> str:
	inside = "".join(items)
	return f"<h3>{escape(heading)}</h3><ul>{inside}</ul>" if inside else ""
