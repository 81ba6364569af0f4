"""The pages of docs/ say what the shipped JSON says, and name what exists."""

import ast
import csv
import functools
import importlib.util
import re
import struct

import pytest

from bench.layout import REPO


def test_generated_pages_are_up_to_date():
	spec = importlib.util.spec_from_file_location("generate", REPO / "docs" / "generate.py")
	generate = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(generate)
	assert generate.stale() == [], "run python3 docs/generate.py"


APP = REPO / "apps" / "early_support" / "early_support"
# Lines of the source: 844, or 1640-1643.
LINES = re.compile(r"(?<![\w-])\d{2,4}(?:-\d{2,4})?(?![\w-])")
# A section of law beside them: 703/2023, 11 § and 13 §.
LAW = re.compile(r"\d+/\d+(?:, \d+ §(?: and \d+ §)*)?")


def tables() -> list[list[str]]:
	"""Return the rows of all tables of docs/rules.md, each as its cells, with the lines written as in the tests."""
	page = (REPO / "docs" / "rules.md").read_text(encoding="utf-8").replace("–", "-")
	return [
		[cell.strip() for cell in row.strip("|").split("|")] for row in page.splitlines() if row[:2] == "| "
	]


def named(tests: str) -> list[tuple[str, str]]:
	"""Return what a cell names: (file, test)."""
	return re.findall(r"`([^`]+)::([^`]+)`", tests)


@functools.cache
def docstrings_of(file: str) -> dict[str, str]:
	"""Return the docstring of each test in a file of the app; an empty one where it has none."""
	source = (APP / "tests" / file).read_text(encoding="utf-8")
	found = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
	return {node.name: ast.get_docstring(node) or "" for node in found}


def lines_of(cell: str) -> set[str]:
	"""Return the lines of the source that a cell names."""
	return set(LINES.findall(LAW.sub("", cell)))


def test_every_rule_is_held_by_a_test_that_exists():
	rules = [row for row in tables() if len(row) == 4 and row[0] != "Rule"]
	assert len(rules) > 20
	for words, _lines, where, tests in rules:
		assert named(tests), words
		for file, test in named(tests):
			assert test in docstrings_of(file), (file, test)
		for path in re.findall(r"`([^`]+)`", where):
			assert (APP / path).is_file(), (words, path)


def test_every_line_of_the_source_is_named_by_a_test_or_left_out_for_a_reason():
	"""docs/rules.md, last part: which lines there are, and what the app has no rule for."""
	rows = tables()
	listed = {line for row in rows if len(row) == 2 and row[0].isdecimal() for line in lines_of(row[1])}
	left_out = {line for row in rows if len(row) == 3 and row[2] for line in lines_of(row[1])}
	held = set()
	for row in rows:
		if len(row) == 4:
			told = {line for file, test in named(row[3]) for line in lines_of(docstrings_of(file)[test])}
			assert lines_of(row[1]) - told == set(), row[0]
			held |= lines_of(row[1])
	assert len(listed) > 80
	assert listed - held - left_out == set()
	assert held & left_out == set()


GUIDES = REPO / "docs"
WIDEST, HEAVIEST = 1200, 100_000


def words_of_interface(language: str) -> set[str]:
	"""Return all texts of the app in a language."""
	source = "fi" if language == "en" else language
	with open(APP / "translations" / f"{source}.csv", encoding="utf-8", newline="") as file:
		return {row[0] if language == "en" else row[1] for row in csv.reader(file) if len(row) >= 2}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_guide_for_administrators_names_what_stands_on_the_screen(language):
	page = (GUIDES / f"administrators.{language}.md").read_text(encoding="utf-8")
	bold = set(re.findall(r"\*\*(.+?)\*\*", page))
	assert len(bold) > 20
	assert bold - words_of_interface(language) == set()


def test_the_guides_for_administrators_show_the_same_pictures():
	seen = {}
	for language in ("fi", "sv", "en"):
		page = (GUIDES / f"administrators.{language}.md").read_text(encoding="utf-8")
		pictures = re.findall(r"!\[.+?\]\((.+?)\)", page)
		seen[language] = [path.replace(f"/{language}-", "/") for path in pictures]
		for path in pictures:
			content = (GUIDES / path).read_bytes()
			width, _height = struct.unpack(">II", content[16:24])
			assert width <= WIDEST, path
			assert len(content) < HEAVIEST, path
	assert seen["fi"] == seen["sv"] == seen["en"]
	shown = {path.name for path in (GUIDES / "images" / "administrators").iterdir()}
	assert len(shown) == sum(len(pictures) for pictures in seen.values())
