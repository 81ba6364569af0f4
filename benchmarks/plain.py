"""The same doctype with our hooks off."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

OURS = "early_support."
# Ours leaves these records out (early_support/workflow_guard/document.py); so the plain way does too, which else would
# pay for what the app has taken away.
WORKFLOW_ACTIONS = "frappe.workflow.doctype.workflow_action.workflow_action.process_workflow_actions"


@contextmanager
def hooks_off(site: str, *doctypes: str) -> Iterator[None]:
	"""Let Frappe run `doctypes` inside without a line of ours.

	Off: every hook of the app (document events, conditions of lists, permissions of documents, overridden methods, what
	runs around a request), and the controllers, in whose place `frappe.model.document.Document` stands. So the guard, the
	access model, the log, our rules and what the form is told beside its fields are all on the other side of the ratio.
	Still on, on both sides: the DocType, its Workflow (checked by Frappe's own `validate_workflow`), the roles, versions.
	"""
	real = frappe.get_hooks
	controllers = frappe.controllers.setdefault(site, {})
	before = dict(controllers)

	def get_hooks(*args, **kwargs):
		return _without_ours(real(*args, **kwargs))

	frappe.get_hooks = get_hooks
	controllers.update(dict.fromkeys(doctypes, Document))
	try:
		yield
	finally:
		frappe.get_hooks = real
		controllers.clear()
		controllers.update(before)


def _without_ours(hooks):
	if isinstance(hooks, dict):
		return type(hooks)({key: _without_ours(value) for key, value in hooks.items()})
	if isinstance(hooks, list | tuple):
		return [_without_ours(value) for value in hooks if not _is_left_out(value)]
	return hooks


def _is_left_out(value: object) -> bool:
	return isinstance(value, str) and (value.startswith(OURS) or value == WORKFLOW_ACTIONS)
