"""What every black-box test has: the address of the served test site, and folders."""

import os
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def base_url() -> str:
	"""The address at which `./es test` serves the test site."""
	return os.environ["ES_TEST_URL"]


@pytest.fixture(scope="session")
def artefacts() -> Path:
	"""The folder that keeps screenshots and downloads for people to look at."""
	folder = Path(os.environ["ES_ARTEFACTS"])
	folder.mkdir(parents=True, exist_ok=True)
	return folder
