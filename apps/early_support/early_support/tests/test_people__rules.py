"""Children, families and guardians: what is derived, what is refused, and what non-disclosure hides."""

import json

import frappe
import pytest
from frappe.utils.password import get_decrypted_password

from early_support.access import contacts
from early_support.access.denormalise import AnotherControllerError
from early_support.early_support.doctype.child.child import (
	BirthDateError,
	EnrolmentError,
	IdentityCodeError,
	UnitNotInUseError,
	UnknownGroupError,
)
from early_support.naming import ALPHABET
from early_support.tests import case_factories as case
from early_support.tests import factories as make

# Numbers from 900 on are never given to a person by the state.
CODE, BIRTH_DATE = "010120A900M", "2020-01-01"


def checked_code(date: str, sign: str, number: int) -> str:
	"""Build an identity code with its check character, the long way."""
	return f"{date}{sign}{number:03}" + "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(f"{date}{number:03}") % 31]


# Names and what is derived --------------------------------------------------------------------------------------------


def test_names_are_opaque():
	for doctype, name in (("Child", make.make_child()), ("Family", make.make_family())):
		assert len(name) == 9, doctype
		assert set(name) <= set(ALPHABET), doctype


def test_a_client_cannot_choose_the_name():
	child = frappe.get_doc("Child", make.make_child(name="AINO-KORHONEN"))
	assert set(child.name) <= set(ALPHABET)


def test_full_name_and_controller_are_derived():
	unit = make.make_unit()
	child = frappe.get_doc(
		"Child",
		make.make_child(first_names=" Aino  Maria ", last_name="Testinen ", unit=unit, full_name="Somebody"),
	)
	assert child.full_name == "Aino Maria Testinen"
	assert child.controller == frappe.db.get_value("Day Care Unit", unit, "controller")


# Dates, unit, group ---------------------------------------------------------------------------------------------------


def test_birth_date_may_be_today():
	assert make.make_child(birth_date=make.days(0), enrolled_from=None)


def test_birth_date_in_the_future_is_refused():
	with pytest.raises(BirthDateError):
		make.make_child(birth_date=make.days(1))


def test_leaving_before_coming_is_refused():
	with pytest.raises(EnrolmentError):
		make.make_child(enrolled_from=make.days(0), left_on=make.days(-1))


def test_whoever_enters_the_leaving_day_hears_what_is_still_open():
	"""From that day on nobody in the unit can go on with it, and nothing that is open is ever destroyed (domain.md §9.6)."""
	team = case.make_team()
	concern = case.concern_in("Raised", team)
	with case.acting(team.educator):
		child = frappe.get_doc("Child", team.child)
		for day in (0, -1):
			child.reload()
			child.left_on = make.days(day)
			with pytest.raises(EnrolmentError, match="Still open: Concern: 1"):
				child.save()
		frappe.clear_messages()
		child.reload()
		child.left_on = make.days(5)
		child.save()
		assert "Still open: Concern: 1" in str(frappe.message_log[-1])
	case.move(
		frappe.get_doc("Concern", concern.name),
		"Close",
		team.educator,
		closing_reason=case.option("Closing Reason"),
	)
	with case.acting(team.educator):
		frappe.clear_messages()
		child.reload()
		child.left_on = make.days(0)
		child.save()
		assert not frappe.message_log
		assert not frappe.has_permission("Child", "read", team.child)


@pytest.mark.parametrize("key", ["validate", "check_birth_date"])
def test_a_request_cannot_hide_the_rules_of_a_child(api, key):
	child = make.make_child()
	values = {key: 1, "birth_date": str(make.days(1)), **case.version(frappe.get_doc("Child", child))}
	answer = api(make.make_staff("Early Educator")).put(f"/api/resource/Child/{child}", json=values)
	assert answer.status_code == 417, answer.text
	assert frappe.db.get_value("Child", child, "birth_date") < make.days(0)


@pytest.mark.parametrize(("doctype", "field"), [("Child", "first_names"), ("Family", "family_name")])
def test_nobody_overwrites_unseen_what_a_colleague_has_changed(api, doctype, field):
	child = make.make_child()
	name = child if doctype == "Child" else frappe.db.get_value("Child", child, "family")
	doc = frappe.get_doc(doctype, name)
	seen = case.version(doc)
	client = api(make.make_staff("Early Educator"))

	def put(value, **version):
		return client.put(f"/api/resource/{doctype}/{name}", json={field: value, **version}).status_code

	assert put("Ennen") == 409
	assert put("Ensin", **seen) == 200
	assert put("Sitten", **seen) == 409
	data = {"doctype": doctype, "name": name, "fieldname": field, "value": "Muualta"}
	assert client.post("/api/method/frappe.client.set_value", data=data).status_code == 409
	assert frappe.db.get_value(doctype, name, field) == "Ensin"


def test_group_of_the_unit():
	child = make.make_child(unit_group="big")
	assert frappe.db.get_value("Child", child, "unit_group") == "big"


def test_group_of_another_unit_is_refused():
	other = make.make_unit(groups=[{"code": "elsewhere", "title": "Muualla"}])
	with pytest.raises(UnknownGroupError):
		make.make_child(unit=other, unit_group="big")


def test_unit_out_of_use_takes_no_new_child():
	unit = make.make_unit(disabled=1)
	with pytest.raises(UnitNotInUseError):
		make.make_child(unit=unit)


def test_child_may_stay_in_a_unit_that_goes_out_of_use():
	child = make.make_child()
	frappe.db.set_value("Day Care Unit", make.default_unit(), "disabled", 1)
	doc = frappe.get_doc("Child", child)
	doc.first_names = "Toinen"
	doc.save()
	assert frappe.db.get_value("Child", child, "full_name") == "Toinen Testinen"


def test_child_without_casework_moves_to_another_controller():
	other = make.make_unit(service_area=make.make_area(controller=make.make_controller()))
	doc = frappe.get_doc("Child", make.make_child())
	doc.unit = other
	doc.save()
	assert doc.controller == frappe.db.get_value("Day Care Unit", other, "controller")


def test_child_with_casework_stays_with_its_controller(team):
	"""The registers of two controllers stay apart: the child leaves here and begins there."""
	case.make_concern(team)
	doc = frappe.get_doc("Child", team.child)
	doc.unit = make.make_unit(service_area=make.make_area(controller=make.make_controller()))
	with pytest.raises(AnotherControllerError):
		doc.save()


def test_unit_with_children_stays_with_its_controller():
	child = frappe.get_doc("Child", make.make_child())
	unit = frappe.get_doc("Day Care Unit", child.unit)
	unit.service_area = make.make_area(controller=make.make_controller())
	with pytest.raises(AnotherControllerError):
		unit.save()


# Identity code --------------------------------------------------------------------------------------------------------


def test_the_code_used_here_is_right():
	assert checked_code("010120", "A", 900) == CODE


def test_identity_code_is_stored_encrypted_only():
	child = make.make_child(birth_date=BIRTH_DATE, identity_code=CODE.lower())
	assert get_decrypted_password("Child", child, "identity_code") == CODE
	assert set(frappe.db.get_value("Child", child, "identity_code")) == {"*"}
	assert set(frappe.get_doc("Child", child).identity_code) == {"*"}


def test_identity_code_is_in_no_version():
	child = frappe.get_doc("Child", make.make_child(birth_date=BIRTH_DATE))
	child.identity_code = CODE
	save_with_version(child)
	assert versions(child)
	assert CODE not in versions(child)


@pytest.mark.parametrize(
	"code",
	[
		CODE[:-1] + ("X" if CODE[-1] != "X" else "W"),  # another check character
		"320120A900" + "X",  # no such day
		"010120A90",  # too short
		"Aino",
	],
)
def test_mistaken_identity_code_is_refused(code):
	with pytest.raises(IdentityCodeError) as refusal:
		make.make_child(birth_date=BIRTH_DATE, identity_code=code)
	assert code not in str(refusal.value)


def test_identity_code_of_another_birth_date_is_refused():
	with pytest.raises(IdentityCodeError):
		make.make_child(birth_date="2020-01-02", identity_code=CODE)


def test_identity_code_of_another_century_is_refused():
	with pytest.raises(IdentityCodeError):
		make.make_child(birth_date=BIRTH_DATE, identity_code=checked_code("010120", "-", 900))


@pytest.mark.parametrize("sign", "ABCDEF")
def test_every_sign_of_this_century_is_known(sign):
	code = checked_code("010120", sign, 901)
	child = make.make_child(birth_date=BIRTH_DATE, identity_code=code)
	assert get_decrypted_password("Child", child, "identity_code") == code


def test_birth_date_may_not_leave_a_stored_code_behind():
	doc = frappe.get_doc("Child", make.make_child(birth_date=BIRTH_DATE, identity_code=CODE))
	doc.birth_date = "2020-02-01"
	with pytest.raises(IdentityCodeError):
		doc.save()


def test_identity_code_can_be_removed():
	doc = frappe.get_doc("Child", make.make_child(birth_date=BIRTH_DATE, identity_code=CODE))
	doc.identity_code = None
	doc.save()
	assert get_decrypted_password("Child", doc.name, "identity_code", raise_exception=False) is None


# Non-disclosure -------------------------------------------------------------------------------------------------------

PHONE, EMAIL = "+358 40 7654321", "salainen@example.test"


def make_protected(**values) -> str:
	guardian = {
		"full_name": "Huoltaja Salainen",
		"phone": PHONE,
		"email": EMAIL,
		"non_disclosure": 1,
		**values,
	}
	return make.make_family(guardians=[guardian])


def save_with_version(doc) -> None:
	"""Save as a running site does: under tests Frappe keeps no versions."""
	frappe.flags.in_test = False
	try:
		doc.save()
	finally:
		frappe.flags.in_test = True


def versions(doc) -> str:
	filters = {"ref_doctype": doc.doctype, "docname": doc.name}
	return json.dumps(frappe.get_all("Version", filters=filters, pluck="data"))


def test_protected_contacts_are_out_of_sight():
	family = make_protected()
	row = frappe.db.get_value("Family Guardian", {"parent": family}, "*", as_dict=True)
	assert row.phone is None
	assert row.email is None
	assert PHONE not in str(row)
	assert EMAIL not in str(row)
	assert get_decrypted_password("Family Guardian", row.name, "protected_phone") == PHONE
	assert get_decrypted_password("Family Guardian", row.name, "protected_email") == EMAIL


def test_contacts_typed_later_are_protected_too():
	doc = frappe.get_doc("Family", make_protected())
	doc.guardians[0].phone = "+358 40 1111111"
	doc.save()
	assert doc.guardians[0].phone is None
	stored = get_decrypted_password("Family Guardian", doc.guardians[0].name, "protected_phone")
	assert stored == "+358 40 1111111"
	assert get_decrypted_password("Family Guardian", doc.guardians[0].name, "protected_email") == EMAIL


def test_protecting_takes_the_contacts_out_of_the_versions():
	doc = frappe.get_doc("Family", make.make_family())
	doc.append("guardians", {"full_name": "Huoltaja Salainen", "phone": PHONE, "email": EMAIL})
	save_with_version(doc)
	assert PHONE in versions(doc)
	doc.guardians[1].non_disclosure = 1
	save_with_version(doc)
	assert "non_disclosure" in versions(doc)
	assert PHONE not in versions(doc)
	assert EMAIL not in versions(doc)


def test_contacts_that_are_taken_off_with_the_mark_leave_the_versions_too():
	doc = frappe.get_doc("Family", make.make_family())
	doc.append("guardians", {"full_name": "Huoltaja Salainen", "phone": PHONE})
	save_with_version(doc)
	doc.guardians[1].update({"phone": None, "non_disclosure": 1})
	save_with_version(doc)
	assert "non_disclosure" in versions(doc)
	assert PHONE not in versions(doc)


def test_a_number_from_before_the_mark_leaves_the_versions_too():
	"""The old telephone may still be in use."""
	doc = frappe.get_doc("Family", make.make_family())
	doc.append("guardians", {"full_name": "Huoltaja Salainen", "phone": PHONE})
	save_with_version(doc)
	other = "+358 40 2222222"
	doc.guardians[0].phone = other
	doc.guardians[1].phone = "+358 40 1111111"
	save_with_version(doc)
	doc.guardians[1].phone = None
	save_with_version(doc)
	assert PHONE in versions(doc)
	doc.guardians[1].non_disclosure = 1
	save_with_version(doc)
	for number in (PHONE, "+358 40 1111111"):
		assert number not in versions(doc)
	assert other in versions(doc)


def test_what_is_typed_with_the_mark_leaves_the_versions_of_long_ago():
	doc = frappe.get_doc("Family", make.make_family())
	doc.append("guardians", {"full_name": "Huoltaja Salainen", "phone": PHONE})
	save_with_version(doc)
	doc.guardians[1].phone = None
	save_with_version(doc)
	assert PHONE in versions(doc)
	doc.guardians[1].update({"phone": PHONE, "non_disclosure": 1})
	save_with_version(doc)
	assert PHONE not in versions(doc)


def test_director_opens_protected_contacts(as_user):
	family = make_protected()
	unit = make.default_unit()
	make.make_child(family=family, unit=unit)
	with as_user("Unit Director", unit):
		assert contacts.protected_contacts(family) == [
			{"full_name": "Huoltaja Salainen", "phone": PHONE, "email": EMAIL}
		]


@pytest.mark.parametrize(
	"role", ["Early Educator", "Special Needs Educator", "Family Counsellor", "Area Director"]
)
def test_others_do_not_open_protected_contacts(as_user, role):
	family = make_protected()
	unit = make.default_unit()
	make.make_child(family=family, unit=unit)
	with as_user(role, unit), pytest.raises(frappe.PermissionError):
		contacts.protected_contacts(family)


def test_director_of_another_unit_does_not_open_protected_contacts(as_user):
	family = make_protected()
	make.make_child(family=family)
	with as_user("Unit Director", make.make_unit()), pytest.raises(frappe.PermissionError):
		contacts.protected_contacts(family)


def test_contacts_of_a_closed_family_stay_closed(as_user, monkeypatch):
	"""Even to whoever counted as its director."""
	family = make_protected()
	make.make_child(family=family)
	monkeypatch.setattr(contacts, "_may_lift", lambda family: True)
	with as_user("Unit Director", make.make_unit()), pytest.raises(frappe.PermissionError):
		contacts.protected_contacts(family)


def test_educator_sets_but_does_not_lift_non_disclosure(as_user):
	family = make.make_family()
	unit = make.default_unit()
	make.make_child(family=family, unit=unit)
	with as_user("Early Educator", unit):
		doc = frappe.get_doc("Family", family)
		doc.guardians[0].non_disclosure = 1
		doc.save()
		assert doc.guardians[0].phone is None
		doc = frappe.get_doc("Family", family)
		doc.guardians[0].non_disclosure = 0
		with pytest.raises(contacts.ProtectionError):
			doc.save()


def test_director_lifts_non_disclosure(as_user):
	family = make_protected()
	unit = make.default_unit()
	make.make_child(family=family, unit=unit)
	with as_user("Unit Director", unit):
		doc = frappe.get_doc("Family", family)
		doc.guardians[0].non_disclosure = 0
		doc.save()
	row = frappe.db.get_value("Family Guardian", {"parent": family}, "*", as_dict=True)
	assert (row.phone, row.email) == (PHONE, EMAIL)
	assert (
		get_decrypted_password("Family Guardian", row.name, "protected_phone", raise_exception=False) is None
	)


def test_the_maintenance_account_lifts_non_disclosure():
	doc = frappe.get_doc("Family", make_protected())
	doc.guardians[0].non_disclosure = 0
	doc.save()
	assert frappe.db.get_value("Family Guardian", doc.guardians[0].name, "phone") == PHONE


def neither_opens_nor_lifts(family: str) -> None:
	doc = frappe.get_doc("Family", family)
	doc.check_permission("write")
	with pytest.raises(frappe.PermissionError):
		contacts.protected_contacts(family)
	doc.guardians[0].non_disclosure = 0
	with pytest.raises(contacts.ProtectionError):
		doc.save()


def test_a_former_director_neither_opens_nor_lifts(as_user):
	"""Who is an educator of the unit now, and a director elsewhere, keeps the role, but not this family."""
	family, unit = make_protected(), make.default_unit()
	make.make_child(family=family, unit=unit)
	user = make.make_staff("Unit Director", unit, to_date=make.days(-1))
	make.make_assignment(user, "Unit Director", unit=make.make_unit())
	make.make_assignment(user, "Early Educator", unit=unit)
	with as_user.existing(user):
		neither_opens_nor_lifts(family)


def test_a_director_who_lost_the_role_neither_opens_nor_lifts(as_user):
	family, unit = make_protected(), make.default_unit()
	make.make_child(family=family, unit=unit)
	user = make.make_staff("Unit Director", unit)
	make.make_assignment(user, "Early Educator", unit=unit)
	frappe.db.delete("Has Role", {"parent": user, "role": "Unit Director"})
	frappe.clear_cache(user=user)
	with as_user.existing(user):
		neither_opens_nor_lifts(family)


@pytest.mark.parametrize("key", ["validate", "before_validate"])
def test_a_request_cannot_hide_the_rules_of_a_family(api, key):
	family = make_protected()
	make.make_child(family=family)
	doc = frappe.get_doc("Family", family)
	row = doc.guardians[0].as_dict(convert_dates_to_str=True)
	values = {key: 1, "guardians": [{**row, "non_disclosure": 0}], **case.version(doc)}
	answer = api(make.make_staff("Early Educator")).put(f"/api/resource/Family/{family}", json=values)
	assert answer.status_code == 417, answer.text
	assert frappe.db.get_value("Family Guardian", row.name, "non_disclosure") == 1
	assert get_decrypted_password("Family Guardian", row.name, "protected_phone") == PHONE


def test_a_removed_guardian_leaves_nothing_encrypted():
	doc = frappe.get_doc("Family", make_protected())
	row = doc.guardians[0].name
	doc.guardians = []
	doc.append("guardians", {"full_name": "Toinen Huoltaja"})
	doc.save()
	assert get_decrypted_password("Family Guardian", row, "protected_phone", raise_exception=False) is None
