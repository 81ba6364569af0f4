"""The ledger of what the demo has made: one Demo Record for each record, so that removing it is exact.

The first entry says with which seed and for which day the plan was made: whoever completes an interrupted load later
must work from the same plan, not from one of another day.
"""

import datetime
import json

import frappe

from early_support.demo.model import Plan
from early_support.demo.plan import make_plan

LEDGER = "Demo Record"
PLAN = "plan"


def remember(key: str, doctype: str, name: str, story: str | None = None) -> None:
	"""Note that the plan's record `key` is the document `name`, in the transaction that makes it."""
	# Without events and versions: the ledger is written by the app only, and holds no data of its own.
	frappe.get_doc(
		{
			"doctype": LEDGER,
			"name": key,
			"key": key,
			"story": story,
			"reference_doctype": doctype,
			"reference_name": name,
		}
	).db_insert()


def names() -> dict[str, str]:
	"""Return the names of everything made so far, by key. The entry of the plan itself is left out."""
	# Unfiltered: the ledger holds keys and names of the demo only.
	rows = frappe.get_all(LEDGER, filters={"key": ("!=", PLAN)}, fields=["key", "reference_name"], limit=0)
	return {row.key: row.reference_name for row in rows}


def entries() -> list[dict]:
	"""Return the entries in the order in which they were made, without that of the plan."""
	return frappe.get_all(
		LEDGER,
		filters={"key": ("!=", PLAN)},
		fields=["name", "reference_doctype", "reference_name"],
		order_by="creation asc, name asc",
		limit=0,
	)


def stories() -> set[str]:
	"""Return the keys of the stories that are complete: each is made in one transaction."""
	return set(
		frappe.get_all(LEDGER, filters={"story": ("is", "set")}, pluck="story", distinct=True, limit=0)
	)


def begin(seed: int, today: datetime.date, size: str) -> tuple[int, datetime.date, str]:
	"""Return seed, day and size of the plan that is being loaded: of an earlier, interrupted load if there was one."""
	known = _known()
	if known:
		return known
	remember(PLAN, "", json.dumps({"seed": seed, "today": today.isoformat(), "size": size}))
	return seed, today, size


def plan() -> Plan | None:
	"""Return the plan that was loaded, or None if there is no demo on the site."""
	known = _known()
	return make_plan(*known) if known else None


def _known() -> tuple[int, datetime.date, str] | None:
	stored = frappe.db.get_value(LEDGER, PLAN, "reference_name")
	if not stored:
		return None
	plan = json.loads(stored)
	return plan["seed"], datetime.date.fromisoformat(plan["today"]), plan["size"]


def forget(name: str) -> None:
	"""Strike one entry, after its record was removed."""
	frappe.db.delete(LEDGER, {"name": name})
