"""The events of the work that are counted, and where they stand. Pure: imports no Frappe.

Each is a step of the process (domain.md §2) with the day on which it happened.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
	"""An event as a column of a case doctype.

	`key` goes into the file (tapahtumalaji). `day` is the field that tells when it happened. `since` is the field
	from which the mean duration in days is counted (kesto_ka_pv), if one makes sense. `states` are the only ones in
	which the day counts, `not_states` those in which it does not (a date typed before the step was taken). `child`
	tells whether the doctype holds a child, so that children can be counted.
	"""

	key: str
	doctype: str
	day: str
	since: str | None = None
	states: tuple[str, ...] = ()
	not_states: tuple[str, ...] = ()
	child: bool = True

	def day_of(self, row: Mapping) -> datetime.date | None:
		"""The day on which the event counts for a record of the doctype, None if it does not.

		`row` maps fields of type Date to their values. What a query counts, this counts (export/monthly.py).
		"""
		state = row["workflow_state"]
		if (self.states and state not in self.states) or state in self.not_states:
			return None
		return row[self.day]

	def days_of(self, row: Mapping) -> int | None:
		"""The days from `since` to the event, None without it or if it came later: a step taken out of order."""
		first, last = row[self.since] if self.since else None, self.day_of(row)
		days = (last - first).days if first and last else -1
		return days if days >= 0 else None


EVENTS = (
	Event("huoli_otettu_esiin", "Concern", "raised_on", not_states=("Draft",)),
	Event("huoli_puheeksi", "Concern", "discussed_on", "observed_on", not_states=("Draft", "Raised")),
	Event("tapaaminen_ehdotettu", "Concern", "meeting_proposed_on", not_states=("Draft", "Raised")),
	Event(
		"tapaaminen_sovittu",
		"Concern",
		"agreed_on",
		"meeting_proposed_on",
		states=("Meeting Agreed", "Urgent", "Closed"),
	),
	Event("kiireellinen", "Concern", "urgent_on"),
	Event("konsultaatio_pyydetty", "Consultation", "requested_on", child=False),
	Event("konsultaatio_vastattu", "Consultation", "answered_on", "requested_on", child=False),
	Event("tukijakso_sovittu", "Support Period", "agreed_on", not_states=("Proposed", "Declined")),
	Event("tukijakso_paattynyt", "Support Period", "ended_on", "agreed_on", states=("Ended",)),
	Event("tukijakso_peruttu", "Support Period", "withdrawn_on", states=("Withdrawn",)),
	Event("kaynti_pidetty", "Visit", "visit_date", states=("Held",)),
	Event("kaynti_peruttu", "Visit", "visit_date", states=("Cancelled",)),
	Event("kaynti_ei_saavuttu", "Visit", "visit_date", states=("Not Attended",)),
)

# What only rows tell of, each when a profile names it: casework that no figures count.
FORMS = (
	Event("suunnitelma_vahvistettu", "Child Plan", "confirmed_on", "begun_on"),
	Event("yhteistyolupa_annettu", "Cooperation Consent", "given_on", "asked_on"),
	Event("verkosto_sovittu", "Network Meeting", "meeting_on", states=("Agreed", "Followed Up", "Closed")),
	Event("ohjaus_lahetetty", "Referral", "sent_on"),
	Event("ohjaus_vastaanotettu", "Referral", "accepted_on", "sent_on"),
	Event("arvio_valmis", "Needs Assessment", "ready_on", "started_on", states=("Ready",)),
	Event("asiakkuus_alkanut", "Client Relationship", "started_on", states=("Active", "Ended")),
	Event("asiakkuus_paattynyt", "Client Relationship", "ended_on", "started_on", states=("Ended",)),
	Event("asiakassuunnitelma_sovittu", "Support Plan", "agreed_on", not_states=("Draft",)),
	Event("asiakassuunnitelma_arvioitu", "Plan Review", "reviewed_on", states=("Reviewed",)),
)

# What is counted without a case from the beginning, or any more (recording/).
GUIDANCE_COUNT = "Guidance Count"
GUIDANCE_GIVEN = "neuvonta_annettu"

# A service that a confirmed plan of a child has as in use: counted by service, for whoever asks (export/monthly.py).
SERVICE_IN_USE = "palvelu_kaytossa"

KEYS = (*(event.key for event in EVENTS), GUIDANCE_GIVEN)
