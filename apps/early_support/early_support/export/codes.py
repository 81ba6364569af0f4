"""Code maps: what a value of ours is called in the receiving system. Pure: imports no Frappe."""

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from early_support.export.faults import Fault, Refused


class Row(NamedTuple):
	"""One pair of codes; the days between which it holds both count, None is without end."""

	local: str
	external: str
	label: str = ""
	first: datetime.date | None = None
	last: datetime.date | None = None

	def holds(self, day: datetime.date) -> bool:
		return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class CodeMap:
	"""The rows of one code map with what the manifest says of it."""

	def __init__(self, name: str, rows: Iterable[Row], oid: str = "", version: str = "") -> None:
		self.name, self.oid, self.version = name, oid, version
		self.rows = tuple(rows)
		self._rows: dict[str, list[Row]] = defaultdict(list)
		for row in self.rows:
			self._rows[row.local].append(row)

	@property
	def is_dated(self) -> bool:
		"""Whether it depends on the day what a value is called."""
		return any(row.first or row.last for row in self.rows)

	@property
	def sha256(self) -> str:
		"""The SHA-256 of what decides which code a value gets, whatever the order of the rows (docs/export.md)."""
		rows = sorted([row.local, row.external, _said(row.first), _said(row.last)] for row in self.rows)
		return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()

	def check(self) -> None:
		"""Refuse two rows for the same value on the same day: nobody could say which one is meant. Raises Refused."""
		for local, rows in self._rows.items():
			in_order = sorted(rows, key=lambda row: row.first or datetime.date.min)
			for earlier, later in pairwise(in_order):
				if earlier.last is None or later.first is None or later.first <= earlier.last:
					raise Refused(Fault.CODE_TWICE, map=self.name, value=local)

	def external(self, local: str, day: datetime.date, unknown: str | None = None) -> str:
		"""Return the external code of a value on a day.

		Args:
			local: our code.
			day: on which it happened.
			unknown: what stands for a value without a row; None: none does.

		Raises:
			Refused: CODE_UNMAPPED, without `unknown`.
		"""
		for row in self._rows.get(local, ()):
			if row.holds(day):
				return row.external
		if unknown:
			return unknown
		raise Refused(Fault.CODE_UNMAPPED, map=self.name, value=local, day=day)


def _said(day: datetime.date | None) -> str:
	return day.isoformat() if day else ""
