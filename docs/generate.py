"""Writes the generated parts of docs/: the data model and the workflows, from the JSON that the app ships.

`python3 docs/generate.py` writes them; `--check` only says whether they are up to date. Python's standard library only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
MODULE = REPO / "apps" / "early_support" / "early_support" / "early_support"
NOT_SHOWN = {"Section Break", "Column Break", "Tab Break", "HTML", "Button", "Heading", "Fold"}


def doctypes() -> list[dict]:
	"""Return the app's DocTypes, by name."""
	files = [path for path in MODULE.glob("doctype/*/*.json") if path.stem == path.parent.name]
	return sorted((json.loads(path.read_text()) for path in files), key=lambda found: found["name"])


def workflows() -> list[dict]:
	"""Return the shipped Workflow records, by name."""
	files = [path for path in MODULE.glob("workflow/*/*.json") if path.stem == path.parent.name]
	return sorted(
		(json.loads(path.read_text())["workflow"] for path in files), key=lambda found: found["workflow_name"]
	)


def identifier(text: str) -> str:
	"""Return a name that a diagram takes for one word."""
	return "".join(letter if letter.isalnum() else "_" for letter in text)


def data_model() -> str:
	"""Return the page on the data model: one diagram of the links, then a table of fields for each doctype."""
	known = {found["name"]: found for found in doctypes()}
	lines = ["# Data model", "", "Generated from the DocTypes by `docs/generate.py`; do not edit.", ""]
	lines += ["## How the records hang together", "", "```mermaid", "erDiagram"]
	for name, found in known.items():
		for field in found["fields"]:
			target = field.get("options")
			if target not in known or field["fieldtype"] not in ("Link", "Table", "Table MultiSelect"):
				continue
			one = "||" if field.get("reqd") else "o|"
			bond = f"}}o--{one}" if field["fieldtype"] == "Link" else "||--o{"
			lines.append(f'\t{identifier(name)} {bond} {identifier(target)} : "{field["fieldname"]}"')
	lines += ["```", ""]
	for name, found in known.items():
		kind = (
			"rows of another record"
			if found.get("istable")
			else "one record of settings"
			if found.get("issingle")
			else "records"
		)
		lines += [f"## {name}", "", f"{found.get('description') or ''} ({kind})".strip(), ""]
		lines += ["| Field | Label | Type | Refers to | Indexed |", "|---|---|---|---|---|"]
		for field in found["fields"]:
			if field["fieldtype"] in NOT_SHOWN:
				continue
			target = (
				field.get("options", "")
				if field["fieldtype"] in ("Link", "Table", "Table MultiSelect")
				else ""
			)
			indexed = "yes" if field.get("search_index") or field.get("unique") else ""
			required = " *" if field.get("reqd") else ""
			lines.append(
				f"| `{field['fieldname']}`{required} | {field.get('label', '')} | {field['fieldtype']} | {target} | {indexed} |"
			)
		lines.append("")
	lines.append("`*` = always required. Other fields become required by the state of the workflow.")
	return "\n".join(lines) + "\n"


def workflow_page() -> str:
	"""Return the page on the workflows: a diagram and a table of moves for each."""
	lines = [
		"# Workflows",
		"",
		"Generated from the shipped Workflow records by `docs/generate.py`; do not edit.",
		"",
	]
	lines += [
		"These are the shipped defaults; the administrators of a municipality own them after the installation. What holds",
		"whatever a Workflow says stands in the controllers and is tested there.",
		"",
	]
	for workflow in workflows():
		lines += [f"## {workflow['workflow_name']}", "", "```mermaid", "stateDiagram-v2"]
		states = list(dict.fromkeys(row["state"] for row in workflow["states"]))
		lines.append(f"\t[*] --> {identifier(states[0])}")
		lines += [f'\tstate "{state}" as {identifier(state)}' for state in states]
		moves: dict[tuple[str, str, str], list[str]] = {}
		for row in workflow["transitions"]:
			moves.setdefault((row["state"], row["action"], row["next_state"]), []).append(row["allowed"])
		for source, action, target in moves:
			lines.append(f"\t{identifier(source)} --> {identifier(target)} : {action}")
		leaving = {source for source, _, _ in moves}
		lines += [f"\t{identifier(state)} --> [*]" for state in states if state not in leaving]
		lines += ["```", "", "| From | Action | To | Who |", "|---|---|---|---|"]
		for (source, action, target), roles in moves.items():
			lines.append(f"| {source} | {action} | {target} | {', '.join(roles)} |")
		reached = {states[0], *(target for _, _, target in moves)}
		if by_itself := ", ".join(state for state in states if state not in reached):
			lines += ["", f"Set by the app itself, by no action: {by_itself}."]
		lines.append("")
	return "\n".join(lines).rstrip() + "\n"


PAGES = {"data-model.md": data_model, "workflows.md": workflow_page}


def stale() -> list[str]:
	"""Return the generated pages that differ from what the JSON says now."""
	folder = REPO / "docs"
	return [
		name
		for name, page in PAGES.items()
		if not (folder / name).exists() or (folder / name).read_text() != page()
	]


def main() -> int:
	if "--check" in sys.argv:
		if names := stale():
			print(f"out of date: {', '.join(names)}; run python3 docs/generate.py")
		return 1 if stale() else 0
	for name, page in PAGES.items():
		(REPO / "docs" / name).write_text(page())
	return 0


if __name__ == "__main__":
	sys.exit(main())
