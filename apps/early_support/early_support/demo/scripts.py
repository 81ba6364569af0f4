"""How a concern, and a consultation, may go: scripts of steps in workdays. Pure: imports no Frappe.

A script is written to its end; the plan cuts it where today is (or where it wants an example to stand). Each keeps the
rules of the work (domain.md §2-3), which the app checks again when the plan is loaded.
"""

import random
from dataclasses import dataclass
from typing import Any

from early_support.demo.model import Child, Day, Ref, Step, Unit

CONCERN, PERIOD, NETWORK, ASSESSMENT = "concern", "period", "network", "assessment"
LIMIT = 3  # visits of early support (domain.md §2.4)

TALKS = ("at-the-door", "at-the-door", "vasu-talk", "phone", "meeting")
ANSWERS = ("meeting", "phone", "at-the-door", "message")
SOURCES = (
	*["day-care"] * 9,
	*["veo"] * 3,
	*["parent"] * 3,
	*["maternity-clinic"] * 2,
	"family-guidance",
	"special-health-care",
	"school",
	"school-psychologist",
	"school-social-worker",
	"social-work",
	"other-source",
)
OUTCOMES = ("ended", "ended", "ended", "family-counselling", "other-services", "needs-assessment")
PLACES = ("Home", "Home", "Home", "Unit", "Unit", "Phone", "Remote")
DURATIONS = (30, 45, 45, 60, 60, 75, 90)
STARTS = ("8.30", "9.15", "10.00", "13.00", "14.30", "15.45")


@dataclass(frozen=True)
class Cast:
	"""Who and what a script is about."""

	child: Child
	unit: Unit
	educator: str
	guardians: tuple[str, ...]
	text: dict[str, Any]
	source: str
	receiver: str  # the social worker to whom a family may be handed over
	phrases: dict[str, Any]
	names: dict[str, str]  # user → full name, of the staff
	controller: str  # for whom the counsellor works

	@property
	def educator_role(self) -> str:
		return "Special Needs Educator" if self.educator == self.unit.special_educator else "Early Educator"


class ConcernScript:
	"""Writes the script of one concern and of the support that grows out of it."""

	def __init__(self, rng: random.Random, cast: Cast):
		self.rng = rng
		self.cast = cast
		self.steps: list[Step] = []
		self.day = 0

	# What may happen, from the first note to the end ---------------------------------------------------------------

	def agreed_at_unit(self) -> list[Step]:
		"""The talk with the parents is enough."""
		self.notice().raise_it().talk()
		return (
			self.wait(10, 35)
			.close(self.rng.choice(("worry-eased", "agreed-at-unit", "agreed-at-unit")))
			.steps
		)

	def other_service(self) -> list[Step]:
		self.notice().raise_it().talk()
		return self.wait(5, 25).close("other-service").steps

	def support(self) -> list[Step]:
		"""The joint meeting, one to three visits, follow-up, end."""
		self.notice().raise_it().talk().propose().agree_meeting().propose_period().agree_period().begin()
		for _ in range(self.rng.choice((1, 2, 2, 3, 3))):
			self.visit()
		return self.follow_up().end().close("early-support").steps

	def meeting_declined(self) -> list[Step]:
		self.notice().raise_it().talk().propose().decline_meeting()
		return self.wait(10, 30).close("parents-decline").steps

	def talked_again(self) -> list[Step]:
		self.notice().raise_it().talk().propose().decline_meeting().wait(8, 20).talk()
		return self.wait(5, 20).close("worry-eased").steps

	def period_declined(self) -> list[Step]:
		self.notice().raise_it().talk().propose().agree_meeting().propose_period().decline_period()
		return self.wait(5, 20).close("agreed-at-unit").steps

	def withdrawn(self) -> list[Step]:
		"""The parents end the support in the middle, while a visit is still planned."""
		self.notice().raise_it().talk().propose().agree_meeting().propose_period().agree_period().begin()
		self.visit().plan_visit().withdraw()
		return self.wait(3, 10).close("parents-decline").steps

	def urgent(self) -> list[Step]:
		self.notice().raise_it().mark_urgent()
		return self.wait(1, 4).close(self.rng.choice(("social-services", "child-welfare"))).steps

	def mistake(self) -> list[Step]:
		return self.notice().wait(1, 3).close("mistake").steps

	def moved_away(self) -> list[Step]:
		self.notice().raise_it().talk()
		return self.wait(10, 25).close("child-left").leave().steps

	def missed(self) -> list[Step]:
		"""The family does not come to the first visit; a new time is agreed on."""
		self.notice().raise_it().talk().propose().agree_meeting().propose_period().agree_period().begin()
		self.visit(missed=True).visit()
		return self.follow_up().end().close("early-support").steps

	def called_off(self) -> list[Step]:
		self.notice().raise_it().talk().propose().agree_meeting().propose_period().agree_period().begin()
		self.visit().visit(cancelled=True).visit()
		return self.follow_up().end().close("early-support").steps

	def handed_over(self) -> list[Step]:
		"""The family is referred with its consent, and met by the receiver."""
		self.notice().raise_it().talk().ask_consent().consent().draft_referral().confirm_ground().contact()
		self.accept().first_contact().close_referral().end_consent()
		return self.wait(2, 10).close("other-service").steps

	def not_accepted(self) -> list[Step]:
		self.notice().raise_it().talk().ask_consent().consent().draft_referral().confirm_ground().contact()
		self.not_accept().close_referral().end_consent()
		return self.wait(2, 10).close("agreed-at-unit").steps

	def asked_again(self) -> list[Step]:
		"""The guardians say no to one service, and are asked for another one later."""
		self.notice().raise_it().talk().ask_consent().decline_consent().wait(5, 15).ask_consent().consent()
		return self.end_consent().wait(2, 10).close("agreed-at-unit").steps

	def two_services(self) -> list[Step]:
		"""The family is referred twice on the same consent: the second time when the first receiver has accepted."""
		self.notice().raise_it().talk().ask_consent().consent().draft_referral().confirm_ground().contact()
		first, answers = self.referral_key, self.answers
		self.accept().draft_referral().confirm_ground().contact().accept().first_contact().close_referral()
		self.referral_key, self.answers = first, answers
		self.first_contact().close_referral().end_consent()
		return self.wait(2, 10).close("other-service").steps

	def met_and_referred_again(self) -> list[Step]:
		"""As two_services, but the first receiver has met the family before the second one is asked."""
		self.notice().raise_it().talk().ask_consent().consent().draft_referral().confirm_ground().contact()
		self.accept().first_contact()
		first = self.referral_key
		self.draft_referral().confirm_ground().contact().accept().first_contact().close_referral()
		self.referral_key = first
		self.close_referral().end_consent()
		return self.wait(2, 10).close("other-service").steps

	def consent_withdrawn(self) -> list[Step]:
		"""The guardians take their word back: the referral ends with it."""
		self.notice().raise_it().talk().ask_consent().consent().draft_referral().confirm_ground().contact()
		return self.withdraw_consent().wait(3, 10).close("parents-decline").steps

	def network(self) -> list[Step]:
		"""A network meeting, what was agreed on there, its follow-up and end."""
		self.notice().raise_it().talk().propose().agree_meeting().prepare_network().agree_network()
		self.follow_up_network().close_network()
		return self.wait(2, 8).close("agreed-at-unit").steps

	def network_declined(self) -> list[Step]:
		self.notice().raise_it().talk().propose().agree_meeting().prepare_network().decline_network()
		return self.wait(5, 15).close("parents-decline").steps

	def network_withdrawn(self) -> list[Step]:
		self.notice().raise_it().talk().propose().agree_meeting().prepare_network().agree_network()
		self.withdraw_network()
		return self.wait(5, 15).close("parents-decline").steps

	def assessed(self) -> list[Step]:
		"""The counsellor assesses what the child needs, beside the support: the narrow tier."""
		self.assessment_on_period().start_assessment().narrow().complete(self.cast.unit.counsellor)
		return self.follow_up().end().close("other-service").steps

	def guided(self) -> list[Step]:
		"""The initial assessment shows that guidance is enough."""
		self.assessment_on_period().start_assessment().guide().complete(self.cast.unit.counsellor)
		return self.follow_up().end().close("early-support").steps

	def assessed_broadly(self) -> list[Step]:
		"""The child needs special support: a social worker joins and takes over, the counsellor stays as her pair."""
		self.assessment_on_period(special_support=1).start_assessment().ask_to_join().broaden()
		self.complete(self.cast.receiver)
		return self.follow_up().end().close("social-services").steps

	def assessment_not_wanted(self) -> list[Step]:
		self.assessment_on_period().start_assessment().stop_assessment()
		return self.follow_up().end().close("early-support").steps

	def assessed_after_referral(self) -> list[Step]:
		"""A social worker receives the family and assesses broadly what the child needs."""
		self.notice().raise_it().talk().ask_consent().consent().draft_referral(inside=True)
		self.confirm_ground().contact().accept()
		self.open_assessment(self.cast.receiver, "referral", self.referral_key, special_support=1)
		self.broaden().first_contact().complete(self.cast.receiver).close_referral().end_consent()
		return self.wait(2, 10).close("social-services").steps

	# Verbs ---------------------------------------------------------------------------------------------------------

	def wait(self, least: int, most: int) -> "ConcernScript":
		self.day += self.rng.randint(least, most)
		return self

	def notice(self) -> "ConcernScript":
		text = self.cast.text
		values = {
			"child": Ref(self.cast.child.key),
			"observed_on": Day(self.day),
			"strengths": text["strengths"],
			"observation": text["observation"],
			"topics": [{"topic": topic} for topic in text["topics"]],
			"zone": str(self.rng.randint(*text["zone"])),
		}
		return self._add("draft", self.cast.educator, CONCERN, doctype="Concern", values=values)

	def raise_it(self) -> "ConcernScript":
		self.wait(0, 1)
		return self._add("raised", self.cast.educator, CONCERN, state="Raised")

	def talk(self) -> "ConcernScript":
		self.wait(1, 5)
		text = self.cast.text
		values = {
			"discussed_on": Day(self.day),
			"discussed_how": self.rng.choice(TALKS),
			"discussed_with": ", ".join(self.cast.guardians),
			"parents_view": text["parents_view"],
			"parents_zone": str(self.rng.randint(1, text["zone"][1])),
			"resources": self.rng.choice(self.cast.phrases["resources"]),
			"wishes": text["wishes"],
			"next_step": text["next_step"],
		}
		return self._add("discussed", self.cast.educator, CONCERN, state="Discussed", values=values)

	def propose(self) -> "ConcernScript":
		self.wait(1, 8)
		values = {"meeting_proposed_on": Day(self.day)}
		return self._add("proposed", self.cast.educator, CONCERN, state="Meeting Proposed", values=values)

	def agree_meeting(self) -> "ConcernScript":
		self.wait(1, 4)
		self.meeting = self.day + self.rng.randint(4, 9)
		values = {"agreed_on": Day(self.day), "meeting_on": Day(self.meeting)}
		return self._add("agreed", self.cast.educator, CONCERN, state="Meeting Agreed", values=values)

	def decline_meeting(self) -> "ConcernScript":
		self.wait(1, 6)
		values = {"declined_reason": self.rng.choice(self.cast.phrases["declined"])}
		return self._add("declined", self.cast.educator, CONCERN, state="Declined", values=values)

	def mark_urgent(self) -> "ConcernScript":
		self.wait(0, 1)
		values = {
			"zone": self.rng.choice(("6", "7")),
			"urgent_reason": self.rng.choice(self.cast.phrases["urgent"]),
		}
		actor = self.rng.choice((self.cast.educator, self.cast.unit.director))
		return self._add("urgent", actor, CONCERN, state="Urgent", values=values)

	def propose_period(self) -> "ConcernScript":
		self.wait(1, 2)
		values = {
			"concern": Ref(CONCERN),
			"source": self.cast.source,
			"proposed_on": Day(self.day),
			"counsellor": self.cast.unit.counsellor,
			"meeting_on": Day(self.meeting),
		}
		return self._add(
			"period proposed", self.cast.educator, PERIOD, doctype="Support Period", values=values
		)

	def agree_period(self) -> "ConcernScript":
		self.wait(1, 4)
		values = {
			"agreed_by": self.rng.choice(self.cast.guardians),
			"agreed_how": self.rng.choice(ANSWERS),
			"agreed_on": Day(self.day),
		}
		return self._add("period agreed", self.cast.educator, PERIOD, state="Agreed", values=values)

	def decline_period(self) -> "ConcernScript":
		self.wait(1, 5)
		values = {"declined_reason": self.rng.choice(self.cast.phrases["period_declined"])}
		return self._add("period declined", self.cast.educator, PERIOD, state="Declined", values=values)

	def begin(self) -> "ConcernScript":
		self.wait(1, 3)
		return self._add("under way", self.cast.unit.counsellor, PERIOD, state="Under Way")

	def plan_visit(self, ahead: int | None = None) -> "ConcernScript":
		number = 1 + sum(step.doctype == "Visit" for step in self.steps)
		held = any(step.state == "Held" for step in self.steps)
		# Not on the day of the step before, so that the script can be cut between the two.
		self.wait(1, 2)
		self.visit_day = self.day + (ahead or self.rng.randint(4, 10))
		place, reason = (self.rng.choice(PLACES), None) if held else ("Unit", None)
		if not held and self.rng.random() < 0.05:
			place, reason = self.rng.choice(
				tuple(zip(("Home", "Remote"), self.cast.phrases["place_reason"], strict=True))
			)
		roles = (
			["Guardian", "Child", "Family Counsellor"]
			if place != "Phone"
			else ["Guardian", "Family Counsellor"]
		)
		if place == "Unit":
			roles.append("Early Educator")
		values = {
			"support_period": Ref(PERIOD),
			"visit_date": Day(self.visit_day),
			"start_time": self.rng.choice(STARTS),
			"place": place,
			"place_reason": reason,
			"participants": [
				{"role": role, "headcount": len(self.cast.guardians) if role == "Guardian" else 1}
				for role in roles
			],
		}
		self.document = f"visit-{number}"
		return self._add("planned", self.cast.unit.counsellor, self.document, doctype="Visit", values=values)

	def visit(self, *, missed: bool = False, cancelled: bool = False) -> "ConcernScript":
		"""Plan a visit and hold it. Now and then, or when told to, nobody comes or it is cancelled."""
		self.plan_visit()
		luck = self.rng.random()
		if missed or luck < 0.05:
			self.day = self.visit_day
			values = {"not_attended_reason": self.rng.choice(self.cast.phrases["not_attended"])}
			return self._add(
				"missed", self.cast.unit.counsellor, self.document, state="Not Attended", values=values
			)
		if cancelled or luck < 0.12:
			self.day = self.visit_day - 1
			values = {"cancelled_reason": self.rng.choice(self.cast.phrases["cancelled"])}
			return self._add(
				"cancelled", self.cast.unit.counsellor, self.document, state="Cancelled", values=values
			)
		self.day = self.visit_day
		text = self.cast.text
		values = {
			"duration": self.rng.choice(DURATIONS),
			"topics": [{"topic": topic} for topic in text["topics"]],
			"guidance": text["guidance"],
			"agreed_actions": text["agreed_actions"],
			"next_step": self.rng.choice(self.cast.phrases["visit_next"]),
		}
		self._add("held", self.cast.unit.counsellor, self.document, state="Held", values=values)
		return self.wait(2, 6)

	def follow_up(self) -> "ConcernScript":
		self.wait(1, 5)
		values = {"follow_up_on": Day(self.day + self.rng.randint(10, 25))}
		return self._add("follow-up", self.cast.unit.counsellor, PERIOD, state="Follow-up", values=values)

	def end(self) -> "ConcernScript":
		self.wait(8, 25)
		outcome = self.rng.choice(OUTCOMES)
		note = self.rng.choice(self.cast.phrases["outcome_note"][outcome])
		values = {"outcome": outcome, "outcome_note": note, "rights_told": 1}
		return self._add("ended", self.cast.unit.counsellor, PERIOD, state="Ended", values=values).wait(1, 4)

	def withdraw(self) -> "ConcernScript":
		self.wait(1, 2)
		values = {"withdrawn_how": self.rng.choice(ANSWERS)}
		return self._add("withdrawn", self.cast.educator, PERIOD, state="Withdrawn", values=values)

	def ask_consent(self) -> "ConcernScript":
		self.wait(1, 4)
		texts = self.rng.choice(self.cast.phrases["referrals"])
		self.referral = texts
		self.consent_key = f"consent-{1 + sum(step.name == 'consent asked' for step in self.steps)}"
		values = {
			"child": Ref(self.cast.child.key),
			"asked_on": Day(self.day),
			"valid_from": Day(self.day),
			"purpose": texts["purpose"],
			"recipients": [{"service": texts["service"], "worker": texts["worker"]}],
			"sections": [{"section": section} for section in texts["sections"]],
		}
		return self._add(
			"consent asked",
			self.cast.educator,
			self.consent_key,
			doctype="Cooperation Consent",
			values=values,
		)

	def consent(self) -> "ConcernScript":
		self.wait(1, 5)
		answered = {"answer": "Yes", "answered_on": Day(self.day), "answered_how": self.rng.choice(ANSWERS)}
		values = {"answers": [{"guardian": guardian, **answered} for guardian in self.cast.guardians]}
		return self._add("consent given", self.cast.educator, self.consent_key, state="Given", values=values)

	def decline_consent(self) -> "ConcernScript":
		self.wait(1, 5)
		values = {"declined_reason": self.rng.choice(self.cast.phrases["consent_declined"])}
		return self._add(
			"consent declined", self.cast.educator, self.consent_key, state="Declined", values=values
		)

	def withdraw_consent(self) -> "ConcernScript":
		self.wait(2, 6)
		values = {
			"withdrawn_by": self.rng.choice(self.cast.guardians),
			"withdrawn_how": self.rng.choice(ANSWERS),
		}
		return self._add(
			"consent withdrawn", self.cast.educator, self.consent_key, state="Withdrawn", values=values
		)

	def end_consent(self) -> "ConcernScript":
		self.wait(1, 3)
		return self._add("consent ended", self.cast.educator, self.consent_key, state="Ended")

	def draft_referral(self, *, inside: bool = False) -> "ConcernScript":
		self.wait(0, 1)
		texts = self.referral
		# Every second family goes to somebody who works with this app, the others to a service elsewhere.
		receiver = self.cast.receiver if inside or self.rng.random() < 0.5 else None
		values = {
			"child": Ref(self.cast.child.key),
			"concern": Ref(CONCERN),
			"service": texts["service"],
			"reason": texts["reason"],
			"consent": Ref(self.consent_key),
			"receiver": receiver,
			"outside_receiver": None if receiver else texts["worker"],
			"sections": [{"section": section} for section in texts["sections"]],
		}
		self.answers = receiver or self.cast.educator
		self.referral_key = f"referral-{1 + sum(step.name == 'referral drafted' for step in self.steps)}"
		return self._add(
			"referral drafted", self.cast.educator, self.referral_key, doctype="Referral", values=values
		)

	def confirm_ground(self) -> "ConcernScript":
		self.wait(0, 2)
		return self._add("ground", self.cast.educator, self.referral_key, state="Consent Given")

	def contact(self) -> "ConcernScript":
		self.wait(1, 6)
		values = {
			"contacted_on": Day(self.day),
			"contacted_how": self.rng.choice(("meeting", "phone")),
			"contacted_with": ", ".join((*self.cast.guardians, self.referral["worker"])),
		}
		return self._add(
			"contact", self.cast.educator, self.referral_key, state="Joint Contact", values=values
		)

	def accept(self) -> "ConcernScript":
		self.wait(1, 6)
		return self._add("accepted", self.answers, self.referral_key, state="Accepted")

	def not_accept(self) -> "ConcernScript":
		self.wait(1, 6)
		values = {"declined_reason": self.rng.choice(self.cast.phrases["not_accepted"])}
		return self._add("not accepted", self.answers, self.referral_key, state="Declined", values=values)

	def first_contact(self) -> "ConcernScript":
		self.wait(2, 10)
		values = {
			"first_contact_on": Day(self.day),
			"first_contact_how": self.rng.choice(("meeting", "phone")),
		}
		return self._add(
			"first contact", self.answers, self.referral_key, state="First Contact Confirmed", values=values
		)

	def close_referral(self) -> "ConcernScript":
		self.wait(2, 8)
		return self._add("referral closed", self.cast.educator, self.referral_key, state="Closed")

	def prepare_network(self) -> "ConcernScript":
		self.wait(1, 2)
		cast = self.cast
		values = {
			"child": Ref(cast.child.key),
			"concern": Ref(CONCERN),
			"meeting_on": Day(self.meeting),
			"place": self.rng.choice(cast.phrases["network_place"]),
			"participants": [
				*({"role": "Guardian", "participant_name": name} for name in cast.guardians),
				{"role": cast.educator_role, "participant_name": cast.names[cast.educator]},
				{
					"role": "Family Counsellor",
					"participant_name": cast.names[cast.unit.counsellor],
					"controller": cast.controller,
				},
			],
		}
		return self._add("network draft", cast.educator, NETWORK, doctype="Network Meeting", values=values)

	def agree_network(self) -> "ConcernScript":
		"""What is agreed on the day of the meeting. Now and then the guardians cannot come, and have agreed beforehand."""
		cast, text = self.cast, self.cast.text
		if self.rng.random() < 0.15:
			permission = {
				"permission_by": cast.guardians[0],
				"permission_how": self.rng.choice(ANSWERS),
				"permission_on": Day(self.day),
			}
		else:
			permission = {"guardians_present": 1}
		self.day = self.meeting
		self.followed = self.day + self.rng.randint(15, 25)
		values = {
			**permission,
			"basics": text["observation"],
			"clients_estimate": text["parents_view"],
			"professionals_estimate": text["strengths"],
			"shared_goal": text["wishes"],
			"actions": [
				{
					"what": text["next_step"],
					"responsible": cast.names[cast.educator],
					"due_on": Day(self.day + 10),
				},
				{
					"what": text["agreed_actions"],
					"responsible": cast.guardians[0],
					"due_on": Day(self.day + 15),
				},
			],
			"contact_person": cast.names[cast.educator],
			"follow_up_on": Day(self.followed),
		}
		return self._add("network agreed", cast.educator, NETWORK, state="Agreed", values=values)

	def decline_network(self) -> "ConcernScript":
		self.wait(1, 2)
		values = {"declined_reason": self.rng.choice(self.cast.phrases["declined"])}
		return self._add("network declined", self.cast.educator, NETWORK, state="Declined", values=values)

	def follow_up_network(self) -> "ConcernScript":
		self.day = self.followed
		values = {
			"follow_up_note": self.rng.choice(self.cast.phrases["network_follow_up"]),
			"actions": {0: {"state": "Done", "done_on": Day(self.day - 5)}},
		}
		return self._add(
			"network followed up", self.cast.educator, NETWORK, state="Followed Up", values=values
		)

	def close_network(self) -> "ConcernScript":
		self.wait(3, 10)
		end = (
			{"state": "Given Up", "outcome_note": self.rng.choice(self.cast.phrases["network_given_up"])}
			if self.rng.random() < 0.25
			else {"state": "Done", "done_on": Day(self.day - 1)}
		)
		actor = self.rng.choice((self.cast.educator, self.cast.unit.director))
		return self._add("network closed", actor, NETWORK, state="Closed", values={"actions": {1: end}})

	def withdraw_network(self) -> "ConcernScript":
		self.wait(5, 10)
		values = {"withdrawn_how": self.rng.choice(ANSWERS)}
		return self._add("network withdrawn", self.cast.educator, NETWORK, state="Withdrawn", values=values)

	def assessment_on_period(self, **marks: int) -> "ConcernScript":
		self.notice().raise_it().talk().propose().agree_meeting().propose_period().agree_period().begin().visit()
		return self.open_assessment(self.cast.unit.counsellor, "support_period", PERIOD, **marks)

	def open_assessment(self, actor: str, field: str, source: str, **marks: int) -> "ConcernScript":
		self.wait(1, 3)
		self.needs = self.rng.choice(self.cast.phrases["assessments"])
		values = {
			field: Ref(source),
			"pending_since": Day(self.day),
			"basis": self.needs["basis"],
			"basis_note": self.needs["basis_note"],
			"participants": [
				{
					"role": "Child",
					"participant_name": f"{self.cast.child.values['first_names']} {self.cast.child.values['last_name']}",
				},
				*({"role": "Guardian", "participant_name": name} for name in self.cast.guardians),
			],
			**marks,
		}
		return self._add("assessment opened", actor, ASSESSMENT, doctype="Needs Assessment", values=values)

	def start_assessment(self) -> "ConcernScript":
		self.wait(1, 4)
		return self._add("assessment begun", self.cast.unit.counsellor, ASSESSMENT, state="Initial")

	def guide(self) -> "ConcernScript":
		self.wait(1, 6)
		values = {"guidance": self.needs["guidance"], "rights_told": 1}
		actor = self.cast.unit.counsellor
		return self._add("guidance given", actor, ASSESSMENT, state="Guidance Given", values=values)

	def narrow(self) -> "ConcernScript":
		self.wait(2, 6)
		return self._add("narrow assessment", self.cast.unit.counsellor, ASSESSMENT, state="Narrow")

	def ask_to_join(self) -> "ConcernScript":
		self.wait(0, 1)
		values = {"colleague": self.cast.receiver}
		return self._add("asked to join", self.cast.unit.counsellor, ASSESSMENT, values=values)

	def broaden(self) -> "ConcernScript":
		self.wait(1, 2)
		return self._add("broad assessment", self.cast.receiver, ASSESSMENT, state="Broad")

	def complete(self, actor: str) -> "ConcernScript":
		self.wait(5, 20)
		values = {field: self.needs[field] for field in ("child_view", "parents_view", "worker_view")}
		values |= {"result": self.needs["result"], "result_note": self.needs["result_note"], "rights_told": 1}
		values["services"] = [{"service": service} for service in self.needs["services"]]
		if actor == self.cast.receiver:
			values |= {"protection_need": "No", "protection_note": self.needs["protection_note"]}
		return self._add("assessment ready", actor, ASSESSMENT, state="Ready", values=values).wait(1, 3)

	def stop_assessment(self) -> "ConcernScript":
		self.wait(2, 8)
		values = {
			"withdrawn_by": self.rng.choice(self.cast.guardians),
			"withdrawn_reason": self.rng.choice(self.cast.phrases["assessment_withdrawn"]),
		}
		actor = self.cast.unit.counsellor
		return self._add("assessment withdrawn", actor, ASSESSMENT, state="Withdrawn", values=values).wait(
			1, 3
		)

	def close(self, reason: str) -> "ConcernScript":
		actor = self.rng.choice((self.cast.educator, self.cast.educator, self.cast.unit.director))
		return self._add("closed", actor, CONCERN, state="Closed", values={"closing_reason": reason})

	def leave(self) -> "ConcernScript":
		self.wait(1, 3)
		values = {"left_on": Day(self.day)}
		return self._add("left", self.cast.unit.director, self.cast.child.key, values=values)

	def _add(self, name: str, actor: str, document: str, **step) -> "ConcernScript":
		self.steps.append(Step(name, self.day, actor, document, **step))
		return self


# How often each ending comes, in a hundred concerns.
ENDINGS = (
	(ConcernScript.support, 48),
	(ConcernScript.agreed_at_unit, 27),
	(ConcernScript.other_service, 5),
	(ConcernScript.talked_again, 4),
	(ConcernScript.meeting_declined, 5),
	(ConcernScript.period_declined, 5),
	(ConcernScript.withdrawn, 4),
	(ConcernScript.urgent, 4),
	(ConcernScript.mistake, 2),
	(ConcernScript.handed_over, 4),
	(ConcernScript.not_accepted, 1),
	(ConcernScript.asked_again, 1),
	(ConcernScript.consent_withdrawn, 1),
	(ConcernScript.network, 6),
	(ConcernScript.network_declined, 1),
	(ConcernScript.network_withdrawn, 1),
	(ConcernScript.assessed, 2),
	(ConcernScript.guided, 1),
	(ConcernScript.assessed_broadly, 1),
	(ConcernScript.assessed_after_referral, 1),
)

# One example of each place a case can stand at, for the large unit: (script, the step it has come to, its number,
# workdays since). With these every state of every workflow has a document, whatever chance brings.
EXAMPLES = (
	(ConcernScript.agreed_at_unit, "draft", 1, 1),
	(ConcernScript.agreed_at_unit, "raised", 1, 3),
	(ConcernScript.support, "raised", 1, 8),
	(ConcernScript.support, "discussed", 1, 2),
	(ConcernScript.support, "proposed", 1, 2),
	(ConcernScript.support, "agreed", 1, 1),
	(ConcernScript.meeting_declined, "declined", 1, 6),
	(ConcernScript.urgent, "urgent", 1, 1),
	(ConcernScript.support, "period proposed", 1, 2),
	(ConcernScript.support, "period agreed", 1, 1),
	(ConcernScript.support, "planned", 1, 2),  # the visit is to come
	(ConcernScript.called_off, "planned", 2, 12),  # the day of the visit has passed, and nobody has noted it
	(ConcernScript.support, "follow-up", 1, 4),
	(ConcernScript.support, "ended", 1, 2),
	(ConcernScript.withdrawn, "withdrawn", 1, 3),
	(ConcernScript.period_declined, "period declined", 1, 2),
	(ConcernScript.missed, "missed", 1, 2),
	(ConcernScript.called_off, "cancelled", 1, 1),
	(ConcernScript.support, "closed", 1, 9),
	(ConcernScript.moved_away, "left", 1, 12),
	(ConcernScript.handed_over, "contact", 1, 2),
	(ConcernScript.not_accepted, "not accepted", 1, 2),
	(ConcernScript.asked_again, "consent asked", 2, 2),
	(ConcernScript.two_services, "referral drafted", 2, 1),
	(ConcernScript.met_and_referred_again, "ground", 2, 1),
	(ConcernScript.consent_withdrawn, "consent withdrawn", 1, 2),
	(ConcernScript.handed_over, "closed", 1, 4),
	(ConcernScript.network, "network draft", 1, 1),
	(ConcernScript.network, "network agreed", 1, 4),
	(ConcernScript.network, "network agreed", 1, 30),  # the follow-up has come, and nobody has noted it
	(ConcernScript.network, "network followed up", 1, 2),
	(ConcernScript.network, "network closed", 1, 3),
	(ConcernScript.network_declined, "network declined", 1, 2),
	(ConcernScript.network_withdrawn, "network withdrawn", 1, 3),
	(ConcernScript.assessed, "assessment opened", 1, 2),
	(ConcernScript.assessed_broadly, "assessment begun", 1, 4),
	(ConcernScript.assessed_broadly, "asked to join", 1, 1),
	(ConcernScript.assessed, "narrow assessment", 1, 3),
	(ConcernScript.guided, "guidance given", 1, 2),
	(ConcernScript.assessed_broadly, "broad assessment", 1, 5),
	(
		ConcernScript.assessed_after_referral,
		"assessment opened",
		1,
		9,
	),  # the day by which it had to begin has passed
	(ConcernScript.assessed_after_referral, "broad assessment", 1, 20),
	(ConcernScript.assessed, "assessment ready", 1, 1),
	(ConcernScript.assessment_not_wanted, "assessment withdrawn", 1, 2),
)


def consultation(
	rng: random.Random, unit: Unit, actor: str, text: dict[str, str], phrases: dict[str, Any]
) -> list[Step]:
	"""Return the script of an anonymous question, from asking to closing (domain.md §2.2)."""
	channel = rng.choice(("E-mail", "E-mail", "Call-back"))
	values = {
		"unit": unit.code,
		"age_band": text["age_band"],
		"topics": [{"topic": text["topic"]}],
		"channel": channel,
		"call_back_time": rng.choice(phrases["call_back"]) if channel == "Call-back" else None,
		"question": text["question"],
	}
	taken = rng.randint(0, 2)
	answered = taken + rng.randint(0, 3)
	closed = answered + rng.randint(1, 9)
	document = "consultation"
	return [
		Step("requested", 0, actor, document, doctype="Consultation", values=values),
		Step("taken", taken, unit.counsellor, document, state="Taken"),
		Step(
			"answered",
			answered,
			unit.counsellor,
			document,
			state="Answered",
			values={"answer": text["answer"]},
		),
		Step("consultation closed", closed, actor, document, state="Closed"),
	]


# The step a consultation has come to, and the workdays since.
CONSULTATION_EXAMPLES = (
	("requested", 1),
	("requested", 4),
	("taken", 1),
	("answered", 2),
	("answered", 3),
	("consultation closed", 3),
)


def until(steps: list[Step], name: str, number: int) -> list[Step]:
	"""Return the steps up to and including the `number`th of that name.

	Raises:
		ValueError: the script never comes there.
	"""
	seen = 0
	for index, step in enumerate(steps):
		seen += step.name == name
		if seen == number:
			return steps[: index + 1]
	raise ValueError(f"The script has no step {name} number {number}.")
