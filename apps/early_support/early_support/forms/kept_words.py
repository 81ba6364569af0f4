"""Keeps what was read of the earlier words of forms and lists (earlier.py), until something is reworded."""

from collections.abc import Callable

import frappe

KEY = "early_support_earlier_words"
# Should another process, which began to read before, put back what was just forgotten.
SECONDS = 3600
CHANGED_HERE = "early_support_reworded"


def kept(read: Callable[[], object]) -> object:
	"""Return what was kept, or else read it and keep it."""
	if frappe.flags.get(CHANGED_HERE):
		return read()
	found = frappe.cache.get_value(KEY, expires=True)
	if found is None:
		found = read()
		frappe.cache.set_value(KEY, found, expires_in_sec=SECONDS)
	return found


def forget() -> None:
	"""Let the words be read anew: something has been reworded, or put back."""
	# What this transaction has written is nobody else's to know yet, and may come to nothing.
	frappe.flags[CHANGED_HERE] = True
	_drop()
	frappe.db.after_commit.add(_drop)


def _drop() -> None:
	frappe.cache.delete_value(KEY)
