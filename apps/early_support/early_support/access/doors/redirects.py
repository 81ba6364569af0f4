"""After the sign-in one stays on this site: up to 15.0.0-dev Frappe leads those who are signed in wherever a link says."""

from urllib.parse import urlsplit

import frappe
from werkzeug.datastructures import ImmutableMultiDict

PARAMETER = "redirect-to"


def stay() -> None:
	"""Hook before_request: forget a `redirect-to` that leads away. There is no hook where Frappe follows it."""
	request = frappe.local.request
	if (target := request.args.get(PARAMETER)) and leads_away(target, request.host):
		request.args = ImmutableMultiDict(
			(key, value) for key, value in request.args.items() if key != PARAMETER
		)


def leads_away(target: str, host: str) -> bool:
	r"""Tell whether an address is on another host than `host`, or no address of a page.

	>>> leads_away("/app/concern", "a.fi"), leads_away("https://a.fi/app", "a.fi")
	(False, False)
	>>> leads_away("//b.fi", "a.fi"), leads_away("/\\b.fi", "a.fi"), leads_away("javascript:x", "a.fi")
	(True, True, True)
	"""
	# Browsers take a backslash for a slash, and leave out what is not seen.
	plain = "".join(character for character in target if character.isprintable()).strip().replace("\\", "/")
	parts = urlsplit(plain)
	if parts.scheme not in ("", "http", "https"):
		return True
	return bool(parts.netloc or parts.scheme) and parts.netloc != host
