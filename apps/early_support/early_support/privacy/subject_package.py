"""Everything that is recorded of one child, gathered and put into words (data protection regulation, article 15).

Contact details of guardians under non-disclosure for safety are left out (domain.md §9.9), and so is the history of the
family's record, in which they may have stood. Siblings have packages of their own; a consultation belongs to no child.
"""

import datetime
import json
from collections.abc import Iterator
from html import escape

import frappe
from frappe import _
from frappe.model import display_fieldtypes, table_fields
from frappe.utils import cint, format_datetime, formatdate, strip_html

from early_support.access import policy
from early_support.forms import earlier
from early_support.privacy import rights

# Technical, or of no meaning outside the app.
LEFT_OUT = {
	"Family Guardian": ("user", "protected_phone", "protected_email"),
	"Child": ("controller",),
	"Legal Hold": ("controller",),
	"Access Grant": ("user", "family", "source_doctype"),
}
CASE_LEFT_OUT = ("family", "child", "controller")
FILING = "Network Meeting Filing"
IDENTITY = ("full_name", "birth_date")
STYLE = (
	"body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#171717}"
	"h2{margin-top:2.5rem;border-top:2px solid #171717;padding-top:.5rem}"
	"dl{display:grid;grid-template-columns:minmax(9rem,15rem) 1fr;gap:.25rem 1rem}dt{color:#525252}"
	"dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}.note{border:2px solid #171717;padding:.5rem 1rem}"
)


def gather(child: str, controller: str) -> list[dict]:
	"""Return what one register holds of a child, each record with its fields, changes, comments and files.

	Of another controller's register that controller answers (703/2023, 13 §). The child's own record and that of the family
	stand in the register of its unit: the package of another says only whom it is about. In the order of the work.

	Not filtered by permission: the caller has the right to the whole, see subject_access.py.
	"""
	person = frappe.get_doc("Child", child)
	if person.controller == controller:
		about = [_record(person), _record(frappe.get_doc("Family", person.family), with_history=False)]
	else:
		about = [_identity(person)]
	kept = [
		_record(frappe.get_doc(doctype, name))
		for doctype in rights.KEPT
		for name in _kept(doctype, child, controller)
	]
	# On the child's own record, access was given in the register of its unit.
	own = [*about, *kept] if person.controller == controller else kept
	return [*about, *kept, *map(_record, (*_accesses(own), *_holds(person, controller)))]


def _kept(doctype: str, child: str, controller: str) -> list[str]:
	filters = {"child": child, "controller": controller}
	order = "filed_on asc, name asc" if doctype == FILING else "creation asc, name asc"
	return frappe.get_all(doctype, filters=filters, order_by=order, pluck="name")


def _identity(person) -> dict:
	"""Return of the child's record what tells whom the package is about, and nothing that hangs on it."""
	fields = [person.meta.get_field(name) for name in IDENTITY]
	return {
		"doctype": person.doctype,
		"code": person.name,
		# Who entered it, and when, is the other register's.
		"made": None,
		"made_by": None,
		"values": {df.fieldname: _plain(person, df) for df in fields},
		"readable": [(_(df.label), _readable(person, df)) for df in fields],
		"comments": [],
		"messages": [],
		"tasks": [],
		"files": [],
		"changes": [],
		"worded": {},
	}


def _accesses(records: list[dict]) -> list:
	"""Return to whom access was given on these records, or in an emergency, and why; in the order of their beginning."""
	sources = {(record["doctype"], record["code"]) for record in records}
	rows = frappe.get_all(
		"Access Grant",
		filters={"source_name": ("in", [code for _doctype, code in sources])},
		fields=["name", "source_doctype", "source_name"],
		order_by="valid_from asc, name asc",
	)
	return [
		frappe.get_doc("Access Grant", row.name)
		for row in rows
		if (row.source_doctype, row.source_name) in sources
	]


def _holds(child, controller: str) -> list:
	"""Return why something of the child, or of its family, is kept longer in the register."""
	filters = {"subject": ("in", (child.name, child.family)), "controller": controller}
	names = frappe.get_all("Legal Hold", filters=filters, order_by="creation asc, name asc", pluck="name")
	return [frappe.get_doc("Legal Hold", name) for name in names]


def has_protected_guardian(child: str) -> bool:
	"""Whether a guardian of the child is under non-disclosure: whoever hands the package over must look twice."""
	family = frappe.db.get_value("Child", child, "family")
	return bool(frappe.db.exists("Family Guardian", {"parent": family, "non_disclosure": 1}))


def as_json(records: list[dict]) -> str:
	"""Return the records as JSON, for machines."""
	return json.dumps(records, ensure_ascii=False, indent=1, default=str)


def as_html(records: list[dict], made_on: datetime.date, controller: str, *, warned: bool) -> str:
	"""Return the records of the register of `controller` as one page, in the language of the session."""
	title = _("What is recorded of the child")
	lang = escape(frappe.local.lang)
	parts = [
		f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'><title>{escape(title)}</title>",
		f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(formatdate(made_on))}</p>",
		f"<p>{escape(_('Register controller: {0}').format(_title('Register Controller', controller)))}</p>",
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
	versions = _versions(doc)
	told = {df.fieldname for df in fields}
	worded = {
		fieldname: said
		for fieldname, said in earlier.words_of(doc, versions[::-1]).items()
		if fieldname in told
	}
	record = {
		"doctype": doc.doctype,
		"code": doc.name,
		"made": str(doc.creation),
		"made_by": _person(doc.owner),
		"values": {df.fieldname: _plain(doc, df) for df in fields},
		"readable": [
			(_(df.label), "\n".join((_readable(doc, df), *worded.get(df.fieldname, ()))))
			for df in fields
			if doc.get(df.fieldname)
		],
		"comments": _comments(doc),
		"messages": _messages(doc),
		"tasks": _tasks(doc),
		"files": _files(doc),
		"changes": _changes(doc, versions) if with_history else [],
		"worded": worded,
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


def _tasks(doc) -> list[dict]:
	rows = frappe.get_all(
		"ToDo",
		filters={"reference_type": doc.doctype, "reference_name": doc.name},
		fields=["creation", "owner", "description"],
		order_by="creation asc",
	)
	return [_note(row, row.description) for row in rows]


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


def _changes(doc, versions: list[dict]) -> list[dict]:
	"""Return what was changed, when and by whom: fields with their former and new value, of rows with their column."""
	fields = {df.fieldname: df for df in _fields(doc) if df.fieldtype != "Password"}
	return [
		{"on": str(row.creation), "by": _person(row.owner), **change}
		for row in versions
		for change in _changes_in(json.loads(row.data), fields)
	]


def _versions(doc) -> list[dict]:
	# Not filtered by permission, as nothing of a package: whoever may make it gets all that is recorded.
	return frappe.get_all(
		"Version",
		filters={"ref_doctype": doc.doctype, "docname": doc.name},
		fields=["creation", "owner", "data"],
		order_by="creation asc",
	)


def _changes_in(version: dict, fields: dict) -> Iterator[dict]:
	"""Yield the changes of one version. `fields`: name → those that are told; what another app left out of it is not told."""
	for fieldname, old, new in version.get("changed") or ():
		if fieldname in fields and fields[fieldname].fieldtype not in table_fields:
			yield {"field": fieldname, "from": old, "to": new}
	for table, index, _name, changed in version.get("row_changed") or ():
		if table in fields:
			columns = _columns(fields[table])
			for fieldname, old, new in changed:
				if fieldname in columns:
					yield {"field": table, "row": index + 1, "column": fieldname, "from": old, "to": new}
	for key, side in (("added", "to"), ("removed", "from")):
		for table, row in version.get(key) or ():
			if table in fields:
				told = {name: row[name] for name in _columns(fields[table]) if row.get(name)}
				yield {"field": table, "from": None, "to": None, side: told}


def _columns(table) -> dict:
	"""Return the fields of the rows of a table that are told: name → field."""
	row = frappe.new_doc(table.options)
	return {df.fieldname: df for df in _fields(row) if df.fieldtype != "Password"}


def _section(record: dict) -> str:
	lines = [f"<h2>{escape(_(record['doctype']))} <small>{escape(record['code'])}</small></h2>"]
	if record["made"]:
		made = _("Entered on {0} by {1}").format(format_datetime(record["made"]), record["made_by"])
		lines.append(f"<p>{escape(made)}</p>")
	lines.append("<dl>")
	lines += [f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in record["readable"]]
	lines.append("</dl>")
	for heading, key in ((_("Comments"), "comments"), (_("Messages"), "messages"), (_("Tasks"), "tasks")):
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
	meta = frappe.get_meta(record["doctype"])
	changes = (
		f"<li>{escape(format_datetime(row['on']))} {escape(row['by'])} · {escape(_place(meta, row))}: "
		f"{escape(_told(meta, row, 'from'))} → {escape(_told(meta, row, 'to'))}</li>"
		for row in record["changes"]
	)
	lines.append(_listed(_("Changes"), changes))
	return "".join(lines)


def _place(meta, change: dict) -> str:
	"""Return in words where something was changed: a field, or a table, its row and column."""
	table = meta.get_field(change["field"])
	if "column" not in change:
		return _(table.label)
	column = frappe.get_meta(table.options).get_field(change["column"])
	return f"{_(table.label)} {change['row']}, {_(column.label)}"


def _told(meta, change: dict, side: str) -> str:
	value = change[side]
	if isinstance(value, dict):
		columns = frappe.get_meta(meta.get_field(change["field"]).options)
		value = "; ".join(f"{_(columns.get_field(name).label)}: {text}" for name, text in value.items())
	return str(value or "–")


def _listed(heading: str, items) -> str:
	inside = "".join(items)
	return f"<h3>{escape(heading)}</h3><ul>{inside}</ul>" if inside else ""
