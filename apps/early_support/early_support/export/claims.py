"""Who works at a run right now: a lock of the database server, and one of a file, which end with their holder.

The first ends with the connection, the second with the process. So a worker that is killed leaves nothing behind that says it
is still at work; and one that has lost the database, and does not know yet, is not joined by another at the same files.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import frappe


@contextmanager
def claim(name: str) -> Iterator[bool]:
	"""Claim a run, or anything else of that name on this site. Gives whether it is ours, or somebody else is at it."""
	with _file_of(name) as is_free:
		ours = is_free and _ask("get_lock(%s, 0)", name)
		try:
			yield ours
		finally:
			if ours:
				_let_go(name)


def keep(name: str) -> bool:
	"""Keep workers from a run until this transaction has ended. Returns False if one is at it."""
	with _file_of(name) as is_free:
		if not (is_free and _ask("get_lock(%s, 0)", name)):
			return False
	for end in (frappe.db.after_commit, frappe.db.after_rollback):
		end.add(lambda: _let_go(name))
	return True


def is_claimed(name: str) -> bool:
	"""Tell whether somebody is at a run."""
	return _ask("is_used_lock(%s) is not null", name)


def key_of(name: str) -> str:
	"""Return the name of the lock. Locks are the whole server's, so that of another site is another one."""
	return hashlib.sha256(f"{frappe.conf.db_name}/{name}".encode()).hexdigest()[:48]


@contextmanager
def _file_of(name: str) -> Iterator[bool]:
	"""Hold the file of a run, if nobody does. Gives whether it is held."""
	path = Path(frappe.get_site_path("locks")) / f"export-{key_of(name)}.lock"
	path.parent.mkdir(exist_ok=True)
	with path.open("a") as file:
		try:
			fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
			# Not one that its holder has just taken away.
			is_held = path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno()))
		except (BlockingIOError, FileNotFoundError):
			is_held = False
		try:
			yield is_held
		finally:
			if is_held:
				path.unlink(missing_ok=True)


def _ask(deed: str, name: str) -> bool:
	return bool(frappe.db.sql(f"select {deed}", (key_of(name),))[0][0])


def _let_go(name: str) -> None:
	# Without a connection there is no lock either.
	with suppress(Exception):
		_ask("release_lock(%s)", name)
