"""Says what a profile reads from a field that administrators have hidden: nobody answers it any more, so it runs dry without a fault."""

from collections.abc import Iterable

import frappe
from frappe import _

from early_support.export import sources
from early_support.export.columns import Column
from early_support.export.filters import Filter


def notes(event: str | None, columns: Iterable[Column], filters: Iterable[Filter]) -> list[str]:
	"""Return a line for each column, and for each choice of rows, that is filled from a hidden field. `event`: the profile's."""
	doctype = sources.form_of(event)
	if not doctype:
		return []
	hidden = _hidden_of(doctype)
	lines = [
		_(
			"The column “{0}” is filled from the field “{1}”, which was hidden on the form: it stays empty for what is recorded from now on. Make a new version of the profile without the column, or suggest that the field is shown again."
		).format(column.key, hidden[column.source])
		for column in columns
		if column.source in hidden
	]
	lines += [
		_(
			"Rows are chosen by the field “{0}”, which was hidden on the form: what is recorded from now on is not among them. Make a new version of the profile without this choice, or suggest that the field is shown again."
		).format(hidden[each.source])
		for each in filters
		if each.source in hidden
	]
	return lines


def _hidden_of(doctype: str) -> dict[str, str]:
	"""Return the fields of a form that were hidden on this site, and what each is called, in the user's language."""
	# Not filtered by permission: the shape of a form as it was shipped, no record.
	shipped = {
		row.fieldname
		for row in frappe.get_all(
			"DocField", filters={"parent": doctype}, fields=["fieldname", "hidden", "depends_on"]
		)
		if _is_hidden(row)
	}
	return {
		df.fieldname: _(df.label)
		for df in frappe.get_meta(doctype).fields
		if df.label and _is_hidden(df) and df.fieldname not in shipped
	}


def _is_hidden(df) -> bool:
	"""Whether a field shows nowhere, or only where it has been answered already (forms/changes_core.py)."""
	return bool(df.hidden) or df.depends_on == df.fieldname
