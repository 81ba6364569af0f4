"""The list of services in a child's plan: one row for each service that the municipality asks about.

The staff wished that the plan lists all services which the family already uses, and that the family is asked for
permission to co-operate with the workers responsible (domain.md §4, 1560-1568). Which services these are is the
administrators' list; whoever fills in a plan answers, and neither adds a service nor takes one away.
"""

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.model.document import Document
from frappe.utils import cstr, now

from early_support.exceptions import GuardNotMet

# The answers after which there is a worker to co-operate with.
IN_TOUCH = ("In Use", "Wanted")
# What a row has before anybody has answered.
BEGINS_WITH = ("service", "permission")
NOT_ASKED, GIVEN, TAKEN_BACK = "Not Asked", "Yes", "Taken Back"
# Who took a permission back, and when: what alone is added to the answers of a confirmed plan.
WITHDRAWAL = ("permission_withdrawn_on", "permission_withdrawn_by")

# What is shown beside the answers of this time → where it comes from in the plan of last time.
LAST_TIME = {"last_answer": "answer", "last_worker": "worker", "last_permission": "permission"}


def offered() -> list[str]:
	"""Return the services that are asked about today, in the order of the list."""
	return _listed({"disabled": 0, "ask_on_vasu": 1})


def keep_list(plan: Document, last: Document | None) -> None:
	"""Give a plan that is still a draft its rows: all of them, each once, in the order of the list.

	A row that a request leaves out is put back. The list grows by services that are new, and loses those that are no
	longer asked about and of which nothing was written down, with a plain save; a move adds nothing, so that it changes
	the state only.

	Args:
		plan: the Child Plan that is being saved, or begun.
		last: the plan of last time, or None.

	Raises:
		GuardNotMet: a service was sent twice, or one that is not asked about.
	"""
	before = plan.get_doc_before_save()
	stored = {row.service: row for row in before.services} if before else {}
	of_last_time = {row.service: row for row in last.services} if last else {}
	given, asked = _given(plan), offered()
	# Whatever was in use or wanted stays in sight, also when it is no longer asked about.
	carried = [] if before else [name for name, row in of_last_time.items() if row.answer in IN_TOUCH]
	if not given.keys() <= {*stored, *asked, *carried}:
		frappe.throw(
			_("The list of services is set by the municipality. Another service cannot be added here."),
			GuardNotMet,
		)
	if before and before.workflow_state != plan.workflow_state:
		wanted = {*stored, *given}
	else:
		kept = (name for name, row in stored.items() if _matters(row) or _matters(given.get(name)))
		wanted = {*asked, *carried, *kept}
	plan.set("services", [])
	for name in _listed({"name": ("in", tuple(wanted))}) if wanted else ():
		row = plan.append("services", _row(name, stored.get(name), of_last_time.get(name)))
		_take_answer(row, given.get(name) or stored.get(name))
		row.idx = len(plan.services)


def check_permissions(plan: Document) -> None:
	"""Refuse a permission to co-operate where there is nobody to co-operate with (domain.md §4, 1560-1564).

	Raises:
		GuardNotMet: names the first such service.
	"""
	for row in plan.services:
		if row.permission not in (None, "", NOT_ASKED) and row.answer not in IN_TOUCH:
			frappe.throw(
				_(
					"{0}: permission to co-operate is asked only for a service that is in use or wanted."
				).format(title(row.service)),
				GuardNotMet,
			)


def permitted(plan: Document) -> list[Document]:
	"""Return the rows with whose workers the guardians let the staff co-operate, as far as they have not taken it back."""
	return [
		row
		for row in plan.services
		if row.permission == GIVEN and row.answer in IN_TOUCH and not row.permission_withdrawn_on
	]


def note_withdrawals(plan: Document) -> list[str]:
	"""Write into a confirmed plan when a permission is taken back; return the services of which this save takes it back.

	What was taken back stays so: a new permission is asked for with a consent, or in the next plan.
	"""
	before = {row.name: row for row in plan.get_doc_before_save().services}
	taken_back = []
	for row in plan.services:
		stored = before.get(row.name)
		row.permission_withdrawn_on = stored.permission_withdrawn_on if stored else None
		if stored and row.permission_withdrawn_by and not stored.permission_withdrawn_by:
			row.permission_withdrawn_on = now()
			taken_back.append(row.service)
	return taken_back


def only_withdrawn(plan: Document) -> bool:
	"""Whether nothing in the rows of a confirmed plan differs from what is stored but permissions that are taken back."""
	before = plan.get_doc_before_save().services
	return len(before) == len(plan.services) and all(
		row.name == stored.name and _differing(row, stored) <= _may_differ(stored)
		for row, stored in zip(plan.services, before, strict=True)
	)


def check_withdrawals(plan: Document, guardians: list[str]) -> None:
	"""Refuse to take back what was not given, or by somebody else than a guardian.

	Raises:
		GuardNotMet: names the first such service.
	"""
	for row in plan.services:
		if not row.permission_withdrawn_by:
			continue
		if row.permission != GIVEN:
			frappe.throw(
				_("{0}: there is no permission to take back.").format(title(row.service)), GuardNotMet
			)
		if row.permission_withdrawn_by not in guardians:
			frappe.throw(
				_("{0}: a guardian of the child takes the permission back. Please choose one.").format(
					title(row.service)
				),
				GuardNotMet,
			)


def unanswered(plan: Document) -> list[str]:
	"""Return the services that a plan asks about without an answer, also those which its list has not got yet."""
	answered = {row.service for row in plan.services if row.answer}
	return [
		name
		for name in dict.fromkeys([*(row.service for row in plan.services), *offered()])
		if name not in answered
	]


def title(service: str) -> str:
	"""Return the title of a service in the language of the user."""
	return _(frappe.db.get_value("Support Service", service, "title") or service)


def _listed(filters: dict) -> list[str]:
	# Not filtered by permission: which services there are is no secret to whoever writes a plan.
	return frappe.get_all(
		"Support Service", filters=filters, order_by="sort_order asc, name asc", pluck="name"
	)


def _given(plan: Document) -> dict[str, Document]:
	given = {}
	for row in plan.services:
		if row.service in given:
			frappe.throw(
				_("A service stands in the list once. One was sent twice, so nothing was stored."),
				GuardNotMet,
			)
		given[row.service] = row
	return given


def _matters(row: Document | None) -> bool:
	"""Whether a service was in use or wanted last time, or anything was written down of it.

	That may be the answer to a question of the municipality's own alone.
	"""
	return bool(row) and (
		row.last_answer in IN_TOUCH
		or any(
			cstr(row.get(df.fieldname)) not in ("", "0", cstr(df.default))
			for df in row.meta.fields
			if df.fieldname not in BEGINS_WITH and not df.read_only and df.fieldtype not in no_value_fields
		)
	)


def _row(name: str, stored: Document | None, of_last_time: Document | None) -> Document | dict:
	"""Return the stored row anew, or what a new one begins with."""
	if stored:
		return frappe.get_doc(stored.as_dict())
	last = {field: of_last_time.get(source) for field, source in LAST_TIME.items()} if of_last_time else {}
	if of_last_time and of_last_time.permission_withdrawn_on:
		last["last_permission"] = TAKEN_BACK
	return {"service": name, "permission": NOT_ASKED, **last}


def _take_answer(row: Document, given: Document | None) -> None:
	if not given:
		return
	for df in row.meta.fields:
		if not df.read_only and df.fieldtype not in no_value_fields:
			row.set(df.fieldname, given.get(df.fieldname))
	row.permission = row.permission or NOT_ASKED


def _differing(row: Document, stored: Document) -> set[str]:
	fields = [df.fieldname for df in row.meta.fields if df.fieldtype not in no_value_fields]
	return {field for field in fields if cstr(row.get(field) or "") != cstr(stored.get(field) or "")}


def _may_differ(stored: Document) -> set[str]:
	return set() if stored.permission_withdrawn_by else set(WITHDRAWAL)
