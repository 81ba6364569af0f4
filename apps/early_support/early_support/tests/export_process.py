"""A process of its own that works at report runs and really commits: `python -m early_support.tests.export_process SITE STEP …`.

For test_export__kill.py. Steps: make (runs in the middle of things, and a destination as JSON), hang (work at a
run, and stand still where told), ask (for a month, when told so), round (as the scheduler's, with the work itself), clean.
"""

import json
import os
import sys
import time
from datetime import timedelta

import frappe

from early_support.export import build, queue, rounds, schedule_core
from early_support.export.destinations import DESTINATION
from early_support.tests import export_factories as exports
from early_support.tests import factories
from early_support.tests.export_factories import FIGURES

CONTROLLER = "TAPETTAVA"
# Months in which nothing was counted: what is built is an empty file.
PERIODS = {"Queued": ("2003-01",), "Approved": ("2003-02",)}


def make(destination: str) -> None:
	factories.make_controller(code=CONTROLLER)
	exports.to({"controller": CONTROLLER, **json.loads(destination)})
	made = {
		period: exports.run_in(state, period=period, controller=CONTROLLER).name
		for state, several in PERIODS.items()
		for period in several
	}
	frappe.db.commit()
	print(json.dumps(made))


def hang(method: str, name: str, where: str, call: str) -> None:
	"""Call `method` for a run, and stand still before the so-manieth call of `where`, until told to go on."""
	module, _dot, function = where.rpartition(".")
	real, calls = frappe.get_attr(where), []

	def stand_still(*args, **kwargs):
		calls.append(1)
		if len(calls) == int(call):
			print("standing still", flush=True)
			sys.stdin.readline()
		return real(*args, **kwargs)

	setattr(frappe.get_module(module), function, stand_still)
	frappe.get_attr(method)(name)


def ask(period: str) -> None:
	run = frappe.get_doc(
		{"doctype": build.RUN, "profile": FIGURES, "controller": CONTROLLER, "period": period}
	)
	print("ready", flush=True)
	sys.stdin.readline()
	try:
		run.insert()
		# The other one is to wait for this one, whoever is first.
		time.sleep(1)
		frappe.db.commit()
		print("stored", flush=True)
	except frappe.ValidationError as error:
		print(f"refused: {error}", flush=True)


def go_round() -> None:
	rounds.SETTLED_AFTER = -1
	schedule_core.FIRST_WAIT = timedelta(0)
	at_once = []
	queue._put = lambda method, name, _seconds, more: at_once.append((method, name, more))
	# Not as a change of the run: somebody may be at it.
	frappe.db.set_value(
		build.RUN,
		{"controller": CONTROLLER, "next_try_at": ("is", "set")},
		"next_try_at",
		frappe.utils.now(),
		update_modified=False,
	)
	rounds.take_up()
	for method, name, more in list(at_once):
		frappe.get_attr(method)(name=name, **more)
	fields = ["name", "period", "workflow_state", "attempts", "failure"]
	print(json.dumps(frappe.get_all(build.RUN, filters={"controller": CONTROLLER}, fields=fields)))


def clean() -> None:
	frappe.db.set_value("Report Profile", FIGURES, "destination", None)
	for name in frappe.get_all(build.RUN, filters={"controller": CONTROLLER}, pluck="name"):
		build.remove_files(name)
		frappe.db.delete("Version", {"docname": name})
	frappe.db.delete(build.RUN, {"controller": CONTROLLER})
	for name in frappe.get_all(DESTINATION, pluck="name"):
		frappe.delete_doc(DESTINATION, name, force=True)
	frappe.db.delete("Register Controller", {"name": CONTROLLER})
	frappe.db.commit()


STEPS = {"make": make, "hang": hang, "ask": ask, "round": go_round, "clean": clean}

if __name__ == "__main__":
	frappe.init(site=sys.argv[1], sites_path=os.environ.get("ES_SITES_PATH", "."))
	frappe.connect()
	frappe.set_user("Administrator")
	frappe.utils.get_system_timezone = lambda: "Europe/Helsinki"
	STEPS[sys.argv[2]](*sys.argv[3:])
	frappe.destroy()
