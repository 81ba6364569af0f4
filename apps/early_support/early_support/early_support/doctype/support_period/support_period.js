frappe.ui.form.on("Support Period", {
	setup(frm) {
		es.offer_only(frm, "concern", __("Concerns with an agreed meeting, and urgent ones"), () => ({
			filters: { workflow_state: ["in", ["Meeting Agreed", "Urgent"]] },
		}));
		es.offer_only(frm, "counsellor", __("Family counsellors; those of the unit first"), () => ({
			query: "early_support.casework.people.find_counsellors",
			filters: { unit: frm.doc.unit },
		}));
	},

	refresh(frm) {
		es.case_form(frm);
		es.forget("Concern", frm.doc.concern);
		es.next_step(frm, offer);
		offer_assessment(frm);
		offer_consent(frm);
		es.offer_relationship(frm, {
			method: "continue_as_client",
			// With some outcomes a relationship begins: it is opened on the day on which the period ends.
			states: ["Agreed", "Under Way", "Follow-up", ...(frm.doc.client_begins ? ["Ended"] : [])],
			worker: frm.doc.counsellor,
		});
	},

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

/** The counsellor of the period opens an assessment beside the support, or finds the own one again. */
function offer_assessment(frm) {
	const agreed = ["Agreed", "Under Way", "Follow-up"].includes(frm.doc.workflow_state);
	if (frm.is_new() || frm.doc.counsellor !== frappe.session.user) return;
	const assessment = frm.doc.__onload?.assessment;
	if (assessment) {
		frm.add_custom_button(__("Open the needs assessment"), () =>
			frappe.set_route("Form", "Needs Assessment", assessment)
		);
	} else if (agreed && frappe.model.can_create("Needs Assessment")) {
		frm.add_custom_button(__("Assess the need for services"), () =>
			es.open_next(frm, "begin_needs_assessment")
		);
	}
}

/** To other services the family is led together: on its consent, on which it is then referred. */
function offer_consent(frm) {
	const agreed = ["Agreed", "Under Way", "Follow-up"].includes(frm.doc.workflow_state);
	if (frm.is_new() || !agreed || !frappe.model.can_create("Cooperation Consent")) return;
	frm.add_custom_button(__("Ask for consent to co-operate"), () => es.open_next(frm, "ask_consent_in_support"));
}

/** While the counsellor works: plan a visit, open the one that is planned, or go on when the limit is reached. */
function offer(frm) {
	const working = ["Agreed", "Under Way"].includes(frm.doc.workflow_state);
	if (frm.is_new() || !working || !frappe.model.can_create("Visit")) return null;
	const visits = frm.doc.__onload?.visits || [];
	const planned = visits.find((visit) => visit.workflow_state === "Planned");
	const held = visits.filter((visit) => visit.workflow_state === "Held").length;
	if (frm.doc.workflow_state === "Agreed" && held) return null;
	if (planned) {
		return {
			line: __("Visit {0} is planned for {1}.", [
				planned.number,
				frappe.datetime.str_to_user(planned.visit_date),
			]),
			label: __("Open the visit"),
			run: () => frappe.set_route("Form", "Visit", planned.name),
		};
	}
	if (held >= frm.doc.visit_limit) return null;
	return {
		line: __("{0} of at most {1} visits have been held.", [held, frm.doc.visit_limit]),
		label: __("Plan a visit"),
		run: () => es.open_next(frm, "make_visit"),
	};
}
