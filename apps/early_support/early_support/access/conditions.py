"""One predicate per protected doctype, used for lists (as a condition of the query) and for single documents.

Frappe asks `<doctype>_rows(user)` for every list, and `has_permission(doc, ptype, user)` for every document. Both end
in `query_condition`: a stored document is open to a user if and only if the condition finds its row. What a client
sends along as fields of the document is never believed.
"""

from collections.abc import Iterable

import frappe
from frappe.utils import nowdate

from early_support.access import assignments, policy

NOTHING = "(1=0)"
EVERYTHING = "(1=1)"


def query_condition(user: str | None, doctype: str | None = None) -> str:
	"""Return the SQL condition, in parentheses, for the rows of `doctype` that `user` may see.

	Fails closed: a doctype without openers, or a user whom no opener knows, gets `(1=0)`. Administrator is Frappe's
	maintenance account and sees all.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return EVERYTHING
	if doctype in policy.PROTECTED_TABLES:
		return _any(_rows_of_table(user, doctype, parent) for parent in policy.PROTECTED_TABLES[doctype])
	return _any(OPENERS[opener](user, doctype) for opener in policy.OPENERS.get(doctype, ()))


def has_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	"""Tell whether `user` may do `ptype` with `doc`, as far as rows are concerned (Frappe has checked the role).

	A stored document is judged by its row in the database. When it is saved, the documents on which it is being hung
	must be open too; a document that is not stored yet is judged by these alone, and by its unit.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	doctype, name = doc.get("doctype"), doc.get("name")
	if doctype not in policy.OPENERS:
		return False
	if name and is_open(doctype, name, user):
		return ptype == "read" or _containers_open(doc, user, _stored_containers(doctype, name))
	if name and frappe.db.exists(doctype, name):
		return False
	return _may_make(doc, user)


def is_open(doctype: str, name: str, user: str | None = None) -> bool:
	"""Tell whether the stored document is among the rows that `user` may see."""
	condition = query_condition(user, doctype)
	# The condition is built from constants and escaped values only; the name is a parameter.
	return bool(frappe.db.sql(f"select 1 from `tab{doctype}` where name = %s and {condition}", (name,)))


def has_any_opening(user: str) -> bool:
	"""Tell whether `user` has any protected work at all: a unit, a liaison duty or a running period."""
	if assignments.staff_units(user):
		return True
	if not assignments.is_counsellor(user):
		return False
	return bool(
		assignments.liaison_units(user)
		or frappe.db.sql(f"select 1 from `tabSupport Period` where {_running_period(user)} limit 1")
	)


# What Frappe calls for a list: one function for each doctype, named in policy.QUERY_CONDITIONS ------------------------


def family_rows(user: str) -> str:
	return query_condition(user, "Family")


def child_rows(user: str) -> str:
	return query_condition(user, "Child")


def concern_rows(user: str) -> str:
	return query_condition(user, "Concern")


def consultation_rows(user: str) -> str:
	return query_condition(user, "Consultation")


def support_period_rows(user: str) -> str:
	return query_condition(user, "Support Period")


def visit_rows(user: str) -> str:
	return query_condition(user, "Visit")


def family_guardian_rows(user: str) -> str:
	return query_condition(user, "Family Guardian")


def visit_participant_rows(user: str) -> str:
	return query_condition(user, "Visit Participant")


def concern_topic_item_rows(user: str) -> str:
	return query_condition(user, "Concern Topic Item")


# Openers -----------------------------------------------------------------------------------------------------------


def _unit_staff(user: str, doctype: str) -> str:
	"""Rows of the units in which the user works. The child must be in one of them today, and not have left."""
	units = assignments.staff_units(user)
	if not units:
		return ""
	within = _in(units)
	if doctype == "Consultation":
		return f"`tabConsultation`.unit in {within}"
	here = f"es_child.unit in {within} and (es_child.left_on is null or es_child.left_on > {_today()})"
	if doctype == "Child":
		return (
			f"`tabChild`.unit in {within} and (`tabChild`.left_on is null or `tabChild`.left_on > {_today()})"
		)
	if doctype == "Family":
		return (
			f"exists (select 1 from `tabChild` es_child where es_child.family = `tabFamily`.name and {here})"
		)
	# The row's own unit comes first: it is indexed, together with the day by which lists are sorted (access/indexes.py).
	# The child's unit decides: documents that were closed before the child moved keep their unit for the figures, and are
	# closed to the staff there. A value and not an `exists`, which MariaDB would turn into a join that begins with the
	# children: every concern of an area read and sorted for one page. No child, no value: closed.
	own_unit = f"`tab{doctype}`.unit in {within}"
	its_child = f"coalesce((select {here} from `tabChild` es_child where es_child.name = `tab{doctype}`.child), 0) = 1"
	return f"{own_unit} and {its_child}"


def _liaison(user: str, doctype: str) -> str:
	"""Rows of the units of which the user is the liaison."""
	units = assignments.liaison_units(user)
	return f"`tab{doctype}`.unit in {_in(units)}" if units else ""


PERIOD_JOINS = {
	"Family": "es_period.family = `tabFamily`.name",
	"Child": "es_period.child = `tabChild`.name",
	"Concern": "es_period.concern = `tabConcern`.name",
	"Visit": "es_period.name = `tabVisit`.support_period",
}


def _period_counsellor(user: str, doctype: str) -> str:
	"""Rows of the running periods in which the user is the counsellor, as long as he or she works as one."""
	if not assignments.is_counsellor(user):
		return ""
	if doctype == "Support Period":
		return _running_period(user)
	return (
		f"exists (select 1 from `tabSupport Period` es_period where {PERIOD_JOINS[doctype]}"
		f" and {_running_period(user, 'es_period')})"
	)


def _new_family(user: str, doctype: str) -> str:
	"""A family is made before its first child: until then it is its maker's, if he or she works in a unit."""
	if not assignments.staff_units(user):
		return ""
	return (
		f"`tabFamily`.owner = {frappe.db.escape(user)}"
		" and not exists (select 1 from `tabChild` es_child where es_child.family = `tabFamily`.name)"
	)


OPENERS = {
	policy.UNIT_STAFF: _unit_staff,
	policy.LIAISON: _liaison,
	policy.PERIOD_COUNSELLOR: _period_counsellor,
	policy.NEW_FAMILY: _new_family,
}


def _running_period(user: str, table: str = "`tabSupport Period`") -> str:
	ending = " or ".join(
		f"({table}.workflow_state = {frappe.db.escape(state)} and {table}.{field} = {_today()})"
		for state, field in policy.ENDING_STATES.items()
	)
	return (
		f"{table}.counsellor = {frappe.db.escape(user)}"
		f" and ({table}.workflow_state in {_in(policy.RUNNING_STATES)} or {ending})"
	)


def _rows_of_table(user: str, table: str, parent: str) -> str:
	condition = query_condition(user, parent)
	if condition == NOTHING:
		return ""
	return (
		f"`tab{table}`.parenttype = {frappe.db.escape(parent)} and `tab{table}`.parent in"
		f" (select `tab{parent}`.name from `tab{parent}` where {condition})"
	)


# Documents that are being made or moved ------------------------------------------------------------------------------


def _stored_containers(doctype: str, name: str) -> dict:
	fields = [*policy.CONTAINERS[doctype]]
	return frappe.db.get_value(doctype, name, fields, as_dict=True) if fields else {}


def _may_make(doc, user: str) -> bool:
	doctype = doc.get("doctype")
	if doctype == "Family":
		return bool(assignments.staff_units(user))
	if (
		doctype in policy.UNIT_DECIDES
		and doc.get("unit")
		and doc.get("unit") not in assignments.staff_units(user)
	):
		return False
	# An empty form has neither unit nor container yet; it cannot be stored like that.
	return has_any_opening(user) and _containers_open(doc, user, {})


def _containers_open(doc, user: str, stored: dict) -> bool:
	"""Tell whether `user` sees every document on which `doc` is newly hung."""
	for field, container in policy.CONTAINERS[doc.get("doctype")].items():
		name = doc.get(field)
		if name and name != stored.get(field) and not is_open(container, name, user):
			return False
	return True


# SQL -----------------------------------------------------------------------------------------------------------------


def _any(conditions: Iterable[str]) -> str:
	parts = [f"({condition})" for condition in conditions if condition]
	return f"({' or '.join(parts)})" if parts else NOTHING


def _in(values: Iterable[str]) -> str:
	return "({})".format(", ".join(frappe.db.escape(value) for value in sorted(values)))


def _today() -> str:
	return frappe.db.escape(nowdate())
