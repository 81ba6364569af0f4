"""What of the records that a request touched went out with its answer. Pure: imports no Frappe.

Three signs, each enough by itself:
- a query with the user's permissions gave the row, and the answer shows something of it;
- the request asked for the record by its name;
- the answer holds a record with that name.
The names of people and casework are opaque (naming.py): nothing else in a request or an answer looks like one.
"""

import json
import re
from html import escape
from typing import NamedTuple
from urllib.parse import unquote

from early_support.naming import ALPHABET, LENGTH

NAME = f"[{ALPHABET}]{{{LENGTH}}}"
WHOLE_NAME = re.compile(NAME)
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
	("frappe.utils.file_manager.", FILE),
	("download_file", FILE),
	("frappe.handler.download_file", FILE),
	("early_support.waiting.", START_PAGE),
	("early_support.overview.", OVERVIEW),
)
PATHS = (("/printview", PRINT), ("/private/files/", FILE), ("/files/", FILE))
METHOD_PATH = re.compile(r"/api/(?:v\d+/)?method/([^/?]+)")

# Asked with the name of a record, they answer with a number, a yes or a no, and nothing of what it holds.
WITHOUT_CONTENT = (
	"frappe.desk.notifications.get_open_count",
	"frappe.desk.form.document_follow.",
	"frappe.client.get_count",
	"frappe.client.has_permission",
	"frappe.client.get_doc_permissions",
	"frappe.desk.form.utils.get_next",
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
	"""Return the whitelisted method which a request calls, or an empty text. A request may send anything as `cmd`."""
	found = METHOD_PATH.match(path)
	asked = command if isinstance(command, str) else ""
	return asked or (found[1] if found else "")


def channel_of(path: str, method: str) -> str:
	"""Return the channel of a request, one of CHANNELS."""
	for start, channel in METHODS if method else PATHS:
		if (method or path).startswith(start):
			return channel
	return INTERFACE


def asked(path: str, method: str, arguments: dict) -> set[str]:
	"""Return the names of records that a request asks for: whole arguments, or parts of the address of an interface.

	A name inside a longer text (a filter, a document that is sent along) does not ask for the record.
	"""
	if method.startswith(WITHOUT_CONTENT):
		return set()
	words = list(path.split("/")) if path.startswith("/api/") else []
	for value in arguments.values():
		words.extend(_words(value))
	return {unquote(word) for word in words if WHOLE_NAME.fullmatch(unquote(word))}


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


def _words(value) -> list[str]:
	if isinstance(value, str) and value.startswith("["):
		try:
			value = json.loads(value)
		except ValueError:
			return []
	if isinstance(value, (list, tuple)):
		return [each for each in value if isinstance(each, str)]
	return [value] if isinstance(value, str) else []


def _forms(value: str) -> set[str]:
	"""The ways in which a text is written in an answer: as it is, in JSON with and without accents, in HTML."""
	plain = json.dumps(value, ensure_ascii=False)[1:-1]
	return {value, json.dumps(value)[1:-1], plain, escape(value)}
