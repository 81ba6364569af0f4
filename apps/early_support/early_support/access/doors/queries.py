"""What a client may put into a list: names of fields, and no fields that hold secrets.

Frappe puts the name of a filter's field into the query as it comes if it holds `ifnull(`, in front of the condition that
says which rows are open; in v15 also a filter that is a text. Most functions that list for a client check no names. There
is no hook, and all of them end in `DatabaseQuery.build_filter_conditions`: that is wrapped in every process that answers
requests or does jobs. `DatabaseQuery.execute` is wrapped, too: from 16 on it fails on a filter that is a text, before any
condition is built. Only lists that ask for rights are checked; code of the server that asks for none (`get_all`) is left
alone.
"""

import re

import frappe
from frappe import _
from frappe.model.db_query import DatabaseQuery

from early_support.exceptions import EarlySupportError


class NotAField(EarlySupportError):
	"""A list is filtered by something else than a field, or by a field that holds a secret."""


NAME = re.compile(r"\w+", re.ASCII)
DOCTYPE = re.compile(r"[\w -]+")
# The forms in which Frappe itself asks for "empty": one field, one constant.
EMPTY = re.compile(r"ifnull\((`tab[\w -]+`\.)?`?\w+`?, ?('[\w :-]*'|-?\d+)\)(!?='')?", re.ASCII)

# Whoever has this key sets the password of its owner; up to 15.0.0-dev it is stored as it is mailed.
SECRETS = re.compile(r"\breset_password_key\b")

_frappes_own = DatabaseQuery.build_filter_conditions
_frappes_execute = DatabaseQuery.execute


def install() -> None:
	"""Put the checks before Frappe's own functions, once a process. Called before every request and job (hooks.py)."""
	DatabaseQuery.build_filter_conditions = _build_filter_conditions
	DatabaseQuery.execute = _execute


def _execute(query: DatabaseQuery, fields=None, filters=None, or_filters=None, *args, **kwargs) -> list:
	if not kwargs.get("ignore_permissions"):
		# Frappe goes by what each begins with, and takes fields and filters for each other.
		swapped = isinstance(fields, dict) or _begins_with(fields, list)
		if not swapped and fields and _begins_with(filters, str) and len(filters) > 1:
			if _begins_with(frappe.parse_json(fields), str):
				_refuse()
			swapped = True
		for conditions in (fields if swapped else filters, or_filters):
			for text in _texts(frappe.parse_json(conditions)):
				check(text)
	return _frappes_execute(query, fields, filters, or_filters, *args, **kwargs)


def _begins_with(conditions, kind: type) -> bool:
	return isinstance(conditions, list) and bool(conditions) and isinstance(conditions[0], kind)


def _texts(conditions: dict | list | None) -> list[str]:
	"""Return the conditions that are texts. 16 takes a list of two to five texts for one condition, and earlier ones for texts."""
	if not isinstance(conditions, list) or (_begins_with(conditions, str) and 2 <= len(conditions) <= 5):
		return []
	return [condition for condition in conditions if isinstance(condition, str)]


def _build_filter_conditions(
	query: DatabaseQuery, filters, conditions: list, ignore_permissions: bool | None = None
) -> None:
	ignores = query.flags.ignore_permissions if ignore_permissions is None else ignore_permissions
	if not ignores:
		for condition in [filters] if isinstance(filters, dict) else filters:
			check(condition)
		shown = (*(query.fields or ()), getattr(query, "order_by", ""), getattr(query, "group_by", ""))
		if SECRETS.search(" ".join(map(str, shown))):
			_refuse()
	return _frappes_own(query, filters, conditions, ignore_permissions)


def check(condition: str | dict | list | tuple) -> None:
	"""Refuse a condition whose field is none. Raises NotAField."""
	doctype = None
	if isinstance(condition, str):
		names = [condition] if EMPTY.fullmatch(condition) else [""]
	elif isinstance(condition, dict):
		names = list(condition)
	else:
		doctype, *names = condition[:2] if len(condition) > 3 else (None, *condition[:1])
	for name in names:
		check_name(str(name))
	if doctype and not DOCTYPE.fullmatch(doctype):
		_refuse()


def check_name(name: str) -> None:
	"""Refuse what is no name of a field, or that of one that holds a secret. Raises NotAField."""
	if not (NAME.fullmatch(name) or EMPTY.fullmatch(name)) or SECRETS.search(name):
		_refuse()


def _refuse() -> None:
	frappe.throw(_("A list can be filtered by its fields only."), NotAField)
