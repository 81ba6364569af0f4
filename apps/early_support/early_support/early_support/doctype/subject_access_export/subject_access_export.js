frappe.ui.form.on("Subject Access Export", {
	refresh(frm) {
		es.find_child(frm, (child) => frm.set_value("child", child.code));
	},
});
