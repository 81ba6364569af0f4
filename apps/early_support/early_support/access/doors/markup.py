"""Keeps markup out of what a browser would take for text, where Frappe's own sanitiser lets it pass.

Frappe sanitises values that look like HTML. It leaves alone whatever reads as JSON (a text in quotation marks is JSON),
addresses, and paths of files; the desk shows many of them as they are. Texts that people write in our forms, and in those
of Frappe's which are open to all, hold no markup at all and are refused with it; whatever else reads as JSON is sanitised
within. A value without `<`, and a `<` that opens no tag ("ikä < 3 v", "<x@y.fi>"), costs nothing and passes.
"""

import json
import re

import frappe
from frappe import _
from frappe.model import default_fields, optional_fields
from frappe.utils import sanitize_html

from early_support.exceptions import MarkupInText

OWN_MODULE = "Early Support"
# Forms of Frappe which the staff may fill in. Their texts are shown to colleagues and administrators.
OPEN_TO_STAFF = ("Address", "Contact", "Energy Point Log", "File", "Reminder", "Tag", "ToDo", "User")

# Whose contents are code or rows, which only administrators may write; Frappe leaves them alone too.
CODE = ("Code", "HTML", "Password", "Table", "Table MultiSelect")
RICH = ("Geolocation", "HTML Editor", "JSON", "Markdown Editor", "Signature", "Text Editor")
PATHS = ("Attach", "Attach Image")

# Cheap enough to ask of every value: what could open a tag, also written as JSON writes it, or leave an attribute.
SUSPECT = re.compile(r"[<\"'`]|\\u003c|javascript:", re.IGNORECASE)
TAG = re.compile(r"<[a-z/!?]", re.IGNORECASE)
ADDRESS = re.compile(r"<[^<>\s\"'@/]+@[^<>\s\"'@/]+>")
# What a browser, or a script of the desk, would obey in a text that is put into a page or into a tag of it.
OBEYED = re.compile(r"<[a-z/!?][^>]*>?|\bon[a-z]+\s*=|javascript:|\{\{|\{%", re.IGNORECASE)
NO_PATH = re.compile(r"[<>\"`]|^\s*(?!https?:|data:image/)[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def check(doc, method: str | None = None) -> None:
	"""Refuse or sanitise markup in the values of any document that is saved, and of its rows.

	Raises:
		MarkupInText: a field that holds no markup holds some; names the field by its label.
	"""
	if frappe.flags.in_install or frappe.flags.in_migrate:
		return
	for part in (doc, *doc.get_all_children()):
		for fieldname, value in list(part.__dict__.items()):
			if type(value) is str and SUSPECT.search(value):
				_check_value(part, fieldname, value)


def refuse_added(translation, method: str | None = None) -> None:
	"""Refuse a translation with markup that the text does not have: it is shown in its place in every page.

	Raises:
		MarkupInText: as above, for everybody but Administrator.
	"""
	before = translation.get_doc_before_save()
	text = translation.translated_text or ""
	if frappe.session.user == "Administrator" or (before and before.translated_text == text):
		return
	if not set(OBEYED.findall(text)) <= set(OBEYED.findall(translation.source_text or "")):
		_refuse(translation.meta.get_label("translated_text"))


def refuse_markup(text: str | None, label: str) -> None:
	"""Refuse markup in a text that is stored past the hooks. Raises MarkupInText, with the label of its field."""
	if text and OBEYED.search(text):
		_refuse(label)


def holds_markup(text: str) -> bool:
	"""Tell whether a browser could take something in `text` for a tag. A mail address in angle brackets is none."""
	return "<" in text and TAG.search(ADDRESS.sub("", text)) is not None


def _check_value(part, fieldname: str, value: str) -> None:
	df = part.meta.get_field(fieldname)
	if df is None:
		if (fieldname in default_fields or fieldname in optional_fields) and holds_markup(value):
			_refuse(fieldname)
	elif df.fieldtype in PATHS:
		# The desk puts the address of a picture into single quotation marks.
		if NO_PATH.search(value) or (df.fieldtype == "Attach Image" and "'" in value):
			_refuse(df.label)
	elif df.fieldtype not in CODE or df.options == "Email":
		is_plain = df.options == "Email" or (df.fieldtype not in RICH and _is_written_by_staff(part.meta))
		if is_plain and holds_markup(_read(value)):
			_refuse(df.label)
		# Of comments Frappe says that it sanitises them by itself, which does not hold for what reads as JSON.
		if not is_plain and (df.fieldtype in RICH or not df.get("ignore_xss_filter")):
			part.set(fieldname, _sanitised(value))


def _is_written_by_staff(meta) -> bool:
	return meta.module == OWN_MODULE or meta.name in OPEN_TO_STAFF


def _read(value: str) -> str:
	"""Return a value with what it holds when it is read as JSON."""
	parsed = _parsed(value)
	return value if parsed is None else f"{value} {json.dumps(parsed, ensure_ascii=False)}"


def _parsed(value: str) -> object:
	try:
		return json.loads(value)
	except ValueError:
		return None


def _sanitised(value: str) -> str:
	"""Return a value of which every text, when it reads as JSON, is sanitised as Frappe does with other values."""
	parsed = _parsed(value)
	clean = _cleaned(parsed)
	return value if clean == parsed else json.dumps(clean, ensure_ascii=False)


def _cleaned(value: object) -> object:
	if isinstance(value, str):
		# JSON within JSON is looked into too: Frappe's own would let it pass again.
		inner = _sanitised(value)
		return sanitize_html(inner) if inner == value and holds_markup(value) else inner
	if isinstance(value, list):
		return [_cleaned(entry) for entry in value]
	if isinstance(value, dict):
		return {_cleaned(key): _cleaned(entry) for key, entry in value.items()}
	return value


def _refuse(label: str | None) -> None:
	frappe.throw(
		_("“{0}” holds plain text. Please leave out the angle brackets and what is between them.").format(
			_(label or "")
		),
		MarkupInText,
	)
