"""Keeps backups, which hold everything, to whoever keeps the server and to Administrator.

Frappe lets System Managers, who have no casework, download a backup from the desk, have one sent to a store of their own, and
read the key of the encrypted ones.
"""

import frappe
from frappe import _

PATH = "/backups"


def refuse_download() -> None:
	"""Hook before_request: refuse a backup to everybody but Administrator. There is no hook where Frappe hands it out.

	Raises:
		frappe.PermissionError: also for Administrator by a token, who is not known yet when this is asked.
	"""
	if frappe.local.request.path.startswith(PATH) and frappe.session.user != "Administrator":
		raise frappe.PermissionError(_("Only Administrator may fetch backups: they hold all casework."))


def refuse_elsewhere(settings, method: str | None = None) -> None:
	"""Refuse settings that send backups to a store elsewhere. Hook before_validate of those in `tables.BACKUPS_ELSEWHERE`.

	Raises:
		frappe.PermissionError: for everybody but Administrator.
	"""
	if frappe.session.user != "Administrator":
		frappe.throw(
			_("Only Administrator may send backups elsewhere: they hold all casework."),
			frappe.PermissionError,
		)
