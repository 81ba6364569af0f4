"""The bench's processes: which run, how to stop them, whether they are healthy."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bench.layout import HOST, Layout
from bench.spawn import start_time

SPAWN = Path(__file__).with_name("spawn.py")

# In the order in which they must be stopped: those that use others first.
NAMES = (
	"supervisor",
	"honcho",
	"front",
	"web",
	"worker_short",
	"worker_long",
	"schedule",
	"redis_queue",
	"redis_cache",
	"mariadb",
)


@dataclass(frozen=True)
class Process:
	"""A process that a pid file names. `alive` only if the same process still runs, not another with its number."""

	name: str
	pid: int
	alive: bool


def look(layout: Layout, name: str) -> Process | None:
	"""Return what the pid file of `name` says, or None when there is none that can be read."""
	try:
		pid, started = (layout.run / f"{name}.pid").read_text().split()
	except (OSError, ValueError):
		return None
	return Process(name, int(pid), is_same(int(pid), started))


def is_same(pid: int, started: str) -> bool:
	"""Tell whether the process with that number still is the one that began at `started`."""
	try:
		state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
		return state != "Z" and start_time(pid) == started
	except (OSError, IndexError):
		return False


def alive(layout: Layout, name: str) -> bool:
	"""Tell whether the process of that name runs."""
	process = look(layout, name)
	return bool(process and process.alive)


def spawn(
	layout: Layout, name: str, command: list[str | Path], env: dict[str, str] | None = None
) -> subprocess.Popen:
	"""Start a process of its own session that outlives us, noted in run/NAME.pid and logged in logs/NAME.log."""
	(layout.logs / f"{name}.log").unlink(missing_ok=True)
	(layout.run / f"{name}.pid").unlink(missing_ok=True)
	return subprocess.Popen(
		[sys.executable, str(SPAWN), name, *(str(part) for part in command)],
		cwd=layout.root,
		env=(env or dict(os.environ)) | {"ES_DAEMON": "1"},
		stdin=subprocess.DEVNULL,
		stdout=subprocess.DEVNULL,
		stderr=subprocess.DEVNULL,
		start_new_session=True,
	)


def stop(layout: Layout, name: str, patience: float = 20) -> bool:
	"""Stop the process of that name, gently first; return whether one ran. Its pid file is removed."""
	process = look(layout, name)
	# The supervisor stops everything, but itself it only forgets.
	ran = bool(process and process.alive and process.pid != os.getpid())
	if ran:
		_signal(process.pid, signal.SIGTERM)
		end = time.monotonic() + patience
		while alive(layout, name) and time.monotonic() < end:
			_reap(process.pid)
			time.sleep(0.05)
		if alive(layout, name):
			_signal(process.pid, signal.SIGKILL)
			while alive(layout, name):
				_reap(process.pid)
				time.sleep(0.05)
	(layout.run / f"{name}.pid").unlink(missing_ok=True)
	return ran


def _signal(pid: int, number: int) -> None:
	with contextlib.suppress(ProcessLookupError):
		os.kill(pid, number)


def _reap(pid: int) -> None:
	with contextlib.suppress(ChildProcessError):
		os.waitpid(pid, os.WNOHANG)


def stop_all(layout: Layout) -> list[str]:
	"""Stop every process of the bench and return the names of those that ran."""
	return [name for name in NAMES if stop(layout, name)]


def answers(port: int, timeout: float = 1) -> bool:
	"""Tell whether something accepts connections on a port of 127.0.0.1."""
	try:
		socket.create_connection((HOST, port), timeout).close()
	except OSError:
		return False
	return True


def get(url: str, timeout: float = 5) -> tuple[int, bytes]:
	"""Return (status, body) of a GET to this machine, (0, b"") when nothing answers. No proxy is ever asked."""
	opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
	try:
		with opener.open(url, timeout=timeout) as response:
			return response.status, response.read()
	except urllib.error.HTTPError as error:
		return error.code, error.read()
	except OSError:
		return 0, b""


def who_listens(port: int) -> str:
	"""Name the process that listens on a port, as far as the system lets us see it."""
	wanted = f":{port:04X}"
	inodes = set()
	for table in ("/proc/net/tcp", "/proc/net/tcp6"):
		try:
			rows = Path(table).read_text().splitlines()[1:]
		except OSError:
			continue
		inodes |= {
			row.split()[9] for row in rows if row.split()[1].endswith(wanted) and row.split()[3] == "0A"
		}
	for folder in Path("/proc").glob("[0-9]*/fd"):
		try:
			if any(os.readlink(link).strip("socket:[]") in inodes for link in folder.iterdir()):
				command = (
					folder.parent.joinpath("cmdline")
					.read_bytes()
					.replace(b"\0", b" ")
					.decode(errors="replace")
				)
				return f"process {folder.parent.name} ({command.strip()[:80]})"
		except OSError:
			continue
	return "another process"
