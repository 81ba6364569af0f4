"""The chain of the access log: what a row's hash covers, and how a broken chain is found. Pure: imports no Frappe.

Each row holds the hash of its own content together with the hash of the row before. Whoever changes, removes, inserts
or reorders rows would have to write every later row anew; that shows in the head, which counts the rows, and in the
anchors, which a daily job writes to a file outside the database.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

# The content of a row, in the order in which it is hashed. A new field goes to the end, with a new FORMAT.
FIELDS = (
	"read_at",
	"user",
	"roles",
	"document_type",
	"document_name",
	"child",
	"family",
	"unit",
	"controller",
	"channel",
	"ground",
	"refused",
	"request",
	"session",
	"detail",
	"works_in",
)
FORMAT = "early-support-access-log-2"
# Rows from before the log noted where the reader works, and those of readers who work nowhere, are hashed without it.
FIRST_FORMAT, FIRST_FIELDS = "early-support-access-log-1", FIELDS[:-1]
START = "0" * 64


class Head(NamedTuple):
	"""How many rows there are, and the hash of the last."""

	entries: int
	last_hash: str


class Finding(NamedTuple):
	"""Something that is wrong: the number of the row it begins with (0: no row), and what."""

	row: int
	what: str


def canonical(row: dict, number: int) -> str:
	"""Return the content of a row as the one text that is hashed.

	`row`: the values of FIELDS, `read_at` a datetime in UTC. Empty and missing are the same, as they may be in a
	database.
	"""
	used, fields = (FORMAT, FIELDS) if row.get("works_in") else (FIRST_FORMAT, FIRST_FIELDS)
	values = [_text(row.get(field)) for field in fields]
	return json.dumps([used, number, *values], ensure_ascii=False, separators=(",", ":"))


def hash_of(row: dict, number: int, previous: str) -> str:
	"""Return the hash of row `number`, which follows the row with the hash `previous`."""
	return sha256(f"{previous}\n{canonical(row, number)}".encode()).hexdigest()


def link(rows: list[dict], head: Head) -> Head:
	"""Give `rows` their number (`name`), `previous_hash` and `hash`, after `head`. Returns the new head."""
	number, last = head
	for row in rows:
		number += 1
		row["name"], row["previous_hash"] = number, last
		row["hash"] = last = hash_of(row, number, last)
	return Head(number, last)


def check(rows: Iterable[dict], head: Head | None, anchors: dict[int, str]) -> Iterator[Finding]:
	"""Yield what is wrong with the stored rows, which come in the order of their numbers; keeps none of them.

	`anchors`: number of a row → the hash that it had when it was the last.
	"""
	number, last = 0, START
	for row in rows:
		expected = number + 1
		if row["name"] != expected:
			yield Finding(expected, _missing(expected, row["name"] - 1))
		elif row["previous_hash"] != last:
			yield Finding(row["name"], "does not follow the row before it: one of the two was replaced")
		if hash_of(row, row["name"], row["previous_hash"]) != row["hash"]:
			yield Finding(row["name"], "was changed")
		if anchors.get(row["name"], row["hash"]) != row["hash"]:
			yield Finding(row["name"], "is not the row that the anchor file knows")
		number, last = row["name"], row["hash"]
	yield from _check_end(number, last, head, anchors)


def _check_end(number: int, last: str, head: Head | None, anchors: dict[int, str]) -> Iterator[Finding]:
	known = max([*anchors, head.entries if head else 0])
	if known > number:
		yield Finding(number + 1, _missing(number + 1, known))
	if head is None:
		yield Finding(0, "the head of the log is missing")
	elif head.entries < number:
		yield Finding(head.entries + 1, "was added past the log: its head does not count it")
	elif head.entries == number and head.last_hash != last:
		yield Finding(number, "is not the row that the head of the log knows")


def _missing(first: int, last: int) -> str:
	return "is missing" if first == last else f"and all rows up to {last} are missing"


def _text(value) -> str:
	if isinstance(value, datetime):
		return value.isoformat(timespec="microseconds")
	return "" if value is None else str(value)
