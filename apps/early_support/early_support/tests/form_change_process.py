"""A process of its own that publishes a change of a form on the test site and really commits.

`python -m early_support.tests.form_change_process SITE PROPOSER`, for test_form_change__process.py: a table gets a column
outside of any transaction, which no test that is one transaction can show. Prints what there was after each step, and
leaves the site as it was.
"""

import json
import os
import sys

import frappe
from frappe.model.workflow import apply_workflow

from early_support.forms import changes, current
from early_support.forms import changes_core as core
from early_support.workflow_guard.system import system_change

FORM, FIELDNAME = "Network Action", "custom_really_new"
REQUEST = {
	"doctype": changes.DOCTYPE,
	"kind": core.ADD_FIELD,
	"form": FORM,
	"label_fi": "Todella uusi",
	"label_en": "Really new",
	"answer_type": "Yes or no",
	"why": "Kokeillaan.",
}
DECISION = {"decided_on": "2026-01-02", "minutes": "§ 1"}


def make_approved(proposer: str) -> str:
	frappe.set_user(proposer)
	request = frappe.get_doc(REQUEST).insert()
	frappe.set_user("Administrator")
	with system_change():
		for state, values in (
			("With Area Director", {}),
			("With Management Group", {}),
			("Approved", DECISION),
		):
			request.update({"workflow_state": state, **values})
			request.save()
	frappe.db.commit()
	return request.name


def move(name: str, action: str) -> None:
	apply_workflow(frappe.get_doc(changes.DOCTYPE, name), action)
	frappe.db.commit()


def fail_to_publish(name: str) -> None:
	"""Let the second record fail, and end as a request that fails does."""
	real, written = changes.write, []

	def write(operation):
		written.append(operation)
		if len(written) == 2:
			raise ZeroDivisionError
		return real(operation)

	changes.write = write
	try:
		move(name, "Publish")
	except ZeroDivisionError:
		frappe.db.rollback()
	finally:
		changes.write = real


def seen(name: str) -> dict:
	# As another connection would see it.
	frappe.db.rollback()
	return {
		"state": frappe.db.get_value(changes.DOCTYPE, name, "workflow_state"),
		"column": FIELDNAME in current.columns(FORM),
		"stored": bool(frappe.db.exists(core.FIELD, f"{FORM}-{FIELDNAME}")),
		"on_the_form": bool(frappe.get_meta(FORM).get_field(FIELDNAME)),
		"words": frappe.db.count(core.WORD, {"source_text": REQUEST["label_en"]}),
	}


def clean(name: str | None) -> None:
	frappe.db.rollback()
	frappe.db.delete(core.FIELD, {"dt": FORM, "fieldname": FIELDNAME})
	frappe.db.delete(core.WORD, {"source_text": REQUEST["label_en"]})
	for doctype, field in (("Version", "docname"), ("Comment", "reference_name"), (changes.DOCTYPE, "name")):
		frappe.db.delete(doctype, {field: name})
	frappe.db.commit()
	frappe.db.sql_ddl(f"alter table `tab{FORM}` drop column if exists `{FIELDNAME}`")
	frappe.clear_cache(doctype=FORM)


def main(site: str, proposer: str) -> None:
	frappe.init(site=site, sites_path=os.environ.get("ES_SITES_PATH", "."))
	frappe.connect()
	name, steps = None, {}
	try:
		name = make_approved(proposer)
		steps["approved"] = seen(name)
		fail_to_publish(name)
		steps["failed"] = seen(name)
		move(name, "Publish")
		steps["published"] = seen(name)
		move(name, "Roll back")
		steps["rolled back"] = seen(name)
	finally:
		clean(name)
		frappe.destroy()
	print(json.dumps(steps))


if __name__ == "__main__":
	main(*sys.argv[1:])
