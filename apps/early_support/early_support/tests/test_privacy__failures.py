"""A request that fails leaves nothing of its text behind: not in the Error Log on its way, not in a log file."""

import json
from pathlib import Path

import frappe
import pytest

from early_support.tests import case_factories as make

QUEUE = "insert_queue_for_Error Log"
PERSON = "Soita Liinu Vuorenniemelle, 040 123 4567."


@pytest.fixture
def kept(site):
	"""Give what this test's requests leave: the Error Logs that wait in Redis, and what log files have gained."""
	frappe.cache.delete_value(QUEUE)
	files = {path: path.stat().st_size for path in _log_files(site)}

	def read() -> tuple[list[str], str]:
		waiting = [entry.decode() for entry in frappe.cache.lrange(QUEUE, 0, -1)]
		texts = [
			path.read_bytes()[files.get(path, 0) :].decode(errors="replace") for path in _log_files(site)
		]
		return waiting, "".join(texts)

	yield read
	frappe.cache.delete_value(QUEUE)


def _log_files(site: str) -> list[Path]:
	return [*Path("..", "logs").glob("*.log"), *Path(site, "logs").glob("*.log")]


@pytest.mark.parametrize("way", ["no method of that name", "a broken document"])
def test_a_failure_keeps_its_place_and_no_text(team, api, kept, way):
	doc = make.make_consultation(team)
	if way == "a broken document":
		body = {"doc": '{"doctype": "Consultation", "question": "' + PERSON, "action": "Save"}
		answer = api(team.educator).post("/api/method/frappe.desk.form.save.savedocs", json=body)
	else:
		body = {
			"method": "no_such",
			"docs": json.dumps({**doc.as_dict(no_nulls=True), "question": PERSON}, default=str),
		}
		answer = api(team.educator).post("/api/method/run_doc_method", json=body)
	assert answer.status_code == 500
	waiting, files = kept()
	assert len(waiting) == 1
	assert ".py:" in waiting[0]
	assert "Vuorenniemelle" not in waiting[0]
	assert "040 123" not in waiting[0]
	assert "Vuorenniemelle" not in files
	assert ".py:" in files


def test_the_answer_comes_even_if_the_failure_cannot_be_kept(team, api, kept, monkeypatch):
	def broken(**_values):
		raise RuntimeError("no Redis")

	monkeypatch.setattr("early_support.privacy.failures.log_error", broken)
	answer = api(team.educator).post(
		"/api/method/frappe.desk.form.save.savedocs",
		json={"doc": '{"question": "' + PERSON, "action": "Save"},
	)
	assert answer.status_code == 500
	waiting, files = kept()
	assert waiting == []
	assert "Vuorenniemelle" not in files
	assert "The Error Log could not be written" in files
