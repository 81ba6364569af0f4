"""What people see while the bench is made: one line a step, with its progress and its time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import contextmanager

from bench.errors import EsError

WIDTH = 28


def say(text: str = "") -> None:
	"""Print a line at once, also when the output is a pipe."""
	print(text, flush=True)


def complain(error: EsError) -> None:
	"""Print an error the way every command of ./es does: what, why, what to do."""
	lines = [f"\n✗ {error.what}"]
	if error.why:
		lines += [
			f"  {'why:' if not index else '    '} {line}" for index, line in enumerate(error.why.splitlines())
		]
	if error.fix:
		lines.append(f"  do:  {error.fix}")
	print("\n".join(lines), file=sys.stderr, flush=True)


class Board:
	"""Shows numbered steps. On a terminal the line of the running step moves; elsewhere each step is one line."""

	def __init__(self, total: int, stream=None):
		self.total, self.count = total, 0
		self.stream = stream or sys.stdout
		self.moving = self.stream.isatty()

	def skipped(self, title: str) -> None:
		self.count += 1
		self._line(title, "ready")

	@contextmanager
	def step(self, title: str):
		"""Run one step; yields `progress(text)`, to be called with a few words such as "45 %"."""
		self.count += 1
		started = time.monotonic()
		if self.moving:
			self._draw(title, "…")

		def progress(text: str) -> None:
			if self.moving:
				self._draw(title, f"{text}  {time.monotonic() - started:.0f} s")

		try:
			yield progress
		except BaseException:
			self._line(title, f"failed after {time.monotonic() - started:.1f} s")
			raise
		self._line(title, f"{time.monotonic() - started:.1f} s")

	def _head(self, title: str) -> str:
		return f"[{self.count:>2}/{self.total}] {title:<{WIDTH}} "

	def _draw(self, title: str, text: str) -> None:
		self.stream.write(f"\r\x1b[K{self._head(title)}{text[:60]}")
		self.stream.flush()

	def _line(self, title: str, text: str) -> None:
		self.stream.write(f"{chr(13) + chr(27) + '[K' if self.moving else ''}{self._head(title)}{text}\n")
		self.stream.flush()


Progress = Callable[[str], None]


def table(rows: list[list[str]], head: list[str]) -> str:
	"""Return rows as aligned columns below a head."""
	widths = [max(len(str(row[column])) for row in [head, *rows]) for column in range(len(head))]
	lines = [
		"  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
		for row in [head, *rows]
	]
	lines.insert(1, "  ".join("─" * width for width in widths))
	return "\n".join(lines)
