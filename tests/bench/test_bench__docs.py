"""The generated pages of docs/ say what the shipped JSON says."""

import importlib.util

from bench.layout import REPO


def test_generated_pages_are_up_to_date():
	spec = importlib.util.spec_from_file_location("generate", REPO / "docs" / "generate.py")
	generate = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(generate)
	assert generate.stale() == [], "run python3 docs/generate.py"
