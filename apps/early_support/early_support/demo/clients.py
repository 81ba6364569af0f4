"""How early support, or a referral, may go on as a client relationship. Pure: imports no Frappe."""

from early_support.demo.model import Day, Ref, Step
from early_support.demo.scripts import ANSWERS, PERIOD, ConcernScript

RELATIONSHIP = "relationship"


class ClientScript(ConcernScript):
	"""Writes the script of a concern after which the child becomes a client of the social services (domain.md §2.6)."""

	# What may happen -----------------------------------------------------------------------------------------------

	def client(self) -> list[Step]:
		"""The counsellor of the support becomes the own worker, until the need has ended (domain.md §3, 402-404)."""
		self.support_so_far().open_relationship().start_relationship()
		return self.end_relationship().steps

	def client_by_referral(self) -> list[Step]:
		"""A social worker receives the family, and becomes the own worker: the child needs special support (736-737)."""
		self.notice().raise_it().talk().ask_consent().consent().draft_referral(inside=True)
		self.confirm_ground().contact().accept().open_relationship(self.referral_key, self.answers)
		return self.start_relationship("Special Support").end_relationship().steps

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
		return self._add("relationship started", self.worker, RELATIONSHIP, state="Active", values=values)

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
)
