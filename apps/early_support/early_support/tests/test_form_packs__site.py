"""Form packs on a site: what is exported, compared, imported and rolled back, by whom, and what comes to nothing."""

import json
from dataclasses import replace

import frappe
import pytest
from frappe.utils.synchronization import filelock

from early_support.exceptions import FormChangeRefused, FormPackRefused
from early_support.forms import changes, packs, packs_apply, packs_core
from early_support.forms import changes_core as core
from early_support.forms.lists import LIST_DOCTYPES
from early_support.forms.packs_core import FIELD, SETTER, WORD, Pack
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests.form_pack_sites import change_everything, set_property
from early_support.tests.test_form_change__publish import forms_now
from early_support.workflow_guard.system import system_change

DOCTYPE = packs.DOCTYPE
REQUEST = "Form Change Request"
METHOD = "/api/method/early_support.forms.packs"
# A table gets a column outside of any transaction (test_form_packs__process.py): those that the tests below need.
COLUMNS = (
	("Concern", "custom_sleep", "Select"),
	("Concern", "custom_since", "Date"),
	("Child Plan Service", "custom_may_be_told", "Check"),
)
NAMES = ("Support Service", "Worry Zone", "Concern Topic", "Workflow")


@pytest.fixture(scope="module", autouse=True)
def columns(standing_teams):
	for column in COLUMNS:
		changes.add_column(*column)
	yield
	for form, fieldname, _kind in COLUMNS:
		frappe.db.sql_ddl(f"alter table `tab{form}` drop column if exists `{fieldname}`")


@pytest.fixture
def administrator(site) -> str:
	return make.make_staff("Form Administrator", area=make.default_area())


@pytest.fixture
def changed_site_pack(site, columns) -> Pack:
	"""The pack of a site that was changed in every way; the site itself is as it was shipped."""
	with changes_undone():
		change_everything()
		return packs.make_pack()


class changes_undone:
	"""Undo what is done inside."""

	def __enter__(self):
		self.flag = frappe.flags.in_create_custom_fields
		frappe.flags.in_create_custom_fields = True
		frappe.db.savepoint("es_shipped")

	def __exit__(self, *error):
		frappe.flags.in_create_custom_fields = self.flag
		frappe.db.rollback(save_point="es_shipped")
		frappe.db.before_commit.reset()
		getattr(frappe.local, "early_support_by_hand", {}).clear()
		frappe.clear_cache()


def brought(pack: Pack | dict, user: str, parts: str = "", retire: int = 0, forms: str = "") -> str:
	text = packs_core.write(pack) if isinstance(pack, Pack) else sealed(pack)
	with case.acting(user):
		name = packs.bring("Koekunnan lomakkeet", text)
		packs.compare(name, parts, retire, forms)
	return name


def sealed(plain: dict) -> str:
	plain = {name: value for name, value in plain.items() if name != "sha256"}
	return json.dumps({**plain, "sha256": packs_core.digest(plain)})


def imported(pack: Pack | dict, user: str, parts: str = "", retire: int = 0, forms: str = ""):
	name = brought(pack, user, parts, retire, forms)
	return do(name, "import", user)


def do(name: str, wanted: str, user: str):
	action = packs.IMPORT if wanted == "import" else packs.ROLL_BACK
	with case.acting(user):
		packs.ask_for(name, wanted, action)
		packs.run(name, action, progress=packs_apply.nobody)
	return frappe.get_doc(DOCTYPE, name)


def small_pack(*extra: tuple[str, dict]) -> Pack:
	"""A pack of a few records, one of each kind that a Form Administrator imports."""
	setter = {"doc_type": "Concern", "field_name": "strengths", "property": "label", "value": "Hyvää jo nyt"}
	field = {
		"dt": "Concern",
		"fieldname": "custom_sleep",
		"fieldtype": "Select",
		"label": "Uni",
		"options": "\nHyvä\nHuono",
		"insert_after": "wishes",
	}
	word = {"language": "sv", "source_text": "Hyvää jo nyt", "translated_text": "Redan bra"}
	topic = {
		**packs.read_site(("Lists",), ()).records["Concern Topic"][case.option("Concern Topic")],
		"disabled": 1,
	}
	records: dict[str, dict] = {}
	for doctype, record in ((SETTER, setter), (FIELD, field), (WORD, word), ("Concern Topic", topic), *extra):
		records.setdefault(doctype, {})[packs_core.key_of(packs.KINDS[doctype], record)] = record
	# Without reading what is thrown away.
	return replace(packs.make_pack(()), parts=("Forms", "Lists", "Words"), records=records)


# The same forms on another site ----------------------------------------------------------------------------------------


NOT_RENDERED = (
	"name",
	"creation",
	"modified",
	"modified_by",
	"owner",
	"parent",
	"parentfield",
	"parenttype",
	"docstatus",
)


def rendered() -> dict:
	"""All that makes up the forms as the desk draws them, field by field, with words, lists and workflows."""
	forms, words = {}, {}
	for form in packs.ALL_FORMS:
		meta = frappe.get_meta(form, cached=False)
		forms[form] = [
			{
				name: value
				for name, value in df.as_dict().items()
				if name not in NOT_RENDERED and value not in (None, "", 0)
			}
			for df in meta.fields
		]
		texts = {
			text
			for df in meta.fields
			for text in (df.label, df.description, *(df.options or "").split("\n"))
			if text
		}
		for language in ("fi", "sv"):
			words |= {(form, language, text): frappe._(text, language) for text in texts}
	return {
		"forms": forms,
		"words": words,
		"records": packs.read_site(packs_core.PARTS, packs.ALL_FORMS).records,
	}


def test_the_pack_of_a_site_turns_an_empty_site_into_the_same_forms():
	empty = rendered()
	with changes_undone():
		change_everything()
		pack, wanted = packs.make_pack(), rendered()
	assert rendered() == empty
	assert pack.left_out == ()
	doc = imported(pack, "Administrator")
	assert (doc.status, doc.failed_because) == (packs.IMPORTED, None)
	now = rendered()
	assert now["forms"] != empty["forms"]
	for form, fields in wanted["forms"].items():
		assert now["forms"][form] == fields, form
	assert now == wanted
	assert frappe._("What goes well by now", "fi") == "Mikä jo sujuu"
	# And nothing is left to do.
	assert packs.look(pack, packs_apply.Wanted(packs_core.PARTS, True)).differences == []


def test_rolled_back_it_is_as_before(changed_site_pack):
	before = forms_now(*NAMES)
	doc = imported(changed_site_pack, "Administrator")
	assert forms_now(*NAMES) != before
	doc = do(doc.name, "roll_back", "Administrator")
	assert (doc.status, doc.failed_because, doc.rolled_back_by) == (packs.ROLLED_BACK, None, "Administrator")
	# A service that came with it is offered no longer, and nothing is destroyed.
	assert frappe.db.get_value("Support Service", "pack-service", "disabled") == 1
	frappe.delete_doc("Support Service", "pack-service")
	assert forms_now(*NAMES) == before
	# It can be imported again.
	with case.acting("Administrator"):
		shown = packs.compare(doc.name)
		assert [row for row in shown["rows"] if row["refused"]] == []
	assert do(doc.name, "import", "Administrator").status == packs.IMPORTED


def test_what_was_answered_stays_readable_after_the_way_back(administrator, team):
	doc = imported(small_pack(), administrator)
	concern = case.make_concern(team, custom_sleep="Huono")
	assert do(doc.name, "roll_back", administrator).status == packs.ROLLED_BACK
	df = frappe.get_meta("Concern", cached=False).get_field("custom_sleep")
	assert df.depends_on == "custom_sleep"
	with case.acting(team.educator):
		old = frappe.get_doc("Concern", concern.name)
		old.save()
	assert old.custom_sleep == "Huono"


def test_what_the_pack_lacks_stays_or_is_retired(administrator):
	pack = small_pack()
	with case.acting("Administrator"):
		frappe.get_doc(
			{
				"doctype": "Support Service",
				"code": "only-here",
				"title": "Vain täällä",
				"category": "Rehabilitation",
			}
		).insert()
		set_property("wishes", "label", "Toive nyt")
	doc = imported(pack, administrator)
	assert (doc.retirements, doc.stays > 10) == (0, True)
	assert not frappe.db.get_value("Support Service", "only-here", "disabled")
	do(doc.name, "roll_back", administrator)
	doc = imported(pack, administrator, "Forms", retire=1)
	assert (doc.status, doc.retirements) == (packs.IMPORTED, 1)
	assert frappe.get_meta("Concern", cached=False).get_label("wishes") != "Toive nyt"
	assert not frappe.db.get_value("Support Service", "only-here", "disabled")
	do(doc.name, "roll_back", administrator)
	assert frappe.get_meta("Concern", cached=False).get_label("wishes") == "Toive nyt"


OF_PLAN = {"doc_type": "Child Plan", "field_name": "strengths", "property": "label", "value": "Vahvuudet nyt"}


def test_some_forms_of_a_pack_are_compared_and_imported(administrator):
	"""Its translations are those of that form alone; a list belongs to no form, and its part is left out."""
	words = {"language": "sv", "source_text": "Vahvuudet nyt", "translated_text": "Styrkorna nu"}
	pack = small_pack((SETTER, OF_PLAN), (WORD, words))
	name = brought(pack, administrator, "Forms,Words", forms="Child Plan,Visit")
	with case.acting(administrator):
		rows = packs.show(name)["rows"]
	written = {row["record"] for row in rows if row["step"] != "Stays"}
	assert written == {"Child Plan: strengths: label", "sv: Vahvuudet nyt"}
	before = frappe.get_meta("Concern").get_label("strengths")
	doc = do(name, "import", administrator)
	assert (doc.status, doc.chosen_forms) == (packs.IMPORTED, "Visit,Child Plan")
	assert frappe.get_meta("Child Plan", cached=False).get_label("strengths") == "Vahvuudet nyt"
	meta = frappe.get_meta("Concern", cached=False)
	assert (meta.get_label("strengths"), meta.get_field("custom_sleep")) == (before, None)
	# The others can follow.
	do(doc.name, "roll_back", administrator)
	with case.acting(administrator):
		packs.compare(name, "Forms", forms="Concern")
	do(name, "import", administrator)
	assert frappe.get_meta("Concern", cached=False).get_label("strengths") == "Hyvää jo nyt"


def test_what_only_this_site_has_in_other_forms_is_not_retired(administrator):
	with case.acting("Administrator"):
		set_property("wishes", "label", "Toive nyt")
	doc = imported(small_pack((SETTER, OF_PLAN)), administrator, "Forms", retire=1, forms="Child Plan")
	assert (doc.status, doc.retirements) == (packs.IMPORTED, 0)
	assert frappe.get_meta("Concern", cached=False).get_label("wishes") == "Toive nyt"


def test_a_form_that_is_not_there(administrator):
	with case.acting(administrator):
		name = packs.bring("x", packs_core.write(packs.make_pack(("Forms",), ("Concern", "Visit"))))
		for forms, words in (("User", "no such part or form"), ("Child Plan", "nothing of these forms")):
			with pytest.raises(FormPackRefused, match=words):
				packs.start_compare(name, forms=forms)
		with pytest.raises(FormPackRefused, match="no such part or form"):
			packs.start_export("x", forms="Visit,User")


def test_the_desk_is_told_which_forms_can_be_in_a_pack(administrator):
	for user, told in ((administrator, [*packs.ALL_FORMS]), (make.make_staff("Early Educator"), [])):
		bootinfo = {}
		with case.acting(user):
			packs.extend_bootinfo(bootinfo)
		assert bootinfo["early_support_pack_forms"] == told


def test_the_table_says_each_thing_that_would_be_done(administrator):
	name = brought(small_pack(), administrator)
	with case.acting(administrator):
		shown = packs.show(name)
	found = {row["record"]: row for row in shown["rows"]}
	label = found["Concern: strengths: label"]
	assert (label["kind"], label["step"], label["refused"]) == (SETTER, "Add", None)
	assert label["title"] == "Concern: Strengths: Label"
	assert label["fields"] == [{"label": "Value", "before": "", "after": "Hyvää jo nyt"}]
	topic = found[case.option("Concern Topic")]
	assert topic["step"] == "Change"
	assert topic["title"] == frappe.db.get_value("Concern Topic", topic["record"], "title")
	assert [(each["before"], each["after"]) for each in topic["fields"]] == [("No", "Yes")]
	assert shown["actions"] == ["compare", "import"]
	doc = frappe.get_doc(DOCTYPE, name)
	assert (doc.status, doc.additions, doc.changes, doc.refusals) == (packs.COMPARED, 3, 1, 0)


# What is in a pack -----------------------------------------------------------------------------------------------------


def test_no_casework_no_person_and_no_secret_is_in_a_pack(team, administrator):
	case.make_concern(team, observation="Kuiskauspuu", strengths="Kuiskauspuu")
	people = frappe.get_all("User", fields=["name", "full_name"])
	children = frappe.get_all("Child", fields=["*"], limit=50)
	with changes_undone():
		change_everything()
		text = packs_core.write(packs.make_pack())
	assert "Kuiskauspuu" not in text
	for user in people:
		assert user.name in {"Administrator", "Guest"} or user.name not in text
	for child in children:
		assert f"{child.first_names} {child.last_name}" not in text
	assert frappe.conf.db_password not in text
	# And there is no place for any of it.
	for doctype, fields in packs.schema().items():
		meta = frappe.get_meta(doctype)
		for name in fields:
			df = meta.get_field(name)
			assert df.fieldtype not in ("Password", "Attach", "Attach Image", "Dynamic Link"), (doctype, name)
			assert df.fieldtype != "Link" or df.options in (
				*LIST_DOCTYPES,
				"DocType",
				"Language",
				"Workflow State",
				"Role",
			), (doctype, name)


def test_of_its_maker_a_pack_tells_the_site_and_the_form_pack_the_name(administrator, queued):
	with case.acting(administrator):
		name = packs.start_export("Meidän", "Lists")
		packs.run(name, packs.EXPORT, progress=packs_apply.nobody)
	doc = frappe.get_doc(DOCTYPE, name)
	assert (doc.status, doc.owner, doc.parts) == (packs.MADE, administrator, "Lists")
	pack = packs.pack_of(doc)
	assert pack.made_by == frappe.local.site
	assert administrator not in packs_core.write(pack)
	file = frappe.get_doc("File", {"attached_to_name": doc.name})
	assert file.is_private


def test_what_no_pack_carries_is_left_out_and_said(site):
	with changes_undone():
		set_property("wishes", "bold", "1")
		# Of what the app does not count among the forms it is said, too.
		for other in ("Family", "Support Service"):
			frappe.make_property_setter(
				{
					"doctype": other,
					"fieldname": "disabled" if other == "Support Service" else "family_name",
					"property": "description",
					"value": "Muistathan.",
					"property_type": "Text",
				}
			)
		frappe.make_property_setter(
			{
				"doctype": "Concern",
				"fieldname": "strengths",
				"property": "hidden",
				"value": "1",
				"property_type": "Check",
			}
		)
		field = {
			"dt": "Concern",
			"fieldname": "custom_sleep",
			"fieldtype": "Select",
			"options": "A",
			"label": "Uni",
		}
		frappe.get_doc({"doctype": FIELD, "insert_after": "wishes", "permlevel": 1, **field}).insert()
		pack = packs.make_pack(("Forms",))
	assert [(each["record"], each["because"]) for each in pack.left_out] == [
		("Concern-custom_sleep", "permlevel"),
		("Concern-strengths-hidden", "hidden"),
		("Family-family_name-description", "doc_type"),
		("Support Service-disabled-description", "doc_type"),
	]
	assert [*pack.records] == [SETTER]


# Who ------------------------------------------------------------------------------------------------------------------


CALLS = {
	"start_export": {"title": "x"},
	"start_export_again": {"name": "x"},
	"bring": {"title": "x", "content": "{}"},
	"start_compare": {"name": "x"},
	"show": {"name": "x"},
	"start_import": {"name": "x"},
	"start_roll_back": {"name": "x"},
}


@pytest.mark.parametrize(
	"role",
	[
		"Early Educator",
		"Unit Director",
		"Management Group",
		"Area Director",
		"Reporting Officer",
		"Privacy Officer",
		"Family Counsellor",
	],
)
def test_nobody_else_of_the_staff(role, api):
	client = api(make.make_staff(role))
	for method, values in CALLS.items():
		assert client.post(f"{METHOD}.{method}", json=values).status_code == 403, method
	assert client.get(f"/api/resource/{DOCTYPE}").status_code == 403


def test_no_system_manager_and_no_guest(api):
	for user in (make.make_user("System Manager"), None):
		client = api(user)
		for method, values in CALLS.items():
			assert client.post(f"{METHOD}.{method}", json=values).status_code == 403, method


def test_a_form_pack_is_written_by_the_app_alone(administrator, api):
	name = brought(small_pack(), administrator)
	client = api(administrator)
	address = f"/api/resource/{DOCTYPE}/{name}"
	assert client.get(address).status_code == 200
	for values in ({"status": "Imported"}, {"was_before": "[]"}, {"seen": "x"}):
		assert client.put(address, json=values).status_code == 403
	assert client.post(f"/api/resource/{DOCTYPE}", json={"title": "x"}).status_code == 403
	assert client.delete(address).status_code == 403
	doc = frappe.get_doc(DOCTYPE, name)
	for write in (doc.save, doc.delete):
		with pytest.raises(frappe.PermissionError):
			write()


def test_only_a_system_manager_imports_workflows(changed_site_pack, administrator):
	name = brought(changed_site_pack, administrator)
	doc = frappe.get_doc(DOCTYPE, name)
	assert doc.refusals == 2
	with case.acting(administrator):
		rows = [row for row in packs.show(name)["rows"] if row["refused"]]
		assert {row["kind"] for row in rows} == {"Workflow", "Workflow Action Master"}
		assert packs.show(name)["actions"] == ["compare"]
		with pytest.raises(FormPackRefused):
			packs.start_import(name)
		# Without that part it is all right.
		packs.compare(name, "Forms,Lists,Words")
	assert do(name, "import", administrator).status == packs.IMPORTED
	both = make.make_staff("Form Administrator", area=make.default_area())
	frappe.get_doc("User", both).add_roles("System Manager")
	doc = imported(changed_site_pack, both, "Workflows")
	assert (doc.status, doc.failed_because) == (packs.IMPORTED, None)
	assert any(row.action == "Put by for now" for row in frappe.get_doc("Workflow", "Concern").transitions)
	# A case that goes that way stays where it is when the way is taken back.
	assert do(doc.name, "roll_back", both).status == packs.ROLLED_BACK
	assert not any(
		row.action == "Put by for now" for row in frappe.get_doc("Workflow", "Concern").transitions
	)


def test_an_import_is_noted_as_a_change_by_hand(administrator):
	doc = imported(small_pack(), administrator)
	(name,) = frappe.get_all(REQUEST, filters={"kind": core.BY_HAND}, pluck="name")
	note = frappe.get_doc(REQUEST, name)
	assert (note.workflow_state, note.form, note.published_by) == ("Published", "Concern", administrator)
	assert doc.title in note.why
	assert {step["doctype"] for step in json.loads(note.was_before)} == {SETTER, FIELD}
	do(doc.name, "roll_back", administrator)
	assert frappe.db.count(REQUEST, {"kind": core.BY_HAND}) == 2


# What is refused ------------------------------------------------------------------------------------------------------


def changed_pack(doctype: str, record: dict) -> dict:
	"""A pack which somebody has changed by hand, with a hash that fits."""
	plain = json.loads(packs_core.write(small_pack()))
	plain["records"] = {doctype: {packs_core.key_of(packs.KINDS[doctype], record): record}}
	return plain


OF_CONCERN = {"doc_type": "Concern", "field_name": "strengths"}


REFUSED = [
	(SETTER, {**OF_CONCERN, "property": "permlevel", "value": "1"}, "changed by nobody"),
	(SETTER, {**OF_CONCERN, "property": "in_global_search", "value": "1"}, "changed by nobody"),
	(
		SETTER,
		{**OF_CONCERN, "field_name": "", "property": "track_changes", "value": "0"},
		"changed by nobody",
	),
	(SETTER, {**OF_CONCERN, "field_name": "unit", "property": "label", "value": "x"}, "fills it in"),
	(SETTER, {**OF_CONCERN, "property": "label", "value": "<b onclick=x>Hyvää</b>"}, "plain text"),
	(
		FIELD,
		{"dt": "Concern", "fieldname": "custom_y", "fieldtype": "Data", "label": "<b>x</b>"},
		"plain text",
	),
	(WORD, {"language": "fi", "source_text": "Kuu", "translated_text": "<a href=x>Kuu</a>"}, "plain text"),
	(
		SETTER,
		{**OF_CONCERN, "property": "depends_on", "value": "eval:frappe.call()"},
		"changed by nobody",
	),
	(FIELD, {"dt": "Concern", "fieldname": "observation", "fieldtype": "Data", "label": "x"}, "already"),
	(FIELD, {"dt": "Concern", "fieldname": "custom_since", "fieldtype": "Data", "label": "x"}, "stays"),
	(
		FIELD,
		{"dt": "Concern", "fieldname": "custom_x", "fieldtype": "Data", "label": "Hetu"},
		"identity code",
	),
	("Worry Zone", {"code": "8", "title": "Kahdeksan"}, "complete"),
	("Concern Topic", {"code": "Ei kelpaa", "title": "x"}, "letters a to z"),
	("Concern Topic", {"code": "tallenna", "title": "Save", "title_sv": "x"}, "text of the interface"),
	(
		WORD,
		{"language": "fi", "source_text": "Save", "translated_text": "Poista"},
		"elsewhere in the interface",
	),
]


def test_what_a_suggestion_may_not_ask_for_no_pack_brings(administrator):
	before = forms_now(*NAMES)
	plain = json.loads(packs_core.write(small_pack()))
	plain["records"] = {}
	for doctype, record, _words in REFUSED:
		plain["records"].setdefault(doctype, {})[packs_core.key_of(packs.KINDS[doctype], record)] = record
	name = brought(plain, administrator)
	with case.acting(administrator):
		rows = {(row["kind"], row["record"]): row for row in packs.show(name)["rows"]}
		for doctype, record, words in REFUSED:
			refused = rows[doctype, packs_core.key_of(packs.KINDS[doctype], record)]["refused"]
			assert words in (refused or ""), record
		with pytest.raises(FormPackRefused):
			packs.start_import(name)
	assert forms_now(*NAMES) == before


def test_no_answer_is_required_that_running_cases_lack(administrator, team):
	case.make_concern(team)
	record = {**OF_CONCERN, "property": "reqd", "value": "1"}
	name = brought(changed_pack(SETTER, record), administrator)
	with case.acting(administrator):
		assert "cannot be required" in packs.show(name)["rows"][0]["refused"]


def test_no_pack_requires_what_it_shows_to_nobody(administrator, team):
	"""Each of the two records alone is fine."""
	frappe.db.set_value("Concern", {"name": ("is", "set")}, "strengths", "Leikkii.")
	plain = changed_pack(SETTER, {**OF_CONCERN, "property": "reqd", "value": "1"})
	hidden = {**OF_CONCERN, "property": "depends_on", "value": "strengths"}
	plain["records"][SETTER][packs_core.key_of(packs.KINDS[SETTER], hidden)] = hidden
	name = brought(plain, administrator)
	with case.acting(administrator):
		refused = {row["record"]: row["refused"] for row in packs.show(name)["rows"] if row["refused"]}
		assert {*refused} == {*plain["records"][SETTER]}
		assert all("shown to nobody" in why for why in refused.values())
		with pytest.raises(FormPackRefused):
			packs.start_import(name)


OF_PARTS = [
	(SETTER, {**OF_CONCERN, "field_name": "worry_section", "property": "depends_on", "value": "strengths"}),
	(
		FIELD,
		{
			"dt": "Concern",
			"fieldname": "custom_part",
			# A section that comes after another one is put behind its fields by Frappe 16.
			"fieldtype": "Tab Break",
			"label": "Arki",
			"insert_after": "worry_section",
			"depends_on": "strengths",
		},
	),
	(SETTER, {"doc_type": "Concern", "property": "field_order"}),
]


@pytest.mark.parametrize("number", range(len(OF_PARTS)))
def test_no_pack_hides_a_part_that_has_to_be_answered(administrator, number):
	"""Of a section no record says that rules need what stands in it."""
	doctype, record = OF_PARTS[number]
	order = [df.fieldname for df in frappe.get_meta("Concern", cached=False).fields]
	order.remove("zone")
	order.insert(order.index("wishes"), "zone")
	record = {"value": json.dumps(order), **record} if doctype == SETTER else record
	name = brought(changed_pack(doctype, record), administrator)
	with case.acting(administrator):
		refused = {row["record"]: row["refused"] for row in packs.show(name)["rows"] if row["refused"]}
		assert [*refused] == [packs_core.key_of(packs.KINDS[doctype], record)]
		assert all("a rule of the work" in why for why in refused.values())
		with pytest.raises(FormPackRefused):
			packs.start_import(name)


def test_a_pack_that_was_changed_or_is_newer_is_not_taken(administrator):
	text = packs_core.write(small_pack())
	plain = json.loads(text)
	with case.acting(administrator):
		for bad, words in (
			(text.replace("Hyvää jo nyt", "Muuta jo nyt"), "SHA-256"),
			(sealed({**plain, "app_version": "99.0.0"}), "99.0.0"),
			(sealed({**plain, "records": {"User": {"x": {}}}}), "User"),
			("hello", "no form pack"),
			("x" * (packs_core.LARGEST + 1), "too large"),
		):
			with pytest.raises(FormPackRefused, match=words):
				packs.bring("x", bad)
	assert frappe.db.count(DOCTYPE) == 0


def test_a_file_that_was_changed_on_the_disk_is_not_imported(administrator):
	name = brought(small_pack(), administrator)
	path = frappe.get_doc("File", {"attached_to_name": name}).get_full_path()
	other = packs_core.write(packs.make_pack(("Words",)))
	for text in (other, "x"):
		with open(path, "w", encoding="utf-8") as file:
			file.write(text)
		with case.acting(administrator), pytest.raises(FormPackRefused):
			packs.compare(name)


# Conflicts and failures -----------------------------------------------------------------------------------------------


def test_a_site_that_changed_since_the_comparison_is_left_alone(administrator, steps_of_a_job):
	name = brought(small_pack(), administrator)
	set_property("wishes", "bold", "1")
	before = forms_now(*NAMES)
	doc = do(name, "import", administrator)
	assert (doc.status, "Compare the pack again" in doc.failed_because) == (packs.FAILED, True)
	assert forms_now(*NAMES) == before
	with case.acting(administrator):
		packs.compare(name)
	assert do(name, "import", administrator).status == packs.IMPORTED


class Halfway(Exception):
	"""What a test lets go wrong."""


def failing_at(number: int, real):
	"""Return a function that does the same, and fails when it is called for the time after that number."""
	done = []

	def fail(*what, **options):
		if len(done) == number:
			raise Halfway
		done.append(what)
		return real(*what, **options)

	return fail


def test_an_import_that_fails_anywhere_leaves_nothing(administrator, monkeypatch, steps_of_a_job):
	name = brought(small_pack(), administrator)
	before, put = forms_now(*NAMES), packs_apply.put
	for number in range(4):
		monkeypatch.setattr(packs_apply, "put", failing_at(number, put))
		doc = do(name, "import", administrator)
		assert (doc.status, doc.failed_because) == (packs.FAILED, "Halfway"), number
		assert forms_now(*NAMES) == before, number
		assert frappe.get_meta("Concern").get_field("custom_sleep") is None
		assert frappe.db.count(REQUEST, {"kind": core.BY_HAND}) == 0
	monkeypatch.setattr(packs_apply, "put", put)
	assert do(name, "import", administrator).status == packs.IMPORTED


def test_a_way_back_that_fails_anywhere_leaves_it_imported(administrator, monkeypatch, steps_of_a_job):
	doc = imported(small_pack(), administrator)
	before, undo = forms_now(*NAMES), packs_apply._undo
	for number in range(3):
		monkeypatch.setattr(packs_apply, "_undo", failing_at(number, undo))
		doc = do(doc.name, "roll_back", administrator)
		assert (doc.status, doc.failed_because) == (packs.IMPORTED, "Halfway")
		assert forms_now(*NAMES) == before


def test_what_was_changed_since_the_import_is_not_rolled_back(administrator, steps_of_a_job):
	doc = imported(small_pack(), administrator)
	frappe.get_doc(SETTER, "Concern-strengths-label").update({"value": "Vielä uudempi"}).save()
	doc = do(doc.name, "roll_back", administrator)
	assert (doc.status, "meanwhile" in doc.failed_because) == (packs.IMPORTED, True)
	assert frappe.get_meta("Concern", cached=False).get_label("strengths") == "Vielä uudempi"


def test_two_at_once(administrator, steps_of_a_job):
	name = brought(small_pack(), administrator)
	before = forms_now(*NAMES)
	with filelock(packs.LOCK, timeout=0):
		assert packs.is_running()
		doc = do(name, "import", administrator)
	assert (doc.status, "under way" in doc.failed_because) == (packs.FAILED, True)
	assert forms_now(*NAMES) == before
	assert not packs.is_running()
	# It may be asked for again without another comparison: nothing has changed.
	assert do(name, "import", administrator).status == packs.IMPORTED


def test_a_button_that_is_pressed_twice(administrator, queued):
	name = brought(small_pack(), administrator)
	with case.acting(administrator):
		packs.start_import(name)
		# The worker may have lost the first one; a second one does no harm.
		packs.start_import(name)
		for options in queued:
			packs.run(options["name"], options["action"], progress=packs_apply.nobody)
		assert frappe.get_doc(DOCTYPE, name).status == packs.IMPORTED
		assert len(frappe.get_all(REQUEST, filters={"kind": core.BY_HAND})) == 1
		with pytest.raises(FormPackRefused):
			packs.start_import(name)
	assert len(queued) == 2


def test_an_import_that_was_interrupted_can_be_tried_again(administrator):
	name = brought(small_pack(), administrator)
	with case.acting(administrator):
		packs.ask_for(name, "import", packs.IMPORT)
		with system_change():
			frappe.get_doc(DOCTYPE, name).update({"status": packs.UNDER_WAY[packs.IMPORT]}).save(
				ignore_permissions=True
			)
		shown = packs.show(name)
		assert (shown["actions"], shown["running"]) == (["import"], False)
		with filelock(packs.LOCK, timeout=0):
			shown = packs.show(name)
			assert (shown["actions"], shown["running"]) == ([], True)
	assert do(name, "import", administrator).status == packs.IMPORTED


@pytest.fixture
def queued(monkeypatch) -> list[dict]:
	"""What a worker would be asked to do."""
	asked: list[dict] = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **options: asked.append(options))
	return asked


def test_a_worker_makes_a_pack_and_tells_how_far_it_is(administrator, queued):
	told = []
	with case.acting(administrator):
		name = packs.start_export("Meidän", "Forms,Lists", "Concern")
		doc, shown = frappe.get_doc(DOCTYPE, name), packs.show(name)
		assert (doc.status, doc.file, shown["rows"], shown["actions"]) == (packs.QUEUED, None, [], ["export"])
		packs.run(
			queued[0]["name"], queued[0]["action"], progress=lambda done, total: told.append((done, total))
		)
		assert packs.show(name)["actions"] == ["compare"]
		with pytest.raises(FormPackRefused):
			packs.start_export_again(name)
	pack = packs.pack_of(frappe.get_doc(DOCTYPE, name))
	assert told == [(1, 2), (2, 2)]
	assert (pack.parts, pack.forms) == (("Forms", "Lists"), ("Concern",))
	assert pack.records == packs.make_pack(("Forms", "Lists"), ("Concern",)).records
	with case.acting(administrator):
		packs.compare(name)
		assert packs.show(name)["actions"] == ["compare"]


def test_a_pack_that_came_to_nothing_is_made_again(administrator, queued, monkeypatch, steps_of_a_job):
	with case.acting(administrator):
		name = packs.start_export("Meidän", "Lists")
		frappe.db.commit()
		with monkeypatch.context() as patched:
			patched.setattr(packs, "read_site", failing_at(0, packs.read_site))
			packs.run(name, packs.EXPORT, progress=packs_apply.nobody)
		doc, shown = frappe.get_doc(DOCTYPE, name), packs.show(name)
		assert (doc.status, doc.failed_because, shown["actions"]) == (packs.FAILED, "Halfway", ["export"])
		assert not frappe.db.exists("File", {"attached_to_name": name})
		packs.start_export_again(name)
		# Its process is killed, and it waits for nobody: it may be asked for once more.
		with system_change():
			frappe.get_doc(DOCTYPE, name).update({"status": packs.UNDER_WAY[packs.EXPORT]}).save(
				ignore_permissions=True
			)
		shown = packs.show(name)
		assert (shown["actions"], shown["running"]) == (["export"], False)
		with filelock(packs.LOCK, timeout=0):
			shown = packs.show(name)
			assert (shown["actions"], shown["running"]) == ([], True)
		packs.start_export_again(name)
		frappe.db.commit()
		packs.run(name, packs.EXPORT, progress=packs_apply.nobody)
	doc = frappe.get_doc(DOCTYPE, name)
	assert (doc.status, packs.pack_of(doc).parts, len(queued)) == (packs.MADE, ("Lists",), 3)


def lists_pack() -> Pack:
	"""A pack of all lists, which lacks some services and has one topic less to choose from."""
	pack = packs.make_pack(("Lists",))
	topic = small_pack().records["Concern Topic"]
	kept = dict([*pack.records["Support Service"].items()][:3])
	records = {**pack.records, "Support Service": kept}
	return replace(pack, records={**records, "Concern Topic": pack.records["Concern Topic"] | topic})


def test_a_worker_compares_and_tells_how_far_it_is(administrator, queued):
	told = []
	with case.acting(administrator):
		name = packs.bring("Koekunnan lomakkeet", packs_core.write(lists_pack()))
		packs.start_compare(name, "Lists", 1)
		shown = packs.show(name)
		assert (shown["rows"], shown["actions"]) == ([], ["compare"])
		packs.run(
			queued[0]["name"], queued[0]["action"], progress=lambda done, total: told.append((done, total))
		)
		shown = packs.show(name)
	doc = frappe.get_doc(DOCTYPE, name)
	assert (doc.status, doc.parts, doc.retire, doc.changes) == (packs.COMPARED, "Lists", 1, 1)
	written = sum(row["step"] != "Stays" for row in shown["rows"])
	assert (told[-1], shown["actions"]) == ((written, written), ["compare", "import"])
	assert do(name, "import", administrator).status == packs.IMPORTED
	with case.acting(administrator), pytest.raises(FormPackRefused):
		packs.start_compare(name)


def kept_rows(name: str, user: str) -> dict[str, dict]:
	with case.acting(user):
		return {row["record"]: row for row in packs.show(name)["rows"] if row["kept"]}


def test_no_pack_empties_a_list(administrator):
	"""As one of a site with other codes would, by retiring whatever it lacks: the last one stays."""
	pack = lists_pack()
	pack.records["Closing Reason"].clear()
	name = brought(pack, administrator, "Lists", retire=1)
	((code, row),) = kept_rows(name, administrator).items()
	assert (row["kind"], row["step"], row["fields"]) == ("Closing Reason", "Stays", [])
	assert "the last that the list offers" in row["kept"]
	assert do(name, "import", administrator).status == packs.IMPORTED
	assert frappe.get_all("Closing Reason", filters={"disabled": 0}, pluck="name") == [code]


def test_what_may_not_be_retired_stays_and_stops_nothing(administrator, team):
	"""Words of a field that the app fills in, which a System Manager has given; and what cases are stored by."""
	with case.acting("Administrator"):
		set_property("unit", "label", "Päiväkoti nyt")
		set_property("wishes", "label", "Toive nyt")
		set_property("observed_on", "reqd", "0")
	concern = case.make_concern(team)
	frappe.db.set_value("Concern", concern.name, {"observed_on": None, "workflow_state": "Raised"})
	name = brought(small_pack(), administrator, "Forms", retire=1)
	kept = kept_rows(name, administrator)
	assert {record: row["step"] for record, row in kept.items()} == {
		"Concern: unit: label": "Stays",
		"Concern: observed_on: reqd": "Stays",
	}
	assert "fills it in" in kept["Concern: unit: label"]["kept"]
	assert "cannot be required" in kept["Concern: observed_on: reqd"]["kept"]
	doc = frappe.get_doc(DOCTYPE, name)
	assert (doc.retirements, doc.refusals) == (1, 0)
	assert do(name, "import", administrator).status == packs.IMPORTED
	meta = frappe.get_meta("Concern", cached=False)
	assert (meta.get_label("unit"), meta.get_label("wishes") == "Toive nyt") == ("Päiväkoti nyt", False)
	assert not meta.get_field("observed_on").reqd
	with case.acting(team.educator):
		frappe.get_doc("Concern", concern.name).save()
	# Once it may go, another comparison says so.
	frappe.db.set_value("Concern", {"observed_on": ("is", "not set")}, "workflow_state", "Closed")
	do(name, "roll_back", administrator)
	with case.acting(administrator):
		packs.compare(name, "Forms", 1)
	assert [*kept_rows(name, administrator)] == ["Concern: unit: label"]


def test_an_option_that_only_this_site_offers_stays_unless_it_is_to_be_retired(administrator):
	imported(small_pack(), administrator)
	own = {"options": "\nHyvä\nVaihtelee\nHuono"}
	# As it is stored: by hand its table would be looked at too, outside of any transaction.
	frappe.db.set_value(FIELD, "Concern-custom_sleep", own)
	frappe.clear_cache(doctype="Concern")
	pack = small_pack()
	for retire, options in ((0, "\nHyvä\nVaihtelee\nHuono"), (1, "\nHyvä\nHuono")):
		name = brought(pack, administrator, "Forms", retire)
		with case.acting(administrator):
			is_open = "import" in packs.show(name)["actions"]
		assert is_open is bool(retire)
		if is_open:
			do(name, "import", administrator)
		assert frappe.get_meta("Concern", cached=False).get_field("custom_sleep").options == options


def test_nothing_is_imported_on_an_older_comparison(administrator, queued, monkeypatch, steps_of_a_job):
	name = brought(small_pack(), administrator)
	with case.acting(administrator):
		packs.start_compare(name, "Lists")
		with pytest.raises(FormPackRefused):
			packs.start_import(name)
		frappe.db.commit()
		with monkeypatch.context() as patched:
			patched.setattr(packs, "look", failing_at(0, packs.look))
			packs.run(name, packs.COMPARE)
		shown = packs.show(name)
		doc = frappe.get_doc(DOCTYPE, name)
		assert (doc.status, doc.failed_because, doc.seen) == (packs.FAILED, "Halfway", None)
		assert (shown["rows"], shown["actions"]) == ([], ["compare"])
		packs.compare(name)
	assert do(name, "import", administrator).status == packs.IMPORTED


def test_a_worker_speaks_the_language_of_whoever_asked(administrator, steps_of_a_job):
	with system_change():
		frappe.get_doc("User", administrator).update({"language": "fi"}).save()
	name = brought(small_pack(), administrator)
	set_property("wishes", "bold", "1")
	words = "The forms of this site have changed since the comparison. Compare the pack again."
	assert do(name, "import", administrator).failed_because == frappe._(words, "fi") != words


def test_a_suggestion_about_the_same_field_is_asked_anew(administrator):
	proposer, area = make.make_staff("Early Educator"), make.default_area()
	with case.acting(proposer):
		request = frappe.get_doc(
			{
				"doctype": REQUEST,
				"kind": core.CHANGE_WORDS,
				"form": "Concern",
				"field_name": "strengths",
				"label_fi": "Voimat nyt",
				"why": "x",
			}
		).insert()
	case.move(request, "Send to the area director", proposer)
	imported(small_pack(), administrator)
	case.move(request, "Take to the management group", make.make_staff("Area Director", area=area))
	group = make.make_staff("Management Group", area=area)
	case.move(request, "Approve", group, decided_on=frappe.utils.today(), minutes="§ 1")
	with pytest.raises(FormChangeRefused, match="meanwhile"):
		case.move(request, "Publish", administrator)
