frappe.ui.form.on("Concern", {
	refresh(frm) {
		es.case_form(frm);
		es.zone_scale(frm, "zone", { advice: true });
		es.zone_scale(frm, "parents_zone");
		es.next_step(frm, offer);
		es.duty(frm);
		let_urgent_pass(frm);
		offer_period(frm);
		offer_consultation(frm);
		offer_consent(frm);
		offer_network_meeting(frm);
	},

	zone: (frm) => es.duty(frm),
	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

// What the app itself asks for; all else that is required the administrators have made so.
const SHIPPED = ["child", "observed_on"];

/** A concern is urgent from a draft on, and neither waits for what the administrators ask, as on the server. */
function let_urgent_pass(frm) {
	const waits = !["Draft", "Urgent"].includes(frm.doc.workflow_state);
	for (const { df } of Object.values(frm.fields_dict)) {
		const asked = frappe.meta.docfield_map.Concern[df.fieldname]?.reqd && !SHIPPED.includes(df.fieldname);
		if (asked) frm.set_df_property(df.fieldname, "reqd", waits ? 1 : 0);
	}
}

/** After an agreed meeting the next step is the support period: begin it, or open the one that was begun. */
function offer(frm) {
	if (frm.doc.workflow_state !== "Meeting Agreed" || frm.is_new()) return null;
	const period = frm.doc.__onload?.period;
	if (period) {
		return {
			line: __("The child has a support period."),
			label: __("Open the support period"),
			run: () => frappe.set_route("Form", "Support Period", period.name),
		};
	}
	if (!frappe.model.can_create("Support Period")) return null;
	return {
		line: __("The parents have agreed to meet."),
		label: __("Start the support period"),
		run: () => es.open_next(frm, "make_support_period"),
	};
}

/** Of an urgent concern the next step is the statutory duty; early support may begin beside it. */
function offer_period(frm) {
	if (frm.doc.workflow_state !== "Urgent" || frm.is_new()) return;
	const period = frm.doc.__onload?.period;
	if (period) {
		frm.add_custom_button(__("Open the support period"), () =>
			frappe.set_route("Form", "Support Period", period.name)
		);
	} else if (frappe.model.can_create("Support Period")) {
		frm.add_custom_button(__("Start the support period"), () => es.open_next(frm, "make_support_period"));
	}
}

function offer_consultation(frm) {
	const closed = ["Draft", "Closed"].includes(frm.doc.workflow_state);
	if (frm.is_new() || closed || !frappe.model.can_create("Consultation")) return;
	frm.add_custom_button(__("Ask a counsellor anonymously"), () => es.open_next(frm, "make_consultation"));
}

function offer_consent(frm) {
	const closed = ["Draft", "Closed"].includes(frm.doc.workflow_state);
	if (frm.is_new() || closed || !frappe.model.can_create("Cooperation Consent")) return;
	frm.add_custom_button(__("Ask for consent to co-operate"), () =>
		es.open_next(frm, "make_cooperation_consent")
	);
}

/** What was agreed on in the meeting: record it, or open the record. */
function offer_network_meeting(frm) {
	if (frm.is_new()) return;
	const meeting = frm.doc.__onload?.meeting;
	if (meeting) {
		frm.add_custom_button(__("Open what was agreed"), () =>
			frappe.set_route("Form", "Network Meeting", meeting)
		);
	} else if (frm.doc.workflow_state === "Meeting Agreed" && frappe.model.can_create("Network Meeting")) {
		frm.add_custom_button(__("Record what was agreed"), () => es.open_next(frm, "make_network_meeting"));
	}
}
