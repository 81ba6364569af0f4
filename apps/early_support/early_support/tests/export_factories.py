"""Runs that stand where a test of deliveries and schedules begins, without being built first."""

import base64
import json
from contextlib import contextmanager
from pathlib import Path

import frappe
from frappe.utils import add_to_date, now_datetime

from early_support.export import build, delivery, files, keys, sources
from early_support.export.destinations import HTTPS, SFTP
from early_support.naming import opaque_name
from early_support.tests import factories
from early_support.tests.factories import CONTROLLER
from early_support.tests.receivers import HERE, PASSWORD, TOKEN, USER

FIGURES = "kuukausitilasto-1"
PSEUDONYM_KEY = base64.b64encode(bytes(range(32))).decode()


def settle(monkeypatch, tmp_path: Path, controller: str = CONTROLLER) -> None:
	"""Let runs be built within a test: for the municipality of the factories, in a private folder, in Finland's time.

	`controller` has the pseudonym key.
	"""
	factories.default_controller()
	monkeypatch.setitem(frappe.local.conf, keys.KEYS, {controller: {"1": PSEUDONYM_KEY}})
	monkeypatch.setattr(build, "folder_of", lambda name: tmp_path / "private" / name)
	monkeypatch.setattr(frappe.utils, "get_system_timezone", lambda: "Europe/Helsinki")

	@contextmanager
	def snapshot(*_run):
		# What the test has written is seen by its own connection only.
		yield frappe.local.db._conn

	monkeypatch.setattr(sources, "snapshot", snapshot)


def run_in(state: str, **values):
	"""Write a run of the shipped figures in a state, as it was an hour ago, with its files on the disk."""
	before = add_to_date(now_datetime(), hours=-1)
	run = frappe.get_doc(
		{
			"doctype": build.RUN,
			"name": opaque_name(),
			"profile": FIGURES,
			"controller": CONTROLLER,
			"period": "2025-04",
			"level": "Aggregate",
			"title": "Kuukausitilasto 2025-04",
			"workflow_state": state,
			"requested_by": "Administrator",
			"approved_by": "Administrator",
			"creation": before,
			"modified": before,
			**values,
		}
	)
	folder = build.folder_of(run.name)
	folder.mkdir(parents=True)
	data, described = folder / f"x-{run.name}.csv", folder / f"x-{run.name}.dictionary.json"
	data.write_text("rivi\n" * 60_000)
	described.write_text("{}")
	said = {
		"run": run.name,
		"files": [{"name": each.name, "sha256": files.sha256_of(each)} for each in (data, described)],
	}
	(folder / f"{run.name}.manifest.json").write_text(json.dumps(said))
	run.manifest = json.dumps(said)
	run.update(delivery.place_of(run))
	run.db_insert()
	return run


def arrived(run, folder: Path) -> bool:
	"""Whether the files of a run lie in a folder, whole, and nothing else does."""
	there = {path.name: files.sha256_of(path) for path in folder.iterdir()}
	return there == {path.name: sha256 for path, sha256 in build.made_files(run)}


def sftp_values(server) -> dict:
	"""Return what a destination at the tests' SFTP server is."""
	return {
		"kind": SFTP,
		"host": HERE,
		"port": server.port,
		"username": USER,
		"host_key": server.public_host_key,
		"sftp_login": "Password",
		"secret": PASSWORD,
	}


def https_values(receiver) -> dict:
	"""Return what a destination at the tests' HTTPS server is."""
	return {
		"kind": HTTPS,
		"url": f"{receiver.url}/inbox",
		"ca_bundle": receiver.authority.pem,
		"https_login": "Token",
		"secret": TOKEN,
	}


def to(values: dict, profile: str = FIGURES) -> str:
	"""Let a profile bring its files to a destination in use."""
	return factories.make_destination(profile, f"vastaanottaja-{factories.number()}", **values)
