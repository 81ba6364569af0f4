"""Refuses a document whose text names or identifies a person, before anything of it is stored.

No trace is left: the marked text goes to the user as a message of the answer and nowhere else. It is never part of the
exception (Frappe prints tracebacks of REST requests to the server's log), and PersonInText is of a kind of which
Frappe takes no error snapshot, in developer mode either. Names are read from the database each time: no cache, in
Redis or in the process, holds names of people.
"""

import html
import re
from collections.abc import Iterable, Sequence
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

_HTML_FIELDS = frozenset({"Text Editor", "HTML Editor", "Markdown Editor"})
_TAG = re.compile(r"<[^<>]*>")
_BLOCK_TAG = re.compile(
	r"<\s*/?\s*(?:p|div|br|li|ul|ol|h\d|tr|td|th|table|blockquote|pre|hr)\b[^<>]*>", re.IGNORECASE
)


@dataclass(frozen=True)
class Marked:
	"""One text of the document with what was found in it."""

	label: str
	text: str
	findings: Sequence[Finding]


def refuse_persons(doc: Document, fields: Sequence[str]) -> None:
	"""Refuse `doc` if one of the text `fields` names or identifies a person (domain.md §2.2, §9.8).

	Compared with the names of the children of `doc.unit` and their guardians. A text that stands in the database
	unchanged is not judged again: it was, and a child who starts tomorrow must not lock yesterday's question. Sets
	nothing on the document.

	Raises PersonInText, with a message that shows each text with the findings marked; GuardNotMet if a text has more
	than MAX_CHARACTERS characters.
	"""
	unit_changed = doc.has_value_changed("unit")
	changed = [field for field in fields if doc.get(field) and (unit_changed or doc.has_value_changed(field))]
	refuse_texts(
		doc.get("unit"),
		[(_(doc.meta.get_label(field)), _shown_text(doc, field)) for field in changed],
	)


def refuse_texts(unit: str | None, texts: Iterable[tuple[str, str]]) -> None:
	"""Refuse `texts`, pairs of a label and a text, if one of them names or identifies a person of `unit` or another.

	Raises as refuse_persons does.
	"""
	texts = [(label, text) for label, text in texts if text and text.strip()]
	if not texts:
		return
	for label, text in texts:
		if len(text) > MAX_CHARACTERS:
			frappe.throw(
				_("{0} is too long. Please keep it under {1} characters.").format(label, MAX_CHARACTERS),
				GuardNotMet,
			)
	names, titles = known_names(unit), allowed_titles(unit)
	marked = [Marked(label, text, core.screen(text, names, titles)) for label, text in texts]
	marked = [entry for entry in marked if entry.findings]
	if marked:
		frappe.msgprint(message_of(marked), title=_("Please take out what names a person"), indicator="red")
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


def message_of(marked: Sequence[Marked]) -> str:
	"""The message as HTML: each text escaped and whole, with a <mark> around what has to go."""
	before = _(
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


def _shown_text(doc: Document, field: str) -> str:
	"""The text as a reader sees it: formatting could hide a name ("<b>A</b>ino")."""
	value = str(doc.get(field))
	if doc.meta.get_field(field).fieldtype in _HTML_FIELDS or _TAG.search(value):
		return html.unescape(_TAG.sub("", _BLOCK_TAG.sub("\n", value))).strip()
	return value
