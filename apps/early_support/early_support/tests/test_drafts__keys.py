"""Who gets the key of whose drafts: the person's own session, and nobody else."""

import base64
from types import SimpleNamespace

import frappe
import pytest

from early_support.access.policy import GUARDED_DOCTYPES
from early_support.casework import clock
from early_support.drafts import core, keys
from early_support.tests import factories

METHOD = "/api/method/early_support.drafts.keys.get_keys"


def asked(client) -> dict:
	answer = client.post(METHOD)
	assert answer.status_code == 200, answer.text
	return answer.json["message"]


def test_each_gets_the_own_keys_and_the_same_ones_in_each_session(api, team):
	mine, again, other = asked(api(team.educator)), asked(api(team.educator)), asked(api(team.counsellor))
	assert mine == again
	assert mine["user"] == team.educator
	assert set(mine["keys"]) == set(other["keys"]) == {mine["period"], str(int(mine["period"]) - 1)}
	assert not set(mine["keys"].values()) & set(other["keys"].values())
	assert {len(base64.b64decode(key)) for key in mine["keys"].values()} == {32}


def test_nobody_else_gets_one(api):
	guardian = factories.make_user(user_type="Website User")
	for client in (api(None), api(guardian)):
		answer = client.post(METHOD)
		assert answer.status_code == 403
		assert '"keys"' not in answer.text


def test_after_the_session_has_ended_there_is_none(api, team):
	client = api(team.educator)
	asked(client)
	client.post("/api/method/logout")
	assert client.post(METHOD).status_code in (401, 403)


def test_a_key_is_asked_for_by_post_whose_answers_no_browser_keeps(api, team):
	assert api(team.educator).get(METHOD).status_code == 403


def test_whoever_acts_in_somebodys_name_gets_none(team, monkeypatch):
	frappe.set_user(team.educator)
	monkeypatch.setitem(frappe.session.data, "impersonated_by", "Administrator")
	with pytest.raises(frappe.PermissionError):
		keys.get_keys()


def test_after_two_weeks_nobody_gets_the_key_of_a_draft_any_more(team, monkeypatch):
	frappe.set_user(team.educator)
	first = keys.get_keys()
	later = clock.now().timestamp() + core.WEEKS * core.WEEK
	monkeypatch.setattr(clock, "now", lambda: SimpleNamespace(timestamp=lambda: later))
	assert first["period"] not in keys.get_keys()["keys"]


def test_no_key_is_written_down(api, team):
	given = asked(api(team.educator))["keys"].values()
	for doctype in ("Error Log", "Activity Log", "Access Log", "Case Access Log", "Comment", "Version"):
		rows = frappe.as_json(frappe.get_all(doctype, fields=["*"], order_by="creation desc", limit=20))
		assert not [key for key in given if key in rows]


def test_drafts_are_kept_of_all_casework():
	bootinfo = frappe._dict()
	keys.extend_bootinfo(bootinfo)
	assert set(GUARDED_DOCTYPES) < set(bootinfo.early_support_drafts)
