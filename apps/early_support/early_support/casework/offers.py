"""The next document, offered with what is already known. Nothing here stores anything."""

import datetime
from collections.abc import Iterable

import frappe
from frappe.desk.form.load import send_link_titles, set_link_titles
from frappe.model.document import Document
from frappe.utils import add_months, getdate

from early_support.access import policy
from early_support.casework import clients, services
from early_support.casework.clock import today
from early_support.casework.people import SPECIAL_SUPPORT, full_name, is_own_worker, liaison_counsellors
from early_support.casework.record import take_person
from early_support.casework.rights import require_right
from early_support.casework.social import own_controller, take_client
from early_support.casework.titles import cases_of, people_of, tell_names
from early_support.export import columns, sources
from early_support.privacy import log, reads


@frappe.whitelist()
def make_support_period(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Support Period for a Concern, with the meeting day and the unit's own counsellor.

	Raises:
		frappe.PermissionError: the concern is not open to the user, or periods are not theirs to begin.
	"""
	concern = _readable("Concern", source_name)
	period = _about_child(_new("Support Period"), concern)
	period.update(
		{
			"concern": concern.name,
			"meeting_on": concern.meeting_on,
			"agreed_by": concern.discussed_with,
			"visit_limit": frappe.db.get_single_value("Early Support Settings", "visit_limit"),
		}
	)
	counsellors = liaison_counsellors(concern.unit)
	if len(counsellors) == 1:
		period.counsellor = counsellors[0]
	return _offered(period)


@frappe.whitelist()
def make_visit(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Visit for a Support Period; the first is on the day of the joint meeting, if that is to come.

	Raises:
		frappe.PermissionError: the period is not open to the user, or visits are not theirs to plan.
	"""
	period = _readable("Support Period", source_name)
	visit = _about_child(_new("Visit"), period)
	visit.update({"support_period": period.name, "place": "Unit", "record_policy": period.record_policy})
	if period.meeting_on and getdate(period.meeting_on) >= today() and not period.get_visits():
		visit.visit_date = period.meeting_on
	for role in ("Guardian", "Child", "Family Counsellor"):
		visit.append("participants", {"role": role, "headcount": 1})
	return _offered(visit)


@frappe.whitelist()
def make_child_plan(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Child Plan that follows another one: its goals, and the services with the answers of last time.

	Raises:
		frappe.PermissionError: the plan is not open to the user, or plans are not theirs to make.
	"""
	return _plan_of(_readable("Child Plan", source_name).child)


@frappe.whitelist()
def begin_child_plan(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Child Plan for a Child, with the services to ask about.

	Raises:
		frappe.PermissionError: the child is not open to the user, or plans are not theirs to make.
	"""
	return _plan_of(_readable("Child", source_name).name)


def _plan_of(child: str) -> Document:
	plan = _new("Child Plan")
	take_person(plan, frappe.get_doc("Child", child))
	plan.begun_on = today()
	plan.keep_lists()
	last = plan.get_last_plan()
	return _offered(plan, [("Child Plan", last.name)] if last else ())


@frappe.whitelist()
def make_network_meeting(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Network Meeting for a Concern: its day, the child's guardians, and the worker who opens it.

	Raises:
		frappe.PermissionError: the concern is not open to the user, or meetings are not theirs to record.
	"""
	concern = _readable("Concern", source_name)
	return _meeting(concern, concern=concern.name, meeting_on=concern.meeting_on)


@frappe.whitelist()
def begin_network_meeting(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Network Meeting for a Child: the child's guardians, and the worker who opens it.

	Raises:
		frappe.PermissionError: the child is not open to the user, or meetings are not theirs to record.
	"""
	return _meeting(_readable("Child", source_name))


def _meeting(source: Document, **values) -> Document:
	meeting = _new("Network Meeting")
	take_person(meeting, source)
	meeting.update(values)
	# Not a permission matter: whoever may read the concern, or the child, may read the family.
	for guardian in frappe.get_doc("Family", meeting.family).guardians:
		meeting.append("participants", {"role": "Guardian", "participant_name": guardian.full_name})
	own = next((role for role in policy.UNIT_STAFF_ROLES if role in frappe.get_roles()), None)
	if own:
		name = full_name(frappe.session.user)
		# The controller is filled in when it is stored: the unit's own.
		meeting.append("participants", {"role": own, "participant_name": name})
		meeting.contact_person = name
	return _offered(meeting, [("Family", meeting.family)])


@frappe.whitelist()
def make_needs_assessment(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Needs Assessment for a Referral that the user has accepted.

	Raises:
		frappe.PermissionError: the referral is not open to the user, or assessments are not theirs to make.
		GuardNotMet: the family was not handed over to the user, or not accepted.
	"""
	return _assessment(_readable("Referral", source_name), "referral")


@frappe.whitelist()
def begin_needs_assessment(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Needs Assessment for the user's own Support Period, with the child's guardians.

	Raises:
		frappe.PermissionError: the period is not open to the user, or assessments are not theirs to make.
		GuardNotMet: the period is somebody else's, or not agreed on.
	"""
	return _assessment(_readable("Support Period", source_name), "support_period")


@frappe.whitelist()
def assess_client(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Needs Assessment for the user's own running Client Relationship (domain.md §3, 522-529).

	Raises:
		frappe.PermissionError: the relationship is not open to the user, or assessments are not theirs to make.
		GuardNotMet: the client is somebody else's, or the relationship does not run.
	"""
	return _assessment(_readable("Client Relationship", source_name), "client_relationship")


def _assessment(source: Document, field: str) -> Document:
	assessment = _new("Needs Assessment")
	assessment.set(field, source.name)
	take_client(assessment)
	assessment.update({"pending_since": today(), "assessor": frappe.session.user})
	assessment.append("participants", {"role": "Child", "participant_name": assessment.child_name})
	family = frappe.get_doc("Family", assessment.family)
	# Whoever has only a referral asks the guardians themselves.
	knows_family = frappe.has_permission("Family", "read", doc=family)
	for guardian in family.guardians if knows_family else ():
		row = {"role": "Guardian", "participant_name": guardian.full_name}
		# Non-disclosure for safety hides contacts from everybody (domain.md §9.9).
		assessment.append(
			"participants", {**row, "phone": None if guardian.non_disclosure else guardian.phone}
		)
	return _offered(assessment, [("Family", family.name)] if knows_family else ())


@frappe.whitelist()
def make_consultation(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Consultation that carries only the unit and the age band of a Concern's child.

	No text, no topic, no name, no link: a consultation must not lead back to the child (domain.md §9.8).

	Raises:
		frappe.PermissionError: the concern is not open to the user, or consultations are not theirs to ask.
	"""
	concern = _readable("Concern", source_name)
	consultation = _new("Consultation")
	consultation.unit = concern.unit
	# Not a permission matter: whoever may read the concern may read the child.
	consultation.age_band = age_band(frappe.db.get_value("Child", concern.child, "birth_date"))
	return _offered(consultation)


@frappe.whitelist()
def make_cooperation_consent(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Cooperation Consent about the child of a Concern.

	Raises:
		frappe.PermissionError: the concern is not open to the user, or consents are not theirs to ask for.
	"""
	concern = _readable("Concern", source_name)
	return _consent(concern, concern=concern.name)


@frappe.whitelist()
def ask_consent_in_support(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Cooperation Consent about the child of a Support Period, with the concern on which that stands.

	Raises:
		frappe.PermissionError: the period is not open to the user, or consents are not theirs to ask for.
	"""
	period = _readable("Support Period", source_name)
	return _consent(period, concern=period.concern)


@frappe.whitelist()
def ask_consent_by_plan(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Cooperation Consent for a Child Plan: to the services, and their workers, that the guardians allow.

	The plan says that the staff may be in touch; what may be told to whom and until when, the consent says (domain.md §4,
	1560-1564).

	Raises:
		frappe.PermissionError: the plan is not open to the user, or consents are not theirs to ask for.
	"""
	plan = _readable("Child Plan", source_name)
	rows = [{"service": row.service, "worker": row.worker} for row in services.permitted(plan)]
	return _consent(plan, recipients=rows)


@frappe.whitelist()
def begin_cooperation_consent(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Cooperation Consent for a Child.

	Raises:
		frappe.PermissionError: the child is not open to the user, or consents are not theirs to ask for.
	"""
	return _consent(_readable("Child", source_name))


@frappe.whitelist()
def ask_consent_anew(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Cooperation Consent that asks for what another one allowed: to whom, what, and what for.

	Of the lists only what is still offered. The guardians answer anew, and for a time of its own.

	Raises:
		frappe.PermissionError: the consent is not open to the user, or consents are not theirs to ask for.
	"""
	old = _readable("Cooperation Consent", source_name)
	recipients = [
		{"service": row.service, "worker": row.worker}
		for row in old.recipients
		if not frappe.db.get_value("Support Service", row.service, "disabled")
	]
	sections = [
		{"section": row.section}
		for row in old.sections
		if not frappe.db.get_value("Shared Section", row.section, "disabled")
	]
	return _consent(old, concern=old.concern, purpose=old.purpose, recipients=recipients, sections=sections)


def _consent(source: Document, **values) -> Document:
	consent = _new("Cooperation Consent")
	take_person(consent, source)
	consent.update(values)
	# Shown at once, so that the answers can be written down before anything is saved.
	consent.set_answers()
	return _offered(consent)


@frappe.whitelist()
def make_referral(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Referral on a Cooperation Consent: to its first service, with the sections that it allows.

	Raises:
		frappe.PermissionError: the consent is not open to the user, or referrals are not theirs to make.
	"""
	consent = _readable("Cooperation Consent", source_name)
	referral = _about_child(_new("Referral"), consent)
	referral.update({"consent": consent.name, "concern": consent.concern, "reason": consent.purpose})
	if consent.recipients:
		referral.service = consent.recipients[0].service
		referral.outside_receiver = consent.recipients[0].worker
	for row in consent.sections:
		referral.append("sections", {"section": row.section})
	return _offered(referral)


@frappe.whitelist()
def begin_referral(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Referral for a Child: its ground, a consent or a section of law, is still to be entered.

	Raises:
		frappe.PermissionError: the child is not open to the user, or referrals are not theirs to make.
	"""
	child = _readable("Child", source_name)
	referral = _new("Referral")
	take_person(referral, child)
	return _offered(referral)


@frappe.whitelist()
def make_client_relationship(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Client Relationship for an accepted Referral, with the receiver as the own worker.

	Raises:
		frappe.PermissionError: the referral is not open to the user, or relationships are not theirs to open.
	"""
	referral = _readable("Referral", source_name)
	is_veo = "Special Needs Educator" in frappe.get_roles(referral.referred_by)
	return _relationship(referral, "veo" if is_veo else "day-care", "Handling")


@frappe.whitelist()
def continue_as_client(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Client Relationship for a Support Period, with its source and its counsellor.

	Raises:
		frappe.PermissionError: the period is not open to the user, or relationships are not theirs to open.
	"""
	period = _readable("Support Period", source_name)
	return _relationship(period, period.source, "Service")


@frappe.whitelist()
def make_support_plan(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Support Plan for a Client Relationship: the views of the needs assessment, and the last day for its
	review.

	Raises:
		frappe.PermissionError: the relationship is not open to the user, or plans are not theirs to make.
	"""
	relationship = _readable("Client Relationship", source_name)
	plan = _about_child(_new("Support Plan"), relationship)
	months = frappe.db.get_single_value("Early Support Settings", "support_plan_review_months")
	plan.update(
		{
			"client_relationship": relationship.name,
			"next_review_on": getdate(add_months(today(), months)),
			**clients.views_of(relationship.child),
		}
	)
	return _offered(plan)


@frappe.whitelist()
def make_plan_review(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Plan Review for a Support Plan: what the plan said stands in it, goal by goal.

	Raises:
		frappe.PermissionError: the plan is not open to the user, or reviews are not theirs to record.
	"""
	plan = _readable("Support Plan", source_name)
	review = _about_child(_new("Plan Review"), plan)
	review.update({"support_plan": plan.name, "reviewed_on": today(), "reviewed_with": plan.agreed_by})
	review.take_plan(plan)
	review.keep_goals(plan)
	return _offered(review)


@frappe.whitelist()
def go_on_as_client(source_name: str, target_doc: str | dict | None = None) -> Document:
	"""Return an unsaved Client Relationship after a Needs Assessment, on the referral or the period with which that began.

	Raises:
		frappe.PermissionError: the assessment, or what it began with, is not open to the user, or relationships are not
			theirs to open.
	"""
	assessment = _readable("Needs Assessment", source_name)
	if assessment.referral:
		return make_client_relationship(assessment.referral)
	return continue_as_client(assessment.support_period)


def _relationship(source: Document, came_from: str | None, started_with: str) -> Document:
	relationship = _about_child(_new("Client Relationship"), source)
	user = frappe.session.user
	if clients.special_support_among([source.child], own_controller(user)):
		relationship.tier = SPECIAL_SUPPORT
	# Of such a child it is a social worker: whoever opens the relationship is offered nobody in vain (domain.md §1, 736-737).
	worker = user if is_own_worker(user, relationship.tier) else clients.social_worker_of(source.child)
	relationship.update(
		{
			frappe.scrub(source.doctype): source.name,
			"own_worker": worker,
			"own_worker_name": full_name(worker),
			"started_on": today(),
			"started_with": started_with,
		}
	)
	# The list is the administrators': one that they no longer offer is not offered here either.
	if came_from and not frappe.db.get_value("Referral Source", came_from, "disabled"):
		relationship.source = frappe.db.exists("Referral Source", came_from)
	return _offered(relationship, [(source.doctype, source.name)])


def _about_child(doc: Document, source: Document) -> Document:
	doc.update({field: source.get(field) for field in ("child", "child_name", "family", "unit")})
	return doc


def age_band(birth_date, on: datetime.date | None = None) -> str | None:
	"""Return the Age Band that a child born on `birth_date` is in on a day (by default today), or None.

	A band holds the ages from `from_months` up to and including `to_months`, in full months.
	"""
	if not birth_date:
		return None
	return columns.age_band(getdate(birth_date), on or today(), sources.bands())


def _offered(doc: Document, taken_from: Iterable[tuple[str, str]] = ()) -> Document:
	"""Return an unsaved document with the titles of what it points to in the answer, as it is done for a stored one.

	A link field shows nothing while its title is still asked for, and who leaves it then has emptied it.

	taken_from: (doctype, name) of what is shown of others than the one that was asked for, to be logged as read.
	"""
	log.record(reads.FORM, taken_from)
	set_link_titles(doc)
	tell_names(people_of(doc))
	# Over what Frappe calls them.
	send_link_titles(cases_of(doc))
	return doc


def _readable(doctype: str, name: str) -> Document:
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	return doc


def _new(doctype: str) -> Document:
	require_right(doctype, "create")
	return frappe.new_doc(doctype)
