"""Where a user works today, and as what: the units which a person's assignments and liaison duties cover."""

from collections.abc import Iterable

import frappe

from early_support.access import policy
from early_support.casework.clock import today

# Where somebody may be assigned: field of Staff Assignment → doctype, the widest first.
PLACES = {"controller": "Register Controller", "service_area": "Service Area", "unit": "Day Care Unit"}

# The rows of an area are read for whoever works in at least one of so many of its units. To pass over a row of another unit
# takes a tenth of the time of judging one of the own.
PASSED_OVER = 10


def staff_units(user: str) -> frozenset[str]:
	"""Return the units in which `user` works today as an educator or director.

	An assignment covers one unit, all units of a service area, or all units of a register controller. Its first and
	last day both count.
	"""
	return remember(user, "staff", lambda: units_of(user, policy.UNIT_STAFF_ROLES))


def staff_area(user: str) -> str | None:
	"""Return the service area in which `user` works today as an educator or director: in several of its units, in no other.

	None also for whoever works in few of many units: reading the area, nearly all of it would be passed over.
	"""
	return remember(user, "area", lambda: _staff_area(user))


def liaison_units(user: str) -> frozenset[str]:
	"""Return the units of which `user` is, today, the liaison person of family counselling (domain.md §1, yhdyshenkilöt).

	Whoever has changed to other work, or left, may still stand as liaison somewhere: that gives no unit.
	"""
	return remember(user, "liaison", lambda: _liaison_units(user) if is_counsellor(user) else frozenset())


def units_of(user: str, roles: Iterable[str]) -> frozenset[str]:
	"""Return the units which the active assignments of `user` in any of `roles` cover."""
	rows = _active(user, roles)
	units = {row.unit for row in rows if row.unit}
	for field in ("service_area", "controller"):
		wider = tuple({row[field] for row in rows if row[field]})
		if wider:
			# Unfiltered and in SQL for the same reasons as in _all_active.
			units.update(
				frappe.db.sql_list(
					f"select name from `tabDay Care Unit` where {field} in %(wider)s", {"wider": wider}
				)
			)
	return frozenset(units)


def controllers_of(user: str, roles: tuple[str, ...]) -> frozenset[str]:
	"""Return the register controllers for whom `user` works today in one of `roles`, which he or she must hold.

	That of the assignment itself, or of the unit or area that it names.
	"""
	return remember(user, ("controllers", roles), lambda: _controllers_of(user, roles))


def registers_of(user: str, roles: Iterable[str]) -> frozenset[str]:
	"""Return the register controllers that an active assignment of `user` in any of `roles` names as a whole.

	Not those of a unit or an area: what is kept apart from the register of the units stands in none of these.
	"""
	return frozenset(row.controller for row in _active(user, roles) if row.controller)


def places_of(user: str) -> list[str]:
	"""Return the units, areas and register controllers to which the assignments of `user` are that hold today."""
	rows = remember(user, "assignments", lambda: _all_active(user))
	return sorted({row.unit or row.service_area or row.controller for row in rows})


def holders(roles: Iterable[str]) -> list[str]:
	"""Return the enabled users who hold one of `roles`, wherever they work, or nowhere."""
	# Names of colleagues, unfiltered: what they may do is asked of each of them.
	having = frappe.get_all(
		"Has Role",
		filters={"role": ("in", tuple(roles)), "parenttype": "User"},
		pluck="parent",
		distinct=True,
	)
	return frappe.get_all(
		"User", filters={"name": ("in", [*having, ""]), "enabled": 1}, pluck="name", order_by="name asc"
	)


def is_counsellor(user: str) -> bool:
	"""Tell whether `user` works as a family counsellor today."""
	return works_as(user, policy.COUNSELLOR_ROLES)


def works_as(user: str, roles: tuple[str, ...]) -> bool:
	"""Tell whether `user` works in one of `roles` today: has the role, and an assignment that gives it.

	Not asked for units: the counsellors' employer may be a county, to whom no day care unit belongs (domain.md §8).
	"""
	return remember(user, roles, lambda: _works_as(user, roles))


def forget() -> None:
	"""Forget what was read in this request, after an assignment, a liaison, a unit or a grant has changed."""
	frappe.local.early_support_units = {}


def _staff_area(user: str) -> str | None:
	units = staff_units(user)
	if len(units) < 2:
		return None
	areas = {row.service_area for row in _active(user, policy.UNIT_STAFF_ROLES)}
	if len(areas) == 1 and all(areas):
		return areas.pop()  # nothing but the one area was assigned
	# Unfiltered and in SQL for the same reasons as in _all_active.
	found = frappe.db.sql_list(
		"select distinct service_area from `tabDay Care Unit` where name in %s limit 2", (tuple(units),)
	)
	if len(found) != 1:
		return None
	total = frappe.db.sql("select count(*) from `tabDay Care Unit` where service_area = %s", found)[0][0]
	return found[0] if total <= len(units) * PASSED_OVER else None


def _works_as(user: str, roles: tuple[str, ...]) -> bool:
	return bool(_active(user, roles))


def _controllers_of(user: str, roles: tuple[str, ...]) -> frozenset[str]:
	rows = _active(user, roles)
	found = {row.controller for row in rows if row.controller}
	for field, doctype in (("unit", "Day Care Unit"), ("service_area", "Service Area")):
		places = tuple({row[field] for row in rows if row[field]})
		if places:
			# Unfiltered and in SQL for the same reasons as in _all_active.
			found.update(
				frappe.db.sql_list(
					f"select controller from `tab{doctype}` where name in %(places)s", {"places": places}
				)
			)
	return frozenset(found)


def _active(user: str, roles: Iterable[str]) -> list[dict]:
	"""Return where the assignments of `user` in any of `roles` are that hold today.

	An assignment says where somebody works, and the role that somebody may work at all: without it, it opens nothing.
	"""
	rows = [row for row in remember(user, "assignments", lambda: _all_active(user)) if row.role in roles]
	held = frappe.get_roles(user) if rows else ()
	return [row for row in rows if row.role in held]


def _all_active(user: str) -> list[dict]:
	# Unfiltered: this is where it is decided what the user may read. Only names of units leave the module. Plain SQL, once
	# for all roles: it is asked by every request, and Frappe's query builder would take longer than the database.
	return frappe.db.sql(
		"""select role, unit, service_area, controller from `tabStaff Assignment`
		where user = %(user)s and from_date <= %(today)s and (to_date is null or to_date >= %(today)s)""",
		{"user": user, "today": today()},
		as_dict=True,
	)


def _liaison_units(user: str) -> frozenset[str]:
	# Unfiltered and in SQL for the same reasons as in _all_active.
	return frozenset(
		frappe.db.sql_list(
			"""select parent from `tabUnit Liaison`
			where user = %(user)s and side = 'Family Counselling' and parenttype = 'Day Care Unit'
			and from_date <= %(today)s and (to_date is null or to_date >= %(today)s)""",
			{"user": user, "today": today()},
		)
	)


def remember(user: str, kind: object, read):
	"""Read once per request and day: a list and its documents ask many times, and a job may run past midnight."""
	cache = getattr(frappe.local, "early_support_units", None)
	if cache is None:
		cache = frappe.local.early_support_units = {}
	key = (user, kind, today())
	if key not in cache:
		cache[key] = read()
	return cache[key]
