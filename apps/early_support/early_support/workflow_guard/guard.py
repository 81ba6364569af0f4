"""Meets every save, on every channel, with the judgement of `core`. The only module of this room that reads Frappe."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import is_transition_condition_satisfied
from frappe.utils import cstr

from early_support.access import conditions
from early_support.exceptions import ChangedMeanwhile, StateNotEditable, TransitionNotAllowed
from early_support.workflow_guard.core import Change, Reason, Transition, Verdict, Workflow, judge
from early_support.workflow_guard.system import is_system_change

# What the form needs to know of a move.
MOVE_FIELDS = ("state", "action", "next_state", "allowed", "allow_self_approval")


def on_validate(doc: Document, method: str | None = None) -> None:
	"""Refuse a save that the active Workflow does not allow to the session's user.

	Raises:
		TransitionNotAllowed: the state may not change this way, or no Workflow is active (fail closed).
		StateNotEditable: the state stays, and the user may not edit in it.
	"""
	if is_system_change():
		return
	workflow = load_workflow(doc.doctype)
	if workflow is None:
		frappe.throw(
			_("{0} has no active workflow. Ask the administrator to activate one.").format(_(doc.doctype)),
			TransitionNotAllowed,
		)
	change = _change(doc)
	verdict = judge(workflow, change, frappe.get_roles(), lambda row: _condition_met(row, doc))
	if not verdict.allowed:
		_refuse(verdict.reason, change, doc.doctype)


def tell_moves(doc: Document, method: str | None = None) -> None:
	"""Tell a form with the document which moves the session's user may make, as Frappe's `get_transitions` does.

	Sets `moves` on load: {state, modified: of the document for which they hold, moves: [{state, action, next_state, allowed,
	allow_self_approval}]}. Whether a move may be made is judged when it is made.
	"""
	name = None if doc.is_new() else frappe.get_meta(doc.doctype).get_workflow()
	if not name:
		return
	state, roles = doc.get("workflow_state"), frappe.get_roles()
	rows = frappe.get_cached_doc("Workflow", name).transitions
	own = [row for row in rows if row.state == state and row.allowed in roles]
	try:
		moves = [row for row in own if is_transition_condition_satisfied(row, doc)]
	except Exception:
		# A condition that cannot be read must not close the form: Frappe says what is wrong when it asks for the moves.
		return
	told = [{field: row.get(field) for field in MOVE_FIELDS} for row in moves]
	doc.set_onload("moves", {"state": state, "modified": str(doc.modified), "moves": told})


def on_trash(doc: Document, method: str | None = None) -> None:
	"""Refuse the deletion of casework: it is closed, and later destroyed by the retention rules.

	Raises:
		StateNotEditable: always, save inside `system_change()`.
	"""
	if not is_system_change():
		frappe.throw(_("Casework is not deleted. Close it instead."), StateNotEditable)


def refuse_docstatus(doc: Document, method: str | None = None) -> None:
	"""Refuse to submit, cancel or discard casework: its only states are those of its workflow.

	Raises:
		StateNotEditable: always.
	"""
	frappe.throw(
		_("Casework is neither submitted nor cancelled. Use the actions of its workflow."), StateNotEditable
	)


def refuse_rename(doc: Document, method: str | None = None, *names: object) -> None:
	"""Refuse to rename casework or to merge it: names are opaque, and two cases stay two.

	Raises:
		StateNotEditable: always.
	"""
	frappe.throw(_("Casework is neither renamed nor merged."), StateNotEditable)


def refuse_own_save(row: Document) -> None:
	"""Refuse to save a child row on its own: it would pass by the rules of the document it belongs to.

	Raises:
		StateNotEditable: always, because the rows of a saved document do not run this event.
	"""
	frappe.throw(_("Rows are saved together with their document."), StateNotEditable)


def has_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	"""Tell what `access.conditions` tells, and let nobody write in a state that is not theirs to write in.

	Frappe asks this for a save of a row or an attachment too, and before it runs any of our rules. A document that is on
	its way to another state passes: its move is judged by `on_validate`, which says what is wrong with it.
	"""
	user = user or frappe.session.user
	if not conditions.has_permission(doc, ptype, user):
		return False
	if ptype != "write" or user == "Administrator" or is_system_change():
		return True
	return is_writable(doc, user)


def is_writable(doc, user: str) -> bool:
	"""Tell whether the state in which a document stands is one in which `user` may write, or the document is on its way."""
	verdict = _judge_writing(doc, user)
	return verdict is None or verdict.allowed


def refuse_closed_state(doc: Document) -> None:
	"""Say why a document that the user may read is not theirs to write, if it is its state.

	Raises:
		StateNotEditable: the state of the document is final, or for others to write in.
	"""
	if not conditions.has_permission(doc, "write"):
		return
	verdict = _judge_writing(doc, frappe.session.user)
	if verdict is not None and not verdict.allowed:
		_refuse(verdict.reason, Change(doc.workflow_state, doc.workflow_state), doc.doctype)


def _judge_writing(doc, user: str) -> Verdict | None:
	"""Judge an edit of `doc` as it is stored. None: it is new or on its way to another state, or has no workflow."""
	stored = frappe.db.get_value(doc.get("doctype"), doc.get("name"), "workflow_state")
	workflow = load_workflow(doc.get("doctype"))
	if stored is None or workflow is None or doc.get("workflow_state") != stored:
		return None
	return judge(workflow, Change(stored, stored), frappe.get_roles(user))


def check_version(doc: Document, held: object, given_values: bool) -> None:
	"""Refuse a change from outside that builds on another version than the stored one, or does not say on which.

	Args:
		doc: the document that is being saved, with its stored version at hand.
		held: `modified` of the version that the caller has seen.
		given_values: whether the values came in one piece, as over REST. Where Frappe itself sets the state and nothing
			else (its bulk actions in a list send names only) nothing can be overwritten.

	Raises:
		ChangedMeanwhile: 409. frappe.md §5: without `modified`, the last of two who write would win unseen.
	"""
	before = doc.get_doc_before_save()
	if not before or is_system_change():
		return
	if held:
		if cstr(held) != cstr(before.modified):
			refuse_version(held)
	elif given_values or changed_fields(before, doc):
		refuse_version(None)


def refuse_version(held: object) -> None:
	"""Say that somebody else has changed the document, or that nobody knows whether somebody has.

	Args:
		held: `modified` as the caller sent it, or None.

	Raises:
		ChangedMeanwhile: always.
	"""
	if held:
		message = _(
			"Somebody else has changed this meanwhile, so your change was not stored. Read the document anew, and make the change there."
		)
	else:
		message = _(
			"This change does not say on which version of the document it builds, so it was not stored. Open the document and change it there; a programme reads it anew and sends its “modified” along."
		)
	frappe.throw(message, ChangedMeanwhile)


def load_workflow(doctype: str) -> Workflow | None:
	"""Return the active workflow of `doctype`, or None."""
	name = frappe.get_meta(doctype).get_workflow()
	if not name:
		return None
	return workflow_of(frappe.get_cached_doc("Workflow", name))


def workflow_of(record: Document) -> Workflow:
	"""Return what the guard needs of a Workflow record."""
	editors: dict[str, set[str]] = {}
	for row in record.states:
		editors.setdefault(row.state, set()).add(row.allow_edit)
	return Workflow(
		states=tuple(editors),
		editors={state: frozenset(roles) for state, roles in editors.items()},
		transitions=tuple(
			Transition(
				state=row.state,
				action=row.action,
				next_state=row.next_state,
				allowed=row.allowed,
				condition=row.condition,
				allow_self_approval=bool(row.allow_self_approval),
			)
			for row in record.transitions
		),
	)


def stored_state(doc: Document) -> str | None:
	"""Return the state in the database, locked until the end of the transaction; None for a new document.

	The lock makes the second of two people who press the same button see what the first did.
	"""
	if doc.is_new():
		return None
	return frappe.db.get_value(doc.doctype, doc.name, "workflow_state", for_update=True)


def _change(doc: Document) -> Change:
	before = doc.get_doc_before_save()
	return Change(
		stored_state=stored_state(doc),
		new_state=doc.get("workflow_state"),
		is_new=doc.is_new(),
		is_own=_is_own(before or doc),
		changed_fields=changed_fields(before, doc) if before else frozenset(),
	)


def _is_own(stored: Document) -> bool:
	"""Whether the session's user is one of those who made the document, as it is recorded in it.

	Not asked of the column `owner`, save where the controller says so: of an imported document it is somebody else.
	"""
	# Administrator is Frappe's maintenance account, which Frappe's own check lets through too.
	user = frappe.session.user
	return user != "Administrator" and user in {stored.get(fieldname) for fieldname in stored.FOUR_EYES}


def changed_fields(before: Document, doc: Document) -> frozenset[str]:
	"""Name the fields which the user changes: not the state, and not what the controller records by itself."""
	recorded = {"workflow_state", *getattr(doc, "RECORDED_FIELDS", ())}
	return frozenset(
		df.fieldname
		for df in doc.meta.fields
		if df.fieldname not in recorded and _plain(before, df) != _plain(doc, df)
	)


def _plain(doc: Document, df) -> object:
	"""Return a value in a form in which the stored and the sent one can be compared."""
	value = doc.get(df.fieldname)
	if df.fieldtype in ("Table", "Table MultiSelect"):
		fields = [child.fieldname for child in frappe.get_meta(df.options).fields]
		return [[str(row.get(name) or "") for name in fields] for row in value or []]
	if df.fieldtype == "Time":
		value = frappe.utils.to_timedelta(value) if isinstance(value, str) and value else value
	return str(value or "")


def _condition_met(row: Transition, doc: Document) -> bool:
	"""Whether the condition of a transition holds for the document as it was, and as the user would make it."""
	before = doc.get_doc_before_save()
	condition = frappe._dict(condition=row.condition)
	return all(
		is_transition_condition_satisfied(condition, version) for version in (before, _as_made(before, doc))
	)


def _as_made(before: Document, doc: Document) -> Document:
	"""Return the document with the user's changes only: without the move itself, and what the app records with it."""
	made = frappe.get_doc(doc.as_dict())
	for fieldname in ("workflow_state", *getattr(doc, "RECORDED_FIELDS", ())):
		made.set(fieldname, before.get(fieldname))
	return made


def _refuse(reason: Reason, change: Change, doctype: str) -> None:
	stored, new = (_(state or "", context=doctype) for state in (change.stored_state, change.new_state))
	if reason is Reason.NOT_INITIAL:
		frappe.throw(_("A new document cannot begin as “{0}”.").format(new), TransitionNotAllowed)
	if reason is Reason.UNKNOWN_STATE:
		frappe.throw(
			_("The workflow no longer knows the state “{0}”. Ask the administrator to bring it back.").format(
				stored
			),
			TransitionNotAllowed,
		)
	if reason is Reason.NOT_EDITABLE:
		frappe.throw(_("In the state “{0}” this is for others to write.").format(stored), StateNotEditable)
	if reason is Reason.FINAL:
		frappe.throw(_("The state is “{0}”: nothing is changed any more.").format(stored), StateNotEditable)
	if reason is Reason.CONDITION_NOT_MET:
		frappe.throw(
			_("The condition for moving from “{0}” to “{1}” is not met yet.").format(stored, new),
			TransitionNotAllowed,
		)
	if reason is Reason.SELF_APPROVAL:
		frappe.throw(
			_("Moving from “{0}” to “{1}” needs somebody else than the one who made it.").format(stored, new),
			TransitionNotAllowed,
		)
	frappe.throw(
		_("You cannot move this from “{0}” to “{1}”. It may have moved on already: reload the page.").format(
			stored, new
		),
		TransitionNotAllowed,
	)
