"""What waits to be done, or has failed, is shown without what it works on: that may be a piece of casework."""

from functools import wraps

import frappe
from frappe.core.doctype.rq_job.rq_job import RQJob

# What a job was told, and what it stumbled over.
CLOSED_FIELDS = ("arguments", "exc_info")


class CaseJob(RQJob):
	"""A job in the queue, which says to nobody but Administrator what it works on."""

	def load_from_db(self) -> None:
		super().load_from_db()
		_hide(self)

	@staticmethod
	@wraps(RQJob.get_list)  # 16 gives a list what its parameters are named for
	def get_list(*args, **kwargs) -> list:
		jobs = RQJob.get_list(*args, **kwargs)
		for job in jobs:
			_hide(job)
		return jobs


def _hide(job) -> None:
	if frappe.session.user != "Administrator":
		job.update(dict.fromkeys(CLOSED_FIELDS))
