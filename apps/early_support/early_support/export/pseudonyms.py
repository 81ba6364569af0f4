"""Pseudonyms of records: always the same for the same record, and nobody without the key finds the record from one.

HMAC-SHA256 over the form and the opaque name of a record, with a key of the register controller in a version. Never over
an identity code: there are so few of them that whoever gets the key once could try them all (domain.md §8). Keys lie in
the site's configuration, outside the database, so that neither a dump of the database nor a backup of it holds one.
Pure: imports no Frappe.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

from early_support.export.faults import Fault, Refused

KEY_BYTES = 32
# 160 bits: two records get the same pseudonym when there are 10^24 of them. 32 letters and digits, without padding.
LENGTH = 20
LETTERS = LENGTH * 8 // 5


def new_key() -> str:
	"""Draw a key, as it stands in the configuration."""
	return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def next_version(keys: Mapping[str, str] | None) -> str:
	"""Return the version after those that there are of a controller."""
	return str(max((int(version) for version in keys or {} if version.isdecimal()), default=0) + 1)


class Pseudonyms:
	"""Gives pseudonyms for one register controller, with its newest key or that of `version`."""

	def __init__(
		self, keys: Mapping[str, Mapping[str, str]] | None, controller: str, version: str | None = None
	) -> None:
		"""Take the key of `controller` out of {controller: {version: key in base64}}.

		Raises:
			Refused: KEY_MISSING, KEY_WEAK.
		"""
		own = (keys or {}).get(controller)
		own = own if isinstance(own, Mapping) else {}
		newest = max((int(name) for name in own if name.isdecimal()), default=0)
		self.version = version or str(newest)
		if self.version not in own:
			raise Refused(Fault.KEY_MISSING, controller=controller, version=version or "–")
		try:
			self._key = base64.b64decode(own[self.version], validate=True)
		except (binascii.Error, TypeError, ValueError):
			self._key = b""
		if len(self._key) < KEY_BYTES:
			raise Refused(Fault.KEY_WEAK, controller=controller, version=self.version)

	def of(self, doctype: str, name: str) -> str:
		"""Return the pseudonym of a record: the version of the key, a hyphen, 32 letters and digits."""
		[given] = self.of_all(doctype, [name])
		return given

	def of_all(self, doctype: str, names: Iterable[str]) -> list[str]:
		"""Return the pseudonyms of records of a doctype, in their order."""
		# What is the same for all of them goes into the hash once.
		begun = hmac.new(self._key, f"{doctype}\0".encode(), hashlib.sha256)
		digests = []
		for name in names:
			own = begun.copy()
			own.update(name.encode())
			digests.append(own.digest()[:LENGTH])
		# Base32 takes five bytes at a time, of which each digest has a whole number: so all are written in one go.
		text = base64.b32encode(b"".join(digests)).decode().lower()
		return [f"{self.version}-{text[start : start + LETTERS]}" for start in range(0, len(text), LETTERS)]
