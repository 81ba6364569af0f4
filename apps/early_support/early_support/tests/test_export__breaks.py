"""What breaks in the middle of a report, with real rows: the worker is killed at every step, MariaDB is started anew, and so is its replica."""

import csv
import datetime
import os
import pkgutil
import re
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import frappe
import openpyxl
import pytest
from frappe.model.workflow import apply_workflow

from early_support.export import (
	build,
	claims,
	connection,
	delivery,
	destinations,
	keys,
	queue,
	replica,
	rounds,
	schedule_core,
	sources,
)
from early_support.naming import opaque_name
from early_support.tests import export_factories as exports
from early_support.tests import factories, own_mariadb, receivers
from early_support.tests.case_factories import acting
from early_support.tests.export_factories import FIGURES, PSEUDONYM_KEY
from early_support.tests.factories import CONTROLLER, row_of

ROWS = "tapahtumat-1"
# In the cache, and where Frappe looks for it, the database of the tests' own servers is another site's.
DATABASE, READER, FOLLOWER = "own_of_a_test", "reader_of_a_test", "follower_of_a_test"
# Of each unit so many children had a visit in each month, so that nothing has to be hidden or left out.
CHILDREN, UNITS = 12, 3
WHOLE = {f"OWN-{number}": CHILDREN for number in range(UNITS)}
# One for the primary, and two in which the replica is to hold something else.
PERIOD, *OTHERS = ("2025-04", "2025-05", "2025-06")

# Approves what Administrator has asked for.
SECOND = "toinen@example.test"


@pytest.fixture(scope="module")
def servers(site, tmp_path_factory):
	"""A copy of the site's database at a server of its own, and another one that is to follow it: (primary, replica)."""
	if lacking := own_mariadb.missing():
		pytest.skip(f"a database server of its own needs {', '.join(lacking)}")
	folder = tmp_path_factory.mktemp("mariadb")
	primary = own_mariadb.Server(folder / "primary", "--log-bin=bin", "--server-id=1")
	follower = own_mariadb.Server(folder / "replica", "--server-id=2", "--read-only")
	conf = frappe.local.conf
	dump = own_mariadb.dump_of(
		conf.db_host or own_mariadb.HERE, int(conf.db_port or 3306), conf.db_name, conf.db_password
	)
	rights = {
		DATABASE: f"all on `{DATABASE}`.*",
		READER: f"select on `{DATABASE}`.*",
		FOLLOWER: "replication slave on *.*",
	}
	first = own_mariadb.Server(folder / "first")
	try:
		first.install()
		first.start()
		first.take_in(DATABASE, dump, rights)
		first.stop()
		for server in (primary, follower):
			server.copy_data_of(first)
			server.start()
		with working_at(primary):
			make_visits()
			frappe.db.commit()
		yield primary, follower
		with working_at(primary):
			frappe.cache.delete_keys("")
	finally:
		for server in (first, primary, follower):
			server.stop(signal.SIGKILL)
		shutil.rmtree(folder)


@contextmanager
def working_at(server: own_mariadb.Server):
	"""Let the site's database be that of another server inside, where each commit is one."""
	before, conf = frappe.local.db, frappe.local.conf
	with pytest.MonkeyPatch.context() as changed:
		for key, value in {
			"db_host": own_mariadb.HERE,
			"db_port": server.port,
			"db_name": DATABASE,
			"db_user": DATABASE,
			"db_password": own_mariadb.PASSWORD,
			"db_socket": None,
		}.items():
			changed.setitem(conf, key, value)
		frappe.connect()
		try:
			yield
		finally:
			frappe.db.close()
			frappe.local.db = before
	frappe.set_user("Administrator")


def make_visits() -> None:
	frappe.db.set_default("lang", "fi")
	factories.default_controller()
	factories.make_user("Reporting Officer", email=SECOND, language="fi")
	factories.make_assignment(SECOND, "Reporting Officer", controller=CONTROLLER)
	for unit in [factories.make_unit(code=f"OWN-{number}") for number in range(UNITS)]:
		for _child in range(CHILDREN):
			child = opaque_name()
			values = {"name": child, "unit": unit, "birth_date": "2020-01-15"}
			frappe.get_doc({"doctype": "Child", **values}).db_insert()
			for month in (PERIOD, *OTHERS):
				held = {"workflow_state": "Held", "visit_date": f"{month}-11", "number": 1}
				row_of("Visit", unit, child=child, support_period=opaque_name(), **held)


@pytest.fixture
def own(servers, monkeypatch, tmp_path):
	"""The site's database, for one test: a server that may be restarted."""
	monkeypatch.setitem(frappe.local.conf, keys.KEYS, {CONTROLLER: {"1": PSEUDONYM_KEY}})
	monkeypatch.setattr(build, "folder_of", lambda name: tmp_path / "private" / name)
	monkeypatch.setattr(frappe.utils, "get_system_timezone", lambda: "Europe/Helsinki")
	# Several pages of the few rows.
	monkeypatch.setattr(sources, "PAGE", 10)
	# A round does not wait.
	monkeypatch.setattr(rounds, "SETTLED_AFTER", -1)
	monkeypatch.setattr(schedule_core, "FIRST_WAIT", datetime.timedelta(0))
	with working_at(servers[0]):
		yield servers[0]
		# The next test asks for the same month.
		connection.restore()
		frappe.db.sql("update `tabReport Run` set workflow_state = 'Failed'")
		frappe.db.sql("update `tabReport Profile` set destination = null, file_format = 'CSV'")
		frappe.db.commit()


def ask(profile: str, period: str = PERIOD, file_format: str = "CSV"):
	frappe.db.set_value("Report Profile", profile, "file_format", file_format)
	run = frappe.get_doc(
		{"doctype": build.RUN, "profile": profile, "controller": CONTROLLER, "period": period}
	).insert()
	frappe.db.commit()
	return run


@contextmanager
def before_call(where: str, number: int, deed: Callable[[], object]):
	"""Let `deed` happen before the so-manieth call of a function, or before it gives the so-manieth of what it yields."""
	holder, _dot, name = where.rpartition(".")
	holder = pkgutil.resolve_name(holder)
	real, calls = getattr(holder, name), []

	def count() -> None:
		calls.append(1)
		if len(calls) == number:
			deed()

	def happens(*args, **kwargs):
		count()
		return real(*args, **kwargs)

	def happens_between(*args, **kwargs):
		for each in real(*args, **kwargs):
			count()
			yield each

	with pytest.MonkeyPatch.context() as changed:
		changed.setattr(holder, name, happens_between if name == "pages" else happens)
		yield
	assert len(calls) >= number


def go_round() -> None:
	"""Go the round of the scheduler, with the work that it puts into the queue."""
	at_once = []
	with pytest.MonkeyPatch.context() as changed:
		changed.setattr(
			queue, "_put", lambda method, name, _seconds, more: at_once.append((method, name, more))
		)
		rounds.take_up()
		for method, name, more in list(at_once):
			frappe.get_attr(method)(name=name, **more)
	frappe.set_user("Administrator")


def counted(run) -> dict[str, int]:
	"""Return how many visits a built run tells of, by unit as its data names it, and see that nothing else lies beside it."""
	assert (run.workflow_state, run.failure) == ("Built", None)
	build.check_files(run)
	made = [path for path, _sha256 in build.made_files(run)]
	assert set(made) == set(build.folder_of(run.name).iterdir())
	found = Counter()
	for row in read(made[0]):
		if row["toimipaikka_oid"] != "kaikki":
			found[row["toimipaikka_oid"]] += int(row["lkm"])
	return found


def read(path: Path) -> list[dict]:
	if path.suffix == ".xlsx":
		head, *rows = openpyxl.load_workbook(path, read_only=True)["Tiedot"].values
		return [dict(zip(head, row, strict=True)) for row in rows]
	with path.open(encoding="utf-8-sig", newline="") as file:
		return list(csv.DictReader(file, delimiter=";"))


@pytest.fixture(params=["Folder", "SFTP", "HTTPS"])
def target(request, own, monkeypatch, tmp_path) -> Path:
	"""Where the files of the profile of figures arrive."""
	root = tmp_path / "target"
	root.mkdir()
	with ExitStack() as stack:
		if request.param == "Folder":
			monkeypatch.setitem(frappe.local.conf, destinations.FOLDERS, {"raportointi": str(root)})
			values = {"kind": "Folder", "folder": "raportointi"}
		elif request.param == "SFTP":
			values = exports.sftp_values(stack.enter_context(receivers.sftp_receiver(root)))
		else:
			values = exports.https_values(stack.enter_context(receivers.https_receiver(root)))
		exports.to(values)
		frappe.db.commit()
		yield root


def approved():
	"""Return a run of figures that was built, and approved for where the profile brings its files."""
	run = validated()
	approve(run)
	run.reload()
	assert run.workflow_state == "Approved"
	return run


def validated():
	run = ask(FIGURES)
	build.build(run.name)
	run.reload()
	apply_workflow(run, "Validate")
	frappe.db.commit()
	return run


def approve(run) -> None:
	with acting(SECOND):
		apply_workflow(frappe.get_doc(build.RUN, run.name), "Approve")
	frappe.db.commit()


# The worker is killed ----------------------------------------------------------------------------------------------------


def killed_at(where: str, number: int, work: Callable[[], object]) -> None:
	"""Let a process of its own do something, and be killed on the way; nobody is at its run any more in the end."""
	worker = os.fork()
	if not worker:
		try:
			# One of its own: the other process goes on with the one that it has.
			frappe.connect()
			with before_call(where, number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
				work()
		finally:
			os._exit(1)
	_pid, status = os.waitpid(worker, 0)
	assert os.WIFSIGNALED(status)
	assert os.WTERMSIG(status) == signal.SIGKILL
	frappe.db.rollback()


def let_go_of(run) -> None:
	"""Wait until the server has noticed whose connection has ended."""
	until = time.monotonic() + 10
	while claims.is_claimed(run.name):
		assert time.monotonic() < until
		time.sleep(0.02)


@pytest.fixture
def elsewhere(monkeypatch, tmp_path) -> Path:
	"""Where the machine keeps what is forgotten."""
	folder = tmp_path / "elsewhere"
	folder.mkdir()
	monkeypatch.setattr(tempfile, "tempdir", str(folder))
	return folder


@pytest.mark.parametrize(
	("what", "where", "number"),
	[
		((ROWS, "CSV"), "sources.Reader.pages", 2),
		((ROWS, "CSV"), "spool.Spool.add", 2),
		((ROWS, "CSV"), "crowd.Crowd.add_all", 3),
		((ROWS, "CSV"), "build.coarsen", 2),
		((ROWS, "CSV"), "writers.CsvWriter.write_columns", 2),
		((ROWS, "XLSX"), "writers.XlsxWriter.put", 20),
		((ROWS, "XLSX"), "writers.XlsxWriter.finish", 1),
		# The data has a name of its own; before that, it is whole and has none.
		((ROWS, "CSV"), "files._to_disk", 1),
		((ROWS, "CSV"), "files._to_disk", 2),
		((ROWS, "CSV"), "manifest.write_json", 1),
		((ROWS, "CSV"), "manifest.write_json", 2),
		((FIGURES, "CSV"), "monthly._count", 3),
		((FIGURES, "CSV"), "writers.CsvWriter.put", 2),
		# All is there, and nobody knows.
		((FIGURES, "CSV"), "build._settle", 1),
	],
)
def test_whoever_builds_is_killed(own, elsewhere, what, where, number):
	profile, file_format = what
	run = ask(profile, file_format=file_format)
	killed_at(f"early_support.export.{where}", number, lambda: build.build(run.name))
	let_go_of(run)
	run.reload()
	assert (run.workflow_state, run.attempts, run.manifest) == ("Queued", 1, None)
	go_round()
	run.reload()
	assert run.attempts == 2
	assert counted(run) == WHOLE
	# Nothing of the rows lies where nobody looks for it.
	assert list(elsewhere.iterdir()) == []


def test_whoever_asks_is_killed_before_a_worker_is_told(own):
	killed_at("early_support.export.queue._put", 1, lambda: ask(ROWS))
	run = frappe.get_last_doc(build.RUN, {"workflow_state": "Queued"})
	assert run.attempts == 0
	go_round()
	run.reload()
	assert run.attempts == 1
	assert counted(run) == WHOLE


@pytest.mark.parametrize(
	("target", "where", "number"),
	[
		# Of the first file there is nothing yet; the second is whole, and has no name of its own; it has one.
		("Folder", "shutil.copyfile", 1),
		("Folder", "early_support.export.files._to_disk", 3),
		("Folder", "early_support.export.files._to_disk", 4),
		("SFTP", "asyncssh.SFTPClientFile.write", 1),
		("SFTP", "asyncssh.SFTPClient.rename", 2),
		("SFTP", "early_support.export.sftp._bring", 3),
		("HTTPS", "early_support.export.https._Client.bring", 2),
		# All files have arrived, and nobody knows.
		("Folder", "early_support.export.delivery._note", 2),
		("SFTP", "early_support.export.delivery._note", 2),
		("HTTPS", "early_support.export.delivery._note", 2),
		# It was approved, and no worker was told.
		("Folder", "early_support.export.queue._put", 1),
	],
	indirect=["target"],
)
def test_whoever_delivers_is_killed(own, target, where, number):
	told = where.endswith("_put")
	run = validated() if told else approved()
	work = partial(approve, run) if told else partial(delivery.deliver, run.name)
	killed_at(where, number, work)
	let_go_of(run)
	run.reload()
	assert (run.workflow_state, run.attempts) == ("Approved", 0 if told else 1)
	before = {path.name: path.stat().st_mtime_ns for path in target.iterdir()}
	# Under its own name each file that is there is whole.
	for path, sha256 in build.made_files(run):
		if path.name in before:
			build.files.check_hash(target / path.name, sha256)
	go_round()
	run.reload()
	assert run.workflow_state in {"Sent", "Acknowledged"}
	assert run.failure is None
	assert exports.arrived(run, target)
	# What had arrived was not brought once more.
	after = {path.name: path.stat().st_mtime_ns for path in target.iterdir()}
	assert {name: at for name, at in before.items() if not name.endswith(".part")}.items() <= after.items()


# MariaDB is started anew -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("profile", "where", "number", "how"),
	[
		(FIGURES, "early_support.export.monthly._count", 3, signal.SIGTERM),
		(FIGURES, "early_support.export.manifest.write_json", 2, signal.SIGKILL),
		(ROWS, "early_support.export.sources.Reader.pages", 2, signal.SIGKILL),
		(ROWS, "early_support.export.manifest.write_json", 1, signal.SIGTERM),
	],
)
def test_it_is_restarted_while_a_run_is_built(own, profile, where, number, how):
	run = ask(profile)
	with before_call(where, number, partial(own.restart, how)):
		build.build(run.name)
	run.reload()
	assert (run.workflow_state, run.attempts) == ("Queued", 1)
	lost = r"Yhteys tietokantaan katkesi \(\d+\)\. Yritetään uudelleen muutaman minuutin kuluttua\."
	assert re.fullmatch(lost, run.failure), run.failure
	assert not build.folder_of(run.name).exists()
	go_round()
	run.reload()
	assert run.attempts == 2
	assert counted(run) == WHOLE


def test_it_stays_away_for_longer_than_a_worker_waits(own, monkeypatch):
	monkeypatch.setattr(connection, "PATIENCE", 0)
	run = ask(FIGURES)
	with (
		before_call("early_support.export.monthly._count", 3, partial(own.stop, signal.SIGKILL)),
		pytest.raises(frappe.db.OperationalError),
	):
		build.build(run.name)
	own.start()
	connection.restore()
	run.reload()
	assert (run.workflow_state, run.attempts, run.failure) == ("Queued", 1, None)
	go_round()
	run.reload()
	assert run.attempts == 2
	assert counted(run) == WHOLE


@pytest.mark.parametrize(
	("target", "where", "number", "is_there"),
	[
		# Where it goes is not read yet: nothing has arrived.
		("SFTP", "early_support.export.destinations.send", 1, False),
		# All of it has arrived in the end, and is noted.
		("SFTP", "early_support.export.sftp._bring", 2, True),
	],
	indirect=["target"],
)
def test_it_is_restarted_while_files_are_delivered(own, target, where, number, is_there):
	run = approved()
	with before_call(where, number, partial(own.restart, signal.SIGKILL)):
		delivery.deliver(run.name)
	run.reload()
	assert (run.workflow_state, run.attempts) == ("Sent" if is_there else "Approved", 1)
	if not is_there:
		assert list(target.iterdir()) == []
		assert re.fullmatch(r"Yhteys tietokantaan katkesi \(\d+\)\. Uusi yritys tehdään .+", run.failure)
	go_round()
	run.reload()
	assert (run.workflow_state, run.failure, run.attempts) == ("Sent", None, 1 if is_there else 2)
	assert exports.arrived(run, target)


# The read replica --------------------------------------------------------------------------------------------------------


@pytest.fixture
def follower(own, servers, monkeypatch):
	"""The read replica of the site: another server, which carries out what this one has done, and lets its reader only read."""
	follower = servers[1]
	if not follower.sql("show slave status"):
		follower.follow(own, FOLLOWER)
	for key, value in {
		"read_from_replica": 1,
		"replica_host": own_mariadb.HERE,
		"replica_db_port": follower.port,
		"different_credentials_for_replica": 1,
		"replica_db_name": READER,
		"replica_db_user": READER,
		"replica_db_password": own_mariadb.PASSWORD,
	}.items():
		monkeypatch.setitem(frappe.local.conf, key, value)
	return follower


@pytest.mark.parametrize(("profile", "period"), [(FIGURES, OTHERS[0]), (ROWS, OTHERS[1])])
def test_a_replica_is_waited_for_and_then_read(follower, monkeypatch, profile, period):
	follower.sql("stop slave")
	run = ask(profile, period)
	with monkeypatch.context() as hurried:
		hurried.setattr(replica, "PATIENCE", 0)
		build.build(run.name)
	run.reload()
	assert (run.workflow_state, run.attempts) == ("Queued", 1)
	assert run.failure.startswith("Tietokannan lukukopio on yli 0 sekuntia jäljessä.")
	follower.sql("start slave")
	wait_until_it_follows(follower)
	# The file tells of what the replica holds, and of nothing else.
	follower.sql(
		f"delete from tabVisit where unit = 'OWN-0' and visit_date = '{period}-11' order by name limit 1",
		DATABASE,
	)
	go_round()
	run.reload()
	assert counted(run) == {**WHOLE, "OWN-0": CHILDREN - 1}


def wait_until_it_follows(follower: own_mariadb.Server) -> None:
	"""Wait until the replica holds all that was stored."""
	[[position]] = frappe.db.sql("select @@gtid_binlog_pos")
	assert follower.sql(f"select master_gtid_wait('{position}', 30)") == "0"


def test_a_replica_that_is_restarted(follower):
	run = ask(ROWS)
	wait_until_it_follows(follower)
	pages = "early_support.export.sources.Reader.pages"
	with before_call(pages, 2, partial(follower.restart, signal.SIGKILL)):
		build.build(run.name)
	run.reload()
	assert (run.workflow_state, run.attempts) == ("Queued", 1)
	assert re.match(r"Tietokannan lukukopiota ei voitu lukea \(\d+\)\. Yritetään uudelleen", run.failure), (
		run.failure
	)
	assert not build.folder_of(run.name).exists()
	go_round()
	run.reload()
	assert run.attempts == 2
	assert counted(run) == WHOLE
