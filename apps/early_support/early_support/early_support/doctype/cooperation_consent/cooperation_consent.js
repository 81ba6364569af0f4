frappe.ui.form.on("Cooperation Consent", {
	setup(frm) {
		es.offer_only(frm, "child", __("Children of your units and families"), () => ({}));
		frm.set_query("service", "recipients", () => ({ filters: { disabled: 0 } }));
		frm.set_query("sections", () => ({ filters: { disabled: 0 } }));
		// The rows of the guardians come from the family's record.
		frm.set_df_property("answers", "cannot_add_rows", true);
		frm.set_df_property("answers", "cannot_delete_rows", true);
	},

	refresh(frm) {
		es.case_form(frm);
		es.next_step(frm, offer);
	},

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

/** Whether the guardians' word has come to the end of its time: until the night it still stands as given. */
function expired({ workflow_state, given_on, valid_until, ended_on }) {
	const last = { Given: frappe.datetime.get_today(), Ended: given_on && ended_on }[workflow_state];
	return Boolean(last) && valid_until < last;
}

/** With a valid consent the next step is the handover. */
function offer(frm) {
	const until = frappe.datetime.str_to_user(frm.doc.valid_until);
	if (expired(frm.doc) && frappe.model.can_create(frm.doctype)) {
		return {
			line: __("The consent was valid until {0}. Ask the guardians anew.", [until]),
			label: __("Ask for consent to co-operate"),
			run: () => es.open_next(frm, "ask_consent_anew"),
		};
	}
	if (frm.doc.workflow_state !== "Given" || !frappe.model.can_create("Referral")) return null;
	return {
		line: __("The guardians' consent is valid until {0}.", [until]),
		label: __("Refer the family"),
		run: () => es.open_next(frm, "make_referral"),
	};
}
