"""The steps that make a bench. Each knows when it is done, so that a second `up` skips it and an interrupted one goes on."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import sys
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from bench import machine, network, restore, services, site
from bench.errors import EsError
from bench.layout import APP, HOST, REPO, SITE, Layout, cache_dir, write_atomically
from bench.program import run

UV_VERSION = "0.13.9"
# Platform → (the wheel's platform tag, its SHA-256).
UV_WHEELS = {
	"x86_64": (
		"manylinux_2_17_x86_64.manylinux2014_x86_64",
		"d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
	),
	"aarch64": ("manylinux_2_28_aarch64", "ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375"),
}

# What `bench` and pip need beside the restored package to treat it as an app.
FRAPPE_PYPROJECT = """\
[project]
name = "frappe"
description = "Frappe framework 15.0.0-dev, restored for trial and tests"
dynamic = ["version"]

[build-system]
requires = ["flit_core >=3.4,<4"]
build-backend = "flit_core.buildapi"
"""


@dataclass(frozen=True)
class Step:
	"""One step: `done` tells whether its result stands, `fingerprint` names the inputs that it was made from."""

	key: str
	title: str
	fingerprint: Callable[[], str]
	done: Callable[[], bool]
	work: Callable[[Callable[[str], None]], None]


def digest(*parts: str | bytes | Path) -> str:
	"""Return a short digest of texts and of files' contents."""
	found = hashlib.sha256()
	for part in parts:
		content = (
			part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
		)
		found.update(len(content).to_bytes(8) + content)
	return found.hexdigest()[:24]


def tree_digest(root: Path, passed_over: Iterable[str] = ()) -> str:
	"""Return a digest of every file's path and content below `root`, but for folders of the given names."""
	found = hashlib.sha256()
	skip = {"__pycache__", "node_modules", *passed_over}
	for folder, folders, files in os.walk(root):
		folders[:] = sorted(name for name in folders if name not in skip)
		for name in sorted(files):
			path = Path(folder, name)
			if path.is_file():
				found.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
	return found.hexdigest()[:24]


class Maker:
	"""Makes one bench, step by step."""

	def __init__(self, layout: Layout):
		self.layout = layout
		self.app = REPO / "apps" / APP

	# bookkeeping

	def _mark(self, key: str) -> Path:
		return self.layout.state / f"{key}.json"

	def is_done(self, step: Step) -> bool:
		"""Tell whether the step was carried through with the same inputs and its result is still there."""
		try:
			mark = json.loads(self._mark(step.key).read_text())
		except (OSError, json.JSONDecodeError):
			return False
		return mark.get("fingerprint") == step.fingerprint() and step.done()

	def carry_out(self, step: Step, progress: Callable[[str], None]) -> None:
		"""Do the step. Its mark is removed before and written after, so nothing half-made is taken for done."""
		self._mark(step.key).unlink(missing_ok=True)
		fingerprint = step.fingerprint()
		step.work(progress)
		if not step.done():
			raise EsError(f"“{step.title}” left no result", "", f"See the logs in {self.layout.logs}.")
		write_atomically(self._mark(step.key), json.dumps({"fingerprint": fingerprint}))

	def forget(self, key: str) -> None:
		"""Have a step done again at the next `up`."""
		self._mark(key).unlink(missing_ok=True)

	# the steps

	def machine_step(
		self, packages: dict[str, str], key: str = "machine", title: str = "Programs of the machine"
	) -> Step:
		return Step(
			key,
			title,
			lambda: digest(*packages.values()),
			lambda: not machine.missing(packages),
			lambda progress: machine.install(self.layout, packages, progress),
		)

	@property
	def uv(self) -> Path:
		return cache_dir() / "tools" / f"uv-{UV_VERSION}" / "uv"

	def uv_step(self) -> Step:
		return Step("uv", "uv, the package installer", lambda: UV_VERSION, self.uv.exists, self._install_uv)

	def _install_uv(self, progress) -> None:
		kind = os.uname().machine
		if kind not in UV_WHEELS:
			raise EsError(
				f"no uv is pinned for {kind}",
				"the bench runs on x86-64 and arm64 Linux",
				"Use such a machine.",
			)
		tag, sha256 = UV_WHEELS[kind]
		name = f"uv-{UV_VERSION}-py3-none-{tag}.whl"
		progress("downloading")
		wheel = network.download("uv", name, sha256, cache_dir() / "downloads")
		folder = self.uv.parent
		part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
		part.mkdir(parents=True, exist_ok=True)
		with zipfile.ZipFile(wheel) as archive:
			(part / "uv").write_bytes(archive.read(f"uv-{UV_VERSION}.data/scripts/uv"))
		(part / "uv").chmod(0o755)
		shutil.rmtree(folder, ignore_errors=True)
		os.replace(part, folder)

	def python_step(self) -> Step:
		lock = REPO / "bench" / "python" / "requirements.txt"
		return Step(
			"python",
			"Python packages",
			lambda: digest(lock, sys.version, str(self.layout.root)),
			self.layout.python.exists,
			lambda progress: self._install_python(lock, progress),
		)

	def _install_python(self, lock: Path, progress) -> None:
		env = network.environment()
		log = self.layout.logs / "python.log"
		shutil.rmtree(self.layout.env, ignore_errors=True)
		self.forget("apps")
		run(
			[self.uv, "venv", "--python", sys.executable, self.layout.env],
			log,
			"the Python environment could not be made",
			env=env,
		)
		progress("downloading and installing")
		command = [
			self.uv,
			"pip",
			"install",
			"--python",
			self.layout.python,
			"--require-hashes",
			"--requirements",
			lock,
		]
		run(command, log, "the Python packages could not be installed", env=env)

	def frappe_step(self) -> Step:
		target = self.layout.apps / "frappe" / "frappe"
		return Step(
			"frappe",
			f"Frappe {restore.FRAPPE_VERSION}",
			lambda: digest(
				restore.WHEEL_SHA256, restore.TREE_SHA256, repr(restore.ADAPTATIONS), FRAPPE_PYPROJECT
			),
			(target / "__init__.py").exists,
			lambda progress: self._restore_frappe(target, progress),
		)

	def _restore_frappe(self, target: Path, progress) -> None:
		self.forget("apps")
		self.forget("assets")
		name = f"{restore.WHEEL_NAME}-{restore.WHEEL_VERSION}-py3-none-any.whl"
		progress("downloading")
		wheel = network.download(restore.WHEEL_NAME, name, restore.WHEEL_SHA256, cache_dir() / "downloads")
		progress("restoring")
		target.parent.mkdir(parents=True, exist_ok=True)
		(target.parent / "pyproject.toml").write_text(FRAPPE_PYPROJECT)
		restore.restore(wheel, target)

	def apps_step(self) -> Step:
		link = self.layout.apps / APP
		return Step(
			"apps",
			"Apps in the bench",
			lambda: digest(FRAPPE_PYPROJECT, self.app / "pyproject.toml", str(self.app)),
			lambda: link.exists() and (self.layout.sites / "apps.txt").exists(),
			lambda progress: self._link_apps(link, progress),
		)

	def _link_apps(self, link: Path, progress) -> None:
		if link.is_symlink():
			link.unlink()
		link.symlink_to(self.app)
		command = [
			self.uv,
			"pip",
			"install",
			"--python",
			self.layout.python,
			"--no-deps",
			"--no-build-isolation",
		]
		for app in ("frappe", APP):
			command += ["--editable", self.layout.apps / app]
		run(
			command,
			self.layout.logs / "apps.log",
			"the apps could not be put into the bench",
			env=network.environment(),
		)
		write_atomically(self.layout.sites / "apps.txt", f"frappe\n{APP}\n")

	def node_step(self) -> Step:
		source = self.layout.assets_source
		return Step(
			"node",
			"Node packages",
			lambda: digest(source / "package.json", source / "package-lock.json"),
			lambda: (
				machine.find_node(self.layout) is not None and (source / "node_modules" / "esbuild").exists()
			),
			self._install_node,
		)

	def _install_node(self, progress) -> None:
		folder = machine.install_node(self.layout, self.uv)
		run(
			[folder / "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
			self.layout.logs / "npm.log",
			"the Node packages could not be installed",
			cwd=self.layout.assets_source,
			env=self.node_environment(),
		)

	def node_environment(self) -> dict[str, str]:
		"""Return the environment for node and npm, with npm's cache in the user's cache folder."""
		env = network.environment()
		env.setdefault("npm_config_cache", str(cache_dir() / "npm"))
		if folder := machine.find_node(self.layout):
			env["PATH"] = f"{folder}{os.pathsep}{env['PATH']}"
		return env

	def assets_step(self) -> Step:
		source = self.layout.assets_source
		return Step(
			"assets",
			"Assets of the desk",
			lambda: digest(
				restore.TREE_SHA256,
				tree_digest(source, ("test", "testing")),
				tree_digest(self.app / APP / "public", ("dist",)),
			),
			self._assets_stand,
			self._build_assets,
		)

	def _assets_stand(self) -> bool:
		"""Tell whether every bundle that the desk is told of is there: another bench of this clone may have replaced some."""
		assets = self.layout.sites / "assets"
		try:
			bundles = json.loads((assets / "assets.json").read_text())
		except (OSError, json.JSONDecodeError):
			return False
		return "desk.bundle.js" in bundles and all(
			(assets.parent / url.lstrip("/")).exists() for url in bundles.values()
		)

	def _build_assets(self, progress) -> None:
		folder = machine.find_node(self.layout)
		run(
			[
				folder / "node",
				self.layout.assets_source / "build.mjs",
				"--bench",
				self.layout.root,
				"--production",
			],
			self.layout.logs / "assets.log",
			"the assets could not be built",
			env=self.node_environment(),
			progress=progress,
		)

	def services_step(self) -> Step:
		"""MariaDB and Valkey: never skipped, since starting what already runs costs nothing."""
		return Step(
			"services",
			"MariaDB and Valkey",
			lambda: "",
			lambda: True,
			lambda progress: services.start(self.layout, progress),
		)

	def app_fingerprint(self) -> str:
		"""Name the app's state as far as a site's database depends on it."""
		return tree_digest(self.app, ("dist", "tests", "public", "translations"))

	def site_step(self, name: str = SITE, key: str = "site", title: str = "Site", **config) -> Step:
		def work(progress) -> None:
			if site.exists(self.layout, name):
				site.migrate(self.layout, name, progress)
			else:
				self.forget(f"demo-{name}")
				self.forget(f"passwords-{name}")
				site.create(self.layout, name, progress, **config)

		return Step(key, title, self.app_fingerprint, lambda: site.exists(self.layout, name), work)

	def demo_step(self, language: str, name: str = SITE) -> Step:
		return Step(
			f"demo-{name}",
			"Demo municipality",
			lambda: language,
			lambda: True,
			lambda progress: site.load_demo(self.layout, name, language, progress),
		)

	def bench_steps(self) -> list[Step]:
		"""Return the steps to a bench with running services, before there is a site."""
		self.layout.make()
		return [
			self.machine_step(machine.BENCH_PACKAGES),
			self.uv_step(),
			self.python_step(),
			self.frappe_step(),
			self.apps_step(),
			self.node_step(),
			self.assets_step(),
			self.services_step(),
		]


def write_procfile(layout: Layout, node: Path) -> None:
	"""Write the Procfile: what `honcho`, or an ordinary `bench start`, runs from the bench's folder."""
	quote = shlex.quote
	port = layout.ports()["gunicorn"]
	spawn = f"exec {quote(sys.executable)} {quote(str(REPO / 'bench' / 'spawn.py'))}"
	helper = f"{quote(str(layout.python))} -m frappe.utils.bench_helper frappe"
	gunicorn = f"{quote(str(layout.env / 'bin' / 'gunicorn'))} --bind {HOST}:{port} --workers 1 --threads 8"
	front = f"{quote(str(node))} {quote(str(layout.assets_source / 'front.mjs'))} --bench {quote(str(layout.root))}"
	commands = {
		"front": front,
		"web": f"env -C sites {gunicorn} --timeout 120 --graceful-timeout 5 frappe.app:application",
		"worker_short": f"env -C sites {helper} worker --queue short,default --quiet",
		"worker_long": f"env -C sites {helper} worker --queue long --quiet",
		"schedule": f"env -C sites {helper} schedule",
	}
	write_atomically(
		layout.procfile, "".join(f"{name}: {spawn} {name} {command}\n" for name, command in commands.items())
	)
