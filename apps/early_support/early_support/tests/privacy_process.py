"""A process of its own that purges the test site and really commits: `python -m early_support.tests.privacy_process SITE STEP`.

For test_privacy__kill.py, which kills it. Steps: make, hang (purge, and stand still in the second family, everything
destroyed but nothing committed), purge, count, clean; and the same of cases that are turned into figures.
"""

import json
import os
import sys
import time

import frappe

from early_support.privacy import purge
from early_support.privacy.retention_core import ORDER
from early_support.recording import turn
from early_support.recording.core import COUNTS_ONLY
from early_support.tests import factories
from early_support.tests import privacy_factories as privacy

MARK = "Tapettava"


def families() -> list[str]:
	return frappe.get_all("Family", filters={"family_name": MARK}, pluck="name")


def make_family() -> dict:
	family = privacy.make_old_family()
	frappe.db.set_value("Family", family["Family"], "family_name", MARK)
	frappe.db.set_value("Child", family["Child"], "last_name", MARK)
	return family


def make() -> None:
	privacy.set_all_rules()
	for _number in range(3):
		family = make_family()
		privacy.attach("Concern", family["Concern"], MARK)
	privacy.switch_on()
	frappe.db.commit()


def hang() -> None:
	purge._purge_root = standing_still(purge._purge_root)
	purge.purge()


def standing_still(real):
	"""Return a function that does the same, and comes to no end the second time."""
	done = []

	def stand_still(run, key):
		done.append(key)
		real(run, key)
		if len(done) == 2:
			print("standing still", flush=True)
			time.sleep(600)

	return stand_still


def count() -> None:
	runs = frappe.get_all(
		"Purge Run", filters={"kind": "Purge"}, fields=["name", "status", "total_destroyed"]
	)
	counted = frappe.get_all("Purge Count", filters={"document_type": "Family"}, pluck="destroyed")
	print(
		json.dumps(
			{
				"families": len(families()),
				"children": frappe.db.count("Child", {"last_name": MARK}),
				"files": frappe.db.count("File", {"file_name": ("like", f"{MARK}%")}),
				"on_disk": len(privacy.files_with(MARK)),
				"runs": runs,
				"counted": sum(counted),
			},
			default=str,
		)
	)


def clean() -> None:
	for family in families():
		children = frappe.get_all("Child", filters={"family": family}, pluck="name")
		keys = [
			(doctype, name)
			for doctype in ORDER
			if frappe.get_meta(doctype).has_field("child")
			for name in frappe.get_all(doctype, filters={"child": ("in", children)}, pluck="name")
		]
		purge.destroy([*keys, *(("Child", name) for name in children), ("Family", family)])
	settings = frappe.get_doc(privacy.SETTINGS)
	settings.set("retention_rules", [])
	settings.purge_enabled = 0
	settings.save()
	for doctype in ("Purge Count", "Purge Run"):
		frappe.db.delete(doctype)
	frappe.db.delete("Version", {"ref_doctype": ("in", ("Purge Run", privacy.SETTINGS))})
	frappe.db.commit()


def make_cases() -> None:
	"""Make three cases of a controller that keeps counts only, ended last year, each with a visit and a file."""
	factories.default_unit()
	for _number in range(3):
		family = make_family()
		frappe.db.set_value("Support Period", family["Support Period"], "record_policy", COUNTS_ONLY)
		privacy.attach("Visit", family["Visit"], MARK)
	frappe.db.commit()


def hang_turning() -> None:
	turn._turn_case = standing_still(turn._turn_case)
	turn.turn()


def count_cases() -> None:
	of_families = {"family": ("in", families())}
	print(
		json.dumps(
			{
				"periods": frappe.db.count("Support Period", of_families),
				"visits": frappe.db.count("Visit", of_families),
				"figures": sorted(frappe.get_all(turn.GUIDANCE_COUNT, pluck="event")),
				"on_disk": len(privacy.files_with(MARK)),
				"runs": frappe.get_all(
					"Purge Run", filters={"kind": turn.KIND}, fields=["status", "total_destroyed"]
				),
			},
			default=str,
		)
	)


def clean_cases() -> None:
	frappe.db.delete(turn.GUIDANCE_COUNT)
	clean()


STEPS = {
	"make": make,
	"hang": hang,
	"purge": purge.purge,
	"count": count,
	"clean": clean,
	"make_cases": make_cases,
	"hang_turning": hang_turning,
	"turn": turn.turn,
	"count_cases": count_cases,
	"clean_cases": clean_cases,
}

if __name__ == "__main__":
	frappe.init(site=sys.argv[1], sites_path=os.environ.get("ES_SITES_PATH", "."))
	frappe.connect()
	frappe.set_user("Administrator")
	STEPS[sys.argv[2]]()
	frappe.destroy()
