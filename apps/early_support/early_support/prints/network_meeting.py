"""What a guardian is given of a network meeting: "Sovitut asiat" (domain.md §3, 217-220, 312-315, 459-465).

What was agreed, who does it and when it is looked at again. Not the joint look at the situation, and not what was found
later: those are notes of the work.
"""

from frappe import _
from frappe.model.document import Document

from early_support.access import policy
from early_support.prints.page import Content, Part, Table, filled, without_empty_columns
from early_support.prints.reader import Reader, day, title_of

READY = ("Agreed", "Followed Up", "Closed")


def is_ready(meeting: Document) -> bool:
	"""Whether it has been agreed on, and the family has not withdrawn."""
	return meeting.workflow_state in READY


def refusal() -> str:
	return _("Only what was agreed on is printed for the guardians. Record first what was agreed.")


def build(meeting: Document, reader: Reader) -> Content:
	"""Return the content of the page, in the language that is spoken."""
	facts = filled(
		(_("Child"), meeting.child_name),
		(_("Meeting day"), day(meeting.meeting_on, reader.language)),
		(_("Place"), None if reader.withholds else meeting.place),
	)
	parts = [
		Part(_("Shared goal"), (meeting.shared_goal,)),
		Part(_("What was agreed on"), table=_actions(meeting, reader)),
		Part(_("Contact person and follow-up"), tuple(_follow_up(meeting, reader))),
		Part(_("Who took part"), tuple(_permission(meeting, reader)), _participants(meeting, reader)),
	]
	return Content(_("What we agreed on together"), facts, parts)


def _actions(meeting: Document, reader: Reader) -> Table:
	looked_at = any(row.state != "Open" for row in meeting.actions)
	table = Table(
		(_("What is done"), _("Who is responsible"), _("By when"), _("State")),
		[
			(row.what, row.responsible, day(row.due_on, reader.language), _(row.state) if looked_at else "")
			for row in meeting.actions
		],
		(45, 25, 15, 15),
	)
	return without_empty_columns(table)


def _follow_up(meeting: Document, reader: Reader):
	phone = None if reader.withholds else meeting.contact_phone
	person = ", ".join(filter(None, (meeting.contact_person, phone)))
	yield _("Contact person: {0}").format(person)
	follow_up = day(meeting.follow_up_on, reader.language)
	if meeting.workflow_state == "Agreed":
		yield _("We look together at how it has gone on {0}.").format(follow_up)
	elif meeting.workflow_state == "Followed Up":
		yield _("We have looked together at how it has gone on {0}.").format(follow_up)
	else:
		yield _("Closed on {0}.").format(day(meeting.closed_on, reader.language))


def _permission(meeting: Document, reader: Reader):
	if not meeting.guardians_present and meeting.permission_by:
		yield _("The guardians did not take part. Agreed by {0}, {1} ({2}).").format(
			meeting.permission_by,
			day(meeting.permission_on, reader.language),
			title_of("Contact Method", meeting.permission_how, reader.language),
		)


def _participants(meeting: Document, reader: Reader) -> Table:
	return without_empty_columns(
		Table(
			(_("Name"), _("Role"), _("From where")),
			[
				(row.participant_name, _(row.role), _from_where(row, meeting, reader))
				for row in meeting.participants
			],
			(33, 29, 38),
		)
	)


def _from_where(row: Document, meeting: Document, reader: Reader) -> str:
	if reader.withholds:
		return ""
	service = title_of("Support Service", row.service, reader.language)
	unit = meeting.unit if row.role in policy.UNIT_STAFF_ROLES else None
	return (
		", ".join(filter(None, (service, row.organisation)))
		or title_of("Day Care Unit", unit, reader.language)
		or title_of("Register Controller", row.controller, reader.language)
	)
