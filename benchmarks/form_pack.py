"""How long a form pack of 500 changes takes: to compare, to import, and to roll back.

Run with the bench's Python in its `sites/` folder: `python …/benchmarks/form_pack.py --site SITE [--changes 500]`. Really imports on
that site, and takes everything away again: never on one that matters.
"""

import argparse
import itertools
import time

import frappe

from early_support.forms import packs, packs_core
from early_support.forms.current import FORMS, TABLES
from early_support.forms.packs_core import FIELD, SETTER, WORD

MARK = "custom_benchmark"
TOPIC = "Concern Topic"
# Of each five changes: two added fields and properties of one, a translation, and a record of a list.
TYPES = ("Data", "Small Text", "Check", "Date", "Int")


def main() -> None:
	"""Measure, and print seconds."""
	parser = argparse.ArgumentParser()
	parser.add_argument("--site", required=True)
	parser.add_argument("--changes", type=int, default=500)
	arguments = parser.parse_args()
	frappe.init(site=arguments.site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	name = None
	try:
		text = packs_core.write(made(arguments.changes))
		with told("brought"):
			name = packs.bring("Benchmark", text)
		with told("compared, everything tried out"):
			shown = packs.compare(name)
		frappe.db.commit()
		print(f"{sum(row['step'] != 'Stays' for row in shown['rows'])} changes, {len(text) / 1024:.0f} KB")
		for action, wanted in ((packs.IMPORT, "import"), (packs.ROLL_BACK, "roll_back")):
			packs.ask_for(name, wanted, action)
			frappe.db.commit()
			with told(action):
				packs.run(name, action, lambda done, total: None)
			doc = frappe.get_doc(packs.DOCTYPE, name)
			print(doc.status, doc.failed_because or "")
	finally:
		clean(name)
		frappe.destroy()


class told:
	"""Print how long what is done inside takes."""

	def __init__(self, what: str):
		self.what = what

	def __enter__(self):
		self.started = time.perf_counter()

	def __exit__(self, *error):
		print(f"{self.what}: {time.perf_counter() - self.started:.1f} s", flush=True)


def made(number: int) -> packs_core.Pack:
	"""Return a pack of so many changes, spread over the forms, a field of each fifth on a table of its own."""
	records: dict[str, dict] = {doctype: {} for doctype in (TOPIC, FIELD, SETTER, WORD)}
	forms = [form for form in FORMS if form not in TABLES]
	labelled = {form: shipped_labels(form) for form in forms}
	for turn, form in zip(range(number // 5), itertools.cycle(forms), strict=False):
		fields = [f"{MARK}_{turn}_{each}" for each in range(2)]
		for each, fieldname in enumerate(fields):
			record = {
				"dt": form,
				"fieldname": fieldname,
				"fieldtype": TYPES[(turn + each) % 5],
				"label": f"Benchmark {turn} {each}",
			}
			add(records, FIELD, {**record, "insert_after": fields[0] if each else labelled[form][0]})
		shipped = labelled[form].pop()
		add(records, SETTER, {"doc_type": form, "field_name": shipped, "property": "bold", "value": "1"})
		add(
			records,
			WORD,
			{"language": "sv", "source_text": f"Benchmark {turn} 0", "translated_text": f"Mätning {turn}"},
		)
		topic = {
			"code": f"benchmark-{turn}",
			"title": f"Mittaus {turn}",
			"title_sv": f"Mätning nr {turn}",
			"sort_order": turn,
		}
		add(records, TOPIC, topic)
	return packs_core.Pack(**{**vars(packs.make_pack()), "records": records})


def add(records: dict, doctype: str, record: dict) -> None:
	records[doctype][packs_core.key_of(packs.KINDS[doctype], record)] = record


def shipped_labels(form: str) -> list[str]:
	"""Return the fields of a form that may be drawn otherwise, several times over where there are few."""
	fields = [
		df.fieldname for df in frappe.get_meta(form).fields if df.label and not df.get("is_custom_field")
	]
	return fields


def clean(name: str | None) -> None:
	"""Take away what was measured with."""
	frappe.db.rollback()
	for doctype, filters in (
		(FIELD, {"fieldname": ("like", f"{MARK}%")}),
		(SETTER, {"property": "bold", "doc_type": ("in", FORMS)}),
		(WORD, {"translated_text": ("like", "Mätning%")}),
		(TOPIC, {"name": ("like", "benchmark-%")}),
		("Form Change Request", {"why": ("like", "%“Benchmark”%")}),
		("File", {"attached_to_doctype": packs.DOCTYPE, "attached_to_name": name}),
		(packs.DOCTYPE, {"name": name}),
	):
		frappe.db.delete(doctype, filters)
	frappe.db.commit()
	for form in FORMS:
		for column in frappe.db.get_table_columns(form):
			if column.startswith(MARK):
				frappe.db.sql_ddl(f"alter table `tab{form}` drop column `{column}`")
		frappe.clear_cache(doctype=form)


if __name__ == "__main__":
	main()
