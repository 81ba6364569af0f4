"""The commands of ./es."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from contextlib import contextmanager

from bench import lock, processes, serve, services, site, ui
from bench.errors import DISK_FULL_FIX, EsError
from bench.layout import APP, HOST, REPO, SITE, Layout, cache_dir
from bench.steps import Maker, Step

HELP = """\
./es – Early Support on a trial bench: a private Frappe of its own, on this machine only.

  ./es up                     make and start everything, then print the address and the demo users
      --port 8080             serve on another port than 8000
      --lang fi|sv|en         language of the demo staff (default fi)
      --no-demo               an empty site, without the demo municipality
      --detach                return when the desk answers; `./es down` stops it
  ./es down                   stop every process
  ./es status                 each process, its port and health, and the versions
  ./es logs [NAME]            the end of a log: ./es logs web    (without NAME: which there are)
  ./es demo load|remove       the demo municipality: put it in, take it out
  ./es demo passwords         new random passwords for Administrator and the demo users
  ./es frappe …               Frappe's own commands on the site: ./es frappe migrate
  ./es console                a Python console on the site
  ./es test [ARGUMENTS]       the whole test suite; arguments go to pytest: ./es test -k consultation
      --bench DIR --site NAME run the suite against an ordinary bench (Frappe v15 or v16) instead
      --keep                  use the test site of the last run again
      --workers 2             so many at a time, each on a site of its own (without: one for each core, at
                              most four; one where tests are chosen by their files)
  ./es benchmark [NAME …]     what the app costs, as ratios: ./es benchmark list save
                              names: list, count, search, form, save, transition, click, export, forms
                              (without: all)
      --rows 50000            so many concerns instead of 1,000,000
      --runs 9                each way so many times instead of 21
  ./es clean [--all]          remove the bench with its data (--all: downloads in the cache too)

The bench lies in .bench (another place: ES_BENCH=/path ./es …), downloads in ~/.cache/early-support. See docs/bench.md.
"""


DEFAULT_PORT = 8000
BENCHMARKS = ("list", "count", "search", "form", "save", "transition", "click", "export", "forms")
# Our folders in the cache.
CACHED = ("downloads", "tools", "npm", "test-packages")


def parser() -> argparse.ArgumentParser:
	"""Return the parser of the command line."""
	main = argparse.ArgumentParser(
		prog="es", add_help=False, usage="./es COMMAND …   (./es --help explains each)"
	)
	main.add_argument("-h", "--help", action="store_true")
	commands = main.add_subparsers(dest="command", metavar="COMMAND")
	up = commands.add_parser("up")
	up.add_argument("--port", type=port_number)
	up.add_argument("--lang", choices=("fi", "sv", "en"), default="fi")
	up.add_argument("--no-demo", action="store_true")
	up.add_argument("--detach", action="store_true")
	commands.add_parser("down")
	commands.add_parser("status")
	commands.add_parser("logs").add_argument("name", nargs="?")
	demo = commands.add_parser("demo")
	demo.add_argument("action", choices=("load", "remove", "passwords"))
	demo.add_argument("--lang", choices=("fi", "sv", "en"), default="fi")
	commands.add_parser("frappe", add_help=False)
	commands.add_parser("console")
	commands.add_parser("test", add_help=False)
	benchmark = commands.add_parser("benchmark")
	benchmark.add_argument("names", nargs="*", type=benchmark_name, metavar="NAME")
	benchmark.add_argument("--rows", type=at_least(1000), default=1_000_000)
	benchmark.add_argument("--runs", type=at_least(1), default=21)
	clean = commands.add_parser("clean")
	clean.add_argument("--all", action="store_true")
	# Not for people: the background process of `up --detach`.
	commands.add_parser("_watch").add_argument("port", type=port_number)
	return main


def port_number(text: str) -> int:
	"""Return a TCP port that an ordinary user may listen on."""
	if not text.isdecimal() or not 1024 <= int(text) <= 65535:
		raise argparse.ArgumentTypeError(f"{text} is no port between 1024 and 65535")
	return int(text)


def benchmark_name(text: str) -> str:
	"""Return the name of a group of figures."""
	if text not in BENCHMARKS:
		raise argparse.ArgumentTypeError(f"there is no {text}; there are: {', '.join(BENCHMARKS)}")
	return text


def at_least(least: int):
	"""Return the type of an argument that is a whole number, `least` or more."""

	def number(text: str) -> int:
		if not text.isdecimal() or int(text) < least:
			raise argparse.ArgumentTypeError(f"{text} is no number from {least} up")
		return int(text)

	return number


def main(words: list[str]) -> int:
	"""Run one command and return the exit status; every failure is explained, none shows a traceback."""
	layout = Layout()
	for number in (signal.SIGTERM, signal.SIGHUP):
		signal.signal(number, _interrupt)
	try:
		if words[:1] in (["frappe"], ["test"]):
			return {"frappe": run_frappe, "test": run_tests}[words[0]](layout, words[1:])
		arguments = parser().parse_args(words)
		if arguments.help or not arguments.command:
			ui.say(HELP)
			return 0
		return COMMANDS[arguments.command](layout, arguments)
	except EsError as error:
		ui.complain(error)
	except KeyboardInterrupt:
		ui.say("\nStopped. The same command goes on where this one was.")
		return 130
	except OSError as error:
		fix = (
			DISK_FULL_FIX
			if error.errno == 28
			else "Check the rights and the disk, then run the same command again."
		)
		ui.complain(EsError("the operating system refused", str(error), fix))
	except Exception:
		ui.complain(_unforeseen(layout))
	return 1


def _interrupt(number: int, frame) -> None:
	"""Treat a request to stop as Ctrl-C: what was begun is ended and cleaned up."""
	raise KeyboardInterrupt


def _unforeseen(layout: Layout) -> EsError:
	"""Keep the traceback in a file, and say where: it helps whoever mends ./es, not whoever uses it."""
	try:
		layout.logs.mkdir(parents=True, exist_ok=True)
		path = layout.logs / "es-error.log"
		path.write_text(traceback.format_exc())
		last = traceback.format_exc().strip().splitlines()[-1]
		return EsError("./es itself failed", last, f"This is a defect; please report it with {path}.")
	except OSError as error:
		return EsError(
			"./es itself failed", str(error), "Check that the folder can be written and the disk is not full."
		)


def carry_out(maker: Maker, steps: list[Step]) -> None:
	"""Do the steps that are not done, showing each."""
	board = ui.Board(len(steps))
	for step in steps:
		if step.key != "services" and maker.is_done(step):
			board.skipped(step.title)
			continue
		with board.step(step.title) as progress:
			maker.carry_out(step, progress)


def up(layout: Layout, arguments) -> int:
	if processes.alive(layout, "honcho"):
		port = layout.read_config().get("webserver_port")
		if site.ping(port, SITE):
			if arguments.port and port != arguments.port:
				raise EsError(
					f"this bench already serves on port {port}",
					"",
					f"Use http://{HOST}:{port}, or `./es down` first.",
				)
			ui.say(f"Already running: http://{HOST}:{port}   (./es down stops it)")
			return 0
	started = time.monotonic()
	chosen = arguments.port or DEFAULT_PORT
	with lock.held(layout, "./es up") as now:
		serve.check_port(layout, chosen)
		maker = Maker(layout)
		steps = maker.bench_steps()
		steps.append(maker.site_step())
		if not arguments.no_demo:
			steps.append(maker.demo_step(arguments.lang))
		steps.append(_serve_step(layout, chosen))
		try:
			carry_out(maker, steps)
			took = time.monotonic() - started
			ui.say(f"\nEarly Support is ready after {took:.0f} s:  http://{HOST}:{chosen}\n")
			show_passwords(layout, maker)
		except BaseException:
			processes.stop_all(layout)
			raise
		if arguments.detach:
			_detach(layout, chosen)
			ui.say("It runs in the background; ./es down stops it.")
			return 0
		ui.say("Ctrl-C stops it. Logs: ./es logs")
		now("serving")
		serve.until_told_to_stop(layout, chosen, lambda text: ui.say(f"\n! {text}"))
	ui.say("\nStopped.")
	return 0


def _serve_step(layout: Layout, port: int) -> Step:
	def work(progress) -> None:
		serve.configure(layout, port)
		serve.start_app(layout)
		progress("waiting for the desk to answer")
		serve.wait_until_healthy(layout, port)

	# Another fingerprint every time: this step is about processes, and is never skipped.
	return Step("serve", "Web, workers, scheduler", lambda: str(time.time_ns()), lambda: True, work)


def _detach(layout: Layout, port: int) -> None:
	"""Hand the running bench to a background process that goes on watching it."""
	processes.spawn(layout, "supervisor", [sys.executable, REPO / "es", "_watch", str(port)])


def watch(layout: Layout, arguments) -> int:
	"""The background process of `up --detach`: waits for its parent's lock, then holds it while it serves."""
	with lock.held(layout, "serving", patience=60):
		serve.until_told_to_stop(layout, arguments.port, ui.say)
	return 0


def show_passwords(layout: Layout, maker: Maker) -> None:
	"""Set and print new passwords, once: after the site was made or the demo loaded."""
	step = Step(
		f"passwords-{SITE}",
		"Passwords",
		lambda: str((layout.state / f"demo-{SITE}.json").exists()),
		lambda: True,
		lambda _: None,
	)
	if maker.is_done(step):
		ui.say("Passwords were shown when the site was made; `./es demo passwords` sets new ones.\n")
		return
	print_passwords(layout)
	maker.carry_out(step, lambda _: None)


def print_passwords(layout: Layout) -> None:
	"""Give every demo user and Administrator a new password and print the table."""
	rows = site.set_passwords(layout, SITE)
	head = ["Role", "Unit", "User", "Password"]
	ui.say(ui.table([[row["role"], row["unit"], row["user"], row["password"]] for row in rows], head))
	ui.say("\nThese passwords are shown only now.")
	if len(rows) > 1:
		ui.say("Everything in the demo municipality is made up.")
	ui.say()


def down(layout: Layout, arguments) -> int:
	if not layout.is_ours():
		ui.say("Nothing was running.")
		return 0
	stopped = processes.stop_all(layout)
	try:
		with lock.held(layout, "./es down"):
			pass
	except lock.Busy as busy:
		# A foreground `up` ends by itself once it is asked to, and so starts nothing again.
		if processes.is_same(busy.holder.get("pid", 0), busy.holder.get("started", "")):
			_end(busy.holder["pid"])
		stopped += processes.stop_all(layout)
	ui.say(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
	return 0


def _end(pid: int | None, patience: float = 40) -> None:
	if not pid:
		return
	end = time.monotonic() + patience
	try:
		os.kill(pid, 15)
		while time.monotonic() < end:
			os.kill(pid, 0)
			time.sleep(0.1)
	except ProcessLookupError:
		return
	raise EsError(
		f"process {pid} does not end",
		"it works on this bench and ignores the request to stop",
		f"Stop it: kill -9 {pid}",
	)


def status(layout: Layout, arguments) -> int:
	if not layout.root.exists():
		ui.say("There is no bench yet: ./es up makes one.")
		return 3
	config = layout.read_config()
	ports = config.get("es_ports", {}) | {
		"front": config.get("webserver_port"),
		"web": config.get("es_ports", {}).get("gunicorn"),
	}
	rows, healthy = [], True
	for name in (*services.SERVICES, *serve.APP_PROCESSES):
		process = processes.look(layout, name)
		port = ports.get(name)
		running = bool(process and process.alive)
		if not running:
			health = "killed or crashed: ./es logs " + name if process else "stopped"
		elif name == "web":
			health = "answers" if site.ping(port, SITE) else "does not answer"
		elif port:
			health = "answers" if processes.answers(port) else "does not answer"
		else:
			health = "runs"
		healthy = healthy and health in ("answers", "runs")
		rows.append([name, str(process.pid) if running else "–", str(port or "–"), health])
	ui.say(ui.table(rows, ["Process", "Number", "Port", "Health"]))
	if healthy:
		ui.say(f"\nhttp://{HOST}:{config['webserver_port']}")
	ui.say("\n" + "  ".join(f"{name} {version}" for name, version in serve.versions(layout).items()))
	return 0 if healthy else 3


def logs(layout: Layout, arguments) -> int:
	known = sorted(path.stem for path in layout.logs.glob("*.log"))
	if not arguments.name:
		ui.say("Logs: " + (", ".join(known) or "none yet") + "\nExample: ./es logs web")
		return 0
	if arguments.name not in known:
		raise EsError(
			f"there is no log called {arguments.name}",
			f"there are: {', '.join(known) or 'none yet'}",
			"Example: ./es logs web",
		)
	from bench.errors import tail

	ui.say(tail(layout.logs / f"{arguments.name}.log", 60))
	return 0


@contextmanager
def _with_services(layout: Layout, doing: str):
	"""Have MariaDB and Valkey run while the block does; if we started them, we hold the bench and stop them again.

	Raises EsError without a site, Busy when they do not run because another ./es is at work.
	"""
	if not site.exists(layout, SITE):
		raise EsError("there is no site yet", "", "Make it: ./es up")
	if all(processes.alive(layout, name) for name in services.SERVICES):
		yield
		return
	with lock.held(layout, doing):
		try:
			services.start(layout)
			yield
		finally:
			services.stop(layout)


def demo(layout: Layout, arguments) -> int:
	maker = Maker(layout)
	with _with_services(layout, "./es demo"):
		if arguments.action == "passwords":
			print_passwords(layout)
		elif arguments.action == "load":
			carry_out(maker, [maker.demo_step(arguments.lang)])
			print_passwords(layout)
		else:
			board = ui.Board(1)
			maker.forget(f"demo-{SITE}")
			with board.step("Removing the demo municipality") as progress:
				site.frappe(
					layout,
					SITE,
					["early-support-demo", "remove"],
					"demo-remove",
					"it could not be removed",
					progress,
				)
	return 0


def run_frappe(layout: Layout, words: list[str]) -> int:
	"""Pass a command through to Frappe on the site, with its input and output."""
	with _with_services(layout, "./es frappe"):
		# Ctrl-C is for the command, such as a console, and not for us.
		signal.signal(signal.SIGINT, lambda *_: None)
		command = [str(layout.python), *site.frappe_command(SITE, *words)]
		return subprocess.run(
			command, cwd=layout.sites, env=site.frappe_environment(layout), check=False
		).returncode


def console(layout: Layout, arguments) -> int:
	return run_frappe(layout, ["console"])


def run_tests(layout: Layout, words: list[str]) -> int:
	from bench import testing

	return testing.run(layout, words)


def run_benchmark(layout: Layout, arguments) -> int:
	from bench import benchmark

	return benchmark.run(layout, arguments.names, arguments.rows, arguments.runs)


def clean(layout: Layout, arguments) -> int:
	if layout.root.exists():
		if not layout.is_ours():
			raise EsError(
				f"{layout.root} is not a bench of ours", "./es did not make it", "Nothing was removed."
			)
		down(layout, arguments)
		shutil.rmtree(layout.root)
	if layout.root == REPO / ".bench":
		# What the builder put into the clone; another bench of the same clone (ES_BENCH) uses it too.
		shutil.rmtree(layout.assets_source / "node_modules", ignore_errors=True)
		shutil.rmtree(REPO / "apps" / APP / APP / "public" / "dist", ignore_errors=True)
	if arguments.all:
		for name in CACHED:
			shutil.rmtree(cache_dir() / name, ignore_errors=True)
	ui.say("Removed." if not arguments.all else "Removed, with the downloads.")
	return 0


COMMANDS = {
	"_watch": watch,
	"up": up,
	"down": down,
	"status": status,
	"logs": logs,
	"demo": demo,
	"console": console,
	"benchmark": run_benchmark,
	"clean": clean,
}
