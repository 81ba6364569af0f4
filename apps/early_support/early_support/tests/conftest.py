"""Foundation of the in-process tests. Imports Frappe only when a test asks for the site.

Run with the bench's Python from its `sites/` folder, with the site in ES_TEST_SITE; several workers of pytest-xdist have
one each in ES_TEST_COPIES. Each test is one transaction: it starts as Administrator, a commit only runs its callbacks, and
everything is rolled back at the end.
"""

import os
import threading
from contextlib import contextmanager, suppress
from functools import lru_cache
from types import ModuleType
from unittest.mock import patch

import pytest

SITE_VARIABLE = "ES_TEST_SITE"
# The thread in which a test's request is served.
REQUEST = "es_request"


def site_of_this_process() -> str | None:
	"""Return the site for the tests that run in this process; None when there is none."""
	worker = os.environ.get("PYTEST_XDIST_WORKER")
	if not worker:
		return os.environ.get(SITE_VARIABLE)
	return os.environ["ES_TEST_COPIES"].split()[int(worker.removeprefix("gw"))]


@pytest.fixture(scope="session")
def site():
	"""Connect once to the test site, and give its name."""
	name = site_of_this_process()
	if not name:
		pytest.skip(f"{SITE_VARIABLE} is not set: tests that need a site are left out")
	import frappe

	_keep_what_is_always_the_same()
	frappe.init(site=name, sites_path=os.environ.get("ES_SITES_PATH", "."))
	frappe.connect()
	if not frappe.conf.allow_tests:
		pytest.exit(f"Site {name} does not allow tests (allow_tests in its configuration)", returncode=2)
	frappe.flags.in_test = True
	frappe.clear_cache()
	yield name
	frappe.destroy()


def _keep_what_is_always_the_same() -> None:
	"""Spare each test what takes much of its time and has the same result each time."""
	import frappe
	import sqlparse
	from pymysql import connections

	# Frappe parses the name of each field of each query with it, always the same few.
	sqlparse.format = lru_cache(maxsize=None)(sqlparse.format)
	# Each answer of the database describes its columns; it is read byte by byte.
	connections.FieldDescriptorPacket = lru_cache(maxsize=None)(connections.FieldDescriptorPacket)
	set_user = frappe.set_user

	def set_user_and_keep_forms(username: str) -> None:
		# As another user the forms are the same; Frappe would fetch each of them anew.
		forms = {frappe.cache.make_key(name) for name in FORM_CACHES}
		kept = {key: value for key, value in frappe.local.cache.items() if key in forms}
		set_user(username)
		frappe.local.cache.update(kept)

	frappe.set_user = set_user_and_keep_forms


# A test module that holds something of these at its top needs the site; others are tested without one, unless a test
# asks for `site`, `as_user` or `api`.
NEEDS_SITE = (
	"frappe",
	"early_support.exceptions",
	"early_support.tests.factories",
	"early_support.tests.case_factories",
)


def _is_pure(request: pytest.FixtureRequest) -> bool:
	if "site" in request.fixturenames:
		return False
	for value in vars(request.module).values():
		origin = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
		if isinstance(origin, str) and any(
			origin == name or origin.startswith(f"{name}.") for name in NEEDS_SITE
		):
			return False
	return True


@pytest.fixture(autouse=True)
def transaction(request):
	"""Give each test that uses the site a transaction of its own, as Administrator, and roll it back."""
	if _is_pure(request):
		yield
		return
	request.getfixturevalue("site")
	with _undone(within="shared_transaction" in request.fixturenames):
		yield


@pytest.fixture(scope="module")
def shared_transaction(standing_teams):
	"""Give a module one transaction, for what all of its tests begin with; each test is then undone to where it began.

	The whole module has to use it, and stands in TOGETHER of tests/conftest.py:
	`pytestmark = pytest.mark.usefixtures("shared_transaction")`.
	"""
	with _undone():
		yield


@contextmanager
def _undone(within: bool = False):
	"""Work as Administrator inside, and undo everything: a transaction, or a part of the one that runs (`within`)."""
	import frappe

	def commit() -> None:
		# What a commit triggers is part of what is tested; the commit itself would outlive the test.
		db.before_commit.run()
		db.after_commit.run()

	db = frappe.local.db  # the connection itself: frappe.db stands for that of whichever thread asks
	frappe.set_user("Administrator")
	frappe.local.lang = "en"
	frappe.local.message_log = []
	_forget_request_cache()
	if within:
		db.savepoint("es_test")
	else:
		db.begin()
	forms = _state_of_forms()
	db.commit, before = commit, db.commit
	try:
		# A worker of the served site would take the job, find none of what is not stored, and hold its locks meanwhile.
		with patch("rq.Queue.enqueue_call"):
			yield
	finally:
		db.commit = before
		frappe.set_user("Administrator")
		changed = {form for _table, form, *_state in _state_of_forms() ^ forms}
		with _form_caches_kept(changed):
			db.rollback(save_point="es_test" if within else None)
			# Values of Singles outlive a rollback in the connection's own cache.
			getattr(db, "value_cache", {}).clear()
			# 15.0.0-dev would first read what a user is notified of, which takes longer than most tests.
			with patch("frappe.desk.notifications.clear_notifications"):
				frappe.clear_cache()
			# It leaves cached documents behind.
			frappe.cache.delete_keys("")
			# And the next test would do it again at its first commit: for this one nothing is left to be done.
			for callbacks in (db.before_commit, db.after_commit, db.before_rollback, db.after_rollback):
				callbacks.reset()
		_forget_request_cache()


# What Frappe caches of the forms themselves. Reading it anew takes seconds, so it is kept from test to test but for the forms
# that the test has changed.
FORM_CACHES = (
	"doctype_meta",
	"table_columns",
	"app_hooks",
	"installed_apps",
	"app_modules",
	"module_app",
	"db_tables",
)
# Under which name a form is in them; 16 keeps each form and each table under a key of its own.
NAMES_IN_CACHES = {"doctype_meta": "{}", "table_columns": "tab{}"}
# What makes up a form, and which it is.
FORM_TABLES = {
	"DocType": "name",
	"Custom Field": "dt",
	"Property Setter": "doc_type",
	"Custom DocPerm": "parent",
}


def _state_of_forms() -> set[tuple]:
	"""Return what differs if a form was changed: {(table, form, number of its records, when the last one was)}."""
	import frappe

	return {
		(table, *row)
		for table, form in FORM_TABLES.items()
		for row in frappe.db.sql(
			f"select `{form}`, count(*), max(modified) from `tab{table}` group by `{form}`"
		)
	}


@contextmanager
def _form_caches_kept(changed: set[str]):
	import frappe

	cache = frappe.cache
	lost = {(name, each.format(form)) for name, each in NAMES_IN_CACHES.items() for form in changed}
	for name, form in lost:
		cache.hdel(name, form)
	keys = [cache.make_key(name) for name in FORM_CACHES if cache.exists(name)]
	dropped = {cache.make_key(f"{name}::{form}") for name, form in lost}
	keys += [key for name in NAMES_IN_CACHES for key in cache.get_keys(f"{name}::") if key not in dropped]
	_rename({key: b"es_test:" + key for key in keys})
	yield
	_rename({b"es_test:" + key: key for key in keys})


def _rename(keys: dict[bytes, bytes]) -> None:
	import frappe

	with frappe.cache.pipeline() as together:
		for old, new in keys.items():
			together.rename(old, new)
		together.execute()


def _forget_request_cache() -> None:
	from early_support.access import assignments

	assignments.forget()


@pytest.fixture(scope="session")
def standing_teams(site):
	"""Two teams that stay on the site: to make one takes as long as what most tests do with it."""
	import frappe

	from early_support.tests import case_factories

	frappe.set_user("Administrator")
	teams = [case_factories.standing_team(f"STANDING-{number}") for number in (1, 2)]
	frappe.db.commit()
	return teams


@pytest.fixture
def team(standing_teams):
	"""The staff of a unit, one of its children, and its family counsellor (case_factories.Team)."""
	return standing_teams[0]


@pytest.fixture
def other(standing_teams):
	"""Another unit's team, whose counsellor is not the first one's."""
	return standing_teams[1]


@pytest.fixture(scope="module")
def who(shared_transaction, standing_teams) -> dict:
	"""Everybody who might try something with a case of `team` (actors.py): label → Actor, made once for a module."""
	from early_support.tests.actors import actors

	return actors(standing_teams[0])


@pytest.fixture(scope="module")
def clients(api, who) -> dict:
	"""Their HTTP clients: user → client."""
	from early_support.tests.actors import logged_in

	return logged_in(api, who)


@pytest.fixture
def as_user(site):
	"""Give a context manager that works as a new staff member: `with as_user("Unit Director", unit) as user:`

	`unit`, `area` or `controller` says where; without any, the default unit of the factories. Keyword arguments
	`from_date`, `to_date` and `assigned=False` (the role without an assignment) go to the factory.
	"""
	import frappe

	from early_support.tests import factories

	@contextmanager
	def work_as(role: str, unit: str | None = None, **where):
		user = factories.make_staff(role, unit=unit, **where)
		with session_of(user):
			yield user

	@contextmanager
	def session_of(user: str):
		before = frappe.session.user
		frappe.set_user(user)
		try:
			yield user
		finally:
			frappe.set_user(before)

	# Somebody who exists already: `with as_user.existing(user):`
	work_as.existing = session_of
	return work_as


@pytest.fixture(scope="session")
def api(site):
	"""Give `api(user)`: an HTTP client logged in as `user`, speaking to the whole Frappe application in this process.

	The request runs in a thread of its own, so that it has its own `frappe.local`, but on the connection of the test:
	it sees what the test has made, and is rolled back with it. A request that fails is rolled back to where it began,
	as on a server. `api(None)` is a guest.
	"""
	return _Client


class _Client:
	def __init__(self, user: str | None):
		import frappe.app
		from werkzeug.test import Client

		self.user = user
		self.client = Client(
			frappe.app.application, use_cookies=False
		)  # the session is sent as a header below
		self.sid = _sid_of(user) if user else None

	def get(self, path: str, **options):
		return self.open("GET", path, **options)

	def post(self, path: str, **options):
		return self.open("POST", path, **options)

	def put(self, path: str, **options):
		return self.open("PUT", path, **options)

	def delete(self, path: str, **options):
		return self.open("DELETE", path, **options)

	def open(self, method: str, path: str, **options):
		"""Send one request. `json=`, `data=`, `query_string=`, `headers=` as in werkzeug. Returns its TestResponse."""
		import frappe

		site = frappe.local.site
		headers = {"X-Frappe-Site-Name": site, "Accept": "application/json", **options.pop("headers", {})}
		if self.sid:
			headers["Cookie"] = f"sid={self.sid}"
		box = {}

		def serve() -> None:
			try:
				box["response"] = self.client.open(path, method=method, headers=headers, **options)
			except BaseException as error:
				box["error"] = error

		with _shared_connection():
			thread = threading.Thread(target=serve, name=REQUEST)
			thread.start()
			thread.join()
		if "error" in box:
			raise box["error"]
		return box["response"]


def _sid_of(user: str) -> str:
	"""Start a session for `user` as a log-in does, and return its id."""
	import frappe
	from frappe.sessions import Session
	from werkzeug.test import EnvironBuilder
	from werkzeug.wrappers import Request

	before = frappe.session.user
	saved = {
		key: getattr(frappe.local, key, None)
		for key in ("session", "session_obj", "login_manager", "request")
	}
	full_name, user_type = frappe.db.get_value("User", user, ["full_name", "user_type"])
	try:
		frappe.local.session = frappe._dict()
		frappe.local.request = Request(EnvironBuilder(path="/").get_environ())
		session = Session(user=user, full_name=full_name, user_type=user_type)
		return session.data.sid
	finally:
		for key, value in saved.items():
			setattr(frappe.local, key, value)
		frappe.set_user(before)


@contextmanager
def _shared_connection():
	"""Let a request use the connection of the test, which it may neither close nor commit."""
	import frappe
	import frappe.database

	db = frappe.local.db  # the connection itself: frappe.db stands for that of whichever thread asks
	savepoint = "es_request"

	def rollback(*, save_point: str | None = None) -> None:
		db.before_commit.reset()
		db.after_commit.reset()
		db.sql(f"rollback to savepoint {save_point or savepoint}")

	def begin(*args, **kwargs) -> None:
		"""A request begins no transaction of its own here: that would commit the test's."""

	patched = {"close": lambda: None, "rollback": rollback, "begin": begin, "connect": begin}
	real_get_db = frappe.database.get_db
	db.sql(f"savepoint {savepoint}")
	for name, function in patched.items():
		setattr(db, name, function)

	def get_db(*args, **kwargs):
		# Frappe leaves a timer behind where a report was refused, which connects, and closes, 15 seconds later.
		return db if threading.current_thread().name == REQUEST else real_get_db(*args, **kwargs)

	frappe.database.get_db = get_db
	try:
		yield
	finally:
		frappe.database.get_db = real_get_db
		for name in patched:
			with suppress(AttributeError):
				delattr(db, name)


@pytest.fixture
def steps_of_a_job(site, monkeypatch):
	"""Let a rollback of the code go back to its last commit, and not to where the test began."""
	import frappe

	db = frappe.local.db
	real, commit = db.rollback, db.commit

	def rollback(*, save_point=None) -> None:
		if save_point:
			real(save_point=save_point)
			return
		db.before_commit.reset()
		db.after_commit.reset()
		db.sql("rollback to savepoint es_job")

	def commit_step() -> None:
		commit()
		db.sql("savepoint es_job")

	with monkeypatch.context() as patched:
		patched.setattr(db, "rollback", rollback)
		patched.setattr(db, "commit", commit_step)
		commit_step()
		yield
