"""For whose records a Privacy Officer answers: those of the register controllers to whom he or she is assigned today.

One child may stand in several registers: in that of its unit, and in that of the county whose client it is (703/2023,
13 §). So an officer is in charge of a child *in a register*: in that of its unit by the units which the assignments cover,
and in that of a controller to whom an assignment names as a whole, if anything is kept there about the child. The first
line of every whitelisted function of this room, and the rows of the two doctypes that are about a child and opened by no
assignment to a unit (design.md §4).
"""

from collections.abc import Callable

import frappe
from frappe import _

from early_support.access import assignments, policy
from early_support.privacy import log, reads

NOTHING, EVERYTHING = "(1=0)", "(1=1)"

# What is kept about a child in the register of one controller.
KEPT = (
	*(doctype for doctype in policy.GUARDED_DOCTYPES if doctype not in policy.UNIT_DECIDES),
	"Network Meeting Filing",
)

# doctype → the SQL for its child, and for the family of that child or of its own
SUBJECTS = {
	"Subject Access Export": "es_child.name = `tabSubject Access Export`.child",
	"Legal Hold": (
		"if(`tabLegal Hold`.subject_type = 'Family', es_child.family, es_child.name) = `tabLegal Hold`.subject"
	),
}


class RegisterNotChosen(frappe.ValidationError):
	"""The child stands in several registers for which the user answers; what is done, is done in one."""


def require_officer() -> None:
	"""Refuse everybody but who works as a Privacy Officer today, and Administrator.

	Not `frappe.only_for`: it lets everybody pass in tests, so that no test could tell whether it is there.

	Raises:
		frappe.PermissionError: for everybody else.
	"""
	user = frappe.session.user
	if user != "Administrator" and not assignments.works_as(user, policy.PRIVACY_ROLES):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)


def officers(unit: str | None = None) -> list[str]:
	"""Return the users who work as Privacy Officers today, or those of a unit's register: who are told of what must not wait."""
	return [
		user
		for user in assignments.holders(policy.PRIVACY_ROLES)
		if (unit in officer_units(user) if unit else assignments.works_as(user, policy.PRIVACY_ROLES))
	]


def officer_units(user: str | None = None) -> frozenset[str]:
	"""Return the units of whose children the user (by default the session's) is the Privacy Officer today."""
	user = user or frappe.session.user
	return assignments.units_of(user, policy.PRIVACY_ROLES)


def officer_registers(user: str | None = None) -> frozenset[str]:
	"""Return the register controllers of whose whole register the user (by default the session's) is the Privacy Officer."""
	return assignments.registers_of(user or frappe.session.user, policy.PRIVACY_ROLES)


def own_places() -> Callable[[str | None, str | None], bool]:
	"""Return what tells of a register controller and a unit whether what stands there is the session's user's own."""
	if frappe.session.user == "Administrator":
		return lambda controller, unit: True
	units, controllers = officer_units(), officer_registers()
	# In its unit a child may stand in the register of another controller, too. Codes only, unfiltered.
	of_units = dict(
		frappe.get_all(
			"Day Care Unit",
			filters={"name": ("in", [*units, ""])},
			fields=["name", "controller"],
			as_list=True,
		)
	)
	return lambda controller, unit: (
		bool(controller) and (controller in controllers or of_units.get(unit) == controller)
	)


def registers(subject_type: str, name: str) -> frozenset[str]:
	"""Return the registers in which the session's user is in charge of a child, or of a family by one of its children.

	Empty where there is none, or where nothing is kept about the child. Administrator is in charge of each.
	"""
	user = frappe.session.user
	field = "family" if subject_type == "Family" else "name"
	# Unfiltered by permission, here and below: the officer has none on casework, and gets names of controllers only.
	children = frappe.get_all("Child", filters={field: name or ""}, fields=["name", "unit", "controller"])
	if not children:
		return frozenset()
	kept = " union ".join(
		f"select controller from `tab{doctype}` where child in %(children)s" for doctype in KEPT
	)
	others = frappe.db.sql_list(kept, {"children": tuple(child.name for child in children)})
	if user == "Administrator":
		return frozenset({*others, *(child.controller for child in children)} - {None})
	own = {child.controller for child in children if child.unit in officer_units(user)}
	return frozenset(own | (set(others) & officer_registers(user)))


def register_of(subject_type: str, name: str, chosen: str | None) -> str | None:
	"""Return the register in which something is done with a child or a family: the one chosen, or the only one there is.

	None where the session's user is in charge of nothing: for what is not there, and for what is another's, alike.

	Raises:
		RegisterNotChosen: there are several.
	"""
	own = registers(subject_type, name)
	if chosen:
		return chosen if chosen in own else None
	if len(own) > 1:
		titles = frappe.get_all("Register Controller", filters={"name": ("in", own)}, pluck="title")
		frappe.throw(
			_("This stands in several registers: {0}. Please choose the register controller.").format(
				", ".join(sorted(titles))
			),
			RegisterNotChosen,
		)
	return next(iter(own), None)


def find_children(condition: str, values: dict, most: int = 20) -> list[dict]:
	"""Return the children of a condition of whom the session's user is in charge in some register.

	Args:
		condition: constant SQL on tabChild.
		values: its parameters.

	Each has name, full_name, first_names, last_name, birth_date, family and `register`, the controller for whom the user
	answers. Where that is not the register of its unit, `unit` and `left_on` are None: these are none of the user's.
	"""
	user = frappe.session.user
	everything = user == "Administrator"
	units, controllers = officer_units(user), officer_registers(user)
	# Unfiltered by role: the officer has none on Child. Being in charge is the filter.
	rows = frappe.db.sql(
		f"""select name, full_name, first_names, last_name, birth_date, family, unit, left_on, controller as register
		from tabChild where ({condition}) and {EVERYTHING if everything else _in_charge(units, controllers)}
		order by last_name, first_names, name limit {int(most)}""",
		values,
		as_dict=True,
	)
	for row in rows:
		if not everything and row.unit not in units:
			row.update(unit=None, left_on=None, register=min(registers("Child", row.name)))
	return rows


def note_named(  # noqa: PLR0913 what a read is made of
	doctype: str, name: str, controller: str, detail: str, channel: str = reads.SEARCH, *, whole: bool = False
) -> None:
	"""Log that a Privacy Officer did something with a child or a family by its code, in the register of `controller`.

	The officer of another register need not know that he or she asked. `whole`: see log.record.
	"""
	log.record(channel, [(doctype, name)], policy.PRIVACY_OFFICER, detail, whole=whole, controller=controller)


def export_rows(user: str | None) -> str:
	"""Return the SQL condition for the Subject Access Exports that the user may list."""
	return _rows(user, "Subject Access Export")


def hold_rows(user: str | None) -> str:
	"""Return the SQL condition for the Legal Holds that the user may list."""
	return _rows(user, "Legal Hold")


def has_permission(doc, ptype: str | None = None, user: str | None = None) -> bool:
	"""Tell whether a stored document of SUBJECTS is among the user's rows; one that is being made is asked on validate."""
	user = user or frappe.session.user
	doctype, name = doc.get("doctype"), doc.get("name")
	if not (name and frappe.db.exists(doctype, name)):
		return user == "Administrator" or assignments.works_as(user, policy.PRIVACY_ROLES)
	condition = _rows(user, doctype)
	# Constants and escaped values only; the name is a parameter.
	return bool(frappe.db.sql(f"select 1 from `tab{doctype}` where name = %s and {condition}", (name,)))


def _rows(user: str | None, doctype: str) -> str:
	"""Return the condition for what was done in the user's registers; by a unit, in that in which its child stands today."""
	user = user or frappe.session.user
	if user == "Administrator":
		return EVERYTHING
	units, controllers = officer_units(user), officer_registers(user)
	ways = [f"`tab{doctype}`.controller in {_in(controllers)}"] if controllers else []
	if units:
		ways.append(
			f"exists (select 1 from `tabChild` es_child where {SUBJECTS[doctype]}"
			f" and es_child.controller = `tab{doctype}`.controller and es_child.unit in {_in(units)})"
		)
	return f"({' or '.join(ways)})" if ways else NOTHING


def _in_charge(units: frozenset[str], controllers: frozenset[str]) -> str:
	"""Return the condition for the rows of tabChild that stand in some units, or of which some controllers keep something."""
	ways = [f"tabChild.unit in {_in(units)}"] if units else []
	if controllers:
		ways += [
			f"exists (select 1 from `tab{doctype}` es_kept where es_kept.child = tabChild.name"
			f" and es_kept.controller in {_in(controllers)})"
			for doctype in KEPT
		]
	return f"({' or '.join(ways)})" if ways else NOTHING


def _in(values: frozenset[str]) -> str:
	return "({})".format(", ".join(frappe.db.escape(value) for value in sorted(values)))
