"""On which ground somebody may open a record: which of its doctype's openers lets him or her in."""

from collections.abc import Iterable

import frappe

from early_support.access import conditions, policy

ADMINISTRATOR = "administrator"


def grounds(doctype: str, names: Iterable[str], user: str) -> dict[str, str]:
	"""Return {name: key of the first opener of policy.OPENS that opens it to `user` today}.

	A record that nothing opens is left out. Administrator, whom no rule holds, opens everything as such.
	"""
	names = tuple(names)
	if not names:
		return {}
	# The expression is made of constants and escaped values only (access/conditions.py); the names are parameters.
	rows = frappe.db.sql(
		f"select name, {expression(doctype, user)} from `tab{doctype}` where name in %s", (names,)
	)
	return {name: ground for name, ground in rows if ground}


def expression(doctype: str, user: str) -> str:
	"""Return the SQL expression for the ground on which `user` may open a row of `tab<doctype>`; null without one."""
	if user == "Administrator":
		return frappe.db.escape(ADMINISTRATOR)
	cases = []
	for opener in policy.openers(doctype):
		if condition := conditions.OPENERS[opener](user, doctype):
			cases.append(f"when {condition} then {frappe.db.escape(opener)}")
	return f"(case {' '.join(cases)} end)" if cases else "null"
