"""The pure parts of a profile's export: periods, code maps, pseudonyms, data classes, columns."""

import base64
import datetime
import hashlib
import hmac
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from early_support.export import classes, period
from early_support.export.classes import DataClass, Field
from early_support.export.codes import CodeMap, Row
from early_support.export.columns import AgeBand, Column, Mapper, age_band, check_keys, schema_hash
from early_support.export.faults import Fault, Refused
from early_support.export.pseudonyms import Pseudonyms, new_key, next_version

EXPORT = Path(__file__).resolve().parents[1] / "export"
DAY = datetime.date(2026, 10, 15)
ONE_DAY = datetime.timedelta(days=1)
KEY = base64.b64encode(bytes(range(32))).decode()
LISTS = ("Referral Source", "Age Band")

PURE = (
	"classes",
	"codes",
	"columns",
	"crowd",
	"delimited",
	"differences",
	"events",
	"faults",
	"files",
	"filters",
	"folder",
	"https",
	"limits",
	"manifest",
	"period",
	"pseudonyms",
	"schedule_core",
	"sftp",
	"spool",
	"suppress",
	"writers",
)


def refused(fault: Fault, **values):
	"""Expect a refusal for this reason, that names these values."""

	class Expected:
		def __enter__(self):
			return self

		def __exit__(self, kind, error, trace):
			assert kind is Refused, kind or "nothing was refused"
			assert error.fault is fault
			assert {key: error.values.get(key) for key in values} == values
			return True

	return Expected()


def test_the_core_imports_no_frappe():
	program = "import sys; sys.modules['frappe'] = None\n" + "\n".join(
		f"import early_support.export.{name}" for name in PURE
	)
	root = EXPORT.parents[1]
	subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(root)})


# Periods -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("kind", "text", "first", "last", "months"),
	[
		("Month", "2024-02", "2024-02-01", "2024-02-29", 1),
		("Quarter", "2026-Q4", "2026-10-01", "2026-12-31", 3),
		("Season", "2026-2027", "2026-08-01", "2027-07-31", 12),
		("Year", "2026", "2026-01-01", "2026-12-31", 12),
	],
)
def test_a_period_is_full_months(kind, text, first, last, months):
	read = period.read_period(kind, text)
	assert (str(read.first), str(read.last), len(read.months)) == (first, last, months)
	assert period.period_of(kind, read.months[-1]) == read


@pytest.mark.parametrize(
	("kind", "text"),
	[
		("Month", "2026-Q4"),
		("Quarter", "2026-Q5"),
		("Season", "2026-2028"),
		("Year", "1999"),
		("Year", "26"),
		("Week", "2026-01"),
		("Month", None),
		("Month", "2026-10; drop table"),
		("Month", "2026-10-01"),
		("Month", "2026-1"),
		("Month", "2026-10\n2026-11"),
		("Month", " "),
		# Digits of other scripts, which Python takes for numbers: the same month under another name.
		("Month", "２０２６-10"),
		("Month", "2026-1٠"),
		("Quarter", "２０２６-Q4"),
		("Season", "２０２６-2027"),
		("Year", "２０２６"),
		# The day after it is no day of the calendar.
		("Month", "9999-12"),
		("Quarter", "9999-Q4"),
		("Year", "9999"),
		("Season", "9998-9999"),
	],
)
def test_other_texts_are_no_periods(kind, text):
	with refused(Fault.PERIOD_NOT_UNDERSTOOD):
		period.read_period(kind, text)


def test_a_period_is_reported_when_it_is_over():
	october = period.read_period("Month", "2026-10")
	period.check_over(october, datetime.date(2026, 11, 1))
	with refused(Fault.PERIOD_NOT_OVER, day=datetime.date(2026, 11, 1)):
		period.check_over(october, datetime.date(2026, 10, 31))
	with refused(Fault.PERIOD_NOT_OVER):
		period.check_over(period.read_period("Season", "2026-2027"), datetime.date(2027, 7, 31))


@pytest.mark.parametrize(
	("kind", "name"),
	[("Month", "2025-12"), ("Quarter", "2025-Q4"), ("Season", "2024-2025"), ("Year", "2025")],
)
def test_the_latest_full_period(kind, name):
	assert period.last_full(kind, datetime.date(2026, 1, 15)).name == name


def test_days_are_those_of_finland_also_when_the_clock_changes():
	at = lambda text: period.today_in_finland(datetime.datetime.fromisoformat(text))  # noqa: E731
	assert str(at("2026-12-31T21:59:59+00:00")) == "2026-12-31"
	assert str(at("2026-12-31T22:00:00+00:00")) == "2027-01-01"
	# Summer time, and the night in which it ends.
	assert str(at("2026-06-30T21:00:00+00:00")) == "2026-07-01"
	assert str(at("2026-10-24T21:00:00+00:00")) == "2026-10-25"
	assert str(at("2026-10-25T21:59:59+00:00")) == "2026-10-25"
	period.check_zone("Europe/Helsinki")
	with refused(Fault.TIME_ZONE, zone="UTC"):
		period.check_zone("UTC")


# Code maps -----------------------------------------------------------------------------------------------------------


def test_a_code_holds_between_its_days():
	codes = CodeMap(
		"sources",
		[
			Row("parent", "01", last=datetime.date(2025, 12, 31)),
			Row("parent", "V1", first=datetime.date(2026, 1, 1), last=datetime.date(2026, 12, 31)),
		],
	)
	codes.check()
	assert codes.external("parent", datetime.date(2025, 12, 31)) == "01"
	assert codes.external("parent", datetime.date(2026, 1, 1)) == "V1"
	with refused(Fault.CODE_UNMAPPED, map="sources", value="parent"):
		codes.external("parent", datetime.date(2027, 1, 1))
	assert codes.external("parent", datetime.date(2027, 1, 1), unknown="99") == "99"
	with refused(Fault.CODE_UNMAPPED, value="neighbour"):
		codes.external("neighbour", DAY)


@pytest.mark.parametrize(
	"rows",
	[
		[Row("a", "1"), Row("a", "2")],
		[Row("a", "1", last=DAY), Row("a", "2", first=DAY)],
		[Row("a", "1", first=DAY), Row("a", "2", last=DAY)],
	],
)
def test_two_codes_on_one_day_are_refused(rows):
	with refused(Fault.CODE_TWICE, value="a"):
		CodeMap("m", rows).check()


# Pseudonyms ----------------------------------------------------------------------------------------------------------


def test_a_pseudonym_is_an_hmac_of_form_and_name():
	pseudonym = Pseudonyms({"790": {"1": KEY}}, "790").of("Visit", "ABCDEFGH2")
	digest = hmac.new(base64.b64decode(KEY), b"Visit\0ABCDEFGH2", hashlib.sha256).digest()
	version, _hyphen, text = pseudonym.partition("-")
	assert version == "1"
	assert base64.b32decode(text.upper()) == digest[:20]


def test_pseudonyms_depend_on_controller_version_form_and_record():
	keys = {"790": {"1": new_key(), "2": new_key(), "10": new_key()}, "08": {"1": new_key()}}
	pseudonyms = {
		Pseudonyms(keys, controller, version).of(doctype, name)
		for controller, version in (("790", "1"), ("790", "2"), ("08", "1"))
		for doctype in ("Visit", "Concern")
		for name in ("A", "B")
	}
	assert len(pseudonyms) == 12
	# The newest one is the highest number, not the last text.
	assert Pseudonyms(keys, "790").version == "10"
	assert next_version(keys["790"]) == "11"
	assert next_version(None) == "1"


@pytest.mark.parametrize("keys", [None, {}, {"790": {}}, {"790": "x"}, {"08": {"1": KEY}}])
def test_without_a_key_there_is_no_pseudonym(keys):
	with refused(Fault.KEY_MISSING, controller="790"):
		Pseudonyms(keys, "790")


@pytest.mark.parametrize("key", ["", "short", base64.b64encode(b"x" * 31).decode(), None, "ä" * 50])
def test_a_weak_key_is_refused_and_not_told(key):
	with refused(Fault.KEY_WEAK) as _expected:
		Pseudonyms({"790": {"1": key}}, "790")


# Data classes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"fieldtype", ["Data", "Small Text", "Text", "Long Text", "Text Editor", "Code", "JSON"]
)
@pytest.mark.parametrize("said", [None, *classes.CLASSIFIABLE])
@pytest.mark.parametrize("is_custom", [True, False])
def test_free_text_never_leaves_whatever_is_said_of_it(fieldtype, said, is_custom):
	field = Field("note", fieldtype, is_custom=is_custom)
	for transform in classes.TRANSFORMS:
		assert classes.judge(field, classes.class_of(field, LISTS, said), transform) is not None


@pytest.mark.parametrize(
	"field",
	[
		Field("identity_code", "Password"),
		Field("photo", "Attach Image"),
		Field("child", "Link", "Child"),
		Field("family", "Link", "Family"),
		Field("raised_by", "Link", "User"),
		Field("concern", "Link", "Concern"),
		Field("friend", "Link", "Child", is_custom=True),
		Field("about", "Dynamic Link", is_custom=True),
		Field("birth_date", "Date"),
	],
)
@pytest.mark.parametrize("said", [None, *classes.CLASSIFIABLE])
def test_what_identifies_never_leaves_as_it_is(field, said):
	tells = classes.class_of(field, LISTS, said)
	assert tells is DataClass.IDENTIFIER
	for transform in classes.TRANSFORMS:
		assert classes.judge(field, tells, transform) in {Fault.IDENTIFIES, Fault.NO_PSEUDONYM}


def test_a_record_leaves_as_a_pseudonym():
	tells = classes.class_of(classes.RECORD, LISTS)
	assert classes.judge(classes.RECORD, tells, classes.PSEUDONYM) is None
	assert classes.judge(classes.RECORD, tells, classes.AS_IS) is Fault.IDENTIFIES


def test_an_exact_day_leaves_as_its_month_or_year():
	day = Field("raised_on", "Date")
	tells = classes.class_of(day, LISTS)
	assert classes.judge(day, tells, classes.MONTH) is None
	assert classes.judge(day, tells, classes.YEAR) is None
	assert classes.judge(day, tells, classes.AS_IS) is Fault.EXACT_DAY
	assert classes.judge(day, tells, classes.CODE) is Fault.EXACT_DAY


@pytest.mark.parametrize("fieldtype", ["Check", "Select", "Int", "Date"])
def test_a_custom_field_is_closed_until_somebody_says_what_it_tells(fieldtype):
	field = Field("custom_x", fieldtype, is_custom=True)
	transform = classes.MONTH if fieldtype == "Date" else classes.AS_IS
	assert classes.judge(field, classes.class_of(field, LISTS), transform) is Fault.UNCLASSIFIED
	# Nobody makes an identifier of a form's into something else by saying so, or opens a record.
	assert classes.class_of(field, LISTS, DataClass.RECORD) is DataClass.UNCLASSIFIED
	said = classes.class_of(field, LISTS, DataClass.ATTRIBUTE)
	assert classes.judge(field, said, transform) is None


def test_places_are_what_others_know():
	assert classes.class_of(Field("unit", "Link", "Day Care Unit"), LISTS) is DataClass.INDIRECT
	assert classes.class_of(Field("age_band", "Link", "Age Band"), LISTS) is DataClass.INDIRECT
	assert classes.class_of(Field("source", "Link", "Referral Source"), LISTS) is DataClass.ATTRIBUTE
	assert classes.class_of(Field("duration", "Int"), LISTS) is DataClass.FIGURE


# Columns -------------------------------------------------------------------------------------------------------------

BANDS = (AgeBand("0-2", 0, 35), AgeBand("3-4", 36, 59))


@pytest.mark.parametrize(
	("born", "band"),
	[("2023-10-15", "3-4"), ("2023-10-16", "0-2"), ("2021-10-16", "3-4"), ("2021-10-15", None), (None, None)],
)
def test_the_band_is_that_of_the_day(born, band):
	born = datetime.date.fromisoformat(born) if born else None
	assert age_band(born, DAY, BANDS) == band


def test_a_row_is_mapped():
	columns = [
		Column("tunnus", "name", transform=classes.PSEUDONYM),
		Column("kuukausi", "day", transform=classes.MONTH),
		Column("vuosi", "day", transform=classes.YEAR),
		Column("ikaryhma", "age_band", transform=classes.CODE, code_map="ages"),
		Column("lahde", "source", transform=classes.CODE, code_map="sources", unknown="99"),
		Column("kesto", "days", kind="Whole Number"),
		Column("kiireellinen", "urgent", kind="Yes or No"),
	]
	pseudonyms = Pseudonyms({"790": {"1": KEY}}, "790")
	maps = {"ages": CodeMap("ages", [Row("3-4", "B")]), "sources": CodeMap("sources", [])}
	record = {
		"doctype": "Visit",
		"name": "ABCDEFGH2",
		"day": DAY,
		"age_band": "3-4",
		"source": "parent",
		"days": 12,
		"urgent": 0,
	}
	row = Mapper(columns, maps, pseudonyms).row(record)
	assert row == [pseudonyms.of("Visit", "ABCDEFGH2"), "2026-10", "2026", "B", "99", 12, False]
	empty = {**record, "day": None, "age_band": None, "source": None, "days": None, "urgent": None}
	assert Mapper(columns[3:], maps, pseudonyms).row(empty) == [None] * 4


def test_many_are_mapped_as_each_by_itself():
	"""Also where it depends on the day what a value is called."""
	changed = datetime.date(2026, 10, 10)
	code_map = CodeMap("m", [Row("a", "1", last=changed), Row("a", "2", first=changed + ONE_DAY)])
	columns = [
		Column("koodi", "source", code_map="m", transform=classes.CODE, unknown="9"),
		Column("kuukausi", "day", transform=classes.MONTH),
		Column("tunnus", "name", transform=classes.PSEUDONYM),
	]
	mapper = Mapper(columns, {"m": code_map}, Pseudonyms({"790": {"1": KEY}}, "790"))
	records = [
		{"doctype": "Visit", "name": f"N{number}", "day": changed + number * ONE_DAY, "source": source}
		for number, source in enumerate(("a", "a", "b", "", "a", None))
	]
	together = mapper.columns_of({key: [record[key] for record in records] for key in records[0]})
	assert [list(row) for row in zip(*together, strict=True)] == [mapper.row(record) for record in records]
	assert together[0] == ["1", "2", "9", None, "2", None]
	assert mapper.columns_of({"doctype": [], "name": [], "day": [], "source": []}) == [[], [], []]


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=32, max_size=100), st.lists(st.text("A2ä", max_size=12), max_size=7))
def test_pseudonyms_of_many_are_hmac_in_base32(key, names):
	made = Pseudonyms({"790": {"1": base64.b64encode(key).decode()}}, "790").of_all("Visit", names)
	digests = [hmac.digest(key, f"Visit\0{name}".encode(), "sha256")[:20] for name in names]
	assert made == [f"1-{base64.b32encode(digest).decode().lower()}" for digest in digests]


def test_a_required_value_must_be_there():
	mapper = Mapper([Column("lahde", "source", required=True)])
	mapper.row({"source": "parent", "day": DAY, "event": "kaynti_pidetty", "unit": "A"})
	mapper.check()
	for unit in ("B", "A", "B"):
		mapper.row({"source": "", "day": DAY, "event": "kaynti_pidetty", "unit": unit})
	places = [("kaynti_pidetty", f"{DAY:%Y-%m}", unit) for unit in "AB"]
	with refused(Fault.VALUE_MISSING, column="lahde", places=places, others=False):
		mapper.check()


def test_where_a_value_is_missing_is_told_of_no_fewer_children_than_the_threshold():
	"""Whoever reports sees suppressed figures only, and would ask for them by what is required."""
	mapper = Mapper([Column("lahde", "source", required=True)])
	for unit, children in (("A", "abc"), ("B", "aaaaaa"), ("C", "de")):
		records = {"source": [""], "day": [DAY], "event": ["kaynti_pidetty"], "unit": [unit]}
		for child in children:
			mapper.columns_of({**records, "person": [child]})
	places = [("kaynti_pidetty", f"{DAY:%Y-%m}", "A")]
	with refused(Fault.VALUE_MISSING, column="lahde", places=places, others=True):
		mapper.check(3)
	with refused(Fault.VALUE_MISSING, column="lahde", places=[], others=True):
		mapper.check(4)


@pytest.mark.parametrize(
	("kind", "value"), [("Whole Number", "x"), ("Whole Number", 1.5), ("Yes or No", 2), ("Day", "15.10.2026")]
)
def test_a_value_must_fit_its_column(kind, value):
	with refused(Fault.VALUE_NOT_OF_KIND, column="x", kind=kind):
		Mapper([Column("x", "x", kind=kind)]).row({"x": value, "day": DAY})


def test_columns_have_plain_keys_of_their_own():
	check_keys([Column("a", "a"), Column("b_2", "a")])
	with refused(Fault.NO_COLUMNS):
		check_keys([])
	with refused(Fault.KEY_TWICE, column="a"):
		check_keys([Column("a", "a"), Column("a", "b")])
	for key in ("", "A", "ä", "a b", "1a", "=a", "a" * 61):
		with refused(Fault.KEY_NOT_PLAIN):
			check_keys([Column(key, "a")])


def test_the_schema_is_what_a_reader_depends_on():
	base = schema_hash([Column("a", "x"), Column("b", "y")])
	assert schema_hash([Column("a", "z", label_fi="Muu"), Column("b", "y")]) == base
	for other in (
		[Column("b", "y"), Column("a", "x")],
		[Column("a", "x", kind="Day"), Column("b", "y")],
		[Column("a", "x", required=True), Column("b", "y")],
		[Column("a", "x", code_map="m"), Column("b", "y")],
	):
		assert schema_hash(other) != base
