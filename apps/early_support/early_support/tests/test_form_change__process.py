"""A new field that gets its column: in a process that really commits, as a served site does."""

import json
import subprocess
import sys

import frappe


def test_a_table_gets_its_column_and_a_failure_leaves_no_field(team):
	command = [
		sys.executable,
		"-m",
		"early_support.tests.form_change_process",
		frappe.local.site,
		team.educator,
	]
	done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
	assert done.returncode == 0, done.stderr
	steps = json.loads(done.stdout.splitlines()[-1])
	nothing = {"stored": False, "on_the_form": False, "words": 0}
	assert steps == {
		"approved": {"state": "Approved", "column": False, **nothing},
		# The column is empty, shows nowhere, and is used the next time.
		"failed": {"state": "Approved", "column": True, **nothing},
		"published": {"state": "Published", "column": True, "stored": True, "on_the_form": True, "words": 1},
		"rolled back": {"state": "Rolled Back", "column": True, **nothing},
	}
