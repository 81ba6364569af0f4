frappe.ui.form.on("Consultation", {
	onload(frm) {
		if (frm.is_new()) begin_in_own_unit(frm);
	},

	refresh(frm) {
		es.case_form(frm, { notes: false });
		es.next_step(frm);
	},

	before_workflow_action: (frm) => es.before_move(frm),
});

/** A question is asked about one's own unit; whoever works in one only need not choose. */
async function begin_in_own_unit(frm) {
	const units = await frappe.xcall("early_support.casework.people.own_units");
	es.offer_only(frm, "unit", __("Units in which you work"), () => ({ filters: { name: ["in", units] } }));
	if (!frm.doc.unit && units.length === 1) frm.set_value("unit", units[0]);
}
