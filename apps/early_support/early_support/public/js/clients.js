// Where the work may go on as a client relationship: open one, or go to the one that was opened.
frappe.provide("es");

/** `method` makes the relationship out of the form; `states` are those from which it leads on, `worker` whose turn it is. */
function offer_relationship(frm, { method, states, worker }) {
	if (frm.is_new()) return;
	const relationship = frm.doc.__onload?.relationship;
	if (relationship) {
		frm.add_custom_button(__("Open the client relationship"), () =>
			frappe.set_route("Form", "Client Relationship", relationship)
		);
		return;
	}
	const mine = worker === frappe.session.user && states.includes(frm.doc.workflow_state);
	if (!mine || !frappe.model.can_create("Client Relationship")) return;
	frm.add_custom_button(__("Open a client relationship"), () => es.open_next(frm, method));
}

/** Says of a new form of the social register which of the two fields the family is chosen in. */
function say_where_from(frm) {
	const help = __("Choose what brought the family to you: a referral that you have accepted, or a support period of yours.");
	frm.set_df_property("referral", "description", frm.is_new() ? help : "");
}

Object.assign(es, { offer_relationship, say_where_from });
