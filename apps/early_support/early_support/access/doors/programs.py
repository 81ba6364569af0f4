"""Refuses programs that people other than Administrator put into the site: they would run past every rule of access.

A System Manager has no casework, but Frappe lets one write queries, scripts, and templates that call Frappe. Whoever
keeps the server, or signs in as Administrator, may do all of it anyhow; that is a matter of the municipality's own
control of its servers (docs/security.md).
"""

import re

import frappe
from frappe import _

from early_support.exceptions import EarlySupportError


class RunsPrograms(EarlySupportError):
	"""It would run a query or program, which no rule of access holds."""


# A template that calls Frappe: what Jinja offers as `frappe` reads every table.
CALLS = re.compile(r"\{[{%].*?\bfrappe\b", re.DOTALL)


def refuse_script(script, method: str | None = None) -> None:
	"""Refuse a script that runs on the server or in the browsers of others. Raises RunsPrograms."""
	_refuse(script)


def refuse_query(report, method: str | None = None) -> None:
	"""Refuse a report with a query or script of its own; the reports of apps come with the app. Raises RunsPrograms."""
	if report.report_type in ("Query Report", "Script Report") and not _comes_with_an_app():
		_refuse(report)


def refuse_calls(template, method: str | None = None) -> None:
	"""Refuse a template that calls Frappe. Raises RunsPrograms."""
	if any(isinstance(value, str) and CALLS.search(value) for value in template.as_dict().values()):
		_refuse(template)


def _refuse(doc) -> None:
	if frappe.session.user != "Administrator" and not _comes_with_an_app():
		frappe.throw(
			_(
				"{0}: queries and programs would read casework past its rules. Only Administrator may store them."
			).format(_(doc.doctype)),
			RunsPrograms,
		)


def _comes_with_an_app() -> bool:
	return bool(frappe.flags.in_install or frappe.flags.in_migrate or frappe.flags.in_import)
