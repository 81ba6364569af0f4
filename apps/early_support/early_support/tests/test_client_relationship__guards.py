"""The rules of a Client Relationship that hold whatever its Workflow says, and to whom it is open."""

import json

import frappe
import pytest

from early_support.access import assignments, policy
from early_support.casework import clock, offers, people
from early_support.exceptions import GuardNotMet
from early_support.tests import case_factories as make
from early_support.tests import factories

DOCTYPE = "Client Relationship"


@pytest.fixture
def team(site):
	"""A team of its own: of a child of the standing team somebody else may be the own worker by now."""
	return make.make_team()


def social_worker(**values) -> str:
	return factories.make_staff("Social Worker", controller=make.county(), **values)


def received(team: make.Team, state: str = "Accepted", **values):
	"""Return a referral that a social worker has received, and the worker."""
	referral = make.referral_in(state, team, receiver=social_worker(), **values)
	return referral, referral.receiver


def sees(user: str, doctype: str, name: str) -> bool:
	with make.acting(user):
		opened = bool(frappe.has_permission(doctype, "read", name))
		try:
			listed = name in frappe.get_list(doctype, pluck="name")
		except frappe.PermissionError:
			listed = False
		assert opened == listed, (user, doctype)
		return opened


def writes(user: str, doc) -> bool:
	return bool(frappe.has_permission(doc.doctype, "write", doc.name, user=user))


# Who opens one ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["Accepted", "First Contact Confirmed"])
def test_the_receiver_of_an_accepted_referral_opens_one(team, state):
	"""domain.md §2, 1644-1648: what comes after may be a relationship; the referral led there warmly."""
	referral, worker = received(team, state)
	doc = make.make_relationship(team, worker, referral=referral.name)
	assert (doc.workflow_state, doc.child, doc.family) == ("Draft", team.child, referral.family)
	assert (doc.opened_by, doc.own_worker) == (worker, worker)
	assert doc.own_worker_name == people.full_name(worker)


@pytest.mark.parametrize("state", ["Agreed", "Under Way", "Follow-up"])
def test_the_counsellor_of_an_agreed_period_opens_one(team, state):
	period = make.period_in(state, team)
	doc = make.make_relationship(team, support_period=period.name)
	assert (doc.workflow_state, doc.child, doc.own_worker) == ("Draft", team.child, team.counsellor)


def test_nobody_opens_one_before_the_referral_is_accepted(team):
	referral, worker = received(team, "Joint Contact")
	with make.attempt(), pytest.raises(GuardNotMet, match="received first"):
		make.make_relationship(team, worker, referral=referral.name)
	make.move(referral, "Do not accept", worker, declined_reason="Jono on täynnä.")
	with make.attempt(), pytest.raises((GuardNotMet, frappe.PermissionError)):
		make.make_relationship(team, worker, referral=referral.name)


@pytest.mark.parametrize("state", ["Proposed", "Declined", "Ended", "Withdrawn"])
def test_no_relationship_without_the_parents_agreement(team, state):
	period = make.period_in(state, team, counsellor=team.counsellor)
	with make.attempt(), pytest.raises((GuardNotMet, frappe.PermissionError)):
		make.make_relationship(team, support_period=period.name)
	assert not frappe.db.exists(DOCTYPE, {"child": team.child})


def test_a_way_here_is_needed_and_only_one(team):
	period = make.client_period(team)
	with make.attempt(), pytest.raises(GuardNotMet, match="begins with a referral"):
		make.make_relationship(team, support_period=None)
	# Both are open to a counsellor who has also received the referral.
	referral = make.referral_in("Accepted", team, receiver=team.counsellor)
	with make.attempt(), make.acting(team.counsellor), pytest.raises((GuardNotMet, frappe.PermissionError)):
		frappe.get_doc(
			{"doctype": DOCTYPE, "support_period": period.name, "referral": referral.name}
		).insert()


def test_nobody_else_opens_one(team, api):
	"""Not the unit, not another counsellor, not another social worker (design.md §4)."""
	period = make.period_in("Under Way", team)
	referral, _worker = received(team)
	others = (
		team.educator,
		team.special_educator,
		team.director,
		factories.make_staff("Family Counsellor", controller=make.county()),
		social_worker(),
		factories.make_staff("Area Director", area=factories.default_area()),
		factories.make_staff("Privacy Officer", team.unit),
		None,
	)
	for user in others:
		for way in ({"support_period": period.name}, {"referral": referral.name}):
			answer = api(user).post(f"/api/resource/{DOCTYPE}", json=way)
			assert answer.status_code in (401, 403), (user, way, answer.text[-400:])
	assert not frappe.db.exists(DOCTYPE, {"child": team.child})


def test_a_colleagues_period_opens_none(team):
	"""Another counsellor of the family reads the period, and opens no relationship on it."""
	make.period_in("Under Way", team)
	family = frappe.db.get_value("Child", team.child, "family")
	colleague = factories.make_staff("Family Counsellor", controller=make.county())
	sibling = team._replace(child=factories.make_child(unit=team.unit, family=family), counsellor=colleague)
	theirs = make.period_in("Under Way", sibling)
	assert sees(team.counsellor, "Support Period", theirs.name)
	with make.attempt(), pytest.raises(frappe.PermissionError):
		make.make_relationship(team, support_period=theirs.name)


def test_what_the_app_records_is_not_taken_from_a_request(team, api):
	period, other = make.client_period(team), make.make_team()
	forged = {
		"child": other.child,
		"child_name": "Joku Muu",
		"unit": other.unit,
		"family": frappe.db.get_value("Child", other.child, "family"),
		"controller": factories.default_controller(),
		"opened_by": other.counsellor,
		"own_worker_name": "Joku Muu",
		"withdrawn_on": "2020-01-01",
	}
	answer = api(team.counsellor).post(
		f"/api/resource/{DOCTYPE}", json={"support_period": period.name, **forged}
	)
	assert answer.status_code == 200, answer.text
	doc = frappe.get_doc(DOCTYPE, answer.json["data"]["name"])
	assert (doc.child, doc.unit, doc.opened_by) == (team.child, team.unit, team.counsellor)
	assert (doc.controller, doc.withdrawn_on) == (make.county(), None)
	assert doc.own_worker_name == people.full_name(team.counsellor)
	answer = api(team.counsellor).put(
		f"/api/resource/{DOCTYPE}/{doc.name}", json={**forged, **make.version(doc)}
	)
	assert answer.status_code == 200, answer.text
	stored = frappe.get_doc(DOCTYPE, doc.name)
	assert (stored.child, stored.controller, stored.opened_by) == (
		team.child,
		make.county(),
		team.counsellor,
	)


def test_the_way_here_is_chosen_once(team, api):
	doc = make.make_relationship(team)
	other = make.period_in("Under Way", make.make_team(unit=team.unit)._replace(counsellor=team.counsellor))
	answer = api(team.counsellor).put(
		f"/api/resource/{DOCTYPE}/{doc.name}", json={"support_period": other.name, **make.version(doc)}
	)
	assert answer.status_code == 417, answer.text
	assert frappe.db.get_value(DOCTYPE, doc.name, "support_period") == doc.support_period


# Start and end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["source", "tier", "started_with", "own_worker"])
def test_it_starts_with_all_that_the_figures_are_made_of(team, field):
	"""domain.md §6, 771-775, and §3, 358-360: with what it began, whose the contact was, who the own worker is."""
	doc = make.make_relationship(team)
	label = frappe.get_meta(DOCTYPE).get_label(field)
	with make.attempt(), pytest.raises(GuardNotMet, match=label):
		make.move(
			doc,
			"Start the relationship",
			team.counsellor,
			**{**make.start_of_relationship(), field: None},
		)
	assert make.move(
		doc, "Start the relationship", team.counsellor, **make.start_of_relationship()
	).started_on


@pytest.mark.parametrize("began", ["Application", "Handling", "Service"])
def test_it_begins_with_an_application_handling_or_a_service(team, began):
	"""domain.md §3, 358-360."""
	doc = make.relationship_in("Active", team, started_with=began)
	assert (doc.started_with, doc.started_on) == (began, clock.today())


def test_it_begins_with_nothing_else(team, api):
	doc = make.make_relationship(team)
	answer = api(team.counsellor).put(
		f"/api/resource/{DOCTYPE}/{doc.name}", json={"started_with": "Rumour", **make.version(doc)}
	)
	assert answer.status_code == 417


def test_days(team):
	doc = make.make_relationship(team)
	start = make.start_of_relationship()
	with make.attempt(), pytest.raises(GuardNotMet, match="has not come yet"):
		make.move(
			doc, "Start the relationship", team.counsellor, **{**start, "started_on": factories.days(1)}
		)
	doc = make.move(doc, "Start the relationship", team.counsellor, **start)
	reason = {"ending_reason": make.option("Ending Reason")}
	for day, why in ((factories.days(1), "has not come yet"), (factories.days(-1), "cannot be before")):
		with make.attempt(), pytest.raises(GuardNotMet, match=why):
			make.move(doc, "End the relationship", team.counsellor, **reason, ended_on=day)


def test_the_end_has_a_reason(team):
	"""domain.md §3, 402-404: the need ended, child protection took over, or the family says so."""
	doc = make.relationship_in("Active", team)
	with make.attempt(), pytest.raises(GuardNotMet, match="Why it ends"):
		make.move(doc, "End the relationship", team.counsellor)
	codes = frappe.get_all("Ending Reason", filters={"disabled": 0}, pluck="name")
	assert {"need-ended", "child-protection", "familys-word"} <= set(codes)
	for code in codes:
		with make.attempt():
			ended = make.move(doc, "End the relationship", team.counsellor, ending_reason=code)
			assert (ended.workflow_state, ended.ended_on) == ("Ended", clock.today())


def test_how_it_began_stays(team):
	doc = make.relationship_in("Active", team)
	for field, value in (
		("started_on", factories.days(-9)),
		("started_with", "Application"),
		("source", "parent" if doc.source != "parent" else "veo"),
	):
		own = frappe.get_doc(DOCTYPE, doc.name)
		own.set(field, value)
		with make.attempt(), make.acting(team.counsellor), pytest.raises(GuardNotMet, match="no longer"):
			own.save()


def test_the_family_may_withdraw_before_anything_starts(team):
	doc = make.make_relationship(team)
	doc = make.move(doc, "Family withdraws", team.counsellor)
	assert (doc.workflow_state, doc.withdrawn_on, doc.started_on) == ("Withdrawn", clock.today(), None)
	assert make.make_relationship(team).workflow_state == "Draft"


@pytest.mark.parametrize("way", ["consent", "referral", "period"])
def test_what_was_being_prepared_ends_when_the_family_withdraws_from_the_way_here(team, way):
	"""docs/permissions.md: what is under way ends in the same moment, and with it what it has opened."""
	if way == "period":
		source, worker = make.period_in("Agreed", team), team.counsellor
		doc = make.make_relationship(team, worker, support_period=source.name)
	else:
		source, worker = received(team)
		doc = make.make_relationship(team, worker, referral=source.name)
	assert sees(worker, "Family", doc.family)
	if way == "consent":
		consent = frappe.get_doc("Cooperation Consent", source.consent)
		make.move(consent, "Guardians withdraw", team.educator, **make.withdrawal_of_consent())
	else:
		action = "Parents withdraw" if way == "period" else "Family withdraws"
		make.move(frappe.get_doc(source.doctype, source.name), action, team.educator)
	doc.reload()
	assert (doc.workflow_state, doc.withdrawn_on) == ("Withdrawn", clock.today())
	assert not frappe.db.exists("Access Grant", {"source_name": doc.name, "ended_on": ("is", "not set")})


def test_what_has_started_goes_on_when_the_family_withdraws_from_the_way_here(team):
	source, worker = received(team)
	doc = make.make_relationship(team, worker, referral=source.name)
	doc = make.move(doc, "Start the relationship", worker, **make.start_of_relationship())
	consent = frappe.get_doc("Cooperation Consent", source.consent)
	make.move(consent, "Guardians withdraw", team.educator, **make.withdrawal_of_consent())
	doc.reload()
	assert doc.workflow_state == "Active"
	assert sees(worker, "Family", doc.family)


def test_one_relationship_at_a_time(team):
	for state in ("Draft", "Active"):
		with make.attempt():
			doc = make.relationship_in(state, team)
			with pytest.raises(GuardNotMet, match="client already"):
				make.make_relationship(team, support_period=doc.support_period)
	for state in ("Ended", "Withdrawn"):
		with make.attempt():
			doc = make.relationship_in(state, team)
			assert make.make_relationship(team, support_period=doc.support_period).workflow_state == "Draft"


def test_another_controller_has_its_own(team):
	"""Registers are kept apart (703/2023, 13 §): whether there is one elsewhere is nobody's business here."""
	make.relationship_in("Active", team)
	elsewhere = factories.make_controller()
	worker = factories.make_staff("Social Worker", controller=elsewhere)
	referral = make.referral_in("Accepted", team, receiver=worker)
	doc = make.make_relationship(team, worker, referral=referral.name)
	assert (doc.workflow_state, doc.controller) == ("Draft", elsewhere)


# The own worker ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tier", ["Special Support", "Intensified"])
def test_special_support_has_a_social_worker(team, tier):
	"""domain.md §1, 736-737; §3, 569-571 and 683-685: a social worker decides, and is the own worker."""
	doc = make.make_relationship(team)
	start = {**make.start_of_relationship(), "tier": tier, "before_decision": "Tukea tarvitaan heti."}
	with make.attempt(), pytest.raises(GuardNotMet, match="always a social worker"):
		make.move(doc, "Start the relationship", team.counsellor, **start)
	started = make.move(doc, "Start the relationship", team.counsellor, **start, own_worker=social_worker())
	assert started.workflow_state == "Active"


def test_the_tier_does_not_rise_under_a_counsellor(team):
	doc = make.relationship_in("Active", team)
	doc.tier = "Special Support"
	with make.attempt(), make.acting(team.counsellor), pytest.raises(GuardNotMet, match="social worker"):
		doc.save()
	doc = frappe.get_doc(DOCTYPE, doc.name)
	doc.update({"tier": "Special Support", "own_worker": social_worker()})
	with make.attempt(), make.acting(team.counsellor), pytest.raises(GuardNotMet, match="decision"):
		doc.save()
	doc = frappe.get_doc(DOCTYPE, doc.name)
	doc.update(
		{"tier": "Special Support", "own_worker": social_worker(), "before_decision": "Tilanne muuttui."}
	)
	with make.acting(team.counsellor):
		doc.save()
	assert (doc.tier, doc.decision_on) == ("Special Support", None)


def decided(team, **values):
	"""Let a social worker assess the child broadly, and decide."""
	protection = {"protection_need": "No", "protection_note": "Arvioitu yhdessä perheen kanssa."}
	decision = {
		"result": "by-decision",
		"decision_on": clock.today(),
		"decision_note": "Perhetyö myönnetään.",
	}
	doc = make.needs_assessment_in("Broad", team)
	return make.move(
		doc,
		"Complete the assessment",
		doc.assessor,
		**{**make.result_values(), **protection, **decision, **values},
	)


@pytest.mark.parametrize("tier", ["Special Support", "Intensified"])
def test_support_above_the_universal_stands_on_a_decision(team, tier):
	"""domain.md §3, 683-685: a broad assessment and a decision; 569-571: a decision. Without, for a written reason (399-402)."""
	doc = make.make_relationship(team)
	start = {**make.start_of_relationship(), "tier": tier, "own_worker": social_worker()}
	for reason in (None, "  "):
		with make.attempt(), pytest.raises(GuardNotMet, match="decision"):
			make.move(doc, "Start the relationship", team.counsellor, **start, before_decision=reason)
	with make.attempt():
		started = make.move(
			doc, "Start the relationship", team.counsellor, **start, before_decision="Tukea tarvitaan heti."
		)
		assert (started.workflow_state, started.decision_on) == ("Active", None)
	decided(team)
	started = make.move(doc, "Start the relationship", team.counsellor, **start)
	assert (started.workflow_state, started.decision_on) == ("Active", clock.today())


@pytest.mark.parametrize(
	"values",
	[
		{"result": "refused"},
		{"result": "universal", "decision_on": None},
		{"result": "guidance"},
	],
	ids=["refused", "no decision", "guidance"],
)
def test_what_grants_nothing_is_no_decision_to_begin_on(team, values):
	"""Special support begins with a decision that grants it (domain.md §3, 522-529)."""
	decided(team, **values)
	doc = make.make_relationship(team)
	start = {**make.start_of_relationship(), "tier": "Special Support", "own_worker": social_worker()}
	with pytest.raises(GuardNotMet, match="decision"):
		make.move(doc, "Start the relationship", team.counsellor, **start)


def test_a_narrow_assessment_and_one_of_another_register_are_none_either(team):
	make.needs_assessment_in("Ready", team)
	elsewhere = decided(team)
	make.prepare(elsewhere, controller=factories.make_controller())
	doc = make.make_relationship(team)
	start = {**make.start_of_relationship(), "tier": "Special Support", "own_worker": social_worker()}
	with pytest.raises(GuardNotMet, match="decision"):
		make.move(doc, "Start the relationship", team.counsellor, **start)


def test_the_day_of_the_decision_comes_from_no_request(team, api):
	doc = make.make_relationship(team)
	forged = {"tier": "Special Support", "own_worker": social_worker(), "decision_on": "2026-01-02"}
	answer = api(team.counsellor).put(
		f"/api/resource/{DOCTYPE}/{doc.name}", json={**forged, **make.version(doc)}
	)
	assert answer.status_code == 200, answer.text
	assert frappe.db.get_value(DOCTYPE, doc.name, "decision_on") is None


def test_a_finding_of_special_support_asks_for_a_social_worker(team):
	"""domain.md §1, 736-737: whatever tier is entered, as soon as the newest assessment of the own register says so."""
	period = make.period_in("Under Way", team)
	doc = make.make_relationship(team, support_period=period.name)
	assessment = make.make_needs_assessment(team, support_period=period.name, special_support=1)
	with make.attempt(), pytest.raises(GuardNotMet, match="always a social worker"):
		make.move(doc, "Start the relationship", team.counsellor, **make.start_of_relationship())
	with make.attempt():
		start = {**make.start_of_relationship(), "own_worker": social_worker()}
		assert make.move(doc, "Start the relationship", team.counsellor, **start).tier == "Universal"
	withdrawal = {**make.withdrawal_of_assessment(), "basis": make.option("Assessment Basis")}
	make.move(assessment, "Family withdraws", team.counsellor, **withdrawal)
	started = make.move(doc, "Start the relationship", team.counsellor, **make.start_of_relationship())
	assert started.workflow_state == "Active"


def test_a_finding_in_another_register_decides_nothing(team):
	"""703/2023, 13 §: nobody learns by a refusal what another register holds."""
	period = make.period_in("Under Way", team)
	assessment = make.make_needs_assessment(team, support_period=period.name, special_support=1)
	make.prepare(assessment, controller=factories.make_controller())
	doc = make.make_relationship(team, support_period=period.name)
	started = make.move(doc, "Start the relationship", team.counsellor, **make.start_of_relationship())
	assert started.workflow_state == "Active"


def test_whoever_goes_to_another_controller_leaves_the_register_behind(team):
	"""703/2023, 13 §: a grant opens what is kept apart to whoever works for its controller, and to nobody else."""
	worker = social_worker()
	plan = make.support_plan_in("Agreed", team)
	relationship = frappe.get_doc(DOCTYPE, plan.client_relationship)
	with make.acting(team.counsellor):
		relationship.update({"own_worker": worker}).save()
	assessment = make.make_needs_assessment(team, support_period=relationship.support_period)
	documents = (relationship, plan, assessment)

	def open_to_worker() -> list[bool]:
		assignments.forget()
		return [frappe.has_permission(doc.doctype, "read", doc=doc.name, user=worker) for doc in documents]

	assert open_to_worker() == [True] * 3
	frappe.db.set_value("Staff Assignment", {"user": worker}, "to_date", factories.days(-1))
	factories.make_assignment(worker, "Social Worker", controller=factories.make_controller())
	assert open_to_worker() == [False] * 3


def test_the_own_worker_is_one_today(team):
	doc = make.make_relationship(team)
	for user in (
		team.educator,
		team.director,
		social_worker(enabled=0),
		factories.make_staff("Family Counsellor", controller=make.county(), to_date=factories.days(-1)),
	):
		doc = frappe.get_doc(DOCTYPE, doc.name)
		doc.own_worker = user
		with make.attempt(), make.acting(team.counsellor), pytest.raises(GuardNotMet, match="cannot be"):
			doc.save()


def test_the_own_worker_works_for_the_same_register(team):
	doc = make.make_relationship(team)
	doc.own_worker = factories.make_staff("Social Worker", controller=factories.make_controller())
	with make.attempt(), make.acting(team.counsellor), pytest.raises(GuardNotMet, match="another register"):
		doc.save()


def test_who_may_be_the_own_worker_is_offered(team, api):
	worker = social_worker()

	def found(user: str, tier: str) -> set[str]:
		form = {
			"doctype": "User",
			"txt": "",
			"page_length": 200,
			"query": "early_support.casework.people.find_own_workers",
			"filters": json.dumps({"tier": tier}),
			"reference_doctype": DOCTYPE,
		}
		answer = api(user).post("/api/method/frappe.desk.search.search_link", data=form)
		assert answer.status_code == 200, answer.text
		rows = answer.json.get("results") or answer.json.get("message") or []
		return {row["value"] for row in rows}

	assert {worker, team.counsellor} <= found(team.counsellor, "Universal")
	special = found(team.counsellor, "Special Support")
	assert worker in special
	assert team.counsellor not in special
	assert found(team.educator, "Universal") == set()


# To whom it is open -----------------------------------------------------------------------------------------------------


def test_the_unit_never_sees_it(team, api):
	"""The client is the child, in the register of the social services (domain.md §3, 396, 631 and 735). design.md §4: the social register is never visible to unit staff; nor to those who see figures only."""
	for state in ("Draft", "Active", "Ended"):
		with make.attempt():
			doc = make.relationship_in(state, team)
			for user in (team.educator, team.special_educator, team.director):
				assert not sees(user, DOCTYPE, doc.name)
				assert api(user).get(f"/api/resource/{DOCTYPE}/{doc.name}").status_code == 403
				assert api(user).get(f"/api/resource/{DOCTYPE}").status_code == 403


def test_it_opens_the_family_to_the_own_worker_until_it_ends(team):
	"""design.md §4: a social worker sees families granted."""
	referral, worker = received(team)
	child, family = team.child, referral.family
	assert not sees(worker, "Child", child)
	doc = make.make_relationship(team, worker, referral=referral.name)
	assert sees(worker, "Child", child)
	assert sees(worker, "Family", family)
	assert sees(worker, DOCTYPE, doc.name)
	assert writes(worker, doc)
	# Not what the unit has written.
	assert (
		not frappe.has_permission("Concern", "read", user=worker)
		or not frappe.db.exists("Concern", {"child": child})
		or not sees(worker, "Concern", frappe.db.get_value("Concern", {"child": child}))
	)
	doc = make.move(doc, "Start the relationship", worker, **make.start_of_relationship())
	make.move(doc, "End the relationship", worker, ending_reason=make.option("Ending Reason"))
	# The day on which it ends still counts, for reading.
	assert sees(worker, "Child", child)
	assert not writes(worker, frappe.get_doc(DOCTYPE, doc.name))
	with clock.at(factories.days(1)):
		for doctype, name in (("Child", child), ("Family", family), (DOCTYPE, doc.name)):
			assert not sees(worker, doctype, name)


def test_the_family_is_open_from_the_start_to_whoever_becomes_the_own_worker(team):
	"""While it is being prepared, to whoever opened it; from the start on, to the own worker."""
	worker = social_worker()
	doc = make.make_relationship(team, own_worker=worker)
	assert not sees(worker, DOCTYPE, doc.name)
	assert writes(team.counsellor, doc)
	doc = make.move(doc, "Start the relationship", team.counsellor, **make.start_of_relationship())
	assert sees(worker, DOCTYPE, doc.name)
	assert sees(worker, "Child", team.child)
	assert writes(worker, doc)
	assert not writes(team.counsellor, doc)


def test_when_the_own_worker_changes_access_changes_the_same_day(team):
	"""An own worker as long as somebody is a client (domain.md §3, 611-614); a family counsellor may be one (§1, 758)."""
	yesterday, successor, worker = factories.days(-1), social_worker(), team.counsellor
	with clock.at(yesterday):
		doc = make.relationship_in("Active", team)
		doc.own_worker = successor
		with make.acting(worker):
			doc.save()
		assert sees(successor, DOCTYPE, doc.name)
		assert sees(successor, "Family", doc.family)
		assert writes(successor, doc)
		# The screen on which it was handed over does not close; nothing is written on it any more.
		assert sees(worker, DOCTYPE, doc.name)
		assert not writes(worker, doc)
	assert doc.own_worker_name == people.full_name(successor)
	assert sees(successor, "Child", doc.child)
	assert not sees(worker, DOCTYPE, doc.name)
	grants = frappe.get_all(
		"Access Grant",
		filters={"source_doctype": DOCTYPE, "source_name": doc.name},
		fields=["user", "kind", "ended_on"],
	)
	assert {(row.user, row.kind, bool(row.ended_on)) for row in grants} == {
		(worker, policy.CLIENT_RELATIONSHIP, True),
		(successor, policy.CLIENT_RELATIONSHIP, False),
	}


def test_a_colleague_of_the_family_reads_and_does_not_write(team):
	doc = make.relationship_in("Active", team)
	sibling = factories.make_child(unit=team.unit, family=doc.family)
	colleague = factories.make_staff("Family Counsellor", controller=make.county())
	make.relationship_in("Active", team._replace(child=sibling, counsellor=colleague))
	assert sees(colleague, DOCTYPE, doc.name)
	assert not writes(colleague, doc)
	assert not sees(factories.make_staff("Family Counsellor", controller=make.county()), DOCTYPE, doc.name)


def test_whoever_no_longer_works_there_sees_nothing(team):
	doc = make.relationship_in("Active", team)
	frappe.db.delete("Staff Assignment", {"user": team.counsellor})
	from early_support.access import assignments

	assignments.forget()
	assert not sees(team.counsellor, DOCTYPE, doc.name)


def test_breaking_the_glass_opens_no_register_of_the_social_services(team):
	from early_support.access import break_glass

	doc = make.relationship_in("Active", team)
	child = frappe.get_doc("Child", team.child)
	for role in ("Early Educator", "Social Worker"):
		user = factories.make_staff(role, factories.make_unit())
		with make.acting(user):
			break_glass.open_family(
				child.last_name, child.first_names, str(child.birth_date), "Lapsi on yksin kotona."
			)
		assert sees(user, "Child", team.child)
		assert not sees(user, DOCTYPE, doc.name)


def test_it_stays_in_its_register_when_the_child_moves(team):
	"""The child's new unit is written onto it; the register stays that of the worker (703/2023, 13 §)."""
	doc = make.relationship_in("Active", team)
	unit = factories.make_unit(service_area=factories.make_area(controller=factories.make_controller()))
	child = frappe.get_doc("Child", team.child)
	for row in frappe.get_all("Support Period", {"child": child.name}, pluck="name"):
		# The casework of the unit would keep the child from another municipality's unit.
		frappe.db.set_value("Support Period", row, "child", None)
	frappe.db.delete("Concern", {"child": child.name})
	child.update({"unit": unit, "unit_group": None})
	child.save()
	assert frappe.db.get_value(DOCTYPE, doc.name, ["unit", "controller"]) == (unit, make.county())
	doc = frappe.get_doc(DOCTYPE, doc.name)
	with make.acting(team.counsellor):
		doc.ending_note = "Työ jatkuu."
		doc.save()
	assert doc.controller == make.county()


def test_the_way_here_may_be_destroyed_before_it(team):
	"""The unit's register goes by its own times; the relationship goes on."""
	doc = make.relationship_in("Active", team)
	frappe.db.delete("Support Period", {"name": doc.support_period})
	doc = frappe.get_doc(DOCTYPE, doc.name)
	with make.acting(team.counsellor):
		doc.ending_note = "Työ jatkuu."
		doc.save()
	assert make.move(doc, "End the relationship", team.counsellor, ending_reason=make.option("Ending Reason"))


# What is offered --------------------------------------------------------------------------------------------------------


def test_a_referral_offers_the_relationship(team):
	"""Nothing is typed twice: one click, and it can be stored and started."""
	for referred_by, source in ((team.educator, "day-care"), (team.special_educator, "veo")):
		with make.attempt():
			worker = social_worker()
			referral = make.make_referral(team, referred_by, receiver=worker)
			make.move(referral, "Confirm the ground", referred_by)
			make.move(referral, "Record the joint contact", referred_by, **make.contact())
			make.move(referral, "Accept", worker)
			with make.acting(worker):
				assert frappe.get_doc("Referral", referral.name).run_method("onload") is None
				doc = offers.make_client_relationship(referral.name)
				assert (doc.referral, doc.child, doc.source) == (referral.name, team.child, source)
				assert (doc.own_worker, doc.started_with, doc.started_on) == (
					worker,
					"Handling",
					clock.today(),
				)
				doc.insert()
			assert make.move(doc, "Start the relationship", worker).workflow_state == "Active"


def test_a_support_period_offers_the_relationship(team):
	period = make.period_in("Follow-up", team, source="maternity-clinic")
	with make.acting(team.counsellor):
		doc = offers.continue_as_client(period.name)
		assert (doc.support_period, doc.child, doc.source) == (period.name, team.child, "maternity-clinic")
		assert (doc.own_worker, doc.started_with) == (team.counsellor, "Service")
		doc.insert()
	assert make.move(doc, "Start the relationship", team.counsellor).workflow_state == "Active"


def test_a_period_that_ended_with_a_client_leads_on_until_the_end_of_its_day(team):
	"""Support may go on as a client relationship (domain.md §2, 1643): with what is known, and not typed anew."""
	period = make.period_in("Follow-up", team)
	outcome = frappe.db.get_value("Visit Outcome", {"begins_client_relationship": 1, "disabled": 0})
	frappe.clear_messages()
	period = make.move(period, "End the period", team.counsellor, outcome=outcome, rights_told=1)
	assert "client relationship" in str(frappe.get_message_log())
	colleague = factories.make_staff("Family Counsellor", controller=make.county())
	with make.attempt(), pytest.raises((GuardNotMet, frappe.PermissionError)):
		make.make_relationship(team, colleague, support_period=period.name)
	with clock.at(factories.days(1)), make.attempt(), pytest.raises(frappe.PermissionError):
		make.make_relationship(team, support_period=period.name)
	with make.acting(team.counsellor):
		doc = offers.continue_as_client(period.name)
		assert (doc.support_period, doc.own_worker) == (period.name, team.counsellor)
		assert doc.insert().workflow_state == "Draft"


def test_a_source_that_is_no_longer_offered_is_not_filled_in(team):
	period = make.period_in("Under Way", team, source="school")
	frappe.db.set_value("Referral Source", "school", "disabled", 1)
	with make.acting(team.counsellor):
		assert offers.continue_as_client(period.name).source is None


def test_the_way_here_leads_to_the_relationship(team):
	from early_support.casework import clients

	period = make.client_period(team)
	with make.acting(team.counsellor):
		assert clients.relationship_on(period) is None
	doc = make.make_relationship(team, support_period=period.name)
	with make.acting(team.counsellor):
		assert clients.relationship_on(period) == doc.name
	with make.acting(team.educator):
		assert clients.relationship_on(period) is None
