"""How long a form pack of many changes takes: to bring, to compare, to import, and to roll back.

Really imports on the site, and takes everything away again.
"""

import itertools
import time

import frappe

from early_support.forms import packs, packs_core
from early_support.forms.current import FORMS, TABLES
from early_support.forms.packs_core import FIELD, SETTER, WORD

MARK = "custom_benchmark"
TOPIC = "Concern Topic"
TYPES = ("Data", "Small Text", "Check", "Date", "Int")


def times(changes: int) -> dict[str, float]:
	"""Return the seconds of each step with a pack of so many changes.

	Raises:
		RuntimeError: a step came to nothing, so there was nothing to measure.
	"""
	name, took = None, {}
	try:
		text = packs_core.write(_made(changes))
		started = time.perf_counter()
		name = packs.bring("Benchmark", text)
		frappe.db.commit()
		took["brought"] = time.perf_counter() - started
		for wanted, action, done in (
			("compare", packs.COMPARE, packs.COMPARED),
			("import", packs.IMPORT, packs.IMPORTED),
			("roll_back", packs.ROLL_BACK, packs.ROLLED_BACK),
		):
			started = time.perf_counter()
			packs.ask_for(name, wanted, action)
			frappe.db.commit()
			packs.run(name, action)
			took[done.lower()] = time.perf_counter() - started
			doc = frappe.get_doc(packs.DOCTYPE, name)
			if doc.status != done:
				raise RuntimeError(f"{doc.status}: {doc.failed_because}")
	finally:
		_clean(name)
	return took


def _made(number: int) -> packs_core.Pack:
	"""Return a pack of so many changes, spread over the forms, a field of each fifth on a table of its own."""
	records: dict[str, dict] = {doctype: {} for doctype in (TOPIC, FIELD, SETTER, WORD)}
	forms = [form for form in FORMS if form not in TABLES]
	labelled = {form: _shipped_labels(form) for form in forms}
	for turn, form in zip(range(number // 5), itertools.cycle(forms), strict=False):
		fields = [f"{MARK}_{turn}_{each}" for each in range(2)]
		for each, fieldname in enumerate(fields):
			record = {
				"dt": form,
				"fieldname": fieldname,
				"fieldtype": TYPES[(turn + each) % 5],
				"label": f"Benchmark {turn} {each}",
			}
			_add(records, FIELD, {**record, "insert_after": fields[0] if each else labelled[form][0]})
		shipped = labelled[form].pop()
		_add(records, SETTER, {"doc_type": form, "field_name": shipped, "property": "bold", "value": "1"})
		_add(
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
		_add(records, TOPIC, topic)
	return packs_core.Pack(**{**vars(packs.make_pack()), "records": records})


def _add(records: dict, doctype: str, record: dict) -> None:
	records[doctype][packs_core.key_of(packs.KINDS[doctype], record)] = record


def _shipped_labels(form: str) -> list[str]:
	"""Return the fields of a form that may be drawn otherwise."""
	return [df.fieldname for df in frappe.get_meta(form).fields if df.label and not df.get("is_custom_field")]


def _clean(name: str | None) -> None:
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
