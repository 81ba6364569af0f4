"""Workers that lose the database while others look for work, and two people who ask at the same moment: in processes that really commit."""

import json
import subprocess
import sys
from contextlib import ExitStack

import frappe
import pytest

from early_support.export import build, claims
from early_support.tests import receivers
from early_support.tests.export_factories import sftp_values

BUILD, DELIVER = "early_support.export.build.build", "early_support.export.delivery.deliver"
# Whose connection is cut off, in the month of which run, and at which call: while it builds, and while files arrive.
PLACES = {
	"2003-01": (BUILD, "early_support.export.manifest.write_json", 1),
	"2003-02": (DELIVER, "early_support.export.sftp._bring", 2),
}


def command(*words: str) -> list[str]:
	return [sys.executable, "-m", "early_support.tests.export_process", frappe.local.site, *words]


def step(*words: str) -> str:
	done = subprocess.run(command(*words), capture_output=True, text=True, check=False, timeout=300)
	assert done.returncode == 0, done.stderr
	return done.stdout.splitlines()[-1] if done.stdout else ""


def begin(*words: str) -> subprocess.Popen:
	return subprocess.Popen(command(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
	with receivers.sftp_receiver(tmp_path_factory.mktemp("target")) as running:
		yield running


@pytest.fixture(scope="module")
def runs(site, server):
	"""Runs in the middle of things, really in the database, and taken away again: {period: name}."""
	try:
		yield json.loads(step("make", json.dumps(sftp_values(server))))
	finally:
		step("clean")


def test_whoever_has_lost_the_database_is_not_joined_by_another(runs, server):
	building, delivering = PLACES
	with ExitStack() as stack:
		workers = {
			period: stack.enter_context(begin("hang", method, runs[period], where, str(call)))
			for period, (method, where, call) in PLACES.items()
		}
		for worker in workers.values():
			assert worker.stdout.readline() == "standing still\n"
		assert server.taken == 1
		for period in workers:
			cut_off(runs[period])
		# They live, and do not know yet that their locks are gone.
		meanwhile = in_round()
		assert {period: (run["workflow_state"], run["attempts"]) for period, run in meanwhile.items()} == {
			building: ("Queued", 1),
			delivering: ("Approved", 1),
		}
		assert server.taken == 1
		for worker in workers.values():
			worker.communicate("go on\n")
			assert worker.returncode == 0
	assert server.taken == 3
	after = in_round()
	assert {period: (run["workflow_state"], run["attempts"]) for period, run in after.items()} == {
		building: ("Built", 2),
		delivering: ("Sent", 1),
	}
	assert server.taken == 3
	name = runs[delivering]
	assert {path.name for path in server.root.iterdir()} == {
		f"x-{name}.csv",
		f"x-{name}.dictionary.json",
		f"{name}.manifest.json",
	}
	made = [path.name for path in build.folder_of(runs[building]).iterdir()]
	assert len(made) == 3
	assert not [each for each in made if each.endswith(".part")]


def in_round() -> dict[str, dict]:
	"""Go the round, and return the runs by their periods."""
	return {run["period"]: run for run in json.loads(step("round"))}


def cut_off(run: str) -> None:
	"""End the connection of the worker that is at a run."""
	[[connection]] = frappe.db.sql("select is_used_lock(%s)", (claims.key_of(run),))
	frappe.db.sql("kill %s", (connection,))


def test_of_two_who_ask_at_once_one_wins(runs):
	with begin("ask", "2003-03") as first, begin("ask", "2003-03") as second:
		for each in (first, second):
			assert each.stdout.readline() == "ready\n"
		for each in (first, second):
			each.stdin.write("go\n")
			each.stdin.flush()
		said = sorted(each.stdout.readline() for each in (first, second))
	assert said[1] == "stored\n"
	assert said[0].startswith("refused: The run ")
