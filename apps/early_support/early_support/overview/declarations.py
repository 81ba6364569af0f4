"""What the page of a child and the page of a unit show of each kind of casework. Pure: imports no Frappe.

One entry for each case doctype; no code goes by its name. Labels are those of the fields, so that an entry names fields
only. What of it a person sees is decided where lists are (access/policy.py): an entry opens nothing to anybody.
"""

from typing import NamedTuple


def _(text: str) -> str:
	"""Mark a text for the translators; it is translated where it is shown."""
	return text


class Followed(NamedTuple):
	"""The document that comes after this one: while there is one, the step is done.

	`field` of `doctype` holds the value of this document's field `on`. `states`: only those in one of these count.
	"""

	doctype: str
	field: str
	on: str = "name"
	states: tuple[str, ...] = ()


class Step(NamedTuple):
	"""Whose turn it is in a state, and to do what, where that is not simply the first move of the workflow.

	`line`: what is to be done, if that is no move. `makes`: the doctype that is made with it, which the user must have
	the right to make. `followed`: the step is done when this exists. `whose`: the field with the only user whose turn it
	is; empty, it is anybody's. `after`: the field with the first day, `ahead` days before it.
	"""

	line: str | None = None
	makes: str | None = None
	followed: Followed | None = None
	whose: str | None = None
	after: str | None = None
	ahead: int = 0


class Due(NamedTuple):
	"""A day to come, in some states: on the unit's page in the week in which it is, and late when it has passed.

	`field` holds the day; or, where something `waits`, the day since which nothing has moved: it is late when people are
	reminded of it, after the days of the settings. `coming`: it is looked forward to. `late`: something is overdue when
	the day has passed.
	"""

	field: str
	states: tuple[str, ...]
	waits: bool = False
	coming: bool = True
	late: bool = True


class Counted(NamedTuple):
	"""How many documents hang on this one by `field`, in one of `states`, of at most as many as the field `of` says."""

	label: str
	doctype: str
	field: str
	states: tuple[str, ...]
	of: str


class Shown(NamedTuple):
	"""What is shown of a case doctype, by the names of its fields.

	`dates`: a line of the time line each, in the order of the work. `names`: tell which one it is, beside its kind.
	`people`: users, or names of people. `agreed`: the states in which it stands under what is agreed, with `facts`.
	`until`: state → field; past its end it still stands there to this day, so that nobody goes by what is withdrawn.
	`steps`: state → whose turn it is; None: nobody's. Other states have the first move of the workflow.
	"""

	dates: tuple[str, ...]
	names: tuple[str, ...] = ()
	people: tuple[str, ...] = ()
	agreed: tuple[str, ...] = ()
	facts: tuple[str, ...] = ()
	counted: Counted | None = None
	until: dict[str, str] = {}
	due: tuple[Due, ...] = ()
	steps: dict[str, Step | None] = {}


class Rows(NamedTuple):
	"""A child table of which the rows are agreed on: what, by whom, until when.

	Open are those with `open_value` in `open_field`, or all without it, of documents in one of `states`.
	"""

	parent: str
	what: str
	who: str
	due: str
	states: tuple[str, ...]
	open_field: str | None = None
	open_value: str | None = None


# The guardians fill in their form beforehand: a review is announced so many days ahead (domain.md §3, 1553).
REVIEW_AHEAD = 30
# A client's plan is looked at every three months (domain.md §3, 752): two weeks are enough to find a day together.
SUPPORT_REVIEW_AHEAD = 14

SHOWN: dict[str, Shown] = {
	"Concern": Shown(
		dates=(
			"observed_on",
			"raised_on",
			"discussed_on",
			"meeting_proposed_on",
			"agreed_on",
			"declined_on",
			"urgent_on",
			"closed_on",
		),
		people=("raised_by",),
		due=(Due("meeting_on", ("Meeting Proposed", "Meeting Agreed"), late=False),),
		steps={
			"Meeting Agreed": Step(
				_("Start the support period"), "Support Period", Followed("Support Period", "concern")
			)
		},
	),
	"Support Period": Shown(
		dates=("proposed_on", "agreed_on", "declined_on", "started_on", "ended_on", "withdrawn_on"),
		people=("proposed_by", "counsellor"),
		agreed=("Agreed", "Under Way", "Follow-up"),
		facts=("agreed_on",),
		counted=Counted(_("Visits held"), "Visit", "support_period", ("Held",), of="visit_limit"),
		due=(Due("meeting_on", ("Agreed",), late=False), Due("follow_up_on", ("Follow-up",))),
		steps={
			"Agreed": Step(_("Plan a visit"), "Visit", Followed("Visit", "support_period")),
			"Under Way": Step(
				_("Plan the next visit, or go to follow-up"),
				"Visit",
				Followed("Visit", "support_period", states=("Planned",)),
			),
			"Follow-up": Step(after="follow_up_on"),
		},
	),
	"Visit": Shown(
		dates=("visit_date",),
		names=("number", "place"),
		due=(Due("visit_date", ("Planned",)),),
		steps={"Planned": Step(after="visit_date")},
	),
	"Cooperation Consent": Shown(
		dates=("asked_on", "given_on", "declined_on", "withdrawn_on", "ended_on"),
		people=("asked_by",),
		agreed=("Given", "Withdrawn"),
		facts=("valid_until", "withdrawn_on"),
		until={"Withdrawn": "valid_until"},
		due=(Due("valid_until", ("Given",), late=False),),
		steps={"Given": None},
	),
	"Referral": Shown(
		dates=(
			"creation",
			"contacted_on",
			"accepted_on",
			"declined_on",
			"first_contact_on",
			"closed_on",
			"withdrawn_on",
		),
		names=("service",),
		people=("referred_by", "receiver", "outside_receiver"),
		due=(
			Due("modified", ("Consent Given",), waits=True, coming=False),
			Due("declined_on", ("Declined",), waits=True, coming=False),
			Due("sent_on", ("Joint Contact",), waits=True, coming=False),
			Due("accepted_on", ("Accepted",), waits=True, coming=False),
		),
		steps={"Joint Contact": Step(whose="receiver"), "Accepted": Step(whose="receiver")},
	),
	"Child Plan": Shown(
		dates=(
			"begun_on",
			"form_received_on",
			"discussed_on",
			"confirmed_on",
			"review_requested_on",
			"superseded_on",
			"discontinued_on",
		),
		people=("begun_by",),
		agreed=("Confirmed",),
		facts=("confirmed_on", "review_due_on"),
		due=(Due("review_due_on", ("Confirmed",)),),
		steps={
			"Confirmed": Step(
				_("Make the next plan"),
				"Child Plan",
				Followed("Child Plan", "child", "child", ("Draft", "Guardian Form Received", "Discussed")),
				after="review_due_on",
				ahead=REVIEW_AHEAD,
			)
		},
	),
	"Network Meeting": Shown(
		dates=("meeting_on", "followed_up_on", "closed_on", "declined_on", "withdrawn_on"),
		people=("convened_by", "contact_person"),
		agreed=("Agreed", "Followed Up"),
		facts=("shared_goal",),
		due=(Due("meeting_on", ("Draft",)), Due("follow_up_on", ("Agreed",))),
		steps={"Draft": Step(after="meeting_on"), "Agreed": Step(after="follow_up_on")},
	),
	"Needs Assessment": Shown(
		dates=("pending_since", "special_since", "started_on", "ready_on", "withdrawn_on"),
		people=("assessor", "colleague"),
		due=(
			Due("start_due_on", ("Opened",)),
			Due("ready_due_on", ("Initial", "Guidance Given", "Narrow", "Broad")),
		),
		steps=dict.fromkeys(
			("Opened", "Initial", "Guidance Given", "Narrow", "Broad"), Step(whose="assessor")
		),
	),
	"Client Relationship": Shown(
		dates=("creation", "started_on", "ended_on", "withdrawn_on"),
		people=("opened_by", "own_worker"),
		agreed=("Active",),
		facts=("started_on",),
		steps={
			"Draft": Step(whose="opened_by"),
			"Active": Step(
				_("Make the support plan"),
				"Support Plan",
				Followed("Support Plan", "client_relationship", states=("Draft", "Agreed", "Under Review")),
				whose="own_worker",
			),
		},
	),
	"Support Plan": Shown(
		dates=("creation", "agreed_on", "ended_on"),
		names=("version_number",),
		people=("begun_by",),
		agreed=("Agreed", "Under Review"),
		facts=("agreed_on", "next_review_on"),
		due=(Due("next_review_on", ("Agreed", "Under Review")),),
		steps={"Agreed": Step(after="next_review_on", ahead=SUPPORT_REVIEW_AHEAD)},
	),
	"Plan Review": Shown(
		dates=("creation", "reviewed_on"),
		names=("reviewed_version",),
		people=("begun_by",),
	),
	# About nobody, so on the unit's page only (domain.md §9.8).
	"Consultation": Shown(
		dates=(),
		due=(
			Due("requested_on", ("Requested",), waits=True, coming=False),
			Due("taken_on", ("Taken",), waits=True, coming=False),
		),
	),
}

AGREED_ROWS: dict[str, Rows] = {
	"Network Action": Rows(
		"Network Meeting", "what", "responsible", "due_on", ("Agreed", "Followed Up"), "state", "Open"
	),
	# How a goal went is written in the review of the plan: until then it is what is being worked on (domain.md §2, 1592).
	"Plan Goal": Rows("Support Plan", "goal", "responsible", "due_on", ("Agreed",)),
}

# Protected doctypes with a child that have no entry, with the reason.
LEFT_OUT = {
	"Network Meeting Filing": "the copy of a network meeting for one register; the meeting itself is shown",
}
