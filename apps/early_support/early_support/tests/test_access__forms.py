"""Forms and templates that administrators change: what they may do with them, and what would reach casework."""

import json
from contextlib import nullcontext

import frappe
import jinja2
import pytest

from early_support.access.doors import expressions
from early_support.access.doors.carriers import LeavesTheRules
from early_support.access.doors.programs import RunsPrograms
from early_support.exceptions import MarkupInText
from early_support.tests import case_factories as case
from early_support.tests import factories

DATA = {"label": "Added", "fieldname": "added", "fieldtype": "Data"}
LINK = DATA | {"fieldtype": "Link"}


@pytest.fixture
def manager(site) -> str:
	return factories.make_user("System Manager")


def ask(doc) -> None:
	"""Ask what a save of the document asks, without the save, which would change a table."""
	doc.run_method("before_validate")
	doc.run_method("validate")


def field(form: str, **values):
	return frappe.get_doc({"doctype": "Custom Field", "dt": form, **DATA, **values})


def setter(form: str, fieldname: str | None, name: str, value: str):
	kind = "DocField" if fieldname else "DocType"
	return frappe.get_doc(
		{
			"doctype": "Property Setter",
			"doctype_or_field": kind,
			"doc_type": form,
			"field_name": fieldname,
			"property": name,
			"value": value,
		}
	)


# Templates ------------------------------------------------------------------------------------------------------------

PLAIN = (
	"Vaasa",
	"{{ doc.name }}",
	'{{ _("Visit") }}: {{ doc.get_formatted("visited_on") }}',
	"{% for row in doc.items %}{{ row.idx }} {{ row.get_formatted('amount', doc) }}{% endfor %}",
	"{% if doc.status == 'Open' and not doc.closed %}{{ doc.title | upper }}{% else %}–{% endif %}",
	"{% set total = doc.a + doc.b %}{{ total }}",
	'{% set total = doc.rows[0].amount %}{{ _("Total") }}: {{ total }}',
	"{{ doc.unknown | filter_of_frappe }}",
)
CALLING = (
	"{{ doc.reset_password() }}",
	"{% set x = doc.update({'enabled': 1}) %}",
	"{{ frappe.db.sql('select 1') }}",
	"{{ frappe['db']['sql']('select 1') }}",
	"{% for x in get_all('Child') %}{{ x }}{% endfor %}",
	"{% if doc.delete() %}{% endif %}",
	"{% macro m() %}{% endmacro %}{{ m() }}",
	"{% call doc.notify() %}{% endcall %}",
	"{% set _ = doc.reset_password %}{{ _() }}",
	"{% for _ in [doc.reset_password] %}{{ _() }}{% endfor %}",
	"{% with _ = doc.delete %}{{ _() }}{% endwith %}",
	"{% set x = {'get_formatted': doc.reset_password} %}{{ x.get_formatted('a') }}",
	"{{ {'get_formatted': doc.delete}.get_formatted() }}",
	"{{ doc.flags.get_formatted(doc.delete()) }}",
	"{{ doc.flags.get_formatted('a') }}",
	"{{ doc.get_formatted(doc.reset_password) }}",
	"{{ doc.get_formatted(*doc.names) }}",
	"{{ doc.get_formatted(**doc.names) }}",
	"{% include 'templates/includes/login.html' %}",
	"{% import 'x.html' as x %}",
	"{% from 'x.html' import y %}",
	"{% extends 'x.html' %}",
	"{{ doc.__class__ }}",
	"{{ doc['__init__'] }}",
	"{{ doc | attr('__class__') }}",
)


@pytest.mark.parametrize("text", PLAIN)
def test_a_template_that_shows_values_is_plain(text):
	assert expressions.is_plain_template(text)


@pytest.mark.parametrize("text", CALLING)
def test_a_template_that_calls_is_not(text):
	assert not expressions.is_plain_template(text)


def test_what_is_no_template_is_told_apart():
	with pytest.raises(jinja2.TemplateSyntaxError):
		expressions.is_plain_template("{% nothing %}")


def print_format(**values):
	return frappe.get_doc({"doctype": "Print Format", "name": "es-f", "doc_type": "ToDo", **values})


def templates_that_call() -> list:
	call = "{{ doc.reset_password() }}"
	escaped = json.dumps({"sections": [{"html": call}]}).replace("{{", "\\u007b\\u007b")
	return [
		print_format(html=call),
		print_format(raw_commands=call),
		print_format(format_data=json.dumps([{"columns": [{"html": call}]}])),
		print_format(format_data=escaped),
		print_format(format_data=json.dumps([json.dumps({"html": call})])),
		print_format(html="{% unknown %}"),
		frappe.get_doc({"doctype": "Notification", "recipients": [{"cc": call}]}),
	]


def test_no_template_that_calls_is_stored_by_others_than_administrator(manager):
	for template in templates_that_call():
		for user in (manager, "Administrator"):
			with case.acting(user):
				if user == "Administrator":
					frappe.get_attr("early_support.access.doors.programs.refuse_calls")(template)
					continue
				with pytest.raises(RunsPrograms):
					frappe.get_attr("early_support.access.doors.programs.refuse_calls")(template)


def test_a_template_that_calls_is_refused_over_http_and_during_an_import_too(manager, api, monkeypatch):
	values = {"name": "es-e", "subject": "x", "response": "{{ doc.delete() }}"}
	answer = api(manager).post("/api/resource/Email Template", json=values)
	assert answer.status_code == 417, answer.text
	assert RunsPrograms.__name__ in answer.text
	monkeypatch.setitem(frappe.flags, "in_import", True)
	with case.acting(manager), pytest.raises(RunsPrograms):
		ask(frappe.get_doc({"doctype": "Email Template", **values}))
	with case.acting(manager):
		ask(frappe.get_doc({"doctype": "Email Template", **values, "response": "{{ doc.name }}"}))


# Conditions -----------------------------------------------------------------------------------------------------------

SIMPLE = (
	None,
	"",
	"status",
	"eval:doc.status",
	"eval: doc.status == 'Open'",
	'eval:doc.status === "Open" && !doc.closed',
	"eval:(doc.a > 1.5 || doc.b <= -2) && parent.kind != null",
	"eval:!(doc.__islocal)",
	"eval:in_list(['a', \"b\"], doc.status)",
	'eval:["a","b"].includes(doc.status) || doc.open == true',
	"eval:doc.status=='Äiti (hoitaa); \"x\" = 1'",
)
RUNNING = (
	"fn:refresh",
	"eval:",
	"eval:alert(1)",
	"eval:doc.x = 1",
	"eval:doc.x == alert(1)",
	"eval:doc['x']",
	"eval:doc.x.y",
	"eval:doc.constructor.constructor('alert(1)')()",
	"eval:doc.x; alert(1)",
	"eval:doc.x, alert(1)",
	"eval:frappe.call('x')",
	"eval:window",
	"eval:'a\\' + alert(1) + 'b'",
	"eval:`${alert(1)}`",
	"eval:'a\n'",
	"eval:/x/.test(doc.x)",
	"eval:[doc.x].includes(doc.y)",
	"eval:[1].map(alert)",
	"eval:['a'].map(doc.x)",
	"eval:['a'].includes(window)",
	"eval:in_list(['a'], window)",
	"eval:in_list(alert(1), doc.x)",
	"eval:in_list(['a'], alert(1))",
	"eval:(doc.x",
	"eval:doc.x)",
	"eval:doc.x ==",
	"eval:doc.x <!-- y",
	"eval:" + "(" * 5000 + "doc.x" + ")" * 5000,
	"doc.x == 1",
	" eval:alert(1)",
)


@pytest.mark.parametrize("text", SIMPLE)
def test_a_condition_that_compares_is_simple(text):
	assert expressions.is_condition(text)


@pytest.mark.parametrize("text", RUNNING, ids=lambda text: text[:40])
def test_a_condition_that_runs_something_is_not(text):
	assert not expressions.is_condition(text)


def test_filters_of_a_workspace_are_read_and_not_run(manager):
	check = frappe.get_attr("early_support.access.doors.programs.refuse_filters")
	for table, field_name in (("shortcuts", "stats_filter"), ("quick_lists", "quick_list_filter")):
		for text, is_refused in (
			('{"status": ["in", ["Open"]]}', False),
			('[["ToDo", "status", "=", "Open"]]', False),
			('[] || alert("x")', True),
			("alert(1)", True),
		):
			workspace = frappe.get_doc({"doctype": "Workspace", table: [{field_name: text}]})
			check(workspace)
			with case.acting(manager), pytest.raises(RunsPrograms) if is_refused else nullcontext():
				check(workspace)
			# What was there before stays.
			workspace._doc_before_save = frappe.copy_doc(workspace)
			with case.acting(manager):
				check(workspace)


# Fields ---------------------------------------------------------------------------------------------------------------


def programs() -> list:
	"""Return what all but Administrator are refused."""
	return [
		field("Concern", is_virtual=1, options="frappe.db.sql('select 1')"),
		field("ToDo", is_virtual=1, options="doc.name"),
		field("Concern", fieldtype="HTML", options="<img src=x onerror=alert(1)>"),
		field("Concern", fieldtype="HTML", options="{% alert(1) %}"),
		*(
			field("Concern", **{name: "eval:alert(1)"})
			for name in (
				"depends_on",
				"mandatory_depends_on",
				"read_only_depends_on",
				"collapsible_depends_on",
			)
		),
		setter("Concern", "observation", "is_virtual", "1"),
		setter("Concern", "observation", "mandatory_depends_on", "fn:x"),
		setter("Concern", None, "is_virtual", "1"),
		setter(
			"ToDo", "reference_name", "link_filters", json.dumps([["User", "name", "=", "eval:alert(1)"]])
		),
	]


def leading() -> list:
	"""Return what leads to casework from elsewhere, or opens it: Administrator is refused it, too."""
	return [
		field("ToDo", fieldtype="Link", options="Child"),
		field("ToDo", fieldtype="Table", options="Concern Topic Item"),
		field("ToDo", fetch_from="reference_name.observation"),
		field("Concern", ignore_xss_filter=1),
		setter("ToDo", "role", "options", "Child"),
		setter("ToDo", "color", "fetch_from", "reference_name.observation"),
		setter("Concern", None, "autoname", "field:observation"),
		setter("Concern", None, "naming_rule", "By fieldname"),
		setter("Concern", "observation", "ignore_xss_filter", "1"),
	]


def ordinary() -> list:
	"""Return what administrators of forms do."""
	return [
		field("Concern"),
		# What running cases have not answered is required of none of our forms (test_form_change__by_hand.py).
		field("ToDo", fieldtype="Select", options="a\nb", reqd=1, description="Kerro <b>lyhyesti</b>"),
		field("Concern", depends_on="eval:doc.child_heard == 'Yes'", in_list_view=1),
		field("ToDo", fieldtype="Link", options="User"),
		field("ToDo", fieldtype="Link", options="Early Childhood Unit"),
		field("ToDo", fetch_from="allocated_to.full_name"),
		setter("Concern", "observation", "label", "Havainto"),
		setter("Concern", "observation", "reqd", "1"),
		setter("Concern", "observation", "options", "a\nb"),
		setter("Concern", "strengths", "depends_on", "eval:!doc.__islocal"),
		setter("Concern", None, "field_order", '["child", "observation"]'),
	]


def described(doc) -> str:
	return frappe.as_json({key: value for key, value in doc.as_dict().items() if value})


def refused(doc, user: str, error: type[Exception]) -> bool:
	with case.acting(user), case.attempt():
		try:
			ask(doc)
		except error:
			return True
	return False


def test_fields_run_no_program_of_others_than_administrator(manager):
	for doc in programs():
		assert refused(doc, manager, RunsPrograms), described(doc)
		assert not refused(doc, "Administrator", RunsPrograms), described(doc)


def test_no_field_leads_to_casework_from_elsewhere(manager):
	for doc in leading():
		for user in (manager, "Administrator"):
			assert refused(doc, user, LeavesTheRules), (user, described(doc))


def test_nothing_is_fetched_through_a_link_that_was_there_before(site):
	field("ToDo", fieldtype="Link", options="Child", fieldname="linked", name="ToDo-linked").db_insert()
	frappe.clear_cache(doctype="ToDo")
	try:
		assert refused(field("ToDo", fetch_from="linked.full_name"), "Administrator", LeavesTheRules)
	finally:
		frappe.db.delete("Custom Field", "ToDo-linked")
		frappe.clear_cache(doctype="ToDo")


def test_administrators_of_forms_do_their_work(site):
	person = factories.make_user("Form Administrator", "System Manager")
	for doc in ordinary():
		with case.acting(person), case.attempt():
			ask(doc)


def test_a_form_is_changed_over_http_without_a_program(manager, api):
	for values, error in (
		({"is_virtual": 1, "options": "frappe.db.sql('select 1')"}, RunsPrograms),
		({"depends_on": "eval:fetch('/x')"}, RunsPrograms),
		({"fieldtype": "Link", "options": "Child"}, LeavesTheRules),
	):
		answer = api(manager).post("/api/resource/Custom Field", json={"dt": "ToDo", **DATA, **values})
		assert answer.status_code == 417, answer.text
		assert error.__name__ in answer.text
	values = {"doctype_or_field": "DocField", "doc_type": "Concern", "field_name": "observation"}
	values |= {"property": "depends_on", "value": "eval:fetch('/x')"}
	answer = api(manager).post("/api/resource/Property Setter", json=values)
	assert answer.status_code == 417, answer.text
	assert RunsPrograms.__name__ in answer.text


# Customize Form -------------------------------------------------------------------------------------------------------


@pytest.fixture
def customize(manager, monkeypatch):
	"""A function that saves, as Customize Form does, changes of an added field that is there already."""
	# Only the table is left as it is, which no rollback would mend.
	monkeypatch.setattr(frappe.db, "updatedb", lambda *args, **kwargs: None)

	def save(form: str, **values):
		added = field(form, name=f"{form}-added")
		added.db_insert()
		frappe.clear_cache(doctype=form)
		customized = frappe.get_doc({"doctype": "Customize Form", "doc_type": form})
		customized.fetch_to_customize()
		row = next(row for row in customized.fields if row.fieldname == "added")
		row.update(values)
		customized.run_method("save_customization")
		return frappe.get_doc("Custom Field", added.name)

	yield save
	frappe.db.rollback()
	for form in ("Concern", "ToDo"):
		frappe.clear_cache(doctype=form)


@pytest.mark.parametrize(
	("form", "values", "error"),
	[
		("ToDo", {"is_virtual": 1, "options": "frappe.db.sql('select 1')"}, RunsPrograms),
		("ToDo", {"depends_on": "eval:alert(1)"}, RunsPrograms),
		("ToDo", {"fetch_from": "reference_name.observation"}, LeavesTheRules),
		("Concern", {"in_global_search": 1}, LeavesTheRules),
	],
)
def test_an_added_field_is_asked_the_same_in_customize_form(manager, customize, form, values, error):
	with case.acting(manager), pytest.raises(error):
		customize(form, **values)


def test_ordinary_changes_of_an_added_field_are_stored_without_scripts(manager, customize):
	with case.acting(manager):
		stored = customize("ToDo", label="Uusi", reqd=1, description="<b>x</b><script>alert(1)</script>")
	assert (stored.label, stored.reqd) == ("Uusi", 1)
	assert "<b>x</b>" in stored.description
	assert "<script" not in stored.description


def test_a_form_gets_no_name_with_markup(site):
	form = frappe.get_doc({"doctype": "Customize Form", "doc_type": "Concern", "label": "<b onclick=x>"})
	with pytest.raises(MarkupInText):
		form.set_name_translation()


# Translations ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("source", "text", "is_refused"),
	[
		("Concern", "Huoli", False),
		("Age < 3", "Ikä < 3 v", False),
		("<b>Concern</b>", "<b>Huoli</b>", False),
		("Concern", "<b>Huoli</b>", True),
		("<b>Concern</b>", "<b onclick=alert(1)>Huoli</b>", True),
		("Concern", '" onfocus = alert(1) x="', True),
		("Concern", "{{ alert(1) }}", True),
		("Link", "javascript:alert(1)", True),
	],
)
def test_a_translation_adds_no_markup(manager, source, text, is_refused):
	translation = {"doctype": "Translation", "language": "fi", "source_text": source, "translated_text": text}
	assert refused(frappe.get_doc(translation), manager, MarkupInText) is is_refused
	assert not refused(frappe.get_doc(translation), "Administrator", MarkupInText)


def test_a_translation_that_was_there_gets_no_markup_later(manager):
	translation = {
		"doctype": "Translation",
		"language": "fi",
		"source_text": "Concern",
		"translated_text": "Huoli",
	}
	stored = frappe.get_doc(translation).insert()
	stored.translated_text = "<b>Huoli</b>"
	stored.load_doc_before_save()
	assert refused(stored, manager, MarkupInText)
	assert not refused(stored, "Administrator", MarkupInText)
