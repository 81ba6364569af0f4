"""Whole files or none. Pure: imports no Frappe.

A file is written under another name, brought to the disk, and only then gets its own: whoever sees the name sees all of it,
whenever the machine stops.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from early_support.export.faults import Fault, Refused

PART = ".part"
CHUNK = 1 << 20


@contextmanager
def whole(path: Path) -> Iterator[Path]:
	"""Give the path under which to write; what is there when the block ends well becomes `path`, else nothing stays."""
	part = path.with_name(path.name + PART)
	try:
		yield part
		_to_disk(part)
		part.rename(path)
		_to_disk(path.parent)
	except BaseException:
		part.unlink(missing_ok=True)
		raise


def clear_parts(folder: Path) -> None:
	"""Remove what a process that was killed has left unfinished in a folder."""
	for part in folder.glob(f"*{PART}"):
		part.unlink()


def sha256_of(path: Path) -> str:
	"""Return the SHA-256 of a file, read in pieces."""
	digest = hashlib.sha256()
	with path.open("rb") as file:
		while chunk := file.read(CHUNK):
			digest.update(chunk)
	return digest.hexdigest()


def check_hash(path: Path, sha256: str) -> None:
	"""Refuse a file that is gone, or is not what was noted of it. Raises Refused."""
	if not path.is_file() or sha256_of(path) != sha256:
		raise Refused(Fault.FILE_CHANGED, file=path.name)


def _to_disk(path: Path) -> None:
	handle = os.open(path, os.O_RDONLY)
	try:
		os.fsync(handle)
	finally:
		os.close(handle)
