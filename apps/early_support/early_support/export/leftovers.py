"""Removes the files of report runs that nobody needs any more, once a day.

Rows of single people are personal data (export/build.py). They may not lie on the disk for as long as nobody types a receipt,
past every purge of whom they are about. The database keeps the manifest, and what is needed again is built again.
"""

import datetime
import shutil
import time

import frappe

from early_support.export import build
from early_support.export.manifest import ROWS

RUN, SETTINGS = "Report Run", "Early Support Settings"
DAYS = 30
# A folder may be older than what this job sees of its run.
YOUNG_SECONDS = 24 * 3600


def remove_daily() -> None:
	"""Remove the files of rows that were made or sent some days ago, and those whose run is gone. Called by the scheduler."""
	root = build.folder_of("")
	limit = frappe.utils.now_datetime() - datetime.timedelta(days=_days())
	for folder in root.iterdir() if root.is_dir() else ():
		run = frappe.db.get_value(
			RUN, folder.name, ["level", "workflow_state", "built_at", "sent_at"], as_dict=True
		)
		if not run:
			if folder.stat().st_mtime < time.time() - YOUNG_SECONDS:
				shutil.rmtree(folder, ignore_errors=True)
		elif run.level == ROWS and run.built_at and max(run.built_at, run.sent_at or run.built_at) < limit:
			build.remove_files(folder.name)


def _days() -> int:
	return frappe.utils.cint(frappe.db.get_single_value(SETTINGS, "row_files_days")) or DAYS
