"""Restores the Frappe framework from a wheel on PyPI, for the trial bench.

Frappe itself is not published on PyPI. The wheel named here is Frappe (MIT licence) under another name; undoing the
names gives code identical to Frappe's commit 0cced747669d9471aa3d60819148a8e828457930 (15.0.0-dev of 2023-08-05), but for
five logo images and ten translation files. The wheel is pinned by its hash and the result by a digest of its whole tree,
so anything else is refused. See docs/bench.md.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from pathlib import Path

from bench.errors import EsError
from bench.network import file_sha256

WHEEL_NAME = "criscostack"
WHEEL_VERSION = "1.0.0"
WHEEL_SHA256 = "dc58aaf29c59b7666edc953596e5b31f77d7286b2ed6b14c6a205b217c210349"
TREE_SHA256 = "0785128ecbe63ccc0b7bc55a6c06fbb997ca7dc8eb359f2b0d173a62f282a3f0"
FRAPPE_VERSION = "15.0.0-dev"
UPSTREAM_COMMIT = "0cced747669d9471aa3d60819148a8e828457930"

# The one change after the digest was checked: newer pydantic (the only one with wheels for Python 3.13) wants a dict here.
ADAPTATIONS = (
	(
		"utils/typing_validations.py",
		b"class FrappePydanticConfig:\n\tarbitrary_types_allowed = True\n",
		b'FrappePydanticConfig = {"arbitrary_types_allowed": True}\n',
	),
)

FIX = "Nothing was installed. Run `./es clean --all` and try again; if it says the same, report it."

# Order matters: longer names come before the names they contain.
NAMES = (
	(b"criscostack", b"frappe"),
	(b"Criscostack", b"Frappe"),
	(b"CRISCOSTACK", b"FRAPPE"),
	(b"criscoerp", b"erpnext"),
	(b"Criscoerp", b"ERPNext"),
	(b"Crisco", b"Frappe"),
	(b"crisco", b"frappe"),
	(b"brik_helper", b"bench_helper"),
)


def undo_names(data: bytes) -> bytes:
	"""Give Frappe its own names back in `data` (a file's content, or a path)."""
	for theirs, ours in NAMES:
		data = data.replace(theirs, ours)
	return data


def tree_sha256(root: Path) -> str:
	"""Return one digest over every file below `root`: its relative path, length and content, in sorted order.

	Byte code that Python leaves behind is passed over.
	"""
	digest = hashlib.sha256()
	for path in sorted(
		path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts
	):
		content = path.read_bytes()
		digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
		digest.update(content)
	return digest.hexdigest()


def _belongs(info: zipfile.ZipInfo) -> bool:
	"""Tell the framework's files from folders, packaging data and what a desktop left behind."""
	name = info.filename
	return not info.is_dir() and name.startswith(f"{WHEEL_NAME}/") and not name.endswith(".DS_Store")


def restore(wheel: Path, target: Path) -> None:
	"""Write the package `frappe`, restored from `wheel`, to the folder `target`.

	The work is done beside `target` and moved into place at the end, so that a half-made tree never stands there.

	Raises EsError when the wheel's hash or the restored tree's digest differs from the pinned one.
	"""
	found = file_sha256(wheel)
	if found != WHEEL_SHA256:
		raise EsError(
			f"{wheel.name} is not the file we trust", f"its SHA-256 is {found}, expected {WHEEL_SHA256}", FIX
		)

	part = target.with_name(f"{target.name}.part")
	shutil.rmtree(part, ignore_errors=True)
	with zipfile.ZipFile(wheel) as archive:
		for info in archive.infolist():
			if not _belongs(info):
				continue
			relative = undo_names(info.filename.encode()).decode().split("/", 1)[1]
			path = part / relative
			path.parent.mkdir(parents=True, exist_ok=True)
			path.write_bytes(undo_names(archive.read(info)))

	found = tree_sha256(part)
	if found != TREE_SHA256:
		shutil.rmtree(part)
		raise EsError(
			"the restored Frappe is not what it must be",
			f"its digest is {found}, expected {TREE_SHA256}",
			FIX,
		)

	adapt(part)
	shutil.rmtree(target, ignore_errors=True)
	os.replace(part, target)


def adapt(root: Path) -> None:
	"""Make the few changes that let the restored Frappe run with today's libraries.

	Raises EsError when the text to be changed is not there exactly once.
	"""
	for name, old, new in ADAPTATIONS:
		path = root / name
		content = path.read_bytes()
		if content.count(old) != 1:
			raise EsError("the restored Frappe can't be adapted", f"{name} has changed", FIX)
		path.write_bytes(content.replace(old, new))
