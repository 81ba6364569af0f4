frappe.ui.form.on("Form Change Request", {
	setup(frm) {
		es.offer_only(frm, "record", __("What the list offers"), () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		es.case_form(frm);
		es.next_step(frm);
		offer_fields(frm);
	},

	form(frm) {
		frm.set_value({ field_name: "", place_after: "" });
		offer_fields(frm);
	},

	list_name: (frm) => frm.set_value("record", ""),

	before_workflow_action: (frm) => es.before_move(frm),
});

/** Offers the fields of the form by their labels; they are stored by their names. */
async function offer_fields(frm) {
	const form = frm.doc.form;
	const fields = form ? await frappe.xcall("early_support.forms.suggest.fields_of", { form }) : [];
	if (frm.doc.form !== form) return;
	const there = new Set(fields.map((field) => field.value));
	for (const name of ["field_name", "place_after"]) {
		// What a field was called when this was suggested may be gone by now.
		const kept = frm.doc[name] && !there.has(frm.doc[name]) ? [{ value: frm.doc[name], label: frm.doc[name] }] : [];
		frm.set_df_property(name, "options", [{ value: "", label: "" }, ...fields, ...kept]);
	}
}
