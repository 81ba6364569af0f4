"""`./es test`: the whole suite on a site of its own, or on an ordinary bench."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import lock, machine, network, processes, services, site, ui
from bench.errors import EsError, tail
from bench.layout import APP, EMPTY_SITE, HOST, REPO, TEST_SITE, Layout, cache_dir, free_port
from bench.program import run as run_program
from bench.steps import Maker, Step, digest

IN_PROCESS = REPO / "apps" / APP / APP / "tests"
BLACK_BOX = REPO / "tests"
EVERYTHING = (IN_PROCESS, BLACK_BOX)
# An ordinary bench has no front of ours, and its parts are not ours to kill.
# The files of tests/browser run there when they are named, without the news of changes that other processes would bring.
ON_ORDINARY_BENCH = (IN_PROCESS, BLACK_BOX / "http")
# More would wait for the one MariaDB.
MOST_WORKERS = 4


def run(layout: Layout, words: list[str]) -> int:
	"""Run the tests; `words` are our own options, and the rest goes to pytest. Returns pytest's exit status."""
	parser = argparse.ArgumentParser(prog="./es test", add_help=False, allow_abbrev=False)
	parser.add_argument("--bench", type=Path)
	parser.add_argument("--site")
	parser.add_argument("--keep", action="store_true")
	parser.add_argument("--workers", type=int)
	options, pytest_words = parser.parse_known_args(words)
	if bool(options.bench) != bool(options.site):
		raise EsError(
			"--bench and --site go together",
			"",
			"Example: ./es test --bench ~/frappe-bench --site test.localhost",
		)
	if options.workers is not None and not 1 <= options.workers <= MOST_WORKERS:
		raise EsError(f"--workers goes from 1 to {MOST_WORKERS}", "", "Example: ./es test --workers 2")
	if options.bench and (options.workers or 1) > 1:
		raise EsError(
			"--workers is for the trial bench",
			"each worker needs a site of its own, and an ordinary bench has only the one that you name",
			"Leave it out.",
		)
	if options.bench:
		return run_on_ordinary_bench(layout, options.bench.absolute(), options.site, pytest_words)
	# A few chosen tests are done before the copies of the site were made.
	chosen = any(_is_path(word) for word in pytest_words)
	workers = options.workers or (1 if chosen else min(len(os.sched_getaffinity(0)), MOST_WORKERS))
	return run_on_trial_bench(layout, options.keep, workers, pytest_words)


def run_on_trial_bench(layout: Layout, keep: bool, workers: int, pytest_words: list[str]) -> int:
	"""Make the bench and a fresh test site with the demo municipality, serve it on a port of its own, run pytest.

	With several `workers`, each runs the tests that are one transaction on a copy of the site, and one of them those which
	look at the served site from outside.
	"""
	maker = Maker(layout)
	were_running = {name for name in services.SERVICES if processes.alive(layout, name)}
	with ExitStack() as stack:
		hold(stack, layout, maker, "./es test")
		stack.callback(stop_services, layout, were_running)
		steps = maker.bench_steps()
		steps.append(maker.machine_step(machine.TEST_PACKAGES, "test-machine", "Browser for the tests"))
		site_step = maker.site_step(TEST_SITE, "test-site", "Test site", allow_tests=True)
		demo_step = maker.demo_step("fi", TEST_SITE)
		steps += [site_step, empty_site_step(layout, maker, demo_step), demo_step]
		copies = [f"test-{number}.localhost" for number in range(1, workers + 1)] if workers > 1 else []
		if copies:
			steps.append(copies_step(layout, copies))
			maker.forget("test-copies")
		if not keep:
			for key in ("test-site", "empty-site", f"demo-{TEST_SITE}"):
				maker.forget(key)
			shutil.rmtree(layout.sites / TEST_SITE, ignore_errors=True)
		from bench.cli import carry_out

		carry_out(maker, steps)
		port = stack.enter_context(served(layout, maker))
		env = {
			"ES_TEST_SITE": TEST_SITE,
			"ES_TEST_URL": f"http://{HOST}:{port}",
			"ES_TEST_BENCH": str(layout.root),
			"ES_TEST_COPIES": " ".join(copies),
		}
		if copies:
			# A worker that died would be replaced by one that has no site.
			side_by_side = ["-n", str(workers), "--dist", "loadscope", "--max-worker-restart", "0"]
			pytest_words = [*side_by_side, *pytest_words]
		return _pytest(
			layout.python,
			layout.sites,
			site.frappe_environment(layout) | env,
			layout,
			pytest_words,
			EVERYTHING,
		)


def empty_site_step(layout: Layout, maker: Maker, demo_step: Step) -> Step:
	"""Return the step that keeps a copy of the test site from before the demo municipality was loaded."""

	def work(progress) -> None:
		if not maker.is_done(demo_step):
			site.copy(layout, TEST_SITE, EMPTY_SITE)
		elif site.exists(layout, EMPTY_SITE):
			site.migrate(layout, EMPTY_SITE, progress)
		else:
			site.create(layout, EMPTY_SITE, progress, allow_tests=True)

	return Step(
		"empty-site",
		"Empty copy of the test site",
		maker.app_fingerprint,
		lambda: site.exists(layout, EMPTY_SITE),
		work,
	)


def copies_step(layout: Layout, copies: list[str]) -> Step:
	"""Return the step that copies the test site: one copy for each worker."""

	def work(progress) -> None:
		for done, name in enumerate(copies):
			progress(f"{100 * done // len(copies)} %")
			site.copy(layout, TEST_SITE, name)

	return Step(
		"test-copies",
		"Copies of the test site",
		lambda: "",
		lambda: all(site.exists(layout, name) for name in copies),
		work,
	)


def hold(stack: ExitStack, layout: Layout, maker: Maker, doing: str) -> None:
	"""Hold the bench's lock; beside a running `up` nothing needs to be made, so `doing` may run next to it."""
	try:
		stack.enter_context(lock.held(layout, doing))
	except lock.Busy as busy:
		if busy.holder.get("doing") != "serving":
			raise
		if waiting := [step.title for step in maker.bench_steps()[:-1] if not maker.is_done(step)]:
			raise EsError(
				"the running bench is older than the sources",
				f"to be made again: {', '.join(waiting)}",
				"Run `./es down` first.",
			) from None


def stop_services(layout: Layout, were_running: set[str]) -> None:
	"""Stop MariaDB and Valkey, but for those that ran before."""
	for name in reversed(services.SERVICES):
		if name not in were_running:
			processes.stop(layout, name)


@contextmanager
def served(layout: Layout, maker: Maker, site_name: str = TEST_SITE):
	"""Serve a site, the test site if no other is named, while the block runs: gunicorn, the front and a worker; yields the front's port."""
	web_port = free_port(18000)
	front_port = free_port(web_port + 1)
	node = machine.find_node(layout) / "node"
	env = site.frappe_environment(layout)
	sites = ["env", "-C", "sites"]
	gunicorn = [
		layout.env / "bin" / "gunicorn",
		"--bind",
		f"{HOST}:{web_port}",
		"--workers",
		"1",
		"--threads",
		"8",
	]
	front = [node, layout.assets_source / "front.mjs", "--bench", layout.root, "--site", site_name]
	commands = {
		"test_web": [
			*sites,
			*gunicorn,
			"--timeout",
			"120",
			"--graceful-timeout",
			"2",
			"frappe.app:application",
		],
		"test_front": [*front, "--port", front_port, "--web-port", web_port],
		"test_worker": [
			*sites,
			layout.python,
			*site.frappe_command(None, "worker", "--queue", "short,default,long", "--quiet"),
		],
	}
	try:
		for name, command in commands.items():
			processes.spawn(layout, name, command, env=env)
		end = time.monotonic() + 60
		while not site.ping(front_port, site_name):
			if time.monotonic() > end:
				raise EsError(
					"the test site does not answer",
					"\n".join(tail(layout.logs / f"{name}.log", 5) for name in commands),
					f"See {layout.logs}/test_web.log.",
				)
			time.sleep(0.2)
		yield front_port
	finally:
		for name in commands:
			processes.stop(layout, name)


def _pytest(  # noqa: PLR0913, PLR0917 — what pytest needs to know of its surroundings
	python: Path, cwd: Path, env: dict[str, str], layout: Layout, words: list[str], places: tuple[Path, ...]
) -> int:
	artefacts = layout.root / "artefacts"
	artefacts.mkdir(parents=True, exist_ok=True)
	command = [
		python,
		"-m",
		"pytest",
		"-c",
		REPO / "pyproject.toml",
		"--rootdir",
		REPO,
		"-o",
		f"cache_dir={layout.root / 'pytest-cache'}",
	]
	chosen = [
		str(Path(word.split("::")[0]).absolute()) + "".join(f"::{part}" for part in word.split("::")[1:])
		for word in words
		if _is_path(word)
	]
	rest = [word for word in words if not _is_path(word)]
	command += [*(chosen or places), *rest]
	env = env | {"ES_ARTEFACTS": str(artefacts), "PYTHONDONTWRITEBYTECODE": "1"}
	return subprocess.run([str(part) for part in command], cwd=cwd, env=env, check=False).returncode


def _is_path(word: str) -> bool:
	return not word.startswith("-") and Path(word.split("::", maxsplit=1)[0]).exists()


def run_on_ordinary_bench(layout: Layout, bench: Path, name: str, pytest_words: list[str]) -> int:
	"""Run the suite on a bench that somebody else made; nothing is installed or changed there but the test site's data.

	Raises EsError when it is no bench or not built, the app is not installed on the site, or the site is not marked for
	tests.
	"""
	layout.make()
	python = bench / "env" / "bin" / "python"
	config_path = bench / "sites" / name / "site_config.json"
	if not python.exists() or not config_path.exists():
		raise EsError(
			f"{bench} has no site {name}",
			"a bench has env/ and sites/<site>/site_config.json",
			"Check --bench and --site.",
		)
	if not json.loads(config_path.read_text()).get("allow_tests"):
		raise EsError(
			f"the site {name} does not allow tests",
			"tests write made-up records into it",
			f"Use a site without real data: bench --site {name} set-config allow_tests true",
		)
	if not (bench / "sites" / "assets" / "assets.json").exists():
		raise EsError(
			f"{bench} has no built assets",
			"the pages of the desk, which the tests ask for, need them",
			"bench build",
		)
	packages = _test_packages(layout, python)
	env = network.environment() | {"PYTHONPATH": str(packages), "GIT_PYTHON_REFRESH": "quiet"}
	installed = subprocess.run(
		[str(python), *site.frappe_command(name, "list-apps")],
		cwd=bench / "sites",
		env=env,
		capture_output=True,
		text=True,
		check=False,
	)
	if APP not in installed.stdout:
		raise EsError(
			f"the app is not installed on {name}",
			installed.stderr[-800:],
			f"bench --site {name} install-app {APP}",
		)
	port = free_port(18000)
	log = layout.logs / "ordinary-bench-web.log"
	command = [
		str(python),
		"-m",
		"gunicorn",
		"--bind",
		f"{HOST}:{port}",
		"--threads",
		"4",
		# Only this folder: from the root of the repository its own app would be served in place of the installed one.
		"--pythonpath",
		str(REPO / "bench" / "web"),
		"whole_site:application",
	]
	with open(log, "wb") as handle:
		web = subprocess.Popen(command, cwd=bench / "sites", env=env, stdout=handle, stderr=handle)
	try:
		end = time.monotonic() + 60
		while not site.ping(port, name):
			if time.monotonic() > end or web.poll() is not None:
				raise EsError(f"{bench} does not answer over HTTP", tail(log, 8), "Is its database running?")
			time.sleep(0.2)
		env |= {"ES_TEST_SITE": name, "ES_TEST_URL": f"http://{HOST}:{port}", "ES_TEST_SITE_HEADER": name}
		return _pytest(python, bench / "sites", env, layout, pytest_words, ON_ORDINARY_BENCH)
	finally:
		web.terminate()
		web.wait()


def _test_packages(layout: Layout, python: Path) -> Path:
	"""Return a folder with pytest and its companions for that Python, outside of the bench."""
	lock_file = REPO / "bench" / "python" / "test-requirements.txt"
	version = subprocess.run([str(python), "--version"], capture_output=True, text=True, check=True).stdout
	folder = cache_dir() / "test-packages" / digest(lock_file, version)
	if not (folder / ".complete").exists():
		maker = Maker(layout)
		if not maker.uv.exists():
			maker.uv_step().work(lambda text: None)
		shutil.rmtree(folder, ignore_errors=True)
		ui.say("Installing pytest beside the bench …")
		run_program(
			[
				maker.uv,
				"pip",
				"install",
				"--python",
				python,
				"--target",
				folder,
				"--require-hashes",
				"-r",
				lock_file,
			],
			layout.logs / "test-packages.log",
			"the test packages could not be installed",
			env=network.environment(),
		)
		(folder / ".complete").touch()
	return folder
