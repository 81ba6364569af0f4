frappe.ui.form.on("Access Grant", {
	setup(frm) {
		// Frappe translates the name of a form where it is chosen, and not where it is only shown.
		frm.get_docfield("source_doctype").formatter = (value) => frappe.utils.escape_html(__(value));
	},
});
