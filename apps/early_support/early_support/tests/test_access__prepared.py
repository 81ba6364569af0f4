"""No report of the app becomes a "prepared report", by Frappe's own doing or by anybody's."""

import frappe
import pytest
from frappe.core.doctype.report import report as frappe_report

from early_support.access.doors import prepared

OURS = (
	"Kuukausitilasto",
	"Purge Preview",
	"Who Looked",
	"Vuosikello",
	"Concerns by Zone and Month",
	"Time from Concern to Meeting",
	"Consultations and Answer Time",
	"Visits and Outcomes",
	"Sources of Client Relationships",
	"Length of Client Relationships",
)


def test_every_report_of_the_app_is_known_as_such(site):
	modules = dict(frappe.get_all("Report", fields=["name", "module"], as_list=True))
	assert {name for name in modules if prepared.is_ours(name)} == set(OURS)
	assert {name for name, module in modules.items() if module == "Early Support"} == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_a_slow_or_refused_run_changes_no_report_of_the_app(site, api, name, monkeypatch):
	"""Frappe looks the function up when it starts a report, and calls it 15 seconds later, in a thread of its own."""
	others = []
	monkeypatch.setattr(prepared, "_original", lambda *words: others.append(words))
	monkeypatch.setattr(frappe_report, "enable_prepared_report", prepared._original)
	api(None).get("/api/method/ping")
	frappe_report.enable_prepared_report(name)
	frappe_report.enable_prepared_report("Permitted Documents For User", "a-site")
	assert others == [("Permitted Documents For User", "a-site")]


@pytest.mark.parametrize("name", OURS)
def test_nobody_has_a_report_of_the_app_prepared(site, name):
	report = frappe.get_doc("Report", name)
	report.prepared_report = 1
	with pytest.raises(prepared.IsNotPrepared):
		report.save()


def test_others_may_be(site):
	report = frappe.get_doc("Report", "Permitted Documents For User")
	report.prepared_report = 1
	report.save()
	assert frappe.db.get_value("Report", report.name, "prepared_report") == 1
