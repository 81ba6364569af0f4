"""Names of records: opaque ones for people and casework, checked codes for everything else. Imports no Frappe."""

import re
import secrets

# Can be read aloud on the phone: no 0/O, no 1/I/L, no U (heard as O or V).
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 9

CODE = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
CODE_LENGTH = 60


def opaque_name() -> str:
	"""Return a random name of 9 characters that tells nothing and can be read aloud.

	30^9 (about 2 * 10^13) names: nobody guesses one, and a clash is refused by the primary key.
	"""
	return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_code(text: str | None) -> bool:
	"""Tell whether `text` may be the code of a list or organisation record.

	Codes go into reports, links and addresses: letters a-z, digits, and single `-`, `_` or `.` between them.
	"""
	return bool(text) and len(text) <= CODE_LENGTH and CODE.fullmatch(text) is not None
