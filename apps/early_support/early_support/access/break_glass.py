"""Break glass: in an emergency somebody opens a family of another unit, with a written reason, to read, for three hours.

Whoever asks must know the child already: last name, first name and birth date, exactly. Nothing is searched or listed, and
a wrong guess is told nothing. The privacy officers are told at once; it ends by itself (design.md §4).
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, format_datetime, get_datetime

from early_support.access import assignments, conditions, grants, policy
from early_support.access.exact import NoSuchChild, count_try, find_children
from early_support.casework import clock
from early_support.privacy import log, reads, rights

OPEN_FOR = datetime.timedelta(hours=3)
REASON_LENGTH = 20


class ReasonTooShort(frappe.ValidationError):
	"""The reason is what the privacy officer has to go by."""


@frappe.whitelist(methods=["POST"])
def open_family(last_name: str, first_name: str, birth_date: str, reason: str) -> dict:
	"""Open the family of a child to the session's user for three hours, for reading.

	Args:
		last_name: as it is written in the child's record; capital letters and spaces do not matter.
		first_name: the first one, or all of them.
		birth_date: as yyyy-mm-dd.
		reason: at least REASON_LENGTH characters, kept with the grant for the privacy officer.

	Returns {"child": its name, to go there, "running": see `running`}. Nothing is given to whom everything of the family that
	it would show is open already: to the staff of the unit, or for as long as an earlier one runs.

	Raises:
		frappe.PermissionError: the user does no casework today.
		ReasonTooShort: see there.
		NoSuchChild, TooManyTries: see access/exact.py.
	"""
	user = frappe.session.user
	if not may_open(user):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)
	reason = " ".join(str(reason).split())
	if len(reason) < REASON_LENGTH:
		frappe.throw(
			_("Please write in a sentence why the family must be opened now."),
			ReasonTooShort,
		)
	count_try(user, "break_glass")
	children = find_children(str(last_name), str(first_name), str(birth_date))
	if not children:
		frappe.throw(
			_(
				"There is no child with exactly these names and this birth date. Please check how they are written."
			),
			NoSuchChild,
		)
	for child in children:
		if conditions.opens_more(policy.BREAK_GLASS, child.family, user):
			until = clock.now() + OPEN_FOR
			source = frappe.get_doc("Child", child.name)
			on_open(grants.give(user, child.family, policy.BREAK_GLASS, source, reason, until))
	return {"child": children[0].name, "running": running()}


def on_open(grant: Document) -> None:
	"""Do what must happen the moment a family is opened.

	`grant`: the new Access Grant, just stored.
	"""
	log.record(reads.BREAK_GLASS, [(grant.source_doctype, grant.source_name)], policy.BREAK_GLASS, grant.name)
	_tell_privacy_officers(grant)


@frappe.whitelist(methods=["POST"])
def close(grant: str) -> list[dict]:
	"""End a break glass of the session's user at once, and return those that still run.

	`grant`: the name of the Access Grant. One that is over already is passed over, with the same answer.

	Raises:
		frappe.PermissionError: it is not the user's own, or was given for another reason.
	"""
	# Own rows only: read without permission, because nobody but the privacy officer may read grants.
	row = frappe.db.get_value(
		grants.DOCTYPE, str(grant), ["name", "user", "kind", "source_doctype", "source_name"], as_dict=True
	)
	if not row or row.user != frappe.session.user or row.kind != policy.BREAK_GLASS:
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)
	grants.end(frappe.get_doc(row.source_doctype, row.source_name), at_once=True, name=row.name)
	return running()


@frappe.whitelist()
def running() -> list[dict]:
	"""Return the running break glasses of the session's user: [{grant, child, until, seconds}].

	`seconds` says how long it still runs, because the clock of the browser may be wrong.
	"""
	now = clock.now()
	return [
		{
			"grant": grant.name,
			"child": grant.source_name,
			"until": str(grant.valid_until),
			"seconds": int((grant.valid_until - now).total_seconds()),
		}
		for grant in grants.active(frappe.session.user)
		if grant.kind == policy.BREAK_GLASS
	]


def may_open(user: str) -> bool:
	"""Tell whether `user` works with families today, as an educator, director, counsellor or social worker."""
	return assignments.works_as(user, policy.CASEWORK_ROLES)


def extend_bootinfo(bootinfo: dict) -> None:
	"""Tell the desk which break glasses run, so that it shows the banner from the first page on."""
	bootinfo["early_support_break_glass"] = running()


def _tell_privacy_officers(grant: Document) -> None:
	who = escape_html(frappe.db.get_value("User", grant.user, "full_name") or grant.user)
	unit = frappe.db.get_value("Child", grant.source_name, "unit")
	# Those of the register that was opened.
	for officer in rights.officers(unit):
		language = frappe.db.get_value("User", officer, "language")
		# Names no child and no family: the link leads to the grant.
		subject = _("{0} opened a family in an emergency on {1}.", language).format(
			who, format_datetime(get_datetime(grant.valid_from), "dd.MM.yyyy HH:mm")
		)
		# Safe: written for somebody else, about what the session's user has just done.
		frappe.get_doc(
			{
				"doctype": "Notification Log",
				"type": "Alert",
				"for_user": officer,
				"from_user": grant.user,
				"subject": subject,
				"document_type": grants.DOCTYPE,
				"document_name": grant.name,
			}
		).insert(ignore_permissions=True)
