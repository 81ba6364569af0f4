"""Stands before whitelisted functions of Frappe that ask for no right, or believe the client (frappe.md §2).

Each function has the parameters of Frappe's own, asks what is missing, and calls it. Frappe offers no hook there.
"""

import json
from collections.abc import Callable, Iterable

import frappe
import frappe.client
import frappe.core.api.file
import frappe.desk.doctype.event.event
import frappe.desk.doctype.notification_log.notification_log
import frappe.desk.doctype.notification_settings.notification_settings
import frappe.desk.form.assign_to
import frappe.desk.form.utils
import frappe.desk.like
import frappe.desk.listview
import frappe.desk.notifications
import frappe.desk.query_report
import frappe.desk.search
import frappe.utils.global_search
from frappe import _
from frappe.core.doctype.user_permission import user_permission
from frappe.desk import reportview
from frappe.utils import sbool
from frappe.www import printview

from early_support import compat
from early_support.access import conditions, policy
from early_support.access.doors import queries
from early_support.access.doors.carriers import LeavesTheRules
from early_support.access.doors.tables import CASEWORK, NOTES, TAKING_RIGHTS
from early_support.casework import titles

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
	if doctype != titles.USER and _is_closed_row(doctype, docname):
		return None
	if not frappe.has_permission(doctype, "select") and not frappe.has_permission(doctype, "read"):
		# A link field shows what it is answered: of a user whom the form did not name, the address that it has already.
		return docname if doctype == titles.USER else None
	# Of casework with the day by which it is told apart, as in the forms that link to it.
	called = titles.told_apart(doctype, [str(docname)]).get(str(docname))
	return called.title if called else frappe.desk.search.get_link_title(doctype, docname)


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
	query = _checked_query(doctype, query, searchfield)
	ignore = bool(ignore_user_permissions) and not _opens_some_rows(doctype)
	found = frappe.desk.search.search_link(
		doctype, txt, query, filters, page_length, searchfield, reference_doctype, ignore
	)
	# Up to 15.0.0-dev they stand in the response.
	rows = found or frappe.response.get("results") or ()
	if doctype == titles.USER:
		_show_names(rows)
	elif doctype in titles.FIRST_DAYS:
		_tell_apart(doctype, rows)
	return found


def _show_names(found: Iterable[dict]) -> None:
	"""Show the names of the users that a search has found, with whatever else it tells of them, in place of addresses."""
	names = titles.full_names(row["value"] for row in found)
	for row in found:
		row["label"] = name = names.get(row["value"], row["value"])
		row["description"] = (row.get("description") or "").removeprefix(name).removeprefix(", ")


def _tell_apart(doctype: str, found: Iterable[dict]) -> None:
	"""Show the day and the state of the casework that a search has found: the name of the child is the same on all of it."""
	called = titles.told_apart(doctype, [row["value"] for row in found])
	for row in found:
		if row["value"] in called:
			row["label"], row["description"] = called[row["value"]]


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
	query = _checked_query(doctype, query, searchfield)
	ignore = bool(ignore_user_permissions) and not _opens_some_rows(doctype)
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


@frappe.whitelist()
def find_users(  # noqa: PLR0913, PLR0917 Frappe's signature of a link query
	doctype: str,
	txt: str,
	searchfield: str | None,
	start: str | int,
	page_len: str | int,
	filters: str | dict | list | None = None,
) -> list[list]:
	"""Find colleagues for a link field. Up to 15.0.0-dev Frappe's own puts the searched field into the query as it comes."""
	asked = frappe.parse_json(filters) or []
	if isinstance(asked, dict):
		asked = [
			["User", field, *(value if isinstance(value, list) else ("=", value))]
			for field, value in asked.items()
			if field != "ignore_user_type"
		]
	fields = {searchfield or "name", "name", "first_name", "last_name"}
	return frappe.get_list(
		"User",
		filters=[["User", "enabled", "=", 1], ["User", "user_type", "!=", "Website User"], *asked],
		or_filters=[["User", field, "like", f"%{txt}%"] for field in sorted(fields)],
		fields=["name", "full_name"],
		order_by="name asc",
		limit_start=start,
		limit_page_length=page_len,
		as_list=True,
	)


@frappe.whitelist(methods=["GET", "POST"])
def validate_link(doctype: str, docname: str, fields: str | list | None = None) -> dict:
	"""Fetch what a link field needs, of a document that is open to the user. Frappe's own confirms that any exists."""
	if doctype in CASEWORK and not _is_open(doctype, docname):
		return {}
	return frappe.client.validate_link(doctype, docname, fields)


# Open to guests because Frappe's own are: the realtime server asks for whoever connects, and `has_permission` decides.
@frappe.whitelist(allow_guest=True)
def can_subscribe_doctype(doctype: str) -> bool:
	"""Refuse to tell who saves which case document where: that room knows no rows. Raises frappe.PermissionError.

	Lists of casework are read anew when they are opened; the rooms of single documents ask for the document.
	"""
	if _has_rows_of_its_own(doctype) or not frappe.has_permission(doctype, "read"):
		raise frappe.PermissionError
	return True


# Open to guests for the same reason.
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
def get_open_count(doctype: str, name: str | int, items: str | list | None = None) -> dict:
	"""Count, for the connections of a form, what the user may list. Frappe's own counts all rows of any doctype asked for.

	items: of no account; the connections are those of the form.
	Raises frappe.PermissionError if the document is not open to the user.
	"""
	form = frappe.get_meta(doctype).get_dashboard_data()
	connected = [linked for group in form.transactions for linked in group["items"]]
	answer = frappe.desk.notifications.get_open_count(
		doctype, name, [linked for linked in connected if frappe.has_permission(linked, "read")]
	)
	counts = answer["count"]
	# Up to 15.0.0-dev one list; later those that link to the document, and those to which the document links.
	for row in counts if isinstance(counts, list) else counts["external_links_found"]:
		linked = row.get("doctype") or row["name"]
		if _has_rows_of_its_own(linked):
			link = form.get("non_standard_fieldnames", {}).get(linked) or form.fieldname
			row["count"] = len(frappe.get_list(linked, filters={link: name}, limit=100))
	return answer


@frappe.whitelist()
def get_group_by_count(doctype: str, current_filters: str, field: str) -> list[dict]:
	"""Count rows by the values of a field. By assignment Frappe's own counts rows that the user may not list."""
	if field == "assigned_to":
		_check_read(doctype)
		if _has_rows_of_its_own(doctype):
			return []
	return frappe.desk.listview.get_group_by_count(doctype, current_filters, field)


@frappe.whitelist()
def get_next(  # noqa: PLR0913, PLR0917 Frappe's signature
	doctype: str,
	value: str | int,
	prev: str | int,
	filters: str | dict | list | None = None,
	sort_order: str = "desc",
	sort_field: str = "modified",
) -> str | int | None:
	"""Return the neighbour of a document that is open to the user. Frappe's own compares with any field of any document.

	Raises frappe.PermissionError.
	"""
	_check_open(doctype, value)
	if sort_field not in frappe.get_meta(doctype).get_valid_columns():
		raise frappe.PermissionError
	return frappe.desk.form.utils.get_next(doctype, value, prev, filters, sort_order, sort_field)


@frappe.whitelist(methods=["POST"])
def add_comment(
	reference_doctype: str,
	reference_name: str,
	content: str,
	comment_email: str | None = None,
	comment_by: str | None = None,
):
	"""Comment in one's own name, whatever the client says. Raises frappe.PermissionError if the document is closed."""
	user = frappe.session.user
	return frappe.desk.form.utils.add_comment(
		reference_doctype, reference_name, content, user, frappe.utils.get_fullname(user)
	)


@frappe.whitelist(methods=["POST"])
def toggle_like(doctype: str, name: str | int, add: str | bool = False) -> None:
	"""Like a document that is open to the user. Frappe's own writes to any. Raises frappe.PermissionError."""
	_check_open(doctype, name)
	frappe.desk.like.toggle_like(doctype, name, add)


@frappe.whitelist(methods=["POST"])
def assign(  # noqa: PLR0913, PLR0917 Frappe's signature
	doctype: str,
	name: str | int,
	assign_to: str | list,
	description: str | None = None,
	priority: str | None = None,
	date: str | None = None,
) -> list:
	"""Give a task about a document that is open to the user. Frappe's own lets the client leave that question out.

	Raises frappe.PermissionError, also if a case is not open to whom the task is given (doors/notes.py).
	"""
	_check_open(doctype, name)
	task = {"description": description, "priority": priority, "date": date}
	given = {key: value for key, value in task.items() if value}
	return frappe.desk.form.assign_to.add(
		{"doctype": doctype, "name": name, "assign_to": frappe.as_json(frappe.parse_json(assign_to)), **given}
	)


@frappe.whitelist(methods=["POST", "DELETE"])
def unassign(doctype: str, name: str | int, assign_to: str) -> list:
	"""Take back a task about a document that is open to the user. Raises frappe.PermissionError."""
	_check_open(doctype, name)
	return frappe.desk.form.assign_to.remove(doctype, name, assign_to)


@frappe.whitelist(methods=["POST"])
def close_assignment(doctype: str, name: str | int, assign_to: str) -> list:
	"""Note that one's own task about a document is done; 15.0.0-dev has no such function. Raises frappe.PermissionError."""
	_check_open(doctype, name)
	return frappe.desk.form.assign_to.close(doctype, name, assign_to)


@frappe.whitelist()
def run_report(  # noqa: PLR0913, PLR0917 Frappe's signature
	report_name: str,
	filters: str | dict | None = None,
	user: str | None = None,
	ignore_prepared_report: str | bool = False,
	custom_columns: str | list | None = None,
	is_tree: str | bool = False,
	parent_field: str | None = None,
	are_default_filters: str | bool = True,
) -> dict:
	"""Run a report as who asks. Frappe's own takes the client's word for whose rows it may show."""
	return frappe.desk.query_report.run(
		report_name,
		filters,
		frappe.session.user,
		ignore_prepared_report,
		custom_columns,
		is_tree,
		parent_field,
		are_default_filters,
	)


@frappe.whitelist()
def get_events(
	start: str,
	end: str,
	user: str | None = None,
	for_reminder: str | bool = False,
	filters: str | dict | list | None = None,
) -> list[dict]:
	"""Return one's own events. Frappe's own returns those of whoever is named."""
	return frappe.desk.doctype.event.event.get_events(start, end, frappe.session.user, for_reminder, filters)


@frappe.whitelist()
def get_user_permissions(user: str | None = None) -> dict:
	"""Return one's own User Permissions. Frappe's own returns those of whoever is named."""
	return user_permission.get_user_permissions(frappe.session.user)


@frappe.whitelist(methods=["POST"])
def mark_as_read(docname: str) -> None:
	"""Mark a notification of one's own as read. Frappe's own marks anybody's, and in 15.0.0-dev all at once."""
	if frappe.db.get_value("Notification Log", docname, "for_user") == frappe.session.user:
		frappe.desk.doctype.notification_log.notification_log.mark_as_read(docname)


@frappe.whitelist(methods=["POST"])
def set_seen_value(value: str | int, user: str | None = None) -> None:
	"""Note that one has looked at one's notifications. Frappe's own notes it for whoever is named."""
	frappe.desk.doctype.notification_settings.notification_settings.set_seen_value(value, frappe.session.user)


@frappe.whitelist(methods=["POST"])
def make_access_log() -> None:
	"""Store nothing. Frappe's own stores what the client says that somebody did, about any document.

	The desk calls this when it prints or saves a report. What was read is in the log of the app (privacy/watch.py), and
	what the server itself prints and exports is in Frappe's.
	"""


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
	return compat.change_right(doctype, role, permlevel, ptype, value, if_owner)


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


def _checked_query(doctype: str, query: str | None, searchfield: str | None) -> str | None:
	"""Return the function that a search shall call, if any. Raises frappe.PermissionError if it is closed to the user.

	Frappe answers a closed one with a page that says nothing, and `select` with its ordinary search.
	"""
	if searchfield:
		queries.check_name(searchfield)
	if not query and doctype == "User":
		return f"{__name__}.{find_users.__name__}"
	if query and query.split(maxsplit=1)[0].lower() != "select":
		try:
			function = frappe.get_attr(query)
		except (AttributeError, ImportError, frappe.ValidationError):
			raise frappe.PermissionError from None
		if function not in frappe.whitelisted:
			raise frappe.PermissionError
	return query


def _check_read(doctype: str) -> None:
	if not (frappe.has_permission(doctype, "select") or frappe.has_permission(doctype, "read")):
		raise frappe.PermissionError


def _check_open(doctype: str, name: str | int) -> None:
	if not frappe.has_permission(doctype, "read", doc=name):
		raise frappe.PermissionError


def _is_open(doctype: str, name: str | int) -> bool:
	if frappe.session.user == "Administrator":
		return True
	return (
		doctype in policy.PROTECTED_DOCTYPES
		and frappe.has_permission(doctype, "read")
		and conditions.is_open(doctype, str(name))
	)


def _is_closed_row(doctype: str, name: str | int) -> bool:
	"""Whether a document is closed to the user by the rules of rows, ours or those of another app."""
	if doctype in CASEWORK:
		return not _is_open(doctype, name)
	if doctype not in frappe.get_hooks("has_permission") or not frappe.db.exists(doctype, name):
		return False
	return not any(frappe.has_permission(doctype, right, doc=name) for right in ("read", "select"))


def _opens_some_rows(doctype: str) -> bool:
	"""Whether only some rows of a doctype are open: `ignore_user_permissions` would switch that off, whose ever rule it is."""
	return _has_rows_of_its_own(doctype) or doctype in frappe.get_hooks("permission_query_conditions")


def _has_rows_of_its_own(doctype: str) -> bool:
	"""Whether the app opens only some rows of a doctype: casework, its notes, and whatever else has a condition of ours."""
	conditioned = frappe.get_hooks("permission_query_conditions", app_name="early_support")
	return doctype in CASEWORK or doctype in NOTES or doctype in conditioned
