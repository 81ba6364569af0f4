"""Form packs and migrations on sites of their own, by the command line, as an administrator of the server works with them.

All is committed there, columns too. Each site is a copy of the test site from before the demo was loaded.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from bench import site
from bench.layout import APP, EMPTY_SITE, REPO, Layout

pytestmark = [pytest.mark.trial_bench, pytest.mark.timeout(900)]

CHANGED, NEW = "pack-1.localhost", "pack-2.localhost"
DEFAULTS = REPO / "apps" / APP / APP / "fixtures" / "defaults"
COMMAND = "early-support-pack"


@pytest.fixture(scope="module")
def pack(tmp_path_factory) -> Path:
	"""Where the pack of the changed site lies."""
	layout = Layout(Path(os.environ["ES_TEST_BENCH"]))
	for name in (CHANGED, NEW):
		site.copy(layout, EMPTY_SITE, name)
	return tmp_path_factory.mktemp("pack") / "koekunta.json"


def run(*command) -> subprocess.CompletedProcess:
	return subprocess.run(
		[sys.executable, "-m", *command],
		capture_output=True,
		text=True,
		timeout=600,
		check=False,
		stdin=subprocess.DEVNULL,
	)


def frappe(name: str, *words: str | Path, fails: bool = False) -> str:
	"""Run a command of the site, and return all that it says."""
	answer = run("frappe.utils.bench_helper", "frappe", "--site", name, *map(str, words))
	told = answer.stdout + answer.stderr
	assert answer.returncode == int(fails), told[-3000:]
	return told


def step(name: str, *words: str | Path) -> str:
	answer = run("early_support.tests.form_pack_sites", name, *map(str, words))
	assert answer.returncode == 0, answer.stderr[-3000:]
	return answer.stdout


def shown(name: str) -> dict:
	return json.loads(step(name, "show").splitlines()[-1])


def differences(wanted, now, place: str = "") -> Iterator[str]:
	"""Yield where two answers differ: language, form, field and property."""
	if isinstance(wanted, dict) and isinstance(now, dict):
		for key in sorted({*wanted, *now}):
			yield from differences(wanted.get(key), now.get(key), f"{place} > {key}")
	elif isinstance(wanted, list) and isinstance(now, list) and len(wanted) == len(now):
		for number, (one, other) in enumerate(zip(wanted, now, strict=True)):
			name = one.get("fieldname", number) if isinstance(one, dict) else number
			yield from differences(one, other, f"{place} > {name}")
	elif wanted != now:
		yield f"{place}: {wanted!r} is {now!r}"


def expect_same(now: dict, wanted: dict) -> None:
	assert list(islice(differences(wanted, now), 20)) == []


def test_01_the_forms_of_one_site_are_written_to_a_file(pack):
	step(CHANGED, "change")
	told = frappe(CHANGED, COMMAND, "export", pack)
	plain = json.loads(pack.read_text(encoding="utf-8"))
	assert plain["sha256"] in told
	assert plain["made_by"] == CHANGED
	assert "left out" not in told


def test_02_a_file_that_was_changed_or_asks_for_too_much_changes_nothing(pack, tmp_path):
	before = shown(NEW)
	plain = json.loads(pack.read_text(encoding="utf-8"))
	changed = tmp_path / "changed.json"
	changed.write_text(json.dumps({**plain, "made_by": "toinen.fi"}), encoding="utf-8")
	assert "SHA-256 does not fit" in frappe(NEW, COMMAND, "compare", changed, fails=True)
	assert "SHA-256 does not fit" in frappe(NEW, COMMAND, "import", changed, "--yes", fails=True)
	refused = tmp_path / "refused.json"
	name = next(
		name
		for name, record in plain["records"]["Custom Field"].items()
		if record["fieldname"] == "custom_since"
	)
	plain["records"]["Custom Field"][name] |= {"fieldtype": "Data", "label": "Henkilötunnus"}
	refused.write_text(sealed(plain), encoding="utf-8")
	assert "REFUSED" in frappe(NEW, COMMAND, "compare", refused, fails=True)
	assert "nothing was imported" in frappe(NEW, COMMAND, "import", refused, "--yes", fails=True)
	expect_same(shown(NEW), before)


def sealed(plain: dict) -> str:
	"""Return a pack as a file whose checksum fits, as docs/form-packs.md describes it."""
	plain = {name: value for name, value in plain.items() if name != "sha256"}
	text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
	return json.dumps({**plain, "sha256": hashlib.sha256(text.encode()).hexdigest()}, ensure_ascii=False)


def test_03_a_comparison_lists_all_and_leaves_nothing(pack):
	before = shown(NEW)
	told = frappe(NEW, COMMAND, "compare", pack)
	assert "custom_sleep" in told
	assert "Huolen oma kulku" in told
	assert "REFUSED" not in told
	expect_same(shown(NEW), before)


def test_03_some_forms_of_it_are_compared_and_written_to_a_file(pack, tmp_path):
	told = frappe(NEW, COMMAND, "compare", pack, "--part", "Forms", "--form", "Child Plan Service")
	assert "custom_may_be_told" in told
	assert "custom_sleep" not in told
	assert "no such part or form: User" in frappe(NEW, COMMAND, "compare", pack, "--form", "User", fails=True)
	part = tmp_path / "part.json"
	frappe(CHANGED, COMMAND, "export", part, "--part", "Forms", "--form", "Child Plan Service")
	plain = json.loads(part.read_text(encoding="utf-8"))
	assert (plain["forms"], plain["parts"]) == (["Child Plan Service"], ["Forms"])
	assert [*plain["records"]["Custom Field"]] == ["Child Plan Service: custom_may_be_told"]
	assert "nothing of these forms" in frappe(
		NEW, COMMAND, "import", part, "--form", "Visit", "--yes", fails=True
	)


def test_04_the_pack_turns_an_empty_site_into_the_same_forms(pack):
	before, wanted = shown(NEW), shown(CHANGED)
	assert wanted["fi"]["forms"] != before["fi"]["forms"]
	told = frappe(NEW, COMMAND, "import", pack, "--yes")
	assert "100 % Imported" in told
	expect_same(shown(NEW), wanted)
	# A migration is no change of an administrator's, and takes none away.
	frappe(NEW, "migrate")
	expect_same(shown(NEW), wanted)
	assert "There is nothing to import." in frappe(NEW, COMMAND, "import", pack, "--yes")
	name = told.rsplit("Form Pack ", 1)[1].split()[0]
	frappe(NEW, COMMAND, "roll-back", name)
	now = shown(NEW)
	assert now["fi"]["forms"]["Concern"] == before["fi"]["forms"]["Concern"]
	assert now["records"]["Property Setter"] == before["records"]["Property Setter"]
	assert {key: row for key, row in now["records"]["Workflow"].items() if row["is_active"]} == {
		key: row for key, row in before["records"]["Workflow"].items() if row["is_active"]
	}


def test_05_what_was_edited_and_deleted_outlives_migrations_and_an_upgrade(pack, tmp_path):
	topics = json.loads(step(CHANGED, "topics").splitlines()[-1])
	edited, deleted, left = [name for name, (status, _title) in topics.items() if status == "As Shipped"][:3]
	step(CHANGED, "edit", edited, deleted)
	forms = shown(CHANGED)
	for _time in range(2):
		frappe(CHANGED, "migrate")
		now = json.loads(step(CHANGED, "topics").splitlines()[-1])
		assert now[edited] == ["Changed Here", "Oma sana"]
		assert now[deleted] == ["Deleted Here", None]
		assert now[left] == topics[left]
	expect_same(shown(CHANGED), forms)
	folder = shutil.copytree(DEFAULTS, tmp_path / "defaults")
	path = folder / "lists" / "concern_topic.json"
	records = json.loads(path.read_text(encoding="utf-8"))
	for record in records:
		if record["name"] in (edited, deleted, left):
			record["title"] = "Uusi sana"
	path.write_text(json.dumps(records), encoding="utf-8")
	step(CHANGED, "upgrade", folder)
	now = json.loads(step(CHANGED, "topics").splitlines()[-1])
	assert now[left] == ["As Shipped", "Uusi sana"]
	assert now[edited] == ["To Be Decided", "Oma sana"]
	assert now[deleted][1] is None
	assert shown(CHANGED)["fi"]["forms"] == forms["fi"]["forms"]
