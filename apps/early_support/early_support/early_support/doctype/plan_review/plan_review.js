frappe.ui.form.on("Plan Review", {
	setup(frm) {
		es.offer_only(frm, "support_plan", __("Support plans that were agreed on"), () => ({
			filters: { workflow_state: ["in", ["Agreed", "Under Review"]] },
		}));
	},

	refresh(frm) {
		es.case_form(frm);
		es.forget("Support Plan", frm.doc.support_plan);
		// The goals are the plan's: they are answered, neither added nor taken away.
		frm.set_df_property("goals", "cannot_add_rows", true);
		frm.set_df_property("goals", "cannot_delete_rows", true);
		es.next_step(frm, offer);
	},

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

/** After the review the plan is written anew. */
function offer(frm) {
	if (frm.doc.workflow_state !== "Reviewed") return null;
	return {
		line: __("The review is recorded. Next, agree on how the plan goes on."),
		label: __("Open the support plan"),
		run: () => frappe.set_route("Form", "Support Plan", frm.doc.support_plan),
	};
}
