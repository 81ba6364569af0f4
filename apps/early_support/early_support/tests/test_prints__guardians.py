"""What a guardian is given on paper: who may print it, what it holds and does not hold, in which language."""

import builtins
import io
import re

import frappe
import pytest
import weasyprint
from pypdf import PdfReader
from weasyprint.formatting_structure.boxes import TableCellBox, TextBox

from early_support.access import break_glass
from early_support.casework import clock
from early_support.exceptions import PrintRefused
from early_support.patches.v0_2 import add_prints, add_prints_of_support_plans
from early_support.prints import door, guardian_print
from early_support.prints.guardian_print import FORMS
from early_support.prints.pdf import PAGE
from early_support.prints.reader import reader_of
from early_support.tests import case_factories as make
from early_support.tests import factories

DOOR = "/api/method/early_support.prints.door."
NOTE = "Salainen kirjaus tilanteesta"
PLACE = "Vanhan koulun kokoushuone"
PHONE = "+358 50 7654321"
WORKER = "Tuula Terapeutti"
ORGANISATION = "Toimintaterapia Puro"


@pytest.fixture
def family(team):
	"""The family of the team's child: a guardian who reads Finnish, and one who reads Swedish."""
	doc = frappe.get_doc("Family", frappe.db.get_value("Child", team.child, "family"))
	doc.guardians = []
	doc.append("guardians", {"full_name": "Maija Meikäläinen", "relation": "äiti", "language": "fi"})
	doc.append("guardians", {"full_name": "Sven Andersson", "relation": "isä", "language": "sv"})
	return doc.save()


@pytest.fixture
def meeting(team):
	return make.network_meeting_in(
		"Agreed",
		team,
		place=PLACE,
		contact_phone=PHONE,
		basics=NOTE,
		clients_estimate=NOTE,
		professionals_estimate=NOTE,
		benefit=NOTE,
		participants=[
			{"role": "Guardian", "participant_name": "Maija Meikäläinen"},
			{"role": "Early Educator", "participant_name": "Oona Opettaja"},
			{"role": "Other", "participant_name": "Tiina Tukija", "organisation": ORGANISATION},
		],
	)


def confirm(team, answers: dict[str, dict]):
	"""Make the child's next plan and confirm it with these answers, all others No."""
	plan = make.child_plan_in("Discussed", team)
	values = make.confirm_values(plan)
	values["services"] = [{**row, **answers.get(row["service"], {})} for row in values["services"]]
	return make.move(plan, "Confirm the plan", team.educator, **values)


@pytest.fixture
def two_services(site):
	return frappe.get_all(
		"Support Service",
		filters={"ask_on_vasu": 1, "disabled": 0},
		fields=["name", "title", "title_sv", "title_en"],
		order_by="sort_order asc, name asc",
		limit=2,
	)


@pytest.fixture
def plan(team, two_services):
	"""A plan after another one: the first service was wanted and is in use now, the second was never used."""
	name = two_services[0].name
	confirm(team, {name: {"answer": "Wanted", "permission": "No"}})
	return confirm(team, {name: {"answer": "In Use", "worker": WORKER, "permission": "Yes"}})


def print_it(client, doc, guardian, **options):
	query = {"doctype": doc.doctype, "name": doc.name, "guardian": guardian, **options}
	return client.get(f"{DOOR}download", query_string=query)


def pdf_of(answer) -> PdfReader:
	assert answer.status_code == 200, answer.text[:2000]
	assert answer.mimetype == "application/pdf"
	return PdfReader(io.BytesIO(answer.data))


class Text(str):
	"""The text of a PDF. Looked through without its spaces: those between two letters may be the font's kerning."""

	def __contains__(self, said: str) -> bool:
		return squeezed(said) in squeezed(self)


def squeezed(text: str) -> str:
	return re.sub(r"\s", "", text)


def texts_of(answer) -> list[Text]:
	"""The text of each page."""
	return [Text(page.extract_text()) for page in pdf_of(answer).pages]


def text_of(answer) -> Text:
	"""The text of all pages."""
	return Text(" ".join(texts_of(answer)))


# What it holds (domain.md §3, 217-220, 312-315 and 459-465; §4, 1560-1568) ---------------------------------------------

AGREED = {
	"fi": (
		"Sovitut asiat",
		"Yhteinen tavoite",
		"Mihin mennessä",
		"Ketkä osallistuivat",
		"Tulostettu",
		"Sivu 1 / 1",
	),
	"sv": (
		"Det vi kom överens om",
		"Gemensamt mål",
		"Senast när",
		"Vilka som deltog",
		"Utskrivet den",
		"Sida 1 / 1",
	),
	"en": (
		"What we agreed on together",
		"Shared goal",
		"By when",
		"Who took part",
		"Printed on",
		"Page 1 / 1",
	),
}
DAY = {"fi": "{0.day}.{0.month}.{0.year}", "sv": "{0.day}.{0.month}.{0.year}", "en": "{0:%b} {0.year}"}


@pytest.mark.parametrize("language", AGREED)
def test_what_was_agreed(api, team, family, meeting, language):
	answer = print_it(api(team.educator), meeting, family.guardians[0].name, language=language)
	text = text_of(answer)
	for word in AGREED[language]:
		assert word in text
	for said in ("Aamut sujuvat rauhassa.", "Kuvakortit aamuun", "Oona Opettaja", "Maija Meikäläinen", PLACE):
		assert said in text
	assert DAY[language].format(meeting.actions[0].due_on) in text
	assert PHONE in text
	assert ORGANISATION in text
	assert meeting.child_name in text
	assert frappe.db.get_value("Register Controller", meeting.controller, "title") in text
	assert frappe.db.get_value("Day Care Unit", meeting.unit, "title") in text
	assert frappe.db.get_value("User", team.educator, "full_name") in text
	assert frappe.db.get_single_value("Early Support Settings", f"print_notice_{language}")[:40] in text
	assert NOTE not in text


@pytest.mark.parametrize("language", AGREED)
def test_nothing_of_another_language_is_in_it(api, team, family, meeting, language):
	text = text_of(print_it(api(team.educator), meeting, family.guardians[0].name, language=language))
	for other in AGREED.keys() - {language}:
		assert not any(word in text for word in AGREED[other])


def test_the_language_is_the_guardians_own(api, team, family, meeting):
	client = api(team.educator)
	for guardian, heading in zip(family.guardians, ("Sovitut asiat", "Det vi kom överens om"), strict=True):
		assert heading in text_of(print_it(client, meeting, guardian.name))
	offered = client.get(
		f"{DOOR}guardians", query_string={"doctype": meeting.doctype, "name": meeting.name}
	).json["message"]
	assert [(row["full_name"], row["language"]) for row in offered] == [
		("Maija Meikäläinen", "fi"),
		("Sven Andersson", "sv"),
	]


def test_a_language_that_the_app_does_not_speak(api, team, family, meeting):
	family.guardians[0].update({"language": "ar", "interpreter_needed": 1})
	family.save()
	client, guardian = api(team.educator), family.guardians[0].name
	offered = client.get(
		f"{DOOR}guardians", query_string={"doctype": meeting.doctype, "name": meeting.name}
	).json["message"][0]
	assert offered["speaks_another"]
	assert offered["needs_interpreter"]
	text = text_of(print_it(client, meeting, guardian, language="en"))
	assert "together with an interpreter" in text
	assert "interpreter" not in text_of(print_it(client, meeting, family.guardians[1].name, language="en"))


def test_what_became_of_the_actions_is_said_in_words(api, team, family):
	meeting = make.network_meeting_in("Closed", team)
	text = text_of(print_it(api(team.educator), meeting, family.guardians[0].name))
	assert "Valmis" in text
	assert "Kortit ovat käytössä." not in text


def test_a_guardian_who_was_not_there(api, team, family):
	values = {
		"guardians_present": 0,
		"permission_by": "Sven Andersson",
		"permission_how": make.option("Contact Method"),
		"permission_on": clock.today(),
	}
	meeting = make.network_meeting_in("Agreed", team, **values)
	text = text_of(print_it(api(team.educator), meeting, family.guardians[1].name, language="en"))
	assert "Agreed by Sven Andersson" in text


SERVICES = {
	"fi": ("title", "Nyt", "Viimeksi", "Käytössä", "Toivotaan", "Seuraava arviointi"),
	"sv": ("title_sv", "Nu", "Förra gången", "Används", "Önskas", "Nästa utvärdering"),
	"en": ("title_en", "Now", "Last time", "In Use", "Wanted", "Next review"),
}


@pytest.mark.parametrize("language", SERVICES)
def test_the_services_of_a_plan(api, team, family, plan, two_services, language):  # noqa: PLR0913, PLR0917 fixtures
	text = text_of(print_it(api(team.educator), plan, family.guardians[0].name, language=language))
	title, *words = SERVICES[language]
	for service in two_services:
		assert service[title] in text
	for word in (*words, WORKER):
		assert word in text
	assert "Aamuun rauhallinen alku" not in text  # a goal: not part of the list of services


# In points. The layout rounds.
ROUNDED = 0.5


def sticking_out(monkeypatch, ask) -> list[str]:
	"""Return the texts that leave the paper's margins, or their cells, in the PDF for which `ask` asks."""
	made = []
	write = weasyprint.HTML.write_pdf
	monkeypatch.setattr(
		weasyprint.HTML, "write_pdf", lambda html, **options: made.append(html) or write(html, **options)
	)
	assert ask().status_code == 200
	found = []
	for page in made[0].render(stylesheets=[weasyprint.CSS(string=PAGE)]).pages:
		paper = page._page_box
		edge = paper.content_box_x() + paper.width
		for cell in (box for box in paper.descendants() if isinstance(box, TableCellBox)):
			inside = min(edge, cell.position_x + cell.border_width())
			texts = [box for box in cell.descendants() if isinstance(box, TextBox)]
			found += [box.text for box in texts if box.position_x + box.width > inside + ROUNDED]
			if cell.position_x + cell.border_width() > edge + ROUNDED:
				found.append(f"the cell of {' '.join(box.text for box in texts)}")
	return found


@pytest.mark.parametrize("language", SERVICES)
def test_no_column_leaves_the_paper(api, team, family, two_services, language, monkeypatch):  # noqa: PLR0913, PLR0917 fixtures
	"""All six of them, with an address that is longer than any column."""
	name = two_services[0].name
	worker = "tuula-elisabet.terapeutti-toimintalinja@toimintaterapia.puro.example"
	confirm(team, {name: {"answer": "In Use", "worker": f"{worker}.org", "permission": "Yes"}})
	plan = confirm(team, {name: {"answer": "In Use", "worker": worker, "permission": "Yes"}})
	client, guardian = api(team.educator), family.guardians[0].name
	asked = lambda: print_it(client, plan, guardian, language=language)  # noqa: E731
	assert len(page_table(plan, family, team).columns) == 6
	assert sticking_out(monkeypatch, asked) == []


def page_table(plan, family, team):
	return next(part.table for part in page_of(plan, family, team).parts if part.table)


def test_the_answer_of_this_time_stands_beside_that_of_last_time(api, team, family, plan, two_services):
	table = page_table(plan, family, team)
	row = next(row for row in table.rows if row[0] == two_services[0].title_en)
	assert dict(zip(table.columns, row, strict=True)) == {
		"Service": two_services[0].title_en,
		"Now": "In Use",
		"Last time": "Wanted",
		"Responsible worker": WORKER,
		"Permission to co-operate": "Yes",
		"Permission last time": "No",
	}


def test_a_permission_that_was_taken_back_is_said(team, family, plan, two_services):
	"""By whom and when (domain.md §9.4)."""
	with make.acting(team.educator):
		stored = frappe.get_doc(plan.doctype, plan.name)
		row = next(row for row in stored.services if row.service == two_services[0].name)
		row.permission_withdrawn_by = family.guardians[0].full_name
		stored.save()
	table = page_table(stored, family, team)
	said = {row[0]: row[table.columns.index("Permission to co-operate")] for row in table.rows}
	assert said[two_services[0].title_en].startswith("Taken back on ")
	assert said[two_services[0].title_en].endswith(f"by {family.guardians[0].full_name}")


def page_of(doc, family, team):
	with make.acting(team.educator):
		return guardian_print.page_of(doc, reader_of(family, family.guardians[0].name, "en"))


def test_a_family_that_does_not_answer(api, team, family):
	plan = make.child_plan_in("Discussed", team)
	values = {**make.confirm_values(plan), "services_declined": 1}
	values["services"] = [{**row, "answer": None} for row in values["services"]]
	plan = make.move(plan, "Confirm the plan", team.educator, **values)
	text = text_of(print_it(api(team.educator), plan, family.guardians[0].name, language="en"))
	assert "The guardians did not wish to answer." in text


def test_a_plan_that_was_replaced_says_so_first(api, team, family):
	plan = make.child_plan_in("Superseded", team)
	text = text_of(print_it(api(team.educator), plan, family.guardians[0].name, language="en"))
	assert "A newer plan has taken the place of this one" in text
	assert "Next review" not in text


def test_markup_is_shown_as_it_was_written(api, team, family, meeting):
	# Past the rule that refuses markup in texts: such as it may have been stored before.
	markup = "<b>1 < 2</b> <img src='x:y'>"
	frappe.db.set_value("Network Meeting", meeting.name, "shared_goal", markup)
	# In one line, and in the lines of a cell.
	action = meeting.actions[0].name
	frappe.db.set_value("Network Action", action, {"responsible": markup, "what": f"{markup}\n<i>2 > 1</i>"})
	text = text_of(print_it(api(team.educator), meeting, family.guardians[0].name))
	assert squeezed(text).count(squeezed(markup)) == 3
	assert "<i>2 > 1</i>" in text


# The plan of a client (domain.md §3, 746-752) ----------------------------------------------------------------------------


@pytest.fixture
def support_plan(team, family):
	"""A plan that was agreed on, of a child of its own, whose guardians are the same."""
	own = team._replace(child=factories.make_child(unit=team.unit, family=family.name))
	return make.support_plan_in("Agreed", own)


CLIENTS_PLAN = {
	"fi": ("Asiakassuunnitelma", "Lapsen näkemys", "Mihin tähdätään", "Askeleet", "Seuraava arviointi"),
	"sv": ("Klientplan", "Barnets synpunkt", "Vad man strävar efter", "Steg", "Nästa utvärdering"),
	"en": ("The client's support plan", "The child's view", "What is aimed at", "Steps", "Next review"),
}


@pytest.mark.parametrize("language", CLIENTS_PLAN)
def test_the_plan_of_a_client(api, team, family, support_plan, language):
	"""The client has the plan, too (domain.md §3, 746-751)."""
	answer = print_it(api(team.counsellor), support_plan, family.guardians[0].name, language=language)
	text, pdf = text_of(answer), pdf_of(answer)
	for word in CLIENTS_PLAN[language]:
		assert word in text
	for other in CLIENTS_PLAN.keys() - {language}:
		assert CLIENTS_PLAN[other][1] not in text
	values = make.plan_values()
	for field in ("child_view", "parents_view", "worker_view", "situation", "resources", "network"):
		assert values[field] in text
	for said in ("Ruutu kiinni klo 18", "Iltasatu", "Isä", DAY[language].format(support_plan.next_review_on)):
		assert said in text
	assert pdf.trailer["/Root"]["/Lang"] == language
	assert "/StructTreeRoot" in pdf.trailer["/Root"]


@pytest.mark.parametrize("language", CLIENTS_PLAN)
def test_it_is_the_social_services_that_speak(api, team, family, support_plan, language):
	text = text_of(print_it(api(team.counsellor), support_plan, family.guardians[0].name, language=language))

	def notice(field: str) -> str:
		return frappe.db.get_single_value(guardian_print.SETTINGS, field.format(language))

	assert notice(guardian_print.SOCIAL_NOTICE) in text
	assert notice(guardian_print.NOTICE) not in text
	assert frappe.db.get_value("Register Controller", make.county(), "title") in text
	assert frappe.db.get_value("Day Care Unit", support_plan.unit, "title") not in text


def test_only_the_version_that_was_agreed_on_is_printed(api, team, family, support_plan):
	client, guardian = api(team.counsellor), family.guardians[0].name
	draft = make.make_support_plan(
		team, client_relationship=make.relationship_in("Active", team).name, child_view="Kesken"
	)
	assert print_it(client, draft, guardian).json["exc_type"] == "PrintRefused"
	review = make.make_plan_review(team, support_plan)
	# Still that which was agreed on.
	assert support_plan.worker_view in text_of(print_it(client, support_plan, guardian))
	make.move(review, "Record the review", team.counsellor, **make.review_values(review))
	with make.acting(team.counsellor):
		plan = frappe.get_doc("Support Plan", support_plan.name)
		plan.worker_view = "Kesken oleva ajatus"
		plan.save()
		assert plan.run_method("onload") is None
		assert plan.get_onload("printable") is False
	assert print_it(client, plan, guardian).json["exc_type"] == "PrintRefused"
	plan = make.move(plan, "Agree on the new version", team.counsellor)
	text = text_of(print_it(client, plan, guardian, language="en"))
	assert "Kesken oleva ajatus" in text
	assert "Version2" in text
	make.move(plan, "End the plan", team.counsellor, ended_reason="Perhe muuttaa.")
	text = text_of(print_it(client, plan, guardian, language="en"))
	assert "This plan has ended on" in text
	assert "looked at together again" not in text


def test_the_unit_prints_no_plan_of_a_client(api, team, other, family, support_plan):
	people = outsiders(team, other) | {
		"educator": team.educator,
		"special educator": team.special_educator,
		"director": team.director,
		"another counsellor": other.counsellor,
	}
	del people["counsellor without grant"]
	for who, user in people.items():
		answer = print_it(api(user), support_plan, family.guardians[0].name)
		assert answer.status_code in (401, 403), who
		query = {"doctype": support_plan.doctype, "name": support_plan.name, "format": "Asiakassuunnitelma"}
		assert "es-data" not in api(user).get("/printview", query_string=query).text, who
	assert log_rows(support_plan)
	assert all(row.refused for row in log_rows(support_plan))


def test_a_print_of_a_clients_plan_is_in_the_log(api, team, family, support_plan):
	print_it(api(team.counsellor), support_plan, family.guardians[0].name)
	assert [(row.user, row.channel, row.refused) for row in log_rows(support_plan)] == [
		(team.counsellor, "Print", 0)
	]


def test_it_tells_another_guardian_no_whereabouts(api, team, hidden, support_plan):
	client = api(team.counsellor)
	text = text_of(print_it(client, support_plan, hidden.guardians[1].name, language="fi"))
	told = [make.plan_values()["network"], frappe.db.get_value("Register Controller", make.county(), "title")]
	assert [words for words in (*told, *whereabouts(support_plan)[:2]) if words in text] == []
	assert "Sosiaalipalvelut" in text
	own = text_of(print_it(client, support_plan, hidden.guardians[0].name))
	assert all(words in own for words in told)


# Where a guardian lives is not told to another (domain.md §9.9) --------------------------------------------------------


@pytest.fixture
def hidden(family, api, team):
	"""The first guardian is under non-disclosure for safety."""
	family.guardians[0].update(
		{"non_disclosure": 1, "phone": "+358 44 1112223", "email": "maija@example.test"}
	)
	return family.save()


def whereabouts(doc) -> list[str]:
	return [
		frappe.db.get_value("Register Controller", doc.controller, "title"),
		frappe.db.get_value("Day Care Unit", doc.unit, "title"),
		PLACE,
		PHONE,
		ORGANISATION,
		WORKER,
		"+358 44 1112223",
		"maija@example.test",
	]


@pytest.mark.parametrize("which", ["meeting", "plan"])
def test_the_other_guardian_is_told_no_whereabouts(request, api, team, which, hidden):
	doc = request.getfixturevalue(which)
	client = api(team.educator)
	offered = client.get(f"{DOOR}guardians", query_string={"doctype": doc.doctype, "name": doc.name}).json
	assert [row["withholds"] for row in offered["message"]] == [False, True]
	for language in AGREED:
		text = text_of(print_it(client, doc, hidden.guardians[1].name, language=language))
		assert [told for told in whereabouts(doc) if told in text] == []
		assert doc.child_name in text
	own = text_of(print_it(client, doc, hidden.guardians[0].name))
	assert whereabouts(doc)[0] in own
	assert whereabouts(doc)[1] in own
	assert "+358 44 1112223" not in own
	assert "maija@example.test" not in own


@pytest.mark.parametrize("which", ["meeting", "plan"])
def test_frappes_own_page_tells_no_whereabouts_either(request, api, team, which, hidden):
	doc = request.getfixturevalue(which)
	query = {"doctype": doc.doctype, "name": doc.name, "format": FORMS[doc.doctype][0], "no_letterhead": 1}
	page = api(team.educator).get("/printview", query_string=query)
	assert page.status_code == 200
	assert doc.child_name in page.text
	assert "es-data" in page.text
	assert [told for told in whereabouts(doc) if told in page.text] == []


def test_no_name_of_another_family_is_in_it(api, team, family, meeting, plan):
	stranger = make.make_team(unit=team.unit)
	names = [frappe.db.get_value("Child", stranger.child, "full_name")]
	names += [
		row.full_name
		for row in frappe.get_doc("Family", frappe.db.get_value("Child", stranger.child, "family")).guardians
	]
	for doc in (meeting, plan):
		text = text_of(print_it(api(team.educator), doc, family.guardians[0].name))
		assert not any(name in text for name in names)


# What is not agreed on is not printed ----------------------------------------------------------------------------------

NOT_READY = [
	("Network Meeting", "Draft"),
	("Network Meeting", "Declined"),
	("Network Meeting", "Withdrawn"),
	("Child Plan", "Draft"),
	("Child Plan", "Guardian Form Received"),
	("Child Plan", "Discussed"),
	("Child Plan", "Discontinued"),
]
MAKE = {"Network Meeting": make.network_meeting_in, "Child Plan": make.child_plan_in}


@pytest.mark.parametrize(("doctype", "state"), NOT_READY)
def test_what_is_not_agreed_on_is_refused(api, team, family, doctype, state):
	doc = MAKE[doctype](state, team)
	client = api(team.educator)
	for answer in (
		print_it(client, doc, family.guardians[0].name),
		client.get(f"{DOOR}guardians", query_string={"doctype": doctype, "name": doc.name}),
	):
		assert answer.status_code == 417
		assert answer.json["exc_type"] == "PrintRefused"
	query = {"doctype": doctype, "name": doc.name, "format": FORMS[doctype][0]}
	page = client.get("/printview", query_string=query)
	assert page.status_code != 200 or "es-data" not in page.text
	form = client.get(
		"/api/method/frappe.desk.form.load.getdoc", query_string={"doctype": doctype, "name": doc.name}
	).json
	assert form["docs"][0]["__onload"]["printable"] is False


@pytest.mark.parametrize("doctype", ["Concern", "Family", "Support Period", "User"])
def test_other_forms_are_not_printed_for_guardians(api, team, family, doctype):
	name = {"Concern": make.make_concern(team).name, "Family": family.name}.get(doctype, "x")
	query = {"doctype": doctype, "name": name, "guardian": family.guardians[0].name}
	for method in ("download", "guardians"):
		answer = api(team.educator).get(f"{DOOR}{method}", query_string=query)
		assert answer.json["exc_type"] == "PrintRefused"


def test_bad_input(api, team, other, family, meeting):
	stranger = frappe.get_doc("Family", frappe.db.get_value("Child", other.child, "family")).guardians[0].name
	client = api(team.educator)
	for guardian, options in (
		("", {}),
		("x", {}),
		(stranger, {}),
		(family.guardians[0].name, {"language": "xx"}),
		(family.guardians[0].name, {"language": "../fi"}),
	):
		answer = print_it(client, meeting, guardian, **options)
		assert answer.json["exc_type"] == "PrintRefused", (guardian, options)
	assert client.post(
		f"{DOOR}download", data={"doctype": meeting.doctype, "name": meeting.name, "guardian": "x"}
	).status_code in (403, 405)


# Who may print ---------------------------------------------------------------------------------------------------------


def test_the_staff_of_the_unit_print(api, team, family, meeting, plan):
	for user in (team.educator, team.special_educator, team.director):
		for doc in (meeting, plan):
			assert pdf_of(print_it(api(user), doc, family.guardians[0].name)).pages


def outsiders(team, other):
	area = frappe.db.get_value("Day Care Unit", team.unit, "service_area")
	controller = frappe.db.get_value("Day Care Unit", team.unit, "controller")
	return {
		"other unit": other.educator,
		"other director": other.director,
		"counsellor without grant": team.counsellor,
		"area director": factories.make_staff("Area Director", area=area),
		"social worker": factories.make_staff("Social Worker", controller=make.county()),
		"privacy officer": factories.make_staff("Privacy Officer", controller=controller),
		"form administrator": factories.make_user("Form Administrator"),
		"system manager": factories.make_user("System Manager"),
		"former staff": factories.make_staff("Early Educator", team.unit, to_date=factories.days(-1)),
		"guest": None,
	}


def test_nobody_else_prints(api, team, other, family, meeting, plan):  # noqa: PLR0913, PLR0917 fixtures
	for who, user in outsiders(team, other).items():
		for doc in (meeting, plan):
			for options in ({}, {"key": "x"}):
				answer = print_it(api(user), doc, family.guardians[0].name, **options)
				assert answer.status_code in (401, 403), (who, doc.doctype, answer.status_code)
				assert b"%PDF" not in answer.data
				query = {"doctype": doc.doctype, "name": doc.name}
				answer = api(user).get(f"{DOOR}guardians", query_string=query | options)
				assert answer.status_code in (401, 403), (who, doc.doctype)
				assert "Maija" not in answer.text


def test_frappes_own_doors_stay_closed_with_the_formats_too(api, team, other, family, meeting):
	query = {"doctype": meeting.doctype, "name": meeting.name, "format": FORMS[meeting.doctype][0]}
	for who, user in outsiders(team, other).items():
		for path in ("/printview", "/api/method/frappe.utils.print_format.download_pdf"):
			answer = api(user).get(path, query_string=query | {"key": "x"})
			assert answer.status_code in (401, 403, 404), (who, path, answer.status_code)
			assert "Aamut sujuvat" not in answer.text


def test_the_counsellor_of_an_agreed_period_prints_what_is_open_to_him(api, team, family, meeting, plan):
	make.period_in("Agreed", team)
	client = api(team.counsellor)
	assert "Sovitut asiat" in text_of(print_it(client, meeting, family.guardians[0].name))
	assert print_it(client, plan, family.guardians[0].name).status_code == 403


def test_whoever_broke_the_glass_reads_and_does_not_print(api, team, other, family, meeting):
	child = frappe.get_doc("Child", team.child)
	with make.acting(other.educator):
		break_glass.open_family(
			last_name=child.last_name,
			first_name=child.first_names.split()[0],
			birth_date=str(child.birth_date),
			reason="Lapsi löytyi yksin pihalta, huoltajia ei tavoiteta.",
		)
	client = api(other.educator)
	assert client.get(f"/api/resource/Network Meeting/{meeting.name}").status_code == 200
	assert print_it(client, meeting, family.guardians[0].name).status_code == 403
	query = {"doctype": meeting.doctype, "name": meeting.name, "format": FORMS[meeting.doctype][0]}
	assert "es-data" not in client.get("/printview", query_string=query).text


# The read log ----------------------------------------------------------------------------------------------------------


def log_rows(doc) -> list[dict]:
	return frappe.db.sql(
		"""select user, channel, refused, detail from `tabCase Access Log`
		where document_name = %s and detail like '%%prints.door%%' order by creation, name""",
		doc.name,
		as_dict=True,
	)


def test_each_print_is_in_the_log_as_a_print(api, team, other, family, meeting, plan):  # noqa: PLR0913, PLR0917 fixtures
	for doc in (meeting, plan):
		print_it(api(team.educator), doc, family.guardians[0].name)
		print_it(api(other.educator), doc, family.guardians[0].name)
		assert sorted((row.user, row.channel, row.refused) for row in log_rows(doc)) == sorted(
			[(team.educator, "Print", 0), (other.educator, "Print", 1)]
		)


def test_to_ask_for_whom_is_no_print(api, team, family, meeting):
	api(team.educator).get(
		f"{DOOR}guardians", query_string={"doctype": meeting.doctype, "name": meeting.name}
	)
	assert [row.channel for row in log_rows(meeting)] == ["Form"]


# The PDF ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", AGREED)
def test_a_screen_reader_can_read_it(api, team, family, meeting, language):
	answer = print_it(api(team.educator), meeting, family.guardians[0].name, language=language)
	pdf = pdf_of(answer)
	root = pdf.trailer["/Root"]
	assert pdf.metadata.title == AGREED[language][0]
	assert root["/Lang"] == language
	assert root["/MarkInfo"]["/Marked"]
	assert "/StructTreeRoot" in root
	assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [595, 842]
	# The list of downloads, and the PDF itself, name no person.
	assert meeting.child_name.split()[0] not in answer.headers["Content-Disposition"]
	assert meeting.child_name not in str(pdf.metadata)


def test_long_content_goes_over_several_pages(api, team, family):
	what = "Harjoitellaan pukemista rauhassa ennen ulos lähtöä, ja kerrotaan kotona, miten se sujui. " * 3
	rows = [
		{"what": f"{number}. {what}", "responsible": "Oona Opettaja", "due_on": factories.days(14)}
		for number in range(40)
	]
	meeting = make.network_meeting_in("Agreed", team, actions=rows)
	pages = texts_of(print_it(api(team.educator), meeting, family.guardians[0].name))
	assert len(pages) > 3
	for number, text in enumerate(pages, 1):
		assert f"Sivu {number} / {len(pages)}" in text
		assert meeting.child_name in text
	with_rows = [text for text in pages if "Harjoitellaan" in text]
	assert all("Mihin mennessä" in text for text in with_rows)
	assert all(any(f"{number}. Harjoitellaan" in text for text in pages) for number in range(40))


def test_words_of_the_administrators(api, team, family, meeting):
	frappe.db.set_single_value("Early Support Settings", "print_notice_fi", "Kysykää tietosuojavastaavalta.")
	text = text_of(print_it(api(team.educator), meeting, family.guardians[0].name))
	assert "Kysykää tietosuojavastaavalta." in text


@pytest.mark.parametrize(
	("patch", "notice"),
	[
		(add_prints, guardian_print.NOTICE),
		(add_prints_of_support_plans, guardian_print.SOCIAL_NOTICE),
	],
)
def test_a_site_that_was_made_before_gets_the_words(site, patch, notice):
	finnish, swedish = notice.format("fi"), notice.format("sv")
	shipped = frappe.db.get_single_value(guardian_print.SETTINGS, swedish)
	frappe.db.set_single_value(guardian_print.SETTINGS, swedish, "")
	frappe.db.set_single_value(guardian_print.SETTINGS, finnish, "Oma teksti.")
	for _time in range(2):
		patch.execute()
	assert frappe.db.get_single_value(guardian_print.SETTINGS, swedish) == shipped != ""
	assert frappe.db.get_single_value(guardian_print.SETTINGS, finnish) == "Oma teksti."


def test_a_server_without_pango_says_so(monkeypatch, team, family, meeting):
	real = builtins.__import__

	def without(name, *args, **options):
		if name == "weasyprint":
			raise OSError("cannot load library 'pango-1.0-0'")
		return real(name, *args, **options)

	monkeypatch.setattr(builtins, "__import__", without)
	with make.acting(team.educator), pytest.raises(PrintRefused, match="Pango"):
		door.download(meeting.doctype, meeting.name, family.guardians[0].name)
