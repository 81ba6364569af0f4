"""Contact details of guardians under non-disclosure for safety (turvakielto, domain.md §9.9).

When a guardian is marked, phone and e-mail move into Password fields: encrypted, out of lists, searches, exports and
versions. Only a director of a unit of the family's children opens them, one act at a time, and only they lift the
mark, because that brings the details back.
"""

import json

import frappe
from frappe import _
from frappe.utils import getdate, nowdate
from frappe.utils.password import get_decrypted_password, remove_encrypted_password

from early_support.access import assignments

PROTECTED = {"phone": "protected_phone", "email": "protected_email"}
TABLE = "Family Guardian"
OPENED_BY = "Unit Director"
HIDDEN = "…"


class ProtectionError(frappe.ValidationError):
	"""Only a director of the unit may lift a guardian's non-disclosure."""


def protect(family) -> None:
	"""Move the contact details of marked guardians out of sight, and those of unmarked ones back.

	Remembers in `family.flags` what was moved, so that `forget_disclosed` can take it out of the versions.
	"""
	moved = set()
	before = family.get_doc_before_save()
	# A guardian who was not here before brings no secret along, whatever the row says of itself.
	stored = {row.name for row in before.guardians} if before else set()
	for guardian in family.guardians:
		for field, protected in PROTECTED.items():
			if guardian.non_disclosure and guardian.get(field):
				moved.add(guardian.get(field))
				guardian.set(protected, guardian.get(field))
				guardian.set(field, None)
			elif not guardian.non_disclosure and guardian.get(protected):
				if guardian.name in stored and _may_lift(family):
					guardian.set(field, guardian.get(field) or _stored(guardian, protected))
				guardian.set(protected, None)
	for row in before.guardians if before else ():
		now = next((guardian for guardian in family.guardians if guardian.name == row.name), None)
		if now and now.non_disclosure:
			moved.update(row.get(field) for field in PROTECTED if row.get(field))
	family.flags.newly_protected = moved


def check_lifting(family) -> None:
	"""Refuse that anyone but a director lifts the mark. Raises ProtectionError."""
	before = family.get_doc_before_save()
	marked = {row.name for row in before.guardians if row.non_disclosure} if before else set()
	lifted = any(guardian.name in marked and not guardian.non_disclosure for guardian in family.guardians)
	if lifted and not _may_lift(family):
		frappe.throw(
			_("Only the director of the unit may lift a guardian's non-disclosure."), ProtectionError
		)


def forget_removed(family) -> None:
	"""Remove the encrypted details of guardians who were taken off the family."""
	before = family.get_doc_before_save()
	kept = {guardian.name for guardian in family.guardians}
	for row in before.guardians if before else ():
		if row.name not in kept:
			for protected in PROTECTED.values():
				remove_encrypted_password(TABLE, row.name, protected)


def forget_disclosed(family) -> None:
	"""Take the details of marked guardians out of the family's versions, which its readers see in the timeline.

	Those that were just protected, and those that the guardian had before: they may be in use still. When nobody was
	marked and nothing protected by this save, an earlier one has done it.
	"""
	values = family.flags.pop("newly_protected", None) or set()
	before = family.get_doc_before_save()
	already = {row.name for row in before.guardians if row.non_disclosure} if before else set()
	marked = {guardian.name for guardian in family.guardians if guardian.non_disclosure}
	if not values and marked <= already:
		return
	# Not filtered by permission, and without the hooks of Version (it has none): the text of a change, not a case document,
	# of the family that is being saved. Nobody is shown it here; what is found is hidden from all.
	versions = frappe.get_all(
		"Version", filters={"ref_doctype": "Family", "docname": family.name}, fields=["name", "data"]
	)
	changes = {version.name: json.loads(version.data) for version in versions}
	for change in changes.values():
		values |= _details_in(change, marked)
	for version in versions:
		data = json.dumps(_without(changes[version.name], values))
		if data != version.data:
			frappe.db.set_value("Version", version.name, "data", data, update_modified=False)


@frappe.whitelist()
def protected_contacts(family: str) -> list[dict]:
	"""Return name, phone and e-mail of the family's marked guardians, for a director of a unit of its children.

	`family`: the name of the Family. Raises PermissionError for everybody else.
	"""
	doc = frappe.get_doc("Family", family)
	doc.check_permission("read")
	if not _may_lift(doc):
		raise frappe.PermissionError
	return [
		{
			"full_name": guardian.full_name,
			**{field: _stored(guardian, name) for field, name in PROTECTED.items()},
		}
		for guardian in doc.guardians
		if guardian.non_disclosure
	]


def _may_lift(family) -> bool:
	"""Tell whether the session's user directs, today, a unit of one of the family's children."""
	user = frappe.session.user
	if user == "Administrator":
		return True
	if OPENED_BY not in frappe.get_roles(user):
		return False
	units = assignments.units_of(user, (OPENED_BY,))
	# Not filtered by permission: the director's own units are the filter, and nothing of the child is given away.
	children = frappe.get_all("Child", filters={"family": family.name or ""}, fields=["unit", "left_on"])
	return any(
		child.unit in units and (not child.left_on or child.left_on > getdate(nowdate()))
		for child in children
	)


def _stored(guardian, protected: str) -> str | None:
	if not guardian.get(protected):
		return None
	return get_decrypted_password(TABLE, guardian.name, protected, raise_exception=False)


def _details_in(change: dict, rows: set[str]) -> set[str]:
	"""Return the contact details that a parsed version tells of some guardians. `rows`: the names of their rows."""
	found = set()
	for table, _index, row, fields in change.get("row_changed") or ():
		if table == "guardians" and row in rows:
			found.update(value for field, *values in fields if field in PROTECTED for value in values)
	for table, row in (*(change.get("added") or ()), *(change.get("removed") or ())):
		if table == "guardians" and row.get("name") in rows:
			found.update(row.get(field) for field in PROTECTED)
	return {value for value in found if value and value != HIDDEN}


def _without(data, values: set[str]):
	"""Return the parsed version with every one of `values` replaced."""
	if isinstance(data, dict):
		return {key: _without(value, values) for key, value in data.items()}
	if isinstance(data, list):
		return [_without(value, values) for value in data]
	return HIDDEN if isinstance(data, str) and data in values else data
