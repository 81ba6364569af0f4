"""The canary: a word planted in one unit's casework is in no answer that anybody else can get, whatever they call."""

import os
from contextlib import suppress

import frappe
import frappe.utils.background_jobs
import pytest

from early_support.tests import canary
from early_support.tests import case_factories as case
from early_support.tests import factories

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
	canary.import_everything()
	planted = canary.plant()
	yield planted
	with suppress(FileNotFoundError):
		os.remove(planted.file_path)


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


@pytest.mark.parametrize("role", [*ROLES, "Guest"])
def test_no_endpoint_tells_the_word(planted, role):
	user = outsider(role)
	told, calls = set(), 0
	with canary.session_of(user):
		for path, function in sorted(canary.endpoints().items()):
			if user == "Guest" and function not in frappe.guest_methods:
				continue
			targets = planted.targets if canary.takes_doctype(function) else planted.targets[:1]
			for doctype, name in targets:
				for form in canary.arguments(doctype, name, planted):
					for method in canary.methods_of(function):
						calls += 1
						answer = canary.ask(path, method, form)
						if canary.WORD in answer:
							told.add((path, doctype))
	assert calls > 20
	print(role, calls)
	by_path = {}
	for path, doctype in sorted(told):
		by_path.setdefault(path, []).append(doctype)
	assert by_path == {}
