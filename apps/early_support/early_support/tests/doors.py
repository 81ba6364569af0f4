"""Every way in which Frappe lets somebody who is logged in change a stored document over HTTP.

Each door is a function `(client, doc, values, version)` that tries to store `values` in `doc`, saying that it builds on
`version` (a dict with `modified`, or empty), and returns the answer.
"""

import json
from importlib.util import find_spec
from types import SimpleNamespace

import frappe
from frappe.core.doctype.data_import.importer import Importer

CLIENT = "/api/method/frappe.client"
SAVE = "/api/method/frappe.desk.form.save"
BULK = "/api/method/frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs"
WORKFLOW = "/api/method/frappe.model.workflow"


def _whole(doc, values: dict, version: dict) -> dict:
	"""A form as the desk sends it: with everything that it has read."""
	data = doc.as_dict(convert_dates_to_str=True)
	data.pop("modified")
	return {**json.loads(frappe.as_json(data)), **values, **version}


def rest(client, doc, values, version):
	return client.put(f"/api/resource/{doc.doctype}/{doc.name}", json={**values, **version})


def rest_v2_put(client, doc, values, version):
	return client.put(f"/api/v2/document/{doc.doctype}/{doc.name}/", json={**values, **version})


def rest_v2_patch(client, doc, values, version):
	return client.open("PATCH", f"/api/v2/document/{doc.doctype}/{doc.name}/", json={**values, **version})


def savedocs(client, doc, values, version):
	data = {"doc": json.dumps(_whole(doc, values, version)), "action": "Save"}
	return client.post(f"{SAVE}.savedocs", data=data)


def client_save(client, doc, values, version):
	return client.post(f"{CLIENT}.save", json={"doc": _whole(doc, values, version)})


def set_value(client, doc, values, version):
	data = {"doctype": doc.doctype, "name": doc.name, "fieldname": json.dumps({**values, **version})}
	return client.post(f"{CLIENT}.set_value", json=data)


def bulk_update(client, doc, values, version):
	data = {"doctype": doc.doctype, "docname": doc.name, **values, **version}
	return client.post(f"{CLIENT}.bulk_update", json={"docs": json.dumps([data])})


DOORS = {
	"rest": rest,
	"savedocs": savedocs,
	"client.save": client_save,
	"client.set_value": set_value,
	"client.bulk_update": bulk_update,
}
# The second version of the interface is a package in Frappe 15 and 16; that of the trial bench has one module only.
if find_spec("frappe.api").submodule_search_locations:
	DOORS |= {"rest v2 put": rest_v2_put, "rest v2 patch": rest_v2_patch}


def list_edit(client, doc, values, version):
	data = {"doctype": doc.doctype, "docnames": json.dumps([doc.name]), "action": "update"}
	return client.post(BULK, json={**data, "data": json.dumps({**values, **version})})


def data_import(client, doc, values, version):
	"""The import of one row that changes a stored document, as the job of an import does it."""
	importer = SimpleNamespace(
		doctype=doc.doctype,
		import_type="Update Existing Records",
		data_import=SimpleNamespace(doctype="Data Import", name="x"),
	)
	before = frappe.session.user
	frappe.db.savepoint("es_import")
	frappe.set_user(client.user)
	try:
		Importer.update_record(importer, frappe._dict(name=doc.name, **values))
		return SimpleNamespace(status_code=200, text="")
	except (frappe.ValidationError, frappe.PermissionError) as error:
		frappe.db.rollback(save_point="es_import")
		return SimpleNamespace(status_code=error.http_status_code, text=str(error))
	finally:
		frappe.set_user(before)
		# What would follow a commit belongs to no request here.
		frappe.db.after_commit.reset()


# An import is no request; to edit many at once from a list is closed to all but Administrator, at the entrance.
MORE_DOORS = {"import": data_import, "list edit": list_edit}
CLOSED_DOORS = ("list edit",)

# They tell of a failure in an answer that is a success by itself.
TELL_IN_THE_ANSWER = ("client.bulk_update", "list edit")


def failed(name: str, answer) -> bool:
	"""Whether the answer says that nothing was stored."""
	if answer.status_code != 200 or name not in TELL_IN_THE_ANSWER:
		return answer.status_code >= 400
	told = answer.json["message"]
	return bool(told["failed_docs"] if name == "client.bulk_update" else told)


def other_ways(doc, action: str, state: str, field: str, born: str) -> dict[str, tuple[str, str, dict]]:
	"""What else could move, take away or overwrite a document: name → (HTTP method, path, JSON).

	`action` and `state` are the move that is tried, `field` is a text of the document, `born` a state in which none begins.
	"""
	whole = _whole(doc, {}, {"modified": str(doc.modified)})
	name = {"doctype": doc.doctype, "name": doc.name}
	docs = json.dumps([{"doctype": doc.doctype, "name": doc.name, "docinfo": {"docstatus": 1}}])
	path = f"/api/resource/{doc.doctype}/{doc.name}"
	many = {"doctype": doc.doctype, "docnames": json.dumps([doc.name])}
	edit = json.dumps({"workflow_state": state, "modified": str(doc.modified)})
	rename = {"doctype": doc.doctype, "old_name": doc.name, "new_name": "NEWNAME23"}
	desk = "/api/method/frappe.desk"
	return {
		"apply_workflow": ("POST", f"{WORKFLOW}.apply_workflow", {"doc": whole, "action": action}),
		"bulk approval": ("POST", f"{WORKFLOW}.bulk_workflow_approval", {**many, "action": action}),
		"list edit": ("POST", BULK, {**many, "action": "update", "data": edit}),
		"bulk submit": ("POST", BULK, {**many, "action": "submit"}),
		"bulk cancel": ("POST", BULK, {**many, "action": "cancel"}),
		"submit": ("POST", f"{CLIENT}.submit", {"doc": whole}),
		"cancel": ("POST", f"{CLIENT}.cancel", name),
		"delete": ("POST", f"{CLIENT}.delete", name),
		"rest delete": ("DELETE", path, {}),
		"list delete": (
			"POST",
			f"{desk}.reportview.delete_items",
			{"doctype": doc.doctype, "items": json.dumps([doc.name])},
		),
		"form cancel": (
			"POST",
			f"{SAVE}.cancel",
			{**name, "workflow_state_fieldname": "workflow_state", "workflow_state": state},
		),
		"form submit": ("POST", f"{SAVE}.savedocs", {"doc": json.dumps(whole), "action": "Submit"}),
		"cancel all": ("POST", f"{desk}.form.linked_with.cancel_all_linked_docs", {"docs": docs}),
		"insert with a state": (
			"POST",
			f"{CLIENT}.insert",
			{"doc": {**whole, "__islocal": 1, "workflow_state": born}},
		),
		"insert many": (
			"POST",
			f"{CLIENT}.insert_many",
			{"docs": [{**whole, "__islocal": 1, "workflow_state": born}]},
		),
		"amend": (
			"POST",
			f"{CLIENT}.insert",
			{"doc": {**whole, "amended_from": doc.name, "docstatus": 0, "workflow_state": born}},
		),
		"rename": ("POST", f"{CLIENT}.rename_doc", rename),
		"merge": ("POST", f"{CLIENT}.rename_doc", {**rename, "merge": True}),
		"title": (
			"POST",
			"/api/method/frappe.model.rename_doc.update_document_title",
			{"doctype": doc.doctype, "docname": doc.name, "title": "Uusi", "name": "NEWNAME23"},
		),
		"run_doc_method": (
			"POST",
			"/api/method/run_doc_method",
			{"docs": json.dumps(whole), "method": "submit"},
		),
		"run_doc_method save": (
			"POST",
			"/api/method/run_doc_method",
			{"docs": json.dumps(whole), "method": "save"},
		),
		"run_method": ("POST", path, {"run_method": "submit"}),
		"calendar": (
			"POST",
			f"{desk}.calendar.update_event",
			{
				"args": json.dumps({**name, field: "2020-01-01", "workflow_state": state}),
				"field_map": json.dumps({"start": field, "end": "workflow_state"}),
			},
		),
		"attach_file": (
			"POST",
			f"{CLIENT}.attach_file",
			{
				"doctype": doc.doctype,
				"docname": doc.name,
				"docfield": field,
				"filename": "a.txt",
				"filedata": "x",
			},
		),
		"set_default": (
			"POST",
			f"{CLIENT}.set_default",
			{"key": "workflow_state", "value": state, "parent": doc.name},
		),
	}


def ways_of_rows(doc, row) -> dict[str, tuple[str, str, dict]]:
	"""Every way to change the rows of `doc` on their own: name → (HTTP method, path, JSON)."""
	path = f"/api/resource/{row.doctype}"
	place = {
		"doctype": row.doctype,
		"parent": doc.name,
		"parenttype": doc.doctype,
		"parentfield": row.parentfield,
	}
	whole = json.loads(frappe.as_json(row.as_dict(convert_dates_to_str=True)))
	another = {**{df.fieldname: whole.get(df.fieldname) for df in row.meta.fields}, **place}
	name = {"doctype": row.doctype, "name": row.name}
	return {
		"rest put": ("PUT", f"{path}/{row.name}", {"idx": 9}),
		"rest delete": ("DELETE", f"{path}/{row.name}", {}),
		"rest post": ("POST", path, another),
		"insert": ("POST", f"{CLIENT}.insert", {"doc": another}),
		"insert many": ("POST", f"{CLIENT}.insert_many", {"docs": [another]}),
		"save": ("POST", f"{CLIENT}.save", {"doc": {**whole, "idx": 9}}),
		"set_value": ("POST", f"{CLIENT}.set_value", {**name, "fieldname": "idx", "value": 9}),
		"delete": ("POST", f"{CLIENT}.delete", name),
		"bulk_update": (
			"POST",
			f"{CLIENT}.bulk_update",
			{"docs": json.dumps([{"doctype": row.doctype, "docname": row.name, "idx": 9}])},
		),
		"savedocs": ("POST", f"{SAVE}.savedocs", {"doc": json.dumps({**whole, "idx": 9}), "action": "Save"}),
		"list edit": (
			"POST",
			BULK,
			{
				"doctype": row.doctype,
				"docnames": json.dumps([row.name]),
				"action": "update",
				"data": json.dumps({"idx": 9}),
			},
		),
	}


def stored(doc) -> tuple:
	"""What the database holds of a document and its rows, without what people note beside it."""
	row = frappe.db.sql(f"select * from `tab{doc.doctype}` where name = %s", doc.name, as_dict=True)
	notes = ("_comments", "_liked_by", "_user_tags", "_assign", "_seen")
	values = [{key: value for key, value in found.items() if key not in notes} for found in row]
	tables = [
		frappe.db.sql(f"select * from `tab{df.options}` where parent = %s order by idx, name", doc.name)
		for df in doc.meta.get_table_fields()
	]
	return values, tables, frappe.db.count(doc.doctype)
