"""Downloads: only files with the pinned hash are taken, from whatever index the machine has configured."""

import base64
import hashlib
import http.server
import json
import threading
import zipfile

import pytest

from bench import network, restore
from bench.errors import EsError

pytestmark = pytest.mark.trial_bench

NAME = "thing-1.0-py3-none-any.whl"
CONTENT = b"the content of a wheel"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Index(http.server.ThreadingHTTPServer):
	"""A package index on this machine. `style` is json or html, `login` the user:password it wants."""

	def __init__(self, style="json", login=None):
		super().__init__(("127.0.0.1", 0), Page)
		self.style, self.login, self.asked = style, login, []
		threading.Thread(target=self.serve_forever, daemon=True).start()
		self.address = f"http://127.0.0.1:{self.server_port}/mirror/simple"


class Page(http.server.BaseHTTPRequestHandler):
	def do_GET(self):
		server = self.server
		server.asked.append(self.path)
		if server.login:
			expected = "Basic " + base64.b64encode(server.login.encode()).decode()
			if self.headers.get("Authorization") != expected:
				return self.answer(401, b"", "text/plain")
		if self.path == "/mirror/simple/thing/":
			if server.style == "json":
				body = json.dumps({"files": [{"filename": NAME, "url": f"../../files/{NAME}"}]}).encode()
				return self.answer(200, body, "application/vnd.pypi.simple.v1+json")
			body = f'<a href="../../files/{NAME}#sha256={SHA256}">{NAME}</a>'.encode()
			return self.answer(200, body, "text/html")
		if self.path == f"/mirror/files/{NAME}":
			return self.answer(200, CONTENT, "application/octet-stream")
		return self.answer(404, b"", "text/plain")

	def answer(self, status, body, kind):
		self.send_response(status)
		self.send_header("Content-Type", kind)
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def log_message(self, *arguments):
		pass


@pytest.fixture
def index(monkeypatch):
	servers = []

	def start(login_in_address="", **options):
		server = Index(**options)
		servers.append(server)
		address = (
			server.address.replace("http://", f"http://{login_in_address}@")
			if login_in_address
			else server.address
		)
		monkeypatch.setenv("UV_DEFAULT_INDEX", address)
		return server

	yield start
	for server in servers:
		server.shutdown()
		server.server_close()


@pytest.mark.parametrize("style", ["json", "html"])
def test_file_comes_from_the_configured_index(index, tmp_path, style):
	index(style=style)
	assert network.download("thing", NAME, SHA256, tmp_path).read_bytes() == CONTENT


def test_file_in_the_cache_is_not_asked_for_again(index, tmp_path):
	server = index()
	network.download("thing", NAME, SHA256, tmp_path)
	asked = len(server.asked)
	network.download("thing", NAME, SHA256, tmp_path)
	assert len(server.asked) == asked


def test_login_in_the_address_reaches_the_index_and_no_message(index, tmp_path):
	index(login="kunta:salainen", login_in_address="kunta:salainen")
	assert network.download("thing", NAME, SHA256, tmp_path).exists()
	with pytest.raises(EsError) as caught:
		network.download("other", "other.whl", SHA256, tmp_path)
	assert "salainen" not in caught.value.why + caught.value.fix


def test_missing_login_is_explained(index, tmp_path):
	index(login="kunta:salainen")
	with pytest.raises(EsError) as caught:
		network.download("thing", NAME, SHA256, tmp_path)
	assert "401" in caught.value.why
	assert "netrc" in caught.value.fix


def test_wrong_hash_is_refused_and_leaves_nothing(index, tmp_path):
	index()
	with pytest.raises(EsError, match="not the file we trust") as caught:
		network.download("thing", NAME, "0" * 64, tmp_path)
	assert SHA256 in caught.value.why
	assert list(tmp_path.iterdir()) == []


def test_spoilt_file_in_the_cache_is_downloaded_again(index, tmp_path):
	index()
	(tmp_path / NAME).write_bytes(b"half")
	assert network.download("thing", NAME, SHA256, tmp_path).read_bytes() == CONTENT


def test_no_network_is_explained(monkeypatch, tmp_path):
	monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
	with pytest.raises(EsError) as caught:
		network.download("thing", NAME, SHA256, tmp_path)
	assert "did not answer" in caught.value.why
	assert "proxy" in caught.value.fix.lower()


def test_pip_configuration_names_the_index(monkeypatch, tmp_path):
	for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
		monkeypatch.delenv(name, raising=False)
	config = tmp_path / "pip.conf"
	config.write_text(
		"[global]\nindex-url = https://mirror.invalid/simple/\nproxy = http://proxy.invalid:3128\n"
	)
	monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
	monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
	monkeypatch.delenv("HTTPS_PROXY", raising=False)
	monkeypatch.delenv("https_proxy", raising=False)
	env = network.environment()
	assert env["UV_DEFAULT_INDEX"] == "https://mirror.invalid/simple"
	assert env["HTTPS_PROXY"] == "http://proxy.invalid:3128"


def make_wheel(path, files):
	with zipfile.ZipFile(path, "w") as archive:
		for name, content in files.items():
			archive.writestr(name, content)
	return path


def test_wheel_with_another_hash_is_refused(tmp_path):
	wheel = make_wheel(tmp_path / "some.whl", {"criscostack/__init__.py": "x"})
	with pytest.raises(EsError, match="not the file we trust"):
		restore.restore(wheel, tmp_path / "frappe")
	assert not (tmp_path / "frappe").exists()


def test_tree_with_another_digest_is_refused_and_the_old_one_stays(tmp_path, monkeypatch):
	target = tmp_path / "frappe"
	target.mkdir()
	(target / "kept.py").write_text("kept")
	wheel = make_wheel(tmp_path / "some.whl", {"criscostack/__init__.py": "x"})
	monkeypatch.setattr(restore, "WHEEL_SHA256", network.file_sha256(wheel))
	with pytest.raises(EsError, match="restored Frappe is not what it must be"):
		restore.restore(wheel, target)
	assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["frappe"]
	assert (target / "kept.py").exists()


def test_names_are_undone_in_contents_and_paths(tmp_path, monkeypatch):
	wheel = make_wheel(
		tmp_path / "some.whl",
		{
			"criscostack/utils/brik_helper.py": "import criscostack  # Criscoerp by Crisco, CRISCOSTACK",
			"criscostack/public/.DS_Store": "left behind",
			"criscostack-1.0.0.dist-info/METADATA": "no part of the framework",
		},
	)
	monkeypatch.setattr(restore, "WHEEL_SHA256", network.file_sha256(wheel))
	expected = tmp_path / "expected"
	(expected / "utils").mkdir(parents=True)
	(expected / "utils" / "bench_helper.py").write_text("import frappe  # ERPNext by Frappe, FRAPPE")
	monkeypatch.setattr(restore, "TREE_SHA256", restore.tree_sha256(expected))
	monkeypatch.setattr(restore, "ADAPTATIONS", (("utils/bench_helper.py", b"by Frappe", b"by us"),))
	restore.restore(wheel, tmp_path / "frappe")
	assert (
		tmp_path / "frappe" / "utils" / "bench_helper.py"
	).read_text() == "import frappe  # ERPNext by us, FRAPPE"


def test_adaptation_that_does_not_fit_is_refused(tmp_path):
	(tmp_path / "utils").mkdir()
	(tmp_path / "utils" / "typing_validations.py").write_text("something else")
	with pytest.raises(EsError, match="can't be adapted"):
		restore.adapt(tmp_path)
