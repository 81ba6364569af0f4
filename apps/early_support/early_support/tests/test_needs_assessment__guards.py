"""The rules of a Needs Assessment. Every rule names where the domain has it; each is tried by the people of a case."""

import datetime

import frappe
import pytest

from early_support.access import assignments, break_glass
from early_support.casework import clock, deadlines
from early_support.exceptions import GuardNotMet, TransitionNotAllowed
from early_support.privacy import retention, subject_package
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.tests.test_workflow_guard__matrix import REFUSALS

START, GUIDE, NARROW, BROAD, DONE, STOP = (
	"Start the initial assessment",
	"Guidance is enough",
	"Go to the narrow assessment",
	"Go to the broad assessment",
	"Complete the assessment",
	"Family withdraws",
)
PROTECTION = {"protection_need": "No", "protection_note": "Koti on turvallinen."}


@pytest.fixture
def team():
	return make.make_team()


def change(doc, user: str, **values):
	with make.acting(user):
		doc = frappe.get_doc(doc.doctype, doc.name)
		doc.update(values)
		return doc.save()


def reads(user: str, doc) -> bool:
	assignments.forget()
	return bool(frappe.has_permission(doc.doctype, "read", doc=doc.name, user=user))


# Who opens it, and on what -------------------------------------------------------------------------------------------


def test_the_counsellor_opens_it_on_the_own_period_and_it_stands_in_her_register(team):
	"""domain.md §3, 517-550; 703/2023, 13 §."""
	doc = make.make_needs_assessment(team)
	child = frappe.get_doc("Child", team.child)
	assert (doc.child, doc.birth_date) == (child.name, child.birth_date)
	assert (doc.controller, doc.assessor, doc.opened_by) == (make.county(), team.counsellor, team.counsellor)
	assert doc.workflow_state == "Opened"


def test_the_receiver_opens_it_on_the_accepted_referral_and_reads_no_child(team):
	"""domain.md §3, 396, 631 and 735: the client is the child; the referral opens nothing else of the family."""
	referral = make.referral_in("Accepted", team)
	doc = make.make_needs_assessment(team, user=referral.receiver, referral=referral.name)
	assert doc.child_name == referral.child_name
	assert reads(referral.receiver, doc)
	for doctype, name in (("Child", team.child), ("Family", doc.family)):
		assert not frappe.has_permission(doctype, "read", doc=name, user=referral.receiver)


@pytest.mark.parametrize("who", ["educator", "special_educator", "director"])
def test_staff_of_the_unit_open_none(team, who):
	"""design.md §4: the social register is never visible to unit staff."""
	period = make.period_in("Under Way", team)
	with pytest.raises(frappe.PermissionError):
		make.make_needs_assessment(team, user=getattr(team, who), support_period=period.name)


def test_a_strange_social_worker_opens_none(team):
	period = make.period_in("Under Way", team)
	with pytest.raises(frappe.PermissionError):
		make.make_needs_assessment(team, user=make.make_social_worker(), support_period=period.name)


def test_a_referral_that_waits_for_its_answer_opens_none(team):
	referral = make.referral_in("Joint Contact", team)
	with pytest.raises(GuardNotMet):
		make.make_needs_assessment(team, user=referral.receiver, referral=referral.name)


def test_the_own_worker_of_a_client_opens_one_and_goes_back_to_the_client(team):
	"""domain.md §3, 522-529: broad as soon as special support is needed in a running service, whatever it began with."""
	team = make.make_team()
	relationship = make.relationship_in("Active", team)
	make.move(
		frappe.get_doc("Support Period", relationship.support_period), "Parents withdraw", team.educator
	)
	doc = make.make_needs_assessment(team, client_relationship=relationship.name, special_support=1)
	assert (doc.child, doc.controller, doc.assessor) == (team.child, relationship.controller, team.counsellor)
	assert doc.ready_due_on
	stranger = factories.make_staff("Family Counsellor", controller=make.county())
	with make.attempt(), pytest.raises(frappe.PermissionError):
		make.make_needs_assessment(team, user=stranger, client_relationship=relationship.name)
	broad = make.go_broad(
		make.move(doc, "Start the initial assessment", team.counsellor, basis=make.option("Assessment Basis"))
	)
	protection = {"protection_need": "No", "protection_note": "Arvioitu yhdessä perheen kanssa."}
	ready = make.move(broad, "Complete the assessment", broad.assessor, **make.result_values(**protection))
	with make.acting(team.counsellor):
		form = frappe.get_doc(ready.doctype, ready.name)
		form.run_method("onload")
	assert (form.get_onload("relationship"), form.get_onload("goes_on")) == (relationship.name, False)


def test_nothing_that_the_app_records_is_taken_from_a_request(team, api):
	period = make.period_in("Under Way", team)
	other, social_worker, municipality = (
		make.make_team(),
		make.make_social_worker(),
		factories.default_controller(),
	)
	answer = api(team.counsellor).post(
		"/api/resource/Needs Assessment",
		json={
			"support_period": period.name,
			"child": other.child,
			"controller": municipality,
			"assessor": social_worker,
			"tier": "Broad",
			"ready_due_on": "2030-01-01",
		},
	)
	assert answer.status_code == 200, answer.text
	made = answer.json["data"]
	assert (made["child"], made["controller"]) == (team.child, make.county())
	assert made["assessor"] == team.counsellor
	assert not made.get("tier")
	assert not made.get("ready_due_on")


# Never visible to unit staff -----------------------------------------------------------------------------------------


def test_unit_staff_see_no_trace_of_it(team, api):
	"""design.md §4, and 703/2023, 4 §."""
	referral = make.referral_in("Accepted", team)
	doc = make.make_needs_assessment(
		team, user=referral.receiver, referral=referral.name, basis_note="kanarialintu"
	)
	for user in (team.educator, team.special_educator, team.director):
		client = api(user)
		assert client.get(f"/api/resource/Needs Assessment/{doc.name}").status_code == 403
		assert client.get("/api/resource/Needs Assessment").status_code == 403
		for doctype, name in (("Child", team.child), ("Family", doc.family), ("Referral", referral.name)):
			answer = client.get(f"/api/method/frappe.desk.form.load.getdoc?doctype={doctype}&name={name}")
			assert answer.status_code == 200, answer.text
			assert doc.name not in answer.text
			assert "Needs Assessment" not in answer.text.replace("needs-assessment", "")
		for method in ("frappe.client.get_count", "frappe.desk.reportview.get_count"):
			answer = client.post(
				f"/api/method/{method}",
				json={"doctype": "Needs Assessment", "filters": {"child": team.child}},
			)
			assert answer.status_code == 403 or not answer.json["message"], (method, answer.text)


def test_a_broken_glass_does_not_open_it(team):
	doc = make.make_needs_assessment(team)
	child = frappe.get_doc("Child", team.child)
	breaker = factories.make_staff("Early Educator", factories.make_unit())
	with make.acting(breaker):
		break_glass.open_family(
			child.last_name,
			child.first_names,
			str(child.birth_date),
			"Poliisi soitti, lapsi on yksin kotona.",
		)
	assert not reads(breaker, doc)


def test_the_move_of_the_child_leaves_the_register_alone(team):
	"""703/2023, 13 §: it keeps its controller, and the new unit's staff see nothing of it."""
	doc = make.make_needs_assessment(team)
	unit = factories.make_unit()
	educator = factories.make_staff("Early Educator", unit)
	with make.acting("Administrator"):
		child = frappe.get_doc("Child", team.child)
		child.update({"unit": unit, "unit_group": None})
		child.save()
	assert frappe.db.get_value(doc.doctype, doc.name, ["unit", "controller"]) == (unit, make.county())
	assert not reads(educator, doc)
	assert reads(team.counsellor, doc)


# Tiers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["Initial", "Guidance Given", "Narrow", "Ready"])
def test_a_family_counsellor_makes_initial_and_narrow_assessments(team, state):
	"""domain.md §3, 517-518: narrow where early support is enough; 542-547: initial and narrow by a licensed social-care professional; §1, 766-770."""
	doc = make.needs_assessment_in(state, team)
	assert doc.workflow_state == state
	assert doc.tier == ("Narrow" if state == "Ready" else state)
	assert doc.started_on == clock.today()


@pytest.mark.parametrize("state", ["Opened", "Initial", "Guidance Given", "Narrow"])
def test_the_broad_tier_is_never_a_counsellors(team, state):
	"""domain.md §3, 542-547: broad always by a social worker."""
	doc = make.needs_assessment_in(state, team)
	with pytest.raises(REFUSALS):
		make.move(doc, BROAD, team.counsellor)
	assert frappe.db.get_value(doc.doctype, doc.name, "workflow_state") == state


def test_no_workflow_makes_the_broad_tier_a_counsellors(team):
	"""design.md §3: holds whatever the Workflow says."""
	allow("Initial", BROAD, "Broad")
	doc = make.needs_assessment_in("Initial", team)
	with pytest.raises(GuardNotMet, match="social worker"):
		make.move(doc, BROAD, team.counsellor)


def test_no_workflow_lets_a_counsellor_complete_the_broad_tier(team):
	allow("Broad", DONE, "Ready")
	doc = make.needs_assessment_in("Broad", team)
	make.prepare(doc, **make.result_values(**PROTECTION))
	with pytest.raises(GuardNotMet, match="social worker"):
		make.move(doc, DONE, team.counsellor)


def allow(state: str, action: str, target: str) -> None:
	workflow = frappe.get_doc("Workflow", "Needs Assessment")
	workflow.append(
		"transitions",
		{
			"state": state,
			"action": action,
			"next_state": target,
			"allowed": "Family Counsellor",
			"allow_self_approval": 1,
		},
	)
	workflow.save()


def test_no_right_to_write_makes_it_somebody_elses(team):
	"""domain.md §3, 542-547: by licensed professionals, and by those whose it is."""
	doc = make.make_needs_assessment(team)
	for user, message in (
		(team.educator, "by family counsellors and social workers only"),
		(make.make_social_worker(), "and whoever was asked to join"),
	):
		doc.reload()
		doc.update({"workflow_state": "Initial", "basis": make.option("Assessment Basis")})
		with make.attempt(), make.acting(user), pytest.raises(GuardNotMet, match=message):
			doc.save(ignore_permissions=True)


def test_a_social_worker_who_was_asked_to_join_takes_over_as_a_pair(team):
	"""domain.md §3, 542-547: others can consult one; §1, 766-770: the counsellor works as a pair."""
	doc = make.needs_assessment_in("Initial", team)
	social_worker = make.make_social_worker()
	assert not reads(social_worker, doc)
	doc = change(doc, team.counsellor, colleague=social_worker)
	assert reads(social_worker, doc)
	doc = make.move(doc, BROAD, social_worker)
	assert (doc.assessor, doc.colleague, doc.tier) == (social_worker, team.counsellor, "Broad")
	assert reads(team.counsellor, doc)
	# The pair writes along.
	change(doc, team.counsellor, parents_view="Illat ovat raskaita.")
	with pytest.raises(REFUSALS):
		make.move(doc, STOP, team.counsellor, **make.withdrawal_of_assessment())


def test_a_counsellor_hands_it_on_and_is_closed_out_at_once(team):
	doc = make.needs_assessment_in("Initial", team)
	social_worker = make.make_social_worker()
	doc = change(doc, team.counsellor, assessor=social_worker)
	assert reads(social_worker, doc)
	assert not reads(team.counsellor, doc)
	doc = make.move(doc, BROAD, social_worker)
	assert doc.assessor == social_worker
	with pytest.raises(GuardNotMet, match="social worker"):
		change(doc, social_worker, assessor=team.counsellor)


@pytest.mark.parametrize("field", ["assessor", "colleague"])
def test_it_is_handed_only_to_those_who_work_in_this_register(team, field):
	"""703/2023, 13 §."""
	doc = make.needs_assessment_in("Initial", team)
	county = factories.make_controller(kind="Wellbeing Services County", municipality_code=None)
	for user in (
		team.educator,
		factories.make_user("Social Worker"),
		factories.make_staff("Social Worker", controller=county),
	):
		with pytest.raises(GuardNotMet):
			change(doc, team.counsellor, **{field: user})
		assert not reads(user, doc)


@pytest.mark.parametrize("field", ["assessor", "colleague"])
def test_it_is_not_handed_to_who_has_left(team, field):
	doc = make.needs_assessment_in("Initial", team)
	social_worker = make.make_social_worker()
	frappe.db.set_value("User", social_worker, "enabled", 0)
	with pytest.raises(GuardNotMet, match="neither a family counsellor nor a social worker"):
		change(doc, team.counsellor, **{field: social_worker})


def test_somebody_assesses_and_somebody_else_joins(team):
	doc = make.needs_assessment_in("Initial", team)
	with make.attempt(), pytest.raises(GuardNotMet, match="name who assesses"):
		change(doc, team.counsellor, assessor=None)
	with pytest.raises(GuardNotMet, match="not asked to join"):
		change(doc, team.counsellor, colleague=team.counsellor)


def test_whoever_joins_hands_nothing_on_to_a_third(team):
	doc = make.needs_assessment_in("Initial", team)
	social_worker = make.make_social_worker()
	doc = change(doc, team.counsellor, colleague=social_worker)
	with pytest.raises(GuardNotMet):
		change(doc, social_worker, assessor=make.make_social_worker())


def test_only_those_whose_it_is_write_it(team):
	doc = make.needs_assessment_in("Initial", team)
	for user in (make.make_social_worker(), make.make_team().counsellor, team.director):
		with pytest.raises(REFUSALS):
			change(doc, user, basis_note="x")


# Special support -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("marks", [{"special_support": 1}, {"special_need": 1, "several_services": 1}])
@pytest.mark.parametrize("action", [GUIDE, NARROW])
def test_special_support_forces_the_broad_tier(team, marks, action):
	"""domain.md §3, 522-529."""
	doc = make.needs_assessment_in("Initial", team)
	with pytest.raises(GuardNotMet, match="broad assessment"):
		make.move(doc, action, team.counsellor, **make.guidance_values(), **marks)
	assert frappe.db.get_value(doc.doctype, doc.name, "workflow_state") == "Initial"


@pytest.mark.parametrize("state", ["Narrow", "Guidance Given"])
def test_a_need_that_appears_later_forces_it_too(team, state):
	"""domain.md §3, 522-529: during an initial or narrow assessment."""
	doc = make.needs_assessment_in(state, team)
	doc = change(doc, team.counsellor, special_need=1, several_services=1, **make.result_values())
	with pytest.raises(GuardNotMet, match="broad assessment"):
		make.move(doc, DONE, team.counsellor)
	social_worker = make.make_social_worker()
	doc = make.move(change(doc, team.counsellor, colleague=social_worker), BROAD, social_worker)
	doc = make.move(doc, DONE, social_worker, **PROTECTION)
	assert (doc.workflow_state, doc.tier) == ("Ready", "Broad")


@pytest.mark.parametrize("marks", [{"special_need": 1}, {"several_services": 1}])
def test_one_of_the_two_leaves_the_choice(team, marks):
	doc = make.needs_assessment_in("Initial", team)
	assert make.move(doc, NARROW, team.counsellor, **marks).workflow_state == "Narrow"


def test_only_a_social_worker_takes_the_mark_back(team):
	doc = make.needs_assessment_in("Initial", team, special_support=1)
	with pytest.raises(GuardNotMet, match="takes back"):
		change(doc, team.counsellor, special_support=0)
	social_worker = make.make_social_worker()
	change(doc, team.counsellor, colleague=social_worker)
	doc = change(doc, social_worker, special_support=0)
	assert not doc.ready_due_on
	assert make.move(doc, NARROW, team.counsellor).workflow_state == "Narrow"


def test_child_protection_is_a_social_workers_part_of_the_broad_tier(team):
	"""domain.md §3, 542-547: and the child-protection need in it."""
	doc = make.needs_assessment_in("Narrow", team)
	with pytest.raises(GuardNotMet):
		change(doc, team.counsellor, **PROTECTION)
	social_worker = make.make_social_worker()
	doc = change(doc, team.counsellor, colleague=social_worker)
	with pytest.raises(GuardNotMet, match="part of the broad"):
		change(doc, social_worker, **PROTECTION)
	doc = make.move(doc, BROAD, social_worker)
	with pytest.raises(GuardNotMet):
		change(doc, team.counsellor, **PROTECTION)
	doc = change(doc, social_worker, **make.result_values())
	with pytest.raises(GuardNotMet, match="Is child protection needed"):
		make.move(doc, DONE, social_worker)
	assert make.move(doc, DONE, social_worker, **PROTECTION).workflow_state == "Ready"


# Days ----------------------------------------------------------------------------------------------------------------


def test_the_statutory_days_are_stored_when_the_child_is_marked(team):
	"""domain.md §3, Social Welfare Act 36 §: begun in 7 working days, ready in 3 months."""
	with clock.at("2026-12-21 09:00"):
		period = make.period_in("Under Way", team)
		doc = make.make_needs_assessment(team, support_period=period.name)
		assert (doc.start_due_on, doc.ready_due_on) == (None, None)
		doc = change(doc, team.counsellor, special_support=1)
		assert str(doc.special_since) == "2026-12-21"
		assert (doc.start_due_on, doc.ready_due_on) == (
			datetime.date(2027, 1, 4),
			datetime.date(2027, 3, 21),
		)
		# An earlier day on which the need was known moves them.
		doc = change(doc, team.counsellor, pending_since="2026-12-18")
		assert (doc.start_due_on, doc.ready_due_on) == (
			datetime.date(2026, 12, 31),
			datetime.date(2027, 3, 18),
		)


def test_the_days_are_stored_at_the_opening_of_a_marked_one(team):
	doc = make.make_needs_assessment(team, special_support=1)
	assert doc.start_due_on == deadlines.start_by(clock.today())
	assert doc.ready_due_on == deadlines.ready_by(clock.today())
	assert doc.special_since == clock.today()


def test_the_day_on_which_the_need_was_known_stays_once_it_has_begun(team):
	doc = make.needs_assessment_in("Initial", team, special_support=1)
	with pytest.raises(GuardNotMet, match="can no longer be changed"):
		change(doc, team.counsellor, pending_since=str(factories.days(-30)))


def test_nothing_is_decided_before_the_need_was_known(team):
	doc = make.needs_assessment_in("Narrow", team)
	with pytest.raises(GuardNotMet, match="cannot be before"):
		change(doc, team.counsellor, decision_on=factories.days(-1))


def test_no_day_lies_in_the_future(team):
	with pytest.raises(GuardNotMet):
		make.make_needs_assessment(team, pending_since=str(factories.days(1)))
	doc = make.needs_assessment_in("Narrow", team)
	with pytest.raises(GuardNotMet):
		change(doc, team.counsellor, services=[{"service": make.SERVICE, "started_on": factories.days(1)}])


# Ready ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"field",
	["child_view", "parents_view", "worker_view", "participants", "result", "result_note", "rights_told"],
)
def test_ready_needs_the_three_views_and_a_result(team, field):
	"""domain.md §3, 611-614, 746-751 and 542; design.md §3."""
	doc = make.needs_assessment_in("Narrow", team)
	values = {**make.result_values(), field: "  " if field.endswith(("view", "note")) else None}
	with pytest.raises(GuardNotMet, match=frappe.get_meta(doc.doctype).get_label(field)):
		make.move(doc, DONE, team.counsellor, **values)


def test_a_refusal_of_a_service_needs_a_decision(team):
	"""domain.md §3, 611-614: a right to a decision, also a refusal."""
	doc = make.needs_assessment_in("Narrow", team)
	doc = change(doc, team.counsellor, **make.result_values(result="refused"))
	with pytest.raises(GuardNotMet, match="Decision made on"):
		make.move(doc, DONE, team.counsellor)
	decision = {"decision_on": clock.today(), "decision_note": "Tarve täyttyy muussa palvelussa."}
	assert make.move(doc, DONE, team.counsellor, **decision).workflow_state == "Ready"


def test_what_a_service_stands_on_is_data_of_the_service(team):
	"""domain.md §3, 670-676 and 683-685: early support needs no decision, special support a broad assessment and one."""
	rows = [{"service": "toy-library"}]
	service = frappe.get_doc(
		{
			"doctype": "Support Service",
			"code": "toy-library",
			"title": "Lelulainaamo",
			"category": "Family support",
		}
	).insert()
	doc = make.needs_assessment_in("Narrow", team)
	doc = change(doc, team.counsellor, **make.result_values(services=rows))
	service.update({"needs_broad_assessment": 1}).save()
	with make.attempt(), pytest.raises(GuardNotMet, match="Lelulainaamo”"):
		make.move(doc, DONE, team.counsellor)
	service.update({"needs_broad_assessment": 0, "needs_decision": 1}).save()
	with make.attempt(), pytest.raises(GuardNotMet, match="Decision made on"):
		make.move(doc, DONE, team.counsellor)
	service.update({"needs_decision": 0}).save()
	assert make.move(doc, DONE, team.counsellor).workflow_state == "Ready"


def test_guidance_may_be_all(team):
	"""domain.md §3, 517-518: early support may be enough; 352-354: guidance can be given without more."""
	doc = make.needs_assessment_in("Guidance Given", team)
	doc = make.move(doc, DONE, team.counsellor, **make.result_values(result="guidance"))
	assert (doc.workflow_state, doc.tier) == ("Ready", "Guidance Given")


def test_guidance_needs_to_be_written_down(team):
	doc = make.needs_assessment_in("Initial", team)
	with pytest.raises(GuardNotMet):
		make.move(doc, GUIDE, team.counsellor, rights_told=1)


def test_a_service_starts_at_once_beside_the_assessment(team):
	"""domain.md §3, 399-402."""
	services = [{"service": make.SERVICE, "started_on": clock.today()}, {"service": make.SERVICE}]
	doc = make.make_needs_assessment(team, services=services)
	assert [row.started_on for row in doc.services] == [clock.today(), None]


@pytest.mark.parametrize("missing", ["withdrawn_by", "withdrawn_reason"])
@pytest.mark.parametrize("state", ["Opened", "Initial", "Guidance Given", "Narrow"])
def test_a_family_says_no_with_a_reason(team, state, missing):
	"""domain.md §3, 611-614 and 1640: it is voluntary."""
	doc = make.needs_assessment_in(state, team)
	values = make.withdrawal_of_assessment()
	with pytest.raises(GuardNotMet):
		make.move(doc, STOP, team.counsellor, **{**values, missing: " "})
	doc = make.move(doc, STOP, team.counsellor, **values)
	assert (doc.workflow_state, doc.withdrawn_on) == ("Withdrawn", clock.today())


@pytest.mark.parametrize("state", ["Ready", "Withdrawn"])
def test_what_has_ended_stays_and_closes_with_the_day(team, state):
	doc = make.needs_assessment_in(state, team)
	with pytest.raises(REFUSALS):
		change(doc, team.counsellor, result_note="x")
	assert reads(team.counsellor, doc)
	with clock.at(factories.days(1)):
		assert not reads(team.counsellor, doc)


def test_the_basis_is_named_before_it_begins(team):
	doc = make.make_needs_assessment(team)
	with pytest.raises(GuardNotMet):
		make.move(doc, START, team.counsellor)
	with pytest.raises((TransitionNotAllowed, *REFUSALS)):
		make.move(doc, DONE, team.counsellor)


def test_the_assessor_reads_the_familys_others_in_the_own_register_only(team):
	"""703/2023, 13 §: what another county has assessed stays with it."""
	doc = make.make_needs_assessment(team)
	sibling = factories.make_child(unit=team.unit, family=doc.family)
	theirs = make.make_team(unit=team.unit)._replace(child=sibling)
	other = make.make_needs_assessment(theirs)
	assert reads(team.counsellor, other)
	with pytest.raises(REFUSALS):
		change(other, team.counsellor, basis_note="x")
	make.prepare(other, controller=factories.make_controller())
	assert not reads(team.counsellor, other)


# Over REST -----------------------------------------------------------------------------------------------------------


def put(api, user: str, doc, **values):
	return api(user).put(f"/api/resource/{doc.doctype}/{doc.name}", json={**values, **make.version(doc)})


def test_the_rules_hold_over_rest(team, api):
	"""design.md §3: guards that hold on every channel."""
	doc = make.needs_assessment_in("Initial", team, special_support=1)
	for values in (
		{"workflow_state": "Narrow"},
		{"workflow_state": "Broad"},
		{"workflow_state": "Ready"},
		{"special_support": 0},
		PROTECTION,
		{"assessor": team.educator},
	):
		answer = put(api, team.counsellor, doc, **values)
		assert answer.status_code in (403, 417), (values, answer.text)
	assert frappe.db.get_value(doc.doctype, doc.name, ["workflow_state", "assessor"]) == (
		"Initial",
		team.counsellor,
	)
	# What is recorded stays, whatever is sent along.
	answer = put(api, team.counsellor, doc, basis_note="Soitto.", ready_due_on="2030-01-01", tier="Broad")
	assert answer.status_code == 200, answer.text
	assert (answer.json["data"]["tier"], answer.json["data"]["basis_note"]) == ("Initial", "Soitto.")
	assert answer.json["data"]["ready_due_on"] == str(doc.ready_due_on)


@pytest.mark.parametrize("who", ["educator", "director"])
def test_unit_staff_write_none_over_rest(team, api, who):
	doc = make.needs_assessment_in("Initial", team)
	assert put(api, getattr(team, who), doc, basis_note="x").status_code == 403
	period = doc.support_period
	answer = api(getattr(team, who)).post("/api/resource/Needs Assessment", json={"support_period": period})
	assert answer.status_code == 403, answer.text


def test_a_stale_form_is_refused(team, api):
	doc = make.needs_assessment_in("Initial", team)
	stale = make.version(doc)
	change(doc, team.counsellor, basis_note="Ensin tämä.")
	answer = api(team.counsellor).put(
		f"/api/resource/{doc.doctype}/{doc.name}", json={"basis_note": "Sitten tämä.", **stale}
	)
	assert answer.status_code == 409, answer.text


# How long it is kept, and who answers for it -------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "has_ended"), [("Narrow", False), ("Ready", True), ("Withdrawn", True)])
def test_its_time_begins_when_it_has_ended_and_goes_by_its_own_register(team, state, has_ended):
	"""domain.md §9.6: 30 years for social services, by the rule of the controller in whose register it stands."""
	doc = make.needs_assessment_in(state, team)
	items = {item.key: item for item in retention.read_families([doc.family])}
	item = items[doc.doctype, doc.name]
	assert item.ends_on == (clock.today() if has_ended else None)
	assert (item.controller, item.belongs_to) == (make.county(), ("Child", team.child))


def test_the_package_of_a_register_holds_those_that_stand_in_it(team):
	"""703/2023, 13 §: for another controller's register, that controller answers."""
	doc = make.make_needs_assessment(team)

	def held(controller: str) -> list[str]:
		records = subject_package.gather(team.child, controller)
		return [record["code"] for record in records if record["doctype"] == doc.doctype]

	of_unit = frappe.db.get_value("Child", team.child, "controller")
	assert (held(of_unit), held(make.county())) == ([], [doc.name])
	make.prepare(doc, controller=of_unit)
	assert (held(of_unit), held(make.county())) == ([doc.name], [])
