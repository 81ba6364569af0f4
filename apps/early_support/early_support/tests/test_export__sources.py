"""What is read for rows, from each table: the values of each record, whole pages, and nobody else's records."""

import datetime

import frappe
import pytest

from early_support.export import sources, texts
from early_support.export.columns import months_of_age
from early_support.export.events import GUIDANCE_COUNT
from early_support.export.faults import Fault, Refused
from early_support.export.filters import Filter
from early_support.naming import opaque_name
from early_support.tests import factories
from early_support.tests.factories import CONTROLLER, row_of

DAY = datetime.date(2003, 4, 10)
ALL = tuple(sources.fields_of(None))


@pytest.fixture(autouse=True)
def unit(site) -> str:
	return factories.make_unit(code="LUKU-A")


@pytest.fixture
def child(unit) -> str:
	name = opaque_name()
	frappe.get_doc({"doctype": "Child", "name": name, "unit": unit, "birth_date": "1999-04-11"}).db_insert()
	return name


def records(names=ALL, event: str | None = None) -> list[dict]:
	"""Return what is read of April 2003."""
	asked = sources.Asked(
		CONTROLLER, datetime.date(2003, 4, 1), datetime.date(2003, 4, 30), event, tuple(names)
	)
	reader = sources.Reader(asked)
	# What the test has written is seen by its own connection only.
	pages = list(reader.pages(frappe.local.db._conn))
	found = []
	for page in pages:
		columns = reader.records(page, names)
		assert {len(values) for values in columns.values()} == {page.rows}
		found += [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
	return found


def test_each_table_says_what_its_records_hold(unit, child):
	concern = row_of(
		"Concern",
		unit,
		child=child,
		zone="3",
		workflow_state="Discussed",
		observed_on="2003-03-31",
		raised_on="2003-02-01",
		discussed_on=DAY,
	)
	consultation = row_of(
		"Consultation", unit, age_band="0-2", workflow_state="Asked", requested_on=f"{DAY} 12:30:00"
	)
	period = row_of(
		"Support Period",
		unit,
		child=child,
		source="parent",
		outcome="ended",
		workflow_state="Ended",
		agreed_on="2003-05-01",
		ended_on=DAY,
	)
	visit = row_of(
		"Visit", unit, workflow_state="Held", visit_date="2003-04-11", child=child, support_period=period.name
	)
	kept = row_of(GUIDANCE_COUNT, unit, month="2003-04-01", event="neuvonta_annettu", number=7, children=0)
	zone = frappe.db.get_value("Worry Zone", "3", "zone_group")
	read = {record["name"]: record for record in records()}
	place = {"municipality": "999", "county": "98", "unit": unit, "unit_oid": unit, "unit_type": "tm01"}
	nothing = dict.fromkeys(("zone_group", "source", "outcome", "days", "person"))
	one = {"number": 1, "people": 1}
	expected = [
		(
			concern,
			{
				"event": "huoli_puheeksi",
				"age_band": "3-4",
				"zone_group": zone,
				"days": 10,
				"person": child,
				**one,
			},
		),
		(consultation, {"event": "konsultaatio_pyydetty", "age_band": "0-2", **one}),
		# It ended before it was agreed on: it has no duration.
		(
			period,
			{
				"event": "tukijakso_paattynyt",
				"age_band": "3-4",
				"source": "parent",
				"outcome": "ended",
				"person": child,
				**one,
			},
		),
		(
			visit,
			{
				"event": "kaynti_pidetty",
				"age_band": "3-4",
				"source": "parent",
				"person": child,
				"day": datetime.date(2003, 4, 11),
				**one,
			},
		),
		(
			kept,
			{
				"event": "neuvonta_annettu",
				"age_band": None,
				"number": 7,
				"people": 7,
				"day": datetime.date(2003, 4, 1),
			},
		),
	]
	assert set(read) == {row.name for row, _values in expected}
	for row, values in expected:
		wanted = {**place, **nothing, "day": DAY, "doctype": row.doctype, **values}
		assert {key: read[row.name][key] for key in wanted} == wanted, row.doctype


def test_columns_of_the_form_keep_their_types(unit, child):
	row_of(
		"Visit",
		unit,
		workflow_state="Held",
		visit_date=DAY,
		child=child,
		duration=45,
		creation=f"{DAY} 08:00:00",
	)
	[read] = records(("duration", "place", "workflow_state"), "kaynti_pidetty")
	assert (read["duration"], read["place"], read["workflow_state"]) == (45, None, "Held")


def test_pages_are_whole_and_in_order(unit, monkeypatch):
	monkeypatch.setattr(sources, "PAGE", 3)
	for number in (7, 6):
		visits = [
			row_of("Visit", unit, workflow_state="Held", visit_date=DAY).name for _number in range(number)
		]
		area = factories.make_area(controller=factories.make_controller())
		foreign = factories.make_unit(service_area=area)
		frappe.db.set_value("Visit", visits.pop(), "unit", foreign)
		assert [record["name"] for record in records(("name",), "kaynti_pidetty")] == sorted(visits)
		frappe.db.delete("Visit", {"visit_date": DAY})


def test_a_value_that_looks_like_two_is_refused(unit):
	row_of("Visit", unit, workflow_state="Held", visit_date=DAY, place="a\x1fb")
	with pytest.raises(Refused) as refused:
		records(("place",), "kaynti_pidetty")
	assert (refused.value.fault, refused.value.values) == (
		Fault.VALUE_UNREADABLE,
		{"field": "place", "form": "Visit"},
	)


def test_the_server_counts_months_as_we_do():
	days = [datetime.date(2019, 12, 27) + datetime.timedelta(days=each * 11) for each in range(60)]
	days += [datetime.date(2020, 2, 29), datetime.date(2023, 2, 28), datetime.date(2024, 2, 29)]
	days += [day.replace(day=1) - datetime.timedelta(days=1) for day in days]
	pairs = [(born, day) for born in days for day in (days[0], days[7], *days[-9:])]
	rows = " union all ".join(f"select date '{born}' born, date '{day}' day" for born, day in pairs)
	counted = frappe.db.sql(f"select {sources.MONTHS.format(born='born', day='day')} from ({rows}) pairs")
	expected = [months_of_age(born, day) if born <= day else -1 for born, day in pairs]
	assert [months for (months,) in counted] == expected


@pytest.mark.parametrize("filters", [[], [Filter("outcome", ("ended",))]])
def test_what_stands_between_values_moves_none_to_another_row(unit, filters):
	"""Also not in a column that a filter does not look at: the rows that it keeps would be of the right number again."""
	for source in ("parent", "par\x1fent", "other"):
		row_of("Support Period", unit, source=source, outcome="ended", workflow_state="Ended", ended_on=DAY)
	asked = sources.Asked(
		CONTROLLER,
		datetime.date(2003, 4, 1),
		datetime.date(2003, 4, 30),
		"tukijakso_paattynyt",
		("source", "outcome"),
	)
	reader = sources.Reader(asked)
	[page] = reader.pages(frappe.local.db._conn)
	with pytest.raises(Refused) as refused:
		reader.records(reader.kept(page, filters), ["source"])
	assert refused.value.fault is Fault.VALUE_UNREADABLE
	assert refused.value.values["field"] == "source"
	frappe.local.lang = "fi"
	try:
		said = texts.text_of(refused.value)
	finally:
		frappe.local.lang = "en"
	assert "”source”" in said
	assert "palvelimen ylläpitäjää" in said
