"""An export of rows, mapped and pseudonymised, beside the plain MariaDB client and beside Frappe's own export.

Each takes its turn in a process of its own, so that the most memory that it ever had (VmHWM) is its own. What is timed is the
work in a process that is connected already, as a worker is; of the client, all of it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import frappe
from frappe.utils import nowdate

from benchmarks import organisation, population, ratios
from benchmarks.desk import connected
from early_support.export import build, keys
from early_support.export.period import ZONE
from early_support.export.pseudonyms import new_key

OURS, CLIENT, FRAPPE = "our export", "mariadb client", "export_query"
# Half of the client's rows a second, and eight times those of Frappe; megabytes, and how much more of them ten times the rows take.
OF_CLIENT, OF_FRAPPE, MEGABYTES, GROWTH = 2.0, 0.125, 200, 1.1
# A run of a million takes some seconds, one of Frappe's half a minute and gigabytes: it takes its turn less often.
MOST_RUNS, RUNS_OF_FRAPPE = 5, 1
EVENT = "kaynti_pidetty"
PROFILE = "benchmark-1"

# The columns of the profile, as the client can get them: what the code maps and the key add is ours alone.
QUERY = f"""
select visit.name, place.municipality_code, place.county_code, date_format(visit.visit_date, '%Y-%m') as month,
	unit.provider_type, unit.unit_type, ifnull(unit.unit_oid, unit.name) as oid,
	timestampdiff(month, child.birth_date, visit.visit_date) as age, '{EVENT}' as event, null as zone,
	period.source, null as outcome, null as days, 1 as number
from `tabVisit` visit
left join `tabDay Care Unit` unit on unit.name = visit.unit
left join `tabRegister Controller` place on place.name = unit.controller
left join `tabChild` child on child.name = visit.child
left join `tabSupport Period` period on period.name = visit.support_period
where visit.visit_date between '{{year}}-01-01' and '{{year}}-12-31' and visit.workflow_state = 'Held'
	and unit.controller = '{organisation.CONTROLLER}'
"""
# As many columns of the visit alone: this export of Frappe's fails at a column of what is linked, and maps nothing anywhere.
FIELDS = (
	"name",
	"controller",
	"service_area",
	"visit_date",
	"place",
	"workflow_state",
	"unit",
	"child",
	"record_policy",
	"family",
	"support_period",
	"owner",
	"duration",
	"number",
)


def measure(bench) -> None:
	"""Export a year of few visits and one of many in each way, and note rows a second and memory."""
	bench.on_site(_prepare)
	few, many = (bench.on_site(_visits, year) for year in (population.FEW, population.MANY))
	taken: dict[tuple[str, int], list[dict]] = {}

	def way(name: str, year: int) -> Callable[[], float]:
		def run() -> float:
			done = _in_a_process(bench.site, name, year)
			bench.say(f"{name}, {year}: {done}")
			taken.setdefault((name, year), []).append(done)
			return done["seconds"]

		return run

	runs = min(bench.runs, MOST_RUNS)
	times = {}
	for year in (population.FEW, population.MANY):
		ways = {name: way(name, year) for name in (OURS, CLIENT)}
		times[year] = ratios.alternating(ways, runs, warm_up=1)
		frappes = {FRAPPE: way(FRAPPE, year)}
		times[year] |= ratios.alternating(frappes, min(runs, RUNS_OF_FRAPPE), warm_up=0)
	peaks = {key: max(done["megabytes"] or 0 for done in dones) for key, dones in taken.items()}
	for year, rows in ((population.FEW, few), (population.MANY, many)):
		for name, most in ((CLIENT, OF_CLIENT), (FRAPPE, OF_FRAPPE)):
			bench.result.figures.append(_against(rows, times[year], name, most))
		bench.result.figures.append(
			ratios.Figure(
				"export",
				f"peak memory, {rows:,} rows",
				peaks[OURS, year],
				MEGABYTES,
				"MB",
				f"{FRAPPE}: {peaks[FRAPPE, year]:,} MB",
			)
		)
	growth = peaks[OURS, population.MANY] / peaks[OURS, population.FEW]
	bench.result.figures.append(
		ratios.Figure("export", "peak memory, many against few", growth, GROWTH, detail=f"{few:,} → {many:,}")
	)


def _against(rows: int, times: dict[str, list[float]], other: str, most: float) -> ratios.Figure:
	name = f"{rows:,} rows: {OURS} against {other}"
	speeds = (f"{rows / ratios.median(times[each]):,.0f}" for each in (OURS, other))
	return ratios.ratio("export", name, times[OURS], times[other], most, f"{' against '.join(speeds)} rows/s")


def once(site: str, name: str, year: int) -> dict:
	"""Export in one way, and return rows, seconds and megabytes."""
	with connected(site):
		started = time.perf_counter()
		rows = {OURS: _ours, FRAPPE: _frappes}[name](year)
		seconds = time.perf_counter() - started
	status = Path("/proc/self/status").read_text()
	return {
		"rows": rows,
		"seconds": round(seconds, 3),
		"megabytes": int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024,
	}


def _in_a_process(site: str, name: str, year: int) -> dict:
	if name == CLIENT:
		return _clients(site, year)
	benchmarks = Path(__file__).resolve().parent
	command = [sys.executable, benchmarks, "once", "--site", site, "--year", str(year), name]
	done = subprocess.run(command, check=True, capture_output=True, text=True)
	return json.loads(done.stdout.splitlines()[-1])


def _ours(year: int) -> int:
	frappe.utils.get_system_timezone = lambda: ZONE
	frappe.local.conf[keys.KEYS] = {organisation.CONTROLLER: {"1": new_key()}}
	run = frappe.get_doc(
		{
			"doctype": build.RUN,
			"profile": PROFILE,
			"controller": organisation.CONTROLLER,
			"period": str(year),
		}
	).insert()
	frappe.db.commit()
	try:
		build.build(run.name)
		run.reload()
		if run.workflow_state != "Built":
			raise RuntimeError(run.failure)
		said = json.loads(run.manifest)
		return run.row_count + (said["left_out_rows"] or 0)
	finally:
		build.remove_files(run.name)
		frappe.db.delete(build.RUN, run.name)
		frappe.db.commit()


def _frappes(year: int) -> int:
	from frappe.desk import reportview

	frappe.local.form_dict = frappe._dict(
		doctype="Visit",
		fields=json.dumps([f"`tabVisit`.`{name}`" for name in FIELDS]),
		filters=json.dumps([["Visit", "visit_date", "between", [f"{year}-01-01", f"{year}-12-31"]]]),
		file_format_type="CSV",
		title="Visit",
		view="Report",
	)
	reportview.export_query()
	content = frappe.local.response["filecontent"]
	with tempfile.TemporaryFile(dir=frappe.get_site_path("private")) as file:
		file.write(content if isinstance(content, bytes) else content.encode())
	return content.count(b"\n" if isinstance(content, bytes) else "\n") - 1


def _clients(site: str, year: int) -> dict:
	with connected(site):
		conf = frappe.local.conf
		command = [
			shutil.which("mariadb") or shutil.which("mysql"),
			"--quick",
			"--batch",
			f"--host={conf.db_host or '127.0.0.1'}",
			f"--port={conf.db_port or 3306}",
			f"--user={conf.db_name}",
			conf.db_name,
		]
		environment = {**os.environ, "MYSQL_PWD": conf.db_password}
		folder = frappe.get_site_path("private")
	with tempfile.TemporaryFile(dir=folder) as file:
		started = time.perf_counter()
		subprocess.run(
			command, input=QUERY.format(year=year).encode(), stdout=file, env=environment, check=True
		)
		seconds = time.perf_counter() - started
		file.seek(0)
		rows = sum(1 for _line in file) - 1
	return {"rows": rows, "seconds": round(seconds, 3), "megabytes": None}


def _visits(year: int) -> int:
	return frappe.db.count("Visit", {"visit_date": ("between", [f"{year}-01-01", f"{year}-12-31"])})


def _prepare() -> None:
	"""Make the profile of the benchmark: the shipped one of rows, of one event and a whole year."""
	if frappe.db.exists("Report Profile", PROFILE):
		return
	profile = frappe.copy_doc(frappe.get_doc("Report Profile", "tapahtumat-1"))
	profile.update({"profile_code": "benchmark", "title": "Benchmark", "event": EVENT, "period_kind": "Year"})
	profile.insert()
	# Past the four eyes, on the benchmark's own site.
	frappe.db.set_value("Report Profile", profile.name, {"status": "Published", "published_on": nowdate()})
