"""Shipped once, then theirs: what upgrades and administrators do to what the app ships, and the decisions between them."""

import copy
import json

import frappe
import pytest

from early_support.exceptions import ChangedMeanwhile, NothingToDecide, WorkflowNotSound
from early_support.forms import decisions, ledger, seeder
from early_support.forms.ledger_core import entry_name, key_of
from early_support.forms.lists import interface_texts
from early_support.patches.v0_3 import begin_ledger
from early_support.setup import install
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.workflow_guard.system import system_change

TOPIC = "Concern Topic"
METHOD = "/api/method/early_support.forms.decisions"
FORM_ADMINISTRATOR = "Form Administrator"


class Shipment:
	"""What a made-up version of the app ships: nothing but what a test puts in."""

	def __init__(self, folder):
		self.folder = folder
		(folder / "defaults").mkdir()
		(folder / "workflow").mkdir()

	def lists(self, *records: dict) -> None:
		self.defaults("lists", records)

	def defaults(self, folder: str, records) -> None:
		self._write(f"defaults/{folder}/records.json", list(records))

	def workflow(self, data: dict) -> None:
		self._write("workflow/one/one.json", data)

	def _write(self, path: str, content) -> None:
		file = self.folder / path
		file.parent.mkdir(parents=True, exist_ok=True)
		file.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def shipment(site, tmp_path, monkeypatch):
	"""An app that ships other things, on a site whose ledger is empty."""
	monkeypatch.setattr(seeder, "DEFAULTS", tmp_path / "defaults")
	monkeypatch.setattr(seeder, "WORKFLOWS", tmp_path / "workflow")
	ledger.forget()
	return Shipment(tmp_path)


@pytest.fixture
def administrator(site):
	"""The user who administers forms."""
	return factories.make_staff(FORM_ADMINISTRATOR, controller=factories.default_controller())


def topic(code: str, title: str = "Vanha sana", **values) -> dict:
	return {"doctype": TOPIC, "name": code, "code": code, "title": title, **values}


def edit(code: str, **values) -> None:
	frappe.get_doc(TOPIC, code).update(values).save()


def title_of(code: str) -> str:
	return frappe.db.get_value(TOPIC, code, "title")


def entry(name: str, doctype: str = TOPIC):
	return frappe.get_doc(ledger.LEDGER, entry_name((doctype, name)))


def status_of(name: str, doctype: str = TOPIC) -> str:
	return entry(name, doctype).status


def migrate() -> dict:
	"""What a migration does with what is shipped: {name of the record: what was done}."""
	return {name: done for (_doctype, name), done in seeder.seed_shipped()}


def pending(shipment, code: str = "led-a") -> str:
	"""Ship a topic, let an administrator edit it, ship another one; return the name in the ledger."""
	shipment.lists(topic(code))
	migrate()
	edit(code, title="Oma sana")
	shipment.lists(topic(code, "Uusi sana"))
	migrate()
	return entry_name((TOPIC, code))


def decide(how: str, name: str) -> None:
	getattr(decisions, how)(name, decisions.compare(name)["token"])


# The upgrade ----------------------------------------------------------------------------------------------------------


def test_edit_delete_and_leave_through_two_migrations_and_an_upgrade(shipment):
	shipment.lists(*(topic(code) for code in ("led-left", "led-edited", "led-deleted", "led-quiet")))
	assert set(migrate().values()) == {ledger.CREATED}
	edit("led-edited", title="Oma sana")
	edit("led-quiet", title="Hiljainen sana")
	edit("led-left", disabled=1)
	frappe.delete_doc(TOPIC, "led-deleted")
	for _time in range(2):
		assert set(migrate().values()) == {ledger.KEPT}
		assert title_of("led-edited") == "Oma sana"
		assert not frappe.db.exists(TOPIC, "led-deleted")
	# Nothing else is shipped, so nothing waits for a decision.
	assert status_of("led-left") == ledger.AS_SHIPPED
	assert status_of("led-edited") == status_of("led-quiet") == ledger.CHANGED
	assert status_of("led-deleted") == ledger.DELETED
	changed = [topic(code, "Uusi sana") for code in ("led-left", "led-edited", "led-deleted")]
	shipment.lists(*changed, topic("led-quiet"), topic("led-new"))
	done = migrate()
	assert done.pop("led-left") == ledger.UPGRADED
	assert done.pop("led-new") == ledger.CREATED
	assert set(done.values()) == {ledger.KEPT}
	assert title_of("led-left") == "Uusi sana"
	# What is not shipped is the site's own.
	assert frappe.db.get_value(TOPIC, "led-left", "disabled") == 1
	assert title_of("led-edited") == "Oma sana"
	assert not frappe.db.exists(TOPIC, "led-deleted")
	assert status_of("led-edited") == ledger.TO_DECIDE
	assert status_of("led-quiet") == ledger.CHANGED
	assert status_of("led-deleted") == ledger.DELETED
	assert set(migrate().values()) == {ledger.KEPT}


def test_migrating_again_writes_nothing(shipment):
	pending(shipment)
	shipment.lists(topic("led-a", "Uusi sana"), topic("led-b"))
	migrate()
	frappe.delete_doc(TOPIC, "led-b")
	migrate()

	def stored() -> list:
		counted = [frappe.db.count(doctype) for doctype in ("Version", "Translation", TOPIC)]
		return [counted, frappe.db.sql(f"select name, modified from `tab{ledger.LEDGER}` order by name")]

	before = stored()
	migrate()
	assert stored() == before


def test_all_that_the_app_ships_stands_in_the_ledger_as_it_was_shipped():
	known = ledger.read()
	shipped = seeder.once(seeder.shipped_records())
	assert known.keys() == shipped.keys()
	assert {(key, entry.status) for key, entry in known.items() if entry.status != ledger.AS_SHIPPED} == set()
	assert {doctype for doctype, _name in shipped} >= {
		"Role",
		"Support Service",
		"Workflow",
		"Workflow State",
		"Workflow Action Master",
		"Workspace",
		"Custom HTML Block",
	}


def test_what_is_written_anew_is_what_was_shipped():
	"""Also the rows, whose defaults Frappe fills in only where the whole document is new."""
	one_of_each = {record["doctype"]: record for record in seeder.shipped_records()}
	for record in one_of_each.values():
		ledger.write(record)
	for seen in ledger.look(one_of_each.values(), {}):
		assert seen.here == seen.shipped, key_of(seen.record)


def test_installing_and_migrating_change_nothing_that_is_there():
	before = frappe.db.sql(f"select name, modified from `tab{ledger.LEDGER}` order by name")
	install.after_install()
	install.after_migrate()
	assert frappe.db.sql(f"select name, modified from `tab{ledger.LEDGER}` order by name") == before


def test_an_edit_that_is_what_is_shipped_next_leaves_nothing_to_decide(shipment):
	shipment.lists(topic("led-a"))
	migrate()
	edit("led-a", title="Uusi sana")
	shipment.lists(topic("led-a", "Uusi sana"))
	migrate()
	assert status_of("led-a") == ledger.AS_SHIPPED
	shipment.lists(topic("led-a", "Uusin sana"))
	migrate()
	assert title_of("led-a") == "Uusin sana"


def test_a_record_that_an_administrator_made_first_is_left_alone(shipment):
	frappe.get_doc(topic("led-a", "Oma sana")).insert()
	shipment.lists(topic("led-a"))
	assert migrate() == {"led-a": ledger.KEPT}
	assert title_of("led-a") == "Oma sana"
	assert status_of("led-a") == ledger.CHANGED


def test_what_is_no_longer_shipped_stays(shipment):
	shipment.lists(topic("led-a"), topic("led-b"))
	migrate()
	shipment.lists(topic("led-b"))
	migrate()
	assert title_of("led-a") == "Vanha sana"
	assert status_of("led-a") == ledger.WITHDRAWN
	name = entry_name((TOPIC, "led-a"))
	assert decisions.compare(name)["actions"] == []
	with make.attempt(), pytest.raises(NothingToDecide):
		decisions.reset(name, "")
	shipment.lists(topic("led-a"), topic("led-b"))
	migrate()
	assert status_of("led-a") == ledger.AS_SHIPPED


def test_any_folder_of_defaults_is_seeded(shipment):
	page = {"doctype": "Print Heading", "name": "Kokeilu", "print_heading": "Kokeilu", "description": "Vanha"}
	shipment.defaults("print_heading", [page])
	assert migrate() == {"Kokeilu": ledger.CREATED}
	shipment.defaults("print_heading", [{**page, "description": "Uusi"}])
	assert migrate() == {"Kokeilu": ledger.UPGRADED}
	assert frappe.db.get_value("Print Heading", "Kokeilu", "description") == "Uusi"


# What is refused ------------------------------------------------------------------------------------------------------


def test_an_upgrade_that_is_refused_leaves_the_record_and_stops_nothing(shipment):
	shipment.lists(topic("led-a"), topic("led-b"))
	migrate()
	# A text of the interface may not be the title of a record with translations.
	refused = topic("led-a", min(text for text in interface_texts() if text.isalpha()), title_sv="Nej")
	shipment.lists(refused, topic("led-b", "Uusi sana"))
	frappe.local.message_log = []
	assert migrate() == {"led-a": ledger.KEPT, "led-b": ledger.UPGRADED}
	assert frappe.local.message_log == []
	assert title_of("led-a") == "Vanha sana"
	assert not frappe.db.exists("Translation", {"translated_text": "Nej"})
	waiting = entry("led-a")
	assert waiting.status == ledger.TO_DECIDE
	assert "text of the interface" in waiting.reason
	modified = waiting.modified
	migrate()
	assert entry("led-a").modified == modified
	# Somebody who takes it over by hand is told the same.
	with make.attempt(), pytest.raises(frappe.ValidationError, match="text of the interface"):
		decide("accept", waiting.name)
	shipment.lists(topic("led-a", "Uusin sana"), topic("led-b", "Uusi sana"))
	assert migrate()["led-a"] == ledger.UPGRADED
	assert (entry("led-a").status, entry("led-a").reason) == (ledger.AS_SHIPPED, None)


def test_half_of_an_upgrade_is_taken_back(shipment, monkeypatch):
	shipment.lists(topic("led-a", title_sv="Gammalt ord"))
	migrate()

	def fail(doc, *args):
		raise RuntimeError("the machine <b>stumbles</b>")

	shipment.lists(topic("led-a", "Uusi sana", title_sv="Nytt ord"))
	with monkeypatch.context() as patched:
		# After the record is written, and the translations of its titles.
		patched.setattr(type(frappe.get_doc(TOPIC, "led-a")), "run_post_save_methods", fail)
		patched.setattr(ledger, "note", lambda *args: notes.append(args[1]))
		notes = []
		assert migrate() == {"led-a": ledger.KEPT}
	assert title_of("led-a") == "Vanha sana"
	assert frappe.get_doc(TOPIC, "led-a").title_sv == "Gammalt ord"
	assert [(known.status, known.reason) for known in notes] == [(ledger.TO_DECIDE, "the machine stumbles")]


def test_a_new_record_that_is_refused_waits_and_is_tried_again(shipment):
	shipment.lists(topic("led a"))
	with pytest.raises(frappe.ValidationError), make.attempt():
		seeder.seed(seeder.DEFAULTS)
	shipment.lists({**topic("led-a"), "title": None})
	assert migrate() == {"led-a": ledger.KEPT}
	assert status_of("led-a") == ledger.TO_DECIDE
	assert not frappe.db.exists(TOPIC, "led-a")
	name = entry_name((TOPIC, "led-a"))
	assert decisions.compare(name)["actions"] == ["accept", "keep_mine"]
	with make.attempt():
		decide("keep_mine", name)
		assert status_of("led-a") == ledger.DELETED
		shipment.lists(topic("led-a"))
		assert migrate() == {"led-a": ledger.KEPT}
	shipment.lists(topic("led-a"))
	assert migrate() == {"led-a": ledger.CREATED}


# Workflows ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def concern_workflow(shipment):
	"""The shipped workflow of concerns, entered in the ledger; give what is to be shipped next to `shipment.workflow`."""
	data = json.loads((seeder.APP / "early_support" / "workflow" / "concern" / "concern.json").read_text())
	shipment.workflow(data)
	assert set(migrate().values()) == {ledger.KEPT}
	return copy.deepcopy(data)


def add_move(data: dict, **values) -> None:
	move = {"state": "Raised", "action": "Close", "next_state": "Closed", "allowed": "Area Director"}
	data["workflow"]["transitions"].append({**move, "allow_self_approval": 1, **values})


def moves_of_area_directors() -> int:
	rows = frappe.get_doc("Workflow", "Concern").transitions
	return sum(row.allowed == "Area Director" for row in rows)


def without(data: dict, state: str) -> None:
	for rows in (data["workflow"]["states"], data["workflow"]["transitions"], data["states"]):
		rows[:] = [
			row
			for row in rows
			if state not in (row.get(key) for key in ("state", "next_state", "workflow_state_name"))
		]


def test_a_workflow_that_nobody_touched_is_renewed(shipment, concern_workflow):
	add_move(concern_workflow, action="Tried out")
	concern_workflow["actions"].append("Tried out")
	shipment.workflow(concern_workflow)
	assert migrate()["Concern"] == ledger.UPGRADED
	assert moves_of_area_directors() == 1
	assert frappe.db.get_value("Workflow", "Concern", "is_active") == 1
	assert frappe.db.count("Workflow", {"document_type": "Concern", "is_active": 1}) == 1


def test_a_workflow_that_the_rules_refuse_is_not_renewed(shipment, concern_workflow, team):
	make.concern_in("Declined", team)
	without(concern_workflow, "Declined")
	shipment.workflow(concern_workflow)
	assert migrate()["Concern"] == ledger.KEPT
	waiting = entry("Concern", "Workflow")
	assert waiting.status == ledger.TO_DECIDE
	assert "Declined" in waiting.reason
	assert "<" not in waiting.reason
	assert "Declined" in {row.state for row in frappe.get_doc("Workflow", "Concern").states}


def test_accepting_a_workflow_asks_the_rules_too(shipment, concern_workflow, administrator, as_user):
	workflow = frappe.get_doc("Workflow", "Concern")
	workflow.transitions = workflow.transitions[:-1]
	workflow.save()
	kept = len(workflow.transitions)
	bad = copy.deepcopy(concern_workflow)
	without(bad, "Declined")
	shipment.workflow(bad)
	migrate()
	name = entry_name(("Workflow", "Concern"))
	with as_user.existing(administrator):
		with make.attempt(), pytest.raises(WorkflowNotSound, match="Declined"):
			decide("accept", name)
		assert len(frappe.get_doc("Workflow", "Concern").transitions) == kept
		add_move(concern_workflow)
		shipment.workflow(concern_workflow)
		decide("accept", name)
		assert frappe.session.user == administrator
	assert moves_of_area_directors() == 1
	assert frappe.db.get_value("Workflow", "Concern", "is_active") == 1
	assert status_of("Concern", "Workflow") == ledger.AS_SHIPPED


def test_a_condition_of_an_administrator_is_an_edit(shipment, concern_workflow):
	"""No shipped move of it has one, and an upgrade would have taken it away with the row."""
	workflow = frappe.get_doc("Workflow", "Concern")
	workflow.transitions[0].condition = "doc.observed_on"
	workflow.save()
	add_move(concern_workflow)
	shipment.workflow(concern_workflow)
	assert migrate()["Concern"] == ledger.KEPT
	assert frappe.get_doc("Workflow", "Concern").transitions[0].condition == "doc.observed_on"
	assert status_of("Concern", "Workflow") == ledger.TO_DECIDE


def test_a_municipalitys_own_workflow_stays_in_force(shipment, concern_workflow):
	own = frappe.copy_doc(frappe.get_doc("Workflow", "Concern"))
	own.workflow_name = "Concern of ours"
	own.insert()
	add_move(concern_workflow)
	shipment.workflow(concern_workflow)
	assert migrate()["Concern"] == ledger.UPGRADED
	assert frappe.db.get_value("Workflow", "Concern", "is_active") == 0
	with system_change():
		frappe.delete_doc("Workflow", "Concern", force=True)
	migrate()
	decide("reset", entry_name(("Workflow", "Concern")))
	assert frappe.get_all("Workflow", {"document_type": "Concern", "is_active": 1}, pluck="name") == [
		own.name
	]


# Decisions ------------------------------------------------------------------------------------------------------------


def test_both_versions_are_shown(shipment, administrator, as_user):
	name = pending(shipment)
	with as_user.existing(administrator):
		shown = decisions.compare(name)
	assert shown["before"]
	assert shown["actions"] == ["accept", "keep_mine"]
	sides = [{key: row[key] for key in ("before", "now", "here")} for row in shown["rows"]]
	assert sides == [{"before": "Vanha sana", "now": "Uusi sana", "here": "Oma sana"}]


def test_rows_are_shown_as_lines_without_what_is_the_same(shipment, concern_workflow):
	workflow = frappe.get_doc("Workflow", "Concern")
	gone = workflow.transitions.pop()
	workflow.save()
	seeder.look_again()
	shown = decisions.compare(entry_name(("Workflow", "Concern")))
	(row,) = shown["rows"]
	assert not shown["before"]
	assert row["same"] == len(workflow.transitions)
	assert row["here"] == []
	(line,) = row["now"]
	assert gone.next_state in line
	assert gone.allowed in line


def test_accepting_takes_the_shipped_version(shipment, administrator, as_user):
	name = pending(shipment)
	with as_user.existing(administrator):
		decide("accept", name)
	assert title_of("led-a") == "Uusi sana"
	decided = entry("led-a")
	assert (decided.status, decided.decision) == (ledger.AS_SHIPPED, decisions.SHIPPED_VERSION)
	assert decided.decided_by == administrator
	assert decided.given_up.split("\n\t")[1:] == ["Oma sana"]
	# From then on it is upgraded like what was never touched.
	shipment.lists(topic("led-a", "Uusin sana"))
	assert migrate() == {"led-a": ledger.UPGRADED}


def test_keeping_leaves_the_own_version_and_is_not_asked_again(shipment, administrator, as_user):
	name = pending(shipment)
	with as_user.existing(administrator):
		decide("keep_mine", name)
		with make.attempt(), pytest.raises(NothingToDecide):
			decide("keep_mine", name)
	assert title_of("led-a") == "Oma sana"
	for _time in range(2):
		migrate()
		assert status_of("led-a") == ledger.CHANGED
	shipment.lists(topic("led-a", "Uusin sana"))
	migrate()
	assert status_of("led-a") == ledger.TO_DECIDE
	assert decisions.compare(name)["rows"][0]["before"] == "Uusi sana"


def test_resetting_gives_up_what_was_changed(shipment, administrator, as_user):
	shipment.lists(topic("led-a"))
	migrate()
	edit("led-a", title="Oma sana")
	name = entry_name((TOPIC, "led-a"))
	with as_user.existing(administrator):
		assert decisions.look() is True
		assert decisions.look() is False
		assert status_of("led-a") == ledger.CHANGED
		with make.attempt(), pytest.raises(NothingToDecide):
			decide("accept", name)
		decide("reset", name)
	assert title_of("led-a") == "Vanha sana"
	assert (entry("led-a").status, entry("led-a").decision) == (ledger.AS_SHIPPED, decisions.RESET)


def test_what_was_deleted_is_brought_back_as_it_is_shipped_now(shipment, administrator, as_user):
	shipment.lists(topic("led-a"))
	migrate()
	frappe.delete_doc(TOPIC, "led-a")
	shipment.lists(topic("led-a", "Uusi sana"))
	migrate()
	name = entry_name((TOPIC, "led-a"))
	with as_user.existing(administrator):
		shown = decisions.compare(name)
		assert {row["here"] for row in shown["rows"]} == {None}
		assert shown["actions"] == ["reset"]
		decide("reset", name)
	assert title_of("led-a") == "Uusi sana"
	assert status_of("led-a") == ledger.AS_SHIPPED


@pytest.mark.parametrize("doctype", ["Role", "Workspace", "Workflow State", "Workflow Action Master"])
def test_a_form_administrator_decides_on_what_he_may_not_edit(administrator, as_user, doctype):
	record = next(record for record in seeder.shipped_records() if record["doctype"] == doctype)
	name = entry_name(key_of(record))
	field = {"Role": "desk_access", "Workspace": "icon", "Workflow State": "style"}.get(doctype)
	if field:
		frappe.db.set_value(
			doctype, record["name"], field, {"Role": 0, "Workflow State": "Danger"}.get(doctype, "star")
		)
	else:
		frappe.db.delete(doctype, {"name": record["name"]})
	with as_user.existing(administrator):
		# On v15 and v16 everybody writes workspaces of his own, and Frappe asks about the others when they are saved.
		assert doctype == "Workspace" or not frappe.has_permission(doctype, "write")
		decide("reset", name)
	(seen,) = ledger.look([record], {})
	assert seen.here == seen.shipped


def test_what_only_administrator_stores_only_administrator_decides(administrator, as_user):
	block = "Early Support: Waiting for me"
	frappe.db.set_value("Custom HTML Block", block, "html", "<p>Oma</p>")
	name = entry_name(("Custom HTML Block", block))
	for user in (administrator, factories.make_user("System Manager")):
		with as_user.existing(user), make.attempt():
			shown = decisions.compare(name)
			assert shown["actions"] == []
			with pytest.raises(frappe.PermissionError):
				decisions.reset(name, shown["token"])
	assert frappe.db.get_value("Custom HTML Block", block, "html") == "<p>Oma</p>"
	decide("reset", name)
	assert "data-es-waiting" in frappe.db.get_value("Custom HTML Block", block, "html")


def test_only_what_the_app_ships_is_written(shipment, administrator, as_user):
	"""Whoever got at the ledger itself could not write anything through it."""
	name = pending(shipment)
	forged = json.dumps({"title": "Väärä sana", "disabled": "1"})
	frappe.db.set_value(ledger.LEDGER, name, "shipped", forged)
	with as_user.existing(administrator):
		decide("accept", name)
	assert frappe.db.get_value(TOPIC, "led-a", ["title", "disabled"]) == ("Uusi sana", 0)
	frappe.db.set_value(ledger.LEDGER, name, {"record_type": "User", "record_name": administrator})
	with as_user.existing(administrator), pytest.raises(NothingToDecide):
		decisions.accept(name, "")


# Who may, and two at once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [FORM_ADMINISTRATOR, "System Manager"])
def test_administrators_decide_over_http(shipment, api, role):
	name = pending(shipment)
	client = api(factories.make_user(role))
	shown = client.post(f"{METHOD}.compare", json={"name": name})
	assert shown.status_code == 200
	token = shown.json["message"]["token"]
	# A link that anybody can plant decides nothing.
	for how in ("accept", "keep_mine", "reset"):
		query = {"name": name, "token": token}
		assert client.get(f"{METHOD}.{how}", query_string=query).status_code == 403
	assert client.get(f"{METHOD}.look").status_code == 403
	assert title_of("led-a") == "Oma sana"
	assert client.post(f"{METHOD}.accept", json={"name": name, "token": token}).status_code == 200
	assert title_of("led-a") == "Uusi sana"


@pytest.mark.parametrize(
	"role", ["Early Educator", "Unit Director", "Area Director", "Management Group", None]
)
def test_nobody_else_sees_or_decides_anything(shipment, api, role):
	name = pending(shipment)
	token = decisions.compare(name)["token"]
	user = role and factories.make_staff(role)
	client = api(user)
	before = entry("led-a").modified
	for how in ("accept", "keep_mine", "reset", "compare", "look"):
		answer = client.post(f"{METHOD}.{how}", json={"name": name, "token": token})
		assert answer.status_code == 403, how
		assert "sana" not in answer.text
	assert client.get(f"/api/resource/{ledger.LEDGER}/{name}").status_code == 403
	assert title_of("led-a") == "Oma sana"
	assert entry("led-a").modified == before


@pytest.mark.parametrize("role", [FORM_ADMINISTRATOR, "System Manager"])
def test_nobody_writes_the_ledger_by_hand(shipment, api, role):
	name = pending(shipment)
	client = api(factories.make_user(role))
	path = f"/api/resource/{ledger.LEDGER}"
	assert client.get(f"{path}/{name}").status_code == 200
	assert client.put(f"{path}/{name}", json={"status": ledger.AS_SHIPPED}).status_code == 403
	assert client.delete(f"{path}/{name}").status_code == 403
	values = {"record_type": TOPIC, "record_name": "led-b", "shipped": "{}"}
	assert client.post(path, json=values).status_code == 403
	assert status_of("led-a") == ledger.TO_DECIDE


def test_the_second_of_two_who_decide_is_told(shipment, api, administrator):
	name = pending(shipment)
	first, second = api(administrator), api(factories.make_user("System Manager"))
	tokens = [
		client.post(f"{METHOD}.compare", json={"name": name}).json["message"]["token"]
		for client in (first, second)
	]
	assert first.post(f"{METHOD}.keep_mine", json={"name": name, "token": tokens[0]}).status_code == 200
	answer = second.post(f"{METHOD}.accept", json={"name": name, "token": tokens[1]})
	assert answer.status_code == 409
	assert title_of("led-a") == "Oma sana"
	assert entry("led-a").decided_by == administrator


def test_whoever_decides_holds_the_entry_before_anything_is_written(site, monkeypatch):
	"""Another one waits until it is stored (in parallel, over HTTP: tests/http/test_http__at_once.py)."""
	name = entry_name(("Role", "Early Educator"))
	tried = []

	def write(record):
		second = frappe.local.db.get_connection()
		try:
			query = f"select name from `tab{ledger.LEDGER}` where name = %s for update nowait"
			with pytest.raises(frappe.db.OperationalError):
				second.cursor().execute(query, (name,))
			tried.append(record["name"])
		finally:
			second.close()

	monkeypatch.setattr(ledger, "write", write)
	frappe.db.set_value("Role", "Early Educator", "desk_access", 0)
	decide("reset", name)
	assert tried == ["Early Educator"]


def test_an_edit_since_is_not_overwritten_unseen(shipment):
	name = pending(shipment)
	token = decisions.compare(name)["token"]
	edit("led-a", title="Uudempi oma sana")
	with make.attempt(), pytest.raises(ChangedMeanwhile):
		decisions.accept(name, token)
	assert title_of("led-a") == "Uudempi oma sana"


def test_another_shipment_since_is_not_taken_unseen(shipment):
	name = pending(shipment)
	token = decisions.compare(name)["token"]
	shipment.lists(topic("led-a", "Uusin sana"))
	with pytest.raises(ChangedMeanwhile):
		decisions.accept(name, token)


# Sites from before the ledger -----------------------------------------------------------------------------------------


@pytest.fixture
def old_site(shipment, tmp_path, monkeypatch):
	"""Ship topics to a site that has no ledger, and say in the file of the patch what they were."""
	shipment.lists(*(topic(code) for code in ("led-left", "led-edited", "led-deleted", "led-both")))
	migrate()
	edit("led-edited", title="Oma sana")
	edit("led-both", title="Oma sana")
	frappe.delete_doc(TOPIC, "led-deleted")
	digests = {name: known.digest for (_doctype, name), known in ledger.read().items()}
	ledger.forget()
	file = tmp_path / "before.json"
	file.write_text(json.dumps({TOPIC: digests}))
	monkeypatch.setattr(begin_ledger, "SHIPPED_BEFORE", file)
	return shipment


def test_what_an_old_site_has_is_entered_and_makes_no_noise(old_site):
	begin_ledger.execute()
	migrate()
	assert status_of("led-left") == ledger.AS_SHIPPED
	assert status_of("led-edited") == status_of("led-both") == ledger.CHANGED
	assert status_of("led-deleted") == ledger.DELETED
	assert not frappe.db.exists(TOPIC, "led-deleted")
	modified = entry("led-left").modified
	begin_ledger.execute()
	assert entry("led-left").modified == modified


def test_an_old_site_that_skipped_versions_gets_what_came_since(old_site):
	changed = [topic(code, "Uusi sana") for code in ("led-left", "led-both", "led-deleted")]
	old_site.lists(*changed, topic("led-edited"), topic("led-new"))
	begin_ledger.execute()
	migrate()
	assert title_of("led-left") == "Uusi sana"
	assert title_of("led-both") == title_of("led-edited") == "Oma sana"
	assert title_of("led-new") == "Vanha sana"
	assert not frappe.db.exists(TOPIC, "led-deleted")
	assert status_of("led-edited") == ledger.CHANGED
	# What was shipped before is not known word by word, but that it was something else.
	assert status_of("led-both") == ledger.TO_DECIDE
	shown = decisions.compare(entry_name((TOPIC, "led-both")))
	assert not shown["before"]
	assert [(row["now"], row["here"]) for row in shown["rows"]] == [("Uusi sana", "Oma sana")]
	decide("keep_mine", entry_name((TOPIC, "led-both")))
	migrate()
	assert status_of("led-both") == ledger.CHANGED


def test_the_patch_knows_every_record_of_its_time():
	before = json.loads(begin_ledger.SHIPPED_BEFORE.read_text(encoding="utf-8"))
	assert sum(map(len, before.values())) == 226
	assert {"Role", "Workflow", "Workspace", "Support Service"} <= before.keys()
	assert {len(digest) for digests in before.values() for digest in digests.values()} == {64}


def test_no_right_and_no_key_opens_the_ledger(site, api):
	"""Not with a right that an administrator has given, not as Administrator, and not with a key that hides the rule."""
	name = frappe.get_all(ledger.LEDGER, pluck="name", limit=1)[0]
	for key in ("validate", "check_writer", "refusal", "flags"):
		answer = api("Administrator").put(
			f"/api/resource/{ledger.LEDGER}/{name}", json={"status": "Deleted Here", key: "x"}
		)
		assert answer.status_code == 403, (key, answer.text[-600:])
	there = frappe.get_doc(ledger.LEDGER, name)
	there.status = "Deleted Here"
	for write in (
		lambda: there.save(ignore_permissions=True),
		lambda: frappe.delete_doc(ledger.LEDGER, name),
	):
		with pytest.raises(frappe.PermissionError, match="by the app alone"):
			write()
