"""Form packs: the configuration of a site as one readable file, and what is to be done to make another site alike.

Pure: imports no Frappe. A *record* of a pack is {field: number, text, or rows of a table}; records stand under their
doctype and a key that is made of what they hold, so that two sites agree on it. KINDS is all that can be in a pack.
What an import may not do is Refused by the same reasons as a suggested change (changes_core), of which it is many at once.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import NamedTuple

from early_support.forms import changes_core as changes
from early_support.forms.changes_core import FIELD, SETTER, WORD, Form, Operation, Reason, Refused

FORMAT, FORMAT_VERSION = "early-support-form-pack", 1
# A pack is a few hundred kilobytes; whatever is much larger is something else.
LARGEST = 8 * 2**20

FORMS, LISTS, WORKFLOWS, WORDS, REPORTS = "Forms", "Lists", "Workflows", "Words", "Reports"
PARTS = (FORMS, LISTS, WORKFLOWS, WORDS, REPORTS)

STATE, ACTION, WORKFLOW = "Workflow State", "Workflow Action Master", "Workflow"
CODE_MAP, PROFILE = "Code Map", "Report Profile"

# Beside what a suggested change may set: how a field is drawn. Nothing of it opens, hides or computes anything.
DRAWN = {
	"bold": "Check",
	"collapsible": "Check",
	"columns": "Int",
	"hide_border": "Check",
	"in_list_view": "Check",
	"in_standard_filter": "Check",
	"no_copy": "Check",
	"print_hide": "Check",
}
# The words by which a field asks, and those of all kinds of records.
WORDS_OF_A_FIELD = ("label", "description", "options")
SAID = (*WORDS_OF_A_FIELD, "value", "translated_text", "title", "message", "label_fi", "label_sv")
# What a reader of a pack takes for a number; all else is text, or rows.
NUMBERS = ("Check", "Int")
FIELD_PROPERTIES = changes.PROPERTIES | DRAWN
# Of an added field. One that is hidden, computed, or has rights of its own is left out as a whole: without that it would
# be another field.
OF_A_FIELD = (*changes.NEW_FIELD, *(name for name in FIELD_PROPERTIES if name != "hidden"))
NUMBERS_OF_A_FIELD = tuple(
	name for name in OF_A_FIELD if name == "translatable" or FIELD_PROPERTIES.get(name) in NUMBERS
)
# What an administrator may add beside the kinds of answers that can be suggested.
ADDED_TYPES = (
	*changes.ANSWERS.values(),
	"Section Break",
	"Column Break",
	"Tab Break",
	"Text",
	"Long Text",
	"Float",
	"Datetime",
	"Time",
	"Link",
)
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")

Value = "int | str | list[dict[str, int | str]]"
Record = Mapping[str, object]
Records = Mapping[str, Mapping[str, Record]]
# doctype → field → int, str, or of a table {field of its rows: int or str}
Schema = Mapping[str, Mapping[str, object]]


class Kind(NamedTuple):
	"""A kind of record in a pack: to which part it belongs, by which of its fields it is known."""

	part: str
	key: tuple[str, ...]


# In the order in which they are written: what others refer to comes first. The lists are added by `kinds`.
KINDS = {
	STATE: Kind(WORKFLOWS, ("workflow_state_name",)),
	ACTION: Kind(WORKFLOWS, ("workflow_action_name",)),
	FIELD: Kind(FORMS, ("dt", "fieldname")),
	SETTER: Kind(FORMS, ("doc_type", "field_name", "property")),
	WORD: Kind(WORDS, ("language", "source_text")),
	WORKFLOW: Kind(WORKFLOWS, ("workflow_name",)),
	CODE_MAP: Kind(REPORTS, ("code",)),
	# Of all its versions one is carried, and it becomes another one.
	PROFILE: Kind(REPORTS, ("profile_code",)),
}
LIST = Kind(LISTS, ("code",))


def kinds(lists: Iterable[str]) -> dict[str, Kind]:
	"""Return all kinds of records, in the order in which they are written; `lists` are those of the administrators."""
	return {**dict.fromkeys(lists, LIST), **KINDS}


def key_of(kind: Kind, record: Record) -> str:
	"""Return the key of a record."""
	return ": ".join(str(record[name]) for name in kind.key if record.get(name))


# The file --------------------------------------------------------------------------------------------------------------


@unique
class Flaw(Enum):
	"""Why a file is not taken for a pack. The value says what its `subject` is."""

	TOO_LARGE = "nothing: it is longer than any pack"
	NOT_A_PACK = "nothing: it is something else"
	NEWER_FORMAT = "the version of its format"
	WRONG_HASH = "nothing: it was changed since"
	NEWER_APP = "the version of the app with which it was made"
	UNKNOWN_KIND = "a doctype that this app has not got, or does not carry"
	UNKNOWN_FORM = "a form that this app has not got"
	UNKNOWN_FIELD = "a record with something that this app does not carry"


class NotTaken(ValueError):
	"""A file that is no pack, or not one for this app."""

	def __init__(self, flaw: Flaw, subject: str = "") -> None:
		super().__init__(f"{flaw.name}: {subject}")
		self.flaw, self.subject = flaw, subject


@dataclass(frozen=True)
class Pack:
	"""What a file holds. `parts` and `forms` are what it is about: nothing beyond them is missing in it."""

	app_version: str
	frappe_version: str
	made_on: str
	made_by: str
	parts: tuple[str, ...]
	forms: tuple[str, ...]
	records: Records
	left_out: tuple[Mapping[str, str], ...] = ()

	@property
	def hash(self) -> str:
		"""The SHA-256 of all of it."""
		return digest(_plain(self))

	def number(self) -> int:
		"""Return how many records it holds."""
		return sum(len(records) for records in self.records.values())


def digest(value: object) -> str:
	"""Return the SHA-256 of a value in its canonical form: JSON, keys sorted, no needless space."""
	text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
	return hashlib.sha256(text.encode()).hexdigest()


def write(pack: Pack) -> str:
	"""Return the file of a pack: JSON that people can read and compare."""
	plain = {**_plain(pack), "sha256": pack.hash}
	return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read(
	text: str, app_version: str, schema: Schema, kinds: Mapping[str, Kind], forms: Iterable[str]
) -> Pack:
	"""Return the pack in a file.

	Args:
		text: of the file.
		app_version: of the app that reads.
		schema: what each kind of record may hold.
		kinds: as `kinds` gives them.
		forms: which this app has.

	Raises:
		NotTaken: see Flaw.
	"""
	if len(text) > LARGEST:
		raise NotTaken(Flaw.TOO_LARGE)
	try:
		plain = json.loads(text)
	except (ValueError, RecursionError):
		raise NotTaken(Flaw.NOT_A_PACK) from None
	if not isinstance(plain, dict) or plain.get("format") != FORMAT:
		raise NotTaken(Flaw.NOT_A_PACK)
	if plain.get("format_version") != FORMAT_VERSION:
		raise NotTaken(Flaw.NEWER_FORMAT, str(plain.get("format_version")))
	if plain.pop("sha256", None) != digest(plain):
		raise NotTaken(Flaw.WRONG_HASH)
	pack = _pack(plain)
	if version(pack.app_version) > version(app_version):
		raise NotTaken(Flaw.NEWER_APP, pack.app_version)
	_check(pack, schema, kinds, set(forms))
	return pack


def version(text: str) -> tuple[int, ...]:
	"""Return the numbers of a version, to compare it with another."""
	numbers = tuple(map(int, re.findall(r"\d+", text.split("-", maxsplit=1)[0])[:3]))
	return (*numbers, *(0,) * (3 - len(numbers)))


def _plain(pack: Pack) -> dict:
	return {
		"format": FORMAT,
		"format_version": FORMAT_VERSION,
		"app_version": pack.app_version,
		"frappe_version": pack.frappe_version,
		"made_on": pack.made_on,
		"made_by": pack.made_by,
		"parts": list(pack.parts),
		"forms": list(pack.forms),
		"left_out": [dict(each) for each in pack.left_out],
		"records": {doctype: dict(records) for doctype, records in pack.records.items()},
	}


def _pack(plain: Mapping) -> Pack:
	texts = ("app_version", "frappe_version", "made_on", "made_by")
	lists = {name: plain.get(name) for name in ("parts", "forms", "left_out")}
	records = plain.get("records")
	if (
		not all(isinstance(plain.get(name), str) for name in texts)
		or not all(isinstance(value, list) for value in lists.values())
		or not all(isinstance(each, str) for each in (*lists["parts"], *lists["forms"]))
		or not all(isinstance(each, dict) for each in lists["left_out"])
		or not isinstance(records, dict)
		or not all(isinstance(each, dict) for each in records.values())
	):
		raise NotTaken(Flaw.NOT_A_PACK)
	return Pack(
		**{name: plain[name] for name in texts},
		parts=tuple(lists["parts"]),
		forms=tuple(lists["forms"]),
		left_out=tuple(lists["left_out"]),
		records=records,
	)


def _check(pack: Pack, schema: Schema, kinds: Mapping[str, Kind], forms: set[str]) -> None:
	for part in pack.parts:
		if part not in PARTS:
			raise NotTaken(Flaw.UNKNOWN_KIND, part)
	for form in pack.forms:
		if form not in forms:
			raise NotTaken(Flaw.UNKNOWN_FORM, form)
	for doctype, records in pack.records.items():
		if doctype not in kinds or kinds[doctype].part not in pack.parts:
			raise NotTaken(Flaw.UNKNOWN_KIND, doctype)
		for key, record in records.items():
			subject = f"{doctype} – {key}"
			if not _fits(record, schema[doctype]) or key_of(kinds[doctype], record) != key:
				raise NotTaken(Flaw.UNKNOWN_FIELD, subject)
			form = form_of(doctype, record)
			if form and form not in pack.forms:
				raise NotTaken(Flaw.UNKNOWN_FORM, form)


def _fits(record: object, fields: Mapping[str, object]) -> bool:
	if not isinstance(record, dict) or not record.keys() <= fields.keys():
		return False
	for name, value in record.items():
		kind = fields[name]
		if isinstance(kind, Mapping):
			if not isinstance(value, list) or not all(_fits(row, kind) for row in value):
				return False
		elif type(value) is not kind:
			return False
	return True


def form_of(doctype: str, record: Record) -> str | None:
	"""Return the form to which a record belongs, if it belongs to one."""
	return record.get({FIELD: "dt", SETTER: "doc_type", WORKFLOW: "document_type"}.get(doctype, ""))


def part_of(
	pack: Pack,
	kinds: Mapping[str, Kind],
	parts: Iterable[str],
	forms: Iterable[str],
	words: Iterable[str] = (),
) -> dict[str, dict[str, Record]]:
	"""Return the records of a pack that belong to some of its parts and forms.

	Lists and reports belong to no form. Of the states, actions and translations those are taken that the forms use: in what the
	pack has of them, or among the `words` that stand in them here.
	"""
	parts, forms = {*parts}, {*forms}
	of_forms = {
		doctype: {
			key: record for key, record in records.items() if form_of(doctype, record) in (None, *forms)
		}
		for doctype, records in pack.records.items()
	}
	taken = {doctype: records for doctype, records in of_forms.items() if kinds[doctype].part in parts}
	if forms >= {*pack.forms}:
		return taken
	used = {*words, *_lines(of_forms.get(doctype, {}) for doctype in (FIELD, SETTER, WORKFLOW))}
	for doctype, name in (
		(STATE, "workflow_state_name"),
		(ACTION, "workflow_action_name"),
		(WORD, "source_text"),
	):
		if doctype in taken:
			taken[doctype] = {key: each for key, each in taken[doctype].items() if each[name] in used}
	return taken


def _lines(values: object) -> Iterator[str]:
	"""Yield each line of all texts in records."""
	if isinstance(values, str):
		yield from (values, *values.split("\n"))
	elif isinstance(values, Iterable):
		for value in values.values() if isinstance(values, Mapping) else values:
			yield from _lines(value)


# What differs ----------------------------------------------------------------------------------------------------------


class Step(Enum):
	"""What an import would do about a record."""

	ADD = "Add"
	CHANGE = "Change"
	RETIRE = "Retire"
	STAYS = "Stays"


class Difference(NamedTuple):
	"""A record that is not the same here and in the pack: in which fields, and what stands in them.

	`before` is None of a record that is not here. Of one that the pack lacks `after` is how it is retired, and empty where it
	stays.
	"""

	doctype: str
	key: str
	step: Step
	before: Record | None
	after: Record
	# All of it, as the pack has it, or as it is here.
	record: Record


def compare(
	pack: Records, here: Records, kinds: Mapping[str, Kind], retire: bool = False
) -> list[Difference]:
	"""Return what is not the same, in the order in which it would be written.

	Args:
		pack: the records of a pack.
		here: those of the site, of the same parts and forms.
		kinds: as `kinds` gives them.
		retire: whether what the pack lacks is to be retired.
	"""
	found = []
	for doctype in kinds:
		wanted, there = pack.get(doctype, {}), here.get(doctype, {})
		for key in _in_order(doctype, wanted):
			record, now = wanted[key], there.get(key)
			if now is None:
				found.append(Difference(doctype, key, Step.ADD, None, record, record))
				continue
			if doctype == CODE_MAP:
				record = {**record, "rows": _with_own_rows(record.get("rows"), now.get("rows"))}
			elif doctype == FIELD and record.get("fieldtype") == changes.CHOICE and not retire:
				options = _with_own_options(record.get("options", ""), now.get("options", ""))
				record = {**record, "options": options}
			# Of an added field all that is not said is empty; of all else a pack of an older app just does not know it.
			names = {**now, **record} if doctype == FIELD else record
			differing = [name for name in names if not same(now.get(name), record.get(name))]
			if differing:
				before, after = ({name: side.get(name) for name in differing} for side in (now, record))
				found.append(Difference(doctype, key, Step.CHANGE, before, after, record))
		in_force = {each.get("document_type") for each in wanted.values() if each.get("is_active")}
		for key in there:
			if key not in wanted:
				found.append(_missing(doctype, key, there[key], retire, in_force))
	return found


def same(one: object, other: object) -> bool:
	"""Tell whether two values say the same: nothing, an empty text and 0 are one."""
	return (one or None) == (other or None)


def _with_own_rows(wanted: object, here: object) -> list:
	"""Return the rows of a code map that is here, as a pack has them: what only this site has stays, in its place."""

	def known_by(row: Mapping) -> tuple:
		return row.get("local_code"), row.get("valid_from")

	left = {known_by(row): row for row in wanted or ()}
	rows = [{**row, **left.pop(known_by(row), {})} for row in here or ()]
	return [*rows, *left.values()]


def _with_own_options(wanted: str, here: str) -> str:
	"""Return the options of a pack, and behind them those that only this site offers; as here, if nothing is new."""
	options, own = wanted.split("\n"), here.split("\n")
	if options == [option for option in own if option in options]:
		return here
	return "\n".join([*options, *(option for option in own if option not in options)])


def left_alone(difference: Difference) -> Difference:
	"""Return what would be retired as what stays."""
	return difference._replace(step=Step.STAYS, before={}, after={})


def _missing(doctype: str, key: str, record: Record, retire: bool, in_force: set) -> Difference:
	if doctype == WORKFLOW and record.get("is_active") and record.get("document_type") in in_force:
		# Of the workflows of a form one is in force: another one switches this one off.
		off = {"is_active": 0}
		return Difference(doctype, key, Step.CHANGE, {"is_active": 1}, off, {**record, **off})
	after = _retired(doctype, record) if retire else {}
	changed = {name: value for name, value in after.items() if not same(value, record.get(name))}
	step = Step.RETIRE if changed else Step.STAYS
	before = {name: record.get(name) for name in changed}
	return Difference(doctype, key, step, before, changed, record)


def _retired(doctype: str, record: Record) -> Record:
	"""Return how a record is retired: nothing is destroyed that somebody has answered, and states are left alone."""
	if doctype == FIELD:
		shows = record.get("fieldtype") not in changes.NO_QUESTION
		return {"depends_on": record["fieldname"], "reqd": 0} if shows else {}
	if doctype == SETTER:
		return {"value": None}
	if "disabled" in record and doctype != changes.ZONE:
		return {"disabled": 1}
	return {}


def _in_order(doctype: str, records: Mapping[str, Record]) -> list[str]:
	"""Return the keys so that a record stands after those of its kind which it names."""
	ordered: dict[str, None] = {}

	def add(key: str, above: tuple[str, ...] = ()) -> None:
		if key in ordered or key in above:
			return
		for other in _named(doctype, records[key]):
			if other != key and other in records:
				add(other, (*above, key))
		ordered[key] = None

	# Of workflows of one form the one that is to be in force comes first: the others are switched off by it.
	for key in sorted(records, key=lambda key: (not records[key].get("is_active"), key)):
		add(key)
	return list(ordered)


def _named(doctype: str, record: Record) -> list[str]:
	"""Return the keys of the records of its own kind which a record may name."""
	if doctype == WORKFLOW:
		# It names none; one of them may be called as the form of another.
		return []
	if doctype == FIELD:
		return [f"{record.get('dt')}: {record.get('insert_after')}"]
	return [value for value in record.values() if isinstance(value, str)]


# What is refused -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
	"""What the judgement depends on: the forms as they are, what the importer may store, and words of the interface.

	`without_answer` are for a field that is to be required, {key: whether running cases have none}. `is_condition` tells
	whether a condition only compares.
	"""

	forms: Mapping[str, Form] = field(default_factory=dict)
	writable: frozenset[str] = frozenset()
	without_answer: Mapping[str, bool] = field(default_factory=dict)
	interface: Mapping[tuple[str, str], str] = field(default_factory=dict)
	lists: tuple[str, ...] = ()
	workflow_forms: tuple[str, ...] = ()
	new_fields: frozenset[str] = frozenset()
	is_condition: Callable[[str], bool] = lambda text: not text.startswith("eval:")


def new_fields(differences: Iterable[Difference]) -> frozenset[str]:
	"""Return the keys of the fields that would be added."""
	return frozenset(each.key for each in differences if each.doctype == FIELD and each.step is Step.ADD)


def field_of(difference: Difference) -> tuple[str | None, str]:
	"""Return the form and the field that a difference is about."""
	record = difference.record
	return form_of(difference.doctype, record), record.get("fieldname") or record.get("field_name") or ""


def becomes_required(difference: Difference) -> tuple[str, str] | None:
	"""Return the form and the field that would be required from now on, if one would."""
	record = difference.record
	if difference.step in (Step.ADD, Step.CHANGE):
		if difference.doctype == FIELD and difference.after.get("reqd"):
			return record["dt"], record["fieldname"]
		if difference.doctype == SETTER and (record["property"], record.get("value")) == ("reqd", "1"):
			return record["doc_type"], record.get("field_name", "")
	return None


def judge(difference: Difference, facts: Facts) -> None:
	"""Refuse what an import must not do. Raises Refused."""
	if difference.step is Step.STAYS:
		return
	if difference.doctype not in facts.writable:
		raise Refused(Reason.NOT_YOURS, difference.doctype)
	_check_words(difference, facts)
	if difference.doctype == FIELD:
		_check_field(difference, facts)
	elif difference.doctype == SETTER:
		_check_setter(difference, facts)
	elif difference.doctype == WORD:
		_check_word(difference, facts)
	elif difference.doctype == WORKFLOW:
		if difference.record.get("document_type") not in facts.workflow_forms:
			raise Refused(Reason.INVARIANT, difference.key)
	elif difference.step is Step.ADD:
		if difference.doctype == changes.ZONE:
			raise Refused(Reason.CLOSED_LIST, changes.ZONE)
		if difference.doctype in facts.lists and not difference.record.get("title"):
			raise Refused(Reason.INCOMPLETE, difference.key)


def _check_words(difference: Difference, facts: Facts) -> None:
	if difference.doctype == SETTER and difference.record.get("property") not in WORDS_OF_A_FIELD:
		return
	# Of a list all is read but the codes: what a zone means, and what it advises to do.
	said = difference.after.keys() - {"code"} if difference.doctype in facts.lists else SAID
	for text in _texts(difference.after, said):
		if changes.IDENTITY_CODE.search(text):
			raise Refused(Reason.IDENTITY_CODE, text)


def _texts(values: Mapping[str, object], said: Iterable[str]) -> Iterator[str]:
	"""Yield the texts of a record, and of its rows, that people read."""
	for name, value in values.items():
		if isinstance(value, list):
			for row in value:
				yield from _texts(row, said)
		elif name in said and isinstance(value, str):
			yield value


def _check_field(difference: Difference, facts: Facts) -> None:
	record, after = difference.record, difference.after
	form, name = facts.forms[record["dt"]], record["fieldname"]
	fieldtype = record.get("fieldtype", "")
	if not FIELD_NAME.fullmatch(name) or fieldtype not in ADDED_TYPES:
		raise Refused(Reason.INVARIANT, name)
	if difference.step is Step.ADD:
		if name in form.fields:
			raise Refused(Reason.FIELD_EXISTS, name)
		if name in form.columns and not _may_be_taken(form, name, fieldtype):
			raise Refused(Reason.TYPE_CHANGE, name)
	elif "fieldtype" in after or (fieldtype == "Link" and "options" in after):
		raise Refused(Reason.TYPE_CHANGE, record.get("label") or name)
	if fieldtype == "Link" and record.get("options") not in facts.lists:
		raise Refused(Reason.INVARIANT, name)
	if fieldtype == changes.CHOICE and not record.get("options", "").strip():
		raise Refused(Reason.INCOMPLETE, "choices")
	if after.get("insert_after"):
		_check_known(form, str(after["insert_after"]), facts)
	_check_condition(form, name, str(after.get("depends_on") or ""), facts)
	_check_required(difference, form, fieldtype, facts)


def _may_be_taken(form: Form, name: str, fieldtype: str) -> bool:
	"""Whether a column without a field is one that an earlier import has left, empty and of the same kind."""
	is_ours = name.startswith("custom_")
	return is_ours and form.columns[name] == form.column_of.get(fieldtype) and name not in form.left


def _check_setter(difference: Difference, facts: Facts) -> None:
	record = difference.record
	form, name, prop = facts.forms[record["doc_type"]], record.get("field_name", ""), record["property"]
	value = difference.after.get("value", record.get("value"))
	if not name:
		if prop not in changes.FORM_PROPERTIES or not (value is None or _is_order(value, form, facts)):
			raise Refused(Reason.INVARIANT, prop)
		return
	if prop not in FIELD_PROPERTIES or (prop == "hidden" and value == "1"):
		raise Refused(Reason.INVARIANT, prop)
	there = form.fields.get(name)
	if there is None:
		raise Refused(Reason.UNKNOWN_FIELD, name)
	# What is copied is no matter of how a field is drawn: the state of a case is not.
	if name in form.kept and (prop not in DRAWN or prop == "no_copy"):
		raise Refused(Reason.KEPT_FIELD, there.label or name)
	if prop == "options" and value is not None:
		raise Refused(Reason.FIXED_OPTIONS, there.label or name)
	if prop in ("reqd", "hidden", "depends_on") and value is not None:
		is_hiding = prop == "depends_on" and (there.reqd or there.default not in ("", "0"))
		if name in form.needed or is_hiding:
			raise Refused(Reason.NEEDED_FIELD, there.label or name)
	if prop == "depends_on":
		_check_condition(form, name, str(value or ""), facts)
	_check_required(difference, form, there.fieldtype, facts)


def _check_word(difference: Difference, facts: Facts) -> None:
	record = difference.record
	shipped = facts.interface.get((record["language"], record["source_text"]))
	if record["language"] not in changes.LANGUAGES or not record.get("translated_text"):
		raise Refused(Reason.INVARIANT, difference.key)
	if shipped is not None and shipped != record["translated_text"]:
		raise Refused(Reason.WORDS_TAKEN, record["source_text"])


def _check_known(form: Form, name: str, facts: Facts) -> None:
	if name not in form.fields and f"{form.name}: {name}" not in facts.new_fields:
		raise Refused(Reason.UNKNOWN_FIELD, name)


def _check_condition(form: Form, name: str, condition: str, facts: Facts) -> None:
	if not facts.is_condition(condition):
		raise Refused(Reason.INVARIANT, condition)
	if condition and condition != name and FIELD_NAME.fullmatch(condition):
		_check_known(form, condition, facts)


def _check_required(difference: Difference, form: Form, fieldtype: str, facts: Facts) -> None:
	if not becomes_required(difference):
		return
	if form.is_table:
		raise Refused(Reason.ROW_REQUIRED)
	if fieldtype in (*changes.NO_QUESTION, "Check"):
		raise Refused(Reason.NO_QUESTION, difference.key)
	if facts.without_answer.get(difference.key):
		raise Refused(Reason.CANNOT_FILL)


def _is_order(value: object, form: Form, facts: Facts) -> bool:
	"""Whether a value is the order of fields that the form has, or gets."""
	try:
		names = json.loads(value) if isinstance(value, str) else None
	except ValueError:
		return False
	if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
		return False
	for name in names:
		_check_known(form, name, facts)
	return True


# What is written -------------------------------------------------------------------------------------------------------


def operations(differences: Iterable[Difference]) -> Iterator[Operation]:
	"""Yield the records to write, in order."""
	for each in differences:
		if each.step is not Step.STAYS:
			yield _operation(each)


def _operation(each: Difference) -> Operation:
	is_new, record = each.step is Step.ADD, each.record
	if each.doctype == FIELD:
		# Of what is not said Frappe would take its own default.
		values = {**(dict.fromkeys(NUMBERS_OF_A_FIELD, 0) if is_new else {}), **each.after}
		return Operation(FIELD, f"{record['dt']}-{record['fieldname']}", values, is_new)
	if each.doctype == SETTER:
		name = record.get("field_name", "")
		values = {
			"doctype_or_field": "DocField" if name else "DocType",
			"doc_type": record["doc_type"],
			"field_name": name or None,
			"property": record["property"],
			"property_type": (FIELD_PROPERTIES | changes.FORM_PROPERTIES)[record["property"]],
			"value": each.after.get("value"),
		}
		return Operation(SETTER, each.key, values, is_new)
	if each.doctype == WORD:
		return Operation(WORD, each.key, dict(record), is_new)
	if each.doctype in (WORKFLOW, CODE_MAP, PROFILE):
		return Operation(each.doctype, each.key, dict(record), is_new)
	return Operation(each.doctype, each.key, dict(each.after), is_new)
