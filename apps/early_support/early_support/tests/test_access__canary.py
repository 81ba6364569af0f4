"""The canary: a word planted in one unit's casework is in no answer that anybody else can get, whatever they call."""

import json
import os
from contextlib import suppress

import frappe
import frappe.utils.background_jobs
import pytest

from early_support.access.doors import prepared
from early_support.tests import canary, factories
from early_support.tests import case_factories as case

ROLES = (
	"Early Educator",
	"Family Counsellor",
	"Area Director",
	"Form Administrator",
	"Privacy Officer",
	"System Manager",
)


@pytest.fixture
def planted(site, monkeypatch) -> canary.Planted:
	monkeypatch.setattr(frappe.utils.background_jobs, "get_queue", lambda *args, **kwargs: Queue())
	monkeypatch.setattr("frappe.realtime.emit_via_redis", canary.stub)
	# 15 seconds after a report of its own that was refused, in a thread, on the connection of a test that runs by then.
	monkeypatch.setattr("frappe.core.doctype.report.report.enable_prepared_report", canary.stub)
	monkeypatch.setattr(prepared, "_original", canary.stub)
	canary.import_everything()
	planted = canary.plant()
	# What alters a table would commit all that is planted, and is asked by administrators only.
	monkeypatch.setattr(frappe.local.db, "sql_ddl", refuse)
	yield planted
	with suppress(FileNotFoundError):
		os.remove(planted.file_path)


def refuse(*args, **kwargs):
	raise frappe.PermissionError


class Queue:
	"""Stands for the queue of jobs: what would be done later, is not."""

	def enqueue_call(self, *args, **kwargs):
		return frappe._dict(id="canary")


def outsider(role: str) -> str:
	"""Make somebody with the role in another unit."""
	if role == "Guest":
		return "Guest"
	if role == "System Manager":
		return factories.make_user(role)
	unit = factories.make_unit()
	if role in ("Early Educator", "Unit Director"):
		return factories.make_staff(role, unit)
	user = factories.make_staff(role, controller=case.county())
	if role == "Family Counsellor":
		factories.make_liaison(unit, user)
	return user


# One of each kind: a document, its row, what people and what Frappe itself hang on it.
AIMED = ("Child", "Concern", "Family Guardian", "Comment", "File", "Tag Link", "Version")
# Every shape of a request for those who have the most rights; the others ask as a form does.
ASK_EVERYTHING = ("Early Educator", "System Manager")


@pytest.mark.parametrize("role", [*ROLES, "Guest"])
def test_no_endpoint_tells_the_word(planted, role):
	user = outsider(role)
	targets = [target for target in planted.targets if target[0] in AIMED]
	told, calls = {}, 0
	with canary.session_of(user):
		for path, function in sorted(canary.endpoints().items()):
			if user == "Guest" and function not in frappe.guest_methods:
				continue
			for doctype, name in targets if canary.takes_doctype(function) else targets[:1]:
				shapes = list(canary.arguments(doctype, name, planted))
				for form in shapes if role in ASK_EVERYTHING else shapes[1:2]:
					calls += 1
					answer = canary.ask(path, canary.method_of(function), form)
					if canary.tells(answer, form):
						told.setdefault(path, {})[doctype] = answer[:300]
	assert calls > 20
	assert told == {}


@pytest.mark.parametrize("role", [*ROLES, "Guest"])
def test_no_page_list_or_report_tells_the_word(planted, api, role):
	user = outsider(role)
	client = api(None if user == "Guest" else user)
	if role == "Privacy Officer":
		# Who was given access, and why, is theirs to know.
		planted = planted._replace(targets=[each for each in planted.targets if each[0] != "Access Grant"])
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
	told = [page for page in canary.pages(planted) if tells(client.get(page))]
	assert planted.file_url in told
	assert len(told) > 10
	with canary.session_of(planted.team.educator):
		form = next(canary.arguments("Concern", dict(planted.targets)["Concern"], planted))
		for path in ("frappe.client.get", "frappe.client.get_list", "frappe.desk.form.load.getdoc"):
			assert canary.WORD in canary.ask(path, "GET", form), path


def test_counts_do_not_tell_that_there_is_something(site):
	users = {role: outsider(role) for role in ROLES}

	def answers(role: str) -> list[str]:
		with canary.session_of(users[role]):
			return [canary.ask(method, "POST", form) for method, form in canary.counts(role)]

	before = {role: answers(role) for role in ROLES}
	planted = canary.plant()
	os.remove(planted.file_path)
	assert {role: answers(role) for role in ROLES} == before
