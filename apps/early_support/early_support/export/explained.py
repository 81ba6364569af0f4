"""What the codes of columns mean that have no code map: ours, in Finnish and Swedish, for the data dictionary.

They are those of today: lists and the choices of forms are the administrators', who may add to them at any time.
"""

from collections.abc import Iterable

import frappe
from frappe import _

from early_support.export import classes, monthly, profiles, sources
from early_support.export.columns import Column
from early_support.export.events import EVENTS, FORMS, KEYS, SERVICE_IN_USE
from early_support.export.manifest import AGGREGATE, Codes
from early_support.forms.lists import LIST_DOCTYPES
from early_support.prints.reader import speaking, title_of

# Of these columns of figures a row holds `monthly.ALL` only.
_NOT_BROKEN_DOWN = ("lahde", "ikaryhma", "vyohyke_luokka", "lopputulos")
_SERVICES = "Support Service"


def codes_of(profile, found: Iterable[Column]) -> dict[str, Codes]:
	"""Return what may stand in the columns of a profile that are filled from a list of codes as they are: key → the codes."""
	explained = {}
	for column in found:
		if column.transform == classes.AS_IS:
			of = _of_figures if profile.level == AGGREGATE else _of_rows
			if codes := of(profile, column):
				explained[column.key] = codes
	return explained


def _of_figures(profile, column: Column) -> Codes:
	if column.source == "tapahtumalaji":
		services = profiles.counts_services(profiles.columns_of(profile))
		return _events([*KEYS, *([SERVICE_IN_USE] if services else [])])
	if column.source == monthly.SERVICE:
		return _all() | _list(_SERVICES)
	return _all() if column.source in _NOT_BROKEN_DOWN else {}


def _of_rows(profile, column: Column) -> Codes:
	if column.source == "event":
		return _events([profile.event] if profile.event else KEYS)
	field, _own = sources.fields_of(profile.event)[column.source]
	if field.target in LIST_DOCTYPES:
		return _list(field.target)
	event = next((each for each in (*EVENTS, *FORMS) if each.key == profile.event), None)
	df = event and frappe.get_meta(event.doctype).get_field(column.source)
	if not df or df.fieldtype != "Select":
		return {}
	options = [option for option in (df.options or "").split("\n") if option]
	return _said(lambda: {option: _(option) for option in options})


def _events(keys: Iterable[str]) -> Codes:
	def texts() -> dict[str, str]:
		labels = monthly.event_labels()
		return {key: labels.get(key) or _(key) for key in keys}

	return _said(texts)


def _all() -> Codes:
	return _said(lambda: {monthly.ALL: _("All together, not broken down by this")})


def _list(doctype: str) -> Codes:
	# Not filtered by permission: a list of the administrators, which all of the staff read.
	names = frappe.get_all(doctype, pluck="name", order_by="name asc")
	return {
		name: {language: title_of(doctype, name, language) for language in ("fi", "sv")} for name in names
	}


def _said(texts) -> Codes:
	said = {}
	for language in ("fi", "sv"):
		with speaking(language):
			for code, text in texts().items():
				said.setdefault(code, {})[language] = text
	return said
