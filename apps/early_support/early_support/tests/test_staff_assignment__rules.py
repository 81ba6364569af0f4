"""Assignments, liaisons, units: who works where, and what is refused."""

import frappe
import pytest

from early_support.access import assignments, policy
from early_support.access.doors import users
from early_support.early_support.doctype.day_care_unit.day_care_unit import (
	GroupError,
	LiaisonError,
	UnitOidError,
)
from early_support.early_support.doctype.early_support_settings.early_support_settings import (
	SettingOutOfRangeError,
)
from early_support.early_support.doctype.register_controller.register_controller import AreaCodeError
from early_support.early_support.doctype.staff_assignment.staff_assignment import (
	AssignmentPeriodError,
	NotAStaffRoleError,
	OverlapError,
	PersonError,
	PlaceError,
)
from early_support.forms.lists import CodeError
from early_support.tests import factories as make

EDUCATOR = "Early Educator"

# Assignments ----------------------------------------------------------------------------------------------------------


def test_it_is_called_by_the_name_of_its_person():
	user = make.make_user()
	assignment = frappe.get_doc("Staff Assignment", make.make_assignment(user, EDUCATOR))
	assert assignment.get_title() == frappe.db.get_value("User", user, "full_name")


def test_an_assignment_gives_the_role_and_the_sidebar_of_the_staff():
	user = make.make_user()
	make.make_assignment(user, EDUCATOR)
	assert EDUCATOR in frappe.get_roles(user)
	assert frappe.db.get_value("User", user, "module_profile") == "Early Support Staff"


def test_an_assignment_leaves_an_administrators_choices_alone():
	user = make.make_user("System Manager", module_profile=None)
	make.make_assignment(user, EDUCATOR)
	assert not frappe.db.get_value("User", user, "module_profile")


@pytest.mark.parametrize("role", ["System Manager", "Guest", "All", "Workspace Manager"])
def test_other_roles_are_not_given(role):
	user = make.make_user()
	with pytest.raises(NotAStaffRoleError):
		make.make_assignment(user, role)
	assert role in ("Guest", "All") or role not in frappe.get_roles(user)


def test_exactly_one_place():
	user = make.make_user()
	with pytest.raises(PlaceError):
		make.make_assignment(user, EDUCATOR, unit=make.default_unit(), service_area=make.default_area())
	with pytest.raises(PlaceError):
		make.insert("Staff Assignment", user=user, role=EDUCATOR, from_date=make.days(0))


def test_the_last_day_is_not_before_the_first():
	user = make.make_user()
	with pytest.raises(AssignmentPeriodError):
		make.make_assignment(user, EDUCATOR, from_date=make.days(0), to_date=make.days(-1))
	assert make.make_assignment(user, EDUCATOR, from_date=make.days(0), to_date=make.days(0))


@pytest.mark.parametrize(
	("first", "last", "fits"),
	[
		(-20, -11, True),  # the day before
		(-20, -10, False),
		(-5, -4, False),
		(0, None, False),
		(1, None, True),  # the day after
		(-20, None, False),
	],
)
def test_the_same_assignment_does_not_overlap(first, last, fits):
	user = make.make_user(EDUCATOR)
	make.make_assignment(user, EDUCATOR, from_date=make.days(-10), to_date=make.days(0))
	period = {"from_date": make.days(first), "to_date": None if last is None else make.days(last)}
	if fits:
		assert make.make_assignment(user, EDUCATOR, **period)
	else:
		with pytest.raises(OverlapError):
			make.make_assignment(user, EDUCATOR, **period)


def test_an_endless_assignment_overlaps_with_all_that_follow():
	user = make.make_user(EDUCATOR)
	make.make_assignment(user, EDUCATOR, from_date=make.days(-10))
	with pytest.raises(OverlapError):
		make.make_assignment(user, EDUCATOR, from_date=make.days(100))


def test_another_role_place_or_person_is_another_assignment():
	user = make.make_user(EDUCATOR)
	make.make_assignment(user, EDUCATOR)
	assert make.make_assignment(user, "Unit Director")
	assert make.make_assignment(user, EDUCATOR, unit=make.make_unit())
	assert make.make_assignment(user, EDUCATOR, service_area=make.default_area())
	assert make.make_assignment(make.make_user(EDUCATOR), EDUCATOR)


def test_an_assignment_can_be_saved_again():
	doc = frappe.get_doc("Staff Assignment", make.make_assignment(make.make_user(), EDUCATOR))
	doc.to_date = make.days(5)
	doc.save()
	assert doc.to_date


@pytest.mark.parametrize("role", ["Unit Director", "Area Director", "Form Administrator"])
def test_only_system_managers_assign(as_user, role):
	user = make.make_user()
	with as_user(role), pytest.raises(frappe.PermissionError):
		frappe.get_doc(
			{"doctype": "Staff Assignment", "user": user, "role": EDUCATOR, "unit": make.default_unit()}
		).insert()


def test_a_system_manager_assigns(as_user):
	user, unit = make.make_user(), make.default_unit()
	with as_user("System Manager", assigned=False):
		frappe.get_doc({"doctype": "Staff Assignment", "user": user, "role": EDUCATOR, "unit": unit}).insert()
	assert assignments.staff_units(user) == {unit}


@pytest.mark.parametrize("who", ["Guest", "Website Manager", "Unit Director"])
def test_nobody_else_assigns_where_frappe_asks_for_no_right(as_user, who):
	"""A web form stores past every right, and as nobody for whoever is not signed in."""
	user, unit, area = make.make_user(), make.default_unit(), make.default_area()
	assignment = {"doctype": "Staff Assignment", "user": user, "role": EDUCATOR, "unit": unit}
	stored = make.make_assignment(user, "Unit Director")
	frappe.set_user(make.make_user(who) if who != "Guest" else who)
	for doc in (
		frappe.get_doc(assignment),
		frappe.get_doc("Staff Assignment", stored),
		frappe.get_doc("Day Care Unit", unit),
		frappe.get_doc("Service Area", area),
	):
		with pytest.raises(frappe.PermissionError):
			doc.save(ignore_permissions=True)


def test_an_assignment_stays_that_of_its_person(as_user):
	name = make.make_assignment(make.make_user(), EDUCATOR)
	once = {"doctype_or_field": "DocField", "doctype": "Staff Assignment", "fieldname": "user"}
	with as_user("System Manager", assigned=False):
		frappe.make_property_setter(
			{**once, "property": "set_only_once", "value": 0, "property_type": "Check"}
		)
		doc = frappe.get_doc("Staff Assignment", name)
		doc.user = make.make_user()
		with pytest.raises(PersonError):
			doc.save()
		with pytest.raises(PersonError):
			frappe.delete_doc("Staff Assignment", name, ignore_permissions=True)
	frappe.delete_doc("Staff Assignment", name)
	assert not frappe.db.exists("Staff Assignment", name)


def test_the_form_offers_our_roles_only(api):
	query = {
		"doctype": "Role",
		"txt": "educ",
		"query": "early_support.access.people.staff_roles",
		"reference_doctype": "Staff Assignment",
	}
	path = "/api/method/frappe.desk.search.search_link"
	answer = api(make.make_user("System Manager")).get(path, query_string=query)
	rows = answer.json.get("results") or answer.json["message"]
	assert [row["value"] for row in rows] == ["Early Educator", "Special Needs Educator"]
	answer = api(make.make_staff("Unit Director")).get(path, query_string=query)
	assert not [*answer.json.get("results", []), *answer.json.get("message", [])]


# What it covers -------------------------------------------------------------------------------------------------------


def test_unit_area_and_controller():
	"""A special needs educator has the units of an area (domain.md §1, 931 and 974)."""
	area = make.make_area()
	units = {make.make_unit(service_area=area), make.make_unit(service_area=area)}
	other = make.make_unit()
	assert assignments.staff_units(make.make_staff(EDUCATOR, other)) == {other}
	assert assignments.staff_units(make.make_staff(EDUCATOR, area=area)) == units
	everywhere = assignments.staff_units(make.make_staff(EDUCATOR, controller=make.default_controller()))
	assert everywhere >= {*units, other}
	foreign = make.make_unit(service_area=make.make_area(controller=make.make_controller()))
	assert foreign not in everywhere


@pytest.mark.parametrize("place", assignments.PLACES)
def test_whoever_works_in_a_place_works_for_its_controller(place):
	controller = make.make_controller()
	area = make.make_area(controller=controller)
	where = {"controller": controller, "service_area": area, "unit": make.make_unit(service_area=area)}
	user = make.make_user("Social Worker")
	make.make_assignment(user, "Social Worker", **{place: where[place]})
	assert assignments.controllers_of(user, policy.REGISTER_ROLES) == {controller}


def test_a_change_counts_within_the_same_request():
	user, unit = make.make_staff(EDUCATOR, make.default_unit()), make.make_unit()
	assert assignments.staff_units(user) == {make.default_unit()}
	made = make.make_assignment(user, EDUCATOR, unit=unit)
	assert assignments.staff_units(user) == {make.default_unit(), unit}
	frappe.delete_doc("Staff Assignment", made)
	assert assignments.staff_units(user) == {make.default_unit()}


@pytest.mark.parametrize("where", ["unit", "area", "controller"])
def test_a_role_that_is_held_no_more_opens_nothing(where):
	make.default_unit()
	places = {"unit": make.default_unit, "area": make.default_area, "controller": make.default_controller}
	user = make.make_staff(EDUCATOR, **{where: places[where]()})
	make.make_assignment(user, "Special Needs Educator", unit=(kept := make.make_unit()))
	assert assignments.staff_units(user) > {kept}
	assert assignments.works_as(user, (EDUCATOR,))
	frappe.db.delete("Has Role", {"parent": user, "role": EDUCATOR})
	frappe.clear_cache(user=user)
	assignments.forget()
	assert assignments.staff_units(user) == {kept}
	assert assignments.units_of(user, (EDUCATOR,)) == frozenset()
	assert not assignments.works_as(user, (EDUCATOR,))
	assert not assignments.controllers_of(user, (EDUCATOR,))


def test_roles_of_others_cover_no_unit():
	for role in ("Family Counsellor", "Area Director", "Social Worker"):
		assert assignments.staff_units(make.make_staff(role, make.default_unit())) == frozenset(), role


# Units ----------------------------------------------------------------------------------------------------------------


def test_a_unit_takes_its_controller_from_the_area():
	controller = make.make_controller()
	unit = make.make_unit(
		service_area=make.make_area(controller=controller), controller=make.default_controller()
	)
	assert frappe.db.get_value("Day Care Unit", unit, "controller") == controller


def test_units_follow_their_area_to_another_controller():
	area = make.make_area()
	unit, controller = make.make_unit(service_area=area), make.make_controller()
	doc = frappe.get_doc("Service Area", area)
	doc.controller = controller
	doc.save()
	assert frappe.db.get_value("Day Care Unit", unit, "controller") == controller


@pytest.mark.parametrize("oid", ["1.2.246.562.10.12345", None, " 1.2.3 "])
def test_unit_oid(oid):
	assert make.make_unit(unit_oid=oid)


@pytest.mark.parametrize("oid", ["koiramaki", "1..2", "3.1.2", "1.02.3", "1.2.x", "=1.2"])
def test_a_bad_unit_oid_is_refused(oid):
	with pytest.raises(UnitOidError):
		make.make_unit(unit_oid=oid)


def test_two_groups_with_one_code_are_refused():
	group = {"code": "a", "title": "A"}
	with pytest.raises(GroupError):
		make.make_unit(groups=[group, dict(group)])


def test_a_group_with_ages_out_of_order_is_refused():
	with pytest.raises(GroupError):
		make.make_unit(groups=[{"code": "a", "title": "A", "age_from": 4, "age_to": 3}])


def test_a_bad_code_is_refused():
	with pytest.raises(CodeError):
		make.make_unit(code="Koira mäki")


@pytest.mark.parametrize(
	("field", "value"),
	[("municipality_code", "79"), ("municipality_code", "79a"), ("county_code", "8"), ("region_code", "006")],
)
def test_codes_of_statistics_finland(field, value):
	with pytest.raises(AreaCodeError):
		make.make_controller(**{field: value})


# Liaisons -------------------------------------------------------------------------------------------------------------


def test_a_liaison_works_on_the_side():
	"""For every unit one is named on each side of the co-operation (domain.md §1, 1471 and 1613-1615)."""
	unit = make.make_unit()
	make.make_liaison(unit, make.make_user("Family Counsellor"))
	make.make_liaison(unit, make.make_user(EDUCATOR), side="Day Care")
	assert len(frappe.get_doc("Day Care Unit", unit).liaisons) == 2


@pytest.mark.parametrize(
	("side", "role"),
	[("Family Counselling", EDUCATOR), ("Day Care", "Family Counsellor"), ("Day Care", "Area Director")],
)
def test_a_liaison_from_the_other_side_is_refused(side, role):
	unit, user = make.make_unit(), make.make_user(role)
	with pytest.raises(LiaisonError):
		make.make_liaison(unit, user, side=side)


def test_a_liaisons_days_are_in_order():
	unit, user = make.make_unit(), make.make_user("Family Counsellor")
	with pytest.raises(LiaisonError):
		make.make_liaison(unit, user, from_date=make.days(0), to_date=make.days(-1))


def test_a_former_liaison_stays_on_record_without_the_role():
	unit, user = make.make_unit(), make.make_user("Family Counsellor")
	make.make_liaison(unit, user, to_date=make.days(-1))
	frappe.db.delete("Has Role", {"parent": user})
	frappe.clear_cache(user=user)
	frappe.get_doc("Day Care Unit", unit).save()
	assert assignments.liaison_units(user) == frozenset()


# One's own hand -------------------------------------------------------------------------------------------------------


def system_manager_and(role: str, **where) -> str:
	"""Return a user who works with casework and has been given the site to administer as well."""
	user = make.make_user("System Manager", role)
	make.make_assignment(user, role, **where)
	return user


def test_nobody_becomes_a_liaison_by_their_own_hand():
	unit, user = make.make_unit(), system_manager_and("Family Counsellor")
	row = {"side": "Family Counselling", "user": user, "from_date": make.days(-10), "to_date": make.days(-5)}
	frappe.set_user(user)
	doc = frappe.get_doc("Day Care Unit", unit)
	doc.append("liaisons", row)
	with pytest.raises(users.OwnRoleError):
		doc.save()
	frappe.set_user("Administrator")
	doc = frappe.get_doc("Day Care Unit", unit)
	doc.append("liaisons", row)
	doc.append("liaisons", {**row, "user": make.make_user("Family Counsellor")})
	doc.save()
	frappe.set_user(user)
	for change in ({"to_date": None}, {"from_date": make.days(-20)}):
		doc = frappe.get_doc("Day Care Unit", unit)
		doc.liaisons[0].update(change)
		with pytest.raises(users.OwnRoleError):
			doc.save()
	doc = frappe.get_doc("Day Care Unit", unit)
	doc.liaisons[1].user = user
	doc.liaisons[1].to_date = None
	with pytest.raises(users.OwnRoleError):
		doc.save()
	# What was there stays there, and others are named.
	doc = frappe.get_doc("Day Care Unit", unit)
	doc.append("liaisons", {**row, "user": make.make_user("Family Counsellor")})
	doc.save()
	assert len(doc.liaisons) == 3


def test_nobody_moves_a_unit_to_where_they_work():
	area, unit = make.make_area(), make.make_unit()
	director, other = system_manager_and("Unit Director", service_area=area), make.make_user("System Manager")
	frappe.set_user(director)
	doc = frappe.get_doc("Day Care Unit", unit)
	doc.service_area = area
	with pytest.raises(users.OwnRoleError):
		doc.save()
	assert unit not in assignments.staff_units(director)
	frappe.set_user(other)
	doc = frappe.get_doc("Day Care Unit", unit)
	doc.service_area = area
	doc.save()
	assert unit in assignments.staff_units(director)


def test_nobody_moves_an_area_to_where_they_work():
	controller, area = make.make_controller(), make.make_area()
	unit = make.make_unit(service_area=area)
	director = system_manager_and("Unit Director", controller=controller)
	moved, empty = make.make_area(controller=controller), make.make_area()
	frappe.set_user(director)
	# An area without units, too: they come later.
	for name in (area, empty):
		doc = frappe.get_doc("Service Area", name)
		doc.controller = controller
		with pytest.raises(users.OwnRoleError):
			doc.save()
	doc = frappe.get_doc("Day Care Unit", unit)
	doc.service_area = moved
	with pytest.raises(users.OwnRoleError):
		doc.save()
	doc = frappe.get_doc("Service Area", area)
	doc.controller = make.make_controller()
	doc.save()
	assert assignments.staff_units(director) == frozenset()


# Settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("field", "value"),
	[
		("visit_limit", 0),
		("plan_review_months", 0),
		("plan_review_months", 13),
		("remind_after_days", 0),
		("remind_after_days", 31),
		("suppression_threshold", 2),
		("suppression_threshold", 0),
	],
)
def test_settings_out_of_range_are_refused(field, value):
	doc = frappe.get_doc("Early Support Settings")
	doc.set(field, value)
	with pytest.raises(SettingOutOfRangeError):
		doc.save()


def test_settings_in_range():
	doc = frappe.get_doc("Early Support Settings")
	doc.update({"visit_limit": 1, "suppression_threshold": 3})
	doc.save()
	assert frappe.db.get_single_value("Early Support Settings", "suppression_threshold") == 3
