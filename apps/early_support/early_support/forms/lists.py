"""What every list that administrators own has in common: a stable code, and a title in three languages."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.translate import get_translations_from_apps
from frappe.utils.caching import request_cache

from early_support.forms import kept_words
from early_support.naming import is_code

LIST_DOCTYPES = (
	"Support Service",
	"Worry Zone",
	"Concern Topic",
	"Visit Outcome",
	"Closing Reason",
	"Ending Reason",
	"Age Band",
	"Referral Source",
	"Contact Method",
	"Shared Section",
	"Statutory Ground",
	"Assessment Basis",
	"Assessment Outcome",
	"Unit Event Kind",
)

# The title itself is Finnish; the others are kept where Frappe looks for the words of a link.
TITLE_LANGUAGES = {"sv": "title_sv", "en": "title_en"}


class CodeError(frappe.ValidationError):
	"""The code of a record is empty, too long, or holds something else than letters, digits, `-`, `_` and `.`."""


class TitleError(frappe.ValidationError):
	"""The title is a text of the interface, which its translations would overwrite for everybody."""


class LastOptionError(frappe.ValidationError):
	"""Nothing would be left to choose from."""


class ListRecord(Document):
	"""A record of a list that administrators own."""

	def before_validate(self) -> None:
		trim_titles(self)

	def validate(self) -> None:
		check_code(self)
		check_title(self)
		check_not_last(self)

	def on_update(self) -> None:
		keep_translations(self)
		kept_words.forget()

	def on_trash(self) -> None:
		forget_translations(self)


def check_code(doc) -> None:
	"""Refuse a code that could not stand in a report, a link or an address. Raises CodeError."""
	if not is_code(doc.code):
		frappe.throw(
			_(
				"The code may hold the letters a to z, digits, and single hyphens, dots or underscores between them."
			),
			CodeError,
		)


def check_title(doc) -> None:
	"""Refuse a new title that is a source text of the interface, if it brings translations along. Raises TitleError.

	Frappe translates by the words alone: the button and the state of that text would be translated with the title.
	"""
	is_translated = any(doc.get(field) not in (None, doc.title) for field in TITLE_LANGUAGES.values())
	before = doc.get_doc_before_save()
	was = before and (before.title, *(before.get(field) for field in TITLE_LANGUAGES.values()))
	if not is_translated or was == (doc.title, *(doc.get(field) for field in TITLE_LANGUAGES.values())):
		return
	if doc.title in interface_texts():
		frappe.throw(
			_("“{0}” is a text of the interface. Please choose another title.").format(doc.title), TitleError
		)


def check_not_last(doc) -> None:
	"""Refuse to offer the last record of a list no longer. Raises LastOptionError.

	No case could be closed, no period ended, where nothing is left to choose from.
	"""
	before = doc.get_doc_before_save()
	if not doc.get("disabled") or not before or before.get("disabled"):
		return
	if not frappe.db.exists(doc.doctype, {"disabled": 0, "name": ("!=", doc.name)}):
		frappe.throw(
			_("“{0}” is the last that the list offers: add another one first.").format(doc.title),
			LastOptionError,
		)


@request_cache
def interface_texts() -> set[str]:
	"""Return the texts which the apps translate by themselves: into any of the languages, because none is complete."""
	return {text for language in ("fi", "sv") for text in interface_translations(language)}


def interface_translations(language: str) -> dict[str, str]:
	"""Return the texts of the interface as the apps translate them by themselves, {text: translation}."""
	return get_translations_from_apps(language)


def trim_titles(doc) -> None:
	"""Take needless space off the titles: the words of a link are found by the exact title."""
	for field in ("title", *TITLE_LANGUAGES.values()):
		doc.set(field, " ".join((doc.get(field) or "").split()) or None)


def keep_translations(doc) -> None:
	"""Keep the Swedish and English title as Translation records, so that Frappe shows links in the reader's language.

	Frappe translates the title of a link by its words alone. So two records with the same Finnish title share their
	translations: the one saved last decides.
	"""
	before = doc.get_doc_before_save()
	if before and before.title != doc.title:
		forget_translations(before)
	for language, field in TITLE_LANGUAGES.items():
		_keep(language, doc.title, doc.get(field))


def forget_translations(doc) -> None:
	"""Remove the translations of the title of `doc`, unless another list record, or an added field, has the same words."""
	for doctype in LIST_DOCTYPES:
		# Unfiltered read: which titles are in use decides, whoever asks.
		names = frappe.get_all(doctype, filters={"title": doc.title}, pluck="name")
		if any((doctype, name) != (doc.doctype, doc.name) for name in names):
			return
	if words_on_forms({doc.title}):
		return
	remove_translations(doc)


def words_in_use(sources: set[str]) -> set[str]:
	"""Return which of these words stand on a form that somebody has changed, or in a list: their translations are needed."""
	wanted = ("in", list(sources) or ("",))
	# Unfiltered reads, as in the next function: which words are in use decides, whoever asks.
	titles = {
		title
		for doctype in LIST_DOCTYPES
		for title in frappe.get_all(doctype, filters={"title": wanted}, pluck="title")
	}
	return words_on_forms(sources) | (titles & sources)


def words_on_forms(sources: set[str]) -> set[str]:
	"""Return which of these words stand on a form that somebody has changed."""
	wanted = ("in", list(sources) or ("",))
	used: set[str] = set()
	for name in ("label", "description"):
		used |= set(frappe.get_all("Custom Field", filters={name: wanted}, pluck=name))
	filters = {"property": ("in", ("label", "description")), "value": wanted}
	used |= set(frappe.get_all("Property Setter", filters=filters, pluck="value"))
	for options in frappe.get_all("Custom Field", filters={"fieldtype": "Select"}, pluck="options"):
		used |= set((options or "").split("\n"))
	# MariaDB takes two texts that differ in their case for one.
	return used & sources


def remove_translations(doc) -> None:
	"""Remove the translations of the title of `doc`, whoever else has the same title."""
	for language in TITLE_LANGUAGES:
		_keep(language, doc.title, None)


def _keep(language: str, source: str, translated: str | None) -> None:
	# Without permission: who may write the list may write its words; the right to any other translation stays away.
	existing = frappe.get_all(
		"Translation",
		filters={"language": language, "source_text": source},
		fields=["name", "translated_text"],
	)
	wanted = translated if translated and translated != source else None
	for row in existing:
		if row.translated_text == wanted:
			wanted = None
			continue
		frappe.delete_doc("Translation", row.name, ignore_permissions=True, delete_permanently=True)
	if wanted:
		values = {"language": language, "source_text": source, "translated_text": wanted}
		frappe.get_doc({"doctype": "Translation", **values}).insert(ignore_permissions=True)
