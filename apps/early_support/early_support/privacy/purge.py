"""Destroys what is due, with everything that remembers it; shows beforehand what would go.

A family is one transaction: what is due of it, its traces, and the counts in the Purge Run. A job that is killed leaves
whole families, and the next one carries on with the same Purge Run.
"""

from collections import Counter
from collections.abc import Callable, Iterable

import frappe
from frappe import _
from frappe.utils import add_days, getdate, now_datetime
from frappe.utils.file_lock import LockTimeoutError
from frappe.utils.synchronization import filelock

from early_support.privacy import retention, traces
from early_support.privacy.retention_core import Fate, Judgement, Key, fingerprint, judge
from early_support.privacy.rights import require_officer
from early_support.workflow_guard.system import system_change

RUN, COUNT, SETTINGS = "Purge Run", "Purge Count", retention.SETTINGS
DRY, PURGE = "Dry Run", "Purge"
UNFINISHED = ("Queued", "Running", "Failed")

# Frappe's own record of failed requests holds what was sent with them. It may not outlive what was sent.
DAYS_OF_ERROR_LOG = 30

TRIES = 3
CLASHES = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)
HOURS = 6
COLUMNS = {Fate.DUE: "due", Fate.HELD: "held"}


def enqueue_daily() -> None:
	"""Let a worker purge, if an administrator has switched it on. Called by the scheduler once a day."""
	if is_enabled():
		frappe.enqueue("early_support.privacy.purge.purge", queue="long", timeout=HOURS * 3600)


def is_enabled() -> bool:
	"""Whether an administrator has switched purging on."""
	# Read from the database, not from a cache: switching off stops a purge that is under way.
	return bool(frappe.db.get_single_value(SETTINGS, "purge_enabled", cache=False))


@frappe.whitelist(methods=["POST"])
def start_dry_run() -> str:
	"""Let a worker count what would be destroyed today. Returns the name of the Purge Run that will say so.

	Raises:
		frappe.PermissionError: for everybody but the Privacy Officer.
	"""
	require_officer()
	run = new_run(DRY)
	frappe.enqueue(
		"early_support.privacy.purge.dry_run",
		queue="long",
		timeout=HOURS * 3600,
		enqueue_after_commit=True,
		name=run.name,
	)
	return run.name


def dry_run(name: str) -> None:
	"""Count what is due, by doctype, register controller and unit, into the Purge Run `name`. Destroys nothing."""
	frappe.set_user("Administrator")
	run = frappe.get_doc(RUN, name)
	begin_run(run)
	counts: dict[tuple, Counter] = {}
	for judgements in retention.judge_all(retention.read_rules(), getdate()):
		for row in judgements:
			place = (row.item.doctype, row.item.controller, row.item.unit)
			counts.setdefault(place, Counter())[COLUMNS.get(row.fate, "kept")] += 1
	for place, counter in sorted(counts.items(), key=lambda pair: [part or "" for part in pair[0]]):
		add_counts(run, place, counter)
	finish_run(run, "Completed")


def purge() -> str | None:
	"""Destroy what is due, or carry on with a purge that was interrupted. Returns the name of the Purge Run.

	Does nothing where purging is switched off, or while another job purges.
	"""
	frappe.set_user("Administrator")
	if not is_enabled():
		return None
	try:
		# Held by the process: it is free again when a process is killed.
		with filelock("early_support_purge", timeout=0):
			return _purge()
	except LockTimeoutError:
		return None


def _purge() -> str:
	run = unfinished_run(PURGE) or new_run(PURGE)
	begin_run(run)
	status = _purge_everything(run)
	forget_errors()
	finish_run(run, status)
	return run.name


def _purge_everything(run) -> str:
	"""Purge every root. One that fails is left whole, noted in the Error Log, and tried again by the next purge."""
	failed = False
	for judgements in retention.judge_all(retention.read_rules(), getdate()):
		for key in _roots(judgements):
			if not is_enabled():
				return "Stopped"
			failed |= not attempt(run, _purge_root, key)
	return "Failed" if failed else "Completed"


def attempt(run, do: Callable, key: Key) -> bool:
	"""Call `do(run, key)` and commit, and tell whether it was done; somebody who saves at the same moment goes first.

	What fails is taken back as a whole, and noted in the Error Log.
	"""
	for number in range(TRIES):
		try:
			do(run, key)
			frappe.db.commit()
			return True
		except Exception as error:
			frappe.db.rollback()
			if isinstance(error, CLASHES) and number < TRIES - 1:
				continue
			frappe.log_error("Early Support: a purge failed", reference_doctype=RUN, reference_name=run.name)
			frappe.db.commit()
			break
	return False


def _roots(judgements: Iterable[Judgement]) -> list[Key]:
	"""Return the families and consultations in which something is due, each once and in order."""
	above = {row.item.key: row.item.belongs_to for row in judgements}
	roots: dict[Key, None] = {}
	for row in judgements:
		key = row.item.key
		while row.fate is Fate.DUE and above.get(key):
			key = above[key]
		if row.fate is Fate.DUE:
			roots[key] = None
	return list(roots)


def _purge_root(run, root: Key) -> None:
	"""Destroy what is due of one family, or one consultation, as it is now: it may have changed since it was judged."""
	doctype, name = root
	# A fresh view of the database, and nobody changes the family, or puts it under a legal hold, meanwhile.
	frappe.db.commit()
	if not frappe.db.get_value(doctype, name, "name", for_update=True):
		return
	read = retention.read_families if doctype == "Family" else retention.read_consultations
	today = getdate()
	judgements = judge(read([name]), retention.read_rules(), retention.read_held(today), today)
	due = [row.item for row in judgements if row.fate is Fate.DUE]
	destroy([item.key for item in due])
	places = Counter((item.doctype, item.controller, item.unit) for item in due)
	for place, number in places.items():
		add_counts(run, place, Counter(destroyed=number))


def destroy(keys: list[Key]) -> None:
	"""Destroy documents with everything that remembers them, in the order given. The caller commits.

	Only for what retention has found due: nothing can bring it back.
	"""
	persons = _persons(keys)
	with system_change():
		for doctype, name in keys:
			# By the event, so that other apps hear of it.
			frappe.get_doc(doctype, name).run_method("on_trash")
	traces.settle_queues()
	traces.erase_files(traces.find_traces(keys, persons))
	# Once more: removing a file leaves a note of its own.
	found = traces.find_traces(keys, persons)
	traces.erase_records(found)
	for key in keys:
		traces.erase_records([key])
	traces.erase_user_settings(keys, persons)
	traces.forget_cached([*keys, *found])


def forget_errors() -> None:
	"""Delete what Frappe noted of failed requests so long ago that what was sent with them may be gone."""
	frappe.db.delete("Error Log", {"creation": ("<", add_days(now_datetime(), -DAYS_OF_ERROR_LOG))})


def _persons(keys: list[Key]) -> set[str]:
	"""Return the full names of the children, and of the guardians of the families, among `keys`."""
	children = [name for doctype, name in keys if doctype == "Child"]
	families = [name for doctype, name in keys if doctype == "Family"]
	names = frappe.get_all("Child", filters={"name": ("in", children or ("",))}, pluck="full_name")
	names += frappe.get_all(
		"Family Guardian",
		filters={"parenttype": "Family", "parent": ("in", families or ("",))},
		pluck="full_name",
	)
	return {name for name in names if name}


# The Purge Run: written by the app only, nobody has the right to make or change one. Also by recording/turn.py ---------


def dry_run_of(rules, not_before) -> str | None:
	"""Return the latest completed dry run with just these rules, finished on or after `not_before`."""
	filters = {
		"kind": DRY,
		"status": "Completed",
		"rules_key": fingerprint(rules),
		"finished_on": (">=", not_before),
	}
	return frappe.db.get_value(RUN, filters, order_by="finished_on desc")


def unfinished_run(kind: str):
	"""Return the run of a kind that was interrupted, or failed in a part, if there is one."""
	name = frappe.db.get_value(RUN, {"kind": kind, "status": ("in", UNFINISHED)}, order_by="creation desc")
	return frappe.get_doc(RUN, name) if name else None


def new_run(kind: str):
	"""Make a run that has not begun yet."""
	run = frappe.get_doc(
		{"doctype": RUN, "kind": kind, "status": "Queued", "started_by": frappe.session.user}
	)
	return run.insert(ignore_permissions=True)


def _save(run) -> None:
	# Without a version: whoever opens a run would read in it the counts of all registers.
	run.save(ignore_permissions=True, ignore_version=True)


def begin_run(run) -> None:
	"""Note that a run begins, or goes on, and under which retention rules."""
	rules = retention.read_rules()
	run.status = "Running"
	run.started_on = run.started_on or now_datetime()
	run.rules_key = fingerprint(rules)
	run.rules = "\n".join(
		f"{_(rule.doctype)} · {rule.controller or '*'} · {rule.months // 12} + {rule.months % 12}/12"
		for rule in rules
	)
	_save(run)
	frappe.db.commit()


def finish_run(run, status: str) -> None:
	"""Note how a run ended, and what its counts come to."""
	run.reload()
	run.status = status
	run.finished_on = now_datetime()
	for column in ("due", "destroyed", "held", "kept"):
		run.set(f"total_{column}", sum(row.get(column) for row in run.counts))
	_save(run)
	frappe.db.commit()
	run.notify_update()


def add_counts(run, place: tuple, counter: Counter) -> None:
	"""Add to the counts of a place, in the transaction that counts: after a kill they say what has really happened."""
	doctype, controller, unit = place
	of = {"parent": run.name, "document_type": doctype, "controller": controller or "", "unit": unit or ""}
	row = frappe.db.get_value(COUNT, of)
	if not row:
		columns = {
			"parenttype": RUN,
			"parentfield": "counts",
			"idx": frappe.db.count(COUNT, {"parent": run.name}) + 1,
		}
		# Below the events: a save of the whole run would write over what another job has counted meanwhile.
		counted = frappe.get_doc({"doctype": COUNT, **of, **columns})
		counted.db_insert()
		row = counted.name
	for column, number in counter.items():
		# The columns are ours, see COLUMNS.
		frappe.db.sql(f"update `tab{COUNT}` set `{column}` = `{column}` + %s where name = %s", (number, row))
