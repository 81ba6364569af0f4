"""Makes an encrypted backup, or none.

Frappe leaves a backup in clear text when gpg fails, and tells so in a line that no nightly job reads. One way to fail is
the key: Frappe draws one at random and hands it to gpg on the command line, where one that begins with "-" is taken for an
option; that happens to one site in 64, at each of its backups.
"""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import frappe
from cryptography.fernet import Fernet
from frappe.installer import update_site_config
from frappe.utils import get_backups_path
from frappe.utils.backups import BackupGenerator, new_backup
from frappe.utils.synchronization import filelock

KEY = "backup_encryption_key"
# Where a backup lies until it is encrypted; what a killed one left is removed by the next.
MAKING = ".being-made-"
# The first packet of what gpg encrypts with a pass phrase: RFC 9580 §4.2, §5.3.
SESSION_KEY_PACKET = 3


class BackupFailed(Exception):
	"""No backup was made, and nothing of one was left in clear text; says why."""


def back_up(folder: str | Path | None = None) -> list[Path]:
	"""Back the site up with its files, encrypted with the backup key of its configuration, and return the files made.

	The copy of the site's configuration that Frappe makes is not kept: it holds all keys in clear text.

	Args:
		folder: where to put the files; the site's own folder of backups, if left out.

	Raises:
		BackupFailed: Frappe's setting is off, gpg is missing, fails or has no usable key, a file can't be written.
		LockTimeoutError: another backup of this site is being made.
	"""
	if not frappe.get_system_settings("encrypt_backup"):
		raise BackupFailed("System Settings → Backups → Encrypt Backups is off.")
	if not shutil.which("gpg"):
		raise BackupFailed("gpg is not installed (Debian: apt install gnupg).")
	key = usable_key()
	target = Path(folder or get_backups_path())
	with filelock("early_support_backup", timeout=1):
		try:
			target.mkdir(parents=True, exist_ok=True)
			for left in target.glob(f"{MAKING}*"):
				shutil.rmtree(left)
			with TemporaryDirectory(prefix=MAKING, dir=target) as making:
				return [made.rename(target / made.name) for made in _encrypted(Path(making), key)]
		except OSError as error:
			raise BackupFailed(f"{error.filename or target}: {error.strerror or error}") from None


def usable_key() -> str:
	"""Return the site's backup key; the first time, draw one and store it in the site's configuration.

	Raises:
		BackupFailed: the key begins with "-": no backup was ever encrypted with it, and Frappe could restore none.
	"""
	key = frappe.conf.get(KEY)
	if not key:
		while not key or key.startswith("-"):
			key = Fernet.generate_key().decode()
		update_site_config(KEY, key)
	if key.startswith("-"):
		raise BackupFailed(
			f'{KEY} in site_config.json begins with "-", which gpg takes for an option: backups made so far are in clear text, '
			"whatever their names say. Destroy them, take the key out of site_config.json, and start again."
		)
	return key


def is_encrypted(path: Path) -> bool:
	"""Tell whether a file begins as one does that gpg has encrypted with a pass phrase."""
	with path.open("rb") as file:
		first = file.read(1)
	if not first or not first[0] & 0x80:
		return False
	packet = first[0] & 0x3F if first[0] & 0x40 else (first[0] & 0x3C) >> 2
	return packet == SESSION_KEY_PACKET


def _encrypted(folder: Path, key: str) -> list[Path]:
	def encrypt(backup: BackupGenerator) -> None:
		for path in _files(backup):
			_encrypt(path, key)

	# Frappe has no hook here.
	frappes_own = BackupGenerator.backup_encryption
	BackupGenerator.backup_encryption = encrypt
	try:
		made = new_backup(ignore_files=False, backup_path=str(folder), force=True)
	finally:
		BackupGenerator.backup_encryption = frappes_own
	for path in _files(made):
		if not is_encrypted(path):
			raise BackupFailed(f"{path.name} is not encrypted.")
	return _files(made)


def _files(backup: BackupGenerator) -> list[Path]:
	files = [
		Path(backup.backup_path_db),
		Path(backup.backup_path_files),
		Path(backup.backup_path_private_files),
	]
	for path in files:
		if not path.is_file():
			raise BackupFailed(f"{path.name} was not written. Is the disk full?")
	return files


def _encrypt(path: Path, key: str) -> None:
	"""Put an encrypted file in the place of one in clear text. The key does not stand on the command line."""
	secret = path.with_name(f"{path.name}.gpg")
	words = ("--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback", "--passphrase-fd", "0")
	done = subprocess.run(
		["gpg", *words, "--output", str(secret), "--symmetric", str(path)],
		input=key,
		capture_output=True,
		text=True,
		check=False,
	)
	if done.returncode:
		raise BackupFailed(f"gpg could not encrypt {path.name}: {done.stderr.strip()}")
	secret.replace(path)
