"""Writes the access log: one row for each record of people or casework that somebody was shown (703/2023, 10 §).

This is the only module that writes it, and it only appends. The rows of one request go in together, in a short
transaction of their own; the head of the log is locked meanwhile, so that parallel requests make one chain.
"""

from collections.abc import Iterable
from datetime import datetime, timezone
from hashlib import sha256
from typing import NamedTuple
from uuid import uuid4

import frappe

from early_support.access import assignments, conditions, grounds, policy
from early_support.privacy import chain
from early_support.privacy.append_only import HEAD, HEAD_NAME, LOG

# Longer texts are cut before they are hashed: what is stored is what is hashed.
LENGTH = 140
ROLES_LENGTH = 255

# What the log says of a record beside its name: whose it is, and on which ground the reader may open it.
PLACE = ("child", "family", "unit", "controller", "ground")
# What is known of a record that is no longer there.
NOWHERE = dict.fromkeys(PLACE)


class Read(NamedTuple):
	"""One record that was shown, or refused, to the session's user.

	`place`: the values of PLACE, where the query that gave the record gave them too; else they are looked up.
	`controller`: the register controller who answers for the reading, where it is not that of the record: what a Privacy
	Officer does with a child's code is done for his or her own register.
	"""

	doctype: str
	name: str
	channel: str
	ground: str | None = None
	detail: str = ""
	refused: bool = False
	place: dict | None = None
	controller: str | None = None


def record(  # noqa: PLR0913 what a read is made of
	channel: str,
	rows: Iterable[tuple[str, str]],
	ground: str | None = None,
	detail: str = "",
	*,
	whole: bool = False,
	user: str | None = None,
	controller: str | None = None,
) -> None:
	"""Log that the session's user, or in a job `user`, is given `rows`, (doctype, name) each, shown or not.

	`channel`: one of reads.CHANNELS. `ground`: the name of the grant, or None for the opener that lets the user in.
	`detail`: what exactly, in at most 140 characters. `whole`: `rows` are all that the answer shows, so that it need not
	be searched; for an answer that names records without showing them. `controller`: see Read.

	In a request the rows are written with all others before the answer leaves. Elsewhere (a job, a command) they are
	written at once and hold the log until the caller commits: call it last, and commit.
	"""
	read = [Read(doctype, name, channel, ground, detail, controller=controller) for doctype, name in rows]
	noted = getattr(frappe.local, "early_support_reads", None)
	if noted is not None and user is None:
		noted.certain.extend(read)
		noted.whole = noted.whole or whole
	elif read:
		append(read, uuid4().hex[:16], user or frappe.session.user)


def append(read: list[Read], request: str, user: str) -> None:
	"""Append a row for each of `read`. The caller commits.

	Raises:
		RuntimeError: the log has no head, so that nothing may be shown (see privacy/log_check.py).
	"""
	rows = _rows(read, request, user)
	# Locks the head until the commit; whoever comes next waits, and reads what we have written.
	head = frappe.db.sql(
		f"select entries, last_hash from `tab{HEAD}` where name = %s for update", (HEAD_NAME,)
	)
	if not head:
		raise RuntimeError("The access log has no head")
	# Under the lock, so that the times are in the order of the rows.
	now = datetime.now(timezone.utc).replace(tzinfo=None)
	for row in rows:
		row["read_at"] = now
	new_head = chain.link(rows, chain.Head(*head[0]))
	columns = ("name", *chain.FIELDS, "previous_hash", "hash")
	values = [row[column] for row in rows for column in columns]
	# Plain SQL: the controller refuses every insert, so that rows come from here alone.
	one = f"({', '.join(['%s'] * len(columns))})"
	frappe.db.sql(
		f"insert into `tab{LOG}` ({', '.join(f'`{column}`' for column in columns)})"
		f" values {', '.join([one] * len(rows))}",
		values,
	)
	frappe.db.sql(
		f"update `tab{HEAD}` set entries = %s, last_hash = %s where name = %s",
		(new_head.entries, new_head.last_hash, HEAD_NAME),
	)


def _rows(read: list[Read], request: str, user: str) -> list[dict]:
	"""Return the contents of the rows, without their time."""
	session = frappe.session.get("sid") if user == frappe.session.user else None
	roles = frappe.get_roles(user)
	common = {
		"user": user,
		"roles": ", ".join(role for role in policy.STAFF_ROLES if role in roles)[:ROLES_LENGTH],
		# As it is today: an assignment may be changed later.
		"works_in": ", ".join(assignments.places_of(user))[:LENGTH] or None,
		"request": request,
		# Tells sessions apart; the id itself would let a reader of the log take the session over.
		"session": sha256(session.encode()).hexdigest()[:16] if session else None,
	}
	by_doctype: dict[str, set[str]] = {}
	for each in read:
		if each.place is None:
			by_doctype.setdefault(each.doctype, set()).add(each.name)
	about = _about(by_doctype, user) if by_doctype else {}
	return [
		{
			**common,
			# What is gone by now was shown all the same.
			**(place := each.place or about.get((each.doctype, each.name), NOWHERE)),
			"controller": each.controller or place["controller"],
			"ground": each.ground or (None if each.refused else place["ground"]),
			"document_type": each.doctype,
			"document_name": each.name,
			"channel": each.channel,
			"refused": int(each.refused),
			"detail": each.detail[:LENGTH] or None,
		}
		for each in read
	]


def place_columns(doctype: str, user: str) -> dict[str, str]:
	"""Return the SQL expression of each of PLACE, for a query on the table of `doctype`."""
	meta = frappe.get_meta(doctype)
	columns = {
		field: f"`tab{doctype}`.`{field}`" if meta.has_field(field) else "null"
		for field in ("child", "family", "unit", "controller")
	}
	if doctype in ("Child", "Family"):
		columns[doctype.lower()] = f"`tab{doctype}`.`name`"
	if doctype == "Access Grant":
		columns["controller"] = conditions.of_source("controller")
	return {**columns, "ground": grounds.expression(doctype, user)}


def _about(records: dict[str, set[str]], user: str) -> dict[tuple[str, str], dict]:
	"""Return {(doctype, name): {child, family, unit, controller, ground}} of the records as they stand now.

	`records`: {doctype: names}. One query for all of them: a page may show a dozen kinds.
	"""
	queries, names = [], []
	for doctype, of_doctype in records.items():
		places = place_columns(doctype, user)
		selected = ", ".join(f"{places[field]} as {field}" for field in PLACE)
		kind = frappe.db.escape(doctype)
		queries.append(f"select {kind} as doctype, name, {selected} from `tab{doctype}` where name in %s")
		names.append(tuple(of_doctype))
	# Unfiltered by permission: this is about records that were shown already. Constants and parameters only.
	rows = frappe.db.sql(" union all ".join(queries), tuple(names), as_dict=True)
	return {(row.pop("doctype"), row.pop("name")): row for row in rows}
