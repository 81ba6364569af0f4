"""Keeps in step what casework carries so that lists are fast: family and unit with the child, the area with the unit."""

import frappe
from frappe import _

from early_support.access import grants, policy


class AnotherControllerError(frappe.ValidationError):
	"""Data would move from one register controller to another, whose registers stay apart (703/2023, 13 §)."""


def follow_child(child) -> None:
	"""Write the child's unit, with its service area, controller and family onto its casework that is still open.

	`child`: the Child document, already stored. What is closed keeps the unit in which it happened: the figures of that
	unit must not change afterwards (access/conditions.py closes it to the unit's staff all the same). The family is
	followed by all: a family is who the case is about. With it go the grants which that casework has given; a move to
	another unit changes none, because the work with the family goes on. What is kept apart from the unit's register stays
	with its controller.
	"""
	grants.follow_family("Child", child.name, child.family)
	area = area_of(child.unit)
	for doctype in policy.GUARDED_DOCTYPES:
		if not frappe.get_meta(doctype).has_field("child"):
			continue
		table = f"`tab{doctype}`"
		# Plain SQL, not a save: these are derived fields, the change belongs to the Child (whose Version holds it), and
		# a save would ask the workflow whether the user may edit the state in which each document stands.
		frappe.db.sql(
			f"update {table} set family = %(family)s where child = %(child)s and ifnull(family, '') != %(family)s",
			{"family": child.family, "child": child.name},
		)
		of_unit = (
			", controller = %(controller)s, service_area = %(area)s" if doctype in policy.OF_UNITS else ""
		)
		frappe.db.sql(
			f"""update {table} set unit = %(unit)s{of_unit}
			where child = %(child)s and workflow_state not in %(final)s""",
			{
				"unit": child.unit,
				"controller": child.controller,
				"area": area,
				"child": child.name,
				"final": final_states(doctype),
			},
		)
		for name in frappe.get_all(
			doctype, filters={"child": child.name}, pluck="name"
		):  # names only, to clear caches
			frappe.clear_document_cache(doctype, name)
			grants.follow_family(doctype, name, child.family)
	_follow_filings(child)


def _follow_filings(child) -> None:
	"""Write the child's family onto the filings of its network meetings, and the unit of each meeting onto its own.

	A filing that stands in no unit belongs to the register of another controller, and stays there.
	"""
	# Plain SQL for the same reasons; nobody may save a filing.
	frappe.db.sql(
		"update `tabNetwork Meeting Filing` set family = %(family)s where child = %(child)s",
		{"family": child.family, "child": child.name},
	)
	frappe.db.sql(
		"""update `tabNetwork Meeting Filing` filing
		join `tabNetwork Meeting` meeting on meeting.name = filing.network_meeting
		set filing.unit = meeting.unit where meeting.child = %s and filing.unit is not null""",
		child.name,
	)
	for name in frappe.get_all("Network Meeting Filing", filters={"child": child.name}, pluck="name"):
		frappe.clear_document_cache("Network Meeting Filing", name)


def area_of(unit: str | None) -> str | None:
	"""Return the service area of a unit, for a case document that is being saved there.

	The unit is locked for reading until the end of the transaction: one that comes to another area meanwhile waits, and
	takes the document along (`follow_unit`).
	"""
	# Plain SQL because every save of casework asks; Frappe knows no such lock.
	found = frappe.db.sql(
		"select service_area from `tabDay Care Unit` where name = %s lock in share mode", (unit,)
	)
	return found[0][0] if found else None


def follow_unit(unit: str) -> None:
	"""Write the service area of a unit, as it is stored, onto all casework that stands in the unit.

	What is closed follows, too: the area says only in which lists a document is looked for. Figures go by the unit.
	"""
	for doctype in policy.OF_UNITS:
		carry_area(doctype, unit)


def carry_area(doctype: str, unit: str | None = None) -> None:
	"""Write the service area of its unit onto each document of a case doctype; of one unit, or of all."""
	# Plain SQL for the same reasons as in follow_child: the change belongs to the unit.
	frappe.db.sql(
		f"""update `tab{doctype}` es_case join `tabDay Care Unit` es_unit on es_unit.name = es_case.unit
		set es_case.service_area = es_unit.service_area
		where not es_case.service_area <=> es_unit.service_area and {"es_unit.name = %(unit)s" if unit else "true"}""",
		{"unit": unit},
	)
	frappe.clear_document_cache(doctype)


def final_states(doctype: str) -> tuple[str, ...]:
	"""Return the states of the active Workflow of `doctype` from which no transition leads on."""
	# Read without permission: the structure of a workflow is no secret, and staff have no right to the doctype.
	workflow = frappe.db.get_value("Workflow", {"document_type": doctype, "is_active": 1})
	if not workflow:
		return ("",)
	doc = frappe.get_cached_doc("Workflow", workflow)
	leaving = {row.state for row in doc.transitions}
	return tuple(row.state for row in doc.states if row.state not in leaving) or ("",)


def check_controller_of_child(child) -> None:
	"""Refuse that a child with casework moves to a unit of another register controller. Raises AnotherControllerError.

	Such a child leaves here (`left_on`) and begins there; its case documents stay with the controller who made them.
	"""
	before = child.get_doc_before_save()
	if before and before.controller != child.controller and _has_casework(child.name):
		frappe.throw(
			_(
				"The day care unit belongs to another register controller. Enter the day on which the child leaves, and "
				"let the new unit enter the child anew."
			),
			AnotherControllerError,
		)


def check_controller_of_unit(unit) -> None:
	"""Refuse that a unit with children moves to another register controller. Raises AnotherControllerError."""
	before = unit.get_doc_before_save()
	if before and before.controller != unit.controller and frappe.db.exists("Child", {"unit": unit.name}):
		frappe.throw(
			_("The day care unit has children, so it cannot move to another register controller."),
			AnotherControllerError,
		)


def follow_area(area) -> None:
	"""Let the units of a service area follow when its register controller changes. Raises AnotherControllerError."""
	# Unfiltered: whoever may change an area changes it for all its units.
	for name in frappe.get_all("Day Care Unit", filters={"service_area": area.name}, pluck="name"):
		frappe.get_doc("Day Care Unit", name).save()


def _has_casework(child: str) -> bool:
	# What is kept apart is not touched by it, and whoever moves a child learns nothing of it.
	return any(
		frappe.get_meta(doctype).has_field("child") and frappe.db.exists(doctype, {"child": child})
		for doctype in policy.GUARDED_DOCTYPES
		if not policy.is_kept_apart(doctype)
	)
