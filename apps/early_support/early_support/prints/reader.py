"""For whom something is printed, and in which language."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import frappe
from babel.dates import format_date
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from early_support.exceptions import PrintRefused

# The languages of the app, each with the field of a list record that holds its title, and how a day is written.
LANGUAGES = {
	"fi": ("title", "d.M.yyyy", "fi_FI"),
	"sv": ("title_sv", "d.M.yyyy", "sv_FI"),
	"en": ("title_en", "d MMM yyyy", "en_GB"),
}
DEFAULT_LANGUAGE = "fi"


class Reader(NamedTuple):
	"""Who reads a print: a guardian, or whoever works with the child when no guardian is named.

	`withholds`: another guardian is under non-disclosure for safety, so that nothing may tell where he or she lives: no
	municipality, unit, place, workers' names of services, phone (domain.md §9.9).
	"""

	language: str
	name: str | None = None
	needs_interpreter: bool = False
	withholds: bool = False


def reader_of(family: Document, guardian: str | None = None, language: str | None = None) -> Reader:
	"""Return the reader of what is printed about a child of `family`.

	Args:
		guardian: the row of the guardian in the family; None for nobody in particular.
		language: one of LANGUAGES; the guardian's own if it is not given, or the user's where that is none of them.

	Raises:
		PrintRefused: the family has no such guardian, or the app does not speak the language.
	"""
	row = next((row for row in family.guardians if row.name == guardian), None)
	if guardian and not row:
		frappe.throw(_("The family has no such guardian. Please open the form anew."), PrintRefused)
	if language and language not in LANGUAGES:
		frappe.throw(_("It can be printed in Finnish, Swedish or English."), PrintRefused)
	return Reader(
		language=language or language_of(row),
		name=row.full_name if row else None,
		needs_interpreter=bool(row and row.interpreter_needed),
		withholds=any(other.non_disclosure for other in family.guardians if other is not row),
	)


def language_of(guardian: Document | None) -> str:
	"""Return the guardian's language if the app speaks it, else the user's, else Finnish."""
	for language in (guardian.language if guardian else None, frappe.local.lang):
		if (short := (language or "").split("-")[0]) in LANGUAGES:
			return short
	return DEFAULT_LANGUAGE


@contextmanager
def speaking(language: str) -> Iterator[None]:
	"""Translate into `language` inside."""
	before = frappe.local.lang
	frappe.local.lang = language
	try:
		yield
	finally:
		frappe.local.lang = before


def title_of(doctype: str, name: str | None, language: str) -> str:
	"""Return the title of a record of a list, or of an organisation, in `language`; in Finnish where it has no other."""
	if not name:
		return ""
	# Not filtered by permission: whoever may read the document may read the titles of what it names.
	field = LANGUAGES[language][0]
	fields = {"title", field if frappe.get_meta(doctype).has_field(field) else "title"}
	titles = frappe.db.get_value(doctype, name, list(fields), as_dict=True) or {}
	return titles.get(field) or titles.get("title") or name


def day(value, language: str) -> str:
	"""Return a day as it is written in `language`, or an empty text."""
	_field, pattern, locale = LANGUAGES[language]
	return format_date(getdate(value), pattern, locale=locale) if value else ""
