"""Collects every text of the app that Frappe shows to people, from its sources. Pure: reads files, imports no Frappe.

`collect()` gives the texts with the places they come from; `faults()` gives the places where a text is built or shown
in a way that no translation can reach.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

APP = Path(__file__).resolve().parents[1]
MODULE = APP / "early_support"
DEFAULTS = APP / "fixtures" / "defaults"

# Rooms whose words nobody reads in the desk: the tests, what a build leaves behind, and the demo municipality with the
# commands that load it, whose output goes to a terminal and is English.
NOT_SHOWN = ("tests", "demo", "public/dist", "node_modules")


class Found(NamedTuple):
	"""A text, its context or None, and where it stands."""

	text: str
	context: str | None
	place: str


def collect() -> dict[tuple[str, str | None], list[str]]:
	"""Return {(text, context): places} of everything that is shown to people."""
	texts: dict[tuple[str, str | None], list[str]] = {}
	for found in _everything():
		texts.setdefault((found.text, found.context), []).append(found.place)
	return texts


def faults() -> list[str]:
	"""Return what a translation cannot reach, each as "place: why"."""
	faulty = []
	for path in sources("py"):
		faulty += python_faults(path.read_text(encoding="utf-8"), where(path))
	for path in sources("js"):
		faulty += script_faults(path.read_text(encoding="utf-8"), where(path))
	return faulty


def sources(ending: str) -> Iterator[Path]:
	"""Give the files of the app with this ending, in order, without the rooms that are not shown."""
	for path in sorted(APP.rglob(f"*.{ending}")):
		if not where(path).startswith(tuple(f"{room}/" for room in NOT_SHOWN)):
			yield path


def where(path: Path) -> str:
	return path.relative_to(APP).as_posix()


def _everything() -> Iterator[Found]:
	yield from python_texts(_hooks_as_call(), "hooks.py")
	for path in sorted(MODULE.glob("doctype/*/*.json")):
		yield from _named(doctype_texts(_read(path)), path)
	for path in sorted(MODULE.glob("workflow/*/*.json")):
		yield from _named(workflow_texts(_read(path)), path)
	for path in sorted(MODULE.glob("report/*/*.json")):
		yield from _named(report_texts(_read(path)), path)
	for path in sorted((DEFAULTS / "role").glob("*.json")):
		yield from _named((record["name"] for record in _read(path)), path)
	for path in sorted((DEFAULTS / "workspace").glob("*.json")):
		for record in _read(path):
			yield from _named(workspace_texts(record), path)
	for path in sources("py"):
		yield from python_texts(path.read_text(encoding="utf-8"), where(path))
	for path in sources("js"):
		yield from script_texts(path.read_text(encoding="utf-8"), where(path))
	for path in sources("html"):
		text = path.read_text(encoding="utf-8")
		for inside in re.findall(r"\{\{(.*?)\}\}|\{%(.*?)%\}", text, re.DOTALL):
			yield from script_texts("".join(inside), where(path), call="_")
			yield from script_texts("".join(inside), where(path))


def _read(path: Path) -> dict | list:
	return json.loads(path.read_text(encoding="utf-8"))


def _named(texts: Iterator[str | None], path: Path) -> Iterator[Found]:
	for text in texts:
		if text and text.strip():
			yield Found(text.strip(), None, where(path))


def _hooks_as_call() -> str:
	for node in ast.parse((APP / "hooks.py").read_text(encoding="utf-8")).body:
		if isinstance(node, ast.Assign) and node.targets[0].id == "app_title":
			return f"_({ast.literal_eval(node.value)!r})"
	raise AssertionError("hooks.py has no app_title")


# The JSON of Frappe --------------------------------------------------------------------------------------------------


def doctype_texts(doc: dict) -> Iterator[str | None]:
	"""Name, module, labels, help texts, options of Select fields, titles of actions and groups of links."""
	yield doc["name"]
	yield doc["module"]
	yield doc.get("description")
	for field in doc["fields"]:
		yield field.get("label")
		yield field.get("description")
		yield field.get("placeholder")
		if field["fieldtype"] == "Select":
			yield from (field.get("options") or "").split("\n")
		if field["fieldtype"] in ("HTML", "Heading"):
			yield field.get("options")
	for action in doc.get("actions", ()):
		yield action.get("label")
		yield action.get("group")
	for link in doc.get("links", ()):
		yield link.get("group")
	for state in doc.get("states", ()):
		yield state.get("title")


def workflow_texts(data: dict) -> Iterator[str | None]:
	"""The states and actions of a shipped workflow, and what it says in a state."""
	for state in data["states"]:
		yield state["workflow_state_name"]
	yield from data["actions"]
	for row in data["workflow"]["states"]:
		yield row.get("message")


def words_of_forms() -> set[tuple[str, str | None]]:
	"""Return {(state, form)}: as what a state may be called on one form, whatever it is called on others."""
	return {
		(state["state"], data["workflow"]["document_type"])
		for data in map(_read, MODULE.glob("workflow/*/*.json"))
		for state in data["workflow"]["states"]
	}


def report_texts(doc: dict) -> Iterator[str | None]:
	"""Name, columns and filters of a report."""
	yield doc["report_name"]
	for row in (*doc.get("columns", ()), *doc.get("filters", ())):
		yield row.get("label")


def workspace_texts(record: dict) -> Iterator[str | None]:
	"""Title, cards, links and shortcuts of a workspace; a custom block has no words of its own."""
	if record["doctype"] != "Workspace":
		return
	yield record["title"]
	for table in ("shortcuts", "links", "charts", "number_cards", "quick_lists"):
		for row in record.get(table, ()):
			yield row.get("label")
	for block in json.loads(record.get("content") or "[]"):
		if block["type"] in ("header", "paragraph"):
			yield re.sub(r"<[^>]*>", "", block["data"].get("text", ""))


# Python --------------------------------------------------------------------------------------------------------------

# Functions of Frappe that show their first argument, and the arguments that are shown whichever function takes them.
SHOWS_FIRST = {"throw", "msgprint", "publish_progress"}
SHOWN_ARGUMENTS = {"title", "msg", "message"}


def python_texts(source: str, place: str) -> Iterator[Found]:
	"""What stands in `_("…")`, `frappe._("…")` and `_lt("…")`."""
	for node in _translation_calls(ast.parse(source)):
		text = _literal(node.args[0]) if node.args else None
		if text is not None:
			context = next((_literal(word.value) for word in node.keywords if word.arg == "context"), None)
			yield Found(text.strip(), context, f"{place}:{node.lineno}")


def python_faults(source: str, place: str) -> list[str]:
	"""Texts that are built inside `_()`, and texts that are shown without it."""
	faulty = []
	for node in ast.walk(ast.parse(source)):
		if not isinstance(node, ast.Call):
			continue
		at = f"{place}:{node.lineno}"
		if _is_translation(node):
			if node.args and _is_built(node.args[0]):
				faulty.append(f"{at}: a sentence is built inside _()")
			continue
		name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
		if name not in SHOWS_FIRST:
			continue
		shown = [*node.args[:1], *(word.value for word in node.keywords if word.arg in SHOWN_ARGUMENTS)]
		if any(_literal(value) or _is_built(value) for value in shown):
			faulty.append(f"{at}: {name}() shows a text without _()")
	return faulty


def _translation_calls(tree: ast.AST) -> Iterator[ast.Call]:
	return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_translation(node))


def _is_translation(node: ast.Call) -> bool:
	if isinstance(node.func, ast.Name):
		return node.func.id in ("_", "_lt")
	return isinstance(node.func, ast.Attribute) and node.func.attr in ("_", "_lt")


def _literal(node: ast.expr) -> str | None:
	return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_built(node: ast.expr) -> bool:
	"""Whether a text is put together here: an f-string, a sum, `%`, or `"…".format()`."""
	if isinstance(node, ast.JoinedStr):
		return True
	if isinstance(node, ast.BinOp):
		return any(_literal(side) is not None or _is_built(side) for side in (node.left, node.right))
	is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
	return is_method and node.func.attr in ("format", "join") and _literal(node.func.value) is not None


# JavaScript ----------------------------------------------------------------------------------------------------------

_STRING = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"
_COMMENT = re.compile(rf"({_STRING})|//[^\n]*|/\*.*?\*/", re.DOTALL)
# What Frappe shows when it stands in an object: a literal here is seen as it is. Names, not sentences, are in lower
# case ("es-next"), so a capital letter tells a text.
_BARE_LABEL = re.compile(rf"\b(label|title|message|placeholder|description)\s*:\s*({_STRING})")
_BARE_CALL = re.compile(
	rf"\.(add_custom_button|add_inner_button|set_intro|throw|msgprint|show_alert|textContent\s*=)\(?\s*({_STRING})"
)


def script_texts(source: str, place: str, call: str = "__") -> Iterator[Found]:
	"""What stands in `__("…")`, with its context if it is a literal too."""
	source = _without_comments(source)
	for match in re.finditer(rf"(?<![\w.$]){call}\(\s*({_STRING})", source):
		context = re.match(rf"\s*,\s*(?:null|\[[^\]]*\])\s*,\s*({_STRING})", source[match.end() :])
		line = source.count("\n", 0, match.start()) + 1
		yield Found(
			_unquoted(match[1]).strip(), _unquoted(context[1]) if context else None, f"{place}:{line}"
		)


def script_faults(source: str, place: str) -> list[str]:
	"""Texts that are built inside `__()`, and texts that are shown without it."""
	source = _without_comments(source)
	faulty = []

	def add(match: re.Match, why: str) -> None:
		faulty.append(f"{place}:{source.count(chr(10), 0, match.start()) + 1}: {why}")

	for match in re.finditer(rf"(?<![\w.$])__\(\s*({_STRING})\s*(\+)?", source):
		if match[2] or (match[1].startswith("`") and "${" in match[1]):
			add(match, "a sentence is built inside __()")
	for match in (*_BARE_LABEL.finditer(source), *_BARE_CALL.finditer(source)):
		if re.match(r"[A-ZÅÄÖ]\w", _unquoted(match[2])):
			add(match, "a text is shown without __()")
	return faulty


def _without_comments(source: str) -> str:
	"""The source with its comments blanked, lines kept."""
	return _COMMENT.sub(lambda match: match[1] or re.sub(r"[^\n]", " ", match[0]), source)


def _unquoted(literal: str) -> str:
	inner = literal[1:-1]
	escapes = {"n": "\n", "t": "\t", "\n": ""}
	inner = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), inner)
	return re.sub(r"\\(.)", lambda match: escapes.get(match[1], match[1]), inner, flags=re.DOTALL)
