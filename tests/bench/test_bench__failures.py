"""Every failure says what failed, why, and what to do; nothing half-made is taken for done."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from bench import cli, lock, machine, processes, program, serve, services, site
from bench.errors import EsError
from bench.layout import REPO, SITE, TEST_SITE, Layout
from bench.steps import Maker, Step

pytestmark = pytest.mark.trial_bench


def es(*words, **env) -> subprocess.CompletedProcess:
	"""Run ./es as a person would, on the temporary bench of the test."""
	return subprocess.run(
		[sys.executable, str(REPO / "es"), *words],
		env=os.environ | env,
		capture_output=True,
		text=True,
		timeout=120,
		check=False,
		stdin=subprocess.DEVNULL,
	)


def test_help_explains_every_command():
	answer = es("--help")
	assert answer.returncode == 0
	for command in [*(name for name in cli.COMMANDS if not name.startswith("_")), "frappe", "test"]:
		assert f"./es {command}" in answer.stdout


def test_unknown_command_is_refused():
	answer = es("fly")
	assert answer.returncode == 2
	assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("port", ["80", "99999", "kahdeksan"])
def test_bad_port_is_refused(port):
	answer = es("up", "--port", port)
	assert answer.returncode == 2
	assert "no port between" in answer.stderr


def test_busy_port_names_who_listens(layout):
	with socket.socket() as taken:
		taken.bind(("127.0.0.1", 0))
		taken.listen()
		answer = es("up", "--port", str(taken.getsockname()[1]))
	assert answer.returncode == 1
	assert "is in use" in answer.stderr
	assert f"process {os.getpid()}" in answer.stderr
	assert "--port" in answer.stderr
	assert not layout.env.exists()


def test_second_up_is_refused_while_one_works(layout):
	with lock.held(layout, "./es up"):
		answer = es("up", "--port", "18999")
	assert answer.returncode == 1
	assert "another ./es is at work" in answer.stderr
	assert str(os.getpid()) in answer.stderr


def test_a_test_site_does_not_make_the_shown_passwords_forgotten(layout, monkeypatch):
	made = set()
	monkeypatch.setattr(site, "create", lambda _layout, name, _progress, **_config: made.add(name))
	monkeypatch.setattr(site, "exists", lambda _layout, name: name in made)
	maker = Maker(layout)
	shown = Step(f"passwords-{SITE}", "", lambda: "", lambda: True, lambda _progress: None)
	maker.carry_out(maker.site_step(), lambda _text: None)
	maker.carry_out(shown, lambda _text: None)
	maker.carry_out(maker.site_step(TEST_SITE, "test-site"), lambda _text: None)
	assert made == {SITE, TEST_SITE}
	assert maker.is_done(shown)
	made.clear()
	maker.carry_out(maker.site_step(), lambda _text: None)
	assert not maker.is_done(shown)


def test_lock_of_a_killed_process_is_free(layout):
	code = "import sys,time; sys.path.insert(0, sys.argv[1]); from bench import lock, layout\n"
	code += "with lock.held(layout.Layout(), './es up'): print('held', flush=True); time.sleep(60)"
	child = subprocess.Popen([sys.executable, "-c", code, str(REPO)], stdout=subprocess.PIPE, text=True)
	assert child.stdout.readline() == "held\n"
	with pytest.raises(lock.Busy), lock.held(layout, "second"):
		pass
	child.kill()
	child.wait()
	with lock.held(layout, "third"):
		pass


def test_program_that_meets_a_full_disk_is_explained(layout):
	with pytest.raises(EsError) as caught:
		program.run(
			["sh", "-c", "echo much | cat > /dev/full"], layout.logs / "x.log", "it could not be written"
		)
	assert "the disk is full" in caught.value.why
	assert "Free some disk space" in caught.value.fix


def test_full_disk_under_our_own_hands_is_explained(layout, monkeypatch, capsys):
	def full(*arguments):
		with open("/dev/full", "w") as handle:
			handle.write("much")
			handle.flush()

	monkeypatch.setitem(cli.COMMANDS, "status", full)
	assert cli.main(["status"]) == 1
	assert "Free some disk space" in capsys.readouterr().err


def test_program_that_is_missing_is_explained(layout):
	with pytest.raises(EsError) as caught:
		program.run(["/nowhere/program"], layout.logs / "x.log", "it could not be started", fix="Install it.")
	assert "No such file" in caught.value.why
	assert caught.value.fix == "Install it."


def test_unforeseen_error_leaves_its_traceback_in_a_file_only(layout, monkeypatch, capsys):
	monkeypatch.setitem(cli.COMMANDS, "status", lambda *arguments: 1 / 0)
	assert cli.main(["status"]) == 1
	shown = capsys.readouterr().err
	assert "Traceback" not in shown
	assert "ZeroDivisionError" in shown
	assert "Traceback" in (layout.logs / "es-error.log").read_text()


def test_step_that_was_interrupted_is_done_again(layout):
	maker = Maker(layout)
	runs = []

	def work(progress):
		runs.append(1)
		if len(runs) == 1:
			raise KeyboardInterrupt

	step = Step("some", "Some step", lambda: "same", lambda: True, work)
	maker.carry_out(Step("some", "Some step", lambda: "same", lambda: True, lambda progress: None), print)
	assert maker.is_done(step)
	with pytest.raises(KeyboardInterrupt):
		maker.carry_out(step, print)
	assert not maker.is_done(step)
	maker.carry_out(step, print)
	assert maker.is_done(step)


def test_step_with_other_inputs_or_a_lost_result_is_done_again(layout):
	maker = Maker(layout)
	result = layout.state / "result"
	make = Step("some", "Some step", lambda: "one", result.exists, lambda progress: result.touch())
	maker.carry_out(make, print)
	assert maker.is_done(make)
	assert not maker.is_done(Step("some", "Some step", lambda: "two", result.exists, print))
	result.unlink()
	assert not maker.is_done(make)


def test_step_that_leaves_no_result_fails(layout):
	with pytest.raises(EsError, match="left no result"):
		Maker(layout).carry_out(
			Step("some", "Some step", lambda: "", lambda: False, lambda progress: None), print
		)


def write_program(path, text):
	path.parent.mkdir(parents=True, exist_ok=True)
	path.write_text(f"#!/bin/sh\n{text}\n")
	path.chmod(0o755)
	return path


def test_old_node_of_the_machine_is_passed_over(layout, tmp_path, monkeypatch):
	folder = tmp_path / "bin"
	write_program(folder / "node", "echo v16.20.2")
	write_program(folder / "npm", "echo 8.0.0")
	monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
	assert machine.find_node(layout) is None
	write_program(folder / "node", "echo v18.0.0")
	assert machine.find_node(layout) == folder


def test_node_without_npm_is_passed_over(layout, tmp_path, monkeypatch):
	write_program(tmp_path / "bin" / "node", "echo v22.0.0")
	monkeypatch.setenv("PATH", str(tmp_path / "bin"))
	assert machine.find_node(layout) is None


def test_neither_root_nor_sudo_says_what_to_ask_for(layout, monkeypatch):
	monkeypatch.setattr(os, "geteuid", lambda: 1000)
	monkeypatch.setattr(
		machine.shutil, "which", lambda name, path=None: "/usr/bin/apt-get" if name == "apt-get" else None
	)
	with pytest.raises(EsError) as caught:
		machine.install(layout, {"no-such-program": "some-package"}, print)
	assert "no sudo" in caught.value.why
	assert "apt-get install --no-install-recommends" in caught.value.fix
	assert "some-package" in caught.value.fix


def test_machine_without_apt_says_what_is_missing(layout, monkeypatch):
	monkeypatch.setattr(machine.shutil, "which", lambda name, path=None: None)
	with pytest.raises(EsError) as caught:
		machine.install(layout, {"no-such-program": "some-package"}, print)
	assert "no apt-get" in caught.value.why
	assert "some-package" in caught.value.why


def test_desk_that_is_still_starting_is_waited_for(layout, monkeypatch):
	# Its note of itself comes a moment after it was started, between one look and the next.
	looks, pings = iter([None]), iter([False, False])
	running = processes.Process("honcho", os.getpid(), True)
	monkeypatch.setattr(processes, "look", lambda _layout, _name: next(looks, running))
	monkeypatch.setattr(site, "ping", lambda _port, _site: next(pings, True))
	serve.wait_until_healthy(layout, 18999, patience=5)


def test_desk_that_can_not_start_shows_the_last_words_of_what_ended(layout):
	processes.spawn(layout, "honcho", [sys.executable, "-c", "raise SystemExit('no semaphores here')"])
	with pytest.raises(EsError) as error:
		serve.wait_until_healthy(layout, 18999, patience=20)
	assert "honcho ended" in error.value.what
	assert "no semaphores here" in error.value.why


def test_killed_mariadb_is_seen_and_comes_back_with_its_data(with_packages):
	layout = with_packages
	services.start(layout)
	port = layout.ports()["mariadb"]
	client = services.mariadb_client(layout, port)
	env = os.environ | {"MYSQL_PWD": layout.secret("mariadb_root")}
	statement = (
		"CREATE DATABASE kept; CREATE TABLE kept.rows (n INT) ENGINE=InnoDB; INSERT INTO kept.rows VALUES (7)"
	)
	subprocess.run([*client, "-e", statement], env=env, check=True)
	os.kill(processes.look(layout, "mariadb").pid, signal.SIGKILL)
	end = time.monotonic() + 10
	while processes.alive(layout, "mariadb") and time.monotonic() < end:
		time.sleep(0.05)
	answer = es("status")
	assert answer.returncode == 3
	assert "killed or crashed: ./es logs mariadb" in answer.stdout
	services.start(layout)
	kept = subprocess.run(
		[*client, "-N", "-e", "SELECT n FROM kept.rows"], env=env, check=True, capture_output=True, text=True
	)
	assert kept.stdout == "7\n"


def test_mariadb_that_can_not_start_shows_its_last_words(with_packages):
	layout = with_packages
	services.prepare_mariadb(layout)
	(layout.mariadb / "ibdata1").write_bytes(b"broken" * 1000)
	with pytest.raises(EsError, match="MariaDB did not start") as caught:
		services.start_mariadb(layout, patience=20)
	assert "ERROR" in caught.value.why
	assert "mariadb.log" in caught.value.fix
	assert not processes.alive(layout, "mariadb")


def test_private_port_taken_by_a_stranger_is_replaced(with_packages):
	layout = with_packages
	old = layout.ports()["redis_cache"]
	with socket.socket() as stranger:
		stranger.bind(("127.0.0.1", old))
		stranger.listen()
		services.start_valkey(layout, "redis_cache")
		new = layout.ports()["redis_cache"]
	assert new != old
	assert layout.read_config()["redis_cache"].endswith(f":{new}")
	assert processes.answers(new)


def test_port_of_the_web_process_taken_by_a_stranger_is_replaced(layout):
	old = layout.ports()["gunicorn"]
	with socket.socket() as stranger:
		stranger.bind(("127.0.0.1", old))
		stranger.listen()
		new = services.ensure_ports(layout)["gunicorn"]
	assert new != old
	assert layout.ports()["gunicorn"] == layout.read_config()["gunicorn_port"] == new


def test_number_of_a_dead_process_does_not_pass_for_alive(layout):
	(layout.run / "web.pid").write_text(f"{os.getpid()} 12345\n")
	assert not processes.alive(layout, "web")
	assert not processes.stop(layout, "web")


def test_secrets_are_random_and_private(layout, tmp_path):
	first = layout.secret("mariadb_root")
	assert layout.secret("mariadb_root") == first
	assert Layout(tmp_path / "other").root != layout.root
	assert (layout.config / "secrets.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("command", [("clean",), ("up", "--port", "18998"), ("test",)])
def test_folder_that_is_not_ours_is_left_alone(tmp_path, command):
	"""An ordinary bench, or anything else: even where it has the same folders as ours."""
	folder = tmp_path / "frappe-bench"
	(folder / "sites" / "real.site").mkdir(parents=True)
	(folder / "env").mkdir()
	(folder / "sites" / "real.site" / "site_config.json").write_text("kept")
	answer = es(*command, ES_BENCH=str(folder))
	assert answer.returncode == 1
	assert "not a bench of ours" in answer.stderr
	assert (folder / "sites" / "real.site" / "site_config.json").exists()
	assert sorted(path.name for path in folder.iterdir()) == ["env", "sites"]


def test_clean_all_removes_only_our_folders_of_the_cache(layout, tmp_path):
	cache = tmp_path / "cache"
	(cache / "downloads").mkdir(parents=True)
	(cache / "letter.txt").write_text("kept")
	assert es("clean", "--all").returncode == 0
	assert [path.name for path in cache.iterdir()] == ["letter.txt"]
	assert not layout.root.exists()


def test_ordinary_bench_that_is_not_ready_says_what_is_missing(layout, tmp_path):
	bench = tmp_path / "frappe-bench"
	words = ("test", "--bench", str(bench), "--site", "test.localhost")
	python, config = bench / "env" / "bin" / "python", bench / "sites" / "test.localhost" / "site_config.json"
	assert "has no site test.localhost" in es(*words).stderr
	for path in (python, config):
		path.parent.mkdir(parents=True)
	python.symlink_to(sys.executable)
	config.write_text("{}")
	assert "does not allow tests" in es(*words).stderr
	config.write_text('{"allow_tests": true}')
	answer = es(*words)
	assert "has no built assets" in answer.stderr
	assert "bench build" in answer.stderr
	assert answer.returncode == 1
	assert "go together" in es(*words[:3]).stderr


def test_program_is_ended_with_all_that_it_started(layout, tmp_path):
	"""A request to stop, as ./es down sends it, leaves no npm or uv behind."""
	code = "import sys,signal; sys.path.insert(0, sys.argv[1])\n"
	code += "from bench import cli, program; from bench.layout import Layout; from pathlib import Path\n"
	code += "signal.signal(signal.SIGTERM, cli._interrupt)\n"
	code += "program.run(['sh', '-c', 'sleep 300 & echo $! > ' + sys.argv[2] + '; wait'], Layout().logs / 'x.log', 'x')"
	number = tmp_path / "number"
	child = subprocess.Popen([sys.executable, "-c", code, str(REPO), str(number)], stderr=subprocess.DEVNULL)
	end = time.monotonic() + 20
	while not (number.exists() and number.read_text().strip()) and time.monotonic() < end:
		time.sleep(0.05)
	child.terminate()
	child.wait(20)
	sleeper = int(number.read_text())
	while os.path.exists(f"/proc/{sleeper}/exe") and time.monotonic() < end:
		time.sleep(0.05)
	assert not os.path.exists(f"/proc/{sleeper}/exe")


def test_configuration_with_secrets_is_private(layout):
	layout.update_config(root_password="secret")
	assert layout.common_config.stat().st_mode & 0o077 == 0
