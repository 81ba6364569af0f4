"""Running other programs: output to a log file, progress to the screen, failures explained."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.errors import EsError, explain, tail


def run(  # noqa: PLR0913 — what a run needs beside the command is named
	command: Sequence[str | Path],
	log: Path,
	what: str,
	*,
	fix: str = "",
	cwd: Path | None = None,
	env: dict[str, str] | None = None,
	progress: Callable[[str], None] | None = None,
	stdin: str | None = None,
) -> str:
	"""Run a program to its end, with its output in `log`, and return that output.

	`progress` is called with the last percentage that the program printed. Raises EsError, with `what` failed, the well-known
	reason or the end of the log, and what to do.
	"""
	log.parent.mkdir(parents=True, exist_ok=True)
	with open(log, "wb") as handle:
		try:
			process = subprocess.Popen(
				[str(part) for part in command],
				cwd=cwd,
				# The reasons of failures are recognised by English words.
				env=(env or dict(os.environ)) | {"LC_ALL": "C.UTF-8"},
				# In a session of its own, so that we can end it with all that it started.
				start_new_session=True,
				stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
				stdout=subprocess.PIPE,
				stderr=subprocess.STDOUT,
			)
		except OSError as error:
			raise EsError(what, f"{command[0]} can't be started: {error.strerror}", fix) from None
		try:
			if stdin is not None:
				process.stdin.write(stdin.encode())
				process.stdin.close()
			while chunk := process.stdout.read1(65536):
				handle.write(chunk)
				handle.flush()
				if progress and (percents := re.findall(rb"(\d{1,3}) ?%", chunk)):
					progress(f"{int(percents[-1])} %")
			process.wait()
		except BaseException:
			_end_group(process)
			raise
	output = log.read_text(errors="replace")
	if process.returncode:
		known = explain(output)
		why = f"{known[0]}\n{tail(log, 4)}" if known else tail(log)
		raise EsError(what, why, (known and known[1]) or fix or f"The whole output is in {log}.")
	return output


def _end_group(process: subprocess.Popen, patience: float = 10) -> None:
	"""End a program and everything that it started."""
	for number in (signal.SIGTERM, signal.SIGKILL):
		with contextlib.suppress(ProcessLookupError):
			os.killpg(process.pid, number)
		with contextlib.suppress(subprocess.TimeoutExpired):
			process.wait(patience)
			return
