"""Finds the code of a child for the Privacy Officer, who opens no case: for a legal hold, or an export."""

import frappe
from frappe.utils import getdate

from early_support.privacy import log, reads, rights

# What the log says of it.
DETAIL = "early_support.privacy.find.find_child"


@frappe.whitelist(methods=["POST"])
def find_child(full_name: str, birth_date: str) -> list[dict]:
	"""Return code and family of the children with just this name and birth date, as a guardian gives them.

	There is nothing to browse: whoever does not know both finds nobody. Unit and last day only of a child in a unit of which
	the officer is in charge.

	Raises:
		frappe.PermissionError: for everybody but the Privacy Officer.
	"""
	rights.require_officer()
	known = {"full_name": " ".join(full_name.split()), "birth_date": getdate(birth_date)}
	found = rights.find_children("full_name = %(full_name)s and birth_date = %(birth_date)s", known)
	note_found(found, DETAIL)
	return [
		frappe._dict(code=row.name, family=row.family, unit=row.unit, left_on=row.left_on) for row in found
	]


def note_found(found: list[dict], detail: str) -> None:
	"""Log what a search gave, for the register for which the officer answers: the other need not know that he or she asked."""
	if not found:
		log.record(reads.SEARCH, (), whole=True)
	for row in found:
		rights.note_named("Child", row.name, row.register, detail, whole=True)
