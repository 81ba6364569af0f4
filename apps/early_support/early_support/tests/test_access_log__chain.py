"""The chain of the access log, and what counts as read. Pure: needs no site."""

import json
from collections import UserList
from datetime import datetime

import pytest

from early_support.privacy import chain, reads

AT = datetime(2026, 11, 24, 7, 0, 0, 120)


def row(**values) -> dict:
	return {"read_at": AT, "user": "a@example.test", "document_type": "Concern", "refused": 0, **values}


@pytest.fixture
def log() -> list[dict]:
	"""Eight rows, appended in two goes."""
	rows = [row(document_name=f"AAAAAAAA{number}") for number in range(2, 10)]
	head = chain.link(rows[:3], chain.Head(0, chain.START))
	chain.link(rows[3:], head)
	return rows


def head_of(rows: list[dict]) -> chain.Head:
	return chain.Head(rows[-1]["name"], rows[-1]["hash"])


def found(rows, head, anchors=None) -> list[int]:
	return [finding.row for finding in chain.check(iter(rows), head, anchors or {})]


def test_a_whole_chain_has_no_finding(log):
	anchors = {3: log[2]["hash"], 8: log[7]["hash"]}
	assert found(log, head_of(log), anchors) == []
	assert found([], chain.Head(0, chain.START)) == []


@pytest.mark.parametrize("field", chain.FIELDS)
def test_a_change_of_any_field_is_found(log, field):
	log[4][field] = datetime(2026, 11, 24) if field == "read_at" else "other"
	assert found(log, head_of(log)) == [5]


def test_a_change_with_its_hash_made_anew_is_found(log):
	head = head_of(log)
	log[4]["user"] = "b@example.test"
	log[4]["hash"] = chain.hash_of(log[4], 5, log[4]["previous_hash"])
	assert found(log, head) == [6]


def test_a_last_row_with_its_hash_made_anew_is_found_by_the_head(log):
	head = head_of(log)
	log[-1]["user"] = "b@example.test"
	log[-1]["hash"] = chain.hash_of(log[-1], log[-1]["name"], log[-1]["previous_hash"])
	assert found(log, head) == [len(log)]


@pytest.mark.parametrize("gone", [0, 4])
def test_a_removed_row_is_found(log, gone):
	head = head_of(log)
	del log[gone]
	assert found(log, head) == [gone + 1]


def test_the_last_rows_removed_are_found(log):
	head = head_of(log)
	assert found(log[:6], head) == [7]
	# Also if the head was set back; then by the anchor alone.
	assert found(log[:6], head_of(log[:6])) == []
	assert found(log[:6], head_of(log[:6]), {8: head.last_hash}) == [7]


def test_a_missing_head_is_found(log):
	assert found(log, None) == [0]


def test_reordered_rows_are_found(log):
	head = head_of(log)
	log[2], log[3] = log[3] | {"name": 3}, log[2] | {"name": 4}
	assert found(log, head)[0] == 3


def test_an_inserted_row_is_found(log):
	head = head_of(log)
	new = row(document_name="BBBBBBBBB", name=4, previous_hash=log[2]["hash"])
	new["hash"] = chain.hash_of(new, 4, new["previous_hash"])
	later = [each | {"name": each["name"] + 1} for each in log[3:]]
	findings = found([*log[:3], new, *later], head)
	assert findings[0] == 5  # what was row 4 no longer follows
	added = row(name=9, previous_hash=log[-1]["hash"])
	added["hash"] = chain.hash_of(added, 9, added["previous_hash"])
	assert found([*log, added], head) == [9]


def test_a_chain_made_anew_is_found_by_the_anchor(log):
	anchor = {5: log[4]["hash"]}
	log[1]["user"] = "b@example.test"
	head = chain.link(log, chain.Head(0, chain.START))
	assert found(log, head) == []
	assert found(log, head, anchor) == [5]


def test_empty_and_missing_are_the_same_and_fields_do_not_run_together():
	assert (
		chain.canonical(row(child=""), 1) == chain.canonical(row(child=None), 1) == chain.canonical(row(), 1)
	)
	assert chain.canonical(row(child="ab"), 1) != chain.canonical(row(child="a", family="b"), 1)
	assert chain.canonical(row(), 1) != chain.canonical(row(), 2)
	assert chain.canonical(row(detail='","'), 1) != chain.canonical(row(detail=""), 1)


def test_the_format_stays():
	# Rows of a running site carry this hash: a change here would call all of them changed.
	values = row(user="äiti@example.test", child="ABCDEFGH2", ground="unit_staff")
	assert chain.canonical(values, 7) == (
		'["early-support-access-log-1",7,"2026-11-24T07:00:00.000120","äiti@example.test","","Concern","","ABCDEFGH2",'
		'"","","","","unit_staff","0","","",""]'
	)
	assert chain.hash_of(values, 7, chain.START)[:16] == "3179b43b04834f8d"
	assert chain.canonical({**values, "works_in": "KUNTA-1"}, 7) == (
		'["early-support-access-log-2",7,"2026-11-24T07:00:00.000120","äiti@example.test","","Concern","","ABCDEFGH2",'
		'"","","","","unit_staff","0","","","","KUNTA-1"]'
	)


# What counts as read


NAME, OTHER = "ABCDEFGH2", "ZZZZZZZZ9"


@pytest.mark.parametrize(
	("path", "arguments", "expected"),
	[
		(f"/api/resource/Concern/{NAME}", {}, {NAME}),
		(f"/api/v2/document/Concern/{NAME}/", {"fields": "[]"}, {NAME}),
		("/api/method/frappe.desk.form.load.getdoc", {"doctype": "Concern", "name": NAME}, {NAME}),
		("/api/method/x", {"names": f'["{NAME}", "{OTHER}"]'}, {NAME, OTHER}),
		("/api/method/x", {"names": [NAME]}, {NAME}),
		("/api/method/x", {"filters": f'{{"child": "{NAME}"}}', "txt": f"{NAME} x"}, set()),
		("/api/method/x", {"broken": f'["{NAME}'}, set()),
		(f"/app/concern/{NAME}", {}, set()),
		("/printview", {"doctype": "Concern", "name": NAME}, {NAME}),
		("/api/method/frappe.desk.notifications.get_open_count", {"name": NAME}, set()),
		("/api/method/x", {"name": "concern12"}, set()),
	],
)
def test_what_a_request_asks_for(path, arguments, expected):
	assert reads.asked(path, reads.method_of(path, None), arguments) == expected


def test_what_an_answer_holds():
	text = f'{{"docs":[{{"name":"{NAME}","child":"{OTHER}"}}]}}'
	assert reads.answered(text, reads.FORM) == {NAME}
	assert reads.answered(text, reads.REPORT) == {NAME, OTHER}
	assert reads.answered(None, reads.FORM) == set()
	assert reads.answered(f'{{"name": "{NAME}2"}}', reads.REPORT) == set()


@pytest.mark.parametrize(
	("row", "text", "expected"),
	[
		(reads.Row("Concern", NAME, (NAME, "Aino"), True), f"… {NAME} …", True),
		(reads.Row("Concern", NAME, (NAME, "Aino"), True), "… Aino …", False),
		(reads.Row("Concern", NAME, ("Äitiä",), False), '"\\u00c4iti\\u00e4"', True),
		(reads.Row("Concern", NAME, ("Äitiä",), False), '"Äitiä"', True),
		(reads.Row("Concern", NAME, ("<i>",), False), "&lt;i&gt;", True),
		(reads.Row("Concern", NAME, ("Äitiä",), False), "nothing", False),
		(reads.Row("Concern", NAME, (3,), False), "nothing", True),
		(reads.Row("Concern", NAME, (None,), False), "nothing", True),
		(reads.Row("Concern", NAME, (NAME,), True), None, True),
	],
)
def test_what_an_answer_shows_of_a_row(row, text, expected):
	assert reads.shows(text, row) is expected


@pytest.mark.parametrize(
	("path", "channel"),
	[
		("/api/method/frappe.desk.reportview.get", reads.LIST),
		("/api/method/frappe.desk.reportview.export_query", reads.EXPORT),
		("/api/v2/method/frappe.desk.form.load.getdoc", reads.FORM),
		("/api/v1/method/frappe.utils.print_format.download_pdf", reads.PRINT),
		("/api/resource/Concern/X", reads.INTERFACE),
		("/printview", reads.PRINT),
		("/private/files/x.pdf", reads.FILE),
	],
)
def test_channels(path, channel):
	assert reads.channel_of(path, reads.method_of(path, None)) == channel


def test_every_channel_is_named_once():
	assert len(set(reads.CHANNELS)) == len(reads.CHANNELS)
	assert {channel for _start, channel in (*reads.METHODS, *reads.PATHS)} <= set(reads.CHANNELS)


def test_names_are_found_within_whatever_filters_are_made_of():
	name = "ABCDEF234"
	for filters in (
		{"child": name},
		[["Concern", "child", "in", [name.lower(), "x"]]],
		UserList([("Concern", "child", "=", name)]),
		json.dumps([["child", "like", f"%{name}%"]]),
		{"name": ["in", f"x,{name}"]},
	):
		assert {found.upper() for found in reads.names_within(filters)} == {name}, filters
	assert reads.names_within({"zone": "red", "number": 3}, None, b"ABCDEF234") == set()
