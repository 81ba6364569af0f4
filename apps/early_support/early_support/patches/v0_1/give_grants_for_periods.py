"""Gives the counsellors of periods that were agreed on before there were grants what they could open until now."""

import frappe
from frappe.utils import get_datetime

from early_support.casework import clock
from early_support.casework.states import AGREED_PERIOD


def execute() -> None:
	for period in _open_periods():
		if not period.counsellor:
			continue
		with clock.at(get_datetime(period.agreed_on or period.creation)):
			period.keep_grant()


def _open_periods():
	# A maintenance task of the site, as Administrator: all of them.
	for name in frappe.get_all(
		"Support Period",
		filters={"workflow_state": ("in", AGREED_PERIOD)},
		pluck="name",
		order_by="creation asc",
	):
		yield frappe.get_doc("Support Period", name)
