"""An encrypted backup of the test site, restored into a new site: everything is there, and encrypted fields open."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bench import site
from bench.errors import EsError
from bench.layout import TEST_SITE, Layout

RESTORED = "restored.localhost"
COUNTED = (
	"Family",
	"Child",
	"Concern",
	"Support Period",
	"Visit",
	"Network Meeting",
	"Client Relationship",
	"Consultation",
	"Version",
	"File",
)
CODE = "010120A1233"


@pytest.fixture
def bench(monkeypatch) -> Layout:
	"""The real bench on which the tests run."""
	if not shutil.which("gpg"):
		pytest.skip(
			"gpg is not installed (Debian: apt install gnupg): Frappe would write the backup unencrypted"
		)
	monkeypatch.setenv("ES_BENCH", os.environ["ES_TEST_BENCH"])
	return Layout()


def python(layout: Layout, name: str, code: str) -> object:
	"""Run `code` on a site and return the JSON it prints last."""
	program = f"import frappe, json; frappe.init(site={name!r}); frappe.connect()\n{code}\nfrappe.db.commit()"
	done = subprocess.run(
		[str(layout.python), "-c", program],
		cwd=layout.sites,
		env=site.frappe_environment(layout),
		capture_output=True,
		text=True,
		check=False,
	)
	assert done.returncode == 0, done.stderr
	lines = done.stdout.strip().splitlines()
	return json.loads(lines[-1]) if lines else None


COUNT = f"print(json.dumps({{d: frappe.db.count(d) for d in {COUNTED!r}}}))"
FINDINGS = """
from early_support.privacy import log_check
print(json.dumps([log_check.describe(finding) for finding in log_check.verify()]))
"""
SECRET = """
from frappe.utils.password import get_decrypted_password
print(json.dumps(get_decrypted_password("Child", "BACKUPTST", "identity_code")))
"""


@pytest.fixture
def encrypted_site(bench):
	"""The test site with a secret in it, set to encrypt its backups; as it was, afterwards."""
	make = f"""
from frappe.utils.password import set_encrypted_password
set_encrypted_password("Child", "BACKUPTST", {CODE!r}, "identity_code")
frappe.db.set_single_value("System Settings", "encrypt_backup", 1)
"""
	undo = """
frappe.db.delete("__Auth", {"name": "BACKUPTST"})
frappe.db.set_single_value("System Settings", "encrypt_backup", 0)
frappe.clear_cache()
"""
	config = bench.sites / TEST_SITE / "site_config.json"
	before = config.read_bytes()
	python(bench, TEST_SITE, make)
	try:
		yield bench
	finally:
		python(bench, TEST_SITE, undo)
		config.write_bytes(before)


@pytest.fixture
def restore(bench):
	"""Give `restore(words)`: Frappe's command for a site that holds nothing yet, and is dropped at the end."""
	folder = bench.sites / RESTORED
	config = bench.sites / TEST_SITE / "site_config.json"
	folder.mkdir()
	fresh = {"db_name": "es_restored", "db_password": os.urandom(16).hex(), "db_type": "mariadb"}
	(folder / "site_config.json").write_text(
		json.dumps({"encryption_key": json.loads(config.read_text())["encryption_key"], **fresh})
	)
	root = ["--db-root-username", "root", "--db-root-password", bench.secret("mariadb_root")]
	begun = []

	def run(words: list[str]) -> None:
		begun.append(words)
		what = "the backup could not be restored"
		site.frappe(bench, RESTORED, ["restore", *words, *root, "--force"], "restore", what)

	try:
		yield run
	finally:
		if begun:
			drop = ["drop-site", RESTORED, "--force", "--no-backup", "--archived-sites-path", str(bench.root)]
			what = "the restored site could not be dropped"
			site.frappe(bench, None, [*drop, *root], "drop-restored", what)
		shutil.rmtree(folder, ignore_errors=True)
		shutil.rmtree(bench.root / RESTORED, ignore_errors=True)


def _without_definers(database: Path, key: str, folder: Path) -> Path:
	"""Do with the database what docs/backups.md says, word for word."""
	page = (Path(__file__).parents[2] / "docs" / "backups.md").read_text()
	(command,) = (line for line in page.splitlines() if line.startswith("gpg "))
	(folder / "KEY_FILE").write_text(key)
	named = command.replace("BACKUP-database-enc.sql.gz", str(database))
	subprocess.run(["bash", "-o", "pipefail", "-c", named], cwd=folder, check=True, capture_output=True)
	return folder / "database.sql.gz"


def test_backup_is_encrypted_and_restores(encrypted_site, restore, tmp_path):
	bench = encrypted_site
	words = ["early-support-backup", "--backup-path", str(tmp_path)]
	site.frappe(bench, TEST_SITE, words, "backup", "no backup was made")
	counts = python(bench, TEST_SITE, COUNT)
	key = json.loads((bench.sites / TEST_SITE / "site_config.json").read_text())["backup_encryption_key"]
	(database,) = tmp_path.glob("*-database-enc.sql.gz")
	(private,) = tmp_path.glob("*-private-files-enc.tar")
	# The keys of the site lie nowhere beside it.
	assert not list(tmp_path.glob("*site_config*"))
	# Neither gzip nor tar, and no name of a table, can be read without the key.
	for path in (database, private):
		content = path.read_bytes()
		assert not content.startswith(b"\x1f\x8b")
		assert b"tabConcern" not in content
		assert b"private/files" not in content

	decrypted = _without_definers(database, key, tmp_path)
	restore([str(decrypted), "--encryption-key", key, "--with-private-files", str(private)])

	assert python(bench, RESTORED, COUNT) == counts
	assert counts["Child"] > 0
	assert python(bench, RESTORED, SECRET) == CODE
	assert python(bench, RESTORED, FINDINGS) == []


def test_command_without_a_usable_key_says_so_and_leaves_nothing(encrypted_site, tmp_path):
	"""Frappe's own command writes clear text with such a key, and ends well."""
	bench, folder = encrypted_site, tmp_path / "backups"
	config = bench.sites / TEST_SITE / "site_config.json"
	config.write_text(json.dumps({**json.loads(config.read_text()), "backup_encryption_key": "-" + "k" * 43}))
	with pytest.raises(EsError) as failed:
		site.frappe(
			bench, TEST_SITE, ["early-support-backup", "--backup-path", str(folder)], "backup", "no backup"
		)
	assert "gpg takes for an option" in failed.value.why
	assert not folder.exists()
