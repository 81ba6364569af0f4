"""Stores the words of prints for guardians on sites that were made before there were any."""

import frappe

from early_support.prints.guardian_print import SETTINGS
from early_support.prints.reader import LANGUAGES


def execute() -> None:
	meta = frappe.get_meta(SETTINGS)
	for language in LANGUAGES:
		field = f"print_notice_{language}"
		if not frappe.db.get_single_value(SETTINGS, field):
			frappe.db.set_single_value(SETTINGS, field, meta.get_field(field).default)
