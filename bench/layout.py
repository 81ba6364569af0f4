"""Where everything of the trial bench lies, and which ports it uses."""

from __future__ import annotations

import json
import os
import secrets
import socket
from pathlib import Path

from bench.errors import EsError

REPO = Path(__file__).resolve().parent.parent
APP = "early_support"
SITE = "early-support.localhost"
TEST_SITE = "test.localhost"
# The test site before anything was loaded into it: tests copy it.
EMPTY_SITE = "test-empty.localhost"
BENCHMARK_SITE = "benchmark.localhost"
HOST = "127.0.0.1"


def cache_dir() -> Path:
	"""Return the user's cache folder of this tool: downloads outlive the clone there. `ES_CACHE` names another."""
	if named := os.environ.get("ES_CACHE"):
		return Path(named)
	return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "early-support"


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
	"""Write a small file so that a reader, or a killed writer, never leaves half of it."""
	part = path.with_name(f".{path.name}.part")
	descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
	with os.fdopen(descriptor, "w") as handle:
		handle.write(text)
		handle.flush()
		os.fsync(handle.fileno())
	os.replace(part, path)


def free_port(start: int) -> int:
	"""Return the first free TCP port on 127.0.0.1 from `start` upwards."""
	for port in range(start, 65535):
		with socket.socket() as probe:
			try:
				probe.bind((HOST, port))
			except OSError:
				continue
			return port
	raise OSError("no free port")


class Layout:
	"""The folders of one bench. The default is `.bench` in the clone; `ES_BENCH` names another."""

	def __init__(self, root: Path | None = None):
		self.root = Path(root or os.environ.get("ES_BENCH") or REPO / ".bench").absolute()
		self.apps = self.root / "apps"
		self.sites = self.root / "sites"
		self.env = self.root / "env"
		self.config = self.root / "config"
		self.logs = self.root / "logs"
		self.run = self.root / "run"
		self.state = self.root / "state"
		self.mariadb = self.root / "mariadb"
		self.node = self.root / "node"
		self.procfile = self.root / "Procfile"
		self.common_config = self.sites / "common_site_config.json"
		self.assets_source = REPO / "bench" / "assets"

	@property
	def python(self) -> Path:
		return self.env / "bin" / "python"

	@property
	def mark(self) -> Path:
		return self.root / ".early-support-bench"

	def is_ours(self) -> bool:
		"""Tell whether `make` made this folder: only such a one is ever changed or removed."""
		return self.mark.exists()

	def make(self) -> None:
		"""Create the folders of a standard bench (apps, sites, env, config, logs) and ours beside them.

		Raises EsError when the folder holds something that is not ours.
		"""
		if not self.is_ours() and self.root.exists() and any(self.root.iterdir()):
			raise EsError(
				f"{self.root} is not a bench of ours",
				"it is not empty",
				"Name another folder with ES_BENCH, or none for .bench.",
			)
		self.root.mkdir(parents=True, exist_ok=True)
		self.mark.touch()
		for folder in (self.apps, self.sites, self.config, self.logs, self.run, self.state):
			folder.mkdir(parents=True, exist_ok=True)
		(self.config / "pids").mkdir(exist_ok=True)

	def read_config(self) -> dict:
		"""Return the bench's common site configuration, empty when there is none yet."""
		try:
			return json.loads(self.common_config.read_text())
		except FileNotFoundError:
			return {}

	def update_config(self, **values) -> dict:
		"""Set keys of the common site configuration and return all of it."""
		config = self.read_config() | values
		# While a site is made it holds the database's root password.
		write_atomically(self.common_config, json.dumps(config, indent=1, sort_keys=True) + "\n", mode=0o600)
		return config

	def secret(self, name: str) -> str:
		"""Return a random secret of this bench, made at the first call and kept in a file only its owner can read."""
		path = self.config / "secrets.json"
		known = json.loads(path.read_text()) if path.exists() else {}
		if name not in known:
			known[name] = secrets.token_urlsafe(24)
			write_atomically(path, json.dumps(known, indent=1) + "\n", mode=0o600)
		return known[name]

	def ports(self) -> dict[str, int]:
		"""Return the private ports (MariaDB, the two Valkeys, gunicorn), chosen free at the first call and then kept."""
		config = self.read_config()
		ports = config.get("es_ports") or {}
		start = 13300
		for name in ("mariadb", "redis_cache", "redis_queue", "gunicorn"):
			if name not in ports:
				ports[name] = free_port(max([start, *(port + 1 for port in ports.values())]))
		if ports != config.get("es_ports"):
			self.update_config(es_ports=ports)
		return ports
