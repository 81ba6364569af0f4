"""The entrance: every whitelisted function of Frappe is closed to the staff unless it is named, under every name it has."""

import inspect
import json
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import frappe
import pytest
from frappe.model.naming import set_new_name

from early_support.access.doors import entrance, methods, open_methods
from early_support.access.doors.wiring import OVERRIDES
from early_support.tests import canary, factories
from early_support.tests import case_factories as case

# Written down once more, so that a name taken off the list is missed.
CLOSED_TO_ALL = (
	"frappe.automation.doctype.auto_repeat.auto_repeat.generate_message_preview",
	"frappe.client.get_password",
	"frappe.desk.doctype.system_console.system_console.execute_code",
	"frappe.desk.doctype.system_console.system_console.show_processlist",
	"frappe.desk.page.backups.backups.schedule_files_backup",
	"frappe.desk.query_report.get_data_for_custom_field",
	"frappe.desk.treeview.get_all_nodes",
	"frappe.email.doctype.notification.notification.Notification.preview_meets_condition",
	"frappe.email.doctype.notification.notification.Notification.preview_message",
	"frappe.email.doctype.notification.notification.Notification.preview_subject",
	"frappe.email.relink",
	"frappe.integrations.doctype.webhook.webhook.Webhook.generate_preview",
	"frappe.integrations.doctype.webhook.webhook.Webhook.preview_meets_condition",
	"frappe.integrations.doctype.webhook.webhook.Webhook.preview_request_body",
	"frappe.integrations.doctype.dropbox_settings.dropbox_settings.take_backup",
	"frappe.integrations.doctype.google_drive.google_drive.take_backup",
	"frappe.integrations.doctype.s3_backup_settings.s3_backup_settings.take_backup",
	"frappe.integrations.doctype.s3_backup_settings.s3_backup_settings.take_backups_s3",
	"frappe.model.mapper.map_docs",
	"frappe.recorder.delete",
	"frappe.recorder.export_data",
	"frappe.recorder.get",
	"frappe.recorder.import_data",
	"frappe.recorder.start",
	"frappe.recorder.stop",
	"frappe.utils.backups.fetch_latest_backups",
	"frappe.utils.backups.get_backup_encryption_key",
	"frappe.utils.goal.get_monthly_goal_graph_data",
	"frappe.website.doctype.discussion_topic.discussion_topic.submit_discussion",
	"frappe.workflow.doctype.workflow.workflow.get_workflow_state_count",
)
ANSWERED_BY_US = sorted(OVERRIDES)

# What is open to the staff although no script of the desk calls it.
NOT_CALLED_BY_THE_DESK = {
	"frappe.auth.get_logged_user": "tells a person, or a realtime server, who is signed in",
	"frappe.client.get_js": "the desk of 15.0.0-dev loads its scripts by it",
	"frappe.handler.download_file": "the address of an attached file in some versions",
	"frappe.handler.logout": "ends the session, under a short name",
	"frappe.handler.ping": "tells that the server is there",
	"frappe.handler.upload_file": "attaches a file, under a short name",
	"frappe.handler.web_logout": "ends the session, under a short name",
	"frappe.realtime.can_subscribe_doc": "asked by the realtime server in the name of the person",
	"frappe.realtime.get_user_info": "asked by the realtime server in the name of the person",
	"frappe.translate.get_app_translations": "the words of the desk",
}


@pytest.fixture
def concern(team):
	return case.make_concern(team)


@pytest.fixture
def manager(site) -> str:
	return factories.make_user("System Manager")


@cache
def functions() -> dict[str, object]:
	"""Return every whitelisted function of Frappe, under the name by which it was defined."""
	canary.import_everything()
	found = {entrance.path_of(function): function for function in frappe.whitelisted}
	return {
		path: function
		for path, function in found.items()
		if path.startswith("frappe.") and ".tests." not in path
	}


def is_function(path: str) -> bool:
	"""Whether the name leads to a function of a module, which can be asked for by name, and not to one of a class."""
	with suppress(Exception):
		return inspect.isfunction(frappe.get_attr(path))
	return False


def call(client, path: str, http: str = "POST", **form):
	sent = {"query_string": form} if http == "GET" else {"json": form}
	return client.open(http, f"/api/method/{path}", **sent)


# Closed unless named -------------------------------------------------------------------------------------------------


def test_no_function_is_in_two_lists():
	lists = (open_methods.CLOSED, open_methods.STAFF_READERS, open_methods.STAFF_WRITERS, set(OVERRIDES))
	assert sum(map(len, lists)) == len(frozenset().union(*lists))


def test_the_name_of_every_function_is_that_of_the_function(site):
	"""A function that is wrapped under another name would pass by the lists."""
	for path, function in functions().items():
		*modules, name = path.split(".")
		home = sys.modules.get(".".join(modules)) or getattr(sys.modules[".".join(modules[:-1])], modules[-1])
		assert entrance.unwrap(getattr(home, name)) is entrance.unwrap(function), path


def test_what_is_no_function_wraps_none():
	assert entrance.unwrap(dict) is dict
	assert entrance.path_of(dict) == "builtins.dict"


def test_what_is_not_named_is_closed_to_an_early_educator(team, api):
	client, named = api(team.educator), open_methods.STAFF | set(OVERRIDES)
	asked = 0
	with case.acting(team.educator):
		for path, function in functions().items():
			if path in named:
				continue
			assert not entrance.is_open(function), path
			if is_function(path):
				asked += 1
				assert call(client, path).status_code == 403, path
	assert asked > 200


@pytest.mark.parametrize(
	"role", ["Early Educator", "Form Administrator", "Privacy Officer", "System Manager"]
)
def test_what_asks_for_no_right_is_closed_to_everybody(api, role):
	client = api(factories.make_user(role))
	for path in CLOSED_TO_ALL:
		if is_function(path):
			assert call(client, path).status_code == 403, path


def test_what_asks_for_no_right_is_closed_to_administrator_too(site):
	for path in CLOSED_TO_ALL:
		assert path in open_methods.CLOSED, path
		if path in functions():
			assert not entrance.is_open(functions()[path]), path


def test_what_is_named_is_open_to_the_staff(team):
	with case.acting(team.educator):
		for path in open_methods.STAFF & set(functions()):
			assert entrance.is_open(functions()[path]), path


def test_what_is_not_named_is_open_to_a_system_manager(manager):
	with case.acting(manager):
		for path in ("frappe.desk.reportview.delete_items", "frappe.core.doctype.user.user.get_all_roles"):
			assert entrance.is_open(functions()[path]), path


def test_each_open_function_is_called_by_the_desk(site):
	"""No name stays open for which nobody has a use any more."""
	scripts = []
	for pattern in ("*.js", "*.vue", "*.html"):
		for path in Path(frappe.get_app_path("frappe")).rglob(pattern):
			if not {"node_modules", "dist", "lib"} & set(path.parts):
				scripts.append(path.read_text(errors="replace"))
	called = set(re.findall(r"frappe(?:\.\w+)+", "\n".join(scripts)))
	for path in open_methods.STAFF & set(functions()):
		assert path in called or path in NOT_CALLED_BY_THE_DESK, path


# Under every name ----------------------------------------------------------------------------------------------------


def aliases() -> dict[str, object]:
	"""Return every other name under which a function of Frappe answers: that of a module which imports it."""
	own = {id(function): path for path, function in functions().items()}
	found = {}
	for name, module in list(sys.modules.items()):
		if name.startswith("frappe") and module and ".tests" not in name and ".test_" not in name:
			for attribute, value in list(vars(module).items()):
				if own.get(id(value)) not in (None, f"{name}.{attribute}"):
					found[f"{name}.{attribute}"] = value
	return found


def test_no_other_name_opens_a_closed_function(team, api):
	client, tried = api(team.educator), 0
	for path, function in aliases().items():
		if entrance.path_of(function) not in open_methods.STAFF and path not in OVERRIDES:
			tried += 1
			assert call(client, path).status_code == 403, path
	assert tried > 10


@pytest.mark.parametrize("prefix", ["/api/method/", "/api/v1/method/", "/api/v2/method/", "/"])
def test_every_address_of_a_function_is_closed(team, api, prefix):
	client = api(team.educator)
	for path in (*CLOSED_TO_ALL, "frappe.desk.form.linked_with.get", "frappe.desk.doctype.tag.tag.add_tag"):
		if is_function(path):
			whole = prefix if prefix == "/" else f"{prefix}{path}"
			answer = client.post(whole, data={"cmd": path} if prefix == "/" else {})
			assert answer.status_code in (403, 404), path


def test_no_function_calls_a_closed_one_by_name(team, api):
	client = api(team.educator)
	by_name = {
		"frappe.model.mapper.make_mapped_doc": lambda path: {"method": path, "source_name": "Child"},
		"frappe.model.mapper.map_docs": lambda path: {
			"method": path,
			"source_names": '["Child"]',
			"target_doc": "{}",
		},
		"frappe.desk.treeview.get_all_nodes": lambda path: {
			"doctype": "Child",
			"label": "x",
			"parent": "x",
			"tree_method": path,
		},
		"frappe.desk.search.search_widget": lambda path: {"doctype": "Child", "txt": "", "query": path},
		"frappe.desk.search.search_link": lambda path: {"doctype": "Child", "txt": "", "query": path},
	}
	others = [path for path, function in aliases().items() if entrance.path_of(function) in OVERRIDES]
	closed = [path for path in CLOSED_TO_ALL if is_function(path)]
	assert len(others) > 5
	for caller, form in by_name.items():
		for path in (*closed, *others, "frappe.desk.form.linked_with.get"):
			if path not in OVERRIDES:
				assert call(client, caller, **form(path)).status_code == 403, (caller, path)
	for path in (*closed, *ANSWERED_BY_US):
		if is_function(path):
			answer = client.post("/api/method/upload_file", data={"method": path, "doctype": "Child"})
			assert answer.status_code == 403, path


def test_no_method_of_a_document_goes_round_the_entrance(team, concern, api):
	client = api(team.educator)
	whole = json.loads(frappe.as_json(concern.as_dict()))
	for method in ("submit", "cancel", "rename", "add_comment", "discard"):
		answers = [
			call(client, "run_doc_method", docs=json.dumps(whole), method=method),
			call(client, "frappe.handler.run_doc_method", docs=json.dumps(whole), method=method),
			client.post(f"/api/resource/Concern/{concern.name}", json={"run_method": method}),
			client.post(f"/api/v2/document/Concern/{concern.name}/method/{method}", json={}),
		]
		assert {answer.status_code for answer in answers} <= {403, 404, 417, 500}, method
	assert frappe.db.get_value("Concern", concern.name, "docstatus") == 0


# A link only reads ---------------------------------------------------------------------------------------------------


def test_no_writer_answers_a_link(team, api):
	client = api(team.educator)
	ours = [path for path, ours in OVERRIDES.items() if _only_posted(ours) and path in functions()]
	assert len(ours) > 4
	for path in [*ours, *(open_methods.STAFF_WRITERS & set(functions()))]:
		assert call(client, path, "GET").status_code == 403, path
		assert client.get("/", query_string={"cmd": path}).status_code == 403, path


def _only_posted(path: str) -> bool:
	allowed = frappe.allowed_http_methods_for_whitelisted_func[frappe.get_attr(path)]
	return allowed == ["POST"]


def test_no_reader_calls_a_writer_for_a_link(team, concern, api):
	client = api(team.educator)
	doc = json.dumps({"doctype": "ToDo", "description": "kalastelu"})
	for caller, form in (
		("frappe.model.mapper.make_mapped_doc", {"method": "frappe.client.insert", "source_name": doc}),
		(
			"frappe.desk.search.search_widget",
			{"doctype": "ToDo", "txt": doc, "query": "frappe.client.insert"},
		),
	):
		assert call(client, caller, "GET", **form).status_code == 403, caller
	assert not frappe.db.exists("ToDo", {"description": "kalastelu"})


def test_no_reader_calls_a_writer_of_ours_for_a_link(team, api):
	called = []

	@frappe.whitelist(methods=["POST"])
	def ours(source_name):
		called.append(source_name)

	ours.__module__ = "early_support.waiting"
	client, form = api(team.educator), {"method": "early_support.waiting.write", "source_name": "x"}
	with pytest.MonkeyPatch.context() as patch:
		patch.setattr("early_support.waiting.write", ours, raising=False)
		for http, allowed in (("GET", False), ("POST", True)):
			answer = call(client, "frappe.model.mapper.make_mapped_doc", http, **form)
			assert (answer.status_code == 200, bool(called)) == (allowed, allowed), http


def test_a_link_moves_and_changes_no_case(team, concern, manager, api):
	names = json.dumps([concern.name])
	links = (
		(
			"frappe.model.workflow.bulk_workflow_approval",
			{"docnames": names, "doctype": "Concern", "action": "Raise the concern"},
		),
		(
			"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
			{
				"docnames": names,
				"doctype": "Concern",
				"action": "update",
				"data": '{"observation": "linkki"}',
			},
		),
	)
	for user in (team.educator, manager):
		for path, form in links:
			assert call(api(user), path, "GET", **form).status_code == 403, (user, path)
	assert frappe.db.get_value("Concern", concern.name, "workflow_state") == "Draft"
	assert frappe.db.get_value("Concern", concern.name, "observation") == concern.observation


def test_for_a_system_manager_too_a_link_only_reads(manager, api):
	readers = open_methods.READERS | frappe_says_get() | set(OVERRIDES)
	with case.acting(manager):
		client, asked = api(manager), 0
		for path in functions():
			if path not in readers and is_function(path):
				asked += 1
				assert call(client, path, "GET").status_code in (403, 405), path
	assert asked > 200


def frappe_says_get() -> set[str]:
	"""Return the functions which Frappe made for links and nothing else."""
	allowed = frappe.allowed_http_methods_for_whitelisted_func
	return {path for path, function in functions().items() if allowed[function] == ["GET"]}


def test_no_function_of_ours_that_changes_something_answers_a_link(site):
	canary.import_everything()
	changing = re.compile(
		r"\.(insert|save|delete|db_set|set_value|submit|enqueue)\(|frappe\.db\.(delete|commit)"
	)
	for function in frappe.whitelisted:
		if (
			function.__module__.startswith("early_support.")
			and "GET" in (frappe.allowed_http_methods_for_whitelisted_func[function])
		):
			assert not changing.search(inspect.getsource(function)), entrance.path_of(function)


# Parameters of Frappe's functions which ours leave out on purpose.
BELIEVED_TO_NOBODY = {"args", "ignore_permissions"}


# What answers in Frappe's place --------------------------------------------------------------------------------------


def test_each_of_ours_takes_what_frappes_own_takes(site):
	"""Frappe leaves out, without a word, what a function does not take."""
	for path, ours in OVERRIDES.items():
		if path in functions() and ours != f"{methods.__name__}.make_access_log":
			taken = set(inspect.signature(frappe.get_attr(ours)).parameters)
			theirs = inspect.signature(entrance.unwrap(functions()[path])).parameters
			assert set(theirs) - BELIEVED_TO_NOBODY <= taken, path


def test_connections_are_counted_by_the_list(team, concern, other, api):
	"""An educator of the unit sees what hangs on the child; a counsellor with nothing but the child does not."""
	count = "frappe.desk.notifications.get_open_count"
	form = {"doctype": "Child", "name": team.child}
	found = counts(call(api(team.educator), count, items='["Concern", "Access Grant"]', **form))
	assert found["Concern"] == 1
	assert "Access Grant" not in found
	assert call(api(other.educator), count, **form).status_code == 403


def counts(answer) -> dict[str, int]:
	rows = answer.json["message"]["count"]
	rows = rows if isinstance(rows, list) else rows["external_links_found"]
	return {row.get("doctype") or row["name"]: row["count"] for row in rows}


def test_a_closed_row_is_no_connection(team, concern, api, monkeypatch):
	"""Who may open the child may not open the concern: the number is none."""
	frappes_own = methods.frappe.desk.notifications.get_open_count

	def all_rows(*asked) -> dict:
		answer = frappes_own(*asked)
		rows = answer["count"]
		for row in rows if isinstance(rows, list) else rows["external_links_found"]:
			row["count"] = 7
		return answer

	monkeypatch.setattr(methods.frappe.desk.notifications, "get_open_count", all_rows)
	form = {"doctype": "Child", "name": team.child}
	found = counts(call(api(team.educator), "frappe.desk.notifications.get_open_count", **form))
	assert found["Concern"] == 1
	assert {number for doctype, number in found.items() if doctype != "Concern"} == {0}


def test_nobody_counts_the_assignments_of_other_units(team, concern, other, api):
	todo = {"doctype": "ToDo", "description": "x", "allocated_to": team.educator, "status": "Open"}
	frappe.get_doc(
		{**todo, "reference_type": "Concern", "reference_name": concern.name, "name": "es-todo"}
	).db_insert()
	form = {"doctype": "Concern", "current_filters": "[]", "field": "assigned_to"}
	path = "frappe.desk.listview.get_group_by_count"
	assert call(api(other.educator), path, **form).json.get("message", []) == []
	by_state = call(api(team.educator), path, **{**form, "field": "workflow_state"}).json["message"]
	assert [(row["name"], row["count"]) for row in by_state] == [("Draft", 1)]


def test_no_neighbour_tells_of_a_closed_document(team, other, api):
	mine = case.make_concern(other)
	closed = case.make_concern(team)
	path = "frappe.desk.form.utils.get_next"
	client = api(other.educator)
	form = {"doctype": "Concern", "prev": 0, "filters": "[]"}
	assert call(client, path, **form, value=closed.name).status_code == 403
	assert call(client, path, **form, value=mine.name).status_code == 200
	assert call(client, path, **form, value=mine.name, sort_field="(select 1)").status_code == 403


def test_nobody_likes_what_is_closed(team, concern, other, api):
	form = {"doctype": "Concern", "name": concern.name, "add": "Yes"}
	assert call(api(other.educator), "frappe.desk.like.toggle_like", **form).status_code == 403
	assert not frappe.db.get_value("Concern", concern.name, "_liked_by")
	assert call(api(team.educator), "frappe.desk.like.toggle_like", **form).status_code == 200
	assert team.educator in frappe.db.get_value("Concern", concern.name, "_liked_by")


def test_nobody_gives_or_takes_tasks_about_what_is_closed(team, concern, other, api):
	form = {"doctype": "Concern", "name": concern.name}
	path = "frappe.desk.form.assign_to"
	given = {**form, "assign_to": json.dumps([team.director])}
	assert call(api(other.educator), f"{path}.add", **given, ignore_permissions=True).status_code == 403
	assert call(api(team.educator), f"{path}.add", **given).status_code == 200
	task = {"reference_name": concern.name, "allocated_to": team.director}
	taken = {**form, "assign_to": team.director, "ignore_permissions": True}
	for name in ("remove", "close"):
		assert call(api(other.educator), f"{path}.{name}", **taken).status_code in (403, 417), name
	assert frappe.db.get_value("ToDo", task, "status") == "Open"
	assert call(api(team.educator), f"{path}.remove", **form, assign_to=team.director).status_code == 200
	assert frappe.db.get_value("ToDo", task, "status") == "Cancelled"


def test_a_comment_bears_the_name_of_who_wrote_it(team, concern, api):
	form = {"reference_doctype": "Concern", "reference_name": concern.name, "content": "Hei"}
	forged = {"comment_email": team.director, "comment_by": "Joku Muu"}
	assert call(api(team.educator), "frappe.desk.form.utils.add_comment", **form, **forged).status_code == 200
	stored = frappe.db.get_value(
		"Comment",
		{"reference_name": concern.name, "comment_type": "Comment"},
		["comment_email", "comment_by"],
		as_dict=True,
	)
	assert stored.comment_email == team.educator
	assert stored.comment_by == frappe.db.get_value("User", team.educator, "full_name")


def test_a_report_is_run_as_who_asks(team, api, monkeypatch):
	asked = []
	monkeypatch.setattr(
		methods.frappe.desk.query_report, "run", lambda name, filters, user, *rest: asked.append(user) or {}
	)
	form = {"report_name": "Kuukausitilasto", "user": "Administrator"}
	assert call(api(team.educator), "frappe.desk.query_report.run", **form).status_code == 200
	assert asked == [team.educator]


def test_the_events_of_others_are_not_told(team, other, api):
	event = {
		"doctype": "Event",
		"subject": "Vasu",
		"event_type": "Private",
		"status": "Open",
		"name": "es-event",
	}
	day = "2026-11-20"
	frappe.get_doc({**event, "starts_on": f"{day} 10:00:00", "owner": team.educator}).db_insert()
	frappe.db.set_value("Event", "es-event", "owner", team.educator)
	path, form = "frappe.desk.doctype.event.event.get_events", {"start": day, "end": day}
	assert call(api(other.educator), path, **form, user=team.educator).json.get("message", []) == []
	assert [row["name"] for row in call(api(team.educator), path, **form).json["message"]] == ["es-event"]


def test_a_notification_is_read_by_whom_it_is_for(team, other, api):
	log = frappe.get_doc({"doctype": "Notification Log", "for_user": team.educator, "subject": "x"})
	set_new_name(log)
	log.db_insert()
	path = "frappe.desk.doctype.notification_log.notification_log.mark_as_read"
	for name in (str(log.name), {"for_user": team.educator}):
		call(api(other.educator), path, docname=name)
		assert not frappe.db.get_value("Notification Log", log.name, "read")
	call(api(team.educator), path, docname=str(log.name))
	assert frappe.db.get_value("Notification Log", log.name, "read")


def test_seen_and_user_permissions_are_ones_own(team, other, api):
	for user in (team.educator, other.educator):
		frappe.get_doc(
			{"doctype": "Notification Settings", "name": user, "user": user, "seen": 0}
		).db_insert()
	path = "frappe.desk.doctype.notification_settings.notification_settings.set_seen_value"
	call(api(other.educator), path, value=1, user=team.educator)
	assert not frappe.db.get_value("Notification Settings", team.educator, "seen")
	assert frappe.db.get_value("Notification Settings", other.educator, "seen")
	rule = {"doctype": "User Permission", "user": team.educator, "allow": "Language", "for_value": "fi"}
	frappe.get_doc({**rule, "name": "es-rule"}).db_insert()
	path = "frappe.core.doctype.user_permission.user_permission.get_user_permissions"
	frappe.clear_cache(user=team.educator)
	assert "Language" not in call(api(other.educator), path, user=team.educator).json["message"]
	assert "Language" in call(api(team.educator), path, user=other.educator).json["message"]


def test_nobody_writes_into_the_log_of_what_others_read(team, concern, api):
	before = frappe.db.count("Access Log")
	form = {"doctype": "Concern", "document": concern.name, "method": "Print", "page": "x"}
	path = "frappe.core.doctype.access_log.access_log.make_access_log"
	assert call(api(team.educator), path, **form).status_code == 200
	assert frappe.db.count("Access Log") == before


# Workspaces ----------------------------------------------------------------------------------------------------------


def test_no_educator_changes_a_workspace(team, api):
	client = api(team.educator)
	shipped = frappe.get_all("Workspace", filters={"public": 1}, pluck="name", limit=1)[0]
	for path in ("new_page", "save_page", "update_page", "delete_page", "duplicate_page", "sort_pages"):
		full = f"frappe.desk.doctype.workspace.workspace.{path}"
		if full in functions():
			assert call(client, full, name=shipped, page=json.dumps({"name": shipped})).status_code == 403, (
				path
			)
	values = {"title": "Ohjeet", "label": f"Ohjeet-{team.educator}", "for_user": team.educator, "public": 0}
	assert client.post("/api/resource/Workspace", json=values).status_code == 403
	assert client.put(f"/api/resource/Workspace/{shipped}", json={"public": 0}).status_code == 403
	assert client.delete(f"/api/resource/Workspace/{shipped}").status_code in (403, 417)
	assert frappe.db.get_value("Workspace", shipped, "public") == 1
