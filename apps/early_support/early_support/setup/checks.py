"""What must hold on a site before anybody works on it."""

import frappe
from frappe import _

from early_support.access import policy

MODULE = "Early Support"


class DoctypeWithoutPolicy(frappe.ValidationError):
	"""A doctype is about families, and nothing says who may open it."""


def check_policies() -> None:
	"""Refuse a site with a doctype of ours about families for which access/policy.py has no line.

	Also forms which an administrator has made in our module: without a policy Frappe would show every row to every role
	that the form names.

	Raises:
		DoctypeWithoutPolicy: names them, and says what to do.
	"""
	missing = policy.without_policy([_described(name) for name in _our_doctypes()])
	if missing:
		frappe.throw(
			_(
				"Nothing says who may open {0}, and it is about families. Add it to OPENS (a child table: to PROTECTED_TABLES) in early_support/access/policy.py, or move a form of your own to another module."
			).format(", ".join(missing)),
			DoctypeWithoutPolicy,
		)


def _our_doctypes() -> list[str]:
	# Run by an installation or a migration: names of forms, no rows.
	return frappe.get_all("DocType", filters={"module": MODULE}, pluck="name")


def _described(name: str) -> policy.Doctype:
	meta = frappe.get_meta(name)
	return policy.Doctype(
		name=name,
		is_table=bool(meta.istable),
		fields={df.fieldname for df in meta.fields},
		links={df.fieldname: df.options for df in meta.fields if df.fieldtype == "Link"},
		tables={df.options for df in meta.get_table_fields()},
	)
