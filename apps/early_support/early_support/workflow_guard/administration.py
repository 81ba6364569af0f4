"""Keeps an administrator from breaking running cases: what may be done to a Workflow of casework, and its parts.

Workflows are edited by System Managers, as everywhere in Frappe; no role of the staff has a right to them. The judgement
itself is in `soundness`. Nothing here asks what a Workflow that is not active looks like: it is a draft.
"""

from collections import Counter

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count

from early_support.access import policy
from early_support.casework import states
from early_support.exceptions import WorkflowNotSound
from early_support.workflow_guard.guard import workflow_of
from early_support.workflow_guard.soundness import Finding, Flaw, Plan, Rules, examine
from early_support.workflow_guard.system import is_system_change

# A final state has to name somebody who edits, and nobody does: the shipped workflows name those who have no casework.
NOBODY_OF_THE_STAFF = "System Manager"
UNITS_NAMED = 5

# Of these it is said, too, which cases stand in the state.
OF_A_STATE = (Flaw.MANDATORY_STATE, Flaw.NO_WAY_OUT, Flaw.WAY_OUT_OF_END)

# Where a state or an action is named: doctype of the record → (doctype of the row, field).
USES = {
	"Workflow State": (("Workflow Document State", "state"), ("Workflow Transition", "next_state")),
	"Workflow Action Master": (("Workflow Transition", "action"),),
}


def check_workflow(doc: Document, method: str | None = None) -> None:
	"""Refuse a Workflow of casework that would break running cases. Before Frappe's own `validate`, which writes.

	Raises:
		WorkflowNotSound: says everything that is wrong, and what to do instead.
	"""
	before = doc.get_doc_before_save()
	stays = doc.is_active and before and doc.document_type == before.document_type
	if before and _is_in_force(before) and not stays:
		_refuse_to_switch_off(before)
	if not _is_in_force(doc):
		return
	findings = examine(_plan(doc), rules_of(doc.document_type), _used(doc.document_type))
	if findings:
		message = "<br>".join(_text(finding, doc.document_type) for finding in findings)
		frappe.throw(message, WorkflowNotSound, title=_("The workflow cannot be stored like this"))


def keep_workflow(doc: Document, method: str | None = None, *names: object) -> None:
	"""Refuse to delete or rename a Workflow by which cases are being judged.

	Raises:
		WorkflowNotSound: the Workflow is the active one of casework.
	"""
	if not is_system_change() and _is_in_force(doc):
		_refuse_to_switch_off(doc)


def keep_part(doc: Document, method: str | None = None, *names: object) -> None:
	"""Refuse to delete or rename a Workflow State or a Workflow Action Master that a Workflow of casework uses.

	Frappe's own check for links stops a deletion only, and a rename would go through all cases, but not the rules.

	Raises:
		WorkflowNotSound: names the record.
	"""
	if not is_system_change() and _is_used(doc):
		frappe.throw(
			_(
				"“{0}” belongs to a workflow of casework, so it keeps its name and is not deleted. Make another one, and use it in the workflow instead."
			).format(_(doc.name)),
			WorkflowNotSound,
		)


def refuse_own_row(row: Document, method: str | None = None) -> None:
	"""Refuse to store or delete a row of a Workflow of casework on its own: nobody would judge the workflow it leaves.

	Raises:
		WorkflowNotSound: always for such a row, because the rows of a saved Workflow do not run this event.
	"""
	if is_system_change() or row.parenttype != "Workflow":
		return
	if frappe.db.get_value("Workflow", row.parent, "document_type") in policy.WORKFLOW_DOCTYPES:
		frappe.throw(_("Change the workflow itself: its rows are saved together with it."), WorkflowNotSound)


def rules_of(doctype: str) -> Rules:
	"""Return what the app relies on in the Workflow of a case doctype."""
	return Rules(
		states=states.NAMED[doctype],
		final=frozenset(states.FINAL[doctype]),
		roles=frozenset(policy.STAFF_ROLES),
		fields=frozenset(frappe.get_meta(doctype).get_valid_columns()),
		editor_roles=frozenset({NOBODY_OF_THE_STAFF}),
	)


def _is_in_force(workflow: Document) -> bool:
	return bool(int(workflow.is_active or 0)) and workflow.document_type in policy.WORKFLOW_DOCTYPES


def _plan(doc: Document) -> Plan:
	return Plan(
		workflow=workflow_of(doc),
		docstatus={row.state: str(row.doc_status or 0) for row in doc.states},
		state_field=doc.workflow_state_field,
		sends_email=bool(int(doc.send_email_alert or 0)),
		sets_field=[row.state for row in doc.states if row.get("update_field")],
		# Newer versions of Frappe have them: webhooks and scripts.
		starts=[row.action for row in doc.transitions if row.get("transition_tasks")],
	)


def _used(doctype: str) -> list[str]:
	"""Return the states in which documents stand. Not filtered by permission: only states leave the function."""
	rows = frappe.get_all(doctype, fields=["workflow_state"], distinct=True, order_by="workflow_state asc")
	return [row.workflow_state for row in rows if row.workflow_state]


def _is_used(part: Document) -> bool:
	if part.doctype == "Workflow State" and any(part.name in named for named in states.NAMED.values()):
		return True
	workflows = frappe.get_all(
		"Workflow", filters={"document_type": ("in", policy.WORKFLOW_DOCTYPES)}, pluck="name"
	)
	return any(
		frappe.db.exists(rows, {field: part.name, "parenttype": "Workflow", "parent": ("in", workflows)})
		for rows, field in USES[part.doctype]
	)


def _refuse_to_switch_off(workflow: Document) -> None:
	frappe.throw(
		_(
			"{0} would have no workflow, and nothing could be saved any more. Make another workflow active: this one is then switched off by itself."
		).format(_(workflow.document_type)),
		WorkflowNotSound,
	)


def _text(finding: Finding, doctype: str) -> str:
	subject = frappe.utils.escape_html(_(finding.subject))
	texts = {
		Flaw.NO_STATE: _("The workflow has no states."),
		Flaw.MANDATORY_STATE: _(
			"The state “{0}” is missing: the rules of the work need it. Bring it back; moves that lead into it may be taken away."
		),
		Flaw.INITIAL_STATE: _("A case begins as “{0}”: please make it the first row of the states."),
		Flaw.DOCSTATUS: _(
			"The state “{0}” would submit or cancel the case. Please choose 0 as its document status."
		),
		Flaw.UNKNOWN_STATE: _("A move names “{0}”, which is not among the states."),
		Flaw.NO_WAY_OUT: _(
			"From “{0}” no move leads to the end of a case. Please add a move that leads on from there."
		),
		Flaw.WAY_OUT_OF_END: _(
			"“{0}” ends a case, so no move leads on from there. A new case is begun instead."
		),
		Flaw.FOREIGN_ROLE: _("The role {0} does no casework. Please choose a role of the staff."),
		Flaw.CONDITION: _(
			"The condition “{0}” cannot be judged. It may compare fields of the document with values, for example: doc.field == 1"
		),
		Flaw.EMAIL: _(
			"E-mail alerts stay off: their links would act for whoever opens them, without a login."
		),
		Flaw.SETS_FIELD: _(
			"The state “{0}” would fill in a field, but only where the button is pressed, and not where the form is saved. Please leave its field to be updated empty."
		),
		Flaw.STARTS: _(
			"“{0}” would start a task outside of the case. Please take the tasks of the move away."
		),
		Flaw.STATE_FIELD: _("The state of a case is kept in the field workflow_state, not in {0}."),
	}
	if finding.flaw is Flaw.STATE_IN_USE:
		return (
			_where_used(finding.subject, doctype)
			+ " "
			+ _(
				"Keep the state, and take away the moves that lead into it. When the last of them has moved on, the state can go."
			)
		)
	text = texts[finding.flaw].format(subject)
	if finding.flaw in OF_A_STATE and frappe.db.exists(doctype, {"workflow_state": finding.subject}):
		text += " " + _where_used(finding.subject, doctype)
	return text


def _where_used(state: str, doctype: str) -> str:
	"""Say how many cases stand in a state, and in which units: an administrator sees no case itself."""
	if not frappe.get_meta(doctype).has_field("unit"):
		return _("The state “{0}” is in use in {1} documents.").format(
			frappe.utils.escape_html(_(state)), frappe.db.count(doctype, {"workflow_state": state})
		)
	table = frappe.qb.DocType(doctype)
	# Not filtered by permission: the administrator has to know what is in the way, and learns numbers only.
	rows = (
		frappe.qb.from_(table)
		.select(table.unit, Count("*"))
		.where(table.workflow_state == state)
		.groupby(table.unit)
		.run()
	)
	by_unit = Counter()
	for unit, number in rows:
		by_unit[frappe.db.get_value("Day Care Unit", unit, "title") or _("no unit")] += number
	named = [f"{title}: {number}" for title, number in by_unit.most_common(UNITS_NAMED)]
	if len(by_unit) > UNITS_NAMED:
		named.append("…")
	return _("The state “{0}” is in use in {1} documents ({2}).").format(
		frappe.utils.escape_html(_(state)), by_unit.total(), frappe.utils.escape_html(", ".join(named))
	)
