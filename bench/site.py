"""Frappe's sites in the bench: making one, upgrading it, the demo municipality, passwords."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress

from bench import machine, network, services
from bench.errors import EsError, tail
from bench.layout import APP, HOST, Layout, write_atomically
from bench.program import run


def frappe_command(site: str | None, *words: str) -> list[str]:
	"""Return the arguments that follow the bench's Python for a Frappe command on a site."""
	return ["-m", "frappe.utils.bench_helper", "frappe", *(["--site", site] if site else []), *words]


def frappe_environment(layout: Layout) -> dict[str, str]:
	"""Return the environment in which Frappe runs: the bench's programs first, no user-wide Python settings."""
	env = network.environment()
	env["PATH"] = os.pathsep.join(
		[str(layout.env / "bin"), str(layout.root / "bin"), machine.path_with_sbin()]
	)
	env["PYTHONNOUSERSITE"] = "1"
	# Frappe imports GitPython, which must not refuse to load where git is missing.
	env["GIT_PYTHON_REFRESH"] = "quiet"
	return env


def frappe(  # noqa: PLR0913, PLR0917 — as in program.run
	layout: Layout,
	site: str | None,
	words: Sequence[str],
	log: str,
	what: str,
	progress: Callable[[str], None] | None = None,
	stdin: str | None = None,
) -> str:
	"""Run a Frappe command to its end and return its output. Raises EsError with the end of the log."""
	return run(
		[layout.python, *frappe_command(site, *words)],
		layout.logs / f"{log}.log",
		what,
		cwd=layout.sites,
		env=frappe_environment(layout),
		progress=progress,
		stdin=stdin,
	)


def make_mysql_names(layout: Layout) -> None:
	"""Give Frappe the client programs under the names it calls, where Debian has only the new ones."""
	folder = layout.root / "bin"
	folder.mkdir(exist_ok=True)
	for old, new in (("mysql", "mariadb"), ("mysqldump", "mariadb-dump")):
		if not machine.find(old) and (program := machine.find(new)):
			link = folder / old
			link.unlink(missing_ok=True)
			link.symlink_to(program)


def exists(layout: Layout, site: str) -> bool:
	"""Tell whether the site was made to its end (`create` writes the mark last)."""
	return (layout.sites / site / ".es-complete").exists()


def create(layout: Layout, site: str, progress: Callable[[str], None], **config) -> None:
	"""Make a site with the app, from nothing: what an interrupted try left is removed first.

	`config` goes to the site's configuration. The Administrator's password is random and told to nobody: `set_passwords`
	gives one that is.
	"""
	make_mysql_names(layout)
	shutil.rmtree(layout.sites / site, ignore_errors=True)
	secrets_of_install = {
		"root_login": "root",
		"root_password": layout.secret("mariadb_root"),
		"admin_password": secrets.token_urlsafe(24),
	}
	layout.update_config(**secrets_of_install)
	try:
		frappe(
			layout,
			None,
			[
				"new-site",
				site,
				"--force",
				"--no-mariadb-socket",
				"--db-type",
				"mariadb",
				"--install-app",
				APP,
			],
			f"new-site-{site}",
			f"the site {site} could not be made",
			progress,
		)
	finally:
		remaining = {
			key: value for key, value in layout.read_config().items() if key not in secrets_of_install
		}
		write_atomically(
			layout.common_config, json.dumps(remaining, indent=1, sort_keys=True) + "\n", mode=0o600
		)
	path = layout.sites / site / "site_config.json"
	write_atomically(path, json.dumps(json.loads(path.read_text()) | config, indent=1) + "\n", mode=0o600)
	if f"{APP}" not in frappe(layout, site, ["list-apps"], f"list-apps-{site}", "the site does not answer"):
		raise EsError(
			f"the app is not installed on {site}",
			"Frappe did not list it",
			f"See {layout.logs}/new-site-{site}.log.",
		)
	frappe(layout, site, ["enable-scheduler"], f"scheduler-{site}", "the scheduler could not be switched on")
	(layout.sites / site / ".es-complete").touch()


def copy(layout: Layout, source: str, target: str) -> None:
	"""Make `target` a copy of the site `source`: database, files, settings. What was there before is replaced.

	Raises EsError with the end of the log.
	"""
	database = "_" + hashlib.sha1(target.encode(), usedforsecurity=False).hexdigest()[:16]
	config = json.loads((layout.sites / source / "site_config.json").read_text())
	copied = config | {"db_name": database, "db_password": secrets.token_urlsafe(24)}
	folder = layout.sites / target
	shutil.rmtree(folder, ignore_errors=True)
	account = f"'{database}'@'%'"
	_sql(
		layout,
		f"DROP DATABASE IF EXISTS `{database}`; CREATE DATABASE `{database}`;"
		f" CREATE OR REPLACE USER {account} IDENTIFIED BY '{copied['db_password']}';"
		f" GRANT ALL PRIVILEGES ON `{database}`.* TO {account};",
	)
	_copy_database(layout, config["db_name"], database)
	shutil.copytree(layout.sites / source, folder, ignore=shutil.ignore_patterns("site_config.json", "locks"))
	(folder / "locks").mkdir()
	write_atomically(folder / "site_config.json", json.dumps(copied, indent=1) + "\n", mode=0o600)
	# What a site of that name has left in the cache would be taken for the copy's.
	frappe(layout, target, ["clear-cache"], f"clear-cache-{target}", "the copy does not answer")


def _sql(layout: Layout, statements: str) -> None:
	"""Carry out statements as the database's root. They go by stdin: a command line would show the passwords."""
	run(
		services.mariadb_client(layout, layout.ports()["mariadb"]),
		layout.logs / "sql.log",
		"the database refused",
		env=services.client_environment(layout),
		stdin=statements,
	)


def _copy_database(layout: Layout, source: str, target: str) -> None:
	port, env = layout.ports()["mariadb"], services.client_environment(layout)
	client = services.mariadb_client(layout, port)
	dump = [
		machine.find("mariadb-dump") or "mariadb-dump",
		*client[1:],
		"--single-transaction",
		"--quick",
		source,
	]
	log = layout.logs / f"copy-{target}.log"
	with (
		open(log, "wb") as errors,
		subprocess.Popen(dump, env=env, stdout=subprocess.PIPE, stderr=errors) as writer,
		subprocess.Popen(
			[*client, target], env=env, stdin=subprocess.PIPE, stdout=errors, stderr=errors
		) as reader,
	):
		try:
			for line in writer.stdout:
				# A trigger would be carried out as the user of the source, who has no right to the copy.
				trigger = line.startswith(b"/*!50003 CREATE*/")
				reader.stdin.write(re.sub(rb"DEFINER=`[^`]*`@`[^`]*`", b"", line) if trigger else line)
			reader.stdin.close()
		except BrokenPipeError:
			writer.kill()
			# What is left in the buffer would break again, and hide why the client has ended.
			with suppress(BrokenPipeError):
				reader.stdin.close()
	if writer.returncode or reader.returncode:
		raise EsError(
			f"the database {source} could not be copied", tail(log), f"The whole output is in {log}."
		)


def migrate(layout: Layout, site: str, progress: Callable[[str], None]) -> None:
	"""Bring a site up to the app's present version."""
	frappe(layout, site, ["migrate"], f"migrate-{site}", f"the site {site} could not be migrated", progress)


def load_demo(layout: Layout, site: str, language: str, progress: Callable[[str], None]) -> None:
	"""Load the demo municipality; what an interrupted try left is completed."""
	words = ["early-support-demo", "load", "--lang", language]
	frappe(layout, site, words, f"demo-{site}", "the demo municipality could not be loaded", progress)


def set_passwords(layout: Layout, site: str) -> list[dict]:
	"""Give Administrator and each demo user a new random password and return who they are.

	Returns rows with user, name, role, unit, password.
	"""
	command = [
		str(layout.python),
		*frappe_command(site, "early-support-demo", "passwords", "--administrator"),
	]
	# Not through `run`, which would keep the output, with the passwords, in a log file.
	answer = subprocess.run(
		command, cwd=layout.sites, env=frappe_environment(layout), capture_output=True, text=True, check=False
	)
	if answer.returncode:
		raise EsError("the passwords could not be set", answer.stderr[-1500:], "Try `./es demo passwords`.")
	return json.loads(answer.stdout[answer.stdout.index("[") :])


def ping(port: int, site: str) -> bool:
	"""Tell whether the web process answers for the site on a port of this machine."""
	import urllib.request

	request = urllib.request.Request(
		f"http://{HOST}:{port}/api/method/ping", headers={"X-Frappe-Site-Name": site}
	)
	try:
		with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
			request, timeout=10
		) as response:
			return b"pong" in response.read()
	except OSError:
		return False
