"""Old answers are read under the words that they were given under: on the form, and in what is handed out of a child."""

import frappe
import pytest
from frappe.utils import add_to_date, formatdate, now_datetime

from early_support.casework import clock
from early_support.casework.titles import SHOWN_CHANGES, tell_titles
from early_support.forms import changes, earlier, kept_words
from early_support.forms import changes_core as core
from early_support.privacy import subject_package
from early_support.tests import case_factories as case
from early_support.tests import form_requests
from early_support.tests.form_requests import People, make_plan, published, roll_back, suggest

SLEEP = "custom_sleep_words"
ASKED, ASKED_ANEW = "Miten lapsi nukkuu", "Miten lapsi lepää"
WISHES = {"form": "Concern", "field_name": "wishes"}


@pytest.fixture(scope="module", autouse=True)
def columns(standing_teams):
	with form_requests.columns(("Concern", SLEEP, "Small Text")):
		yield


@pytest.fixture
def people(site) -> People:
	return People()


@pytest.fixture
def day():
	"""Go on by some days: whatever is stored is by so many days older."""

	def go(days: int) -> None:
		for doctype in ("Concern", "Child Plan", "Child Plan Service", "Version"):
			frappe.db.sql(f"update `tab{doctype}` set creation = creation - interval %s day", days)
		for field in ("published_at", "rolled_back_at"):
			frappe.db.sql(
				f"update `tab{form_requests.DOCTYPE}` set {field} = {field} - interval %s day", days
			)

	return go


def said(doc, user: str, language: str = "fi") -> dict[str, list[str]]:
	"""Return what the form tells `user` of earlier words."""
	frappe.local.lang = language
	try:
		with case.acting(user):
			doc = frappe.get_doc(doc.doctype, doc.name)
			doc.check_permission("read")
			tell_titles(doc)
			return doc.get("__onload").earlier_words
	finally:
		frappe.local.lang = "en"


def reworded(people: People, kind: str = core.CHANGE_WORDS, **values):
	"""Publish a change without the way of a decision, which is another test's."""
	request = suggest(people, kind, **values)
	request.fingerprint = changes.look(changes.change_of(request))[1]
	changes.publish(request)
	request.db_set(
		{"workflow_state": "Published", "was_before": request.was_before, "published_at": now_datetime()}
	)
	kept_words.forget()


def today() -> str:
	return formatdate(clock.today())


def test_the_words_of_a_field(team, people, day):
	old = case.make_concern(team, wishes="Aamut rauhallisemmiksi.")
	empty = case.make_concern(team)
	day(1)
	reworded(people, **WISHES, label_fi="Mitä perhe pyytää", label_en="What is asked for", help_en="Briefly.")
	day(1)
	new = case.make_concern(team, wishes="Aamut rauhallisemmiksi.")

	until = formatdate(add_to_date(clock.today(), days=-1))
	was = frappe.get_all("DocField", filters={"parent": "Concern", "fieldname": "wishes"}, pluck="label")[0]
	assert said(old, team.educator, "en")["wishes"][0] == f"Until {until} this was called “{was}”."
	assert said(old, team.educator)["wishes"][0] == f"{until} asti tämän nimi oli ”{frappe._(was, 'fi')}”."
	assert said(empty, team.educator) == said(new, team.educator) == {}

	# It is answered now, under the words of today.
	with case.acting(team.educator):
		empty = frappe.get_doc("Concern", empty.name)
		empty.wishes = "Aamut rauhallisemmiksi."
		empty.save(ignore_version=False)
	assert said(empty, team.educator) == {}


def test_what_was_answered_before_it_was_rolled_back(team, people, day):
	before = case.make_concern(team, wishes="Aamut rauhallisemmiksi.")
	day(1)
	request = published(
		people,
		core.CHANGE_WORDS,
		**WISHES,
		label_fi="Kielletäänkö",
		label_sv="Förbjuds det",
		label_en="Is it forbidden",
	)
	day(1)
	between = case.make_concern(team, wishes="Kyllä.")
	day(1)
	roll_back(people, request)
	day(1)
	after = case.make_concern(team, wishes="Kyllä.")

	assert said(before, team.educator) == said(after, team.educator) == {}
	days = [formatdate(add_to_date(clock.today(), days=-number)) for number in (3, 1)]
	assert said(between, team.educator) == {"wishes": [f"{days[0]}–{days[1]} tämän nimi oli ”Kielletäänkö”."]}
	# Its translation went with the words, and is known still.
	assert "”Förbjuds det”" in said(between, team.educator, "sv")["wishes"][0]


def test_what_an_administrator_changes_by_hand(team, day):
	old = case.make_concern(team, wishes="Aamut rauhallisemmiksi.")
	day(1)
	values = {"doctype_or_field": "DocField", "doc_type": "Concern", "field_name": "wishes"}
	setter = {"property": "label", "property_type": "Data", "value": "Asked for by hand"}
	frappe.get_doc({"doctype": "Property Setter", **values, **setter}).insert()
	frappe.db.commit()
	assert len(said(old, team.educator)["wishes"]) == 1


def test_an_added_field_and_its_later_words(team, people, day):
	field = {"form": "Concern", "label_en": "Sleep words", "label_fi": ASKED, "answer_type": "Long text"}
	reworded(people, core.ADD_FIELD, **field)
	old = case.make_concern(team, **{SLEEP: "Levottomasti."})
	day(1)
	reworded(people, form="Concern", field_name=SLEEP, label_fi=ASKED_ANEW, label_en="Rest")
	assert said(old, team.educator) == {SLEEP: [f"{today()} asti tämän nimi oli ”{ASKED}”."]}


def test_a_record_of_a_list_whoever_renames_it(team, people, day):
	plan = make_plan(team)
	service = plan.services[0].service
	title, before = "Perheneuvonta uudella nimellä", frappe.get_doc("Support Service", service)
	day(1)
	with case.acting(people.administrator):
		record = frappe.get_doc("Support Service", service)
		record.update({"title": title, "title_sv": None, "title_en": None})
		record.save(ignore_version=False)
	(line,) = said(plan, team.educator)["services"]
	column = frappe._(frappe.get_meta("Child Plan Service").get_label("service"), "fi")
	assert line == f"{column}: {today()} asti tämän vastauksen nimi oli ”{before.title}”."
	(line,) = said(plan, team.educator, "sv")["services"]
	assert before.title_sv in line


def test_a_worry_zone_says_what_it_said(team, people, day):
	old = case.make_concern(team, zone="3")
	was = frappe.get_doc("Worry Zone", "3")
	day(1)
	request = published(
		people, core.REWORD_ZONE, list_name="Worry Zone", record="3", meaning="Uusi merkitys."
	)
	lines = said(old, team.educator)["zone"]
	assert lines == [f"{today()} asti kohdassa ”{frappe._('What it means', 'fi')}” luki: ”{was.meaning}”"]
	# In a language in which nothing has changed, nothing is said.
	assert said(old, team.educator, "sv") == {}
	day(1)
	roll_back(people, request)
	assert said(old, team.educator) == {}


def test_what_is_handed_out_of_a_child_says_it_too(team, people, day):
	concern = case.make_concern(team, wishes="Aamut rauhallisemmiksi.")
	day(1)
	reworded(people, **WISHES, label_fi="Mitä perhe pyytää", label_en="What is asked for")
	frappe.local.lang = "fi"
	records = subject_package.gather(team.child, concern.controller)
	(record,) = (each for each in records if each["code"] == concern.name)
	(line,) = record["worded"]["wishes"]
	page = subject_package.as_html(records, clock.today(), concern.controller, warned=False)
	assert f"<dt>Mitä perhe pyytää</dt><dd>Aamut rauhallisemmiksi.\n{line}</dd>" in page


def test_of_a_long_history_nothing_is_lost(team, people, day):
	"""More was changed since than the form shows of the history: what was answered before may have been so at any time."""
	concern = case.make_concern(team, wishes="Aamut rauhallisemmiksi.")
	day(1)
	reworded(people, **WISHES, label_fi="Mitä perhe pyytää", label_en="What is asked for")
	day(1)
	with case.acting(team.educator):
		for number in range(SHOWN_CHANGES + 1):
			concern = frappe.get_doc("Concern", concern.name)
			concern.observation = f"{case.OBSERVATION} {number}"
			concern.save(ignore_version=False)
	assert len(said(concern, team.educator)["wishes"]) == 1


def test_they_are_read_once_until_something_is_reworded(team, people, day, monkeypatch):
	concern = case.make_concern(team, wishes="Aamut rauhallisemmiksi.")
	frappe.flags.pop(kept_words.CHANGED_HERE, None)
	kept_words._drop()
	said(concern, team.educator)
	reads, read = [], earlier._read

	def counted():
		reads.append(1)
		return read()

	monkeypatch.setattr(earlier, "_read", counted)
	assert said(concern, team.educator) == {}
	assert not reads
	day(1)
	published(people, core.CHANGE_WORDS, **WISHES, label_fi="Mitä perhe pyytää", label_en="What is asked for")
	assert said(concern, team.educator)["wishes"]
	assert reads
	# What this transaction has written, no other reads.
	assert frappe.cache.get_value(kept_words.KEY, expires=True) is None
	frappe.flags.pop(kept_words.CHANGED_HERE)
	frappe.get_doc("Support Service", case.option("Support Service")).save()
	assert frappe.flags[kept_words.CHANGED_HERE]
