"""Finds out whether the access log is whole, and tells the Privacy Officers when it is not.

Rows, head and triggers are all in the database. Whoever rules it could write a whole chain anew; so the daily job also
writes the number and hash of the last row into a file beside the site's logs, which is to be copied elsewhere with them.
"""

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import frappe
from frappe import _

from early_support.privacy import append_only, chain, rights
from early_support.privacy.append_only import HEAD, HEAD_NAME, LOG

PAGE = 5000
ANCHORS = "access_log_anchors.jsonl"

# Of this many findings one line each; a chain that was cut in many places needs no longer list.
MOST_FINDINGS = 100


def verify(progress: Callable[[int], None] = lambda number: None) -> list[chain.Finding]:
	"""Return what is wrong with the log: at most MOST_FINDINGS findings, none if it is whole.

	Reads the rows in pages, in constant memory. `progress` is told how many rows were read.
	"""
	findings = [
		chain.Finding(0, f"the trigger that refuses {event.lower()}s is missing")
		for event in append_only.missing_triggers()
	]
	head, anchors = read_head(), read_anchors()
	for finding in chain.check(_rows(progress), head, anchors):
		findings.append(finding)
		if len(findings) >= MOST_FINDINGS:
			break
	return findings


def read_head() -> chain.Head | None:
	"""Return the head of the log, or None if somebody removed it."""
	rows = frappe.db.sql(f"select entries, last_hash from `tab{HEAD}` where name = %s", (HEAD_NAME,))
	return chain.Head(*rows[0]) if rows else None


def read_anchors() -> dict[int, str]:
	"""Return {number of a row: its hash} from the anchor file; empty if there is none yet."""
	try:
		with open(anchor_file(), encoding="utf-8") as file:
			rows = [json.loads(line) for line in file if line.strip()]
	except FileNotFoundError:
		return {}
	known = {}
	for row in rows:
		if row.get("restored"):
			known = {number: hash_ for number, hash_ in known.items() if number <= row["entries"]}
		if row["entries"]:
			known[row["entries"]] = row["hash"]
	return known


def anchor(**more) -> None:
	"""Write the number and hash of the last row to the anchor file, and `more` beside them."""
	head = read_head()
	if head is None:
		return
	line = {"at": datetime.now(timezone.utc).isoformat(), "entries": head.entries, "hash": head.last_hash}
	line |= more
	with open(anchor_file(), "a", encoding="utf-8") as file:
		file.write(json.dumps(line) + "\n")
		file.flush()
		os.fsync(file.fileno())


def accept_restore(reason: str) -> list[chain.Finding]:
	"""Note that the site was restored from a backup, so that the log goes on from the backup's last row.

	What the anchor file knows of later rows is kept in it and no longer asked for; the Privacy Officers are told how many
	rows were lost. Returns what is wrong with the rows up to there: then nothing is noted.

	Raises:
		ValueError: no reason is given, or the anchor file knows of no later row, so nothing was lost.
	"""
	if not reason.strip():
		raise ValueError("Say why the site was restored.")
	head, anchors = read_head(), read_anchors()
	newest = max(anchors, default=0)
	if head is None or newest <= head.entries:
		raise ValueError("The anchor file knows of no row that is missing: there is nothing to note.")
	kept = {number: hash_ for number, hash_ in anchors.items() if number <= head.entries}
	if findings := [*chain.check(_rows(lambda number: None), head, kept)][:MOST_FINDINGS]:
		return findings
	anchor(restored=reason.strip(), lost_up_to=newest)
	_tell_officers(
		_(
			"The site was restored from a backup. At least {0} rows of the access log are lost with it."
		).format(newest - head.entries)
	)
	return []


def anchor_file() -> str:
	"""Return the path of the anchor file: in the `logs` folder of the site."""
	folder = frappe.get_site_path("logs")
	os.makedirs(folder, exist_ok=True)
	return os.path.join(folder, ANCHORS)


def daily() -> None:
	"""Scheduled: verify the log; anchor it if it is whole, and tell the Privacy Officers if it is not."""
	if findings := verify():
		tell(findings)
	else:
		anchor()


def tell(findings: list[chain.Finding]) -> None:
	"""Leave a notification for every Privacy Officer. It holds numbers of rows, and nothing of what they are about."""
	first = describe(findings[0])
	_tell_officers(
		_("The access log is not as it was written ({0} findings). First: {1}").format(len(findings), first)
	)


def _tell_officers(subject: str) -> None:
	for user in rights.officers():
		values = {"for_user": user, "type": "Alert", "subject": subject, "document_type": "Report"}
		frappe.get_doc({"doctype": "Notification Log", **values, "document_name": "Who Looked"}).insert(
			ignore_permissions=True
		)


def describe(finding: chain.Finding) -> str:
	"""Return a finding as a line for people."""
	return f"row {finding.row} {finding.what}" if finding.row else finding.what


def _rows(progress: Callable[[int], None]) -> Iterator[dict]:
	columns = ", ".join(f"`{column}`" for column in ("name", *chain.FIELDS, "previous_hash", "hash"))
	last = -1
	while True:
		# Constants and parameters only; nothing of a row leaves this module but its number.
		page = frappe.db.sql(
			f"select {columns} from `tab{LOG}` where name > %s order by name limit {PAGE}",
			(last,),
			as_dict=True,
		)
		yield from page
		if len(page) < PAGE:
			return
		last = page[-1]["name"]
		progress(last)
