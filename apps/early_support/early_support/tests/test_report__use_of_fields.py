"""How often each field was filled in: right by another way of counting, small figures hidden, and by whom it is seen."""

import datetime
import random
from collections import Counter

import frappe
import pytest
from frappe.desk.query_report import run

from early_support.casework import clock
from early_support.early_support.report.use_of_fields.use_of_fields import execute
from early_support.exceptions import FilterNotUnderstood
from early_support.forms import suggest, usage
from early_support.naming import opaque_name
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests.figures_attack import ALL, Sums, ranges
from early_support.tests.test_report__figures import SEASON, bulk, nothing_hidden, some_day

NAME = "Use of Fields"
FIRST, LAST = datetime.date(2024, 8, 1), datetime.date(2025, 7, 31)
WORD = "Kuiskauspuu"
ZONES = ("1", "3", "5", "7", None)
FREE = ("strengths", "wishes", "discussed_on")


@pytest.fixture
def units(site) -> list[str]:
	"""Four units of a municipality of their own."""
	area = make.make_area(controller=make.make_controller())
	return [make.make_unit(service_area=area) for _number in range(4)]


@pytest.fixture
def controller(units) -> str:
	return frappe.db.get_value("Day Care Unit", units[0], "controller")


def fill(units: list[str], controller: str, number: int, seed: int = 3) -> list[frappe._dict]:
	"""Write random concerns past their rules, which have no part in counting."""
	chance = random.Random(seed)
	concerns = bulk(
		"Concern",
		[
			{
				"unit": chance.choice([units[0], *units]),
				"controller": controller,
				"creation": f"{some_day(chance)} 12:00:00",
				"child": f"K{each % 50}",
				"workflow_state": "Raised",
				"zone": chance.choice(ZONES),
				"strengths": WORD if chance.random() < 0.6 else None,
				"wishes": WORD if chance.random() < 0.1 else "",
				"discussed_on": FIRST if chance.random() < 0.9 else None,
			}
			for each in range(number)
		],
	)
	topics = frappe.get_all("Concern Topic", pluck="name", order_by="name", limit=3)
	for concern in concerns:
		concern.topics = [topic for topic in topics if chance.random() < 0.4]
		for topic in concern.topics:
			row = {"parent": concern.name, "parenttype": "Concern", "parentfield": "topics", "topic": topic}
			frappe.get_doc({"doctype": "Concern Topic Item", "name": opaque_name(), **row}).db_insert()
	return concerns


def data_of(controller: str, form: str = "Concern", **filters) -> tuple[dict[str, dict], list[str]]:
	"""The rows by their keys, and the titles of the columns of units."""
	columns, rows, _message = execute({"form": form, "season": SEASON, "controller": controller, **filters})
	return {row["key"]: row for row in rows}, [column["label"] for column in columns[3:]]


def counted(concerns: list, units: list[str]) -> Counter:
	"""(key of the row, unit or ALL) → how many, in plain Python."""
	found = Counter()
	for each in concerns:
		if not FIRST <= datetime.date.fromisoformat(each.creation[:10]) <= LAST:
			continue
		keys = [ALL, *(name for name in FREE if each[name])]
		keys += ["zone", f"zone {each.zone}"] if each.zone else []
		keys += [f"topics {topic}" for topic in each.topics] + (["topics"] if each.topics else [])
		for key in keys:
			found[key, ALL] += 1
			found[key, each.unit] += 1
	return found


def columns_of(units: list[str], titles: list[str]) -> dict[str, str]:
	"""Column of the report → unit."""
	names = {frappe.db.get_value("Day Care Unit", unit, "title"): unit for unit in units}
	return {"total": ALL, **{f"unit_{number}": names[title] for number, title in enumerate(titles)}}


def test_the_report_agrees_with_a_count_by_hand(units, controller, monkeypatch):
	concerns = fill(units, controller, 160)
	expected = counted(concerns, units)
	with nothing_hidden(monkeypatch):
		shown, titles = data_of(controller)
	places = columns_of(units, titles)
	assert len(titles) == len(units)
	found = {(key, unit): row[column] for key, row in shown.items() for column, unit in places.items()}
	assert {key: number for key, number in found.items() if number} == dict(expected)
	assert expected[ALL, ALL] > 60
	# An option that nobody has chosen is there, too, and so is a field.
	assert shown["zone 2"]["total"] == shown["declined_reason"]["total"] == 0
	part = round(100 * expected["strengths", ALL] / expected[ALL, ALL])
	assert shown["strengths"]["share"] == part
	# As it is: each figure is the right one or hidden, and no small one is there.
	shown, titles = data_of(controller)
	for key, row in shown.items():
		for column, unit in places.items():
			assert row[column] in (None, expected[key, unit]), (key, unit)
			assert row[column] is None or not 0 < row[column] < 5, (key, unit)
	assert shown[ALL]["total"] == expected[ALL, ALL]


@pytest.mark.parametrize("number", [40, 160])
def test_no_small_figure_follows_from_the_others(units, controller, number):
	"""Also how many have left a field empty: what is shown as filled in is taken off all."""
	concerns = fill(units, controller, number, seed=number)
	shown, titles = data_of(controller)
	places = columns_of(units, titles)
	inside = [each for each in concerns if FIRST <= datetime.date.fromisoformat(each.creation[:10]) <= LAST]
	asked = 0
	for fieldname in (*FREE, "zone"):
		options = [key for key in shown if key.startswith("zone ")] if fieldname == "zone" else [fieldname]
		columns = (*options, "empty")
		known, children = {}, {}
		for column, unit in places.items():
			total, filled = shown[ALL][column], shown[fieldname][column]
			known[unit, ALL] = total
			known[unit, "empty"] = None if None in (total, filled) else total - filled
			known |= {(unit, option): shown[option][column] for option in options}
		for each in inside:
			value = each[fieldname]
			column = "empty" if not value else f"zone {value}" if fieldname == "zone" else fieldname
			for figure in ((each.unit, column), (each.unit, ALL), (ALL, column), (ALL, ALL)):
				children.setdefault(figure, []).append((each.unit, each.child))
		possible = ranges(Sums(tuple(units), columns), known)
		for insider in (None, *units):
			for figure, behind in children.items():
				others = {child for unit, child in behind if unit != insider}
				if 0 < len(others) < 5:
					asked += 1
					assert known[figure] is None, (fieldname, insider, figure)
					least, most = possible[figure]
					assert most > least, (fieldname, insider, figure)
	assert asked


def test_what_one_field_hides_of_the_totals_all_hide(units, controller):
	fill(units, controller, 30)
	shown, titles = data_of(controller)
	for column in columns_of(units, titles):
		if shown[ALL][column] is None:
			for key, row in shown.items():
				assert row[column] in (None, 0), key


def test_nothing_that_was_written_is_read(units, controller, monkeypatch):
	fill(units, controller, 30)
	asked = []
	real = frappe.db.sql
	monkeypatch.setattr(
		frappe.db,
		"sql",
		lambda query, *args, **kwargs: asked.append(real(query, *args, **kwargs)) or asked[-1],
	)
	shown, _titles = data_of(controller)
	assert WORD not in str(shown)
	assert asked
	assert WORD not in str(asked)


def test_an_option_that_is_offered_no_longer_is_counted_as_such(site):
	question = usage.Question("x", "X", {"a": "A"})
	assert [question.column_of(value) for value in ("a", "b", "", None)] == [
		"a",
		usage.GONE,
		usage.EMPTY,
		usage.EMPTY,
	]
	assert question.columns() == ("a", usage.GONE, usage.EMPTY)


def test_every_form_can_be_asked_about(units, controller):
	for form in usage.FORMS:
		place = case.county() if usage.is_kept_apart(form) else controller
		shown, titles = data_of(place, form)
		assert shown[ALL]["label"] == "All", form
		assert not (titles and usage.is_kept_apart(form)), form


def test_the_season_is_that_in_which_it_was_made(units, controller, monkeypatch):
	bulk(
		"Concern",
		[
			{"unit": units[0], "controller": controller, "creation": f"{day} 23:59:59"}
			for day in ("2024-07-31", "2024-08-01", "2025-07-31", "2025-08-01")
		],
	)
	with nothing_hidden(monkeypatch):
		assert data_of(controller)[0][ALL]["total"] == 2
		with clock.at(datetime.date(2025, 3, 10)):
			# To the end of its last full month.
			assert data_of(controller)[0][ALL]["total"] == 1


def test_the_area_leaves_columns_out_and_changes_no_figure(units, controller):
	fill(units, controller, 60)
	other = make.make_unit(service_area=make.make_area(controller=controller))
	everything, titles = data_of(controller)
	assert len(titles) == len(units) + 1
	only, left = data_of(controller, service_area=frappe.db.get_value("Day Care Unit", other, "service_area"))
	assert left == [frappe.db.get_value("Day Care Unit", other, "title")]
	assert {key: row["total"] for key, row in only.items()} == {
		key: row["total"] for key, row in everything.items()
	}


# Who -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Form Administrator", "Area Director", "Management Group"])
def test_who_decides_on_forms_sees_the_figures_of_the_own_municipality(role, units, controller):
	fill(units, controller, 60)
	other = make.make_unit(service_area=make.make_area(controller=make.make_controller()))
	with case.acting(make.make_staff(role, unit=units[0])):
		answer = run(NAME, filters={"form": "Concern", "season": SEASON})
		assert next(row for row in answer["result"] if row["key"] == ALL)["total"] > 20
		with pytest.raises(frappe.PermissionError):
			frappe.get_list("Concern")
		with pytest.raises(FilterNotUnderstood):
			run(NAME, filters={"controller": frappe.db.get_value("Day Care Unit", other, "controller")})


@pytest.mark.parametrize(
	"role",
	[
		"Early Educator",
		"Unit Director",
		"Family Counsellor",
		"Social Worker",
		"Reporting Officer",
		"Privacy Officer",
	],
)
def test_nobody_else_sees_it(role, units):
	with case.acting(make.make_staff(role, unit=units[0])), pytest.raises(frappe.PermissionError):
		run(NAME, filters={})


def test_of_the_social_services_only_who_works_for_them(units, controller):
	here = make.make_staff("Form Administrator", unit=units[0])
	there = make.make_staff("Form Administrator", controller=case.county())
	asked = {"form": "Needs Assessment", "season": SEASON, "controller": case.county()}
	with case.acting(here):
		assert execute({**asked, "controller": None})[1][0]["total"] == 0
		with pytest.raises(FilterNotUnderstood):
			execute(asked)
	with case.acting(there):
		columns, rows, _message = execute(asked)
	assert [column["fieldname"] for column in columns] == ["label", "total", "share"]
	assert rows[0]["key"] == ALL


@pytest.mark.parametrize("form", ["User", "Family", "Family Guardian", "tabConcern"])
def test_no_other_form(form, controller):
	with pytest.raises(FilterNotUnderstood):
		execute({"form": form})


@pytest.mark.parametrize("role", ["Form Administrator", "Area Director", "Management Group"])
def test_the_desk_offers_the_forms(role, units):
	boot = {}
	with case.acting(make.make_staff(role, unit=units[0])):
		suggest.extend_bootinfo(boot)
	assert boot["early_support_forms"] == list(usage.FORMS)


def test_it_is_protected_with_what_the_other_reports_are(units, controller, monkeypatch):
	"""Take the protection away, and a small figure is there."""
	fill(units, controller, 30)
	monkeypatch.setattr(usage, "protect", lambda table, threshold, hidden: set())
	shown, _titles = data_of(controller)
	assert any(
		0 < (value or 0) < 5
		for row in shown.values()
		for name, value in row.items()
		if name.startswith("unit_")
	)


def test_what_was_asked_only_for_a_part_of_the_season_is_said(units, controller):
	for fieldname, creation in (
		("custom_before", "2024-07-31 23:00:00"),
		("custom_within", "2025-04-03 09:00:00"),
		("custom_after", "2025-08-02 09:00:00"),
	):
		field = {"doctype": "Custom Field", "dt": "Concern", "fieldname": fieldname, "fieldtype": "Check"}
		values = {"name": f"Concern-{fieldname}", "label": f"{fieldname} <b>", "creation": creation}
		frappe.get_doc({**field, **values}).db_insert()
	frappe.clear_cache(doctype="Concern")
	asked = usage.read_form({"form": "Concern", "season": SEASON, "controller": controller})[1]
	assert usage.added_within("Concern", asked) == [("custom_within <b>", datetime.date(2025, 4, 3))]
