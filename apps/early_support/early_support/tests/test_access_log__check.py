"""What the check of the access log finds on the site's own tables, and whom it tells."""

import json

import frappe
import pytest

from early_support.privacy import append_only, chain, log, log_check, reads
from early_support.tests import factories
from early_support.tests.case_factories import make_team


@pytest.fixture
def entries(site, monkeypatch, tmp_path):
	"""An access log of its own with seven rows, without triggers, that only this connection sees."""
	# A temporary table stands before the real one and is made without a commit. Straight to the cursor: Frappe takes
	# every `create` for one that commits.
	cursor = frappe.local.db._cursor
	definition = frappe.db.sql("show create table `tabCase Access Log`")[0][1]
	cursor.execute(definition.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
	frappe.db.sql("update `tabCase Access Log Head` set entries = 0, last_hash = %s", (chain.START,))
	monkeypatch.setattr(log_check, "anchor_file", lambda: str(tmp_path / "anchors.jsonl"))
	child = make_team().child
	for _ in range(7):
		log.record(reads.EXPORT, [("Child", child)])
	yield child
	cursor.execute("drop temporary table `tabCase Access Log`")


def rows() -> list[int]:
	return [finding.row for finding in log_check.verify()]


def test_a_whole_log(entries, monkeypatch):
	told = []
	monkeypatch.setattr(log_check, "PAGE", 3)
	assert log_check.verify(progress=told.append) == []
	assert told == [3, 6]


@pytest.mark.parametrize(
	("statement", "expected"),
	[
		("update `tabCase Access Log` set user = 'x' where name = 3", [3]),
		("update `tabCase Access Log` set read_at = read_at + interval 1 microsecond where name = 3", [3]),
		("update `tabCase Access Log` set ground = '' where name = 3", [3]),
		("delete from `tabCase Access Log` where name = 1", [1]),
		("delete from `tabCase Access Log` where name in (3, 4)", [3]),
		("delete from `tabCase Access Log` where name = 7", [7]),
		("delete from `tabCase Access Log`", [1]),
		("update `tabCase Access Log` set name = 99 where name = 7", [7, 99, 8]),
		("delete from `tabCase Access Log Head`", [0]),
		("update `tabCase Access Log Head` set entries = 6", [7]),
		("update `tabCase Access Log Head` set last_hash = 'x'", [7]),
		(
			"insert into `tabCase Access Log` (name, user, previous_hash, hash) values (8, 'x', 'y', 'z')",
			[8, 8, 8],
		),
	],
)
def test_what_was_tampered_with_is_found(entries, statement, expected):
	frappe.db.sql(statement)
	assert rows()[: len(expected)] == expected


def test_swapped_rows_are_found(entries):
	log.record(reads.FORM, [("Child", entries)])
	frappe.db.sql("update `tabCase Access Log` set name = 100 where name = 8")
	frappe.db.sql("update `tabCase Access Log` set name = 8 where name = 7")
	frappe.db.sql("update `tabCase Access Log` set name = 7 where name = 100")
	assert rows()[0] == 7


def test_a_log_cut_with_its_head_is_found_by_the_anchor(entries):
	log_check.anchor()
	frappe.db.sql("delete from `tabCase Access Log` where name > 4")
	last = frappe.db.sql("select hash from `tabCase Access Log` where name = 4")[0][0]
	frappe.db.sql("update `tabCase Access Log Head` set entries = 4, last_hash = %s", (last,))
	assert rows() == [5]


def cut(to: int) -> None:
	"""Leave the log as a backup holds it that was made after row `to`."""
	frappe.db.sql("delete from `tabCase Access Log` where name > %s", (to,))
	last = frappe.db.sql("select hash from `tabCase Access Log` where name = %s", (to,))[0][0]
	frappe.db.sql("update `tabCase Access Log Head` set entries = %s, last_hash = %s", (to, last))


def test_after_a_restore_the_log_goes_on_from_the_backup(entries, tmp_path):
	officer = factories.make_staff("Privacy Officer")
	cut(3)
	log_check.anchor()
	for _ in range(4):
		log.record(reads.EXPORT, [("Child", entries)])
	log_check.anchor()
	with pytest.raises(ValueError, match="no row that is missing"):
		log_check.accept_restore("Levy hajosi.")
	cut(4)
	assert rows() == [5]
	with pytest.raises(ValueError, match="why"):
		log_check.accept_restore("  ")
	assert log_check.accept_restore("Levy hajosi.") == []
	(subject,) = frappe.get_all("Notification Log", filters={"for_user": officer}, pluck="subject")
	assert "3 rows" in subject
	# What was known stays in the file, for whoever looks into it.
	assert [
		json.loads(line)["entries"] for line in (tmp_path / "anchors.jsonl").read_text().splitlines()
	] == [3, 7, 4]
	log.record(reads.EXPORT, [("Child", entries)])
	log.record(reads.EXPORT, [("Child", entries)])
	assert rows() == []
	cut(4)
	assert rows() == []
	cut(3)
	assert rows() == [4]


def test_a_restore_excuses_no_change_of_what_is_left(entries, tmp_path):
	log_check.anchor()
	cut(5)
	frappe.db.sql("update `tabCase Access Log` set user = 'x' where name = 2")
	assert [finding.row for finding in log_check.accept_restore("Levy hajosi.")] == [2]
	assert rows() == [2, 6]


def test_findings_are_limited(entries, monkeypatch):
	monkeypatch.setattr(log_check, "MOST_FINDINGS", 2)
	frappe.db.sql("update `tabCase Access Log` set user = 'x'")
	assert rows() == [1, 2]


def test_missing_triggers_are_findings(entries, monkeypatch):
	monkeypatch.setattr(append_only, "missing_triggers", lambda: ["UPDATE"])
	assert [log_check.describe(finding) for finding in log_check.verify()] == [
		"the trigger that refuses updates is missing"
	]


def test_the_folder_of_the_anchors_is_made(site, monkeypatch, tmp_path):
	monkeypatch.setattr(frappe, "get_site_path", lambda *parts: str(tmp_path.joinpath("new", *parts)))
	assert log_check.anchor_file() == str(tmp_path / "new" / "logs" / log_check.ANCHORS)
	assert (tmp_path / "new" / "logs").is_dir()


def test_every_day_a_whole_log_is_anchored(entries, tmp_path):
	officer = factories.make_staff("Privacy Officer")
	log_check.daily()
	line = json.loads((tmp_path / "anchors.jsonl").read_text())
	assert (line["entries"], line["hash"]) == (7, log_check.read_head().last_hash)
	assert not frappe.db.exists("Notification Log", {"for_user": officer})


def test_a_broken_log_is_not_anchored_and_every_officer_is_told(entries, tmp_path):
	officer = factories.make_staff("Privacy Officer")
	left = factories.make_staff("Privacy Officer", enabled=0)
	frappe.db.sql("update `tabCase Access Log` set user = 'secret' where name = 3")
	log_check.daily()
	assert not (tmp_path / "anchors.jsonl").exists()
	(subject,) = frappe.get_all("Notification Log", filters={"for_user": officer}, pluck="subject")
	assert "row 3 was changed" in subject
	assert "secret" not in subject
	assert not frappe.db.exists("Notification Log", {"for_user": left})
	assert not frappe.db.exists("Notification Log", {"for_user": factories.make_staff("Early Educator")})


def test_an_empty_log_gets_its_head(entries):
	for table in ("Case Access Log", "Case Access Log Head"):
		frappe.db.sql(f"delete from `tab{table}`")
	append_only.prepare()
	assert log_check.read_head() == chain.Head(0, chain.START)


def test_the_log_is_indexed_by_whom_it_is_about(site, monkeypatch):
	made = []
	monkeypatch.setattr(frappe.local.db, "add_index", lambda table, fields, index_name: made.append(fields))
	append_only.index_log()
	assert made == [["child", "read_at"], ["family", "read_at"]]


def test_missing_triggers_are_made_anew(site, monkeypatch):
	"""Told by the statements: the triggers themselves would outlive the test."""
	sent = []
	monkeypatch.setattr(append_only, "missing_triggers", lambda: ["DELETE"])
	monkeypatch.setattr(frappe.local.db, "sql_ddl", sent.append)
	append_only.prepare()
	name = append_only.TRIGGERS["DELETE"]
	assert sent == [
		f"drop trigger if exists `{name}`",
		f"create trigger `{name}` before delete on `tabCase Access Log` for each row {append_only.SIGNAL}",
	]


def test_a_server_that_refuses_triggers_is_noted(site, monkeypatch):
	def refuse(statement):
		raise frappe.db.OperationalError(1419, "You do not have the SUPER privilege")

	monkeypatch.setattr(append_only, "missing_triggers", lambda: ["UPDATE", "DELETE"])
	monkeypatch.setattr(frappe.local.db, "sql_ddl", refuse)
	before = frappe.db.count("Error Log")
	append_only.prepare()
	assert frappe.db.count("Error Log") == before + 2


def test_preparing_again_changes_nothing(entries, monkeypatch):
	before = log_check.read_head()
	append_only.prepare()
	assert log_check.read_head() == before
	# A head that somebody removed is not made anew: the log stays closed until people have looked at it.
	frappe.db.sql("delete from `tabCase Access Log Head`")
	append_only.prepare()
	assert log_check.read_head() is None
