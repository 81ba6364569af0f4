frappe.ui.form.on("Legal Hold", {
	refresh(frm) {
		es.find_child(frm, (child) =>
			frm.set_value("subject", frm.doc.subject_type === "Family" ? child.family : child.code),
		);
	},
});
