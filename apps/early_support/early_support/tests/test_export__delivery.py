"""Destinations as people enter them, and deliveries to real servers as the worker makes them."""

import datetime
from contextlib import contextmanager

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime
from frappe.utils.password import get_decrypted_password
from rq.timeouts import JobTimeoutException

from early_support import waiting
from early_support.exceptions import ExportRefused, TransitionNotAllowed
from early_support.export import (
	build,
	claims,
	delivery,
	destinations,
	door,
	https,
	queue,
	rights,
	rounds,
	schedule,
	sources,
)
from early_support.patches.v0_3 import give_destinations_to_controllers, make_destinations_of_folders
from early_support.tests import export_factories as exports
from early_support.tests import factories, receivers
from early_support.tests.case_factories import acting
from early_support.tests.export_factories import FIGURES, arrived, run_in
from early_support.tests.factories import CONTROLLER
from early_support.tests.receivers import PASSWORD, TOKEN

DESTINATION = destinations.DESTINATION
SECRET_WORDS = (PASSWORD, TOKEN, "PRIVATE KEY")


@pytest.fixture(autouse=True)
def folders(site, monkeypatch, tmp_path):
	factories.default_controller()
	monkeypatch.setattr(build, "folder_of", lambda name: tmp_path / "private" / name)


@pytest.fixture
def target(tmp_path):
	folder = tmp_path / "target"
	folder.mkdir()
	return folder


@pytest.fixture
def server(target):
	with receivers.sftp_receiver(target) as running:
		yield running


@pytest.fixture
def receiver(target):
	with receivers.https_receiver(target) as running:
		yield running


@pytest.fixture
def queued(monkeypatch) -> list:
	"""What is put into the queue, instead of being put there."""
	found = []
	monkeypatch.setattr(
		queue, "_put", lambda method, name, _seconds, more: found.append((method.rpartition(".")[2], name))
	)
	return found


def officer(**values) -> str:
	return factories.make_staff("Reporting Officer", controller=CONTROLLER, **values)


def delivered(run, **options):
	delivery.deliver(run.name, **options)
	frappe.set_user("Administrator")
	return frappe.get_doc(build.RUN, run.name)


def draft(user: str, values: dict, **more):
	with acting(user):
		own = {"code": f"oma-{factories.number()}", "title": "Oma", "controller": CONTROLLER}
		return frappe.get_doc({"doctype": DESTINATION, **own, **values, **more}).insert()


# Destinations ------------------------------------------------------------------------------------------------------------


def test_a_second_person_confirms_where_it_goes(server):
	first, second = officer(), officer()
	doc = draft(first, exports.sftp_values(server), status="In Use", changed_by=second)
	assert (doc.status, doc.changed_by, doc.confirmed_by) == ("Draft", first, None)
	with acting(first), pytest.raises(TransitionNotAllowed):
		door.confirm_destination(doc.name)
	with acting(second):
		door.confirm_destination(doc.name)
	doc.reload()
	assert (doc.status, doc.confirmed_by) == ("In Use", second)
	with acting(second):
		doc.title = "Toinen nimi"
		doc.save()
	assert doc.status == "In Use"
	for change in (
		{"host_key": server.host_key.get_fingerprint()},
		{"secret": "uusi"},
		{"remote_folder": "/x"},
	):
		with acting(second):
			doc.reload()
			doc.update(change)
			doc.save()
		assert (doc.status, doc.changed_by) == ("Draft", second), change
		with acting(second), pytest.raises(TransitionNotAllowed):
			doc.confirm()
		with acting(first):
			doc.confirm()


def test_who_enters_destinations(server, api):
	values = exports.sftp_values(server)
	foreign = factories.make_staff("Reporting Officer", controller=factories.make_controller())
	for controller in (CONTROLLER, None):
		with pytest.raises(frappe.PermissionError):
			draft(foreign, values, controller=controller)
	doc = draft(officer(), values)
	with acting(foreign), pytest.raises(frappe.PermissionError):
		door.confirm_destination(doc.name)
	with acting(foreign), pytest.raises(frappe.PermissionError):
		frappe.get_doc(DESTINATION, doc.name).update({"controller": own_of(foreign)}).save()
	for role in ("Management Group", "Privacy Officer", "Early Educator"):
		user = (
			factories.make_staff(role, controller=CONTROLLER)
			if role != "Early Educator"
			else factories.make_staff(role)
		)
		with pytest.raises(frappe.PermissionError):
			draft(user, values)
		for method in ("confirm_destination", "make_key"):
			with acting(user), pytest.raises(frappe.PermissionError):
				getattr(door, method)(doc.name)
	assert frappe.db.get_value(DESTINATION, doc.name, "status") == "Draft"


def own_of(user: str) -> str:
	return frappe.db.get_value("Staff Assignment", {"user": user}, "controller")


def test_secrets_are_stored_encrypted_and_shown_to_nobody(server, api):
	user = officer()
	doc = draft(user, exports.sftp_values(server))
	doc.title = "Muu"
	doc.save()
	assert get_decrypted_password(DESTINATION, doc.name, "secret") == PASSWORD
	assert PASSWORD not in str(frappe.db.sql("select * from __Auth where name = %s", doc.name))
	client = api(user)
	answers = [
		client.get(f"/api/resource/{DESTINATION}/{doc.name}"),
		client.get(f"/api/resource/{DESTINATION}", query_string={"fields": '["*"]'}),
		client.post(
			"/api/method/frappe.client.get_password",
			json={"doctype": DESTINATION, "name": doc.name, "fieldname": "secret"},
		),
	]
	assert [answer.status_code for answer in answers[:2]] == [200, 200]
	assert answers[2].status_code >= 400
	for answer in answers:
		assert PASSWORD not in answer.text
	# What a version, a deleted document or a log would hold of it.
	assert PASSWORD not in frappe.as_json(doc)


@pytest.mark.parametrize("change", [{"host": "toinen.example"}, {"username": "toinen"}, {"port": 2222}])
def test_with_another_address_the_secret_is_entered_anew(server, change):
	doc = draft(officer(), exports.sftp_values(server))
	doc.update(change)
	doc.save()
	assert not get_decrypted_password(DESTINATION, doc.name, "secret", raise_exception=False)
	other = officer()
	with acting(other), pytest.raises(ExportRefused, match="Password, token or client secret"):
		door.confirm_destination(doc.name)
	doc.reload()
	doc.update({"host": "kolmas.example", "secret": "uusi"})
	doc.save()
	assert get_decrypted_password(DESTINATION, doc.name, "secret") == "uusi"


def test_what_cannot_be_read_is_refused_at_once(server, receiver):
	user = officer()
	for change in (
		{"host_key": "jotain muuta"},
		{"sftp_login": "Key", "private_key": "ei avain"},
	):
		with pytest.raises(ExportRefused):
			draft(user, exports.sftp_values(server), **change)
	for change in (
		{"url": "http://127.0.0.1/"},
		{"url": "https://user:pass@127.0.0.1/"},
		{"ca_bundle": "-----BEGIN CERTIFICATE-----"},
		{"https_login": "OAuth2", "token_url": "ftp://x"},
	):
		with pytest.raises(ExportRefused):
			draft(user, exports.https_values(receiver), **change)


def test_a_key_is_made_here_or_pasted_without_its_lines(server, target):
	user, other = officer(), officer()
	doc = draft(user, exports.sftp_values(server), sftp_login="Key", secret=None)
	with acting(user):
		door.make_key(doc.name)
	doc.reload()
	assert doc.public_key.startswith("ssh-ed25519 ")
	own = receivers.asyncssh.import_private_key(get_decrypted_password(DESTINATION, doc.name, "private_key"))
	assert own.convert_to_public() == receivers.asyncssh.import_public_key(doc.public_key)
	pasted = server.private_client_key.replace("\n", "")
	with acting(user):
		doc.private_key = pasted
		doc.save()
	assert doc.public_key is None
	with acting(other):
		door.confirm_destination(doc.name)
	frappe.db.set_value("Report Profile", FIGURES, "destination", doc.name)
	run = delivered(run_in("Approved"))
	assert (run.workflow_state, run.failure) == ("Sent", None)
	assert arrived(run, target)


def test_a_folder_of_before_becomes_a_destination(target, monkeypatch):
	monkeypatch.setitem(frappe.local.conf, destinations.FOLDERS, {"vanha kansio": str(target)})
	run = run_in("Approved")
	values = {"destination": "vanha kansio", "controller": CONTROLLER}
	frappe.db.set_value("Report Profile", FIGURES, values)
	for _time in range(2):
		make_destinations_of_folders.execute()
		give_destinations_to_controllers.execute()
	run = delivered(run)
	assert (run.workflow_state, run.failure) == ("Sent", None)
	assert arrived(run, target)


def test_a_destination_that_several_have_used_waits_until_somebody_says_whose_it_is(server, target):
	where = exports.to({**exports.sftp_values(server), "controller": CONTROLLER})
	for controller in (CONTROLLER, factories.make_controller()):
		run_in("Sent", controller=controller)
	frappe.db.set_value(DESTINATION, where, "controller", None)
	run = run_in("Approved", period="2025-05")
	give_destinations_to_controllers.execute()
	assert frappe.db.get_value(DESTINATION, where, ["controller", "status"]) == (None, "Draft")
	run = delivered(run)
	assert (run.workflow_state, bool(run.failure)) == ("Approved", True)
	assert list(target.iterdir()) == []
	# Nobody of one municipality takes it, with its secrets.
	with acting(officer()), pytest.raises(frappe.PermissionError):
		frappe.get_doc(DESTINATION, where).update({"controller": CONTROLLER}).save()


# Whose it is, and where it goes ------------------------------------------------------------------------------------------


def test_nobody_leads_another_municipalitys_runs_elsewhere(server, receiver_elsewhere):
	"""Two reporting people of one municipality, who would change what another one reports with."""
	theirs = factories.make_controller()
	thieves = [factories.make_staff("Reporting Officer", controller=theirs) for _each in range(2)]
	mine, elsewhere = officer(), exports.sftp_values(receiver_elsewhere)
	where = exports.to(exports.sftp_values(server))
	shared = frappe.get_doc("Report Profile", FIGURES)
	for first, second in (thieves, thieves[::-1]):
		with acting(first), pytest.raises(frappe.PermissionError):
			frappe.get_doc(DESTINATION, where).update(elsewhere).save()
		with acting(second), pytest.raises(frappe.PermissionError):
			door.confirm_destination(where)
	own = draft(thieves[0], elsewhere, controller=theirs)
	with acting(thieves[1]):
		door.confirm_destination(own.name)
	# What is everybody's is changed by nobody of one municipality alone: not by a version, of it or of one's own.
	for code, controller in (
		(shared.profile_code, None),
		("uusi", None),
		("uusi", CONTROLLER),
		(shared.profile_code, theirs),
	):
		version = frappe.copy_doc(shared)
		version.update({"profile_code": code, "controller": controller, "destination": own.name})
		with acting(thieves[0]), pytest.raises(frappe.PermissionError):
			door.publish(version.insert().name)
	assert frappe.db.get_value("Report Profile", FIGURES, "status") == "Published"
	with acting(thieves[0]), pytest.raises(frappe.PermissionError):
		door.retire(FIGURES)
	with acting(mine), pytest.raises(frappe.PermissionError):
		door.new_version(FIGURES)
	# And were it done by some other way, nothing goes there.
	frappe.db.set_value("Report Profile", FIGURES, "destination", own.name)
	run = delivered(run_in("Approved"))
	assert (run.workflow_state, run.next_try_at) == ("Approved", None)
	assert list(receiver_elsewhere.root.iterdir()) == []


@pytest.fixture
def receiver_elsewhere(tmp_path):
	(tmp_path / "elsewhere").mkdir()
	with receivers.sftp_receiver(tmp_path / "elsewhere") as running:
		yield running


def test_who_works_for_all_changes_what_is_everybodys():
	theirs = factories.make_controller()
	factories.make_staff("Reporting Officer", controller=theirs)
	user = officer()
	for controller in set(rights.reporting_controllers()) - {CONTROLLER}:
		with acting(user), pytest.raises(frappe.PermissionError):
			door.new_version(FIGURES)
		factories.make_assignment(user, "Reporting Officer", controller=controller)
	with acting(user):
		assert frappe.get_doc("Report Profile", door.new_version(FIGURES)).version == 2


def test_an_approval_is_for_the_place_that_was_shown(server, receiver_elsewhere, target):
	first, second = officer(), officer()
	where = exports.to({**exports.sftp_values(server), "remote_folder": "/saapuvat"})
	run = run_in("Validated", validated_by=first)
	assert run.goes_to == f"{where}: sftp://raportointi@127.0.0.1:{server.port}/saapuvat"
	other = {**exports.sftp_values(receiver_elsewhere), "remote_folder": ""}
	with acting(first):
		frappe.get_doc(DESTINATION, where).update(other).save()
	# Changed, and nobody has confirmed it: it is not what the run says any more.
	with acting(second), pytest.raises(ExportRefused):
		approve(run)
	with acting(second):
		door.confirm_destination(where)
		run.reload()
		assert str(receiver_elsewhere.port) in run.goes_to
		approve(run)
	run.reload()
	assert (run.workflow_state, run.approved_by) == ("Approved", second)
	# And so after the approval: it has to be approved anew.
	with acting(first):
		frappe.get_doc(DESTINATION, where).update(exports.sftp_values(server)).save()
	with acting(second):
		door.confirm_destination(where)
	run.reload()
	assert (run.workflow_state, run.approved_by, run.validated_by) == ("Validated", None, first)
	assert run.failure
	assert str(server.port) in run.goes_to
	assert delivered(run).workflow_state == "Validated"
	assert list(target.iterdir()) == list(receiver_elsewhere.root.iterdir()) == []
	with acting(second):
		approve(run)
	run = delivered(run)
	assert (run.workflow_state, run.failure) == ("Sent", None)
	assert arrived(run, target)
	assert list(receiver_elsewhere.root.iterdir()) == []


def approve(run):
	doc = frappe.get_doc(build.RUN, run.name)
	doc.workflow_state = "Approved"
	return doc.save()


@pytest.mark.parametrize("change", [{"remote_folder": "/muualle"}, {"host_key": None}, {"username": "muu"}])
def test_nothing_goes_elsewhere_than_was_approved(server, target, change):
	where = exports.to(exports.sftp_values(server))
	(target / "muualle").mkdir()
	run = run_in("Approved")
	if "host_key" in change:
		change = {"host_key": server.host_key.get_fingerprint()}
	frappe.db.set_value(DESTINATION, where, change)
	run = delivered(run)
	assert (run.workflow_state, run.next_try_at, bool(run.failure)) == ("Approved", None, True)
	assert [path for path in target.rglob("*") if path.is_file()] == []


def test_a_new_secret_leads_nowhere_else(server, target):
	where = exports.to(exports.sftp_values(server))
	run = run_in("Approved")
	with acting(officer()):
		frappe.get_doc(DESTINATION, where).update({"secret": PASSWORD, "title": "Toinen"}).save()
	with acting(officer()):
		door.confirm_destination(where)
	assert delivered(run).workflow_state == "Sent"


def test_a_place_is_not_confirmed_while_something_is_being_delivered_there(server):
	where = exports.to(exports.sftp_values(server))
	run = run_in("Approved")
	with acting(officer()):
		frappe.get_doc(DESTINATION, where).update({"remote_folder": "/muualle"}).save()
	with another_worker() as claimed:
		assert claimed(run.name)
		with acting(officer()), pytest.raises(ExportRefused, match=run.name):
			door.confirm_destination(where)


# Deliveries --------------------------------------------------------------------------------------------------------------


def test_to_an_sftp_server(server, target):
	where = exports.to(exports.sftp_values(server))
	run = delivered(run_in("Approved"))
	assert (run.workflow_state, run.failure, run.next_try_at) == ("Sent", None, None)
	assert arrived(run, target)
	assert frappe.db.get_value("Case Access Log", {"document_name": run.name}, "detail") == where
	taken = server.taken
	assert delivered(run).workflow_state == "Sent"
	assert server.taken == taken


def test_to_an_https_server_that_gives_a_receipt(receiver, target):
	exports.to(exports.https_values(receiver))
	run = delivered(run_in("Approved"))
	assert (run.workflow_state, run.receipt, run.failure) == ("Acknowledged", "K-17", None)
	assert arrived(run, target)
	receiver.receipt = None
	assert delivered(run_in("Approved", period="2025-05")).workflow_state == "Sent"


def test_what_may_go_better_is_tried_again(receiver, target, queued):
	exports.to(exports.https_values(receiver))
	run = run_in("Approved")
	for fault, least in (("fail", 5), ("cut", 10), ("full", 20)):
		receiver.fault = fault
		now, run = now_datetime(), delivered(run)
		assert run.workflow_state == "Approved"
		assert run.next_try_at >= now + datetime.timedelta(minutes=least), fault
		assert "127.0.0.1" in run.failure
	assert run.attempts == 3
	an_hour_ago = {"modified": add_to_date(now_datetime(), hours=-1)}
	frappe.db.set_value(build.RUN, run.name, an_hour_ago, update_modified=False)
	rounds.take_up()
	assert queued == []
	past = {**an_hour_ago, "next_try_at": add_to_date(now_datetime(), minutes=-1)}
	frappe.db.set_value(build.RUN, run.name, past, update_modified=False)
	rounds.take_up()
	assert queued == [("deliver", run.name)]
	receiver.fault = None
	run = delivered(run)
	assert (run.workflow_state, run.failure, run.attempts) == ("Acknowledged", None, 4)
	assert arrived(run, target)


def test_the_receiver_says_how_long_to_wait(receiver, monkeypatch):
	exports.to(exports.https_values(receiver))
	receiver.fault = "busy"
	monkeypatch.setattr(https, "_wait", lambda _answer: 7200)
	now, run = now_datetime(), delivered(run_in("Approved"))
	assert run.next_try_at >= now + datetime.timedelta(hours=2)


def test_it_is_not_tried_for_ever(receiver, queued):
	exports.to(exports.https_values(receiver))
	receiver.fault = "fail"
	run = delivered(run_in("Approved", attempts=9))
	assert (run.workflow_state, run.attempts, run.next_try_at) == ("Approved", 10, None)
	an_hour_ago = {"modified": add_to_date(now_datetime(), hours=-1)}
	frappe.db.set_value(build.RUN, run.name, an_hour_ago, update_modified=False)
	rounds.take_up()
	assert queued == []
	receiver.fault = None
	assert delivered(run, anew=True).attempts == 1


@pytest.mark.parametrize("fault", ["refuse", "redirect"])
def test_what_somebody_has_to_mend_is_not_tried_again(receiver, fault):
	exports.to(exports.https_values(receiver))
	receiver.fault = fault
	run = delivered(run_in("Approved"))
	assert (run.workflow_state, run.next_try_at, run.attempts) == ("Approved", None, 1)
	assert run.failure
	assert TOKEN not in run.failure


def test_nothing_goes_where_nobody_has_confirmed_it(server, target):
	where = exports.to(exports.sftp_values(server))
	for values in ({"status": "Draft"}, {"status": "In Use", "controller": factories.make_controller()}):
		frappe.db.set_value(DESTINATION, where, values)
		run = delivered(run_in("Approved"))
		assert (run.workflow_state, run.next_try_at, bool(run.failure)) == ("Approved", None, True)
	assert list(target.iterdir()) == []


def test_another_server_gets_nothing(server, target):
	other = receivers.asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
	exports.to({**exports.sftp_values(server), "host_key": other})
	run = delivered(run_in("Approved"))
	assert (run.workflow_state, run.next_try_at) == ("Approved", None)
	assert receivers.HERE in run.failure
	assert list(target.iterdir()) == []


def test_no_secret_is_left_where_something_unforeseen_happens(server, monkeypatch):
	exports.to(exports.sftp_values(server))
	noted = []
	monkeypatch.setattr("early_support.privacy.failures.log_error", lambda **said: noted.append(said))

	async def breaks(*values):
		raise RuntimeError(f"with {values}")

	monkeypatch.setattr("early_support.export.sftp._bring", breaks)
	run = delivered(run_in("Approved"))
	assert (run.workflow_state, run.next_try_at) == ("Approved", None)
	assert len(noted) == 1
	assert "sftp.py" in str(noted)
	for word in SECRET_WORDS:
		assert word not in str(noted) + run.failure


def test_a_worker_whose_time_is_up_is_followed_by_another(server, monkeypatch):
	exports.to(exports.sftp_values(server))

	async def never_ends(*values):
		raise JobTimeoutException

	monkeypatch.setattr("early_support.export.sftp._bring", never_ends)
	run = delivered(run_in("Approved"))
	assert run.next_try_at > now_datetime()


def test_whoever_is_at_it_is_left_alone(server, target, queued):
	exports.to(exports.sftp_values(server))
	run = run_in("Approved")
	waiting = run_in("Queued", period="2025-05")
	with another_worker() as claimed:
		for name in (run.name, waiting.name):
			assert claimed(name)
		rounds.take_up()
		assert queued == []
		assert delivered(run).workflow_state == "Approved"
		build.build(waiting.name)
		assert frappe.db.get_value(build.RUN, waiting.name, "attempts") == 0
		# Nor is it taken from a worker that is sending it.
		with acting(officer()), pytest.raises(ExportRefused, match="right now"):
			reject(run)
	rounds.take_up()
	assert sorted(queued) == sorted([("deliver", run.name), ("build", waiting.name)])
	with acting(officer()):
		assert reject(run).workflow_state == "Failed"


def reject(run):
	doc = frappe.get_doc(build.RUN, run.name)
	doc.update({"rejected_because": "Väärä vastaanottaja", "workflow_state": "Failed"})
	return doc.save()


@contextmanager
def another_worker():
	"""One more connection to the database: give a function that claims a run for it."""
	with sources.snapshot() as connection, connection.cursor() as cursor:

		def claim(name: str) -> bool:
			cursor.execute("select get_lock(%s, 0)", (claims.key_of(name),))
			return bool(cursor.fetchone()[0])

		yield claim


# Schedules ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def scheduled(monkeypatch):
	"""The shipped figures, asked for by themselves since the end of January 2025, and today is the 10th of May."""
	values = {
		"scheduled": 1,
		"schedule_day": 5,
		"controller": CONTROLLER,
		"published_on": "2025-01-31 12:00:00",
	}
	frappe.db.set_value("Report Profile", FIGURES, values)

	def on(day: str) -> None:
		today = frappe.utils.getdate(day)
		monkeypatch.setattr(schedule, "today_in_finland", lambda: today)

	on("2025-05-10")
	return on


def periods(**filters) -> list[str]:
	return frappe.get_all(
		build.RUN,
		filters={"profile": FIGURES, "controller": CONTROLLER, **filters},
		order_by="period",
		pluck="period",
	)


def test_what_was_missed_is_asked_for_once(scheduled, queued):
	for _round in range(2):
		rounds.go()
		assert periods() == ["2025-01", "2025-02", "2025-03", "2025-04"]
	assert {method for method, _name in queued} == {"build"}
	assert set(frappe.get_all(build.RUN, filters={"profile": FIGURES}, pluck="requested_by")) == {
		"Administrator"
	}
	# A run that was rejected is somebody's decision: it is not asked for again.
	frappe.db.set_value(build.RUN, {"period": "2025-04"}, "workflow_state", "Failed")
	rounds.go()
	assert len(periods()) == 4


def test_each_period_when_its_days_have_passed(scheduled, queued):
	scheduled("2025-06-04")
	assert schedule.wanted()[-1][2].name == "2025-04"
	scheduled("2025-06-05")
	assert schedule.wanted()[-1][2].name == "2025-05"


def test_a_version_without_a_schedule_ends_it(scheduled, queued):
	frappe.db.set_value("Report Profile", FIGURES, "status", "Retired")
	assert schedule.wanted() == []
	frappe.db.set_value("Report Profile", FIGURES, {"status": "Published", "scheduled": 0})
	assert schedule.wanted() == []


def test_a_report_that_cannot_be_asked_for_is_late_in_the_end(scheduled, queued):
	frappe.db.set_value("Report Profile Column", {"parent": FIGURES, "key": "kunta"}, "source", "gone")
	user = officer(language="fi")
	scheduled("2025-02-06")
	rounds.go()
	assert (periods(), told(user)) == ([], [])
	scheduled("2025-02-20")
	for _round in range(2):
		rounds.go()
	assert [row.document_name for row in told(user)] == [FIGURES]


def told(user: str) -> list:
	return frappe.get_all(
		"Notification Log",
		filters={"for_user": user, "type": "Alert"},
		fields=["subject", "document_type", "document_name"],
	)


def test_the_officers_are_told_what_is_late_or_has_failed_and_nothing_of_it(scheduled, queued):
	user, foreign = (
		officer(),
		factories.make_staff("Reporting Officer", controller=factories.make_controller()),
	)
	run_in("Built", period="2025-01")
	sent = run_in("Sent", period="2025-02")
	failed = run_in("Failed", period="2025-03", failure="rivi 7")
	run_in("Built", period="2025-04")
	given_up = run_in("Approved", period="2003-01", failure="x", attempts=10)
	for _round in range(2):
		rounds.tell_late()
	about = {row.document_name for row in told(user)}
	assert {failed.name, given_up.name} <= about
	assert sent.name not in about
	# January is late, April is not yet.
	assert len(about) == 3
	assert told(foreign) == []
	for row in told(user):
		assert row.document_type == "Report Run"
		assert not any(character.isdigit() for character in row.subject)


def test_what_is_late_or_has_failed_stands_on_the_start_page_of_the_officers(scheduled, queued):
	"""Also while nothing works that could tell them: neither a scheduler nor a worker."""
	user, foreign = (
		officer(),
		factories.make_staff("Reporting Officer", controller=factories.make_controller()),
	)
	run_in("Sent", period="2025-02")
	failed = run_in("Failed", period="2025-03")
	built = run_in("Built", period="2025-01")

	def late(of: str) -> list[dict]:
		with acting(of):
			groups = {group["key"]: group for group in waiting.get_waiting()["groups"]}
		return groups["late_reports"]["items"] if "late_reports" in groups else []

	# April has a week more.
	assert [(item["name"], item["since"]) for item in late(user)] == [
		(built.name, "2025-02-05"),
		(failed.name, "2025-04-05"),
	]
	assert late(foreign) == []
	scheduled("2025-05-20")
	unasked = late(user)[-1]
	assert unasked["name"] is None
	assert "2025-04" in unasked["title"]
	with acting(user):
		run = frappe.get_doc({"doctype": unasked["doctype"], **unasked["values"]}).insert()
	assert late(user)[-1]["name"] == run.name
	for name in (built.name, failed.name, run.name):
		frappe.db.set_value(build.RUN, name, "workflow_state", "Acknowledged")
	assert late(user) == []


def test_a_run_that_breaks_its_worker_is_not_built_for_ever(queued, monkeypatch):
	run = run_in("Queued", attempts=3)
	monkeypatch.setattr(build, "_make", lambda _run: pytest.fail("built once more"))
	build.build(run.name)
	assert frappe.db.get_value(build.RUN, run.name, "workflow_state") == "Failed"
	assert "3" in frappe.db.get_value(build.RUN, run.name, "failure")


def test_the_scheduler_only_enqueues():
	[method] = frappe.get_hooks("scheduler_events")["cron"]["*/5 * * * *"]
	assert method == "early_support.export.rounds.enqueue"
	asked = []
	with pytest.MonkeyPatch.context() as patched:
		patched.setattr(frappe, "enqueue", lambda *args, **values: asked.append((args, values)))
		rounds.enqueue()
	assert [args for args, _values in asked] == [("early_support.export.rounds.go",)]
	assert frappe.get_attr(asked[0][0][0]) is rounds.go
	assert asked[0][1]["queue"] == "long"
