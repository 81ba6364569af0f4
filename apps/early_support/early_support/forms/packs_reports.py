"""Writes the code maps and report profiles of a pack, and takes them back. Called by packs_apply, inside of its transaction.

A profile of a pack never touches one that is here: it arrives as a draft, the next version of its code, and somebody publishes
it here (early_support/doctype/report_profile). To whom it goes, and when, is a matter of each site: the draft takes that from
the version before it here. A new one is of the register controller for whom alone the importer works. Of a code map no row is
taken away, for what was delivered stands under it.

The documents ask about whoever imports: unlike the forms, these records are written by hand by that role, too.
"""

from copy import deepcopy

import frappe

from early_support.export import rights
from early_support.forms import changes, current
from early_support.forms.changes_core import Operation, Reason, Refused
from early_support.forms.packs_core import CODE_MAP, PROFILE, same
from early_support.forms.packs_read import SITE_OWN, content_of, newest_profiles

DRAFT = "Draft"


def put(operation: Operation) -> dict:
	"""Write one record that was judged. Returns what was there before, as `changes.write` does."""
	# Frappe writes into the rows that it is given.
	record = deepcopy(dict(operation.values))
	if operation.doctype == PROFILE:
		doc = _draft(record)
		return {"doctype": PROFILE, "name": doc.name, "was": None, "now": _all_of(doc)}
	there = frappe.get_doc(CODE_MAP, operation.name) if frappe.db.exists(CODE_MAP, operation.name) else None
	was = there and content_of(there)
	doc = there or frappe.new_doc(CODE_MAP)
	own = rights.controllers(roles=rights.CONFIGURING)
	# One that the importer may not make for everybody.
	if not there and len(own) == 1 and set(rights.reporting_controllers()) - own:
		(doc.controller,) = own
	doc.update(record)
	doc.save()
	return {"doctype": CODE_MAP, "name": doc.name, "was": was, "now": _all_of(doc)}


def _draft(record: dict):
	"""Add the next version of a profile, as a draft of whoever imports."""
	# A field that came with this import is not in what is cached of its form.
	for form in current.FORMS:
		frappe.clear_cache(doctype=form)
	before = newest_profiles().get(record["profile_code"])
	draft = frappe.copy_doc(frappe.get_doc(PROFILE, before)) if before else frappe.new_doc(PROFILE)
	own = rights.controllers(roles=rights.CONFIGURING)
	if not before and len(own) == 1:
		(draft.controller,) = own
	draft.update({**record, "status": DRAFT, "version": None, "published_by": None, "published_on": None})
	return draft.insert()


def _all_of(doc) -> dict:
	"""Return what a pack holds of a record, and what its site has decided about it."""
	own = {name: doc.get(name) or None for name in SITE_OWN} if doc.doctype == PROFILE else {}
	return content_of(doc) | own


def check_untouched(step: dict) -> None:
	"""Refuse to take a step back when somebody has gone on with the record since. Raises FormChangeRefused."""
	there = (
		frappe.get_doc(step["doctype"], step["name"])
		if frappe.db.exists(step["doctype"], step["name"])
		else None
	)
	# What was published meanwhile is somebody's decision, and may have been delivered.
	is_decided = there and step["doctype"] == PROFILE and there.status != DRAFT
	if not there or is_decided or not _alike(_all_of(there), step["now"]):
		changes.refuse(Refused(Reason.CHANGED_SINCE))


def _alike(one: dict, other: dict) -> bool:
	return all(same(one.get(name), other.get(name)) for name in {**one, **other})


def undo(step: dict) -> None:
	"""Take one step back. A code map that came with it stays where a profile has begun to use it."""
	doctype, name, was = step["doctype"], step["name"], step["was"]
	if was:
		frappe.get_doc(doctype, name).update(was).save()
	elif doctype == PROFILE or not frappe.db.exists("Report Profile Column", {"code_map": name}):
		# Safe: only the draft or map that the import has made, unchanged since.
		frappe.delete_doc(doctype, name, ignore_permissions=True, delete_permanently=True)
