"""The warm handover: on a ground, with a joint contact, answered by the receiver, who sees what was consented to only."""

import json

import frappe
import pytest
from frappe.utils import add_days, get_datetime

from early_support.access import assignments
from early_support.casework import clock, consents, offers, sharing
from early_support.casework.deadlines import ready_by
from early_support.exceptions import GuardNotMet
from early_support.tests import case_factories as make
from early_support.tests import factories

GROUND, CONTACT = "Confirm the ground", "Record the joint contact"
LAW = {"statutory_ground": "shl-35", "statutory_reason": "Perhe ei vastaa, lapsi tarvitsee tukea."}


def state_of(doc) -> str:
	return frappe.db.get_value(doc.doctype, doc.name, "workflow_state")


def sees(user: str, doc) -> bool:
	assignments.forget()
	return frappe.has_permission(doc.doctype, "read", doc=doc.name, user=user)


# The ground ----------------------------------------------------------------------------------------------------------


def test_no_step_without_a_ground(team):
	"""design.md §3; domain.md §5, 45, 1701."""
	referral = make.make_referral(team, consent=None)
	with pytest.raises(GuardNotMet, match="consent, or a section of law"):
		make.move(referral, GROUND, team.educator)
	with pytest.raises(GuardNotMet, match="consent, or a section of law"):
		make.move(referral, GROUND, team.educator, statutory_ground="shl-35", statutory_reason="  ")
	assert make.move(referral, GROUND, team.educator, **LAW).workflow_state == "Consent Given"


@pytest.mark.parametrize("state", ["Draft", "Declined", "Withdrawn", "Ended"])
def test_only_a_given_consent_is_a_ground(team, state):
	consent = make.consent_in(state, team)
	referral = make.make_referral(team, consent=consent.name)
	with pytest.raises(GuardNotMet, match="not valid today"):
		make.move(referral, GROUND, team.educator)


def test_a_consent_about_another_child_is_no_ground(team, other):
	sibling = team._replace(child=factories.make_child(unit=team.unit))
	referral = make.make_referral(team, consent=make.consent_in("Given", sibling).name)
	with pytest.raises(GuardNotMet, match="another child"):
		make.move(referral, GROUND, team.educator)
	foreign = make.consent_in("Given", other)
	with pytest.raises(frappe.PermissionError):
		make.make_referral(team, consent=foreign.name)


def test_the_consent_names_the_service_and_what_is_told(team):
	referral = make.make_referral(team, service="psychologist")
	with pytest.raises(GuardNotMet, match="this service"):
		make.move(referral, GROUND, team.educator)
	referral = make.make_referral(team, sections=[{"section": "basics"}, {"section": "contacts"}])
	with pytest.raises(GuardNotMet, match="this to be told: Contact details of the guardians"):
		make.move(referral, GROUND, team.educator)


def test_it_grows_out_of_a_concern_about_the_same_child(team):
	about_sibling = make.concern_in("Raised", team._replace(child=factories.make_child(unit=team.unit)))
	with pytest.raises(GuardNotMet, match="another child"):
		make.make_referral(team, concern=about_sibling.name)
	own = make.concern_in("Raised", team)
	assert make.make_referral(team, concern=own.name).concern == own.name


def test_no_section_is_told_twice(team):
	with pytest.raises(GuardNotMet, match="twice"):
		make.make_referral(team, sections=[{"section": "basics"}] * 2)


@pytest.mark.parametrize(
	("at", "action"),
	[("Consent Given", CONTACT), ("Joint Contact", "Accept"), ("Accepted", "Confirm the first contact")],
)
def test_every_step_asks_anew_whether_the_consent_holds(team, at, action):
	consent = make.consent_in("Given", team, valid_until=str(factories.days(10)))
	referral = make.referral_in(at, team, consent=consent.name, receiver=None, outside_receiver="Neuvola")
	first = {"first_contact_on": str(factories.days(0)), "first_contact_how": make.option("Contact Method")}
	values = {"Consent Given": make.contact(), "Joint Contact": {}, "Accepted": first}[at]
	with clock.at(factories.days(11)), make.attempt(), pytest.raises(GuardNotMet, match="not valid today"):
		make.move(referral, action, team.educator, **values)
	# A new word of the guardians carries it on.
	with clock.at(factories.days(11)):
		anew = make.consent_in("Given", team)
		assert make.move(referral, action, team.educator, consent=anew.name, **values)


# What is told --------------------------------------------------------------------------------------------------------


def test_only_the_consented_sections_travel(team, api):
	"""Secrecy limits what is told, and the permission of the client opens it (domain.md §5, 1417 and 1506)."""
	make.concern_in("Raised", team, wishes="Toive joka ei matkusta.", strengths="Piirtää mielellään.")
	referral = make.referral_in("Joint Contact", team)
	told = {row.section: row.content for row in referral.sections}
	assert set(told) == {"basics", "concern"}
	assert frappe.db.get_value("Child", team.child, "full_name") in told["basics"]
	assert make.OBSERVATION in told["concern"]
	client = api(referral.receiver)
	answer = client.get(f"/api/resource/Referral/{referral.name}")
	assert answer.status_code == 200
	read = "".join(row["content"] for row in answer.json["data"]["sections"])
	assert make.OBSERVATION in read
	assert "ei matkusta" not in answer.text
	concern = frappe.db.get_value("Concern", {"child": team.child})
	family = frappe.db.get_value("Child", team.child, "family")
	for doctype, name in (
		("Child", team.child),
		("Family", family),
		("Concern", concern),
		("Cooperation Consent", referral.consent),
	):
		assert client.get(f"/api/resource/{doctype}/{name}").status_code == 403, doctype


def test_what_is_told_comes_from_the_casework_and_from_no_request(team, api):
	referral = make.make_referral(team)
	rows = [{"section": "basics", "content": "Väärennetty"}]
	path = f"/api/resource/Referral/{referral.name}"
	answer = api(team.educator).put(path, json={"sections": rows, **make.version(referral)})
	assert answer.status_code == 200, answer.text[-600:]
	assert frappe.get_doc("Referral", referral.name).sections[0].content is None


def test_nothing_of_the_casework_is_kept_before_it_is_told(team):
	referral = make.referral_in("Consent Given", team)
	assert [row.content for row in referral.sections] == [None, None]
	with make.acting(team.educator):
		referral.run_method("onload")
	preview = referral.get_onload("preview")
	assert frappe.db.get_value("Child", team.child, "full_name") in preview[0]["content"]


def test_contacts_under_non_disclosure_are_not_told(team):
	family = frappe.get_doc("Family", frappe.db.get_value("Child", team.child, "family"))
	family.guardians[0].update({"non_disclosure": 1, "phone": "040 7654321"})
	family.save(ignore_permissions=True)
	sections = [{"section": "contacts"}]
	consent = make.consent_in("Given", team, sections=sections)
	referral = make.referral_in("Joint Contact", team, consent=consent.name, sections=sections)
	assert family.guardians[0].full_name in referral.sections[0].content
	assert "7654321" not in referral.sections[0].content


def test_of_the_plan_its_goals_and_the_services_in_use_are_told(team):
	plan = make.child_plan_in("Confirmed", team)
	for row, answer in zip(plan.services, ("In Use", "Wanted", "Earlier", "No"), strict=False):
		frappe.db.set_value(row.doctype, row.name, "answer", answer)
	sections = [{"section": "plan"}]
	consent = make.consent_in("Given", team, sections=sections)
	told = (
		make.referral_in("Joint Contact", team, consent=consent.name, sections=sections).sections[0].content
	)
	plan = frappe.get_doc("Child Plan", plan.name)
	assert plan.goals[0].goal in told
	for row in plan.services:
		title = frappe._(frappe.db.get_value("Support Service", row.service, "title"))
		assert (title in told) is (row.answer in ("In Use", "Wanted")), row.service


def test_nobody_tells_of_a_child_that_is_closed_to_him(team, other):
	referral = make.make_referral(team)
	assert sharing.preview(referral)
	for user in (referral.receiver, team.counsellor, other.educator):
		with make.acting(user):
			assert sharing.preview(referral) == []
			with pytest.raises(frappe.PermissionError):
				sharing.text_of("basics", team.child)


def test_nobody_tells_of_a_plan_that_is_closed_to_him(team):
	"""The support period opens no plan to its counsellor, who may refer all the same."""
	make.child_plan_in("Confirmed", team)
	make.period_in("Under Way", team)
	with make.acting(team.educator):
		assert sharing.text_of("plan", team.child)
	with make.acting(team.counsellor):
		assert sharing.text_of("plan", team.child) == ""
		assert sharing.text_of("concern", team.child)


def test_a_section_of_the_administrators_is_told_in_own_words(team):
	with make.acting("Administrator"):
		frappe.get_doc({"doctype": "Shared Section", "code": "play", "title": "Leikki"}).insert()
	rows = [{"section": "play", "note": "Leikkii mielellään pihalla."}]
	consent = make.consent_in("Given", team, sections=[{"section": "play"}])
	referral = make.referral_in("Joint Contact", team, consent=consent.name, sections=rows)
	assert (referral.sections[0].note, referral.sections[0].content) == ("Leikkii mielellään pihalla.", "")


def test_what_was_told_stays(team):
	referral = make.referral_in("Joint Contact", team)
	for change in (
		{"reason": "Muuta."},
		{"service": "psychologist"},
		{"receiver": factories.make_staff("Social Worker", controller=make.county())},
		{"sections": [{"section": "basics"}]},
		{"contacted_with": "Kukaan."},
	):
		doc = frappe.get_doc("Referral", referral.name)
		doc.update(change)
		with make.acting(team.educator), pytest.raises(GuardNotMet, match="no longer be changed"):
			doc.save()


def test_a_section_of_law_stays_as_it_was_named(team):
	referral = make.referral_in("Joint Contact", team, **LAW)
	for change in ({"statutory_ground": None}, {"statutory_reason": "Muu syy."}):
		doc = frappe.get_doc("Referral", referral.name)
		doc.update(change)
		with make.acting(team.educator), pytest.raises(GuardNotMet, match="no longer be changed"):
			doc.save()


def test_a_new_consent_opens_for_its_own_days(team):
	"""What opened on the old word of the guardians ends with it, and does not go on beside the new one."""
	short = make.consent_in("Given", team, valid_until=str(factories.days(10)))
	referral = make.referral_in("Joint Contact", team, consent=short.name)
	longer = make.consent_in("Given", team, valid_until=str(factories.days(20)))
	doc = frappe.get_doc("Referral", referral.name)
	doc.consent = longer.name
	with make.acting(team.educator):
		doc.save()
	assert sees(referral.receiver, referral)
	for day, is_open in ((15, True), (21, False)):
		with clock.at(factories.days(day)):
			assert sees(referral.receiver, referral) is is_open, day
	assert frappe.db.count("Access Grant", {"source_name": referral.name, "ended_on": ("is", "not set")}) == 1


@pytest.mark.parametrize("state", ["Consent Given", "Joint Contact", "Accepted", "First Contact Confirmed"])
@pytest.mark.parametrize(
	"instead", ["none", "draft", "withdrawn", "other service", "other child", "half a law"]
)
def test_a_referral_under_way_is_put_on_no_lesser_ground(team, state, instead):
	"""Without a move too: else it would stay open to the receiver after the guardians have taken their word back."""
	referral = make.referral_in(state, team)
	sibling = team._replace(
		child=factories.make_child(unit=team.unit, family=frappe.db.get_value("Child", team.child, "family"))
	)
	change = {
		"none": lambda: {"consent": None},
		"draft": lambda: {"consent": make.consent_in("Draft", team).name},
		"withdrawn": lambda: {"consent": make.consent_in("Withdrawn", team).name},
		"other service": lambda: {
			"consent": make.consent_in("Given", team, recipients=[{"service": "psychologist"}]).name
		},
		"other child": lambda: {"consent": make.consent_in("Given", sibling).name},
		"half a law": lambda: {"consent": None, "statutory_ground": LAW["statutory_ground"]},
	}[instead]()
	doc = frappe.get_doc("Referral", referral.name)
	doc.update(change)
	with make.acting(team.educator), pytest.raises(GuardNotMet):
		doc.save()


def test_a_section_of_law_takes_the_place_of_a_consent(team):
	referral = make.referral_in("Joint Contact", team)
	doc = frappe.get_doc("Referral", referral.name)
	doc.update({"consent": None, **LAW})
	with make.acting(team.educator):
		doc.save()
	assert sees(referral.receiver, referral)


def test_the_receiver_reads_no_earlier_draft(team, api):
	referral = make.make_referral(team, reason="Luonnoksen sana.")
	with make.acting(team.educator):
		referral = frappe.get_doc("Referral", referral.name)
		referral.reason = "Perhe toivoo apua."
		referral.save(ignore_version=False)
	referral = make.move(referral, GROUND, team.educator)
	referral = make.move(referral, CONTACT, team.educator, **make.contact())
	assert frappe.get_all("Version", {"docname": referral.name}) == []
	path = f"/api/method/frappe.desk.form.load.getdoc?doctype=Referral&name={referral.name}"
	answer = api(referral.receiver).get(path)
	assert answer.status_code == 200
	assert "Perhe toivoo apua." in answer.text
	assert "Luonnoksen" not in answer.text
	with make.acting(referral.receiver):
		told = frappe.get_doc("Referral", referral.name)
		told.first_contact_how = make.option("Contact Method")
		told.save(ignore_version=False)
	# What happens after the contact is kept.
	assert len(frappe.get_all("Version", {"docname": referral.name})) == 1


@pytest.mark.parametrize("doctype", ["Comment", "File"])
def test_nothing_is_hung_on_a_referral(team, doctype):
	referral = make.make_referral(team)
	values = {
		"Comment": {
			"comment_type": "Comment",
			"content": "Sanoi ovella muuta.",
			"reference_doctype": "Referral",
			"reference_name": referral.name,
		},
		"File": {
			"file_name": "a.txt",
			"content": "x",
			"is_private": 1,
			"attached_to_doctype": "Referral",
			"attached_to_name": referral.name,
		},
	}[doctype]
	with make.acting(team.educator), pytest.raises(GuardNotMet, match="its receiver would read it"):
		frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)


# The receiver --------------------------------------------------------------------------------------------------------


def test_a_handover_is_a_joint_contact_with_somebody(team):
	"""Referrals without it fail: the family never makes contact (domain.md §3, 1322, 1702, 1738).

	Guidance is given together, not by a leaflet (§2, 1644-1648); with a child who needs special support, family and staff
	contact the social services together (1653-1657).
	"""
	referral = make.referral_in("Consent Given", team, receiver=None)
	with make.attempt(), pytest.raises(GuardNotMet, match="Please fill in first"):
		make.move(referral, CONTACT, team.educator)
	with make.attempt(), pytest.raises(GuardNotMet, match="name the worker"):
		make.move(referral, CONTACT, team.educator, **make.contact())
	late = {**make.contact(), "contacted_on": str(factories.days(1)), "outside_receiver": "Neuvola"}
	with make.attempt(), pytest.raises(GuardNotMet, match="not come yet"):
		make.move(referral, CONTACT, team.educator, **late)


@pytest.mark.parametrize("role", ["Early Educator", "Area Director", "Privacy Officer"])
def test_a_family_is_handed_over_to_a_counsellor_or_social_worker(team, role):
	with pytest.raises(GuardNotMet, match="neither a family counsellor nor a social worker"):
		make.make_referral(team, receiver=factories.make_staff(role))


def test_nobody_hands_over_to_himself(team):
	make.period_in("Under Way", team)
	with pytest.raises(GuardNotMet, match="somebody else than yourself"):
		make.make_referral(team, user=team.counsellor, receiver=team.counsellor)


def test_it_opens_to_the_receiver_with_the_contact_and_closes_in_time(team):
	consent = make.consent_in("Given", team, valid_until=str(factories.days(10)))
	referral = make.referral_in("Consent Given", team, consent=consent.name)
	colleague = factories.make_staff("Social Worker", controller=make.county())
	assert not sees(referral.receiver, referral)
	referral = make.move(referral, CONTACT, team.educator, **make.contact())
	assert sees(referral.receiver, referral)
	assert not sees(colleague, referral)
	# What another receives, of the same family or not, is not opened with it.
	assert not sees(referral.receiver, make.referral_in("Joint Contact", team))
	grant = frappe.get_doc("Access Grant", {"source_name": referral.name})
	assert get_datetime(grant.valid_until) == get_datetime(factories.days(11))
	with clock.at(factories.days(10)):
		assert sees(referral.receiver, referral)
	with clock.at(factories.days(11)):
		assert not sees(referral.receiver, referral)


@pytest.mark.parametrize("state", ["Joint Contact", "Accepted"])
def test_on_a_section_of_law_it_closes_after_three_months(team, state):
	"""The law names no last day: whoever receives the family has the time in which an assessment must be ready."""
	referral = make.referral_in(state, team, consent=None, **LAW)
	last = ready_by(factories.days(0))
	grant = frappe.get_doc("Access Grant", {"source_name": referral.name})
	assert get_datetime(grant.valid_until) == clock.midnight_after(last)
	with clock.at(last):
		assert sees(referral.receiver, referral)
	with clock.at(clock.midnight_after(last)):
		assert not sees(referral.receiver, referral)
		# Whoever saves it later opens nothing anew.
		frappe.get_doc("Referral", referral.name).save()
		assert not sees(referral.receiver, referral)


def test_a_section_of_law_in_place_of_a_consent_counts_from_that_day(team):
	consent = make.consent_in("Given", team, valid_until=str(factories.days(10)))
	referral = make.referral_in("Joint Contact", team, consent=consent.name)
	day = factories.days(15)
	with clock.at(day):
		doc = frappe.get_doc("Referral", referral.name)
		doc.update({"consent": None, **LAW})
		with make.acting(team.educator):
			doc.save()
	with clock.at(ready_by(day)):
		assert sees(referral.receiver, referral)
	with clock.at(clock.midnight_after(ready_by(day))):
		assert not sees(referral.receiver, referral)


@pytest.mark.parametrize(
	"change", [{"consent": None}, LAW, {"consent": None, **LAW}], ids=["no consent", "law", "both"]
)
def test_the_receiver_says_not_on_what_it_stands(team, change):
	"""Else the guardians' withdrawal would not find it."""
	referral = make.referral_in("Joint Contact", team)
	doc = frappe.get_doc("Referral", referral.name)
	doc.update(change)
	with make.acting(referral.receiver), pytest.raises(frappe.PermissionError):
		doc.save()


def test_nobody_names_a_consent_that_is_closed_to_him(team, other):
	"""What ended in the former unit stays there."""
	consent = make.consent_in("Ended", team)
	child = frappe.get_doc("Child", team.child)
	child.update({"unit": other.unit, "unit_group": None})
	child.save()
	with pytest.raises(frappe.PermissionError):
		make.make_referral(other._replace(child=team.child), consent=consent.name)


def test_the_receiver_says_it_not_though_the_child_is_open(team):
	"""Whoever receives a family may see its child by other work of theirs."""
	referral = make.referral_in("Joint Contact", team, receiver=team.counsellor)
	period = make.period_in("Agreed", team)
	assert sees(team.counsellor, frappe.get_doc("Child", team.child)), period
	doc = frappe.get_doc("Referral", referral.name)
	doc.update({"consent": None, **LAW})
	with make.acting(team.counsellor), pytest.raises(frappe.PermissionError, match="by those who made it"):
		doc.save()


def test_nobody_becomes_the_receiver_afterwards(team):
	referral = make.referral_in("Joint Contact", team, receiver=None, outside_receiver="Neuvola")
	doc = frappe.get_doc("Referral", referral.name)
	doc.receiver = factories.make_staff("Social Worker", controller=make.county())
	with make.acting(team.educator), pytest.raises(GuardNotMet, match="no longer be changed"):
		doc.save()


def leave(user: str) -> None:
	frappe.db.set_value("Staff Assignment", {"user": user}, "to_date", factories.days(-1))
	assignments.forget()


def name_receiver(referral, user: str, receiver: str | None):
	doc = frappe.get_doc("Referral", referral.name)
	doc.receiver = receiver
	with make.acting(user):
		return doc.save()


@pytest.mark.parametrize("state", ["Joint Contact", "Accepted"])
def test_another_worker_of_the_service_takes_the_place_of_one_who_has_left(team, state):
	"""The receiver confirms the first contact (domain.md §3, 1322, 1702): a handover stands not because somebody has left."""
	referral = make.referral_in(state, team)
	gone, gone_name = referral.receiver, referral.receiver_name
	new = factories.make_staff("Social Worker", controller=make.county())
	leave(gone)
	with make.attempt(), pytest.raises(GuardNotMet, match="name the worker"):
		name_receiver(referral, team.educator, None)
	with make.attempt(), pytest.raises(GuardNotMet, match="neither a family counsellor"):
		name_receiver(referral, team.educator, team.special_educator)
	with make.attempt(), pytest.raises(frappe.PermissionError):
		name_receiver(referral, new, new)
	# A colleague of the sender may do it, who may be gone as well.
	referral = name_receiver(referral, team.special_educator, new)
	assert (referral.workflow_state, referral.receiver, referral.received_before) == (state, new, gone_name)
	assert sees(new, referral)
	assert not sees(gone, referral)
	if state == "Joint Contact":
		referral = make.move(referral, "Accept", new)
	first = {"first_contact_on": str(clock.today()), "first_contact_how": make.option("Contact Method")}
	referral = make.move(referral, "Confirm the first contact", new, **first)
	assert referral.confirmed_by == new
	# The guardians hear of both.
	told = consents.what_was_told(referral.consent)
	assert gone_name in told
	assert referral.receiver_name in told


def test_nobody_takes_the_place_of_a_receiver_who_works_there(team):
	referral = make.referral_in("Joint Contact", team)
	new = factories.make_staff("Social Worker", controller=make.county())
	with make.attempt(), pytest.raises(GuardNotMet, match="no longer be changed"):
		name_receiver(referral, team.educator, new)
	# Nor when it is over, though its receiver has left by then.
	declined = make.referral_in("Declined", team)
	leave(declined.receiver)
	with make.attempt(), pytest.raises(GuardNotMet, match="no longer be changed"):
		name_receiver(declined, team.educator, new)


def test_another_worker_is_told_only_while_the_ground_holds(team):
	"""Whoever comes in somebody's place is told anew: not on a consent that has run out (domain.md §5, 45, 1701)."""
	consent = make.consent_in("Given", team, valid_until=str(factories.days(10)))
	referral = make.referral_in("Joint Contact", team, consent=consent.name)
	new = factories.make_staff("Social Worker", controller=make.county())
	leave(referral.receiver)
	with clock.at(factories.days(11)), make.attempt(), pytest.raises(GuardNotMet):
		name_receiver(referral, team.educator, new)
	assert not sees(new, referral)


def test_it_closes_on_the_day_after_the_end(team):
	referral = make.referral_in("First Contact Confirmed", team)
	assert sees(referral.receiver, referral)
	with clock.at(factories.days(1)):
		assert not sees(referral.receiver, referral)


def test_a_former_worker_reads_nothing(team):
	referral = make.referral_in("Joint Contact", team)
	frappe.db.set_value("Staff Assignment", {"user": referral.receiver}, "to_date", factories.days(-1))
	assert not sees(referral.receiver, referral)


def test_a_receiver_who_does_other_work_by_now_reads_nothing(team):
	referral = make.referral_in("Joint Contact", team)
	frappe.db.set_value("Staff Assignment", {"user": referral.receiver}, "to_date", factories.days(-1))
	frappe.get_doc("User", referral.receiver).add_roles("Early Educator")
	factories.make_assignment(referral.receiver, "Early Educator", unit=factories.make_unit())
	assert not sees(referral.receiver, referral)


@pytest.mark.parametrize("action", ["Accept", "Do not accept"])
def test_the_receiver_answers(team, action):
	referral = make.referral_in("Joint Contact", team)
	reason = {"declined_reason": "Jono on täynnä."} if action != "Accept" else {}
	with make.attempt(), pytest.raises(GuardNotMet, match="has to answer this"):
		make.move(referral, action, team.educator, **reason)
	if reason:
		with make.attempt(), pytest.raises(GuardNotMet, match="Please fill in first"):
			make.move(referral, action, referral.receiver)
	referral = make.move(referral, action, referral.receiver, **reason)
	day = referral.accepted_on or referral.declined_on
	assert day == factories.days(0)


def test_the_receiver_confirms_the_first_contact(team):
	referral = make.referral_in("Accepted", team)
	first = {"first_contact_on": str(factories.days(0)), "first_contact_how": make.option("Contact Method")}
	action = "Confirm the first contact"
	with make.attempt(), pytest.raises(GuardNotMet, match="has to answer this"):
		make.move(referral, action, team.educator, **first)
	with make.attempt(), pytest.raises(GuardNotMet, match="Please fill in first"):
		make.move(referral, action, referral.receiver)
	early = {**first, "first_contact_on": str(add_days(factories.days(0), -1))}
	with make.attempt(), pytest.raises(GuardNotMet, match="cannot be before"):
		make.move(referral, action, referral.receiver, **early)
	referral = make.move(referral, action, referral.receiver, **first)
	assert referral.confirmed_by == referral.receiver


def test_for_a_worker_elsewhere_the_unit_records_the_answer(team):
	referral = make.referral_in("Joint Contact", team, receiver=None, outside_receiver="Neuvola")
	referral = make.move(referral, "Accept", team.special_educator)
	assert referral.workflow_state == "Accepted"
	assert not frappe.db.exists("Access Grant", {"source_name": referral.name})


def test_the_family_may_say_no_until_the_first_contact(team):
	for state in ("Draft", "Consent Given", "Joint Contact", "Accepted"):
		with make.attempt():
			referral = make.referral_in(state, team)
			referral = make.move(referral, "Family withdraws", team.educator)
			assert (referral.workflow_state, referral.withdrawn_on) == ("Withdrawn", factories.days(0))
			assert not sees(referral.receiver, referral)


def test_the_counsellor_of_the_family_refers_too(team):
	make.period_in("Under Way", team)
	consent = make.consent_in("Given", team)
	referral = make.make_referral(team, user=team.counsellor, consent=consent.name)
	assert make.move(referral, GROUND, team.counsellor).workflow_state == "Consent Given"


def test_who_has_no_part_in_the_case_refers_nobody(team, other):
	consent = make.consent_in("Given", team)
	for user in (other.educator, other.counsellor, factories.make_staff("Social Worker")):
		with pytest.raises(frappe.PermissionError):
			make.make_referral(team, user=user, consent=consent.name)


# With what is known --------------------------------------------------------------------------------------------------


def test_the_next_step_is_offered_with_what_is_known(team):
	concern = make.concern_in("Discussed", team)
	with make.acting(team.educator):
		consent = offers.make_cooperation_consent(concern.name)
		assert (consent.child, consent.unit) == (team.child, team.unit)
	consent = make.consent_in("Given", team, recipients=[{"service": make.SERVICE, "worker": "Perheneuvola"}])
	with make.acting(team.educator):
		referral = offers.make_referral(consent.name)
	assert (referral.child, referral.consent, referral.service) == (team.child, consent.name, make.SERVICE)
	assert (referral.reason, referral.outside_receiver) == (consent.purpose, "Perheneuvola")
	assert [row.section for row in referral.sections] == [*make.SECTIONS]
	assert json.loads(frappe.as_json(referral))
	with make.acting(team.director), pytest.raises(frappe.PermissionError):
		offers.make_referral(consent.name)


def test_the_receiver_is_told_that_the_referral_closes_with_the_day(team):
	"""Once the first contact is confirmed, nothing more can be begun on it from the next day on."""
	first = {"first_contact_on": str(clock.today()), "first_contact_how": make.option("Contact Method")}

	def told_at_the_confirmation(referral) -> bool:
		frappe.clear_messages()
		make.move(referral, "Confirm the first contact", referral.receiver, **first)
		return any("until the end of today" in str(message) for message in frappe.get_message_log())

	referral = make.referral_in("Accepted", team)
	with make.attempt():
		assert told_at_the_confirmation(referral)
	make.make_needs_assessment(team, user=referral.receiver, referral=referral.name)
	assert not told_at_the_confirmation(referral)
