"""The reports on figures: right by another way of counting, small ones hidden, and only for those who may have them."""

import datetime
import json
import random
import statistics
from collections import Counter
from contextlib import contextmanager

import frappe
import pytest
from frappe.desk.query_report import run

from early_support.casework import clock
from early_support.exceptions import FilterNotUnderstood
from early_support.export import monthly
from early_support.export.events import GUIDANCE_COUNT
from early_support.figures import protect, read
from early_support.naming import opaque_name
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests.figures_attack import ALL, Sums, ranges
from early_support.tests.test_report__kuukausitilasto import OTHERS, READERS

CONCERNS, MEETINGS = "Concerns by Zone and Month", "Time from Concern to Meeting"
CONSULTATIONS, VISITS = "Consultations and Answer Time", "Visits and Outcomes"
SOURCES, LENGTHS = "Sources of Client Relationships", "Length of Client Relationships"
OF_PLACES, SOCIAL = (CONCERNS, MEETINGS, CONSULTATIONS, VISITS), (SOURCES, LENGTHS)
REPORTS = (*OF_PLACES, *SOCIAL)

SOCIAL_READERS = ("Management Group", "Reporting Officer", "Family Counsellor", "Social Worker")
UNIT_STAFF = ("Early Educator", "Special Needs Educator", "Unit Director", "Area Director")

SEASON = "2024-2025"
FIRST, LAST = datetime.date(2024, 8, 1), datetime.date(2025, 7, 31)
WORD = "Kuiskauspuu"  # in every text of the records below
ZONES = {
	"1": "no_worry",
	"2": "small_worry",
	"3": "small_worry",
	"4": "grey_zone",
	"6": "great_worry",
	None: "no_zone",
}
OUTCOMES = ("ended", "family-counselling", "other-services")


@pytest.fixture(autouse=True)
def _english(site):
	frappe.local.lang = "en"


def bulk(doctype: str, records: list[dict]) -> list[frappe._dict]:
	"""Write records as they would be in the database, past the workflow, which has no part in counting."""
	fields = sorted({field for record in records for field in record})
	rows = [(opaque_name(), "Administrator", *(record.get(field) for field in fields)) for record in records]
	frappe.db.bulk_insert(doctype, ["name", "owner", *fields], rows)
	return [frappe._dict(record, name=row[0]) for record, row in zip(records, rows, strict=True)]


def some_day(chance: random.Random) -> datetime.date:
	"""A day in the season, or some weeks before or after it."""
	return FIRST + datetime.timedelta(days=chance.randrange(-40, 400))


@pytest.fixture
def units(site) -> list[str]:
	"""Five units of three areas of a municipality of their own."""
	controller = make.make_controller()
	areas = [make.make_area(controller=controller) for _number in range(3)]
	return [make.make_unit(service_area=areas[number]) for number in (0, 0, 1, 1, 2)]


@pytest.fixture
def controller(units) -> str:
	return frappe.db.get_value("Day Care Unit", units[0], "controller")


def area_of(unit: str) -> str:
	return frappe.db.get_value("Day Care Unit", unit, "service_area")


class Work(frappe._dict):
	"""What was written: concerns, consultations, periods, visits, relationships."""


def fill(units: list[str], controller: str, seed: int = 7, size: float = 1) -> Work:
	"""Write random work in the units and in the register of the social services."""
	chance = random.Random(seed)
	place = [units[0]] * 3 + [*units]

	def some(number: int):
		return range(round(number * size))

	def of_unit(**values) -> dict:
		return {"unit": chance.choice(place), "controller": controller, **values}

	def plus(day: datetime.date, most: int) -> datetime.date:
		return day + datetime.timedelta(days=chance.randrange(most))

	concerns = []
	for number in some(420):
		day = some_day(chance)
		state = chance.choice(
			["Draft", "Raised", "Discussed", "Meeting Agreed", "Meeting Agreed", "Closed", "Declined"]
		)
		concerns.append(
			of_unit(
				child=f"K{number % 290}",
				child_name=WORD,
				observation=WORD,
				zone=chance.choice([*ZONES]),
				workflow_state=state,
				raised_on=day,
				agreed_on=plus(day, 20) if state in ("Meeting Agreed", "Closed") and number % 3 else None,
				meeting_on=plus(day, 60) if state == "Meeting Agreed" and number % 5 else None,
			)
		)
	consultations = []
	for _number in some(260):
		day = some_day(chance)
		answered = plus(day, 12) if chance.random() < 0.8 else None
		consultations.append(
			of_unit(
				question=WORD,
				workflow_state="Answered" if answered else "Requested",
				requested_on=f"{day} 23:50:00",
				answered_on=f"{answered} 00:10:00" if answered else None,
			)
		)
	periods = []
	for number in some(300):
		day, state = some_day(chance), chance.choice(["Ended", "Ended", "Ended", "Withdrawn", "Under Way"])
		periods.append(
			of_unit(
				child=f"K{number}",
				child_name=WORD,
				workflow_state=state,
				outcome=chance.choice([*OUTCOMES, *OUTCOMES, None]) if state == "Ended" else None,
				ended_on=day if state == "Ended" else None,
				withdrawn_on=day if state == "Withdrawn" else None,
			)
		)
	periods = bulk("Support Period", periods)
	visits = [
		of_unit(
			support_period=period.name,
			child=period.child,
			workflow_state=chance.choice(["Held", "Held", "Held", "Cancelled", "Planned"]),
			visit_date=FIRST,
			guidance=WORD,
			number=number,
		)
		for period in periods
		for number in range(chance.randrange(6))
	]
	relationships = []
	for number in some(320):
		day, state = some_day(chance), chance.choice(["Active", "Ended", "Ended", "Withdrawn"])
		relationships.append(
			{
				"unit": units[0],
				"controller": case.county(),
				"child": f"K{number}",
				"child_name": WORD,
				"own_worker": f"worker{chance.randrange(5)}",
				"source": chance.choice(
					["parent", "parent", "parent", "day-care", "veo", "maternity-clinic", None]
				),
				"tier": chance.choice(["Universal", "Universal", "Universal", "Special Support"]),
				"workflow_state": state,
				"started_on": day,
				"ended_on": plus(day, 500) if state == "Ended" else None,
				"ending_reason": chance.choice(["need-ended", "need-ended", "familys-word"])
				if state == "Ended"
				else None,
			}
		)
	return Work(
		concerns=bulk("Concern", concerns),
		consultations=bulk("Consultation", consultations),
		periods=periods,
		visits=bulk("Visit", visits),
		relationships=bulk("Client Relationship", relationships),
	)


def execute(name: str, **filters) -> tuple:
	folder = frappe.scrub(name)
	module = frappe.get_module(f"early_support.early_support.report.{folder}.{folder}")
	return module.execute({"season": SEASON, **filters})


def by_key(rows: list[dict]) -> dict[tuple[str, str], dict]:
	"""The rows by kind and key."""
	return {(row["kind"], row["key"]): row for row in rows}


def data_of(name: str, **filters) -> dict[tuple[str, str], dict]:
	return by_key(execute(name, **filters)[1])


@contextmanager
def nothing_hidden(monkeypatch):
	with monkeypatch.context() as patch:
		patch.setattr(protect._Protection, "run", lambda self: set(self.hidden))
		patch.setattr(protect, "LEAST_THRESHOLD", 1)
		patch.setattr(monthly, "threshold", lambda: 1)
		yield


# The figures, counted another way


def in_season(day: datetime.date | None) -> bool:
	return day is not None and FIRST <= day <= LAST


def quarter_of(day: datetime.date) -> str:
	quarters = {"2024-08–2024-10": (8, 9, 10), "2024-11–2025-01": (11, 12, 1)}
	quarters |= {"2025-02–2025-04": (2, 3, 4), "2025-05–2025-07": (5, 6, 7)}
	return next(key for key, months in quarters.items() if day.month in months)


def figures_of(  # noqa: PLR0912  (the other way of counting)
	name: str, work: Work
) -> list[tuple[list[tuple[str, str]], str, str | None, str, int | None]]:
	"""Every record that a report counts, in plain Python: its rows, its column, the child, the insider, its length."""
	found = []
	if name in (CONCERNS, MEETINGS):
		for each in work.concerns:
			if each.workflow_state == "Draft" or not in_season(each.raised_on):
				continue
			rows = [("whole", ALL), ("area", area_of(each.unit))]
			days = None
			if name == CONCERNS:
				column = ZONES[each.zone]
				rows.append(("month", each.raised_on.strftime("%Y-%m")))
				rows.append(("quarter", quarter_of(each.raised_on)))
			else:
				met = each.meeting_on or each.agreed_on
				column = "declined" if each.workflow_state == "Declined" else "none"
				if each.workflow_state in ("Meeting Agreed", "Closed") and met and met <= LAST:
					days = (met - each.raised_on).days
					column = ["week", "two_weeks", "month", "longer"][(days > 7) + (days > 14) + (days > 30)]
			found.append((rows, column, each.child, each.unit, days))
	elif name == CONSULTATIONS:
		for each in work.consultations:
			asked = datetime.date.fromisoformat(each.requested_on[:10])
			if in_season(asked):
				answered = each.answered_on and datetime.date.fromisoformat(each.answered_on[:10])
				days = (answered - asked).days if answered else None
				column = (
					"none"
					if days is None
					else ["next_day", "days", "week", "longer"][(days > 1) + (days > 3) + (days > 7)]
				)
				found.append(([("whole", ALL), ("area", area_of(each.unit))], column, None, each.unit, days))
	elif name == VISITS:
		held = Counter(each.support_period for each in work.visits if each.workflow_state == "Held")
		for each in work.periods:
			if in_season(each.ended_on or each.withdrawn_on):
				rows = [("whole", ALL), ("area", area_of(each.unit))]
				number = held[each.name]
				column = f"visits_{number}" if number < 4 else "visits_more"
				found.append((rows, column, each.child, each.unit, number))
	elif name == SOURCES:
		for each in work.relationships:
			if each.workflow_state != "Withdrawn" and in_season(each.started_on):
				column = {None: "running", "need-ended": "need_ended"}.get(each.ending_reason, "otherwise")
				rows = [("whole", ALL), ("item", each.source or "no_source")]
				found.append((rows, column, each.child, each.own_worker, None))
	else:
		for each in work.relationships:
			if each.workflow_state == "Ended" and in_season(each.ended_on):
				start, end = each.started_on, each.ended_on
				months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
				column = ["under_3", "from_3", "from_6", "longer"][
					(months >= 3) + (months >= 6) + (months >= 12)
				]
				found.append(
					(
						[("whole", ALL), ("item", each.tier)],
						column,
						each.child,
						each.own_worker,
						(end - start).days,
					)
				)
	return found


def columns_of(name: str) -> list[str]:
	"""The columns of counts, without totals; of the visits those by number."""
	columns = [column["fieldname"] for column in execute(name)[0] if column.get("figure") == "count"]
	return [each for each in columns if each != "total" and (name != VISITS or each.startswith("visits_"))]


def test_every_report_agrees_with_a_count_by_hand(units, controller, monkeypatch):
	"""Where clients come from (domain.md §6, 771-775), how long they stay (742-745), and all else that a report shows."""
	work = fill(units, controller, size=0.7)
	for name in REPORTS:
		expected, lengths = Counter(), {}
		for rows, column, _child, _insider, days in figures_of(name, work):
			for row in rows:
				expected[row, column] += 1
				expected[row, "total"] += 1
				if days is not None:
					lengths.setdefault(row, []).append(days)
		whole = expected[("whole", ALL), "total"]
		assert whole > 30, name
		place = controller if name in OF_PLACES else case.county()
		with nothing_hidden(monkeypatch):
			shown, columns = data_of(name, controller=place), columns_of(name)
		found = {
			(row, column): values[column] for row, values in shown.items() for column in (*columns, "total")
		}
		there = {row for row, _column in found}
		assert there >= {row for row, _column in expected if row[0] != "quarter"}
		assert {key: count for key, count in found.items() if count} == {
			key: count for key, count in expected.items() if key[0] in there
		}, name
		for row, values in shown.items():
			if "median" in values:
				days = lengths.get(row)
				assert values["median"] == (round(statistics.median(days)) if days else None), (name, row)
		# And as it is: each figure is the right one or hidden, and no small one is there.
		_columns, data, _message, chart = execute(name, controller=place)
		shown = by_key(data)
		for row, values in shown.items():
			for column in (*columns, "total"):
				assert values[column] in (None, expected[row, column]), (name, row, column)
				assert values[column] is None or not 0 < values[column] < 5, (name, row, column)
		assert shown["whole", ALL]["total"] == whole, name
		# With so much to draw each report has its chart (docs/reports.md).
		assert chart, name
		assert any(value for dataset in chart["data"]["datasets"] for value in dataset["values"]), name


def test_the_figures_are_the_same_when_cases_are_kept_as_counts_only(units, controller, monkeypatch):
	"""docs/lawful-use.md: a case that was turned into figures counts as it did (recording/)."""
	work = fill(units, controller, size=0.4)
	held = Counter(visit.support_period for visit in work.visits if visit.workflow_state == "Held")
	turned = [period for period in work.periods if period.workflow_state in ("Ended", "Withdrawn")][::2]
	rows = [
		{
			"unit": period.unit,
			"controller": controller,
			"event": "tukijakso_paattynyt" if period.workflow_state == "Ended" else "tukijakso_peruttu",
			"month": (period.ended_on or period.withdrawn_on).replace(day=1),
			"number": 1,
			"children": 1,
			"visits": held[period.name],
			"outcome": period.outcome,
		}
		for period in turned
	]
	with nothing_hidden(monkeypatch):
		before = data_of(VISITS, controller=controller)
		assert before["whole", ALL]["total"] > len(turned) > 10
		bulk(GUIDANCE_COUNT, rows)
		names = [period.name for period in turned]
		frappe.db.delete("Visit", {"support_period": ("in", names)})
		frappe.db.delete("Support Period", {"name": ("in", names)})
		assert data_of(VISITS, controller=controller) == before


def test_a_child_who_is_counted_already_is_no_further_child(units, controller):
	"""Else the figures of few children would pass for those of many."""
	kept = {"unit": units[0], "controller": controller, "event": "tukijakso_paattynyt", "month": FIRST}
	kept |= {"number": 1, "visits": 1, "outcome": "ended"}
	bulk(GUIDANCE_COUNT, [{**kept, "children": int(number < 4)} for number in range(6)])
	assert data_of(VISITS, controller=controller)["whole", ALL]["total"] is None
	bulk(GUIDANCE_COUNT, [{**kept, "children": 1} for _number in range(6)])
	assert data_of(VISITS, controller=controller)["whole", ALL]["total"] == 12


def test_shares_are_those_of_the_shown_figures(units, controller, monkeypatch):
	"""A third began with the parents' own contact (domain.md §6, 771-775)."""
	fill(units, controller, size=0.4)
	with nothing_hidden(monkeypatch):
		whole = data_of(MEETINGS, controller=controller)["whole", ALL]
		met = whole["week"] + whole["two_weeks"] + whole["month"] + whole["longer"]
		assert whole["soon"] == round(100 * (whole["week"] + whole["two_weeks"]) / met)
		whole = data_of(CONSULTATIONS, controller=controller)["whole", ALL]
		assert whole["soon"] == round(100 * (whole["next_day"] + whole["days"]) / whole["total"])
		rows = data_of(SOURCES, controller=case.county())
		parents, total = rows["item", "parent"], rows["whole", ALL]["total"]
		assert parents["part"] == round(100 * parents["total"] / total)
		ended = parents["need_ended"] + parents["otherwise"]
		assert parents["success"] == round(100 * parents["need_ended"] / ended)
		whole = data_of(LENGTHS, controller=case.county())["whole", ALL]
		assert whole["part"] == round(100 * whole["from_3"] / whole["total"])
	for name in REPORTS:
		for row in execute(name)[1]:
			for share in (row.get("soon"), row.get("part"), row.get("success")):
				assert share is None or 0 <= share <= 100


def test_the_sources_of_the_thesis_have_rows_of_their_own(units, monkeypatch):
	"""The special needs educator brought two, other day care staff none (domain.md §6; 53-55, 1214, 1727)."""
	begun = {"workflow_state": "Active", "controller": case.county(), "started_on": "2024-10-10"}
	sources = ["veo"] * 2 + ["parent"] * 8 + ["maternity-clinic"] * 14
	bulk(
		"Client Relationship",
		[{**begun, "child": f"K{n}", "source": source} for n, source in enumerate(sources)],
	)
	with nothing_hidden(monkeypatch):
		rows = data_of(SOURCES, controller=case.county())
	assert {key: row["total"] for (_kind, key), row in rows.items()} == {
		ALL: 24,
		"veo": 2,
		"parent": 8,
		"maternity-clinic": 14,
	}
	assert rows["item", "parent"]["part"] == 33
	assert data_of(SOURCES, controller=case.county())["item", "veo"]["total"] is None


def test_outcomes_agree_with_a_count_in_sql(units, controller, monkeypatch):
	fill(units, controller)
	expected = dict(
		frappe.db.sql(
			"""select if(workflow_state = 'Withdrawn', 'withdrawn', ifnull(concat('outcome_', outcome), 'no_outcome')),
				count(*) from `tabSupport Period` where controller = %s and (ended_on between %s and %s
				or withdrawn_on between %s and %s) group by 1""",
			(controller, FIRST, LAST, FIRST, LAST),
		)
	)
	with nothing_hidden(monkeypatch):
		whole = data_of(VISITS, controller=controller)["whole", ALL]
	keys = [key for key in whole if key.startswith("outcome_") or key in ("withdrawn", "no_outcome")]
	assert {key: whole[key] for key in keys if whole[key]} == {
		frappe.scrub(key): n for key, n in expected.items()
	}


# What is hidden


def weights(records: list, kind: str, insider: str | None) -> dict[tuple[str, str], int]:
	"""What stands behind each figure without the insider's own records: records, or children if these are fewer."""
	found: dict[tuple[str, str], list] = {}
	for rows, column, child, owner, _days in records:
		if owner != insider:
			for row, key in rows:
				if row in (kind, "whole"):
					found.setdefault((key, column), []).append(child)
					found.setdefault((key, ALL), []).append(child)
	return {
		figure: len(children) if None in children else len(set(children))
		for figure, children in found.items()
	}


@pytest.mark.parametrize("size", [0.1, 0.5])
def test_no_small_figure_of_any_report_follows_from_the_others(units, controller, size):
	"""The reader puts everything that a report shows into equations, and knows the own unit's, or own clients', figures."""
	work = fill(units, controller, seed=round(size * 10), size=size)
	insiders = (None, *units, *(f"worker{number}" for number in range(5)))
	asked = 0
	for name in REPORTS:
		shown = data_of(name, controller=controller if name in OF_PLACES else case.county())
		columns, records = columns_of(name), figures_of(name, work)
		for kind in {kind for kind, _key in shown} - {"whole"}:
			keys = tuple(key for row, key in shown if row == kind)
			figures = {
				(key, ALL if column == "total" else column): values[column]
				for (row, key), values in shown.items()
				if row in (kind, "whole")
				for column in (*columns, "total")
			}
			possible = ranges(Sums(keys, tuple(columns)), figures)
			for insider in insiders:
				for figure, weight in weights(records, kind, insider).items():
					if weight < 5 and figure in figures:
						asked += 1
						assert figures[figure] is None, (name, insider, figure)
						least, most = possible[figure]
						assert most > least, (name, insider, figure)
	assert asked


def test_the_month_report_gives_no_small_month_away(units, controller):
	"""Season less the months which kuukausitilasto shows: a single month with few is left out of the season."""

	def concern(day: str, number: int) -> dict:
		return {
			"unit": units[number % 5],
			"controller": controller,
			"child": f"{day} {number}",
			"workflow_state": "Raised",
			"raised_on": day,
			"zone": "2",
		}

	bulk("Concern", [concern(day, number) for day in ("2024-09-10", "2024-10-10") for number in range(60)])
	bulk("Concern", [concern("2024-11-10", number) for number in range(2)])
	rows = data_of(CONCERNS, controller=controller)
	assert rows["whole", ALL]["total"] == 120
	assert rows["month", "2024-11"]["total"] is None
	assert rows["month", "2024-12"]["total"] == rows["month", "2024-12"]["small_worry"] == 0
	assert data_of(MEETINGS, controller=controller)["whole", ALL]["total"] == 120
	# With two such months each hides the other.
	bulk("Concern", [concern(f"2025-0{month}-10", number) for month in (1, 2, 3) for number in range(2)])
	assert data_of(CONCERNS, controller=controller)["whole", ALL]["total"] == 128


def test_the_month_report_gives_no_small_month_of_a_unit_away(units, controller):
	"""A unit that is its area alone: the area's season less the unit's months."""
	asked = {"2024-10-10": [20, 20, 20, 20, 6], "2024-11-10": [20, 20, 20, 20, 3]}
	bulk(
		"Consultation",
		[
			{"unit": unit, "controller": controller, "requested_on": day}
			for day, numbers in asked.items()
			for unit, number in zip(units, numbers, strict=True)
			for _each in range(number)
		],
	)
	rows = data_of(CONSULTATIONS, controller=controller)
	assert rows["whole", ALL]["total"] == 169
	totals = {key: row["total"] for (kind, key), row in rows.items() if kind == "area"}
	assert totals[area_of(units[4])] is None
	assert sorted(totals.values(), key=str) == [80, None, None]


def test_the_area_filter_hides_rows_and_changes_no_figure(units, controller):
	fill(units, controller, size=0.4)
	for name in OF_PLACES:
		everything = data_of(name, controller=controller)
		for area in {area_of(unit) for unit in units}:
			only = data_of(name, controller=controller, service_area=area)
			assert set(only) == {key for key in everything if key in (("whole", ALL), ("area", area))}, name
			assert all(everything[key] == row for key, row in only.items())


def test_the_threshold_is_the_setting(units, controller):
	for number in range(4):
		day = f"2024-10-{number + 10}"
		bulk(
			"Consultation", [{"unit": unit, "controller": controller, "requested_on": day} for unit in units]
		)
	hidden = data_of(CONSULTATIONS, controller=controller)
	assert hidden["area", area_of(units[4])]["total"] is None
	frappe.db.set_single_value("Early Support Settings", "suppression_threshold", 4)
	shown = data_of(CONSULTATIONS, controller=controller)
	assert shown["area", area_of(units[4])]["total"] == 4
	frappe.db.set_single_value("Early Support Settings", "suppression_threshold", 30)
	assert data_of(CONSULTATIONS, controller=controller)["whole", ALL]["total"] is None


def test_a_chart_draws_nothing_that_is_hidden(units, controller):
	fill(units, controller, size=0.3)
	for name in REPORTS:
		place = controller if name in OF_PLACES else case.county()
		_columns, data, _message, chart = execute(name, controller=place)
		there = {value for row in data for value in row.values() if isinstance(value, int)}
		for dataset in chart["data"]["datasets"] if chart else ():
			assert len(dataset["values"]) == len(chart["data"]["labels"])
			if dataset["name"] != "Not told by zone":
				assert set(dataset["values"]) <= there | {0}, name


def test_what_a_month_does_not_tell_by_zone_is_drawn_as_such(units, controller):
	fill(units, controller, size=0.4)
	_columns, data, _message, chart = execute(CONCERNS, controller=controller)
	kind = "quarter" if any(row["kind"] == "quarter" for row in data) else "month"
	months = [row for row in data if row["kind"] == kind]
	assert len(chart["data"]["labels"]) == len(months) > 3
	for number, row in enumerate(months):
		drawn = sum(dataset["values"][number] for dataset in chart["data"]["datasets"])
		assert drawn == (row["total"] or 0)


def test_compared_with_the_season_before(units, controller):
	fill(units, controller, size=0.4)
	for name in REPORTS:
		place = controller if name in OF_PLACES else case.county()
		columns, data, _message, _chart = execute(name, controller=place, compare=1)
		before = data_of(name, season="2023-2024", controller=place)
		assert "In 2023-2024" in [column["label"] for column in columns]
		assert data[0]["before"] == before["whole", ALL]["total"]
		assert "before" not in execute(name, controller=place)[1][0]


# Empty, running and wrong seasons


def test_a_season_without_anything(units, controller):
	for name in REPORTS:
		place = controller if name in OF_PLACES else case.county()
		_columns, data, message, chart = execute(name, controller=place, season="2010-2011")
		assert chart is None
		assert "5" in message
		assert {row["total"] for row in data} == {0}, name
		assert all(row.get("median") is None for row in data)


def test_a_running_season_ends_with_the_last_full_month(units, controller):
	bulk(
		"Consultation",
		[
			{"unit": unit, "controller": controller, "requested_on": f"{day} 12:00:00"}
			for unit in units
			for day in ["2024-09-30"] * 10 + ["2024-10-01"] * 10
		],
	)
	with clock.at("2024-10-31"):
		assert data_of(CONSULTATIONS, controller=controller)["whole", ALL]["total"] == 50
		assert read.read_filters({}).season == SEASON
	with clock.at("2024-08-20"):
		assert data_of(CONSULTATIONS, controller=controller)["whole", ALL]["total"] == 0
		assert "2024-2025" in execute(CONSULTATIONS)[2]
		assert [row for row in data_of(CONCERNS, controller=controller) if row[0] == "month"] == []
		assert read.read_filters({}).season == "2023-2024"


@pytest.mark.parametrize(
	("filters", "told"),
	[
		({"season": "2024"}, "2026-2027"),
		({"season": "0000-0001"}, "2026-2027"),
		({"season": ["2024-2025"]}, "season"),
		({"controller": "<b>x</b>"}, "&lt;b&gt;x"),
		({"controller": {"name": ["!=", ""]}}, "controller"),
		({"compare": [1]}, "compare"),
	],
)
def test_bad_filters_say_what_is_wrong(site, filters, told):
	for name in REPORTS:
		with pytest.raises(FilterNotUnderstood, match=told):
			execute(name, **filters)


def test_an_area_of_nobody_is_refused(units, controller):
	elsewhere = make.make_area(controller=make.make_controller())
	for filters in ({"service_area": "NO-SUCH"}, {"service_area": elsewhere, "controller": controller}):
		with pytest.raises(FilterNotUnderstood):
			execute(CONCERNS, **filters)


# Who may see it


def asked_by(user: str, name: str, **filters) -> list[dict]:
	with case.acting(user):
		answer = run(name, filters=json.dumps({"season": SEASON, **filters}), ignore_prepared_report=True)
	assert WORD not in frappe.as_json(answer)
	return [row for row in answer["result"] if isinstance(row, dict)]


def test_every_reader_gets_the_same_figures_of_the_own_municipality(units, controller):
	fill(units, controller, size=0.4)
	figures = {name: execute(name, controller=controller)[1] for name in OF_PLACES}
	for role in READERS:
		user = make.make_staff(role, units[0])
		for name, data in figures.items():
			assert asked_by(user, name) == data, (role, name)


def test_figures_of_the_social_services_are_for_those_who_work_there(units, controller):
	fill(units, controller, size=0.4)
	figures = {name: execute(name, controller=case.county())[1] for name in SOCIAL}
	for role in SOCIAL_READERS:
		inside = make.make_staff(role, controller=case.county())
		outside = make.make_staff(role, controller=controller)
		for name, data in figures.items():
			assert asked_by(inside, name) == data, (role, name)
			assert {row["total"] for row in asked_by(outside, name)} == {0}
			with case.acting(outside), pytest.raises(FilterNotUnderstood):
				execute(name, controller=case.county())


def test_unit_staff_get_no_figure_of_the_social_services(units, controller, api):
	fill(units, controller, size=0.4)
	for role in UNIT_STAFF:
		user = make.make_staff(role, units[0])
		# Not even with a place in the county, where such a role has no work.
		assignment = {"user": user, "role": role, "controller": case.county(), "from_date": make.LONG_AGO}
		frappe.get_doc({"doctype": "Staff Assignment", "name": opaque_name(), **assignment}).db_insert()
		client = api(user)
		for name in SOCIAL:
			with case.acting(user):
				with pytest.raises(frappe.PermissionError):
					run(name, filters=json.dumps({"season": SEASON}), ignore_prepared_report=True)
				# Nor past the report's own roles.
				assert execute(name)[1] == []
			sent = {"report_name": name, "filters": {"season": SEASON}}
			assert client.post("/api/method/frappe.desk.query_report.run", json=sent).status_code == 403


def test_others_are_refused(units, api):
	guest = api(None)
	website = api(make.make_user(user_type="Website User"))
	users = [make.make_staff(role, units[0]) for role in OTHERS]
	for name in REPORTS:
		sent = {"report_name": name, "filters": {"season": SEASON}}
		for client in (guest, website):
			assert client.post("/api/method/frappe.desk.query_report.run", json=sent).status_code == 403
		for user, role in zip(users, OTHERS, strict=True):
			if name in SOCIAL and role in SOCIAL_READERS:
				continue
			with case.acting(user), pytest.raises(frappe.PermissionError):
				run(name, filters=json.dumps({"season": SEASON}), ignore_prepared_report=True)


def test_without_an_assignment_there_is_nothing(units, controller):
	fill(units, controller, size=0.1)
	for role in ("Management Group", "Reporting Officer"):
		user = make.make_staff(role, assigned=False)
		assert [asked_by(user, name) for name in REPORTS] == [[]] * len(REPORTS)


def test_every_word_is_finnish_for_finns(units, controller):
	fill(units, controller, size=0.3)
	frappe.local.lang = "fi"
	for name in REPORTS:
		place = controller if name in OF_PLACES else case.county()
		columns, data, message, chart = execute(name, controller=place, compare=1)
		words = [column["label"] for column in columns] + [row["label"] for row in data] + [message]
		words += [dataset["name"] for dataset in chart["data"]["datasets"]] if chart else []
		english = {
			"Whole",
			"Concerns",
			"Median",
			"worry",
			"days",
			"visit",
			"The",
			"Figures",
			"months",
			"August",
			"In ",
		}
		assert [word for word in words if any(part in word for part in english)] == [], name
