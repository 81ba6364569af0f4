"""Tells under which words the answers of a document were given, where a form or a list has been reworded since.

Of forms, the published requests and the notes of what was changed by hand or by a pack say what stood there before; of lists
the history of their records does, whoever changed them. All of it is read once and kept for everybody; of a document nothing
more is asked than its form shows of its history anyway.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.utils import cint, cstr, formatdate, get_datetime

from early_support.forms import changes_core as core
from early_support.forms import earlier_core, kept_words
from early_support.forms.earlier_core import Period, Run, Save, When
from early_support.forms.lists import LIST_DOCTYPES, TITLE_LANGUAGES

REQUEST = "Form Change Request"
OF_A_FIELD = ("label", "description")
# What a record of a list says beside its title, in three languages: of a worry zone, as its scale names it.
OF_A_RECORD = {"meaning": "What it means", "guidance": "Guidance", "suggested_action": "Suggested action"}


class Earlier(NamedTuple):
	"""All words that were changed: of fields by (form, fieldname), of list records by (doctype, name).

	`records` are those of which `lists` tells, as they are now; `translated` the words that came with a request,
	{(language, source): text}, which may be gone by now.
	"""

	fields: dict[tuple[str, str], list[Period]]
	lists: dict[tuple[str, str], list[Period]]
	records: dict[tuple[str, str], dict[str, str]]
	translated: dict[tuple[str, str], str]


def words_of(doc, versions: Iterable[Mapping], is_all: bool = True) -> dict[str, list[str]]:
	"""Return what is to be said of the fields of a document: {fieldname: sentences}, in the language of the session.

	Args:
		doc: a document, or a new one, of which nothing is said.
		versions: Frappe's versions of it, {creation, data}, the last one first.
		is_all: whether there are no earlier ones.
	"""
	known = None if doc.is_new() else kept_words.kept(_read)
	if not known or not (known.fields or known.lists):
		return {}
	saves = [
		Save(get_datetime(row["creation"]), earlier_core.changed_in(json.loads(row["data"] or "{}")))
		for row in versions
	]
	until = None if is_all or not saves else saves[-1].at
	return {fieldname: said for fieldname, said in _said_of(doc, _Reader(known, saves, until), "") if said}


# What was changed -----------------------------------------------------------------------------------------------------


def _read() -> Earlier:
	fields, translated = _of_forms()
	lists, records = _of_lists()
	return Earlier(fields, lists, records, translated)


def _of_forms() -> tuple[dict, dict]:
	changes: dict[tuple[str, str], list[tuple[datetime, dict]]] = {}
	translated = {}
	for at, step in _steps():
		if step["doctype"] == core.WORD:
			now = step["now"]
			translated[now["language"], now["source_text"]] = now["translated_text"]
			continue
		key, before = _before(step)
		if before:
			changes.setdefault(key, []).append((at, before))
	return {key: earlier_core.periods(each, {}) for key, each in changes.items()}, translated


def _steps() -> Iterator[tuple[datetime, dict]]:
	"""Yield (when, step) of all that was published or changed by hand, and of what was put back, in order."""
	# Not filtered by permission, here and below: how forms and lists were worded is no secret.
	requests = frappe.get_all(
		REQUEST,
		filters={"workflow_state": ("in", ("Published", "Rolled Back")), "was_before": ("is", "set")},
		fields=["published_at", "rolled_back_at", "was_before"],
	)
	found = []
	for request in requests:
		for step in json.loads(request.was_before):
			if step["doctype"] not in (core.FIELD, core.SETTER, core.WORD):
				continue
			found.append((request.published_at, step))
			if request.rolled_back_at and step["doctype"] != core.WORD:
				found.append((request.rolled_back_at, {**step, "was": step["now"], "now": step["was"]}))
	return iter(sorted((each for each in found if each[0]), key=lambda each: each[0]))


def _before(step: dict) -> tuple[tuple[str, str], dict[str, str]]:
	"""Return which field a step is about, and the words that it has replaced."""
	was, now = step["was"], step["now"]
	values = {**(was or {}), **(now or {})}
	if step["doctype"] == core.FIELD:
		form, _dash, name = step["name"].rpartition("-")
		key = (values.get("dt") or form, values.get("fieldname") or name)
		if not was or not now:
			return key, {}
		return key, {
			part: cstr(was[part])
			for part in OF_A_FIELD
			if part in was and cstr(was[part]) != cstr(now.get(part, was[part]))
		}
	key, part = (values.get("doc_type"), values.get("field_name")), values.get("property")
	if part not in OF_A_FIELD or not key[1]:
		return key, {}
	before, after = (side["value"] if side and side.get("value") is not None else None for side in (was, now))
	return key, {part: _shipped(key, part) if before is None else before} if before != after else {}


def _shipped(key: tuple[str, str], part: str) -> str:
	return cstr(frappe.db.get_value("DocField", {"parent": key[0], "fieldname": key[1]}, part))


def _of_lists() -> tuple[dict, dict]:
	parts = {f"{name}{end}" for name in OF_A_RECORD for end in ("", "_sv", "_en")}
	parts |= {"title", *TITLE_LANGUAGES.values()}
	# Not filtered by permission: only of lists, which all of the staff read.
	rows = frappe.get_all(
		"Version",
		filters={"ref_doctype": ("in", LIST_DOCTYPES)},
		fields=["ref_doctype", "docname", "creation", "data"],
		order_by="creation asc",
	)
	changes: dict[tuple[str, str], list[tuple[datetime, dict]]] = {}
	for row in rows:
		changed = json.loads(row.data or "{}").get("changed") or ()
		before = {fieldname: cstr(old) for fieldname, old, _new in changed if fieldname in parts}
		if before:
			changes.setdefault((row.ref_doctype, row.docname), []).append((row.creation, before))
	found, records = {}, {}
	for key, each in changes.items():
		now = frappe.db.get_value(*key, "*", as_dict=True)
		if now:
			records[key] = {part: cstr(now[part]) for part in parts if part in now}
			found[key] = earlier_core.periods(each, records[key])
	return found, records


# What is said of it ---------------------------------------------------------------------------------------------------


class _Reader(NamedTuple):
	known: Earlier
	saves: Collection[Save]
	until: datetime | None

	def when(self, row: str, fieldname: str, made: datetime) -> When:
		return earlier_core.answered((row, fieldname), made, self.saves, self.until)


def _said_of(part, reader: _Reader, row: str) -> Iterator[tuple[str, list[str]]]:
	"""Yield (fieldname, sentences) of the answers of a document, or of a row of that name."""
	for df in part.meta.fields:
		key, value = (part.doctype, df.fieldname), part.get(df.fieldname)
		if not value or value in earlier_core.EMPTY or cint(df.permlevel):
			# Whether something stands in a field of a level of rights is told to nobody.
			continue
		if df.fieldtype in table_fields:
			filled_in = When(tuple(get_datetime(child.creation) for child in value))
			said = [*_said_of_field(df, key, filled_in, reader.known), *_said_of_rows(df, value, reader)]
			yield df.fieldname, said
			continue
		record = (df.options, value)
		of_record = df.fieldtype == "Link" and record in reader.known.lists
		if key in reader.known.fields or of_record:
			when = reader.when(row, df.fieldname, get_datetime(part.creation))
			said = [*_said_of_field(df, key, when, reader.known)]
			said += _said_of_record(record, when, reader.known) if of_record else ()
			yield df.fieldname, said


def _said_of_rows(table, rows, reader: _Reader) -> list[str]:
	said: dict[str, None] = {}
	for row in rows:
		for fieldname, sentences in _said_of(row, reader, row.name):
			column = _(row.meta.get_field(fieldname).label or "")
			is_alone = table.fieldtype == "Table MultiSelect" or not column
			said |= dict.fromkeys(each if is_alone else f"{column}: {each}" for each in sentences)
	return [*said]


def _said_of_field(df, key: tuple[str, str], when: When, known: Earlier) -> Iterator[str]:
	language = frappe.local.lang
	said = {
		"label": _("{0} this was called “{1}”."),
		"description": _("{0} the help text here was “{1}”."),
	}
	for part, sentence in said.items():
		now = cstr(df.get(part))

		def say(words: Mapping[str, str], part: str = part, now: str = now) -> str:
			source = words.get(part, now)
			return known.translated.get((language, source)) or _(source) if source else ""

		periods = known.fields.get(key, ())
		for run in _others(earlier_core.runs(periods, say), _(now) if now else "", when):
			yield sentence.format(_period(run), run.words)


def _said_of_record(record: tuple[str, str], when: When, known: Earlier) -> Iterator[str]:
	now = known.records[record]
	for part in ("title", *OF_A_RECORD):
		if part not in now:
			continue
		runs = earlier_core.runs(known.lists[record], lambda words, part=part: _in_language(words, part))
		for run in _others(runs, _in_language(now, part), when):
			if part == "title":
				yield _("{0} this answer was called “{1}”.").format(_period(run), run.words)
			else:
				yield _("{0} it said under “{1}”: “{2}”").format(
					_period(run), _(OF_A_RECORD[part]), run.words
				)


def _in_language(words: Mapping[str, str], part: str) -> str:
	end = {"fi": "", "sv": "_sv"}.get((frappe.local.lang or "")[:2], "_en")
	return words.get(f"{part}{end}") or words.get(part) or ""


def _others(runs: Iterable[Run], now: str, when: When) -> Iterator[Run]:
	return (run for run in runs if run.words and run.words != now and when.meets(run))


def _period(run: Run) -> str:
	until = formatdate(run.until)
	return (
		_("From {0} to {1}").format(formatdate(run.since), until)
		if run.since
		else _("Until {0}").format(until)
	)
