"""What a pack is, what differs from a site, and what an import may do: judged without a site."""

import json
from dataclasses import replace

import pytest

from early_support.forms import packs_core as core
from early_support.forms.changes_core import FIELD, SETTER, WORD, Field, Form, Operation, Reason, Refused
from early_support.forms.packs_core import (
	ACTION,
	STATE,
	WORKFLOW,
	Facts,
	Flaw,
	NotTaken,
	Pack,
	Step,
	compare,
	judge,
	key_of,
	new_fields,
	operations,
)

TOPIC, SERVICE, ZONE = "Concern Topic", "Support Service", "Worry Zone"
LISTS = (TOPIC, SERVICE, ZONE)
KINDS = core.kinds(LISTS)
OF_A_LIST = {"code": str, "title": str, "sort_order": int, "disabled": int, "after_kind": str}
SCHEMA = {
	**dict.fromkeys(LISTS, OF_A_LIST),
	FIELD: {name: int if name in ("reqd", "in_list_view") else str for name in core.OF_A_FIELD},
	SETTER: dict.fromkeys(("doc_type", "field_name", "property", "value"), str),
	WORD: dict.fromkeys(("language", "source_text", "translated_text"), str),
	WORKFLOW: {"workflow_name": str, "document_type": str, "is_active": int, "states": {"state": str}},
}
FORMS = ("Concern", "Network Action")


def field_record(name: str = "custom_sleep", **values) -> dict:
	return {
		"dt": "Concern",
		"fieldname": name,
		"fieldtype": "Data",
		"label": "Uni",
		"insert_after": "wishes",
		**values,
	}


def setter(prop: str, value: str, field_name: str = "wishes") -> dict:
	return {"doc_type": "Concern", "field_name": field_name, "property": prop, "value": value}


def topic(code: str, **values) -> dict:
	return {"code": code, "title": code.title(), "sort_order": 1, "disabled": 0, "after_kind": "", **values}


def word(source: str = "Uni", text: str = "Sömn", language: str = "sv") -> dict:
	return {"language": language, "source_text": source, "translated_text": text}


def records(*pairs: tuple[str, dict]) -> dict:
	found: dict[str, dict] = {}
	for doctype, record in pairs:
		found.setdefault(doctype, {})[key_of(KINDS[doctype], record)] = record
	return found


def pack(*pairs: tuple[str, dict], **values) -> Pack:
	defaults = {
		"app_version": "1.2.0",
		"frappe_version": "15.0.0",
		"made_on": "2026-11-28 15:00:00",
		"made_by": "test.site",
		"parts": core.PARTS,
		"forms": FORMS,
	}
	return Pack(**{**defaults, "records": records(*pairs), **values})


def read(text: str, version: str = "1.2.0") -> Pack:
	return core.read(text, version, SCHEMA, KINDS, FORMS)


def flaw_of(text: str, version: str = "1.2.0") -> Flaw:
	with pytest.raises(NotTaken) as caught:
		read(text, version)
	return caught.value.flaw


def resealed(plain: dict) -> str:
	"""A file whose hash fits, whatever was done to it."""
	plain = {name: value for name, value in plain.items() if name != "sha256"}
	return json.dumps({**plain, "sha256": core.digest(plain)})


# The file --------------------------------------------------------------------------------------------------------------

FULL = pack(
	(FIELD, field_record()), (SETTER, setter("label", "Toive")), (TOPIC, topic("uni")), (WORD, word())
)


def test_a_pack_is_read_as_it_was_written():
	text = core.write(FULL)
	assert read(text) == FULL
	assert read(text).hash == FULL.hash
	assert text == core.write(read(text))
	# For people: one value on each line, in the order of their names.
	lines = text.splitlines()
	assert len(lines) > 30
	assert [*json.loads(text)] == sorted(json.loads(text))


def test_the_order_of_what_is_written_is_no_matter_for_the_hash():
	plain = json.loads(core.write(FULL))
	turned = {name: plain[name] for name in reversed(plain)}
	assert read(json.dumps(turned)).hash == FULL.hash


@pytest.mark.parametrize(
	("name", "value"),
	[
		("app_version", "0.0.1"),
		("made_by", "elsewhere"),
		("parts", ["Forms", "Lists"]),
		("records", {}),
		("sha256", "0" * 64),
		("sha256", None),
	],
)
def test_whatever_is_changed_in_it_it_is_not_taken(name, value):
	assert flaw_of(json.dumps({**json.loads(core.write(FULL)), name: value})) is Flaw.WRONG_HASH


def test_what_is_no_pack():
	plain = json.loads(core.write(FULL))
	for text in ("", "no", "[]", "{}", "[" * 100_000, json.dumps({**plain, "format": "other"})):
		assert flaw_of(text) is Flaw.NOT_A_PACK
	for name, value in (
		("parts", "Forms"),
		("records", []),
		("records", {"Translation": []}),
		("made_on", 5),
		("forms", [5]),
		("left_out", ["x"]),
	):
		assert flaw_of(resealed({**plain, name: value})) is Flaw.NOT_A_PACK
	assert flaw_of("x" * (core.LARGEST + 1)) is Flaw.TOO_LARGE


def test_a_pack_of_a_newer_app_is_not_taken():
	text = core.write(FULL)
	for older in ("1.1.9", "0.9", "1.1.99-dev"):
		assert flaw_of(text, older) is Flaw.NEWER_APP
	for same_or_newer in ("1.2", "1.2.0-dev", "1.10.0", "2"):
		assert read(text, same_or_newer)
	assert flaw_of(resealed({**json.loads(text), "format_version": 2})) is Flaw.NEWER_FORMAT


@pytest.mark.parametrize(
	("doctype", "record", "flaw"),
	[
		("User", {"name": "Administrator"}, Flaw.UNKNOWN_KIND),
		("Concern", {"observation": "x"}, Flaw.UNKNOWN_KIND),
		("DocType", {"name": "Concern"}, Flaw.UNKNOWN_KIND),
		(FIELD, field_record(dt="Child"), Flaw.UNKNOWN_FORM),
		(SETTER, {**setter("label", "x"), "doc_type": "User"}, Flaw.UNKNOWN_FORM),
		(FIELD, field_record(permlevel=0), Flaw.UNKNOWN_FIELD),
		(FIELD, field_record(reqd="1"), Flaw.UNKNOWN_FIELD),
		(FIELD, field_record(reqd=True), Flaw.UNKNOWN_FIELD),
		(TOPIC, topic("uni", owner="x"), Flaw.UNKNOWN_FIELD),
		(TOPIC, topic("uni", title=["x"]), Flaw.UNKNOWN_FIELD),
		(WORKFLOW, {"workflow_name": "x", "states": [{"state": "x", "send_email": 1}]}, Flaw.UNKNOWN_FIELD),
		(WORKFLOW, {"workflow_name": "x", "states": ["x"]}, Flaw.UNKNOWN_FIELD),
		(WORKFLOW, {"workflow_name": "x", "states": 5}, Flaw.UNKNOWN_FIELD),
	],
)
def test_what_this_app_does_not_carry_is_not_taken(doctype, record, flaw):
	kind = KINDS.get(doctype)
	plain = json.loads(core.write(FULL))
	plain["records"] = {doctype: {key_of(kind, record) if kind else "x": record}}
	assert flaw_of(resealed(plain)) is flaw


def test_a_record_under_the_name_of_another_is_not_taken():
	plain = json.loads(core.write(FULL))
	plain["records"][TOPIC]["other"] = plain["records"][TOPIC].pop("uni")
	assert flaw_of(resealed(plain)) is Flaw.UNKNOWN_FIELD


def test_what_is_not_among_its_parts_is_not_in_it():
	assert flaw_of(core.write(pack((TOPIC, topic("uni")), parts=("Forms",)))) is Flaw.UNKNOWN_KIND
	assert flaw_of(core.write(pack((FIELD, field_record()), forms=("Network Action",)))) is Flaw.UNKNOWN_FORM
	assert flaw_of(core.write(pack(parts=("Persons",)))) is Flaw.UNKNOWN_KIND
	assert flaw_of(core.write(pack(forms=("Child",)))) is Flaw.UNKNOWN_FORM


# What differs ----------------------------------------------------------------------------------------------------------


def steps(found) -> dict[str, Step]:
	return {each.key: each.step for each in found}


def test_what_is_added_changed_and_only_here():
	wanted = records((TOPIC, topic("uni", title="Uusi")), (TOPIC, topic("ruoka")), (TOPIC, topic("sama")))
	here = records((TOPIC, topic("uni")), (TOPIC, topic("sama")), (TOPIC, topic("oma")))
	found = compare(wanted, here, KINDS)
	assert steps(found) == {"ruoka": Step.ADD, "uni": Step.CHANGE, "oma": Step.STAYS}
	(changed,) = [each for each in found if each.step is Step.CHANGE]
	assert (changed.before, changed.after) == ({"title": "Uni"}, {"title": "Uusi"})
	assert compare(wanted, wanted, KINDS) == []


def test_nothing_and_zero_and_an_empty_text_are_the_same():
	one, other = topic("uni", title="", sort_order=0), {"code": "uni"}
	assert compare(records((TOPIC, one)), records((TOPIC, other)), KINDS) == []


def test_what_the_pack_lacks_is_retired_only_when_asked_and_never_taken_away():
	here = records(
		(TOPIC, topic("oma")),
		(TOPIC, topic("pois", disabled=1)),
		(ZONE, topic("7")),
		(FIELD, field_record(reqd=1)),
		(FIELD, field_record("custom_head", fieldtype="Section Break")),
		(SETTER, setter("label", "Toive")),
		(WORD, word()),
		(STATE, {"workflow_state_name": "Raised"}),
		(ACTION, {"workflow_action_name": "Close"}),
		(WORKFLOW, {"workflow_name": "Oma", "is_active": 1}),
	)
	assert {each.step for each in compare({}, here, KINDS)} == {Step.STAYS}
	retired = {
		each.key: dict(each.after)
		for each in compare({}, here, KINDS, retire=True)
		if each.step is Step.RETIRE
	}
	assert retired == {
		"oma": {"disabled": 1},
		"Concern: custom_sleep": {"depends_on": "custom_sleep", "reqd": 0},
		"Concern: wishes: label": {"value": None},
	}
	assert not any(op.doctype == WORD for op in operations(compare({}, here, KINDS, retire=True)))


@pytest.mark.parametrize(
	("wanted", "after", "retiring"),
	[
		("\nHyvä\nHuono", None, "\nHyvä\nHuono"),
		("\nHyvä\nVaihtelee\nHuono", None, None),
		("\nHuono\nHyvä", "\nHuono\nHyvä\nVaihtelee", "\nHuono\nHyvä"),
		("\nHyvä\nUusi", "\nHyvä\nUusi\nVaihtelee\nHuono", "\nHyvä\nUusi"),
	],
)
def test_options_that_only_this_site_offers_stay_unless_they_are_to_be_retired(wanted, after, retiring):
	here, pack_of_another = (
		records((FIELD, field_record(fieldtype="Select", options=options)))
		for options in ("\nHyvä\nVaihtelee\nHuono", wanted)
	)
	for retire, expected in ((False, after), (True, retiring)):
		found = compare(pack_of_another, here, KINDS, retire)
		assert [dict(each.after) for each in found] == ([{"options": expected}] if expected else [])
		# What is written is all that is left to do.
		now = records(*((FIELD, {**each.record}) for each in found))
		assert compare(pack_of_another, now or here, KINDS, retire) == []


def test_what_is_left_alone_is_written_no_more():
	(retired,) = compare({}, records((TOPIC, topic("oma"))), KINDS, retire=True)
	stays = core.left_alone(retired)
	assert (retired.step, stays.step, stays.before, stays.after) == (Step.RETIRE, Step.STAYS, {}, {})
	assert [*operations([stays])] == []


def test_of_some_forms_only_what_belongs_to_them_is_taken():
	way = {"workflow_name": "Toimet", "document_type": "Network Action", "states": [{"state": "Kesken"}]}
	whole = pack(
		(FIELD, field_record()),
		(FIELD, field_record("custom_who", dt="Network Action", label="Kuka", options="Äiti\nIsä")),
		(SETTER, setter("label", "Toive")),
		(TOPIC, topic("uni")),
		*((WORD, word(source, "x")) for source in ("Uni", "Toive", "Kuka", "Isä", "Vastuu", "Muuta")),
		*((STATE, {"workflow_state_name": state}) for state in ("Raised", "Kesken")),
		(WORKFLOW, way),
	)
	assert core.part_of(whole, KINDS, core.PARTS, FORMS) == whole.records
	taken = core.part_of(whole, KINDS, core.PARTS, ["Network Action"], ["Vastuu"])
	assert {doctype: [*found] for doctype, found in taken.items()} == {
		FIELD: ["Network Action: custom_who"],
		SETTER: [],
		TOPIC: ["uni"],
		WORD: ["sv: Kuka", "sv: Isä", "sv: Vastuu"],
		STATE: ["Kesken"],
		WORKFLOW: ["Toimet"],
	}
	# The words of a part that is not wanted itself tell what is used all the same.
	assert core.part_of(whole, KINDS, [core.WORDS], ["Concern"]) == {
		WORD: {key: whole.records[WORD][key] for key in ("sv: Uni", "sv: Toive")}
	}


def test_what_is_named_comes_before_what_names_it():
	wanted = records(
		(TOPIC, topic("a", after_kind="b")),
		(TOPIC, topic("b", after_kind="c")),
		(TOPIC, topic("c", after_kind="a")),
		(FIELD, field_record("custom_a", insert_after="custom_b")),
		(FIELD, field_record("custom_b")),
		(WORKFLOW, {"workflow_name": "A", "is_active": 0}),
		(WORKFLOW, {"workflow_name": "B", "is_active": 1}),
		(STATE, {"workflow_state_name": "Z"}),
		(SETTER, setter("label", "x")),
		(WORD, word()),
	)
	names = [op.name for op in operations(compare(wanted, {}, KINDS))]
	assert names.index("c") < names.index("b") < names.index("a")
	assert names.index("Concern-custom_b") < names.index("Concern-custom_a")
	order = [op.doctype for op in operations(compare(wanted, {}, KINDS))]
	assert [*dict.fromkeys(order)] == [TOPIC, STATE, FIELD, SETTER, WORD, WORKFLOW]
	assert names[-2:] == ["B", "A"]


def test_what_is_written():
	wanted = records(
		(SETTER, setter("reqd", "1")),
		(SETTER, setter("field_order", "[]", field_name="")),
		(TOPIC, topic("uni", title="Uusi")),
	)
	here = records((TOPIC, topic("uni")))
	wanted |= records((WORD, word(text="Sömnen")))
	here |= records((WORD, word()))
	found = {op.doctype: op for op in operations(compare(wanted, here, KINDS))}
	assert found[TOPIC] == Operation(TOPIC, "uni", {"title": "Uusi"})
	# A translation is found by its words, so they go with it.
	assert found[WORD].values == word(text="Sömnen")
	assert found[SETTER].values["property_type"] == "Check"
	assert found[SETTER].is_new


# What is refused -------------------------------------------------------------------------------------------------------

FIELDS = (
	Field("workflow_state", "State", "Link"),
	Field("wishes", "Wishes", "Small Text"),
	Field("place", "Place", "Select", options="Unit\nHome", default="Unit"),
	Field("must", "Must", "Data", reqd=True),
	Field("discussed_on", "Discussed on", "Date"),
	Field("part", "Part", "Section Break"),
	Field("custom_there", "There", "Data", is_added=True),
)
CONCERN = Form(
	"Concern",
	{each.fieldname: each for each in FIELDS},
	kept=frozenset({"workflow_state"}),
	needed=frozenset({"discussed_on"}),
	columns={"custom_left": "varchar(140)", "custom_empty": "varchar(140)", "owner": "varchar(140)"},
	column_of={"Data": "varchar(140)", "Small Text": "text"},
	left=frozenset({"custom_left"}),
)
FACTS = Facts(
	forms={"Concern": CONCERN, "Network Action": Form("Network Action", CONCERN.fields, is_table=True)},
	writable=frozenset(KINDS),
	interface={("sv", "Save"): "Spara"},
	lists=LISTS,
	workflow_forms=("Concern",),
	is_condition=lambda text: "alert" not in text,
)


def reason(doctype: str, record: dict, here: dict | None = None, facts: Facts = FACTS) -> Reason | None:
	"""Why a record is refused that is imported in place of `here`; None: it is not."""
	found = compare(records((doctype, record)), records((doctype, here)) if here else {}, KINDS)
	facts = replace(facts, new_fields=new_fields(found))
	try:
		for each in found:
			judge(each, facts)
	except Refused as refused:
		return refused.reason
	return None


@pytest.mark.parametrize(
	("record", "expected"),
	[
		(field_record(), None),
		(field_record("custom_empty"), None),
		(field_record(depends_on="custom_sleep"), None),
		(field_record(depends_on="eval:doc.zone"), None),
		(field_record(fieldtype="Link", options=TOPIC), None),
		(field_record(fieldtype="Select", options="\nA\nB"), None),
		(field_record("custom_there"), Reason.FIELD_EXISTS),
		(field_record("wishes"), Reason.FIELD_EXISTS),
		(field_record("custom_left"), Reason.TYPE_CHANGE),
		(field_record("custom_empty", fieldtype="Small Text"), Reason.TYPE_CHANGE),
		(field_record("owner"), Reason.TYPE_CHANGE),
		(field_record("x`; drop table tabConcern"), Reason.INVARIANT),
		(field_record("Custom"), Reason.INVARIANT),
		(field_record(fieldtype="HTML", options="<b>"), Reason.INVARIANT),
		(field_record(fieldtype="Attach"), Reason.INVARIANT),
		(field_record(fieldtype="Password"), Reason.INVARIANT),
		(field_record(fieldtype="Link", options="User"), Reason.INVARIANT),
		(field_record(fieldtype="Select"), Reason.INCOMPLETE),
		(field_record(insert_after="nowhere"), Reason.UNKNOWN_FIELD),
		(field_record(depends_on="nowhere"), Reason.UNKNOWN_FIELD),
		(field_record(depends_on="eval:alert(1)"), Reason.INVARIANT),
		(field_record(label="Henkilötunnus"), Reason.IDENTITY_CODE),
		(field_record(description="Anna hetu"), Reason.IDENTITY_CODE),
		(field_record(fieldtype="Check", reqd=1), Reason.NO_QUESTION),
		(field_record(dt="Network Action", reqd=1), Reason.ROW_REQUIRED),
	],
)
def test_added_fields(record, expected):
	assert reason(FIELD, record) is expected


def test_an_answer_that_running_cases_lack_is_not_required():
	lacking = replace(FACTS, without_answer={"Concern: custom_sleep": True, "Concern: wishes: reqd": True})
	assert reason(FIELD, field_record(reqd=1), facts=lacking) is Reason.CANNOT_FILL
	assert reason(FIELD, field_record(reqd=1), field_record(), facts=lacking) is Reason.CANNOT_FILL
	assert reason(SETTER, setter("reqd", "1"), facts=lacking) is Reason.CANNOT_FILL
	assert reason(FIELD, field_record(label="Muu", reqd=1), field_record(reqd=1), facts=lacking) is None
	assert reason(FIELD, field_record(reqd=1)) is None


def test_a_kind_of_answer_stays():
	there = field_record("custom_there")
	assert reason(FIELD, {**there, "label": "Muu"}, there) is None
	assert reason(FIELD, {**there, "fieldtype": "Small Text"}, there) is Reason.TYPE_CHANGE
	link = field_record("custom_there", fieldtype="Link", options=TOPIC)
	assert reason(FIELD, {**link, "options": SERVICE}, link) is Reason.TYPE_CHANGE
	assert reason(FIELD, {**link, "label": "Muu"}, link) is None
	choice = field_record("custom_there", fieldtype="Select", options="\nA")
	assert reason(FIELD, {**choice, "options": "\nA\nB"}, choice) is None


@pytest.mark.parametrize(
	("record", "expected"),
	[
		(setter("label", "Toive"), None),
		(setter("in_list_view", "1"), None),
		(setter("in_list_view", "1", "workflow_state"), None),
		(setter("reqd", "1"), None),
		(setter("depends_on", "wishes"), None),
		(setter("label", "Muu", "discussed_on"), None),
		(setter("label", "Muu", "workflow_state"), Reason.KEPT_FIELD),
		(setter("no_copy", "0", "workflow_state"), Reason.KEPT_FIELD),
		(setter("bold", "1", "workflow_state"), None),
		(setter("permlevel", "1"), Reason.INVARIANT),
		(setter("in_global_search", "1"), Reason.INVARIANT),
		(setter("ignore_user_permissions", "1"), Reason.INVARIANT),
		(setter("fieldtype", "Data"), Reason.INVARIANT),
		(setter("default", "x"), Reason.INVARIANT),
		(setter("hidden", "1"), Reason.INVARIANT),
		(setter("track_changes", "0", ""), Reason.INVARIANT),
		(setter("label", "x", ""), Reason.INVARIANT),
		(setter("field_order", '["wishes", "place"]', ""), None),
		(setter("field_order", '["nowhere"]', ""), Reason.UNKNOWN_FIELD),
		(setter("field_order", "wishes", ""), Reason.INVARIANT),
		(setter("field_order", "[5]", ""), Reason.INVARIANT),
		(setter("reqd", "0", "discussed_on"), Reason.NEEDED_FIELD),
		(setter("depends_on", "discussed_on", "discussed_on"), Reason.NEEDED_FIELD),
		(setter("depends_on", "must", "must"), Reason.NEEDED_FIELD),
		(setter("depends_on", "place", "place"), Reason.NEEDED_FIELD),
		(setter("depends_on", "eval:alert(1)"), Reason.INVARIANT),
		(setter("options", "Unit", "place"), Reason.FIXED_OPTIONS),
		(setter("label", "x", "nowhere"), Reason.UNKNOWN_FIELD),
		(setter("label", "Sosiaaliturvatunnus"), Reason.IDENTITY_CODE),
		(setter("reqd", "1", "part"), Reason.NO_QUESTION),
		(setter("hidden", "0"), None),
		(setter("reqd", "1", "place"), None),
		(setter("label", '["wishes"]', ""), Reason.INVARIANT),
		(setter("field_order", '{"wishes": 1}', ""), Reason.INVARIANT),
		# It is asked of words alone.
		(setter("depends_on", "eval:doc.hetu"), None),
		({**setter("label", "Muu"), "doc_type": "Network Action"}, None),
	],
)
def test_properties(record, expected):
	assert reason(SETTER, record) is expected


@pytest.mark.parametrize(
	"record",
	[
		setter("field_order", '["wishes"]', ""),
		setter("options", "Unit", "place"),
		setter("reqd", "0", "discussed_on"),
	],
)
def test_what_goes_back_to_what_was_shipped_is_not_refused(record):
	(found,) = compare({}, records((SETTER, record)), KINDS, retire=True)
	assert (found.step, found.after) == (Step.RETIRE, {"value": None})
	judge(found, FACTS)


@pytest.mark.parametrize(
	("doctype", "record", "expected"),
	[
		(ACTION, {"workflow_action_name": "Odota"}, None),
		(WORD, word(), None),
		(WORD, word("Save", "Spara"), None),
		(WORD, word("Save", "Lagra"), Reason.WORDS_TAKEN),
		(WORD, word(language="de"), Reason.INVARIANT),
		(WORD, word(text=""), Reason.INVARIANT),
		(WORD, word(text="Personbeteckning"), Reason.IDENTITY_CODE),
		(TOPIC, topic("uni"), None),
		(TOPIC, topic("uni", title=""), Reason.INCOMPLETE),
		(TOPIC, topic("uni", title="Hetu"), Reason.IDENTITY_CODE),
		(TOPIC, topic("uni", guidance="Kysy henkilötunnus."), Reason.IDENTITY_CODE),
		(TOPIC, topic("hetu", title="Uni"), None),
		(
			WORKFLOW,
			{"workflow_name": "x", "document_type": "Concern", "states": [{"message": "Kirjaa hetu."}]},
			Reason.IDENTITY_CODE,
		),
		(ZONE, topic("8"), Reason.CLOSED_LIST),
		(WORKFLOW, {"workflow_name": "x", "document_type": "Concern"}, None),
		(WORKFLOW, {"workflow_name": "x", "document_type": "User"}, Reason.INVARIANT),
	],
)
def test_lists_words_and_workflows(doctype, record, expected):
	assert reason(doctype, record) is expected


@pytest.mark.parametrize("doctype", [TOPIC, WORKFLOW, FIELD])
def test_what_the_importer_may_not_store_is_refused(doctype):
	record = {
		TOPIC: topic("uni"),
		FIELD: field_record(),
		WORKFLOW: {"workflow_name": "x", "document_type": "Concern"},
	}[doctype]
	less = replace(FACTS, writable=frozenset(KINDS) - {doctype})
	assert reason(doctype, record, facts=less) is Reason.NOT_YOURS
	# What stays is written by nobody.
	(found,) = compare({}, records((doctype, record)), KINDS)
	assert found.step is Step.STAYS
	judge(found, less)


def test_a_field_may_stand_after_another_new_one():
	found = compare(
		records(
			(FIELD, field_record("custom_a")), (FIELD, field_record("custom_b", insert_after="custom_a"))
		),
		{},
		KINDS,
	)
	facts = replace(FACTS, new_fields=new_fields(found))
	for each in found:
		judge(each, facts)


def test_what_a_pack_of_an_older_app_does_not_know_stays():
	now = {**topic("uni"), "needs_decision": 1}
	here = {TOPIC: {"uni": now}}
	assert compare({TOPIC: {"uni": topic("uni")}}, here, KINDS) == []
	(found,) = compare({TOPIC: {"uni": topic("uni", sort_order=2)}}, here, KINDS)
	assert found.after == {"sort_order": 2}
	# Of an added field all that is not said is empty.
	here = records((FIELD, field_record(description="Kysy.")))
	(found,) = compare(records((FIELD, field_record())), here, KINDS)
	assert found.after == {"description": None}


def test_a_workflow_that_another_switches_off_is_said_to_be_so():
	own, theirs = (
		{"workflow_name": name, "document_type": "Concern", "is_active": 1, "states": []}
		for name in ("Concern (own)", "Concern")
	)
	added, off = compare(records((WORKFLOW, theirs)), records((WORKFLOW, own)), KINDS)
	assert (added.step, off.step, off.before, off.after) == (
		Step.ADD,
		Step.CHANGE,
		{"is_active": 1},
		{"is_active": 0},
	)
	# After the one that takes its place, and as it was but for that.
	assert [op.name for op in operations([added, off])] == ["Concern", "Concern (own)"]
	assert [*operations([added, off])][1].values == {**own, "is_active": 0}
	(alone,) = compare({}, records((WORKFLOW, own)), KINDS)
	assert alone.step is Step.STAYS
	# Also where the one that is switched off is called as the form.
	both = records((WORKFLOW, {**theirs, "is_active": 0}), (WORKFLOW, own))
	assert [op.name for op in operations(compare(both, {}, KINDS))] == ["Concern (own)", "Concern"]
	# One that is not in force has nothing to be switched off.
	_added, idle = compare(records((WORKFLOW, theirs)), records((WORKFLOW, {**own, "is_active": 0})), KINDS)
	assert idle.step is Step.STAYS
