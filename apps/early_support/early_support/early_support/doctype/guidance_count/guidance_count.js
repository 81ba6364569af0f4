frappe.ui.form.on("Guidance Count", {
	async onload(frm) {
		if (!frm.is_new()) return;
		const units = await frappe.xcall("early_support.recording.rights.guidance_units");
		frm.set_query("unit", () => ({ filters: { name: ["in", units] } }));
		if (!frm.doc.unit && units.length === 1) frm.set_value("unit", units[0]);
	},

	refresh(frm) {
		frm.set_query("age_band", () => ({ filters: { disabled: 0 } }));
	},
});
