"""Each shipped profile in each format, as it was when somebody last looked at it: tests/golden/.

Text is compared byte for byte, workbooks and Parquet by what another library reads out of them. What was meant to change is
written anew with ES_WRITE_GOLDEN=1, and looked at in the difference.
"""

import datetime
import json
import os
from pathlib import Path

import duckdb
import frappe
import openpyxl
import pytest

from early_support.drafts import once
from early_support.export import build
from early_support.tests import export_factories, export_years

GOLDEN = Path(__file__).parent / "golden"
PROFILES = ("kuukausitilasto", "palvelutilasto", "tapahtumat")
ENDINGS = {"CSV": "csv", "XLSX": "xlsx", "JSON Lines": "jsonl", "Parquet": "parquet"}
PERIOD = "2025-04"
MADE_AT = "2025-05-02T06:00:00+00:00"
IS_WRITING = bool(os.environ.get("ES_WRITE_GOLDEN"))


@pytest.fixture(autouse=True)
def municipality(site, monkeypatch, tmp_path):
	export_factories.settle(monkeypatch, tmp_path, export_years.CONTROLLER)
	export_years.make(datetime.date(2025, 4, 1), datetime.date(2025, 4, 30), most=90)


def built(profile: str, file_format: str, monkeypatch) -> dict[str, Path]:
	"""Build a run of a shipped profile; return its files by what stands after the name of the profile in the golden ones."""
	name = f"{profile}-1"
	frappe.db.set_value("Report Profile", name, "file_format", file_format)
	monkeypatch.setattr(once, "new_name", lambda _doc: f"MALLI{PROFILES.index(profile)}AJO")
	asked = {"profile": name, "controller": export_years.CONTROLLER, "period": PERIOD}
	run = frappe.get_doc({"doctype": build.RUN, **asked}).insert()
	build.build(run.name)
	run.reload()
	assert run.workflow_state == "Built", run.failure
	data, described, said = (path for path, _sha256 in build.made_files(run))
	return {ENDINGS[file_format]: data, "dictionary.json": described, "manifest.json": said}


def content_of(path: Path) -> bytes:
	"""Return what a file holds; in a manifest the moment at which it was made is always the same."""
	content = path.read_bytes()
	if path.name.endswith("manifest.json"):
		made_at = json.loads(content)["made_at"]
		assert datetime.datetime.fromisoformat(made_at).tzinfo
		content = content.replace(made_at.encode(), MADE_AT.encode())
	return content


def read_back(path: Path) -> tuple[list[str], list[tuple]]:
	"""Return the header and the rows of a file, read by another library than the one that writes it."""
	if path.suffix == ".xlsx":
		header, *rows = openpyxl.load_workbook(path)["Tiedot"].iter_rows()
		return [cell.value for cell in header], [tuple(map(_cell, row)) for row in rows]
	reading = {
		".csv": f"read_csv('{path}', delim=';', header=true, decimal_separator=',', all_varchar=true)",
		".jsonl": f"read_json('{path}', format='newline_delimited', convert_strings_to_integers=false)",
		".parquet": f"read_parquet('{path}')",
	}
	table = duckdb.sql(f"select * from {reading[path.suffix]}")
	return table.columns, table.fetchall()


def says(path: Path) -> str:
	"""Return what a file says with its kinds: 1 is equal to 1.0, and to True."""
	sheets = []
	if path.suffix == ".xlsx":
		book = openpyxl.load_workbook(path)
		sheets = [(name, list(book[name].values)) for name in book.sheetnames[1:]]
	return repr((read_back(path), sheets))


def _cell(cell) -> object:
	# A workbook knows numbers, moments and booleans only.
	return cell.value.date() if isinstance(cell.value, datetime.datetime) else cell.value


def as_text(row: tuple) -> tuple:
	"""Return a row as a CSV file has it."""
	return tuple(
		None if value is None else str(int(value)) if isinstance(value, bool) else str(value) for value in row
	)


@pytest.mark.parametrize("file_format", ENDINGS)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_run_is_what_the_golden_file_says(profile, file_format, monkeypatch):
	for ending, path in built(profile, file_format, monkeypatch).items():
		# The manifest names the file: that of the shipped format is kept.
		if ending == "manifest.json" and file_format != "CSV":
			continue
		golden = GOLDEN / f"{profile}.{ending}"
		# Of these the bytes tell when they were made, and by which version of the library.
		is_read = ending in ("xlsx", "parquet")
		if IS_WRITING and not (is_read and golden.exists() and says(path) == says(golden)):
			golden.parent.mkdir(exist_ok=True)
			golden.write_bytes(content_of(path))
		assert says(path) == says(golden) if is_read else content_of(path) == golden.read_bytes()


@pytest.mark.parametrize("profile", PROFILES)
def test_the_golden_files_of_a_profile_say_the_same(profile):
	files = {ending: read_back(GOLDEN / f"{profile}.{ending}") for ending in ENDINGS.values()}
	header, rows = files["parquet"]
	said = json.loads((GOLDEN / f"{profile}.manifest.json").read_text())
	described = json.loads((GOLDEN / f"{profile}.dictionary.json").read_text())
	assert len(rows) == said["rows"] > 20
	assert header == [column["key"] for column in described["columns"]]
	assert files["jsonl"] == (header, rows)
	assert files["xlsx"] == (header, rows)
	assert files["csv"] == (header, [as_text(row) for row in rows])
	types = {
		"Text": str,
		"Whole Number": int,
		"Decimal": float,
		"Day": datetime.date,
		"Yes or No": bool,
	}
	for position, column in enumerate(described["columns"]):
		values = {type(row[position]) for row in rows} - {type(None)}
		assert values == {types[column["kind"]]}, column["key"]


def test_they_show_what_a_reader_has_to_expect():
	"""Else they would be samples of what is easy."""
	_header, figures = read_back(GOLDEN / "kuukausitilasto.parquet")
	assert {row[-1] for row in figures} == {True, False}
	assert any(row[9] and row[11] is not None for row in figures)
	_header, rows = read_back(GOLDEN / "tapahtumat.parquet")
	assert any("*" in row for row in rows)
	assert any(None in row for row in rows)
	assert {row[-1] > 1 for row in rows} == {True, False}
