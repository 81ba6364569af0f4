"""The worker's connection to the site's own database, which ends when the database server is started anew."""

import time

import frappe

from early_support.export import replica

# For so many seconds a server that is being started is waited for, and asked again after so many.
PATIENCE, PAUSE = 60, 1


def restore() -> None:
	"""Connect anew, if the connection was lost. What was not stored is gone with the old one, and so are its locks.

	Raises the driver's error if the server does not come up in time.
	"""
	until = time.monotonic() + PATIENCE
	while _is_lost():
		try:
			frappe.db.connect()
		except frappe.db.OperationalError:
			if time.monotonic() >= until:
				raise
			time.sleep(PAUSE)
		else:
			# Nothing is left of what the lost transaction was to do in the end.
			frappe.db.rollback()


def _is_lost() -> bool:
	try:
		frappe.db.sql("select 1")
	except Exception as error:
		if not replica.is_loss(error):
			raise
		return True
	return False
