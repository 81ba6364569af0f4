"""How a child's plan (VASU) may go: scripts of steps in workdays, as in scripts.py. Pure: imports no Frappe."""

import random

from early_support.demo.model import Day, Ref, Step
from early_support.demo.scripts import ANSWERS, Cast

DOCTYPE = "Child Plan"
# Each answer with its weight; most families use few services.
SERVICE_ANSWERS = (("No", 14), ("Earlier", 2), ("In Use", 3), ("Wanted", 1))
IN_TOUCH = ("In Use", "Wanted")


class PlanScript:
	"""Writes the script of one child's plan, and of the next one where there is one."""

	def __init__(self, rng: random.Random, cast: Cast, services: list[str]):
		self.rng = rng
		self.cast = cast
		self.phrases = cast.phrases["vasu"]
		self.services = services
		self.steps: list[Step] = []
		self.day = 0

	# What may happen -----------------------------------------------------------------------------------------------

	def confirmed(self) -> list[Step]:
		return self.begin("plan").receive_form().talk().confirm().steps

	def without_form(self) -> list[Step]:
		"""The guardians want to talk, and neither fill in the form nor tell of services (domain.md §4)."""
		return self.begin("plan").talk(declined=True).confirm(declined=True).steps

	def asked_anew(self) -> list[Step]:
		"""The guardians ask for a review, and the next plan takes the place of the first (domain.md §3, 840-842)."""
		self.begin("plan").receive_form().talk().confirm().wait(8, 12).request_review().wait(2, 5)
		return self.begin("next plan").receive_form().talk().confirm().steps

	def mistake(self) -> list[Step]:
		return self.begin("plan").wait(1, 3).discontinue().steps

	# Verbs ---------------------------------------------------------------------------------------------------------

	def wait(self, least: int, most: int) -> "PlanScript":
		self.day += self.rng.randint(least, most)
		return self

	def begin(self, document: str) -> "PlanScript":
		self.document = document
		values = {"child": Ref(self.cast.child.key), "begun_on": Day(self.day)}
		return self._add(f"{document} begun", doctype=DOCTYPE, values=values)

	def receive_form(self) -> "PlanScript":
		self.wait(3, 6)
		text = self.cast.text
		values = {
			"form_received_on": Day(self.day),
			"form_received_how": self.rng.choice(ANSWERS),
			"child_enjoys": self.rng.choice(self.phrases["enjoys"]),
			"goes_well": self.rng.choice(self.phrases["goes_well"]),
			"guardians_wishes": text["wishes"],
		}
		return self._add(f"{self.document} form", state="Guardian Form Received", values=values)

	def talk(self, *, declined: bool = False) -> "PlanScript":
		self.wait(2, 5)
		values = {
			"discussed_on": Day(self.day),
			"discussed_how": "vasu-talk",
			"discussed_with": ", ".join(self.cast.guardians),
			"form_declined": int(declined),
			"strengths": self.cast.text["strengths"],
			"resources": self.rng.choice(self.cast.phrases["resources"]),
			"wishes": self.cast.text["wishes"],
		}
		return self._add(f"{self.document} talk", state="Discussed", values=values)

	def confirm(self, *, declined: bool = False) -> "PlanScript":
		self.wait(1, 3)
		goal, action = self.rng.choice(self.phrases["goals"])
		values = {
			"goals": [
				{
					"goal": goal,
					"staff_action": action,
					"by_when": Day(self.day + self.rng.randint(40, 90)),
				}
			],
			"services_declined": int(declined),
			"services": [] if declined else [self.answered(service) for service in self.services],
			"next_review_on": Day(self.day + self.rng.randint(110, 220)),
		}
		return self._add(f"{self.document} confirmed", state="Confirmed", values=values)

	def answered(self, service: str) -> dict:
		answers, weights = zip(*SERVICE_ANSWERS, strict=True)
		row = {"service": service, "answer": self.rng.choices(answers, weights=weights)[0]}
		if row["answer"] in IN_TOUCH:
			row["permission"] = self.rng.choice(("Yes", "Yes", "No", "Not Asked"))
		if row["answer"] == "In Use":
			row["worker"] = self.phrases["workers"][service]
		return row

	def request_review(self) -> "PlanScript":
		values = {
			"review_requested_by": self.rng.choice(("Guardian", "Guardian", "Teacher", "Authority")),
			"review_requested_on": Day(self.day),
			"review_reason": self.rng.choice(self.phrases["review_reason"]),
		}
		return self._add(f"{self.document} asked anew", values=values)

	def discontinue(self) -> "PlanScript":
		values = {"discontinued_reason": self.rng.choice(self.phrases["discontinued"])}
		return self._add(f"{self.document} discontinued", state="Discontinued", values=values)

	def _add(self, name: str, **step) -> "PlanScript":
		self.steps.append(Step(name, self.day, self.cast.educator, self.document, **step))
		return self


ENDINGS = (PlanScript.confirmed, PlanScript.confirmed, PlanScript.confirmed, PlanScript.without_form)

# One example of each place a plan can stand at: (script, the step it has come to, workdays since). A plan that is
# superseded stands behind the one that came after it.
EXAMPLES = (
	(PlanScript.confirmed, "plan begun", 1),
	(PlanScript.confirmed, "plan form", 1),
	(PlanScript.confirmed, "plan form", 4),
	(PlanScript.confirmed, "plan talk", 2),
	(PlanScript.confirmed, "plan confirmed", 3),
	(PlanScript.without_form, "plan confirmed", 5),
	(PlanScript.asked_anew, "plan asked anew", 2),
	(PlanScript.asked_anew, "next plan begun", 1),
	(PlanScript.asked_anew, "next plan confirmed", 2),
	(PlanScript.mistake, "plan discontinued", 6),
)
