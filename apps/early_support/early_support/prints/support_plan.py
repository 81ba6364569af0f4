"""What a guardian is given of a client's plan: the version that was agreed on (domain.md §3, 746-752).

The client has a right to the plan; the views are those of child, parents and worker side by side. What came of an earlier
version stands in its review, and is no part of it.
"""

from frappe import _
from frappe.model.document import Document

from early_support.prints.page import Content, Part, Table, filled, without_empty_columns
from early_support.prints.reader import Reader, day, title_of


def is_ready(plan: Document) -> bool:
	"""Whether what stands in the plan is a version that was agreed on.

	After its review the next version is being written in the same document, and is nobody's agreement yet.
	"""
	return bool(plan.version_number) and not plan.was_reviewed(plan.version_number)


def refusal() -> str:
	return _(
		"A support plan is printed for the guardians when it is agreed on, and not while its next version is being written."
	)


def build(plan: Document, reader: Reader) -> Content:
	"""Return the content of the page, in the language that is spoken."""
	facts = filled(
		(_("Child"), plan.child_name),
		(_("Version"), str(plan.version_number)),
		(_("Agreed on"), day(plan.agreed_on, reader.language)),
		(_("Agreed by"), plan.agreed_by),
		(_("How they agreed"), title_of("Contact Method", plan.agreed_how, reader.language)),
	)
	# Who is close to the family may tell where it lives.
	network = None if reader.withholds else plan.network
	texts = (
		(_("The child's view"), plan.child_view),
		(_("The parents' view"), plan.parents_view),
		(_("The worker's view"), plan.worker_view),
		(_("How things are now"), plan.situation),
		(_("What gives strength"), plan.resources),
		(_("People close to the family"), network),
		(_("What support is needed"), plan.support_need),
	)
	parts = [
		*(Part(heading, (text,)) for heading, text in filled(*texts)),
		Part(_("What is aimed at"), table=_goals(plan, reader)),
	]
	if review := tuple(_review(plan, reader)):
		parts.append(Part(_("Next review"), review))
	return Content(_("The client's support plan"), facts, parts, tuple(_ended(plan, reader)))


def _goals(plan: Document, reader: Reader) -> Table:
	return without_empty_columns(
		Table(
			(_("Goal"), _("Steps"), _("Who is responsible"), _("By when")),
			[(row.goal, row.steps, row.responsible, day(row.due_on, reader.language)) for row in plan.goals],
			(30, 36, 19, 15),
		)
	)


def _review(plan: Document, reader: Reader):
	if not plan.ended_on:
		yield _("The plan is looked at together again on {0} at the latest.").format(
			day(plan.next_review_on, reader.language)
		)


def _ended(plan: Document, reader: Reader):
	if plan.ended_on:
		yield _("This plan has ended on {0}.").format(day(plan.ended_on, reader.language))
