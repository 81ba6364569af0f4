"""A change of a form from its publication to the way back: what is written, what stays, and what comes to nothing."""

import json
import re

import frappe
import pytest

from early_support.casework import clock, own_contact
from early_support.exceptions import FormChangeRefused, PersonInText
from early_support.forms import changes, current
from early_support.forms import changes_core as core
from early_support.forms.lists import LastOptionError, TitleError
from early_support.privacy import subject_package
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests import form_requests
from early_support.tests.form_requests import (
	DOCTYPE,
	QUESTION,
	SERVICE,
	People,
	approved,
	field,
	forms_now,
	make_plan,
	published,
	require_by_hand,
	roll_back,
	suggest,
)


@pytest.fixture(scope="module", autouse=True)
def columns(standing_teams):
	"""The columns that the tests below need."""
	with form_requests.columns(
		("Child Plan Service", "custom_may_be_told", "Select"),
		("Consultation", "custom_extra_words", "Small Text"),
		("Concern", "custom_sleep", "Int"),
		("Child", "custom_allergies", "Small Text"),
	):
		yield


@pytest.fixture
def people(site) -> People:
	return People()


def row_of(plan, service: str):
	return next((row for row in plan.services if row.service == service), None)


def test_the_change_that_got_stuck(people, team):
	"""domain.md §4, 1560-1564, 1565-1568 and 1939-1948: toimintaterapia on the plan, and the question of permission.

	The group decides on changes of the local VASU (§1, 1949-1951).
	"""
	service = suggest(people, core.ADD_OPTION, **SERVICE)
	case.move(service, "Send to the area director", people.proposer)
	case.move(service, "Take to the management group", people.area_director)
	decision = {"decided_on": clock.today(), "minutes": "8.10.2026 § 3"}
	case.move(service, "Take no position", people.group, **decision)
	# It stayed on the table, and was decided on the next time.
	case.move(service, "Approve", people.group, minutes="5.11.2026 § 2")
	service = case.move(service, "Publish", people.administrator)
	question = published(people, core.ADD_FIELD, **QUESTION)
	assert (service.workflow_state, service.published_by) == ("Published", people.administrator)

	plan = make_plan(team)
	row = row_of(plan, "toimintaterapia-uusi")
	assert row.permission == "Not Asked"
	df = field("Child Plan Service", "custom_may_be_told")
	order = [f.fieldname for f in frappe.get_meta("Child Plan Service").fields]
	assert order.index("custom_may_be_told") == order.index("permission") + 1
	assert df.options.split("\n") == ["", "May be told of it", "May not be told of it"]
	frappe.local.lang = "fi"
	assert frappe._(df.label) == "Saako suunnitelmasta kertoa"
	assert frappe._("Occupational therapy (new)") != frappe._("Toimintaterapia (uusi)")
	frappe.local.lang = "sv"
	assert frappe._("Toimintaterapia (uusi)") == "Ergoterapi (ny)"
	frappe.local.lang = "en"
	with case.acting(team.educator):
		plan = frappe.get_doc("Child Plan", plan.name)
		row_of(plan, "toimintaterapia-uusi").update(
			{
				"answer": "In Use",
				"worker": "Terapeutti",
				"permission": "Yes",
				"custom_may_be_told": "May be told of it",
			}
		)
		plan.save()

	for request in (question, service):
		assert roll_back(people, request).rolled_back_by == people.administrator
	# Nobody is asked any more, and what was answered stays, in the words in which it was asked.
	assert frappe.db.get_value("Support Service", "toimintaterapia-uusi", "disabled") == 1
	df = field("Child Plan Service", "custom_may_be_told")
	assert df.depends_on == "custom_may_be_told"
	frappe.local.lang = "fi"
	assert frappe._("May be told of it") == "Saa kertoa"
	frappe.local.lang = "en"
	with case.acting(team.educator):
		old = frappe.get_doc("Child Plan", plan.name)
		old.save()
		row = row_of(old, "toimintaterapia-uusi")
		assert (row.answer, row.custom_may_be_told) == ("In Use", "May be told of it")
		assert not row_of(
			make_plan(team._replace(child=make.make_child(unit=team.unit))), "toimintaterapia-uusi"
		)


ROUND_TRIPS = [
	(core.ADD_FIELD, QUESTION),
	(
		core.CHANGE_WORDS,
		{
			"form": "Concern",
			"field_name": "strengths",
			"label_fi": "Mikä sujuu jo hyvin",
			"help_fi": "Aloita tästä.",
		},
	),
	(core.HIDE, {"form": "Concern", "field_name": "strengths"}),
	(core.MOVE, {"form": "Concern", "field_name": "strengths", "place_after": "observation"}),
	(core.RETIRE_OPTION, {"list_name": "Support Service", "record": "maternity-clinic"}),
	(
		core.CHANGE_WORDS,
		{
			"list_name": "Support Service",
			"record": "maternity-clinic",
			"label_fi": "Neuvolan palvelut",
			"label_sv": "Rådgivningens tjänster",
		},
	),
	(core.REWORD_ZONE, {"list_name": "Worry Zone", "record": "4", "guidance": "Kysy neuvoa jo tänään."}),
]


@pytest.mark.parametrize(
	("kind", "values"), ROUND_TRIPS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_published_and_rolled_back_it_is_as_before(people, kind, values):
	names = ("Support Service", "Worry Zone")
	before = forms_now(*names)
	request = published(people, kind, **values)
	assert forms_now(*names) != before
	assert json.loads(request.was_before)
	assert roll_back(people, request).workflow_state == "Rolled Back"
	assert forms_now(*names) == before


def test_words_of_two_forms_stay_with_the_second(people):
	words = {
		"label_fi": "Lisäsanoja",
		"label_sv": "Mer ord",
		"label_en": "Extra words",
		"answer_type": "Long text",
	}
	first = published(people, core.ADD_FIELD, form="Consultation", **words)
	title = {"label_fi": "Extra words", "label_sv": "Mer ord", "label_en": None}
	published(people, core.ADD_OPTION, **SERVICE | title)
	in_swedish = {"language": "sv", "source_text": "Extra words"}
	roll_back(people, first)
	assert frappe.db.get_value("Translation", in_swedish, "translated_text") == "Mer ord"
	# And the other way round.
	first = published(people, core.ADD_FIELD, form="Consultation", **words)
	frappe.delete_doc("Support Service", "extra-words")
	assert frappe.db.exists("Translation", in_swedish)


def test_a_question_on_the_record_of_a_child(people, team):
	"""It opens to whoever the child opens to, and is handed out with all that is recorded of it."""
	question = {"form": "Child", "label_fi": "Allergiat", "label_en": "Allergies", "answer_type": "Long text"}
	required = suggest(people, core.ADD_FIELD, **question, required=1)
	with pytest.raises(FormChangeRefused, match="running cases have none"):
		case.move(required, "Send to the area director", people.proposer)
	request = published(people, core.ADD_FIELD, **question, place_after="unit_group")
	with case.acting(team.educator):
		child = frappe.get_doc("Child", team.child)
		child.custom_allergies = "Pähkinä"
		child.save()
	assert frappe.get_list("Child", filters={"name": team.child}, pluck="custom_allergies") == ["Pähkinä"]
	for stranger in (team.counsellor, people.proposer, people.administrator):
		with case.acting(stranger), pytest.raises(frappe.PermissionError):
			frappe.get_doc("Child", team.child).check_permission("read")
	records = subject_package.gather(team.child, child.controller)
	assert ("Allergies", "Pähkinä") in records[0]["readable"]
	roll_back(people, request)
	assert field("Child", "custom_allergies").depends_on == "custom_allergies"


def test_a_retired_service_is_offered_again(people, team):
	clinic = {"list_name": "Support Service", "record": "maternity-clinic"}
	published(people, core.RETIRE_OPTION, **clinic)
	# Whoever adds it anew is told that it is there.
	anew = suggest(people, core.ADD_OPTION, **SERVICE | {"label_fi": "Maternity clinic"})
	with pytest.raises(FormChangeRefused, match="offer it again"):
		case.move(anew, "Send to the area director", people.proposer)
	request = published(people, core.OFFER_AGAIN, **clinic)
	assert row_of(make_plan(team), "maternity-clinic")
	roll_back(people, request)
	assert frappe.db.get_value("Support Service", "maternity-clinic", "disabled") == 1


def test_a_help_text_is_taken_away_and_put_back(people):
	words = {"form": "Child", "field_name": "left_on"}
	published(people, core.CHANGE_WORDS, **words, help_fi="Viimeinen päivä.")
	request = published(people, core.CHANGE_WORDS, **words, without_help=1)
	assert not field("Child", "left_on").description
	roll_back(people, request)
	assert field("Child", "left_on").description == "Viimeinen päivä."


def test_the_last_of_a_list_stays(people):
	last, *others = frappe.get_all("Closing Reason", filters={"disabled": 0}, pluck="name")
	frappe.db.set_value("Closing Reason", {"name": ("in", others)}, "disabled", 1)
	request = suggest(people, core.RETIRE_OPTION, list_name="Closing Reason", record=last)
	with pytest.raises(LastOptionError, match="add another"):
		case.move(request, "Send to the area director", people.proposer)


def test_an_added_service_is_retired_and_not_deleted(people):
	roll_back(people, published(people, core.ADD_OPTION, **SERVICE))
	assert frappe.db.get_value("Support Service", "toimintaterapia-uusi", "disabled") == 1


def test_the_words_of_an_added_option_that_was_given_stay_after_the_way_back(people, team):
	"""They stand on no form any more, and the answer does."""
	published(people, core.ADD_FIELD, **QUESTION)
	of_question = {"form": QUESTION["form"], "field_name": "custom_may_be_told"}
	option = published(people, core.ADD_OPTION, **of_question, choices="Ehkä joskus | Kanske | Perhaps so")
	plan = make_plan(team)
	with case.acting(team.educator):
		plan.services[0].custom_may_be_told = "Perhaps so"
		plan.save()
	roll_back(people, option)
	assert "Perhaps so" not in field(QUESTION["form"], "custom_may_be_told").options
	assert frappe._("Perhaps so", "fi") == "Ehkä joskus"


def test_a_retired_option_stays_where_it_was_given(people, team):
	published(people, core.ADD_FIELD, **QUESTION)
	plan = make_plan(team)
	name = plan.services[0].service
	answer(team, plan, name, "May be told of it")
	published(
		people,
		core.RETIRE_OPTION,
		form="Child Plan Service",
		field_name="custom_may_be_told",
		choices="May be told of it",
	)
	with case.acting(team.educator):
		old = frappe.get_doc("Child Plan", plan.name)
		old.save()
	assert row_of(old, name).custom_may_be_told == "May be told of it"
	with pytest.raises(frappe.ValidationError, match="May be told of it"):
		answer(team, plan, plan.services[1].service, "May be told of it")


def answer(team, plan, service: str, text: str) -> None:
	with case.acting(team.educator):
		plan = frappe.get_doc("Child Plan", plan.name)
		row_of(plan, service).custom_may_be_told = text
		plan.save()


def test_what_was_hidden_shows_where_it_was_answered_and_comes_back(people, team):
	published(people, core.HIDE, form="Concern", field_name="strengths")
	assert field("Concern", "strengths").depends_on == "strengths"
	published(people, core.SHOW, form="Concern", field_name="strengths")
	assert not field("Concern", "strengths").depends_on


def test_what_the_app_makes_by_itself_waits_for_no_question_either(people, team):
	"""It could not answer: whoever opens the document is asked."""
	require_by_hand("Client Relationship", "ending_note")
	with case.acting(team.counsellor):
		assert own_contact._open(team.child, "Aino")


def test_urgent_waits_for_no_question_of_the_administrators(people, team):
	"""design.md §3: Urgent skips every guard and never waits, from the draft on."""
	require_by_hand("Concern", "strengths")
	concern = case.make_concern(team)
	with case.attempt(), pytest.raises(frappe.MandatoryError, match="strengths"):
		case.move(concern, "Raise the concern", team.educator)
	urgent = case.move(concern, "Mark as urgent", team.educator)
	assert urgent.workflow_state == "Urgent"
	with case.acting(team.educator):
		urgent = frappe.get_doc("Concern", urgent.name)
		urgent.save()
		urgent.observed_on = None
		with case.attempt(), pytest.raises(frappe.MandatoryError, match="observed_on"):
			urgent.save()


def test_words_added_to_a_consultation_are_screened(people, team):
	published(
		people,
		core.ADD_FIELD,
		form="Consultation",
		label_fi="Lisätietoa",
		label_en="Extra words",
		answer_type="Long text",
	)
	make_consultation = lambda text: case.make_consultation(team, custom_extra_words=text)  # noqa: E731
	assert make_consultation("Aamut ovat vaikeita.").custom_extra_words
	for text in ("Soita 040 123 4567", "Tunnus 131052-308T"):
		with pytest.raises(PersonInText):
			make_consultation(text)


# What is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("kind", "values", "words"),
	[
		(
			core.ADD_FIELD,
			{"form": "Concern", "label_fi": "Henkilötunnus", "answer_type": "Short text"},
			"identity code",
		),
		(core.HIDE, {"form": "Concern", "field_name": "unit"}, "stays as it is"),
		(core.HIDE, {"form": "Concern", "field_name": "workflow_state"}, "stays as it is"),
		(
			core.CHANGE_WORDS,
			{"form": "Concern", "field_name": "controller", "label_fi": "x"},
			"stays as it is",
		),
		(core.HIDE, {"form": "Concern", "field_name": "discussed_on"}, "a rule of the work"),
		(core.DONT_REQUIRE, {"form": "Concern", "field_name": "observation"}, "stays"),
		(core.HIDE, {"form": "Needs Assessment", "field_name": "special_support"}, "a rule of the work"),
		(core.HIDE, {"form": "Child Plan", "field_name": "form_declined"}, "a rule of the work"),
		(core.HIDE, {"form": "Concern", "field_name": "nowhere"}, "no field"),
		(core.HIDE, {"form": "User", "field_name": "email"}, None),
		(
			core.ADD_OPTION,
			{"form": "Child Plan Service", "field_name": "answer", "choices": "Ehkä"},
			"options",
		),
		(
			core.ADD_OPTION,
			{"list_name": "Support Service", "label_fi": "Neuvola", "category": "Health"},
			"already",
		),
	],
)
def test_what_cannot_be_done_goes_to_nobody(people, kind, values, words):
	with pytest.raises(frappe.ValidationError, match=words):
		case.move(suggest(people, kind, **values), "Send to the area director", people.proposer)


def test_nothing_that_protects_people_is_written_whoever_plans_it(site):
	values = {"doc_type": "Concern", "field_name": "wishes", "property": "in_global_search", "value": "1"}
	with pytest.raises(core.Refused) as refused:
		changes.write(core.Operation(core.SETTER, "x", values))
	assert refused.value.reason is core.Reason.INVARIANT


@pytest.mark.parametrize("text", ["<b>Uusi</b>", "{{ doc.name }}", "javascript:alert(1)"])
@pytest.mark.parametrize("where", ["label_fi", "help_sv", "choices"])
def test_words_hold_no_markup(people, text, where):
	values = {**QUESTION, where: text}
	with pytest.raises(frappe.ValidationError):
		case.move(suggest(people, core.ADD_FIELD, **values), "Send to the area director", people.proposer)


def test_the_rules_of_a_list_are_asked_before_anybody_decides(people):
	values = {**SERVICE, "label_fi": "Concern", "label_sv": "Annat", "label_en": None}
	with pytest.raises(TitleError):
		case.move(suggest(people, core.ADD_OPTION, **values), "Send to the area director", people.proposer)
	assert not frappe.db.exists("Support Service", "concern")


def test_no_answer_is_required_that_running_cases_lack(people, team):
	case.make_concern(team)
	request = suggest(people, core.REQUIRE, form="Concern", field_name="strengths")
	with pytest.raises(FormChangeRefused, match="cannot be required") as refused:
		case.move(request, "Send to the area director", people.proposer)
	# Not how many: asked every day, it would tell how cases come and go, of every register.
	assert not re.search(r"\d", str(refused.value))


def test_what_running_cases_lacked_before_holds_up_no_other_change(people, team):
	case.make_concern(team)
	require_by_hand("Concern", "strengths")
	published(people, core.CHANGE_WORDS, form="Concern", field_name="wishes", label_fi="Toive nyt")


# A part of the form of concerns that no new concern shows.
UNSEEN_PART = "next_section"
BEDTIME = {"form": "Concern", "label_fi": "Uni", "label_en": "Sleep", "answer_type": "Number", "required": 1}


@pytest.mark.parametrize(
	("kind", "values", "words"),
	[
		(core.REQUIRE, {"field_name": "wishes"}, "shown to nobody"),
		(core.ADD_FIELD, {**BEDTIME, "place_after": "wishes"}, "shown to nobody"),
		(core.MOVE, {"field_name": "observed_on", "place_after": "wishes"}, "shown to nobody"),
		(core.MOVE, {"field_name": "zone", "place_after": "wishes"}, "a rule of the work"),
		(core.MOVE, {"field_name": UNSEEN_PART, "place_after": "child_section"}, "shown to nobody"),
	],
)
def test_no_part_that_is_hidden_holds_what_has_to_be_answered(people, kind, values, words):
	"""Where no case runs: those that begin later could not be stored, or not moved on."""
	frappe.db.set_value("Concern", {"name": ("is", "set")}, "workflow_state", "Closed")
	request = suggest(people, kind, **{"form": "Concern", **values})
	with pytest.raises(FormChangeRefused, match=words):
		case.move(request, "Send to the area director", people.proposer)


def test_a_place_that_a_question_had_before_is_looked_at(people):
	"""An order of the form outlives the field: who comes again under the same name stands where it stood."""
	frappe.db.set_value("Concern", {"name": ("is", "set")}, "workflow_state", "Closed")
	optional = {**BEDTIME, "required": 0, "place_after": "observation"}
	first = published(people, core.ADD_FIELD, **optional)
	published(people, core.MOVE, form="Concern", field_name="custom_sleep", place_after="wishes")
	roll_back(people, first)
	again = suggest(people, core.ADD_FIELD, **{**optional, "required": 1})
	with case.attempt(), pytest.raises(FormChangeRefused, match="shown to nobody"):
		case.move(again, "Send to the area director", people.proposer)
	assert field("Concern", "custom_sleep") is None


def test_a_form_that_changed_before_the_day_is_looked_at_again(people):
	"""The part was shown when it was decided on, and is not any more."""
	frappe.db.set_value("Concern", {"name": ("is", "set")}, "workflow_state", "Closed")
	optional = {**BEDTIME, "required": 0, "place_after": "observation"}
	first = published(people, core.ADD_FIELD, **optional)
	moved = published(people, core.MOVE, form="Concern", field_name="custom_sleep", place_after="wishes")
	roll_back(people, moved)
	roll_back(people, first)
	request = approved(people, core.ADD_FIELD, **{**optional, "required": 1})
	order = [df.fieldname for df in frappe.get_meta("Concern", cached=False).fields]
	order.insert(order.index("wishes"), "custom_sleep")
	frappe.make_property_setter(
		{
			"doctype": "Concern",
			"doctype_or_field": "DocType",
			"property": "field_order",
			"value": json.dumps(order),
		}
	)
	with case.attempt(), pytest.raises(FormChangeRefused, match="shown to nobody"):
		case.move(request, "Publish", people.administrator)
	assert field("Concern", "custom_sleep") is None


def test_a_rehearsal_leaves_nothing(people):
	before = forms_now("Support Service")
	for kind, values in ((core.ADD_FIELD, QUESTION), (core.ADD_OPTION, SERVICE)):
		case.move(suggest(people, kind, **values), "Send to the area director", people.proposer)
	assert forms_now("Support Service") == before
	assert field("Child Plan Service", "custom_may_be_told") is None


# Conflicts and failures -----------------------------------------------------------------------------------------------


def test_of_two_changes_of_the_same_field_the_second_is_refused(people):
	first, second = (
		approved(people, core.CHANGE_WORDS, form="Concern", field_name="strengths", label_fi=words)
		for words in ("Vahvuudet nyt", "Voimavarat nyt")
	)
	elsewhere = approved(
		people, core.CHANGE_WORDS, form="Concern", field_name="wishes", label_fi="Toiveet nyt"
	)
	case.move(first, "Publish", people.administrator)
	with pytest.raises(FormChangeRefused, match="meanwhile"):
		case.move(second, "Publish", people.administrator)
	assert field("Concern", "strengths").label == "Vahvuudet nyt"
	assert frappe.db.get_value(DOCTYPE, second.name, "workflow_state") == "Approved"
	# Another field of the same form is no matter.
	assert case.move(elsewhere, "Publish", people.administrator).workflow_state == "Published"


def test_of_two_services_on_the_table_both_are_published(people):
	first, second = (
		approved(people, core.ADD_OPTION, **SERVICE | {"label_fi": title, "label_sv": None, "label_en": None})
		for title in ("Toimintaterapia (uusi)", "Puheterapia (uusi)")
	)
	moved = approved(people, core.MOVE, form="Concern", field_name="wishes", place_after="observation")
	question = {"form": "Concern", "label_fi": "Uni", "label_en": "Sleep", "answer_type": "Number"}
	added = approved(people, core.ADD_FIELD, **question)
	for request in (first, second, added, moved):
		assert case.move(request, "Publish", people.administrator).workflow_state == "Published"
	for code in ("toimintaterapia-uusi", "puheterapia-uusi"):
		assert frappe.db.exists("Support Service", code)


def test_what_was_changed_by_hand_since_is_not_written_over(people):
	request = approved(people, core.HIDE, form="Concern", field_name="strengths")
	frappe.make_property_setter(
		{
			"doctype": "Concern",
			"fieldname": "strengths",
			"property": "label",
			"value": "Muu",
			"property_type": "Data",
		}
	)
	with pytest.raises(FormChangeRefused, match="meanwhile"):
		case.move(request, "Publish", people.administrator)


def test_a_later_change_is_rolled_back_first(people):
	first = published(people, core.CHANGE_WORDS, form="Concern", field_name="strengths", label_fi="Eka nimi")
	second = published(
		people, core.CHANGE_WORDS, form="Concern", field_name="strengths", label_fi="Toka nimi"
	)
	with pytest.raises(FormChangeRefused, match="meanwhile"):
		roll_back(people, first)
	assert field("Concern", "strengths").label == "Toka nimi"
	roll_back(people, second)
	assert field("Concern", "strengths").label == "Eka nimi"
	roll_back(people, first)
	assert field("Concern", "strengths").label not in ("Eka nimi", "Toka nimi")


class Halfway(Exception):
	"""What a test lets go wrong."""


def test_a_publication_that_fails_anywhere_leaves_nothing(people, monkeypatch):
	request = approved(people, core.ADD_FIELD, **QUESTION)
	before, write = forms_now(), changes.write
	total = len(changes.look(changes.change_of(request))[0])
	assert total > 3
	for failing in range(total):
		done = []

		def fail(operation, failing=failing, done=done):
			if len(done) == failing:
				raise Halfway
			done.append(operation)
			return write(operation)

		monkeypatch.setattr(changes, "write", fail)
		with pytest.raises(Halfway):
			case.move(request, "Publish", people.administrator)
		assert forms_now() == before, failing
		assert field("Child Plan Service", "custom_may_be_told") is None
		assert frappe.db.get_value(DOCTYPE, request.name, "workflow_state") == "Approved"
		# Whoever changes a form by hand now is an administrator again, and a new field gets its column.
		assert not changes.is_by_request()
		assert not frappe.flags.in_create_custom_fields
	monkeypatch.setattr(changes, "write", write)
	assert case.move(request, "Publish", people.administrator).workflow_state == "Published"


def test_what_is_read_in_the_middle_is_forgotten_when_it_fails(people, monkeypatch):
	"""Forms, records and words are kept in the cache, of which no rollback takes anything back."""
	form, word, service = QUESTION["form"], QUESTION["label_en"], "maternity-clinic"
	renaming = {"list_name": "Support Service", "record": service, "label_fi": "Neuvolan palvelut"}
	write = changes.write

	def read() -> tuple:
		title = frappe.get_cached_doc("Support Service", service).title
		return frappe.get_meta(form).get_field("custom_may_be_told"), title, frappe._(word, "fi")

	before = read()
	for kind, values in ((core.ADD_FIELD, QUESTION), (core.CHANGE_WORDS, renaming)):
		request = approved(people, kind, **values)
		left, seen = len(changes.look(changes.change_of(request))[0]), []

		def fail(operation, left=left, seen=seen):
			write(operation)
			seen.append(read())
			if len(seen) == left:
				raise Halfway

		monkeypatch.setattr(changes, "write", fail)
		with pytest.raises(Halfway):
			case.move(request, "Publish", people.administrator)
		assert seen[-1] != before
		assert read() == before


def test_what_others_read_before_it_is_stored_is_forgotten_then(people, monkeypatch):
	forgotten, forget = [], changes._forget
	request = approved(people, core.HIDE, form="Concern", field_name="strengths")
	monkeypatch.setattr(changes, "_forget", lambda operations: (forgotten.append(1), forget(operations)))
	case.move(request, "Publish", people.administrator)
	for event in (frappe.db.after_commit, frappe.db.after_rollback):
		forgotten.clear()
		event.run()
		assert forgotten


def test_nothing_is_made_where_somebody_has_made_the_same(people):
	"""Between the plan and the writing, which is the same moment for all but two who publish at once."""
	values = {"code": "maternity-clinic", "title": "Toinen neuvola"}
	operation = core.Operation("Support Service", "maternity-clinic", values, is_new=True)
	with pytest.raises(FormChangeRefused, match="meanwhile"):
		changes.write(operation)


def test_what_was_shown_again_is_hidden_again_unless_somebody_has_done_so(people):
	"""To show it took a property away: so there is nothing that could have been changed since, but something may be new."""
	published(people, core.HIDE, form="Concern", field_name="strengths")
	shown = published(people, core.SHOW, form="Concern", field_name="strengths")
	assert not field("Concern", "strengths").depends_on
	hidden = {"doctype": "Concern", "fieldname": "strengths", "property": "depends_on", "value": "strengths"}
	frappe.make_property_setter({**hidden, "property_type": "Data"})
	with pytest.raises(FormChangeRefused, match="meanwhile"):
		roll_back(people, shown)
	frappe.delete_doc("Property Setter", "Concern-strengths-depends_on")
	roll_back(people, shown)
	assert field("Concern", "strengths").depends_on == "strengths"


def test_a_way_back_that_fails_anywhere_leaves_it_published(people, monkeypatch):
	request = published(people, core.ADD_FIELD, **QUESTION)
	before, restore = forms_now(), changes.restore
	for failing in range(len(json.loads(request.was_before))):
		done = []

		def fail(step, failing=failing, done=done):
			if len(done) == failing:
				raise Halfway
			done.append(step)
			return restore(step)

		monkeypatch.setattr(changes, "restore", fail)
		with pytest.raises(Halfway):
			roll_back(people, request)
		assert forms_now() == before, failing


# The day that was set -------------------------------------------------------------------------------------------------


def test_a_change_waits_for_its_day_and_is_published_on_it_by_itself(people):
	day = frappe.utils.add_days(clock.today(), 3)
	request = approved(people, core.HIDE, form="Concern", field_name="strengths", effective_on=day)
	with pytest.raises(frappe.ValidationError, match="by itself"):
		case.move(request, "Publish", people.administrator)
	changes.publish_due()
	assert frappe.db.get_value(DOCTYPE, request.name, "workflow_state") == "Approved"
	with clock.at(frappe.utils.getdate(day)):
		changes.publish_due()
		stored = frappe.get_doc(DOCTYPE, request.name)
		assert (stored.workflow_state, stored.published_by) == ("Published", "Administrator")
		assert field("Concern", "strengths").depends_on == "strengths"
		changes.publish_due()
		assert frappe.get_doc(DOCTYPE, request.name).modified == stored.modified
	roll_back(people, stored)
	assert not field("Concern", "strengths").depends_on


def test_an_added_field_of_the_scheduler_is_taken_back_by_the_form_administrator(people):
	request = approved(people, core.ADD_FIELD, effective_on=clock.today(), **QUESTION)
	changes.publish_due()
	assert field("Child Plan Service", "custom_may_be_told")
	roll_back(people, request)
	assert field("Child Plan Service", "custom_may_be_told") is None


def test_what_fails_on_its_day_is_noted_and_keeps_nothing_else_waiting(people, monkeypatch):
	failing = approved(people, core.ADD_OPTION, effective_on=clock.today(), **SERVICE)
	fine = approved(people, core.HIDE, form="Concern", field_name="strengths", effective_on=clock.today())
	write = changes.write

	def fail(operation):
		if operation.doctype == "Support Service":
			write(operation)
			raise Halfway
		return write(operation)

	monkeypatch.setattr(changes, "write", fail)
	logged, seen = [], []
	monkeypatch.setattr(frappe, "log_error", lambda **what: logged.append(what["title"]))
	for _again in range(2):
		changes.publish_due()
		stored = frappe.get_doc(DOCTYPE, failing.name)
		seen.append(stored.modified)
		assert frappe.local.message_log == []
		assert stored.workflow_state == "Approved"
		assert stored.not_published_because.startswith("The app failed (Halfway).")
		assert not frappe.db.exists("Support Service", "toimintaterapia-uusi")
	# The same reason is written down once.
	assert (seen[0], logged) == (seen[1], ["Change of a form not published"])
	assert frappe.db.get_value(DOCTYPE, fine.name, "workflow_state") == "Published"
	monkeypatch.setattr(changes, "write", write)
	changes.publish_due()
	stored = frappe.get_doc(DOCTYPE, failing.name)
	assert (stored.workflow_state, stored.not_published_because) == ("Published", None)


def test_each_change_is_stored_by_itself_and_one_that_cannot_even_be_noted_stops_none(people, monkeypatch):
	"""As after a deadlock, which ends the transaction: here the change alone is taken back."""
	failing, fine = (
		approved(people, core.HIDE, form="Concern", field_name=name, effective_on=clock.today())
		for name in ("strengths", "wishes")
	)
	done, logged, save, rollback = [], [], changes._save, frappe.db.rollback

	def roll_back_all(*, save_point: str | None = None) -> None:
		done.append("rollback") if save_point is None else rollback(save_point=save_point)

	def fail(request) -> None:
		if request.name == failing.name:
			raise Halfway
		save(request)

	monkeypatch.setattr(changes, "_save", fail)
	monkeypatch.setattr(frappe.db, "rollback", roll_back_all)
	monkeypatch.setattr(frappe.db, "commit", lambda: done.append("commit"))
	monkeypatch.setattr(frappe, "log_error", lambda **what: logged.append(what["title"]))
	changes.publish_due()
	states = [frappe.db.get_value(DOCTYPE, each.name, "workflow_state") for each in (failing, fine)]
	assert states == ["Approved", "Published"]
	assert done == ["rollback", "commit"]
	assert logged == ["Change of a form not published"] * 2


def test_the_forms_on_offer_are_those_that_may_be_changed(site):
	offered = frappe.get_meta(DOCTYPE).get_field("form").options.split("\n")[1:]
	# The others stand there for what is changed by hand.
	ours = frappe.get_all("DocType", filters={"module": current.MODULE, "custom": 0}, pluck="name")
	assert {*offered[: len(current.FORMS)]} == {*current.FORMS}
	assert sorted(offered) == sorted(ours)
	lists = frappe.get_meta(DOCTYPE).get_field("list_name").options.split("\n")[1:]
	assert lists == list(current.LIST_DOCTYPES)
	assert frappe.get_meta(DOCTYPE).get_field("kind").options.split("\n")[1:] == [*core.KINDS, core.BY_HAND]
	assert frappe.get_meta(DOCTYPE).get_field("answer_type").options.split("\n")[1:] == list(core.ANSWERS)
