"""Imports a form pack: what it would do, doing it as a whole or not at all, and the way back. The only writer of packs.

`packs_core` judges, `changes` writes: what an import does to a form is what a published suggestion does, many at once. More
than a Form Administrator may store by that door or by hand it does not write: workflows take a System Manager. Nobody has
decided on it as on a suggestion; so it is noted among the requests as changed by hand (`by_hand`).

The columns of new fields come first, because MariaDB ends a transaction with each; they are written down before, and taken
away again where nothing comes of the import, also after its process was killed.
"""

import itertools
import json
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import NamedTuple

import frappe
from frappe import _
from frappe.utils import cstr, now_datetime, strip_html

from early_support.access import policy
from early_support.access.doors import expressions, markup
from early_support.exceptions import ChangedMeanwhile, FormPackRefused
from early_support.forms import by_hand, changes, current, packs_reports, rights
from early_support.forms import packs_core as core
from early_support.forms.changes_core import Operation, Reason, Refused
from early_support.forms.lists import LIST_DOCTYPES, interface_translations
from early_support.forms.packs_core import (
	ACTION,
	CODE_MAP,
	FIELD,
	PROFILE,
	SETTER,
	STATE,
	WORD,
	WORKFLOW,
	Difference,
	Pack,
)
from early_support.forms.packs_read import FIXED_SCHEMA, KINDS, content_of, read_site, words_of
from early_support.workflow_guard.system import system_change

IMPORTED, ROLLED_BACK = "Imported", "Rolled Back"
SAVEPOINT = "form_pack_record"
REPORTS = (CODE_MAP, PROFILE)
CLASHES = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)

Progress = Callable[[int, int], None]


def nobody(done: int, total: int) -> None:
	"""The progress of what nobody waits for."""


# What would be done ----------------------------------------------------------------------------------------------------


class Look(NamedTuple):
	"""A pack beside the site: what differs, why what is refused, a mark of all that was looked at, and why what is not retired."""

	differences: list[Difference]
	refused: dict[tuple[str, str], str]
	mark: str
	kept: dict[tuple[str, str], str]


class Wanted(NamedTuple):
	"""What is wanted of a pack: of its parts and forms (none: all), and whether what it lacks is to be retired.

	`left` are records that it lacks and that are not retired, because that was found to be refused.
	"""

	parts: Collection[str]
	retire: bool = False
	forms: Collection[str] = ()
	left: Collection[tuple[str, str]] = ()


def look(pack: Pack, asked: Wanted, *, rehearsed: bool = True, progress: Progress = nobody) -> Look:
	"""Compare a pack with the site, and judge what an import would do.

	With `rehearsed` everything is written and taken back at once, so that no rule is left to be found out by the import;
	that takes its time, and `progress` is told of it. What may not be retired stays as it is: it stops nothing.
	"""
	parts = [part for part in pack.parts if part in asked.parts]
	forms = [form for form in pack.forms if form in (asked.forms or pack.forms)]
	words = words_of(forms) if len(forms) < len(pack.forms) else ()
	wanted = core.part_of(pack, KINDS, parts, forms, words)
	here = read_site(parts, forms, wanted).records
	mark = core.digest([pack.hash, sorted(parts), sorted(forms), asked.retire, here])
	compared = core.compare(wanted, here, KINDS, asked.retire)
	differences, kept = _not_retired(compared, dict.fromkeys(asked.left, ""))
	refused = _judged(differences)
	differences, found = _not_retired(differences, refused)
	kept |= found
	while rehearsed:
		tried = [each for each in differences if (each.doctype, each.key) not in refused]
		refused_now = _rehearse(tried, progress)
		differences, found = _not_retired(differences, refused_now)
		kept |= found
		if not found:
			refused |= refused_now
			break
	return Look(differences, {key: why for key, why in refused.items() if key not in kept}, mark, kept)


def _not_retired(
	differences: list[Difference], refused: dict[tuple[str, str], str]
) -> tuple[list[Difference], dict[tuple[str, str], str]]:
	"""Leave alone what would be retired and is refused. Returns the differences then, and why of those that stay."""
	stay = {
		(each.doctype, each.key): refused[each.doctype, each.key]
		for each in differences
		if each.step is core.Step.RETIRE and (each.doctype, each.key) in refused
	}
	return [core.left_alone(each) if (each.doctype, each.key) in stay else each for each in differences], stay


def _judged(differences: list[Difference]) -> dict[tuple[str, str], str]:
	"""Return what is refused without being tried out, and why."""
	facts, refused = _facts(differences), {}
	for difference in differences:
		try:
			core.judge(difference, facts)
			for text in difference.after.values():
				if isinstance(text, str) and difference.doctype in (FIELD, SETTER, WORD):
					markup.refuse_markup(text, difference.key)
		except Refused as why:
			refused[difference.doctype, difference.key] = changes.text_of(why)
		except frappe.ValidationError as error:
			frappe.clear_messages()
			refused[difference.doctype, difference.key] = said(error)
	return refused


def _facts(differences: list[Difference]) -> core.Facts:
	of_forms = [each for each in differences if each.doctype in (FIELD, SETTER)]
	names = {core.form_of(each.doctype, each.record) for each in of_forms}
	column_of = current.column_types(core.ADDED_TYPES)
	forms = {name: replace(current.form_now(name), column_of=column_of) for name in names}
	without = {}
	for each in of_forms:
		if asked := core.becomes_required(each):
			form = forms[asked[0]]
			fieldname = asked[1] if asked[1] in form.fields else ""
			without[each.key] = not form.is_table and current.without_answer(form, fieldname)
	words = {each.record["source_text"] for each in differences if each.doctype == WORD}
	interface = {
		(language, word): shipped[word]
		for language in ("fi", "sv")
		for shipped in (interface_translations(language),)
		for word in words & shipped.keys()
	}
	return core.Facts(
		forms=forms,
		writable=frozenset(doctype for doctype in KINDS if _may_store(doctype)),
		without_answer=without,
		interface=interface,
		lists=LIST_DOCTYPES,
		workflow_forms=policy.WORKFLOW_DOCTYPES,
		new_fields=core.new_fields(differences),
		is_condition=expressions.is_condition,
	)


def _may_store(doctype: str) -> bool:
	"""Whether the session's user may store such a record: by the door of published changes, or by hand."""
	if doctype in (FIELD, SETTER, WORD):
		return rights.may_publish()
	return all(frappe.has_permission(doctype, right) for right in ("write", "create"))


def _rehearse(differences: list[Difference], progress: Progress) -> dict[tuple[str, str], str]:
	"""Write everything and take it back. Returns what was refused, and why; the others are tried out all the same."""
	refused = {}
	operations = list(core.operations(differences))
	known = {(op.doctype, op.name): each for each, op in _paired(differences, operations)}
	before = changes.required_now(core.field_of(each)[0] for each in differences)
	with changes.all_or_nothing(operations, keep=False):
		for number, operation in enumerate(operations, 1):
			frappe.db.savepoint(SAVEPOINT)
			try:
				put(operation)
			except CLASHES:
				raise
			except Exception as error:
				frappe.db.rollback(save_point=SAVEPOINT)
				frappe.clear_messages()
				each = known[operation.doctype, operation.name]
				refused[each.doctype, each.key] = said(error)
			progress(number, len(operations))
		for broken in changes.broken_since(before):
			about = _places_of(broken)
			for each, _op in _paired(differences, operations):
				if core.field_of(each) in about:
					refused[each.doctype, each.key] = changes.text_of(broken.why)
	return refused


def _places_of(broken: changes.Broken) -> set[tuple[str, str]]:
	"""Return what such a difference may be about: the field, or where it stands, if that is why it is not shown."""
	names = {broken.fieldname}
	if broken.why.reason is not Reason.CANNOT_FILL:
		fields = current.form_now(broken.form).fields
		above = [*itertools.takewhile(lambda name: name != broken.fieldname, fields)]
		for kind in ("Section Break", "Tab Break"):
			names |= {*[name for name in above if fields[name].fieldtype == kind][-1:]}
		# The order of the form.
		names.add("")
	return {(broken.form, name) for name in names}


def _paired(differences: list[Difference], operations: list[Operation]):
	written = [each for each in differences if each.step is not core.Step.STAYS]
	return zip(written, operations, strict=True)


def said(error: Exception) -> str:
	"""Return what an error says, as plain text."""
	return " ".join(strip_html(cstr(error).replace("<br>", " ")).split()) or type(error).__name__


# Import and the way back -----------------------------------------------------------------------------------------------


def put(operation: Operation) -> dict:
	"""Write one record that was judged. Returns what was there before, as `changes.write` does."""
	if operation.doctype in REPORTS:
		return packs_reports.put(operation)
	if operation.doctype != WORKFLOW:
		return changes.put(operation)
	there = frappe.get_doc(WORKFLOW, operation.name) if frappe.db.exists(WORKFLOW, operation.name) else None
	step = {"doctype": WORKFLOW, "name": operation.name, "was": there and content_of(there)}
	_write_workflow(operation.name, operation.values)
	return {**step, "now": dict(operation.values)}


def _write_workflow(name: str, values) -> None:
	"""Write a Workflow, as whoever imports could by hand: the rights and rules of workflows are asked."""
	rows = {table: [_filled(row, table) for row in values[table]] for table in ("states", "transitions")}
	if frappe.db.exists(WORKFLOW, name):
		frappe.get_doc(WORKFLOW, name).update({**values, **rows}).save()
	else:
		frappe.get_doc({"doctype": WORKFLOW, **values, **rows}).insert()


def _filled(row: dict, table: str) -> dict:
	"""Say of a row also what is empty, which Frappe would fill in."""
	return {name: row.get(name, kind()) for name, kind in FIXED_SCHEMA[WORKFLOW][table].items()}


def import_now(doc, pack: Pack, progress: Progress) -> None:
	"""Import a pack that was compared: as a whole, or not at all.

	Raises:
		ChangedMeanwhile: the site is not as it was when the pack was compared.
		FormPackRefused: something is refused.
	"""
	seen = _look_again(doc, pack)
	if seen.refused:
		frappe.throw(
			_("{0} records of this pack are refused, so nothing was imported.").format(len(seen.refused)),
			FormPackRefused,
		)
	operations = list(core.operations(seen.differences))
	if _add_columns(doc, operations):
		# Each new column has ended the transaction.
		_look_again(doc, pack)
	before = _in_force()
	steps = []
	forms = [core.field_of(each)[0] for each in seen.differences]
	with changes.all_or_nothing(operations), changes.leaving_forms_that_save(forms):
		for number, operation in enumerate(operations, 1):
			step = put(operation)
			if operation.doctype == WORKFLOW and step["was"]:
				step["was"]["is_active"] = int(operation.name in before)
			steps.append(step)
			progress(number, len(operations))
		_note(doc, steps, _("Imported with the form pack “{0}” by {1}."))
		doc.update(
			{
				"status": IMPORTED,
				"was_before": json.dumps(steps, indent=1, ensure_ascii=False, default=str),
				"imported_by": frappe.session.user,
				"imported_at": now_datetime(),
				"new_columns": None,
				"seen": None,
			}
		)
		save(doc)


def _look_again(doc, pack: Pack) -> Look:
	seen = look(pack, asked_of(doc), rehearsed=False)
	if seen.mark != doc.seen:
		frappe.throw(
			_("The forms of this site have changed since the comparison. Compare the pack again."),
			ChangedMeanwhile,
		)
	return seen


def asked_of(doc) -> Wanted:
	"""Return what is wanted of the pack of a Form Pack, and what the last comparison has found that stays."""
	rows = json.loads(doc.differences or "[]")
	return Wanted(
		parts=doc.parts.split(","),
		retire=bool(doc.retire),
		forms=doc.chosen_forms.split(",") if doc.chosen_forms else (),
		left={(row["kind"], row["record"]) for row in rows if row.get("kept")},
	)


def _in_force() -> set[str]:
	# Not filtered by permission: names of workflows, for the rules of an import.
	return set(frappe.get_all(WORKFLOW, filters={"is_active": 1}, pluck="name"))


def roll_back_now(doc, progress: Progress) -> None:
	"""Put back what was there before an import; what was answered stays readable, as after a change (changes.roll_back).

	States and actions of workflows that came with it stay: cases may have passed through them.

	Raises:
		FormChangeRefused: somebody has changed the same thing since, or cases could not be saved any more.
		WorkflowNotSound: cases stand in states that only the imported workflow has.
	"""
	steps = json.loads(doc.was_before or "[]")
	operations = [Operation(step["doctype"], step["name"], step["now"]) for step in steps]
	for step in steps:
		_check_untouched(step)
	words = [step for step in steps if step["doctype"] == WORD]
	needed: set[str] = set()
	forms = [changes.form_of(step) for step in steps if step["doctype"] in (FIELD, SETTER)]
	with changes.all_or_nothing(operations), changes.leaving_forms_that_save(forms):
		for number, step in enumerate(reversed(steps), 1):
			if step["doctype"] != WORD:
				needed |= _undo(step)
			progress(number, len(steps))
		changes.take_words_back(words, needed)
		back = [{**step, "was": step["now"], "now": step["was"]} for step in reversed(steps)]
		_note(doc, back, _("The form pack “{0}” was rolled back by {1}."))
		doc.update(
			{
				"status": ROLLED_BACK,
				"rolled_back_by": frappe.session.user,
				"rolled_back_at": now_datetime(),
			}
		)
		save(doc)


def _check_untouched(step: dict) -> None:
	if step["doctype"] == WORKFLOW:
		there = frappe.db.exists(WORKFLOW, step["name"])
		if not there or not _same_workflow(content_of(frappe.get_doc(WORKFLOW, step["name"])), step["now"]):
			changes.refuse(Refused(Reason.CHANGED_SINCE))
	elif step["doctype"] in REPORTS:
		packs_reports.check_untouched(step)
	elif step["doctype"] not in (STATE, ACTION):
		changes.check_untouched(step)


def _same_workflow(one: dict, other: dict) -> bool:
	return all(core.same(one.get(name), other.get(name)) for name in {**one, **other})


def _undo(step: dict) -> set[str]:
	"""Take one step back. Returns the words that are still needed, by answers that were given under them."""
	doctype, name, was = step["doctype"], step["name"], step["was"]
	if doctype == WORKFLOW:
		if was:
			_write_workflow(name, was)
		else:
			_remove_workflow(name)
	elif doctype in REPORTS:
		packs_reports.undo(step)
	elif doctype in (STATE, ACTION):
		if was:
			changes.restore(step)
	elif changes.undo(step):
		return _words_in(step)
	return set()


def _remove_workflow(name: str) -> None:
	"""Take a workflow away that came with a pack. Those that were in force before are so again by then."""
	frappe.delete_doc(WORKFLOW, name)


def _words_in(step: dict) -> set[str]:
	values = {**(step["was"] or {}), **step["now"]}
	texts = {cstr(values.get("label")), cstr(values.get("description"))}
	return texts | {
		option
		for side in (step["was"] or {}, step["now"])
		for option in cstr(side.get("options")).split("\n")
	}


def _note(doc, steps: list[dict], why: str) -> None:
	"""Note among the requests what was changed of each form, as what is changed by hand is."""
	of_forms: dict[str, list[dict]] = {}
	for step in steps:
		if step["doctype"] in (FIELD, SETTER):
			of_forms.setdefault(changes.form_of(step), []).append(step)
	for form, each in sorted(of_forms.items()):
		by_hand.record(form, each, why.format(doc.title, frappe.session.user))


def _add_columns(doc, operations: list[Operation]) -> bool:
	"""Give the tables their columns for new fields. Before anything is written in this transaction, which this ends."""
	wanted = [
		(op.values["dt"], op.values["fieldname"], op.values["fieldtype"])
		for op in operations
		if op.doctype == FIELD and op.is_new and op.values["fieldtype"] not in core.changes.NO_QUESTION
	]
	there = {form: current.columns(form) for form, *_rest in wanted}
	new = [each for each in wanted if each[1] not in there[each[0]]]
	if not new:
		return False
	# First, so that they are found again whatever happens.
	doc.new_columns = json.dumps([each[:2] for each in new])
	save(doc)
	frappe.db.commit()
	for each in new:
		changes.add_column(*each)
	return True


def drop_columns(doc) -> None:
	"""Take away the columns of an import that came to nothing: those that are empty still, and have no field."""
	for form, fieldname in json.loads(doc.new_columns or "[]"):
		is_used = frappe.db.exists(FIELD, {"dt": form, "fieldname": fieldname})
		if fieldname in current.columns(form) and not is_used and not current.is_answered(form, fieldname):
			frappe.db.sql_ddl(f"alter table `tab{form}` drop column if exists `{fieldname}`")
			frappe.clear_cache(doctype=form)
	doc.new_columns = None


def save(doc) -> None:
	"""Store a Form Pack."""
	# Safe: no role may write one; what stands in it comes from this room.
	with system_change():
		doc.save(ignore_permissions=True)
