"""The canary: a word planted in one unit's casework is in no answer that anybody else can get, whatever they call."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple
from unittest.mock import patch

import frappe
import pytest

from early_support.access import policy
from early_support.tests import canary, factories
from early_support.tests import case_factories as case
from early_support.tests.actors import app_roles

# Everybody who is no guest: the roles that the app brings, and whoever has none of them.
ROLES = (*sorted(app_roles()), "System Manager", "Website User")

pytestmark = pytest.mark.usefixtures("shared_transaction")


class Stage(NamedTuple):
	"""What all the tests look at: who asks, what was counted for each before the word was planted, and where it is."""

	outsiders: dict[str, str]
	counted: dict[str, list[str]]
	planted: canary.Planted


@pytest.fixture(scope="module")
def stage(shared_transaction) -> Iterator[Stage]:
	with quiet():
		canary.import_everything()
		outsiders = {role: outsider(role) for role in (*ROLES, "Guest")}
		counted = {role: counts(role, outsiders[role]) for role in ROLES}
		planted = canary.plant()
	yield Stage(outsiders, counted, planted)
	with suppress(FileNotFoundError):
		os.remove(planted.file_path)


@pytest.fixture
def planted(stage) -> Iterator[canary.Planted]:
	with quiet(), patch.object(frappe.local.db, "sql_ddl", refuse):
		yield stage.planted
		# Nothing that was asked has taken it away.
		for doctype, name in stage.planted.targets:
			assert name == canary.WORD or frappe.db.exists(doctype, name), doctype


@contextmanager
def quiet() -> Iterator[None]:
	"""Let nothing leave the test: no job, no message to browsers, no timer."""
	with ExitStack() as stack:
		for target, stub in {
			"frappe.utils.background_jobs.get_queue": lambda *args, **kwargs: Queue(),
			"frappe.realtime.emit_via_redis": canary.stub,
			# 15 seconds after a report of its own that was refused, in a thread, on the connection of a test that runs by then.
			"frappe.core.doctype.report.report.enable_prepared_report": canary.stub,
			"early_support.access.doors.prepared._original": canary.stub,
		}.items():
			stack.enter_context(patch(target, stub))
		yield


def refuse(*args, **kwargs):
	"""Stand for what alters a table: it would commit all that is planted, and is asked by administrators only."""
	raise frappe.PermissionError


class Queue:
	"""Stands for the queue of jobs: what would be done later, is not."""

	def enqueue_call(self, *args, **kwargs):
		return frappe._dict(id="canary")


def outsider(role: str) -> str:
	"""Make somebody with the role in another unit."""
	if role == "Guest":
		return role
	if role == "Website User":
		return factories.make_user(user_type=role)
	if role == "System Manager":
		return factories.make_user(role)
	unit = factories.make_unit()
	if role in policy.UNIT_STAFF_ROLES:
		return factories.make_staff(role, unit)
	user = factories.make_staff(role, controller=case.county())
	if role in policy.COUNSELLOR_ROLES:
		factories.make_liaison(unit, user)
	return user


# Those who have the most rights aim each function at every kind of document. The others aim it at some, each at other ones,
# so that together they have aimed each at every kind.
ASK_EVERYTHING = ("Early Educator", "System Manager")
ONE_OF = 6
# In every shape of a request, also those that aim at no single record: one of each kind of thing, a document, its row, what people and what Frappe itself hang on it.
IN_EVERY_SHAPE = ("Child", "Concern", "Family Guardian", "Comment", "File", "Tag Link", "Version")


@pytest.mark.parametrize("role", [*ROLES, "Guest"])
def test_no_endpoint_tells_the_word(stage, planted, role):
	told, calls = ask_all(canary.distinct_endpoints(), stage.outsiders[role], role, planted)
	assert calls > 20
	assert told == {}


def ask_all(endpoints: list, user: str, role: str, planted: canary.Planted) -> tuple[dict, int]:
	"""Aim each endpoint at everything that the role must not see. Returns path → doctype → the answer that told, and how
	often was asked.
	"""
	told, calls = {}, 0
	targets = targets_of(planted, role)
	# A function that aims at nothing gets the requests of the first.
	targets.sort(key=lambda target: target[0] not in IN_EVERY_SHAPE)
	shapes = {doctype: list(canary.arguments(doctype, name, planted)) for doctype, name in targets}
	with canary.session_of(user):
		for number, endpoint in enumerate(endpoints):
			method = canary.method_of(endpoint.function)
			aimed = canary.takes_doctype(endpoint.function)
			tries = requests_of(role, number, shapes)
			if not aimed:
				tries = [request for request in tries if request[0] == tries[0][0]]
			for doctype, form in tries:
				# Under another of its names the same function would answer the same.
				for path in endpoint.paths[: None if form is tries[0][1] else 1]:
					calls += 1
					answer = canary.ask(path, method, form)
					if canary.tells(answer, form):
						told.setdefault(path, {})[doctype] = answer[:300]
				# Any further try would end in the same refusal.
				if not canary.is_reachable(endpoint.function):
					break
	return told, calls


def requests_of(role: str, number: int, shapes: dict[str, list[dict]]) -> list[tuple[str, dict]]:
	"""Return what the role asks of the endpoint of this number, of the `shapes` of a request for each kind of document."""
	if role in ASK_EVERYTHING:
		return [
			(doctype, form)
			for index, (doctype, forms) in enumerate(shapes.items())
			for form in (forms if doctype in IN_EVERY_SHAPE else [forms[(number + index) % 2]])
		]
	# As a form asks.
	turn = number + [*ROLES, "Guest"].index(role)
	return [
		(doctype, forms[1])
		for index, (doctype, forms) in enumerate(shapes.items())
		if (turn + index) % ONE_OF == 0
	]


def leak(doctype: str, name: str | int) -> dict | None:
	"""Stand for a function that asks for no right."""
	return frappe.db.exists("DocType", doctype) and frappe.db.get_value(doctype, name, "*", as_dict=True)


@pytest.mark.parametrize(
	"roles", [ASK_EVERYTHING[:1], ASK_EVERYTHING[1:], sorted({*ROLES} - {*ASK_EVERYTHING})]
)
def test_a_leak_is_found_whatever_it_tells_of(stage, planted, roles, monkeypatch):
	path, found = f"{__name__}.{leak.__name__}", set()
	# Frappe calls, and knows, its own wrapper of the function.
	leaking = frappe.whitelist()(leak)
	monkeypatch.setattr(path, leaking)
	try:
		for role in roles:
			told, _calls = ask_all([canary.Endpoint(leaking, [path])], stage.outsiders[role], role, planted)
			found |= told.get(path, {}).keys()
	finally:
		frappe.whitelisted.remove(leaking)
	hold = {doctype for doctype, name in planted.targets if canary.tells(str(leak(doctype, name)), {})}
	assert found == hold
	assert {*policy.PROTECTED_DOCTYPES, *canary.BESIDE} <= hold


def targets_of(planted: canary.Planted, role: str) -> list[tuple[str, str]]:
	"""Return what the role must not see: who was given access, and why, is the Privacy Officers' to know."""
	own = ("Access Grant",) if role in policy.PRIVACY_ROLES else ()
	return [target for target in planted.targets if target[0] not in own]


@pytest.mark.parametrize("role", [*ROLES, "Guest"])
def test_no_page_list_or_report_tells_the_word(stage, planted, api, role):
	user = stage.outsiders[role]
	client = api(None if user == "Guest" else user)
	planted = planted._replace(targets=tuple(targets_of(planted, role)))
	pages = canary.pages(planted, role in ASK_EVERYTHING)
	told = {page for page in pages if tells(client.get(page))}
	with canary.session_of(user):
		for method, form in canary.escapes():
			if canary.WORD in canary.ask(method, "POST", form):
				told.add((method, json.dumps(form)))
		for form in canary.reports():
			if canary.WORD in canary.ask("frappe.desk.query_report.run", "POST", form):
				told.add(form["report_name"])
	assert told == set()


def tells(response) -> bool:
	text = response.get_data(as_text=True) + str(response.headers)
	return canary.WORD in text


def test_the_staff_of_the_unit_are_told(planted, api):
	"""The canary would prove nothing if it could not sing."""
	client = api(planted.team.educator)
	told = [page for page in canary.pages(planted, everything=False) if tells(client.get(page))]
	assert planted.file_url in told
	assert len(told) > 10
	with canary.session_of(planted.team.educator):
		form = next(canary.arguments("Concern", dict(planted.targets)["Concern"], planted))
		for path in ("frappe.client.get", "frappe.client.get_list", "frappe.desk.form.load.getdoc"):
			assert canary.WORD in canary.ask(path, "GET", form), path


@pytest.mark.parametrize("role", ROLES)
def test_counts_do_not_tell_that_there_is_something(stage, planted, role):
	assert counts(role, stage.outsiders[role]) == stage.counted[role]


def counts(role: str, user: str) -> list[str]:
	with canary.session_of(user):
		return [canary.ask(method, "POST", form) for method, form in canary.counts(role)]
