"""Loads a plan through the app's own rules: every document is made and moved by the user whose work it is.

The organisation is entered by Administrator, families and children by the director, casework by educators and
counsellors, each with an ordinary insert or save that the access rules, the workflow guard and the controllers judge.
Only the clock of casework stands in the past (casework/clock.py). A family or a story is one transaction; what an
earlier load has made is passed over.
"""

import copy
import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
import frappe.defaults
from frappe.model.document import Document
from frappe.realtime import clear_realtime_log
from frappe.utils import get_datetime, getdate

from early_support.access.people import MODULE_PROFILE
from early_support.casework import clock
from early_support.demo import ledger, site
from early_support.demo.model import Event, Family, Plan, Ref, Staff, Story, Unit, UnitEvent
from early_support.demo.plan import SEED, make_plan

Progress = Callable[[float, str], None]

MANY_USERS, USUAL_LIMIT = 1000, 60

# Two seasons back: everybody has worked here longer than the first story lasts.
YEARS_IN_OFFICE = 2


def load(
	language: str = "fi",
	*,
	seed: int = SEED,
	today: datetime.date | None = None,
	size: str = "full",
	progress: Progress = lambda share, what: None,
) -> Plan:
	"""Load the demo municipality, or what is missing of it.

	Args:
		language: of the demo staff: fi, sv or en.
		seed, today, size: see `make_plan`. An earlier, interrupted load decides them if there was one.
		progress: told how much is done (0 to 1) and what is being done.

	Returns the plan that is now on the site.
	"""
	frappe.set_user("Administrator")
	with quiet(language):
		site.settle()
		plan = make_plan(*ledger.begin(seed, today or getdate(), size))
		Loader(plan, language, progress).run()
		site.set_language(language)
		frappe.db.commit()
	frappe.clear_cache()
	return plan


@contextmanager
def quiet(language: str) -> Iterator[None]:
	"""Send no mail while loading, and write what the app itself writes in the language of the staff."""
	before = frappe.flags.mute_emails, frappe.local.lang
	frappe.flags.mute_emails, frappe.local.lang = True, language
	try:
		yield
	finally:
		frappe.flags.mute_emails, frappe.local.lang = before
		frappe.set_user("Administrator")


class Loader:
	"""Writes one plan to the site."""

	def __init__(self, plan: Plan, language: str, progress: Progress):
		self.plan = plan
		self.language = language
		self.progress = progress
		self.names = ledger.names()
		# Given at once, so that the assignment does not have to save the user again; an administrator may have deleted it.
		self.module_profile = frappe.db.exists("Module Profile", MODULE_PROFILE)

	def run(self) -> None:
		self.make_organisation()
		self.make_people()
		self.make_calendars()
		self.make_stories()

	# Organisation: Administrator's work --------------------------------------------------------------------------------

	def make_organisation(self) -> None:
		self.progress(0, "organisation")
		for values in self.plan.controllers:
			self.make(values["code"], "Register Controller", values)
		for values in self.plan.areas:
			self.make(values["code"], "Service Area", values)
		for unit in self.plan.units:
			self.make(unit.code, "Day Care Unit", unit.values)
		with many_users():
			for number, person in enumerate(self.plan.staff):
				self.progress(0.1 * number / len(self.plan.staff), "staff")
				self.make_staff(person)
		for unit in self.plan.units:
			self.name_liaisons(unit)
		frappe.db.commit()

	def make_staff(self, person: Staff) -> None:
		first, _, last = person.full_name.partition(" ")
		is_manager = person.role == "System Manager"
		values = {
			"email": person.user,
			"first_name": first,
			"last_name": last,
			"user_type": "System User",
			"language": self.language,
			"send_welcome_email": 0,
			"module_profile": None if is_manager else self.module_profile,
			"roles": [{"role": person.role}],
		}
		self.make(person.user, "User", values)
		for field, code in person.places:
			values = {"user": person.user, "role": person.role, field: code, "from_date": self.season()}
			self.make(f"{person.user} {code}", "Staff Assignment", values)
		_commit_without_jobs()

	def name_liaisons(self, unit: Unit) -> None:
		doc = frappe.get_doc("Day Care Unit", unit.code)
		named = {(row.side, row.user) for row in doc.liaisons}
		missing = [liaison for liaison in unit.liaisons if liaison not in named]
		for side, user in missing:
			doc.append("liaisons", {"side": side, "user": user, "from_date": self.season()})
		if missing:
			doc.save()

	def season(self) -> datetime.date:
		return datetime.date(self.plan.today.year - YEARS_IN_OFFICE, 8, 1)

	# People: the director's work ---------------------------------------------------------------------------------------

	def make_people(self) -> None:
		for number, family in enumerate(self.plan.families):
			self.progress(0.1 + 0.1 * number / len(self.plan.families), "families")
			self.make_family(family)

	def make_family(self, family: Family) -> None:
		work_as(family.actor)
		self.make(family.key, "Family", family.values)
		for child in family.children:
			self.make(child.key, "Child", child.values)
		frappe.db.commit()

	# The units' calendars: the work of educators and directors ---------------------------------------------------------

	def make_calendars(self) -> None:
		self.progress(0.2, "calendars")
		for event in self.plan.calendars:
			if event.key not in self.names:
				self.make_event(event)
				frappe.db.commit()

	def make_event(self, event: UnitEvent) -> None:
		work_as(event.actor)
		with clock.at(event.entered):
			self.make(event.key, "Unit Event", event.values)
		if event.state:
			with clock.at(event.ended):
				doc = frappe.get_doc("Unit Event", self.names[event.key])
				doc.update({"state": event.state, **event.figures})
				doc.save()

	# Casework: the work of educators and counsellors -------------------------------------------------------------------

	def make_stories(self) -> None:
		complete = ledger.stories()
		for number, story in enumerate(self.plan.stories):
			self.progress(0.2 + 0.8 * number / len(self.plan.stories), "concerns, consultations and visits")
			if story.key not in complete:
				self.tell(story)
				frappe.db.commit()
		self.progress(1, "done")

	def tell(self, story: Story) -> None:
		"""Do what the story says, event by event, each at its time and by its user."""
		docs: dict[str, Document] = {}
		for event in story.events:
			work_as(event.actor)
			with clock.at(event.at):
				if event.doctype:
					docs[event.document] = self.insert(event.doctype, event.values, docs)
				else:
					self.move(event, docs)
		for key, doc in docs.items():
			ledger.remember(f"{story.key} {key}", doc.doctype, doc.name, story.key)

	def move(self, event: Event, docs: dict[str, Document]) -> None:
		# A story may also change a child, which it did not make.
		doc = docs.get(event.document) or frappe.get_doc("Child", self.names[event.document])
		values = self.resolved(event.values, docs)
		changed = {field: rows for field, rows in values.items() if isinstance(rows, dict)}
		doc.update({field: value for field, value in values.items() if field not in changed})
		for field, rows in changed.items():
			for number, row in rows.items():
				doc.get(field)[number].update(row)
		if event.state:
			doc.workflow_state = event.state
		# Frappe compares as text, and on the full second the text of a date and the one it made itself differ.
		doc.modified = get_datetime(doc.modified)
		doc.save()

	# Records -----------------------------------------------------------------------------------------------------------

	def make(self, key: str, doctype: str, values: dict) -> None:
		"""Make a record unless an earlier load did."""
		if key in self.names:
			return
		doc = self.insert(doctype, values, {})
		ledger.remember(key, doctype, doc.name)
		self.names[key] = doc.name

	def insert(self, doctype: str, values: dict, docs: dict[str, Document]) -> Document:
		return frappe.get_doc({"doctype": doctype, **self.resolved(values, docs)}).insert()

	def resolved(self, values: dict, docs: dict[str, Document]) -> dict:
		"""Put the names which the site has given in the place of references; the plan itself stays as it is."""
		resolved = copy.deepcopy({field: value for field, value in values.items() if value is not None})
		for field, value in resolved.items():
			if isinstance(value, Ref):
				resolved[field] = docs[value.key].name if value.key in docs else self.names[value.key]
		return resolved


def work_as(user: str) -> None:
	"""Go on as `user`.

	What Frappe has read from its cache is kept: it is kept by user where it differs, and reading the doctypes anew at
	each change of user would be half of the work.
	"""
	if frappe.session.user != user:
		cache = frappe.local.cache
		frappe.set_user(user)
		frappe.local.cache = cache


@contextmanager
def many_users() -> Iterator[None]:
	"""Let Frappe make users in numbers.

	It becomes suspicious at sixty an hour. And with each user it sets an empty default of the whole site anew and forgets
	every doctype it has read, which takes a second; `load` clears the caches at its end.
	"""
	limit, clear = frappe.local.conf.throttle_user_limit, frappe.defaults._clear_cache
	frappe.local.conf.throttle_user_limit = MANY_USERS
	frappe.defaults._clear_cache = lambda parent: None
	try:
		yield
	finally:
		frappe.local.conf.throttle_user_limit = limit or USUAL_LIMIT
		frappe.defaults._clear_cache = clear


def _commit_without_jobs() -> None:
	"""Store new users, and drop the jobs that wait for it.

	For each user Frappe would make a contact and ask the internet for a picture; the demo needs neither. With them goes
	the news of changed documents for open browsers.
	"""
	frappe.db.after_commit.reset()
	clear_realtime_log()
	frappe.db.commit()
