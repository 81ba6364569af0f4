"""What is due is destroyed with everything that remembers it; whatever is not due, stays."""

import json
import secrets

import frappe
import pytest
from frappe.model.base_document import get_controller
from frappe.model.naming import set_new_name

from early_support.exceptions import StateNotEditable
from early_support.privacy import purge, retention, traces
from early_support.privacy.retention_core import judge
from early_support.tests import case_factories as case
from early_support.tests import factories
from early_support.tests import privacy_factories as privacy

# Another one each time: what Frappe keeps in Redis for later outlives the rollback of a test that fails.
WORD = f"Sana{secrets.token_hex(5)}"


@pytest.fixture(autouse=True)
def empty_queues(site):
	"""Leave nothing behind that Frappe would write into the site later."""
	yield
	frappe.cache.delete_value("global_search_queue")
	frappe.cache.delete_keys("insert_queue_for_")


def destroyed(run: str) -> dict[str, int]:
	rows = frappe.get_doc("Purge Run", run).counts
	return {row.document_type: row.destroyed for row in rows}


def set_value(family: dict, doctype: str, field: str, value) -> None:
	"""Write past the rules of the doctype, for a test that is about something else."""
	frappe.db.set_value(doctype, family[doctype], field, value)


def test_nothing_of_a_family_is_left_anywhere():
	privacy.set_all_rules()
	with privacy.not_in_test():
		family = privacy.make_real_family(WORD)
	for doctype, name in privacy.keys(family):
		privacy.plant(doctype, name, WORD)
		frappe.get_cached_doc(doctype, name)
	frappe.cache.hset("_user_settings", "Concern::a@example.test", frappe.as_json({"filters": WORD}))
	before = privacy.texts_with(WORD)
	# The check sees what it is to see.
	for place in (
		"tabConcern.observation",
		"tabVersion.data",
		"tabFile.file_name",
		"__global_search.content",
	):
		assert place in before
	assert len(privacy.files_with(WORD)) == 3 * len(privacy.keys(family))
	assert privacy.cached_with(WORD)
	secrets = {"doctype": ("in", ("Child", "Family Guardian"))}
	guardian = frappe.get_all("Family Guardian", filters={"parent": family["Family"]}, pluck="name")[0]
	assert frappe.db.exists("__Auth", {"doctype": "Family Guardian", "name": guardian}), secrets
	privacy.switch_on()

	run = purge.purge()

	assert privacy.there(family) == set()
	assert privacy.texts_with(WORD) == []
	assert privacy.files_with(WORD) == []
	assert privacy.cached_with(WORD) == []
	assert not frappe.db.exists("__Auth", {"doctype": "Family Guardian", "name": guardian})
	assert not frappe.db.exists(
		"Communication Link", {"link_name": ("in", [name for _d, name in privacy.keys(family)])}
	)
	one_of_each = dict.fromkeys((doctype for doctype, _name in privacy.keys(family)), 1)
	# Filed when it was agreed, followed up and closed.
	assert destroyed(run) == {**one_of_each, "Network Meeting Filing": 3}
	assert frappe.db.get_value("Purge Run", run, "status") == "Completed"
	for _doctype, name in privacy.keys(family):
		assert privacy.texts_with(name) == []


def test_another_family_stays_whole():
	privacy.set_all_rules()
	privacy.make_old_family()
	with privacy.not_in_test():
		child = factories.make_child(first_names=f"Aava {WORD}")
	privacy.plant("Child", child, WORD)
	privacy.switch_on()
	before = privacy.texts_with(WORD)
	files = privacy.files_with(WORD)

	run = purge.purge()

	assert destroyed(run)["Family"] == 1
	assert privacy.texts_with(WORD) == before
	assert privacy.files_with(WORD) == files


def test_a_file_that_somebody_else_has_too_stays_on_the_disk():
	privacy.set_all_rules()
	family = privacy.make_old_family()
	other = factories.make_child()
	for child in (family["Child"], other):
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": "same.txt",
				"attached_to_doctype": "Child",
				"attached_to_name": child,
				"is_private": 1,
				"content": WORD,
			}
		).insert()
	privacy.switch_on()
	purge.purge()
	assert not frappe.db.exists("File", {"attached_to_name": family["Child"]})
	kept = frappe.get_doc("File", {"attached_to_name": other})
	assert kept.get_content() == WORD
	traces.erase_files([("File", kept.name)])
	assert privacy.files_with(WORD) == []


def test_a_second_purge_finds_nothing():
	privacy.set_all_rules()
	privacy.make_old_family()
	privacy.switch_on()
	first, second = purge.purge(), purge.purge()
	assert first != second
	assert destroyed(second) == {}


def test_an_open_period_keeps_its_concern_and_its_child():
	privacy.set_all_rules()
	family = privacy.make_old_family()
	set_value(family, "Support Period", "workflow_state", "Follow-up")
	privacy.switch_on()
	purge.purge()
	assert privacy.there(family) == {"Visit", "Support Period", "Concern", "Child", "Family"}


@pytest.mark.parametrize("state", ["Draft", "Discussed", "Confirmed"])
def test_a_plan_ends_when_the_child_leaves(state):
	"""A plan is in force as long as the child is in day care (domain.md §3, 840): nobody has to end it by hand."""
	privacy.set_all_rules()
	family = privacy.make_old_family()
	frappe.db.set_value("Child Plan", family["Child Plan"], {"workflow_state": state, "superseded_on": None})
	privacy.switch_on()
	frappe.db.set_value("Child", family["Child"], "left_on", None)
	purge.purge()
	assert {"Child Plan", "Child"} <= privacy.there(family)
	frappe.db.set_value("Child", family["Child"], "left_on", privacy.long_ago())
	purge.purge()
	assert privacy.there(family) == set()


def old_family_with(doctype: str) -> dict:
	"""Return an old family that has a document of that kind as well."""
	family = privacy.make_old_family()
	if doctype not in family:
		of = frappe.db.get_value("Child", family["Child"], ["family", "unit", "controller"], as_dict=True)
		family[doctype] = privacy.raw(doctype, child=family["Child"], **of)
		settings = frappe.get_doc("Early Support Settings")
		settings.append("retention_rules", {"document_type": doctype, "years": 10})
		settings.save()
	return family


LEFT_BEHIND = [
	("Concern", "Meeting Agreed"),
	("Cooperation Consent", "Given"),
	("Referral", "Draft"),
	("Referral", "First Contact Confirmed"),
	("Network Meeting", "Agreed"),
]


@pytest.mark.parametrize(("doctype", "state"), LEFT_BEHIND)
def test_what_nobody_can_end_any_more_ends_with_the_childs_time_in_day_care(doctype, state):
	"""domain.md §9.6: nothing is kept for ever because a case was left open when the child left."""
	privacy.set_all_rules()
	family = old_family_with(doctype)
	privacy.switch_on()
	frappe.db.set_value(doctype, family[doctype], "workflow_state", state)
	purge.purge()
	assert doctype in privacy.there(family), "somebody has worked on it since"
	frappe.db.set_value(doctype, family[doctype], "modified", privacy.long_ago(), update_modified=False)
	purge.purge()
	assert privacy.there(family) == set()


@pytest.mark.parametrize("state", ["Joint Contact", "Accepted"])
def test_a_referral_that_its_receiver_works_on_stays(state):
	privacy.set_all_rules()
	family = old_family_with("Referral")
	privacy.switch_on()
	values = {"workflow_state": state, "modified": privacy.long_ago()}
	frappe.db.set_value("Referral", family["Referral"], values, update_modified=False)
	purge.purge()
	assert "Referral" in privacy.there(family)


def test_an_open_network_meeting_keeps_its_filings_its_concern_and_its_child():
	privacy.set_all_rules()
	family = privacy.make_old_family()
	set_value(family, "Network Meeting", "workflow_state", "Followed Up")
	privacy.switch_on()
	purge.purge()
	assert privacy.there(family) == {
		"Network Meeting Filing",
		"Network Meeting",
		"Concern",
		"Child",
		"Family",
	}


def test_a_network_meeting_without_a_concern_keeps_its_child():
	privacy.set_all_rules()
	family = privacy.make_old_family()
	set_value(family, "Network Meeting", "concern", None)
	set_value(family, "Network Meeting", "workflow_state", "Agreed")
	privacy.switch_on()
	purge.purge()
	assert privacy.there(family) == {"Network Meeting Filing", "Network Meeting", "Child", "Family"}


def test_each_controllers_filing_is_kept_as_that_controller_rules():
	"""Registers are kept apart (703/2023, 13 §): the meeting goes by the rule of the unit's controller alone."""
	privacy.set_all_rules()
	family, county = privacy.make_old_family(), case.county()
	theirs = frappe.copy_doc(frappe.get_doc("Network Meeting Filing", family["Network Meeting Filing"]))
	theirs.update({"controller": county, "unit": None, "name": None})
	set_new_name(theirs)
	theirs.db_insert()
	settings = frappe.get_doc(privacy.SETTINGS)
	settings.append(
		"retention_rules", {"document_type": "Network Meeting Filing", "controller": county, "years": 30}
	)
	settings.save()
	privacy.switch_on()
	purge.purge()
	# The child stays, because the filing says whom it is about.
	assert privacy.there(family) == {"Child", "Family"}
	assert frappe.db.exists("Network Meeting Filing", theirs.name)
	# Its time counts from the end of the meeting, also when that is gone: the last filing was on that day.
	(judged,) = (
		row
		for row in judge(
			retention.read_families([family["Family"]]),
			retention.read_rules(),
			frozenset(),
			factories.days(0),
		)
		if row.item.name == theirs.name
	)
	assert judged.keep_until == frappe.utils.getdate(frappe.utils.add_years(privacy.long_ago(), 30))


def test_a_state_from_which_a_workflow_leads_on_is_no_end():
	privacy.set_all_rules()
	family = privacy.make_old_family()
	set_value(family, "Concern", "workflow_state", "Discussed")
	assert frappe.db.get_value("Concern", family["Concern"], "closed_on")
	privacy.switch_on()
	purge.purge()
	assert privacy.there(family) == {"Concern", "Child", "Family"}


def test_a_sibling_keeps_the_family():
	privacy.set_all_rules()
	family = privacy.make_old_family()
	sibling = factories.make_child(family=family["Family"], unit=family["unit"])
	privacy.switch_on()
	purge.purge()
	assert privacy.there(family) == {"Family"}
	assert frappe.db.exists("Child", sibling)


@pytest.mark.parametrize("subject", ["Child", "Family"])
def test_a_legal_hold_keeps_everything_until_it_ends(subject):
	privacy.set_all_rules()
	family = privacy.make_old_family()
	hold = frappe.get_doc(
		{"doctype": "Legal Hold", "subject_type": subject, "subject": family[subject], "reason": WORD}
	).insert()
	privacy.switch_on()
	run = purge.purge()
	assert destroyed(run) == {}
	assert len(privacy.there(family)) == privacy.DOCUMENTS
	hold.from_date = factories.days(-3)
	hold.to_date = factories.days(-1)
	hold.save()
	purge.purge()
	assert privacy.there(family) == set()
	# What is said of a child in an ended hold goes with the child.
	assert not frappe.db.exists("Legal Hold", hold.name)


def test_a_consultation_goes_by_its_own_rule():
	privacy.set_rules(consultation=10)
	# A word of its own: from v15 on some tables know no transactions, so that other tests leave WORD in them.
	word = f"Sana{secrets.token_hex(5)}"
	then, today = privacy.long_ago(), factories.days(0)
	old = privacy.raw("Consultation", workflow_state="Closed", closed_on=then, question=word)
	new = privacy.raw("Consultation", workflow_state="Closed", closed_on=today)
	still_open = privacy.raw("Consultation", workflow_state="Answered", answered_on=then)
	privacy.switch_on()
	purge.purge()
	kept = [bool(frappe.db.exists("Consultation", name)) for name in (old, new, still_open)]
	assert kept == [False, True, True]
	assert privacy.texts_with(word) == []


def test_a_rule_of_one_controller_leaves_the_other_alone():
	privacy.set_all_rules()
	here = privacy.make_old_family()
	settings = frappe.get_doc("Early Support Settings")
	other = factories.make_controller()
	for row in settings.retention_rules:
		row.controller = other
	settings.save()
	privacy.switch_on()
	purge.purge()
	assert len(privacy.there(here)) == privacy.DOCUMENTS


def test_switched_off_nothing_happens():
	privacy.set_all_rules()
	family = privacy.make_old_family()
	assert purge.purge() is None
	assert len(privacy.there(family)) == privacy.DOCUMENTS


def test_switching_off_stops_a_purge_under_way(monkeypatch):
	privacy.set_all_rules()
	privacy.make_old_family(), privacy.make_old_family()
	privacy.switch_on()
	real = purge._purge_root

	def and_off(run, root):
		real(run, root)
		frappe.db.set_single_value("Early Support Settings", "purge_enabled", 0)

	monkeypatch.setattr(purge, "_purge_root", and_off)
	run = frappe.get_doc("Purge Run", purge.purge())
	assert (run.status, run.total_destroyed) == ("Stopped", privacy.DOCUMENTS)


def test_a_family_that_fails_stays_whole_and_is_tried_again(monkeypatch):
	privacy.set_all_rules()
	first, second = privacy.make_old_family(), privacy.make_old_family()
	privacy.switch_on()
	real, done = purge._purge_root, []

	def once(run, root):
		if done:
			raise RuntimeError("the disk is full")
		done.append(root)
		real(run, root)

	monkeypatch.setattr(purge, "_purge_root", once)
	# It would take back what the commits of a real job have kept; test_privacy__kill.py has these.
	monkeypatch.setattr(frappe.local.db, "rollback", lambda: None)
	run = frappe.get_doc("Purge Run", purge.purge())
	assert (run.status, run.total_destroyed) == ("Failed", privacy.DOCUMENTS)
	assert sorted(len(privacy.there(family)) for family in (first, second)) == [0, privacy.DOCUMENTS]
	assert frappe.db.exists("Error Log", {"reference_doctype": "Purge Run", "reference_name": run.name})
	monkeypatch.setattr(purge, "_purge_root", real)
	assert purge.purge() == run.name
	run.reload()
	assert (run.status, run.total_destroyed) == ("Completed", 2 * privacy.DOCUMENTS)
	assert privacy.there(first) == privacy.there(second) == set()


def test_what_is_done_is_kept_and_what_fails_is_taken_back(monkeypatch):
	run, calls = purge.new_run(purge.PURGE), []
	for name in ("commit", "rollback"):
		monkeypatch.setattr(frappe.local.db, name, lambda name=name: calls.append(name))

	def outcome(error: Exception | None = None) -> tuple[bool, list[str]]:
		def do(run, key):
			calls.append("tried")
			if error:
				raise error

		calls.clear()
		return purge.attempt(run, do, ("Family", "X")), calls

	assert outcome() == (True, ["tried", "commit"])
	assert outcome(RuntimeError()) == (False, ["tried", "rollback", "commit"])
	# Somebody who saves at the same moment goes first.
	again = ["tried", "rollback"] * purge.TRIES
	assert outcome(frappe.QueryDeadlockError()) == (False, [*again, "commit"])


def test_how_far_a_run_has_come_is_kept_and_told_at_once(monkeypatch):
	run, calls = purge.new_run(purge.DRY), []
	monkeypatch.setattr(frappe.local.db, "commit", lambda: calls.append("commit"))
	monkeypatch.setattr(type(run), "notify_update", lambda doc: calls.append("told"))
	purge.begin_run(run)
	assert calls[-1] == "commit"
	purge.finish_run(run, "Completed")
	# Whoever looks reads what is committed.
	assert calls[-2:] == ["commit", "told"]


def test_a_family_is_looked_at_anew_before_it_is_destroyed(monkeypatch):
	"""In a transaction of its own: what was read before the last commit may be old."""
	run, calls = purge.new_run(purge.PURGE), []
	monkeypatch.setattr(frappe.local.db, "commit", lambda: calls.append("commit"))
	monkeypatch.setattr(frappe.local.db, "get_value", lambda *args, **kwargs: calls.append("lock"))
	purge._purge_root(run, ("Family", "X"))
	assert calls == ["commit", "lock"]


def test_a_run_says_by_which_rules_and_whose_it_is(as_user):
	privacy.set_all_rules()
	privacy.switch_on()
	with as_user("Privacy Officer"):
		run = frappe.get_doc("Purge Run", purge.purge())
	assert run.started_by == "Administrator"
	assert run.started_on
	assert "10 + 0/12" in run.rules


def test_a_purge_is_put_into_the_queue_when_it_is_switched_on(monkeypatch):
	asked = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **_values: asked.append(method))
	purge.enqueue_daily()
	assert asked == []
	privacy.set_all_rules()
	privacy.switch_on()
	purge.enqueue_daily()
	assert "early_support.privacy.purge.purge" in asked


def test_other_apps_hear_of_what_is_destroyed(monkeypatch):
	heard = []
	for doctype in ("Concern", "File"):
		monkeypatch.setattr(
			get_controller(doctype), "on_trash", lambda doc: heard.append(doc.doctype), raising=False
		)
	family = privacy.make_old_family()
	privacy.attach("Concern", family["Concern"], WORD)
	purge.destroy([("Concern", family["Concern"])])
	assert heard == ["Concern", "File"]
	# Whoever hears of it need not remove it.
	assert privacy.files_with(WORD) == []


def test_of_a_contact_the_row_goes_and_the_contact_stays():
	family = privacy.make_old_family()
	contact = privacy.raw("Contact", first_name="Neuvola")
	row = frappe.new_doc("Dynamic Link")
	row.update({"parenttype": "Contact", "parent": contact, "parentfield": "links"})
	row.update({"link_doctype": "Concern", "link_name": family["Concern"], "name": frappe.generate_hash()})
	row.db_insert()
	purge.destroy([("Concern", family["Concern"])])
	assert frappe.db.exists("Contact", contact)
	assert not frappe.db.exists("Dynamic Link", row.name)


def test_a_person_in_a_log_is_found_as_json_writes_the_name():
	privacy.set_all_rules()
	family = privacy.make_old_family()
	frappe.db.set_value("Child", family["Child"], "full_name", "Väinö (Ö.) Ääkkönen")
	log = privacy.raw("Error Log", method="x", error=frappe.as_json({"child_name": "Väinö (Ö.) Ääkkönen"}))
	escaped = privacy.raw("Error Log", method="x", error=json.dumps({"a": "Väinö (Ö.) Ääkkönen"}))
	other = privacy.raw("Error Log", method="x", error="Väinö Muu")
	privacy.switch_on()
	purge.purge()
	assert [bool(frappe.db.exists("Error Log", name)) for name in (log, escaped, other)] == [
		False,
		False,
		True,
	]


def test_what_changed_since_it_was_judged_is_judged_again(monkeypatch):
	privacy.set_all_rules()
	family = privacy.make_old_family()
	privacy.switch_on()
	real = purge.attempt

	def meanwhile(run, do, root):
		set_value(family, "Child", "left_on", None)
		return real(run, do, root)

	monkeypatch.setattr(purge, "attempt", meanwhile)
	purge.purge()
	assert privacy.there(family) == {"Child", "Family"}


def test_only_one_purge_at_a_time(monkeypatch):
	from frappe.utils.synchronization import filelock

	privacy.set_all_rules()
	family = privacy.make_old_family()
	privacy.switch_on()
	with filelock("early_support_purge", timeout=0):
		assert purge.purge() is None
	assert len(privacy.there(family)) == privacy.DOCUMENTS


def test_casework_is_deleted_by_nobody_else(as_user):
	family = privacy.make_old_family()
	with pytest.raises(StateNotEditable):
		frappe.delete_doc("Concern", family["Concern"], force=True)
	for role in ("Privacy Officer", "Unit Director"):
		with as_user(role, family["unit"]), pytest.raises(frappe.PermissionError):
			frappe.delete_doc("Child", family["Child"])


def test_every_dynamic_link_of_the_site_is_known():
	"""A record that can point to any document must be looked for, or hold nothing of a case."""
	nothing_of_a_case = {
		# Settings of the site, its pages and its single tools: they point to a form, not to a document.
		"Audit Trail",
		# To a record of a list, of which a change is suggested.
		"Form Change Request",
		"Permission Inspector",
		"Webhook",
		"Workspace",
		"Workspace Link",
		"Workspace Shortcut",
	}
	known = {(doctype, of, field) for doctype, of, field in (*traces.REFERENCES, *traces.ROW_REFERENCES)}
	for table, field_table in (("DocField", "parent"), ("Custom Field", "dt")):
		rows = frappe.get_all(
			table,
			filters={"fieldtype": "Dynamic Link"},
			fields=[f"{field_table} as dt", "options", "fieldname"],
		)
		for row in rows:
			assert (row.dt, row.options, row.fieldname) in known or row.dt in nothing_of_a_case, row


def test_the_fields_of_the_traces_exist():
	missing = {"Permission Log", "Webhook Request Log"}  # not in every version of Frappe
	for doctype, of, field in (*traces.REFERENCES, *traces.ROW_REFERENCES):
		if doctype not in missing:
			assert {of, field} <= set(frappe.db.get_table_columns(doctype)), doctype
	for doctype, columns in traces.MENTIONS.items():
		if doctype not in missing:
			assert set(columns) & set(frappe.db.get_table_columns(doctype)), doctype
