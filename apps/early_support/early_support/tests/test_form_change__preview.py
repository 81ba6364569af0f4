"""What a preview shows: the form as it will be, to whoever may read the request, and nothing else."""

import frappe
import pytest

from early_support.exceptions import FormChangeRefused
from early_support.forms import changes, current, preview
from early_support.forms import changes_core as core
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests import form_requests
from early_support.tests.form_requests import (
	QUESTION,
	SERVICE,
	People,
	field,
	forms_now,
	suggest,
	whole,
)

METHOD = "/api/method/early_support.forms.preview.show"
SLEEP = {"form": "Concern", "label_fi": "Unen pituus", "label_en": "Sleep", "answer_type": "Number"}
CHOICE = {"form": "Child Plan Service", "field_name": "custom_may_be_told"}
CLINIC = {"list_name": "Support Service", "record": "maternity-clinic"}
STRENGTHS = {"form": "Concern", "field_name": "strengths"}
WORDS = {"label_fi": "Mikä sujuu jo hyvin", "label_sv": "Vad går bra", "help_fi": "Aloita tästä."}
TOLD_WORDS = {**STRENGTHS, **WORDS, "label_en": "What works already"}
EACH_KIND = {
	"a field in its place": (core.ADD_FIELD, {**SLEEP, "place_after": "strengths"}),
	"a field at the end": (core.ADD_FIELD, SLEEP),
	"a question of a table": (core.ADD_FIELD, QUESTION),
	"words": (core.CHANGE_WORDS, TOLD_WORDS),
	"no help any more": (core.CHANGE_WORDS, {"form": "Child", "field_name": "left_on", "without_help": 1}),
	"an option": (core.ADD_OPTION, {**CHOICE, "choices": "Ehkä | Kanske | Perhaps"}),
	"no option any more": (core.RETIRE_OPTION, {**CHOICE, "choices": "May be told of it"}),
	"an answer": (core.REQUIRE, {"form": "Plan Review", "field_name": "worker_view"}),
	"no answer": (core.DONT_REQUIRE, {"form": "Concern", "field_name": "custom_sleep"}),
	"hidden": (core.HIDE, STRENGTHS),
	"an added one hidden": (core.HIDE, {"form": "Concern", "field_name": "custom_sleep"}),
	"shown": (core.SHOW, {"form": "Concern", "field_name": "wishes"}),
	"another place": (core.MOVE, {**STRENGTHS, "place_after": "observation"}),
}
# What has to be there first.
FIRST = {
	"an option": [(core.ADD_FIELD, QUESTION)],
	"no option any more": [(core.ADD_FIELD, QUESTION)],
	"no answer": [
		(core.ADD_FIELD, {**SLEEP, "place_after": "strengths"}),
		(core.REQUIRE, {"form": "Concern", "field_name": "custom_sleep"}),
	],
	"an added one hidden": [(core.ADD_FIELD, SLEEP)],
	"shown": [(core.HIDE, {"form": "Concern", "field_name": "wishes"})],
	"a service again": [(core.RETIRE_OPTION, CLINIC)],
	"no help any more": [
		(core.CHANGE_WORDS, {"form": "Child", "field_name": "left_on", "help_fi": "Viimeinen päivä."})
	],
}
EACH_LIST = {
	"a service": (core.ADD_OPTION, SERVICE),
	"a service after another": (core.ADD_OPTION, {**SERVICE, "record": "maternity-clinic"}),
	"no service any more": (core.RETIRE_OPTION, CLINIC),
	"a service again": (core.OFFER_AGAIN, CLINIC),
	"the words of a service": (core.CHANGE_WORDS, {**CLINIC, "label_fi": "Neuvolan palvelut"}),
	"a zone": (core.REWORD_ZONE, {"list_name": "Worry Zone", "record": "4", "guidance": "Kysy jo tänään."}),
}


@pytest.fixture(scope="module", autouse=True)
def columns(standing_teams):
	"""The columns that the tests below need."""
	with form_requests.columns(
		("Child Plan Service", "custom_may_be_told", "Select"), ("Concern", "custom_sleep", "Int")
	):
		yield


@pytest.fixture
def people(site) -> People:
	return People()


def show(user: str, request, language: str = "fi") -> dict:
	with case.acting(user):
		return preview.show(request.name, language)


def with_change(request) -> preview.FormWith:
	_before, after = preview._sides(request)
	return preview.FormWith(request.form, after)


def publish(people: People, kind: str, **values):
	"""Publish without the way of a decision, which is another test's."""
	return make_published(suggest(people, kind, **values))


def make_published(request):
	request.fingerprint = changes.look(changes.change_of(request))[1]
	changes.publish(request)
	return in_state("Published", request)


def make_rolled_back(request):
	changes.roll_back(request)
	return in_state("Rolled Back", request)


def in_state(state: str, request):
	request.db_set({"workflow_state": state, "was_before": request.was_before})
	return request


@pytest.fixture
def few_cases():
	"""No running case hinders that an answer is required."""
	for form in ("Concern", "Plan Review"):
		frappe.db.sql(f"delete from `tab{form}`")


@pytest.mark.parametrize("what", EACH_KIND)
def test_a_form_is_shown_as_it_will_be(people, few_cases, what):
	for kind, values in FIRST.get(what, ()):
		publish(people, kind, **values)
	kind, values = EACH_KIND[what]
	request = suggest(people, kind, **values)
	expected, told = whole(with_change(request)), show(people.group, request)
	words = words_with(preview._sides(request)[1])
	assert whole(frappe.get_meta(request.form, cached=False)) != expected
	make_published(request)
	assert whole(frappe.get_meta(request.form, cached=False)) == expected
	assert words_with([]) == words
	# And afterwards, beside what was there before it.
	assert told["rows"]
	assert show(people.group, request) == told
	assert show(people.group, make_rolled_back(request)) == told


def words_with(steps: list[preview.Step]) -> list[dict]:
	return [preview.Words(language, steps)._known for language in ("fi", "sv")]


@pytest.mark.parametrize("what", EACH_LIST)
def test_a_list_is_shown_as_it_will_be(people, what):
	for kind, values in FIRST.get(what, ()):
		publish(people, kind, **values)
	kind, values = EACH_LIST[what]
	request = suggest(people, kind, **values)
	told = show(people.group, request)
	assert told["rows"]
	assert show(people.group, make_published(request)) == told
	assert show(people.group, make_rolled_back(request)) == told


def test_it_says_what_changes_in_the_language_that_is_asked_for(people):
	request = suggest(people, core.CHANGE_WORDS, **TOLD_WORDS)
	frappe.local.lang = "fi"
	for language, before, after in (
		("fi", "Vahvuudet", "Mikä sujuu jo hyvin"),
		("sv", "Styrkor", "Vad går bra"),
		("en", "Strengths", "What works already"),
	):
		told = show(people.proposer, request, language)
		label = told["rows"][0]
		assert (label["before"], label["after"]) == (before, after)
		# What surrounds it stays in the reader's own language.
		assert label["label"] == "Kentän nimi"
		drawn = {field["fieldname"]: field for field in told["fields"]}
		assert drawn["strengths"]["label"] == after
		assert told["changed"] == ["strengths"]


def test_without_a_language_it_is_that_of_the_reader(people):
	request = suggest(people, core.CHANGE_WORDS, **TOLD_WORDS)
	frappe.local.lang = "sv"
	assert show(people.proposer, request, None)["form"] == "Oro"
	frappe.local.lang = "de"
	assert show(people.proposer, request, None)["language"] == "en"


def test_a_new_field_is_said_to_be_new(people):
	frappe.local.lang = "en"
	told = show(people.proposer, suggest(people, core.ADD_FIELD, **QUESTION))
	rows = {row["label"]: row for row in told["rows"]}
	assert {row["before"] for row in told["rows"]} == {None}
	assert rows["Options"]["after"] == ["Saa kertoa", "Ei saa kertoa"]
	assert rows["Position in the form"]["after"].startswith("After “")
	assert told["changed"] == ["custom_may_be_told"]


def test_what_is_not_complete_or_cannot_be_done_says_why(people):
	with pytest.raises(FormChangeRefused, match="fill in first"):
		show(people.proposer, suggest(people, core.ADD_FIELD, form="Concern"))
	request = suggest(people, core.HIDE, form="Concern", field_name="unit")
	with pytest.raises(FormChangeRefused, match="stays as it is"):
		show(people.proposer, request)


def test_a_change_by_hand_is_shown_too(people):
	with case.acting(make.make_user("System Manager")):
		frappe.make_property_setter(
			{"doctype": "Concern", "fieldname": "strengths", "property": "reqd", "value": "1"}
		)
		frappe.db.commit()
	note = frappe.get_last_doc(form_requests.DOCTYPE, {"kind": core.BY_HAND})
	(row,) = show(people.group, note)["rows"]
	assert (row["before"], row["after"]) == ("No", "Yes")


def test_nothing_is_written(people):
	for kind, values in ((core.ADD_FIELD, QUESTION), (core.HIDE, STRENGTHS), (core.ADD_OPTION, SERVICE)):
		request = suggest(people, kind, **values)
		before, stored = forms_now("Support Service"), request.as_json()
		show(people.proposer, request)
		assert forms_now("Support Service") == before
		assert frappe.get_doc(request.doctype, request.name).as_json() == stored
	assert field("Child Plan Service", "custom_may_be_told") is None


# Who sees it ----------------------------------------------------------------------------------------------------------


def test_all_of_the_staff_see_it_also_who_sees_no_case(people):
	request = suggest(people, core.HIDE, **STRENGTHS)
	for user in (
		people.area_director,
		people.group,
		people.administrator,
		make.make_staff("Family Counsellor"),
	):
		assert show(user, request)["fields"]
	with case.acting(people.group):
		assert not frappe.has_permission("Concern", "read")


def test_nobody_else_does(people, api):
	request = suggest(people, core.HIDE, **STRENGTHS)
	outsiders = (make.make_user(), make.make_user("System Manager"), make.make_user("Guardian"))
	for user in outsiders:
		with pytest.raises(frappe.PermissionError):
			show(user, request)
	for user in (None, outsiders[0]):
		answer = api(user).get(METHOD, query_string={"name": request.name})
		assert answer.status_code == 403
		assert "strengths" not in answer.text


def test_what_it_tells_of_a_form_is_words_and_conditions(people):
	"""Neither what could run, nor rights, nor hidden fields, nor a level that only some may read."""
	hidden = {df.fieldname for df in frappe.get_meta("Concern").fields if df.hidden}
	assert hidden
	for name, value in (("strengths", 1), ("wishes", 0)):
		frappe.make_property_setter(
			{"doctype": "Concern", "fieldname": name, "property": "permlevel", "value": str(value)}
		)
	told = show(people.proposer, suggest(people, core.HIDE, form="Concern", field_name="wishes"))
	assert told.keys() == {"language", "form", "fields", "changed", "rows"}
	allowed = {
		"fieldname",
		"fieldtype",
		"label",
		"description",
		"reqd",
		"depends_on",
		"mandatory_depends_on",
		"default",
		"options",
		"columns",
	}
	names = set()
	for drawn in told["fields"]:
		assert drawn.keys() <= allowed
		names.add(drawn["fieldname"])
	assert names.isdisjoint({*hidden, "strengths"})
	assert "wishes" in names
	# A level above the lowest is not told by way of what changes either.
	assert show(people.proposer, suggest(people, core.HIDE, **STRENGTHS))["rows"] == []


def test_each_form_is_drawn_as_it_is(site):
	"""Without any change it is the very form of today."""
	for form in current.FORMS:
		assert whole(preview.FormWith(form, [])) == whole(frappe.get_meta(form, cached=False)), form
		assert preview._form(frappe._dict(form=form, field_name=None), [], [], "sv")["rows"] == []


def test_the_plan_is_the_one_that_is_published(people, monkeypatch):
	"""Not another that looks alike: what the core plans is what is shown."""
	request, seen = suggest(people, core.HIDE, **STRENGTHS), []
	plan = core.plan
	monkeypatch.setattr(core, "plan", lambda *words: seen.append(plan(*words)) or seen[-1])
	show(people.proposer, request)
	assert seen == [changes.look(changes.change_of(request))[0]] * 2
