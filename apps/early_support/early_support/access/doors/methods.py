"""Stands before whitelisted functions of Frappe that ask for no right, or believe the client (frappe.md §2).

Each function has the parameters of Frappe's own, asks what is missing, and calls it. Frappe offers no hook there.
"""

import json
from collections.abc import Callable

import frappe
import frappe.client
import frappe.core.api.file
import frappe.desk.search
import frappe.utils.global_search
from frappe import _
from frappe.core.page.permission_manager import permission_manager
from frappe.desk import reportview
from frappe.utils import sbool
from frappe.www import printview

from early_support.access import conditions, policy
from early_support.access.doors.carriers import LeavesTheRules
from early_support.access.doors.tables import CASEWORK, NOTES, TAKING_RIGHTS
from early_support.access.doors.wiring import OVERRIDES

# Rows of casework are counted up to here: one more than the "1000+" that the desk shows. v15 and 16 ask for this limit.
MOST_COUNTED = 1001


@frappe.whitelist()
def get_count(
	doctype: str, filters: str | dict | list | None = None, debug: bool = False, cache: bool = False
) -> int:
	"""Count the rows which the user may list, MOST_COUNTED at most. Frappe's own counts all, for everybody who is logged in.

	Raises frappe.PermissionError without the right to read the doctype.
	"""
	if _has_rows_of_its_own(doctype):
		filters = json.loads(filters) if isinstance(filters, str) and filters else filters
		parent = next(iter(policy.PROTECTED_TABLES.get(doctype, ())), None)
		return _counted(frappe.get_list, doctype, filters=filters, parent_doctype=parent)
	_check_read(doctype)
	return frappe.client.get_count(doctype, filters, False, cache)


@frappe.whitelist()
def get_list_count() -> int | None:
	"""Count for the number beside a list, as Frappe does, but casework no further than MOST_COUNTED.

	The desk of the trial bench sets no limit, and its Frappe would pay no attention to one. Those of v15 and 16 set it;
	where somebody asks them for the exact number, they set none on purpose.
	"""
	asked = frappe.local.form_dict
	if not _has_rows_of_its_own(asked.doctype):
		return reportview.get_count()
	if "limit" in asked:
		with conditions.counting():
			return reportview.get_count()
	asked = reportview.get_form_params()
	return _counted(
		reportview.execute,
		asked.doctype,
		filters=asked.filters,
		or_filters=asked.or_filters,
		distinct=sbool(asked.distinct),
		strict=None,
	)


def _counted(run: Callable, doctype: str, **arguments) -> int:
	"""Count the rows of the list which `run` would give, up to MOST_COUNTED."""
	with conditions.counting():
		# Only the text of the query, with the conditions of rows in it: nothing of it leaves.
		query = run(
			doctype,
			fields=[f"`tab{doctype}`.name"],
			order_by=None,
			limit_page_length=MOST_COUNTED,
			run=False,
			**arguments,
		)
	return frappe.db.sql(f"select count(*) from ({query}) es_counted")[0][0]


@frappe.whitelist()
def get_link_title(doctype: str, docname: str | int) -> str | None:
	"""Return the title of a document that is open to the user. Frappe's own returns that of any."""
	if doctype in CASEWORK and not _is_open(doctype, docname):
		return None
	if not frappe.has_permission(doctype, "select") and not frappe.has_permission(doctype, "read"):
		return None
	return frappe.desk.search.get_link_title(doctype, docname)


@frappe.whitelist()
def search_link(  # noqa: PLR0913, PLR0917 Frappe's signature
	doctype: str,
	txt: str,
	query: str | None = None,
	filters: str | dict | list | None = None,
	page_length: int = 10,
	searchfield: str | None = None,
	reference_doctype: str | None = None,
	ignore_user_permissions: bool = False,
):
	"""Search as Frappe does, but never past the rules of rows because the client says so."""
	_check_query(query)
	ignore = bool(ignore_user_permissions) and not _has_rows_of_its_own(doctype)
	return frappe.desk.search.search_link(
		doctype, txt, query, filters, page_length, searchfield, reference_doctype, ignore
	)


@frappe.whitelist()
def search_widget(  # noqa: PLR0913, PLR0917 Frappe's signature
	doctype: str,
	txt: str,
	query: str | None = None,
	searchfield: str | None = None,
	start: int = 0,
	page_length: int = 10,
	filters: str | dict | list | None = None,
	filter_fields: str | None = None,
	as_dict: bool = False,
	reference_doctype: str | None = None,
	ignore_user_permissions: bool = False,
):
	"""Search as Frappe does, but never past the rules of rows because the client says so."""
	_check_query(query)
	ignore = bool(ignore_user_permissions) and not _has_rows_of_its_own(doctype)
	return frappe.desk.search.search_widget(
		doctype,
		txt,
		query,
		searchfield,
		start,
		page_length,
		filters,
		filter_fields,
		as_dict,
		reference_doctype,
		ignore,
	)


@frappe.whitelist(methods=["GET", "POST"])
def validate_link(doctype: str, docname: str, fields: str | list | None = None) -> dict:
	"""Fetch what a link field needs, of a document that is open to the user. Frappe's own confirms that any exists."""
	if doctype in CASEWORK and not _is_open(doctype, docname):
		return {}
	return frappe.client.validate_link(doctype, docname, fields)


@frappe.whitelist()
def get_password(doctype: str, name: str, fieldname: str) -> str | None:
	"""Refuse secrets of casework, and of what hangs on it: Frappe's own gives System Managers any field of any document.

	Raises frappe.PermissionError.
	"""
	if doctype in CASEWORK or not frappe.has_permission(doctype, "read", doc=name):
		raise frappe.PermissionError
	return frappe.client.get_password(doctype, name, fieldname)


@frappe.whitelist(allow_guest=True)
def can_subscribe_doctype(doctype: str) -> bool:
	"""Refuse to tell who saves which case document where: that room knows no rows. Raises frappe.PermissionError.

	Lists of casework are read anew when they are opened; the rooms of single documents ask for the document.
	"""
	if _has_rows_of_its_own(doctype) or not frappe.has_permission(doctype, "read"):
		raise frappe.PermissionError
	return True


@frappe.whitelist(allow_guest=True)
def can_enter_room(doctype: str, name: str | None = None) -> bool:
	"""Answer as `can_subscribe_doctype` for a room of a doctype, and as Frappe for that of a document: v16 asks so."""
	if not name:
		return can_subscribe_doctype(doctype)
	if not frappe.has_permission(doctype, "read", doc=name):
		raise frappe.PermissionError
	return True


@frappe.whitelist()
def global_search(text: str, start: int = 0, limit: int = 20, doctype: str = "") -> list[dict]:
	"""Search as Frappe does, but find no casework, should any have come into the index."""
	return [
		row
		for row in frappe.utils.global_search.search(text, start, limit, doctype)
		if row.doctype not in CASEWORK
	]


@frappe.whitelist()
def update_right(  # noqa: PLR0913, PLR0917 Frappe's signature
	doctype: str, role: str, permlevel: int, ptype: str, value: str | int | None = None, if_owner: int = 0
):
	"""Change a right of a role, unless it would take casework past its rules: Frappe writes it past every check.

	Raises:
		LeavesTheRules: as above.
	"""
	if str(value or "0") != "0" and ptype in TAKING_RIGHTS:
		_refuse_right(doctype)
	return permission_manager.update(doctype, role, permlevel, ptype, value, if_owner)


@frappe.whitelist()
def unzip_file(name: str) -> list:
	"""Unpack a file which the user may read. Frappe's own unpacks any. Raises frappe.PermissionError."""
	frappe.get_doc("File", name).check_permission("read")
	return frappe.core.api.file.unzip_file(name)


@frappe.whitelist()
def zip_files(files: str) -> None:
	"""Pack files which the user may read. Frappe's own packs whatever the user has uploaded.

	Raises frappe.PermissionError.
	"""
	for row in json.loads(files):
		frappe.get_doc("File", row["name"] if isinstance(row, dict) else row).check_permission("read")
	return frappe.core.api.file.zip_files(files)


@frappe.whitelist()
def get_html_and_style(  # noqa: PLR0913, PLR0917 Frappe's signature
	doc: str,
	name: str | None = None,
	print_format: str | None = None,
	no_letterhead: bool | None = None,
	letterhead: str | None = None,
	trigger_print: bool = False,
	style: str | None = None,
	settings: str | None = None,
) -> dict:
	"""Print a case document as it is stored. Frappe's own prints what the client sends, with the titles of all it names."""
	doc, name = _as_stored(doc, name)
	return printview.get_html_and_style(
		doc, name, print_format, no_letterhead, letterhead, trigger_print, style, settings
	)


@frappe.whitelist()
def get_rendered_raw_commands(doc: str, name: str | None = None, print_format: str | None = None) -> dict:
	"""Print a case document as it is stored, as `get_html_and_style` does."""
	doc, name = _as_stored(doc, name)
	return printview.get_rendered_raw_commands(doc, name, print_format)


def _as_stored(doc: str, name: str | None) -> tuple[str, str | None]:
	if isinstance(name, str):
		return doc, name
	sent = frappe.parse_json(doc)
	return (sent["doctype"], str(sent.get("name"))) if sent.get("doctype") in CASEWORK else (doc, name)


def _refuse_right(doctype: str) -> None:
	if doctype in CASEWORK:
		frappe.throw(_("This right would take casework past its rules of access."), LeavesTheRules)


def _check_query(query: str | None) -> None:
	"""Refuse, as the query of a search, a function that stands behind one of ours: a search would call it directly."""
	if query and query in OVERRIDES:
		raise frappe.PermissionError


def _check_read(doctype: str) -> None:
	if not (frappe.has_permission(doctype, "select") or frappe.has_permission(doctype, "read")):
		raise frappe.PermissionError


def _is_open(doctype: str, name: str | int) -> bool:
	if frappe.session.user == "Administrator":
		return True
	return (
		doctype in policy.PROTECTED_DOCTYPES
		and frappe.has_permission(doctype, "read")
		and conditions.is_open(doctype, str(name))
	)


def _has_rows_of_its_own(doctype: str) -> bool:
	return doctype in CASEWORK or doctype in NOTES
