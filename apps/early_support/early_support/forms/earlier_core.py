"""Under which words an answer was given, where they have changed since. Pure: imports no Frappe.

What stood somewhere is kept as Periods, from a change to the next; when an answer was given tells the history of its document.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

EMPTY = (None, "", 0, "0")


class Period(NamedTuple):
	"""What stood somewhere until a moment, {part: words}; `since` is None of what was there from the beginning."""

	since: datetime | None
	until: datetime
	words: Mapping[str, str]


class Run(NamedTuple):
	"""The same words, for one or several periods."""

	since: datetime | None
	until: datetime
	words: str


class Save(NamedTuple):
	"""What was changed at once in a document: {(row, fieldname): what was there before}; the row of the document itself is ""."""

	at: datetime
	changed: Mapping[tuple[str, str], object]


class When(NamedTuple):
	"""When an answer was given and changed: at these moments, and perhaps between two others, of which nothing is known."""

	moments: tuple[datetime, ...]
	perhaps: tuple[datetime, datetime] | None = None

	def meets(self, run: Run) -> bool:
		"""Tell whether something was answered, or may have been, while these words stood there."""
		if self.perhaps:
			first, last = self.perhaps
			if first < run.until and (run.since is None or run.since <= last):
				return True
		return any((run.since is None or run.since <= at) and at < run.until for at in self.moments)


def periods(changes: Iterable[tuple[datetime, Mapping[str, str]]], now: Mapping[str, str]) -> list[Period]:
	"""Return what stood there before each change, in order.

	Args:
		changes: (when, {part: words before}), in order.
		now: what stands there now, as far as it is known.
	"""
	changes, words, found = [*changes], dict(now), []
	for number in reversed(range(len(changes))):
		until, before = changes[number]
		words = {**words, **before}
		found.append(Period(changes[number - 1][0] if number else None, until, words))
	return found[::-1]


def runs(periods: Iterable[Period], say: Callable[[Mapping[str, str]], str]) -> list[Run]:
	"""Return what `say` makes of the words of each period; neighbours that say the same become one."""
	found: list[Run] = []
	for since, until, words in periods:
		text = say(words)
		if found and found[-1].words == text:
			found[-1] = found[-1]._replace(until=until)
		else:
			found.append(Run(since, until, text))
	return found


def answered(
	key: tuple[str, str], made: datetime, saves: Collection[Save], until: datetime | None = None
) -> When:
	"""Return when an answer was given that stands in a document now.

	Args:
		key: (row, fieldname).
		made: when the document, or the row, was made.
		saves: of the document, the last one first.
		until: before which moment nothing is known of them; None where all are there.
	"""
	moments: list[datetime] = []
	for at, changed in saves:
		if key not in changed:
			continue
		moments.append(at)
		if changed[key] in EMPTY:
			# What was answered before is gone.
			return When(tuple(moments))
	if until and made < until:
		return When(tuple(moments), (made, until))
	return When((*moments, made))


def changed_in(version: Mapping) -> dict[tuple[str, str], object]:
	"""Return what a version of Frappe's says was changed, as `Save` has it."""
	found = {("", fieldname): old for fieldname, old, _new in version.get("changed") or ()}
	for _table, _index, row, changed in version.get("row_changed") or ():
		found |= {(row, fieldname): old for fieldname, old, _new in changed}
	return found
