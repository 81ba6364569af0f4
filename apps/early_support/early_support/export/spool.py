"""Keeps what was read until it is known what becomes of it, on the disk and not in memory. Pure: imports no Frappe."""

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any


class Spool(AbstractContextManager):
	"""Pages in the order in which they came.

	The file has no name: nobody finds it, and it is gone with whoever holds it, also with one that is killed.
	"""

	def __init__(self, folder: Path) -> None:
		self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 closed by __exit__
		self.pages = 0

	def __exit__(self, *_error: object) -> None:
		self._file.close()

	def add(self, page: Any) -> None:
		"""Keep a page."""
		pickle.dump(page, self._file, pickle.HIGHEST_PROTOCOL)
		self.pages += 1

	def __iter__(self) -> Iterator[Any]:
		"""Give the pages, from the first one."""
		self._file.seek(0)
		for _number in range(self.pages):
			yield pickle.load(self._file)
