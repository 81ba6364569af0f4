"""Every channel over which records of people and casework leave: exactly what was in the answer is logged."""

import json
from datetime import datetime, timezone

import frappe
import pytest
from frappe.model.db_query import DatabaseQuery
from werkzeug.wrappers import Response

from early_support.access import policy
from early_support.access.doors.wiring import OVERRIDES
from early_support.access.grounds import grounds
from early_support.exceptions import AccessLogIsAppendOnly
from early_support.privacy import append_only, chain, log, log_check, reads, watch
from early_support.tests import factories
from early_support.tests.case_factories import (
	acting,
	child_plan_in,
	concern_in,
	consent_in,
	make_child_plan,
	make_consultation,
	make_needs_assessment,
	make_plan_review,
	make_referral,
	make_team,
	make_visit,
	network_meeting_in,
	period_in,
	version,
)
from early_support.tests.privacy_factories import raw

METHOD = "/api/method/"


class Logged:
	"""Reads of the log, since the last time it was asked."""

	def __init__(self):
		self.last = self._rows()[-1].name if self._rows() else 0

	def _rows(self):
		return frappe.db.sql("select * from `tabCase Access Log` order by name", as_dict=True)

	def rows(self) -> list[dict]:
		new = [row for row in self._rows() if row.name > self.last]
		if new:
			self.last = new[-1].name
		return new

	def names(self) -> set[tuple[str, str]]:
		return {(row.document_type, row.document_name) for row in self.rows()}


@pytest.fixture
def logged(site):
	return Logged()


@pytest.fixture
def concern(team):
	return concern_in("Discussed", team)


@pytest.fixture
def foreign(site):
	"""A concern of another unit."""
	return concern_in("Discussed", make_team())


def utc_now() -> datetime:
	return datetime.now(timezone.utc).replace(tzinfo=None)


def ok(answer):
	assert answer.status_code == 200, answer.text[:2000]
	return answer


def one(logged) -> dict:
	rows = logged.rows()
	assert len(rows) == 1, rows
	return rows[0]


# One document


@pytest.mark.parametrize("who", ["educator", "Administrator"])
@pytest.mark.parametrize(
	("path", "channel"),
	[
		("/api/resource/Concern/{0}", "Interface"),
		(METHOD + "frappe.client.get?doctype=Concern&name={0}", "Interface"),
		(METHOD + "frappe.client.get_value?doctype=Concern&fieldname=zone&filters={0}", "Interface"),
		(METHOD + "frappe.desk.form.load.getdoc?doctype=Concern&name={0}", "Form"),
		(METHOD + "frappe.desk.form.load.get_docinfo?doctype=Concern&name={0}", "Form"),
		(METHOD + "frappe.desk.search.get_link_title?doctype=Concern&docname={0}", "Search"),
		(METHOD + "frappe.client.validate_link?doctype=Concern&docname={0}", "Search"),
		("/printview?doctype=Concern&name={0}&no_letterhead=1", "Print"),
		(METHOD + "early_support.casework.offers.make_support_period?source_name={0}", "Form"),
	],
)
def test_one_document(api, team, concern, logged, path, channel, who):  # noqa: PLR0913, PLR0917 fixtures
	user = getattr(team, who, who)
	ok(api(user).get(path.format(concern.name)))
	row = one(logged)
	assert (row.document_type, row.document_name) == ("Concern", concern.name)
	assert (row.user, row.channel, row.refused) == (user, channel, 0)
	assert (row.child, row.family, row.unit) == (team.child, concern.family, team.unit)
	assert row.controller == concern.controller
	assert row.ground == ("administrator" if user == "Administrator" else "unit_staff")
	assert row.roles == ("Early Educator" if who == "educator" else row.roles)
	assert row.request
	assert row.session
	assert abs((row.read_at - utc_now()).total_seconds()) < 60


@pytest.mark.parametrize(
	"path",
	[
		"/api/resource/Concern/{0}",
		METHOD + "frappe.desk.search.get_link_title?doctype=Concern&docname={0}",
		METHOD + "frappe.utils.print_format.download_pdf?doctype=Concern&name={0}",
		"/printview?doctype=Concern&name={0}&no_letterhead=1",
		METHOD + "early_support.casework.offers.make_support_period?source_name={0}",
	],
)
@pytest.mark.parametrize(
	"written",
	[
		str.lower,
		"{}%20".format,
		"\u200b".join,
		lambda name: chr(ord(name[0]) + 0xFEE0) + name[1:],
	],
	ids=["small letters", "a blank", "letters of no width", "a wide letter"],
)
def test_one_document_by_another_spelling(api, team, concern, logged, monkeypatch, path, written):  # noqa: PLR0913, PLR0917 fixtures
	"""The database finds it all the same."""
	if "download_pdf" in path:
		monkeypatch.setattr(frappe, "get_print", lambda *_arguments, **_more: b"%PDF-")
	answer = ok(api(team.educator).get(path.format(written(concern.name))))
	assert answer.data
	row = one(logged)
	assert (row.document_type, row.document_name, row.refused) == ("Concern", concern.name, 0)


@pytest.mark.parametrize("sent", ["form", "text", "small letters", "object", "name"])
def test_the_print_preview_of_the_desk(api, team, concern, logged, sent):
	whole = {"doctype": "Concern", "name": concern.name, "observation": "x"}
	arguments = {
		"form": {"data": {"doc": json.dumps(whole)}},
		"text": {"data": {"doc": "\n " + json.dumps(whole)}},
		"small letters": {"data": {"doc": json.dumps({**whole, "name": concern.name.lower()})}},
		"object": {"json": {"doc": whole}},
		"name": {"data": {"doc": "Concern", "name": concern.name}},
	}[sent]
	answer = api(team.educator).post(METHOD + "frappe.www.printview.get_html_and_style", **arguments)
	if sent == "object" and answer.status_code == 417:
		pytest.skip("this Frappe takes a text only")
	assert concern.observation in ok(answer).json["message"]["html"]
	row = one(logged)
	assert (row.document_type, row.document_name, row.channel) == ("Concern", concern.name, "Print")


def test_the_buttons_of_a_form_read_nothing(api, team, concern, logged):
	doc = json.dumps({"doctype": "Concern", "name": concern.name})
	ok(api(team.educator).post(METHOD + "frappe.model.workflow.get_transitions", data={"doc": doc}))
	assert logged.rows() == []


def test_documents_of_several_doctypes_printed_together_are_asked_for():
	together = {"doctype": json.dumps({"Concern": ["ABCDEF234"], "Visit": ["ABCDEF235"]}), "name": "x"}
	assert reads.asked("/api/method/x", "x", together) == {"ABCDEF234", "ABCDEF235"}


def test_a_protected_contact_by_another_spelling_is_logged(api, team, logged):
	child = frappe.get_doc("Child", team.child)
	ok(
		api(team.director).get(
			METHOD + f"early_support.access.contacts.protected_contacts?family={child.family.lower()}"
		)
	)
	assert ("Family", child.family) in logged.names()


def test_a_refusal_by_another_spelling_is_logged(api, team, foreign, logged):
	assert api(team.educator).get(f"/api/resource/Concern/{foreign.name.lower()}").status_code == 403
	row = one(logged)
	assert (row.document_name, row.refused) == (foreign.name, 1)


@pytest.mark.parametrize(
	("word", "could"),
	[
		("ABCDEF234", True),
		("abcdef234", True),
		("ABCDEF234   ", True),
		("Ａbcdef234", True),
		("ABC\u200bDEF234", True),
		("ABCDEF23", False),
		("ABCDEF2345", False),
		("ABCDEF23-", False),
		(" ABCDEF234", False),
		("Concern", False),
		("20", False),
		("", False),
		("Äiti soitti.", False),
	],
)
def test_what_the_database_could_take_for_a_name(word, could):
	assert reads.could_name(word) is could


def test_v2_document(api, team, concern, logged):
	answer = api(team.educator).get(f"/api/v2/document/Concern/{concern.name}")
	if answer.status_code == 404:
		pytest.skip("this Frappe has no API v2")
	assert one(logged).document_name == concern.name


def test_the_answer_of_a_save(api, team, concern, logged):
	client = api(team.educator)
	doc = ok(client.get(f"/api/resource/Concern/{concern.name}")).json["data"]
	logged.rows()
	ok(
		client.put(
			f"/api/resource/Concern/{concern.name}",
			json={"strengths": "Leikkii.", "modified": doc["modified"]},
		)
	)
	assert one(logged).document_name == concern.name


def test_a_move(api, team, concern, logged):
	doc = ok(api(team.educator).get(f"/api/resource/Concern/{concern.name}")).json["data"]
	logged.rows()
	body = {"doc": json.dumps(doc), "action": "Propose a meeting"}
	ok(api(team.educator).post(METHOD + "frappe.model.workflow.apply_workflow", json=body))
	row = one(logged)
	assert (row.document_name, row.channel) == (concern.name, "Form")


# Lists


def body_of(columns, **more):
	return {"doctype": "Concern", "fields": json.dumps(columns), "start": 0, "page_length": 20, **more}


@pytest.mark.parametrize("who", ["educator", "Administrator"])
@pytest.mark.parametrize("columns", [["name", "child_name"], ["child_name"], ["zone"], ["*"]])
def test_list_of_the_desk(api, team, concern, foreign, logged, columns, who):  # noqa: PLR0913, PLR0917 fixtures
	"""Also where the name was not asked for."""
	user = getattr(team, who, who)
	filters = json.dumps([["Concern", "unit", "in", [team.unit]]])
	answer = ok(api(user).post(METHOD + "frappe.desk.reportview.get", data=body_of(columns, filters=filters)))
	assert "early_support_0" not in answer.text
	row = one(logged)
	assert (row.document_name, row.channel) == (concern.name, "List")


def test_a_page_is_logged_and_not_what_comes_after(api, team, logged):
	names = [concern_in("Raised", team).name for _ in range(3)]
	fields = json.dumps(["name", "child_name"])
	answer = ok(api(team.educator).get("/api/resource/Concern", query_string={"fields": fields, "limit": 2}))
	shown = {row["name"] for row in answer.json["data"]}
	assert len(shown) == 2
	assert shown < set(names)
	assert logged.names() == {("Concern", name) for name in shown}


@pytest.mark.parametrize(
	("method", "arguments"),
	[
		("frappe.client.get_list", {"doctype": "Concern", "fields": '["child_name"]'}),
		("frappe.client.get_list", {"doctype": "Concern", "fields": '["zone"]', "as_dict": 0}),
		("frappe.client.get_value", {"doctype": "Concern", "fieldname": "observation", "filters": "{}"}),
		("frappe.desk.search.search_link", {"doctype": "Concern", "txt": ""}),
	],
)
def test_rows_of_the_interface_and_of_a_search(api, team, concern, foreign, logged, method, arguments):  # noqa: PLR0913, PLR0917 fixtures
	ok(api(team.educator).post(METHOD + method, data=arguments))
	assert logged.names() == {("Concern", concern.name)}


def test_child_rows_are_reads_of_their_document(api, team, concern, foreign, logged):
	family = concern.family
	arguments = {"doctype": "Family Guardian", "parent": "Family", "fields": '["full_name"]'}
	ok(api(team.educator).post(METHOD + "frappe.client.get_list", data=arguments))
	assert logged.names() == {("Family", family)}


@pytest.mark.parametrize(
	"path",
	[
		"/api/resource/Family Guardian/{0}",
		METHOD + "frappe.client.get?doctype=Family Guardian&parent=Family&name={0}",
		"/printview?doctype=Family Guardian&name={0}&no_letterhead=1",
	],
)
def test_one_row_is_a_read_of_its_document(api, team, concern, logged, path):
	row = frappe.db.get_value("Family Guardian", {"parent": concern.family})
	answer = api(team.educator).get(path.format(row))
	expected = (0, 200) if answer.status_code == 200 else (1, 403)
	assert answer.status_code == expected[1]
	read = one(logged)
	assert (read.document_type, read.document_name, read.refused) == ("Family", concern.family, expected[0])


def test_a_row_of_a_foreign_document_is_refused(api, team, foreign, logged):
	row = frappe.db.get_value("Family Guardian", {"parent": foreign.family})
	assert api(team.educator).get(f"/api/resource/Family Guardian/{row}").status_code == 403
	read = one(logged)
	assert (read.document_type, read.document_name, read.refused) == ("Family", foreign.family, 1)


@pytest.mark.parametrize(
	("doctype", "fields"),
	[
		("ToDo", ("reference_type", "reference_name")),
		("Comment", ("reference_doctype", "reference_name")),
		("Version", ("ref_doctype", "docname")),
	],
)
@pytest.mark.parametrize(
	"path",
	[
		"/api/resource/{0}/{1}",
		METHOD + "frappe.desk.form.load.getdoc?doctype={0}&name={1}",
		METHOD + 'frappe.client.get?doctype={0}&filters={{"docstatus":0,"name":"{1}"}}',
		"/printview?doctype={0}&name={1}&no_letterhead=1",
	],
)
def test_one_note_is_a_read_of_its_document(concern, api, logged, doctype, fields, path):  # noqa: PLR0913, PLR0917 fixtures
	of, name = fields
	note = raw(
		doctype, **{of: "Concern", name: concern.name}, description="sovittu", content="sovittu", data="{}"
	)
	ok(api("Administrator").get(path.format(doctype, note)))
	assert logged.names() == {("Concern", concern.name)}


def group(client, columns, filters, by, extra="count(`tabConcern`.`name`) as number"):
	fields = [f"`tabConcern`.`{column}` as grouped_{column}" for column in columns]
	data = {
		"doctype": "Concern",
		"fields": json.dumps([*fields, extra]),
		"filters": json.dumps(filters),
		"group_by": ", ".join(f"`tabConcern`.`{column}`" for column in by),
	}
	return ok(client.post(METHOD + "frappe.desk.reportview.get", data=data))


def test_grouped_by_a_state_it_is_figures_if_the_group_is_large(api, team, foreign, logged):
	concerns = [concern_in("Discussed", team) for _number in range(5)]
	client, filters = api(team.educator), [["Concern", "unit", "=", team.unit]]
	for column in ("workflow_state", "raised_on", "zone"):
		answer = group(client, [column], filters, [column])
		assert answer.json["message"]["values"][0][-1] == 5
		assert "early_support_0" not in answer.text
		assert logged.rows() == [], column
	assert "Testinen" in group(client, ["child_name"], filters, ["child_name"]).text
	assert logged.names() == {("Concern", concern.name) for concern in concerns}


def test_grouped_by_anything_few_records_are_read(api, team, concern, foreign, logged):
	"""What is told of a single one is no figure, whatever it is called."""
	client, filters = api(team.educator), [["Concern", "unit", "=", team.unit]]
	for columns, by in ((["workflow_state"], ["workflow_state"]), (["zone", "raised_on"], ["name"])):
		group(client, columns, filters, by)
		assert logged.names() == {("Concern", concern.name)}, by
	for as_dict in (0, 1):
		data = {"doctype": "Concern", "fields": '["count(name) as n", "zone"]', "as_dict": as_dict}
		ok(client.post(METHOD + "frappe.client.get_list", data=data))
		assert logged.names() == {("Concern", concern.name)}


def test_of_large_and_small_groups_the_small_are_read(api, team, logged):
	for _number in range(5):
		concern_in("Raised", team)
	alone = concern_in("Discussed", team)
	filters = [["Concern", "unit", "=", team.unit]]
	group(api(team.educator), ["workflow_state"], filters, ["workflow_state"])
	assert logged.names() == {("Concern", alone.name)}


def test_whom_a_question_names_is_read_also_where_the_answer_is_a_large_figure(api, team, foreign, logged):
	concerns = [concern_in("Discussed", team) for _number in range(6)]
	left_out = concerns[0].name
	filters = [["Concern", "name", "!=", left_out.lower()], ["Concern", "name", "!=", foreign.name]]
	group(api(team.educator), ["workflow_state"], filters, ["workflow_state"])
	assert logged.names() == {("Concern", left_out)}


def test_distinct_values_of_a_list_are_read(api, team, concern, logged):
	data = body_of(["zone"], distinct="true")
	ok(api(team.educator).post(METHOD + "frappe.desk.reportview.get", data=data))
	assert logged.names() == {("Concern", concern.name)}


@pytest.mark.parametrize(
	("fields", "shows"),
	[
		(["`tabConcern`.`zone`", "count(`tabConcern`.`name`) as number"], False),
		(["`tabConcern`.`child_name`"], True),
		(["`tabConcern`.`name`"], True),
		(["*"], True),
		(["`tabDay Care Unit`.`title`"], True),  # of a linked record: it is not known what it tells
	],
)
def test_a_group_is_more_than_figures(site, fields, shows):
	query = DatabaseQuery("Concern")
	query.fields = fields
	assert watch._shows_texts(query) is shows


def test_distinct_values_are_shown_once_and_all_behind_them_are_read(api, team, concern, logged):
	another = concern_in("Raised", team)
	data = body_of(["child_name"], distinct="true")
	answer = ok(api(team.educator).post(METHOD + "frappe.desk.reportview.get", data=data))
	assert len(answer.json["message"]["values"]) == 1
	assert logged.names() == {("Concern", concern.name), ("Concern", another.name)}


def test_notes_counted_by_their_writers_are_reads(api, concern, logged):
	concern.add_comment("Comment", "sovittu vain tässä")
	data = {
		"doctype": "Comment",
		"fields": json.dumps(["`tabComment`.`owner` as who", "count(`tabComment`.`name`) as number"]),
		"filters": json.dumps([["Comment", "reference_name", "=", concern.name]]),
		"group_by": "`tabComment`.`owner`",
	}
	ok(api("Administrator").post(METHOD + "frappe.desk.reportview.get", data=data))
	assert logged.names() == {("Concern", concern.name)}


def test_too_many_rows_behind_a_grouped_list_are_refused(api, team, concern, logged, monkeypatch):
	monkeypatch.setattr(watch, "MOST_ROWS", 0)
	data = body_of(["`tabConcern`.`child_name` as a"], group_by="`tabConcern`.`child_name`")
	answer = api(team.educator).post(METHOD + "frappe.desk.reportview.get", data=data)
	assert answer.status_code == 417
	assert "Testinen" not in answer.text
	assert logged.rows() == []


@pytest.mark.parametrize("doctype", policy.PROTECTED_DOCTYPES)
def test_a_list_page_is_logged_as_it_was_read_and_not_looked_up_again(  # noqa: PLR0913, PLR0917 fixtures
	api, team, concern, logged, monkeypatch, doctype
):
	period = period_in("Under Way", team)
	make_visit(team, period)
	make_consultation(team)
	make_referral(team, consent=consent_in("Given", team).name)
	network_meeting_in("Agreed", team)
	make_child_plan(team)
	make_needs_assessment(team, support_period=period.name)
	make_plan_review(team)
	# A plan is closed to the counsellor (docs/permissions.md).
	user = {
		"Access Grant": factories.make_staff("Privacy Officer", team.unit),
		"Child Plan": team.educator,
	}.get(doctype, team.counsellor)
	names = frappe.get_all(doctype, pluck="name", limit_page_length=0)
	found = log._about({doctype: names}, "Administrator")
	expected = {name: place for (_doctype, name), place in found.items()}
	monkeypatch.setattr(log, "_about", lambda *_arguments: pytest.fail("looked up again"))
	page = {"doctype": doctype, "fields": json.dumps([f"`tab{doctype}`.`modified`"]), "page_length": 20}
	for who in ("Administrator", user):
		ok(api(who).post(METHOD + "frappe.desk.reportview.get", data=page))
		rows = logged.rows()
		assert rows
		for row in rows:
			place = {**expected[row.document_name], "ground": row.ground}
			assert {key: row[key] for key in log.PLACE} == place
			assert (row.ground == "administrator") is (who == "Administrator")


def test_what_is_read_on_a_page_and_its_count_is_told_without_a_query(
	api, team, concern, logged, monkeypatch
):
	"""The log of an ordinary list page costs what is written, and nothing that is looked up (design §7)."""
	asked, read, sql = [], watch._read, frappe.local.db.sql

	def noting(query, *arguments, **more):
		asked.append(query)
		return sql(query, *arguments, **more)

	def without_queries(*arguments):
		with monkeypatch.context() as patch:
			patch.setattr(frappe.local.db, "sql", noting)
			return read(*arguments)

	monkeypatch.setattr(watch, "_read", without_queries)
	client, filters = api(team.educator), json.dumps([["Concern", "workflow_state", "=", "Discussed"]])
	page = body_of(["name", "child_name", "zone"], filters=filters)
	ok(client.post(METHOD + "frappe.desk.reportview.get", data=page))
	assert logged.names() == {("Concern", concern.name)}
	ok(client.post(METHOD + "frappe.desk.reportview.get_count", data=page))
	assert asked == []


COUNTS = ("frappe.desk.reportview.get_count", "frappe.client.get_count")


@pytest.mark.parametrize("method", COUNTS)
@pytest.mark.parametrize("filters", [[], [["Concern", "workflow_state", "=", "Discussed"]]])
def test_counts_are_no_reads(api, team, concern, logged, method, filters):  # noqa: PLR0913, PLR0917 fixtures
	data = {"doctype": "Concern", "filters": json.dumps(filters), "fields": "[]"}
	assert ok(api(team.educator).post(METHOD + method, data=data)).json["message"] == 1
	assert logged.rows() == []


def test_connections_of_a_form_are_no_reads(api, team, concern, logged):
	path = f"frappe.desk.notifications.get_open_count?doctype=Concern&name={concern.name}&items=[]"
	ok(api(team.educator).get(METHOD + path))
	assert logged.rows() == []


@pytest.mark.parametrize("limit", [None, 1001])
@pytest.mark.parametrize("method", COUNTS)
def test_a_count_that_asks_of_few_is_a_read_of_them(api, team, concern, foreign, logged, method, limit):  # noqa: PLR0913, PLR0917 fixtures
	def count(*filters):
		data = {"doctype": "Concern", "filters": json.dumps(filters), "fields": "[]"}
		answer = ok(
			api(team.educator).post(METHOD + method, data={**data, **({"limit": limit} if limit else {})})
		)
		return answer.json["message"]

	part = f"%{concern.observation[:5]}%"
	assert count(["Concern", "observation", "like", part]) == 1
	assert logged.names() == {("Concern", concern.name)}
	# Whom it names, also where the answer is no; and nobody whose record is closed.
	assert count(["Concern", "name", "=", concern.name], ["Concern", "observation", "like", "%nothing%"]) == 0
	assert logged.names() == {("Concern", concern.name)}
	assert count(["Concern", "name", "=", foreign.name]) == 0
	assert logged.rows() == []
	for _number in range(4):
		concern_in("Discussed", team, observation=concern.observation)
	assert count(["Concern", "observation", "like", part]) == 5
	assert logged.rows() == []


def test_a_count_of_rows_is_a_read_of_their_document(api, team, concern, logged):
	filters = json.dumps([["Family Guardian", "full_name", "like", "%"]])
	data = {"doctype": "Family Guardian", "filters": filters}
	assert ok(api(team.educator).post(METHOD + "frappe.client.get_count", data=data)).json["message"]
	assert logged.names() == {("Family", concern.family)}


def test_a_list_that_names_a_record_and_has_no_row_says_something_of_it(api, team, concern, foreign, logged):
	def find(name):
		filters = json.dumps({"name": name, "observation": ["like", "%nothing%"]})
		data = {"doctype": "Concern", "fields": '["zone"]', "filters": filters}
		assert not ok(api(team.educator).post(METHOD + "frappe.client.get_list", data=data)).json.get(
			"message"
		)

	find(concern.name)
	assert logged.names() == {("Concern", concern.name)}
	find(foreign.name)
	assert logged.rows() == []


def test_export_of_administrator(api, team, concern, logged):
	data = {
		"doctype": "Concern",
		"fields": '["`tabConcern`.`child_name`"]',
		"filters": json.dumps([["Concern", "unit", "=", team.unit]]),
		"file_format_type": "CSV",
		"title": "Concern",
	}
	ok(api("Administrator").post(METHOD + "frappe.desk.reportview.export_query", data=data))
	row = one(logged)
	assert (row.document_name, row.channel) == (concern.name, "Export")


def test_the_start_page_logs_what_it_shows(api, team, logged):
	shown = concern_in("Raised", team)
	concern_in("Discussed", team)  # waits for nobody
	followed = period_in("Proposed", team)  # its concern was read and left out again
	answer = ok(api(team.educator).get(METHOD + "early_support.waiting.get_waiting"))
	assert followed.concern not in answer.text
	row = one(logged)
	assert (row.document_name, row.channel) == (shown.name, "Start Page")


def test_versions_of_a_document_are_reads_of_it(api, team, concern, logged):
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Comment",
			"reference_doctype": "Concern",
			"reference_name": concern.name,
			"content": "sovittu vain tässä",
		}
	).insert(ignore_permissions=True)
	arguments = {
		"doctype": "Comment",
		"fields": '["content"]',
		"filters": json.dumps({"content": "sovittu vain tässä"}),
	}
	ok(api("Administrator").post(METHOD + "frappe.client.get_list", data=arguments))
	assert logged.names() == {("Concern", concern.name)}


@pytest.mark.parametrize("who", ["educator", "Administrator"])
@pytest.mark.parametrize(
	"path",
	[
		"{0}",
		METHOD + "download_file?file_url={0}",
		METHOD + "frappe.core.api.file.zip_files?files=[%22{1}%22]",
		METHOD + "frappe.core.api.file.zip_files?files=[{{%22name%22:%22{1}%22}}]",
		METHOD + "early_support.access.doors.methods.zip_files?files=[%22{1}%22]",
		"/?cmd=early_support.access.doors.methods.zip_files&files=[%22{1}%22]",
	],
	ids=["address", "method", "zip", "zip of rows", "our own zip", "our own zip by a command"],
)
def test_a_file_of_a_document(api, team, concern, logged, who, path):  # noqa: PLR0913, PLR0917 fixtures
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"es_{concern.name.lower()}.txt",
			"attached_to_doctype": "Concern",
			"attached_to_name": concern.name,
			"is_private": 1,
			"content": "luottamuksellista",
		}
	).insert(ignore_permissions=True)
	logged.rows()
	try:
		answer = ok(api(getattr(team, who, who)).get(path.format(file.file_url, file.name)))
		assert answer.data.startswith(b"PK") or answer.data == b"luottamuksellista"
		row = one(logged)
		assert (row.document_name, row.channel) == (concern.name, "File")
		# Never the name of the file, which may be that of a child.
		assert file.file_name not in row.detail
	finally:
		file.delete_file_from_filesystem() if hasattr(file, "delete_file_from_filesystem") else file.delete()


@pytest.mark.parametrize(("frappes", "ours"), OVERRIDES.items())
def test_a_function_of_ours_is_logged_as_that_of_frappe(site, frappes, ours):
	assert reads.channel_of("", watch._called(ours)) == reads.channel_of("", watch._called(frappes))


def test_a_function_has_one_name_wherever_it_is_imported(site):
	assert watch._called("download_file") == "frappe.handler.download_file"
	assert reads.channel_of("", watch._called("File/zip_files")) == "File"
	assert watch._called("no.such.function") == "no.such.function"
	assert watch._called("") == ""


def test_an_offer_is_a_read_of_all_that_it_is_made_of(api, team, logged):
	def offer(user, name, source):
		answer = api(user).post(
			METHOD + f"early_support.casework.offers.{name}", json={"source_name": source}
		)
		ok(answer)
		return logged.names()

	concern, plan = concern_in("Meeting Agreed", team), child_plan_in("Confirmed", team)
	period = period_in("Under Way", team)
	logged.rows()
	assert offer(team.educator, "make_network_meeting", concern.name) == {
		("Concern", concern.name),
		("Family", concern.family),
	}
	assert offer(team.educator, "begin_child_plan", team.child) == {
		("Child", team.child),
		("Child Plan", plan.name),
	}
	assert offer(team.counsellor, "begin_needs_assessment", period.name) == {
		("Support Period", period.name),
		("Family", period.family),
	}


def test_what_a_failing_link_has_written_is_not_kept_with_the_log(api, team, foreign, logged, monkeypatch):
	def write_and_fail():
		frappe.db.set_value("Concern", foreign.name, "strengths", "linkki")
		raise frappe.PermissionError

	monkeypatch.setattr("early_support.waiting.get_waiting", frappe.whitelist()(write_and_fail))
	path = METHOD + f"early_support.waiting.get_waiting?about={foreign.name}"
	assert api(team.educator).get(path).status_code == 403
	assert one(logged).refused
	assert frappe.db.get_value("Concern", foreign.name, "strengths") != "linkki"


def test_a_consultation_holds_no_child(api, team, logged):
	consultation = make_consultation(team)
	ok(api(team.counsellor).get(f"/api/resource/Consultation/{consultation.name}"))
	row = one(logged)
	assert (row.document_name, row.child, row.family, row.unit) == (consultation.name, None, None, team.unit)
	assert row.ground == "liaison"


def test_counsellors_of_a_period_read_on_its_ground(api, team, logged):
	period = period_in("Under Way", team)
	visit = make_visit(team, period)
	ground = {"Family": policy.SUPPORT_PERIOD, "Child": policy.SUPPORT_PERIOD, "Visit": policy.OWN_PERIOD}
	for doctype, name in (("Family", period.family), ("Child", period.child), ("Visit", visit.name)):
		ok(api(team.counsellor).get(f"/api/resource/{doctype}/{name}"))
		row = one(logged)
		assert (row.document_type, row.document_name, row.ground) == (doctype, name, ground[doctype])
		assert row.child == (None if doctype == "Family" else period.child)
		assert row.family == period.family


def test_what_holds_no_record_is_not_logged(api, team, concern, logged):
	ok(api(team.educator).get(METHOD + "frappe.auth.get_logged_user"))
	ok(api(team.educator).get("/api/resource/Worry Zone"))
	assert api(team.educator).get("/api/resource/Concern/ZZZZZZZZ9").status_code == 404
	assert logged.rows() == []


# Refusals


def test_a_refusal_is_logged_as_such_and_gives_no_ground(api, team, foreign, logged):
	assert api(team.educator).get(f"/api/resource/Concern/{foreign.name}").status_code == 403
	row = one(logged)
	assert (row.document_name, row.user, row.refused, row.ground) == (foreign.name, team.educator, 1, None)


def test_other_errors_are_no_reads(api, team, concern, logged):
	client = api(team.educator)
	values = {"workflow_state": "Meeting Agreed", **version(concern)}
	answer = client.put(f"/api/resource/Concern/{concern.name}", json=values)
	assert answer.status_code == 417
	assert logged.rows() == []


# Fails closed


@pytest.mark.parametrize(
	"path", ["/api/resource/Concern/{0}", "/api/resource/Concern", "/printview?doctype=Concern&name={0}"]
)
def test_nothing_is_shown_when_the_log_cannot_be_written(api, team, concern, logged, monkeypatch, path):  # noqa: PLR0913, PLR0917 fixtures
	def fail(*args, **kwargs):
		raise RuntimeError("disk full")

	monkeypatch.setattr(log, "append", fail)
	answer = api(team.educator).get(path.format(concern.name))
	assert answer.status_code == 503
	assert concern.name not in answer.text
	assert concern.observation not in answer.text
	assert answer.json["exc_type"] == "AccessLogNotWritten"
	assert logged.rows() == []


def test_a_log_without_head_shows_nothing(api, team, concern):
	frappe.db.sql("delete from `tabCase Access Log Head`")
	answer = api(team.educator).get(f"/api/resource/Concern/{concern.name}")
	assert answer.status_code == 503
	assert concern.observation not in answer.text
	with pytest.raises(RuntimeError, match="no head"):
		log.record(reads.EXPORT, [("Concern", concern.name)])


def test_an_answer_that_is_withheld_leaves_none_of_its_headers():
	answer = Response(b"Aino", headers={"Content-Disposition": "attachment; filename=Aino.txt"})
	watch._withhold(answer)
	assert "Aino" not in f"{answer.headers} {answer.get_data()}"


# The verb for others


def test_record_outside_a_request_appends_at_once(team, concern, logged):
	with acting(team.educator):
		log.record(reads.EXPORT, [("Concern", concern.name)], "GRANT1", "tapahtumat")
	row = one(logged)
	assert (row.channel, row.ground, row.detail, row.user) == (
		"Export",
		"GRANT1",
		"tapahtumat",
		team.educator,
	)


def test_what_is_gone_by_now_is_logged_all_the_same(logged):
	log.record(reads.EXPORT, [("Concern", "ZZZZZZZZ9")])
	row = one(logged)
	assert (row.document_name, row.child, row.ground) == ("ZZZZZZZZ9", None, None)


def test_nothing_read_appends_nothing(logged):
	log.record(reads.EXPORT, [])
	assert logged.rows() == []


def test_in_a_request_what_was_recorded_goes_in_once_with_the_rest(api, team, concern, logged, monkeypatch):
	def waiting():
		log.record(reads.BREAK_GLASS, [("Concern", concern.name)], "GRANT1")
		return frappe.get_list("Concern", fields=["name"])

	monkeypatch.setattr("early_support.waiting.get_waiting", frappe.whitelist()(waiting))
	ok(api(team.educator).get(METHOD + "early_support.waiting.get_waiting"))
	row = one(logged)
	assert (row.document_name, row.channel, row.ground) == (concern.name, "Break Glass", "GRANT1")


def test_long_texts_are_cut_before_they_are_hashed(team, concern, logged):
	log.record(reads.EXPORT, [("Concern", concern.name)], detail="ä" * 500)
	assert len(one(logged).detail) == 140
	assert _findings() == []


def _findings() -> list:
	columns = "name, previous_hash, hash, " + ", ".join(f"`{field}`" for field in chain.FIELDS)
	rows = frappe.db.sql(f"select {columns} from `tabCase Access Log` order by name", as_dict=True)
	return list(chain.check(rows, log_check.read_head(), {}))


def test_the_chain_of_several_requests_is_whole(api, team, concern, logged):
	for _ in range(3):
		ok(api(team.educator).get("/api/resource/Concern"))
	assert len(logged.rows()) == 3
	assert _findings() == []


# Grounds


def test_grounds(team, concern, foreign):
	names = [concern.name, foreign.name]
	assert grounds("Concern", names, team.educator) == {concern.name: "unit_staff"}
	assert grounds("Concern", names, team.counsellor) == {}
	assert grounds("Concern", names, "Administrator") == dict.fromkeys(names, "administrator")
	assert grounds("Concern", [], team.educator) == {}
	assert grounds("Day Care Unit", [team.unit], team.educator) == {}


# Append-only


@pytest.fixture
def row(team, concern):
	log.record(reads.EXPORT, [("Concern", concern.name)])
	return frappe.db.sql("select max(name) from `tabCase Access Log`")[0][0]


@pytest.mark.parametrize(
	"statement",
	[
		"update `tabCase Access Log` set user = 'x' where name = %s",
		"delete from `tabCase Access Log` where name = %s",
		"replace into `tabCase Access Log` (name) values (%s)",
	],
)
def test_the_database_refuses_to_change_a_row(row, statement):
	with pytest.raises(frappe.db.OperationalError, match="append-only"):
		frappe.db.sql(statement, (row,))


def test_the_app_cannot_change_a_row(row):
	doc = frappe.get_doc("Case Access Log", row)
	doc.user = "x"
	for attempt in (
		doc.save,
		doc.delete,
		lambda: doc.db_set("user", "x"),
		doc.db_update,
		doc.before_validate,
		lambda: frappe.rename_doc("Case Access Log", str(row), str(10**9), force=True),
	):
		with pytest.raises(AccessLogIsAppendOnly):
			attempt()
	with pytest.raises(AccessLogIsAppendOnly):
		frappe.get_doc({"doctype": "Case Access Log", "user": "x"}).insert(ignore_permissions=True)
	with pytest.raises(AccessLogIsAppendOnly):
		frappe.get_doc({"doctype": "Case Access Log", "user": "x"}).db_insert()
	with pytest.raises(frappe.db.OperationalError):
		frappe.db.set_value("Case Access Log", row, "user", "x")
	with pytest.raises(frappe.db.OperationalError):
		frappe.db.delete("Case Access Log", {"name": row})
	with pytest.raises(AccessLogIsAppendOnly):
		frappe.get_doc("Case Access Log Head", "head").save()


@pytest.mark.parametrize(
	"role",
	[
		"Early Educator",
		"Unit Director",
		"Family Counsellor",
		"Privacy Officer",
		"Form Administrator",
		"System Manager",
	],
)
def test_no_role_lists_opens_or_writes_the_log(api, row, role):
	user = factories.make_user(role)
	client = api(user)
	for doctype in ("Case Access Log", "Case Access Log Head"):
		answer = client.get(f"/api/resource/{doctype}")
		assert answer.status_code == 403 or answer.json["data"] == []
		assert client.post(f"/api/resource/{doctype}", json={"user": "x"}).status_code in (403, 417)
	assert client.get(f"/api/resource/Case Access Log/{row}").status_code == 403
	assert client.put(f"/api/resource/Case Access Log/{row}", json={"user": "x"}).status_code == 403
	assert client.delete(f"/api/resource/Case Access Log/{row}").status_code == 403


def test_a_missing_trigger_is_named(monkeypatch):
	assert append_only.missing_triggers() == []
	monkeypatch.setattr(append_only, "SIGNAL", "another statement")
	assert append_only.missing_triggers() == ["UPDATE", "DELETE"]
	# Another database has other means.
	monkeypatch.setattr(frappe.local.db, "db_type", "postgres")
	assert append_only.missing_triggers() == []
