"""Whole requests as the desk sends them, served by Frappe's application in this process."""

import contextvars
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import frappe.app
from frappe.sessions import Session
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request


class RequestFailed(Exception):
	"""A request that is measured was not answered with 200."""


@contextmanager
def connected(site: str) -> Iterator[None]:
	"""Be connected to the site as Administrator inside."""
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	try:
		yield
	finally:
		frappe.destroy()


class Desk:
	"""The desk of one user, who is logged in."""

	def __init__(self, site: str, user: str):
		self.site, self.user, self.sid = site, user, _log_in(site, user)
		self.client = Client(frappe.app.application, use_cookies=False)
		self.headers = {
			"X-Frappe-Site-Name": site,
			"Accept": "application/json",
			"X-Requested-With": "XMLHttpRequest",
			"Cookie": f"sid={self.sid}",
		}

	def call(self, method: str, **arguments) -> tuple[float, dict]:
		"""Send one request; return the seconds that it took in this process, and the answer.

		Everything counts which a server does for it: connection, session, permission, query, commit, hooks that run after
		the request. Each request has a context of its own, so that nothing of an earlier one helps.

		Raises:
			RequestFailed: the answer was not 200.
		"""
		data = {
			key: value if isinstance(value, str) else json.dumps(value, default=str)
			for key, value in arguments.items()
		}
		started = time.perf_counter()
		response = contextvars.Context().run(
			self.client.post, f"/api/method/{method}", data=data, headers=self.headers
		)
		took = time.perf_counter() - started
		if response.status_code != 200:
			raise RequestFailed(f"{method} as {self.user}: {response.status_code} {response.text[:2000]}")
		return took, response.json


def _log_in(site: str, user: str) -> str:
	def start_session() -> str:
		with connected(site):
			frappe.local.session = frappe._dict()
			frappe.local.request = Request(EnvironBuilder(path="/").get_environ())
			full_name, user_type = frappe.db.get_value("User", user, ["full_name", "user_type"])
			sid = Session(user=user, full_name=full_name, user_type=user_type).data.sid
			frappe.db.commit()
			return sid

	return contextvars.Context().run(start_session)
