frappe.ui.form.on("Network Meeting Filing", {
	refresh(frm) {
		es.case_form(frm);
		frm.disable_save();
	},
});
