"""The pages of docs/ say what the shipped JSON says, and name what exists."""

import ast
import importlib.util
import re

from bench.layout import REPO


def test_generated_pages_are_up_to_date():
	spec = importlib.util.spec_from_file_location("generate", REPO / "docs" / "generate.py")
	generate = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(generate)
	assert generate.stale() == [], "run python3 docs/generate.py"


def test_every_rule_is_held_by_a_test_that_exists():
	app = REPO / "apps" / "early_support" / "early_support"
	page = (REPO / "docs" / "rules.md").read_text(encoding="utf-8")
	rules = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| Rule")]
	assert len(rules) > 20
	for rule in rules:
		_, words, _lines, where, tests, _ = (part.strip() for part in rule.split("|"))
		named = re.findall(r"`([^`]+)::([^`]+)`", tests)
		assert named, words
		for file, test in named:
			source = ast.parse((app / "tests" / file).read_text(encoding="utf-8"))
			assert test in {node.name for node in source.body if isinstance(node, ast.FunctionDef)}, (
				file,
				test,
			)
		for path in re.findall(r"`([^`]+)`", where):
			assert (app / path).is_file(), (words, path)
