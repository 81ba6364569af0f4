"""The canary: a word planted everywhere in one unit's casework, and every way in which somebody else might ask for it."""

import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import NamedTuple

import frappe
from frappe.model.naming import set_new_name
from frappe.utils.password import set_encrypted_password
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from early_support.access import policy
from early_support.access.doors import entrance, queries, rows
from early_support.tests import case_factories as case
from early_support.tests import factories, privacy_factories

# What is searched for is only the beginning, so that an answer which repeats the question does not count.
PREFIX = "kanarialint"
WORD = f"{PREFIX}ukukkuu"
# The name of the file is part of its address, with which it is asked for: only other requests must not tell it.
FILE_WORD = f"{PREFIX}utiedosto"

# What is no casework, and is closed as well.
BESIDE = ("Unit Event", "Guidance Count", "Legal Hold", "Subject Access Export")

# Left out, with the reason. A name ends with a dot where it stands for all that a module or package holds.
LEFT_OUT = {
	"frappe.tests.": "exists on test sites only",
	"frappe.integrations.": "asks services outside",
	"frappe.push_notification.": "asks services outside",
	"frappe.utils.change_log.": "asks services outside",
	"frappe.geo.country_info.": "large and the same for everybody",
	"frappe.translate.": "writes translations of the interface, holds no records",
	"frappe.recorder.": "records requests into Redis, for developers",
	"frappe.core.doctype.recorder.": "records requests into Redis, and alters tables",
	"frappe.core.doctype.rq_job.": "stops the jobs of the bench",
	"frappe.core.doctype.scheduled_job_type.": "runs jobs",
	"frappe.utils.scheduler.": "switches the scheduler",
	"frappe.auth.": "logs in and out",
	"frappe.sessions.": "ends sessions",
	"frappe.handler.logout": "ends the session",
	"frappe.handler.web_logout": "ends the session",
	"frappe.core.doctype.user.user.impersonate": "changes the session's user, Administrator only",
	"frappe.core.doctype.user.user.sign_up": "makes users and sends mail",
	"frappe.core.doctype.user.user.reset_password": "sends mail",
	"frappe.core.doctype.user.user.update_password": "changes passwords",
	"frappe.www.login.": "logs in",
	"frappe.twofactor.": "sends mail",
	"frappe.utils.backups.": "backups are made of everything, by System Managers; see docs/backups.md",
	"frappe.desk.page.setup_wizard.": "sets the site up, once",
	"frappe.desk.page.backups.": "makes a backup in a job",
	"frappe.desk.page.user_profile.": "holds profiles of users",
	"frappe.core.doctype.doctype.": "alters tables",
	"frappe.automation.doctype.auto_repeat.": "alters tables",
	"frappe.core.report.database_storage_usage_by_tables.": "alters tables",
	"frappe.custom.doctype.customize_form.": "alters tables",
	"frappe.custom.doctype.custom_field.": "alters tables",
	"frappe.modules.utils.": "writes into the source folder",
	"frappe.core.doctype.installed_applications.": "holds names of apps only",
	"frappe.core.page.permission_manager.": "rights of roles, holds no records",
	"frappe.core.doctype.log_settings.": "settings",
	"frappe.core.doctype.error_log.error_log.clear_error_logs": "alters tables",
	"frappe.email.queue.": "unsubscribes",
	"frappe.email.doctype.email_account.": "asks services outside",
	"frappe.email.doctype.newsletter.": "sends mail",
	"frappe.printing.doctype.network_printer_settings.": "asks services outside",
	"frappe.core.doctype.sms_settings.": "sends messages",
	"frappe.website.doctype.personal_data_download_request.": "sends mail",
	"frappe.website.doctype.personal_data_deletion_request.": "deletes by a signed link that was mailed",
	"frappe.deferred_insert.": "flushes a queue",
}


class Planted(NamedTuple):
	"""The records that hold the word: what each hangs on, and where its file lies."""

	team: case.Team
	targets: tuple[tuple[str, str], ...]
	file_url: str
	file_path: str


# Planting ------------------------------------------------------------------------------------------------------------


def plant() -> Planted:
	"""Write the word into the casework of a new unit, and into whatever Frappe hangs on it."""
	family = factories.make_family(
		family_name=WORD,
		guardians=[{"full_name": f"Huoltaja {WORD}", "relation": "äiti", "phone": "040 555 0101"}],
	)
	team = case.make_team(first_names=WORD, family=family)
	concern = case.make_concern(
		team, observation=WORD, strengths=WORD, topics=[{"topic": case.option("Concern Topic")}]
	)
	case.prepare(concern, parents_view=WORD, discussed_with=WORD)
	consultation = case.make_consultation(team)
	# Past the screening, which takes the word for a name.
	frappe.db.set_value("Consultation", consultation.name, {"question": WORD, "answer": WORD, "title": WORD})
	period = case.period_in("Under Way", team, agreed_by=WORD)
	visit = case.make_visit(team, period, guidance=WORD, participants=[{"role": "Guardian", "headcount": 1}])
	consent = case.consent_in(
		"Given", team, purpose=WORD, recipients=[{"service": case.SERVICE, "worker": WORD}]
	)
	referral = case.referral_in("Joint Contact", team, consent=consent.name, reason=WORD)
	plan = case.make_child_plan(team, child_enjoys=WORD, goals=[{"goal": WORD}])
	meeting = case.network_meeting_in("Agreed", team, **_network_meeting())
	relationship = case.relationship_in("Active", team, ending_note=WORD)
	support_plan = case.support_plan_in(
		"Agreed",
		team,
		situation=WORD,
		goals=[{"goal": WORD, "steps": WORD, "responsible": WORD, "due_on": factories.days(7)}],
	)
	review = case.make_plan_review(team, support_plan, conclusion=WORD)
	filing = frappe.db.get_value(
		"Network Meeting Filing", {"network_meeting": meeting.name, "controller": case.county()}
	)
	assessment = case.make_needs_assessment(team, **_assessment())
	targets = [
		("Family", family),
		("Child", team.child),
		("Concern", concern.name),
		("Consultation", consultation.name),
		("Support Period", period.name),
		("Visit", visit.name),
		("Cooperation Consent", consent.name),
		("Referral", referral.name),
		("Child Plan", plan.name),
		("Network Meeting", meeting.name),
		("Network Meeting Filing", filing),
		("Needs Assessment", assessment.name),
		("Client Relationship", relationship.name),
		("Support Plan", support_plan.name),
		("Plan Review", review.name),
	]
	for table, parents in policy.PROTECTED_TABLES.items():
		rows = frappe.get_all(table, {"parent": ("in", [name for _, name in targets])}, pluck="name")
		targets += [(table, row) for row in rows[:1]]
		assert rows, (table, parents)
	grant = frappe.db.get_value("Access Grant", {"family": family})
	frappe.db.set_value("Access Grant", grant, "reason", WORD)
	targets.append(("Access Grant", grant))
	targets += [
		(doctype, privacy_factories.raw(doctype, **values)) for doctype, values in _beside(team).items()
	]
	missing = {*policy.PROTECTED_DOCTYPES, *BESIDE} - {doctype for doctype, _name in targets}
	assert not missing, f"please plant the word in {missing}"
	file = _plant_file(concern)
	targets.append(("File", file.name))
	targets += [(note, _plant_note(note, values)) for note, values in _notes(concern, team).items()]
	frappe.db.set_value(
		"Concern",
		concern.name,
		{
			"_comments": json.dumps([{"comment": WORD, "by": team.educator, "name": "x"}]),
			"_user_tags": f",{WORD}",
			"_assign": json.dumps([team.educator]),
			"_liked_by": json.dumps([team.educator]),
		},
		update_modified=False,
	)
	set_encrypted_password("Child", team.child, WORD, "identity_code")
	frappe.db.sql(
		"insert into __global_search (doctype, name, title, content, published) values (%s, %s, %s, %s, 1)",
		("Concern", concern.name, WORD, f"Observation : {WORD}"),
	)
	return Planted(team, tuple(targets), file.file_url, file.get_full_path())


def _beside(team: case.Team) -> dict[str, dict]:
	unit = frappe.db.get_value("Child", team.child, "unit")
	return {
		"Unit Event": {"unit": unit, "title": WORD, "theme": WORD, "place": WORD, "notes": WORD},
		"Guidance Count": {"unit": unit, "title": WORD, "number": 7},
		"Legal Hold": {"subject_type": "Child", "subject": team.child, "reason": WORD},
		"Subject Access Export": {"child": team.child, "language": WORD},
	}


def _network_meeting() -> dict:
	return {
		"basics": WORD,
		"shared_goal": WORD,
		"contact_person": WORD,
		"participants": [
			{"role": "Guardian", "participant_name": WORD},
			{"role": "Social Worker", "participant_name": WORD, "controller": case.county()},
		],
		"actions": [{"what": WORD, "responsible": WORD, "due_on": factories.days(7)}],
	}


def _assessment() -> dict:
	return {
		"basis_note": WORD,
		"worker_view": WORD,
		"participants": [{"role": "Guardian", "participant_name": WORD, "phone": WORD}],
		"services": [{"service": case.SERVICE, "note": WORD}],
	}


def _notes(concern, team: case.Team) -> dict[str, dict]:
	"""Return, for each of Frappe's doctypes that hang on others, a record that hangs on the concern."""
	reference = {"reference_doctype": "Concern", "reference_name": concern.name}
	version = {"ref_doctype": "Concern", "docname": concern.name}
	return {
		"Comment": {"comment_type": "Comment", "content": WORD, "subject": WORD, **reference},
		"Communication": {
			"communication_type": "Communication",
			"communication_medium": "Other",
			"subject": WORD,
			"content": WORD,
			**reference,
		},
		"Version": {"data": json.dumps({"changed": [["strengths", "x", WORD]]}), **version},
		"ToDo": {
			"description": WORD,
			"allocated_to": team.educator,
			"assigned_by": team.educator,
			"reference_type": "Concern",
			"reference_name": concern.name,
		},
		"Tag Link": {
			"document_type": "Concern",
			"document_name": concern.name,
			"tag": WORD,
			"title": WORD,
			"parent": concern.name,
		},
		"Deleted Document": {
			"deleted_doctype": "Concern",
			"deleted_name": WORD,
			"data": json.dumps({"doctype": "Concern", "observation": WORD}),
		},
		"Notification Log": {
			"subject": WORD,
			"email_content": WORD,
			"for_user": team.educator,
			"from_user": team.director,
			"type": "Mention",
			"document_type": "Concern",
			"document_name": concern.name,
		},
		"Activity Log": {"subject": WORD, "content": WORD, "operation": "", **reference},
		"View Log": {"viewed_by": WORD, **reference},
		"Access Log": {
			"export_from": "Concern",
			"reference_document": concern.name,
			"filters": WORD,
			"columns": WORD,
			"page": WORD,
		},
		"Error Log": {"method": WORD, "error": WORD, **reference},
		"Email Queue": {"message": WORD, "sender": "x@example.test", **reference},
		"Document Follow": {
			"ref_doctype": "Concern",
			"ref_docname": concern.name,
			"user": team.educator,
		},
		"Energy Point Log": {
			"user": team.educator,
			"reason": WORD,
			"type": "Appreciation",
			"reference_doctype": "Concern",
			"reference_name": concern.name,
		},
		"Event": {"subject": WORD, "description": WORD, "event_type": "Private", "starts_on": "2026-11-24"},
	}


def _plant_note(doctype: str, values: dict) -> str:
	"""Write the record directly: the canary is about who may read it, not about who may have made it."""
	if not frappe.db.exists("DocType", doctype):
		return WORD
	doc = frappe.get_doc({"doctype": doctype, **values})
	if not doc.name:
		set_new_name(doc)
	doc.db_insert()
	return doc.name


def _plant_file(concern):
	with case.acting("Administrator"):
		return frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{FILE_WORD}.txt",
				"content": f"{WORD} {frappe.generate_hash(length=10)}",
				"is_private": 1,
				"attached_to_doctype": "Concern",
				"attached_to_name": concern.name,
			}
		).insert()


# Asking --------------------------------------------------------------------------------------------------------------


def import_everything() -> None:
	"""Import every module of Frappe and of the app, so that Frappe knows all its whitelisted functions."""
	for app in ("frappe", "early_support"):
		package = importlib.import_module(app)
		for module in pkgutil.walk_packages(package.__path__, f"{app}.", onerror=lambda name: None):
			skipped = (".tests.", ".patches.", ".test_", ".commands.", ".node_modules.")
			left_out = any(entry.endswith(".") and f"{module.name}.".startswith(entry) for entry in LEFT_OUT)
			if left_out or any(part in f"{module.name}." for part in skipped) or module.name.endswith(".app"):
				continue
			with suppress(Exception):
				importlib.import_module(module.name)


def endpoints() -> dict[str, object]:
	"""Return every dotted path under which a whitelisted function answers, the overridden ones included.

	A function answers under each module into which it was imported, not only under its own.
	"""
	found = {}
	# Of the entrance everything, and not what it opens to the session's user.
	whitelisted = set(frappe.whitelisted)
	for name, module in list(sys.modules.items()):
		if not name.startswith(("frappe", "early_support")) or not module:
			continue
		for attribute, value in list(vars(module).items()):
			with suppress(Exception):
				if inspect.isfunction(value) and value in whitelisted:
					found[f"{name}.{attribute}"] = value
	return {
		path: function
		for path, function in found.items()
		if "<locals>" not in entrance.path_of(function) and not is_left_out(path, function)
	}


class Endpoint(NamedTuple):
	"""A function that answers requests, and the paths under which it does."""

	function: object
	paths: list[str]


def distinct_endpoints() -> list[Endpoint]:
	"""Return `endpoints`, each function once: the path says no more than which function answers, ours in Frappe's place."""
	overrides = frappe.get_hooks("override_whitelisted_methods")
	found: dict[object, list[str]] = {}
	for path, function in sorted(endpoints().items()):
		answering = frappe.get_attr(overrides[path][-1]) if path in overrides else function
		found.setdefault(answering, []).append(path)
	return [Endpoint(function, paths) for function, paths in found.items()]


def is_reachable(function) -> bool:
	"""Whether Frappe lets the session's user begin to call the function, with the last request: of any other each call
	ends in the same refusal.
	"""
	if function is frappe.handler.run_doc_method:
		# Frappe does not ask whether this one is whitelisted.
		return True
	return function in (frappe.guest_methods if frappe.session.user == "Guest" else frappe.whitelisted)


def is_left_out(path: str, function) -> bool:
	own = f"{function.__module__}.{function.__name__}"
	return any(
		text == entry or (entry.endswith(".") and text.startswith(entry))
		for entry in LEFT_OUT
		for text in (path, own)
	)


def arguments(doctype: str, name: str, planted: Planted) -> Iterator[dict]:
	"""Give requests that aim at the record, by the names which Frappe's functions give to their parameters."""
	meta = frappe.get_meta(doctype)
	columns = [
		"name",
		*(df.fieldname for df in meta.fields if df.fieldtype not in frappe.model.no_value_fields),
	]
	parent = next(iter(policy.PROTECTED_TABLES.get(doctype, ())), "")
	doc = frappe.db.get_value(doctype, name, ["*"], as_dict=True) if frappe.db.exists(doctype, name) else {}
	stamp = {"name": name, "doctype": doctype, "modified": str(doc.get("modified") or "")}
	base = dict.fromkeys(DOCTYPE_PARAMETERS, doctype) | dict.fromkeys(NAME_PARAMETERS, name)
	base |= dict.fromkeys(SEARCH_PARAMETERS, PREFIX) | OTHERS
	base |= {
		"parent": parent or name,
		"parent_doctype": parent,
		"fid": name,
		"fieldname": meta.title_field or "name",
		"fields": json.dumps(["*"]),
		"filters": json.dumps({"name": name}),
		"doc": json.dumps(stamp),
		"docs": json.dumps(stamp),
		"names": json.dumps([name]),
		"docnames": json.dumps([name]),
		"source_names": json.dumps([name]),
		"items": json.dumps([{"doctype": doctype, "name": name}]),
		"args": json.dumps({"doctype": doctype, "name": name, "docname": name}),
		"files": json.dumps([name]),
		"stats": json.dumps(["_user_tags", "_assign", "owner"]),
		"report_name": "kuukausitilasto",
	}
	yield base
	yield base | {
		# Whoever asks for the file's own record must not be told its name.
		"file_url": "" if doctype == "File" else planted.file_url,
		"fields": json.dumps([f"`tab{doctype}`.`{column}`" for column in columns]),
		"filters": [[doctype, "name", "=", name]],
		"docs": [stamp],
		"doc": stamp,
		"args": {"doctype": doctype, "name": name, "docname": name},
		"names": [name],
		"docnames": [name],
		"ignore_user_permissions": 1,
		"txt": "",
		"as_dict": 1,
		"view": "Report",
		"file_format_type": "CSV",
		"title": "x",
		"reference_doctype": doctype,
		"fieldname": json.dumps(columns),
	}
	yield base | {
		"fields": json.dumps(["count(name) as number", "group_concat(name) as names"]),
		"filters": "[]",
		"or_filters": "[]",
		"group_by": f"`tab{doctype}`.`{columns[-1]}`",
		"aggregate_on_field": columns[-1],
		"txt": "%",
		"name": "",
		"docname": "",
	}


DOCTYPE_PARAMETERS = (
	*("doctype", "dt", "reference_doctype", "ref_doctype", "ref_dt", "reference_dt", "document_type"),
	*("doctype_name", "linked_doctype", "attached_to_doctype", "from_doctype", "for_doctype"),
	*("reference_type", "share_doctype", "document", "_doctype", "scope", "source_doctype", "child_type"),
)
NAME_PARAMETERS = (
	*("name", "docname", "dn", "reference_name", "ref_docname", "document_name", "reference_docname"),
	*("ids", "source_name", "doc_name", "communication", "label", "reference", "document_link", "for_value"),
	*("deleted_name", "contact", "todo", "event", "prepared_report_name", "link_name", "attached_to_name"),
	*(
		"root",
		"reference_doc",
		"old",
		"old_name",
		"name1",
		"from_version",
		"to_version",
		"file_name",
		"dashboard_name",
	),
)
SEARCH_PARAMETERS = ("txt", "text", "search_term", "query_text", "search_text", "searchtext", "tag")
OTHERS = {
	"searchfield": "name",
	"start": 0,
	"page_len": 20,
	"page_length": 20,
	"limit_start": 0,
	"limit_page_length": 20,
	"limit": 20,
	"ptype": "read",
	"perm_type": "read",
	"user": "Administrator",
	"users": "[]",
	"assign_to": json.dumps(["canary@example.test"]),
	"subject": "x",
	"content": "x",
	"comment_email": "x@example.test",
	"comment_by": "x",
	"print_format": "Standard",
	"format": "Standard",
	"no_letterhead": 1,
	"field": "owner",
	"group_by": None,
	"order_by": None,
	"or_filters": None,
	"query": None,
	"select_columns": "{}",
	"file_type": "CSV",
	"export_records": "all",
	"export_fields": None,
	"filter_fields": None,
	"file_format_type": "CSV",
	"folder": "Home",
	"action": "x",
	"method": "x",
	"start_date": "2000-01-01",
	"from_date": "2000-01-01",
	"to_date": "2100-01-01",
	"end": "2100-01-01",
	"field_map": json.dumps({"start": "creation", "end": "modified", "id": "name", "title": "name"}),
	"type": "coordinates",
	"with_parent": 1,
	"with_data": 1,
	"as_dict": 0,
	"web_form": "x",
	"web_form_name": "x",
	"add_like": "Yes",
	"like": "1",
	"color": "",
}


SAVEPOINT = "es_ask"


@contextmanager
def session_of(user: str) -> Iterator[None]:
	"""Answer requests as `user`, in this thread: each is undone, whatever it does, and nothing else is."""
	entrance.install()
	queries.install()
	rows.install()
	db, before = frappe.local.db, frappe.session.user

	def rollback(*, save_point: str | None = None, **options) -> None:
		db.sql(f"rollback to savepoint {save_point or SAVEPOINT}")

	db.rollback, whole = rollback, db.rollback
	kept = {key: getattr(frappe.local, key, None) for key in ("request", "form_dict", "response")}
	frappe.set_user(user)
	try:
		yield
	finally:
		db.rollback = whole
		frappe.set_user(before)
		# What comes after is no request.
		for key, value in kept.items():
			setattr(frappe.local, key, value)


def ask(path: str, method: str, form: dict) -> str:
	"""Call one whitelisted function as Frappe's handler does, and return everything it answered, as text."""
	frappe.local.request = Request(EnvironBuilder(path=f"/api/method/{path}", method=method).get_environ())
	frappe.local.form_dict = frappe._dict(form, cmd=path)
	frappe.local.response = frappe._dict({"docs": []})
	frappe.local.message_log = []
	frappe.local.error_log = []
	db = frappe.local.db
	db.sql(f"savepoint {SAVEPOINT}")
	user = frappe.session.user
	try:
		answer = frappe.handler.execute_cmd(path)
	except Exception as error:
		answer = f"{type(error).__name__}: {error}"
	except SystemExit:
		answer = "exit"
	finally:
		if frappe.session.user != user:
			frappe.set_user(user)
	# Else it would be the tests after this that fail.
	assert frappe.local.db is db and db.sql("select 1"), f"{path} has closed the connection"  # noqa: PT018
	try:
		return _text([answer, frappe.local.response, frappe.local.message_log, frappe.local.error_log])
	finally:
		db.before_commit.reset()
		db.after_commit.reset()
		with suppress(Exception):
			db.sql(f"rollback to savepoint {SAVEPOINT}")


def _text(parts: list) -> str:
	def plain(value):
		if isinstance(value, bytes):
			return value.decode("utf-8", "replace")
		if hasattr(value, "get_data"):
			return value.get_data(as_text=True)
		if hasattr(value, "as_dict"):
			return value.as_dict()
		return str(value)

	return json.dumps(parts, default=plain, ensure_ascii=False, skipkeys=True)


def tells(answer: str, form: dict) -> bool:
	"""Whether the answer holds the word, or the name of the file without having been told."""
	return WORD in answer or (FILE_WORD in answer and FILE_WORD not in json.dumps(form))


def takes_doctype(function) -> bool:
	"""Whether the function has a parameter that aims, or takes whatever the request holds."""
	parameters = inspect.signature(function).parameters
	aimed = {
		*DOCTYPE_PARAMETERS,
		*NAME_PARAMETERS,
		"docs",
		"doc",
		"names",
		"docnames",
		"items",
		"args",
		"file_url",
	}
	reads_form = not parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
	return reads_form or not aimed.isdisjoint(parameters)


def method_of(function) -> str:
	"""Return an HTTP method with which the function may be called."""
	allowed = frappe.allowed_http_methods_for_whitelisted_func.get(function, ["GET"])
	return "POST" if "POST" in allowed else next(iter(allowed))


stub = partial(lambda *args, **kwargs: None)


# Pages and reports ---------------------------------------------------------------------------------------------------


def pages(planted: Planted, everything: bool = True) -> Iterator[str]:
	"""Give the addresses, besides the methods, under which Frappe might show a record, a list of them, or the file.

	Without `everything`: one address for the record, one for the list, and one for the print.
	"""
	yield planted.file_url
	yield planted.file_url.removeprefix("/private")
	for doctype, name in planted.targets:
		slug = doctype.lower().replace(" ", "-")
		columns = "fields=%5B%22*%22%5D"
		yield f"/api/resource/{doctype}?{columns}&limit_page_length=0"
		yield f"/api/resource/{doctype}/{name}"
		yield f"/printview?doctype={doctype}&name={name}&format=Standard"
		if not everything:
			continue
		yield f"/api/v2/document/{doctype}?{columns}"
		yield f"/api/v2/document/{doctype}/{name}"
		yield f"/{slug}/{name}"
		yield f"/list?doctype={doctype}"


# Fields, filters and orders that reach from one table into another, or out of the query.
ESCAPES = (
	{"fields": ["name", "`tabChild`.`full_name`"]},
	{"fields": ["name", "(select full_name from `tabChild` limit 1) as x"]},
	{"fields": ["name", "`tabConcern`.*"]},
	{
		"fields": [
			"name",
			"child.full_name",
			"family.family_name",
			"concern.observation",
			"parent.observation",
		]
	},
	{"fields": ["name", "topics.name", "guardians.full_name"]},
	{"fields": ["name"], "filters": [["Child", "full_name", "like", f"{PREFIX}%"]]},
	{"fields": ["name"], "order_by": "(select full_name from `tabChild` limit 1)"},
	{"fields": ["name"], "group_by": "(select full_name from `tabChild` limit 1)"},
	{"fields": ["max(full_name) as x", "max(family_name) as y", "group_concat(name) as z"]},
)
LISTS = ("frappe.client.get_list", "frappe.desk.reportview.get", "frappe.desk.reportview.get_list")
LISTED = ("ToDo", "Day Care Unit", "Concern Topic", "Child", "Family", "Concern", "Family Guardian")


def escapes() -> Iterator[tuple[str, dict]]:
	"""Give (method, form) of lists that reach into another table."""
	for method in LISTS:
		for doctype in LISTED:
			parent = next(iter(policy.PROTECTED_TABLES.get(doctype, ())), "")
			for escape in ESCAPES:
				form = {
					key: value if isinstance(value, str) else json.dumps(value)
					for key, value in escape.items()
				}
				yield method, {"doctype": doctype, "parent": parent, "parent_doctype": parent, **form}


def reports() -> Iterator[dict]:
	"""Give a request for each report of the site, with filters that aim at casework."""
	for name in frappe.get_all("Report", pluck="name"):
		filters = {"doctype": "Concern", "user": "Administrator", "ref_doctype": "Concern"}
		yield {
			"report_name": name,
			"filters": json.dumps(filters),
			"ignore_prepared_report": 1,
			"user": "Administrator",
		}


def counts(role: str) -> Iterator[tuple[str, dict]]:
	"""Give (method, form) of everything that counts protected rows which the role must not see."""
	for doctype in (*policy.PROTECTED_DOCTYPES, *policy.PROTECTED_TABLES, *BESIDE):
		if role in policy.PRIVACY_ROLES and doctype == "Access Grant":
			continue
		parent = next(iter(policy.PROTECTED_TABLES.get(doctype, ())), "")
		form = {"doctype": doctype, "parent": parent, "parent_doctype": parent}
		yield "frappe.client.get_count", form
		yield "frappe.desk.reportview.get_count", {**form, "filters": "[]", "fields": "[]"}
		yield "frappe.client.get_list", {**form, "fields": json.dumps(["count(name) as number"])}
		yield (
			"frappe.desk.reportview.get_sidebar_stats",
			{**form, "stats": json.dumps(["_user_tags"]), "filters": "[]"},
		)
		yield "frappe.desk.listview.get_group_by_count", {**form, "field": "owner", "current_filters": "[]"}
