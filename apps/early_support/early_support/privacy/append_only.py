"""What keeps the access log as it was written, whoever tries: the app's own code, a role, Administrator, plain SQL."""

import frappe
from frappe import _

from early_support.exceptions import AccessLogIsAppendOnly

LOG = "Case Access Log"
HEAD = "Case Access Log Head"
HEAD_NAME = "head"

# Event → name of the trigger on the table of the log. MariaDB then refuses the statement, whoever sends it.
TRIGGERS = {"UPDATE": "es_case_access_log_no_update", "DELETE": "es_case_access_log_no_delete"}
SIGNAL = "signal sqlstate '45000' set message_text = 'The access log is append-only'"


class AppendOnly:
	"""A document that Frappe neither inserts, changes nor removes: privacy/log.py writes it, in plain SQL."""

	def db_insert(self, *args, **kwargs) -> None:
		self.refuse()

	def db_update(self) -> None:
		self.refuse()

	def db_set(self, *args, **kwargs) -> None:
		self.refuse()

	def before_validate(self) -> None:
		self.refuse()

	def on_trash(self) -> None:
		self.refuse()

	def before_rename(self, *args) -> None:
		self.refuse()

	def refuse(self) -> None:
		"""Raise AccessLogIsAppendOnly."""
		frappe.throw(
			_("The access log is written by the app alone, and never changed."), AccessLogIsAppendOnly
		)


def log_rows(user: str) -> str:
	"""The condition for lists of the log: nobody lists it. The Privacy Officer reads it in the report "Who Looked"."""
	return "(1=0)"


def has_permission(doc, ptype: str = "read", user: str | None = None) -> bool:
	"""The answer for a row of the log: nobody opens one (see log_rows)."""
	return False


def index_log() -> None:
	"""Index what the report asks for: everything about a child, or about its family."""
	for field in ("child", "family"):
		frappe.db.add_index(LOG, [field, "read_at"], index_name=f"{field}_read_at")


def prepare() -> None:
	"""Make what the log needs besides its tables: its head and, on MariaDB, its triggers. May be repeated.

	A server that logs for replication and does not trust the site's database user refuses triggers; the log works
	without them, and `verify-access-log` says that they are missing.
	"""
	if not frappe.db.exists(HEAD, HEAD_NAME) and not frappe.db.sql(f"select 1 from `tab{LOG}` limit 1"):
		_make_head()
	missing = missing_triggers()
	for event in missing:
		# Constants only. DDL commits: this runs only while something is missing, in an installation or a migration.
		try:
			frappe.db.sql_ddl(f"drop trigger if exists `{TRIGGERS[event]}`")
			frappe.db.sql_ddl(
				f"create trigger `{TRIGGERS[event]}` before {event.lower()} on `tab{LOG}` for each row {SIGNAL}"
			)
		except frappe.db.OperationalError as error:
			frappe.log_error(title="Access log: a trigger could not be made", message=str(error))


def missing_triggers() -> list[str]:
	"""Return the events, of TRIGGERS, against which the table of the log is not guarded."""
	if frappe.db.db_type != "mariadb":
		return []
	rows = frappe.db.sql(
		"""select event_manipulation, action_statement from information_schema.triggers
		where event_object_schema = database() and event_object_table = %s and action_timing = 'BEFORE'""",
		(f"tab{LOG}",),
	)
	guarded = {event for event, statement in rows if _text(statement) == SIGNAL}
	return [event for event in TRIGGERS if event not in guarded]


def _make_head() -> None:
	# Plain SQL, for the same reason as in privacy/log.py.
	frappe.db.sql(
		f"""insert into `tab{HEAD}` (name, entries, last_hash, creation, modified, owner, modified_by)
		values (%s, 0, %s, now(6), now(6), 'Administrator', 'Administrator')""",
		(HEAD_NAME, "0" * 64),
	)


def _text(value) -> str:
	return (value.decode() if isinstance(value, bytes) else value).strip()
