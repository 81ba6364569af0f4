"""Which rows a profile keeps, and which forms rows are of: nothing leaves by a filter, or a form, that would not without."""

import csv
import datetime
import json

import frappe
import pytest

from early_support.exceptions import ExportRefused
from early_support.export import build, door, filters, sources
from early_support.export.faults import Fault, Refused
from early_support.naming import opaque_name
from early_support.prints.reader import speaking
from early_support.tests import export_factories, factories
from early_support.tests.case_factories import acting
from early_support.tests.factories import CONTROLLER, row_of

PERIOD, DAY = "2025-04", datetime.date(2025, 4, 10)
# So many visits of as many children in each unit.
VISITS = {"A": 12, "B": 2, "C": 9, "D": 7}


@pytest.fixture(autouse=True)
def municipality(site, monkeypatch, tmp_path):
	export_factories.settle(monkeypatch, tmp_path)


@pytest.fixture
def units(site) -> dict[str, str]:
	found = {}
	for letter, number in VISITS.items():
		found[letter] = factories.make_unit(code=f"FIL-{letter}", title=f"Talo {letter}")
		for each in range(number):
			values = {"child": f"KID{letter}{each}", "workflow_state": "Held", "visit_date": DAY, "number": 1}
			row_of("Visit", found[letter], support_period=opaque_name(), **values)
	return found


@pytest.fixture
def officers(site) -> list[str]:
	return [factories.make_staff("Reporting Officer", controller=CONTROLLER) for _each in range(2)]


ROW_COLUMNS = (
	{"key": "kuukausi", "source": "day", "transform": "Month"},
	{"key": "tapahtuma", "source": "event"},
	{"key": "yksikko", "source": "unit"},
)


def profile_of(officers: list[str], *kept: tuple[str, str], controller: str = CONTROLLER, **values) -> str:
	"""Publish a profile with filters, and return its name."""
	defaults = {
		"profile_code": f"oma-{factories.number()}",
		"title": "Oma",
		"level": "Rows",
		"legal_basis": "Laki",
		"controller": controller,
		"columns": ROW_COLUMNS,
		"filters": [{"source": source, "keep": keep} for source, keep in kept],
	}
	with acting(officers[0]):
		doc = frappe.get_doc({"doctype": "Report Profile", **defaults, **values}).insert()
	with acting(officers[1]):
		door.publish(doc.name)
	return doc.name


def rows_of_run(user: str, profile: str, controller: str = CONTROLLER) -> tuple[list[dict], dict]:
	"""Let a run be built; return the rows of its file and its manifest."""
	with acting(user):
		values = {"profile": profile, "controller": controller, "period": PERIOD}
		run = frappe.get_doc({"doctype": "Report Run", **values}).insert()
	build.build(run.name)
	frappe.set_user("Administrator")
	run.reload()
	assert run.workflow_state == "Built", run.failure
	with open(build.made_files(run)[0][0], encoding="utf-8-sig", newline="") as file:
		return list(csv.DictReader(file, delimiter=";")), json.loads(run.manifest)


# Rows --------------------------------------------------------------------------------------------------------------------


def test_only_rows_of_some_units_and_events(units, officers):
	row_of("Concern", units["A"], child="KIDA1", raised_on=DAY, workflow_state="Raised")
	keep = f"{units['A']}, {units['C']}"
	rows, said = rows_of_run(
		officers[0], profile_of(officers, ("event", "kaynti_pidetty, kaynti_peruttu"), ("unit", keep))
	)
	assert len(rows) == said["rows"] == VISITS["A"] + VISITS["C"]
	assert {(row["tapahtuma"], row["yksikko"]) for row in rows} == {
		("kaynti_pidetty", units["A"]),
		("kaynti_pidetty", units["C"]),
	}
	assert said["filters"][1] == {"source": "unit", "keep": [units["A"], units["C"]]}


def test_nobody_stands_alone_in_what_is_kept(units, officers):
	"""Children are counted among the rows that are kept: two of a unit are not hidden in those that are not."""
	without_unit = ROW_COLUMNS[:2]
	profile = profile_of(officers, ("unit", units["B"]), columns=without_unit)
	rows, said = rows_of_run(officers[0], profile)
	assert rows == []
	assert said["left_out_rows"] is None


@pytest.mark.parametrize(
	"kept",
	[
		("child", "KIDA1"),
		("name", "x"),
		("observation", "x"),
		("raised_by", "x"),
		("raised_on", "2025-04-10"),
		("day", "2025-04-10"),
		("gone", "x"),
		("", "x"),
		("unit", " , "),
	],
)
def test_rows_are_not_chosen_by_what_must_not_leave(officers, kept):
	for user in (officers[0], "Administrator"):
		with pytest.raises((ExportRefused, frappe.MandatoryError)):
			profile_of([user, officers[1]], kept, event="huoli_otettu_esiin")


def test_a_field_that_was_added_here_chooses_when_a_column_says_what_it_tells(officers, monkeypatch):
	found = sources.fields_of("huoli_otettu_esiin")
	field = sources.Field("custom_hurry", "Select", None, True)
	monkeypatch.setattr(sources, "fields_of", lambda _event: {**found, "custom_hurry": (field, None)})
	values = {"event": "huoli_otettu_esiin"}
	with pytest.raises(ExportRefused):
		profile_of(officers, ("custom_hurry", "Kyllä"), **values)
	column = {"key": "kiire", "source": "custom_hurry", "tells": "Attribute"}
	assert profile_of(officers, ("custom_hurry", "Kyllä"), columns=[*ROW_COLUMNS, column], **values)


# Figures -----------------------------------------------------------------------------------------------------------------

FIGURE_COLUMNS = tuple(
	{"key": source, "source": source}
	for source in ("jakso_alku", "tapahtumalaji", "toimipaikka_oid", "lkm", "lapsia", "peitetty")
)


def test_a_filter_of_figures_shows_nothing_that_the_whole_does_not(units, officers):
	row_of("Concern", units["A"], child="KIDA1", raised_on=DAY, workflow_state="Raised")
	figures = {"level": "Aggregate", "columns": FIGURE_COLUMNS}
	whole, _said = rows_of_run(officers[0], profile_of(officers, **figures))
	keep = f"{units['A']},{units['B']},kaikki"
	part, said = rows_of_run(
		officers[0],
		profile_of(officers, ("tapahtumalaji", "kaynti_pidetty"), ("toimipaikka_oid", keep), **figures),
	)
	assert part == [
		row
		for row in whole
		if row["tapahtumalaji"] == "kaynti_pidetty" and row["toimipaikka_oid"] in keep.split(",")
	]
	assert [row["lkm"] for row in part if row["toimipaikka_oid"] == units["B"]] == [""]
	assert said["hidden_rows"] == sum(row["peitetty"] == "1" for row in part)


@pytest.mark.parametrize("source", ["lkm", "lapsia", "peitetty", "kesto_ka_pv", "unit", "child"])
def test_figures_are_not_chosen_by_what_they_count(officers, source):
	with pytest.raises(ExportRefused):
		profile_of(officers, (source, "1"), level="Aggregate", columns=FIGURE_COLUMNS)


def test_the_preview_keeps_the_same(units, officers):
	doc = {
		"doctype": "Report Profile",
		"level": "Aggregate",
		"period_kind": "Month",
		"controller": CONTROLLER,
		"columns": FIGURE_COLUMNS,
		"filters": [{"source": "tapahtumalaji", "keep": "ei sellaista"}],
	}
	with acting(officers[0]):
		assert door.show_preview(json.dumps(doc))["rows"] == []
		doc["filters"][0]["source"] = "lkm"
		with pytest.raises(ExportRefused):
			door.show_preview(json.dumps(doc))


# Forms -------------------------------------------------------------------------------------------------------------------


def test_the_social_register_is_its_own_controllers_and_tells_of_no_unit(units, officers):
	county = factories.make_controller(kind="Wellbeing Services County")
	theirs = [factories.make_staff("Reporting Officer", controller=county) for _each in range(2)]
	for number in range(6):
		values = {"child": f"KIDA{number}", "ready_on": DAY, "workflow_state": "Ready"}
		row_of("Needs Assessment", units["A"], controller=county, **values)
	values = {"event": "arvio_valmis"}
	rows, _said = rows_of_run(officers[0], profile_of(officers, **values))
	assert rows == []
	profile = profile_of(theirs, controller=county, **values)
	rows, _said = rows_of_run(theirs[0], profile, county)
	assert {tuple(row.values()) for row in rows} == {(PERIOD, "arvio_valmis", "")}
	assert len(rows) == 6


def test_rows_of_the_childrens_plans(units, officers):
	for number in range(6):
		values = {"child": f"KIDA{number}", "confirmed_on": DAY, "workflow_state": "Confirmed"}
		row_of("Child Plan", units["A"], **values)
	row_of("Child Plan", units["A"], child="KIDA7", workflow_state="Draft")
	rows, _said = rows_of_run(officers[0], profile_of(officers, event="suunnitelma_vahvistettu"))
	assert {row["yksikko"] for row in rows} == {units["A"]}
	assert len(rows) == 6
	# Whoever names no event gets those that figures count.
	rows, _said = rows_of_run(officers[0], profile_of(officers))
	assert {row["tapahtuma"] for row in rows} == {"kaynti_pidetty"}


def test_every_form_is_offered_with_what_may_leave(officers):
	options = frappe.get_meta("Report Profile").get_field("event").options.split("\n")
	assert options == ["", *(event.key for event in (*sources.EVENTS, *sources.FORMS))]
	with acting(officers[0]):
		for event in options:
			offered = {each["value"] for each in door.fields("Rows", event)}
			assert offered.isdisjoint({"child", "child_name", "family", "observation"}), event
			assert "unit" in offered


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("reader", ["Reporting Officer", "Management Group"])
def test_what_a_column_is_filled_from_is_called_in_words(site, reader, language):
	"""In words of the language, not by the names of fields; and by words of its own, since the desk finds the field by them."""
	events = frappe.get_meta("Report Profile").get_field("event").options.split("\n")
	with acting(factories.make_staff(reader, controller=CONTROLLER)), speaking(language):
		for level, event in (("Aggregate", ""), *(("Rows", event) for event in events)):
			offered = door.fields(level, event)
			labels = [each["label"] for each in offered]
			assert len(set(labels)) == len(labels), event
			assert [each for each in offered if each["label"] == each["value"]] == [], event
	with speaking("fi"):
		visits = {each["value"]: each["label"] for each in door.fields("Rows", "kaynti_pidetty")}
	assert visits["day"] == "Tapahtuman päivä"
	# Of each row it is one, whatever the form keeps under this name.
	assert visits["number"] == "Määrä"


def test_a_label_is_no_markup(site, monkeypatch):
	monkeypatch.setattr(
		sources, "offered_of", lambda event: {"custom_x": "<img src=x>", "custom_y": "<img src=x>"}
	)
	found = door.fields("Rows")
	assert [each["label"] for each in found] == ["‹img src=x› (custom_x)", "‹img src=x› (custom_y)"]


def test_who_reads_no_profile_is_offered_nothing(site):
	with acting(factories.make_user("Early Educator")), pytest.raises(frappe.PermissionError):
		door.fields("Aggregate")


# Reading -----------------------------------------------------------------------------------------------------------------


def test_how_a_filter_is_written():
	assert filters.read("unit", " a ,b\n a,").keep == ("a", "b")
	with pytest.raises(Refused) as refused:
		filters.read("unit", " ,\n")
	assert refused.value.fault is Fault.FILTER_EMPTY
	chosen = filters.Filter("number", ("1",))
	assert [chosen.takes(value) for value in (1, "1", 2, None, "")] == [
		True,
		True,
		False,
		False,
		False,
	]
