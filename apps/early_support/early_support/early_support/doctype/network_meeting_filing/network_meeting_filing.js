frappe.ui.form.on("Network Meeting Filing", {
	refresh(frm) {
		// Frappe shows the name of the state as it is stored.
		frm.set_df_property("stage", "formatter", (state) => frappe.utils.escape_html(__(state)));
		// It is read by whoever may, and written by the app alone: nothing is added to it.
		es.case_form(frm, { notes: false });
		frm.disable_save();
	},
});
