"""What of the records that a request touched went out with its answer. Pure: imports no Frappe.

Three signs, each enough by itself:
- a query with the user's permissions gave the row, and the answer shows something of it;
- the request asked for the record by its name;
- the answer holds a record with that name.
The names of people and casework are opaque (naming.py): nothing else in a request or an answer looks like one.
"""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import unquote

from early_support.naming import ALPHABET, LENGTH

NAME = f"[{ALPHABET}]{{{LENGTH}}}"
# How a name may be written where a request asks for a record: in letters of either case, with blanks behind it, with
# characters in it that stand for nothing. All else that is not ASCII may be equal to a letter.
LIKE_A_NAME = re.compile(rf"(?:[{ALPHABET}{ALPHABET.lower()}]|[^\x20-\x7e])+ *")
NAMED_RECORD = re.compile(rf'"name": ?"({NAME})"')
ANY_NAME = re.compile(rf"(?<![A-Za-z0-9]){NAME}(?![A-Za-z0-9])")

# Channels: what the log says about how something was read -----------------------------------------------------------

FORM, LIST, SEARCH, REPORT, PRINT, FILE = "Form", "List", "Search", "Report", "Print", "File"
EXPORT, BREAK_GLASS, START_PAGE, INTERFACE = "Export", "Break Glass", "Start Page", "Interface"
OVERVIEW = "Overview"
CHANNELS = (FORM, LIST, SEARCH, REPORT, PRINT, FILE, EXPORT, BREAK_GLASS, START_PAGE, OVERVIEW, INTERFACE)

# The first that fits decides. Whatever is not here is "Interface": a program, or somebody who works like one.
METHODS = (
	("frappe.desk.reportview.export_query", EXPORT),
	("frappe.desk.query_report.export_query", EXPORT),
	("frappe.core.doctype.data_export.", EXPORT),
	("frappe.desk.form.", FORM),
	("frappe.model.workflow.", FORM),
	("frappe.model.mapper.", FORM),
	("run_doc_method", FORM),
	("frappe.handler.run_doc_method", FORM),
	("early_support.casework.", FORM),
	("early_support.access.contacts.", FORM),
	("early_support.prints.door.download", PRINT),
	("early_support.prints.", FORM),
	("frappe.desk.reportview.", LIST),
	("frappe.desk.listview.", LIST),
	("frappe.desk.search.", SEARCH),
	("frappe.client.validate_link", SEARCH),
	("frappe.utils.global_search.", SEARCH),
	("frappe.desk.query_report.", REPORT),
	("frappe.www.printview.", PRINT),
	("frappe.utils.print_format.", PRINT),
	("frappe.utils.weasyprint.", PRINT),
	("frappe.core.doctype.file.", FILE),
	("frappe.core.api.file.", FILE),
	("frappe.utils.file_manager.", FILE),
	("download_file", FILE),
	("frappe.handler.download_file", FILE),
	("early_support.waiting.", START_PAGE),
	("early_support.overview.", OVERVIEW),
)
PATHS = (("/printview", PRINT), ("/private/files/", FILE), ("/files/", FILE))
# The second version also takes a function by its doctype: /method/File/zip_files.
METHOD_PATH = re.compile(r"/api/(?:v\d+/)?method/([^/?]+(?:/[^/?]+)?)")

# Asked with the name of a record, they answer with a number, a yes or a no, and nothing of what it holds.
WITHOUT_CONTENT = (
	"frappe.desk.notifications.get_open_count",
	"frappe.desk.form.document_follow.",
	"frappe.client.get_count",
	"frappe.client.has_permission",
	"frappe.client.get_doc_permissions",
	"frappe.desk.form.utils.get_next",
	"frappe.model.workflow.get_transitions",
	"frappe.realtime.",
	"frappe.share.",
)


class Row(NamedTuple):
	"""A row which a query gave: the record it is about, the values it gave, and whether its name was one of them.

	`place`: what the log says of the record, if the query gave it beside the values (privacy/log.py).
	"""

	doctype: str
	name: str
	values: tuple
	named: bool
	place: dict | None = None


def method_of(path: str, command: object) -> str:
	"""Return the whitelisted method which a request calls, or an empty text. A request may send anything as `cmd`.

	As it is called there; one function has several names (watch.py).
	"""
	found = METHOD_PATH.match(path)
	asked = command if isinstance(command, str) else ""
	return asked or (found[1] if found else "")


def names_files(channel: str, arguments: dict) -> bool:
	"""Tell whether a request may ask for files: by its channel, or by how files are named."""
	return channel == FILE or not {"file_url", "fid", "files"}.isdisjoint(arguments)


def channel_of(path: str, method: str) -> str:
	"""Return the channel of a request, one of CHANNELS."""
	for start, channel in METHODS if method else PATHS:
		if (method or path).startswith(start):
			return channel
	return INTERFACE


def detail_of(path: str, method: str) -> str:
	"""Return what was called, for the log. Of a file only where it lies: its name may tell whom it is about."""
	if method:
		return method
	return next((start for start, _channel in PATHS if path.startswith(start)), path)


def asked(path: str, method: str, arguments: dict) -> set[str]:
	"""Return what a request may ask for as names of records: whole arguments, or parts of the address of an interface.

	As they are written there: which records they name, the database tells by its own rules (`could_name`). A document that
	is sent along asks for that which is stored under its name; any other name inside a longer text (a filter, a value) does
	not ask for the record.
	"""
	if method.startswith(WITHOUT_CONTENT):
		return set()
	return {word for word in words(path, arguments) if could_name(word)}


def words(path: str, arguments: dict) -> set[str]:
	"""Return whatever a request may say as a doctype or a name: parts of the address of an interface, and arguments."""
	said = list(path.split("/")) if path.startswith("/api/") else []
	for value in arguments.values():
		said.extend(_words(value))
	# Documents of several doctypes are printed together as {doctype: names}.
	if isinstance(several := _parsed(arguments.get("doctype")), dict):
		said.extend(word for names in several.values() for word in _words(names))
	return {unquote(word) for word in said}


def could_name(word: str) -> bool:
	"""Tell whether the database may take a word for the name of a record: rather one word too many than one too few.

	It compares names without regard to case, accents, widths, blanks at the end and characters that stand for nothing, and
	Frappe finds a document by whatever it takes for its name.
	"""
	if not LIKE_A_NAME.fullmatch(word):
		return False
	letters = sum("\x20" < letter < "\x7f" for letter in word)
	return letters == LENGTH or (letters < LENGTH and not word.isascii())


def names_within(*values: object) -> set[str]:
	"""Return the words that could be names of records in values, and in what they hold: lists, filters, JSON."""
	found, left = set(), list(values)
	while left:
		each = _parsed(left.pop())
		if isinstance(each, str):
			# A condition may list several, or leave some letters open.
			found.update(word for part in re.split("[,%]", each) if could_name(word := part.lstrip()))
		elif isinstance(each, Mapping):
			left.extend(each.values())
		elif isinstance(each, Iterable):
			# Lists and tuples, also those that Frappe makes of filters.
			left.extend(each)
	return found


def files_asked(path: str, arguments: dict) -> set[str]:
	"""Return the addresses and names of files that a request asks for, one by one or as a list of which a zip is made.

	Whichever of these Frappe goes by: rather one record too many in the log than one that is missing.
	"""
	asked = {value for key in ("file_url", "fid", "name") if isinstance(value := arguments.get(key), str)}
	listed = _parsed(arguments.get("files"))
	for each in listed if isinstance(listed, list) else ():
		name = each.get("name") if isinstance(each, dict) else each
		if isinstance(name, str):
			asked.add(name)
	return {path, *asked}


def holders(text: str | None, field: str) -> set[str]:
	"""Return the names of the records on which those of a JSON answer hang by `field`."""
	return set(re.findall(rf'"{field}": ?"({NAME})"', text or ""))


def answered(text: str | None, channel: str) -> set[str]:
	"""Return the names of records in a JSON answer. In a report every name counts: its rows may call it anything."""
	if not text:
		return set()
	return set((ANY_NAME if channel in {REPORT, EXPORT} else NAMED_RECORD).findall(text))


def shows(text: str | None, row: Row) -> bool:
	"""Tell whether an answer shows something of a row. `text` is None if the answer is no text (a PDF, a sheet).

	Where it cannot be known, it counts as shown: numbers and dates look alike everywhere.
	"""
	if text is None:
		return True
	if row.named:
		return row.name in text
	values = [value for value in row.values if value not in (None, "")]
	if not values or any(not isinstance(value, str) for value in values):
		return True
	return any(form in text for value in values for form in _forms(value))


def _words(value: object) -> list[str]:
	"""Return the texts of an argument that may be names: itself, those of a list, and those of documents by their name."""
	value = _parsed(value)
	listed = value if isinstance(value, (list, tuple)) else [value]
	named = [each.get("name") if isinstance(each, dict) and each.get("doctype") else each for each in listed]
	# Some of Frappe's own are numbered.
	return [str(each) for each in named if isinstance(each, (str, int))]


def _parsed(value: object) -> object:
	"""Return a list or an object which is sent as JSON, and all else as it is."""
	if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
		try:
			return json.loads(value)
		except ValueError:
			return value
	return value


def _forms(value: str) -> set[str]:
	"""The ways in which a text is written in an answer: as it is, in JSON with and without accents, in HTML."""
	plain = json.dumps(value, ensure_ascii=False)[1:-1]
	return {value, json.dumps(value)[1:-1], plain, escape(value)}
