"""A new document that is sent twice is stored once.

When the network is lost after a form was sent, nobody knows whether it has arrived, and the person presses Save again. A
form that is new carries a mark (`__once`), from which its name follows: the second time the name is there already.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.password import get_encryption_key

from early_support.drafts import core
from early_support.exceptions import AlreadyStored
from early_support.naming import opaque_name

MARK = "__once"
LONGEST = 64


def new_name(doc: Document) -> str:
	"""Return the name of a new document: opaque, and always the same one for the same form of the same person.

	Raises:
		AlreadyStored: the form has arrived before. The answer tells as `stored_as` under which name.
	"""
	mark = doc.get(MARK)
	if not isinstance(mark, str) or not 0 < len(mark) <= LONGEST:
		return opaque_name()
	name = core.name(get_encryption_key(), frappe.session.user, doc.doctype, mark)
	if frappe.db.exists(doc.doctype, name):
		frappe.local.response["stored_as"] = name
		frappe.throw(_("This has been stored already."), AlreadyStored)
	return name
