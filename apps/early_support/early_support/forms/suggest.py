"""What the desk needs so that somebody may suggest a change of a form in its own words, and not by the names of its fields."""

import frappe
from frappe import _

from early_support.forms import changes_core as core
from early_support.forms.current import FORMS

DOCTYPE = "Form Change Request"
# Parts of a form that are drawn, and have no words of their own to change.
DRAWN = ("Column Break", "HTML", "Button", "Image", "Fold")


@frappe.whitelist()
def fields_of(form: str) -> list[dict]:
	"""Return [{value, label}] of the fields of a form of which a change may be suggested, in their order.

	`label` is what stands in the form, in the user's language; fields that nobody sees are left out. Nothing of a document
	is told. Raises frappe.PermissionError for whoever suggests nothing, and for other forms.
	"""
	form = str(form)
	if form not in FORMS or not frappe.has_permission(DOCTYPE, "create"):
		raise frappe.PermissionError
	return [
		{"value": df.fieldname, "label": f"{_(df.label)}{_kind(df)}"}
		for df in frappe.get_meta(form).fields
		if df.label and not df.hidden and df.fieldtype not in DRAWN
	]


def _kind(df) -> str:
	"""Tell a heading from a field of the same name."""
	return f" ({_('heading')})" if df.fieldtype in core.NO_QUESTION and df.fieldtype != "Table" else ""


def extend_bootinfo(bootinfo: dict) -> None:
	"""Tell the desk of which forms a change may be suggested by who has logged in."""
	may = frappe.has_permission(DOCTYPE, "create")
	bootinfo["early_support_forms"] = list(FORMS) if may else []
