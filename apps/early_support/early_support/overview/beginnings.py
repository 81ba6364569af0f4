"""What may be begun about a child, from its page: the next document of each kind, with what it goes out from.

Declared here; who may do it is decided by the rights of the form and by access/policy.py, and what is filled in by the
offer itself (casework/offers.py). Of each kind there is one beginning at most, so that the page stays a short list.
"""

from datetime import date
from typing import NamedTuple

import frappe

from early_support.access import conditions
from early_support.casework.states import OPEN_PERIOD
from early_support.overview import query
from early_support.overview.declarations import Followed, _

PERIOD_RUNS = ("Agreed", "Under Way", "Follow-up")
PLAN_IN_HAND = ("Draft", "Guardian Form Received", "Discussed")
HANDED_OVER = ("Accepted", "First Contact Confirmed")


class Beginning(NamedTuple):
	"""How a document of the kind `makes` begins: from a `source` in one of `states`, whichever came last.

	`offer`: the function of casework/offers.py that makes it; without one the form opens with the child. `on`: the field
	of the new document that holds the source, if it hangs on that. `mine`: the field of the source with the only user who
	may. `until`: the field of the source with its last day, `only`: one that has to be ticked. `unless`: there is none while one of these follows the source.
	`counted`: nor when the source has as many as the page counts (declarations.Counted).
	"""

	makes: str
	label: str
	offer: str | None = None
	source: str = "Child"
	states: tuple[str, ...] = ()
	on: str | None = None
	mine: str | None = None
	until: str | None = None
	only: str | None = None
	unless: tuple[Followed, ...] = ()
	counted: bool = False


# In the order of the work. Of a kind with several ways the first that is open is offered: it knows the most.
BEGINNINGS = (
	Beginning("Concern", _("New concern")),
	Beginning(
		"Consultation",
		_("Ask a counsellor anonymously"),
		"make_consultation",
		"Concern",
		("Raised", "Discussed", "Meeting Proposed", "Meeting Agreed", "Declined", "Urgent"),
	),
	Beginning(
		"Support Period",
		_("Start the support period"),
		"make_support_period",
		"Concern",
		("Meeting Agreed", "Urgent"),
		on="concern",
		unless=(
			Followed("Support Period", "concern"),
			Followed("Support Period", "child", "child", OPEN_PERIOD),
		),
	),
	Beginning(
		"Visit",
		_("Plan a visit"),
		"make_visit",
		"Support Period",
		("Agreed", "Under Way"),
		on="support_period",
		unless=(Followed("Visit", "support_period", states=("Planned",)),),
		counted=True,
	),
	Beginning(
		"Network Meeting",
		_("Record what was agreed"),
		"make_network_meeting",
		"Concern",
		("Meeting Agreed",),
		on="concern",
		unless=(Followed("Network Meeting", "concern"),),
	),
	Beginning("Network Meeting", _("Plan a network meeting"), "begin_network_meeting"),
	Beginning(
		"Child Plan",
		_("Make the next plan"),
		"make_child_plan",
		"Child Plan",
		("Confirmed",),
		unless=(Followed("Child Plan", "child", "child", PLAN_IN_HAND),),
	),
	Beginning(
		"Child Plan",
		_("Begin the child's plan"),
		"begin_child_plan",
		unless=(Followed("Child Plan", "child", states=(*PLAN_IN_HAND, "Confirmed")),),
	),
	Beginning("Cooperation Consent", _("Ask for consent to co-operate"), "begin_cooperation_consent"),
	Beginning(
		"Referral",
		_("Refer the family"),
		"make_referral",
		"Cooperation Consent",
		("Given",),
		until="valid_until",
	),
	Beginning("Referral", _("Refer the family"), "begin_referral"),
	Beginning(
		"Needs Assessment",
		_("Assess the need for services"),
		"assess_client",
		"Client Relationship",
		("Active",),
		on="client_relationship",
		mine="own_worker",
		unless=(Followed("Needs Assessment", "client_relationship"),),
	),
	Beginning(
		"Needs Assessment",
		_("Assess the need for services"),
		"make_needs_assessment",
		"Referral",
		HANDED_OVER,
		on="referral",
		mine="receiver",
		unless=(Followed("Needs Assessment", "referral"),),
	),
	Beginning(
		"Needs Assessment",
		_("Assess the need for services"),
		"begin_needs_assessment",
		"Support Period",
		PERIOD_RUNS,
		on="support_period",
		mine="counsellor",
		unless=(Followed("Needs Assessment", "support_period"),),
	),
	Beginning(
		"Client Relationship",
		_("Open a client relationship"),
		"make_client_relationship",
		"Referral",
		HANDED_OVER,
		on="referral",
		mine="receiver",
		unless=(Followed("Client Relationship", "referral"),),
	),
	Beginning(
		"Client Relationship",
		_("Open a client relationship"),
		"continue_as_client",
		"Support Period",
		PERIOD_RUNS,
		on="support_period",
		mine="counsellor",
		unless=(Followed("Client Relationship", "support_period"),),
	),
	# The period ended with it: until the end of that day it is still open to its counsellor.
	Beginning(
		"Client Relationship",
		_("Open a client relationship"),
		"continue_as_client",
		"Support Period",
		("Ended",),
		on="support_period",
		mine="counsellor",
		until="ended_on",
		only="client_begins",
		unless=(Followed("Client Relationship", "support_period"),),
	),
	Beginning(
		"Support Plan",
		_("Make the support plan"),
		"make_support_plan",
		"Client Relationship",
		("Active",),
		on="client_relationship",
		mine="own_worker",
		unless=(Followed("Support Plan", "client_relationship", states=("Draft", "Agreed", "Under Review")),),
	),
	Beginning(
		"Plan Review",
		_("Review the plan"),
		"make_plan_review",
		"Support Plan",
		("Agreed",),
		on="support_plan",
		unless=(Followed("Plan Review", "support_plan", states=("Draft",)),),
	),
)


def open_to_user(listable: query.Listable, child: str, today: date) -> list[dict]:
	"""Return what the session's user may begin about a child: [{doctype, label, offer, source}], one for each kind.

	`source`: the name of the document it begins with, of which the offer is asked.
	"""
	makes = {each.makes for each in BEGINNINGS if listable.may(each.makes, "create")}
	ways = {place: each for place, each in enumerate(BEGINNINGS) if each.makes in makes}
	found: dict[str, dict] = {}
	for row in query.sources(listable, ways, child, frappe.session.user, today):
		each = ways[row.place]
		if each.makes not in found and _may(each, child, row):
			line = {
				"doctype": each.makes,
				"label": frappe._(each.label),
				"offer": each.offer,
				"source": row.name,
			}
			found[each.makes] = line
	return list(found.values())


def _may(each: Beginning, child: str, source: dict) -> bool:
	if each.makes == "Consultation":
		# Nothing leads back to the child, here neither (domain.md §9.8): it is asked by whoever works in the unit.
		new = {"unit": source.unit}
	else:
		new = {"child": child, **({each.on: source.name} if each.on else {})}
	return conditions.has_permission({"doctype": each.makes, **new}, "create")
