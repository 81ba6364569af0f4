"""One `./es` at a time changes a bench. The kernel frees the lock when its holder dies, so it can't go stale."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager

from bench.errors import EsError
from bench.layout import Layout
from bench.spawn import start_time


class Busy(EsError):
	"""Another `./es` works on this bench. `holder` says which: pid, since, doing."""

	def __init__(self, holder: dict):
		self.holder = holder
		minutes = (time.time() - holder.get("since", time.time())) / 60
		super().__init__(
			"another ./es is at work on this bench",
			f"process {holder.get('pid', '?')} is {holder.get('doing', 'working')}, for {minutes:.0f} min",
			"Wait until it is done, or stop it with Ctrl-C in its terminal (or `./es down`).",
		)


@contextmanager
def held(layout: Layout, doing: str, patience: float = 0):
	"""Hold the bench's lock; yields a function that renames what is being done.

	Raises Busy when another still holds it after `patience` seconds.
	"""
	layout.make()
	handle = open(layout.run / "es.lock", "a+")  # noqa: SIM115 — closed below; closing it frees the lock
	try:
		_take(handle, patience)
		# What an earlier holder left must not be read as ours.
		handle.truncate(0)
		since = time.time()

		def now(doing: str) -> None:
			handle.truncate(0)
			own = {"pid": os.getpid(), "started": start_time(os.getpid()), "since": since, "doing": doing}
			handle.write(json.dumps(own))
			handle.flush()

		now(doing)
		try:
			yield now
		finally:
			handle.truncate(0)
	finally:
		handle.close()


def _take(handle, patience: float) -> None:
	end = time.monotonic() + patience
	while True:
		try:
			fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
			return
		except BlockingIOError:
			if time.monotonic() >= end:
				raise Busy(_read(handle)) from None
			time.sleep(0.1)


def _read(handle) -> dict:
	handle.seek(0)
	try:
		return json.loads(handle.read() or "{}")
	except json.JSONDecodeError:
		return {}
