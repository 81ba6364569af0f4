"""The pure screening: what is found, where, and what is let through."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from early_support.screening import KnownName, screen
from early_support.screening.core import EMAIL, IDENTITY_CODE, INITIALS, NAME, PHONE
from early_support.tests import screening_corpus as corpus

NAMES = [KnownName(first, "first") for first, _last in corpus.PEOPLE] + [
	KnownName(last, "last") for _first, last in corpus.PEOPLE
]
TITLES = ("Koiramäki", "Mansikka-Aho", "Kaislaranta", "Pääskysaari")


def found(text: str, names=(), allowed=()) -> list[tuple[str, str]]:
	return [(finding.kind, finding.text) for finding in screen(text, names, allowed)]


def marked(text: str, *names: str) -> list[str]:
	return [finding.text for finding in screen(text, [KnownName(name) for name in names])]


# The corpus: wrongly refused and missed sentences are counted, and the counts may not grow.


@pytest.mark.parametrize(
	("clean", "wrongly_refused"),
	[
		# "Satu auttaa rauhoittumaan", and a guardian is called Satu.
		(corpus.TUNED_CLEAN, 1),
		# "Toivo paremmasta elää", and a child is called Toivo; the book "Molli ja Maiju".
		(corpus.HELD_OUT_CLEAN, 2),
	],
	ids=["tuned", "held out"],
)
def test_corpus_without_persons(clean, wrongly_refused):
	refused = [text for text in clean if screen(text, NAMES, TITLES)]
	assert len(refused) == wrongly_refused, refused


@pytest.mark.parametrize("naming", [corpus.TUNED_NAMING, corpus.HELD_OUT_NAMING], ids=["tuned", "held out"])
def test_corpus_with_persons(naming):
	missed = []
	for text, words in naming:
		places = [finding.text for finding in screen(text, NAMES, TITLES)]
		missed += [(text, word) for word in words if not any(word in place for place in places)]
	assert missed == []


def test_corpus_is_large_enough_to_say_something():
	assert len(corpus.TUNED_CLEAN) + len(corpus.HELD_OUT_CLEAN) >= 100
	assert len(corpus.TUNED_NAMING) + len(corpus.HELD_OUT_NAMING) >= 120


# Identity codes


@pytest.mark.parametrize(
	"code",
	[
		"131052-308T",
		"131052-308t",
		"131052–308T",
		"131052 - 308 T",
		"13 10 52-308T",
		"131052+308T",
		"131052A308T",
		"131052a308t",
		# Century signs of 2023.
		"131052Y308T",
		"131052B308T",
		"131052F308T",
		# A wrong check character, and a temporary code.
		"131052-308U",
		"131052-900X",
		# No sign, but the check character agrees.
		"131052308T",
	],
)
def test_identity_code_is_found(code):
	text = f"Lapsen tunnus on {code}, ja hän on neljä."
	assert found(text) == [(IDENTITY_CODE, code)]


@pytest.mark.parametrize(
	"text",
	[
		"310252-308Y on mahdoton päivä",
		"tilaus 131052308U",
		"131052-308",
		"x131052-308T9",
		"kauden 2025-2026 alussa",
		"12.10.2026-14.10.2026",
		"25 § 417/2007 ja 703/2023",
	],
)
def test_other_numbers_are_no_identity_codes(text):
	assert [kind for kind, _text in found(text)] == []


# Phone numbers and e-mail addresses


@pytest.mark.parametrize(
	"number",
	[
		"040 123 4567",
		"0401234567",
		"0400-123456",
		"+358 40 123 4567",
		"00358401234567",
		"+358401234567",
		"050 12 34 567",
		"0 5 0 1 2 3 4 5 6 7",
		"03 521 1234",
		"09 310 1691",
		"+46 70 123 45 67",
		"040/1234567",
	],
)
def test_phone_number_is_found(number):
	assert found(f"Soita {number} iltapäivällä.") == [(PHONE, number)]


@pytest.mark.parametrize(
	"text",
	[
		"klo 8.30",
		"klo 08.30-15.30",
		"12.10.2026",
		"05.01.2026 tai 01.10.2026",
		"01.08.2025 01.08.2026",
		"2020-2021",
		"2020–2021",
		"3-4 vuotta",
		"0-3-vuotiaat, 2 4 6 8 10 12 14",
		"112 tai 116 117",
		"vanhempainpuhelin 0800 92277",
		"lapsia 21, 14 ja 7",
		"2026-10-12 ja 2026-11-12",
	],
)
def test_dates_times_and_service_numbers_pass(text):
	assert found(text) == []


@pytest.mark.parametrize(
	"address",
	[
		"etunimi.sukunimi@kunta.fi",
		"Etunimi@kunta.example.fi",
		"etunimi(at)kunta.fi",
		"etunimi [at] kunta.fi",
		"etunimi.sukunimi at kunta.fi",
		"etunimi ät kunta piste fi",
		"etunimi(at)kunta(piste)fi",
	],
)
def test_email_address_is_found(address):
	assert found(f"Kirjoita: {address}") == [(EMAIL, address)]


def test_at_in_prose_is_no_address():
	assert found("Leikki kestää n. 10 min. Kohta a. at ja ät.") == []


# Names


@pytest.mark.parametrize(
	("name", "text"),
	[
		("Aino", "Ainollekin"),
		("Aino", "ainon"),
		("Aino", "AINOLLE"),
		("Korhonen", "Korhosten"),
		("Mäkinen", "Mäkisellä"),
		("Pekka", "Pekalta"),
		("Jukka", "Jukan"),
		("Matti", "Matille"),
		("Elias", "Eliaksen"),
		("Tuomas", "Tuomakselta"),
		("Abdirahman", "Abdirahmaninkin"),
		("Nguyen", "nguyenille"),
		("Sofiia", "Sofiialla"),
		("Yusuf", "Yusufin"),
		("Khadija", "Khadijaan"),
		("Väinö", "Väinöllä"),
		("Väinö", "Vainolla"),
		("Zoë", "zoen"),
		("Nguyễn", "Nguyenin"),
		("Bo", "Bo:n"),
		("Anna", "Annas"),
		("Lindström", "Lindströms"),
		("Anna-Liisa", "Anna-Liisan"),
		("Anna-Liisa", "Liisalta"),
		("Al-Hassan", "Hassanin"),
	],
)
def test_inflected_name_is_found_inside_a_sentence(name, text):
	assert marked(f"Tänään juttelin: eilen kävi {text} pihalla.", name) == [text]


@pytest.mark.parametrize(
	("text", "place"),
	[
		("Eilen A i n o itki.", "A i n o"),
		("Eilen A.i.n.o.n itku", "A.i.n.o.n"),
		("Eilen A\u00adi\u00adno itki.", "A\u00adi\u00adno"),
		("Eilen Ai\u200bno itki.", "Ai\u200bno"),
		("Eilen Ai-\nno itki.", "Ai-\nno"),
		("Eilen Ａｉｎｏ itki.", "Ａｉｎｏ"),
		("Eilen lapsi(Aino)itki.", "Aino"),
		("Eilen Aino-tyttö itki.", "Aino-tyttö"),
		("Eilen _Aino_ itki.", "Aino"),
	],
)
def test_disguised_name_is_found(text, place):
	assert marked(text, "Aino") == [place]


def test_both_forms_of_diacritics_are_the_same_name():
	assert marked("Eilen Va\u0308ino\u0308 itki.", "Väinö") == ["Va\u0308ino\u0308"]
	assert marked("Eilen Väinö itki.", "Va\u0308ino\u0308") == ["Väinö"]


@pytest.mark.parametrize(
	("name", "text", "is_name"),
	[
		("Toivo", "Toivon neuvoa tähän.", False),
		("Toivo", "Toivon äiti on väsynyt.", True),
		("Toivo", "Toivon mielestä leikki loppui.", True),
		("Toivo", "Siinä toivo elää.", False),
		("Toivo", "Siinä Toivo itkee.", True),
		("Lumi", "Lapset leikkivät lumilla, lumi on ihanaa.", False),
		("Lumi", "Lumilla on allergia.", True),
		("Lumi", "Lumen tultua ulkoillaan.", False),
		("Aamu", "Aamulla on vaikeaa.", False),
		("Aamu", "Aamun tulotilanne on vaikea.", False),
		("Aamu", "Esim. Aamu itkee.", True),
		("Pyry", "Pyryllä on vaikeaa.", True),
		("Anna", "Anna vinkkejä.", False),
		("Anna", "Anna itkee.", True),
		("Anna", "Emme anna periksi.", False),
		("Kai", "Kai tämä menee ohi.", False),
		("Onni", "Onneksi apua saa.", False),
		("Onni", "Onnin kanssa on vaikeaa.", True),
		("Isa", "Isä ei vastaa, isän puhelin on kiinni.", False),
		("Säde", "Märkä sade ei haittaa.", False),
		("Veli", "Veli on koulussa.", False),
	],
)
def test_names_that_are_words(name, text, is_name):
	assert bool(marked(text, name)) is is_name


def test_surname_that_is_a_word_needs_a_capital_inside_the_sentence():
	names = [KnownName("Mäki", "last")]
	assert not screen("Mäki on vaarallinen, ja mäen alla on tie.", names)
	assert [finding.text for finding in screen("Puhuin perhe Mäen kanssa.", names)] == ["Mäen"]


def test_two_known_names_side_by_side_need_no_capital():
	names = [KnownName("Helmi"), KnownName("Laine", "last")]
	assert [finding.text for finding in screen("eilen helmi laine itki", names)] == ["helmi", "laine"]
	assert not screen("eilen helmi löytyi rannalta", names)


def test_name_found_once_is_found_again_at_the_start_of_a_sentence():
	assert marked("Kerroin, että Aamu itkee. Aamun uni on katkonaista.", "Aamu") == ["Aamu", "Aamun"]


def test_recognised_name_on_no_list():
	assert found("Eilen Kaarina itki.") == [(NAME, "Kaarina")]
	assert found("Eilen kaarina itki.") == []
	assert found("A. Korhonen soitti, M. Haddadin puolesta.") == [
		(NAME, "A. Korhonen"),
		(NAME, "M. Haddadin"),
	]


def test_unknown_word_is_a_name_where_the_sentence_says_so():
	assert found("Ryhmän poika Jooa puree.") == [(NAME, "Jooa")]
	assert found("Huolestuin, kun Haddadin perhe muutti.") == [(NAME, "Haddadin")]
	assert found("Äiti Facebookissa kertoi, että Instagram on auki.") == []


def test_initials_are_found():
	assert found("Lapsi A.K. puree, ja M. L. itkee.") == [(INITIALS, "A.K."), (INITIALS, "M. L.")]
	assert found("Lapsi A. puree lasta B.") == []


def test_allowed_titles_free_names_on_no_list_only():
	assert found("Ryhmässä Helena on levotonta.", (), ["Helena"]) == []
	assert found("Ryhmässä Helena itkee.", [KnownName("Helena")], ["Helena"]) == [(NAME, "Helena")]
	assert found("Mansikka-Ahossa on 14 lasta.", [KnownName("Aho", "last")], ["Mansikka-Aho"]) == []


def test_placeholders_in_registers_are_no_names():
	assert found("Poika puree, lapsi itkee, Lapsi nukkuu.", [KnownName("Poika"), KnownName("Lapsi12")]) == []


def test_findings_do_not_overlap_and_point_into_the_original():
	text = "Ai\u00adno (etunimi.aino@kunta.fi, 040 123 4567) ja 131052-308T."
	findings = screen(text, [KnownName("Aino")])
	assert [finding.kind for finding in findings] == [NAME, EMAIL, PHONE, IDENTITY_CODE]
	assert all(text[finding.start : finding.end] == finding.text for finding in findings)
	assert all(one.end <= two.start for one, two in pairwise(findings))


@pytest.mark.parametrize("text", [None, "", "   \n\t", "\u200b\u00ad"])
def test_nothing_to_find_in_nothing(text):
	assert screen(text, [KnownName("Aino")]) == []


@pytest.mark.parametrize(
	"text", ["a-" * 2500, "a." * 2500, "1 " * 2500, "A." * 2500, "a at " * 1000, "(at) " * 1000]
)
@pytest.mark.timeout(20)
def test_odd_texts_take_no_odd_time(text):
	screen(text, [KnownName("Aino")])


def test_core_needs_no_frappe_and_loads_the_morphology_late():
	code = (
		"import sys\n"
		"sys.modules['frappe'] = None\n"
		"from early_support.screening import screen, KnownName\n"
		"assert 'pyvoikko' not in sys.modules\n"
		"assert screen('Eilen Ainolle', [KnownName('Aino')])\n"
		"assert 'pyvoikko' in sys.modules\n"
	)
	root = Path(__file__).resolve().parents[2]
	subprocess.run([sys.executable, "-c", code], check=True, cwd=root, timeout=60)
