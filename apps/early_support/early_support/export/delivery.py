"""Brings the files of an approved run to the destination that its profile names, and notes it. Runs as a job; may be repeated."""

import errno

import frappe
from frappe import _
from frappe.utils import format_datetime, now_datetime
from rq.timeouts import JobTimeoutException

from early_support.exceptions import ExportRefused
from early_support.export import build, claims, connection, destinations, queue, replica, schedule_core, texts
from early_support.export.faults import Fault, NotNow, Refused
from early_support.prints.reader import speaking
from early_support.privacy import failures, log, reads
from early_support.workflow_guard.system import system_change

HOUR = 3600
# What a folder answers that somebody else empties, or that lies on another machine: it may go better later by itself.
PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN)


def destination_of(run) -> str | None:
	"""Return the name of the destination of a run, None if its files are fetched by hand."""
	return frappe.db.get_value("Report Profile", run.profile, "destination") or None


def enqueue(run, anew: bool = False) -> None:
	"""Let a worker deliver a run, if its profile names a destination. `anew`: whatever was tried before."""
	if destination_of(run):
		more = {"anew": True} if anew else {}
		queue.put("early_support.export.delivery.deliver", run.name, HOUR, **more)


def deliver(name: str, anew: bool = False) -> None:
	"""Deliver the run `name`, and note that it was sent, or why not. Does nothing for one that is not approved."""
	frappe.set_user("Administrator")
	with claims.claim(name) as ours:
		if ours:
			_deliver(name, anew)


def place_of(run) -> dict:
	"""Return what a run notes of where it goes: `goes_to` for people, `goes_to_seal` to see whether that has changed."""
	where = destination_of(run)
	if not where:
		return {"goes_to": None, "goes_to_seal": None}
	doc = frappe.get_doc(destinations.DESTINATION, where)
	return {"goes_to": destinations.place_of(doc), "goes_to_seal": destinations.seal_of(doc)}


def take_back(destination: str) -> None:
	"""Let the runs on their way to a destination be decided on anew where it leads elsewhere than they were to go.

	Raises:
		ExportRefused: one of them is being delivered at this moment.
	"""
	# Not filtered by permission, here and below: whoever confirms a place says of no run more than that it goes there.
	profiles = frappe.get_all("Report Profile", filters={"destination": destination}, pluck="name")
	filters = {
		"profile": ("in", [*profiles, ""]),
		"workflow_state": ("in", ("Built", "Validated", "Approved")),
	}
	for name in frappe.get_all(build.RUN, filters=filters, pluck="name"):
		run = frappe.get_doc(build.RUN, name)
		place = place_of(run)
		if place["goes_to_seal"] == run.goes_to_seal:
			continue
		if not claims.keep(name):
			frappe.throw(
				_("The run {0} is being delivered there right now. Please wait until that is done.").format(
					name
				),
				ExportRefused,
			)
		with system_change():
			run.update(place)
			if run.workflow_state == "Approved":
				run.update(
					{
						"workflow_state": "Validated",
						"approved_by": None,
						"approved_at": None,
						"next_try_at": None,
						"failure": _(
							"The destination was changed after the run was approved. Look where it goes now, and approve it anew."
						),
					}
				)
			# Safe: the app takes back what was decided about another place; no role writes these fields.
			run.save(ignore_permissions=True)


def _deliver(name: str, anew: bool) -> None:
	# Read with a lock: what a worker before this one has stored is seen.
	state = frappe.db.get_value(build.RUN, name, "workflow_state", for_update=True)
	frappe.db.commit()
	run = frappe.get_doc(build.RUN, name)
	where = destination_of(run)
	if state != "Approved" or not where:
		return
	attempts = 1 if anew else (run.attempts or 0) + 1
	# Before it is tried: an attempt that kills the worker counts, too.
	_note(run, {"attempts": attempts, "next_try_at": schedule_core.next_try(now_datetime(), attempts)})
	with speaking(build.language_of(run.approved_by)):
		values = _try(run, where, attempts)
	# Gone, perhaps, while the files went out: then it is noted all the same that they did.
	connection.restore()
	_note(run, values, where)
	run.notify_update()


def _try(run, where: str, attempts: int) -> dict:
	"""Deliver, and return what the run notes of it."""
	try:
		receipt = _send(run, where)
	except NotNow as later:
		# It may be the site's own database that was lost, and v16 asks it how the language writes a moment.
		connection.restore()
		at = schedule_core.next_try(now_datetime(), attempts, later.after)
		said = (
			_("It is tried again at {0}.").format(format_datetime(at))
			if at
			else _("It was tried {0} times. Deliver again when that is mended.").format(attempts)
		)
		return {"failure": f"{texts.text_of(later)} {said}", "next_try_at": at}
	except Refused as refused:
		return {"failure": texts.text_of(refused), "next_try_at": None}
	except OSError as error:
		why = error.strerror or type(error).__name__
		at = schedule_core.next_try(now_datetime(), attempts) if error.errno in PASSING else None
		if at:
			said = _("The folder could not be written to: {0}. It is tried again at {1}.")
			return {"failure": said.format(why, format_datetime(at)), "next_try_at": at}
		said = _("The folder could not be written to: {0}. Deliver again when that is mended.")
		return {"failure": said.format(why), "next_try_at": None}
	except Exception as error:
		# Not raised: what Frappe keeps of a job that fails shows the values of all variables, secrets among them.
		failures.keep_place(error)
		said = _("Something unforeseen went wrong. Whoever keeps the server finds it in the error log.")
		return {"failure": said, "next_try_at": None}
	sent = {"workflow_state": "Sent", "failure": None, "next_try_at": None}
	return sent | ({"receipt": receipt} if receipt else {})


def _send(run, where: str) -> str | None:
	try:
		with replica.losses_named():
			return destinations.send(build.made_files(run), where, run.controller, run.goes_to_seal)
	except JobTimeoutException:
		# Of a receiver that is slow, but not so slow that it has stopped.
		raise NotNow(Fault.UNREACHABLE, host=where) from None


def _note(run, values: dict, where: str | None = None) -> None:
	# Safe: a job says what became of a run that was approved; no role writes these fields.
	with system_change():
		run.update(values)
		run.save(ignore_permissions=True)
		if values.get("receipt"):
			run.workflow_state = "Acknowledged"
			run.save(ignore_permissions=True)
	if run.workflow_state != "Approved":
		log.record(reads.EXPORT, [(build.RUN, run.name)], detail=where, user=run.approved_by)
	frappe.db.commit()
