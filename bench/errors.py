"""Errors that people read: what failed, why, and what to do."""

from __future__ import annotations

import re
from pathlib import Path


class EsError(Exception):
	"""Something failed that a person can act on.

	Arguments: `what` failed, `why` it did (may be long, such as the end of a log), `fix` is what to do about it.
	"""

	def __init__(self, what: str, why: str = "", fix: str = ""):
		super().__init__(what)
		self.what, self.why, self.fix = what, why, fix


DISK_FULL_FIX = "Free some disk space (a whole bench needs about 3 GB) and run the same command again; it goes on where it was."

# What a failed program prints, and what that means for the person at the keyboard. The first match wins.
_SIGNS = (
	(r"No space left on device|ENOSPC|Disk quota exceeded", "the disk is full", DISK_FULL_FIX),
	(
		r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|self.signed certificate|UnknownIssuer|invalid peer certificate|UNABLE_TO_GET_ISSUER",
		"a certificate could not be verified",
		"If your network re-signs traffic, add its CA to the machine's store (/usr/local/share/ca-certificates, then update-ca-certificates) or name it in SSL_CERT_FILE.",
	),
	(
		r"Temporary failure in name resolution|Name or service not known|Could not resolve|getaddrinfo|EAI_AGAIN|ENOTFOUND|failed to lookup address|dns error",
		"a host name could not be resolved",
		"Check the network. Behind a proxy or with mirrors: set HTTPS_PROXY, the index-url of pip or uv, and npm's registry; ./es uses them all.",
	),
	(
		r"Network is unreachable|Connection refused|Connection timed out|ECONNREFUSED|ETIMEDOUT|timed out|tcp connect error|Connection reset",
		"a server did not answer",
		"Check the network, the proxy (HTTPS_PROXY) and the mirrors (pip's index-url, npm's registry, apt's sources), then run the same command again.",
	),
	(
		r"Could not get lock|dpkg frontend lock",
		"another program is installing packages",
		"Wait until it is done, then run the same command again.",
	),
)


def explain(output: str) -> tuple[str, str] | None:
	"""Return (why, fix) when `output` of a failed program shows a well-known reason, else None."""
	for pattern, why, fix in _SIGNS:
		if re.search(pattern, output, re.IGNORECASE):
			return why, fix
	return None


def tail(path: Path, lines: int = 12) -> str:
	"""Return the last `lines` lines of a log file, or a note that it is missing or empty."""
	try:
		text = path.read_text(errors="replace")
	except OSError:
		return f"({path} can't be read)"
	# Progress bars rewrite their line; only what would stay on a screen counts.
	kept = [line.rsplit("\r", 1)[-1] for line in text.rstrip().splitlines()]
	return "\n".join(kept[-lines:]) or f"({path} is empty)"
