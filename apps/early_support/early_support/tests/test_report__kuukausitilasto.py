"""Kuukausitilasto: the figures are right, small ones are hidden, and only the report's roles get them."""

import csv
import datetime
import io
import itertools
import json
import random
from collections import Counter, defaultdict

import frappe
import pytest
from frappe.desk.query_report import run
from frappe.utils import get_datetime, getdate

from early_support.access import assignments
from early_support.casework import clock
from early_support.early_support.report.kuukausitilasto.kuukausitilasto import execute
from early_support.exceptions import FilterNotUnderstood
from early_support.export import monthly
from early_support.naming import opaque_name
from early_support.tests import case_factories as cases
from early_support.tests import factories
from early_support.tests.factories import row_of

REPORT = "Kuukausitilasto"
DOWNLOAD = "/api/method/early_support.export.download.kuukausitilasto"
READERS = (
	"Reporting Officer",
	"Area Director",
	"Management Group",
	"Unit Director",
	"Family Counsellor",
	"Early Educator",
	"Special Needs Educator",
)
OTHERS = ("Social Worker", "Form Administrator", "Privacy Officer")
MONTHS = {"from_month": "2025-03", "to_month": "2025-05"}


@pytest.fixture
def units(site) -> list[str]:
	"""Three units of the default controller, one of them without an OID."""
	return [
		factories.make_unit(code="FIG-A", title="Aalto", unit_oid="1.2.246.562.10.1"),
		factories.make_unit(code="FIG-B", title="Besseri", unit_oid="1.2.246.562.10.2"),
		factories.make_unit(code="FIG-C", title="Cembalo"),
	]


def rows_by_key(rows: list[dict]) -> dict:
	return {(row["tapahtumalaji"], row["jakso_alku"][:7], row["unit"]): row for row in rows}


def figures(**filters) -> list[dict]:
	return monthly.rows(monthly.read_filters({**MONTHS, **filters}))


# The figures


def test_figures_agree_with_a_count_by_hand(units, monkeypatch):  # noqa: PLR0912, PLR0915  (the other way of counting)
	chance = random.Random(4)
	records = []
	days = [datetime.date(2025, 2, 20) + datetime.timedelta(days=offset) for offset in range(110)]
	for number in range(420):
		unit = chance.choice([units[0], units[0], units[1], units[2]])
		day, child = chance.choice(days), f"K{chance.randrange(60)}"
		kind = number % 4
		if kind == 0:
			state = chance.choice(["Draft", "Raised", "Discussed", "Meeting Agreed", "Closed", "Urgent"])
			records.append(
				row_of(
					"Concern",
					unit,
					child=child,
					workflow_state=state,
					raised_on=None if state == "Draft" else day,
					observed_on=day,
					discussed_on=day + datetime.timedelta(days=3),
					meeting_proposed_on=day + datetime.timedelta(days=5),
					agreed_on=day + datetime.timedelta(days=9),
					urgent_on=day if state == "Urgent" else None,
				)
			)
		elif kind == 1:
			asked = get_datetime(f"{day} 23:30:00")
			answered = chance.choice([None, asked + datetime.timedelta(days=2)])
			state = "Answered" if answered else "Requested"
			records.append(
				row_of("Consultation", unit, workflow_state=state, requested_on=asked, answered_on=answered)
			)
		elif kind == 2:
			state = chance.choice(["Proposed", "Agreed", "Under Way", "Ended", "Withdrawn"])
			records.append(
				row_of(
					"Support Period",
					unit,
					child=child,
					workflow_state=state,
					agreed_on=day,
					ended_on=day + datetime.timedelta(days=40) if state == "Ended" else None,
					withdrawn_on=day + datetime.timedelta(days=11) if state == "Withdrawn" else None,
				)
			)
		else:
			state = chance.choice(["Planned", "Held", "Held", "Cancelled", "Not Attended"])
			records.append(
				row_of(
					"Visit",
					unit,
					child=child,
					workflow_state=state,
					visit_date=day,
					support_period=opaque_name(),
					number=1,
				)
			)

	expected, children, days_of = Counter(), defaultdict(set), defaultdict(list)

	def note(event, record, day, since=None):
		if day is None:
			return
		key = (event, str(getdate(day))[:7], record.unit)
		expected[key] += 1
		children[key].add(record.get("child"))
		if since is not None:
			days_of[key].append((getdate(day) - getdate(since)).days)

	for record in records:
		state = record.workflow_state
		if record.doctype == "Concern" and state != "Draft":
			note("huoli_otettu_esiin", record, record.raised_on)
			if state != "Raised":
				note("huoli_puheeksi", record, record.discussed_on, record.observed_on)
				note("tapaaminen_ehdotettu", record, record.meeting_proposed_on)
			if state in ("Meeting Agreed", "Urgent", "Closed"):
				note("tapaaminen_sovittu", record, record.agreed_on, record.meeting_proposed_on)
			note("kiireellinen", record, record.urgent_on)
		elif record.doctype == "Consultation":
			note("konsultaatio_pyydetty", record, record.requested_on)
			note("konsultaatio_vastattu", record, record.answered_on, record.requested_on)
		elif record.doctype == "Support Period":
			if state != "Proposed":
				note("tukijakso_sovittu", record, record.agreed_on)
			note("tukijakso_paattynyt", record, record.ended_on, record.agreed_on)
			note("tukijakso_peruttu", record, record.withdrawn_on)
		elif record.doctype == "Visit":
			event = {"Held": "pidetty", "Cancelled": "peruttu", "Not Attended": "ei_saavuttu"}.get(state)
			if event:
				note(f"kaynti_{event}", record, record.visit_date)

	# Without suppression first: with a threshold of one nothing is hidden.
	monkeypatch.setattr(monthly, "suppress", lambda cells, _threshold: _everything(cells))
	shown = rows_by_key(figures())
	in_period = {key: count for key, count in expected.items() if key[1] in {"2025-03", "2025-04", "2025-05"}}
	assert {key: row["lkm"] for key, row in shown.items()} == in_period
	assert len({key[0] for key in in_period}) == 13
	for key, row in shown.items():
		assert row["lapsia"] == (None if key[0].startswith("konsultaatio") else len(children[key])), key
		mean = round(sum(days_of[key]) / len(days_of[key])) if days_of[key] else None
		assert row["kesto_ka_pv"] == mean, key

	# And with it: a figure is the right one or hidden, and every small one is hidden.
	monkeypatch.undo()
	shown = rows_by_key(figures())
	for key, count in in_period.items():
		assert shown[key]["lkm"] in (count, None)
		if count < 5 or (not key[0].startswith("konsultaatio") and len(children[key]) < 5):
			assert shown[key]["peitetty"] == 1
	for key, row in shown.items():
		if key[2] is None and row["lkm"] is not None:
			assert row["lkm"] == sum(count for other, count in in_period.items() if other[:2] == key[:2])
	assert any(row["peitetty"] for row in shown.values())
	assert any(row["lkm"] for row in shown.values())


def test_steps_out_of_order_are_left_out_of_the_mean(units):
	"""An urgent concern may be talked about before the day on which it was seen has been put right."""
	day = datetime.date(2025, 4, 10)
	for number in range(10):
		row_of(
			"Concern",
			units[0],
			child=f"K{number}",
			workflow_state="Urgent",
			discussed_on=day,
			observed_on=day + datetime.timedelta(days=30 if number < 5 else -4),
		)
	assert rows_by_key(figures())["huoli_puheeksi", "2025-04", units[0]]["kesto_ka_pv"] == 4


def _everything(cells):
	from early_support.export.suppress import Published

	return [
		Published(
			cell.group,
			cell.unit,
			cell.count,
			cell.persons,
			round(cell.days / cell.timed) if cell.timed else None,
			False,
		)
		for cell in cells
	]


def test_work_of_role_users_is_counted(site):
	team = cases.make_team()
	before = _raw_counts()
	with clock.at("2025-04-10 09:00:00"):
		cases.consultation_in("Answered", team)
		period = cases.period_in("Under Way", team, proposed_on="2025-04-10")
		cases.visit_in("Held", team, period=period)
	after = _raw_counts()
	after.subtract(before)
	assert {key: count for key, count in after.items() if count} == {
		"huoli_otettu_esiin": 1,
		"huoli_puheeksi": 1,
		"tapaaminen_ehdotettu": 1,
		"tapaaminen_sovittu": 1,
		"konsultaatio_pyydetty": 1,
		"konsultaatio_vastattu": 1,
		"tukijakso_sovittu": 1,
		"kaynti_pidetty": 1,
	}


def _raw_counts() -> Counter:
	chosen = monthly.read_filters(MONTHS)
	units = monthly._units(chosen.controllers)
	counts = Counter()
	for cell in monthly._cells(chosen, units):
		counts[cell.group.event] += cell.count
	return counts


def test_columns_are_those_of_the_domain(units):
	columns, data, message, chart = execute(MONTHS)
	assert [column["fieldname"] for column in columns] == [
		"kunta",
		"hyvinvointialue",
		"toimipaikka_oid",
		"jakso_alku",
		"jakso_loppu",
		"tapahtumalaji",
		"lahde",
		"ikaryhma",
		"vyohyke_luokka",
		"lkm",
		"lapsia",
		"kesto_ka_pv",
		"lopputulos",
		"peitetty",
	]
	assert data == []
	assert chart is None
	assert "5" in message


def test_row_names_unit_municipality_and_month(units):
	for _number in range(6):
		row_of("Consultation", units[0], workflow_state="Requested", requested_on="2025-04-30 23:59:59")
		row_of("Consultation", units[2], workflow_state="Requested", requested_on="2025-04-01 00:00:00")
	rows = figures()
	assert [row["toimipaikka_oid"] for row in rows] == ["1.2.246.562.10.1", "FIG-C", "kaikki"]
	assert [row["lkm"] for row in rows] == [6, 6, 12]
	assert {(row["kunta"], row["hyvinvointialue"]) for row in rows} == {("999", "98")}
	assert {(row["jakso_alku"], row["jakso_loppu"]) for row in rows} == {("2025-04-01", "2025-04-30")}


def test_filters_hide_rows_and_change_no_figure(units):
	for unit, count in zip(units, (2, 9, 12), strict=True):
		for _number in range(count):
			row_of("Consultation", unit, workflow_state="Requested", requested_on="2025-04-10 10:00:00")
	everything = rows_by_key(figures())
	assert everything["konsultaatio_pyydetty", "2025-04", units[0]]["peitetty"] == 1
	assert everything["konsultaatio_pyydetty", "2025-04", None]["lkm"] == 23
	for unit in units:
		only = rows_by_key(figures(unit=unit))
		assert {key[2] for key in only} == {unit, None}
		assert all(everything[key] == row for key, row in only.items())
	area = factories.make_area()
	other = factories.make_unit(code="FIG-D", service_area=area)
	assert {row["unit"] for row in figures(service_area=area)} == {None}
	assert {row["unit"] for row in figures(service_area=factories.AREA)} == {*units, None}
	assert {row["unit"] for row in figures(service_area=area, unit=other)} == {None}


def test_threshold_is_the_setting_and_never_under_three(units):
	for unit, count in zip(units, (4, 20, 30), strict=True):
		for _number in range(count):
			row_of("Consultation", unit, workflow_state="Requested", requested_on="2025-04-10 10:00:00")
	key = ("konsultaatio_pyydetty", "2025-04", units[0])
	assert rows_by_key(figures())[key]["peitetty"] == 1
	for value, hidden in ((4, 0), (1, 0), (0, 1)):
		frappe.db.set_single_value("Early Support Settings", "suppression_threshold", value)
		assert rows_by_key(figures())[key]["peitetty"] == hidden
	frappe.db.set_single_value("Early Support Settings", "suppression_threshold", 1)
	assert monthly.threshold() == 3


def test_chart_and_words_show_totals_only(units):
	for _number in range(7):
		row_of("Consultation", units[0], workflow_state="Answered", answered_on="2025-04-10 10:00:00")
	_columns, data, _message, chart = execute(MONTHS)
	assert {row["tapahtumalaji"] for row in data} == {"Consultation answered"}
	assert [row["unit_title"] for row in data] == ["Aalto", "Whole municipality"]
	assert chart["data"]["labels"] == ["2025-03", "2025-04", "2025-05"]
	assert {dataset["name"]: dataset["values"] for dataset in chart["data"]["datasets"]} == {
		"Concern raised": [0, 0, 0],
		"Consultation answered": [0, 7, 0],
		"Support period agreed": [0, 0, 0],
		"Visit held": [0, 0, 0],
	}


# The filters


@pytest.mark.parametrize(
	("filters", "told"),
	[
		({"from_month": "2025"}, "2026-10"),
		({"from_month": "2025-13"}, "2026-10"),
		({"to_month": "<b>x</b>"}, "&lt;b&gt;x"),
		({"from_month": "2025-05", "to_month": "2025-04"}, "later"),
		({"from_month": "2023-01", "to_month": "2025-01"}, "24"),
		({"unit": "NO-SUCH-UNIT"}, "NO-SUCH-UNIT"),
		({"service_area": "NO-SUCH-AREA"}, "NO-SUCH-AREA"),
		({"controller": "NO-SUCH"}, "NO-SUCH"),
		({"unit": {"name": ["!=", "x"]}}, "unit"),
		({"from_month": ["2025-01"]}, "from_month"),
	],
)
def test_bad_filters_say_what_is_wrong(units, filters, told):
	with pytest.raises(FilterNotUnderstood, match=told):
		execute({**MONTHS, **filters})


def test_twenty_four_months_are_allowed(units):
	assert len(monthly.read_filters({"from_month": "2023-02", "to_month": "2025-01"}).months) == 24


def test_without_months_the_last_full_one_is_shown(site):
	chosen = monthly.read_filters(None)
	assert chosen.first == chosen.last
	assert chosen.last.last < getdate()


def test_the_running_month_is_not_counted(units, as_user, monkeypatch):
	"""Two reports in one day would tell whether something has come in between, in the own unit or in any other."""
	monkeypatch.setattr(monthly, "_today_month", lambda: (2025, 4))
	for _number in range(6):
		row_of("Consultation", units[0], workflow_state="Requested", requested_on="2025-03-10 10:00:00")
		row_of("Consultation", units[0], workflow_state="Requested", requested_on="2025-04-10 10:00:00")
	with as_user("Reporting Officer", units[0]):
		assert {row["jakso_alku"] for row in execute({**MONTHS, "to_month": "2025-04"})[1]} == {"2025-03-01"}
		for months in ({"from_month": "2025-04"}, {"from_month": "2025-04", "to_month": "2025-05"}):
			with pytest.raises(FilterNotUnderstood, match="2025-04"):
				execute(months)


# Who may see it


@pytest.mark.parametrize("role", READERS)
def test_every_reader_gets_the_same_suppressed_rows(units, as_user, role):
	for unit, count in zip(units, (2, 9, 12), strict=True):
		for _number in range(count):
			row_of("Consultation", unit, workflow_state="Requested", requested_on="2025-04-10 10:00:00")
	everything = figures(controller=factories.CONTROLLER)
	assert len(everything) == 4
	with as_user(role, units[0]):
		answer = run(REPORT, filters=json.dumps(MONTHS), ignore_prepared_report=True)
		assert [(row["unit"], row["lkm"]) for row in answer["result"]] == [
			(row["unit"], row["lkm"]) for row in everything
		]
		# It is these rows and no case document that they see.
		if role in ("Reporting Officer", "Area Director", "Management Group"):
			assert not frappe.has_permission("Consultation", "read")


@pytest.mark.parametrize("own", range(4))
@pytest.mark.parametrize("role", ["Early Educator", "Unit Director"])
def test_staff_cannot_take_their_own_figures_off_the_total(units, as_user, role, own):
	"""Whoever works in a unit lists its consultations, and so knows its hidden figure; asked in every way that there is."""
	units = [*units, factories.make_unit(code="FIG-D", title="Delta")]
	tables = {"2025-03": (2, 9, 12, 30), "2025-04": (4, 1, 3, 7), "2025-05": (1, 1, 6, 11)}
	for month, counts in tables.items():
		for unit, count in zip(units, counts, strict=True):
			for _number in range(count):
				row_of("Consultation", unit, workflow_state="Requested", requested_on=f"{month}-10 10:00:00")
	with as_user(role, units[own]):
		known = Counter(
			str(day)[:7] for day in frappe.get_list("Consultation", pluck="requested_on", limit_page_length=0)
		)
		assert known == {month: counts[own] for month, counts in tables.items()}
		shown = {}
		for first, last in itertools.combinations_with_replacement(tables, 2):
			for narrowed in ({}, {"service_area": factories.AREA}, *({"unit": unit} for unit in units)):
				months = {"from_month": first, "to_month": last}
				answer = run(REPORT, filters=json.dumps({**months, **narrowed}), ignore_prepared_report=True)
				for row in answer["result"]:
					key = (row["jakso_alku"][:7], row["unit"])
					assert shown.setdefault(key, row["lkm"]) == row["lkm"], (key, first, last, narrowed)
	for month, total in ((month, shown[month, None]) for month in tables):
		hidden = {unit for unit in units if shown[month, unit] is None}
		if total is None:
			assert hidden == set(units)
			continue
		others = hidden - {units[own]}
		left = total - sum(shown[month, unit] for unit in units if unit not in hidden)
		left -= known[month] if units[own] in hidden else 0
		assert len(others) >= 2, month
		assert left - len(others) >= 5, month
	assert shown["2025-03", None] == 53


@pytest.mark.parametrize("role", OTHERS)
def test_other_roles_are_refused(units, as_user, role):
	with as_user(role, units[0]), pytest.raises(frappe.PermissionError):
		run(REPORT, filters=json.dumps(MONTHS), ignore_prepared_report=True)


def test_other_controllers_are_closed(units, as_user):
	foreign = factories.make_controller()
	area = factories.make_area(controller=foreign)
	unit = factories.make_unit(service_area=area)
	for _number in range(9):
		row_of(
			"Consultation",
			unit,
			workflow_state="Requested",
			requested_on="2025-04-10 10:00:00",
			controller=foreign,
		)
	with as_user("Reporting Officer", units[0]):
		assert figures() == []
		for filters in ({"controller": foreign}, {"unit": unit}, {"service_area": area}):
			with pytest.raises(FilterNotUnderstood):
				figures(**filters)
	with as_user("Reporting Officer", controller=foreign):
		assert [row["lkm"] for row in figures()] == [9, 9]
	with as_user("Reporting Officer", assigned=False):
		assert figures() == []


def test_counsellor_sees_the_controller_of_the_units_they_are_liaison_of(units):
	counsellor = factories.make_staff("Family Counsellor", controller=cases.county())
	assert monthly.controllers_of(counsellor) == ()
	factories.make_liaison(units[0], counsellor)
	assignments.forget()
	assert monthly.controllers_of(counsellor) == (factories.CONTROLLER,)


# The download


def fill(units):
	for unit, count in zip(units, (2, 9, 12), strict=True):
		for _number in range(count):
			row_of("Consultation", unit, workflow_state="Requested", requested_on="2025-04-10 10:00:00")


def test_csv_holds_the_same_rows(units, api):
	fill(units)
	officer = factories.make_staff("Reporting Officer", units[0])
	response = api(officer).get(DOWNLOAD, query_string={"filters": json.dumps(MONTHS)})
	assert response.status_code == 200
	assert response.headers["Content-Type"].startswith("text/csv")
	assert "kuukausitilasto-2025-03-2025-05.csv" in response.headers["Content-Disposition"]
	content = response.get_data()
	assert content.startswith(b"\xef\xbb\xbf")
	read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
	assert tuple(read[0]) == monthly.COLUMNS
	expected = figures(controller=factories.CONTROLLER)
	assert [
		{key: "" if row[key] is None else str(row[key]) for key in monthly.COLUMNS} for row in expected
	] == read
	assert [row["lkm"] for row in read if row["peitetty"] == "1"] == ["", "", ""]


def test_file_of_one_month_has_its_name(units, api):
	officer = factories.make_staff("Reporting Officer", units[0])
	filters = json.dumps({"from_month": "2025-04", "to_month": "2025-04"})
	response = api(officer).get(DOWNLOAD, query_string={"filters": filters})
	assert "kuukausitilasto-2025-04.csv" in response.headers["Content-Disposition"]
	assert response.get_data().decode("utf-8-sig").strip() == ";".join(monthly.COLUMNS)


@pytest.mark.parametrize("role", OTHERS)
def test_download_is_refused_to_other_roles(units, api, role):
	user = factories.make_staff(role, units[0])
	assert api(user).get(DOWNLOAD, query_string={"filters": json.dumps(MONTHS)}).status_code == 403


def test_download_is_refused_to_guests_and_by_post(units, api):
	assert api(None).get(DOWNLOAD, query_string={"filters": json.dumps(MONTHS)}).status_code == 403
	officer = factories.make_staff("Reporting Officer", units[0])
	assert api(officer).post(DOWNLOAD, json={"filters": MONTHS}).status_code == 403


@pytest.mark.parametrize("filters", ['{"from_month": "x"}', "[1]", '"text"', "{", '{"unit": "NONE"}'])
def test_download_with_bad_filters_is_refused_calmly(units, api, filters):
	officer = factories.make_staff("Reporting Officer", units[0])
	response = api(officer).get(DOWNLOAD, query_string={"filters": filters})
	assert response.status_code == 417
	assert "FilterNotUnderstood" in response.get_data(as_text=True)


def test_export_of_frappe_gives_nothing_more(units, api):
	fill(units)
	officer = factories.make_staff("Reporting Officer", units[0])
	form = {
		"report_name": REPORT,
		"file_format_type": "CSV",
		"filters": json.dumps(MONTHS),
		"visible_idx": json.dumps(list(range(50))),
		"csv_delimiter": ";",
		"csv_quoting": "2",
	}
	response = api(officer).get("/api/method/frappe.desk.query_report.export_query", query_string=form)
	if response.status_code == 200:
		text = response.get_data(as_text=True)
		assert text.count("2025-04-01") <= len(figures(controller=factories.CONTROLLER))
	else:
		assert response.status_code == 403
