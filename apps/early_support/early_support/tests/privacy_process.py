"""A process of its own that purges the test site and really commits: `python -m early_support.tests.privacy_process SITE STEP`.

For test_privacy__kill.py, which kills it. Steps: make, hang (purge, and stand still in the second family, everything
destroyed but nothing committed), purge, count, clean.
"""

import json
import os
import sys
import time

import frappe

from early_support.privacy import purge
from early_support.privacy.retention_core import ORDER
from early_support.tests import privacy_factories as privacy

MARK = "Tapettava"


def families() -> list[str]:
	return frappe.get_all("Family", filters={"family_name": MARK}, pluck="name")


def make() -> None:
	privacy.set_all_rules()
	for _number in range(3):
		family = privacy.make_old_family()
		frappe.db.set_value("Family", family["Family"], "family_name", MARK)
		frappe.db.set_value("Child", family["Child"], "last_name", MARK)
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{MARK}-{family['Concern']}.txt",
				"attached_to_doctype": "Concern",
				"attached_to_name": family["Concern"],
				"is_private": 1,
				"content": f"{MARK} {family['Concern']}",
			}
		).insert()
	privacy.switch_on()
	frappe.db.commit()


def hang() -> None:
	real, roots = purge._purge_root, []

	def stand_still(run, root):
		roots.append(root)
		real(run, root)
		if len(roots) == 2:
			print("standing still", flush=True)
			time.sleep(600)

	purge._purge_root = stand_still
	purge.purge()


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
			for doctype in ORDER[: ORDER.index("Concern") + 1]
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


STEPS = {"make": make, "hang": hang, "purge": purge.purge, "count": count, "clean": clean}

if __name__ == "__main__":
	frappe.init(site=sys.argv[1], sites_path=os.environ.get("ES_SITES_PATH", "."))
	frappe.connect()
	frappe.set_user("Administrator")
	STEPS[sys.argv[2]]()
	frappe.destroy()
