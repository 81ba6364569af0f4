"""Keeps the form of a user as it is, and its rows: some of its fields hold what gives a session as their owner.

The installation lifts the key that resets a password to a level which no role may read or write (setup/steps.py). Frappe
lets System Managers take that back: by a property of the field, by a right to the level, by a row of the form. Here only
Administrator may.
"""

import frappe
from frappe import _
from frappe.utils import cint

from early_support.exceptions import EarlySupportError

USER = "User"
RESET_KEYS = ("reset_password_key", "last_reset_password_key_generated_on")
LEVEL = 9  # no shipped right reaches it


class KeepsTheKeys(EarlySupportError):
	"""It would open the keys of accounts."""


def keep_setter(setter, method: str | None = None) -> None:
	"""Refuse to make, change or delete a property of the form of users. Raises KeepsTheKeys."""
	check(setter.doc_type)
	if setter.name:
		check(frappe.db.get_value(setter.doctype, setter.name, "doc_type"))


def keep_level(rule, method: str | None = None) -> None:
	"""Refuse a right to the level of the keys. Raises KeepsTheKeys."""
	if cint(rule.permlevel) == LEVEL:
		check(rule.parent)


def keep_row(row, method: str | None = None) -> None:
	"""Refuse to store a row of an account, or to delete one of a form, by itself: nobody asks what the whole becomes.

	Raises:
		KeepsTheKeys: as above; the rows of what is stored as a whole do not come here.
	"""
	if row.get("parenttype") in (USER, "DocType") and frappe.session.user != "Administrator":
		frappe.throw(_("Rows are saved together with their document."), KeepsTheKeys)


def check(doctype: str | None) -> None:
	"""Refuse to change the form of users. `doctype`: whose form. Raises KeepsTheKeys, for all but Administrator."""
	if doctype == USER and frappe.session.user != "Administrator":
		frappe.throw(_("The form of users is changed by Administrator only."), KeepsTheKeys)
