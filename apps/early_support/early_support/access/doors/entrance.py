"""The entrance: which whitelisted functions a person may call at all.

Frappe looks up `override_whitelisted_methods` by the text of the request only. The same function is reached under every
module that imports it, and through functions that call another one by name (`map_docs`, `get_all_nodes`, the query of a
link search, the method of an upload). All these ways ask one thing: whether the function itself is in
`frappe.whitelisted`. So that is where the answer is given, by person: `install` puts a collection there that asks
`is_open`.
"""

from collections.abc import Callable
from inspect import isfunction

import frappe

from early_support.access.doors import open_methods
from early_support.access.doors.wiring import OVERRIDES

SYSTEM_MANAGER = "System Manager"
# Frappe asks for the token against forged requests with these only (and stores nothing after the others, unless the
# function commits by itself).
WITH_TOKEN = ("POST", "PUT", "PATCH", "DELETE")


class Entrance(list):
	"""What stands as `frappe.whitelisted`: holds every whitelisted function, and tells which are open to who asks."""

	# 16 keeps a set.
	add = list.append

	def __contains__(self, function: object) -> bool:
		return super().__contains__(function) and is_open(function)


def install() -> None:
	"""Put the entrance in Frappe's place, once a process. Called before every request (hooks.py)."""
	if not isinstance(frappe.whitelisted, Entrance):
		frappe.whitelisted = Entrance(frappe.whitelisted)


def is_open(function: Callable) -> bool:
	"""Tell whether the session's user may call a whitelisted function, with this request.

	Functions of other apps, ours among them, ask for rights themselves, and answer the methods for which they were made, also
	where another function calls them by name. Of Frappe's, those in `CLOSED` are closed to
	everybody, and so are those in whose place one of ours answers; those in `FOR_ADMINISTRATOR` are open to nobody else;
	the rest is open to Administrator and System Managers, and what is in `STAFF` to all who are signed in. A guest is asked
	by Frappe itself whether the function is for guests.
	"""
	path = path_of(function)
	if not path.startswith("frappe."):
		return _takes(function)
	if path in open_methods.CLOSED or path in OVERRIDES or not _answers(function, path):
		return False
	user = frappe.session.user
	if user in ("Administrator", "Guest") or path in open_methods.STAFF:
		return True
	return not path.startswith(open_methods.FOR_ADMINISTRATOR) and SYSTEM_MANAGER in frappe.get_roles(user)


def path_of(function: Callable) -> str:
	"""Return the name under which a function was defined, whatever module it was asked for in."""
	function = unwrap(function)
	return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"


def unwrap(function: Callable) -> Callable:
	"""Return the function inside all wrappers, of which some of Frappe's do not say what they wrap."""
	while inner := _wrapped(function):
		function = inner
	return function


def _answers(function: Callable, path: str) -> bool:
	"""Tell whether a function may answer the method of this request: a link, which anybody can plant, only reads.

	Also asked for a function that another one calls by name. A guest has no session which a link could abuse.
	"""
	if not _is_link():
		return True
	made_for_links = frappe.allowed_http_methods_for_whitelisted_func.get(function) == ["GET"]
	return path in open_methods.READERS or made_for_links


def _takes(function: Callable) -> bool:
	"""Tell whether a function of ours was made for the method of this request; Frappe asks so only of what it calls itself."""
	allowed = frappe.allowed_http_methods_for_whitelisted_func.get(function)
	return not _is_link() or not allowed or frappe.local.request.method in allowed


def _is_link() -> bool:
	"""Tell whether this is a request as a link makes it, of somebody who has a session that a link could abuse."""
	request = getattr(frappe.local, "request", None)
	return bool(request) and request.method not in WITH_TOKEN and frappe.session.user != "Guest"


def _wrapped(function: Callable) -> Callable | None:
	if inner := getattr(function, "__wrapped__", None):
		return inner
	if "<locals>" not in getattr(function, "__qualname__", ""):
		return None
	held = [cell.cell_contents for cell in function.__closure__ or ()]
	inner = [value for value in held if isfunction(value)]
	return inner[0] if len(inner) == 1 else None
