"""Requests that change forms, for the tests: who brings them through, and what is asked for."""

import json
from contextlib import contextmanager

import frappe

from early_support.casework import clock
from early_support.export import build
from early_support.forms import by_hand, changes, kept_words, ledger
from early_support.forms import changes_core as core
from early_support.forms.ledger_core import digest, entry_name
from early_support.naming import opaque_name
from early_support.tests import case_factories as case
from early_support.tests import factories as make

DOCTYPE = "Form Change Request"
# Of a stored field its owner and the like, which no form shows.
OF_THE_RECORD = ("name", "creation", "modified", "modified_by", "owner", "docstatus", "is_system_generated")


@contextmanager
def columns(*wanted: tuple[str, str, str]):
	"""Give tables columns (form, fieldname, fieldtype) by the way on which a publication does, and take them away again.

	A table gets a column outside of any transaction (forms/changes.py): so outside of that of a test.
	"""
	for column in wanted:
		changes.add_column(*column)
		# A second time it is there already, and nothing ends a transaction.
		changes.add_column(*column)
	try:
		yield
	finally:
		for form, fieldname, _kind in wanted:
			frappe.db.sql_ddl(f"alter table `tab{form}` drop column if exists `{fieldname}`")


class People:
	"""Who brings a change through: one of each role."""

	def __init__(self):
		area = make.default_area()
		self.proposer = make.make_staff("Early Educator")
		self.area_director = make.make_staff("Area Director", area=area)
		self.group = make.make_staff("Management Group", area=area)
		self.administrator = make.make_staff("Form Administrator", area=area)


def suggest(people: People, kind: str, **values):
	defaults = {"kind": kind, "why": "Perheiden palvelut eivät näy suunnitelmassa."}
	with case.acting(people.proposer):
		return frappe.get_doc({"doctype": DOCTYPE, **defaults, **values}).insert()


def approved(people: People, kind: str, effective_on=None, **values):
	request = suggest(people, kind, **values)
	case.move(request, "Send to the area director", people.proposer)
	case.move(request, "Take to the management group", people.area_director)
	decision = {"decided_on": clock.today(), "minutes": "12.10.2026 § 7"}
	request = case.move(request, "Approve", people.group, **decision)
	if effective_on:
		with case.acting(people.administrator):
			request = frappe.get_doc(DOCTYPE, request.name)
			request.effective_on = effective_on
			request.save()
	return request


def published(people: People, kind: str, **values):
	return case.move(approved(people, kind, **values), "Publish", people.administrator)


def roll_back(people: People, request):
	return case.move(request, "Roll back", people.administrator)


def forms_now(*names: str) -> str:
	"""Return all that makes up the forms and the lists, as text that can be compared."""
	rows = {}
	for doctype in ("Custom Field", "Property Setter", "Translation", *names):
		fields = [
			df.fieldname for df in frappe.get_meta(doctype).fields if df.fieldtype not in core.NO_QUESTION
		]
		rows[doctype] = frappe.get_all(doctype, fields=["name", *fields], order_by="name")
	return json.dumps(rows, default=str, indent=1)


def field(form: str, fieldname: str):
	return frappe.get_meta(form, cached=False).get_field(fieldname)


def whole(meta) -> list[dict]:
	"""Return all of a form, field by field in its order."""
	return [
		{
			name: str(value)
			for name, value in df.as_dict().items()
			if name not in OF_THE_RECORD and value not in (None, "", 0)
		}
		for df in meta.fields
	]


SERVICE = {
	"list_name": "Support Service",
	"label_fi": "Toimintaterapia (uusi)",
	"label_sv": "Ergoterapi (ny)",
	"label_en": "Occupational therapy (new)",
	"category": "Rehabilitation",
	"tier": "Universal",
	"ask_on_vasu": 1,
}
QUESTION = {
	"form": "Child Plan Service",
	"label_fi": "Saako suunnitelmasta kertoa",
	"label_en": "May be told",
	"help_fi": "Kysytään huoltajalta palvelu kerrallaan.",
	"answer_type": "Choice",
	"choices": "Saa kertoa | Får berättas | May be told of it\nEi saa kertoa | Får inte berättas | May not be told of it",
	"place_after": "permission",
}


def require_by_hand(form: str, fieldname: str) -> None:
	"""Require an answer as it may have become long ago, when all running cases had one."""
	values = {"doctype_or_field": "DocField", "doc_type": form, "field_name": fieldname}
	setter = {"name": f"{form}-{fieldname}-reqd", "property": "reqd", "property_type": "Check", "value": "1"}
	frappe.get_doc({"doctype": "Property Setter", **values, **setter}).db_insert()
	frappe.clear_cache(doctype=form)


def require_no_longer(form: str, fieldname: str) -> None:
	"""Take away what `require_by_hand` has made of a form."""
	frappe.db.delete("Property Setter", {"name": f"{form}-{fieldname}-reqd"})
	frappe.clear_cache(doctype=form)


def make_plan(team):
	with case.acting(team.educator):
		return frappe.get_doc({"doctype": "Child Plan", "child": team.child}).insert()


def ship_anew(doctype: str, *names: str) -> None:
	"""Let the ledger know another title of some records: as if this version of the app were the first to ship theirs."""
	for name in names:
		known = ledger.known_of(frappe.get_doc(ledger.LEDGER, entry_name((doctype, name))))
		before = {**known.content, "title": f"{known.content['title']} (ennen)"}
		now = known._replace(content=before, digest=digest(before))
		ledger.note({"doctype": doctype, "name": name}, now, known)
	frappe.db.commit()


# What the story in the browser leaves on its site (tests/browser/test_browser__form_change.py).
SERVICE_OF_STORY = "musiikkiterapia"
FIELD_OF_STORY = "custom_permission_to_work_with_the_services"


OPTION_OF_STORY = "Only with some"


NEW_WORDS_OF_STORY = "Lupa puhua palveluista"
WHY_OF_STORY = "Tarinan muutos"


def reword_question_of_story() -> None:
	"""Call a question otherwise, and offer an option no longer, which somebody has answered."""
	field = frappe.get_doc("Custom Field", {"dt": "Child Plan", "fieldname": FIELD_OF_STORY})
	left = [option for option in field.options.split("\n") if option != OPTION_OF_STORY]
	values = {"options": "\n".join(left), "label": NEW_WORDS_OF_STORY}
	operation = core.Operation("Custom Field", field.name, values)
	with changes.all_or_nothing([operation]):
		by_hand.record("Child Plan", [changes.write(operation)], WHY_OF_STORY)
	frappe.db.commit()


PLANS_OF_STORY = "Tarinan suunnitelma"


def a_month_later(plan: str) -> None:
	"""Let a plan that was confirmed today have been so last month, and those of five more children with the service of the story.

	Past the workflow, which has no part in counting; fewer than these are not shown.
	"""
	day = frappe.utils.get_first_day(frappe.utils.add_months(clock.today(), -1))
	frappe.db.set_value("Child Plan", plan, "confirmed_on", day)
	unit, controller = frappe.db.get_value("Child Plan", plan, ["unit", "controller"])
	for number in range(5):
		other = make.row_of(
			"Child Plan",
			unit,
			controller=controller,
			child=f"TARINA{number}",
			strengths=PLANS_OF_STORY,
			workflow_state="Confirmed",
			confirmed_on=day,
		)
		frappe.get_doc(
			{
				"doctype": "Child Plan Service",
				"name": opaque_name(),
				"parent": other.name,
				"parenttype": "Child Plan",
				"parentfield": "services",
				"service": SERVICE_OF_STORY,
				"answer": "In Use",
			}
		).db_insert()
	frappe.db.commit()


def forget_story() -> None:
	"""Take away what that story has left: a service that is rolled back stays, and so does a field with answers."""
	for plan in frappe.get_all("Child Plan", filters={"strengths": PLANS_OF_STORY}, pluck="name"):
		for df in frappe.get_meta("Child Plan").get_table_fields():
			frappe.db.delete(df.options, {"parent": plan})
		frappe.db.delete("Child Plan", {"name": plan})
	for run in frappe.get_all("Report Run", filters={"profile": "palvelutilasto-1"}, pluck="name"):
		build.remove_files(run)
		frappe.db.delete("Report Run", {"name": run})
	frappe.db.delete("Child Plan Service", {"service": SERVICE_OF_STORY})
	frappe.db.delete("Support Service", {"name": SERVICE_OF_STORY})
	frappe.db.delete("Custom Field", {"dt": "Child Plan", "fieldname": FIELD_OF_STORY})
	frappe.db.delete(DOCTYPE, {"why": WHY_OF_STORY})
	kept_words.forget()
	frappe.db.commit()
	frappe.db.sql_ddl(f"alter table `tabChild Plan` drop column if exists `{FIELD_OF_STORY}`")
	frappe.clear_cache()
