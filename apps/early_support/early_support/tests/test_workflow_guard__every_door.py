"""Every door of Frappe, tried on every kind of casework: past the states, in a state that is for others, from outside.

Which moves and edits are forbidden to whom is generated from the shipped workflow files and the policy table, as in the
matrices. All who try are System Managers as well: some doors are open to these only, and no other than the guard and the
policy may hold.
"""

from typing import NamedTuple

import frappe
import pytest

from early_support.access import policy
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.tests.actors import (
	WORKFLOWS,
	Actor,
	editors,
	has_right,
	holder,
	inside,
	is_final,
	is_open,
	ready,
	states,
	with_rows,
)
from early_support.tests.doors import (
	CLOSED_DOORS,
	DOORS,
	MORE_DOORS,
	failed,
	other_ways,
	stored,
	ways_of_rows,
)

WORDS = "Muutettu."
EVERY_DOOR = DOORS | MORE_DOORS
BUTTONS = ("apply_workflow", "bulk approval")


class Move(NamedTuple):
	"""A way to another state: the action of the workflow, and the state itself."""

	action: str
	state: str


class Tries:
	"""One document that must stay as it is, whoever tries."""

	def __init__(self, doc, api):
		self.doc, self.api = doc, api
		self.field = make.KINDS[doc.doctype].field_in(doc.workflow_state)
		self.before = stored(doc)

	def doors(self, actor: Actor, **values) -> None:
		"""Try to store `values` through every door."""
		client = self.api(actor.user)
		for name, door in EVERY_DOOR.items():
			answer = door(client, self.doc, values, make.version(self.doc))
			self.is_unchanged((name, values, actor.role), answer)
			assert failed(name, answer), (name, values, actor.role, answer.text[-600:])

	def other_ways(self, actor: Actor, move: Move, only: tuple[str, ...] = ()) -> None:
		"""Try to move, delete, overwrite or rename it."""
		client, born = self.api(actor.user), states(self.doc.doctype)[1]
		for name, (method, path, data) in other_ways(self.doc, *move, self.field, born).items():
			if not only or name in only:
				self.is_unchanged((name, move, actor.role), client.open(method, path, json=data))

	def rows(self, actor: Actor) -> None:
		"""Try to change a row of each table on its own."""
		client = self.api(actor.user)
		for row in {row.doctype: row for row in self.doc.get_all_children()}.values():
			for name, (method, path, data) in ways_of_rows(self.doc, row).items():
				answer = client.open(method, path, json=data)
				self.is_unchanged((name, row.doctype), answer)
				refused = answer.status_code >= 400 or name in ("bulk_update", "list edit")
				assert refused, (name, row.doctype, answer.text[-600:])

	def is_unchanged(self, what: tuple, answer) -> None:
		assert stored(self.doc) == self.before, (self.doc.workflow_state, *what, answer.text[-600:])

	def all_lead_in(self, actor: Actor) -> None:
		"""Whoever may write does, through every door: of a door that leads nowhere nothing would be proved."""
		client = self.api(actor.user)
		for name in EVERY_DOOR.keys() - CLOSED_DOORS:
			with make.attempt():
				answer = EVERY_DOOR[name](client, self.doc, {self.field: WORDS}, make.version(self.doc))
				assert not failed(name, answer), (name, answer.text[-600:])
				written = frappe.db.get_value(self.doc.doctype, self.doc.name, self.field)
				assert written == WORDS, (name, answer.text[-600:])


@pytest.mark.parametrize("doctype", policy.GUARDED_DOCTYPES)
def test_while_it_is_open(doctype, team, other, api):
	state = begun(doctype)
	doc = with_rows(ready(doctype, state, team))
	its_own = [actor for actor in inside(team).values() if may_write(doc, actor)]
	editor = next(actor for actor in its_own if actor.role in editors(doctype, state))
	others = [actor for actor in its_own if actor.role not in editors(doctype, state)]
	outsider = Actor(inside(other)[editor.role].user, editor.role)
	reader = holder(editor.role, policy.BREAK_GLASS, team)
	for actor in (editor, *others, outsider, reader):
		factories.give_role(actor.user, "System Manager")
	tries, leap = Tries(doc, api), forbidden_move(doctype, state)
	tries.all_lead_in(editor)
	tries.doors(editor, workflow_state=leap.state)
	tries.other_ways(editor, leap, BUTTONS)
	tries.rows(editor)
	for actor in others:
		tries.doors(actor, **{tries.field: WORDS})
	# To whom it is closed, what the same role may do at the place.
	move = allowed_move(doctype, state)
	for actor in (outsider, reader):
		tries.doors(actor, workflow_state=move.state, **{tries.field: WORDS})
	tries.other_ways(outsider, move)
	tries.other_ways(reader, move, BUTTONS)


@pytest.mark.parametrize("doctype", policy.GUARDED_DOCTYPES)
def test_when_it_is_over(doctype, team, api):
	state = next(state for state in states(doctype) if is_final(doctype, state))
	doc = ready(doctype, state, team)
	actor = next(actor for actor in inside(team).values() if may_write(doc, actor))
	factories.give_role(actor.user, "System Manager")
	tries, leap = Tries(doc, api), forbidden_move(doctype, state)
	tries.doors(actor, workflow_state=leap.state)
	tries.doors(actor, **{tries.field: WORDS})
	tries.other_ways(actor, leap)
	assert not frappe.db.exists(doctype, "NEWNAME23")


def may_write(doc, actor: Actor) -> bool:
	"""Whether nothing but the state keeps the actor from writing."""
	return is_open(doc, actor, "write") and has_right(doc.doctype, actor.role, "write")


def begun(doctype: str) -> str:
	"""Return the state in which something is tried: one in which others than its editors write, if there is one."""
	writers = {role for role in policy.STAFF_ROLES if has_right(doctype, role, "write")}
	ways = [state for state in states(doctype) if not is_final(doctype, state)]
	return max(ways, key=lambda state: len(writers - editors(doctype, state)))


def allowed_move(doctype: str, state: str) -> Move:
	rows = WORKFLOWS[doctype]["transitions"]
	return next(Move(row["action"], row["next_state"]) for row in rows if row["state"] == state)


def forbidden_move(doctype: str, state: str) -> Move:
	"""Return a move that leads from elsewhere, or to elsewhere, but not from this state to that one."""
	rows = WORKFLOWS[doctype]["transitions"]
	from_here = [row for row in rows if row["state"] == state]
	actions = {row["action"] for row in rows} - {row["action"] for row in from_here}
	reached = {state, *(row["next_state"] for row in from_here)}
	targets = [target for target in states(doctype) if target not in reached]
	return Move(min(actions, default="Unheard of"), next(iter(targets), "Unheard of"))
