"""How long it takes to publish a suggested change of a form: from the form administrator's press to the committed change.

Run with the bench's Python in its `sites/` folder: `python …/benchmarks/publish.py --site SITE [--runs 5]`, on a site with the
people of the demo. Really publishes there, and takes everything away again: never on one that matters.
"""

import argparse
import statistics
import time

import frappe
from frappe.model.workflow import apply_workflow

from early_support.forms import changes_core as core
from early_support.forms.current import columns

REQUEST, SERVICE = "Form Change Request", "Support Service"
WHY = "Mittaus: julkaiseminen"
MARK = "mittaus-"
FORM = "Concern"
# What somebody suggests, of each kind that is asked for often; {0} is the number of the run.
SUGGESTED = {
	"a question is added": {
		"kind": core.ADD_FIELD,
		"form": FORM,
		"label_fi": "Mittaus {0}",
		"label_sv": "Mätning {0}",
		"label_en": "Benchmark {0}",
		"answer_type": "Short text",
		"place_after": "wishes",
	},
	"a service is added": {
		"kind": core.ADD_OPTION,
		"list_name": SERVICE,
		"label_fi": "Mittaus {0}",
		"label_sv": "Mätning {0}",
		"label_en": "Benchmark {0}",
		"category": "Rehabilitation",
		"tier": "Universal",
	},
	"a question gets other words": {
		"kind": core.CHANGE_WORDS,
		"form": FORM,
		"field_name": "strengths",
		"label_fi": "Mittaus {0}",
		"label_sv": "Mätning {0}",
		"label_en": "Benchmark {0}",
	},
}


def main() -> None:
	"""Measure, and print the median, the quickest and the slowest of each kind in seconds."""
	parser = argparse.ArgumentParser()
	parser.add_argument("--site", required=True)
	parser.add_argument("--runs", type=int, default=5)
	arguments = parser.parse_args()
	frappe.init(site=arguments.site, sites_path=".")
	frappe.connect()
	try:
		people = people_of_one_area()
		for what, suggested in SUGGESTED.items():
			took = sorted(published(suggested, people, number) for number in range(arguments.runs))
			print(
				f"{what}: {statistics.median(took):.2f} s ({took[0]:.2f}–{took[-1]:.2f}, {len(took)} runs)",
				flush=True,
			)
	finally:
		clean()
		frappe.destroy()


def people_of_one_area() -> dict[str, str]:
	"""Return who brings a change through, by role: those who work in the area of one educator, or in all of them."""
	unit = frappe.db.get_value(
		"Staff Assignment",
		{"role": "Early Educator", "user": ("like", "%@demo.invalid"), "unit": ("is", "set")},
		["user", "unit"],
		as_dict=True,
	)
	area, controller = frappe.db.get_value("Day Care Unit", unit.unit, ["service_area", "controller"])
	people = {"Early Educator": unit.user}
	for role in ("Area Director", "Management Group", "Form Administrator"):
		found = frappe.get_all(
			"Staff Assignment",
			filters={"role": role},
			or_filters={"service_area": area, "controller": controller},
			pluck="user",
		)
		people[role] = found[0]
	return people


def published(suggested: dict, people: dict[str, str], number: int) -> float:
	"""Bring a suggestion through, and return the seconds of its last step; it is rolled back then."""
	frappe.set_user(people["Early Educator"])
	words = {name: str(text).format(number) for name, text in suggested.items()}
	request = frappe.get_doc({"doctype": REQUEST, "why": WHY, **words}).insert()
	request = moved(request, people["Early Educator"], "Send to the area director")
	request = moved(request, people["Area Director"], "Take to the management group")
	decision = {"decided_on": frappe.utils.today(), "minutes": "Mittaus § 1"}
	request = moved(request, people["Management Group"], "Approve", **decision)
	started = time.perf_counter()
	request = moved(request, people["Form Administrator"], "Publish")
	took = time.perf_counter() - started
	moved(request, people["Form Administrator"], "Roll back")
	return took


def moved(request, user: str, action: str, **values):
	"""Make a move as its person does, committed."""
	frappe.set_user(user)
	request = frappe.get_doc(REQUEST, request.name)
	if values:
		request.update(values).save()
	request = apply_workflow(request, action)
	frappe.db.commit()
	return request


def clean() -> None:
	"""Take away what was measured with."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	for name in frappe.get_all(REQUEST, filters={"why": WHY}, pluck="name"):
		for doctype, field in (("Version", "docname"), ("Comment", "reference_name"), (REQUEST, "name")):
			frappe.db.delete(doctype, {field: name})
	for doctype, filters in (
		(core.FIELD, {"dt": FORM, "fieldname": ("like", "custom_benchmark%")}),
		(core.SETTER, {"doc_type": FORM, "value": ("like", "Benchmark%")}),
		(core.WORD, {"source_text": ("like", "Benchmark%")}),
		(SERVICE, {"name": ("like", f"{MARK}%")}),
	):
		frappe.db.delete(doctype, filters)
	frappe.db.commit()
	for column in columns(FORM):
		if column.startswith("custom_benchmark"):
			frappe.db.sql_ddl(f"alter table `tab{FORM}` drop column `{column}`")
	frappe.clear_cache()


if __name__ == "__main__":
	main()
