"""A purge whose process is killed leaves whole families, and the next one carries on. So does the turning into figures."""

import json
import os
import signal
import subprocess
import sys

import frappe
import pytest

from early_support.tests.privacy_factories import DOCUMENTS


def command(name: str) -> list[str]:
	return [sys.executable, "-m", "early_support.tests.privacy_process", frappe.local.site, name]


def step(name: str) -> str:
	done = subprocess.run(command(name), capture_output=True, text=True, check=False, timeout=300)
	assert done.returncode == 0, done.stderr
	return done.stdout


@pytest.fixture
def committed_families(site):
	"""Three families that are due, really in the database, and taken away again."""
	try:
		step("make")
		yield
	finally:
		step("clean")


def test_killed_in_the_middle_and_carried_on(committed_families):
	assert "on_disk" in (before := json.loads(step("count")))
	assert (before["families"], before["children"], before["on_disk"]) == (3, 3, 3)

	with subprocess.Popen(command("hang"), stdout=subprocess.PIPE, text=True) as process:
		assert process.stdout.readline() == "standing still\n"
		os.kill(process.pid, signal.SIGKILL)

	# The second family is there as a whole: nothing of it was committed. Only its file is gone from the disk already,
	# which is the safe order.
	killed = json.loads(step("count"))
	assert (killed["families"], killed["children"], killed["files"]) == (2, 2, 2)
	assert killed["on_disk"] == 1
	assert killed["counted"] == 1
	assert [run["status"] for run in killed["runs"]] == ["Running"]

	step("purge")
	after = json.loads(step("count"))
	assert (after["families"], after["children"], after["files"], after["on_disk"]) == (0, 0, 0, 0)
	assert [(run["status"], run["total_destroyed"]) for run in after["runs"]] == [
		("Completed", 3 * DOCUMENTS)
	]


@pytest.fixture
def committed_cases(site):
	"""Three cases that are due to become figures, really in the database, and taken away again."""
	try:
		step("make_cases")
		yield
	finally:
		step("clean_cases")


def test_turning_is_killed_in_the_middle_and_carried_on(committed_cases):
	before = json.loads(step("count_cases"))
	assert (before["periods"], before["visits"], before["on_disk"], before["figures"]) == (3, 3, 3, [])

	with subprocess.Popen(command("hang_turning"), stdout=subprocess.PIPE, text=True) as process:
		assert process.stdout.readline() == "standing still\n"
		os.kill(process.pid, signal.SIGKILL)

	# One case is figures; the second one is there as a whole, and has left no figure.
	of_one = ["kaynti_pidetty", "tukijakso_paattynyt"]
	killed = json.loads(step("count_cases"))
	assert (killed["periods"], killed["visits"], killed["figures"]) == (2, 2, of_one)
	assert [run["status"] for run in killed["runs"]] == ["Running"]

	step("turn")
	after = json.loads(step("count_cases"))
	assert (after["periods"], after["visits"], after["on_disk"]) == (0, 0, 0)
	assert after["figures"] == sorted(of_one * 3)
	assert [(run["status"], run["total_destroyed"]) for run in after["runs"]] == [("Completed", 6)]

	step("turn")
	assert json.loads(step("count_cases")) == after
