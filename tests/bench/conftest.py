"""A bench of its own for each test, in a temporary folder: nothing here touches the one that people use."""

import os
from pathlib import Path

import pytest

from bench import processes
from bench.layout import Layout


@pytest.fixture
def layout(tmp_path, monkeypatch) -> Layout:
	"""An empty bench; what a test starts in it is stopped at the end."""
	monkeypatch.setenv("ES_BENCH", str(tmp_path / "bench"))
	monkeypatch.setenv("ES_CACHE", str(tmp_path / "cache"))
	layout = Layout()
	layout.make()
	yield layout
	processes.stop_all(layout)


@pytest.fixture
def with_packages(layout) -> Layout:
	"""The same, with the Python packages of the real bench (the Valkey server is one of them)."""
	layout.env.symlink_to(Path(os.environ["ES_TEST_BENCH"]) / "env")
	return layout
