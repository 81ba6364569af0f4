"""Whatever is published, imported, taken back and upgraded, in whichever order: forms open and save, and no answer is lost.

Of a form, of the rows of a table, of a list and of a workflow, each with documents that somebody has begun. ES_EXAMPLES in
the environment lets it draw so many sequences, other ones each time: for a night.
"""

import json
import os
import shutil
from pathlib import Path
from unittest.mock import patch

import frappe
import pytest
from frappe.model.workflow import get_transitions
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from early_support.exceptions import FormChangeRefused, WorkflowNotSound
from early_support.forms import changes, current, packs, packs_apply, packs_core, preview, seeder
from early_support.forms import changes_core as core
from early_support.setup import install
from early_support.tests import case_factories as case
from early_support.tests import factories, form_requests
from early_support.tests.form_requests import whole
from early_support.tests.test_workflow_guard__workflow_edits import add_move, add_state, without_state

EXAMPLES = os.environ.get("ES_EXAMPLES")
FORM, SERVICES = "Concern", "Support Service"
# Answers stand in the rows of a plan too: one row for each service that the list offers.
PLAN, ROWS, SERVICE = "Child Plan", "Child Plan Service", "occupational-therapy"
COLUMNS = (
	(FORM, "custom_mood", "Select"),
	(FORM, "custom_nights", "Int"),
	(FORM, "custom_note", "Data"),
	(ROWS, "custom_told", "Select"),
)
ADDED = {
	"custom_mood": {
		"label_fi": "Mieliala",
		"label_en": "Mood",
		"answer_type": "Choice",
		"choices": "Iloinen | Glad | Cheerful\nHiljainen | Tyst | Quiet",
	},
	"custom_nights": {"label_fi": "Yöt", "label_en": "Nights", "answer_type": "Number"},
	"custom_note": {"label_fi": "Lisätieto", "label_en": "Note", "answer_type": "Short text"},
}
TOLD = {
	"label_fi": "Kerrotaanko",
	"label_en": "Told",
	"answer_type": "Choice",
	"choices": "Kerrotaan | Berättas | Yes, told\nEi kerrota | Berättas inte | Not told",
}
ANSWERS = {
	"custom_mood": ["Cheerful", "Quiet", "Perhaps"],
	"custom_nights": [3, 7],
	"custom_note": ["Hyvä aamu.", "Kova meteli."],
	"strengths": ["Leikkii mielellään."],
	"wishes": ["Enemmän ulkoilua."],
	"custom_told": ["Yes, told", "Not told", "Perhaps"],
	"worker": ["Tuula"],
}
IN_ROWS = ("custom_told", "worker")
PLACES = st.sampled_from(["observation", "strengths", "wishes", *ADDED])
FIELDS = st.sampled_from([name for name in ANSWERS if name not in IN_ROWS])
NEW_WORDS = ["Uudet sanat", "Toiset sanat"]
WORDS = st.sampled_from(NEW_WORDS)
SHIPPED = ["maternity-clinic", SERVICE]
RECORDS = st.sampled_from([*SHIPPED, "uusi-palvelu"])
# What the municipality calls a state of its own, between Raised and Discussed.
STATES = ["Waiting for an Interpreter", "Waiting for a Colleague"]


def asked(kind: str, **values):
	"""Draw a request of a kind."""
	values = {"kind": kind, **values}
	return st.fixed_dictionaries(
		{
			name: value if isinstance(value, st.SearchStrategy) else st.just(value)
			for name, value in values.items()
		}
	)


def added(name: str):
	return asked(
		core.ADD_FIELD, form=FORM, **ADDED[name], place_after=st.sampled_from(["", "strengths", *ADDED])
	)


def choosing(kind: str, form: str, name: str, *choices: str):
	return asked(kind, form=form, field_name=name, choices=st.sampled_from(choices))


ASK_TOLD = {"kind": core.ADD_FIELD, "form": ROWS, **TOLD, "place_after": "permission"}
OF_ROWS = st.one_of(
	st.just(ASK_TOLD),
	asked(core.CHANGE_WORDS, form=ROWS, field_name=st.sampled_from(IN_ROWS), label_fi=WORDS, help_fi=WORDS),
	asked(
		st.sampled_from([core.REQUIRE, core.HIDE, core.SHOW]), form=ROWS, field_name=st.sampled_from(IN_ROWS)
	),
	asked(core.MOVE, form=ROWS, field_name="custom_told", place_after=st.sampled_from(["answer", "worker"])),
	choosing(core.ADD_OPTION, ROWS, "custom_told", "Ehkä | Kanske | Perhaps"),
	choosing(core.RETIRE_OPTION, ROWS, "custom_told", *ANSWERS["custom_told"]),
)
REQUESTS = st.one_of(
	*map(added, ADDED),
	asked(core.CHANGE_WORDS, form=FORM, field_name=FIELDS, label_fi=WORDS, help_fi=WORDS),
	*(
		asked(kind, form=FORM, field_name=FIELDS)
		for kind in (core.REQUIRE, core.DONT_REQUIRE, core.HIDE, core.SHOW)
	),
	asked(core.MOVE, form=FORM, field_name=FIELDS, place_after=PLACES),
	choosing(core.ADD_OPTION, FORM, "custom_mood", "Ehkä | Kanske | Perhaps"),
	choosing(core.RETIRE_OPTION, FORM, "custom_mood", *ANSWERS["custom_mood"]),
	asked(
		core.ADD_OPTION, list_name=SERVICES, label_fi="Uusi palvelu", category="Health", record=st.just("")
	),
	asked(core.RETIRE_OPTION, list_name=SERVICES, record=RECORDS),
	asked(core.OFFER_AGAIN, list_name=SERVICES, record=RECORDS),
	asked(core.CHANGE_WORDS, list_name=SERVICES, record=RECORDS, label_fi=WORDS),
)


def answered(name: str):
	return st.tuples(st.just("answer"), st.just(name), st.sampled_from(ANSWERS[name]))


def asked_and_answered(names: list[str]):
	"""Draw what most sequences begin with: some new questions, each with an answer."""
	each = [step for name in names for step in (st.tuples(st.just("publish"), added(name)), answered(name))]
	return st.tuples(*each)


ANY_STEP = st.one_of(
	st.tuples(st.just("publish"), REQUESTS),
	st.tuples(st.just("publish"), REQUESTS),
	st.tuples(st.just("publish"), OF_ROWS),
	st.sampled_from([*ANSWERS]).flatmap(answered),
	st.tuples(st.just("state"), st.sampled_from(["", *STATES])),
	st.tuples(st.just("wait")),
	st.tuples(st.just("roll back"), st.integers(0, 5)),
	st.tuples(st.just("export")),
	st.tuples(st.just("take in"), st.integers(0, 5), st.booleans()),
	st.tuples(st.just("another")),
	st.tuples(st.just("migrate"), st.integers(0, 1)),
)
STEPS = st.builds(
	lambda first, then: [*first, *then],
	st.lists(st.sampled_from([*ADDED]), unique=True, max_size=2).flatmap(asked_and_answered),
	st.lists(ANY_STEP, min_size=2, max_size=7),
)


def about_strengths(*kinds: str) -> list[tuple]:
	"""Return the steps that publish some kinds of changes of one shipped field, which was answered."""
	return [
		("answer", "strengths", ANSWERS["strengths"][0]),
		*(("publish", {"kind": kind, "form": FORM, "field_name": "strengths"}) for kind in kinds),
	]


# Each change may be taken back by itself, and what is left then could not be saved.
REQUIRED_AGAIN = [*about_strengths(core.REQUIRE, core.DONT_REQUIRE), ("another",), ("roll back", 1)]
UNSEEN_AND_REQUIRED = [*about_strengths(core.HIDE, core.SHOW, core.REQUIRE), ("roll back", 1)]
HIDDEN_AND_REQUIRED = [*about_strengths(core.REQUIRE, core.DONT_REQUIRE, core.HIDE), ("roll back", 1)]
# A new case shows neither, whoever has answered the one before.
REQUIRED_OUT_OF_SIGHT = [
	("answer", "wishes", ANSWERS["wishes"][0]),
	("publish", {"kind": core.REQUIRE, "form": FORM, "field_name": "wishes"}),
	*about_strengths(core.REQUIRE),
	("publish", {"kind": core.MOVE, "form": FORM, "field_name": "strengths", "place_after": "wishes"}),
]
MOOD = ("publish", {"kind": core.ADD_FIELD, "form": FORM, **ADDED["custom_mood"], "place_after": "strengths"})
MOOD_ANSWERED = [MOOD, ("answer", "custom_mood", "Cheerful")]
# A question goes and comes back with a pack, and whoever answered it under the one has the answer under the other.
GOES_AND_COMES_BACK = [*MOOD_ANSWERED, ("export",), ("roll back", 0), ("take in", 0, False), ("roll back", 0)]
# The pack of a site that has never heard of the question.
RETIRED_BY_A_PACK = [("export",), *MOOD_ANSWERED, ("take in", 0, True), ("another",), ("roll back", 1)]
RENAMED = {
	"kind": core.CHANGE_WORDS,
	"list_name": SERVICES,
	"record": "maternity-clinic",
	"label_fi": "Uudet sanat",
}
UPGRADED_MEANWHILE = [("publish", RENAMED), ("migrate", 1), ("roll back", 0), ("migrate", 1), ("migrate", 0)]
ROW_ANSWERED = [("publish", ASK_TOLD), ("answer", "custom_told", "Yes, told")]
OF_TOLD = {"form": ROWS, "field_name": "custom_told"}
NO_LONGER_ASKED = {"kind": core.RETIRE_OPTION, "list_name": SERVICES, "record": SERVICE}
# Nobody is asked about the service any more, of which somebody has answered the municipality's own question alone.
ROW_OF_A_RETIRED_SERVICE = [*ROW_ANSWERED, ("publish", NO_LONGER_ASKED)]
ROW_BY_PACK = [
	*ROW_ANSWERED,
	("export",),
	("roll back", 0),
	("take in", 0, True),
	("publish", {"kind": core.RETIRE_OPTION, **OF_TOLD, "choices": "Yes, told"}),
	("roll back", 0),
]
# A case stands where another workflow, a pack and an upgrade have no state.
STANDS_IN_ITS_STATE = [
	("export",),
	("state", STATES[0]),
	("wait",),
	("take in", 0, True),
	("state", STATES[1]),
	("migrate", 1),
	("state", ""),
]
STATE_OF_A_PACK = [
	("state", STATES[0]),
	("export",),
	("state", ""),
	("take in", 0, True),
	("wait",),
	("roll back", 0),
]


@pytest.fixture(scope="module", autouse=True)
def columns(standing_teams):
	with form_requests.columns(*COLUMNS):
		yield


@pytest.fixture(scope="module")
def versions(tmp_path_factory) -> list[Path]:
	"""What two versions of the app ship: this one, and one with other words."""
	other = shutil.copytree(seeder.DEFAULTS, tmp_path_factory.mktemp("other") / "defaults")
	for doctype, names in ((SERVICES, SHIPPED), ("Worry Zone", ["4"])):
		path = other / "lists" / f"{frappe.scrub(doctype)}.json"
		records = json.loads(path.read_text(encoding="utf-8"))
		for record in records:
			if record["name"] in names:
				record["title"] = f"{record['title']}, uusin sanoin"
		path.write_text(json.dumps(records), encoding="utf-8")
	return [seeder.DEFAULTS, other]


@pytest.fixture
def manager(site) -> str:
	return factories.make_user("System Manager")


class Site:
	"""The concerns and the plan that somebody has begun, what was done to their forms, and what was answered in the first.

	`done` are the requests that were published and the packs that were imported, and not taken back.
	"""

	def __init__(self, team, manager, versions):
		self.team, self.manager, self.versions, self.done, self.packs = team, manager, versions, [], []
		self.answers, self.others = {}, []
		self.concern, self.plan = self.begin(), case.make_child_plan(team).name

	def begin(self) -> str:
		"""Begin a concern as somebody who answers only what is required, and is shown. It is raised, so it has to wait."""
		fields = current.form_now(FORM).fields
		conditions = core.conditions_of(fields.values())
		shown = [
			name for name, each in fields.items() if each.reqd and name in ANSWERS and not conditions[name]
		]
		name = case.make_concern(self.team, **{name: self.offered(name)[0] for name in shown}).name
		frappe.db.set_value(FORM, name, "workflow_state", "Raised")
		return name

	def offered(self, name: str) -> list:
		df = frappe.get_meta(form_of(name)).get_field(name)
		return [
			value for value in ANSWERS[name] if df.fieldtype != core.CHOICE or value in df.options.split("\n")
		]

	def another(self) -> None:
		self.others.append(self.begin())

	def publish(self, values: dict) -> None:
		request = frappe.get_doc({"doctype": changes.DOCTYPE, "why": "Kokeillaan.", **values})
		change = changes.change_of(request)
		try:
			operations, request.fingerprint = changes.look(change)
			planned = [preview.Step(op.doctype, op.name, dict(op.values)) for op in operations]
			expected = change.form and whole(preview.FormWith(change.form, planned))
			changes.publish(request)
		except FormChangeRefused:
			return
		if expected:
			assert whole(frappe.get_meta(change.form, cached=False)) == expected
		self.done.append(request)

	def export(self) -> None:
		parts = (packs_core.FORMS, packs_core.LISTS, packs_core.WORKFLOWS, packs_core.WORDS)
		self.packs.append(packs.make_pack(parts, (FORM, ROWS)))

	def take_in(self, number: int, retire: bool) -> None:
		"""Compare a pack with the site, and import it if that is open then. The comparison has found whatever is refused."""
		if not self.packs:
			return
		pack = self.packs[number % len(self.packs)]
		name = packs.bring("Kokeiltu", packs_core.write(pack))
		shown = packs.compare(name, retire=retire)
		if "import" not in shown["actions"]:
			return
		kept = {(row["kind"], row["record"]) for row in shown["rows"] if row["kept"]}
		doc = frappe.get_doc(packs.DOCTYPE, name)
		packs_apply.import_now(doc, pack, packs_apply.nobody)
		left = packs_apply.look(pack, packs_apply.Wanted(pack.parts, retire, left=kept), rehearsed=False)
		assert [each.key for each in left.differences if each.step is not packs_core.Step.STAYS] == []
		self.done.append(doc)

	def roll_back(self, number: int) -> None:
		"""Take back a published request, or an import, if nothing was built on it since."""
		if not self.done:
			return
		doc = self.done[number % len(self.done)]
		try:
			if doc.doctype == packs.DOCTYPE:
				packs_apply.roll_back_now(doc, packs_apply.nobody)
			else:
				changes.roll_back(doc)
		except (FormChangeRefused, WorkflowNotSound):
			return
		self.done.remove(doc)

	def answer(self, name: str, value: object) -> None:
		"""Answer a question as somebody at the form does, which shows what it may be answered with."""
		df = frappe.get_meta(form_of(name)).get_field(name)
		hidden = df and df.depends_on == name and not self.answers.get(name)
		if not df or hidden or value not in self.offered(name):
			return
		if form_of(name) == FORM:
			self.save(**{name: value})
		elif not self.save_row(**{name: value}):
			return
		self.answers[name] = value

	def save(self, name: str | None = None, **values) -> None:
		with case.acting(self.team.educator):
			concern = frappe.get_doc(FORM, name or self.concern)
			concern.update(values)
			concern.save()

	def save_row(self, **values) -> bool:
		"""Save the plan with values in the row of a service. Returns whether it has one: else nobody is asked about it."""
		with case.acting(self.team.educator):
			plan = frappe.get_doc(PLAN, self.plan)
			rows = [row for row in plan.services if row.service == SERVICE]
			for row in rows:
				row.update(values)
			plan.save()
		return bool(rows)

	def stored(self, name: str) -> object:
		"""Return what the database holds of an answer."""
		which = self.concern if form_of(name) == FORM else {"parent": self.plan, "service": SERVICE}
		return frappe.db.get_value(form_of(name), which, name)

	def state(self, own: str) -> None:
		"""Let the workflow have one state of the municipality's own, of this name, or none, if that is open now."""
		workflow = frappe.get_doc("Workflow", FORM)
		for name in STATES:
			without_state(workflow, name)
		with case.acting(self.manager):
			if own:
				add_state(workflow, own)
				add_move(workflow, "Raised", own)
				add_move(workflow, own, "Discussed", action="Record the talk")
			try:
				workflow.save()
			except WorkflowNotSound:
				return

	def wait(self) -> None:
		"""Let the concern wait in the municipality's own state, if there is one and it stands before that."""
		concern = frappe.get_doc(FORM, self.concern)
		if concern.workflow_state == "Raised" and not {*self.states()}.isdisjoint(STATES):
			case.move(concern, "Talk again", self.team.educator)

	def states(self) -> list[str]:
		return [row.state for row in frappe.get_doc("Workflow", FORM).states]

	def migrate(self, version: int) -> None:
		"""Migrate with what a version of the app ships: the form is read from its file anew, and then the records are.

		The table alone stays as it is, which no rollback would mend.
		"""
		form, titles, states = whole(frappe.get_meta(FORM, cached=False)), self.titles(), self.states()
		flags, db = frappe.flags, frappe.local.db
		flags.in_migrate = True
		try:
			with patch.object(db, "updatedb"), patch.object(seeder, "DEFAULTS", self.versions[version]):
				frappe.reload_doc("early_support", "doctype", frappe.scrub(FORM), force=True)
				install.after_migrate()
		finally:
			flags.in_migrate = False
		frappe.clear_cache(doctype=FORM)
		assert whole(frappe.get_meta(FORM, cached=False)) == form
		assert self.states() == states
		now = self.titles()
		for name, title in titles.items():
			if title in NEW_WORDS:
				assert now[name] == title

	def titles(self) -> dict[str, str]:
		return {name: frappe.db.get_value(SERVICES, name, "title") for name in SHIPPED}

	def check(self) -> None:
		"""The forms open and save, old and new, every case has a way on, and every answer is there and in sight."""
		for name in (self.concern, *self.others, self.begin()):
			self.save(name)
		self.save_row()
		with case.attempt():
			frappe.db.set_value(PLAN, self.plan, "workflow_state", "Discontinued")
			case.make_child_plan(self.team)
		with case.acting(self.team.educator):
			assert get_transitions(frappe.get_doc(FORM, self.concern))
		metas = {form: frappe.get_meta(form, cached=False) for form in (FORM, ROWS)}
		for meta in metas.values():
			assert len({df.fieldname for df in meta.fields}) == len(meta.fields)
		for name, value in self.answers.items():
			df = metas[form_of(name)].get_field(name)
			assert self.stored(name) == value, name
			assert df, name
			assert not df.hidden, name
			assert df.depends_on in (None, "", name) or name in ("strengths", "wishes"), name


def form_of(name: str) -> str:
	return ROWS if name in IN_ROWS else FORM


@settings(
	max_examples=int(EXAMPLES or 4),
	deadline=None,
	derandomize=not EXAMPLES,
	database=None,
	# A failure is shown as it was found: to make it smaller takes minutes.
	phases=[Phase.explicit, Phase.generate],
	suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(steps=REQUIRED_AGAIN)
@example(steps=UNSEEN_AND_REQUIRED)
@example(steps=HIDDEN_AND_REQUIRED)
@example(steps=REQUIRED_OUT_OF_SIGHT)
@example(steps=GOES_AND_COMES_BACK)
@example(steps=RETIRED_BY_A_PACK)
@example(steps=UPGRADED_MEANWHILE)
@example(steps=ROW_OF_A_RETIRED_SERVICE)
@example(steps=ROW_BY_PACK)
@example(steps=STANDS_IN_ITS_STATE)
@example(steps=STATE_OF_A_PACK)
@given(steps=STEPS)
def test_forms_open_and_save_and_no_answer_is_lost(team, manager, versions, steps):
	frappe.db.savepoint("es_example")
	try:
		site = Site(team, manager, versions)
		for what, *rest in steps:
			getattr(site, what.replace(" ", "_"))(*rest)
			for name, value in site.answers.items():
				assert site.stored(name) == value, name
		site.check()
		while site.done:
			before = len(site.done)
			site.roll_back(before - 1)
			if len(site.done) == before:
				site.done.pop()
		site.check()
	finally:
		frappe.db.rollback(save_point="es_example")
		for form in (FORM, ROWS):
			frappe.clear_cache(doctype=form)
		frappe.clear_document_cache("Workflow", FORM)
