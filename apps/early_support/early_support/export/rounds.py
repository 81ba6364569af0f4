"""The round of the reports, every few minutes: takes up what a worker has dropped, tells who is late, asks for what is due.

The scheduler only puts the round into the queue. The round itself builds and delivers nothing: it puts that into the queue, too.
"""

import frappe
from frappe import _
from frappe.utils import add_days, add_to_date, get_datetime, now_datetime

from early_support.export import build, claims, delivery, queue, schedule
from early_support.prints.reader import speaking

METHOD = "early_support.export.rounds.go"
ROUND = "early_support_report_round"
MINUTES = 10
# Whoever has just stored a run puts it into the queue; the round does not run before.
SETTLED_AFTER = 60
# Of the same run nobody is told again before so many days have passed.
TOLD_EVERY = 7


def enqueue() -> None:
	"""Let a worker go the round. Called by the scheduler."""
	frappe.enqueue(METHOD, queue=queue.QUEUE, timeout=MINUTES * 60, job_id=ROUND, deduplicate=True)


def go() -> None:
	"""Go the round, unless another worker is at it."""
	frappe.set_user("Administrator")
	with claims.claim(ROUND) as ours:
		if ours:
			take_up()
			tell_late()
			schedule.ask_for_missing()


def take_up() -> None:
	"""Put into the queue what nobody works at: a worker was killed, or a delivery is to be tried again."""
	before = add_to_date(now_datetime(), seconds=-SETTLED_AFTER)
	# Not filtered by permission, here and below: a job looks at everything, and shows nothing of it.
	for run in frappe.get_all(
		build.RUN,
		filters={"workflow_state": ("in", ("Queued", "Approved")), "modified": ("<", before)},
		fields=["name", "profile", "workflow_state", "failure", "next_try_at"],
	):
		if claims.is_claimed(run.name):
			continue
		if run.workflow_state == "Queued":
			build.enqueue(run)
		elif run.next_try_at:
			if get_datetime(run.next_try_at) <= now_datetime():
				delivery.enqueue(run)
		elif not run.failure:
			delivery.enqueue(run)
	frappe.db.commit()


def tell_late() -> None:
	"""Tell the reporting officers of a scheduled report that is late or has failed, and of a delivery that is given up."""
	# Unfiltered, like all that a round reads.
	given_up = frappe.get_all(
		build.RUN,
		filters={"workflow_state": "Approved", "failure": ("is", "set"), "next_try_at": ("is", "not set")},
		fields=["name", "controller"],
	)
	told = {(build.RUN, run.name, run.controller) for run in given_up}
	for each in schedule.late():
		about = (build.RUN, each.run) if each.run else (schedule.PROFILE, each.profile.name)
		told.add((*about, each.controller))
	for doctype, name, controller in sorted(told):
		for user in schedule.officers_of(controller):
			_tell(user, doctype, name)
	frappe.db.commit()


def _tell(user: str, doctype: str, name: str) -> None:
	"""Leave a notification that holds no figure, period or title: a link to what it is about."""
	about = {"for_user": user, "type": "Alert", "document_type": doctype, "document_name": name}
	since = add_days(now_datetime(), -TOLD_EVERY)
	if frappe.db.exists("Notification Log", {**about, "creation": (">", since)}):
		return
	with speaking(build.language_of(user)):
		subject = _("A report to another system is late, or could not be delivered.")
	# Safe: the app's own word to whoever works with the report; the document opens by its own rights.
	frappe.get_doc({"doctype": "Notification Log", **about, "subject": subject}).insert(
		ignore_permissions=True
	)
