"""Reads the configuration of a site as the records of a form pack, and says what of it no pack carries. Changes nothing.

Not filtered by permission: forms, lists, workflows, words, code maps and profiles are no casework and nobody's secret; who may ask for them is
asked at the doors (packs.py).
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import frappe
from frappe.utils import cint, cstr

from early_support.access import policy
from early_support.forms import current
from early_support.forms import packs_core as core
from early_support.forms.changes_core import LANGUAGES
from early_support.forms.lists import LIST_DOCTYPES, interface_translations
from early_support.forms.packs_core import (
	ACTION,
	CODE_MAP,
	FIELD,
	PROFILE,
	SETTER,
	STATE,
	WORD,
	WORKFLOW,
)

KINDS = core.kinds(LIST_DOCTYPES)
# The forms whose workflows are carried beside those of current.FORMS.
ALL_FORMS = (*current.FORMS, *policy.FORM_CHANGES)

TEXTS = ("Data", "Select", "Small Text", "Text", "Link", "Color")
FIXED_SCHEMA: core.Schema = {
	STATE: {"workflow_state_name": str, "style": str, "icon": str},
	ACTION: {"workflow_action_name": str},
	FIELD: {name: int if name in core.NUMBERS_OF_A_FIELD else str for name in core.OF_A_FIELD},
	SETTER: dict.fromkeys(("doc_type", "field_name", "property", "value"), str),
	WORD: dict.fromkeys(("language", "source_text", "translated_text"), str),
	WORKFLOW: {
		"workflow_name": str,
		"document_type": str,
		"workflow_state_field": str,
		"is_active": int,
		"override_status": int,
		"send_email_alert": int,
		"states": {
			"state": str,
			"doc_status": str,
			"allow_edit": str,
			"is_optional_state": int,
			"message": str,
		},
		"transitions": {
			"state": str,
			"action": str,
			"next_state": str,
			"allowed": str,
			"allow_self_approval": int,
			"condition": str,
		},
	},
	CODE_MAP: {
		**dict.fromkeys(("code", "title", "oid", "code_version"), str),
		"rows": dict.fromkeys(("local_code", "external_code", "label", "valid_from", "valid_to"), str),
	},
	PROFILE: {
		**dict.fromkeys(("profile_code", "title", "level", "event", "period_kind", "legal_basis"), str),
		**dict.fromkeys(("approver", "file_format", "encoding", "delimiter", "decimal_sign"), str),
		"byte_order_mark": int,
		"roll_up": int,
		"columns": {
			**dict.fromkeys(("key", "source", "value_kind", "transform", "code_map", "unknown"), str),
			**dict.fromkeys(("label_fi", "label_sv", "tells"), str),
			"required": int,
		},
		"filters": {"source": str, "keep": str},
	},
}
# What a site has decided about a profile by itself: for whom it reports, where to, and when.
SITE_OWN = ("controller", "destination", "scheduled", "schedule_day")
# What may stand in a record and means nothing elsewhere: where something is drawn, and from which app it comes.
UNIMPORTANT = (
	"module",
	"is_system_generated",
	"workflow_builder_id",
	"workflow_data",
	"print_width",
	"width",
)


def schema() -> core.Schema:
	"""Return what each kind of record in a pack may hold."""
	return {**{doctype: _of_list(doctype) for doctype in LIST_DOCTYPES}, **FIXED_SCHEMA}


def _of_list(doctype: str) -> dict[str, type]:
	fields = [df for df in frappe.get_meta(doctype).fields if not df.get("is_custom_field")]
	kept = {
		df.fieldname: int if df.fieldtype in core.NUMBERS else str
		for df in fields
		if df.fieldtype in (*core.NUMBERS, *TEXTS) and (df.fieldtype != "Link" or df.options in LIST_DOCTYPES)
	}
	return kept


class Read(NamedTuple):
	"""The configuration of the site, in some parts and forms, and what of it no pack carries."""

	records: dict[str, dict[str, dict]]
	left_out: list[dict[str, str]]


def read_site(
	parts: Iterable[str],
	forms: Iterable[str],
	beside: core.Records | None = None,
	progress: Callable[[int, int], None] | None = None,
) -> Read:
	"""Read the configuration of the site. Not filtered by permission: words and places only, for who administers forms.

	Args:
		parts: core.PARTS, or some of them.
		forms: ALL_FORMS, or some of them.
		beside: the records of a pack: also those states, actions and words are read that no form uses here yet.
		progress: is told how many of the parts are read, and of how many.
	"""
	parts = tuple(parts)
	reader = _Reader(parts, tuple(forms), beside or {})
	for number, part in enumerate(parts, 1):
		reader.read(part)
		if progress:
			progress(number, len(parts))
	return Read(reader.records, reader.left_out)


class _Reader:
	def __init__(self, parts: tuple[str, ...], forms: tuple[str, ...], beside: core.Records) -> None:
		self.schema, self.forms, self.beside = schema(), forms, beside
		self.records: dict[str, dict[str, dict]] = {
			doctype: {} for doctype, kind in KINDS.items() if kind.part in parts
		}
		self.left_out: list[dict[str, str]] = []

	def read(self, part: str) -> None:
		"""Read one of core.PARTS."""
		readers = {
			core.FORMS: self._read_forms,
			core.LISTS: self._read_lists,
			core.WORKFLOWS: self._read_workflows,
			core.WORDS: self._read_words,
			core.REPORTS: self._read_reports,
		}
		readers[part]()

	def _add(self, doctype: str, record: dict) -> None:
		self.records[doctype][core.key_of(KINDS[doctype], record)] = record

	def _leave_out(self, doctype: str, record: str, because: str) -> None:
		self.left_out.append({"kind": doctype, "record": record, "because": because})

	def _read_lists(self) -> None:
		for doctype in LIST_DOCTYPES:
			for row in frappe.get_all(doctype, fields=["*"], order_by="name"):
				self._add(doctype, content(row, self.schema[doctype]))

	def _read_forms(self) -> None:
		self._read_fields()
		self._read_setters()
		self._leave_out_other_forms()

	def _read_fields(self) -> None:
		rows = frappe.get_all(
			FIELD, filters={"dt": ("in", self.forms)}, fields=["*"], order_by="dt, idx, name"
		)
		places = _places(rows)
		for row in rows:
			beyond = _beyond(row, self.schema[FIELD])
			if beyond or row.fieldtype not in core.ADDED_TYPES:
				self._leave_out(FIELD, row.name, beyond or "fieldtype")
				continue
			record = content(row, self.schema[FIELD])
			record["insert_after"] = places[row.name]
			self._add(FIELD, {name: value for name, value in record.items() if value})

	def _read_setters(self) -> None:
		filters = {"doc_type": ("in", self.forms)}
		for row in frappe.get_all(SETTER, filters=filters, fields=["*"], order_by="name"):
			if row.row_name or not _is_carried(row):
				self._leave_out(SETTER, row.name, row.property)
				continue
			self._add(SETTER, content(row, self.schema[SETTER]))

	def _leave_out_other_forms(self) -> None:
		"""Say what was changed of our other forms and of the lists: no suggestion changes them, and no pack carries them."""
		others = frappe.get_all(
			"DocType", filters={"module": current.MODULE, "name": ("not in", current.FORMS)}, pluck="name"
		)
		for doctype, form in ((FIELD, "dt"), (SETTER, "doc_type")):
			for name in frappe.get_all(
				doctype, filters={form: ("in", others)}, order_by="name", pluck="name"
			):
				self._leave_out(doctype, name, form)

	def _read_workflows(self) -> None:
		states, actions = (set(self.beside.get(doctype, ())) for doctype in (STATE, ACTION))
		for name in frappe.get_all(
			WORKFLOW, filters={"document_type": ("in", self.forms)}, order_by="name", pluck="name"
		):
			workflow = frappe.get_doc(WORKFLOW, name)
			if beyond := _beyond_of(workflow):
				self._leave_out(WORKFLOW, name, beyond)
				continue
			self._add(WORKFLOW, content_of(workflow))
			states |= {row.state for row in workflow.states}
			actions |= {row.action for row in workflow.transitions}
		for doctype, names in ((STATE, states), (ACTION, actions)):
			for row in frappe.get_all(doctype, filters={"name": ("in", list(names) or ("",))}, fields=["*"]):
				self._add(doctype, content(row, self.schema[doctype]))

	def _read_words(self) -> None:
		sources = words_of(self.forms) | {word["source_text"] for word in self.beside.get(WORD, {}).values()}
		shipped = {language: interface_translations(language) for language in ("fi", "sv")}
		rows = frappe.get_all(
			WORD,
			filters={"language": ("in", LANGUAGES), "source_text": ("in", list(sources) or ("",))},
			fields=["name", "language", "source_text", "translated_text", "context"],
			order_by="language, source_text, name",
		)
		for row in rows:
			there = shipped.get(row.language, {}).get(row.source_text)
			if row.source_text not in sources:
				# MariaDB takes two texts that differ in their case for one.
				continue
			if row.context or (there is not None and there != row.translated_text):
				self._leave_out(WORD, f"{row.language}: {row.source_text}", "translated_text")
				continue
			self._add(WORD, content(row, self.schema[WORD]))

	def _read_reports(self) -> None:
		for name in frappe.get_all(CODE_MAP, order_by="name", pluck="name"):
			self._add(CODE_MAP, content_of(frappe.get_doc(CODE_MAP, name)))
		for name in newest_profiles().values():
			profile = frappe.get_doc(PROFILE, name)
			self._add(PROFILE, content_of(profile))
			for field in SITE_OWN:
				if profile.get(field) and (field != "schedule_day" or profile.scheduled):
					self._leave_out(PROFILE, name, field)


def newest_profiles() -> dict[str, str]:
	"""Return the newest version of each profile that is not retired: {code: name}. Not filtered by permission."""
	rows = frappe.get_all(
		PROFILE, filters={"status": ("!=", "Retired")}, fields=["name", "profile_code", "version"]
	)
	return {row.profile_code: row.name for row in sorted(rows, key=lambda row: cint(row.version))}


def content(row, fields: dict) -> dict:
	"""Return what a pack holds of a row of the database, or of a document without its rows."""
	return {name: _value(row.get(name), kind) for name, kind in fields.items() if isinstance(kind, type)}


def content_of(doc) -> dict:
	"""Return what a pack holds of a document with rows: of these what is not empty."""
	fields = FIXED_SCHEMA[doc.doctype]
	tables = {name: kind for name, kind in fields.items() if not isinstance(kind, type)}
	return content(doc, fields) | {
		name: [
			{column: value for column, value in content(row, kind).items() if value}
			for row in doc.get(name) or ()
		]
		for name, kind in tables.items()
	}


def _value(value: object, kind: type) -> int | str:
	return cint(value) if kind is int else cstr(value).replace("\r\n", "\n")


def _places(rows: list) -> dict[str, str]:
	"""Return after which field each added one stands. Of several after the same one, each stands after the one before."""
	last: dict[tuple[str, str], str] = {}
	places = {}
	for row in rows:
		key = (row.dt, cstr(row.insert_after))
		places[row.name] = last.get(key, key[1])
		last[key] = row.fieldname
	return places


def _beyond(row, fields: dict) -> str | None:
	"""Return a field of a record that says something which no pack carries, if one does."""
	for df in frappe.get_meta(row.get("doctype") or FIELD).fields:
		if df.fieldname in fields or df.fieldname in UNIMPORTANT or df.fieldtype in ("Table", "Column Break"):
			continue
		value = row.get(df.fieldname)
		if value not in (None, "", 0, "0", 0.0) and cstr(value) != cstr(df.default):
			return df.fieldname
	return None


def _beyond_of(workflow) -> str | None:
	fields = FIXED_SCHEMA[WORKFLOW]
	found = [_beyond(workflow, fields)]
	for name in ("states", "transitions"):
		found += [_beyond(row, fields[name]) for row in workflow.get(name)]
	return next(filter(None, found), None)


def _is_carried(setter) -> bool:
	if not setter.field_name:
		return setter.property in core.changes.FORM_PROPERTIES
	is_hidden = setter.property == "hidden" and setter.value == "1"
	return setter.property in core.FIELD_PROPERTIES and not is_hidden


def words_of(forms: Iterable[str]) -> set[str]:
	"""Return the words that stand in the forms, and in their workflows. Titles of lists bring their own translations."""
	words: set[str] = set()
	for form in forms:
		words.add(form)
		for df in frappe.get_meta(form).fields:
			words |= {cstr(df.label), cstr(df.description)}
			if df.fieldtype == "Select":
				words |= set(cstr(df.options).split("\n"))
	workflows = frappe.get_all(WORKFLOW, filters={"document_type": ("in", forms)}, pluck="name")
	for table, name in (("Workflow Document State", "state"), ("Workflow Transition", "action")):
		filters = {"parenttype": WORKFLOW, "parent": ("in", workflows or ("",))}
		words |= set(frappe.get_all(table, filters=filters, pluck=name))
	titles = {title for doctype in LIST_DOCTYPES for title in frappe.get_all(doctype, pluck="title")}
	return words - titles - {""}
