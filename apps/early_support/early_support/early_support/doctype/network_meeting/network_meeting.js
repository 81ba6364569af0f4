frappe.ui.form.on("Network Meeting", {
	setup(frm) {
		es.offer_only(frm, "concern", __("Concerns about this child"), () => ({
			filters: { child: frm.doc.child || "" },
		}));
	},

	refresh(frm) {
		es.case_form(frm);
		es.forget("Concern", frm.doc.concern);
		es.next_step(frm, offer);
		es.print_for_guardians(frm);
		offer_names(frm);
	},

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

frappe.ui.form.on("Network Participant", {
	participant_name: (frm) => offer_names(frm),
	participants_remove: (frm) => offer_names(frm),
});

/** Whoever took part is offered as the responsible one; anybody else may be written. */
function offer_names(frm) {
	const names = (frm.doc.participants || []).map((row) => row.participant_name).filter(Boolean);
	const grid = frm.fields_dict.actions.grid;
	grid.update_docfield_property("responsible", "ignore_validation", 1);
	grid.update_docfield_property("responsible", "options", [...new Set(names)]);
}

/** A meeting to come, and a follow-up to come, are only looked forward to. */
function offer(frm) {
	if (frm.is_new()) return null;
	const today = frappe.datetime.get_today();
	const day = (value) => frappe.datetime.str_to_user(value);
	if (frm.doc.workflow_state === "Draft" && frm.doc.meeting_on > today) {
		return { line: __("The meeting is on {0}.", [day(frm.doc.meeting_on)]) };
	}
	if (frm.doc.workflow_state === "Agreed" && frm.doc.follow_up_on > today) {
		return { line: __("The follow-up is on {0}.", [day(frm.doc.follow_up_on)]) };
	}
	return null;
}
