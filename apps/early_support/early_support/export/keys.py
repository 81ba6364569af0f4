"""The keys of pseudonyms, in the configuration of the site: {controller: {version: key}}."""

import frappe
from frappe.installer import update_site_config

from early_support.export.pseudonyms import Pseudonyms, new_key, next_version

KEYS = "early_support_pseudonym_keys"


def pseudonyms_of(controller: str) -> Pseudonyms:
	"""Return the pseudonyms of a register controller, by its newest key. Raises Refused."""
	return Pseudonyms(frappe.conf.get(KEYS), controller)


def add(controller: str) -> str:
	"""Draw a new key of a register controller, store it as its next version, and return the version.

	The keys before it stay: what was delivered with them is looked up by them.
	"""
	keys = dict(frappe.conf.get(KEYS) or {})
	own = dict(keys.get(controller) or {})
	version = next_version(own)
	keys[controller] = {**own, version: new_key()}
	update_site_config(KEYS, keys, validate=False)
	frappe.local.conf[KEYS] = keys
	return version
