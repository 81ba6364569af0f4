"""What every black-box test has: the served test site, its demo people, and sessions that are logged in over HTTP."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

REPO = Path(__file__).resolve().parent.parent
TIMEOUT = 60

# The people of the demo live in Finland, and type the day that it is there: on a machine elsewhere it may be another. The
# browser takes it over from here.
os.environ["TZ"] = "Europe/Helsinki"
time.tzset()


# Modules of the app whose tests begin with the same records, which are made once.
TOGETHER = (
	"test_access__canary.py",
	"test_access__matrix.py",
	"test_access__policy.py",
	"test_export__breaks.py",
	"test_workflow_guard__matrix.py",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
	"""Keep the tests of this folder on one worker, in their order: all of them share the served site."""
	from xdist.scheduler import LoadScopeScheduling

	class Together(LoadScopeScheduling):
		"""Each other test goes to whichever worker is free. The biggest group begins first."""

		def _split_scope(self, nodeid: str) -> str:
			if nodeid.startswith("tests/"):
				return "tests"
			module = nodeid.split("::", maxsplit=1)[0]
			return module if module.endswith(TOGETHER) else nodeid

	return Together(config, log)


@pytest.fixture(scope="session")
def base_url() -> str:
	"""The address at which `./es test` serves the test site."""
	return os.environ["ES_TEST_URL"]


@pytest.fixture(scope="session")
def site() -> str:
	"""The name of the test site."""
	return os.environ["ES_TEST_SITE"]


@pytest.fixture(scope="session")
def artefacts() -> Path:
	"""The folder that keeps screenshots and downloads for people to look at."""
	folder = Path(os.environ["ES_ARTEFACTS"])
	folder.mkdir(parents=True, exist_ok=True)
	return folder


def frappe(site: str, *words: str) -> str:
	"""Run a Frappe command on the test site, as an administrator of the server would, and return its output."""
	command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", site, *words]
	answer = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
	assert answer.returncode == 0, answer.stderr[-2000:]
	return answer.stdout


@pytest.fixture(scope="session")
def people(site) -> dict[str, dict]:
	"""The demo user of each role, with a password made for this run: {role: {user, name, role, unit, password}}.

	The demo municipality is loaded first where it is missing (on an ordinary bench).
	"""
	frappe(site, "early-support-demo", "load", "--lang", "fi")
	answer = frappe(site, "early-support-demo", "passwords", "--administrator")
	rows = json.loads(answer[answer.index("[") :])
	found: dict[str, dict] = {}
	for row in rows:
		found.setdefault(row["role"], row)
	return found


class Client(requests.Session):
	"""A browser without a window: relative addresses, the site's header on an ordinary bench, Frappe's CSRF token."""

	def __init__(self, base_url: str):
		super().__init__()
		self.base_url = base_url
		self.trust_env = False
		if header := os.environ.get("ES_TEST_SITE_HEADER"):
			self.headers["X-Frappe-Site-Name"] = header

	def request(self, method, url, **options):
		options.setdefault("timeout", TIMEOUT)
		return super().request(method, self.base_url + url, **options)

	def log_in(self, user: str, password: str) -> Client:
		"""Log in as a person does, and keep the token that Frappe wants with every change."""
		answer = self.post("/api/method/login", data={"usr": user, "pwd": password})
		assert answer.status_code == 200, answer.text[:500]
		page = self.get("/app")
		token = re.search(r'csrf_token = "([0-9a-f]+)"', page.text)
		assert token, page.text[:500]
		self.headers["X-Frappe-CSRF-Token"] = token[1]
		self.user = user
		return self

	def call(self, method: str, **arguments):
		"""Call a whitelisted method with POST and return the answer."""
		return self.post(f"/api/method/{method}", json=arguments)

	def insert(self, doctype: str, **values):
		return self.post(f"/api/resource/{doctype}", json=values)


@pytest.fixture(scope="session")
def log_in(base_url, people):
	"""A function role → a client logged in as the demo user of that role."""
	clients: dict[str, Client] = {}

	def client(role: str) -> Client:
		if role not in clients:
			clients[role] = Client(base_url).log_in(people[role]["user"], people[role]["password"])
		return clients[role]

	return client


@pytest.fixture
def guest(base_url) -> Client:
	"""A client that is not logged in."""
	return Client(base_url)
