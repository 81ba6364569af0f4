"""Which of the staff a case may name."""

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from early_support.access import assignments
from early_support.casework.clock import today

COUNSELLOR = "Family Counsellor"


def is_counsellor(user: str) -> bool:
	"""Whether `user` is an enabled user who works as a family counsellor today."""
	return bool(frappe.db.get_value("User", user, "enabled")) and assignments.is_counsellor(user)


def full_name(user: str | None) -> str | None:
	"""Return the name of a colleague."""
	# Not filtered by permission: whoever opens the case may know the colleagues it names; users as such are not
	# readable to the staff.
	return frappe.db.get_value("User", user, "full_name") if user else None


def people_of(doc: Document) -> dict[str, str]:
	"""Return the full name of every user whom a document names, or who wrote it, so that no form need show addresses."""
	links = doc.meta.get("fields", {"fieldtype": "Link", "options": "User"})
	users = {doc.get(df.fieldname) for df in links} | {doc.owner, doc.modified_by} | _writers(doc)
	users -= {None, ""}
	# Not filtered by permission, as in full_name.
	rows = frappe.get_all("User", filters={"name": ("in", users)}, fields=["name", "full_name"])
	return {user: user for user in users} | {row.name: row.full_name or row.name for row in rows}


def _writers(doc: Document) -> set[str]:
	"""Return the users of whom the timeline says that they changed the document."""
	# Not filtered by permission: whoever opens the document sees its changes in the timeline; only names are given.
	filters = {"ref_doctype": doc.doctype, "docname": doc.name}
	return set(frappe.get_all("Version", filters=filters, pluck="owner", distinct=True))


@frappe.whitelist()
def own_units() -> list[str]:
	"""Return the day care units in which the session's user works today as an educator or director."""
	return sorted(assignments.staff_units(frappe.session.user))


def liaison_counsellors(unit: str) -> list[str]:
	"""Return the counsellors who are the unit's liaisons of family counselling today, in the order of the unit."""
	# Not filtered by permission: the staff may know who their liaisons are; no case is read.
	rows = frappe.get_all(
		"Unit Liaison",
		filters={"parenttype": "Day Care Unit", "parent": unit, "side": "Family Counselling"},
		fields=["user", "from_date", "to_date"],
		order_by="idx asc",
	)
	day = today()
	return [
		row.user
		for row in rows
		if (not row.from_date or getdate(row.from_date) <= day)
		and (not row.to_date or day <= getdate(row.to_date))
		and is_counsellor(row.user)
	]


@frappe.whitelist()
@frappe.validate_and_sanitize_search_inputs
def find_counsellors(  # noqa: PLR0913, PLR0917 — the signature of Frappe's link queries
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict
) -> list[tuple]:
	"""Return family counsellors for a Link field, the unit's own liaisons first.

	Args:
		txt: part of the name or the address.
		filters: `unit`, the name of a Day Care Unit.

	Nothing for those who may not read support periods: a refusal would break Frappe's link search.
	"""
	if not frappe.has_permission("Support Period", "read"):
		return []
	# As in full_name: names of colleagues only.
	named = frappe.get_all(
		"Has Role", filters={"role": COUNSELLOR, "parenttype": "User"}, pluck="parent", distinct=True
	)
	users = frappe.get_all(
		"User",
		filters={"name": ("in", named), "enabled": 1},
		or_filters={"full_name": ("like", f"%{txt}%"), "name": ("like", f"%{txt}%")},
		fields=["name", "full_name"],
		order_by="full_name asc",
	)
	users = [user for user in users if assignments.is_counsellor(user.name)]
	first = liaison_counsellors((filters or {}).get("unit") or "")
	users.sort(key=lambda user: user.name not in first)
	return [(user.name, user.full_name) for user in users[start : start + page_len]]
