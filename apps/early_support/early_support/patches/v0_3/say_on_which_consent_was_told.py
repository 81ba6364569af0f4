"""Says of each referral on which consent it was told, where no field said so: on the one it held then.

A consent may have been changed since. From the joint contact on a referral keeps a history, so the first change of the
consent tells which one was there before. Frappe 16 writes titles into the history, by which no consent is known: there a
referral says the one that it holds.
"""

import json

import frappe

from early_support import compat

FIELD = "told_on_consent"


def execute() -> None:
	# Plain SQL: nothing about the referral changes, it only carries what it says.
	frappe.db.sql(
		f"""update `tabReferral` set {FIELD} = consent
		where sent_on is not null and ifnull({FIELD}, '') = '' and ifnull(consent, '') != ''"""
	)
	for name, consent in first_consents().items():
		if consent and not compat.history_names_links():
			continue
		exists = consent and frappe.db.exists("Cooperation Consent", consent)
		frappe.db.set_value("Referral", name, FIELD, consent if exists else None, update_modified=False)


def first_consents() -> dict[str, str | None]:
	"""Return, for each referral of which the consent was changed after the joint contact, what its history says of the one before."""
	# Not filtered by permission: a patch runs as Administrator.
	rows = frappe.get_all(
		"Version",
		filters={"ref_doctype": "Referral", "data": ("like", '%"consent"%')},
		fields=["docname", "data"],
		order_by="creation asc",
	)
	first: dict[str, str | None] = {}
	for row in rows:
		for field, before, _after in json.loads(row.data).get("changed", ()):
			if field == "consent":
				first.setdefault(row.docname, before or None)
	return first
