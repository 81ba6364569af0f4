"""No report of the app becomes a "prepared report", by Frappe's own doing or by anybody's; its readers get it at once."""

import frappe
import pytest
from frappe.core.doctype.report import report as frappe_report

from early_support.access.doors import prepared
from early_support.tests import factories

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
	"Use of Fields",
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


@pytest.mark.parametrize("name", OURS)
def test_whoever_a_report_is_for_gets_it(site, api, name):
	"""Frappe asks for a right to the doctype behind it, too."""
	roles = frappe.get_all("Has Role", {"parenttype": "Report", "parent": name}, pluck="role")
	assert roles
	for role in roles:
		controller = factories.default_controller()
		client = api(factories.make_staff(role, controller=controller))
		answer = client.get(
			"/api/method/frappe.desk.query_report.get_script", query_string={"report_name": name}
		)
		assert answer.status_code == 200, (role, answer.text[-300:])
		answer = client.get("/api/method/frappe.desk.query_report.run", query_string={"report_name": name})
		# Without filters a report may say that some are missing; it refuses nobody whom it is for.
		assert answer.status_code in (200, 417), (role, answer.text[-300:])


def test_others_may_be(site):
	report = frappe.get_doc("Report", "Permitted Documents For User")
	report.prepared_report = 1
	report.save()
	assert frappe.db.get_value("Report", report.name, "prepared_report") == 1
