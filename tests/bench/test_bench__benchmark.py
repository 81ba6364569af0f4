"""./es benchmark: its verdicts, its turns, its table, and when the site is filled again."""

import os
import re
from pathlib import Path

import pytest

from bench import benchmark, cli
from bench.layout import Layout
from bench.steps import Maker
from benchmarks import ratios

pytestmark = pytest.mark.trial_bench


def test_a_ratio_is_of_medians_and_judged_as_it_is_shown():
	figure = ratios.ratio("save", "concern", [0.013, 0.9, 0.012], [0.010, 0.011, 0.001])
	assert figure.value == pytest.approx(1.3)
	assert figure.met
	assert not ratios.ratio("save", "concern", [0.0131], [0.01]).met
	assert "13.0" in figure.detail


def test_each_round_begins_with_another_way_and_the_warm_up_does_not_count():
	order = []

	def way(name):
		def run() -> float:
			order.append(name)
			return float(len(order))

		return run

	times = ratios.alternating({"ours": way("ours"), "plain": way("plain")}, runs=2, warm_up=1)
	assert order == ["ours", "plain", "plain", "ours", "ours", "plain"]
	assert times == {"ours": [4.0, 5.0], "plain": [3.0, 6.0]}


def test_the_table_says_what_was_missed():
	shown = ratios.table(
		[
			ratios.Figure("list", "educator", 1.0, 1.3),
			ratios.Figure("rows read", "list", 4000, 1000, "rows", "of tabConcern"),
			ratios.Figure("forms", "publish", 0.345, 2, "s"),
		]
	).splitlines()
	assert re.search(r"list: educator +1\.00 × +≤ 1\.3 × +met", shown[1])
	assert re.search(r"rows read: list +4,000 rows +≤ 1,000 +MISSED +of tabConcern", shown[2])
	assert re.search(r"forms: publish +0\.3[45] s +≤ 2 s +met", shown[3])


def test_the_command_line_knows_every_group_of_figures():
	from benchmarks.figures import GROUPS

	assert tuple(GROUPS) == cli.BENCHMARKS
	for name in cli.BENCHMARKS:
		assert name in cli.HELP


@pytest.mark.parametrize(
	"words", [["nothing"], ["list", "--rows", "999"], ["--runs", "0"], ["--rows", "many"]]
)
def test_nonsense_is_refused(words, capsys):
	with pytest.raises(SystemExit):
		cli.parser().parse_args(["benchmark", *words])
	assert re.search("there is no nothing|is no number from", capsys.readouterr().err)


def test_rows_are_made_again_when_the_number_or_the_generator_changes(layout, tmp_path, monkeypatch):
	def fingerprint(rows: int) -> str:
		return benchmark.rows_step(Maker(layout), rows).fingerprint()

	before = fingerprint(1000)
	assert fingerprint(1000) == before
	assert fingerprint(2000) != before
	for name in benchmark.FILLED_BY:
		(tmp_path / name).write_text("something else")
	monkeypatch.setattr(benchmark, "BENCHMARKS", tmp_path)
	assert fingerprint(1000) != before


def test_temporary_tables_lie_where_no_other_mariadb_cleans_up():
	root = Path(os.environ["ES_TEST_BENCH"])
	config = (Layout(root).config / "mariadb.cnf").read_text()
	folder = re.search(r"^tmpdir = (.+)$", config, re.MULTILINE)[1]
	assert Path(folder).is_dir()
	assert Path(folder).is_relative_to(root)
