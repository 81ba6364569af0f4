"""An import in a process that really commits: a table gets its column, something fails, the process is killed."""

import json
import os
import signal
import subprocess
import sys

import frappe
import pytest
from frappe.utils.background_jobs import get_redis_connection_without_auth

from early_support.forms import packs


def command(step: str) -> list[str]:
	return [sys.executable, "-m", "early_support.tests.form_pack_process", frappe.local.site, step]


def do(step: str) -> list[dict]:
	"""Run a step; return what there was at each of its points."""
	done = subprocess.run(command(step), capture_output=True, text=True, check=False, timeout=300)
	assert done.returncode == 0, done.stderr
	return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.fixture
def taken_away(site):
	"""Whatever is really in the database is taken away again."""
	try:
		yield
	finally:
		do("clean")


NOTHING = {"column": False, "on_the_form": False, "word": 0, "notes": 0}
EVERYTHING = {"column": True, "on_the_form": True, "label": "What from a pack", "word": 1, "notes": 1}


def test_killed_in_the_middle_failed_tried_again_and_rolled_back(taken_away):
	(before,) = do("make")
	nothing = {**NOTHING, "label": before["label"]}
	offered = {"status": "Compared", "because": None, "actions": ["compare", "import"], "running": False}
	assert before == {**offered, **nothing}

	with subprocess.Popen(command("hang"), stdout=subprocess.PIPE, text=True) as process:
		assert process.stdout.readline() == "standing still\n"
		(running,) = do("look")
		os.kill(process.pid, signal.SIGKILL)
	assert (running["running"], running["actions"]) == (True, [])
	killed, failed = do("fail")
	# Nothing of it stands but the empty column, which is known; it may be tried again.
	assert killed == {
		"status": "Importing",
		"because": None,
		"actions": ["import"],
		"running": False,
		**nothing,
		"column": True,
	}
	# Then the column is gone, too: that of the killed one, and that of the next.
	assert failed == {**offered, "status": "Failed", "because": "ZeroDivisionError", **nothing}

	imported, back = do("finish")
	done = {"because": None, "running": False}
	assert imported == {**done, "status": "Imported", "actions": ["roll_back"], **EVERYTHING}
	# The column stays, empty, as after a change that is taken back.
	as_before = {**nothing, "column": True, "notes": 2}
	assert back == {**done, "status": "Rolled Back", "actions": ["compare"], **as_before}


def test_how_far_it_is_is_really_sent(taken_away):
	with get_redis_connection_without_auth().pubsub(ignore_subscribe_messages=True) as channel:
		channel.subscribe("events")
		# The answer to that.
		channel.get_message(timeout=10)
		(made,) = do("tell")
		sent = [json.loads(each["data"]) for each in iter(lambda: channel.get_message(timeout=1), None)]
	assert (made["status"], made["actions"]) == ("Made Here", ["compare"])
	ours = [each for each in sent if (each["event"], each["namespace"]) == (packs.EVENT, frappe.local.site)]
	# To whoever has asked, and to nobody else.
	assert {each["room"] for each in ours} == {"user:Administrator"}
	first, *_between, last, end = [
		{name: value for name, value in each["message"].items() if name != "name"} for each in ours
	]
	assert (first, last, end) == ({"done": 1, "total": 3}, {"done": 3, "total": 3}, {"status": "Made Here"})
