"""How early support, or a referral, may go on as a client relationship. Pure: imports no Frappe."""

from early_support.demo.model import Day, Ref, Step
from early_support.demo.scripts import ANSWERS, PERIOD, ConcernScript

RELATIONSHIP, SUPPORT_PLAN, REVIEW = "relationship", "support plan", "plan review"


class ClientScript(ConcernScript):
	"""Writes the script of a concern after which the child becomes a client of the social services (domain.md §2.6)."""

	# What may happen -----------------------------------------------------------------------------------------------

	def client(self) -> list[Step]:
		"""The counsellor of the support becomes the own worker, until the need has ended (domain.md §3, 402-404)."""
		self.support_so_far().open_relationship().start_relationship().plan_support().agree_support_plan()
		self.begin_review().record_review().agree_next_version()
		return self.end_relationship().steps

	def client_of_another_plan(self) -> list[Step]:
		"""The first plan was begun by mistake, and ends (domain.md §3, 746: the client has one all the same)."""
		self.support_so_far().open_relationship().start_relationship().plan_support().end_support_plan()
		return self.steps

	def client_by_referral(self) -> list[Step]:
		"""A social worker receives the family, and becomes the own worker: the child needs special support (736-737)."""
		self.notice().raise_it().talk().ask_consent().consent().draft_referral(inside=True)
		self.confirm_ground().contact().accept().open_relationship(self.referral_key, self.answers)
		self.start_relationship("Special Support").plan_support().agree_support_plan()
		return self.end_relationship().steps

	def client_withdraws(self) -> list[Step]:
		"""The family thinks again before anything has started."""
		return self.support_so_far().open_relationship().withdraw_relationship().steps

	# Verbs ---------------------------------------------------------------------------------------------------------

	def support_so_far(self) -> "ClientScript":
		self.notice().raise_it().talk().propose().agree_meeting().propose_period().agree_period().begin()
		return self.visit().follow_up()

	def open_relationship(self, referral: str | None = None, worker: str | None = None) -> "ClientScript":
		self.wait(1, 3)
		self.worker = worker or self.cast.unit.counsellor
		way = {"referral": Ref(referral)} if referral else {"support_period": Ref(PERIOD)}
		self.began = "Handling" if referral else "Service"
		return self._add(
			"relationship opened", self.worker, RELATIONSHIP, doctype="Client Relationship", values=way
		)

	def start_relationship(self, tier: str = "Universal") -> "ClientScript":
		self.wait(1, 3)
		values = {
			"source": self.cast.source,
			"tier": tier,
			"started_on": Day(self.day),
			"started_with": self.began,
		}
		if tier != "Universal":
			values["before_decision"] = self.cast.phrases["clients"]["before_decision"][0]
		return self._add("relationship started", self.worker, RELATIONSHIP, state="Active", values=values)

	def plan_support(self) -> "ClientScript":
		"""The three views and the situation, resources before goals (domain.md §3, 746-751; §2, 1591)."""
		self.wait(1, 4)
		texts = self.texts = self.rng.choice(self.cast.phrases["clients"]["plans"])
		values = {
			"client_relationship": Ref(RELATIONSHIP),
			**{field: texts[field] for field in ("child_view", "worker_view", "situation", "network")},
			"parents_view": self.cast.text["parents_view"],
			"resources": self.rng.choice(self.cast.phrases["resources"]),
			"support_need": self.cast.text["wishes"],
		}
		return self._add(
			"support plan begun", self.worker, SUPPORT_PLAN, doctype="Support Plan", values=values
		)

	def agree_support_plan(self) -> "ClientScript":
		"""One thing agreed on is enough, split into steps (domain.md §2, 1592 and 1603-1604)."""
		self.wait(1, 4)
		self.goals = [
			{
				"goal": self.texts["goal"],
				"steps": "\n".join(self.texts["steps"]),
				"responsible": self.cast.guardians[0],
				"due_on": Day(self.day + 25),
			}
		]
		return self._agree("support plan agreed")

	def begin_review(self) -> "ClientScript":
		self.wait(8, 12)
		self._add("plan taken up", self.worker, SUPPORT_PLAN, state="Under Review")
		values = {
			"support_plan": Ref(SUPPORT_PLAN),
			"reviewed_on": Day(self.day),
			"reviewed_with": ", ".join(self.cast.guardians),
		}
		return self._add("review begun", self.worker, REVIEW, doctype="Plan Review", values=values)

	def record_review(self) -> "ClientScript":
		self.wait(1, 2)
		values = {
			"goals": {
				0: {
					"outcome": self.rng.choice(("Reached", "On the Way")),
					"note": self.rng.choice(self.cast.phrases["clients"]["noticed"]),
				}
			},
			"conclusion": self.rng.choice(self.cast.phrases["clients"]["conclusion"]),
		}
		return self._add("review recorded", self.worker, REVIEW, state="Reviewed", values=values)

	def agree_next_version(self) -> "ClientScript":
		self.wait(1, 2)
		self.goals = [{**goal, "due_on": Day(self.day + 25)} for goal in self.goals]
		return self._agree("next version agreed")

	def _agree(self, name: str) -> "ClientScript":
		values = {
			"goals": self.goals,
			"agreed_by": self.cast.guardians[0],
			"agreed_how": self.rng.choice(("meeting", "phone")),
			"next_review_on": Day(self.day + 40),
		}
		return self._add(name, self.worker, SUPPORT_PLAN, state="Agreed", values=values)

	def end_support_plan(self) -> "ClientScript":
		self.wait(1, 2)
		values = {"ended_reason": self.cast.phrases["clients"]["ended_reason"][0]}
		return self._add("support plan ended", self.worker, SUPPORT_PLAN, state="Ended", values=values)

	def end_relationship(self) -> "ClientScript":
		self.wait(10, 15)
		values = {
			"ending_reason": self.rng.choice(("need-ended", "need-ended", "another-service")),
			"ending_note": self.rng.choice(self.cast.phrases["clients"]["ending_note"]),
			"ended_on": Day(self.day),
		}
		return self._add("relationship ended", self.worker, RELATIONSHIP, state="Ended", values=values)

	def withdraw_relationship(self) -> "ClientScript":
		self.wait(1, 4)
		values = {"withdrawn_how": self.rng.choice(ANSWERS)}
		return self._add(
			"relationship withdrawn", self.worker, RELATIONSHIP, state="Withdrawn", values=values
		)


# One example of each place a relationship can stand at, as in scripts.EXAMPLES.
EXAMPLES = (
	(ClientScript.client, "relationship opened", 1, 1),
	(ClientScript.client, "relationship started", 1, 3),
	(ClientScript.client_by_referral, "relationship started", 1, 5),
	(ClientScript.client, "relationship ended", 1, 2),
	(ClientScript.client_withdraws, "relationship withdrawn", 1, 2),
	(ClientScript.client, "support plan begun", 1, 1),
	(ClientScript.client, "support plan agreed", 1, 2),
	(ClientScript.client_by_referral, "support plan agreed", 1, 2),
	(ClientScript.client, "support plan agreed", 1, 34),  # the review is soon due
	(ClientScript.client, "review begun", 1, 1),
	(ClientScript.client, "review recorded", 1, 1),
	(ClientScript.client, "next version agreed", 1, 2),
	(ClientScript.client_of_another_plan, "support plan ended", 1, 2),
)
