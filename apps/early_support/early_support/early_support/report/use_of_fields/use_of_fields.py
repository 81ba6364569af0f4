"""Use of fields: how often each field and option of a form was filled in, in the documents that were made in a season.

By unit, and for the whole municipality; small figures are hidden (forms/usage.py).
"""

from frappe import _
from frappe.utils import format_date

from early_support.export import monthly
from early_support.figures import read, report
from early_support.forms import usage


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str]:
	"""Give columns, data and message. Filters: `form`, `season`, `controller`, `service_area`.

	Raises:
		FilterNotUnderstood: a filter makes no sense, or is not the user's.
	"""
	form, asked = usage.read_form(filters)
	places = read.places(asked)
	if not places:
		return get_columns([]), [], _("You do not work for a register controller with this form.")
	# Of several the first: what one has filled in is not added to what another has.
	place = places[0]
	units = [unit for unit in usage.units_of(form, place) if asked.area in (None, place.area_of[unit])]
	threshold = monthly.threshold()
	found = usage.usage(form, place, asked, threshold)
	message = f"{_(form)}, {place.title}. {report.message(asked)}"
	if added := usage.added_within(form, asked):
		since = ", ".join(f"{monthly.escape(label)} ({format_date(day)})" for label, day in added)
		message = (
			f"{message} {_('Asked only since a day of this season, so empty before: {0}.').format(since)}"
		)
	return get_columns(units), usage.rows(found, units, threshold), message


def get_columns(units: list[str]) -> list[dict]:
	"""Return the columns: the whole first, then each unit."""
	titles = usage.titles_of(units)
	return [
		report.label_column(_("Field")),
		*report.figure_columns([("total", _("Whole municipality"))]),
		*report.figure_columns([("share", _("Share"))], "share"),
		*report.figure_columns([(f"unit_{number}", titles[unit]) for number, unit in enumerate(units)]),
	]
