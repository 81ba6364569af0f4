"""Two sites of their own for tests/bench/test_bench__form_packs.py, where all is committed: `python -m … SITE STEP`.

change: make of the site what administrators may have made of it. show: print as JSON what the desk is sent of each form, in each
language, and the records behind it. edit: give a shipped topic other words, and delete another. upgrade FOLDER: migrate with
what another version of the app ships, which lies in FOLDER. topics: print of each shipped topic what the ledger says and its words.
"""

import json
import sys
from pathlib import Path

import frappe
from frappe.desk.form.load import getdoctype
from frappe.translate import get_all_translations

from early_support.forms import changes, ledger, packs, packs_core, seeder
from early_support.forms import changes_core as core
from early_support.forms.packs_core import FIELD, SETTER, WORD
from early_support.tests import case_factories as case

TOPIC = "Concern Topic"
# What differs from site to site and no reader sees; where a field stands is told by the order of them all, and the words of
# a form, which Frappe puts together for a while, are among those of the language.
NOT_RENDERED = (
	"insert_after",
	"name",
	"creation",
	"modified",
	"modified_by",
	"owner",
	"parent",
	"idx",
	"docstatus",
	"__messages",
)
CODES = {
	"code": "yot",
	"title": "Yöt",
	"rows": [{"local_code": "1", "external_code": "A", "label": "Nukkuu"}],
}


def change_everything() -> None:
	"""What administrators may have made of a site: each kind of record, added and changed."""
	for values in (
		{
			"dt": "Concern",
			"fieldname": "custom_part",
			"fieldtype": "Section Break",
			"label": "Arki",
			"insert_after": "wishes",
		},
		{
			"dt": "Concern",
			"fieldname": "custom_sleep",
			"fieldtype": "Select",
			"label": "Sleep of late",
			"options": "\nSleeps well\nWakes up",
			"insert_after": "custom_part",
			"description": "Ask of the nights.",
			"in_list_view": 1,
		},
		{
			"dt": "Concern",
			"fieldname": "custom_since",
			"fieldtype": "Date",
			"label": "Since when",
			"insert_after": "custom_part",
		},
		{
			"dt": "Child Plan Service",
			"fieldname": "custom_may_be_told",
			"fieldtype": "Check",
			"label": "May be told of",
			"insert_after": "permission",
		},
	):
		changes.put(
			core.Operation(
				FIELD, f"{values['dt']}-{values['fieldname']}", {"translatable": 0, **values}, True
			)
		)
	for fieldname, name, value in (
		("strengths", "label", "What goes well by now"),
		("strengths", "description", "Begin with this."),
		("strengths", "depends_on", "strengths"),
		("wishes", "bold", "1"),
	):
		set_property(fieldname, name, value)
	order = [df.fieldname for df in frappe.get_meta("Concern", cached=False).fields]
	order.remove("observation")
	order.insert(order.index("strengths") + 1, "observation")
	set_property("", "field_order", json.dumps(order))
	for source, fi, sv in (
		("What goes well by now", "Mikä jo sujuu", "Vad som redan går bra"),
		("Sleeps well", "Nukkuu hyvin", "Sover bra"),
	):
		for language, text in (("fi", fi), ("sv", sv)):
			values = {"language": language, "source_text": source, "translated_text": text}
			frappe.get_doc({"doctype": WORD, **values}).insert()
	service = {
		"code": "pack-service",
		"title": "Pakettipalvelu",
		"title_sv": "Pakettjänst",
		"category": "Rehabilitation",
	}
	frappe.get_doc({"doctype": "Support Service", "ask_on_vasu": 0, **service}).insert()
	frappe.get_doc("Concern Topic", case.option("Concern Topic")).update({"disabled": 1}).save()
	frappe.get_doc("Worry Zone", "4").update({"guidance": "Kysy neuvoa jo tänään."}).save()
	frappe.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": "Put by for now"}).insert()
	workflow = frappe.get_doc("Workflow", "Concern")
	move = {"state": "Raised", "action": "Put by for now", "next_state": "Closed", "allowed": "Unit Director"}
	workflow.append("transitions", {**move, "allow_self_approval": 1})
	workflow.save()
	frappe.clear_cache()


def set_property(fieldname: str, name: str, value: str) -> None:
	frappe.get_doc(
		{
			"doctype": SETTER,
			"doctype_or_field": "DocField" if fieldname else "DocType",
			"doc_type": "Concern",
			"field_name": fieldname or None,
			"property": name,
			"value": value,
			"property_type": (packs_core.FIELD_PROPERTIES | core.FORM_PROPERTIES)[name],
		}
	).insert()


def change_more() -> None:
	"""What needs a site of its own: another workflow takes the place of the shipped one, and a list of codes."""
	workflow = frappe.copy_doc(frappe.get_doc("Workflow", "Concern"))
	workflow.update({"workflow_name": "Huolen oma kulku", "is_active": 1})
	move = next(row for row in workflow.transitions if row.action == "Put by for now")
	move.allowed = "Early Educator"
	workflow.insert()
	frappe.get_doc({"doctype": packs_core.CODE_MAP, **CODES}).insert()


def show() -> None:
	shown, site = {}, frappe.local.site
	for language in ("fi", "sv", "en"):
		# As each request of the desk begins: what Frappe has put together in one language it keeps until then.
		frappe.destroy()
		frappe.init(site)
		frappe.connect()
		frappe.local.lang = language
		forms = {}
		for form in packs.ALL_FORMS:
			frappe.response.docs = []
			getdoctype(form, with_parent=1)
			forms[form] = [_plain(doc) for doc in frappe.response.docs]
		shown[language] = {"forms": forms, "words": get_all_translations(language)}
	records = packs.read_site(packs_core.PARTS, packs.ALL_FORMS).records
	print(json.dumps({**shown, "records": records}, default=str))


def _plain(value):
	"""Return what the desk is sent, without what differs from site to site."""
	if callable(getattr(value, "as_dict", None)):
		value = value.as_dict()
	if isinstance(value, dict):
		plain = {name: _plain(each) for name, each in value.items() if name not in NOT_RENDERED}
		# No value, an empty text and 0 are drawn alike.
		return {name: each for name, each in plain.items() if each not in (None, "", 0)}
	return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def upgrade(folder: str) -> None:
	"""Migrate as `bench migrate` does, with the defaults of another version of the app."""
	from frappe.migrate import SiteMigration

	site = frappe.local.site
	frappe.destroy()
	seeder.DEFAULTS = Path(folder)
	SiteMigration().run(site)


def edit(edited: str, deleted: str) -> None:
	frappe.get_doc(TOPIC, edited).update({"title": "Oma sana"}).save()
	frappe.delete_doc(TOPIC, deleted)


def topics() -> None:
	shipped = {name: known.status for (doctype, name), known in ledger.read().items() if doctype == TOPIC}
	titles = {name: frappe.db.get_value(TOPIC, name, "title") for name in shipped}
	print(json.dumps({name: [shipped[name], titles[name]] for name in shipped}))


STEPS = {
	"change": lambda: (change_everything(), change_more()),
	"show": show,
	"edit": edit,
	"upgrade": upgrade,
	"topics": topics,
}


def main() -> None:
	site, step, *words = sys.argv[1:]
	frappe.init(site)
	frappe.connect()
	STEPS[step](*words)
	if step in ("change", "edit"):
		frappe.db.commit()


if __name__ == "__main__":
	main()
