"""How the database answers a list of casework: in its order, from an index, with each row's child looked up by its name."""

import frappe
import pytest

from early_support.access.conditions import query_condition
from early_support.access.policy import GUARDED_DOCTYPES
from early_support.tests import case_factories, factories

OF_A_CHILD = [doctype for doctype in GUARDED_DOCTYPES if doctype != "Consultation"]


@pytest.mark.parametrize("doctype", GUARDED_DOCTYPES)
def test_lists_have_their_indexes(site, doctype):
	found: dict[str, list[str]] = {}
	for row in frappe.db.sql(f"show index from `tab{doctype}`", as_dict=True):
		found.setdefault(row.Key_name, []).append(row.Column_name)
	needed = {("unit", "modified"), ("unit", "workflow_state", "modified"), ("workflow_state", "modified")}
	assert needed <= {tuple(columns) for columns in found.values()}


@pytest.mark.parametrize("doctype", OF_A_CHILD)
def test_the_child_is_looked_up_row_by_row(as_user, doctype):
	"""Joined, the child would come first, and with it all the rows of a unit for one page."""
	with as_user("Early Educator") as user:
		condition = query_condition(user, doctype)
	plan = frappe.db.sql(
		f"explain select name from `tab{doctype}` where {condition} order by modified desc limit 20",
		as_dict=True,
	)
	assert [row.select_type for row in plan] == ["PRIMARY", "DEPENDENT SUBQUERY"]
	assert plan[1].key == "PRIMARY"


def test_casework_without_a_child_is_closed(as_user):
	team = case_factories.make_team()
	concern = case_factories.make_concern(team)
	with as_user.existing(team.educator):
		assert frappe.get_list("Concern", pluck="name") == [concern.name]
		assert concern.has_permission("read")
	frappe.db.sql("update `tabConcern` set child = 'NOBODY' where name = %s", concern.name)
	with as_user.existing(team.educator):
		assert frappe.get_list("Concern", pluck="name") == []
		assert not concern.has_permission("read")


def test_an_assignment_counts_from_its_first_to_its_last_day(as_user):
	for from_date, to_date, open_today in (
		(0, 0, True),
		(0, None, True),
		(-9, 0, True),
		(-9, -1, False),
		(1, None, False),
	):
		team = case_factories.make_team()
		case_factories.make_concern(team)
		last = factories.days(to_date) if to_date is not None else None
		with as_user("Early Educator", team.unit, from_date=factories.days(from_date), to_date=last):
			assert bool(frappe.get_list("Concern", pluck="name")) is open_today, (from_date, to_date)


def test_patches_can_be_found(site):
	for line in frappe.get_file_items(frappe.get_app_path("early_support", "patches.txt")):
		if not line.startswith("["):
			assert callable(frappe.get_attr(f"{line.split()[0]}.execute")), line
