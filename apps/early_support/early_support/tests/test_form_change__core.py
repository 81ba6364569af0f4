"""What becomes of a request, judged without a site: the records to write, or the reason why not."""

import itertools
from dataclasses import replace

import pytest

from early_support.forms import changes_core as core
from early_support.forms.changes_core import (
	FIELD,
	KINDS,
	SETTER,
	WORD,
	Change,
	Field,
	Form,
	Operation,
	Reason,
	Refused,
	Snapshot,
	check,
	choices_of,
	fingerprint,
	new_fieldname,
	plan,
)

COLUMN_OF = {
	"Data": "varchar(140)",
	"Small Text": "text",
	"Check": "tinyint",
	"Select": "varchar(140)",
	"Date": "date",
	"Int": "int",
}
FIELDS = (
	Field("workflow_state", "State", "Link"),
	Field("first_section", "First", "Section Break"),
	Field("wishes", "Wishes", "Small Text"),
	Field(
		"strengths", "Strengths", "Small Text", depends_on="eval:doc.zone", shipped_depends_on="eval:doc.zone"
	),
	Field("discussed_on", "Discussed on", "Date"),
	Field("place", "Place", "Select", options="Unit\nHome", default="Unit"),
	Field("agreed", "Agreed", "Check", default="0"),
	Field("custom_mood", "Mood", "Select", options="\nGood\nBad", is_added=True),
	Field("custom_note", "Note", "Data", is_added=True, reqd=True),
)
FORM = Form(
	"Concern",
	{field.fieldname: field for field in FIELDS},
	kept=frozenset({"workflow_state"}),
	needed=frozenset({"discussed_on"}),
	columns={"name": "varchar(140)", "custom_left": "varchar(140)", "custom_empty": "varchar(140)"},
	column_of=COLUMN_OF,
	left=frozenset({"custom_left"}),
)
RECORD = {
	"code": "neuvola",
	"title": "Neuvola",
	"title_sv": None,
	"title_en": None,
	"sort_order": 10,
	"disabled": 0,
}
NOW = Snapshot(form=FORM, record=RECORD, list_codes=frozenset({"neuvola"}), last_order=90)
PERMISSION = {"fi": "Lupa yhteistyöhön", "sv": "Lov till samarbete", "en": "Permission to co-operate"}


def ask(kind: str, **values) -> Change:
	defaults = {} if values.get("list_name") else {"form": "Concern"}
	return Change(kind, **{**defaults, **values})


def add(**values) -> Change:
	return ask(core.ADD_FIELD, **{"labels": PERMISSION, "answer_type": "Yes or no", **values})


def only(change: Change, now: Snapshot = NOW) -> Operation:
	(operation,) = plan(change, now)
	return operation


# What is planned ------------------------------------------------------------------------------------------------------


def test_a_field_is_added_in_its_place_with_its_words():
	field, *words = plan(add(place_after="wishes", helps={"fi": "Kysytään huoltajalta"}), NOW)
	assert (field.doctype, field.name, field.is_new) == (
		FIELD,
		"Concern-custom_permission_to_co_operate",
		True,
	)
	assert field.values["fieldtype"] == "Check"
	assert field.values["insert_after"] == "wishes"
	assert field.values["label"] == "Permission to co-operate"
	assert field.values["description"] == "Kysytään huoltajalta"
	assert {(word.doctype, word.values["language"], word.values["translated_text"]) for word in words} == {
		(WORD, "fi", "Lupa yhteistyöhön"),
		(WORD, "sv", "Lov till samarbete"),
	}


def test_a_choice_has_its_options_in_three_languages():
	choices = "Kyllä | Ja | Yes\nEi|Nej|No\n\nEn tiedä"
	field, *words = plan(add(answer_type="Choice", choices=choices), NOW)
	assert field.values["options"] == "\nYes\nNo\nEn tiedä"
	assert ("sv", "No", "Nej") in {
		(w.values["language"], w.values["source_text"], w.values["translated_text"]) for w in words
	}
	assert choices_of(" | \n") == []


def test_without_a_place_it_comes_last():
	assert plan(add(), NOW)[0].values["insert_after"] == "custom_note"


@pytest.mark.parametrize(
	("change", "expected"),
	[
		(ask(core.CHANGE_WORDS, field_name="wishes", labels={"fi": "Toiveet nyt"}), ("label", "Toiveet nyt")),
		(
			ask(core.CHANGE_WORDS, field_name="wishes", helps={"fi": "Mitä toivotaan"}),
			("description", "Mitä toivotaan"),
		),
		(ask(core.REQUIRE, field_name="wishes"), ("reqd", "1")),
		(ask(core.HIDE, field_name="wishes"), ("depends_on", "wishes")),
		(ask(core.HIDE, field_name="agreed"), ("depends_on", "agreed")),
		(ask(core.HIDE, field_name="strengths"), ("depends_on", "strengths")),
	],
)
def test_a_shipped_field_is_changed_beside_it(change, expected):
	operation = only(change)
	assert operation.doctype == SETTER
	assert (operation.values["property"], operation.values["value"]) == expected
	assert operation.values["doc_type"] == "Concern"


@pytest.mark.parametrize(
	("change", "values"),
	[
		(ask(core.DONT_REQUIRE, field_name="custom_note"), {"reqd": 0}),
		(ask(core.CHANGE_WORDS, field_name="custom_note", labels={"fi": "Huomio"}), {"label": "Huomio"}),
		(
			ask(core.ADD_OPTION, field_name="custom_mood", choices="Vaihteleva"),
			{"options": "\nGood\nBad\nVaihteleva"},
		),
		(ask(core.RETIRE_OPTION, field_name="custom_mood", choices="Bad"), {"options": "\nGood"}),
		(ask(core.OFFER_AGAIN, field_name="custom_mood", choices="Odd"), {"options": "\nGood\nBad\nOdd"}),
		(ask(core.HIDE, field_name="custom_mood"), {"depends_on": "custom_mood"}),
	],
)
def test_an_added_field_is_changed_itself(change, values):
	operation = only(change)
	assert (operation.doctype, operation.values) == (FIELD, values)


def test_what_was_hidden_is_shown_again_as_it_was_shipped():
	hidden = Field(
		"strengths", "Strengths", "Small Text", depends_on="strengths", shipped_depends_on="eval:doc.zone"
	)
	now = Snapshot(form=Form("Concern", {"strengths": hidden}))
	assert only(ask(core.SHOW, field_name="strengths"), now).values["value"] is None
	for kind, reason in ((core.HIDE, Reason.NO_CHANGE), (core.REQUIRE, Reason.NO_QUESTION)):
		with pytest.raises(Refused) as refused:
			plan(ask(kind, field_name="strengths"), now)
		assert refused.value.reason is reason


def test_a_field_moves_behind_another():
	operation = only(ask(core.MOVE, field_name="agreed", place_after="wishes"))
	assert (operation.values["property"], operation.values["field_name"]) == ("field_order", None)
	order = [name for name in FORM.fields if name != "agreed"]
	order.insert(order.index("wishes") + 1, "agreed")
	assert operation.values["value"] == str(order).replace("'", '"')


def test_a_service_is_added_to_the_list():
	values = {"category": "Rehabilitation", "tier": None, "ask_on_vasu": 1}
	change = ask(
		core.ADD_OPTION,
		list_name="Support Service",
		labels={"fi": "Toimintaterapia", "sv": "Ergoterapi"},
		values=values,
	)
	operation = only(change)
	assert (operation.doctype, operation.name, operation.is_new) == (
		"Support Service",
		"toimintaterapia",
		True,
	)
	assert operation.values == {
		"code": "toimintaterapia",
		"title": "Toimintaterapia",
		"title_sv": "Ergoterapi",
		"sort_order": 100,
		"category": "Rehabilitation",
		"ask_on_vasu": 1,
	}
	after = core.plan(Change(**{**change.__dict__, "record": "neuvola"}), NOW)
	assert after[0].values["sort_order"] == 11


def test_a_retired_record_is_offered_again():
	again = ask(core.OFFER_AGAIN, list_name="Concern Topic", record="neuvola")
	assert only(again, replace(NOW, record={**RECORD, "disabled": 1})).values == {"disabled": 0}
	with pytest.raises(Refused) as refused:
		plan(again, NOW)
	assert refused.value.reason is Reason.NO_CHANGE


def test_a_help_text_is_taken_away():
	fields = {**FORM.fields, "wishes": replace(FORM.fields["wishes"], description="Mitä toivotaan")}
	now = replace(NOW, form=replace(FORM, fields=fields))
	emptied = only(ask(core.CHANGE_WORDS, field_name="wishes", without_help=True), now)
	assert (emptied.values["property"], emptied.values["value"]) == ("description", "")
	# What is written in its place comes first.
	both = ask(core.CHANGE_WORDS, field_name="wishes", without_help=True, helps={"fi": "Uusi ohje"})
	assert only(both, now).values["value"] == "Uusi ohje"
	with pytest.raises(Refused) as refused:
		plan(ask(core.CHANGE_WORDS, field_name="wishes", without_help=True), NOW)
	assert refused.value.reason is Reason.NO_CHANGE


def test_a_record_is_retired_renamed_and_a_zone_reworded():
	assert only(ask(core.RETIRE_OPTION, list_name="Concern Topic", record="neuvola")).values == {
		"disabled": 1
	}
	renamed = ask(
		core.CHANGE_WORDS,
		list_name="Concern Topic",
		record="neuvola",
		labels={"fi": "Neuvola", "sv": "Rådgivning"},
	)
	assert only(renamed).values == {"title_sv": "Rådgivning"}
	zone = {**RECORD, "meaning": "Vanha", "guidance": "Sama"}
	change = ask(
		core.REWORD_ZONE,
		list_name="Worry Zone",
		record="4",
		values={"meaning": "Uusi", "guidance": "Sama", "meaning_sv": None},
	)
	assert only(change, Snapshot(record=zone)).values == {"meaning": "Uusi"}


# What is refused ------------------------------------------------------------------------------------------------------

SERVICE = {"list_name": "Support Service", "values": {"category": "Health"}}
REFUSED = [
	(add(labels={"en": "Note"}), Reason.FIELD_EXISTS),
	(add(labels={"en": "Left"}, answer_type="Short text"), Reason.TYPE_CHANGE),
	(add(labels={"en": "Empty"}, answer_type="Long text"), Reason.TYPE_CHANGE),
	(add(place_after="nowhere"), Reason.UNKNOWN_FIELD),
	(add(labels={}), Reason.INCOMPLETE),
	(add(answer_type=""), Reason.INCOMPLETE),
	(add(answer_type="Choice"), Reason.INCOMPLETE),
	(add(answer_type="Link"), Reason.INCOMPLETE),
	(add(required=True), Reason.NO_QUESTION),
	(
		ask(core.CHANGE_WORDS, field_name="wishes", answer_type="Number", labels={"fi": "x"}),
		Reason.TYPE_CHANGE,
	),
	(ask(core.CHANGE_WORDS, field_name="wishes"), Reason.INCOMPLETE),
	(ask(core.CHANGE_WORDS, field_name="wishes", labels={"en": "Wishes"}), Reason.NO_CHANGE),
	(ask(core.CHANGE_WORDS, field_name="workflow_state", labels={"fi": "Vaihe"}), Reason.KEPT_FIELD),
	(ask(core.HIDE, field_name="workflow_state"), Reason.KEPT_FIELD),
	(ask(core.DONT_REQUIRE, field_name="workflow_state"), Reason.KEPT_FIELD),
	(ask(core.SHOW, field_name="workflow_state"), Reason.KEPT_FIELD),
	(ask(core.HIDE, field_name="discussed_on"), Reason.NEEDED_FIELD),
	(ask(core.DONT_REQUIRE, field_name="discussed_on"), Reason.NEEDED_FIELD),
	(ask(core.HIDE, field_name="place"), Reason.NEEDED_FIELD),
	(ask(core.HIDE, field_name="custom_note"), Reason.NEEDED_FIELD),
	(ask(core.HIDE, field_name="first_section"), Reason.NO_QUESTION),
	(ask(core.REQUIRE, field_name="agreed"), Reason.NO_QUESTION),
	(ask(core.REQUIRE, field_name="custom_note"), Reason.NO_CHANGE),
	(ask(core.DONT_REQUIRE, field_name="wishes"), Reason.NO_CHANGE),
	(ask(core.SHOW, field_name="wishes"), Reason.NO_CHANGE),
	(
		ask(core.CHANGE_WORDS, list_name="Support Service", record="neuvola", labels={"fi": "Neuvola"}),
		Reason.NO_CHANGE,
	),
	(ask(core.MOVE, field_name="wishes", place_after="wishes"), Reason.UNKNOWN_FIELD),
	(ask(core.MOVE, field_name="wishes", place_after="first_section"), Reason.NO_CHANGE),
	(ask(core.MOVE, field_name="wishes"), Reason.INCOMPLETE),
	(ask(core.HIDE, field_name="nowhere"), Reason.UNKNOWN_FIELD),
	(ask(core.ADD_OPTION, field_name="place", choices="Muualla"), Reason.FIXED_OPTIONS),
	(ask(core.ADD_OPTION, field_name="wishes", choices="Muualla"), Reason.FIXED_OPTIONS),
	(ask(core.ADD_OPTION, field_name="custom_mood", choices="Good"), Reason.OPTION_EXISTS),
	(ask(core.RETIRE_OPTION, field_name="custom_mood", choices="Odd"), Reason.UNKNOWN_OPTION),
	(ask(core.RETIRE_OPTION, field_name="custom_mood", choices="Good\nBad"), Reason.NEEDED_FIELD),
	(ask(core.ADD_OPTION, labels={"fi": "Neuvola"}, **SERVICE), Reason.RECORD_EXISTS),
	(ask(core.ADD_OPTION, list_name="Support Service", labels={"fi": "Uusi"}), Reason.INCOMPLETE),
	(ask(core.ADD_OPTION, list_name="Worry Zone", labels={"fi": "8"}), Reason.CLOSED_LIST),
	(ask(core.ADD_OPTION, list_name="Age Band", labels={"fi": "6 v"}), Reason.CLOSED_LIST),
	(ask(core.RETIRE_OPTION, list_name="Worry Zone", record="4"), Reason.CLOSED_LIST),
	(ask(core.OFFER_AGAIN, field_name="place", choices="Muualla"), Reason.FIXED_OPTIONS),
	(ask(core.OFFER_AGAIN, list_name="Concern Topic"), Reason.INCOMPLETE),
	(
		ask(core.REWORD_ZONE, list_name="Concern Topic", record="neuvola", values={"title": "x"}),
		Reason.INCOMPLETE,
	),
	(ask(core.REWORD_ZONE), Reason.INCOMPLETE),
	(ask("Delete a field", field_name="wishes"), Reason.INCOMPLETE),
]


@pytest.mark.parametrize(
	("change", "reason"), REFUSED, ids=lambda value: getattr(value, "name", getattr(value, "kind", None))
)
def test_what_cannot_be_done_is_refused_with_its_reason(change, reason):
	with pytest.raises(Refused) as refused:
		plan(change, NOW)
	assert refused.value.reason is reason


@pytest.mark.parametrize(
	("change", "record", "reason"),
	[
		(ask(core.RETIRE_OPTION, list_name="Concern Topic", record="x"), None, Reason.UNKNOWN_RECORD),
		(
			ask(core.RETIRE_OPTION, list_name="Concern Topic", record="x"),
			{**RECORD, "disabled": 1},
			Reason.NO_CHANGE,
		),
	],
)
def test_a_record_that_is_not_there_or_gone_already(change, record, reason):
	with pytest.raises(Refused) as refused:
		plan(change, Snapshot(record=record))
	assert refused.value.reason is reason


def test_no_answer_is_required_that_running_cases_have_not_got():
	for change in (ask(core.REQUIRE, field_name="wishes"), add(answer_type="Day", required=True)):
		assert plan(change, NOW)
		with pytest.raises(Refused) as refused:
			plan(change, Snapshot(form=FORM, without_answer=True))
		assert refused.value.reason is Reason.CANNOT_FILL
		with pytest.raises(Refused) as refused:
			plan(change, Snapshot(form=Form("Plan Goal", FORM.fields, is_table=True, column_of=COLUMN_OF)))
		assert refused.value.reason is Reason.ROW_REQUIRED


# A form in which a part shows only under a condition, and one not at all.
PARTS = (
	Field("first_section", "First", "Section Break"),
	Field("observed_on", "Observed on", "Date", reqd=True),
	Field("wishes", "Wishes", "Small Text"),
	Field("zone", "Zone", "Link"),
	Field("late", "Late", "Small Text", depends_on="eval:doc.zone"),
	Field("talk_section", "Talk", "Section Break", depends_on="eval:doc.urgent"),
	Field("talk_column", "", "Column Break", depends_on="eval:doc.urgent"),
	Field("discussed_on", "Discussed on", "Date"),
	Field("next_step", "Next step", "Small Text"),
	Field("more_tab", "More", "Tab Break", hidden=True),
	Field("notes", "Notes", "Small Text"),
)
IN_PARTS = Snapshot(
	form=Form(
		"Concern",
		{each.fieldname: each for each in PARTS},
		needed=frozenset({"observed_on", "zone", "discussed_on"}),
		column_of=COLUMN_OF,
		shipped=core.conditions_of(PARTS),
	)
)


@pytest.mark.parametrize(
	("change", "reason"),
	[
		(ask(core.REQUIRE, field_name="wishes"), None),
		(ask(core.REQUIRE, field_name="late"), Reason.UNSEEN_REQUIRED),
		(ask(core.REQUIRE, field_name="next_step"), Reason.UNSEEN_REQUIRED),
		(ask(core.REQUIRE, field_name="notes"), Reason.UNSEEN_REQUIRED),
		(add(answer_type="Day", required=True, place_after="wishes"), None),
		(add(answer_type="Day", place_after="next_step"), None),
		(add(answer_type="Day", required=True, place_after="next_step"), Reason.UNSEEN_REQUIRED),
		(add(answer_type="Day", required=True, place_after="talk_section"), Reason.UNSEEN_REQUIRED),
		(add(answer_type="Day", required=True), Reason.UNSEEN_REQUIRED),
		(ask(core.MOVE, field_name="observed_on", place_after="wishes"), None),
		(ask(core.MOVE, field_name="observed_on", place_after="discussed_on"), Reason.UNSEEN_REQUIRED),
		(ask(core.MOVE, field_name="wishes", place_after="discussed_on"), None),
		(ask(core.MOVE, field_name="zone", place_after="discussed_on"), Reason.NEEDED_FIELD),
		# Where it was shipped, under its own condition; and not under another one.
		(ask(core.MOVE, field_name="discussed_on", place_after="next_step"), None),
		(ask(core.MOVE, field_name="discussed_on", place_after="wishes"), None),
		(ask(core.MOVE, field_name="discussed_on", place_after="notes"), Reason.NEEDED_FIELD),
		# A heading takes along what stands below it.
		(ask(core.MOVE, field_name="talk_section", place_after="first_section"), Reason.UNSEEN_REQUIRED),
		(ask(core.MOVE, field_name="talk_section", place_after="wishes"), Reason.NEEDED_FIELD),
		(ask(core.MOVE, field_name="talk_section", place_after="discussed_on"), None),
	],
)
def test_what_has_to_be_answered_is_shown_in_every_new_case(change, reason):
	"""Frappe stores no case without a required answer, whether its form shows the field or not."""
	if reason is None:
		assert plan(change, IN_PARTS)
		return
	with pytest.raises(Refused) as refused:
		plan(change, IN_PARTS)
	assert refused.value.reason is reason


def test_what_was_not_shown_before_holds_up_no_other_change():
	form = replace(IN_PARTS.form, fields={**IN_PARTS.form.fields})
	form.fields["notes"] = replace(form.fields["notes"], reqd=True)
	form.fields["zone"] = replace(form.fields["zone"], depends_on="eval:doc.wishes")
	now = replace(IN_PARTS, form=form)
	for change in (
		ask(core.REQUIRE, field_name="wishes"),
		ask(core.MOVE, field_name="wishes", place_after="first_section"),
		ask(core.MOVE, field_name="zone", place_after="observed_on"),
	):
		assert plan(change, now)


ASKING = (
	"Henkilötunnus",
	"Lapsen henkilo-tunnus",
	"Hetu",
	"HETU (loppuosa)",
	"Sotu",
	"Personbeteckning",
	"Barnets personnummer",
	"Social security number",
	"SSN",
	"Identity code",
	"ID code",
)
HARMLESS = (
	"Toimintaterapia",
	"Henkilökohtainen avustaja",
	"Kehu",
	"Personal",
	"Hetkellinen",
	"Personlig assistent",
	"Idea",
)


@pytest.mark.parametrize("text", ASKING)
def test_no_words_ask_for_an_identity_code(text):
	for change in (
		add(labels={"fi": text}),
		add(helps={"sv": text}),
		add(answer_type="Choice", choices=f"Muu\n{text}"),
	):
		with pytest.raises(Refused) as refused:
			plan(change, NOW)
		assert refused.value.reason is Reason.IDENTITY_CODE


@pytest.mark.parametrize("text", HARMLESS)
def test_other_words_do_not(text):
	assert plan(add(labels={"fi": text}), NOW)


def test_words_of_the_interface_are_not_translated_anew():
	words = {("fi", "Permission to co-operate"): "Yhteistyölupa"}
	with pytest.raises(Refused) as refused:
		plan(add(), Snapshot(form=FORM, words=words))
	assert refused.value.reason is Reason.WORDS_TAKEN
	words = {("fi", "Permission to co-operate"): PERMISSION["fi"]}
	assert [op.values["language"] for op in plan(add(), Snapshot(form=FORM, words=words))[1:]] == ["sv"]


# What no plan can do --------------------------------------------------------------------------------------------------

WEAKENED = [
	("permlevel", "0"),
	("in_global_search", "1"),
	("fieldtype", "Data"),
	("read_only", "0"),
	("hidden", "1"),
	("ignore_user_permissions", "1"),
	("fetch_from", "child.full_name"),
]


@pytest.mark.parametrize(("name", "value"), WEAKENED)
def test_no_invariant_is_weakened(name, value):
	setter = {"doc_type": "Concern", "field_name": "wishes", "property": name, "value": value}
	for operation in (
		Operation(SETTER, "x", setter),
		Operation(FIELD, "x", {name: value}) if name != "hidden" else Operation(FIELD, "x", {"permlevel": 1}),
	):
		with pytest.raises(Refused) as refused:
			check(operation)
		assert refused.value.reason is Reason.INVARIANT


@pytest.mark.parametrize("name", ["track_changes", "permissions", "is_submittable", "allow_import", "reqd"])
def test_of_a_form_only_the_order_of_fields_is_changed(name):
	with pytest.raises(Refused):
		check(
			Operation(
				SETTER, "x", {"doc_type": "Concern", "field_name": None, "property": name, "value": "0"}
			)
		)


def test_no_added_field_leads_elsewhere():
	for fieldtype in ("Link", "Table", "Attach", "Password", "HTML", "Code"):
		with pytest.raises(Refused):
			check(
				Operation(
					FIELD, "x", {"dt": "Concern", "fieldname": "x", "fieldtype": fieldtype}, is_new=True
				)
			)


def test_whatever_is_asked_is_planned_soundly_or_refused():
	"""Every kind, of every field, with every kind of answer: each plan passes the check, and nothing else comes out."""
	names = [*FORM.fields, "", "nowhere"]
	for kind, name, answer, place in itertools.product(
		KINDS, names, ["", *core.ANSWERS], ["", "wishes", "agreed"]
	):
		change = ask(
			kind,
			field_name=name,
			answer_type=answer,
			place_after=place,
			labels=PERMISSION,
			choices="Uusi",
			required=True,
		)
		try:
			operations = plan(change, NOW)
		except Refused:
			continue
		for operation in operations:
			check(operation)
			assert operation.doctype in (FIELD, SETTER, WORD)
			if operation.doctype != WORD:
				assert operation.values.get("field_name") not in FORM.kept or kind == core.MOVE


@pytest.mark.parametrize(
	"words",
	[
		"Henkilötunnus",
		"Henk.tunnus",
		"Hlötunnus",
		"Henkilökohtainen tunnus",
		"Syntymäaika ja tunnusosa",
		"Lapsen hetu",
		"Sotunumero",
		"Personbeteckning",
		"Social security number",
		"National ID",
	],
)
def test_words_that_ask_for_an_identity_code_are_known(words):
	zone = ask(core.REWORD_ZONE, list_name=core.ZONE, record="3", values={"guidance": words})
	for change in (add(labels={"fi": words}), zone):
		with pytest.raises(Refused) as refused:
			plan(change, replace(NOW, record={**RECORD, "guidance": ""}))
		assert refused.value.reason is Reason.IDENTITY_CODE


@pytest.mark.parametrize(
	"words",
	[
		"Milloin he tulevat",
		"Miten he tuntevat olonsa",
		"Soturileikki",
		"Henkilön tunnusmerkit",
		"Social security office",
		"National ideas",
	],
)
def test_and_words_that_do_not_are_let_through(words):
	assert plan(add(labels={"fi": words}), NOW)


# Changed meanwhile ----------------------------------------------------------------------------------------------------


def test_the_mark_changes_with_what_the_change_is_about_and_with_nothing_else():
	change = ask(core.HIDE, field_name="wishes")
	mark = fingerprint(change, NOW)
	other = {**FORM.fields, "agreed": Field("agreed", "Sovittu", "Check")}
	same = Snapshot(form=Form("Concern", other), without_answer=True)
	assert fingerprint(change, same) == mark
	fields = {**FORM.fields, "wishes": Field("wishes", "Toiveet", "Small Text")}
	assert fingerprint(change, Snapshot(form=Form("Concern", fields))) != mark
	assert fingerprint(add(), NOW) == fingerprint(add(), same)
	taken = {**FORM.fields, new_fieldname(add()): Field(new_fieldname(add()))}
	assert fingerprint(add(), Snapshot(form=Form("Concern", taken))) != fingerprint(add(), NOW)
	retire = ask(core.RETIRE_OPTION, list_name="Concern Topic", record="neuvola")
	assert fingerprint(retire, NOW) != fingerprint(retire, Snapshot(record={**RECORD, "title": "Uusi"}))


def test_two_additions_to_a_list_know_nothing_of_each_other():
	addition = ask(core.ADD_OPTION, list_name="Support Service", labels={"fi": "Puheterapia"})
	mark = fingerprint(addition, NOW)
	grown = Snapshot(record={**RECORD, "sort_order": 30}, list_codes=frozenset({"neuvola", "musiikki"}))
	assert fingerprint(addition, grown) == mark
	assert fingerprint(addition, Snapshot(record=None)) != mark


def test_a_move_knows_only_after_what_the_field_stood():
	move = ask(core.MOVE, field_name="agreed", place_after="wishes")
	mark = fingerprint(move, NOW)

	def mark_in(*names: str) -> str:
		fields = {**FORM.fields, "custom_new": Field("custom_new", is_added=True)}
		return fingerprint(move, Snapshot(form=Form("Concern", {name: fields[name] for name in names})))

	# Something is added in between, and something else is moved.
	assert mark_in("strengths", "wishes", "discussed_on", "place", "custom_new", "agreed") == mark
	assert mark_in("wishes", "agreed", "strengths", "discussed_on", "place") != mark
