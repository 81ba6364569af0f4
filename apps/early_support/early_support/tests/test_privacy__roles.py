"""Who may set rules, switch the purge on, look at what is due, hold and export: one role each, and nobody else."""

import json

import frappe
import pytest

from early_support.access import assignments
from early_support.access.policy import STAFF_ROLES
from early_support.early_support.doctype.early_support_settings.early_support_settings import (
	DryRunMissingError,
	SettingOutOfRangeError,
)
from early_support.early_support.doctype.legal_hold.legal_hold import HoldDatesError, UnknownSubjectError
from early_support.early_support.report.purge_preview import purge_preview
from early_support.exceptions import StateNotEditable
from early_support.privacy import find, purge, retention, rights
from early_support.tests import case_factories as case
from early_support.tests import factories
from early_support.tests import privacy_factories as privacy

OFFICER = "Privacy Officer"
OTHERS = tuple(role for role in (*STAFF_ROLES, "System Manager") if role != OFFICER)
SETTINGS = privacy.SETTINGS


@pytest.fixture
def acting(as_user):
	"""Work as a new user with the role."""

	def work_as(role):
		officer = role == OFFICER
		controller = factories.default_controller()
		user = factories.make_staff(role, controller=controller) if officer else factories.make_user(role)
		return as_user.existing(user)

	return work_as


def add_rule(**row) -> None:
	settings = frappe.get_doc(SETTINGS)
	settings.append("retention_rules", {"document_type": "Concern", **row})
	settings.save()


# Rules and the switch ------------------------------------------------------------------------------------------------


def test_an_administrator_sets_rules(acting):
	with acting("System Manager"):
		add_rule(years=10, months=6)
	assert [rule.months for rule in retention.read_rules()] == [126]


@pytest.mark.parametrize("role", [OFFICER, "Unit Director", "Early Educator"])
def test_others_do_not_write_the_settings(acting, role):
	with acting(role), pytest.raises(frappe.PermissionError):
		add_rule(years=10)


def test_the_form_administrator_changes_limits_but_not_retention(acting):
	add_rule(years=10)
	with acting("Form Administrator"):
		settings = frappe.get_doc(SETTINGS)
		settings.visit_limit = 4
		settings.purge_enabled = 1
		settings.set("retention_rules", [{"document_type": "Child", "months": 1}])
		settings.save()
	assert frappe.get_doc(SETTINGS).visit_limit == 4
	assert not purge.is_enabled()
	assert [(rule.doctype, rule.months) for rule in retention.read_rules()] == [("Concern", 120)]


@pytest.mark.parametrize("row", [{}, {"years": 0, "months": 0}])
def test_a_rule_keeps_for_a_month_at_least(row):
	with pytest.raises(SettingOutOfRangeError):
		add_rule(**row)


def test_two_rules_for_the_same_are_refused():
	controller = factories.default_controller()
	add_rule(years=1)
	add_rule(years=2, controller=controller)
	for again in ({"years": 3}, {"years": 3, "controller": controller}):
		with pytest.raises(SettingOutOfRangeError):
			add_rule(**again)


def test_a_family_has_no_controller():
	with pytest.raises(SettingOutOfRangeError):
		add_rule(document_type="Family", years=1, controller=factories.default_controller())


def enable() -> None:
	settings = frappe.get_doc(SETTINGS)
	settings.purge_enabled = 1
	settings.save()


def test_the_purge_is_off_until_a_dry_run_has_been_made():
	assert not purge.is_enabled()
	privacy.set_all_rules()
	with pytest.raises(DryRunMissingError):
		enable()
	privacy.switch_on()
	assert purge.is_enabled()


def test_a_dry_run_of_other_rules_is_not_enough():
	privacy.set_all_rules(10)
	purge.dry_run(purge.new_run(purge.DRY).name)
	privacy.set_all_rules(5)
	with pytest.raises(DryRunMissingError):
		enable()


def test_an_old_dry_run_is_not_enough():
	privacy.set_all_rules()
	run = purge.new_run(purge.DRY).name
	purge.dry_run(run)
	frappe.db.set_value("Purge Run", run, "finished_on", frappe.utils.add_days(frappe.utils.now(), -31))
	with pytest.raises(DryRunMissingError):
		enable()


def test_changing_the_rules_switches_the_purge_off():
	privacy.set_all_rules()
	privacy.switch_on()
	settings = frappe.get_doc(SETTINGS)
	settings.visit_limit = 4
	settings.save()
	assert purge.is_enabled()
	add_rule(document_type="Family", years=1)
	assert not purge.is_enabled()


# Dry run and preview -------------------------------------------------------------------------------------------------


def test_nobody_else_makes_a_dry_run_or_finds_a_child(acting):
	child = frappe.get_doc("Child", factories.make_child())
	for role in OTHERS:
		with acting(role):
			with pytest.raises(frappe.PermissionError):
				purge.start_dry_run()
			with pytest.raises(frappe.PermissionError):
				purge_preview.execute({})
			with pytest.raises(frappe.PermissionError):
				find.find_child(child.full_name, str(child.birth_date))
			for doctype in ("Legal Hold", "Subject Access Export"):
				for right in ("read", "create", "write", "delete", "export"):
					assert not frappe.has_permission(doctype, right), (role, doctype, right)


def test_the_privacy_officer_makes_a_dry_run_that_destroys_nothing(acting, monkeypatch):
	privacy.set_all_rules()
	family = privacy.make_old_family()
	asked = []
	monkeypatch.setattr(
		frappe, "enqueue", lambda method, **values: asked.append((method, values.get("name")))
	)
	with acting(OFFICER):
		name = purge.start_dry_run()
		assert ("early_support.privacy.purge.dry_run", name) in asked
		# The job sees more than whoever has asked for it.
		purge.dry_run(name)
		assert frappe.session.user == "Administrator"
	run = frappe.get_doc("Purge Run", name)
	assert (run.status, run.total_destroyed, run.total_due) == ("Completed", 0, privacy.DOCUMENTS)
	due = {(row.document_type, row.unit): row.due for row in run.counts if row.due}
	assert due[("Concern", family["unit"])] == 1
	assert len(privacy.there(family)) == privacy.DOCUMENTS
	assert not any(name in run.as_json() for _doctype, name in privacy.keys(family))


@pytest.mark.parametrize("role", [OFFICER, "System Manager"])
def test_nobody_writes_a_purge_run(acting, role):
	run = purge.new_run(purge.DRY)
	with acting(role):
		for right in ("create", "write", "delete", "export"):
			assert not frappe.has_permission("Purge Run", right)
		doc = frappe.get_doc("Purge Run", run.name)
		doc.status = "Completed"
		with pytest.raises(frappe.PermissionError):
			doc.save()


def test_the_administrator_sees_totals_but_no_small_figures(acting, api):
	privacy.set_all_rules()
	privacy.make_old_family()
	run = purge.new_run(purge.DRY).name
	purge.dry_run(run)
	manager = factories.make_user("System Manager")
	seen = api(manager).get(f"/api/resource/Purge Run/{run}").json["data"]
	assert seen["total_due"] == privacy.DOCUMENTS
	assert not seen.get("counts")


def test_an_officer_sees_the_counts_of_the_own_register_only(api):
	privacy.set_all_rules()
	family = privacy.make_old_family()
	elsewhere = factories.make_child(unit=factories.make_unit(controller=factories.make_controller()))
	foreign = frappe.db.get_value("Child", elsewhere, "unit")
	run = purge.new_run(purge.DRY).name
	with privacy.not_in_test():
		purge.dry_run(run)
	assert {family["unit"], foreign} <= {row.unit for row in frappe.get_doc("Purge Run", run).counts}
	client = api(factories.make_staff(OFFICER, family["unit"]))
	form = client.get(f"/api/method/frappe.desk.form.load.getdoc?doctype=Purge Run&name={run}").json["docs"][
		0
	]
	own = form["__onload"]["counts"]
	assert {row["unit"] for row in own} >= {family["unit"]}
	assert foreign not in {row["unit"] for row in own}
	assert sum(row["due"] for row in own if row["unit"] == family["unit"])
	# Not in what is stored either, by itself, in a list, or by its rows.
	whole = client.get(f"/api/resource/Purge Run/{run}").json["data"]
	columns = ("total_due", "total_kept", "counts.kept", "counts.unit", "`tabPurge Count`.kept")
	for column in columns:
		fields = json.dumps(["name", column])
		answer = client.get("/api/resource/Purge Run", query_string={"fields": fields})
		assert answer.status_code != 200 or all(set(row) <= {"name"} for row in answer.json["data"]), column
	assert not whole.get("counts")
	assert not any(value for key, value in whole.items() if key.startswith("total_"))
	assert not frappe.db.exists("Version", {"ref_doctype": "Purge Run", "docname": run})
	rows = {"doctype": "Purge Count", "parent": "Purge Run", "fields": '["unit", "kept"]'}
	answer = client.post("/api/method/frappe.client.get_list", data=rows)
	assert answer.status_code != 200 or foreign not in answer.text


def test_the_preview_lists_codes_and_reasons(acting):
	privacy.set_all_rules()
	factories.make_child()
	family = privacy.make_old_family()
	with acting(OFFICER):
		_columns, due, message = purge_preview.execute({})
		_columns, everything, _message = purge_preview.execute({"all": 1})
	assert {row["code"] for row in due} == {name for _doctype, name in privacy.keys(family)}
	assert message is None
	assert len(everything) > len(due)
	name = frappe.db.get_value("Child", family["Child"], "full_name")
	assert name not in frappe.as_json(due)


# Legal hold ----------------------------------------------------------------------------------------------------------


def hold(**values):
	defaults = {"doctype": "Legal Hold", "subject_type": "Child", "reason": "Kantelu 1/2026"}
	return frappe.get_doc({**defaults, **values}).insert()


def test_the_privacy_officer_holds_and_ends(acting):
	child = factories.make_child()
	with acting(OFFICER):
		doc = hold(subject=f" {child.lower()} ")
		assert doc.subject == child
		assert ("Child", child, doc.controller) in retention.read_held(factories.days(0))
		doc.to_date = factories.days(0)
		doc.save()
		assert ("Child", child, doc.controller) in retention.read_held(factories.days(0))
		assert ("Child", child, doc.controller) not in retention.read_held(factories.days(1))
		assert ("Child", child, doc.controller) not in retention.read_held(factories.days(-1))
		with pytest.raises(frappe.PermissionError):
			frappe.delete_doc("Legal Hold", doc.name)


def test_a_hold_needs_somebody_and_days_in_order():
	with pytest.raises(UnknownSubjectError):
		hold(subject="ZZZZZZZZZ")
	child = factories.make_child()
	with pytest.raises(UnknownSubjectError):
		hold(subject=child, subject_type="Family")
	with pytest.raises(HoldDatesError):
		hold(subject=child, to_date=factories.days(-1))


def test_the_privacy_officer_finds_a_child_by_name_and_birth_date(acting):
	child = frappe.get_doc("Child", factories.make_child(first_names="Aino Maria"))
	with acting(OFFICER):
		found = find.find_child(f"  {child.full_name.lower()} ", str(child.birth_date))
		assert [row.code for row in found] == [child.name]
		read = {
			"document_type": "Child",
			"document_name": child.name,
			"channel": "Search",
			"user": frappe.session.user,
		}
		assert frappe.db.count("Case Access Log", read) == 1
		assert find.find_child(child.full_name, "2001-01-01") == []
		assert find.find_child("%", str(child.birth_date)) == []
		assert find.find_child("", str(child.birth_date)) == []


def test_an_officer_of_another_controller_is_in_charge_of_nothing_here(as_user, api):
	privacy.set_all_rules()
	family = privacy.make_old_family()
	child = frappe.get_doc("Child", family["Child"])
	held = hold(subject=child.name)
	export = frappe.get_doc(
		{"doctype": "Subject Access Export", "child": child.name, "language": "fi"}
	).insert()
	elsewhere = factories.make_controller()
	stranger = factories.make_staff(OFFICER, controller=elsewhere)
	former = factories.make_staff(
		OFFICER, controller=factories.default_controller(), to_date=factories.days(-1)
	)
	for user in (stranger, former):
		with as_user.existing(user):
			for doc in (held, export):
				assert frappe.get_list(doc.doctype) == []
				assert not frappe.has_permission(doc.doctype, "read", doc=doc.name)
			with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
				hold(subject=child.name)
			with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
				frappe.get_doc(
					{"doctype": "Subject Access Export", "child": child.name, "language": "fi"}
				).insert()
	for doc in (held, export):
		assert frappe.get_list(doc.doctype, pluck="name") == [doc.name]
	with as_user.existing(stranger):
		assert find.find_child(child.full_name, str(child.birth_date)) == []
		assert purge_preview.execute({"all": 1})[1] == []


def test_a_retention_rule_names_every_protected_doctype():
	from early_support.access.policy import PROTECTED_DOCTYPES
	from early_support.privacy.retention_core import ORDER

	options = frappe.get_meta("Retention Rule").get_field("document_type").options.split("\n")
	assert tuple(options) == ORDER
	# A grant goes with the document on which it stands (traces.py).
	assert {*ORDER, "Access Grant"} == set(PROTECTED_DOCTYPES)


def test_no_retention_rule_is_stored_or_deleted_past_the_settings(site, api):
	"""By the row itself nothing would be asked of it, and the dry run with it would not be missed."""
	privacy.set_rules(visit=10)
	(rule,) = frappe.get_doc(SETTINGS).retention_rules
	client, path = api(factories.make_user("System Manager")), f"/api/resource/Retention Rule/{rule.name}"
	assert client.put(path, json={"months": 1}).status_code >= 400
	assert client.delete(path).status_code >= 400
	rule.months = 1
	for change in (rule.save, rule.delete):
		with case.attempt(), pytest.raises(StateNotEditable):
			change()
	assert [row.name for row in frappe.get_doc(SETTINGS).retention_rules] == [rule.name]


def test_an_officer_who_lost_the_role_is_in_charge_of_nobody(site):
	officer = factories.make_staff("Privacy Officer", controller=factories.default_controller())
	factories.make_child()
	assert rights.officer_units(officer)
	frappe.db.delete("Has Role", {"parent": officer, "role": "Privacy Officer"})
	frappe.clear_cache(user=officer)
	assignments.forget()
	assert rights.officer_units(officer) == frozenset()
