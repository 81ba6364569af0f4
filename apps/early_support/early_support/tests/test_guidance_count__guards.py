"""Guidance without a case: a count that names nobody, entered by the counsellors of the unit and seen by no one else."""

import frappe
import pytest
from frappe.utils import add_months, getdate

from early_support.access.doors.carriers import LeavesTheRules
from early_support.access.policy import STAFF_ROLES
from early_support.casework import clock
from early_support.exceptions import GuardNotMet, PersonInText
from early_support.export import monthly
from early_support.export.events import GUIDANCE_GIVEN
from early_support.naming import opaque_name
from early_support.recording import rights
from early_support.tests import case_factories as case
from early_support.tests import factories

COUNT = "Guidance Count"


def enter(team, user=None, **values):
	with case.acting(user or team.counsellor):
		return frappe.get_doc({"doctype": COUNT, "unit": team.unit, "place": "Unit", **values}).insert()


@pytest.fixture
def of_case(team) -> str:
	"""A figure that a case was turned into."""
	doc = frappe.get_doc(
		{"doctype": COUNT, "name": opaque_name(), "unit": team.unit, "month": "2026-09-01", "number": 1}
	)
	doc.event = "kaynti_pidetty"
	doc.db_insert()
	return doc.name


def test_the_counsellor_counts_what_was_given_in_a_month(team):
	"""Guidance can be given without a client record (domain.md §3, 352-354): then it is counted."""
	with clock.at("2026-09-17"):
		doc = enter(
			team,
			month="2026-09-03",
			number=6,
			minutes=90,
			age_band=case.option("Age Band"),
			topics=[{"topic": case.option("Concern Topic")}],
		)
	assert (str(doc.month), doc.event, doc.number) == ("2026-09-01", GUIDANCE_GIVEN, 6)
	assert doc.controller == frappe.db.get_value("Day Care Unit", team.unit, "controller")
	cells = monthly._cells(*filters_of(team, "2026-09"))
	assert [(cell.count, cell.persons) for cell in cells if cell.group.event == GUIDANCE_GIVEN] == [(6, None)]
	with case.acting(team.counsellor):
		frappe.get_doc(COUNT, doc.name).update({"number": 0}).save()
	assert not monthly._cells(*filters_of(team, "2026-09"))[0].count


def filters_of(team, month):
	controller = frappe.db.get_value("Day Care Unit", team.unit, "controller")
	units = {name: unit for name, unit in monthly._units((controller,)).items() if name == team.unit}
	first = monthly.Month.parse(month)
	return monthly.Filters(first, first, (controller,)), units


def test_it_is_in_the_statistics(team, monkeypatch):
	for _time in range(2):
		enter(team, month="2026-09-03", number=3)
	with case.acting(team.counsellor):
		rows = monthly.rows(monthly.read_filters({"from_month": "2026-09", "to_month": "2026-09"}))
	assert [row["lkm"] for row in rows if row["unit"] == team.unit] == [6]


def test_what_the_app_records_is_not_taken_from_the_request(team):
	forged = {"children": 5, "visits": 3, "outcome": "ended", "controller": factories.make_controller()}
	doc = enter(team, event="kaynti_pidetty", **forged)
	assert doc.event == GUIDANCE_GIVEN
	assert {doc.children, doc.visits, doc.outcome} <= {None, 0}
	assert doc.controller not in forged.values()


def test_a_month_that_has_not_come_is_refused(team):
	with pytest.raises(GuardNotMet):
		enter(team, month=add_months(getdate(), 1))


def test_it_stays_in_its_unit(team, other):
	doc = enter(team)
	factories.make_liaison(other.unit, team.counsellor)
	with case.acting(team.counsellor), pytest.raises(GuardNotMet, match="can no longer be changed"):
		frappe.get_doc(COUNT, doc.name).update({"unit": other.unit}).save()


def test_a_stranger_counts_nothing_whoever_lets_them(team):
	with case.acting(team.educator), pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": COUNT, "unit": team.unit, "place": "Unit"}).insert(ignore_permissions=True)


def test_others_enter_nothing_and_see_nothing(team, other, api):
	doc = enter(team)
	for user in (team.educator, team.director, other.counsellor):
		with pytest.raises(frappe.PermissionError):
			enter(team, user)
		with case.acting(user):
			assert not frappe.has_permission(COUNT, "read", frappe.get_doc(COUNT, doc.name))
			assert rights.count_rows(user) == rights.NOTHING or doc.name not in frappe.get_list(
				COUNT, pluck="name"
			)
		assert api(user).get(f"/api/resource/{COUNT}/{doc.name}").status_code in (403, 404)


@pytest.mark.parametrize("role", [*STAFF_ROLES, "System Manager"])
def test_what_a_case_was_turned_into_is_shown_to_nobody(role, team, of_case):
	user = factories.make_user(role)
	if role != "System Manager":
		factories.make_assignment(user, role, unit=team.unit)
	own = enter(team).name
	with case.acting(user):
		try:
			assert set(frappe.get_list(COUNT, pluck="name")) <= {own}
		except frappe.PermissionError:
			assert role != "Family Counsellor"
		for action in ("read", "write", "delete"):
			assert not frappe.has_permission(COUNT, action, frappe.get_doc(COUNT, of_case))
		is_counsellor = role == "Family Counsellor"
		assert bool(frappe.has_permission(COUNT, "write", frappe.get_doc(COUNT, own))) is is_counsellor
		assert not frappe.has_permission(COUNT, "delete", frappe.get_doc(COUNT, own))


def test_it_is_not_changed_by_anybody(of_case):
	with pytest.raises(GuardNotMet):
		frappe.get_doc(COUNT, of_case).save()


def test_a_figure_of_a_case_is_not_taken_over_under_the_name_of_an_own_count(team, of_case, api):
	"""Frappe loads a document without asking, takes the values of the request, and asks only then whose it is."""
	own = enter(team)
	answer = api(team.counsellor).put(
		f"/api/resource/{COUNT}/{of_case}",
		json={"name": own.name, "unit": own.unit, "modified": str(own.modified), "RECORDED_FIELDS": []},
	)
	assert answer.status_code in (403, 404, 417), answer.text
	assert "2026-09-01" not in answer.text
	assert str(frappe.db.get_value(COUNT, own.name, "month")) == str(own.month)
	assert frappe.db.get_value(COUNT, of_case, "event") == "kaynti_pidetty"


@pytest.mark.parametrize("ending", [None, "2026-01-31"])
def test_a_counsellor_who_has_left_sees_none(team, ending):
	counsellor = factories.make_staff("Family Counsellor", team.unit, to_date=ending)
	with case.acting(counsellor):
		assert rights.guidance_units() == ([] if ending else [team.unit])


@pytest.mark.parametrize("text", ["Aino Virtasen äiti", "040 123 4567", "010120A123N", "aiti@example.test"])
def test_a_text_about_a_person_is_refused(team, monkeypatch, text):
	"""Counts only (domain.md §9.8), also in a field of words that an administrator has added."""
	field = frappe.get_doc(
		{"doctype": "DocField", "fieldname": "added", "label": "Muuta", "fieldtype": "Small Text"}
	)
	with case.acting(team.counsellor):
		doc = frappe.get_doc({"doctype": COUNT, "unit": team.unit, "added": text})
		# A real field would change the table, which no rollback undoes.
		monkeypatch.setattr(doc.meta, "fields", [*doc.meta.fields, field])
		with pytest.raises(PersonInText):
			doc.run_method("before_validate")
		doc.added = "ei ketään"
		doc.run_method("before_validate")


@pytest.mark.parametrize(("fieldtype", "options"), [("Attach", None), ("Signature", None), ("Link", "User")])
def test_a_field_that_leads_to_a_person_stays_empty(team, monkeypatch, fieldtype, options):
	"""However the field came to be: Customize Form asks nobody."""
	field = {"doctype": "DocField", "fieldname": "added", "label": "Muuta"}
	with case.acting(team.counsellor):
		doc = frappe.get_doc({"doctype": COUNT, "unit": team.unit, "month": getdate()})
		field = frappe.get_doc({**field, "fieldtype": fieldtype, "options": options})
		monkeypatch.setattr(doc.meta, "fields", [*doc.meta.fields, field])
		doc.run_method("validate")
		doc.added = "x"
		with pytest.raises(PersonInText):
			doc.run_method("validate")


@pytest.mark.parametrize(
	("fieldtype", "options", "error"),
	[
		("Attach", None, PersonInText),
		("Signature", None, PersonInText),
		("Link", "User", PersonInText),
		("Link", "Child", LeavesTheRules),
	],
)
def test_a_field_that_could_lead_to_a_person_is_not_added(site, fieldtype, options, error):
	# Only the rule is asked: a field that were added would change the table, which no rollback undoes.
	field = {"fieldname": "added", "label": "Added", "fieldtype": fieldtype, "options": options}
	with pytest.raises(error):
		frappe.get_doc({"doctype": "Custom Field", "dt": COUNT, **field}).run_method("validate")


@pytest.mark.parametrize("values", [{"age_band": {"name": "x"}}, {"topics": "x"}, {"month": ["2026-09-01"]}])
def test_only_values_of_the_shape_of_the_field(team, values):
	with pytest.raises(GuardNotMet):
		enter(team, **values)


def test_nothing_is_hung_on_it(team):
	doc = enter(team)
	for note in (
		{
			"doctype": "Comment",
			"comment_type": "Comment",
			"reference_doctype": COUNT,
			"reference_name": doc.name,
			"content": "Muista",
		},
		{
			"doctype": "File",
			"attached_to_doctype": COUNT,
			"attached_to_name": doc.name,
			"file_name": "a.txt",
			"content": "x",
		},
	):
		with case.acting(team.counsellor), pytest.raises(PersonInText):
			frappe.get_doc(note).insert(ignore_permissions=True)
