"""The keys of drafts, and the names of documents that are sent twice. Pure: imports no Frappe.

A draft is what somebody has typed and not saved. The browser keeps it, locked with a key that only the server can derive
and that it gives to the person's own session only (docs/drafts.md).
"""

import hmac
import json

from early_support.naming import ALPHABET, LENGTH

# A key locks for one week. It is handed out in its own week and in the next: after that nobody gets it any more, and a
# draft that still lies in some browser can no longer be opened by anybody.
WEEK = 7 * 24 * 60 * 60
WEEKS = 2

KEY_LABEL = "early_support draft key"
NAME_LABEL = "early_support name of a document that is sent twice"


def periods(seconds: float) -> list[int]:
	"""Return the periods whose keys are handed out at a moment, given in seconds since 1970: the present one first."""
	now = int(seconds // WEEK)
	return [now - back for back in range(WEEKS)]


def key(secret: str, user: str, period: int) -> bytes:
	"""Return the key of a person's drafts of one period: 32 bytes.

	`secret`: the site's own, from which nobody without it can tell any key from chance.
	"""
	return _derive(secret, KEY_LABEL, user, period)


def name(secret: str, user: str, doctype: str, once: str) -> str:
	"""Return the name of the document that `user` sends under the mark `once`: always the same one, and as opaque as any."""
	number = int.from_bytes(_derive(secret, NAME_LABEL, user, doctype, once), "big")
	letters = []
	for _letter in range(LENGTH):
		number, at = divmod(number, len(ALPHABET))
		letters.append(ALPHABET[at])
	return "".join(letters)


def _derive(secret: str, *about: str | int) -> bytes:
	# As JSON, in which no two lists look the same.
	return hmac.digest(secret.encode(), json.dumps(about).encode(), "sha256")
