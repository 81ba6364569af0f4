"""Delivers files to a folder of the server, which a receiving system empties. Pure: imports no Frappe.

Which folders there are says the configuration of the site (`early_support_export_folders`: {name: path}), which nobody
changes in the desk. A profile names one; a name is looked up, and never becomes part of a path.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from early_support.export import files
from early_support.export.faults import Fault, Refused


def folder_of(folders: Mapping[str, str] | None, name: str | None) -> Path:
	"""Return the folder of that name.

	Raises:
		Refused: there is none, or nothing can be written there.
	"""
	path = (folders or {}).get(name) if isinstance(folders, Mapping) else None
	if not isinstance(path, str):
		raise Refused(Fault.FOLDER_UNKNOWN, folder=name or "–")
	folder = Path(path)
	if not (folder.is_absolute() and folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
		raise Refused(Fault.FOLDER_UNUSABLE, folder=name)
	return folder


def deliver(made: Sequence[tuple[Path, str]], folder: Path) -> None:
	"""Copy files, each with its SHA-256, into a folder: whole ones, in their order, so that the last says that all are there.

	May be repeated: what lies there already and is the same stays.

	Raises:
		Refused: a file is no longer what was noted, or another one of its name lies there.
		OSError: the folder cannot be written to; nothing half is left.
	"""
	for path, sha256 in made:
		files.check_hash(path, sha256)
		target = folder / path.name
		if target.exists():
			if files.sha256_of(target) != sha256:
				raise Refused(Fault.FILE_ALREADY_THERE, file=path.name)
			continue
		with files.whole(target) as part:
			shutil.copyfile(path, part)
			files.check_hash(part, sha256)
