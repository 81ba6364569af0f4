frappe.ui.form.on("Day Care Unit", {
	refresh: (frm) => es.unit_overview(frm),
});
