"""A field that a controller names cannot be hidden: it stands in NEEDS or RULED of its controller, or below with the reason."""

import ast
import inspect
import sys

import frappe
import pytest
from frappe.model.base_document import get_controller

from early_support.forms import current
from early_support.forms.changes_core import NO_QUESTION


def named_in(*doctypes: str) -> set[str]:
	"""Return every word that could be a field's name in the code of some controllers."""
	found = set()
	for doctype in doctypes:
		tree = ast.parse(inspect.getsource(sys.modules[get_controller(doctype).__module__]))
		for node in ast.walk(tree):
			if isinstance(node, ast.Attribute):
				found.add(node.attr)
			elif isinstance(node, ast.Constant) and isinstance(node.value, str):
				found.add(node.value)
	return found


def open_fields(form: str) -> set[str]:
	"""Return the shipped fields of a form which a suggestion may hide."""
	now = current.form_now(form)
	return {
		field.fieldname
		for field in now.fields.values()
		if field.fieldtype not in NO_QUESTION
		and not field.is_added
		and field.fieldname not in now.kept | now.needed
	}


def parents(form: str) -> list[str]:
	return [
		name
		for name in current.FORMS
		if any(df.options == form for df in frappe.get_meta(name).get_table_fields())
	]


# Named, and yet no rule waits for them: the app fills them in, or only their order, or that they stay, is looked at.
NO_RULE = {
	"Concern": {"meeting_proposed_on", "agreed_on", "meeting_on"},
	"Consultation": {"call_back_time"},
	"Support Period": {"agreed_on"},
	"Cooperation Consent": {"child_view"},
	"Child Plan": {"review_reason"},
	"Client Relationship": {"ended_on"},
	"Plan Review": {"child_view", "parents_view", "worker_view"},
	"Unit Event": {"place"},
}


@pytest.mark.parametrize("form", current.FORMS)
def test_what_a_rule_reads_stays_in_sight(site, form):
	free = open_fields(form) & named_in(form, *parents(form))
	assert free == NO_RULE.get(form, set())


@pytest.mark.parametrize("form", current.FORMS)
def test_ruled_are_fields_of_the_form(site, form):
	ruled = getattr(get_controller(form), "RULED", ())
	assert {*ruled} <= current.form_now(form).fields.keys()
	assert len(ruled) == len(set(ruled))
