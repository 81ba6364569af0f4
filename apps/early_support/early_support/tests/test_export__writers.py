"""Each format, read back by another library than the one that wrote it."""

import csv
import dataclasses
import datetime
import errno
import json
import tempfile
import tracemalloc

import duckdb
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from early_support.export import files, manifest, writers
from early_support.export.codes import CodeMap, Row
from early_support.export.columns import Column
from early_support.export.faults import Fault, Refused
from early_support.export.period import read_period

COLUMNS = (
	Column("kunta", "a", label_fi="Kunta", label_sv="Kommun", required=True),
	Column("lkm", "b", kind="Whole Number", label_fi="Määrä", label_sv="Antal"),
	Column("keskiarvo", "c", kind="Decimal"),
	Column("paiva", "d", kind="Day"),
	Column("peitetty", "e", kind="Yes or No"),
	Column("lahde", "f", code_map="lahteet"),
)
DAY = datetime.date(2026, 10, 31)
ROWS = (
	["790", 12, 3.5, DAY, False, "parent"],
	["790", None, None, None, True, None],
	['Päiväkoti; "Ukko"', -3, -0.25, datetime.date(2026, 2, 28), False, "=1+1"],
	["rivi\nvaihto", 0, 1e-07, DAY, True, "@x"],
)
MAPS = (CodeMap("lahteet", [Row("parent", "01", "Vanhempi", last=DAY)], "1.2.246.537.6.1", "2026"),)
FORMATS = tuple(writers.ENDINGS)


def write(kind, path, rows=ROWS, columns=COLUMNS, **options):
	with writers.writer(kind, path, columns, **options) as writer:
		for row in rows:
			writer.write(row)
	assert writer.rows == len(rows)
	return path


def test_csv_is_what_the_description_says(tmp_path):
	content = write(writers.CSV, tmp_path / "x.csv").read_bytes()
	assert (
		content
		== (
			"\ufeffkunta;lkm;keskiarvo;paiva;peitetty;lahde\r\n"
			"790;12;3,5;2026-10-31;0;parent\r\n"
			"790;;;;1;\r\n"
			'"Päiväkoti; ""Ukko""";-3;-0,25;2026-02-28;0;\'=1+1\r\n'
			'"rivi\nvaihto";0;1e-07;2026-10-31;1;\'@x\r\n'
		).encode()
	)
	table = duckdb.sql(
		f"select * from read_csv('{tmp_path}/x.csv', delim=';', header=true, decimal_separator=',')"
	)
	assert table.columns == [column.key for column in COLUMNS]
	assert [row[:5] for row in table.fetchall()][:3] == [
		("790", 12, 3.5, DAY, 0),
		("790", None, None, None, 1),
		('Päiväkoti; "Ukko"', -3, -0.25, datetime.date(2026, 2, 28), 0),
	]


def test_the_dialect_is_the_profiles(tmp_path):
	dialect = writers.Dialect(delimiter="\t", decimal=".", bom=False)
	content = write(writers.CSV, tmp_path / "x.csv", ROWS[:1], dialect=dialect).read_bytes()
	assert content.splitlines()[1] == b"790\t12\t3.5\t2026-10-31\t0\tparent"


@pytest.mark.parametrize(
	("encoding", "codec", "text"),
	[
		("UTF-8", "utf-8", "Šäåö €, Łódź"),
		("ISO-8859-15", "iso8859-15", "Šäåö €"),
		("Windows-1252", "cp1252", "Šäåö €"),
	],
)
@pytest.mark.parametrize("bom", [False, True])
def test_csv_in_the_encoding_of_the_profile(tmp_path, encoding, codec, text, bom):
	dialect = writers.Dialect(encoding=encoding, bom=bom)
	content = write(
		writers.CSV, tmp_path / "x.csv", [[text]], [Column("a", "a")], dialect=dialect
	).read_bytes()
	# The mark is one of UTF-8: elsewhere it would be letters before the first key.
	mark = b"\xef\xbb\xbf" if bom and encoding == "UTF-8" else b""
	assert content == mark + f"a\r\n{text}\r\n".encode(codec)


@pytest.mark.parametrize("encoding", ["ISO-8859-15", "Windows-1252"])
@pytest.mark.parametrize("by_column", [False, True])
def test_a_character_that_the_encoding_does_not_have(tmp_path, encoding, by_column):
	columns, rows = [Column("kunta", "a"), Column("lahde", "b")], [["Äänekoski", "x"], ["Pori", "Łódź"]]

	def attempt() -> None:
		dialect = writers.Dialect(encoding=encoding)
		with (
			files.whole(tmp_path / "x.csv") as part,
			writers.writer(writers.CSV, part, columns, dialect) as writer,
		):
			if by_column:
				writer.write_columns(list(zip(*rows, strict=True)))
			for row in rows:
				writer.write(row)

	with pytest.raises(Refused) as refused:
		attempt()
	assert refused.value.fault is Fault.CHARACTER_UNKNOWN
	assert refused.value.values == {"column": "lahde", "character": "Ł", "encoding": encoding}
	assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_never_becomes_a_formula(tmp_path, start):
	columns = [Column("a", "a")]
	write(writers.CSV, tmp_path / "x.csv", [[f"{start}cmd"]], columns)
	with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
		assert list(csv.reader(file, delimiter=";"))[1] == [f"'{start}cmd"]
	write(writers.XLSX, tmp_path / "x.xlsx", [[f"{start}cmd"]], columns)
	cell = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0]["A2"]
	assert cell.data_type == "s"


def test_json_lines_have_every_key_in_each(tmp_path):
	lines = write(writers.JSON_LINES, tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()
	assert json.loads(lines[1]) == {
		"kunta": "790",
		"lkm": None,
		"keskiarvo": None,
		"paiva": None,
		"peitetty": True,
		"lahde": None,
	}
	assert json.loads(lines[0])["paiva"] == "2026-10-31"
	found = duckdb.sql(f"select kunta, lkm, keskiarvo, peitetty, lahde from read_json('{tmp_path}/x.jsonl')")
	assert found.fetchall() == [(*row[:3], *row[4:]) for row in ROWS]


def test_parquet_has_the_types_of_the_columns(tmp_path):
	path = write(writers.PARQUET, tmp_path / "x.parquet")
	table = duckdb.sql(f"select * from read_parquet('{path}')")
	assert [str(each) for each in table.types] == [
		"VARCHAR",
		"BIGINT",
		"DOUBLE",
		"DATE",
		"BOOLEAN",
		"VARCHAR",
	]
	assert table.fetchall() == [tuple(row) for row in ROWS]


def test_parquet_without_rows_has_its_columns(tmp_path):
	path = write(writers.PARQUET, tmp_path / "x.parquet", [])
	assert duckdb.sql(f"select * from read_parquet('{path}')").columns == [each.key for each in COLUMNS]


def test_a_workbook_has_the_rows_and_the_code_book(tmp_path):
	book = writers.code_book(manifest.dictionary("tapahtumat", 1, COLUMNS, MAPS))
	path = write(writers.XLSX, tmp_path / "x.xlsx", book=book)
	read = openpyxl.load_workbook(path)
	assert read.sheetnames == ["Tiedot", "Sarakkeet", "Koodit"]
	rows = list(read["Tiedot"].values)
	assert rows[0] == tuple(column.key for column in COLUMNS)
	as_read = [
		[value.date() if isinstance(value, datetime.datetime) else value for value in row] for row in rows[1:]
	]
	assert as_read == [list(row) for row in ROWS]
	assert list(read["Sarakkeet"].values)[1] == ("kunta", "Kunta", "Kommun", "Text", "1", "")
	assert list(read["Koodit"].values)[1] == (
		"lahteet",
		"1.2.246.537.6.1",
		"2026",
		"parent",
		"01",
		"Vanhempi",
		"",
		"2026-10-31",
	)


def test_a_sheet_that_is_full_is_refused(tmp_path, monkeypatch):
	monkeypatch.setattr(writers, "MOST_SHEET_ROWS", 3)
	with pytest.raises(Refused) as refused:
		write(writers.XLSX, tmp_path / "x.xlsx")
	assert refused.value.fault is Fault.TOO_MANY_ROWS


def test_rows_of_a_sheet_that_fails_stay_nowhere(tmp_path, monkeypatch):
	"""A workbook keeps its rows in a file of its own until it is closed: never where the machine keeps what is passing."""
	outside, folder = tmp_path / "outside", tmp_path / "run"
	outside.mkdir()
	folder.mkdir()
	monkeypatch.setattr(tempfile, "tempdir", str(outside))

	def begin(path):
		with writers.writer(writers.XLSX, path, COLUMNS) as writer:
			writer.write(ROWS[0])
			assert list(outside.iterdir()) == []
			assert [each.name for each in folder.rglob("*") if each.is_file()]
			raise ZeroDivisionError

	with pytest.raises(ZeroDivisionError):
		begin(folder / "x.xlsx")
	assert list(outside.iterdir()) == list(folder.iterdir()) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_a_full_disk_is_told_alike_of_every_format(tmp_path, kind):
	path = tmp_path / "x"
	path.symlink_to("/dev/full")
	with pytest.raises(OSError, match="No space left") as full:
		write(kind, path)
	assert full.value.errno == errno.ENOSPC
	assert [each.name for each in tmp_path.iterdir()] == ["x"]


CELLS = {
	"Text": st.none() | st.text("ab;,\t\"'=+-@ä\r\n\x1f", max_size=4),
	"Whole Number": st.none() | st.integers(-5, 5),
	"Decimal": st.none() | st.floats(-3, 3, allow_nan=False),
	"Day": st.none() | st.dates(),
	"Yes or No": st.none() | st.booleans(),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(*(CELLS[column.kind] for column in COLUMNS)), min_size=1, max_size=8))
def test_columns_are_written_as_their_rows_are(tmp_path, rows):
	for kind, width in (("CSV", 6), ("CSV", 1), ("JSON Lines", 6)):
		columns, made = COLUMNS[:width], []
		for name in ("rows", "columns"):
			path = tmp_path / name
			with writers.writer(kind, path, columns) as writer:
				if name == "columns":
					writer.write_columns(list(zip(*(row[:width] for row in rows), strict=True)))
				else:
					for row in rows:
						writer.write(row[:width])
				assert writer.rows == len(rows)
			made.append(path.read_bytes())
		assert made[0] == made[1]


@pytest.mark.parametrize("kind", FORMATS)
def test_memory_does_not_grow_with_the_rows(tmp_path, monkeypatch, kind):
	"""Ten times the rows take no more memory than what a writer keeps together."""

	def peak(rows: int) -> int:
		row = ["790", 12, 3.5, DAY, False, "parent"]
		with writers.writer(kind, tmp_path / f"{rows}", COLUMNS) as writer:
			tracemalloc.start()
			try:
				for _number in range(rows):
					writer.write(row)
				return tracemalloc.get_traced_memory()[1]
			finally:
				tracemalloc.stop()

	monkeypatch.setattr(writers, "ROW_GROUP", 100)
	few, many = peak(200), peak(2000)
	assert many < few * 2 + 100_000


def test_the_manifest_says_what_was_made(tmp_path):
	path = write(writers.CSV, tmp_path / "x.csv")
	made = manifest.Made(
		run="RUN234567",
		profile="tapahtumat",
		version=2,
		level=manifest.ROWS,
		controller="790",
		period=read_period("Month", "2026-10"),
		columns=COLUMNS,
		maps=MAPS,
		rows=4,
		made_at=datetime.datetime(2026, 11, 2, 6, 0, tzinfo=datetime.timezone.utc),
		threshold=5,
		left_out=3,
		coarsened=7,
		key_version="1",
		dialect=writers.Dialect(delimiter="\t", encoding="ISO-8859-15"),
	)
	said = manifest.manifest(made, [path])
	assert said["format"] == {
		"name": "CSV",
		"encoding": "ISO-8859-15",
		"delimiter": "\t",
		"decimal_sign": ",",
		"byte_order_mark": False,
	}
	parquet = manifest.manifest(dataclasses.replace(made, file_format=writers.PARQUET), [path])["format"]
	assert (parquet.pop("name"), set(parquet.values())) == ("Parquet", {None})
	assert said["files"][0]["bytes"] == path.stat().st_size
	assert (said["rows"], said["coarsened_rows"], said["left_out_rows"]) == (4, 7, None)
	assert (said["first_day"], said["last_day"]) == ("2026-10-01", "2026-10-31")
	[code_map] = said["code_maps"]
	assert len(code_map.pop("sha256")) == 64
	assert code_map == {"name": "lahteet", "oid": "1.2.246.537.6.1", "version": "2026"}
	manifest.write_json(tmp_path / "x.manifest.json", said)
	assert json.loads((tmp_path / "x.manifest.json").read_text()) == said
	assert said["schema_sha256"] == manifest.dictionary("tapahtumat", 2, COLUMNS, MAPS)["schema_sha256"]
