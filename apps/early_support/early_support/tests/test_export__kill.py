"""Workers that are killed, or lose the database, at every step, and two people who ask at the same moment: in processes that really commit."""

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack

import frappe
import pytest

from early_support.export import build, claims
from early_support.tests import receivers
from early_support.tests.export_factories import sftp_values

BUILD, DELIVER = "early_support.export.build.build", "early_support.export.delivery.deliver"
# They live on, but the database has been restarted: while it builds, and after all of the files have arrived.
LOST = ("2003-06", "2003-07")
# Where a worker is killed, in the month of which run, and at which call.
PLACES = {
	# The data is whole, nothing else is.
	"2003-01": (BUILD, "early_support.export.manifest.write_json", 1),
	# All files are, and nobody knows.
	"2003-02": (BUILD, "early_support.export.build._settle", 1),
	# One file of three has arrived.
	"2003-03": (DELIVER, "early_support.export.sftp._bring", 2),
	# All files have, and nobody knows.
	"2003-04": (DELIVER, "early_support.export.delivery._note", 2),
	LOST[0]: (BUILD, "early_support.export.manifest.write_json", 1),
	LOST[1]: (DELIVER, "early_support.export.sftp._bring", 2),
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


def test_whoever_is_killed_is_followed_by_another(runs, server):
	with ExitStack() as stack:
		workers = {
			period: stack.enter_context(begin("hang", method, runs[period], where, str(call)))
			for period, (method, where, call) in PLACES.items()
		}
		for worker in workers.values():
			assert worker.stdout.readline() == "standing still\n"
		lost = {period: workers.pop(period) for period in LOST}
		for worker in workers.values():
			os.kill(worker.pid, signal.SIGKILL)
		assert server.taken == 5
		for period in lost:
			cut_off(runs[period])
		# Whoever lives, and does not know yet that the database is gone, is not joined by another.
		meanwhile = in_round()
		assert {period: meanwhile[period]["attempts"] for period in lost} == dict.fromkeys(LOST, 1)
		assert server.taken == 7
		for worker in lost.values():
			worker.communicate("go on\n")
			assert worker.returncode != 0
		# All of it has arrived, and nobody knows.
		assert server.taken == 9

	after = in_round()
	assert {period: run["workflow_state"] for period, run in after.items()} == {
		"2003-01": "Built",
		"2003-02": "Built",
		"2003-03": "Sent",
		"2003-04": "Sent",
		LOST[0]: "Built",
		LOST[1]: "Sent",
	}
	assert {run["attempts"] for run in after.values()} == {2}
	# Nothing was brought twice, and nothing is half there.
	assert server.taken == 9
	names = {path.name for path in server.root.iterdir()}
	for period in ("2003-03", "2003-04", LOST[1]):
		name = runs[period]
		assert {f"x-{name}.csv", f"x-{name}.dictionary.json", f"{name}.manifest.json"} <= names
	assert len(names) == 9
	for period in ("2003-01", "2003-02", LOST[0]):
		folder = build.folder_of(runs[period])
		assert len(list(folder.iterdir())) == 3
		assert not list(folder.glob("*.part"))


def in_round() -> dict[str, dict]:
	"""Go the round, and return the runs by their periods."""
	return {run["period"]: run for run in json.loads(step("round"))}


def cut_off(run: str) -> None:
	"""End the connection of the worker that is at a run."""
	[[connection]] = frappe.db.sql("select is_used_lock(%s)", (claims.key_of(run),))
	frappe.db.sql("kill %s", (connection,))


def test_of_two_who_ask_at_once_one_wins(runs):
	with begin("ask", "2003-05") as first, begin("ask", "2003-05") as second:
		for each in (first, second):
			assert each.stdout.readline() == "ready\n"
		for each in (first, second):
			each.stdin.write("go\n")
			each.stdin.flush()
		said = sorted(each.stdout.readline() for each in (first, second))
	assert said[1] == "stored\n"
	assert said[0].startswith("refused: The run ")
