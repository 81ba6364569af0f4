"""Each member of an enumeration stands for itself: Python takes two with the same value for one, and both get one's words."""

import ast
from collections.abc import Iterator
from pathlib import Path

APP = Path(__file__).resolve().parents[1]


def enums(tree: ast.Module) -> Iterator[ast.ClassDef]:
	for node in ast.walk(tree):
		if isinstance(node, ast.ClassDef) and any(
			ast.unparse(base).rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum") for base in node.bases
		):
			yield node


def test_no_two_members_of_an_enumeration_are_one():
	found = 0
	for path in sorted(APP.rglob("*.py")):
		text = path.read_text(encoding="utf-8")
		for enum in enums(ast.parse(text)) if "Enum" in text else ():
			found += 1
			values = [ast.unparse(line.value) for line in enum.body if isinstance(line, ast.Assign)]
			told = [value for value in values if value != "auto()"]
			assert len({*told}) == len(told), f"{path.relative_to(APP)}: {enum.name}"
	assert found > 8
