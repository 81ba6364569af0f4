"""Receiving systems for the tests: an SFTP and an HTTPS server on 127.0.0.1, which fail as they are told. Pure."""

import asyncio
import base64
import datetime
import hashlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = "127.0.0.1"
USER, PASSWORD = "raportointi", "Salaisuus-7-aurinkoa"
TOKEN, CLIENT, CLIENT_SECRET = "tunnus-9f3ae1", "varhainen-tuki", "Salaisuus-8-kuuta"


# SFTP --------------------------------------------------------------------------------------------------------------------


class SftpReceiver:
	"""An SFTP server over a folder. `fault` says how it fails next; `taken` counts the renames that were made."""

	def __init__(self, root: Path) -> None:
		self.root, self.fault, self.taken = root, None, 0
		self.host_key = asyncssh.generate_private_key("ssh-ed25519")
		self.client_key = asyncssh.generate_private_key("ssh-ed25519")
		self.port = 0

	@property
	def public_host_key(self) -> str:
		return self.host_key.export_public_key().decode()

	@property
	def private_client_key(self) -> str:
		return self.client_key.export_private_key().decode()

	async def start(self) -> None:
		receiver = self

		class Door(asyncssh.SSHServer):
			def begin_auth(self, username) -> bool:
				return True

			def password_auth_supported(self) -> bool:
				return True

			def validate_password(self, username, password) -> bool:
				return (username, password) == (USER, PASSWORD)

			def public_key_auth_supported(self) -> bool:
				return True

			def validate_public_key(self, username, key) -> bool:
				return username == USER and key == receiver.client_key.convert_to_public()

		class Files(asyncssh.SFTPServer):
			def __init__(self, chan) -> None:
				super().__init__(chan, chroot=str(receiver.root).encode())

			def open(self, path, pflags, attrs):
				if receiver.fault == "write only" and not pflags & asyncssh.FXF_WRITE:
					raise asyncssh.SFTPPermissionDenied("write only")
				return super().open(path, pflags, attrs)

			def write(self, file_obj, offset, data):
				if receiver.fault == "full":
					raise asyncssh.SFTPNoSpaceOnFilesystem("no space left on device")
				if receiver.fault == "cut":
					self.channel.get_connection().abort()
					data = data[: len(data) // 2]
				return super().write(file_obj, offset, data)

			async def rename(self, oldpath, newpath):
				super().rename(oldpath, newpath)
				receiver.taken += 1
				if receiver.fault == "mute after taking" and newpath.endswith(b".manifest.json"):
					await asyncio.sleep(3600)

		self.server = await asyncssh.create_server(
			Door, HERE, self.port, server_host_keys=[self.host_key], sftp_factory=Files
		)
		self.port = self.server.get_port()


@contextmanager
def sftp_receiver(root: Path) -> Iterator[SftpReceiver]:
	"""Run an SFTP server in a thread of its own."""
	loop = asyncio.new_event_loop()
	thread = threading.Thread(target=loop.run_forever, daemon=True)
	thread.start()
	receiver = SftpReceiver(root)
	asyncio.run_coroutine_threadsafe(receiver.start(), loop).result(10)
	try:
		yield receiver
	finally:
		loop.call_soon_threadsafe(receiver.server.close)
		loop.call_soon_threadsafe(loop.stop)
		thread.join(10)


@contextmanager
def mute_receiver() -> Iterator[int]:
	"""Give the port of a server that accepts every connection, and never says anything."""
	with socket.create_server((HERE, 0)) as listening:
		yield listening.getsockname()[1]


# HTTPS -------------------------------------------------------------------------------------------------------------------


class Authority:
	"""A certificate authority of its own."""

	def __init__(self, name: str) -> None:
		self.key = ec.generate_private_key(ec.SECP256R1())
		self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
		self.certificate = self._signed(self.name, self.key.public_key(), ca=True)

	@property
	def pem(self) -> str:
		return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

	def issue(self, name: str, address: str | None = None) -> tuple[str, str]:
		"""Return a certificate and its key, for a client or, with an address, a server."""
		key = ec.generate_private_key(ec.SECP256R1())
		subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
		certificate = self._signed(subject, key.public_key(), address=address)
		private = key.private_bytes(
			serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
		)
		return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()

	def _signed(self, subject, public_key, *, ca: bool = False, address: str | None = None):
		now = datetime.datetime.now(datetime.timezone.utc)
		builder = (
			x509.CertificateBuilder()
			.subject_name(subject)
			.issuer_name(self.name)
			.public_key(public_key)
			.serial_number(x509.random_serial_number())
			.not_valid_before(now - datetime.timedelta(days=1))
			.not_valid_after(now + datetime.timedelta(days=1))
			.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
			.add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
			.add_extension(
				x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
			)
		)
		if ca:
			usage = dict.fromkeys(
				(
					"digital_signature",
					"content_commitment",
					"key_encipherment",
					"data_encipherment",
					"key_agreement",
					"encipher_only",
					"decipher_only",
				),
				False,
			)
			builder = builder.add_extension(
				x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True
			)
		if address:
			names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
			builder = builder.add_extension(names, critical=False)
		return builder.sign(self.key, hashes.SHA256())


class HttpsReceiver:
	"""An HTTPS server that keeps what it is sent. `fault` says how it fails next; `said` notes each request."""

	def __init__(self, folder: Path) -> None:
		self.folder, self.fault, self.receipt = folder, None, "K-17"
		self.keys: dict[str, str] = {}
		self.said: list[tuple[str, str]] = []
		self.clients = Authority("Clients")
		self.authority = Authority("Receiver")

	def serve(self) -> ThreadingHTTPServer:
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		certificate, key = self.authority.issue("receiver", HERE)
		pem = self.folder.parent / "server.pem"
		pem.write_text(certificate + key)
		context.load_cert_chain(pem)
		context.load_verify_locations(cadata=self.clients.pem)
		context.verify_mode = ssl.CERT_OPTIONAL
		server = _Server((HERE, 0), type("Handler", (_Handler,), {"receiver": self}))
		server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
		self.port = server.server_address[1]
		self.url = f"https://{HERE}:{self.port}"
		return server

	@property
	def kept(self) -> dict[str, bytes]:
		return {path.name: path.read_bytes() for path in self.folder.iterdir()}


class _Server(ThreadingHTTPServer):
	daemon_threads = True
	block_on_close = False

	def handle_error(self, *_args) -> None:
		"""A client that hangs up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"
	receiver: HttpsReceiver

	def log_message(self, *_args) -> None:
		"""Nothing: the tests look at `said`."""

	def _answer(self, status: int, content: dict | None = None, **headers: str) -> None:
		body = json.dumps(content or {}).encode()
		self.send_response(status)
		for name, value in headers.items():
			self.send_header(name.replace("_", "-"), value)
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		if self.command != "HEAD":
			self.wfile.write(body)
		self.close_connection = True

	def _is_let_in(self) -> bool:
		if self.connection.getpeercert():
			return True
		return self.headers.get("Authorization") == f"Bearer {TOKEN}"

	def do_HEAD(self) -> None:
		path = self.receiver.folder / unquote(self.path).rsplit("/", 1)[-1]
		if not path.is_file():
			return self._answer(404)
		digest = base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
		return self._answer(200, Repr_Digest=f"sha-256=:{digest}:")

	def do_POST(self) -> None:
		if self.path == "/token":
			return self._draw_token()
		name = self.headers["Content-Disposition"].split('"')[1]
		return self._take(name)

	def do_PUT(self) -> None:
		self._take(unquote(self.path).rsplit("/", 1)[-1])

	def _draw_token(self) -> None:
		self.rfile.read(int(self.headers["Content-Length"]))
		login = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
		if self.headers.get("Authorization") != f"Basic {login}":
			return self._answer(401, {"error": "invalid_client"})
		return self._answer(200, {"access_token": TOKEN, "token_type": "Bearer"})

	def _take(self, name: str) -> None:
		receiver, fault = self.receiver, self.receiver.fault
		receiver.said.append((self.command, name))
		if fault == "cut":
			self.rfile.read(1000)
			self.connection.close()
			return None
		body = self.rfile.read(int(self.headers["Content-Length"]))
		if not self._is_let_in():
			return self._answer(401)
		answers = {
			"redirect": (307, {}, {"Location": f"https://{HERE}:{receiver.port}/other/{name}"}),
			"refuse": (
				422,
				{"detail": f"The period is closed. You said {self.headers.get('Authorization')}"},
				{},
			),
			"busy": (429, {}, {"Retry_After": "37"}),
			"fail": (500, {}, {}),
			"full": (507, {}, {}),
		}
		if fault in answers:
			status, content, headers = answers[fault]
			return self._answer(status, content, **headers)
		return self._keep(name, body)

	def _keep(self, name: str, body: bytes) -> None:
		receiver, fault = self.receiver, self.receiver.fault
		there = receiver.folder / name
		if there.exists():
			said = {"sha256": hashlib.sha256(there.read_bytes()).hexdigest()} if fault == "say which" else {}
			return self._answer(409, said)
		part = there.with_name(there.name + ".part")
		part.write_bytes(body)
		part.rename(there)
		receiver.keys[name] = self.headers["Idempotency-Key"]
		if fault == "mute after taking":
			return threading.Event().wait(3)
		return self._answer(201, {"receipt": receiver.receipt})


@contextmanager
def https_receiver(folder: Path) -> Iterator[HttpsReceiver]:
	"""Run an HTTPS server in a thread of its own."""
	receiver = HttpsReceiver(folder)
	server = receiver.serve()
	threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
	try:
		yield receiver
	finally:
		server.shutdown()
		server.server_close()
