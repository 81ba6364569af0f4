"""The backup command in this process: encrypted files, or an error and nothing in clear text.

tests/bench/test_bench__backup.py restores one.
"""

import os
import shutil
import stat
from pathlib import Path

import frappe
import pytest
from frappe.utils.file_lock import LockTimeoutError
from frappe.utils.synchronization import filelock

from early_support.privacy import backup

pytestmark = pytest.mark.skipif(not shutil.which("gpg"), reason="gpg is not installed")

GOOD_KEY = "k" * 43 + "="


def switch(monkeypatch, encrypt: int) -> None:
	"""Set Encrypt Backups, which each version of Frappe caches in its own way."""
	others = frappe.get_system_settings
	monkeypatch.setattr(
		frappe, "get_system_settings", lambda key: encrypt if key == "encrypt_backup" else others(key)
	)


@pytest.fixture
def folder(site, tmp_path, monkeypatch) -> Path:
	"""An empty folder for a backup of a site that is set to encrypt them, with a key."""
	switch(monkeypatch, 1)
	monkeypatch.setitem(frappe.conf, backup.KEY, GOOD_KEY)
	monkeypatch.setenv("GNUPGHOME", str(tmp_path / "gnupg"))
	(tmp_path / "gnupg").mkdir(mode=0o700)
	return tmp_path / "backups"


@pytest.fixture
def instead_of_gpg(tmp_path, monkeypatch):
	"""Give `instead_of_gpg(script)`: the shell script that is found under the name of gpg."""

	def put(script: str) -> None:
		path = tmp_path / "bin" / "gpg"
		path.parent.mkdir()
		path.write_text(f"#!/bin/sh\n{script}\n")
		path.chmod(path.stat().st_mode | stat.S_IXUSR)
		monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")

	return put


def test_a_backup_is_three_encrypted_files(folder):
	made = backup.back_up(folder)
	assert sorted(folder.iterdir()) == sorted(made)
	for path, end in zip(
		made, ("-database-enc.sql.gz", "-files-enc.tar", "-private-files-enc.tar"), strict=True
	):
		assert path.name.endswith(end)
		assert backup.is_encrypted(path)


def test_what_a_killed_backup_left_in_clear_text_is_removed_by_the_next(folder):
	left = folder / f"{backup.MAKING}x" / "20200101_000000-database-enc.sql.gz"
	left.parent.mkdir(parents=True)
	left.write_text("children")
	backup.back_up(folder)
	assert not left.parent.exists()


def test_nothing_is_left_when_gpg_fails(folder, instead_of_gpg):
	instead_of_gpg("echo 'gpg: no agent' >&2; exit 2")
	with pytest.raises(backup.BackupFailed, match="no agent"):
		backup.back_up(folder)
	assert not list(folder.iterdir())


def test_nothing_is_left_when_gpg_does_not_encrypt(folder, instead_of_gpg):
	instead_of_gpg('while [ "$1" != --output ]; do shift; done; cp "$4" "$2"')
	with pytest.raises(backup.BackupFailed, match="is not encrypted"):
		backup.back_up(folder)
	assert not list(folder.iterdir())


def test_nothing_is_left_when_a_file_is_missing(folder, monkeypatch):
	monkeypatch.setattr("frappe.utils.backups.BackupGenerator.backup_files", lambda self: None)
	with pytest.raises(backup.BackupFailed, match="was not written"):
		backup.back_up(folder)
	assert not list(folder.iterdir())


def test_frappes_own_encryption_is_there_again_afterwards(folder, instead_of_gpg):
	frappes_own = backup.BackupGenerator.backup_encryption
	instead_of_gpg("exit 2")
	with pytest.raises(backup.BackupFailed):
		backup.back_up(folder)
	assert backup.BackupGenerator.backup_encryption is frappes_own


def test_without_gpg_nothing_is_begun(folder, monkeypatch):
	monkeypatch.setenv("PATH", "/nowhere")
	with pytest.raises(backup.BackupFailed, match="gpg is not installed"):
		backup.back_up(folder)
	assert not folder.exists()


def test_with_the_setting_off_nothing_is_begun(folder, monkeypatch):
	switch(monkeypatch, 0)
	with pytest.raises(backup.BackupFailed, match="is off"):
		backup.back_up(folder)
	assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_named(folder):
	folder.write_text("a file")
	with pytest.raises(backup.BackupFailed, match=str(folder)):
		backup.back_up(folder)


def test_two_at_once_are_not_made(folder):
	with filelock("early_support_backup"), pytest.raises(LockTimeoutError):
		backup.back_up(folder)
	assert not folder.exists()


def test_a_key_that_gpg_takes_for_an_option_is_refused(folder, monkeypatch):
	monkeypatch.setitem(frappe.conf, backup.KEY, "-" + GOOD_KEY[1:])
	with pytest.raises(backup.BackupFailed, match="in clear text"):
		backup.back_up(folder)
	assert not folder.exists()


def test_such_a_key_is_never_drawn(folder, monkeypatch):
	drawn, stored = [b"-one", b"-two", b"three"], {}
	monkeypatch.setitem(frappe.conf, backup.KEY, None)
	monkeypatch.setattr(backup.Fernet, "generate_key", lambda: drawn.pop(0))
	monkeypatch.setattr(backup, "update_site_config", stored.__setitem__)
	assert backup.usable_key() == "three"
	assert stored == {backup.KEY: "three"}


@pytest.mark.parametrize(
	("first", "encrypted"),
	[
		(b"\x8c", True),
		(b"\xc3", True),
		(b"\x1f", False),
		(b".", False),
		(b"C", False),
		(b"", False),
		(b"\x99", False),
		(b"\xc2", False),
	],
)
def test_what_gpg_encrypts_is_known_by_its_first_packet(tmp_path, first, encrypted):
	path = tmp_path / "x"
	path.write_bytes(first)
	assert backup.is_encrypted(path) is encrypted
