"""Delivers files to an SFTP server whose host key is pinned. Pure: imports no Frappe.

A file is written as `.part` and renamed when all of it is there. What lies there already is compared, never written over: so
a delivery may be repeated after any break. Nothing of the account that runs this is used: no configuration, agent or keys.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from early_support.export import files
from early_support.export.faults import Fault, NotNow, Refused
from early_support.export.limits import LIMITS, Limits

KINDS_OF_KEYS = ("ssh-", "ecdsa-", "sk-")
FINGERPRINT = "SHA256:"
TIMEOUTS = (asyncio.TimeoutError, TimeoutError)  # two of them in Python 3.10
NOT_THERE = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
CLOSED = (
	*NOT_THERE,
	asyncssh.SFTPPermissionDenied,
	asyncssh.SFTPNotADirectory,
	asyncssh.SFTPWriteProtect,
)


@dataclass(frozen=True)
class Server:
	"""An SFTP server, and how to sign in: with a password, or a private key (PEM or OpenSSH).

	`host_keys`: one a line, as `ssh-keyscan` prints them, or as a fingerprint (`SHA256:…`).
	"""

	host: str
	username: str
	host_keys: str
	port: int = 22
	folder: str = ""
	password: str | None = field(default=None, repr=False)
	private_key: str | None = field(default=None, repr=False)


def deliver(made: Sequence[tuple[Path, str]], server: Server, limits: Limits = LIMITS) -> None:
	"""Bring files, each with its SHA-256, to a server: whole ones, in their order, so that the last says that all are there.

	Raises:
		Refused: somebody has to mend something; NotNow: it may go better later. No message holds a secret.
	"""
	for path, sha256 in made:
		files.check_hash(path, sha256)
	with _named(server):
		asyncio.run(_deliver(made, server, limits))


def pinned_keys(text: str) -> tuple[list[asyncssh.SSHKey], set[str]]:
	"""Return the host keys of a text, and the fingerprints. Raises Refused if there are none, or one cannot be read."""
	keys, fingerprints = [], set()
	for line in text.splitlines():
		words = line.split("#", 1)[0].split()
		start = next((number for number, word in enumerate(words) if word.startswith(KINDS_OF_KEYS)), None)
		try:
			if start is not None:
				keys.append(asyncssh.import_public_key(" ".join(words[start : start + 2])))
			elif words:
				fingerprints.add(next(word for word in words if word.startswith(FINGERPRINT)))
		except (asyncssh.KeyImportError, StopIteration):
			raise Refused(Fault.SETTING_UNUSABLE, setting="host_key") from None
	if not (keys or fingerprints):
		raise Refused(Fault.SETTING_UNUSABLE, setting="host_key")
	return keys, fingerprints


def read_key(text: str) -> asyncssh.SSHKey:
	"""Return a private key. Raises Refused for what is none, and for one that is locked with a passphrase."""
	try:
		return asyncssh.import_private_key(text)
	except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
		# Without the cause: its message may quote what could not be read.
		raise Refused(Fault.SETTING_UNUSABLE, setting="private_key") from None


def new_key() -> tuple[str, str]:
	"""Draw a key pair, and return the private and the public one as texts."""
	key = asyncssh.generate_private_key("ssh-ed25519", comment="early-support")
	return key.export_private_key().decode(), key.export_public_key().decode().strip()


async def _deliver(made: Sequence[tuple[Path, str]], server: Server, limits: Limits) -> None:
	async with _connected(server, limits) as sftp:
		for path, sha256 in made:
			target = f"{server.folder.rstrip('/')}/{path.name}" if server.folder else path.name
			await _bring(sftp, path, target, sha256)


@asynccontextmanager
async def _connected(server: Server, limits: Limits) -> AsyncIterator["_Within"]:
	keys, fingerprints = pinned_keys(server.host_keys)

	class Pinned(asyncssh.SSHClient):
		def validate_host_public_key(self, host, addr, port, key) -> bool:
			return key.get_fingerprint() in fingerprints

	connection = await asyncssh.connect(
		server.host,
		server.port,
		client_factory=Pinned,
		username=server.username,
		client_keys=[read_key(server.private_key)] if server.private_key else [],
		password=server.password or None,
		preferred_auth=("publickey",) if server.private_key else ("password", "keyboard-interactive"),
		known_hosts=(keys, [], []),
		config=None,
		agent_path=None,
		connect_timeout=limits.connect,
		login_timeout=limits.connect,
	)
	try:
		sftp = await asyncio.wait_for(connection.start_sftp_client(), limits.answer)
		yield _Within(sftp, limits.answer)
	finally:
		connection.abort()


class _Within:
	"""The deeds of an SFTP client, none of which waits for ever."""

	def __init__(self, sftp: asyncssh.SFTPClient, seconds: float) -> None:
		self.sftp, self.seconds = sftp, seconds

	def __getattr__(self, name: str):
		return lambda *args, **kwargs: self.wait(getattr(self.sftp, name)(*args, **kwargs))

	async def wait(self, deed: Awaitable):
		return await asyncio.wait_for(deed, self.seconds)


async def _bring(sftp: _Within, path: Path, target: str, sha256: str) -> None:
	if await _is_there(sftp, path, target, sha256):
		return
	part = target + files.PART
	try:
		await _write(sftp, path, part, sha256)
		# Not the kind of rename that replaces: another file of the name stays.
		await sftp.rename(part, target)
	except BaseException:
		with suppress(Exception):
			await sftp.remove(part)
		raise


async def _is_there(sftp: _Within, path: Path, target: str, sha256: str) -> bool:
	"""Whether the file is there as it should be. Raises Refused if it is another one."""
	try:
		size = (await sftp.stat(target)).size
	except NOT_THERE:
		return False
	digest = hashlib.sha256()
	try:
		file = await sftp.open(target, "rb")
	except asyncssh.SFTPPermissionDenied:
		# Into some folders one may only write. The name holds the run: of the same length, it is the same file.
		same = size == path.stat().st_size
	else:
		async with file:
			while chunk := await sftp.wait(file.read(files.CHUNK)):
				digest.update(chunk)
		same = digest.hexdigest() == sha256
	if not same:
		raise Refused(Fault.FILE_ALREADY_THERE, file=path.name)
	return True


async def _write(sftp: _Within, path: Path, part: str, sha256: str) -> None:
	sent = hashlib.sha256()
	async with await sftp.open(part, "wb") as file:
		with path.open("rb") as source:
			while chunk := source.read(files.CHUNK):
				sent.update(chunk)
				await sftp.wait(file.write(chunk))
		with suppress(asyncssh.SFTPOpUnsupported):
			await sftp.wait(file.fsync())
	if sent.hexdigest() != sha256:
		raise Refused(Fault.FILE_CHANGED, file=path.name)
	if (await sftp.stat(part)).size != path.stat().st_size:
		raise NotNow(Fault.RECEIVER_FAILED, code="SFTP")


@contextmanager
def _named(server: Server) -> Iterator[None]:
	"""Say what went wrong in our words: those of a library may hold what it was given."""
	try:
		yield
	except asyncssh.HostKeyNotVerifiable:
		raise Refused(Fault.HOST_KEY_WRONG, host=server.host) from None
	except asyncssh.PermissionDenied:
		raise Refused(Fault.LOGIN_REFUSED, host=server.host) from None
	except CLOSED:
		raise Refused(Fault.REMOTE_FOLDER, folder=server.folder or "/", host=server.host) from None
	except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection):
		raise NotNow(Fault.UNREACHABLE, host=server.host) from None
	except asyncssh.SFTPError as error:
		raise NotNow(Fault.RECEIVER_FAILED, host=server.host, code=f"SFTP {error.code}") from None
	except (asyncssh.Error, OSError, *TIMEOUTS):
		raise NotNow(Fault.UNREACHABLE, host=server.host) from None
