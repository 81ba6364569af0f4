"""How the database answers: the plan of each query on a big table, and how many rows it really read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import frappe
from frappe.database.database import Database

BIG = ("tabConcern", "tabChild", "tabFamily", "tabSupport Period", "tabAccess Grant")


@dataclass(frozen=True)
class Plan:
	"""The plan of one query: EXPLAIN as MariaDB gives it, and the rows that its handlers read when it ran."""

	name: str
	query: str
	explain: list[dict]
	rows_read: int

	@property
	def full_scans(self) -> list[str]:
		"""The big tables of which every row would be read."""
		return [row["table"] for row in self.explain if row["type"] == "ALL" and _is_big(row, self.query)]

	def as_text(self) -> str:
		"""Return the plan as lines for people."""
		lines = [f"{self.name}: {self.rows_read:,} rows read"]
		for row in self.explain:
			parts = (row["select_type"], row["table"], row["type"], row["key"], row["rows"], row["Extra"])
			lines.append("    " + "  ".join(str(part) for part in parts if part not in (None, "")))
		return "\n".join(lines)


def _is_big(row: dict, query: str) -> bool:
	# EXPLAIN shows the alias, if there is one; temporary results are shown as <…>.
	table = row["table"] or ""
	return table.startswith(("es_", "tab")) and (table in BIG or f"` {table} " in query)


@contextmanager
def recorded() -> Iterator[list[str]]:
	"""Give the list of the reading queries on big tables that are run inside."""
	real, queries = Database.sql, []

	def sql(self, *args, **kwargs):
		result = real(self, *args, **kwargs)
		if not kwargs.get("run", True):  # only put into words
			return result
		query = self._cursor._executed
		query = query.decode() if isinstance(query, bytes) else query
		if query.lstrip().lower().startswith("select") and any(f"`{table}`" in query for table in BIG):
			queries.append(query)
		return result

	Database.sql = sql
	try:
		yield queries
	finally:
		Database.sql = real


def explained(name: str, query: str) -> Plan:
	"""Explain and run a query on the connected site."""
	# On the bare connection: the queries are as they were executed, and Frappe would read each % in them anew.
	frappe.db.connect()
	with frappe.db._conn.cursor() as cursor:
		cursor.execute(f"explain {query}")
		heads = [column[0] for column in cursor.description]
		explain = [dict(zip(heads, row, strict=True)) for row in cursor.fetchall()]
		# Asking for the numbers reads rows too: as many each time.
		first, second = _rows_read(cursor), _rows_read(cursor)
		cursor.execute(query)
		rows_read = _rows_read(cursor) - second - (second - first)
	return Plan(name, query, explain, rows_read)


def _rows_read(cursor) -> int:
	cursor.execute("show session status like 'Handler_read%'")
	return sum(int(value) for name, value in cursor.fetchall() if name != "Handler_read_retry")
