"""`./es benchmark`: what the app costs, as ratios, on a site of its own with a register of many years."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import ExitStack

from bench import machine, processes, services, site, testing, ui
from bench.errors import EsError
from bench.layout import BENCHMARK_SITE, HOST, REPO, Layout
from bench.program import run as run_program
from bench.steps import Maker, Step, digest

BENCHMARKS = REPO / "benchmarks"
# The group of figures that a browser finds out.
CLICK = "click"
FILLED_BY = ("organisation.py", "population.py")


def run(layout: Layout, names: list[str], rows: int, runs: int) -> int:
	"""Make the bench and the site, fill it, measure the named groups of figures (all without a name), print the table.

	Arguments: `rows` concerns, `runs` of each way. Writes artefacts/benchmark.json. A missed budget is no failure: times
	belong to a machine, and the table says what was missed.
	"""
	maker = Maker(layout)
	were_running = {name for name in services.SERVICES if processes.alive(layout, name)}
	with ExitStack() as stack:
		testing.hold(stack, layout, maker, "./es benchmark")
		stack.callback(testing.stop_services, layout, were_running)
		site_step = maker.site_step(BENCHMARK_SITE, "benchmark-site", "Benchmark site")
		if not maker.is_done(site_step):
			# Made anew and not migrated: patches are written for what people have entered, not for a million made-up rows.
			shutil.rmtree(layout.sites / BENCHMARK_SITE, ignore_errors=True)
			maker.forget("benchmark-rows")
		from bench.cli import carry_out

		steps = [*maker.bench_steps(), site_step, rows_step(maker, rows)]
		env = {}
		clicks = not names or CLICK in names
		if clicks:
			steps.append(maker.machine_step(machine.TEST_PACKAGES, "test-machine", "Browser"))
		carry_out(maker, steps)
		if clicks:
			port = stack.enter_context(testing.served(layout, maker, BENCHMARK_SITE))
			env["ES_BENCHMARK_URL"] = f"http://{HOST}:{port}"
		return _measure(layout, names, runs, env)


def rows_step(maker: Maker, rows: int) -> Step:
	"""Filling the site: again when the number or the generator has changed, or the site was made anew (as for another app)."""
	layout = maker.layout
	made_from = [BENCHMARKS / name for name in FILLED_BY]

	def work(progress) -> None:
		run_program(
			[layout.python, BENCHMARKS, "fill", "--site", BENCHMARK_SITE, "--rows", str(rows)],
			layout.logs / "benchmark-rows.log",
			"the benchmark site could not be filled",
			cwd=layout.sites,
			env=site.frappe_environment(layout),
			progress=progress,
		)

	return Step(
		"benchmark-rows",
		f"{rows:,} concerns",
		lambda: digest(str(rows), *made_from),
		lambda: site.exists(layout, BENCHMARK_SITE),
		work,
	)


def _measure(layout: Layout, names: list[str], runs: int, env: dict[str, str]) -> int:
	output = layout.root / "artefacts" / "benchmark.json"
	output.parent.mkdir(parents=True, exist_ok=True)
	command = [layout.python, BENCHMARKS, "measure", "--site", BENCHMARK_SITE]
	command += ["--runs", str(runs), "--output", output, *names]
	env = site.frappe_environment(layout) | env
	command = [str(part) for part in command]
	status = subprocess.run(command, cwd=layout.sites, env=env, check=False).returncode
	if status:
		raise EsError("the benchmark did not get to its end", "its last lines say why", "")
	ui.say(f"\nPlans and figures: {output}")
	return 0
