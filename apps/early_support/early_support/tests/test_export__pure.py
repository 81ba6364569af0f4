"""The pure parts of the export: months, the table of events, delimited text."""

import csv
import datetime
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from early_support.export.delimited import safe_cell, to_csv
from early_support.export.events import EVENTS, FORMS
from early_support.export.period import Month, months_between

APP = Path(__file__).resolve().parents[1]


def test_month_knows_its_days():
	assert Month.parse("2024-02").first == datetime.date(2024, 2, 1)
	assert Month.parse("2024-02").last == datetime.date(2024, 2, 29)
	assert str(Month.parse("2026-10")) == "2026-10"


@pytest.mark.parametrize(
	"text", ["2026-13", "2026-00", "10-2026", "2026-1", "2026/10", "1999-12", "", "x", None, "2026-10-01"]
)
def test_other_texts_are_no_months(text):
	with pytest.raises(ValueError):  # noqa: PT011  (the text itself is the message)
		Month.parse(text)


def test_months_between_count_both_ends_and_cross_the_year():
	months = months_between(Month(2025, 11), Month(2026, 2))
	assert [str(month) for month in months] == ["2025-11", "2025-12", "2026-01", "2026-02"]
	assert months_between(Month(2026, 2), Month(2026, 1)) == []
	assert Month(2026, 1).after(-1) == Month(2025, 12)


def test_events_stand_on_fields_and_states_that_exist():
	everything = (*EVENTS, *FORMS)
	assert len({event.key for event in everything}) == len(everything)
	for event in everything:
		folder = event.doctype.lower().replace(" ", "_")
		doctype = json.loads((APP / f"early_support/doctype/{folder}/{folder}.json").read_text())
		fields = {field["fieldname"]: field["fieldtype"] for field in doctype["fields"]}
		assert fields[event.day] in {"Date", "Datetime"}, event
		assert event.since is None or fields[event.since] in {"Date", "Datetime"}, event
		assert ("child" in fields) is event.child, event
		workflow = json.loads((APP / f"early_support/workflow/{folder}/{folder}.json").read_text())[
			"workflow"
		]
		states = {row["state"] for row in workflow["states"]}
		assert {*event.states, *event.not_states} <= states, event


def test_csv_is_read_back_as_it_was():
	rows = [{"a": 'Päiväkoti; "Ukko"', "b": 3, "c": None}, {"a": "rivi\nvaihto", "b": 0, "c": 1.5}]
	content = to_csv(["a", "b", "c"], rows)
	assert content.startswith(b"\xef\xbb\xbf")
	read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
	assert read == [["a", "b", "c"], ['Päiväkoti; "Ukko"', "3", ""], ["rivi\nvaihto", "0", "1.5"]]


@given(st.text("'=+-@\t\rab", max_size=6))
def test_whoever_takes_our_apostrophe_off_has_the_text_as_it_was(text):
	"""The rule for a reader in docs/export.md."""
	cell = safe_cell(text)
	assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
	is_ours = cell.startswith("'") and cell.lstrip("'").startswith(("=", "+", "-", "@", "\t", "\r"))
	assert (cell[1:] if is_ours else cell) == text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_escaped(start):
	content = to_csv(["a"], [{"a": f"{start}1+1"}]).decode("utf-8-sig")
	assert (
		next(iter(csv.reader(io.StringIO(content.split("\r\n", 1)[1], newline=""), delimiter=";")))[0]
		== f"'{start}1+1"
	)
