"""What else remembers a document: everything that Frappe, or the app, writes beside it. Found, and destroyed with it."""

import json
import os
import re
from collections.abc import Iterable

import frappe
from frappe.deferred_insert import save_to_db
from frappe.model import table_fields
from frappe.model.utils.user_settings import sync_user_settings
from frappe.utils.global_search import sync_global_search

from early_support.privacy.retention_core import ORDER, Key

# Records that say which document they belong to: doctype, field with the doctype, field with the name. Not all of them
# exist in every version of Frappe. A test compares this with the Dynamic Link fields of the site.
REFERENCES = (
	("Access Grant", "source_doctype", "source_name"),
	("Access Log", "export_from", "reference_document"),
	("Activity Log", "link_doctype", "link_name"),
	("Activity Log", "reference_doctype", "reference_name"),
	("Activity Log", "timeline_doctype", "timeline_name"),
	("Auto Repeat", "reference_doctype", "reference_document"),
	("Case Reminder", "reference_doctype", "reference_name"),
	("Comment", "reference_doctype", "reference_name"),
	("Communication", "reference_doctype", "reference_name"),
	("Deleted Document", "deleted_doctype", "deleted_name"),
	("Discussion Topic", "reference_doctype", "reference_docname"),
	("DocShare", "share_doctype", "share_name"),
	("Document Follow", "ref_doctype", "ref_docname"),
	("Document Share Key", "reference_doctype", "reference_docname"),
	("Email Queue", "reference_doctype", "reference_name"),
	("Email Unsubscribe", "reference_doctype", "reference_name"),
	("Energy Point Log", "reference_doctype", "reference_name"),
	("Error Log", "reference_doctype", "reference_name"),
	("File", "attached_to_doctype", "attached_to_name"),
	("Integration Request", "reference_doctype", "reference_docname"),
	("Legal Hold", "subject_type", "subject"),
	("Milestone", "reference_type", "reference_name"),
	("Notification Log", "document_type", "document_name"),
	("Permission Log", "for_doctype", "for_document"),
	("Permission Log", "reference_type", "reference"),
	("Reminder", "reminder_doctype", "reminder_docname"),
	("Submission Queue", "ref_doctype", "ref_docname"),
	("Tag Link", "document_type", "document_name"),
	("ToDo", "reference_type", "reference_name"),
	("User Permission", "allow", "for_value"),
	("Version", "ref_doctype", "docname"),
	("View Log", "reference_doctype", "reference_name"),
	("Webhook Request Log", "reference_doctype", "reference_document"),
	("Workflow Action", "reference_doctype", "reference_name"),
)

# Rows of other records that point to a document. An event or a mail to which it was added goes with it; of a contact
# or an address only the row.
ROW_REFERENCES = (
	("Communication Link", "link_doctype", "link_name"),
	("Dynamic Link", "link_doctype", "link_name"),
	("Event Participants", "reference_doctype", "reference_docname"),
)
GO_WITH_ROW = ("Communication", "Event")

# Records that point by an ordinary field: doctype, field, doctype it points to.
LINKS = (
	("Discussion Reply", "topic", "Discussion Topic"),
	("Email Queue", "communication", "Communication"),
	("Subject Access Export", "child", "Child"),
)

# Records with texts in which a document or a person may be mentioned, and nothing else of value: logs, queues, saved
# filters. Whichever mentions one of them is destroyed whole.
MENTIONS = {
	"Access Log": ("columns", "filters", "method", "page", "report_name"),
	"Activity Log": ("additional_info", "content", "subject"),
	"Auto Email Report": ("filters",),
	"Deleted Document": ("data",),
	"Email Queue": ("message",),
	"Error Log": ("error", "method"),
	"Integration Request": ("data", "error", "output"),
	"List Filter": ("filter_name", "filters"),
	"Notification Log": ("email_content", "link", "subject"),
	"Prepared Report": ("error_message", "filter_values", "filters"),
	"Route History": ("route",),
	"Scheduled Job Log": ("details",),
	"Submission Queue": ("exception",),
	"Webhook Request Log": ("data", "error", "response"),
}

# Of this app, and kept for twelve years: who read what (domain.md §9.5). It holds opaque names and no content.
KEPT = ("Case Access Log",)


def find_traces(keys: Iterable[Key], persons: Iterable[str]) -> set[Key]:
	"""Return the records that remember one of `keys`, and those that remember these, and so on.

	Args:
		keys: doctype and name of the documents.
		persons: full names of the people whom the documents are about.
	"""
	seen = set(keys)
	fresh = seen | _mentioning({name for _doctype, name in seen} | set(persons))
	found: set[Key] = fresh - seen
	while fresh:
		seen |= fresh
		fresh = _pointing_to(fresh) - seen
		found |= fresh
	return found


def settle_queues() -> None:
	"""Let Frappe write what it has put aside for later (search entries, logs), so that it is there to be found."""
	sync_global_search()
	save_to_db()


def erase_files(keys: Iterable[Key]) -> None:
	"""Remove the files among `keys`: on the disk first, so that no file is left without the record that leads to it."""
	for doctype, name in keys:
		if doctype != "File":
			continue
		file = frappe.get_doc("File", name)
		# By the event, so that an app that keeps files elsewhere hears of it.
		file.run_method("on_trash")
		others = {"file_url": file.file_url, "name": ("!=", name)}
		if not file.is_folder and not file.is_remote_file and not frappe.db.exists("File", others):
			# Frappe leaves a file of which it has noted no digest, or a second file with the same content.
			path = file.get_full_path()
			if os.path.exists(path):
				os.remove(path)
		_delete_rows("File", [name])


def erase_records(keys: Iterable[Key]) -> None:
	"""Delete records with their rows, passwords and search entries; no events run, and no copy is kept.

	`frappe.delete_doc` would note each deletion in the timeline and put a job with its name into the queue.
	"""
	names: dict[str, list[str]] = {}
	for doctype, name in keys:
		names.setdefault(doctype, []).append(name)
	tags = _tags(names.get("Tag Link", ()))
	for doctype, of_doctype in names.items():
		_delete_rows(doctype, of_doctype)
	_delete_unused_tags(tags)
	_delete_row_references(names)


def erase_user_settings(keys: Iterable[Key], persons: Iterable[str]) -> None:
	"""Forget how somebody last filtered a list if a document or a part of a person's name is among the filters."""
	words = {word for person in persons for word in person.split() if len(word) > 2}
	sync_user_settings()
	frappe.db.sql(
		"delete from `__UserSettings` where doctype in %s and data regexp %s",
		(ORDER, _any_of({name for _doctype, name in keys} | words)),
	)
	frappe.cache.delete_value("_user_settings")


def forget_cached(keys: Iterable[Key]) -> None:
	"""Take the documents out of the caches, now and once more when the others can no longer read them anew."""
	keys = tuple(keys)

	def forget() -> None:
		for doctype, name in keys:
			frappe.clear_document_cache(doctype, name)

	forget()
	frappe.db.after_commit.add(forget)


def own_links() -> list[tuple[str, str, str]]:
	"""Return the links to people and casework in other records of this app: doctype, field, doctype it points to."""
	doctypes = frappe.get_all(
		"DocType", filters={"module": "Early Support", "issingle": 0, "istable": 0}, pluck="name"
	)
	return [
		(doctype, field.fieldname, field.options)
		for doctype in doctypes
		if doctype not in (*ORDER, *KEPT)
		for field in frappe.get_meta(doctype).get_link_fields()
		if field.options in ORDER
	]


def _pointing_to(keys: set[Key]) -> set[Key]:
	found: set[Key] = set()
	pairs = tuple(keys)
	for doctype, of, field in REFERENCES:
		if _has(doctype, of, field):
			rows = frappe.db.sql(f"select name from `tab{doctype}` where (`{of}`, `{field}`) in %s", (pairs,))
			found |= {(doctype, str(name)) for (name,) in rows}
	for doctype, of, field in ROW_REFERENCES:
		rows = frappe.db.sql(
			f"select parenttype, parent from `tab{doctype}`"
			f" where (`{of}`, `{field}`) in %s and parenttype in %s",
			(pairs, GO_WITH_ROW),
		)
		found |= set(rows)
	for doctype, field, target in (*LINKS, *own_links()):
		names = tuple(name for of, name in keys if of == target)
		if names and _has(doctype, field):
			rows = frappe.db.sql(f"select name from `tab{doctype}` where `{field}` in %s", (names,))
			found |= {(doctype, str(name)) for (name,) in rows}
	return found


def _mentioning(words: set[str]) -> set[Key]:
	found: set[Key] = set()
	for doctype, columns in MENTIONS.items():
		if texts := [f"`{column}`" for column in columns if _has(doctype, column)]:
			rows = frappe.db.sql(
				f"select name from `tab{doctype}` where concat_ws('\n', {', '.join(texts)}) regexp %s",
				(_any_of(words),),
			)
			found |= {(doctype, str(name)) for (name,) in rows}
	return found


def _any_of(words: Iterable[str]) -> str:
	"""Return a regular expression for each word, also as JSON writes it: "Väinö" as "V\\u00e4in\\u00f6"."""
	forms = {form for word in words for form in (word, json.dumps(word)[1:-1])}
	return "|".join(sorted(re.escape(form) for form in forms if form))


def _has(doctype: str, *columns: str) -> bool:
	return frappe.db.table_exists(doctype) and set(columns) <= set(frappe.db.get_table_columns(doctype))


def _delete_rows(doctype: str, names: list[str]) -> None:
	for field in frappe.get_meta(doctype).get("fields", {"fieldtype": ("in", table_fields)}):
		rows = {"parenttype": doctype, "parent": ("in", names)}
		# Rows hold secrets too: the protected phone of a guardian.
		_delete_secrets(field.options, frappe.get_all(field.options, filters=rows, pluck="name"))
		frappe.db.delete(field.options, rows)
	_delete_secrets(doctype, names)
	frappe.db.delete("__global_search", {"doctype": doctype, "name": ("in", names)})
	frappe.db.delete(doctype, {"name": ("in", names)})


def _delete_secrets(doctype: str, names: list[str]) -> None:
	if names:
		frappe.db.delete("__Auth", {"doctype": doctype, "name": ("in", names)})


def _delete_row_references(names: dict[str, list[str]]) -> None:
	for doctype, of, field in ROW_REFERENCES:
		for target, of_target in names.items():
			frappe.db.delete(doctype, {of: target, field: ("in", of_target)})


def _tags(links: Iterable[str]) -> set[str]:
	return set(frappe.get_all("Tag Link", filters={"name": ("in", tuple(links) or ("",))}, pluck="tag"))


def _delete_unused_tags(tags: set[str]) -> None:
	"""A tag may be a name: one that nothing carries any more goes too."""
	for tag in tags:
		if not frappe.db.exists("Tag Link", {"tag": tag}):
			_delete_rows("Tag", [tag])
