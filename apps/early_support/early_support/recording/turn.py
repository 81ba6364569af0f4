"""Turns the cases of controllers that keep counts only into figures, and destroys them with everything that remembers them.

A case is one transaction: its figures, what is destroyed, and the counts in the Purge Run, which the Privacy Officer
reads. A job that is killed leaves whole cases, and the next one carries on: no figure is doubled or lost.
"""

import datetime
from collections import Counter
from collections.abc import Iterable

import frappe
from frappe.utils import get_datetime, getdate
from frappe.utils.file_lock import LockTimeoutError
from frappe.utils.synchronization import filelock

from early_support.access.denormalise import final_states
from early_support.casework import clock
from early_support.casework.offers import age_band
from early_support.export.events import GUIDANCE_COUNT
from early_support.naming import opaque_name
from early_support.privacy import purge, retention
from early_support.privacy.retention_core import Key
from early_support.recording import core
from early_support.recording.core import COUNTS_ONLY, PERIOD, VISIT, Fate, Figure

KIND = "Turned into Figures"
HOURS = 3
USER = "Administrator"

TOPICS = "Concern Topic Item"
PLANNED = "Planned"
# What hangs on a period because the child has become a client: it stands in the register of the social services.
OF_CLIENTS = ("Needs Assessment", "Client Relationship")

COMMON = ("name", "child", "family", "unit", "controller", "workflow_state", "modified")
PERIOD_FIELDS = (
	*COMMON,
	"record_policy",
	"client_begins",
	"source",
	"outcome",
	"agreed_on",
	"declined_on",
	"ended_on",
	"withdrawn_on",
)
VISIT_FIELDS = (*COMMON, "visit_date", "place", "duration")

# Nothing here is filtered by permission: a job looks at everything, and what it writes names nobody.


def enqueue_daily() -> None:
	"""Let a worker turn what is due. Called by the scheduler once a day."""
	frappe.enqueue("early_support.recording.turn.turn", queue="long", timeout=HOURS * 3600)


def turn() -> str | None:
	"""Turn what is due into figures, or carry on where it was interrupted. Returns the name of the Purge Run.

	Does nothing where nothing is due, or while another job does it.
	"""
	frappe.set_user(USER)
	try:
		with filelock("early_support_figures", timeout=0):
			return _turn()
	except LockTimeoutError:
		return None


def _turn() -> str | None:
	due = [name for name in candidates() if fate_of(name) is Fate.DUE]
	run = purge.unfinished_run(KIND)
	if not (due or run):
		return None
	run = run or purge.new_run(KIND)
	purge.begin_run(run)
	done = [purge.attempt(run, _turn_case, (PERIOD, name)) for name in due]
	purge.forget_errors()
	purge.finish_run(run, "Completed" if all(done) else "Failed")
	return run.name


def candidates() -> list[str]:
	"""Return the support periods that began under counts only and have ended."""
	filters = {"record_policy": COUNTS_ONLY, "workflow_state": ("in", final_states(PERIOD))}
	return frappe.get_all(PERIOD, filters=filters, order_by="name asc", pluck="name")


def fate_of(name: str) -> Fate:
	"""Say what becomes of a support period and its visits today."""
	period, visits = _read(PERIOD, {"name": name}, PERIOD_FIELDS), read_visits(name)
	return judge(period[0], visits) if period else Fate.OPEN


def judge(period: dict, visits: list[dict]) -> Fate:
	"""Say what becomes of a case that was read."""
	today = clock.today()
	held = {hold[:2] for hold in retention.read_held(today) if hold[2] in (None, period.controller)}
	days = [day for _row, _event, day in core.happened(period, visits)]
	open_visits = any(visit.workflow_state == PLANNED for visit in visits)
	return core.judge(
		core.Standing(
			policy=period.record_policy,
			is_ended=period.workflow_state in final_states(PERIOD) and not open_visits,
			is_held=bool({("Child", period.child), ("Family", period.family)} & held),
			is_client=_is_client(period),
			is_referred=_is_referred(period.child),
			days=days or [period.modified],
		),
		today,
	)


def _turn_case(run, key: Key) -> None:
	"""Turn one case, as it is now: it may have changed since it was judged."""
	_doctype, name = key
	child, family = frappe.db.get_value(PERIOD, name, ["child", "family"]) or (None, None)
	# A fresh view of the database, and nobody changes the case, or puts the family under a legal hold, meanwhile.
	frappe.db.commit()
	for doctype, locked in (("Family", family), ("Child", child), (PERIOD, name)):
		if not frappe.db.get_value(doctype, locked, "name", for_update=True):
			return
	(period,), visits = _read(PERIOD, {"name": name}, PERIOD_FIELDS), read_visits(name)
	if judge(period, visits) is not Fate.DUE:
		return
	for figure in figures_of(period, visits):
		write(figure)
	gone = [*((VISIT, visit) for visit in visits), (PERIOD, period)]
	purge.destroy([(doctype, row.name) for doctype, row in gone])
	places = Counter((doctype, row.controller, row.unit) for doctype, row in gone)
	for place, number in places.items():
		purge.add_counts(run, place, Counter(destroyed=number))


def figures_of(period: dict, visits: list[dict]) -> list[Figure]:
	"""Return what is kept of a case."""
	born = frappe.db.get_value("Child", period.child, "birth_date")
	others = {"child": period.child}
	cells = {
		core.cell_of(*event)
		for other in _read(PERIOD, {**others, "name": ("!=", period.name)}, PERIOD_FIELDS)
		for event in core.happened(other, ())
	} | {
		core.cell_of(*event)
		for event in core.happened(
			None, _read(VISIT, {**others, "support_period": ("!=", period.name)}, VISIT_FIELDS)
		)
	}
	return core.figures(period, visits, lambda day: age_band(born, day), cells)


def write(figure: Figure) -> None:
	"""Store a figure under a name of its own, as of the first day of this month: no moment leads to a case."""
	moment = get_datetime(clock.today().replace(day=1))
	stamp = {"creation": moment, "modified": moment, "owner": USER, "modified_by": USER}
	values = {**vars(figure), **stamp, "name": opaque_name(), "number": 1}
	topics = values.pop("topics")
	# Past the rules of the form, which are about what people enter.
	frappe.get_doc({"doctype": GUIDANCE_COUNT, **values}).db_insert()
	of = {"parent": values["name"], "parenttype": GUIDANCE_COUNT, "parentfield": "topics"}
	for number, topic in enumerate(topics, 1):
		frappe.get_doc({"doctype": TOPICS, "topic": topic, "idx": number, **of, **stamp}).db_insert()


def read_visits(period: str) -> list[dict]:
	"""Return the visits of a support period, with their topics."""
	visits = _read(VISIT, {"support_period": period}, VISIT_FIELDS)
	topics = frappe.get_all(
		TOPICS,
		filters={"parenttype": VISIT, "parent": ("in", [visit.name for visit in visits] or [""])},
		fields=["parent", "topic"],
		order_by="idx asc",
	)
	for visit in visits:
		visit.topics = tuple(row.topic for row in topics if row.parent == visit.name)
	return visits


def _read(doctype: str, filters: dict, fields: Iterable[str]) -> list[dict]:
	rows = frappe.get_all(doctype, filters=filters, fields=[*fields])
	for row in rows:
		row.update(
			{field: getdate(value) for field, value in row.items() if isinstance(value, datetime.date)}
		)
	return rows


def _is_client(period: dict) -> bool:
	if any(frappe.db.exists(doctype, {"support_period": period.name}) for doctype in OF_CLIENTS):
		return True
	return bool(period.client_begins)


def _is_referred(child: str) -> bool:
	filters = {"child": child, "workflow_state": ("not in", final_states("Referral"))}
	return bool(frappe.db.exists("Referral", filters))
