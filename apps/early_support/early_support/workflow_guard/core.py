"""Judges one save of one document against its Workflow. Pure: imports no Frappe.

Frappe itself compares states only when they change, leaves `allow_edit` to the browser and never looks at
deletion. This module holds the whole rule, so that every channel (desk, REST, import, a script) meets the same one:

- a new document begins in the workflow's initial state;
- a change of state needs one transition for one of the user's roles, with its condition met;
- every other change needs a role that may edit the state which is stored in the database;
- a state without a way out is final: nobody edits it, whatever its row says.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum


class Reason(Enum):
	"""Why a save was refused."""

	NOT_INITIAL = "a new document has to begin in the initial state"
	UNKNOWN_STATE = "the workflow does not know the state"
	NO_TRANSITION = "no transition leads there for the roles of the user"
	CONDITION_NOT_MET = "the condition of the transition is not met"
	SELF_APPROVAL = "the transition may not be made by the one who made the document"
	NOT_EDITABLE = "none of the roles of the user may edit in this state"
	FINAL = "the state is final"


@dataclass(frozen=True)
class Transition:
	"""One row of a Workflow's transitions."""

	state: str
	action: str
	next_state: str
	allowed: str
	condition: str | None = None
	allow_self_approval: bool = True


@dataclass(frozen=True)
class Workflow:
	"""What the guard needs of a Workflow: the states in order, who edits each, and the transitions in order."""

	states: tuple[str, ...]
	editors: Mapping[str, frozenset[str]]
	transitions: tuple[Transition, ...]

	@property
	def initial(self) -> str | None:
		"""The state every new document begins in: the first row."""
		return self.states[0] if self.states else None

	def is_final(self, state: str) -> bool:
		"""Whether no transition leads out of `state`."""
		return not any(row.state == state for row in self.transitions)


@dataclass(frozen=True)
class Change:
	"""One save: what is stored, what is to be stored.

	`stored_state` is None for a new document. `changed_fields` names what the user changes beside the state, without
	the fields that the app records by itself.
	"""

	stored_state: str | None
	new_state: str | None
	is_new: bool = False
	is_own: bool = False
	changed_fields: Collection[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Verdict:
	"""The judgement. `reason` is None when the save is allowed."""

	reason: Reason | None = None

	@property
	def allowed(self) -> bool:
		"""Whether the save may go on."""
		return self.reason is None


def judge(
	workflow: Workflow,
	change: Change,
	roles: Collection[str],
	condition_met: Callable[[Transition], bool] = lambda _transition: True,
) -> Verdict:
	"""Judge one save.

	Args:
		workflow: the active workflow of the doctype.
		change: what is stored and what is to be stored.
		roles: the roles of the user who saves.
		condition_met: evaluates the condition of a transition; asked only for transitions which fit otherwise.
	"""
	if change.is_new:
		return _judge_new(workflow, change)
	if change.stored_state not in workflow.states:
		return Verdict(Reason.UNKNOWN_STATE)
	if change.new_state == change.stored_state:
		return _judge_edit(workflow, change.stored_state, roles)
	return _judge_move(workflow, change, roles, condition_met)


def _judge_new(workflow: Workflow, change: Change) -> Verdict:
	if workflow.initial is None:
		return Verdict(Reason.UNKNOWN_STATE)
	if change.new_state not in (None, "", workflow.initial):
		return Verdict(Reason.NOT_INITIAL)
	return Verdict()


def _judge_edit(workflow: Workflow, state: str, roles: Collection[str]) -> Verdict:
	# A save that changes nothing is judged too: a child row saved on its own has already reached the database when its
	# parent is saved.
	if workflow.is_final(state):
		return Verdict(Reason.FINAL)
	if workflow.editors.get(state, frozenset()).isdisjoint(roles):
		return Verdict(Reason.NOT_EDITABLE)
	return Verdict()


def _judge_move(
	workflow: Workflow, change: Change, roles: Collection[str], condition_met: Callable[[Transition], bool]
) -> Verdict:
	fitting = [
		row
		for row in workflow.transitions
		if row.state == change.stored_state and row.next_state == change.new_state and row.allowed in roles
	]
	if not fitting:
		return Verdict(Reason.FINAL if workflow.is_final(change.stored_state) else Reason.NO_TRANSITION)
	if change.is_own:
		fitting = [row for row in fitting if row.allow_self_approval]
		if not fitting:
			return Verdict(Reason.SELF_APPROVAL)
	if not any(not row.condition or condition_met(row) for row in fitting):
		return Verdict(Reason.CONDITION_NOT_MET)
	# Moving a document is no leave to rewrite it on the way.
	if change.changed_fields:
		return _judge_edit(workflow, change.stored_state, roles)
	return Verdict()
