"""Deliveries to real servers on this machine, which fail in the middle: never half a file, never a lost or doubled one."""

import pytest

from early_support.export import files, https, sftp
from early_support.export.faults import Fault, NotNow, Refused
from early_support.export.limits import Limits
from early_support.tests import receivers
from early_support.tests.receivers import CLIENT, CLIENT_SECRET, HERE, PASSWORD, TOKEN, USER

SHORT = Limits(connect=2, answer=0.5)


@pytest.fixture
def made(tmp_path):
	"""The three files of a run."""
	(tmp_path / "run").mkdir()
	content = {"x.csv": "rivi\n" * 60_000, "x.dictionary.json": "{}", "run.manifest.json": '{"rows": 60000}'}
	found = []
	for name, text in content.items():
		path = tmp_path / "run" / name
		path.write_text(text)
		found.append((path, files.sha256_of(path)))
	return found


@pytest.fixture
def target(tmp_path):
	folder = tmp_path / "target"
	folder.mkdir()
	return folder


def all_there(made, folder) -> bool:
	"""Whether the files are there, whole, and nothing else is."""
	there = {path.name: files.sha256_of(path) for path in folder.iterdir()}
	return there == {path.name: sha256 for path, sha256 in made}


def refused(deed, fault: Fault, kind: type[Refused] = Refused) -> Refused:
	with pytest.raises(Refused) as caught:
		deed()
	assert (type(caught.value), caught.value.fault) == (kind, fault)
	for secret in (PASSWORD, TOKEN, CLIENT_SECRET, "PRIVATE"):
		assert secret not in str(caught.value)
	# Nor does what a log would show of where it came from.
	assert caught.value.__cause__ is None
	return caught.value


# SFTP --------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(target):
	with receivers.sftp_receiver(target) as running:
		yield running


def at(server, **values) -> sftp.Server:
	wanted = {
		"host": HERE,
		"port": server.port,
		"username": USER,
		"host_keys": server.public_host_key,
		"password": PASSWORD,
	}
	return sftp.Server(**{**wanted, **values})


def test_sftp_brings_all_of_it_once(made, target, server):
	for _time in range(2):
		sftp.deliver(made, at(server), SHORT)
		assert all_there(made, target)
	assert server.taken == 3


def test_sftp_with_a_key_into_a_folder(made, target, server):
	(target / "saapuvat").mkdir()
	fingerprint = f"{HERE} {server.host_key.get_fingerprint()}"
	sftp.deliver(
		made,
		at(
			server,
			password=None,
			private_key=server.private_client_key,
			host_keys=fingerprint,
			folder="/saapuvat/",
		),
	)
	assert all_there(made, target / "saapuvat")


def test_sftp_says_nothing_to_a_server_with_another_key(made, target, server):
	other = receivers.asyncssh.generate_private_key("ssh-ed25519")
	for keys in (other.export_public_key().decode(), other.get_fingerprint()):
		refused(lambda keys=keys: sftp.deliver(made, at(server, host_keys=keys), SHORT), Fault.HOST_KEY_WRONG)
	for keys in ("", "# none", "what is this", "ssh-ed25519 AAAA"):
		refused(
			lambda keys=keys: sftp.deliver(made, at(server, host_keys=keys), SHORT), Fault.SETTING_UNUSABLE
		)
	assert not list(target.iterdir())


def test_sftp_is_not_let_in(made, target, server):
	stranger = sftp.new_key()[0]
	for login in ({"password": "väärä"}, {"password": None, "private_key": stranger}):
		refused(lambda login=login: sftp.deliver(made, at(server, **login), SHORT), Fault.LOGIN_REFUSED)
	for key in ("PRIVATE", server.client_key.export_private_key("pkcs8-pem", "x").decode()):
		refused(
			lambda key=key: sftp.deliver(made, at(server, private_key=key), SHORT), Fault.SETTING_UNUSABLE
		)
	refused(lambda: sftp.deliver(made, at(server, folder="/muualla"), SHORT), Fault.REMOTE_FOLDER)
	assert not list(target.iterdir())


@pytest.mark.parametrize(("fault", "said"), [("full", Fault.RECEIVER_FAILED), ("cut", Fault.UNREACHABLE)])
def test_sftp_fails_in_the_middle(made, target, server, fault, said):
	server.fault = fault
	refused(lambda: sftp.deliver(made, at(server), SHORT), said, NotNow)
	assert not {path.name for path, _sha256 in made} & {path.name for path in target.iterdir()}
	server.fault = None
	sftp.deliver(made, at(server), SHORT)
	assert all_there(made, target)


def test_sftp_takes_it_and_says_nothing(made, target, server):
	server.fault = "mute after taking"
	refused(lambda: sftp.deliver(made, at(server), SHORT), Fault.UNREACHABLE, NotNow)
	assert all_there(made, target)
	server.fault = None
	sftp.deliver(made, at(server), SHORT)
	assert (all_there(made, target), server.taken) == (True, 3)


def test_sftp_that_never_answers(made):
	with receivers.mute_receiver() as port:
		there = sftp.Server(HERE, USER, "SHA256:x", port, password=PASSWORD)
		limits = Limits(connect=0.3, answer=0.3)
		refused(lambda: sftp.deliver(made, there, limits), Fault.UNREACHABLE, NotNow)
	# Nor is anybody there now.
	refused(lambda: sftp.deliver(made, there, limits), Fault.UNREACHABLE, NotNow)


def test_sftp_writes_over_nothing(made, target, server):
	(target / "x.csv").write_text("somebody else's")
	refused(lambda: sftp.deliver(made, at(server), SHORT), Fault.FILE_ALREADY_THERE)
	assert [path.name for path in target.iterdir()] == ["x.csv"]
	assert (target / "x.csv").read_text() == "somebody else's"


def test_sftp_into_a_folder_that_is_only_written(made, target, server):
	server.fault = "write only"
	for _time in range(2):
		sftp.deliver(made, at(server), SHORT)
	assert (all_there(made, target), server.taken) == (True, 3)


# HTTPS -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def receiver(target):
	with receivers.https_receiver(target) as running:
		yield running


def endpoint(receiver, **values) -> https.Endpoint:
	wanted = {"url": f"{receiver.url}/inbox", "token": TOKEN, "ca_bundle": receiver.authority.pem}
	return https.Endpoint(**{**wanted, **values})


def test_https_brings_all_of_it_once(made, target, receiver):
	assert https.deliver(made, endpoint(receiver), SHORT) == "K-17"
	keys = dict(receiver.keys)
	https.deliver(made, endpoint(receiver), SHORT)
	assert all_there(made, target)
	assert len(set(keys.values())) == 3
	assert receiver.keys == keys
	assert [name for _method, name in receiver.said[:3]] == [path.name for path, _sha256 in made]


def test_https_each_way_to_sign_in(made, target, receiver):
	certificate, key = receiver.clients.issue("early-support")
	ways = (
		{"token": None, "oauth": https.OAuth(f"{receiver.url}/token", CLIENT, CLIENT_SECRET, "raportit")},
		{"token": None, "certificate": certificate, "private_key": key},
		{"method": "POST"},
	)
	for way in ways:
		assert https.deliver(made, endpoint(receiver, **way), SHORT) == "K-17", way
		assert all_there(made, target)
		for path in target.iterdir():
			path.unlink()


def test_https_is_not_let_in(made, target, receiver):
	stranger = dict(zip(("certificate", "private_key"), receivers.Authority("x").issue("x"), strict=True))
	ways = (
		{"token": "väärä"},
		{"token": "wrong"},
		{"token": "wrong\r\nX-Other: y"},
		{"token": None},
		{"token": None, "oauth": https.OAuth(f"{receiver.url}/token", CLIENT, "wrong")},
		{"token": None, **stranger},
		{"certificate": stranger["certificate"], "private_key": "PRIVATE"},
	)
	for way in ways:
		fault = (
			Fault.SETTING_UNUSABLE
			if way.get("token") in {"väärä", "wrong\r\nX-Other: y"} or way.get("private_key") == "PRIVATE"
			else Fault.LOGIN_REFUSED
		)
		refused(lambda way=way: https.deliver(made, endpoint(receiver, **way), SHORT), fault)
	assert not list(target.iterdir())


def test_https_says_nothing_to_a_server_that_is_not_trusted(made, target, receiver):
	for bundle in (None, receivers.Authority("x").pem):
		refused(
			lambda bundle=bundle: https.deliver(made, endpoint(receiver, ca_bundle=bundle), SHORT),
			Fault.CERTIFICATE_WRONG,
		)
	other_name = f"https://localhost:{receiver.port}/inbox"
	refused(lambda: https.deliver(made, endpoint(receiver, url=other_name), SHORT), Fault.CERTIFICATE_WRONG)
	for url in (f"http://{HERE}:{receiver.port}/", "https://", f"https://a:b@{HERE}/", "file:///etc/passwd"):
		refused(
			lambda url=url: https.deliver(made, endpoint(receiver, url=url), SHORT), Fault.SETTING_UNUSABLE
		)
	assert (receiver.said, list(target.iterdir())) == ([], [])


@pytest.mark.parametrize(
	("fault", "said", "kind"),
	[
		("busy", Fault.RECEIVER_BUSY, NotNow),
		("fail", Fault.RECEIVER_FAILED, NotNow),
		("full", Fault.RECEIVER_FAILED, NotNow),
		("cut", Fault.UNREACHABLE, NotNow),
		("refuse", Fault.NOT_ACCEPTED, Refused),
		("redirect", Fault.REDIRECTED, Refused),
	],
)
def test_https_fails(made, target, receiver, fault, said, kind):  # noqa: PLR0913, PLR0917 fixtures and parameters  # noqa: PLR0913, PLR0917
	receiver.fault = fault
	why = refused(lambda: https.deliver(made, endpoint(receiver), SHORT), said, kind)
	assert (list(target.iterdir()), len(receiver.said)) == ([], 1)
	if fault == "busy":
		assert why.after == 37
	if fault == "refuse":
		assert why.values["said"] == "The period is closed. You said Bearer …"
	receiver.fault = None
	https.deliver(made, endpoint(receiver), SHORT)
	assert all_there(made, target)


def test_https_takes_it_and_says_nothing(made, target, receiver):
	receiver.fault = "mute after taking"
	refused(lambda: https.deliver(made, endpoint(receiver), SHORT), Fault.UNREACHABLE, NotNow)
	assert [path.name for path in target.iterdir()] == ["x.csv"]
	receiver.fault = None
	https.deliver(made, endpoint(receiver), SHORT)
	assert all_there(made, target)


def test_https_knows_what_lies_there(made, target, receiver):
	(target / "x.csv").write_text("somebody else's")
	for fault in (None, "say which"):
		receiver.fault = fault
		refused(lambda: https.deliver(made, endpoint(receiver), SHORT), Fault.FILE_ALREADY_THERE)
	receiver.fault = None
	refused(lambda: https.deliver(made, endpoint(receiver, method="POST"), SHORT), Fault.NOT_SAID_WHICH)
	(target / "x.csv").unlink()
	https.deliver(made, endpoint(receiver), SHORT)
	receiver.fault = "say which"
	https.deliver(made, endpoint(receiver, method="POST"), SHORT)
	assert all_there(made, target)


def test_https_that_never_answers(made):
	limits = Limits(connect=0.3, answer=0.3)
	with receivers.mute_receiver() as port:
		there = https.Endpoint(f"https://{HERE}:{port}/", token=TOKEN)
		refused(lambda: https.deliver(made, there, limits), Fault.UNREACHABLE, NotNow)
	refused(lambda: https.deliver(made, there, limits), Fault.UNREACHABLE, NotNow)


def test_secrets_are_not_shown(receiver):
	for each in (
		endpoint(receiver, private_key="PRIVATE", oauth=https.OAuth("https://x", CLIENT, CLIENT_SECRET)),
		sftp.Server(HERE, USER, "x", password=PASSWORD, private_key="PRIVATE"),
	):
		for secret in (TOKEN, CLIENT_SECRET, PASSWORD, "PRIVATE"):
			assert secret not in repr(each)
