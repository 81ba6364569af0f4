"""Plans a change of a form: from what was asked for and what is there now to the records to write. Pure: imports no Frappe.

Whatever a Form Change Request may ask for is one of KINDS, and each becomes a few Operations on records of four sorts:
Custom Field, Property Setter, Translation, and the lists that administrators own. What cannot be done, or must not be, is
Refused with a reason. Nothing here can name a property that weakens an invariant (design.md §5): see PROPERTIES.
"""

import hashlib
import itertools
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from typing import NamedTuple

ADD_FIELD = "Add a field"
CHANGE_WORDS = "Change a label or help text"
ADD_OPTION = "Add an option or a service"
RETIRE_OPTION = "Retire an option or a service"
OFFER_AGAIN = "Offer an option or a service again"
REQUIRE = "Require a field"
DONT_REQUIRE = "Don't require a field"
HIDE = "Hide a field"
SHOW = "Show a field again"
MOVE = "Move a field"
REWORD_ZONE = "Reword a worry zone"
KINDS = (
	ADD_FIELD,
	CHANGE_WORDS,
	ADD_OPTION,
	RETIRE_OPTION,
	OFFER_AGAIN,
	REQUIRE,
	DONT_REQUIRE,
	HIDE,
	SHOW,
	MOVE,
	REWORD_ZONE,
)
# What an administrator has changed without a request (forms/by_hand.py). Nobody suggests it.
BY_HAND = "Changed by hand"

FIELD, SETTER, WORD = "Custom Field", "Property Setter", "Translation"
ZONE, SERVICE = "Worry Zone", "Support Service"
# Lists whose records need more than a title: a new one is made in the list itself.
NOT_ADDED_TO = (ZONE, "Age Band")

# Kind of answer → fieldtype of Frappe.
ANSWERS = {
	"Short text": "Data",
	"Long text": "Small Text",
	"Yes or no": "Check",
	"Choice": "Select",
	"Day": "Date",
	"Number": "Int",
}
CHOICE = "Select"
NO_QUESTION = (
	"Section Break",
	"Column Break",
	"Tab Break",
	"HTML",
	"Button",
	"Heading",
	"Fold",
	"Table",
	"Table MultiSelect",
)

# Of a field, all that a request may change: {property: its type}. Not the level of rights, the search, the tracking, the
# type of a field, where it leads, or what is computed from it.
PROPERTIES = {
	"label": "Data",
	"description": "Text",
	"reqd": "Check",
	"hidden": "Check",
	"depends_on": "Data",
	"options": "Text",
}
# Of a form as a whole.
FORM_PROPERTIES = {"field_order": "Data"}
# What a new field holds beside these.
NEW_FIELD = ("dt", "fieldname", "fieldtype", "insert_after", "translatable")

LANGUAGES = ("fi", "sv", "en")
LONGEST_NAME = 50
IDENTITY_CODE = re.compile(
	r"henk(?:\.|il[öo]\w*)?\W*(?:tunnu(?!smerk|st|te|it)|koodi)|\bhl?ö?\W{0,2}tunnu|\bhetu|\bhe[-.]tu|\bsotu(?:n|t|\b)|sosiaaliturvatunnu|tunnusosa"
	r"|person\W*(?:beteckning|nummer|bet\b)|socialskydd|socialsignum"
	r"|social\W*security\W*(?:number|no|code)|\bssn\b|identity\W*(?:code|number)|\bid\W*code\b|national\W*id\b",
	re.IGNORECASE,
)


class Reason(Enum):
	"""Why a change is refused. The value says what its `subject` is."""

	INCOMPLETE = "what is missing"
	UNKNOWN_FIELD = "a field that the form has not got"
	UNKNOWN_RECORD = "a record that the list has not got"
	UNKNOWN_OPTION = "an option that the field has not got"
	FIELD_EXISTS = "a fieldname that is taken"
	RECORD_EXISTS = "a code that is taken"
	OPTION_EXISTS = "an option that is there already"
	TYPE_CHANGE = "a field whose answers another type could not hold"
	CANNOT_FILL = "running cases have nothing in the field"
	ANSWERED = "a field with answers, or a column of one"
	KEPT_FIELD = "a field that the app fills in, or by which it finds the case"
	NEEDED_FIELD = "a field that a rule of the work needs"
	UNSEEN_REQUIRED = "a required field that a new case does not show"
	ROW_REQUIRED = "a field of a table"
	NO_QUESTION = "a field that holds no answer"
	IDENTITY_CODE = "words that ask for an identity code"
	FIXED_OPTIONS = "a field whose options the rules know"
	CLOSED_LIST = "a list to which nothing is added, or from which nothing is retired, here"
	WORDS_TAKEN = "words that the interface uses already, with another translation"
	NO_CHANGE = "what is so already"
	CHANGED_SINCE = "nothing"
	INVARIANT = "a property that nobody changes"
	NOT_YOURS = "a doctype whose records somebody else stores"


class Refused(ValueError):
	"""A change that cannot be made."""

	def __init__(self, reason: Reason, subject: object = "") -> None:
		super().__init__(f"{reason.name}: {subject}")
		self.reason, self.subject = reason, subject


@dataclass(frozen=True)
class Change:
	"""What is asked for. Words are {language: text}; `values` are those of a record of a list, beside its title."""

	kind: str
	form: str = ""
	field_name: str = ""
	list_name: str = ""
	record: str = ""
	labels: Mapping[str, str] = field(default_factory=dict)
	helps: Mapping[str, str] = field(default_factory=dict)
	without_help: bool = False
	answer_type: str = ""
	choices: str = ""
	required: bool = False
	place_after: str = ""
	values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
	"""A field of a form as it is now; `shipped_depends_on` is what the app ships, or None for an added field."""

	fieldname: str
	label: str = ""
	fieldtype: str = "Data"
	options: str = ""
	description: str = ""
	reqd: bool = False
	hidden: bool = False
	depends_on: str = ""
	default: str = ""
	is_added: bool = False
	shipped_depends_on: str = ""


@dataclass(frozen=True)
class Form:
	"""A form as it is now.

	`kept` are fields that the app fills in or finds the case by, `needed` those that a rule of the work asks for. `columns`
	are the columns of its table, {name: type of the database}; `column_of` the type that each kind of answer has there.
	`left` are the columns without a field that hold answers, `shipped` the conditions under which each field shows as shipped.
	"""

	name: str
	fields: Mapping[str, Field]
	is_table: bool = False
	kept: frozenset[str] = frozenset()
	needed: frozenset[str] = frozenset()
	columns: Mapping[str, str] = field(default_factory=dict)
	column_of: Mapping[str, str] = field(default_factory=dict)
	left: Set[str] = frozenset()
	shipped: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
	"""All that a plan depends on. `record` and what begins with `list_` are of the list that the change names.

	`without_answer` is whether running cases have nothing in the field (of a new field: whether there are any). `words` are
	the translations in force, {(language, source): text}.
	"""

	form: Form | None = None
	record: Mapping[str, object] | None = None
	list_codes: frozenset[str] = frozenset()
	list_titles: frozenset[str] = frozenset()
	last_order: int = 0
	without_answer: bool = False
	words: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
	"""One record to write: made new with `values`, or changed to them. A value of None takes a Property Setter away."""

	doctype: str
	name: str
	values: Mapping[str, object]
	is_new: bool = False


def plan(change: Change, now: Snapshot) -> list[Operation]:
	"""Return what has to be written, in order. Raises Refused."""
	_require(change.kind in KINDS, "kind")
	_check_words(change)
	_check_type(change)
	if change.kind in _PLANS_OF_LISTS and change.list_name:
		operations = _PLANS_OF_LISTS[change.kind](change, now)
	else:
		_require(change.form and now.form, "form")
		if change.kind not in _PLANS_OF_FIELDS:
			raise Refused(Reason.INCOMPLETE, "list_name")
		operations = _PLANS_OF_FIELDS[change.kind](change, now)
	for operation in operations:
		check(operation)
	return operations


def check(operation: Operation) -> None:
	"""Refuse an operation that changes anything beyond words, place, options and the need of an answer. Raises Refused."""
	if operation.doctype == SETTER:
		name = operation.values.get("property")
		allowed = PROPERTIES if operation.values.get("field_name") else FORM_PROPERTIES
		if name not in allowed or (name == "hidden" and operation.values.get("value") == "1"):
			raise Refused(Reason.INVARIANT, name)
	elif operation.doctype == FIELD:
		allowed = {*PROPERTIES, *(NEW_FIELD if operation.is_new else ())}
		for name in operation.values.keys() - allowed:
			raise Refused(Reason.INVARIANT, name)
		if operation.is_new and operation.values.get("fieldtype") not in ANSWERS.values():
			raise Refused(Reason.INVARIANT, "fieldtype")


def fingerprint(change: Change, now: Snapshot) -> str:
	"""Return a mark of what the change is about, as it is now: another one when that has changed meanwhile."""
	if change.list_name:
		# What is added is planned anew: of the list it only matters that the record stands there after which it comes.
		is_added = change.kind == ADD_OPTION
		seen = {"record": now.record is not None if is_added else now.record}
	else:
		form = now.form or Form(change.form, {})
		name = new_fieldname(change) if change.kind == ADD_FIELD else change.field_name
		there = form.fields.get(name)
		seen = {"field": asdict(there) if there else None}
		if change.kind == MOVE:
			seen["after"] = _shipped_before(form, name)
	text = json.dumps(seen, sort_keys=True, default=str, ensure_ascii=False)
	return hashlib.sha256(text.encode()).hexdigest()[:32]


def _shipped_before(form: Form, name: str) -> str | None:
	"""Return after which shipped field one stands: what is added or moved elsewhere makes no difference to it."""
	before = itertools.takewhile(lambda other: other != name, form.fields)
	return next((other for other in reversed([*before]) if not form.fields[other].is_added), None)


# The condition of what is hidden.
NEVER = "never"


def conditions_of(fields: Iterable[Field]) -> dict[str, frozenset[str]]:
	"""Return of each field, in the order of the form, under which conditions it shows: its own, of its section and its tab.

	Those of a column are no matter: Frappe draws it whatever is said of it (public/js/frappe/form/column.js).
	"""
	found, tab, section = {}, frozenset(), frozenset()
	for each in fields:
		own = frozenset({each.depends_on, NEVER if each.hidden else ""} - {""})
		if each.fieldtype == "Tab Break":
			tab, section = own, frozenset()
		elif each.fieldtype == "Section Break":
			section = own
		found[each.fieldname] = own | section | tab
	return found


class Required(NamedTuple):
	"""Of a form, which fields are required, and which of them a new case may not show.

	`covered` are the fields that a rule of the work needs, each with the conditions under which alone it shows beyond those
	that were shipped.
	"""

	asked: frozenset[str]
	unseen: frozenset[str]
	covered: Mapping[str, frozenset[str]]


def required_of(form: Form) -> Required:
	"""Return which answers a form requires, and which of them, and of those that rules need, somebody may not be able to give.

	Frappe refuses to store a case without a required answer, in the desk and on the server, whether its form shows the field
	or not.
	"""
	conditions = conditions_of(form.fields.values())
	asked = frozenset(name for name, each in form.fields.items() if each.reqd)
	return Required(
		asked=asked,
		unseen=frozenset(name for name in asked if conditions[name]),
		covered={
			name: conditions[name] - form.shipped.get(name, frozenset())
			for name in form.needed & conditions.keys()
		},
	)


def unseen_since(was: Required, form: Form) -> Iterator[tuple[str, Refused]]:
	"""Yield the fields of a form, as it is now or would be, that are not shown where they have to be, and `was` they were."""
	now = required_of(form)
	for name in sorted(now.unseen - was.unseen):
		yield name, Refused(Reason.UNSEEN_REQUIRED, form.fields[name].label or name)
	for name, conditions in sorted(now.covered.items()):
		if name not in now.unseen and conditions - was.covered.get(name, frozenset()):
			yield name, Refused(Reason.NEEDED_FIELD, form.fields[name].label or name)


def new_fieldname(change: Change) -> str:
	"""Return the name of an added field, from its words."""
	name = slug(_source(change.labels), "_")
	return f"custom_{name}"[:LONGEST_NAME].rstrip("_") if name else ""


def slug(text: str, joint: str) -> str:
	"""Return `text` in small letters a to z and digits, its words joined by `joint`."""
	plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
	return joint.join(re.findall(r"[a-z0-9]+", plain))


def choices_of(text: str) -> list[dict[str, str]]:
	"""Return the options that were typed, one on each line: {language: text}."""
	lines = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip(" |")]
	return [
		{language: word for language, word in zip(LANGUAGES, line, strict=False) if word} for line in lines
	]


# Fields ---------------------------------------------------------------------------------------------------------------


def _add_field(change: Change, now: Snapshot) -> list[Operation]:
	form, source = now.form, _source(change.labels)
	_require(source, "label_fi")
	_require(change.answer_type, "answer_type")
	name, fieldtype = new_fieldname(change), ANSWERS[change.answer_type]
	_require(name, "label_fi")
	if name in form.fields:
		raise Refused(Reason.FIELD_EXISTS, name)
	# A column outlives its field: what it holds would be read as answers to another question, or be lost.
	if name in form.columns and (form.columns[name] != form.column_of[fieldtype] or name in form.left):
		raise Refused(Reason.TYPE_CHANGE, name)
	after = _place(change, form)
	if change.required:
		_check_required(change, now, fieldtype)
	options = choices_of(change.choices) if fieldtype == CHOICE else []
	_require(options or fieldtype != CHOICE, "choices")
	values = {
		"dt": form.name,
		"fieldname": name,
		"fieldtype": fieldtype,
		"label": source,
		"description": _source(change.helps),
		"insert_after": after,
		"reqd": int(change.required),
		"translatable": 0,
	}
	if change.required:
		order = _order_with(form, name, after)
		added = Field(name, source, fieldtype, reqd=True, is_added=True)
		_check_seen(form, {**form.fields, name: added}, order)
	if options:
		values["options"] = "\n".join(["", *_distinct(_source(option) for option in options)])
	words = [change.labels, change.helps, *options]
	return [Operation(FIELD, f"{form.name}-{name}", values, is_new=True), *_words(words, now)]


def _change_words(change: Change, now: Snapshot) -> list[Operation]:
	there = _field(change, now)
	if there.fieldname in now.form.kept:
		raise Refused(Reason.KEPT_FIELD, there.label or there.fieldname)
	label, description = _source(change.labels), _source(change.helps)
	_require(label or description or change.without_help, "label_fi")
	wanted = {name: text for name, text in (("label", label), ("description", description)) if text}
	if change.without_help:
		wanted.setdefault("description", "")
	values = {name: text for name, text in wanted.items() if text != getattr(there, name)}
	operations = [*_set(now.form, there, values), *_words([change.labels, change.helps], now)]
	return _some(operations, there)


def _require_answer(change: Change, now: Snapshot) -> list[Operation]:
	there = _field(change, now)
	_check_open(there, now.form)
	if there.reqd:
		raise Refused(Reason.NO_CHANGE, there.label)
	if there.depends_on == there.fieldname or there.hidden:
		raise Refused(Reason.NO_QUESTION, there.label)
	_check_required(change, now, there.fieldtype)
	_check_seen(now.form, {**now.form.fields, there.fieldname: replace(there, reqd=True)}, now.form.fields)
	return _set(now.form, there, {"reqd": 1})


def _dont_require(change: Change, now: Snapshot) -> list[Operation]:
	there = _field(change, now)
	_check_open(there, now.form)
	if not there.reqd:
		raise Refused(Reason.NO_CHANGE, there.label)
	return _set(now.form, there, {"reqd": 0})


def _hide(change: Change, now: Snapshot) -> list[Operation]:
	"""Show the field only where it has been answered: what was written stays in sight."""
	there = _field(change, now)
	_check_open(there, now.form)
	if there.fieldtype in NO_QUESTION:
		raise Refused(Reason.NO_QUESTION, there.label)
	if there.reqd or there.default not in ("", "0"):
		raise Refused(Reason.NEEDED_FIELD, there.label)
	if there.hidden or there.depends_on == there.fieldname:
		raise Refused(Reason.NO_CHANGE, there.label)
	return _set(now.form, there, {"depends_on": there.fieldname})


def _show(change: Change, now: Snapshot) -> list[Operation]:
	there = _field(change, now)
	if there.fieldname in now.form.kept:
		raise Refused(Reason.KEPT_FIELD, there.label)
	values: dict[str, object] = {"hidden": 0} if there.hidden else {}
	if there.depends_on == there.fieldname:
		values["depends_on"] = there.shipped_depends_on
	return _some(_set(now.form, there, values), there)


def _move(change: Change, now: Snapshot) -> list[Operation]:
	there = _field(change, now)
	_require(change.place_after, "place_after")
	after = _place(change, now.form)
	if after == there.fieldname:
		raise Refused(Reason.UNKNOWN_FIELD, after)
	order = _order_with(now.form, there.fieldname, after)
	if order == [*now.form.fields]:
		raise Refused(Reason.NO_CHANGE, there.label)
	_check_seen(now.form, now.form.fields, order)
	return [_setter(now.form.name, "", "field_order", json.dumps(order))]


def _add_choice(change: Change, now: Snapshot) -> list[Operation]:
	there = _choice_field(change, now)
	added = choices_of(change.choices)
	_require(added, "choices")
	known, new = there.options.split("\n"), [_source(option) for option in added]
	for option in new:
		if option in known:
			raise Refused(Reason.OPTION_EXISTS, option)
	values = {"options": "\n".join([*known, *_distinct(new)])}
	return [*_set(now.form, there, values), *_words(added, now)]


def _retire_choice(change: Change, now: Snapshot) -> list[Operation]:
	"""Offer the options no longer. Who has given such an answer keeps it (workflow_guard/document.py)."""
	there = _choice_field(change, now)
	retired = [_source(option) for option in choices_of(change.choices)]
	_require(retired, "choices")
	known = there.options.split("\n")
	for option in retired:
		if option not in known:
			raise Refused(Reason.UNKNOWN_OPTION, option)
	left = [option for option in known if option not in retired]
	if not any(left):
		raise Refused(Reason.NEEDED_FIELD, there.label)
	return _set(now.form, there, {"options": "\n".join(left)})


def _field(change: Change, now: Snapshot) -> Field:
	_require(change.field_name, "field_name")
	there = now.form.fields.get(change.field_name)
	if not there:
		raise Refused(Reason.UNKNOWN_FIELD, change.field_name)
	return there


def _choice_field(change: Change, now: Snapshot) -> Field:
	there = _field(change, now)
	if not there.is_added or there.fieldtype != CHOICE:
		raise Refused(Reason.FIXED_OPTIONS, there.label)
	return there


def _check_open(there: Field, form: Form) -> None:
	if there.fieldname in form.kept:
		raise Refused(Reason.KEPT_FIELD, there.label or there.fieldname)
	if there.fieldname in form.needed:
		raise Refused(Reason.NEEDED_FIELD, there.label or there.fieldname)


def _check_required(change: Change, now: Snapshot, fieldtype: str) -> None:
	# Rows are filled in little by little, and many of them are made by the app.
	if now.form.is_table:
		raise Refused(Reason.ROW_REQUIRED)
	if fieldtype in (*NO_QUESTION, "Check"):
		raise Refused(Reason.NO_QUESTION, change.field_name or _source(change.labels))
	if now.without_answer:
		raise Refused(Reason.CANNOT_FILL)


def _check_type(change: Change) -> None:
	if change.answer_type and change.kind != ADD_FIELD:
		raise Refused(Reason.TYPE_CHANGE, change.field_name)
	if change.answer_type and change.answer_type not in ANSWERS:
		raise Refused(Reason.INCOMPLETE, "answer_type")


def _order_with(form: Form, name: str, after: str) -> list[str]:
	"""Return the names of the fields with one of them, or a new one, behind another."""
	order = [other for other in form.fields if other != name]
	order.insert(order.index(after) + 1, name)
	return order


def _check_seen(form: Form, fields: Mapping[str, Field], order: Iterable[str]) -> None:
	after = replace(form, fields={name: fields[name] for name in order})
	for _name, why in unseen_since(required_of(form), after):
		raise why


def _place(change: Change, form: Form) -> str:
	if change.place_after and change.place_after not in form.fields:
		raise Refused(Reason.UNKNOWN_FIELD, change.place_after)
	return change.place_after or [*form.fields][-1]


def _set(form: Form, there: Field, values: Mapping[str, object]) -> list[Operation]:
	"""Return the change of some properties of a field: in the field itself if it was added, else beside it."""
	if not values:
		return []
	if there.is_added:
		return [Operation(FIELD, f"{form.name}-{there.fieldname}", values)]
	return [
		_setter(
			form.name,
			there.fieldname,
			name,
			None if name == "depends_on" and value == there.shipped_depends_on else str(value),
		)
		for name, value in values.items()
	]


def _setter(form: str, fieldname: str, name: str, value: str | None) -> Operation:
	values = {
		"doctype_or_field": "DocField" if fieldname else "DocType",
		"doc_type": form,
		"field_name": fieldname or None,
		"property": name,
		"property_type": (PROPERTIES | FORM_PROPERTIES)[name],
		"value": value,
	}
	return Operation(SETTER, f"{form}-{fieldname or 'main'}-{name}", values)


# Lists ----------------------------------------------------------------------------------------------------------------


def _add_record(change: Change, now: Snapshot) -> list[Operation]:
	_check_list(change)
	title = change.labels.get("fi", "")
	_require(title, "label_fi")
	code = slug(title, "-")
	_require(code, "label_fi")
	if code in now.list_codes or title.casefold() in now.list_titles:
		raise Refused(Reason.RECORD_EXISTS, title)
	if change.list_name == SERVICE:
		_require(change.values.get("category"), "category")
	order = _record(change, now)["sort_order"] + 1 if change.record else now.last_order + 10
	extra = change.values if change.list_name == SERVICE else {}
	values = {
		"code": code,
		**_titles(change.labels),
		"sort_order": order,
		**{k: v for k, v in extra.items() if v is not None},
	}
	return [Operation(change.list_name, code, values, is_new=True)]


def _retire_record(change: Change, now: Snapshot) -> list[Operation]:
	if change.list_name == ZONE:
		raise Refused(Reason.CLOSED_LIST, ZONE)
	record = _record(change, now)
	if record.get("disabled"):
		raise Refused(Reason.NO_CHANGE, record["title"])
	return [Operation(change.list_name, change.record, {"disabled": 1})]


def _offer_record(change: Change, now: Snapshot) -> list[Operation]:
	record = _record(change, now)
	if not record.get("disabled"):
		raise Refused(Reason.NO_CHANGE, record["title"])
	return [Operation(change.list_name, change.record, {"disabled": 0})]


def _rename_record(change: Change, now: Snapshot) -> list[Operation]:
	record = _record(change, now)
	_require(change.labels, "label_fi")
	return _update(change, record, _titles(change.labels))


def _reword_zone(change: Change, now: Snapshot) -> list[Operation]:
	if change.list_name != ZONE:
		raise Refused(Reason.INCOMPLETE, "list_name")
	record = _record(change, now)
	values = {name: text for name, text in change.values.items() if text and name in record}
	_require(values, "meaning")
	return _update(change, record, values)


def _record(change: Change, now: Snapshot) -> Mapping[str, object]:
	_require(change.record, "record")
	if now.record is None:
		raise Refused(Reason.UNKNOWN_RECORD, change.record)
	return now.record


def _update(change: Change, record: Mapping, values: Mapping[str, object]) -> list[Operation]:
	values = {name: value for name, value in values.items() if value != record.get(name)}
	if not values:
		raise Refused(Reason.NO_CHANGE, record["title"])
	return [Operation(change.list_name, change.record, values)]


def _check_list(change: Change) -> None:
	if change.list_name in NOT_ADDED_TO:
		raise Refused(Reason.CLOSED_LIST, change.list_name)


def _titles(labels: Mapping[str, str]) -> dict[str, str]:
	return {
		("title" if language == "fi" else f"title_{language}"): text
		for language, text in labels.items()
		if text
	}


# Words ----------------------------------------------------------------------------------------------------------------


def _check_words(change: Change) -> None:
	values = [text for text in change.values.values() if isinstance(text, str)]
	for text in (*change.labels.values(), *change.helps.values(), change.choices, *values):
		if text and IDENTITY_CODE.search(text):
			raise Refused(Reason.IDENTITY_CODE, text)


def _words(several: list[Mapping[str, str]], now: Snapshot) -> list[Operation]:
	"""Return the translations of several texts, each {language: text}: those that are not in force already.

	Frappe translates by the words alone: a word that the interface uses too would be translated anew everywhere.
	"""
	wanted: dict[tuple[str, str], str] = {}
	for texts in several:
		source = _source(texts)
		for language in ("fi", "sv"):
			text = texts.get(language)
			there = wanted.get((language, source), now.words.get((language, source)))
			if there is not None and text and there != text:
				raise Refused(Reason.WORDS_TAKEN, source)
			if there is None and text and text != source:
				wanted[language, source] = text
	return [
		Operation(
			WORD,
			f"{language}:{source}",
			{"language": language, "source_text": source, "translated_text": text},
			is_new=True,
		)
		for (language, source), text in wanted.items()
	]


def _source(texts: Mapping[str, str]) -> str:
	"""Return the words from which the others are translated: the English ones, as in all of the app, or else the Finnish."""
	return texts.get("en") or texts.get("fi") or ""


def _distinct(words) -> list[str]:
	return [*dict.fromkeys(words)]


def _some(operations: list[Operation], there: Field) -> list[Operation]:
	if not operations:
		raise Refused(Reason.NO_CHANGE, there.label)
	return operations


def _require(value: object, what: str) -> None:
	if not value:
		raise Refused(Reason.INCOMPLETE, what)


_PLANS_OF_FIELDS = {
	ADD_FIELD: _add_field,
	CHANGE_WORDS: _change_words,
	REQUIRE: _require_answer,
	DONT_REQUIRE: _dont_require,
	HIDE: _hide,
	SHOW: _show,
	MOVE: _move,
	ADD_OPTION: _add_choice,
	RETIRE_OPTION: _retire_choice,
	# What was typed once is offered again: the answers that were given are the same words.
	OFFER_AGAIN: _add_choice,
}
_PLANS_OF_LISTS = {
	ADD_OPTION: _add_record,
	RETIRE_OPTION: _retire_record,
	OFFER_AGAIN: _offer_record,
	CHANGE_WORDS: _rename_record,
	REWORD_ZONE: _reword_zone,
}
