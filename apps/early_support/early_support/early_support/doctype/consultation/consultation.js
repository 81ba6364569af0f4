frappe.ui.form.on("Consultation", {
	onload(frm) {
		if (frm.is_new()) begin_in_own_unit(frm);
	},

	// Whoever is quicker than the answer need not choose either.
	async validate(frm) {
		if (frm.is_new() && !frm.doc.unit) await begin_in_own_unit(frm);
	},

	refresh(frm) {
		es.case_form(frm, { notes: false });
		es.next_step(frm, answer_of_colleague);
	},

	before_workflow_action: (frm) => es.before_move(frm),
	after_workflow_action: (frm) => es.after_move(frm),
});

/** A question is asked about one's own unit; whoever works in one only need not choose. */
async function begin_in_own_unit(frm) {
	const units = await frappe.xcall("early_support.casework.people.own_units");
	es.offer_only(frm, "unit", __("Units in which you work"), () => ({ filters: { name: ["in", units] } }));
	if (!frm.doc.unit && units.length === 1) await frm.set_value("unit", units[0]);
}

/** The counsellor who took the question answers it: another one sees whose turn it is, and no button. When that counsellor
 * works for the unit no longer, another one puts the question back, and takes it. */
function answer_of_colleague(frm) {
	const { workflow_state, taken_by, __onload } = frm.doc;
	const is_mine = taken_by === frappe.session.user || !frappe.user_roles.includes("Family Counsellor");
	if (workflow_state !== "Taken" || is_mine) return null;
	const name = __onload?.people?.[taken_by] || taken_by;
	const back = es.move_into(frm, "Requested");
	if (__onload?.taker_is_gone && back) {
		return {
			line: __("{0} took this question and no longer works for the unit. Put it back, then it can be taken anew.", [name]),
			label: __(back.action),
			run: () => es.make_move(frm, back),
		};
	}
	return { line: __("Next step: {0}. It is the turn of: {1}.", [__("Give the answer"), name]) };
}
