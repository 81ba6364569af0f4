"""Judges what is shipped against what stands on a site. Pure: imports no Frappe.

A record has a *content*: the fields that are shipped, as text, and the rows of its tables. Of a row everything counts
that is not the default of its field, also what is not shipped: an upgrade writes the rows anew, so whatever an
administrator has put into one would be lost with it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

Key = tuple[str, str]
Row = dict[str, str]
Content = dict[str, "str | list[Row]"]

LONGEST_NAME = 140

# What is shipped for the day on which a record is made, and then is the site's own: which of its workflows is in force;
# which app a workspace stands under, a field that only some versions of Frappe have.
OWN = {"Workflow": ("is_active",), "Workspace": ("app",)}
# Where the workflow builder draws a row.
DRAWN = ("workflow_builder_id",)


class Step(Enum):
	"""What is to be done about a record."""

	CREATE = "create"
	UPGRADE = "upgrade"
	SAME = "same"
	CHANGED = "changed"
	DECIDE = "decide"
	GONE = "gone"


class Known(NamedTuple):
	"""What the ledger says of a record: what it was when it was last written, or decided on.

	`content` is None of a record that could not be made yet, and empty where nobody knows what was shipped: on sites from
	before the ledger, of which only the digest is known.
	"""

	content: Content | None
	digest: str
	status: str = ""
	reason: str | None = None


def key_of(record: Mapping) -> Key:
	"""Return the stable key of a shipped record."""
	return record["doctype"], record["name"]


def entry_name(key: Key) -> str:
	"""Return the name under which a record stands in the ledger."""
	name = f"{key[0]}: {key[1]}"
	if len(name) <= LONGEST_NAME:
		return name
	# The end of a long name is replaced, so that two with the same beginning stay apart.
	end = hashlib.sha256(name.encode()).hexdigest()[:16]
	return f"{name[: LONGEST_NAME - len(end) - 1]}-{end}"


def shipped_fields(record: Mapping) -> list[str]:
	"""Return the fields of a shipped record that are compared and upgraded."""
	left_out = {"doctype", "name", *OWN.get(record["doctype"], ())}
	return [field for field in record if field not in left_out]


def text(value: object) -> str:
	"""Return a value as text, so that what is read from a file equals what a database gives back. Nothing and 0 are one."""
	if value is None or value in (0, "0"):
		return ""
	if isinstance(value, bool):
		return "1"
	if isinstance(value, float) and value.is_integer():
		value = int(value)
	return str(value).replace("\r\n", "\n").strip()


def tidy(values: Mapping, fields: Iterable[str], tables: Mapping[str, Mapping[str, str]]) -> Content:
	"""Return the content of a record, or of a document, in `fields`.

	Args:
		values: a value for each field; of a table its rows.
		fields: which fields count.
		tables: fieldname of a table → fields of its rows → their defaults, as text.
	"""
	return {
		field: [_row(row, tables[field]) for row in values.get(field) or ()]
		if field in tables
		else text(values.get(field))
		for field in fields
	}


def _row(row: Mapping, defaults: Mapping[str, str]) -> Row:
	values = {
		field: text(row.get(field, default)) for field, default in defaults.items() if field not in DRAWN
	}
	return {field: value for field, value in values.items() if value != defaults[field]}


def digest(content: Content) -> str:
	"""Return a short text that differs for different contents."""
	return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def judge(known: Known | None, shipped: Content, here: Content | None) -> Step:
	"""Say what is to be done about a record.

	Args:
		known: its entry in the ledger, if there is one.
		shipped: its content as the app ships it now.
		here: its content on the site, in the fields of both; None: it is not there.
	"""
	if here is None:
		return Step.GONE if known and known.content is not None else Step.CREATE
	if agrees(shipped, here):
		return Step.SAME
	if known is None:
		return Step.CHANGED
	untouched = bool(known.content) and agrees(known.content, here)
	if not has_news(known, shipped):
		# Frappe has its own way of writing some values: then it is what was stored that counts, not what was shipped.
		return Step.SAME if untouched else Step.CHANGED
	return Step.UPGRADE if untouched else Step.DECIDE


def agrees(content: Content, here: Content) -> bool:
	"""Whether every field of `content` is the same on the site."""
	return all(here.get(field) == value for field, value in content.items())


def has_news(known: Known, shipped: Content) -> bool:
	"""Whether something else is shipped now than what the ledger knows."""
	return known.digest != digest(shipped) and known.content != shipped


def apart(sides: Sequence[list[str] | None]) -> tuple[list[list[str] | None], int]:
	"""Leave out of several lists of lines what all of them have, and say how many lines those are.

	A side that is None is not there. Lists that differ in their order only are left whole.
	"""
	there = [Counter(side) for side in sides if side is not None]
	common = Counter(there[0]) if there else Counter()
	for counted in there[1:]:
		common &= counted
	left = [None if side is None else _without(side, common) for side in sides]
	if not any(left):
		return list(sides), 0
	return left, common.total()


def _without(lines: list[str], common: Counter) -> list[str]:
	to_go = Counter(common)
	left = []
	for line in lines:
		if to_go[line] > 0:
			to_go[line] -= 1
		else:
			left.append(line)
	return left
