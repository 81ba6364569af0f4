"""The steps of the installation, each with the step that takes it back."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import frappe

from early_support.access import policy
from early_support.access.people import MODULE_PROFILE
from early_support.forms import lists, seeder
from early_support.privacy import append_only
from early_support.workflow_guard.system import system_change

APP = Path(__file__).resolve().parents[1]
DEFAULTS = APP / "fixtures" / "defaults"
WORKFLOWS = APP / "early_support" / "workflow"
SETTINGS = "Early Support Settings"


class Step(NamedTuple):
	"""Something an installation does, and how it is undone."""

	do: Callable[[], None]
	undo: Callable[[], None]


def add_roles() -> None:
	seeder.seed(DEFAULTS / "role")


def remove_roles() -> None:
	"""Remove our roles from the people who have them, and then the roles."""
	for role in policy.STAFF_ROLES:
		frappe.db.delete("Has Role", {"role": role})
		frappe.delete_doc("Role", role, force=True, ignore_missing=True)


def add_lists() -> None:
	seeder.seed(DEFAULTS / "lists")


def remove_list_titles() -> None:
	"""Remove the translations of the titles. The lists themselves go with their doctypes."""
	for doctype in lists.LIST_DOCTYPES:
		for name in frappe.get_all(doctype, pluck="name"):
			lists.remove_translations(frappe.get_doc(doctype, name))


def add_workflows() -> None:
	seeder.seed_workflows(WORKFLOWS)


def remove_workflows() -> None:
	with system_change():
		seeder.remove_workflows(WORKFLOWS, policy.GUARDED_DOCTYPES)


def add_settings() -> None:
	"""Store the defaults of the settings once: a single that was never saved reads as empty."""
	if frappe.db.get_single_value(SETTINGS, "visit_limit"):
		return
	# get_doc fills in the defaults of the fields; the installation runs as Administrator.
	frappe.get_doc(SETTINGS).save()


def remove_settings() -> None:
	frappe.db.delete("Singles", {"doctype": SETTINGS})


def add_workspace() -> None:
	seeder.seed(DEFAULTS / "workspace")


def remove_workspace() -> None:
	for doctype, name in seeder.keys(DEFAULTS / "workspace"):
		frappe.delete_doc(doctype, name, force=True, ignore_missing=True)


def add_module_profile() -> None:
	"""Keep Frappe's own workspaces (Website, Build, Tools ...) out of the staff's sidebar, by Frappe's own means.

	A Module Profile hides, it does not protect: rights come from roles and access rules. New people get it with their
	first assignment (access/people.py); an administrator may give them another.
	"""
	if frappe.db.exists("Module Profile", MODULE_PROFILE):
		return
	modules = frappe.get_all("Module Def", filters={"app_name": "frappe"}, pluck="name", order_by="name")
	rows = [{"module": module} for module in modules]
	values = {"module_profile_name": MODULE_PROFILE, "block_modules": rows}
	frappe.get_doc({"doctype": "Module Profile", **values}).insert()


def remove_module_profile() -> None:
	"""Give the people with the profile their sidebar back, and remove it."""
	for user in frappe.get_all("User", filters={"module_profile": MODULE_PROFILE}, pluck="name"):
		frappe.db.set_value("User", user, "module_profile", None)
		frappe.db.delete("Block Module", {"parenttype": "User", "parent": user})
		frappe.clear_document_cache("User", user)
	frappe.delete_doc("Module Profile", MODULE_PROFILE, force=True, ignore_missing=True)


def stop_sharing() -> None:
	"""A shared document opens to whoever it is shared with, past every rule of access (frappe.md §2)."""
	frappe.db.set_single_value("System Settings", "disable_document_sharing", 1)


def keep_sharing_stopped() -> None:
	"""Sharing stays off: somebody may have come to rely on it, and turning it on is the administrator's decision."""


def prepare_access_log() -> None:
	append_only.prepare()


def keep_access_log() -> None:
	"""The log goes with its doctype, and its triggers with the table."""


STEPS = (
	Step(add_roles, remove_roles),
	Step(add_lists, remove_list_titles),
	Step(add_workflows, remove_workflows),
	Step(add_settings, remove_settings),
	Step(add_workspace, remove_workspace),
	Step(add_module_profile, remove_module_profile),
	Step(stop_sharing, keep_sharing_stopped),
	Step(prepare_access_log, keep_access_log),
)
