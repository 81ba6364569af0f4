"""Consent to co-operate: who is asked, what it lets be told and until when, and what happens when it is taken back."""

import frappe
import pytest

from early_support import compat
from early_support.casework import clock, consents
from early_support.exceptions import GuardNotMet
from early_support.patches.v0_3 import say_on_which_consent_was_told
from early_support.tests import case_factories as make
from early_support.tests import factories

CONSENT = "Guardians consent"


def two_guardians(team: make.Team) -> None:
	family = frappe.get_doc("Family", frappe.db.get_value("Child", team.child, "family"))
	family.append("guardians", {"full_name": "Huoltaja Toinen", "relation": "isä", "phone": "040 1234567"})
	family.save(ignore_permissions=True)


def answered(consent, *answers: dict) -> list[dict]:
	"""The rows of the guardians with these values, in order."""
	rows = make.answers_of(consent)
	return [{**row, **values} for row, values in zip(rows, answers, strict=True)]


def test_every_guardian_is_asked(team):
	two_guardians(team)
	consent = make.make_consent(team)
	assert [row.answer for row in consent.answers] == [None, None]
	assert consent.answers[1].guardian == "Huoltaja Toinen"


def test_a_guardian_cannot_be_made_up_or_left_out(team, api):
	two_guardians(team)
	consent = make.make_consent(team)
	rows = [*make.answers_of(consent)[:1], {"guardian": "Naapuri", "guardian_row": "x", "answer": "Yes"}]
	answer = api(team.educator).put(
		f"/api/resource/Cooperation Consent/{consent.name}", json={"answers": rows, **make.version(consent)}
	)
	assert answer.status_code == 200, answer.text[-600:]
	stored = frappe.get_doc("Cooperation Consent", consent.name)
	assert [row.guardian for row in stored.answers][1:] == ["Huoltaja Toinen"]
	assert [bool(row.answer) for row in stored.answers] == [True, False]


@pytest.mark.parametrize(
	("second", "message"),
	[
		({"answer": "No"}, "says no"),
		({"answer": None, "answered_on": None}, "has not answered"),
		({"answer": "Not Asked"}, "has not answered"),
		({"answer": "Yes", "answered_how": None}, "when and how"),
		({"answer": "Yes", "answered_on": "2100-01-01"}, "not come yet"),
	],
)
def test_one_guardian_is_not_enough(team, second, message):
	"""Two guardians and a disagreement: nothing is told (domain.md §9.4)."""
	two_guardians(team)
	consent = make.make_consent(team)
	with pytest.raises(GuardNotMet, match=message):
		make.move(consent, CONSENT, team.educator, answers=answered(consent, {}, second))
	assert frappe.db.get_value("Cooperation Consent", consent.name, "workflow_state") == "Draft"


def test_who_cannot_be_asked_is_written_down(team):
	two_guardians(team)
	consent = make.make_consent(team)
	rows = answered(consent, {}, {"answer": "Not Asked", "note": "Asuu ulkomailla, ei vastaa."})
	consent = make.move(consent, CONSENT, team.educator, answers=rows)
	assert (consent.workflow_state, consent.given_on) == ("Given", factories.days(0))


def test_nobody_consents_where_no_guardian_is_recorded(team):
	child = factories.make_child(unit=team.unit, family=factories.make_family(guardians=[]))
	consent = make.make_consent(team._replace(child=child))
	with pytest.raises(GuardNotMet, match="No guardian has said yes"):
		make.move(consent, CONSENT, team.educator)


@pytest.mark.parametrize("missing", ["purpose", "recipients", "sections"])
def test_what_is_asked_has_to_be_said(team, missing):
	consent = make.make_consent(team, **{missing: None if missing == "purpose" else []})
	with pytest.raises(GuardNotMet, match="Please fill in first"):
		make.move(consent, CONSENT, team.educator, answers=make.answers_of(consent))


def test_nothing_is_named_twice(team):
	with pytest.raises(GuardNotMet, match="twice"):
		make.make_consent(team, recipients=[{"service": make.SERVICE}] * 2)
	with pytest.raises(GuardNotMet, match="twice"):
		make.make_consent(team, sections=[{"section": "basics"}] * 2)


def test_a_consent_is_for_a_time(team):
	first = factories.days(0)
	last = frappe.utils.getdate(frappe.utils.add_days(frappe.utils.add_months(first, 12), -1))
	consent = make.make_consent(team)
	stored = frappe.db.get_value("Cooperation Consent", consent.name, ["valid_from", "valid_until"])
	assert stored == (first, last)
	with pytest.raises(GuardNotMet, match="at most"):
		make.make_consent(team, valid_until=frappe.utils.add_days(last, 1))
	with pytest.raises(GuardNotMet, match="cannot be before"):
		make.make_consent(team, valid_from=str(first), valid_until=str(factories.days(-1)))
	with pytest.raises(GuardNotMet, match="not come yet"):
		make.make_consent(team, asked_on=str(factories.days(1)))


def test_the_settings_say_how_long_at_most():
	for months in (0, 25):
		settings = frappe.get_doc("Early Support Settings")
		settings.consent_months = months
		with pytest.raises(frappe.ValidationError, match="1 to 24"):
			settings.save()


@pytest.mark.parametrize(
	("offset", "holds"),
	[(-1, False), (0, True), (30, True), (31, False)],
	ids=["before", "first", "last", "after"],
)
def test_it_holds_by_its_days_alone(team, offset, holds):
	consent = make.consent_in(
		"Given", team, valid_from=str(factories.days(0)), valid_until=str(factories.days(30))
	)
	with clock.at(factories.days(offset)):
		assert consents.is_valid(consent) is holds


def test_what_was_consented_to_stays(team):
	consent = make.consent_in("Given", team)
	for change in (
		{"purpose": "Muuta."},
		{"valid_until": str(factories.days(90))},
		{"recipients": [{"service": make.SERVICE}, {"service": "psychologist"}]},
		{"sections": [{"section": "contacts"}]},
		{"answers": []},
	):
		doc = frappe.get_doc("Cooperation Consent", consent.name)
		doc.update(change)
		with make.acting(team.educator), pytest.raises(GuardNotMet, match="can no longer be changed"):
			doc.save()


def test_a_consent_stays_that_of_its_child(team, api):
	consent, other_child = make.consent_in("Given", team), factories.make_child(unit=team.unit)
	answer = api(team.educator).put(
		f"/api/resource/Cooperation Consent/{consent.name}",
		json={"child": other_child, **make.version(consent)},
	)
	assert answer.status_code == 417
	assert frappe.db.get_value("Cooperation Consent", consent.name, "child") == team.child


def test_withdrawal_needs_who_and_how(team):
	consent = make.consent_in("Given", team)
	with pytest.raises(GuardNotMet, match="Please fill in first"):
		make.move(consent, "Guardians withdraw", team.educator)


def test_withdrawal_stops_at_once_and_says_what_was_told(team):
	consent = make.consent_in("Given", team)
	told = make.referral_in("Joint Contact", team, consent=consent.name)
	waiting = make.referral_in("Consent Given", team, consent=consent.name)
	assert frappe.has_permission("Referral", "read", doc=told.name, user=told.receiver)
	consent = make.move(
		consent,
		"Guardians withdraw",
		team.director,
		withdrawn_by="Äiti",
		withdrawn_how=make.option("Contact Method"),
	)
	assert consent.withdrawn_on == factories.days(0)
	assert told.receiver_name in consent.told_before
	assert "Basic details of the child" in consent.told_before
	assert waiting.receiver_name not in consent.told_before
	for referral in (told, waiting):
		assert frappe.db.get_value("Referral", referral.name, "workflow_state") == "Withdrawn"
	assert not frappe.has_permission("Referral", "read", doc=told.name, user=told.receiver)


@pytest.mark.parametrize("state", ["First Contact Confirmed", "Declined"])
def test_withdrawal_closes_what_would_stay_open_for_the_day(team, state):
	"""The receiver has done his part and may read until midnight; not once the guardians have taken their word back."""
	consent = make.consent_in("Given", team)
	other = make.consent_in("Given", team)
	done = make.referral_in(state, team, consent=consent.name)
	elsewhere = make.referral_in(state, team, consent=other.name)
	assert reads(done)
	withdraw(team, consent)
	assert not reads(done)
	assert reads(elsewhere)
	# What the receiver did stays as it was: only the reading ends.
	assert frappe.db.get_value("Referral", done.name, "workflow_state") == state


def reads(referral) -> bool:
	"""Whether the receiver reads it: the list and the document say the same."""
	with make.acting(referral.receiver):
		listed = referral.name in frappe.get_list("Referral", pluck="name", limit_page_length=0)
	assert frappe.has_permission("Referral", "read", doc=referral.name, user=referral.receiver) is listed
	return listed


LAW = {"consent": None, "statutory_ground": "shl-35", "statutory_reason": "Lapsi tarvitsee tukea."}


def withdraw(team: make.Team, consent):
	values = {"withdrawn_by": "Äiti", "withdrawn_how": make.option("Contact Method")}
	return make.move(consent, "Guardians withdraw", team.educator, **values)


def put_on(referral, user: str, **ground):
	"""Put a referral that was told on another ground."""
	with make.acting(user):
		doc = frappe.get_doc("Referral", referral.name)
		doc.update(ground)
		doc.save(ignore_version=False)
	return doc


def test_what_was_told_is_said_when_a_section_of_law_has_taken_its_place(team):
	"""The guardians hear what was told on their word (domain.md §9.4), also when nothing stands on it any more."""
	consent = make.consent_in("Given", team)
	told = put_on(make.referral_in("Joint Contact", team, consent=consent.name), team.educator, **LAW)
	assert told.receiver_name in withdraw(team, consent).told_before
	assert frappe.db.get_value("Referral", told.name, "workflow_state") == "Joint Contact"


def test_what_was_told_is_said_when_another_consent_has_taken_its_place(team):
	first, second, third = (make.consent_in("Given", team) for _each in range(3))
	told = make.referral_in("Joint Contact", team, consent=first.name)
	for consent in (second, third):
		told = put_on(told, team.educator, consent=consent.name)
	assert told.told_on_consent == first.name
	assert told.receiver_name in withdraw(team, first).told_before
	assert frappe.db.get_value("Referral", told.name, "workflow_state") == "Joint Contact"
	assert withdraw(team, second).told_before == "Nothing has been told."
	# The receiver reads it on this one.
	assert told.receiver_name in withdraw(team, third).told_before
	assert frappe.db.get_value("Referral", told.name, "workflow_state") == "Withdrawn"


def test_on_which_consent_it_was_told_comes_from_no_request(team, api):
	first, second = (make.consent_in("Given", team) for _each in range(2))
	referral = make.make_referral(team, consent=first.name, told_on_consent=second.name)
	assert referral.told_on_consent is None
	referral = make.referral_in("Joint Contact", team, consent=first.name)
	for user in (team.educator, referral.receiver):
		answer = api(user).put(
			f"/api/resource/Referral/{referral.name}",
			json={"told_on_consent": second.name, **make.version(referral)},
		)
		assert answer.status_code == 200, answer.text[-600:]
	assert frappe.db.get_value("Referral", referral.name, "told_on_consent") == first.name


def test_a_site_made_before_is_told_on_which_consent(team):
	first, second = (make.consent_in("Given", team) for _each in range(2))
	same, changed, by_law = (
		make.referral_in("Joint Contact", team, consent=first.name) for _each in range(3)
	)
	put_on(changed, team.educator, consent=second.name)
	put_on(by_law, team.educator, **LAW)
	draft = make.make_referral(team, consent=first.name)
	for referral in (same, changed, by_law):
		frappe.db.set_value("Referral", referral.name, "told_on_consent", None, update_modified=False)
	say_on_which_consent_was_told.execute()
	expected = [(same, first.name), (draft, None)]
	if compat.history_names_links():
		expected += [(changed, first.name), (by_law, first.name)]
	else:
		expected += [(changed, second.name), (by_law, None)]
	for referral, consent in expected:
		assert frappe.db.get_value("Referral", referral.name, "told_on_consent") == consent


def test_a_referral_outlives_the_consent_on_which_it_was_told(team):
	"""Each is destroyed in its own time."""
	first, second = (make.consent_in("Given", team) for _each in range(2))
	told = put_on(
		make.referral_in("Joint Contact", team, consent=first.name), team.educator, consent=second.name
	)
	frappe.db.delete("Cooperation Consent", {"name": first.name})
	assert make.move(told, "Accept", told.receiver).workflow_state == "Accepted"


def test_a_withdrawal_that_stopped_nothing_says_so(team):
	consent = make.consent_in("Withdrawn", team)
	assert consent.told_before == "Nothing has been told."


def test_a_consent_on_which_a_referral_is_under_way_is_not_ended(team):
	consent = make.consent_in("Given", team)
	make.referral_in("Consent Given", team, consent=consent.name)
	with pytest.raises(GuardNotMet, match="still under way"):
		make.move(consent, "End the co-operation", team.educator)


def test_an_expired_consent_comes_to_its_end_by_itself(team):
	last = str(factories.days(30))
	expired = make.consent_in("Given", team, valid_until=last)
	needed = make.consent_in("Given", team, valid_until=last)
	make.referral_in("Consent Given", team, consent=needed.name)
	for day, state in ((30, "Given"), (31, "Ended"), (32, "Ended")):
		with clock.at(factories.days(day)):
			consents.end_expired()
		assert frappe.db.get_value("Cooperation Consent", expired.name, "workflow_state") == state
	assert frappe.db.get_value("Cooperation Consent", expired.name, "ended_on") == factories.days(31)
	assert frappe.db.get_value("Cooperation Consent", needed.name, "workflow_state") == "Given"


def test_the_counsellor_of_the_family_asks_too(team):
	make.period_in("Under Way", team)
	consent = make.make_consent(team, user=team.counsellor)
	assert consent.asked_by == team.counsellor


def test_who_has_no_part_in_the_case_asks_nothing(team, other):
	for user in (other.educator, team.counsellor, factories.make_staff("Area Director")):
		with pytest.raises(frappe.PermissionError):
			make.make_consent(team, user=user)


def test_the_recorded_comes_from_no_request(team, api):
	forged = {
		"child": team.child,
		"given_on": "2020-01-01",
		"told_before": "Kaikki.",
		"asked_by": team.director,
		"unit": "X",
	}
	answer = api(team.educator).post("/api/resource/Cooperation Consent", json=forged)
	assert answer.status_code == 200, answer.text[-600:]
	stored = frappe.get_doc("Cooperation Consent", answer.json["data"]["name"])
	assert (stored.given_on, stored.told_before, stored.asked_by, stored.unit) == (
		None,
		None,
		team.educator,
		team.unit,
	)


def test_the_permission_may_be_for_the_joint_client_team(team):
	"""The team has the client's permission (domain.md §5, 584); no family is asked about a team in the child's plan."""
	consent = make.consent_in("Given", team, recipients=[{"service": "client-team"}])
	consents.require_cover(consent.name, team.child, "client-team", ["basics"])
	with pytest.raises(GuardNotMet):
		consents.require_cover(consent.name, team.child, make.SERVICE, ["basics"])
	assert "client-team" not in {row.service for row in make.make_child_plan(team).services}
