frappe.ui.form.on("Client Relationship", {
	setup(frm) {
		es.offer_only(frm, "referral", __("Referrals that you have accepted"), () => ({
			filters: {
				receiver: frappe.session.user,
				workflow_state: ["in", ["Accepted", "First Contact Confirmed"]],
			},
		}));
		es.offer_only(frm, "support_period", __("Your support periods on which the parents have agreed"), () => ({
			filters: {
				counsellor: frappe.session.user,
				workflow_state: ["in", ["Agreed", "Under Way", "Follow-up"]],
			},
		}));
		es.offer_only(frm, "own_worker", __("Who may be the own worker at this tier"), () => ({
			query: "early_support.casework.people.find_own_workers",
			filters: { tier: frm.doc.tier },
		}));
		for (const field of ["source", "ending_reason"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
	},

	refresh(frm) {
		es.case_form(frm);
		es.forget("Referral", frm.doc.referral);
		es.forget("Support Period", frm.doc.support_period);
		es.next_step(frm);
	},

	before_workflow_action: (frm) => es.before_move(frm),
});
