"""A child is found by whoever knows already who it is: the exact names and birth date, and nothing to search or browse.

For the ways in which somebody comes to a family that is closed to them. A wrong guess is told nothing, and tries are counted.
"""

import datetime
import unicodedata

import frappe
from frappe import _

# Tries of one person: enough for a spelling that is not known for sure, too few to guess birth dates.
TRIES, WITHIN_SECONDS = 10, 3600


class NoSuchChild(frappe.ValidationError):
	"""The one answer when nothing matches, whatever was wrong."""


class TooManyTries(frappe.ValidationError):
	"""Somebody has tried too often within the hour."""

	http_status_code = 429


def find_children(last_name: str, first_name: str, birth_date: str) -> list[dict]:
	"""Return the children with exactly these names and this birth date, the newest record first: name and family.

	Args:
		last_name: as it is written in the child's record; capital letters and spaces do not matter.
		first_name: the first one, or all of them.
		birth_date: as yyyy-mm-dd.
	"""
	try:
		born = datetime.date.fromisoformat(birth_date.strip())
	except ValueError:
		return []
	# Not filtered by permission: that is what the callers are for. Only who knows all three is told that there is a child.
	born_then = frappe.get_all(
		"Child",
		filters={"birth_date": born},
		fields=["name", "family", "first_names", "last_name"],
		order_by="creation desc",
	)
	last, first = plain(last_name), plain(first_name)
	return [
		child
		for child in born_then
		if last == plain(child.last_name)
		and first in (plain(child.first_names), plain(child.first_names).partition(" ")[0])
	]


def plain(text: str) -> str:
	"""Return a name without what does not matter in it: capital letters, and how it is spaced and composed."""
	return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def count_try(user: str, purpose: str) -> None:
	"""Count one try of `user`. Raises TooManyTries.

	By person, not by address as Frappe does: a whole municipality may share one address.
	"""
	key = frappe.cache.make_key(f"early_support_{purpose}:{user}")
	tries = frappe.cache.incrby(key, 1)
	if frappe.cache.ttl(key) < 0:
		frappe.cache.expire(key, WITHIN_SECONDS)
	if tries > TRIES:
		frappe.throw(
			_("You have tried too often. Please ask your director, or wait for an hour."), TooManyTries
		)
