"""Whole files or none, whatever happens in the middle; and folders that only the site's configuration names."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from early_support.export import files, folder
from early_support.export.faults import Fault, Refused

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys, pathlib, os, signal
from early_support.export import files, writers
from early_support.export.columns import Column
with files.whole(pathlib.Path(sys.argv[1])) as part:
	with writers.writer(sys.argv[2], part, [Column("a", "a")]) as writer:
		for number in range(30000):
			writer.write([str(number)])
	os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("kind", ["CSV", "XLSX", "JSON Lines", "Parquet"])
def test_who_is_killed_leaves_no_file(tmp_path, kind):
	path = tmp_path / "x"
	program = [sys.executable, "-c", PROGRAM, str(path), kind]
	done = subprocess.run(program, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
	assert done.returncode == -signal.SIGKILL
	assert [each.name for each in tmp_path.iterdir()] == ["x.part"]
	files.clear_parts(tmp_path)
	with files.whole(path) as part:
		part.write_text("whole")
	assert [each.name for each in tmp_path.iterdir()] == ["x"]


def test_who_fails_leaves_nothing(tmp_path):
	def fail() -> None:
		with files.whole(tmp_path / "x") as part:
			part.write_text("half")
			raise ZeroDivisionError

	with pytest.raises(ZeroDivisionError):
		fail()
	assert list(tmp_path.iterdir()) == []


# Folders ---------------------------------------------------------------------------------------------------------------


def test_a_folder_is_one_of_the_configuration(tmp_path):
	folders = {"raportointi": str(tmp_path)}
	assert folder.folder_of(folders, "raportointi") == tmp_path
	for name in ("../etc", str(tmp_path), "", None, "raportointi/../x", "muu"):
		with pytest.raises(Refused) as refused:
			folder.folder_of(folders, name)
		assert refused.value.fault is Fault.FOLDER_UNKNOWN


@pytest.mark.parametrize("path", ["here", "/nowhere/at/all", 5, None])
def test_a_folder_must_be_there(tmp_path, monkeypatch, path):
	# Where a process stands is no place to which anything is delivered.
	(tmp_path / "here").mkdir()
	monkeypatch.chdir(tmp_path)
	with pytest.raises(Refused) as refused:
		folder.folder_of({"x": path}, "x")
	assert refused.value.fault in {Fault.FOLDER_UNUSABLE, Fault.FOLDER_UNKNOWN}


@pytest.fixture
def made(tmp_path):
	"""Two files of a run with their hashes, and the folder to which they go."""
	target = tmp_path / "target"
	target.mkdir()
	paths = [tmp_path / "x.csv", tmp_path / "x.manifest.json"]
	for path in paths:
		path.write_text(f"content of {path.name}")
	return [(path, files.sha256_of(path)) for path in paths], target


def test_files_arrive_whole_and_once(made):
	paths, target = made
	folder.deliver(paths, target)
	before = {each.name: each.stat().st_mtime_ns for each in target.iterdir()}
	assert sorted(before) == ["x.csv", "x.manifest.json"]
	folder.deliver(paths, target)
	assert {each.name: each.stat().st_mtime_ns for each in target.iterdir()} == before


def test_a_delivery_that_broke_off_goes_on(made, monkeypatch):
	"""The manifest comes last: a reader who waits for it never sees half a delivery."""
	paths, target = made
	copy = folder.shutil.copyfile

	def breaks_off(source, to):
		if Path(source).name.endswith(".json"):
			raise OSError(28, "No space left on device")
		return copy(source, to)

	monkeypatch.setattr(folder.shutil, "copyfile", breaks_off)
	with pytest.raises(OSError, match="No space"):
		folder.deliver(paths, target)
	assert [each.name for each in target.iterdir()] == ["x.csv"]
	monkeypatch.undo()
	folder.deliver(paths, target)
	assert len(list(target.iterdir())) == 2


def test_what_was_changed_is_not_delivered(made):
	paths, target = made
	paths[0][0].write_text("changed by hand")
	with pytest.raises(Refused) as refused:
		folder.deliver(paths, target)
	assert refused.value.fault is Fault.FILE_CHANGED
	assert list(target.iterdir()) == []


def test_what_is_gone_is_not_taken_for_delivered(made):
	paths, target = made
	folder.deliver(paths, target)
	paths[0][0].unlink()
	with pytest.raises(Refused) as refused:
		folder.deliver(paths, target)
	assert refused.value.fault is Fault.FILE_CHANGED


def test_another_file_of_the_name_is_not_written_over(made):
	paths, target = made
	(target / "x.csv").write_text("somebody else's")
	with pytest.raises(Refused) as refused:
		folder.deliver(paths, target)
	assert refused.value.fault is Fault.FILE_ALREADY_THERE
	assert (target / "x.csv").read_text() == "somebody else's"
