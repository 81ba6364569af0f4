"""Brings the kinds of events of the units' calendar, and the way to it, to sites that were made before there were any."""

import json

import frappe

from early_support.forms import seeder
from early_support.setup.steps import DEFAULTS

WORKSPACE, LABELS = "Early Support", ("Unit calendar", "Vuosikello")


def execute() -> None:
	seeder.seed(DEFAULTS / "lists", ("Unit Event Kind",))
	add_shortcuts()


def add_shortcuts() -> None:
	"""Put the shortcuts at the end of the workspace, where an administrator has kept it and they are not there yet."""
	if not frappe.db.exists("Workspace", WORKSPACE):
		return
	shipped = next(record for record in seeder.records(DEFAULTS / "workspace") if record["name"] == WORKSPACE)
	workspace = frappe.get_doc("Workspace", WORKSPACE)
	there = {row.label for row in workspace.shortcuts}
	content = json.loads(workspace.content or "[]")
	blocks = {block["data"].get("shortcut_name"): block for block in json.loads(shipped["content"])}
	for row in shipped["shortcuts"]:
		if row["label"] in LABELS and row["label"] not in there:
			workspace.append("shortcuts", row)
			content.append(blocks[row["label"]])
	workspace.content = json.dumps(content)
	workspace.save()
