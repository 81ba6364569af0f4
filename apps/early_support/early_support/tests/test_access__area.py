"""Casework carries the service area of its unit, by which lists of a whole area are read: it may hide, and opens nothing."""

import frappe
import pytest

from early_support.access import assignments, conditions, policy
from early_support.access.denormalise import area_of
from early_support.naming import opaque_name
from early_support.patches.v0_2 import carry_service_areas
from early_support.tests import case_factories as case
from early_support.tests import factories as make


def make_casework(unit: str) -> list:
	"""Write a row of each kind that opens to the staff of a unit, past the steps that lead there."""
	child = frappe.get_doc("Child", make.make_child(unit=unit))
	of = {"child": child.name, "family": child.family, "unit": unit, "controller": child.controller}
	of["service_area"] = area_of(unit)
	made = [frappe.get_doc({"doctype": each, "name": opaque_name(), **of}) for each in policy.OF_UNITS]
	for doc in made:
		doc.db_insert()
	return made


def make_area_staff(area: str) -> str:
	"""Make a special needs educator of an area, which has two more units: only of several is the area asked."""
	for _ in range(2):
		make.make_unit(service_area=area)
	user = make.make_staff("Special Needs Educator", area=area)
	assert assignments.staff_area(user) == area
	return user


def seen(user: str, documents: list) -> set[str]:
	"""Return what of the documents `user` is listed, which is what may be opened, and what is counted."""
	with case.acting(user):
		found = set()
		for doctype in {doc.doctype for doc in documents}:
			ours = {doc.name for doc in documents if doc.doctype == doctype}
			listed = set(frappe.get_list(doctype, pluck="name", limit_page_length=0)) & ours
			with conditions.counting():
				assert set(frappe.get_list(doctype, pluck="name", limit_page_length=0)) & ours == listed
			assert {name for name in ours if frappe.has_permission(doctype, "read", doc=name)} == listed
			found |= listed
		return found


def names(documents: list) -> set[str]:
	return {doc.name for doc in documents}


def say_area(documents: list, area: str | None) -> None:
	"""Write an area into the rows, past the unit: as if something had forgotten to carry it along."""
	for doc in documents:
		frappe.db.sql(f"update `tab{doc.doctype}` set service_area = %s where name = %s", (area, doc.name))


def areas_of(documents: list) -> set[str | None]:
	return {frappe.db.get_value(doc.doctype, doc.name, "service_area") for doc in documents}


def test_casework_goes_with_its_unit_to_another_area():
	old, new = make.make_area(), make.make_area()
	old_staff, new_staff = make_area_staff(old), make_area_staff(new)
	unit = frappe.get_doc("Day Care Unit", make.make_unit(service_area=old))
	documents = make_casework(unit.name)
	stays = make_casework(make.make_unit(service_area=old))
	assert areas_of(documents) == {old}
	assert {frappe.get_cached_doc(doc.doctype, doc.name).service_area for doc in documents} == {old}
	assert seen(old_staff, documents) == names(documents)
	assert not seen(new_staff, documents)
	unit.service_area = new
	unit.save()
	assert areas_of(documents) == {new}
	assert {frappe.get_cached_doc(doc.doctype, doc.name).service_area for doc in documents} == {new}
	assert not seen(old_staff, documents)
	assert seen(new_staff, documents) == names(documents)
	assert areas_of(stays) == {old}
	assert seen(old_staff, stays) == names(stays)


def test_casework_takes_the_area_of_the_childs_new_unit():
	team, area = case.make_team(), make.make_area()
	staff = make_area_staff(area)
	concern, closed = case.concern_in("Raised", team), case.concern_in("Closed", team)
	child = frappe.get_doc("Child", team.child)
	child.update({"unit": make.make_unit(service_area=area), "unit_group": None})
	child.save()
	assert areas_of([concern]) == {area}
	# Closed to both, like the unit in which it was closed.
	assert areas_of([closed]) == {make.default_area()}
	assert seen(staff, [concern, closed]) == {concern.name}


def test_a_save_writes_the_area_that_the_unit_has_now():
	team, area = case.make_team(), make.make_area()
	concern = case.concern_in("Raised", team)
	frappe.db.set_value("Day Care Unit", team.unit, "service_area", area)
	with case.acting(team.educator):
		concern = frappe.get_doc("Concern", concern.name)
		concern.strengths = "Leikkii mielellään"
		concern.service_area = make.default_area()
		concern.save()
	assert areas_of([concern]) == {area}


def test_an_area_that_was_left_behind_hides_and_opens_nothing():
	area, other = make.make_area(), make.make_area()
	staff = make_area_staff(area)
	own, foreign = (make_casework(make.make_unit(service_area=each)) for each in (area, other))
	assert seen(staff, own + foreign) == names(own)
	say_area(foreign, area)
	assert seen(staff, own + foreign) == names(own)
	for forgotten in (other, None):
		say_area(own, forgotten)
		assert not seen(staff, own + foreign)
	educator = make.make_staff("Early Educator", own[0].unit)
	assert seen(educator, own) == names(own)


def test_what_was_closed_elsewhere_stays_closed_whatever_area_it_tells():
	"""The child has come to a unit of the area; the document has not."""
	area = make.make_area()
	staff, team = make_area_staff(area), case.make_team()
	closed = case.concern_in("Closed", team)
	child = frappe.get_doc("Child", team.child)
	child.update({"unit": make.make_unit(service_area=area), "unit_group": None})
	child.save()
	say_area([closed], area)
	assert not seen(staff, [closed])


def test_a_site_made_before_learns_the_areas():
	area = make.make_area()
	documents = make_casework(make.make_unit(service_area=area))
	say_area(documents, None)
	carry_service_areas.execute()
	assert areas_of(documents) == {area}


@pytest.mark.parametrize(
	("own", "others", "expected"),
	[(1, 1, False), (2, 0, True), (2, 18, True), (2, 19, False)],
)
def test_an_area_is_asked_of_whoever_works_in_a_good_part_of_it(own, others, expected):
	area = make.make_area()
	user = make.make_user("Early Educator")
	for number in range(own + others):
		unit = make.make_unit(service_area=area)
		if number < own:
			make.make_assignment(user, "Early Educator", unit=unit)
	assert assignments.staff_area(user) == (area if expected else None)


def test_no_area_is_asked_of_whoever_works_in_two():
	user = make.make_user("Early Educator")
	for _ in range(2):
		make.make_assignment(user, "Early Educator", unit=make.make_unit(service_area=make.make_area()))
	assert assignments.staff_area(user) is None


def test_part_of_an_area_opens_no_more_than_that():
	area = make.make_area()
	user = make.make_user("Early Educator")
	for _ in range(2):
		make.make_assignment(user, "Early Educator", unit=make.make_unit(service_area=area))
	own, colleagues = (
		case.concern_in("Raised", case.make_team(unit=unit))
		for unit in (make.make_unit(service_area=area), make.make_unit(service_area=area))
	)
	make.make_assignment(user, "Early Educator", unit=own.unit)
	assert assignments.staff_area(user) == area
	assert seen(user, [own, colleagues]) == {own.name}
