"""The JSON of the doctypes and workflows, read as files: pure, needs no site."""

import ast
import json
import re
from itertools import groupby
from pathlib import Path

import pytest

from early_support.access import policy
from early_support.access.policy import (
	GUARDED_DOCTYPES,
	PROTECTED_DOCTYPES,
	STAFF_ROLES,
	WORKFLOW_DOCTYPES,
)
from early_support.casework.states import SET_BY_THE_APP

APP = Path(__file__).resolve().parents[1]
MODULE = APP / "early_support"
DOCTYPES = {
	doc["name"]: doc for doc in map(json.loads, (p.read_text() for p in MODULE.glob("doctype/*/*.json")))
}
WORKFLOWS = {
	path.parent.name: json.loads(path.read_text()) for path in sorted(MODULE.glob("workflow/*/*.json"))
}
CASE_TABLES = (
	"Concern Topic Item",
	"Visit Participant",
	"Child Plan Goal",
	"Child Plan Service",
	"Network Participant",
	"Network Action",
	"Assessment Participant",
	"Assessment Service",
	"Plan Goal",
	"Plan Review Goal",
)

each_doctype = pytest.mark.parametrize("doc", DOCTYPES.values(), ids=DOCTYPES)
each_case = pytest.mark.parametrize(
	"doc", [DOCTYPES[name] for name in GUARDED_DOCTYPES], ids=GUARDED_DOCTYPES
)
each_moving = pytest.mark.parametrize(
	"doc", [DOCTYPES[name] for name in WORKFLOW_DOCTYPES], ids=WORKFLOW_DOCTYPES
)
each_protected = pytest.mark.parametrize(
	"doc", [DOCTYPES[name] for name in PROTECTED_DOCTYPES], ids=PROTECTED_DOCTYPES
)
each_workflow = pytest.mark.parametrize("data", WORKFLOWS.values(), ids=WORKFLOWS)


def fields(doc: dict) -> dict[str, dict]:
	return {field["fieldname"]: field for field in doc["fields"]}


def states(data: dict) -> list[str]:
	return [state for state, _rows in groupby(row["state"] for row in data["workflow"]["states"])]


def final_states(data: dict) -> set[str]:
	return set(states(data)) - {row["state"] for row in data["workflow"]["transitions"]}


def test_what_the_app_records_is_kept_from_requests():
	"""Else a request that brings RECORDED_FIELDS along records for itself, or saves one document under another's name."""
	for path in sorted(MODULE.glob("doctype/*/*.py")):
		for node in ast.walk(ast.parse(path.read_text())):
			if isinstance(node, ast.ClassDef) and "RECORDED_FIELDS" in ast.unparse(node):
				bases = {ast.unparse(base) for base in node.bases}
				assert bases & {"CaseDocument", "OwnAttributes"}, path.name


def controller_constants(doctype: str) -> dict[str, object]:
	"""The constants of a controller that are made of literals and of one another."""
	folder = doctype.lower().replace(" ", "_")
	tree = ast.parse((MODULE / "doctype" / folder / f"{folder}.py").read_text())
	names: dict[str, object] = {}
	for node in (
		*tree.body,
		*(inner for cls in tree.body if isinstance(cls, ast.ClassDef) for inner in cls.body),
	):
		if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
			code = compile(ast.Expression(node.value), "constants", "eval")
			names[node.targets[0].id] = eval(code, {"__builtins__": {}}, dict(names))
	return names


# Doctypes ------------------------------------------------------------------------------------------------------------


def test_there_is_something_to_read():
	assert set(PROTECTED_DOCTYPES) <= set(DOCTYPES)
	assert len(WORKFLOWS) == len(WORKFLOW_DOCTYPES)


@each_doctype
def test_no_submittable_doctype(doc):
	assert not doc.get("is_submittable")


@each_doctype
def test_our_module_and_tracked(doc):
	assert doc["module"] == "Early Support"
	assert not doc.get("custom")
	assert doc.get("istable") or doc.get("track_changes")


@each_doctype
def test_field_order_names_every_field(doc):
	assert sorted(doc["field_order"]) == sorted(fields(doc))


@each_doctype
def test_permissions_name_our_roles(doc):
	roles = {row["role"] for row in doc.get("permissions", [])}
	allowed = set(STAFF_ROLES) | (set() if doc["name"] in PROTECTED_DOCTYPES else {"System Manager"})
	assert roles <= allowed


@each_protected
def test_no_right_that_takes_data_past_the_rules(doc):
	for row in doc["permissions"]:
		for right in (
			"share",
			"delete",
			"export",
			"import",
			"email",
			"submit",
			"cancel",
			"amend",
			"if_owner",
		):
			assert not row.get(right), (row["role"], right)


@pytest.mark.parametrize("name", ["Case Access Log", "Case Access Log Head"])
def test_nobody_may_write_the_access_log(name):
	for row in DOCTYPES[name]["permissions"]:
		assert {right for right, given in row.items() if given == 1} <= {"read", "report", "print"}
	# A link would stand in the way of what may be deleted, and be followed by what is renamed.
	assert {field["fieldtype"] for field in DOCTYPES[name]["fields"]}.isdisjoint({"Link", "Dynamic Link"})


def test_a_guidance_count_has_no_place_for_a_person():
	"""Counts only: no text, no file and no link to a person (domain.md §9.8); what the app records comes from lists."""
	doc = DOCTYPES["Guidance Count"]
	entered = {name: field for name, field in fields(doc).items() if not field.get("read_only")}
	types = {field["fieldtype"] for field in entered.values()} - {"Section Break", "Column Break"}
	assert types == {"Link", "Date", "Int", "Select", "Table MultiSelect"}
	linked = {field.get("options") for field in doc["fields"] if field["fieldtype"] == "Link"}
	assert linked == {"Day Care Unit", "Register Controller", "Age Band", "Referral Source", "Visit Outcome"}
	assert set(controller_constants("Guidance Count")["RECORDED_FIELDS"]) == {
		name for name, field in fields(doc).items() if field.get("read_only")
	}
	assert doc["permissions"] == [{"create": 1, "read": 1, "role": "Family Counsellor", "write": 1}]


def test_a_filing_is_only_read():
	doc = DOCTYPES["Network Meeting Filing"]
	assert all({*row} == {"read", "role"} for row in doc["permissions"])
	assert all(f.get("read_only") for f in doc["fields"] if "Break" not in f["fieldtype"])


@pytest.mark.parametrize("name", ["Legal Hold", "Purge Run", "Subject Access Export"])
def test_records_about_data_are_for_one_role_and_not_taken_away(name):
	for row in DOCTYPES[name]["permissions"]:
		assert row["role"] == "Privacy Officer" or (name, row["role"]) == ("Purge Run", "System Manager")
		rights = {right for right, value in row.items() if value and right not in ("role", "permlevel")}
		# Without the right to reports on the runs, the preview of what would go could not be opened.
		shows = {"report"} if (name, row["role"]) == ("Purge Run", "Privacy Officer") else set()
		assert rights <= {"read", "create", "write"} | shows
	assert not any(row.get("write") or row.get("create") for row in DOCTYPES["Purge Run"]["permissions"])
	assert not any(row.get("write") for row in DOCTYPES["Subject Access Export"]["permissions"])


def test_only_a_system_manager_writes_how_long_data_is_kept():
	doc = DOCTYPES["Early Support Settings"]
	for name in ("retention_rules", "purge_enabled", "record_policies"):
		assert fields(doc)[name]["permlevel"] == 1
	writers = {row["role"] for row in doc["permissions"] if row.get("permlevel") and row.get("write")}
	assert writers == {"System Manager"}


@each_protected
def test_nothing_in_global_search(doc):
	assert not doc.get("allow_import")
	assert not doc.get("allow_rename")
	assert not doc.get("index_web_pages_for_search")
	assert [field["fieldname"] for field in doc["fields"] if field.get("in_global_search")] == []


@each_protected
def test_opaque_names(doc):
	folder = doc["name"].lower().replace(" ", "_")
	assert not doc.get("autoname")
	controller = (MODULE / "doctype" / folder / f"{folder}.py").read_text()
	# The second is as opaque, and the same one for a form that is sent twice (drafts/once.py).
	assert "self.name = opaque_name()" in controller or "self.name = once.new_name(self)" in controller


@each_case
def test_whom_it_concerns_is_indexed(doc):
	expected = {"controller", "unit", "workflow_state"} | (
		{"family", "child"} if doc["name"] != "Consultation" else set()
	)
	assert expected <= {name for name, field in fields(doc).items() if field.get("search_index")}


def test_casework_of_the_units_carries_their_area():
	carriers = {name for name in PROTECTED_DOCTYPES if "service_area" in fields(DOCTYPES[name])}
	assert carriers == set(policy.OF_UNITS)
	for name in carriers:
		area = fields(DOCTYPES[name])["service_area"]
		# A link follows when an area is given another name.
		assert (area["fieldtype"], area["options"]) == ("Link", "Service Area")
		assert area["hidden"]
		assert area["no_copy"]


@each_case
def test_whom_it_is_about_is_said_once(doc):
	"""Else what was agreed for one child could be carried to another one."""
	for name in policy.CONTAINERS[doc["name"]]:
		field = fields(doc)[name]
		assert field.get("set_only_once") or field.get("read_only"), name


@each_moving
def test_state_field(doc):
	state = fields(doc)["workflow_state"]
	assert (state["fieldtype"], state["options"]) == ("Link", "Workflow State")
	assert state["no_copy"]
	assert state["allow_on_submit"]
	assert state["read_only"]


@each_moving
def test_read_only_fields_are_those_which_the_controller_records(doc):
	# The guard does not count recorded fields as the user's change, and the controller takes them from no request: a
	# field on one list only could be forged, or would never be written.
	read_only = {name for name, field in fields(doc).items() if field.get("read_only")} - {"workflow_state"}
	assert set(controller_constants(doc["name"])["RECORDED_FIELDS"]) == read_only


@each_moving
def test_needs_name_states_and_fields(doc):
	data = WORKFLOWS[doc["name"].lower().replace(" ", "_")]
	for state, needed in controller_constants(doc["name"])["NEEDS"].items():
		assert state in states(data)
		assert set(needed) <= set(fields(doc))


def test_a_consultation_has_no_link_to_a_person():
	linked = {
		field.get("options") for field in DOCTYPES["Consultation"]["fields"] if field["fieldtype"] == "Link"
	}
	assert linked.isdisjoint({"Child", "Family", "Concern", "Support Period", "Visit", "Family Guardian"})
	# Every other text is screened; what the app records by itself is not, so it may hold no words of people.
	recorded = set(controller_constants("Consultation")["RECORDED_FIELDS"])
	assert recorded.isdisjoint({"question", "answer", "call_back_time"})
	fields = {f["fieldname"]: f for f in DOCTYPES["Consultation"]["fields"]}
	assert all(fields[name].get("read_only") for name in recorded)


def test_child_tables_stay_what_they_are():
	for name in CASE_TABLES:
		assert DOCTYPES[name]["istable"]
		assert DOCTYPES[name]["permissions"] == []


@each_moving
def test_fields_named_by_conditions_exist(doc):
	known = set(fields(doc)) | {"__islocal"}
	for field in doc["fields"]:
		for key in ("depends_on", "mandatory_depends_on", "read_only_depends_on", "collapsible_depends_on"):
			text = field.get(key) or ""
			named = set(re.findall(r"doc\.(\w+)", text)) if text.startswith("eval:") else {text} - {""}
			assert named <= known, (field["fieldname"], key)


@each_moving
def test_states_named_by_conditions_exist(doc):
	known = set(states(WORKFLOWS[doc["name"].lower().replace(" ", "_")]))
	for field in doc["fields"]:
		for key in ("depends_on", "mandatory_depends_on", "read_only_depends_on", "collapsible_depends_on"):
			for inside in re.findall(r"\[([^\]]*)\]\.includes\(doc\.workflow_state\)", field.get(key) or ""):
				assert set(json.loads(f"[{inside}]")) <= known, (field["fieldname"], key)


def test_a_suggested_change_names_nobody():
	"""All of the staff read it: it links to no person but those who suggested, decided and published it."""
	doc = DOCTYPES["Form Change Request"]
	linked = {field["options"] for field in doc["fields"] if field["fieldtype"] == "Link"}
	assert linked == {"User", "Workflow State"}
	assert all(field.get("read_only") for field in doc["fields"] if field.get("options") == "User")
	proposal = set(controller_constants("Form Change Request")["PROPOSAL"])
	written = {name for name, field in fields(doc).items() if not field.get("read_only")}
	later = {*controller_constants("Form Change Request")["DECISION"], "effective_on", "return_reason"}
	assert proposal == {name for name in written - later if "Break" not in fields(doc)[name]["fieldtype"]}


# Workflows -----------------------------------------------------------------------------------------------------------


def test_one_active_workflow_for_each_guarded_doctype():
	active = [
		data["workflow"]["document_type"] for data in WORKFLOWS.values() if data["workflow"]["is_active"]
	]
	assert sorted(active) == sorted(WORKFLOW_DOCTYPES)


@each_workflow
def test_workflow_never_mails_or_submits(data):
	workflow = data["workflow"]
	assert not workflow["send_email_alert"]
	assert workflow["workflow_state_field"] == "workflow_state"
	assert {row["doc_status"] for row in workflow["states"]} == {"0"}


@each_workflow
def test_states_and_actions_are_shipped(data):
	assert states(data) == [row["workflow_state_name"] for row in data["states"]]
	assert {row["action"] for row in data["workflow"]["transitions"]} == set(data["actions"])


@each_workflow
def test_transitions_join_known_states(data):
	for row in data["workflow"]["transitions"]:
		assert {row["state"], row["next_state"]} <= set(states(data))
		assert row["state"] != row["next_state"]


@each_workflow
def test_roles_exist(data):
	assert {row["allowed"] for row in data["workflow"]["transitions"]} <= set(STAFF_ROLES)
	# System Manager has no right to casework: as an editor it stands for nobody.
	assert {row["allow_edit"] for row in data["workflow"]["states"]} <= {*STAFF_ROLES, "System Manager"}


@each_workflow
def test_who_moves_or_edits_may_write(data):
	rows = DOCTYPES[data["workflow"]["document_type"]]["permissions"]
	writers = {row["role"] for row in rows if row.get("write")}
	assert {row["allowed"] for row in data["workflow"]["transitions"]} <= writers
	assert {row["allow_edit"] for row in data["workflow"]["states"]} - {"System Manager"} <= writers


@each_workflow
def test_every_state_is_reached(data):
	reached, frontier = set(), {states(data)[0], *SET_BY_THE_APP.get(data["workflow"]["document_type"], ())}
	while frontier:
		reached |= frontier
		moves = data["workflow"]["transitions"]
		frontier = {row["next_state"] for row in moves if row["state"] in reached} - reached
	assert reached == set(states(data))


def test_nobody_moves_into_a_state_that_the_app_sets():
	for doctype, names in SET_BY_THE_APP.items():
		data = WORKFLOWS[doctype.lower().replace(" ", "_")]
		assert {row["next_state"] for row in data["workflow"]["transitions"]}.isdisjoint(names)


@each_workflow
def test_every_open_state_leads_to_a_final_one(data):
	final = final_states(data)
	assert final
	leads_out, grew = set(final), True
	while grew:
		more = {
			row["state"] for row in data["workflow"]["transitions"] if row["next_state"] in leads_out
		} - leads_out
		leads_out |= more
		grew = bool(more)
	assert leads_out == set(states(data))


@each_workflow
def test_final_states_are_edited_by_nobody(data):
	final = final_states(data)
	editors = {row["allow_edit"] for row in data["workflow"]["states"] if row["state"] in final}
	assert editors == {"System Manager"}


@each_workflow
def test_open_states_are_edited_by_whoever_moves_them(data):
	"""Someone who moves a document fills in what the move needs, so the form must be open to him or her."""
	needs = controller_constants(data["workflow"]["document_type"])["NEEDS"]
	for row in data["workflow"]["transitions"]:
		editors = {each["allow_edit"] for each in data["workflow"]["states"] if each["state"] == row["state"]}
		stored = set(needs.get(row["state"], ()))
		if set(needs.get(row["next_state"], ())) - stored:
			assert row["allowed"] in editors, row


def test_a_state_looks_the_same_in_every_workflow():
	seen: dict[str, dict] = {}
	for data in WORKFLOWS.values():
		for row in data["states"]:
			assert seen.setdefault(row["workflow_state_name"], row) == row


def test_from_every_open_state_of_a_concern_it_can_become_urgent():
	data = WORKFLOWS["concern"]
	urgent = {row["state"] for row in data["workflow"]["transitions"] if row["next_state"] == "Urgent"}
	assert urgent == set(states(data)) - {"Urgent", "Closed"}


# Access --------------------------------------------------------------------------------------------------------------


def described(doc: dict) -> policy.Doctype:
	return policy.Doctype(
		name=doc["name"],
		is_table=bool(doc.get("istable")),
		fields=set(fields(doc)),
		links={name: f.get("options") for name, f in fields(doc).items() if f["fieldtype"] == "Link"},
		tables={f["options"] for f in doc["fields"] if f["fieldtype"] in ("Table", "Table MultiSelect")},
	)


def test_every_case_doctype_has_a_policy():
	assert policy.without_policy([described(doc) for doc in DOCTYPES.values()]) == []


@pytest.mark.parametrize(
	("names", "links"),
	[
		({"workflow_state", "unit"}, {}),
		({"child"}, {}),
		({"family"}, {}),
		({"period"}, {"period": "Support Period"}),
	],
)
def test_a_case_doctype_without_a_policy_is_found(names, links):
	form = policy.Doctype("Odd Form", False, names, links)
	assert policy.without_policy([form]) == ["Odd Form"]
	assert policy.without_policy([form._replace(is_table=True)]) == []


def test_a_child_table_without_a_policy_is_found():
	for tables in ({"Odd Row"}, {"Visit Participant"}):
		concern = policy.Doctype("Concern", False, {"child"}, {}, tables)
		assert policy.without_policy([concern]) == sorted(tables)


def test_what_is_neither_a_case_nor_a_unit_in_a_workflow_needs_no_policy():
	for names in ({"unit"}, {"workflow_state"}, {"code", "title"}):
		assert policy.without_policy([policy.Doctype("List", False, names, {"unit": "Day Care Unit"})]) == []


def test_the_policy_uses_only_known_openers_and_actions():
	for lines in policy.OPENS.values():
		for actions in lines.values():
			assert set(actions) <= set(policy.ACTIONS)
	assert set(policy.CONTAINERS) == set(policy.OPENS)


def test_grants_have_the_kinds_that_the_policy_knows_and_nobody_writes_them():
	doc = DOCTYPES["Access Grant"]
	assert fields(doc)["kind"]["options"].split("\n") == [*policy.GRANT_KINDS]
	assert doc["permissions"] == [{"read": 1, "role": "Privacy Officer"}]
	assert all(f.get("read_only") for f in doc["fields"] if "Break" not in f["fieldtype"])
