frappe.ui.form.on("Child", {
	setup(frm) {
		es.offer_only(frm, "unit", __("Units in use"), () => ({ filters: { disabled: 0 } }));
	},

	refresh(frm) {
		// Frappe takes every Password field for a password, and would rate this one.
		frm.fields_dict.identity_code.disable_password_checks?.();
		frm.trigger("offer_groups");
		offer_plan(frm);
		es.child_overview(frm);
	},

	unit(frm) {
		frm.set_value("unit_group", null);
		frm.trigger("offer_groups");
	},

	async offer_groups(frm) {
		const unit = frm.doc.unit && (await frappe.db.get_doc("Day Care Unit", frm.doc.unit));
		const groups = unit ? unit.groups : [];
		frm.set_df_property(
			"unit_group",
			"options",
			groups.map((group) => ({ value: group.code, label: group.title }))
		);
	},
});

/** The child's plan: open the one that is being made, or the confirmed one; or begin the first. */
function offer_plan(frm) {
	if (frm.is_new()) return;
	const plan = frm.doc.__onload?.plan;
	if (plan) {
		frm.add_custom_button(__("Open the child's plan"), () => frappe.set_route("Form", "Child Plan", plan));
	} else if (frappe.model.can_create("Child Plan")) {
		frm.add_custom_button(__("Begin the child's plan"), () => es.open_next(frm, "begin_child_plan"));
	}
}
