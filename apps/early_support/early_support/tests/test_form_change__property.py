"""Whatever is published, imported, taken back and upgraded, in whichever order: forms open and save, and no answer is lost.

ES_EXAMPLES in the environment lets it draw so many sequences, other ones each time: for a night.
"""

import json
import os
import shutil
from pathlib import Path
from unittest.mock import patch

import frappe
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from early_support.exceptions import FormChangeRefused
from early_support.forms import changes, current, packs, packs_apply, packs_core, preview, seeder
from early_support.forms import changes_core as core
from early_support.setup import install
from early_support.tests import case_factories as case
from early_support.tests import form_requests
from early_support.tests.form_requests import whole

EXAMPLES = os.environ.get("ES_EXAMPLES")
FORM, SERVICES = "Concern", "Support Service"
COLUMNS = (
	(FORM, "custom_mood", "Select"),
	(FORM, "custom_nights", "Int"),
	(FORM, "custom_note", "Data"),
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
ANSWERS = {
	"custom_mood": ["Cheerful", "Quiet", "Perhaps"],
	"custom_nights": [3, 7],
	"custom_note": ["Hyvä aamu.", "Kova meteli."],
	"strengths": ["Leikkii mielellään."],
	"wishes": ["Enemmän ulkoilua."],
}
PLACES = st.sampled_from(["observation", "strengths", "wishes", *ADDED])
FIELDS = st.sampled_from([*ANSWERS])
NEW_WORDS = ["Uudet sanat", "Toiset sanat"]
WORDS = st.sampled_from(NEW_WORDS)
SHIPPED = ["maternity-clinic", "occupational-therapy"]
RECORDS = st.sampled_from([*SHIPPED, "uusi-palvelu"])


def asked(kind: str, **values):
	"""Draw a request of a kind."""
	fixed = {
		name: st.just(value) for name, value in values.items() if not isinstance(value, st.SearchStrategy)
	}
	return st.fixed_dictionaries({"kind": st.just(kind), **values, **fixed})


def added(name: str):
	return asked(
		core.ADD_FIELD, form=FORM, **ADDED[name], place_after=st.sampled_from(["", "strengths", *ADDED])
	)


REQUESTS = st.one_of(
	*map(added, ADDED),
	asked(core.CHANGE_WORDS, form=FORM, field_name=FIELDS, label_fi=WORDS, help_fi=WORDS),
	*(
		asked(kind, form=FORM, field_name=FIELDS)
		for kind in (core.REQUIRE, core.DONT_REQUIRE, core.HIDE, core.SHOW)
	),
	asked(core.MOVE, form=FORM, field_name=FIELDS, place_after=PLACES),
	asked(core.ADD_OPTION, form=FORM, field_name="custom_mood", choices="Ehkä | Kanske | Perhaps"),
	asked(
		core.RETIRE_OPTION,
		form=FORM,
		field_name="custom_mood",
		choices=st.sampled_from(["Cheerful", "Quiet", "Perhaps"]),
	),
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
	FIELDS.flatmap(answered),
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


class Site:
	"""The form of concerns that somebody has begun, what was done to it, and what was answered in the first of them.

	`done` are the requests that were published and the packs that were imported, and not taken back.
	"""

	def __init__(self, team, versions):
		self.team, self.versions, self.done, self.packs = team, versions, [], []
		self.answers, self.others = {}, []
		self.concern = self.begin()

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
		df = frappe.get_meta(FORM).get_field(name)
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
			expected = change.form and whole(preview.FormWith(FORM, planned))
			changes.publish(request)
		except FormChangeRefused:
			return
		if expected:
			assert whole(frappe.get_meta(FORM, cached=False)) == expected
		self.done.append(request)

	def export(self) -> None:
		parts = (packs_core.FORMS, packs_core.LISTS, packs_core.WORDS)
		self.packs.append(packs.make_pack(parts, (FORM,)))

	def take_in(self, number: int, retire: bool) -> None:
		"""Compare a pack with the site, and import it if that is open then. The comparison has found whatever is refused."""
		if not self.packs:
			return
		pack = self.packs[number % len(self.packs)]
		name = packs.bring("Kokeiltu", packs_core.write(pack))
		if "import" not in packs.compare(name, retire=retire)["actions"]:
			return
		doc = frappe.get_doc(packs.DOCTYPE, name)
		packs_apply.import_now(doc, pack, packs_apply.nobody)
		left = packs_apply.look(pack, pack.parts, retire, rehearsed=False).differences
		assert [each.key for each in left if each.step is not packs_core.Step.STAYS] == []
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
		except FormChangeRefused:
			return
		self.done.remove(doc)

	def answer(self, name: str, value: object) -> None:
		"""Answer a question as somebody at the form does, which shows what it may be answered with."""
		df = frappe.get_meta(FORM).get_field(name)
		hidden = df and df.depends_on == name and not self.answers.get(name)
		if not df or hidden or value not in self.offered(name):
			return
		self.save(**{name: value})
		self.answers[name] = value

	def save(self, name: str | None = None, **values) -> None:
		with case.acting(self.team.educator):
			concern = frappe.get_doc(FORM, name or self.concern)
			concern.update(values)
			concern.save()

	def migrate(self, version: int) -> None:
		"""Migrate with what a version of the app ships: the form is read from its file anew, and then the records are.

		The table alone stays as it is, which no rollback would mend.
		"""
		form, titles = whole(frappe.get_meta(FORM, cached=False)), self.titles()
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
		now = self.titles()
		for name, title in titles.items():
			if title in NEW_WORDS:
				assert now[name] == title

	def titles(self) -> dict[str, str]:
		return {name: frappe.db.get_value(SERVICES, name, "title") for name in SHIPPED}

	def check(self) -> None:
		"""The form opens and saves, old and new, and every answer is there and in sight."""
		for name in (self.concern, *self.others, self.begin()):
			self.save(name)
		with case.acting(self.team.educator):
			concern = frappe.get_doc(FORM, self.concern)
		meta = frappe.get_meta(FORM, cached=False)
		assert len({df.fieldname for df in meta.fields}) == len(meta.fields)
		for name, value in self.answers.items():
			df = meta.get_field(name)
			assert concern.get(name) == value, name
			assert df, name
			assert not df.hidden, name
			assert df.depends_on in (None, "", name) or name in ("strengths", "wishes"), name


@settings(
	max_examples=int(EXAMPLES or 7),
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
@given(steps=STEPS)
def test_forms_open_and_save_and_no_answer_is_lost(team, versions, steps):
	frappe.db.savepoint("es_example")
	try:
		site = Site(team, versions)
		for what, *rest in steps:
			getattr(site, what.replace(" ", "_"))(*rest)
			for name, value in site.answers.items():
				assert frappe.db.get_value(FORM, site.concern, name) == value
		site.check()
		while site.done:
			before = len(site.done)
			site.roll_back(before - 1)
			if len(site.done) == before:
				site.done.pop()
		site.check()
	finally:
		frappe.db.rollback(save_point="es_example")
		frappe.clear_cache(doctype=FORM)
