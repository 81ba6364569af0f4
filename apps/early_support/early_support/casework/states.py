"""States which the rules know by name, whatever else the Workflow holds."""

# A child has at most one period in one of these (support_period.py).
OPEN_PERIOD = ("Proposed", "Agreed", "Under Way", "Follow-up")

# The parents have agreed: visits may be planned and held.
AGREED_PERIOD = ("Agreed", "Under Way", "Follow-up")

# A child has at most one client relationship in one of these with a register controller (client_relationship.py).
OPEN_RELATIONSHIP = ("Draft", "Active")

# Every state that a rule, a figure or an access rule names, the one in which a document begins first. An administrator
# may add others between them, but take none of these away (design.md §3).
NAMED = {
	"Concern": (
		"Draft",
		"Raised",
		"Discussed",
		"Meeting Proposed",
		"Meeting Agreed",
		"Declined",
		"Urgent",
		"Closed",
	),
	"Consultation": ("Requested", "Taken", "Answered", "Closed"),
	"Support Period": (*OPEN_PERIOD, "Declined", "Ended", "Withdrawn"),
	"Visit": ("Planned", "Held", "Cancelled", "Not Attended"),
	"Cooperation Consent": ("Draft", "Given", "Declined", "Withdrawn", "Ended"),
	"Referral": (
		"Draft",
		"Consent Given",
		"Joint Contact",
		"Accepted",
		"Declined",
		"First Contact Confirmed",
		"Closed",
		"Withdrawn",
	),
	"Network Meeting": ("Draft", "Agreed", "Followed Up", "Closed", "Declined", "Withdrawn"),
	"Child Plan": (
		"Draft",
		"Guardian Form Received",
		"Discussed",
		"Confirmed",
		"Superseded",
		"Discontinued",
	),
	"Needs Assessment": (
		"Opened",
		"Initial",
		"Guidance Given",
		"Narrow",
		"Broad",
		"Ready",
		"Withdrawn",
	),
	"Client Relationship": (*OPEN_RELATIONSHIP, "Ended", "Withdrawn"),
	"Support Plan": ("Draft", "Agreed", "Under Review", "Ended"),
	"Plan Review": ("Draft", "Reviewed"),
	"Form Change Request": (
		"Draft",
		"With Area Director",
		"With Management Group",
		"No Position",
		"Returned",
		"Approved",
		"Published",
		"Rejected",
		"Rolled Back",
		"Withdrawn",
	),
	"Report Run": (
		"Queued",
		"Built",
		"Validated",
		"Approved",
		"Sent",
		"Acknowledged",
		"Failed",
		"Superseded",
	),
}

# The states that end a case: from all others one of these can be reached, and from these nothing leads on.
FINAL = {
	"Concern": ("Closed",),
	"Consultation": ("Closed",),
	"Support Period": ("Declined", "Ended", "Withdrawn"),
	"Visit": ("Held", "Cancelled", "Not Attended"),
	"Cooperation Consent": ("Declined", "Withdrawn", "Ended"),
	"Referral": ("Closed", "Withdrawn"),
	"Network Meeting": ("Closed", "Declined", "Withdrawn"),
	"Child Plan": ("Superseded", "Discontinued"),
	"Needs Assessment": ("Ready", "Withdrawn"),
	"Client Relationship": ("Ended", "Withdrawn"),
	"Support Plan": ("Ended",),
	"Plan Review": ("Reviewed",),
	"Form Change Request": ("Rejected", "Rolled Back", "Withdrawn"),
	"Report Run": ("Acknowledged", "Failed", "Superseded"),
}

# The states into which nobody moves a document: the app does, when something else happens.
SET_BY_THE_APP = {
	"Child Plan": ("Superseded",),
	"Report Run": ("Built", "Superseded"),
}
