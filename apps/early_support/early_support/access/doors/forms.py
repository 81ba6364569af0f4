"""Customize Form asks of a field that it changes what is asked of one that is stored by itself."""

import frappe
from frappe.custom.doctype.customize_form.customize_form import CustomizeForm, docfield_properties

from early_support.access.doors import keys, markup
from early_support.forms import by_hand


class CheckedForm(CustomizeForm):
	"""A Customize Form that writes no added field, and no name of a form, past the hooks of either.

	Frappe stores new fields and the properties of shipped ones as documents, and writes added fields that are there
	already, and the name of the form, straight into the database. It deletes properties without a hook, too.
	"""

	@frappe.whitelist(methods=["POST"])
	def save_customization(self) -> None:
		"""Save as Frappe does, but for the form of users (`keys`). Raises KeepsTheKeys."""
		keys.check(self.doc_type)
		super().save_customization()

	def update_in_custom_field(self, df, i) -> None:
		"""Change an added field as Frappe does, once it was checked and sanitised as if it were saved."""
		name = frappe.db.get_value("Custom Field", {"dt": self.doc_type, "fieldname": df.fieldname})
		if name:
			_check_changes(df, frappe.get_doc("Custom Field", name))
		super().update_in_custom_field(df, i)

	def make_property_setter(self, prop, value, property_type, fieldname=None, *args, **kwargs):
		"""Set a property as Frappe does, and remember the one before, which it may delete without a hook."""
		by_hand.properties_go(self.doc_type, (prop,), field_name=fieldname or ("is", "not set"))
		# Where the shipped value comes back, Frappe writes nothing in its place that could be asked about.
		with by_hand.leaving_it_saved(self.doc_type, (prop,)):
			return super().make_property_setter(prop, value, property_type, fieldname, *args, **kwargs)

	@frappe.whitelist(methods=["POST"])
	def reset_layout(self) -> None:
		"""Put the fields in their shipped order as Frappe does, and remember the order before."""
		by_hand.properties_go(self.doc_type, ("field_order", "insert_after"))
		with by_hand.leaving_it_saved(self.doc_type):
			super().reset_layout()

	@frappe.whitelist(methods=["POST"])
	def reset_to_defaults(self) -> None:
		"""Give up all that was changed of the form, as Frappe does, unless cases could not be saved then.

		Raises:
			FormChangeRefused: as above, or an added field has been answered.
		"""
		with by_hand.leaving_it_saved(self.doc_type):
			super().reset_to_defaults()

	@frappe.whitelist(methods=["POST"])
	def trim_table(self) -> None:
		"""Drop columns without a field as Frappe does (not on the trial bench), unless answers are left in one.

		Raises:
			FormChangeRefused: as above.
		"""
		by_hand.keep_columns(self.doc_type)
		super().trim_table()

	def set_name_translation(self) -> None:
		"""Name the form as Frappe does, with a name that holds no markup. Raises MarkupInText."""
		markup.refuse_markup(self.label, self.meta.get_label("label"))
		super().set_name_translation()


def _check_changes(row, field) -> None:
	changed = [name for name in docfield_properties if name != "idx" and row.get(name) != field.get(name)]
	if not changed:
		return
	field.load_doc_before_save()
	by_hand.changed(field)
	field.update({name: row.get(name) for name in changed})
	for event in ("before_validate", "validate"):
		field.run_method(event)
	field._sanitize_content()
	for name in changed:
		row.set(name, field.get(name))
	by_hand.changed(field)
