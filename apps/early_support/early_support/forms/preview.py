"""Shows a form, or a list, as it would be with a change that is suggested, before anybody decides on it. Writes nothing.

The change is planned by the core that publishes it, and put into the form while Frappe puts that together, in place of
what the database would hold (`FormWith`); so the order, the conditions and the words are worked out by Frappe as they
will be. What was published is shown as the form is now, beside what was there before.

Whoever may read a request sees what it asks for, and so the form that it is about: all of the staff, and those who decide,
who see no case at all. A form holds no data of any case: its words are told, the help and the options, and nothing that
could run, no rights, no field that is hidden or of a level that only some may read.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.meta import Meta
from frappe.translate import get_all_translations, get_translations_from_apps
from frappe.utils import cast, cint, cstr

from early_support.forms import changes
from early_support.forms import changes_core as core
from early_support.forms.lists import LIST_DOCTYPES, TITLE_LANGUAGES
from early_support.forms.suggest import DRAWN

HEADINGS = ("Section Break", "Tab Break")
CHOSEN = ("Select", "Check")
# Of a record of a list, what says nothing to people: its place is seen in the list.
UNTOLD = ("code", "sort_order")


class Step(NamedTuple):
	"""A record that is written, or goes (`values` is None). Of a Property Setter and a Translation, its value goes."""

	doctype: str
	name: str
	values: dict | None


@frappe.whitelist()
def show(name: str, language: str | None = None) -> dict:
	"""Return the form, or the list, as it would be with the change that a Form Change Request asks for.

	Args:
		name: of the request.
		language: fi, sv or en, in which the words of the form are told; that of the user without it.

	Returns:
		`rows` [{label, before, after}] of what changes, and the name of the `form` or `list`; of a form also its `fields` in
		their order, and the names of the `changed` ones.

	Raises:
		frappe.PermissionError: for whoever may not read the request.
		FormChangeRefused: what is asked for cannot be done, or is not complete yet; see `changes_core.Reason`.
	"""
	if not frappe.has_permission(changes.DOCTYPE, "read"):
		raise frappe.PermissionError
	request = frappe.get_doc(changes.DOCTYPE, str(name))
	request.check_permission("read")
	language = language or frappe.local.lang
	language = language if language in core.LANGUAGES else "en"
	before, after = _sides(request)
	shown = _list if request.list_name and _is_of_list(before, after) else _form
	return {"language": language, **shown(request, before, after, language)}


def _sides(request) -> tuple[list[Step], list[Step]]:
	"""Return what is to be put into the forms of today to see them before and after the change."""
	steps = json.loads(request.was_before or "[]")
	if request.workflow_state == "Published":
		return [_back(step) for step in steps], []
	if request.workflow_state == "Rolled Back":
		gone = [step for step in map(_back, steps) if step.values is None]
		return gone, [_again(step) for step in steps]
	operations, _mark = changes.look(changes.change_of(request))
	return [], [Step(op.doctype, op.name, dict(op.values)) for op in operations]


def _back(step: dict) -> Step:
	was, now = step["was"], step["now"] or {}
	if was is None and step["doctype"] == core.SETTER:
		was = {**now, "value": None}
	elif was is None and step["doctype"] == core.WORD:
		was = {**now, "translated_text": None}
	return Step(step["doctype"], step["name"], was)


def _again(step: dict) -> Step:
	offered = {"disabled": 0} if step["doctype"] in LIST_DOCTYPES and step["was"] is None else {}
	return Step(step["doctype"], step["name"], {**offered, **step["now"]})


def _is_of_list(*sides: list[Step]) -> bool:
	return any(step.doctype in LIST_DOCTYPES for side in sides for step in side)


# Forms ----------------------------------------------------------------------------------------------------------------


class FormWith(Meta):
	"""A form as Frappe reads it, with some records of the database other than they are."""

	def __init__(self, form: str, steps: list[Step]) -> None:
		# Frappe puts the form together within its own __init__.
		self._steps = steps
		super().__init__(form)

	def _of(self, doctype: str) -> Iterator[Step]:
		return (step for step in self._steps if step.doctype == doctype)

	def add_custom_fields(self) -> None:
		super().add_custom_fields()
		for step in self._of(core.FIELD):
			there = next((df for df in self.fields if _is_added(df) and df.name == step.name), None)
			if step.values is None:
				self.fields = [df for df in self.fields if df is not there]
			elif there:
				there.update(step.values)
			else:
				self._add(step)

	def _add(self, step: Step) -> None:
		new = {k: v for k, v in frappe.new_doc(core.FIELD).as_dict().items() if not k.startswith("__")}
		names = [df.fieldname for df in frappe.get_meta(self.name).fields]
		after = step.values.get("insert_after")
		place = {"idx": names.index(after) + 1 if after in names else 0}
		self.extend("fields", [{**new, **step.values, **place, "name": step.name, "is_custom_field": 1}])
		added = sorted(filter(_is_added, self.fields), key=lambda df: cint(df.idx))
		self.fields = [df for df in self.fields if not _is_added(df)] + added

	def apply_property_setters(self) -> None:
		fields = {df.fieldname: df for df in self.fields}
		shipped = {name: df.as_dict() for name, df in fields.items()}
		super().apply_property_setters()
		for step in self._of(core.SETTER):
			setter = frappe._dict(step.values)
			if setter.field_name in fields:
				shipped_value = shipped[setter.field_name].get(setter.property)
				kind = frappe.get_meta("DocField").get_field(setter.property)
				value = shipped_value if setter.value is None else cast(kind and kind.fieldtype, setter.value)
				fields[setter.field_name].set(setter.property, value)
			elif setter.property == "field_order":
				# Where there is no order of its own, Frappe wants none to be found.
				self.set("field_order", setter.value or [])


def _is_added(df) -> bool:
	return bool(df.get("is_custom_field"))


class Words:
	"""The words of the interface in a language, with some translations other than they are."""

	def __init__(self, language: str, steps: list[Step]) -> None:
		self._known = dict(get_all_translations(language))
		for step in steps:
			if step.doctype != core.WORD or step.values["language"] != language:
				continue
			source, text = step.values["source_text"], step.values["translated_text"]
			self._known[source] = text or get_translations_from_apps(language).get(source) or source

	def say(self, text: str | None) -> str:
		return self._known.get(text) or cstr(text)


class Side(NamedTuple):
	"""A form with its words, before or after the change."""

	meta: Meta
	words: Words

	def field(self, name: str):
		df = self.meta.get_field(name)
		return df if df and not cint(df.permlevel) else None


def _form(request, before: list[Step], after: list[Step], language: str) -> dict:
	was, becomes = (Side(FormWith(request.form, steps), Words(language, steps)) for steps in (before, after))
	moves = any(_is_order(step) for step in (*before, *after))
	told = [_told_of_all(side, request.field_name if moves else None) for side in (was, becomes)]
	names = [df.fieldname for df in becomes.meta.fields]
	changed = sorted(
		(name for name in {*told[0], *told[1]} if told[0].get(name) != told[1].get(name)),
		key=lambda name: names.index(name) if name in names else len(names),
	)
	return {
		"form": becomes.words.say(request.form),
		"fields": [_drawn(df, becomes) for df in becomes.meta.fields if _is_drawn(df)],
		"changed": changed,
		"rows": [row for name in changed for row in _rows(name, told, len(changed) > 1)],
	}


def _is_order(step: Step) -> bool:
	return step.doctype == core.SETTER and step.values["property"] == "field_order"


def _told_of_all(side: Side, moved: str | None) -> dict[str, dict]:
	"""Return what there is to say of each field. Of its place only where it was added, or is moved."""
	told = {df.fieldname: _told(df, side) for df in side.meta.fields if side.field(df.fieldname) and df.label}
	if moved in told:
		told[moved]["place"] = _place(side, moved)
	return told


def _told(df, side: Side) -> dict[str, object]:
	kind = next((kind for kind, fieldtype in core.ANSWERS.items() if fieldtype == df.fieldtype), None)
	told = {
		"label": side.words.say(df.label),
		"help": side.words.say(df.description),
		"kind": _(kind) if kind else "",
		"required": _("Yes") if cint(df.reqd) else _("No"),
		"shown": _shown(df),
	}
	if df.fieldtype == core.CHOICE:
		told["options"] = [option["label"] for option in _options(df, side) if option["value"]]
	if _is_added(df):
		told["place"] = _place(side, df.fieldname)
	return told


def _shown(df) -> str:
	if cint(df.hidden):
		return _("Nowhere")
	if df.depends_on == df.fieldname:
		return _("Only where it has been answered")
	return _("In certain cases") if df.depends_on else _("Always")


def _place(side: Side, name: str) -> str:
	before = None
	for df in side.meta.fields:
		if df.fieldname == name:
			break
		if df.label and not cint(df.hidden):
			before = df
	return _("After “{0}”").format(side.words.say(before.label)) if before else _("First of all")


def _rows(name: str, told: list[dict], several: bool) -> list[dict]:
	before, after = (each.get(name) for each in told)
	aspects = {
		"label": _("Name of the field"),
		"help": _("Help text"),
		"kind": _("Kind of answer"),
		"required": _("Must be answered"),
		"shown": _("Shown"),
		"options": _("Options"),
		"place": _("Position in the form"),
	}
	return [
		{
			"label": f"{(after or before)['label']}: {aspect}" if several else aspect,
			"before": before and before.get(key),
			"after": after and after.get(key),
		}
		for key, aspect in aspects.items()
		if (before or {}).get(key) != (after or {}).get(key)
	]


def _is_drawn(df) -> bool:
	return not (
		cint(df.hidden) or cint(df.permlevel) or (df.fieldtype in DRAWN and df.fieldtype != "Column Break")
	)


def _drawn(df, side: Side) -> dict:
	say = side.words.say
	drawn = {
		"fieldname": df.fieldname,
		"fieldtype": _drawn_as(df),
		"label": say(df.label),
		"description": say(df.description),
		"reqd": cint(df.reqd),
		"depends_on": cstr(df.depends_on),
		"mandatory_depends_on": cstr(df.mandatory_depends_on),
	}
	if df.fieldtype in CHOSEN:
		drawn["default"] = cstr(df.default)
	if df.fieldtype == core.CHOICE:
		drawn["options"] = [option for option in _options(df, side) if option["value"]]
	if df.fieldtype == "Table":
		drawn["columns"] = [
			say(column.label)
			for column in frappe.get_meta(df.options).fields
			if column.label and cint(column.in_list_view) and _is_drawn(column)
		]
	return drawn


def _drawn_as(df) -> str:
	"""Return how an empty field is drawn that nobody fills in: what else it could do has no place in a preview."""
	if df.fieldtype in HEADINGS:
		return "Section Break"
	return df.fieldtype if df.fieldtype in ("Column Break", "Check", "Small Text") else "Data"


def _options(df, side: Side) -> list[dict[str, str]]:
	return [{"value": option, "label": side.words.say(option)} for option in cstr(df.options).split("\n")]


# Lists ----------------------------------------------------------------------------------------------------------------


def _list(request, before: list[Step], after: list[Step], language: str) -> dict:
	# Not filtered by permission: all of the staff read the lists, and whoever sees one sees all of it.
	now = {row.name: row for row in frappe.get_all(request.list_name, fields=["*"])}
	was, becomes = (_with(now, request.list_name, steps) for steps in (before, after))
	changed = dict.fromkeys(step.name for step in (*before, *after) if step.doctype == request.list_name)
	rows = [
		row
		for name in changed
		for row in _rows_of_record(request.list_name, was.get(name), becomes.get(name))
	]
	whole = {"label": _("The list"), "before": _offered(was, language), "after": _offered(becomes, language)}
	if whole["before"] != whole["after"]:
		rows.append(whole)
	return {"list": _(request.list_name), "rows": rows}


def _with(now: dict[str, dict], list_name: str, steps: list[Step]) -> dict[str, dict]:
	records = dict(now)
	for step in steps:
		if step.doctype != list_name:
			continue
		if step.values is None:
			records.pop(step.name, None)
		else:
			records[step.name] = frappe._dict(records.get(step.name) or {}, **step.values)
	return records


def _rows_of_record(list_name: str, before: dict | None, after: dict | None) -> list[dict]:
	rows = []
	for df in frappe.get_meta(list_name).fields:
		sides = [side and _words_of(df, side.get(df.fieldname)) for side in (before, after)]
		says_nothing = None in (before, after) and not any(
			(side or {}).get(df.fieldname) for side in (before, after)
		)
		is_told = df.label and df.fieldname not in UNTOLD and df.fieldtype not in core.NO_QUESTION
		if is_told and not says_nothing and sides[0] != sides[1]:
			rows.append({"label": _(df.label), "before": sides[0], "after": sides[1]})
	return rows


def _words_of(df, value: object) -> str:
	if df.fieldtype == "Check":
		return _("Yes") if cint(value) else _("No")
	return _(cstr(value)) if value and df.fieldtype == "Select" else cstr(value)


def _offered(records: dict[str, dict], language: str) -> list[str]:
	"""Return the titles of what a list offers, in its order."""
	title = TITLE_LANGUAGES.get(language)
	offered = sorted(
		(row for row in records.values() if not cint(row.disabled)),
		key=lambda row: (cint(row.sort_order), row.title),
	)
	return [(title and row.get(title)) or row.title for row in offered]
