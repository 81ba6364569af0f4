"""A row of a child table opens with the document that holds it, also when the row is asked for by itself.

Frappe asks for that document by an attribute which a row that was read by itself does not have, and then goes by the
role alone: whoever may read some family may read every guardian. It has no hook there.
"""

import frappe
from frappe import permissions

from early_support.access import policy

_original = permissions.has_child_permission


def install() -> None:
	"""Put `has_child_permission` in Frappe's place, once a process. Called before every request and job (hooks.py)."""
	permissions.has_child_permission = has_child_permission


def has_child_permission(child_doctype, ptype="read", child_doc=None, user=None, *args, **kwargs) -> bool:
	"""Answer as Frappe does, but for a stored row of casework only if its document is open to `user` for `ptype`."""
	if child_doc and child_doctype in policy.PROTECTED_TABLES:
		name = child_doc if isinstance(child_doc, str | int) else child_doc.name
		holder = name and frappe.db.get_value(child_doctype, name, ["parenttype", "parent"])
		if holder and not frappe.has_permission(holder[0], ptype, doc=holder[1], user=user):
			return False
	return _original(child_doctype, ptype, child_doc, user, *args, **kwargs)
