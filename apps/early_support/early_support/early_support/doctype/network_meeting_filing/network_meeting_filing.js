frappe.ui.form.on("Network Meeting Filing", {
	refresh(frm) {
		// Frappe shows the name of the state as it is stored.
		frm.set_df_property("stage", "formatter", (state) => frappe.utils.escape_html(__(state)));
		es.case_form(frm);
		frm.disable_save();
	},
});
