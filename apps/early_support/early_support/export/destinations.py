"""What the Report Destinations of the desk mean: a folder of the server, an SFTP or an HTTPS server with its secrets.

Secrets are read only here, and only to be used: they stand encrypted in the database, in no copy of a document and no log.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

import frappe
from frappe import _

from early_support.export import folder, https, sftp
from early_support.export.faults import Fault, Refused

DESTINATION = "Report Destination"
FOLDERS = "early_support_export_folders"

FOLDER, SFTP, HTTPS = "Folder", "SFTP", "HTTPS"
IN_USE = "In Use"
KEY, OAUTH, CERTIFICATE = "Key", "OAuth2", "Certificate"

# What decides where files come to, and who takes them there. Whoever approves a run approves these of its destination.
WHERE = (
	"kind",
	"controller",
	"folder",
	"host",
	"port",
	"username",
	"remote_folder",
	"host_key",
	"url",
	"http_method",
	"ca_bundle",
	"token_url",
	"client_id",
	"scope",
)

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)


def send(made: Sequence[tuple[Path, str]], name: str, controller: str, seal: str | None) -> str | None:
	"""Bring files to the destination `name`, the last of them when the others are there. Returns the receiver's receipt.

	Args:
		controller: whose files they are.
		seal: of the place for which they were approved (`seal_of`).

	Raises:
		Refused: somebody has to mend something; NotNow: it may go better later; OSError: of a folder of this server.
	"""
	doc = frappe.get_doc(DESTINATION, name)
	if doc.status != IN_USE:
		raise Refused(Fault.DESTINATION_UNCONFIRMED, destination=doc.title)
	if doc.controller != controller:
		raise Refused(Fault.DESTINATION_OTHERS, destination=doc.title)
	if seal_of(doc) != seal:
		raise Refused(Fault.DESTINATION_CHANGED, destination=doc.title)
	receiver = receiver_of(doc)
	if isinstance(receiver, https.Endpoint):
		return https.deliver(made, receiver)
	if isinstance(receiver, sftp.Server):
		sftp.deliver(made, receiver)
	else:
		folder.deliver(made, receiver)
	return None


def seal_of(doc) -> str:
	"""Return what is another one as soon as a destination leads elsewhere; a new secret or title leads nowhere else."""
	where = [str(doc.get(field) or "").strip() for field in WHERE]
	return hashlib.sha256(json.dumps(where).encode()).hexdigest()


def place_of(doc) -> str:
	"""Return where a destination leads, for whoever decides on a run."""
	if doc.kind == FOLDER:
		where = _("folder {0} of this server").format(doc.folder)
	elif doc.kind == SFTP:
		where = f"sftp://{doc.username}@{doc.host}:{doc.port or 22}/{(doc.remote_folder or '').strip().lstrip('/')}"
	else:
		where = f"{doc.http_method or https.PUT} {doc.url}"
	return f"{doc.title}: {where}"


def receiver_of(doc) -> Path | sftp.Server | https.Endpoint:
	"""Return the receiver that a destination describes.

	Raises:
		Refused: a setting is missing, or cannot be read.
	"""
	if doc.kind == FOLDER:
		return folder.folder_of(frappe.conf.get(FOLDERS), doc.folder)
	if doc.kind == SFTP:
		_require(doc, "host", "username", "host_key", "private_key" if doc.sftp_login == KEY else "secret")
		sftp.pinned_keys(doc.host_key)
		if not 0 <= int(doc.port or 0) < 1 << 16:
			raise Refused(Fault.SETTING_UNUSABLE, setting="port")
		return sftp.Server(
			host=doc.host.strip(),
			username=doc.username,
			host_keys=doc.host_key,
			port=doc.port or 22,
			folder=(doc.remote_folder or "").strip(),
			**{"private_key" if doc.sftp_login == KEY else "password": _secret(doc, doc.sftp_login == KEY)},
		)
	_require(doc, "url", "private_key" if doc.https_login == CERTIFICATE else "secret")
	login = {}
	if doc.https_login == OAUTH:
		_require(doc, "token_url", "client_id")
		login["oauth"] = https.OAuth(doc.token_url, doc.client_id, _secret(doc), doc.scope or "")
	elif doc.https_login == CERTIFICATE:
		_require(doc, "client_certificate")
		login |= {"certificate": doc.client_certificate, "private_key": _secret(doc, True)}
	else:
		login["token"] = _secret(doc)
	endpoint = https.Endpoint(doc.url.strip(), doc.http_method or https.PUT, ca_bundle=doc.ca_bundle, **login)
	https.check(endpoint)
	return endpoint


def check_given(doc) -> None:
	"""Look at what is entered of a destination, which may not be all yet. Raises Refused for what cannot be read."""
	if doc.kind == SFTP:
		if doc.host_key:
			sftp.pinned_keys(doc.host_key)
		if doc.is_given("private_key"):
			sftp.read_key(doc.private_key)
	if doc.kind == HTTPS:
		https.check(https.Endpoint(doc.url or "https://x", ca_bundle=doc.ca_bundle))
		if doc.token_url:
			https.check(https.Endpoint(doc.token_url))


def with_lines(text: str) -> str:
	"""Return a key in PEM with its lines: a field for passwords takes them away. Another text stays as it is."""
	match = _PEM.search(text)
	if not match:
		return text
	inner = "".join(match[2].split())
	lines = [inner[start : start + 64] for start in range(0, len(inner), 64)]
	return "\n".join((f"-----BEGIN {match[1]}-----", *lines, f"-----END {match[1]}-----", ""))


def _require(doc, *fields: str) -> None:
	for field in fields:
		if not (doc.get(field) or "").strip():
			raise Refused(Fault.SETTING_UNUSABLE, setting=field)


def _secret(doc, is_key: bool = False) -> str:
	field = "private_key" if is_key else "secret"
	found = doc.get_password(field, raise_exception=False)
	if not found:
		raise Refused(Fault.SETTING_UNUSABLE, setting=field)
	return found
