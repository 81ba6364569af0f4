"""What is due to be destroyed: rules, documents with the day they ended, holds and a day in; a fate for each out.

Pure: imports no Frappe. No statutory period was found for early education, so a municipality sets its own, and what has
no rule is kept (domain.md §9.6). What is due is destroyed at once; a legal hold keeps it (§9.7).
"""

import calendar
import datetime
import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

# In the order of destruction: nothing is left for a moment that hangs on what is gone.
ORDER = (
	"Needs Assessment",
	"Plan Review",
	"Support Plan",
	"Client Relationship",
	"Visit",
	"Support Period",
	"Referral",
	"Cooperation Consent",
	"Network Meeting Filing",
	"Network Meeting",
	"Concern",
	"Child Plan",
	"Consultation",
	"Child",
	"Family",
)

# Least time that a rule may say. The logs in which Frappe keeps failed requests live for 30 days: a text that was part
# of one must be gone from there too, before the document is (purge.py).
LEAST_MONTHS = 1

Key = tuple[str, str]
# A child or a family that is held, and the controller in whose register; None: in every one.
Hold = tuple[str, str, str | None]


class Fate(StrEnum):
	"""What becomes of a document. The order is that of the questions asked."""

	HELD = "Kept: legal hold"
	NO_RULE = "Kept: no rule"
	OPEN = "Kept: not ended"
	RUNNING = "Kept: the time runs"
	NEEDED = "Kept: something that belongs to it is kept"
	DUE = "Due"


@dataclass(frozen=True)
class Rule:
	"""How many months the documents of a doctype are kept after they ended; `controller` None stands for all."""

	doctype: str
	months: int
	controller: str | None = None


@dataclass(frozen=True)
class Item:
	"""A document: whose it is, the day it ended (None: it has not), and the document it belongs to."""

	doctype: str
	name: str
	controller: str | None = None
	unit: str | None = None
	ends_on: datetime.date | None = None
	belongs_to: Key | None = None

	@property
	def key(self) -> Key:
		"""Doctype and name."""
		return self.doctype, self.name


@dataclass(frozen=True)
class Judgement:
	"""The fate of an item, and the last day it is kept, if there is one."""

	item: Item
	fate: Fate
	keep_until: datetime.date | None = None


def last_day(ended_on: datetime.date, months: int) -> datetime.date:
	"""Return the last day of a time of `months` that began on `ended_on`.

	It is the day with the same number, or the last day of the month if that has no such day (act 150/1930, 3 §).
	"""
	years, month = divmod(ended_on.month - 1 + months, 12)
	year, month = ended_on.year + years, month + 1
	return datetime.date(year, month, min(ended_on.day, calendar.monthrange(year, month)[1]))


def rule_for(rules: Iterable[Rule], doctype: str, controller: str | None) -> Rule | None:
	"""Return the rule of the doctype for this register controller, else the one for all controllers, else None."""
	fitting = [rule for rule in rules if rule.doctype == doctype and rule.controller in (None, controller)]
	return max(fitting, key=lambda rule: rule.controller is not None, default=None)


def judge(
	items: Collection[Item], rules: Collection[Rule], held: Collection[Hold], today: datetime.date
) -> list[Judgement]:
	"""Judge whole families: with a document, everything that belongs to it must be among `items`.

	A hold on a document keeps all that belongs to it in the register in which it is held, and what that belongs to. A document stays as long as something that
	belongs to it stays. A family goes with its last child; only a family without children has a rule of its own.

	Returns the judgements in the order of destruction.
	"""
	parts: dict[Key, list[Item]] = {}
	for item in items:
		if item.belongs_to:
			parts.setdefault(item.belongs_to, []).append(item)
	by_key = {item.key: item for item in items}
	fates: dict[Key, Judgement] = {}
	for item in sorted(items, key=lambda item: (ORDER.index(item.doctype), item.name)):
		mine = [fates[part.key] for part in parts.get(item.key, ())]
		if _is_held(item, by_key, held):
			fates[item.key] = Judgement(item, Fate.HELD)
		elif item.doctype == "Family" and mine:
			kept = any(part.fate is not Fate.DUE for part in mine)
			fates[item.key] = Judgement(item, Fate.NEEDED if kept else Fate.DUE)
		else:
			fates[item.key] = _by_rule(item, rules, today, mine)
	return list(fates.values())


def _is_held(item: Item, by_key: dict[Key, Item], held: Collection[Hold]) -> bool:
	key: Key | None = item.key
	while key:
		if (*key, None) in held or (*key, item.controller) in held:
			return True
		above = by_key.get(key)
		key = above.belongs_to if above else None
	return False


def _by_rule(item: Item, rules: Iterable[Rule], today: datetime.date, parts: list[Judgement]) -> Judgement:
	rule = rule_for(rules, item.doctype, item.controller)
	if rule is None:
		return Judgement(item, Fate.NO_RULE)
	if item.ends_on is None:
		return Judgement(item, Fate.OPEN)
	until = last_day(item.ends_on, rule.months)
	if today <= until:
		return Judgement(item, Fate.RUNNING, until)
	if any(part.fate is not Fate.DUE for part in parts):
		return Judgement(item, Fate.NEEDED, until)
	return Judgement(item, Fate.DUE, until)


def fingerprint(rules: Iterable[Rule]) -> str:
	"""Return a digest of the rules that does not depend on their order: what a dry run has shown holds for these only."""
	rows = sorted([rule.doctype, rule.controller or "", rule.months] for rule in rules)
	return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()
