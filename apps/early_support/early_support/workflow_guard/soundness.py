"""Judges a Workflow for casework before it takes effect. Pure: imports no Frappe.

An administrator may shape a workflow in the desk: add states and moves, give moves to other roles, take moves away. What
this module finds would leave running cases stuck, or take away something on which the rules of the work rely.
"""

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, unique

from early_support.workflow_guard.core import Transition, Workflow


@unique
class Flaw(Enum):
	"""What is wrong with a workflow. The value says what its `subject` is."""

	NO_STATE = "nothing: there is none at all"
	STATE_IN_USE = "a state that documents stand in and that is missing"
	MANDATORY_STATE = "a state that the rules of the work name and that is missing"
	INITIAL_STATE = "the state that has to be the first"
	DOCSTATUS = "a state that would submit or cancel"
	UNKNOWN_STATE = "a state that a transition names and that is missing"
	NO_WAY_OUT = "a state from which no final state is reached"
	WAY_OUT_OF_END = "a final state which a transition leaves"
	FOREIGN_ROLE = "a role that is none of the staff's"
	CONDITION = "a condition that cannot be judged by the document alone"
	EMAIL = "nothing: every move would send one"
	SETS_FIELD = "a state that fills in a field"
	STARTS = "an action that starts something outside of the case"
	STATE_FIELD = "another field for the state"


@dataclass(frozen=True)
class Finding:
	"""One flaw, and the state, role, field or condition it is about."""

	flaw: Flaw
	subject: str = ""


@dataclass(frozen=True)
class Rules:
	"""What the app relies on for one doctype.

	`states` are those that the rules name, the initial one first; `final` are those that end a case; `editor_roles` may
	stand beside the staff's roles as those who edit (nobody of the staff has them: a final state names one).
	"""

	states: tuple[str, ...]
	final: frozenset[str]
	roles: frozenset[str]
	fields: frozenset[str]
	editor_roles: frozenset[str] = frozenset()
	state_field: str = "workflow_state"


@dataclass(frozen=True)
class Plan:
	"""A Workflow as an administrator wants to store it."""

	workflow: Workflow
	docstatus: Mapping[str, str]
	state_field: str = "workflow_state"
	sends_email: bool = False
	sets_field: Collection[str] = ()
	starts: Collection[str] = ()


def examine(plan: Plan, rules: Rules, used: Collection[str]) -> list[Finding]:
	"""Return every flaw of `plan`, those that concern running cases first.

	Args:
		plan: the workflow as it would become.
		rules: what the app relies on.
		used: the states in which documents stand now.
	"""
	workflow = plan.workflow
	if not workflow.states:
		return [Finding(Flaw.NO_STATE)]
	return [
		*_of(Flaw.STATE_IN_USE, (s for s in used if s not in (*workflow.states, *rules.states))),
		*_of(Flaw.MANDATORY_STATE, (s for s in rules.states if s not in workflow.states)),
		*_of(Flaw.INITIAL_STATE, rules.states[:1] if workflow.initial != rules.states[0] else ()),
		*_of(Flaw.DOCSTATUS, (state for state, status in plan.docstatus.items() if status != "0")),
		*_ways(workflow, rules),
		*_roles(workflow, rules),
		*_of(
			Flaw.CONDITION,
			(row.condition for row in workflow.transitions if not is_judgeable(row.condition, rules.fields)),
		),
		*_of(Flaw.EMAIL, ("",) if plan.sends_email else ()),
		*_of(Flaw.SETS_FIELD, plan.sets_field),
		*_of(Flaw.STARTS, plan.starts),
		*_of(Flaw.STATE_FIELD, (plan.state_field,) if plan.state_field != rules.state_field else ()),
	]


def _of(flaw: Flaw, subjects) -> list[Finding]:
	return [Finding(flaw, subject) for subject in dict.fromkeys(subjects)]


def _ways(workflow: Workflow, rules: Rules) -> list[Finding]:
	named = [state for row in workflow.transitions for state in (row.state, row.next_state)]
	unknown = [state for state in named if state not in workflow.states]
	ended = [row.state for row in workflow.transitions if row.state in rules.final]
	ending = _leads_to(rules.final, workflow.transitions)
	stuck = [state for state in workflow.states if state not in ending]
	return [
		*_of(Flaw.UNKNOWN_STATE, unknown),
		*_of(Flaw.WAY_OUT_OF_END, ended),
		*_of(Flaw.NO_WAY_OUT, stuck),
	]


def _leads_to(goal: Collection[str], transitions: Collection[Transition]) -> set[str]:
	"""Return the states from which a state of `goal` is reached, those of `goal` included."""
	reached = set(goal)
	while True:
		found = {row.state for row in transitions if row.next_state in reached} - reached
		if not found:
			return reached
		reached |= found


def _roles(workflow: Workflow, rules: Rules) -> list[Finding]:
	moving = [row.allowed for row in workflow.transitions if row.allowed not in rules.roles]
	editing = sorted(set().union(*workflow.editors.values()) - rules.roles - rules.editor_roles)
	return _of(Flaw.FOREIGN_ROLE, [*moving, *editing])


# What a condition is made of: fields of the document, values, and comparing them.
_PARTS = (
	ast.Expression,
	ast.BoolOp,
	ast.And,
	ast.Or,
	ast.UnaryOp,
	ast.Not,
	ast.USub,
	ast.Compare,
	ast.Eq,
	ast.NotEq,
	ast.Lt,
	ast.LtE,
	ast.Gt,
	ast.GtE,
	ast.In,
	ast.NotIn,
	ast.Is,
	ast.IsNot,
	ast.Constant,
	ast.Tuple,
	ast.List,
	ast.Load,
)


def is_judgeable(condition: str | None, fields: Collection[str]) -> bool:
	"""Whether a condition compiles and asks for fields of the document only: `doc.zone == "3" and not doc.wishes`.

	Anything else could read other people's documents, or fail when a case is to be moved.
	"""
	if not (condition or "").strip():
		return True
	try:
		tree = ast.parse(condition.strip(), mode="eval")
	except (SyntaxError, ValueError, MemoryError, RecursionError):
		return False
	return _is_made_of_fields(tree, fields)


def _is_made_of_fields(node: ast.AST, fields: Collection[str]) -> bool:
	if isinstance(node, ast.Attribute):
		return isinstance(node.value, ast.Name) and node.value.id == "doc" and node.attr in fields
	return isinstance(node, _PARTS) and all(
		_is_made_of_fields(child, fields) for child in ast.iter_child_nodes(node)
	)
