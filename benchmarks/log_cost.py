"""What the access log adds to a request: a list page of 20 rows and a form, with and without it, in turns.

Run with the bench's Python in its `sites/` folder: `python …/benchmarks/log_cost.py --site SITE [--runs 60]`. The site
needs the demo municipality. What is read is logged, as always.
"""

import argparse
import json
import statistics
import time
from contextlib import contextmanager

import frappe
import frappe.app
from frappe.sessions import Session
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request

WARM_UP = 5


def main() -> None:
	"""Measure, and print medians in milliseconds and their ratio."""
	parser = argparse.ArgumentParser()
	parser.add_argument("--site", required=True)
	parser.add_argument("--runs", type=int, default=60)
	arguments = parser.parse_args()
	headers, concern = _log_in(arguments.site)
	client = Client(frappe.app.application, use_cookies=False)
	columns = ("name", "modified", "child_name", "unit", "workflow_state", "zone", "observed_on")
	requests = {
		"list page": (
			"frappe.desk.reportview.get",
			{
				"doctype": "Concern",
				"fields": json.dumps([f"`tabConcern`.`{column}`" for column in columns]),
				"order_by": "`tabConcern`.`modified` desc",
				"start": 0,
				"page_length": 20,
			},
		),
		"form": ("frappe.desk.form.load.getdoc", {"doctype": "Concern", "name": concern}),
	}
	for what, (method, data) in requests.items():
		times: dict[bool, list[float]] = {True: [], False: []}
		for run in range(WARM_UP + arguments.runs):
			for logged in (True, False) if run % 2 else (False, True):
				with _log(logged):
					started = time.perf_counter()
					answer = client.post(f"/api/method/{method}", data=data, headers=headers)
					took = time.perf_counter() - started
				assert answer.status_code == 200, answer.text[:1000]
				if run >= WARM_UP:
					times[logged].append(took * 1000)
		with_log, without = statistics.median(times[True]), statistics.median(times[False])
		print(f"{what}: {with_log:.1f} ms with the log, {without:.1f} ms without: {with_log / without:.2f}")


@contextmanager
def _log(on: bool):
	"""Serve requests with or without the hooks of the log inside."""
	from early_support.privacy import watch

	hooks = watch.begin, watch.finish
	if not on:
		watch.begin, watch.finish = (lambda: None), (lambda response, request: None)
	try:
		yield
	finally:
		watch.begin, watch.finish = hooks


def _log_in(site: str) -> tuple[dict, str]:
	"""Return the headers of a session of the educator with the most concerns to see, and one of these."""
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	try:
		user, unit = frappe.db.sql(
			"""select a.user, a.unit from `tabStaff Assignment` a join tabConcern c on c.unit = a.unit
			where a.role = 'Early Educator' group by a.user, a.unit order by count(*) desc limit 1"""
		)[0]
		concern = frappe.db.get_value(
			"Concern", {"unit": unit, "workflow_state": "Raised"}
		) or frappe.db.get_value("Concern", {"unit": unit})
		frappe.local.session = frappe._dict()
		frappe.local.request = Request(EnvironBuilder(path="/").get_environ())
		full_name, user_type = frappe.db.get_value("User", user, ["full_name", "user_type"])
		sid = Session(user=user, full_name=full_name, user_type=user_type).data.sid
		frappe.db.commit()
	finally:
		frappe.destroy()
	return {"X-Frappe-Site-Name": site, "Accept": "application/json", "Cookie": f"sid={sid}"}, concern


if __name__ == "__main__":
	main()
