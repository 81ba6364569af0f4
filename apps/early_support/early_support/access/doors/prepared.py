"""The reports of the app are made while somebody waits: never kept for later as a "prepared report".

A prepared report is stored in a file and made by who may make such files: not the staff. Frappe turns a report into one by
itself when a run takes more than 15 seconds; from v15 on also 15 seconds after a run that was refused, by whomever. The
report would then be empty for everybody. There is no hook.
"""

from pathlib import Path

import frappe
from frappe import _
from frappe.core.doctype.report import report as frappe_report

import early_support.early_support.report
from early_support.exceptions import EarlySupportError

FOLDER = Path(early_support.early_support.report.__path__[0])

_original = frappe_report.enable_prepared_report


class IsNotPrepared(EarlySupportError):
	"""A report of the app cannot be a prepared report."""


def install() -> None:
	"""Put `enable` in Frappe's place, once a process. Called before every request and job (hooks.py)."""
	frappe_report.enable_prepared_report = enable


def enable(report: str, *args, **kwargs) -> None:
	"""Have a report prepared from now on, as Frappe does, unless it is one of the app."""
	if not is_ours(report):
		_original(report, *args, **kwargs)


def is_ours(report: str) -> bool:
	"""Tell whether the app brings the report. Asked in a thread that is not connected to the site: it goes by the folder."""
	return (FOLDER / frappe.scrub(report)).is_dir()


def refuse(report, method: str | None = None) -> None:
	"""Refuse to have a report of the app prepared. Raises IsNotPrepared."""
	if report.prepared_report and is_ours(report.name):
		frappe.throw(
			_("{0} is made for who asks, and cannot be a prepared report.").format(_(report.name)),
			IsNotPrepared,
		)
