"""The access log on a served site: parallel readers make one chain, and the command finds what was changed."""

import itertools
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pymysql
import pytest

READERS = 8
PAGES = 5


def verify(site: str) -> subprocess.CompletedProcess:
	command = [
		sys.executable,
		"-m",
		"frappe.utils.bench_helper",
		"frappe",
		"--site",
		site,
		"verify-access-log",
	]
	return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def whole(site: str) -> int:
	"""Assert that the log is whole, and return the number of its rows."""
	answer = verify(site)
	assert answer.returncode == 0, answer.stdout + answer.stderr[-2000:]
	return int(re.search(r"whole: (\d+) rows", answer.stdout)[1])


@pytest.fixture
def sql(site):
	"""A function that runs a statement on the site's database as its own user, and commits."""
	config = json.loads(Path("common_site_config.json").read_text()) | json.loads(
		Path(site, "site_config.json").read_text()
	)
	connection = pymysql.connect(
		host=config.get("db_host") or "127.0.0.1",
		port=int(config.get("db_port") or 3306),
		user=config["db_name"],
		password=config["db_password"],
		database=config["db_name"],
		autocommit=True,
	)

	def run(statement: str, *values) -> tuple:
		with connection.cursor() as cursor:
			cursor.execute(statement, values)
			return cursor.fetchall()

	with closing(connection):
		yield run


def test_parallel_readers_make_one_chain(log_in, site, sql):
	educator, director = log_in("Early Educator"), log_in("Unit Director")
	before = whole(site)

	def read(number: int) -> int:
		client = (educator, director)[number % 2]
		shown = 0
		for _ in range(PAGES):
			answer = client.get("/api/resource/Child", params={"limit": 3})
			assert answer.status_code == 200, answer.text
			shown += len(answer.json()["data"])
		return shown

	with ThreadPoolExecutor(READERS) as pool:
		shown = sum(pool.map(read, range(READERS)))
	assert shown > READERS * PAGES
	assert whole(site) == before + shown
	# The rows of one request stand together, whoever else read meanwhile.
	rows = sql("select request from `tabCase Access Log` where name > %s order by name", before)
	changes = sum(one != other for one, other in itertools.pairwise(rows))
	assert changes == len(set(rows)) - 1


def test_a_changed_row_and_a_missing_trigger_are_found(log_in, site, sql):
	log_in("Early Educator").get("/api/resource/Child", params={"limit": 1})
	last = whole(site)
	(user,) = sql("select user from `tabCase Access Log` where name = %s", last)[0]
	with pytest.raises(pymysql.err.OperationalError, match="append-only"):
		sql("update `tabCase Access Log` set user = 'x' where name = %s", last)
	sql("drop trigger es_case_access_log_no_update")
	try:
		sql("update `tabCase Access Log` set user = 'x' where name = %s", last)
		answer = verify(site)
		assert answer.returncode == 1
		assert f"row {last} was changed" in answer.stdout
		assert "the trigger that refuses updates is missing" in answer.stdout
	finally:
		sql("update `tabCase Access Log` set user = %s where name = %s", user, last)
		prepare = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", site, "execute"]
		subprocess.run([*prepare, "early_support.privacy.append_only.prepare"], check=True, timeout=300)
	assert whole(site) == last
