"""What an installation adds, that it may be repeated, and that it never touches what administrators have made of it."""

import json

import frappe
import pytest
from frappe import permissions
from frappe.core.doctype.report import report as frappe_report
from frappe.desk.desktop import get_desktop_page, get_workspace_sidebar_items
from frappe.model.db_query import DatabaseQuery

from early_support.access import policy
from early_support.access.doors import prepared, queries, rows
from early_support.access.people import MODULE_PROFILE
from early_support.forms import ledger, lists, seeder
from early_support.patches.v0_2 import (
	add_child_plans,
	add_client_relationships,
	add_figures,
	add_support_plans,
	add_unit_calendar,
	say_which_services_need_a_decision,
)
from early_support.setup import install, steps, uninstall
from early_support.tests import factories as make
from early_support.workflow_guard.system import system_change


def write(folder, name: str, content) -> None:
	path = folder / name
	path.parent.mkdir(parents=True, exist_ok=True)
	path.write_text(json.dumps(content), encoding="utf-8")


def topic(code: str, title: str = "Kokeilu") -> dict:
	return {"doctype": "Concern Topic", "name": code, "code": code, "title": title}


# The seeder -----------------------------------------------------------------------------------------------------------


def test_absent_records_are_created_and_present_ones_kept(tmp_path):
	write(tmp_path, "a.json", [topic("seed-1"), topic("seed-2")])
	key = ("Concern Topic", "seed-1"), ("Concern Topic", "seed-2")
	assert seeder.seed(tmp_path) == [(key[0], seeder.CREATED), (key[1], seeder.CREATED)]
	assert seeder.seed(tmp_path) == [(key[0], seeder.KEPT), (key[1], seeder.KEPT)]
	assert seeder.keys(tmp_path) == list(key)


def test_an_administrators_edit_survives(tmp_path):
	write(tmp_path, "a.json", [topic("seed-1")])
	seeder.seed(tmp_path)
	doc = frappe.get_doc("Concern Topic", "seed-1")
	doc.update({"title": "Oma sana", "disabled": 1})
	doc.save()
	write(tmp_path, "a.json", [topic("seed-1", title="Uudempi sana")])
	seeder.seed(tmp_path)
	assert frappe.db.get_value("Concern Topic", "seed-1", ["title", "disabled"]) == ("Oma sana", 1)


def test_a_record_that_does_not_fit_is_refused(tmp_path):
	write(tmp_path, "a.json", [topic("not a code")])
	with pytest.raises(lists.CodeError):
		seeder.seed(tmp_path)


def shipped_workflow(**values) -> dict:
	states = [
		{"workflow_state_name": "Seed Begin", "style": ""},
		{"workflow_state_name": "Seed End", "style": "Success"},
	]
	return {
		"states": states,
		"actions": ["Seed it"],
		"workflow": {
			"doctype": "Workflow",
			"workflow_name": "Seeded",
			"document_type": "ToDo",
			"workflow_state_field": "status",
			"is_active": 1,
			"send_email_alert": 0,
			"states": [
				{"state": row["workflow_state_name"], "doc_status": "0", "allow_edit": "Early Educator"}
				for row in states
			],
			"transitions": [
				{
					"state": "Seed Begin",
					"action": "Seed it",
					"next_state": "Seed End",
					"allowed": "Early Educator",
				}
			],
			**values,
		},
	}


def test_a_workflow_comes_with_its_states_and_actions(tmp_path):
	write(tmp_path, "one/one.json", shipped_workflow())
	statuses = [status for _key, status in seeder.seed_workflows(tmp_path)]
	assert statuses == [seeder.CREATED] * 4
	assert frappe.db.get_value("Workflow", "Seeded", "is_active") == 1
	assert frappe.db.get_value("Workflow State", "Seed End", "style") == "Success"
	assert frappe.db.exists("Workflow Action Master", "Seed it")
	assert [status for _key, status in seeder.seed_workflows(tmp_path)] == [seeder.KEPT] * 4


def test_a_workflow_stays_inactive_beside_an_active_one(tmp_path):
	write(tmp_path, "one/one.json", shipped_workflow(workflow_name="Own"))
	seeder.seed_workflows(tmp_path)
	write(tmp_path, "one/one.json", shipped_workflow(workflow_name="Shipped"))
	seeder.seed_workflows(tmp_path)
	assert frappe.db.get_value("Workflow", "Own", "is_active") == 1
	assert frappe.db.get_value("Workflow", "Shipped", "is_active") == 0


def test_removing_workflows_spares_states_that_others_use(tmp_path):
	write(tmp_path, "one/one.json", shipped_workflow())
	seeder.seed_workflows(tmp_path)
	other = shipped_workflow(workflow_name="Other", document_type="Note", workflow_state_field="title")[
		"workflow"
	]
	other["states"] = other["states"][:1]
	other["transitions"] = []
	frappe.get_doc(other).insert()
	seeder.remove_workflows(tmp_path, ["ToDo"])
	assert not frappe.db.exists("Workflow", "Seeded")
	assert frappe.db.exists("Workflow", "Other")
	assert frappe.db.exists("Workflow State", "Seed Begin")
	assert not frappe.db.exists("Workflow State", "Seed End")
	assert not frappe.db.exists("Workflow Action Master", "Seed it")


# The installation -----------------------------------------------------------------------------------------------------


def snapshot() -> dict:
	doctypes = (
		*lists.LIST_DOCTYPES,
		"Role",
		"Workflow",
		"Workflow State",
		"Workflow Action Master",
		"Workspace",
	)
	doctypes += ("Custom HTML Block", "Module Profile", "Translation", "Version")
	return {
		doctype: sorted(frappe.get_all(doctype, fields=["name", "modified"], as_list=True))
		for doctype in doctypes
	}


def test_installing_again_changes_nothing():
	before = snapshot()
	install.after_install()
	assert snapshot() == before


def test_everything_shipped_is_there():
	for folder in ("role", "lists", "workspace"):
		for key in seeder.keys(steps.DEFAULTS / folder):
			assert frappe.db.exists(*key), key
	for role in policy.STAFF_ROLES:
		assert frappe.db.get_value("Role", role, "desk_access") == 1, role
	for doctype in policy.WORKFLOW_DOCTYPES:
		assert frappe.db.count("Workflow", {"document_type": doctype, "is_active": 1}) == 1, doctype
	assert frappe.db.get_single_value("Early Support Settings", "visit_limit") == 3
	assert frappe.db.get_single_value("Early Support Settings", "suppression_threshold") == 5


def test_a_job_keeps_the_rules_of_a_request(monkeypatch):
	monkeypatch.setattr(DatabaseQuery, "build_filter_conditions", queries._frappes_own)
	monkeypatch.setattr(permissions, "has_child_permission", rows._original)
	monkeypatch.setattr(frappe_report, "enable_prepared_report", prepared._original)
	for hook in frappe.get_hooks("before_job", app_name="early_support"):
		frappe.call(hook, method="x", kwargs={}, transaction_type="job")
	assert DatabaseQuery.build_filter_conditions is queries._build_filter_conditions
	assert permissions.has_child_permission is rows.has_child_permission
	assert frappe_report.enable_prepared_report is prepared.enable


def test_what_is_done_every_day():
	events = frappe.get_hooks("scheduler_events", app_name="early_support")
	done = {job.removeprefix("early_support.") for jobs in events.values() for job in jobs}
	assert done >= {
		"access.doors.shares.check_daily",
		"casework.consents.end_expired",
		"privacy.purge.enqueue_daily",
		"privacy.subject_access.remove_expired",
		"privacy.log_check.daily",
	}
	mornings = frappe.get_hooks("scheduler_events", app_name="early_support")["cron"]
	assert ["early_support.reminders.enqueue_daily"] in mornings.values()


def test_documents_are_not_shared():
	assert frappe.db.get_single_value("System Settings", "disable_document_sharing") == 1


def test_defaults_do_not_lie_where_frappe_would_import_them_again():
	fixtures = seeder.APP / "fixtures"
	assert not list(fixtures.glob("*.json"))
	assert not frappe.get_hooks("fixtures", app_name="early_support")


def test_settings_of_an_administrator_are_kept():
	settings = frappe.get_doc("Early Support Settings")
	settings.update({"visit_limit": 2, "suppression_threshold": 7})
	settings.save()
	install.after_install()
	assert frappe.db.get_single_value("Early Support Settings", "visit_limit") == 2
	assert frappe.db.get_single_value("Early Support Settings", "suppression_threshold") == 7


def test_a_site_without_plans_gets_what_they_need():
	"""A site that was installed before there were Child Plans: the patch brings the workflow, and the months once."""
	ledger.forget()
	with system_change():
		frappe.delete_doc("Workflow", "Child Plan", force=True)
	frappe.db.set_single_value("Early Support Settings", "plan_review_months", 0)
	add_child_plans.execute()
	assert frappe.db.get_value("Workflow", "Child Plan", ["document_type", "is_active"]) == ("Child Plan", 1)
	assert frappe.db.get_single_value("Early Support Settings", "plan_review_months") == 12
	frappe.db.set_single_value("Early Support Settings", "plan_review_months", 6)
	before = snapshot()
	add_child_plans.execute()
	assert snapshot() == before
	assert frappe.db.get_single_value("Early Support Settings", "plan_review_months") == 6


def test_which_services_need_a_decision_is_data():
	"""Early support needs none, special support a broad assessment and a decision and costs nothing, intensified family
	work a decision and a client plan (domain.md §3, 670-676, 683-685, 606-607, 569-571)."""
	terms = say_which_services_need_a_decision.TERMS
	said = {
		row.name: tuple(row[field] for field in terms)
		for row in frappe.get_all("Support Service", fields=["name", *terms])
	}
	assert said["early-support"] == (0, 0, 0, 0)
	assert said["special-family-work"] == (1, 1, 0, 1)
	assert said["intensified-family-work"] == (1, 0, 1, 0)


def test_a_site_made_before_is_told_once_which_services_need_a_decision():
	terms = say_which_services_need_a_decision.TERMS
	frappe.db.set_value("Support Service", "special-family-work", dict.fromkeys(terms, 0))
	own = {**dict.fromkeys(terms, 0), "free_of_charge": 1}
	frappe.db.set_value("Support Service", "intensified-family-work", own)
	say_which_services_need_a_decision.execute()
	assert frappe.db.get_value("Support Service", "special-family-work", terms) == (1, 1, 0, 1)
	assert frappe.db.get_value("Support Service", "intensified-family-work", terms) == (0, 0, 0, 1)


def test_a_site_without_clients_gets_what_they_need():
	"""The same of client relationships, with the reasons why they end, and of their plans."""
	ledger.forget()
	workflows = ("Client Relationship", "Support Plan", "Plan Review")
	with system_change():
		for doctype in workflows:
			frappe.delete_doc("Workflow", doctype, force=True)
	reasons = frappe.get_all("Ending Reason", pluck="name")
	frappe.delete_doc("Ending Reason", "need-ended", force=True)
	frappe.db.set_single_value("Early Support Settings", "support_plan_review_months", 0)
	add_client_relationships.execute()
	add_support_plans.execute()
	for doctype in workflows:
		assert frappe.db.get_value("Workflow", doctype, ["document_type", "is_active"]) == (doctype, 1)
	assert set(frappe.get_all("Ending Reason", pluck="name")) == set(reasons)
	assert frappe.db.get_single_value("Early Support Settings", "support_plan_review_months") == 3
	before = snapshot()
	add_client_relationships.execute()
	add_support_plans.execute()
	assert snapshot() == before


def test_uninstalling_undoes_the_steps_and_installing_again_gives_the_same():
	names = {doctype: [name for name, _modified in rows] for doctype, rows in snapshot().items()}
	user = make.make_staff("Early Educator")
	frappe.get_doc("User", user).add_roles(
		"Blogger" if frappe.db.exists("Role", "Blogger") else "Workspace Manager"
	)
	translation = {"language": "sv", "source_text": "Oma", "translated_text": "Egen"}
	frappe.get_doc({"doctype": "Translation", **translation}).insert()
	shared_states = set(frappe.get_all("Workflow State", pluck="name"))
	uninstall.before_uninstall()
	for role in policy.STAFF_ROLES:
		assert not frappe.db.exists("Role", role), role
		assert not frappe.db.exists("Has Role", {"role": role}), role
	assert frappe.db.count("Has Role", {"parent": user}) == 1
	assert not frappe.db.exists("Workflow", {"document_type": ("in", policy.WORKFLOW_DOCTYPES)})
	assert not frappe.db.exists("Module Profile", MODULE_PROFILE)
	assert not frappe.db.exists("Workspace", "Early Support")
	assert not frappe.db.exists("Translation", {"source_text": "Neuvola"})
	assert frappe.db.exists("Translation", translation)
	assert shared_states - set(frappe.get_all("Workflow State", pluck="name"))
	# Sharing stays off: it is a protection that others may rely on by now.
	assert frappe.db.get_single_value("System Settings", "disable_document_sharing") == 1
	for doctype in lists.LIST_DOCTYPES:  # go with their tables, which a test cannot drop
		frappe.db.delete(doctype)
	install.after_install()
	again = {doctype: [name for name, _modified in rows] for doctype, rows in snapshot().items()}
	del names["Version"], again["Version"]
	# Translations are named by chance; one more than before is that of the municipality itself.
	assert len(again.pop("Translation")) == len(names.pop("Translation")) + 1
	assert again == names


# The workspace --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", policy.STAFF_ROLES)
def test_staff_land_on_the_workspace_and_see_no_other_of_frappe(as_user, role):
	with as_user(role, controller=make.default_controller()) as user:
		modules = [row.module for row in frappe.get_doc("Module Profile", MODULE_PROFILE).block_modules]
		for module in modules:  # as saving the user does
			row = {
				"doctype": "Block Module",
				"parent": user,
				"parenttype": "User",
				"parentfield": "block_modules",
			}
			frappe.get_doc({**row, "module": module, "name": frappe.generate_hash(length=10)}).db_insert()
		frappe.clear_document_cache("User", user)
		pages = [page["name"] for page in get_workspace_sidebar_items()["pages"]]
	more = {"Form Administrator": ["Forms and Organisation"], "Privacy Officer": ["Data Protection"]}
	assert pages == ["Early Support", *more.get(role, [])]


# What no start page leads to, and why: whoever may open these comes to them another way, or has no use for a list of them.
OF_A_FORM = "the options of a form, which whoever fills it in chooses there; its list is the administrators'"
WHERE = "whoever works somewhere is told where by each form; the list is the administrators'"
NOT_LINKED = {
	**dict.fromkeys(
		(
			"Age Band",
			"Assessment Basis",
			"Assessment Outcome",
			"Closing Reason",
			"Concern Topic",
			"Contact Method",
			"Ending Reason",
			"Referral Source",
			"Shared Section",
			"Statutory Ground",
			"Support Service",
			"Unit Event Kind",
			"Visit Outcome",
			"Worry Zone",
		),
		OF_A_FORM,
	),
	**dict.fromkeys(("Day Care Unit", "Register Controller", "Service Area"), WHERE),
	"Network Meeting Filing": "the sheet of each register controller, which its network meeting shows",
	"Plan Review": "the review of one plan, which its support plan shows",
	"Case Access Log": "is read by the report Who Looked",
	"Demo Record": "what the demo made, so that it can be removed again: by a command of the server",
}
ADMINISTRATORS = ("Form Administrator", "System Manager")
# The administrators find every list that is theirs.
OWN_LISTS = {name for name, reason in NOT_LINKED.items() if reason == OF_A_FORM}


def linked_from_the_start_pages() -> set[str]:
	"""Return what the workspaces of the session's user lead to, as Frappe shows them."""
	found = set()
	for page in get_workspace_sidebar_items()["pages"]:
		shown = get_desktop_page(json.dumps(page))
		found.update(row["link_to"] for row in shown["shortcuts"]["items"])
		found.update(row["link_to"] for card in shown["cards"]["items"] for row in card["links"])
	return found


@pytest.mark.parametrize("role", [*policy.STAFF_ROLES, "System Manager"])
def test_a_start_page_leads_to_all_that_the_role_may_open(as_user, role):
	module = {"module": "Early Support"}
	doctypes = frappe.get_all("DocType", filters={**module, "istable": 0}, pluck="name")
	reports = frappe.get_all("Report", filters=module, pluck="name")
	# Administrators of the site are assigned nowhere.
	user = (
		make.make_user(role)
		if role == "System Manager"
		else make.make_staff(role, controller=make.default_controller())
	)
	with as_user.existing(user):
		readable = {name for name in doctypes if frappe.has_permission(name, "read")}
		readable |= {name for name in reports if frappe.get_doc("Report", name).is_permitted()}
		linked = linked_from_the_start_pages()
	lacking = readable - linked
	own = OWN_LISTS | {"Day Care Unit", "Register Controller", "Service Area"}
	assert lacking - set(NOT_LINKED) == set()
	if role in ADMINISTRATORS:
		assert lacking & own == set()
	# Nor does a start page offer what is refused afterwards.
	assert not {name for name in linked if name in doctypes or name in reports} - readable


def test_every_shortcut_and_link_of_the_workspaces_leads_somewhere():
	for name in ("Early Support", "Forms and Organisation", "Data Protection"):
		workspace = frappe.get_doc("Workspace", name)
		for row in workspace.shortcuts:
			assert frappe.db.exists(row.type, row.link_to), row.label
		for row in workspace.links:
			assert row.type == "Card Break" or frappe.db.exists(row.link_type, row.link_to), row.label
		labels = {row.label for row in [*workspace.shortcuts, *workspace.links, *workspace.custom_blocks]}
		for block in json.loads(workspace.content):
			data = block["data"]
			used = data.get("shortcut_name") or data.get("card_name") or data.get("custom_block_name")
			assert used is None or used in labels, used


def test_a_site_made_before_gets_the_calendar_of_the_units_once():
	ledger.forget()
	workspace = frappe.get_doc("Workspace", "Early Support")
	workspace.shortcuts = [
		row for row in workspace.shortcuts if row.link_to not in ("Unit Event", "Vuosikello")
	]
	workspace.save()
	for name in frappe.get_all("Unit Event Kind", pluck="name"):
		frappe.db.delete("Unit Event Kind", {"name": name})
	for _time in range(2):
		add_unit_calendar.execute()
		shortcuts = [row.link_to for row in frappe.get_doc("Workspace", "Early Support").shortcuts]
		assert [name for name in shortcuts if name in ("Unit Event", "Vuosikello")] == [
			"Unit Event",
			"Vuosikello",
		]
		assert frappe.db.count("Unit Event Kind") == 10


def test_a_site_made_before_gets_the_way_to_the_figures_once():
	workspace = frappe.get_doc("Workspace", "Early Support")
	shipped = workspace.as_dict()
	workspace.links = []
	workspace.content = json.dumps(
		[block for block in json.loads(workspace.content) if block["type"] != "card"]
	)
	workspace.save()
	for _time in range(2):
		add_figures.execute()
		workspace = frappe.get_doc("Workspace", "Early Support")
		assert [row.label for row in workspace.links] == [row.label for row in shipped["links"]]
		assert sum(block["type"] == "card" for block in json.loads(workspace.content)) == 1
