"""Casework for the browser tests, made over HTTP by those of the demo whose work it is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from early_support.tests.samples import SUPPORT_PLAN

TODAY = str(date.today())
SERVICE = "family-guidance"
NETWORK = {
	"meeting_on": TODAY,
	"guardians_present": 1,
	"participants": [
		{"role": "Guardian", "participant_name": "Maija Meikäläinen"},
		{"role": "Early Educator", "participant_name": "Oona Opettaja"},
	],
	"shared_goal": "Aamut sujuvat rauhassa.",
	"actions": [{"what": "Kuvakortit aamuun", "responsible": "Oona Opettaja", "due_on": TODAY}],
	"contact_person": "Oona Opettaja",
	"follow_up_on": TODAY,
}
SUPPORT = {
	**SUPPORT_PLAN,
	"goals": [{"goal": "Rauhallinen ilta", "steps": "Iltasatu", "responsible": "Isä", "due_on": TODAY}],
	"next_review_on": str(date.today() + timedelta(days=60)),
}


class Cases:
	"""Makes casework about one child as the demo's own people, through the same doors as a browser."""

	def __init__(self, log_in, people):
		self.log_in, self.people = log_in, people
		self.how = self.rows("Early Educator", "Contact Method")[0]["name"]
		self.child = self.free_child()

	def rows(self, role: str, doctype: str, **filters) -> list[dict]:
		asked = {"doctype": doctype, "fields": ["*"], "filters": filters, "limit_page_length": 500}
		return self.log_in(role).call("frappe.client.get_list", **asked).json()["message"]

	def free_child(self) -> str:
		"""Return a child with a concern already, so that other tests miss none, and with nothing under way that stands once."""
		role = "Early Educator"
		concerned = [row["child"] for row in self.rows(role, "Concern")]
		under_way = ["not in", ["Declined", "Ended", "Withdrawn"]]
		busy = {row["child"] for row in self.rows(role, "Support Period", workflow_state=under_way)}
		under_way = ["not in", ["Confirmed", "Superseded", "Discontinued"]]
		busy |= {row["child"] for row in self.rows(role, "Child Plan", workflow_state=under_way)}
		free = [child for child in concerned if child not in busy]
		# Rather none who was referred already: with whose referral a relationship begins, a child may not be a client yet.
		referred = {row["child"] for row in self.rows(role, "Referral")}
		return next((child for child in free if child not in referred), free[0])

	def new_child(self) -> str:
		"""Return a child of whom nothing is known yet, of a family of its own in the unit of the free one."""
		role = "Early Educator"
		guardian = {"full_name": "Maija Meikäläinen", "relation": "äiti"}
		family = self.make(role, "Family", family_name="Meikäläinen", guardians=[guardian])
		born = str(date.today() - timedelta(days=4 * 366))
		values = {"first_names": "Minttu", "last_name": "Meikäläinen", "birth_date": born}
		values |= {"enrolled_from": TODAY, "unit": self.rows(role, "Child", name=self.child)[0]["unit"]}
		return self.make(role, "Child", family=family["name"], **values)["name"]

	def make(self, role: str, doctype: str, **values) -> dict:
		answer = self.log_in(role).insert(doctype, **values)
		assert answer.status_code == 200, answer.text
		return answer.json()["data"]

	def move(self, role: str, doc: dict, *steps) -> dict:
		"""Save values and press an action, several times in a row: (action, values)."""
		client = self.log_in(role)
		for action, values in steps:
			if values:
				address = f"/api/resource/{doc['doctype']}/{doc['name']}"
				answer = client.put(address, json=values | {"modified": doc["modified"]})
				assert answer.status_code == 200, answer.text
				doc = answer.json()["data"]
			press = {"doc": json.dumps(doc), "action": action}
			answer = client.call("frappe.model.workflow.apply_workflow", **press)
			assert answer.status_code == 200, answer.text
			doc = answer.json()["message"]
		return doc

	def concern(self, *steps) -> dict:
		doc = self.make(
			"Early Educator", "Concern", child=self.child, observed_on=TODAY, observation="Itkee tullessaan."
		)
		talk = {"discussed_on": TODAY, "discussed_how": self.how}
		begins = (("Raise the concern", {}), ("Record the talk", talk), ("Propose a meeting", {}))
		return self.move("Early Educator", doc, *begins, *((step, {}) for step in steps))

	def period(self, concern: dict, *steps) -> dict:
		"""Begin a support period, and let the counsellor take it through `steps` once the parents have agreed."""
		doc = self.make("Early Educator", "Support Period", concern=concern["name"], proposed_on=TODAY)
		if not steps:
			return doc
		counsellor = self.people["Family Counsellor"]["user"]
		agreement = {"agreed_by": "Äiti", "agreed_how": self.how, "counsellor": counsellor}
		doc = self.move("Early Educator", doc, ("Parents agree", agreement))
		return self.move("Family Counsellor", doc, *((step, {}) for step in steps))

	def visit(self, period: dict) -> dict:
		return self.make("Family Counsellor", "Visit", support_period=period["name"], visit_date=TODAY)

	def consent(self, child: str | None = None) -> dict:
		return self.make(
			"Early Educator",
			"Cooperation Consent",
			child=child or self.child,
			purpose="Perhe saa yhteyden perheneuvolaan yhdessä kanssamme.",
			recipients=[{"service": SERVICE}],
			sections=[{"section": "basics"}],
		)

	def given_consent(self) -> dict:
		doc = self.consent()
		told = {"answer": "Yes", "answered_on": TODAY, "answered_how": self.how}
		answers = [row | told for row in doc["answers"]]
		return self.move("Early Educator", doc, ("Guardians consent", {"answers": answers}))

	def drafted_referral(self, consent: dict, receiver: str | None = None) -> dict:
		"""Begin to refer the family to the social worker of the demo, or to another one."""
		return self.make(
			"Early Educator",
			"Referral",
			child=self.child,
			consent=consent["name"],
			service=SERVICE,
			reason="Perhe toivoo apua iltoihin.",
			receiver=receiver or self.people["Social Worker"]["user"],
			sections=[{"section": "basics"}],
		)

	def referral(self, consent: dict, receiver: str | None = None) -> dict:
		"""Refer the family to somebody who is told at the joint contact."""
		doc = self.drafted_referral(consent, receiver)
		contact = {"contacted_on": TODAY, "contacted_how": self.how, "contacted_with": "Äiti ja opettaja"}
		steps = (("Confirm the ground", {}), ("Record the joint contact", contact))
		return self.move("Early Educator", doc, *steps)

	def network_meeting(self, *steps) -> dict:
		doc = self.make("Early Educator", "Network Meeting", child=self.child, **NETWORK)
		return self.move("Early Educator", doc, *((step, {}) for step in steps))

	def confirmed_plan(self, **first: str) -> dict:
		"""A plan of a family that answers about its services: it uses none of them, but for what is said about the first."""
		doc = self.make("Early Educator", "Child Plan", child=self.child, begun_on=TODAY)
		talk = {"discussed_on": TODAY, "discussed_how": self.how, "discussed_with": "Äiti"}
		answers = [first] + [{}] * (len(doc["services"]) - 1)
		agreed = {
			"goals": [{"goal": "Aamuun rauhallinen alku", "staff_action": "Aikuinen on vastassa."}],
			"services": [
				row | {"answer": "No"} | said for row, said in zip(doc["services"], answers, strict=True)
			],
			"next_review_on": str(date.today() + timedelta(days=180)),
		}
		steps = (
			("Record the talk without the form", {"form_declined": 1} | talk),
			("Confirm the plan", agreed),
		)
		return self.move("Early Educator", doc, *steps)

	def agreed_support_plan(self, period: dict) -> dict:
		"""A client's plan, of the counsellor who goes on with the family after the support."""
		role = "Family Counsellor"
		source = self.rows(role, "Referral Source", disabled=0)[0]["name"]
		start = {"source": source, "tier": "Universal", "started_on": TODAY, "started_with": "Service"}
		client = self.make(role, "Client Relationship", support_period=period["name"])
		client = self.move(role, client, ("Start the relationship", start))
		doc = self.make(role, "Support Plan", client_relationship=client["name"])
		agreed = SUPPORT | {"agreed_by": "Äiti", "agreed_how": self.how}
		return self.move(role, doc, ("Agree on the plan", agreed))

	def colleague(self, role: str) -> dict:
		"""Return the staff assignment of somebody of the demo who works in a role and has no desk here."""
		works = self.rows("System Manager", "Staff Assignment", user=["!=", self.people[role]["user"]])
		return next(row for row in works if row["role"] == role)

	@contextmanager
	def without(self, assignment: dict) -> Iterator[None]:
		"""Let somebody have left without handing over, as long as this lasts."""
		manager = self.log_in("System Manager")
		address = f"/api/resource/Staff Assignment/{assignment['name']}"
		last = str(date.today() - timedelta(days=1))
		assert manager.put(address, json={"to_date": last}).status_code == 200
		try:
			yield
		finally:
			assert manager.put(address, json={"to_date": None}).status_code == 200

	def stored(self, role: str, doc: dict):
		return self.log_in(role).get(f"/api/resource/{doc['doctype']}/{doc['name']}")
