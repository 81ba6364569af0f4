"""Reads what is shipped, and seeds it by the ledger: creates what is new, renews what nobody has touched, and leaves alone
what an administrator has changed or deleted (frappe.md §3).

Defaults lie in sub-folders of fixtures/, because Frappe deletes and inserts the records of fixtures/*.json itself at
every migrate. Each file is a list of records with `doctype` and `name`, the stable key. A workflow's file holds the
Workflow with the states and actions it needs.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import frappe

from early_support.forms import ledger
from early_support.forms.ledger import CREATED, KEPT, UPGRADED
from early_support.forms.ledger_core import Key, Known, key_of

__all__ = ["CREATED", "KEPT", "UPGRADED"]

APP = Path(__file__).resolve().parents[1]
DEFAULTS = APP / "fixtures" / "defaults"
WORKFLOWS = APP / "early_support" / "workflow"

# What others refer to comes first; workflows refer to the first, and every other folder may refer to all of them.
FIRST = ("role", "lists")

Result = tuple[Key, str]


def seed_shipped() -> list[Result]:
	"""Seed all that the app ships, in the order in which one refers to the other. At every migration.

	What is refused waits in the ledger, with the reason, and stops nothing.
	"""
	known = ledger.read()
	results = _settle(shipped_records(), known, strict=False)
	for key in known.keys() - {key for key, _status in results}:
		ledger.withdraw(key, known[key])
	return results


def look_again() -> bool:
	"""Note what has become of the shipped records since, and write none of them. Returns whether there was anything new."""
	known = ledger.read()
	entered = (record for record in once(shipped_records()).values() if key_of(record) in known)
	changed = [ledger.keep(seen) for seen in ledger.look(entered, known)]
	return any(changed)


def shipped_records() -> Iterator[dict]:
	"""Read every record that the app ships."""
	for folder in FIRST:
		yield from records(DEFAULTS / folder)
	yield from workflow_records(WORKFLOWS)
	for folder in other_folders():
		yield from records(folder)


def other_folders() -> list[Path]:
	"""Return the folders of defaults that have no step of their own in the installation: the workspaces, and what comes."""
	return sorted(path for path in DEFAULTS.iterdir() if path.is_dir() and path.name not in FIRST)


def shipped_record(key: Key) -> dict | None:
	"""Return what the app ships under a key, from its files: nothing that a site stores can stand in its place."""
	return next((record for record in shipped_records() if key_of(record) == key), None)


def seed(folder: Path, doctypes: Iterable[str] | None = None) -> list[Result]:
	"""Seed the records of every file under `folder`: of all doctypes, or only of these.

	Returns ((doctype, name), CREATED, UPGRADED or KEPT) for each, in the order of the files. The files are part of the
	app; a new record that does not fit its doctype raises Frappe's own error.
	"""
	wanted = None if doctypes is None else set(doctypes)
	chosen = (record for record in records(folder) if wanted is None or record["doctype"] in wanted)
	return _settle(chosen, ledger.read(), strict=True)


def seed_workflows(folder: Path, doctypes: Iterable[str] | None = None) -> list[Result]:
	"""Seed the workflows under `folder`, with their states and actions: all, or of these doctypes.

	A new Workflow becomes active only if no other is active on its doctype: a municipality's own stays in force.
	"""
	return _settle(workflow_records(folder, doctypes), ledger.read(), strict=True)


def keys(folder: Path) -> list[Key]:
	"""Return (doctype, name) of every record under `folder`, in the order of the files."""
	return [key_of(record) for record in records(folder)]


def records(folder: Path) -> Iterator[dict]:
	"""Read the records of every JSON file under `folder`, files in the order of their names."""
	for path in sorted(folder.rglob("*.json")):
		yield from json.loads(path.read_text(encoding="utf-8"))


def workflow_records(folder: Path, doctypes: Iterable[str] | None = None) -> Iterator[dict]:
	"""Read the records of each workflow under `folder`: its states, its actions, and the Workflow itself."""
	wanted = None if doctypes is None else set(doctypes)
	for shipped in _workflows(folder):
		workflow = shipped["workflow"]
		if wanted is not None and workflow["document_type"] not in wanted:
			continue
		for state in shipped["states"]:
			yield {"doctype": "Workflow State", "name": state["workflow_state_name"], **state}
		for action in shipped["actions"]:
			yield {"doctype": "Workflow Action Master", "name": action, "workflow_action_name": action}
		yield {**workflow, "name": workflow["workflow_name"]}


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


def _settle(shipped: Iterable[dict], known: dict[Key, Known], *, strict: bool) -> list[Result]:
	looks = ledger.look(once(shipped).values(), known)
	return [(key_of(seen.record), ledger.settle(seen, strict=strict)) for seen in looks]


def once(shipped: Iterable[dict]) -> dict[Key, dict]:
	"""Return each record once: several workflows name the same state."""
	return {key_of(record): record for record in shipped}


def _workflows(folder: Path) -> Iterator[dict]:
	for path in sorted(folder.glob("*/*.json")):
		yield json.loads(path.read_text(encoding="utf-8"))


def _delete_unused(doctype: str, name: str, *uses: tuple[str, str]) -> None:
	if not any(frappe.db.exists(table, {field: name}) for table, field in uses):
		frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
