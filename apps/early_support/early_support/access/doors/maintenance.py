"""Keeps to Administrator what runs programs, sends data elsewhere, or makes other people's sessions.

A System Manager has no casework. But Frappe lets him, a Website Manager or a Report Manager store what runs on the server or in
a colleague's browser, sends records or backups to any address, signs people in, or keeps what others were sent. What a
municipality needs of it is set up once, by whoever keeps the server and signs in as Administrator.
"""

import frappe
from frappe import _

from early_support import compat
from early_support.access.conditions import EVERYTHING, NOTHING
from early_support.access.doors.tables import ADMINISTRATORS_OWN
from early_support.access.policy import WORKFLOW_DOCTYPES

ADMINISTRATOR = "Administrator"
BACKUPS = "/backups"
# With this header Frappe looks for the owner of a token in whatever doctype it names.
SOURCE_OF_TOKENS = "Frappe-Authorization-Source"

# Fields that Frappe does not clean, of what is others' to store: they run where a case is printed (from v15 on), and where a mail
# is written.
RAW = {"Letter Head": ("header_script", "footer_script"), "Email Template": ("use_html", "response_html")}
# Mails with links that sign people in are filled in by these templates, whose pictures could tell the link to another machine.
KEPT_SETTINGS = (
	"reset_password_template",
	"welcome_email_template",
	"setup_complete",
	"allow_older_web_view_links",
)


def refuse(doc, method: str | None = None) -> None:
	"""Refuse to store what is Administrator's own. Hook before_validate of every document, which no flag skips.

	Raises:
		frappe.PermissionError: for everybody but Administrator, guests included.
	"""
	if frappe.session.user != ADMINISTRATOR and is_administrators(doc):
		frappe.throw(
			_("{0} is set up by Administrator only, because it could reach casework past its rules.").format(
				_(doc.doctype)
			),
			frappe.PermissionError,
		)


def refuse_rename(doc, method: str | None = None, *names) -> None:
	"""Refuse another name for what is Administrator's own: under it no rule would hold. Hook before_rename."""
	refuse(doc)


def rows(user: str | None) -> str:
	"""Return the SQL condition for the rows of `tables.READ_BY_ADMINISTRATOR` that may be listed to `user`."""
	return EVERYTHING if (user or frappe.session.user) == ADMINISTRATOR else NOTHING


def has_permission(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
	"""Refuse a row of `tables.READ_BY_ADMINISTRATOR` to everybody but Administrator."""
	return compat.no_objection() if (user or frappe.session.user) == ADMINISTRATOR else False


def refuse_request() -> None:
	"""Hook before_request: refuse a backup, and a token of a foreign kind. Frappe has no hook where it gives or takes them.

	Raises:
		frappe.PermissionError: for everybody but Administrator; with a token also for Administrator, who is not known yet
			when this is asked.
	"""
	if frappe.session.user == ADMINISTRATOR:
		return
	request = frappe.local.request
	if request.path.startswith(BACKUPS):
		raise frappe.PermissionError(_("Only Administrator may fetch backups: they hold all casework."))
	if request.headers.get(SOURCE_OF_TOKENS, "User") != "User":
		raise frappe.PermissionError(_("Tokens belong to users only."))


def is_administrators(doc) -> bool:
	"""Whether only Administrator stores a document."""
	if doc.doctype == "Workflow":
		# Its conditions are programs. Those of ours are read before they are stored (workflow_guard).
		return doc.document_type not in WORKFLOW_DOCTYPES
	if raw := RAW.get(doc.doctype):
		return any(doc.get(field) for field in raw)
	if doc.doctype == "System Settings":
		before = doc.get_doc_before_save() or {}
		return any((doc.get(field) or None) != (before.get(field) or None) for field in KEPT_SETTINGS)
	# A Custom DocPerm names a doctype so, too, and is no row of it.
	whole = doc.get("parenttype") if doc.meta.istable else None
	return not ADMINISTRATORS_OWN.isdisjoint({doc.doctype, whole})
