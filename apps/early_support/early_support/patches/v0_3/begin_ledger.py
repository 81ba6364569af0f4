"""Enters what was seeded before there was a ledger, so that the seeder knows what an administrator has changed or deleted.

The file beside this one holds the digest of every record that was shipped by then. What is on the site with that digest was
never touched, and may be upgraded; what differs is the administrators', and asks for a decision only if something else is
shipped by now; what is absent was deleted.
"""

import json
from pathlib import Path

from early_support.forms import ledger, seeder
from early_support.forms.ledger_core import Known, digest, key_of

SHIPPED_BEFORE = Path(__file__).with_name("shipped_before_the_ledger.json")


def execute() -> None:
	before = json.loads(SHIPPED_BEFORE.read_text(encoding="utf-8"))
	known = ledger.read()
	for seen in ledger.look(seeder.once(seeder.shipped_records()).values(), {}):
		doctype, name = key = key_of(seen.record)
		was = before.get(doctype, {}).get(name)
		if was and key not in known:
			ledger.note(seen.record, judged(seen, was), None)


def judged(seen: ledger.Look, was: str) -> Known:
	"""Return what the ledger is to know of a record, of which `was` is the digest of what was shipped before."""
	if seen.here is None:
		return Known({}, was, ledger.DELETED)
	if digest(seen.here) == was:
		return Known(seen.here, was, ledger.AS_SHIPPED)
	if digest(seen.shipped) == was:
		return ledger.settled(seen, ledger.CHANGED)
	return Known({}, was, ledger.CHANGED)
