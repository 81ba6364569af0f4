"""Keeps the bench's processes running until it is told to stop."""

from __future__ import annotations

import os
import pwd
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from bench import machine, processes, services, site
from bench.errors import EsError, tail
from bench.layout import HOST, SITE, Layout
from bench.steps import Maker, write_procfile

APP_PROCESSES = ("front", "web", "worker_short", "worker_long", "schedule")
# More restarts than this within the time (seconds) mean that restarting does not help.
MAX_RESTARTS, RESTART_WINDOW = 4, 300


def configure(layout: Layout, port: int) -> None:
	"""Write which port and site the bench serves."""
	layout.update_config(
		webserver_port=port,
		socketio_port=port,
		default_site=SITE,
		serve_default_site=True,
		host_name=f"http://{HOST}:{port}",
		background_workers=1,
		# The ordinary bench refuses to run as root unless this names root.
		frappe_user=pwd.getpwuid(os.getuid()).pw_name,
	)


def check_port(layout: Layout, port: int) -> None:
	"""Raise EsError when something else listens on the port."""
	if processes.answers(port) and not processes.alive(layout, "front"):
		raise EsError(
			f"port {port} is in use",
			f"{processes.who_listens(port)} listens on {HOST}:{port}",
			f"Stop it, or choose another port: ./es up --port {port + 80}",
		)


def start_app(layout: Layout) -> None:
	"""Start honcho with the Procfile, unless it runs."""
	if processes.alive(layout, "honcho"):
		return
	for name in APP_PROCESSES:
		processes.stop(layout, name)
		(layout.logs / f"{name}.log").unlink(missing_ok=True)
	# Another bench may have taken gunicorn's port since the services were started.
	services.ensure_ports(layout)
	node = Maker(layout).node_environment()["PATH"].split(os.pathsep)[0]
	write_procfile(layout, Path(node) / "node")
	honcho = layout.env / "bin" / "honcho"
	command = [honcho, "--app-root", layout.root, "--procfile", layout.procfile, "start"]
	processes.spawn(layout, "honcho", command, env=site.frappe_environment(layout))


def stop_app(layout: Layout) -> None:
	"""Stop honcho and what it runs."""
	for name in ("honcho", *APP_PROCESSES):
		processes.stop(layout, name)


def wait_until_healthy(layout: Layout, port: int, patience: float = 90) -> None:
	"""Wait until the desk answers on the port. Raises EsError with the log of what did not come up."""
	end = time.monotonic() + patience
	while time.monotonic() < end:
		if site.ping(port, SITE):
			return
		honcho = processes.look(layout, "honcho")
		if honcho and not honcho.alive:
			break
		time.sleep(0.2)
	begun = [process for name in ("honcho", *APP_PROCESSES) if (process := processes.look(layout, name))]
	# Honcho ends with what it runs; its own words count only if it could run nothing.
	ended = [process.name for process in begun if not process.alive]
	dead = [name for name in ended if name != "honcho"] or ended or ["web"]
	stop_app(layout)
	raise EsError(
		f"the desk did not come up: {', '.join(dead)} ended or does not answer",
		"\n".join(
			f"{name}: {line}" for name in dead for line in tail(layout.logs / f"{name}.log", 5).splitlines()
		),
		f"The whole logs are in {layout.logs}.",
	)


def keep_running(layout: Layout, port: int, stopped: threading.Event, tell: Callable[[str], None]) -> None:
	"""Watch the processes until `stopped` is set; start again what died, and say so.

	Raises EsError when the same bench fails again and again.
	"""
	restarts: deque[float] = deque(maxlen=MAX_RESTARTS)
	while not stopped.wait(1):
		dead = [name for name in (*services.SERVICES, "honcho") if not processes.alive(layout, name)]
		if not dead:
			continue
		names = dead
		if "honcho" in dead:
			names = [name for name in APP_PROCESSES if not processes.alive(layout, name)][:1] or ["honcho"]
		last = tail(layout.logs / f"{names[0]}.log", 3)
		if len(restarts) == MAX_RESTARTS and time.monotonic() - restarts[0] < RESTART_WINDOW:
			raise EsError(
				f"{', '.join(names)} ends again and again",
				last,
				f"The bench was stopped. See {layout.logs}, then `./es up`.",
			)
		restarts.append(time.monotonic())
		tell(f"{', '.join(names)} ended, starting again. Its last words:\n{last}")
		services.start(layout)
		if "honcho" in dead:
			stop_app(layout)
			start_app(layout)
			wait_until_healthy(layout, port)


def until_told_to_stop(layout: Layout, port: int, tell: Callable[[str], None]) -> None:
	"""Keep the bench running until Ctrl-C, SIGTERM or SIGHUP, then stop every process."""
	stopped = threading.Event()
	for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
		signal.signal(number, lambda *_: stopped.set())
	try:
		keep_running(layout, port, stopped, tell)
	finally:
		processes.stop_all(layout)


def versions(layout: Layout) -> dict[str, str]:
	"""Return the versions of what the bench consists of, as far as they can be read."""
	import re
	import subprocess

	def ask(*command: str) -> str:
		try:
			answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
		except (OSError, subprocess.TimeoutExpired):
			return "–"
		match = re.search(r"\d+\.\d+[.\w-]*", answer.stdout + answer.stderr)
		return match[0] if match else "–"

	found = {
		"Python": ask(str(layout.python), "--version"),
		"MariaDB": ask(machine.find("mariadbd") or "mariadbd", "--version"),
	}
	if node := machine.find_node(layout):
		found["Node"] = ask(str(node / "node"), "--version")
	try:
		found["Valkey"] = ask(str(services.valkey_server(layout)), "--version")
	except EsError:
		found["Valkey"] = "–"
	for name, path in (
		("Frappe", layout.apps / "frappe" / "frappe"),
		("Early Support", layout.apps / "early_support" / "early_support"),
	):
		try:
			match = re.search(r'__version__ = "([^"]+)"', (path / "__init__.py").read_text())
		except OSError:
			match = None
		found[name] = match[1] if match else "–"
	return found
