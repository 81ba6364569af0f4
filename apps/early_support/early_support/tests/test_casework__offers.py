"""What the forms offer next, and what the forms are given to show."""

import frappe
import pytest

from early_support.casework import clock, offers, people, services, zones
from early_support.exceptions import GuardNotMet
from early_support.tests import case_factories as make
from early_support.tests import factories


def test_a_support_period_is_offered_with_what_is_known(team):
	concern = make.concern_in("Meeting Agreed", team)
	concern = make.prepare(concern, meeting_on=factories.days(7))
	with make.acting(team.educator):
		period = offers.make_support_period(concern.name)
		assert (period.concern, period.child, period.unit) == (concern.name, team.child, team.unit)
		assert (period.counsellor, period.meeting_on) == (team.counsellor, factories.days(7))
		assert period.agreed_by == concern.discussed_with
		assert period.visit_limit == 3
		assert period.insert().workflow_state == "Proposed"


def test_with_two_liaisons_nobody_chooses_for_the_worker(team):
	factories.make_liaison(team.unit, factories.make_staff("Family Counsellor"))
	concern = make.concern_in("Meeting Agreed", team)
	with make.acting(team.educator):
		assert offers.make_support_period(concern.name).counsellor is None


def test_a_visit_is_offered_on_the_day_of_the_meeting(team):
	period = make.period_in("Agreed", team, meeting_on=factories.days(3))
	with make.acting(team.counsellor):
		visit = offers.make_visit(period.name)
		assert (visit.support_period, visit.visit_date, visit.place) == (
			period.name,
			factories.days(3),
			"Unit",
		)
		assert [row.role for row in visit.participants] == ["Guardian", "Child", "Family Counsellor"]
		visit.insert()
		assert offers.make_visit(period.name).visit_date is None


@pytest.mark.parametrize("offer", ["begin_child_plan", "make_child_plan"])
def test_a_plan_is_offered_with_the_services_by_their_titles(team, api, offer):
	team = team._replace(child=factories.make_child(unit=team.unit))
	source = team.child if offer == "begin_child_plan" else make.child_plan_in("Confirmed", team).name
	answer = api(team.educator).post(
		f"/api/method/early_support.casework.offers.{offer}", json={"source_name": source}
	)
	assert answer.status_code == 200, answer.text
	plan = answer.json["message"]
	assert (plan["child"], plan["unit"], plan["begun_on"]) == (team.child, team.unit, str(clock.today()))
	assert [row["service"] for row in plan["services"]] == services.offered()
	last = None if offer == "begin_child_plan" else "No"
	assert {row.get("last_answer") for row in plan["services"]} == {last}
	assert [row["goal"] for row in plan.get("last_goals") or ()] == (
		["Aamuun rauhallinen alku"] if last else []
	)
	for row in plan["services"]:
		title = frappe.db.get_value("Support Service", row["service"], "title")
		assert answer.json["_link_titles"][f"Support Service::{row['service']}"] == title


def test_what_was_agreed_is_offered_with_everybody_known(team):
	"""Nothing is typed twice: the child, the day of the meeting, the guardians, and who records it."""
	concern = make.prepare(make.concern_in("Meeting Agreed", team), meeting_on=factories.days(0))
	family = frappe.get_doc("Family", concern.family)
	for user, role in ((team.educator, "Early Educator"), (team.director, "Unit Director")):
		name = people.full_name(user)
		with make.attempt(), make.acting(user):
			meeting = offers.make_network_meeting(concern.name)
			assert (meeting.concern, meeting.child, meeting.unit) == (concern.name, team.child, team.unit)
			assert (meeting.meeting_on, meeting.contact_person) == (factories.days(0), name)
			assert [(row.role, row.participant_name) for row in meeting.participants] == [
				*(("Guardian", guardian.full_name) for guardian in family.guardians),
				(role, name),
			]
			assert family.guardians
			assert meeting.insert().workflow_state == "Draft"
			assert meeting.participants[-1].controller == factories.default_controller()


def test_a_concern_leads_to_what_was_agreed(team):
	concern = make.concern_in("Meeting Agreed", team)
	with make.acting(team.educator):
		assert frappe.get_doc("Concern", concern.name).get_meeting() is None
	meeting = make.make_network_meeting(team, concern=concern.name)
	with make.acting(team.educator):
		assert frappe.get_doc("Concern", concern.name).get_meeting() == meeting.name
	with make.acting(make.make_team().educator):
		assert frappe.get_doc("Concern", concern.name).get_meeting() is None


def test_an_anonymous_question_carries_nothing_that_leads_back(team):
	"""domain.md §2, 1629-1631"""
	concern = make.concern_in("Discussed", team, strengths="Leikkii pitkään.")
	with make.acting(team.educator):
		question = offers.make_consultation(concern.name)
	defaults = frappe.new_doc("Consultation").as_dict()
	given = {key for key, value in question.as_dict().items() if value and value != defaults.get(key)}
	assert given - {"name", "owner", "__unsaved"} == {"unit", "age_band"}
	assert question.unit == team.unit


def test_an_assessment_on_a_period_brings_the_guardians(team):
	"""domain.md §9.9: a number under non-disclosure stays out."""
	family = frappe.get_doc("Family", frappe.db.get_value("Child", team.child, "family"))
	family.append("guardians", {"full_name": "Salla Salainen", "relation": "isä", "non_disclosure": 1})
	family.guardians[0].phone = "040 555 0101"
	family.save()
	period = make.period_in("Under Way", team)
	with make.acting(team.counsellor):
		doc = offers.begin_needs_assessment(period.name)
		assert {row.participant_name: row.phone for row in doc.participants if row.role == "Guardian"} == {
			family.guardians[0].full_name: "040 555 0101",
			"Salla Salainen": None,
		}
		assert doc.insert().workflow_state == "Opened"


def test_an_assessment_on_a_referral_brings_nothing_that_it_does_not_open(team):
	"""domain.md §5, 45: the guardians have agreed to what stands in the referral, and to nothing else."""
	referral = make.referral_in("Accepted", team)
	with make.acting(referral.receiver):
		doc = offers.make_needs_assessment(referral.name)
		assert [row.role for row in doc.participants] == ["Child"]
		assert doc.insert().referral == referral.name
	# Nor an empty message, which Frappe leaves behind whoever asks a document for a right that is not there.
	assert frappe.get_message_log() == []


def test_an_assessment_is_not_offered_before_the_family_was_received(team):
	referral = make.referral_in("Joint Contact", team)
	with make.acting(referral.receiver), pytest.raises(GuardNotMet):
		offers.make_needs_assessment(referral.name)


SOURCES = {
	"make_support_period": lambda team: make.concern_in("Meeting Agreed", team),
	"make_consultation": lambda team: make.concern_in("Discussed", team),
	"make_visit": lambda team: make.period_in("Agreed", team),
	"make_child_plan": lambda team: make.child_plan_in("Confirmed", team),
	"begin_child_plan": lambda team: frappe.get_doc("Child", team.child),
	"make_network_meeting": lambda team: make.concern_in("Meeting Agreed", team),
	"make_cooperation_consent": lambda team: make.concern_in("Discussed", team),
	"ask_consent_in_support": lambda team: make.period_in("Under Way", team),
	"ask_consent_by_plan": lambda team: make.child_plan_in("Confirmed", team),
	"ask_consent_anew": lambda team: make.consent_in("Given", team),
	"begin_cooperation_consent": lambda team: frappe.get_doc("Child", team.child),
	"make_referral": lambda team: make.consent_in("Given", team),
	"make_client_relationship": lambda team: make.referral_in("Accepted", team, receiver=team.counsellor),
	"continue_as_client": lambda team: make.period_in("Under Way", team),
	"go_on_as_client": lambda team: make.needs_assessment_in("Ready", team),
	"make_support_plan": lambda team: make.relationship_in("Active", team),
	"make_plan_review": lambda team: make.support_plan_in("Agreed", team),
	"make_needs_assessment": lambda team: make.referral_in("Accepted", team),
	"begin_needs_assessment": lambda team: make.period_in("Under Way", team),
	"assess_client": lambda team: make.relationship_in("Active", team),
}
# What is offered to whoever works with the family. The others are the unit's.
COUNSELLORS = (
	"make_visit",
	"make_client_relationship",
	"continue_as_client",
	"go_on_as_client",
	"make_support_plan",
	"make_plan_review",
	"make_needs_assessment",
	"begin_needs_assessment",
	"assess_client",
)


def taker(offer: str, team, source) -> str:
	"""Return to whom the next document is offered."""
	if offer == "make_needs_assessment":
		return source.receiver
	return team.counsellor if offer in COUNSELLORS else team.educator


def test_the_concern_goes_along_to_the_consent_and_the_referral(team):
	period = make.period_in("Under Way", team)
	with make.acting(team.educator):
		by_concern = offers.make_cooperation_consent(period.concern)
	with make.acting(team.counsellor):
		consent = offers.ask_consent_in_support(period.name)
	assert by_concern.concern == consent.concern == period.concern
	stored = make.consent_in("Given", team, concern=consent.concern)
	with make.acting(team.educator):
		assert offers.make_referral(stored.name).concern == period.concern


def test_what_has_expired_is_asked_for_anew(team):
	"""Told what to whom and until when (domain.md §4, 1560-1564): the same, but for another time, and nobody has answered yet."""
	with clock.at(factories.days(-400)):
		concern = make.concern_in("Discussed", team)
		old = make.consent_in(
			"Given",
			team,
			concern=concern.name,
			recipients=[
				{"service": make.SERVICE, "worker": "Perheneuvoja"},
				{"service": make.option("Support Service")},
			],
			asked_on=clock.today(),
			valid_from=clock.today(),
		)
	with make.acting(team.special_educator):
		new = offers.ask_consent_anew(old.name)
		assert (new.child, new.concern, new.purpose) == (old.child, concern.name, old.purpose)
		assert [(row.service, row.worker) for row in new.recipients] == [
			(row.service, row.worker) for row in old.recipients
		]
		assert [row.section for row in new.sections] == list(make.SECTIONS)
		assert [row.answer for row in new.answers] == [None]
		new = new.insert()
	assert new.workflow_state == "Draft"
	assert old.valid_until < clock.today() < new.valid_until
	# What the administrators offer no longer is not asked for.
	frappe.db.set_value("Support Service", make.SERVICE, "disabled", 1)
	frappe.db.set_value("Shared Section", make.SECTIONS[0], "disabled", 1)
	with make.acting(team.educator):
		new = offers.ask_consent_anew(old.name)
	assert [row.service for row in new.recipients] == [make.option("Support Service")]
	assert [row.section for row in new.sections] == list(make.SECTIONS[1:])


def test_a_consent_grows_out_of_a_concern_about_the_same_child(team):
	about_sibling = make.concern_in("Raised", team._replace(child=factories.make_child(unit=team.unit)))
	with pytest.raises(GuardNotMet, match="another child"):
		make.make_consent(team, concern=about_sibling.name)


def broadly_assessed(team, **values):
	"""Return a ready broad assessment of the counsellor's period, made by a social worker."""
	marked = make.needs_assessment_in("Broad", team, special_support=1)
	protection = {"protection_need": "No", "protection_note": "Arvioitu yhdessä perheen kanssa."}
	return make.move(
		marked, "Complete the assessment", marked.assessor, **make.result_values(**protection, **values)
	)


def test_a_relationship_after_a_broad_assessment_is_offered_with_its_tier_and_worker(team):
	"""domain.md §1, 736-737: a social worker, whoever opens it."""
	team = make.make_team()
	assessment = broadly_assessed(team)
	with make.acting(team.counsellor):
		doc = offers.go_on_as_client(assessment.name)
		assert (doc.tier, doc.own_worker) == ("Special Support", assessment.assessor)
		assert doc.support_period == assessment.support_period
		assert doc.insert().own_worker == assessment.assessor
	# The period is not the social worker's, who is not led there in vain.
	for user, goes_on in ((team.counsellor, True), (assessment.assessor, False)):
		with make.acting(user):
			form = frappe.get_doc(assessment.doctype, assessment.name)
			form.run_method("onload")
			assert form.get_onload("goes_on") is goes_on
	with make.acting(team.counsellor):
		assert form.get_onload("relationship") is None
		form.run_method("onload")
		assert form.get_onload("relationship") == doc.name


def test_a_support_plan_begins_with_the_views_of_the_assessment(team):
	team = make.make_team()
	make.needs_assessment_in("Ready", team)
	relationship = make.relationship_in("Active", team)
	views = ("child_view", "parents_view", "worker_view")
	with make.acting(team.counsellor):
		plan = offers.make_support_plan(relationship.name)
	assert {view: plan.get(view) for view in views} == {view: make.result_values()[view] for view in views}


def test_a_support_plan_begins_empty_where_nothing_was_assessed(team):
	team = make.make_team()
	relationship = make.relationship_in("Active", team)
	with make.acting(team.counsellor):
		assert offers.make_support_plan(relationship.name).parents_view is None


@pytest.mark.parametrize("offer", SOURCES)
def test_nothing_that_is_filled_in_waits_for_its_title(team, offer, api):
	"""A link field is empty until it has the title, and the desk empties the document with it when the user moves on."""
	source = SOURCES[offer](team)
	answer = api(taker(offer, team, source)).post(
		f"/api/method/early_support.casework.offers.{offer}", json={"source_name": source.name}
	)
	assert answer.status_code == 200, answer.text
	doc = frappe.get_doc(answer.json["message"])
	shown = [
		(field.options, row.get(field.fieldname))
		for row in (doc, *doc.get_all_children())
		for field in row.meta.get_link_fields()
		if row.get(field.fieldname) and frappe.get_meta(field.options).show_title_field_in_link
	]
	assert shown
	assert {f"{doctype}::{name}" for doctype, name in shown} <= set(answer.json["_link_titles"])


@pytest.mark.parametrize("offer", SOURCES)
def test_offers_are_refused_to_others(team, offer, api):
	doc = SOURCES[offer](team)
	other = make.make_team()
	users = [
		other.educator,
		other.counsellor,
		factories.make_staff("Area Director", area=factories.default_area()),
		None,
	]
	users += [team.director] if offer not in ("make_consultation", "make_network_meeting") else []
	users += [team.educator, team.special_educator] if offer in COUNSELLORS else []
	users += [team.counsellor] if "plan" in offer and offer not in COUNSELLORS else []
	for user in users:
		response = api(user).post(
			f"/api/method/early_support.casework.offers.{offer}", json={"source_name": doc.name}
		)
		assert response.status_code in (401, 403), (user, response.text[:300])
		# What was asked for by its name may be named in the refusal.
		assert doc.name == team.child or team.child not in response.text


@pytest.mark.parametrize(
	("months", "band"),
	[(0, "0-2"), (35, "0-2"), (36, "3-4"), (59, "3-4"), (60, "5-6"), (83, "5-6"), (300, None)],
)
def test_age_bands(site, months, band):
	today = clock.today()
	born = frappe.utils.add_months(today, -months)
	assert offers.age_band(born) == band


def test_the_day_before_a_birthday_counts_as_younger(site):
	with clock.at("2026-11-24"):
		assert offers.age_band("2023-11-24") == "3-4"
		assert offers.age_band("2023-11-25") == "0-2"
	assert offers.age_band(None) is None


def test_counsellors_are_found_by_name_liaisons_first(team):
	other = factories.make_staff("Family Counsellor", first_name="Aada")
	gone = factories.make_staff("Family Counsellor", enabled=0)
	former = factories.make_staff("Family Counsellor", to_date=factories.days(-1))

	def found(txt: str = "") -> list[str]:
		rows = people.find_counsellors("User", txt, "name", 0, 50, {"unit": team.unit})
		return [row[0] for row in rows]

	with make.acting(team.educator):
		assert found()[0] == team.counsellor
		assert other in found()
		assert found("Aada") == [other]
		assert {gone, former, team.educator, team.director}.isdisjoint(found())
	outsider = factories.make_staff("Area Director", area=factories.default_area())
	with make.acting(outsider):
		assert found() == []


def test_a_liaison_whose_time_is_over_is_not_offered(team):
	with clock.at("2009-12-31"):
		assert people.liaison_counsellors(team.unit) == []
	assert people.liaison_counsellors(team.unit) == [team.counsellor]


def test_own_units(team):
	with make.acting(team.educator):
		assert people.own_units() == [team.unit]
	with make.acting(team.counsellor):
		assert people.own_units() == []


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_scale_speaks_the_users_language(team, language):
	suffix = {"fi": "", "sv": "_sv", "en": "_en"}[language]
	frappe.local.lang = language
	with make.acting(team.educator):
		scale = zones.scale()
	assert [zone["name"] for zone in scale] == list("1234567")
	stored = frappe.get_doc("Worry Zone", "5")
	for text in ("title", "meaning", "guidance", "suggested_action"):
		assert scale[4][text] == stored.get(f"{text}{suffix}")


def test_a_missing_translation_falls_back_to_finnish(team):
	zone = frappe.get_doc("Worry Zone", "5")
	frappe.db.set_value("Worry Zone", "5", "guidance_sv", "")
	frappe.local.lang = "sv"
	assert zones.scale()[4]["guidance"] == zone.guidance


def test_names_of_colleagues_come_with_the_form(team):
	concern = make.make_concern(team)
	wrote = {"doctype": "Version", "ref_doctype": "Concern", "docname": concern.name, "data": "{}"}
	with make.acting(team.special_educator):
		frappe.get_doc(wrote).insert(ignore_permissions=True)
	with make.acting(team.director):
		doc = frappe.get_doc("Concern", concern.name)
		doc.run_method("onload")
	assert doc.get_onload("people") == {
		user: frappe.db.get_value("User", user, "full_name")
		for user in (team.educator, team.special_educator)
	}
	assert doc.get_onload("needs")["Closed"] == ("closing_reason",)


def test_the_form_of_a_concern_knows_the_period_that_is_open(team):
	def known(concern) -> str | None:
		with make.acting(team.educator):
			doc = frappe.get_doc("Concern", concern.name)
			doc.run_method("onload")
			return (doc.get_onload("period") or {}).get("name")

	first, second = make.concern_in("Meeting Agreed", team), make.concern_in("Meeting Agreed", team)
	assert known(first) is None
	period = make.period_in("Under Way", team, concern=first)
	# One open period for a child: the other concern leads there too.
	assert (known(first), known(second)) == (period.name, period.name)
	make.move(period, "Parents withdraw", team.educator)
	assert (known(first), known(second)) == (None, None)
	period = make.period_in("Ended", team, concern=first)
	assert (known(first), known(second)) == (period.name, None)
