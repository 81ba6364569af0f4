"""The steps of the installation, each with the step that takes it back."""

from collections.abc import Callable
from typing import NamedTuple

import frappe
from frappe.utils import cint

from early_support.access import policy
from early_support.access.doors.keys import LEVEL, RESET_KEYS
from early_support.access.people import MODULE_PROFILE
from early_support.forms import ledger, lists, seeder
from early_support.forms.seeder import DEFAULTS, WORKFLOWS
from early_support.prints.reader import LANGUAGES
from early_support.privacy import append_only
from early_support.workflow_guard.system import system_change

SETTINGS = "Early Support Settings"

# Field of System Settings, what is set, and when what is there is looser (0 and nothing: no limit).
LOGIN_LIMITS = (
	("allow_consecutive_login_attempts", 5, lambda tries: not 0 < cint(tries) <= 10),
	("allow_login_after_fail", 60, lambda seconds: cint(seconds) < 60),
	("enable_password_policy", 1, lambda enabled: not cint(enabled)),
	("minimum_password_score", 2, lambda score: cint(score) < 2),
	("allow_error_traceback", 0, cint),
	("session_expiry", "12:00", lambda expiry: not 0 < cint(str(expiry).split(":")[0]) < 12),
)


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
		seeder.remove_workflows(WORKFLOWS, policy.WORKFLOW_DOCTYPES)


def add_casework(*, workflows: tuple[str, ...], lists: tuple[str, ...] = (), **settings: int) -> None:
	"""Seed what came with a later version: only this, so that nothing comes back that an administrator has deleted.

	Args:
		workflows: the doctypes whose workflows are new.
		lists: the doctypes whose list records are new.
		settings: new fields of the settings with their defaults, which a site made before has not stored.
	"""
	seeder.seed(DEFAULTS / "lists", lists)
	seeder.seed_workflows(WORKFLOWS, workflows)
	store_new_settings(**settings)


def store_notices(notice: str) -> None:
	"""Store the shipped words of a notice of prints, in each language in which none are stored."""
	meta = frappe.get_meta(SETTINGS)
	fields = [notice.format(language) for language in LANGUAGES]
	store_new_settings(**{field: meta.get_field(field).default for field in fields})


def store_new_settings(**settings: int | str) -> None:
	"""Store the defaults of fields of the settings that came with a later version, where nothing is stored."""
	for field, default in settings.items():
		if not frappe.db.get_single_value(SETTINGS, field):
			frappe.db.set_single_value(SETTINGS, field, default)


def add_settings() -> None:
	"""Store the defaults of the settings once: a single that was never saved reads as empty."""
	if frappe.db.get_single_value(SETTINGS, "visit_limit"):
		return
	# get_doc fills in the defaults of the fields; the installation runs as Administrator.
	frappe.get_doc(SETTINGS).save()


def remove_settings() -> None:
	frappe.db.delete("Singles", {"doctype": SETTINGS})


def add_others() -> None:
	"""Seed the workspaces, and whatever else lies in a folder of its own: it may refer to all that was seeded before."""
	for folder in seeder.other_folders():
		seeder.seed(folder)


def remove_others() -> None:
	with system_change():
		for folder in reversed(seeder.other_folders()):
			for doctype, name in reversed(seeder.keys(folder)):
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
	"""A shared document opens to whoever it is shared with, past every rule of access (frappe.md §2).

	So does an older link to a printout: to everybody, for ever, with a key that whoever once read the document can work out.
	"""
	frappe.db.set_single_value("System Settings", "disable_document_sharing", 1)
	frappe.db.set_single_value("System Settings", "allow_older_web_view_links", 0)


def keep_sharing_stopped() -> None:
	"""Sharing stays off: somebody may have come to rely on it, and turning it on is the administrator's decision."""


def limit_logins() -> None:
	"""Set what Frappe leaves open about passwords and sessions, where the site is not stricter already.

	Only here: from then on it is the administrators' decision. Hours without use after which one signs in again: a
	working day.
	"""
	settings = frappe.get_single("System Settings")
	for field, limit, is_loose in LOGIN_LIMITS:
		if is_loose(settings.get(field)):
			frappe.db.set_single_value("System Settings", field, limit)
	frappe.db.set_single_value("Website Settings", "disable_signup", 1)


def keep_logins_limited() -> None:
	"""The limits stay: loosening them is the administrator's decision."""


def hide_reset_keys() -> None:
	"""Put the keys with which passwords are reset on a level that no role may read: up to 15.0.0-dev all staff may.

	Whoever reads a key sets the password of its owner (access/doors/queries.py keeps it out of filters, too).
	"""
	for field in RESET_KEYS:
		values = {
			"doctype_or_field": "DocField",
			"doc_type": "User",
			"field_name": field,
			"property": "permlevel",
		}
		if not frappe.db.exists("Property Setter", values):
			frappe.get_doc(
				{"doctype": "Property Setter", **values, "value": str(LEVEL), "property_type": "Int"}
			).insert()


def show_reset_keys() -> None:
	for field in RESET_KEYS:
		frappe.db.delete(
			"Property Setter", {"doc_type": "User", "field_name": field, "property": "permlevel"}
		)
	frappe.clear_cache(doctype="User")


def prepare_access_log() -> None:
	append_only.prepare()


def keep_access_log() -> None:
	"""The log goes with its doctype, and its triggers with the table."""


def begin_ledger() -> None:
	"""The ledger comes with its doctype, and each step of the seeding writes into it."""


STEPS = (
	Step(begin_ledger, ledger.forget),
	Step(add_roles, remove_roles),
	Step(add_lists, remove_list_titles),
	Step(add_workflows, remove_workflows),
	Step(add_settings, remove_settings),
	Step(add_others, remove_others),
	Step(add_module_profile, remove_module_profile),
	Step(stop_sharing, keep_sharing_stopped),
	Step(limit_logins, keep_logins_limited),
	Step(hide_reset_keys, show_reset_keys),
	Step(prepare_access_log, keep_access_log),
)
