"""Says of the shipped services what has to be done before they begin, on sites that had them before there was a place for it."""

import frappe

from early_support.forms import seeder
from early_support.setup.steps import DEFAULTS

TERMS = ("needs_decision", "needs_broad_assessment", "needs_client_plan", "free_of_charge")


def execute() -> None:
	for record in seeder.records(DEFAULTS / "lists"):
		terms = {field: record[field] for field in TERMS if record.get(field)}
		if record["doctype"] != "Support Service" or not terms:
			continue
		if not frappe.db.exists("Support Service", record["name"]):
			continue
		service = frappe.get_doc("Support Service", record["name"])
		# What somebody has entered between the migration and this patch stays.
		if not any(service.get(field) for field in TERMS):
			service.update(terms).save()
