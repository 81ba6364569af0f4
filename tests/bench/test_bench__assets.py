"""The asset builder and the front have tests of their own, in Node's runner: they run here too."""

import subprocess

import pytest

from bench import machine
from bench.layout import REPO, Layout
from bench.steps import Maker

pytestmark = pytest.mark.trial_bench


def test_builder_and_front():
	layout = Layout()
	node = machine.find_node(layout)
	answer = subprocess.run(
		[node / "npm", "test"],
		cwd=REPO / "bench" / "assets",
		env=Maker(layout).node_environment(),
		capture_output=True,
		text=True,
		timeout=240,
		check=False,
	)
	assert answer.returncode == 0, answer.stdout[-4000:] + answer.stderr[-1000:]
	assert "fail 0" in answer.stdout
