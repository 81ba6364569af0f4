"""What casework of the social services begins with: an accepted referral, or a support period, of one's own."""

import frappe
import pytest

from early_support.access import assignments
from early_support.casework import social
from early_support.exceptions import GuardNotMet
from early_support.tests import case_factories as case
from early_support.tests import factories


class Client(frappe._dict):
	"""As much of a new document as `take_client` needs, before there is one in the form."""

	def is_new(self) -> bool:
		return not self.stored


@pytest.fixture
def team():
	return case.make_team()


def taken(user: str, **values) -> Client:
	doc = Client(values)
	with case.acting(user):
		social.take_client(doc)
	return doc


def refused(user: str, error=GuardNotMet, **values) -> None:
	doc = Client(values)
	with case.acting(user), pytest.raises(error):
		social.take_client(doc)
	assert not doc.child


@pytest.mark.parametrize("state", social.RECEIVED)
def test_the_receiver_begins_with_the_accepted_referral_and_cannot_read_the_child(team, state):
	"""domain.md §3, 358-360 and 735: the client is the child, whom a referral does not open."""
	referral = case.referral_in(state, team)
	doc = taken(referral.receiver, referral=referral.name)
	child = frappe.get_doc("Child", team.child)
	assert (doc.child, doc.child_name, doc.birth_date) == (child.name, child.full_name, child.birth_date)
	assert (doc.family, doc.unit) == (child.family, team.unit)
	assert doc.controller == case.county() != child.controller
	assert not frappe.has_permission("Child", "read", doc=team.child, user=referral.receiver)


@pytest.mark.parametrize("state", ["Agreed", "Under Way", "Follow-up"])
def test_the_counsellor_begins_with_the_own_period(team, state):
	period = case.period_in(state, team)
	assert taken(team.counsellor, support_period=period.name).child == team.child


def test_the_own_worker_begins_with_a_running_relationship(team):
	"""A need that appears while the service runs (domain.md §3, 522-529); of a client who is not one yet, or no more, it does not."""
	draft = case.make_relationship(team)
	refused(team.counsellor, client_relationship=draft.name)
	started = case.move(draft, "Start the relationship", team.counsellor, **case.start_of_relationship())
	colleague = factories.make_staff("Family Counsellor", controller=case.county())
	refused(colleague, frappe.PermissionError, client_relationship=started.name)
	refused(team.educator, client_relationship=started.name)
	assert taken(team.counsellor, client_relationship=started.name).child == team.child
	reason = {"ending_reason": case.option("Ending Reason")}
	ended = case.move(started, "End the relationship", team.counsellor, **reason)
	refused(team.counsellor, client_relationship=ended.name)


def test_neither_and_both_are_refused(team):
	referral = case.referral_in("Accepted", team, receiver=team.counsellor)
	period = case.period_in("Under Way", team)
	refused(team.counsellor)
	refused(team.counsellor, referral=referral.name, support_period=period.name)
	assert taken(team.counsellor, referral=referral.name).child == team.child


@pytest.mark.parametrize("state", ["Joint Contact", "Declined"])
def test_a_referral_that_is_not_accepted_leads_nowhere(team, state):
	referral = case.referral_in(state, team)
	refused(referral.receiver, referral=referral.name)


def test_a_withdrawn_referral_is_closed(team):
	"""domain.md §5: what guardians take back opens nothing any more."""
	referral = case.referral_in("Accepted", team)
	with case.acting(team.educator):
		consent = frappe.get_doc("Cooperation Consent", referral.consent)
	withdrawal = {"withdrawn_by": "Äiti", "withdrawn_how": case.option("Contact Method")}
	case.move(consent, "Guardians withdraw", team.educator, **withdrawal)
	assignments.forget()
	refused(referral.receiver, frappe.PermissionError, referral=referral.name)


@pytest.mark.parametrize("state", ["Proposed", "Declined", "Ended", "Withdrawn"])
def test_a_period_without_agreement_leads_nowhere(team, state):
	period = case.period_in(state, team, counsellor=team.counsellor)
	with case.acting("Administrator"), pytest.raises(GuardNotMet):
		social.own_source(Client(support_period=period.name))


def test_nobody_begins_with_what_is_somebody_elses(team):
	referral = case.referral_in("Accepted", team)
	period = case.period_in("Under Way", team)
	stranger = factories.make_staff("Social Worker", controller=case.county())
	refused(stranger, frappe.PermissionError, referral=referral.name)
	refused(stranger, frappe.PermissionError, support_period=period.name)
	# The counsellor of the period may read the referral, which was not to her.
	refused(team.counsellor, referral=referral.name)


@pytest.mark.parametrize("who", ["educator", "special_educator", "director"])
def test_staff_of_the_unit_begin_nothing(team, who):
	referral = case.referral_in("Accepted", team)
	period = case.period_in("Under Way", team)
	refused(getattr(team, who), referral=referral.name)
	refused(getattr(team, who), support_period=period.name)


def test_what_is_stored_keeps_its_child_and_its_register(team):
	other = factories.make_controller()
	doc = taken(team.educator, stored=True, child=team.child, controller=other, referral="gone")
	assert (doc.controller, doc.unit) == (other, team.unit)


def test_the_county_comes_before_a_municipality(team):
	user = team.counsellor
	factories.make_assignment(user, "Family Counsellor", controller=factories.default_controller())
	assignments.forget()
	assert social.own_controller(user) == case.county()


def test_it_has_to_be_clear_in_whose_register_it_is_kept(team):
	user = team.counsellor
	another = factories.make_controller(kind="Wellbeing Services County", municipality_code=None)
	factories.make_assignment(user, "Family Counsellor", controller=another)
	assignments.forget()
	with pytest.raises(GuardNotMet):
		social.own_controller(user)
	with pytest.raises(GuardNotMet):
		social.own_controller(team.educator)
