"""Puts work at runs into the queue, each piece once."""

import frappe
from frappe.utils.background_jobs import get_job
from rq.job import JobStatus

QUEUE = "long"


def put(method: str, name: str, seconds: int, **more) -> None:
	"""Let a worker call `method` with the name of a run, once this transaction is stored."""
	frappe.db.after_commit.add(lambda: _put(method, name, seconds, more))


def _put(method: str, name: str, seconds: int, more: dict) -> None:
	job_id = f"early_support_{method.rpartition('.')[2]}_{name}"
	if job := get_job(job_id):
		if job.get_status() == JobStatus.QUEUED and not more:
			return
		# What is left of an earlier time. A worker that is still at it holds the claim of the run, so nothing is done twice.
		job.delete()
	frappe.enqueue(method, queue=QUEUE, timeout=seconds, job_id=job_id, name=name, **more)
