"""Which of the staff a case may name."""

import frappe
from frappe import _
from frappe.utils import getdate

from early_support.access import assignments, policy
from early_support.casework import titles
from early_support.casework.clock import today

COUNSELLOR = "Family Counsellor"
SOCIAL_WORKER = "Social Worker"
# The tier of support that needs no decision.
UNIVERSAL = "Universal"
# The sides of the co-operation on which a unit has liaison persons.
DAY_CARE, FAMILY_COUNSELLING = policy.LIAISON_ROLES
SPECIAL_SUPPORT = "Special Support"


def is_counsellor(user: str) -> bool:
	"""Whether `user` is an enabled user who works as a family counsellor today."""
	return bool(frappe.db.get_value("User", user, "enabled")) and assignments.is_counsellor(user)


def is_receiver(user: str) -> bool:
	"""Whether `user` is an enabled user to whom a family may be handed over: a family counsellor or a social worker."""
	return bool(frappe.db.get_value("User", user, "enabled")) and assignments.works_as(
		user, policy.REGISTER_ROLES
	)


def own_worker_roles(tier: str | None) -> tuple[str, ...]:
	"""Return the roles of which the own worker of a client may be (domain.md §1, 736-737).

	Above universal support the child needs special support, or a social worker has decided (§3, 569-571, 683-685).
	"""
	return policy.REGISTER_ROLES if (tier or UNIVERSAL) == UNIVERSAL else (SOCIAL_WORKER,)


def is_own_worker(user: str, tier: str | None) -> bool:
	"""Whether `user` is an enabled user who may be the own worker of a client at this tier today."""
	return bool(frappe.db.get_value("User", user, "enabled")) and assignments.works_as(
		user, own_worker_roles(tier)
	)


def works_for(user: str, controller: str) -> bool:
	"""Whether `user` is an enabled user who does social work for a register controller today."""
	enabled = bool(frappe.db.get_value("User", user, "enabled"))
	return enabled and controller in assignments.controllers_of(user, policy.REGISTER_ROLES)


def full_name(user: str | None) -> str | None:
	"""Return the name of a colleague."""
	# Not filtered by permission: whoever opens the case may know the colleagues it names; users as such are not
	# readable to the staff.
	return frappe.db.get_value("User", user, "full_name") if user else None


@frappe.whitelist()
def own_units() -> list[str]:
	"""Return the day care units in which the session's user works today as an educator or director."""
	return sorted(assignments.staff_units(frappe.session.user))


def liaison_counsellors(unit: str) -> list[str]:
	"""Return the counsellors who are the unit's liaisons of family counselling today, in the order of the unit."""
	return _at_work(_named_liaisons(unit))


def sides_without_liaison(unit: str) -> list[str]:
	"""Return the sides of the co-operation on which a unit has no liaison person today (domain.md §1, 1471 and 1613-1615).

	Whoever has left, or works elsewhere by now, may still stand on the unit's form: that is nobody to turn to.
	"""
	named = _named_liaisons(unit)
	on_the_spot = [
		user
		for user in named[DAY_CARE]
		if frappe.db.get_value("User", user, "enabled") and unit in assignments.staff_units(user)
	]
	found = {DAY_CARE: on_the_spot, FAMILY_COUNSELLING: _at_work(named)}
	return [side for side in policy.LIAISON_ROLES if not found[side]]


def _at_work(named: dict[str, list[str]]) -> list[str]:
	return [user for user in named[FAMILY_COUNSELLING] if is_counsellor(user)]


def _named_liaisons(unit: str) -> dict[str, list[str]]:
	"""Return who stands on a unit's form as its liaison person today, by the side, in the order of the form."""
	# Not filtered by permission: the staff may know who their liaisons are; no case is read.
	rows = frappe.get_all(
		"Unit Liaison",
		filters={"parenttype": "Day Care Unit", "parent": unit},
		fields=["side", "user", "from_date", "to_date"],
		order_by="idx asc",
	)
	day = today()
	named: dict[str, list[str]] = {side: [] for side in policy.LIAISON_ROLES}
	for row in rows:
		begun = not row.from_date or getdate(row.from_date) <= day
		if begun and (not row.to_date or day <= getdate(row.to_date)) and row.side in named:
			named[row.side].append(row.user)
	return named


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
	first = liaison_counsellors((filters or {}).get("unit") or "")
	found = [user for user in _with_role((COUNSELLOR,), txt) if assignments.is_counsellor(user.name)]
	found.sort(key=lambda user: user.name not in first)
	return _described(found[start : start + page_len])


@frappe.whitelist()
@frappe.validate_and_sanitize_search_inputs
def find_receivers(  # noqa: PLR0913, PLR0917 — the signature of Frappe's link queries
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict
) -> list[tuple]:
	"""Return those to whom a family may be handed over, for a Link field.

	Args:
		txt: part of the name or the address.

	Nothing for those who may not read referrals: a refusal would break Frappe's link search.
	"""
	if not frappe.has_permission("Referral", "read"):
		return []
	found = [
		user
		for user in _with_role(policy.REGISTER_ROLES, txt)
		if user.name != frappe.session.user and assignments.works_as(user.name, policy.REGISTER_ROLES)
	]
	return _described(found[start : start + page_len])


@frappe.whitelist()
@frappe.validate_and_sanitize_search_inputs
def find_own_workers(  # noqa: PLR0913, PLR0917 — the signature of Frappe's link queries
	doctype: str, txt: str, searchfield: str, start: int, page_len: int, filters: dict
) -> list[tuple]:
	"""Return those who may be the own worker of a client, for a Link field.

	Args:
		txt: part of the name or the address.
		filters: `tier`, of the client relationship.

	Nothing for those who may not read client relationships: a refusal would break Frappe's link search.
	"""
	if not frappe.has_permission("Client Relationship", "read"):
		return []
	roles = own_worker_roles((filters or {}).get("tier"))
	found = [user for user in _with_role(roles, txt) if assignments.works_as(user.name, roles)]
	return _described(found[start : start + page_len])


def _with_role(roles: tuple[str, ...], txt: str) -> list[dict]:
	"""Return the enabled users with one of `roles` and `txt` in the name or the address, in the order of their names."""
	# As in full_name: names of colleagues only.
	named = frappe.get_all(
		"Has Role", filters={"role": ("in", roles), "parenttype": "User"}, pluck="parent", distinct=True
	)
	return frappe.get_all(
		"User",
		filters={"name": ("in", named), "enabled": 1},
		or_filters={"full_name": ("like", f"%{txt}%"), "name": ("like", f"%{txt}%")},
		fields=["name", "full_name"],
		order_by="full_name asc",
	)


def _described(users: list[dict]) -> list[tuple]:
	"""Return (address, name, as what, for whom) of each, as a link field shows it: two of the same name are told apart."""
	# As in full_name: as what and for whom a colleague works is no secret.
	rows = (
		frappe.db.sql(
			"""select user, role, controller, unit, service_area from `tabStaff Assignment`
			where user in %(users)s and from_date <= %(today)s and (to_date is null or to_date >= %(today)s)""",
			{"users": tuple(user.name for user in users), "today": today()},
			as_dict=True,
		)
		if users
		else ()
	)
	places = titles.of_records(
		(doctype, row[field]) for row in rows for field, doctype in assignments.PLACES.items()
	)
	works: dict[str, list[str]] = {}
	for row in rows:
		if row.role in policy.REGISTER_ROLES:
			where = [places.get((doctype, row[field])) for field, doctype in assignments.PLACES.items()]
			works.setdefault(row.user, []).append(", ".join(filter(None, (_(row.role), *where))))
	return [(user.name, user.full_name, "; ".join(sorted(set(works.get(user.name, ()))))) for user in users]
