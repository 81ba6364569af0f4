"""What a request may not bring along: attributes of the class, and columns that are nobody's to write."""

from datetime import timedelta

import frappe
import pytest

from early_support.access import policy
from early_support.exceptions import ChangedMeanwhile, GuardNotMet, PersonInText
from early_support.tests import case_factories as make
from early_support.tests import factories
from early_support.workflow_guard import guard

PERSON = "Soita numeroon 040 123 4567."


@pytest.mark.parametrize(
	"key", ["FREE_TEXT", "NEEDS", "RECORDED_FIELDS", "validate", "keep_columns", "set_request"]
)
def test_an_attribute_of_the_class_cannot_switch_off_the_screening(team, key):
	with make.attempt(), pytest.raises(PersonInText):
		make.make_consultation(team, question=PERSON, **{key: []})


def test_needs_and_recorded_fields_stay_what_the_class_says(team):
	concern = make.make_concern(team, observation="")
	with make.attempt(), pytest.raises(GuardNotMet):
		make.move(concern, "Raise the concern", team.educator, NEEDS={})
	period = make.period_in("Proposed", team)
	with make.acting(team.educator):
		doc = frappe.get_doc("Support Period", period.name)
		doc.update({"RECORDED_FIELDS": [], "visit_limit": 99})
		doc.save()
	assert frappe.db.get_value("Support Period", period.name, "visit_limit") == period.visit_limit


def test_over_http_too(team, api):
	values = {"unit": team.unit, "age_band": make.option("Age Band"), "channel": "E-mail"}
	answer = api(team.educator).post(
		"/api/resource/Consultation", json={**values, "question": PERSON, "FREE_TEXT": [], "validate": 1}
	)
	assert answer.status_code == 417
	assert not frappe.db.exists("Consultation", {"question": ("like", "%040 123%")})


def test_maker_and_day_are_not_taken_from_a_request(team):
	doc = make.make_consultation(team)
	with make.acting(team.educator):
		again = frappe.get_doc("Consultation", doc.name)
		again.update({"owner": PERSON, "creation": "2020-01-01 00:00:00"})
		again.save()
	stored = frappe.db.get_value("Consultation", doc.name, ["owner", "creation"], as_dict=True)
	assert stored.owner == team.educator
	assert stored.creation.year != 2020


FORGED = {
	"Data": "Muuta.",
	"Small Text": "Muuta.",
	"Text": "Muuta.",
	"Int": 77,
	"Check": 1,
	"Date": "2001-02-03",
	"Datetime": "2001-02-03 04:05:06",
}


def forge(doc, team, other) -> dict:
	"""Return for each field that the app records a value which it would never write there."""
	child = frappe.get_doc("Child", other.child)
	links = {
		"User": team.director,
		"Child": child.name,
		"Family": child.family,
		"Day Care Unit": other.unit,
		"Service Area": factories.make_area(),
		"Register Controller": factories.default_controller()
		if policy.is_kept_apart(doc.doctype)
		else make.county(),
	}
	recorded = [doc.meta.get_field(name) for name in doc.RECORDED_FIELDS]
	if any(df.options == "Client Relationship" for df in recorded):
		links["Client Relationship"] = make.make_relationship(other).name
	if any(df.options == "Cooperation Consent" for df in recorded):
		links["Cooperation Consent"] = make.make_consent(other).name
	choices = {"Select": lambda df: df.options.split("\n")[-1], "Link": lambda df: links[df.options]}
	return {
		df.fieldname: choices[df.fieldtype](df) if df.fieldtype in choices else FORGED[df.fieldtype]
		for df in recorded
		# On what it hangs is asked at the door.
		if df.fieldtype != "Table" and df.fieldname not in policy.CONTAINERS[doc.doctype]
	}


@pytest.mark.parametrize("doctype", make.KINDS)
def test_what_the_app_records_comes_from_no_request(team, other, api, doctype):
	kind, path = make.KINDS[doctype], f"/api/resource/{doctype}"
	sample = kind.make(team)
	values = forge(sample, team, other)
	client = api(getattr(team, kind.maker))
	answer = client.put(f"{path}/{sample.name}", json={**values, **make.version(sample)})
	assert answer.status_code == 200, answer.text[-600:]
	another = kind.another(sample, team)
	frappe.db.commit()  # what making that has left to do is not the request's
	new = client.post(path, json={**another, **values})
	assert new.status_code == 200, new.text[-600:]
	for name in (sample.name, new.json["data"]["name"]):
		stored = frappe.get_doc(doctype, name)
		for fieldname, value in values.items():
			assert str(stored.get(fieldname)) != str(value), (name, fieldname)


def test_rows_carry_nothing_of_the_request_but_their_fields(team):
	topic = make.option("Concern Topic")
	row = {"topic": topic, "__islocal": 1, "name": "Aino Korhonen", "owner": PERSON, "validate": 1}
	doc = make.make_consultation(team, topics=[row])
	stored = frappe.get_all("Concern Topic Item", {"parent": doc.name}, ["name", "owner", "topic"])
	assert [(found.owner, found.topic) for found in stored] == [(team.educator, topic)]
	assert "Aino" not in stored[0].name
	with make.acting(team.educator):
		again = frappe.get_doc("Consultation", doc.name)
		again.topics[0].owner = PERSON
		again.save()
	assert frappe.db.get_value("Concern Topic Item", stored[0].name, "owner") == team.educator


@pytest.mark.parametrize("written", ["09:05:00", "9:05:00", "9:05"])
def test_a_time_that_is_written_otherwise_is_no_change(written):
	"""No shipped case has such a field; an administrator may add one."""
	field = frappe._dict(fieldname="at", fieldtype="Time")
	before, after = (frappe._dict(at=value) for value in (timedelta(hours=9, minutes=5), written))
	assert guard._plain(before, field) == guard._plain(after, field)


@pytest.mark.parametrize("way", ["save", "insert"])
@pytest.mark.parametrize(
	"error",
	[
		lambda: frappe.db.OperationalError(1020, "Record has changed since last read"),
		lambda: frappe.QueryDeadlockError("Deadlock found"),
		lambda: frappe.QueryTimeoutError("Lock wait timeout exceeded"),
	],
)
def test_whom_the_database_lets_wait_in_vain_is_told_so(team, api, monkeypatch, way, error):
	concern = make.make_concern(team)

	def too_late(doc):
		raise error()

	monkeypatch.setattr(type(concern), "validate", too_late)
	if way == "save":
		answer = api(team.educator).put(
			f"/api/resource/Concern/{concern.name}", json={"strengths": "Laulaa", **make.version(concern)}
		)
	else:
		answer = api(team.educator).post("/api/resource/Concern", json={"child": team.child})
	assert answer.status_code == 409
	assert ChangedMeanwhile.__name__ in answer.text


def test_another_error_of_the_database_stays_what_it_is(team, monkeypatch):
	concern = make.make_concern(team)

	def broken(doc):
		raise frappe.db.OperationalError(1054, "Unknown column")

	monkeypatch.setattr(type(concern), "validate", broken)
	with make.acting(team.educator), pytest.raises(frappe.db.OperationalError):
		concern.save()
