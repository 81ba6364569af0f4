"""What goes wrong, told in Finnish to whoever asked: what it is, and what to do about it. Each is brought about, not made up."""

import datetime
import re
from contextlib import contextmanager
from pathlib import Path

import frappe
import pytest

from early_support.exceptions import ExportRefused
from early_support.export import build, files, keys, schedule_core, texts
from early_support.export.faults import Fault, Refused
from early_support.prints.reader import speaking
from early_support.tests import export_factories, factories
from early_support.tests.case_factories import acting
from early_support.tests.factories import CONTROLLER, row_of

PERIOD = "2025-04"
FIGURES, ROWS = "kuukausitilasto-1", "tapahtumat-1"


@pytest.fixture(autouse=True)
def municipality(site, monkeypatch, tmp_path):
	export_factories.settle(monkeypatch, tmp_path)


@pytest.fixture
def officer() -> str:
	return factories.make_staff("Reporting Officer", controller=CONTROLLER, language="fi")


@pytest.fixture
def unit() -> str:
	"""A unit with a month of visits."""
	name = factories.make_unit(code="VIKA-A", title="Vikala", unit_oid="1.2.246.562.10.7")
	for number in range(8):
		visit_of(name, number)
	return name


def visit_of(unit: str, number: int, **values):
	child = f"VIKA{number:05d}"
	if not frappe.db.exists("Child", child):
		row = {"doctype": "Child", "name": child, "unit": unit, "birth_date": "2021-01-15"}
		frappe.get_doc(row).db_insert()
	defaults = {"workflow_state": "Held", "visit_date": "2025-04-10", "number": 1, "child": child}
	return row_of("Visit", unit, **{**defaults, "support_period": f"VIKA{number}", **values})


@contextmanager
def in_finnish(officer: str):
	with acting(officer), speaking("fi"):
		yield


def ask(officer: str, profile: str = FIGURES, period: str = PERIOD, **values):
	with in_finnish(officer):
		asked = {"profile": profile, "controller": CONTROLLER, "period": period, **values}
		return frappe.get_doc({"doctype": build.RUN, **asked}).insert()


def failed(officer: str, profile: str = FIGURES) -> str:
	"""Let a run be built, and return what it says has gone wrong; nothing is left of its files."""
	run = ask(officer, profile)
	build.build(run.name)
	run.reload()
	assert run.workflow_state == "Failed"
	assert not build.folder_of(run.name).exists()
	return run.failure


def refused(officer: str, *args, **values) -> str:
	"""Ask for a run that is refused at once, and return what is said."""
	with pytest.raises((ExportRefused, frappe.PermissionError)) as caught:
		ask(officer, *args, **values)
	return str(caught.value)


# Each says what is wrong, and what to do -----------------------------------------------------------------------------


def unmapped(officer, _monkeypatch):
	frappe.db.delete("Code Map Row", {"parent": "toimintamuodot", "local_code": "tm01"})
	return failed(officer, ROWS)


def missing(officer, _monkeypatch):
	frappe.db.set_value("Report Profile Column", {"parent": ROWS, "key": "lahde"}, "required", 1)
	return failed(officer, ROWS)


def missing_in_figures(officer, _monkeypatch):
	frappe.db.set_value("Report Profile Column", {"parent": FIGURES, "key": "kesto_ka_pv"}, "required", 1)
	return failed(officer)


def in_the_future(officer, _monkeypatch):
	return refused(officer, period="2999-04")


def no_period(officer, _monkeypatch):
	return refused(officer, period="huhtikuu")


def two_at_once(officer, _monkeypatch):
	ask(officer)
	return refused(officer)


def twice(officer, _monkeypatch):
	frappe.db.set_value(build.RUN, ask(officer).name, "workflow_state", "Sent")
	return refused(officer)


def another_zone(officer, monkeypatch):
	monkeypatch.setattr(frappe.utils, "get_system_timezone", lambda: "Asia/Kolkata")
	return failed(officer)


def another_register(officer, _monkeypatch):
	columns = [{"key": "kuukausi", "source": "day", "transform": "Month"}]
	values = {"profile_code": "vieras", "title": "Vieras", "level": "Rows", "columns": columns}
	profile = frappe.get_doc(
		{"doctype": "Report Profile", "controller": factories.make_controller(), **values}
	)
	with in_finnish(officer), pytest.raises(frappe.PermissionError) as caught:
		profile.insert()
	return str(caught.value)


def no_key(officer, monkeypatch):
	monkeypatch.setitem(frappe.local.conf, keys.KEYS, {})
	return failed(officer, ROWS)


def weak_key(officer, monkeypatch):
	monkeypatch.setitem(frappe.local.conf, keys.KEYS, {CONTROLLER: {"3": "abc"}})
	return failed(officer, ROWS)


def no_field(officer, _monkeypatch):
	run = ask(officer, ROWS)
	frappe.db.set_value("Report Profile Column", {"parent": ROWS, "key": "lahde"}, "source", "custom_gone")
	said = refused(officer, ROWS, "2025-03")
	build.build(run.name)
	run.reload()
	# Also of a run that was waiting.
	assert run.failure == said
	return said


def no_transform(officer, _monkeypatch):
	frappe.db.set_value("Report Profile Column", {"parent": ROWS, "key": "lahde"}, "transform", "Month")
	return refused(officer, ROWS)


def killed(officer, _monkeypatch):
	run = ask(officer)
	frappe.db.set_value(build.RUN, run.name, "attempts", schedule_core.MOST_BUILDS)
	build.build(run.name)
	return frappe.db.get_value(build.RUN, run.name, "failure")


def not_taken(_officer, _monkeypatch):
	refusal = Refused(
		Fault.NOT_ACCEPTED, host="kunta.example", file="x.csv", code=422, said="Otsikko puuttuu"
	)
	with speaking("fi"):
		return texts.text_of(refusal)


SAID = (
	(
		unmapped,
		r"Koodistossa toimintamuodot ei ole koodia arvolle ”tm01” päivänä 10.04.2025.",
		"Lisää siihen rivi tai nimeä",
	),
	(
		missing,
		r"Sarake lahde on pakollinen, mutta arvo puuttuu: Käynti pidetty, 2025-04, Vikala\.",
		"Täydennä nämä kirjaukset",
	),
	(
		missing_in_figures,
		r"kesto_ka_pv on pakollinen, mutta arvo puuttuu: Käynti pidetty, 2025-04",
		"salli sarakkeen olla tyhjä",
	),
	(in_the_future, r"Jakso 2999-04 ei ole vielä päättynyt.", "voi raportoida 01.05.2999 alkaen"),
	(no_period, r"”huhtikuu” ei ole tämän profiilin jakso.", r"Kirjoita se näin: \d{4}-\d\d"),
	(two_at_once, r"Tämän jakson ajo \w{9} on kesken.", "Vie se loppuun tai hylkää se ensin"),
	(twice, r"Tämä jakso on toimitettu ajolla \w{9}.", "Merkitse se kohtaan ”Korjaa ajon”"),
	(
		another_zone,
		r"laskee päivänsä aikavyöhykkeellä Asia/Kolkata.",
		"Pyydä järjestelmänvalvojaa asettamaan .* Europe/Helsinki",
	),
	(
		another_register,
		r"Raportoit toisen rekisterinpitäjän puolesta.",
		"Pyydä tätä joltakulta, joka raportoi",
	),
	(
		no_key,
		f"Rekisterinpitäjällä {CONTROLLER} ei ole salanimien avainta.",
		"Pyydä palvelimen ylläpitäjää ajamaan: bench",
	),
	(weak_key, r"salanimien avainta 3 ei voi käyttää.", "Pyydä palvelimen ylläpitäjää tekemään uusi"),
	(
		no_field,
		r"Sarake lahde täytetään kentästä ”custom_gone”, jota ei enää ole.",
		"Tee profiilista uusi versio",
	),
	(no_transform, r"Sarakkeen lahde muunnos ei sovi sen kentälle.", "Valitse sarakkeen rivillä toinen"),
	(
		killed,
		r"Taustatyö keskeytyi \d+ kertaa tätä ajoa koottaessa.",
		"Kysy palvelimen ylläpidolta.*pyydä ajoa sitten uudelleen",
	),
	(
		not_taken,
		r"kunta.example ei ota tiedostoa x.csv vastaan \(422\)",
		"Kysy vastaanottavan järjestelmän ylläpitäjältä",
	),
)


@pytest.mark.parametrize(("brought_about", "what", "advice"), SAID, ids=[row[0].__name__ for row in SAID])
def test_it_says_what_is_wrong_and_what_to_do(  # noqa: PLR0913, PLR0917 what the case is
	officer, unit, monkeypatch, brought_about, what, advice
):
	said = brought_about(officer, monkeypatch)
	assert re.search(what, said), said
	assert re.search(advice, said[re.search(what, said).end() :]), said
	assert not re.search(r"\b(the|is|not|Ask|run)\b", said.replace("bench --site SITE", "")), said


# Where a required value is missing ---------------------------------------------------------------------------------


def test_it_is_told_where_a_required_value_is_missing(officer, unit):
	"""Whoever completes the records finds them; whoever reports learns of no figure under the threshold, and no number."""
	frappe.db.set_value("Report Profile Column", {"parent": ROWS, "key": "ikaryhma"}, "required", 1)
	others = {
		letter: factories.make_unit(code=f"VIKA-{letter}", title=f"Talo {letter}") for letter in "BCDEFGH"
	}

	def without_age(letter: str, children: int, visits: int = 1) -> None:
		for number in range(children * visits):
			child, period = f"KETÄEIOLE{letter}{number // visits}", f"P{letter}{number}"
			visit_of(others[letter], 0, child=child, support_period=period, visit_date="2025-04-30")

	for children, letter in enumerate("BCDE", 1):
		without_age(letter, children)
	without_age("H", 1, visits=9)
	assert "arvo puuttuu: sieltä täältä, liian harvoista kirjauksista kerrottavaksi." in failed(officer, ROWS)
	without_age("G", 6)
	without_age("F", 5)
	told = "Käynti pidetty, 2025-04, Talo F; Käynti pidetty, 2025-04, Talo G; ja muualla."
	assert f"arvo puuttuu: {told}" in failed(officer, ROWS)


# A full disk -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["CSV", "XLSX", "JSON Lines", "Parquet"])
@pytest.mark.parametrize("profile", [FIGURES, ROWS])
def test_a_disk_that_is_full(officer, unit, monkeypatch, tmp_path, profile, file_format):  # noqa: PLR0913, PLR0917
	"""The device that is always full takes the place of the file."""
	frappe.db.set_value("Report Profile", profile, "file_format", file_format)
	whole = files.whole

	@contextmanager
	def on_a_full_disk(path: Path):
		with whole(path) as part:
			part.symlink_to("/dev/full")
			yield part

	monkeypatch.setattr(files, "whole", on_a_full_disk)
	said = failed(officer, profile)
	assert said == "Tiedostoja ei voitu kirjoittaa: levy on täynnä. Vapauta levytilaa ja pyydä ajo uudelleen."


# A unit that moved -------------------------------------------------------------------------------------------------


def test_a_unit_that_moved_is_told_of(officer, unit):
	today = datetime.date(2025, 4, 20)
	area = factories.make_area(title="Uusi alue")
	with factories.as_administrator():
		doc = frappe.get_doc("Day Care Unit", unit)
		doc.update({"service_area": area, "unit_oid": "1.2.246.562.10.8"})
		# Versions are not kept in tests unless they are asked for.
		doc.save(ignore_permissions=True, ignore_version=False)
	version = frappe.get_last_doc("Version", {"ref_doctype": "Day Care Unit", "docname": unit})
	frappe.db.set_value("Version", version.name, "creation", f"{today} 12:00:00", update_modified=False)

	def noted(profile: str, **when) -> str | None:
		if when:
			frappe.db.set_value("Version", version.name, "creation", when["on"], update_modified=False)
		run = ask(officer, profile)
		build.build(run.name)
		run.reload()
		assert run.workflow_state == "Built", run.failure
		frappe.db.set_value(build.RUN, run.name, "workflow_state", "Failed")
		return run.notes

	for profile in (FIGURES, ROWS):
		said = noted(profile)
		assert said.startswith("Yksikön Vikala tietoja on muutettu 20.04.2025"), said
		assert "Kaikki jakson rivit" in said
	# Before the period it was what it is.
	assert not noted(FIGURES, on="2025-03-31 12:00:00")
	# Another field is nothing that a file tells.
	frappe.db.set_value("Version", version.name, "data", '{"changed": [["phone", "1", "2"]]}')
	assert not noted(ROWS, on="2025-04-20 12:00:00")
