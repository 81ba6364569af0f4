"""What administrators decide about shipped records: take the shipped version, keep their own, or go back to the shipped one.

A decision writes what the app ships, as a migration would, and nothing else: read from the app's files, whatever the site
stores. So it may be taken also by a Form Administrator, who may not edit a Workflow or a Workspace by hand; the rules of
workflows are asked all the same. What only Administrator stores (access/doors/maintenance.py), only Administrator decides.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from early_support.access.doors import maintenance
from early_support.exceptions import ChangedMeanwhile, NothingToDecide
from early_support.forms import ledger, seeder
from early_support.forms.ledger_core import Row, Step, apart, has_news

FORM_ADMINISTRATORS = frozenset({"Administrator", "Form Administrator", "System Manager"})

SHIPPED_VERSION = "Shipped Version"
OWN_VERSION = "Own Version"
RESET = "Back to Shipped"


# What is asked -------------------------------------------------------------------------------------------------------


@frappe.whitelist()
def compare(name: str) -> dict:
	"""Return how a shipped record stands on this site.

	{rows, token, actions, before}: `rows` is [{label, before, now, here, same}] for each field that differs, where each side
	is text, or a list of lines for the rows of a table, of which those in all sides are left out and counted as `same`; a
	side that is None is not there. `before` says whether what was shipped before is another side. `token` names what was
	seen, for the decision; `actions` are those of `accept`, `keep_mine` and `reset` that are open to who asks.
	"""
	_require_administrator()
	entry = frappe.get_doc(ledger.LEDGER, str(name))
	seen = _look(entry)
	if seen is None:
		return {"rows": [], "token": "", "actions": [], "before": False}
	news = has_news(seen.known, seen.shipped)
	return {
		"rows": _rows(seen),
		"token": _token(entry, seen),
		"actions": _actions(seen),
		"before": bool(news and seen.known.content),
	}


@frappe.whitelist(methods=["POST"])
def look() -> bool:
	"""Note what was changed and deleted on the site since the last upgrade. Returns whether there was anything to note."""
	_require_administrator()
	return seeder.look_again()


# What is decided -----------------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def accept(name: str, token: str) -> None:
	"""Take the shipped version in place of the own one, which stays readable in the ledger.

	Args:
		name: of the entry in the ledger.
		token: what `compare` gave.

	Raises:
		frappe.PermissionError: for whoever administers no forms, and for what only Administrator stores.
		ChangedMeanwhile: 409, somebody has decided, or changed the record, since `compare`.
		NothingToDecide: nothing waits for this decision.
		EarlySupportError: a rule refuses the shipped version as things are, such as a state in use that it does not have.
	"""
	seen = _for_decision(name, token, "accept")
	_take_shipped(seen, SHIPPED_VERSION)


@frappe.whitelist(methods=["POST"])
def keep_mine(name: str, token: str) -> None:
	"""Keep the own version; nothing is asked again until something else is shipped. Arguments and errors as in `accept`."""
	seen = _for_decision(name, token, "keep_mine")
	status = ledger.CHANGED if seen.here is not None else ledger.DELETED
	_decide(seen, ledger.settled(seen, status), OWN_VERSION)


@frappe.whitelist(methods=["POST"])
def reset(name: str, token: str) -> None:
	"""Give up what was changed here, or bring back what was deleted. Arguments and errors as in `accept`."""
	seen = _for_decision(name, token, "reset")
	_take_shipped(seen, RESET)


def _for_decision(name: str, token: str, action: str) -> ledger.Look:
	_require_administrator()
	# The lock lets one of two who decide through at a time; the second reads what the first has made of it.
	entry = frappe.get_doc(ledger.LEDGER, str(name), for_update=True)
	seen = _look(entry)
	if seen is None:
		frappe.throw(_("The app no longer ships this."), NothingToDecide)
	maintenance.refuse(frappe.get_doc(seen.record))
	if token != _token(entry, seen):
		frappe.throw(
			_("Somebody has decided or changed this meanwhile. Please look at it again."), ChangedMeanwhile
		)
	if action not in _actions(seen):
		frappe.throw(_("Here is nothing to decide."), NothingToDecide)
	return seen


def _take_shipped(seen: ledger.Look, decision: str) -> None:
	given_up = "\n".join(_written(row) for row in _rows(seen) if row["here"] is not None)
	with _as_the_app():
		ledger.write(seen.record)
	_decide(seen, ledger.as_written(seen), decision, given_up or None)


def _decide(seen: ledger.Look, now: ledger.Known, decision: str, given_up: str | None = None) -> None:
	values = {"decided_by": frappe.session.user, "decided_on": now_datetime(), "given_up": given_up}
	ledger.note(seen.record, now, seen.known, decision=decision, **values)


def _require_administrator() -> None:
	if FORM_ADMINISTRATORS.isdisjoint({frappe.session.user, *frappe.get_roles()}):
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)


@contextmanager
def _as_the_app() -> Iterator[None]:
	"""Write as a migration does. Not by frappe.set_user, which would empty the session of the request."""
	session, user = frappe.local.session, frappe.session.user
	session.user = "Administrator"
	_forget_rights()
	try:
		yield
	finally:
		session.user = user
		_forget_rights()


def _forget_rights() -> None:
	frappe.local.role_permissions = {}
	frappe.local.user_perms = None


# What is shown -------------------------------------------------------------------------------------------------------


def _look(entry: Document) -> ledger.Look | None:
	key = entry.record_type, entry.record_name
	record = seeder.shipped_record(key)
	return ledger.look([record], {key: ledger.known_of(entry)})[0] if record else None


def _token(entry: Document, seen: ledger.Look) -> str:
	parts = [str(entry.modified), seen.shipped, seen.here]
	return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _actions(seen: ledger.Look) -> list[str]:
	if frappe.session.user != maintenance.ADMINISTRATOR and maintenance.is_administrators(
		frappe.get_doc(seen.record)
	):
		return []
	if seen.step in (Step.CHANGED, Step.GONE):
		return ["reset"]
	# What waits to be made or renewed was refused at the last migration.
	waits = seen.step is Step.DECIDE or (
		seen.step in (Step.CREATE, Step.UPGRADE) and seen.known.status == ledger.TO_DECIDE
	)
	return ["accept", "keep_mine"] if waits else []


def _rows(seen: ledger.Look) -> list[dict]:
	meta = frappe.get_meta(seen.record["doctype"])
	sides = {"before": seen.known.content or None, "now": seen.shipped, "here": seen.here}
	rows = []
	for field, now in seen.shipped.items():
		values = [side and side.get(field) for side in sides.values()]
		if seen.here is not None and all(value in (None, now) for value in values):
			continue
		df, same = meta.get_field(field), 0
		if isinstance(now, list):
			shown, same = apart([None if value is None else _lines(df.options, value) for value in values])
		else:
			shown = [None if value is None else _words(df, value) for value in values]
		rows.append({"label": _(df.label), "same": same, **dict(zip(sides, shown, strict=True))})
	return rows


def _written(row: dict) -> str:
	"""Write down what a row of the comparison says of this site."""
	lines = row["here"] if isinstance(row["here"], list) else [row["here"]]
	return "\n".join([f"{row['label']}:", *(f"\t{line}" for line in lines)])


def _lines(doctype: str, rows: list[Row]) -> list[str]:
	"""Write each row down, its fields in the order of the form."""
	fields = frappe.get_meta(doctype).fields
	return [
		" · ".join(f"{_(df.label)}: {_words(df, row[df.fieldname])}" for df in fields if df.fieldname in row)
		for row in rows
	]


def _words(df, value: str) -> str:
	if df.fieldtype == "Check":
		return _("Yes") if value else _("No")
	return _(value) if value and df.fieldtype in ("Link", "Select") else value
