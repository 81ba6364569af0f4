"""Refuses programs that people other than Administrator put into the site: they would run past every rule of access.

A System Manager has no casework, but Frappe lets one write queries, scripts, and templates that call Frappe. Whoever
keeps the server, or signs in as Administrator, may do all of it anyhow; that is a matter of the municipality's own
control of its servers (docs/security.md).
"""

import json
from collections.abc import Iterator

import frappe
import jinja2
from frappe import _

from early_support.access.doors import expressions
from early_support.exceptions import EarlySupportError


class RunsPrograms(EarlySupportError):
	"""It would run a query or program, which no rule of access holds."""


# What makes a text a template.
TEMPLATE_MARKS = ("{{", "{%")

# Conditions which the desk runs as JavaScript; filters of links may hold such conditions.
CONDITIONS = ("depends_on", "mandatory_depends_on", "read_only_depends_on", "collapsible_depends_on")
LINK_FILTERS = "link_filters"
# Filters of workspaces which the desk runs as JavaScript, though they need be no more than JSON.
FILTERS = ("quick_list_filter", "stats_filter")


def refuse_script(script, method: str | None = None) -> None:
	"""Refuse a script that runs on the server or in the browsers of others. Raises RunsPrograms."""
	_refuse(script)


def refuse_query(report, method: str | None = None) -> None:
	"""Refuse a report with a query or script of its own; the reports of apps come with the app. Raises RunsPrograms."""
	if report.report_type in ("Query Report", "Script Report") and not _comes_with_an_app():
		_refuse(report)


def refuse_calls(template, method: str | None = None) -> None:
	"""Refuse a template that calls something, in whatever field or row. Raises RunsPrograms.

	A method of the document would do as well as Frappe's own functions.
	"""
	if any(_calls(text, is_json) for text, is_json in _texts(template.as_dict())):
		_refuse(template)


def refuse_field(field, method: str | None = None) -> None:
	"""Refuse a Custom Field whose value is computed by a program, or that runs one in the browsers of others.

	Raises:
		RunsPrograms: a virtual field, an HTML field with markup, or a condition that does more than compare. What was
			there before, and stays as it was, is no matter.
	"""
	before = field.get_doc_before_save() or {}
	_refuse_changed(field, {df.fieldname: field.get(df.fieldname) for df in field.meta.fields}, before)


def refuse_property(setter, method: str | None = None) -> None:
	"""Refuse a Property Setter that would make such a field of another. Raises RunsPrograms."""
	name = setter.property
	if name not in (*CONDITIONS, LINK_FILTERS, "is_virtual", "fieldtype", "options"):
		return
	df = _field_of(setter)
	there = (
		{"fieldtype": df.fieldtype, "options": df.options, "is_virtual": df.get("is_virtual")} if df else {}
	)
	_refuse_changed(setter, {**there, name: setter.value}, there)


def refuse_filters(workspace, method: str | None = None) -> None:
	"""Refuse a workspace with a filter that is more than JSON, unless it was there before. Raises RunsPrograms."""
	if not _run_filters(workspace) <= _run_filters(workspace.get_doc_before_save()):
		_refuse(workspace)


def _run_filters(workspace) -> set[str]:
	rows = workspace.get_all_children() if workspace else ()
	texts = {(row.get(name) or "").strip() for row in rows for name in FILTERS}
	return {text for text in texts if text and _parsed(text) is None}


def _field_of(setter):
	return frappe.get_meta(setter.doc_type).get_field(setter.field_name) if setter.field_name else None


def _refuse_changed(doc, values: dict, before: dict) -> None:
	changed = {name for name, value in values.items() if (value or "") != (before.get(name) or "")}
	made = changed & {"is_virtual", "fieldtype", "options"}
	if made and (_is_on(values.get("is_virtual")) or _is_live_html(values)):
		_refuse(doc)
	for name in changed.intersection(CONDITIONS):
		_check_condition(doc, values[name])
	if LINK_FILTERS in changed:
		for text, is_json in _texts(values[LINK_FILTERS]):
			if expressions.EVAL in text and not is_json:
				_check_condition(doc, text)


def _is_on(value) -> bool:
	return value not in (None, "", "0", 0)


def _is_live_html(values: dict) -> bool:
	"""Tell whether a field shows markup, or is filled in by a script of the desk."""
	return values.get("fieldtype") == "HTML" and any(mark in (values.get("options") or "") for mark in "<{")


def _check_condition(doc, text: str | None) -> None:
	if _may_store_programs() or expressions.is_condition(text):
		return
	frappe.throw(
		_(
			"“{0}” does more than compare fields with fixed values, as in {1}. Only Administrator may store such a condition."
		).format(text, 'eval:doc.status == "Open"'),
		RunsPrograms,
	)


def _texts(value: object) -> Iterator[tuple[str, bool]]:
	"""Yield every text within a value, also what stands in JSON within it, and whether the text itself is JSON."""
	if isinstance(value, str):
		parsed = _parsed(value)
		yield value, parsed is not None
		if parsed is not None:
			yield from _texts(parsed)
	elif isinstance(value, dict):
		yield from _texts(list(value.values()))
	elif isinstance(value, list | tuple):
		for entry in value:
			yield from _texts(entry)


def _parsed(text: str) -> list | dict | str | None:
	"""Return what a text holds when it reads as JSON; numbers hold nothing."""
	if not text.lstrip().startswith(("{", "[", '"')):
		return None
	try:
		return json.loads(text)
	except (ValueError, RecursionError):
		return None


def _calls(text: str, is_json: bool) -> bool:
	if not any(mark in text for mark in TEMPLATE_MARKS):
		return False
	try:
		return not expressions.is_plain_template(text)
	except jinja2.TemplateSyntaxError:
		# JSON need not be a template as a whole; what stands in it is asked by itself.
		return not is_json
	except RecursionError:
		return True


def _refuse(doc) -> None:
	if not _may_store_programs():
		frappe.throw(
			_(
				"{0}: queries and programs would read casework past its rules. Only Administrator may store them."
			).format(_(doc.doctype)),
			RunsPrograms,
		)


def _may_store_programs() -> bool:
	return frappe.session.user == "Administrator" or _comes_with_an_app()


def _comes_with_an_app() -> bool:
	# Not during an import: a System Manager may import files.
	return bool(frappe.flags.in_install or frappe.flags.in_migrate)
