"""Seeds what is shipped: creates what is absent, and leaves alone what is there. From then on it belongs to the
administrators (frappe.md §3).

Defaults lie in sub-folders of fixtures/, because Frappe deletes and inserts the records of fixtures/*.json itself at
every migrate. Each file is a list of records with `doctype` and `name`, the stable key. A workflow's file holds the
Workflow with the states and actions it needs.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import frappe

CREATED = "created"
KEPT = "kept"

Result = tuple[tuple[str, str], str]


def seed(folder: Path, doctypes: Iterable[str] | None = None) -> list[Result]:
	"""Create the records of every file under `folder` that do not exist yet: of all doctypes, or only of these.

	Returns ((doctype, name), "created" or "kept") for each, in the order of the files. The files are part of the app;
	a record that does not fit its doctype raises Frappe's own error.
	"""
	wanted = None if doctypes is None else set(doctypes)
	return [
		seed_record(record) for record in records(folder) if wanted is None or record["doctype"] in wanted
	]


def keys(folder: Path) -> list[tuple[str, str]]:
	"""Return (doctype, name) of every record under `folder`, in the order of the files."""
	return [(record["doctype"], record["name"]) for record in records(folder)]


def records(folder: Path) -> Iterator[dict]:
	"""Read the records of every JSON file under `folder`, files in the order of their names."""
	for path in sorted(folder.rglob("*.json")):
		yield from json.loads(path.read_text(encoding="utf-8"))


def seed_record(record: dict) -> Result:
	"""Create one record unless its key is taken."""
	key = (record["doctype"], record["name"])
	if frappe.db.exists(*key):
		return key, KEPT
	doc = frappe.get_doc({field: value for field, value in record.items() if field != "name"})
	doc.insert(set_name=record["name"])
	return key, CREATED


def seed_workflows(folder: Path, doctypes: Iterable[str] | None = None) -> list[Result]:
	"""Create the workflows under `folder`, with their states and actions, where they are absent: all, or of these doctypes.

	A Workflow becomes active only if no other is active on its doctype: a municipality's own stays in force.
	"""
	results = []
	wanted = None if doctypes is None else set(doctypes)
	for shipped in _workflows(folder):
		if wanted is not None and shipped["workflow"]["document_type"] not in wanted:
			continue
		for state in shipped["states"]:
			name = state["workflow_state_name"]
			results.append(seed_record({"doctype": "Workflow State", "name": name, **state}))
		for action in shipped["actions"]:
			values = {"workflow_action_name": action}
			results.append(seed_record({"doctype": "Workflow Action Master", "name": action, **values}))
		workflow = shipped["workflow"]
		active = frappe.db.exists("Workflow", {"document_type": workflow["document_type"], "is_active": 1})
		values = {"name": workflow["workflow_name"], "is_active": 0 if active else 1}
		results.append(seed_record({"doctype": "Workflow", **workflow, **values}))
	return results


def remove_workflows(folder: Path, doctypes: Iterable[str]) -> None:
	"""Remove every Workflow of `doctypes`, then the shipped states and actions that no other Workflow uses."""
	for name in frappe.get_all("Workflow", filters={"document_type": ("in", tuple(doctypes))}, pluck="name"):
		frappe.delete_doc("Workflow", name, force=True)
	for shipped in _workflows(folder):
		for state in shipped["states"]:
			name = state["workflow_state_name"]
			_delete_unused(
				"Workflow State", name, ("Workflow Document State", "state"), ("Workflow Transition", "state")
			)
		for action in shipped["actions"]:
			_delete_unused("Workflow Action Master", action, ("Workflow Transition", "action"))


def _workflows(folder: Path) -> Iterator[dict]:
	for path in sorted(folder.glob("*/*.json")):
		yield json.loads(path.read_text(encoding="utf-8"))


def _delete_unused(doctype: str, name: str, *uses: tuple[str, str]) -> None:
	if not any(frappe.db.exists(table, {field: name}) for table, field in uses):
		frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
