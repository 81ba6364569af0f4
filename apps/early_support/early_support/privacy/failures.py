"""What is kept of a request that failed: where it failed, and nothing of what was sent.

Frappe keeps the whole request and the values of all variables, in the Error Log and in log files. For casework that is a
second, unguarded copy; of a consultation it is a text that may name somebody (domain.md §9.8).
"""

import traceback

import frappe
import frappe.app
from frappe.utils.error import log_error

# A log of our own: to Frappe's own Frappe adds the request.
LOGGER = "early_support"


def install() -> None:
	"""Put `keep_place` where Frappe keeps a request that failed. Called before every request (hooks.py).

	Frappe has no hook there. A request that cannot even be read, as the first of a process, still comes before this.
	"""
	frappe.app.log_error_snapshot = keep_place


def keep_place(exception: Exception) -> None:
	"""Note the kind of an error and the places in the code that led to it, without any value."""
	kind = type(exception).__name__
	places = "\n".join(
		f"{frame.filename}:{frame.lineno} in {frame.name}"
		for frame in traceback.extract_tb(exception.__traceback__)
	)
	frappe.logger(LOGGER).error(f"{kind}\n{places}")
	try:
		log_error(title=kind, message=f"{kind}\n{places}", defer_insert=True)
	except Exception:
		# The database or Redis may be what failed. The log file has the places, and the person still gets an answer.
		frappe.logger(LOGGER).error("The Error Log could not be written")
