"""Delivers files to an HTTPS server: with a token, OAuth2 client credentials, or a client certificate. Pure: imports no Frappe.

Each file is one request with an idempotency key and its SHA-256, so a delivery may be repeated after any break. docs/export.md
says what a receiver answers. Redirects are not followed, and no proxy, netrc or certificate of the machine is used.
"""

import base64
import hashlib
import json
import os
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from early_support.export import files
from early_support.export.faults import Fault, NotNow, Refused
from early_support.export.limits import LIMITS, Limits

PUT, POST = "PUT", "POST"
# More of an answer is not read.
LONGEST_ANSWER = 1 << 16
LONGEST_SAID = 140
LONGEST_WAIT = 24 * 3600
TYPES = {".json": "application/json", ".csv": "text/csv", ".jsonl": "application/jsonl"}

_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]+):")
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class OAuth:
	"""Where a token is drawn with client credentials (RFC 6749 §4.4)."""

	token_url: str
	client_id: str
	client_secret: str = field(repr=False)
	scope: str = ""


@dataclass(frozen=True)
class Endpoint:
	"""An HTTPS server, and how to sign in there.

	`method`: PUT (to the address, a slash and the name of the file) or POST (to the address). `ca_bundle`: the only
	certificates that are trusted, as PEM; by default those of the machine. `certificate`, `private_key`: for mTLS, as PEM.
	"""

	url: str
	method: str = PUT
	token: str | None = field(default=None, repr=False)
	oauth: OAuth | None = None
	certificate: str | None = None
	private_key: str | None = field(default=None, repr=False)
	ca_bundle: str | None = None


@dataclass(frozen=True)
class Answer:
	"""What a server says to one request."""

	status: int
	headers: Mapping[str, str]
	body: bytes

	@property
	def content(self) -> dict:
		"""The JSON object in it, or an empty one."""
		try:
			found = json.loads(self.body)
		except ValueError:
			return {}
		return found if isinstance(found, dict) else {}


def deliver(made: Sequence[tuple[Path, str]], endpoint: Endpoint, limits: Limits = LIMITS) -> str | None:
	"""Send files, each with its SHA-256, in their order, so that the last says that all are there.

	Returns what the receiver has given as receipt of the last, None if it gave none.

	Raises:
		Refused: somebody has to mend something; NotNow: it may go better later. No message holds a secret.
	"""
	for path, sha256 in made:
		files.check_hash(path, sha256)
	client = _Client(endpoint, limits)
	receipt = None
	for path, sha256 in made:
		receipt = client.bring(path, sha256)
	return receipt


def context_of(endpoint: Endpoint) -> ssl.SSLContext:
	"""Return whom we trust, and who we are. Raises Refused for certificates or keys that cannot be read."""
	try:
		context = ssl.create_default_context(cadata=endpoint.ca_bundle or None)
	except (ssl.SSLError, ValueError):
		raise Refused(Fault.SETTING_UNUSABLE, setting="ca_bundle") from None
	if not endpoint.certificate:
		return context
	try:
		# Python reads them from files only. These are in memory and have no name: no key stays on the disk.
		with _in_memory(endpoint.certificate) as certificate, _in_memory(endpoint.private_key or "") as key:
			# A locked key is refused; without this, OpenSSL would wait for somebody at the keyboard.
			context.load_cert_chain(certificate, key, password=lambda: b"")
	except (ssl.SSLError, OSError, ValueError):
		raise Refused(Fault.SETTING_UNUSABLE, setting="client_certificate") from None
	return context


def check(endpoint: Endpoint) -> None:
	"""Refuse an address, certificate or key that cannot be used. Raises Refused."""
	_address(endpoint.url)
	context_of(endpoint)


class _Client:
	def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
		self.endpoint, self.limits = endpoint, limits
		self.context = context_of(endpoint)
		self.secrets = [endpoint.token, endpoint.private_key]
		if endpoint.certificate:
			# Whether it is taken is said only after the handshake, and would be lost beside a file that is on its way.
			self._ask("HEAD", endpoint.url, {}, None)
		self.authorization = self._authorization()

	def bring(self, path: Path, sha256: str) -> str | None:
		"""Send one file, and return the receipt."""
		url = self.endpoint.url
		if self.endpoint.method == PUT:
			url = f"{url.rstrip('/')}/{quote(path.name)}"
		with path.open("rb") as body:
			answer = self._ask(self.endpoint.method, url, self._headers(path, sha256), body)
		if answer.status in (409, 412):
			self._check_is_this(answer, url, path, sha256)
		else:
			self._check(answer, file=path.name)
		said = answer.content.get("receipt")
		return _plain(said) if isinstance(said, (str, int)) else None

	def _headers(self, path: Path, sha256: str) -> dict[str, str]:
		digest = base64.b64encode(bytes.fromhex(sha256)).decode()
		return {
			**self.authorization,
			"Content-Type": TYPES.get(path.suffix, "application/octet-stream"),
			"Content-Length": str(path.stat().st_size),
			"Content-Disposition": f'attachment; filename="{quote(path.name)}"',
			"Content-Digest": f"sha-256=:{digest}:",
			# The name holds the run: the same file of the same run has always the same key.
			"Idempotency-Key": hashlib.sha256(f"{path.name}\0{sha256}".encode()).hexdigest(),
			**({"If-None-Match": "*"} if self.endpoint.method == PUT else {}),
		}

	def _authorization(self) -> dict[str, str]:
		if self.endpoint.oauth:
			return self._bearer(self._draw_token(self.endpoint.oauth))
		return self._bearer(self.endpoint.token) if self.endpoint.token else {}

	def _bearer(self, token: str) -> dict[str, str]:
		# What is no token would be quoted by the library's error.
		if not _TOKEN.fullmatch(token):
			raise Refused(Fault.SETTING_UNUSABLE, setting="secret")
		self.secrets.append(token)
		return {"Authorization": f"Bearer {token}"}

	def _draw_token(self, oauth: OAuth) -> str:
		self.secrets.append(oauth.client_secret)
		login = f"{quote_plus(oauth.client_id)}:{quote_plus(oauth.client_secret)}"
		form = {"grant_type": "client_credentials", **({"scope": oauth.scope} if oauth.scope else {})}
		body = urlencode(form).encode()
		headers = {
			"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
			"Content-Type": "application/x-www-form-urlencoded",
			"Content-Length": str(len(body)),
			"Accept": "application/json",
		}
		answer = self._ask(POST, oauth.token_url, headers, body)
		if answer.status == 400:  # RFC 6749 §5.2: the credentials or the scope are not good
			raise Refused(Fault.LOGIN_REFUSED, host=_host(oauth.token_url), code=answer.status)
		self._check(answer, url=oauth.token_url)
		token = answer.content.get("access_token")
		if not isinstance(token, str):
			raise Refused(Fault.LOGIN_REFUSED, host=_host(oauth.token_url), code=answer.status)
		return token

	def _check(self, answer: Answer, url: str | None = None, file: str = "") -> None:
		"""Refuse every answer that does not say that the request was done."""
		host, code = _host(url or self.endpoint.url), answer.status
		if 200 <= code < 300:
			return
		if code < 400:
			raise Refused(Fault.REDIRECTED, host=host, code=code)
		if code in (401, 403, 407):
			raise Refused(Fault.LOGIN_REFUSED, host=host, code=code)
		if code in (408, 425, 429):
			raise NotNow(Fault.RECEIVER_BUSY, _wait(answer), host=host, code=code)
		if code >= 500:
			raise NotNow(Fault.RECEIVER_FAILED, _wait(answer), host=host, code=code)
		raise Refused(Fault.NOT_ACCEPTED, host=host, code=code, file=file, said=self._said(answer))

	def _check_is_this(self, answer: Answer, url: str, path: Path, sha256: str) -> None:
		"""Take a file for delivered that is there already, if it is this one. Raises Refused."""
		there = answer.content.get("sha256")
		if there is None and self.endpoint.method == PUT:
			there = _digest(self._ask("HEAD", url, self.authorization, None))
		if there is None:
			raise Refused(Fault.NOT_SAID_WHICH, file=path.name, host=_host(url))
		if str(there).lower() != sha256:
			raise Refused(Fault.FILE_ALREADY_THERE, file=path.name)

	def _said(self, answer: Answer) -> str:
		"""Return the reason in an answer (RFC 9457), without anything secret that it may repeat."""
		said = answer.content.get("detail") or answer.content.get("title")
		text = said if isinstance(said, str) else ""
		for secret in filter(None, self.secrets):
			text = text.replace(secret, "…")
		return _plain(text) or "–"

	def _ask(
		self, method: str, url: str, headers: Mapping[str, str], body: BinaryIO | bytes | None
	) -> Answer:
		host, port, path = _address(url)
		with _named(host):
			connection = HTTPSConnection(
				host,
				port,
				timeout=self.limits.connect,
				context=self.context,
				blocksize=files.CHUNK,
			)
			with closing(connection):
				connection.connect()
				connection.sock.settimeout(self.limits.answer)
				# Who has heard enough may answer and hang up before all is sent.
				with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
					connection.request(method, path, body, dict(headers))
				response = connection.getresponse()
				return Answer(response.status, response.headers, response.read(LONGEST_ANSWER))


def _address(url: str) -> tuple[str, int, str]:
	"""Return host, port and path of an address with HTTPS. Raises Refused for any other."""
	try:
		parts = urlsplit(url.strip())
		port = parts.port or 443
	except ValueError:
		raise Refused(Fault.SETTING_UNUSABLE, setting="url") from None
	if parts.scheme != "https" or not parts.hostname or parts.username or parts.fragment:
		raise Refused(Fault.SETTING_UNUSABLE, setting="url")
	return parts.hostname, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _host(url: str) -> str:
	return urlsplit(url).hostname or ""


def _digest(answer: Answer) -> str | None:
	"""Return the SHA-256 of what lies at an address (RFC 9530), None if the answer does not tell."""
	match = _DIGEST.search(answer.headers.get("Repr-Digest") or "") if answer.status == 200 else None
	try:
		return base64.b64decode(match[1]).hex() if match else None
	except ValueError:
		return None


def _wait(answer: Answer) -> float | None:
	"""Return the seconds in Retry-After, which is a number or a day and time."""
	said = (answer.headers.get("Retry-After") or "").strip()
	if said.isdecimal():
		return min(float(said), LONGEST_WAIT)
	try:
		until = parsedate_to_datetime(said)
	except (TypeError, ValueError):
		return None
	until = until if until.tzinfo else until.replace(tzinfo=timezone.utc)
	return min(max((until - datetime.now(timezone.utc)).total_seconds(), 0), LONGEST_WAIT)


def _plain(text: str | int) -> str:
	"""Return one short line."""
	return " ".join("".join(each if each.isprintable() else " " for each in str(text)).split())[:LONGEST_SAID]


@contextmanager
def _in_memory(text: str) -> Iterator[str]:
	handle = os.memfd_create("early_support")
	try:
		os.write(handle, text.encode())
		yield f"/proc/self/fd/{handle}"
	finally:
		os.close(handle)


@contextmanager
def _named(host: str) -> Iterator[None]:
	"""Say what went wrong in our words: those of a library may hold what it was given."""
	try:
		yield
	except ssl.SSLCertVerificationError:
		raise Refused(Fault.CERTIFICATE_WRONG, host=host) from None
	except ssl.SSLError as error:
		# An alert about a certificate is about ours.
		if "ALERT" in (error.reason or "") and {"CERTIFICATE", "CA"} & set((error.reason or "").split("_")):
			raise Refused(Fault.LOGIN_REFUSED, host=host, code="TLS") from None
		raise NotNow(Fault.UNREACHABLE, host=host) from None
	except (OSError, HTTPException):
		raise NotNow(Fault.UNREACHABLE, host=host) from None
