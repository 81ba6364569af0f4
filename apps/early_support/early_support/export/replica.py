"""The read replica of the site, if its configuration names one: there an export reads, and nowhere else.

The settings are Frappe's own (`read_from_replica`, `replica_host`, `replica_db_port`, `different_credentials_for_replica`, …). What
a replica holds is of a moment ago. So nothing is read before it holds the run itself, as the primary has just stored it: then it
holds all that was stored before, too.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe

from early_support import compat
from early_support.export.faults import Fault, NotNow

# For so many seconds one that is behind is waited for, and looked at again after so many.
PATIENCE, PAUSE = 60, 1

_KNOWS = "select count(*) from `tabReport Run` where name = %s and attempts >= %s"


def is_configured() -> bool:
	"""Tell whether the site has a read replica."""
	return bool(frappe.conf.read_from_replica and frappe.conf.replica_host)


def connect():
	"""Give a connection of its own to where an export reads."""
	return (compat.replica_database() if is_configured() else frappe.db).create_connection()


@contextmanager
def in_place_of_the_primary(run) -> Iterator[None]:
	"""Let `frappe.db` be the read replica inside, if there is one.

	Raises:
		NotNow: DATABASE_LOST, REPLICA_BEHIND.
	"""
	if not is_configured():
		yield
		return
	primary = frappe.local.db
	with losses_named(of_replica=True):
		frappe.local.db = database = compat.replica_database()
		try:
			database.begin(read_only=True)
			wait_for_run(
				run,
				lambda query, values: database.sql(query, values)[0][0],
				lambda: database.begin(read_only=True),
			)
			yield
		finally:
			frappe.local.db = primary
			database.close()


def wait_for_run(run, select: Callable, begin: Callable[[], None]) -> None:
	"""Wait until a replica holds a run as it was stored last.

	Args:
		select: returns the one value of a query.
		begin: begins a new look at what the replica holds.

	Raises:
		NotNow: REPLICA_BEHIND.
	"""
	until = time.monotonic() + PATIENCE
	while not select(_KNOWS, (run.name, run.attempts)):
		if time.monotonic() >= until:
			raise NotNow(Fault.REPLICA_BEHIND, seconds=PATIENCE)
		time.sleep(PAUSE)
		begin()


@contextmanager
def losses_named(of_replica: bool = False) -> Iterator[None]:
	"""Say that a connection broke, or was never made, in a way that lets the work be tried again.

	Args:
		of_replica: it is one to the read replica, not to the site's own database.

	Raises:
		NotNow: DATABASE_LOST.
	"""
	try:
		yield
	except Exception as error:
		if not is_loss(error):
			raise
		code = error.args[0] if error.args else "–"
		raise NotNow(Fault.DATABASE_LOST, replica=of_replica, code=code) from None


def is_loss(error: Exception) -> bool:
	"""Tell whether the server is not reached, lets nobody in, or has ended the connection or the query."""
	kinds = {each.__name__ for each in type(error).__mro__}
	lost = "OperationalError" in kinds and error.args and error.args[0] in _LOSSES
	return bool(lost or "InterfaceError" in kinds)


# Of the server: too many connections, access denied, shutdown, query interrupted, connection killed, login refused. Of the
# client: no server, server gone, connection lost.
_LOSSES = frozenset(
	{1040, 1044, 1045, 1049, 1053, 1129, 1130, 1203, 1317, 1698, 1927, 2002, 2003, 2006, 2013, 2055}
)
