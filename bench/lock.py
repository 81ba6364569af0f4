"""One `./es` at a time changes a bench. The kernel frees the lock when its holder dies, so it can't go stale."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager

from bench.errors import EsError
from bench.layout import Layout


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
def held(layout: Layout, doing: str):
	"""Hold the bench's lock; yields a function that renames what is being done. Raises Busy when another holds it."""
	layout.run.mkdir(parents=True, exist_ok=True)
	handle = open(layout.run / "es.lock", "a+")
	try:
		try:
			fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			raise Busy(_read(handle)) from None
		since = time.time()

		def now(doing: str) -> None:
			handle.seek(0)
			handle.truncate()
			handle.write(json.dumps({"pid": os.getpid(), "since": since, "doing": doing}))
			handle.flush()

		now(doing)
		yield now
		handle.truncate(0)
	finally:
		handle.close()


def _read(handle) -> dict:
	handle.seek(0)
	try:
		return json.loads(handle.read() or "{}")
	except json.JSONDecodeError:
		return {}
