"""docs/export.md says what a reader finds: each key of a manifest and a dictionary, each column, each event.

The golden files stand for real ones: test_export__golden.py builds them anew. docs/export.fi.md tells the reporting officers
what stands on the screen, and what to do about each fault. Pure but for the messages, which need a site.
"""

import csv
import json
import re
from pathlib import Path

import pytest

from early_support.export import classes, codes, columns, texts
from early_support.export.events import EVENTS, FORMS, GUIDANCE_GIVEN, SERVICE_IN_USE
from early_support.export.faults import Fault, Refused
from early_support.prints.reader import speaking

PAGE = Path(__file__).resolve().parents[4] / "docs" / "export.md"
GUIDE = PAGE.with_name("export.fi.md")
FINNISH = Path(__file__).parents[1] / "translations" / "fi.csv"
GOLDEN = Path(__file__).parent / "golden"
PROFILES = ("kuukausitilasto", "palvelutilasto", "tapahtumat")


def part(title: str) -> str:
	"""Return what stands under a heading of the page, up to the next one."""
	[found] = re.findall(
		rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", PAGE.read_text(encoding="utf-8"), re.M | re.S
	)
	return found


def rows(title: str) -> list[list[str]]:
	"""Return the cells of the tables under a heading, without their heads."""
	lines = [line for line in part(title).splitlines() if line.startswith("| ") and "`" in line.split("|")[1]]
	return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def named(cell: str) -> set[str]:
	return set(re.findall(r"`([^`]+)`", cell))


def first_cells(title: str) -> set[str]:
	return set().union(*(named(row[0]) for row in rows(title)))


def golden(profile: str, kind: str) -> dict:
	return json.loads((GOLDEN / f"{profile}.{kind}.json").read_text(encoding="utf-8"))


def paths(value: object, before: str = "") -> set[str]:
	"""Return the keys at any depth, with dots between; what stands under a code is no key."""
	if isinstance(value, list):
		return set().union(*(paths(each, before) for each in value))
	if not isinstance(value, dict) or before == "columns.codes.":
		return set()
	return set().union(*({f"{before}{key}"} | paths(each, f"{before}{key}.") for key, each in value.items()))


@pytest.mark.parametrize("profile", PROFILES)
def test_each_key_of_a_manifest_is_explained(profile):
	said = golden(profile, "manifest")
	assert first_cells("The manifest") == set(said)
	for keys, meaning in rows("The manifest"):
		inner = {path.rpartition(".")[2] for key in named(keys) for path in paths(said[key])}
		assert inner <= named(meaning), keys


def test_each_key_of_a_dictionary_is_explained():
	found = set().union(*(paths(golden(profile, "dictionary")) for profile in PROFILES))
	# They are there, and hold the others.
	assert first_cells("The dictionary") == found - {"code_maps.rows"}


def test_each_word_of_a_dictionary_is_explained():
	said = {next(iter(named(row[0]))): named(row[1]) for row in rows("The dictionary")}
	assert said["columns.kind"] == set(columns.VALUE_KINDS)
	assert said["columns.transform"] - {"code_map"} == set(classes.TRANSFORMS)


@pytest.mark.parametrize("profile", PROFILES)
def test_each_column_is_explained(profile):
	of_figures = first_cells("`kuukausitilasto`")
	text = part(f"`{profile}`")
	for column in golden(profile, "dictionary")["columns"]:
		assert f"`{column['key']}`" in text, column["key"]
		assert column["label_fi"]
		assert column["label_sv"]
	if profile == "kuukausitilasto":
		assert {each["key"] for each in golden(profile, "dictionary")["columns"]} <= of_figures


def test_each_event_is_explained():
	keys = {each.key for each in EVENTS} | {GUIDANCE_GIVEN}
	assert first_cells("`kuukausitilasto`") >= keys
	assert first_cells("What a profile of rows may be of") == {each.key for each in FORMS}
	assert f"`{SERVICE_IN_USE}`" in part("`palvelutilasto`")


@pytest.mark.parametrize("profile", PROFILES)
def test_each_code_of_ours_explains_itself(profile):
	"""Every value of a column of codes is in the dictionary: in its code map, or with its text in both languages."""
	described = golden(profile, "dictionary")
	maps = {each["name"]: each for each in described["code_maps"]}
	records = [
		json.loads(line) for line in (GOLDEN / f"{profile}.jsonl").read_text(encoding="utf-8").splitlines()
	]
	explained = set()
	for column in described["columns"]:
		key, own = column["key"], column["codes"]
		assert not (own and column["code_map"]), key
		if own or column["code_map"]:
			external = own or {row["external"] for row in maps[column["code_map"]]["rows"]}
			assert {record[key] for record in records} <= {*external, None, "*"}, key
			explained.add(key)
		for text in (own or {}).values():
			assert set(text) == {"fi", "sv"}
			assert all(text.values())
	wanted = {"kunta", "tapahtumalaji"} | ({"palvelu"} if profile == "palvelutilasto" else set())
	assert explained >= wanted


def test_the_hashes_are_made_as_it_says():
	for profile in PROFILES:
		described = golden(profile, "dictionary")
		schema = [
			columns.Column(
				each["key"], "", each["kind"], code_map=each["code_map"], required=each["required"]
			)
			for each in described["columns"]
		]
		assert described["schema_sha256"] == columns.schema_hash(schema)
		for each in described["code_maps"]:
			plain = [codes.Row(row["local"], row["external"]) for row in each["rows"]]
			assert each["sha256"] == codes.CodeMap(each["name"], plain).sha256


# The guide of the reporting officers --------------------------------------------------------------------------------


def finnish() -> set[str]:
	"""Return all texts of the app in Finnish."""
	with FINNISH.open(encoding="utf-8", newline="") as file:
		return {row[1] for row in csv.reader(file) if len(row) >= 2}


def messages_of_the_guide() -> set[str]:
	"""Return by what the guide lets a message be known: what stands in quotation marks in the first cell of its tables."""
	lines = [line for line in GUIDE.read_text(encoding="utf-8").splitlines() if line.startswith("| ”")]
	return {said for line in lines for said in re.findall("”(.+?)”", line.split(" | ")[0])}


def test_the_guide_names_what_stands_on_the_screen():
	bold = set(re.findall(r"\*\*(.+?)\*\*", GUIDE.read_text(encoding="utf-8")))
	assert len(bold) > 60
	assert bold - finnish() == set()


def test_the_guide_knows_the_messages_as_they_are():
	unknown = {said for said in messages_of_the_guide() if not any(said in text for text in finnish())}
	assert unknown == set()


@pytest.mark.parametrize("fault", Fault)
def test_the_guide_says_what_to_do_about_each_fault(site, fault):
	with speaking("fi"):
		text = texts.text_of(Refused(fault))
	assert any(said in text for said in messages_of_the_guide()), text
