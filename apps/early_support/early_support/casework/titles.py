"""Words instead of addresses and codes for whoever reads a form: names of colleagues, titles of list records.

Frappe sends along what the records are called to which a document links. Not users, whom the staff cannot read, and not
what only the document's history tells of.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

import frappe
from frappe import _
from frappe.desk.form.load import send_link_titles
from frappe.model.document import Document
from frappe.utils import formatdate

from early_support.access import conditions
from early_support.forms import earlier
from early_support.forms.lists import LIST_DOCTYPES
from early_support.overview.declarations import SHOWN

USER = "User"
# What the desk may call by its title, whoever asks: none of it is about a family.
ORGANISATION = ("Day Care Unit", "Service Area", "Register Controller")
KNOWN_TO_ALL = (*LIST_DOCTYPES, *ORGANISATION)
# So many changes of a document does Frappe show with its form.
SHOWN_CHANGES = 10
# Casework is called by the name of the child: of several about one child, the first day of each tells which one it is.
FIRST_DAYS = {doctype: shown.dates[0] for doctype, shown in SHOWN.items() if shown.dates}


class Called(NamedTuple):
	"""What tells a case document apart from others about the same child: its title with its first day, and its state."""

	title: str
	state: str


def extend_bootinfo(bootinfo: dict) -> None:
	"""Hook: let link fields show the name of a user, where the desk knows it, in place of the address."""
	bootinfo["link_title_doctypes"] = [*bootinfo.get("link_title_doctypes", ()), USER]


def tell_titles(doc: Document) -> None:
	"""Tell a form what everything is called that it shows of a document and of its history.

	Sets `people`, `titles` and `earlier_words` on load, and sends the names to the link fields.
	"""
	changes = _changes(doc)
	doc.set_onload("earlier_words", earlier.words_of(doc, changes, len(changes) < SHOWN_CHANGES))
	people = people_of(doc, changes)
	doc.set_onload("people", people)
	doc.set_onload("titles", _titles_in(doc, changes))
	doc.set_onload("cases", cases_of(doc))
	tell_names(people)


def tell_names(people: dict[str, str]) -> None:
	"""Send names to the link fields of the form which the answer brings. `people`: {user: full name}."""
	send_link_titles({f"{USER}::{user}": name for user, name in people.items()})


def cases_of(doc: Document) -> dict[str, str]:
	"""Return what the casework is called to which a document links, {"doctype::name": title}, as far as the user may read it."""
	linked: dict[str, set[str]] = {}
	for doctype, name in _links(doc):
		if name and doctype in FIRST_DAYS:
			linked.setdefault(doctype, set()).add(name)
	return {
		f"{doctype}::{name}": called.title
		for doctype, names in linked.items()
		for name, called in told_apart(doctype, names).items()
	}


def told_apart(doctype: str, names: Iterable[str]) -> dict[str, Called]:
	"""Return what casework is called, {name: Called}: only what the session's user may read, and nothing of other doctypes."""
	wanted = tuple(names)
	if not wanted or doctype not in FIRST_DAYS or not frappe.has_permission(doctype, "read"):
		return {}
	title = frappe.get_meta(doctype).title_field
	# The condition is built of constants and escaped values only, the fields are declared, the names are parameters.
	rows = frappe.db.sql(
		f"""select name, `{title}` as title, coalesce(`{FIRST_DAYS[doctype]}`, creation) as day, workflow_state
		from `tab{doctype}` where name in %s and {conditions.query_condition(None, doctype)}""",
		(wanted,),
		as_dict=True,
	)
	return {
		row.name: Called(
			", ".join(filter(None, (row.title, formatdate(row.day)))), _(row.workflow_state, context=doctype)
		)
		for row in rows
	}


def people_of(doc: Document, changes: Iterable[dict] = ()) -> dict[str, str]:
	"""Return the full name of every user whom a document names or who wrote it, and of those in its `changes`."""
	named = {doc.owner, doc.modified_by, *(change.owner for change in changes)}
	named.update(user for doctype, user in _links(doc) if doctype == USER)
	named.update(user for doctype, user in _links_in(doc, changes) if doctype == USER)
	return full_names(user for user in named if user)


def full_names(users: Iterable[str]) -> dict[str, str]:
	"""Return the names of colleagues, {user: full name}, in one query; of nobody who is no user."""
	wanted = tuple(users)
	# Not filtered by permission: whoever opens the case may know the colleagues it names; users as such are not readable
	# to the staff.
	rows = (
		frappe.db.sql("select name, full_name from `tabUser` where name in %s", (wanted,)) if wanted else ()
	)
	return {user: name or user for user, name in rows}


def of_records(records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
	"""Return {(doctype, name): title} of users, list records and the organisation, in the language of the session.

	One query for each doctype. Of anything else nothing is told.
	"""
	wanted: dict[str, set[str]] = {}
	for doctype, name in records:
		if name and (doctype == USER or doctype in KNOWN_TO_ALL):
			wanted.setdefault(doctype, set()).add(name)
	found = {}
	for doctype, names in wanted.items():
		if doctype == USER:
			called = full_names(names)
		else:
			# Not filtered by permission: what they are called is no secret.
			listed = frappe.get_all(doctype, filters={"name": ("in", names)}, fields=["name", "title"])
			called = {record.name: _(record.title) for record in listed}
		found.update({(doctype, name): title for name, title in called.items()})
	return found


def _titles_in(doc: Document, changes: list[dict]) -> dict[str, str]:
	linked = ((doctype, name) for doctype, name in _links_in(doc, changes) if doctype != USER)
	return {f"{doctype}::{name}": title for (doctype, name), title in of_records(linked).items()}


def _changes(doc: Document) -> list[dict]:
	"""Return who changed a document last, and what, as the timeline of its form shows it."""
	if doc.is_new():
		return []
	# Not filtered by permission: whoever opens the document sees them there. Plain SQL because every form asks.
	return frappe.db.sql(
		"""select owner, creation, data from `tabVersion` where ref_doctype = %(doctype)s and docname = %(name)s
		order by creation desc limit %(shown)s""",
		{"doctype": doc.doctype, "name": doc.name, "shown": SHOWN_CHANGES},
		as_dict=True,
	)


def _links(doc: Document) -> Iterable[tuple[str, str]]:
	"""Yield (doctype, name) of what a document and the rows of its tables link to."""
	for part in (doc, *doc.get_all_children()):
		for df in part.meta.get_link_fields():
			yield df.options, part.get(df.fieldname)


def _links_in(doc: Document, changes: Iterable[dict]) -> Iterable[tuple[str, str]]:
	"""Yield (doctype, name) of what the changes of a document say that it, and its rows, linked to before and after."""
	for change in changes:
		data = json.loads(change.data or "{}")
		yield from _linked(doc.meta, data.get("changed"))
		for table, _index, _row, changed in data.get("row_changed") or ():
			if df := doc.meta.get_field(table):
				yield from _linked(frappe.get_meta(df.options), changed)


def _linked(meta, changed: list | None) -> Iterable[tuple[str, str]]:
	for fieldname, *values in changed or ():
		df = meta.get_field(fieldname)
		if df and df.fieldtype == "Link":
			yield from ((df.options, value) for value in values if value)
