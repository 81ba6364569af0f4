"""A consultation holds no person: not in markup, not in added fields, and no trace when other values are broken too."""

import frappe
import pytest

from early_support.casework import anonymity
from early_support.early_support.doctype.consultation import consultation
from early_support.exceptions import GuardNotMet, PersonInText
from early_support.screening import service
from early_support.tests import case_factories as make


@pytest.mark.parametrize(
	"text",
	[
		"Kirjoita <maija.korhonen@kunta.fi>",
		"Soita <0401234567>",
		"Soita &lt;040 123 4567&gt;",
		"<!-- 0401234567 --> hei",
		'<p title="040 123 4567">hei</p>',
		"&#48;40 123 4567",
		"&amp;#48;40 123 4567",
		"04<b>0 123</b> 4567",
	],
)
def test_markup_hides_nobody(team, text):
	with make.attempt(), pytest.raises(PersonInText):
		make.make_consultation(team, question=text)


def test_a_child_in_angle_brackets_is_found(team):
	name = frappe.db.get_value("Child", team.child, "last_name")
	with make.attempt(), pytest.raises(PersonInText):
		make.make_consultation(team, question=f"Lapsi <{name}> itkee aamuisin.")


def test_harmless_signs_pass(team):
	text = "Lapsi nukkuu < 8 h yössä & on väsynyt. Mitä > 2 viikon jälkeen?"
	assert make.make_consultation(team, question=text).question


@pytest.mark.parametrize(
	("fieldtype", "options"),
	[
		("Attach", None),
		("Attach Image", None),
		("Dynamic Link", "channel"),
		("Geolocation", None),
		("Password", None),
		("Phone", None),
		("Signature", None),
		("Table", "Family Guardian"),
		("Table MultiSelect", "Family Guardian"),
		("Link", "Access Grant"),
		("Link", "Address"),
		("Link", "Child"),
		("Link", "Concern"),
		("Link", "Contact"),
		("Link", "Family"),
		("Link", "Family Guardian"),
		("Link", "Support Period"),
		("Link", "User"),
		("Link", "Visit"),
	],
)
@pytest.mark.parametrize("form", ["Consultation", "Concern Topic Item"])
def test_a_field_that_could_lead_to_a_person_is_not_added(site, form, fieldtype, options):
	# Only the rule is asked: a field that were added would change the table, which no rollback undoes.
	field = frappe.get_doc(
		{
			"doctype": "Custom Field",
			"dt": form,
			"fieldname": "added",
			"fieldtype": fieldtype,
			"options": options,
			"label": "Added",
		}
	)
	with pytest.raises(PersonInText):
		field.run_method("validate")


def test_the_answer_is_not_written_in_passing(team):
	doc = make.make_consultation(team)
	with make.acting(team.educator):
		again = frappe.get_doc("Consultation", doc.name)
		again.update({"workflow_state": "Closed", "answer": "Kokeilkaa kuvia."})
		with pytest.raises(GuardNotMet):
			again.save()


def test_the_answer_is_written_by_who_took_the_question(team):
	doc = make.consultation_in("Taken", team)
	colleague = make.factories.make_staff("Family Counsellor", controller=make.county())
	make.factories.make_liaison(team.unit, colleague)
	with make.acting(colleague):
		again = frappe.get_doc("Consultation", doc.name)
		again.answer = "Kokeilkaa kuvia."
		with pytest.raises(GuardNotMet, match="who took"):
			again.save()
	with make.acting(team.counsellor):
		again = frappe.get_doc("Consultation", doc.name)
		again.answer = "Kokeilkaa kuvia."
		again.save()


# A text that looks like a name by itself, so that no record has to hold it.
CANARY = "Zxqvaamos"
BROKEN = [
	{"age_band": "no such band"},
	{"age_band": ["no", "text"]},
	{"unit": None},
	{"unit": "no such unit"},
	{"unit": {"no": "text"}},
	{"channel": "Pigeon"},
	{"docstatus": 7},
	{"requested_on": "eilen"},
	{"creation": "eilen"},
	{"creation": ""},
	{"creation": 0},
	{"creation": 5},
	{"creation": "99999999999999999999"},
	{"name": {"no": "text"}},
	{"owner": ["no", "text"]},
	{"idx": "x"},
	{"modified": "eilen"},
	{"title": {"no": "text"}},
	{"amended_from": "no document"},
	{"topics": "no rows"},
	{"topics": [{"topic": {"no": "text"}}]},
	{"call_back_time": {"no": "text"}},
	{"question": ["Poika", CANARY, "ei nuku"]},
]


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_refused_text_leaves_no_trace_when_other_values_are_broken_too(team, api, broken):
	"""What fails with a 500 is kept with its local variables: in a queue at first, then in the Error Log."""
	stored = make.make_consultation(team)
	values = {"unit": team.unit, "age_band": make.option("Age Band"), "channel": "E-mail"}
	values |= {"question": f"Poika {CANARY} ei nuku.", **broken}
	client = api(team.educator)
	for answer in (
		client.post("/api/resource/Consultation", json=values),
		client.put(f"/api/resource/Consultation/{stored.name}", json=make.version(stored) | values),
	):
		assert 400 <= answer.status_code < 500, answer.text
	queued = frappe.cache.lrange("insert_queue_for_Error Log", 0, -1)
	assert not any(CANARY.encode() in entry for entry in queued)
	assert not frappe.db.exists("Error Log", {"error": ("like", f"%{CANARY}%")})
	assert not frappe.db.exists("Consultation", {"question": ("like", f"%{CANARY}%")})


def test_the_queue_of_errors_would_hold_a_text(site):
	"""The test above would prove nothing if Frappe kept its snapshots elsewhere."""
	from frappe.utils.error import log_error_snapshot

	def fail():
		question = CANARY
		raise RuntimeError(len(question))

	before = frappe.cache.llen("insert_queue_for_Error Log")
	try:
		fail()
	except RuntimeError as error:
		log_error_snapshot(error)
	assert frappe.cache.llen("insert_queue_for_Error Log") == before + 1
	assert CANARY.encode() in frappe.cache.rpop("insert_queue_for_Error Log")


@pytest.mark.parametrize(
	("text", "marked"),
	[
		("Eilen 04<b>0 123</b> 4567 soi.", ["04<b>0 123</b> 4567"]),
		("Hetu &#49;31052-308T on.", ["&#49;31052-308T"]),
		("<!-- poika Zxqvaamos 0401234567 --> hei", ["Zxqvaamos", "0401234567"]),
		("Kirjoita <maija.korhonen@kunta.fi> pian.", ["maija.korhonen@kunta.fi"]),
	],
)
def test_what_is_marked_is_the_text_as_it_was_typed(site, text, marked):
	findings = service._findings(service.Worded("Question", text), [], [])
	assert [finding.text for finding in findings] == marked
	assert [text[finding.start : finding.end] for finding in findings] == marked


@pytest.mark.parametrize("fieldtype", ["Data", "Text Editor", "Phone", "Select"])
@pytest.mark.parametrize("place", ["document", "row"])
def test_an_added_field_is_screened(site, monkeypatch, place, fieldtype):
	doc = frappe.new_doc("Consultation")
	target = doc if place == "document" else doc.append("topics", {})
	added = frappe.get_doc({"doctype": "DocField", "fieldname": "added", "fieldtype": fieldtype})
	# Without changing the table, which no rollback undoes.
	monkeypatch.setattr(target.meta, "fields", [*target.meta.fields, added])
	service.refuse_persons(doc)
	target.added = "Hetu on 131052-308T."
	with pytest.raises(PersonInText):
		service.refuse_persons(doc)


def add_field(monkeypatch, target, **values):
	"""Add a field without changing the table, which no rollback undoes."""
	added = frappe.get_doc({"doctype": "DocField", "fieldname": "added", "label": "Added", **values})
	monkeypatch.setattr(target.meta, "fields", [*target.meta.fields, added])


def test_a_row_cannot_say_that_its_words_are_the_apps_own(site, monkeypatch):
	doc = frappe.new_doc("Consultation")
	row = doc.append("topics", {"RECORDED_FIELDS": ["added"], "added": "Hetu on 131052-308T."})
	add_field(monkeypatch, row, fieldtype="Data")
	with pytest.raises(PersonInText):
		service.refuse_persons(doc)


def test_paragraphs_of_formatted_text_begin_with_a_capital(site):
	# Behind a tag, "Anna" and "Toivon" would otherwise be names in the middle of a sentence.
	text = "<div class='ql-editor read-mode'><p>Anna vinkkejä aamuihin.</p><p>Toivon neuvoa.</p></div>"
	names = [service.KnownName("Anna", "first"), service.KnownName("Toivo", "first")]
	assert service._findings(service.Worded("Added", text, is_html=True), names, []) == []
	hidden = service.Worded("Added", "<p>Puhuin &lt;Anna&gt; kanssa.</p>", is_html=True)
	assert [finding.text for finding in service._findings(hidden, names, [])] == ["Anna"]


@pytest.mark.parametrize(
	"values", [{"fieldtype": "Link", "options": "Child"}, {"fieldtype": "Signature"}, {"fieldtype": "Attach"}]
)
def test_a_field_that_came_by_another_way_stays_empty(site, monkeypatch, values):
	doc = frappe.new_doc("Consultation")
	add_field(monkeypatch, doc, **values)
	anonymity.refuse_person_values(doc)
	doc.added = "anything"
	with pytest.raises(PersonInText, match="Added"):
		doc.validate()


def test_the_screening_comes_before_all_that_could_fail(team, monkeypatch):
	def fail(doc):
		raise RuntimeError

	monkeypatch.setattr(consultation, "keep_recorded", fail)
	with pytest.raises(PersonInText):
		make.make_consultation(team, question="Soita 040 123 4567.")
	with pytest.raises(RuntimeError):
		make.make_consultation(team)
