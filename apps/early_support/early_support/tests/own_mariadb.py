"""MariaDB servers of a test's own, on 127.0.0.1: one may be stopped, or killed, and started anew, as no server is that others work with. Pure."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

HERE = "127.0.0.1"
PASSWORD = secrets.token_urlsafe(24)
PROGRAMS = ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump")
SECONDS = 60
# Small, and the same for whoever makes the data folder and whoever reads it. Nothing waits for the disk: a server may die here,
# the machine may not.
SMALL = ("--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--innodb-flush-method=nosync")
AS_ROOT = ("--user=root",) if os.geteuid() == 0 else ()


def missing() -> list[str]:
	"""Return the programs that this machine does not have."""
	return [name for name in PROGRAMS if not _find(name)]


def _find(name: str) -> str | None:
	# Servers stand in folders where not everybody looks for programs.
	return shutil.which(name, path=os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/usr/local/sbin")))


def dump_of(host: str, port: int, database: str, password: str) -> bytes:
	"""Return a database as SQL: with its triggers, which whoever loads it makes as his own."""
	command = [
		_find("mariadb-dump"),
		"--no-defaults",
		f"--host={host}",
		f"--port={port}",
		f"--user={database}",
	]
	command += ["--single-transaction", "--quick", "--no-tablespaces", database]
	done = subprocess.run(
		command, env={**os.environ, "MYSQL_PWD": password}, capture_output=True, check=True, timeout=SECONDS
	)
	return re.sub(rb"DEFINER=`[^`]*`@`[^`]*`", b"", done.stdout)


class Server:
	"""A server with its data in a folder of its own. `options` are those of mariadbd; the port stays the same for all of its life."""

	def __init__(self, folder: Path, *options: str) -> None:
		self.data, self.options, self.process = folder / "data", options, None
		folder.mkdir(parents=True)
		self.temporary = folder / "tmp"
		self.temporary.mkdir()
		with socket.socket() as any_free:
			any_free.bind((HERE, 0))
			self.port = any_free.getsockname()[1]

	def install(self) -> None:
		"""Make an empty data folder."""
		command = [_find("mariadb-install-db"), "--no-defaults", f"--datadir={self.data}", *SMALL, *AS_ROOT]
		command += [
			"--auth-root-authentication-method=normal",
			"--skip-test-db",
			"--skip-name-resolve",
			"--force",
		]
		subprocess.run(command, capture_output=True, check=True, timeout=SECONDS)

	def copy_data_of(self, other: "Server") -> None:
		"""Take over the data folder of a server that does not run."""
		shutil.copytree(other.data, self.data, ignore=shutil.ignore_patterns("mariadb.sock", "mariadb.pid"))

	def start(self) -> None:
		"""Start it, and wait until it answers."""
		command = [_find("mariadbd"), "--no-defaults", f"--datadir={self.data}", f"--port={self.port}"]
		# A socket's path may have no more than 107 characters: this one is relative to the data folder.
		command += ["--socket=mariadb.sock", "--pid-file=mariadb.pid", f"--tmpdir={self.temporary}"]
		command += [f"--bind-address={HERE}", "--skip-name-resolve", "--performance-schema=OFF"]
		command += ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci"]
		with (self.data.parent / "log").open("ab") as log:
			self.process = subprocess.Popen(
				[*command, *SMALL, *self.options, *AS_ROOT],
				stdin=subprocess.DEVNULL,
				stdout=log,
				stderr=log,
			)
		until = time.monotonic() + SECONDS
		while True:
			try:
				self.sql("select 1")
				return
			except subprocess.CalledProcessError:
				if self.process.poll() is not None or time.monotonic() > until:
					raise
			time.sleep(0.05)

	def stop(self, number: int = signal.SIGTERM) -> None:
		"""Stop it, or with SIGKILL break it off, and wait until it has gone."""
		if self.process:
			with suppress(ProcessLookupError):
				self.process.send_signal(number)
			self.process.wait(SECONDS)
			self.process = None

	def restart(self, number: int = signal.SIGTERM) -> None:
		"""Stop it and start it anew."""
		self.stop(number)
		self.start()

	def sql(self, statements: str | bytes, database: str = "") -> str:
		"""Carry out statements as root, and return what they say: a line for each row, with tabs between the values."""
		command = [_find("mariadb"), "--no-defaults", "--socket=mariadb.sock", "--user=root", "--batch"]
		done = subprocess.run(
			[*command, "--skip-column-names", *([database] if database else [])],
			cwd=self.data,
			input=statements.encode() if isinstance(statements, str) else statements,
			capture_output=True,
			check=True,
			timeout=SECONDS,
		)
		return done.stdout.decode().strip()

	def take_in(self, database: str, dump: bytes, users: Mapping[str, str]) -> None:
		"""Make a database of a dump, and users with PASSWORD: name → what they may do, and of what (`select on site.*`)."""
		self.sql(f"create database `{database}`")
		self.sql(dump, database)
		for user, rights in users.items():
			self.sql(f"create user '{user}'@'%' identified by '{PASSWORD}'; grant {rights} to '{user}'@'%'")

	def follow(self, primary: "Server", user: str) -> None:
		"""Carry out what the other one has done since it was started for the first time with a binary log, and all that it does from now on."""
		self.sql(
			f"change master to master_host='{HERE}', master_port={primary.port}, master_user='{user}',"
			f" master_password='{PASSWORD}', master_ssl=0, master_use_gtid=slave_pos, master_connect_retry=1;"
			" start slave"
		)
