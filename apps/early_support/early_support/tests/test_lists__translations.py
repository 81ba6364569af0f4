"""Lists that administrators own: codes, titles in three languages, and the few rules of zones and age bands."""

from itertools import pairwise

import frappe
import pytest
from frappe import _

from early_support.early_support.doctype.age_band.age_band import AgeBandError
from early_support.early_support.doctype.worry_zone.worry_zone import UnknownZoneError
from early_support.forms import lists
from early_support.tests import factories as make


def make_topic(**values) -> str:
	defaults = {
		"code": f"topic-{make.number()}",
		"title": "Kokeiluaihe",
		"title_sv": "Provämne",
		"title_en": "Trial topic",
	}
	return make.insert("Concern Topic", **{**defaults, **values})


def words(title: str) -> dict[str, str]:
	return {language: _(title, lang=language) for language in ("fi", "sv", "en")}


def test_a_title_is_shown_in_the_language_of_the_reader():
	make_topic()
	assert words("Kokeiluaihe") == {"fi": "Kokeiluaihe", "sv": "Provämne", "en": "Trial topic"}


def test_frappe_translates_the_title_of_a_link():
	meta = frappe.get_meta("Concern Topic")
	assert meta.translated_doctype
	assert meta.show_title_field_in_link
	assert meta.get_title_field() == "title"


def test_a_changed_title_takes_its_translations_along():
	doc = frappe.get_doc("Concern Topic", make_topic())
	doc.title, doc.title_sv = "Toinen kokeilu", "Andra provet"
	doc.save()
	assert words("Toinen kokeilu") == {"fi": "Toinen kokeilu", "sv": "Andra provet", "en": "Trial topic"}
	assert words("Kokeiluaihe") == dict.fromkeys(("fi", "sv", "en"), "Kokeiluaihe")


def test_an_emptied_title_falls_back_to_finnish():
	doc = frappe.get_doc("Concern Topic", make_topic())
	doc.title_sv = ""
	doc.save()
	assert words("Kokeiluaihe") == {"fi": "Kokeiluaihe", "sv": "Kokeiluaihe", "en": "Trial topic"}


def test_two_records_with_one_title_share_their_translations():
	first, second = make_topic(), make_topic(title_en="Another word")
	filters = {"source_text": "Kokeiluaihe", "language": "en"}
	assert frappe.get_all("Translation", filters=filters, pluck="translated_text") == ["Another word"]
	frappe.delete_doc("Concern Topic", second)
	assert words("Kokeiluaihe")["sv"] == "Provämne"
	frappe.delete_doc("Concern Topic", first)
	assert words("Kokeiluaihe")["sv"] == "Kokeiluaihe"


def test_needless_space_in_titles_is_taken_off():
	assert frappe.get_doc("Concern Topic", make_topic(title=" Kokeilu  aihe ")).title == "Kokeilu aihe"


@pytest.mark.parametrize("doctype", lists.LIST_DOCTYPES)
def test_every_shipped_title_has_three_languages(doctype):
	rows = frappe.get_all(doctype, fields=["name", "title", "title_sv", "title_en"])
	assert rows
	for row in rows:
		assert words(row.title) == {"fi": row.title, "sv": row.title_sv, "en": row.title_en}, row.name


@pytest.mark.parametrize("code", ["two words", "ä", "=cmd", "a/b"])
def test_a_bad_code_is_refused(code):
	with pytest.raises(lists.CodeError):
		make_topic(code=code)


def test_whatever_is_named_by_its_code_asks_for_a_code():
	"""Also where a form has rules of its own, and where it is no list but a unit, an area or a controller."""
	named_by_code = frappe.get_all(
		"DocType", filters={"module": "Early Support", "autoname": "field:code"}, pluck="name"
	)
	assert {*lists.LIST_DOCTYPES, "Service Area", "Register Controller"} <= {*named_by_code}
	for doctype in named_by_code:
		with pytest.raises(lists.CodeError):
			frappe.new_doc(doctype, code="two words").validate()


def test_a_code_is_set_once():
	name = make_topic()
	doc = frappe.get_doc("Concern Topic", name)
	doc.code = "another"
	doc.save()
	assert frappe.db.get_value("Concern Topic", name, "code") == name
	assert not frappe.db.exists("Concern Topic", "another")


# Worry zones ----------------------------------------------------------------------------------------------------------


def test_the_seven_zones_are_whole():
	zones = frappe.get_all("Worry Zone", fields=["*"], order_by="sort_order")
	assert [zone.name for zone in zones] == list("1234567")
	assert [zone.zone_group for zone in zones] == [
		"No worry",
		*["Small worry"] * 2,
		*["Grey zone"] * 2,
		*["Great worry"] * 2,
	]
	for zone in zones:
		for field in ("meaning", "guidance", "suggested_action"):
			texts = [zone[field + suffix] for suffix in ("", "_sv", "_en")]
			assert all(texts), (zone.name, field)
			assert len(set(texts)) == 3, (zone.name, field)
		assert zone.colour.startswith("#")
	assert len({zone.colour for zone in zones}) == 7
	assert [zone.name for zone in zones if zone.statutory] == ["6", "7"]


@pytest.mark.parametrize("code", ["0", "8", "1a"])
def test_there_is_no_other_zone(code):
	with pytest.raises(UnknownZoneError):
		make.insert("Worry Zone", code=code, title="x", zone_group="No worry", colour="#000000")


# Age bands ------------------------------------------------------------------------------------------------------------


def make_band(**values) -> str:
	return make.insert("Age Band", **{"code": f"band-{make.number()}", "title": "Kokeilu", **values})


def test_shipped_bands_join_without_a_gap():
	bands = frappe.get_all("Age Band", fields=["from_months", "to_months"], order_by="from_months")
	assert bands[0].from_months == 0
	for band, following in pairwise(bands):
		assert band.to_months + 1 == following.from_months


def test_months_out_of_order_are_refused():
	with pytest.raises(AgeBandError):
		make_band(from_months=200, to_months=199)


@pytest.mark.parametrize(("first", "last"), [(200, 223), (223, 230), (190, 200), (190, 240), (205, 210)])
def test_overlapping_months_are_refused(first, last):
	make_band(from_months=200, to_months=223)
	with pytest.raises(AgeBandError):
		make_band(from_months=first, to_months=last)


def test_months_next_to_each_other_are_fine():
	make_band(from_months=200, to_months=223)
	assert make_band(from_months=224, to_months=235)


def test_a_band_that_is_no_longer_offered_makes_room():
	make_band(from_months=200, to_months=223, disabled=1)
	assert make_band(from_months=200, to_months=223)


# Rights ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("doctype", lists.LIST_DOCTYPES)
def test_staff_read_the_lists_and_form_administrators_write_them(doctype):
	staff = make.make_user("Early Educator")
	administrator = make.make_user("Form Administrator")
	assert frappe.has_permission(doctype, "read", user=staff)
	assert not frappe.has_permission(doctype, "write", user=staff)
	assert not frappe.has_permission(doctype, "create", user=staff)
	assert frappe.has_permission(doctype, "write", user=administrator)
	assert not frappe.has_permission(doctype, "delete", user=administrator)


def test_a_form_administrator_edits_a_list_with_its_translations(as_user):
	topic = make_topic()
	with as_user("Form Administrator"):
		doc = frappe.get_doc("Concern Topic", topic)
		doc.title_sv = "Nytt ord"
		doc.save()
	assert words("Kokeiluaihe")["sv"] == "Nytt ord"
