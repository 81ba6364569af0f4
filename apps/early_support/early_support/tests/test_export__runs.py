"""Report runs, from the request to the receipt: as the people who do it, with what is refused on the way."""

import base64
import csv
import datetime
import hashlib
import hmac
import json
import os
import random
import re
import socket
from collections import Counter, defaultdict
from contextlib import nullcontext
from pathlib import Path

import duckdb
import frappe
import openpyxl
import pytest
from frappe.model.workflow import apply_workflow

from early_support import compat, waiting
from early_support.exceptions import (
	ExportRefused,
	GuardNotMet,
	ProfileIsPublished,
	StateNotEditable,
	TransitionNotAllowed,
)
from early_support.export import (
	build,
	delivery,
	destinations,
	door,
	keys,
	leftovers,
	monthly,
	replica,
	sources,
)
from early_support.export.pseudonyms import new_key
from early_support.forms.changes_core import ADD_OPTION, HIDE
from early_support.naming import opaque_name
from early_support.tests import case_factories as case
from early_support.tests import export_factories, factories, form_requests, proxies
from early_support.tests.case_factories import acting
from early_support.tests.factories import CONTROLLER, row_of
from early_support.tests.runs_attack import File, Truth, leaks

PERIOD = "2025-04"
FIGURES, ROWS, SERVICES = "kuukausitilasto-1", "tapahtumat-1", "palvelutilasto-1"
DOWNLOAD = "/api/method/early_support.export.door.download"
# The fixture puts another in its place.
SNAPSHOT = sources.snapshot


@pytest.fixture(autouse=True)
def municipality(site, monkeypatch, tmp_path):
	export_factories.settle(monkeypatch, tmp_path)


@pytest.fixture
def units(site) -> list[str]:
	return [factories.make_unit(code=f"RUN-{letter}", title=f"Talo {letter}") for letter in "ABCD"]


class People(dict):
	"""Who works with reports, each made when the test first asks for him or her."""

	ROLES = {
		"officer": "Reporting Officer",
		"other": "Reporting Officer",
		"leader": "Management Group",
		"privacy": "Privacy Officer",
		"foreign": "Reporting Officer",
		"educator": "Early Educator",
	}

	def __missing__(self, label: str) -> str:
		if label == "educator":
			where = {}
		else:
			where = {"controller": factories.make_controller() if label == "foreign" else CONTROLLER}
		self[label] = factories.make_staff(self.ROLES[label], **where)
		return self[label]


@pytest.fixture
def people(site) -> People:
	"""Reporting officers, a management group and a privacy officer of the municipality, and two who have no part in it."""
	return People()


def ask(user: str, profile: str = FIGURES, period: str = PERIOD, **values):
	"""Ask for a run as somebody."""
	with acting(user):
		doc = {
			"doctype": "Report Run",
			"profile": profile,
			"controller": CONTROLLER,
			"period": period,
			**values,
		}
		return frappe.get_doc(doc).insert()


def made(user: str, *args, **values):
	"""Ask for a run and let it be built, as the worker does."""
	run = ask(user, *args, **values)
	build.build(run.name)
	frappe.set_user("Administrator")
	return frappe.get_doc("Report Run", run.name)


def move(run, user: str, action: str, **values):
	with acting(user):
		doc = frappe.get_doc("Report Run", run.name)
		doc.update(values)
		return apply_workflow(doc, action) if not values else _move_with(doc, action)


def _move_with(doc, action: str):
	doc.save()
	return apply_workflow(doc, action)


def data_of(run) -> str:
	return str(build.made_files(run)[0][0])


def many_visits(units: list[str], seed: int = 1) -> list[frappe._dict]:
	"""Write a month of visits: many in some units, few in others."""
	chance = random.Random(seed)
	made_rows = []
	for unit, number in zip(units, (40, 2, 17, 9), strict=True):
		for _number in range(number):
			day = datetime.date(2025, 4, 1) + datetime.timedelta(days=chance.randrange(30))
			child = child_of(unit, chance.randrange(number), born=chance.choice(("2020-01-15", "2022-06-01")))
			made_rows.append(
				row_of(
					"Visit",
					unit,
					child=child,
					workflow_state="Held",
					visit_date=day,
					support_period=opaque_name(),
					number=1,
				)
			)
	return made_rows


def child_of(unit: str, number: int, born: str) -> str:
	name = f"KID{unit[-1]}{number:04d}"[:9]
	if not frappe.db.exists("Child", name):
		frappe.get_doc({"doctype": "Child", "name": name, "unit": unit, "birth_date": born}).db_insert()
	return name


# From the request to the receipt -----------------------------------------------------------------------------------------


def test_a_month_of_figures_goes_out(units, people, monkeypatch, tmp_path):
	target = tmp_path / "target"
	target.mkdir()
	monkeypatch.setitem(frappe.local.conf, destinations.FOLDERS, {"raportointi": str(target)})
	factories.make_destination(FIGURES, "raportointi", kind="Folder", folder="raportointi")
	many_visits(units)
	run = made(people["officer"])
	assert (run.workflow_state, run.failure) == ("Built", None)
	move(run, people["officer"], "Validate")
	move(run, people["other"], "Approve")
	delivery.deliver(run.name)
	frappe.set_user("Administrator")
	run.reload()
	assert (run.workflow_state, run.approved_by) == ("Sent", people["other"])
	said = json.loads(run.manifest)
	arrived = {path.name: path for path in target.iterdir()}
	assert set(arrived) == {*(file["name"] for file in said["files"]), f"{run.name}.manifest.json"}
	for file in said["files"]:
		assert hashlib.sha256(arrived[file["name"]].read_bytes()).hexdigest() == file["sha256"]
	assert json.loads(arrived[f"{run.name}.manifest.json"].read_text()) == said
	told = {"document_name": run.name, "channel": "Export", "detail": "raportointi"}
	assert frappe.db.get_value("Case Access Log", told, "user") == people["other"]
	with pytest.raises(GuardNotMet):
		move(run, people["officer"], "Acknowledge")
	run = move(run, people["officer"], "Acknowledge", receipt="Kuittaus 17, 2.5.2025")
	assert run.workflow_state == "Acknowledged"


def test_the_figures_are_those_of_a_count_by_hand(units, people):
	counted, children = Counter(), defaultdict(set)
	for row in many_visits(units):
		counted[row.unit] += 1
		children[row.unit].add(row.child)
	run = made(people["officer"])
	rows = duckdb.sql(
		f"select toimipaikka_oid, lkm, lapsia, peitetty from read_csv('{data_of(run)}', delim=';', header=true) "
		"where tapahtumalaji = 'kaynti_pidetty' and jakso_alku = '2025-04-01'"
	).fetchall()
	shown = {unit: (lkm, lapsia) for unit, lkm, lapsia, peitetty in rows if not int(peitetty)}
	hidden = [(unit, lkm, lapsia) for unit, lkm, lapsia, peitetty in rows if int(peitetty)]
	assert {unit for unit, _lkm, _lapsia in hidden} >= {units[1]}
	assert all(lkm is None and lapsia is None for _unit, lkm, lapsia in hidden)
	assert shown["kaikki"][0] == counted.total()
	for unit, (lkm, lapsia) in shown.items():
		if unit != "kaikki":
			assert (lkm, lapsia) == (counted[unit], len(children[unit]))
	# The same as the report in the desk shows to the same people.
	with acting(people["officer"]):
		report = monthly.rows(
			monthly.read_filters({"from_month": PERIOD, "to_month": PERIOD, "controller": CONTROLLER})
		)
	assert len(rows) == sum(row["tapahtumalaji"] == "kaynti_pidetty" for row in report)


def test_rows_are_pseudonymised_and_nobody_stands_alone(units, people):
	visits = many_visits(units)
	run = made(people["officer"], ROWS)
	assert run.workflow_state == "Built", run.failure
	with open(data_of(run), encoding="utf-8-sig", newline="") as file:
		rows = list(csv.DictReader(file, delimiter=";"))
	by_pseudonym = {
		"1-"
		+ base64.b32encode(
			hmac.new(
				base64.b64decode(export_factories.PSEUDONYM_KEY),
				f"Visit\0{visit.name}".encode(),
				hashlib.sha256,
			).digest()[:20]
		)
		.decode()
		.lower(): visit
		for visit in visits
	}
	people_of, text = defaultdict(set), str(rows)
	for row in rows:
		visit = by_pseudonym[row["tapahtuma_id"]]
		assert (row["kunta"], row["tapahtumalaji"], row["lkm"]) == ("999", "kaynti_pidetty", "1")
		assert row["toimipaikka_oid"] in {visit.unit, "*"}
		others_know = ("toimipaikka_oid", "ikaryhma", "kuukausi", "toimintamuoto", "jarjestamismuoto")
		people_of[tuple(row[key] for key in others_know)].add(visit.child)
	assert min(map(len, people_of.values())) >= 5
	for visit in visits:
		assert visit.name not in text
		assert visit.child not in text
	said = json.loads(run.manifest)
	assert said["rows"] == run.row_count == len(rows)
	assert said["pseudonym_key_version"] == "1"
	# Two of one unit only: which they are, and how many, is not told.
	assert said["left_out_rows"] in {None, *range(5, 69), 0}


def test_a_service_that_came_into_the_list_of_the_plans_is_counted(units, people):
	"""What the staff asked for and did not get (domain.md §4, 1560-1564)."""
	form_requests.published(form_requests.People(), ADD_OPTION, **form_requests.SERVICE)
	service = frappe.db.get_value("Support Service", {"title": form_requests.SERVICE["label_fi"]})
	for unit, number in zip(units, (9, 2, 7, 6), strict=True):
		for each in range(number):
			child = child_of(unit, each, born="2020-01-15")
			confirm_plan(unit, child, {service: "In Use", case.option("Support Service"): "No"})
	# Confirmed in another month, and not at all.
	confirm_plan(
		units[0], child_of(units[0], 0, born="2020-01-15"), {service: "In Use"}, confirmed_on="2025-05-01"
	)
	confirm_plan(units[0], child_of(units[0], 1, born="2020-01-15"), {service: "In Use"}, confirmed_on=None)
	rows = rows_by_service(made(people["officer"], SERVICES))
	assert {key[0] for key in rows} == {service}
	assert rows[service, "kaikki"] == ("24", "24", "0")
	assert rows[service, units[1]] == ("", "", "1")
	for unit, number in zip(units, (9, 2, 7, 6), strict=True):
		assert rows[service, unit] in ((str(number), str(number), "0"), ("", "", "1"))
	# Who does not ask for services gets none, and is not told of figures that are missing beside the run before.
	frappe.db.set_value("Report Run", {"profile": SERVICES}, "workflow_state", "Sent")
	plain = made(people["officer"])
	assert (plain.workflow_state, plain.findings) == ("Built", None)
	with open(data_of(plain), encoding="utf-8-sig") as file:
		assert "palvelu_kaytossa" not in file.read()


def confirm_plan(
	unit: str, child: str, answers: dict[str, str], confirmed_on: str | None = "2025-04-10"
) -> None:
	plan = row_of("Child Plan", unit, child=child, workflow_state="Confirmed", confirmed_on=confirmed_on)
	for idx, (service, answer) in enumerate(answers.items(), 1):
		row = {"parent": plan.name, "parenttype": "Child Plan", "parentfield": "services", "idx": idx}
		values = {
			"doctype": "Child Plan Service",
			"name": opaque_name(),
			"service": service,
			"answer": answer,
		}
		frappe.get_doc({**values, **row}).db_insert()


def rows_by_service(run) -> dict[tuple[str, str], tuple[str, str, str]]:
	"""Return the figures of each service by service and unit."""
	assert run.workflow_state == "Built", run.failure
	with open(data_of(run), encoding="utf-8-sig", newline="") as file:
		return {
			(row["palvelu"], row["toimipaikka_oid"]): (row["lkm"], row["lapsia"], row["peitetty"])
			for row in csv.DictReader(file, delimiter=";")
			if row["tapahtumalaji"] == "palvelu_kaytossa"
		}


@pytest.mark.parametrize("file_format", ["CSV", "XLSX", "JSON Lines", "Parquet"])
def test_each_profile_in_each_format(units, people, file_format):
	many_visits(units)
	for profile in (FIGURES, ROWS):
		frappe.db.set_value("Report Profile", profile, "file_format", file_format)
		run = made(people["officer"], profile)
		assert run.workflow_state == "Built", run.failure
		path, wanted = data_of(run), [row.key for row in frappe.get_doc("Report Profile", profile).columns]
		if file_format == "XLSX":
			sheet = list(openpyxl.load_workbook(path, read_only=True)["Tiedot"].values)
			assert (list(sheet[0]), len(sheet) - 1) == (wanted, run.row_count)
			continue
		reading = {"CSV": f"read_csv('{path}', delim=';', header=true)", "JSON Lines": f"read_json('{path}')"}
		table = duckdb.sql(f"select * from {reading.get(file_format, f'read_parquet({path!r})')}")
		assert (table.columns, len(table.fetchall())) == (wanted, run.row_count)


def test_an_empty_month_is_a_file_without_rows(people):
	run = made(people["officer"], period="2003-04")
	assert (run.workflow_state, run.row_count) == ("Built", 0)
	assert Path(data_of(run)).read_text(encoding="utf-8-sig").count("\n") == 1


# Who ---------------------------------------------------------------------------------------------------------------------


def test_four_eyes(people):
	run = made(people["officer"])
	move(run, people["other"], "Validate")
	for user in ("officer", "other"):
		with pytest.raises(TransitionNotAllowed):
			move(run, people[user], "Approve")
	assert move(run, people["leader"], "Approve").workflow_state == "Approved"


@pytest.mark.parametrize(
	("role", "approver", "others"),
	[
		("Privacy Officer", "privacy", ("other", "leader")),
		("Management Group", "leader", ("other", "privacy")),
		("Reporting Officer", "other", ("leader", "privacy")),
	],
)
def test_the_profile_says_who_approves(people, api, role, approver, others):
	frappe.db.set_value("Report Profile", FIGURES, "approver", role)
	run = made(people["officer"])
	move(run, people["officer"], "Validate")
	for user in ("officer", *others, "foreign"):
		with pytest.raises((TransitionNotAllowed, frappe.PermissionError)):
			move(run, people[user], "Approve")
		with acting(people[user]):
			assert "runs_to_approve" not in {group["key"] for group in waiting.get_waiting()["groups"]}
	run.reload()
	values = {"workflow_state": "Approved", "modified": str(run.modified)}
	answer = api(people[others[0]]).put(f"/api/resource/Report Run/{run.name}", json=values)
	assert answer.status_code in {403, 417}
	with acting(people[approver]):
		assert "runs_to_approve" in {group["key"] for group in waiting.get_waiting()["groups"]}
	assert move(run, people[approver], "Approve").workflow_state == "Approved"


def test_whoever_a_profile_names_has_no_part_in_the_run(people):
	"""Four eyes, also where only one role approves."""
	frappe.db.set_value("Report Profile", FIGURES, "approver", "Reporting Officer")
	frappe.db.set_value("User", people["leader"], "language", "fi")
	run = made(people["officer"])
	move(run, people["other"], "Validate")
	for user in ("officer", "other"):
		with pytest.raises(TransitionNotAllowed):
			move(run, people[user], "Approve")
	with acting(people["leader"]):
		frappe.local.lang = "fi"
		with pytest.raises(
			TransitionNotAllowed, match="Tämän ajon hyväksyy sen profiilin mukaan: Raportoinnin"
		):
			apply_workflow(frappe.get_doc("Report Run", run.name), "Approve")
	frappe.local.lang = "en"


def test_rows_are_approved_by_a_privacy_officer(units, people):
	many_visits(units)
	run = made(people["officer"], ROWS)
	move(run, people["officer"], "Validate")
	for user in ("other", "leader"):
		with pytest.raises(TransitionNotAllowed):
			move(run, people[user], "Approve")
	assert move(run, people["privacy"], "Approve").workflow_state == "Approved"


def test_rows_are_not_kept_once_the_receiver_has_them(units, people):
	many_visits(units)
	run = made(people["officer"], ROWS)
	move(run, people["officer"], "Validate")
	move(run, people["privacy"], "Approve")
	move(run, people["officer"], "Hand Over")
	frappe.db.after_commit.run()
	assert build.folder_of(run.name).exists()
	move(run, people["officer"], "Acknowledge", receipt="17")
	frappe.db.after_commit.run()
	assert not build.folder_of(run.name).exists()


def test_rows_of_which_nobody_types_the_receipt_are_not_kept_either(units, people):
	many_visits(units)
	built, figures = made(people["officer"], ROWS), made(people["officer"])
	frappe.db.set_single_value("Early Support Settings", "row_files_days", 10)
	now = frappe.utils.now_datetime()
	gone, young = build.folder_of("GONE"), build.folder_of("YOUNG")
	for folder in (gone, young):
		folder.mkdir()
	os.utime(gone, (0, 0))

	def left(**times):
		for run in (built, figures):
			frappe.db.set_value("Report Run", run.name, {f"{at}_at": day for at, day in times.items()})
		leftovers.remove_daily()
		return build.folder_of(built.name).exists()

	assert left(built=frappe.utils.add_days(now, -9))
	assert left(built=frappe.utils.add_days(now, -40), sent=frappe.utils.add_days(now, -9))
	assert not left(sent=frappe.utils.add_days(now, -11))
	# Figures are nobody's, and what a run is being made of is not an hour old.
	assert build.folder_of(figures.name).exists()
	assert (gone.exists(), young.exists()) == (False, True)
	# Nobody sends on what is not there.
	with pytest.raises(ExportRefused):
		move(built, people["officer"], "Validate")


def test_the_job_is_called_daily():
	assert "early_support.export.leftovers.remove_daily" in frappe.get_hooks("scheduler_events")["daily"]


def test_the_snapshot_stays_as_it_is_and_only_reads():
	with SNAPSHOT() as connection, connection.cursor() as cursor:
		cursor.execute("select count(*) from tabUser")
		assert cursor.fetchone()[0] > 0
		with pytest.raises(frappe.db.OperationalError, match="READ ONLY"):
			cursor.execute("delete from tabUser where name = 'nobody'")


def test_who_sees_and_who_fetches(units, people, api):
	many_visits(units)
	runs = {FIGURES: made(people["officer"]), ROWS: made(people["officer"], ROWS)}
	entitled = {
		FIGURES: {"officer", "other", "leader", "privacy"},
		ROWS: {"officer", "other", "privacy"},
	}
	for profile, run in runs.items():
		name = build.made_files(run)[0][0].name
		for label in People.ROLES:
			user = people[label]
			answer = api(user).get(DOWNLOAD, query_string={"run": run.name, "file": name})
			assert (answer.status_code == 200) is (label in entitled[profile]), (label, profile)
			with acting(user):
				may_read = label not in ("foreign", "educator")
				assert frappe.has_permission("Report Run", "read", run.name) is may_read, label
				if label != "educator":
					assert bool(frappe.get_list("Report Run", filters={"name": run.name})) is may_read, label
	fetched = frappe.get_all(
		"Case Access Log", filters={"document_name": runs[ROWS].name, "channel": "Export"}, pluck="user"
	)
	assert set(fetched) == {people[label] for label in entitled[ROWS]}
	answer = api(people["officer"]).get(
		DOWNLOAD, query_string={"run": run.name, "file": "../../../site_config.json"}
	)
	assert answer.status_code == 417


def test_nobody_asks_for_another_municipality(people):
	for label in ("foreign", "educator", "leader", "privacy"):
		with pytest.raises(frappe.PermissionError):
			ask(people[label])


def test_nobody_says_what_was_built(people, api):
	run = made(people["officer"])
	answer = api(people["officer"]).put(
		f"/api/resource/Report Run/{run.name}",
		json={"row_count": 7, "manifest": "{}", "workflow_state": "Built", "modified": str(run.modified)},
	)
	assert answer.status_code == 200
	assert frappe.db.get_value("Report Run", run.name, ["row_count", "manifest"]) == (
		run.row_count,
		run.manifest,
	)
	run.reload()
	for state in ("Approved", "Sent", "Superseded"):
		answer = api(people["officer"]).put(
			f"/api/resource/Report Run/{run.name}",
			json={"workflow_state": state, "modified": str(run.modified)},
		)
		assert answer.status_code in (403, 417), state


# What is refused ---------------------------------------------------------------------------------------------------------


def failure_of(run) -> str:
	assert run.workflow_state == "Failed"
	assert not build.folder_of(run.name).exists()
	return run.failure


def test_a_code_without_a_row_stops_the_run(units, people):
	many_visits(units)
	kunnat = frappe.get_doc("Code Map", "kunnat")
	kunnat.rows = [row for row in kunnat.rows if row.local_code != "999"]
	kunnat.save()
	run = made(people["officer"])
	assert "999" in failure_of(run)
	assert "kunnat" in run.failure


def test_a_code_without_a_row_is_the_unknown_one_where_the_profile_names_it(units, people):
	many_visits(units)
	frappe.db.delete("Code Map Row", {"parent": "toimintamuodot", "local_code": "tm01"})
	column = {"parent": ROWS, "key": "toimintamuoto"}
	frappe.db.set_value("Report Profile Column", column, "unknown", "tuntematon")
	run = made(people["officer"], ROWS)
	assert run.workflow_state == "Built", run.failure
	data, described = (path for path, _sha256 in build.made_files(run)[:2])
	with data.open(encoding="utf-8-sig", newline="") as handle:
		assert {row["toimintamuoto"] for row in csv.DictReader(handle, delimiter=";")} == {"tuntematon"}
	told = {each["key"]: each["unknown"] for each in json.loads(described.read_text())["columns"]}
	assert told["toimintamuoto"] == "tuntematon"


def test_it_says_so_in_finnish(units, people):
	many_visits(units)
	frappe.db.set_value("User", people["officer"], "language", "fi")
	frappe.local.conf[keys.KEYS] = {}
	run = made(people["officer"], ROWS)
	assert failure_of(run).startswith("Rekisterinpitäjällä")


def test_a_file_in_another_encoding_than_utf_8(units, people):
	many_visits(units)
	frappe.db.set_value("User", people["officer"], "language", "fi")
	frappe.db.set_value("Report Profile", FIGURES, "encoding", "ISO-8859-15")
	frappe.db.set_value("Code Map Row", {"parent": "kunnat", "local_code": "999"}, "external_code", "Testilä")
	run = made(people["officer"])
	assert run.workflow_state == "Built", run.failure
	content = Path(data_of(run)).read_bytes()
	assert content.startswith(b"kunta;")
	assert "\r\nTestilä;" in content.decode("iso8859-15")
	frappe.db.set_value("Report Run", run.name, "workflow_state", "Failed")
	frappe.db.set_value("Code Map Row", {"parent": "kunnat", "local_code": "999"}, "external_code", "Łódź")
	assert failure_of(made(people["officer"])).startswith(
		"Sarakkeessa kunta on merkki ”Ł”, jota merkistössä ISO-8859-15 ei ole. Tee profiilista uusi versio"
	)


def test_a_required_value_is_missing(units, people):
	many_visits(units)
	frappe.db.set_value("Report Profile Column", {"parent": ROWS, "key": "lahde"}, "required", 1)
	assert "lahde" in failure_of(made(people["officer"], ROWS))


def test_a_disk_that_is_full(units, people, monkeypatch):
	many_visits(units)

	def full(*_args):
		raise OSError(28, "No space left on device")

	monkeypatch.setattr("early_support.export.files._to_disk", full)
	assert "the disk is full" in failure_of(made(people["officer"]))


def lost(connection) -> None:
	"""End the connection, as a server does that is restarted."""
	with sources.snapshot() as other, other.cursor() as cursor:
		cursor.execute("kill %s", (connection.thread_id(),))


def test_a_connection_that_breaks_while_rows_are_read(units, people, monkeypatch):
	monkeypatch.setattr(sources, "snapshot", SNAPSHOT)
	read = sources.Reader.pages

	def breaks(reader, connection):
		lost(connection)
		yield from read(reader, connection)

	frappe.db.set_value("User", people["officer"], "language", "fi")
	monkeypatch.setattr(sources.Reader, "pages", breaks)
	run = made(people["officer"], ROWS)
	assert (run.workflow_state, run.attempts) == ("Queued", 1)
	assert re.fullmatch(r"Yhteys tietokantaan katkesi \(\d+\)\. Yritetään uudelleen .*", run.failure)
	assert not build.folder_of(run.name).exists()
	for _time in range(2):
		build.build(run.name)
		run.reload()
	assert (run.workflow_state, run.attempts) == ("Failed", 3)
	assert "3 kertaa" in run.failure


def test_after_it_the_next_attempt_finishes(units, people, monkeypatch):
	many_visits(units)
	with monkeypatch.context() as broken:
		broken.setattr(sources, "snapshot", SNAPSHOT)
		broken.setattr(sources.Reader, "pages", lambda _reader, _connection: lose())
		run = made(people["officer"], ROWS)
	assert run.workflow_state == "Queued"
	build.build(run.name)
	run.reload()
	assert (run.workflow_state, run.attempts, run.failure) == ("Built", 2, None)
	assert len(build.made_files(run)) == 3


def lose():
	raise frappe.db.OperationalError(2013, "Lost connection to server during query")


def test_a_site_in_another_time(people, monkeypatch):
	monkeypatch.setattr(frappe.utils, "get_system_timezone", lambda: "Asia/Kolkata")
	assert "Europe/Helsinki" in failure_of(made(people["officer"]))


def test_a_period_that_is_none_or_not_over(people):
	for period in ("2999-01", "2025-Q2", "huhtikuu", ""):
		with pytest.raises((ExportRefused, frappe.MandatoryError)):
			ask(people["officer"], period=period)


def test_two_runs_at_once(people):
	first = ask(people["officer"])
	with pytest.raises(ExportRefused, match=first.name):
		ask(people["other"])
	move(first, people["officer"], "Give Up")
	assert ask(people["other"]).workflow_state == "Queued"


def test_a_run_that_was_given_up_is_not_built(people):
	run = ask(people["officer"])
	move(run, people["officer"], "Give Up")
	build.build(run.name)
	assert frappe.db.get_value("Report Run", run.name, ["workflow_state", "manifest"]) == ("Failed", None)


def test_what_was_changed_on_the_disk_does_not_go_out(people):
	run = made(people["officer"])
	with open(data_of(run), "a", encoding="utf-8") as file:
		file.write("x")
	with pytest.raises(ExportRefused):
		move(run, people["officer"], "Validate")


def test_a_folder_that_nobody_configured(people):
	factories.make_destination(FIGURES, "muualle", kind="Folder", folder="../etc")
	run = made(people["officer"])
	move(run, people["officer"], "Validate")
	move(run, people["other"], "Approve")
	delivery.deliver(run.name)
	frappe.set_user("Administrator")
	run.reload()
	assert run.workflow_state == "Approved"
	assert "../etc" in run.failure
	# Nobody says by hand that it was sent.
	with pytest.raises(TransitionNotAllowed):
		move(run, people["officer"], "Hand Over")


@pytest.mark.parametrize(("number", "again"), [(28, True), (116, True), (13, False)])
def test_a_folder_that_is_full_is_tried_again(people, monkeypatch, tmp_path, number, again):
	"""Full, or on a machine that has just started anew: it may go better later. A closed one has to be opened first."""
	target = tmp_path / "target"
	target.mkdir()
	monkeypatch.setitem(frappe.local.conf, destinations.FOLDERS, {"raportointi": str(target)})
	factories.make_destination(FIGURES, "raportointi", kind="Folder", folder="raportointi")
	frappe.db.set_value("User", people["other"], "language", "fi")
	run = made(people["officer"])
	move(run, people["officer"], "Validate")
	move(run, people["other"], "Approve")
	with monkeypatch.context() as broken:

		def fails(*_args):
			raise OSError(number, os.strerror(number))

		broken.setattr("early_support.export.folder.shutil.copyfile", fails)
		delivery.deliver(run.name)
	frappe.set_user("Administrator")
	run.reload()
	assert (run.workflow_state, bool(run.next_try_at)) == ("Approved", again)
	assert os.strerror(number) in run.failure
	assert ("Uusi yritys tehdään" in run.failure, "Toimita uudelleen" in run.failure) == (again, not again)
	assert list(target.iterdir()) == []
	delivery.deliver(run.name, anew=True)
	assert frappe.db.get_value("Report Run", run.name, "workflow_state") == "Sent"


def test_a_rejected_run_needs_a_reason_and_leaves_no_file(people):
	run = made(people["officer"])
	with pytest.raises(ExportRefused):
		move(run, people["officer"], "Reject")
	move(run, people["officer"], "Reject", rejected_because="Väärä kuukausi")
	frappe.db.after_commit.run()
	assert not build.folder_of(run.name).exists()


# The read replica --------------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(people, monkeypatch):
	"""The database again, behind another port. What the test has written is not there: it is behind."""
	frappe.db.set_value("User", people["officer"], "language", "fi")
	monkeypatch.setattr(sources, "snapshot", SNAPSHOT)
	monkeypatch.setattr(replica, "PATIENCE", 0)
	conf = frappe.local.conf
	with proxies.proxy_of(conf.db_host or proxies.HERE, int(conf.db_port or 3306)) as proxy:
		settings = {"read_from_replica": 1, "replica_host": proxies.HERE, "replica_db_port": proxy.port}
		for key, value in settings.items():
			monkeypatch.setitem(conf, key, value)
		yield proxy


@pytest.mark.parametrize("profile", [FIGURES, ROWS])
def test_it_is_read_at_the_replica_and_nowhere_else(units, people, copy, monkeypatch, profile):
	many_visits(units)
	monkeypatch.setattr(replica, "_KNOWS", "select %s is not null and %s > 0")
	primary = frappe.local.db
	run = made(people["officer"], profile)
	# There are no visits at the replica.
	assert (run.workflow_state, run.row_count, run.failure) == ("Built", 0, None)
	assert copy.visitors == 1
	assert frappe.local.db is primary
	monkeypatch.setitem(frappe.local.conf, "read_from_replica", 0)
	monkeypatch.setattr(sources, "snapshot", lambda _run: nullcontext(primary._conn))
	frappe.db.set_value("Report Run", run.name, "workflow_state", "Failed")
	assert made(people["officer"], profile).row_count > 0
	assert copy.visitors == 1


@pytest.mark.parametrize("profile", [FIGURES, ROWS])
def test_a_replica_that_is_behind_is_not_read(units, people, copy, profile):
	run = made(people["officer"], profile)
	assert (run.workflow_state, run.attempts) == ("Queued", 1)
	assert run.failure.startswith("Tietokannan lukukopio on yli 0 sekuntia jäljessä.")
	assert copy.visitors == 1
	for _time in range(2):
		build.build(run.name)
	run.reload()
	assert "jäljessä" in failure_of(run)


@pytest.mark.parametrize("profile", [FIGURES, ROWS])
def test_a_replica_that_is_down_is_said_to_be(people, copy, monkeypatch, profile):
	with socket.socket() as nobody:
		# Bound, and not listened to.
		nobody.bind((proxies.HERE, 0))
		monkeypatch.setitem(frappe.local.conf, "replica_db_port", nobody.getsockname()[1])
		run = made(people["officer"], profile)
	assert (run.workflow_state, run.attempts) == ("Queued", 1)
	assert run.failure.startswith("Tietokannan lukukopiota ei voitu lukea (2003).")


def test_the_replica_has_a_login_of_its_own(copy, monkeypatch):
	conf = frappe.local.conf
	for key, value in (
		("different_credentials_for_replica", 1),
		("replica_db_name", "reader"),
		("replica_db_password", "secret"),
	):
		monkeypatch.setitem(conf, key, value)
	settings = compat.replica_database().get_connection_settings()
	wanted = {"user": "reader", "password": "secret", "database": conf.db_name, "port": copy.port}
	assert {key: settings[key] for key in wanted} == wanted
	assert not hasattr(frappe.local, "replica_db")


# Corrections -------------------------------------------------------------------------------------------------------------


def sent(run, people):
	move(run, people["officer"], "Validate")
	move(run, people["other"], "Approve")
	return move(run, people["officer"], "Hand Over")


def test_a_correction_replaces_and_says_so(units, people):
	many_visits(units)
	first = sent(made(people["officer"]), people)
	with pytest.raises(ExportRefused, match=first.name):
		ask(people["officer"])
	with pytest.raises(ExportRefused):
		ask(people["officer"], replaces=first.name)
	second = made(people["officer"], replaces=first.name, reason="Yksi käynti kirjattiin myöhässä")
	assert json.loads(second.manifest)["replaces_run"] == first.name
	assert not second.findings
	sent(second, people)
	assert frappe.db.get_value("Report Run", first.name, ["workflow_state", "replaced_by"]) == (
		"Superseded",
		second.name,
	)


def test_a_late_entry_is_seen_beside_the_run_before(units, people):
	visits = many_visits(units)
	first = sent(made(people["officer"]), people)
	row_of(
		"Visit",
		units[0],
		child="LATE",
		workflow_state="Held",
		visit_date=visits[0].visit_date,
		support_period=opaque_name(),
		number=1,
	)
	second = made(people["officer"], replaces=first.name, reason="Myöhässä")
	assert "2025-04" in second.findings
	with pytest.raises(ExportRefused):
		move(second, people["officer"], "Validate")
	move(second, people["officer"], "Validate", accepted_because="Vastaanottaja hävittää edellisen")


def test_two_runs_built_side_by_side_do_not_go_out_uncompared(units, people):
	"""Neither was compared with the other: none had gone out when they were built."""
	many_visits(units)
	figures = made(people["officer"])
	visit_of(units[0], "LATE")
	services = made(people["officer"], SERVICES)
	assert not figures.findings
	assert not services.findings
	for run in (figures, services):
		move(run, people["officer"], "Validate")
	move(figures, people["other"], "Approve")
	with pytest.raises(ExportRefused, match=figures.name):
		move(services, people["other"], "Approve")
	move(services, people["officer"], "Reject", rejected_because="Ei ole verrattu toiseen ajoon")
	# Asked for again it is compared, and says so.
	assert "2025-04" in made(people["officer"], SERVICES).findings


def test_two_runs_that_say_the_same_go_out_side_by_side(units, people):
	many_visits(units)
	runs = [made(people["officer"], profile) for profile in (FIGURES, SERVICES)]
	for run in runs:
		move(run, people["officer"], "Validate")
	for run in runs:
		assert move(run, people["other"], "Approve").workflow_state == "Approved"


def visit_of(unit: str, child: str):
	values = {"visit_date": datetime.date(2025, 4, 10), "number": 1, "support_period": opaque_name()}
	return row_of("Visit", unit, child=child, workflow_state="Held", **values)


def test_all_files_together_give_no_small_figure_away(units, people):
	"""A month by one profile, its quarter by another that shows hidden units as one, and a correction: as they are delivered."""
	visits = [
		visit_of(unit, f"{unit}-{number}")
		for unit, most in zip(units, (40, 2, 17, 9), strict=True)
		for number in range(most)
	]
	quarter = frappe.copy_doc(frappe.get_doc("Report Profile", FIGURES))
	quarter.update(
		{"profile_code": "neljannes", "period_kind": "Quarter", "roll_up": 1, "controller": CONTROLLER}
	)
	with acting(people["officer"]):
		quarter.insert()
		door.publish(quarter.name)
	first = sent(made(people["officer"]), people)
	files = [
		file_of(first, visits),
		file_of(sent(made(people["officer"], quarter.name, "2025-Q2"), people), visits),
	]
	shown = next(unit for unit in units if files[0].shown[GROUP][unit])
	visits += [visit_of(units[1], "LATE"), *(visit_of(shown, f"LATE{number}") for number in range(6))]
	second = made(people["officer"], replaces=first.name, reason="Myöhässä")
	assert "The hidden units together" in second.findings
	assert leaks(files, 5) == []
	assert leaks([*files, file_of(second, visits)], 5)


GROUP = ("2025-04-01", "kaynti_pidetty")


def file_of(run, visits: list) -> File:
	"""Read the file of a run, beside the visits that there were."""
	shown, children = defaultdict(dict), defaultdict(list)
	with open(data_of(run), encoding="utf-8-sig", newline="") as file:
		for row in csv.DictReader(file, delimiter=";"):
			figure = None if row["peitetty"] == "1" else Truth(int(row["lkm"]), int(row["lapsia"]))
			shown[row["jakso_alku"], row["tapahtumalaji"]][row["toimipaikka_oid"]] = figure
	for visit in visits:
		children[visit.unit].append(visit.child)
	world = {unit: Truth(len(found), len(set(found))) for unit, found in children.items()}
	return File({GROUP: shown[GROUP]}, {GROUP: world})


# Profiles ----------------------------------------------------------------------------------------------------------------


def new_profile(user: str, **values):
	row = {"key": "kuukausi", "source": "day", "transform": "Month"}
	doc = {
		"doctype": "Report Profile",
		"profile_code": "oma",
		"title": "Oma",
		"level": "Rows",
		"legal_basis": "Laki",
		"controller": CONTROLLER,
	}
	with acting(user):
		return frappe.get_doc({**doc, "columns": [row], **values}).insert()


def test_a_published_version_stays_as_it_is(people):
	frappe.db.set_value("Report Profile", FIGURES, "controller", CONTROLLER)
	with acting(people["officer"]):
		profile = frappe.get_doc("Report Profile", FIGURES)
		profile.title = "Toinen"
		with pytest.raises(ProfileIsPublished):
			profile.save()
		profile.reload()
		profile.columns[0].key = "toinen"
		with pytest.raises(ProfileIsPublished):
			profile.save()
		draft = frappe.get_doc("Report Profile", door.new_version(FIGURES))
		assert (draft.name, draft.status, len(draft.columns)) == ("kuukausitilasto-2", "Draft", 14)
		with pytest.raises(ExportRefused):
			ask(people["officer"], draft.name)
		door.publish(draft.name)
		assert frappe.db.get_value("Report Profile", FIGURES, "status") == "Retired"
		with pytest.raises(ExportRefused):
			ask(people["officer"], FIGURES)
		assert ask(people["officer"], draft.name)


def test_nobody_publishes_by_writing_the_status(people, api):
	profile = new_profile(people["officer"])
	api(people["officer"]).put(f"/api/resource/Report Profile/{profile.name}", json={"status": "Published"})
	assert frappe.db.get_value("Report Profile", profile.name, "status") == "Draft"


MUST_NOT_LEAVE = (
	("observation", "As Is"),
	("child", "As Is"),
	("child_name", "As Is"),
	("child", "Pseudonym"),
	("raised_on", "As Is"),
	("name", "As Is"),
	("raised_by", "Code"),
	("no_such_field", "As Is"),
)


def test_what_must_not_leave_is_refused_whoever_asks(people):
	for user in (people["officer"], "Administrator"):
		for source, transform in MUST_NOT_LEAVE:
			row = {"key": "x", "source": source, "transform": transform}
			with pytest.raises(ExportRefused):
				new_profile(user, event="huoli_otettu_esiin", columns=[row])


@pytest.fixture
def custom(monkeypatch):
	"""A field that an administrator has added to the concern, without changing its table."""
	found = sources.fields_of("huoli_otettu_esiin")
	field = sources.Field("custom_hurry", "Select", None, True)
	monkeypatch.setattr(sources, "fields_of", lambda _event: {**found, "custom_hurry": (field, None)})


def test_a_custom_field_leaves_when_two_people_say_what_it_tells(people, custom):
	row = {"key": "kiire", "source": "custom_hurry"}
	with pytest.raises(ExportRefused):
		new_profile(people["officer"], event="huoli_otettu_esiin", columns=[row])
	profile = new_profile(
		people["officer"], event="huoli_otettu_esiin", columns=[{**row, "tells": "Attribute"}]
	)
	with acting(people["officer"]), pytest.raises(ExportRefused):
		door.publish(profile.name)
	with acting(people["other"]):
		door.publish(profile.name)
	assert frappe.db.get_value("Report Profile", profile.name, "status") == "Published"


def test_a_field_that_was_retired_stops_the_run(people):
	frappe.db.set_value("Report Profile Column", {"parent": ROWS, "key": "lahde"}, "source", "custom_gone")
	run = frappe.get_doc(
		{"doctype": "Report Run", "profile": ROWS, "controller": CONTROLLER, "period": PERIOD}
	)
	with acting(people["officer"]), pytest.raises(ExportRefused, match="custom_gone"):
		run.insert()


def test_a_field_that_is_retired_while_the_run_waits_fails_it(units, people):
	many_visits(units)
	frappe.db.set_value("User", people["officer"], "language", "fi")
	run = ask(people["officer"], ROWS)
	frappe.db.set_value("Report Profile Column", {"parent": ROWS, "key": "lahde"}, "source", "custom_gone")
	build.build(run.name)
	run.reload()
	assert "custom_gone" in failure_of(run)
	assert "uusi versio" in run.failure


@pytest.fixture
def added(monkeypatch):
	"""A field that an administrator has added to the concern, and that an administrator deletes again."""
	# Only the table is left as it is, which no rollback would mend.
	monkeypatch.setattr(frappe.db, "updatedb", lambda *args, **kwargs: None)
	field = {"dt": "Concern", "fieldname": "custom_hurry", "label": "Kiire", "fieldtype": "Select"}
	doc = frappe.get_doc({"doctype": "Custom Field", "name": "Concern-custom_hurry", **field})
	doc.owner = factories.make_user("System Manager")
	# From v15 on whoever stores it alone owns it, and one of Administrator's only Administrator deletes.
	with acting(doc.owner):
		doc.db_insert()
	frappe.clear_cache(doctype="Concern")
	yield doc
	frappe.db.rollback()
	frappe.clear_cache(doctype="Concern")


def test_the_way_on_when_a_field_is_gone(people, added):
	"""What the message says can be done, by whoever it is said to."""
	columns = [
		{"key": "kuukausi", "source": "day", "transform": "Month"},
		{"key": "kiire", "source": "custom_hurry", "tells": "Attribute"},
	]
	kept = [{"source": "custom_hurry", "keep": "Kyllä"}]
	values = {"event": "huoli_otettu_esiin", "columns": columns, "filters": kept}
	profile = new_profile(people["officer"], **values)
	with acting(people["other"]):
		door.publish(profile.name)
	draft = new_profile(people["officer"], profile_code="luonnos", **values)
	with acting(added.owner):
		frappe.delete_doc("Custom Field", added.name)
	frappe.clear_cache(doctype="Concern")
	with acting(people["officer"]):
		with pytest.raises(ExportRefused, match="new version"):
			ask(people["officer"], profile.name)
		# A draft is told what it lacks, and published without it.
		for publisher in (people["officer"], people["other"]):
			with acting(publisher), pytest.raises(ExportRefused, match="custom_hurry"):
				door.publish(draft.name)
	with acting(people["officer"]):
		frappe.clear_messages()
		successor = frappe.get_doc("Report Profile", door.new_version(profile.name))
		assert "kiire, custom_hurry" in str(frappe.get_message_log())
		assert [(row.key, row.idx) for row in successor.columns] == [("kuukausi", 1)]
		assert successor.filters == []
		door.publish(successor.name)
	assert frappe.db.get_value("Report Profile", profile.name, "status") == "Retired"
	assert made(people["officer"], successor.name).workflow_state == "Built"


def test_a_field_that_was_hidden_on_its_form_is_told_of(people):
	"""Its column does not fail: it runs dry, and a choice of rows keeps ever fewer."""
	columns = [
		{"key": "kuukausi", "source": "day", "transform": "Month"},
		{"key": "kesto", "source": "duration", "value_kind": "Whole Number"},
	]
	kept = [{"source": "duration", "keep": "45"}]
	profile = new_profile(people["officer"], event="kaynti_pidetty", columns=columns, filters=kept)

	def preview() -> list[str]:
		with acting(people["officer"]):
			return door.show_preview(frappe.as_json(profile))["notes"]

	with acting(people["officer"]):
		door.publish(profile.name)
	assert preview() == []
	assert made(people["officer"], profile.name, "2025-03").notes is None
	form_requests.published(form_requests.People(), HIDE, form="Visit", field_name="duration")
	frappe.db.set_value("User", people["officer"], "language", "fi")
	run = made(people["officer"], profile.name)
	assert run.workflow_state == "Built", run.failure
	column, rows = run.notes.split("\n")
	assert re.match("Sarakkeen ”kesto” tiedot tulevat kentästä ”.+”, joka on piilotettu", column)
	assert "Tee profiilista uusi versio ilman saraketta" in column
	assert re.match("Rivit valitaan kentän ”.+” mukaan, mutta se on piilotettu", rows)
	assert len(preview()) == 2
	# A new version says so, too, and goes without it.
	with acting(people["officer"]):
		draft = frappe.get_doc("Report Profile", door.new_version(profile.name))
		frappe.clear_messages()
		door.publish(draft.name)
		assert "kesto" in str(frappe.get_message_log())


def test_a_profile_is_retired_when_a_field_is_gone(people):
	frappe.db.set_value("Report Profile", ROWS, "controller", CONTROLLER)
	frappe.db.set_value("Report Profile Column", {"parent": ROWS, "key": "lahde"}, "source", "custom_gone")
	with acting(people["officer"]):
		door.retire(ROWS)
	assert frappe.db.get_value("Report Profile", ROWS, "status") == "Retired"


def test_a_new_version_while_the_run_is_built_does_not_touch_it(units, people, monkeypatch):
	many_visits(units)
	count = monthly.count

	def meanwhile(*args):
		draft = door.new_version(FIGURES)
		frappe.db.set_value("Report Profile Column", {"parent": draft, "key": "lkm"}, "key", "maara")
		door.publish(draft)
		return count(*args)

	monkeypatch.setattr(monthly, "count", meanwhile)
	run = made(people["officer"])
	assert run.workflow_state == "Built", run.failure
	assert json.loads(run.manifest)["profile_version"] == 1
	assert "lkm" in Path(data_of(run)).read_text(encoding="utf-8-sig").splitlines()[0].split(";")


def test_a_unit_that_moved_to_another_area_is_told_as_it_stands(units, people):
	"""All of the period stands under the area of the day on which the run is built, and nothing of it twice."""
	visits = many_visits(units)
	before, after = (factories.make_area() for _time in range(2))
	frappe.db.set_value(
		"Visit", {"unit": units[0], "visit_date": ("<", "2025-04-16")}, "service_area", before
	)
	frappe.db.set_value("Day Care Unit", units[0], "service_area", after)
	columns = [
		{"key": "alue", "source": "service_area"},
		{"key": "tunnus", "source": "name", "transform": "Pseudonym"},
	]
	profile = new_profile(people["officer"], columns=columns, event="kaynti_pidetty")
	with acting(people["officer"]):
		door.publish(profile.name)
	run = made(people["officer"], profile.name)
	with open(data_of(run), encoding="utf-8-sig", newline="") as file:
		rows = list(csv.DictReader(file, delimiter=";"))
	moved = [visit for visit in visits if visit.unit == units[0]]
	assert len(rows) == len(visits)
	assert [row["alue"] for row in rows].count(after) == len(moved)
	assert before not in {row["alue"] for row in rows}


def test_a_preview_reads_nobodys_records(units, people):
	visits = many_visits(units)
	with acting(people["officer"]):
		shown = door.show_preview(json.dumps(frappe.get_doc("Report Profile", ROWS).as_dict(), default=str))
	assert shown["made_up"]
	assert [column["key"] for column in shown["columns"]][:2] == ["tapahtuma_id", "kunta"]
	assert 0 < len(shown["rows"]) <= 10
	assert not any(visit.name in str(shown) or visit.unit in str(shown) for visit in visits)
	told = {column["key"]: column["tells"] for column in shown["columns"]}
	assert [told[key] for key in ("tapahtuma_id", "kuukausi", "lahde", "kesto_pv")] == [
		"Record",
		"Indirect",
		"Attribute",
		"Figure",
	]
	with acting(people["educator"]), pytest.raises(frappe.PermissionError):
		door.show_preview("{}")


def test_a_preview_of_figures_is_what_the_report_shows(people):
	with acting(people["officer"]):
		shown = door.show_preview(
			json.dumps(frappe.get_doc("Report Profile", FIGURES).as_dict(), default=str)
		)
	assert not shown["made_up"]
	assert len(shown["columns"]) == 14
	assert {column["tells"] for column in shown["columns"]} == {None}


def test_a_code_map_has_one_code_a_day(people):
	rows = [{"local_code": "a", "external_code": "1"}, {"local_code": "a", "external_code": "2"}]
	values = {"code": "oma", "title": "Oma", "controller": CONTROLLER, "rows": rows}
	with acting(people["officer"]), pytest.raises(ExportRefused):
		frappe.get_doc({"doctype": "Code Map", **values}).insert()


def test_a_key_is_added_and_the_others_stay(monkeypatch):
	stored = {}
	monkeypatch.setattr(keys, "update_site_config", lambda key, value, validate: stored.update({key: value}))
	monkeypatch.setitem(frappe.local.conf, keys.KEYS, {"790": {"1": (old := new_key())}})
	assert keys.add("790") == "2"
	assert stored[keys.KEYS]["790"]["1"] == old
	assert keys.pseudonyms_of("790").version == "2"


def test_unit_staff_have_no_part_in_it(people):
	run = made(people["officer"])
	with acting(people["educator"]):
		for doctype in ("Report Run", "Report Profile", "Code Map"):
			assert not frappe.has_permission(doctype, "read")
	with acting(people["foreign"]), pytest.raises((frappe.PermissionError, StateNotEditable)):
		frappe.get_doc("Report Run", run.name).save()
