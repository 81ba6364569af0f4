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
		es.say_where_from(frm);
		// The list shows it; here the link says it.
		frm.toggle_display("own_worker_name", false);
		lock_how_it_began(frm);
		es.forget("Referral", frm.doc.referral);
		es.forget("Support Period", frm.doc.support_period);
		es.next_step(frm, offer);
		offer_assessment(frm);
	},

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

/** How it began stays once it has started (SETTLED_FIELDS of the controller). */
function lock_how_it_began(frm) {
	const locked = frm.is_new() || frm.doc.workflow_state === "Draft" ? 0 : 1;
	for (const field of ["source", "started_on", "started_with"]) {
		frm.set_df_property(field, "read_only", locked);
	}
}

/** A need for more that appears while the service runs is assessed beside it. */
function offer_assessment(frm) {
	if (frm.is_new() || frm.doc.own_worker !== frappe.session.user) return;
	const assessment = frm.doc.__onload?.assessment;
	if (assessment) {
		frm.add_custom_button(__("Open the needs assessment"), () =>
			frappe.set_route("Form", "Needs Assessment", assessment)
		);
	} else if (frm.doc.workflow_state === "Active" && frappe.model.can_create("Needs Assessment")) {
		frm.add_custom_button(__("Assess the need for services"), () => es.open_next(frm, "assess_client"));
	}
}

/** While the relationship runs the work goes by its plan: make it, or open it. It ends from the menu. */
function offer(frm) {
	if (frm.is_new() || frm.doc.workflow_state !== "Active") return null;
	const plan = frm.doc.__onload?.plan;
	if (plan) {
		return {
			line: __("The support plan is at the stage “{0}”.", [__(plan.workflow_state)]),
			label: __("Open the support plan"),
			run: () => frappe.set_route("Form", "Support Plan", plan.name),
		};
	}
	if (!frappe.model.can_create("Support Plan")) return null;
	return {
		line: __("A client always has a support plan."),
		label: __("Make the support plan"),
		run: () => es.open_next(frm, "make_support_plan"),
	};
}
