"""A bench from nothing to its end, as a person runs it: up, again, killed processes, down."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from bench import processes, site
from bench.layout import REPO, SITE, Layout, free_port
from bench.serve import APP_PROCESSES
from bench.services import SERVICES

pytestmark = [pytest.mark.trial_bench, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def layout(tmp_path_factory) -> Layout:
	"""A bench in a fresh copy of the sources; downloads come from the caches that made the bench we are tested on."""
	clone = tmp_path_factory.mktemp("lifecycle") / "clone"
	made = shutil.ignore_patterns(".git", ".bench", "node_modules", "dist", "__pycache__")
	shutil.copytree(REPO, clone, symlinks=True, ignore=made)
	layout = Layout(clone / ".bench")
	yield layout
	es(layout, "down")


@pytest.fixture(scope="module")
def port() -> int:
	return free_port(19000)


def es(layout: Layout, *words: str) -> subprocess.CompletedProcess:
	return subprocess.run(
		[sys.executable, str(layout.root.parent / "es"), *words],
		capture_output=True,
		text=True,
		timeout=600,
		check=False,
		stdin=subprocess.DEVNULL,
	)


def running(layout: Layout) -> set[str]:
	return {name for name in (*SERVICES, *APP_PROCESSES) if processes.alive(layout, name)}


def wait_for_answer(port: int, patience: float = 90) -> None:
	end = time.monotonic() + patience
	while not site.ping(port, SITE):
		assert time.monotonic() < end, "the desk did not come back"
		time.sleep(0.5)


def test_01_up_makes_and_starts_everything(layout, port):
	answer = es(layout, "up", "--no-demo", "--detach", "--port", str(port))
	assert answer.returncode == 0, answer.stdout + answer.stderr
	assert f"http://127.0.0.1:{port}" in answer.stdout
	assert "Administrator" in answer.stdout
	assert running(layout) == {*SERVICES, *APP_PROCESSES}
	assert es(layout, "status").returncode == 0


def test_02_nothing_listens_beyond_this_machine(layout, port):
	ours = {f":{number:04X}" for number in (port, *layout.ports().values())}
	for table in ("/proc/net/tcp", "/proc/net/tcp6"):
		with open(table) as handle:
			rows = [row.split() for row in handle.read().splitlines()[1:]]
		listening = [row[1] for row in rows if row[3] == "0A" and row[1][-5:] in ours]
		assert all(address.startswith("0100007F:") for address in listening), listening


def test_03_up_again_changes_nothing(layout, port):
	before = {name: processes.look(layout, name).pid for name in running(layout)}
	answer = es(layout, "up", "--port", str(port))
	assert answer.returncode == 0
	assert "Already running" in answer.stdout
	assert {name: processes.look(layout, name).pid for name in running(layout)} == before


@pytest.mark.parametrize("name", ["web", "mariadb", "honcho"])
def test_04_what_is_killed_comes_back(layout, port, name):
	killed = processes.look(layout, name)
	os.kill(killed.pid, signal.SIGKILL)
	end = time.monotonic() + 60
	while (found := processes.look(layout, name)) is None or not found.alive or found.pid == killed.pid:
		assert time.monotonic() < end, f"{name} did not come back"
		time.sleep(0.2)
	wait_for_answer(port)
	assert running(layout) == {*SERVICES, *APP_PROCESSES}


def test_05_frappe_commands_pass_through(layout):
	answer = es(layout, "frappe", "list-apps")
	assert answer.returncode == 0
	assert "early_support" in answer.stdout
	assert es(layout, "frappe", "no-such-command").returncode != 0


def test_06_the_benchmark_runs_beside_it(layout):
	answer = es(layout, "benchmark", "list", "save", "forms", "--rows", "1000", "--runs", "1")
	assert answer.returncode == 0, answer.stdout + answer.stderr
	found = json.loads((layout.root / "artefacts" / "benchmark.json").read_text())
	assert found["conditions"]["rows"]["Concern"] == 1000
	figures = {(figure["group"], figure["name"]): figure for figure in found["figures"]}
	for group in ("list", "rows read", "save", "forms"):
		assert any(key[0] == group for key in figures), figures
	assert figures["full scans", "list: educator of one unit"]["met"]
	assert running(layout) == {*SERVICES, *APP_PROCESSES}


def test_07_down_leaves_no_process(layout, port):
	numbers = [processes.look(layout, name).pid for name in running(layout)]
	started = time.monotonic()
	answer = es(layout, "down")
	assert answer.returncode == 0
	# Whoever is not asked nicely is killed after 20 s: nobody needs to be.
	assert time.monotonic() - started < 20
	assert running(layout) == set()
	assert not [number for number in numbers if os.path.exists(f"/proc/{number}/cwd")]
	assert not any(processes.answers(number) for number in (port, *layout.ports().values()))
	assert es(layout, "status").returncode == 3
