"""What the machine has configured for reaching package registries: CA store, proxies and mirrors.

Everything the bench downloads honours it: municipal networks often have all three.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import html.parser
import json
import netrc
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import tomllib

from bench.errors import DISK_FULL_FIX, EsError, explain

DEBIAN_CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
PYPI = "https://pypi.org/simple"


def pip_settings() -> dict[str, str]:
	"""Return pip's [global] settings from its configuration files, later files winning as in pip itself."""
	home = Path.home()
	config_home = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
	files = [
		*(
			Path(folder) / "pip" / "pip.conf"
			for folder in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")
		)
	]
	files += [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", config_home / "pip" / "pip.conf"]
	if named := os.environ.get("PIP_CONFIG_FILE"):
		files.append(Path(named))
	settings: dict[str, str] = {}
	for path in files:
		parser = configparser.RawConfigParser()
		try:
			parser.read(path)
		except (configparser.Error, UnicodeDecodeError):
			continue
		if parser.has_section("global"):
			settings.update({key.replace("_", "-"): value for key, value in parser.items("global")})
	return settings


def _uv_index() -> str | None:
	"""Return the default index that uv's own configuration names, if any."""
	config_home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
	for path in (config_home / "uv" / "uv.toml", Path("/etc/uv/uv.toml")):
		try:
			settings = tomllib.loads(path.read_text())
		except (OSError, tomllib.TOMLDecodeError):
			continue
		for index in settings.get("index", []):
			if index.get("default"):
				return index.get("url")
		if url := settings.get("index-url"):
			return url
	return None


def python_index() -> str:
	"""Return the address of the Python package index in force: uv's, else pip's, else PyPI."""
	named = (
		os.environ.get("UV_DEFAULT_INDEX")
		or os.environ.get("UV_INDEX_URL")
		or _uv_index()
		or os.environ.get("PIP_INDEX_URL")
		or pip_settings().get("index-url")
		or PYPI
	)
	return named.rstrip("/")


def environment() -> dict[str, str]:
	"""Return the process environment for every program we start that may download something."""
	env = dict(os.environ)
	settings = pip_settings()
	bundle = (
		env.get("SSL_CERT_FILE")
		or env.get("PIP_CERT")
		or settings.get("cert")
		or env.get("REQUESTS_CA_BUNDLE")
	)
	if not bundle and Path(DEBIAN_CA_BUNDLE).exists():
		bundle = DEBIAN_CA_BUNDLE
	if bundle:
		env.setdefault("SSL_CERT_FILE", bundle)
		env.setdefault("NODE_EXTRA_CA_CERTS", bundle)
	if (proxy := settings.get("proxy")) and not (env.get("HTTPS_PROXY") or env.get("https_proxy")):
		env["HTTPS_PROXY"] = proxy
	env["UV_DEFAULT_INDEX"] = python_index()
	env["UV_NATIVE_TLS"] = "1"
	env["UV_PYTHON_DOWNLOADS"] = "never"
	env["UV_NO_PROGRESS"] = "1"
	env.pop("VIRTUAL_ENV", None)
	env.pop("PYTHONPATH", None)
	env.pop("PYTHONHOME", None)
	return env


class _Links(html.parser.HTMLParser):
	"""Collects the links of a package index page that is HTML only, as some mirrors give it."""

	def __init__(self):
		super().__init__()
		self.links: list[str] = []

	def handle_starttag(self, tag, attrs):
		if tag == "a" and (href := dict(attrs).get("href")):
			self.links.append(href)


def _opener() -> urllib.request.OpenerDirector:
	env = environment()
	context = ssl.create_default_context(cafile=env.get("SSL_CERT_FILE"))
	proxies = urllib.request.getproxies()
	if env.get("HTTPS_PROXY"):
		proxies.setdefault("https", env["HTTPS_PROXY"])
	return urllib.request.build_opener(
		urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=context)
	)


def _request(url: str, accept: str = "*/*") -> urllib.request.Request:
	"""Make a request; a user and password in the address, or in ~/.netrc, become a header."""
	parts = urllib.parse.urlsplit(url)
	login = None
	if parts.username:
		login = (urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ""))
		host = parts.hostname + (f":{parts.port}" if parts.port else "")
		url = urllib.parse.urlunsplit(parts._replace(netloc=host))
	else:
		try:
			found = netrc.netrc().authenticators(parts.hostname or "")
			login = (found[0], found[2]) if found else None
		except (OSError, netrc.NetrcParseError):
			pass
	request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "early-support-es"})
	if login:
		token = base64.b64encode(":".join(login).encode()).decode()
		request.add_unredirected_header("Authorization", f"Basic {token}")
	return request


def _find_file(index: str, project: str, filename: str, opener) -> str:
	"""Return the address of `filename` of `project` at a package index (JSON or HTML)."""
	page = f"{index}/{project}/"
	accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"
	with opener.open(_request(page, accept), timeout=60) as response:
		body, kind = response.read(), response.headers.get("Content-Type", "")
		page = urllib.parse.urljoin(page, urllib.parse.urlsplit(response.geturl()).path)
	if "json" in kind:
		links = [entry["url"] for entry in json.loads(body)["files"]]
	else:
		parser = _Links()
		parser.feed(body.decode(errors="replace"))
		links = parser.links
	for link in links:
		url = urllib.parse.urljoin(page, link)
		if urllib.parse.unquote(urllib.parse.urlsplit(url).path).endswith(f"/{filename}"):
			return urllib.parse.urldefrag(url).url
	raise EsError(
		f"{filename} is not at the package index",
		f"{_without_login(index)} does not list it for {project}.",
		"If this index is a mirror, let it pass this package through; or set UV_DEFAULT_INDEX to one that has it.",
	)


def _without_login(url: str) -> str:
	parts = urllib.parse.urlsplit(url)
	return urllib.parse.urlunsplit(parts._replace(netloc=(parts.netloc.rpartition("@")[2])))


def download(project: str, filename: str, sha256: str, folder: Path) -> Path:
	"""Return the path of a file of a Python package, downloaded to `folder` unless it is there with the right hash.

	Raises EsError when it can't be reached or has another hash than the pinned one.
	"""
	target = folder / filename
	if target.exists() and file_sha256(target) == sha256:
		return target
	folder.mkdir(parents=True, exist_ok=True)
	index = python_index()
	part = folder / f".{filename}.{os.getpid()}.part"
	try:
		opener = _opener()
		url = _find_file(index, project, filename, opener)
		with opener.open(_request(url), timeout=120) as response, open(part, "wb") as handle:
			while block := response.read(1 << 20):
				handle.write(block)
		found = file_sha256(part)
		if found != sha256:
			raise EsError(
				f"{filename} is not the file we trust",
				f"its SHA-256 is {found}, expected {sha256}",
				f"Nothing was installed. Find out why {_without_login(index)} gives another file before you go on.",
			)
		os.replace(part, target)
	except urllib.error.HTTPError as error:
		raise EsError(
			f"could not download {filename}",
			f"{_without_login(index)} answered {error.code} {error.reason}",
			"Check the index-url of pip or uv, and the login for it (in the address or in ~/.netrc).",
		) from None
	except OSError as error:
		why, fix = explain(str(error)) or (str(error), "Run the same command again; it goes on where it was.")
		if error.errno == 28:
			why, fix = "the disk is full", DISK_FULL_FIX
		raise EsError(f"could not download {filename}", f"{why} ({_without_login(index)})", fix) from None
	finally:
		part.unlink(missing_ok=True)
	return target


def file_sha256(path: Path) -> str:
	"""Return the SHA-256 of a file as hexadecimal digits."""
	with open(path, "rb") as handle:
		return hashlib.file_digest(handle, "sha256").hexdigest()
