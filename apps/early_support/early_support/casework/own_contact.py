"""A parent gets in touch, and a client relationship begins: without a referral and without a support period.

A third of all begin that way (domain.md §6, 771-775; §1, 671 and 1906-1908). Whoever answers has no right to any child, and is
given none to search: the parent says who the child is and who is speaking. Only where all of it is exactly what is on
record, a relationship is opened; which opens the family to the one who answers, as every relationship does.
"""

import frappe
from frappe import _

from early_support.access import assignments, policy
from early_support.access.exact import NoSuchChild, count_try, find_children, plain
from early_support.casework.clock import today
from early_support.casework.rights import require_right
from early_support.casework.social import own_controller
from early_support.exceptions import GuardNotMet
from early_support.privacy import log, reads
from early_support.workflow_guard.system import system_change

DOCTYPE = "Client Relationship"
# How it began, where the administrators' list has it still (fixtures/defaults/lists/referral_source.json).
SOURCE = "parent"


def may_begin(user: str) -> bool:
	"""Whether `user` is somebody whom parents call: a family counsellor or a social worker, today."""
	return assignments.works_as(user, policy.REGISTER_ROLES)


@frappe.whitelist(methods=["POST"])
def begin(
	last_name: str, first_name: str, birth_date: str, guardian: str, is_sure: bool | int | str = False
) -> str:
	"""Open a client relationship in Draft for the child of a guardian who got in touch, and return its name.

	Args:
		last_name, first_name, birth_date: of the child, see access/exact.py.
		guardian: first and last name of the guardian, as the family has them.
		is_sure: whether the user has made sure that it is this guardian who speaks.

	Raises:
		frappe.PermissionError: the user is no family counsellor or social worker today.
		GuardNotMet: nobody has made sure who speaks; the child is a client already; it is not clear in whose register.
		NoSuchChild, TooManyTries: see access/exact.py.
	"""
	user = frappe.session.user
	require_right(DOCTYPE, "create")
	if not may_begin(user):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)
	if not frappe.utils.cint(is_sure):
		frappe.throw(_("Please make sure first who it is that got in touch."), GuardNotMet)
	own_controller(user)
	count_try(user, "own_contact")
	for child in find_children(str(last_name), str(first_name), str(birth_date)):
		if name := _guardian(child.family, str(guardian)):
			# Before anything may be refused: that the child is a client already is told by a refusal, too.
			log.record(reads.FORM, [("Child", child.name)], policy.CLIENT_RELATIONSHIP, "own contact")
			return _open(child.name, name)
	frappe.throw(
		_(
			"There is no child with exactly these names, this birth date and this guardian. Please check how they are written."
		),
		NoSuchChild,
	)


def _guardian(family: str, said: str) -> str | None:
	"""Return the name of the guardian of a family who calls himself or herself so."""
	# Not filtered by permission: whoever does not know the name is told nothing.
	names = frappe.get_all(
		"Family Guardian", filters={"parenttype": "Family", "parent": family}, pluck="full_name"
	)
	return next((name for name in names if plain(name) == plain(said)), None)


def _open(child: str, guardian: str) -> str:
	source = frappe.db.get_value("Referral Source", {"name": SOURCE, "disabled": 0}, "name")
	doc = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"child": child,
			"contact_by": guardian,
			"source": source,
			"tier": "Universal",
			"started_with": "Application",
			"started_on": today(),
		}
	)
	# Safe: who asks, and that a guardian did, has just been checked; the rules of the controller hold all the same.
	with system_change():
		doc.insert(ignore_permissions=True)
	log.record(reads.FORM, [(DOCTYPE, doc.name)], policy.CLIENT_RELATIONSHIP, "own contact")
	return doc.name
