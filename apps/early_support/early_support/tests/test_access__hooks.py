"""Every hook that refuses something in a document is asked by Frappe, and refuses: each by itself, also the next one.

What a rule says is tested beside the rule. Here each is asked through the hooks, as Frappe asks it, and alone: with its
line in hooks.py or wiring.py gone, the document below would pass.
"""

from collections.abc import Callable

import frappe
import frappe.app
import pytest
from frappe import permissions
from frappe.core.doctype.report import report as frappe_report
from frappe.model.db_query import DatabaseQuery

from early_support.access import policy
from early_support.access.doors import entrance, menu, prepared, queries, reports, rows
from early_support.access.doors.carriers import LeavesTheRules
from early_support.access.doors.keys import KeepsTheKeys
from early_support.access.doors.notes import NotPrivate
from early_support.access.doors.prepared import IsNotPrepared
from early_support.access.doors.programs import RunsPrograms
from early_support.access.doors.tables import CARRIERS, NOTES
from early_support.access.doors.users import ForeignAccountError, ForeignPasswordError, OwnNameError
from early_support.exceptions import (
	FormChangeRefused,
	GuardNotMet,
	MarkupInText,
	PersonInText,
	WorkflowNotSound,
)
from early_support.privacy import append_only, failures
from early_support.setup import install
from early_support.tests import case_factories as case
from early_support.tests import factories

OWN = "early_support."
EVENTS_OF_NAMES = ("before_rename", "after_rename")

# These change, tell or note something and refuse nothing (tests: test_access__doors.py, test_content__carriers.py,
# test_form_change__by_hand.py, test_workflow_guard__moves.py).
SET_SOMETHING = {
	"notes.say_nothing",
	"carriers.follow_nothing",
	"by_hand.changed",
	"by_hand.gone",
	"guard.tell_moves",
}

# What people hang on a case, what only administrators make, and what Jinja fills in. Written here once more on purpose:
# a line that disappears from the tables of the app has to be missed.
WRITTEN = ("Comment", "Communication", "Energy Point Log", "File", "Reminder", "ToDo")
MADE_BY_ADMINISTRATORS = (
	"Custom HTML Block",
	"Dashboard Chart",
	"Discussion Reply",
	"Discussion Topic",
	"Event",
	"Google Calendar",
	"Google Contacts",
	"Kanban Board",
	"List Filter",
	"Note",
	"Tag",
	"Tag Link",
	"Workspace",
)
TEMPLATES = {
	"Address Template": "template",
	"Email Template": "response",
	"Letter Head": "content",
	"Newsletter": "message",
	"Notification": "message",
	"Print Format": "html",
	"Web Page": "main_section",
}
STORED = {
	"Custom Field": "Concern-custom_part",
	"DocType": "ToDo",
	"Property Setter": "Concern-observed_on-reqd",
	"Workflow": "Concern",
	"Workflow State": "Raised",
	"Workflow Action Master": "Raise the concern",
	"Workflow Document State": {"parent": "Concern"},
	"Workflow Transition": {"parent": "Concern"},
}
BREAKS_WORKFLOWS = (
	("Workflow", "on_trash"),
	("Workflow", "before_rename"),
	("Workflow State", "on_trash"),
	("Workflow State", "before_rename"),
	("Workflow Action Master", "on_trash"),
	("Workflow Action Master", "before_rename"),
	("Workflow Document State", "validate"),
	("Workflow Document State", "on_trash"),
	("Workflow Transition", "validate"),
	("Workflow Transition", "on_trash"),
)


def new(doctype: str, **values) -> Callable:
	"""Return what makes, without storing it, a document with these values; a value may be the name of a fixed record."""
	return lambda fixed: frappe.get_doc(
		{
			"doctype": doctype,
			**{
				key: fixed.get(value, value) if isinstance(value, str) else value
				for key, value in values.items()
			},
		}
	)


def note(doctype: str, of: str, **values) -> Callable:
	type_field, name_field = NOTES[doctype]
	return new(doctype, comment_type="Comment", **{type_field: of, name_field: f"<{of}>", **values})


def stored(doctype: str) -> Callable:
	return lambda fixed: frappe.get_doc(doctype, STORED[doctype])


def changed(doctype: str, which: str, **values) -> Callable:
	"""Return what changes a stored document, as far as just before it is stored."""

	def make(fixed):
		doc = frappe.get_doc(doctype, fixed.get(which, which))
		doc.load_doc_before_save()
		return doc.update(values)

	return make


# (doctype whose hooks are asked, event, what makes the document, who stores it, what refuses it)
REFUSED = [
	*(
		(doctype, "validate", note(doctype, "Concern"), "stranger", frappe.PermissionError)
		for doctype in WRITTEN
	),
	*(
		(doctype, "validate", note(doctype, "Consultation"), "Administrator", PersonInText)
		for doctype in WRITTEN
	),
	*(
		(doctype, "validate", note(doctype, "Unit Event"), "Administrator", PersonInText)
		for doctype in WRITTEN
	),
	*((doctype, "validate", note(doctype, "Referral"), "Administrator", GuardNotMet) for doctype in WRITTEN),
	(
		"Communication",
		"validate",
		note("Communication", "Concern", communication_medium="Email"),
		"Administrator",
		LeavesTheRules,
	),
	*(
		(doctype, "validate", new(doctype, **{field: "Concern"}), "Administrator", LeavesTheRules)
		for doctype, field in CARRIERS.items()
	),
	(
		"Email Account",
		"validate",
		new("Email Account", imap_folder=[{"append_to": "Concern"}]),
		"Administrator",
		LeavesTheRules,
	),
	(
		"Auto Email Report",
		"validate",
		new("Auto Email Report", report="<report>"),
		"Administrator",
		LeavesTheRules,
	),
	(
		"Custom DocPerm",
		"validate",
		new("Custom DocPerm", parent="Concern", role="Guest"),
		"Administrator",
		LeavesTheRules,
	),
	(
		"Custom Field",
		"validate",
		new("Custom Field", dt="Concern", fieldtype="Data", in_global_search=1),
		"Administrator",
		LeavesTheRules,
	),
	(
		"Custom Field",
		"validate",
		new("Custom Field", dt="Consultation", fieldtype="Password"),
		"Administrator",
		PersonInText,
	),
	(
		"Custom Field",
		"validate",
		new("Custom Field", dt="Concern", fieldtype="Data", depends_on="eval:alert(1)"),
		"manager",
		RunsPrograms,
	),
	(
		"Custom Field",
		"validate",
		new("Custom Field", dt="Concern", fieldtype="Data", label="Henkilötunnus"),
		"Administrator",
		FormChangeRefused,
	),
	(
		"Custom Field",
		"on_trash",
		new("Custom Field", dt="Concern", fieldtype="Date", fieldname="observed_on"),
		"Administrator",
		FormChangeRefused,
	),
	*(
		(doctype, "on_trash", stored(doctype), "Administrator", FormChangeRefused)
		for doctype in ("Custom Field", "Property Setter")
	),
	(
		"Property Setter",
		"before_validate",
		new("Property Setter", doc_type="Concern", field_name="strengths", property="label", value="Hetu"),
		"Administrator",
		FormChangeRefused,
	),
	(
		"Property Setter",
		"before_validate",
		new("Property Setter", doc_type="Concern", property="track_changes", value="0"),
		"Administrator",
		LeavesTheRules,
	),
	(
		"Property Setter",
		"before_validate",
		new("Property Setter", doc_type="Concern", property="depends_on", value="fn:x"),
		"manager",
		RunsPrograms,
	),
	(
		"Translation",
		"before_validate",
		new("Translation", source_text="Concern", translated_text="<b>Huoli</b>"),
		"manager",
		MarkupInText,
	),
	(
		"Notification",
		"validate",
		new("Notification", document_type="Concern", message="{{ doc.observation }}"),
		"Administrator",
		LeavesTheRules,
	),
	*(
		(
			doctype,
			"validate",
			new(doctype, **{field: "{{ doc.reset_password() }}"}),
			"manager",
			RunsPrograms,
		)
		for doctype, field in TEMPLATES.items()
	),
	(
		"Workspace",
		"validate",
		new("Workspace", shortcuts=[{"stats_filter": "alert(1)"}]),
		"manager",
		RunsPrograms,
	),
	*(
		(doctype, "validate", new(doctype, script="x"), "manager", RunsPrograms)
		for doctype in ("Client Script", "Server Script")
	),
	("Report", "validate", new("Report", report_type="Query Report"), "manager", RunsPrograms),
	(
		"Report",
		"validate",
		new("Report", report_type="Query Report", query="select * from `tabConcern`"),
		"Administrator",
		LeavesTheRules,
	),
	(
		"Report",
		"validate",
		changed("Report", "Kuukausitilasto", prepared_report=1),
		"Administrator",
		IsNotPrepared,
	),
	("User", "validate", changed("User", "<stranger>", first_name="Johtaja"), "stranger", OwnNameError),
	(
		"User",
		"before_validate",
		changed("User", "<stranger>", new_password="Zx9!kkq-apila-tuoli"),
		"manager",
		ForeignPasswordError,
	),
	("User", "before_rename", changed("User", "<stranger>"), "manager", ForeignAccountError),
	*(
		(
			"Property Setter",
			event,
			new("Property Setter", doc_type="User", property="label"),
			"manager",
			KeepsTheKeys,
		)
		for event in ("before_validate", "on_trash")
	),
	(
		"Custom DocPerm",
		"before_validate",
		new("Custom DocPerm", parent="User", permlevel=9),
		"manager",
		KeepsTheKeys,
	),
	*(
		(doctype, "before_validate", new(doctype, parenttype="User"), "manager", KeepsTheKeys)
		for doctype in ("Has Role", "User Social Login")
	),
	*(
		(doctype, "on_trash", new(doctype, parenttype="DocType"), "manager", KeepsTheKeys)
		for doctype in ("DocField", "DocPerm")
	),
	("File", "before_validate", note("File", "Concern", is_private=0), "Administrator", NotPrivate),
	(
		"*",
		"before_validate",
		new("Event", event_participants=[{"reference_doctype": "Child", "reference_docname": "X"}]),
		"Administrator",
		LeavesTheRules,
	),
	("*", "before_validate", new("Contact", first_name="<b>x</b>"), "Administrator", MarkupInText),
	*(
		(doctype, "before_validate", new(doctype, __islocal=1), "stranger", frappe.PermissionError)
		for doctype in MADE_BY_ADMINISTRATORS
	),
	("*", "before_validate", new("Webhook", webhook_doctype="ToDo"), "manager", frappe.PermissionError),
	("DocType", "before_rename", stored("DocType"), "manager", frappe.PermissionError),
	("Workflow", "before_validate", changed("Workflow", "Concern", is_active=0), "manager", WorkflowNotSound),
	*((doctype, event, stored(doctype), "manager", WorkflowNotSound) for doctype, event in BREAKS_WORKFLOWS),
]


def hooks_of(doctype: str, event: str) -> list[str]:
	"""Return our own functions which Frappe calls for the event, by the table that it goes by when it calls them."""
	asked = frappe.get_doc_hooks().get(doctype, {}).get(event, [])
	return [path for path in asked if path.startswith(OWN)]


def short(path: str) -> str:
	return ".".join(path.split(".")[-2:])


def refuses(path: str, doc, event: str, error: type[Exception]) -> bool:
	names = ("x", "y", False) if event in EVENTS_OF_NAMES else ()
	try:
		frappe.get_attr(path)(doc, event, *names)
	except error:
		return True
	return False


@pytest.fixture
def fixed(team, other) -> dict[str, str]:
	"""The records and people of which REFUSED speaks."""
	report = {"doctype": "Report", "report_name": "es list", "ref_doctype": "Concern", "module": "Core"}
	with case.acting("Administrator"):
		report = frappe.get_doc({**report, "report_type": "Report Builder", "is_standard": "No"}).insert()
	concern = case.make_concern(team).name
	store_customizations(concern)
	return {
		"<Concern>": concern,
		"<Consultation>": "X",
		"<Unit Event>": "X",
		"<Referral>": "X",
		"<report>": report.name,
		"<stranger>": other.educator,
	}


def store_customizations(concern: str) -> None:
	"""Store, past all hooks, a heading that shows what is required, and a property without which `concern` lacks an answer."""
	frappe.db.set_value("Concern", concern, {"workflow_state": "Raised", "observed_on": None})
	heading = {"fieldtype": "Section Break", "label": "Arki", "insert_after": "resources"}
	field = {"doctype": "Custom Field", "dt": "Concern", "fieldname": "custom_part", **heading}
	frappe.get_doc({**field, "name": STORED["Custom Field"]}).db_insert()
	for fieldname, value in (("wishes", "1"), ("observed_on", "0")):
		of_field = {"doc_type": "Concern", "doctype_or_field": "DocField", "field_name": fieldname}
		setter = {"doctype": "Property Setter", "property": "reqd", "property_type": "Check", "value": value}
		frappe.get_doc({**setter, **of_field, "name": f"Concern-{fieldname}-reqd"}).db_insert()
	frappe.clear_cache(doctype="Concern")


def test_every_hook_of_a_document_refuses_by_itself(fixed, other):
	people = {
		"Administrator": "Administrator",
		"stranger": other.educator,
		"manager": factories.make_user("System Manager"),
	}
	alone = set()
	for doctype, event, make, who, error in REFUSED:
		if doctype != "*" and not frappe.db.exists("DocType", doctype):
			continue
		doc = make(fixed)
		with case.attempt(), case.acting(people[who]):
			refusing = [path for path in hooks_of(doctype, event) if refuses(path, doc, event, error)]
		assert refusing, (doctype, event, error.__name__, hooks_of(doctype, event))
		if len(refusing) == 1:
			alone.add((doctype, event, *refusing))
	# And the other way about: no hook is without a document that it alone refuses.
	for doctype, events in frappe.get_doc_hooks().items():
		if doctype in policy.WORKFLOW_DOCTYPES or (
			doctype != "*" and not frappe.db.exists("DocType", doctype)
		):
			continue
		for event in events:
			for path in hooks_of(doctype, event):
				if short(path) not in SET_SOMETHING:
					assert (doctype, event, path) in alone, "please add to REFUSED what this hook refuses"


# Around requests, and elsewhere ---------------------------------------------------------------------------------------


def test_a_request_finds_every_door_as_it_has_to_be(api, monkeypatch):
	"""As in the first request of a process: what the app puts in Frappe's place is Frappe's own again before it."""
	monkeypatch.setattr(frappe, "whitelisted", [*frappe.whitelisted])
	monkeypatch.setattr(DatabaseQuery, "build_filter_conditions", queries._frappes_own)
	monkeypatch.setattr(DatabaseQuery, "execute", queries._frappes_execute)
	monkeypatch.setattr(permissions, "has_child_permission", rows._original)
	monkeypatch.setattr(frappe_report, "enable_prepared_report", prepared._original)
	monkeypatch.setattr(reports.permitted, "execute", None)
	monkeypatch.setattr(frappe.app, "log_error_snapshot", None, raising=False)
	api(None).get("/api/method/ping")
	assert isinstance(frappe.whitelisted, entrance.Entrance)
	assert DatabaseQuery.build_filter_conditions is queries._build_filter_conditions
	assert DatabaseQuery.execute is queries._execute
	assert permissions.has_child_permission is rows.has_child_permission
	assert frappe_report.enable_prepared_report is prepared.enable
	assert reports.permitted.execute is reports.refuse
	assert frappe.app.log_error_snapshot is failures.keep_place


def test_the_desk_begins_with_what_runs_and_without_closed_pages(team):
	settings = frappe.get_single("Navbar Settings")
	settings.append("settings_dropdown", {"item_label": "x", "item_type": "Route", "route": menu.PROFILE})
	bootinfo = frappe._dict(navbar_settings=settings)
	with case.acting(team.educator):
		# As Frappe calls them.
		for hook in frappe.get_hooks("extend_bootinfo", app_name="early_support"):
			frappe.get_attr(hook)(bootinfo=bootinfo)
	assert bootinfo.early_support_break_glass == []
	routes = [item.get("route") for item in bootinfo.navbar_settings.get("settings_dropdown")]
	assert menu.PROFILE not in routes


def test_a_migration_looks_for_what_keeps_the_log(monkeypatch):
	asked = []
	monkeypatch.setattr(install, "check_policies", lambda: asked.append("policies"))
	monkeypatch.setattr(append_only, "missing_triggers", lambda: asked.append("triggers") or [])
	for hook in frappe.get_hooks("after_migrate", app_name="early_support"):
		frappe.get_attr(hook)()
	assert sorted(asked) == ["policies", "triggers"]
