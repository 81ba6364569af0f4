"""How long it takes to publish a suggested change of a form: from the form administrator's press to the committed change.

Really publishes on the site, and takes everything away again.
"""

import time

import frappe
from frappe.model.workflow import apply_workflow

from benchmarks import organisation
from benchmarks.organisation import Person
from early_support.forms import changes_core as core
from early_support.forms.current import columns

REQUEST, SERVICE = "Form Change Request", "Support Service"
WHY = "Mittaus: julkaiseminen"
MARK = "mittaus-"
FORM = "Concern"
AREA = ("service_area", organisation.area(1))
DIRECTOR = Person("director@benchmark.invalid", "Area Director", *AREA)
GROUP = Person("group@benchmark.invalid", "Management Group", *AREA)
ADMINISTRATOR = Person("forms@benchmark.invalid", "Form Administrator", *AREA)
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


def times(suggested: dict, runs: int) -> list[float]:
	"""Return the seconds in which a suggestion was published, of each of so many runs."""
	for person in (DIRECTOR, GROUP, ADMINISTRATOR):
		organisation.make_person(person)
	try:
		return [_published(suggested, number) for number in range(runs)]
	finally:
		_clean()


def _published(suggested: dict, number: int) -> float:
	"""Bring a suggestion through, and return the seconds of its last step; it is rolled back then."""
	frappe.set_user(organisation.EDUCATOR.user)
	words = {name: str(text).format(number) for name, text in suggested.items()}
	request = frappe.get_doc({"doctype": REQUEST, "why": WHY, **words}).insert()
	request = _moved(request, organisation.EDUCATOR, "Send to the area director")
	request = _moved(request, DIRECTOR, "Take to the management group")
	decision = {"decided_on": frappe.utils.today(), "minutes": "Mittaus § 1"}
	request = _moved(request, GROUP, "Approve", **decision)
	started = time.perf_counter()
	request = _moved(request, ADMINISTRATOR, "Publish")
	took = time.perf_counter() - started
	_moved(request, ADMINISTRATOR, "Roll back")
	return took


def _moved(request, person: Person, action: str, **values):
	"""Make a move as its person does, committed."""
	frappe.set_user(person.user)
	request = frappe.get_doc(REQUEST, request.name)
	if values:
		request.update(values).save()
	request = apply_workflow(request, action)
	frappe.db.commit()
	return request


def _clean() -> None:
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
