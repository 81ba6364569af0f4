"""Says of the shipped outcomes of early support with which a client relationship begins, and so of the periods that ended."""

import frappe

from early_support.forms import seeder
from early_support.setup.steps import DEFAULTS

FIELD = "begins_client_relationship"


def execute() -> None:
	for record in seeder.records(DEFAULTS / "lists"):
		if record["doctype"] != "Visit Outcome" or not record.get(FIELD):
			continue
		if frappe.db.exists("Visit Outcome", record["name"]):
			frappe.get_doc("Visit Outcome", record["name"]).update({FIELD: record[FIELD]}).save()
	# Plain SQL: nothing about the period changes, it only carries what its outcome says.
	frappe.db.sql(
		f"""update `tabSupport Period` period join `tabVisit Outcome` outcome on outcome.name = period.outcome
		set period.client_begins = outcome.{FIELD} where period.workflow_state = 'Ended'"""
	)
