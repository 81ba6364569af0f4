"""What is kept of a request that failed: where it failed, and nothing of what was sent.

Frappe keeps the whole request and the values of all variables, in the Error Log and in log files. For casework that is a
second, unguarded copy; of a consultation it is a text that may have been refused because it names somebody
(domain.md §9.8).
"""

import traceback

import frappe
import frappe.app
from frappe.utils.error import log_error

LOGGER = "early_support"


def install() -> None:
	"""Put `keep_place` where Frappe keeps a request that failed. Called before every request (hooks.py)."""
	frappe.app.log_error_snapshot = keep_place


def keep_place(exception: Exception) -> None:
	"""Note the kind of an error and the places in the code that led to it, without any value."""
	places = "".join(
		f"  {frame.filename}:{frame.lineno} in {frame.name}\n"
		for frame in traceback.extract_tb(exception.__traceback__)
	)
	kind = type(exception).__name__
	try:
		log_error(title=kind, message=f"{kind}\n{places}", defer_insert=True)
	except Exception:
		# The database may be what failed; the log file has the places all the same.
		frappe.logger(LOGGER).error("No Error Log could be written")
	frappe.logger(LOGGER).error(f"{kind}\n{places}")
