"""Starts one process of the bench: `python spawn.py NAME PROGRAM ARGUMENTS…`, from the bench's folder.

Notes the process in run/NAME.pid, sends its output to logs/NAME.log, and has the kernel end it when its parent dies, so that
a killed supervisor leaves nothing behind. Replaces itself with the program, so the process number stays the same.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def start_time(pid: int) -> str:
	"""Return when a process started, in clock ticks since boot: with the number it names a process for good."""
	stat = Path(f"/proc/{pid}/stat").read_text()
	return stat.rpartition(")")[2].split()[19]


def main(name: str, command: list[str]) -> None:
	run, logs = Path("run"), Path("logs")
	run.mkdir(exist_ok=True)
	logs.mkdir(exist_ok=True)
	part = run / f".{name}.pid.part"
	part.write_text(f"{os.getpid()} {start_time(os.getpid())}\n")
	part.rename(run / f"{name}.pid")
	log = os.open(logs / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
	os.dup2(log, 1)
	os.dup2(log, 2)
	# Only this process may outlive its parent; what it starts must not inherit the permission.
	if os.environ.pop("ES_DAEMON", "") != "1":
		ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
		if os.getppid() == 1:
			raise SystemExit("the supervisor is gone")
	os.execvp(command[0], command)


if __name__ == "__main__":
	main(sys.argv[1], sys.argv[2:])
