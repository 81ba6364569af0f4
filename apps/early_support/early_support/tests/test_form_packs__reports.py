"""Code maps and report profiles in form packs: what arrives, what it never touches, and what is of one site only."""

import json

import frappe
import pytest

from early_support.exceptions import ExportRefused, FormPackRefused
from early_support.export import classes
from early_support.forms import changes, packs, packs_core
from early_support.forms.packs_core import CODE_MAP, FIELD, PROFILE, REPORTS
from early_support.tests import case_factories as case
from early_support.tests import factories as make
from early_support.tests.test_form_change__publish import forms_now
from early_support.tests.test_form_packs__site import (
	brought,
	do,
	imported,
	sealed,
)

FIGURES, AREAS, PUBLISHED = "kuukausitilasto", "kunnat", "kuukausitilasto-1"
OWN = {"local_code": "001", "external_code": "001", "label": "Vain täällä"}
NEW = {"local_code": "002", "external_code": "002", "label": "Paketista", "valid_from": "2026-01-01"}
NIGHTS = {"dt": "Concern", "fieldname": "custom_nights", "fieldtype": "Int", "label": "Nights of late"}


@pytest.fixture
def administrator(site) -> str:
	"""Who keeps the forms of all who report here."""
	user = make.make_staff("Form Administrator", area=make.default_area())
	for controller in frappe.get_all("Register Controller", pluck="name"):
		make.make_assignment(user, "Form Administrator", controller=controller)
	return user


@pytest.fixture(scope="module", autouse=True)
def column(standing_teams):
	changes.add_column(*(NIGHTS[name] for name in ("dt", "fieldname", "fieldtype")))
	yield
	frappe.db.sql_ddl("alter table `tabConcern` drop column if exists `custom_nights`")


def plain_pack() -> dict:
	return json.loads(packs_core.write(packs.make_pack((REPORTS, "Forms"))))


def changed(plain: dict) -> dict:
	"""The pack of a site whose figures have other words, and a code that this one lacks; it lacks one of this one's."""
	plain["records"][PROFILE][FIGURES]["title"] = "Kuukauden luvut"
	plain["records"][PROFILE][FIGURES]["columns"].pop()
	rows = plain["records"][CODE_MAP][AREAS]["rows"]
	rows[0]["label"] = "Sastamalan kaupunki"
	rows.append(NEW)
	return plain


def with_nights(plain: dict) -> dict:
	"""The same with a profile of rows that tells an answer to an added question."""
	plain["records"][FIELD] = {"Concern: custom_nights": {**NIGHTS, "insert_after": "wishes"}}
	columns = [
		{"key": "yot", "source": "custom_nights", "value_kind": "Whole Number", "tells": "Attribute"},
		{
			"key": "tyyppi",
			"source": "unit_type",
			"value_kind": "Text",
			"code_map": "uusi",
			"transform": "Code",
		},
	]
	record = {"profile_code": "yot", "title": "Yöt", "level": "Rows", "event": "huoli_otettu_esiin"}
	record |= {"period_kind": "Month", "file_format": "CSV", "legal_basis": "Laki 540/2018"}
	record["columns"] = [{"transform": classes.AS_IS, **column} for column in columns]
	plain["records"][PROFILE]["yot"] = record
	plain["records"][CODE_MAP]["uusi"] = {"code": "uusi", "title": "Uusi", "rows": [NEW]}
	return plain


def stored(doctype: str, name: str) -> dict:
	return frappe.get_doc(doctype, name).as_dict(no_default_fields=True, convert_dates_to_str=True)


def versions(code: str) -> list[tuple]:
	rows = frappe.get_all(
		PROFILE,
		filters={"profile_code": code},
		fields=["name", "status", "owner", "published_by"],
		order_by="version",
	)
	return [(row.name, row.status, row.owner, row.published_by) for row in rows]


def set_own() -> None:
	"""What this site has decided about its figures, and a code that only it has."""
	frappe.db.set_value(PROFILE, PUBLISHED, {"scheduled": 1, "schedule_day": 5})
	areas = frappe.get_doc(CODE_MAP, AREAS)
	areas.append("rows", OWN)
	areas.save()


def test_a_profile_arrives_as_a_draft_and_no_code_is_lost(administrator):
	plain = with_nights(changed(plain_pack()))
	set_own()
	before, kept = forms_now(PROFILE, CODE_MAP), stored(PROFILE, PUBLISHED)
	name = brought(plain, administrator, retire=1)
	with case.acting(administrator):
		rows = {(row["kind"], row["record"]): row for row in packs.show(name)["rows"]}
	assert [row["refused"] for row in rows.values() if row["refused"]] == []
	assert rows[PROFILE, FIGURES]["title"] == "Kuukausitilasto, as a new draft"
	assert {field["label"] for field in rows[PROFILE, FIGURES]["fields"]} == {"Title", "Columns"}
	assert (rows[PROFILE, "yot"]["step"], rows[CODE_MAP, AREAS]["step"]) == ("Add", "Change")
	assert forms_now(PROFILE, CODE_MAP) == before

	assert do(name, "import", administrator).status == packs.IMPORTED
	assert stored(PROFILE, PUBLISHED) == kept
	first, second = versions(FIGURES)
	assert (first[:2], second) == (
		(PUBLISHED, "Published"),
		(f"{FIGURES}-2", "Draft", administrator, None),
	)
	draft = frappe.get_doc(PROFILE, f"{FIGURES}-2")
	# Its own schedule stands in it; nothing runs by it before somebody publishes it.
	assert (draft.title, draft.scheduled, draft.schedule_day) == ("Kuukauden luvut", 1, 5)
	labels = {row.local_code: row.label for row in frappe.get_doc(CODE_MAP, AREAS).rows}
	assert (labels["790"], labels["001"], labels["002"]) == (
		"Sastamalan kaupunki",
		"Vain täällä",
		"Paketista",
	)
	assert versions("yot") == [("yot-1", "Draft", administrator, None)]
	# Whoever works for all who report here brings it for all of them.
	assert frappe.db.get_value(PROFILE, "yot-1", "controller") is None
	assert frappe.db.get_value(CODE_MAP, "uusi", "controller") is None

	# There is nothing left to do, and the way back gives back what was there.
	again = brought(plain, administrator, retire=1)
	with case.acting(administrator):
		left = [row for row in packs.show(again)["rows"] if row["kind"] in (PROFILE, CODE_MAP)]
		assert {row["step"] for row in left} <= {"Stays"}
	assert do(name, "roll_back", administrator).status == packs.ROLLED_BACK
	assert forms_now(PROFILE, CODE_MAP) == before
	# It can be imported again.
	with case.acting(administrator):
		packs.compare(name, REPORTS)


def test_who_brought_an_added_field_does_not_publish_it_alone(administrator):
	imported(with_nights(plain_pack()), administrator)
	with case.acting(administrator), pytest.raises(ExportRefused, match="Somebody else"):
		frappe.get_doc(PROFILE, "yot-1").publish()
	assert frappe.db.get_value(PROFILE, "yot-1", "status") == "Draft"


def test_what_was_published_since_is_not_taken_back(administrator, steps_of_a_job):
	doc = imported(changed(plain_pack()), administrator)
	frappe.get_doc(PROFILE, f"{FIGURES}-2").publish()
	frappe.db.commit()
	before = forms_now(PROFILE, CODE_MAP)
	doc = do(doc.name, "roll_back", administrator)
	assert (doc.status, "meanwhile" in doc.failed_because) == (packs.IMPORTED, True)
	assert forms_now(PROFILE, CODE_MAP) == before


@pytest.mark.parametrize(
	("doctype", "name", "values"),
	[(PROFILE, f"{FIGURES}-2", {"scheduled": 1, "schedule_day": 9}), (CODE_MAP, AREAS, {"oid": "1.2.3"})],
)
def test_what_somebody_went_on_with_is_not_taken_back(
	administrator,
	steps_of_a_job,
	doctype,
	name,
	values,
):
	doc = imported(changed(plain_pack()), administrator)
	frappe.get_doc(doctype, name).update(values).save()
	frappe.db.commit()
	doc = do(doc.name, "roll_back", administrator)
	assert (doc.status, "meanwhile" in doc.failed_because) == (packs.IMPORTED, True)
	assert frappe.db.exists(PROFILE, f"{FIGURES}-2")


def test_a_code_map_in_use_stays_after_the_way_back(administrator):
	doc = imported(with_nights(plain_pack()), administrator)
	column = {
		"key": "x",
		"source": "unit_type",
		"value_kind": "Text",
		"transform": "Code",
		"code_map": "uusi",
	}
	values = {"profile_code": "oma", "title": "Oma", "level": "Rows", "event": "huoli_otettu_esiin"}
	profile = {"doctype": PROFILE, "period_kind": "Month", "file_format": "CSV", **values}
	frappe.get_doc({**profile, "columns": [column]}).insert()
	assert do(doc.name, "roll_back", administrator).status == packs.ROLLED_BACK
	assert (versions("yot"), frappe.db.exists(CODE_MAP, "uusi")) == ([], "uusi")


def test_what_is_everybodys_no_municipality_changes_alone():
	mine, theirs = make.make_controller(), make.make_controller()
	make.make_staff("Reporting Officer", controller=theirs)
	user = make.make_staff("Form Administrator", controller=mine)
	plain = with_nights(changed(plain_pack()))
	name = brought(plain, user)
	with case.acting(user):
		refused = {row["record"]: row["refused"] for row in packs.show(name)["rows"] if row["refused"]}
	assert {*refused} == {"kunnat", FIGURES}
	assert all("everybody's who reports here" in each for each in refused.values())
	del plain["records"][PROFILE][FIGURES], plain["records"][CODE_MAP]["kunnat"]
	assert imported(plain, user).status == packs.IMPORTED
	assert frappe.db.get_value(PROFILE, "yot-1", "controller") == mine
	assert frappe.db.get_value(CODE_MAP, "uusi", "controller") == mine


def test_a_choice_of_rows_travels(administrator):
	plain = plain_pack()
	plain["records"][PROFILE][FIGURES]["filters"] = [{"source": "tapahtumalaji", "keep": "huoli_puheeksi"}]
	name = brought(plain, administrator)
	with case.acting(administrator):
		(row,) = [row for row in packs.show(name)["rows"] if row["kind"] == PROFILE]
	assert (row["refused"], [field["after"] for field in row["fields"]]) == (
		None,
		["tapahtumalaji · huoli_puheeksi"],
	)
	assert do(name, "import", administrator).status == packs.IMPORTED
	(kept,) = frappe.get_doc(PROFILE, f"{FIGURES}-2").filters
	assert kept.keep == "huoli_puheeksi"


def test_of_a_site_nothing_travels_and_that_is_said():
	controller = frappe.get_all("Register Controller", pluck="name")[0]
	frappe.db.set_value(PROFILE, PUBLISHED, {"controller": controller, "scheduled": 1, "schedule_day": 5})
	pack = packs.make_pack((REPORTS,))
	said = {(each["record"], each["because"]) for each in pack.left_out}
	assert said == {(PUBLISHED, name) for name in ("controller", "scheduled", "schedule_day")}
	text = packs_core.write(pack)
	assert controller not in text.replace(json.dumps(list(pack.left_out)), "")
	record = pack.records[PROFILE][FIGURES]
	assert not {*record} & {"status", "version", "published_by", "controller", "destination", "scheduled"}


def test_of_all_versions_the_newest_that_is_not_retired_travels():
	draft = frappe.get_doc(PROFILE, PUBLISHED).new_version()
	frappe.db.set_value(PROFILE, draft, "title", "Tulossa")
	assert packs.make_pack((REPORTS,)).records[PROFILE][FIGURES]["title"] == "Tulossa"
	frappe.db.set_value(PROFILE, draft, "status", "Retired")
	assert packs.make_pack((REPORTS,)).records[PROFILE][FIGURES]["title"] != "Tulossa"


@pytest.mark.parametrize(
	"forged",
	[
		{"status": "Published"},
		{"version": 1},
		{"published_by": "Administrator"},
		{"controller": "x"},
		{"destination": "x"},
		{"scheduled": 1},
	],
)
def test_no_pack_says_what_a_site_decides(administrator, forged):
	plain = plain_pack()
	plain["records"][PROFILE][FIGURES] |= forged
	with case.acting(administrator), pytest.raises(FormPackRefused, match="does not carry"):
		packs.bring("x", sealed(plain))


BAD_COLUMNS = [
	({"source": "child"}, ""),
	({"source": "observation"}, ""),
	({"source": "custom_gone"}, ""),
	({"source": "unit_type", "transform": "Code", "code_map": "poissa"}, "poissa"),
]


@pytest.mark.parametrize(("column", "words"), BAD_COLUMNS)
def test_what_must_not_leave_no_pack_brings(administrator, column, words):
	plain = with_nights(plain_pack())
	plain["records"][PROFILE]["yot"]["columns"].append(
		{"key": "paha", "value_kind": "Text", "transform": classes.AS_IS, **column}
	)
	name = brought(plain, administrator)
	with case.acting(administrator):
		refused = {row["record"]: row["refused"] for row in packs.show(name)["rows"] if row["refused"]}
		assert [*refused] == ["yot"]
		assert words in refused["yot"]
		with pytest.raises(FormPackRefused):
			packs.start_import(name)
	assert versions("yot") == []


def test_a_code_that_says_two_things_on_a_day_is_refused(administrator):
	plain = plain_pack()
	plain["records"][CODE_MAP][AREAS]["rows"].append({**NEW, "local_code": "790"})
	name = brought(plain, administrator)
	with case.acting(administrator):
		refused = {row["record"]: row["refused"] for row in packs.show(name)["rows"] if row["refused"]}
	assert [*refused] == [AREAS]


def test_a_pack_without_this_part_leaves_it_alone(administrator):
	before = forms_now(PROFILE, CODE_MAP)
	plain = plain_pack()
	plain |= {"parts": ["Forms"], "records": {"Property Setter": {}}}
	with case.acting(administrator):
		rows = packs.show(brought(plain, administrator, retire=1))["rows"]
	assert {row["kind"] for row in rows}.isdisjoint({PROFILE, CODE_MAP})
	plain = plain_pack() | {"records": {}}
	with case.acting(administrator):
		rows = packs.show(brought(plain, administrator, retire=1))["rows"]
	assert {row["step"] for row in rows if row["kind"] in (PROFILE, CODE_MAP)} == {"Stays"}
	assert forms_now(PROFILE, CODE_MAP) == before


@pytest.mark.parametrize("role", ["Reporting Officer", "Privacy Officer", "Management Group"])
def test_only_who_administers_forms_brings_profiles(role):
	text = sealed(changed(plain_pack()))
	with case.acting(make.make_staff(role, area=make.default_area())), pytest.raises(frappe.PermissionError):
		packs.bring("x", text)


def test_who_may_not_write_profiles_imports_none(administrator):
	frappe.db.delete("DocPerm", {"parent": PROFILE, "role": "Form Administrator"})
	frappe.clear_cache(doctype=PROFILE)
	try:
		name = brought(changed(plain_pack()), administrator)
		with case.acting(administrator):
			refused = {row["kind"]: row["refused"] for row in packs.show(name)["rows"] if row["refused"]}
		assert [*refused] == [PROFILE]
		assert "System Manager" in refused[PROFILE]
	finally:
		frappe.db.rollback()
		frappe.clear_cache(doctype=PROFILE)
