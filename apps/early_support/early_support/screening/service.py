"""Refuses a document whose text names or identifies a person, before anything of it is stored.

No trace is left: the marked text goes to the user as a message of the answer and nowhere else. It is never part of the
exception (Frappe prints tracebacks of REST requests to the server's log), and PersonInText is of a kind of which
Frappe takes no error snapshot, in developer mode either. Names are read from the database each time: no cache, in
Redis or in the process, holds names of people.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, escape_html, nowdate

from early_support.exceptions import GuardNotMet, PersonInText
from early_support.screening import core
from early_support.screening.core import Finding, KnownName

# Longer is no question any more, and 10,000 characters take about a second (0.6 ms a word).
MAX_CHARACTERS = 10_000
# A child who left is still talked of for a while; later the name is only in the way.
DAYS_AFTER_LEAVING = 365

# Fields in whose column a request may put words. A Select takes any as long as nobody has given it options.
_TEXT_FIELDS = frozenset(
	{
		"Autocomplete",
		"Barcode",
		"Code",
		"Color",
		"Data",
		"HTML Editor",
		"Icon",
		"JSON",
		"Long Text",
		"Markdown Editor",
		"Phone",
		"Read Only",
		"Small Text",
		"Text",
		"Text Editor",
	}
)
# Their tags are the form's own and not typed by anybody.
_HTML_FIELDS = frozenset({"HTML Editor", "Text Editor"})
_BLOCKS = r"p|div|br|li|ul|ol|h\d|tr|td|th|table|blockquote|pre|hr"
# What a reader does not see as it was typed: tags, of which some break the line, and character references.
_MARKUP = re.compile(
	rf"(?P<block><\s*/?\s*(?:{_BLOCKS})\b[^<>]*>)|(?P<tag><[^<>]*>)"
	r"|(?P<reference>&(?:#\d{1,8}|#x[0-9a-f]{1,8}|[a-z][a-z0-9]{1,31});?)",
	re.IGNORECASE,
)
_BREAKS = str.maketrans("<>", "\n\n")
# A reference to a reference is read too.
_READINGS = 3


@dataclass(frozen=True)
class Worded:
	"""One text of the document, as it was typed; `is_html` if a form put the tags around it."""

	label: str
	text: str
	is_html: bool = False


@dataclass(frozen=True)
class Marked:
	"""One text of the document with what was found in it."""

	label: str
	text: str
	findings: Sequence[Finding]


def refuse_persons(doc: Document, why: str | None = None) -> None:
	"""Refuse `doc` if one of its texts names or identifies a person (domain.md §2.2, §9.8).

	Its texts are all fields that hold words, also those which an administrator has added, and those of its rows; not
	what the app itself records (RECORDED_FIELDS of the controller). Compared with the names of the children of
	`doc.unit` and their guardians. A text that stands in the database unchanged is not judged again: it was, and a
	child who starts tomorrow must not lock yesterday's question. Sets nothing on the document, and trusts no value of
	it: it comes before every other rule. `why` opens the message, which speaks of a consultation otherwise.

	Raises PersonInText, with a message that shows each text with the findings marked; GuardNotMet if a text has more
	than MAX_CHARACTERS characters.
	"""
	unit = doc.get("unit") if isinstance(doc.get("unit"), str) else None
	before = doc.get_doc_before_save()
	stored = set(_texts_of(before)) if before and before.get("unit") == unit else set()
	_refuse(unit, [worded for worded in _texts_of(doc) if worded not in stored], why)


def refuse_texts(unit: str | None, texts: Iterable[tuple[str, str]]) -> None:
	"""Refuse `texts`, pairs of a label and a text, if one of them names or identifies a person of `unit` or another.

	Raises as refuse_persons does.
	"""
	_refuse(unit, [Worded(label, text) for label, text in texts if text])


def _refuse(unit: str | None, texts: Iterable[Worded], why: str | None = None) -> None:
	texts = [worded for worded in texts if worded.text.strip()]
	if not texts:
		return
	for worded in texts:
		if len(worded.text) > MAX_CHARACTERS:
			frappe.throw(
				_("{0} is too long. Please keep it under {1} characters.").format(
					worded.label, MAX_CHARACTERS
				),
				GuardNotMet,
			)
	names, titles = known_names(unit), allowed_titles(unit)
	marked = [Marked(worded.label, worded.text, _findings(worded, names, titles)) for worded in texts]
	marked = [entry for entry in marked if entry.findings]
	if marked:
		frappe.msgprint(
			message_of(marked, why), title=_("Please take out what names a person"), indicator="red"
		)
		# The exception itself holds nothing of the text: it may end up in a log.
		raise PersonInText(_("The text seems to name a person. Nothing was stored."))


def known_names(unit: str | None) -> list[KnownName]:
	"""Names of the children of `unit` and of their guardians, also those which the user may not see.

	Not filtered by permission, because the text is compared with the names of all of them; no name leaves this module
	that the user did not type.
	"""
	if not unit:
		return []
	children = frappe.get_all(
		"Child",
		filters={"unit": unit},
		or_filters=[
			["left_on", "is", "not set"],
			["left_on", ">=", add_days(nowdate(), -DAYS_AFTER_LEAVING)],
		],
		fields=["first_names", "last_name", "family"],
	)
	families = sorted({child.family for child in children if child.family})
	guardians = (
		frappe.get_all(
			"Family Guardian",
			filters={"parent": ["in", families], "parenttype": "Family"},
			pluck="full_name",
		)
		if families
		else []
	)
	names = [KnownName(child.first_names or "", "first") for child in children]
	names += [KnownName(child.last_name or "", "last") for child in children]
	for full_name in guardians:
		first, _space, last = (full_name or "").strip().rpartition(" ")
		names += [KnownName(first or last, "first"), KnownName(last if first else "", "last")]
	return sorted({name for name in names if name.text.strip()})


def allowed_titles(unit: str | None) -> list[str]:
	"""Titles that may look like names and are none: the unit, its groups, its area and controller."""
	if not unit:
		return []
	title, area, controller = frappe.db.get_value(
		"Day Care Unit", unit, ["title", "service_area", "controller"]
	) or (
		None,
		None,
		None,
	)
	groups = frappe.get_all(
		"Day Care Group", filters={"parent": unit, "parenttype": "Day Care Unit"}, pluck="title"
	)
	titles = [
		title,
		*groups,
		frappe.db.get_value("Service Area", area, "title") if area else None,
		frappe.db.get_value("Register Controller", controller, "title") if controller else None,
	]
	return [entry for entry in titles if entry]


def message_of(marked: Sequence[Marked], why: str | None = None) -> str:
	"""The message as HTML: each text escaped and whole, with a <mark> around what has to go."""
	before = why or _(
		"A consultation names nobody, so this was not stored. Your text is still in the form: please take out what is marked and save again."
	)
	after = _("If a marked word is no name, please say it with another word.")
	words = kind_words()
	parts = [f"<p>{before}</p>"]
	for entry in marked:
		kinds = [kind for kind in core.KINDS if any(finding.kind == kind for finding in entry.findings)]
		parts.append(
			f"<p><strong>{escape_html(entry.label)}</strong> ({', '.join(words[kind] for kind in kinds)})</p>"
			f'<blockquote class="es-screened" style="white-space: pre-wrap">{_mark(entry)}</blockquote>'
		)
	parts.append(f"<p>{after}</p>")
	return "".join(parts)


def kind_words() -> dict[str, str]:
	"""What is told of each kind of finding, in the user's language."""
	return {
		core.IDENTITY_CODE: _("personal identity code"),
		core.EMAIL: _("e-mail address"),
		core.PHONE: _("phone number"),
		core.NAME: _("looks like a name"),
		core.INITIALS: _("initials"),
	}


def _mark(entry: Marked) -> str:
	words = kind_words()
	pieces = []
	position = 0
	for finding in entry.findings:
		pieces.append(escape_html(entry.text[position : finding.start]))
		pieces.append(f'<mark title="{escape_html(words[finding.kind])}">{escape_html(finding.text)}</mark>')
		position = finding.end
	pieces.append(escape_html(entry.text[position:]))
	return "".join(pieces)


def _texts_of(doc: Document) -> list[Worded]:
	"""Everything in `doc` and its rows that is worded by people."""
	recorded = getattr(type(doc), "RECORDED_FIELDS", ())
	texts = [
		Worded(_(df.label or df.fieldname), str(doc.get(df.fieldname)), df.fieldtype in _HTML_FIELDS)
		for df in doc.meta.fields
		if _is_text(df) and df.fieldname not in recorded and doc.get(df.fieldname)
	]
	for df in doc.meta.get_table_fields():
		for row in doc.get(df.fieldname) or ():
			texts += _texts_of(row)
	return texts


def _is_text(df: Document) -> bool:
	return df.fieldtype in _TEXT_FIELDS or (df.fieldtype == "Select" and not df.options)


def _findings(worded: Worded, names: Sequence[KnownName], titles: Sequence[str]) -> list[Finding]:
	"""Findings in the text as it was typed, and in what a reader would make of it: "<b>A</b>ino", "&#65;ino".

	The places of all are those of the text as it was typed, because that is what is stored.
	"""
	found: list[Finding] = []
	for shown, places in _readings(worded):
		for finding in core.screen(shown, names, titles):
			start, end = places[finding.start][0], places[finding.end - 1][1]
			if not any(start < other.end and other.start < end for other in found):
				found.append(Finding(start, end, finding.kind, worded.text[start:end]))
	return sorted(found, key=lambda finding: finding.start)


def _readings(worded: Worded) -> Iterator[tuple[str, list[tuple[int, int]]]]:
	"""Give the text, then what it reads like without its markup, each with the place of every character in the text."""
	text = worded.text
	places = [(index, index + 1) for index in range(len(text))]
	# Behind the tag of a paragraph a sentence begins, so that its capital makes no name of a word.
	yield (text.translate(_BREAKS) if worded.is_html else text), places
	for _round in range(_READINGS):
		shown, shown_places, position = [], [], 0
		for match in _MARKUP.finditer(text):
			shown.append(text[position : match.start()])
			shown_places += places[position : match.start()]
			if match.lastgroup == "tag":
				read = ""
			else:
				read = "\n" if match.lastgroup == "block" else html.unescape(match.group())
			shown.append(read)
			shown_places += [(places[match.start()][0], places[match.end() - 1][1])] * len(read)
			position = match.end()
		read_text = "".join([*shown, text[position:]])
		if read_text == text:
			return
		text, places = read_text, shown_places + places[position:]
		yield text, places
