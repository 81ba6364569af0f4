frappe.ui.form.on("Visit", {
	setup(frm) {
		es.offer_only(frm, "support_period", __("Support periods that are agreed or going on"), () => ({
			filters: { workflow_state: ["in", ["Agreed", "Under Way", "Follow-up"]] },
		}));
	},

	refresh(frm) {
		es.case_form(frm);
		es.forget("Support Period", frm.doc.support_period);
		es.next_step(frm, offer);
	},

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

/** A visit to come is only looked forward to; after a visit the way leads back to the period. */
function offer(frm) {
	if (frm.is_new()) return null;
	const planned = frm.doc.workflow_state === "Planned";
	if (planned && frm.doc.visit_date > frappe.datetime.get_today()) {
		return { line: __("The visit is on {0}.", [frappe.datetime.str_to_user(frm.doc.visit_date)]) };
	}
	if (planned) return null;
	return {
		line: __("The visit has been recorded."),
		label: __("Back to the support period"),
		run: () => frappe.set_route("Form", "Support Period", frm.doc.support_period),
	};
}
