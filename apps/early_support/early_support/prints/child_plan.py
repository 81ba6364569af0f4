"""What a guardian is given of a child's plan: the list of the family's services (domain.md §4, 1560-1568).

With each the answer of this time beside that of last time, who is responsible, and whether the staff may co-operate.
"""

from frappe import _
from frappe.model.document import Document

from early_support.casework.services import IN_TOUCH, NOT_ASKED
from early_support.prints.page import Content, Part, Table, filled, without_empty_columns
from early_support.prints.reader import Reader, day, title_of


def is_ready(plan: Document) -> bool:
	"""Whether the plan has been confirmed; later ones and its end do not take that away."""
	return bool(plan.confirmed_on)


def refusal() -> str:
	return _("The plan is printed for the guardians when it is confirmed.")


def build(plan: Document, reader: Reader) -> Content:
	"""Return the content of the page, in the language that is spoken."""
	facts = filled(
		(_("Child"), plan.child_name),
		(_("Talked on"), day(plan.discussed_on, reader.language)),
		(_("With whom"), plan.discussed_with),
		(_("Confirmed on"), day(plan.confirmed_on, reader.language)),
	)
	parts = [Part("", tuple(_declined(plan)), _services(plan, reader))]
	if review := tuple(_review(plan, reader)):
		parts.append(Part(_("Next review"), review))
	return Content(
		_("The services of the family in the child's plan"), facts, parts, tuple(_ended(plan, reader))
	)


def _services(plan: Document, reader: Reader) -> Table | None:
	# Asked once for all services, in the order of the list.
	rows = [row for row in plan.services if row.answer or row.last_answer]
	if not rows:
		return None
	return without_empty_columns(
		Table(
			(
				_("Service"),
				_("Now"),
				_("Last time"),
				_("Responsible worker"),
				_("Permission to co-operate"),
				_("Permission last time"),
			),
			[_service(row, reader) for row in rows],
			(46, 26, 26, 43, 34, 25),
		)
	)


def _service(row: Document, reader: Reader) -> tuple[str, ...]:
	last = _answer(row.last_answer)
	if last and row.last_worker and row.last_worker != row.worker and not reader.withholds:
		last = f"{last} ({row.last_worker})"
	return (
		title_of("Support Service", row.service, reader.language),
		_answer(row.answer) or _("Not answered"),
		last,
		"" if reader.withholds else row.worker or "",
		_permission_now(row, reader),
		_permission(row.last_answer, row.last_permission),
	)


def _answer(value: str | None) -> str:
	return _(value) if value else ""


def _permission_now(row: Document, reader: Reader) -> str:
	if not row.permission_withdrawn_on:
		return _permission(row.answer, row.permission)
	return _("Taken back on {0} by {1}").format(
		day(row.permission_withdrawn_on, reader.language), row.permission_withdrawn_by
	)


def _permission(answer: str | None, value: str | None) -> str:
	"""Nobody is asked to co-operate with the workers of a service that the family does not use."""
	return _(value or NOT_ASKED) if answer in IN_TOUCH else ""


def _declined(plan: Document):
	if plan.services_declined:
		yield _("The guardians did not wish to answer.")


def _review(plan: Document, reader: Reader):
	if plan.superseded_on or plan.discontinued_on:
		return
	yield _("The plan is looked at together again on {0} at the latest.").format(
		day(plan.review_due_on or plan.next_review_on, reader.language)
	)
	if plan.review_requested_by:
		yield _("A review has been asked for. By: {0}.").format(_(plan.review_requested_by))


def _ended(plan: Document, reader: Reader):
	if plan.superseded_on:
		yield _("A newer plan has taken the place of this one on {0}.").format(
			day(plan.superseded_on, reader.language)
		)
	if plan.discontinued_on:
		yield _("This plan has ended on {0}.").format(day(plan.discontinued_on, reader.language))
