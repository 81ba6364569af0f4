"""What a referral tells of a family, section by section, in the words in which the casework has it.

Only the sections whose code is known here are filled from the casework; for one that an administrator has added, people
write what is told themselves. Everything is read with the rights of whoever tells it.
"""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import formatdate


def text_of(section: str, child: str) -> str:
	"""Return what the casework says of the child in this section (a Shared Section); empty when it says nothing.

	Raises:
		frappe.PermissionError: the child is not open to the session's user.
	"""
	source = frappe.get_doc("Child", child)
	source.check_permission("read")
	write = CONTENTS.get(section)
	return write(source) if write else ""


def preview(referral: Document) -> list[dict]:
	"""Return [{section, title, note, content}] of what would be told today; nothing to whoever may not read the child."""
	child = referral.child and frappe.get_doc("Child", referral.child)
	if not child or not frappe.has_permission("Child", "read", doc=child):
		return []
	return [
		{
			"section": row.section,
			"title": _(frappe.db.get_value("Shared Section", row.section, "title")),
			"note": row.note,
			"content": text_of(row.section, child.name),
		}
		for row in referral.sections
	]


def _basics(child: Document) -> str:
	unit = frappe.db.get_value("Day Care Unit", child.unit, "title")
	return _lines(
		(_("Child"), child.full_name),
		(_("Birth date"), formatdate(child.birth_date)),
		(_("Day care unit"), unit),
	)


def _contacts(child: Document) -> str:
	family = frappe.get_doc("Family", child.family)
	parts = []
	for guardian in family.guardians:
		# Non-disclosure for safety hides contacts from everybody (domain.md §9.9).
		hidden = guardian.non_disclosure
		parts.append(
			_lines(
				(_("Guardian"), guardian.full_name),
				(_("Phone"), _("not disclosed") if hidden else guardian.phone),
				(_("E-mail"), None if hidden else guardian.email),
				(
					_("Language"),
					guardian.language
					and _(frappe.db.get_value("Language", guardian.language, "language_name")),
				),
				(_("Interpreter needed"), _("Yes") if guardian.interpreter_needed else None),
			)
		)
	return "\n\n".join(parts)


def _concern(child: Document) -> str:
	return _of_each("Concern", child, "observed_on", ("strengths", "observation"))


def _parents_view(child: Document) -> str:
	return _of_each("Concern", child, "observed_on", ("parents_view", "resources", "wishes"))


def _support(child: Document) -> str:
	visits = _of_each("Visit", child, "visit_date", ("guidance", "agreed_actions"), workflow_state="Held")
	periods = _of_each("Support Period", child, "proposed_on", ("outcome_note",))
	return "\n\n".join(part for part in (visits, periods) if part)


def _plan(child: Document) -> str:
	if not frappe.has_permission("Child Plan", "read"):
		return ""
	names = frappe.get_list(
		"Child Plan", filters={"child": child.name, "workflow_state": "Confirmed"}, pluck="name"
	)
	parts = []
	for plan in (frappe.get_doc("Child Plan", name) for name in names):
		parts += [
			_lines((_("Goal"), row.goal), (_("How the staff act"), row.staff_action)) for row in plan.goals
		]
		parts += [
			_lines((_(row.answer), _(frappe.db.get_value("Support Service", row.service, "title"))))
			for row in plan.services
			if row.answer in ("In Use", "Wanted")
		]
	return "\n".join(parts)


CONTENTS: dict[str, Callable[[Document], str]] = {
	"basics": _basics,
	"contacts": _contacts,
	"concern": _concern,
	"parents-view": _parents_view,
	"support": _support,
	"plan": _plan,
}


def _of_each(doctype: str, child: Document, day: str, fields: tuple[str, ...], **filters) -> str:
	"""Return the texts of the child's documents that the session's user may read, the latest last."""
	if not frappe.has_permission(doctype, "read"):
		return ""
	meta = frappe.get_meta(doctype)
	rows = frappe.get_list(
		doctype,
		filters={"child": child.name, **filters},
		fields=[day, *fields],
		order_by=f"{day} asc, creation asc",
		limit_page_length=0,
	)
	parts = []
	for row in rows:
		text = _lines(*((_(meta.get_label(field)), row[field]) for field in fields))
		if text:
			parts.append(f"{formatdate(row[day])}\n{text}")
	return "\n\n".join(parts)


def _lines(*pairs: tuple[str, object]) -> str:
	return "\n".join(f"{label}: {value}" for label, value in pairs if value)
