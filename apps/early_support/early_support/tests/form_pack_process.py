"""A process of its own that imports a form pack on the test site and really commits: `… SITE STEP`.

For test_form_packs__process.py, which kills it. Steps: make (bring and compare a pack with a new field), hang (import, and stand
still when the column is there and half is written), tell (make one as a worker does, which tells how far it is), fail (import, and let the last record fail), finish (import, roll back, and
take everything away), look, clean. What there is at each point is printed, one line of JSON each.
"""

import json
import os
import sys
import time

import frappe

from early_support.forms import changes, current, packs, packs_apply, packs_core
from early_support.forms import changes_core as core

FORM, FIELDNAME, TITLE = "Network Action", "custom_from_a_pack", "Tapettava paketti"
FIELD = {
	"dt": FORM,
	"fieldname": FIELDNAME,
	"fieldtype": "Data",
	"label": "From a pack",
	"insert_after": "what",
}
SETTER = {"doc_type": FORM, "field_name": "what", "property": "label", "value": "What from a pack"}
WORD = {"language": "fi", "source_text": "From a pack", "translated_text": "Paketista"}


def quiet(done: int, total: int) -> None:
	pass


def name_of_pack() -> str | None:
	return frappe.db.get_value(packs.DOCTYPE, {"title": TITLE})


def make() -> None:
	records = {
		doctype: {packs_core.key_of(packs.KINDS[doctype], record): record}
		for doctype, record in ((core.FIELD, FIELD), (core.SETTER, SETTER), (core.WORD, WORD))
	}
	pack = packs_core.Pack(**{**vars(packs.make_pack(("Forms", "Words"), (FORM,))), "records": records})
	packs.compare(packs.bring(TITLE, packs_core.write(pack)))
	frappe.db.commit()


def run(wanted: str = "import") -> None:
	action = packs.IMPORT if wanted == "import" else packs.ROLL_BACK
	packs.ask_for(name_of_pack(), wanted, action)
	frappe.db.commit()
	packs.run(name_of_pack(), action, quiet)


def hang() -> None:
	real, done = packs_apply.put, []

	def stand_still(operation):
		done.append(operation)
		if len(done) == 3:
			print("standing still", flush=True)
			time.sleep(600)
		return real(operation)

	packs_apply.put = stand_still
	run()


def fail() -> None:
	real, done = packs_apply.put, []

	def stumble(operation):
		done.append(operation)
		if len(done) == 3:
			raise ZeroDivisionError
		return real(operation)

	packs_apply.put = stumble
	run()


def tell() -> None:
	clean()
	# This process is the worker.
	packs._enqueue = lambda name, action: None
	name = packs.start_export(TITLE, "Forms,Lists,Words", FORM)
	frappe.db.commit()
	packs.run(name, packs.EXPORT)
	seen()


def seen() -> None:
	doc = frappe.get_doc(packs.DOCTYPE, name_of_pack())
	shown = packs.show(doc.name)
	print(
		json.dumps(
			{
				"status": doc.status,
				"because": doc.failed_because,
				"actions": shown["actions"],
				"running": shown["running"],
				"column": FIELDNAME in current.columns(FORM),
				"on_the_form": bool(frappe.get_meta(FORM).get_field(FIELDNAME)),
				"label": frappe.get_meta(FORM).get_label("what"),
				"word": frappe.db.count(core.WORD, {"source_text": WORD["source_text"]}),
				"notes": frappe.db.count(changes.DOCTYPE, {"form": FORM, "kind": core.BY_HAND}),
			}
		)
	)


def clean() -> None:
	frappe.db.delete(core.FIELD, {"dt": FORM, "fieldname": FIELDNAME})
	frappe.db.delete(core.SETTER, {"doc_type": FORM, "field_name": "what", "property": "label"})
	frappe.db.delete(core.WORD, {"source_text": WORD["source_text"]})
	for note in frappe.get_all(changes.DOCTYPE, filters={"form": FORM, "kind": core.BY_HAND}, pluck="name"):
		forget(changes.DOCTYPE, note)
	while name := name_of_pack():
		for file in frappe.get_all("File", filters={"attached_to_name": name}, pluck="name"):
			frappe.delete_doc("File", file, force=True, delete_permanently=True)
		forget(packs.DOCTYPE, name)
	frappe.db.commit()
	frappe.db.sql_ddl(f"alter table `tab{FORM}` drop column if exists `{FIELDNAME}`")
	frappe.clear_cache(doctype=FORM)


def forget(doctype: str, name: str) -> None:
	for notes, field in (("Version", "docname"), ("Comment", "reference_name"), (doctype, "name")):
		frappe.db.delete(notes, {field: name})


# What the story in the browser leaves on its site (tests/browser/test_browser__form_pack.py).
TOPICS_OF_STORY = ("paketin-aihe", "vain-taalla")


def forget_story() -> None:
	"""Take away what that story has left: options are retired by the way back, and packs and notes stay."""
	frappe.db.delete("Concern Topic", {"name": ("in", TOPICS_OF_STORY)})
	frappe.db.delete("Referral Source", {"name": ("like", "paketin-lahde-%")})
	for doctype, filters in (
		(packs.DOCTYPE, {}),
		(changes.DOCTYPE, {"form": "Concern", "kind": core.BY_HAND}),
	):
		for name in frappe.get_all(doctype, filters=filters, pluck="name"):
			for file in frappe.get_all("File", filters={"attached_to_name": name}, pluck="name"):
				frappe.delete_doc("File", file, force=True, delete_permanently=True)
			forget(doctype, name)
	frappe.db.commit()


def finish() -> None:
	run()
	seen()
	run("roll_back")
	seen()


def make_anew() -> None:
	clean()
	make()
	seen()


def fail_and_look() -> None:
	seen()
	fail()
	seen()


STEPS = {
	"make": make_anew,
	"hang": hang,
	"tell": tell,
	"fail": fail_and_look,
	"finish": finish,
	"look": seen,
	"clean": clean,
}


def main(site: str, step: str) -> None:
	frappe.init(site=site, sites_path=os.environ.get("ES_SITES_PATH", "."))
	frappe.connect()
	try:
		STEPS[step]()
	finally:
		frappe.db.rollback()
		frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
