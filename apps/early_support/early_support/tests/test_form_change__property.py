"""Whatever is published, taken back and upgraded, in whichever order: forms open and save, and no answer is lost."""

import frappe
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from early_support.exceptions import FormChangeRefused
from early_support.forms import changes, current, preview, seeder
from early_support.forms import changes_core as core
from early_support.tests import case_factories as case
from early_support.tests import form_requests
from early_support.tests.form_requests import whole

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
WORDS = st.sampled_from(["Uudet sanat", "Toiset sanat"])
RECORDS = st.sampled_from(["maternity-clinic", "occupational-therapy", "uusi-palvelu"])


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
	st.tuples(st.just("another")),
	st.tuples(st.just("upgrade")),
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


@pytest.fixture(scope="module", autouse=True)
def columns(standing_teams):
	with form_requests.columns(*COLUMNS):
		yield


class Site:
	"""The form of concerns that somebody has begun, what was published, and what was answered in the first of them."""

	def __init__(self, team):
		self.team, self.published, self.answers, self.others = team, [], {}, []
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
		self.published.append(request)

	def roll_back(self, number: int) -> None:
		if not self.published:
			return
		request = self.published[number % len(self.published)]
		try:
			changes.roll_back(request)
		except FormChangeRefused:
			return
		self.published.remove(request)

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

	def upgrade(self) -> None:
		seeder.seed_shipped()
		frappe.clear_cache(doctype=FORM)

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
	max_examples=7,
	deadline=None,
	derandomize=True,
	# A failure is shown as it was found: to make it smaller takes minutes.
	phases=[Phase.explicit, Phase.generate],
	suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(steps=REQUIRED_AGAIN)
@example(steps=UNSEEN_AND_REQUIRED)
@example(steps=HIDDEN_AND_REQUIRED)
@given(steps=STEPS)
def test_forms_open_and_save_and_no_answer_is_lost(team, steps):
	frappe.db.savepoint("es_example")
	try:
		site = Site(team)
		for what, *rest in steps:
			getattr(site, what.replace(" ", "_"))(*rest)
			for name, value in site.answers.items():
				assert frappe.db.get_value(FORM, site.concern, name) == value
		site.check()
		while site.published:
			before = len(site.published)
			site.roll_back(before - 1)
			if len(site.published) == before:
				site.published.pop()
		site.check()
	finally:
		frappe.db.rollback(save_point="es_example")
		frappe.clear_cache(doctype=FORM)
