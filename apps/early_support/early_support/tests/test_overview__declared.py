"""Every case doctype has its entry on the pages, and what the entries name is there."""

import frappe
import pytest

from early_support.access import policy
from early_support.casework import offers
from early_support.casework.states import NAMED
from early_support.overview.beginnings import BEGINNINGS
from early_support.overview.declarations import AGREED_ROWS, LEFT_OUT, SHOWN

NAMES_OF_PEOPLE = ("Data", "Autocomplete")
each_shown = pytest.mark.parametrize(("doctype", "shown"), SHOWN.items(), ids=SHOWN)


def has(doctype: str, field: str) -> bool:
	return field in ("creation", "modified") or frappe.get_meta(doctype).has_field(field)


def test_every_case_doctype_with_a_child_has_an_entry(site):
	"""Whoever adds a case doctype decides here what the page of the child shows of it."""
	about_a_child = {
		doctype for doctype in policy.PROTECTED_DOCTYPES if frappe.get_meta(doctype).has_field("child")
	}
	assert about_a_child <= {*SHOWN, *LEFT_OUT}
	assert set(policy.GUARDED_DOCTYPES) <= set(SHOWN)
	assert set(SHOWN) <= set(policy.GUARDED_DOCTYPES)


def test_what_is_about_nobody_has_no_time_line(site):
	"""Consultations never lead back to a child (domain.md §9.8)."""
	for doctype, shown in SHOWN.items():
		assert bool(shown.dates) == frappe.get_meta(doctype).has_field("child"), doctype


@each_shown
def test_fields_and_states_exist(site, doctype, shown):
	meta = frappe.get_meta(doctype)
	steps = [step for step in shown.steps.values() if step]
	dates = [*shown.dates, *shown.until.values(), *(due.field for due in shown.due)]
	dates += [step.after for step in steps if step.after]
	for field in dates:
		assert has(doctype, field), field
		df = meta.get_field(field)
		assert not df or df.fieldtype in ("Date", "Datetime"), field
	for field in (*shown.names, *shown.facts, *(step.whose for step in steps if step.whose)):
		assert has(doctype, field), field
	for field in shown.people:
		df = meta.get_field(field)
		assert df.options == "User" or df.fieldtype in NAMES_OF_PEOPLE, field
	states = {
		*shown.agreed,
		*shown.until,
		*shown.steps,
		*(state for due in shown.due for state in due.states),
	}
	assert states <= set(NAMED[doctype])
	assert meta.title_field


@each_shown
def test_nothing_is_shown_that_some_readers_may_not_see(site, doctype, shown):
	"""Fields of a higher level are not asked for: the queries go by rows."""
	named = {*shown.dates, *shown.names, *shown.people, *shown.facts}
	fields = [df for df in frappe.get_meta(doctype).fields if df.fieldname in named]
	assert [df.fieldname for df in fields if df.permlevel or df.fieldtype == "Password"] == []


@each_shown
def test_what_is_related_exists(site, doctype, shown):
	for step in filter(None, shown.steps.values()):
		assert bool(step.line) == bool(step.makes)
		if step.followed:
			assert has(step.followed.doctype, step.followed.field)
			assert step.followed.on == "name" or has(doctype, step.followed.on)
			assert set(step.followed.states) <= set(NAMED[step.followed.doctype])
	if shown.counted:
		assert has(shown.counted.doctype, shown.counted.field)
		assert has(doctype, shown.counted.of)


def test_every_kind_of_casework_has_its_beginning(site):
	assert {each.makes for each in BEGINNINGS} == set(policy.GUARDED_DOCTYPES)
	for each in BEGINNINGS:
		assert each.offer is None or hasattr(offers, each.offer), each
		assert set(each.states) <= set(NAMED.get(each.source, ())), each
		for field in filter(None, (each.mine, each.until)):
			assert has(each.source, field), each
		if each.on:
			assert frappe.get_meta(each.makes).get_field(each.on).options == each.source
		for followed in each.unless:
			assert followed.doctype == each.makes
			assert has(each.makes, followed.field)
			assert set(followed.states) <= set(NAMED[each.makes])


@pytest.mark.parametrize(("table", "rows"), AGREED_ROWS.items(), ids=AGREED_ROWS)
def test_tables_of_what_was_agreed_exist(site, table, rows):
	for field in filter(None, (rows.what, rows.who, rows.due, rows.open_field)):
		assert has(table, field)
	assert rows.parent in policy.PROTECTED_TABLES[table]
	assert set(rows.states) <= set(NAMED[rows.parent])
