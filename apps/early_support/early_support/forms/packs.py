"""Form packs: the door of the administrators, and the job. Exports the configuration of a site as a file, brings one, compares.

An import is a Form Administrator's, as publishing is. It is a job, one at a time (`packs_apply` does it), and so are the comparison
before it, which tries everything out, and the making of a pack; the file stays with the Form Pack, private, and its hash is
checked whenever it is read.
"""

import json
import os
import time
from collections.abc import Iterable

import frappe
from filelock import FileLock, Timeout
from frappe import _
from frappe.utils import cint, cstr, now_datetime
from frappe.utils.file_lock import LockTimeoutError
from frappe.utils.synchronization import LOCKS_DIR, filelock

import early_support
from early_support.exceptions import FormPackRefused
from early_support.forms import packs_core as core
from early_support.forms import rights
from early_support.forms.packs_apply import (
	IMPORTED,
	ROLLED_BACK,
	Look,
	Progress,
	asked_of,
	drop_columns,
	import_now,
	look,
	nobody,
	roll_back_now,
	said,
	save,
)
from early_support.forms.packs_core import Difference, Flaw, Pack
from early_support.forms.packs_read import ALL_FORMS, KINDS, read_site, schema
from early_support.prints.reader import speaking
from early_support.workflow_guard.system import system_change

DOCTYPE = "Form Pack"
EVENT = "early_support_form_pack"
LOCK = "early_support_form_pack"
MINUTES = 60

MADE, BROUGHT, COMPARED = "Made Here", "Brought", "Compared"
QUEUED, FAILED = "Queued", "Failed"
EXPORT, COMPARE, IMPORT, ROLL_BACK = "export", "compare", "import", "roll back"
UNDER_WAY = {EXPORT: "Making", COMPARE: "Comparing", IMPORT: "Importing", ROLL_BACK: "Rolling Back"}

# How many of each there are is said by a field of the Form Pack.
COUNTS = {
	core.Step.ADD: "additions",
	core.Step.CHANGE: "changes",
	core.Step.RETIRE: "retirements",
	core.Step.STAYS: "stays",
}

# Export ----------------------------------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def start_export(title: str, parts: str = "", forms: str = "") -> str:
	"""Let a worker make a pack of this site's configuration. Returns the name of the Form Pack that gets its file.

	Args:
		title: what it is called here.
		parts: those wanted (core.PARTS), joined by commas; empty: all of them.
		forms: those wanted, joined by commas; empty: all of them.

	Raises:
		frappe.PermissionError: for whoever does not administer forms.
		FormPackRefused: a part or a form is not known.
	"""
	_require_administrator()
	doc = _new(
		title,
		frappe.local.site,
		{
			"status": QUEUED,
			"action": EXPORT,
			"parts": ",".join(chosen(parts, core.PARTS)),
			"forms": ",".join(chosen(forms, ALL_FORMS)),
		},
	)
	_enqueue(doc.name, EXPORT)
	return doc.name


@frappe.whitelist(methods=["POST"])
def start_export_again(name: str) -> None:
	"""Let a worker make a pack that was asked for, and came to nothing. Raises as `start_import`."""
	_start(name, EXPORT, EXPORT)


def make_pack(
	parts: Iterable[str] = core.PARTS, forms: Iterable[str] = ALL_FORMS, progress: Progress = nobody
) -> Pack:
	"""Return the pack of this site's configuration: that of some parts, and in them of some forms.

	`progress` is told after each part how many of them are read.
	"""
	read = read_site(parts, forms, progress=progress)
	return Pack(
		app_version=early_support.__version__,
		frappe_version=frappe.__version__,
		made_on=str(now_datetime().replace(microsecond=0)),
		# The site, and nobody's name: who exported it stands in the Form Pack there, under the same hash.
		made_by=frappe.local.site,
		parts=tuple(parts),
		forms=tuple(forms),
		records={doctype: records for doctype, records in read.records.items() if records},
		left_out=tuple(read.left_out),
	)


@frappe.whitelist(methods=["POST"])
def bring(title: str, content: str) -> str:
	"""Take in the file of a pack. Returns the name of the Form Pack. Nothing is imported by it.

	Raises:
		frappe.PermissionError: for whoever does not administer forms.
		FormPackRefused: it is no pack, was changed, or is not for this app.
	"""
	_require_administrator()
	pack = understand(content)
	doc = _new(title, pack.made_by, {"status": BROUGHT})
	_keep(doc, content, pack)
	return doc.name


def understand(text: str) -> Pack:
	"""Return the pack in a file. Raises FormPackRefused."""
	try:
		return core.read(text, early_support.__version__, schema(), KINDS, ALL_FORMS)
	except core.NotTaken as not_taken:
		frappe.throw(_why_not_taken(not_taken), FormPackRefused, title=_("This pack is not taken"))


def _new(title: str, made_by: str, values: dict):
	title = cstr(title).strip()[:140] or _("Forms of {0}").format(made_by)
	doc = frappe.get_doc({"doctype": DOCTYPE, "title": title, **values})
	# Safe: no role may make one by itself; it is made by the doors of this module, which have asked who does.
	with system_change():
		return doc.insert(ignore_permissions=True)


def _keep(doc, text: str, pack: Pack) -> None:
	"""Attach the file of a pack to its Form Pack, and note what it says of itself."""
	doc.update(
		{
			"app_version": pack.app_version,
			"frappe_version": pack.frappe_version,
			"made_on": pack.made_on,
			"made_by": pack.made_by,
			"records": pack.number(),
			"pack_hash": pack.hash,
			"parts": ",".join(pack.parts),
			"forms": ",".join(pack.forms),
			"left_out": "\n".join(
				f"{each.get('kind')}: {each.get('record')} ({each.get('because')})" for each in pack.left_out
			),
		}
	)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"form-pack-{pack.hash[:8]}.json",
			"attached_to_doctype": DOCTYPE,
			"attached_to_name": doc.name,
			# Else Frappe would make another row of it, which is not private.
			"attached_to_field": "file",
			"is_private": 1,
			"content": text.encode(),
		}
	)
	# Safe: opens with the Form Pack on which it hangs.
	file.insert(ignore_permissions=True)
	doc.file = file.file_url
	save(doc)


def pack_of(doc) -> Pack:
	"""Return the pack of a Form Pack, from its file. Raises FormPackRefused: it is gone, or another one."""
	attached = {"attached_to_doctype": DOCTYPE, "attached_to_name": doc.name}
	name = frappe.db.get_value("File", attached)
	pack = understand(cstr(_text_of(name))) if name else None
	if pack is None or pack.hash != doc.pack_hash:
		frappe.throw(_("The file of this pack is gone, or another one. Bring it again."), FormPackRefused)
	return pack


def _text_of(name: str) -> str:
	content = frappe.get_doc("File", name).get_content()
	return content.decode() if isinstance(content, bytes) else content


# The job ---------------------------------------------------------------------------------------------------------------


def run(name: str, action: str, progress: Progress | None = None) -> None:
	"""Make, compare, import or roll back the pack `name`, for whoever has asked for it. Run by a worker, and by the command.

	One at a time: another one is told so. What fails is taken back as a whole, and the Form Pack says why.
	"""
	_require_administrator()
	try:
		# Held by the process: it is free again when a process is killed.
		with filelock(LOCK, timeout=0), speaking(_language()):
			_run(name, action, progress or _Teller(name))
	except LockTimeoutError:
		frappe.clear_messages()
		doc = frappe.get_doc(DOCTYPE, name, for_update=True)
		if doc.status == QUEUED:
			doc.update(
				{"status": FAILED, "failed_because": _("Another form pack is under way. Try again later.")}
			)
			save(doc)
			frappe.db.commit()


def _run(name: str, action: str, progress: Progress) -> None:
	doc = frappe.get_doc(DOCTYPE, name, for_update=True)
	if (doc.status, doc.action) not in ((QUEUED, action), (UNDER_WAY[action], action)):
		return
	try:
		drop_columns(doc)
		doc.update({"status": UNDER_WAY[action], "started_at": now_datetime(), "failed_because": None})
		save(doc)
		frappe.db.commit()
		if action == EXPORT:
			_export(doc, progress)
		elif action == COMPARE:
			_compare(doc, progress)
		elif action == IMPORT:
			import_now(doc, pack_of(doc), progress)
		else:
			roll_back_now(doc, progress)
		frappe.db.commit()
	except Exception as error:
		frappe.db.rollback()
		frappe.clear_messages()
		doc = frappe.get_doc(DOCTYPE, name)
		drop_columns(doc)
		doc.update({"status": IMPORTED if action == ROLL_BACK else FAILED, "failed_because": said(error)})
		save(doc)
		frappe.db.commit()
		if not isinstance(error, frappe.ValidationError):
			frappe.log_error(title="Form pack failed", reference_doctype=DOCTYPE, reference_name=name)
			frappe.db.commit()
	finally:
		_tell(name, {"status": frappe.db.get_value(DOCTYPE, name, "status")})


def _export(doc, progress: Progress) -> None:
	pack = make_pack(doc.parts.split(","), doc.forms.split(","), progress)
	doc.status = MADE
	_keep(doc, core.write(pack), pack)


class _Teller:
	"""Tells the desk of whoever has asked how far it is, a few times a second at most."""

	def __init__(self, name: str) -> None:
		self.name, self.told = name, 0.0

	def __call__(self, done: int, total: int) -> None:
		if time.monotonic() - self.told > 0.3 or done == total:
			self.told = time.monotonic()
			_tell(self.name, {"done": done, "total": total})


def _tell(name: str, what: dict) -> None:
	frappe.publish_realtime(EVENT, {"name": name, **what}, user=frappe.session.user)


def _language() -> str:
	"""Return the language of whoever has asked: a worker has none of its own."""
	return frappe.db.get_value("User", frappe.session.user, "language") or frappe.local.lang


def is_running() -> bool:
	"""Tell whether a process is at work on a pack at this moment."""
	# Not by Frappe's own, which notes an error where the lock is held.
	lock = FileLock(os.path.abspath(frappe.get_site_path(LOCKS_DIR, f"{LOCK}.lock")))
	try:
		with lock.acquire(timeout=0):
			return False
	except Timeout:
		return True


# The door of the administrators ----------------------------------------------------------------------------------------


def extend_bootinfo(bootinfo: dict) -> None:
	"""Tell the desk of whoever administers forms which of them can be in a pack."""
	bootinfo["early_support_pack_forms"] = list(ALL_FORMS) if rights.may_publish() else []


@frappe.whitelist(methods=["POST"])
def start_compare(name: str, parts: str = "", retire: int = 0, forms: str = "") -> None:
	"""Let a worker compare a pack with this site. Changes nothing but what the Form Pack says of it.

	Args:
		name: of the Form Pack.
		parts: those wanted of it, joined by commas; empty: all that it has.
		retire: whether what the pack lacks is to be retired.
		forms: those wanted of it, joined by commas; empty: all that it has. Lists and reports belong to none.

	Raises:
		frappe.PermissionError: for whoever does not administer forms.
		FormPackRefused: its file is gone, it is imported, something is under way with it, or it has none of the forms.
	"""
	_ask_to_compare(name, parts, retire, forms)
	_enqueue(name, COMPARE)


def compare(name: str, parts: str = "", retire: int = 0, forms: str = "") -> dict:
	"""Compare at once, in this transaction, as the command does. Arguments and errors as of `start_compare`, returns what `show` does."""
	doc = _ask_to_compare(name, parts, retire, forms)
	_compare(doc)
	return show(doc.name)


def _ask_to_compare(name: str, parts: str, retire: int, forms: str):
	doc = ask_for(name, "compare", COMPARE)
	pack = pack_of(doc)
	chosen_forms = [form for form in chosen(forms, ALL_FORMS) if form in pack.forms]
	if not chosen_forms:
		frappe.throw(_("The pack holds nothing of these forms."), FormPackRefused)
	# What was found before is no longer what is asked for: nothing is imported on the strength of it.
	doc.update(
		{
			"parts": ",".join(part for part in chosen(parts, core.PARTS) if part in pack.parts),
			"chosen_forms": ",".join(chosen_forms),
			"retire": cint(retire),
			"seen": None,
			"differences": None,
			**dict.fromkeys(COUNTS.values(), 0),
			"refusals": 0,
			"failed_because": None,
		}
	)
	save(doc)
	return doc


def _compare(doc, progress: Progress = nobody) -> None:
	seen = look(pack_of(doc), asked_of(doc), progress=progress)
	doc.update(
		{
			"status": COMPARED,
			"seen": seen.mark,
			"differences": json.dumps(_rows(seen), ensure_ascii=False),
			**{field: sum(each.step is step for each in seen.differences) for step, field in COUNTS.items()},
			"refusals": len(seen.refused),
		}
	)
	save(doc)


@frappe.whitelist()
def show(name: str) -> dict:
	"""Return {rows, actions, running} of a Form Pack.

	`rows` is what the comparison found: [{kind, record, title, step, fields: [{label, before, after}], refused, kept}]; `record`
	is its key in the pack, `title` says it in words, `kept` why it is not retired.

	Raises frappe.PermissionError for whoever does not administer forms.
	"""
	_require_administrator()
	doc = frappe.get_doc(DOCTYPE, str(name))
	running = doc.status in UNDER_WAY.values() and is_running()
	rows = json.loads(doc.differences or "[]")
	return {"rows": rows, "actions": _actions(doc, running), "running": running}


def _actions(doc, running: bool) -> list[str]:
	if running:
		return []
	if doc.status in (MADE, BROUGHT, ROLLED_BACK):
		return ["compare"]
	if doc.status == FAILED and doc.action == EXPORT:
		return [EXPORT]
	if doc.status in (COMPARED, FAILED):
		is_open = doc.seen and not doc.refusals and (doc.additions or doc.changes or doc.retirements)
		return ["compare", "import"] if is_open else ["compare"]
	if doc.status == IMPORTED:
		return ["roll_back"]
	# Waits for a worker, or its process was killed: it may be asked for again.
	return [doc.action.replace(" ", "_")]


@frappe.whitelist(methods=["POST"])
def start_import(name: str) -> None:
	"""Let a worker import a pack that was compared.

	Raises:
		frappe.PermissionError: for whoever does not administer forms.
		FormPackRefused: it was not compared, something in it is refused, or an import is under way.
	"""
	_start(name, "import", IMPORT)


@frappe.whitelist(methods=["POST"])
def start_roll_back(name: str) -> None:
	"""Let a worker put back what was there before an import. Raises as `start_import`."""
	_start(name, "roll_back", ROLL_BACK)


def _start(name: str, wanted: str, action: str) -> None:
	ask_for(name, wanted, action)
	_enqueue(name, action)


def _enqueue(name: str, action: str) -> None:
	frappe.enqueue(
		"early_support.forms.packs.run",
		queue="long",
		timeout=MINUTES * 60,
		enqueue_after_commit=True,
		name=str(name),
		action=action,
	)


def ask_for(name: str, wanted: str, action: str):
	"""Note that something is to be done with a pack, if that is open, and return the Form Pack. Raises FormPackRefused."""
	_require_administrator()
	# Of two who press the button the second waits here, and finds that it has been pressed.
	doc = frappe.get_doc(DOCTYPE, str(name), for_update=True)
	if wanted not in _actions(doc, doc.status in UNDER_WAY.values() and is_running()):
		frappe.throw(
			_("This is not open for the pack now. Compare it first, or reload the page."), FormPackRefused
		)
	if doc.status not in UNDER_WAY.values():
		doc.update({"status": QUEUED, "action": action})
		save(doc)
	return doc


def _require_administrator() -> None:
	if not rights.may_publish():
		frappe.throw(_("You have no permission for this."), frappe.PermissionError)


def chosen(text: str, known: Iterable[str]) -> tuple[str, ...]:
	"""Return which of the `known` names stand in a text, joined by commas; of an empty one all. Raises FormPackRefused."""
	names = [name.strip() for name in cstr(text).split(",") if name.strip()]
	for name in names:
		if name not in known:
			frappe.throw(
				_("There is no such part or form: {0}").format(frappe.bold(frappe.utils.escape_html(name))),
				FormPackRefused,
			)
	return tuple(name for name in known if not names or name in names)


# Words -----------------------------------------------------------------------------------------------------------------


def _rows(seen: Look) -> list[dict]:
	order = list(core.Step)
	differences = sorted(seen.differences, key=lambda each: order.index(each.step))
	return [
		{
			"kind": each.doctype,
			"record": each.key,
			"title": _title(each),
			"step": each.step.value,
			"fields": _fields(each),
			"refused": seen.refused.get((each.doctype, each.key)),
			"kept": seen.kept.get((each.doctype, each.key)),
		}
		for each in differences
	]


# What a title says already.
IN_TITLE = {
	core.FIELD: ("dt", "fieldname"),
	core.SETTER: ("doctype_or_field", "doc_type", "field_name", "property"),
	core.WORD: ("language", "source_text"),
}


def _title(each: Difference) -> str:
	"""Return what a record is about, in words."""
	record = {**each.record, **(each.before or {})}
	if each.doctype == core.FIELD:
		return f"{_(record['dt'])}: {_(record.get('label') or record['fieldname'])}"
	if each.doctype == core.SETTER:
		field = frappe.get_meta(record["doc_type"]).get_field(record.get("field_name") or "")
		words = frappe.get_meta("DocField").get_label(record["property"])
		parts = (record["doc_type"], field and (field.label or field.fieldname), words or record["property"])
		return ": ".join(_(part) for part in parts if part)
	if each.doctype == core.WORD:
		return f"{record['source_text']} ({record['language']})"
	title = record.get("title") or _(each.key)
	return _("{0}, as a new draft").format(title) if each.doctype == core.PROFILE and each.after else title


def _fields(each: Difference) -> list[dict]:
	meta = frappe.get_meta(each.doctype)
	return [
		{
			# “Set Value” is what Frappe calls that of a property.
			"label": _("Value") if (each.doctype, name) == (core.SETTER, "value") else meta.get_label(name),
			"before": _shown((each.before or {}).get(name), meta.get_field(name)),
			"after": _shown(value, meta.get_field(name)),
		}
		for name, value in each.after.items()
		if name not in IN_TITLE.get(each.doctype, ()) and not core.same((each.before or {}).get(name), value)
	]


def _shown(value: object, df=None) -> str:
	if df and df.fieldtype == "Check" and value is not None:
		return _("Yes") if cint(value) else _("No")
	if isinstance(value, list):
		return "\n".join(" · ".join(cstr(part) for part in row.values()) for row in value)
	return cstr(value)


def _why_not_taken(not_taken: core.NotTaken) -> str:
	texts = {
		Flaw.TOO_LARGE: _("The file is too large for a form pack."),
		Flaw.NOT_A_PACK: _("The file is no form pack of Early Support."),
		Flaw.NEWER_FORMAT: _(
			"The pack is written in a way that this version of the app does not know ({0})."
		),
		Flaw.WRONG_HASH: _(
			"The pack was changed after it was made: its SHA-256 does not fit. Please get it anew from where it was made."
		),
		Flaw.NEWER_APP: _(
			"The pack was made with version {0} of the app, which is newer than this one. Upgrade the app first."
		),
		Flaw.UNKNOWN_KIND: _("This version of the app does not carry “{0}” in packs."),
		Flaw.UNKNOWN_FORM: _("This version of the app has no form “{0}”."),
		Flaw.UNKNOWN_FIELD: _("The pack holds something that this version of the app does not carry: {0}"),
	}
	return texts[not_taken.flaw].format(frappe.utils.escape_html(not_taken.subject))
