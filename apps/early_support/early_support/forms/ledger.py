"""The ledger of what is shipped (DocType Shipped Default), and what is written by it.

For each record that the app ships the ledger keeps its content as it stood when the app last wrote it, or when somebody
decided on it. So an upgrade can tell what nobody has touched, and renews it; what an administrator has changed, and leaves
it; and what an administrator has deleted, and never brings it back by itself.
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import frappe
from frappe.model import table_fields

import early_support
from early_support.forms.ledger_core import (
	Content,
	Key,
	Known,
	Step,
	agrees,
	digest,
	entry_name,
	judge,
	key_of,
	shipped_fields,
	text,
	tidy,
)
from early_support.workflow_guard.system import system_change

LEDGER = "Shipped Default"

AS_SHIPPED = "As Shipped"
CHANGED = "Changed Here"
TO_DECIDE = "To Be Decided"
DELETED = "Deleted Here"
WITHDRAWN = "No Longer Shipped"

CREATED = "created"
UPGRADED = "upgraded"
KEPT = "kept"

SAVEPOINT = "es_shipped_default"
# After these MariaDB has taken back the whole transaction, and there is no savepoint to go back to.
CLASHES = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)

STATUS = {Step.SAME: AS_SHIPPED, Step.CHANGED: CHANGED, Step.DECIDE: TO_DECIDE, Step.GONE: DELETED}


class Look(NamedTuple):
	"""A shipped record beside what the ledger knows of it and what stands on the site."""

	record: dict
	known: Known | None
	shipped: Content
	here: Content | None

	@property
	def step(self) -> Step:
		return judge(self.known, self.shipped, self.here)


# Reading --------------------------------------------------------------------------------------------------------------


def read() -> dict[Key, Known]:
	"""Return the whole ledger. Run by installations and migrations, and for administrators: only what is shipped."""
	fields = ["record_type", "record_name", "shipped", "shipped_hash", "status", "reason"]
	# Not filtered by permission: migrations need all of it, and the desk asks for the role before (decisions.py).
	rows = frappe.get_all(LEDGER, fields=fields)
	return {(row.record_type, row.record_name): known_of(row) for row in rows}


def known_of(entry) -> Known:
	"""Return what an entry of the ledger, a document or a row, knows of its record."""
	content = json.loads(entry.shipped) if entry.shipped else None
	return Known(content, entry.shipped_hash, entry.status, entry.reason)


def look(records: Iterable[dict], known: Mapping[Key, Known]) -> list[Look]:
	"""Look at shipped records and at what stands in their places on the site, with two or three queries for each doctype."""
	records = list(records)
	stored = _stored(map(key_of, records))
	looks = []
	for record in records:
		key, shipped = key_of(record), content_of(record)
		entry = known.get(key)
		fields = {**shipped, **((entry and entry.content) or {})}
		looks.append(Look(record, entry, shipped, _content(key, stored, fields)))
	return looks


def content_of(record: dict) -> Content:
	"""Return the content of a shipped record, in the fields that the Frappe of this site has."""
	meta = frappe.get_meta(record["doctype"])
	tables = _tables(meta)
	columns = {*meta.get_valid_columns(), *tables}
	return tidy(record, [field for field in shipped_fields(record) if field in columns], tables)


def _content(key: Key, stored: Mapping[Key, dict], fields: Iterable[str]) -> Content | None:
	return tidy(stored[key], fields, _tables(frappe.get_meta(key[0]))) if key in stored else None


def _stored(keys: Iterable[Key]) -> dict[Key, dict]:
	"""Return what the site has of these records, each with the rows of its tables; nothing for those which it has not.

	Not filtered by permission: the ledger compares whatever is shipped, and is opened to administrators only.
	"""
	names, found = {}, {}
	for doctype, name in keys:
		# MariaDB takes two names that differ in their case for one.
		names.setdefault(doctype, {})[name.casefold()] = name
	for doctype, wanted in names.items():
		filters = {"name": ("in", list(wanted.values()))}
		for row in frappe.get_all(doctype, filters=filters, fields=["*"]):
			found[doctype, wanted.get(row.name.casefold(), row.name)] = row
		for df in frappe.get_meta(doctype).get_table_fields():
			of = {"parenttype": doctype, "parentfield": df.fieldname, "parent": ("in", list(wanted.values()))}
			for row in frappe.get_all(df.options, filters=of, fields=["*"], order_by="idx asc"):
				parent = found[doctype, wanted.get(row.parent.casefold(), row.parent)]
				parent.setdefault(df.fieldname, []).append(row)
	return found


def _tables(meta) -> dict[str, dict[str, str]]:
	return {df.fieldname: _defaults(df.options) for df in meta.get_table_fields()}


def _defaults(doctype: str) -> dict[str, str]:
	meta = frappe.get_meta(doctype)
	fields = (meta.get_field(column) for column in meta.get_valid_columns())
	return {df.fieldname: text(_default(df)) for df in fields if df}


def _default(df) -> str | None:
	# As Frappe does when it makes a row: of a choice without a default the first one.
	return df.default or (df.options.split("\n")[0] if df.fieldtype == "Select" and df.options else None)


# Writing --------------------------------------------------------------------------------------------------------------


def settle(seen: Look, *, strict: bool) -> str:
	"""Do what is to be done about a shipped record, and note it. Returns CREATED, UPGRADED or KEPT.

	An upgrade that is refused leaves the record as it was, and the difference waits for a decision, with the reason. So
	does a record that cannot be made, unless `strict`: then the error is raised.
	"""
	step = seen.step
	if step not in (Step.CREATE, Step.UPGRADE):
		keep(seen)
		return KEPT
	if step is Step.CREATE and strict:
		write(seen.record)
	elif reason := _refusal(seen.record):
		known = seen.known or Known(None, digest(seen.shipped))
		note(seen.record, known._replace(status=TO_DECIDE, reason=reason), seen.known)
		return KEPT
	note(seen.record, as_written(seen), seen.known)
	return CREATED if step is Step.CREATE else UPGRADED


def keep(seen: Look) -> bool:
	"""Note what has become of a record, and leave it alone. What waits to be made or renewed is left to a migration.

	Returns whether the ledger says something new.
	"""
	step, known = seen.step, seen.known
	if step not in STATUS:
		return False
	if known is None or (step is Step.SAME and agrees(seen.shipped, seen.here)):
		return note(seen.record, settled(seen, STATUS[step]), known)
	return note(seen.record, known._replace(status=STATUS[step], reason=None), known)


def as_written(seen: Look) -> Known:
	"""Return what the ledger is to know of a record that the app has written just now: as it was stored."""
	key = key_of(seen.record)
	return Known(_content(key, _stored([key]), seen.shipped), digest(seen.shipped), AS_SHIPPED)


def settled(seen: Look, status: str) -> Known:
	"""Return what the ledger is to know of a record about which no news waits: it was compared with what is shipped now."""
	return Known(seen.shipped, digest(seen.shipped), status)


def write(record: dict) -> None:
	"""Write a shipped record: what is there gets the shipped values, and keeps its others. Raises what Frappe raises."""
	doctype, name = key_of(record)
	if frappe.db.exists(doctype, name):
		doc = frappe.get_doc(doctype, name)
		doc.update(
			{field: _filled_in(doc.meta.get_field(field), record[field]) for field in shipped_fields(record)}
		)
		# Safe: what the app ships, read from its files, by a migration or a decision; the hooks ask all the same.
		doc.save(ignore_permissions=True)
		return
	values = {field: value for field, value in record.items() if field != "name"}
	if doctype == "Workflow":
		# A municipality's own stays in force.
		active = {"document_type": record["document_type"], "is_active": 1}
		values["is_active"] = 0 if frappe.db.exists("Workflow", active) else 1
	frappe.get_doc(values).insert(set_name=name, ignore_permissions=True)


def _filled_in(df, value: object) -> object:
	"""Fill in the defaults of new rows, as Frappe does only where the document itself is new."""
	if df is None or df.fieldtype not in table_fields:
		return value
	return [{**_defaults(df.options), **row} for row in value]


def note(record: dict, now: Known, before: Known | None, **values) -> bool:
	"""Write an entry of the ledger, if it says something new. Returns whether it does."""
	if now == before and not values:
		return False
	doctype, name = key = key_of(record)
	entry = frappe.get_doc(LEDGER, entry_name(key)) if before else frappe.new_doc(LEDGER)
	if before is None or (now.content, now.digest) != (before.content, before.digest):
		entry.app_version = early_support.__version__
	entry.update(
		{
			"record_type": doctype,
			"record_name": name,
			"status": now.status,
			"reason": now.reason,
			"shipped": None if now.content is None else json.dumps(now.content, indent=1, sort_keys=True),
			"shipped_hash": now.digest,
			**values,
		}
	)
	# Safe: no role may write the ledger, and nothing in it is taken from a request.
	with system_change():
		entry.save(ignore_permissions=True)
	return True


def withdraw(key: Key, known: Known) -> None:
	"""Note that the app ships a record no longer. What stands on the site stays."""
	note({"doctype": key[0], "name": key[1]}, known._replace(status=WITHDRAWN, reason=None), known)


def forget() -> None:
	"""Empty the ledger: it would take what an uninstallation has removed for what an administrator has deleted."""
	frappe.db.delete(LEDGER)


def _refusal(record: dict) -> str | None:
	"""Write a shipped record, or say in words why that is refused and leave everything as it was."""
	said = len(frappe.local.message_log)
	frappe.db.savepoint(SAVEPOINT)
	try:
		write(record)
	except CLASHES:
		raise
	# A rule of ours, a missing link, a key that is taken: whatever it is, the other records are to be upgraded.
	except Exception as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.clear_document_cache(*key_of(record))
		frappe.clear_cache(doctype=record.get("document_type") or record["doctype"])
		del frappe.local.message_log[said:]
		return (
			" ".join(frappe.utils.strip_html(str(error).replace("<br>", " ")).split()) or type(error).__name__
		)
	frappe.db.release_savepoint(SAVEPOINT)
	return None
