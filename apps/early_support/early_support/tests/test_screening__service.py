"""A consultation that names somebody is refused on every channel, tells what to take out, and leaves no trace."""

import json
import time
from pathlib import Path

import frappe
import pytest

from early_support.exceptions import GuardNotMet, PersonInText
from early_support.screening import service
from early_support.tests import case_factories as cases
from early_support.tests import factories

CLEAN = "Miten tuemme lasta, joka ei nuku päiväunia?"


@pytest.fixture
def team(site):
	family = factories.make_family(
		family_name="Kuusela",
		guardians=[
			{"full_name": "Liisa-Maria Kuusela", "relation": "äiti"},
			{"full_name": "Yusuf Warsame", "relation": "isä"},
		],
	)
	return cases.make_team(family=family, first_names="Aamos Eemeli", last_name="Kuusela-Warsame")


def ask(team, **values):
	return cases.make_consultation(team, **values)


def messages() -> str:
	"""Everything that the answer of this request tells the user."""
	return " ".join(
		(json.loads(entry) if isinstance(entry, str) else entry)["message"]
		for entry in frappe.local.message_log
	)


@pytest.mark.parametrize(
	"text",
	[
		"Aamos ei nuku.",
		"Miten autan Aamosta?",
		"Miten autan Eemeliä?",
		"Kuuselan perhe on väsynyt.",
		"Warsameilla on vaikeaa.",
		"Liisa-Marian mielestä kaikki on hyvin.",
		"Puhuimme Yusufin kanssa.",
		"Hetu on 131052-308T.",
		"Soita 040 123 4567.",
		"Kirjoita etunimi.sukunimi@kunta.fi.",
	],
)
@pytest.mark.parametrize("field", ["question", "call_back_time"])
def test_person_is_refused_in_every_text_of_the_question(team, field, text):
	with pytest.raises(PersonInText):
		ask(team, **{field: text})


def test_person_is_refused_in_the_answer(team):
	consultation = frappe.get_doc("Consultation", cases.consultation_in("Taken", team).name)
	consultation.answer = "Kysy Aamokselta itseltään."
	with cases.acting(team.counsellor), pytest.raises(PersonInText):
		consultation.save()
	assert not frappe.db.get_value("Consultation", consultation.name, "answer")


def test_text_without_person_is_stored_as_it_is(team):
	assert frappe.db.get_value("Consultation", ask(team, question=CLEAN).name, "question") == CLEAN


def test_children_of_another_unit_are_not_compared(team):
	other = factories.make_unit()
	factories.make_child(unit=other, first_names="Tzvetelina", last_name="Dimova")
	assert ask(team, question="Eilen Tzvetelina kertoi unesta.").name
	with pytest.raises(PersonInText):
		service.refuse_texts(other, [("Question", "Eilen Tzvetelina kertoi unesta.")])


def test_child_who_left_long_ago_is_not_compared(team):
	stay = {"unit": team.unit, "last_name": "Dimova", "enrolled_from": factories.days(-900)}
	factories.make_child(first_names="Tzvetelina", left_on=factories.days(-500), **stay)
	factories.make_child(first_names="Borislava", left_on=factories.days(-30), **stay)
	service.refuse_texts(team.unit, [("Question", "Eilen Tzvetelina kertoi unesta.")])
	with pytest.raises(PersonInText):
		service.refuse_texts(team.unit, [("Question", "Eilen Borislava kertoi unesta.")])


def test_message_marks_what_to_take_out_and_keeps_the_rest(team):
	question = "Eilen Aamos <b>itki</b> & huusi, soita 040 123 4567."
	with pytest.raises(PersonInText) as refusal:
		ask(team, question=question)
	told = messages()
	assert told.count("<mark") == 2
	assert ">Aamos</mark>" in told
	assert ">040 123 4567</mark>" in told
	assert "&lt;b&gt;itki&lt;/b&gt; &amp; huusi, soita " in told
	assert "<b>" not in told
	assert frappe.get_meta("Consultation").get_label("question") in told
	assert "Aamos" not in str(refusal.value)


def test_message_escapes_what_looks_like_markup(team):
	with pytest.raises(PersonInText):
		service.refuse_texts(team.unit, [("<i>Label</i>", 'Eilen Aamos sanoi "a < b" & <3.')])
	told = messages()
	assert "&lt;i&gt;Label" in told
	assert "a &lt; b" in told
	assert "&amp; &lt;3" in told


def test_message_names_nobody_whom_the_user_did_not_name(team):
	with pytest.raises(PersonInText):
		ask(team, question="Eilen Aamos itki.")
	for name in ("Eemeli", "Kuusela", "Warsame", "Yusuf", "Liisa"):
		assert name not in messages()


def test_formatting_hides_no_name(team):
	with pytest.raises(PersonInText):
		ask(team, question="Eilen <b>Aa</b>mos itki.")


def test_question_asked_before_is_not_judged_again(team):
	consultation = ask(team, question=CLEAN)
	frappe.db.set_value("Consultation", consultation.name, "question", "Eilen Tzvetelina kertoi unesta.")
	factories.make_child(unit=team.unit, first_names="Tzvetelina", last_name="Dimova")
	taken = cases.move(consultation, "Take", team.counsellor)
	assert taken.workflow_state == "Taken"


def test_too_long_a_text_is_refused(team):
	with pytest.raises(GuardNotMet):
		ask(team, question="apua " * (service.MAX_CHARACTERS // 5 + 1))


def test_administrator_is_refused_too(team):
	with pytest.raises(PersonInText):
		ask(team, user="Administrator", question="Aamos ei nuku.")


# No trace


CANARY = "Zxqvaamos"


def traces() -> list[str]:
	"""Every table of the site that holds the canary anywhere in its texts."""
	columns = frappe.db.sql(
		"""select table_name, column_name from information_schema.columns where table_schema = database()
		and data_type in ('varchar', 'text', 'mediumtext', 'longtext', 'json', 'char')""",
		as_list=True,
	)
	tables: dict[str, list[str]] = {}
	for table, column in columns:
		tables.setdefault(table, []).append(f"`{column}`")
	return [
		table
		for table, names in tables.items()
		if frappe.db.sql(
			f"select 1 from `{table}` where concat_ws(' ', {', '.join(names)}) like %s limit 1", f"%{CANARY}%"
		)
	]


@pytest.fixture
def canary_team(site):
	team = cases.make_team()
	# The canary is found as a name by its shape alone, so that no record has to hold it.
	assert service.core.screen(f"Poika {CANARY} ei nuku.", [])
	return team


@pytest.mark.parametrize("developer_mode", [0, 1])
def test_refused_text_leaves_no_trace(canary_team, api, capfd, developer_mode, monkeypatch):
	monkeypatch.setitem(frappe.local.conf, "developer_mode", developer_mode)
	logs = _log_sizes()
	before = frappe.db.count("Consultation")
	payload = {
		"unit": canary_team.unit,
		"age_band": cases.option("Age Band"),
		"channel": "E-mail",
		"question": f"Poika {CANARY} ei nuku.",
	}
	client = api(canary_team.educator)
	response = client.post("/api/resource/Consultation", json=payload)
	assert response.status_code == 417
	assert CANARY in response.get_data(as_text=True)

	stored = cases.make_consultation(canary_team)
	values = {"question": payload["question"], **cases.version(stored)}
	response = client.put(f"/api/resource/Consultation/{stored.name}", json=values)
	assert response.status_code == 417

	assert frappe.db.count("Consultation") == before + 1
	assert traces() == []
	assert not any(CANARY.encode() in (frappe.cache().get(key) or b"") for key in _string_keys())
	assert CANARY not in "".join(capfd.readouterr())
	assert [path for path in _log_sizes() if CANARY in _grown(path, logs)] == []


def test_canary_would_be_found(canary_team):
	# Not in an Error Log: that table knows no transactions and would keep it.
	frappe.get_doc({"doctype": "ToDo", "description": f"x {CANARY} x"}).insert()
	assert traces() == ["tabToDo"]


def _string_keys() -> list:
	redis = frappe.cache()
	return [key for key in redis.scan_iter(count=1000) if redis.type(key) == b"string"]


def _log_sizes() -> dict[Path, int]:
	folders = (Path("..") / "logs", Path(frappe.local.site) / "logs")
	return {path: path.stat().st_size for folder in folders for path in folder.glob("*.log")}


def _grown(path: Path, before: dict[Path, int]) -> str:
	with path.open(errors="replace") as file:
		file.seek(before.get(path, 0))
		return file.read()


# Cost


def test_names_of_a_large_unit_are_read_in_few_queries(team):
	for number in range(12):
		factories.make_child(unit=team.unit, first_names=f"Nimi{number}", last_name="Suku")
	service.known_names(team.unit)  # what Frappe reads once of each doctype is not counted
	queries = []
	original = frappe.db.sql
	try:
		frappe.db.sql = lambda query, *args, **kwargs: (
			queries.append(query),
			original(query, *args, **kwargs),
		)[1]
		started = time.perf_counter()
		names = service.known_names(team.unit)
		assert time.perf_counter() - started < 1
	finally:
		frappe.db.sql = original
	assert {name.text for name in names} >= {
		"Aamos Eemeli",
		"Kuusela-Warsame",
		"Liisa-Maria",
		"Yusuf",
		"Warsame",
	}
	assert len(queries) <= 2


def test_frappe_takes_no_snapshot_of_a_refusal():
	from frappe.utils.error import EXCLUDE_EXCEPTIONS

	assert issubclass(PersonInText, EXCLUDE_EXCEPTIONS)
	assert issubclass(PersonInText, frappe.ValidationError)
	assert PersonInText.http_status_code == 417
